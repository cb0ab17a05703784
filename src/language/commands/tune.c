/* tune, validate: which settings do best on rows that were not trained on. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/language/commands/tune.h"

enum { SHOWN_MOST = 20 };

static const char *const search_words[] = { "grid", "random", "halving", NULL };

/* ---- set up ---------------------------------------------------------------------------------------------------*/

/* Models of different losses cannot be told apart by loss. */
static const char *usual_metric(const struct search *x, enum bl_task task)
{
    for (size_t i = 1; i < x->grid.n; i++)
        if (x->grid.candidates[i].model.type != x->grid.candidates[0].model.type)
            return task == BL_CLASSIFICATION ? "accuracy" : "rmse";
    for (size_t i = 0; i < x->grid.n_axes; i++)
        if (grid_varies(&x->grid, i) && (!strcmp(x->grid.axes[i].key, "delta") || !strcmp(x->grid.axes[i].key, "tau")))
            return "mae";
    return "loss";
}

static bool points_of(struct bl_session *s, const struct bl_args *a, const struct bl_key *own, struct search *x, struct bl_error *err)
{
    size_t kind = GRID, draws = 0;
    int64_t trials = 60, seed = (int64_t)bl_workbench_seed(s->workbench);

    if (!bl_arg_choice(a, "search", search_words, &kind, err) || !bl_arg_integer(a, "trials", 2, GRID_MOST, &trials, err) ||
        !bl_arg_integer(a, "seed", 0, INT64_MAX, &seed, err))
        return false;
    x->kind = (enum search_kind)kind;
    if (x->kind == RANDOM || bl_arg(a, "trials"))
        draws = (size_t)trials;
    if (x->kind == GRID && draws) {
        bl_fail(err, BL_USAGE, "trials= is how many points search=random draws; a grid has as many as its values make");
        bl_hint(err, "search=random trials=%zu", draws);
        return bl_at_pair(err, a, "trials");
    }
    return grid_make(s, a, own, draws, (uint64_t)seed, &x->grid, err);
}

static bool folds_of(struct bl_session *s, const struct bl_args *a, struct search *x, struct bl_error *err)
{
    int64_t k = 5, outer = 0;
    struct bl_folds_how how;
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);

    if (!d || !bl_arg_integer(a, "k", 0, UINT32_MAX, &k, err) || !bl_arg_integer(a, "outer", 0, UINT32_MAX, &outer, err) ||
        !bl_workbench_rows(s->workbench, false, &x->rows, &x->n_rows, err))
        return false;
    if (!trial_folds(s, a, (size_t)k, x->rows, x->n_rows, &x->folds, err))
        return bl_arg(a, "k") && !err->word_len ? bl_at_pair(err, a, "k") : false;
    if (!bl_arg(a, "outer"))
        return true;
    how = x->folds.how;
    how.k = (size_t)outer;
    how.repeats = 1;
    how.seed++; /* not the inner folds again */
    x->has_outer = bl_folds_make(&x->outer, d->table, &d->roles, x->rows, x->n_rows, &how, err);
    return x->has_outer || bl_at_pair(err, a, "outer");
}

static bool set_up(struct bl_session *s, const struct bl_args *a, const struct bl_key *own, struct search *x, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);

    if (!d || !points_of(s, a, own, x, err) || !folds_of(s, a, x, err) || !trial_metric(s, a, usual_metric(x, d->roles.task), &x->metric, err))
        return false;
    x->metrics = trial_metrics(d->roles.task, &x->n_metrics);
    x->procedures = bl_calloc(x->grid.n, sizeof *x->procedures);
    x->points = bl_calloc(x->grid.n, sizeof *x->points);
    x->order = bl_calloc(x->grid.n, sizeof *x->order);
    if (!x->procedures || !x->points || !x->order)
        return bl_fail_memory(err, "the points");
    return candidates_bind(s, x->grid.candidates, x->grid.n, x->procedures, err);
}

static void done(struct search *x)
{
    bl_trials_free(&x->trials);
    bl_halving_free(&x->halving);
    bl_nested_free(&x->nested);
    bl_folds_free(&x->folds);
    bl_folds_free(&x->outer);
    grid_free(&x->grid);
    bl_free(x->procedures);
    bl_free(x->points);
    bl_free(x->order);
    bl_free(x->rows);
    bl_free(x);
}

/* ---- run -----------------------------------------------------------------------------------------------------*/

