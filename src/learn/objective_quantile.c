/* Quantile regression (Koenker and Bassett 1978): with r = y - z, loss tau r above the line and
 * (tau - 1) r below it. In the kink the slope is 0, one of its subgradients. */
#include "batchlab/learn.h"
#include "src/learn/kernel.h"
#include "src/learn/objective.h"

#include <math.h>

static double quantile_loss(const double *z, double y, size_t k, const double *hyper)
{
    double r = y - z[0];

    (void)k;
    return (r >= 0 ? hyper[0] : hyper[0] - 1) * r;
}

static void quantile_slope(const double *z, double y, size_t k, const double *hyper, double *g)
{
    double r = y - z[0];

    (void)k;
    g[0] = r == 0 ? 0 : r > 0 ? -hyper[0] : 1 - hyper[0];
}

/* 0 wherever it exists. */
static void quantile_curvature(const double *z, double y, size_t k, const double *hyper, double *h)
{
    (void)z, (void)y, (void)k, (void)hyper;
    h[0] = 0;
}

static void quantile_residual(const double *z, double y, double *r)
{
    r[0] = z[0] - y;
}

static void quantile_predict(const double *z, size_t n_classes, double *out)
{
    (void)n_classes;
    out[0] = z[0];
}

static const struct bl_kernel_set kernels = {{&bl_quantile_base, &bl_quantile_avx2, &bl_quantile_avx512}};

static const struct bl_hyper keys[] = {
    {.name = "tau", .summary = "quantile: the share of targets to lie below the prediction; default 0.5, the median",
     .value = 0.5, .min = 0, .max = 1, .min_open = true, .max_open = true},
    {.name = NULL},
};

const struct bl_objective_type bl_objective_quantile = {
    .name = "quantile",
    .summary = "a number, the median or another quantile",
    .task = BL_REGRESSION,
    .curvature_bound = INFINITY,
    .kinks = true,
    .hyper = keys,
    .rule = "prediction = z, residual = z - y, slope = -tau below the target, 1 - tau above it",
    .loss = quantile_loss,
    .slope = quantile_slope,
    .curvature = quantile_curvature,
    .residual = quantile_residual,
    .predict = quantile_predict,
    .kernels = &kernels,
};
