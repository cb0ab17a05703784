/* ARFF: declared attributes, then rows, dense or sparse. A row is values between commas or blanks; a
 * sparse one is {index value, ...} with indices from 0 ascending, where what is left out is 0 or the
 * first declared level (and missing for text and dates). The levels of a nominal attribute that occur
 * become the levels of the column. */
#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "builder.h"
#include "dates.h"
#include "formats.h"
#include "lines.h"

#define DATE_DEFAULT "yyyy-MM-dd'T'HH:mm:ss"

enum kind { NUMBER, NOMINAL, STRING, DATE };
struct attribute { enum kind kind; struct bl_names *levels; char *pattern; size_t line; };

struct arff {
    struct bl_lines lines;
    struct bl_builder builder;
    const char *at;              /* in the present line */
    struct attribute *attributes;
    size_t n, capacity;
    struct bl_text word;         /* the present word, without its quotes */
    bool quoted;
    size_t word_column;          /* where it starts */
};

/* ---- words -----------------------------------------------------------------------------------------*/

static size_t column_at(const struct arff *a, const char *at)
{
    return (size_t)(at - a->lines.text) + 1;
}

BL_PRINTF(5, 6)
static bool fail(const struct arff *a, size_t column, const char *hint, struct bl_error *err, const char *format, ...)
{
    struct bl_text text = { 0 };
    va_list args;

    va_start(args, format);
    bl_text_addv(&text, format, args);
    va_end(args);
    bl_fail_at(err, BL_DATA, a->lines.source->label, a->lines.line, column, "%s", bl_text_get(&text));
    bl_text_free(&text);
    return bl_hint(err, "%s", hint);
}

static void skip_blanks(struct arff *a)
{
    while (*a->at == ' ' || *a->at == '\t')
        a->at++;
}

static bool at_end(const struct arff *a)
{
    return !*a->at || *a->at == '%';
}

static void add_escape(struct arff *a)
{
    unsigned code = 0;
    char utf8[4];

    switch (*a->at) {
    case 'n':
        bl_text_addn(&a->word, "\n", 1);
        break;
    case 'r':
        bl_text_addn(&a->word, "\r", 1);
        break;
    case 't':
        bl_text_addn(&a->word, "\t", 1);
        break;
    case 'u':
        for (int i = 1; i <= 4; i++) {
            if (!isxdigit((unsigned char)a->at[i])) {
                bl_text_addn(&a->word, "u", 1);
                return;
            }
            code = 16 * code + (unsigned)(isdigit((unsigned char)a->at[i]) ? a->at[i] - '0' : tolower((unsigned char)a->at[i]) - 'a' + 10);
        }
        bl_text_addn(&a->word, utf8, bl_utf8_encode(code, utf8));
        a->at += 4;
        break;
    default:
        bl_text_addn(&a->word, a->at, 1);
    }
}

static bool read_quoted(struct arff *a, struct bl_error *err)
{
    char quote = *a->at++;

    a->quoted = true;
    while (*a->at && *a->at != quote) {
        size_t plain = strcspn(a->at, quote == '"' ? "\"\\" : "'\\");

        bl_text_addn(&a->word, a->at, plain);
        a->at += plain;
        if (*a->at == '\\' && a->at[1]) {
            a->at++;
            add_escape(a);
            a->at++;
        } else if (*a->at == '\\') {
            a->at++;
        }
    }
    if (*a->at != quote)
        return fail(a, a->word_column, "close it in the same line; a quote inside is written \\' or \\\"", err, "the quote that opens here is never closed");
    a->at++;
    if (*a->at && !strchr(" \t,{}%", *a->at))
        return fail(a, column_at(a, a->at), "a quote inside quotes is written \\' or \\\"", err, "text follows the closing quote of a value");
    return true;
}

