/* What looking costs: a frame of every view, training that is watched against the same training that is not, and
 * how long a key waits while all cores train (the program of the environment variable BATCHLAB). */
#define _GNU_SOURCE
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/bench.h"
#include "tests/dashboard/pty.h"
#include "tests/dashboard/scenes.h"

enum { FRAMES = 101, KEYS = 60, TURNS = 5, EPOCHS = 200 };

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* ---- frames ------------------------------------------------------------------------------------------*/

static double processor_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void frames(const char *name, int view, int width, int height)
{
    double times[FRAMES];
    struct bl_canvas c;
    struct scene s;
    struct ui ui;
    int x, y;

    if (!scene_make(&s, name) || !bl_canvas_init(&c, width, height, BL_CHARSET_BRAILLE, NULL))
        return;
    ui_init(&ui, NULL);
    s.view.view = view;
    for (int i = 0; i < FRAMES; i++) {
        double start = processor_now();
        dashboard_compose(&c, &s.snap, &s.view, &ui, &x, &y);
        times[i] = processor_now() - start;
    }
    qsort(times, FRAMES, sizeof *times, by_size);
    printf("frame, %-8s view %d, %3dx%d: %6.2f ms, worst %6.2f ms of processor\n", name, view, width, height, 1e3 * times[FRAMES / 2], 1e3 * times[FRAMES - 1]);
    ui_done(&ui);
    bl_canvas_done(&c);
    scene_done(&s);
}

/* ---- watched and unwatched ------------------------------------------------------------------------------*/

static struct bl_workbench *workbench_with_rows(size_t threads)
{
    struct bl_error err = { 0 };
    struct bl_workbench *w = bl_workbench_create(threads, 1, &err);
    struct bl_session s;

    bench_need(w && bl_session_init(&s, w, &err), "no session");
    bench_need(bl_session_run(&s, "generate logistic n=100000 features=20; prep none; set epochs=200") == 0, "no data");
    bl_session_done(&s);
    return w;
}

static void start(struct bl_workbench *w)
{
    struct bl_contestant c = { .settings = *bl_workbench_defaults(w) };
    struct bl_error err = { 0 };

    bench_need(bl_settings_regime(&c.settings, "mini:256", &err) && bl_workbench_start(w, &c, 1, NAN, false, &err) &&
                   bl_workbench_go(w, (struct bl_goal){ .kind = BL_GOAL_EPOCH, .at = EPOCHS }, &err), "no run");
}

/* Draws as the loop of the dashboard does: what is new, at most 30 times a second. */
static void look_on(struct bl_workbench *w, struct bl_canvas *c, struct ui *ui, const struct bl_view_settings *view)
{
    int x, y;

    while (bl_workbench_busy(w)) {
        struct pollfd fd = { .fd = bl_workbench_wake_fd(w), .events = POLLIN };
        const struct bl_snapshot *snap;
        if (poll(&fd, 1, 100) <= 0)
            continue;
        bl_workbench_drain(w);
        snap = bl_workbench_snapshot(w);
        dashboard_compose(c, snap, view, ui, &x, &y);
        bl_snapshot_drop(snap);
    }
}

static double process_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Processor time of all but this thread, which draws: what training takes, snapshots among it. */
static double train(struct bl_workbench *w, bool watched, struct bl_canvas *c, struct ui *ui, const struct bl_view_settings *view, double *drawing)
{
    double all, own;

    bl_workbench_set_speed(w, 0);
    bl_workbench_watch(w, watched, 30);
    all = process_now(), own = processor_now();
    start(w);
    if (watched)
        look_on(w, c, ui, view);
    bench_need(bl_workbench_wait(w, NULL, NULL, NULL), "training failed");
    *drawing = processor_now() - own;
    return process_now() - all - *drawing;
}

