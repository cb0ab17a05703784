/* Gradient descent: theta -= lr g. */
#include "src/learn/optimizer.h"
#include "src/learn/sweep.h"

void bl_descent_update(double *state, uint64_t t, double lr, const double *hyper, const double *g, double *theta, size_t n)
{
    (void)state, (void)t, (void)hyper;
    if (n >= BL_SWEEP_FROM) {
        bl_sweeps()->descend(lr, g, theta, n);
        return;
    }
    for (size_t j = 0; j < n; j++)
        theta[j] -= lr * g[j];
}

const struct bl_optimizer_type bl_optimizer_gd = {
    .name = "gd",
    .summary = "the gradient, times lr",
    .vectors = 0,
    .proximal = true,
    .hyper = bl_no_hyper,
    .update = bl_descent_update,
};
