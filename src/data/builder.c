/* Building a table row by row. */
#include "builder.h"

#include <math.h>
#include <string.h>

#define ROWS_FIRST 256
#define TEXT_ABOVE 20 /* levels; and more than half of the present cells */
#define SHOWN 60

bool bl_builder_open(struct bl_builder *b, const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    *b = (struct bl_builder){ .source = s, .options = o, .named = bl_names_create() };
    b->markers = bl_calloc(o->n_missing, sizeof *b->markers);
    if (!b->named || !b->markers) {
        bl_builder_close(b);
        return bl_fail_memory(err, s->label);
    }
    for (size_t i = 0; i < o->n_missing; i++)
        b->n_markers += bl_number_parse(o->missing[i], strlen(o->missing[i]), &b->markers[b->n_markers]);
    return true;
}

static void column_free(struct bl_builder_column *c)
{
    bl_free(c->name);
    bl_free(c->number);
    bl_free(c->code);
    bl_free(c->fill_word);
    bl_names_free(c->names);
}

void bl_builder_close(struct bl_builder *b)
{
    for (size_t j = 0; j < b->n_columns; j++)
        column_free(&b->columns[j]);
    bl_free(b->columns);
    bl_free(b->markers);
    bl_names_free(b->named);
    *b = (struct bl_builder){ 0 };
}

/* ---- columns -----------------------------------------------------------------------------------*/

static bool fail_columns(const struct bl_builder *b, struct bl_error *err)
{
    bl_fail_at(err, BL_LIMIT, b->source->label, b->line, b->column, "more than %d columns are too many", BL_CSV_COLUMNS_MAX);
    return bl_hint(err, "are rows and columns exchanged?");
}

static char *free_name(struct bl_builder *b, const char *wanted, size_t n)
{
    struct bl_text name = { 0 };

    bl_text_addn(&name, wanted, n);
    if (!n)
        bl_text_addf(&name, "c%zu", b->n_columns + 1);
    for (size_t k = 2; !name.failed && bl_names_find(b->named, bl_text_get(&name), name.length) != SIZE_MAX; k++) {
        bl_text_clear(&name);
        bl_text_addn(&name, wanted, n);
        bl_text_addf(&name, n ? "_%zu" : "c%zu", n ? k : b->n_columns + k);
    }
    if (!name.failed && !n)
        bl_warnf(b->options->warnings, "", "column %zu has no name and is called '%s'", b->n_columns + 1, bl_text_get(&name));
    else if (!name.failed && name.length != n)
        bl_warnf(b->options->warnings, "", "column %zu has the name '%.*s' again and is called '%s'", b->n_columns + 1, (int)(n < 200 ? n : 200),
                 wanted, bl_text_get(&name));
    if (!name.failed && bl_names_add(b->named, bl_text_get(&name), name.length) == SIZE_MAX)
        name.failed = true;
    return bl_text_take(&name);
}

static bool more_columns(struct bl_builder *b, struct bl_error *err)
{
    size_t wanted = b->columns_capacity ? 2 * b->columns_capacity : 16;

    if (b->n_columns == BL_CSV_COLUMNS_MAX)
        return fail_columns(b, err);
    if (b->n_columns < b->columns_capacity)
        return true;
    struct bl_builder_column *more = bl_realloc(b->columns, wanted, sizeof *more);

    if (!more)
        return bl_fail_memory(err, b->source->label);
    b->columns = more;
    b->columns_capacity = wanted;
    return true;
}

static bool fail_size(const struct bl_builder *b, size_t rows, double bytes, struct bl_error *err)
{
    char needed[32], allowed[32];

    bl_fail_at(err, BL_LIMIT, b->source->label, b->line, 0, "%s needs %s for %zu rows x %zu columns, but only %s may be used", b->source->label,
            bl_bytes_format(needed, sizeof needed, bytes), rows, b->n_columns,
            bl_bytes_format(allowed, sizeof allowed, (double)bl_memory_limit()));
    return bl_hint(err, "load fewer rows or columns, or allow more memory");
}

bool bl_builder_add(struct bl_builder *b, const char *name, size_t n, struct bl_error *err)
{
    struct bl_builder_column c = { .fill = NAN };

    if (!more_columns(b, err))
        return false;
    if (b->rows_capacity * sizeof *c.number > bl_memory_limit())
        return fail_size(b, b->rows_capacity, (double)(b->rows_capacity * sizeof *c.number), err);
    c.name = free_name(b, name, n);
    c.number = bl_calloc(b->rows_capacity, sizeof *c.number);
    if (!c.name || !c.number) {
        column_free(&c);
        return bl_fail_memory(err, b->source->label);
    }
    for (size_t i = 0; i < b->rows_capacity; i++)
        c.number[i] = NAN;
    for (size_t i = 0; i < b->options->n_types; i++)
        if (strcmp(b->options->types[i].column, c.name) == 0) {
            c.given = true;
            c.type = b->options->types[i].type;
        }
    b->columns[b->n_columns++] = c;
    return true;
}

