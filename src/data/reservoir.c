/* A sample of the rows of a file of lines, drawn while it is read: one pass, and memory for the rows that are kept and no
 * more (algorithm R: Waterman, in Knuth, volume 2, 3.4.2). Works on what is compressed as well, and on pipes. The kept
 * records keep their order and are then read like a file of their own; errors are told with the lines of the whole. */
#include "csv.h"
#include "load.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#define CHUNK ((size_t)1 << 20)

struct record { char *bytes; size_t length, capacity, line; uint64_t number; };

struct reservoir {
    const char *label;
    const struct bl_load_options *o;
    struct bl_text now;       /* the record that is being read */
    size_t line, now_line;    /* lines read; where it starts */
    bool csv, header;
    bool inside, cell_start;  /* of a cell in quotes; at the start of a cell */
    char delimiter, newline;
    struct record front, *kept;
    size_t n_kept;
    uint64_t seen;
    struct bl_random random;
};

static bool keep(struct record *r, const struct reservoir *from, struct bl_error *err)
{
    if (from->now.length > r->capacity) {
        char *more = bl_realloc(r->bytes, from->now.length, 1);

        if (!more)
            return bl_fail_memory(err, "a sample");
        r->bytes = more;
        r->capacity = from->now.length;
    }
    memcpy(r->bytes, bl_text_get(&from->now), from->now.length);
    r->length = from->now.length;
    r->line = from->now_line;
    r->number = from->seen;
    return true;
}

/* A record is whole: it is kept, takes the place of another, or is forgotten. */
static bool take_record(struct reservoir *r, struct bl_error *err)
{
    const char *s = bl_text_get(&r->now);
    uint64_t at;

    if (r->now.failed)
        return bl_fail_memory(err, "a sample");
    if (strspn(s, " \t\r\n") == r->now.length)
        return true;
    if (r->header && !r->front.length)
        return keep(&r->front, r, err);
    at = r->seen++;
    if (at >= r->o->sample)
        at = bl_random_below(&r->random, r->seen);
    if (at >= r->o->sample)
        return true;
    r->n_kept = at >= r->n_kept ? (size_t)at + 1 : r->n_kept;
    return keep(&r->kept[at], r, err);
}

/* One byte more: whether a record ends behind it. A quote counts at the start of a cell, as the reader has it. */
static bool ends_record(struct reservoir *r, char c)
{
    if (r->csv && c == '"' && (r->inside || r->cell_start)) {
        r->inside = !r->inside;
        r->cell_start = true; /* a quote right behind the closing one opens the cell again */
        return false;
    }
    if (r->inside)
        return false;
    r->cell_start = c == r->newline || c == r->delimiter || (r->cell_start && c == ' ');
    return c == r->newline;
}

static bool take_bytes(struct reservoir *r, const char *bytes, size_t n, struct bl_error *err)
{
    size_t from = 0;

    for (size_t i = 0; i < n; i++) {
        const bool ends = ends_record(r, bytes[i]);

        r->line += bytes[i] == r->newline;
        if (!ends)
            continue;
        bl_text_addn(&r->now, bytes + from, i + 1 - from);
        if (!take_record(r, err))
            return false;
        bl_text_clear(&r->now);
        r->now_line = r->line + 1;
        from = i + 1;
    }
    bl_text_addn(&r->now, bytes + from, n - from);
    if (r->now.length <= BL_CSV_LINE_MAX)
        return true;
    bl_fail_at(err, BL_LIMIT, r->label, r->now_line, 1, r->inside ? "a cell in quotes does not end within 16 MiB" : "a line is longer than 16 MiB");
    return bl_hint(err, r->inside ? "close the quote" : "is this a table?");
}

/* Format, delimiter and header, as they show in the first bytes. */
static bool see_head(struct reservoir *r, const char *path, const char *bytes, size_t n, struct bl_error *err)
{
    const struct bl_reader_type *reader;
    struct bl_csv_head head;
    struct bl_source s;

    if (n > 1 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
        bl_fail(err, BL_USAGE, "%s is written in UTF-16, of which no rows can be drawn while it is read", r->label);
        return bl_hint(err, "load it whole, then sample %zu", r->o->sample);
    }
    r->newline = bl_csv_newline_of(bytes, n);
    bl_source_memory(&s, bytes, n, r->label);
    reader = bl_reader_for(&s, path, r->o->format, err);
    if (!reader)
        return false;
    r->csv = strcmp(reader->name, "csv") == 0;
    if (!r->csv && strcmp(reader->name, "jsonl") && strcmp(reader->name, "libsvm")) {
        bl_fail(err, BL_USAGE, "%s is read as %s, of which no rows can be drawn while it is read", r->label, reader->name);
        return bl_hint(err, "load it whole, then sample %zu", r->o->sample);
    }
    if (!r->csv)
        return true;
    if (!bl_csv_head_read(&head, &s, r->o, err))
        return false;
    r->header = head.header;
    r->delimiter = head.dialect.delimiter;
    bl_csv_head_free(&head);
    return true;
}

