/* Training values of features that are 0 in nearly all rows. Where there are thousands of them, each row's input is
 * looked at once for all, and the rows of each key are listed; a column is then written from its list. */
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

#define WIDE     1000    /* columns of the frame from which a list pays */
#define KEYS_MAX 1048576 /* keys are whole numbers below */

struct bl_thin { /* features that share an input, as they stand in the training rows */
    const struct bl_op *op;
    const struct bl_codec *codec;
    size_t input, keys;
    size_t *start;         /* of each key: keys + 2, the last for room */
    struct bl_cell *cells; /* `key` is a training row here; ascending under each key */
    uint32_t *gap;         /* rows whose input is missing */
    size_t n_gap;
};

static void thin_done(struct bl_thin *t)
{
    bl_free(t->start);
    bl_free(t->cells);
    bl_free(t->gap);
    *t = (struct bl_thin){0};
}

void bl_thin_free(struct bl_thin *t)
{
    if (t)
        thin_done(t);
    bl_free(t);
}

static bool shares(const struct bl_thin *t, const struct bl_node *node)
{
    return t->op == node->op && t->input == node->input && t->codec == node->codec;
}

/* ---- making the lists ----------------------------------------------------------------------------- */

/* One more than the largest key of those that share the node's input; 0: they are no such numbers. */
static size_t count_keys(const struct bl_fit *f, const struct bl_thin *t)
{
    double most = -1;
    size_t base;

    for (size_t j = 0; j < f->n_columns; j++) {
        double key;
        if (f->columns[j].kind != BL_KIND_NUMBER || !bl_node_base(f, f->columns[j].node, &base) || !shares(t, &f->nodes[base]))
            continue;
        key = f->nodes[base].params[0];
        if (!(key >= 0 && key < KEYS_MAX) || key != floor(key))
            return 0;
        most = key > most ? key : most;
    }
    return (size_t)(most + 1);
}

static size_t cells_of(const struct bl_fitter *f, const struct bl_thin *t, double x, const struct bl_cell **cells, struct bl_cell *one)
{
    size_t n = 0;

    *cells = one;
    if (t->op->cells) {
        *cells = t->op->cells(t->codec ? f->binding->bound[t->codec->number] : NULL, x, &n);
    } else if (x >= 0 && x < (double)t->keys && x == floor(x)) {
        *one = (struct bl_cell){(uint32_t)x, 1};
        n = 1;
    }
    return n;
}

static bool is_gap(const struct bl_thin *t, double x)
{
    return t->op->one_of && isnan(x);
}

/* start[k + 2] counts the rows of key k, then start[k + 1] says where they begin. */
static bool count_rows(const struct bl_fitter *f, struct bl_thin *t, const double *x, struct bl_error *err)
{
    const struct bl_cell *c;
    struct bl_cell one;

    for (size_t i = 0; i < f->n_rows; i++) {
        size_t n = cells_of(f, t, x[i], &c, &one);
        for (size_t k = 0; k < n; k++)
            if (c[k].key < t->keys)
                t->start[c[k].key + 2]++;
        t->n_gap += is_gap(t, x[i]);
    }
    for (size_t k = 1; k <= t->keys; k++)
        t->start[k + 1] += t->start[k];
    return ((t->cells = bl_calloc(t->start[t->keys + 1] + 1, sizeof *t->cells)) && (t->gap = bl_calloc(t->n_gap + 1, sizeof *t->gap))) ||
           bl_fail_memory(err, "the training rows of a step");
}

/* Each start moves to the end of its list, which is where the next one begins. */
static void place_rows(const struct bl_fitter *f, struct bl_thin *t, const double *x)
{
    const struct bl_cell *c;
    struct bl_cell one;

    t->n_gap = 0;
    for (size_t i = 0; i < f->n_rows; i++) {
        size_t n = cells_of(f, t, x[i], &c, &one);
        for (size_t k = 0; k < n; k++)
            if (c[k].key < t->keys)
                t->cells[t->start[c[k].key + 1]++] = (struct bl_cell){(uint32_t)i, c[k].value};
        if (is_gap(t, x[i]))
            t->gap[t->n_gap++] = (uint32_t)i;
    }
}

