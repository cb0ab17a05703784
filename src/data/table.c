/* The table: typed columns with missing values. */
#include "batchlab/data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dates.h"
#include "levels.h"
#include "source.h"

#define CLASSES_MAX 20
#define CLASS_ROWS_MIN 5

const char *bl_type_name(enum bl_type type)
{
    static const char *const names[] = { "numeric", "categorical", "text", "datetime" };

    return (unsigned)type < 4 ? names[type] : "unknown";
}

const char *bl_task_name(enum bl_task task)
{
    return task == BL_CLASSIFICATION ? "classification" : "regression";
}

struct bl_table *bl_table_create(const char *name, size_t n_rows, size_t n_columns, struct bl_error *err)
{
    struct bl_table *t = bl_calloc(1, sizeof *t);

    if (!t || !(t->name = bl_strdup(name)) || !(t->columns = bl_calloc(n_columns, sizeof *t->columns))) {
        bl_table_free(t);
        bl_fail_memory(err, "the table");
        return NULL;
    }
    t->references = 1;
    t->n_rows = n_rows;
    t->n_columns = n_columns;
    return t;
}

struct bl_table *bl_table_hold(struct bl_table *t)
{
    if (t)
        __atomic_add_fetch(&t->references, 1, __ATOMIC_RELAXED);
    return t;
}

static void column_clear(struct bl_column *c)
{
    bl_free(c->name);
    if (c->lender) {
        bl_table_free(c->lender);
        *c = (struct bl_column){ 0 };
        return;
    }
    bl_free(c->number);
    bl_free(c->code);
    for (size_t i = 0; c->levels && i < c->n_levels; i++)
        bl_free(c->levels[i]);
    bl_free(c->levels);
    *c = (struct bl_column){ 0 };
}

void bl_table_free(struct bl_table *t)
{
    if (!t || (t->references && __atomic_sub_fetch(&t->references, 1, __ATOMIC_ACQ_REL)))
        return;
    for (size_t i = 0; t->columns && i < t->n_columns; i++)
        column_clear(&t->columns[i]);
    bl_sparse_free(t->sparse);
    bl_digest_free(t->digest);
    bl_free(t->columns);
    bl_free(t->name);
    bl_free(t->path);
    bl_free(t->format);
    bl_free(t->own_target);
    bl_free(t->own_positive);
    bl_free(t->made);
    bl_free(t);
}

bool bl_table_lend(struct bl_table *to, size_t at, struct bl_table *t, size_t column, struct bl_error *err)
{
    const struct bl_column *c = &t->columns[column];
    char *name = bl_strdup(c->name);

    if (!name)
        return bl_fail_memory(err, "a column name");
    column_clear(&to->columns[at]);
    to->columns[at] = *c;
    to->columns[at].name = name;
    to->columns[at].lender = bl_table_hold(c->lender ? c->lender : t);
    return true;
}

bool bl_table_made(struct bl_table *to, const struct bl_table *t, const char *command, struct bl_error *err)
{
    struct bl_text made = { 0 };
    bool fine;

    if (t->made)
        bl_text_addf(&made, "%s; ", t->made);
    bl_text_add(&made, command);
    to->bytes = t->bytes;
    to->digest = bl_digest_hold(t->digest);
    to->made = bl_text_take(&made);
    fine = to->made && (!t->path || (to->path = bl_strdup(t->path))) && (!t->format || (to->format = bl_strdup(t->format)));
    fine = fine && (!t->own_target || to->own_target || bl_table_find(to, t->own_target) == SIZE_MAX || (to->own_target = bl_strdup(t->own_target)));
    fine = fine && (!t->own_positive || to->own_positive || (to->own_positive = bl_strdup(t->own_positive)));
    return fine || bl_fail_memory(err, "the table");
}

