/* Epochs of logistic regression on 1,000,000 x 28 doubles: all rows an update against reading the
 * matrix once, one row an update against the same arithmetic in a bare loop. */
#include "again.h"

#include <math.h>
#include <stdio.h>
#include <string.h>


enum { ROWS = 1000000, FEATURES = 28, PARTS = 64, AHEAD = 24 };

static struct bl_matrix *make_matrix(void)
{
    struct bl_error err;
    struct bl_matrix *m = bl_matrix_create(ROWS, FEATURES, true, &err);
    struct bl_random r = bl_random_stream(1, BL_FOR_GENERATE, 0, 0);

    bench_need(m != NULL, "no memory for the matrix");
    for (size_t i = 0; i < (size_t)ROWS * FEATURES; i++)
        m->x[i] = 3.5 * (bl_random_unit(&r) - 0.5);
    for (size_t i = 0; i < ROWS; i++) {
        const double *x = m->x + i * FEATURES;

        m->row[i] = (uint32_t)i;
        m->y[i] = x[0] - 0.5 * x[1] + x[2] > bl_random_unit(&r) - 0.5;
    }
    return m;
}

/* ---- reading the matrix, nothing else ---------------------------------------------------------*/
struct reading {
    const struct bl_matrix *m;
    struct bl_pool *pool;
    double part[PARTS][8]; /* a cache line each */
};

static void read_part(void *context, size_t i, size_t worker)
{
    struct reading *r = context;
    const size_t n = (size_t)ROWS * FEATURES / 8;
    const double *x = r->m->x + 8 * (n * i / PARTS), *end = r->m->x + 8 * (n * (i + 1) / PARTS);
    double s[32] = { 0 };

    (void)worker;
    for (; x + 32 <= end; x += 32)
        for (size_t j = 0; j < 32; j++)
            s[j] += x[j];
    for (size_t j = 1; j < 32; j++)
        s[0] += s[j];
    r->part[i][0] = s[0];
}

static double read_once(void *context)
{
    struct reading *r = context;
    const double start = bench_now();

    bl_pool_run(r->pool, PARTS, read_part, r);
    bench_sink(r->part[0][0]);
    return bench_now() - start;
}

/* ---- epochs of a trainer ----------------------------------------------------------------------*/
static double epoch_once(void *trainer)
{
    struct bl_error err;
    const double start = bench_now();

    bench_need(bl_trainer_epochs(trainer, 1, NULL, &err), "an epoch failed");
    return bench_now() - start;
}

/* Only the updates: without the pass that records the point. */
static double updates_once(void *trainer) { return again_play(trainer, 1, bench_now); }

static struct bl_trainer *make_trainer(const struct bl_objective *o, const char *regime, struct bl_pool *pool)
{
    struct bl_settings s;
    struct bl_error err;
    struct bl_trainer *t;

    bl_settings_init(&s);
    bench_need(bl_settings_regime(&s, regime, &err), "unknown regime");
    s.lr = s.regime == BL_BATCH ? 0.1 : 1e-4;
    s.epochs = 10000;
    t = bl_trainer_create(o, &s, NULL, pool, &err);
    bench_need(t != NULL, "no trainer");
    return t;
}

/* ---- the same arithmetic, bare: the tightest plain loop, with the rows asked for in time --------*/
struct bare {
    const struct bl_matrix *m;
    uint32_t *order;
    struct bl_random random;
    double w[FEATURES], b;
};

static double bare_margin(const double *restrict w, double b, const double *restrict x)
{
    double a[4] = { 0 };

    for (size_t j = 0; j < FEATURES; j += 4)
        for (size_t k = 0; k < 4; k++)
            a[k] += x[j + k] * w[j + k];
    return b + ((a[0] + a[1]) + (a[2] + a[3]));
}

static double bare_once(void *context)
{
    struct bare *s = context;
    const double start = bench_now(), lr = 1e-4;
    double w[FEATURES], b = s->b;

    memcpy(w, s->w, sizeof w);
    bl_random_shuffle(&s->random, s->order, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        const double *restrict x = s->m->x + (size_t)s->order[i] * FEATURES;
        const double *soon = s->m->x + (size_t)s->order[i + AHEAD < ROWS ? i + AHEAD : i] * FEATURES;
        const double g = lr * (1 / (1 + exp(-bare_margin(w, b, x))) - s->m->y[s->order[i]]);

        for (size_t j = 0; j < FEATURES; j += 8)
            __builtin_prefetch(soon + j);
        for (size_t j = 0; j < FEATURES; j++)
            w[j] -= g * x[j];
        b -= g;
    }
    memcpy(s->w, w, sizeof w);
    s->b = bench_sink(b);
    return bench_now() - start;
}

/* ---- main -------------------------------------------------------------------------------------*/
static void batch(struct bl_matrix *m, const struct bl_objective *o, size_t threads)
{
    struct bl_error err;
    struct bl_pool *pool = bl_pool_create(threads, &err);
    static struct reading reading;
    char name[64];
    struct bench_work works[2] = {
        { .name = "reading the matrix", .once = read_once, .context = &reading },
        { .name = name, .once = epoch_once },
    };

    bench_need(pool != NULL, "no threads");
    reading.m = m;
    reading.pool = pool;
    works[1].context = make_trainer(o, "batch", pool);
    bench_run(works, 2, 4);
    snprintf(name, sizeof name, "batch epoch, %zu thread%s", threads, threads == 1 ? "" : "s");
    bench_share(&works[1], &works[0], 0.7);
    bl_trainer_free(works[1].context);
    bl_pool_free(pool);
}

static void stochastic(struct bl_matrix *m, const struct bl_objective *o)
{
    static struct bare bare;
    struct bench_work works[2] = {
        { .name = "bare loop, shuffled", .once = bare_once, .context = &bare },
        { .name = "stochastic epoch, shuffled", .once = updates_once },
    };

    bare.m = m;
    bare.random = bl_random_stream(1, BL_FOR_SHUFFLE, 0, 0);
    bare.order = bl_calloc(ROWS, sizeof *bare.order);
    bench_need(bare.order != NULL, "no memory for the order");
    for (uint32_t i = 0; i < ROWS; i++)
        bare.order[i] = i;
    works[1].context = make_trainer(o, "sgd", NULL);
    again_begin(works[1].context, 1);
    bench_run(works, 2, 6);
    bench_times(&works[1], &works[0], 1.4);
    bl_trainer_free(works[1].context);
    bl_free(bare.order);
}

int main(void)
{
    struct bl_matrix *m = make_matrix();
    struct bl_objective o;
    struct bl_error err;

    printf("logistic regression, %d x %d doubles\n", ROWS, FEATURES);
    bench_need(bl_objective_init(&o, bl_objective_find("logistic"), m, NULL, 2, true, 0, "y", &err), "no objective");
    batch(m, &o, 1);
    if (bl_processors() > 1)
        batch(m, &o, bl_processors());
    stochastic(m, &o);
    bl_objective_done(&o);
    bl_matrix_free(m);
    return 0;
}
