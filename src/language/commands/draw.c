/* hist, scatter: the dataset in pictures. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- hist -----------------------------------------------------------------------------------------------*/

static json_t *counts_json(const size_t *counts, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < n; i++)
        json_array_append_new(list, json_integer((json_int_t)counts[i]));
    return list;
}

static void hist_json(struct bl_result *r, const struct bl_table *t, size_t column, const struct bl_histogram *h,
                      const struct bl_groups *by)
{
    json_t *groups, *counts;

    bl_result_set(r, "column", bl_json_text(t->columns[column].name));
    bl_result_set(r, "edges", bl_json_numbers(h->edges, h->bins + 1));
    if (!by) {
        bl_result_set(r, "counts", counts_json(h->counts, h->bins));
        return;
    }
    groups = json_array();
    counts = json_array();
    for (size_t k = 0; k < h->groups; k++) {
        bl_json_append(r, counts, counts_json(h->counts + k * h->bins, h->bins));
        bl_json_append(r, groups, bl_json_text(k < by->n_groups ? by->labels[k] : "?"));
    }
    bl_result_set(r, "counts", counts);
    bl_result_set(r, "by", bl_json_text(t->columns[by->column].name));
    bl_result_set(r, "groups", groups);
}

static void hist_chart(struct bl_result *r, const struct bl_column *c, const struct bl_histogram *h, const struct bl_groups *by)
{
    char title[160], bins[64], name[80];
    const struct bl_chart chart = {
        .kind = BL_CHART_HISTOGRAM,
        .title = title,
        .note = bins,
        .x = {.label = name, .min = NAN, .max = NAN},
        .y = {.label = "rows", .min = NAN, .max = NAN, .count = true},
        .cursor = NAN,
        .edges = h->edges,
        .counts = h->counts,
        .bins = h->bins,
        .groups = h->groups,
        .group_names = by ? (const char *const *)by->labels : NULL,
    };

    bl_show(name, sizeof name, c->name, strlen(c->name));
    snprintf(title, sizeof title, "%s", name);
    snprintf(bins, sizeof bins, "%zu bin%s of %.4g", h->bins, h->bins == 1 ? "" : "s", h->bins ? h->edges[1] - h->edges[0] : 0);
    bl_result_chart(r, &chart, 0);
}

/* A column of classes has no bins: one bar a level. */
static bool hist_levels(struct bl_result *r, const struct bl_table *t, size_t column, struct bl_error *err)
{
    struct bl_groups *g = bl_groups_of(t, column, err);
    double *values = g ? bl_calloc(g->n_groups + 1, sizeof *values) : NULL;
    json_t *labels;

    if (!values) {
        bl_groups_free(g);
        return g ? bl_fail_memory(err, "a chart") : false;
    }
    labels = json_array();
    for (size_t k = 0; k < g->n_groups; k++) {
        values[k] = (double)g->counts[k];
        bl_json_append(r, labels, bl_json_text(g->labels[k]));
    }
    const struct bl_chart chart = {
        .kind = BL_CHART_BARS,
        .title = t->columns[column].name,
        .note = "rows",
        .x = {.min = NAN, .max = NAN},
        .y = {.label = "rows", .min = NAN, .max = NAN, .count = true},
        .cursor = NAN,
        .labels = (const char *const *)g->labels,
        .values = values,
        .n_values = g->n_groups,
    };
    bl_result_set(r, "column", bl_json_text(t->columns[column].name));
    bl_result_set(r, "labels", labels);
    bl_result_set(r, "counts", counts_json(g->counts, g->n_groups));
    bl_result_chart(r, &chart, g->n_groups < 16 ? (int)g->n_groups + 1 : 0);
    bl_free(values);
    bl_groups_free(g);
    return true;
}

/* Two figures beside the picture. */
static void hist_line(struct bl_result *r, const struct bl_column *c, size_t n_rows, const struct bl_histogram *h)
{
    size_t counted = 0;

    for (size_t i = 0; i < h->bins * h->groups; i++)
        counted += h->counts[i];
    if (c->missing)
        bl_result_line(r, "%zu of %zu rows; %zu without a value", counted, n_rows, c->missing);
    else
        bl_result_line(r, "%zu rows", counted);
}

