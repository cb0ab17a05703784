/* Least squares in double-double. Rows are cut into lanes by the data; each lane triangularises its
 * rows of [1 x y], lanes join pairwise by triangularising one factor into another, and the penalty
 * comes in as rows sqrt(n l2) I. Columns are scaled by powers of two first, which loses nothing. */
#include "src/learn/objective.h"
#include "src/learn/qr.h"
#include "src/learn/linalg.h"
#include "src/learn/triangle.h"

#include <math.h>
#include <string.h>

#define BLOCK 128
#define DEPENDS_BELOW 1e-13 /* part of a column that the columns before it do not explain */

struct qr {
    const struct bl_objective *o;
    size_t n;               /* columns with intercept, and the target as the last */
    size_t lanes;
    double *scale;          /* n powers of two */
    struct dd *r;           /* lanes × n × n */
    double *block, *row;    /* a worker: hi and lo, 2 × n × BLOCK; one row */
    struct bl_progress *progress;
};

double bl_least_squares_cost(const struct bl_objective *o)
{
    double columns = (double)(o->d + o->intercept + 1);
    return ((double)o->train->n_rows + columns) * columns * columns;
}

/* ---- the factor of the rows ---------------------------------------------------------------------- */

static double power_of_two_near(double largest)
{
    int e = 0;
    if (!(largest > 0))
        return 1;
    frexp(largest, &e);
    return ldexp(1, -e < 1000 ? -e : 1000);
}

static void choose_scales(struct qr *q)
{
    const struct bl_matrix *m = q->o->train;
    size_t one = q->o->intercept, d = q->o->d;
    for (size_t i = 0; i < m->n_rows; i++) {
        double *x = q->row;
        bl_row_write(m, i, x);
        for (size_t j = 0; j < d; j++)
            q->scale[one + j] = fmax(q->scale[one + j], fabs(x[j]));
        q->scale[one + d] = fmax(q->scale[one + d], fabs(m->y[i]));
    }
    for (size_t j = 0; j < q->n; j++)
        q->scale[j] = j < one ? 1 : power_of_two_near(q->scale[j]);
}

static struct bl_rows_block block_of(const struct qr *q, size_t worker)
{
    double *at = q->block + worker * 2 * q->n * BLOCK;
    return (struct bl_rows_block){ BLOCK, at, at + q->n * BLOCK };
}

static void load_rows(const struct qr *q, size_t first, size_t rows, struct bl_rows_block *b, double *x)
{
    const struct bl_matrix *m = q->o->train;
    size_t one = q->o->intercept, d = q->o->d;
    memset(b->hi, 0, 2 * q->n * BLOCK * sizeof *b->hi);
    for (size_t i = 0; i < rows; i++) {
        double root = sqrt(bl_row_weight(q->o, first + i));
        if (one)
            b->hi[i] = root;
        bl_row_write(m, first + i, x);
        for (size_t j = 0; j < d; j++)
            b->hi[(one + j) * BLOCK + i] = x[j] * q->scale[one + j] * root;
        b->hi[(one + d) * BLOCK + i] = m->y[first + i] * q->scale[one + d] * root;
    }
}

static void rows_task(void *context, size_t l, size_t worker)
{
    const struct qr *q = context;
    size_t n = q->o->train->n_rows, end = bl_lane_begin(n, q->lanes, l + 1);
    struct bl_rows_block block = block_of(q, worker);
    for (size_t i = bl_lane_begin(n, q->lanes, l); i < end && !bl_stopped(q->progress); i += BLOCK) {
        load_rows(q, i, end - i < BLOCK ? end - i : BLOCK, &block, q->row + worker * q->n);
        bl_triangle_absorb(q->r + l * q->n * q->n, q->n, &block);
    }
}

/* Takes the rows of another factor (n × n) into r, BLOCK at a time. */
static void absorb_factor(const struct qr *q, struct dd *r, const struct dd *other)
{
    struct bl_rows_block block = block_of(q, 0);
    for (size_t first = 0; first < q->n; first += BLOCK) {
        memset(block.hi, 0, 2 * q->n * BLOCK * sizeof *block.hi);
        for (size_t i = 0; i < BLOCK && first + i < q->n; i++)
            for (size_t j = 0; j < q->n; j++) {
                block.hi[j * BLOCK + i] = other[(first + i) * q->n + j].hi;
                block.lo[j * BLOCK + i] = other[(first + i) * q->n + j].lo;
            }
        bl_triangle_absorb(r, q->n, &block);
    }
}

