/* Sights of a snapshot as chart descriptions: what `plot` and the panels of the dashboard show. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "batchlab/language.h"

struct bl_sights bl_view_sights(const struct bl_view_settings *view, unsigned wanted)
{
    struct bl_sights s = { .wanted = wanted, .front = view->front };

    snprintf(s.axes, sizeof s.axes, "%s", view->axes);
    snprintf(s.plane, sizeof s.plane, "%s", view->plane);
    return s;
}

static const char *arena_printf(struct bl_arena *a, const char *format, ...) BL_PRINTF(2, 3);
static const char *arena_printf(struct bl_arena *a, const char *format, ...)
{
    struct bl_text t = { 0 };
    const char *copy;
    va_list args;

    va_start(args, format);
    bl_text_addv(&t, format, args);
    va_end(args);
    copy = bl_arena_text(a, bl_text_get(&t), t.length);
    bl_text_free(&t);
    return copy ? copy : "";
}

/* ---- boundary ---------------------------------------------------------------------------------------------*/

/* The points of a class that the model gets right, or wrong. */
static struct bl_series class_points(const struct bl_boundary_view *v, size_t class, bool wrong, struct bl_arena *arena)
{
    double *x = bl_arena_take(arena, v->n + 1, sizeof *x), *y = bl_arena_take(arena, v->n + 1, sizeof *y);
    struct bl_series s = { .name = v->classes[class], .style = class, .x = x, .y = y, .wrong = wrong, .no_label = wrong };

    for (size_t i = 0; x && y && i < v->n; i++)
        if (v->truth[i] == class && (v->said[i] != class) == wrong) {
            x[s.n] = v->x[i];
            y[s.n++] = v->y[i];
        }
    s.mark = bl_class_sign(class);
    return s;
}

static bool regions_chart(const struct bl_boundary_view *v, struct bl_arena *arena, struct bl_chart *chart)
{
    struct bl_series *series = bl_arena_take(arena, 2 * v->n_classes + 1, sizeof *series);

    *chart = bl_chart_make(BL_CHART_REGIONS);
    if (!series)
        return false;
    for (size_t k = 0; k < v->n_classes; k++)
        series[chart->n_series++] = class_points(v, k, false, arena);
    for (size_t k = 0; k < v->n_classes; k++)
        series[chart->n_series++] = class_points(v, k, true, arena);
    if (v->wrong) /* one entry of the legend for all crosses */
        series[chart->n_series++] = (struct bl_series){ .name = arena_printf(arena, "wrong %zu", v->wrong), .wrong = true, .mark = "✗", .dim = true };
    chart->series = series;
    chart->field = &v->field;
    chart->x = (struct bl_axis){ .label = v->axis[0], .min = v->field.x_from, .max = v->field.x_to };
    chart->y = (struct bl_axis){ .label = v->axis[1], .min = v->field.y_from, .max = v->field.y_to };
    chart->title = arena_printf(arena, "%s over %s%s", v->axis[1], v->axis[0],
                                v->components ? ", of the features" : v->others ? arena_printf(arena, ", %zu other%s at the mean", v->others, v->others == 1 ? "" : "s") : "");
    chart->note = v->n < v->rows ? arena_printf(arena, "%zu of %zu rows", v->n, v->rows) : "";
    return true;
}

static bool truth_chart(const struct bl_boundary_view *v, struct bl_arena *arena, struct bl_chart *chart)
{
    struct bl_series *series = bl_arena_take(arena, 2, sizeof *series);
    double *line = bl_arena_take(arena, 2, sizeof *line), low = INFINITY, high = -INFINITY;

    *chart = bl_chart_make(BL_CHART_QQ);
    if (!series || !line)
        return false;
    for (size_t i = 0; i < v->n; i++) {
        low = fmin(low, v->x[i]);
        high = fmax(high, v->x[i]);
    }
    line[0] = low, line[1] = high;
    series[0] = (struct bl_series){ .name = "rows", .x = v->x, .y = v->y, .n = v->n, .no_label = true };
    series[1] = (struct bl_series){ .name = "prediction = truth", .x = line, .y = line, .n = 2, .no_label = true, .dim = true };
    chart->series = series;
    chart->n_series = 2;
    chart->x.label = "truth";
    chart->y.label = "";
    chart->title = "prediction over truth, training rows";
    chart->note = v->n < v->rows ? arena_printf(arena, "%zu of %zu rows", v->n, v->rows) : "line: prediction = truth";
    return v->n > 0;
}