bool bl_builder_add_typed(struct bl_builder *b, const char *name, size_t n, enum bl_type type, struct bl_error *err)
{
    if (!bl_builder_add(b, name, n, err))
        return false;
    struct bl_builder_column *c = &b->columns[b->n_columns - 1];

    c->type = c->given ? c->type : type;
    c->given = true;
    return true;
}

size_t bl_builder_find(const struct bl_builder *b, const char *name, size_t n)
{
    return bl_names_find(b->named, name, n);
}

/* ---- rows ----------------------------------------------------------------------------------------*/

/* What so many rows take beyond what is there. */
static double price(const struct bl_builder *b, size_t rows)
{
    double bytes = 0;

    for (size_t j = 0; j < b->n_columns; j++)
        bytes += (double)(rows - b->rows_capacity) * (b->columns[j].code ? sizeof(uint32_t) : sizeof(double));
    return bytes;
}

bool bl_builder_reserve(struct bl_builder *b, size_t rows, struct bl_error *err)
{
    if (rows > BL_CSV_ROWS_MAX) {
        bl_fail_at(err, BL_LIMIT, b->source->label, b->line, 0, "%s has more than %llu rows", b->source->label,
                (unsigned long long)BL_CSV_ROWS_MAX);
        return bl_hint(err, "load a part of it");
    }
    if (rows <= b->rows_capacity)
        return true;
    if (price(b, rows) > (double)bl_memory_limit())
        return fail_size(b, rows, price(b, rows), err);
    for (size_t j = 0; j < b->n_columns; j++) {
        struct bl_builder_column *c = &b->columns[j];
        void *more = c->code ? bl_realloc(c->code, rows, sizeof *c->code) : bl_realloc(c->number, rows, sizeof *c->number);

        if (!more)
            return bl_fail_memory(err, b->source->label);
        if (c->code)
            c->code = more;
        else
            c->number = more;
    }
    b->rows_capacity = rows;
    return true;
}

static bool fill_row(struct bl_builder *b, size_t row)
{
    for (size_t j = 0; j < b->n_columns; j++) {
        struct bl_builder_column *c = &b->columns[j];
        size_t code = SIZE_MAX;

        if (!c->code) {
            c->number[row] = c->fill;
            continue;
        }
        if (c->fill_word && (code = bl_names_add(c->names, c->fill_word, strlen(c->fill_word))) == SIZE_MAX)
            return false;
        c->code[row] = code == SIZE_MAX ? BL_MISSING_CODE : (uint32_t)code;
    }
    return true;
}

bool bl_builder_begin(struct bl_builder *b, struct bl_error *err)
{
    size_t wanted = b->n_rows ? 2 * b->n_rows : ROWS_FIRST;

    if (b->n_rows < b->rows_capacity)
        return fill_row(b, b->n_rows) || bl_fail_memory(err, b->source->label);
    if (wanted > BL_CSV_ROWS_MAX || price(b, wanted) > (double)bl_memory_limit())
        wanted = b->n_rows + b->n_rows / 16 + 1;
    if (!bl_builder_reserve(b, wanted, err))
        return false;
    return fill_row(b, b->n_rows) || bl_fail_memory(err, b->source->label);
}

void bl_builder_end(struct bl_builder *b)
{
    b->n_rows++;
}

/* From numbers to words: those that were read stay, in their shortest exact form. */
static bool become_words(struct bl_builder *b, struct bl_builder_column *c, size_t rows, struct bl_error *err)
{
    char buffer[40];

    if (b->rows_capacity * sizeof *c->code > bl_memory_limit())
        return fail_size(b, b->rows_capacity, (double)(b->rows_capacity * sizeof *c->code), err);
    c->names = bl_names_create();
    c->code = bl_calloc(b->rows_capacity, sizeof *c->code);
    if (!c->code || !c->names)
        return bl_fail_memory(err, b->source->label);
    for (size_t i = 0; i < rows; i++) {
        size_t code = SIZE_MAX;

        if (!isnan(c->number[i])) {
            bl_number_exact(buffer, sizeof buffer, c->number[i]);
            if ((code = bl_names_add(c->names, buffer, strlen(buffer))) == SIZE_MAX)
                return bl_fail_memory(err, b->source->label);
        }
        c->code[i] = code == SIZE_MAX ? BL_MISSING_CODE : (uint32_t)code;
    }
    bl_free(c->number);
    c->number = NULL;
    return true;
}

static bool marked_number(const struct bl_builder *b, double x)
{
    for (size_t i = 0; i < b->n_markers; i++)
        if (b->markers[i] == x)
            return true;
    return false;
}

