/* Epochs of logistic regression over sizes: all rows an update against reading the matrix once, with
 * one thread and with all; one row, 32 and 256 rows an update, in shuffled order, against the same
 * arithmetic in a bare loop over the same order. Dense, and sparse with a cell in every twentieth column.
 * BATCHLAB_LONG=1: 10^3 to 10^7 rows, 4 to 1,000 columns, up to 2 10^8 of both, instead of six sizes. */
#include "again.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


enum { PARTS = 64, AHEAD = 24, ROWS_AT_ONCE = 256 };
#define SPARSE 20 /* columns a cell */
#define RATE 1e-3

typedef double vector8 __attribute__((vector_size(64), aligned(8), may_alias));

struct sizes {
    struct bl_matrix *m;
    struct bl_objective o;
    struct bl_pool *pool;
    uint32_t *order;
    size_t epochs;       /* a turn: enough to be timed */
    size_t batch;        /* rows an update; 0: all */
    double *w, *g, z[ROWS_AT_ONCE]; /* of the bare loop */
    double part[PARTS][8];
};

static double number(struct bl_random *r) { return (double)bl_random_u32(r) * 0x1p-31 - 1; }

/* One cell in each stretch of columns. */
static struct bl_matrix *make_sparse(struct bl_random *r, size_t n, size_t d)
{
    const size_t cells = d / SPARSE;
    struct bl_sparse *s = bl_sparse_create(n, d, n * cells, NULL);

    bench_need(s != NULL, "no memory for the cells");
    for (size_t i = 0; i < n * cells; i++) {
        s->column[i] = (uint32_t)(i % cells * SPARSE + bl_random_below(r, SPARSE));
        s->value[i] = number(r);
    }
    for (size_t i = 0; i < n; i++)
        s->start[i + 1] = (i + 1) * cells;
    return bl_matrix_create_sparse(s, true, NULL);
}

static struct bl_matrix *make_dense(struct bl_random *r, size_t n, size_t d)
{
    struct bl_matrix *m = bl_matrix_create(n, d, true, NULL);

    for (size_t i = 0; m && i < n * d; i++)
        m->x[i] = number(r);
    return m;
}

static void make_data(struct sizes *s, size_t n, size_t d, bool sparse)
{
    struct bl_random r = bl_random_stream(1, BL_FOR_GENERATE, 0, 0);
    const size_t cells = sparse ? d / SPARSE : d;

    s->m = sparse ? make_sparse(&r, n, d) : make_dense(&r, n, d);
    s->order = bl_aligned(n, sizeof *s->order);
    s->w = bl_aligned(d + 16, sizeof *s->w);
    s->g = bl_aligned(d + 16, sizeof *s->g);
    bench_need(s->m && s->order && s->w && s->g, "no memory for the matrix");
    for (size_t i = 0; i < n; i++) {
        s->order[i] = s->m->row[i] = (uint32_t)i;
        s->m->y[i] = (sparse ? s->m->sparse->value : s->m->x)[i * cells] + bl_random_unit(&r) - 0.5 > 0;
    }
    bench_need(bl_objective_init(&s->o, bl_objective_find("logistic"), s->m, NULL, 2, true, 0, "y", NULL), "no objective");
    s->epochs = 1 + (size_t)(2e6 / (double)(n * (cells + 8)));
}

static void free_data(struct sizes *s)
{
    bl_objective_done(&s->o);
    bl_matrix_free(s->m);
    bl_free(s->order);
    bl_free(s->w);
    bl_free(s->g);
}

/* ---- reading -----------------------------------------------------------------------------------*/
#define READ(name, target) \
    target static double name(const double *x, size_t n) \
    { \
        vector8 a = { 0 }, b = { 0 }, c = { 0 }, e = { 0 }; \
        size_t i = 0; \
        for (; i + 32 <= n; i += 32) { \
            a += *(const vector8 *)(x + i); \
            b += *(const vector8 *)(x + i + 8); \
            c += *(const vector8 *)(x + i + 16); \
            e += *(const vector8 *)(x + i + 24); \
        } \
        for (; i + 8 <= n; i += 8) \
            a += *(const vector8 *)(x + i); \
        a = (a + b) + (c + e); \
        return a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7]; \
    }

