/* Correlation: means first, then centred tiles of the columns into a blocked cross product. Lanes of
 * rows and blocks of columns are tasks; a lane's sums are joined with the others' in the fixed tree. */
#include <math.h>
#include <string.h>

#include "distributions.h"
#include "ranks.h"
#include "tiles.h"

#define ROWS 256    /* of a tile */
#define COLUMNS 32  /* of a block */
#define SUMS_MAX ((size_t)1 << 22) /* doubles in the sums of all lanes */

struct products {
    const double *const *x;   /* columns */
    const uint32_t *rows;     /* which rows; NULL: all */
    size_t n, n_rows, blocks, lanes;
    double *mean, *scale;     /* n each, of the scaled values */
    double *sums;             /* lanes × n × n */
    double *tiles;            /* workers × 2 × COLUMNS × ROWS */
    struct bl_progress *progress;
};

/* ---- means -----------------------------------------------------------------------------------*/

static void mean_of_column(struct products *p, size_t j, struct bl_tile *tiles, double *gathered)
{
    size_t n_tiles = bl_tiles(p->n_rows);

    for (size_t i = 0; i < n_tiles; i++) {
        size_t begin = i * BL_TILE, rows = p->n_rows - begin < BL_TILE ? p->n_rows - begin : BL_TILE;

        for (size_t k = 0; p->rows && k < rows; k++)
            gathered[k] = p->x[j][p->rows[begin + k]];
        bl_tile_of(p->rows ? gathered : p->x[j] + begin, rows, p->scale[j], &tiles[i]);
    }
}

static void mean_task(void *context, size_t j, size_t worker)
{
    struct products *p = context;
    size_t n_tiles = bl_tiles(p->n_rows);
    struct bl_tile *tiles = bl_calloc(n_tiles, sizeof *tiles);
    double gathered[BL_TILE];

    (void)worker;
    p->mean[j] = NAN; /* stays so without memory */
    p->scale[j] = 1;
    if (!tiles || bl_stopped(p->progress)) {
        bl_free(tiles);
        return;
    }
    mean_of_column(p, j, tiles, gathered);
    struct bl_moments m = bl_tiles_join(tiles, n_tiles).moments;

    p->scale[j] = bl_scale_for(m.min, m.max);
    if (p->scale[j] != 1) {
        mean_of_column(p, j, tiles, gathered);
        m = bl_tiles_join(tiles, n_tiles).moments;
    }
    p->mean[j] = m.mean;
    bl_free(tiles);
}

/* ---- products --------------------------------------------------------------------------------*/

#define WIDTH 2
#define NAME(x) x##_base
#define TARGET
#include "products_body.h"

#if BL_X86
#define WIDTH 4
#define NAME(x) x##_avx2
#define TARGET BL_AVX2
#include "products_body.h"

#define WIDTH 8
#define NAME(x) x##_avx512
#define TARGET BL_AVX512
#include "products_body.h"
#endif

static void centre_whole(const double *x, double scale, double mean, double *tile)
{
#if BL_X86
    if (bl_units() == BL_UNITS_AVX512) {
        centre_tile_avx512(x, scale, mean, tile);
        return;
    }
    if (bl_units() == BL_UNITS_AVX2) {
        centre_tile_avx2(x, scale, mean, tile);
        return;
    }
#endif
    centre_tile_base(x, scale, mean, tile);
}

static void centre_column(const struct products *p, size_t j, size_t begin, size_t rows, double *tile)
{
    const double *x = p->x[j];
    size_t k = 0;

    if (!p->rows && rows == ROWS) {
        centre_whole(x + begin, p->scale[j], p->mean[j], tile);
        return;
    }
    for (; k < rows; k++)
        tile[k] = x[p->rows ? p->rows[begin + k] : begin + k] * p->scale[j] - p->mean[j];
    for (; k < ROWS; k++)
        tile[k] = 0;
}

