/* What comes out of a formula: rows for which it holds, or a column. */
#include <math.h>
#include <string.h>

#include "formula.h"
#include "levels.h"

/* Where texts are many they are a text column, as in CSV. */
#define LEVELS_FEW 20
#define LEVELS_MAX 65536

static double *values_of(const struct bl_formula *f, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    double *x = bl_aligned(f->t->n_rows + 1, sizeof *x);

    if (!x)
        bl_fail_memory(err, "the values of the expression");
    else if (bl_formula_evaluate(f, x, pool, progress, err))
        return x;
    bl_free(x);
    return NULL;
}

static bool no_condition(const struct bl_formula *f, struct bl_error *err)
{
    static const char *const kinds[] = { "a condition", "a number", "a date", "a text" };
    const char *text = bl_expression_text(f->e);

    bl_fail(err, BL_VALUE, "'%s' is %s, not a condition", text, kinds[f->kind]);
    bl_hint(err, f->kind == BL_IS_NUMBER ? "compare it: %s > 0" : f->kind == BL_IS_DATE ? "compare it: %s > 2012-01-31"
                 : "compare it: %s = 'yes'", text);
    if (err) {
        err->word_at = 0;
        err->word_len = strlen(text);
    }
    return false;
}

bool bl_formula_rows(const struct bl_formula *f, uint32_t **rows, size_t *n, size_t *unknown, struct bl_pool *pool,
                     struct bl_progress *progress, struct bl_error *err)
{
    double *x;

    *rows = NULL;
    *n = *unknown = 0;
    if (f->kind != BL_IS_TRUTH)
        return no_condition(f, err);
    if (!(x = values_of(f, pool, progress, err)))
        return false;
    for (size_t i = 0; i < f->t->n_rows; i++) {
        *unknown += isnan(x[i]);
        *n += x[i] > 0;
    }
    if ((*rows = bl_calloc(*n + 1, sizeof **rows)))
        for (size_t i = 0, k = 0; i < f->t->n_rows; i++)
            if (x[i] > 0)
                (*rows)[k++] = (uint32_t)i;
    bl_free(x);
    return *rows || bl_fail_memory(err, "the rows");
}

/* ---- a column --------------------------------------------------------------------------------------*/

static bool set_numbers(const struct bl_formula *f, struct bl_table *to, size_t at, const char *name, double *x, struct bl_warnings *w,
                        struct bl_error *err)
{
    size_t wild = 0, first = 0;

    for (size_t i = 0; i < to->n_rows; i++)
        if (isinf(x[i])) {
            first = wild++ ? first : i;
            x[i] = NAN;
        }
    if (wild)
        bl_warnf(w, "where shows them, and filter takes them out", "%s has no finite value in %zu row%s (first row %zu): missing there", name, wild,
                 wild == 1 ? "" : "s", first);
    if (f->kind == BL_IS_DATE ? bl_table_set_dates(to, at, name, x, err) : bl_table_set_numbers(to, at, name, x, err))
        return true;
    bl_free(x);
    return false;
}

/* Levels in their order, those that occur only; *map: from the dictionary to them. */
static char **levels_of(const struct bl_dictionary *d, const bool *used, uint32_t *map, size_t *n)
{
    struct bl_level *sorted = bl_calloc(d->n + 1, sizeof *sorted);
    char **levels = bl_calloc(d->n + 1, sizeof *levels);
    bool fine = sorted && levels, by_value = true;

    *n = 0;
    for (size_t i = 0; fine && i < d->n; i++)
        if (used[i]) {
            struct bl_level *l = &sorted[(*n)++];

            *l = (struct bl_level){ .at = d->words[i], .length = strlen(d->words[i]), .from = (uint32_t)i };
            l->number = bl_number_parse(l->at, l->length, &l->value);
            by_value = by_value && l->number;
        }
    if (fine)
        bl_levels_sort(sorted, *n, by_value);
    for (size_t k = 0; fine && k < *n; k++) {
        map[sorted[k].from] = (uint32_t)k;
        fine = (levels[k] = bl_strdup(sorted[k].at)) != NULL;
    }
    bl_free(sorted);
    if (fine)
        return levels;
    for (size_t k = 0; levels && k < *n; k++)
        bl_free(levels[k]);
    bl_free(levels);
    return NULL;
}

static bool set_texts(const struct bl_formula *f, struct bl_table *to, size_t at, const char *name, const double *x, struct bl_error *err)
{
    const struct bl_dictionary *d = f->dictionary;
    uint32_t *code = bl_calloc(to->n_rows + 1, sizeof *code), *map = bl_calloc(d->n + 1, sizeof *map);
    bool *used = bl_calloc(d->n + 1, sizeof *used), fine;
    char **levels = NULL;
    size_t n = 0, present = 0;

    for (size_t i = 0; used && i < to->n_rows; i++)
        if (!isnan(x[i])) {
            used[(size_t)x[i]] = true;
            present++;
        }
    if (code && map && used)
        levels = levels_of(d, used, map, &n);
    for (size_t i = 0; levels && i < to->n_rows; i++)
        code[i] = isnan(x[i]) ? BL_MISSING_CODE : map[(size_t)x[i]];
    fine = levels ? bl_table_set_codes(to, at, name, n > LEVELS_MAX || (n > LEVELS_FEW && n > present / 2) ? BL_TEXT_COLUMN : BL_CATEGORICAL,
                                       code, levels, n, err)
                  : bl_fail_memory(err, "the column");
    for (size_t k = 0; levels && !fine && k < n; k++)
        bl_free(levels[k]);
    if (!fine) {
        bl_free(levels);
        bl_free(code);
    }
    bl_free(map);
    bl_free(used);
    return fine;
}

/* The columns of t, and room for one more where it is not to replace one. */
static struct bl_table *with_columns(struct bl_table *t, const char *table, size_t at, struct bl_error *err)
{
    struct bl_table *to = bl_table_create(table, t->n_rows, t->n_columns + (at == t->n_columns), err);
    bool fine = to != NULL;

    for (size_t j = 0; fine && j < t->n_columns; j++)
        fine = j == at || bl_table_lend(to, j, t, j, err);
    if (fine && t->sparse) {
        fine = (to->sparse = bl_sparse_copy(t->sparse, err)) != NULL;
        to->sparse_first = t->sparse_first;
    }
    if (fine)
        return to;
    bl_table_free(to);
    return NULL;
}

struct bl_table *bl_formula_derive(const struct bl_formula *f, struct bl_table *t, const char *name, const char *table, struct bl_pool *pool,
                                   struct bl_progress *progress, struct bl_warnings *warnings, struct bl_error *err)
{
    double *x = values_of(f, pool, progress, err);
    struct bl_table *to = NULL;
    size_t at = 0;
    bool fine;

    while (at < t->n_columns && strcmp(t->columns[at].name, name) != 0)
        at++;
    if (x)
        to = with_columns(t, table, at, err);
    if (!to) {
        bl_free(x);
        return NULL;
    }
    if (f->kind == BL_IS_TEXT) {
        fine = set_texts(f, to, at, name, x, err);
        bl_free(x);
    } else {
        fine = set_numbers(f, to, at, name, x, warnings, err);
    }
    if (fine)
        return to;
    bl_table_free(to);
    return NULL;
}
