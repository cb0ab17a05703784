/* Doubles by their order: keys that compare as integers, sorting, selecting, counting equal ones. */
#ifndef BL_STATS_ORDER_H
#define BL_STATS_ORDER_H

#include <string.h>

#include "batchlab/stats.h"

/* Ascending with the value; -0 and 0 are one. */
static inline uint64_t bl_order_key(double x)
{
    uint64_t bits;

    x += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &x, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static inline double bl_order_value(uint64_t key)
{
    uint64_t bits = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

struct bl_ranked { uint64_t key; uint32_t row; };
/* Stable sort by key; spare has room for n. The result is in items. */
void bl_order_sort(struct bl_ranked *items, struct bl_ranked *spare, size_t n);

/* The values that are not NaN, ascending, in memory of their own (bl_free); NULL without memory.
 * *present (may be NULL): how many. */
double *bl_sorted(const double *x, size_t n, size_t *present);

/* Different values among x (NaN skipped) and the most frequent ones; keys is room for n. */
struct bl_frequencies { size_t distinct, n_top; struct bl_count top[5]; };
bool bl_frequencies_of(const double *x, size_t n, uint64_t *keys, struct bl_frequencies *f);
/* The same of codes below n_levels. */
bool bl_frequencies_of_codes(const uint32_t *code, size_t n, size_t n_levels, struct bl_frequencies *f);

/* Quantiles as bl_quantiles has them, with room that is used again: keys for n. */
struct bl_selection { size_t *count; uint8_t *keep; uint64_t *keys; };
bool bl_selection_make(struct bl_selection *s, size_t n);
void bl_selection_free(struct bl_selection *s);
bool bl_select_quantiles(const double *x, size_t n, const double *qs, size_t n_qs, double *out, struct bl_selection *s);

#endif
