/* Which ranges of their axes the charts show. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "act.h"
#include "parts.h"

static bool zoomed(const struct doing *a) { return a->view->x_to > a->view->x_from && a->view->x_rows == (act_stream(a) != NULL); }

/* On a log axis ranges are moved and scaled by factors; rows of a stream have none. */
static bool log_x(const struct doing *a) { return a->view->log_x && !act_stream(a); }
static double to_axis(const struct doing *a, double x) { return log_x(a) ? log(x) : x; }
static double from_axis(const struct doing *a, double t) { return log_x(a) ? exp(t) : t; }

/* The range of all that is recorded, of a stream of all rows; false: nothing is. */
static bool x_all(const struct doing *a, double *from, double *to)
{
    const struct bl_stream_view *stream = act_stream(a);
    enum bl_x unit = bl_view_x(a->snap, a->view);
    double least = INFINITY;

    if (stream) {
        *from = (double)stream->first, *to = (double)stream->rows;
        return stream->n > 0;
    }
    *to = 0;
    for (size_t i = 0; i < a->snap->n_runs; i++)
        for (size_t j = 0; j < a->snap->runs[i].n_points; j++) {
            double x = ui_x(&a->snap->runs[i].points[j], unit);
            *to = fmax(*to, x);
            least = x > 0 ? fmin(least, x) : least;
        }
    *from = a->view->log_x ? least : 0;
    return *to > *from;
}

void x_fit(struct doing *a)
{
    a->view->x_from = a->view->x_to = a->view->y_from = a->view->y_to = 0;
    memset(&a->ui->memories, 0, sizeof a->ui->memories);
    act_echo(a, "fit");
}

void x_show(struct doing *a, double from, double to)
{
    double all_from, all_to;
    char x[32], y[32];

    if (!x_all(a, &all_from, &all_to))
        return;
    from = fmax(from, all_from);
    if (!(to - from > 1e-9 * (all_to - all_from))) {
        ui_message(a->ui, BL_ROLE_DIM, "that is as near as it goes");
        return;
    }
    if (from <= all_from && to >= all_to) { /* the range of y stays what it is */
        a->view->x_from = a->view->x_to = 0;
        act_echo(a, a->view->y_to > a->view->y_from ? "fit y=%g..%g" : "fit", a->view->y_from, a->view->y_to);
        return;
    }
    snprintf(x, sizeof x, "%.6g", from);
    snprintf(y, sizeof y, "%.6g", to);
    bl_number_parse(x, strlen(x), &a->view->x_from); /* what is told is what is shown */
    bl_number_parse(y, strlen(y), &a->view->x_to);
    a->view->x_rows = act_stream(a) != NULL;
    act_echo(a, "fit %s %s", x, y);
}

void x_scale(struct doing *a, double factor, double around)
{
    double from, to, all_from, all_to, at, width;

    if (!act_stream(a) && !act_front(a))
        return;
    if (!x_all(a, &all_from, &all_to) || (factor > 1 && !zoomed(a))) {
        ui_message(a->ui, BL_ROLE_DIM, "all there is to see is in sight");
        return;
    }
    from = zoomed(a) ? a->view->x_from : all_from;
    to = zoomed(a) ? a->view->x_to : all_to;
    if (isnan(around))
        around = cursor_x(a);
    from = to_axis(a, fmax(from, all_from)), to = to_axis(a, to);
    width = (to - from) * factor;
    at = isnan(around) || !(to_axis(a, around) >= from && to_axis(a, around) <= to) ? (from + to) / 2 : to_axis(a, around);
    from = at - (at - from) * factor; /* what is there stays where it is */
    x_show(a, from_axis(a, from), from_axis(a, from + width));
}

void x_pan(struct doing *a, double share)
{
    double from, to, all_from, all_to, by;

    if (!act_stream(a) && !act_front(a))
        return;
    if (!zoomed(a) || !x_all(a, &all_from, &all_to)) {
        ui_message(a->ui, BL_ROLE_DIM, "all there is to see is in sight; > zooms in");
        return;
    }
    from = to_axis(a, fmax(a->view->x_from, all_from)), to = to_axis(a, a->view->x_to);
    by = share * (to - from);
    by = fmax(by, to_axis(a, all_from) - from);
    by = fmin(by, fmax(0, to_axis(a, all_to) - to));
    if (by == 0)
        ui_message(a->ui, BL_ROLE_DIM, "the curves %s here", share < 0 ? "begin" : "end");
    else
        x_show(a, from_axis(a, from + by), from_axis(a, to + by));
}

