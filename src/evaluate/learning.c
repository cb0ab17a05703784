/* What a learning curve says: would more rows help? */
#include <math.h>

#include "batchlab/evaluate.h"

#define POINTS_MOST 64

struct curve { double rows[POINTS_MOST], held[POINTS_MOST], train[POINTS_MOST]; size_t n; };

static void read_curve(const struct bl_trials *t, size_t metric, struct curve *c)
{
    double sd;

    c->n = t->n_procedures < POINTS_MOST ? t->n_procedures : POINTS_MOST;
    for (size_t p = 0; p < c->n; p++) {
        struct bl_search_point point;
        bl_point_of_trials(t, p, &point);
        c->rows[p] = point.rows;
        bl_trials_mean(t, p, metric, false, &c->held[p], &sd, NULL);
        bl_trials_mean(t, p, metric, true, &c->train[p], &sd, NULL);
    }
}

/* Least squares for a and b at one c; returns the sum of squares, inf where a or b is negative. */
static double fit_at(const struct curve *c, double power, double *a, double *b)
{
    double n = 0, x = 0, y = 0, xx = 0, xy = 0, sum = 0;

    for (size_t i = 0; i < c->n; i++) {
        double u = bl_exp(-power * bl_log(c->rows[i]));
        n++;
        x += u;
        y += c->held[i];
        xx += u * u;
        xy += u * c->held[i];
    }
    *b = (n * xy - x * y) / (n * xx - x * x);
    *a = (y - *b * x) / n;
    if (!(*a >= 0) || !(*b > 0))
        return INFINITY;
    for (size_t i = 0; i < c->n; i++) {
        double r = c->held[i] - *a - *b * bl_exp(-power * bl_log(c->rows[i]));
        sum += r * r;
    }
    return sum;
}

/* Only for figures where lower is better and 0 is perfect. */
static void fit_curve(const struct curve *c, struct bl_curve_verdict *out)
{
    double best = INFINITY;

    for (int i = 1; i <= 60; i++) {
        double a, b, sum = fit_at(c, 0.05 * i, &a, &b);
        if (sum < best) {
            best = sum;
            out->a = a;
            out->b = b;
            out->c = 0.05 * i;
        }
    }
    out->fits = isfinite(best) && c->n >= 4;
    if (out->fits)
        out->at_double = out->a + out->b * bl_exp(-out->c * bl_log(2 * c->rows[c->n - 1]));
}

static size_t half_of(const struct curve *c)
{
    size_t best = 0;

    for (size_t i = 0; i + 1 < c->n; i++)
        if (fabs(c->rows[i] - c->rows[c->n - 1] / 2) < fabs(c->rows[best] - c->rows[c->n - 1] / 2))
            best = i;
    return best;
}

/* Per fold: how much better the metric is at all rows than at half of them. */
static void last_doubling(const struct bl_trials *t, size_t metric, size_t half, struct bl_curve_verdict *out)
{
    double *d = bl_calloc(t->folds->n + 1, sizeof *d), rows = 0, train = 0;
    struct bl_paired test = { .difference = NAN, .error = NAN };

    for (size_t f = 0; d && f < t->folds->n; f++) {
        const struct bl_trial *x = bl_trials_at(t, half, f), *y = bl_trials_at(t, t->n_procedures - 1, f);
        d[f] = t->metrics[metric].higher ? y->held[metric] - x->held[metric] : x->held[metric] - y->held[metric];
        rows += (double)y->rows;
        train += (double)y->train_rows;
    }
    if (d)
        bl_paired_test(d, t->folds->n, rows / train, 0.95, &test);
    out->gain = test.difference;
    out->error = test.error;
    bl_free(d);
}

void bl_curve_judge(const struct bl_trials *t, size_t metric, struct bl_curve_verdict *out)
{
    struct curve c;
    double held, size, promise;
    bool gained;

    *out = (struct bl_curve_verdict){ .verdict = BL_DATA_UNSURE, .gain = NAN, .error = NAN, .a = NAN, .b = NAN, .c = NAN, .at_double = NAN };
    read_curve(t, metric, &c);
    if (c.n < 2)
        return;
    held = c.held[c.n - 1];
    out->half_rows = c.rows[half_of(&c)];
    out->gap = t->metrics[metric].higher ? c.train[c.n - 1] - held : held - c.train[c.n - 1];
    last_doubling(t, metric, half_of(&c), out);
    if (!t->metrics[metric].higher)
        fit_curve(&c, out);
    if (!isfinite(out->gain) || !isfinite(held))
        return;
    size = fabs(held);
    promise = out->fits ? held - out->at_double : out->gain / 2;
    gained = out->gain > 2 * out->error;
    if (gained && promise > 0.01 * size)
        out->verdict = BL_DATA_HELPS;
    else if (out->gap <= 0.1 * size)
        out->verdict = BL_DATA_ENOUGH;
    else if (out->gain > out->error)
        out->verdict = BL_DATA_UNSURE;
    else
        out->verdict = BL_DATA_OVERFIT;
}
