/* impute: a value for what is missing, learned from the training rows that have one. */
#include "src/prepare/neighbours.h"
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

static size_t length(const char *s)
{
    return s ? strlen(s) : 0;
}

/* NULL: mean for numbers, most frequent for categories. */
static const char *method(const struct bl_step *s)
{
    const char *given = bl_step_option(s, "method");

    return !given && bl_step_option(s, "value") ? "constant" : given;
}

static bool check(const struct bl_step *s, struct bl_error *err)
{
    const char *given = bl_step_option(s, "method"), *value = bl_step_option(s, "value");

    if (given && value && strcmp(given, "constant") != 0) {
        bl_fail(err, BL_USAGE, "method=%s takes no value=", given);
        return bl_hint(err, "prep impute method=constant value=%s", bl_typed(value).text);
    }
    if (bl_step_option(s, "k") && (!given || strcmp(given, "knn") != 0)) {
        bl_fail(err, BL_USAGE, "k= goes with method=knn");
        return bl_hint(err, "prep impute method=knn k=%s", bl_step_option(s, "k"));
    }
    if (given && !value && strcmp(given, "constant") == 0) {
        bl_fail(err, BL_USAGE, "method=constant needs value=");
        return bl_hint(err, "prep impute method=constant value=0");
    }
    return true;
}

/* Means and medians are for numbers, the most frequent value for both; a constant that is a number
 * goes to the numbers, another word to the categories, and a number to a category that was named.
 */
static bool takes(const struct bl_step *s, enum bl_kind kind, bool asked)
{
    const char *how = method(s), *value = bl_step_option(s, "value");
    double number;

    if (kind != BL_KIND_NUMBER && kind != BL_KIND_CATEGORY)
        return false;
    if (!how || strcmp(how, "most_frequent") == 0 || strcmp(how, "knn") == 0)
        return true;
    if (strcmp(how, "constant") != 0)
        return kind == BL_KIND_NUMBER;
    if (bl_number_parse(value, length(value), &number))
        return kind == BL_KIND_NUMBER || asked;
    return kind == BL_KIND_CATEGORY;
}

/* Of levels that are equally frequent the first; zeros that are not among the levels come in between. */
static bool most_frequent(const struct bl_fitter *f, size_t column, const struct bl_values *v,
                          double *out, const char **text, struct bl_error *err)
{
    struct bl_level *levels;
    const struct bl_level zero = {.count = v->zeros}, *best = &zero;
    size_t n = 0;
    bool ok = bl_distinct(f, column, v->x, v->n, &levels, &n, err);

    for (size_t i = 0; ok && v->zeros && i < n; i++)
        levels[i].count += levels[i].value == 0 ? v->zeros : 0;
    for (size_t i = 0; ok && i < n; i++)
        if (levels[i].count > best->count || (best == &zero && levels[i].count == zero.count && levels[i].value < 0))
            best = &levels[i];
    *out = ok && best->count ? best->value : NAN;
    *text = ok ? best->text : NULL;
    bl_free(levels);
    return ok;
}

static bool constant(struct bl_fitter *f, size_t column, double *out, const char **text,
                     struct bl_error *err)
{
    const char *value = bl_step_option(f->step, "value");
    const struct bl_frame_column *c = &f->fit->columns[column];
    size_t level;

    if (c->kind == BL_KIND_NUMBER)
        return bl_number_parse(value, length(value), out);
    level = bl_names_add(f->fit->sources[c->source].levels, value, length(value));
    *out = (double)level;
    *text = value;
    return level != SIZE_MAX || bl_fail_memory(err, "the levels of a category");
}

static bool find_value(struct bl_fitter *f, size_t column, const char *how, const struct bl_values *v,
                       double *out, const char **text, struct bl_error *err)
{
    static const double half = 0.5;

    *text = NULL;
    if (strcmp(how, "constant") == 0)
        return constant(f, column, out, text, err);
    if (strcmp(how, "most_frequent") == 0)
        return most_frequent(f, column, v, out, text, err);
    if (strcmp(how, "median") == 0)
        return bl_values_quantiles(v, &half, 1, out, f->pool, err);
    *out = bl_values_moments(v, f->pool).mean;
    return true;
}

/* Nothing to learn from: a refusal where the column was named, else it is left out. */
static bool nothing_there(struct bl_fitter *f, size_t column, struct bl_error *err)
{
    const char *name = f->fit->columns[column].name;

    if (!f->asked) {
        bl_fitter_empty(f, name);
        bl_fitter_remove(f, column);
        return true;
    }
    bl_fail(err, BL_VALUE,
            "column '%s' cannot be imputed: none of its %zu training values is present", name,
            f->n_rows);
    return bl_hint(err, "drop %s, or prep impute method=constant value=0 columns=%s",
                   bl_typed(name).text, bl_typed(name).text);
}

