/* Softmax regression: loss -ln p_y with p_c = e^(z_c) / sum e^(z_j), everything relative to the
 * largest margin. */
#include "batchlab/learn.h"
#include "src/learn/kernel.h"
#include "src/learn/objective.h"

static size_t largest(const double *z, size_t k)
{
    size_t at = 0;

    for (size_t c = 1; c < k; c++)
        if (z[c] > z[at])
            at = c;
    return at;
}

/* e^(z_c - z_top) into e; returns their sum without the largest, which is 1. */
static double exponentials(const double *z, size_t k, double *e)
{
    size_t top = largest(z, k);
    double most = z[top], rest = 0; /* z and e may be the same */

    for (size_t c = 0; c < k; c++) {
        e[c] = bl_exp(z[c] - most);
        if (c != top)
            rest += e[c];
    }
    return rest;
}

static double softmax_loss(const double *z, double y, size_t k, const double *hyper)
{
    (void)hyper;
    size_t top = largest(z, k);
    double rest = 0;

    for (size_t c = 0; c < k; c++)
        if (c != top)
            rest += bl_exp(z[c] - z[top]);
    return (z[top] - z[(size_t)y]) + bl_log1p(rest);
}

static void softmax_predict(const double *z, size_t n_classes, double *out)
{
    double share = 1 / (1 + exponentials(z, n_classes, out));

    for (size_t c = 0; c < n_classes; c++)
        out[c] *= share;
}

/* p - (1 for the class of the row); there it is minus the share of the others. */
static void softmax_slope(const double *z, double y, size_t k, const double *hyper, double *g)
{
    (void)hyper;
    double share = 1 / (1 + exponentials(z, k, g)), others = 0;

    for (size_t c = 0; c < k; c++)
        if (c != (size_t)y)
            others += g[c];
    for (size_t c = 0; c < k; c++)
        g[c] = (c == (size_t)y ? -others : g[c]) * share;
}

/* diag(p) - p p' */
static void softmax_curvature(const double *z, double y, size_t k, const double *hyper, double *h)
{
    (void)hyper;
    double share = 1 / (1 + exponentials(z, k, h));

    (void)y;
    for (size_t c = 0; c < k; c++)
        h[c] *= share;
    for (size_t a = k; a-- > 1;) /* the first row holds p until last */
        for (size_t b = 0; b < k; b++)
            h[a * k + b] = a == b ? h[a] * (1 - h[a]) : -h[a] * h[b];
    for (size_t b = k; b-- > 0;)
        h[b] = b ? -h[0] * h[b] : h[0] * (1 - h[0]);
}

static const struct bl_kernel_set kernels = {{&bl_softmax_base, &bl_softmax_avx2, &bl_softmax_avx512}};

const struct bl_objective_type bl_objective_softmax = {
    .name = "softmax",
    .summary = "two or more classes, cross-entropy",
    .task = BL_CLASSIFICATION,
    .classes_min = 2,
    .classes_max = SIZE_MAX,
    .output_per_class = true,
    .curvature_bound = 0.5,
    .falls_for_ever = true,
    .loss = softmax_loss,
    .slope = softmax_slope,
    .curvature = softmax_curvature,
    .predict = softmax_predict,
    .kernels = &kernels,
};
