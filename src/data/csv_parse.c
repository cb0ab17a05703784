/* The parallel CSV parser.
 *
 * First all bytes are read once to count newlines and quotes in blocks of them; that bounds the rows
 * of each block, so that columns are allocated once and every block knows where it writes. Where a
 * record starts near a block's cut depends on whether the cut lies inside quotes, which the parity
 * of the quotes before it tells, unless quotes stand inside cells that are not quoted. So the parity
 * is a guess, and each block checks that it ends exactly where the next one starts. If one does not,
 * the starts are found again by one reader from the beginning, and the blocks are parsed anew.
 * Nothing depends on the number of threads or on the size of the blocks.
 *
 * One thread alone needs no starts, and reads a large file once, straight through, with as many rows as a
 * sample of its bytes lets expect and some more; a few threads do the same in turns (csv_turns.c). What goes wrong
 * then, and be it more rows, is found again in the other way, which tells it. */
#include <string.h>

#include "csv_parse.h"

#define BLOCK_MIN ((size_t)256 << 10)
#define BLOCK_MAX ((size_t)4 << 20)
#define BUFFER ((size_t)128 << 10)
#define SEAM ((size_t)4 << 10)
#define SEAM_MAX ((uint64_t)1 << 20)
#define STRAIGHT ((size_t)1 << 20)
#define SAMPLES 16
#define TURNS_MOST 6 /* threads; of more, reading in turns would hold some up */

/* ---- cutting and counting ----------------------------------------------------------------------*/

static bool cut_blocks(struct bl_csv_parser *p, struct bl_error *err)
{
    uint64_t size = p->source->size - p->head.data, each = size / (16 * p->n_workers);

    each = each < BLOCK_MIN ? BLOCK_MIN : each > BLOCK_MAX ? BLOCK_MAX : each;
    each = p->tuning.block ? p->tuning.block : each;
    p->n_blocks = (size_t)((size + each - 1) / each);
    p->n_blocks = p->n_blocks ? p->n_blocks : 1;
    p->blocks = bl_calloc(p->n_blocks, sizeof *p->blocks);
    if (!p->blocks)
        return bl_fail_memory(err, p->source->label);
    for (size_t i = 0; i < p->n_blocks; i++) {
        p->blocks[i].begin = p->head.data + i * each;
        p->blocks[i].end = i + 1 < p->n_blocks ? p->blocks[i].begin + each : p->source->size;
    }
    return true;
}

static void count_block(void *parser, size_t block, size_t worker)
{
    struct bl_csv_parser *p = parser;
    struct bl_csv_worker *w = &p->workers[worker];
    struct bl_csv_block *b = &p->blocks[block];
    struct bl_error error = { 0 };

    for (uint64_t at = b->begin; at < b->end && !bl_stopped(p->options->progress);) {
        size_t n = b->end - at < w->buffer ? (size_t)(b->end - at) : w->buffer;

        if (block > atomic_load(&p->failed))
            return;
        if (!bl_source_read(p->source, at, w->bytes, n, &error)) {
            bl_csv_block_failed(p, block, BL_CSV_REFUSED, NULL, &error);
            return;
        }
        struct bl_csv_counts c = bl_csv_count(w->bytes, n, p->head.dialect.newline);

        if (c.nul) {
            bl_csv_fail_nul(p->source, p->head.start, at, n, &error);
            bl_csv_block_failed(p, block, BL_CSV_REFUSED, NULL, &error);
            return;
        }
        b->counts.newlines += c.newlines;
        b->counts.quotes += c.quotes;
        at += n;
    }
}

/* ---- where records start -----------------------------------------------------------------------*/

struct seam { bool quoted, found; uint64_t at, newlines; };

/* Reads on to the first newline outside quotes. */
static void pass_seam(struct seam *m, const char *bytes, size_t n, char newline)
{
    for (size_t i = 0; i < n && !m->found; i++) {
        m->quoted ^= bytes[i] == '"';
        m->newlines += bytes[i] == newline;
        m->found = bytes[i] == newline && !m->quoted;
        m->at++;
    }
}

