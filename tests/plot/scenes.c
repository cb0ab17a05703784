/* Curves here come from formulas of + - * / and square roots, so that every machine draws the same. */
#include "scenes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EPOCHS 50

/* ---- data -----------------------------------------------------------------------------------*/

double noise(unsigned i)
{
    uint32_t h = i * 2654435761u;

    h ^= h >> 15;
    h *= 2246822519u;
    h ^= h >> 13;
    return (double)h / 4294967296.0 - 0.5;
}

/* A loss that falls from about 2.4 towards `floor_at`, at `rate` an epoch. */
static double loss(double epoch, double rate, double floor_at)
{
    return floor_at + (2.41 - floor_at) / (1 + rate * epoch * (1 + rate * epoch / 6));
}

struct race {
    double x[3][400], y[3][400];
    struct bl_series series[3];
};

/* Three regimes by samples seen, `done` of them. */
static void race_fill(struct race *race, double done)
{
    static const char *const names[] = {"batch", "mini 16", "stochastic"};
    static const char *const values[] = {"0.291", "0.253", "0.225"};
    static const double rates[] = {1.6, 4.5, 30}, floors[] = {0.24, 0.235, 0.224};
    static const size_t points[] = {13, 97, 385};

    memset(race, 0, sizeof *race);
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < points[k]; i++) {
            double epoch = done / 128 * (double)i / (double)(points[k] - 1);
            race->x[k][i] = epoch * 128;
            race->y[k][i] = loss(epoch, rates[k], floors[k]);
        }
        race->series[k] = (struct bl_series){.name = names[k], .value = values[k], .x = race->x[k],
                                             .y = race->y[k], .n = points[k], .style = k};
    }
}

static struct bl_chart race_chart(const struct race *race)
{
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);

    chart.title = "loss (log) by samples seen";
    chart.note = "smoothing off";
    chart.x = (struct bl_axis){.label = "samples", .min = 0, .max = 2560, .count = true};
    chart.y.log = true;
    chart.series = race->series;
    chart.n_series = 3;
    return chart;
}

/* ---- scenes ---------------------------------------------------------------------------------*/

static void draw_lecture(struct bl_canvas *c, struct bl_rect r)
{
    static double x[13], train[13], valid[13];
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    const struct bl_series series[] = {
        {.name = "train", .value = "0.253", .x = x, .y = train, .n = 13, .style = 0},
        {.name = "valid", .value = "0.283", .x = x, .y = valid, .n = 13, .style = 1},
    };

    for (int i = 0; i < 13; i++) {
        x[i] = i;
        train[i] = loss(i, 1.7, 0.215);
        valid[i] = loss(i, 1.6, 0.248) + (i > 5 ? 0.004 * (i - 5) : 0);
    }
    chart.title = "loss, log scale";
    chart.title_inside = c->charset != BL_CHARSET_ASCII;
    chart.x = (struct bl_axis){.label = "epoch", .min = 0, .max = 20};
    chart.y.log = true;
    chart.series = series;
    chart.n_series = 2;
    bl_chart_draw(&chart, c, r);
}

static void draw_race(struct bl_canvas *c, struct bl_rect r)
{
    static struct race race;
    struct bl_chart chart;

    race_fill(&race, 1536);
    chart = race_chart(&race);
    bl_chart_draw(&chart, c, r);
}

/* The end of the race with everything on it: cursor, target and optimum, names beside the plot. */
static void draw_finish(struct bl_canvas *c, struct bl_rect r)
{
    static struct race race;
    static const struct bl_level levels[] = {{0.30, "target 0.300", BL_ROLE_DIM}, {0.221, "optimum 0.221", BL_ROLE_DIM}};
    struct bl_chart chart;

    race_fill(&race, 2560);
    chart = race_chart(&race);
    chart.cursor = 896;
    chart.levels = levels;
    chart.n_levels = 2;
    chart.front = 1;
    bl_chart_draw(&chart, c, r);
}

