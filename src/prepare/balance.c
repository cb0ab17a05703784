/* Classes of equal size for training: rows of small ones repeated, or rows of large ones left out. */
#include "src/prepare/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct classes {
    size_t n;       /* classes */
    size_t *begin;  /* n + 1 */
    uint32_t *rows; /* class by class */
    size_t smallest, largest;
};

static int compare_rows(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void sort_classes(struct classes *c, const struct bl_table *t, const struct bl_roles *roles,
                         const uint32_t *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        c->begin[(size_t)bl_roles_y(roles, t, rows[i]) + 2]++;
    for (size_t k = 2; k <= c->n + 1; k++) {
        size_t size = c->begin[k];
        if (size > 0) { /* a class without rows stays without */
            c->smallest = size < c->smallest ? size : c->smallest;
            c->largest = size > c->largest ? size : c->largest;
        }
        c->begin[k] += c->begin[k - 1];
    }
    for (size_t i = 0; i < n; i++)
        c->rows[c->begin[(size_t)bl_roles_y(roles, t, rows[i]) + 1]++] = rows[i];
}

/* Every row once and then drawn ones, or a drawn part of them. */
static size_t draw_class(const struct classes *c, size_t k, bool over, uint64_t seed, uint32_t *out)
{
    struct bl_random random = bl_random_stream(seed, BL_FOR_SAMPLE, 1, (uint32_t)k);
    uint32_t *rows = c->rows + c->begin[k];
    size_t size = c->begin[k + 1] - c->begin[k], wanted = over ? c->largest : c->smallest;

    if (size == 0)
        return 0;
    if (!over)
        bl_random_shuffle(&random, rows, size);
    for (size_t i = 0; i < wanted; i++)
        out[i] = i < size ? rows[i] : rows[bl_random_below(&random, size)];
    return wanted;
}

static bool redraw(struct bl_split *s, struct classes *c, bool over, struct bl_error *err)
{
    uint32_t *rows = bl_calloc(c->n * (over ? c->largest : c->smallest) + 1, sizeof *rows);
    size_t n = 0;

    if (!rows)
        return bl_fail_memory(err, "the training rows");
    for (size_t k = 0; k < c->n; k++)
        n += draw_class(c, k, over, s->seed, rows + n);
    qsort(rows, n, sizeof *rows, compare_rows);
    bl_free(s->rows[BL_TRAIN]);
    s->rows[BL_TRAIN] = rows;
    s->n[BL_TRAIN] = n;
    return true;
}

bool bl_split_balance(struct bl_split *s, const struct bl_table *t, const struct bl_roles *roles,
                      enum bl_balance balance, struct bl_error *err)
{
    struct classes c = {.n = roles->n_classes, .smallest = SIZE_MAX};
    bool ok;

    if (roles->target == SIZE_MAX || roles->task != BL_CLASSIFICATION) {
        bl_fail(err, BL_VALUE, "balance= needs a target with classes");
        return bl_hint(err, "split 60 20 20 balance=none");
    }
    ok = (c.begin = bl_calloc(c.n + 2, sizeof *c.begin)) &&
         (c.rows = bl_calloc(s->n[BL_TRAIN] + 1, sizeof *c.rows));
    if (!ok)
        bl_fail_memory(err, "the classes of the training rows");
    if (ok) {
        sort_classes(&c, t, roles, s->rows[BL_TRAIN], s->n[BL_TRAIN]);
        ok = redraw(s, &c, balance == BL_BALANCE_OVER, err);
    }
    bl_free(c.begin);
    bl_free(c.rows);
    return ok;
}
