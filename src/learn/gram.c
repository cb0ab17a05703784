/* Weighted sums of outer products, in lanes; see gram.h. A lane packs 64 rows with their intercept
 * into a tile, computes the weights of each pair of outputs, and updates one block for each pair. */
#include "src/learn/gram.h"
#include "src/learn/linalg.h"

#define TILE 64

typedef double vector8 __attribute__((vector_size(64)));

#define KERNEL_NAME update_plain
#define KERNEL_TARGET
#define KERNEL_ROWS 2
#include "src/learn/gram_kernel.h"

#if defined(__x86_64__)
#define KERNEL_NAME update_avx2
#define KERNEL_TARGET __attribute__((target("avx2")))
#define KERNEL_ROWS 4
#include "src/learn/gram_kernel.h"

#define KERNEL_NAME update_avx512
#define KERNEL_TARGET __attribute__((target("avx512f")))
#define KERNEL_ROWS 8
#include "src/learn/gram_kernel.h"
#endif

typedef void update_fn(const double *restrict, const double *restrict, size_t, size_t, double *restrict);

static update_fn *choose_update(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return update_avx512;
    if (__builtin_cpu_supports("avx2"))
        return update_avx2;
#endif
    return update_plain;
}

struct gram {
    const struct bl_objective *o;
    enum bl_gram kind;
    const double *theta;
    update_fn *update;
    size_t k, m, width, blocks; /* outputs, columns with intercept, padded to 8, pairs of outputs */
    size_t lanes, lane_length;
    double *lane;               /* lanes × blocks × width² */
    double *scratch;            /* a worker: tile, weighted tile, weights, z, slope, h */
    size_t scratch_length;
    struct bl_progress *progress;
};

static size_t pair_at(size_t a, size_t b) /* a >= b */
{
    return a * (a + 1) / 2 + b;
}

/* ---- one lane ---------------------------------------------------------------------------------- */

static void row_weights(const struct gram *g, size_t row, size_t at, double *weights, double *z)
{
    const struct bl_objective *o = g->o;
    size_t k = g->k;
    double *slope = z + k, *h = slope + k;
    const double *x = o->train->x + row * o->d;
    if (g->kind == BL_GRAM_ROWS) {
        weights[at] = 1;
        return;
    }
    bl_objective_margins(o, g->theta, x, z);
    if (g->kind == BL_GRAM_CURVATURE)
        o->type->curvature(z, o->train->y[row], k, h);
    else
        o->type->slope(z, o->train->y[row], k, slope);
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b <= a; b++)
            weights[pair_at(a, b) * TILE + at] = g->kind == BL_GRAM_CURVATURE ? h[a * k + b] : slope[a] * slope[b];
}

static void pack(const struct gram *g, size_t first, size_t n, double *tile)
{
    size_t d = g->o->d, one = g->o->intercept;
    for (size_t i = 0; i < n; i++) {
        const double *x = g->o->train->x + (first + i) * d;
        double *to = tile + i * g->width;
        if (one)
            to[0] = 1;
        for (size_t j = 0; j < d; j++)
            to[one + j] = x[j];
    }
}

static void tile_update(const struct gram *g, size_t first, size_t n, double *lane, double *scratch)
{
    double *tile = scratch, *weighted = tile + TILE * g->width, *weights = weighted + TILE * g->width;
    double *z = weights + g->blocks * TILE;
    pack(g, first, n, tile);
    if (g->kind == BL_GRAM_ROWS) {
        g->update(tile, tile, n, g->width, lane);
        return;
    }
    for (size_t i = 0; i < n; i++)
        row_weights(g, first + i, i, weights, z);
    for (size_t block = 0; block < g->blocks; block++) {
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < g->width; j++)
                weighted[i * g->width + j] = weights[block * TILE + i] * tile[i * g->width + j];
        g->update(weighted, tile, n, g->width, lane + block * g->width * g->width);
    }
}

static void lane_task(void *context, size_t l, size_t worker)
{
    const struct gram *g = context;
    size_t n = g->o->train->n_rows;
    size_t end = bl_lane_begin(n, g->lanes, l + 1);
    for (size_t i = bl_lane_begin(n, g->lanes, l); i < end && !bl_stopped(g->progress); i += TILE)
        tile_update(g, i, end - i < TILE ? end - i : TILE, g->lane + l * g->lane_length, g->scratch + worker * g->scratch_length);
}

/* ---- all of them ------------------------------------------------------------------------------- */

static size_t round_up(size_t n)
{
    return (n + 7) / 8 * 8;
}

/* Lanes by the data alone: as many as for any sum, fewer where their buffers would pass 64 MiB. */
static size_t lanes_for(size_t rows, size_t length)
{
    size_t lanes = bl_lanes(rows), fit = ((size_t)1 << 23) / (length ? length : 1);
    fit = fit < 4 ? 4 : fit;
    return lanes < fit ? lanes : fit;
}

static bool gram_take(struct gram *g, struct bl_pool *pool, struct bl_error *err)
{
    size_t k = g->k, threads = bl_pool_threads(pool);
    g->width = round_up(g->m);
    g->blocks = k * (k + 1) / 2;
    if (g->width > 0x10000 || g->blocks > SIZE_MAX / 64 / (g->width * g->width + 1) / sizeof(double))
        return bl_fail_memory(err, "the Hessian");
    g->lane_length = g->blocks * g->width * g->width;
    g->lanes = lanes_for(g->o->train->n_rows, g->lane_length);
    g->scratch_length = round_up(2 * TILE * g->width + g->blocks * TILE + 2 * k + k * k);
    g->lane = bl_aligned(g->lanes * g->lane_length, sizeof(double));
    g->scratch = bl_aligned(threads * g->scratch_length, sizeof(double));
    return g->lane && g->scratch ? true : bl_fail_memory(err, "the Hessian");
}

static void unpack(const struct gram *g, double *out)
{
    size_t k = g->k, m = g->m, p = k * m;
    double rows = (double)g->o->train->n_rows;
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b <= a; b++) {
            const double *block = g->lane + pair_at(a, b) * g->width * g->width;
            for (size_t i = 0; i < m; i++)
                for (size_t j = i; j < m; j++) {
                    double v = block[i * g->width + j] / rows;
                    out[(a * m + i) * p + b * m + j] = out[(a * m + j) * p + b * m + i] = v;
                    out[(b * m + i) * p + a * m + j] = out[(b * m + j) * p + a * m + i] = v;
                }
        }
}

bool bl_gram_of(const struct bl_objective *o, enum bl_gram kind, const double *theta, double *out, struct bl_pool *pool,
                struct bl_progress *progress, struct bl_error *err)
{
    struct gram g = { .o = o, .kind = kind, .theta = theta, .update = choose_update(), .progress = progress };
    g.k = kind == BL_GRAM_ROWS ? 1 : o->k;
    g.m = o->d + o->intercept;
    bool ok = gram_take(&g, pool, err);
    if (ok) {
        bl_pool_run(pool, g.lanes, lane_task, &g);
        ok = bl_go_on(progress, err);
    }
    if (ok) {
        bl_lanes_join(g.lane, g.lanes, g.lane_length, g.lane_length);
        unpack(&g, out);
    }
    bl_free(g.lane);
    bl_free(g.scratch);
    return ok;
}