static bool run_trials(struct bl_session *s, struct search *x, const char *what, struct bl_error *err)
{
    x->trials = (struct bl_trials){ .procedures = x->procedures, .n_procedures = x->grid.n, .folds = &x->folds, .train_figures = true,
                                    .memo = bl_workbench_memo(s->workbench), .what = what };
    if (!bl_trials_run(&x->trials, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err))
        return false;
    for (size_t i = 0; i < x->grid.n; i++)
        bl_point_of_trials(&x->trials, i, &x->points[i]);
    x->stopped = x->trials.stopped;
    x->n_known = x->trials.n_known;
    return true;
}

static bool run_halving(struct bl_session *s, struct search *x, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);

    x->halving = (struct bl_halving){ .procedures = x->procedures, .n = x->grid.n, .folds = &x->folds, .memo = bl_workbench_memo(s->workbench),
                                      .what = "tuning", .metric = x->metric, .least_rows = 10 * (d->roles.n_classes + 2) };
    if (!bl_halving_run(&x->halving, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err))
        return false;
    memcpy(x->points, x->halving.points, x->grid.n * sizeof *x->points);
    x->stopped = x->halving.stopped;
    x->n_known = x->halving.n_known;
    return true;
}

static bool run_outer(struct bl_session *s, struct search *x, struct bl_error *err)
{
    if (!x->has_outer || x->stopped)
        return true;
    x->nested = (struct bl_nested){ .procedures = x->procedures, .n = x->grid.n, .outer = &x->outer, .inner = x->folds.how,
                                    .memo = bl_workbench_memo(s->workbench), .what = "tuning in outer folds", .metric = x->metric };
    if (!bl_nested_run(&x->nested, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err))
        return false;
    x->stopped = x->stopped || x->nested.stopped;
    return true;
}

/* ---- order ----------------------------------------------------------------------------------------------------*/

/* Later rungs first; then by the metric; points that are not done, or have no figure, last. */
static double worth(const struct search *x, size_t i)
{
    double mean = x->points[i].mean[x->metric];

    if (!x->points[i].done || isnan(mean))
        return INFINITY;
    return x->metrics[x->metric].higher ? -mean : mean;
}

static void sort_points(struct search *x)
{
    for (size_t i = 0; i < x->grid.n; i++) {
        size_t at = i;
        x->n_done += x->points[i].done;
        for (; at > 0; at--) {
            size_t before = x->order[at - 1];
            bool later = x->points[i].rung > x->points[before].rung;
            bool better = x->points[i].rung == x->points[before].rung && worth(x, i) < worth(x, before);
            if (!later && !better)
                break;
            x->order[at] = before;
        }
        x->order[at] = i;
    }
    x->best = x->grid.n && isfinite(worth(x, x->order[0])) ? x->order[0] : SIZE_MAX;
}

/* ---- as an object ---------------------------------------------------------------------------------------------*/

static void figures_json(struct bl_result *r, const struct search *x, const struct bl_search_point *p, json_t *mean, json_t *sd)
{
    for (size_t i = 0; i < x->n_metrics; i++) {
        bl_json_figure(r, mean, x->metrics[i].name, p->mean[i], p->reason[i]);
        bl_json_figure(r, sd, x->metrics[i].name, p->sd[i], isfinite(p->mean[i]) ? "there is only one fold" : p->reason[i]);
    }
}

static json_t *train_json(struct bl_result *r, const struct search *x, const struct bl_search_point *p)
{
    json_t *o = json_object();

    for (size_t i = 0; i < x->n_metrics; i++)
        bl_json_figure(r, o, x->metrics[i].name, p->train_mean[i], p->reason[i] ? p->reason[i] : "it does not exist here");
    return o;
}

static void points_json(struct bl_result *r, const struct search *x)
{
    json_t *list = json_array();

    for (size_t i = 0; i < x->grid.n; i++) {
        const struct bl_search_point *p = &x->points[i];
        json_t *one, *mean, *sd;
        if (!p->done)
            continue;
        one = json_object(), mean = json_object(), sd = json_object();
        grid_point_json(r, &x->grid, i, one);
        figures_json(r, x, p, mean, sd);
        bl_json_set(r, one, "mean", mean);
        bl_json_set(r, one, "sd", sd);
        bl_json_set(r, one, "train", train_json(r, x, p));
        bl_json_set(r, one, "diverged", json_integer((json_int_t)p->diverged));
        if (x->kind == HALVING) {
            bl_json_set(r, one, "rung", json_integer((json_int_t)p->rung));
            bl_json_set(r, one, "share", json_real(p->share));
        }
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "points", list);
}

