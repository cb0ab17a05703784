/* RMSProp (Tieleman and Hinton 2012): s = rho s + (1 - rho) g^2; theta -= lr g / (sqrt(s) + eps). */
#include "src/learn/optimizer.h"

#include <math.h>

static void update(double *state, uint64_t t, double lr, const double *hyper, const double *g, double *theta, size_t n)
{
    const double rho = hyper[0], eps = hyper[1];
    double *s = state;

    (void)t;
    for (size_t j = 0; j < n; j++) {
        s[j] = rho * s[j] + (1 - rho) * (g[j] * g[j]);
        theta[j] -= lr * g[j] / (sqrt(s[j]) + eps);
    }
}

static double metric(const double *state, uint64_t t, const double *hyper, size_t n, size_t j)
{
    (void)t, (void)n;
    return 1 / (sqrt(state[j]) + hyper[1]);
}

static const struct bl_hyper hyper_parameters[] = {
    {.name = "rho", .summary = "memory of the mean square", .value = 0.9, .min = 0, .max = 1, .max_open = true},
    {.name = "eps", .summary = "added to the root of the mean square", .value = 1e-8, .min = 0, .max = 1, .min_open = true},
    {.name = NULL},
};

const struct bl_optimizer_type bl_optimizer_rmsprop = {
    .name = "rmsprop",
    .summary = "each parameter by its recent squared gradients",
    .vectors = 1,
    .adaptive = true,
    .proximal = true,
    .metric = metric,
    .hyper = hyper_parameters,
    .update = update,
};
