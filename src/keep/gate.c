/* The gate: whether a model is better than another on the same rows, by a margin, with confidence, and nowhere worse. */
#include "batchlab/keep.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const bl_decisions[] = { "promote", "hold", "reject", NULL };

static void reason(struct bl_gate *g, const char *format, ...) BL_PRINTF(2, 3);
static void reason(struct bl_gate *g, const char *format, ...)
{
    va_list args;

    if (g->n_reasons == BL_GATE_REASONS)
        return;
    va_start(args, format);
    vsnprintf(g->reasons[g->n_reasons++], sizeof g->reasons[0], format, args);
    va_end(args);
}

static bool judge_one(const struct bl_gate_rows *rows, const double *predicted, struct bl_evaluation *e, struct bl_pool *pool, struct bl_error *err)
{
    return rows->k > 1 ? bl_evaluate_classes(e, predicted, rows->y, rows->n, rows->k, 1, NAN, pool, err)
                       : bl_evaluate_values(e, predicted, rows->y, rows->n, NAN, err);
}

static double figure_of(const struct bl_evaluation *e, const struct bl_metric *metric, const char **why)
{
    const struct bl_figure *f = bl_evaluation_figure(e, metric->name);

    *why = f ? f->reason : "it is no metric of this task";
    return f ? f->value : NAN;
}

static size_t metric_index(const struct bl_metric *metric)
{
    size_t at = 0;

    for (const struct bl_metric *m = bl_metrics; m < metric; m++)
        at += m->task == metric->task;
    return at;
}

/* Both figures, and how much better the candidate is, with the interval at `level`. nan where there is none. */
static bool measure(const struct bl_gate_how *how, const struct bl_gate_rows *rows, double level, struct bl_gate_side *out, const char **why,
                    struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    const struct bl_bootstrap boot = { .resamples = how->resamples, .level = level, .seed = how->seed };
    const struct bl_bootstrap_pair pair = { &boot, rows->candidate, rows->rival, rows->y, rows->n, rows->k, 1 };
    struct bl_interval all[BL_METRICS_MAX], one;
    struct bl_evaluation a = { 0 }, b = { 0 };
    const char *other;
    bool good = judge_one(rows, rows->candidate, &a, pool, err) && judge_one(rows, rows->rival, &b, pool, err) &&
                bl_bootstrap_difference(&pair, all, pool, progress, err);

    if (good) {
        out->rows = a.rows;
        out->candidate = figure_of(&a, how->metric, why);
        out->rival = figure_of(&b, how->metric, &other);
        *why = *why ? *why : other;
        one = all[metric_index(how->metric)];
        out->better = how->metric->higher ? out->candidate - out->rival : out->rival - out->candidate;
        out->low = how->metric->higher ? one.low : -one.high;
        out->high = how->metric->higher ? one.high : -one.low;
    }
    bl_evaluation_free(&a);
    bl_evaluation_free(&b);
    return good;
}

/* Rows that one of the two alone decides rightly. */
static void count_discordant(const struct bl_gate_rows *rows, struct bl_mcnemar *out)
{
    size_t only[2] = { 0, 0 };

    for (size_t i = 0; i < rows->n; i++) {
        bool a, b;
        if (isnan(rows->y[i]))
            continue;
        a = bl_decide(rows->candidate + i * rows->k, rows->k, 1) == (size_t)rows->y[i];
        b = bl_decide(rows->rival + i * rows->k, rows->k, 1) == (size_t)rows->y[i];
        only[0] += a && !b;
        only[1] += b && !a;
    }
    bl_mcnemar(only[0], only[1], out);
}

static const char *amount(char *to, size_t size, double better)
{
    snprintf(to, size, "%s by %.4g", better < 0 ? "worse" : "better", fabs(better));
    return to;
}

static void decide_whole(const struct bl_gate_how *how, struct bl_gate *g, const char *why)
{
    const struct bl_gate_side *w = &g->whole;
    const char *name = how->metric->name;
    char is[40], low[40], high[40];

    amount(is, sizeof is, w->better);
    amount(low, sizeof low, w->low);
    amount(high, sizeof high, w->high);
    g->decision = BL_HOLD;
    if (w->rows < how->least_rows)
        reason(g, "%zu rows are too few to tell: at least %zu are needed", w->rows, how->least_rows);
    else if (isnan(w->better) || isnan(w->low))
        reason(g, "%s does not exist on these rows%s%s", name, why ? ": " : "", why ? why : "");
    else if (w->low > how->margin) {
        g->decision = BL_PROMOTE;
        reason(g, "%s is %s; with %g %% confidence at the least %s, which is above the margin %.4g", name, is, 100 * how->level, low, how->margin);
    } else if (w->high < how->margin) {
        g->decision = BL_REJECT;
        reason(g, "%s is %s; with %g %% confidence at the most %s, which is below the margin %.4g", name, is, 100 * how->level, high, how->margin);
    } else {
        reason(g, "%s is %s; with %g %% confidence between %s and %s, so the margin %.4g may be reached or not", name, is, 100 * how->level, low,
               high, how->margin);
    }
}

