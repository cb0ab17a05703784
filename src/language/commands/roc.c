/* roc, calibration: what every threshold would give, and whether probabilities mean what they say. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/judge.h"
#include "src/language/commands/trial.h"

enum { CURVES_MOST = 26, POINTS_MOST = 500, STEPS_SHOWN = 12 };

struct roc {
    struct judged j;
    enum bl_part part;
    const struct bl_matrix *m;
    double *out;
    size_t classes[CURVES_MOST], n;       /* as models number them */
    struct bl_thresholds curves[CURVES_MOST];
    bool pr;
};

static const char *label(const struct roc *x, size_t i)
{
    return bl_roles_label(&x->j.p->dataset->roles, x->classes[i]);
}

/* ---- set up ---------------------------------------------------------------------------------------------------*/

/* Of two classes the positive one; above that each against the rest, or the one that class= names. */
static bool classes_of(const struct bl_args *a, struct roc *x, struct bl_error *err)
{
    const struct bl_roles *roles = &x->j.p->dataset->roles;
    const char *name = bl_arg(a, "class");

    for (size_t c = 0; c < roles->n_classes; c++) {
        size_t number = judge_number(roles, c);
        bool wanted = name ? !strcmp(roles->classes[c], name) : roles->n_classes > 2 || number == 1;
        if (wanted && x->n < CURVES_MOST)
            x->classes[x->n++] = number;
    }
    if (x->n)
        return true;
    bl_fail(err, BL_UNKNOWN, "no class '%s'", name ? name : "");
    bl_hint(err, "classes: %s, %s ...", roles->classes[0], roles->n_classes > 1 ? roles->classes[1] : "");
    return bl_at_pair(err, a, "class");
}

static bool set_up(struct bl_session *s, const struct bl_args *a, struct roc *x, struct bl_error *err)
{
    static const char *const kinds[] = { "roc", "pr", NULL };
    size_t kind = 0;

    if (!judge(s, &x->j, err) || !judge_task(&x->j, BL_CLASSIFICATION, a->verb, "residuals, or eval", err) ||
        !judge_part(a, &x->j, false, &x->part, err) || !bl_arg_choice(a, "curve", kinds, &kind, err) || !classes_of(a, x, err))
        return false;
    x->pr = kind == 1;
    x->m = x->j.p->part[x->part];
    if (!judge_predict(s, &x->j, x->m, &x->out, err))
        return false;
    for (size_t i = 0; i < x->n; i++)
        if (!bl_thresholds_of(x->out, x->m->y, x->m->n_rows, judge_width(&x->j), x->classes[i], &x->curves[i], bl_workbench_pool(s->workbench), err))
            return false;
    return true;
}

/* ---- thresholds ---------------------------------------------------------------------------------------------------*/

static double f1_at(const struct bl_thresholds *t, size_t i)
{
    const struct bl_threshold *p = &t->items[i];
    size_t predicted = p->tp + p->fp;

    return predicted + t->positives ? 2 * (double)p->tp / (double)(predicted + t->positives) : NAN;
}

/* Youden's index: the largest distance above the diagonal; and the largest F1. */
static size_t best_youden(const struct bl_thresholds *t)
{
    size_t best = 0;

    for (size_t i = 1; i < t->n; i++)
        best = t->items[i].tpr - t->items[i].fpr > t->items[best].tpr - t->items[best].fpr ? i : best;
    return best;
}

static size_t best_f1(const struct bl_thresholds *t)
{
    size_t best = 0;

    for (size_t i = 1; i < t->n; i++)
        best = f1_at(t, i) > f1_at(t, best) ? i : best;
    return best;
}

/* At most so many, the ends among them. */
static size_t thinned(const struct bl_thresholds *t, size_t most, size_t i)
{
    return t->n <= most ? i : (size_t)((double)i * (double)(t->n - 1) / (double)(most - 1) + 0.5);
}

static json_t *point_json(struct bl_result *r, const struct bl_threshold *p)
{
    json_t *o = json_object();

    bl_json_figure(r, o, "threshold", p->threshold, "above every row");
    bl_json_figure(r, o, "tpr", p->tpr, "no row is positive");
    bl_json_figure(r, o, "fpr", p->fpr, "no row is negative");
    bl_json_figure(r, o, "precision", p->precision, "no row is predicted positive");
    return o;
}

