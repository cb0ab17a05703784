/* One column of two tables, made comparable: sorted numbers, or counts of the levels of both. */
#include <string.h>

#include "order.h"

static bool take_numbers(const double *x, const uint32_t *rows, size_t n, double **sorted, size_t *present)
{
    double *picked = rows ? bl_calloc(n, sizeof *picked) : NULL;

    if (rows && !picked)
        return false;
    for (size_t i = 0; rows && i < n; i++)
        picked[i] = x[rows[i]];
    *sorted = bl_sorted(rows ? picked : x, n, present);
    bl_free(picked);
    return *sorted != NULL;
}

/* Number of each level of a column among the levels of both. */
static bool number_levels(struct bl_names *all, const struct bl_column *c, size_t **number)
{
    *number = bl_calloc(c->n_levels + 1, sizeof **number);
    for (size_t k = 0; *number && k < c->n_levels; k++)
        if (((*number)[k] = bl_names_add(all, c->levels[k], strlen(c->levels[k]))) == SIZE_MAX)
            return false;
    return *number != NULL;
}

static void count_levels(const struct bl_column *c, const uint32_t *rows, size_t n, const size_t *number, size_t *count)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t code = c->code[rows ? rows[i] : i];

        if (code != BL_MISSING_CODE)
            count[number[code]]++;
    }
}

static void name_levels(const struct bl_column *c, const size_t *number, const char **level)
{
    for (size_t k = 0; k < c->n_levels; k++)
        level[number[k]] = c->levels[k];
}

/* Levels without a row on either side go; what is new is noted. */
static void keep_used(struct bl_drift_pair *p, size_t all)
{
    size_t most = 0;

    for (size_t k = 0; k < all; k++) {
        const size_t before = p->count[0][k], now = p->count[1][k];

        if (!before && !now)
            continue;
        p->level[p->n_levels] = p->level[k];
        p->count[0][p->n_levels] = before;
        p->count[1][p->n_levels++] = now;
        p->n[0] += before;
        p->n[1] += now;
        p->n_new += !before;
        p->new_rows += before ? 0 : now;
        if (!before && now > most) {
            most = now;
            p->first_new = p->level[p->n_levels - 1];
        }
    }
}

static bool take_levels(struct bl_drift_pair *p, const struct bl_column *before, const uint32_t *rows, size_t n, const struct bl_column *now,
                        size_t n_now)
{
    struct bl_names *all = bl_names_create();
    size_t *number[2] = {NULL, NULL};
    bool fine = all && number_levels(all, before, &number[0]) && number_levels(all, now, &number[1]);
    const size_t n_all = fine ? bl_names_count(all) : 0;

    fine = fine && (p->count[0] = bl_calloc(n_all + 1, sizeof *p->count[0])) && (p->count[1] = bl_calloc(n_all + 1, sizeof *p->count[1])) &&
           (p->level = bl_calloc(n_all + 1, sizeof *p->level));
    if (fine) {
        name_levels(now, number[1], p->level);
        name_levels(before, number[0], p->level);
        count_levels(before, rows, n, number[0], p->count[0]);
        count_levels(now, NULL, n_now, number[1], p->count[1]);
        keep_used(p, n_all);
    }
    bl_free(number[0]);
    bl_free(number[1]);
    bl_names_free(all);
    return fine;
}

static bool has_numbers(const struct bl_column *c)
{
    return c->type == BL_NUMERIC || c->type == BL_DATETIME;
}

bool bl_drift_pair_of(const struct bl_table *t, const uint32_t *rows, size_t n, size_t at, const struct bl_table *now, size_t other,
                      struct bl_drift_pair *out, struct bl_error *err)
{
    const struct bl_column *before = &t->columns[at], *after = &now->columns[other];
    bool fine;

    *out = (struct bl_drift_pair){.numbers = has_numbers(before)};
    if (has_numbers(before) != has_numbers(after))
        return bl_fail(err, BL_VALUE, "column '%s' is %s, and %s before", before->name, bl_type_name(after->type), bl_type_name(before->type));
    if (out->numbers)
        fine = take_numbers(before->number, rows, n, &out->value[0], &out->n[0]) &&
               take_numbers(after->number, NULL, now->n_rows, &out->value[1], &out->n[1]);
    else
        fine = take_levels(out, before, rows, n, after, now->n_rows);
    out->missing[0] = n - out->n[0];
    out->missing[1] = now->n_rows - out->n[1];
    if (fine)
        return true;
    bl_drift_pair_done(out);
    return bl_fail_memory(err, "a comparison");
}

void bl_drift_pair_done(struct bl_drift_pair *p)
{
    for (size_t side = 0; side < 2; side++) {
        bl_free(p->value[side]);
        bl_free(p->count[side]);
    }
    bl_free(p->level);
    *p = (struct bl_drift_pair){0};
}
