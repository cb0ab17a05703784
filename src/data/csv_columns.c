/* From parsed cells to columns: dictionaries of the workers become one for each column, types are
 * settled, and what is odd about a column is told with its place. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "csv_parse.h"
#include "measure.h"

#define TEXT_ABOVE 20 /* levels; and more than half of the present cells */

/* ---- codes -----------------------------------------------------------------------------------*/

static size_t dictionary_size(const struct bl_csv_parser *p, size_t column)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_workers; i++)
        n += bl_names_count(p->workers[i].seen[column].names);
    return n;
}

/* All levels of all workers, sorted; *by_value when all are numbers, *mixed when some are. */
static struct bl_level *gather(const struct bl_csv_parser *p, size_t column, size_t n, bool *mixed)
{
    struct bl_level *levels = bl_calloc(n, sizeof *levels);
    size_t k = 0, numbers = 0;

    for (size_t i = 0; levels && i < p->n_workers; i++) {
        const struct bl_names *names = p->workers[i].seen[column].names;

        for (size_t c = 0; c < bl_names_count(names); c++, k++) {
            struct bl_level *level = &levels[k];

            level->at = bl_names_at(names, c, &level->length);
            level->number = bl_number_parse(level->at, level->length, &level->value);
            level->from = (uint32_t)i;
            level->code = (uint32_t)c;
            numbers += level->number;
        }
    }
    if (levels)
        bl_levels_sort(levels, n, numbers == n);
    *mixed = numbers && numbers < n;
    return levels;
}

static bool same_level(const struct bl_level *a, const struct bl_level *b)
{
    return a->length == b->length && memcmp(a->at, b->at, a->length) == 0;
}

/* Keeps one of each level and says in map[worker][code] which code of the column it is. */
static bool number_levels(struct bl_csv_column *c, const struct bl_level *levels, size_t n, uint32_t **map)
{
    c->n_levels = 0;
    c->levels = bl_calloc(n, sizeof *c->levels);
    if (!c->levels)
        return false;
    for (size_t k = 0; k < n; k++) {
        if (k == 0 || !same_level(&levels[k - 1], &levels[k])) {
            c->levels[c->n_levels] = bl_strndup(levels[k].at, levels[k].length);
            if (!c->levels[c->n_levels++])
                return false;
        }
        map[levels[k].from][levels[k].code] = (uint32_t)(c->n_levels - 1);
    }
    return true;
}

static void recode_rows(uint32_t *code, size_t rows, const uint32_t *to)
{
    for (size_t row = 0; row < rows; row++)
        code[row] = code[row] == BL_MISSING_CODE ? BL_MISSING_CODE : to[code[row]];
}

static void recode(const struct bl_csv_parser *p, const struct bl_csv_column *c, uint32_t **map)
{
    for (size_t i = 0; i < p->turns.n; i++) {
        const struct bl_csv_piece *piece = &p->turns.pieces[i];
        recode_rows(c->code + piece->first_row, piece->rows, map[piece->worker]);
    }
    for (size_t i = 0; !p->turns.n && i < p->n_blocks; i++) {
        const struct bl_csv_block *b = &p->blocks[i];
        recode_rows(c->code + b->first_row, b->rows, map[b->worker]);
    }
}

/* How many cells hold numbers. */
static bool count_numbers(struct bl_csv_column *c, size_t n_rows)
{
    bool *number = bl_calloc(c->n_levels, sizeof *number);
    double value;

    c->numbers = 0;
    for (size_t k = 0; number && k < c->n_levels; k++)
        number[k] = bl_number_parse(c->levels[k], strlen(c->levels[k]), &value);
    for (size_t row = 0; number && row < n_rows; row++)
        c->numbers += c->code[row] != BL_MISSING_CODE && number[c->code[row]];
    bl_free(number);
    return number != NULL;
}

static bool code_column(struct bl_csv_parser *p, size_t column)
{
    struct bl_csv_column *c = &p->columns[column];
    size_t n = dictionary_size(p, column);
    bool mixed = false, fine = true;
    struct bl_level *levels = gather(p, column, n, &mixed);
    uint32_t **map = bl_calloc(p->n_workers, sizeof *map);

    for (size_t i = 0; map && i < p->n_workers; i++) {
        map[i] = bl_calloc(bl_names_count(p->workers[i].seen[column].names), sizeof **map);
        fine = fine && map[i];
    }
    fine = fine && levels && map && number_levels(c, levels, n, map);
    if (fine)
        recode(p, c, map);
    for (size_t i = 0; map && i < p->n_workers; i++)
        bl_free(map[i]);
    bl_free(map);
    bl_free(levels);
    return fine && (!mixed || count_numbers(c, p->n_rows));
}

