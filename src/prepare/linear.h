/* Weighted sums of columns: what pca and project leave behind. Private to the room. */
#ifndef BATCHLAB_PREPARE_LINEAR_H
#define BATCHLAB_PREPARE_LINEAR_H

#include "src/prepare/step.h"

extern const struct bl_op bl_op_linear; /* params: a shift for each input, then a weight for each */
/* A column called name that is sum (x - shift) weight over the columns. */
bool bl_fit_linear(struct bl_fitter *f, const char *name, const size_t *columns, size_t n,
                   const double *params, size_t missing, struct bl_error *err);

#endif
