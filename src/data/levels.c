/* The order of levels. */
#include "levels.h"

#include <stdlib.h>
#include <string.h>

static int by_bytes(const void *a, const void *b)
{
    const struct bl_level *x = a, *y = b;
    size_t n = x->length < y->length ? x->length : y->length;
    int order = n ? memcmp(x->at, y->at, n) : 0;

    return order ? order : (x->length > y->length) - (x->length < y->length);
}

static int by_value_then_bytes(const void *a, const void *b)
{
    const struct bl_level *x = a, *y = b;
    int order = (x->value > y->value) - (x->value < y->value);

    return order ? order : by_bytes(a, b);
}

void bl_levels_sort(struct bl_level *levels, size_t n, bool by_value)
{
    if (n > 1)
        qsort(levels, n, sizeof *levels, by_value ? by_value_then_bytes : by_bytes);
}