/* The next word of the line, into a->word; there is one. */
static bool read_word(struct arff *a, struct bl_error *err)
{
    skip_blanks(a);
    bl_text_clear(&a->word);
    a->word_column = column_at(a, a->at);
    a->quoted = false;
    if (*a->at == '\'' || *a->at == '"') {
        if (!read_quoted(a, err))
            return false;
    } else {
        size_t n = strcspn(a->at, " \t,{}");

        bl_text_addn(&a->word, a->at, n);
        a->at += n;
    }
    return !a->word.failed || bl_fail_memory(err, a->lines.source->label);
}

static const char *word(const struct arff *a)
{
    return bl_text_get(&a->word);
}

/* ---- the head ----------------------------------------------------------------------------------------*/

static bool more_attributes(struct arff *a, struct bl_error *err)
{
    size_t wanted = a->capacity ? 2 * a->capacity : 16;

    if (a->n < a->capacity)
        return true;
    struct attribute *more = bl_realloc(a->attributes, wanted, sizeof *more);

    if (!more)
        return bl_fail_memory(err, a->lines.source->label);
    a->attributes = more;
    a->capacity = wanted;
    return true;
}

/* {sunny, 'very rainy', ...} */
static bool read_levels(struct arff *a, struct attribute *attribute, struct bl_error *err)
{
    size_t open = column_at(a, a->at);

    attribute->kind = NOMINAL;
    attribute->levels = bl_names_create();
    if (!attribute->levels)
        return bl_fail_memory(err, a->lines.source->label);
    for (a->at++;; a->at += *a->at == ',') {
        skip_blanks(a);
        if (*a->at == '}')
            break;
        if (!*a->at)
            return fail(a, open, "write all levels in one line: {yes, no}", err, "the list of levels that opens here is never closed");
        if (!read_word(a, err))
            return false;
        if (!a->word.length)
            return fail(a, a->word_column, "a level that is empty or holds commas, blanks or braces needs quotes", err, "a level is empty");
        if (bl_names_find(attribute->levels, word(a), a->word.length) != SIZE_MAX)
            return fail(a, a->word_column, "write each level once", err, "the level '%s' is declared twice", word(a));
        if (bl_names_add(attribute->levels, word(a), a->word.length) == SIZE_MAX)
            return bl_fail_memory(err, a->lines.source->label);
        skip_blanks(a);
    }
    a->at++;
    return bl_names_count(attribute->levels) || fail(a, open, "declare the levels: {yes, no}", err, "a nominal attribute has no levels");
}

static bool read_pattern(struct arff *a, struct attribute *attribute, struct bl_error *err)
{
    attribute->kind = DATE;
    skip_blanks(a);
    if (at_end(a)) {
        attribute->pattern = bl_strdup(DATE_DEFAULT);
        return attribute->pattern || bl_fail_memory(err, a->lines.source->label);
    }
    if (!read_word(a, err))
        return false;
    attribute->pattern = bl_strdup(word(a));
    if (!attribute->pattern)
        return bl_fail_memory(err, a->lines.source->label);
    return bl_date_pattern_known(attribute->pattern) ||
           fail(a, a->word_column, "patterns hold y M d H h m s S a Z and text in quotes: \"yyyy-MM-dd\"", err,
                "the date pattern '%s' cannot be read", word(a));
}

static bool read_type(struct arff *a, struct attribute *attribute, struct bl_error *err)
{
    static const char *const numbers[] = { "numeric", "real", "integer" };

    skip_blanks(a);
    if (*a->at == '{')
        return read_levels(a, attribute, err);
    if (!read_word(a, err))
        return false;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcasecmp(word(a), numbers[i]) == 0)
            return true;
    if (strcasecmp(word(a), "string") == 0) {
        attribute->kind = STRING;
        return true;
    }
    if (strcasecmp(word(a), "date") == 0)
        return read_pattern(a, attribute, err);
    if (strcasecmp(word(a), "relational") == 0)
        return fail(a, a->word_column, "write one row for each inner row", err, "relational attributes (tables inside cells) cannot be read");
    return fail(a, a->word_column, "types are numeric, string, date and a list of levels: {yes, no}", err, "'%s' is not a type", word(a));
}

