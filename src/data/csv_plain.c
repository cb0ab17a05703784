/* The plain CSV reader: one byte after the other, one record at a time. */
#include "csv.h"

#include <string.h>

static bool at_newline(const struct bl_csv_plain *r, size_t at)
{
    return at < r->n && r->bytes[at] == r->dialect.newline;
}

/* A CR that belongs to the newline behind it, or to the end of the file. */
static bool at_carriage(const struct bl_csv_plain *r, size_t at)
{
    return r->dialect.newline == '\n' && at < r->n && r->bytes[at] == '\r' && (at + 1 == r->n || at_newline(r, at + 1));
}

static void skip_empty_lines(struct bl_csv_plain *r)
{
    for (;;) {
        size_t at = r->at + at_carriage(r, r->at);

        if (!at_newline(r, at) && !(at > r->at && at == r->n))
            return;
        r->at = at + at_newline(r, at);
    }
}

static size_t skip_blanks(const struct bl_csv_plain *r, size_t at)
{
    while (at < r->n && bl_csv_blank(r->bytes[at], r->dialect))
        at++;
    return at;
}

static bool fault(struct bl_csv_plain *r, enum bl_csv_fault what, size_t at)
{
    r->problem = (struct bl_csv_problem){ .fault = what, .at = at };
    return false;
}

/* Reads from the opening quote at `at`; *end is behind the closing one and its blanks. */
static bool read_quoted(struct bl_csv_plain *r, size_t at, size_t *end)
{
    size_t p = at + 1;

    for (;; p++) {
        if (p >= r->n)
            return fault(r, BL_CSV_UNCLOSED, at);
        if (r->bytes[p] == '"' && !(p + 1 < r->n && r->bytes[p + 1] == '"'))
            break;
        p += r->bytes[p] == '"';
        bl_text_addn(&r->text, r->bytes + p, 1);
    }
    *end = skip_blanks(r, p + 1);
    *end += at_carriage(r, *end);
    if (*end < r->n && r->bytes[*end] != r->dialect.delimiter && !at_newline(r, *end))
        return fault(r, BL_CSV_AFTER_QUOTE, at);
    return true;
}

static void read_bare(struct bl_csv_plain *r, size_t at, size_t *end)
{
    size_t p = at;

    while (p < r->n && r->bytes[p] != r->dialect.delimiter && !at_newline(r, p))
        p++;
    *end = p;
    if ((p == r->n || at_newline(r, p)) && p > at && r->dialect.newline == '\n' && r->bytes[p - 1] == '\r')
        p--;
    while (p > at && bl_csv_blank(r->bytes[p - 1], r->dialect))
        p--;
    bl_text_addn(&r->text, r->bytes + at, p - at);
}

static struct plain_cell *add_cell(struct bl_csv_plain *r)
{
    if (r->n_cells == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 16;
        struct plain_cell *cells = bl_realloc(r->cells, capacity, sizeof *cells);

        if (!cells)
            return NULL;
        r->cells = cells;
        r->capacity = capacity;
    }
    return &r->cells[r->n_cells++];
}

/* One cell from r->at, which moves to the separator behind it. */
static bool read_cell(struct bl_csv_plain *r)
{
    struct plain_cell *cell = add_cell(r);
    size_t first = skip_blanks(r, r->at), end = r->n;

    if (!cell) {
        r->text.failed = true;
        return false;
    }
    *cell = (struct plain_cell){ .begin = r->at, .value = r->text.length };
    if (first < r->n && r->bytes[first] == '"') {
        if (!read_quoted(r, first, &end))
            return false;
    } else {
        read_bare(r, first, &end);
    }
    cell->length = r->text.length - cell->value;
    bl_text_addn(&r->text, "", 1);
    r->at = end;
    if (cell->length > BL_CSV_CELL_MAX)
        return fault(r, BL_CSV_LONG_CELL, cell->begin);
    return !r->text.failed;
}

static bool read_record(struct bl_csv_plain *r)
{
    r->n_cells = 0;
    r->text.length = 0;
    r->record = r->at;
    for (;;) {
        if (!read_cell(r))
            return false;
        if (r->at >= r->n || at_newline(r, r->at))
            break;
        r->at++; /* the delimiter */
    }
    return true;
}

/* A line of blanks only, up to `end`, is no record, unless one cell is all that a record has. */
static bool only_blanks(const struct bl_csv_plain *r, size_t end)
{
    size_t at = skip_blanks(r, r->record);

    return r->n_cells == 1 && r->expected != 1 && at + at_carriage(r, at) == end;
}

static enum bl_csv_step check_cells(struct bl_csv_plain *r, size_t end)
{
    if (r->expected == 0 || r->n_cells == r->expected)
        return BL_CSV_RECORD;
    fault(r, BL_CSV_RAGGED, r->n_cells > r->expected ? r->cells[r->expected].begin : end);
    r->problem.found = r->n_cells;
    r->problem.expected = r->expected;
    return BL_CSV_FAULT;
}

enum bl_csv_step bl_csv_next(struct bl_csv_plain *r)
{
    for (;;) {
        skip_empty_lines(r);
        size_t record = r->at;

        if (record >= r->n)
            return BL_CSV_END;
        bool read = read_record(r);

        if (r->text.failed)
            return BL_CSV_NO_MEMORY;
        if (!r->whole && (r->at >= r->n || (!read && r->problem.fault == BL_CSV_UNCLOSED))) {
            r->at = record;
            return BL_CSV_CUT;
        }
        if (!read)
            return BL_CSV_FAULT;
        size_t end = r->at;

        r->at += at_newline(r, end);
        if (!only_blanks(r, end))
            return check_cells(r, end);
    }
}

void bl_csv_plain_free(struct bl_csv_plain *r)
{
    bl_free(r->cells);
    bl_text_free(&r->text);
    r->cells = NULL;
    r->capacity = 0;
}
