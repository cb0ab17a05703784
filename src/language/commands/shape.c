/* box, qq, normality: the shape of columns. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- box --------------------------------------------------------------------------------------------------*/

struct boxes { /* one for each column, or for each group of one column */
    size_t n;
    struct bl_box_figures *figures;
    const char **names;
};

static void boxes_done(struct boxes *b)
{
    for (size_t i = 0; b->figures && i < b->n; i++)
        bl_free(b->figures[i].beyond);
    bl_free(b->figures);
    bl_free(b->names);
}

static bool fill_boxes(struct boxes *b, const struct bl_table *t, const size_t *columns, size_t n, const struct bl_groups *by,
                       struct bl_pool *pool, struct bl_error *err)
{
    b->n = by ? by->n_groups : n;
    b->figures = bl_calloc(b->n + 1, sizeof *b->figures);
    b->names = bl_calloc(b->n + 1, sizeof *b->names);
    if (!b->figures || !b->names)
        return bl_fail_memory(err, "boxes");
    for (size_t i = 0; i < b->n; i++) {
        const struct bl_column *c = &t->columns[columns[by ? 0 : i]];

        b->names[i] = by ? by->labels[i] : c->name;
        if (!bl_box_of(c->number, t->n_rows, by ? by->of_row : NULL, (uint32_t)i, pool, &b->figures[i], err))
            return false;
    }
    return true;
}

static json_t *box_json(struct bl_result *r, const char *name, const struct bl_box_figures *f)
{
    const struct { const char *key; double value; } figures[] = {{"min", f->min}, {"low", f->low}, {"q1", f->q1}, {"median", f->median},
                                                                 {"q3", f->q3}, {"high", f->high}, {"max", f->max}};
    json_t *one = json_object();

    bl_json_set(r, one, "name", bl_json_text(name));
    bl_json_set(r, one, "count", json_integer((json_int_t)f->n));
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        bl_json_figure(r, one, figures[i].key, figures[i].value, "no value is present");
    bl_json_set(r, one, "beyond", json_integer((json_int_t)f->n_beyond));
    return one;
}

static void boxes_table(struct bl_result *r, const struct boxes *b, const char *corner)
{
    static const char *const headers[] = {"min", "low", "q1", "median", "q3", "high", "max"};
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, corner, BL_LEFT);
    bl_grid_column(g, "n", BL_COUNT);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        bl_grid_column(g, headers[i], BL_MIXED);
    bl_grid_column(g, "beyond", BL_COUNT);
    for (size_t i = 0; i < b->n; i++) {
        const struct bl_box_figures *f = &b->figures[i];
        const double values[] = {f->min, f->low, f->q1, f->median, f->q3, f->high, f->max};

        bl_grid_text(g, b->names[i]);
        bl_grid_count(g, f->n);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            bl_grid_number(g, values[k]);
        bl_grid_count(g, f->n_beyond);
    }
}

static bool box_chart(struct bl_result *r, const struct boxes *b, const char *title, const char *label, struct bl_error *err)
{
    struct bl_box *drawn = bl_calloc(b->n + 1, sizeof *drawn);
    struct bl_chart chart = bl_chart_make(BL_CHART_BOX);

    if (!drawn)
        return bl_fail_memory(err, "a chart");
    for (size_t i = 0; i < b->n; i++) {
        const struct bl_box_figures *f = &b->figures[i];
        drawn[i] = (struct bl_box){b->names[i], f->n, f->low, f->q1, f->median, f->q3, f->high, f->beyond, f->n_beyond};
    }
    chart.title = title;
    chart.note = "whiskers 1.5 IQR";
    chart.x.label = label;
    chart.boxes = drawn;
    chart.n_boxes = b->n;
    bl_result_chart(r, &chart, b->n <= 3 ? 4 * (int)b->n + 3 : b->n <= 16 ? 0 : (int)(b->n < 1000 ? b->n : 1000) + 3);
    bl_free(drawn);
    return true;
}

