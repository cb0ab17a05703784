/* The evaluation: what the model in front is worth on rows that it did not train on. The test rows are never among
 * them: only `eval test` opens these. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/workbench/internal.h"

enum { ROWS = 20000, SHOWN = 2000, BINS = 24, CLASSES_MOST = 64, CURVES_MOST = 7, THRESHOLDS_MOST = 200 };

struct judged { const struct bl_matrix *m; struct bl_matrix *own; /* of some rows only; NULL: all */ double *out; size_t width; };

static bool rows_choose(const struct sight_maker *m, struct judged *j, struct bl_evaluation_view *v)
{
    const struct bl_prepared *p = m->w->prepared;
    uint32_t *index;

    v->validation = p->part[BL_VALIDATION] != NULL;
    j->m = p->part[v->validation ? BL_VALIDATION : BL_TRAIN];
    v->rows = v->rows_used = j->m->n_rows;
    if (v->rows <= ROWS)
        return true;
    v->rows_used = ROWS;
    index = bl_calloc(ROWS, sizeof *index);
    for (size_t i = 0; index && i < ROWS; i++)
        index[i] = (uint32_t)((uint64_t)i * v->rows / ROWS);
    j->m = j->own = index ? bl_matrix_rows(j->m, index, ROWS, NULL) : NULL;
    bl_free(index);
    return j->m != NULL;
}

static bool predict(const struct sight_maker *m, struct judged *j)
{
    const struct bl_objective *o = bl_trainer_objective(m->front);

    j->width = o->n_classes ? o->n_classes : 1;
    j->out = bl_calloc(j->m->n_rows + 1, j->width * sizeof *j->out);
    if (j->out)
        bl_objective_predict(o, bl_trainer_theta(m->front), j->m, j->out, m->w->pool);
    return j->out != NULL;
}

static double loss_of(const struct sight_maker *m, const struct judged *j)
{
    const struct bl_objective *o = bl_trainer_objective(m->front);
    struct bl_workspace *w = bl_workspace_create(o, m->w->pool, NULL);
    double loss = w ? bl_objective_pass(o, j->m, bl_trainer_theta(m->front), NULL, w) : NAN;

    bl_workspace_free(w);
    return loss;
}

/* ---- figures ------------------------------------------------------------------------------------------------*/

static bool figures_tell(const struct sight_maker *m, const struct judged *j, struct bl_evaluation_view *v)
{
    struct bl_evaluation e = { 0 };
    double loss = loss_of(m, j);
    size_t *confusion;
    bool good = v->regression ? bl_evaluate_values(&e, j->out, j->m->y, j->m->n_rows, loss, NULL)
                              : bl_evaluate_classes(&e, j->out, j->m->y, j->m->n_rows, j->width, 1, loss, m->w->pool, NULL);

    for (size_t i = 0; good && i < e.n_figures; i++)
        v->metrics[v->n_metrics++] = (struct bl_metric_view){ e.figures[i].metric->name, e.figures[i].metric->summary, e.figures[i].value };
    confusion = good && !v->regression ? bl_arena_take(m->arena, e.n_classes * e.n_classes, sizeof *confusion) : NULL;
    if (confusion)
        memcpy(confusion, e.confusion, e.n_classes * e.n_classes * sizeof *confusion);
    v->confusion = confusion;
    bl_evaluation_free(&e);
    return good && (v->regression || confusion);
}

static bool calibration_tell(const struct sight_maker *m, const struct judged *j, struct bl_evaluation_view *v)
{
    struct bl_calibration c;
    double *claimed = bl_arena_take(m->arena, BL_CALIBRATION_BINS, 2 * sizeof *claimed), *happened = claimed + BL_CALIBRATION_BINS;

    if (!claimed)
        return false;
    if (!bl_calibration_of(j->out, j->m->y, j->m->n_rows, j->width, 1, BL_CALIBRATION_BINS, &c, NULL))
        return true; /* margins are no probabilities */
    for (size_t i = 0; i < c.n_bins; i++)
        if (c.bins[i].rows) {
            claimed[v->n_bins] = c.bins[i].claimed;
            happened[v->n_bins++] = c.bins[i].happened;
        }
    v->claimed = claimed, v->happened = happened;
    v->ece = c.ece;
    return true;
}

/* One class against the rest. Without rows of it, or of others, there is no curve. */
static bool curve_tell(const struct sight_maker *m, const struct judged *j, size_t class, struct bl_evaluation_view *v)
{
    struct bl_roc_view *to = (struct bl_roc_view *)&v->roc[v->n_roc]; /* ours: it lies in the arena */
    double *fpr = bl_arena_take(m->arena, THRESHOLDS_MOST, 2 * sizeof *fpr), *tpr = fpr + THRESHOLDS_MOST;
    struct bl_thresholds t = { 0 };
    size_t n;

    if (!fpr)
        return false;
    if (!bl_thresholds_of(j->out, j->m->y, j->m->n_rows, j->width, class, &t, m->w->pool, NULL))
        return true;
    n = t.n < THRESHOLDS_MOST ? t.n : THRESHOLDS_MOST;
    for (size_t i = 0; i < n && t.positives && t.negatives; i++) {
        const struct bl_threshold *at = &t.items[n > 1 ? i * (t.n - 1) / (n - 1) : 0];

        fpr[i] = at->fpr;
        tpr[i] = at->tpr;
        to->n = i + 1;
    }
    to->class = class, to->fpr = fpr, to->tpr = tpr, to->auc = t.auc;
    v->n_roc += to->n > 0;
    bl_thresholds_free(&t);
    return true;
}

