/* Moments in tiles: two passes over each tile while it is in the cache, the second about the tile's
 * mean, so that nothing cancels. */
#include "tiles.h"

#include <math.h>
#include <string.h>

#define WIDTH 2
#define NAME(x) x##_base
#define TARGET
#include "tiles_body.h"

#if BL_X86
#define WIDTH 4
#define NAME(x) x##_avx2
#define TARGET BL_AVX2
#include "tiles_body.h"

#define WIDTH 8
#define NAME(x) x##_avx512
#define TARGET BL_AVX512
#include "tiles_body.h"
#endif

size_t bl_tiles(size_t n_rows)
{
    return n_rows ? (n_rows + BL_TILE - 1) / BL_TILE : 1;
}

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
    tile_base(x, n, scale, t);
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
