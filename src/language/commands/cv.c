/* cv: how well a way of learning does on rows that it has not seen. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/trial.h"

enum { CV_MOST = 32, FOLDS_SHOWN = 30 };

struct cv {
    struct candidate candidates[CV_MOST];
    struct bl_procedure procedures[CV_MOST];
    size_t n;
    uint32_t *rows;
    size_t n_rows;
    struct bl_folds folds;
    struct bl_trials trials;
    size_t metric;
    double level;
};

/* ---- who takes part ----------------------------------------------------------------------------------------*/

/* The command line without K and without the keys that are of cv though runs have them too. */
static bool contestants_of(struct bl_session *s, const struct bl_args *a, size_t first, struct cv *x, struct bl_error *err)
{
    static const char *const none[] = { NULL };
    struct bl_contestant *c = bl_calloc(CONTESTANTS_MAX, sizeof *c);
    struct bl_pair *pairs = bl_calloc(a->n_pairs + 1, sizeof *pairs);
    struct bl_args rest = *a;
    size_t n = 0;
    bool good = (c && pairs) || bl_fail_memory(err, "the contestants");

    rest.words += first;
    rest.n_words -= first;
    rest.pairs = pairs;
    rest.n_pairs = 0;
    for (size_t i = 0; good && i < a->n_pairs; i++)
        if (strcmp(a->pairs[i].key, "seed") != 0)
            pairs[rest.n_pairs++] = a->pairs[i];
    good = good && contestants_parse(s, &rest, none, c, &n, err);
    for (size_t i = 0; good && i < n; i++) {
        struct candidate *to = &x->candidates[x->n++];
        *to = (struct candidate){ .model = *bl_workbench_model(s->workbench), .settings = c[i].settings };
        if (c[i].name[0])
            snprintf(to->name, sizeof to->name, "%s", c[i].name);
        else
            candidate_word(to, to->name, sizeof to->name);
    }
    bl_free(pairs);
    bl_free(c);
    return good;
}

/* against=ridge-like models or contestants: "logistic(l2=1)", "sgd(lr=0.1)". */
static bool add_rival(struct bl_session *s, const char *word, struct cv *x, struct bl_error *err)
{
    struct bl_call call = { 0 };
    struct bl_option *pairs;
    size_t culprit, n = 0;
    bool good;

    if (x->n == CV_MOST)
        return bl_fail(err, BL_LIMIT, "more than %d contestants", (int)CV_MOST);
    if (!bl_call_parse(word, &call, err))
        return false;
    pairs = bl_calloc(call.n_options + 2, sizeof *pairs);
    if (!pairs) {
        bl_call_free(&call);
        return bl_fail_memory(err, "a contestant");
    }
    bool model = bl_objective_find(call.name) != NULL;
    if (model)
        pairs[n++] = (struct bl_option){ "model", call.name };
    for (size_t i = 0; i < call.n_options; i++)
        pairs[n++] = call.options[i];
    good = candidate_make(s, model ? NULL : call.name, pairs, n, &x->candidates[x->n], &culprit, err);
    if (good)
        snprintf(x->candidates[x->n++].name, sizeof x->candidates[0].name, "%s", word);
    bl_free(pairs);
    bl_call_free(&call);
    return good;
}

static bool rivals(struct bl_session *s, const struct bl_args *a, struct cv *x, struct bl_error *err)
{
    const char *value = bl_arg(a, "against");
    struct bl_values words = { 0 };
    bool good = true;

    if (!value)
        return true;
    if (!bl_values_expand("against", value, &words, err))
        return bl_at_pair(err, a, "against");
    for (size_t i = 0; good && i < words.count; i++)
        good = add_rival(s, words.items[i], x, err) || bl_at_pair(err, a, "against");
    bl_values_free(&words);
    return good;
}

static void add_default(struct bl_session *s, struct cv *x)
{
    struct candidate *c = &x->candidates[x->n++];

    *c = (struct candidate){ .model = *bl_workbench_model(s->workbench) };
    bl_workbench_thorough(s->workbench, &c->model, &c->settings);
    candidate_word(c, c->name, sizeof c->name);
}

static bool is_number(const char *text)
{
    double x;

    return bl_number_parse(text, strlen(text), &x);
}

