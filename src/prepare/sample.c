/* Samples: which rows, and a table of them. */
#include "src/prepare/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct drawn {
    double key;
    uint32_t row;
};

static int compare_rows(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static int compare_drawn(const void *a, const void *b)
{
    const struct drawn *x = a, *y = b;

    if (x->key != y->key)
        return x->key > y->key ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Selection sampling (Knuth, volume 2, 3.4.2, algorithm S): every set of n rows is as likely. */
static void draw_simple(const uint32_t *rows, size_t n_rows, size_t n, struct bl_random *random,
                        uint32_t *out)
{
    for (size_t i = 0, taken = 0; taken < n; i++)
        if (bl_random_below(random, n_rows - i) < n - taken)
            out[taken++] = rows ? rows[i] : (uint32_t)i;
}

/* The n largest of ln(u) / weight (Efraimidis and Spirakis 2006); weight 0 is never drawn. */
static bool draw_weighted(const struct bl_column *c, size_t n_rows, size_t n,
                          struct bl_random *random, uint32_t *out, struct bl_error *err)
{
    struct drawn *all = bl_calloc(n_rows + 1, sizeof *all);
    size_t able = 0;
    bool ok = all || bl_fail_memory(err, "a sample");

    for (size_t i = 0; ok && i < n_rows; i++) {
        double weight = c->number[i], u = 1 - bl_random_unit(random);
        if (!(weight >= 0) || isinf(weight)) {
            ok = bl_fail(err, BL_VALUE, "the weight '%s' of row %zu is not a number of 0 or more",
                         c->name, i);
            bl_hint(err, "sample %zu takes every row alike", n);
        } else if (weight > 0) {
            all[able++] = (struct drawn){bl_log(u) / weight, (uint32_t)i};
        }
    }
    if (ok && able < n) {
        ok = bl_fail(err, BL_VALUE, "only %zu rows have a weight '%s' above 0", able, c->name);
        bl_hint(err, "sample %zu weight=%s", able, bl_typed(c->name).text);
    }
    if (ok) {
        qsort(all, able, sizeof *all, compare_drawn);
        for (size_t i = 0; i < n; i++)
            out[i] = all[i].row;
    }
    bl_free(all);
    return ok;
}

/* Shares of the strata by largest remainders, the first on a tie. */
static void share_strata(const size_t *sizes, size_t groups, size_t n_rows, size_t n, size_t *take)
{
    size_t given = 0;

    for (size_t g = 0; g < groups; g++)
        given += take[g] = (size_t)((double)sizes[g] * ((double)n / (double)n_rows));
    for (; given < n; given++) {
        size_t best = SIZE_MAX;
        double most = -1;
        for (size_t g = 0; g < groups; g++) {
            double lack = (double)sizes[g] * ((double)n / (double)n_rows) - (double)take[g];
            if (take[g] < sizes[g] && lack > most + 1e-9)
                most = lack, best = g;
        }
        take[best]++;
    }
}

static bool draw_strata(const struct bl_groups *g, size_t n_rows, size_t n, uint64_t seed,
                        uint32_t *out, struct bl_error *err)
{
    size_t groups = g->n_groups, at = 0, usable = 0, *take = bl_calloc(groups + 1, sizeof *take);
    uint32_t *rows = bl_calloc(n_rows + 1, sizeof *rows);
    bool ok = (take && rows) || bl_fail_memory(err, "a sample");

    for (size_t k = 0; k < groups; k++)
        usable += g->counts[k];
    if (ok && usable < n) {
        ok = bl_fail(err, BL_VALUE, "only %zu rows belong to a group", usable);
        bl_hint(err, "sample %zu", n);
    }
    if (ok)
        share_strata(g->counts, groups, usable, n, take);
    for (size_t k = 0; ok && k < groups; k++) {
        struct bl_random random = bl_random_stream(seed, BL_FOR_SAMPLE, 0, (uint32_t)k + 1);
        size_t size = 0;
        for (size_t i = 0; i < n_rows; i++)
            if (g->of_row[i] == k)
                rows[size++] = (uint32_t)i;
        draw_simple(rows, size, take[k], &random, out + at);
        at += take[k];
    }
    bl_free(take);
    bl_free(rows);
    return ok;
}

static bool draw(const struct bl_table *t, const struct bl_sample_how *how, size_t n, uint32_t *out,
                 struct bl_error *err)
{
    struct bl_random random = bl_random_stream(how->seed, BL_FOR_SAMPLE, 0, 0);
    struct bl_groups *groups;
    bool ok;

    switch (how->kind) {
    case BL_SAMPLE_BOOTSTRAP:
        for (size_t i = 0; i < n; i++)
            out[i] = (uint32_t)bl_random_below(&random, t->n_rows);
        return true;
    case BL_SAMPLE_WEIGHTED:
        return draw_weighted(&t->columns[how->column], t->n_rows, n, &random, out, err);
    case BL_SAMPLE_STRATIFIED:
        if (!(groups = bl_groups_of(t, how->column, err)))
            return false;
        ok = draw_strata(groups, t->n_rows, n, how->seed, out, err);
        bl_groups_free(groups);
        return ok;
    default:
        draw_simple(NULL, t->n_rows, n, &random, out);
        return true;
    }
}

bool bl_sample_rows(const struct bl_table *t, const struct bl_sample_how *how, size_t n,
                    uint32_t **rows, struct bl_error *err)
{
    *rows = NULL;
    if (t->n_rows == 0)
        return bl_fail(err, BL_DATA, "%s has no rows", t->name);
    if (how->kind != BL_SAMPLE_BOOTSTRAP && n > t->n_rows) {
        bl_fail(err, BL_VALUE, "%s has %zu rows, so %zu cannot be drawn without repeating some", t->name,
                t->n_rows, n);
        return bl_hint(err, "sample %zu method=bootstrap", n);
    }
    if (how->kind == BL_SAMPLE_WEIGHTED && !t->columns[how->column].number) {
        bl_fail(err, BL_VALUE, "the weight '%s' is not numeric", t->columns[how->column].name);
        return bl_hint(err, "sample %zu method=stratified by=%s", n,
                       bl_typed(t->columns[how->column].name).text);
    }
    if (!(*rows = bl_calloc(n + 1, sizeof **rows)))
        return bl_fail_memory(err, "a sample");
    if (draw(t, how, n, *rows, err)) {
        qsort(*rows, n, sizeof **rows, compare_rows);
        return true;
    }
    bl_free(*rows);
    *rows = NULL;
    return false;
}

/* ---- a table of rows ----------------------------------------------------------------------- */

static bool take_numbers(struct bl_table *to, size_t at, const struct bl_column *c,
                         const uint32_t *rows, struct bl_error *err)
{
    double *x = bl_calloc(to->n_rows + 1, sizeof *x);
    bool ok;

    if (!x)
        return bl_fail_memory(err, "a sample");
    for (size_t i = 0; i < to->n_rows; i++)
        x[i] = c->number[rows[i]];
    ok = c->type == BL_DATETIME ? bl_table_set_dates(to, at, c->name, x, err)
                                : bl_table_set_numbers(to, at, c->name, x, err);
    if (!ok)
        bl_free(x);
    return ok;
}

static void free_levels(char **levels, size_t n)
{
    for (size_t k = 0; levels && k < n; k++)
        bl_free(levels[k]);
    bl_free(levels);
}

/* Levels that no row has any more are left out. */
static bool take_codes(struct bl_table *to, size_t at, const struct bl_column *c,
                       const uint32_t *rows, struct bl_error *err)
{
    uint32_t *code = bl_calloc(to->n_rows + 1, sizeof *code);
    uint32_t *map = bl_calloc(c->n_levels + 1, sizeof *map);
    char **levels = bl_calloc(c->n_levels + 1, sizeof *levels);
    size_t n = 0;
    bool ok = code && map && levels;

    for (size_t i = 0; ok && i < to->n_rows; i++)
        if (c->code[rows[i]] != BL_MISSING_CODE)
            map[c->code[rows[i]]] = 1;
    for (size_t k = 0; ok && k < c->n_levels; k++)
        if (map[k]) {
            map[k] = (uint32_t)n;
            ok = (levels[n++] = bl_strdup(c->levels[k])) != NULL;
        }
    for (size_t i = 0; ok && i < to->n_rows; i++)
        code[i] = c->code[rows[i]] == BL_MISSING_CODE ? BL_MISSING_CODE : map[c->code[rows[i]]];
    bl_free(map);
    if (!ok)
        bl_fail_memory(err, "a sample");
    if (ok && bl_table_set_codes(to, at, c->name, c->type, code, levels, n, err))
        return true;
    bl_free(code);
    free_levels(levels, n);
    return false;
}

struct bl_table *bl_sample_table(const struct bl_table *t, const uint32_t *rows, size_t n,
                                 const char *name, struct bl_error *err)
{
    struct bl_table *to = bl_table_create(name, n, t->n_columns, err);
    bool ok = to != NULL;

    for (size_t c = 0; ok && c < t->n_columns; c++)
        ok = t->columns[c].code ? take_codes(to, c, &t->columns[c], rows, err)
                                : take_numbers(to, c, &t->columns[c], rows, err);
    if (ok && t->sparse) {
        ok = (to->sparse = bl_sparse_rows(t->sparse, rows, n, err)) != NULL;
        to->sparse_first = t->sparse_first;
    }
    if (ok && ((t->own_target && !(to->own_target = bl_strdup(t->own_target))) ||
               (t->own_positive && !(to->own_positive = bl_strdup(t->own_positive)))))
        ok = bl_fail_memory(err, "a sample");
    if (ok)
        return to;
    bl_table_free(to);
    return NULL;
}
