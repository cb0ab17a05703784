/* Epochs of logistic regression on 200,000 x 100,000, 50 cells a row, against reading the cells once; and one
 * row an update against the batch epoch. */
#include "again.h"

#include <math.h>
#include <stdio.h>

enum { ROWS = 200000, FEATURES = 100000, CELLS = 50, PARTS = 64 };

static struct bl_matrix *make_matrix(void)
{
    struct bl_sparse *s = bl_sparse_create(ROWS, FEATURES, (size_t)ROWS * CELLS, NULL);
    struct bl_random r = bl_random_stream(1, BL_FOR_GENERATE, 0, 0);
    struct bl_matrix *m;

    bench_need(s != NULL, "no memory for the cells");
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t c = 0; c < CELLS; c++) { /* one in each stretch of columns: ascending */
            s->column[i * CELLS + c] = (uint32_t)(c * (FEATURES / CELLS) + bl_random_below(&r, FEATURES / CELLS));
            s->value[i * CELLS + c] = 3.5 * (bl_random_unit(&r) - 0.5);
        }
        s->start[i + 1] = (i + 1) * CELLS;
    }
    bench_need((m = bl_matrix_create_sparse(s, true, NULL)) != NULL, "no memory for the matrix");
    for (size_t i = 0; i < ROWS; i++) {
        m->row[i] = (uint32_t)i;
        m->y[i] = s->value[i * CELLS] - 0.5 * s->value[i * CELLS + 1] > bl_random_unit(&r) - 0.5;
    }
    return m;
}

/* ---- reading values and columns of all cells, nothing else ------------------------------------------*/
struct reading { const struct bl_sparse *s; struct bl_pool *pool; double part[PARTS][8]; };

static void read_part(void *context, size_t i, size_t worker)
{
    struct reading *r = context;
    size_t cells = (size_t)ROWS * CELLS, at = cells * i / PARTS / 8 * 8, end = cells * (i + 1) / PARTS / 8 * 8;
    double sum[8] = { 0 };
    uint32_t columns[8] = { 0 };

    (void)worker;
    for (; at < end; at += 8)
        for (size_t j = 0; j < 8; j++) {
            sum[j] += r->s->value[at + j];
            columns[j] += r->s->column[at + j];
        }
    for (size_t j = 1; j < 8; j++)
        sum[0] += sum[j] + columns[j];
    r->part[i][0] = sum[0];
}

static double read_once(void *context)
{
    struct reading *r = context;
    const double start = bench_now();

    bl_pool_run(r->pool, PARTS, read_part, r);
    bench_sink(r->part[0][0]);
    return bench_now() - start;
}

static double epoch_once(void *trainer)
{
    return again_play(trainer, 1, bench_now);
}

static struct bl_trainer *make_trainer(const struct bl_objective *o, const char *regime, struct bl_pool *pool)
{
    struct bl_settings s;
    struct bl_trainer *t;

    bl_settings_init(&s);
    bench_need(bl_settings_regime(&s, regime, NULL), "unknown regime");
    s.lr = s.regime == BL_BATCH ? 0.1 : 1e-4;
    s.epochs = 10000;
    bench_need((t = bl_trainer_create(o, &s, NULL, pool, NULL)) != NULL, "no trainer");
    again_begin(t, 1);
    return t;
}

static void epochs(struct bl_matrix *m, const struct bl_objective *o, size_t threads)
{
    static struct reading reading;
    char name[64];
    struct bl_pool *pool = bl_pool_create(threads, NULL);
    struct bench_work works[3] = {
        { .name = "reading the cells", .once = read_once, .context = &reading },
        { .name = name, .once = epoch_once },
        { .name = "stochastic epoch, shuffled", .once = epoch_once },
    };

    bench_need(pool != NULL, "no threads");
    reading.s = m->sparse;
    reading.pool = pool;
    works[1].context = make_trainer(o, "batch", pool);
    works[2].context = make_trainer(o, "sgd", pool);
    bench_run(works, 3, 6);
    snprintf(name, sizeof name, "sparse batch epoch, %zu thread%s", threads, threads == 1 ? "" : "s");
    bench_times(&works[1], &works[0], 10);
    bench_times(&works[2], &works[1], 3);
    bl_trainer_free(works[1].context);
    bl_trainer_free(works[2].context);
    bl_pool_free(pool);
}

int main(void)
{
    struct bl_matrix *m = make_matrix();
    struct bl_objective o;

    printf("logistic regression, %d x %d, %d cells a row\n", ROWS, FEATURES, CELLS);
    bench_need(bl_objective_init(&o, bl_objective_find("logistic"), m, NULL, 2, true, 0, "y", NULL), "no objective");
    epochs(m, &o, 1);
    if (bl_processors() > 1)
        epochs(m, &o, bl_processors());
    bl_objective_done(&o);
    bl_matrix_free(m);
    return 0;
}
