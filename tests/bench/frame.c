/* One frame of a chart of lines, against a pass that only reads its points. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "batchlab/plot.h"

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The least that any drawing has to do. */
static double read_all(const struct bl_series *series, size_t n_series)
{
    double start = seconds(), most = 0;
    volatile double keep;

    for (size_t k = 0; k < n_series; k++)
        for (size_t i = 0; i < series[k].n; i++) {
            double sum = series[k].x[i] + series[k].y[i];
            most = sum > most ? sum : most;
        }
    keep = most;
    (void)keep;
    return seconds() - start;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void measure(size_t n, bool log, bool dots, bool random_x, int width, int height)
{
    enum { SERIES = 10, FRAMES = 31 };
    struct bl_series series[SERIES];
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    struct bl_canvas canvas;
    double times[FRAMES], reads[FRAMES];

    if (!bl_canvas_init(&canvas, width, height, BL_CHARSET_BRAILLE, NULL))
        return;
    for (size_t k = 0; k < SERIES; k++) {
        double *x = calloc(n, sizeof *x), *y = calloc(n, sizeof *y);
        for (size_t i = 0; x && y && i < n; i++) {
            x[i] = random_x ? (double)(rand() % 100000) : (double)i;
            y[i] = (double)(k + 1) / (1 + (double)i / 1000) + 0.1 * rand() / RAND_MAX;
        }
        series[k] = (struct bl_series){.name = "curve", .x = x, .y = y, .n = x && y ? n : 0, .style = k, .dots = dots};
    }
    chart.title = "loss";
    chart.y.log = log;
    chart.series = series;
    chart.n_series = SERIES;
    for (int i = 0; i < FRAMES; i++) {
        double start = seconds();
        bl_canvas_clear(&canvas, (struct bl_rect){0, 0, width, height});
        bl_chart_draw(&chart, &canvas, (struct bl_rect){0, 0, width, height});
        times[i] = seconds() - start;
        reads[i] = read_all(series, SERIES);
    }
    qsort(times, FRAMES, sizeof *times, by_size);
    qsort(reads, FRAMES, sizeof *reads, by_size);
    printf("%d series x %7zu points, %dx%d, %s%s%s: %.2f ms, worst %.2f ms, %.1f x reading\n", SERIES, n, width, height,
           log ? "log" : "linear", dots ? ", dots" : "", random_x ? ", x in any order" : "", 1e3 * times[FRAMES / 2],
           1e3 * times[FRAMES - 1], times[FRAMES / 2] / reads[FRAMES / 2]);
    for (size_t k = 0; k < SERIES; k++) {
        free((void *)series[k].x);
        free((void *)series[k].y);
    }
    bl_canvas_done(&canvas);
}

int main(void)
{
    measure(100000, false, false, false, 200, 60);
    measure(100000, true, false, false, 200, 60);
    measure(4096, true, false, false, 200, 60);
    measure(4096, true, false, false, 80, 24);
    measure(100000, true, true, false, 200, 60);
    measure(10000, true, false, true, 200, 60);
    return 0;
}