static void search_json(struct bl_result *r, const struct search *x)
{
    points_json(r, x);
    if (x->best != SIZE_MAX) {
        json_t *mean = json_object(), *sd = json_object(), *best = json_object();
        figures_json(r, x, &x->points[x->best], mean, sd);
        grid_point_json(r, &x->grid, x->best, best);
        bl_result_set(r, "mean", mean);
        bl_result_set(r, "sd", sd);
        bl_result_set(r, "best", best);
    }
    bl_result_set(r, "metric", json_string(x->metrics[x->metric].name));
    bl_result_set(r, "status", json_string(x->stopped ? "stopped" : "done"));
    bl_result_set(r, "known", json_integer((json_int_t)x->n_known));
    trial_folds_json(r, &x->folds);
}

/* ---- for people --------------------------------------------------------------------------------------------------*/

static void point_cells(struct bl_grid *g, const struct search *x, size_t i)
{
    for (size_t k = 0; k < x->grid.n_axes; k++)
        if (grid_varies(&x->grid, k))
            bl_grid_text(g, x->grid.values[i][k]);
}

/* The metric with its sd, on the training rows too, and beside it what else people ask for. */
static void table(struct bl_result *r, const struct search *x, const size_t *order, size_t most)
{
    struct bl_grid *g = bl_result_grid(r);
    const char *name = x->metrics[x->metric].name;
    size_t other = x->metric == 1 ? 0 : 1;

    for (size_t k = 0; k < x->grid.n_axes; k++)
        if (grid_varies(&x->grid, k))
            bl_grid_column(g, x->grid.axes[k].key, BL_LEFT);
    if (x->kind == HALVING)
        bl_grid_column(g, "rows", BL_COUNT);
    bl_grid_column(g, name, BL_NUMBER);
    bl_grid_column(g, "sd", BL_NUMBER);
    bl_grid_column(g, "in training", BL_NUMBER);
    bl_grid_column(g, x->metrics[other].name, BL_NUMBER);
    bl_grid_column(g, "", BL_LEFT);
    for (size_t i = 0; i < x->grid.n && i < most; i++) {
        size_t at = order ? order[i] : i;
        const struct bl_search_point *p = &x->points[at];
        if (!p->done)
            continue;
        point_cells(g, x, at);
        if (x->kind == HALVING)
            bl_grid_count(g, (uint64_t)nearbyint(p->rows));
        bl_grid_number(g, p->mean[x->metric]);
        bl_grid_number(g, p->sd[x->metric]);
        bl_grid_number(g, p->train_mean[x->metric]);
        bl_grid_number(g, p->mean[other]);
        bl_grid_text(g, p->diverged ? "diverged" : at == x->best ? "<- best" : "");
    }
}

/* How many points are as good as the best, within its standard error. */
static size_t as_good(const struct search *x)
{
    const struct bl_search_point *best = &x->points[x->best];
    double error = best->sd[x->metric] / sqrt((double)best->folds);
    size_t n = 0;

    for (size_t i = 0; i < x->grid.n; i++)
        n += i != x->best && x->points[i].done && x->points[i].rung == best->rung &&
             fabs(x->points[i].mean[x->metric] - best->mean[x->metric]) <= error;
    return n;
}

static void best_line(struct bl_session *s, struct bl_result *r, const struct search *x)
{
    char mean[32], sd[32];
    const struct bl_search_point *p;
    size_t alike;

    if (x->best == SIZE_MAX) {
        bl_result_line(r, "no point is done with a finite %s", x->metrics[x->metric].name);
        return;
    }
    p = &x->points[x->best];
    alike = as_good(x);
    bl_result_line(r, "best: %s, %s %s, sd %s over %zu folds", x->grid.candidates[x->best].name, x->metrics[x->metric].name,
                   bl_number_format(mean, sizeof mean, p->mean[x->metric], s->digits), bl_number_format(sd, sizeof sd, p->sd[x->metric], s->digits),
                   p->folds);
    if (alike)
        bl_result_line(r, "%zu other%s within one standard error of it", alike, alike == 1 ? " lies" : "s lie");
}

