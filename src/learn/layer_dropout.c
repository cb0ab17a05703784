/* dropout (Srivastava and others, JMLR 2014): in training each number goes with probability `share`,
 * the others grow by 1/(1 - share); predictions keep all. Which go follows from (seed, epoch, update,
 * layer, place of the row in the update, unit) alone: going back and forward again meets the same. */
#ifndef REAL
#define BODY "src/learn/layer_dropout.c"
#include "src/learn/network.h"

#include <math.h>

/* Which of 4 units from 4 q stay, for one row. */
static void stay(const struct bl_layer_run *r, size_t place, size_t q, bool keep[4])
{
    uint64_t block = (uint64_t)place * ((r->layer->out + 3) / 4) + q, limit = (uint64_t)(r->layer->share * 0x1p32);
    uint32_t counter[4] = {(uint32_t)block, (uint32_t)BL_FOR_DROPOUT | (uint32_t)r->layer->index << 8 | (uint32_t)(block >> 32) << 16,
                           r->at.epoch, r->at.update};
    uint32_t key[2] = {(uint32_t)r->at.seed, (uint32_t)(r->at.seed >> 32)}, words[4];

    bl_philox(counter, key, words);
    for (size_t j = 0; j < 4; j++)
        keep[j] = words[j] >= limit;
}
#include "src/learn/layer.h"

const struct bl_layer_type bl_layer_dropout = {
    .name = "dropout",
    .summary = "in training, a share of the numbers is 0",
    .trains_otherwise = true,
    .code = BOTH,
};
#else
static void OF(mask)(const struct bl_layer_run *r, const REAL *from, REAL *to)
{
    size_t out = r->layer->out;
    const REAL grow = (REAL)(1 / (1 - r->layer->share));

    for (size_t i = 0; i < r->rows; i++)
        for (size_t q = 0; 4 * q < out; q++) {
            bool keep[4];
            stay(r, r->place + i, q, keep);
            for (size_t j = 0; j < 4 && 4 * q + j < out; j++)
                to[i * out + 4 * q + j] = keep[j] ? from[i * out + 4 * q + j] * grow : 0;
        }
}

static void OF(forward)(const struct bl_layer_run *r)
{
    if (r->training)
        OF(mask)(r, r->x, r->y);
    else
        memcpy(r->y, r->x, r->rows * r->layer->out * sizeof(REAL));
}

static void OF(backward)(const struct bl_layer_run *r)
{
    if (r->dx && r->training)
        OF(mask)(r, r->dy, r->dx);
    else if (r->dx)
        memcpy(r->dx, r->dy, r->rows * r->layer->out * sizeof(REAL));
}
#endif