/* ---- the same arithmetic, bare: 8 sums for a margin, vectors, the rows asked for in time ------------*/
#define BARE(name, target) \
    target static double name(struct sizes *s, const uint32_t *row, size_t n, size_t known, double b) \
    { \
        const size_t d = s->m->n_features, whole = d / 8 * 8; \
        double *z = s->z, sum = 0, *w = s->w, *g = s->g; \
        for (size_t i = 0; i < n; i++) { \
            const double *x = s->m->x + row[i] * d, *soon = s->m->x + row[i + AHEAD < known ? i + AHEAD : i] * d; \
            vector8 a = { 0 }; \
            double rest = b; \
            for (size_t j = 0; j < d; j += 8) \
                __builtin_prefetch(soon + j); \
            for (size_t j = 0; j < whole; j += 8) \
                a += *(const vector8 *)(x + j) * *(const vector8 *)(w + j); \
            for (size_t j = whole; j < d; j++) \
                rest += x[j] * w[j]; \
            z[i] = -(rest + (((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7])))); \
        } \
        if (n == 1) \
            z[0] = exp(z[0]); \
        else \
            bl_exp_array(z, z, n); \
        for (size_t i = 0; i < n; i++) \
            z[i] = 1 / (1 + z[i]) - s->m->y[row[i]]; \
        if (n == 1) { /* straight into the weights */ \
            const double *x = s->m->x + row[0] * d, step = RATE * z[0]; \
            for (size_t j = 0; j < whole; j += 8) \
                *(vector8 *)(w + j) -= step * *(const vector8 *)(x + j); \
            for (size_t j = whole; j < d; j++) \
                w[j] -= step * x[j]; \
            return b - step; \
        } \
        memset(g, 0, d * sizeof *g); \
        for (size_t i = 0; i < n; i++) { \
            const double *x = s->m->x + row[i] * d; \
            for (size_t j = 0; j < whole; j += 8) \
                *(vector8 *)(g + j) += z[i] * *(const vector8 *)(x + j); \
            for (size_t j = whole; j < d; j++) \
                g[j] += z[i] * x[j]; \
            sum += z[i]; \
        } \
        for (size_t j = 0; j < d; j++) \
            w[j] -= RATE / (double)n * g[j]; \
        return b - RATE / (double)n * sum; \
    }

READ(read_base, )
BARE(bare_base, )
#if BL_X86
READ(read_avx2, BL_AVX2)
BARE(bare_avx2, BL_AVX2)
READ(read_avx512, BL_AVX512)
BARE(bare_avx512, BL_AVX512)
#endif

static double read_some(const double *x, size_t n)
{
#if BL_X86
    if (bl_units() == BL_UNITS_AVX512)
        return read_avx512(x, n);
    if (bl_units() == BL_UNITS_AVX2)
        return read_avx2(x, n);
#endif
    return read_base(x, n);
}

static void prefetch_sparse(const struct bl_sparse *c, size_t row)
{
    for (size_t i = c->start[row]; i < c->start[row + 1]; i += 8) {
        __builtin_prefetch(c->value + i);
        __builtin_prefetch(c->column + i);
    }
}

static double sparse_margin(const struct bl_sparse *c, const double *w, size_t row, double b)
{
    double a[4] = { b };
    size_t i = c->start[row];

    for (; i + 4 <= c->start[row + 1]; i += 4)
        for (size_t k = 0; k < 4; k++)
            a[k] += c->value[i + k] * w[c->column[i + k]];
    for (; i < c->start[row + 1]; i++)
        a[0] += c->value[i] * w[c->column[i]];
    return (a[0] + a[1]) + (a[2] + a[3]);
}