/* ---- y ----------------------------------------------------------------------------------------------------*/

static bool y_zoomed(const struct doing *a) { return a->view->y_to > a->view->y_from && !(a->view->log_y && a->view->y_from <= 0); }

static double y_to_axis(const struct doing *a, double y) { return a->view->log_y ? log(y) : y; }
static double y_from_axis(const struct doing *a, double t) { return a->view->log_y ? exp(t) : t; }

/* The losses that are drawn, on the scale of the axis; false: there are none. */
static bool y_all(const struct doing *a, double *low, double *high)
{
    struct bl_arena *arena = bl_arena_create(256 * 1024);
    struct bl_chart chart;
    bool any = false;

    if (arena && bl_loss_chart(a->snap, a->view, arena, &chart)) {
        part_limits(&chart, low, high);
        any = *low < *high;
    }
    bl_arena_free(arena);
    if (any)
        *low = y_to_axis(a, *low), *high = y_to_axis(a, *high);
    return any;
}

/* What stands at the cursor, else the newest, of the curve in front. */
static double y_front(const struct doing *a)
{
    const struct bl_run_view *r = act_front(a);
    const struct bl_point *p = r ? ui_cursor_point(a->ui, r) : NULL;
    double y = p ? p->train_loss : r && r->n_points ? r->now.train_loss : NAN;

    return isfinite(y) && (!a->view->log_y || y > 0) ? y_to_axis(a, y) : NAN;
}

/* low and high are on the scale of the axis, and so are the ends of what there is. */
static void y_show(struct doing *a, double low, double high, double all_low, double all_high)
{
    char from[32], to[32];
    double slack = 1e-3 * (all_high - all_low); /* what is told has so many digits */

    if (!(high - low > 1e-3 * (all_high - all_low))) {
        ui_message(a->ui, BL_ROLE_DIM, "that is as near as it goes");
        return;
    }
    if (low <= all_low + slack && high >= all_high - slack) {
        a->view->y_from = a->view->y_to = 0;
        act_echo(a, "fit y=all");
        return;
    }
    snprintf(from, sizeof from, "%.5g", y_from_axis(a, low));
    snprintf(to, sizeof to, "%.5g", y_from_axis(a, high));
    bl_number_parse(from, strlen(from), &a->view->y_from); /* what is told is what is shown */
    bl_number_parse(to, strlen(to), &a->view->y_to);
    act_echo(a, "fit y=%s..%s", from, to);
}

void y_scale(struct doing *a, double factor)
{
    double low, high, all_low, all_high, at = y_front(a);

    if (a->snap->n_runs == 0)
        return; /* told */
    if (!y_all(a, &all_low, &all_high) || (factor > 1 && !y_zoomed(a))) {
        ui_message(a->ui, BL_ROLE_DIM, "all losses are in sight");
        return;
    }
    low = y_zoomed(a) ? y_to_axis(a, a->view->y_from) : all_low;
    high = y_zoomed(a) ? y_to_axis(a, a->view->y_to) : all_high;
    if (!(at >= low && at <= high))
        at = (low + high) / 2;
    y_show(a, fmax(all_low, at - (at - low) * factor), fmin(all_high, at + (high - at) * factor), all_low, all_high);
}

void y_pan(struct doing *a, double share)
{
    double low, high, all_low, all_high, by;

    if (!act_front(a))
        return;
    if (!y_zoomed(a) || !y_all(a, &all_low, &all_high)) {
        ui_message(a->ui, BL_ROLE_DIM, "all losses are in sight; Y zooms in");
        return;
    }
    low = y_to_axis(a, a->view->y_from), high = y_to_axis(a, a->view->y_to);
    by = share * (high - low);
    by = fmin(fmax(by, fmin(0, all_low - low)), fmax(0, all_high - high));
    if (fabs(by) <= 1e-3 * (high - low))
        ui_message(a->ui, BL_ROLE_DIM, "the losses %s here", share < 0 ? "begin" : "end");
    else
        y_show(a, low + by, high + by, all_low, all_high);
}
