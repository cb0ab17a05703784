/* impute method=knn. Private to the room. */
#ifndef BATCHLAB_PREPARE_NEIGHBOURS_H
#define BATCHLAB_PREPARE_NEIGHBOURS_H

#include "src/prepare/step.h"

extern const struct bl_op bl_op_neighbours;
/* Fills the gaps of all the columns from rows that are near in all of them. */
bool bl_fit_neighbours(struct bl_fitter *f, const size_t *columns, size_t p, struct bl_error *err);

#endif
