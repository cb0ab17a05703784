/* Curves of a stream as chart descriptions, for panels and files alike. */
#include <stdio.h>
#include <string.h>

#include "batchlab/language.h"

/* Places of values: the middles of the points, or the start and the end of each. */
static const double *places(const struct bl_stream_view *v, enum bl_stream_curve what, struct bl_arena *a)
{
    double *x;

    if (what == BL_STREAM_ERROR)
        return v->at;
    x = bl_arena_take(a, v->n + 1, sizeof *x);
    if (x) {
        x[0] = (double)v->first;
        memcpy(x + 1, v->end, v->n * sizeof *x);
    }
    return x;
}

static const double *values(const struct bl_strategy_view *s, enum bl_stream_curve what)
{
    return what == BL_STREAM_ERROR ? s->error : what == BL_STREAM_SPENT ? s->spent : s->old;
}

static const char *title(const struct bl_stream_view *v, enum bl_stream_curve what, bool log, struct bl_arena *a)
{
    const char *error = v->classes ? "error" : "rmse";
    char text[120];

    if (what == BL_STREAM_ERROR)
        snprintf(text, sizeof text, "%s of each %zu rows, before they were learned from", error, v->stretch);
    else if (what == BL_STREAM_SPENT)
        snprintf(text, sizeof text, "row passes so far%s", log ? " (log)" : "");
    else
        snprintf(text, sizeof text, "%s on %zu old rows", error, v->probe);
    return bl_arena_text(a, text, strlen(text));
}

static const struct bl_post *posts(const struct bl_stream_view *v, struct bl_arena *a)
{
    struct bl_post *p = bl_arena_take(a, v->n_changes + 1, sizeof *p);

    for (size_t i = 0; p && i < v->n_changes; i++)
        p[i] = (struct bl_post){(double)v->changes[i], i ? "" : "change", BL_ROLE_WARN};
    return p;
}

/* All rows, or the range of them that is to be seen. */
static struct bl_axis rows(const struct bl_stream_view *v, const struct bl_view_settings *view)
{
    struct bl_axis axis = {.label = "row", .count = true, .min = (double)v->first, .max = (double)v->rows};

    if (view->x_rows && view->x_from < view->x_to && view->x_from < axis.max && view->x_to > axis.min)
        axis.min = view->x_from, axis.max = view->x_to;
    return axis;
}

bool bl_stream_chart(const struct bl_snapshot *snap, const struct bl_view_settings *view, enum bl_stream_curve what, struct bl_arena *arena,
                     struct bl_chart *chart)
{
    const struct bl_stream_view *v = snap->stream;
    struct bl_series *series = v && v->n ? bl_arena_take(arena, v->n_strategies, sizeof *series) : NULL;
    const double *x = series ? places(v, what, arena) : NULL;
    const struct bl_post *changes = x ? posts(v, arena) : NULL;

    if (!changes || (what == BL_STREAM_OLD && !v->strategies[0].old))
        return false;
    *chart = bl_chart_make(BL_CHART_LINES);
    for (size_t k = 0; k < v->n_strategies; k++)
        series[k] = (struct bl_series){.name = v->strategies[k].name, .x = x, .y = values(&v->strategies[k], what), .n = v->n + (what != BL_STREAM_ERROR), .style = k};
    chart->series = series;
    chart->n_series = v->n_strategies;
    chart->posts = changes;
    chart->n_posts = v->n_changes;
    chart->x = rows(v, view);
    chart->y.count = what == BL_STREAM_SPENT;
    chart->y.log = what == BL_STREAM_SPENT && view->log_y;
    chart->y.label = what == BL_STREAM_SPENT ? "row passes" : v->classes ? "error" : "rmse";
    chart->title = title(v, what, chart->y.log, arena);
    return chart->title != NULL;
}
