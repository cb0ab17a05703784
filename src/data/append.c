/* One table behind another: the columns of the first, found by name in the second. */
#include "batchlab/data.h"

#include <string.h>

#include "levels.h"

static bool parts_fit(const struct bl_table *a, const struct bl_table *b, struct bl_error *err)
{
    struct bl_text lacks = { 0 }, other = { 0 };

    for (size_t j = 0; j < a->n_columns; j++) {
        const struct bl_column *c = &a->columns[j];
        size_t at = bl_table_find(b, c->name);
        if (at == SIZE_MAX)
            bl_text_addf(&lacks, "%s'%s'", lacks.length ? ", " : "", c->name);
        else if (b->columns[at].type != c->type && b->columns[at].missing < b->n_rows && !(c->code && b->columns[at].code))
            bl_text_addf(&other, "%s'%s' is %s and was %s", other.length ? ", " : "", c->name, bl_type_name(b->columns[at].type), bl_type_name(c->type));
    }
    if (lacks.length || other.length) {
        bl_fail(err, BL_DATA, "%s does not fit behind %s: %s%.200s%s%.200s", b->name, a->name, lacks.length ? "no column " : "", bl_text_get(&lacks),
                lacks.length && other.length ? "; " : "", bl_text_get(&other));
        bl_hint(err, "columns lists what %s has; types= of load says what a column is", a->name);
    }
    if (!lacks.length && !other.length && (a->sparse || b->sparse)) {
        bl_fail(err, BL_DATA, "tables with sparse columns can not be put behind each other");
        bl_hint(err, "join the files, and load the whole");
        bl_text_add(&lacks, "sparse");
    }
    const bool fit = !lacks.length && !other.length;
    bl_text_free(&lacks);
    bl_text_free(&other);
    return fit;
}

static bool join_numbers(struct bl_table *to, size_t at, const struct bl_column *a, size_t n_a, const struct bl_column *b, struct bl_error *err)
{
    double *x = bl_calloc(to->n_rows + 1, sizeof *x);
    bool good = x || bl_fail_memory(err, "the joined table");

    for (size_t i = 0; good && i < to->n_rows; i++)
        x[i] = i < n_a ? a->number[i] : b->number ? b->number[i - n_a] : __builtin_nan("");
    good = good && (a->type == BL_DATETIME ? bl_table_set_dates(to, at, a->name, x, err) : bl_table_set_numbers(to, at, a->name, x, err));
    if (!good)
        bl_free(x);
    return good;
}

/* ---- levels ------------------------------------------------------------------------------------------------ */

struct joined { struct bl_level *all; char **levels; uint32_t *map[2]; size_t n; };

static void joined_free(struct joined *x)
{
    for (size_t i = 0; x->levels && i < x->n; i++)
        bl_free(x->levels[i]);
    bl_free(x->levels);
    bl_free(x->all);
    bl_free(x->map[0]);
    bl_free(x->map[1]);
}

/* `from` is the number of a level in both tables, one behind the other. */
static bool join_levels(struct joined *x, const struct bl_column *a, const struct bl_column *b)
{
    const size_t n = a->n_levels + b->n_levels;
    bool numbers = true, good;

    x->all = bl_calloc(n + 1, sizeof *x->all);
    x->levels = bl_calloc(n + 1, sizeof *x->levels);
    x->map[0] = bl_calloc(a->n_levels + 1, sizeof **x->map);
    x->map[1] = bl_calloc(b->n_levels + 1, sizeof **x->map);
    if (!x->all || !x->levels || !x->map[0] || !x->map[1])
        return false;
    for (size_t i = 0; i < n; i++) {
        const char *text = i < a->n_levels ? a->levels[i] : b->levels[i - a->n_levels];
        x->all[i] = (struct bl_level){ .at = text, .length = strlen(text), .from = (uint32_t)i };
        x->all[i].number = bl_number_parse(text, strlen(text), &x->all[i].value);
        numbers = numbers && x->all[i].number;
    }
    bl_levels_sort(x->all, n, numbers);
    good = true;
    for (size_t i = 0; good && i < n; i++) {
        const size_t from = x->all[i].from;
        if (i == 0 || strcmp(x->all[i].at, x->all[i - 1].at) != 0)
            good = (x->levels[x->n++] = bl_strdup(x->all[i].at)) != NULL;
        x->map[from >= a->n_levels][from >= a->n_levels ? from - a->n_levels : from] = (uint32_t)(x->n - 1);
    }
    return good;
}

static bool join_codes(struct bl_table *to, size_t at, const struct bl_column *a, size_t n_a, const struct bl_column *b, struct bl_error *err)
{
    uint32_t *code = bl_calloc(to->n_rows + 1, sizeof *code);
    struct joined x = { 0 };
    bool good = (code && join_levels(&x, a, b)) || bl_fail_memory(err, "the joined table");

    for (size_t i = 0; good && i < to->n_rows; i++) {
        const struct bl_column *c = i < n_a ? a : b;
        uint32_t from = c->code ? c->code[i < n_a ? i : i - n_a] : BL_MISSING_CODE;
        code[i] = from == BL_MISSING_CODE ? BL_MISSING_CODE : x.map[i >= n_a][from];
    }
    good = good && bl_table_set_codes(to, at, a->name, a->type, code, x.levels, x.n, err);
    if (good)
        x.levels = NULL;
    else
        bl_free(code);
    joined_free(&x);
    return good;
}

struct bl_table *bl_table_append(const struct bl_table *a, const struct bl_table *b, const char *name, struct bl_warnings *warnings,
                                 struct bl_error *err)
{
    struct bl_table *to;
    size_t extra = 0;
    bool good;

    if (!parts_fit(a, b, err))
        return NULL;
    if (b->n_rows > UINT32_MAX - 1 - a->n_rows) {
        bl_fail(err, BL_LIMIT, "%s and %s together have more rows than a table may have", a->name, b->name);
        return NULL;
    }
    good = (to = bl_table_create(name, a->n_rows + b->n_rows, a->n_columns, err)) != NULL;
    for (size_t j = 0; good && j < a->n_columns; j++) {
        const struct bl_column *c = &b->columns[bl_table_find(b, a->columns[j].name)];
        good = a->columns[j].code ? join_codes(to, j, &a->columns[j], a->n_rows, c, err) : join_numbers(to, j, &a->columns[j], a->n_rows, c, err);
    }
    for (size_t j = 0; good && j < b->n_columns; j++)
        extra += bl_table_find(a, b->columns[j].name) == SIZE_MAX;
    if (good && extra)
        bl_warnf(warnings, "columns lists those that stay", "%zu column%s of %s that %s does not have %s left out", extra, extra == 1 ? "" : "s", b->name,
                 a->name, extra == 1 ? "is" : "are");
    if (good)
        return to;
    bl_table_free(to);
    return NULL;
}