static bool read_all(struct reservoir *r, gzFile file, const char *path, char *chunk, struct bl_error *err)
{
    int n, why = Z_OK;

    for (bool first = true; (n = gzread(file, chunk, (unsigned)CHUNK)) > 0; first = false) {
        if (bl_stopped(r->o->progress))
            return bl_fail(err, BL_STOPPED, "interrupted while reading %s", r->label);
        const size_t mark = first && n > 2 && memcmp(chunk, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

        if ((first && !see_head(r, path, chunk, (size_t)n, err)) || !take_bytes(r, chunk + mark, (size_t)n - mark, err))
            return false;
        bl_progress_add(r->o->progress, (uint64_t)n);
    }
    const char *text = gzerror(file, &why);

    if (n < 0 || why != Z_OK) {
        bl_fail(err, BL_DATA, "%s cannot be read to its end: %s", r->label, why == Z_BUF_ERROR ? "its compressed data is cut" : text);
        return bl_hint(err, "copy or download it again; gzip -t checks a file");
    }
    return !r->now.length || take_record(r, err);
}

/* ---- the sample as a file ---------------------------------------------------------------------------*/

static int by_number(const void *a, const void *b)
{
    const struct record *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

/* A line of the sample in the whole file. */
static size_t true_line(const struct reservoir *r, size_t line)
{
    size_t at = 1;

    for (size_t k = 0; k < r->n_kept + 1; k++) {
        const struct record *one = k ? &r->kept[k - 1] : &r->front;
        size_t lines = 0;

        for (size_t i = 0; i < one->length; i++)
            lines += one->bytes[i] == r->newline;
        if (line < at + lines || k == r->n_kept)
            return one->line + (line - at);
        at += lines;
    }
    return line;
}

static void mend_lines(const struct reservoir *r, size_t warned, struct bl_error *err)
{
    struct bl_warnings *w = r->o->warnings;

    if (err && err->line)
        err->line = true_line(r, err->line);
    for (size_t i = warned; w && i < w->count; i++)
        if (w->items[i].line)
            w->items[i].line = true_line(r, w->items[i].line);
}

static struct bl_table *read_kept(const struct reservoir *r, struct bl_error *err)
{
    struct bl_load_options o = *r->o;
    struct bl_text all = { 0 };
    struct bl_table *t = NULL;
    const size_t warned = o.warnings ? o.warnings->count : 0;

    o.sample = 0;
    o.header = r->header ? BL_HEADER_YES : BL_HEADER_NO;
    o.delimiter = r->delimiter;
    if (!r->csv)
        o.header = r->o->header;
    for (size_t k = 0; k < r->n_kept + 1; k++) {
        const struct record *one = k ? &r->kept[k - 1] : &r->front;

        bl_text_addn(&all, one->length ? one->bytes : "", one->length);
        if (one->length && one->bytes[one->length - 1] != r->newline)
            bl_text_addn(&all, &r->newline, 1);
    }
    if (all.failed)
        bl_fail_memory(err, "a sample");
    else
        t = bl_load_bytes(bl_text_get(&all), all.length, r->label, &o, err);
    bl_text_free(&all);
    mend_lines(r, warned, t ? NULL : err);
    return t;
}

/* How the table was made, and of how many rows. */
static bool tell_sample(const struct reservoir *r, struct bl_table *t, struct bl_error *err)
{
    struct bl_text made = { 0 };

    bl_text_addf(&made, "load sample=%zu seed=%llu (%zu of %llu rows)", r->o->sample, (unsigned long long)r->o->sample_seed, r->n_kept,
                 (unsigned long long)r->seen);
    t->made = bl_text_take(&made);
    return t->made || bl_fail_memory(err, "a sample");
}

static bool sample_allowed(const struct bl_load_options *o, struct bl_error *err)
{
    const char *key = o->quote ? "quote" : o->escape ? "escape" : o->comment ? "comment" : o->skip ? "skip" : o->encoding ? "encoding" : NULL;

    if (o->sample > (size_t)1 << 31) {
        bl_fail(err, BL_LIMIT, "sample=%zu is more rows than a table may have", o->sample);
        return bl_hint(err, "sample=100000");
    }
    if (!key)
        return true;
    bl_fail(err, BL_USAGE, "sample= cannot be used together with %s=", key);
    return bl_hint(err, "load it whole, then sample %zu", o->sample);
}

struct bl_table *bl_reservoir_load(const struct bl_input *in, const char *label, const char *path, const struct bl_load_options *o,
                                   struct bl_error *err)
{
    struct reservoir r = { .label = label, .o = o, .now_line = 1, .cell_start = true,
                           .random = bl_random_stream(o->sample_seed, BL_FOR_SAMPLE, 1, 0) };
    const int fd = sample_allowed(o, err) ? dup(in->fd) : -1;
    gzFile file = fd < 0 ? NULL : gzdopen(fd, "rb");
    char *chunk = bl_calloc(CHUNK, 1);
    struct bl_table *t = NULL;
    struct bl_error none = {0};

    err = err ? err : &none;
    if (fd >= 0 && !file)
        close(fd);
    r.kept = file ? bl_calloc(o->sample + 1, sizeof *r.kept) : NULL;
    bl_progress_start(o->progress, "reading", in->regular ? in->size : 0);
    if (file && (!chunk || !r.kept))
        bl_fail_memory(err, "a sample");
    else if (file && read_all(&r, file, path ? path : label, chunk, err)) {
        qsort(r.kept, r.n_kept, sizeof *r.kept, by_number);
        t = read_kept(&r, err);
    } else if (!file && !err->code)
        bl_fail_memory(err, "a sample");
    if (file)
        gzclose(file);
    if (t && !tell_sample(&r, t, err)) {
        bl_table_free(t);
        t = NULL;
    }
    for (size_t k = 0; r.kept && k < r.n_kept; k++)
        bl_free(r.kept[k].bytes);
    bl_free(r.kept);
    bl_free(r.front.bytes);
    bl_text_free(&r.now);
    bl_free(chunk);
    return t;
}