/* K, or "loo": as many folds as rows. *first: the word after it. */
static bool folds_of(const struct bl_args *a, size_t n_rows, size_t *k, size_t *first, struct bl_error *err)
{
    int64_t given = 5;

    *first = a->n_words && (is_number(a->words[0].text) || !strcmp(a->words[0].text, "loo"));
    if (*first && !strcmp(a->words[0].text, "loo"))
        given = (int64_t)n_rows;
    else if (*first && !bl_word_integer(a, 0, INT32_MIN, UINT32_MAX, &given, err))
        return false;
    if (given < 0) {
        bl_fail(err, BL_VALUE, "%lld folds: at least 2 are needed", (long long)given);
        bl_hint(err, "cv 5");
        return bl_at_word(err, a, 0);
    }
    *k = (size_t)given;
    return true;
}

static bool same_loss(const struct cv *x)
{
    for (size_t i = 1; i < x->n; i++)
        if (x->candidates[i].model.type != x->candidates[0].model.type)
            return false;
    return true;
}

static bool set_up(struct bl_session *s, const struct bl_args *a, struct cv *x, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    size_t k = 0, first;
    bool given;

    x->level = 0.95;
    if (!d || !bl_workbench_rows(s->workbench, true, &x->rows, &x->n_rows, err) || !folds_of(a, x->n_rows, &k, &first, err) ||
        !bl_arg_number(a, "level", &x->level, err))
        return false;
    if (!(x->level > 0 && x->level < 1)) {
        bl_fail(err, BL_VALUE, "level=%g must lie between 0 and 1", x->level);
        bl_hint(err, "level=0.95");
        return bl_at_pair(err, a, "level");
    }
    if (!contestants_of(s, a, first, x, err))
        return false;
    given = x->n > 0;
    if (!given)
        add_default(s, x);
    if (!rivals(s, a, x, err) || !candidates_bind(s, x->candidates, x->n, x->procedures, err))
        return false;
    if (!trial_folds(s, a, k, x->rows, x->n_rows, &x->folds, err))
        return err->word_len || !a->n_words ? false : bl_at_word(err, a, 0);
    return trial_metric(s, a, same_loss(x) ? "loss" : d->roles.task == BL_CLASSIFICATION ? "accuracy" : "rmse", &x->metric, err);
}

/* ---- what came out, as an object ----------------------------------------------------------------------------*/

static json_t *folds_json(struct bl_result *r, const struct cv *x, size_t procedure)
{
    const struct bl_trials *t = &x->trials;
    json_t *list = json_array();

    for (size_t f = 0; f < x->folds.n; f++) {
        const struct bl_trial *one = bl_trials_at(t, procedure, f);
        json_t *o = json_object();
        bl_json_set(r, o, "fold", json_integer((json_int_t)(f % x->folds.how.k)));
        if (x->folds.how.repeats > 1)
            bl_json_set(r, o, "repeat", json_integer((json_int_t)(f / x->folds.how.k + 1)));
        if (one->done) {
            bl_json_set(r, o, "rows", json_integer((json_int_t)one->rows));
            bl_json_set(r, o, "train_rows", json_integer((json_int_t)one->train_rows));
            bl_json_set(r, o, "epochs", json_real(one->epochs));
            bl_json_set(r, o, "status", json_string(bl_status_name(one->status)));
        }
        for (size_t i = 0; one->done && i < t->n_metrics; i++)
            bl_json_figure(r, o, t->metrics[i].name, one->held[i], one->reason[i]);
        if (one->done)
            bl_json_append(r, list, o);
        else
            json_decref(o);
    }
    return list;
}

static void contestant_json(struct bl_result *r, const struct cv *x, size_t procedure, json_t *to)
{
    json_t *mean = json_object(), *sd = json_object();

    trial_means_json(r, &x->trials, procedure, false, mean, sd);
    bl_json_set(r, to, "folds", folds_json(r, x, procedure));
    bl_json_set(r, to, "mean", mean);
    bl_json_set(r, to, "sd", sd);
}

static void tell_json(struct bl_result *r, const struct cv *x, size_t best)
{
    json_t *list = json_array();

    contestant_json(r, x, best, bl_result_json(r));
    bl_result_set(r, "best", bl_json_text(x->candidates[best].name));
    bl_result_set(r, "metric", json_string(x->trials.metrics[x->metric].name));
    bl_result_set(r, "status", json_string(x->trials.stopped ? "stopped" : "done"));
    trial_folds_json(r, &x->folds);
    for (size_t p = 0; p < x->n && x->n > 1; p++) {
        json_t *one = json_object();
        bl_json_set(r, one, "name", bl_json_text(x->candidates[p].name));
        contestant_json(r, x, p, one);
        bl_json_append(r, list, one);
    }
    if (x->n > 1)
        bl_result_set(r, "contestants", list);
    else
        json_decref(list);
}