static bool tell_boxes(struct bl_result *r, const struct bl_table *t, const size_t *columns, const struct bl_groups *by,
                       const struct boxes *b, struct bl_error *err)
{
    const char *name = t->columns[columns[0]].name;
    char title[240], shown[100], group[100] = "";
    json_t *list = json_array();

    for (size_t i = 0; i < b->n; i++)
        bl_json_append(r, list, box_json(r, b->names[i], &b->figures[i]));
    if (by)
        bl_result_set(r, "column", bl_json_text(name));
    if (by)
        bl_result_set(r, "by", bl_json_text(t->columns[by->column].name));
    bl_result_set(r, "boxes", list);
    bl_show(shown, sizeof shown, name, strlen(name));
    if (by)
        bl_show(group, sizeof group, t->columns[by->column].name, strlen(t->columns[by->column].name));
    snprintf(title, sizeof title, by ? "%s by %s" : b->n == 1 ? "%s" : "boxes", shown, group);
    if (!box_chart(r, b, title, by || b->n == 1 ? shown : NULL, err))
        return false;
    boxes_table(r, b, by ? t->columns[by->column].name : "column");
    return true;
}

static bool run_box(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    size_t *columns = NULL, n = 0, by = SIZE_MAX;
    struct bl_groups *groups = NULL;
    struct boxes b = {0};
    bool fine;

    if (!t || !bl_word_columns(a, 0, t, true, &columns, &n, err) || !bl_arg_column(a, "by", t, &by, err)) {
        bl_free(columns);
        return false;
    }
    fine = n > 0 && (n == 1 || by == SIZE_MAX);
    if (!fine) {
        bl_fail(err, BL_USAGE, n ? "by= takes one column into its groups, not %zu" : "box needs a column", n);
        bl_hint(err, n ? "box %s by=%s" : "columns lists them", n ? t->columns[columns[0]].name : "", n ? bl_arg(a, "by") : "");
    }
    if (fine && by != SIZE_MAX && !(groups = bl_groups_of(t, by, err)))
        fine = bl_at_pair(err, a, "by");
    fine = fine && fill_boxes(&b, t, columns, n, groups, bl_workbench_pool(s->workbench), err) && tell_boxes(r, t, columns, groups, &b, err);
    boxes_done(&b);
    bl_groups_free(groups);
    bl_free(columns);
    return fine;
}

const struct bl_command bl_command_box = {
    .name = "box",
    .arguments = "COLUMN ... [by=COLUMN]",
    .group = "look",
    .summary = "box plots of columns, or of one column in groups",
    .help = "The box goes from the first to the third quartile with a line at the median; whiskers end at the farthest "
            "values within 1.5 times its length (Tukey); values beyond are drawn one by one and counted. Several columns "
            "share one axis.",
    .examples = BL_EXAMPLES("load iris; box petal_length by=species", "load iris; box sepal_length sepal_width petal_length petal_width",
                            "load titanic; box Age by=Pclass"),
    .see = "hist, qq, groups, describe",
    .first = BL_ARG_NUMERIC_COLUMN,
    .further = BL_ARG_NUMERIC_COLUMN,
    .keys = BL_KEYS({"by", "", "column whose groups get a box each"}),
    .keeps_running = true,
    .run = run_box,
};

/* ---- qq ---------------------------------------------------------------------------------------------------*/

enum { QQ_POINTS = 2000 };

static void qq_chart(struct bl_result *r, const char *name, const struct bl_normal_plot *p)
{
    char title[160], shown[100];
    const double from = p->x[0], to = p->x[p->n - 1];
    const double x[2] = {from, to}, y[2] = {p->intercept + p->slope * from, p->intercept + p->slope * to};
    const struct bl_series series[] = {
        {.name = "values", .value = "", .x = p->x, .y = p->y, .n = p->n, .dots = true},
        {.name = "line through the quartiles", .value = "", .x = x, .y = y, .n = 2, .style = 5, .no_marker = true},
    };
    struct bl_chart chart = bl_chart_make(BL_CHART_QQ);

    bl_show(shown, sizeof shown, name, strlen(name));
    snprintf(title, sizeof title, "%s against the normal distribution", shown);
    chart.title = title;
    chart.x.label = "normal quantile";
    chart.y.label = shown;
    chart.series = series;
    chart.n_series = 2;
    chart.legend_off = true;
    bl_result_chart(r, &chart, 0);
}

