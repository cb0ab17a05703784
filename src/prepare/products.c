#include "src/prepare/products.h"

#include <math.h>

static void combine(const struct bl_node *node, const struct bl_inputs *in, double *out)
{
    for (size_t i = 0; i < in->n; i++)
        out[i] = in->x[0][i];
    for (size_t j = 1; j < node->n_inputs; j++)
        for (size_t i = 0; i < in->n; i++)
            out[i] *= in->x[j][i];
}

const struct bl_op bl_op_product = {.name = "product", .combine = combine, .good = bl_good_any};

static size_t most_missing(const struct bl_fit *fit, const size_t *columns, size_t n)
{
    size_t most = 0;

    for (size_t i = 0; i < n; i++)
        most = fit->columns[columns[i]].missing > most ? fit->columns[columns[i]].missing : most;
    return most;
}

bool bl_fit_product(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err)
{
    size_t node = bl_fitter_node(f, &bl_op_product, columns, n, NULL, 0, NULL, err);
    struct bl_text name = {0};
    bool ok;

    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && columns[end] == columns[i];)
            end++;
        bl_text_addf(&name, "%s%s", i ? "*" : "", f->fit->columns[columns[i]].name);
        if (end - i > 1)
            bl_text_addf(&name, "^%zu", end - i);
    }
    ok = bl_fitter_column(f, bl_text_get(&name), node, columns[0],
                          most_missing(f->fit, columns, n), err);
    bl_text_free(&name);
    return ok;
}
