/* balance, means, information: the target, and what the columns say about it. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- balance ----------------------------------------------------------------------------------------------*/

struct balance { size_t rows, largest, smallest; double entropy; };

static struct balance balance_of(const struct bl_groups *g)
{
    struct balance b = {0, SIZE_MAX, SIZE_MAX, 0};

    for (size_t k = 0; k < g->n_groups; k++) {
        b.rows += g->counts[k];
        if (!g->counts[k])
            continue;
        b.largest = b.largest == SIZE_MAX || g->counts[k] > g->counts[b.largest] ? k : b.largest;
        b.smallest = b.smallest == SIZE_MAX || g->counts[k] < g->counts[b.smallest] ? k : b.smallest;
    }
    for (size_t k = 0; k < g->n_groups; k++) {
        const double share = (double)g->counts[k] / (double)b.rows;

        b.entropy -= g->counts[k] ? share * log(share) : 0;
    }
    return b;
}

static void balance_chart(struct bl_result *r, const char *name, const struct bl_groups *g)
{
    double *values = bl_calloc(g->n_groups + 1, sizeof *values);
    struct bl_chart chart = bl_chart_make(BL_CHART_BARS);

    for (size_t k = 0; values && k < g->n_groups; k++)
        values[k] = (double)g->counts[k];
    chart.title = name;
    chart.note = "rows";
    chart.labels = (const char *const *)g->labels;
    chart.values = values;
    chart.n_values = values ? g->n_groups : 0;
    bl_result_chart(r, &chart, bl_bars_height(g->n_groups));
    bl_free(values);
}

static void balance_table(struct bl_result *r, const char *name, const struct bl_groups *g, const struct balance *b)
{
    struct bl_grid *grid = bl_result_grid(r);
    json_t *list = json_array();

    bl_grid_column(grid, name, BL_LEFT);
    bl_grid_column(grid, "rows", BL_COUNT);
    bl_grid_column(grid, "share %", BL_NUMBER);
    for (size_t k = 0; k < g->n_groups; k++) {
        const double share = (double)g->counts[k] / (double)b->rows;
        json_t *one = json_object();

        bl_grid_text(grid, g->labels[k]);
        bl_grid_count(grid, g->counts[k]);
        bl_grid_number(grid, 100 * share);
        bl_json_set(r, one, "name", bl_json_text(g->labels[k]));
        bl_json_set(r, one, "count", json_integer((json_int_t)g->counts[k]));
        bl_json_set(r, one, "share", bl_json_number(share));
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "classes", list);
}

static bool balance_classes(struct bl_result *r, const struct bl_table *t, size_t column, struct bl_error *err)
{
    struct bl_groups *g = bl_groups_of(t, column, err);
    struct balance b;

    if (!g)
        return false;
    b = balance_of(g);
    if (!b.rows) {
        bl_groups_free(g);
        return bl_fail(err, BL_VALUE, "column '%s' has no value present", t->columns[column].name);
    }
    balance_chart(r, t->columns[column].name, g);
    balance_table(r, t->columns[column].name, g, &b);
    bl_result_set(r, "rows", json_integer((json_int_t)b.rows));
    bl_result_set(r, "entropy", bl_json_number(b.entropy));
    bl_result_set(r, "evenness", bl_json_number(g->n_groups > 1 ? b.entropy / log((double)g->n_groups) : 0));
    bl_result_set(r, "ratio", bl_json_number((double)g->counts[b.largest] / (double)g->counts[b.smallest]));
    bl_result_set(r, "baseline_accuracy", bl_json_number((double)g->counts[b.largest] / (double)b.rows));
    bl_result_set(r, "baseline_loss", bl_json_number(b.entropy));
    bl_result_line(r, "largest to smallest %.3g : 1; entropy %.4g of at most %.4g nats", (double)g->counts[b.largest] / (double)g->counts[b.smallest],
                   b.entropy, log((double)g->n_groups));
    bl_result_line(r, "to beat: accuracy %.4g (always '%s'), log loss %.4g (always the shares)",
                   (double)g->counts[b.largest] / (double)b.rows, g->labels[b.largest], b.entropy);
    bl_groups_free(g);
    return true;
}

