/* One poll over keyboard, signals, worker and standard error. Draws at most `fps` frames a second, and
 * nothing while nothing changes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"
#include "show.h"

enum { SCREENS = 3 };

static struct loop {
    struct bl_session *session;
    const struct bl_terminal *terminal;
    struct bl_workbench *workbench;
    struct bl_view_settings *view;
    struct screen { const struct screen_type *type; void *context; struct ui ui; } stack[SCREENS], *top; /* top NULL: closed */
    const struct bl_snapshot *snap, *told; /* drawn; what figures are from: often the same */
    const struct bl_snapshot *ghost;       /* the curves before the last start, fork or way back */
    double told_at;
    struct bl_canvas canvas;
    int width, height;
    bool dirty, resized, gone;
    bool keyed;                  /* a key waits for its answer: sooner than the next frame would be */
    double drawn, sized;         /* when the last frame and the last relayout were */
    int signal;                  /* TERM or HUP that ends the program */
    struct bl_text out, note;    /* what a command says while it runs */
    int stderr_kept, stderr_pipe[2];
    struct bl_screen screen_kept;
    struct { int width, height; bool interactive; } kept;
} loop;

/* The pace of frames is about real time, also where the session's clock is fixed. */
static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double fps(void)
{
    double most = loop.view->fps > 0 ? loop.view->fps : 30;

    return getenv("SSH_CONNECTION") && most > 10 ? 10 : most;
}

/* ---- standard error: into the event log, never onto the screen --------------------------------------*/

static void stderr_take(void)
{
    loop.stderr_kept = -1;
    if (!isatty(STDERR_FILENO) || pipe2(loop.stderr_pipe, O_NONBLOCK | O_CLOEXEC) != 0) {
        loop.stderr_pipe[0] = loop.stderr_pipe[1] = -1;
        return;
    }
    fflush(stderr);
    loop.stderr_kept = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (loop.stderr_kept >= 0)
        dup2(loop.stderr_pipe[1], STDERR_FILENO);
}

static void stderr_read(void)
{
    char block[2048], *line, *rest = block;
    ssize_t n = loop.stderr_pipe[0] >= 0 ? read(loop.stderr_pipe[0], block, sizeof block - 1) : 0;

    if (n <= 0)
        return;
    block[n] = '\0';
    while ((line = strsep(&rest, "\n")))
        if (line[0])
            bl_workbench_event(loop.workbench, "stderr", "%s", line);
    loop.dirty = true;
}

static void stderr_give_back(void)
{
    if (loop.stderr_kept >= 0) {
        fflush(stderr);
        dup2(loop.stderr_kept, STDERR_FILENO);
        close(loop.stderr_kept);
    }
    stderr_read();
    for (int i = 0; i < 2; i++)
        if (loop.stderr_pipe[i] >= 0)
            close(loop.stderr_pipe[i]);
}

/* ---- commands ------------------------------------------------------------------------------------------*/

static void take_out(void *context, const char *text, size_t n)
{
    (void)context;
    bl_text_addn(&loop.out, text, n);
}

static void take_note(void *context, const char *text, size_t n)
{
    (void)context;
    bl_text_addn(&loop.note, text, n);
}

static bool keep_working(void *context)
{
    (void)context;
    return bl_signals_stopped_by() == 0;
}

static void hooks_set(void)
{
    struct bl_session *s = loop.session;

    loop.screen_kept = s->screen;
    loop.kept.width = s->width, loop.kept.height = s->height, loop.kept.interactive = s->interactive;
    s->screen.out = take_out;
    s->screen.note = take_note;
    s->screen.tick = keep_working;
    s->screen.rest = NULL;
    s->screen.page = NULL;
    s->screen.pipe = NULL;
    s->in_dashboard = s->interactive = true;
}

static void hooks_give_back(void)
{
    struct bl_session *s = loop.session;

    s->screen = loop.screen_kept;
    s->interactive = loop.kept.interactive;
    s->in_dashboard = false;
    s->width = loop.kept.width, s->height = loop.kept.height;
    bl_terminal_size(STDOUT_FILENO, &s->width, &s->height);
}

