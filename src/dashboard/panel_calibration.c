/* Calibration: what probabilities claim against how often it happened; of a regression, the histogram of its residuals. */
#include <math.h>
#include <stdio.h>

#include "parts.h"

static const struct bl_evaluation_view *evaluation_of(const struct drawing *d)
{
    const struct bl_evaluation_view *v = d->snap->evaluation;

    return v && v->front == ui_front(d->snap, d->view) ? v : NULL;
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_evaluation_view *v = evaluation_of(d);
    char number[32];

    snprintf(title, size, v && v->regression ? "residuals: prediction - truth" : "calibration");
    if (v && v->n_bins)
        snprintf(note, size, "ece %s", bl_number_format(number, sizeof number, v->ece, 3));
}

static bool residuals_chart(const struct bl_evaluation_view *v, struct bl_chart *chart)
{
    *chart = bl_chart_make(BL_CHART_HISTOGRAM);
    chart->edges = v->edges;
    chart->counts = v->counts;
    chart->bins = v->n_residual_bins;
    chart->groups = 1;
    return v->n_residual_bins > 0;
}

static bool calibration_chart(const struct drawing *d, const struct bl_evaluation_view *v, struct bl_chart *chart)
{
    static const double ends[] = { 0, 1 };
    struct bl_series *s = bl_arena_take(d->arena, 2, sizeof *s);

    *chart = bl_chart_make(BL_CHART_QQ);
    if (!s || v->n_bins == 0)
        return false;
    s[0] = (struct bl_series){ .name = "happened", .x = v->claimed, .y = v->happened, .n = v->n_bins, .no_label = true };
    s[1] = (struct bl_series){ .name = "perfect", .x = ends, .y = ends, .n = 2, .no_label = true, .dim = true };
    chart->series = s;
    chart->n_series = 2;
    chart->x = (struct bl_axis){ .label = "claimed", .min = 0, .max = 1 };
    chart->y = (struct bl_axis){ .label = "", .min = 0, .max = 1 };
    return true;
}

static bool chart_of(const struct drawing *d, struct bl_chart *chart)
{
    const struct bl_evaluation_view *v = evaluation_of(d);

    if (!v || v->why[0])
        return false;
    return v->regression ? residuals_chart(v, chart) : calibration_chart(d, v, chart);
}

static void draw(const struct drawing *d)
{
    const struct bl_evaluation_view *v = evaluation_of(d);
    struct bl_chart chart;

    if (part_no_run(d))
        return;
    if (chart_of(d, &chart))
        bl_chart_draw(&chart, d->canvas, d->rect);
    else
        part_empty(d, !v ? part_waiting(d) : v->why[0] ? v->why : v->regression ? "every residual is 0, or one is not finite" : "margins are no probabilities", "");
}

const struct panel_type panel_calibration = {
    .name = "calibration", .sights = 1u << BL_SIGHT_EVALUATION, .head = head, .titled = true, .draw = draw, .chart = chart_of,
    .explains = "Rows in ten stretches of the probability that the model\n"
                "claims, against the share that came true; on the line it\n"
                "means what it says. ece: the mean distance.\n" };