static void balance_histogram(struct bl_result *r, const char *name, const struct bl_histogram *h)
{
    struct bl_chart chart = bl_chart_make(BL_CHART_HISTOGRAM);
    char note[60];

    snprintf(note, sizeof note, "%zu bin%s of %.4g", h->bins, h->bins == 1 ? "" : "s", h->edges[1] - h->edges[0]);
    chart.title = name;
    chart.note = note;
    chart.x.label = name;
    chart.edges = h->edges;
    chart.counts = h->counts;
    chart.bins = h->bins;
    bl_result_chart(r, &chart, 0);
}

static void balance_figures(struct bl_result *r, const struct bl_summary *u)
{
    const struct { const char *key; double value; } figures[] = {
        {"mean", u->mean}, {"sd", u->sd},   {"min", u->min},           {"q1", u->q1},
        {"median", u->median}, {"q3", u->q3}, {"max", u->max}, {"skewness", u->skewness}, {"kurtosis", u->kurtosis},
    };
    struct bl_grid *g = bl_result_grid(r);

    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        bl_grid_column(g, figures[i].key, BL_MIXED);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        bl_grid_number(g, figures[i].value);
        bl_result_number(r, figures[i].key, figures[i].value,
                         u->count < 2 ? "too few values" : u->min < u->max ? "beyond the range of numbers" : "all values are equal");
    }
}

static bool balance_numbers(struct bl_session *s, struct bl_result *r, const struct bl_table *t, size_t column, struct bl_error *err)
{
    struct bl_histogram *h = bl_histogram_of(t, column, 0, SIZE_MAX, err);
    struct bl_summary u;
    double mse;

    if (!h)
        return false;
    if (!bl_describe(t, &column, 1, &u, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err)) {
        bl_histogram_free(h);
        return false;
    }
    mse = u.count > 1 ? u.variance * (double)(u.count - 1) / (double)u.count : 0;
    balance_histogram(r, t->columns[column].name, h);
    bl_histogram_free(h);
    bl_result_set(r, "rows", json_integer((json_int_t)u.count));
    balance_figures(r, &u);
    bl_result_number(r, "baseline_mse", mse, "beyond the range of numbers");
    bl_result_line(r, "to beat: always the mean has mse %.4g, rmse %.4g", mse, sqrt(mse));
    return true;
}

static bool run_balance(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    size_t column = d ? d->roles.target : SIZE_MAX;
    enum bl_task task;
    const struct bl_column *c;
    bool fine;

    if (!d || (a->n_words && !bl_word_column(a, 0, d->table, &column, err)))
        return false;
    if (column == SIZE_MAX) {
        bl_fail(err, BL_USAGE, "there is no target: balance needs a column");
        return bl_hint(err, "columns lists them");
    }
    c = &d->table->columns[column];
    task = column == d->roles.target ? d->roles.task : bl_table_task(d->table, column);
    bl_result_set(r, "column", bl_json_text(c->name));
    bl_result_set(r, "task", bl_json_text(bl_task_name(task)));
    fine = task == BL_CLASSIFICATION ? balance_classes(r, d->table, column, err) : balance_numbers(s, r, d->table, column, err);
    if (!fine)
        return a->n_words ? bl_at_word(err, a, 0) : false;
    bl_result_set(r, "missing", json_integer((json_int_t)c->missing));
    if (c->missing)
        bl_result_line(r, "%zu rows have no '%s' and never train", c->missing, c->name);
    return true;
}

