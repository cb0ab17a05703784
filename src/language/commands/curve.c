/* curve: would more rows help? */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/grid.h"

enum { POINTS_MOST = 32 };

struct learning {
    struct candidate candidate;
    struct bl_procedure procedures[POINTS_MOST];
    size_t n;
    uint32_t *rows;
    size_t n_rows;
    struct bl_folds folds;
    struct bl_trials trials;
    struct bl_search_point points[POINTS_MOST];
    struct bl_curve_verdict verdict;
    size_t metric;
};

static const struct bl_key curve_keys[] = {
    { "points", "", "sizes of the training set (default 8)" }, { "from", "", "smallest share of the training rows (default 0.1)" },
    { "k", "", "number of folds (default 5)" }, TRIAL_FOLD_KEYS, { "metric", "", "that is drawn and judged (default loss)" }, { 0 },
};

/* Settings of training that stand on the line, and those of the contestant's parentheses. */
static bool candidate_of(struct bl_session *s, const struct bl_args *a, struct learning *x, struct bl_error *err)
{
    struct bl_option pairs[AXES_MOST];
    struct bl_call call = { 0 };
    size_t n = 0, culprit = SIZE_MAX;
    bool good = !a->n_words || bl_call_parse(a->words[0].text, &call, err) || bl_at_word(err, a, 0);

    for (size_t i = 0; good && i < call.n_options && n < AXES_MOST; i++)
        pairs[n++] = call.options[i];
    for (size_t i = 0; good && i < a->n_pairs && n < AXES_MOST; i++) {
        bool own = false;
        for (const struct bl_key *k = curve_keys; k->name; k++)
            own = own || bl_key_same(k->name, a->pairs[i].key);
        if (!own)
            pairs[n++] = (struct bl_option){ a->pairs[i].key, a->pairs[i].value };
    }
    if (good && !candidate_make(s, a->n_words ? call.name : NULL, pairs, n, &x->candidate, &culprit, err))
        good = culprit < n && bl_arg(a, pairs[culprit].key) ? bl_at_pair(err, a, pairs[culprit].key) : a->n_words ? bl_at_word(err, a, 0) : false;
    bl_call_free(&call);
    return good;
}

/* Shares that grow by one factor, the last all rows. */
static bool shares_of(struct bl_session *s, const struct bl_args *a, struct learning *x, struct bl_error *err)
{
    double from = 0.1;
    int64_t points = 8;

    if (!bl_arg_integer(a, "points", 2, POINTS_MOST, &points, err) || !bl_arg_number(a, "from", &from, err))
        return false;
    if (!(from > 0 && from < 1)) {
        bl_fail(err, BL_VALUE, "from=%g must lie between 0 and 1", from);
        bl_hint(err, "from=0.1");
        return bl_at_pair(err, a, "from");
    }
    x->n = (size_t)points;
    for (size_t i = 0; i < x->n; i++) {
        if (!candidates_bind(s, &x->candidate, 1, &x->procedures[i], err))
            return false;
        x->procedures[i].share = i + 1 == x->n ? 1 : bl_exp((1 - (double)i / (double)(x->n - 1)) * bl_log(from));
    }
    return true;
}

static bool set_up(struct bl_session *s, const struct bl_args *a, struct learning *x, struct bl_error *err)
{
    int64_t k = 5;

    if (!bl_workbench_dataset(s->workbench, err) || !candidate_of(s, a, x, err) || !shares_of(s, a, x, err) ||
        !bl_arg_integer(a, "k", 0, UINT32_MAX, &k, err) || !bl_workbench_rows(s->workbench, false, &x->rows, &x->n_rows, err))
        return false;
    if (!trial_folds(s, a, (size_t)k, x->rows, x->n_rows, &x->folds, err))
        return bl_arg(a, "k") && !err->word_len ? bl_at_pair(err, a, "k") : false;
    return trial_metric(s, a, "loss", &x->metric, err);
}

/* ---- told -----------------------------------------------------------------------------------------------------*/

