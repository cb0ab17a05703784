/* Bins as columns of eighth blocks, groups stacked in different fills. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw.h"

struct bins {
    const struct bl_view *view;
    size_t groups, shown, merged; /* bins on the screen, each of so many of the chart */
    int pitch, bar;               /* columns from bin to bin, columns of a bar */
    bool behind;                  /* bars are the light background of a curve */
    double top;                   /* count at the upper border */
};

static size_t group_count(const struct bl_chart *chart)
{
    return chart->groups > 1 ? chart->groups : 1;
}

/* Count of bin `shown` up to and without group `until`. */
static double count_until(const struct bins *b, size_t shown, size_t until)
{
    const struct bl_chart *chart = b->view->chart;
    double total = 0;

    for (size_t i = shown * b->merged; i < (shown + 1) * b->merged && i < chart->bins; i++)
        for (size_t g = 0; g < until; g++)
            total += (double)chart->counts[i * b->groups + g];
    return chart->whole ? 100 * total / (double)chart->whole : total;
}

/* The smallest even round number that is not below. */
double bl_count_limit(double most)
{
    static const int small[] = {2, 4, 6, 8, 10}, tens[] = {12, 16, 20, 24, 30, 40, 50, 60, 80, 100};
    double unit = 1;

    for (size_t i = 0; i < 5; i++)
        if (most <= small[i])
            return small[i];
    for (int k = 0; k < 20; k++, unit *= 10)
        for (size_t i = 0; i < 10; i++)
            if (most <= tens[i] * unit)
                return tens[i] * unit;
    return most;
}

static void count_ticks(struct bl_view *v, double top)
{
    int rows = v->plot.height, parts = rows >= 13 && fmod(top, 4) == 0 ? 4 : rows >= 5 ? 2 : 1;

    if (rows < 2)
        return;
    for (int i = 0; i <= parts; i++) {
        char *text = v->y_ticks.text[i];
        v->y_ticks.at[i] = top * i / parts;
        bl_tick_format(text, sizeof v->y_ticks.text[i], v->y_ticks.at[i], false, 0, top >= 10000);
        if ((int)strlen(text) > v->y_ticks.width)
            v->y_ticks.width = (int)strlen(text);
    }
    v->y_ticks.n = (size_t)parts + 1;
}

static void arrange(struct bins *b, const struct bl_view *v)
{
    size_t width = (size_t)v->plot.width, bins = v->chart->bins;

    b->view = v;
    b->merged = (bins + width - 1) / width;
    b->shown = (bins + b->merged - 1) / b->merged;
    b->pitch = (int)(width / b->shown < 9 ? width / b->shown : 9);
    b->bar = b->pitch > 2 ? b->pitch - 1 : b->pitch;
}

/* ---- bars -----------------------------------------------------------------------------------*/

/* Which group covers the middle of a cell that lies between these two counts. */
static size_t group_at(const struct bins *b, size_t bin, double low, double high)
{
    double middle = (low + high) / 2, total = count_until(b, bin, b->groups);
    size_t g = 0;

    if (middle > total)
        middle = total;
    while (g + 1 < b->groups && (count_until(b, bin, g + 1) < middle ||
                                 count_until(b, bin, g + 1) == count_until(b, bin, g)))
        g++;
    return g;
}

static uint32_t cell_sign(const struct bins *b, size_t group, int eighths)
{
    enum bl_charset charset = b->view->canvas->charset;

    if (b->behind)
        return eighths >= 4 ? bl_fill(0, 4, charset) : ' ';

    bool solid = bl_fill(group, b->groups, charset) == 0x2588 || b->groups == 1;

    if (eighths >= 8)
        return bl_fill(group, b->groups, charset);
    if (solid)
        return 0x2580 + (uint32_t)eighths; /* the canvas makes ASCII of it */
    return eighths >= 4 ? bl_fill(group, b->groups, charset) : ' ';
}