static bool search_seam(const struct bl_csv_parser *p, struct seam *m, uint64_t limit, struct bl_error *err)
{
    char piece[SEAM];

    while (!m->found && m->at < limit) {
        size_t n = limit - m->at < SEAM ? (size_t)(limit - m->at) : SEAM;

        if (!bl_source_read(p->source, m->at, piece, n, err))
            return false;
        pass_seam(m, piece, n, p->head.dialect.newline);
    }
    return true;
}

/* The first record at or behind the cut of block i, when `quoted` says truly whether the cut is
 * inside quotes. A cell that goes on for very long speaks against it. *quoted is what was taken. */
static bool find_seam(const struct bl_csv_parser *p, size_t i, bool *quoted, struct seam *m, struct bl_error *err)
{
    const struct bl_csv_block *b = &p->blocks[i];
    uint64_t size = p->source->size, limit = b->begin + SEAM_MAX < size ? b->begin + SEAM_MAX : size;
    char before;

    if (!bl_source_read(p->source, b->begin - 1, &before, 1, err))
        return false;
    *m = (struct seam){ .quoted = *quoted, .at = b->begin, .found = before == p->head.dialect.newline && !*quoted };
    if (!search_seam(p, m, limit, err))
        return false;
    if (m->found || !*quoted)
        return m->found || search_seam(p, m, size, err);
    *quoted = false;
    *m = (struct seam){ .at = b->begin, .found = before == p->head.dialect.newline };
    return search_seam(p, m, size, err);
}

static uint64_t newlines_of(const struct bl_csv_parser *p)
{
    uint64_t newlines = 0;

    for (size_t i = 0; i < p->n_blocks; i++)
        newlines += p->blocks[i].counts.newlines;
    return newlines;
}

/* Starts by the parity of the quotes; `before` is how many newlines stand in front of each. */
static bool guess_records(struct bl_csv_parser *p, uint64_t *before, struct bl_error *err)
{
    uint64_t newlines = 0;
    bool quoted = false;
    struct seam m = { .at = 0 };

    for (size_t i = 0; i < p->n_blocks; i++) {
        struct bl_csv_block *b = &p->blocks[i];

        if (i == 0) {
            b->record = b->begin;
            before[i] = 0;
        } else if (b->begin < p->blocks[i - 1].record) { /* inside a record longer than a block */
            b->record = p->blocks[i - 1].record;
            before[i] = before[i - 1];
        } else {
            if (!find_seam(p, i, &quoted, &m, err))
                return false;
            b->record = m.at;
            before[i] = newlines + m.newlines + !m.found; /* a last line may end without one */
        }
        quoted ^= b->counts.quotes & 1;
        newlines += b->counts.newlines;
    }
    return true;
}

/* All records that the buffer holds whole, for the blocks from *next on. */
static void take_starts(struct bl_csv_parser *p, const struct bl_csv_worker *w, uint64_t *before, size_t *next, uint64_t *records)
{
    const struct bl_csv_index *x = &w->index;

    for (size_t k = 0; k < x->count && *next < p->n_blocks; k++) {
        if (w->bytes[x->at[k]] != p->head.dialect.newline)
            continue;
        ++*records;
        for (; *next < p->n_blocks && p->blocks[*next].begin <= w->base + x->at[k] + 1; ++*next) {
            p->blocks[*next].record = w->base + x->at[k] + 1;
            before[*next] = *records;
        }
    }
}

/* The true starts, by reading everything in order. What cannot be read leaves the rest to the block
 * before, which then meets the same fault and reports it. */
