/* The way to the optimum: logistic regression with l2 = 1e-4 on 100,000 x 28 doubles, from zero to a
 * suboptimality of 1e-6, by Newton's method and by L-BFGS, and by the Newton begun on every tenth row
 * that finds the optimum itself, to the last digit, and from the same parts to 1e-6. All against one fused pass
 * over the rows. */
#include "bench.h"

#include <stdio.h>

#include "src/learn/newton.h"

enum { PART = 10, ROWS = 100000, FEATURES = 28 };

#define CLOSE 1e-6

struct way {
    const struct bl_objective *o;
    const char *regime;
    double optimum;
    struct bl_pool *pool;
    struct bl_workspace *workspace;
    uint64_t evaluations; /* of rows, as the run tells them */
};

static struct bl_matrix *make_matrix(void)
{
    struct bl_random r = bl_random_stream(1, BL_FOR_GENERATE, 0, 0);
    struct bl_matrix *m = bl_matrix_create(ROWS, FEATURES, true, NULL);

    bench_need(m != NULL, "no memory for the matrix");
    for (size_t i = 0; i < ROWS; i++) {
        double score = 0;

        for (size_t j = 0; j < FEATURES; j++) {
            m->x[i * FEATURES + j] = bl_random_normal(&r);
            score += m->x[i * FEATURES + j] / (double)(j + 1);
        }
        m->row[i] = (uint32_t)i;
        m->y[i] = score > 2 * bl_random_normal(&r);
    }
    return m;
}

static double pass_once(void *context)
{
    const struct way *way = context;
    double theta[FEATURES + 1] = { 0 }, gradient[FEATURES + 1];
    const double start = bench_now();

    bench_sink(bl_objective_pass(way->o, way->o->train, theta, gradient, way->workspace));
    return bench_now() - start;
}

/* A whole run: created, advanced, its points recorded. */
static double run_once(void *context)
{
    struct way *way = context;
    const double start = bench_now();
    struct bl_settings s;
    struct bl_point p;
    struct bl_trainer *t;

    bl_settings_init(&s);
    bench_need(bl_settings_regime(&s, way->regime, NULL), "unknown method");
    t = bl_trainer_create(way->o, &s, NULL, way->pool, NULL);
    bench_need(t != NULL, "no run");
    do
        bench_need(bl_trainer_epochs(t, 1, NULL, NULL) && bl_trainer_point(t, &p, NULL), "the run failed");
    while (p.objective - way->optimum > CLOSE);
    way->evaluations = p.gradient_evaluations;
    bl_trainer_free(t);
    return bench_now() - start;
}

static double optimum_once(void *context)
{
    struct way *way = context;
    const double start = bench_now();
    struct bl_optimum found = { 0 };

    bench_need(bl_optimum_find(way->o, way->pool, NULL, &found, NULL) && found.exists, "no optimum");
    way->optimum = found.objective;
    bl_optimum_done(&found);
    return bench_now() - start;
}

/* Newton on every tenth row, as optimum_newton.c does it; its Hessian stays in *factor. */
static void on_a_part(const struct way *way, double *theta, struct bl_factor *factor)
{
    static uint32_t rows[ROWS / PART];
    struct bl_matrix *part;
    struct bl_objective o;
    struct bl_newton s;
    bool moved = true;

    for (size_t i = 0; i < ROWS / PART; i++)
        rows[i] = (uint32_t)(i * PART + i % PART);
    part = bl_matrix_rows(way->o->train, rows, ROWS / PART, NULL);
    bench_need(part && bl_objective_init(&o, way->o->type, part, NULL, 2, true, way->o->l2, "y", NULL), "no part");
    struct bl_workspace *w = bl_workspace_create(&o, way->pool, NULL);
    bench_need(w && bl_newton_make(&s, &o, w, way->pool, NULL, NULL), "no memory");
    bl_newton_at(&s, theta);
    do
        bench_need(bl_newton_step(&s, theta, true, &moved, NULL), "Newton's method failed");
    while (moved && s.decrement >= 1e-3 * s.f);
    *factor = s.factor;
    s.factor = (struct bl_factor){ 0 };
    bl_newton_done(&s);
    bl_workspace_free(w);
    bl_objective_done(&o);
    bl_matrix_free(part);
}

/* Then on all rows with that Hessian. */
static double begun_once(void *context)
{
    struct way *way = context;
    const double start = bench_now();
    double theta[FEATURES + 1] = { 0 };
    struct bl_newton s;
    bool moved = true;

    bench_need(bl_newton_make(&s, way->o, way->workspace, way->pool, NULL, NULL), "no memory");
    on_a_part(way, theta, &s.factor);
    bl_newton_at(&s, theta);
    while (moved && s.f - way->optimum > CLOSE)
        bench_need(bl_newton_step(&s, theta, false, &moved, NULL), "Newton's method failed");
    bench_need(s.f - way->optimum <= CLOSE, "it does not arrive");
    way->evaluations = s.passes * ROWS;
    bl_newton_done(&s);
    return bench_now() - start;
}

static void compare(const struct bl_objective *o, size_t threads)
{
    struct way ways[5] = { { .o = o }, { .o = o }, { .o = o, .regime = "full:newton" }, { .o = o, .regime = "full:lbfgs" }, { .o = o } };
    struct bench_work works[5] = {
        { .name = "one fused pass", .once = pass_once, .context = &ways[0] },
        { .name = "optimum, begun on a tenth", .once = optimum_once, .context = &ways[1] },
        { .name = "full:newton to 1e-6", .once = run_once, .context = &ways[2] },
        { .name = "full:lbfgs to 1e-6", .once = run_once, .context = &ways[3] },
        { .name = "begun on a tenth, to 1e-6", .once = begun_once, .context = &ways[4] },
    };

    for (size_t k = 0; k < 5; k++)
        ways[k].pool = k ? ways[0].pool : bl_pool_create(threads, NULL);
    bench_need(ways[0].pool && (ways[0].workspace = bl_workspace_create(o, ways[0].pool, NULL)), "no threads");
    ways[4].workspace = ways[0].workspace;
    optimum_once(&ways[1]);
    ways[2].optimum = ways[3].optimum = ways[4].optimum = ways[1].optimum;
    bench_run(works, 5, 5);
    printf("to the optimum, %zu thread%s: begun on a tenth %.0f passes over all rows, full:newton %.0f, full:lbfgs %.0f\n", threads,
           threads == 1 ? "" : "s", (double)ways[4].evaluations / ROWS, (double)ways[2].evaluations / ROWS, (double)ways[3].evaluations / ROWS);
    bench_times(&works[4], &works[0], 12);
    bench_times(&works[1], &works[0], 20);
    bench_times(&works[2], &works[0], 25);
    bench_times(&works[3], &works[0], 40);
    bl_workspace_free(ways[0].workspace);
    bl_pool_free(ways[0].pool);
}

int main(void)
{
    struct bl_matrix *m = make_matrix();
    struct bl_objective o;

    bench_need(bl_objective_init(&o, bl_objective_find("logistic"), m, NULL, 2, true, 1e-4, "y", NULL), "no objective");
    compare(&o, 1);
    if (bl_processors() > 1)
        compare(&o, bl_processors());
    bl_objective_done(&o);
    bl_matrix_free(m);
    return 0;
}