static bool run_qq(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    size_t *columns = NULL, n = 0;
    struct bl_normal_plot p;

    if (!t || !bl_word_columns(a, 0, t, true, &columns, &n, err))
        return false;
    const struct bl_column *c = n == 1 ? &t->columns[columns[0]] : NULL;

    bl_free(columns);
    if (!c) {
        bl_fail(err, BL_USAGE, "qq draws one numeric column, not %zu", n);
        return bl_hint(err, "columns lists them");
    }
    if (c->missing == t->n_rows) {
        bl_fail(err, BL_VALUE, "column '%s' has no value present", c->name);
        return bl_at_word(err, a, 0);
    }
    if (!bl_normal_plot_of(c->number, t->n_rows, QQ_POINTS, &p, err))
        return false;
    bl_result_set(r, "column", bl_json_text(c->name));
    bl_result_set(r, "count", json_integer((json_int_t)p.of));
    bl_result_set(r, "x", bl_json_numbers(p.x, p.n));
    bl_result_set(r, "y", bl_json_numbers(p.y, p.n));
    bl_result_set(r, "intercept", bl_json_number(p.intercept));
    bl_result_set(r, "slope", bl_json_number(p.slope));
    qq_chart(r, c->name, &p);
    if (p.n < p.of)
        bl_result_line(r, "%zu of %zu values, evenly by rank with the 10 at either end", p.n, p.of);
    else
        bl_result_line(r, "%zu values", p.of);
    bl_result_line(r, "line through the quartiles: %.4g + %.4g z", p.intercept, p.slope);
    bl_normal_plot_done(&p);
    return true;
}

const struct bl_command bl_command_qq = {
    .name = "qq",
    .arguments = "COLUMN",
    .group = "look",
    .summary = "quantiles of a column against those of the normal distribution",
    .help = "A normal column lies on the line, which goes through the quartiles. Ends above the line on the right and below it "
            "on the left are heavy tails; a bend is skewness. The i-th of n values stands at the normal quantile of "
            "(i - 1/2)/n. Of more than 2,000 values that many are drawn, evenly by rank, the 10 at either end all.",
    .examples = BL_EXAMPLES("load mtcars; qq hp", "load iris; qq sepal_width"),
    .see = "normality, hist, box",
    .first = BL_ARG_NUMERIC_COLUMN,
    .keeps_running = true,
    .run = run_qq,
};

/* ---- normality --------------------------------------------------------------------------------------------*/

struct named_test { const char *key, *name; struct bl_test test; size_t from; };

static void tests_of(const struct bl_normality *f, struct named_test out[4])
{
    out[0] = (struct named_test){"jarque_bera", "Jarque-Bera", f->jarque_bera, 2};
    out[1] = (struct named_test){"dagostino", "D'Agostino K2", f->dagostino, 8};
    out[2] = (struct named_test){"anderson_darling", "Anderson-Darling", f->anderson, 8};
    out[3] = (struct named_test){"shapiro_wilk", "Shapiro-Wilk", f->shapiro, 3};
}

static const char *why_no_test(const struct bl_normality *f, size_t from)
{
    if (isnan(f->kurtosis))
        return f->n ? "all values are equal" : "no value is present";
    return f->n < from ? "too few values" : "more than 5000 values";
}

static json_t *normality_json(struct bl_result *r, const char *name, const struct bl_normality *f)
{
    json_t *one = json_object();
    struct named_test tests[4];

    tests_of(f, tests);
    bl_json_set(r, one, "name", bl_json_text(name));
    bl_json_set(r, one, "count", json_integer((json_int_t)f->n));
    bl_json_figure(r, one, "skewness", f->skewness, why_no_test(f, 1));
    bl_json_figure(r, one, "kurtosis", f->kurtosis, why_no_test(f, 1));
    for (size_t i = 0; i < 4; i++) {
        json_t *test = json_object();

        bl_json_figure(r, test, "statistic", tests[i].test.statistic, why_no_test(f, tests[i].from));
        bl_json_figure(r, test, "p", tests[i].test.p, why_no_test(f, tests[i].from));
        bl_json_set(r, one, tests[i].key, test);
    }
    return one;
}

