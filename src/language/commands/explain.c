/* explain: the arithmetic of one update, with digits that recompute. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/run.h"

/* ---- which rows --------------------------------------------------------------------------------*/

enum { ROWS_MAX = 4096, DIGITS = 7 /* that a pocket calculator can follow */ };

static bool rows_parse(const struct bl_args *a, uint32_t *rows, size_t *n, struct bl_error *err)
{
    const char *text = bl_arg(a, "rows");

    *n = 0;
    while (text && *text) {
        size_t length = strcspn(text, ",");
        int64_t row;
        if (!bl_integer_parse(text, length, &row) || row < 0 || row > UINT32_MAX) {
            bl_fail(err, BL_VALUE, "rows=%s: '%.*s' is not a row number", bl_arg(a, "rows"), (int)length, text);
            bl_hint(err, "rows=0,1,2 (the first row is 0)");
            return bl_at_pair(err, a, "rows");
        }
        if (*n == ROWS_MAX)
            return bl_fail(err, BL_LIMIT, "more than %d rows", (int)ROWS_MAX);
        rows[(*n)++] = (uint32_t)row;
        text += length + (text[length] == ',');
    }
    return true;
}

/* ---- JSON -----------------------------------------------------------------------------------------*/

static json_t *rows_json(const double *x, size_t n, size_t k)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *row = k > 1 ? json_array() : NULL;
        for (size_t j = 0; j < k; j++)
            json_array_append_new(row ? row : list, bl_json_number(x[i * k + j]));
        if (row)
            json_array_append_new(list, row);
    }
    return list;
}

/* Is what the gradient is made of something else than prediction - target? */
static bool slopes_apart(const struct bl_objective *o)
{
    return o->type->residual || o->weight;
}

static double length_of(const double *x, const double *from, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += from ? (x[i] - from[i]) * (x[i] - from[i]) : x[i] * x[i];
    return sqrt(sum);
}

/* Length of gradient, parameters and step of each layer that has parameters. */
static json_t *layers_json(const struct bl_objective *o, const struct bl_explanation *e)
{
    json_t *list = json_array();

    for (size_t i = 0; i < bl_objective_n_layers(o); i++) {
        struct bl_layer_view v = bl_objective_layer(o, i);
        json_t *one = v.n_params ? json_object() : NULL;
        if (!one)
            continue;
        json_object_set_new(one, "name", json_string(v.name));
        json_object_set_new(one, "type", json_string(v.type));
        json_object_set_new(one, "gradient_norm", bl_json_number(length_of(e->gradient + v.at, NULL, v.n_params)));
        json_object_set_new(one, "norm", bl_json_number(length_of(e->before + v.at, NULL, v.n_params)));
        json_object_set_new(one, "step", bl_json_number(length_of(e->after + v.at, e->before + v.at, v.n_params)));
        json_array_append_new(list, one);
    }
    return list;
}

static void explain_json(struct bl_result *r, const struct bl_objective *o, const struct bl_explanation *e)
{
    size_t per_output = o->d + o->intercept;
    json_t *rows = json_array();

    for (size_t i = 0; i < e->n; i++)
        json_array_append_new(rows, json_integer(e->rows[i]));
    bl_result_set(r, "rows", rows);
    bl_result_set(r, "rows_total", json_integer((json_int_t)e->total));
    bl_result_set(r, "margins", rows_json(e->margins, e->n, e->k));
    bl_result_set(r, "residuals", rows_json(e->residuals, e->n, e->k));
    if (slopes_apart(o))
        bl_result_set(r, "slopes", rows_json(e->slopes, e->n, e->k));
    bl_result_number(r, "lr", e->lr, NULL);
    bl_result_number(r, "loss", e->loss, NULL);
    const struct { const char *key; const double *values; } vectors[] = { { "gradient", e->gradient }, { "before", e->before }, { "after", e->after } };
    for (size_t i = 0; i < 3; i++)
        bl_result_set(r, vectors[i].key, o->network ? bl_json_numbers(vectors[i].values, e->n_params)
                                                    : parameters_json(vectors[i].values, e->k, per_output));
    if (o->network)
        bl_result_set(r, "layers", layers_json(o, e));
}

/* ---- words ----------------------------------------------------------------------------------------*/

