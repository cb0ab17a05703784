/* robust: (x - median) / (q3 - q1), quantiles of type 7 of the training rows: outliers move neither.
 * Where the quartiles meet it is only centred. */
#include "src/prepare/step.h"

#include <math.h>

static bool fit(struct bl_fitter *f, size_t column, const struct bl_values *v, struct bl_error *err)
{
    static const double at[] = {0.25, 0.5, 0.75};
    const char *name = f->fit->columns[column].name;
    double q[3], iqr;

    if (!bl_values_quantiles(v, at, 3, q, f->pool, err))
        return false;
    if (isnan(q[1]))
        return bl_fitter_map(f, column, 0, 1, err);
    iqr = q[2] - q[0];
    if (!isfinite(iqr)) {
        bl_fail(err, BL_VALUE, "the values of '%s' spread beyond the range of numbers", name);
        return bl_hint(err, "drop %s", bl_typed(name).text);
    }
    if (iqr == 0)
        bl_fitter_list(&f->flat, name);
    return bl_fitter_note(f, column, "median", q[1], NULL, err) &&
           bl_fitter_note(f, column, "iqr", iqr, NULL, err) &&
           bl_fitter_map(f, column, q[1], iqr > 0 ? iqr : 1, err);
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - params[0]) / params[1];
}

static const struct bl_op op = {.name = "robust", .map = map, .affine = true, .good = bl_good_affine};

extern const struct bl_step_type bl_step_robust;
const struct bl_step_type bl_step_robust = {
    .name = "robust",
    .summary = "subtract the median, divide by the interquartile range",
    .takes = bl_takes_numbers,
    .fit_values = fit,
    .ops = {&op},
};
