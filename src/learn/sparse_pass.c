/* The pass over sparse rows. Margins, losses and slopes go row by row, in lanes. With few columns so does the
 * gradient, while the cells are in the cache; with many it then goes column by column, so that no lane needs a
 * vector as long as the parameters and each thread has columns of its own. Every sum has the association of the dense kernels (accumulator j mod 8
 * for a margin, rows in order inside a lane, lanes in their tree): what is 0 adds nothing, so the
 * result has the bits of the same data written out. */
#include "src/learn/workspace.h"

#include <string.h>

#if BL_X86
#include <immintrin.h>
#endif

#define COLUMNS 512    /* of one task */
#define LONG_COLUMN 24 /* cells from which all lanes are summed, empty ones too */
#define AHEAD 4        /* rows that are asked for before they are needed, of single rows */
#define AHEAD_OF_BATCH 16 /* and of batches, whose rows do not wait for each other */

/* ---- margins, losses, slopes -----------------------------------------------------------------------*/
static inline double join(const double *a)
{
    return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
}

typedef double margin_function(const struct bl_sparse *s, size_t row, const double *w, double bias);

static double margin_plain(const struct bl_sparse *s, size_t row, const double *w, double bias)
{
    double a[8] = {0};

    for (size_t i = s->start[row], end = s->start[row + 1]; i < end; i++)
        a[s->column[i] % 8] += s->value[i] * w[s->column[i]];
    return join(a) + bias;
}

/* In registers: each product is added to all eight sums, but for seven of them it is masked. That is one chain, which
 * costs nothing where the next row is worked on meanwhile; a single row has its eight chains in memory. Sums begin at +0 and
 * are never -0, so that the +0 of AVX2 in place of what is masked changes no bit. */
#if BL_X86
BL_AVX2 static double margin_avx2(const struct bl_sparse *s, size_t row, const double *w, double bias)
{
    static const int64_t all[16] = {[8] = -1};
    __m256d low = _mm256_setzero_pd(), high = low;
    double a[8];

    for (size_t i = s->start[row], end = s->start[row + 1]; i < end; i++) {
        uint32_t column = s->column[i];
        const double *mask = (const double *)(const void *)(all + 8 - column % 8);
        __m256d product = _mm256_set1_pd(s->value[i] * w[column]);
        low = _mm256_add_pd(low, _mm256_and_pd(product, _mm256_loadu_pd(mask)));
        high = _mm256_add_pd(high, _mm256_and_pd(product, _mm256_loadu_pd(mask + 4)));
    }
    _mm256_storeu_pd(a, low);
    _mm256_storeu_pd(a + 4, high);
    return join(a) + bias;
}

BL_AVX512 static double margin_avx512(const struct bl_sparse *s, size_t row, const double *w, double bias)
{
    __m512d sum = _mm512_setzero_pd();
    double a[8];

    for (size_t i = s->start[row], end = s->start[row + 1]; i < end; i++) {
        uint32_t column = s->column[i];
        sum = _mm512_mask_add_pd(sum, (__mmask8)(1u << column % 8), sum, _mm512_set1_pd(s->value[i] * w[column]));
    }
    _mm512_storeu_pd(a, sum);
    return join(a) + bias;
}
#endif

static margin_function *margin_here(void)
{
#if BL_X86
    if (bl_units() >= BL_UNITS_AVX512)
        return margin_avx512;
    if (bl_units() >= BL_UNITS_AVX2)
        return margin_avx2;
#endif
    return margin_plain;
}

/* As the kernels sum a block. */
static double sum_block(const double *x, size_t n)
{
    double a[8] = {0};

    for (size_t i = 0; i < n; i++)
        a[i % 8] += x[i];
    return join(a);
}

static void add_compensated(double sum[2], double x)
{
    double s = sum[0] + x, t = s - sum[0];

    sum[1] += (sum[0] - (s - t)) + (x - t);
    sum[0] = s;
}

static size_t row_at(const struct bl_batch *b, size_t position)
{
    return b->index ? b->index[position] : b->first + position;
}

struct block { double *z, *slope, *loss, *y; }; /* in the scratch of a worker */

static struct block block_of(const struct bl_workspace *w, size_t worker, size_t k)
{
    double *z = w->scratch + worker * w->scratch_size;

    return (struct block){z, z + k * BL_BLOCK, z + 2 * k * BL_BLOCK, z + 2 * k * BL_BLOCK + BL_BLOCK};
}

/* The cells of a row that comes soon, and its target. Inlined, since GCC drops calls of functions that only prefetch. */
BL_INLINE void ask_for(const struct bl_matrix *m, size_t row)
{
    const struct bl_sparse *s = m->sparse;
    size_t from = s->start[row], end = s->start[row + 1];

    for (size_t i = from; i < end && i < from + 128; i += 8)
        __builtin_prefetch(s->value + i);
    for (size_t i = from; i < end && i < from + 128; i += 16)
        __builtin_prefetch(s->column + i);
    __builtin_prefetch(m->y + row);
}

