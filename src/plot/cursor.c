/* What is drawn across a chart of lines: levels and the cursor with its read-outs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw.h"

/* ---- levels ---------------------------------------------------------------------------------*/

/* On its line as far to the right as it goes, else above, else below, else not at all. */
static void level_label(struct bl_raster *r, const struct bl_view *v, const struct bl_level *level, int row)
{
    static const int tries[] = {0, -1, 1};
    int width = level->label ? (int)bl_text_width(level->label, strlen(level->label)) : 0;

    if (width == 0)
        return;
    for (size_t i = 0; i < 3; i++)
        for (int x = v->plot.width - width - 1; x > 0; x--) {
            if (!bl_raster_stretch_free(r, x - 1, row + tries[i], width + 2 > r->width - x + 1 ? width + 1 : width + 2))
                continue;
            bl_canvas_text(v->canvas, v->plot.x + x, v->plot.y + row + tries[i], width, level->label, level->role, 0);
            for (int k = -1; k <= width && x + k < r->width; k++)
                r->glyph[bl_raster_index(r, x + k, row + tries[i])] = 1;
            return;
        }
}

void bl_levels_draw(struct bl_raster *r, const struct bl_view *v)
{
    for (size_t i = 0; i < v->chart->n_levels; i++) {
        const struct bl_level *level = &v->chart->levels[i];
        double at = bl_scale_at(&v->y, level->y);
        int row;
        if (!(at >= -1e-9 && at <= 1 + 1e-9))
            continue;
        row = bl_view_row(v, level->y);
        if (v->names != BL_NAMES_AT_END)
            level_label(r, v, level, row);
        for (int x = 0; x < v->plot.width; x++) {
            if (!bl_raster_stretch_free(r, x > 0 ? x - 1 : 0, row, x > 0 && x + 1 < r->width ? 3 : 1))
                continue; /* keeps a distance, or it would fill the gaps of dash patterns */
            if (r->charset != BL_CHARSET_ASCII || x % 2 == 0)
                bl_canvas_put(v->canvas, v->plot.x + x, v->plot.y + row, 0x2504, level->role, 0);
        }
    }
}

/* ---- cursor ---------------------------------------------------------------------------------*/

/* The newest recorded value at or before x. */
static bool value_at(const struct bl_series *s, double x, double *value)
{
    bool any = false;
    double best = 0;

    for (size_t i = 0; i < s->n; i++)
        if (s->x[i] <= x && (!any || s->x[i] >= best)) {
            best = s->x[i];
            *value = s->y[i];
            any = true;
        }
    return any;
}

/* A sign that is covered counts as much as eight cells of a curve: half a name tells nothing. */
static int busy_cells(const struct bl_raster *r, int x, int y, int width, int height)
{
    int busy = 0;

    for (int j = 0; j < height; j++)
        for (int i = 0; i < width; i++)
            busy += r->glyph[bl_raster_index(r, x + i, y + j)] ? 8 : !bl_raster_free_at(r, x + i, y + j);
    return busy;
}

struct readout {
    char text[40];
    enum bl_role role;
};

#define READOUTS 12

static size_t readouts(const struct bl_view *v, struct readout *out, int *width)
{
    size_t n = 1;
    char number[32];
    double value = 0, at = v->chart->x.count ? ceil(v->chart->cursor) : v->chart->cursor;

    snprintf(out[0].text, sizeof out[0].text, "cursor %s", bl_value_text(number, sizeof number, at, 4));
    out[0].role = BL_ROLE_FOCUS;
    *width = (int)strlen(out[0].text);
    for (size_t i = 0; i < v->chart->n_series && n < READOUTS; i++) {
        const struct bl_series *s = &v->chart->series[i];
        int length;
        if (s->dim || s->dots || !value_at(s, v->chart->cursor, &value))
            continue;
        snprintf(out[n].text, sizeof out[n].text, "%s %s", bl_marker(s->style, v->canvas->charset),
                 v->chart->y.count ? bl_count_format(number, sizeof number, value) : bl_number_format(number, sizeof number, value, 3));
        out[n].role = bl_series_role(s);
        length = (int)bl_text_width(out[n].text, strlen(out[n].text));
        *width = length > *width ? length : *width;
        n++;
    }
    return n;
}

