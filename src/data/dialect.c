/* Rewriting CSV of another dialect as the plain one. */
#include "dialect.h"

#include <ctype.h>
#include <string.h>

#define ROOM_EACH ((size_t)1 << 20)

struct rewriter {
    const struct bl_source *source; /* for its label */
    const struct bl_load_options *o;
    const char *bytes, *at, *end;
    char delimiter, newline, quote;
    size_t line;                    /* of `at`, from 1 */
    const char *line_start;
    struct bl_text out;
    struct bl_text cell;            /* the present cell, without quotes and escapes */
    bool quoted;                    /* it was */
    bool missing;                   /* it was \N */
    const char *cell_at;
    size_t cell_line, cell_column;
    size_t priced;                  /* so much output is known to fit */
    size_t cells, expected;         /* of the present record; of the first */
    size_t odd_rows, odd_line;      /* with another number of cells */
};

bool bl_dialect_needed(const struct bl_source *s, const struct bl_load_options *o)
{
    return o->quote || o->escape || o->comment || o->skip || o->decimal == ',' || o->encoding != BL_ENCODING_AUTO || o->ragged != BL_RAGGED_ERROR ||
           bl_encoding_marked(s);
}

/* ---- reading a cell -------------------------------------------------------------------------------*/

static bool fail_cell(const struct rewriter *w, const char *what, const char *hint, struct bl_error *err)
{
    bl_fail_at(err, BL_DATA, w->source->label, w->cell_line, w->cell_column, "%s", what);
    return bl_hint(err, "%s", hint);
}

static bool blank(const struct rewriter *w, char c)
{
    return (c == ' ' || c == '\t') && c != w->delimiter;
}

static void step(struct rewriter *w)
{
    if (*w->at++ == w->newline) {
        w->line++;
        w->line_start = w->at;
    }
}

/* An escaped character stands for itself; *taken tells whether there was one. */
static bool take_escape(struct rewriter *w)
{
    if (!w->o->escape || *w->at != w->o->escape || w->at + 1 >= w->end)
        return false;
    step(w);
    bl_text_addn(&w->cell, w->at, 1);
    step(w);
    return true;
}

static bool read_quoted(struct rewriter *w, struct bl_error *err)
{
    w->quoted = true;
    for (step(w);; step(w)) {
        while (w->at < w->end && take_escape(w))
            ;
        if (w->at >= w->end)
            return fail_cell(w, "the quote that opens here is never closed", "close it, or quote=none where quotes are ordinary text", err);
        if (*w->at == w->quote && !(w->at + 1 < w->end && w->at[1] == w->quote))
            break;
        if (*w->at == w->quote)
            step(w);
        bl_text_addn(&w->cell, w->at, 1);
    }
    step(w);
    while (w->at < w->end && (blank(w, *w->at) || (*w->at == '\r' && w->at + 1 < w->end && w->at[1] == '\n')))
        step(w);
    if (w->at >= w->end || *w->at == w->delimiter || *w->at == w->newline)
        return true;
    return fail_cell(w, "text follows the closing quote of a cell", "a quote inside quotes is written twice, or escaped: escape='\\'", err);
}

/* Bytes up to one that may mean something. */
static size_t ordinary(const struct rewriter *w, char a, char b)
{
    const char *p = w->at, escape = w->o->escape ? w->o->escape : a;

    while (p < w->end && *p != a && *p != b && *p != escape)
        p++;
    return (size_t)(p - w->at);
}

static void take_run(struct rewriter *w, size_t n)
{
    bl_text_addn(&w->cell, w->at, n);
    w->at += n;
}

/* Up to the delimiter or the end of the line, without the blanks and the CR at its end. */
static void read_plain(struct rewriter *w)
{
    size_t kept = 0; /* what an escape protects from being trimmed */

    while (w->at < w->end && *w->at != w->delimiter && *w->at != w->newline) {
        if (w->o->escape == '\\' && w->cell.length == 0 && w->end - w->at >= 2 && w->at[0] == '\\' && w->at[1] == 'N')
            w->missing = true;
        if (take_escape(w)) {
            kept = w->cell.length;
            continue;
        }
        const size_t n = ordinary(w, w->delimiter, w->newline);

        take_run(w, n ? n : 1); /* an escape at the very end is ordinary */
    }
    if (w->cell.length > kept && w->cell.at[w->cell.length - 1] == '\r')
        w->cell.at[--w->cell.length] = '\0';
    while (w->cell.length > kept && blank(w, w->cell.at[w->cell.length - 1]))
        w->cell.at[--w->cell.length] = '\0';
    w->missing = w->missing && w->cell.length == 1;
}

