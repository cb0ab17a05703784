/* One block of a CSV file: pieces of it are read into a buffer that stays in the cache, indexed, and
 * taken apart column by column for a few rows at a time. */
#include <math.h>
#include <string.h>

#include "csv_parse.h"

#define TILE_BYTES ((size_t)16 << 10)
#define PADDING 64

void bl_csv_block_failed(struct bl_csv_parser *p, size_t block, enum bl_csv_end how, const struct bl_csv_problem *problem,
                         const struct bl_error *error)
{
    pthread_mutex_lock(&p->lock);
    if (block < atomic_load(&p->failed)) {
        atomic_store(&p->failed, block);
        p->how = how;
        if (problem)
            p->problem = *problem;
        if (error)
            p->error = *error;
    }
    pthread_mutex_unlock(&p->lock);
}

/* ---- cells -----------------------------------------------------------------------------------*/

static uint64_t place_of(const struct bl_csv_worker *w, const char *at)
{
    return w->base + (uint64_t)(at - w->bytes);
}

static void note_problem(struct bl_csv_worker *w, struct bl_csv_problem problem)
{
    if (w->problem.fault == BL_CSV_FINE || problem.at < w->problem.at)
        w->problem = problem;
}

bool bl_csv_worker_decode(struct bl_csv_worker *w, const char *begin, const char *end, struct bl_csv_cell *cell)
{
    struct bl_csv_dialect d = w->parser->head.dialect;
    enum bl_csv_fault fault = bl_csv_decode(begin, end, d, &w->scratch, cell);

    w->no_memory = w->no_memory || w->scratch.failed;
    if (fault == BL_CSV_FINE)
        return !w->scratch.failed;
    while (fault == BL_CSV_AFTER_QUOTE && bl_csv_blank(*begin, d))
        begin++;
    note_problem(w, (struct bl_csv_problem){ .fault = fault, .at = place_of(w, begin) });
    return false;
}

void bl_csv_note_odd(struct bl_csv_worker *w, size_t column, const char *begin)
{
    struct bl_csv_seen *seen = &w->seen[column];
    uint64_t at = place_of(w, begin);

    if (at < seen->odd)
        seen->odd = at;
}

static double slow_number(void *context, size_t column, const char *begin, const char *end)
{
    struct bl_csv_worker *w = context;
    struct bl_csv_cell cell;
    double value;

    if (!bl_csv_worker_decode(w, begin, end, &cell))
        return NAN;
    if (bl_csv_missing(w->parser->options, cell.at, cell.length)) {
        w->seen[column].missing++;
        return NAN;
    }
    if (bl_number_parse(cell.at, cell.length, &value))
        return value;
    bl_csv_note_odd(w, column, begin);
    return NAN;
}

static void recheck_markers(struct bl_csv_worker *w, const struct bl_csv_tile *t, size_t column, double *out)
{
    const struct bl_csv_parser *p = w->parser;

    for (size_t row = 0; row < t->rows; row++)
        for (size_t k = 0; k < p->n_markers; k++)
            if (out[row] == p->markers[k]) {
                out[row] = slow_number(w, column, bl_csv_cell_begin(t, row, column), bl_csv_cell_end(t, row, column));
                break;
            }
}

static void numbers_of(struct bl_csv_worker *w, const struct bl_csv_tile *t, size_t column, double *out)
{
    struct bl_csv_seen *seen = &w->seen[column];

    bl_csv_numbers(t, column, out);
    if (w->parser->n_markers)
        recheck_markers(w, t, column, out);
    for (size_t row = 0; !seen->fraction && row < t->rows; row++)
        seen->fraction = !isnan(out[row]) && !bl_whole_number(out[row]);
}

/* ---- rows ------------------------------------------------------------------------------------*/

static void parse_tile(struct bl_csv_worker *w, const struct bl_csv_tile *t, size_t row)
{
    const struct bl_csv_parser *p = w->parser;

    for (size_t j = 0; j < t->columns; j++) {
        const struct bl_csv_column *c = &p->columns[j];

        if (c->kind == BL_CSV_NUMBERS)
            numbers_of(w, t, j, c->number + row);
        else if (c->kind == BL_CSV_CODES)
            bl_csv_codes(w, t, j, c->code + row);
    }
}