static void points_json(struct bl_result *r, const struct learning *x)
{
    json_t *list = json_array();

    for (size_t p = 0; p < x->n; p++) {
        json_t *one = json_object(), *part[4] = { json_object(), json_object(), json_object(), json_object() };
        static const char *const names[] = { "mean", "sd", "train_mean", "train_sd" };
        bl_json_set(r, one, "rows", bl_json_number(x->points[p].rows));
        bl_json_set(r, one, "share", bl_json_number(x->points[p].share));
        trial_means_json(r, &x->trials, p, false, part[0], part[1]);
        trial_means_json(r, &x->trials, p, true, part[2], part[3]);
        for (size_t i = 0; i < 4; i++)
            bl_json_set(r, one, names[i], part[i]);
        if (x->points[p].done)
            bl_json_append(r, list, one);
        else
            json_decref(one);
    }
    bl_result_set(r, "points", list);
}

static const char *verdict_word(enum bl_data_verdict v)
{
    static const char *const words[] = { "more data would help", "more data would hardly help", "overfitting", "unsure" };

    return words[v];
}

static void verdict_json(struct bl_result *r, const struct learning *x)
{
    const struct bl_curve_verdict *v = &x->verdict;
    json_t *o = json_object(), *mean = json_object(), *sd = json_object(), *best = json_object();
    size_t at = bl_trials_best(&x->trials, x->metric);

    bl_json_set(r, o, "verdict", json_string(verdict_word(v->verdict)));
    bl_json_set(r, o, "half_rows", bl_json_number(v->half_rows));
    bl_json_figure(r, o, "gain", v->gain, "it does not exist here");
    bl_json_figure(r, o, "error", v->error, "it does not exist here");
    bl_json_figure(r, o, "gap", v->gap, "it does not exist here");
    if (v->fits)
        bl_json_set(r, o, "at_double", bl_json_number(v->at_double));
    bl_result_set(r, "verdict", o);
    trial_means_json(r, &x->trials, x->n - 1, false, mean, sd);
    bl_result_set(r, "mean", mean);
    bl_result_set(r, "sd", sd);
    if (at != SIZE_MAX)
        bl_json_set(r, best, "rows", bl_json_number(x->points[at].rows));
    bl_result_set(r, "best", best);
}

static void verdict_lines(struct bl_session *s, struct bl_result *r, const struct learning *x)
{
    const struct bl_curve_verdict *v = &x->verdict;
    char a[32], b[32], c[32];
    const char *metric = x->trials.metrics[x->metric].name;

    bl_result_line(r, "from %.0f to %.0f rows %s gets %s by %s, standard error %s", v->half_rows, x->points[x->n - 1].rows, metric,
                   v->gain < 0 ? "worse" : "better", bl_number_format(a, sizeof a, fabs(v->gain), s->digits), bl_number_format(b, sizeof b, v->error, 3));
    if (v->fits)
        bl_result_line(r, "a curve a + b n^-c through the points has a %s, c %.2f, and %s at twice the rows", bl_number_format(a, sizeof a, v->a, 3),
                       v->c, bl_number_format(b, sizeof b, v->at_double, s->digits));
    bl_number_format(c, sizeof c, v->gap, s->digits);
    switch (v->verdict) {
    case BL_DATA_HELPS:
        bl_result_line(r, "more data would help: the curve still falls by more than chance explains");
        break;
    case BL_DATA_ENOUGH:
        bl_result_line(r, "more data would hardly help: held-out and training figures have met (gap %s); other features or a richer model may", c);
        break;
    case BL_DATA_OVERFIT:
        bl_result_line(r, "the model fits its own rows better than others (gap %s), and the last doubling did not close it: try a penalty (validate l2=)", c);
        break;
    default:
        bl_result_line(r, "the folds disagree too much to say (gap %s): repeats=5 would tell more", c);
    }
}

static void table(struct bl_result *r, const struct learning *x)
{
    struct bl_grid *g = bl_result_grid(r);
    size_t other = x->metric == 1 ? 0 : 1;

    bl_grid_column(g, "rows", BL_COUNT);
    bl_grid_column(g, x->trials.metrics[x->metric].name, BL_NUMBER);
    bl_grid_column(g, "sd", BL_NUMBER);
    bl_grid_column(g, "in training", BL_NUMBER);
    bl_grid_column(g, x->trials.metrics[other].name, BL_NUMBER);
    for (size_t p = 0; p < x->n; p++) {
        if (!x->points[p].done)
            continue;
        bl_grid_count(g, (uint64_t)nearbyint(x->points[p].rows));
        bl_grid_number(g, x->points[p].mean[x->metric]);
        bl_grid_number(g, x->points[p].sd[x->metric]);
        bl_grid_number(g, x->points[p].train_mean[x->metric]);
        bl_grid_number(g, x->points[p].mean[other]);
    }
}