static void head_line(struct bl_result *r, const struct search *x)
{
    char folds[120], word[48];

    bl_result_line(r, "%zu points, %s, on %zu rows (no test rows), each fit: %s", x->grid.n, trial_folds_words(&x->folds, folds, sizeof folds),
                   x->folds.n_rows, candidate_word(&x->grid.candidates[0], word, sizeof word));
    if (x->n_known)
        bl_result_line(r, "%zu fits were known from before", x->n_known);
}

static void stop_line(struct bl_result *r, const struct search *x)
{
    if (x->stopped)
        bl_result_line(r, "stopped with %zu of %zu points done; the same command goes on from there", x->n_done, x->grid.n);
}

static void rung_lines(struct bl_result *r, const struct search *x)
{
    json_t *list = json_array();

    for (size_t i = 0; i < x->halving.n_rungs && x->halving.rungs[i].n; i++) {
        json_t *one = json_object();
        bl_json_set(r, one, "share", json_real(x->halving.rungs[i].share));
        bl_json_set(r, one, "points", json_integer((json_int_t)x->halving.rungs[i].n));
        bl_json_append(r, list, one);
        bl_result_line(r, "rung %zu: %zu points on %.3g %% of the training rows", i + 1, x->halving.rungs[i].n, 100 * x->halving.rungs[i].share);
    }
    if (x->halving.n_rungs == 1)
        bl_result_line(r, "points or rows are too few to begin with fewer rows");
    bl_result_set(r, "rungs", list);
}

/* ---- tune -----------------------------------------------------------------------------------------------------------*/

static void tune_tell(struct bl_session *s, struct bl_result *r, const struct search *x)
{
    head_line(r, x);
    if (x->kind == HALVING)
        rung_lines(r, x);
    table(r, x, x->order, SHOWN_MOST);
    if (x->n_done > SHOWN_MOST)
        bl_result_line(r, "the best %d of %zu points (--json has all)", (int)SHOWN_MOST, x->n_done);
    search_json(r, x);
    best_line(s, r, x);
    stop_line(r, x);
    tune_outer_tell(s, r, x);
    if (!x->has_outer && !x->stopped && x->grid.n > 1)
        bl_result_line(r, "the best of %zu looks better than it is: outer=5 measures by how much", x->grid.n);
    vault_tell(s, r);
}

static bool all_diverged(const struct search *x)
{
    for (size_t i = 0; i < x->grid.n; i++)
        if (x->points[i].diverged < x->points[i].folds || !x->points[i].folds)
            return false;
    return true;
}

static const struct bl_key tune_keys[] = {
    { "search", "grid|random|halving", "every combination, draws from the ranges, or successive halving" },
    { "trials", "", "points that are drawn (default 60)" }, { "k", "", "number of folds (default 5)" }, TRIAL_FOLD_KEYS,
    { "metric", "", "that decides (default loss)" }, { "outer", "", "folds of nested cross-validation" }, GRID_MODEL_KEYS, { 0 },
};

static bool run_tune(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct search *x = bl_calloc(1, sizeof *x);
    bool good = x ? set_up(s, a, tune_keys, x, err) : bl_fail_memory(err, "a search");

    if (good)
        telltale_warn(s, r);
    good = good && (x->kind == HALVING ? run_halving(s, x, err) : run_trials(s, x, "tuning", err));
    if (good) {
        sort_points(x);
        if (x->n_done == 0 && x->stopped)
            good = bl_fail(err, BL_STOPPED, "interrupted before the first point was done; what was fitted is kept");
    }
    good = good && run_outer(s, x, err);
    if (good)
        tune_tell(s, r, x);
    if (good && all_diverged(x))
        bl_result_status(r, 3);
    if (x)
        done(x);
    return good;
}

const struct bl_command bl_command_tune = {
    .name = "tune", .arguments = "[CONTESTANT] KEY=LIST|RANGE ... [search=] [k=5] [outer=]", .group = "show",
    .summary = "choose settings by cross-validation: grid, random, halving",
    .help = "Keys of model and training that have several values make points; each is cross-validated on the training and "
            "validation rows, never on the test rows. Without a contestant the model goes to its optimum. halving tries all points "
            "on few rows and keeps the best third for three times as many. Ctrl-C keeps what is done: the same command goes "
            "on from there. outer=K repeats the whole choice in each of K outer folds and judges it on rows that it did not see: the mean "
            "that such a choice really gives, its interval, and whether the folds chose alike.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_NONE, .run_settings = true, .keys = tune_keys,
    .examples = BL_EXAMPLES("load iris; model softmax; tune l2=0.001..1:4", "load diabetes; tune sgd lr=0.001..0.1 search=random trials=6 k=3",
                            "load diabetes; tune l2=0.1,1,10 outer=3 k=3"),
    .see = "validate, cv, curve, compare", .run = run_tune,
};

