/* corr, groups: how columns go together. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- corr -----------------------------------------------------------------------------------------------*/

enum { COVARIANCE = 3 }; /* behind enum bl_correlation */
static const char *const corr_methods[] = {"pearson", "spearman", "kendall", "covariance", NULL};

static json_t *matrix_json(struct bl_result *r, const double *matrix, size_t n)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < n; i++)
        bl_json_append(r, rows, bl_json_numbers(matrix + i * n, n));
    return rows;
}

static void matrix_table(struct bl_result *r, const struct bl_table *t, const struct bl_corr *c, const char *corner,
                         const double *matrix)
{
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, corner, BL_LEFT);
    for (size_t i = 0; i < c->n; i++)
        bl_grid_column(g, t->columns[c->columns[i]].name, matrix == c->matrix ? BL_NUMBER : matrix == c->p ? BL_P : BL_MIXED);
    for (size_t i = 0; i < c->n; i++) {
        bl_grid_text(g, t->columns[c->columns[i]].name);
        for (size_t j = 0; j < c->n; j++)
            bl_grid_number(g, matrix[i * c->n + j]);
    }
}

static void heat_chart(struct bl_result *r, const struct bl_table *t, const struct bl_corr *c, const char *method)
{
    const char **names = bl_calloc(c->n, sizeof *names);
    struct bl_chart chart = bl_chart_make(BL_CHART_HEAT);
    char title[60], note[40];

    for (size_t i = 0; names && i < c->n; i++)
        names[i] = t->columns[c->columns[i]].name;
    const struct bl_heat heat = {.rows = names ? c->n : 0, .columns = c->n, .row_names = names, .column_names = names,
                                 .values = c->matrix, .min = -1, .max = 1};

    snprintf(title, sizeof title, "correlation, %s", method);
    snprintf(note, sizeof note, "%zu row%s", c->rows, c->rows == 1 ? "" : "s");
    chart.title = title;
    chart.note = note;
    chart.heat = &heat;
    bl_result_chart(r, &chart, (int)(c->n < 1000 ? c->n : 1000) + 3);
    bl_free(names);
}

/* How many pairs would be a surprise if nothing hung together; with many pairs some always are. */
static void p_line(struct bl_result *r, const struct bl_corr *c)
{
    size_t pairs = 0, small = 0, very_small = 0;
    const double all = (double)c->n * (double)(c->n - 1) / 2;

    for (size_t i = 0; i < c->n; i++)
        for (size_t j = i + 1; j < c->n; j++) {
            const double p = c->p[i * c->n + j];

            pairs += !isnan(p);
            small += p < 0.05;
            very_small += p < 0.05 / all;
        }
    if (pairs == 1)
        bl_result_line(r, "p %.3g", c->p[1]);
    else if (pairs)
        bl_result_line(r, "p < 0.05 for %zu of %zu pairs, for %zu also below 0.05 / %zu", small, pairs,
                       very_small, pairs);
}

/* Why a matrix has a hole: the first reason that there is. */
static void reason_set(struct bl_result *r, const char *key, const double *matrix, const struct bl_corr *c, bool products, size_t least)
{
    const char *few = least > 2 ? "fewer than 3 rows" : "fewer than 2 rows";

    for (size_t i = 0; i < c->n * c->n; i++)
        if (!isfinite(matrix[i])) {
            bl_result_set(r, key, bl_json_text(c->rows < least ? few : products ? "beyond the range of numbers" : "a constant column"));
            return;
        }
}

/* Numeric columns without any value are not among those that were chosen for somebody who named none. */
static void empty_line(struct bl_result *r, const struct bl_table *t, const struct bl_corr *c)
{
    struct bl_text names = {0};

    for (size_t j = 0; j < t->n_columns && t->n_rows; j++) {
        bool used = t->columns[j].type != BL_NUMERIC || t->columns[j].missing < t->n_rows;

        for (size_t i = 0; i < c->n && !used; i++)
            used = c->columns[i] == j;
        if (!used)
            bl_text_addf(&names, "%s%s", names.length ? ", " : "", t->columns[j].name);
    }
    if (names.length)
        bl_result_line(r, "without a value, so left out: %s", bl_text_get(&names));
    bl_text_free(&names);
}

static void tell_matrix(struct bl_result *r, const struct bl_table *t, const struct bl_corr *c, size_t method, bool show_p)
{
    const double *matrix = method == COVARIANCE ? c->covariance : c->matrix;
    json_t *names = json_array();

    for (size_t i = 0; i < c->n; i++)
        bl_json_append(r, names, bl_json_text(t->columns[c->columns[i]].name));
    matrix_table(r, t, c, corr_methods[method], matrix);
    bl_result_set(r, "names", names);
    bl_result_set(r, "matrix", matrix_json(r, matrix, c->n));
    reason_set(r, "matrix_reason", matrix, c, method == COVARIANCE, 2);
    bl_result_set(r, "method", bl_json_text(corr_methods[method]));
    bl_result_set(r, "rows", json_integer((json_int_t)c->rows));
    if (method != COVARIANCE) {
        bl_result_set(r, "p", matrix_json(r, c->p, c->n));
        reason_set(r, "p_reason", c->p, c, false, 3);
        if (c->n > 1)
            heat_chart(r, t, c, corr_methods[method]);
        p_line(r, c);
        if (show_p)
            matrix_table(r, t, c, "p", c->p);
    }
    if (c->rows < t->n_rows)
        bl_result_line(r, "over the %zu of %zu rows that are complete in these columns", c->rows, t->n_rows);
}

