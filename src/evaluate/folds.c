/* Which rows are held out when: the folds of a cross-validation. */
#include "batchlab/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const bl_folds_names[] = { "stratified", "shuffled", "cyclic", "group", "time", NULL };

struct keyed { double key; uint32_t at; };

static int compare_keyed(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static double key_of(const struct bl_column *c, uint32_t row)
{
    if (c->code)
        return c->code[row] == BL_MISSING_CODE ? NAN : (double)c->code[row];
    return c->number[row];
}

/* ---- checks ---------------------------------------------------------------------------------------------*/

static bool check_k(const struct bl_folds_how *how, size_t n, struct bl_error *err)
{
    size_t needed = how->kind == BL_FOLDS_TIME ? how->k + 1 : how->k;

    if (how->k < 2) {
        bl_fail(err, BL_VALUE, "%zu fold%s would leave nothing to train on: at least 2 are needed", how->k, how->k == 1 ? "" : "s");
        return bl_hint(err, "cv 5");
    }
    if (needed > n && n < 3) {
        bl_fail(err, BL_VALUE, "%zu row%s too few to hold any out", n, n == 1 ? " is" : "s are");
        return bl_hint(err, "split 100 0 0; train batch");
    }
    if (needed > n) {
        bl_fail(err, BL_VALUE, "%zu folds need %zu rows or more, and there are %zu%s", how->k, needed, n,
                how->kind == BL_FOLDS_TIME ? " (by time the first block only trains)" : "");
        return bl_hint(err, how->kind == BL_FOLDS_TIME ? "cv %zu folds=time" : "cv %zu leaves one row out at a time", how->kind == BL_FOLDS_TIME ? n - 1 : n);
    }
    if (how->repeats < 1 || how->repeats > 1000) {
        bl_fail(err, BL_VALUE, "repeats=%zu must be 1 to 1000", how->repeats);
        return bl_hint(err, "cv 5 repeats=10");
    }
    if (how->repeats > 1 && (how->kind == BL_FOLDS_CYCLIC || how->kind == BL_FOLDS_TIME)) {
        bl_fail(err, BL_VALUE, "folds=%s are the same in every repeat", bl_folds_names[how->kind]);
        return bl_hint(err, "repeats=1, or folds=shuffled repeats=%zu", how->repeats);
    }
    return true;
}

/* ---- ways to deal rows out ----------------------------------------------------------------------------------*/

struct deal {
    const struct bl_table *t;
    const struct bl_roles *roles;
    struct bl_folds *f;
    struct keyed *keyed; /* n */
    uint32_t *order;     /* n: positions in f->rows */
};

/* A permutation of the rows, dealt out one by one: sizes differ by one at most. */
static bool deal_shuffled(struct deal *d, size_t repeat, uint32_t *fold, struct bl_error *err)
{
    struct bl_random random = bl_random_stream(d->f->how.seed, BL_FOR_FOLD, (uint32_t)repeat, 0);

    (void)err;
    for (size_t i = 0; i < d->f->n_rows; i++)
        d->order[i] = (uint32_t)i;
    bl_random_shuffle(&random, d->order, d->f->n_rows);
    for (size_t i = 0; i < d->f->n_rows; i++)
        fold[d->order[i]] = (uint32_t)(i % d->f->how.k);
    return true;
}

static bool deal_cyclic(struct deal *d, size_t repeat, uint32_t *fold, struct bl_error *err)
{
    (void)repeat, (void)err;
    for (size_t i = 0; i < d->f->n_rows; i++)
        fold[i] = (uint32_t)(i % d->f->how.k);
    return true;
}

static bool too_few(const struct deal *d, size_t class, size_t rows, struct bl_error *err)
{
    size_t k = d->f->how.k;

    bl_fail(err, BL_VALUE, "class '%s' has %zu row%s, fewer than the %zu folds", bl_roles_label(d->roles, class), rows, rows == 1 ? "" : "s", k);
    if (rows >= 2)
        return bl_hint(err, "cv %zu, or cv %zu folds=shuffled", rows, k);
    return bl_hint(err, "cv %zu folds=shuffled, or group rare classes before loading", k);
}

/* Each class is shuffled and dealt out where the class before ended, so that folds are of one size. */
static bool deal_classes(struct deal *d, size_t repeat, uint32_t *fold, struct bl_error *err)
{
    size_t n = d->f->n_rows, dealt = 0;

    for (size_t i = 0; i < n; i++)
        d->keyed[i] = (struct keyed){ bl_roles_y(d->roles, d->t, d->f->rows[i]), (uint32_t)i };
    qsort(d->keyed, n, sizeof *d->keyed, compare_keyed);
    for (size_t from = 0, to; from < n; from = to) {
        size_t class = (size_t)d->keyed[from].key;
        struct bl_random random = bl_random_stream(d->f->how.seed, BL_FOR_FOLD, (uint32_t)repeat, (uint32_t)class);
        for (to = from; to == from || (to < n && d->keyed[to].key == d->keyed[from].key); to++)
            d->order[to - from] = d->keyed[to].at;
        if (to - from < d->f->how.k)
            return too_few(d, class, to - from, err);
        bl_random_shuffle(&random, d->order, to - from);
        for (size_t i = 0; i < to - from; i++)
            fold[d->order[i]] = (uint32_t)(dealt++ % d->f->how.k);
    }
    return true;
}

/* Numbers: of each k rows that follow one another in order of the target, every fold gets one. */
static bool deal_values(struct deal *d, size_t repeat, uint32_t *fold, struct bl_error *err)
{
    struct bl_random random = bl_random_stream(d->f->how.seed, BL_FOR_FOLD, (uint32_t)repeat, 0);
    size_t n = d->f->n_rows, k = d->f->how.k;

    (void)err;
    for (size_t i = 0; i < n; i++)
        d->keyed[i] = (struct keyed){ bl_roles_y(d->roles, d->t, d->f->rows[i]), (uint32_t)i };
    qsort(d->keyed, n, sizeof *d->keyed, compare_keyed);
    for (size_t from = 0; from < n; from += k) {
        for (size_t i = 0; i < k; i++)
            d->order[i] = (uint32_t)i;
        bl_random_shuffle(&random, d->order, k);
        for (size_t i = 0; i < k && from + i < n; i++)
            fold[d->keyed[from + i].at] = d->order[i];
    }
    return true;
}

static bool deal_stratified(struct deal *d, size_t repeat, uint32_t *fold, struct bl_error *err)
{
    return (d->roles->task == BL_CLASSIFICATION ? deal_classes : deal_values)(d, repeat, fold, err);
}

static bool sort_by_column(struct deal *d, struct bl_error *err)
{
    const struct bl_column *c = d->f->how.column == SIZE_MAX ? NULL : &d->t->columns[d->f->how.column];

    for (size_t i = 0; i < d->f->n_rows; i++) {
        d->keyed[i] = (struct keyed){ c ? key_of(c, d->f->rows[i]) : (double)i, (uint32_t)i };
        if (!isnan(d->keyed[i].key))
            continue;
        bl_fail(err, BL_VALUE, "'%s' has no value in row %u (the first row is 0)", c->name, (unsigned)d->f->rows[i]);
        return bl_hint(err, "cv %zu folds=shuffled takes every row", d->f->how.k);
    }
    qsort(d->keyed, d->f->n_rows, sizeof *d->keyed, compare_keyed);
    return true;
}

struct group { size_t from, to, drawn; };

static int larger_first(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    size_t m = x->to - x->from, n = y->to - y->from;

    if (m != n)
        return m > n ? -1 : 1;
    return (x->drawn > y->drawn) - (x->drawn < y->drawn);
}

/* The largest group first (among equals in drawn order), each to the fold with the fewest rows. */
static void place_groups(struct deal *d, struct group *groups, size_t n, uint32_t *fold, size_t *sizes)
{
    qsort(groups, n, sizeof *groups, larger_first);
    for (size_t g = 0; g < n; g++) {
        size_t best = 0;
        for (size_t k = 1; k < d->f->how.k; k++)
            best = sizes[k] < sizes[best] ? k : best;
        for (size_t i = groups[g].from; i < groups[g].to; i++)
            fold[d->keyed[i].at] = (uint32_t)best;
        sizes[best] += groups[g].to - groups[g].from;
    }
}

static bool too_few_groups(const struct deal *d, size_t n, struct bl_error *err)
{
    const char *name = d->t->columns[d->f->how.column].name;

    bl_fail(err, BL_VALUE, "'%s' makes %zu group%s of these rows, fewer than the %zu folds", name, n, n == 1 ? "" : "s", d->f->how.k);
    if (n >= 2)
        return bl_hint(err, "cv %zu folds=group by=%s", n, name);
    return bl_hint(err, "cv %zu folds=shuffled, or another column", d->f->how.k);
}

static bool deal_groups(struct deal *d, size_t repeat, uint32_t *fold, struct bl_error *err)
{
    struct bl_random random = bl_random_stream(d->f->how.seed, BL_FOR_FOLD, (uint32_t)repeat, 0);
    size_t n = d->f->n_rows, count = 0, *sizes = bl_calloc(d->f->how.k, sizeof *sizes);
    struct group *groups = bl_calloc(n + 1, sizeof *groups);
    bool good = (sizes && groups) || bl_fail_memory(err, "the folds");

    good = good && sort_by_column(d, err);
    for (size_t i = 0; good && i < n; i++) {
        if (i == 0 || d->keyed[i].key != d->keyed[i - 1].key)
            groups[count++] = (struct group){ .from = i };
        groups[count - 1].to = i + 1;
    }
    for (size_t g = 0; g < count; g++)
        d->order[g] = (uint32_t)g;
    bl_random_shuffle(&random, d->order, count);
    for (size_t g = 0; g < count; g++)
        groups[d->order[g]].drawn = g;
    if (good && count < d->f->how.k)
        good = too_few_groups(d, count, err);
    if (good)
        place_groups(d, groups, count, fold, sizes);
    bl_free(groups);
    bl_free(sizes);
    return good;
}

/* k + 1 blocks in order of time, the first with what is left over; each but the first is held out once,
 * and all blocks before it train. */
static bool deal_time(struct deal *d, size_t repeat, uint32_t *fold, struct bl_error *err)
{
    size_t n = d->f->n_rows, blocks = d->f->how.k + 1, each = n / blocks, first = n - each * (blocks - 1);
    const struct bl_column *c = d->f->how.column == SIZE_MAX ? NULL : &d->t->columns[d->f->how.column];

    (void)repeat;
    if (c && c->code) {
        bl_fail(err, BL_VALUE, "'%s' is %s, and folds by time need numbers or dates", c->name, bl_type_name(c->type));
        return bl_hint(err, "cv %zu folds=time follows the order of the file", d->f->how.k);
    }
    if (!sort_by_column(d, err))
        return false;
    for (size_t i = 0; i < n; i++)
        fold[d->keyed[i].at] = (uint32_t)(i < first ? 0 : 1 + (i - first) / each);
    return true;
}

/* ---- the folds ------------------------------------------------------------------------------------------------*/

void bl_folds_csv(const struct bl_folds *f, struct bl_text *out)
{
    bl_text_add(out, "row");
    for (size_t r = 0; r < f->how.repeats; r++) {
        bl_text_add(out, ",fold");
        if (f->how.repeats > 1)
            bl_text_addf(out, "_%zu", r + 1);
    }
    for (size_t i = 0; i < f->n_rows; i++) {
        bl_text_addf(out, "\n%u", (unsigned)f->rows[i]);
        for (size_t r = 0; r < f->how.repeats; r++)
            bl_text_addf(out, ",%u", (unsigned)f->fold[r * f->n_rows + i]);
    }
    bl_text_add(out, "\n");
}

static bool hash(struct bl_folds *f, struct bl_error *err)
{
    struct bl_text csv = { 0 };
    struct bl_sha256 sum;

    bl_folds_csv(f, &csv);
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bl_text_get(&csv), csv.length);
    bl_sha256_end(&sum, f->sha256);
    bool good = !csv.failed || bl_fail_memory(err, "the folds");
    bl_text_free(&csv);
    return good;
}

