/* log: ln(1 + x), for values above -1. */
#include "src/prepare/step.h"

#include <math.h>

static bool fit(struct bl_fitter *f, size_t column, const struct bl_values *v, struct bl_error *err)
{
    const char *name = f->fit->columns[column].name;

    for (size_t i = 0; i < v->n; i++) {
        char number[40];

        if (!(v->x[i] <= -1))
            continue;
        bl_fail(err, BL_VALUE, "prep log takes ln(1 + x) of values above -1, and '%s' is %s in row %u (the first row is 0)",
                name, bl_number_exact(number, sizeof number, v->x[i]), (unsigned)f->rows[bl_values_row(v, i)]);
        return bl_hint(err, "prep power columns=%s takes every number", bl_typed(name).text);
    }
    return bl_fitter_map(f, column, 0, 0, err);
}

/* A number that has no logarithm is told as one that leaves the range, not as a missing one. */
static void map(const double *params, double *x, size_t n)
{
    (void)params;
    for (size_t i = 0; i < n; i++)
        x[i] = x[i] <= -1 ? -INFINITY : bl_log1p(x[i]);
}

static const struct bl_op op = {.name = "log", .map = map, .good = bl_good_any};

extern const struct bl_step_type bl_step_log;
const struct bl_step_type bl_step_log = {
    .name = "log",
    .summary = "ln(1 + x), for values above -1",
    .takes = bl_takes_numbers,
    .fit_values = fit,
    .ops = {&op},
};
