/* The doors: what main attaches to a session. */
#include <stdio.h>

#include "browse.h"
#include "dashboard.h"
#include "loop.h"

/* The hooks are called with the shell's context, so what belongs to us is kept here. One program has one
 * terminal. */
static struct { struct bl_session *session; struct bl_terminal terminal; char view[LINE_BYTES + 512]; } attached;

/* ---- the dashboard ----------------------------------------------------------------------------------*/

static void dashboard_draw(void *context, struct bl_canvas *c, const struct bl_snapshot *snap, const struct bl_view_settings *view,
                           struct ui *ui, int *cursor_x, int *cursor_y)
{
    (void)context;
    dashboard_compose(c, snap, view, ui, cursor_x, cursor_y);
}

static void dashboard_key(void *context, struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, int key, struct bl_text *command)
{
    (void)context;
    ui_key(ui, snap, view, key, command);
}

static void dashboard_mouse(void *context, struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, struct ui_mouse m,
                            struct bl_text *command)
{
    (void)context;
    ui_mouse(ui, snap, view, m, command);
}

static const struct screen_type dashboard_screen = { .live = true, .compose = dashboard_draw, .key = dashboard_key, .mouse = dashboard_mouse };

static bool watch(void *context, struct bl_error *err)
{
    (void)context;
    return loop_show(attached.session, &attached.terminal, &dashboard_screen, NULL, err);
}

/* ---- a table ------------------------------------------------------------------------------------------*/

static void table_draw(void *context, struct bl_canvas *c, const struct bl_snapshot *snap, const struct bl_view_settings *view,
                       struct ui *ui, int *cursor_x, int *cursor_y)
{
    (void)snap, (void)view;
    browse_compose(c, context, ui, cursor_x, cursor_y);
}

static void table_key(void *context, struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, int key, struct bl_text *command)
{
    (void)snap, (void)view;
    browse_key(context, ui, key, command);
}

static void table_mouse(void *context, struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, struct ui_mouse m,
                        struct bl_text *command)
{
    (void)snap, (void)view;
    browse_mouse(context, ui, m, command);
}

/* A command may have made another table the current one. */
static void table_ran(void *context, struct ui *ui)
{
    struct bl_dataset *d = bl_workbench_dataset(attached.session->workbench, NULL);
    struct bl_error err = { 0 };

    if (d && !browse_take(context, d->table, &err))
        ui_message(ui, BL_ROLE_BAD, "%s", err.message);
}

static int table_wake(void *context) { return ((struct browse *)context)->wake[0]; }
static bool table_settle(void *context, struct ui *ui) { return browse_settle(context, ui); }
static bool table_busy(void *context) { return browse_busy(context); }

static void table_close(void *context)
{
    struct bl_text view = { 0 };

    browse_command(context, true, &view);
    snprintf(attached.view, sizeof attached.view, "%s", bl_text_get(&view));
    bl_text_free(&view);
    browse_close(context);
    bl_free(context);
}

static const struct screen_type table_screen = { .compose = table_draw, .key = table_key, .mouse = table_mouse, .ran = table_ran,
                                                 .wake_fd = table_wake, .settle = table_settle, .busy = table_busy, .close = table_close };

static bool browse(void *context, const struct bl_browse_request *q, struct bl_text *told, struct bl_error *err)
{
    struct bl_session *s = attached.session;
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct browse *b = d ? bl_calloc(1, sizeof *b) : NULL;

    (void)context;
    if (!b)
        return d ? bl_fail_memory(err, "the table on the screen") : false;
    if (!browse_open(b, s, d->table, bl_workbench_pool(s->workbench), err) || !browse_ask(b, q, err)) {
        browse_close(b);
        bl_free(b);
        return false;
    }
    attached.view[0] = '\0';
    if (!loop_show(s, &attached.terminal, &table_screen, b, err))
        return false;
    bl_text_add(told, attached.view);
    return true;
}

/* Its panels may show what is only made while somebody looks: then it is made now. The run goes on afterwards. */
static const struct bl_snapshot *with_sights(struct bl_session *s, const struct ui *ui, const struct bl_snapshot *snap)
{
    const struct bl_sights sights = ui_sights(ui, snap, bl_session_view(s));
    bool busy = sights.wanted && bl_workbench_busy(s->workbench);
    const struct bl_snapshot *seen = sights.wanted ? bl_workbench_sights(s->workbench, &sights, NULL) : NULL;

    if (busy)
        bl_workbench_resume(s->workbench);
    if (!seen)
        return snap;
    bl_snapshot_drop(snap);
    return seen;
}

/* A dashboard that nobody has opened, composed for once: the snapshot is the caller's. */
static const struct bl_snapshot *compose_once(struct bl_session *s, struct bl_canvas *c, struct ui *ui)
{
    const struct bl_snapshot *snap;
    int x, y;

    bl_workbench_watch(s->workbench, true, 30); /* with the statistics of columns */
    snap = bl_workbench_snapshot(s->workbench);
    bl_workbench_watch(s->workbench, false, 30);
    ui_init(ui, s);
    dashboard_compose(c, snap, bl_session_view(s), ui, &x, &y);
    snap = with_sights(s, ui, snap);
    dashboard_compose(c, snap, bl_session_view(s), ui, &x, &y);
    return snap;
}

static bool draw_once(struct bl_session *s, int width, int height, struct bl_canvas *c, struct bl_error *err)
{
    struct ui ui;

    if (!bl_canvas_init(c, width > 0 ? width : 80, height > 0 ? height : 24, s->charset, err))
        return false;
    bl_snapshot_drop(compose_once(s, c, &ui));
    ui_done(&ui);
    return true;
}

/* Of a dashboard that is not open it is that of the first panel. */
static struct bl_chart *chart_shown(void *context, struct bl_error *err)
{
    struct bl_session *s = attached.session;
    const struct bl_snapshot *snap;
    struct bl_chart *chart = NULL;
    struct bl_canvas c;
    struct ui ui;

    (void)context;
    if (loop_chart(&chart, err) || !bl_canvas_init(&c, 80, 24, s->charset, err))
        return chart;
    snap = compose_once(s, &c, &ui);
    chart = shown_copy(&ui, snap, bl_session_view(s), err);
    bl_snapshot_drop(snap);
    ui_done(&ui);
    bl_canvas_done(&c);
    return chart;
}

static bool shot(void *context, int width, int height, enum bl_shot kind, struct bl_text *out, struct bl_error *err)
{
    struct bl_session *s = attached.session;
    enum bl_colours colours = kind == BL_SHOT_TEXT ? BL_COLOURS_NONE : s->colours ? s->colours : BL_COLOURS_256;
    struct bl_canvas c;

    (void)context;
    if (!loop_shot(width, height, &c) && !draw_once(s, width, height, &c, err))
        return false;
    if (kind == BL_SHOT_SVG)
        bl_canvas_svg(&c, s->theme, out);
    else
        bl_canvas_print(&c, s->theme, colours, out);
    bl_canvas_done(&c);
    return true;
}

void dashboard_attach(struct bl_session *s, const struct bl_terminal *t)
{
    attached.session = s;
    attached.terminal = *t;
    s->screen.shot = shot;
    s->screen.chart = chart_shown;
    if (t->in && t->out && !t->dumb && !s->plain && s->output == BL_OUT_TABLE) {
        s->screen.watch = watch;
        s->screen.browse = browse;
    }
}