static double bare_sparse(struct sizes *s, const uint32_t *row, size_t n, size_t known, double b)
{
    const struct bl_sparse *c = s->m->sparse;
    const size_t d = s->m->n_features;
    double *z = s->z, *g = n == 1 ? s->w : s->g, rate = RATE / (double)n, sum = 0;

    if (n > 1)
        memset(g, 0, d * sizeof *g);
    for (size_t i = 0; i < n; i++) {
        prefetch_sparse(c, row[i + AHEAD < known ? i + AHEAD : i]);
        z[i] = -sparse_margin(c, s->w, row[i], b);
    }
    bl_exp_array(z, z, n);
    for (size_t i = 0; i < n; i++) {
        const double slope = 1 / (1 + z[i]) - s->m->y[row[i]], step = n == 1 ? -rate * slope : slope;
        for (size_t j = c->start[row[i]]; j < c->start[row[i] + 1]; j++)
            g[c->column[j]] += step * c->value[j];
        sum += slope;
    }
    for (size_t j = 0; n > 1 && j < d; j++)
        s->w[j] -= rate * g[j];
    return b - rate * sum;
}

static double bare_batch(struct sizes *s, const uint32_t *row, size_t n, size_t known, double b)
{
    if (s->m->sparse)
        return bare_sparse(s, row, n, known, b);
#if BL_X86
    if (bl_units() == BL_UNITS_AVX512)
        return bare_avx512(s, row, n, known, b);
    if (bl_units() == BL_UNITS_AVX2)
        return bare_avx2(s, row, n, known, b);
#endif
    return bare_base(s, row, n, known, b);
}

/* The cells from .. to - 1: of sparse rows values and columns, two of these a double. */
static double read_cells(const struct bl_matrix *m, size_t from, size_t to)
{
    if (!m->sparse)
        return read_some(m->x + from, to - from);
    from = from / 2 * 2;
    return read_some(m->sparse->value + from, to - from) + read_some((const double *)(const void *)(m->sparse->column + from), (to - from) / 2);
}

static size_t cells_of(const struct bl_matrix *m)
{
    return m->sparse ? m->sparse->start[m->n_rows] : m->n_rows * m->n_features;
}

static void read_part(void *context, size_t i, size_t worker)
{
    struct sizes *s = context;
    const size_t n = cells_of(s->m), from = n * i / PARTS, to = n * (i + 1) / PARTS;

    (void)worker;
    s->part[i][0] += read_cells(s->m, from, to);
}

static double read_once(void *context)
{
    struct sizes *s = context;
    const double start = bench_now();

    for (size_t e = 0; e < s->epochs; e++)
        if (bl_pool_threads(s->pool) == 1)
            bench_sink(read_cells(s->m, 0, cells_of(s->m)));
        else
            bl_pool_run(s->pool, PARTS, read_part, s);
    bench_sink(s->part[0][0]);
    return (bench_now() - start) / (double)s->epochs;
}

static double bare_once(void *context)
{
    struct sizes *s = context;
    const size_t n = s->m->n_rows;
    struct bl_random r = bl_random_stream(1, BL_FOR_SHUFFLE, 0, 0);
    const double start = bench_now();
    double b = 0;

    memset(s->w, 0, s->m->n_features * sizeof *s->w);
    for (size_t e = 0; e < s->epochs; e++) {
        bl_random_shuffle(&r, s->order, n);
        for (size_t i = 0; i < n; i += s->batch)
            b = bare_batch(s, s->order + i, n - i < s->batch ? n - i : s->batch, n - i, b);
    }
    bench_sink(b);
    return (bench_now() - start) / (double)s->epochs;
}

/* ---- ours ---------------------------------------------------------------------------------------*/
struct ours { struct bl_trainer *t; size_t epochs; };

