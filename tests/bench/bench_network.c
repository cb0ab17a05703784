/* An epoch of the network 784-128-10 on 5,000 rows of MNIST, 128 rows an update, against its matrix
 * products alone in the same library: two forward, two for the weights, one for the slopes between. */
#include "again.h"

#include "src/learn/openblas.h"

#include <stdio.h>
#include <string.h>


enum { PIXELS = 784, UNITS = 128, CLASSES = 10, BATCH = 128 };

static struct bl_matrix *load_rows(void)
{
    struct bl_error err;
    struct bl_table *t = bl_load(BL_SOURCE_DIR "/sample-data/mnist/train-5k-images-idx3-ubyte.gz", NULL, &err);
    struct bl_recipe *recipe = bl_recipe_create();
    struct bl_roles roles = { 0 };
    struct bl_matrix *m = NULL;
    uint32_t *rows = NULL;
    size_t n = 0;

    if (t && recipe && bl_roles_choose(&roles, t, NULL, -1, NULL, &err) && bl_recipe_rows(recipe, t, &roles, &rows, &n, &err) &&
        bl_recipe_fit(recipe, t, &roles, rows, n, NULL, NULL, &err))
        m = bl_recipe_apply(recipe, t, &roles, rows, n, NULL, &err);
    bench_need(m != NULL, err.message);
    bench_need(m->n_features == PIXELS, "MNIST should have 784 pixels");
    for (size_t i = 0; i < m->n_rows * PIXELS; i++)
        m->x[i] /= 255;
    bl_free(rows);
    bl_recipe_free(recipe);
    bl_roles_free(&roles);
    bl_table_free(t);
    return m;
}

/* ---- the products alone -------------------------------------------------------------------------*/
struct products { const struct bl_matrix *m; double *w1, *w2, *h, *z; float *x, *v1, *v2, *g, *u; };

static double doubles_once(void *context)
{
    const struct products *p = context;
    const double start = bench_now();

    for (size_t from = 0; from < p->m->n_rows; from += BATCH) {
        int n = (int)(p->m->n_rows - from < BATCH ? p->m->n_rows - from : BATCH);
        const double *x = p->m->x + from * PIXELS;
        bl_openblas()->dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, UNITS, PIXELS, 1, x, PIXELS, p->w1, PIXELS, 0, p->h, UNITS);
        bl_openblas()->dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, CLASSES, UNITS, 1, p->h, UNITS, p->w2, UNITS, 0, p->z, CLASSES);
        bl_openblas()->dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, CLASSES, UNITS, n, 1, p->z, CLASSES, p->h, UNITS, 0, p->w2 + CLASSES * UNITS, UNITS);
        bl_openblas()->dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, UNITS, CLASSES, 1, p->z, CLASSES, p->w2, UNITS, 0, p->h + BATCH * UNITS, UNITS);
        bl_openblas()->dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, UNITS, PIXELS, n, 1, p->h, UNITS, x, PIXELS, 0, p->w1 + UNITS * PIXELS, PIXELS);
    }
    bench_sink(p->w1[UNITS * PIXELS]);
    return bench_now() - start;
}

static double floats_once(void *context)
{
    const struct products *p = context;
    const double start = bench_now();

    for (size_t from = 0; from < p->m->n_rows; from += BATCH) {
        int n = (int)(p->m->n_rows - from < BATCH ? p->m->n_rows - from : BATCH);
        const float *x = p->x + from * PIXELS;
        bl_openblas()->sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, UNITS, PIXELS, 1, x, PIXELS, p->v1, PIXELS, 0, p->g, UNITS);
        bl_openblas()->sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, CLASSES, UNITS, 1, p->g, UNITS, p->v2, UNITS, 0, p->u, CLASSES);
        bl_openblas()->sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, CLASSES, UNITS, n, 1, p->u, CLASSES, p->g, UNITS, 0, p->v2 + CLASSES * UNITS, UNITS);
        bl_openblas()->sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, UNITS, CLASSES, 1, p->u, CLASSES, p->v2, UNITS, 0, p->g + BATCH * UNITS, UNITS);
        bl_openblas()->sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, UNITS, PIXELS, n, 1, p->g, UNITS, x, PIXELS, 0, p->v1 + UNITS * PIXELS, PIXELS);
    }
    bench_sink((double)p->v1[UNITS * PIXELS]);
    return bench_now() - start;
}

static void take(struct products *p)
{
    size_t rows = p->m->n_rows * PIXELS;
    double **all[] = { &p->w1, &p->w2, &p->h, &p->z };
    float **also[] = { &p->v1, &p->v2, &p->g, &p->u };
    const size_t n[] = { 2 * UNITS * PIXELS, 2 * CLASSES * UNITS, 2 * BATCH * UNITS, BATCH * CLASSES };

    p->x = bl_aligned(rows, sizeof *p->x);
    bench_need(p->x != NULL, "no memory");
    for (size_t i = 0; i < rows; i++)
        p->x[i] = (float)p->m->x[i];
    for (size_t i = 0; i < 4; i++) {
        *all[i] = bl_aligned(n[i], sizeof(double));
        *also[i] = bl_aligned(n[i], sizeof(float));
        bench_need(*all[i] && *also[i], "no memory");
        for (size_t j = 0; j < n[i]; j++)
            (*also[i])[j] = (float)((*all[i])[j] = (double)(j % 17) / 170);
    }
}

static void give_back(struct products *p)
{
    void *all[] = { p->x, p->w1, p->w2, p->h, p->z, p->v1, p->v2, p->g, p->u };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        bl_free(all[i]);
}

/* ---- epochs ---------------------------------------------------------------------------------------*/
static double updates_once(void *trainer) { return again_play(trainer, 1, bench_now); }

static void epoch(struct products *p, const char *precision, const char *order, double (*alone)(void *))
{
    struct bl_network_spec spec;
    struct bl_objective o;
    struct bl_settings s;
    struct bl_error err;
    bool known;
    char name[80];

    bl_network_spec_init(&spec);
    bl_settings_init(&s);
    bench_need(bl_network_hidden(&spec, "128", &err) && bl_network_key(&spec, "precision", precision, &known, &err), "no network");
    bench_need(bl_objective_init(&o, bl_objective_find("mlp"), p->m, NULL, CLASSES, true, 0, "y", &err) && bl_objective_layers(&o, &spec, &err),
               "no objective");
    bench_need(bl_settings_regime(&s, "mini:128", &err) && bl_settings_set(&s, "order", order, &known, &err), "no regime");
    s.lr = 0.01;
    s.epochs = 10000;
    snprintf(name, sizeof name, "network epoch, %s, %s", precision, order);
    struct bench_work works[2] = { { .name = "its matrix products alone", .once = alone, .context = p },
                                   { .name = name, .once = updates_once, .context = bl_trainer_create(&o, &s, NULL, NULL, &err) } };
    bench_need(works[1].context != NULL, "no trainer");
    again_begin(works[1].context, 1);
    bench_run(works, 2, 5);
    bench_share(&works[1], &works[0], 0.6);
    bl_trainer_free(works[1].context);
    bl_objective_done(&o);
}

int main(void)
{
    bench_need(bl_openblas() != NULL, "OpenBLAS is not here");
    struct products p = { .m = load_rows() };

    printf("network 784-128-10 on %zu rows of MNIST, 128 rows an update, one thread\n", p.m->n_rows);
    take(&p);
    epoch(&p, "double", "shuffled", doubles_once);
    epoch(&p, "single", "shuffled", floats_once);
    give_back(&p);
    bl_matrix_free((struct bl_matrix *)p.m);
    return 0;
}
