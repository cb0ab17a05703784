#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static volatile double sink;

double bench_sink(double value)
{
    sink = value;
    return value;
}

double bench_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double bench_processor(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void bench_need(bool ok, const char *text)
{
    if (ok)
        return;
    fprintf(stderr, "bench: %s\n", text);
    exit(1);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_value);
    return x[n / 2];
}

void bench_run(struct bench_work *works, size_t n, double seconds)
{
    static double wall[BENCH_WORKS][BENCH_TURNS], processor[BENCH_WORKS][BENCH_TURNS];
    const double start = bench_now();
    size_t turns = 0;

    bench_need(n <= BENCH_WORKS, "too many works");
    for (size_t i = 0; i < n; i++)
        works[i].once(works[i].context);
    while (turns < BENCH_TURNS && (turns < 5 || bench_now() - start < seconds)) {
        for (size_t i = 0; i < n; i++) {
            const double before = bench_processor();

            wall[i][turns] = works[i].once(works[i].context);
            processor[i][turns] = bench_processor() - before;
        }
        turns++;
    }
    for (size_t i = 0; i < n; i++) {
        works[i].median.wall = median(wall[i], turns);
        works[i].median.processor = median(processor[i], turns);
    }
}

static void line(const struct bench_work *work, const struct bench_work *held)
{
    printf("%-28s %8.2f ms   %-28s %8.2f ms   ", work->name, 1e3 * work->median.wall, held->name, 1e3 * held->median.wall);
}

void bench_share(const struct bench_work *work, const struct bench_work *held, double aim)
{
    line(work, held);
    printf("%5.2f of it (processor %.2f; aim: at least %.2f)\n", held->median.wall / work->median.wall,
           held->median.processor / work->median.processor, aim);
    fflush(stdout);
}

void bench_times(const struct bench_work *work, const struct bench_work *held, double aim)
{
    line(work, held);
    printf("%5.2f times (processor %.2f; aim: at most %.1f)\n", work->median.wall / held->median.wall,
           work->median.processor / held->median.processor, aim);
    fflush(stdout);
}