/* COLUMNS centred columns from `first` on, ROWS doubles each; what is beyond the data is 0. */
static void centre(const struct products *p, size_t first, size_t begin, size_t rows, double *tile)
{
    for (size_t c = 0; c < COLUMNS; c++)
        if (first + c < p->n)
            centre_column(p, first + c, begin, rows, tile + c * ROWS);
        else
            memset(tile + c * ROWS, 0, ROWS * sizeof *tile);
}

static void block_products(const double *a, const double *b, double *square, size_t n_a, size_t n_b)
{
#if BL_X86
    if (bl_units() == BL_UNITS_AVX512) {
        block_products_avx512(a, b, square, n_a, n_b);
        return;
    }
    if (bl_units() == BL_UNITS_AVX2) {
        block_products_avx2(a, b, square, n_a, n_b);
        return;
    }
#endif
    block_products_base(a, b, square, n_a, n_b);
}

static void add_square(const struct products *p, size_t lane, size_t i0, size_t j0, const double *square)
{
    double *sums = p->sums + lane * p->n * p->n;

    for (size_t i = 0; i < COLUMNS && i0 + i < p->n; i++)
        for (size_t j = 0; j < COLUMNS && j0 + j < p->n; j++)
            sums[(i0 + i) * p->n + j0 + j] += square[i * COLUMNS + j];
}

/* One lane of rows, one block of columns against itself and all behind it. */
static void lane_block(const struct products *p, size_t lane, size_t block, double *tiles)
{
    size_t end = bl_lane_begin(p->n_rows, p->lanes, lane + 1), i0 = block * COLUMNS;
    double *a = tiles, *other = tiles + COLUMNS * ROWS;

    for (size_t begin = bl_lane_begin(p->n_rows, p->lanes, lane); begin < end && !bl_stopped(p->progress); begin += ROWS) {
        size_t rows = end - begin < ROWS ? end - begin : ROWS;

        centre(p, i0, begin, rows, a);
        for (size_t j0 = i0; j0 < p->n; j0 += COLUMNS) {
            double square[COLUMNS * COLUMNS] = { 0 };
            size_t n_a = p->n - i0 < COLUMNS ? p->n - i0 : COLUMNS, n_b = p->n - j0 < COLUMNS ? p->n - j0 : COLUMNS;

            if (j0 > i0)
                centre(p, j0, begin, rows, other);
            block_products(a, j0 > i0 ? other : a, square, n_a, n_b);
            add_square(p, lane, i0, j0, square);
        }
    }
}

static void product_task(void *context, size_t task, size_t worker)
{
    struct products *p = context;
    size_t lane = task / p->blocks, block = task % p->blocks;
    double *tiles = p->tiles + worker * 2 * COLUMNS * ROWS;

    lane_block(p, lane, block, tiles);
    bl_progress_add(p->progress, 1);
}

/* How many lanes: as many as rows give, as long as their sums are small. Set by the data alone. */
static size_t lanes_for(size_t n_rows, size_t n)
{
    size_t lanes = bl_lanes(n_rows), most = SUMS_MAX / (n * n);

    most = most ? most : 1;
    return lanes < most ? lanes : most;
}

/* ---- the matrices ------------------------------------------------------------------------------*/

/* By one root columns in proportion have exactly 1; by two nothing overflows. */
static double root_of_product(double a, double b)
{
    return isnormal(a * b) ? sqrt(a * b) : sqrt(a) * sqrt(b);
}

static void fill_matrices(const struct products *p, struct bl_corr *c)
{
    const double *s = p->sums;
    size_t n = p->n;

    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++) {
            double product = s[i * n + j], both = root_of_product(s[i * n + i], s[j * n + j]);
            double r = i == j ? 1 : product / both, covariance = NAN;

            r = both > 0 ? (r > 1 ? 1 : r < -1 ? -1 : r) : NAN;
            if (p->n_rows > 1)
                covariance = product / (double)(p->n_rows - 1) / p->scale[i] / p->scale[j];
            c->matrix[i * n + j] = c->matrix[j * n + i] = r;
            c->p[i * n + j] = c->p[j * n + i] = bl_correlation_p(r, (double)p->n_rows);
            c->covariance[i * n + j] = c->covariance[j * n + i] = covariance;
        }
}

