/* What the synthetic sets share. */
#ifndef BL_DATA_GENERATE_H
#define BL_DATA_GENERATE_H

#include "batchlab/data.h"

/* A set in the making: features column by column, then the target, as number or as class. */
struct bl_made {
    const struct bl_generate_options *o; /* nothing is left to a default */
    double **x;                          /* o->features columns of o->n */
    double *y;
    uint32_t *label;                     /* instead of y where the target is a class */
    uint32_t kind;                       /* names the streams */
};
struct bl_random bl_made_stream(const struct bl_made *m, uint32_t index);

/* A design whose columns have mean 0 and mean square 1 over all rows, and correlations with the given
 * condition number, up to rounding: with or without standardize, and with an intercept, the Hessian of
 * least squares has that condition. */
bool bl_made_design(struct bl_made *m, struct bl_error *err);
/* m->x · w + b of one row, summed in order. */
double bl_made_margin(const struct bl_made *m, const double *w, size_t row);

#endif