/* ---- what came out, as tables ---------------------------------------------------------------------------------*/

static void metric_columns(struct bl_grid *g, const struct bl_trials *t)
{
    for (size_t i = 0; i < t->n_metrics; i++)
        bl_grid_column(g, t->metrics[i].name, BL_NUMBER);
}

static void mean_rows(struct bl_grid *g, const struct cv *x)
{
    static const char *const words[] = { "mean", "sd" };

    for (int row = 0; row < 2; row++) {
        bl_grid_text(g, words[row]);
        bl_grid_skip(g);
        for (size_t i = 0; i < x->trials.n_metrics; i++) {
            double mean, sd;
            bl_trials_mean(&x->trials, 0, i, false, &mean, &sd, NULL);
            bl_grid_number(g, row ? sd : mean);
        }
    }
}

static void table_of_folds(struct bl_result *r, const struct cv *x)
{
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "fold", BL_LEFT);
    bl_grid_column(g, "rows", BL_COUNT);
    metric_columns(g, &x->trials);
    for (size_t f = 0; f < x->folds.n; f++) {
        const struct bl_trial *one = bl_trials_at(&x->trials, 0, f);
        char name[48];
        if (!one->done || (x->folds.n > FOLDS_SHOWN && !x->trials.stopped))
            continue;
        snprintf(name, sizeof name, x->folds.how.repeats > 1 ? "%zu of repeat %zu" : "%zu", f % x->folds.how.k, f / x->folds.how.k + 1);
        bl_grid_text(g, name);
        bl_grid_count(g, one->rows);
        for (size_t i = 0; i < x->trials.n_metrics; i++)
            bl_grid_number(g, one->held[i]);
    }
    if (!x->trials.stopped)
        mean_rows(g, x);
}

static void table_of_contestants(struct bl_result *r, const struct cv *x)
{
    struct bl_grid *g = bl_result_grid(r);
    double mean, sd;

    bl_grid_column(g, "contestant", BL_LEFT);
    for (size_t i = 0; i < x->trials.n_metrics; i++) {
        bl_grid_column(g, x->trials.metrics[i].name, BL_NUMBER);
        if (i == x->metric)
            bl_grid_column(g, "sd", BL_NUMBER);
    }
    for (size_t p = 0; p < x->n; p++) {
        bl_grid_text(g, x->candidates[p].name);
        for (size_t i = 0; i < x->trials.n_metrics; i++) {
            bl_trials_mean(&x->trials, p, i, false, &mean, &sd, NULL);
            bl_grid_number(g, mean);
            if (i == x->metric)
                bl_grid_number(g, sd);
        }
    }
}

/* ---- who is better ------------------------------------------------------------------------------------------------*/

static bool differences(const struct cv *x, size_t p, size_t metric, double *out, double *ratio)
{
    size_t rows = 0, train = 0;

    for (size_t f = 0; f < x->folds.n; f++) {
        const struct bl_trial *a = bl_trials_at(&x->trials, p, f), *b = bl_trials_at(&x->trials, 0, f);
        out[f] = a->held[metric] - b->held[metric];
        rows += a->rows;
        train += a->train_rows;
        if (a->status == BL_DIVERGED_RUN || b->status == BL_DIVERGED_RUN)
            return false;
    }
    *ratio = (double)rows / (double)train;
    return true;
}

static void paired_json(struct bl_result *r, json_t *list, const char *metric, const struct bl_paired *x)
{
    json_t *one = json_object();

    bl_json_set(r, one, "metric", json_string(metric));
    bl_json_set(r, one, "difference", bl_json_number(x->difference));
    bl_json_set(r, one, "low", bl_json_number(x->low));
    bl_json_set(r, one, "high", bl_json_number(x->high));
    bl_json_figure(r, one, "t", x->t, "the difference is the same in all folds");
    bl_json_set(r, one, "df", json_real(x->df));
    bl_json_set(r, one, "p", bl_json_number(x->p));
    bl_json_append(r, list, one);
}

static void paired_row(struct bl_grid *g, const char *metric, const struct bl_paired *x)
{
    bl_grid_text(g, metric);
    bl_grid_number(g, x->difference);
    bl_grid_number(g, x->low);
    bl_grid_number(g, x->high);
    bl_grid_number(g, x->t);
    bl_grid_number(g, x->p);
}

