/* poly: all products of the columns up to a degree, after the columns themselves. */
#include "src/prepare/products.h"

#define DEGREE_MAX 6

/* Next of the ascending lists of d columns, in lexical order; false after the last. */
static bool next_list(size_t *at, size_t d, size_t n)
{
    size_t i = d;

    while (i > 0 && at[i - 1] == n - 1)
        i--;
    if (i == 0)
        return false;
    at[i - 1]++;
    for (size_t k = i; k < d; k++)
        at[k] = at[i - 1];
    return true;
}

/* Lists of d out of n with repeats: (n + d - 1 over d). */
static double count_lists(double n, double d)
{
    double count = 1;

    for (double k = 1; k <= d; k++)
        count *= (n + k - 1) / k;
    return count;
}

static bool fit_degree(struct bl_fitter *f, const size_t *columns, size_t n, size_t d,
                       struct bl_error *err)
{
    size_t at[DEGREE_MAX] = {0}, chosen[DEGREE_MAX];

    do {
        for (size_t i = 0; i < d; i++)
            chosen[i] = columns[at[i]];
        if (!bl_fit_product(f, chosen, d, err))
            return false;
    } while (next_list(at, d, n));
    return true;
}

static bool fit_all(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err)
{
    size_t degree = (size_t)bl_step_number(f->step, "degree", 2);
    double made = 0;
    bool ok;

    for (size_t d = 2; d <= degree; d++)
        made += count_lists((double)n, (double)d);
    ok = bl_fitter_too_many(f, made, "name fewer columns=, or give a smaller degree=", err);
    for (size_t d = 2; ok && d <= degree; d++)
        ok = fit_degree(f, columns, n, d, err);
    return ok;
}

static const char *const key_names[] = {"degree", NULL};
static const struct bl_step_key keys[] = {{.kind = BL_KEY_WHOLE, .min = 2, .max = DEGREE_MAX}};

extern const struct bl_step_type bl_step_poly;
const struct bl_step_type bl_step_poly = {
    .name = "poly",
    .summary = "add all products of columns up to a degree",
    .key_names = key_names,
    .keys = keys,
    .takes = bl_takes_numbers,
    .fit_all = fit_all,
    .ops = {&bl_op_product},
};
