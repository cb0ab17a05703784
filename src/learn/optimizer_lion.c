/* Lion (Chen and others, NeurIPS 2023): theta -= lr sign(beta1 m + (1 - beta1) g);
 * m = beta2 m + (1 - beta2) g; weights shrink as in AdamW. */
#include "src/learn/optimizer.h"

static void update(double *state, uint64_t t, double lr, const double *hyper, const double *g, double *theta, size_t n)
{
    const double beta1 = hyper[0], beta2 = hyper[1];
    double *m = state;

    (void)t;
    for (size_t j = 0; j < n; j++) {
        double c = beta1 * m[j] + (1 - beta1) * g[j];
        theta[j] -= lr * (double)((c > 0) - (c < 0));
        m[j] = beta2 * m[j] + (1 - beta2) * g[j];
    }
}

static const struct bl_hyper hyper_parameters[] = {
    {.name = "beta1", .summary = "memory of the mean gradient", .value = 0.9, .min = 0, .max = 1, .max_open = true},
    {.name = "beta2", .summary = "memory of the mean that is kept", .value = 0.999, .min = 0, .max = 1, .max_open = true},
    {.name = "weight_decay", .summary = "share of the weights taken off, times lr", .value = 0, .min = 0, .max = 1},
    {.name = NULL},
};

const struct bl_optimizer_type bl_optimizer_lion = {
    .name = "lion",
    .summary = "steps of one size, by the sign of the mean gradient",
    .vectors = 1,
    .adaptive = true,
    .weight_decay = 3,
    .hyper = hyper_parameters,
    .update = update,
};
