/* columns, describe: the dataset in figures. */
#include "command.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* ---- columns ----------------------------------------------------------------------------------------------*/

static const char *role_of(const struct bl_dataset *d, size_t j)
{
    if (j == d->roles.target)
        return "target";
    if (j == d->roles.weight)
        return "weight";
    return d->roles.feature[j] ? "feature" : "unused";
}

static void sparse_row(struct bl_result *r, struct bl_grid *g, json_t *list, const struct bl_dataset *d)
{
    const struct bl_sparse *s = d->table->sparse;
    const char *role = d->roles.sparse ? "feature" : "unused";
    json_t *one = json_object();
    char name[64];

    bl_table_sparse_name(d->table, name, sizeof name);
    bl_grid_text(g, name);
    bl_grid_text(g, "sparse");
    bl_grid_count(g, 0);
    bl_grid_text(g, role);
    bl_json_set(r, one, "name", bl_json_text(name));
    bl_json_set(r, one, "type", bl_json_text("numeric"));
    bl_json_set(r, one, "missing", json_integer(0));
    bl_json_set(r, one, "role", bl_json_text(role));
    bl_json_append(r, list, one);
    bl_result_sparse(r, d->table);
    bl_result_line(r, "%zu sparse columns, %zu cells that are not 0", s->n_columns, s->start[s->n_rows]);
}

static bool run_columns(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_grid *g;
    json_t *list;

    (void)a;
    if (!d)
        return false;
    g = bl_result_grid(r);
    list = json_array();
    bl_grid_column(g, "column", BL_LEFT);
    bl_grid_column(g, "type", BL_LEFT);
    bl_grid_column(g, "missing", BL_COUNT);
    bl_grid_column(g, "used as", BL_LEFT);
    for (size_t j = 0; j < d->table->n_columns; j++) {
        const struct bl_column *c = &d->table->columns[j];
        json_t *one = json_object();
        char buffer[32];

        bl_grid_text(g, c->name);
        bl_grid_text(g, bl_column_kind(c, buffer, sizeof buffer));
        bl_grid_count(g, c->missing);
        bl_grid_text(g, role_of(d, j));
        bl_json_set(r, one, "name", bl_json_text(c->name));
        bl_json_set(r, one, "type", bl_json_text(bl_type_name(c->type)));
        bl_json_set(r, one, "missing", json_integer((json_int_t)c->missing));
        bl_json_set(r, one, "role", bl_json_text(role_of(d, j)));
        bl_json_append(r, list, one);
    }
    if (d->table->sparse)
        sparse_row(r, g, list, d);
    bl_result_set(r, "columns", list);
    return true;
}

const struct bl_command bl_command_columns = {
    .name = "columns",
    .arguments = "",
    .group = "look",
    .summary = "list the columns with type, missing values and use",
    .examples = BL_EXAMPLES("load titanic; columns"),
    .see = "describe, target, features",
    .keeps_running = true,
    .run = run_columns,
};

/* ---- describe ----------------------------------------------------------------------------------------------*/

static const char *why_missing(const struct bl_summary *u, size_t needed)
{
    if (!u->count)
        return "no value is present";
    return u->count < needed ? "too few values" : u->min < u->max ? "beyond the range of numbers" : "all values are equal";
}

static void figures_json(struct bl_result *r, json_t *one, const struct bl_summary *u)
{
    const struct { const char *key; double value; size_t needed; } figures[] = {
        {"mean", u->mean, 1},         {"sd", u->sd, 2},     {"variance", u->variance, 2}, {"min", u->min, 1},
        {"q1", u->q1, 1},             {"median", u->median, 1}, {"q3", u->q3, 1},         {"max", u->max, 1},
        {"skewness", u->skewness, 1}, {"kurtosis", u->kurtosis, 1}, {"lag1", u->lag1, 2},
    };

    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        bl_json_figure(r, one, figures[i].key, figures[i].value, why_missing(u, figures[i].needed));
}

static json_t *summary_json(struct bl_result *r, const struct bl_table *t, const struct bl_summary *u)
{
    const struct bl_column *c = &t->columns[u->column];
    json_t *one = json_object(), *top = json_array();

    bl_json_set(r, one, "name", bl_json_text(c->name));
    bl_json_set(r, one, "type", bl_json_text(bl_type_name(c->type)));
    bl_json_set(r, one, "count", json_integer((json_int_t)u->count));
    bl_json_set(r, one, "missing", json_integer((json_int_t)u->missing));
    if (c->number)
        figures_json(r, one, u);
    bl_json_set(r, one, "distinct", json_integer((json_int_t)u->distinct));
    for (size_t i = 0; i < u->n_top; i++) {
        json_t *value = json_object();

        bl_json_set(r, value, "value", c->number ? bl_json_number(u->top[i].value) : bl_json_text(c->levels[u->top[i].code]));
        bl_json_set(r, value, "count", json_integer((json_int_t)u->top[i].count));
        bl_json_append(r, top, value);
    }
    bl_json_set(r, one, "top", top);
    return one;
}

