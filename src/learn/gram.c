/* Weighted sums of outer products, in lanes; see gram.h. A lane packs 64 rows with their intercept
 * into a tile, computes the weights of each pair of outputs, and updates one block for each pair. */
#include "src/learn/gram.h"
#include "src/learn/linalg.h"
#include "src/learn/objective.h"

#include <math.h>
#include <string.h>

#define TILE 64

typedef double vector8 __attribute__((vector_size(64), may_alias));

#define KERNEL(name) name##_plain
#define KERNEL_TARGET
#define KERNEL_ROWS 2
#include "src/learn/gram_kernel.h"

#if defined(__x86_64__)
#define KERNEL(name) name##_avx2
#define KERNEL_TARGET __attribute__((target("avx2")))
#define KERNEL_ROWS 4
#include "src/learn/gram_kernel.h"

#define KERNEL(name) name##_avx512
#define KERNEL_TARGET __attribute__((target("avx512f")))
#define KERNEL_ROWS 8
#include "src/learn/gram_kernel.h"
#endif

struct kernels {
    void (*update)(const double *restrict, const double *restrict, size_t, size_t, double *restrict);
    void (*margins)(const double *restrict, const double *restrict, size_t, size_t, size_t, double *restrict);
};

static struct kernels choose_kernels(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return (struct kernels){ update_avx512, margins_avx512 };
    if (__builtin_cpu_supports("avx2"))
        return (struct kernels){ update_avx2, margins_avx2 };
#endif
    return (struct kernels){ update_plain, margins_plain };
}

struct gram {
    const struct bl_objective *o;
    enum bl_gram kind;
    struct kernels kernels;
    size_t k, m, width, blocks; /* outputs, columns with intercept, padded to 8, pairs of outputs */
    size_t lanes, lane_length;
    double *theta;              /* k × width */
    double *lane;               /* lanes × blocks × width² */
    double *scratch;            /* a worker: tile, weights, margins, slope, curvature */
    size_t scratch_length;
    struct bl_progress *progress;
};

static size_t pair_at(size_t a, size_t b) /* a >= b */
{
    return a * (a + 1) / 2 + b;
}

/* ---- weights of the rows of a tile, TILE of them for each pair of outputs ------------------------- */

static void weights_of_row(const struct gram *g, const double *z, double y, double *spare, double *weights)
{
    size_t k = g->k;
    double *slope = spare, *h = spare + k;
    if (g->kind == BL_GRAM_CURVATURE)
        g->o->type->curvature(z, y, k, g->o->hyper, h);
    else
        g->o->type->slope(z, y, k, g->o->hyper, slope);
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b <= a; b++)
            weights[pair_at(a, b) * TILE] = g->kind == BL_GRAM_CURVATURE ? h[a * k + b] : slope[a] * slope[b];
}

/* p (1 - p) = e/(1 + e)² with e = exp(-|z|), for a whole tile. */
static void logistic_weights(double *z, size_t n, double *weights)
{
    for (size_t i = 0; i < n; i++)
        z[i] = -fabs(z[i]);
    bl_exp_array(z, z, n);
    for (size_t i = 0; i < n; i++)
        weights[i] = z[i] / ((1 + z[i]) * (1 + z[i]));
}

static void margin_weights(const struct gram *g, size_t first, size_t n, const double *tile, double *weights)
{
    const struct bl_objective *o = g->o;
    double *z = weights + g->blocks * TILE, *spare = z + TILE * g->k;
    if (g->kind == BL_GRAM_ROWS || (g->kind == BL_GRAM_CURVATURE && o->type->quadratic)) {
        for (size_t i = 0; i < n; i++)
            weights[i] = 1;
        return;
    }
    for (size_t a = 0; a < g->k; a++)
        g->kernels.margins(tile, g->theta + a * g->width, n, g->width, g->k, z + a);
    if (g->kind == BL_GRAM_CURVATURE && strcmp(o->type->name, "logistic") == 0)
        logistic_weights(z, n, weights);
    else
        for (size_t i = 0; i < n; i++)
            weights_of_row(g, z + i * g->k, o->train->y[first + i], spare, weights + i);
}

/* What rows count: once, and twice where the weight of a pair of slopes is theirs. */
static void tile_weights(const struct gram *g, size_t first, size_t n, const double *tile, double *weights)
{
    const double *own = g->o->weight;
    margin_weights(g, first, n, tile, weights);
    for (size_t block = 0; own && block < g->blocks; block++)
        for (size_t i = 0; i < n; i++)
            weights[block * TILE + i] *= g->kind == BL_GRAM_SLOPES ? own[first + i] * own[first + i] : own[first + i];
}

/* ---- one lane ---------------------------------------------------------------------------------- */

static void pack(const struct gram *g, size_t first, size_t n, double *tile)
{
    size_t one = g->o->intercept;
    for (size_t i = 0; i < n; i++) {
        tile[i * g->width] = 1; /* without intercept the row covers it */
        bl_row_write(g->o->train, first + i, tile + i * g->width + one);
    }
}

static void lane_task(void *context, size_t l, size_t worker)
{
    const struct gram *g = context;
    size_t rows = g->o->train->n_rows, end = bl_lane_begin(rows, g->lanes, l + 1), square = g->width * g->width;
    double *lane = g->lane + l * g->lane_length, *tile = g->scratch + worker * g->scratch_length, *weights = tile + TILE * g->width;
    for (size_t i = bl_lane_begin(rows, g->lanes, l); i < end && !bl_stopped(g->progress); i += TILE) {
        size_t n = end - i < TILE ? end - i : TILE;
        pack(g, i, n, tile);
        tile_weights(g, i, n, tile, weights);
        for (size_t block = 0; block < g->blocks; block++)
            g->kernels.update(tile, weights + block * TILE, n, g->width, lane + block * square);
    }
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
    g->width = round_up(g->m ? g->m : 1);
    g->blocks = k * (k + 1) / 2;
    if (g->width > 0x10000 || g->blocks > SIZE_MAX / 64 / (g->width * g->width + 1) / sizeof(double))
        return bl_fail_memory(err, "the Hessian");
    g->lane_length = g->blocks * g->width * g->width;
    g->lanes = lanes_for(g->o->train->n_rows, g->lane_length);
    g->scratch_length = round_up(TILE * g->width + g->blocks * TILE + TILE * k + k + k * k);
    g->theta = bl_aligned(k * g->width, sizeof(double));
    g->lane = bl_aligned(g->lanes * g->lane_length, sizeof(double));
    g->scratch = bl_aligned(threads * g->scratch_length, sizeof(double));
    return g->theta && g->lane && g->scratch ? true : bl_fail_memory(err, "the Hessian");
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
    struct gram g = { .o = o, .kind = kind, .kernels = choose_kernels(), .progress = progress };
    g.k = kind == BL_GRAM_ROWS ? 1 : o->k;
    g.m = o->d + o->intercept;
    bool ok = gram_take(&g, pool, err);
    if (ok) {
        for (size_t a = 0; kind != BL_GRAM_ROWS && a < g.k; a++)
            memcpy(g.theta + a * g.width, theta + a * g.m, g.m * sizeof *theta);
        bl_pool_run(pool, g.lanes, lane_task, &g);
        ok = bl_go_on(progress, err);
    }
    if (ok) {
        bl_lanes_join(g.lane, g.lanes, g.lane_length, g.lane_length);
        unpack(&g, out);
    }
    bl_free(g.theta);
    bl_free(g.lane);
    bl_free(g.scratch);
    return ok;
}
