/* Different values and the most frequent ones, exactly: a small hash table while the values are few;
 * else the values are dealt by their hash into parts whose tables stay in the cache. Data that was
 * made to collide runs out of a budget of probes and is sorted instead. */
#include <math.h>
#include <stdlib.h>

#include "order.h"

#define FEW 4096   /* different values that one table takes */
#define PART 4096  /* values that a part has on the average */
#define PARTS_BITS_MAX 12
#define PROBES 16 /* a value, on the average: far beyond what a table that is not full needs */

/* The different values stand densely in `entries`; slots hold their number + 1, and 0 where free. */
struct entry { uint64_t key; uint32_t count; };

struct counter {
    struct entry *entries;
    uint32_t *slots;
    size_t mask, n;    /* slots - 1; entries */
    ptrdiff_t budget;  /* of probes */
};

static bool counter_make(struct counter *c, size_t most, size_t values)
{
    size_t slots = 16;

    while (slots < 4 * most)
        slots *= 2;
    *c = (struct counter){ .mask = slots - 1, .budget = (ptrdiff_t)(PROBES * (values + 64)) };
    c->entries = bl_calloc(most + 1, sizeof *c->entries);
    c->slots = bl_calloc(slots, sizeof *c->slots);
    return c->entries && c->slots;
}

static void counter_free(struct counter *c)
{
    bl_free(c->entries);
    bl_free(c->slots);
}

static uint64_t hash_of(uint64_t key)
{
    key *= 0x9e3779b97f4a7c15;
    return (key ^ key >> 32) * 0xd6e8feb86659fd93;
}

static inline void count_key(struct counter *c, uint64_t key)
{
    size_t i = hash_of(key) >> 16 & c->mask;

    for (; c->slots[i]; i = (i + 1) & c->mask) {
        struct entry *e = &c->entries[c->slots[i] - 1];

        if (e->key == key) {
            e->count++;
            return;
        }
        c->budget--;
    }
    c->entries[c->n] = (struct entry){ key, 1 };
    c->slots[i] = (uint32_t)++c->n;
}

/* Into the list of the most frequent, if it belongs there: by count, then by value (codes come
 * ascending, so that they need no comparison). */
static void add_top(struct bl_frequencies *f, double value, uint32_t code, size_t count)
{
    size_t k = f->n_top;

    while (k && (f->top[k - 1].count < count || (f->top[k - 1].count == count && f->top[k - 1].value > value)))
        k--;
    if (k == 5)
        return;
    f->n_top += f->n_top < 5;
    for (size_t i = f->n_top - 1; i > k; i--)
        f->top[i] = f->top[i - 1];
    f->top[k] = (struct bl_count){ value, code, count };
}

/* All entries; the counter is empty again. */
static void take_entries(struct bl_frequencies *f, struct counter *c)
{
    uint64_t last = f->n_top == 5 ? bl_order_key(f->top[4].value) : 0;

    for (size_t i = 0; i < c->n; i++) {
        const struct entry *e = &c->entries[i];
        size_t least = f->n_top == 5 ? f->top[4].count : 0;

        if (e->count < least || (e->count == least && e->key > last))
            continue;
        add_top(f, bl_order_value(e->key), 0, e->count);
        last = f->n_top == 5 ? bl_order_key(f->top[4].value) : 0;
    }
    f->distinct += c->n;
    c->n = 0;
    memset(c->slots, 0, (c->mask + 1) * sizeof *c->slots);
}

enum outcome { DONE, TOO_MANY, NO_MEMORY };

static enum outcome count_few(const double *x, size_t n, struct bl_frequencies *f)
{
    struct counter c;
    bool fine = counter_make(&c, FEW, n), fits = true;

    for (size_t i = 0; fine && fits && i < n; i++) {
        if (x[i] != x[i])
            continue;
        count_key(&c, bl_order_key(x[i]));
        fits = c.n < FEW && c.budget >= 0;
    }
    if (fine && fits)
        take_entries(f, &c);
    counter_free(&c);
    return !fine ? NO_MEMORY : fits ? DONE : TOO_MANY;
}

/* Where each part begins in the dealt keys; begin[parts] is how many there are. */
static void deal(const double *x, size_t n, int bits, size_t *begin, uint64_t *keys)
{
    size_t parts = (size_t)1 << bits;

    for (size_t i = 0; i < n; i++)
        begin[(hash_of(bl_order_key(x[i])) >> (64 - bits)) + 1] += x[i] == x[i];
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

static enum outcome count_parts(const size_t *begin, size_t parts, const uint64_t *keys, struct bl_frequencies *f)
{
    struct counter c;
    size_t largest = 0;
    bool fine;

    for (size_t p = 0; p < parts; p++)
        largest = begin[p + 1] - begin[p] > largest ? begin[p + 1] - begin[p] : largest;
    fine = counter_make(&c, largest, begin[parts]);
    for (size_t p = 0; fine && p < parts && c.budget >= 0; p++) {
        for (size_t i = begin[p]; i < begin[p + 1] && c.budget >= 0; i++)
            count_key(&c, keys[i]);
        take_entries(f, &c);
    }
    counter_free(&c);
    return !fine ? NO_MEMORY : c.budget < 0 ? TOO_MANY : DONE;
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
        if (f->n_top < 5 || next - i > f->top[4].count)
            add_top(f, bl_order_value(keys[i]), 0, next - i);
    }
}

static enum outcome count_many(const double *x, size_t n, uint64_t *keys, struct bl_frequencies *f)
{
    int bits = 1;

    while (bits < PARTS_BITS_MAX && n >> bits > PART)
        bits++;
    size_t parts = (size_t)1 << bits, *begin = bl_calloc(parts + 1, sizeof *begin);
    enum outcome outcome = NO_MEMORY;

    if (begin) {
        deal(x, n, bits, begin, keys);
        outcome = count_parts(begin, parts, keys, f);
        if (outcome == TOO_MANY)
            count_sorted(keys, begin[parts], f);
    }
    bl_free(begin);
    return outcome;
}

bool bl_frequencies_of(const double *x, size_t n, uint64_t *keys, struct bl_frequencies *f)
{
    *f = (struct bl_frequencies){ 0 };
    enum outcome outcome = count_few(x, n, f);

    if (outcome == TOO_MANY) {
        *f = (struct bl_frequencies){ 0 };
        outcome = count_many(x, n, keys, f);
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