static bool declare(struct arff *a, const struct attribute *attribute, struct bl_error *err)
{
    static const enum bl_type types[] = { BL_NUMERIC, BL_CATEGORICAL, BL_TEXT_COLUMN, BL_DATETIME };

    return bl_builder_add_typed(&a->builder, word(a), a->word.length, types[attribute->kind], err);
}

static bool read_attribute(struct arff *a, struct bl_error *err)
{
    struct attribute *attribute;
    struct bl_text name = { 0 };
    bool fine;

    skip_blanks(a);
    if (at_end(a))
        return fail(a, column_at(a, a->at), "@attribute width numeric", err, "an attribute needs a name and a type");
    if (!more_attributes(a, err) || !read_word(a, err))
        return false;
    attribute = &a->attributes[a->n++];
    *attribute = (struct attribute){ .line = a->lines.line };
    name = a->word;
    a->word = (struct bl_text){ 0 };
    fine = read_type(a, attribute, err);
    bl_text_free(&a->word);
    a->word = name;
    a->builder.line = a->lines.line;
    fine = fine && declare(a, attribute, err);
    if (!fine)
        return false;
    skip_blanks(a);
    return at_end(a) || fail(a, column_at(a, a->at), "put a name with blanks into quotes", err, "text follows the type");
}

/* One line of the head; *data at its end. */
static bool read_head_line(struct arff *a, bool *data, struct bl_error *err)
{
    static const char known[] = "the head is @relation, @attribute and @data";

    a->at = a->lines.text;
    skip_blanks(a);
    if (at_end(a))
        return true;
    size_t n = strcspn(a->at, " \t"), start = column_at(a, a->at);
    const char *keyword = a->at;

    a->at += n;
    if (n == 9 && strncasecmp(keyword, "@relation", n) == 0)
        return true;
    if (n == 10 && strncasecmp(keyword, "@attribute", n) == 0)
        return read_attribute(a, err);
    *data = n == 5 && strncasecmp(keyword, "@data", n) == 0;
    if (*data && !a->n)
        return fail(a, start, "declare the columns first: @attribute width numeric", err, "there are no attributes before @data");
    return *data || fail(a, start, known, err, "'%.*s' is not known in the head", n < 60 ? (int)n : 60, keyword);
}

/* ---- rows --------------------------------------------------------------------------------------------*/

static bool set_date(struct arff *a, size_t j, struct bl_error *err)
{
    const struct attribute *attribute = &a->attributes[j];
    double seconds;

    if (a->builder.columns[j].type != BL_DATETIME) /* types= wants it otherwise */
        return bl_builder_word(&a->builder, j, word(a), a->word.length, err);
    if (bl_date_pattern(word(a), a->word.length, attribute->pattern, &seconds))
        return bl_builder_number(&a->builder, j, seconds, err);
    return fail(a, a->word_column, "write ? where it is missing", err, "column '%s' holds '%s', which is not a date as in '%s'", a->builder.columns[j].name,
                word(a), attribute->pattern);
}

static bool set_number(struct arff *a, size_t j, struct bl_error *err)
{
    double x;

    if (bl_number_parse(word(a), a->word.length, &x))
        return bl_builder_number(&a->builder, j, x, err);
    for (size_t i = 0; i < a->builder.options->n_missing; i++)
        if (strcmp(a->builder.options->missing[i], word(a)) == 0)
            return true;
    return fail(a, a->word_column, "write ? where it is missing", err, "column '%s' holds '%s', which is %s", a->builder.columns[j].name,
                word(a), bl_number_beyond(word(a), a->word.length) ? "beyond the range of numbers (1.8e308)" : "not a number");
}

