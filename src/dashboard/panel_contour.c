/* 5 contour: the loss on a plane through the parameters, with the ways of all contestants. */
#include <stdio.h>

#include "parts.h"

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_surface_view *v = d->snap->surface;
    struct bl_chart chart;

    snprintf(title, size, "contour of the %s", v && v->penalty ? "objective" : "loss");
    if (d->snap->n_runs)
        snprintf(note, size, d->canvas->charset == BL_CHARSET_ASCII ? "S start%s" : "◇ start%s",
                 !v || !v->has_optimum ? "" : d->canvas->charset == BL_CHARSET_ASCII ? "  X optimum" : "  ✚ optimum");
    if (part_titled(d) && bl_surface_chart(d->snap, d->view, d->arena, &chart))
        part_title(d, "contour", chart.title, note, title, size);
}

static bool chart_of(const struct drawing *d, struct bl_chart *chart) { return bl_surface_chart(d->snap, d->view, d->arena, chart); }

static void draw(const struct drawing *d)
{
    const struct bl_surface_view *v = d->snap->surface;
    struct bl_chart chart;

    if (part_no_run(d))
        return;
    if (!v) {
        part_empty(d, part_waiting(d), "");
    } else if (v->why[0]) {
        part_empty(d, v->why, d->view->plane[0] ? ": set plane=auto" : "e makes an epoch");
    } else if (bl_surface_chart(d->snap, d->view, d->arena, &chart)) {
        chart.title = part_shows(d, chart.title);
        chart.note = chart.note[0] ? chart.note : NULL; /* no row for nothing */
        part_beside(d, &chart, "plane");
        bl_chart_draw(&chart, d->canvas, d->rect);
    }
}

const struct panel_type panel_contour = { .name = "contour", .number = 5, .sights = 1u << BL_SIGHT_SURFACE, .head = head, .titled = true, .draw = draw, .chart = chart_of,
    .explains = "Six lines of equal loss, evenly spaced in the log of what\n"
                "they lie above the lowest. Every contestant's way has its\n"
                "marker; a diamond (S) is the start, a cross (X) the\n"
                "optimum. set plane=A,B chooses two parameters.\n" };