const struct bl_command bl_command_balance = {
    .name = "balance",
    .arguments = "[COLUMN]",
    .group = "look",
    .summary = "how the target is distributed, and what a model must beat",
    .help = "Classes: rows and share of each, entropy in nats, and the baselines: the accuracy of always naming the largest class, "
            "the log loss of always giving the shares as probabilities. Numbers: the distribution, and the error of always giving "
            "the mean. split balance= makes training rows of even classes.",
    .examples = BL_EXAMPLES("load titanic; balance", "load mtcars; balance", "load titanic; balance Pclass"),
    .see = "target, hist, means, split",
    .first = BL_ARG_COLUMN,
    .keeps_running = true,
    .run = run_balance,
};

/* ---- means ------------------------------------------------------------------------------------------------*/

struct apart { /* one column */
    size_t column;
    struct bl_moments *moments; /* by group */
    struct bl_separation figures;
};

struct means {
    const struct bl_table *table;
    const struct bl_groups *groups;
    struct apart *columns;
    size_t n;
    struct bl_moments *moments;
    struct bl_progress *progress;
};

static int by_share(const void *a, const void *b)
{
    const struct apart *x = a, *y = b;
    const double p = isnan(x->figures.share) ? -1 : x->figures.share, q = isnan(y->figures.share) ? -1 : y->figures.share;

    return p > q ? -1 : p < q ? 1 : (x->column > y->column) - (x->column < y->column);
}

static void means_task(void *context, size_t j, size_t worker)
{
    struct means *m = context;
    struct apart *one = &m->columns[j];

    (void)worker;
    if (bl_stopped(m->progress))
        return;
    bl_group_moments(m->groups, m->table->columns[one->column].number, m->table->n_rows, one->moments);
    one->figures = bl_separation_of(one->moments, m->groups->n_groups);
    bl_progress_add(m->progress, 1);
}

static bool compute_means(struct bl_session *s, struct means *m, const size_t *columns, struct bl_error *err)
{
    m->columns = bl_calloc(m->n, sizeof *m->columns);
    m->moments = bl_calloc(m->n * m->groups->n_groups, sizeof *m->moments);
    m->progress = bl_workbench_progress(s->workbench);
    if (!m->columns || !m->moments)
        return bl_fail_memory(err, "the means");
    for (size_t j = 0; j < m->n; j++) {
        m->columns[j].column = columns[j];
        m->columns[j].moments = m->moments + j * m->groups->n_groups;
    }
    bl_progress_start(m->progress, "means", m->n);
    bl_pool_run(bl_workbench_pool(s->workbench), m->n, means_task, m);
    if (bl_stopped(m->progress))
        return bl_fail(err, BL_STOPPED, "means was interrupted");
    qsort(m->columns, m->n, sizeof *m->columns, by_share);
    return true;
}

static const char *why_no_separation(const struct apart *one)
{
    return isnan(one->figures.within) ? "fewer than two groups, or too few values" : "all values of a group are equal";
}

static json_t *apart_json(struct bl_result *r, const struct means *m, const struct apart *one)
{
    const struct bl_separation *f = &one->figures;
    json_t *object = json_object(), *list = json_array();
    bool empty = false;

    bl_json_set(r, object, "name", bl_json_text(m->table->columns[one->column].name));
    for (size_t k = 0; k < m->groups->n_groups; k++) {
        empty = empty || !one->moments[k].n;
        bl_json_append(r, list, bl_json_number(one->moments[k].n > 0 ? one->moments[k].mean : NAN));
    }
    bl_json_set(r, object, "means", list);
    if (empty)
        bl_json_set(r, object, "means_reason", bl_json_text("no value of a group is present"));
    bl_json_figure(r, object, "within", f->within, why_no_separation(one));
    bl_json_figure(r, object, "difference", f->difference, why_no_separation(one));
    bl_json_figure(r, object, "share", f->share, why_no_separation(one));
    bl_json_figure(r, object, "f", f->f, why_no_separation(one));
    bl_json_figure(r, object, "p", f->p, why_no_separation(one));
    if (f->low != SIZE_MAX) {
        bl_json_set(r, object, "low", bl_json_text(m->groups->labels[f->low]));
        bl_json_set(r, object, "high", bl_json_text(m->groups->labels[f->high]));
    }
    return object;
}