static bool set_value(struct arff *a, size_t j, struct bl_error *err)
{
    const struct attribute *attribute = &a->attributes[j];

    a->builder.column = a->word_column;
    if (!a->quoted && strcmp(word(a), "?") == 0)
        return bl_builder_number(&a->builder, j, NAN, err);
    if (attribute->kind == NUMBER)
        return set_number(a, j, err);
    if (attribute->kind == DATE)
        return set_date(a, j, err);
    if (attribute->kind == NOMINAL && bl_names_find(attribute->levels, word(a), a->word.length) == SIZE_MAX) {
        fail(a, a->word_column, "add the level to its declaration, or write ? where it is missing", err,
             "column '%s' holds '%s', which line %zu does not declare", a->builder.columns[j].name, word(a), attribute->line);
        return false;
    }
    return bl_builder_word(&a->builder, j, word(a), a->word.length, err);
}

/* What separates two values: a comma, or blanks. */
static void skip_separator(struct arff *a)
{
    skip_blanks(a);
    if (*a->at == ',')
        a->at++;
    skip_blanks(a);
}

static bool fail_count(const struct arff *a, size_t found, struct bl_error *err)
{
    static const char hint[] = "every row needs a value for each attribute; write ? where it is missing";
    size_t column = column_at(a, a->at);

    return found < a->n ? fail(a, column, hint, err, "expected %zu values, found %zu", a->n, found)
                        : fail(a, column, hint, err, "expected %zu values, found more", a->n);
}

static bool fail_weight(const struct arff *a, struct bl_error *err)
{
    return fail(a, column_at(a, a->at), "declare the weight as an attribute", err, "weights of rows cannot be read");
}

static bool read_dense(struct arff *a, struct bl_error *err)
{
    for (size_t j = 0; j < a->n; j++) {
        if (at_end(a))
            return fail_count(a, j, err);
        if (*a->at == '{')
            return fail_weight(a, err);
        if (!read_word(a, err))
            return false;
        if (!a->quoted && !a->word.length)
            return fail(a, a->word_column, "write ? where it is missing", err, "a value is empty");
        if (!set_value(a, j, err))
            return false;
        skip_separator(a);
    }
    if (*a->at == '{')
        return fail_weight(a, err);
    return at_end(a) || fail_count(a, a->n + 1, err);
}

static bool read_pair(struct arff *a, int64_t *last, struct bl_error *err)
{
    int64_t index;
    size_t column;

    if (!read_word(a, err))
        return false;
    column = a->word_column;
    if (!bl_integer_parse(word(a), a->word.length, &index) || index < 0)
        return fail(a, column, "a sparse row is {index value, ...}, indices from 0", err, "'%s' is not an index", word(a));
    if (index >= (int64_t)a->n)
        return fail(a, column, "indices count from 0", err, "there is no attribute %lld: %zu are declared", (long long)index, a->n);
    if (index <= *last)
        return fail(a, column, "indices of a sparse row ascend", err, "the index %lld does not come after %lld", (long long)index, (long long)*last);
    *last = index;
    skip_blanks(a);
    if (at_end(a) || *a->at == ',' || *a->at == '}')
        return fail(a, column_at(a, a->at), "a sparse row is {index value, ...}", err, "the index %lld has no value", (long long)index);
    return read_word(a, err) && set_value(a, (size_t)index, err);
}

static bool read_sparse(struct arff *a, struct bl_error *err)
{
    size_t open = column_at(a, a->at);
    int64_t last = -1;

    for (a->at++;; skip_separator(a)) {
        skip_blanks(a);
        if (*a->at == '}')
            break;
        if (!*a->at)
            return fail(a, open, "a sparse row is {index value, ...} in one line", err, "the row that opens here is never closed");
        if (!read_pair(a, &last, err))
            return false;
    }
    a->at++;
    skip_separator(a);
    if (*a->at == '{')
        return fail_weight(a, err);
    return at_end(a) || fail(a, column_at(a, a->at), "one row a line", err, "text follows the row");
}