static bool paired_all(struct bl_result *r, const struct cv *x, size_t p, json_t *to, struct bl_error *err)
{
    double *d = bl_calloc(x->folds.n + 1, sizeof *d), ratio;
    struct bl_grid *g = bl_result_grid(r);
    json_t *list = json_array();
    static const char *const columns[] = { "difference", "low", "high", "t", "p" };

    if (!d)
        return bl_fail_memory(err, "the comparison");
    bl_grid_column(g, "metric", BL_LEFT);
    for (size_t i = 0; i < 5; i++)
        bl_grid_column(g, columns[i], BL_MIXED);
    for (size_t i = 0; i < x->trials.n_metrics; i++) {
        struct bl_paired test;
        if (!differences(x, p, i, d, &ratio) || !bl_paired_test(d, x->folds.n, ratio, x->level, &test))
            continue;
        const double range = x->trials.metrics[i].most - x->trials.metrics[i].least;
        bl_paired_within(&test, -range, range);
        paired_json(r, list, x->trials.metrics[i].name, &test);
        paired_row(g, x->trials.metrics[i].name, &test);
    }
    bl_json_set(r, to, "metrics", list);
    bl_free(d);
    return true;
}

/* Rows of the first repeat that one of the two decides rightly and the other wrongly. */
static void mcnemar_of(const struct cv *x, size_t p, struct bl_mcnemar *out)
{
    const struct bl_trials *t = &x->trials;
    const struct bl_procedure *way = &x->procedures[0];
    size_t counts[2] = { 0 }, each = x->folds.how.repeats * x->folds.n_rows * t->width;

    for (size_t i = 0; i < x->folds.n_rows; i++) {
        const double *a = t->predictions + i * t->width, *b = a + p * each;
        size_t y = (size_t)bl_roles_y(way->roles, way->table, x->folds.rows[i]);
        bool right_a, right_b;
        if (isnan(a[0]) || isnan(b[0]))
            continue;
        right_a = bl_decide(a, t->width, 1) == y;
        right_b = bl_decide(b, t->width, 1) == y;
        if (right_a != right_b)
            counts[right_b]++;
    }
    bl_mcnemar(counts[0], counts[1], out);
}

static void tell_mcnemar(struct bl_result *r, const struct cv *x, size_t p, json_t *to)
{
    json_t *one = json_object();
    char exact[32], mid[32];
    struct bl_mcnemar m;

    mcnemar_of(x, p, &m);
    bl_json_set(r, one, "first", bl_json_text(x->candidates[0].name));
    bl_json_set(r, one, "second", bl_json_text(x->candidates[p].name));
    bl_json_set(r, one, "only_first", json_integer((json_int_t)m.only_first));
    bl_json_set(r, one, "only_second", json_integer((json_int_t)m.only_second));
    bl_json_set(r, one, "p_exact", json_real(m.exact));
    bl_json_set(r, one, "p_mid", json_real(m.mid));
    bl_json_set(r, to, "mcnemar", one);
    bl_result_line(r, "McNemar%s: %zu rows only %s decides rightly, %zu only %s; p %s exact, %s mid-p",
                   x->folds.how.repeats > 1 ? ", of the first repeat" : "", m.only_first, x->candidates[0].name, m.only_second, x->candidates[p].name,
                   bl_number_format(exact, sizeof exact, m.exact, 3), bl_number_format(mid, sizeof mid, m.mid, 3));
}

static bool tell_comparison(struct bl_result *r, const struct cv *x, struct bl_error *err)
{
    json_t *list = json_array();

    for (size_t p = 1; p < x->n; p++) {
        json_t *one = json_object();
        bl_json_set(r, one, "name", bl_json_text(x->candidates[p].name));
        bl_json_set(r, one, "against", bl_json_text(x->candidates[0].name));
        bl_result_line(r, "%s minus %s over %zu folds, corrected resampled t-test, %g %% interval:", x->candidates[p].name,
                       x->candidates[0].name, x->folds.n, 100 * x->level);
        if (!paired_all(r, x, p, one, err)) {
            json_decref(one);
            json_decref(list);
            return false;
        }
        if (x->trials.width > 1)
            tell_mcnemar(r, x, p, one);
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "comparison", list);
    return true;
}

/* ---- all rows at once -----------------------------------------------------------------------------------------------*/