/* Beside the line where it covers least: right before left, high before low. */
static bool readout_place(const struct bl_raster *r, int column, int width, int height, int *best_x, int *best_y)
{
    int least = -1, sides[2] = {column + 2, column - 1 - width};

    for (int side = 0; side < 2; side++)
        for (int y = 0; y + height <= r->height; y++) {
            int busy;
            if (sides[side] < 0 || sides[side] + width > r->width)
                break;
            busy = busy_cells(r, sides[side], y, width, height);
            if (least >= 0 && busy >= least)
                continue;
            least = busy;
            *best_x = sides[side];
            *best_y = y;
        }
    return least >= 0 && least * 2 < width * height;
}

/* Where it covers nothing at all, as near to the line as there is such a place. */
static bool readout_apart(const struct bl_raster *r, int column, int width, int height, int *best_x, int *best_y)
{
    int nearest = -1;

    for (int x = 1; x + width < r->width; x++) {
        int away = column > x ? column - x - width : x - column;
        for (int y = 0; y + height <= r->height && (nearest < 0 || away < nearest); y++)
            if (busy_cells(r, x - 1, y, width + 2, height) == 0) {
                nearest = away;
                *best_x = x;
                *best_y = y;
            }
    }
    return nearest >= 0;
}

/* Break points: a line each, its label at the foot where there is room. */
void bl_posts_draw(struct bl_raster *r, const struct bl_view *v)
{
    for (size_t i = 0; i < v->chart->n_posts; i++) {
        const struct bl_post *m = &v->chart->posts[i];
        int column = bl_view_column(v, m->x), width = m->label ? (int)bl_text_width(m->label, strlen(m->label)) : 0;

        if (column < 0 || column >= v->plot.width)
            continue;
        for (int row = 0; row < r->height; row++)
            if (bl_raster_free_at(r, column, row)) {
                bl_canvas_put(v->canvas, v->plot.x + column, v->plot.y + row, 0x254e, m->role, 0);
                r->glyph[bl_raster_index(r, column, row)] = 1;
            }
        for (int row = r->height - 1; width && row >= 0; row--)
            if (bl_raster_stretch_free(r, column + 1, row, width + 2)) {
                bl_canvas_text(v->canvas, v->plot.x + column + 2, v->plot.y + row, width, m->label, m->role, 0);
                for (int k = 0; k < width + 2; k++)
                    r->glyph[bl_raster_index(r, column + 1 + k, row)] = 1;
                break;
            }
    }
}

void bl_cursor_draw(struct bl_raster *r, const struct bl_view *v)
{
    struct readout texts[READOUTS];
    int column, width, x = 0, y = 0;
    size_t n;

    if (!isfinite(v->chart->cursor))
        return;
    column = bl_view_column(v, v->chart->cursor);
    if (column < 0 || column >= v->plot.width)
        return;
    for (int row = 0; row < r->height; row++)
        if (bl_raster_free_at(r, column, row)) {
            bl_canvas_put(v->canvas, v->plot.x + column, v->plot.y + row, 0x250a, BL_ROLE_FOCUS, 0);
            r->glyph[bl_raster_index(r, column, row)] = 1;
        }
    n = readouts(v, texts, &width);
    if (n > (size_t)r->height || (!readout_place(r, column, width, (int)n, &x, &y) && !readout_apart(r, column, width, (int)n, &x, &y)))
        return;
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < width; k++) {
            bl_canvas_put(v->canvas, v->plot.x + x + k, v->plot.y + y + (int)i, ' ', BL_ROLE_TEXT, 0);
            r->glyph[bl_raster_index(r, x + k, y + (int)i)] = 1;
        }
        bl_view_text(v, v->plot.x + x, v->plot.y + y + (int)i, texts[i].text, texts[i].role, 0);
    }
}
