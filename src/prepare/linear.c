#include "src/prepare/linear.h"

#include <math.h>

/* Rows side by side, inputs one after the other: one association for every processor. */
static void combine(const struct bl_node *node, const struct bl_inputs *in, double *out)
{
    const double *shift = node->params, *weight = node->params + node->n_inputs;

    for (size_t i = 0; i < in->n; i++)
        out[i] = 0;
    for (size_t j = 0; j < node->n_inputs; j++)
        if (weight[j] != 0)
            for (size_t i = 0; i < in->n; i++)
                out[i] += (in->x[j][i] - shift[j]) * weight[j];
}

static bool good(const double *params, size_t n, size_t inputs)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(params[i]))
            return false;
    return n == 2 * inputs;
}

const struct bl_op bl_op_linear = {.name = "linear", .combine = combine, .good = good};

bool bl_fit_linear(struct bl_fitter *f, const char *name, const size_t *columns, size_t n,
                   const double *params, size_t missing, struct bl_error *err)
{
    size_t node = bl_fitter_node(f, &bl_op_linear, columns, n, params, 2 * n, NULL, err);

    return bl_fitter_column(f, name, node, columns[0], missing, err);
}
