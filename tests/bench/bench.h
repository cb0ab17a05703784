/* Benchmarks compare works that are done in turns inside one run: machines are noisy, ratios of
 * interleaved medians are not. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_WORKS = 8, BENCH_TURNS = 101 };

struct bench_time { double wall, processor; }; /* seconds; processor: of all threads together */

struct bench_work {
    const char *name;
    /* Does the work once and returns its seconds; bench_now() around it, or what it measured. */
    double (*once)(void *context);
    void *context;
    struct bench_time median; /* filled by bench_run */
};

double bench_now(void);
double bench_processor(void); /* of all threads together */
/* Warms up, then lets the works take turns until `seconds` are over (at least 5 turns). */
void bench_run(struct bench_work *works, size_t n, double seconds);
/* One line: a work, its time, the work it is held against, the ratio by the clock and by processor
 * time (on a machine that is busy otherwise only the second means something), the aim. Share: held /
 * time, more is better. Times: time / held, less is better. */
void bench_share(const struct bench_work *work, const struct bench_work *held, double aim);
void bench_times(const struct bench_work *work, const struct bench_work *held, double aim);
/* Stops the program with the text when `ok` is false. */
void bench_need(bool ok, const char *text);
double bench_sink(double value); /* keeps the compiler from leaving the work out */

#endif
