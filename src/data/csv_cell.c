/* One cell: its value, whether it is missing, what can be wrong with it. */
#include <string.h>

#include "csv.h"

/* Copies the inside of quotes that holds doubled ones. */
static void undouble(const char *p, const char *end, struct bl_text *scratch)
{
    bl_text_clear(scratch);
    while (p < end) {
        const char *quote = memchr(p, '"', (size_t)(end - p));
        const char *stop = quote ? quote + 1 : end;

        bl_text_addn(scratch, p, (size_t)(stop - p));
        p = quote ? quote + 2 : end;
    }
}

static enum bl_csv_fault decode_quoted(const char *open, const char *end, struct bl_csv_dialect d, struct bl_text *scratch,
                                       struct bl_csv_cell *cell)
{
    const char *p = open + 1;
    bool doubled = false;

    for (;; p += 2, doubled = true) {
        p = memchr(p, '"', (size_t)(end - p));
        if (!p)
            return BL_CSV_UNCLOSED;
        if (p + 1 >= end || p[1] != '"')
            break;
    }
    *cell = (struct bl_csv_cell){ open + 1, (size_t)(p - open - 1) };
    for (p++; p < end && bl_csv_blank(*p, d);)
        p++;
    if (p < end && *p == '\r' && d.newline == '\n' && *end == '\n')
        p++;
    if (p < end)
        return BL_CSV_AFTER_QUOTE;
    if (doubled) {
        undouble(cell->at, cell->at + cell->length, scratch);
        *cell = (struct bl_csv_cell){ bl_text_get(scratch), scratch->length };
    }
    return BL_CSV_FINE;
}

enum bl_csv_fault bl_csv_decode(const char *begin, const char *end, struct bl_csv_dialect d, struct bl_text *scratch,
                                struct bl_csv_cell *cell)
{
    enum bl_csv_fault fault = BL_CSV_FINE;

    while (begin < end && bl_csv_blank(*begin, d))
        begin++;
    if (begin < end && *begin == '"') {
        fault = decode_quoted(begin, end, d, scratch, cell);
    } else {
        if (begin < end && end[-1] == '\r' && d.newline == '\n' && *end == '\n')
            end--;
        while (begin < end && bl_csv_blank(end[-1], d))
            end--;
        *cell = (struct bl_csv_cell){ begin, (size_t)(end - begin) };
    }
    return fault == BL_CSV_FINE && cell->length > BL_CSV_CELL_MAX ? BL_CSV_LONG_CELL : fault;
}

bool bl_csv_missing(const struct bl_load_options *o, const char *at, size_t n)
{
    if (n == 0 || (n == 2 && at[0] == 'N' && at[1] == 'A'))
        return true;
    for (size_t i = 0; i < o->n_missing; i++)
        if (strlen(o->missing[i]) == n && memcmp(o->missing[i], at, n) == 0)
            return true;
    return false;
}

static bool fail_ragged(const char *file, size_t line, size_t column, const struct bl_csv_problem *p, struct bl_error *err)
{
    bl_fail_at(err, BL_DATA, file, line, column, "expected %zu cell%s, found %zu", p->expected,
               p->expected == 1 ? "" : "s", p->found);
    if (p->found > p->expected)
        return bl_hint(err, "ragged=skip leaves such lines out; a cell that holds the delimiter belongs in quotes");
    return bl_hint(err, "ragged=fill takes the cells that are not there as missing, ragged=skip leaves such lines out");
}

bool bl_csv_fail(const struct bl_source *s, uint64_t start, struct bl_csv_dialect d, const struct bl_csv_problem *p,
                 struct bl_error *err)
{
    size_t line, column;

    if (!err)
        return false;
    bl_source_place(s, start, p->at, d.newline, &line, &column);
    switch (p->fault) {
    case BL_CSV_RAGGED:
        return fail_ragged(s->label, line, column, p, err);
    case BL_CSV_AFTER_QUOTE:
        bl_fail_at(err, BL_DATA, s->label, line, column, "text follows the closing quote of a cell");
        return bl_hint(err, "inside quotes a quote is written twice: \"\"; or the quote that opens here was never closed");
    case BL_CSV_LONG_CELL:
        bl_fail_at(err, BL_LIMIT, s->label, line, column, "a cell is longer than 1 MiB");
        return bl_hint(err, "is a closing quote missing, or is this no table?");
    case BL_CSV_UNCLOSED:
        bl_fail_at(err, BL_DATA, s->label, line, column, "the quote that opens here is never closed");
        return bl_hint(err, "close it with \", and write a quote inside quotes twice");
    case BL_CSV_LONG_LINE:
        bl_fail_at(err, BL_LIMIT, s->label, line, column, "a line is longer than 16 MiB");
        return bl_hint(err, "is a closing quote missing, or is this no table?");
    case BL_CSV_FINE:
        break;
    }
    return bl_fail(err, BL_INTERNAL, "no fault in %s", s->label);
}
