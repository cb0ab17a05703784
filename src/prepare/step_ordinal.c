/* ordinal: the place of a level among those of the training rows, from 0: ascending, or as order=
 * lists them. A level that was not there is -1. */
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

/* Place of a word in "low,mid,high", SIZE_MAX: not there. */
static size_t place_in(const char *order, const char *word)
{
    size_t place = 0, n = strlen(word);

    for (const char *at = order;; place++) {
        const char *end = strchr(at, ',');
        size_t length = end ? (size_t)(end - at) : strlen(at);
        if (length == n && memcmp(at, word, n) == 0)
            return place;
        if (!end)
            return SIZE_MAX;
        at = end + 1;
    }
}

static bool place_levels(struct bl_fitter *f, size_t column, const struct bl_level *levels,
                         size_t n, double *params, struct bl_error *err)
{
    const char *order = bl_step_option(f->step, "order"), *name = f->fit->columns[column].name;

    for (size_t i = 0; i < n; i++) {
        size_t place = order ? place_in(order, levels[i].text) : i;
        if (place == SIZE_MAX) {
            bl_fail(err, BL_VALUE, "order= does not list the level '%s' of '%s'", levels[i].text,
                    name);
            return bl_hint(err, "list every level of the training rows once, the lowest first");
        }
        params[1 + (size_t)levels[i].value] = (double)place;
        if (!bl_fitter_note(f, column, levels[i].text, (double)place, NULL, err))
            return false;
    }
    return true;
}

static bool fit(struct bl_fitter *f, size_t column, const double *values, struct bl_error *err)
{
    size_t n, all = bl_names_count(f->fit->sources[f->fit->columns[column].source].levels);
    double *params = bl_calloc(all + 1, sizeof *params);
    struct bl_level *levels = NULL;
    bool ok = params || bl_fail_memory(err, "the levels of a category");

    if (ok) {
        params[0] = (double)all;
        ok = bl_distinct(f, column, values, f->n_rows, &levels, &n, err) &&
             place_levels(f, column, levels, n, params, err) &&
             bl_fitter_map_n(f, column, f->step->type->ops[0], params, all + 1, err);
    }
    if (ok)
        f->fit->columns[column].kind = BL_KIND_NUMBER;
    bl_free(levels);
    bl_free(params);
    return ok;
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            x[i] = x[i] >= 0 && x[i] < params[0] ? params[1 + (size_t)x[i]] : -1;
}

static const struct bl_op op = {.name = "ordinal", .map = map, .good = bl_good_list};
static const char *const key_names[] = {"order", NULL};
static const struct bl_step_key keys[] = {{0}};

extern const struct bl_step_type bl_step_ordinal;
const struct bl_step_type bl_step_ordinal = {
    .name = "ordinal",
    .summary = "the place of a level among all of them, from 0",
    .key_names = key_names,
    .keys = keys,
    .takes = bl_takes_categories,
    .fit = fit,
    .ops = {&op},
};
