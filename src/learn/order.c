/* Which rows an update sees, and in which order: drawn from (seed, epoch), never from what happened
 * before, so that any epoch can be played again. */
#include "src/learn/run.h"

static void draw_order(struct bl_trainer *t, uint64_t epoch)
{
    bool anew = t->set.order == BL_REPLACEMENT;
    struct bl_random r = bl_random_stream(t->set.seed, anew ? BL_FOR_SAMPLE : BL_FOR_SHUFFLE, (uint32_t)epoch,
                                          (uint32_t)(epoch >> 32));

    for (size_t i = 0; i < t->n; i++)
        t->order[i] = anew ? (uint32_t)bl_random_below(&r, t->n) : (uint32_t)i;
    if (!anew)
        bl_random_shuffle(&r, t->order, t->n);
    t->order_of = epoch;
}

void bl_run_order(struct bl_trainer *t)
{
    uint64_t epoch = t->now.update / t->per_epoch;

    if (t->order && t->order_of != epoch)
        draw_order(t, epoch);
}

struct bl_batch bl_run_batch(struct bl_trainer *t)
{
    size_t from = (size_t)(t->now.update % t->per_epoch) * t->batch;
    size_t n = t->n - from < t->batch ? t->n - from : t->batch;

    if (t->whole || t->set.regime == BL_FULL)
        return (struct bl_batch){.n = t->n};
    bl_run_order(t);
    if (t->order)
        return (struct bl_batch){.index = t->order + from, .n = n, .known = t->n - from};
    return (struct bl_batch){.first = from, .n = n};
}

bool bl_trainer_next_rows(struct bl_trainer *t, uint32_t *rows, size_t limit, size_t *n, size_t *total, struct bl_error *err)
{
    struct bl_batch b = bl_run_batch(t);

    (void)err;
    *total = b.n;
    *n = b.n < limit ? b.n : limit;
    for (size_t i = 0; i < *n; i++)
        rows[i] = b.index ? b.index[i] : (uint32_t)(b.first + i);
    return true;
}
