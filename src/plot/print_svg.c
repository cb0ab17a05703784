/* Cells as a picture: a whole screen, which scales, on paper or in a web page. Words stay words. */
#include "batchlab/plot.h"

#include <string.h>

enum { CELL_WIDTH = 10, CELL_HEIGHT = 20, BASELINE = 15 };
struct sheet { const struct bl_canvas *canvas; enum bl_theme theme; uint32_t paper, ink; struct bl_text *out; };

static struct bl_look look_of(const struct sheet *s, const struct bl_cell *cell)
{
    struct bl_look look = bl_theme_look(s->theme, BL_COLOURS_RGB, (enum bl_role)cell->role);

    if (look.colour < 0)
        look.rgb = s->ink;
    look.bold |= (cell->attributes & BL_BOLD) != 0;
    look.reverse |= (cell->attributes & BL_REVERSE) != 0;
    return look;
}

/* May cell x follow the one before it in one word? Signs that fonts draw with widths of their own, and wide ones, stand alone. */
static bool joins(const struct sheet *s, const struct bl_cell *row, int x)
{
    const struct bl_look a = look_of(s, &row[x - 1]), b = look_of(s, &row[x]);

    return row[x - 1].code < 0x80 && row[x].code < 0x80 && row[x].code && a.rgb == b.rgb && a.bold == b.bold && a.dim == b.dim && a.reverse == b.reverse &&
           ((row[x - 1].attributes ^ row[x].attributes) & BL_UNDERLINE) == 0;
}

static void add_code(struct bl_text *t, uint32_t code)
{
    char bytes[4];

    if (code == '&' || code == '<' || code == '>')
        bl_text_add(t, code == '&' ? "&amp;" : code == '<' ? "&lt;" : "&gt;");
    else
        bl_text_addn(t, bytes, bl_utf8_encode(code, bytes));
}

static void add_words(const struct sheet *s, const struct bl_cell *row, int from, int to, int y)
{
    const struct bl_look look = look_of(s, &row[from]);
    const int cells = to < s->canvas->width && row[to].code == 0 ? to + 1 - from : to - from;

    if (look.reverse)
        bl_text_addf(s->out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n", CELL_WIDTH * from, CELL_HEIGHT * y, CELL_WIDTH * cells,
                     CELL_HEIGHT, look.rgb);
    bl_text_addf(s->out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"#%06x\"%s%s%s>", CELL_WIDTH * from, CELL_HEIGHT * y + BASELINE, CELL_WIDTH * cells,
                 look.reverse ? s->paper : look.rgb, look.bold ? " font-weight=\"bold\"" : "", look.dim ? " opacity=\"0.6\"" : "",
                 row[from].attributes & BL_UNDERLINE ? " text-decoration=\"underline\"" : "");
    for (int x = from; x < to; x++) {
        add_code(s->out, row[x].code);
        for (int i = 0; i < 2 && row[x].mark[i]; i++)
            add_code(s->out, row[x].mark[i]);
    }
    bl_text_add(s->out, "</text>\n");
}

static bool blank(const struct bl_cell *cell)
{
    return (cell->code == ' ' || cell->code == 0) && !(cell->attributes & (BL_REVERSE | BL_UNDERLINE));
}

static void add_row(const struct sheet *s, int y)
{
    const struct bl_cell *row = s->canvas->cells + (size_t)y * (size_t)s->canvas->width;

    for (int x = 0, to; x < s->canvas->width; x = to) {
        to = x + 1;
        if (blank(&row[x]) || row[x].code == 0)
            continue;
        while (to < s->canvas->width && joins(s, row, to) && !(blank(&row[to]) && (to + 1 == s->canvas->width || blank(&row[to + 1]))))
            to++;
        add_words(s, row, x, to, y);
    }
}

void bl_canvas_svg(const struct bl_canvas *c, enum bl_theme theme, struct bl_text *out)
{
    const bool light = theme == BL_THEME_LIGHT || theme == BL_THEME_MONO;
    const struct sheet s = {.canvas = c, .theme = theme, .paper = light ? 0xffffff : 0x101010, .ink = light ? 0x202020 : 0xe0e0e0, .out = out};
    const int width = CELL_WIDTH * c->width, height = CELL_HEIGHT * c->height;

    bl_text_addf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"DejaVu Sans Mono, Menlo, "
                      "Consolas, monospace\" font-size=\"16\" xml:space=\"preserve\">\n<rect width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
                 width, height, width, height, width, height, s.paper);
    for (int y = 0; y < c->height; y++)
        add_row(&s, y);
    bl_text_add(out, "</svg>\n");
}
