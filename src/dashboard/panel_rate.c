/* Learning rates over the run, as the schedules make them, with the mark 2/L above which descent on all rows diverges. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

static const struct bl_theory_view *theory_of(const struct drawing *d)
{
    const struct bl_theory_view *v = d->snap->theory;

    return v && v->figures.critical_lr > 0 && isfinite(v->figures.critical_lr) ? v : NULL;
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_theory_view *v = theory_of(d);
    char number[32];

    snprintf(title, size, "learning rate");
    if (v)
        snprintf(note, size, "2/L %s", bl_number_format(number, sizeof number, v->figures.critical_lr, 3));
}

/* Full-batch methods choose their own steps: they have no rate to draw. */
static bool has_rate(const struct bl_snapshot *s)
{
    for (size_t i = 0; i < s->n_runs; i++)
        if (s->runs[i].lr > 0)
            return true;
    return false;
}

static bool chart_of(const struct drawing *d, struct bl_chart *chart)
{
    const struct bl_theory_view *v = theory_of(d);
    struct bl_level *level = bl_arena_take(d->arena, 1, sizeof *level);

    if (!level || !has_rate(d->snap) || !bl_curve_chart(d->snap, d->view, BL_CURVE_LR, d->arena, chart))
        return false;
    chart->y.log = d->view->log_y; /* rates of regimes lie decades apart */
    chart->y.label = "";
    if (v) {
        *level = (struct bl_level){ v->figures.critical_lr, "2/L", BL_ROLE_BAD };
        chart->levels = level;
        chart->n_levels = 1;
    }
    chart->title = chart->note = NULL; /* the panel says it */
    chart->thick = d->view->present;
    return true;
}

static void draw(const struct drawing *d)
{
    struct bl_chart chart;

    if (part_no_run(d))
        return;
    if (chart_of(d, &chart))
        bl_chart_draw(&chart, d->canvas, d->rect);
    else
        part_empty(d, "this method chooses its own steps: there is no learning rate", "");
}

const struct panel_type panel_rate = {
    .name = "rate", .sights = 1u << BL_SIGHT_THEORY, .head = head, .titled = true, .draw = draw, .chart = chart_of,
    .explains = "The rate of each update, schedule and warm-up included.\n"
                "2/L: the largest that descent on all rows bears.\n" };
