/* SAGA: gradient descent on a gradient of less variance; see estimate.c. */
#include "src/learn/optimizer.h"

const struct bl_optimizer_type bl_optimizer_saga = {
    .name = "saga",
    .summary = "rows corrected by the last slope of each row",
    .estimate = BL_SAGA,
    .vectors = 1,
    .proximal = true,
    .hyper = bl_no_hyper,
    .update = bl_descent_update,
};
