/* Small helpers that table and readers share. */
#ifndef BL_DATA_LEVELS_H
#define BL_DATA_LEVELS_H

#include "batchlab/data.h"

bool bl_whole_number(double x); /* finite and without a fraction */

/* One level on its way into a column: text with its length, and the value if it is a number. */
struct bl_level {
    const char *at;
    size_t length;
    double value;
    bool number;
    uint32_t from, code; /* where it came from: dictionary and its number there */
};
/* Sorts ascending: by value when all are numbers (equal values by bytes), else by bytes. */
void bl_levels_sort(struct bl_level *levels, size_t n, bool by_value);

/* The table keeps these columns, which exist and are different, in this order; picked has room for n. */
void bl_table_pick(struct bl_table *t, const char *const *names, size_t n, struct bl_column *picked);

#endif
