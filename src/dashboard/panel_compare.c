/* 2 compare: the curves of all contestants, with the optimum and the target as levels. */
#include <stdio.h>

#include "parts.h"

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    struct bl_chart chart;

    snprintf(title, size, "compare");
    if (d->snap->n_runs && bl_curve_chart(d->snap, d->view, BL_CURVE_LOSS, d->arena, &chart)) {
        snprintf(title, size, "compare · %s", chart.title);
        snprintf(note, size, "%s", chart.note[0] ? chart.note : "smoothing off");
    }
}

static void draw(const struct drawing *d)
{
    struct bl_chart chart;

    if (part_chart(d, d->snap, BL_CURVE_LOSS, &d->ui->memories.compare, &chart)) {
        part_heading(d, &panel_compare, &chart);
        bl_chart_draw(&chart, d->canvas, d->rect);
    } else {
        part_empty(d, "no contestants yet", ": compare batch mini:32 sgd");
    }
}

const struct panel_type panel_compare = { .name = "compare", .number = 2, .head = head, .draw = draw };
