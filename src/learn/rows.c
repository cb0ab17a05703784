/* One row at a time, dense or sparse, in the association of the kernels: accumulator j mod 8 for
 * feature j. What is 0 adds nothing, so that a row has the same bits in both forms. */
#include "src/learn/linalg.h"
#include "src/learn/objective.h"

#include <string.h>

static double joined(const double *a)
{
    return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
}

void bl_row_margins(const struct bl_objective *o, const double *theta, const struct bl_matrix *m, size_t row, double *z)
{
    const struct bl_sparse *s = m->sparse;
    size_t per_output = o->d + o->intercept;

    if (!s) {
        bl_objective_margins(o, theta, m->x + row * o->d, z);
        return;
    }
    for (size_t c = 0; c < o->k; c++) {
        const double *w = theta + c * per_output + o->intercept;
        double a[8] = {0};
        for (size_t i = s->start[row]; i < s->start[row + 1]; i++)
            a[s->column[i] % 8] += s->value[i] * w[s->column[i]];
        z[c] = joined(a) + (o->intercept ? theta[c * per_output] : 0);
    }
}

void bl_row_add(const struct bl_matrix *m, size_t row, double u, double *sum)
{
    const struct bl_sparse *s = m->sparse;

    if (!s) {
        bl_axpy(u, m->x + row * m->n_features, sum, m->n_features);
        return;
    }
    for (size_t i = s->start[row]; i < s->start[row + 1]; i++)
        sum[s->column[i]] += u * s->value[i];
}

double bl_row_norm2(const struct bl_matrix *m, size_t row)
{
    const struct bl_sparse *s = m->sparse;
    double a[8] = {0};

    if (!s)
        return bl_norm2(m->x + row * m->n_features, m->n_features);
    for (size_t i = s->start[row]; i < s->start[row + 1]; i++)
        a[s->column[i] % 8] += s->value[i] * s->value[i];
    return joined(a);
}

void bl_row_write(const struct bl_matrix *m, size_t row, double *x)
{
    const struct bl_sparse *s = m->sparse;

    if (!s) {
        memcpy(x, m->x + row * m->n_features, m->n_features * sizeof *x);
        return;
    }
    memset(x, 0, m->n_features * sizeof *x);
    for (size_t i = s->start[row]; i < s->start[row + 1]; i++)
        x[s->column[i]] = s->value[i];
}

/* ---- what a training row adds -------------------------------------------------------------------------*/
double bl_row_loss(const struct bl_objective *o, const double *z, size_t row)
{
    double loss = o->type->loss(z, o->train->y[row], o->k, o->hyper);

    return o->weight ? loss * o->weight[row] : loss;
}

void bl_row_slope(const struct bl_objective *o, const double *z, size_t row, double *g)
{
    o->type->slope(z, o->train->y[row], o->k, o->hyper, g);
    for (size_t c = 0; o->weight && c < o->k; c++)
        g[c] *= o->weight[row];
}

void bl_row_curvature(const struct bl_objective *o, const double *z, size_t row, double *h)
{
    o->type->curvature(z, o->train->y[row], o->k, o->hyper, h);
    for (size_t i = 0; o->weight && i < o->k * o->k; i++)
        h[i] *= o->weight[row];
}
