/* batchnorm (Ioffe and Szegedy, ICML 2015): in training each unit is shifted and scaled to mean 0 and
 * variance 1 over the rows of the update (1e-5 added), then by its scale (1 at the start) and shift (0).
 * Predictions use running mean and variance, which are numbers of the model that no gradient moves: after
 * update t they go max(0.1, 1/t) of the way to those of its rows (variance over rows - 1; an update of one row moves
 * nothing, since it has no spread). */
#ifndef REAL
#define BODY "src/learn/layer_batchnorm.c"
#include "src/learn/network.h"

#include <math.h>

#define SMALL 1e-5
enum { SCALE, SHIFT, MEAN, VARIANCE, EACH }; /* numbers of a unit */

static size_t params(const struct bl_layer *l)
{
    return EACH * l->out;
}

static enum bl_kind kind(const struct bl_layer *l, size_t p)
{
    (void)l;
    return p % EACH < MEAN ? BL_FREE : BL_FIXED;
}

static void start(const struct bl_layer *l, struct bl_random *r, double *theta)
{
    (void)r;
    for (size_t p = 0; p < l->n_params; p++)
        theta[p] = p % EACH == SCALE || p % EACH == VARIANCE;
}

static void name(const struct bl_layer *l, size_t p, const struct bl_naming *n, struct bl_text *out)
{
    static const char *const parts[EACH] = {"(scale)", "(shift)", "(running mean)", "(running variance)"};

    (void)n;
    bl_text_addf(out, "layer %zu:unit %zu:%s", l->number, p / EACH + 1, parts[p % EACH]);
}

/* stats: means, variances (over rows), then what backward wants */
static void settle(const struct bl_layer *l, const double *stats, double weight, double *theta)
{
    for (size_t u = 0; u < l->out; u++) {
        double *t = theta + EACH * u;
        t[MEAN] += weight * (stats[u] - t[MEAN]);
        t[VARIANCE] += weight * (stats[l->out + u] - t[VARIANCE]);
    }
}
#include "src/learn/layer.h"

const struct bl_layer_type bl_layer_batchnorm = {
    .name = "batchnorm",
    .word = "batch",
    .summary = "each unit to mean 0 and variance 1 over the rows of an update",
    .norm = true,
    .trains_otherwise = true,
    .forward_rounds = 2,
    .backward_rounds = 2,
    .params = params,
    .kind = kind,
    .start = start,
    .name_of = name,
    .settle = settle,
    .code = {{forward_double, backward_double, gather_double}, {forward_float, backward_float, gather_float}},
};
#else
static REAL OF(mean_of)(const struct bl_layer_run *r, size_t u)
{
    return r->training ? ((const REAL *)r->stats)[u] : ((const REAL *)r->theta)[EACH * u + MEAN];
}

static REAL OF(inverse_of)(const struct bl_layer_run *r, size_t u)
{
    double v = (double)(r->training ? ((const REAL *)r->stats)[r->layer->out + u] : ((const REAL *)r->theta)[EACH * u + VARIANCE]);

    return (REAL)(1 / sqrt(v + SMALL));
}

/* Round 0: x; 1: its square about the mean; 2: dy; 3: dy h, h at mean 0 and variance 1. */
static void OF(gather)(const struct bl_layer_run *r, size_t round, void *out)
{
    size_t n = r->layer->out;
    REAL *sums = out;

    for (size_t u = 0; u < n; u++) {
        REAL mean = round ? OF(mean_of)(r, u) : 0, inverse = round == 3 ? OF(inverse_of)(r, u) : 1, sum = 0;
        for (size_t i = 0; i < r->rows; i++) {
            REAL x = ((const REAL *)r->x)[i * n + u];
            sum += round == 0 ? x : round == 1 ? (x - mean) * (x - mean) : ((const REAL *)r->dy)[i * n + u] * (round == 3 ? (x - mean) * inverse : 1);
        }
        sums[u] = sum;
    }
}

static void OF(forward)(const struct bl_layer_run *r)
{
    size_t n = r->layer->out;
    const REAL *theta = r->theta;
    REAL *mean = r->scratch, *factor = mean + n;

    for (size_t u = 0; u < n; u++) {
        mean[u] = OF(mean_of)(r, u);
        factor[u] = theta[EACH * u + SCALE] * OF(inverse_of)(r, u);
    }
    for (size_t i = 0; i < r->rows; i++)
        for (size_t u = 0; u < n; u++)
            ((REAL *)r->y)[i * n + u] = (((const REAL *)r->x)[i * n + u] - mean[u]) * factor[u] + theta[EACH * u + SHIFT];
}

static void OF(slopes)(const struct bl_layer_run *r, size_t u, REAL mean, REAL inverse)
{
    size_t n = r->layer->out;
    const REAL *stats = r->stats;
    REAL factor = ((const REAL *)r->theta)[EACH * u + SCALE] * inverse;
    REAL one = r->training ? stats[2 * n + u] : 0, both = r->training ? stats[3 * n + u] : 0;

    for (size_t i = 0; i < r->rows; i++) {
        REAL h = (((const REAL *)r->x)[i * n + u] - mean) * inverse;
        ((REAL *)r->dx)[i * n + u] = factor * (((const REAL *)r->dy)[i * n + u] - one - h * both);
    }
}

static void OF(backward)(const struct bl_layer_run *r)
{
    size_t n = r->layer->out;
    REAL *g = r->gradient;

    for (size_t u = 0; u < n; u++, g += EACH) {
        REAL mean = OF(mean_of)(r, u), inverse = OF(inverse_of)(r, u), scale = r->add ? g[SCALE] : 0, shift = r->add ? g[SHIFT] : 0;
        for (size_t i = 0; i < r->rows; i++) {
            REAL dy = ((const REAL *)r->dy)[i * n + u];
            scale += dy * ((((const REAL *)r->x)[i * n + u] - mean) * inverse);
            shift += dy;
        }
        g[SCALE] = scale;
        g[SHIFT] = shift;
        g[MEAN] = g[VARIANCE] = 0;
        if (r->dx)
            OF(slopes)(r, u, mean, inverse);
    }
}
#endif
