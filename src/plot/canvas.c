/* A rectangle of cells. Whatever is written is cleaned, clipped, and made ASCII where the canvas is. */
#include <stdio.h>
#include <string.h>

#include "batchlab/plot.h"

bool bl_canvas_init(struct bl_canvas *c, int width, int height, enum bl_charset charset, struct bl_error *err)
{
    memset(c, 0, sizeof *c);
    c->charset = charset;
    if (width < 1 || height < 1)
        return bl_fail(err, BL_VALUE, "a canvas of %d x %d cells has no room", width, height);
    c->cells = bl_calloc((size_t)width * (size_t)height, sizeof *c->cells);
    if (!c->cells)
        return bl_fail_memory(err, "the canvas");
    c->width = width;
    c->height = height;
    bl_canvas_clear(c, (struct bl_rect){0, 0, width, height});
    return true;
}

void bl_canvas_done(struct bl_canvas *c)
{
    bl_free(c->cells);
    memset(c, 0, sizeof *c);
}

static struct bl_cell *cell_at(const struct bl_canvas *c, int x, int y)
{
    if (x < 0 || y < 0 || x >= c->width || y >= c->height)
        return NULL;
    return &c->cells[(size_t)y * (size_t)c->width + (size_t)x];
}

void bl_canvas_clear(struct bl_canvas *c, struct bl_rect r)
{
    int x0 = r.x < 0 ? 0 : r.x, y0 = r.y < 0 ? 0 : r.y;
    int64_t x1 = (int64_t)r.x + r.width, y1 = (int64_t)r.y + r.height;

    for (int y = y0; y < y1 && y < c->height; y++)
        for (int x = x0; x < x1 && x < c->width; x++)
            *cell_at(c, x, y) = (struct bl_cell){.code = ' '};
}

/* A wide character that loses one half loses the other. */
static void break_wide(struct bl_canvas *c, int x, int y)
{
    struct bl_cell *here = cell_at(c, x, y), *left = cell_at(c, x - 1, y), *right = cell_at(c, x + 1, y);

    if (here->code == 0 && left)
        left->code = ' ';
    else if (here->code != 0 && right && right->code == 0)
        right->code = ' ';
}

/* ---- ASCII ----------------------------------------------------------------------------------*/

static const char latin1[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty"; /* U+00C0 ... */

static const struct { uint32_t code; char ascii; } signs[] = {
    {0xb7, '|'}, {0xb1, '~'}, {0xb0, 'o'}, {0xb5, 'u'}, {0xa0, ' '}, {0x2013, '-'}, {0x2014, '-'},
    {0x2018, '\''}, {0x2019, '\''}, {0x201c, '"'}, {0x201d, '"'}, {0x2026, '~'}, {0x2190, '<'},
    {0x2191, '^'}, {0x2192, '>'}, {0x2193, 'v'}, {0x2212, '-'}, {0x25cf, 'o'}, {0x25b2, '^'},
    {0x25a0, '#'}, {0x25c6, '*'}, {0x25c7, '*'}, {0x25bc, 'v'}, {0x25b6, '>'}, {0x25b8, '>'},
    {0x25c0, '<'}, {0x2717, 'x'}, {0x2713, '+'}, {0x2022, '*'}, {0x250a, ':'}, {0x254e, '!'}, {0x2504, '-'},
    {0x2591, '.'}, {0x2592, ':'}, {0x2593, '|'}, {0x2588, '#'}, {0x2590, '#'}, {0x2580, '#'},
};

static char box_ascii(uint32_t code)
{
    switch (code) {
    case 0x2500: case 0x2501: return '-';
    case 0x2502: case 0x2503: return '|';
    default: return '+';
    }
}

static char to_ascii(uint32_t code)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (signs[i].code == code)
            return signs[i].ascii;
    if (code >= 0xc0 && code <= 0xff)
        return latin1[code - 0xc0];
    if (code >= 0x2500 && code <= 0x257f)
        return box_ascii(code);
    if (code >= 0x2581 && code <= 0x2587)
        return "..::||#"[code - 0x2581]; /* by height */
    if (code >= 0x2589 && code <= 0x258f)
        return "##||::."[code - 0x2589];
    return '?';
}

/* ---- writing --------------------------------------------------------------------------------*/

