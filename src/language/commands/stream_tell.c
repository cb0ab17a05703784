/* What a stream has shown: one object, one table, one chart, and what was found of the changes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/stream.h"

enum { ALARMS_TOLD = 8 };

static bool classes(const struct stream *x)
{
    return x->d->roles.task == BL_CLASSIFICATION;
}

/* As it is shown: the share of wrong answers, or the root of the mean square. */
static double shown(const struct stream *x, double error)
{
    return classes(x) ? error : sqrt(error);
}

static const char *model_name(struct bl_session *s, const struct stream *x)
{
    const struct bl_objective *o = x->candidate.model.type ? NULL : bl_workbench_objective(s->workbench, NULL);

    return x->candidate.model.type ? x->candidate.model.type->name : o ? o->type->name : classes(x) ? x->d->roles.n_classes > 2 ? "softmax" : "logistic" : "linear";
}

static size_t drifts_of(const struct bl_stream_outcome *o)
{
    size_t n = 0;

    for (size_t i = 0; i < o->n_alarms; i++)
        n += o->alarms[i].drift;
    return n;
}

/* ---- the object ------------------------------------------------------------------------------------------*/

static json_t *numbers_at(struct bl_result *r, const struct stream *x, size_t which, size_t point)
{
    json_t *list = json_array();

    for (size_t k = 0; k < x->n_strategies; k++) {
        const struct bl_stream_outcome *o = &x->work.stream.items[k];

        bl_json_append(r, list, bl_json_number(which == 0 ? o->error[point] : which == 1 ? o->cumulative[point] : o->probe[point + 1]));
    }
    return list;
}

static void points_json(struct bl_result *r, const struct stream *x)
{
    json_t *list = json_array();
    size_t from = x->work.stream.first;

    for (size_t p = 0; p < x->work.stream.n_points; p++) {
        json_t *one = json_object();

        bl_json_set(r, one, "from", json_integer((json_int_t)from));
        from = bl_stream_point_end(&x->work.stream, p);
        bl_json_set(r, one, "row", json_integer((json_int_t)from - 1));
        bl_json_set(r, one, "error", numbers_at(r, x, 0, p));
        bl_json_set(r, one, "cumulative", numbers_at(r, x, 1, p));
        if (x->work.stream.probe)
            bl_json_set(r, one, "probe", numbers_at(r, x, 2, p));
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "points", list);
}

static void detections_json(struct bl_result *r, const struct stream *x)
{
    json_t *list = json_array();

    for (size_t k = 0; k < x->n_strategies; k++)
        for (size_t i = 0; i < x->work.stream.items[k].n_alarms; i++) {
            const struct bl_stream_alarm *alarm = &x->work.stream.items[k].alarms[i];
            json_t *one = json_object();

            bl_json_set(r, one, "strategy", bl_json_text(x->strategies[k].name));
            bl_json_set(r, one, "detector", json_string(x->strategies[k].detector->name));
            bl_json_set(r, one, "row", json_integer((json_int_t)alarm->row));
            bl_json_set(r, one, "table_row", json_integer((json_int_t)x->rows[alarm->row]));
            bl_json_set(r, one, "signal", json_string(alarm->drift ? "drift" : "warning"));
            if (alarm->drift)
                bl_json_set(r, one, "behind", json_integer((json_int_t)alarm->behind));
            bl_json_append(r, list, one);
        }
    bl_result_set(r, "detections", list);
}

static void found_json(struct bl_result *r, const struct stream *x, size_t k, json_t *to)
{
    struct bl_stream_found f;

    bl_json_set(r, to, "detector", json_string(x->strategies[k].detector->name));
    bl_json_set(r, to, "alarms", json_integer((json_int_t)drifts_of(&x->work.stream.items[k])));
    if (!x->n_changes)
        return;
    bl_stream_judge(&x->work.stream.items[k], x->changes, x->n_changes, &f);
    bl_json_set(r, to, "found", json_integer((json_int_t)f.found));
    bl_json_set(r, to, "missed", json_integer((json_int_t)f.missed));
    bl_json_set(r, to, "false_alarms", json_integer((json_int_t)f.false_alarms));
    bl_json_figure(r, to, "delay", f.delay, "no change was found");
}

