/* Runs in the registry: saving 1,000 runs of 1,000 points against writing their numbers to a file and syncing it, and
 * listing 10,000 runs against reading all of their rows' bytes from memory once. Limits: 2 s and 100 ms. */
#define _GNU_SOURCE 1
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "batchlab/keep.h"

#ifdef HAVE_SQLITE
enum { RUNS = 1000, POINTS = 1000, LISTED = 10000 };

struct job { char folder[64]; struct bl_run_row *rows; struct bl_point *points; const struct bl_point **lent; struct bl_registry *full; };

static void fill(struct job *j, size_t n, size_t points)
{
    static char settings[] = "{\"regime\":\"mini\",\"lr\":0.1,\"batch\":\"32\",\"optimizer\":\"adam\"}", commands[] = "[\"load iris\",\"train mini:32\"]";

    for (size_t i = 0; i < n; i++) {
        j->rows[i] = (struct bl_run_row){ .dataset = "iris", .model = "softmax", .what = "mini 32", .status = "stopped", .settings = settings,
                                          .commands = commands, .n_points = points, .last = j->points[points - 1] };
        j->lent[i] = j->points;
    }
}

static double save_once(void *context)
{
    struct job *j = context;
    struct bl_registry *r;
    char folder[100], line[120];
    double start;

    snprintf(folder, sizeof folder, "%s/save", j->folder);
    bench_need(bl_registry_open(&r, folder, false, NULL), "the registry can not be made");
    fill(j, RUNS, POINTS);
    start = bench_now();
    bench_need(bl_registry_runs_save(r, j->rows, j->lent, RUNS, NULL), "runs can not be saved");
    bl_registry_close(r);
    start = bench_now() - start;
    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    bench_need(system(line) == 0, "the registry can not be removed");
    return start;
}

static double write_once(void *context)
{
    struct job *j = context;
    char path[100];
    double start = bench_now();
    int fd;

    snprintf(path, sizeof path, "%s/plain", j->folder);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (size_t i = 0; i < RUNS; i++)
        bench_need(write(fd, j->points, POINTS * sizeof *j->points) == (ssize_t)(POINTS * sizeof *j->points), "the file can not be written");
    bench_need(fsync(fd) == 0 && close(fd) == 0, "the file can not be synced");
    start = bench_now() - start;
    unlink(path);
    return start;
}

static double list_once(void *context)
{
    struct job *j = context;
    double start = bench_now();
    struct bl_run_row *rows;
    size_t n;

    bench_need(bl_registry_runs(j->full, &rows, &n, NULL) && n == LISTED, "runs can not be listed");
    bench_sink(rows[n / 2].last.objective);
    bl_runs_free(rows, n);
    return bench_now() - start;
}

static double copy_once(void *context)
{
    struct job *j = context;
    double start = bench_now();
    struct bl_run_row *copy = bl_calloc(LISTED, sizeof *copy);

    memcpy(copy, j->rows, LISTED * sizeof *copy);
    bench_sink(copy[LISTED / 2].last.objective);
    bl_free(copy);
    return bench_now() - start;
}

int main(void)
{
    struct job j = { .folder = "/tmp/bench-registry-XXXXXX" };
    struct bench_work works[] = { { "save 1,000 runs of 1,000 points", save_once, &j, { 0, 0 } }, { "write them to a file", write_once, &j, { 0, 0 } } };
    struct bench_work lists[] = { { "list 10,000 runs", list_once, &j, { 0, 0 } }, { "copy their rows", copy_once, &j, { 0, 0 } } };
    struct bl_random random = bl_random_stream(1, BL_FOR_GENERATE, 0, 0);
    char line[120];

    bench_need(mkdtemp(j.folder) != NULL, "no folder");
    j.rows = bl_calloc(LISTED, sizeof *j.rows);
    j.points = bl_calloc(POINTS, sizeof *j.points);
    j.lent = bl_calloc(LISTED, sizeof *j.lent);
    for (size_t i = 0; i < POINTS; i++) {
        double loss = bl_random_unit(&random);
        j.points[i] = (struct bl_point){ .epoch = (double)i, .updates = 3 * i, .samples = 90 * i, .gradient_evaluations = 90 * i, .train_loss = loss,
                                         .objective = loss, .validation_loss = loss + 0.01, .gradient_norm = loss * loss, .lr = 0.1, .seconds = 1e-4 * (double)i };
    }
    bench_run(works, 2, 8);
    fill(&j, LISTED, 2);
    snprintf(line, sizeof line, "%s/list", j.folder);
    bench_need(bl_registry_open(&j.full, line, false, NULL) && bl_registry_runs_save(j.full, j.rows, j.lent, LISTED, NULL), "no runs to list");
    bench_run(lists, 2, 2);
    bench_times(&works[0], &works[1], 10);
    bench_times(&lists[0], &lists[1], 100);
    bl_registry_close(j.full);
    snprintf(line, sizeof line, "rm -rf '%s'", j.folder);
    return system(line) != 0;
}
#else
int main(void)
{
    printf("registry: this build has no SQLite\n");
    return 0;
}
#endif