static void draw_bin(const struct bins *b, size_t bin)
{
    const struct bl_view *v = b->view;
    double total = count_until(b, bin, b->groups);
    int filled = (int)(total / b->top * v->plot.height * 8 + 0.5);

    if (total > 0 && filled < 1)
        filled = 1;
    if ((b->groups > 1 || b->behind) && filled > 0 && filled < 4)
        filled = 4; /* fills have no eighths: half a cell is the least that shows */
    for (int row = 0; row * 8 < filled && row < v->plot.height; row++) {
        double each = b->top / v->plot.height;
        size_t group = group_at(b, bin, row * each, (row + 1) * each);
        uint32_t code = cell_sign(b, group, filled - row * 8);
        for (int x = 0; x < b->bar && code != ' '; x++)
            bl_canvas_put(v->canvas, v->plot.x + (int)bin * b->pitch + x, v->plot.y + v->plot.height - 1 - row, code,
                          b->behind ? BL_ROLE_DIM : bl_curve_role(group), 0);
    }
}

/* ---- edges ----------------------------------------------------------------------------------*/

static double edge(const struct bins *b, size_t shown)
{
    size_t i = shown * b->merged;

    return b->view->chart->edges[i < b->view->chart->bins ? i : b->view->chart->bins];
}

/* The fewest decimals that write all edges exactly, else three digits of a bin's width. */
int bl_edge_decimals(const double *edges, size_t bins, size_t merged)
{
    size_t shown = (bins + merged - 1) / merged;
    double width = (edges[bins] - edges[0]) / (double)shown, size = fmax(fabs(edges[0]), fabs(edges[bins]));

    if (size >= 1e6 || !(width > 1e-6))
        return -1;
    for (int d = 0; d <= 4; d++) {
        bool exact = true;
        for (size_t i = 0; i <= shown && exact; i++) {
            double scaled = edges[i * merged < bins ? i * merged : bins] * bl_power10(d);
            exact = fabs(scaled - floor(scaled + 0.5)) < 1e-6;
        }
        if (exact)
            return d;
    }
    return bl_exponent10(width) < 1 ? 1 - bl_exponent10(width) : 0;
}

static size_t edge_stride(const struct bins *b, int widest)
{
    static const size_t strides[] = {1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 30, 40, 50, 100};
    size_t i = 0;

    while (i < 14 && ((int)strides[i] * b->pitch < widest + 3 || (int)strides[i] * b->pitch < 6))
        i++;
    return strides[i];
}

static int widest_edge(const struct bins *b, int decimals)
{
    int widest = 1;
    char text[32];

    for (size_t i = 0; i <= b->shown; i++) {
        bl_tick_format(text, sizeof text, edge(b, i), false, decimals, false);
        if ((int)strlen(text) > widest)
            widest = (int)strlen(text);
    }
    return widest;
}

static void write_edge(const struct bl_view *v, int column, const char *text, int *free_from)
{
    int length = (int)strlen(text), x = column - length / 2, right = v->whole.x + v->whole.width;

    if (x < v->whole.x)
        x = v->whole.x;
    if (x + length > right && column < right)
        x = right - length;
    if (v->text_row < 0 || x < *free_from || x + length > right)
        return;
    bl_canvas_text(v->canvas, x, v->text_row, length, text, BL_ROLE_TEXT, 0);
    *free_from = x + length + 1;
}

/* The edge from which the numbers are counted: 0 where it is one. */
static size_t origin_edge(const struct bins *b)
{
    double width = edge(b, 1) - edge(b, 0);

    for (size_t i = 0; i <= b->shown; i++)
        if (fabs(edge(b, i)) < 1e-9 * width)
            return i;
    return 0;
}

static void draw_edges(const struct bins *b)
{
    const struct bl_view *v = b->view;
    bool ascii = v->canvas->charset == BL_CHARSET_ASCII;
    int decimals = bl_edge_decimals(v->chart->edges, v->chart->bins, b->merged), free_from = v->whole.x, from = v->plot.x - 1;
    size_t stride = edge_stride(b, widest_edge(b, decimals)), first = origin_edge(b) % stride;
    const char *name = v->chart->x.label;
    int width = name ? (int)bl_text_width(name, strlen(name)) : 0;

    for (size_t i = 0; i <= b->shown && v->line_row >= 0; i++) {
        int column = from + (int)i * b->pitch;
        char text[32];
        for (int x = 0; x < b->pitch && i < b->shown; x++)
            bl_canvas_put(v->canvas, column + x < v->whole.x ? v->whole.x : column + x, v->line_row,
                          ascii ? '-' : 0x2500, BL_ROLE_TEXT, 0);
        if (i % stride != first || column < v->whole.x)
            continue;
        bl_canvas_put(v->canvas, column, v->line_row, ascii ? '+' : 0x2534, BL_ROLE_TEXT, 0);
        bl_tick_format(text, sizeof text, edge(b, i), false, decimals, false);
        write_edge(v, column, text, &free_from);
    }
    if (v->text_row >= 0 && width > 0 && free_from + width <= v->whole.x + v->whole.width)
        bl_canvas_right(v->canvas, v->whole.x + v->whole.width, v->text_row, width, name, BL_ROLE_TEXT, 0);
}

