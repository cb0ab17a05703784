/* 4 boundary: what the model in front says on a plane of two columns, with the training rows; of a regression,
 * predictions against the truth. */
#include <stdio.h>

#include "parts.h"

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_boundary_view *v = d->snap->boundary;
    size_t front = ui_front(d->snap, d->view);
    const char *name = v && v->regression ? "predictions" : "boundary";
    struct bl_chart chart;

    snprintf(title, size, "%s", name);
    if (d->snap->n_runs)
        snprintf(note, size, "%s %s", bl_marker(front, d->canvas->charset), d->snap->runs[front].name);
    if (part_titled(d) && bl_boundary_chart(d->snap, d->arena, &chart))
        part_title(d, name, chart.title, note, title, size);
}

static bool chart_of(const struct drawing *d, struct bl_chart *chart) { return bl_boundary_chart(d->snap, d->arena, chart); }

static void draw(const struct drawing *d)
{
    const struct bl_boundary_view *v = d->snap->boundary;
    struct bl_chart chart;

    if (part_no_run(d))
        return;
    if (!v || v->front != ui_front(d->snap, d->view)) {
        part_empty(d, part_waiting(d), "");
    } else if (v->why[0]) {
        part_empty(d, v->why, ": set axes=auto");
    } else if (bl_boundary_chart(d->snap, d->arena, &chart)) {
        chart.thick = d->view->present;
        chart.title = part_shows(d, chart.title);
        chart.note = chart.note[0] ? chart.note : NULL; /* no row for nothing */
        part_beside(d, &chart, "prediction over");
        bl_chart_draw(&chart, d->canvas, d->rect);
    }
}

const struct panel_type panel_boundary = { .name = "boundary", .number = 4, .sights = 1u << BL_SIGHT_BOUNDARY, .head = head, .titled = true, .draw = draw, .chart = chart_of,
    .explains = "Signs are rows by class, a cross one that the model gets\n"
                "wrong. Dots fill where the second class is predicted; of\n"
                "more, each has a sign of its own. Columns that are not on\n"
                "an axis are held at their mean. set axes=A,B chooses.\n" };