static bool run_products(struct products *p, struct bl_pool *pool, struct bl_corr *c, struct bl_error *err)
{
    bl_progress_start(p->progress, "correlating", p->lanes * p->blocks);
    bl_pool_run(pool, p->n, mean_task, p);
    for (size_t j = 0; j < p->n; j++)
        if (isnan(p->mean[j]) && p->n_rows && !bl_stopped(p->progress))
            return bl_fail_memory(err, "correlations");
    bl_pool_run(pool, p->lanes * p->blocks, product_task, p);
    if (bl_stopped(p->progress))
        return bl_fail(err, BL_STOPPED, "corr was interrupted");
    bl_lanes_join(p->sums, p->lanes, p->n * p->n, p->n * p->n);
    fill_matrices(p, c);
    return true;
}

/* Pearson's over n_rows rows of the columns x. */
static bool pearson(const double *const *x, const uint32_t *rows, size_t n_rows, struct bl_pool *pool,
                    struct bl_progress *progress, struct bl_corr *c, struct bl_error *err)
{
    struct products p = { .x = x, .rows = rows, .n = c->n, .n_rows = n_rows, .progress = progress };
    bool fine;

    p.blocks = (c->n + COLUMNS - 1) / COLUMNS;
    p.lanes = lanes_for(n_rows, c->n);
    p.mean = bl_calloc(c->n, sizeof *p.mean);
    p.scale = bl_calloc(c->n, sizeof *p.scale);
    p.sums = bl_aligned(p.lanes * c->n * c->n, sizeof *p.sums);
    p.tiles = bl_aligned(bl_pool_threads(pool) * 2 * COLUMNS * ROWS, sizeof *p.tiles);
    if (p.mean && p.scale && p.sums && p.tiles)
        fine = run_products(&p, pool, c, err);
    else
        fine = bl_fail_memory(err, "correlations");
    bl_free(p.mean);
    bl_free(p.scale);
    bl_free(p.sums);
    bl_free(p.tiles);
    return fine;
}

/* ---- by ranks -------------------------------------------------------------------------------*/

static bool spearman(struct bl_ranking *r, struct bl_pool *pool, struct bl_progress *progress, struct bl_corr *c,
                     struct bl_error *err)
{
    const double **columns = bl_calloc(c->n, sizeof *columns);
    bool fine = false;

    r->ranks = bl_aligned(c->n * r->n_rows, sizeof *r->ranks);
    if (columns && r->ranks) {
        bl_pool_run(pool, c->n, bl_rank_column, r);
        for (size_t j = 0; j < c->n; j++)
            columns[j] = r->ranks + j * r->n_rows;
        fine = r->no_memory ? bl_fail_memory(err, "ranks") : pearson(columns, NULL, r->n_rows, pool, progress, c, err);
    } else {
        bl_fail_memory(err, "ranks");
    }
    bl_free(r->ranks);
    bl_free(columns);
    return fine;
}

/* ---- which columns, which rows --------------------------------------------------------------------*/

