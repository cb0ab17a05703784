/* Shares of a whole as columns, and above them how far their sum has come. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw.h"

#define PITCH_MAX 10

static double total_of(const struct bl_chart *chart)
{
    double total = 0;

    for (size_t i = 0; i < chart->n_values; i++)
        total += isfinite(chart->values[i]) && chart->values[i] > 0 ? chart->values[i] : 0;
    return total;
}

static void percent_ticks(struct bl_view *v)
{
    int parts = v->plot.height >= 13 ? 4 : v->plot.height >= 5 ? 2 : 1;

    v->y = bl_scale_make(0, 100, false);
    if (v->plot.height < 2)
        return;
    for (int i = 0; i <= parts; i++) {
        v->y_ticks.at[i] = 100.0 * i / parts;
        snprintf(v->y_ticks.text[i], sizeof v->y_ticks.text[i], "%d%%", 100 * i / parts);
    }
    v->y_ticks.width = 4;
    v->y_ticks.n = (size_t)parts + 1;
}

static void draw_column(const struct bl_view *v, int x, int width, double share)
{
    int filled = (int)(share * v->plot.height * 8 + 0.5);

    if (filled < 1)
        filled = share > 0;
    for (int row = 0; row * 8 < filled && row < v->plot.height; row++) {
        int eighths = filled - row * 8 < 8 ? filled - row * 8 : 8;

        for (int i = 0; i < width; i++)
            bl_canvas_put(v->canvas, x + i, v->plot.y + v->plot.height - 1 - row, 0x2580 + (uint32_t)eighths, BL_ROLE_CURVE1, 0);
    }
}

static void draw_names(const struct bl_view *v, int pitch, size_t shown)
{
    int free_from = v->plot.x;

    for (size_t i = 0; i < shown && v->line_row >= 0; i++)
        for (int x = 0; x < pitch; x++)
            bl_canvas_put(v->canvas, v->plot.x + (int)i * pitch + x, v->line_row, 0x2500, BL_ROLE_TEXT, 0);
    if (v->line_row >= 0 && v->axis_column >= 0)
        bl_canvas_put(v->canvas, v->axis_column, v->line_row, 0x2514, BL_ROLE_TEXT, 0);
    for (size_t i = 0; i < shown && v->text_row >= 0; i++) {
        const char *name = v->chart->labels && v->chart->labels[i] ? v->chart->labels[i] : "";
        int x = v->plot.x + (int)i * pitch, width = (int)bl_text_width(name, strlen(name));

        if (x < free_from || x + width > v->whole.x + v->whole.width)
            continue;
        free_from = x + width + 1;
        bl_view_text(v, x, v->text_row, name, BL_ROLE_TEXT, 0);
    }
}

void bl_scree_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r)
{
    struct bl_view v;
    double total = chart->values ? total_of(chart) : 0, sum = 0;
    size_t shown;
    int pitch;

    if (!bl_view_rows(&v, chart, c, r))
        return;
    if (!(total > 0)) {
        bl_view_message(&v, "no values");
        bl_view_title(&v);
        return;
    }
    percent_ticks(&v);
    bl_view_columns(&v);
    pitch = (int)((size_t)v.plot.width / (chart->n_values < 1000 ? chart->n_values : 1000));
    pitch = pitch < 1 ? 1 : pitch > PITCH_MAX ? PITCH_MAX : pitch;
    shown = (size_t)(v.plot.width / pitch) < chart->n_values ? (size_t)(v.plot.width / pitch) : chart->n_values;
    bl_view_y_axis(&v);
    for (size_t i = 0; i < shown; i++) {
        double share = isfinite(chart->values[i]) && chart->values[i] > 0 ? chart->values[i] / total : 0;
        int bar = pitch > 2 ? pitch - 2 : 1;

        sum += share;
        draw_column(&v, v.plot.x + (int)i * pitch, bar, share);
        bl_canvas_put(c, v.plot.x + (int)i * pitch + bar / 2, v.plot.y + bl_view_row(&v, 100 * sum),
                      bl_marker_code(1, c->charset), BL_ROLE_CURVE2, 0);
    }
    draw_names(&v, pitch, shown);
    bl_view_title(&v);
}

void bl_scree_say(const struct bl_chart *chart, struct bl_text *out)
{
    double total = chart->values ? total_of(chart) : 0, sum = 0;

    if (!(total > 0)) {
        bl_text_add(out, "no values\n");
        return;
    }
    for (size_t i = 0; i < chart->n_values; i++) {
        double share = isfinite(chart->values[i]) && chart->values[i] > 0 ? chart->values[i] / total : 0;

        sum += share;
        bl_say_name(out, chart->labels ? chart->labels[i] : NULL, "part");
        bl_text_addf(out, ": %.1f %%, together %.1f %%\n", 100 * share, 100 * sum);
    }
}