bool bl_boundary_chart(const struct bl_snapshot *snap, struct bl_arena *arena, struct bl_chart *chart)
{
    const struct bl_boundary_view *v = snap->boundary;

    if (!v || v->why[0])
        return false;
    return v->regression ? truth_chart(v, arena, chart) : regions_chart(v, arena, chart);
}

/* ---- surface ----------------------------------------------------------------------------------------------*/

static const char *surface_title(const struct bl_surface_view *v, struct bl_arena *arena)
{
    const char *what = v->penalty ? "objective" : "loss";

    if (v->path)
        return arena_printf(arena, "%s on the plane of the path, %.0f %% of it", what, 100 * v->share);
    if (v->others == 0)
        return arena_printf(arena, "%s, %s over %s", what, v->axis[1], v->axis[0]);
    return arena_printf(arena, "%s, %s over %s, %zu other%s %s", what, v->axis[1], v->axis[0], v->others, v->others == 1 ? "" : "s",
                        v->others_best ? "at the optimum" : "as they are");
}

bool bl_surface_chart(const struct bl_snapshot *snap, const struct bl_view_settings *view, struct bl_arena *arena, struct bl_chart *chart)
{
    const struct bl_surface_view *v = snap->surface;
    struct bl_series *series = v ? bl_arena_take(arena, v->n_ways + 2, sizeof *series) : NULL;
    struct bl_mark *marks = bl_arena_take(arena, 2, sizeof *marks);

    if (!v || v->why[0] || !series || !marks)
        return false;
    *chart = bl_chart_make(BL_CHART_CONTOUR);
    for (size_t i = 0; i < v->n_ways && i < snap->n_runs; i++)
        series[chart->n_series++] = (struct bl_series){ .name = snap->runs[i].name, .style = i, .x = v->ways[i].x, .y = v->ways[i].y, .n = v->ways[i].n };
    if (v->n_ways && v->ways[0].n)
        marks[chart->n_marks++] = (struct bl_mark){ v->ways[0].x[0], v->ways[0].y[0], BL_MARK_START };
    if (v->has_optimum)
        marks[chart->n_marks++] = (struct bl_mark){ v->optimum[0], v->optimum[1], BL_MARK_OPTIMUM };
    chart->series = series;
    chart->front = view->front < chart->n_series ? view->front : 0;
    chart->field = &v->field;
    chart->contours = v->contours;
    chart->n_contours = v->n_contours;
    chart->marks = marks;
    chart->x = (struct bl_axis){ .label = v->axis[0], .min = v->field.x_from, .max = v->field.x_to };
    chart->y = (struct bl_axis){ .label = v->axis[1], .min = v->field.y_from, .max = v->field.y_to };
    chart->title = surface_title(v, arena);
    chart->note = v->rows_used < v->rows ? arena_printf(arena, "%zu of %zu rows", v->rows_used, v->rows) : "";
    return true;
}

/* ---- theory --------------------------------------------------------------------------------------------------*/

