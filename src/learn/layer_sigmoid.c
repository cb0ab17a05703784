/* sigmoid: 1 / (1 + e^-x), by the sign of x so that nothing overflows; slope y (1 - y). */
#ifndef REAL
#define BODY "src/learn/layer_sigmoid.c"
#include "src/learn/layer.h"

const struct bl_layer_type bl_layer_sigmoid = {
    .name = "sigmoid",
    .word = "sigmoid",
    .summary = "1 / (1 + exp(-x))",
    .activation = true,
    .gain = 1,
    .code = BOTH,
};
#else
static void OF(forward)(const struct bl_layer_run *r)
{
    const REAL *x = r->x;
    REAL *y = r->y;

    for (size_t i = 0; i < r->rows * r->layer->out; i += 256) {
        size_t n = r->rows * r->layer->out - i < 256 ? r->rows * r->layer->out - i : 256;
        double e[256] = {0};
        for (size_t j = 0; j < n; j++)
            e[j] = -fabs((double)x[i + j]);
        bl_exp_array(e, e, n);
        for (size_t j = 0; j < n; j++)
            y[i + j] = (REAL)((x[i + j] < 0 ? e[j] : 1) / (1 + e[j]));
    }
}

static void OF(backward)(const struct bl_layer_run *r)
{
    const REAL *y = r->y, *dy = r->dy;
    REAL *dx = r->dx;

    for (size_t i = 0; dx && i < r->rows * r->layer->out; i++)
        dx[i] = dy[i] * (y[i] * (1 - y[i]));
}
#endif