/* What a cell holds that a sparse row leaves out. */
static bool set_fills(struct arff *a, bool sparse, struct bl_error *err)
{
    size_t n;

    for (size_t j = 0; sparse && j < a->n; j++) {
        const struct attribute *attribute = &a->attributes[j];
        struct bl_builder_column *c = &a->builder.columns[j];

        if (attribute->kind == NUMBER)
            c->fill = 0;
        else if (attribute->kind == NOMINAL && !c->fill_word && !(c->fill_word = bl_strdup(bl_names_at(attribute->levels, 0, &n))))
            return bl_fail_memory(err, a->lines.source->label);
    }
    return true;
}

/* A column that is filled with words starts as words. */
static bool fill_words(struct arff *a, struct bl_error *err)
{
    for (size_t j = 0; j < a->n; j++) {
        const struct bl_builder_column *c = &a->builder.columns[j];

        if (c->fill_word && !bl_builder_word(&a->builder, j, c->fill_word, strlen(c->fill_word), err))
            return false;
    }
    return true;
}

static bool read_row(struct arff *a, struct bl_error *err)
{
    bool sparse;

    a->at = a->lines.text;
    skip_blanks(a);
    if (at_end(a))
        return true;
    sparse = *a->at == '{';
    a->builder.line = a->lines.line;
    if (!set_fills(a, sparse, err) || !bl_builder_begin(&a->builder, err) || (sparse && !fill_words(a, err)))
        return false;
    if (!(sparse ? read_sparse(a, err) : read_dense(a, err)))
        return false;
    bl_builder_end(&a->builder);
    return true;
}

/* ---- the whole -----------------------------------------------------------------------------------------*/

static bool read_lines(struct arff *a, struct bl_error *err)
{
    enum bl_lines_step step;
    bool data = false;

    while ((step = bl_lines_next(&a->lines, err)) == BL_LINE)
        if (!(data ? read_row(a, err) : read_head_line(a, &data, err)))
            return false;
    if (step == BL_LINES_FAILED || data)
        return data && step == BL_LINES_END;
    bl_fail_at(err, BL_DATA, a->lines.source->label, a->lines.line + 1, 1, "%s ends without @data", a->lines.source->label);
    return bl_hint(err, "after the attributes comes @data, then the rows");
}

static void arff_free(struct arff *a)
{
    for (size_t j = 0; j < a->n; j++) {
        bl_names_free(a->attributes[j].levels);
        bl_free(a->attributes[j].pattern);
    }
    bl_free(a->attributes);
    bl_text_free(&a->word);
    bl_builder_close(&a->builder);
    bl_lines_close(&a->lines);
}

static struct bl_table *read_arff(const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    struct arff a = { 0 };
    struct bl_table *t = NULL;

    if (bl_lines_open(&a.lines, s, o->progress, err) && bl_builder_open(&a.builder, s, o, err) && read_lines(&a, err))
        t = bl_builder_finish(&a.builder, err);
    arff_free(&a);
    return t;
}

/* Comments, then @relation; some files start with their attributes. */
static int sniff_arff(const char *head, size_t n, const char *path)
{
    size_t i = 0;

    while (i < n && (isspace((unsigned char)head[i]) || head[i] == '%'))
        if (head[i] == '%')
            while (i < n && head[i] != '\n')
                i++;
        else
            i++;
    if (n - i >= 9 && strncasecmp(head + i, "@relation", 9) == 0)
        return 100;
    if (n - i >= 10 && strncasecmp(head + i, "@attribute", 10) == 0)
        return 90;
    return bl_path_ends(path, "arff") ? 70 : 0;
}

static const char *const arff_extensions[] = { "arff", NULL };
const struct bl_reader_type bl_arff_reader = {
    .name = "arff",
    .summary = "attribute-relation file: declared columns, dense or sparse rows",
    .extensions = arff_extensions,
    .sniff = sniff_arff,
    .read = read_arff,
};