static void absorb_penalty(const struct qr *q, struct dd *r, struct dd *spare)
{
    struct dd root = dd_sqrt(dd_product((double)q->o->train->n_rows, q->o->l2));
    if (!(q->o->l2 > 0))
        return;
    memset(spare, 0, q->n * q->n * sizeof *spare);
    for (size_t j = q->o->intercept; j + 1 < q->n; j++)
        spare[j * q->n + j] = (struct dd){ root.hi * q->scale[j], root.lo * q->scale[j] };
    absorb_factor(q, r, spare);
}

static void join(const struct qr *q)
{
    size_t square = q->n * q->n;
    for (size_t w = 1; w < q->lanes; w *= 2)
        for (size_t l = 0; l + w < q->lanes; l += 2 * w)
            absorb_factor(q, q->r + l * square, q->r + (l + w) * square);
    absorb_penalty(q, q->r, q->r + square);
}

/* ---- columns that depend on others go to the end -------------------------------------------------- */

/* Length of the part of column j that rows `from` and below hold. */
static double length_below(const struct dd *r, size_t n, size_t from, size_t j)
{
    double sum = 0;
    for (size_t i = from; i < n; i++)
        sum += r[i * n + j].hi * r[i * n + j].hi;
    return sqrt(sum);
}

/* Reflects rows `at` to n-1 of R so that column j keeps only its element in row `at`. */
static void reflect_small(struct dd *r, size_t n, size_t at, const size_t *order, size_t from)
{
    size_t j = order[from];
    struct dd square = dd_of(0), top = r[at * n + j];
    for (size_t i = at; i < n; i++)
        square = dd_add(square, dd_mul(r[i * n + j], r[i * n + j]));
    struct dd norm = dd_sqrt(square), diagonal = top.hi > 0 ? dd_neg(norm) : norm;
    struct dd head = dd_sub(top, diagonal);
    struct dd size = dd_mul(norm, head.hi < 0 ? dd_neg(head) : head);
    if (!(size.hi > 0))
        return;
    r[at * n + j] = head;
    for (size_t c = from + 1; c < n; c++) {
        size_t column = order[c];
        struct dd s = dd_of(0);
        for (size_t i = at; i < n; i++)
            s = dd_add(s, dd_mul(r[i * n + j], r[i * n + column]));
        s = dd_div(s, size);
        for (size_t i = at; i < n; i++)
            r[i * n + column] = dd_sub(r[i * n + column], dd_mul(s, r[i * n + j]));
    }
    r[at * n + j] = diagonal;
    for (size_t i = at + 1; i < n; i++)
        r[i * n + j] = dd_of(0);
}

/* order: independent columns first; returns how many. The target is column n-1 and stays last. As in
 * LINPACK's limited pivoting, columns keep their order unless one depends on those before it. */
static size_t separate(struct dd *r, size_t n, size_t *order)
{
    size_t columns = n - 1, rank = columns;
    for (size_t j = 0; j < n; j++)
        order[j] = j;
    for (size_t at = 0; at < rank;) {
        size_t j = order[at];
        double whole = length_below(r, n, 0, j), rest = length_below(r, n, at, j);
        if (rest > DEPENDS_BELOW * whole) {
            reflect_small(r, n, at, order, at);
            at++;
            continue;
        }
        rank--;
        memmove(order + at, order + at + 1, (columns - 1 - at) * sizeof *order);
        order[columns - 1] = j;
    }
    return rank;
}

/* ---- solution ------------------------------------------------------------------------------------- */

/* The leading rank rows as a matrix with columns in `order`, in the units of the caller. */
static void solve_full(const struct dd *r, size_t n, const size_t *order, size_t rank, struct dd *x, struct dd *work)
{
    for (size_t i = 0; i < rank; i++) {
        for (size_t j = 0; j < rank; j++)
            work[i * rank + j] = j < i ? dd_of(0) : r[i * n + order[j]];
        x[i] = r[i * n + n - 1];
    }
    bl_triangle_solve(work, rank, rank, x);
}

/* A = leading rank rows (rank × columns, true units). theta = A' (A A')^-1 c through the triangular
 * factor of A', whose 31 digits bear the squared condition. */
