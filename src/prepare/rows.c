/* Which rows may be used at all. */
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

static bool works_on(const struct bl_step *s, const struct bl_table *t, size_t column)
{
    for (size_t i = 0; i < s->n_columns; i++)
        if (bl_table_find(t, s->columns[i]) == column)
            return true;
    return s->n_columns == 0 && s->type->takes(s, bl_kind_of(t->columns[column].type), false);
}

/* Must the column have a value in every row that is kept? Only if a step says so and no earlier
 * one fills its gaps. */
static bool must_be_present(const struct bl_recipe *r, const struct bl_table *t, size_t column)
{
    for (size_t i = 0; i < r->n_steps; i++) {
        const struct bl_step *s = &r->steps[i];
        if (!works_on(s, t, column))
            continue;
        if (s->type->fills)
            return false;
        if (s->type->drops_rows)
            return true;
    }
    return false;
}

/* Takes away the rows where the column is missing; returns how many. */
static size_t drop_missing(const struct bl_column *c, bool *keep, size_t n)
{
    size_t dropped = 0;

    if (c->missing == 0)
        return 0;
    for (size_t i = 0; i < n; i++) {
        bool gone = c->code ? c->code[i] == BL_MISSING_CODE : isnan(c->number[i]);
        dropped += keep[i] && gone;
        keep[i] = keep[i] && !gone;
    }
    return dropped;
}

static bool fail_empty(const struct bl_table *t, const struct bl_roles *roles, size_t worst,
                       struct bl_error *err)
{
    const struct bl_column *c = worst == SIZE_MAX ? NULL : &t->columns[worst];

    if (t->n_rows == 0)
        return bl_fail(err, BL_DATA, "%s has no rows", t->name);
    if (worst == roles->target) {
        bl_fail(err, BL_DATA, "no row of %s has a value in its target '%s'", t->name,
                c ? c->name : "");
        return bl_roles_hint(t, err);
    }
    bl_fail(err, BL_DATA, "no row of %s is complete in features and target", t->name);
    if (!c)
        return false;
    bl_reason(err, "%zu of %zu values of '%s' are missing", c->missing, t->n_rows, c->name);
    return bl_hint(err, "drop %s, or prep impute in the place of prep complete",
                   bl_typed(c->name).text);
}

static bool gather(const bool *keep, size_t n, uint32_t **rows, size_t *count, struct bl_error *err)
{
    *count = 0;
    for (size_t i = 0; i < n; i++)
        *count += keep[i];
    if (!(*rows = bl_calloc(*count + 1, sizeof **rows)))
        return bl_fail_memory(err, "the rows of a dataset");
    for (size_t i = 0, at = 0; i < n; i++)
        if (keep[i])
            (*rows)[at++] = (uint32_t)i;
    return true;
}

/* Takes the rows away that cannot be used; `worst` is the column that cost most of them. */
static size_t choose(const struct bl_recipe *r, const struct bl_table *t,
                     const struct bl_roles *roles, bool *keep)
{
    size_t worst = SIZE_MAX, most = 0;

    memset(keep, true, t->n_rows * sizeof *keep);
    if (roles->target != SIZE_MAX &&
        (most = drop_missing(&t->columns[roles->target], keep, t->n_rows)) > 0)
        worst = roles->target;
    for (size_t c = 0; c < t->n_columns; c++) {
        size_t dropped = roles->feature[c] && must_be_present(r, t, c)
                             ? drop_missing(&t->columns[c], keep, t->n_rows)
                             : 0;
        if (dropped > most) {
            most = dropped;
            worst = c;
        }
    }
    return worst;
}

/* columns= of steps that choose rows are looked up here, long before anything is fitted. */
static bool check_names(const struct bl_recipe *r, const struct bl_table *t, struct bl_error *err)
{
    for (size_t i = 0; i < r->n_steps; i++) {
        const struct bl_step *s = &r->steps[i];
        size_t at;
        for (size_t k = 0; s->type->drops_rows && k < s->n_columns; k++)
            if (!bl_table_column(t, s->columns[k], &at, err))
                return false;
    }
    return true;
}

bool bl_recipe_rows(const struct bl_recipe *r, const struct bl_table *t,
                    const struct bl_roles *roles, uint32_t **rows, size_t *n, struct bl_error *err)
{
    bool *keep;
    size_t worst;
    bool ok;

    *rows = NULL;
    *n = 0;
    if (!check_names(r, t, err))
        return false;
    if (!(keep = bl_calloc(t->n_rows + 1, sizeof *keep)))
        return bl_fail_memory(err, "the rows of a dataset");
    worst = choose(r, t, roles, keep);
    ok = gather(keep, t->n_rows, rows, n, err);
    bl_free(keep);
    if (!ok || *n > 0)
        return ok;
    bl_free(*rows);
    *rows = NULL;
    return fail_empty(t, roles, worst, err);
}
