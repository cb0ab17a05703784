/* What is to be seen of a stream: an immutable copy in an arena of its own, shared by the snapshots that follow. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/workbench/internal.h"

static void text_copy(char *to, size_t size, const char *from)
{
    bl_show(to, size, from, strlen(from));
}

/* As it is shown: the share of wrong answers, or the root of the mean square. NULL: no memory. */
static const double *errors_copy(struct bl_arena *a, const double *from, size_t n, bool classes)
{
    double *to = bl_arena_take(a, n + 1, sizeof *to);

    for (size_t i = 0; to && i < n; i++)
        to[i] = classes ? from[i] : sqrt(from[i]);
    return to;
}

/* Rows behind the last whole point are not yet to be seen. */
static bool rows_copy(struct bl_arena *a, const struct bl_stream_outcome *o, size_t end, struct bl_strategy_view *v)
{
    size_t *alarms = bl_arena_take(a, o->n_alarms + 1, sizeof *alarms), *refits = bl_arena_take(a, o->n_refits + 1, sizeof *refits);

    if (!alarms || !refits)
        return false;
    for (size_t i = 0; i < o->n_alarms; i++)
        if (o->alarms[i].drift && o->alarms[i].row < end)
            alarms[v->n_alarms++] = o->alarms[i].row;
    for (size_t i = 0; i < o->n_refits; i++)
        if (o->refits[i] < end)
            refits[v->n_refits++] = o->refits[i];
    v->alarms = alarms;
    v->refits = refits;
    return true;
}

static bool strategy_copy(struct bl_arena *a, const struct bl_streaming *x, size_t k, struct bl_strategy_view *v)
{
    const struct bl_stream *s = &x->stream;
    const struct bl_stream_outcome *o = s->items ? &s->items[k] : NULL;
    double *spent;

    text_copy(v->name, sizeof v->name, s->strategies[k].name);
    v->kind = s->strategies[k].kind;
    v->diverged_at = SIZE_MAX;
    if (!o || !o->spent) /* it has not begun */
        return true;
    v->fits = o->fits;
    v->updates = o->updates;
    v->failed = o->failed;
    v->diverged_at = o->diverged_at < s->first + s->tested ? o->diverged_at : SIZE_MAX;
    v->seconds = o->seconds;
    v->error = errors_copy(a, o->error, s->done, x->classes);
    v->cumulative = errors_copy(a, o->cumulative, s->done, x->classes);
    v->old = s->probe ? errors_copy(a, o->probe, s->done + 1, x->classes) : NULL;
    v->spent = spent = bl_arena_take(a, s->done + 1, sizeof *spent);
    if (!v->error || !v->cumulative || (s->probe && !v->old) || !spent || !rows_copy(a, o, s->first + s->tested, v))
        return false;
    memcpy(spent, o->spent, (s->done + 1) * sizeof *spent);
    v->passes = spent[s->done];
    return true;
}

static bool places_copy(struct bl_arena *a, const struct bl_streaming *x, struct bl_stream_view *v)
{
    const struct bl_stream *s = &x->stream;
    double *at = bl_arena_take(a, s->done + 1, sizeof *at), *end = bl_arena_take(a, s->done + 1, sizeof *end);
    size_t *changes = bl_arena_take(a, x->n_changes + 1, sizeof *changes), from = s->first;

    if (!at || !end || !changes)
        return false;
    for (size_t p = 0; p < s->done; p++) {
        const size_t to = bl_stream_point_end(s, p);

        at[p] = (double)(from + to - 1) / 2;
        end[p] = (double)to;
        from = to;
    }
    if (x->n_changes)
        memcpy(changes, x->changes, x->n_changes * sizeof *changes);
    v->at = at;
    v->end = end;
    v->changes = changes;
    v->n_changes = x->n_changes;
    return true;
}

static bool view_fill(struct bl_workbench *w, struct bl_arena *a, struct bl_stream_view *v)
{
    const struct bl_streaming *x = w->streaming;
    const struct bl_stream *s = &x->stream;
    struct bl_strategy_view *all = bl_arena_take(a, s->n_strategies + 1, sizeof *all);

    text_copy(v->dataset, sizeof v->dataset, s->procedure->table->name);
    text_copy(v->source, sizeof v->source, x->source);
    text_copy(v->model, sizeof v->model, x->model);
    text_copy(v->why, sizeof v->why, w->stream_why);
    v->classes = x->classes;
    v->first = s->first;
    v->rows = s->n;
    v->tested = s->tested;
    v->stretch = s->stretch ? s->stretch : 1;
    v->probe = s->probe;
    v->n = s->done;
    v->planned = (s->n - s->first + v->stretch - 1) / v->stretch;
    v->strategies = all;
    v->n_strategies = s->n_strategies;
    for (size_t k = 0; all && k < s->n_strategies; k++)
        if (!strategy_copy(a, x, k, &all[k]))
            return false;
    return all && places_copy(a, x, v);
}

void stream_look(struct bl_workbench *w)
{
    struct bl_arena *a = bl_arena_create(16 * 1024);
    struct sight *sight = a ? bl_arena_take(a, 1, sizeof *sight) : NULL;
    struct bl_stream_view *v = sight ? bl_arena_take(a, 1, sizeof *v) : NULL;

    if (!v || !view_fill(w, a, v)) { /* the one before stays */
        bl_arena_free(a);
        return;
    }
    *sight = (struct sight){ .arena = a, .references = 1, .view = v };
    sight_drop(w->stream_view);
    w->stream_view = sight;
}

const char *stream_state(const struct bl_workbench *w)
{
    const struct bl_stream_view *v = w->stream_view->view;

    if (w->stream_why[0])
        return "failed";
    if (w->streaming && !w->streaming->concluded)
        return "paused";
    return v->n < v->planned ? "stopped" : "done";
}

struct sight *stream_share(struct bl_workbench *w, struct bl_snapshot *s)
{
    struct sight *sight = w->stream_view;

    if (!sight)
        return NULL;
    atomic_fetch_add(&sight->references, 1);
    s->stream = sight->view;
    s->streams = w->streams;
    return sight;
}
