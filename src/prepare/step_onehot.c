/* onehot: one 0/1 column for each level of the training rows, in ascending order, none dropped. A
 * level that was not there is 0 in all of them. Columns of numbers are encoded where they are
 * named. */
#include "src/prepare/step.h"
#include "src/prepare/words.h"

#include <math.h>

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

static bool fit(struct bl_fitter *f, size_t column, const double *values, struct bl_error *err)
{
    size_t n = 0, limit = max_levels(f->step);
    struct bl_level *levels;
    bool ok = bl_distinct(f, column, values, &levels, &n, err);

    if (ok && n > limit) {
        ok = too_long(f, column, n, limit, err);
    } else if (ok) {
        for (size_t i = 0; ok && i < n; i++)
            ok = encode(f, column, &levels[i], err);
        if (n == 0)
            bl_fitter_list(&f->empty, f->fit->columns[column].name);
        bl_fitter_remove(f, column);
    }
    bl_free(levels);
    return ok;
}

static void map(const double params[2], double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = isnan(x[i]) ? x[i] : (double)(x[i] == params[0]);
}

static const char *const key_names[] = {"max_levels", NULL};
static const struct bl_step_key keys[] = {{.check = check_levels}};

extern const struct bl_step_type bl_step_onehot;
const struct bl_step_type bl_step_onehot = {
    .name = "onehot",
    .summary = "a 0/1 column for each level of a category",
    .key_names = key_names,
    .keys = keys,
    .takes = takes,
    .fit = fit,
    .map = map,
    .selects = true,
};
