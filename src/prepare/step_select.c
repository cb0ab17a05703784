/* select: the columns that tell most: by their variance, by the absolute correlation with the target
 * (of several classes the largest over the classes), or by mutual information with it, in nats, over
 * ten bins with equally many training rows. The k= best, or all with at least min=. */
#include "src/prepare/step.h"

#include <math.h>
#include <stdlib.h>

#define BINS 10

/* ---- scores -------------------------------------------------------------------------------- */

static double correlation(const double *x, const double *y, size_t n)
{
    struct bl_sum2 sx = {0}, sy = {0}, xx = {0}, yy = {0}, xy = {0};
    double mx, my, a, b;

    for (size_t i = 0; i < n; i++) {
        bl_sum2_add(&sx, x[i]);
        bl_sum2_add(&sy, y[i]);
    }
    mx = bl_sum2_value(sx) / (double)n;
    my = bl_sum2_value(sy) / (double)n;
    for (size_t i = 0; i < n; i++) {
        bl_sum2_add(&xx, (x[i] - mx) * (x[i] - mx));
        bl_sum2_add(&yy, (y[i] - my) * (y[i] - my));
        bl_sum2_add(&xy, (x[i] - mx) * (y[i] - my));
    }
    a = bl_sum2_value(xx), b = bl_sum2_value(yy);
    return a > 0 && b > 0 ? fabs(bl_sum2_value(xy)) / (sqrt(a) * sqrt(b)) : 0;
}

/* Bin of each value between quantiles; values that are the same share one. */
static bool cut(const struct bl_fitter *f, const double *x, uint32_t *bin, struct bl_error *err)
{
    double shares[BINS - 1], edges[BINS - 1];

    for (size_t k = 1; k < BINS; k++)
        shares[k - 1] = (double)k / BINS;
    if (!bl_quantiles(x, f->n_rows, shares, BINS - 1, edges, f->pool, err))
        return false;
    for (size_t i = 0; i < f->n_rows; i++)
        for (bin[i] = 0; bin[i] < BINS - 1 && x[i] > edges[bin[i]];)
            bin[i]++;
    return true;
}

static double information(const uint32_t *a, size_t levels_a, const uint32_t *b, size_t levels_b,
                          size_t n, double *counts)
{
    double *of_a = counts + levels_a * levels_b, *of_b = of_a + levels_a, sum = 0;

    for (size_t k = 0; k < levels_a * levels_b + levels_a + levels_b; k++)
        counts[k] = 0;
    for (size_t i = 0; i < n; i++) {
        counts[a[i] * levels_b + b[i]]++;
        of_a[a[i]]++;
        of_b[b[i]]++;
    }
    for (size_t i = 0; i < levels_a; i++)
        for (size_t j = 0; j < levels_b; j++) {
            double c = counts[i * levels_b + j];
            if (c > 0)
                sum += c / (double)n * bl_log(c * (double)n / (of_a[i] * of_b[j]));
        }
    return sum > 0 ? sum : 0;
}

struct scoring {
    double *y, *work;       /* target; one class of it */
    uint32_t *x_bin, *y_bin;
    double *counts;
    size_t y_levels;
};

static double score_correlation(const struct bl_fitter *f, struct scoring *s, const double *x)
{
    double best = 0;

    if (f->roles->task == BL_REGRESSION || f->roles->n_classes <= 2)
        return correlation(x, s->y, f->n_rows);
    for (size_t c = 0; c < f->roles->n_classes; c++) {
        for (size_t i = 0; i < f->n_rows; i++)
            s->work[i] = s->y[i] == (double)c;
        best = fmax(best, correlation(x, s->work, f->n_rows));
    }
    return best;
}

static bool score(struct bl_fitter *f, struct scoring *s, const double *x, double *out,
                  struct bl_error *err)
{
    struct bl_moments m;

    if (bl_step_is(f->step, "method", "correlation")) {
        *out = score_correlation(f, s, x);
    } else if (bl_step_is(f->step, "method", "information")) {
        if (!cut(f, x, s->x_bin, err))
            return false;
        *out = information(s->x_bin, BINS, s->y_bin, s->y_levels, f->n_rows, s->counts);
    } else {
        m = bl_moments_of(x, f->n_rows, f->pool);
        *out = m.n > 1 ? bl_moments_variance(&m) : 0;
    }
    return true;
}

