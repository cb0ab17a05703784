/* Characters: decoding, columns, and what may reach a screen. */
#include "batchlab/base.h"

#include <string.h>

#include "utf8.h"
#include "widths.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static bool is_in(const struct range *ranges, size_t n, uint32_t code)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (code > ranges[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && code >= ranges[low].first;
}

/* Bytes that the first byte announces; 0 for one that cannot start a character. */
static size_t announced(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xc2) /* continuation, or a longer form of ASCII */
        return 0;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    return first < 0xf5 ? 4 : 0;
}

size_t bl_utf8_decode(const char *s, size_t n, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    static const uint8_t first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    size_t length = n ? announced((uint8_t)s[0]) : 0;

    if (length == 0 || length > n)
        return 0;
    uint32_t c = (uint8_t)s[0] & first_bits[length];

    for (size_t i = 1; i < length; i++) {
        if (((uint8_t)s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | ((uint8_t)s[i] & 0x3f);
    }
    if (c < least[length] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *code = c;
    return length;
}

size_t bl_utf8_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return code < 0xd800 || code >= 0xe000 ? 3 : 0;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return code <= 0x10ffff ? 4 : 0;
}

enum bl_ink bl_utf8_ink(uint32_t code)
{
    if (code < 0x20 || (code >= 0x7f && code < 0xa0))
        return BL_INK_NONE;
    if (code < 0x300)
        return code == 0xad ? BL_INK_NONE : BL_INK_ONE;
    if (is_in(combining_ranges, COUNT(combining_ranges), code))
        return BL_INK_JOINS;
    if (is_in(hidden_ranges, COUNT(hidden_ranges), code) || (code & 0xfffe) == 0xfffe)
        return BL_INK_NONE;
    return is_in(wide_ranges, COUNT(wide_ranges), code) ? BL_INK_TWO : BL_INK_ONE;
}

int bl_utf8_width(uint32_t code)
{
    switch (bl_utf8_ink(code)) {
    case BL_INK_ONE: return 1;
    case BL_INK_TWO: return 2;
    case BL_INK_NONE:
    case BL_INK_JOINS: break;
    }
    return 0;
}

/* One character: its bytes and its columns. An invalid byte counts as one column. */
static size_t step(const char *s, size_t n, size_t *columns)
{
    uint32_t code;
    size_t length;

    if ((uint8_t)(s[0] - 0x20) < 0x5f) { /* nearly always */
        *columns = 1;
        return 1;
    }
    length = bl_utf8_decode(s, n, &code);
    *columns = length ? (size_t)bl_utf8_width(code) : 1;
    return length ? length : 1;
}

size_t bl_text_width(const char *s, size_t n)
{
    size_t width = 0, columns;

    for (size_t i = 0; i < n; width += columns)
        i += step(s + i, n - i, &columns);
    return width;
}

size_t bl_text_fit(const char *s, size_t n, size_t columns)
{
    size_t i = 0, width = 0;

    while (i < n) {
        size_t more, length = step(s + i, n - i, &more);

        if (width + more > columns)
            break;
        width += more;
        i += length;
    }
    return i;
}
