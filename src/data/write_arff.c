/* ARFF: categories as nominal attributes with their levels, text as string, dates to the millisecond. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "dates.h"
#include "write.h"

/* Words of plain characters stand as they are. */
static bool plain(const char *s)
{
    if (!*s || !strcmp(s, "?"))
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr("_-+.:", *s))
            return false;
    return true;
}

static void add_word(struct bl_out *out, const char *s)
{
    static const char special[] = "'\\\n\r\t";

    if (plain(s)) {
        bl_out_add(out, s, strlen(s));
        return;
    }
    bl_out_add(out, "'", 1);
    while (*s) {
        size_t n = strcspn(s, special);

        bl_out_add(out, s, n);
        s += n;
        if (!*s)
            break;
        const char escaped[2] = { '\\', *s == '\n' ? 'n' : *s == '\r' ? 'r' : *s == '\t' ? 't' : *s };

        bl_out_add(out, escaped, 2);
        s++;
    }
    bl_out_add(out, "'", 1);
}

static void add_type(const struct bl_column *c, struct bl_out *out)
{
    const char *text = c->type == BL_NUMERIC ? "numeric" : c->type == BL_DATETIME ? c->whole ? "date \"yyyy-MM-dd\"" : "date \"yyyy-MM-dd'T'HH:mm:ss.SSS\""
                                                                                   : "string";

    if (c->type != BL_CATEGORICAL || !c->n_levels) {
        bl_out_add(out, text, strlen(text));
        return;
    }
    for (size_t k = 0; k < c->n_levels; k++) {
        bl_out_add(out, k ? "," : "{", 1);
        add_word(out, c->levels[k]);
    }
    bl_out_add(out, "}", 1);
}

static void add_date(double seconds, bool whole, struct bl_out *out)
{
    double milliseconds = floor(seconds * 1000 + 0.5), rest = milliseconds - floor(milliseconds / 1000) * 1000;
    char buffer[48];
    size_t n;

    bl_date_format(buffer, sizeof buffer, floor(milliseconds / 1000), !whole);
    n = strlen(buffer);
    if (!whole && n < sizeof buffer - 8)
        snprintf(buffer + n, sizeof buffer - n, ".%03d", (int)rest);
    bl_out_add(out, buffer, strlen(buffer));
}

static void add_cell(const struct bl_table *t, size_t row, size_t column, struct bl_out *out)
{
    const struct bl_column *c = &t->columns[column];
    bool missing = c->number ? isnan(c->number[row]) : c->code[row] == BL_MISSING_CODE;
    char buffer[64];

    if (missing)
        bl_out_add(out, "?", 1);
    else if (c->type == BL_DATETIME)
        add_date(c->number[row], c->whole, out);
    else if (c->code)
        add_word(out, c->levels[c->code[row]]);
    else {
        bl_number_exact(buffer, sizeof buffer, c->number[row]);
        bl_out_add(out, buffer, strlen(buffer));
    }
}

static bool write_arff(const struct bl_table *t, const struct bl_write_options *o, struct bl_out *out, struct bl_error *err)
{
    (void)o;
    bl_out_add(out, "@relation ", 10);
    add_word(out, t->name);
    bl_out_add(out, "\n\n", 2);
    for (size_t j = 0; j < t->n_columns; j++) {
        bl_out_add(out, "@attribute ", 11);
        add_word(out, t->columns[j].name);
        bl_out_add(out, " ", 1);
        add_type(&t->columns[j], out);
        bl_out_add(out, "\n", 1);
    }
    bl_out_add(out, "\n@data\n", 7);
    for (size_t i = 0; i < t->n_rows; i++) {
        for (size_t j = 0; j < t->n_columns; j++) {
            bl_out_add(out, ",", j > 0);
            add_cell(t, i, j, out);
        }
        bl_out_add(out, "\n", 1);
        if (!bl_out_flush(out, false, err))
            return false;
    }
    return true;
}

const struct bl_writer_type bl_arff_writer = { "arff", "attribute-relation file", write_arff };
