/* tanh: (1 - e) / (1 + e) with e = exp(-2|x|) and the sign of x; slope 1 - y^2. */
#ifndef REAL
#define BODY "src/learn/layer_tanh.c"
#include "src/learn/layer.h"

const struct bl_layer_type bl_layer_tanh = {
    .name = "tanh",
    .word = "tanh",
    .summary = "hyperbolic tangent",
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
            e[j] = -2 * fabs((double)x[i + j]);
        bl_exp_array(e, e, n);
        for (size_t j = 0; j < n; j++)
            y[i + j] = (REAL)copysign((1 - e[j]) / (1 + e[j]), (double)x[i + j]);
    }
}

static void OF(backward)(const struct bl_layer_run *r)
{
    const REAL *y = r->y, *dy = r->dy;
    REAL *dx = r->dx;

    for (size_t i = 0; dx && i < r->rows * r->layer->out; i++)
        dx[i] = dy[i] * (1 - y[i] * y[i]);
}
#endif
