/* Support vector machine: with s = +1 for class 1 and -1 for class 0, the hinge max(0, 1 - s z)
 * (Cortes and Vapnik 1995). In the kink the slope is 0, one of its subgradients. */
#include "batchlab/learn.h"
#include "src/learn/kernel.h"
#include "src/learn/objective.h"

#include <math.h>

static double sign_of(double y)
{
    return y != 0 ? 1 : -1;
}

static double svm_loss(const double *z, double y, size_t k, const double *hyper)
{
    double m = 1 - sign_of(y) * z[0];

    (void)k, (void)hyper;
    return m <= 0 ? 0 : m;
}

static void svm_slope(const double *z, double y, size_t k, const double *hyper, double *g)
{
    (void)k, (void)hyper;
    g[0] = 1 - sign_of(y) * z[0] <= 0 ? 0 : -sign_of(y);
}

/* 0 wherever it exists. */
static void svm_curvature(const double *z, double y, size_t k, const double *hyper, double *h)
{
    (void)z, (void)y, (void)k, (void)hyper;
    h[0] = 0;
}

static void svm_residual(const double *z, double y, double *r)
{
    r[0] = z[0] - sign_of(y);
}

static void svm_predict(const double *z, size_t n_classes, double *out)
{
    double margin = z[0];

    (void)n_classes;
    out[0] = -margin;
    out[1] = margin;
}

static const struct bl_kernel_set kernels = {{&bl_svm_base, &bl_svm_avx2, &bl_svm_avx512}};

const struct bl_objective_type bl_objective_svm = {
    .name = "svm",
    .summary = "two classes, hinge loss",
    .task = BL_CLASSIFICATION,
    .classes_min = 2,
    .classes_max = 2,
    .curvature_bound = INFINITY,
    .kinks = true,
    .scores = true,
    .rule = "prediction = z, residual = z - y, slope = -y where y z < 1, else 0 (y is 1 for the positive class, else -1)",
    .loss = svm_loss,
    .slope = svm_slope,
    .curvature = svm_curvature,
    .residual = svm_residual,
    .predict = svm_predict,
    .kernels = &kernels,
};
