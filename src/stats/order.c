/* Sorting by order keys: least significant digit first, 11 bits a round; rounds in which all keys
 * agree are skipped. */
#include "order.h"

#define DIGIT 11
#define DIGITS 6
#define BINS ((size_t)1 << DIGIT)

static size_t digit_of(uint64_t key, int round)
{
    return key >> (round * DIGIT) & (BINS - 1);
}

/* Counts become places; false when one bin holds all. */
static bool places(size_t *count, size_t n)
{
    size_t at = 0;

    for (size_t b = 0; b < BINS; b++) {
        size_t here = count[b];

        if (here == n)
            return false;
        count[b] = at;
        at += here;
    }
    return true;
}

void bl_order_sort(struct bl_ranked *items, struct bl_ranked *spare, size_t n)
{
    struct bl_ranked *from = items, *to = spare;

    for (int round = 0; round < DIGITS && n > 1; round++) {
        size_t count[BINS] = { 0 };

        for (size_t i = 0; i < n; i++)
            count[digit_of(from[i].key, round)]++;
        if (!places(count, n))
            continue;
        for (size_t i = 0; i < n; i++)
            to[count[digit_of(from[i].key, round)]++] = from[i];
        struct bl_ranked *swap = from;

        from = to;
        to = swap;
    }
    if (from != items && n)
        memcpy(items, from, n * sizeof *items);
}

double *bl_sorted(const double *x, size_t n, size_t *present)
{
    struct bl_ranked *items = bl_calloc(2 * n, sizeof *items);
    double *sorted = items ? bl_calloc(n, sizeof *sorted) : NULL;
    size_t count = 0;

    for (size_t i = 0; sorted && i < n; i++)
        if (x[i] == x[i])
            items[count++] = (struct bl_ranked){ bl_order_key(x[i]), 0 };
    if (sorted)
        bl_order_sort(items, items + n, count);
    for (size_t i = 0; sorted && i < count; i++)
        sorted[i] = bl_order_value(items[i].key);
    bl_free(items);
    if (present)
        *present = count;
    return sorted;
}
