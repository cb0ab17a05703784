/* A stream while it is under way: at the prompt a line that is rewritten, in the dashboard its view, in plain mode sentences. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/language/commands/stream.h"

/* ---- what is told on the way ------------------------------------------------------------------------------*/

enum { COMPARE_VIEW = 2 };
static const double line_every = 0.1, speak_every = 2; /* seconds */

struct listener { struct bl_session *s; double told; size_t points; };

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* "frozen 0.342": pieces for a line that shows as many as fit. */
static void pieces(const struct bl_stream_view *v, struct bl_text *out)
{
    char number[32];

    for (size_t k = 0; k < v->n_strategies; k++)
        bl_text_addf(out, "%s%s %s", k ? "  " : "", v->strategies[k].name, bl_number_format(number, sizeof number, v->strategies[k].cumulative[v->n - 1], 3));
}

/* At the end of point p. Names on a screen are clean already. */
static void sentence(const struct bl_stream_view *v, size_t p, struct bl_text *out)
{
    char number[32], passes[32];

    bl_text_addf(out, "row %.0f of %zu, %s", v->end[p], v->rows, v->classes ? "error" : "rmse");
    for (size_t k = 0; k < v->n_strategies; k++)
        bl_text_addf(out, "%s %s %s after %s row passes", k ? "," : "", v->strategies[k].name,
                     bl_number_format(number, sizeof number, v->strategies[k].cumulative[p], 3),
                     bl_count_format(passes, sizeof passes, v->strategies[k].spent[p + 1]));
    bl_text_add(out, "\n");
}

static void tell(struct listener *l)
{
    const struct bl_snapshot *snap = bl_workbench_snapshot(l->s->workbench);
    const struct bl_stream_view *v = snap->stream;
    struct bl_text text = {0};

    if (v && v->n && v->n != l->points) {
        l->points = v->n;
        if (l->s->plain) {
            sentence(v, v->n - 1, &text);
            bl_session_note(l->s, bl_text_get(&text), text.length);
        } else {
            pieces(v, &text);
            l->s->screen.line(l->s->screen.context, bl_text_get(&text));
        }
    }
    bl_text_free(&text);
    bl_snapshot_drop(snap);
}

static bool tick(void *context)
{
    struct listener *l = context;
    const double now = seconds_now();

    l->told = l->told == 0 ? now : l->told;
    if (now - l->told >= (l->s->plain ? speak_every : line_every)) {
        l->told = now;
        tell(l);
    }
    return !l->s->screen.tick || l->s->screen.tick(l->s->screen.context);
}

/* Scripts are told nothing on the way, and pay nothing for it. */
static bool wait_for(struct bl_session *s, struct bl_error *err)
{
    struct listener l = {.s = s};
    bool good;

    if (!s->interactive || (!s->plain && !s->screen.line))
        return bl_workbench_wait(s->workbench, s->screen.tick, s->screen.context, err);
    bl_workbench_listen(s->workbench, 1 / (s->plain ? speak_every : line_every));
    good = bl_workbench_wait(s->workbench, tick, &l, err);
    bl_workbench_listen(s->workbench, 0);
    return good;
}

/* ---- what came out ------------------------------------------------------------------------------------------*/

static struct stream *stream_of(struct bl_session *s)
{
    return (struct stream *)bl_workbench_streaming(s->workbench);
}

static bool conclude(struct bl_session *s, struct bl_result *r, struct bl_error *err)
{
    struct stream *x = stream_of(s);
    const bool good = bl_workbench_stream_conclude(s->workbench, err);

    for (size_t i = 0; good && i < x->work.warnings.count; i++)
        bl_warn(bl_result_warnings(r), &x->work.warnings.items[i]);
    if (good)
        stream_tell(s, r, x);
    bl_workbench_stream_close(s->workbench);
    return good;
}

/* Ctrl-C is no error once a point is whole: what there is, is told, and the text that runs is over. */
static bool wait_and_tell(struct bl_session *s, struct bl_result *r, struct bl_error *err)
{
    struct bl_error why = {0};
    const bool good = wait_for(s, &why), stopped = !good && why.code == BL_STOPPED;
    bool told;

    if (s->screen.rest)
        s->screen.rest(s->screen.context);
    if (!good && !stopped) {
        bl_workbench_stream_close(s->workbench);
        *err = why;
        return false;
    }
    told = conclude(s, r, err);
    if (stopped)
        bl_workbench_progress(s->workbench)->stop = true;
    return told;
}