static bool choose_columns(struct bl_corr *c, const struct bl_table *t, const size_t *columns, size_t n, struct bl_error *err)
{
    size_t wanted = columns ? n : t->n_columns;

    c->columns = bl_calloc(wanted, sizeof *c->columns);
    if (!c->columns)
        return bl_fail_memory(err, "correlations");
    for (size_t i = 0; i < wanted; i++) {
        size_t column = columns ? columns[i] : i;

        if (t->columns[column].type == BL_NUMERIC) {
            c->columns[c->n++] = column;
        } else if (columns) {
            bl_fail(err, BL_VALUE, "column '%s' is %s: corr needs numbers", t->columns[column].name,
                    bl_type_name(t->columns[column].type));
            return bl_hint(err, "corr alone takes every numeric column");
        }
    }
    if (!c->n)
        return bl_fail(err, BL_VALUE, "%s has no numeric column to correlate", t->name);
    size_t cells = c->n * c->n; /* at most 2^32 */

    if (cells > bl_memory_limit() / (4 * sizeof *c->matrix)) {
        bl_fail(err, BL_LIMIT, "correlations of %zu columns need more memory than may be used", c->n);
        return bl_hint(err, "name the columns: corr a b c");
    }
    c->matrix = bl_calloc(cells, sizeof *c->matrix);
    c->covariance = bl_calloc(cells, sizeof *c->covariance);
    c->p = bl_calloc(cells, sizeof *c->p);
    return (c->matrix && c->covariance && c->p) || bl_fail_memory(err, "correlations");
}

/* The rows complete in all columns; *rows stays NULL when that is every row. */
static bool choose_rows(struct bl_corr *c, const struct bl_table *t, uint32_t **rows)
{
    size_t missing = 0;

    c->rows = t->n_rows;
    for (size_t j = 0; j < c->n; j++)
        missing += t->columns[c->columns[j]].missing;
    if (!missing)
        return true;
    *rows = bl_calloc(t->n_rows, sizeof **rows);
    bool *gap = bl_calloc(t->n_rows, sizeof *gap);

    if (!*rows || !gap) {
        bl_free(gap);
        return false;
    }
    for (size_t j = 0; j < c->n; j++)
        for (size_t i = 0; t->columns[c->columns[j]].missing && i < t->n_rows; i++)
            gap[i] = gap[i] || isnan(t->columns[c->columns[j]].number[i]);
    c->rows = 0;
    for (size_t i = 0; i < t->n_rows; i++)
        if (!gap[i])
            (*rows)[c->rows++] = (uint32_t)i;
    bl_free(gap);
    return true;
}

static bool by_method(struct bl_corr *c, const struct bl_table *t, const uint32_t *rows, struct bl_pool *pool,
                      struct bl_progress *progress, struct bl_error *err)
{
    const double **x = bl_calloc(c->n, sizeof *x);
    struct bl_ranking r = { .x = x, .rows = rows, .n_rows = c->rows };
    bool fine;

    if (!x)
        return bl_fail_memory(err, "correlations");
    for (size_t j = 0; j < c->n; j++)
        x[j] = t->columns[c->columns[j]].number;
    if (c->method == BL_PEARSON)
        fine = pearson(x, rows, c->rows, pool, progress, c, err);
    else if (c->method == BL_SPEARMAN)
        fine = spearman(&r, pool, progress, c, err);
    else
        fine = bl_kendall(&r, pool, progress, c, err);
    bl_free(x);
    return fine;
}

struct bl_corr *bl_correlate(const struct bl_table *t, const size_t *columns, size_t n, enum bl_correlation method,
                             struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    struct bl_corr *c = bl_calloc(1, sizeof *c);
    uint32_t *rows = NULL;
    bool fine = false;

    if (!c) {
        bl_fail_memory(err, "correlations");
        return NULL;
    }
    c->method = method;
    if (choose_columns(c, t, columns, n, err))
        fine = choose_rows(c, t, &rows) ? by_method(c, t, rows, pool, progress, err) : bl_fail_memory(err, "correlations");
    bl_free(rows);
    if (fine)
        return c;
    bl_corr_free(c);
    return NULL;
}

void bl_corr_free(struct bl_corr *c)
{
    if (!c)
        return;
    bl_free(c->columns);
    bl_free(c->matrix);
    bl_free(c->covariance);
    bl_free(c->p);
    bl_free(c);
}
