/* How far the training of linear models is from the limits of the machine: logistic regression on
 * 1,000,000 × 28 doubles against a pass that only reads them, and against the same descent as a bare
 * loop. A turn is two epochs. */
#include "bench.h"

#include "batchlab/learn.h"

#include <math.h>
#include <stdio.h>

#define ROWS 1000000
#define FEATURES 28

static struct bl_matrix *m;
static double sums[64];

static void make_data(void)
{
    struct bl_random r = bl_random_stream(1, BL_FOR_GENERATE, 0, 0);

    m = bl_matrix_create(ROWS, FEATURES, true, NULL);
    bench_need(m != NULL, "no memory for the matrix");
    for (size_t i = 0; i < ROWS; i++) {
        double score = 0;
        for (size_t j = 0; j < FEATURES; j++) {
            m->x[i * FEATURES + j] = 2 * bl_random_unit(&r) - 1;
            score += j < 4 ? m->x[i * FEATURES + j] : 0;
        }
        m->y[i] = score + bl_random_unit(&r) - 0.5 > 0;
    }
}

/* ---- limits ----------------------------------------------------------------------------------------*/
typedef double pair __attribute__((vector_size(16), aligned(8)));

static void read_part(void *context, size_t part, size_t worker)
{
    size_t n = (size_t)ROWS * FEATURES / *(const size_t *)context;
    const double *x = m->x + part * n;
    pair a = {0}, b = a, c = a, d = a, e = a, f = a, g = a, h = a;

    (void)worker;
    for (size_t i = 0; i + 16 <= n; i += 16) {
        const pair *at = (const pair *)(x + i);
        a += at[0], b += at[1], c += at[2], d += at[3], e += at[4], f += at[5], g += at[6], h += at[7];
    }
    a += b + c + d + e + f + g + h;
    sums[part] = a[0] + a[1];
}

static double read_twice(void *pool)
{
    size_t parts = bl_pool_threads(pool);
    double from = bench_now();

    for (int i = 0; i < 2; i++)
        bl_pool_run(pool, parts, read_part, &parts);
    bench_sink(sums[0]);
    return (bench_now() - from) / 2;
}

/* Stochastic descent as one would write it: four sums for the margin, the library's exp. */
static double bare_epoch(double *w, double b, const uint32_t *order)
{
    for (size_t i = 0; i < ROWS; i++) {
        size_t row = order ? order[i] : i;
        const double *x = m->x + row * FEATURES, lr = 0.01;
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0, g;
        for (size_t j = 0; j < FEATURES; j += 4) {
            s0 += w[j] * x[j];
            s1 += w[j + 1] * x[j + 1];
            s2 += w[j + 2] * x[j + 2];
            s3 += w[j + 3] * x[j + 3];
        }
        g = 1 / (1 + exp(-(b + (s0 + s1) + (s2 + s3)))) - m->y[row];
        for (size_t j = 0; j < FEATURES; j++)
            w[j] -= lr * (g * x[j]);
        b -= lr * g;
    }
    return b;
}

static double bare_twice(void *order)
{
    double w[FEATURES] = {0}, from = bench_now();

    bench_sink(bare_epoch(w, bare_epoch(w, 0, order), order) + w[0]);
    return (bench_now() - from) / 2;
}

/* ---- ours ---------------------------------------------------------------------------------------------*/
static struct bl_trainer *begin(const struct bl_objective *o, const char *regime, enum bl_order order, struct bl_pool *pool)
{
    struct bl_settings s;
    struct bl_error err;
    struct bl_trainer *t;

    bl_settings_init(&s);
    bl_settings_regime(&s, regime, NULL);
    s.order = order;
    s.lr = 0.01;
    t = bl_trainer_create(o, &s, NULL, pool, &err);
    bench_need(t && bl_trainer_epochs(t, 2, NULL, &err), "the trainer fails");
    return t;
}

/* The first two epochs once more, from the tape: the updates and what surrounds them, without the
 * passes that only record. A shuffled order is drawn for each. */
static double train_twice(void *trainer)
{
    double from;

    bl_trainer_goto_epoch(trainer, 0, NULL, NULL);
    from = bench_now();
    bl_trainer_epochs(trainer, 2, NULL, NULL);
    return (bench_now() - from) / 2;
}

/* A batch epoch with its point: one pass serves both. */
static double batch_twice(void *trainer)
{
    double from = bench_now();

    bl_trainer_epochs(trainer, 2, NULL, NULL);
    return (bench_now() - from) / 2;
}

static void bench_batch(const struct bl_objective *o, size_t threads)
{
    static const char *const names[] = {"batch epoch, 1 thread", "batch epoch, 2 threads"};
    struct bl_pool *pool = bl_pool_create(threads, NULL);
    struct bl_trainer *t = begin(o, "batch", BL_GIVEN, pool);
    struct bench_work works[] = {{names[threads - 1], batch_twice, t, {0, 0}}, {"reading the matrix", read_twice, pool, {0, 0}}};

    bench_run(works, 2, 2);
    bench_share(&works[0], &works[1], 0.8);
    bl_trainer_free(t);
    bl_pool_free(pool);
}

static void bench_small_batches(const struct bl_objective *o, uint32_t *order)
{
    static const struct { const char *regime; enum bl_order order; } kinds[] = {
        {"batch", BL_GIVEN}, {"sgd", BL_GIVEN}, {"sgd", BL_SHUFFLED}, {"mini:32", BL_GIVEN}, {"mini:32", BL_SHUFFLED}, {"mini:256", BL_SHUFFLED}};
    struct bench_work works[] = {{"batch epoch", batch_twice, NULL, {0, 0}},
                                 {"stochastic, in order", train_twice, NULL, {0, 0}},
                                 {"stochastic, shuffled", train_twice, NULL, {0, 0}},
                                 {"mini:32, in order", train_twice, NULL, {0, 0}},
                                 {"mini:32, shuffled", train_twice, NULL, {0, 0}},
                                 {"mini:256, shuffled", train_twice, NULL, {0, 0}},
                                 {"bare loop, in order", bare_twice, NULL, {0, 0}},
                                 {"bare loop, shuffled", bare_twice, order, {0, 0}}};

    for (size_t k = 0; k < 6; k++)
        works[k].context = begin(o, kinds[k].regime, kinds[k].order, NULL);
    bench_run(works, 8, 8);
    bench_times(&works[1], &works[6], 1.2);
    bench_times(&works[2], &works[6], 1.2);
    bench_times(&works[2], &works[7], 1.2);
    for (size_t k = 3; k < 6; k++)
        bench_times(&works[k], &works[0], 1.5);
    for (size_t k = 0; k < 6; k++)
        bl_trainer_free(works[k].context);
}

int main(void)
{
    struct bl_objective o;
    struct bl_random r = bl_random_stream(2, BL_FOR_SHUFFLE, 0, 0);
    uint32_t *order = bl_calloc(ROWS, sizeof *order);

    make_data();
    bench_need(order && bl_objective_init(&o, bl_objective_find("logistic"), m, NULL, 2, true, 0, "y", NULL), "no objective");
    for (uint32_t i = 0; i < ROWS; i++)
        order[i] = i;
    bl_random_shuffle(&r, order, ROWS);
    bench_batch(&o, 1);
    if (bl_processors() > 1)
        bench_batch(&o, 2);
    bench_small_batches(&o, order);
    bl_objective_done(&o);
    bl_free(order);
    bl_matrix_free(m);
    return 0;
}
