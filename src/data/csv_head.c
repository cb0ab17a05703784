/* The head of a file: which dialect, whether there is a header, what the columns are called, and
 * which of them hold words.
 *
 * Header, where nothing is said: the first record is a header when it holds a name that was asked for (the target, one of types= or
 * columns=, a column that a model reads), or when no cell of it is a number and either some column below holds numbers, or its cells are all different, none is empty, and none
 * comes again in its own column below. */
#include <string.h>

#include "csv.h"

#define HEAD_FIRST ((size_t)1 << 18)
#define SAMPLE_ROWS 256
#define DETECT_ROWS 64

char bl_csv_newline_of(const char *bytes, size_t n)
{
    return !memchr(bytes, '\n', n) && memchr(bytes, '\r', n) ? '\r' : '\n';
}

/* Share of records with as many cells as the first, in 1/1000; 0 when that is one cell; -1: no memory. */
static int agreement(const char *bytes, size_t n, bool whole, struct bl_csv_dialect d)
{
    struct bl_csv_plain r = { .bytes = bytes, .n = n, .whole = whole, .dialect = d };
    size_t records = 0, first = 0, alike = 0;

    enum bl_csv_step step = BL_CSV_END;

    while (records < DETECT_ROWS && (step = bl_csv_next(&r)) == BL_CSV_RECORD) {
        first = records ? first : r.n_cells;
        alike += r.n_cells == first;
        records++;
    }
    bl_csv_plain_free(&r);
    return step == BL_CSV_NO_MEMORY ? -1 : first > 1 ? (int)(1000 * alike / records) : 0;
}

/* Where two delimiters agree as well, the comma gives way: it is also a decimal mark and stands in
 * text. */
char bl_csv_delimiter_of(const char *bytes, size_t n, bool whole, char newline)
{
    static const char candidates[] = { '\t', ';', '|', ',' };
    int best = 0;
    char delimiter = ',';

    for (size_t i = 0; i < sizeof candidates; i++) {
        int a = agreement(bytes, n, whole, (struct bl_csv_dialect){ candidates[i], newline });

        if (a < 0)
            return 0;
        if (a > best) {
            best = a;
            delimiter = candidates[i];
        }
    }
    return delimiter;
}

/* ---- the sample: the first records, column by column ------------------------------------------*/

struct sample {
    const struct bl_load_options *options;
    char **first;        /* cells of the first record */
    size_t n;            /* how many */
    bool first_number;   /* one of them is a number */
    bool *words, *numbers, *again; /* below: other than numbers, numbers, the first cell again */
    size_t records;
    bool no_memory;
    uint64_t second_at;  /* where the second record starts */
};

static void sample_free(struct sample *m)
{
    for (size_t i = 0; m->first && i < m->n; i++)
        bl_free(m->first[i]);
    bl_free(m->first);
    bl_free(m->words);
    bl_free(m->numbers);
    bl_free(m->again);
}

static bool sample_first(struct sample *m, const struct bl_csv_plain *r)
{
    double value;

    m->n = r->n_cells;
    m->first = bl_calloc(m->n, sizeof *m->first);
    m->words = bl_calloc(m->n, sizeof *m->words);
    m->numbers = bl_calloc(m->n, sizeof *m->numbers);
    m->again = bl_calloc(m->n, sizeof *m->again);
    if (!m->first || !m->words || !m->numbers || !m->again)
        return false;
    for (size_t i = 0; i < m->n; i++) {
        m->first[i] = bl_strndup(bl_csv_value(r, i), r->cells[i].length);
        if (!m->first[i])
            return false;
        m->first_number = m->first_number || bl_number_parse(bl_csv_value(r, i), r->cells[i].length, &value);
    }
    m->second_at = r->at;
    return true;
}

static void sample_more(struct sample *m, const struct bl_csv_plain *r)
{
    double value;

    for (size_t i = 0; i < m->n; i++) {
        const char *cell = bl_csv_value(r, i);
        size_t length = r->cells[i].length;

        if (bl_csv_missing(m->options, cell, length))
            continue;
        if (bl_number_parse(cell, length, &value))
            m->numbers[i] = true;
        else
            m->words[i] = true;
        m->again[i] = m->again[i] || strcmp(cell, m->first[i]) == 0;
    }
}

static bool names_like(struct sample *m)
{
    struct bl_names *seen = bl_names_create();
    bool like = seen != NULL;

    m->no_memory = !seen;
    for (size_t i = 0; like && i < m->n; i++) {
        like = m->first[i][0] && !m->again[i];
        m->no_memory = m->no_memory || bl_names_add(seen, m->first[i], strlen(m->first[i])) == SIZE_MAX;
    }
    like = like && bl_names_count(seen) == m->n;
    bl_names_free(seen);
    return like;
}

