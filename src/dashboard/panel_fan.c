/* The fan: gradients of other rows than the next update's, each at its angle to the gradient of all rows, which points
 * to the right. */
#include <math.h>
#include <stdio.h>

#include "parts.h"

static const struct bl_update_view *update_of(const struct drawing *d)
{
    const struct bl_update_view *v = d->snap->update;

    return v && v->front == ui_front(d->snap, d->view) ? v : NULL;
}

static bool chart_of(const struct drawing *d, struct bl_chart *chart)
{
    const struct bl_update_view *v = update_of(d);
    struct bl_series *s = v ? bl_arena_take(d->arena, v->draws + 1, sizeof *s) : NULL;
    double *x = v ? bl_arena_take(d->arena, 4 * (v->draws + 1), sizeof *x) : NULL, most = 0;

    if (!s || !x || v->draws == 0)
        return false;
    *chart = bl_chart_make(BL_CHART_LINES);
    for (size_t i = 0; i <= v->draws; i++) { /* the last is that of all rows */
        double length = i < v->draws ? v->length[i] : v->full_norm, cosine = i < v->draws ? v->cosine[i] : 1;
        double *px = x + 4 * i, *py = px + 2;
        px[1] = length * cosine;
        py[1] = length * sqrt(fmax(0, 1 - cosine * cosine)) * (i % 2 ? -1 : 1); /* which side is free: half of them each */
        most = fmax(most, length);
        s[i] = (struct bl_series){ .name = i < v->draws ? "" : "all rows", .value = "", .x = px, .y = py, .n = 2,
                                   .dim = i < v->draws, .no_label = i < v->draws, .no_marker = true };
    }
    if (!(most > 0))
        return false;
    chart->series = s;
    chart->n_series = v->draws + 1;
    chart->front = v->draws;
    chart->legend_off = true;
    chart->x.label = "along";
    return true;
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_update_view *v = update_of(d);
    char number[32];

    snprintf(title, size, "fan of gradients");
    if (v && v->draws && d->rect.width >= 46)
        snprintf(title, size, "fan of gradients: %zu draws of %zu row%s", v->draws, v->total, v->total == 1 ? "" : "s");
    if (v && v->draws)
        snprintf(note, size, "mean cosine %s", bl_number_format(number, sizeof number, v->mean_cosine, 3));
}

static void draw(const struct drawing *d)
{
    const struct bl_update_view *v = update_of(d);
    struct bl_chart chart;

    if (part_no_run(d))
        return;
    if (chart_of(d, &chart))
        bl_chart_draw(&chart, d->canvas, d->rect);
    else
        part_empty(d, !v ? part_waiting(d) : v->why[0] ? v->why : v->fan_why[0] ? v->fan_why : "the gradient is 0", "");
}

const struct panel_type panel_fan = {
    .name = "fan", .sights = 1u << BL_SIGHT_UPDATE, .head = head, .titled = true, .draw = draw, .chart = chart_of,
    .explains = "Every line is the gradient of as many rows as an update\n"
                "has, at its angle to the gradient of all rows, which lies\n"
                "along the middle to the right. Above or below means nothing.\n" };
