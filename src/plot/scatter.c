/* Points by class. One class is drawn in dots; with several each cell shows the sign of the class
 * that has most points in it, so that classes stay apart without colour. */
#include <string.h>

#include "draw.h"

struct tally {
    uint32_t *now, *most; /* points of this class, of the fullest class so far; one a cell */
};

static bool cell_of(const struct bl_view *v, double x, double y, int *column, int *row)
{
    double at;

    if (x - x != 0 || y - y != 0)
        return false;
    *column = bl_view_column(v, x);
    at = bl_scale_at(&v->y, y);
    if (*column < 0 || *column >= v->plot.width || !(at >= -1e-9 && at <= 1 + 1e-9))
        return false;
    *row = bl_view_row(v, y);
    return true;
}

static void count_class(const struct bl_view *v, const struct bl_series *s, struct tally *t)
{
    size_t cells = (size_t)v->plot.width * (size_t)v->plot.height;
    int column, row;

    memset(t->now, 0, cells * sizeof *t->now);
    for (size_t i = 0; i < s->n; i++)
        if (cell_of(v, s->x[i], s->y[i], &column, &row))
            t->now[(size_t)row * (size_t)v->plot.width + (size_t)column]++;
}

/* On a tie the front class wins, then the one with the lower number. */
static void draw_classes(const struct bl_view *v, struct tally *t)
{
    const struct bl_chart *chart = v->chart;
    size_t cells = (size_t)v->plot.width * (size_t)v->plot.height;

    for (size_t k = 0; k < chart->n_series; k++) {
        const struct bl_series *s = &chart->series[k];
        count_class(v, s, t);
        for (size_t i = 0; i < cells; i++) {
            if (t->now[i] <= t->most[i] && (t->now[i] == 0 || t->now[i] < t->most[i] || k != chart->front))
                continue;
            t->most[i] = t->now[i];
            bl_canvas_put(v->canvas, v->plot.x + (int)(i % (size_t)v->plot.width),
                          v->plot.y + (int)(i / (size_t)v->plot.width),
                          bl_marker_code(s->style, v->canvas->charset), bl_series_role(s), 0);
        }
    }
}

static void draw_single(const struct bl_view *v)
{
    struct bl_series s = v->chart->series[0];
    struct bl_raster r;

    s.dots = true;
    if (!bl_raster_init(&r, v->plot.width, v->plot.height, v->canvas->charset))
        return;
    bl_curve_draw(&r, v, &s);
    bl_raster_show(&r, v);
    bl_raster_done(&r);
}

void bl_scatter_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect rect)
{
    struct bl_view v;
    struct tally t;

    if (!bl_view_make(&v, chart, c, rect))
        return;
    bl_view_y_axis(&v);
    bl_view_x_axis(&v);
    if (!v.x_data.any || !v.y_data.any) {
        bl_view_message(&v, "no points");
    } else if (chart->n_series == 1) {
        draw_single(&v);
    } else {
        t.now = bl_calloc((size_t)v.plot.width * (size_t)v.plot.height, 2 * sizeof *t.now);
        t.most = t.now ? t.now + (size_t)v.plot.width * (size_t)v.plot.height : NULL;
        if (t.now)
            draw_classes(&v, &t);
        bl_free(t.now);
    }
    bl_arrows_draw(&v);
    bl_legend_draw(&v);
    bl_view_title(&v);
}