static void one_normality(struct bl_result *r, const char *name, const struct bl_normality *f)
{
    struct bl_grid *g = bl_result_grid(r);
    struct named_test tests[4];

    tests_of(f, tests);
    bl_grid_column(g, "test", BL_LEFT);
    bl_grid_column(g, "statistic", BL_MIXED);
    bl_grid_column(g, "p", BL_P);
    for (size_t i = 0; i < 4; i++) {
        bl_grid_text(g, tests[i].name);
        bl_grid_number(g, tests[i].test.statistic);
        bl_grid_number(g, tests[i].test.p);
    }
    bl_result_line(r, "%s: %zu values, skewness %.4g, kurtosis %.4g", name, f->n, f->skewness, f->kurtosis);
}

static void many_normalities(struct bl_result *r, const struct bl_table *t, const size_t *columns, size_t n, const struct bl_normality *f)
{
    static const char *const headers[] = {"p JB", "p K2", "p AD", "p SW", "skewness", "kurtosis"};
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "column", BL_LEFT);
    bl_grid_column(g, "n", BL_COUNT);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        bl_grid_column(g, headers[i], i < 4 ? BL_P : BL_MIXED);
    for (size_t j = 0; j < n; j++) {
        const double values[] = {f[j].jarque_bera.p, f[j].dagostino.p, f[j].anderson.p, f[j].shapiro.p, f[j].skewness, f[j].kurtosis};

        bl_grid_text(g, t->columns[columns[j]].name);
        bl_grid_count(g, f[j].n);
        for (size_t k = 0; k < sizeof values / sizeof *values; k++)
            bl_grid_number(g, values[k]);
    }
    bl_result_line(r, "p: Jarque-Bera, D'Agostino K2, Anderson-Darling, Shapiro-Wilk (to 5000 values)");
}

static bool compute_normality(struct bl_session *s, const struct bl_table *t, const size_t *columns, size_t n, struct bl_normality *f,
                              struct bl_error *err)
{
    struct bl_progress *progress = bl_workbench_progress(s->workbench);

    bl_progress_start(progress, "testing", n * bl_lanes(t->n_rows));
    for (size_t j = 0; j < n; j++)
        if (!bl_normality_of(t->columns[columns[j]].number, t->n_rows, bl_workbench_pool(s->workbench), progress, &f[j], err))
            return false;
    return true;
}

static bool run_normality(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    size_t *columns = NULL, n = 0;
    struct bl_normality *f;
    json_t *list;

    if (!d || !bl_numeric_features(a, d, true, &columns, &n, err))
        return false;
    f = bl_calloc(n, sizeof *f);
    if (!(f ? compute_normality(s, d->table, columns, n, f, err) : bl_fail_memory(err, "tests"))) {
        bl_free(columns);
        bl_free(f);
        return false;
    }
    list = json_array();
    for (size_t j = 0; j < n; j++)
        bl_json_append(r, list, normality_json(r, d->table->columns[columns[j]].name, &f[j]));
    bl_result_set(r, "columns", list);
    if (n == 1)
        one_normality(r, d->table->columns[columns[0]].name, &f[0]);
    else
        many_normalities(r, d->table, columns, n, f);
    bl_result_line(r, "a small p speaks against normality; of many rows a small departure is enough");
    bl_free(columns);
    bl_free(f);
    return true;
}

const struct bl_command bl_command_normality = {
    .name = "normality",
    .arguments = "[COLUMN ...]",
    .group = "look",
    .summary = "tests whether columns are normally distributed",
    .help = "Jarque-Bera and D'Agostino's K2 look at skewness and kurtosis, Anderson-Darling at the whole distribution with more "
            "weight on its ends, Shapiro-Wilk (Royston; 3 to 5000 values) at the straightness of the qq plot. Mean and standard "
            "deviation are estimated from the values. Default: every numeric column.",
    .examples = BL_EXAMPLES("load iris; normality", "load mtcars; normality hp"),
    .see = "qq, hist, describe",
    .first = BL_ARG_NUMERIC_COLUMN,
    .further = BL_ARG_NUMERIC_COLUMN,
    .keeps_running = true,
    .run = run_normality,
};
