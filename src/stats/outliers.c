/* Values far from the rest: beyond the fences of Tukey (1977), or many deviations from the mean. */
#include <math.h>

#include "batchlab/stats.h"

static double distance(const struct bl_outliers *o, double x)
{
    return x < o->low ? o->low - x : x - o->high;
}

/* Keeps the farthest rows in order. */
static void keep_extreme(struct bl_outliers *o, const double *x, uint32_t row)
{
    size_t at = o->n_extreme;

    while (at > 0 && distance(o, x[o->extreme[at - 1]]) < distance(o, x[row]))
        at--;
    if (at == BL_EXTREMES)
        return;
    o->n_extreme += o->n_extreme < BL_EXTREMES;
    for (size_t k = o->n_extreme - 1; k > at; k--)
        o->extreme[k] = o->extreme[k - 1];
    o->extreme[at] = row;
}

static void look(struct bl_outliers *o, const double *x, size_t n, double z)
{
    for (size_t i = 0; i < n; i++) {
        const bool below = x[i] < o->low, above = x[i] > o->high; /* false for nan on either side */

        o->below += below;
        o->above += above;
        o->z_beyond += fabs(x[i] - o->mean) > z * o->sd;
        if (below || above)
            keep_extreme(o, x, (uint32_t)i);
    }
}

bool bl_outliers_of(const struct bl_table *t, const size_t *columns, size_t n, double k, double z, struct bl_outliers *out,
                    struct bl_pool *pool, struct bl_error *err)
{
    static const double quartiles[] = {0.25, 0.75};

    for (size_t j = 0; j < n; j++) {
        const struct bl_column *c = &t->columns[columns[j]];
        const struct bl_moments m = bl_moments_of(c->number, t->n_rows, pool);
        struct bl_outliers *o = &out[j];
        double q[2];

        if (!bl_quantiles(c->number, t->n_rows, quartiles, 2, q, pool, err))
            return false;
        *o = (struct bl_outliers){ .column = columns[j], .count = (size_t)m.n, .q1 = q[0], .q3 = q[1], .mean = m.mean,
                                   .sd = sqrt(bl_moments_variance(&m)), .low = NAN, .high = NAN };
        if (m.n >= 4 && q[1] > q[0]) {
            o->low = q[0] - k * (q[1] - q[0]);
            o->high = q[1] + k * (q[1] - q[0]);
        }
        look(o, c->number, t->n_rows, z);
    }
    return true;
}