/* An error as one line: its first, and the hint. */
static void tell_error(const char *note)
{
    const char *hint = strstr(note, "\nhint: ");
    size_t first = strcspn(note, "\n");
    char line[256];

    snprintf(line, sizeof line, "%.*s%s%.*s", (int)(first < 160 ? first : 160), note, hint ? "  " : "",
             hint ? (int)strcspn(hint + 1, "\n") : 0, hint ? hint + 1 : "");
    ui_message(&loop.top->ui, strncmp(note, "warning", 7) == 0 ? BL_ROLE_WARN : BL_ROLE_BAD, "%s", line);
}

static bool several_lines(const char *text)
{
    const char *end = strchr(text, '\n');

    return end && end[1];
}

/* One line of result goes to the event line, more lie over the screen until a key is pressed. */
static void tell_result(const char *command, int status)
{
    const char *out = bl_text_get(&loop.out), *note = bl_text_get(&loop.note);
    size_t first = strcspn(out, "\n");
    struct ui *ui = &loop.top->ui;

    ui_message(ui, BL_ROLE_TEXT, ":%s", command);
    if (status != 0 && status != 3 && note[0]) {
        tell_error(note);
    } else if (several_lines(out)) {
        overlay_clear(ui);
        bl_text_add(&ui->overlay_text, out);
        ui->overlay = OVERLAY_TEXT;
        ui->overlay_title = "result";
        ui->overlay_scroll = 0;
        ui->found_line = SIZE_MAX;
    } else if (first) {
        ui_message(ui, BL_ROLE_TEXT, ":%s  %.*s", command, (int)first, out);
    } else if (note[0]) {
        ui_message(ui, BL_ROLE_TEXT, ":%s  %.*s", command, (int)strcspn(note, "\n"), note);
    }
}

/* Figures that change faster cannot be read, and each costs bytes. */
static const double told_for = 0.5;

/* One reference is held of each snapshot, whatever it is used for. */
static void let_go(const struct bl_snapshot *s)
{
    if (s != loop.snap && s != loop.told && s != loop.ghost)
        bl_snapshot_drop(s);
}

/* Figures are told from the snapshot drawn now. */
static void figures_take(void)
{
    const struct bl_snapshot *old = loop.told;

    loop.dirty = loop.dirty || old != loop.snap;
    loop.told = loop.top->ui.told = loop.snap;
    let_go(old);
    loop.told_at = seconds_now();
}

static size_t current_run(const struct bl_snapshot *s)
{
    for (size_t i = 0; i < s->n_tree; i++)
        if (s->tree[i].current)
            return s->tree[i].number;
    return 0;
}

static bool same_task(const struct bl_snapshot *a, const struct bl_snapshot *b)
{
    return !strcmp(a->dataset, b->dataset) && !strcmp(a->model, b->model) && a->train_rows == b->train_rows;
}

/* A curve that ends before it did, or another run: what was seen stays as a ghost until it is overtaken. */
static const struct bl_snapshot *ghost_of(const struct bl_snapshot *before, const struct bl_snapshot *now)
{
    const struct bl_snapshot *ghost = loop.ghost;
    bool other = before && current_run(before) != current_run(now);

    if (before && before->n_runs && now->n_runs && same_task(before, now) && (other || now->epoch < before->epoch) &&
        (other || !ghost || current_run(ghost) != current_run(now) || ghost->epoch < before->epoch))
        ghost = before->epoch > 0 ? before : ghost;
    if (ghost && (now->n_runs == 0 || !same_task(ghost, now) || (current_run(ghost) == current_run(now) && now->epoch >= ghost->epoch)))
        ghost = NULL;
    return ghost;
}

static bool figures_due(void)
{
    const struct bl_snapshot *told = loop.told, *now = loop.snap;

    return !told || !now->busy || !told->busy || told->n_runs != now->n_runs || told->streams != now->streams || now->epoch < told->epoch ||
           told->planned != now->planned || seconds_now() >= loop.told_at + told_for;
}