static bool read_records(struct bl_csv_parser *p, uint64_t *before, struct bl_error *err)
{
    struct bl_csv_worker *w = &p->workers[0];
    uint64_t records = 0, size = p->source->size;
    size_t kept = 0, next = 1;

    for (size_t i = 1; i < p->n_blocks; i++) {
        p->blocks[i].record = size;
        before[i] = newlines_of(p) + 1;
    }
    for (w->base = p->head.data; next < p->n_blocks && w->base + kept < size && kept < BL_CSV_LINE_MAX;) {
        if (bl_stopped(p->options->progress))
            return bl_fail(err, BL_STOPPED, "reading was interrupted");
        if (kept == w->buffer && !bl_csv_worker_room(w, 2 * w->buffer))
            return bl_fail_memory(err, p->source->label);
        uint64_t left = size - w->base - kept;
        size_t more = left < w->buffer - kept ? (size_t)left : w->buffer - kept;

        if (!bl_source_read(p->source, w->base + kept, w->bytes + kept, more, err))
            return false;
        bl_csv_index(w->bytes, kept + more, p->head.dialect, &w->index);
        take_starts(p, w, before, &next, &records);
        kept = kept + more - w->index.tail;
        if (w->base + w->index.tail + kept == size)
            break;
        memmove(w->bytes, w->bytes + w->index.tail, kept);
        w->base += w->index.tail;
    }
    return true;
}

/* Ends, and where the rows go. */
static bool lay_out(struct bl_csv_parser *p, const uint64_t *before, struct bl_error *err)
{
    uint64_t rows = 0, newlines = newlines_of(p) + 1;

    for (size_t i = 0; i < p->n_blocks; i++) {
        struct bl_csv_block *b = &p->blocks[i];
        bool last = i + 1 == p->n_blocks;

        b->end = last ? p->source->size : p->blocks[i + 1].record;
        b->first_row = (size_t)rows;
        b->capacity = (size_t)((last ? newlines : before[i + 1]) - before[i]);
        rows += b->capacity;
    }
    if (rows > BL_CSV_ROWS_MAX)
        return bl_fail(err, BL_LIMIT, "%s has more than %llu rows", p->source->label, (unsigned long long)BL_CSV_ROWS_MAX);
    p->n_rows = (size_t)rows;
    return true;
}

/* ---- columns ---------------------------------------------------------------------------------*/

static void release(struct bl_csv_column *c)
{
    for (size_t i = 0; c->levels && i < c->n_levels; i++)
        bl_free(c->levels[i]);
    bl_free(c->levels);
    bl_free(c->number);
    bl_free(c->code);
    c->levels = NULL;
    c->number = NULL;
    c->code = NULL;
}

static bool fail_size(const struct bl_csv_parser *p, size_t bytes, struct bl_error *err)
{
    char needed[32], allowed[32];

    bl_fail(err, BL_LIMIT, "%s needs %s, but only %s may be used", p->source->label,
            bl_bytes_format(needed, sizeof needed, (double)bytes),
            bl_bytes_format(allowed, sizeof allowed, (double)bl_memory_limit()));
    return bl_hint(err, "load fewer rows or columns, or allow more memory");
}

/* Room for all columns that are to be parsed, priced first. */
static bool make_columns(struct bl_csv_parser *p, struct bl_error *err)
{
    size_t bytes = 0;

    for (size_t j = 0; j < p->head.n_columns; j++)
        if (p->columns[j].kind != BL_CSV_SKIP)
            bytes += p->n_rows * (p->columns[j].kind == BL_CSV_NUMBERS ? sizeof(double) : sizeof(uint32_t));
    if (bytes > bl_memory_limit())
        return fail_size(p, bytes, err);
    for (size_t j = 0; j < p->head.n_columns; j++) {
        struct bl_csv_column *c = &p->columns[j];

        if (c->kind == BL_CSV_SKIP)
            continue;
        release(c);
        if (c->kind == BL_CSV_NUMBERS)
            c->number = bl_aligned(p->n_rows, sizeof *c->number);
        else
            c->code = bl_aligned(p->n_rows, sizeof *c->code);
        if (!c->number && !c->code)
            return bl_fail_memory(err, p->source->label);
    }
    return true;
}