static void means_table(struct bl_result *r, const struct means *m)
{
    static const char *const headers[] = {"difference", "share %", "p", "sd within"};
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "column", BL_LEFT);
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        bl_grid_column(g, headers[i], i == 2 ? BL_P : BL_MIXED);
    for (size_t k = 0; k < m->groups->n_groups; k++)
        bl_grid_column(g, m->groups->labels[k], BL_MIXED);
    for (size_t j = 0; j < m->n; j++) {
        const struct apart *one = &m->columns[j];
        const double values[] = {one->figures.difference, 100 * one->figures.share, one->figures.p, one->figures.within};

        bl_grid_text(g, m->table->columns[one->column].name);
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            bl_grid_number(g, values[i]);
        for (size_t k = 0; k < m->groups->n_groups; k++)
            bl_grid_number(g, one->moments[k].n > 0 ? one->moments[k].mean : NAN);
    }
}

static void means_chart(struct bl_result *r, const struct means *m)
{
    double *values = bl_calloc(m->n + 1, sizeof *values);
    const char **labels = bl_calloc(m->n + 1, sizeof *labels);
    struct bl_chart chart = bl_chart_make(BL_CHART_BARS);

    for (size_t j = 0; values && labels && j < m->n; j++) {
        values[j] = m->columns[j].figures.difference;
        labels[j] = m->table->columns[m->columns[j].column].name;
    }
    chart.title = "largest difference of means";
    chart.note = "in sd within the groups";
    chart.labels = labels;
    chart.values = values;
    chart.n_values = values && labels ? m->n : 0;
    bl_result_chart(r, &chart, bl_bars_height(m->n));
    bl_free(values);
    bl_free(labels);
}

static void tell_means(struct bl_result *r, const struct means *m)
{
    json_t *list = json_array(), *labels = json_array();

    for (size_t k = 0; k < m->groups->n_groups; k++)
        bl_json_append(r, labels, bl_json_text(m->groups->labels[k]));
    for (size_t j = 0; j < m->n; j++)
        bl_json_append(r, list, apart_json(r, m, &m->columns[j]));
    bl_result_set(r, "by", bl_json_text(m->table->columns[m->groups->column].name));
    bl_result_set(r, "groups", labels);
    bl_result_set(r, "columns", list);
    means_chart(r, m);
    means_table(r, m);
    bl_result_line(r, "difference: largest less smallest mean, in sd within");
    bl_result_line(r, "share: of the variance, between the groups (eta squared); p: F test");
}

static bool group_column(const struct bl_args *a, const struct bl_dataset *d, size_t *by, struct bl_error *err)
{
    *by = d->roles.task == BL_CLASSIFICATION ? d->roles.target : SIZE_MAX;
    if (!bl_arg_column(a, "by", d->table, by, err))
        return false;
    if (*by != SIZE_MAX)
        return true;
    bl_fail(err, BL_USAGE, "means needs groups, and the target makes none");
    return bl_hint(err, "means by=COLUMN; columns lists them");
}

static bool run_means(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    size_t *columns = NULL, n = 0, by;
    struct bl_groups *groups = NULL;
    struct means m = {0};
    bool fine;

    if (!d || !group_column(a, d, &by, err) || !bl_numeric_features(a, d, true, &columns, &n, err))
        return false;
    for (size_t j = 0; j < n && a->n_words == 0; j++)
        if (columns[j] == by) /* it tells itself apart */
            memmove(columns + j, columns + j + 1, (--n - j) * sizeof *columns);
    groups = bl_groups_of(d->table, by, err);
    fine = groups || bl_at_pair(err, a, "by");
    if (fine) {
        m = (struct means){.table = d->table, .groups = groups, .n = n};
        fine = compute_means(s, &m, columns, err);
    }
    if (fine)
        tell_means(r, &m);
    bl_free(m.columns);
    bl_free(m.moments);
    bl_groups_free(groups);
    bl_free(columns);
    return fine;
}