static json_t *strategy_json(struct bl_result *r, const struct stream *x, size_t k)
{
    const struct bl_stream_outcome *o = &x->work.stream.items[k];
    const struct bl_stream_strategy *how = &x->strategies[k];
    json_t *one = json_object();

    bl_json_set(r, one, "name", bl_json_text(how->name));
    bl_json_set(r, one, "kind", json_string(bl_stream_kinds[how->kind]));
    for (size_t i = 0; i < o->evaluation.n_figures; i++)
        if (strcmp(o->evaluation.figures[i].metric->name, "loss"))
            bl_json_figure(r, one, o->evaluation.figures[i].metric->name, o->evaluation.figures[i].value, o->evaluation.figures[i].reason);
    bl_json_set(r, one, "fits", json_integer((json_int_t)o->fits));
    bl_json_set(r, one, "updates", json_integer((json_int_t)o->updates));
    bl_json_set(r, one, "row_passes", bl_json_number(o->passes));
    bl_json_set(r, one, "seconds", bl_json_number(o->seconds));
    if (x->work.stream.probe) {
        bl_json_set(r, one, "probe_before", bl_json_number(o->probe[0]));
        bl_json_set(r, one, "probe_after", bl_json_number(o->probe[x->work.stream.n_points]));
        bl_json_set(r, one, "forgotten", bl_json_number(o->probe[x->work.stream.n_points] - o->probe[0]));
    }
    if (how->detector)
        found_json(r, x, k, one);
    if (o->diverged_at != SIZE_MAX)
        bl_json_set(r, one, "diverged_at", json_integer((json_int_t)o->diverged_at));
    if (o->failed) {
        bl_json_set(r, one, "failed_fits", json_integer((json_int_t)o->failed));
        bl_json_set(r, one, "failed_reason", bl_json_text(o->why.message));
    }
    return one;
}

static void tell_json(struct bl_session *s, struct bl_result *r, const struct stream *x)
{
    json_t *list = json_array(), *changes = json_array();
    char word[64];

    bl_result_set(r, "dataset", bl_json_text(x->d->table->name));
    if (x->source)
        bl_result_set(r, "source", bl_json_text(x->source));
    bl_result_set(r, "rows", json_integer((json_int_t)x->work.stream.n));
    bl_result_set(r, "first", json_integer((json_int_t)x->work.stream.first));
    bl_result_set(r, "probe", json_integer((json_int_t)x->work.stream.probe));
    bl_result_set(r, "tested", json_integer((json_int_t)x->work.stream.tested));
    bl_result_set(r, "left_out", json_integer((json_int_t)x->left_out));
    bl_result_set(r, "unknown_class", json_integer((json_int_t)x->unknown));
    bl_result_set(r, "order", bl_json_text(x->by == SIZE_MAX ? "file" : x->d->table->columns[x->by].name));
    bl_result_set(r, "task", json_string(bl_task_name(x->d->roles.task)));
    bl_result_set(r, "model", json_string(model_name(s, x)));
    bl_result_set(r, "train", json_string(candidate_word(&x->candidate, word, sizeof word)));
    bl_result_set(r, "seed", json_integer((json_int_t)x->work.stream.seed));
    bl_result_set(r, "status", json_string(x->work.stream.stopped ? "stopped" : "done"));
    points_json(r, x);
    detections_json(r, x);
    for (size_t i = 0; i < x->n_changes; i++)
        bl_json_append(r, changes, json_integer((json_int_t)x->changes[i]));
    bl_result_set(r, "changes", changes);
    for (size_t k = 0; k < x->n_strategies; k++)
        bl_json_append(r, list, strategy_json(r, x, k));
    bl_result_set(r, "strategies", list);
}

/* ---- what people see ----------------------------------------------------------------------------------------*/

static void head_lines(struct bl_session *s, struct bl_result *r, const struct stream *x)
{
    static const char *const words[] = {"labels turned", "features swapped", "features shifted"};
    char word[64];

    if (x->source)
        bl_result_line(r, "%zu rows of %s behind the %zu of %s, %s", x->work.stream.n - x->work.stream.first, x->source, x->work.stream.first, x->d->table->name,
                       x->by == SIZE_MAX ? "in the order of the files" : "by time");
    else
        bl_result_line(r, "%zu rows of %s in the order of %s, the first %zu to begin with", x->work.stream.n, x->d->table->name,
                       x->by == SIZE_MAX ? "the file" : x->d->table->columns[x->by].name, x->work.stream.first);
    bl_result_line(r, "every row is predicted, then learned from; %s, fits: %s", model_name(s, x), candidate_word(&x->candidate, word, sizeof word));
    if (x->left_out)
        bl_result_line(r, "%zu row%s left out: no target, or incomplete", x->left_out, x->left_out == 1 ? "" : "s");
    if (x->unknown)
        bl_result_line(r, "%zu row%s left out: of a class that %s does not have, first '%s'", x->unknown, x->unknown == 1 ? "" : "s", x->d->table->name,
                       x->unknown_class);
    for (size_t i = 0; i < x->n_inject; i++)
        if (x->inject[i].width)
            bl_result_line(r, "made on purpose: %s more and more from row %zu to %zu", words[x->inject[i].kind], x->inject[i].at, x->inject[i].at + x->inject[i].width);
        else
            bl_result_line(r, "made on purpose: %s from row %zu on", words[x->inject[i].kind], x->inject[i].at);
}