bool bl_builder_number(struct bl_builder *b, size_t column, double x, struct bl_error *err)
{
    struct bl_builder_column *c = &b->columns[column];
    char buffer[40];

    if (isnan(x) || marked_number(b, x)) {
        if (c->code)
            c->code[b->n_rows] = BL_MISSING_CODE;
        else
            c->number[b->n_rows] = NAN;
        return true;
    }
    c->numbers++;
    if (!c->code) {
        c->number[b->n_rows] = x;
        return true;
    }
    bl_number_exact(buffer, sizeof buffer, x);
    size_t code = bl_names_add(c->names, buffer, strlen(buffer));

    c->code[b->n_rows] = (uint32_t)code;
    return code != SIZE_MAX || bl_fail_memory(err, b->source->label);
}

static bool marked_word(const struct bl_builder *b, const char *s, size_t n)
{
    for (size_t i = 0; i < b->options->n_missing; i++)
        if (strlen(b->options->missing[i]) == n && memcmp(b->options->missing[i], s, n) == 0)
            return true;
    return n == 0;
}

bool bl_builder_word(struct bl_builder *b, size_t column, const char *s, size_t n, struct bl_error *err)
{
    struct bl_builder_column *c = &b->columns[column];
    double x;

    if (marked_word(b, s, n))
        return bl_builder_number(b, column, NAN, err);
    if (n > BL_CSV_CELL_MAX) {
        bl_fail_at(err, BL_LIMIT, b->source->label, b->line, b->column, "a cell is longer than 1 MiB");
        return bl_hint(err, "cut it, or leave the column '%s' out", c->name);
    }
    if (memchr(s, 0, n)) {
        bl_fail_at(err, BL_DATA, b->source->label, b->line, b->column, "column '%s' holds a NUL character", c->name);
        return bl_hint(err, "remove it from the text");
    }
    if (c->given && c->type == BL_NUMERIC) { /* asked for: words that are numbers count */
        if (bl_number_parse(s, n, &x))
            return bl_builder_number(b, column, x, err);
        char value[SHOWN + 1];

        bl_fail_at(err, BL_DATA, b->source->label, b->line, b->column, "column '%s' holds '%s', which is not a number", c->name,
                   bl_show(value, sizeof value, s, n));
        return bl_hint(err, "load %s missing=%s, or types=%s:text", bl_source_typed(b->source->label).text, bl_typed(value).text,
                       bl_typed(c->name).text);
    }
    if (!c->code && !become_words(b, c, b->n_rows + 1, err))
        return false;
    if (!c->odd_line) {
        c->odd_line = b->line;
        c->odd_column = b->column;
    }
    size_t code = bl_names_add(c->names, s, n);

    c->code[b->n_rows] = (uint32_t)code;
    return code != SIZE_MAX || bl_fail_memory(err, b->source->label);
}

/* ---- the table -------------------------------------------------------------------------------------*/

static bool check_types(const struct bl_builder *b, struct bl_error *err)
{
    const struct bl_load_options *o = b->options;

    for (size_t i = 0; i < o->n_types; i++) {
        const char *wanted = o->types[i].column;

        if (o->types_if_present || i < o->n_own_types || bl_names_find(b->named, wanted, strlen(wanted)) != SIZE_MAX)
            continue;
        const char **names = bl_calloc(b->n_columns, sizeof *names);
        const char *near = NULL;

        for (size_t j = 0; names && j < b->n_columns; j++)
            names[j] = b->columns[j].name;
        near = names ? bl_nearest(wanted, names, b->n_columns) : NULL;
        bl_fail(err, BL_UNKNOWN, "no column '%s' in %s", wanted, b->source->label);
        bl_hint(err, near ? "did you mean '%s'?" : "columns shows what it has%s", near ? near : "");
        bl_free(names);
        return false;
    }
    return true;
}

/* Names in the order they came become levels in ascending order. */
static char **sorted_levels(const struct bl_builder_column *c, uint32_t *map)
{
    size_t n = bl_names_count(c->names), numbers = 0;
    struct bl_level *sorted = bl_calloc(n, sizeof *sorted);
    char **levels = bl_calloc(n, sizeof *levels);
    bool fine = sorted && levels;

    for (size_t k = 0; fine && k < n; k++) {
        sorted[k].at = bl_names_at(c->names, k, &sorted[k].length);
        sorted[k].number = bl_number_parse(sorted[k].at, sorted[k].length, &sorted[k].value);
        sorted[k].code = (uint32_t)k;
        numbers += sorted[k].number;
    }
    if (fine)
        bl_levels_sort(sorted, n, numbers == n);
    for (size_t k = 0; fine && k < n; k++) {
        fine = (levels[k] = bl_strndup(sorted[k].at, sorted[k].length)) != NULL;
        map[sorted[k].code] = (uint32_t)k;
    }
    bl_free(sorted);
    for (size_t k = 0; !fine && levels && k < n; k++)
        bl_free(levels[k]);
    if (fine)
        return levels;
    bl_free(levels);
    return NULL;
}