const struct bl_command bl_command_means = {
    .name = "means",
    .arguments = "[COLUMN ...] [by=COLUMN]",
    .group = "look",
    .summary = "means of each column by class, and how far classes lie apart",
    .help = "For each numeric column the means of the groups (default: the target's classes), the standard deviation within the "
            "groups (over rows - groups), the largest difference of two means in units of it (of two classes Cohen's d), the share "
            "of the variance that lies between the groups (eta squared) and the p of its F test (one-way analysis of variance). "
            "Columns that separate most come first.",
    .examples = BL_EXAMPLES("load iris; means", "load mtcars; means mpg hp by=cyl", "load breast_cancer; means"),
    .see = "groups, information, box, balance",
    .first = BL_ARG_NUMERIC_COLUMN,
    .further = BL_ARG_NUMERIC_COLUMN,
    .keys = BL_KEYS({"by", "", "column that makes the groups (default: the target's classes)"}),
    .keeps_running = true,
    .run = run_means,
};

/* ---- information ------------------------------------------------------------------------------------------*/

/* Named columns, else all but the target and text, which tells every row apart. */
static bool informing_columns(const struct bl_args *a, const struct bl_dataset *d, size_t target, size_t **columns, size_t *n,
                              struct bl_error *err)
{
    const struct bl_table *t = d->table;

    if (!bl_word_columns(a, 0, t, false, columns, n, err) || *columns)
        return *columns != NULL;
    if (!(*columns = bl_calloc(t->n_columns + 1, sizeof **columns)))
        return bl_fail_memory(err, "columns");
    for (size_t j = 0; j < t->n_columns; j++)
        if (j != target && t->columns[j].type != BL_TEXT_COLUMN && d->roles.feature[j])
            (*columns)[(*n)++] = j;
    if (*n)
        return true;
    bl_free(*columns);
    *columns = NULL;
    bl_fail(err, BL_VALUE, "%s has no feature that is not text", t->name);
    return bl_hint(err, "information COLUMN; columns lists them");
}

static int by_information(const void *a, const void *b)
{
    const struct bl_information *x = a, *y = b;
    const double p = isnan(x->information) ? -1 : x->information, q = isnan(y->information) ? -1 : y->information;

    return p > q ? -1 : p < q ? 1 : (x->column > y->column) - (x->column < y->column);
}

/* What independent columns show on average, from so many rows (Miller 1955). */
static double by_chance(const struct bl_information *f)
{
    return f->rows ? (double)(f->levels - 1) * (double)(f->target_levels - 1) / (2 * (double)f->rows) : NAN;
}

static void information_table(struct bl_result *r, const struct bl_table *t, const struct bl_information *f, size_t n)
{
    struct bl_grid *g = bl_result_grid(r);
    json_t *list = json_array();

    bl_grid_column(g, "column", BL_LEFT);
    bl_grid_column(g, "nats", BL_NUMBER);
    bl_grid_column(g, "share %", BL_NUMBER);
    bl_grid_column(g, "by chance", BL_NUMBER);
    bl_grid_column(g, "p", BL_P);
    bl_grid_column(g, "levels", BL_COUNT);
    bl_grid_column(g, "rows", BL_COUNT);
    for (size_t i = 0; i < n; i++) {
        json_t *one = json_object();

        bl_grid_text(g, t->columns[f[i].column].name);
        bl_grid_number(g, f[i].information);
        bl_grid_number(g, 100 * f[i].share);
        bl_grid_number(g, by_chance(&f[i]));
        bl_grid_number(g, f[i].p);
        bl_grid_count(g, f[i].levels);
        bl_grid_count(g, f[i].rows);
        bl_json_set(r, one, "name", bl_json_text(t->columns[f[i].column].name));
        bl_json_figure(r, one, "information", f[i].information, "no row has both");
        bl_json_figure(r, one, "share", f[i].share, "the target has one value");
        bl_json_figure(r, one, "by_chance", by_chance(&f[i]), "no row has both");
        bl_json_figure(r, one, "p", f[i].p, "one of the two has one value");
        bl_json_set(r, one, "levels", json_integer((json_int_t)f[i].levels));
        bl_json_set(r, one, "rows", json_integer((json_int_t)f[i].rows));
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "columns", list);
}

