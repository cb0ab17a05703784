/* What the files of the optimizers share. Private to the room. */
#ifndef BATCHLAB_LEARN_OPTIMIZER_H
#define BATCHLAB_LEARN_OPTIMIZER_H

#include "batchlab/learn.h"

extern const struct bl_optimizer_type bl_optimizer_gd, bl_optimizer_momentum, bl_optimizer_nesterov, bl_optimizer_adagrad,
    bl_optimizer_rmsprop, bl_optimizer_adam, bl_optimizer_adamw, bl_optimizer_lion, bl_optimizer_svrg, bl_optimizer_saga;
extern const struct bl_hyper bl_no_hyper[];

/* b^t by squaring: no library power, the same bits everywhere. */
double bl_power(double b, uint64_t t);
void bl_adam_update(double *state, uint64_t t, double lr, const double *hyper, const double *g, double *theta, size_t n);
void bl_descent_update(double *state, uint64_t t, double lr, const double *hyper, const double *g, double *theta, size_t n);
double bl_adam_metric(const double *state, uint64_t t, const double *hyper, size_t n, size_t j);

#endif
