/* project: n random weighted sums of the columns, which keep the distances between rows nearly as
 * they are (Johnson and Lindenstrauss 1984): weights are normal with variance 1/n, or sparse
 * (Achlioptas 2003): +-sqrt(3/n) with probability 1/6 each, else 0. */
#include "src/prepare/linear.h"

#include <math.h>
#include <stdio.h>

#define COMPONENTS 10

static double weight(struct bl_random *random, bool sparse, double n)
{
    uint64_t side;

    if (!sparse)
        return bl_random_normal(random) / sqrt(n);
    side = bl_random_below(random, 6);
    return side > 1 ? 0 : (side ? 1 : -1) * sqrt(3 / n);
}

static bool fit_all(struct bl_fitter *f, const size_t *columns, size_t p, struct bl_error *err)
{
    size_t n = (size_t)bl_step_number(f->step, "n", COMPONENTS);
    uint64_t seed = (uint64_t)bl_step_number(f->step, "seed", 1);
    bool sparse = bl_step_is(f->step, "method", "sparse"), ok;
    double *check, *params;

    if (!(check = bl_fitter_block(f, columns, p, err)))
        return false;
    bl_free(check);
    ok = (params = bl_calloc(2 * p, sizeof *params)) != NULL || bl_fail_memory(err, "a projection");
    for (size_t k = 0; ok && k < n; k++) {
        struct bl_random random = bl_random_stream(seed, BL_FOR_SKETCH, 0, (uint32_t)k);
        char name[40];
        for (size_t j = 0; j < p; j++)
            params[p + j] = weight(&random, sparse, (double)n);
        snprintf(name, sizeof name, "random%zu", k + 1);
        ok = bl_fit_linear(f, name, columns, p, params, 0, err);
    }
    for (size_t j = 0; ok && j < p; j++)
        bl_fitter_remove(f, columns[j]);
    bl_free(params);
    return ok && bl_fitter_note_all(f, "seed", (double)seed, NULL, err);
}

static const char *const methods[] = {"gaussian", "sparse", NULL};
static const char *const key_names[] = {"n", "method", "seed", NULL};
static const struct bl_step_key keys[] = {{.kind = BL_KEY_WHOLE, .min = 1, .max = 10000},
                                          {.values = methods},
                                          {.kind = BL_KEY_WHOLE, .min = 0, .max = 9007199254740992.0}};

extern const struct bl_step_type bl_step_project;
const struct bl_step_type bl_step_project = {
    .name = "project",
    .summary = "random weighted sums in place of many columns",
    .key_names = key_names,
    .keys = keys,
    .takes = bl_takes_numbers,
    .fit_all = fit_all,
    .ops = {&bl_op_linear},
};
