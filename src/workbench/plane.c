/* The plane in which a set of vectors spreads most: its two leading principal components, by powers of the
 * covariance that is never formed (Golub and Van Loan, section 7.3), the second in what the first leaves. */
#include <math.h>
#include <string.h>

#include "src/workbench/internal.h"

enum { POWERS = 60 };

struct cloud { const double *rows, *centre; size_t m, p; double total; /* variance */ };

/* out = sum over rows (x - centre) ((x - centre) . v), and the variance along v. */
static double spread(const struct cloud *c, const double *v, double *out)
{
    double sum = 0;

    memset(out, 0, c->p * sizeof *out);
    for (size_t i = 0; i < c->m; i++) {
        const double *x = c->rows + i * c->p;
        double along = 0;
        for (size_t j = 0; j < c->p; j++)
            along += (x[j] - c->centre[j]) * v[j];
        for (size_t j = 0; j < c->p; j++)
            out[j] += along * (x[j] - c->centre[j]);
        sum += along * along;
    }
    return sum;
}

static double length(const double *v, size_t n)
{
    double sum = 0;

    for (size_t j = 0; j < n; j++)
        sum += v[j] * v[j];
    return sqrt(sum);
}

static void leave_out(double *v, const double *direction, size_t n)
{
    double along = 0;

    for (size_t j = 0; j < n; j++)
        along += v[j] * direction[j];
    for (size_t j = 0; j < n; j++)
        v[j] -= along * direction[j];
}

/* Where it starts matters little: the row farthest from the centre, or (all are the same) the first axis not used. */
static void start(const struct cloud *c, const double *first, double *v)
{
    double most = 0;

    for (size_t i = 0; i < c->m; i++) {
        double away = 0;
        for (size_t j = 0; j < c->p; j++)
            away += (c->rows[i * c->p + j] - c->centre[j]) * (c->rows[i * c->p + j] - c->centre[j]);
        if (away > most) {
            most = away;
            for (size_t j = 0; j < c->p; j++)
                v[j] = c->rows[i * c->p + j] - c->centre[j];
        }
    }
    if (first)
        leave_out(v, first, c->p);
    if (length(v, c->p) > 1e-9 * sqrt(most) && most > 0)
        return;
    for (size_t axis = 0; axis < c->p && axis < 2; axis++) { /* one of two axes is not the first direction */
        memset(v, 0, c->p * sizeof *v);
        v[axis] = 1;
        if (first)
            leave_out(v, first, c->p);
        if (length(v, c->p) > 0.1)
            return;
    }
}

static void normalise(double *v, size_t n)
{
    double size = length(v, n);
    size_t largest = 0;

    for (size_t j = 0; j < n; j++)
        largest = fabs(v[j]) > fabs(v[largest]) * (1 + 1e-9) ? j : largest;
    size = v[largest] < 0 ? -size : size;
    for (size_t j = 0; j < n && size != 0; j++)
        v[j] /= size;
}

static double direction(const struct cloud *c, const double *first, double *v, double *scratch)
{
    double variance = 0;

    start(c, first, v);
    normalise(v, c->p);
    for (int k = 0; k < POWERS; k++) {
        variance = spread(c, v, scratch);
        if (first)
            leave_out(scratch, first, c->p);
        if (!(length(scratch, c->p) > 1e-13 * c->total))
            break; /* nothing is left but rounding */
        memcpy(v, scratch, c->p * sizeof *v);
        normalise(v, c->p);
    }
    return variance;
}

void plane_mean(const double *rows, size_t m, size_t p, double *mean)
{
    memset(mean, 0, p * sizeof *mean);
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < p; j++)
            mean[j] += rows[i * p + j] / (double)m;
}

bool plane_of(const double *rows, size_t m, size_t p, const double *centre, double *directions, double share[2])
{
    struct cloud c = { rows, centre, m, p, 0 };
    double *scratch = bl_calloc(p + 1, sizeof *scratch), total = 0;

    if (!scratch)
        return false;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < p; j++)
            total += (rows[i * p + j] - centre[j]) * (rows[i * p + j] - centre[j]);
    c.total = total;
    share[0] = direction(&c, NULL, directions, scratch);
    share[1] = p > 1 ? direction(&c, directions, directions + p, scratch) : 0;
    share[0] = total > 0 ? share[0] / total : 0;
    share[1] = total > 0 ? share[1] / total : 0;
    bl_free(scratch);
    return true;
}
