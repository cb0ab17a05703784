/* JSON Lines: one object a line, null where a value is missing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "write.h"

static void add_text(struct bl_out *out, const char *s)
{
    char escape[8];

    bl_out_add(out, "\"", 1);
    while (*s) {
        size_t plain = 0;

        while ((unsigned char)s[plain] >= 0x20 && s[plain] != '"' && s[plain] != '\\')
            plain++;
        bl_out_add(out, s, plain);
        s += plain;
        if (!*s)
            break;
        snprintf(escape, sizeof escape, *s == '"' || *s == '\\' ? "\\%c" : "\\u%04x", (unsigned char)*s);
        bl_out_add(out, escape, strlen(escape));
        s++;
    }
    bl_out_add(out, "\"", 1);
}

static bool valid(const char *s)
{
    size_t n = strlen(s), step;
    uint32_t code;

    for (size_t i = 0; i < n; i += step)
        if (!(step = bl_utf8_decode(s + i, n - i, &code)))
            return false;
    return true;
}

/* JSON is UTF-8 and nothing else. */
static bool check_texts(const struct bl_table *t, struct bl_error *err)
{
    for (size_t j = 0; j < t->n_columns; j++) {
        const struct bl_column *c = &t->columns[j];
        bool fine = valid(c->name);

        for (size_t k = 0; fine && c->code && k < c->n_levels; k++)
            fine = valid(c->levels[k]);
        if (!fine) {
            bl_fail(err, BL_VALUE, "column '%s' holds text that is not UTF-8, which JSON cannot hold", c->name);
            return bl_hint(err, "load it with encoding=latin1, or export csv FILE raw=yes");
        }
    }
    return true;
}

static void add_cell(const struct bl_table *t, size_t row, size_t column, struct bl_out *out)
{
    const struct bl_column *c = &t->columns[column];
    bool missing = c->number ? isnan(c->number[row]) : c->code[row] == BL_MISSING_CODE;
    char buffer[64];
    const char *text = missing ? "null" : bl_table_cell(t, row, column, buffer, sizeof buffer);

    if (missing || c->type == BL_NUMERIC)
        bl_out_add(out, text, strlen(text));
    else
        add_text(out, text);
}

static bool write_jsonl(const struct bl_table *t, const struct bl_write_options *o, struct bl_out *out, struct bl_error *err)
{
    (void)o;
    if (!check_texts(t, err))
        return false;
    for (size_t i = 0; i < t->n_rows; i++) {
        for (size_t j = 0; j < t->n_columns; j++) {
            bl_out_add(out, j ? ", " : "{", j ? 2 : 1);
            add_text(out, t->columns[j].name);
            bl_out_add(out, ": ", 2);
            add_cell(t, i, j, out);
        }
        bl_out_add(out, "}\n", 2);
        if (!bl_out_flush(out, false, err))
            return false;
    }
    return true;
}

const struct bl_writer_type bl_jsonl_writer = { "jsonl", "JSON lines: one object a row", write_jsonl };