static void draw_noisy(struct bl_canvas *c, struct bl_rect r)
{
    static double x[4000], raw[4000], smooth[4000], rows[4000];
    const struct bl_series series[] = {
        {.name = "whole set", .x = x, .y = smooth, .n = 4000, .style = 2},
        {.x = x, .y = raw, .n = 4000, .style = 2, .dim = true},
        {.x = x, .y = rows, .n = 4000, .style = 1, .dots = true},
    };
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);

    for (unsigned i = 0; i < 4000; i++) {
        x[i] = i;
        raw[i] = loss(i / 400.0, 3, 0.2) * (1 + 0.25 * noise(i)) + (i == 2500 ? 0.9 : 0);
        rows[i] = loss(i / 400.0, 3, 0.2) * (1 + 1.6 * noise(i + 7777));
    }
    bl_smooth(x, raw, smooth, 4000, 120);
    chart.title = "loss by updates";
    chart.note = "smooth 1 epoch";
    chart.x = (struct bl_axis){.label = "updates", .min = 0, .max = 5000, .count = true};
    chart.series = series;
    chart.n_series = 3;
    bl_chart_draw(&chart, c, r);
}

/* One contestant that diverges, one that meets a gap, values that a log axis cannot show. */
static void draw_broken(struct bl_canvas *c, struct bl_rect r)
{
    static double x[60], fine[60], wild[60], gaps[60];
    const struct bl_series series[] = {
        {.name = "lr 0.1", .x = x, .y = fine, .n = 60, .style = 0},
        {.name = "lr 2", .value = "inf", .x = x, .y = wild, .n = 24, .style = 1},
        {.name = "lr 0.5", .x = x, .y = gaps, .n = 60, .style = 2},
    };
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);

    for (int i = 0; i < 60; i++) {
        x[i] = i;
        fine[i] = loss(i, 0.5, 0.2);
        wild[i] = i < 20 ? 1 + i * i * 0.2 : INFINITY;
        gaps[i] = i % 20 == 9 ? NAN : i % 20 == 11 ? -1 : loss(i, 2, 0.1);
    }
    chart.title = "loss, log scale";
    chart.x = (struct bl_axis){.label = "epoch", .min = 0, .max = 60};
    chart.y.log = true;
    chart.series = series;
    chart.n_series = 3;
    bl_chart_draw(&chart, c, r);
}

static void draw_seven(struct bl_canvas *c, struct bl_rect r)
{
    static const char *const names[] = {"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"};
    static double x[EPOCHS + 1], y[7][EPOCHS + 1];
    struct bl_series series[7];
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);

    for (int k = 0; k < 7; k++) {
        for (int i = 0; i <= EPOCHS; i++) {
            x[i] = i;
            y[k][i] = loss(i, 0.1 + 0.08 * k, 0.1 + 0.04 * (7 - k));
        }
        series[k] = (struct bl_series){.name = names[k], .x = x, .y = y[k], .n = EPOCHS + 1, .style = (size_t)k};
    }
    chart.title = "loss by epoch";
    chart.x = (struct bl_axis){.label = "epoch", .min = 0, .max = EPOCHS};
    chart.series = series;
    chart.n_series = 7;
    bl_chart_draw(&chart, c, r);
}

static void draw_decades(struct bl_canvas *c, struct bl_rect r)
{
    static double x[201], y[201];
    const struct bl_series series[] = {{.name = "batch", .x = x, .y = y, .n = 201, .style = 0, .steps = true}};
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    double value = 2;

    for (int i = 0; i <= 200; i++) {
        x[i] = i;
        y[i] = value;
        value *= i % 40 < 20 ? 0.85 : 0.97;
    }
    chart.title = "suboptimality, log scale";
    chart.x.label = "epoch";
    chart.y.log = true;
    chart.series = series;
    chart.n_series = 1;
    bl_chart_draw(&chart, c, r);
}

static void draw_histogram(struct bl_canvas *c, struct bl_rect r)
{
    static const size_t counts[] = {5, 22, 40, 61, 64, 55, 33, 28, 45, 46, 38, 26, 21, 14, 6, 2};
    static double edges[17];
    struct bl_chart chart = bl_chart_make(BL_CHART_HISTOGRAM);

    for (int i = 0; i < 17; i++)
        edges[i] = 1.2 + 0.6 * i;
    chart.title = "rooms · 16 bins of 0.6, chosen from the data";
    chart.note = "by count";
    chart.edges = edges;
    chart.counts = counts;
    chart.bins = 16;
    bl_chart_draw(&chart, c, r);
}