static bool set_name(struct bl_table *t, size_t at, const char *name, struct bl_error *err)
{
    char *copy = bl_strdup(name);

    if (!copy)
        return bl_fail_memory(err, "a column name");
    column_clear(&t->columns[at]);
    t->columns[at].name = copy;
    return true;
}

bool bl_whole_number(double x)
{
    return fabs(x) >= 0x1p52 ? x - x == 0 : (double)(int64_t)x == x;
}

bool bl_table_set_numbers(struct bl_table *t, size_t at, const char *name, double *number, struct bl_error *err)
{
    struct bl_column *c = &t->columns[at];

    if (!set_name(t, at, name, err))
        return false;
    c->type = BL_NUMERIC;
    c->number = number;
    c->whole = true;
    for (size_t i = 0; i < t->n_rows; i++) {
        if (isnan(number[i]))
            c->missing++;
        else
            c->whole = c->whole && bl_whole_number(number[i]);
    }
    c->whole = c->whole && c->missing < t->n_rows;
    return true;
}

bool bl_table_set_dates(struct bl_table *t, size_t at, const char *name, double *number, struct bl_error *err)
{
    struct bl_column *c = &t->columns[at];

    if (!bl_table_set_numbers(t, at, name, number, err))
        return false;
    c->type = BL_DATETIME;
    c->whole = true;
    for (size_t i = 0; i < t->n_rows; i++)
        c->whole = c->whole && (isnan(number[i]) || number[i] / 86400 == floor(number[i] / 86400));
    return true;
}

bool bl_table_set_codes(struct bl_table *t, size_t at, const char *name, enum bl_type type, uint32_t *code,
                        char **levels, size_t n_levels, struct bl_error *err)
{
    struct bl_column *c = &t->columns[at];

    if (type != BL_CATEGORICAL && type != BL_TEXT_COLUMN)
        return bl_fail(err, BL_INTERNAL, "column '%s': codes need a categorical or text column", name);
    if (!set_name(t, at, name, err))
        return false;
    c->type = type;
    c->code = code;
    c->levels = levels;
    c->n_levels = n_levels;
    for (size_t i = 0; i < t->n_rows; i++)
        c->missing += code[i] == BL_MISSING_CODE;
    return true;
}

size_t bl_table_find(const struct bl_table *t, const char *name)
{
    size_t found = SIZE_MAX, alike = 0;

    for (size_t i = 0; i < t->n_columns; i++)
        if (strcmp(t->columns[i].name, name) == 0)
            return i;
    for (size_t i = 0; i < t->n_columns; i++)
        if (strcasecmp(t->columns[i].name, name) == 0) {
            found = i;
            alike++;
        }
    return alike == 1 ? found : SIZE_MAX;
}

/* "did you mean 'price'? columns: area rooms age" */
static void hint_columns(const struct bl_table *t, const char *name, struct bl_error *err)
{
    const char **names = bl_calloc(t->n_columns, sizeof *names);
    struct bl_text text = { 0 };

    if (!err || !names) {
        bl_free(names);
        return;
    }
    for (size_t i = 0; i < t->n_columns; i++)
        names[i] = t->columns[i].name;
    const char *near = bl_nearest(name, names, t->n_columns);

    if (near)
        bl_text_addf(&text, "did you mean '%s'? ", near);
    bl_text_add(&text, "columns:");
    for (size_t i = 0; i < t->n_columns && text.length < 200; i++)
        bl_text_addf(&text, " %s", names[i]);
    bl_hint(err, "%s", bl_text_get(&text));
    bl_text_free(&text);
    bl_free(names);
}

static bool is_sparse(const struct bl_table *t, const char *name)
{
    int64_t index;

    return t->sparse && *name == 'f' && bl_integer_parse(name + 1, strlen(name + 1), &index) && index >= t->sparse_first &&
           (uint64_t)(index - t->sparse_first) < t->sparse->n_columns;
}

