/* The design matrix, and the recipe replayed into it. */
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

#define TILE 8 /* columns that are transposed at a time: one cache line of a row */

void bl_matrix_free(struct bl_matrix *m)
{
    if (!m)
        return;
    bl_free(m->x);
    bl_free(m->y);
    bl_free(m->row);
    bl_free(m->weight);
    bl_sparse_free(m->sparse);
    bl_sparse_free(m->by_column);
    bl_free(m);
}

/* Bytes of x, y and row; SIZE_MAX when they are more than can be counted. */
static size_t price(size_t n_rows, size_t n_features)
{
    size_t cells, bytes, rest;

    if (__builtin_mul_overflow(n_rows, n_features, &cells) ||
        __builtin_mul_overflow(cells, sizeof(double), &bytes) ||
        __builtin_mul_overflow(n_rows, sizeof(double) + sizeof(uint32_t), &rest) ||
        __builtin_add_overflow(bytes, rest, &bytes))
        return SIZE_MAX;
    return bytes;
}

static bool afford(size_t n_rows, size_t n_features, struct bl_error *err)
{
    size_t bytes = price(n_rows, n_features), limit = bl_memory_limit();
    char needs[40], may[40];

    if (bytes <= limit && bytes != SIZE_MAX)
        return true;
    bl_fail(err, BL_LIMIT, "a matrix of %zu rows x %zu features needs %s, and only %s may be taken",
            n_rows, n_features, bl_bytes_format(needs, sizeof needs, (double)bytes),
            bl_bytes_format(may, sizeof may, (double)limit));
    return bl_hint(err, "drop columns, give onehot a smaller max_levels= or text a smaller max=; sparse rows need steps that keep every 0");
}

struct bl_matrix *bl_matrix_create(size_t n_rows, size_t n_features, bool with_y,
                                   struct bl_error *err)
{
    struct bl_matrix *m;

    if (!afford(n_rows, n_features, err))
        return NULL;
    if ((m = bl_calloc(1, sizeof *m)) &&
        (m->x = bl_aligned(n_rows * n_features + 1, sizeof *m->x)) &&
        (!with_y || (m->y = bl_aligned(n_rows + 1, sizeof *m->y))) &&
        (m->row = bl_calloc(n_rows + 1, sizeof *m->row))) {
        m->n_rows = n_rows;
        m->n_features = n_features;
        return m;
    }
    bl_matrix_free(m);
    bl_fail_memory(err, "the design matrix");
    return NULL;
}

struct bl_matrix *bl_matrix_create_sparse(struct bl_sparse *rows, bool with_y, struct bl_error *err)
{
    struct bl_matrix *m = bl_matrix_create(rows->n_rows, 0, with_y, err);

    if (!m) {
        bl_sparse_free(rows);
        return NULL;
    }
    bl_free(m->x);
    m->x = NULL;
    m->n_features = rows->n_columns;
    m->sparse = rows;
    if ((m->by_column = bl_sparse_transpose(rows, err)))
        return m;
    bl_matrix_free(m);
    return NULL;
}

double bl_matrix_at(const struct bl_matrix *m, size_t row, size_t feature)
{
    return m->sparse ? bl_sparse_at(m->sparse, row, feature) : m->x[row * m->n_features + feature];
}

static struct bl_matrix *room_for(const struct bl_matrix *m, const uint32_t *rows, size_t n, struct bl_error *err)
{
    struct bl_sparse *some = m->sparse ? bl_sparse_rows(m->sparse, rows, n, err) : NULL;

    if (m->sparse)
        return some ? bl_matrix_create_sparse(some, m->y != NULL, err) : NULL;
    return bl_matrix_create(n, m->n_features, m->y != NULL, err);
}

struct bl_matrix *bl_matrix_rows(const struct bl_matrix *m, const uint32_t *rows, size_t n, struct bl_error *err)
{
    struct bl_matrix *to = room_for(m, rows, n, err);
    size_t d = m->n_features;

    if (to && m->weight && !(to->weight = bl_aligned(n + 1, sizeof *to->weight))) {
        bl_matrix_free(to);
        bl_fail_memory(err, "the design matrix");
        return NULL;
    }
    for (size_t i = 0; to && i < n; i++) {
        if (m->x && d)
            memcpy(to->x + i * d, m->x + rows[i] * d, d * sizeof *to->x);
        if (m->y)
            to->y[i] = m->y[rows[i]];
        if (m->weight)
            to->weight[i] = m->weight[rows[i]];
        to->row[i] = m->row[rows[i]];
    }
    return to;
}

struct filling {
    const struct bl_fit *fit;
    const struct bl_binding *binding;
    const struct bl_table *table;
    const struct bl_roles *roles;
    struct bl_matrix *m;
    struct bl_scratches scratches;
    bool with_y;
    bool gaps;        /* missing values stay, as nan */
    _Atomic bool bad; /* some value is not a finite number */
    struct bl_progress *progress;
};