static void information_chart(struct bl_result *r, const struct bl_table *t, size_t target, const struct bl_information *f, size_t n)
{
    double *values = bl_calloc(n + 1, sizeof *values);
    const char **labels = bl_calloc(n + 1, sizeof *labels);
    struct bl_chart chart = bl_chart_make(BL_CHART_BARS);
    char title[160], name[100];

    for (size_t i = 0; values && labels && i < n; i++) {
        values[i] = f[i].information;
        labels[i] = t->columns[f[i].column].name;
    }
    snprintf(title, sizeof title, "information about %s", bl_show(name, sizeof name, t->columns[target].name, strlen(t->columns[target].name)));
    chart.title = title;
    chart.note = "nats";
    chart.labels = labels;
    chart.values = values;
    chart.n_values = values && labels ? n : 0;
    bl_result_chart(r, &chart, bl_bars_height(n));
    bl_free(values);
    bl_free(labels);
}

static bool information_target(const struct bl_args *a, const struct bl_dataset *d, size_t *target, struct bl_error *err)
{
    *target = d->roles.target;
    if (!bl_arg_column(a, "target", d->table, target, err))
        return false;
    if (*target != SIZE_MAX)
        return true;
    bl_fail(err, BL_USAGE, "there is no target to inform about");
    return bl_hint(err, "information target=COLUMN; columns lists them");
}

static bool run_information(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    size_t *columns = NULL, n = 0, target;
    struct bl_information *f;
    int64_t bins = 10;
    bool fine;

    if (!d || !bl_arg_integer(a, "bins", 2, 1000, &bins, err) || !information_target(a, d, &target, err) ||
        !informing_columns(a, d, target, &columns, &n, err))
        return false;
    f = bl_calloc(n, sizeof *f);
    fine = f ? bl_information_of(d->table, columns, n, target, (size_t)bins, bl_workbench_pool(s->workbench),
                                 bl_workbench_progress(s->workbench), f, err)
             : bl_fail_memory(err, "information");
    if (fine) {
        qsort(f, n, sizeof *f, by_information);
        bl_result_set(r, "target", bl_json_text(d->table->columns[target].name));
        bl_result_set(r, "bins", json_integer(bins));
        information_chart(r, d->table, target, f, n);
        information_table(r, d->table, f, n);
        bl_result_line(r, "share: of the target's entropy; by chance: what unrelated columns show; p: G test");
    }
    bl_free(f);
    bl_free(columns);
    return fine;
}

const struct bl_command bl_command_information = {
    .name = "information",
    .arguments = "[COLUMN ...] [target=COLUMN] [bins=10]",
    .group = "look",
    .summary = "mutual information of each column with the target",
    .help = "How much knowing a column tells about the target, whatever the shape of the dependence: the sum of "
            "p(x,y) ln(p(x,y) / p(x)p(y)) over observed shares, in nats. Levels count as they are; numbers with more than bins= "
            "different values are cut into that many bins of equally many rows, so only their order matters. Few rows make it too "
            "large, by about the figure under 'by chance'. p is that of the G test of independence. Text columns are left out "
            "unless named.",
    .examples = BL_EXAMPLES("load iris; information", "load titanic; information", "load mtcars; information wt hp bins=4"),
    .see = "means, corr, prep",
    .first = BL_ARG_COLUMN,
    .further = BL_ARG_COLUMN,
    .keys = BL_KEYS({"target", "", "the column to be told about (default: the target)"},
                    {"bins", "4|10|20", "bins of numbers (10)"}),
    .keeps_running = true,
    .run = run_information,
};