static const char *rule_of(const struct bl_settings *s)
{
    static const struct { const char *optimizer, *rule; } rules[] = {
        { "gd", "new = old - lr * gradient" },
        { "momentum", "v = momentum * v + gradient; new = old - lr * v" },
        { "nesterov", "v = momentum * v + gradient; new = old - lr * (gradient + momentum * v)" },
        { "adagrad", "s = s + gradient^2; new = old - lr * gradient / (sqrt(s) + eps)" },
        { "rmsprop", "s = rho * s + (1-rho) * gradient^2; new = old - lr * gradient / (sqrt(s) + eps)" },
        { "svrg", "gradient = rows now - the same rows at the start of the epoch + the full gradient there; new = old - lr * gradient" },
        { "saga", "gradient = rows now - the last slopes of these rows + the mean of all last slopes; new = old - lr * gradient" },
        { "adam", "m, s = means of gradient and gradient^2; new = old - lr * m / (sqrt(s) + eps), both corrected for the start" },
    };

    if (s->regime == BL_FULL)
        return s->solver->summary;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!strcmp(rules[i].optimizer, s->optimizer->name))
            return rules[i].rule;
    return s->optimizer->summary;
}

static const char *prediction_rule(const struct bl_objective *o)
{
    if (o->type->rule)
        return o->type->rule;
    if (o->type->quadratic)
        return "prediction = z, residual = z - y";
    if (o->k == 1)
        return "prediction p = 1 / (1 + exp(-z)), residual = p - y (y is 1 for the positive class, else 0)";
    return "prediction p = exp(z) / sum of exp(z), residual = p - 1 for the row's class, p for the others";
}

/* "z = -0.2382 + 0.650*(-1.15) + ..." of the first row, all factors at full table precision. */
static void margin_line(struct bl_result *r, const struct bl_objective *o, const struct bl_explanation *e)
{
    const double *t = e->before;
    struct bl_text line = { 0 };
    char a[32], b[32], z[32];

    bl_text_addf(&line, "row %u, z = ", e->rows[0]);
    if (o->intercept)
        bl_text_add(&line, bl_number_format(a, sizeof a, t[0], DIGITS));
    for (size_t j = 0, shown = 0; j < o->d && shown < 6; j++) {
        double x = bl_matrix_at(o->train, e->train_rows[0], j);
        if (o->train->sparse && x == 0)
            continue;
        bl_text_addf(&line, "%s%s*(%s)", shown++ || o->intercept ? " + " : "", bl_number_format(a, sizeof a, t[o->intercept + j], DIGITS),
                     bl_number_format(b, sizeof b, x, DIGITS));
    }
    if (o->d > 6)
        bl_text_addf(&line, " + ... (%zu features)", o->d);
    bl_text_addf(&line, " = %s", bl_number_format(z, sizeof z, e->margins[0], DIGITS));
    if (e->k > 1)
        bl_text_add(&line, " for the first class");
    bl_result_line(r, "%s", bl_text_get(&line));
    bl_text_free(&line);
}

static const char *class_of(const struct bl_prepared *p, size_t k)
{
    return p->dataset->roles.classes ? bl_roles_label(&p->dataset->roles, k) : "";
}

static void target_cell(struct bl_grid *g, const struct bl_objective *o, const struct bl_prepared *p, size_t row)
{
    double y = o->train->y[row];

    if (p->dataset->roles.classes)
        bl_grid_text(g, class_of(p, (size_t)y));
    else
        bl_grid_number(g, y);
}

#define CELLS_SHOWN 8

/* A row of many columns, nearly all of them 0: its first cells by name. */
static void cells_table(struct bl_result *r, const struct bl_objective *o, const struct bl_prepared *p, const struct bl_explanation *e)
{
    struct bl_grid *g = bl_result_grid(r);
    const struct bl_sparse *s = o->train->sparse;

    bl_grid_column(g, "row", BL_COUNT);
    bl_grid_column(g, "y", p->dataset->roles.classes ? BL_LEFT : BL_MIXED);
    bl_grid_column(g, "cells", BL_COUNT);
    bl_grid_column(g, "not 0", BL_LEFT);
    for (size_t i = 0; i < e->n; i++) {
        size_t row = e->train_rows[i], from = s->start[row], end = s->start[row + 1];
        struct bl_text cells = { 0 };
        char b[32];
        for (size_t at = from; at < end && at < from + CELLS_SHOWN; at++)
            bl_text_addf(&cells, "%s%s:%s", at > from ? " " : "", bl_recipe_feature(p->recipe, s->column[at]),
                         bl_number_format(b, sizeof b, s->value[at], DIGITS));
        if (end - from > CELLS_SHOWN)
            bl_text_add(&cells, " ...");
        bl_grid_count(g, e->rows[i]);
        target_cell(g, o, p, row);
        bl_grid_count(g, end - from);
        bl_grid_text(g, bl_text_get(&cells));
        bl_text_free(&cells);
    }
}

