/* interact: the product of each two different columns; not of two levels of one category, which is
 * always 0. */
#include "src/prepare/products.h"

static bool fit_all(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err)
{
    if (!bl_fitter_too_many(f, (double)n * ((double)n - 1) / 2, "name fewer columns=", err))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            const struct bl_frame_column *a = &f->fit->columns[columns[i]],
                                         *b = &f->fit->columns[columns[j]];
            const size_t pair[] = {columns[i], columns[j]};
            if (a->encoded && b->encoded && a->source == b->source)
                continue;
            if (!bl_fit_product(f, pair, 2, err))
                return false;
        }
    return true;
}

extern const struct bl_step_type bl_step_interact;
const struct bl_step_type bl_step_interact = {
    .name = "interact",
    .summary = "add the product of each two columns",
    .takes = bl_takes_numbers,
    .fit_all = fit_all,
    .ops = {&bl_op_product},
};