static bool run_hist(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    size_t column = 0, by = SIZE_MAX;
    int64_t bins = t ? (int64_t)bl_session_view(s)->bins : 0;
    struct bl_histogram *h;
    struct bl_groups *groups = NULL;

    if (!t || !bl_arg_integer(a, "bins", 1, 1000, &bins, err) || !bl_arg_column(a, "by", t, &by, err))
        return false;
    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "hist needs a column");
        return bl_hint(err, "hist %s", t->n_columns ? t->columns[0].name : "COLUMN");
    }
    if (!bl_word_column(a, 0, t, &column, err))
        return false;
    if (!t->columns[column].number && by == SIZE_MAX)
        return hist_levels(r, t, column, err) || bl_at_word(err, a, 0);
    if (by != SIZE_MAX && !(groups = bl_groups_of(t, by, err)))
        return bl_at_pair(err, a, "by");
    h = bl_histogram_of(t, column, (size_t)bins, by, err);
    if (h) {
        hist_json(r, t, column, h, groups);
        hist_chart(r, &t->columns[column], h, groups);
        hist_line(r, &t->columns[column], t->n_rows, h);
    }
    bl_groups_free(groups);
    bl_histogram_free(h);
    return h ? true : bl_at_word(err, a, 0);
}

const struct bl_command bl_command_hist = {
    .name = "hist",
    .arguments = "COLUMN [bins=N] [by=COLUMN]",
    .group = "look",
    .summary = "draw how the values of a column are distributed",
    .help = "The bins are chosen from the data (Freedman and Diaconis) on round numbers; bins= makes exactly "
            "that many between the lowest and the highest value. A bin holds its left edge, the last one both.",
    .examples = BL_EXAMPLES("load iris; hist petal_length", "load iris; hist petal_length by=species bins=12",
                            "load titanic; hist Embarked"),
    .see = "describe, groups, scatter",
    .first = BL_ARG_COLUMN,
    .keys = BL_KEYS({"bins", "10|20|50", "how many bins (default: chosen from the data)"},
                    {"by", "", "column whose groups are told apart"}),
    .keeps_running = true,
    .run = run_hist,
};

/* ---- scatter -----------------------------------------------------------------------------------------------*/

struct cloud { /* points sorted into series */
    struct bl_series *series;
    double *x, *y;
    size_t n_series;
};

/* Rows with both values and a group, one series a group. */
static bool sort_points(const struct bl_table *t, size_t cx, size_t cy, const struct bl_groups *g, struct bl_arena *arena, struct cloud *out)
{
    const double *x = t->columns[cx].number, *y = t->columns[cy].number;
    const size_t n = g ? g->n_groups : 1;
    size_t at = 0;

    out->n_series = n;
    out->series = bl_arena_take(arena, n + 1, sizeof *out->series);
    out->x = bl_arena_take(arena, t->n_rows + 1, sizeof *out->x);
    out->y = bl_arena_take(arena, t->n_rows + 1, sizeof *out->y);
    if (!out->series || !out->x || !out->y)
        return false;
    for (size_t k = 0; k < n; k++) {
        struct bl_series *s = &out->series[k];

        *s = (struct bl_series){.name = g ? g->labels[k] : t->columns[cy].name, .value = "", .style = k, .dots = true};
        s->x = out->x + at;
        s->y = out->y + at;
        for (size_t i = 0; i < t->n_rows; i++) {
            if ((g && g->of_row[i] != k) || isnan(x[i]) || isnan(y[i]))
                continue;
            out->x[at] = x[i];
            out->y[at++] = y[i];
            s->n++;
        }
    }
    return true;
}

static void scatter_json(struct bl_result *r, const struct bl_table *t, size_t cx, size_t cy, const struct bl_groups *g, const struct cloud *c)
{
    json_t *list = json_array();
    size_t rows = 0;

    for (size_t k = 0; k < c->n_series; k++) {
        json_t *one = json_object();

        rows += c->series[k].n;
        if (g)
            bl_json_set(r, one, "name", bl_json_text(g->labels[k]));
        bl_json_set(r, one, "x", bl_json_numbers(c->series[k].x, c->series[k].n));
        bl_json_set(r, one, "y", bl_json_numbers(c->series[k].y, c->series[k].n));
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "x", bl_json_text(t->columns[cx].name));
    bl_result_set(r, "y", bl_json_text(t->columns[cy].name));
    if (g)
        bl_result_set(r, "by", bl_json_text(t->columns[g->column].name));
    bl_result_set(r, "rows", json_integer((json_int_t)rows));
    bl_result_set(r, "groups", list);
}