static bool type_of_words(const struct bl_builder *b, const struct bl_builder_column *c, size_t present, enum bl_type *type,
                          struct bl_error *err)
{
    size_t n = bl_names_count(c->names);

    *type = BL_CATEGORICAL;
    if (c->given && c->type != BL_NUMERIC)
        *type = c->type == BL_CATEGORICAL ? BL_CATEGORICAL : BL_TEXT_COLUMN;
    else if ((n > TEXT_ABOVE && 2 * n > present) || n > BL_LEVELS_MAX)
        *type = BL_TEXT_COLUMN;
    if (*type == BL_TEXT_COLUMN || n <= BL_LEVELS_MAX)
        return true;
    bl_fail(err, BL_LIMIT, "column '%s' has %zu levels: at most %d can be a category", c->name, n, BL_LEVELS_MAX);
    return bl_hint(err, "load %s types=%s:text", bl_source_typed(b->source->label).text, bl_typed(c->name).text);
}

static void warn_of_words(const struct bl_builder *b, const struct bl_builder_column *c, size_t present, enum bl_type type)
{
    struct bl_error warning;

    if (c->given || !c->numbers || 2 * c->numbers < present)
        return;
    bl_fail_at(&warning, BL_DATA, b->source->label, c->odd_line, c->odd_column,
               "column '%s' holds a word among its numbers: the column is %s", c->name, bl_type_name(type));
    bl_hint(&warning, "load %s types=%s:numeric tells where", bl_source_typed(b->source->label).text, bl_typed(c->name).text);
    bl_warn(b->options->warnings, &warning);
}

static bool finish_words(struct bl_builder *b, struct bl_builder_column *c, struct bl_table *t, size_t at, struct bl_error *err)
{
    size_t n = bl_names_count(c->names), present = 0;
    uint32_t *map = bl_calloc(n, sizeof *map);
    char **levels = map ? sorted_levels(c, map) : NULL;
    enum bl_type type;

    if (!levels) {
        bl_free(map);
        return bl_fail_memory(err, b->source->label);
    }
    for (size_t i = 0; i < b->n_rows; i++) {
        present += c->code[i] != BL_MISSING_CODE;
        c->code[i] = c->code[i] == BL_MISSING_CODE ? BL_MISSING_CODE : map[c->code[i]];
    }
    bl_free(map);
    if (type_of_words(b, c, present, &type, err) && bl_table_set_codes(t, at, c->name, type, c->code, levels, n, err)) {
        warn_of_words(b, c, present, type);
        c->code = NULL;
        return true;
    }
    for (size_t k = 0; k < n; k++)
        bl_free(levels[k]);
    bl_free(levels);
    return false;
}

static void *fitted(void *array, size_t rows, size_t capacity, size_t each)
{
    void *smaller = capacity > rows ? bl_realloc(array, rows, each) : NULL;

    return smaller ? smaller : array;
}

static bool finish_column(struct bl_builder *b, struct bl_builder_column *c, struct bl_table *t, size_t at, struct bl_error *err)
{
    if (!c->code && c->given && (c->type == BL_CATEGORICAL || c->type == BL_TEXT_COLUMN) && !become_words(b, c, b->n_rows, err))
        return false;
    if (c->code)
        c->code = fitted(c->code, b->n_rows, b->rows_capacity, sizeof *c->code);
    else
        c->number = fitted(c->number, b->n_rows, b->rows_capacity, sizeof *c->number);
    if (c->code)
        return finish_words(b, c, t, at, err);
    if (!(c->given && c->type == BL_DATETIME ? bl_table_set_dates(t, at, c->name, c->number, err)
                                             : bl_table_set_numbers(t, at, c->name, c->number, err)))
        return false;
    c->number = NULL;
    return true;
}

struct bl_table *bl_builder_finish(struct bl_builder *b, struct bl_error *err)
{
    struct bl_table *t;

    if (!b->n_rows || !b->n_columns) {
        bl_fail_at(err, BL_DATA, b->source->label, 0, 0, "%s has no %s", b->source->label, b->n_columns ? "rows" : "columns");
        bl_hint(err, "a table needs at least one row and one column");
        return NULL;
    }
    if (!check_types(b, err))
        return NULL;
    t = bl_table_create("", b->n_rows, b->n_columns, err);
    for (size_t j = 0; t && j < b->n_columns; j++)
        if (!finish_column(b, &b->columns[j], t, j, err)) {
            bl_table_free(t);
            return NULL;
        }
    return t;
}