static double share_found(const struct bl_evaluation_view *v, size_t class)
{
    const size_t *row = v->confusion + class * v->n_classes;
    size_t all = 0;

    for (size_t k = 0; k < v->n_classes; k++)
        all += row[k];
    return all ? (double)row[class] / (double)all : 1;
}

/* Of many classes those teach most that are found least. */
static bool has_curve(const struct bl_evaluation_view *v, size_t class)
{
    const double own = share_found(v, class);
    size_t worse = 0;

    for (size_t k = 0; k < v->n_classes; k++) {
        double other = share_found(v, k);
        worse += other < own || (other == own && k < class);
    }
    return worse < CURVES_MOST;
}

static bool curves_tell(const struct sight_maker *m, const struct judged *j, struct bl_evaluation_view *v)
{
    bool good = (v->roc = bl_arena_take(m->arena, CURVES_MOST, sizeof *v->roc)) != NULL;

    for (size_t k = v->n_classes == 2; good && k < v->n_classes; k++)
        if (has_curve(v, k))
            good = curve_tell(m, j, k, v);
    return good;
}

/* ---- a regression ----------------------------------------------------------------------------------------------*/

static bool points_tell(const struct sight_maker *m, const struct judged *j, struct bl_evaluation_view *v)
{
    size_t n = j->m->n_rows < SHOWN ? j->m->n_rows : SHOWN;
    double *truth = bl_arena_take(m->arena, n + 1, 2 * sizeof *truth), *said = truth + n;

    if (!truth)
        return false;
    for (size_t i = 0; i < n; i++) {
        size_t at = (size_t)((uint64_t)i * j->m->n_rows / n);
        truth[i] = j->m->y[at];
        said[i] = j->out[at];
    }
    v->truth = truth, v->said = said;
    v->n = n;
    return true;
}

/* 1, 2 or 5 times a power of ten, not below. */
static double round_up(double width)
{
    double unit = pow(10, floor(log10(width))), m = width / unit;

    return unit * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
}

static bool residuals_tell(const struct sight_maker *m, const struct judged *j, struct bl_evaluation_view *v)
{
    double *edges = bl_arena_take(m->arena, BINS + 1, sizeof *edges), most = 0, width;
    size_t *counts = bl_arena_take(m->arena, BINS, sizeof *counts), half;

    if (!edges || !counts)
        return false;
    for (size_t i = 0; i < j->m->n_rows; i++)
        most = fmax(most, fabs(j->out[i] - j->m->y[i]));
    width = 2 * most / BINS;
    if (!(width >= DBL_MIN) || isinf(width) || isinf(width = round_up(width)))
        return true;
    half = (size_t)ceil(most / width * (1 - 1e-12)); /* on each side of 0 */
    half = half < 1 ? 1 : half > BINS / 2 ? BINS / 2 : half;
    for (size_t i = 0; i <= 2 * half; i++)
        edges[i] = width * ((double)i - (double)half);
    for (size_t i = 0; i < j->m->n_rows; i++) {
        double at = (j->out[i] - j->m->y[i]) / width + (double)half;
        if (at >= 0)
            counts[at < (double)(2 * half) ? (size_t)at : 2 * half - 1]++;
    }
    v->edges = edges, v->counts = counts;
    v->n_residual_bins = 2 * half;
    return true;
}

/* ---- the view -----------------------------------------------------------------------------------------------------*/

static bool judge(const struct sight_maker *m, struct judged *j, struct bl_evaluation_view *v)
{
    if (!rows_choose(m, j, v) || !predict(m, j) || !figures_tell(m, j, v))
        return false;
    if (v->regression)
        return points_tell(m, j, v) && residuals_tell(m, j, v);
    v->classes = sight_classes(m);
    return v->classes && calibration_tell(m, j, v) && curves_tell(m, j, v);
}

const void *evaluation_make(struct sight_maker *m)
{
    const struct bl_objective *o = bl_trainer_objective(m->front);
    struct bl_evaluation_view *v = bl_arena_take(m->arena, 1, sizeof *v);
    struct judged j = { 0 };
    bool good;

    if (!v)
        return NULL;
    v->front = m->look->front;
    v->epoch = bl_trainer_epoch(m->front);
    v->regression = o->n_classes == 0;
    v->n_classes = o->n_classes;
    if (o->n_classes > CLASSES_MOST) {
        snprintf(v->why, sizeof v->why, "%zu classes are too many for this view: type eval", o->n_classes);
        return v;
    }
    good = judge(m, &j, v);
    bl_free(j.out);
    bl_matrix_free(j.own);
    return good ? v : NULL;
}
