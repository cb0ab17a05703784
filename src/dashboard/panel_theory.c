/* 8 theory: the objective above its optimum as measured and as predicted, with the noise floor. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { WHY_MOST = 3, GRADIENT_TALL = 10, FIGURES_TALL = 15, FIGURES_ROWS = 6, FIGURES_FEW = 4 }; /* alone and from this height on, figures stand below the curve */

static const struct bl_theory_view *theory_of(const struct drawing *d)
{
    const struct bl_theory_view *v = d->snap->theory;

    return v && v->front == ui_front(d->snap, d->view) ? v : NULL;
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_theory_view *v = theory_of(d);
    size_t front = ui_front(d->snap, d->view);

    snprintf(title, size, "theory");
    if (d->snap->n_runs)
        snprintf(note, size, "%s%s %s", v && v->why[0] == '\0' && v->exact ? "exact  " : "", bl_marker(front, d->canvas->charset), d->snap->runs[front].name);
    if (part_titled(d) && !(v && v->why[0]))
        part_title(d, "theory", d->view->log_y ? "above the optimum (log) by updates" : "above the optimum by updates", note, title, size);
}

static bool chart_of(const struct drawing *d, struct bl_chart *chart)
{
    const struct bl_theory_view *v = theory_of(d);

    if (!v || v->n == 0 || !bl_theory_chart(d->snap, d->view, d->arena, chart))
        return false;
    chart->title = part_shows(d, chart->title);
    chart->thick = d->view->present;
    part_styles(d, chart);
    return true;
}

/* Where there is no optimum to measure from it says why, and draws the norm of the gradient, which is what theory speaks of
 * there: it goes to 0 at any rest. */
static bool gradient_instead(const struct drawing *d, const char *why, struct bl_rect r)
{
    struct bl_snapshot one = part_only(d->snap, ui_front(d->snap, d->view));
    struct drawing open = *d; /* the frame does not say what is drawn: the chart does */
    struct bl_chart chart;
    int rows;

    open.framed = false;
    if (r.height < GRADIENT_TALL || !part_chart(&open, &one, BL_CURVE_GRADIENT, &d->ui->memories.gradient, &chart))
        return false;
    rows = part_lines(d, why, r.y, WHY_MOST);
    chart.note = NULL;
    chart.title_inside = false;
    part_styles(d, &chart);
    r.y += rows;
    r.height -= rows;
    bl_chart_draw(&chart, d->canvas, r);
    return true;
}

static void draw(const struct drawing *d)
{
    const struct bl_theory_view *v = theory_of(d);
    struct drawing below = *d;
    struct bl_rect upper = d->rect;
    struct bl_chart chart;

    if (part_no_run(d))
        return;
    if (!v) {
        part_empty(d, part_waiting(d), "");
        return;
    }
    if (d->ui->layout.n == 1 && d->rect.height >= FIGURES_TALL) {
        int rows = v->why[0] ? FIGURES_FEW : FIGURES_ROWS;
        upper.height -= rows;
        below.rect.y += upper.height;
        below.rect.height = rows;
        curvature_draw(&below);
    }
    if (chart_of(d, &chart)) {
        bl_chart_draw(&chart, d->canvas, upper);
    } else {
        struct drawing above = *d;
        above.rect = upper;
        if (!v->why[0] || !gradient_instead(d, v->why, upper))
            part_empty(&above, v->why[0] ? v->why : "no points yet", v->why[0] ? ": theory" : "e makes an epoch");
    }
}

const struct panel_type panel_theory = {
    .name = "theory", .number = 8, .sights = 1u << BL_SIGHT_THEORY, .head = head, .titled = true, .draw = draw, .chart = chart_of,
    .explains = "Measured: how far the objective lies above its optimum.\n"
                "Predicted: what the modes say it must be (exact: model\n"
                "linear, all rows an update), else the slope that the rate\n"
                "of the slowest mode gives. Noise floor: where updates of\n"
                "few rows stay at this learning rate.\n" };
