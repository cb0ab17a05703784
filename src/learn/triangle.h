/* A triangular factor in double-double that takes in rows (Householder), and the systems that are
 * solved with it. Row-major: element (i, j) of n columns at i*n + j, zero below the diagonal. */
#ifndef BATCHLAB_LEARN_TRIANGLE_H
#define BATCHLAB_LEARN_TRIANGLE_H

#include "src/learn/dd.h"

#include <stddef.h>

/* A block of rows, column by column: value (i, j) at j*rows + i; `rows` even, unused ones zero. */
struct bl_rows_block { size_t rows; double *hi, *lo; };

/* R becomes the factor of R above the block; the block's contents are used up. */
void bl_triangle_absorb(struct dd *r, size_t n, struct bl_rows_block *block);
/* x = R^-1 b and x = R^-T b for the leading `used` columns of a factor with n; in place. */
void bl_triangle_solve(const struct dd *r, size_t n, size_t used, struct dd *x);
void bl_triangle_solve_transposed(const struct dd *r, size_t n, size_t used, struct dd *x);

#endif
