/* Support vector machine with the squared hinge: with s = +1 for class 1 and -1 for class 0, loss
 * max(0, 1 - s z)^2 / 2. Its slope has no kinks, its curvature jumps from 1 to 0 at s z = 1. */
#include "batchlab/learn.h"
#include "src/learn/kernel.h"
#include "src/learn/objective.h"

static double sign_of(double y)
{
    return y != 0 ? 1 : -1;
}

static double short_of(double z, double y)
{
    double m = 1 - sign_of(y) * z;

    return m <= 0 ? 0 : m;
}

static double svm2_loss(const double *z, double y, size_t k, const double *hyper)
{
    double m = short_of(z[0], y);

    (void)k, (void)hyper;
    return 0.5 * m * m;
}

static void svm2_slope(const double *z, double y, size_t k, const double *hyper, double *g)
{
    (void)k, (void)hyper;
    g[0] = -sign_of(y) * short_of(z[0], y);
}

static void svm2_curvature(const double *z, double y, size_t k, const double *hyper, double *h)
{
    (void)k, (void)hyper;
    h[0] = short_of(z[0], y) == 0 ? 0 : 1;
}

static void svm2_residual(const double *z, double y, double *r)
{
    r[0] = z[0] - sign_of(y);
}

static void svm2_predict(const double *z, size_t n_classes, double *out)
{
    double margin = z[0];

    (void)n_classes;
    out[0] = -margin;
    out[1] = margin;
}

static const struct bl_kernel_set kernels = {{&bl_svm2_base, &bl_svm2_avx2, &bl_svm2_avx512}};

const struct bl_objective_type bl_objective_svm2 = {
    .name = "svm2",
    .summary = "two classes, half the squared hinge",
    .task = BL_CLASSIFICATION,
    .classes_min = 2,
    .classes_max = 2,
    .curvature_bound = 1,
    .jumps = true,
    .scores = true,
    .rule = "prediction = z, residual = z - y, slope = -y max(0, 1 - y z) (y is 1 for the positive class, else -1)",
    .loss = svm2_loss,
    .slope = svm2_slope,
    .curvature = svm2_curvature,
    .residual = svm2_residual,
    .predict = svm2_predict,
    .kernels = &kernels,
};