int bl_canvas_put(struct bl_canvas *c, int x, int y, uint32_t code, enum bl_role role, int attributes)
{
    struct bl_cell *cell = cell_at(c, x, y);
    int width = bl_utf8_width(code);

    if (!cell || width < 1 || code < ' ' || code == 0x7f)
        return 0;
    if (width == 2 && !cell_at(c, x + 1, y)) {
        code = '~';
        width = 1;
    }
    if (code > 0x7e && c->charset == BL_CHARSET_ASCII)
        code = (uint32_t)to_ascii(code);
    for (int i = 0; i < width; i++) {
        break_wide(c, x + i, y);
        /* In ASCII the second half of a wide sign is a blank, elsewhere it belongs to the first. */
        *cell_at(c, x + i, y) = (struct bl_cell){.code = i == 0 ? code : code > 0x7e ? 0 : ' ',
                                                 .role = (uint8_t)role,
                                                 .attributes = (uint8_t)attributes};
    }
    return width;
}

static void put_mark(struct bl_canvas *c, int x, int y, uint32_t mark)
{
    struct bl_cell *cell = cell_at(c, x, y);

    if (cell && cell->code == 0)
        cell = cell_at(c, x - 1, y);
    if (!cell || c->charset == BL_CHARSET_ASCII || cell->code == ' ')
        return;
    if (!cell->mark[0])
        cell->mark[0] = mark;
    else if (!cell->mark[1])
        cell->mark[1] = mark;
}

/* Writes n bytes of clean text into at most `columns`; '~' in the last one if more would follow. */
static int write_clean(struct bl_canvas *c, int x, int y, int columns, const char *s, size_t n,
                       enum bl_role role, int attributes)
{
    bool cut = bl_text_width(s, n) > (size_t)columns && columns >= 3;
    size_t bytes = bl_text_fit(s, n, (size_t)(cut ? columns - 1 : columns));
    int used = 0;

    for (size_t i = 0; i < bytes;) {
        uint32_t code;
        size_t length = bl_utf8_decode(s + i, bytes - i, &code);
        if (length == 0)
            break;
        if (bl_utf8_width(code) > 0)
            used += bl_canvas_put(c, x + used, y, code, role, attributes);
        else if (used > 0)
            put_mark(c, x + used - 1, y, code);
        i += length;
    }
    if (cut)
        used += bl_canvas_put(c, x + used, y, '~', role, attributes);
    return used;
}

int bl_canvas_text(struct bl_canvas *c, int x, int y, int max_width, const char *text, enum bl_role role,
                   int attributes)
{
    char clean[4096];

    if (!text || x < 0 || x >= c->width || y < 0 || y >= c->height)
        return 0;
    if (max_width > c->width - x)
        max_width = c->width - x;
    if (max_width < 1)
        return 0;
    bl_show(clean, sizeof clean, text, strlen(text));
    return write_clean(c, x, y, max_width, clean, strlen(clean), role, attributes);
}

int bl_canvas_textf(struct bl_canvas *c, int x, int y, int max_width, enum bl_role role, int attributes,
                    const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return bl_canvas_text(c, x, y, max_width, text, role, attributes);
}

int bl_canvas_right(struct bl_canvas *c, int x_end, int y, int max_width, const char *text, enum bl_role role,
                    int attributes)
{
    char clean[4096];
    size_t width;

    if (!text || x_end < 1)
        return 0;
    if (max_width > x_end)
        max_width = x_end;
    if (max_width < 1)
        return 0;
    bl_show(clean, sizeof clean, text, strlen(text));
    width = bl_text_width(clean, strlen(clean));
    if (width > (size_t)max_width)
        width = (size_t)max_width;
    return bl_canvas_text(c, x_end - (int)width, y, (int)width, text, role, attributes);
}

/* ---- frame, bar, spark ----------------------------------------------------------------------*/

/* across, down, four corners from the upper left in reading order */
static const uint32_t frames[3][6] = {
    {0x2500, 0x2502, 0x250c, 0x2510, 0x2514, 0x2518},
    {0x2501, 0x2503, 0x250f, 0x2513, 0x2517, 0x251b},
    {'=', '#', '#', '#', '#', '#'}, /* what is focused must show in ASCII too */
};

static void frame_lines(struct bl_canvas *c, struct bl_rect r, const uint32_t *sign, enum bl_role role)
{
    int right = r.x + r.width - 1, bottom = r.y + r.height - 1;

    for (int x = r.x + 1; x < right; x++) {
        bl_canvas_put(c, x, r.y, sign[0], role, 0);
        bl_canvas_put(c, x, bottom, sign[0], role, 0);
    }
    for (int y = r.y + 1; y < bottom; y++) {
        bl_canvas_put(c, r.x, y, sign[1], role, 0);
        bl_canvas_put(c, right, y, sign[1], role, 0);
    }
    bl_canvas_put(c, r.x, r.y, sign[2], role, 0);
    bl_canvas_put(c, right, r.y, sign[3], role, 0);
    bl_canvas_put(c, r.x, bottom, sign[4], role, 0);
    bl_canvas_put(c, right, bottom, sign[5], role, 0);
}

