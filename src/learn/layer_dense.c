/* dense: y = W x + b. Parameters unit by unit: bias, then a weight for each input, as in the linear
 * family. Weights start normal with variance gain/inputs (he: 2 before relu and gelu, else 1; He and
 * others, ICCV 2015), or uniform within sqrt(6/(inputs + outputs)) (glorot: Glorot and Bengio, AISTATS
 * 2010), or 0; biases start at 0. */
#ifndef REAL
#define BODY "src/learn/layer_dense.c"
#include "src/learn/network.h"
#include "src/learn/sweep.h"

#include <math.h>

static size_t params(const struct bl_layer *l)
{
    return l->out * (l->in + l->bias);
}

static enum bl_kind kind(const struct bl_layer *l, size_t p)
{
    return l->bias && p % (l->in + 1) == 0 ? BL_FREE : BL_WEIGHT;
}

static void start(const struct bl_layer *l, struct bl_random *r, double *theta)
{
    double uniform = sqrt(6 / (double)(l->in + l->out)), normal = sqrt(l->gain / (double)l->in);

    for (size_t p = 0; p < l->n_params; p++) {
        if (kind(l, p) == BL_FREE || l->gain < 0)
            theta[p] = 0;
        else
            theta[p] = l->gain > 0 ? normal * bl_random_normal(r) : uniform * (2 * bl_random_unit(r) - 1);
    }
}

static void name(const struct bl_layer *l, size_t p, const struct bl_naming *n, struct bl_text *out)
{
    size_t each = l->in + l->bias, unit = p / each, j = p % each;

    if (!l->output)
        bl_text_addf(out, "layer %zu:unit %zu:", l->number, unit + 1);
    else if (l->out == 1)
        bl_text_add(out, "output:");
    else if (n && n->class_)
        bl_text_addf(out, "output:%s:", n->class_(n->context, unit));
    else
        bl_text_addf(out, "output:class %zu:", unit + 1);
    if (l->bias && j == 0)
        bl_text_add(out, "(bias)");
    else if (l->first && n && n->feature)
        bl_text_add(out, n->feature(n->context, j - l->bias));
    else
        bl_text_addf(out, "%s %zu", l->first ? "feature" : "unit", j - l->bias + 1);
}
#include "src/learn/layer.h"

const struct bl_layer_type bl_layer_dense = {
    .name = "dense",
    .summary = "every unit a weighted sum of all inputs, and a bias",
    .params = params,
    .kind = kind,
    .start = start,
    .name_of = name,
    .code = BOTH,
};
#else
static void OF(forward)(const struct bl_layer_run *r)
{
    const struct bl_layer *l = r->layer;
    const REAL *w = r->theta;
    REAL *y = r->y;
    size_t each = l->in + l->bias;

    for (size_t u = 0; l->bias && u < l->out; u++)
        y[u] = w[u * each];
    for (size_t i = 1; l->bias && i < r->rows; i++)
        memcpy(y + i * l->out, y, l->out * sizeof *y);
    if (l->in == 0)
        return;
    r->products->nt(&(struct bl_product){.m = r->rows, .n = l->out, .k = l->in, .a = r->x, .lda = r->x_stride, .b = w + l->bias,
                                         .ldb = each, .c = y, .ldc = l->out, .add = l->bias, .scratch = r->scratch});
}

static void OF(biases)(const struct bl_layer_run *r)
{
    size_t out = r->layer->out, each = r->layer->in + 1;
    const REAL *dy = r->dy;
    REAL *g = r->gradient, *sum = r->scratch;
    const struct bl_sweeps *sweeps = bl_sweeps();

    for (size_t u = 0; u < out; u++)
        sum[u] = r->add ? g[u * each] : 0;
    for (size_t i = 0; i < r->rows; i++)
        sweeps->OF(add)(dy + i * out, out, sum);
    for (size_t u = 0; u < out; u++)
        g[u * each] = sum[u];
}

static void OF(backward)(const struct bl_layer_run *r)
{
    const struct bl_layer *l = r->layer;
    size_t each = l->in + l->bias;

    if (l->bias)
        OF(biases)(r);
    if (l->in == 0)
        return;
    r->products->tn(&(struct bl_product){.m = l->out, .n = l->in, .k = r->rows, .a = r->dy, .lda = l->out, .b = r->x, .ldb = r->x_stride,
                                         .c = (REAL *)r->gradient + l->bias, .ldc = each, .add = r->add, .scratch = r->scratch});
    if (r->dx)
        r->products->nn(&(struct bl_product){.m = r->rows, .n = l->in, .k = l->out, .a = r->dy, .lda = l->out,
                                             .b = (const REAL *)r->theta + l->bias, .ldb = each, .c = r->dx, .ldc = l->in,
                                             .scratch = r->scratch});
}
#endif
