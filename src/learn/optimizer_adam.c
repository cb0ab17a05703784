/* Adam (Kingma and Ba, ICLR 2015): m = beta1 m + (1 - beta1) g; s = beta2 s + (1 - beta2) g^2;
 * theta -= lr (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + eps). */
#include "src/learn/optimizer.h"

#include <math.h>

void bl_adam_update(double *state, uint64_t t, double lr, const double *hyper, const double *g, double *theta, size_t n)
{
    const double beta1 = hyper[0], beta2 = hyper[1], eps = hyper[2];
    const double whole1 = 1 - bl_power(beta1, t), whole2 = 1 - bl_power(beta2, t);
    double *m = state, *s = state + n;

    for (size_t j = 0; j < n; j++) {
        m[j] = beta1 * m[j] + (1 - beta1) * g[j];
        s[j] = beta2 * s[j] + (1 - beta2) * (g[j] * g[j]);
        theta[j] -= lr * (m[j] / whole1) / (sqrt(s[j] / whole2) + eps);
    }
}

double bl_adam_metric(const double *state, uint64_t t, const double *hyper, size_t n, size_t j)
{
    return 1 / (sqrt(state[n + j] / (1 - bl_power(hyper[1], t))) + hyper[2]);
}

static const struct bl_hyper hyper_parameters[] = {
    {.name = "beta1", .summary = "memory of the mean gradient", .value = 0.9, .min = 0, .max = 1, .max_open = true},
    {.name = "beta2", .summary = "memory of the mean square", .value = 0.999, .min = 0, .max = 1, .max_open = true},
    {.name = "eps", .summary = "added to the root of the mean square", .value = 1e-8, .min = 0, .max = 1, .min_open = true},
    {.name = NULL},
};

const struct bl_optimizer_type bl_optimizer_adam = {
    .name = "adam",
    .summary = "momentum, and each parameter by its recent squares",
    .vectors = 2,
    .adaptive = true,
    .proximal = true,
    .metric = bl_adam_metric,
    .hyper = hyper_parameters,
    .update = bl_adam_update,
};
