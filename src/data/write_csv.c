/* CSV (RFC 4180, LF): numbers in their shortest exact form, dates in ISO 8601, nothing where a value is
 * missing (NA where the line would be empty). Text that a spreadsheet would take for a formula gets an
 * apostrophe in front, unless `raw`. */
#include <math.h>
#include <string.h>

#include "write.h"

/* The characters that start a formula, seen after blanks; numbers are none. */
static bool is_formula(const char *s)
{
    const char *first = s + strspn(s, " \t\r\n");
    double value;

    if (*s == '\t' || *s == '\r')
        return true;
    return *first && strchr("=+-@", *first) && !bl_number_parse(s, strlen(s), &value);
}

static void add_field(struct bl_out *out, const char *text, bool raw)
{
    const size_t n = strlen(text);
    const bool guard = !raw && is_formula(text);
    const bool quote = guard || !n || text[strcspn(text, ",;|\t\"\n\r")] || strchr(" \t", text[0]) || strchr(" \t", text[n - 1]);

    if (!quote) {
        bl_out_add(out, text, n);
        return;
    }
    bl_out_add(out, "\"'", guard ? 2 : 1);
    for (const char *p = text; *p;) {
        size_t plain = strcspn(p, "\"");

        bl_out_add(out, p, plain);
        p += plain;
        if (*p == '"') {
            bl_out_add(out, "\"\"", 2);
            p++;
        }
    }
    bl_out_add(out, "\"", 1);
}

static void add_cell(const struct bl_table *t, size_t row, size_t column, bool raw, struct bl_out *out)
{
    const struct bl_column *c = &t->columns[column];
    bool missing = c->number ? isnan(c->number[row]) : c->code[row] == BL_MISSING_CODE;
    char buffer[64];
    const char *text;

    if (missing) {
        if (t->n_columns == 1)
            bl_out_add(out, "NA", 2);
        return;
    }
    text = bl_table_cell(t, row, column, buffer, sizeof buffer);
    if (c->number)
        bl_out_add(out, text, strlen(text));
    else
        add_field(out, text, raw);
}

/* Levels that come back as something else. */
static void warn_levels(const struct bl_table *t, const struct bl_write_options *o)
{
    for (size_t j = 0; j < t->n_columns; j++)
        for (size_t k = 0; t->columns[j].code && k < t->columns[j].n_levels; k++)
            if (strcmp(t->columns[j].levels[k], "NA") == 0 || !t->columns[j].levels[k][0])
                bl_warnf(o->warnings, "export jsonl keeps it", "column '%s' holds '%s', which CSV reads as missing", t->columns[j].name,
                         t->columns[j].levels[k]);
}

static bool write_csv(const struct bl_table *t, const struct bl_write_options *o, struct bl_out *out, struct bl_error *err)
{
    warn_levels(t, o);
    for (size_t j = 0; j < t->n_columns; j++) {
        bl_out_add(out, ",", j > 0);
        add_field(out, t->columns[j].name, o->raw);
    }
    bl_out_add(out, "\n", 1);
    for (size_t i = 0; i < t->n_rows; i++) {
        for (size_t j = 0; j < t->n_columns; j++) {
            bl_out_add(out, ",", j > 0);
            add_cell(t, i, j, o->raw, out);
        }
        bl_out_add(out, "\n", 1);
        if (!bl_out_flush(out, false, err))
            return false;
    }
    return true;
}

const struct bl_writer_type bl_csv_writer = { "csv", "comma separated values with a line of names", write_csv };
