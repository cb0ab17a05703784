/* Candidates, folds and how trials are told. */
#include "src/language/commands/trial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- candidates -----------------------------------------------------------------------------------------*/

static const char *const model_keys[] = { "model", "l2", "l1", "intercept", "delta", "tau", NULL };

bool candidate_is_model_key(const char *key)
{
    for (size_t i = 0; model_keys[i]; i++)
        if (bl_key_same(model_keys[i], key))
            return true;
    return false;
}

static bool penalty(double *to, const char *key, const char *value, struct bl_error *err)
{
    if (bl_number_parse(value, strlen(value), to) && *to >= 0)
        return true;
    bl_fail(err, BL_VALUE, "%s=%s must be a number, 0 or more", key, value);
    return bl_hint(err, "%s=0.01", key);
}

static bool yes_no(bool *to, const char *value, struct bl_error *err)
{
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0) {
        bl_fail(err, BL_VALUE, "intercept=%s must be yes or no", value);
        return bl_hint(err, "intercept=yes");
    }
    *to = strcmp(value, "yes") == 0;
    return true;
}

static bool named_model(struct bl_model *m, const char *name, struct bl_error *err)
{
    const struct bl_objective_type *type = bl_objective_find(name);
    struct bl_text known = { 0 };

    if (type) {
        *m = (struct bl_model){ .type = type, .intercept = m->intercept, .l2 = m->l2, .l1 = m->l1, .network = m->network };
        return true;
    }
    for (size_t i = 0; bl_objectives[i]; i++)
        bl_text_addf(&known, "%s%s", i ? " " : "", bl_objectives[i]->name);
    bl_fail(err, BL_UNKNOWN, "no model '%s'", name);
    bl_hint(err, "models: %s", bl_text_get(&known));
    bl_text_free(&known);
    return false;
}

static bool model_set(struct bl_session *s, struct bl_model *m, const char *key, const char *value, struct bl_error *err)
{
    const struct bl_objective *o = m->type ? NULL : bl_workbench_objective(s->workbench, NULL);
    const struct bl_objective_type *type = m->type ? m->type : o ? o->type : NULL;
    bool known = false;

    if (bl_key_same(key, "model"))
        return named_model(m, value, err);
    if (bl_key_same(key, "l2") || bl_key_same(key, "l1"))
        return penalty(bl_key_same(key, "l2") ? &m->l2 : &m->l1, key, value, err);
    if (bl_key_same(key, "intercept"))
        return yes_no(&m->intercept, value, err);
    if (type && type->network && !bl_network_key(&m->network, key, value, &known, err))
        return false;
    if (known)
        return true;
    for (size_t k = 0; !m->has_hyper && type && type->hyper && type->hyper[k].name; k++)
        m->hyper[k] = type->hyper[k].value;
    if (type && !bl_model_key(type, m->hyper, key, value, &known, err))
        return false;
    if (!known) {
        bl_fail(err, BL_USAGE, "model %s has no key '%s'", type ? type->name : "here", key);
        return bl_hint(err, "delta is a key of huber, tau one of quantile");
    }
    m->has_hyper = true;
    return true;
}

/* The optimizer decides which hyper-parameters there are: it comes first. */
static bool training_set(struct bl_settings *set, const struct bl_option *pairs, size_t n, size_t *culprit, struct bl_error *err)
{
    bool known;

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n; i++) {
            if (candidate_is_model_key(pairs[i].key) || (strcmp(pairs[i].key, "optimizer") == 0) != (pass == 0))
                continue;
            *culprit = i;
            if (!bl_settings_set(set, pairs[i].key, pairs[i].value, &known, err))
                return false;
            if (!known) {
                bl_fail(err, BL_UNKNOWN, "neither a model nor a run has a setting '%s'", pairs[i].key);
                return bl_hint(err, "l2, l1, model, lr, batch, optimizer, epochs ... (set lists them)");
            }
        }
    return true;
}

static bool is_plain_training(const struct bl_option *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!candidate_is_model_key(pairs[i].key))
            return false;
    return true;
}

