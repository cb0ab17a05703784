/* pairs: every column against every other. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 6, COLUMNS_MAX = 12 };

static bool pairs_chart(struct bl_result *r, const struct bl_table *t, const struct bl_corr *c, const struct bl_groups *g,
                        struct bl_error *err)
{
    const double **x = bl_calloc(c->n, sizeof *x);
    const char **names = bl_calloc(c->n, sizeof *names);
    const struct bl_session *s = bl_result_session(r);
    struct bl_chart chart = bl_chart_make(BL_CHART_PAIRS);
    char title[160] = "pairs", group[100];

    if (!x || !names) {
        bl_free(x);
        bl_free(names);
        return bl_fail_memory(err, "a chart");
    }
    for (size_t j = 0; j < c->n; j++) {
        x[j] = t->columns[c->columns[j]].number;
        names[j] = t->columns[c->columns[j]].name;
    }
    if (g)
        snprintf(title, sizeof title, "pairs by %s", bl_show(group, sizeof group, t->columns[g->column].name, strlen(t->columns[g->column].name)));
    const struct bl_pairs p = {.n = c->n, .n_rows = t->n_rows, .n_groups = g ? g->n_groups : 1, .names = names,
                               .group_names = g ? (const char *const *)g->labels : NULL, .x = x,
                               .of_row = g ? g->of_row : NULL, .correlation = c->matrix};

    chart.title = title;
    chart.pairs = &p;
    bl_result_chart(r, &chart, s->height > 16 ? s->height - 3 : 13);
    bl_free(x);
    bl_free(names);
    return true;
}

static void pairs_json(struct bl_result *r, const struct bl_table *t, const struct bl_corr *c, const struct bl_groups *g)
{
    json_t *names = json_array(), *matrix = json_array();

    for (size_t j = 0; j < c->n; j++) {
        bl_json_append(r, names, bl_json_text(t->columns[c->columns[j]].name));
        bl_json_append(r, matrix, bl_json_numbers(c->matrix + j * c->n, c->n));
    }
    bl_result_set(r, "names", names);
    bl_result_set(r, "matrix", matrix);
    bl_result_set(r, "rows", json_integer((json_int_t)c->rows));
    if (g)
        bl_result_set(r, "by", bl_json_text(t->columns[g->column].name));
}

static bool run_pairs(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    size_t *columns = NULL, n = 0, all;
    struct bl_groups *groups = NULL;
    struct bl_corr *c = NULL;
    bool fine;

    if (!d || !bl_numeric_features(a, d, true, &columns, &n, err))
        return false;
    all = n;
    fine = a->n_words == 0 || n <= COLUMNS_MAX;
    if (!fine) {
        bl_fail(err, BL_LIMIT, "pairs takes at most %d columns, not %zu", COLUMNS_MAX, n);
        bl_hint(err, "corr draws the correlations of any number");
    }
    n = a->n_words == 0 && n > COLUMNS ? COLUMNS : n;
    fine = fine && bl_class_groups(a, d, &groups, err) &&
           (c = bl_correlate(d->table, columns, n, BL_PEARSON, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err)) &&
           pairs_chart(r, d->table, c, groups, err);
    if (fine) {
        pairs_json(r, d->table, c, groups);
        if (n < all)
            bl_result_line(r, "the first %zu of %zu numeric columns; name others to see them", n, all);
        if (c->rows < d->table->n_rows)
            bl_result_line(r, "correlations over the %zu of %zu rows that are complete in these columns", c->rows, d->table->n_rows);
    }
    bl_corr_free(c);
    bl_groups_free(groups);
    bl_free(columns);
    return fine;
}

const struct bl_command bl_command_pairs = {
    .name = "pairs",
    .arguments = "[COLUMN ...] [by=COLUMN]",
    .group = "look",
    .summary = "small scatter plots of every column against every other",
    .help = "Points below the diagonal, Pearson's correlations above it. As many columns as the terminal has room for are drawn "
            "(a panel needs 10 columns and 3 lines); corr has the figures of all. Default: the first 6 numeric columns. The "
            "target makes the classes where it has at most 7 of them; by=none draws all rows alike.",
    .examples = BL_EXAMPLES("load iris; pairs", "load mtcars; pairs mpg wt hp by=cyl"),
    .see = "scatter, corr, pca",
    .first = BL_ARG_NUMERIC_COLUMN,
    .further = BL_ARG_NUMERIC_COLUMN,
    .keys = BL_KEYS({"by", "", "column whose groups get their own marker (default: the target's classes)"}),
    .keeps_running = true,
    .run = run_pairs,
};
