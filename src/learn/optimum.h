/* The ways to the optimum; bl_optimum_find chooses among them. */
#ifndef BATCHLAB_LEARN_OPTIMUM_H
#define BATCHLAB_LEARN_OPTIMUM_H

#include "batchlab/learn.h"

/* Fill theta, exists, reason, method and iterations of `out` (theta is there, all zero). */
bool bl_optimum_newton(const struct bl_objective *o, struct bl_workspace *w, struct bl_pool *pool, struct bl_progress *progress,
                       struct bl_optimum *out, struct bl_error *err);
bool bl_optimum_lbfgs(const struct bl_objective *o, struct bl_workspace *w, struct bl_progress *progress, struct bl_optimum *out,
                      struct bl_error *err);
/* With l1: accelerated proximal gradients, then Newton's method on the weights that are not 0. */
bool bl_optimum_proximal(const struct bl_objective *o, struct bl_workspace *w, struct bl_pool *pool, struct bl_progress *progress,
                         struct bl_optimum *out, struct bl_error *err);
/* False, with out->reason, where it is plain that there is no optimum: a class without rows. */
bool bl_optimum_expected(const struct bl_objective *o, struct bl_optimum *out);
/* Sure sign of separated classes: a mean loss so small that every row is right. */
bool bl_optimum_separated(const struct bl_objective *o, double objective, struct bl_optimum *out);
bool bl_optimum_none(struct bl_optimum *out, const char *reason); /* exists = false; returns true */
/* Softmax: of the shifts that change nothing, the one in which each parameter sums to 0 over classes. */
void bl_optimum_centre(const struct bl_objective *o, double *theta);

#endif
