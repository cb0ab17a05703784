/* Epoch and loss in digits that are read from the last row of a lecture room, as large as the screen allows. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { TALL = 5, GAP = 1, BETWEEN = 3, LOSS_CHARS = 5, LABELS = 11 /* "epoch " and "loss " */ };

/* Rows of three pixels each, the left one the highest bit. */
static const struct { char c; int wide; unsigned char row[TALL]; } font[] = {
    { '0', 3, { 7, 5, 5, 5, 7 } }, { '1', 3, { 2, 6, 2, 2, 7 } }, { '2', 3, { 7, 1, 7, 4, 7 } }, { '3', 3, { 7, 1, 7, 1, 7 } },
    { '4', 3, { 5, 5, 7, 1, 1 } }, { '5', 3, { 7, 4, 7, 1, 7 } }, { '6', 3, { 7, 4, 7, 5, 7 } }, { '7', 3, { 7, 1, 1, 1, 1 } },
    { '8', 3, { 7, 5, 7, 5, 7 } }, { '9', 3, { 7, 5, 7, 1, 7 } }, { '.', 1, { 0, 0, 0, 0, 4 } }, { '-', 3, { 0, 0, 7, 0, 0 } },
    { '+', 3, { 0, 2, 7, 2, 0 } }, { '/', 3, { 1, 1, 2, 4, 4 } }, { 'e', 3, { 7, 5, 7, 4, 7 } }, { 'i', 1, { 4, 0, 4, 4, 4 } },
    { 'n', 3, { 0, 6, 5, 5, 5 } }, { 'f', 3, { 3, 4, 6, 4, 4 } }, { 'a', 3, { 7, 1, 7, 5, 7 } }, { 'k', 3, { 4, 5, 6, 6, 5 } },
    { 'M', 3, { 5, 7, 7, 5, 5 } }, { 'G', 3, { 7, 4, 5, 5, 7 } },
};

static size_t glyph_of(char c)
{
    for (size_t i = 0; i < sizeof font / sizeof *font; i++)
        if (font[i].c == c)
            return i;
    return 11; /* '-' */
}

/* Pixels are `across` cells wide and `down` cells high; down 0: two of them in one cell. */
struct size { int across, down, rows; bool labels, planned; };

static int cells_of(const char *text, int across)
{
    int n = 0;

    for (; *text; text++)
        n += (font[glyph_of(*text)].wide + GAP) * across;
    return n;
}

/* ---- what fits -------------------------------------------------------------------------------------------*/

static void epoch_text(const struct bl_snapshot *s, double epoch, bool planned, char *out, size_t size)
{
    char now[32];

    snprintf(now, sizeof now, "%.0f", floor(epoch));
    snprintf(out, size, planned ? "%s/%llu" : "%s", now, (unsigned long long)s->planned);
}

/* By the digits that the plan has, so that nothing moves while it goes on. */
static bool fits(const struct size *z, int width, int height, const struct bl_snapshot *s)
{
    double most = s->planned ? fmax((double)s->planned, s->epoch) : fmax(s->epoch, 99);
    char epoch[64];
    int need;

    epoch_text(s, most, z->planned && s->planned, epoch, sizeof epoch);
    need = cells_of(epoch, z->across) + cells_of("0.000", z->across) + BETWEEN + (z->labels ? LABELS : 0);
    return need <= width - 2 && z->rows * 3 <= height;
}

static struct size size_of(int width, int height, const struct bl_snapshot *s, enum bl_charset charset)
{
    static const struct size sizes[] = {
        { 4, 2, 10, true, true }, { 4, 2, 10, true, false }, { 2, 1, 5, true, true }, { 2, 1, 5, true, false }, { 1, 0, 3, true, true },
        { 1, 0, 3, true, false }, { 2, 1, 5, false, false },
    };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if ((sizes[i].down || charset != BL_CHARSET_ASCII) && fits(&sizes[i], width, height, s))
            return sizes[i];
    return (struct size){ 0 };
}

int big_rows(int width, int height, const struct bl_snapshot *s, const struct ui *ui)
{
    return s->n_runs && !s->streams ? size_of(width, height, s, ui->charset).rows : 0;
}

/* ---- drawing -------------------------------------------------------------------------------------------------*/

static bool pixel(size_t glyph, int x, int y) { return y < TALL && (font[glyph].row[y] >> (2 - x) & 1); }

static void glyph_draw(struct bl_canvas *c, int x, int y, size_t glyph, const struct size *z, enum bl_role role)
{
    static const uint32_t halves[] = { 0, 0x2580, 0x2584, 0x2588 };
    uint32_t full = c->charset == BL_CHARSET_ASCII ? '#' : 0x2588;

    for (int row = 0; row < z->rows; row++)
        for (int k = 0; k < font[glyph].wide * z->across; k++) {
            int upper = z->down ? row / z->down : 2 * row, at = k / z->across;
            int both = pixel(glyph, at, upper) + (z->down ? 0 : 2 * pixel(glyph, at, upper + 1));
            if (both)
                bl_canvas_put(c, x + k, y + row, z->down ? full : halves[both], role, BL_BOLD);
        }
}

static int text_draw(struct bl_canvas *c, int x, int y, const char *text, const struct size *z, enum bl_role role)
{
    for (; *text; text++) {
        size_t glyph = glyph_of(*text);
        glyph_draw(c, x, y, glyph, z, role);
        x += (font[glyph].wide + GAP) * z->across;
    }
    return x;
}

static int label_draw(struct bl_canvas *c, int x, int y, const char *label, const struct size *z)
{
    return z->labels ? x + bl_canvas_text(c, x, y + z->rows - 1, 8, label, BL_ROLE_DIM, 0) + 1 : x;
}

void big_draw(struct bl_canvas *c, const struct bl_snapshot *s, const struct bl_view_settings *view, const struct ui *ui)
{
    struct bl_rect r = ui->layout.big;
    size_t front = ui_front(s, view);
    const struct bl_run_view *run = s->n_runs ? &s->runs[front] : NULL;
    const struct bl_point *p = run ? ui_cursor_point(ui, run) : NULL;
    struct size z;
    char epoch[64], number[32];
    int x = r.x + 1;

    if (r.height < 1 || !run)
        return;
    z = size_of(r.width, ui->layout.height - 2 - ui->layout.events.height, s, c->charset);
    p = p ? p : &run->now;
    epoch_text(s, p->epoch, z.planned && s->planned, epoch, sizeof epoch);
    x = label_draw(c, x, r.y, "epoch", &z);
    x = text_draw(c, x, r.y, epoch, &z, BL_ROLE_TEXT) + BETWEEN;
    x = label_draw(c, x, r.y, "loss", &z);
    text_draw(c, x, r.y, part_fit(number, p->train_loss, 3, LOSS_CHARS), &z, bl_curve_role(front));
}
