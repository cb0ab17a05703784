/* JSON Lines: one object a line; its keys are columns, in the order in which they first appear. Null,
 * an absent key and an empty text are missing; true and false are words. */
#include <ctype.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "builder.h"
#include "formats.h"
#include "lines.h"

struct jsonl {
    struct bl_lines lines;
    struct bl_builder builder;
};

/* ---- places: the text is valid JSON by then ------------------------------------------------------------*/

static const char *after_text(const char *p) /* at the opening quote */
{
    for (p++; *p && *p != '"'; p++)
        p += *p == '\\' && p[1];
    return *p ? p + 1 : p;
}

static const char *after_value(const char *p)
{
    int depth = 0;

    for (; *p; p++) {
        if (*p == '"') {
            p = after_text(p) - 1;
            continue;
        }
        if (depth == 0 && (*p == ',' || *p == '}' || *p == ']'))
            break;
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
    }
    return p;
}

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t\r");
}

/* The column of the value of member k of the object in the line. */
static size_t column_of(const char *line, size_t k)
{
    const char *p = skip_blanks(line);

    p += *p == '{';
    for (;; k--) {
        p = skip_blanks(after_text(skip_blanks(p)));
        p = skip_blanks(p + (*p == ':'));
        if (k == 0 || !*p)
            return (size_t)(p - line) + 1;
        p = after_value(p);
        p += *p == ',';
    }
}

/* ---- rows --------------------------------------------------------------------------------------------*/

static bool fail_syntax(const struct jsonl *x, const json_error_t *e, struct bl_error *err)
{
    const char *start = skip_blanks(x->lines.text);
    size_t column = e->position > 0 && (size_t)e->position <= x->lines.length ? (size_t)e->position : x->lines.length + (x->lines.length == 0);

    if (json_error_code(e) == json_error_out_of_memory)
        return bl_fail_memory(err, x->lines.source->label);
    if (json_error_code(e) == json_error_duplicate_key)
        bl_fail_at(err, BL_DATA, x->lines.source->label, x->lines.line, column, "an object has the same key twice");
    else if (json_error_code(e) == json_error_null_character)
        bl_fail_at(err, BL_DATA, x->lines.source->label, x->lines.line, column, "a text holds the character \\u0000");
    else
        bl_fail_at(err, BL_DATA, x->lines.source->label, x->lines.line, column, "this is not JSON: %s", e->text);
    if (*start == '[')
        return bl_hint(err, "one object a line; jq -c '.[]' makes lines of an array");
    return bl_hint(err, "one object a line: {\"a\": 1, \"b\": \"x\"}; jq -c . makes lines of any JSON");
}

static bool fail_row(const struct jsonl *x, struct bl_error *err)
{
    bl_fail_at(err, BL_DATA, x->lines.source->label, x->lines.line, (size_t)(skip_blanks(x->lines.text) - x->lines.text) + 1,
               "a line must hold an object");
    return bl_hint(err, "one object a line: {\"a\": 1}; jq -c '.[]' makes lines of an array");
}

static bool set_value(struct jsonl *x, size_t column, const json_t *value, struct bl_error *err)
{
    struct bl_builder *b = &x->builder;

    switch (json_typeof(value)) {
    case JSON_NULL:
        return bl_builder_number(b, column, NAN, err);
    case JSON_TRUE:
        return bl_builder_word(b, column, "true", 4, err);
    case JSON_FALSE:
        return bl_builder_word(b, column, "false", 5, err);
    case JSON_STRING:
        return bl_builder_word(b, column, json_string_value(value), json_string_length(value), err);
    case JSON_INTEGER:
    case JSON_REAL:
        return bl_builder_number(b, column, json_number_value(value), err);
    default:
        bl_fail_at(err, BL_DATA, b->source->label, b->line, b->column, "column '%s' holds %s", b->columns[column].name,
                   json_is_array(value) ? "an array" : "an object");
        bl_reason(err, "a cell is a number, a text, true, false or null");
        return bl_hint(err, "flatten it first, or leave it out: jq -c 'del(.%s)'", b->columns[column].name);
    }
}

static bool set_members(struct jsonl *x, json_t *object, struct bl_error *err)
{
    struct bl_builder *b = &x->builder;
    const char *key;
    json_t *value;
    size_t k = 0;

    json_object_foreach(object, key, value) {
        size_t column = bl_builder_find(b, key, strlen(key));

        /* places are looked up only where they may be told */
        if (json_is_array(value) || json_is_object(value) || json_is_string(value) || json_is_boolean(value))
            b->column = column == SIZE_MAX || !b->columns[column].code || json_is_array(value) || json_is_object(value)
                            ? column_of(x->lines.text, k)
                            : 0;
        if (!*key) {
            bl_fail_at(err, BL_DATA, b->source->label, b->line, column_of(x->lines.text, k), "a key is empty");
            return bl_hint(err, "give the column a name");
        }
        if (column == SIZE_MAX) {
            column = b->n_columns;
            if (!bl_builder_add(b, key, strlen(key), err))
                return false;
        }
        if (!set_value(x, column, value, err))
            return false;
        k++;
    }
    return true;
}

static bool read_row(struct jsonl *x, struct bl_error *err)
{
    json_error_t e;
    json_t *value;
    bool fine;

    if (!*skip_blanks(x->lines.text))
        return true;
    value = json_loadb(x->lines.text, x->lines.length, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL | JSON_DECODE_ANY, &e);
    if (!value)
        return fail_syntax(x, &e, err);
    x->builder.line = x->lines.line;
    if (!json_is_object(value)) {
        fine = fail_row(x, err);
    } else {
        fine = bl_builder_begin(&x->builder, err) && set_members(x, value, err);
        if (fine)
            bl_builder_end(&x->builder);
    }
    json_decref(value);
    return fine;
}

static bool read_lines(struct jsonl *x, struct bl_error *err)
{
    enum bl_lines_step step;

    while ((step = bl_lines_next(&x->lines, err)) == BL_LINE)
        if (!read_row(x, err))
            return false;
    return step == BL_LINES_END;
}

static struct bl_table *read_jsonl(const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    struct jsonl x = { 0 };
    struct bl_table *t = NULL;

    if (bl_lines_open(&x.lines, s, o->progress, err) && bl_builder_open(&x.builder, s, o, err) && read_lines(&x, err))
        t = bl_builder_finish(&x.builder, err);
    bl_builder_close(&x.builder);
    bl_lines_close(&x.lines);
    return t;
}

/* An object, or what only JSON can be by its name. */
static int sniff_jsonl(const char *head, size_t n, const char *path)
{
    size_t i = n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0, k;

    while (i < n && isspace((unsigned char)head[i]))
        i++;
    for (k = i + 1; k < n && (head[k] == ' ' || head[k] == '\t' || head[k] == '\n' || head[k] == '\r');)
        k++;
    if (i < n && head[i] == '{' && k < n && (head[k] == '"' || head[k] == '}'))
        return 90;
    return bl_path_ends(path, "jsonl") || bl_path_ends(path, "ndjson") || bl_path_ends(path, "json") ? 70 : 0;
}

static const char *const jsonl_extensions[] = { "jsonl", "ndjson", "json", NULL };
const struct bl_reader_type bl_jsonl_reader = {
    .name = "jsonl",
    .summary = "JSON lines: one object a line",
    .extensions = jsonl_extensions,
    .sniff = sniff_jsonl,
    .read = read_jsonl,
};