/* Rows of a batch are named: where the row behind a few begins is asked for first, then its cells. */
BL_INLINE void look_ahead(const struct bl_pass *p, size_t at)
{
    const struct bl_batch *b = &p->batch;

    if (at + 2 * AHEAD_OF_BATCH < b->known)
        __builtin_prefetch(p->m->sparse->start + b->index[at + 2 * AHEAD_OF_BATCH]);
    if (at + AHEAD_OF_BATCH < b->known)
        ask_for(p->m, b->index[at + AHEAD_OF_BATCH]);
}

static void block_margins(const struct bl_pass *p, size_t from, size_t n, const struct block *b)
{
    const struct bl_workspace *w = p->w;
    margin_function *margin_of = margin_here();

    for (size_t i = 0; i < n; i++) {
        size_t row = row_at(&p->batch, from + i);
        if (p->batch.index)
            look_ahead(p, from + i);
        b->y[i] = p->rows->y[row];
        for (size_t c = 0; c < p->o->k; c++)
            b->z[c * BL_BLOCK + i] = margin_of(p->m->sparse, row, w->w + c * w->stride, w->bias[c]);
    }
    for (size_t i = n; i % 8; i++) { /* a whole register; their losses and slopes are left alone */
        b->y[i] = b->y[n - 1];
        for (size_t c = 0; c < p->o->k; c++)
            b->z[c * BL_BLOCK + i] = b->z[c * BL_BLOCK + n - 1];
    }
}

static void weigh_block(const struct bl_pass *p, size_t from, size_t n, const struct block *b)
{
    for (size_t i = 0; i < n; i++) {
        double weight = p->rows->weight[row_at(&p->batch, from + i)];
        b->loss[i] *= weight;
        for (size_t c = 0; c < p->o->k; c++)
            b->slope[c * BL_BLOCK + i] *= weight;
    }
}

static void keep_slopes(const struct bl_pass *p, size_t from, size_t n, const struct block *b, double *bias)
{
    size_t k = p->o->k;

    for (size_t c = 0; c < k; c++)
        for (size_t i = 0; i < n; i++) {
            p->w->slopes[(from + i) * k + c] = b->slope[c * BL_BLOCK + i];
            bias[c] += b->slope[c * BL_BLOCK + i];
        }
}

static void add_row(const struct bl_sparse *s, size_t row, double slope, double *g)
{
    for (size_t i = s->start[row], end = s->start[row + 1]; i < end; i++)
        g[s->column[i]] += slope * s->value[i];
}

static void add_block(const struct bl_pass *p, size_t from, size_t n, const struct block *b, double *lane)
{
    const size_t k = p->o->k, stride = p->w->stride;

    for (size_t c = 0; c < k; c++)
        for (size_t i = 0; i < n; i++) {
            double slope = b->slope[c * BL_BLOCK + i];
            add_row(p->m->sparse, row_at(&p->batch, from + i), slope, lane + c * stride);
            lane[k * stride + c] += slope;
        }
}

static void add_gradient(const struct bl_pass *p, size_t lane, size_t from, size_t n, const struct block *b)
{
    const struct bl_workspace *w = p->w;

    if (w->by_rows)
        add_block(p, from, n, b, w->lanes + lane * w->lane_size);
    else
        keep_slopes(p, from, n, b, w->lane_bias + lane * p->o->k);
}

static void clear_lane(const struct bl_pass *p, size_t lane)
{
    const struct bl_workspace *w = p->w;
    size_t k = p->o->k;

    if (w->by_rows)
        memset(w->lanes + lane * w->lane_size, 0, k * (w->stride + 1) * sizeof *w->lanes);
    else
        memset(w->lane_bias + lane * k, 0, k * sizeof *w->lane_bias);
}

static void margins_lane(void *context, size_t lane, size_t worker)
{
    const struct bl_pass *p = context;
    struct bl_workspace *w = p->w;
    const struct block b = block_of(w, worker, p->o->k);
    size_t k = p->o->k, end = bl_lane_begin(p->batch.n, p->lanes, lane + 1);
    double total[2] = {0, 0};

    if (bl_stopped(p->progress))
        return;
    if (p->with_gradient)
        clear_lane(p, lane);
    for (size_t from = bl_lane_begin(p->batch.n, p->lanes, lane); from < end; from += BL_BLOCK) {
        size_t n = end - from < BL_BLOCK ? end - from : BL_BLOCK;
        block_margins(p, from, n, &b);
        w->kernels->link(b.z, b.y, n, k, p->o->hyper, b.slope, b.loss);
        if (p->rows->weight)
            weigh_block(p, from, n, &b);
        add_compensated(total, sum_block(b.loss, n));
        if (p->with_gradient)
            add_gradient(p, lane, from, n, &b);
    }
    w->loss[2 * lane] = total[0];
    w->loss[2 * lane + 1] = total[1];
}