static void code_task(void *context, size_t column, size_t worker)
{
    struct bl_csv_parser *p = context;

    (void)worker;
    if (p->columns[column].kind == BL_CSV_CODES && !code_column(p, column))
        atomic_store(&p->failed, column);
}

bool bl_csv_columns_code(struct bl_csv_parser *p, struct bl_error *err)
{
    atomic_store(&p->failed, SIZE_MAX);
    bl_pool_run(p->options->pool, p->head.n_columns, code_task, p);
    return atomic_load(&p->failed) == SIZE_MAX || bl_fail_memory(err, p->source->label);
}

/* ---- odd cells ---------------------------------------------------------------------------------*/

#define SHOWN 60
#define WORDS_SAID 8 /* words among numbers that a hint takes for missing */

/* The value of the cell at `at`, cut to what is shown. */
static void cell_value(const struct bl_csv_parser *p, uint64_t at, char *value, size_t size)
{
    char piece[1024];
    uint64_t left = p->source->size - at;
    size_t n = left < sizeof piece ? (size_t)left : sizeof piece;
    struct bl_csv_plain r = { .bytes = piece, .n = n, .whole = true, .dialect = p->head.dialect };

    value[0] = 0;
    if (!bl_source_read(p->source, at, piece, n, NULL))
        return;
    bl_csv_next(&r);
    if (r.n_cells)
        bl_show(value, size, bl_csv_value(&r, 0), r.n_cells > 1 || r.cells[0].length ? r.cells[0].length : r.text.length);
    bl_csv_plain_free(&r);
}

static uint64_t first_odd(const struct bl_csv_parser *p, size_t column)
{
    uint64_t odd = UINT64_MAX;

    for (size_t i = 0; i < p->n_workers; i++)
        if (p->workers[i].seen[column].odd < odd)
            odd = p->workers[i].seen[column].odd;
    return odd;
}

/* 1,5 and 12 and 1.234,5: points part thousands, a comma may follow. */
static bool with_comma(const char *level)
{
    const char *s = level + strspn(level, "+-");

    s += strspn(s, "0123456789");
    while (*s == '.' && strspn(s + 1, "0123456789") == 3)
        s += 4;
    if (*s == ',')
        s += 1 + strspn(s + 1, "0123456789");
    return s > level && !*s;
}

/* Fills e with "column 'age' holds 'n/a', which is not a number" and its place. */
static void tell_odd(const struct bl_csv_parser *p, size_t column, uint64_t odd, const char *more, struct bl_error *e)
{
    const char *name = p->head.names[column];
    char value[SHOWN + 1];
    size_t line, at;

    cell_value(p, odd, value, sizeof value);
    bl_source_place(p->source, p->head.start, odd, p->head.dialect.newline, &line, &at);
    bl_fail_at(e, BL_DATA, p->source->label, line, at, "column '%s' holds '%s', which is %s%s", name, value,
               bl_number_beyond(value, strlen(value)) ? "beyond the range of numbers (1.8e308)" : "not a number", more);
    if (strchr(value, ',') && with_comma(value))
        bl_hint(e, "load %s decimal=,", bl_source_typed(p->source->label).text);
    else
        bl_hint(e, "load %s types=%s:numeric missing=%s", bl_source_typed(p->source->label).text,
                bl_typed(name).text, bl_typed(value).text);
}

/* Columns that must be numeric: the first odd cell of the file is the error. */
static bool check_given(const struct bl_csv_parser *p, struct bl_error *err)
{
    uint64_t odd = UINT64_MAX;
    size_t column = 0;

    for (size_t j = 0; j < p->head.n_columns; j++)
        if (p->columns[j].number && first_odd(p, j) < odd) {
            odd = first_odd(p, j);
            column = j;
        }
    if (odd == UINT64_MAX)
        return true;
    if (err)
        tell_odd(p, column, odd, "", err);
    return false;
}

/* ---- types -----------------------------------------------------------------------------------*/

static size_t missing_of(const struct bl_csv_parser *p, size_t column)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n_workers; i++)
        n += p->workers[i].seen[column].missing;
    return n;
}

static bool whole_column(const struct bl_csv_parser *p, size_t column)
{
    bool whole = missing_of(p, column) < p->n_rows;

    for (size_t i = 0; i < p->n_workers; i++)
        whole = whole && !p->workers[i].seen[column].fraction;
    return whole;
}

