/* Products of columns, for poly and interact. Private to the room. */
#ifndef BATCHLAB_PREPARE_PRODUCTS_H
#define BATCHLAB_PREPARE_PRODUCTS_H

#include "src/prepare/step.h"

extern const struct bl_op bl_op_product;
/* "a^2*b": a new column, the product of n columns (ascending, perhaps repeated). */
bool bl_fit_product(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err);

#endif