static void chart(struct bl_result *r, const struct learning *x)
{
    struct trial_band band = { .x_label = "training rows", .y_label = x->trials.metrics[x->metric].name, .log_x = true };
    double at[5 * POINTS_MOST];
    size_t n = 0;

    for (size_t p = 0; p < x->n; p++) {
        const struct bl_search_point *one = &x->points[p];
        if (!one->done || !isfinite(one->mean[x->metric]))
            continue;
        at[5 * n] = one->rows;
        at[5 * n + 1] = one->train_mean[x->metric];
        at[5 * n + 2] = one->mean[x->metric];
        at[5 * n + 3] = one->mean[x->metric] - one->sd[x->metric];
        at[5 * n++ + 4] = one->mean[x->metric] + one->sd[x->metric];
    }
    if (n > 1)
        trial_band_draw(r, &band, at, n);
}

static void tell(struct bl_session *s, struct bl_result *r, struct learning *x)
{
    char folds[120], word[48];

    bl_result_line(r, "%zu sizes, %s, on %zu rows (no test rows), each fit: %s", x->n, trial_folds_words(&x->folds, folds, sizeof folds),
                   x->folds.n_rows, candidate_word(&x->candidate, word, sizeof word));
    chart(r, x);
    table(r, x);
    points_json(r, x);
    bl_result_set(r, "metric", json_string(x->trials.metrics[x->metric].name));
    bl_result_set(r, "status", json_string(x->trials.stopped ? "stopped" : "done"));
    trial_folds_json(r, &x->folds);
    if (x->trials.stopped) {
        bl_result_line(r, "stopped with %zu of %zu fits done; the same command goes on from there", x->trials.n_done, x->n * x->folds.n);
    } else {
        bl_curve_judge(&x->trials, x->metric, &x->verdict);
        verdict_json(r, x);
        verdict_lines(s, r, x);
    }
    vault_tell(s, r);
}

static bool run_curve(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct learning *x = bl_calloc(1, sizeof *x);
    bool good = x ? set_up(s, a, x, err) : bl_fail_memory(err, "a learning curve");

    if (good) {
        x->trials = (struct bl_trials){ .procedures = x->procedures, .n_procedures = x->n, .folds = &x->folds, .train_figures = true,
                                        .memo = bl_workbench_memo(s->workbench), .what = "drawing a learning curve" };
        good = bl_trials_run(&x->trials, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err);
    }
    for (size_t p = 0; good && p < x->n; p++)
        bl_point_of_trials(&x->trials, p, &x->points[p]);
    if (good && x->trials.n_done == 0)
        good = bl_fail(err, BL_STOPPED, "interrupted before the first fit was done");
    if (good)
        tell(s, r, x);
    if (x) {
        bl_trials_free(&x->trials);
        bl_folds_free(&x->folds);
        bl_free(x->rows);
        bl_free(x);
    }
    return good;
}

const struct bl_command bl_command_curve = {
    .name = "curve", .arguments = "[CONTESTANT] [points=8] [k=5] [key=value ...]", .group = "show",
    .summary = "learning curve: would more data help?",
    .help = "In each fold the model is fitted on growing shares of its training rows (a smaller share lies inside the larger), and "
            "judged on the rows held out and on those it was fitted on. Rows are those of training and validation. The verdict "
            "compares the last doubling of rows with its corrected error over the folds (Nadeau and Bengio 2003), and the gap "
            "between training and held-out figures.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_NONE, .run_settings = true, .keys = curve_keys,
    .examples = BL_EXAMPLES("load breast_cancer; model logistic l2=0.01; curve", "load diabetes; curve points=5 metric=r2"),
    .see = "validate, tune, cv", .run = run_curve,
};
