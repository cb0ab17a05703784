/* spline: a basis of B-splines for each column (de Boor 1978), so that a linear model bends with it.
 * Knots are quantiles of the training rows, continued outside at the spacing of the first and last
 * two; beyond the outer quantiles the basis keeps its value there. */
#include "src/prepare/step.h"

#include <math.h>

#define KNOTS      5
#define KNOTS_MAX  100
#define DEGREE_MAX 5

/* params: which basis function, degree, then its degree + 2 knots, then the range */
static double basis(const double *t, size_t degree, double x)
{
    double b[DEGREE_MAX + 1];

    for (size_t k = 0; k <= degree; k++)
        b[k] = (x >= t[k] && x < t[k + 1]);
    for (size_t d = 1; d <= degree; d++)
        for (size_t k = 0; k + d <= degree; k++) {
            double left = t[k + d] - t[k], right = t[k + d + 1] - t[k + 1];
            b[k] = (left > 0 ? (x - t[k]) / left * b[k] : 0) +
                   (right > 0 ? (t[k + d + 1] - x) / right * b[k + 1] : 0);
        }
    return b[0];
}

static void map(const double *params, double *x, size_t n)
{
    const size_t degree = (size_t)params[0];
    const double low = params[1], high = params[2];

    for (size_t i = 0; i < n; i++) {
        double at = x[i] < low ? low : x[i] > high ? high : x[i];
        x[i] = isnan(x[i]) ? x[i] : basis(params + 3, degree, at);
    }
}

static bool add_basis(struct bl_fitter *f, size_t column, const double *t, size_t knots,
                      size_t degree, struct bl_error *err)
{
    for (size_t k = 0; k + 1 < knots + degree; k++) {
        double params[DEGREE_MAX + 5] = {(double)degree, t[degree], t[degree + knots - 1]};
        struct bl_text name = {0};
        size_t node;
        bool ok;

        for (size_t i = 0; i < degree + 2; i++)
            params[3 + i] = t[k + i];
        node = bl_fitter_node(f, f->step->type->ops[0], &column, 1, params, degree + 5, NULL, err);
        bl_text_addf(&name, "%s~%zu", f->fit->columns[column].name, k + 1);
        ok = bl_fitter_column(f, bl_text_get(&name), node, column,
                              f->fit->columns[column].missing, err);
        bl_text_free(&name);
        if (!ok)
            return false;
    }
    return true;
}

/* Quantiles without repeats into t + degree; returns how many. */
static size_t find_knots(struct bl_fitter *f, const struct bl_values *v, size_t wanted, double *t,
                         struct bl_error *err)
{
    double shares[KNOTS_MAX], q[KNOTS_MAX];
    size_t kept = 0;

    for (size_t k = 0; k < wanted; k++)
        shares[k] = (double)k / (double)(wanted - 1);
    if (!bl_values_quantiles(v, shares, wanted, q, f->pool, err))
        return SIZE_MAX;
    for (size_t k = 0; k < wanted; k++)
        if (!isnan(q[k]) && (kept == 0 || q[k] > t[kept - 1]))
            t[kept++] = q[k];
    return kept;
}

static bool fit(struct bl_fitter *f, size_t column, const struct bl_values *v, struct bl_error *err)
{
    size_t degree = (size_t)bl_step_number(f->step, "degree", 3);
    double t[KNOTS_MAX + 2 * DEGREE_MAX];
    size_t knots = find_knots(f, v, (size_t)bl_step_number(f->step, "knots", KNOTS),
                              t + degree, err);

    if (knots == SIZE_MAX)
        return false;
    if (knots < 2) {
        bl_fitter_list(&f->constant, f->fit->columns[column].name);
        return true;
    }
    for (size_t k = 1; k <= degree; k++) {
        t[degree - k] = t[degree] - (double)k * (t[degree + 1] - t[degree]);
        t[degree + knots - 1 + k] = t[degree + knots - 1] +
                                    (double)k * (t[degree + knots - 1] - t[degree + knots - 2]);
    }
    for (size_t k = 0; k < knots; k++)
        if (!bl_fitter_note(f, column, "knot", t[degree + k], NULL, err))
            return false;
    bl_fitter_remove(f, column);
    return add_basis(f, column, t, knots, degree, err);
}

static bool good(const double *params, size_t n, size_t inputs)
{
    (void)inputs;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(params[i]))
            return false;
    return n >= 5 && params[0] >= 0 && params[0] <= DEGREE_MAX && n >= (size_t)params[0] + 5;
}

static const struct bl_op op = {.name = "spline", .map = map, .good = good};
static const char *const key_names[] = {"knots", "degree", NULL};
static const struct bl_step_key keys[] = {{.kind = BL_KEY_WHOLE, .min = 2, .max = KNOTS_MAX},
                                          {.kind = BL_KEY_WHOLE, .min = 1, .max = DEGREE_MAX}};

extern const struct bl_step_type bl_step_spline;
const struct bl_step_type bl_step_spline = {
    .name = "spline",
    .summary = "smooth curves of a column in place of it (B-splines)",
    .key_names = key_names,
    .keys = keys,
    .takes = bl_takes_numbers,
    .fit_values = fit,
    .ops = {&op},
};
