/* Exact quantiles by selection: the values are counted by the leading 16 bits of their order keys,
 * those in the buckets that hold a wanted rank are kept, and again with the next 16 bits. Four
 * rounds settle any data; no order of the rows and no distribution makes it slow. */
#include <math.h>
#include <stdlib.h>

#include "order.h"

#define BITS 16
#define BUCKETS ((size_t)1 << BITS)
#define SORT_BELOW 2048
#define RANKS_MAX 512 /* 256 quantiles in one go */

double bl_quantile_sorted(const double *sorted, size_t n, double q)
{
    if (!n)
        return NAN;
    double h = (double)(n - 1) * q;
    size_t k = (size_t)floor(h);

    return k + 1 < n ? sorted[k] + (h - (double)k) * (sorted[k + 1] - sorted[k]) : sorted[n - 1];
}

static int by_key(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Wanted ranks, ascending, and the keys found for them. */
struct wanted { const size_t *rank; uint64_t *key; size_t n; };

/* The bucket of a rank: *below is how many keys lie before it. */
static size_t bucket_of(const size_t *count, size_t rank, size_t *from, size_t *below)
{
    while (rank - *below >= count[*from])
        *below += count[(*from)++];
    return *from;
}

static bool select_keys(uint64_t *keys, size_t n, int shift, size_t below, struct wanted w, struct bl_selection *r);

/* Each bucket with wanted ranks, its keys brought together, goes on with the next bits. */
static bool select_inside(uint64_t *keys, size_t n, int shift, size_t below, struct wanted w, struct bl_selection *r)
{
    size_t bucket = 0, before = below;

    for (size_t i = 0, next; i < w.n; i = next) {
        size_t b = bucket_of(r->count, w.rank[i], &bucket, &before), size = r->count[b], kept = 0;
        uint64_t *mine = bl_calloc(size, sizeof *mine);

        for (next = i; next < w.n && w.rank[next] - before < size;)
            next++;
        if (!mine)
            return false;
        for (size_t k = 0; k < n; k++)
            if ((keys[k] >> shift & (BUCKETS - 1)) == b)
                mine[kept++] = keys[k];
        /* the counts are used up by the next round: keep ours */
        struct bl_selection inner = { .count = bl_calloc(size < SORT_BELOW ? 1 : BUCKETS, sizeof *inner.count) };
        bool fine = inner.count && select_keys(mine, size, shift - BITS, before,
                                               (struct wanted){ w.rank + i, w.key + i, next - i }, &inner);

        bl_free(inner.count);
        bl_free(mine);
        if (!fine)
            return false;
    }
    return true;
}

/* Keys that agree in all bits above shift + 16, the first of them of rank `below`. */
static bool select_keys(uint64_t *keys, size_t n, int shift, size_t below, struct wanted w, struct bl_selection *r)
{
    if (n < SORT_BELOW || shift < 0) {
        if (shift >= 0)
            qsort(keys, n, sizeof *keys, by_key);
        for (size_t i = 0; i < w.n; i++)
            w.key[i] = keys[w.rank[i] - below];
        return true;
    }
    for (size_t k = 0; k < n; k++)
        r->count[keys[k] >> shift & (BUCKETS - 1)]++;
    return select_inside(keys, n, shift, below, w, r);
}

/* The first round reads the values themselves and keeps all wanted buckets in one pass. */
static void keep_wanted(const double *x, size_t n, const struct bl_selection *r)
{
    uint64_t *keys = r->keys;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        uint64_t key = bl_order_key(x[i]);

        keys[kept] = key;
        kept += (x[i] == x[i]) & r->keep[key >> (64 - BITS)];
    }
}

/* Marks the buckets of all ranks; ranks become ranks among what is kept. Returns how many are kept. */
static size_t mark_wanted(struct bl_selection *r, size_t *rank, size_t n_ranks)
{
    size_t bucket = 0, below = 0, kept = 0, kept_below = 0, last = SIZE_MAX;

    for (size_t i = 0; i < n_ranks; i++) {
        size_t b = bucket_of(r->count, rank[i], &bucket, &below);

        if (b != last) {
            kept_below = kept;
            kept += r->count[b];
            r->keep[b] = 1;
            last = b;
        }
        rank[i] = rank[i] - below + kept_below;
    }
    return kept;
}

static size_t count_values(const double *x, size_t n, size_t *count)
{
    size_t present = 0;

    for (size_t i = 0; i < n; i++)
        if (x[i] == x[i]) {
            count[bl_order_key(x[i]) >> (64 - BITS)]++;
            present++;
        }
    return present;
}

/* The different ranks that quantiles of n values need, ascending: each and its neighbour. */
static size_t ranks_of(const double *qs, size_t n_qs, size_t n, size_t *rank)
{
    size_t k = 0;

    for (size_t i = 0; i < n_qs; i++)
        for (size_t j = 0; j < 2; j++) {
            size_t wanted = (size_t)floor((double)(n - 1) * qs[i]) + j;

            if (wanted < n && (k == 0 || wanted > rank[k - 1]))
                rank[k++] = wanted;
        }
    return k;
}

