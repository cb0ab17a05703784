/* Searches over procedures: successive halving (Jamieson and Talwalkar 2016), nested cross-validation. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batchlab/evaluate.h"

/* ---- points ------------------------------------------------------------------------------------------*/

void bl_point_of_trials(const struct bl_trials *t, size_t procedure, struct bl_search_point *out)
{
    *out = (struct bl_search_point){ .share = t->procedures[procedure].share, .done = true };
    for (size_t i = 0; i < t->n_metrics; i++) {
        out->done = bl_trials_mean(t, procedure, i, false, &out->mean[i], &out->sd[i], &out->reason[i]) && out->done;
        bl_trials_mean(t, procedure, i, true, &out->train_mean[i], &out->train_sd[i], NULL);
    }
    for (size_t f = 0; f < t->folds->n; f++) {
        const struct bl_trial *x = bl_trials_at(t, procedure, f);
        out->folds += x->done;
        out->diverged += x->done && x->status == BL_DIVERGED_RUN;
        out->rows += x->done ? (double)x->train_rows : 0;
    }
    out->rows = out->folds ? out->rows / (double)out->folds : NAN;
}

/* ---- successive halving ---------------------------------------------------------------------------------*/

#define ETA 3

struct ranked { double value; size_t at; };

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* How many rungs: every one keeps a third; the first gives each fit `least` rows or more. */
static size_t rungs_of(size_t n, double rows, size_t least)
{
    size_t rungs = 1;

    for (double left = (double)n; left > ETA - 1e-9 && rows / ETA >= (double)least && rungs < BL_RUNGS_MOST; rungs++) {
        left /= ETA;
        rows /= ETA;
    }
    return rungs;
}

/* The best third stay (one at least), in their old order. */
static bool keep_best(const struct bl_trials *t, size_t metric, size_t *members, size_t *n, struct bl_error *err)
{
    struct ranked *ranks = bl_calloc(*n + 1, sizeof *ranks);
    size_t keep = (*n + ETA - 1) / ETA, kept = 0;
    bool *stays = bl_calloc(*n + 1, sizeof *stays);

    if (!ranks || !stays) {
        bl_free(ranks);
        bl_free(stays);
        return bl_fail_memory(err, "the search");
    }
    for (size_t i = 0; i < *n; i++) {
        double mean, sd;
        bl_trials_mean(t, i, metric, false, &mean, &sd, NULL);
        ranks[i] = (struct ranked){ isnan(mean) ? INFINITY : t->metrics[metric].higher ? -mean : mean, i };
    }
    qsort(ranks, *n, sizeof *ranks, compare_ranked);
    for (size_t i = 0; i < keep; i++)
        stays[ranks[i].at] = true;
    for (size_t i = 0; i < *n; i++)
        if (stays[i])
            members[kept++] = members[i];
    *n = kept;
    bl_free(ranks);
    bl_free(stays);
    return true;
}

static bool rung(struct bl_halving *h, size_t number, struct bl_procedure *some, size_t *members, size_t *n, struct bl_pool *pool,
                 struct bl_progress *progress, struct bl_error *err)
{
    struct bl_trials t = { .procedures = some, .n_procedures = *n, .folds = h->folds, .memo = h->memo, .what = h->what, .train_figures = true };
    double share = 1;
    bool good;

    for (size_t i = number + 1; i < h->n_rungs; i++)
        share /= ETA;
    for (size_t i = 0; i < *n; i++) {
        some[i] = h->procedures[members[i]];
        some[i].share *= share;
    }
    h->rungs[number] = (struct bl_rung){ share, *n };
    if (!bl_trials_run(&t, pool, progress, err))
        return false;
    for (size_t i = 0; i < *n; i++) {
        bl_point_of_trials(&t, i, &h->points[members[i]]);
        h->points[members[i]].rung = number;
    }
    h->stopped = t.stopped;
    h->n_known += t.n_known;
    good = t.stopped || number + 1 == h->n_rungs || keep_best(&t, h->metric, members, n, err);
    bl_trials_free(&t);
    return good;
}

