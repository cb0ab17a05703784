/* Features that are 0 in nearly all rows: words of a text, levels of a long category, buckets of a hash. Rows are
 * then compressed as they are made, so that nothing as wide as the matrix is ever written out: a row's value of the
 * input says which few of the features are not 0. Maps that later steps put behind them are applied to those few,
 * as long as they leave 0 alone; a feature that they do not leave at 0 is a column like any other, and so is what
 * never was thin. */
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

#define SAMPLED_BLOCKS 32 /* of the training rows, which tell how much is 0 */

/* Neighbouring features that share an input, by ascending key; or one that is computed for every row. */
struct run {
    size_t first, n;
    size_t input;
    const struct bl_node *node; /* one of them; NULL: computed */
};
struct plan {
    struct run *runs;
    size_t n, capacity;
    size_t *base; /* of each feature: the node that is thin, SIZE_MAX: none */
    size_t thin;  /* features that have one */
};

/* ---- which features are thin -------------------------------------------------------------------- */

/* What becomes of a value of `base` on its way to `node`. */
static double through(const struct bl_fit *f, size_t node, size_t base, double x)
{
    if (node == base)
        return x;
    x = through(f, f->nodes[node].input, base, x);
    f->nodes[node].op->map(f->nodes[node].params, &x, 1);
    return x;
}

bool bl_node_base(const struct bl_fit *f, size_t node, size_t *base)
{
    while (f->nodes[node].op && f->nodes[node].op->map && !f->nodes[node].op->one_of)
        node = f->nodes[node].input;
    *base = node;
    return f->nodes[node].op && (f->nodes[node].op->one_of || f->nodes[node].op->cells);
}

bool bl_node_thin(const struct bl_fit *f, size_t node, size_t *base)
{
    return bl_node_base(f, node, base) && through(f, node, *base, 0) == 0;
}

static double key_of(const struct bl_fit *f, const struct plan *p, size_t feature)
{
    return f->nodes[p->base[feature]].params[0];
}

/* Does the feature go on with the run? */
static bool goes_on(const struct bl_fit *f, const struct plan *p, const struct run *run, size_t feature)
{
    const struct bl_node *a = run->node, *b = &f->nodes[p->base[feature]];

    return a && a->op == b->op && a->input == b->input && a->codec == b->codec &&
           key_of(f, p, feature) > key_of(f, p, feature - 1);
}

static bool add_feature(struct plan *p, const struct bl_fit *f, size_t j, struct bl_error *err)
{
    const size_t node = f->columns[j].node;
    bool thin = bl_node_thin(f, node, &p->base[j]);

    if (!thin)
        p->base[j] = SIZE_MAX;
    p->thin += thin;
    if (thin && p->n && goes_on(f, p, &p->runs[p->n - 1], j)) {
        p->runs[p->n - 1].n++;
        return true;
    }
    if (!bl_grow((void **)&p->runs, &p->capacity, p->n, sizeof *p->runs, err))
        return false;
    p->runs[p->n++] = (struct run){j, 1, thin ? f->nodes[p->base[j]].input : node, thin ? &f->nodes[p->base[j]] : NULL};
    return true;
}

static void plan_done(struct plan *p)
{
    bl_free(p->runs);
    bl_free(p->base);
    *p = (struct plan){0};
}

static bool plan_make(struct plan *p, const struct bl_fit *f, struct bl_error *err)
{
    bool ok;

    *p = (struct plan){.base = bl_calloc(f->n_columns + 1, sizeof *p->base)};
    ok = p->base || bl_fail_memory(err, "the plan of a matrix");
    for (size_t j = 0; ok && j < f->n_columns; j++)
        ok = add_feature(p, f, j, err);
    if (!ok)
        plan_done(p);
    return ok;
}

/* ---- rows ---------------------------------------------------------------------------------------- */

struct filling {
    const struct bl_compress *c;
    const struct plan *plan;
    size_t each;          /* every each-th block */
    struct bl_sparse *to; /* NULL: cells are counted */
    size_t *count;        /* of every row */
};
struct rows { /* of one block */
    const struct filling *f;
    size_t n;
    double x[BL_BLOCK];  /* what the run reads */
    size_t at[BL_BLOCK]; /* where the next cell goes; how many were met */
};

