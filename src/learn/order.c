/* Which rows an update sees, and in which order: drawn from (seed, epoch), never from what happened
 * before, so that any epoch can be played again. */
#include "src/learn/run.h"

#include <math.h>

/* ---- by importance --------------------------------------------------------------------------------*/
/* Smoothness of the loss of a row; where the slope jumps, its largest length over that of the loss. */
static double importance_of(const struct bl_objective *o, size_t row)
{
    double square = bl_row_norm2(o->train, row) + o->intercept, weight = bl_row_weight(o, row);

    if (o->type->kinks)
        return weight * sqrt(square);
    return o->type->curvature_bound * weight * square + (weight > 0 ? o->l2 : 0);
}

bool bl_run_weigh_rows(struct bl_trainer *t, struct bl_error *err)
{
    struct bl_sum2 sum = {0, 0};
    double total, n = (double)t->n;

    t->reach = bl_aligned(t->n, sizeof *t->reach);
    t->importance = bl_aligned(t->n, sizeof *t->importance);
    if (!t->reach || !t->importance)
        return bl_fail_memory(err, "the importance of rows");
    for (size_t i = 0; i < t->n; i++) {
        t->importance[i] = importance_of(t->o, i);
        bl_sum2_add(&sum, t->importance[i]);
        t->reach[i] = bl_sum2_value(sum);
    }
    total = bl_sum2_value(sum);
    if (!(total > 0 && isfinite(total))) {
        bl_fail(err, BL_VALUE, "order=importance: no row is steeper than another, all features are 0");
        return bl_hint(err, "order=replacement");
    }
    for (size_t i = 0; i < t->n; i++)
        t->importance[i] = t->importance[i] > 0 ? bl_row_weight(t->o, i) * (total / (n * t->importance[i])) : 0;
    return true;
}

/* The first row whose share of the sum reaches beyond the draw: never one of importance 0. */
static uint32_t draw_row(const struct bl_trainer *t, struct bl_random *r)
{
    double at = bl_random_unit(r) * t->reach[t->n - 1];
    size_t low = 0, high = t->n - 1;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->reach[middle] > at)
            high = middle;
        else
            low = middle + 1;
    }
    while (low > 0 && !(t->importance[low] > 0)) /* the draw was rounded up to the very end */
        low--;
    return (uint32_t)low;
}

static void draw_order(struct bl_trainer *t, uint64_t epoch)
{
    bool anew = t->set.order == BL_REPLACEMENT || t->set.order == BL_IMPORTANCE;
    struct bl_random r = bl_random_stream(t->set.seed, anew ? BL_FOR_SAMPLE : BL_FOR_SHUFFLE, (uint32_t)epoch,
                                          (uint32_t)(epoch >> 32));

    for (size_t i = 0; i < t->n; i++)
        t->order[i] = t->importance ? draw_row(t, &r) : anew ? (uint32_t)bl_random_below(&r, t->n) : (uint32_t)i;
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

    struct bl_batch b = {.n = t->n, .training = true};

    b.place = (struct bl_place){.seed = t->set.seed, .epoch = (uint32_t)(t->now.update / t->per_epoch),
                                .update = (uint32_t)(t->now.update % t->per_epoch)};
    if (t->whole || t->set.regime == BL_FULL)
        return b;
    bl_run_order(t);
    b.n = n;
    b.first = t->order ? 0 : from;
    b.index = t->order ? t->order + from : NULL;
    b.known = t->order ? t->n - from : 0;
    b.weight = t->order ? t->importance : NULL;
    return b;
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
