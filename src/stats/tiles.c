/* Moments in tiles: two passes over each tile while it is in the cache, the second about the tile's
 * mean, so that nothing cancels. */
#include "tiles.h"

#include <math.h>
#include <string.h>

/* 8 accumulators joined as ((0+1)+(2+3))+((4+5)+(6+7)): the same bits from any vector unit. */
typedef double eight __attribute__((vector_size(64)));
typedef int64_t eight_masks __attribute__((vector_size(64)));
typedef double eight_anywhere __attribute__((vector_size(64), aligned(8), may_alias));

/* Macros, since a function with such an argument has no one way of being called. */
#define JOINED(v) (((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])))
#define CHOSEN(where, a, b) ((eight)(((eight_masks)(a) & (where)) | ((eight_masks)(b) & ~(where))))

size_t bl_tiles(size_t n_rows)
{
    return n_rows ? (n_rows + BL_TILE - 1) / BL_TILE : 1;
}

/* Present values to the front of y. */
BL_INLINE size_t gather(const double *x, size_t n, double scale, double *y)
{
    size_t k = 0;

    for (size_t i = 0; i < n; i++) {
        y[k] = x[i] * scale;
        k += x[i] == x[i];
    }
    return k;
}

/* Mean, least and largest. */
BL_INLINE void first_pass(const double *y, size_t n, struct bl_tile *t)
{
    eight sum = { 0 }, low = y[0] - (eight){ 0 }, high = low;
    double rest = 0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        eight v = *(const eight_anywhere *)(y + i);

        sum += v;
        low = CHOSEN(v < low, v, low);
        high = CHOSEN(v > high, v, high);
    }
    t->min = t->max = y[0];
    for (int k = 0; k < 8; k++) {
        t->min = low[k] < t->min ? low[k] : t->min;
        t->max = high[k] > t->max ? high[k] : t->max;
    }
    for (; i < n; i++) {
        rest += y[i];
        t->min = y[i] < t->min ? y[i] : t->min;
        t->max = y[i] > t->max ? y[i] : t->max;
    }
    t->at = (JOINED(sum) + rest) / (double)n;
}

/* Powers of the deviations, and products of neighbours. */
BL_INLINE void second_pass(const double *y, size_t n, struct bl_tile *t)
{
    eight s1 = { 0 }, s2 = { 0 }, s3 = { 0 }, s4 = { 0 }, pairs = { 0 }, at = (eight){ 0 } + t->at;
    size_t i = 0;

    for (; i + 9 <= n; i += 8) {
        eight d = *(const eight_anywhere *)(y + i) - at, next = *(const eight_anywhere *)(y + i + 1) - at, d2 = d * d;

        s1 += d;
        s2 += d2;
        s3 += d2 * d;
        s4 += d2 * d2;
        pairs += d * next;
    }
    t->s1 = JOINED(s1);
    t->s2 = JOINED(s2);
    t->s3 = JOINED(s3);
    t->s4 = JOINED(s4);
    t->pairs = JOINED(pairs);
    for (; i < n; i++) {
        double d = y[i] - t->at, d2 = d * d;

        t->s1 += d;
        t->s2 += d2;
        t->s3 += d2 * d;
        t->s4 += d2 * d2;
        t->pairs += i + 1 < n ? d * (y[i + 1] - t->at) : 0;
    }
}

BL_INLINE void tile_of(const double *x, size_t n, double scale, struct bl_tile *t)
{
    double y[BL_TILE + 1];
    size_t present = gather(x, n, scale, y);

    *t = (struct bl_tile){ .n = (double)present };
    if (!present)
        return;
    first_pass(y, present, t);
    t->first = y[0];
    t->last = y[present - 1];
    if (t->min == t->max)
        t->at = t->min; /* a constant has no deviations, not even of rounding */
    else
        second_pass(y, present, t);
}

#if BL_X86
BL_AVX2 static void tile_avx2(const double *x, size_t n, double scale, struct bl_tile *t)
{
    tile_of(x, n, scale, t);
}

