/* Heavy ball (Polyak 1964): v = momentum v + g; theta -= lr v. */
#include "src/learn/optimizer.h"

static void update(double *state, uint64_t t, double lr, const double *hyper, const double *g, double *theta, size_t n)
{
    double *v = state;

    (void)t;
    for (size_t j = 0; j < n; j++) {
        v[j] = hyper[0] * v[j] + g[j];
        theta[j] -= lr * v[j];
    }
}

static const struct bl_hyper hyper_parameters[] = {
    {.name = "momentum", .summary = "share of the last step that is kept", .value = 0.9, .min = 0, .max = 1, .max_open = true},
    {.name = NULL},
};

const struct bl_optimizer_type bl_optimizer_momentum = {
    .name = "momentum",
    .summary = "heavy ball: steps add up along a valley",
    .vectors = 1,
    .proximal = true,
    .velocity = true,
    .hyper = hyper_parameters,
    .update = update,
};
