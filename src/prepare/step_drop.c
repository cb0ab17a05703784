/* drop: the columns go; what earlier steps made of them too. */
#include "src/prepare/step.h"

static bool check(const struct bl_step *s, struct bl_error *err)
{
    if (s->n_columns > 0)
        return true;
    bl_fail(err, BL_USAGE, "prep drop needs columns=");
    return bl_hint(err, "prep drop columns=NAME");
}

static bool takes(const struct bl_step *s, enum bl_kind kind, bool asked)
{
    (void)s, (void)kind;
    return asked;
}

static bool fit_all(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err)
{
    (void)err;
    for (size_t i = 0; i < n; i++)
        bl_fitter_remove(f, columns[i]);
    return true;
}

extern const struct bl_step_type bl_step_drop;
const struct bl_step_type bl_step_drop = {
    .name = "drop",
    .summary = "leave columns out",
    .check = check,
    .keeps_zeros = true,
    .takes = takes,
    .fit_all = fit_all,
};
