/* Linear regression: loss 1/2 (z - y)^2. */
#include "batchlab/learn.h"
#include "src/learn/kernel.h"
#include "src/learn/objective.h"

static double linear_loss(const double *z, double y, size_t k, const double *hyper)
{
    (void)hyper;
    (void)k;
    return 0.5 * (z[0] - y) * (z[0] - y);
}

static void linear_slope(const double *z, double y, size_t k, const double *hyper, double *g)
{
    (void)hyper;
    (void)k;
    g[0] = z[0] - y;
}

static void linear_curvature(const double *z, double y, size_t k, const double *hyper, double *h)
{
    (void)hyper;
    (void)z, (void)y, (void)k;
    h[0] = 1;
}

static void linear_predict(const double *z, size_t n_classes, double *out)
{
    (void)n_classes;
    out[0] = z[0];
}

static const struct bl_kernel_set kernels = {{&bl_linear_base, &bl_linear_avx2, &bl_linear_avx512}};

const struct bl_objective_type bl_objective_linear = {
    .name = "linear",
    .summary = "a number, squared error",
    .task = BL_REGRESSION,
    .classes_min = 0,
    .classes_max = 0,
    .curvature_bound = 1,
    .quadratic = true,
    .loss = linear_loss,
    .slope = linear_slope,
    .curvature = linear_curvature,
    .predict = linear_predict,
    .kernels = &kernels,
};
