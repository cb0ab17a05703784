/* maxabs: x / max |x| of the training rows, so that they lie in [-1, 1] and 0 stays 0. */
#include "src/prepare/step.h"

#include <math.h>

static bool fit(struct bl_fitter *f, size_t column, const double *values, struct bl_error *err)
{
    double most = 0;

    for (size_t i = 0; i < f->n_rows; i++)
        most = fabs(values[i]) > most ? fabs(values[i]) : most;
    return bl_fitter_note(f, column, "maxabs", most, NULL, err) &&
           bl_fitter_map(f, column, 0, most > 0 ? most : 1, err);
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - params[0]) / params[1];
}

static const struct bl_op op = {.name = "maxabs", .map = map, .affine = true};

extern const struct bl_step_type bl_step_maxabs;
const struct bl_step_type bl_step_maxabs = {
    .name = "maxabs",
    .summary = "divide by the largest absolute value; 0 stays 0",
    .takes = bl_takes_numbers,
    .fit = fit,
    .ops = {&op},
};