static void curves_json(struct bl_result *r, const struct roc *x)
{
    json_t *list = json_array();

    for (size_t i = 0; i < x->n; i++) {
        const struct bl_thresholds *t = &x->curves[i];
        json_t *o = json_object(), *points = json_array();
        bl_json_set(r, o, "label", bl_json_text(label(x, i)));
        bl_json_set(r, o, "positives", json_integer((json_int_t)t->positives));
        bl_json_set(r, o, "negatives", json_integer((json_int_t)t->negatives));
        bl_json_figure(r, o, "auc", t->auc, "these rows have only one class");
        bl_json_figure(r, o, "pr_auc", t->average_precision, "no row is positive");
        bl_json_set(r, o, "best_youden", point_json(r, &t->items[best_youden(t)]));
        bl_json_set(r, o, "best_f1", point_json(r, &t->items[best_f1(t)]));
        for (size_t k = 0; k < t->n && k < POINTS_MOST; k++)
            bl_json_append(r, points, point_json(r, &t->items[thinned(t, POINTS_MOST, k)]));
        bl_json_set(r, o, "points", points);
        bl_json_append(r, list, o);
    }
    bl_result_set(r, "curve", json_string(x->pr ? "pr" : "roc"));
    bl_result_set(r, "classes", list);
}

/* ---- chart ---------------------------------------------------------------------------------------------------------*/

static size_t put_points(const struct roc *x, const struct bl_thresholds *t, double *px, double *py)
{
    size_t n = 0;

    for (size_t k = 0; k < t->n && k < POINTS_MOST; k++) {
        const struct bl_threshold *p = &t->items[thinned(t, POINTS_MOST, k)];
        double a = x->pr ? p->tpr : p->fpr, b = x->pr ? p->precision : p->tpr;
        if (isnan(a) || isnan(b))
            continue;
        px[n] = a;
        py[n++] = b;
    }
    return n;
}

static void curves_chart(struct bl_result *r, const struct roc *x)
{
    static const double zero_one[] = { 0, 1 };
    struct bl_series series[CURVES_MOST + 1];
    char values[CURVES_MOST][32];
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    double *at = bl_calloc(x->n * POINTS_MOST + 1, 2 * sizeof *at);
    size_t n = 0;

    for (size_t i = 0; at && i < x->n; i++) {
        double *px = at + 2 * i * POINTS_MOST, *py = px + POINTS_MOST;
        bl_number_format(values[i], sizeof values[i], x->pr ? x->curves[i].average_precision : x->curves[i].auc, 4);
        series[n++] = (struct bl_series){ .name = label(x, i), .value = values[i], .x = px, .y = py, .n = put_points(x, &x->curves[i], px, py),
                                          .style = i };
    }
    if (!x->pr)
        series[n++] = (struct bl_series){ .name = "chance", .x = zero_one, .y = zero_one, .n = 2, .style = 6, .dim = true, .no_label = true };
    chart.title = x->pr ? "precision by recall" : "true positive rate by false positive rate";
    chart.x = (struct bl_axis){ .label = x->pr ? "recall" : "fpr", .min = 0, .max = 1 };
    chart.y = (struct bl_axis){ .label = x->pr ? "precision" : "tpr", .min = 0, .max = 1 };
    chart.series = series;
    chart.n_series = n;
    if (at)
        bl_result_chart(r, &chart, 16);
    bl_free(at);
}

/* ---- tables ----------------------------------------------------------------------------------------------------------*/

static void threshold_row(struct bl_grid *g, const struct bl_thresholds *t, size_t i, const char *note)
{
    const struct bl_threshold *p = &t->items[i];

    bl_grid_number(g, isfinite(p->threshold) ? p->threshold : NAN);
    bl_grid_count(g, p->tp);
    bl_grid_count(g, p->fp);
    bl_grid_number(g, p->tpr);
    bl_grid_number(g, p->fpr);
    bl_grid_number(g, p->precision);
    bl_grid_number(g, f1_at(t, i));
    bl_grid_text(g, note);
}