/* A view in which it can be seen, where another one is fixed. */
static void show(struct bl_session *s)
{
    struct bl_view_settings *view = bl_session_view(s);

    if (view->view > 0)
        view->view = COMPARE_VIEW;
}

bool stream_go(struct bl_session *s, struct stream *x, bool watch, struct bl_result *r, struct bl_error *err)
{
    watch = watch && !s->in_dashboard && s->screen.watch;
    if (watch) /* from the first point on */
        bl_workbench_watch(s->workbench, true, bl_session_view(s)->fps);
    if (watch || s->in_dashboard)
        show(s);
    if (!bl_workbench_stream(s->workbench, &x->work, err)) {
        bl_workbench_watch(s->workbench, s->in_dashboard, bl_session_view(s)->fps);
        return false;
    }
    if (s->in_dashboard)
        return true;
    if (watch && s->screen.watch(s->screen.context, NULL)) {
        stream_after(s, r);
        return true;
    }
    if (watch) /* no dashboard here: it is under way already */
        bl_workbench_watch(s->workbench, false, 0);
    return wait_and_tell(s, r, err);
}

bool stream_waits(struct bl_session *s)
{
    const struct stream *x = stream_of(s);

    return x && !x->work.concluded && x->work.stream.lot;
}

bool stream_go_on(struct bl_session *s, struct bl_result *r, struct bl_error *err)
{
    if (!bl_workbench_stream_resume(s->workbench))
        return bl_fail(err, BL_INTERNAL, "the stream cannot go on");
    return s->in_dashboard || wait_and_tell(s, r, err);
}

static void where_line(struct bl_result *r, const struct stream *x, const char *state, const char *way_on)
{
    bl_result_line(r, "the stream %s at row %zu of %zu%s", state, x->work.stream.first + x->work.stream.tested, x->work.stream.n, way_on);
    bl_result_set(r, "row", json_integer((json_int_t)(x->work.stream.first + x->work.stream.tested)));
    bl_result_set(r, "rows", json_integer((json_int_t)x->work.stream.n));
}

bool stream_pause(struct bl_session *s, struct bl_result *r)
{
    bl_workbench_pause(s->workbench);
    where_line(r, stream_of(s), "is paused", ": run goes on");
    return true;
}

/* What goes on behind the prompt is not stopped for good by being looked at. */
bool stream_after(struct bl_session *s, struct bl_result *r)
{
    const bool interrupted = bl_workbench_rest(s->workbench);
    const struct bl_snapshot *snap = bl_workbench_snapshot(s->workbench);
    const bool last = snap->streams;
    const struct stream *x = stream_of(s);
    struct bl_error err = {0};

    bl_snapshot_drop(snap);
    if (last && x && x->work.concluded)
        conclude(s, r, &err);
    else if (last && x && !interrupted)
        where_line(r, x, x->work.stream.lot ? "is paused" : "failed", x->work.stream.lot ? ": run goes on" : "");
    else if (last && x)
        where_line(r, x, "goes on behind the prompt,", "; watch shows it, pause holds it");
    if (interrupted)
        bl_workbench_resume(s->workbench);
    return last;
}

/* Tabs between; in plain mode a sentence for each point. */
bool stream_lines(struct bl_session *s, struct bl_result *r)
{
    const struct bl_snapshot *snap = bl_workbench_snapshot(s->workbench);
    const struct bl_stream_view *v = snap->stream;
    const bool last = snap->streams;
    struct bl_text out = {0};
    char error[32], all[32];

    for (size_t p = 0; last && s->plain && p < v->n; p++)
        sentence(v, p, &out);
    for (size_t k = 0; last && !s->plain && k < v->n_strategies; k++)
        for (size_t p = 0; p < v->n; p++)
            bl_text_addf(&out, "%s\t%.0f\t%s\t%s\t%.0f\n", v->strategies[k].name, v->end[p] - 1,
                         bl_number_format(error, sizeof error, v->strategies[k].error[p], s->digits),
                         bl_number_format(all, sizeof all, v->strategies[k].cumulative[p], s->digits), v->strategies[k].spent[p + 1]);
    if (last)
        bl_result_text(r, bl_text_get(&out));
    bl_text_free(&out);
    bl_snapshot_drop(snap);
    return last;
}