/* What the workers saw of the columns to be parsed starts afresh. */
static bool clear_seen(struct bl_csv_parser *p, struct bl_error *err)
{
    for (size_t i = 0; i < p->n_workers; i++)
        for (size_t j = 0; j < p->head.n_columns; j++) {
            struct bl_csv_seen *seen = &p->workers[i].seen[j];
            enum bl_csv_kind kind = p->columns[j].kind;

            if (kind == BL_CSV_SKIP)
                continue;
            bl_names_free(seen->names);
            *seen = (struct bl_csv_seen){ .odd = UINT64_MAX };
            if (kind == BL_CSV_CODES && !(seen->names = bl_names_create()))
                return bl_fail_memory(err, p->source->label);
        }
    return true;
}

/* ---- parsing ---------------------------------------------------------------------------------*/

static bool fail_how(struct bl_csv_parser *p, struct bl_error *err)
{
    if (p->how == BL_CSV_WRONG)
        return bl_csv_fail(p->source, p->head.start, p->head.dialect, &p->problem, err);
    if (err)
        *err = p->error;
    return false;
}

/* Parses all blocks; *broken, and no error, when the starts of the records were guessed wrongly. */
static bool parse_blocks(struct bl_csv_parser *p, bool *broken, struct bl_error *err)
{
    atomic_store(&p->failed, SIZE_MAX);
    *broken = false;
    if (!make_columns(p, err) || !clear_seen(p, err))
        return false;
    p->turns.n = p->turns.rows = 0;
    if (p->straight && p->n_workers > 1) {
        p->turns.at = p->head.data;
        bl_pool_run(p->options->pool, p->n_workers, bl_csv_parse_turns, p);
        p->blocks[0].rows = p->turns.rows;
    } else {
        bl_pool_run(p->options->pool, p->n_blocks, bl_csv_parse_block, p);
    }
    if (atomic_load(&p->failed) == SIZE_MAX)
        return true;
    *broken = p->how == BL_CSV_BROKEN;
    return *broken ? false : fail_how(p, err);
}

/* Rows that lie after a block with fewer than its bound move up. */
static void close_gaps(struct bl_csv_parser *p)
{
    size_t rows = 0;

    for (size_t i = 0; i < p->n_blocks; i++) {
        struct bl_csv_block *b = &p->blocks[i];

        for (size_t j = 0; b->first_row != rows && b->rows && j < p->head.n_columns; j++) {
            struct bl_csv_column *c = &p->columns[j];

            if (c->kind == BL_CSV_NUMBERS)
                memmove(c->number + rows, c->number + b->first_row, b->rows * sizeof *c->number);
            else if (c->kind == BL_CSV_CODES)
                memmove(c->code + rows, c->code + b->first_row, b->rows * sizeof *c->code);
        }
        b->first_row = rows;
        rows += b->rows;
    }
    p->n_rows = rows;
}

/* Columns of numbers that hold words after all become dictionaries; true if there are any. */
static bool demote(struct bl_csv_parser *p)
{
    bool any = false;

    for (size_t j = 0; j < p->head.n_columns; j++) {
        struct bl_csv_column *c = &p->columns[j];
        bool words = false;

        for (size_t i = 0; i < p->n_workers; i++)
            words = words || p->workers[i].seen[j].odd != UINT64_MAX;
        c->kind = c->kind == BL_CSV_NUMBERS && words && !c->given ? BL_CSV_CODES : BL_CSV_SKIP;
        any = any || c->kind == BL_CSV_CODES;
    }
    return any;
}

/* Lays out, parses, closes the gaps and gives dictionaries their final codes. */
static bool parse_once(struct bl_csv_parser *p, const uint64_t *before, bool *broken, struct bl_error *err)
{
    if (!lay_out(p, before, err) || !parse_blocks(p, broken, err))
        return false;
    close_gaps(p);
    return bl_csv_columns_code(p, err);
}

