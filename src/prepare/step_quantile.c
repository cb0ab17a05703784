/* quantile: each value becomes the share of the training rows below it (between quantiles of type 7,
 * linearly; a value that many rows share takes the middle of their shares), or the quantile of the
 * normal distribution at that share. */
#include "src/prepare/normal.h"
#include "src/prepare/step.h"

#include <math.h>

#define KNOTS     1000
#define KNOTS_MAX 100000
#define LEAST     1e-7 /* shares nearer to 0 or 1 count as this: the normal quantile stays in +-5.2 */

static bool fit_knots(struct bl_fitter *f, size_t column, const struct bl_values *v, double *params,
                      double *shares, size_t knots, struct bl_error *err)
{
    for (size_t k = 0; k < knots; k++)
        shares[k] = (double)k / (double)(knots - 1);
    params[0] = (double)knots;
    params[1] = bl_step_is(f->step, "method", "normal");
    if (!bl_values_quantiles(v, shares, knots, params + 2, f->pool, err))
        return false;
    if (isnan(params[2])) /* no value at all: it stays missing */
        return bl_fitter_map_n(f, column, f->step->type->ops[0], params, knots + 2, err);
    if (params[2] == params[knots + 1])
        bl_fitter_list(&f->constant, f->fit->columns[column].name);
    return bl_fitter_note(f, column, "quantiles", (double)knots, NULL, err) &&
           bl_fitter_note(f, column, "min", params[2], NULL, err) &&
           bl_fitter_note(f, column, "median", params[2 + knots / 2], NULL, err) &&
           bl_fitter_note(f, column, "max", params[knots + 1], NULL, err) &&
           bl_fitter_map_n(f, column, f->step->type->ops[0], params, knots + 2, err);
}

static bool fit(struct bl_fitter *f, size_t column, const struct bl_values *v, struct bl_error *err)
{
    size_t knots = (size_t)bl_step_number(f->step, "n", KNOTS);
    double *work;
    bool ok;

    if (knots > f->n_rows)
        knots = f->n_rows > 2 ? f->n_rows : 2;
    knots |= 1; /* the middle one is the median */
    if (!(work = bl_calloc(2 * knots + 2, sizeof *work)))
        return bl_fail_memory(err, "quantiles");
    ok = fit_knots(f, column, v, work, work + knots + 2, knots, err);
    bl_free(work);
    return ok;
}

/* How many of the knots are below x (or: not above it). */
static size_t count_below(const double *knots, size_t n, double x, bool or_same)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (knots[middle] < x || (or_same && knots[middle] == x))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double share_of(const double *knots, size_t n, double x)
{
    size_t first = count_below(knots, n, x, false), end = count_below(knots, n, x, true);
    double last = (double)(n - 1);

    if (end == 0)
        return 0;
    if (first == n)
        return 1;
    if (end > first)
        return first == 0 ? 0 : end == n ? 1 : (double)(first + end - 1) / 2 / last;
    return ((double)(first - 1) + (x - knots[first - 1]) / (knots[first] - knots[first - 1])) / last;
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double p;

        if (isnan(x[i]))
            continue;
        p = share_of(params + 2, (size_t)params[0], x[i]);
        x[i] = params[1] == 0 ? p
                              : bl_normal_quantile(p < LEAST       ? LEAST
                                                   : p > 1 - LEAST ? 1 - LEAST
                                                                   : p);
    }
}

static bool good(const double *params, size_t n, size_t inputs)
{
    (void)inputs;
    for (size_t i = 0; i < n; i++)
        if (isnan(params[i]))
            return false;
    return n >= 4 && params[0] >= 2 && params[0] <= (double)(n - 2);
}

static const struct bl_op op = {.name = "quantile", .map = map, .good = good};
static const char *const targets[] = {"uniform", "normal", NULL};
static const char *const key_names[] = {"method", "n", NULL};
static const struct bl_step_key keys[] = {{.values = targets},
                                          {.kind = BL_KEY_WHOLE, .min = 2, .max = KNOTS_MAX}};

extern const struct bl_step_type bl_step_quantile;
const struct bl_step_type bl_step_quantile = {
    .name = "quantile",
    .summary = "ranks: even from 0 to 1, or as normal quantiles",
    .key_names = key_names,
    .keys = keys,
    .takes = bl_takes_numbers,
    .fit_values = fit,
    .ops = {&op},
};
