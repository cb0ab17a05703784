/* The dots of the plot area: 2 × 4 a cell in braille, 1 × 2 in blocks, 1 in ASCII. */
#include <string.h>

#include "draw.h"

bool bl_raster_init(struct bl_raster *r, int width, int height, enum bl_charset charset)
{
    size_t cells;

    memset(r, 0, sizeof *r);
    if (width < 1 || height < 1)
        return false;
    cells = (size_t)width * (size_t)height;
    r->width = width;
    r->height = height;
    r->charset = charset;
    r->dots_x = charset == BL_CHARSET_BRAILLE ? 2 : 1;
    r->dots_y = charset == BL_CHARSET_BRAILLE ? 4 : charset == BL_CHARSET_BLOCK ? 2 : 1;
    r->shift_x = r->dots_x == 2;
    r->shift_y = r->dots_y == 4 ? 2 : r->dots_y == 2;
    r->columns = width * r->dots_x;
    r->rows = height * r->dots_y;
    r->glyph = bl_calloc(cells, sizeof *r->glyph + 5 * sizeof *r->dots);
    r->low = bl_calloc((size_t)width * 2, sizeof *r->low);
    if (!r->glyph || !r->low) {
        bl_raster_done(r);
        return false;
    }
    r->dots = (uint8_t *)(r->glyph + cells);
    r->owner = r->dots + cells;
    r->style = r->owner + cells;
    r->glyph_role = r->style + cells;
    r->layer = r->glyph_role + cells;
    r->high = r->low + width;
    return true;
}

void bl_raster_done(struct bl_raster *r)
{
    bl_free(r->glyph);
    bl_free(r->low);
    memset(r, 0, sizeof *r);
}

/* Bits of a cell for its row and column of dots. */
static uint8_t dot_bit(const struct bl_raster *r, int column, int row)
{
    static const uint8_t braille[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

    return r->charset == BL_CHARSET_BRAILLE ? braille[row & 3][column & 1] : (uint8_t)(1 << (row & (r->dots_y - 1)));
}

static void cell_add(struct bl_raster *r, size_t cell, uint8_t bits, enum bl_role role, size_t style)
{
    if (r->layer[cell] < r->now) { /* a curve is not mixed with the cloud or ghost behind it */
        r->layer[cell] = r->now;
        r->dots[cell] = 0;
    }
    r->dots[cell] |= bits;
    r->owner[cell] = (uint8_t)role;
    r->style[cell] = (uint8_t)(style % 7);
}

void bl_raster_dot(struct bl_raster *r, int column, int row, enum bl_role role, size_t style)
{
    if (column < 0 || row < 0 || column >= r->columns || row >= r->rows)
        return;
    cell_add(r, bl_raster_index(r, column >> r->shift_x, row >> r->shift_y), dot_bit(r, column, row), role, style);
}

void bl_raster_stroke(struct bl_raster *r, int column, int from, int to, enum bl_role role, size_t style)
{
    while (from <= to) {
        int end = from | (r->dots_y - 1), last = end < to ? end : to;
        size_t cell = bl_raster_index(r, column >> r->shift_x, from >> r->shift_y);
        uint8_t bits = 0;
        for (; from <= last; from++)
            bits |= dot_bit(r, column, from);
        cell_add(r, cell, bits, role, style);
    }
}

bool bl_raster_glyph(struct bl_raster *r, int x, int y, uint32_t code, enum bl_role role)
{
    size_t cell;

    if (x < 0 || y < 0 || x >= r->width || y >= r->height)
        return false;
    cell = bl_raster_index(r, x, y);
    if (r->glyph[cell])
        return false;
    r->glyph[cell] = code;
    r->glyph_role[cell] = (uint8_t)role;
    return true;
}

bool bl_raster_stretch_free(const struct bl_raster *r, int x, int y, int width)
{
    if (x < 0 || y < 0 || x + width > r->width || y >= r->height)
        return false;
    for (int i = 0; i < width; i++)
        if (!bl_raster_free_at(r, x + i, y))
            return false;
    return true;
}

static uint32_t dots_code(const struct bl_raster *r, size_t cell)
{
    static const uint32_t halves[] = {' ', 0x2580, 0x2584, 0x2588};

    if (r->charset == BL_CHARSET_BRAILLE)
        return 0x2800u + r->dots[cell];
    if (r->charset == BL_CHARSET_BLOCK)
        return halves[r->dots[cell] & 3];
    return bl_marker_code(r->style[cell], BL_CHARSET_ASCII);
}

void bl_raster_show(const struct bl_raster *r, const struct bl_view *v)
{
    for (int y = 0; y < r->height; y++)
        for (int x = 0; x < r->width; x++) {
            size_t cell = bl_raster_index(r, x, y);
            if (r->glyph[cell] > 1)
                bl_canvas_put(v->canvas, v->plot.x + x, v->plot.y + y, r->glyph[cell],
                              (enum bl_role)r->glyph_role[cell], 0);
            else if (r->dots[cell])
                bl_canvas_put(v->canvas, v->plot.x + x, v->plot.y + y, dots_code(r, cell),
                              (enum bl_role)r->owner[cell], 0);
        }
}

/* ---- the signs of curves --------------------------------------------------------------------*/

uint32_t bl_marker_code(size_t style, enum bl_charset charset)
{
    static const uint32_t signs[] = {0x25cf, 0x25b2, 0x25a0, 0x25c6, 0x25bc, '+', 0xd7};
    static const char ascii[] = "o^#*v+x";

    return charset == BL_CHARSET_ASCII ? (uint32_t)ascii[style % 7] : signs[style % 7];
}

const char *bl_marker(size_t style, enum bl_charset charset)
{
    static const char *const signs[] = {"●", "▲", "■", "◆", "▼", "+", "×"};
    static const char *const ascii[] = {"o", "^", "#", "*", "v", "+", "x"};

    return (charset == BL_CHARSET_ASCII ? ascii : signs)[style % 7];
}

const unsigned *bl_dash(size_t style)
{
    static const unsigned patterns[7][4] = {{0},          {6, 2, 6, 2}, {3, 3, 3, 3}, {8, 2, 2, 2},
                                            {2, 2, 2, 2}, {1, 3, 1, 3}, {4, 4, 4, 4}};

    return patterns[style % 7];
}

uint32_t bl_fill(size_t group, size_t groups, enum bl_charset charset)
{
    static const uint32_t blocks[] = {0x2591, 0x2592, 0x2593, 0x2588};
    static const char ascii[] = ".:|#";
    static const int two[] = {1, 3}, three[] = {0, 1, 3};
    size_t i = group % 4;

    if (groups <= 1)
        i = 3;
    else if (groups == 2)
        i = (size_t)two[group % 2];
    else if (groups == 3)
        i = (size_t)three[group % 3];
    return charset == BL_CHARSET_ASCII ? (uint32_t)ascii[i] : blocks[i];
}
