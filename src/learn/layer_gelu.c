/* gelu in its tanh form (Hendrycks and Gimpel 2016): x/2 (1 + tanh u) = x s, s = 1 / (1 + e^-2u),
 * u = sqrt(2/pi) (x + 0.044715 x^3); slope s + 2 x s (1 - s) u'. */
#ifndef REAL
#define BODY "src/learn/layer_gelu.c"
#include "src/learn/network.h"

#define ROOT 0.79788456080286535588 /* sqrt(2/pi) */
#define CUBE 0.044715

/* s of n arguments, at most 256 */
static void shares(const double *x, double *s, size_t n)
{
    double e[256] = {0};

    for (size_t j = 0; j < n; j++) {
        s[j] = 2 * ROOT * (x[j] + CUBE * x[j] * x[j] * x[j]);
        e[j] = s[j] < 0 ? s[j] : -s[j];
    }
    bl_exp_array(e, e, n);
    for (size_t j = 0; j < n; j++)
        s[j] = (s[j] < 0 ? e[j] : 1) / (1 + e[j]);
}
#include "src/learn/layer.h"

const struct bl_layer_type bl_layer_gelu = {
    .name = "gelu",
    .word = "gelu",
    .summary = "x times the normal distribution of x, in its tanh form",
    .activation = true,
    .gain = 2,
    .code = BOTH,
};
#else
static void OF(forward)(const struct bl_layer_run *r)
{
    size_t all = r->rows * r->layer->out;
    const REAL *x = r->x;
    REAL *y = r->y;

    for (size_t i = 0; i < all; i += 256) {
        size_t n = all - i < 256 ? all - i : 256;
        double v[256], s[256];
        for (size_t j = 0; j < n; j++)
            v[j] = (double)x[i + j];
        shares(v, s, n);
        for (size_t j = 0; j < n; j++)
            y[i + j] = (REAL)(v[j] * s[j]);
    }
}

static void OF(backward)(const struct bl_layer_run *r)
{
    size_t all = r->dx ? r->rows * r->layer->out : 0;
    const REAL *x = r->x, *dy = r->dy;
    REAL *dx = r->dx;

    for (size_t i = 0; i < all; i += 256) {
        size_t n = all - i < 256 ? all - i : 256;
        double v[256], s[256];
        for (size_t j = 0; j < n; j++)
            v[j] = (double)x[i + j];
        shares(v, s, n);
        for (size_t j = 0; j < n; j++) {
            double inner = 2 * ROOT * (1 + 3 * CUBE * v[j] * v[j]);
            dx[i + j] = (REAL)((double)dy[i + j] * (s[j] + v[j] * s[j] * (1 - s[j]) * inner));
        }
    }
}
#endif
