/* pca: the directions in which the rows vary most. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN = 10 };
enum picture { SCREE, BIPLOT, NONE };

struct plan {
    bool scaled;
    size_t n, picture;
};

static double share_of(const struct bl_pca *p, size_t k)
{
    return p->variance[k] / p->total;
}

/* ---- figures ------------------------------------------------------------------------------------------*/

static void pca_json(struct bl_result *r, const struct bl_table *t, const struct bl_pca *p, size_t n)
{
    json_t *names = json_array(), *list = json_array();
    double sum = 0;

    for (size_t j = 0; j < p->n; j++)
        bl_json_append(r, names, bl_json_text(t->columns[p->columns[j]].name));
    for (size_t k = 0; k < n; k++) {
        json_t *one = json_object();
        char name[24];

        snprintf(name, sizeof name, "pc%zu", k + 1);
        sum += share_of(p, k);
        bl_json_set(r, one, "name", bl_json_text(name));
        bl_json_set(r, one, "variance", bl_json_number(p->variance[k]));
        bl_json_set(r, one, "sd", bl_json_number(sqrt(p->variance[k])));
        bl_json_set(r, one, "share", bl_json_number(share_of(p, k)));
        bl_json_set(r, one, "cumulative", bl_json_number(fmin(sum, 1)));
        bl_json_set(r, one, "loadings", bl_json_numbers(p->loadings + k * p->n, p->n));
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "names", names);
    bl_result_set(r, "rows", json_integer((json_int_t)p->rows));
    bl_result_set(r, "scaled", json_boolean(p->scaled));
    bl_result_set(r, "total", bl_json_number(p->total));
    bl_result_set(r, "components", list);
}

static void variance_table(struct bl_result *r, const struct bl_pca *p, size_t n)
{
    struct bl_grid *g = bl_result_grid(r);
    double sum = 0;

    bl_grid_column(g, "component", BL_LEFT);
    bl_grid_column(g, "variance", BL_NUMBER);
    bl_grid_column(g, "sd", BL_NUMBER);
    bl_grid_column(g, "share %", BL_NUMBER);
    bl_grid_column(g, "together %", BL_NUMBER);
    for (size_t k = 0; k < n; k++) {
        char name[24];

        snprintf(name, sizeof name, "pc%zu", k + 1);
        sum += share_of(p, k);
        bl_grid_text(g, name);
        bl_grid_number(g, p->variance[k]);
        bl_grid_number(g, sqrt(p->variance[k]));
        bl_grid_number(g, 100 * share_of(p, k));
        bl_grid_number(g, 100 * fmin(sum, 1));
    }
}

static void loadings_table(struct bl_result *r, const struct bl_table *t, const struct bl_pca *p, size_t n)
{
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "loadings", BL_LEFT);
    for (size_t k = 0; k < n; k++) {
        char name[24];

        snprintf(name, sizeof name, "pc%zu", k + 1);
        bl_grid_column(g, name, BL_NUMBER);
    }
    for (size_t j = 0; j < p->n; j++) {
        bl_grid_text(g, t->columns[p->columns[j]].name);
        for (size_t k = 0; k < n; k++)
            bl_grid_number(g, p->loadings[k * p->n + j]);
    }
}

/* ---- scree --------------------------------------------------------------------------------------------*/

static void scree_chart(struct bl_result *r, const struct bl_pca *p)
{
    struct bl_chart chart = bl_chart_make(BL_CHART_SCREE);
    struct bl_arena *arena = bl_arena_create(4096);
    const char **labels = arena ? bl_arena_take(arena, p->n, sizeof *labels) : NULL;
    char note[60];

    for (size_t k = 0; labels && k < p->n; k++) {
        char name[24];
        int length = snprintf(name, sizeof name, "pc%zu", k + 1);

        labels[k] = bl_arena_text(arena, name, (size_t)length);
    }
    snprintf(note, sizeof note, "%s together; %s", bl_marker(1, bl_result_session(r)->charset), p->scaled ? "standardised" : "centred only");
    chart.title = "share of the variance";
    chart.note = note;
    chart.labels = labels;
    chart.values = p->variance;
    chart.n_values = p->n;
    bl_result_chart(r, &chart, 0);
    bl_arena_free(arena);
}

/* ---- biplot -------------------------------------------------------------------------------------------*/

