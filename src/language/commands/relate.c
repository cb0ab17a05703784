/* corr, groups: how columns go together. */
#include "command.h"

#include <math.h>
#include <string.h>

/* ---- corr -----------------------------------------------------------------------------------------------*/

static void tell_matrix(struct bl_result *r, const struct bl_table *t, const struct bl_corr *c, const char *method)
{
    struct bl_grid *g = bl_result_grid(r);
    json_t *names = json_array(), *matrix = json_array();

    bl_grid_column(g, method, BL_LEFT);
    for (size_t i = 0; i < c->n; i++)
        bl_grid_column(g, t->columns[c->columns[i]].name, BL_NUMBER);
    for (size_t i = 0; i < c->n; i++) {
        const double *row = c->matrix + i * c->n;

        bl_json_append(r, names, bl_json_text(t->columns[c->columns[i]].name));
        bl_json_append(r, matrix, bl_json_numbers(row, c->n));
        bl_grid_text(g, t->columns[c->columns[i]].name);
        for (size_t j = 0; j < c->n; j++)
            bl_grid_number(g, row[j]);
    }
    bl_result_set(r, "names", names);
    bl_result_set(r, "matrix", matrix);
    bl_result_set(r, "method", bl_json_text(method));
    bl_result_set(r, "rows", json_integer((json_int_t)c->rows));
    if (c->rows < t->n_rows)
        bl_result_line(r, "over the %zu of %zu rows that are complete in these columns", c->rows, t->n_rows);
}

static bool run_corr(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    static const char *const methods[] = {"pearson", "spearman", "kendall", NULL};
    const struct bl_table *t = bl_current_table(s, err);
    size_t *columns = NULL, n = 0, method = 0;
    struct bl_corr *c;

    if (!t || !bl_arg_choice(a, "method", methods, &method, err) || !bl_word_columns(a, 0, t, true, &columns, &n, err))
        return false;
    c = bl_correlate(t, columns, n, (enum bl_correlation)method, bl_workbench_pool(s->workbench),
                     bl_workbench_progress(s->workbench), err);
    bl_free(columns);
    if (!c)
        return false;
    tell_matrix(r, t, c, methods[method]);
    bl_corr_free(c);
    return true;
}

const struct bl_command bl_command_corr = {
    .name = "corr",
    .arguments = "[COLUMN ...] [method=...]",
    .group = "look",
    .summary = "correlations between numeric columns",
    .help = "Over the rows that are complete in all the columns taken. A constant column has no correlation.",
    .examples = BL_EXAMPLES("load iris; corr", "load mtcars; corr mpg wt hp method=spearman"),
    .see = "scatter, describe",
    .first = BL_ARG_NUMERIC_COLUMN,
    .further = BL_ARG_NUMERIC_COLUMN,
    .keys = BL_KEYS({"method", "pearson|spearman|kendall", "pearson: straight lines (default); the others: ranks"}),
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
};

static json_t *moments_json(struct bl_result *r, const struct bl_column *c, const struct bl_moments *m)
{
    json_t *one = json_object();
    const bool some = m->n > 0;

    bl_json_set(r, one, "name", bl_json_text(c->name));
    bl_json_set(r, one, "count", json_integer((json_int_t)m->n));
    bl_json_figure(r, one, "mean", some ? m->mean : NAN, "no value is present");
    bl_json_figure(r, one, "sd", sqrt(bl_moments_variance(m)), some ? "too few values" : "no value is present");
    bl_json_figure(r, one, "min", some ? m->min : NAN, "no value is present");
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
            bl_json_append(r, columns, moments_json(r, &x->table->columns[x->columns[j]],
                                                    &x->moments[j * x->groups->n_groups + k]));
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
    static const char *const figures[] = {"mean", "sd", "min", "max"};
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

    x.moments = bl_calloc(n * groups->n_groups + 1, sizeof *x.moments);
    if (!x.moments)
        return bl_fail_memory(err, "the groups");
    for (size_t j = 0; j < n; j++)
        bl_group_moments(groups, t->columns[columns[j]].number, t->n_rows, x.moments + j * groups->n_groups);
    groups_json(r, &x);
    groups_table(r, &x);
    bl_free(x.moments);
    return true;
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