/* What the worker hands over 30 times a second, at most. */
static void snapshots(struct bl_workbench *w)
{
    double times[FRAMES];

    for (int i = 0; i < FRAMES; i++) {
        double start;
        bl_workbench_event(w, "", "%d", i);
        start = processor_now();
        bl_snapshot_drop(bl_workbench_snapshot(w));
        times[i] = processor_now() - start;
    }
    qsort(times, FRAMES, sizeof *times, by_size);
    printf("a snapshot of 200 points: %.3f ms, worst %.3f ms; 30 a second take %.2f %% of a core\n", 1e3 * times[FRAMES / 2], 1e3 * times[FRAMES - 1],
           100 * 30 * times[FRAMES / 2]);
}

static void watching(size_t threads)
{
    struct bl_workbench *w = workbench_with_rows(threads);
    struct bl_view_settings view = { .log_y = true, .valid = true, .view = 0 };
    double alone[TURNS], seen[TURNS], drawing = 0;
    struct bl_canvas c;
    struct ui ui;

    bench_need(bl_canvas_init(&c, 200, 60, BL_CHARSET_BRAILLE, NULL), "no canvas");
    ui_init(&ui, NULL);
    train(w, false, &c, &ui, &view, &drawing);
    for (int i = 0; i < TURNS; i++) {
        alone[i] = train(w, false, &c, &ui, &view, &drawing);
        seen[i] = train(w, true, &c, &ui, &view, &drawing);
    }
    qsort(alone, TURNS, sizeof *alone, by_size);
    qsort(seen, TURNS, sizeof *seen, by_size);
    printf("training 100000 x 20, mini:256, %zu thread%s: %.0f ms of processor, watched at 200x60 %.0f ms: %+.1f %% (least of %d: %+.1f %%; "
           "aim: under 2); drawing besides: %.1f %%\n", threads, threads == 1 ? "" : "s", 1e3 * alone[TURNS / 2], 1e3 * seen[TURNS / 2],
           100 * (seen[TURNS / 2] / alone[TURNS / 2] - 1), TURNS, 100 * (seen[0] / alone[0] - 1), 100 * drawing / alone[TURNS / 2]);
    snapshots(w);
    ui_done(&ui);
    bl_canvas_done(&c);
    bl_workbench_free(w);
}

/* ---- keys ---------------------------------------------------------------------------------------------------*/

static void keys(int width, int height)
{
    double times[KEYS];
    struct pty p;
    size_t n = 0;

    if (!pty_start(&p, width, height, "generate logistic n=200000 features=20; prep none; set speed=unlimited; train batch epochs=100000 watch=yes")) {
        printf("keys: BATCHLAB is not set\n");
        return;
    }
    bench_need(pty_wait_for(&p, "prompt", 30), "no dashboard");
    for (int i = 0; i < KEYS; i++) {
        double began;
        pty_watch(&p, 0.05 + 0.003 * (i % 10));
        began = bench_now();
        pty_send(&p, i % 2 ? "\033" : "?"); /* the help comes and goes: nothing else draws it */
        if (pty_wait_for(&p, i % 2 ? "epoch" : "scroll", 2))
            times[n++] = bench_now() - began;
    }
    pty_end(&p);
    qsort(times, n, sizeof *times, by_size);
    printf("a key while all cores train, %dx%d: %.1f ms, worst %.1f ms of %zu (aim: within 50)\n", width, height, 1e3 * times[n / 2], 1e3 * times[n - 1], n);
}

int main(void)
{
    static const int sizes[][2] = { { 60, 20 }, { 80, 24 }, { 120, 40 }, { 200, 60 } };

    for (size_t i = 0; i < 4; i++) {
        frames("race", 0, sizes[i][0], sizes[i][1]);
        frames("ten", 2, sizes[i][0], sizes[i][1]);
    }
    frames("ten", 0, 200, 60);
    watching(1);
    watching(2);
    keys(80, 24);
    keys(200, 60);
    return 0;
}
