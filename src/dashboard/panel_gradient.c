/* Norm of the full gradient of every contestant: how far each still is from rest. */
#include <stdio.h>

#include "parts.h"

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    (void)note;
    snprintf(title, size, "gradient norm%s", d->view->log_y ? " (log)" : "");
}

static void draw(const struct drawing *d)
{
    struct bl_chart chart;

    if (part_chart(d, d->snap, BL_CURVE_GRADIENT, &d->ui->memories.gradient, &chart))
        bl_chart_draw(&chart, d->canvas, d->rect);
    else
        part_empty(d, "no gradient yet", "s makes one update");
}

const struct panel_type panel_gradient = { .name = "gradient", .head = head, .draw = draw };
