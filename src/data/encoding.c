/* Latin-1 and UTF-16 to UTF-8. */
#include <string.h>

#include "dialect.h"

#define PIECE ((size_t)64 << 10)

/* What windows-1252 has where Latin-1 has control characters, as the WHATWG encoding standard reads
 * both; 0: itself. */
static const uint16_t western[32] = {
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
    0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
};

struct decoder {
    const struct bl_source *source;
    enum bl_encoding encoding;
    bool big;                /* UTF-16, most significant byte first */
    uint64_t at;             /* of the source: the piece */
    unsigned char *piece;
    size_t n;
    uint32_t high;           /* first half of a surrogate pair */
    struct bl_text text;
};

bool bl_encoding_marked(const struct bl_source *s)
{
    unsigned char mark[2];

    return s->size >= 2 && bl_source_read(s, 0, (char *)mark, 2, NULL) &&
           ((mark[0] == 0xff && mark[1] == 0xfe) || (mark[0] == 0xfe && mark[1] == 0xff));
}

static void add(struct decoder *d, uint32_t code)
{
    char utf8[4];

    bl_text_addn(&d->text, utf8, bl_utf8_encode(code, utf8));
}

static bool fail_at(const struct decoder *d, const char *what, struct bl_error *err)
{
    size_t line = 1, start = 0;

    for (size_t i = 0; i < d->text.length; i++)
        if (d->text.at[i] == '\n') {
            line++;
            start = i + 1;
        }
    bl_fail_at(err, BL_DATA, d->source->label, line, d->text.length - start + 1, "%s", what);
    return bl_hint(err, "encoding=latin1, utf-8 or utf-16: which one is it?");
}

static void decode_western(struct decoder *d)
{
    for (size_t i = 0; i < d->n; i++) {
        const unsigned char c = d->piece[i];

        add(d, c >= 0x80 && c < 0xa0 && western[c - 0x80] ? western[c - 0x80] : c);
    }
}

static bool decode_wide(struct decoder *d, struct bl_error *err)
{
    for (size_t i = 0; i + 1 < d->n; i += 2) {
        const uint32_t unit = d->big ? (uint32_t)d->piece[i] << 8 | d->piece[i + 1] : (uint32_t)d->piece[i + 1] << 8 | d->piece[i];
        const bool low = unit >= 0xdc00 && unit < 0xe000;

        if (low != (d->high != 0))
            return fail_at(d, "this is not UTF-16: half a character", err);
        if (low) {
            add(d, 0x10000 + ((d->high - 0xd800) << 10) + (unit - 0xdc00));
            d->high = 0;
        } else if (unit >= 0xd800 && unit < 0xdc00) {
            d->high = unit;
        } else {
            add(d, unit);
        }
    }
    return d->n % 2 == 0 || fail_at(d, "this is not UTF-16: an odd number of bytes", err);
}

/* Characters that a piece cuts are left for the next one. */
static bool check_utf8(struct decoder *d, bool last, size_t *used, struct bl_error *err)
{
    size_t i = 0, step = 1;
    uint32_t code;

    while (i < d->n && step) {
        step = d->piece[i] < 0x80 ? 1 : bl_utf8_decode((const char *)d->piece + i, d->n - i, &code);
        i += step;
    }
    bl_text_addn(&d->text, (const char *)d->piece, i);
    *used = i;
    return i == d->n || (!last && d->n - i < 4) || fail_at(d, "this is not UTF-8", err);
}

static bool decode_piece(struct decoder *d, size_t *used, struct bl_error *err)
{
    *used = d->n;
    if (d->encoding == BL_UTF16)
        return decode_wide(d, err);
    if (d->encoding == BL_UTF8)
        return check_utf8(d, d->at + d->n == d->source->size, used, err);
    decode_western(d);
    return true;
}

static bool decode_all(struct decoder *d, struct bl_error *err)
{
    while (d->at < d->source->size) {
        const uint64_t left = d->source->size - d->at;
        size_t used;

        d->n = left < PIECE ? (size_t)left : PIECE;
        if (!bl_source_read(d->source, d->at, (char *)d->piece, d->n, err) || !decode_piece(d, &used, err))
            return false;
        if (d->text.failed)
            return bl_fail_memory(err, d->source->label);
        d->at += used;
    }
    return !d->high || fail_at(d, "this is not UTF-16: half a character", err);
}

bool bl_encoding_open(const struct bl_source *s, enum bl_encoding encoding, struct bl_source *out, struct bl_error *err)
{
    struct decoder d = { .source = s, .encoding = encoding };
    bool fine;

    if (encoding == BL_UTF16 && bl_encoding_marked(s)) {
        char first;

        if (!bl_source_read(s, 0, &first, 1, err))
            return false;
        d.big = (unsigned char)first == 0xfe;
        d.at = 2;
    }
    d.piece = bl_calloc(PIECE, 1);
    fine = d.piece ? decode_all(&d, err) : bl_fail_memory(err, s->label);
    bl_free(d.piece);
    if (!fine) {
        bl_text_free(&d.text);
        return false;
    }
    bl_source_memory(out, bl_text_get(&d.text), d.text.length, s->label);
    out->owned = d.text.at;
    out->path = s->path;
    return true;
}
