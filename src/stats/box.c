/* The figures of a box. */
#include <math.h>
#include <string.h>

#include "batchlab/stats.h"

#define WHISKER 1.5 /* interquartile ranges; Tukey 1977 */

static bool belongs(const double *x, const uint32_t *of_row, uint32_t group, size_t i)
{
    return !isnan(x[i]) && (!of_row || of_row[i] == group);
}

static void whiskers(const double *x, size_t n, struct bl_box_figures *b)
{
    double reach = WHISKER * (b->q3 - b->q1), from = b->q1 - reach, to = b->q3 + reach;

    b->low = INFINITY;
    b->high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (x[i] < from || x[i] > to) {
            b->n_beyond++;
            continue;
        }
        b->low = x[i] < b->low ? x[i] : b->low;
        b->high = x[i] > b->high ? x[i] : b->high;
    }
}

bool bl_box_of(const double *x, size_t n, const uint32_t *of_row, uint32_t group, struct bl_pool *pool,
               struct bl_box_figures *out, struct bl_error *err)
{
    static const double shares[] = {0, 0.25, 0.5, 0.75, 1};
    double *values, q[5];
    size_t at = 0;

    *out = (struct bl_box_figures){.min = NAN, .low = NAN, .q1 = NAN, .median = NAN, .q3 = NAN, .high = NAN, .max = NAN};
    for (size_t i = 0; i < n; i++)
        out->n += belongs(x, of_row, group, i);
    if (!out->n)
        return true;
    if (!(values = bl_calloc(out->n, sizeof *values)))
        return bl_fail_memory(err, "a box");
    for (size_t i = 0; i < n; i++)
        if (belongs(x, of_row, group, i))
            values[at++] = x[i];
    if (!bl_quantiles(values, out->n, shares, 5, q, pool, err)) {
        bl_free(values);
        return false;
    }
    out->min = q[0], out->q1 = q[1], out->median = q[2], out->q3 = q[3], out->max = q[4];
    whiskers(values, out->n, out);
    at = 0;
    for (size_t i = 0; i < out->n; i++) /* what lies beyond moves to the front of the same memory */
        if (values[i] < out->low || values[i] > out->high)
            values[at++] = values[i];
    out->beyond = values;
    return true;
}
