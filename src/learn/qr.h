/* Least squares in double-double: the triangular factor of [A y], gathered row by row. */
#ifndef BATCHLAB_LEARN_QR_H
#define BATCHLAB_LEARN_QR_H

#include "src/learn/dd.h"
#include "batchlab/learn.h"

/* Minimises |A theta - y|^2 + penalty for a linear objective, by Householder QR of the rows. Where
 * columns depend on each other: the solution of smallest norm, and *rank below the columns. */
bool bl_least_squares(const struct bl_objective *o, double *theta, size_t *rank, struct bl_pool *pool,
                      struct bl_progress *progress, struct bl_error *err);
/* Multiplications that this takes, to choose another way where they are too many. */
double bl_least_squares_cost(const struct bl_objective *o);

#endif