bool bl_halving_run(struct bl_halving *h, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    size_t *members = bl_calloc(h->n + 1, sizeof *members), n = h->n;
    struct bl_procedure *some = bl_calloc(h->n + 1, sizeof *some);
    double rows = (double)h->folds->n_rows * (double)(h->folds->how.k - 1) / (double)h->folds->how.k;
    bool good;

    h->points = bl_calloc(h->n + 1, sizeof *h->points);
    h->n_known = 0;
    h->stopped = false;
    h->n_rungs = rungs_of(n, rows, h->least_rows);
    good = (members && some && h->points) || bl_fail_memory(err, "the search");
    for (size_t i = 0; good && i < n; i++)
        members[i] = i;
    for (size_t r = 0; good && r < h->n_rungs && !h->stopped; r++)
        good = rung(h, r, some, members, &n, pool, progress, err);
    bl_free(members);
    bl_free(some);
    if (!good)
        bl_halving_free(h);
    return good;
}

void bl_halving_free(struct bl_halving *h)
{
    bl_free(h->points);
    h->points = NULL;
}

/* ---- nested cross-validation ----------------------------------------------------------------------------*/

/* Chooses on folds of the rows that train, fits the choice on all of them, judges it on the rows held out. */
static bool judge_choice(struct bl_nested *x, size_t fold, const uint32_t *train, size_t n_train, struct bl_pool *pool,
                         struct bl_progress *progress, struct bl_error *err)
{
    struct bl_nested_fold *out = &x->items[fold];
    struct bl_material m = { 0 };
    struct bl_evaluation e = { 0 };
    struct bl_fit fit = { 0 };
    uint32_t *held = NULL;
    size_t n_held = 0;
    bool good = bl_folds_rows(x->outer, fold, true, &held, &n_held, err) &&
                bl_material_make(&m, &x->procedures[out->best], train, n_train, held, n_held, pool, NULL, err) &&
                bl_fit_train(&fit, &x->procedures[out->best], m.train, pool, progress, err) && bl_fit_judge(&fit, m.held, NULL, &e, pool, err);

    for (size_t i = 0; good && i < e.n_figures; i++) {
        out->held[i] = e.figures[i].value;
        out->reason[i] = e.figures[i].reason;
    }
    out->rows = n_held;
    out->done = good;
    bl_evaluation_free(&e);
    bl_fit_free(&fit);
    bl_material_free(&m);
    bl_free(held);
    return good;
}

static bool outer_fold(struct bl_nested *x, size_t fold, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    const struct bl_procedure *first = &x->procedures[0];
    struct bl_folds inner = { 0 };
    struct bl_trials t = { .procedures = x->procedures, .n_procedures = x->n, .folds = &inner, .memo = x->memo, .what = x->what };
    uint32_t *train = NULL;
    size_t n_train = 0;
    bool good = bl_folds_rows(x->outer, fold, false, &train, &n_train, err) &&
                bl_folds_make(&inner, first->table, first->roles, train, n_train, &x->inner, err) && bl_trials_run(&t, pool, progress, err);

    if (good && t.stopped)
        x->stopped = true;
    else if (good && (x->items[fold].best = bl_trials_best(&t, x->metric)) == SIZE_MAX)
        good = bl_fail(err, BL_STATE, "no point has a finite figure in outer fold %zu", fold + 1);
    if (good && !x->stopped)
        good = judge_choice(x, fold, train, n_train, pool, progress, err);
    bl_trials_free(&t);
    bl_folds_free(&inner);
    bl_free(train);
    return good;
}

bool bl_nested_run(struct bl_nested *x, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    bool good;

    x->stopped = false;
    x->items = bl_calloc(x->outer->n, sizeof *x->items);
    good = x->items || bl_fail_memory(err, "nested cross-validation");
    for (size_t f = 0; good && f < x->outer->n && !x->stopped; f++) {
        good = outer_fold(x, f, pool, progress, err);
        if (!good && err && err->code == BL_STOPPED)
            good = x->stopped = true;
    }
    if (!good)
        bl_nested_free(x);
    return good;
}

void bl_nested_free(struct bl_nested *x)
{
    bl_free(x->items);
    x->items = NULL;
}