/* ---- groups ---------------------------------------------------------------------------------------------- */

/* The rows of one group, copied together. */
static bool group_rows(const struct bl_gate_rows *rows, uint32_t group, struct bl_gate_rows *out, double **room, struct bl_error *err)
{
    const size_t k = rows->k;
    size_t n = 0;

    for (size_t i = 0; i < rows->n; i++)
        n += rows->group[i] == group;
    if (!(*room = bl_calloc(n + 1, (2 * k + 1) * sizeof **room)))
        return bl_fail_memory(err, "the rows of a group");
    double *a = *room, *b = a + n * k, *y = b + n * k;
    *out = (struct bl_gate_rows){ .candidate = a, .rival = b, .y = y, .n = n, .k = k };
    n = 0;
    for (size_t i = 0; i < rows->n; i++)
        if (rows->group[i] == group) {
            memcpy(a + n * k, rows->candidate + i * k, k * sizeof *a);
            memcpy(b + n * k, rows->rival + i * k, k * sizeof *b);
            y[n++] = rows->y[i];
        }
    return true;
}

static bool any_truth(const struct bl_gate_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        if (!isnan(rows->y[i]))
            return true;
    return false;
}

/* Worse for certain rejects; perhaps worse holds back. */
static void decide_group(const struct bl_gate_how *how, struct bl_gate *g, const struct bl_gate_group *x)
{
    char shown[80];
    const struct bl_gate_side *w = &x->side;

    bl_show(shown, sizeof shown, x->label, strlen(x->label));
    if (isnan(w->better) || isnan(w->low) || w->better >= -how->group_margin)
        return;
    if (w->high < -how->group_margin) {
        g->decision = BL_REJECT;
        reason(g, "%s: %s is worse by %.4g on its %zu rows, at least by %.4g (%g %% over all groups)", shown, how->metric->name, -w->better,
               w->rows, -w->high, 100 * how->level);
        return;
    }
    g->decision = g->decision == BL_REJECT ? BL_REJECT : BL_HOLD;
    reason(g, "%s: %s is worse by %.4g on its %zu rows, which may be chance", shown, how->metric->name, -w->better, w->rows);
}

/* The level holds for all groups together (Bonferroni). */
static bool judge_groups(const struct bl_gate_how *how, const struct bl_gate_rows *rows, struct bl_gate *g, struct bl_pool *pool,
                         struct bl_progress *progress, struct bl_error *err)
{
    const double level = 1 - (1 - how->level) / (double)(rows->n_groups ? rows->n_groups : 1);
    bool good = (g->groups = bl_calloc(rows->n_groups + 1, sizeof *g->groups)) || bl_fail_memory(err, "the groups");

    for (uint32_t k = 0; good && k < rows->n_groups; k++) {
        struct bl_gate_group *x = &g->groups[g->n_groups];
        struct bl_gate_rows part;
        double *room;
        const char *why;
        good = group_rows(rows, k, &part, &room, err);
        if (good && any_truth(&part)) {
            x->label = rows->labels[k];
            good = measure(how, &part, level, &x->side, &why, pool, progress, err);
            if (good) {
                decide_group(how, g, x);
                g->n_groups++;
            }
        }
        bl_free(room);
    }
    return good;
}

bool bl_gate_judge(struct bl_gate *g, const struct bl_gate_how *how, const struct bl_gate_rows *rows, struct bl_pool *pool,
                   struct bl_progress *progress, struct bl_error *err)
{
    const char *why = NULL;

    *g = (struct bl_gate){ 0 };
    if (!any_truth(rows)) {
        reason(g, "no row has a value of the target");
        g->decision = BL_HOLD;
        return true;
    }
    if (!measure(how, rows, how->level, &g->whole, &why, pool, progress, err))
        return false;
    decide_whole(how, g, why);
    if (rows->k > 1)
        count_discordant(rows, &g->mcnemar);
    if (!rows->group || judge_groups(how, rows, g, pool, progress, err))
        return true;
    bl_gate_free(g);
    return false;
}

void bl_gate_free(struct bl_gate *g)
{
    bl_free(g->groups);
    *g = (struct bl_gate){ 0 };
}