BL_AVX512 static void tile_avx512(const double *x, size_t n, double scale, struct bl_tile *t)
{
    tile_of(x, n, scale, t);
}
#endif

void bl_tile_of(const double *x, size_t n, double scale, struct bl_tile *t)
{
#if BL_X86
    if (bl_units() == BL_UNITS_AVX512) {
        tile_avx512(x, n, scale, t);
        return;
    }
    if (bl_units() == BL_UNITS_AVX2) {
        tile_avx2(x, n, scale, t);
        return;
    }
#endif
    tile_of(x, n, scale, t);
}

/* ---- joining ---------------------------------------------------------------------------------*/

/* The mean of all tiles as hi + lo, taken about the mean of the first, so that its rounding is of the
 * size of the spread and not of the values. */
static void mean_of(const struct bl_tile *tiles, size_t n, struct bl_moments *m, double *lo)
{
    struct bl_sum2 sum = { 0, 0 };
    double at = 0;

    for (size_t i = 0; i < n; i++) {
        const struct bl_tile *t = &tiles[i];

        if (t->n == 0)
            continue;
        if (m->n == 0) {
            at = t->at;
            m->min = t->min;
            m->max = t->max;
        }
        m->n += t->n;
        m->min = t->min < m->min ? t->min : m->min;
        m->max = t->max > m->max ? t->max : m->max;
        bl_sum2_add(&sum, (t->at - at) * t->n);
        bl_sum2_add(&sum, t->s1);
    }
    double shift = bl_sum2_value(sum) / m->n;

    m->mean = at + shift;
    *lo = (at - m->mean) + shift;
}

struct bl_column_sums bl_tiles_join(const struct bl_tile *tiles, size_t n)
{
    struct bl_column_sums c = { { 0 }, 0 };
    struct bl_moments *m = &c.moments;
    struct bl_sum2 m2 = { 0, 0 }, m3 = { 0, 0 }, m4 = { 0, 0 }, pairs = { 0, 0 };
    double lo = 0, last = 0;
    bool any = false;

    m->min = m->max = m->mean = NAN;
    mean_of(tiles, n, m, &lo);
    if (m->n == 0) {
        m->mean = NAN;
        return c;
    }
    if (m->min == m->max) {
        m->mean = m->min;
        return c;
    }
    for (size_t i = 0; i < n; i++) {
        const struct bl_tile *t = &tiles[i];
        double d = (t->at - m->mean) - lo, d2 = d * d;

        if (t->n == 0)
            continue;
        bl_sum2_add(&m2, t->s2 + d * (2 * t->s1 + t->n * d));
        bl_sum2_add(&m3, t->s3 + d * (3 * t->s2 + d * (3 * t->s1 + t->n * d)));
        bl_sum2_add(&m4, t->s4 + d * (4 * t->s3 + 6 * d * t->s2) + d2 * d * (4 * t->s1 + t->n * d));
        bl_sum2_add(&pairs, t->pairs + d * ((2 * t->s1 - (t->first - t->at) - (t->last - t->at)) + (t->n - 1) * d));
        if (any)
            bl_sum2_add(&pairs, ((last - m->mean) - lo) * ((t->first - m->mean) - lo));
        last = t->last;
        any = true;
    }
    m->m2 = bl_sum2_value(m2);
    m->m3 = bl_sum2_value(m3);
    m->m4 = bl_sum2_value(m4);
    c.pairs = bl_sum2_value(pairs);
    return c;
}

double bl_scale_for(double min, double max)
{
    double largest = fabs(min) > fabs(max) ? fabs(min) : fabs(max);
    int exponent;

    if (!(largest > 0) || (largest < 0x1p200 && max - min > 0x1p-200))
        return 1;
    frexp(largest, &exponent);
    return ldexp(1, exponent > 1000 ? -1000 : exponent < -1000 ? 1000 : -exponent);
}