const char *candidate_word(const struct candidate *c, char *buffer, size_t size)
{
    return bl_settings_regime_word(&c->settings, buffer, size);
}

bool candidate_make(struct bl_session *s, const char *contestant, const struct bl_option *pairs, size_t n, struct candidate *out,
                    size_t *culprit, struct bl_error *err)
{
    *out = (struct candidate){ .model = *bl_workbench_model(s->workbench) };
    for (int pass = 0; pass < 2; pass++) /* a model brings its own keys: it comes first */
        for (size_t i = 0; i < n; i++) {
            *culprit = i;
            if (candidate_is_model_key(pairs[i].key) && bl_key_same(pairs[i].key, "model") == (pass == 0) &&
                !model_set(s, &out->model, pairs[i].key, pairs[i].value, err))
                return false;
        }
    *culprit = SIZE_MAX;
    if (!contestant && is_plain_training(pairs, n)) {
        bl_workbench_thorough(s->workbench, &out->model, &out->settings);
    } else {
        out->settings = *bl_workbench_defaults(s->workbench);
        if (contestant && !bl_settings_regime(&out->settings, contestant, err))
            return false;
    }
    if (!training_set(&out->settings, pairs, n, culprit, err))
        return false;
    candidate_word(out, out->name, sizeof out->name);
    return true;
}

bool candidates_bind(struct bl_session *s, const struct candidate *c, size_t n, struct bl_procedure *procedures, struct bl_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!bl_workbench_procedure(s->workbench, &c[i].model, &c[i].settings, &procedures[i], err))
            return false;
    return true;
}

/* ---- folds --------------------------------------------------------------------------------------------------*/

bool trial_folds(struct bl_session *s, const struct bl_args *a, size_t k, const uint32_t *rows, size_t n, struct bl_folds *out,
                 struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    size_t kind = d && d->roles.task == BL_CLASSIFICATION && k < n ? BL_FOLDS_STRATIFIED : BL_FOLDS_SHUFFLED;
    struct bl_folds_how how = { .k = k, .column = SIZE_MAX };
    int64_t repeats = 1, seed = (int64_t)bl_workbench_seed(s->workbench);

    if (!d || !bl_arg_choice(a, "folds", bl_folds_names, &kind, err) || !bl_arg_integer(a, "repeats", 1, 1000, &repeats, err) ||
        !bl_arg_integer(a, "seed", 0, INT64_MAX, &seed, err) || !bl_arg_column(a, "by", d->table, &how.column, err))
        return false;
    if (bl_arg(a, "by") && kind != BL_FOLDS_GROUP && kind != BL_FOLDS_TIME) {
        bl_fail(err, BL_USAGE, "by= is the column of folds=group or folds=time");
        bl_hint(err, "folds=group by=%s", bl_arg(a, "by"));
        return bl_at_pair(err, a, "by");
    }
    how.kind = (enum bl_folds_kind)kind;
    how.repeats = (size_t)repeats;
    how.seed = (uint64_t)seed;
    return bl_folds_make(out, d->table, &d->roles, rows, n, &how, err);
}

enum { ASSIGNMENT_MOST = 20000 };

/* Rows and the fold that holds each out; of large sets the hash alone, and cv out=FILE writes them. */
void trial_folds_json(struct bl_result *r, const struct bl_folds *f)
{
    json_t *assignment;

    bl_result_set(r, "kind", json_string(bl_folds_names[f->how.kind]));
    bl_result_set(r, "k", json_integer((json_int_t)f->how.k));
    bl_result_set(r, "repeats", json_integer((json_int_t)f->how.repeats));
    bl_result_set(r, "seed", json_integer((json_int_t)f->how.seed));
    bl_result_set(r, "rows", json_integer((json_int_t)f->n_rows));
    bl_result_set(r, "sha256", json_string(f->sha256));
    if (f->n_rows * f->how.repeats > ASSIGNMENT_MOST || !bl_result_as_json(r))
        return;
    assignment = json_array();
    for (size_t i = 0; i < f->how.repeats; i++) {
        json_t *one = json_array();
        for (size_t k = 0; k < f->n_rows; k++)
            bl_json_append(r, one, json_integer((json_int_t)f->fold[i * f->n_rows + k]));
        bl_json_append(r, assignment, one);
    }
    bl_result_set(r, "assignment", assignment);
}

