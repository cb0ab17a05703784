/* Small batches: logistic regression on 1,000,000 × 28 doubles. Rows one at a time in file order
 * against the same descent as a bare loop, mini-batches against a batch epoch (bench_epoch holds the
 * batch epoch against memory). A turn is two epochs. */
#include "again.h"

#include <math.h>

#define ROWS 1000000
#define FEATURES 28

static struct bl_matrix *m;

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

/* ---- the limit ----------------------------------------------------------------------------------------*/
/* Stochastic descent as one would write it: four sums for the margin, the library's exp. */
static double bare_epoch(double *w, double b)
{
    for (size_t i = 0; i < ROWS; i++) {
        const double *x = m->x + i * FEATURES, lr = 0.01;
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0, g;
        for (size_t j = 0; j < FEATURES; j += 4) {
            s0 += w[j] * x[j];
            s1 += w[j + 1] * x[j + 1];
            s2 += w[j + 2] * x[j + 2];
            s3 += w[j + 3] * x[j + 3];
        }
        g = 1 / (1 + exp(-(b + (s0 + s1) + (s2 + s3)))) - m->y[i];
        for (size_t j = 0; j < FEATURES; j++)
            w[j] -= lr * (g * x[j]);
        b -= lr * g;
    }
    return b;
}

static double bare_twice(void *unused)
{
    double w[FEATURES] = {0}, from = bench_now();

    (void)unused;
    bench_sink(bare_epoch(w, bare_epoch(w, 0)) + w[0]);
    return (bench_now() - from) / 2;
}

/* ---- ours ---------------------------------------------------------------------------------------------*/
static struct bl_trainer *begin(const struct bl_objective *o, const char *regime, enum bl_order order)
{
    struct bl_settings s;
    struct bl_error err;
    struct bl_trainer *t;

    bl_settings_init(&s);
    bl_settings_regime(&s, regime, NULL);
    s.order = order;
    s.lr = 0.01;
    t = bl_trainer_create(o, &s, NULL, NULL, &err);
    bench_need(t != NULL, "the trainer fails");
    again_begin(t, 2);
    return t;
}

/* The first two epochs once more, from the tape: the updates and what surrounds them, without the
 * passes that only record. A shuffled order is drawn for each. */
static double train_twice(void *trainer) { return again_play(trainer, 2, bench_now); }

/* A batch epoch with its point: one pass serves both. */
static double batch_twice(void *trainer)
{
    double from = bench_now();

    bl_trainer_epochs(trainer, 2, NULL, NULL);
    return (bench_now() - from) / 2;
}

int main(void)
{
    static const struct { const char *regime; enum bl_order order; } kinds[] = {
        {"batch", BL_GIVEN}, {"sgd", BL_GIVEN}, {"mini:32", BL_GIVEN}, {"mini:32", BL_SHUFFLED}, {"mini:256", BL_GIVEN}, {"mini:256", BL_SHUFFLED}};
    struct bench_work works[] = {{"batch epoch", batch_twice, NULL, {0, 0}},
                                 {"stochastic, in order", train_twice, NULL, {0, 0}},
                                 {"mini:32, in order", train_twice, NULL, {0, 0}},
                                 {"mini:32, shuffled", train_twice, NULL, {0, 0}},
                                 {"mini:256, in order", train_twice, NULL, {0, 0}},
                                 {"mini:256, shuffled", train_twice, NULL, {0, 0}},
                                 {"bare loop, in order", bare_twice, NULL, {0, 0}}};
    struct bl_objective o;

    make_data();
    bench_need(bl_objective_init(&o, bl_objective_find("logistic"), m, NULL, 2, true, 0, "y", NULL), "no objective");
    for (size_t k = 0; k < 6; k++)
        works[k].context = begin(&o, kinds[k].regime, kinds[k].order);
    bench_run(works, 7, 6);
    bench_times(&works[1], &works[6], 1.2);
    for (size_t k = 2; k < 6; k++)
        bench_times(&works[k], &works[0], 1.5);
    for (size_t k = 0; k < 6; k++)
        bl_trainer_free(works[k].context);
    bl_objective_done(&o);
    bl_matrix_free(m);
    return 0;
}