/* The loss of the model's own kind: the mean over the rows of the first repeat. */
static double pooled_loss(const struct cv *x)
{
    double sum = 0, rows = 0;

    for (size_t f = 0; f < x->folds.how.k; f++) {
        const struct bl_trial *one = bl_trials_at(&x->trials, 0, f);
        sum += one->held[0] * (double)one->rows;
        rows += (double)one->rows;
    }
    return sum / rows;
}

/* Every row judged once, by the model that did not see it: figures that single folds may be too small for. */
static bool tell_pooled(struct bl_session *s, struct bl_result *r, const struct cv *x, struct bl_error *err)
{
    const struct bl_procedure *way = &x->procedures[0];
    double *y = bl_calloc(x->folds.n_rows + 1, sizeof *y);
    struct bl_evaluation e;
    json_t *o;
    bool good;

    if (!y)
        return bl_fail_memory(err, "the truth");
    for (size_t i = 0; i < x->folds.n_rows; i++)
        y[i] = isnan(x->trials.predictions[i * x->trials.width]) ? NAN : bl_roles_y(way->roles, way->table, x->folds.rows[i]);
    good = x->trials.width > 1 ? bl_evaluate_classes(&e, x->trials.predictions, y, x->folds.n_rows, x->trials.width, 1, pooled_loss(x),
                                                     bl_workbench_pool(s->workbench), err)
                               : bl_evaluate_values(&e, x->trials.predictions, y, x->folds.n_rows, pooled_loss(x), err);
    bl_free(y);
    if (!good)
        return false;
    o = json_object();
    for (size_t i = 0; i < e.n_figures; i++)
        bl_json_figure(r, o, e.figures[i].metric->name, e.figures[i].value, e.figures[i].reason);
    bl_result_set(r, "pooled", o);
    if (x->folds.n > FOLDS_SHOWN && x->n == 1) {
        struct bl_text line = { 0 };
        for (size_t i = 0; i < e.n_figures; i++) {
            char number[32];
            if (isfinite(e.figures[i].value))
                bl_text_addf(&line, "%s %s %s", i ? "," : "", e.figures[i].metric->name, bl_number_format(number, sizeof number, e.figures[i].value, s->digits));
        }
        bl_result_line(r, "all rows judged at once:%s", bl_text_get(&line));
        bl_text_free(&line);
    }
    bl_evaluation_free(&e);
    return true;
}

/* ---- cv --------------------------------------------------------------------------------------------------------------*/

/* "model softmax l2=0.01": a penalty for the model that was judged. */
static const char *penalty_of(const struct cv *x, char hint[80])
{
    const struct bl_objective_type *type = x->candidates[0].model.type;

    const size_t classes = x->procedures[0].roles->n_classes;

    snprintf(hint, 80, "model %s l2=0.01", type ? type->name : classes > 2 ? "softmax" : classes ? "logistic" : "linear");
    return hint;
}

static void tell_divergence(struct bl_result *r, const struct cv *x)
{
    char hint[80];
    size_t diverged = 0, endless = 0, all = x->n * x->folds.n;

    for (size_t p = 0; p < x->n; p++)
        for (size_t f = 0; f < x->folds.n; f++) {
            const struct bl_trial *one = bl_trials_at(&x->trials, p, f);
            diverged += one->status == BL_DIVERGED_RUN;
            endless += one->status != BL_CONVERGED && x->candidates[p].settings.regime == BL_FULL && one->epochs >= 100;
        }
    if (endless)
        bl_warnf(bl_result_warnings(r), penalty_of(x, hint), "%zu of %zu fits came to no minimum: where classes can be separated, "
                 "weights without a penalty grow for ever", endless, all);
    if (diverged)
        bl_warnf(bl_result_warnings(r), "a lower lr=, or lr=auto", "%zu of %zu fits diverged; their figures are those of the last finite update", diverged, all);
    if (diverged == all)
        bl_result_status(r, 3);
}

