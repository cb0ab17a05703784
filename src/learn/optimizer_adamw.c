/* AdamW (Loshchilov and Hutter, ICLR 2019): the weights, not the intercept, first shrink by
 * lr weight_decay, apart from the gradient; then Adam. */
#include "src/learn/optimizer.h"

static const struct bl_hyper hyper_parameters[] = {
    {.name = "beta1", .summary = "memory of the mean gradient", .value = 0.9, .min = 0, .max = 1, .max_open = true},
    {.name = "beta2", .summary = "memory of the mean square", .value = 0.999, .min = 0, .max = 1, .max_open = true},
    {.name = "eps", .summary = "added to the root of the mean square", .value = 1e-8, .min = 0, .max = 1, .min_open = true},
    {.name = "weight_decay", .summary = "share of the weights taken off, times lr", .value = 0.01, .min = 0, .max = 1},
    {.name = NULL},
};

const struct bl_optimizer_type bl_optimizer_adamw = {
    .name = "adamw",
    .summary = "Adam, with weights that shrink by themselves",
    .vectors = 2,
    .adaptive = true,
    .proximal = true,
    .metric = bl_adam_metric,
    .hyper = hyper_parameters,
    .weight_decay = 4,
    .update = bl_adam_update,
};