bool bl_csv_worker_parse(struct bl_csv_worker *w, struct bl_csv_block *b, size_t rows)
{
    const struct bl_csv_parser *p = w->parser;
    struct bl_csv_tile t = { .bytes = w->bytes, .at = w->index.at, .columns = p->head.n_columns, .dialect = p->head.dialect,
                             .context = w, .slow = slow_number };
    size_t each = rows ? w->index.tail / rows + 1 : 1, tile = TILE_BYTES / each;

    tile = tile < 8 ? 8 : tile > BL_CSV_TILE_ROWS ? BL_CSV_TILE_ROWS : tile;
    for (size_t row = 0; row < rows; row += t.rows) {
        t.at = w->index.at + row * t.columns;
        t.rows = rows - row < tile ? rows - row : tile;
        parse_tile(w, &t, b->first_row + b->rows);
        if (w->problem.fault != BL_CSV_FINE || w->no_memory)
            return false;
        b->rows += t.rows;
    }
    return true;
}

static bool regular(const struct bl_csv_worker *w, size_t columns)
{
    const struct bl_csv_index *x = &w->index;
    char newline = w->parser->head.dialect.newline;
    size_t rows = x->count / columns;

    if (rows * columns != x->count || x->lines != rows)
        return false;
    for (size_t k = columns - 1; k < x->count; k += columns)
        if (w->bytes[x->at[k]] != newline)
            return false;
    return true;
}

/* Whether the record that separator k ends is a line of blanks. */
static bool blank_line(const struct bl_csv_worker *w, size_t k)
{
    struct bl_csv_dialect d = w->parser->head.dialect;
    struct bl_csv_tile line = { .bytes = w->bytes, .at = w->index.at + k, .rows = 1, .columns = 1, .dialect = d };
    const char *p = bl_csv_cell_begin(&line, 0, 0), *end = bl_csv_cell_end(&line, 0, 0);

    while (p < end && bl_csv_blank(*p, d))
        p++;
    return p == end || (p + 1 == end && d.newline == '\n' && *p == '\r');
}

/* Faults of single cells, in a record that is wrong as a whole as well: they come first. */
static void note_cells(struct bl_csv_worker *w, const uint32_t *at, size_t n)
{
    struct bl_csv_tile line = { .bytes = w->bytes, .at = at, .rows = 1, .columns = n, .dialect = w->parser->head.dialect };
    struct bl_csv_cell cell;

    for (size_t k = 0; k < n && w->problem.fault == BL_CSV_FINE; k++)
        bl_csv_worker_decode(w, bl_csv_cell_begin(&line, 0, k), bl_csv_cell_end(&line, 0, k), &cell);
}

/* A record with the wrong number of cells. */
static void note_ragged(struct bl_csv_worker *w, const uint32_t *at, size_t found)
{
    size_t columns = w->parser->head.n_columns, extra = found > columns ? at[columns - 1] + 1 : at[found - 1];

    note_cells(w, at, found);
    if (w->problem.fault == BL_CSV_FINE)
        note_problem(w, (struct bl_csv_problem){ BL_CSV_RAGGED, place_of(w, w->bytes + extra), found, columns });
}

/* Takes lines of blanks out of the index and counts the records up to the first ragged one, whose
 * separators are then ragged_at[0 .. ragged_n). */
static size_t settle(struct bl_csv_worker *w, size_t columns, size_t *ragged_at, size_t *ragged_n)
{
    struct bl_csv_index *x = &w->index;
    char newline = w->parser->head.dialect.newline;
    size_t kept = 0, rows = 0;

    *ragged_n = 0;
    for (size_t k = 0, end; k < x->count; k = end) {
        for (end = k; w->bytes[x->at[end]] != newline;)
            end++;
        end++;
        if (end - k == 1 && columns != 1 && blank_line(w, k))
            continue;
        if (end - k != columns) {
            *ragged_at = k;
            *ragged_n = end - k;
            break;
        }
        memmove(x->at + kept, x->at + k, columns * sizeof *x->at);
        kept += columns;
        rows++;
    }
    return rows;
}

size_t bl_csv_worker_rows(struct bl_csv_worker *w, size_t *ragged_at, size_t *ragged_n)
{
    const size_t columns = w->parser->head.n_columns;

    *ragged_at = *ragged_n = 0;
    return regular(w, columns) ? w->index.count / columns : settle(w, columns, ragged_at, ragged_n);
}

/* All complete records in the buffer. */
static bool parse_buffer(struct bl_csv_worker *w, struct bl_csv_block *b, struct bl_error *err)
{
    size_t at, ragged, rows = bl_csv_worker_rows(w, &at, &ragged);

    if (b->rows + rows > b->capacity)
        return bl_source_fail_changed(w->parser->source, err);
    if (!bl_csv_worker_parse(w, b, rows))
        return false;
    if (ragged)
        note_ragged(w, w->index.at + at, ragged);
    return !ragged;
}