/* The numeric columns that hold something: no row would be complete with another. NULL and n 0: all numeric columns. */
static bool with_values(const struct bl_table *t, size_t **columns, size_t *n, struct bl_error *err)
{
    bool empty = false;

    *n = 0;
    *columns = bl_calloc(t->n_columns + 1, sizeof **columns);
    if (!*columns)
        return bl_fail_memory(err, "the columns");
    for (size_t j = 0; j < t->n_columns; j++) {
        const bool none = t->columns[j].missing == t->n_rows;

        empty = empty || none;
        if (t->columns[j].type == BL_NUMERIC && !none)
            (*columns)[(*n)++] = j;
    }
    if (!empty || *n == 0) {
        bl_free(*columns);
        *columns = NULL;
        *n = 0;
    }
    return true;
}

static bool run_corr(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    size_t *columns = NULL, n = 0, method = 0;
    bool show_p = false, chosen;
    struct bl_corr *c;

    if (!t || !bl_arg_choice(a, "method", corr_methods, &method, err) || !bl_arg_yes(a, "p", &show_p, err) ||
        !bl_word_columns(a, 0, t, true, &columns, &n, err))
        return false;
    chosen = n == 0;
    if (chosen && !with_values(t, &columns, &n, err))
        return false;
    c = bl_correlate(t, columns, n, method == COVARIANCE ? BL_PEARSON : (enum bl_correlation)method,
                     bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err);
    bl_free(columns);
    if (!c)
        return false;
    tell_matrix(r, t, c, method, show_p);
    if (chosen)
        empty_line(r, t, c);
    bl_corr_free(c);
    return true;
}

const struct bl_command bl_command_corr = {
    .name = "corr",
    .arguments = "[COLUMN ...] [method=...] [p=yes]",
    .group = "look",
    .summary = "correlations of numeric columns with p values, or covariances",
    .help = "Over the rows that are complete in all the columns taken. A constant column has no correlation. p is the "
            "probability of a correlation at least as large, in either direction, between columns that have nothing to do "
            "with each other: Student's t with rows - 2 degrees for pearson and spearman, the normal approximation with "
            "ties for kendall (tau-b). Covariances are over rows - 1.",
    .examples = BL_EXAMPLES("load iris; corr", "load mtcars; corr mpg wt hp method=spearman p=yes",
                            "load iris; corr method=covariance"),
    .see = "scatter, pairs, pca, describe",
    .first = BL_ARG_NUMERIC_COLUMN,
    .further = BL_ARG_NUMERIC_COLUMN,
    .keys = BL_KEYS({"method", "pearson|spearman|kendall|covariance",
                     "pearson: straight lines (default); spearman, kendall: ranks; covariance: in the units of the columns"},
                    {"p", "yes|no", "a table of the p values too (no)"}),
    .keeps_running = true,
    .run = run_corr,
};

/* ---- groups -----------------------------------------------------------------------------------------------*/

struct grouping { /* what is told of each group */
    const struct bl_table *table;
    const struct bl_groups *groups;
    const size_t *columns;
    size_t n;
    struct bl_moments *moments; /* n × n_groups */
    double *medians;            /* likewise */
};

static json_t *moments_json(struct bl_result *r, const struct bl_column *c, const struct bl_moments *m, double median)
{
    json_t *one = json_object();
    const bool some = m->n > 0;

    bl_json_set(r, one, "name", bl_json_text(c->name));
    bl_json_set(r, one, "count", json_integer((json_int_t)m->n));
    bl_json_figure(r, one, "mean", some ? m->mean : NAN, "no value is present");
    bl_json_figure(r, one, "sd", sqrt(bl_moments_variance(m)), some ? "too few values" : "no value is present");
    bl_json_figure(r, one, "min", some ? m->min : NAN, "no value is present");
    bl_json_figure(r, one, "median", median, "no value is present");
    bl_json_figure(r, one, "max", some ? m->max : NAN, "no value is present");
    return one;
}

