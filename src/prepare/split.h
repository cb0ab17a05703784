/* What the ways to split share. Private to the room. */
#ifndef BATCHLAB_PREPARE_SPLIT_H
#define BATCHLAB_PREPARE_SPLIT_H

#include "batchlab/prepare.h"

bool bl_split_percent(const double percent[BL_PARTS], struct bl_error *err); /* are they shares? */
void bl_split_apportion(size_t n, const double percent[BL_PARTS], size_t out[BL_PARTS]);
/* The rows into their parts, in their order; part[i] is where rows[i] goes. */
bool bl_split_collect(struct bl_split *s, const uint8_t *part, const uint32_t *rows, size_t n,
                      struct bl_error *err);
bool bl_split_check(const struct bl_split *s, size_t n, struct bl_error *err); /* no part is empty */
/* Draws the training rows anew, see bl_split_rows. */
bool bl_split_balance(struct bl_split *s, const struct bl_table *t, const struct bl_roles *roles,
                      enum bl_balance balance, struct bl_error *err);

#endif
