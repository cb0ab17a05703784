/* Charts of fields: decision regions and contours with paths. */
#include "scenes.h"

#include <math.h>

enum { NODES = 40 };

/* A ring of one class inside the other. */
void draw_regions(struct bl_canvas *c, struct bl_rect r)
{
    static double values[NODES * NODES], x[3][40], y[3][40];
    const struct bl_field field = {NODES, NODES, 1, -2, 2, -2, 2, values};
    struct bl_series series[3] = {{.name = "inside", .style = 0}, {.name = "outside", .style = 1},
                                  {.name = "wrong 7", .style = 1, .wrong = true, .mark = "✗"}};
    struct bl_chart chart = bl_chart_make(BL_CHART_REGIONS);

    for (size_t i = 0; i < NODES * NODES; i++) {
        double a = -2 + 4 * (double)(i % NODES) / (NODES - 1), b = -2 + 4 * (double)(i / NODES) / (NODES - 1);
        values[i] = a * a + b * b - 1.5;
    }
    for (unsigned k = 0; k < 3; k++) {
        for (unsigned i = 0; i < (k < 2 ? 40u : 7u); i++) {
            double angle = 6.283 * noise(40 * k + i), radius = k == 0 ? 0.9 * (noise(300 + i) + 0.5) : k == 1 ? 1.7 + 0.4 * noise(400 + i) : 1.1;
            x[k][i] = radius * cos(angle);
            y[k][i] = radius * sin(angle);
            series[k].n++;
        }
        series[k].x = x[k];
        series[k].y = y[k];
        series[k].mark = k < 2 ? bl_class_sign(k) : "✗";
    }
    chart.title = "b over a, 3 others at the mean";
    chart.series = series;
    chart.n_series = 3;
    chart.field = &field;
    chart.x = (struct bl_axis){.label = "a", .min = -2, .max = 2};
    chart.y = (struct bl_axis){.label = "b", .min = -2, .max = 2};
    bl_chart_draw(&chart, c, r);
}

/* Three classes, a part of the field without values. */
void draw_regions_three(struct bl_canvas *c, struct bl_rect r)
{
    static double values[3 * 4] = {0, 2, 0, 2, 1, 1, 1, 1, 2, 0, 2.2, 0};
    static double x[3][12], y[3][12];
    const struct bl_field field = {2, 2, 3, 0, 6, 0, 3, values};
    struct bl_series series[3];
    struct bl_chart chart = bl_chart_make(BL_CHART_REGIONS);

    values[11] = NAN;
    for (unsigned k = 0; k < 3; k++) {
        for (unsigned i = 0; i < 12; i++) {
            x[k][i] = 5 - 2 * k + 1.5 * noise(30 * k + i);
            y[k][i] = 1.2 + 2 * noise(500 + 30 * k + i);
        }
        series[k] = (struct bl_series){.name = k == 0 ? "setosa" : k == 1 ? "versicolor" : "virginica", .style = k, .x = x[k], .y = y[k], .n = 12,
                                       .mark = bl_class_sign(k)};
    }
    chart.series = series;
    chart.n_series = 3;
    chart.field = &field;
    chart.x.label = "petal_length";
    bl_chart_draw(&chart, c, r);
}

/* A long valley, two paths down to its floor. */
void draw_contour(struct bl_canvas *c, struct bl_rect r)
{
    static double values[NODES * NODES], x[2][30], y[2][30];
    static const double contours[] = {0.05, 0.2, 0.8, 3.2, 12.8};
    const struct bl_field field = {NODES, NODES, 1, -3, 3, -2, 4, values};
    const struct bl_mark marks[] = {{-2, 3, BL_MARK_START}, {1, 1, BL_MARK_OPTIMUM}};
    const struct bl_series series[] = {{.name = "batch", .x = x[0], .y = y[0], .n = 30, .style = 0}, {.name = "sgd", .x = x[1], .y = y[1], .n = 30, .style = 2}};
    struct bl_chart chart = bl_chart_make(BL_CHART_CONTOUR);

    for (size_t i = 0; i < NODES * NODES; i++) {
        double a = -4 + 6 * (double)(i % NODES) / (NODES - 1), b = -3 + 6 * (double)(i / NODES) / (NODES - 1);
        values[i] = a * a + 1.6 * a * b + b * b + 0.02;
    }
    for (size_t i = 0; i < 30; i++) {
        x[0][i] = 1 - 3 * exp(-0.15 * (double)i);
        y[0][i] = 1 + 2 * exp(-0.35 * (double)i);
        x[1][i] = 1 - 3 * exp(-0.6 * (double)i) + (i > 3 ? 0.3 * noise(60 + (unsigned)i) : 0);
        y[1][i] = 1 + 2 * exp(-0.5 * (double)i) + (i > 3 ? 0.3 * noise(90 + (unsigned)i) : 0);
    }
    chart.title = "loss over two weights";
    chart.series = series;
    chart.n_series = 2;
    chart.field = &field;
    chart.contours = contours;
    chart.n_contours = 5;
    chart.marks = marks;
    chart.n_marks = 2;
    chart.x = (struct bl_axis){.label = "w1", .min = -3, .max = 3};
    chart.y = (struct bl_axis){.label = "w2", .min = -2, .max = 4};
    bl_chart_draw(&chart, c, r);
}