/* ---- validate: one key ----------------------------------------------------------------------------------------------*/

static const struct bl_key validate_keys[] = {
    { "k", "", "number of folds (default 5)" }, TRIAL_FOLD_KEYS, { "metric", "", "that is drawn (default loss)" }, GRID_MODEL_KEYS, { 0 },
};

static size_t axis_of(const struct grid *g)
{
    for (size_t k = 0; k < g->n_axes; k++)
        if (grid_varies(g, k))
            return k;
    return 0;
}

static bool one_key(const struct search *x, struct bl_error *err)
{
    size_t n = 0;

    for (size_t k = 0; k < x->grid.n_axes; k++)
        n += grid_varies(&x->grid, k);
    if (n == 1)
        return true;
    bl_fail(err, BL_USAGE, "validate varies one key, and here are %zu with several values", n);
    return bl_hint(err, "validate %s=%s, or tune for all of them", x->grid.axes[axis_of(&x->grid)].key, x->grid.axes[axis_of(&x->grid)].text);
}

/* Where every value is a number: the metric against it, with a band of one sd. */
static void validate_chart(struct bl_result *r, const struct search *x)
{
    size_t axis = axis_of(&x->grid), n = 0;
    struct trial_band band = { .x_label = x->grid.axes[axis].key, .y_label = x->metrics[x->metric].name, .log_x = true };
    double *at = bl_calloc(5 * x->grid.n + 1, sizeof *at), *value;

    for (size_t i = 0; at && i < x->grid.n; i++) {
        const char *text = x->grid.values[i][axis];
        const struct bl_search_point *p = &x->points[i];
        value = at + 5 * n;
        if (!p->done || !isfinite(p->mean[x->metric]) || !bl_number_parse(text, strlen(text), &value[0]))
            continue;
        value[1] = p->train_mean[x->metric];
        value[2] = p->mean[x->metric];
        value[3] = p->mean[x->metric] - p->sd[x->metric];
        value[4] = p->mean[x->metric] + p->sd[x->metric];
        band.log_x = band.log_x && value[0] > 0;
        n++;
    }
    if (at && n > 1) {
        band.log_x = band.log_x && at[5 * (n - 1)] / at[0] > 20;
        trial_band_draw(r, &band, at, n);
    }
    bl_free(at);
}

static bool run_validate(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct search *x = bl_calloc(1, sizeof *x);
    bool good = (x ? set_up(s, a, validate_keys, x, err) : bl_fail_memory(err, "a search")) && one_key(x, err) &&
                run_trials(s, x, "validating", err);

    if (good) {
        sort_points(x);
        if (x->n_done == 0 && x->stopped)
            good = bl_fail(err, BL_STOPPED, "interrupted before the first point was done; what was fitted is kept");
    }
    if (good) {
        head_line(r, x);
        validate_chart(r, x);
        table(r, x, NULL, SIZE_MAX);
        search_json(r, x);
        best_line(s, r, x);
        stop_line(r, x);
        vault_tell(s, r);
        if (all_diverged(x))
            bl_result_status(r, 3);
    }
    if (x)
        done(x);
    return good;
}

const struct bl_command bl_command_validate = {
    .name = "validate", .arguments = "[CONTESTANT] KEY=LIST|RANGE [k=5] [key=value ...]", .group = "show",
    .summary = "validation curve: training and held-out figures over one setting",
    .help = "Cross-validates each value of one key of model or training on the training and validation rows and draws the metric "
            "in training and on held-out rows. Where both are bad the model is too simple; where only the held-out one is, it "
            "fits noise. Ctrl-C keeps what is done.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_NONE, .run_settings = true, .keys = validate_keys,
    .examples = BL_EXAMPLES("load iris; model softmax; validate l2=0.001..10:5", "load diabetes; validate batch epochs=1,3,10,30"),
    .see = "tune, curve, cv", .run = run_validate,
};