static bool deal(struct deal *d, struct bl_error *err)
{
    static bool (*const ways[])(struct deal *, size_t, uint32_t *, struct bl_error *) = {
        [BL_FOLDS_STRATIFIED] = deal_stratified, [BL_FOLDS_SHUFFLED] = deal_shuffled, [BL_FOLDS_CYCLIC] = deal_cyclic,
        [BL_FOLDS_GROUP] = deal_groups, [BL_FOLDS_TIME] = deal_time,
    };

    for (size_t r = 0; r < d->f->how.repeats; r++)
        if (!ways[d->f->how.kind](d, r, d->f->fold + r * d->f->n_rows, err))
            return false;
    return true;
}

static bool needs(const struct bl_folds_how *how, const struct bl_roles *roles, struct bl_error *err)
{
    if (how->kind == BL_FOLDS_GROUP && how->column == SIZE_MAX) {
        bl_fail(err, BL_USAGE, "folds=group needs the column that makes the groups");
        return bl_hint(err, "cv %zu folds=group by=COLUMN", how->k);
    }
    if (how->kind == BL_FOLDS_STRATIFIED && roles->target == SIZE_MAX) {
        bl_fail(err, BL_STATE, "stratified folds need a target");
        return bl_hint(err, "target COLUMN, or folds=shuffled");
    }
    return true;
}

