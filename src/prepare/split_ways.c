/* Splits by time, by groups, and as a column says. */
#include "src/prepare/split.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct keyed { /* a row and what decides where it goes */
    double key;
    size_t at;
};

static int compare_keys(const void *a, const void *b)
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

/* Rows sorted by a column (NULL: as they are); a missing value is refused. */
static bool sort_rows(const struct bl_column *c, const uint32_t *rows, size_t n, struct keyed *keyed,
                      struct bl_error *err)
{
    for (size_t i = 0; i < n; i++) {
        keyed[i] = (struct keyed){c ? key_of(c, rows[i]) : (double)i, i};
        if (!isnan(keyed[i].key))
            continue;
        bl_fail(err, BL_VALUE, "'%s' has no value in row %u (the first row is 0)", c->name,
                (unsigned)rows[i]);
        return bl_hint(err, "split 60 20 20 takes every row");
    }
    qsort(keyed, n, sizeof *keyed, compare_keys);
    return true;
}

static bool split_time(struct bl_split *s, const struct bl_column *c, const uint32_t *rows, size_t n,
                       struct keyed *keyed, uint8_t *part, struct bl_error *err)
{
    size_t wanted[BL_PARTS], at = 0;

    if (c && c->code) {
        bl_fail(err, BL_VALUE, "'%s' is %s, and a split by time needs numbers or dates", c->name,
                bl_type_name(c->type));
        return bl_hint(err, "split 60 20 20 group=%s keeps its rows together", bl_typed(c->name).text);
    }
    if (!sort_rows(c, rows, n, keyed, err))
        return false;
    bl_split_apportion(n, s->percent, wanted);
    for (int p = 0; p < BL_PARTS; p++)
        for (size_t k = 0; k < wanted[p]; k++)
            part[keyed[at++].at] = (uint8_t)p;
    return true;
}

/* Groups in drawn order, each to the part that lacks most rows. */
static bool split_groups(struct bl_split *s, const struct bl_column *c, const uint32_t *rows,
                         size_t n, struct keyed *keyed, uint8_t *part, struct bl_error *err)
{
    struct bl_random random = bl_random_stream(s->seed, BL_FOR_SPLIT, 0, 0);
    uint32_t *order = bl_calloc(n + 1, sizeof *order), groups = 0;
    double lack[BL_PARTS], sum = s->percent[0] + s->percent[1] + s->percent[2];

    if (!order)
        return bl_fail_memory(err, "the split");
    if (!sort_rows(c, rows, n, keyed, err)) {
        bl_free(order);
        return false;
    }
    for (int p = 0; p < BL_PARTS; p++)
        lack[p] = (double)n * s->percent[p] / sum;
    for (size_t i = 0; i < n; i++) /* where each group starts */
        if (i == 0 || keyed[i].key != keyed[i - 1].key)
            order[groups++] = (uint32_t)i;
    bl_random_shuffle(&random, order, groups);
    for (uint32_t g = 0; g < groups; g++) {
        int best = 0;
        for (int p = 1; p < BL_PARTS; p++)
            best = lack[p] > lack[best] + 1e-9 ? p : best;
        for (size_t i = order[g]; i < n && keyed[i].key == keyed[order[g]].key; i++) {
            part[keyed[i].at] = (uint8_t)best;
            lack[best]--;
        }
    }
    bl_free(order);
    return true;
}

static int part_named(const char *word)
{
    static const char *const words[][5] = {{"train", "training", "fit", NULL},
                                           {"validation", "valid", "val", "dev", NULL},
                                           {"test", "testing", "holdout", NULL}};

    for (int p = 0; p < BL_PARTS; p++)
        for (size_t k = 0; words[p][k]; k++)
            if (strcmp(words[p][k], word) == 0)
                return p;
    return BL_PARTS;
}

static bool split_column(struct bl_split *s, const struct bl_table *t, size_t column,
                         const uint32_t *rows, size_t n, uint8_t *part, struct bl_error *err)
{
    const struct bl_column *c = &t->columns[column];
    size_t counts[BL_PARTS] = {0};

    for (size_t i = 0; i < n; i++) {
        char buffer[40];
        const char *word = bl_table_cell(t, rows[i], column, buffer, sizeof buffer);
        int p = c->code ? part_named(word) : BL_PARTS;
        if (p == BL_PARTS) {
            bl_fail(err, BL_VALUE, "'%s' says '%s' in row %u, not train, validation or test", c->name,
                    word, (unsigned)rows[i]);
            return bl_hint(err, "split 60 20 20 group=%s keeps its rows together",
                           bl_typed(c->name).text);
        }
        part[i] = (uint8_t)p;
        counts[p]++;
    }
    for (int p = 0; p < BL_PARTS; p++)
        s->percent[p] = 100 * (double)counts[p] / (double)n;
    if (counts[BL_TRAIN] > 0)
        return true;
    bl_fail(err, BL_VALUE, "'%s' gives no row to training", c->name);
    return bl_hint(err, "split 60 20 20");
}

static bool split_way(struct bl_split *s, const struct bl_table *t, const uint32_t *rows, size_t n,
                      struct bl_split_how how, struct bl_error *err)
{
    const struct bl_column *c = how.column == SIZE_MAX ? NULL : &t->columns[how.column];
    struct keyed *keyed = bl_calloc(n + 1, sizeof *keyed);
    uint8_t *part = bl_calloc(n + 1, sizeof *part);
    bool ok = (keyed && part) || bl_fail_memory(err, "the split");

    if (ok && how.kind == BL_SPLIT_TIME)
        ok = split_time(s, c, rows, n, keyed, part, err);
    else if (ok && how.kind == BL_SPLIT_GROUPS)
        ok = split_groups(s, c, rows, n, keyed, part, err);
    else if (ok)
        ok = split_column(s, t, how.column, rows, n, part, err);
    ok = ok && bl_split_collect(s, part, rows, n, err) && bl_split_check(s, n, err);
    bl_free(keyed);
    bl_free(part);
    return ok;
}

bool bl_split_rows(struct bl_split *s, const struct bl_table *t, const struct bl_roles *roles,
                   const uint32_t *rows, size_t n_rows, const double percent[BL_PARTS], bool stratify,
                   uint64_t seed, struct bl_split_how how, struct bl_error *err)
{
    bool ok;

    if (how.kind == BL_SPLIT_RANDOM) {
        ok = bl_split_draw(s, t, roles, rows, n_rows, percent, stratify, seed, err);
    } else {
        *s = (struct bl_split){.seed = seed};
        memcpy(s->percent, percent, sizeof s->percent);
        if (n_rows == 0)
            return bl_fail(err, BL_STATE, "there are no rows to split");
        ok = bl_split_percent(percent, err) && split_way(s, t, rows, n_rows, how, err);
    }
    if (ok && (how.balance == BL_BALANCE_NONE || bl_split_balance(s, t, roles, how.balance, err)))
        return true;
    bl_split_free(s);
    return false;
}
