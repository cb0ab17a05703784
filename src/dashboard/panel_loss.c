/* 1 loss: the run in front, training and validation curve, losses of single updates as dots. */
#include <stdio.h>

#include "parts.h"

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    struct bl_chart chart;
    size_t front = ui_front(d->snap, d->view);

    snprintf(title, size, "loss");
    if (d->snap->n_runs == 0)
        return;
    struct bl_snapshot one = part_only(d->snap, front);
    if (bl_loss_chart(&one, d->view, d->arena, &chart)) {
        snprintf(title, size, "%s", chart.title);
        snprintf(note, size, "%s%s%s %s", chart.note, chart.note[0] ? "  " : "", bl_marker(front, d->canvas->charset), d->snap->runs[front].name);
    }
}

static void draw(const struct drawing *d)
{
    struct bl_chart chart;

    if (d->snap->n_runs == 0) {
        part_empty(d, d->snap->dataset[0] ? "no run yet" : "nothing is loaded", d->snap->dataset[0] ? ": train batch, or : compare" : ": load iris");
        return;
    }
    struct bl_snapshot one = part_only(d->snap, ui_front(d->snap, d->view));
    if (part_chart(d, &one, BL_CURVE_LOSS, &d->ui->memories.loss, &chart)) {
        part_styles(d, &chart);
        part_heading(d, &panel_loss, &chart);
        bl_chart_draw(&chart, d->canvas, d->rect);
    }
}

const struct panel_type panel_loss = { .name = "loss", .number = 1, .head = head, .draw = draw };
