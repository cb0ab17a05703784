/* A race over many seeds: what the order of the rows does to each contestant, as quantiles of the
 * objective along the cost axis and as the spread of the cost to the target. */
#include "batchlab/learn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LAPS 60

static const double levels[BL_BAND_LEVELS] = {0.1, 0.25, 0.5, 0.75, 0.9};

struct repeating {
    const struct bl_objective *o;
    const struct bl_settings *settings;
    const struct bl_smoothness *smooth;
    struct bl_budget budget;
    double target;
    struct bl_pool *pool;
    struct bl_progress *progress;
    struct bl_repeats *out;
    double *values;            /* contestants × seeds × points */
    struct bl_error *errors;   /* contestants × seeds */
};

static bool by_seed(const struct bl_settings *s)
{
    return s->regime != BL_BATCH && s->regime != BL_FULL;
}

static double lap_cost(const struct bl_repeats *r, struct bl_budget b, size_t lap)
{
    double cost = b.amount * (double)lap / (double)(r->points - 1);

    return b.cost == BL_COST_EPOCHS ? floor(cost + 0.5) : cost;
}

/* The cost at which the target was first met: at ends of epochs where epochs are counted. */
static double cost_to(struct bl_trainer *t, struct bl_budget b, double target)
{
    size_t n;
    const struct bl_point *p = bl_trainer_points(t, &n);

    for (size_t i = 0; i < n; i++)
        if (p[i].objective <= target && (b.cost != BL_COST_EPOCHS || p[i].epoch == floor(p[i].epoch)))
            return bl_point_cost(&p[i], b.cost == BL_COST_EPOCHS ? BL_COST_SAMPLES : b.cost);
    return INFINITY;
}

static bool run_one(struct repeating *w, size_t c, size_t seed, struct bl_error *err)
{
    struct bl_settings s = w->settings[c];
    size_t at = c * w->out->seeds + seed;
    struct bl_trainer *t;
    struct bl_point p;
    struct bl_patience waited;
    bool good = true, over = false;

    s.seed += seed;
    t = bl_trainer_create(w->o, &s, w->smooth, w->pool, err);
    for (size_t i = 0; t && good && i < w->out->points && !bl_stopped(w->progress); i++) {
        if (!over && i)
            good = bl_trainer_spend(t, w->budget.cost, lap_cost(w->out, w->budget, i), w->progress, err);
        if (good && !over && bl_trainer_waited(t, &waited)) {
            over = true;
            good = bl_trainer_goto_epoch(t, waited.best_epoch, w->progress, err);
        }
        good = good && bl_trainer_point(t, &p, err);
        w->values[at * w->out->points + i] = bl_trainer_status(t) == BL_DIVERGED_RUN ? INFINITY : p.objective;
        if (w->budget.cost != BL_COST_SECONDS && seed == 0)
            w->out->cost[c * w->out->points + i] = bl_point_cost(&p, w->budget.cost == BL_COST_EPOCHS ? BL_COST_SAMPLES : w->budget.cost);
    }
    if (t && good)
        w->out->to_target[at] = cost_to(t, w->budget, w->target);
    if (t && good && bl_trainer_status(t) == BL_DIVERGED_RUN)
        w->out->diverged[at] = true;
    bl_trainer_free(t);
    return t && good;
}

static void task(void *context, size_t i, size_t worker)
{
    struct repeating *w = context;
    size_t c = i / w->out->seeds, seed = i % w->out->seeds;

    (void)worker;
    if (bl_stopped(w->progress) || (seed && !by_seed(&w->settings[c])))
        return;
    run_one(w, c, seed, &w->errors[i]);
}

/* ---- quantiles ------------------------------------------------------------------------------------------*/
static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Type 7; beyond the last finite value there is none. */
static double quantile(const double *sorted, size_t n, double level)
{
    double at = level * (double)(n - 1), below = floor(at);
    size_t i = (size_t)below;

    if (at == below || i + 1 >= n || sorted[i] == sorted[i + 1])
        return sorted[i];
    return isfinite(sorted[i + 1]) ? sorted[i] + (at - below) * (sorted[i + 1] - sorted[i]) : INFINITY;
}