static bool holds(const struct sample *m, const char *name)
{
    for (size_t i = 0; name && i < m->n; i++)
        if (strcmp(m->first[i], name) == 0)
            return true;
    return false;
}

/* A name that somebody reads by is in the first record: no row would be found by it otherwise. */
static bool holds_a_name(const struct sample *m)
{
    const struct bl_load_options *o = m->options;
    bool found = holds(m, o->target);

    for (size_t k = 0; !found && k < o->n_types; k++)
        found = holds(m, o->types[k].column);
    for (size_t k = 0; !found && k < o->n_columns; k++)
        found = holds(m, o->columns[k]);
    return found;
}

static bool is_header(struct sample *m)
{
    bool any = false;

    if (m->options->header != BL_HEADER_AUTO)
        return m->options->header == BL_HEADER_YES;
    if (holds_a_name(m))
        return true;
    for (size_t i = 0; i < m->n; i++)
        any = any || m->first[i][0];
    if (m->first_number || !any)
        return false;
    for (size_t i = 0; i < m->n; i++)
        if (m->numbers[i] && !m->words[i])
            return true;
    return names_like(m);
}

/* ---- names -----------------------------------------------------------------------------------*/

static char *name_of(struct bl_names *seen, const char *wanted, size_t column, bool header, struct bl_warnings *w)
{
    struct bl_text name = { 0 };

    if (*wanted)
        bl_text_add(&name, wanted);
    else
        bl_text_addf(&name, "c%zu", column + 1);
    for (size_t k = 2; bl_names_find(seen, bl_text_get(&name), name.length) != SIZE_MAX; k++) {
        bl_text_clear(&name);
        if (*wanted)
            bl_text_addf(&name, "%s_%zu", wanted, k);
        else
            bl_text_addf(&name, "c%zu_%zu", column + 1, k);
    }
    if (header && !*wanted)
        bl_warnf(w, "", "column %zu has no name and is called '%s'", column + 1, bl_text_get(&name));
    else if (header && strcmp(wanted, bl_text_get(&name)) != 0)
        bl_warnf(w, "", "column %zu has the name '%s' again and is called '%s'", column + 1, wanted, bl_text_get(&name));
    if (!name.failed && bl_names_add(seen, bl_text_get(&name), name.length) == SIZE_MAX)
        name.failed = true;
    return bl_text_take(&name);
}

static bool set_names(struct bl_csv_head *h, const struct sample *m, struct bl_warnings *w, struct bl_error *err)
{
    struct bl_names *seen = bl_names_create();
    bool fine = seen && (h->names = bl_calloc(m->n, sizeof *h->names));

    for (size_t i = 0; fine && i < m->n; i++)
        fine = (h->names[i] = name_of(seen, h->header ? m->first[i] : "", i, h->header, w)) != NULL;
    bl_names_free(seen);
    return fine || bl_fail_memory(err, "the column names");
}

/* ---- reading ---------------------------------------------------------------------------------*/

static bool fail_nul(const struct bl_source *s, uint64_t start, uint64_t at, struct bl_error *err)
{
    size_t line, column;

    bl_source_place(s, start, at, '\n', &line, &column);
    bl_fail_at(err, BL_DATA, s->label, line, column, "a NUL byte: this is not a text file");
    return bl_hint(err, "encoding=utf-16 reads a table in UTF-16; tr -d '\\000' <FILE >NEW takes such bytes out of another");
}

bool bl_csv_fail_nul(const struct bl_source *s, uint64_t start, uint64_t from, size_t n, struct bl_error *err)
{
    char *piece = bl_calloc(n, 1), *nul = NULL;

    if (!piece)
        return bl_fail_memory(err, "a piece of the file");
    if (!bl_source_read(s, from, piece, n, err)) {
        bl_free(piece);
        return false;
    }
    nul = memchr(piece, 0, n);
    fail_nul(s, start, from + (nul ? (uint64_t)(nul - piece) : 0), err);
    bl_free(piece);
    return false;
}

static bool fail_empty(const struct bl_source *s, bool header, struct bl_error *err)
{
    if (header) {
        bl_fail_at(err, BL_DATA, s->label, 0, 0, "%s has a header but no rows", s->label);
        return bl_hint(err, "header=no takes the first line as data");
    }
    bl_fail_at(err, BL_DATA, s->label, 0, 0, "%s is empty", s->label);
    return bl_hint(err, "a table has a line of names and a line for each row");
}

