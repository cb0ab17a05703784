/* onehot: one 0/1 column for each level of the training rows, in ascending order, none dropped. A
 * level that was not there is 0 in all of them. With min=, levels that fewer training rows have
 * share one column, "(rare)", and so do levels that were not there. Columns of numbers are encoded
 * where they are named. */
#include "src/prepare/step.h"

#include <math.h>
#include <stdlib.h>

static bool takes(const struct bl_step *s, enum bl_kind kind, bool asked)
{
    (void)s;
    return kind == BL_KIND_CATEGORY || (asked && kind == BL_KIND_NUMBER);
}

static bool check_levels(const char *value, struct bl_error *err)
{
    int64_t levels;
    size_t n = 0;

    while (value[n])
        n++;
    if (bl_integer_parse(value, n, &levels) && levels >= 1 && levels <= BL_ONEHOT_LEVELS_MAX)
        return true;
    bl_fail(err, BL_VALUE, "max_levels=%s must be a whole number from 1 to %d", value,
            BL_ONEHOT_LEVELS_MAX);
    return bl_hint(err, "prep onehot max_levels=%d", BL_ONEHOT_LEVELS);
}

static size_t max_levels(const struct bl_step *s)
{
    const char *value = bl_step_option(s, "max_levels");
    int64_t levels = BL_ONEHOT_LEVELS;
    size_t n = 0;

    while (value && value[n])
        n++;
    if (value)
        bl_integer_parse(value, n, &levels);
    return (size_t)levels;
}

/* Too many levels: a refusal where the column was named, else it stays for a later step. */
static bool too_long(struct bl_fitter *f, size_t column, size_t n, size_t limit,
                     struct bl_error *err)
{
    struct bl_frame_column *c = &f->fit->columns[column];

    c->levels = n;
    if (!f->asked)
        return true;
    bl_fail(err, BL_LIMIT, "column '%s' has %zu levels, more than max_levels=%zu", c->name, n,
            limit);
    if (n <= BL_ONEHOT_LEVELS_MAX)
        return bl_hint(err, "prep onehot columns=%s max_levels=%zu, or drop %s",
                       bl_typed(c->name).text, n, bl_typed(c->name).text);
    return bl_hint(err, "drop %s", bl_typed(c->name).text);
}

static bool encode(struct bl_fitter *f, size_t column, const struct bl_level *level,
                   struct bl_error *err)
{
    char buffer[40];
    const char *text =
        level->text ? level->text : bl_number_exact(buffer, sizeof buffer, level->number);

    return bl_fitter_note(f, column, "level", level->value, text, err) &&
           bl_fitter_append(f, column, text, level->value, err);
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = isnan(x[i]) ? x[i] : (double)(x[i] == params[0]);
}

/* Everything but the frequent levels: params are how many, and which, ascending. */
static void map_rare(const double *params, double *x, size_t n)
{
    const size_t frequent = (size_t)params[0];

    for (size_t i = 0; i < n; i++) {
        size_t low = 0, high = frequent;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (params[1 + middle] < x[i])
                low = middle + 1;
            else
                high = middle;
        }
        if (!isnan(x[i]))
            x[i] = low == frequent || params[1 + low] != x[i];
    }
}

static const struct bl_op op = {.name = "onehot", .map = map, .selects = true, .one_of = true, .good = bl_good_one};
static const struct bl_op op_rare = {.name = "onehot.rare", .map = map_rare, .selects = true, .good = bl_good_list};

static int compare_values(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static bool encode_rare(struct bl_fitter *f, size_t column, const struct bl_level *levels,
                        size_t frequent, size_t rows, struct bl_error *err)
{
    double *params = bl_calloc(frequent + 1, sizeof *params);
    struct bl_text name = {0};
    bool ok = params || bl_fail_memory(err, "the levels of a category");

    for (size_t i = 0; ok && i < frequent; i++)
        params[1 + i] = levels[i].value;
    if (ok) {
        params[0] = (double)frequent;
        qsort(params + 1, frequent, sizeof *params, compare_values);
        bl_text_addf(&name, "%s=(rare)", f->fit->columns[column].name);
        ok = bl_fitter_note(f, column, "rare", (double)rows, NULL, err) &&
             bl_fitter_column(f, bl_text_get(&name),
                              bl_fitter_node(f, &op_rare, &column, 1, params, frequent + 1, NULL,
                                             err),
                              column, f->fit->columns[column].missing, err);
    }
    bl_text_free(&name);
    bl_free(params);
    return ok;
}

/* Frequent levels first, in their order; returns how many. */
static size_t put_rare_last(struct bl_level *levels, size_t n, double least, size_t *rare_rows)
{
    size_t kept = 0;

    *rare_rows = 0;
    for (size_t i = 0; i < n; i++)
        if ((double)levels[i].count >= least)
            levels[kept++] = levels[i];
        else
            *rare_rows += levels[i].count;
    return kept;
}

static bool fit(struct bl_fitter *f, size_t column, const double *values, struct bl_error *err)
{
    size_t n = 0, all, rare_rows, limit = max_levels(f->step);
    double least = bl_step_number(f->step, "min", 0);
    struct bl_level *levels;
    bool ok = bl_distinct(f, column, values, f->n_rows, &levels, &all, err);

    if (least < 1) /* a share of the training rows */
        least *= (double)f->n_rows;
    n = ok ? put_rare_last(levels, all, least, &rare_rows) : 0;
    if (ok && n > limit) {
        ok = too_long(f, column, n, limit, err);
    } else if (ok) {
        for (size_t i = 0; ok && i < n; i++)
            ok = encode(f, column, &levels[i], err);
        if (n < all)
            ok = ok && encode_rare(f, column, levels, n, rare_rows, err);
        if (all == 0)
            bl_fitter_empty(f, f->fit->columns[column].name);
        bl_fitter_remove(f, column);
    }
    bl_free(levels);
    return ok;
}

static const char *const key_names[] = {"max_levels", "min", "sparse", NULL};
static const struct bl_step_key keys[] = {{.check = check_levels},
                                          {.kind = BL_KEY_NUMBER, .min = 0, .max = 4294967295.0},
                                          {.values = bl_sparse_words}};

extern const struct bl_step_type bl_step_onehot;
const struct bl_step_type bl_step_onehot = {
    .name = "onehot",
    .summary = "a 0/1 column for each level of a category",
    .key_names = key_names,
    .keys = keys,
    .takes = takes,
    .fit = fit,
    .ops = {&op, &op_rare},
};
