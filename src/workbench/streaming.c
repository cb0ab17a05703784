/* A stream as the worker's goal: it begins, is paused and taken up, and a run takes its place. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/workbench/internal.h"

enum { ALARMS_TOLD = 20 }; /* of each strategy: of a detector that never rests no more is to be learned */

/* ---- at the end of a point ------------------------------------------------------------------------------*/

static void tell_alarms(struct bl_workbench *w)
{
    const struct bl_stream *s = &w->streaming->stream;

    for (size_t k = 0; k < s->n_strategies; k++)
        for (; w->stream_told[k] < s->items[k].n_alarms; w->stream_told[k]++) {
            const struct bl_stream_alarm *alarm = &s->items[k].alarms[w->stream_told[k]];

            if (alarm->drift && w->stream_told[k] < ALARMS_TOLD)
                bl_workbench_event(w, s->strategies[k].name, "%s alarms at row %zu", s->strategies[k].detector->name, alarm->row);
        }
}

/* Called by the worker, which has the stream; the race rests meanwhile. */
static void at_point(const struct bl_stream *s, void *context)
{
    struct bl_workbench *w = context;
    const double now = bl_now();
    struct bl_sights look;

    for (size_t i = 0; s->done == 1 && i < w->streaming->warnings.count; i++)
        bl_workbench_event(w, "warning", "%s", w->streaming->warnings.items[i].message);
    tell_alarms(w);
    if (worker_due(w, now, &look)) {
        stream_look(w);
        worker_publish(w, now);
    }
    worker_hold(w);
}

/* ---- the goal -----------------------------------------------------------------------------------------------*/

static void tell_end(struct bl_workbench *w, const struct bl_error *err, bool whole)
{
    const struct bl_stream *s = &w->streaming->stream;
    size_t best = 0;
    double error;
    char number[32];

    if (err->code != BL_OK) {
        snprintf(w->stream_why, sizeof w->stream_why, "%.199s", err->message);
        bl_workbench_event(w, "stream", "%s", err->message);
        return;
    }
    if (!whole)
        return;
    for (size_t k = 1; k < s->n_strategies; k++)
        best = s->items[k].cumulative[s->n_points - 1] < s->items[best].cumulative[s->n_points - 1] ? k : best;
    error = s->items[best].cumulative[s->n_points - 1];
    bl_workbench_event(w, "stream", "all %zu rows are tested: %s errs least, %s %s", s->tested, s->strategies[best].name,
                       w->streaming->classes ? "error" : "rmse", bl_number_format(number, sizeof number, w->streaming->classes ? error : sqrt(error), 4));
}

void stream_do(struct bl_workbench *w)
{
    struct worker *k = &w->worker;
    struct bl_streaming *x = w->streaming;
    struct bl_error err = { 0 };
    bool good, whole;

    k->busy_since = k->last_epoch_at = bl_now();
    good = bl_stream_go(&x->stream, w->pool, &w->progress, &err);
    whole = good && x->stream.done == x->stream.n_points && x->stream.lot;
    if (whole)
        good = x->concluded = bl_stream_end(&x->stream, &err);
    w->stream_elapsed += bl_now() - k->busy_since;
    tell_end(w, &err, whole);
    stream_look(w);
    pthread_mutex_lock(&k->lock);
    k->interrupted = good && !whole;
    k->failed = !good;
    k->error = err;
    k->stale = true;
    pthread_mutex_unlock(&k->lock);
}

/* ---- what the owner asks for ------------------------------------------------------------------------------------*/

void bl_workbench_stream_close(struct bl_workbench *w)
{
    struct bl_streaming *x = w->streaming;

    bl_workbench_rest(w);
    if (!x)
        return;
    bl_warnings_free(&x->warnings);
    w->streaming = NULL;
    bl_stream_free(&x->stream);
    x->release(x);
    bl_free(w->stream_told);
    w->stream_told = NULL;
}

void stream_leave(struct bl_workbench *w)
{
    const bool paused = w->streaming && !w->streaming->concluded && !w->stream_why[0];

    if (!w->streaming && !w->streams)
        return;
    bl_workbench_rest(w);
    if (paused)
        bl_workbench_event(w, "stream", "ends at row %zu: something else took its place", w->streaming->stream.first + w->streaming->stream.tested);
    bl_workbench_stream_close(w);
    pthread_mutex_lock(&w->worker.lock);
    w->worker.interrupted = w->worker.interrupted && w->worker.goal.kind != BL_GOAL_STREAM;
    w->worker.rate = NAN;
    w->worker.stale = true;
    pthread_mutex_unlock(&w->worker.lock);
    w->streams = false;
}

void stream_free(struct bl_workbench *w)
{
    stream_leave(w);
    sight_drop(w->stream_view);
    w->stream_view = NULL;
}

bool bl_workbench_stream(struct bl_workbench *w, struct bl_streaming *x, struct bl_error *err)
{
    size_t *told = bl_calloc(x->stream.n_strategies + 1, sizeof *told);

    stream_leave(w);
    if (!told) {
        bl_warnings_free(&x->warnings);
        x->release(x);
        return bl_fail_memory(err, "a stream");
    }
    x->stream.each = at_point;
    x->stream.context = w;
    w->streaming = x;
    w->stream_told = told;
    w->stream_why[0] = '\0';
    w->stream_elapsed = 0;
    w->streams = true;
    w->worker.rate = NAN;
    bl_workbench_event(w, "stream", "%zu strategies, %zu rows behind the first %zu, seed %llu", x->stream.n_strategies, x->stream.n - x->stream.first,
                       x->stream.first, (unsigned long long)x->stream.seed);
    stream_look(w);
    bl_snapshot_drop(bl_workbench_snapshot(w)); /* whoever looks before the first point finds the start of this one */
    return bl_workbench_stream_resume(w);
}

struct bl_streaming *bl_workbench_streaming(struct bl_workbench *w)
{
    bl_workbench_rest(w);
    return w->streaming;
}

bool bl_workbench_stream_resume(struct bl_workbench *w)
{
    struct bl_streaming *x = bl_workbench_streaming(w);

    if (!x || x->concluded || w->stream_why[0])
        return false;
    worker_give(w, (struct bl_goal){ .kind = BL_GOAL_STREAM }, 0, "streaming");
    return true;
}

bool bl_workbench_stream_conclude(struct bl_workbench *w, struct bl_error *err)
{
    struct bl_streaming *x = bl_workbench_streaming(w);

    if (!x || w->stream_why[0])
        return bl_fail(err, BL_STATE, "%s", x ? w->stream_why : "there is no stream");
    if (x->concluded)
        return true;
    if (!x->stream.lot)
        return bl_fail(err, BL_STOPPED, "interrupted before the stream began");
    x->concluded = bl_stream_end(&x->stream, err);
    if (!x->concluded)
        snprintf(w->stream_why, sizeof w->stream_why, "stopped before the first point");
    stream_look(w);
    w->worker.stale = true;
    return x->concluded;
}

void bl_workbench_listen(struct bl_workbench *w, double fps)
{
    pthread_mutex_lock(&w->worker.lock);
    w->worker.listened = fps > 0;
    w->worker.fps = fps > 0 ? fps : w->worker.fps;
    pthread_mutex_unlock(&w->worker.lock);
}
