/* Distance of each contestant's objective to the optimum: straight on a log axis means a constant rate. */
#include <math.h>
#include <stdio.h>

#include "parts.h"

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    char number[32];

    snprintf(title, size, "above the optimum%s", d->view->log_y ? " (log)" : "");
    if (isfinite(d->snap->optimum))
        snprintf(note, size, "optimum %s", part_number(number, d->snap->optimum));
}

static void draw(const struct drawing *d)
{
    struct bl_chart chart;

    if (!isfinite(d->snap->optimum))
        part_empty(d, "the optimum is not known", ": theory finds it");
    else if (part_chart(d, d->snap, BL_CURVE_SUBOPTIMALITY, &d->ui->memories.above, &chart))
        bl_chart_draw(&chart, d->canvas, d->rect);
}

const struct panel_type panel_above = { .name = "above", .head = head, .draw = draw };
