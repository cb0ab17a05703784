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
    bl_result_set(r, "rule", bl_json_text(h->rule));
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

enum { DENSITY_POINTS = 257 };

/* The density as counts in a bin of this width. */
static void density_json(struct bl_result *r, const struct bl_density *d)
{
    json_t *one = json_object();

    bl_json_set(r, one, "kernel", bl_json_text("gaussian"));
    bl_json_set(r, one, "bandwidth", bl_json_number(d->bandwidth));
    bl_json_set(r, one, "x", bl_json_numbers(d->x, d->n));
    bl_json_set(r, one, "y", bl_json_numbers(d->y, d->n));
    bl_result_set(r, "density", one);
}

/* Counts in the order of a chart: by bin, and in each bin by group. */
static size_t *counts_by_bin(const struct bl_histogram *h)
{
    size_t *counts = bl_calloc(h->bins * h->groups, sizeof *counts);

    for (size_t k = 0; counts && k < h->groups; k++)
        for (size_t i = 0; i < h->bins; i++)
            counts[i * h->groups + k] = h->counts[k * h->bins + i];
    return counts;
}

static void hist_chart(struct bl_result *r, const struct bl_column *c, const struct bl_histogram *h, const struct bl_groups *by,
                       const struct bl_series *density)
{
    char title[160], bins[100], name[80];
    size_t *counts = counts_by_bin(h);
    const struct bl_chart chart = {
        .kind = BL_CHART_HISTOGRAM,
        .title = title,
        .note = bins,
        .x = {.label = name, .min = NAN, .max = NAN},
        .y = {.label = "rows", .min = NAN, .max = NAN, .count = true},
        .cursor = NAN,
        .edges = h->edges,
        .counts = counts,
        .bins = h->bins,
        .groups = h->groups,
        .group_names = by ? (const char *const *)by->labels : NULL,
        .density = density,
    };
    const char *rule = strcmp(h->rule, "given") == 0 || strcmp(h->rule, "levels") == 0 ? "" : h->rule;

    bl_show(name, sizeof name, c->name, strlen(c->name));
    snprintf(title, sizeof title, "%s", name);
    snprintf(bins, sizeof bins, "%zu bin%s of %.4g%s%s", h->bins, h->bins == 1 ? "" : "s", h->bins ? h->edges[1] - h->edges[0] : 0,
             *rule ? ", " : "", rule);
    bl_result_chart(r, &chart, 0);
    bl_free(counts);
}

/* With the density over it; the counts of one group stand for it. */
static bool hist_with_density(struct bl_session *s, struct bl_result *r, const struct bl_table *t, size_t column,
                              const struct bl_histogram *h, double bandwidth, struct bl_error *err)
{
    struct bl_density d;
    double *scaled;

    if (!bl_density_of(t->columns[column].number, t->n_rows, h->edges[0], h->edges[h->bins], DENSITY_POINTS, bandwidth,
                       bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), &d, err))
        return false;
    if (!(scaled = bl_calloc(d.n, sizeof *scaled))) {
        bl_density_done(&d);
        return bl_fail_memory(err, "the density");
    }
    for (size_t i = 0; i < d.n; i++)
        scaled[i] = d.y[i] * (double)d.of * (h->edges[1] - h->edges[0]);
    density_json(r, &d);
    hist_chart(r, &t->columns[column], h, NULL, &(struct bl_series){.name = "density", .x = d.x, .y = scaled, .n = d.n, .no_marker = true});
    bl_result_line(r, "density: gaussian kernel, bandwidth %.4g%s", d.bandwidth, bandwidth > 0 ? "" : " (Silverman)");
    bl_free(scaled);
    bl_density_done(&d);
    return true;
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
    bl_result_chart(r, &chart, bl_bars_height(g->n_groups));
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
        bl_result_line(r, "%zu row%s", counted, counted == 1 ? "" : "s");
}

struct hist_plan { size_t column, by; int64_t bins; size_t rule; bool kde; double bandwidth; };