static void solve_smallest(const struct qr *q, size_t rank, struct dd *theta, struct dd *factor)
{
    size_t n = q->n, columns = n - 1;
    struct bl_rows_block block = block_of(q, 0);
    memset(factor, 0, rank * rank * sizeof *factor);
    for (size_t first = 0; first < columns; first += BLOCK) {
        memset(block.hi, 0, 2 * n * BLOCK * sizeof *block.hi);
        for (size_t i = 0; i < BLOCK && first + i < columns; i++)
            for (size_t j = 0; j < rank; j++) {
                block.hi[j * BLOCK + i] = q->r[j * n + first + i].hi / q->scale[first + i];
                block.lo[j * BLOCK + i] = q->r[j * n + first + i].lo / q->scale[first + i];
            }
        bl_triangle_absorb(factor, rank, &block);
    }
    for (size_t i = 0; i < rank; i++)
        theta[i] = q->r[i * n + n - 1];
    bl_triangle_solve_transposed(factor, rank, rank, theta);
    bl_triangle_solve(factor, rank, rank, theta);
}

static void finish(const struct qr *q, double *theta, const size_t *order, size_t rank, struct dd *x, struct dd *work)
{
    size_t n = q->n, columns = n - 1;
    double target = q->scale[columns];
    if (rank == columns) {
        solve_full(q->r, n, order, rank, x, work);
        for (size_t j = 0; j < columns; j++)
            theta[order[j]] = x[j].hi * q->scale[order[j]] / target;
        return;
    }
    solve_smallest(q, rank, x, work);
    for (size_t j = 0; j < columns; j++) {
        struct dd s = dd_of(0);
        for (size_t i = 0; i < rank; i++)
            s = dd_add(s, dd_mul(q->r[i * n + j], x[i]));
        theta[j] = s.hi / q->scale[j] / target;
    }
}

static bool solve(const struct qr *q, double *theta, size_t *rank, struct bl_error *err)
{
    size_t n = q->n;
    size_t *order = bl_calloc(n, sizeof *order);
    struct dd *x = bl_calloc(n, sizeof *x), *work = bl_calloc(n * n, sizeof *work);
    bool ok = order && x && work;
    if (ok) {
        *rank = separate(q->r, n, order);
        finish(q, theta, order, *rank, x, work);
    }
    bl_free(order);
    bl_free(x);
    bl_free(work);
    return ok ? true : bl_fail_memory(err, "the closed form");
}

/* ---- all of it ------------------------------------------------------------------------------------ */

static size_t lanes_for(size_t rows, size_t columns)
{
    size_t lanes = rows / (8 * columns), fit = ((size_t)1 << 21) / (columns * columns);
    lanes = lanes < 16 ? lanes : 16;
    lanes = lanes < fit ? lanes : fit;
    return lanes < 1 ? 1 : lanes;
}

static bool take(struct qr *q, struct bl_pool *pool, struct bl_error *err)
{
    size_t room = (q->lanes < 2 ? 2 : q->lanes); /* the second one holds the penalty in the end */
    if (q->n > 0x8000)
        return bl_fail_memory(err, "the closed form");
    q->scale = bl_calloc(q->n, sizeof *q->scale);
    q->r = bl_calloc(room * q->n * q->n, sizeof *q->r);
    q->row = bl_aligned(bl_pool_threads(pool) * q->n, sizeof *q->row);
    q->block = bl_aligned(bl_pool_threads(pool) * 2 * q->n * BLOCK, sizeof *q->block);
    return q->scale && q->r && q->row && q->block ? true : bl_fail_memory(err, "the closed form");
}

bool bl_least_squares(const struct bl_objective *o, double *theta, size_t *rank, struct bl_pool *pool,
                      struct bl_progress *progress, struct bl_error *err)
{
    struct qr q = { .o = o, .n = o->d + o->intercept + 1, .progress = progress };
    q.lanes = lanes_for(o->train->n_rows, q.n);
    bool ok = take(&q, pool, err);
    if (ok) {
        choose_scales(&q);
        bl_pool_run(pool, q.lanes, rows_task, &q);
        ok = bl_go_on(progress, err);
    }
    if (ok) {
        join(&q);
        ok = solve(&q, theta, rank, err);
    }
    bl_free(q.scale);
    bl_free(q.r);
    bl_free(q.block);
    bl_free(q.row);
    return ok;
}