static bool finish(struct bl_csv_head *h, struct sample *m, const struct bl_source *s, bool all, struct bl_error *err)
{
    h->n_columns = m->n;
    if (m->n > BL_CSV_COLUMNS_MAX) {
        bl_fail_at(err, BL_LIMIT, s->label, 1, 1, "%zu columns are too many: at most %d", m->n, BL_CSV_COLUMNS_MAX);
        return bl_hint(err, "are rows and columns exchanged, or is the delimiter another one?");
    }
    h->header = is_header(m);
    if (m->no_memory)
        return bl_fail_memory(err, "the column names");
    if (h->header && m->records == 1 && all)
        return fail_empty(s, true, err);
    if (h->header)
        h->data = m->second_at;
    h->words = m->words;
    m->words = NULL;
    if (!h->header) {
        double value;

        for (size_t i = 0; i < m->n; i++)
            h->words[i] = h->words[i] || !(bl_csv_missing(m->options, m->first[i], strlen(m->first[i])) ||
                                           bl_number_parse(m->first[i], strlen(m->first[i]), &value));
        bl_warnf(m->options->warnings, "header=yes takes the first line as names",
                 "%s has no header: its columns are called %s%zu", s->label, m->n > 1 ? "c1 to c" : "c", m->n);
    }
    return set_names(h, m, m->options->warnings, err);
}

enum outcome { FAILED, READ, TOO_SHORT };

static enum outcome from_bytes(struct bl_csv_head *h, const struct bl_source *s, const struct bl_load_options *o,
                               const char *bytes, size_t n, bool whole, struct bl_error *err)
{
    struct bl_csv_plain r = { .bytes = bytes, .n = n, .at = (size_t)h->start, .whole = whole };
    struct sample m = { .options = o };
    enum bl_csv_step step = BL_CSV_END;
    enum outcome outcome = FAILED;

    h->dialect.newline = bl_csv_newline_of(bytes, n);
    h->dialect.delimiter = o->delimiter ? o->delimiter
                                        : bl_csv_delimiter_of(bytes + h->start, n - (size_t)h->start, whole, h->dialect.newline);
    r.dialect = h->dialect;
    step = h->dialect.delimiter ? step : BL_CSV_NO_MEMORY;
    for (; step != BL_CSV_NO_MEMORY && m.records < SAMPLE_ROWS && (step = bl_csv_next(&r)) == BL_CSV_RECORD; m.records++) {
        if (m.records == 0 && !sample_first(&m, &r)) {
            step = BL_CSV_NO_MEMORY;
            break;
        }
        r.expected = m.n;
        if (m.records)
            sample_more(&m, &r);
    }
    if (m.records == 0 && step == BL_CSV_CUT)
        outcome = TOO_SHORT;
    else if (step == BL_CSV_NO_MEMORY)
        bl_fail_memory(err, "the head of the file");
    else if (m.records == 0 && step == BL_CSV_FAULT)
        bl_csv_fail(s, h->start, h->dialect, &r.problem, err);
    else if (m.records == 0)
        fail_empty(s, false, err);
    else
        outcome = finish(h, &m, s, step == BL_CSV_END, err) ? READ : FAILED;
    bl_csv_plain_free(&r);
    sample_free(&m);
    return outcome;
}

/* Where the first line starts: behind a byte order mark. */
static uint64_t start_of(const char *bytes, size_t n)
{
    return n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static enum outcome from_head(struct bl_csv_head *h, const struct bl_source *s, const struct bl_load_options *o, size_t n,
                              struct bl_error *err)
{
    char *bytes = bl_calloc(n + 1, 1);
    enum outcome outcome = FAILED;

    if (!bytes) {
        bl_fail_memory(err, "the head of the file");
        return FAILED;
    }
    if (bl_source_read(s, 0, bytes, n, err)) {
        const char *nul = memchr(bytes, 0, n);

        h->start = h->data = start_of(bytes, n);
        if (nul)
            fail_nul(s, h->start, (uint64_t)(nul - bytes), err);
        else
            outcome = from_bytes(h, s, o, bytes, n, n == s->size, err);
    }
    bl_free(bytes);
    return outcome;
}

bool bl_csv_head_read(struct bl_csv_head *h, const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    *h = (struct bl_csv_head){ 0 };
    for (size_t n = HEAD_FIRST;; n *= 4) {
        size_t wanted = n < s->size ? n : (size_t)s->size;
        enum outcome outcome = from_head(h, s, o, wanted, err);

        if (outcome == READ)
            return true;
        if (outcome == FAILED || wanted > BL_CSV_LINE_MAX) {
            struct bl_csv_problem long_line = { .fault = BL_CSV_LONG_LINE, .at = h->start };

            if (outcome == TOO_SHORT)
                bl_csv_fail(s, h->start, h->dialect, &long_line, err);
            bl_csv_head_free(h);
            return false;
        }
    }
}

void bl_csv_head_free(struct bl_csv_head *h)
{
    for (size_t i = 0; h->names && i < h->n_columns; i++)
        bl_free(h->names[i]);
    bl_free(h->names);
    bl_free(h->words);
    h->names = NULL;
    h->words = NULL;
}