/* Of each strategy n points behind their places; returns the largest. */
static double curves(const struct stream *x, double *at)
{
    const size_t n = x->work.stream.n_points;
    size_t from = x->work.stream.first;
    double most = 0;

    for (size_t p = 0; p < n; p++) {
        const size_t end = bl_stream_point_end(&x->work.stream, p);

        at[p] = (double)(from + end - 1) / 2;
        from = end;
        for (size_t k = 0; k < x->n_strategies; k++) {
            at[(k + 1) * n + p] = shown(x, x->work.stream.items[k].error[p]);
            most = fmax(most, at[(k + 1) * n + p]);
        }
    }
    return most;
}

/* An upright line at each known change, behind the curves. */
static size_t change_lines(const struct stream *x, double most, double (*ends)[4], struct bl_series *out)
{
    for (size_t i = 0; i < x->n_changes; i++) {
        ends[i][0] = ends[i][1] = (double)x->changes[i];
        ends[i][2] = 0;
        ends[i][3] = most;
        out[i] = (struct bl_series){.name = "change", .x = ends[i], .y = ends[i] + 2, .n = 2, .style = 6, .dim = true, .no_label = true, .no_marker = true};
    }
    return x->n_changes;
}

static void chart(struct bl_result *r, const struct stream *x)
{
    const size_t n = x->work.stream.n_points;
    struct bl_chart c = bl_chart_make(BL_CHART_LINES);
    struct bl_series series[STREAM_MOST + STREAM_CHANGES];
    double *at = bl_calloc((x->n_strategies + 1) * n + 1, sizeof *at), ends[STREAM_CHANGES][4];
    char title[160];

    if (!at || n < 2) {
        bl_free(at);
        return;
    }
    c.n_series = change_lines(x, curves(x, at), ends, series);
    for (size_t k = 0; k < x->n_strategies; k++)
        series[c.n_series++] = (struct bl_series){.name = x->strategies[k].name, .x = at, .y = at + (k + 1) * n, .n = n, .style = k};
    snprintf(title, sizeof title, "%s of each %zu rows, before they were learned from%s", classes(x) ? "error" : "rmse", x->work.stream.stretch,
             x->n_changes ? x->n_changes > 1 ? "; upright: changes" : "; upright: the change" : "");
    c.title = title;
    c.x = (struct bl_axis){.label = "row", .count = true, .min = (double)x->work.stream.first, .max = (double)(x->work.stream.first + x->work.stream.tested)};
    c.y.label = classes(x) ? "error" : "rmse";
    c.series = series;
    c.front = c.n_series - 1;
    bl_result_chart(r, &c, 16);
    bl_free(at);
}

static void table(struct bl_result *r, const struct stream *x)
{
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "strategy", BL_LEFT);
    bl_grid_column(g, classes(x) ? "accuracy" : "rmse", BL_NUMBER);
    if (!classes(x))
        bl_grid_column(g, "mae", BL_NUMBER);
    if (x->work.stream.probe) {
        bl_grid_column(g, "old rows", BL_NUMBER);
        bl_grid_column(g, "now", BL_NUMBER);
    }
    bl_grid_column(g, "fits", BL_COUNT);
    bl_grid_column(g, "updates", BL_COUNT);
    bl_grid_column(g, "row passes", BL_COUNT);
    bl_grid_column(g, "time", BL_SECONDS);
    for (size_t k = 0; k < x->n_strategies; k++) {
        const struct bl_stream_outcome *o = &x->work.stream.items[k];
        const double old[2] = {o->probe[0], o->probe[x->work.stream.n_points]};

        bl_grid_mark(g, k);
        bl_grid_text(g, x->strategies[k].name);
        bl_grid_number(g, bl_evaluation_figure(&o->evaluation, classes(x) ? "accuracy" : "rmse")->value);
        if (!classes(x))
            bl_grid_number(g, bl_evaluation_figure(&o->evaluation, "mae")->value);
        for (size_t i = 0; x->work.stream.probe && i < 2; i++)
            bl_grid_number(g, classes(x) ? 1 - old[i] : sqrt(old[i]));
        bl_grid_count(g, o->fits);
        bl_grid_count(g, o->updates);
        bl_grid_count(g, (uint64_t)o->passes);
        bl_grid_number(g, o->seconds);
    }
}

