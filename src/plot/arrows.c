/* Arrows from the origin over a cloud of points, with names at their tips: the axes of a biplot. */
#include <math.h>
#include <string.h>

#include "draw.h"

/* Shafts go between the points, never over them. */
static void draw_shafts(const struct bl_view *v)
{
    struct bl_raster r;

    if (!bl_raster_init(&r, v->plot.width, v->plot.height, v->canvas->charset))
        return;
    for (size_t i = 0; i < v->chart->n_arrows; i++) {
        const double x[2] = {0, v->chart->arrows[i].x}, y[2] = {0, v->chart->arrows[i].y};
        const struct bl_series shaft = {.x = x, .y = y, .n = 2, .style = v->canvas->charset == BL_CHARSET_ASCII ? 5 : 4, .no_marker = true};

        bl_curve_draw(&r, v, &shaft);
    }
    for (int row = 0; row < r.height; row++)
        for (int column = 0; column < r.width; column++) {
            size_t at = (size_t)(v->plot.y + row) * (size_t)v->canvas->width + (size_t)(v->plot.x + column);

            if (v->canvas->cells[at].code != ' ')
                r.dots[bl_raster_index(&r, column, row)] = 0;
        }
    bl_raster_show(&r, v);
    bl_raster_done(&r);
}

static bool stretch_free(const struct bl_view *v, const bool *taken, int x, int row, int width)
{
    if (row < 0 || row >= v->plot.height || x < 0 || x + width > v->plot.width)
        return false;
    for (int i = 0; i < width; i++)
        if (taken[row * v->plot.width + x + i])
            return false;
    return true;
}

/* Beside the tip, or in one of the rows around it; over points if it must, over another name never. */
static void draw_name(const struct bl_view *v, const struct bl_arrow *a, bool *taken)
{
    static const int rows[] = {0, -1, 1, -2, 2, -3, 3};
    int tip = bl_view_column(v, a->x), row = bl_view_row(v, a->y), width = a->name ? (int)bl_text_width(a->name, strlen(a->name)) : 0;

    if (width == 0 || tip < 0 || tip >= v->plot.width)
        return;
    width = width < v->plot.width / 2 ? width : v->plot.width / 2;
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        for (int side = 0; side < 2; side++) {
            bool right = (a->x >= 0) != (side == 1);
            int x = right ? tip + 1 : tip - width;

            if (!stretch_free(v, taken, x, row + rows[k], width))
                continue;
            bl_canvas_text(v->canvas, v->plot.x + x, v->plot.y + row + rows[k], width, a->name, BL_ROLE_TITLE, BL_BOLD);
            memset(taken + (row + rows[k]) * v->plot.width + x, true, (size_t)width);
            return;
        }
}

void bl_arrows_draw(const struct bl_view *v)
{
    bool *taken;

    if (v->chart->n_arrows == 0 || v->plot.width < 2 || v->plot.height < 2)
        return;
    draw_shafts(v);
    if (!(taken = bl_calloc((size_t)v->plot.width * (size_t)v->plot.height, sizeof *taken)))
        return;
    for (size_t i = 0; i < v->chart->n_arrows; i++)
        draw_name(v, &v->chart->arrows[i], taken);
    bl_free(taken);
}

void bl_arrows_say(const struct bl_chart *chart, struct bl_text *out)
{
    char x[40], y[40];

    for (size_t i = 0; i < chart->n_arrows; i++) {
        bl_text_add(out, "arrow ");
        bl_say_name(out, chart->arrows[i].name, "arrow");
        bl_text_addf(out, ": to %s, %s\n", bl_value_text(x, sizeof x, chart->arrows[i].x, 3),
                     bl_value_text(y, sizeof y, chart->arrows[i].y, 3));
    }
}