static bool fit(struct bl_fitter *f, size_t column, const struct bl_values *v, struct bl_error *err)
{
    const struct bl_frame_column *c = &f->fit->columns[column];
    const char *how = method(f->step), *text;
    double value = NAN;

    if (!how || strcmp(how, "knn") == 0)
        how = c->kind == BL_KIND_NUMBER ? "mean" : "most_frequent";
    if (c->missing == f->n_rows && strcmp(how, "constant") != 0)
        return nothing_there(f, column, err);
    if (!find_value(f, column, how, v, &value, &text, err))
        return false;
    if (!isfinite(value)) {
        bl_fail(err, BL_VALUE, "the %s of '%s' is beyond the range of numbers", how, c->name);
        return bl_hint(err, "prep impute method=median columns=%s", bl_typed(c->name).text);
    }
    return bl_fitter_note(f, column, how, value, text, err) &&
           bl_fitter_map(f, column, value, 0, err);
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = isnan(x[i]) ? params[0] : x[i];
}

static const struct bl_op op = {.name = "impute", .map = map, .fills = true, .good = bl_good_one};

/* ---- indicator=yes: a 0/1 column for what was missing ---------------------------------------- */

static void map_indicator(const double *params, double *x, size_t n)
{
    (void)params;
    for (size_t i = 0; i < n; i++)
        x[i] = isnan(x[i]) ? 1 : 0;
}

static const struct bl_op indicator = {.name = "impute.indicator",
                                       .map = map_indicator,
                                       .selects = true,
                                       .good = bl_good_any};

/* Only for columns with gaps in the training rows: elsewhere it would be constant. */
static bool add_indicator(struct bl_fitter *f, size_t column, struct bl_error *err)
{
    const struct bl_frame_column *c = &f->fit->columns[column];
    struct bl_text name = {0};
    size_t node;
    bool ok;

    if (!bl_step_yes(f->step, "indicator", false) || c->missing == 0 || c->missing == f->n_rows)
        return true;
    node = bl_fitter_node(f, &indicator, &column, 1, NULL, 0, NULL, err);
    bl_text_addf(&name, "%s=missing", c->name);
    ok = bl_fitter_column(f, bl_text_get(&name), node, column, 0, err);
    bl_text_free(&name);
    return ok;
}

/* The numbers together, by their nearest neighbours; returns with the other columns in `rest`. */
static bool fit_near(struct bl_fitter *f, const size_t *columns, size_t n, size_t *rest,
                     size_t *n_rest, struct bl_error *err)
{
    size_t *numbers = bl_calloc(n + 1, sizeof *numbers), p = 0;
    bool ok = numbers || bl_fail_memory(err, "the recipe");

    for (size_t i = 0; ok && i < n; i++) {
        if (f->fit->columns[columns[i]].kind == BL_KIND_NUMBER)
            numbers[p++] = columns[i];
        else
            rest[(*n_rest)++] = columns[i];
    }
    ok = ok && (p == 0 || bl_fit_neighbours(f, numbers, p, err));
    bl_free(numbers);
    return ok;
}

/* Column by column, or with knn the numbers together and categories by their most frequent level. */
static bool fit_all(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err)
{
    double *values = bl_aligned(f->n_rows, sizeof *values);
    size_t *rest = bl_calloc(n + 1, sizeof *rest), n_rest = 0;
    struct bl_values v;
    bool ok = (values && rest) || bl_fail_memory(err, "a column of the training rows");

    for (size_t i = 0; ok && i < n; i++)
        ok = add_indicator(f, columns[i], err);
    if (ok && bl_step_is(f->step, "method", "knn"))
        ok = fit_near(f, columns, n, rest, &n_rest, err);
    else if (ok)
        memcpy(rest, columns, (n_rest = n) * sizeof *rest);
    for (size_t i = 0; ok && i < n_rest; i++)
        ok = bl_fitter_values(f, rest[i], values, &v, err) && fit(f, rest[i], &v, err);
    bl_free(values);
    bl_free(rest);
    return ok;
}

static const char *const methods[] = {"mean", "median", "most_frequent", "constant", "knn", NULL};
static const char *const key_names[] = {"method", "value", "k", "indicator", NULL};
static const struct bl_step_key keys[] = {{.values = methods},
                                          {0},
                                          {.kind = BL_KEY_WHOLE, .min = 1, .max = 100},
                                          {.values = bl_yes_no}};

extern const struct bl_step_type bl_step_impute;
const struct bl_step_type bl_step_impute = {
    .name = "impute",
    .summary = "fill missing values",
    .key_names = key_names,
    .keys = keys,
    .check = check,
    .keeps_zeros = true,
    .takes = takes,
    .fit_all = fit_all,
    .ops = {&op, &indicator, &bl_op_neighbours},
    .fills = true,
};
