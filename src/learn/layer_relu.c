/* relu: max(0, x); its slope in the kink is 0. */
#ifndef REAL
#define BODY "src/learn/layer_relu.c"
#include "src/learn/layer.h"

const struct bl_layer_type bl_layer_relu = {
    .name = "relu",
    .word = "relu",
    .summary = "max(0, x)",
    .activation = true,
    .gain = 2,
    .kinks = true,
    .code = BOTH,
};
#else
static void OF(forward)(const struct bl_layer_run *r)
{
    const REAL *x = r->x;
    REAL *y = r->y;

    for (size_t i = 0; i < r->rows * r->layer->out; i++)
        y[i] = x[i] <= 0 ? 0 : x[i]; /* what is not a number stays so */
}

static void OF(backward)(const struct bl_layer_run *r)
{
    const REAL *y = r->y, *dy = r->dy;
    REAL *dx = r->dx;

    for (size_t i = 0; dx && i < r->rows * r->layer->out; i++)
        dx[i] = y[i] > 0 ? dy[i] : 0;
}
#endif
