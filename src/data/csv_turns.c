/* Several threads read a file once, without counting first: in turns each reads the next piece from where the last
 * complete record ended, and finds its records; with that it knows how many rows it has and where they go, and the
 * quotes before it are no guess. What takes long, the cells, is then parsed side by side. Anything odd ends it: whoever
 * counts first finds it again and tells it. */
#include <string.h>

#include "csv_parse.h"

#define BEGUN 64 /* pieces that there is room for at first */

static bool add_piece(struct bl_csv_turns *t, size_t rows, size_t worker)
{
    if (t->n == t->capacity) {
        const size_t capacity = t->capacity ? 2 * t->capacity : BEGUN;
        struct bl_csv_piece *pieces = bl_realloc(t->pieces, capacity, sizeof *pieces);

        if (!pieces)
            return false;
        t->pieces = pieces;
        t->capacity = capacity;
    }
    t->pieces[t->n++] = (struct bl_csv_piece){ t->rows, rows, worker };
    t->rows += rows;
    return true;
}

static void fail(struct bl_csv_worker *w, const struct bl_error *error)
{
    bl_csv_block_failed(w->parser, 0, BL_CSV_REFUSED, NULL, error);
}

/* Reads from the turn's place and indexes, with a larger buffer where a record does not fit; *n bytes are there. */
static bool read_records(struct bl_csv_worker *w, size_t *n, struct bl_error *err)
{
    const struct bl_csv_parser *p = w->parser;
    const uint64_t left = p->source->size - w->base;

    for (;;) {
        *n = left < w->buffer ? (size_t)left : w->buffer;
        if (!bl_source_read(p->source, w->base, w->bytes, *n, err))
            return false;
        if (*n == left && w->bytes[*n - 1] != p->head.dialect.newline)
            w->bytes[(*n)++] = p->head.dialect.newline;
        bl_csv_index(w->bytes, *n, p->head.dialect, &w->index);
        if (w->index.tail > 0 && (w->index.tail == *n || left > w->buffer))
            return true;
        if (left <= w->buffer || w->buffer >= BL_CSV_LINE_MAX)
            return bl_fail(err, BL_DATA, "a record that does not end");
        if (!bl_csv_worker_room(w, 2 * w->buffer))
            return bl_fail_memory(err, p->source->label);
    }
}

/* One turn: *rows, which go from *first on, and *n bytes read. false: nothing is left, or something is wrong. */
static bool take_turn(struct bl_csv_worker *w, size_t worker, struct bl_csv_piece *piece, size_t *n)
{
    struct bl_csv_parser *p = w->parser;
    struct bl_csv_turns *t = &p->turns;
    struct bl_error error = { 0 };
    size_t rows, at, ragged = 0;

    if (atomic_load(&p->failed) != SIZE_MAX || t->at == p->source->size)
        return false;
    w->base = t->at;
    if (bl_stopped(p->options->progress)) {
        bl_fail(&error, BL_STOPPED, "reading was interrupted");
    } else if (read_records(w, n, &error)) {
        rows = bl_csv_worker_rows(w, &at, &ragged);
        if (ragged || rows > p->blocks[0].capacity - t->rows)
            bl_fail(&error, BL_DATA, "more rows or cells than were expected");
        else if (!add_piece(t, rows, worker))
            bl_fail_memory(&error, p->source->label);
    }
    if (error.code != BL_OK) {
        fail(w, &error);
        return false;
    }
    *piece = t->pieces[t->n - 1];
    t->at += w->index.tail;
    t->at = t->at < p->source->size ? t->at : p->source->size; /* a last newline may be ours */
    return true;
}

static bool parse_piece(struct bl_csv_worker *w, const struct bl_csv_piece *piece, size_t n)
{
    struct bl_csv_block b = { .first_row = piece->first_row };
    struct bl_error error = { 0 };

    if (memchr(w->bytes, 0, n))
        bl_fail(&error, BL_DATA, "a NUL byte");
    else if (!bl_csv_worker_parse(w, &b, piece->rows) && w->no_memory)
        bl_fail_memory(&error, w->parser->source->label);
    else if (w->problem.fault != BL_CSV_FINE)
        bl_fail(&error, BL_DATA, "a cell that is wrong");
    if (error.code != BL_OK)
        fail(w, &error);
    return error.code == BL_OK;
}

void bl_csv_parse_turns(void *parser, size_t task, size_t worker)
{
    struct bl_csv_parser *p = parser;
    struct bl_csv_worker *w = &p->workers[worker];
    struct bl_csv_piece piece;
    size_t n = 0;

    (void)task;
    w->problem = (struct bl_csv_problem){ 0 };
    for (bool more = true; more;) {
        pthread_mutex_lock(&p->turns.lock);
        more = take_turn(w, worker, &piece, &n);
        pthread_mutex_unlock(&p->turns.lock);
        if (more) {
            bl_progress_add(p->options->progress, w->index.tail);
            more = parse_piece(w, &piece, n);
        }
    }
}
