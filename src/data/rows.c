/* Which rows, in which order. Sorting is a stable radix sort of order-keeping keys, eleven bits at a time. What all
 * keys share costs nothing, no order of the rows makes it slow, and it can be stopped at any chunk. */
#include <math.h>
#include <string.h>

#include "batchlab/data.h"

enum { BITS = 11, BUCKETS = 1 << BITS, PASSES = 6, CHUNK = 65536 };

struct sorting {
    uint64_t *key[2];
    uint32_t *row[2];
    size_t (*count)[BUCKETS]; /* for each pass */
    size_t n;
    struct bl_progress *progress;
};

/* Numbers as whole ones of the same order; missing is the largest of all, whichever way it goes. */
static uint64_t key_of(const struct bl_column *c, size_t row, bool down)
{
    double x;
    uint64_t bits;

    if (c->code)
        return c->code[row] == BL_MISSING_CODE ? UINT64_MAX : down ? BL_MISSING_CODE - c->code[row] : c->code[row];
    x = c->number[row] + 0.0; /* -0 and 0 are one value */
    if (isnan(x))
        return UINT64_MAX;
    memcpy(&bits, &x, sizeof bits);
    bits = bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
    return down ? ~bits : bits;
}

static size_t bucket(uint64_t key, int pass) { return key >> (BITS * pass) & (BUCKETS - 1); }

static bool keys_take(struct sorting *s, const struct bl_column *c, bool down)
{
    for (size_t i = 0; i < s->n; i++) {
        if (i % CHUNK == 0) {
            if (bl_stopped(s->progress))
                return false;
            bl_progress_add(s->progress, CHUNK);
        }
        s->key[0][i] = key_of(c, s->row[0][i], down);
        for (int p = 0; p < PASSES; p++)
            s->count[p][bucket(s->key[0][i], p)]++;
    }
    return true;
}

/* One digit, from the first half of each pair to the second. */
static bool pass_do(struct sorting *s, int pass)
{
    size_t *to = s->count[pass], before = 0;

    for (size_t b = 0; b < BUCKETS; b++) {
        size_t n = to[b];
        to[b] = before;
        before += n;
    }
    for (size_t i = 0; i < s->n; i++) {
        if (i % CHUNK == 0) {
            if (bl_stopped(s->progress))
                return false;
            bl_progress_add(s->progress, CHUNK);
        }
        size_t at = to[bucket(s->key[0][i], pass)]++;
        s->key[1][at] = s->key[0][i];
        s->row[1][at] = s->row[0][i];
    }
    return true;
}

static bool all_alike(const struct sorting *s, int pass) { return s->count[pass][bucket(s->key[0][0], pass)] == s->n; }

static bool passes_do(struct sorting *s)
{
    for (int p = 0; p < PASSES; p++) {
        uint64_t *keys = s->key[0];
        uint32_t *rows = s->row[0];
        if (all_alike(s, p)) {
            bl_progress_add(s->progress, s->n);
            continue;
        }
        if (!pass_do(s, p))
            return false;
        s->key[0] = s->key[1], s->key[1] = keys;
        s->row[0] = s->row[1], s->row[1] = rows;
    }
    return true;
}

bool bl_rows_sort(const struct bl_table *t, size_t column, bool down, uint32_t *rows, size_t n, struct bl_progress *progress, struct bl_error *err)
{
    uint64_t *a = bl_aligned(n + 1, sizeof *a), *b = bl_aligned(n + 1, sizeof *b);
    uint32_t *other = bl_aligned(n + 1, sizeof *other);
    size_t (*count)[BUCKETS] = bl_calloc(PASSES, sizeof *count);
    struct sorting s = { .key = { a, b }, .row = { rows, other }, .count = count, .n = n, .progress = progress };
    bool ok = a && b && other && count;

    if (!ok)
        bl_fail_memory(err, "sorting");
    bl_progress_start(progress, "sorting", (PASSES + 1) * (uint64_t)n);
    if (ok && n > 1 && !(keys_take(&s, &t->columns[column], down) && passes_do(&s)))
        ok = bl_fail(err, BL_STOPPED, "sorting was stopped");
    if (ok && s.row[0] != rows)
        memcpy(rows, other, n * sizeof *rows);
    bl_free(a);
    bl_free(b);
    bl_free(other);
    bl_free(count);
    return ok;
}

/* ---- rows chosen by a condition --------------------------------------------------------------------*/

static uint32_t *rows_all(size_t n, struct bl_error *err)
{
    uint32_t *rows = n < UINT32_MAX ? bl_aligned(n + 1, sizeof *rows) : NULL;

    if (!rows)
        bl_fail_memory(err, "the order of the rows");
    for (size_t i = 0; rows && i < n; i++)
        rows[i] = (uint32_t)i;
    return rows;
}

static bool rows_where(const struct bl_table *t, const char *where, uint32_t **rows, size_t *n, struct bl_pool *pool,
                       struct bl_progress *progress, struct bl_error *err)
{
    struct bl_expression *e = bl_expression_parse(where, err);
    struct bl_formula *f = e ? bl_formula_create(e, t, NULL, err) : NULL;
    size_t unknown;
    bool ok;

    bl_progress_start(progress, "filtering", t->n_rows);
    ok = f && bl_formula_rows(f, rows, n, &unknown, pool, progress, err);
    bl_formula_free(f);
    bl_expression_free(e);
    return ok;
}

bool bl_rows_choose(const struct bl_table *t, const char *where, const struct bl_sort_key *keys, size_t n_keys, uint32_t **rows, size_t *n,
                    struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    bool ok;

    *n = t->n_rows;
    *rows = NULL;
    if (where && where[0])
        ok = rows_where(t, where, rows, n, pool, progress, err);
    else
        ok = (*rows = rows_all(*n, err)) != NULL;
    for (size_t k = n_keys; ok && k-- > 0;) /* stable: the key that decides comes last */
        ok = bl_rows_sort(t, keys[k].column, keys[k].descending, *rows, *n, progress, err);
    if (ok)
        return true;
    bl_free(*rows);
    *rows = NULL;
    return false;
}