static bool parse_all(struct bl_csv_parser *p, uint64_t *before, struct bl_error *err)
{
    bool broken = false;

    if (!guess_records(p, before, err))
        return false;
    if (!parse_once(p, before, &broken, err)) {
        if (!broken || !read_records(p, before, err))
            return false;
        if (!parse_once(p, before, &broken, err))
            return broken ? bl_source_fail_changed(p->source, err) : false;
    }
    if (demote(p) && !parse_once(p, before, &broken, err))
        return broken ? bl_source_fail_changed(p->source, err) : false;
    return true;
}

/* ---- the whole -------------------------------------------------------------------------------*/

static bool plan_types(struct bl_csv_parser *p, struct bl_error *err)
{
    const struct bl_load_options *o = p->options;
    const struct bl_load_type *types = o->types;

    for (size_t j = 0; j < p->head.n_columns; j++)
        p->columns[j].kind = p->head.words[j] ? BL_CSV_CODES : BL_CSV_NUMBERS;
    for (size_t i = 0; i < o->n_types; i++) {
        size_t j = 0;

        while (j < p->head.n_columns && strcmp(p->head.names[j], types[i].column) != 0)
            j++;
        if (j == p->head.n_columns && (o->types_if_present || i < o->n_own_types))
            continue;
        if (j == p->head.n_columns) {
            const char *near = bl_nearest(types[i].column, (const char *const *)p->head.names, p->head.n_columns);

            bl_fail(err, BL_UNKNOWN, "no column '%s' in %s", types[i].column, p->source->label);
            return near ? bl_hint(err, "did you mean '%s'?", near) : false;
        }
        p->columns[j].given = true;
        p->columns[j].type = types[i].type == BL_DATETIME ? BL_TEXT_COLUMN : types[i].type; /* then bl_dates_find */
        p->columns[j].kind = types[i].type == BL_NUMERIC ? BL_CSV_NUMBERS : BL_CSV_CODES;
    }
    return true;
}

static bool make_workers(struct bl_csv_parser *p, struct bl_error *err)
{
    const struct bl_load_options *o = p->options;
    size_t n = bl_pool_threads(o->pool), buffer = p->tuning.buffer ? p->tuning.buffer : BUFFER;

    p->workers = bl_calloc(n, sizeof *p->workers);
    p->columns = bl_calloc(p->head.n_columns, sizeof *p->columns);
    p->markers = bl_calloc(o->n_missing, sizeof *p->markers);
    if (!p->workers || !p->columns || !p->markers)
        return bl_fail_memory(err, p->source->label);
    p->n_workers = n;
    for (size_t i = 0; i < n; i++) {
        p->workers[i].parser = p;
        p->workers[i].seen = bl_calloc(p->head.n_columns, sizeof *p->workers[i].seen);
        if (!p->workers[i].seen || !bl_csv_worker_room(&p->workers[i], buffer))
            return bl_fail_memory(err, p->source->label);
    }
    for (size_t i = 0; i < o->n_missing; i++)
        p->n_markers += bl_number_parse(o->missing[i], strlen(o->missing[i]), &p->markers[p->n_markers]);
    return plan_types(p, err);
}

static void parser_free(struct bl_csv_parser *p)
{
    for (size_t i = 0; p->workers && i < p->n_workers; i++) {
        struct bl_csv_worker *w = &p->workers[i];

        for (size_t j = 0; w->seen && j < p->head.n_columns; j++)
            bl_names_free(w->seen[j].names);
        bl_free(w->seen);
        bl_free(w->room);
        bl_free(w->index_room);
        bl_text_free(&w->scratch);
    }
    for (size_t j = 0; p->columns && j < p->head.n_columns; j++)
        release(&p->columns[j]);
    bl_free(p->workers);
    bl_free(p->columns);
    bl_free(p->markers);
    bl_free(p->blocks);
    bl_free(p->turns.pieces);
    bl_csv_head_free(&p->head);
    pthread_mutex_destroy(&p->turns.lock);
    pthread_mutex_destroy(&p->lock);
}

