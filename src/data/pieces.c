/* Reading piece by piece. A piece of CSV is parsed like a file of its own that has the header of the first one in front:
 *
 *     room: header | records that are whole | the beginning of the next
 *
 * so nothing but the beginning is moved between two pieces. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "csv.h"
#include "dates.h"
#include "gzip.h"
#include "load.h"

#define PIECE ((size_t)1 << 20)
#define MOMENT 5    /* milliseconds: a quick writer has filled its pipe again */
#define PADDING 64 /* readable bytes that the index wants behind */

struct bl_pieces {
    struct bl_input input;
    struct bl_load_options options;
    const char *label;
    char *room;
    size_t capacity, length; /* bytes in room */
    size_t header;           /* of them the header */
    bool begun, ended, whole; /* whole: no CSV, all in one piece */
    struct bl_csv_dialect dialect;
    uint64_t lines, rows;    /* lines before the piece, header included; rows before the last table */
    size_t last;             /* rows of the last table */
};

struct bl_pieces *bl_pieces_open(const char *source, const struct bl_load_options *options, struct bl_error *err)
{
    struct bl_pieces *s = bl_calloc(1, sizeof *s);

    if (!s) {
        bl_fail_memory(err, source);
        return NULL;
    }
    if (options)
        s->options = *options;
    s->label = strcmp(source, "-") == 0 ? BL_STANDARD_INPUT : source;
    if (bl_input_open(&s->input, source, true, err)) {
#ifdef F_SETPIPE_SZ
        fcntl(s->input.fd, F_SETPIPE_SZ, 1 << 20); /* fewer exchanges with the writer; as it is where that fails */
#endif
        return s;
    }
    bl_free(s);
    return NULL;
}

void bl_pieces_close(struct bl_pieces *s)
{
    if (!s)
        return;
    bl_input_close(&s->input);
    bl_free(s->room);
    bl_free(s);
}

uint64_t bl_pieces_rows(const struct bl_pieces *s)
{
    return s->rows;
}

/* ---- bytes ------------------------------------------------------------------------------------------------ */

static bool grow(struct bl_pieces *s, struct bl_error *err)
{
    size_t wanted = s->capacity ? 2 * s->capacity : PIECE;
    char *more;

    if (wanted - s->capacity > bl_memory_limit())
        return bl_fail(err, BL_LIMIT, "%s is too large for the memory that may be used", s->label);
    if (!(more = bl_realloc(s->room, wanted + PADDING, 1)))
        return bl_fail_memory(err, s->label);
    s->room = more;
    s->capacity = wanted;
    return true;
}

/* Waits for bytes, or (0) asks whether there are any. */
static int wait_for(struct bl_pieces *s, int milliseconds)
{
    struct pollfd ready = {.fd = s->input.fd, .events = POLLIN};

    return s->input.regular ? 1 : poll(&ready, 1, milliseconds);
}

static bool read_some(struct bl_pieces *s, struct bl_error *err)
{
    ssize_t got;

    while (wait_for(s, 100) <= 0)
        if (bl_stopped(s->options.progress))
            return bl_fail(err, BL_STOPPED, "reading was interrupted");
    got = read(s->input.fd, s->room + s->length, s->capacity - s->length);
    if (got < 0 && errno != EINTR && errno != EAGAIN)
        return bl_fail_io(err, "read", s->label, errno);
    s->ended = got == 0;
    s->length += got > 0 ? (size_t)got : 0;
    return true;
}

/* Where the first record begins that is not whole yet. */
static bool find_tail(const struct bl_pieces *s, size_t *tail, struct bl_error *err)
{
    const char *bytes = s->room + s->header, *newline;
    size_t n = s->length - s->header;
    struct bl_csv_index index;
    uint32_t *at;

    if (!memchr(bytes, '"', n)) {
        newline = memrchr(bytes, s->dialect.newline, n);
        *tail = s->header + (newline ? (size_t)(newline - bytes) + 1 : 0);
        return true;
    }
    if (!(at = bl_calloc(n + PADDING + 1, sizeof *at)))
        return bl_fail_memory(err, s->label);
    index.at = at + 1;
    at[0] = UINT32_MAX;
    bl_csv_index(bytes, n, s->dialect, &index);
    *tail = s->header + index.tail;
    bl_free(at);
    return true;
}

