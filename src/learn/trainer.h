/* What a trainer shows to its own room. */
#ifndef BATCHLAB_LEARN_TRAINER_H
#define BATCHLAB_LEARN_TRAINER_H

#include "batchlab/learn.h"

/* State of the optimizer (type->vectors × n_params doubles) or of the solver (state_size doubles),
 * as the next update would find it; NULL when it has none. Lent until the trainer moves. */
const double *bl_trainer_state(const struct bl_trainer *t);
/* The pool that the trainer was created with; may be NULL. */
struct bl_pool *bl_trainer_pool(const struct bl_trainer *t);

#endif
