/* How far figures would move with other rows of the same kind: the bootstrap (Efron 1979), percentile
 * intervals. Resample b is drawn from a stream of its own, so threads do not matter. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/evaluate/classes.h"

struct boot {
    const struct bl_bootstrap *how;
    struct bl_judged judged;       /* k = 0: values */
    struct bl_measured measured;
    const double *y;
    uint32_t *present; size_t n_present; /* rows with a truth */
    size_t n;
    uint32_t *weights;             /* workers × n */
    struct bl_evaluation *room;    /* workers */
    double *figures;               /* metrics × resamples */
    struct bl_progress *progress;
    bool own_loss;                 /* the loss is that of the probabilities or squares */
};

static void draw(const struct boot *b, size_t resample, uint32_t *weight)
{
    struct bl_random random = bl_random_stream(b->how->seed, BL_FOR_BOOTSTRAP, 0, (uint32_t)resample);

    memset(weight, 0, b->n * sizeof *weight);
    for (size_t i = 0; i < b->n_present; i++)
        weight[b->present[bl_random_below(&random, b->n_present)]]++;
}

static void resample(void *context, size_t i, size_t worker)
{
    struct boot *b = context;
    struct bl_evaluation *e = &b->room[worker];
    uint32_t *weight = b->weights + worker * b->n;

    if (bl_stopped(b->progress))
        return;
    draw(b, i, weight);
    if (b->judged.k) {
        struct bl_judged j = b->judged;
        j.weight = weight;
        bl_classes_judge(e, &j, NAN);
    } else {
        struct bl_measured m = b->measured;
        m.weight = weight;
        bl_values_judge(e, &m, NAN);
    }
    for (size_t k = 0; k < e->n_figures; k++)
        b->figures[k * b->how->resamples + i] = k == 0 && !b->own_loss ? NAN : e->figures[k].value;
    bl_progress_add(b->progress, 1);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Resamples where the figure does not exist are left out; if that is more than a tenth, so is the interval. */
static struct bl_interval interval(double *x, size_t n, double level)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i]))
            x[kept++] = x[i];
    if (kept < 2 || 10 * kept < 9 * n)
        return (struct bl_interval){ NAN, NAN };
    qsort(x, kept, sizeof *x, ascending);
    return (struct bl_interval){ bl_quantile_sorted(x, kept, (1 - level) / 2), bl_quantile_sorted(x, kept, (1 + level) / 2) };
}

static bool take_memory(struct boot *b, size_t workers, struct bl_error *err)
{
    bool good;

    b->weights = workers && b->n > SIZE_MAX / workers ? NULL : bl_calloc(workers * b->n + 1, sizeof *b->weights);
    b->room = bl_calloc(workers, sizeof *b->room);
    b->figures = bl_calloc(b->how->resamples, BL_METRICS_MAX * sizeof *b->figures);
    b->present = bl_calloc(b->n + 1, sizeof *b->present);
    good = b->weights && b->room && b->figures && b->present;
    for (size_t i = 0; good && i < b->n; i++)
        if (!isnan(b->y[i]))
            b->present[b->n_present++] = (uint32_t)i;
    for (size_t w = 0; good && w < workers; w++) {
        if (b->judged.k)
            good = bl_classes_room(&b->room[w], b->judged.k, NULL);
        else
            bl_evaluation_start(&b->room[w], BL_REGRESSION);
    }
    return good || bl_fail_memory(err, "the resamples");
}

/* Every metric of every resample. */
static bool fill(struct boot *b, struct bl_pool *pool, struct bl_error *err)
{
    size_t workers = bl_pool_threads(pool), n = b->how->resamples;
    bool good = take_memory(b, workers, err);

    if (good && b->n_present == 0)
        good = bl_fail(err, BL_STATE, "there are no rows with a target to evaluate");
    if (good) {
        bl_progress_start(b->progress, "resampling", n);
        bl_pool_run(pool, n, resample, b);
        if (bl_stopped(b->progress))
            good = bl_fail(err, BL_STOPPED, "interrupted while resampling");
    }
    for (size_t w = 0; b->room && w < workers; w++)
        bl_evaluation_free(&b->room[w]);
    bl_free(b->present);
    bl_free(b->room);
    bl_free(b->weights);
    return good;
}