static void snapshot_take(void)
{
    const struct bl_snapshot *now = bl_workbench_snapshot(loop.workbench);

    const struct bl_snapshot *before = loop.snap, *ghost = loop.ghost;

    if (!now)
        return;
    loop.dirty = true;
    if (now == before) {
        bl_snapshot_drop(now); /* it is held already */
        return;
    }
    loop.ghost = ghost_of(before, now);
    loop.snap = now;
    let_go(before);
    if (ghost != loop.ghost && ghost != before)
        let_go(ghost);
    if (figures_due())
        figures_take();
}

/* The screen on top is looked at from now on: only one that is drawn from snapshots costs any. */
static void look(void)
{
    loop.dirty = true;
    bl_workbench_watch(loop.workbench, loop.top->type->live, fps()); /* another dataset has other columns */
    if (!loop.top->type->live)
        return;
    snapshot_take();
    if (loop.snap)
        figures_take();
}

static void command_run(const char *text, bool typed)
{
    struct bl_progress *p = bl_workbench_progress(loop.workbench);
    int status;

    bl_text_clear(&loop.out);
    bl_text_clear(&loop.note);
    loop.session->width = loop.width > 12 ? loop.width - 8 : 40;
    loop.session->height = loop.height;
    if (typed && loop.session->screen.remember)
        loop.session->screen.remember(loop.session->screen.context, text);
    else if (typed)
        bl_session_remember(loop.session, text);
    p->stop = false;
    bl_signals_stop(&p->stop); /* Ctrl-C ends a long command */
    status = bl_session_run(loop.session, text);
    bl_signals_stop(NULL);
    p->stop = false;
    tell_result(text, status);
    if (loop.top->type->ran)
        loop.top->type->ran(loop.top->context, &loop.top->ui);
    show_mouse(loop.view->mouse);
    look();
}

/* ---- keys and signals ------------------------------------------------------------------------------------*/

static void repaint(void)
{
    show_again(&loop.width, &loop.height);
    loop.dirty = true;
}

static void suspend(void)
{
    show_suspend();
    repaint();
}

static void key(int k, struct ui_mouse mouse)
{
    struct bl_text command = { 0 };
    struct screen *top = loop.top;
    bool typed = top->ui.line.open && top->ui.line.sign == ':';

    loop.dirty = loop.keyed = true;
    if (k == UI_CTRL('L'))
        repaint();
    else if (k == UI_CTRL('Z'))
        suspend();
    else if (k == UI_MOUSE)
        top->type->mouse(top->context, &top->ui, loop.snap, loop.view, mouse, &command);
    else if (k != UI_LAST)
        top->type->key(top->context, &top->ui, loop.snap, loop.view, k, &command);
    if (command.length)
        command_run(bl_text_get(&command), typed);
    bl_text_free(&command);
}

static void keys_read(void)
{
    struct ui_mouse mouse = { 0 };
    int k;

    while (!loop.top->ui.leave && !loop.session->quit && !loop.signal && (k = show_key(&mouse)) != UI_NONE)
        key(k, mouse);
}

static void signal_take(int sig)
{
    switch (sig) {
    case SIGINT: key(UI_CTRL('C'), (struct ui_mouse){ 0 }); break;
    case SIGWINCH: loop.resized = true; break;
    case SIGTSTP: suspend(); break;
    case SIGCONT: repaint(); break;
    case SIGTERM:
    case SIGHUP: loop.signal = sig; break;
    default: break;
    }
}

/* ---- drawing ------------------------------------------------------------------------------------------------*/

static bool canvas_fit(void)
{
    enum bl_charset charset = loop.session->ascii || !loop.terminal->utf8 ? BL_CHARSET_ASCII : loop.session->charset;

    if (loop.canvas.cells && loop.canvas.width == loop.width && loop.canvas.height == loop.height) {
        loop.canvas.charset = charset;
        return true;
    }
    bl_canvas_done(&loop.canvas);
    return bl_canvas_init(&loop.canvas, loop.width, loop.height, charset, NULL);
}