/* Reads until the room is full, the source ends, or whole records are there and no more comes in a moment. */
static bool fill(struct bl_pieces *s, size_t *tail, struct bl_error *err)
{
    for (;;) {
        bool full = s->length == s->capacity;
        *tail = s->length;
        if (s->ended)
            return true;
        if (!s->whole && (full || wait_for(s, MOMENT) <= 0)) {
            if (!find_tail(s, tail, err))
                return false;
            if (*tail > s->header || s->length - s->header > BL_CSV_LINE_MAX)
                return true;
        }
        if ((full && !grow(s, err)) || !read_some(s, err))
            return false;
    }
}

/* ---- the first piece -------------------------------------------------------------------------------------- */

/* Is it CSV, in which dialect, and where does the header end? */
static bool begin(struct bl_pieces *s, struct bl_error *err)
{
    const struct bl_reader_type *reader;
    struct bl_source source;
    struct bl_csv_head head;

    s->begun = true;
    bl_source_memory(&source, s->room, s->length, s->label);
    reader = bl_gzip_is(&source) ? NULL : bl_reader_for(&source, s->label, s->options.format, err);
    if (!bl_gzip_is(&source) && !reader)
        return false;
    s->whole = reader != &bl_csv_reader || memcmp(s->room, "\xff\xfe", 2) == 0 || memcmp(s->room, "\xfe\xff", 2) == 0;
    if (s->whole)
        return true;
    if (!bl_csv_head_read(&head, &source, &s->options, err))
        return false;
    s->dialect = head.dialect;
    s->options.delimiter = head.dialect.delimiter;
    s->options.header = head.header ? BL_HEADER_YES : BL_HEADER_NO;
    s->header = head.header ? (size_t)head.data : 0;
    s->lines = bl_csv_count(s->room, s->header, s->dialect.newline).newlines;
    bl_csv_head_free(&head);
    return true;
}

/* As much as the head of a file is known by, or what comes in a while. */
static bool first_bytes(struct bl_pieces *s, struct bl_error *err)
{
    if (!grow(s, err))
        return false;
    while (!s->ended && s->length < s->capacity)
        if (!read_some(s, err) || (!s->ended && memchr(s->room, '\n', s->length) && wait_for(s, 50) <= 0))
            return err->code == BL_OK;
    return true;
}

/* ---- pieces ----------------------------------------------------------------------------------------------- */

/* A table of the header and the records up to the tail; the lines of its errors become those of the whole. */
static struct bl_table *parse(struct bl_pieces *s, size_t tail, struct bl_error *err)
{
    const uint64_t before = s->lines - bl_csv_count(s->room, s->header, s->dialect.newline).newlines;
    struct bl_source source;
    struct bl_table *t;

    bl_source_memory(&source, s->room, tail, s->label);
    t = bl_csv_parse(&source, &s->options, (struct bl_csv_tuning){0}, err);
    if (t && !bl_dates_find(t, &source, &bl_csv_reader, &s->options, err)) {
        bl_table_free(t);
        t = NULL;
    }
    if (!t && err->line)
        err->line += (size_t)before;
    if (!t)
        return NULL;
    bl_free(t->name);
    if ((t->name = bl_strdup("stdin")))
        return t;
    bl_table_free(t);
    bl_fail_memory(err, s->label);
    return NULL;
}

static struct bl_table *next_piece(struct bl_pieces *s, size_t tail, struct bl_error *err)
{
    struct bl_table *t = parse(s, tail, err);

    s->lines += bl_csv_count(s->room + s->header, tail - s->header, s->dialect.newline).newlines;
    memmove(s->room + s->header, s->room + tail, s->length - tail);
    s->length -= tail - s->header;
    s->options.warnings = NULL; /* what a piece warns of, the first one has told */
    return t;
}

static struct bl_table *all_at_once(struct bl_pieces *s, struct bl_error *err)
{
    struct bl_load_options options = s->options;
    struct bl_table *t;

    options.name = "stdin";
    t = bl_load_bytes(s->room, s->length, s->label, &options, err);
    s->length = 0;
    return t;
}

static bool blank(const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != ' ')
            return false;
    return true;
}

struct bl_table *bl_pieces_next(struct bl_pieces *s, struct bl_error *err)
{
    const bool first = !s->begun;
    struct bl_table *t;
    size_t tail;

    s->rows += s->last;
    s->last = 0;
    if (first && (!first_bytes(s, err) || !begin(s, err)))
        return NULL;
    if (!first && s->whole)
        return NULL;
    if (!fill(s, &tail, err) || (!first && s->ended && blank(s->room + s->header, s->length - s->header)))
        return NULL;
    t = s->whole ? all_at_once(s, err) : next_piece(s, tail, err);
    s->last = t ? t->n_rows : 0;
    return t;
}
