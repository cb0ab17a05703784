/* residuals: what a regression gets wrong, and whether it shows a pattern. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "batchlab/stats.h"
#include "src/language/commands/judge.h"
#include "src/language/commands/trial.h"

enum view { FITTED, HISTOGRAM, QQ };
enum { LARGEST = 5, BINS_MOST = 24 };

struct residuals {
    struct judged j;
    enum bl_part part;
    const struct bl_matrix *m;
    double *out, *residual, *sorted; /* n */
    size_t n;
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Prediction minus target, as everywhere: above 0 the model says too much. */
static bool measure(struct bl_session *s, struct residuals *x, struct bl_error *err)
{
    x->m = x->j.p->part[x->part];
    x->n = x->m->n_rows;
    if (!judge_predict(s, &x->j, x->m, &x->out, err))
        return false;
    x->residual = bl_calloc(x->n + 1, sizeof *x->residual);
    x->sorted = bl_calloc(x->n + 1, sizeof *x->sorted);
    if (!x->residual || !x->sorted)
        return bl_fail_memory(err, "the residuals");
    for (size_t i = 0; i < x->n; i++)
        x->sorted[i] = x->residual[i] = x->out[i] - x->m->y[i];
    qsort(x->sorted, x->n, sizeof *x->sorted, ascending);
    return true;
}

/* ---- figures -----------------------------------------------------------------------------------------------------*/

static double lag1(const struct residuals *x, double mean)
{
    double above = 0, below = 0;

    for (size_t i = 0; i < x->n; i++) {
        below += (x->residual[i] - mean) * (x->residual[i] - mean);
        if (i + 1 < x->n)
            above += (x->residual[i] - mean) * (x->residual[i + 1] - mean);
    }
    return above / below;
}

/* Rank correlation would say more of curves; this says whether the spread grows with the prediction. */
static double spread_with_prediction(const struct residuals *x)
{
    double n = (double)x->n, a = 0, b = 0, aa = 0, bb = 0, ab = 0;

    for (size_t i = 0; i < x->n; i++) {
        a += x->out[i] / n;
        b += fabs(x->residual[i]) / n;
    }
    for (size_t i = 0; i < x->n; i++) {
        double p = x->out[i] - a, q = fabs(x->residual[i]) - b;
        aa += p * p;
        bb += q * q;
        ab += p * q;
    }
    return ab / sqrt(aa * bb);
}

static void figures_tell(struct bl_session *s, struct bl_result *r, const struct residuals *x)
{
    struct bl_moments m = bl_moments_of(x->residual, x->n, bl_workbench_pool(s->workbench));
    const struct { const char *name, *meaning; double value; } figures[] = {
        { "mean", "0 is no bias", m.mean },
        { "sd", "spread, in units of the target", sqrt(bl_moments_variance(&m)) },
        { "min", "the model says most too little", m.min },
        { "q1", "a quarter lie below", bl_quantile_sorted(x->sorted, x->n, 0.25) },
        { "median", "half lie below", bl_quantile_sorted(x->sorted, x->n, 0.5) },
        { "q3", "three quarters lie below", bl_quantile_sorted(x->sorted, x->n, 0.75) },
        { "max", "the model says most too much", m.max },
        { "skewness", "0 is symmetric", bl_moments_skewness(&m) },
        { "kurtosis", "0 is like a normal distribution", bl_moments_kurtosis(&m) },
        { "lag1", "correlation with the row before; 0 is none", lag1(x, m.mean) },
        { "spread_by_prediction", "correlation of |residual| and prediction", spread_with_prediction(x) },
    };
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "residual", BL_LEFT);
    bl_grid_column(g, "value", BL_MIXED);
    bl_grid_column(g, "meaning", BL_PROSE);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        bl_result_number(r, figures[i].name, figures[i].value, "residuals or predictions are constant");
        bl_grid_text(g, figures[i].name);
        bl_grid_number(g, figures[i].value);
        bl_grid_text(g, figures[i].meaning);
    }
}

static void largest_tell(struct bl_result *r, const struct residuals *x)
{
    size_t at[LARGEST], n = 0;
    json_t *list = json_array();
    struct bl_grid *g = bl_result_grid(r);

    for (size_t i = 0; i < x->n; i++) {
        size_t k = n < LARGEST ? n++ : LARGEST;
        if (k == LARGEST && fabs(x->residual[i]) <= fabs(x->residual[at[LARGEST - 1]]))
            continue;
        for (k = k == LARGEST ? LARGEST - 1 : k; k > 0 && fabs(x->residual[i]) > fabs(x->residual[at[k - 1]]); k--)
            at[k] = at[k - 1];
        at[k] = i;
    }
    bl_grid_column(g, "row", BL_COUNT);
    bl_grid_column(g, "target", BL_NUMBER);
    bl_grid_column(g, "prediction", BL_NUMBER);
    bl_grid_column(g, "residual", BL_NUMBER);
    for (size_t k = 0; k < n; k++) {
        json_t *o = json_object();
        bl_json_set(r, o, "row", json_integer((json_int_t)x->m->row[at[k]]));
        bl_json_set(r, o, "target", bl_json_number(x->m->y[at[k]]));
        bl_json_set(r, o, "prediction", bl_json_number(x->out[at[k]]));
        bl_json_set(r, o, "residual", bl_json_number(x->residual[at[k]]));
        bl_json_append(r, list, o);
        bl_grid_count(g, x->m->row[at[k]]);
        bl_grid_number(g, x->m->y[at[k]]);
        bl_grid_number(g, x->out[at[k]]);
        bl_grid_number(g, x->residual[at[k]]);
    }
    bl_result_set(r, "largest", list);
}