void bl_band_quantiles(double *values, size_t n, double out[BL_BAND_LEVELS])
{
    qsort(values, n, sizeof *values, ascending);
    for (size_t k = 0; k < BL_BAND_LEVELS; k++)
        out[k] = quantile(values, n, levels[k]);
}

static void bands(struct repeating *w, size_t c, double *column)
{
    struct bl_repeats *r = w->out;

    for (size_t i = 0; i < r->points; i++) {
        for (size_t s = 0; s < r->seeds; s++)
            column[s] = w->values[(c * r->seeds + (by_seed(&w->settings[c]) ? s : 0)) * r->points + i];
        bl_band_quantiles(column, r->seeds, r->bands + (c * r->points + i) * BL_BAND_LEVELS);
    }
    for (size_t s = 1; s < r->seeds && !by_seed(&w->settings[c]); s++) {
        r->to_target[c * r->seeds + s] = r->to_target[c * r->seeds];
        r->diverged[c * r->seeds + s] = r->diverged[c * r->seeds];
    }
    memcpy(column, r->to_target + c * r->seeds, r->seeds * sizeof *column);
    bl_band_quantiles(column, r->seeds, r->target_quantiles + c * BL_BAND_LEVELS);
    if (w->budget.cost == BL_COST_SECONDS)
        for (size_t i = 0; i < r->points; i++)
            r->cost[c * r->points + i] = lap_cost(r, w->budget, i);
}

/* ---- all ---------------------------------------------------------------------------------------------------*/
static bool take(struct repeating *w, struct bl_error *err)
{
    struct bl_repeats *r = w->out;
    size_t n = r->contestants;

    r->cost = bl_calloc(n * r->points, sizeof *r->cost);
    r->bands = bl_calloc(n * r->points, BL_BAND_LEVELS * sizeof *r->bands);
    r->to_target = bl_calloc(n * r->seeds, sizeof *r->to_target);
    r->diverged = bl_calloc(n * r->seeds, sizeof *r->diverged);
    r->target_quantiles = bl_calloc(n, BL_BAND_LEVELS * sizeof *r->target_quantiles);
    w->values = bl_calloc(n * r->seeds, r->points * sizeof *w->values);
    w->errors = bl_calloc(n * r->seeds, sizeof *w->errors);
    return (r->cost && r->bands && r->to_target && r->diverged && r->target_quantiles && w->values && w->errors) ||
           bl_fail_memory(err, "the repeats of a race");
}

static bool first_error(const struct repeating *w, struct bl_error *err)
{
    for (size_t i = 0; i < w->out->contestants * w->out->seeds; i++)
        if (w->errors[i].code != BL_OK) {
            if (err)
                *err = w->errors[i];
            return true;
        }
    return false;
}

bool bl_repeats_of(const struct bl_objective *o, const struct bl_settings *settings, size_t n, size_t seeds, struct bl_budget budget,
                   double target, const struct bl_smoothness *smooth, struct bl_pool *pool, struct bl_progress *progress,
                   struct bl_repeats *out, struct bl_error *err)
{
    struct repeating w = {.o = o, .settings = settings, .smooth = smooth, .budget = budget, .target = target, .pool = pool,
                          .progress = progress, .out = out};
    double *column = bl_calloc(seeds + 1, sizeof *column);
    bool good;

    *out = (struct bl_repeats){.contestants = n, .seeds = seeds, .points = LAPS + 1};
    if (budget.cost == BL_COST_EPOCHS && budget.amount < LAPS)
        out->points = (size_t)budget.amount + 1;
    good = column && out->points > 1 ? take(&w, err) : bl_fail_memory(err, "the repeats of a race");
    if (good) {
        bl_pool_run(pool, n * seeds, task, &w);
        good = !first_error(&w, err) && (!bl_stopped(progress) || bl_fail(err, BL_STOPPED, "interrupted"));
    }
    for (size_t c = 0; good && c < n; c++)
        bands(&w, c, column);
    bl_free(column);
    bl_free(w.values);
    bl_free(w.errors);
    if (!good)
        bl_repeats_done(out);
    return good;
}

void bl_repeats_done(struct bl_repeats *r)
{
    bl_free(r->cost);
    bl_free(r->bands);
    bl_free(r->to_target);
    bl_free(r->diverged);
    bl_free(r->target_quantiles);
    *r = (struct bl_repeats){0};
}