static double between(double a, double b, double h)
{
    double d = h * (b - a);

    return a == b || h == 0 ? a : isfinite(d) ? a + d : a * (1 - h) + b * h;
}

/* rank and key of n_ranks values; those of one quantile stand side by side. */
static double quantile_from(const size_t *rank, const uint64_t *key, size_t n_ranks, double h)
{
    size_t k = 0;

    while (rank[k] != (size_t)floor(h))
        k++;
    double a = bl_order_value(key[k]);

    return k + 1 < n_ranks ? between(a, bl_order_value(key[k + 1]), h - floor(h)) : a;
}

/* At most RANKS_MAX / 2 quantiles. */
static bool some_quantiles(const double *x, size_t n, const double *qs, size_t n_qs, double *out, struct bl_selection *r)
{
    size_t rank[RANKS_MAX], among[RANKS_MAX], n_ranks, present;
    uint64_t key[RANKS_MAX];

    memset(r->count, 0, BUCKETS * sizeof *r->count);
    memset(r->keep, 0, BUCKETS);
    present = count_values(x, n, r->count);
    for (size_t i = 0; i < n_qs; i++)
        out[i] = NAN;
    if (!present)
        return true;
    n_ranks = ranks_of(qs, n_qs, present, rank);
    memcpy(among, rank, n_ranks * sizeof *rank);
    size_t kept = mark_wanted(r, among, n_ranks);

    keep_wanted(x, n, r);
    memset(r->count, 0, BUCKETS * sizeof *r->count);
    if (!select_keys(r->keys, kept, 64 - BITS, 0, (struct wanted){ among, key, n_ranks }, r))
        return false;
    for (size_t i = 0; i < n_qs; i++)
        out[i] = quantile_from(rank, key, n_ranks, (double)(present - 1) * qs[i]);
    return true;
}

bool bl_selection_make(struct bl_selection *s, size_t n)
{
    *s = (struct bl_selection){ bl_calloc(BUCKETS, sizeof *s->count), bl_calloc(BUCKETS, 1), bl_aligned(n + 1, sizeof *s->keys) };
    if (s->count && s->keep && s->keys)
        return true;
    bl_selection_free(s);
    return false;
}

void bl_selection_free(struct bl_selection *s)
{
    bl_free(s->count);
    bl_free(s->keep);
    bl_free(s->keys);
    *s = (struct bl_selection){ 0 };
}

bool bl_select_quantiles(const double *x, size_t n, const double *qs, size_t n_qs, double *out, struct bl_selection *s)
{
    bool fine = true;

    for (size_t i = 0; fine && i < n_qs; i += RANKS_MAX / 2) {
        size_t some = n_qs - i < RANKS_MAX / 2 ? n_qs - i : RANKS_MAX / 2;

        fine = some_quantiles(x, n, qs + i, some, out + i, s);
    }
    return fine;
}

static bool ascend(const double *qs, size_t n_qs, struct bl_error *err)
{
    for (size_t i = 0; i < n_qs; i++)
        if (!(qs[i] >= 0 && qs[i] <= 1) || (i && qs[i] < qs[i - 1]))
            return bl_fail(err, BL_VALUE, "quantiles must ascend from 0 to 1");
    return true;
}

bool bl_quantiles(const double *x, size_t n, const double *qs, size_t n_qs, double *out, struct bl_pool *pool,
                  struct bl_error *err)
{
    struct bl_selection s;
    bool fine;

    (void)pool; /* one selection is short work; describe runs many side by side */
    if (!ascend(qs, n_qs, err))
        return false;
    fine = bl_selection_make(&s, n) && bl_select_quantiles(x, n, qs, n_qs, out, &s);
    bl_selection_free(&s);
    return fine || bl_fail_memory(err, "quantiles");
}

/* ---- values of which most are 0 ------------------------------------------------------------------ */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

struct sorted { const double *x; size_t n, below, zeros; }; /* `below` of the n come before the zeros */

static double ranked(const struct sorted *s, size_t rank)
{
    if (rank < s->below)
        return s->x[rank];
    return rank < s->below + s->zeros ? 0 : s->x[rank - s->zeros];
}

bool bl_quantiles_with_zeros(const double *x, size_t n, size_t zeros, const double *qs, size_t n_qs, double *out, struct bl_error *err)
{
    double *copy = bl_calloc(n + 1, sizeof *copy);
    struct sorted s = { .x = copy, .n = n, .zeros = zeros };

    if (!copy)
        return bl_fail_memory(err, "quantiles");
    if (!ascend(qs, n_qs, err)) {
        bl_free(copy);
        return false;
    }
    memcpy(copy, x, n * sizeof *x);
    qsort(copy, n, sizeof *copy, by_value);
    while (s.below < n && copy[s.below] < 0)
        s.below++;
    for (size_t i = 0; i < n_qs && n + zeros > 0; i++) {
        double h = (double)(n + zeros - 1) * qs[i], low = floor(h), a = ranked(&s, (size_t)low);
        out[i] = (size_t)low + 1 < n + zeros ? between(a, ranked(&s, (size_t)low + 1), h - low) : a;
    }
    for (size_t i = 0; i < n_qs && n + zeros == 0; i++)
        out[i] = NAN;
    bl_free(copy);
    return true;
}
