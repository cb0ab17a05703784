/* Where a cell of a table stands in its CSV file: found by the plain reader, once there is something to tell about it. */
#include <string.h>

#include "csv.h"
#include "dialect.h"

#define PIECE ((size_t)256 << 10)

struct search {
    const struct bl_source *source;
    struct bl_csv_plain plain;
    char *room;
    size_t capacity;
    uint64_t base;   /* where room[0] is in the file */
    size_t row;      /* records still to pass */
};

/* Reads from `base` on as much as there is room for. */
static bool read_piece(struct search *x)
{
    const uint64_t left = x->source->size - x->base;
    struct bl_error ignored;

    x->plain.n = left < x->capacity ? (size_t)left : x->capacity;
    x->plain.at = 0;
    x->plain.whole = x->plain.n == left;
    return bl_source_read(x->source, x->base, x->room, x->plain.n, &ignored);
}

static bool make_room(struct search *x, size_t capacity)
{
    char *room = capacity <= 2 * BL_CSV_LINE_MAX ? bl_realloc(x->room, capacity, 1) : NULL;

    if (!room)
        return false;
    x->room = room;
    x->plain.bytes = room;
    x->capacity = capacity;
    return true;
}

/* Stands on the record that was asked for; false: it is not there. */
static bool find_record(struct search *x)
{
    for (bool fine = make_room(x, PIECE) && read_piece(x); fine;) {
        const enum bl_csv_step step = bl_csv_next(&x->plain);

        if (step == BL_CSV_RECORD && x->row-- == 0)
            return true;
        if (step == BL_CSV_RECORD)
            continue;
        if (step != BL_CSV_CUT)
            return false;
        x->base += x->plain.at;
        fine = (x->plain.at > 0 || make_room(x, 2 * x->capacity)) && read_piece(x);
    }
    return false;
}

static void place_in(const struct bl_source *s, const struct bl_load_options *o, size_t row, size_t column, size_t *line, size_t *at)
{
    struct bl_load_options quiet = *o;
    struct bl_error ignored;
    struct bl_csv_head head;

    quiet.warnings = NULL;
    if (!bl_csv_head_read(&head, s, &quiet, &ignored))
        return;
    struct search x = { .source = s, .base = head.data, .row = row, .plain = { .dialect = head.dialect, .expected = head.n_columns } };

    if (find_record(&x) && column < x.plain.n_cells)
        bl_source_place(s, head.start, x.base + x.plain.cells[column].begin, head.dialect.newline, line, at);
    bl_csv_plain_free(&x.plain);
    bl_free(x.room);
    bl_csv_head_free(&head);
}

void bl_csv_place(const struct bl_source *s, const struct bl_load_options *o, size_t row, size_t column, size_t *line, size_t *at)
{
    struct bl_load_options plain, quiet = *o;
    struct bl_source rewritten;
    struct bl_error ignored;

    *line = *at = 0;
    quiet.warnings = NULL;
    if (!bl_dialect_needed(s, &quiet)) {
        place_in(s, &quiet, row, column, line, at);
    } else if (bl_dialect_open(s, &quiet, &rewritten, &plain, &ignored)) {
        place_in(&rewritten, &plain, row, column, line, at);
        bl_source_close(&rewritten);
    }
}
