/* Robust regression (Huber 1964): with r = z - y, half its square where |r| <= delta, delta |r| -
 * delta^2/2 beyond. */
#include "batchlab/learn.h"
#include "src/learn/kernel.h"
#include "src/learn/objective.h"

static double cut(double r, double delta)
{
    return r >= delta ? delta : r <= -delta ? -delta : r;
}

static double huber_loss(const double *z, double y, size_t k, const double *hyper)
{
    double r = z[0] - y, c = cut(r, hyper[0]);

    (void)k;
    return c * (r - 0.5 * c);
}

static void huber_slope(const double *z, double y, size_t k, const double *hyper, double *g)
{
    (void)k;
    g[0] = cut(z[0] - y, hyper[0]);
}

static void huber_curvature(const double *z, double y, size_t k, const double *hyper, double *h)
{
    (void)k;
    h[0] = cut(z[0] - y, hyper[0]) == z[0] - y;
}

static void huber_residual(const double *z, double y, double *r)
{
    r[0] = z[0] - y;
}

static void huber_predict(const double *z, size_t n_classes, double *out)
{
    (void)n_classes;
    out[0] = z[0];
}

static const struct bl_kernel_set kernels = {{&bl_huber_base, &bl_huber_avx2, &bl_huber_avx512}};

static const struct bl_hyper keys[] = {
    {.name = "delta", .summary = "huber: residuals beyond it count by length, not by square; in units of the target; default 1",
     .value = 1, .min = 0, .max = 1e100, .min_open = true},
    {.name = NULL},
};

const struct bl_objective_type bl_objective_huber = {
    .name = "huber",
    .summary = "a number, squared error that outliers cannot rule",
    .task = BL_REGRESSION,
    .curvature_bound = 1,
    .flat = true,
    .jumps = true,
    .hyper = keys,
    .rule = "prediction = z, residual = z - y, slope = residual, cut off at +-delta",
    .loss = huber_loss,
    .slope = huber_slope,
    .curvature = huber_curvature,
    .residual = huber_residual,
    .predict = huber_predict,
    .kernels = &kernels,
};