static bool draw_scatter(struct bl_result *r, const struct bl_table *t, size_t cx, size_t cy, const struct bl_groups *g, struct bl_error *err)
{
    struct bl_arena *arena = bl_arena_create(65536);
    struct cloud cloud;
    char title[200], x[80], y[80];

    if (!arena || !sort_points(t, cx, cy, g, arena, &cloud)) {
        bl_arena_free(arena);
        return bl_fail_memory(err, "a chart");
    }
    bl_show(x, sizeof x, t->columns[cx].name, strlen(t->columns[cx].name));
    bl_show(y, sizeof y, t->columns[cy].name, strlen(t->columns[cy].name));
    snprintf(title, sizeof title, "%s against %s", y, x);
    const struct bl_chart chart = {
        .kind = BL_CHART_SCATTER,
        .title = title,
        .x = {.label = x, .min = NAN, .max = NAN},
        .y = {.label = y, .min = NAN, .max = NAN},
        .series = cloud.series,
        .n_series = cloud.n_series,
        .cursor = NAN,
        .legend_off = !g,
    };
    if (bl_result_as_json(r))
        scatter_json(r, t, cx, cy, g, &cloud);
    bl_result_chart(r, &chart, 0);
    bl_arena_free(arena);
    return true;
}

static bool scatter_columns(const struct bl_args *a, const struct bl_dataset *d, size_t *x, size_t *y, struct bl_error *err)
{
    size_t *columns = NULL, n = 0;

    if (!bl_word_columns(a, 0, d->table, true, &columns, &n, err))
        return false;
    if (n == 2) {
        *x = columns[0];
        *y = columns[1];
    }
    bl_free(columns);
    if (n == 2)
        return true;
    bl_fail(err, BL_USAGE, "scatter needs two numeric columns, not %zu", n);
    return bl_hint(err, "scatter X Y; columns lists them");
}

/* by= or, where the target has few classes, the target; by=none takes neither. */
static bool scatter_groups(const struct bl_args *a, const struct bl_dataset *d, struct bl_groups **groups, struct bl_error *err)
{
    const char *by = bl_arg(a, "by");
    size_t column = d->roles.task == BL_CLASSIFICATION && d->roles.n_classes <= 7 ? d->roles.target : SIZE_MAX;

    if (by && strcmp(by, "none") == 0)
        column = SIZE_MAX;
    else if (!bl_arg_column(a, "by", d->table, &column, err))
        return false;
    if (column == SIZE_MAX)
        return true;
    *groups = bl_groups_of(d->table, column, err);
    return *groups ? true : bl_at_pair(err, a, "by");
}

static bool run_scatter(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_groups *groups = NULL;
    size_t x = 0, y = 0;
    bool ok;

    if (!d || !scatter_columns(a, d, &x, &y, err) || !scatter_groups(a, d, &groups, err))
        return false;
    ok = draw_scatter(r, d->table, x, y, groups, err);
    bl_groups_free(groups);
    return ok;
}

const struct bl_command bl_command_scatter = {
    .name = "scatter",
    .arguments = "X Y [by=COLUMN]",
    .group = "look",
    .summary = "draw one numeric column against another, classes told apart",
    .help = "Rows that miss one of the two values are left out. The target makes the classes where it has at "
            "most 7 of them; by=none draws all rows alike.",
    .examples = BL_EXAMPLES("load iris; scatter petal_length petal_width", "load mtcars; scatter wt mpg by=cyl"),
    .see = "corr, hist, groups",
    .first = BL_ARG_NUMERIC_COLUMN,
    .further = BL_ARG_NUMERIC_COLUMN,
    .keys = BL_KEYS({"by", "", "column whose groups get their own marker (default: the target's classes)"}),
    .keeps_running = true,
    .run = run_scatter,
};