static bool read_cell(struct rewriter *w, struct bl_error *err)
{
    while (w->at < w->end && blank(w, *w->at))
        step(w);
    bl_text_clear(&w->cell);
    w->quoted = w->missing = false;
    w->cell_line = w->line;
    w->cell_column = (size_t)(w->at - w->line_start) + 1;
    if (w->at < w->end && w->quote && *w->at == w->quote)
        return read_quoted(w, err);
    read_plain(w);
    return true;
}

/* ---- a comma as decimal mark -----------------------------------------------------------------------*/

/* 1.234.567 or 1.234,5: points between groups of three digits. */
static bool grouped(const char *s)
{
    size_t n;

    s += *s == '+' || *s == '-';
    n = strspn(s, "0123456789");
    if (n < 1 || n > 3 || s[n] != '.')
        return false;
    for (s += n; *s == '.'; s += 4)
        if (strspn(s + 1, "0123456789") < 3)
            return false;
    return !*s || (*s == ',' && s[1] && strspn(s + 1, "0123456789") == strlen(s + 1));
}

static bool read_decimal(struct rewriter *w, struct bl_error *err)
{
    char *s = w->cell.at, *comma = s ? strchr(s, ',') : NULL;
    double value;

    if (!s || w->o->decimal != ',')
        return true;
    if (grouped(s)) { /* the points go, the comma becomes one */
        size_t kept = 0;

        for (const char *p = s; *p; p++)
            if (*p != '.')
                s[kept++] = *p == ',' ? '.' : *p;
        s[kept] = '\0';
        w->cell.length = kept;
        return true;
    }
    if (strchr(s, '.') && bl_number_parse(s, w->cell.length, &value))
        return fail_cell(w, "a number with a point, where decimal=, says that the mark is a comma", "leave decimal= out, or write the number with a comma",
                         err);
    if (!comma || strchr(comma + 1, ',') || strchr(s, '.'))
        return true;
    *comma = '.';
    if (!isdigit((unsigned char)comma[1]) || !bl_number_parse(s, w->cell.length, &value))
        *comma = ',';
    return true;
}

/* ---- writing ---------------------------------------------------------------------------------------*/

static void write_cell(struct rewriter *w)
{
    const char *s = bl_text_get(&w->cell);
    const size_t n = w->cell.length;
    bool quote = w->quoted || (n && (blank(w, s[0]) || blank(w, s[n - 1])));

    for (size_t i = 0; !quote && i < n; i++)
        quote = s[i] == w->delimiter || s[i] == '"' || s[i] == '\n' || s[i] == '\r';
    if (!quote) {
        bl_text_addn(&w->out, w->missing ? "" : s, w->missing ? 0 : n);
        return;
    }
    bl_text_addn(&w->out, "\"", 1);
    for (size_t i = 0, run; i < n; i += run) {
        const char *inner = memchr(s + i, '"', n - i);

        run = inner ? (size_t)(inner - s) - i + 1 : n - i;
        bl_text_addn(&w->out, s + i, run);
        bl_text_addn(&w->out, "\"", inner != NULL);
    }
    bl_text_addn(&w->out, "\"", 1);
}

/* As many newlines as the record has had. */
static void write_nothing(struct rewriter *w, size_t out, size_t line)
{
    w->out.length = out;
    for (; line < w->line; line++)
        bl_text_addn(&w->out, "\n", 1);
}

/* ---- records ---------------------------------------------------------------------------------------*/

