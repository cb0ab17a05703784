/* SVRG: gradient descent on a gradient of less variance; see estimate.c. */
#include "src/learn/optimizer.h"

const struct bl_optimizer_type bl_optimizer_svrg = {
    .name = "svrg",
    .summary = "rows corrected by the full gradient at the start of the epoch",
    .estimate = BL_SVRG,
    .vectors = 2,
    .proximal = true,
    .hyper = bl_no_hyper,
    .update = bl_descent_update,
};