static void transpose(const double tile[TILE][BL_BLOCK], size_t columns, size_t n, double *x,
                      size_t stride)
{
    for (size_t i = 0; i < n; i++, x += stride)
        for (size_t j = 0; j < columns; j++)
            x[j] = tile[j][i];
}

/* True when x has a value that is not finite: 0·x is then nan, and stays nan in a sum. */
static bool any_bad(const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += 0 * x[i];
    return sum != 0;
}

static void fill_block(void *context, size_t block, size_t worker)
{
    struct filling *f = context;
    struct bl_matrix *m = f->m;

    if (bl_stopped(f->progress))
        return;
    const struct bl_block b =
        bl_block_of(f->fit, f->binding, &f->scratches, worker, m->row, m->n_rows, block);
    size_t begin = block * BL_BLOCK, n = b.n, p = m->n_features;
    double tile[TILE][BL_BLOCK];

    for (size_t j = 0; j < p; j += TILE) {
        size_t columns = p - j < TILE ? p - j : TILE;
        for (size_t k = 0; k < columns; k++) {
            bl_node_read(&b, f->fit->columns[j + k].node, tile[k]);
            if (any_bad(tile[k], n))
                f->bad = true;
        }
        transpose(tile, columns, n, m->x + begin * p + j, p);
    }
    for (size_t i = begin; m->y && i < begin + n; i++)
        m->y[i] = bl_roles_y(f->roles, f->table, m->row[i]);
    bl_progress_add(f->progress, n);
}

static bool cell_missing(const struct bl_column *c, uint32_t row)
{
    return c->code ? c->code[row] == BL_MISSING_CODE : isnan(c->number[row]);
}

/* The column of the table that lets feature j miss its value in a row, NULL: none, it is the
 * arithmetic. */
static const struct bl_source *find_gap(const struct filling *f, size_t j, uint32_t row)
{
    const struct bl_fit all = *f->fit;
    struct bl_fit one = all;
    const struct bl_source *found = NULL;
    bool *needed;

    one.columns = &all.columns[j];
    one.n_columns = 1;
    needed = bl_nodes_needed(&one);
    for (size_t i = 0; needed && i < one.n_nodes; i++)
        if (needed[i] && !one.nodes[i].op && !found &&
            cell_missing(f->binding->columns[one.nodes[i].input], row))
            found = &one.sources[one.nodes[i].input];
    bl_free(needed);
    return found;
}

static bool fail_range(const struct filling *f, size_t j, uint32_t row, struct bl_error *err)
{
    const struct bl_fit *fit = f->fit;
    const struct bl_source *s = &fit->sources[fit->columns[j].source];
    size_t at = bl_table_find(f->table, s->name);
    char buffer[40];

    bl_fail(err, BL_VALUE,
            "'%s' leaves the range of numbers in row %u of %s (the first row is 0)",
            fit->columns[j].name, (unsigned)row, f->table->name);
    if (at != SIZE_MAX)
        bl_reason(err, "'%s' is %s there", s->name,
                  bl_table_cell(f->table, row, at, buffer, sizeof buffer));
    return bl_hint(err, "drop %s", bl_typed(s->name).text);
}

/* The first cell that may not stay, in the order of the rows. Where gaps may stay, a cell that is no number must
 * be one. */
static bool first_fault(const struct filling *f, size_t *row, size_t *j)
{
    const struct bl_matrix *m = f->m;
    const size_t p = m->n_features, cells = m->sparse ? m->sparse->start[m->n_rows] : m->n_rows * p;
    const double *x = m->sparse ? m->sparse->value : m->x;

    *row = 0;
    for (size_t i = 0; i < cells; i++) {
        if (isfinite(x[i]))
            continue;
        while (m->sparse ? m->sparse->start[*row + 1] <= i : (*row + 1) * p <= i)
            ++*row;
        *j = m->sparse ? m->sparse->column[i] : i % p;
        if (!f->gaps || isinf(x[i]) || !find_gap(f, *j, m->row[*row]))
            return true;
    }
    return false;
}

static bool fail_bad(const struct filling *f, size_t at, size_t j, struct bl_error *err)
{
    const struct bl_matrix *m = f->m;
    const uint32_t row = m->row[at];
    const struct bl_source *s = find_gap(f, j, row);
    size_t rows = 0;

    if (!s)
        return fail_range(f, j, row, err);
    for (size_t i = 0; i < m->n_rows; i++)
        rows += !isfinite(bl_matrix_at(m, i, j));
    bl_fail(
        err, BL_VALUE,
        "column '%s' of %s has no value in %zu of %zu rows, first in row %u (the first row is 0)",
        s->name, f->table->name, rows, m->n_rows, (unsigned)row);
    bl_reason(err, "no step of the recipe fills it");
    return bl_hint(err, "prep impute columns=%s, or prep complete, before other steps",
                   bl_typed(s->name).text);
}