/* What goes in: the features and the target of each row. */
static void features_table(struct bl_result *r, const struct bl_objective *o, const struct bl_prepared *p, const struct bl_explanation *e)
{
    struct bl_grid *g;

    if (o->train->sparse) {
        cells_table(r, o, p, e);
        return;
    }
    g = bl_result_grid(r);
    bl_grid_digits(g, DIGITS);
    bl_grid_column(g, "row", BL_COUNT);
    bl_grid_column(g, "y", p->dataset->roles.classes ? BL_LEFT : BL_MIXED);
    for (size_t j = 0; j < o->d; j++)
        bl_grid_column(g, bl_recipe_feature(p->recipe, j), BL_NUMBER);
    for (size_t i = 0; i < e->n; i++) {
        bl_grid_count(g, e->rows[i]);
        target_cell(g, o, p, e->train_rows[i]);
        for (size_t j = 0; j < o->d; j++)
            bl_grid_number(g, bl_matrix_at(o->train, e->train_rows[i], j));
    }
}

/* What comes out: margin, prediction and residual of each row, for classes one line each. */
static void outputs_table(struct bl_result *r, const struct bl_objective *o, const struct bl_prepared *p, const struct bl_explanation *e)
{
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_digits(g, DIGITS);
    bl_grid_column(g, "row", BL_COUNT);
    bl_grid_column(g, "y", p->dataset->roles.classes ? BL_LEFT : BL_MIXED);
    if (e->k > 1)
        bl_grid_column(g, "class", BL_LEFT);
    bl_grid_column(g, "z", BL_NUMBER);
    bl_grid_column(g, "prediction", BL_NUMBER);
    bl_grid_column(g, "residual", BL_NUMBER);
    if (slopes_apart(o))
        bl_grid_column(g, "slope", BL_NUMBER);
    for (size_t i = 0; i < e->n; i++)
        for (size_t k = 0; k < e->k; k++) {
            double y = o->train->y[e->train_rows[i]], residual = e->residuals[i * e->k + k];
            double truth = e->k > 1 ? (double)((size_t)y == k) : o->type->scores ? 2 * y - 1 : y;
            bl_grid_count(g, e->rows[i]);
            target_cell(g, o, p, e->train_rows[i]);
            if (e->k > 1)
                bl_grid_text(g, class_of(p, k));
            bl_grid_number(g, e->margins[i * e->k + k]);
            bl_grid_number(g, residual + truth);
            bl_grid_number(g, residual);
            if (slopes_apart(o))
                bl_grid_number(g, e->slopes[i * e->k + k]);
        }
}

static void update_table(struct bl_result *r, const struct bl_explanation *e, const char *const *names)
{
    struct bl_grid *g = bl_result_grid(r);
    size_t shown = 0, most = e->n_params > 60 ? 60 : e->n_params, still = 0;
    double longest = 0;

    for (size_t i = 0; i < e->n_params; i++)
        longest = fmax(longest, fabs(e->after[i] - e->before[i]));
    bl_grid_digits(g, DIGITS);
    bl_grid_column(g, "parameter", BL_LEFT);
    bl_grid_column(g, "before", BL_NUMBER);
    bl_grid_column(g, "gradient", BL_NUMBER);
    bl_grid_column(g, "step", BL_NUMBER);
    bl_grid_column(g, "after", BL_NUMBER);
    for (size_t i = 0; i < e->n_params && shown < most; i++) {
        if (most < e->n_params && fabs(e->after[i] - e->before[i]) < 1e-3 * longest) {
            still++;
            continue;
        }
        shown++;
        bl_grid_text(g, names[i]);
        bl_grid_number(g, e->before[i]);
        bl_grid_number(g, e->gradient[i]);
        bl_grid_number(g, e->after[i] - e->before[i]);
        bl_grid_number(g, e->after[i]);
    }
    if (shown < e->n_params)
        bl_result_line(r, "%zu more parameters%s: --json shows all", e->n_params - shown, still ? ", those that hardly move among them" : "");
}

static void layers_table(struct bl_result *r, const struct bl_objective *o, const struct bl_explanation *e)
{
    static const char *const columns[] = { "parameters", "length", "gradient", "step", "step / length" };
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "layer", BL_LEFT);
    bl_grid_column(g, "type", BL_LEFT);
    for (size_t i = 0; i < 5; i++)
        bl_grid_column(g, columns[i], i ? BL_NUMBER : BL_COUNT);
    for (size_t i = 0; i < bl_objective_n_layers(o); i++) {
        struct bl_layer_view v = bl_objective_layer(o, i);
        double norm = length_of(e->before + v.at, NULL, v.n_params), step = length_of(e->after + v.at, e->before + v.at, v.n_params);
        if (v.n_params == 0)
            continue;
        bl_grid_text(g, v.name);
        bl_grid_text(g, v.type);
        bl_grid_count(g, v.n_params);
        bl_grid_number(g, norm);
        bl_grid_number(g, length_of(e->gradient + v.at, NULL, v.n_params));
        bl_grid_number(g, step);
        bl_grid_number(g, norm > 0 ? step / norm : NAN);
    }
}