static bool run(struct boot *b, struct bl_pool *pool, struct bl_interval *out, struct bl_error *err)
{
    size_t n = b->how->resamples;
    bool good = fill(b, pool, err);

    for (size_t k = 0; good && k < BL_METRICS_MAX; k++)
        out[k] = interval(b->figures + k * n, n, b->how->level);
    bl_free(b->figures);
    return good;
}

static bool check(const struct bl_bootstrap *how, struct bl_error *err)
{
    if (how->resamples < 10 || how->resamples > 1000000) {
        bl_fail(err, BL_VALUE, "resamples=%zu must be 10 to 1000000", how->resamples);
        return bl_hint(err, "resamples=1000");
    }
    if (!(how->level > 0 && how->level < 1)) {
        bl_fail(err, BL_VALUE, "level=%g must lie between 0 and 1", how->level);
        return bl_hint(err, "level=0.95");
    }
    return true;
}

bool bl_bootstrap_classes(const struct bl_bootstrap *how, const double *probability, const double *y, size_t n, size_t k, size_t positive,
                          struct bl_interval *out, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    struct bl_ranking ranking;
    struct boot b = { .how = how, .n = n, .y = y, .progress = progress, .own_loss = how->own_loss,
                      .judged = { probability, y, NULL, n, k, positive, &ranking } };
    bool good;

    if (!check(how, err) || !bl_classes_check(y, n, k, err) || !bl_ranking_make(&ranking, probability, y, n, k, pool, err))
        return false;
    good = run(&b, pool, out, err);
    bl_ranking_done(&ranking);
    return good;
}

bool bl_bootstrap_values(const struct bl_bootstrap *how, const double *predicted, const double *y, size_t n, struct bl_interval *out,
                         struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    struct boot b = { .how = how, .n = n, .y = y, .progress = progress, .own_loss = how->own_loss, .measured = { predicted, y, NULL, n } };

    return check(how, err) && run(&b, pool, out, err);
}

/* ---- two models ------------------------------------------------------------------------------------------ */

static bool fill_one(const struct bl_bootstrap_pair *p, const double *predicted, double **figures, struct bl_pool *pool,
                     struct bl_progress *progress, struct bl_error *err)
{
    struct bl_ranking ranking;
    struct boot b = { .how = p->how, .n = p->n, .y = p->y, .progress = progress, .own_loss = p->how->own_loss };
    bool good;

    if (p->k > 1) {
        if (!bl_classes_check(p->y, p->n, p->k, err) || !bl_ranking_make(&ranking, predicted, p->y, p->n, p->k, pool, err))
            return false;
        b.judged = (struct bl_judged){ predicted, p->y, NULL, p->n, p->k, p->positive, &ranking };
    } else {
        b.measured = (struct bl_measured){ predicted, p->y, NULL, p->n };
    }
    good = fill(&b, pool, err);
    if (p->k > 1)
        bl_ranking_done(&ranking);
    *figures = b.figures;
    return good;
}

bool bl_bootstrap_difference(const struct bl_bootstrap_pair *p, struct bl_interval *out, struct bl_pool *pool, struct bl_progress *progress,
                             struct bl_error *err)
{
    double *a = NULL, *b = NULL;
    const size_t n = p->how->resamples;
    bool good = check(p->how, err) && fill_one(p, p->first, &a, pool, progress, err) && fill_one(p, p->second, &b, pool, progress, err);

    for (size_t i = 0; good && i < n * BL_METRICS_MAX; i++)
        a[i] -= b[i];
    for (size_t k = 0; good && k < BL_METRICS_MAX; k++)
        out[k] = interval(a + k * n, n, p->how->level);
    bl_free(a);
    bl_free(b);
    return good;
}
