/* standardize: (x - mean) / sd, both of the training rows that have a value, sd over n. A constant
 * column is only centred. */
#include "src/prepare/step.h"

#include <math.h>

static bool fit(struct bl_fitter *f, size_t column, const double *values, struct bl_error *err)
{
    const char *name = f->fit->columns[column].name;
    struct bl_moments m = bl_moments_of(values, f->n_rows, f->pool);
    double sd = sqrt(bl_moments_variance_population(&m));
    bool constant = m.n > 0 && (m.min == m.max || sd == 0);

    if (m.n == 0)
        return bl_fitter_map(f, column, 0, 1, err);
    if (constant) {
        bl_fitter_list(&f->constant, name);
        sd = 0;
    }
    if (!isfinite(sd) || !isfinite(m.mean)) {
        bl_fail(err, BL_VALUE, "the values of '%s' spread beyond the range of numbers", name);
        return bl_hint(err, "drop %s", bl_typed(name).text);
    }
    return bl_fitter_note(f, column, "mean", m.mean, NULL, err) &&
           bl_fitter_note(f, column, "sd", sd, NULL, err) &&
           bl_fitter_map(f, column, m.min == m.max ? m.min : m.mean, constant ? 1 : sd, err);
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - params[0]) / params[1];
}

static const struct bl_op op = {.name = "standardize", .map = map, .affine = true, .good = bl_good_affine};

extern const struct bl_step_type bl_step_standardize;
const struct bl_step_type bl_step_standardize = {
    .name = "standardize",
    .summary = "subtract the mean, divide by the standard deviation",
    .takes = bl_takes_numbers,
    .fit = fit,
    .ops = {&op},
};