static double train_once(void *context)
{
    const struct ours *u = context;

    return again_play(u->t, u->epochs, bench_now);
}

static struct ours begin(struct sizes *s)
{
    struct ours u = { .epochs = s->epochs };
    struct bl_settings set;

    bl_settings_init(&set);
    set.regime = s->batch == 0 ? BL_BATCH : s->batch == 1 ? BL_STOCHASTIC : BL_MINI;
    set.batch = s->batch ? s->batch : s->m->n_rows;
    set.lr = RATE;
    u.t = bl_trainer_create(&s->o, &set, NULL, s->pool, NULL);
    bench_need(u.t != NULL, "no run");
    again_begin(u.t, u.epochs);
    return u;
}

static double ratio_of(struct sizes *s, double (*held)(void *), bool processor)
{
    struct ours u = begin(s);
    struct bench_work works[2] = { { .once = held, .context = s }, { .once = train_once, .context = &u } };

    bench_run(works, 2, 0.25);
    bl_trainer_free(u.t);
    return processor ? works[1].median.processor / works[0].median.processor : works[1].median.wall / works[0].median.wall;
}

static void row_of(size_t n, size_t d, bool sparse)
{
    static const size_t batches[] = { 1, 32, 256 };
    struct sizes s = { 0 };

    make_data(&s, n, d, sparse);
    printf("%9zu x %-5zu %-6s", n, d, sparse ? "sparse" : "dense");
    for (size_t threads = 1; threads <= bl_processors(); threads += threads < bl_processors() ? bl_processors() - threads : 1) {
        s.pool = bl_pool_create(threads, NULL);
        bench_need(s.pool != NULL, "no threads");
        printf("  %8.2f", 1 / ratio_of(&s, read_once, true));
        fflush(stdout);
        bl_pool_free(s.pool);
    }
    if (bl_processors() == 1)
        printf("  %8s", "-");
    s.pool = NULL;
    for (size_t k = 0; k < 3; k++) {
        s.batch = batches[k];
        printf("  %8.2f", ratio_of(&s, bare_once, true));
        fflush(stdout);
    }
    putchar('\n');
    free_data(&s);
}

struct size { size_t n, d; bool sparse; };

int main(void)
{
    static const struct size some[] = { { 1000, 28, false }, { 100000, 28, false }, { 1000000, 4, false }, { 1000000, 28, false }, { 100000, 1000, false },
                                        { 100000, 1000, true } };
    static const struct size all[] = {
        { 1000, 4, false }, { 1000, 28, false }, { 1000, 100, false }, { 1000, 1000, false }, { 1000, 100, true }, { 1000, 1000, true },
        { 10000, 4, false }, { 10000, 28, false }, { 10000, 100, false }, { 10000, 1000, false }, { 10000, 100, true }, { 10000, 1000, true },
        { 100000, 4, false }, { 100000, 28, false }, { 100000, 100, false }, { 100000, 1000, false }, { 100000, 100, true }, { 100000, 1000, true },
        { 1000000, 4, false }, { 1000000, 28, false }, { 1000000, 100, false }, { 200000, 1000, false }, { 1000000, 100, true }, { 200000, 1000, true },
        { 10000000, 4, false }, { 10000000, 20, false } };
    const char *lengthy = getenv("BATCHLAB_LONG");
    const bool whole = lengthy && *lengthy;
    const struct size *sizes = whole ? all : some;

    printf("logistic regression, ratios by processor time. batch: share of reading the matrix once (aim: at least 0.8 out of\n"
           "cache); others, shuffled: times a bare loop over the same order (aim: at most 1.2)\n"
           "     rows x cols          batch, 1     , all       sgd   mini:32  mini:256\n");
    for (size_t k = 0; k < (whole ? sizeof all / sizeof *all : sizeof some / sizeof *some); k++)
        row_of(sizes[k].n, sizes[k].d, sizes[k].sparse);
    return 0;
}
