/* minmax: (x - min) / (max - min), so that the training rows fill [0, 1]. A constant column becomes
 * 0. */
#include "src/prepare/step.h"

#include <math.h>

static bool fit(struct bl_fitter *f, size_t column, const struct bl_values *v, struct bl_error *err)
{
    const char *name = f->fit->columns[column].name;
    double min = v->zeros ? 0 : INFINITY, max = v->zeros ? 0 : -INFINITY;

    for (size_t i = 0; i < v->n; i++) {
        min = v->x[i] < min ? v->x[i] : min;
        max = v->x[i] > max ? v->x[i] : max;
    }
    if (min > max)
        return bl_fitter_map(f, column, 0, 1, err);
    if (min == max)
        bl_fitter_list(&f->constant, name);
    if (!isfinite(max - min)) {
        bl_fail(err, BL_VALUE, "the values of '%s' spread beyond the range of numbers", name);
        return bl_hint(err, "drop %s", bl_typed(name).text);
    }
    return bl_fitter_note(f, column, "min", min, NULL, err) &&
           bl_fitter_note(f, column, "max", max, NULL, err) &&
           bl_fitter_map(f, column, min, max > min ? max - min : 1, err);
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - params[0]) / params[1];
}

static const struct bl_op op = {.name = "minmax", .map = map, .affine = true, .good = bl_good_affine};

extern const struct bl_step_type bl_step_minmax;
const struct bl_step_type bl_step_minmax = {
    .name = "minmax",
    .summary = "shift and scale to the range from 0 to 1",
    .takes = bl_takes_numbers,
    .fit_values = fit,
    .ops = {&op},
};