static bool fail_ragged(const struct rewriter *w, size_t line, struct bl_error *err)
{
    bl_fail_at(err, BL_DATA, w->source->label, line, 1, "expected %zu cell%s, found %zu", w->expected, w->expected == 1 ? "" : "s", w->cells);
    return bl_hint(err, w->cells < w->expected ? "ragged=fill takes what is missing as missing, ragged=skip leaves such rows out"
                                               : "ragged=skip leaves such rows out");
}

/* A record that has another number of cells than the first. */
static bool settle(struct rewriter *w, size_t out, size_t line, struct bl_error *err)
{
    if (!w->expected)
        w->expected = w->cells;
    if (w->cells == w->expected)
        return true;
    w->odd_line = w->odd_rows++ ? w->odd_line : line;
    if (w->o->ragged == BL_RAGGED_SKIP) {
        write_nothing(w, out, line);
        return true;
    }
    if (w->o->ragged == BL_RAGGED_ERROR || w->cells > w->expected)
        return fail_ragged(w, line, err);
    const bool ended = w->out.length && w->out.at[w->out.length - 1] == '\n';

    w->out.length -= ended;
    for (; w->cells < w->expected; w->cells++)
        bl_text_addn(&w->out, &w->delimiter, 1);
    bl_text_addn(&w->out, "\n", ended);
    return true;
}

static bool rewrite_record(struct rewriter *w, struct bl_error *err)
{
    const size_t out = w->out.length, line = w->line;

    for (w->cells = 0;;) {
        if (!read_cell(w, err) || !read_decimal(w, err))
            return false;
        write_cell(w);
        w->cells++;
        if (w->at >= w->end)
            break;
        const bool more = *w->at == w->delimiter;

        bl_text_addn(&w->out, more ? &w->delimiter : "\n", 1);
        step(w);
        if (!more)
            break;
    }
    return (!w->out.failed && !w->cell.failed ? settle(w, out, line, err) : bl_fail_memory(err, w->source->label));
}

/* Whether the line at w->at says nothing: empty, skipped, or a comment. */
static bool is_nothing(const struct rewriter *w)
{
    const char *p = w->at;

    if (w->line <= w->o->skip)
        return true;
    while (p < w->end && blank(w, *p))
        p++;
    if (w->o->comment && p < w->end && *p == w->o->comment)
        return true;
    if (p < w->end && *p == '\r' && p + 1 < w->end && p[1] == '\n')
        p++;
    return p == w->end || *p == w->newline;
}

static bool rewrite_all(struct rewriter *w, struct bl_error *err)
{
    while (w->at < w->end) {
        if (w->out.length > w->priced) { /* asked rarely: the system answers slowly */
            if (w->out.length > bl_memory_limit())
                return bl_fail(err, BL_LIMIT, "%s is too large for the memory that may be used", w->source->label);
            w->priced = w->out.length + ROOM_EACH;
        }
        if (!is_nothing(w)) {
            if (!rewrite_record(w, err))
                return false;
            continue;
        }
        const char *newline = memchr(w->at, w->newline, (size_t)(w->end - w->at));

        w->at = newline ? newline : w->end;
        if (newline) {
            step(w);
            bl_text_addn(&w->out, "\n", 1);
        }
    }
    return !w->out.failed || bl_fail_memory(err, w->source->label);
}

static void warn_ragged(const struct rewriter *w)
{
    struct bl_error warning;

    if (!w->odd_rows)
        return;
    bl_fail_at(&warning, BL_DATA, w->source->label, w->odd_line, 1, "%zu row%s another number of cells than %zu and %s %s", w->odd_rows,
               w->odd_rows == 1 ? " has" : "s have", w->expected, w->odd_rows == 1 ? "was" : "were", w->o->ragged == BL_RAGGED_SKIP ? "left out" : "filled");
    bl_warn(w->o->warnings, &warning);
}

/* The delimiter of what is left after skipped lines and comments would be better; of what comes after
 * skipped lines it is found. */
