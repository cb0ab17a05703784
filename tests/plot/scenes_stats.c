/* The charts of statistics: heat map, boxes, quantiles against quantiles, scree, pairs, density. */
#include "scenes.h"

#include <math.h>
#include <stdio.h>

static const char *const iris[] = {"sepal_length", "sepal_width", "petal_length", "petal_width"};
static const double iris_r[] = {1, -0.118, 0.872, 0.818, -0.118, 1, -0.428, -0.366, 0.872, -0.428, 1, 0.963, 0.818, -0.366, 0.963, 1};

void draw_heat(struct bl_canvas *c, struct bl_rect r)
{
    const struct bl_heat heat = {.rows = 4, .columns = 4, .row_names = iris, .column_names = iris, .values = iris_r, .min = -1, .max = 1};
    struct bl_chart chart = bl_chart_make(BL_CHART_HEAT);

    chart.title = "correlation, pearson";
    chart.note = "150 rows";
    chart.heat = &heat;
    bl_chart_draw(&chart, c, r);
}

/* More columns than names fit over, a column without values. */
void draw_heat_wide(struct bl_canvas *c, struct bl_rect r)
{
    static char text[30][12];
    static const char *names[30];
    static double values[900];
    const struct bl_heat heat = {.rows = 30, .columns = 30, .row_names = names, .column_names = names, .values = values, .min = -1, .max = 1};
    struct bl_chart chart = bl_chart_make(BL_CHART_HEAT);

    for (unsigned i = 0; i < 30; i++) {
        snprintf(text[i], sizeof text[i], "feature %u", i + 1);
        names[i] = text[i];
        for (unsigned j = 0; j < 30; j++)
            values[i * 30 + j] = i == 7 || j == 7 ? NAN : i == j ? 1 : 2 * noise(1 + (i < j ? i * 30 + j : j * 30 + i));
    }
    chart.title = "correlation, spearman";
    chart.heat = &heat;
    bl_chart_draw(&chart, c, r);
}

void draw_box(struct bl_canvas *c, struct bl_rect r)
{
    static const double low[] = {1, 1.1}, few[] = {3}, one[] = {4.5};
    const struct bl_box boxes[] = {
        {"setosa", 50, 1.3, 1.4, 1.5, 1.575, 1.7, low, 2},
        {"versicolor", 50, 3.3, 4, 4.35, 4.6, 5.1, few, 1},
        {"virginica", 50, 4.5, 5.1, 5.55, 5.875, 6.9, one, 0},
    };
    struct bl_chart chart = bl_chart_make(BL_CHART_BOX);

    chart.title = "petal_length by species";
    chart.note = "whiskers: 1.5 IQR";
    chart.x.label = "cm";
    chart.boxes = boxes;
    chart.n_boxes = 3;
    bl_chart_draw(&chart, c, r);
}

/* Ten of them, one a constant, one empty: a line each. */
void draw_boxes(struct bl_canvas *c, struct bl_rect r)
{
    static char names[10][12];
    static double beyond[10][2];
    struct bl_box boxes[10];
    struct bl_chart chart = bl_chart_make(BL_CHART_BOX);

    for (unsigned i = 0; i < 10; i++) {
        double middle = 20 * noise(i + 1);

        snprintf(names[i], sizeof names[i], "group %u", i + 1);
        beyond[i][0] = middle - 20;
        beyond[i][1] = middle + 24;
        boxes[i] = (struct bl_box){names[i], 40, middle - 12, middle - 4, middle, middle + 5, middle + 11, beyond[i], i % 3};
    }
    boxes[4] = (struct bl_box){"constant", 9, 7, 7, 7, 7, 7, NULL, 0};
    boxes[5] = (struct bl_box){"empty", 0, NAN, NAN, NAN, NAN, NAN, NULL, 0};
    chart.title = "y by group";
    chart.boxes = boxes;
    chart.n_boxes = 10;
    bl_chart_draw(&chart, c, r);
}

void draw_qq(struct bl_canvas *c, struct bl_rect r)
{
    static double x[120], y[120];
    static const double line_x[] = {-2.6, 2.6}, line_y[] = {-1.3, 7.3};
    const struct bl_series series[] = {
        {.name = "values", .value = "", .x = x, .y = y, .n = 120, .style = 0, .dots = true},
        {.name = "line through the quartiles", .value = "", .x = line_x, .y = line_y, .n = 2, .style = 5, .no_marker = true},
    };
    struct bl_chart chart = bl_chart_make(BL_CHART_QQ);

    for (int i = 0; i < 120; i++) {
        double p = (i + 0.5) / 120, t = 2 * p - 1;
        x[i] = 1.25 * t / sqrt(1.22 - t * t); /* nearly a normal quantile */
        y[i] = 3 + 1.65 * x[i] + 0.3 * x[i] * x[i] - 0.15;
    }
    chart.title = "y against the normal distribution";
    chart.x.label = "normal quantile";
    chart.y.label = "y";
    chart.series = series;
    chart.n_series = 2;
    chart.legend_off = true;
    bl_chart_draw(&chart, c, r);
}

