/* Random streams without shared state: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3", SC 2011). */
#include "batchlab/base.h"

#include <math.h>
#include <string.h>

#define ROUNDS 10

void bl_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = (uint64_t)0xd2511f53 * c0, p1 = (uint64_t)0xcd9e8d57 * c2;

        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9e3779b9; /* the golden ratio and √3 − 1: a Weyl sequence of keys */
        k1 += 0xbb67ae85;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* counter = (number of the block, purpose, epoch, index) */
struct bl_random bl_random_stream(uint64_t seed, enum bl_purpose purpose, uint32_t epoch,
                                  uint32_t index)
{
    return (struct bl_random){
        .key = { (uint32_t)seed, (uint32_t)(seed >> 32) },
        .counter = { 0, (uint32_t)purpose, epoch, index },
        .used = 4,
    };
}

uint32_t bl_random_u32(struct bl_random *r)
{
    if (r->used == 4) {
        bl_philox(r->counter, r->key, r->block);
        r->counter[0]++;
        r->used = 0;
    }
    return r->block[r->used++];
}

uint64_t bl_random_u64(struct bl_random *r)
{
    uint64_t low = bl_random_u32(r);

    return (uint64_t)bl_random_u32(r) << 32 | low;
}

double bl_random_unit(struct bl_random *r)
{
    return (double)(bl_random_u64(r) >> 11) * 0x1p-53;
}

double bl_random_normal(struct bl_random *r)
{
    double u, v, s;

    do {
        u = 2 * bl_random_unit(r) - 1;
        v = 2 * bl_random_unit(r) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    return u * sqrt(-2 * bl_log(s) / s); /* its twin v·√… is not kept: a stream has no past */
}

/* The high half of word × n, drawn anew in the few cases that would favour small results
 * (Lemire, "Fast random integer generation in an interval", 2019). */
static uint32_t below_32(struct bl_random *r, uint32_t n)
{
    uint64_t product = (uint64_t)bl_random_u32(r) * n;

    if ((uint32_t)product < n) {
        uint32_t unfair = (0 - n) % n; /* 2^32 mod n */

        while ((uint32_t)product < unfair)
            product = (uint64_t)bl_random_u32(r) * n;
    }
    return (uint32_t)(product >> 32);
}

uint64_t bl_random_below(struct bl_random *r, uint64_t n)
{
    __extension__ typedef unsigned __int128 wide;

    if (n <= UINT32_MAX)
        return n ? below_32(r, (uint32_t)n) : 0;
    wide product = (wide)bl_random_u64(r) * n;

    if ((uint64_t)product < n) {
        uint64_t unfair = (0 - n) % n;

        while ((uint64_t)product < unfair)
            product = (wide)bl_random_u64(r) * n;
    }
    return (uint64_t)(product >> 64);
}

void bl_random_shuffle(struct bl_random *r, uint32_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)bl_random_below(r, i);
        uint32_t item = items[i - 1];

        items[i - 1] = items[j];
        items[j] = item;
    }
}