bool bl_folds_make(struct bl_folds *f, const struct bl_table *t, const struct bl_roles *roles, const uint32_t *rows, size_t n,
                   const struct bl_folds_how *how, struct bl_error *err)
{
    struct deal d = { .t = t, .roles = roles, .f = f };
    size_t cells = 0;
    bool good;

    *f = (struct bl_folds){ .how = *how, .n_rows = n, .n = how->k * how->repeats };
    if (!check_k(how, n, err) || !needs(how, roles, err))
        return false;
    cells = n * how->repeats; /* repeats are at most 1000, rows at most 2^32 */
    f->rows = bl_calloc(n + 1, sizeof *f->rows);
    f->fold = bl_calloc(cells + 1, sizeof *f->fold);
    d.keyed = bl_calloc(n + 1, sizeof *d.keyed);
    d.order = bl_calloc((n > how->k ? n : how->k) + 1, sizeof *d.order);
    good = (f->rows && f->fold && d.keyed && d.order) || bl_fail_memory(err, "the folds");
    if (good)
        memcpy(f->rows, rows, n * sizeof *rows);
    good = good && deal(&d, err) && hash(f, err);
    bl_free(d.keyed);
    bl_free(d.order);
    if (!good)
        bl_folds_free(f);
    return good;
}

void bl_folds_free(struct bl_folds *f)
{
    if (!f)
        return;
    bl_free(f->rows);
    bl_free(f->fold);
    *f = (struct bl_folds){ 0 };
}

static bool belongs(const struct bl_folds *f, uint32_t of_row, uint32_t fold, bool held)
{
    if (f->how.kind == BL_FOLDS_TIME)
        return held ? of_row == fold + 1 : of_row <= fold;
    return (of_row == fold) == held;
}

bool bl_folds_rows(const struct bl_folds *f, size_t fold, bool held, uint32_t **rows, size_t *n, struct bl_error *err)
{
    const uint32_t *of = f->fold + fold / f->how.k * f->n_rows, number = (uint32_t)(fold % f->how.k);

    *n = 0;
    for (size_t i = 0; i < f->n_rows; i++)
        *n += belongs(f, of[i], number, held);
    if (!(*rows = bl_calloc(*n + 1, sizeof **rows)))
        return bl_fail_memory(err, "the rows of a fold");
    for (size_t i = 0, at = 0; i < f->n_rows; i++)
        if (belongs(f, of[i], number, held))
            (*rows)[at++] = f->rows[i];
    return true;
}