static void frame(void)
{
    int x, y;

    if (!canvas_fit())
        return;
    loop.top->ui.ghost = loop.ghost;
    loop.top->type->compose(loop.top->context, &loop.canvas, loop.snap, loop.view, &loop.top->ui, &x, &y);
    show_frame(&loop.canvas, loop.session->theme, loop.session->colours, x, y);
    if (bl_session_recording(loop.session))
        bl_session_record_frame(loop.session, &loop.canvas, x, y);
    loop.drawn = seconds_now();
    loop.dirty = loop.keyed = false;
    if (loop.top->type->live) {
        const struct bl_sights sights = ui_sights(&loop.top->ui, loop.snap, loop.view);
        bl_workbench_look_at(loop.workbench, &sights);
    }
}

/* How far background work is, is told so often. */
static const double busy_for = 0.1;

static bool busy(void) { return loop.top->type->busy && loop.top->type->busy(loop.top->context); }

/* Milliseconds until the next frame or relayout may be; -1: nothing is to be done. */
static int frame_wait(void)
{
    double now = seconds_now(), wait;

    if (!loop.dirty && !loop.resized && busy())
        return loop.drawn + busy_for <= now ? 0 : (int)((loop.drawn + busy_for - now) * 1000) + 1;
    if (!loop.dirty && !loop.resized && (!loop.top->type->live || loop.told == loop.snap))
        return -1;
    if (!loop.dirty && !loop.resized) /* no new snapshot: the figures of this one are still to be told */
        return loop.told_at + told_for <= now ? 0 : (int)((loop.told_at + told_for - now) * 1000) + 1;
    wait = loop.resized ? loop.sized + 0.03 - now : loop.drawn + (loop.keyed ? 0.5 : 1) / fps() - now;
    return wait <= 0 ? 0 : (int)(wait * 1000) + 1;
}

static void relayout(void)
{
    loop.resized = false;
    loop.sized = seconds_now();
    repaint();
}

/* A terminal that has not taken the last frame gets no other: frames are skipped, keys are not. */
static bool terminal_ready(void)
{
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

    return poll(&out, 1, 0) > 0;
}

/* From the worker, or from what the screen lets work. */
static void news_take(bool worker)
{
    struct screen *top = loop.top;

    if (top->type->settle && (top->type->settle(top->context, &top->ui) || (busy() && seconds_now() >= loop.drawn + busy_for)))
        loop.dirty = true;
    if (!top->type->live)
        return;
    if (worker)
        snapshot_take();
    if (loop.told != loop.snap && figures_due())
        figures_take();
}

static void turn(void)
{
    bool full = loop.dirty && frame_wait() == 0 && !terminal_ready();
    struct pollfd fds[] = {
        { .fd = STDIN_FILENO, .events = POLLIN },
        { .fd = bl_signals_fd(), .events = POLLIN },
        { .fd = bl_workbench_wake_fd(loop.workbench), .events = POLLIN },
        { .fd = loop.stderr_pipe[0], .events = POLLIN },
        { .fd = full ? STDOUT_FILENO : -1, .events = POLLOUT },
        { .fd = loop.top->type->wake_fd ? loop.top->type->wake_fd(loop.top->context) : -1, .events = POLLIN },
    };
    int sig;

    if (poll(fds, 6, full ? -1 : frame_wait()) < 0 && errno != EINTR) {
        loop.gone = true;
        return;
    }
    while (!loop.signal && (sig = bl_signals_take()) != 0)
        signal_take(sig);
    if (fds[0].revents & POLLIN)
        keys_read();
    else if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        loop.gone = true;
    stderr_read();
    news_take(bl_workbench_drain(loop.workbench));
    if (loop.resized && frame_wait() == 0)
        relayout();
    if (loop.dirty && frame_wait() == 0 && terminal_ready() && !loop.top->ui.leave && !loop.signal)
        frame();
}

/* ---- open and close ---------------------------------------------------------------------------------------------*/

