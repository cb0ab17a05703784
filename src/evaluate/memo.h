/* Figures of fits by the name of what was fitted. Private to the room. */
#ifndef BATCHLAB_EVALUATE_MEMO_H
#define BATCHLAB_EVALUATE_MEMO_H

#include "batchlab/evaluate.h"

/* True and *out filled if a trial of this name is known. Not to be called from two threads at once. */
bool bl_memo_find(const struct bl_memo *m, const char *key, struct bl_trial *out);
void bl_memo_keep(struct bl_memo *m, const char *key, const struct bl_trial *trial); /* no memory: it is not kept */

#endif