void bl_sparse_margins(struct bl_pass *p)
{
    const struct bl_sparse *s = p->m->sparse;
    double each = (double)s->start[s->n_rows] / (double)(s->n_rows ? s->n_rows : 1);
    bool alone = (double)(p->batch.n * p->o->k) * (each + 8) < BL_LANES_ALONE;

    bl_pool_run(alone ? NULL : p->w->pool, p->lanes, margins_lane, p);
}

/* ---- the gradient of all rows, by columns -------------------------------------------------------------*/
/* The tree of bl_lanes_join over lanes that come one after the other, where most are 0: sums wait until
 * a lane comes that lies beyond their common subtree. */
struct tree { size_t lane[BL_STACK_MAX + 1], n; double sum[BL_STACK_MAX + 1]; };

static void join_top(struct tree *t)
{
    t->n--;
    t->sum[t->n - 1] += t->sum[t->n];
}

static void tree_add(struct tree *t, size_t lane, double sum)
{
    while (t->n > 1 && __builtin_clzl(t->lane[t->n - 2] ^ t->lane[t->n - 1]) > __builtin_clzl(t->lane[t->n - 1] ^ lane))
        join_top(t);
    t->lane[t->n] = lane;
    t->sum[t->n++] = sum;
}

static double tree_sum(struct tree *t)
{
    while (t->n > 1)
        join_top(t);
    return t->n ? t->sum[0] : 0;
}

struct columns {
    const struct bl_sparse *by_column;
    const double *slope;
    size_t k, stride, lanes, end[BL_LANES_MAX]; /* end: first row beyond each lane */
    uint64_t lanes_a_row;                       /* times 2^32, rounded down */
    double *out;
};

/* A column with cells in many lanes: the lane of a row by a multiplication, at most two too low. */
static double long_column_sum(const struct columns *c, size_t from, size_t end, size_t output)
{
    const struct bl_sparse *s = c->by_column;
    double sum[BL_LANES_MAX];

    memset(sum, 0, c->lanes * sizeof *sum);
    for (size_t i = from; i < end; i++) {
        size_t row = s->column[i], lane = (size_t)(row * (uint64_t)c->lanes_a_row >> 32);
        lane += row >= c->end[lane];
        lane += row >= c->end[lane];
        sum[lane] += c->slope[row * c->k + output] * s->value[i];
    }
    bl_lanes_join(sum, c->lanes, 1, 1);
    return sum[0];
}

static double column_sum(const struct columns *c, size_t column, size_t output)
{
    const struct bl_sparse *s = c->by_column;
    struct tree tree = {.n = 0};
    double sum = 0;
    size_t lane = 0;

    if (c->lanes > 1 && s->start[column + 1] - s->start[column] >= LONG_COLUMN)
        return long_column_sum(c, s->start[column], s->start[column + 1], output);
    for (size_t i = s->start[column], end = s->start[column + 1]; i < end; i++) {
        size_t row = s->column[i];
        if (row >= c->end[lane]) {
            if (i > s->start[column])
                tree_add(&tree, lane, sum);
            while (row >= c->end[lane])
                lane++;
            sum = 0;
        }
        sum += c->slope[row * c->k + output] * s->value[i];
    }
    if (tree.n == 0)
        return sum;
    tree_add(&tree, lane, sum);
    return tree_sum(&tree);
}

static void columns_task(void *context, size_t task, size_t worker)
{
    const struct columns *c = context;
    size_t from = task * COLUMNS, end = from + COLUMNS < c->by_column->n_rows ? from + COLUMNS : c->by_column->n_rows;

    (void)worker;
    for (size_t output = 0; output < c->k; output++)
        for (size_t j = from; j < end; j++)
            c->out[output * c->stride + j] = column_sum(c, j, output);
}

void bl_sparse_columns(const struct bl_matrix *m, const double *slope, size_t k, size_t stride, double *out, struct bl_pool *pool)
{
    struct columns c = {.by_column = m->by_column, .slope = slope, .k = k, .stride = stride, .lanes = bl_lanes(m->n_rows), .out = out};
    size_t cells = m->sparse->start[m->n_rows];

    c.lanes_a_row = ((uint64_t)c.lanes << 32) / (m->n_rows ? m->n_rows : 1);
    for (size_t l = 0; l < c.lanes; l++)
        c.end[l] = bl_lane_begin(m->n_rows, c.lanes, l + 1);
    bl_pool_run((cells + m->n_features) * k < BL_LANES_ALONE ? NULL : pool, (m->n_features + COLUMNS - 1) / COLUMNS, columns_task, &c);
}

