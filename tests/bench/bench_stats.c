/* Statistics of 1,000,000 rows and 29 columns against reading them once: the moments, the exact
 * quartiles too, all figures of describe, the correlations. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "batchlab/stats.h"

enum { ROWS = 1000000, COLUMNS = 29 };

struct job { struct bl_table *table; struct bl_pool *pool; double sums[COLUMNS]; };

static void sum_column(void *context, size_t i, size_t worker)
{
    struct job *j = context;

    (void)worker;
    j->sums[i] = bl_sum(j->table->columns[i].number, ROWS);
}

static double read_once(void *context)
{
    struct job *j = context;
    const double start = bench_now();

    bl_pool_run(j->pool, COLUMNS, sum_column, j);
    bench_sink(j->sums[0]);
    return bench_now() - start;
}

static double moments_once(void *context)
{
    struct job *j = context;
    const double start = bench_now();

    for (size_t i = 0; i < COLUMNS; i++)
        bench_sink(bl_moments_of(j->table->columns[i].number, ROWS, j->pool).mean);
    return bench_now() - start;
}

static double describe_once(void *context)
{
    struct job *j = context;
    struct bl_summary s[COLUMNS];
    const double start = bench_now();

    bench_need(bl_describe(j->table, NULL, 0, s, j->pool, NULL, NULL), "describe failed");
    bench_sink(s[0].median);
    return bench_now() - start;
}

static void quartiles_of(void *context, size_t i, size_t worker)
{
    static const double qs[] = { 0.25, 0.5, 0.75 };
    struct job *j = context;
    double q[3];

    (void)worker;
    bench_need(bl_quantiles(j->table->columns[i].number, ROWS, qs, 3, q, NULL, NULL), "no quartiles");
    j->sums[i] = q[1];
}

static double quartiles_once(void *context)
{
    struct job *j = context;
    const double start = bench_now();

    bl_pool_run(j->pool, COLUMNS, quartiles_of, j);
    bench_sink(j->sums[0]);
    return bench_now() - start;
}

static double corr_once(void *context)
{
    struct job *j = context;
    const double start = bench_now();
    struct bl_corr *c = bl_correlate(j->table, NULL, 0, BL_PEARSON, j->pool, NULL, NULL);

    bench_need(c != NULL, "corr failed");
    bench_sink(c->matrix[1]);
    bl_corr_free(c);
    return bench_now() - start;
}

static struct bl_table *make_table(void)
{
    struct bl_random r = bl_random_stream(1, BL_FOR_GENERATE, 0, 0);
    struct bl_table *t = bl_table_create("bench", ROWS, COLUMNS, NULL);
    char name[32];

    for (size_t j = 0; t && j < COLUMNS; j++) {
        double *x = bl_aligned(ROWS, sizeof *x);

        bench_need(x != NULL, "no memory");
        for (size_t i = 0; i < ROWS; i++)
            x[i] = bl_random_normal(&r);
        snprintf(name, sizeof name, "x%zu", j);
        bench_need(bl_table_set_numbers(t, j, name, x, NULL), "no memory");
    }
    bench_need(t != NULL, "no memory");
    return t;
}

static void compare(struct job *j, size_t threads)
{
    struct bench_work works[] = {
        { .name = "reading the table", .once = read_once, .context = j },
        { .name = "moments", .once = moments_once, .context = j },
        { .name = "moments and correlations", .once = corr_once, .context = j },
        { .name = "exact quartiles", .once = quartiles_once, .context = j },
        { .name = "describe (with exact quartiles, distinct and frequent values)", .once = describe_once, .context = j },
    };

    j->pool = bl_pool_create(threads, NULL);
    bench_need(j->pool != NULL, "no threads");
    printf("statistics, %d x %d, %zu thread%s\n", ROWS, COLUMNS, threads, threads == 1 ? "" : "s");
    bench_run(works, 5, 6);
    bench_times(&works[1], &works[0], 2);
    bench_times(&works[2], &works[0], 6);
    bench_times(&works[3], &works[0], 14);
    bench_times(&works[4], &works[0], 30);
    bl_pool_free(j->pool);
}

int main(void)
{
    struct job j = { .table = make_table() };

    compare(&j, 1);
    if (bl_processors() > 1)
        compare(&j, bl_processors());
    bl_table_free(j.table);
    return 0;
}