struct bl_rect bl_canvas_frame(struct bl_canvas *c, struct bl_rect r, const char *title, const char *note,
                               bool focused)
{
    enum bl_role role = focused ? BL_ROLE_FOCUS : BL_ROLE_DIM;
    int used = 0, room = r.width - 6, note_width;

    if (r.width < 2 || r.height < 2)
        return (struct bl_rect){r.x, r.y, r.width > 0 ? r.width : 0, r.height > 0 ? r.height : 0};
    frame_lines(c, r, frames[!focused ? 0 : c->charset == BL_CHARSET_ASCII ? 2 : 1], role);
    if (title && *title && room > 0) {
        used = bl_canvas_text(c, r.x + 3, r.y, room, title, BL_ROLE_TITLE, focused ? BL_BOLD : 0);
        bl_canvas_put(c, r.x + 2, r.y, ' ', role, 0);
        bl_canvas_put(c, r.x + 3 + used, r.y, ' ', role, 0);
    }
    note_width = note ? (int)bl_text_width(note, strlen(note)) : 0;
    if (note_width > 0 && note_width <= room - used - (used ? 3 : 0)) {
        used = bl_canvas_right(c, r.x + r.width - 3, r.y, note_width, note, BL_ROLE_TEXT, 0);
        bl_canvas_put(c, r.x + r.width - 3, r.y, ' ', role, 0);
        bl_canvas_put(c, r.x + r.width - 4 - used, r.y, ' ', role, 0);
    }
    return (struct bl_rect){r.x + 1, r.y + 1, r.width > 3 ? r.width - 3 : r.width - 2, r.height - 2};
}

void bl_canvas_bar(struct bl_canvas *c, int x, int y, int width, double fraction, enum bl_role role)
{
    double eighths;
    int full, rest;

    if (width < 1 || !(fraction > 0))
        return;
    eighths = (fraction < 1 ? fraction : 1) * width * 8;
    full = (int)(eighths + 0.5) / 8;
    rest = (int)(eighths + 0.5) % 8;
    if (full == 0 && rest == 0)
        rest = 1; /* something is there */
    for (int i = 0; i < full; i++)
        bl_canvas_put(c, x + i, y, 0x2588, role, 0);
    if (rest > 0 && c->charset != BL_CHARSET_ASCII)
        bl_canvas_put(c, x + full, y, 0x2590u - (uint32_t)rest, role, 0);
    else if (rest >= 4 || full == 0)
        bl_canvas_put(c, x + full, y, rest > 0 ? '#' : ' ', role, 0);
}

static double largest(const double *values, size_t begin, size_t end, bool *broken)
{
    double most = 0;

    *broken = false;
    for (size_t i = begin; i < end; i++) {
        if (!(values[i] - values[i] == 0))
            *broken = true;
        else if (values[i] > most)
            most = values[i];
    }
    return most;
}

/* One column of eighth blocks, `filled` eighths high, in `height` lines from y. */
static void spark_column(struct bl_canvas *c, int x, int y, int height, int filled, enum bl_role role)
{
    for (int row = height - 1; row >= 0 && filled > 0; row--, filled -= 8)
        bl_canvas_put(c, x, y + row, filled >= 8 ? 0x2588 : 0x2580 + (uint32_t)filled, role, 0);
}

void bl_canvas_spark(struct bl_canvas *c, int x, int y, int width, int height, const double *values, size_t n,
                     enum bl_role role)
{
    size_t columns;
    double top;
    bool broken;

    if (width < 1 || height < 1 || n == 0)
        return;
    columns = n < (size_t)width ? n : (size_t)width;
    top = largest(values, 0, n, &broken);
    for (size_t i = 0; i < columns; i++) {
        double most = largest(values, i * n / columns, (i + 1) * n / columns, &broken);
        int filled = top > 0 ? (int)(most / top * height * 8 + 0.5) : 0;
        if (broken)
            bl_canvas_put(c, x + (int)i, y + height - 1, 0x2717, BL_ROLE_BAD, 0);
        else
            spark_column(c, x + (int)i, y, height, filled > 0 ? filled : 1, role);
    }
}