static bool type_of_codes(const struct bl_csv_parser *p, size_t column, enum bl_type *type, struct bl_error *err)
{
    const struct bl_csv_column *c = &p->columns[column];
    size_t present = p->n_rows - missing_of(p, column);

    *type = BL_CATEGORICAL;
    if (c->given) {
        *type = c->type;
        if (c->type == BL_TEXT_COLUMN || c->n_levels <= BL_LEVELS_MAX)
            return true;
        bl_fail(err, BL_LIMIT, "column '%s' has %zu levels: at most %d can be a category", p->head.names[column], c->n_levels,
                BL_LEVELS_MAX);
        return bl_hint(err, "load %s types=%s:text", bl_source_typed(p->source->label).text,
                       bl_typed(p->head.names[column]).text);
    }
    if ((c->n_levels > TEXT_ABOVE && 2 * c->n_levels > present) || c->n_levels > BL_LEVELS_MAX)
        *type = BL_TEXT_COLUMN;
    return true;
}

/* Every word is such a number, and there are commas. In a file of commas, three digits after each may also be thousands. */
static bool decimal_commas(const struct bl_csv_parser *p, const struct bl_csv_column *c)
{
    bool found = false, certain = p->head.dialect.delimiter != ',';

    for (size_t i = 0; i < c->n_levels; i++) {
        const char *comma = strchr(c->levels[i], ',');

        if (!with_comma(c->levels[i]))
            return false;
        found = found || comma;
        certain = certain || (comma && strlen(comma + 1) != 3);
    }
    return found && certain;
}

/* Words with which other programs write that a value is missing. */
static bool is_mark(const char *level)
{
    static const char *const marks[] = { "nan", "n/a", "#n/a", "null", "?", "-", "--", "." };

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strcasecmp(level, marks[i]) == 0)
            return true;
    return false;
}

/* "NaN,null": the words among the numbers, as missing= takes them; no text where they are many, or one cannot be said so.
 * *marks: whether all of them are marks of missing values. */
static void words_among_numbers(const struct bl_csv_column *c, struct bl_text *out, bool *marks)
{
    double x;
    size_t n = 0;
    bool listed = true;

    *marks = true;
    for (size_t i = 0; c->numbers && i < c->n_levels; i++) {
        if (bl_number_parse(c->levels[i], strlen(c->levels[i]), &x))
            continue;
        *marks = *marks && is_mark(c->levels[i]);
        listed = listed && ++n <= WORDS_SAID && strlen(c->levels[i]) <= SHOWN && !strpbrk(c->levels[i], ",\n");
        if (listed)
            bl_text_addf(out, "%s%s", out->length ? "," : "", c->levels[i]);
    }
    *marks = *marks && n > 0;
    if (!listed)
        bl_text_free(out);
}

/* What helps with words among the numbers: to take them for missing where they are few; else to say that the column is meant
 * so, and of text, which no model takes by itself, how one takes it. */
static void hint_words(const struct bl_csv_parser *p, size_t column, enum bl_type type, const char *words, bool few, struct bl_error *warning)
{
    const struct bl_typed name = bl_typed(p->head.names[column]);

    if (few && *words) {
        bl_hint(warning, "load %s types=%s:numeric missing=%s", bl_source_typed(p->source->label).text, name.text, bl_typed(words).text);
    } else if (!few && type == BL_TEXT_COLUMN) {
        bl_reason(warning, "a model uses text only where a step encodes it");
        bl_hint(warning, "prep default; prep text columns=%s", name.text);
    } else if (!few) {
        bl_hint(warning, "load %s types=%s:%s", bl_source_typed(p->source->label).text, name.text, bl_type_name(type));
    }
}

/* Whether every level is a number with one and the same unit, *first one of them. */
static bool one_unit(const struct bl_csv_column *c, struct bl_measure *first)
{
    struct bl_measure m;

    for (size_t i = 0; i < c->n_levels; i++) {
        if (!bl_measure_read(c->levels[i], &m) || (i && (m.n_before != first->n_before || m.n_unit != first->n_unit ||
                                                         memcmp(m.before, first->before, m.n_before) || memcmp(m.unit, first->unit, m.n_unit))))
            return false;
        *first = i ? *first : m;
    }
    return c->n_levels > 2;
}

static bool plain_name(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && s[i] != '_')
            return false;
    return n > 0 && !isdigit((unsigned char)s[0]);
}