/* One class: a dozen thresholds, the best ones among them. */
static void thresholds_table(struct bl_result *r, const struct bl_thresholds *t)
{
    static const char *const columns[] = { "threshold", "tp", "fp", "tpr", "fpr", "precision", "f1" };
    struct bl_grid *g = bl_result_grid(r);
    size_t youden = best_youden(t), f1 = best_f1(t), next = 0;

    for (size_t i = 0; i < 7; i++)
        bl_grid_column(g, columns[i], i == 1 || i == 2 ? BL_COUNT : BL_NUMBER);
    bl_grid_column(g, "best", BL_LEFT);
    for (size_t i = 0; i < t->n; i++) {
        bool step = i == thinned(t, STEPS_SHOWN, next);
        const char *note = i == youden && i == f1 ? "f1, tpr - fpr" : i == youden ? "tpr - fpr" : i == f1 ? "f1" : "";
        if (step)
            next++;
        if (step || *note)
            threshold_row(g, t, i, note);
    }
}

static void classes_table(struct bl_result *r, const struct roc *x)
{
    static const char *const columns[] = { "rows", "auc", "pr_auc", "threshold", "tpr", "fpr" };
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "class", BL_LEFT);
    for (size_t i = 0; i < 6; i++)
        bl_grid_column(g, columns[i], i == 0 ? BL_COUNT : BL_NUMBER);
    for (size_t i = 0; i < x->n; i++) {
        const struct bl_thresholds *t = &x->curves[i];
        const struct bl_threshold *p = &t->items[best_youden(t)];
        bl_grid_text(g, label(x, i));
        bl_grid_count(g, t->positives);
        bl_grid_number(g, t->auc);
        bl_grid_number(g, t->average_precision);
        bl_grid_number(g, isfinite(p->threshold) ? p->threshold : NAN);
        bl_grid_number(g, p->tpr);
        bl_grid_number(g, p->fpr);
    }
    bl_result_line(r, "threshold: where tpr - fpr is largest");
}

static bool run_roc(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct roc *x = bl_calloc(1, sizeof *x);
    bool good = x ? set_up(s, a, x, err) : bl_fail_memory(err, "the curves");

    if (good) {
        judge_head(r, &x->j, x->part, x->curves[0].positives + x->curves[0].negatives);
        curves_json(r, x);
        curves_chart(r, x);
        if (x->n == 1)
            thresholds_table(r, &x->curves[0]);
        else
            classes_table(r, x);
        if (x->n == 1)
            bl_result_line(r, "'%s' against the rest: auc %.4f, pr_auc %.4f", label(x, 0), x->curves[0].auc, x->curves[0].average_precision);
        vault_tell(s, r);
    }
    for (size_t i = 0; x && i < x->n; i++)
        bl_thresholds_free(&x->curves[i]);
    if (x)
        bl_free(x->out);
    bl_free(x);
    return good;
}

const struct bl_command bl_command_roc = {
    .name = "roc", .arguments = "[train|validation] [curve=roc|pr] [class=LABEL]", .group = "show",
    .summary = "ROC or precision-recall curve, and what each threshold gives",
    .help = "Of two classes the positive one; above two every class against the rest, or the one that class= names. curve=pr "
            "draws precision against recall. Below, thresholds on the probability: the one where tpr - fpr (Youden's index) and the one "
            "where F1 is largest are marked. Areas: auc as in eval, pr_auc is the average precision.",
    .first = BL_ARG_WORDS, .further = BL_ARG_NONE, .choices = bl_open_parts,
    .keys = BL_KEYS({ "curve", "roc|pr", "which curve (default roc)" }, { "class", "", "label: this class against the rest" }),
    .examples = BL_EXAMPLES("load breast_cancer; train batch; roc", "load iris; train batch; roc train curve=pr"),
    .see = "eval, confusion, calibration", .run = run_roc,
};

/* ---- calibration ------------------------------------------------------------------------------------------------------*/

static void calibration_json(struct bl_result *r, const struct bl_calibration *c)
{
    json_t *list = json_array();

    for (size_t b = 0; b < c->n_bins; b++) {
        json_t *o = json_object();
        bl_json_set(r, o, "low", json_real(c->bins[b].low));
        bl_json_set(r, o, "high", json_real(c->bins[b].high));
        bl_json_set(r, o, "rows", json_integer((json_int_t)c->bins[b].rows));
        if (c->bins[b].rows) {
            bl_json_set(r, o, "claimed", json_real(c->bins[b].claimed));
            bl_json_set(r, o, "happened", json_real(c->bins[b].happened));
        }
        bl_json_append(r, list, o);
    }
    bl_result_set(r, "bins", list);
    bl_result_set(r, "ece", json_real(c->ece));
    bl_result_set(r, "worst", json_real(c->worst));
}