static void margin_words(struct bl_result *r, const struct bl_objective *o, const struct bl_explanation *e)
{
    bl_result_line(r, "2. margin z = (intercept) + sum of weight * feature, with the parameters before the update;");
    bl_result_line(r, "   %s", prediction_rule(o));
    if (e->n)
        margin_line(r, o, e);
}

static void network_words(struct bl_result *r, const struct bl_objective *o, const struct bl_explanation *e)
{
    char a[32];

    bl_result_line(r, "2. the rows go through mlp %s to the margins z, as predictions are made;", bl_objective_shape(o));
    bl_result_line(r, "   %s", prediction_rule(o));
    if (bl_objective_noisy(o))
        bl_result_line(r, "   the update itself sees the training form (dropout, statistics of its rows): loss %s", bl_number_format(a, sizeof a, e->loss, DIGITS));
    else
        bl_result_line(r, "   mean loss of the %zu rows: %s", e->total, bl_number_format(a, sizeof a, e->loss, DIGITS));
}

static void explain_words(struct bl_result *r, const struct bl_objective *o, const struct bl_prepared *p,
                          const struct bl_settings *settings, const struct bl_explanation *e, const char *const *names)
{
    const char *slope = slopes_apart(o) ? "slope" : "residual";
    char a[32];

    bl_result_line(r, "1. the rows of this update, as the recipe prepared them");
    features_table(r, o, p, e);
    if (o->network)
        network_words(r, o, e);
    else
        margin_words(r, o, e);
    outputs_table(r, o, p, e);
    if (e->n < e->total)
        bl_result_line(r, "%zu of the %zu rows of this update are listed", e->n, e->total);
    if (o->network) {
        bl_result_line(r, "3. gradient: the slopes go back through the layers, mean over the %zu rows%s", e->total, o->l2 > 0 ? ", + l2 * weight" : "");
        layers_table(r, o, e);
    } else
        bl_result_line(r, "3. gradient of a weight = mean over the %zu rows of %s * feature%s; of the intercept: mean %s",
                       e->total, slope, o->l2 > 0 ? " + l2 * weight" : "", slope);
    if (settings->clip > 0)
        bl_result_line(r, "   a gradient longer than clip = %s is cut to that length", bl_number_format(a, sizeof a, settings->clip, DIGITS));
    if (o->l1 > 0)
        bl_result_line(r, "   with l1 a weight then moves towards 0 by lr * l1%s, and stops there", settings->optimizer->metric ? ", scaled as its step" : "");
    bl_result_line(r, "4. %s, lr = %s", rule_of(settings), bl_number_format(a, sizeof a, e->lr, DIGITS));
    update_table(r, e, names);
}

static bool explain_do(struct bl_session *s, struct bl_result *r, const uint32_t *rows, size_t n, struct bl_error *err)
{
    struct bl_race *race = run_needed(s, r, err) ? bl_workbench_race(s->workbench, err) : NULL;
    const struct bl_prepared *p = race ? bl_workbench_prepare(s->workbench, NULL, err) : NULL;
    struct bl_trainer *t = race ? bl_race_trainer(race, 0) : NULL;
    struct bl_explanation *e;
    const char *const *names;
    size_t n_names;

    if (!p || !(names = bl_workbench_parameter_names(s->workbench, &n_names, err)))
        return false;
    e = bl_explain(t, n ? rows : NULL, n, err);
    if (!e)
        return false;
    explain_json(r, bl_trainer_objective(t), e);
    if (bl_result_as_text(r))
        explain_words(r, bl_trainer_objective(t), p, bl_trainer_settings(t), e, names);
    bl_explanation_free(e);
    return true;
}

static bool run_explain(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    uint32_t *rows = bl_calloc(ROWS_MAX, sizeof *rows);
    size_t n;
    bool good;

    if (!rows)
        return bl_fail_memory(err, "the rows");
    good = rows_parse(a, rows, &n, err) && explain_do(s, r, rows, n, err);
    bl_free(rows);
    return good;
}

const struct bl_command bl_command_explain = {
    .name = "explain", .arguments = "[rows=I,J,...]", .group = "compare", .summary = "the arithmetic of the next update",
    .help = "From margins to predictions, residuals, gradient and new parameters, with the real figures, so that it can be "
            "redone by hand. Nothing moves. rows= shows the update that these rows (numbered from 0, as loaded; they must "
            "be training rows) would make.",
    .keys = (const struct bl_key[]){ { "rows", "", "rows of the dataset, from 0: rows=0,50,100" }, { 0 } },
    .examples = (const char *const[]){ "load iris; train mini:3 order=given epochs=0; explain", NULL },
    .see = "theory, params, step", .run = run_explain,
};
