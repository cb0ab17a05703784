/* Sums over rows of outer products of rows with weights: Hessians, covariances of gradients and
 * X'X, all through one blocked symmetric rank-k update. */
#ifndef BATCHLAB_LEARN_GRAM_H
#define BATCHLAB_LEARN_GRAM_H

#include "batchlab/learn.h"

enum bl_gram {
    BL_GRAM_ROWS,      /* x x' with the intercept's 1: (d + intercept)^2 whatever k is */
    BL_GRAM_CURVATURE, /* curvature ⊗ x x': the Hessian of the data term, n_params^2 */
    BL_GRAM_SLOPES     /* slope slope' ⊗ x x': second moment of the gradients of single rows */
};
/* Mean over all training rows; theta may be NULL for BL_GRAM_ROWS. In lanes: same bits for every
 * number of threads. */
bool bl_gram_of(const struct bl_objective *o, enum bl_gram kind, const double *theta, double *out, struct bl_pool *pool,
                struct bl_progress *progress, struct bl_error *err);
/* Product of the Hessian of the objective with v, without the matrix. */
bool bl_hessian_times(const struct bl_objective *o, const double *theta, const double *v, double *out, struct bl_pool *pool,
                      struct bl_error *err);

#endif