static void scoring_done(struct scoring *s)
{
    bl_free(s->y);
    bl_free(s->x_bin);
    bl_free(s->counts);
    *s = (struct scoring){0};
}

static bool scoring_start(struct bl_fitter *f, struct scoring *s, struct bl_error *err)
{
    const bool classes = f->roles->task == BL_CLASSIFICATION;

    *s = (struct scoring){.y_levels = classes ? f->roles->n_classes : BINS};
    if (!bl_step_option(f->step, "method") || bl_step_is(f->step, "method", "variance"))
        return true;
    if (f->roles->target == SIZE_MAX) {
        bl_fail(err, BL_STATE, "prep select method=%s needs a target",
                bl_step_option(f->step, "method"));
        return bl_hint(err, "target COLUMN, or prep select variance");
    }
    if (!(s->y = bl_calloc(2 * f->n_rows + 1, sizeof *s->y)) ||
        !(s->x_bin = bl_calloc(2 * f->n_rows + 1, sizeof *s->x_bin)) ||
        !(s->counts = bl_calloc(s->y_levels * BINS + s->y_levels + BINS, sizeof *s->counts))) {
        scoring_done(s);
        return bl_fail_memory(err, "the scores of columns");
    }
    s->work = s->y + f->n_rows;
    s->y_bin = s->x_bin + f->n_rows;
    for (size_t i = 0; i < f->n_rows; i++) {
        s->y[i] = bl_roles_y(f->roles, f->table, f->rows[i]);
        s->y_bin[i] = classes ? (uint32_t)s->y[i] : 0;
    }
    return classes || cut(f, s->y, s->y_bin, err);
}

/* ---- choosing ------------------------------------------------------------------------------ */

struct scored {
    double score;
    size_t column;
};

static int compare_scores(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->column > y->column) - (x->column < y->column);
}

static bool choose(struct bl_fitter *f, struct scored *s, size_t n, struct bl_error *err)
{
    const bool counted = bl_step_option(f->step, "k") != NULL;
    size_t k = (size_t)bl_step_number(f->step, "k", (double)n);
    double least = bl_step_number(f->step, "min", counted ? -1 : 0);
    const bool strict = !counted && !bl_step_option(f->step, "min"); /* what never varies goes */

    for (size_t i = 0; i < n; i++)
        if (!bl_fitter_note(f, s[i].column, "score", s[i].score, NULL, err))
            return false;
    qsort(s, n, sizeof *s, compare_scores);
    for (size_t i = 0; i < n; i++)
        if (i >= k || s[i].score < least || (strict && s[i].score <= 0))
            bl_fitter_remove(f, s[i].column);
    return true;
}

static bool fit_all(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err)
{
    struct scored *scores = bl_calloc(n + 1, sizeof *scores);
    double *x = scores ? bl_fitter_block(f, columns, n, err) : NULL;
    struct scoring s = {0};
    bool ok = x && scoring_start(f, &s, err);

    if (!scores)
        bl_fail_memory(err, "the scores of columns");
    for (size_t i = 0; ok && i < n; i++) {
        scores[i].column = columns[i];
        ok = score(f, &s, x + i * f->n_rows, &scores[i].score, err);
    }
    ok = ok && choose(f, scores, n, err);
    scoring_done(&s);
    bl_free(x);
    bl_free(scores);
    return ok;
}

static const char *const methods[] = {"variance", "correlation", "information", NULL};
static const char *const key_names[] = {"method", "k", "min", NULL};
static const struct bl_step_key keys[] = {{.values = methods},
                                          {.kind = BL_KEY_WHOLE, .min = 1, .max = 1e9},
                                          {.kind = BL_KEY_NUMBER, .min = 0, .max = 1e300}};

extern const struct bl_step_type bl_step_select;
const struct bl_step_type bl_step_select = {
    .name = "select",
    .summary = "keep the columns that tell most",
    .key_names = key_names,
    .keys = keys,
    .takes = bl_takes_numbers,
    .fit_all = fit_all,
};
