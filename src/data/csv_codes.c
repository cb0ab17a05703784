/* A column of words of one tile: each cell becomes its number in the worker's dictionary. The cells are first taken
 * out of their quotes and then looked up together. */
#include <string.h>

#include "csv_parse.h"

struct lookup {
    struct bl_csv_worker *worker;
    size_t column, n, done;
    struct bl_string parts[BL_CSV_TILE_ROWS];
    const char *begins[BL_CSV_TILE_ROWS]; /* the raw cells, for their places */
    uint32_t codes[BL_CSV_TILE_ROWS];
};

/* Numbers for what was not looked up yet. New ones ascend in the order of the cells. */
static void look_up(struct lookup *l)
{
    struct bl_csv_worker *w = l->worker;
    struct bl_names *names = w->seen[l->column].names;
    size_t next = bl_names_count(names);
    double value;

    if (!bl_names_add_all(names, l->parts + l->done, l->n - l->done, l->codes + l->done)) {
        w->no_memory = true;
        l->n = l->done;
    }
    for (; l->done < l->n; l->done++) {
        if (l->codes[l->done] != next)
            continue;
        next++;
        if (!bl_number_parse(l->parts[l->done].at, l->parts[l->done].length, &value))
            bl_csv_note_odd(w, l->column, l->begins[l->done]); /* a new word; words come again, but later */
    }
}

/* The last up to eight bytes of two cells of one length tell most apart. 8 readable bytes must precede them. */
static bool same_cell(const char *a, const char *b, size_t length)
{
    uint64_t x, y;

    memcpy(&x, a + length - sizeof x, sizeof x);
    memcpy(&y, b + length - sizeof y, sizeof y);
    if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && length && (x ^ y) >> (length < 8 ? 64 - 8 * length : 0))
        return false;
    return memcmp(a, b, length) == 0;
}

/* A cell without blanks around it, in quotes or not, with no quote inside; others are for the careful way. */
static bool simple_cell(const char *begin, const char *end, struct bl_string *cell)
{
    const size_t n = (size_t)(end - begin);

    if (n == 0 || n > BL_CSV_CELL_MAX)
        return false;
    if (*begin == '"') {
        *cell = (struct bl_string){ begin + 1, n - 2 };
        return n >= 2 && end[-1] == '"' && !memchr(begin + 1, '"', n - 2);
    }
    *cell = (struct bl_string){ begin, n };
    return (unsigned char)*begin > ' ' && (unsigned char)end[-1] > ' ';
}

static bool take_cell(struct lookup *l, const char *begin, const char *end)
{
    struct bl_csv_worker *w = l->worker;
    struct bl_string *part = &l->parts[l->n];
    struct bl_csv_cell cell;
    bool lent = false; /* lies where the next such cell will */

    if (!simple_cell(begin, end, part)) {
        if (!bl_csv_worker_decode(w, begin, end, &cell))
            return false;
        *part = (struct bl_string){ cell.at, cell.length };
        lent = cell.at < begin || cell.at > end;
    }
    if ((part->length <= 2 || w->parser->options->n_missing) && bl_csv_missing(w->parser->options, part->at, part->length)) {
        w->seen[l->column].missing++;
        return false;
    }
    l->begins[l->n++] = begin;
    if (lent)
        look_up(l);
    return true;
}

void bl_csv_codes(struct bl_csv_worker *w, const struct bl_csv_tile *t, size_t column, uint32_t *out)
{
    const char *known = NULL; /* the raw bytes of the last cell, unless it was missing */
    size_t known_length = 0;
    const uint32_t *at = t->at + column;
    struct lookup l; /* what lies behind n is never read: nothing is cleared */

    l.worker = w;
    l.column = column;
    l.n = l.done = 0;

    for (size_t row = 0; row < t->rows; row++, at += t->columns) {
        const char *begin = t->bytes + (uint32_t)(at[-1] + 1), *end = t->bytes + *at;

        if (column == 0 && begin < end && (unsigned char)*begin <= ' ')
            begin = bl_csv_cell_begin(t, row, column); /* behind empty lines */
        const size_t length = (size_t)(end - begin);

        if (!known || length != known_length || !same_cell(begin, known, length)) {
            known = take_cell(&l, begin, end) ? begin : NULL;
            known_length = length;
        }
        out[row] = known ? (uint32_t)(l.n - 1) : BL_MISSING_CODE;
    }
    look_up(&l);
    for (size_t row = 0; row < t->rows; row++)
        out[row] = out[row] == BL_MISSING_CODE || w->no_memory ? BL_MISSING_CODE : l.codes[out[row]];
}