bool bl_theory_chart(const struct bl_snapshot *snap, const struct bl_view_settings *view, struct bl_arena *arena, struct bl_chart *chart)
{
    const struct bl_theory_view *v = snap->theory;
    struct bl_series *series = v ? bl_arena_take(arena, 2, sizeof *series) : NULL;
    struct bl_level *levels = bl_arena_take(arena, 1, sizeof *levels);
    bool predicts = false;
    char number[32];

    if (!v || v->n == 0 || !series || !levels)
        return false;
    for (size_t i = 0; i < v->n; i++)
        predicts |= isfinite(v->predicted[i]);
    *chart = bl_chart_make(BL_CHART_LINES);
    series[0] = (struct bl_series){ .name = "measured", .x = v->updates, .y = v->measured, .n = v->n };
    series[1] = (struct bl_series){ .name = v->exact ? "predicted" : "by rate", .x = v->updates, .y = v->predicted, .n = v->n, .style = 1 };
    for (size_t skip = 0; !v->exact && predicts && skip < v->n && !isfinite(v->predicted[skip]); skip++) { /* where it says nothing it is no gap */
        series[1].x = v->updates + skip + 1;
        series[1].y = v->predicted + skip + 1;
        series[1].n = v->n - skip - 1;
    }
    chart->series = series;
    chart->n_series = predicts ? 2 : 1;
    if (v->figures.noise_floor > 0 && isfinite(v->figures.noise_floor)) {
        levels[0] = (struct bl_level){ v->figures.noise_floor, arena_printf(arena, "noise floor %s", bl_number_format(number, sizeof number, v->figures.noise_floor, 3)),
                                       BL_ROLE_WARN };
        chart->levels = levels;
        chart->n_levels = 1;
    }
    chart->title = view->log_y ? "above the optimum (log) by updates" : "above the optimum by updates";
    chart->x = (struct bl_axis){ .label = "updates", .count = true, .min = NAN, .max = NAN };
    chart->y = (struct bl_axis){ .label = "", .log = view->log_y, .min = NAN, .max = NAN };
    return true;
}

/* ---- evaluation ------------------------------------------------------------------------------------------------*/

bool bl_evaluation_chart(const struct bl_snapshot *snap, struct bl_arena *arena, struct bl_chart *chart)
{
    const struct bl_evaluation_view *e = snap->evaluation;
    struct bl_boundary_view *v = bl_arena_take(arena, 1, sizeof *v);

    if (!e || !e->regression || !v)
        return false;
    *v = (struct bl_boundary_view){ .regression = true, .rows = e->rows, .n = e->n, .x = e->truth, .y = e->said };
    if (!truth_chart(v, arena, chart))
        return false;
    chart->title = arena_printf(arena, "prediction over truth, %s rows", e->validation ? "validation" : "training");
    return true;
}

/* ---- layers ----------------------------------------------------------------------------------------------------*/

const char *bl_layer_shape(const struct bl_layer_state *s, char text[BL_LAYER_SHAPE])
{
    if (!strcmp(s->is.type, "dense"))
        snprintf(text, BL_LAYER_SHAPE, "%zux%zu", s->is.in, s->is.out);
    else
        snprintf(text, BL_LAYER_SHAPE, "%zu", s->is.out);
    return text;
}

bool bl_layer_chart(const struct bl_layers_view *v, size_t layer, struct bl_arena *arena, struct bl_chart *chart)
{
    const struct bl_layer_state *s = &v->layer[layer];
    double *edges = bl_arena_take(arena, BL_LAYER_BINS + 1, sizeof *edges);
    size_t bins = 1;

    if (!edges)
        return false;
    *chart = bl_chart_make(BL_CHART_HISTOGRAM);
    chart->title = arena_printf(arena, "what the units of %s (%s) give, %zu rows", s->is.name, s->is.type, v->rows_used);
    if (!(s->low <= s->high)) /* none is finite */
        return true;
    while (bins < BL_LAYER_BINS && (s->low == s->high || s->from + (double)bins * s->width < s->high)) /* those behind the last are empty */
        bins++;
    for (size_t k = 0; k <= bins; k++)
        edges[k] = s->from + (double)k * s->width;
    chart->edges = edges;
    chart->counts = s->count;
    chart->bins = bins;
    chart->groups = 1;
    chart->x.label = "output";
    return true;
}