static void draw_groups(struct bl_canvas *c, struct bl_rect r)
{
    static const char *const names[] = {"setosa", "versicolor", "virginica"};
    static double edges[13];
    static size_t counts[12 * 3];
    struct bl_chart chart = bl_chart_make(BL_CHART_HISTOGRAM);

    for (int i = 0; i < 13; i++)
        edges[i] = 1 + 0.5 * i;
    for (int i = 0; i < 12; i++) {
        counts[i * 3] = i < 3 ? (size_t)(13 + 11 * (i % 2)) : 0;
        counts[i * 3 + 1] = i > 3 && i < 9 ? (size_t)(16 - 3 * abs(i - 6)) : 0;
        counts[i * 3 + 2] = i > 6 ? (size_t)(14 - 4 * abs(i - 9)) : 0;
    }
    chart.title = "petal_length by species";
    chart.x.label = "cm";
    chart.edges = edges;
    chart.counts = counts;
    chart.bins = 12;
    chart.groups = 3;
    chart.group_names = names;
    bl_chart_draw(&chart, c, r);
}

static void draw_scatter(struct bl_canvas *c, struct bl_rect r)
{
    static double x[3][50], y[3][50];
    struct bl_series series[3] = {{.name = "setosa", .style = 0}, {.name = "versicolor", .style = 1}, {.name = "virginica", .style = 2}};
    static const double centre[3][2] = {{1.46, 0.25}, {4.26, 1.33}, {5.55, 2.03}};
    struct bl_chart chart = bl_chart_make(BL_CHART_SCATTER);

    for (unsigned k = 0; k < 3; k++) {
        for (unsigned i = 0; i < 50; i++) {
            double both = noise(k * 1000 + i) + noise(k * 1000 + i + 100);
            x[k][i] = centre[k][0] + (k ? 0.9 : 0.35) * both;
            y[k][i] = centre[k][1] + 0.25 * both + 0.4 * noise(k * 1000 + i + 300) * (k + 1) / 2;
        }
        series[k].x = x[k];
        series[k].y = y[k];
        series[k].n = 50;
    }
    chart.title = "petal_width by petal_length";
    chart.x.label = "petal_length";
    chart.series = series;
    chart.n_series = 3;
    bl_chart_draw(&chart, c, r);
}

static void draw_cloud(struct bl_canvas *c, struct bl_rect r)
{
    static double x[600], y[600];
    const struct bl_series series[] = {{.name = "rows", .x = x, .y = y, .n = 600}};
    struct bl_chart chart = bl_chart_make(BL_CHART_SCATTER);

    for (unsigned i = 0; i < 600; i++) {
        x[i] = noise(i) + noise(i + 1000) + noise(i + 2000);
        y[i] = 0.6 * x[i] + 0.5 * (noise(i + 3000) + noise(i + 4000));
    }
    chart.title = "y by x";
    chart.x.label = "x";
    chart.series = series;
    chart.n_series = 1;
    bl_chart_draw(&chart, c, r);
}

static void draw_weights(struct bl_canvas *c, struct bl_rect r)
{
    static const char *const labels[] = {"petal_width", "petal_length", "sepal_width", "sepal_length", "bias"};
    static const double values[] = {1.672, 1.208, -0.199, -0.86, 0.0125};
    struct bl_chart chart = bl_chart_make(BL_CHART_BARS);

    chart.title = "weights of virginica";
    chart.labels = labels;
    chart.values = values;
    chart.n_values = 5;
    bl_chart_draw(&chart, c, r);
}

static void draw_classes(struct bl_canvas *c, struct bl_rect r)
{
    static const char *const labels[] = {"-1.5", "-1.0", "-0.5", "0.0", "0.5", "1.0", "1.5"}, *const names[] = {"class no", "class yes"};
    static const size_t counts[] = {10, 2, 17, 7, 14, 7, 11, 4, 2, 10, 2, 17, 0, 10};
    struct bl_chart chart = bl_chart_make(BL_CHART_BARS);

    chart.title = "x1";
    chart.labels = labels;
    chart.counts = counts;
    chart.n_values = 7;
    chart.groups = 2;
    chart.group_names = names;
    bl_chart_draw(&chart, c, r);
}