/* ---- charts --------------------------------------------------------------------------------------------------------*/

static void chart_fitted(struct bl_result *r, const struct residuals *x)
{
    struct bl_chart chart = bl_chart_make(BL_CHART_SCATTER);
    struct bl_series series = { .name = "residual", .x = x->out, .y = x->residual, .n = x->n, .no_label = true };

    chart.title = "residual against prediction";
    chart.x.label = "prediction";
    chart.y.label = "residual";
    chart.series = &series;
    chart.n_series = 1;
    chart.legend_off = true;
    bl_result_chart(r, &chart, 16);
}

static void chart_histogram(struct bl_result *r, const struct residuals *x)
{
    double edges[BINS_MOST + 1], low = x->sorted[0], high = x->sorted[x->n - 1];
    size_t counts[BINS_MOST] = { 0 }, bins = (size_t)ceil(sqrt((double)x->n));
    struct bl_chart chart = bl_chart_make(BL_CHART_HISTOGRAM);

    bins = bins > BINS_MOST ? BINS_MOST : bins < 1 ? 1 : bins;
    if (!(high > low))
        high = low + 1;
    for (size_t b = 0; b <= bins; b++)
        edges[b] = low + (high - low) * (double)b / (double)bins;
    for (size_t i = 0; i < x->n; i++) {
        size_t b = (size_t)((x->residual[i] - low) / (high - low) * (double)bins);
        counts[b < bins ? b : bins - 1]++;
    }
    chart.title = "residuals";
    chart.edges = edges;
    chart.counts = counts;
    chart.bins = bins;
    chart.y.count = true;
    bl_result_chart(r, &chart, 16);
}

/* Sorted residuals against the quantiles of a normal distribution at (i - 1/2)/n; a line is normal. */
static bool chart_qq(struct bl_session *s, struct bl_result *r, const struct residuals *x, struct bl_error *err)
{
    struct bl_moments m = bl_moments_of(x->residual, x->n, bl_workbench_pool(s->workbench));
    double *q = bl_calloc(x->n + 1, sizeof *q), line_x[2], line_y[2], sd = sqrt(bl_moments_variance(&m));
    struct bl_chart chart = bl_chart_make(BL_CHART_SCATTER);
    struct bl_series series[2];
    json_t *list;

    if (!q)
        return bl_fail_memory(err, "the quantiles");
    for (size_t i = 0; i < x->n; i++)
        q[i] = gsl_cdf_ugaussian_Pinv(((double)i + 0.5) / (double)x->n);
    for (int k = 0; k < 2; k++) {
        line_x[k] = q[k ? x->n - 1 : 0];
        line_y[k] = m.mean + sd * line_x[k];
    }
    series[0] = (struct bl_series){ .name = "residuals", .x = q, .y = x->sorted, .n = x->n };
    series[1] = (struct bl_series){ .name = "normal", .x = line_x, .y = line_y, .n = 2, .style = 6, .dim = true };
    chart.title = "residual by normal quantile";
    chart.x.label = "normal quantile";
    chart.y.label = "residual";
    chart.series = series;
    chart.n_series = 2;
    bl_result_chart(r, &chart, 16);
    list = bl_json_numbers(q, x->n);
    bl_result_set(r, "quantiles", list);
    bl_free(q);
    return true;
}

static bool draw(struct bl_session *s, struct bl_result *r, const struct residuals *x, enum view view, struct bl_error *err)
{
    if (view == QQ)
        return chart_qq(s, r, x, err);
    if (view == HISTOGRAM)
        chart_histogram(r, x);
    else
        chart_fitted(r, x);
    return true;
}

static bool run_residuals(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    static const char *const views[] = { "fitted", "hist", "qq", NULL };
    struct residuals x = { 0 };
    size_t view = FITTED;
    bool good = judge(s, &x.j, err) && judge_task(&x.j, BL_REGRESSION, "residuals", "confusion, roc, or calibration", err) &&
                judge_part(a, &x.j, false, &x.part, err) && bl_arg_choice(a, "view", views, &view, err) && measure(s, &x, err);

    if (good) {
        judge_head(r, &x.j, x.part, x.n);
        good = draw(s, r, &x, (enum view)view, err);
    }
    if (good) {
        figures_tell(s, r, &x);
        largest_tell(r, &x);
        if (bl_result_as_json(r)) {
            bl_result_set(r, "residuals", bl_json_numbers(x.residual, x.n));
            bl_result_set(r, "predictions", bl_json_numbers(x.out, x.n));
        }
        vault_tell(s, r);
    }
    bl_free(x.out);
    bl_free(x.residual);
    bl_free(x.sorted);
    return good;
}

const struct bl_command bl_command_residuals = {
    .name = "residuals", .arguments = "[train|validation] [view=fitted|hist|qq]", .group = "show",
    .summary = "what a regression gets wrong, and whether it shows a pattern",
    .help = "A residual is prediction minus target. fitted draws them against the prediction: a bend says that the model is too simple, "
            "a funnel that the spread grows. hist is their histogram, qq compares their quantiles with those of a normal "
            "distribution. Below, their figures and the rows that are furthest off.",
    .first = BL_ARG_WORDS, .further = BL_ARG_NONE, .choices = bl_open_parts,
    .keys = BL_KEYS({ "view", "fitted|hist|qq", "which chart (default fitted)" }),
    .examples = BL_EXAMPLES("load diabetes; train full:closed; residuals", "load auto_mpg; train batch epochs=50; residuals view=qq"),
    .see = "eval, predict", .run = run_residuals,
};