static bool save_folds(const struct bl_args *a, struct bl_result *r, const struct cv *x, struct bl_error *err)
{
    const char *path = bl_arg(a, "out");
    struct bl_text csv = { 0 };
    bool overwrite = false, good;
    struct bl_save *file;

    if (!path)
        return true;
    if (!bl_arg_yes(a, "overwrite", &overwrite, err))
        return false;
    bl_folds_csv(&x->folds, &csv);
    file = csv.failed ? NULL : bl_save_open(path, overwrite, err);
    good = file ? bl_save_public(file, err) && bl_save_write(file, csv.at, csv.length, err) : csv.failed ? bl_fail_memory(err, "the folds") : false;
    if (good)
        good = bl_save_commit(file, err);
    else
        bl_save_abandon(file);
    bl_text_free(&csv);
    if (good) {
        bl_result_set(r, "out", bl_json_text(path));
        bl_result_line(r, "folds written to %s", path);
    }
    return good || bl_at_pair(err, a, "out");
}

static bool tell(struct bl_session *s, const struct bl_args *a, struct bl_result *r, const struct cv *x, struct bl_error *err)
{
    size_t best = bl_trials_best(&x->trials, x->metric);
    char words[120];

    if (best == SIZE_MAX)
        best = 0;
    bl_result_line(r, "%s of %zu rows%s, seed %llu, sha256 %.12s", trial_folds_words(&x->folds, words, sizeof words), x->folds.n_rows,
                   bl_workbench_dataset(s->workbench, NULL)->percent[BL_TEST] > 0 ? " (test rows too)" : "",
                   (unsigned long long)x->folds.how.seed, x->folds.sha256);
    if (x->n == 1)
        bl_result_line(r, "each fit: %s, the recipe fitted anew", x->candidates[0].name);
    tell_json(r, x, best);
    if (x->n == 1)
        table_of_folds(r, x);
    else
        table_of_contestants(r, x);
    if (x->trials.stopped) {
        bl_result_line(r, "stopped after %zu of %zu fits", x->trials.n_done, x->n * x->folds.n);
        return true;
    }
    tell_divergence(r, x);
    if (x->n > 1)
        bl_result_line(r, "best by %s: %s", x->trials.metrics[x->metric].name, x->candidates[best].name);
    if (!tell_pooled(s, r, x, err) || (x->n > 1 && !tell_comparison(r, x, err)))
        return false;
    vault_tell(s, r);
    return save_folds(a, r, x, err);
}

static void done(struct cv *x)
{
    bl_trials_free(&x->trials);
    bl_folds_free(&x->folds);
    bl_free(x->rows);
    bl_free(x);
}

static bool run_cv(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct cv *x = bl_calloc(1, sizeof *x);
    bool good = x ? set_up(s, a, x, err) : bl_fail_memory(err, "a cross-validation");

    if (good) {
        telltale_warn(s, r);
        x->trials = (struct bl_trials){ .procedures = x->procedures, .n_procedures = x->n, .folds = &x->folds, .keep_predictions = true,
                                        .what = "cross-validating" };
        good = bl_trials_run(&x->trials, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err);
    }
    if (good && x->trials.n_done == 0)
        good = bl_fail(err, BL_STOPPED, "interrupted before the first fold was done");
    good = good && tell(s, a, r, x, err);
    if (x)
        done(x);
    return good;
}

const struct bl_command bl_command_cv = {
    .name = "cv", .arguments = "[K|loo] [CONTESTANT ...] [folds=] [key=value ...]", .group = "show",
    .summary = "cross-validation: fit on K - 1 folds, judge on the one held out",
    .help = "Deals all usable rows, those of the test part too, out into K folds (default 5; loo: one row each) and fits recipe and model without the fold that "
            "is judged. Without a contestant the model goes to its optimum. Contestants and against= meet on the same folds, with "
            "a corrected resampled t-test (Nadeau and Bengio 2003) on each metric and McNemar's test for classes. By time a fold is "
            "judged by a model of earlier rows alone. The folds and their SHA-256 are in the result. With --json, folds, mean and sd are those "
            "of the best contestant, which best names; contestants holds them for each.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_CONTESTANT, .run_settings = true,
    .keys = BL_KEYS(TRIAL_FOLD_KEYS, { "against", "", "compare with: logistic(l2=1),sgd(lr=0.1)" },
                    { "metric", "", "decides who is best (default loss)" },
                    { "level", "", "of the intervals (default 0.95)" }, { "out", "", "CSV file for the folds: row,fold" },
                    { "overwrite", "yes|no", "replace it if it exists" }),
    .examples = BL_EXAMPLES("load iris; model softmax l2=0.01; cv 5 folds=cyclic", "load diabetes; cv 10 repeats=3",
                            "load iris; model softmax l2=0.1; cv against=softmax(l2=1)"),
    .see = "tune, curve, validate, eval", .run = run_cv,
};