const char *trial_folds_words(const struct bl_folds *f, char *buffer, size_t size)
{
    char repeats[48] = "";

    if (f->how.repeats > 1)
        snprintf(repeats, sizeof repeats, ", %zu repeats", f->how.repeats);
    if (f->how.k == f->n_rows && f->how.kind != BL_FOLDS_TIME)
        snprintf(buffer, size, "one row left out at a time");
    else
        snprintf(buffer, size, "%zu %s folds%s", f->how.k, bl_folds_names[f->how.kind], repeats);
    return buffer;
}

/* ---- figures --------------------------------------------------------------------------------------------------*/

const struct bl_metric *trial_metrics(enum bl_task task, size_t *n)
{
    const struct bl_metric *m = bl_metrics;

    while (m->task != task)
        m++;
    for (*n = 0; m[*n].name && m[*n].task == task;)
        ++*n;
    return m;
}

bool trial_metric(struct bl_session *s, const struct bl_args *a, const char *otherwise, size_t *metric, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    const char *name = bl_arg(a, "metric") ? bl_arg(a, "metric") : otherwise, *names[BL_METRICS_MAX + 1];
    const struct bl_metric *m = d ? trial_metrics(d->roles.task, metric) : NULL;
    struct bl_text known = { 0 };
    size_t n = *metric;

    for (size_t i = 0; m && i < n; i++) {
        names[i] = m[i].name;
        bl_text_addf(&known, "%s%s", i ? " " : "", m[i].name);
        if (bl_key_same(m[i].name, name)) {
            *metric = i;
            bl_text_free(&known);
            return true;
        }
    }
    if (m) {
        const char *near = bl_nearest(name, names, n);
        bl_fail(err, BL_UNKNOWN, "no metric '%s' of a %s", name, bl_task_name(d->roles.task));
        bl_hint(err, near ? "did you mean '%s'? metrics: %s" : "metrics:%.0s %s", near ? near : "", bl_text_get(&known));
        bl_at_pair(err, a, "metric");
    }
    bl_text_free(&known);
    return false;
}

void trial_means_json(struct bl_result *r, const struct bl_trials *t, size_t procedure, bool train, json_t *mean, json_t *sd)
{
    for (size_t i = 0; i < t->n_metrics; i++) {
        double m, d;
        const char *reason;
        if (!bl_trials_mean(t, procedure, i, train, &m, &d, &reason))
            return;
        bl_json_figure(r, mean, t->metrics[i].name, m, reason);
        bl_json_figure(r, sd, t->metrics[i].name, d, isfinite(m) ? "there is only one fold" : reason);
    }
}

void trial_band_draw(struct bl_result *r, const struct trial_band *band, const double *values, size_t n)
{
    static const char *const names[] = { "training", "held out" };
    struct bl_series series[2];
    struct bl_band around;
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    double *columns = bl_calloc(5 * n + 1, sizeof *columns);
    char title[120];

    for (size_t k = 0; columns && k < 5; k++)
        for (size_t i = 0; i < n; i++)
            columns[k * n + i] = values[5 * i + k];
    for (size_t k = 0; k < 2; k++)
        series[k] = (struct bl_series){ .name = names[k], .x = columns, .y = columns ? columns + (k + 1) * n : NULL, .n = n, .style = k };
    around = (struct bl_band){ .name = "held out, one sd", .x = columns, .low = columns ? columns + 3 * n : NULL,
                               .high = columns ? columns + 4 * n : NULL, .n = n, .style = 1 };
    snprintf(title, sizeof title, "%s by %s, with one sd", band->y_label, band->x_label);
    chart.title = title;
    chart.x.label = band->x_label;
    chart.x.log = band->log_x;
    chart.y.label = band->y_label;
    chart.series = series;
    chart.n_series = 2;
    chart.bands = &around;
    chart.n_bands = 1;
    chart.front = 1;
    if (columns)
        bl_result_chart(r, &chart, 16);
    bl_free(columns);
}
