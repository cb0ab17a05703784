/* Poisson regression with log link: mean e^z, loss e^z - y z, the negative log likelihood without
 * ln y!, which no parameter changes. Its curvature e^z has no bound. */
#include "batchlab/learn.h"
#include "src/learn/kernel.h"
#include "src/learn/objective.h"

#include <math.h>

static double mean_of(double z)
{
    return z >= 709 ? INFINITY : z >= 0 ? 1 / bl_exp(-z) : bl_exp(z);
}

static double poisson_loss(const double *z, double y, size_t k, const double *hyper)
{
    (void)k, (void)hyper;
    return mean_of(z[0]) - y * z[0];
}

static void poisson_slope(const double *z, double y, size_t k, const double *hyper, double *g)
{
    (void)k, (void)hyper;
    g[0] = mean_of(z[0]) - y;
}

static void poisson_curvature(const double *z, double y, size_t k, const double *hyper, double *h)
{
    (void)y, (void)k, (void)hyper;
    h[0] = mean_of(z[0]);
}

static void poisson_predict(const double *z, size_t n_classes, double *out)
{
    (void)n_classes;
    out[0] = mean_of(z[0]);
}

static const struct bl_kernel_set kernels = {{&bl_poisson_base, &bl_poisson_avx2, &bl_poisson_avx512}};

const struct bl_objective_type bl_objective_poisson = {
    .name = "poisson",
    .summary = "a count, its logarithm is linear",
    .task = BL_REGRESSION,
    .curvature_bound = INFINITY,
    .falls_for_ever = true,
    .counts = true,
    .below_zero = true,
    .rule = "prediction = exp(z), residual = exp(z) - y",
    .loss = poisson_loss,
    .slope = poisson_slope,
    .curvature = poisson_curvature,
    .predict = poisson_predict,
    .kernels = &kernels,
};