static void draw_frames(struct bl_canvas *c, struct bl_rect r)
{
    static const double spark[] = {9, 7, 5.5, 4, 5, 4.4, 3.1, 3, 2.2, 2.6, 2.0, 1.9, 1.2, 1.4, 1.1, 1, 0.9, 1.2, 0.8, 0.7};
    struct bl_rect left = {r.x, r.y, r.width * 2 / 3, r.height}, right = left, inner;

    right.x += left.width;
    right.width = r.width - left.width;
    inner = bl_canvas_frame(c, left, "2 compare · loss (log) by samples seen", "smoothing off", true);
    {
        static struct race race;
        struct bl_chart chart;
        race_fill(&race, 1536);
        chart = race_chart(&race);
        chart.title = chart.note = NULL;
        bl_chart_draw(&chart, c, inner);
    }
    inner = bl_canvas_frame(c, right, "run", NULL, false);
    if (inner.width < 12 || inner.height < 8)
        return;
    bl_canvas_textf(c, inner.x + 1, inner.y, inner.width - 1, BL_ROLE_TEXT, 0, "data      %s", "blobs · 160 rows × 2");
    bl_canvas_text(c, inner.x + 1, inner.y + 1, inner.width - 1, "state     ▶ run", BL_ROLE_GOOD, 0);
    bl_canvas_text(c, inner.x + 1, inner.y + 2, inner.width - 1, "warn !  bad ✗  dim ± é", BL_ROLE_WARN, 0);
    bl_canvas_bar(c, inner.x + 1, inner.y + 4, inner.width - 8, 0.60, BL_ROLE_FOCUS);
    bl_canvas_right(c, inner.x + inner.width, inner.y + 4, 6, "60 %", BL_ROLE_TEXT, 0);
    bl_canvas_spark(c, inner.x + 1, inner.y + 6, inner.width - 1, 2, spark, sizeof spark / sizeof *spark, BL_ROLE_CURVE2);
}

static void draw_empty(struct bl_canvas *c, struct bl_rect r)
{
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);

    chart.title = "loss";
    chart.x = (struct bl_axis){.label = "epoch", .min = 0, .max = 20};
    bl_chart_draw(&chart, c, r);
}

/* Two contestants over seeds: bands that part from each other. */
static void draw_bands(struct bl_canvas *c, struct bl_rect r)
{
    static double x[41], y[2][41], low[2][41], high[2][41];
    struct bl_series series[2];
    struct bl_band bands[2];
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);

    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < 41; i++) {
            x[i] = (double)i * 32;
            y[k][i] = loss((double)i / 4, k ? 4.5 : 1.6, k ? 0.3 : 0.24);
            low[k][i] = y[k][i] * (k ? 0.8 : 0.97);
            high[k][i] = y[k][i] * (k ? 1.35 : 1.04);
        }
        series[k] = (struct bl_series){.name = k ? "sgd" : "batch", .x = x, .y = y[k], .n = 41, .style = k};
        bands[k] = (struct bl_band){.name = k ? "sgd, 80 %" : "batch, 80 %", .x = x, .low = low[k], .high = high[k], .n = 41, .style = k};
    }
    low[1][20] = NAN; /* a gap */
    chart.title = "loss (log) by samples seen";
    chart.x.label = "samples";
    chart.y.log = true;
    chart.series = series;
    chart.bands = bands;
    chart.n_series = chart.n_bands = 2;
    bl_chart_draw(&chart, c, r);
}

const struct scene scenes[] = {
    {"bands", draw_bands},
    {"lecture", draw_lecture}, {"race", draw_race},           {"finish", draw_finish},   {"noisy", draw_noisy},
    {"broken", draw_broken},   {"seven", draw_seven},         {"decades", draw_decades}, {"histogram", draw_histogram},
    {"groups", draw_groups},   {"scatter", draw_scatter},     {"cloud", draw_cloud},     {"weights", draw_weights},
    {"classes", draw_classes}, {"frames", draw_frames},       {"empty", draw_empty},
    {"heat", draw_heat},       {"heat_wide", draw_heat_wide}, {"box", draw_box},         {"boxes", draw_boxes},
    {"qq", draw_qq},           {"scree", draw_scree},         {"pairs", draw_pairs},     {"pairs_cloud", draw_pairs_cloud},
    {"density", draw_density}, {"biplot", draw_biplot},
    {"regions", draw_regions}, {"regions_three", draw_regions_three}, {"contour", draw_contour},
};
const size_t n_scenes = sizeof scenes / sizeof *scenes;