static bool hist_keys(struct bl_session *s, const struct bl_args *a, const struct bl_table *t, struct hist_plan *p, struct bl_error *err)
{
    static const char *const rules[] = {"auto", "freedman-diaconis", "sturges", NULL};

    *p = (struct hist_plan){.by = SIZE_MAX, .bins = (int64_t)bl_session_view(s)->bins, .kde = bl_arg(a, "bandwidth") != NULL};
    if (!bl_arg_integer(a, "bins", 1, 1000, &p->bins, err) || !bl_arg_column(a, "by", t, &p->by, err) ||
        !bl_arg_choice(a, "rule", rules, &p->rule, err) || !bl_arg_yes(a, "kde", &p->kde, err) ||
        !bl_arg_number(a, "bandwidth", &p->bandwidth, err))
        return false;
    if (bl_arg(a, "bandwidth") && !(p->bandwidth > 0)) {
        bl_fail(err, BL_VALUE, "bandwidth=%s must be greater than 0", bl_arg(a, "bandwidth"));
        return bl_at_pair(err, a, "bandwidth");
    }
    if (bl_arg(a, "rule") && bl_arg(a, "bins")) {
        bl_fail(err, BL_USAGE, "rule= and bins= both say how wide bins are");
        return bl_hint(err, "hist %s bins=%s, or hist %s rule=%s", a->n_words ? a->words[0].text : "COLUMN", bl_arg(a, "bins"),
                       a->n_words ? a->words[0].text : "COLUMN", bl_arg(a, "rule"));
    }
    if (bl_arg(a, "rule"))
        p->bins = 0;
    if (a->n_words)
        return bl_word_column(a, 0, t, &p->column, err);
    bl_fail(err, BL_USAGE, "hist needs a column");
    return bl_hint(err, "hist %s", t->n_columns ? t->columns[0].name : "COLUMN");
}

static bool draw_histogram(struct bl_session *s, const struct bl_args *a, struct bl_result *r, const struct bl_table *t,
                           const struct hist_plan *p, const struct bl_groups *groups, struct bl_error *err)
{
    struct bl_histogram *h = p->bins ? bl_histogram_of(t, p->column, (size_t)p->bins, p->by, err)
                                     : bl_histogram_by_rule(t, p->column, (enum bl_bin_rule)p->rule, p->by, err);
    bool fine = true;

    if (!h)
        return bl_at_word(err, a, 0);
    hist_json(r, t, p->column, h, groups);
    if (p->kde)
        fine = hist_with_density(s, r, t, p->column, h, p->bandwidth, err);
    else
        hist_chart(r, &t->columns[p->column], h, groups, NULL);
    hist_line(r, &t->columns[p->column], t->n_rows, h);
    bl_histogram_free(h);
    return fine;
}

static bool run_hist(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    struct bl_groups *groups = NULL;
    struct hist_plan p;
    bool fine;

    if (!t || !hist_keys(s, a, t, &p, err))
        return false;
    if (p.kde && (p.by != SIZE_MAX || !t->columns[p.column].number)) {
        bl_fail(err, BL_USAGE, "kde=yes draws one numeric column%s", p.by != SIZE_MAX ? ", without by=" : "");
        return bl_at_pair(err, a, p.by != SIZE_MAX ? "by" : "kde");
    }
    if (!t->columns[p.column].number && p.by == SIZE_MAX)
        return hist_levels(r, t, p.column, err) || bl_at_word(err, a, 0);
    if (p.by != SIZE_MAX && !(groups = bl_groups_of(t, p.by, err)))
        return bl_at_pair(err, a, "by");
    fine = draw_histogram(s, a, r, t, &p, groups, err);
    bl_groups_free(groups);
    return fine;
}

const struct bl_command bl_command_hist = {
    .name = "hist",
    .arguments = "COLUMN [bins=N] [rule=...] [by=COLUMN] [kde=yes]",
    .group = "look",
    .summary = "draw how the values of a column are distributed",
    .help = "The width of the bins is chosen from the data (Freedman and Diaconis; whole numbers of a small range get a bin "
            "each) and moved to a round number; rule= fixes the rule; bins= makes exactly that many between the lowest and "
            "the highest value. A bin holds its left edge, the last one both. kde=yes draws a kernel density over the bars, "
            "with Gaussian kernels and Silverman's bandwidth, which is told.",
    .examples = BL_EXAMPLES("load iris; hist petal_length", "load iris; hist petal_length by=species bins=12",
                            "load faithful; hist eruptions kde=yes", "load titanic; hist Embarked"),
    .see = "describe, groups, box, qq, balance",
    .first = BL_ARG_COLUMN,
    .keys = BL_KEYS({"bins", "10|20|50", "how many bins (default: chosen from the data)"},
                    {"rule", "auto|freedman-diaconis|sturges", "what chooses the width of bins (auto)"},
                    {"by", "", "column whose groups are told apart"},
                    {"kde", "yes|no", "a kernel density over the bars (no)"},
                    {"bandwidth", "", "of that density, in the column's units (default: Silverman's)"}),
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

static bool run_scatter(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_groups *groups = NULL;
    size_t x = 0, y = 0;
    bool ok;

    if (!d || !scatter_columns(a, d, &x, &y, err) || !bl_class_groups(a, d, &groups, err))
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