/* "drift: adwin alarms at rows 1055, 1311" */
static void alarm_line(struct bl_result *r, const struct stream *x, size_t k)
{
    const struct bl_stream_outcome *o = &x->work.stream.items[k];
    const size_t all = drifts_of(o);
    struct bl_text rows = {0};
    size_t n = 0;

    for (size_t i = 0; i < o->n_alarms; i++)
        if (o->alarms[i].drift && ++n <= ALARMS_TOLD)
            bl_text_addf(&rows, "%s%zu", n > 1 ? ", " : "", o->alarms[i].row);
    if (n > ALARMS_TOLD)
        bl_text_addf(&rows, " and %zu more", n - ALARMS_TOLD);
    bl_result_line(r, "%s: %s %s%s%s", x->strategies[k].name, x->strategies[k].detector->name,
                   all == 0 ? "never alarms" : all == 1 ? "alarms at row " : "alarms at rows ", bl_text_get(&rows), all ? "" : "");
    bl_text_free(&rows);
}

static void truth_line(struct bl_result *r, const struct stream *x, size_t k)
{
    const struct bl_stream_outcome *o = &x->work.stream.items[k];
    struct bl_stream_found f;
    struct bl_text t = {0};

    bl_stream_judge(o, x->changes, x->n_changes, &f);
    for (size_t i = 0; i < x->n_changes && i < ALARMS_TOLD; i++) {
        const size_t at = bl_stream_found_at(o, x->changes, x->n_changes, i);

        if (at == SIZE_MAX)
            bl_text_addf(&t, "%sthe change at row %zu was not found", i ? ", " : "", x->changes[i]);
        else
            bl_text_addf(&t, "%sthe change at row %zu was found %zu row%s later", i ? ", " : "", x->changes[i], at - x->changes[i],
                         at - x->changes[i] == 1 ? "" : "s");
    }
    bl_result_line(r, "  %s; %zu alarm%s at no known change", bl_text_get(&t), f.false_alarms, f.false_alarms == 1 ? "" : "s");
    bl_text_free(&t);
}

static void trouble_lines(struct bl_result *r, const struct stream *x, size_t k)
{
    const struct bl_stream_outcome *o = &x->work.stream.items[k];

    if (o->diverged_at != SIZE_MAX)
        bl_result_line(r, "%s: the updates left the finite numbers at row %zu and went no further; a smaller lr= helps", x->strategies[k].name, o->diverged_at);
    if (o->failed)
        bl_result_line(r, "%s: %zu fit%s could not be made, the model before stayed: %s", x->strategies[k].name, o->failed, o->failed == 1 ? "" : "s",
                       o->why.message);
}

static void best_line(struct bl_result *r, const struct stream *x)
{
    const size_t last = x->work.stream.n_points - 1;
    size_t best = 0, cheap = 0;

    for (size_t k = 1; k < x->n_strategies; k++) {
        best = x->work.stream.items[k].cumulative[last] < x->work.stream.items[best].cumulative[last] ? k : best;
        cheap = x->work.stream.items[k].passes < x->work.stream.items[cheap].passes ? k : cheap;
    }
    if (x->n_strategies > 1 && x->work.stream.items[best].passes > 1.05 * x->work.stream.items[cheap].passes)
        bl_result_line(r, "%s errs least, at %.3g times the row passes of %s", x->strategies[best].name,
                       x->work.stream.items[best].passes / x->work.stream.items[cheap].passes, x->strategies[cheap].name);
}

void stream_tell(struct bl_session *s, struct bl_result *r, struct stream *x)
{
    tell_json(s, r, x);
    head_lines(s, r, x);
    chart(r, x);
    table(r, x);
    if (x->work.stream.probe)
        bl_result_line(r, "old rows, now: %s on %zu rows of the first part that nobody learned from, before the stream and behind it", classes(x) ? "accuracy" : "rmse", x->work.stream.probe);
    for (size_t k = 0; k < x->n_strategies; k++) {
        if (x->strategies[k].detector) {
            alarm_line(r, x, k);
            if (x->n_changes)
                truth_line(r, x, k);
        }
        trouble_lines(r, x, k);
    }
    best_line(r, x);
    if (x->work.stream.stopped)
        bl_result_line(r, "stopped: figures are those of the first %zu of %zu rows behind the first part", x->work.stream.tested, x->work.stream.n - x->work.stream.first);
}