struct biplot {
    double *scores, *sorted; /* two columns of n_rows each: as rows stand, and brought together by group */
    struct bl_series *series;
    struct bl_arrow *arrows;
    size_t n_series;
};

static double largest(const double *x, size_t n)
{
    double most = 0;

    for (size_t i = 0; i < n; i++)
        most = fabs(x[i]) > most ? fabs(x[i]) : most;
    return most;
}

/* Arrows keep their directions; all are drawn as much longer as brings the longest to the outer points. */
static double place_arrows(struct biplot *b, const struct bl_table *t, const struct bl_pca *p)
{
    double x = largest(b->scores, t->n_rows), y = largest(b->scores + t->n_rows, t->n_rows);
    double ax = largest(p->loadings, p->n), ay = largest(p->loadings + p->n, p->n), factor;

    factor = 0.9 * fmin(ax > 0 ? x / ax : INFINITY, ay > 0 ? y / ay : INFINITY);
    for (size_t j = 0; j < p->n; j++)
        b->arrows[j] = (struct bl_arrow){factor * p->loadings[j], factor * p->loadings[p->n + j], t->columns[p->columns[j]].name};
    return factor;
}

static void sort_scores(struct biplot *b, size_t n_rows, const struct bl_groups *g)
{
    const double *x = b->scores, *y = x + n_rows;
    size_t at = 0;

    for (size_t k = 0; k < b->n_series; k++) {
        struct bl_series *s = &b->series[k];

        *s = (struct bl_series){.name = g ? g->labels[k] : "rows", .value = "", .style = k, .dots = true};
        s->x = b->sorted + at;
        s->y = b->sorted + n_rows + at;
        for (size_t i = 0; i < n_rows; i++) {
            if ((g && g->of_row[i] != k) || isnan(x[i]) || isnan(y[i]))
                continue;
            b->sorted[at] = x[i];
            b->sorted[n_rows + at++] = y[i];
            s->n++;
        }
    }
}

static void biplot_chart(struct bl_result *r, const struct bl_pca *p, const struct biplot *b, double factor)
{
    struct bl_chart chart = bl_chart_make(BL_CHART_SCATTER);
    char note[60], x[40], y[40];

    snprintf(x, sizeof x, "pc1 %.1f%%", 100 * share_of(p, 0));
    snprintf(y, sizeof y, "pc2 %.1f%%", 100 * share_of(p, 1));
    snprintf(note, sizeof note, "arrows: loadings x %.3g", factor);
    chart.title = "biplot";
    chart.note = note;
    chart.x.label = x;
    chart.y.label = y;
    chart.series = b->series;
    chart.n_series = b->n_series;
    chart.legend_off = b->n_series == 1;
    chart.arrows = b->arrows;
    chart.n_arrows = p->n;
    bl_result_chart(r, &chart, 0);
    bl_result_line(r, "pc2 (%.1f%% of the variance) against pc1 (%.1f%%)", 100 * share_of(p, 1), 100 * share_of(p, 0));
}

static bool draw_biplot(struct bl_session *s, struct bl_result *r, const struct bl_table *t, const struct bl_pca *p,
                        const struct bl_groups *g, struct bl_error *err)
{
    struct biplot b = {.n_series = g ? g->n_groups : 1};
    bool fine = p->n > 1;

    if (!fine) {
        bl_fail(err, BL_VALUE, "a biplot needs two components, and one column has one");
        return bl_hint(err, "pca alone takes every numeric feature");
    }
    b.scores = bl_calloc(2 * t->n_rows, sizeof *b.scores);
    b.sorted = bl_calloc(2 * t->n_rows, sizeof *b.sorted);
    b.series = bl_calloc(b.n_series, sizeof *b.series);
    b.arrows = bl_calloc(p->n, sizeof *b.arrows);
    fine = b.scores && b.sorted && b.series && b.arrows;
    if (fine) {
        bl_pca_scores(p, t, 0, bl_workbench_pool(s->workbench), b.scores);
        bl_pca_scores(p, t, 1, bl_workbench_pool(s->workbench), b.scores + t->n_rows);
        sort_scores(&b, t->n_rows, g);
        biplot_chart(r, p, &b, place_arrows(&b, t, p));
        if (bl_result_as_json(r)) {
            json_t *scores = json_array();

            bl_json_append(r, scores, bl_json_numbers(b.scores, t->n_rows));
            bl_json_append(r, scores, bl_json_numbers(b.scores + t->n_rows, t->n_rows));
            bl_result_set(r, "scores", scores);
        }
    }
    bl_free(b.scores);
    bl_free(b.sorted);
    bl_free(b.series);
    bl_free(b.arrows);
    return fine || bl_fail_memory(err, "a chart");
}

