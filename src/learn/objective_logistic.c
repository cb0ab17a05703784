/* Logistic regression: with s = +1 for class 1 and -1 for class 0, loss ln(1 + e^(-s z)). The forms
 * by the sign of the margin neither overflow nor cancel. */
#include "batchlab/learn.h"
#include "src/learn/kernel.h"
#include "src/learn/objective.h"

/* 1 / (1 + e^-t), and e^t / (1 + e^t) where t < 0 */
static double sigmoid(double t)
{
    double e = bl_exp(t < 0 ? t : -t);

    return (t < 0 ? e : 1) / (1 + e);
}

static double logistic_loss(const double *z, double y, size_t k, const double *hyper)
{
    (void)hyper;
    double t = y != 0 ? z[0] : -z[0];

    (void)k;
    return (t < 0 ? -t : 0) + bl_log1p(bl_exp(t < 0 ? t : -t));
}

static void logistic_slope(const double *z, double y, size_t k, const double *hyper, double *g)
{
    (void)hyper;
    (void)k;
    g[0] = y != 0 ? -sigmoid(-z[0]) : sigmoid(z[0]);
}

static void logistic_curvature(const double *z, double y, size_t k, const double *hyper, double *h)
{
    (void)hyper;
    (void)y, (void)k;
    h[0] = sigmoid(z[0]) * sigmoid(-z[0]);
}

static void logistic_predict(const double *z, size_t n_classes, double *out)
{
    (void)n_classes;
    out[0] = sigmoid(-z[0]);
    out[1] = sigmoid(z[0]);
}

static const struct bl_kernel_set kernels = {{&bl_logistic_base, &bl_logistic_avx2, &bl_logistic_avx512}};

const struct bl_objective_type bl_objective_logistic = {
    .name = "logistic",
    .summary = "two classes, log loss",
    .task = BL_CLASSIFICATION,
    .classes_min = 2,
    .classes_max = 2,
    .curvature_bound = 0.25,
    .falls_for_ever = true,
    .loss = logistic_loss,
    .slope = logistic_slope,
    .curvature = logistic_curvature,
    .predict = logistic_predict,
    .kernels = &kernels,
};
