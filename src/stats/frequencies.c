/* Different values and the most frequent ones, exactly: a small hash table while the values are few;
 * else the values are dealt by their hash into parts whose tables stay in the cache. Data that was
 * made to collide runs out of a budget of probes and is sorted instead. */
#include <math.h>
#include <stdlib.h>

#include "order.h"

#define FEW_BITS 12
#define FEW ((size_t)1 << (FEW_BITS - 1)) /* half full */
#define PART 2048
#define PARTS_BITS_MAX 12
#define PROBES 16 /* a value, on the average: far beyond what a half full table needs */

struct slot { uint64_t key; size_t count; }; /* count 0: free */

static uint64_t hash_of(uint64_t key)
{
    key *= 0x9e3779b97f4a7c15;
    return (key ^ key >> 32) * 0xd6e8feb86659fd93;
}

/* Takes part in the list of the most frequent, if it belongs there: by count, then by value. */
static void add_top(struct bl_frequencies *f, double value, uint32_t code, size_t count)
{
    size_t k = f->n_top;

    while (k && (f->top[k - 1].count < count || (f->top[k - 1].count == count && (f->top[k - 1].value > value ||
                                                                             f->top[k - 1].code > code))))
        k--;
    if (k == 5)
        return;
    f->n_top += f->n_top < 5;
    for (size_t i = f->n_top - 1; i > k; i--)
        f->top[i] = f->top[i - 1];
    f->top[k] = (struct bl_count){ value, code, count };
}

/* Probes beyond the first are taken off *budget. */
static void count_key(struct slot *slots, int bits, uint64_t key, size_t *distinct, ptrdiff_t *budget)
{
    size_t mask = ((size_t)1 << bits) - 1, i = hash_of(key) >> 8 & mask;

    for (; slots[i].count && slots[i].key != key; i = (i + 1) & mask)
        --*budget;
    *distinct += slots[i].count == 0;
    slots[i].key = key;
    slots[i].count++;
}

static void take_slots(struct bl_frequencies *f, struct slot *slots, int bits)
{
    for (size_t i = 0; i < (size_t)1 << bits; i++) {
        if (!slots[i].count)
            continue;
        if (f->n_top < 5 || slots[i].count >= f->top[4].count)
            add_top(f, bl_order_value(slots[i].key), 0, slots[i].count);
        slots[i].count = 0;
    }
}

enum outcome { DONE, TOO_MANY, NO_MEMORY };

static enum outcome count_few(const double *x, size_t n, struct slot *slots, struct bl_frequencies *f)
{
    ptrdiff_t budget = (ptrdiff_t)(PROBES * n);

    for (size_t i = 0; i < n; i++) {
        if (x[i] != x[i])
            continue;
        count_key(slots, FEW_BITS, bl_order_key(x[i]), &f->distinct, &budget);
        if (f->distinct > FEW || budget < 0)
            return TOO_MANY;
    }
    take_slots(f, slots, FEW_BITS);
    return DONE;
}

/* Where each part begins in the dealt keys; begin[parts] is how many there are. */
static void deal(const double *x, size_t n, int bits, size_t *begin, uint64_t *keys)
{
    size_t parts = (size_t)1 << bits;

    for (size_t i = 0; i < n; i++)
        if (x[i] == x[i])
            begin[(hash_of(bl_order_key(x[i])) >> (64 - bits)) + 1]++;
    for (size_t p = 0; p < parts; p++)
        begin[p + 1] += begin[p];
    for (size_t i = 0; i < n; i++)
        if (x[i] == x[i]) {
            uint64_t key = bl_order_key(x[i]);

            keys[begin[hash_of(key) >> (64 - bits)]++] = key;
        }
    for (size_t p = parts; p > 0; p--) /* the ends are the begins of the next */
        begin[p] = begin[p - 1];
    begin[0] = 0;
}

static int bits_for(size_t n)
{
    int bits = 3;

    while ((size_t)1 << bits < 2 * n)
        bits++;
    return bits;
}

/* Every part with a table of its own, which holds at most half of what it could. */
static enum outcome count_parts(const size_t *begin, size_t parts, const uint64_t *keys, struct bl_frequencies *f)
{
    ptrdiff_t budget = (ptrdiff_t)(PROBES * begin[parts]);
    size_t largest = 0;

    for (size_t p = 0; p < parts; p++)
        largest = begin[p + 1] - begin[p] > largest ? begin[p + 1] - begin[p] : largest;
    struct slot *slots = bl_calloc((size_t)1 << bits_for(largest), sizeof *slots);

    if (!slots)
        return NO_MEMORY;
    for (size_t p = 0; p < parts && budget >= 0; p++) {
        int bits = bits_for(begin[p + 1] - begin[p]);

        for (size_t i = begin[p]; i < begin[p + 1] && budget >= 0; i++)
            count_key(slots, bits, keys[i], &f->distinct, &budget);
        take_slots(f, slots, bits);
    }
    bl_free(slots);
    return budget < 0 ? TOO_MANY : DONE;
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void count_sorted(uint64_t *keys, size_t n, struct bl_frequencies *f)
{
    *f = (struct bl_frequencies){ 0 };
    if (n > 1)
        qsort(keys, n, sizeof *keys, by_key);
    for (size_t i = 0, next; i < n; i = next) {
        for (next = i; next < n && keys[next] == keys[i];)
            next++;
        f->distinct++;
        if (f->n_top < 5 || next - i >= f->top[4].count)
            add_top(f, bl_order_value(keys[i]), 0, next - i);
    }
}

static enum outcome count_many(const double *x, size_t n, struct bl_frequencies *f)
{
    int bits = 1;

    while (bits < PARTS_BITS_MAX && n >> bits > PART)
        bits++;
    size_t parts = (size_t)1 << bits, *begin = bl_calloc(parts + 1, sizeof *begin);
    uint64_t *keys = bl_calloc(n, sizeof *keys);
    enum outcome outcome = NO_MEMORY;

    if (begin && keys) {
        deal(x, n, bits, begin, keys);
        outcome = count_parts(begin, parts, keys, f);
        if (outcome == TOO_MANY)
            count_sorted(keys, begin[parts], f);
    }
    bl_free(begin);
    bl_free(keys);
    return outcome;
}

bool bl_frequencies_of(const double *x, size_t n, struct bl_frequencies *f)
{
    struct slot *slots = bl_calloc((size_t)1 << FEW_BITS, sizeof *slots);
    enum outcome outcome;

    *f = (struct bl_frequencies){ 0 };
    if (!slots)
        return false;
    outcome = count_few(x, n, slots, f);
    bl_free(slots);
    if (outcome == TOO_MANY) {
        *f = (struct bl_frequencies){ 0 };
        outcome = count_many(x, n, f);
    }
    return outcome != NO_MEMORY;
}

bool bl_frequencies_of_codes(const uint32_t *code, size_t n, size_t n_levels, struct bl_frequencies *f)
{
    size_t *count = bl_calloc(n_levels, sizeof *count);

    *f = (struct bl_frequencies){ 0 };
    if (!count)
        return false;
    for (size_t i = 0; i < n; i++)
        if (code[i] < n_levels)
            count[code[i]]++;
    for (size_t k = 0; k < n_levels; k++) {
        f->distinct += count[k] > 0;
        if (count[k])
            add_top(f, NAN, (uint32_t)k, count[k]);
    }
    bl_free(count);
    return true;
}