static bool count_blocks(struct bl_csv_parser *p, struct bl_error *err)
{
    atomic_store(&p->failed, SIZE_MAX);
    bl_pool_run(p->options->pool, p->n_blocks, count_block, p);
    if (bl_stopped(p->options->progress))
        return bl_fail(err, BL_STOPPED, "reading was interrupted");
    return atomic_load(&p->failed) == SIZE_MAX || fail_how(p, err);
}

/* Lines that pieces all over the file let expect, and a sixteenth more. */
static bool expect_lines(struct bl_csv_parser *p, uint64_t *lines, struct bl_error *err)
{
    struct bl_csv_worker *w = &p->workers[0];
    const uint64_t size = p->source->size - p->head.data, each = w->buffer < size ? w->buffer : size;
    uint64_t seen = 0;

    for (uint64_t i = 0; i < SAMPLES; i++) {
        if (!bl_source_read(p->source, p->head.data + (size - each) * i / (SAMPLES - 1), w->bytes, each, err))
            return false;
        seen += bl_csv_count(w->bytes, each, p->head.dialect.newline).newlines;
    }
    *lines = (uint64_t)((double)seen / SAMPLES * ((double)size / (double)each) * (1 + 1.0 / 16)) + 16;
    return true;
}

/* *done is false, and no error, when it has to be done the other way. */
static bool parse_straight(struct bl_csv_parser *p, bool *done, struct bl_error *err)
{
    const uint64_t size = p->source->size - p->head.data;
    struct bl_csv_block *b;
    uint64_t before = 0;
    struct bl_error why = { 0 };

    *done = false;
    if (p->n_workers > TURNS_MOST || size < (p->tuning.straight ? p->tuning.straight : STRAIGHT))
        return true;
    if (!(b = p->blocks = bl_calloc(1, sizeof *b)))
        return bl_fail_memory(err, p->source->label);
    p->n_blocks = 1;
    *b = (struct bl_csv_block){ .begin = p->head.data, .end = p->source->size };
    p->straight = true;
    *done = expect_lines(p, &b->counts.newlines, &why) && parse_all(p, &before, &why);
    p->straight = false;
    if (*done)
        return true;
    bl_free(p->blocks);
    p->blocks = NULL;
    if (why.code != BL_STOPPED && why.code != BL_MEMORY)
        return plan_types(p, err);
    if (err)
        *err = why;
    return false;
}

static bool parse_counted(struct bl_csv_parser *p, struct bl_error *err)
{
    uint64_t *before;
    bool fine;

    bl_progress_start(p->options->progress, "reading", p->source->size);
    if (!cut_blocks(p, err) || !count_blocks(p, err))
        return false;
    before = bl_calloc(p->n_blocks, sizeof *before);
    fine = before ? parse_all(p, before, err) : bl_fail_memory(err, p->source->label);
    bl_free(before);
    return fine;
}

static bool run_parser(struct bl_csv_parser *p, struct bl_error *err)
{
    bool done;

    bl_progress_start(p->options->progress, "reading", p->source->size);
    if (!bl_csv_head_read(&p->head, p->source, p->options, err) || !make_workers(p, err) || !parse_straight(p, &done, err) ||
        (!done && !parse_counted(p, err)))
        return false;
    if (!p->n_rows)
        return bl_fail_at(err, BL_DATA, p->source->label, 0, 0, "%s has a header but no rows", p->source->label);
    return bl_source_unchanged(p->source) || bl_source_fail_changed(p->source, err);
}

struct bl_table *bl_csv_parse(const struct bl_source *s, const struct bl_load_options *o, struct bl_csv_tuning tuning,
                              struct bl_error *err)
{
    struct bl_csv_parser p = { .source = s, .options = o, .tuning = tuning };
    struct bl_table *t = NULL;

    pthread_mutex_init(&p.lock, NULL);
    pthread_mutex_init(&p.turns.lock, NULL);
    if (run_parser(&p, err)) {
        t = bl_table_create("", p.n_rows, p.head.n_columns, err);
        if (t && !bl_csv_columns_finish(&p, t, err)) {
            bl_table_free(t);
            t = NULL;
        }
    }
    parser_free(&p);
    return t;
}