/* "5 kg" in all cells: no model sees a number there until one is made of it. */
static void warn_of_unit(const struct bl_csv_parser *p, size_t column, enum bl_type type, const struct bl_measure *m)
{
    const char *name = p->head.names[column];
    struct bl_error warning = { 0 };
    char value[SHOWN + 1];
    size_t line, at;

    cell_value(p, first_odd(p, column), value, sizeof value);
    bl_source_place(p->source, p->head.start, first_odd(p, column), p->head.dialect.newline, &line, &at);
    bl_fail_at(&warning, BL_DATA, p->source->label, line, at, "column '%s' holds '%s', a number with a unit: the column is %s", name, value,
               bl_type_name(type));
    if (plain_name(name, strlen(name)))
        bl_hint(&warning, "derive %s_%.*s = number(%s)", name, plain_name(m->unit, m->n_unit) ? (int)m->n_unit : 6,
                plain_name(m->unit, m->n_unit) ? m->unit : "number", name);
    bl_warn(p->options->warnings, &warning);
}

/* Of columns that were not asked for nothing is said. */
static bool wanted(const struct bl_csv_parser *p, size_t column)
{
    const struct bl_load_options *o = p->options;
    bool found = o->n_columns == 0;

    for (size_t i = 0; i < o->n_columns && !found; i++)
        found = strcasecmp(o->columns[i], p->head.names[column]) == 0;
    return found;
}

/* Stray words among numbers are told, and numbers that are written with a comma; numbers among words are not. */
static void warn_of_words(const struct bl_csv_parser *p, size_t column, enum bl_type type)
{
    const struct bl_csv_column *c = &p->columns[column];
    size_t present = p->n_rows - missing_of(p, column);
    uint64_t odd = first_odd(p, column);
    struct bl_text words = { 0 };
    struct bl_error warning;
    struct bl_measure m;
    bool marks, commas;

    if (c->given || !p->options->warnings || odd == UINT64_MAX || !wanted(p, column))
        return;
    if (!c->numbers && one_unit(c, &m)) {
        warn_of_unit(p, column, type, &m);
        return;
    }
    words_among_numbers(c, &words, &marks);
    commas = decimal_commas(p, c);
    if ((2 * c->numbers >= present && c->numbers) || marks || commas) {
        tell_odd(p, column, odd, type == BL_TEXT_COLUMN ? ": the column is text" : ": the column is categorical", &warning);
        if (!commas)
            hint_words(p, column, type, bl_text_get(&words), marks || 10 * c->numbers >= 9 * present, &warning);
        bl_warn(p->options->warnings, &warning);
    }
    bl_text_free(&words);
}

/* Numbers, and words that are numbers too large to be held. A column of them is no category; what it shall be is not
 * ours to say. */
static bool numbers_beyond(const struct bl_csv_column *c)
{
    bool any = false;

    for (size_t i = 0; i < c->n_levels; i++) {
        const size_t n = strlen(c->levels[i]);
        double value;

        if (bl_number_parse(c->levels[i], n, &value))
            continue;
        if (!bl_number_beyond(c->levels[i], n))
            return false;
        any = true;
    }
    return any && c->numbers > 0;
}

static void *fitted(void *array, size_t rows, size_t bound, size_t each)
{
    void *smaller = bound - rows > rows / 4 + 4096 ? bl_realloc(array, rows, each) : NULL;

    return smaller ? smaller : array;
}

/* Hands the arrays of one column over. */
static bool fill_column(struct bl_csv_parser *p, size_t column, size_t bound, struct bl_column *to, struct bl_error *err)
{
    struct bl_csv_column *c = &p->columns[column];

    if (c->code) {
        if (!type_of_codes(p, column, &to->type, err))
            return false;
        if (!c->given && numbers_beyond(c)) {
            struct bl_error ignored;
            tell_odd(p, column, first_odd(p, column), "", err ? err : &ignored);
            return false;
        }
        warn_of_words(p, column, to->type);
        to->code = fitted(c->code, p->n_rows, bound, sizeof *c->code);
        to->levels = c->levels;
        to->n_levels = c->n_levels;
    } else {
        to->type = BL_NUMERIC;
        to->whole = whole_column(p, column);
        to->number = fitted(c->number, p->n_rows, bound, sizeof *c->number);
    }
    to->missing = missing_of(p, column);
    to->name = p->head.names[column];
    p->head.names[column] = NULL;
    c->code = NULL;
    c->number = NULL;
    c->levels = NULL;
    return true;
}

bool bl_csv_columns_finish(struct bl_csv_parser *p, struct bl_table *t, struct bl_error *err)
{
    size_t bound = 0;

    for (size_t i = 0; i < p->n_blocks; i++)
        bound += p->blocks[i].capacity;
    if (!check_given(p, err))
        return false;
    for (size_t j = 0; j < p->head.n_columns; j++)
        if (!fill_column(p, j, bound, &t->columns[j], err))
            return false;
    return true;
}