void draw_scree(struct bl_canvas *c, struct bl_rect r)
{
    static const char *const names[] = {"pc1", "pc2", "pc3", "pc4", "pc5", "pc6"};
    static const double values[] = {3.6, 1.2, 0.66, 0.36, 0.15, 0.03};
    struct bl_chart chart = bl_chart_make(BL_CHART_SCREE);

    chart.title = "share of the variance, and together ▲";
    chart.labels = names;
    chart.values = values;
    chart.n_values = 6;
    bl_chart_draw(&chart, c, r);
}

static void pairs(struct bl_canvas *c, struct bl_rect r, size_t n, size_t groups)
{
    static const char *const names[] = {"setosa", "versicolor", "virginica"};
    static const double centre[3][4] = {{5, 3.4, 1.5, 0.25}, {5.9, 2.8, 4.3, 1.3}, {6.6, 3, 5.6, 2}};
    static double x[4][150];
    static uint32_t of_row[150];
    const double *const columns[] = {x[0], x[1], x[2], x[3]};
    const struct bl_pairs p = {.n = n, .n_rows = 150, .n_groups = groups, .names = iris, .group_names = names, .x = columns,
                               .of_row = groups > 1 ? of_row : NULL, .correlation = n == 4 ? iris_r : NULL};
    struct bl_chart chart = bl_chart_make(BL_CHART_PAIRS);

    for (unsigned i = 0; i < 150; i++) {
        double both = noise(i + 9000) + noise(i + 9500);

        of_row[i] = i < 3 ? BL_PAIRS_NONE : i / 50;
        for (unsigned j = 0; j < 4; j++)
            x[j][i] = centre[i / 50][j] + 0.5 * both + 0.4 * noise(i * 4 + j);
    }
    chart.title = n == 4 ? "pairs by species" : "pairs";
    chart.pairs = &p;
    bl_chart_draw(&chart, c, r);
}

void draw_pairs(struct bl_canvas *c, struct bl_rect r)
{
    pairs(c, r, 4, 3);
}

void draw_pairs_cloud(struct bl_canvas *c, struct bl_rect r)
{
    pairs(c, r, 3, 1);
}

void draw_density(struct bl_canvas *c, struct bl_rect r)
{
    static const size_t counts[] = {5, 22, 40, 61, 64, 55, 33, 28, 45, 46, 38, 26, 21, 14, 6, 2};
    static double edges[17], x[97], y[97];
    const struct bl_series curve = {.name = "density", .x = x, .y = y, .n = 97, .no_marker = true};
    struct bl_chart chart = bl_chart_make(BL_CHART_HISTOGRAM);

    for (int i = 0; i < 17; i++)
        edges[i] = 1.2 + 0.6 * i;
    for (int i = 0; i < 97; i++) {
        double a = (x[i] = 1.2 + 0.1 * i) - 3.8, b = x[i] - 7;
        y[i] = 62 / (1 + a * a * (0.35 + a * a / 8)) + 40 / (1 + b * b * (0.2 + b * b / 20));
    }
    chart.title = "rooms · 16 bins of 0.6";
    chart.note = "kernel density";
    chart.edges = edges;
    chart.counts = counts;
    chart.bins = 16;
    chart.density = &curve;
    bl_chart_draw(&chart, c, r);
}

void draw_biplot(struct bl_canvas *c, struct bl_rect r)
{
    static double x[3][50], y[3][50];
    static const struct bl_arrow arrows[] = {{1.6, 1.1, "sepal_length"}, {-0.8, 2.7, "sepal_width"}, {1.75, 0.05, "petal_length"}, {1.7, 0.2, "petal_width"}};
    struct bl_series series[3] = {{.name = "setosa", .style = 0}, {.name = "versicolor", .style = 1}, {.name = "virginica", .style = 2}};
    static const double centre[3][2] = {{-2.2, 0.3}, {0.5, -0.55}, {1.7, 0.2}};
    struct bl_chart chart = bl_chart_make(BL_CHART_SCATTER);

    for (unsigned k = 0; k < 3; k++) {
        for (unsigned i = 0; i < 50; i++) {
            x[k][i] = centre[k][0] + 1.4 * (noise(k * 1000 + i) + noise(k * 1000 + i + 100));
            y[k][i] = centre[k][1] + 2.4 * (noise(k * 1000 + i + 200) + noise(k * 1000 + i + 300));
        }
        series[k].x = x[k];
        series[k].y = y[k];
        series[k].n = 50;
    }
    chart.title = "pc2 against pc1";
    chart.x.label = "pc1";
    chart.y.label = "pc2";
    chart.series = series;
    chart.n_series = 3;
    chart.arrows = arrows;
    chart.n_arrows = 4;
    bl_chart_draw(&chart, c, r);
}