static void fill_targets(void *context, size_t block, size_t worker)
{
    struct filling *f = context;
    size_t begin = block * BL_BLOCK, end = begin + BL_BLOCK < f->m->n_rows ? begin + BL_BLOCK : f->m->n_rows;

    (void)worker;
    for (size_t i = begin; i < end; i++)
        f->m->y[i] = bl_roles_y(f->roles, f->table, f->m->row[i]);
}

/* Compressed rows from the start; see compress.c. */
static bool fill_compressed(struct filling *f, const uint32_t *rows, size_t n, struct bl_pool *pool, struct bl_error *err)
{
    const struct bl_compress c = {f->fit, f->binding, &f->scratches, rows, n, pool, f->progress};
    struct bl_sparse *cells = bl_compress(&c, err);

    f->m = cells ? bl_matrix_create_sparse(cells, f->with_y, err) : NULL;
    if (!f->m)
        return false;
    if (n > 0)
        memcpy(f->m->row, rows, n * sizeof *rows);
    if (f->with_y)
        bl_pool_run(pool, (n + BL_BLOCK - 1) / BL_BLOCK, fill_targets, f);
    f->bad = any_bad(f->m->sparse->value, f->m->sparse->start[n]);
    return true;
}

static bool fill_dense(struct filling *f, const uint32_t *rows, size_t n, struct bl_pool *pool, struct bl_error *err)
{
    f->m = bl_matrix_create(n, f->fit->n_columns, f->with_y, err);
    if (!f->m || !bl_scratches_fit(&f->scratches, f->fit, pool, err))
        return false;
    if (n > 0)
        memcpy(f->m->row, rows, n * sizeof *rows);
    bl_pool_run(pool, (n + BL_BLOCK - 1) / BL_BLOCK, fill_block, f);
    return !bl_stopped(f->progress) || bl_fail(err, BL_STOPPED, "preparing was interrupted");
}

static struct bl_matrix *fill(struct filling *f, const uint32_t *rows, size_t n,
                              struct bl_pool *pool, struct bl_error *err)
{
    size_t row, feature;
    bool ok;

    f->with_y = f->roles && f->roles->target != SIZE_MAX;
    bl_progress_start(f->progress, "building the matrix", n);
    ok = f->fit->compressed ? fill_compressed(f, rows, n, pool, err) : fill_dense(f, rows, n, pool, err);
    bl_scratches_free(&f->scratches);
    if (ok && (!f->bad || !first_fault(f, &row, &feature)))
        return f->m;
    if (ok)
        fail_bad(f, row, feature, err);
    bl_matrix_free(f->m);
    return NULL;
}

static bool take_weights(struct bl_matrix *m, const double *number)
{
    m->weight = bl_aligned(m->n_rows + 1, sizeof *m->weight);
    for (size_t i = 0; m->weight && i < m->n_rows; i++)
        m->weight[i] = number[m->row[i]];
    return m->weight != NULL;
}

static struct bl_matrix *apply(const struct bl_recipe *r, struct filling *f, const uint32_t *rows, size_t n,
                               struct bl_pool *pool, struct bl_error *err)
{
    struct bl_binding binding;
    struct bl_matrix *m;

    if (!r->fit) {
        bl_fail(err, BL_STATE, "the recipe is not fitted yet");
        return NULL;
    }
    f->fit = r->fit;
    f->progress = r->progress;
    if (!bl_bind(&binding, r->fit, f->table, err))
        return NULL;
    f->binding = &binding;
    m = fill(f, rows, n, pool, err);
    bl_unbind(&binding, r->fit);
    if (m && r->fit->sparse.n)
        m = bl_fit_apply_sparse(r->fit, f->table, m, err);
    if (m && f->roles && f->roles->weight < f->table->n_columns && !take_weights(m, f->table->columns[f->roles->weight].number)) {
        bl_matrix_free(m);
        bl_fail_memory(err, "the weights of rows");
        return NULL;
    }
    return m;
}

struct bl_matrix *bl_recipe_apply(const struct bl_recipe *r, const struct bl_table *t,
                                  const struct bl_roles *roles, const uint32_t *rows, size_t n,
                                  struct bl_pool *pool, struct bl_error *err)
{
    struct filling f = {.table = t, .roles = roles};

    return apply(r, &f, rows, n, pool, err);
}

struct bl_matrix *bl_recipe_apply_gaps(const struct bl_recipe *r, const struct bl_table *t,
                                       const struct bl_roles *roles, const uint32_t *rows, size_t n,
                                       struct bl_pool *pool, struct bl_error *err)
{
    struct filling f = {.table = t, .roles = roles, .gaps = true};

    return apply(r, &f, rows, n, pool, err);
}