/* ---- the chart ------------------------------------------------------------------------------*/

int bl_groups_legend(const struct bl_view *v, int x, int y, bool draw)
{
    const struct bl_chart *chart = v->chart;
    int used = 0;

    for (size_t g = 0; g < chart->groups && chart->groups > 1 && chart->group_names; g++) {
        char name[128], text[140], fill[5] = "";
        bl_show(name, sizeof name, chart->group_names[g], strlen(chart->group_names[g]));
        bl_utf8_encode(bl_fill(g, chart->groups, v->canvas->charset), fill);
        snprintf(text, sizeof text, "%s %s", fill, name);
        used += g > 0 ? 3 : 0;
        if (draw)
            bl_view_text(v, x + used, y, text, bl_curve_role(g), 0);
        used += (int)bl_text_width(text, strlen(text));
    }
    return used;
}

static void give_legend(struct bl_view *v, int *x)
{
    int width = bl_groups_legend(v, 0, 0, false), right = v->whole.x + v->whole.width;
    const char *title = v->chart->title;
    int used = title ? (int)bl_text_width(title, strlen(title)) + 3 : 0;

    if (width == 0)
        return;
    *x = right - 1 - width;
    if (v->title_row >= 0 && !v->chart->note && used + width + 2 <= v->whole.width) {
        v->legend_row = v->title_row;
    } else if (v->plot.height >= 5) {
        *x = v->plot.x > *x ? v->whole.x + 1 : *x;
        v->legend_row = v->plot.y++;
        v->plot.height--;
    }
}

/* The curve over the bars; both stand on the bins' own scale of columns. */
static void draw_density(const struct bins *b)
{
    struct bl_view v = *b->view;
    struct bl_series s = *v.chart->density;
    struct bl_raster r;

    v.plot.width = (int)b->shown * b->pitch < v.plot.width ? (int)b->shown * b->pitch : v.plot.width;
    v.x = bl_scale_make(edge(b, 0), edge(b, 0) + (edge(b, 1) - edge(b, 0)) * (double)b->shown, false);
    v.y = bl_scale_make(0, b->top / (double)b->merged, false);
    if (!bl_raster_init(&r, v.plot.width, v.plot.height, v.canvas->charset))
        return;
    bl_curve_draw(&r, &v, &s);
    bl_raster_show(&r, &v);
    bl_raster_done(&r);
}

static double highest(const struct bl_series *s)
{
    double most = 0;

    for (size_t i = 0; s && i < s->n; i++)
        most = isfinite(s->y[i]) && s->y[i] > most ? s->y[i] : most;
    return most;
}

void bl_histogram_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r)
{
    struct bl_view v;
    struct bins b = {.groups = group_count(chart), .behind = chart->density != NULL};
    double most = 0;
    int legend = 0;

    if (!bl_view_rows(&v, chart, c, r))
        return;
    give_legend(&v, &legend);
    if (chart->bins == 0 || !chart->edges || !chart->counts) {
        bl_view_message(&v, "no values");
        bl_view_title(&v);
        return;
    }
    for (int pass = 0; pass < 2; pass++) { /* the width of the labels decides how many bins fit */
        arrange(&b, &v);
        most = highest(chart->density) * (double)b.merged;
        for (size_t i = 0; i < b.shown; i++)
            most = fmax(most, count_until(&b, i, b.groups));
        b.top = bl_count_limit(most);
        if (pass == 0) {
            count_ticks(&v, b.top);
            bl_view_columns(&v);
        }
    }
    v.y = bl_scale_make(0, b.top, false);
    v.y_ticks.width = 0;
    count_ticks(&v, b.top);
    if (v.axis_column - v.whole.x <= 1)
        v.y_ticks.n = 0;
    bl_view_y_axis(&v);
    for (size_t i = 0; i < b.shown; i++)
        draw_bin(&b, i);
    if (chart->density)
        draw_density(&b);
    draw_edges(&b);
    if (v.legend_row >= 0)
        bl_groups_legend(&v, legend, v.legend_row, true);
    bl_view_title(&v);
}
