/* Nesterov (1983), in the form of Sutskever and others (ICML 2013) with the gradient at theta:
 * v = momentum v + g; theta -= lr (g + momentum v). */
#include "src/learn/optimizer.h"

static void update(double *state, uint64_t t, double lr, const double *hyper, const double *g, double *theta, size_t n)
{
    double *v = state;

    (void)t;
    for (size_t j = 0; j < n; j++) {
        v[j] = hyper[0] * v[j] + g[j];
        theta[j] -= lr * (g[j] + hyper[0] * v[j]);
    }
}

static const struct bl_hyper hyper_parameters[] = {
    {.name = "momentum", .summary = "share of the last step that is kept", .value = 0.9, .min = 0, .max = 1, .max_open = true},
    {.name = NULL},
};

const struct bl_optimizer_type bl_optimizer_nesterov = {
    .name = "nesterov",
    .summary = "momentum that looks ahead",
    .vectors = 1,
    .hyper = hyper_parameters,
    .update = update,
};