/* ---- blocks ----------------------------------------------------------------------------------*/

bool bl_csv_worker_room(struct bl_csv_worker *w, size_t buffer)
{
    char *room = bl_realloc(w->room, buffer + 2 * PADDING + 1, 1);

    if (!room)
        return false;
    w->room = room;
    w->bytes = room + PADDING;
    uint32_t *at = bl_realloc(w->index_room, buffer + 2 * PADDING + 2, sizeof *at);

    if (!at)
        return false;
    w->index_room = at;
    at[0] = UINT32_MAX;
    w->index.at = at + 1;
    w->buffer = buffer;
    return true;
}

/* Reads behind the `kept` bytes of an incomplete record; *n is then what the buffer holds. */
static bool fill(struct bl_csv_worker *w, const struct bl_csv_block *b, size_t kept, size_t *n, struct bl_error *err)
{
    uint64_t from = w->base + kept, left = b->end - from;
    size_t more = left < w->buffer - kept ? (size_t)left : w->buffer - kept;

    *n = kept;
    if (!bl_source_read(w->parser->source, from, w->bytes + kept, more, err))
        return false;
    if (w->parser->straight && memchr(w->bytes + kept, 0, more))
        return bl_fail(err, BL_DATA, "a NUL byte"); /* told with its place by who counts first */
    *n += more;
    bl_progress_add(w->parser->options->progress, more);
    return true;
}

static enum bl_csv_end wrong(struct bl_csv_worker *w, enum bl_csv_fault fault, size_t at)
{
    note_problem(w, (struct bl_csv_problem){ .fault = fault, .at = w->base + at });
    return BL_CSV_WRONG;
}

/* The bytes end with the block: what is left over must be nothing. */
static enum bl_csv_end at_block_end(struct bl_csv_worker *w, const struct bl_csv_block *b, size_t n)
{
    if (w->index.tail == n)
        return BL_CSV_DONE;
    if (b->end != w->parser->source->size)
        return BL_CSV_BROKEN;
    if (!w->index.open)
        return BL_CSV_BROKEN;
    note_cells(w, w->index.at + w->index.count, w->index.partial);
    return w->problem.fault == BL_CSV_FINE ? wrong(w, BL_CSV_UNCLOSED, w->index.opened) : BL_CSV_WRONG;
}

static enum bl_csv_end parse_pieces(struct bl_csv_worker *w, struct bl_csv_block *b, struct bl_error *err)
{
    const struct bl_csv_parser *p = w->parser;
    size_t kept = 0, n;

    for (w->base = b->record; w->base + kept < b->end;) {
        if (bl_stopped(p->options->progress)) {
            bl_fail(err, BL_STOPPED, "reading was interrupted");
            return BL_CSV_REFUSED;
        }
        if (kept == w->buffer) {
            if (kept >= BL_CSV_LINE_MAX)
                return wrong(w, w->index.open ? BL_CSV_UNCLOSED : BL_CSV_LONG_LINE, w->index.open ? w->index.opened : 0);
            w->no_memory = !bl_csv_worker_room(w, 2 * w->buffer);
        }
        if (w->no_memory || !fill(w, b, kept, &n, err))
            return BL_CSV_REFUSED;
        bool last = w->base + n == b->end;

        if (last && b->end == p->source->size && w->bytes[n - 1] != p->head.dialect.newline)
            w->bytes[n++] = p->head.dialect.newline;
        bl_csv_index(w->bytes, n, p->head.dialect, &w->index);
        if (!parse_buffer(w, b, err))
            return w->problem.fault == BL_CSV_FINE ? BL_CSV_REFUSED : BL_CSV_WRONG;
        if (last)
            return at_block_end(w, b, n);
        kept = n - w->index.tail;
        memmove(w->bytes, w->bytes + w->index.tail, kept);
        w->base += w->index.tail;
    }
    return BL_CSV_DONE;
}

void bl_csv_parse_block(void *parser, size_t block, size_t worker)
{
    struct bl_csv_parser *p = parser;
    struct bl_csv_worker *w = &p->workers[worker];
    struct bl_csv_block *b = &p->blocks[block];
    struct bl_error error = { 0 };

    if (block > atomic_load(&p->failed))
        return;
    b->worker = worker;
    b->rows = 0;
    w->problem = (struct bl_csv_problem){ 0 };
    enum bl_csv_end how = parse_pieces(w, b, &error);

    if (w->no_memory)
        bl_fail_memory(&error, p->source->label);
    if (how != BL_CSV_DONE)
        bl_csv_block_failed(p, block, how, &w->problem, &error);
}