static bool make_lists(struct bl_fitter *f, const struct bl_node *node, struct bl_error *err)
{
    struct bl_thin *t = f->thin ? f->thin : bl_calloc(1, sizeof *t);
    double *x = bl_aligned(f->n_rows, sizeof *x);
    bool ok = t && x;

    f->thin = t;
    if (ok) {
        thin_done(t);
        *t = (struct bl_thin){.op = node->op, .codec = node->codec, .input = node->input};
        t->keys = count_keys(f->fit, t);
        ok = (t->start = bl_calloc(t->keys + 2, sizeof *t->start)) != NULL;
    }
    if (!ok)
        bl_fail_memory(err, "the training rows of a step");
    ok = ok && bl_fitter_read_node(f, node->input, x, err) && count_rows(f, t, x, err);
    if (ok)
        place_rows(f, t, x);
    else if (t)
        thin_done(t);
    bl_free(x);
    return ok;
}

/* ---- a column from its list ------------------------------------------------------------------------ */

static void map_on(const struct bl_fit *f, size_t node, size_t base, double *x, size_t n)
{
    if (node == base)
        return;
    map_on(f, f->nodes[node].input, base, x, n);
    f->nodes[node].op->map(f->nodes[node].params, x, n);
}

/* The list of the column's rows; its length is SIZE_MAX where there is none. */
static bool list_of(struct bl_fitter *f, size_t column, const struct bl_cell **cells, size_t *n, struct bl_error *err)
{
    const struct bl_fit *fit = f->fit;
    const struct bl_thin *t;
    size_t base, key;

    *n = SIZE_MAX;
    if (fit->n_columns <= WIDE || !bl_node_base(fit, fit->columns[column].node, &base))
        return true;
    if ((!f->thin || !f->thin->op || !shares(f->thin, &fit->nodes[base])) && !make_lists(f, &fit->nodes[base], err))
        return false;
    t = f->thin;
    if (!t->keys || fit->nodes[base].params[0] >= (double)t->keys)
        return true;
    key = (size_t)fit->nodes[base].params[0];
    *cells = t->cells + t->start[key];
    *n = t->start[key + 1] - t->start[key];
    return true;
}

bool bl_fitter_read_thin(struct bl_fitter *f, size_t column, double *out, bool *done, struct bl_error *err)
{
    const struct bl_fit *fit = f->fit;
    const struct bl_cell *cells;
    size_t base, n;

    *done = false;
    if (!list_of(f, column, &cells, &n, err))
        return false;
    if (n == SIZE_MAX)
        return true;
    memset(out, 0, f->n_rows * sizeof *out);
    for (size_t at = 0; at < n; at++)
        out[cells[at].key] = cells[at].value;
    for (size_t i = 0; i < f->thin->n_gap; i++)
        out[f->thin->gap[i]] = NAN;
    bl_node_base(fit, fit->columns[column].node, &base);
    map_on(fit, fit->columns[column].node, base, out, f->n_rows);
    *done = true;
    return true;
}

/* ---- or its list alone ------------------------------------------------------------------------------ */

bool bl_fitter_values(struct bl_fitter *f, size_t column, double *work, struct bl_values *out, struct bl_error *err)
{
    const struct bl_fit *fit = f->fit;
    const size_t node = fit->columns[column].node;
    const struct bl_cell *cells = NULL;
    size_t base, n;

    *out = (struct bl_values){.x = work, .n = f->n_rows};
    if (!list_of(f, column, &cells, &n, err))
        return false;
    if (n == SIZE_MAX || f->thin->n_gap || !bl_node_thin(fit, node, &base))
        return bl_fitter_read(f, column, work, err);
    for (size_t i = 0; i < n; i++)
        work[i] = cells[i].value;
    map_on(fit, node, base, work, n);
    *out = (struct bl_values){work, n, f->n_rows - n, cells};
    bl_progress_add(f->progress, f->n_rows);
    return !bl_stopped(f->progress) || bl_fail(err, BL_STOPPED, "preparing was interrupted");
}

size_t bl_values_row(const struct bl_values *v, size_t i)
{
    return v->cells ? v->cells[i].key : i;
}

struct bl_moments bl_values_moments(const struct bl_values *v, struct bl_pool *pool)
{
    const struct bl_moments zeros = {.n = (double)v->zeros};
    struct bl_moments m = zeros;

    if (v->n > 0)
        m = bl_moments_of(v->x, v->n, pool);
    if (v->n > 0)
        bl_moments_merge(&m, &zeros);
    return m;
}

bool bl_values_quantiles(const struct bl_values *v, const double *qs, size_t n_qs, double *out, struct bl_pool *pool, struct bl_error *err)
{
    return v->cells ? bl_quantiles_with_zeros(v->x, v->n, v->zeros, qs, n_qs, out, err) :
                      bl_quantiles(v->x, v->n, qs, n_qs, out, pool, err);
}