static void groups_json(struct bl_result *r, const struct grouping *x)
{
    json_t *list = json_array();

    for (size_t k = 0; k < x->groups->n_groups; k++) {
        json_t *group = json_object(), *columns = json_array();

        bl_json_set(r, group, "name", bl_json_text(x->groups->labels[k]));
        bl_json_set(r, group, "count", json_integer((json_int_t)x->groups->counts[k]));
        for (size_t j = 0; j < x->n; j++)
            bl_json_append(r, columns, moments_json(r, &x->table->columns[x->columns[j]], &x->moments[j * x->groups->n_groups + k],
                                                    x->medians[j * x->groups->n_groups + k]));
        bl_json_set(r, group, "columns", columns);
        bl_json_append(r, list, group);
    }
    bl_result_set(r, "by", bl_json_text(x->table->columns[x->groups->column].name));
    bl_result_set(r, "groups", list);
}

/* One row for each column and group: the groups of a column stand together, to be compared. Names are
 * repeated, so that a row says all of itself in a file too. */
static void groups_table(struct bl_result *r, const struct grouping *x)
{
    static const char *const figures[] = {"mean", "sd", "min", "median", "max"};
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "column", BL_LEFT);
    bl_grid_column(g, x->table->columns[x->groups->column].name, BL_LEFT);
    bl_grid_column(g, "n", BL_COUNT);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        bl_grid_column(g, figures[i], BL_MIXED);
    for (size_t j = 0; j < x->n; j++) {
        const struct bl_column *c = &x->table->columns[x->columns[j]];

        for (size_t k = 0; k < x->groups->n_groups; k++) {
            const struct bl_moments *m = &x->moments[j * x->groups->n_groups + k];

            bl_grid_text(g, c->name);
            bl_grid_text(g, x->groups->labels[k]);
            bl_grid_count(g, (uint64_t)m->n);
            bl_grid_number(g, m->n > 0 ? m->mean : NAN);
            bl_grid_number(g, sqrt(bl_moments_variance(m)));
            bl_grid_figure(g, c, m->n > 0 ? m->min : NAN);
            bl_grid_figure(g, c, x->medians[j * x->groups->n_groups + k]);
            bl_grid_figure(g, c, m->n > 0 ? m->max : NAN);
        }
    }
}

/* All numeric columns but the grouping one. */
static size_t *numeric_columns(const struct bl_table *t, size_t but, size_t *n, struct bl_error *err)
{
    size_t *columns = bl_calloc(t->n_columns + 1, sizeof *columns);

    *n = 0;
    if (!columns)
        bl_fail_memory(err, "columns");
    for (size_t j = 0; columns && j < t->n_columns; j++)
        if (j != but && t->columns[j].type == BL_NUMERIC)
            columns[(*n)++] = j;
    return columns;
}

static bool tell_groups(struct bl_result *r, const struct bl_table *t, const struct bl_groups *groups,
                        const size_t *columns, size_t n, struct bl_error *err)
{
    struct grouping x = {.table = t, .groups = groups, .columns = columns, .n = n};
    const double half = 0.5;
    bool fine;

    x.moments = bl_calloc(n * groups->n_groups + 1, sizeof *x.moments);
    x.medians = bl_calloc(n * groups->n_groups + 1, sizeof *x.medians);
    fine = (x.moments && x.medians) || bl_fail_memory(err, "the groups");
    for (size_t j = 0; fine && j < n; j++) {
        const double *values = t->columns[columns[j]].number;

        bl_group_moments(groups, values, t->n_rows, x.moments + j * groups->n_groups);
        fine = bl_group_quantiles(groups, values, t->n_rows, &half, 1, x.medians + j * groups->n_groups, err);
    }
    if (fine) {
        groups_json(r, &x);
        groups_table(r, &x);
    }
    bl_free(x.moments);
    bl_free(x.medians);
    return fine;
}

static bool run_groups(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    size_t by = d ? d->roles.target : SIZE_MAX, *columns = NULL, n = 0;
    struct bl_groups *groups;
    bool ok;

    if (!d || (a->n_words && !bl_word_column(a, 0, d->table, &by, err)))
        return false;
    if (by == SIZE_MAX) {
        bl_fail(err, BL_USAGE, "groups needs the column that makes the groups");
        return bl_hint(err, "columns lists them");
    }
    groups = bl_groups_of(d->table, by, err);
    if (!groups)
        return bl_at_word(err, a, 0);
    ok = bl_word_columns(a, 1, d->table, true, &columns, &n, err) &&
         (columns || (columns = numeric_columns(d->table, by, &n, err))) &&
         tell_groups(r, d->table, groups, columns, n, err);
    bl_free(columns);
    bl_groups_free(groups);
    return ok;
}

const struct bl_command bl_command_groups = {
    .name = "groups",
    .arguments = "[COLUMN [NUMERIC ...]]",
    .group = "look",
    .summary = "figures of numeric columns in each group that a column makes",
    .help = "The first column makes the groups (default: the target); the others are described in each of them "
            "(default: every numeric column). Rows without a group are left out.",
    .examples = BL_EXAMPLES("load iris; groups species", "load titanic; groups Sex Age Fare"),
    .see = "describe, hist, scatter",
    .first = BL_ARG_COLUMN,
    .further = BL_ARG_NUMERIC_COLUMN,
    .keeps_running = true,
    .run = run_groups,
};