static void put(struct rows *r, size_t i, size_t feature, double x)
{
    struct bl_sparse *to = r->f->to;

    if (x == 0)
        return;
    if (to) {
        to->column[r->at[i]] = (uint32_t)feature;
        to->value[r->at[i]] = x;
    }
    r->at[i]++;
}

/* The feature of a run with this key; SIZE_MAX: a later step took it out, or nobody has it. */
static size_t find(const struct filling *f, const struct run *run, double key)
{
    const struct bl_fit *fit = f->c->fit;
    double first = key_of(fit, f->plan, run->first);
    size_t low = run->first, high = run->first + run->n;

    if (!(key >= first))
        return SIZE_MAX;
    if (key - first < (double)run->n && key_of(fit, f->plan, run->first + (size_t)(key - first)) == key)
        return run->first + (size_t)(key - first);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (key_of(fit, f->plan, middle) < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < run->first + run->n && key_of(fit, f->plan, low) == key ? low : SIZE_MAX;
}

static void put_key(struct rows *r, const struct run *run, size_t i, double key, double x)
{
    const struct filling *f = r->f;
    const struct bl_fit *fit = f->c->fit;
    size_t j = find(f, run, key);

    if (j != SIZE_MAX)
        put(r, i, j, through(fit, fit->columns[j].node, f->plan->base[j], x));
}

/* Of a category without a value none of its columns has one. */
static void put_gap(struct rows *r, const struct run *run, size_t i)
{
    const struct bl_fit *fit = r->f->c->fit;

    for (size_t j = run->first; j < run->first + run->n; j++)
        put(r, i, j, through(fit, fit->columns[j].node, r->f->plan->base[j], NAN));
}

static void put_thin(struct rows *r, const struct run *run)
{
    const struct bl_node *node = run->node;
    const void *bound = node->codec ? r->f->c->binding->bound[node->codec->number] : NULL;

    for (size_t i = 0; i < r->n; i++) {
        size_t n = 0;
        const struct bl_cell *cells = node->op->cells ? node->op->cells(bound, r->x[i], &n) : NULL;
        if (node->op->one_of && isnan(r->x[i]))
            put_gap(r, run, i);
        else if (node->op->one_of)
            put_key(r, run, i, r->x[i], 1);
        for (size_t k = 0; k < n; k++)
            put_key(r, run, i, cells[k].key, cells[k].value);
    }
}

static void fill_block(void *context, size_t task, size_t worker)
{
    const struct filling *f = context;
    const struct bl_compress *c = f->c;
    const size_t number = task * f->each, begin = number * BL_BLOCK;
    struct rows r = {.f = f};
    struct bl_block b;

    if (bl_stopped(c->progress))
        return;
    b = bl_block_of(c->fit, c->binding, c->scratches, worker, c->rows, c->n_rows, number);
    r.n = b.n;
    for (size_t i = 0; f->to && i < b.n; i++)
        r.at[i] = f->to->start[begin + i];
    for (size_t k = 0; k < f->plan->n; k++) {
        const struct run *run = &f->plan->runs[k];
        bl_node_read(&b, run->input, r.x);
        if (run->node)
            put_thin(&r, run);
        else
            for (size_t i = 0; i < b.n; i++)
                put(&r, i, run->first, r.x[i]);
    }
    for (size_t i = 0; !f->to && i < b.n; i++)
        f->count[begin + i] = r.at[i];
    if (f->to || f->each > 1)
        bl_progress_add(c->progress, b.n);
}

static size_t blocks_of(const struct bl_compress *c)
{
    return (c->n_rows + BL_BLOCK - 1) / BL_BLOCK;
}

/* How many cells each row has, and all together. */
static bool count_cells(struct filling *f, size_t *cells, struct bl_error *err)
{
    const struct bl_compress *c = f->c;

    *cells = 0;
    if (!(f->count = bl_calloc(c->n_rows + 1, sizeof *f->count)))
        return bl_fail_memory(err, "sparse rows");
    bl_pool_run(c->pool, (blocks_of(c) + f->each - 1) / f->each, fill_block, f);
    for (size_t i = 0; i < c->n_rows; i++)
        *cells += f->count[i];
    return !bl_stopped(c->progress) || bl_fail(err, BL_STOPPED, "preparing was interrupted");
}

/* The rows, and the same cells by column, which training reads too. */
static bool afford(const struct bl_compress *c, size_t cells, struct bl_error *err)
{
    const double bytes = 2.0 * (double)cells * (sizeof(uint32_t) + sizeof(double)) +
                         sizeof(size_t) * ((double)c->n_rows + (double)c->fit->n_columns);
    char needs[40], may[40];

    if (bytes <= (double)bl_memory_limit())
        return true;
    bl_fail(err, BL_LIMIT, "a sparse matrix of %zu rows x %zu features, of which %zu cells are not 0, needs %s, and only %s may be taken",
            c->n_rows, c->fit->n_columns, cells, bl_bytes_format(needs, sizeof needs, bytes),
            bl_bytes_format(may, sizeof may, (double)bl_memory_limit()));
    return bl_hint(err, "prep text max=1000, or fewer rows: sample");
}

struct bl_sparse *bl_compress(const struct bl_compress *c, struct bl_error *err)
{
    struct plan plan;
    struct filling f = {.c = c, .plan = &plan, .each = 1};
    size_t cells;
    bool ok;

    if (!plan_make(&plan, c->fit, err))
        return NULL;
    ok = bl_scratches_fit(c->scratches, c->fit, c->pool, err) && count_cells(&f, &cells, err) && afford(c, cells, err) &&
         (f.to = bl_sparse_create(c->n_rows, c->fit->n_columns, cells, err)) != NULL;
    for (size_t i = 0; ok && i < c->n_rows; i++)
        f.to->start[i + 1] = f.to->start[i] + f.count[i];
    bl_free(f.count);
    if (ok) {
        bl_pool_run(c->pool, blocks_of(c), fill_block, &f);
        ok = !bl_stopped(c->progress) || bl_fail(err, BL_STOPPED, "preparing was interrupted");
    }
    plan_done(&plan);
    if (ok)
        return f.to;
    bl_sparse_free(f.to);
    return NULL;
}

/* ---- the choice ------------------------------------------------------------------------------------ */

/* The last step that says so decides. */
static const char *asked(const struct bl_recipe *r)
{
    for (size_t i = r->n_steps; i-- > 0;) {
        const char *word = bl_step_option(&r->steps[i], "sparse");
        if (word && strcmp(word, "auto") != 0)
            return word;
    }
    return NULL;
}

/* Whole blocks, evenly spaced: their numbers stay those of the training rows. */
static bool measure(struct bl_fitter *f, const struct plan *plan, struct bl_error *err)
{
    const struct bl_compress c = {f->fit, f->binding, f->scratches, f->rows, f->n_rows, f->pool, f->progress};
    struct filling filling = {.c = &c, .plan = plan, .each = (blocks_of(&c) + SAMPLED_BLOCKS - 1) / SAMPLED_BLOCKS};
    size_t cells, rows = 0;
    bool ok = bl_scratches_fit(f->scratches, f->fit, f->pool, err) && count_cells(&filling, &cells, err);

    for (size_t at = 0; at < f->n_rows; at += filling.each * BL_BLOCK)
        rows += f->n_rows - at < BL_BLOCK ? f->n_rows - at : BL_BLOCK;
    bl_free(filling.count);
    if (ok)
        f->fit->compressed = bl_sparse_worth((double)f->fit->n_columns, (double)rows, (double)cells);
    return ok;
}

bool bl_fitter_compress(struct bl_fitter *f, const struct bl_recipe *r, struct bl_error *err)
{
    const char *word = asked(r);
    const double features = (double)f->fit->n_columns;
    struct plan plan;
    bool ok = true;

    f->fit->compressed = word && strcmp(word, "yes") == 0 && f->fit->n_columns > 0;
    if (word || !bl_sparse_worth(features, 1, 0))
        return true;
    if (!plan_make(&plan, f->fit, err))
        return false;
    if (bl_sparse_worth(features, 1, features - (double)plan.thin)) /* what is not thin counts as full */
        ok = measure(f, &plan, err);
    plan_done(&plan);
    return ok;
}