static char find_delimiter(const struct rewriter *w)
{
    const char *p = w->bytes;
    char found;

    for (size_t line = 1; line <= w->o->skip && p < w->end; line++) {
        const char *newline = memchr(p, w->newline, (size_t)(w->end - p));

        p = newline ? newline + 1 : w->end;
    }
    while (w->o->comment && p < w->end && *p == w->o->comment) {
        const char *newline = memchr(p, w->newline, (size_t)(w->end - p));

        p = newline ? newline + 1 : w->end;
    }
    found = bl_csv_delimiter_of(p, (size_t)(w->end - p) < ROOM_EACH ? (size_t)(w->end - p) : ROOM_EACH, (size_t)(w->end - p) < ROOM_EACH, w->newline);
    return found == ',' && w->o->decimal == ',' ? ';' : found;
}

static bool check_characters(const struct rewriter *w, struct bl_error *err)
{
    const char all[] = { w->delimiter, w->quote, w->o->escape, w->o->comment };
    static const char *const keys[] = { "delimiter", "quote", "escape", "comment" };

    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < i; k++)
            if (all[i] && all[i] == all[k] && !(i == 2 && k == 1)) { /* quote and escape may be the same */
                bl_fail(err, BL_VALUE, "%s= and %s= are the same character", keys[k], keys[i]);
                return bl_hint(err, "give each its own");
            }
    if (w->delimiter != ',' || w->o->decimal != ',')
        return true;
    bl_fail(err, BL_VALUE, "delimiter=, and decimal=, are the same character");
    return bl_hint(err, "delimiter=';' decimal=,");
}

static bool rewrite(const struct bl_source *s, const char *bytes, const struct bl_load_options *o, struct bl_source *out, struct bl_load_options *plain,
                    struct bl_error *err)
{
    struct rewriter w = { .source = s, .o = o, .bytes = bytes, .at = bytes, .end = bytes + s->size, .line = 1, .line_start = bytes };
    bool fine;

    if (s->size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        w.at = w.line_start = w.bytes = bytes + 3;
    w.newline = bl_csv_newline_of(w.bytes, (size_t)(w.end - w.bytes));
    w.quote = o->quote == BL_QUOTE_NONE ? '\0' : o->quote ? o->quote : '"';
    w.delimiter = o->delimiter ? o->delimiter : find_delimiter(&w);
    fine = w.delimiter ? check_characters(&w, err) && rewrite_all(&w, err) : bl_fail_memory(err, s->label);
    bl_text_free(&w.cell);
    if (!fine) {
        bl_text_free(&w.out);
        return false;
    }
    warn_ragged(&w);
    bl_source_memory(out, bl_text_get(&w.out), w.out.length, s->label);
    out->owned = w.out.at;
    out->path = s->path;
    plain->delimiter = w.delimiter;
    return true;
}

/* All bytes of a source in memory. */
static char *all_bytes(const struct bl_source *s, struct bl_error *err)
{
    char *bytes = s->size <= bl_memory_limit() / 2 ? bl_calloc((size_t)s->size + 1, 1) : NULL;

    if (!bytes) {
        bl_fail(err, BL_LIMIT, "%s is too large to be rewritten in the memory that may be used", s->label);
        bl_hint(err, "convert it first: iconv, or a text editor");
        return NULL;
    }
    if (bl_source_read(s, 0, bytes, (size_t)s->size, err))
        return bytes;
    bl_free(bytes);
    return NULL;
}

bool bl_dialect_open(const struct bl_source *s, const struct bl_load_options *o, struct bl_source *out, struct bl_load_options *plain, struct bl_error *err)
{
    enum bl_encoding encoding = o->encoding == BL_ENCODING_AUTO && bl_encoding_marked(s) ? BL_UTF16 : o->encoding;
    struct bl_source decoded = *s;
    char *bytes = NULL;
    bool fine;

    *plain = *o;
    decoded.owned = NULL;
    if (encoding != BL_ENCODING_AUTO && !bl_encoding_open(s, encoding, &decoded, err))
        return false;
    if (!decoded.memory && !(bytes = all_bytes(s, err)))
        return false;
    fine = rewrite(&decoded, bytes ? bytes : decoded.memory, o, out, plain, err);
    bl_free(bytes);
    bl_free(decoded.owned);
    return fine && (bl_source_unchanged(s) || bl_source_fail_changed(s, err) || (bl_source_close(out), false));
}