const char *bl_table_sparse_name(const struct bl_table *t, char *buffer, size_t size)
{
    const long long first = t->sparse_first, last = first + (long long)t->sparse->n_columns - 1;

    if (first == last)
        snprintf(buffer, size, "f%lld", first);
    else
        snprintf(buffer, size, "f%lld ... f%lld", first, last);
    return buffer;
}

bool bl_table_column(const struct bl_table *t, const char *name, size_t *at, struct bl_error *err)
{
    *at = bl_table_find(t, name);
    if (*at != SIZE_MAX)
        return true;
    if (is_sparse(t, name)) {
        bl_fail(err, BL_VALUE, "'%s' is one of the %zu sparse columns of %s, which are used together", name, t->sparse->n_columns, t->name);
        return bl_hint(err, "load %s sparse=no makes columns of them", bl_typed(t->path ? t->path : t->name).text);
    }
    bl_fail(err, BL_UNKNOWN, "no column '%s' in %s", name, t->name);
    hint_columns(t, name, err);
    return false;
}

void bl_table_pick(struct bl_table *t, const char *const *names, size_t n, struct bl_column *picked)
{
    for (size_t k = 0; k < n; k++) {
        const size_t at = bl_table_find(t, names[k]);

        picked[k] = t->columns[at];
    }
    for (size_t j = 0; j < t->n_columns; j++) {
        bool kept = false;

        for (size_t k = 0; k < n; k++)
            kept = kept || picked[k].name == t->columns[j].name;
        if (!kept)
            column_clear(&t->columns[j]);
    }
    bl_free(t->columns);
    t->columns = picked;
    t->n_columns = n;
}

const char *bl_table_sha256(const struct bl_table *t)
{
    return t->digest ? bl_digest_hex(t->digest) : "";
}

const char *bl_table_cell(const struct bl_table *t, size_t row, size_t column, char *buffer, size_t size)
{
    const struct bl_column *c = &t->columns[column];

    if (c->number && c->type == BL_DATETIME && !isnan(c->number[row]))
        return bl_date_format(buffer, size, c->number[row], !c->whole);
    if (c->number)
        return isnan(c->number[row]) ? "" : bl_number_exact(buffer, size, c->number[row]);
    return !c->code || c->code[row] == BL_MISSING_CODE ? "" : c->levels[c->code[row]];
}

size_t bl_table_bytes(const struct bl_table *t)
{
    size_t bytes = sizeof *t + t->n_columns * sizeof *t->columns + (t->sparse ? bl_sparse_bytes(t->sparse) : 0);

    for (size_t i = 0; i < t->n_columns; i++) {
        const struct bl_column *c = &t->columns[i];

        if (c->lender)
            continue;
        bytes += c->number ? t->n_rows * sizeof *c->number : 0;
        bytes += c->code ? t->n_rows * sizeof *c->code : 0;
        for (size_t k = 0; k < c->n_levels; k++)
            bytes += sizeof *c->levels + strlen(c->levels[k]) + 1;
    }
    return bytes;
}

enum bl_task bl_table_task(const struct bl_table *t, size_t column)
{
    const struct bl_column *c = &t->columns[column];
    double values[CLASSES_MAX];
    size_t counts[CLASSES_MAX], n = 0;

    if (!c->number || c->type == BL_DATETIME)
        return BL_CLASSIFICATION;
    if (!c->whole)
        return BL_REGRESSION;
    for (size_t i = 0; i < t->n_rows; i++) {
        size_t k = 0;

        if (isnan(c->number[i]))
            continue;
        while (k < n && values[k] != c->number[i])
            k++;
        if (k == CLASSES_MAX)
            return BL_REGRESSION;
        if (k == n) {
            values[n] = c->number[i];
            counts[n++] = 0;
        }
        counts[k]++;
    }
    for (size_t k = 0; k < n; k++)
        if (counts[k] < CLASS_ROWS_MIN)
            return BL_REGRESSION;
    return n ? BL_CLASSIFICATION : BL_REGRESSION;
}