/* ---- the command --------------------------------------------------------------------------------------*/

static bool pca_keys(const struct bl_args *a, struct plan *plan, struct bl_error *err)
{
    static const char *const pictures[] = {"scree", "biplot", "none", NULL};
    int64_t n = SHOWN;

    *plan = (struct plan){.scaled = true, .picture = SCREE};
    if (!bl_arg_yes(a, "scale", &plan->scaled, err) || !bl_arg_integer(a, "n", 1, 1000, &n, err) ||
        !bl_arg_choice(a, "plot", pictures, &plan->picture, err))
        return false;
    plan->n = (size_t)n;
    return true;
}

static bool tell_pca(struct bl_session *s, struct bl_result *r, const struct bl_dataset *d, const struct bl_pca *p,
                     const struct plan *plan, const struct bl_groups *g, struct bl_error *err)
{
    const struct bl_table *t = d->table;
    const size_t n = plan->n < p->n ? plan->n : p->n;

    pca_json(r, t, p, n);
    variance_table(r, p, n);
    if (plan->picture == SCREE)
        scree_chart(r, p);
    else if (plan->picture == BIPLOT && !draw_biplot(s, r, t, p, g, err))
        return false;
    loadings_table(r, t, p, n);
    bl_result_line(r, "%zu rows, %zu columns%s", p->rows, p->n,
                   p->scaled ? ", each divided by its sd (scale=no: as they are)" : ", as they are (scale=yes divides by the sd)");
    if (p->rows < t->n_rows)
        bl_result_line(r, "%zu rows miss a value and are left out", t->n_rows - p->rows);
    if (p->left_out)
        bl_result_line(r, "%zu column%s without variance left out", p->left_out, p->left_out == 1 ? "" : "s");
    if (n < p->n)
        bl_result_line(r, "%zu of %zu components (n= shows more)", n, p->n);
    return true;
}

static bool run_pca(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    size_t *columns = NULL, n = 0;
    struct bl_groups *groups = NULL;
    struct bl_pca *p;
    struct plan plan;
    bool fine;

    if (!d || !pca_keys(a, &plan, err) || !bl_numeric_features(a, d, false, &columns, &n, err))
        return false;
    p = bl_pca_of(d->table, columns, n, plan.scaled, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err);
    fine = p && bl_class_groups(a, d, &groups, err) && tell_pca(s, r, d, p, &plan, groups, err);
    bl_groups_free(groups);
    bl_pca_free(p);
    bl_free(columns);
    return fine;
}

const struct bl_command bl_command_pca = {
    .name = "pca",
    .arguments = "[COLUMN ...] [scale=no] [plot=biplot]",
    .group = "look",
    .summary = "principal components: variances, loadings, scree plot, biplot",
    .help = "Over the rows complete in the columns taken (default: every numeric feature), each column centred and, unless "
            "scale=no, divided by its standard deviation: eigenvectors of the correlations or of the covariances over rows - 1. "
            "Loadings are vectors of length 1; a sign is free, so the largest loading by size of each component is positive. "
            "The biplot shows each row at its first two components and each column as an arrow along its loadings. "
            "prep pca puts components in place of features, fitted on the training rows.",
    .examples = BL_EXAMPLES("load iris; pca", "load iris; pca plot=biplot", "load mtcars; pca mpg disp hp wt scale=no n=2"),
    .see = "corr, pairs, prep",
    .first = BL_ARG_NUMERIC_COLUMN,
    .further = BL_ARG_NUMERIC_COLUMN,
    .keys = BL_KEYS({"scale", "yes|no", "divide each column by its standard deviation (yes)"},
                    {"n", "", "how many components are told (10)"},
                    {"plot", "scree|biplot|none", "the picture (scree)"},
                    {"by", "", "column whose groups get their own marker in the biplot (default: the target's classes)"}),
    .keeps_running = true,
    .run = run_pca,
};