/* ---- the gradient of some rows ---------------------------------------------------------------------------*/
static void add_lane(const struct bl_pass *p, size_t lane, double *g)
{
    const struct bl_sparse *s = p->m->sparse;
    size_t k = p->o->k, stride = p->w->stride, end = bl_lane_begin(p->batch.n, p->lanes, lane + 1);

    memset(g, 0, k * stride * sizeof *g);
    for (size_t at = bl_lane_begin(p->batch.n, p->lanes, lane); at < end; at++) {
        size_t row = row_at(&p->batch, at);
        for (size_t c = 0; c < k; c++)
            add_row(s, row, p->w->slopes[at * k + c], g + c * stride);
    }
}

/* Lanes one after the other, each joined with those before it as the tree has it. */
static void add_rows(const struct bl_pass *p)
{
    size_t length = p->o->k * p->w->stride, each = p->w->lane_size, depth = 0;
    double *lanes = p->w->lanes;

    for (size_t lane = 0; lane < p->lanes; lane++) {
        add_lane(p, lane, lanes + depth++ * each);
        for (size_t l = lane; depth > 1 && (l & 1 || lane + 1 == p->lanes); l >>= 1) {
            depth--;
            for (size_t i = 0; i < length; i++)
                lanes[(depth - 1) * each + i] += lanes[depth * each + i];
        }
    }
}

void bl_sparse_gradient(struct bl_pass *p)
{
    struct bl_workspace *w = p->w;
    size_t k = p->o->k;

    bl_lanes_join(w->lane_bias, p->lanes, k, k);
    memcpy(w->lanes + k * w->stride, w->lane_bias, k * sizeof *w->lanes);
    if (!p->batch.index && p->batch.first == 0 && p->batch.n == p->m->n_rows)
        bl_sparse_columns(p->m, w->slopes, k, w->stride, w->lanes, w->pool);
    else
        add_rows(p);
}

/* ---- one row an update -----------------------------------------------------------------------------------*/
static void shrink(double *w, size_t from, size_t end, double lr, double l2)
{
    for (size_t j = from; j < end; j++)
        w[j] -= lr * (l2 * w[j]);
}

/* With l2 every weight moves in every update, as it does in a dense matrix, and with the same bits. */
static void move_weights(const struct bl_objective *o, size_t row, double slope, double lr, double *w)
{
    const struct bl_sparse *s = o->train->sparse;
    size_t next = 0;

    for (size_t i = s->start[row]; i < s->start[row + 1]; i++) {
        size_t j = s->column[i];
        if (o->l2 == 0) {
            w[j] -= lr * (slope * s->value[i]);
            continue;
        }
        shrink(w, next, j, lr, o->l2);
        w[j] -= lr * (slope * s->value[i] + o->l2 * w[j]);
        next = j + 1;
    }
    if (o->l2 != 0)
        shrink(w, next, o->d, lr, o->l2);
}

/* Slopes of one row from its k margins, c × BL_BLOCK apart. */
static void row_slopes(const struct bl_objective *o, size_t row, const double *z, const struct block *b, const struct bl_workspace *w)
{
    const double y = o->train->y[row];

    if (w->kernels->slope) {
        b->slope[0] = w->kernels->slope(z[0], y, o->hyper);
        return;
    }
    for (size_t i = 0; i < 8; i++) /* a whole register */
        b->y[i] = y;
    for (size_t c = 0; c < o->k; c++)
        for (size_t i = 0; i < 8; i++)
            b->z[c * BL_BLOCK + i] = z[c];
    w->kernels->link(b->z, b->y, 1, o->k, o->hyper, b->slope, b->loss);
}

void bl_sparse_sgd(const struct bl_objective *o, const struct bl_batch *rows, double lr, double *z, struct bl_workspace *w)
{
    const struct block b = block_of(w, 0, o->k);
    const double *weight = rows->weight ? rows->weight : o->weight;
    size_t k = o->k;

    for (size_t at = 0; at < rows->n; at++, z += k) {
        size_t row = row_at(rows, at);
        if (rows->index && at + AHEAD < rows->known)
            ask_for(o->train, rows->index[at + AHEAD]);
        for (size_t c = 0; c < k; c++)
            z[c] = margin_plain(o->train->sparse, row, w->w + c * w->stride, w->bias[c]);
        row_slopes(o, row, z, &b, w);
        for (size_t c = 0; c < k; c++) {
            double slope = b.slope[c * BL_BLOCK];
            if (weight)
                slope *= weight[row];
            move_weights(o, row, slope, lr, w->w + c * w->stride);
            if (o->intercept)
                w->bias[c] -= lr * slope;
        }
    }
}
