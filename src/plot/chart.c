/* The one door to all kinds of charts. */
#include <math.h>
#include <string.h>

#include "draw.h"

struct bl_chart bl_chart_make(enum bl_chart_kind kind)
{
    struct bl_chart chart;

    memset(&chart, 0, sizeof chart);
    chart.kind = kind;
    chart.x.min = chart.x.max = chart.y.min = chart.y.max = NAN;
    chart.cursor = NAN;
    return chart;
}

void bl_chart_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r)
{
    static void (*const draw[])(const struct bl_chart *, struct bl_canvas *, struct bl_rect) = {
        [BL_CHART_LINES] = bl_lines_draw,
        [BL_CHART_HISTOGRAM] = bl_histogram_draw,
        [BL_CHART_SCATTER] = bl_scatter_draw,
        [BL_CHART_BARS] = bl_bars_draw,
        [BL_CHART_HEAT] = bl_heat_draw,
        [BL_CHART_BOX] = bl_box_draw,
        [BL_CHART_QQ] = bl_qq_draw,
        [BL_CHART_SCREE] = bl_scree_draw,
        [BL_CHART_PAIRS] = bl_pairs_draw,
        [BL_CHART_REGIONS] = bl_regions_draw,
        [BL_CHART_CONTOUR] = bl_contour_draw,
    };

    if ((unsigned)chart->kind < sizeof draw / sizeof *draw)
        draw[chart->kind](chart, c, r);
}

bool bl_chart_print(const struct bl_chart *chart, int width, int height, enum bl_charset charset, enum bl_theme theme,
                    enum bl_colours colours, struct bl_text *out, struct bl_error *err)
{
    struct bl_canvas c;

    if (!bl_canvas_init(&c, width, height, charset, err))
        return false;
    bl_chart_draw(chart, &c, (struct bl_rect){0, 0, width, height});
    bl_canvas_print(&c, theme, colours, out);
    bl_canvas_done(&c);
    return out->failed ? bl_fail_memory(err, "the chart") : true;
}

bool bl_chart_at(const struct bl_chart *chart, enum bl_charset charset, struct bl_rect r, int column, int row,
                 double *x, double *y)
{
    /* Only the size of the canvas and its signs matter here, so it needs no cells. */
    struct bl_canvas c = {.width = r.x + r.width, .height = r.y + r.height, .charset = charset};
    struct bl_view v;
    double across, down;

    if (chart->kind != BL_CHART_LINES && chart->kind != BL_CHART_SCATTER)
        return false;
    if (!bl_view_make(&v, chart, &c, r))
        return false;
    column -= v.plot.x;
    row -= v.plot.y;
    if (column < 0 || row < 0 || column >= v.plot.width || row >= v.plot.height)
        return false;
    across = v.plot.width > 1 ? (double)column / (v.plot.width - 1) : 0;
    down = v.plot.height > 1 ? (double)row / (v.plot.height - 1) : 0;
    if (x)
        *x = bl_scale_value(&v.x, across);
    if (y)
        *y = bl_scale_value(&v.y, 1 - down);
    return true;
}

void bl_smooth(const double *x, const double *y, double *out, size_t n, double half_life)
{
    double mean = 0, weight = 0, before = 0;

    for (size_t i = 0; i < n; i++) {
        bool usable = y[i] - y[i] == 0 && x[i] - x[i] == 0 && half_life > 0;
        if (!usable) {
            out[i] = y[i];
            continue;
        }
        if (weight > 0 && x[i] > before)
            weight *= bl_exp(-0.6931471805599453 * (x[i] - before) / half_life);
        weight += 1; /* the sum of all weights so far: the correction at the start */
        mean += (y[i] - mean) / weight;
        out[i] = mean;
        before = x[i];
    }
}