static void calibration_table(struct bl_result *r, const struct bl_calibration *c)
{
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "probability", BL_LEFT);
    bl_grid_column(g, "rows", BL_COUNT);
    bl_grid_column(g, "claimed", BL_NUMBER);
    bl_grid_column(g, "happened", BL_NUMBER);
    bl_grid_column(g, "difference", BL_NUMBER);
    for (size_t b = 0; b < c->n_bins; b++) {
        char range[48];
        snprintf(range, sizeof range, "%.3g - %.3g", c->bins[b].low, c->bins[b].high);
        bl_grid_text(g, range);
        bl_grid_count(g, c->bins[b].rows);
        bl_grid_number(g, c->bins[b].claimed);
        bl_grid_number(g, c->bins[b].happened);
        bl_grid_number(g, c->bins[b].happened - c->bins[b].claimed);
    }
}

static void calibration_chart(struct bl_result *r, const struct bl_calibration *c)
{
    static const double zero_one[] = { 0, 1 };
    double x[BL_CALIBRATION_MOST], y[BL_CALIBRATION_MOST];
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    struct bl_series series[2];
    size_t n = 0;

    for (size_t b = 0; b < c->n_bins; b++) {
        if (c->bins[b].rows == 0)
            continue;
        x[n] = c->bins[b].claimed;
        y[n++] = c->bins[b].happened;
    }
    series[0] = (struct bl_series){ .name = "model", .value = "", .x = x, .y = y, .n = n };
    series[1] = (struct bl_series){ .name = "perfect", .value = "", .x = zero_one, .y = zero_one, .n = 2, .style = 6, .dim = true };
    chart.title = "share that happened by probability claimed";
    chart.x = (struct bl_axis){ .label = "claimed", .min = 0, .max = 1 };
    chart.y = (struct bl_axis){ .label = "happened", .min = 0, .max = 1 };
    chart.series = series;
    chart.n_series = 2;
    bl_result_chart(r, &chart, 16);
}

static bool run_calibration(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct judged j = { 0 };
    struct bl_calibration c;
    enum bl_part part;
    int64_t bins = BL_CALIBRATION_BINS;
    size_t rows = 0;
    double *out;
    bool good;

    if (!judge(s, &j, err) || !judge_task(&j, BL_CLASSIFICATION, "calibration", "residuals, or eval", err) || !judge_part(a, &j, false, &part, err) ||
        !bl_arg_integer(a, "bins", 2, BL_CALIBRATION_MOST, &bins, err) || !judge_predict(s, &j, j.p->part[part], &out, err))
        return false;
    good = bl_calibration_of(out, j.p->part[part]->y, j.p->part[part]->n_rows, judge_width(&j), 1, (size_t)bins, &c, err);
    bl_free(out);
    if (!good)
        return false;
    for (size_t b = 0; b < c.n_bins; b++)
        rows += c.bins[b].rows;
    judge_head(r, &j, part, rows);
    calibration_json(r, &c);
    calibration_chart(r, &c);
    calibration_table(r, &c);
    bl_result_line(r, "expected calibration error %.4f, worst bin %.4f; probability of %s", c.ece, c.worst,
                   judge_width(&j) > 2 ? "the class decided for" : bl_roles_label(&j.p->dataset->roles, 1));
    vault_tell(s, r);
    return true;
}

const struct bl_command bl_command_calibration = {
    .name = "calibration", .arguments = "[train|validation] [bins=10]", .group = "show",
    .summary = "whether probabilities mean what they say",
    .help = "Rows are put into bins of equal width by the probability that the model gives: of two classes to the positive one, "
            "above that to the class it decides for. In each bin: the mean probability, and the share of rows where it came "
            "true. The expected calibration error is the mean difference, weighted by rows.",
    .first = BL_ARG_WORDS, .further = BL_ARG_NONE, .choices = bl_open_parts,
    .keys = BL_KEYS({ "bins", "", "2 to 50 (default 10)" }),
    .examples = BL_EXAMPLES("load titanic; train batch epochs=50; calibration", "load iris; train batch; calibration train bins=5"),
    .see = "roc, eval", .run = run_calibration,
};