static void screen_pop(void)
{
    struct screen *top = loop.top;

    ui_done(&top->ui);
    if (top->type->close)
        top->type->close(top->context);
    loop.top = top > loop.stack ? top - 1 : NULL;
}

static void screen_push(const struct screen_type *type, void *context)
{
    loop.top = loop.top ? loop.top + 1 : loop.stack;
    *loop.top = (struct screen){ .type = type, .context = context };
    ui_init(&loop.top->ui, loop.session);
}

/* Every kind of screen is there once: a live one comes to the top as it is, another is replaced. */
static void screen_raise(const struct screen_type *type, void *context)
{
    struct screen *old = loop.stack, found;

    while (old <= loop.top && old->type != type)
        old++;
    if (old > loop.top) {
        screen_push(type, context);
        return;
    }
    found = *old;
    memmove(old, old + 1, (size_t)(loop.top - old) * sizeof *old);
    *loop.top = found;
    if (type->live)
        return;
    screen_pop();
    screen_push(type, context);
}

static void serve(void)
{
    bl_terminal_size(STDOUT_FILENO, &loop.width, &loop.height);
    show_mouse(loop.view->mouse);
    look();
    while (loop.top && (loop.snap || !loop.top->type->live) && !loop.session->quit && !loop.signal && !loop.gone) {
        turn();
        if (!loop.top->ui.leave)
            continue;
        screen_pop();
        if (loop.top)
            look();
    }
    bl_workbench_watch(loop.workbench, false, fps());
    while (loop.top)
        screen_pop();
}

static void close_all(struct bl_session *s, struct bl_progress *p)
{
    hooks_give_back();
    s->watched = true;
    show_close();
    stderr_give_back();
    if (loop.told != loop.snap)
        bl_snapshot_drop(loop.told);
    if (loop.ghost != loop.snap && loop.ghost != loop.told)
        bl_snapshot_drop(loop.ghost);
    bl_snapshot_drop(loop.snap);
    bl_canvas_done(&loop.canvas);
    bl_text_free(&loop.out);
    bl_text_free(&loop.note);
    p->stop = false;
    bl_signals_stop(&p->stop); /* remembers TERM and HUP: whoever called us answers them */
}

bool loop_shot(int width, int height, struct bl_canvas *c)
{
    int x, y;

    if (!loop.top || !loop.snap || !loop.top->type->live)
        return false;
    if (!bl_canvas_init(c, width > 0 ? width : loop.width, height > 0 ? height : loop.height, loop.session->charset, NULL))
        return false;
    loop.top->ui.line.open = false;
    loop.top->type->compose(loop.top->context, c, loop.snap, loop.view, &loop.top->ui, &x, &y);
    return true;
}

bool loop_chart(struct bl_chart **chart, struct bl_error *err)
{
    if (!loop.top || !loop.snap || !loop.top->type->live)
        return false;
    *chart = shown_copy(&loop.top->ui, loop.snap, loop.view, err);
    return true;
}

bool loop_show(struct bl_session *s, const struct bl_terminal *t, const struct screen_type *type, void *context, struct bl_error *err)
{
    struct bl_progress *p = bl_workbench_progress(s->workbench);
    static bool asked; /* once: its background stays */

    if (loop.top) {
        screen_raise(type, context);
        return true;
    }
    memset(&loop, 0, sizeof loop);
    loop.session = s, loop.terminal = t, loop.workbench = s->workbench;
    loop.view = bl_session_view(s);
    loop.stderr_pipe[0] = loop.stderr_pipe[1] = loop.stderr_kept = -1;
    if (!show_open(t, s->theme_given || asked || s->colours == BL_COLOURS_NONE ? NULL : &s->theme_found, err)) {
        if (type->close)
            type->close(context);
        return false;
    }
    asked = true;
    s->theme = s->theme_given ? s->theme : s->theme_found;
    bl_signals_stop(NULL); /* Ctrl-C is a key here */
    p->stop = false;
    screen_push(type, context);
    stderr_take();
    hooks_set();
    serve();
    close_all(s, p);
    return true;
}
