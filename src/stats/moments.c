/* Moments: of an array, merged, and what is made of them. */
#include <math.h>

#include "tiles.h"

#define TILES_A_TASK 64

void bl_moments_merge(struct bl_moments *a, const struct bl_moments *b)
{
    if (b->n == 0)
        return;
    if (a->n == 0) {
        *a = *b;
        return;
    }
    double n = a->n + b->n, d = b->mean - a->mean, d_n = d / n, ab = a->n * b->n, d2 = d * d_n * ab;

    a->m4 += b->m4 + d2 * d_n * d_n * (a->n * a->n - ab + b->n * b->n) +
             6 * d_n * d_n * (a->n * a->n * b->m2 + b->n * b->n * a->m2) + 4 * d_n * (a->n * b->m3 - b->n * a->m3);
    a->m3 += b->m3 + d2 * d_n * (a->n - b->n) + 3 * d_n * (a->n * b->m2 - b->n * a->m2);
    a->m2 += b->m2 + d2;
    a->mean += d_n * b->n;
    a->min = b->min < a->min ? b->min : a->min;
    a->max = b->max > a->max ? b->max : a->max;
    a->n = n;
}

struct job { const double *x; size_t n; double scale; struct bl_tile *tiles; };

static void some_tiles(void *context, size_t task, size_t worker)
{
    struct job *j = context;
    size_t end = (task + 1) * TILES_A_TASK, tiles = bl_tiles(j->n);

    (void)worker;
    for (size_t i = task * TILES_A_TASK; i < end && i < tiles; i++) {
        size_t begin = i * BL_TILE, rows = j->n - begin < BL_TILE ? j->n - begin : BL_TILE;

        bl_tile_of(j->x + begin, rows, j->scale, &j->tiles[i]);
    }
}

static struct bl_column_sums sums_of(struct job *j, struct bl_pool *pool)
{
    size_t tiles = bl_tiles(j->n);

    bl_pool_run(pool, (tiles + TILES_A_TASK - 1) / TILES_A_TASK, some_tiles, j);
    return bl_tiles_join(j->tiles, tiles);
}

/* Without memory for the tiles: merged one after the other, right to some digits less. */
static struct bl_moments one_by_one(const double *x, size_t n)
{
    struct bl_moments m = { .mean = NAN, .min = NAN, .max = NAN };

    for (size_t begin = 0; begin < n; begin += BL_TILE) {
        struct bl_tile t;

        bl_tile_of(x + begin, n - begin < BL_TILE ? n - begin : BL_TILE, 1, &t);
        struct bl_moments more = bl_tiles_join(&t, 1).moments;

        bl_moments_merge(&m, &more);
    }
    return m;
}

struct bl_moments bl_moments_of(const double *x, size_t n, struct bl_pool *pool)
{
    struct job j = { .x = x, .n = n, .scale = 1, .tiles = bl_calloc(bl_tiles(n), sizeof *j.tiles) };
    struct bl_moments m;

    if (!j.tiles)
        return one_by_one(x, n);
    m = sums_of(&j, pool).moments;
    j.scale = bl_scale_for(m.min, m.max);
    if (j.scale != 1) { /* the mean of huge values; higher moments may well be beyond the numbers */
        double back = 1 / j.scale;

        m = sums_of(&j, pool).moments;
        m.mean *= back;
        m.min *= back;
        m.max *= back;
        m.m2 = m.m2 * back * back;
        m.m3 = m.m3 * back * back * back;
        m.m4 = m.m4 * back * back * back * back;
    }
    bl_free(j.tiles);
    return m;
}

double bl_moments_variance(const struct bl_moments *m)
{
    return m->n < 2 ? NAN : m->m2 / (m->n - 1);
}

double bl_moments_variance_population(const struct bl_moments *m)
{
    return m->n < 1 ? NAN : m->m2 / m->n;
}

double bl_moments_skewness(const struct bl_moments *m)
{
    double v = m->m2 / m->n;

    return m->m2 > 0 ? m->m3 / m->n / (v * sqrt(v)) : NAN;
}

double bl_moments_kurtosis(const struct bl_moments *m)
{
    double v = m->m2 / m->n;

    return m->m2 > 0 ? m->m4 / m->n / (v * v) - 3 : NAN;
}
