/* Eigen-modes: along each eigenvector of the Hessian the share of its error that is left, as bars over decades. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { DECADES = 6, NUMBERS = 31 };

static const struct bl_theory_view *theory_of(const struct drawing *d)
{
    const struct bl_theory_view *v = d->snap->theory;

    return v && v->front == ui_front(d->snap, d->view) ? v : NULL;
}

/* 1 where all of it is left (or more), 0 from a millionth down. */
static double bar_of(double left)
{
    double at = left > 0 ? 1 + log10(left) / DECADES : 0;

    return at > 1 ? 1 : at < 0 ? 0 : at;
}

static void row_draw(const struct drawing *d, const struct bl_mode_view *m, int y)
{
    int x = d->rect.x + 1, right = d->rect.x + d->rect.width, along = d->rect.width >= 60 ? 20 : 0, bar = d->rect.width - NUMBERS - along - 3;
    double left = m->mode.start != 0 ? fabs(m->mode.now / m->mode.start) : NAN;
    bool grows = fabs(m->mode.rate) >= 1;
    char number[32], text[96];

    bl_canvas_right(d->canvas, x + 4, y, 4, part_count(number, (double)m->number), BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, x + 14, y, 9, part_fit(number, m->mode.eigenvalue, 4, 9), BL_ROLE_TEXT, 0);
    bl_canvas_right(d->canvas, x + 23, y, 8, part_fit(number, m->mode.rate, 4, 8), grows ? BL_ROLE_BAD : BL_ROLE_TEXT, grows ? BL_BOLD : 0);
    bl_canvas_right(d->canvas, x + NUMBERS, y, 7, left >= 1e-4 && left < 1e4 ? part_fit(number, left, 3, 7) : isnan(left) ? "-" : left < 1 ? "<1e-4" : ">1e4",
                    BL_ROLE_TEXT, 0);
    if (bar >= 6 && left > 0)
        bl_canvas_bar(d->canvas, x + NUMBERS + 1, y, bar, bar_of(left), grows ? BL_ROLE_BAD : BL_ROLE_PLUS);
    if (!along)
        return;
    snprintf(text, sizeof text, "%+.1f %s", m->weight, m->along);
    bl_canvas_text(d->canvas, right - along, y, along, text, BL_ROLE_DIM, 0);
}

static void head_row(const struct drawing *d, int y)
{
    int x = d->rect.x + 1, along = d->rect.width >= 60 ? 20 : 0, bar = d->rect.width - NUMBERS - along - 3;

    bl_canvas_right(d->canvas, x + 4, y, 4, "mode", BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, x + 14, y, 9, "curvature", BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, x + 23, y, 8, "rate", BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, x + NUMBERS, y, 7, "left", BL_ROLE_DIM, 0);
    if (bar >= 16) {
        bl_canvas_text(d->canvas, x + NUMBERS + 1, y, 5, "1e-6", BL_ROLE_DIM, 0);
        bl_canvas_right(d->canvas, x + NUMBERS + 1 + bar, y, 3, "1", BL_ROLE_DIM, 0);
    }
    if (along)
        bl_canvas_text(d->canvas, d->rect.x + d->rect.width - along, y, along, "mostly along", BL_ROLE_DIM, 0);
}

static void draw(const struct drawing *d)
{
    const struct bl_theory_view *v = theory_of(d);
    size_t room = d->rect.height > 1 ? (size_t)d->rect.height - 1 : 0, shown;

    if (part_no_run(d))
        return;
    if (!v || v->n_shown == 0) {
        part_empty(d, !v ? part_waiting(d) : v->why[0] ? v->why : "too many parameters for all eigenvectors", "");
        return;
    }
    shown = v->n_shown < room ? v->n_shown : room > 1 ? room - 1 : room;
    head_row(d, d->rect.y);
    for (size_t i = 0; i < shown; i++) /* where not all fit, the flattest are what holds it back */
        row_draw(d, &v->modes[v->n_shown - shown + i], d->rect.y + 1 + (int)i);
    if (shown < v->n_modes && shown < room)
        bl_canvas_textf(d->canvas, d->rect.x + 1, d->rect.y + 1 + (int)shown, d->rect.width - 1, BL_ROLE_DIM, 0, "the last %zu of %zu: type modes", shown,
                        v->n_modes);
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_theory_view *v = theory_of(d);

    (void)size;
    snprintf(title, size, "modes: error left");
    if (v && v->n_shown && !v->full && d->rect.width >= 50)
        snprintf(note, size, "rates of full-batch descent");
}

static int rows(const struct bl_snapshot *snap) { return snap->theory ? 2 + (int)snap->theory->n_shown : 4; }

const struct panel_type panel_modes = {
    .name = "modes", .sights = 1u << BL_SIGHT_THEORY, .figures = true, .head = head, .titled = true, .draw = draw, .rows = rows,
    .explains = "A mode is a direction in which descent goes by itself.\n"
                "Rate: what one update of all rows leaves of its error;\n"
                "below 0 it swings, from 1 in size it does not shrink.\n"
                "Left: share of its error at the start; bars by decades.\n" };
