/* One contestant beside the others: its curve, the losses of its single updates as dots. All such panels
 * share their axes, so that heights can be compared across frames. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_run_view *run = &d->snap->runs[d->run];
    char number[32];

    snprintf(title, size, "%s %s  %llu update%s/epoch", bl_marker(d->run, d->canvas->charset), run->name,
             (unsigned long long)run->updates_per_epoch, run->updates_per_epoch == 1 ? "" : "s");
    snprintf(note, size, "%s", part_number(number, d->told->runs[d->run].now.train_loss));
}

/* What the dots are, in the upper right where curves leave room. */
static void explain(const struct drawing *d)
{
    const struct bl_run_view *run = &d->snap->runs[d->run];
    int right = d->rect.x + d->rect.width;
    char text[64];

    if (d->rect.width < 36 || d->rect.height < 8)
        return;
    if (run->updates_per_epoch <= 1) {
        bl_canvas_right(d->canvas, right, d->rect.y, d->rect.width, "an update uses all rows", BL_ROLE_DIM, 0);
        return;
    }
    bl_canvas_right(d->canvas, right, d->rect.y, d->rect.width, "line: whole set", BL_ROLE_DIM, 0);
    snprintf(text, sizeof text, "dots: %zu row%s of an update", run->batch, run->batch == 1 ? "" : "s");
    bl_canvas_right(d->canvas, right, d->rect.y + 1, d->rect.width, text, BL_ROLE_DIM, 0);
}

/* The axes of all panels of this kind: equal work, equal heights. */
static bool shared_axes(const struct drawing *d, struct bl_chart *chart, double *low, double *high)
{
    struct bl_view_settings view = *d->view;
    struct drawing all = *d;

    view.dots = false;
    view.hidden = 0;
    all.view = &view;
    if (!part_chart(&all, d->snap, BL_CURVE_LOSS, NULL, chart))
        return false;
    part_limits(chart, low, high);
    if (chart->y.min < chart->y.max) /* zoomed */
        *low = chart->y.min, *high = chart->y.max;
    return true;
}

static void draw(const struct drawing *d)
{
    struct bl_view_settings view = *d->view;
    struct bl_chart all, chart;
    struct bl_series *series;
    size_t kept = 0;
    double low, high;

    view.dots = d->snap->runs[d->run].updates_per_epoch > 1;
    view.hidden = d->run < 64 ? ~(UINT64_C(1) << d->run) : 0; /* the others are not needed */
    if (!shared_axes(d, &all, &low, &high) || !bl_curve_chart(d->snap, &view, BL_CURVE_LOSS, d->arena, &chart))
        return;
    series = bl_arena_take(d->arena, chart.n_series + 1, sizeof *series);
    for (size_t i = 0; series && i < chart.n_series; i++)
        if (chart.series[i].style == d->run) {
            series[kept] = chart.series[i];
            series[kept].no_label = true;
            series[kept].dim = series[kept].dots || series[kept].dim;
            kept++;
        }
    all.title = all.note = NULL;
    all.series = series;
    all.n_series = series ? kept : 0;
    all.place = d->place ? &d->place->chart : NULL;
    all.y.memory = NULL;
    all.y.min = low, all.y.max = high;
    all.n_levels = 0;
    all.front = 0;
    bl_chart_draw(&all, d->canvas, d->rect);
    explain(d);
}

const struct panel_type panel_regime = { .name = "regime", .head = head, .draw = draw };