/* A date-time figure as text. */
static void add_date(struct bl_grid *g, const struct bl_column *c, double seconds)
{
    const time_t when = (time_t)seconds;
    struct tm day;
    char text[32];

    if (isfinite(seconds) && gmtime_r(&when, &day) && strftime(text, sizeof text, c->whole ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%S", &day))
        bl_grid_text(g, text);
    else
        bl_grid_skip(g);
}

static void add_figure(struct bl_grid *g, const struct bl_column *c, double x)
{
    if (c->type == BL_DATETIME)
        add_date(g, c, x);
    else
        bl_grid_figure(g, c, x);
}

/* The lowest and highest value: for classes the first and the last level. */
static void add_end(struct bl_grid *g, const struct bl_column *c, double x, size_t level)
{
    if (c->number)
        add_figure(g, c, x);
    else if (c->type == BL_CATEGORICAL && c->n_levels)
        bl_grid_text(g, c->levels[level]);
    else
        bl_grid_skip(g);
}

static void summary_row(struct bl_grid *g, const struct bl_column *c, const struct bl_summary *u)
{
    const double spread = c->type == BL_NUMERIC ? u->sd : NAN;
    char buffer[32];

    bl_grid_text(g, c->name);
    bl_grid_text(g, bl_column_kind(c, buffer, sizeof buffer));
    bl_grid_count(g, u->count);
    bl_grid_count(g, u->missing);
    bl_grid_number(g, c->type == BL_NUMERIC ? u->mean : NAN);
    bl_grid_number(g, spread);
    add_end(g, c, u->min, 0);
    add_figure(g, c, c->number ? u->median : NAN);
    add_end(g, c, u->max, c->n_levels ? c->n_levels - 1 : 0);
    add_figure(g, c, c->number ? u->q1 : NAN);
    add_figure(g, c, c->number ? u->q3 : NAN);
    bl_grid_number(g, c->type == BL_NUMERIC ? u->skewness : NAN);
    bl_grid_number(g, c->type == BL_NUMERIC ? u->kurtosis : NAN);
    bl_grid_number(g, c->type == BL_NUMERIC ? u->lag1 : NAN);
    bl_grid_count(g, u->distinct);
}

static void tell_summaries(struct bl_result *r, const struct bl_table *t, const struct bl_summary *u, size_t n)
{
    static const char *const figures[] = {"mean", "sd", "min", "median", "max", "q1", "q3", "skewness", "kurtosis", "lag1"};
    struct bl_grid *g = bl_result_grid(r);
    json_t *list = json_array();

    bl_grid_column(g, "column", BL_LEFT);
    bl_grid_column(g, "type", BL_LEFT);
    bl_grid_column(g, "n", BL_COUNT);
    bl_grid_column(g, "missing", BL_COUNT);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        bl_grid_column(g, figures[i], BL_MIXED);
    bl_grid_column(g, "distinct", BL_COUNT);
    for (size_t i = 0; i < n; i++) {
        summary_row(g, &t->columns[u[i].column], &u[i]);
        bl_json_append(r, list, summary_json(r, t, &u[i]));
    }
    bl_result_set(r, "columns", list);
}

/* Sparse columns are told as one: their cells. */
static void tell_sparse(struct bl_result *r, const struct bl_table *t)
{
    const struct bl_sparse *s = t->sparse;
    size_t cells = s->start[s->n_rows], least = SIZE_MAX, most = 0;
    double low = INFINITY, high = -INFINITY;
    char name[64], a[32], b[32], each[32], share[32];

    for (size_t i = 0; i < s->n_rows; i++) {
        const size_t here = s->start[i + 1] - s->start[i];
        least = here < least ? here : least;
        most = here > most ? here : most;
    }
    for (size_t i = 0; i < cells; i++) {
        low = fmin(low, s->value[i]);
        high = fmax(high, s->value[i]);
    }
    bl_result_sparse(r, t);
    bl_result_line(r, "%s: %zu sparse columns, %zu cells that are not 0 (%s %%)", bl_table_sparse_name(t, name, sizeof name), s->n_columns, cells,
                   bl_number_format(share, sizeof share, 100 * (double)cells / ((double)s->n_rows * (double)s->n_columns), 2));
    if (cells)
        bl_result_line(r, "a row has %zu to %zu of them, %s in the mean; they lie from %s to %s", least, most,
                       bl_number_format(each, sizeof each, (double)cells / (double)s->n_rows, 3), bl_number_format(a, sizeof a, low, 4),
                       bl_number_format(b, sizeof b, high, 4));
}

static bool run_describe(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    struct bl_summary *u = NULL;
    size_t *columns = NULL, n = 0;
    bool ok;

    if (!t || !bl_word_columns(a, 0, t, false, &columns, &n, err))
        return false;
    n = columns ? n : t->n_columns;
    u = bl_calloc(n + 1, sizeof *u);
    ok = u ? bl_describe(t, columns, n, u, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err)
           : bl_fail_memory(err, "the summary");
    if (ok)
        tell_summaries(r, t, u, n);
    if (ok && t->sparse && !columns)
        tell_sparse(r, t);
    bl_free(u);
    bl_free(columns);
    return ok;
}

const struct bl_command bl_command_describe = {
    .name = "describe",
    .arguments = "[COLUMN ...]",
    .group = "look",
    .summary = "figures of every column: mean, spread, quartiles, missing values",
    .help = "Standard deviation and variance are those of a sample (n - 1), quartiles are interpolated (type 7), "
            "kurtosis is the excess over a normal distribution. Missing values are left out and counted.",
    .examples = BL_EXAMPLES("load iris; describe", "load titanic; describe Age Fare"),
    .see = "hist, corr, groups, columns",
    .first = BL_ARG_COLUMN,
    .further = BL_ARG_COLUMN,
    .keeps_running = true,
    .run = run_describe,
};
