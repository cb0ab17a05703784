/* complete: only rows without missing values. The rows are chosen before anything is fitted
 * (rows.c). */
#include "src/prepare/step.h"

static bool takes(const struct bl_step *s, enum bl_kind kind, bool asked)
{
    (void)s, (void)kind, (void)asked;
    return true;
}

extern const struct bl_step_type bl_step_complete;
const struct bl_step_type bl_step_complete = {
    .name = "complete",
    .summary = "keep only the rows without missing values",
    .keeps_zeros = true,
    .takes = takes,
    .drops_rows = true,
};
