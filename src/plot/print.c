/* Cells to lines of text, with no sequence that changes nothing. */
#include <stdio.h>

#include "batchlab/plot.h"

struct pen {
    struct bl_look look;
    bool underline;
};

static bool same(const struct pen *a, const struct pen *b, enum bl_colours colours)
{
    bool colour = a->look.colour == b->look.colour && (colours != BL_COLOURS_RGB || a->look.rgb == b->look.rgb);

    return colour && a->look.bold == b->look.bold && a->look.dim == b->look.dim &&
           a->look.reverse == b->look.reverse && a->underline == b->underline;
}

static size_t colour_code(const struct pen *p, enum bl_colours colours, char *out, size_t size)
{
    int c = p->look.colour, n = 0;

    if (c < 0)
        return 0;
    if (colours == BL_COLOURS_RGB)
        n = snprintf(out, size, ";38;2;%u;%u;%u", (unsigned)(p->look.rgb >> 16 & 255), (unsigned)(p->look.rgb >> 8 & 255),
                     (unsigned)(p->look.rgb & 255));
    else if (colours == BL_COLOURS_256)
        n = snprintf(out, size, ";38;5;%d", c);
    else
        n = snprintf(out, size, ";%d", c < 8 ? 30 + c : 82 + c);
    return n > 0 ? (size_t)n : 0;
}

static bool takes_away(const struct pen *old, const struct pen *new)
{
    return (old->look.bold && !new->look.bold) || (old->look.dim && !new->look.dim) ||
           (old->look.reverse && !new->look.reverse) || (old->underline && !new->underline) ||
           (old->look.colour >= 0 && new->look.colour < 0);
}

/* From one look to the next in one sequence; what has to go, goes by a reset. */
static void change(const struct pen *old, const struct pen *new, enum bl_colours colours, struct bl_text *out)
{
    static const struct pen plain = {.look = {.colour = -1}};
    char codes[64];
    size_t n = 0;
    bool reset = takes_away(old, new);

    if (reset)
        old = &plain;
    if (new->look.bold && !old->look.bold)
        n += (size_t)snprintf(codes + n, sizeof codes - n, ";1");
    if (new->look.dim && !old->look.dim)
        n += (size_t)snprintf(codes + n, sizeof codes - n, ";2");
    if (new->underline && !old->underline)
        n += (size_t)snprintf(codes + n, sizeof codes - n, ";4");
    if (new->look.reverse && !old->look.reverse)
        n += (size_t)snprintf(codes + n, sizeof codes - n, ";7");
    if (old->look.colour != new->look.colour || (colours == BL_COLOURS_RGB && old->look.rgb != new->look.rgb))
        n += colour_code(new, colours, codes + n, sizeof codes - n);
    if (n == 0)
        bl_text_add(out, "\033[m");
    else
        bl_text_addf(out, "\033[%s%.*sm", reset ? "0" : "", (int)n, codes + (reset ? 0 : 1));
}

static struct pen pen_of(const struct bl_cell *cell, enum bl_theme theme, enum bl_colours colours)
{
    struct pen p = {bl_theme_look(theme, colours, (enum bl_role)cell->role), cell->attributes & BL_UNDERLINE};

    p.look.bold |= (cell->attributes & BL_BOLD) != 0;
    p.look.reverse |= (cell->attributes & BL_REVERSE) != 0;
    return p;
}

static bool blank(const struct bl_cell *cell, enum bl_colours colours)
{
    return cell->code == ' ' && (colours == BL_COLOURS_NONE || !(cell->attributes & (BL_REVERSE | BL_UNDERLINE)));
}

static void add_cell(const struct bl_cell *cell, struct bl_text *out)
{
    char bytes[4];

    if (cell->code == 0)
        return;
    bl_text_addn(out, bytes, bl_utf8_encode(cell->code, bytes));
    for (int i = 0; i < 2 && cell->mark[i]; i++)
        bl_text_addn(out, bytes, bl_utf8_encode(cell->mark[i], bytes));
}

static void print_row(const struct bl_cell *row, int width, enum bl_theme theme, enum bl_colours colours,
                      struct bl_text *out)
{
    const struct pen plain = {.look = {.colour = -1}};
    struct pen now = plain;

    while (width > 0 && blank(&row[width - 1], colours))
        width--;
    for (int x = 0; x < width; x++) {
        struct pen next = pen_of(&row[x], theme, colours);
        bool shows = !blank(&row[x], colours) || now.look.reverse || now.underline;
        if (colours != BL_COLOURS_NONE && shows && !same(&now, &next, colours)) {
            change(&now, &next, colours, out);
            now = next;
        }
        add_cell(&row[x], out);
    }
    if (!same(&now, &plain, colours))
        bl_text_add(out, "\033[m");
    bl_text_add(out, "\n");
}

void bl_canvas_print(const struct bl_canvas *c, enum bl_theme theme, enum bl_colours colours, struct bl_text *out)
{
    for (int y = 0; y < c->height; y++)
        print_row(c->cells + (size_t)y * (size_t)c->width, c->width, theme, colours, out);
}

static bool cell_same(const struct bl_cell *a, const struct bl_cell *b)
{
    return a->code == b->code && a->mark[0] == b->mark[0] && a->mark[1] == b->mark[1] && a->role == b->role && a->attributes == b->attributes;
}

static void print_span(const struct bl_cell *row, int from, int to, const struct bl_shades *shades, struct bl_text *out)
{
    const struct pen plain = {.look = {.colour = -1}};
    struct pen now = plain;

    for (int x = from; x < to; x++) {
        struct pen next = pen_of(&row[x], shades->theme, shades->colours);

        if (shades->colours != BL_COLOURS_NONE && !same(&now, &next, shades->colours)) {
            change(&now, &next, shades->colours, out);
            now = next;
        }
        add_cell(&row[x], out);
    }
    if (!same(&now, &plain, shades->colours))
        bl_text_add(out, "\033[m");
}

/* A row from its first cell that differs to its last; `before` NULL: every row is new. */
void bl_canvas_print_changes(const struct bl_canvas *c, const struct bl_cell *before, const struct bl_shades *shades, struct bl_text *out)
{
    for (int y = 0; y < c->height; y++) {
        const struct bl_cell *row = c->cells + (size_t)y * (size_t)c->width, *old = before ? before + (size_t)y * (size_t)c->width : NULL;
        int from = 0, to = c->width;

        while (old && from < to && cell_same(&row[from], &old[from]))
            from++;
        while (old && to > from && cell_same(&row[to - 1], &old[to - 1]))
            to--;
        while (!old && to > 0 && blank(&row[to - 1], shades->colours))
            to--;
        if (from >= to)
            continue;
        while (from > 0 && row[from].code == 0) /* a wide character is written whole */
            from--;
        bl_text_addf(out, "\033[%d;%dH", y + 1, from + 1);
        print_span(row, from, to, shades, out);
    }
}
