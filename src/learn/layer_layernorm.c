/* layernorm (Ba, Kiros and Hinton 2016): the units of a row are shifted and scaled to mean 0 and variance
 * 1 (over the units, 1e-5 added), then each by its own scale (1 at the start) and shift (0). */
#ifndef REAL
#define BODY "src/learn/layer_layernorm.c"
#include "src/learn/network.h"

#define SMALL 1e-5

static size_t params(const struct bl_layer *l)
{
    return 2 * l->out; /* scale, shift of each unit */
}

static enum bl_kind kind(const struct bl_layer *l, size_t p)
{
    (void)l, (void)p;
    return BL_FREE;
}

static void start(const struct bl_layer *l, struct bl_random *r, double *theta)
{
    (void)r;
    for (size_t p = 0; p < l->n_params; p++)
        theta[p] = p % 2 == 0;
}

static void name(const struct bl_layer *l, size_t p, const struct bl_naming *n, struct bl_text *out)
{
    (void)n;
    bl_text_addf(out, "layer %zu:unit %zu:%s", l->number, p / 2 + 1, p % 2 ? "(shift)" : "(scale)");
}
#include "src/learn/layer.h"

const struct bl_layer_type bl_layer_layernorm = {
    .name = "layernorm",
    .word = "layer",
    .summary = "each row to mean 0 and variance 1 over its units",
    .norm = true,
    .params = params,
    .kind = kind,
    .start = start,
    .name_of = name,
    .code = BOTH,
};
#else
/* Mean of a row, and 1 / its standard deviation. */
static void OF(moments)(const REAL *x, size_t n, double *mean, double *inverse)
{
    double sum = 0, square = 0;

    for (size_t u = 0; u < n; u++)
        sum += (double)x[u];
    *mean = sum / (double)n;
    for (size_t u = 0; u < n; u++)
        square += ((double)x[u] - *mean) * ((double)x[u] - *mean);
    *inverse = 1 / sqrt(square / (double)n + SMALL);
}

static void OF(forward)(const struct bl_layer_run *r)
{
    size_t n = r->layer->out;
    const REAL *theta = r->theta;

    for (size_t i = 0; i < r->rows; i++) {
        const REAL *x = (const REAL *)r->x + i * n;
        REAL *y = (REAL *)r->y + i * n;
        double mean, inverse;
        OF(moments)(x, n, &mean, &inverse);
        for (size_t u = 0; u < n; u++)
            y[u] = (REAL)((double)theta[2 * u] * (((double)x[u] - mean) * inverse) + (double)theta[2 * u + 1]);
    }
}

/* dx = (s dy - mean(s dy) - h mean(s dy h)) / sd, h the row at mean 0 and variance 1, s the scales */
static void OF(backward)(const struct bl_layer_run *r)
{
    size_t n = r->layer->out;
    const REAL *theta = r->theta;
    REAL *g = r->gradient;

    for (size_t p = 0; !r->add && p < 2 * n; p++)
        g[p] = 0;
    for (size_t i = 0; i < r->rows; i++) {
        const REAL *x = (const REAL *)r->x + i * n, *dy = (const REAL *)r->dy + i * n;
        REAL *dx = r->dx ? (REAL *)r->dx + i * n : NULL;
        double mean, inverse, one = 0, both = 0;
        OF(moments)(x, n, &mean, &inverse);
        for (size_t u = 0; u < n; u++) {
            double h = ((double)x[u] - mean) * inverse, slope = (double)theta[2 * u] * (double)dy[u];
            g[2 * u] += (REAL)((double)dy[u] * h);
            g[2 * u + 1] += dy[u];
            one += slope;
            both += slope * h;
        }
        for (size_t u = 0; dx && u < n; u++) {
            double h = ((double)x[u] - mean) * inverse, slope = (double)theta[2 * u] * (double)dy[u];
            dx[u] = (REAL)(inverse * (slope - one / (double)n - h * (both / (double)n)));
        }
    }
}
#endif
