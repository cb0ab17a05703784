/* A saved model as a filter over 300,000 rows of 28 features, against loading the same CSV file, both from exec to the end
 * of the program and with one thread. */
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "batchlab/base.h"

extern char **environ;
enum { ROWS = 300000, FEATURES = 28 };

static char folder[] = "/tmp/bench-filter-XXXXXX", path[100];

static void write_rows(void)
{
    struct bl_random r = bl_random_stream(1, BL_FOR_GENERATE, 0, 0);
    FILE *f = fopen(path, "w");

    bench_need(f != NULL, "cannot write the rows");
    for (int j = 0; j < FEATURES; j++)
        fprintf(f, "x%d,", j);
    fputs("y\n", f);
    for (int i = 0; i < ROWS; i++) {
        double sum = 0;
        for (int j = 0; j < FEATURES; j++) {
            double x = 2 * (bl_random_unit(&r) - 0.5);
            sum += x * (j % 5 - 2);
            fprintf(f, "%.6f,", x);
        }
        fprintf(f, "%s\n", sum + 4 * (bl_random_unit(&r) - 0.5) > 0 ? "yes" : "no");
    }
    bench_need(fclose(f) == 0, "the disk is full");
}

static double run_once(void *context)
{
    char *words[] = {getenv("BATCHLAB"), "-n", "-q", "--threads", "1", "-c", context, NULL};
    const double start = bench_now();
    posix_spawn_file_actions_t files;
    pid_t child;
    int status;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, path, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
    bench_need(posix_spawnp(&child, words[0], &files, NULL, words, environ) == 0, "cannot start the program");
    bench_need(waitpid(child, &status, 0) == child && status == 0, "the program failed");
    posix_spawn_file_actions_destroy(&files);
    return bench_now() - start;
}

/* Of all children so far. */
static double children(void)
{
    struct rusage u;

    getrusage(RUSAGE_CHILDREN, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static double least = 1e9; /* processor seconds of a filter */

static double filter_once(void *context)
{
    double before = children(), seconds = run_once(context), used = children() - before;

    least = used < least ? used : least;
    return seconds;
}

int main(void)
{
    char load[200], line[200];
    struct bench_work works[2] = {
        {.name = "filter", .once = filter_once, .context = "open bench; predict - out=-"},
        {.name = "load", .once = run_once, .context = load},
    };

    bench_need(getenv("BATCHLAB") && mkdtemp(folder), "BATCHLAB does not name the program, or there is no place in /tmp");
    snprintf(path, sizeof path, "%s/rows.csv", folder);
    snprintf(load, sizeof load, "load %s", path);
    snprintf(line, sizeof line, "load %s; train batch epochs=2; save bench", path);
    setenv("BATCHLAB_HOME", folder, 1);
    write_rows();
    run_once(line);
    bench_run(works, 2, 10);
    printf("predict as a filter: %.0f rows/s at %d features by the clock, %.0f by processor time at best (aim: 500000)\n",
           ROWS / works[0].median.wall, FEATURES, ROWS / least);
    bench_times(&works[0], &works[1], 2);
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line) != 0;
}
