/* Frames of every view at the four sizes, with ten contestants of 2048 points each; and what being watched costs the
 * training, with all that views show beyond curves made along the way. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/dashboard/scenes.h"

static double seconds(void) /* that this program has computed */
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* of the processor: other work does not count */
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void frames(int view, int width, int height)
{
    enum { FRAMES = 31 };
    double times[FRAMES];
    struct bl_canvas c;
    struct scene s;
    struct ui ui;
    int x, y;

    if (!scene_make(&s, "ten") || !bl_canvas_init(&c, width, height, BL_CHARSET_BRAILLE, NULL))
        return;
    ui_init(&ui, NULL);
    s.view.view = view;
    for (int i = 0; i < FRAMES; i++) {
        double from = seconds();
        dashboard_compose(&c, &s.snap, &s.view, &ui, &x, &y);
        times[i] = seconds() - from;
    }
    qsort(times, FRAMES, sizeof *times, by_size);
    printf("  view %2d %3dx%-3d  median %6.2f ms  worst %6.2f ms\n", view, width, height, 1e3 * times[FRAMES / 2], 1e3 * times[FRAMES - 1]);
    ui_done(&ui);
    bl_canvas_done(&c);
    scene_done(&s);
}

/* Seconds of processor that so many epochs of a race take. */
static double race(const char *path, const char *regime, int64_t epochs, int watched)
{
    struct bl_workbench *w = bl_workbench_create(1, 1, NULL);
    struct bl_load_options options = { 0 };
    struct bl_table *t = w ? bl_load(path, &options, NULL) : NULL;
    struct bl_contestant c = { .name = "" };
    const struct bl_sights what = { .wanted = (1u << BL_SIGHTS) - 1 };
    double from = 0, took = NAN;

    if (t && bl_workbench_add(w, t, NULL, NULL)) {
        c.settings = *bl_workbench_defaults(w);
        bl_settings_regime(&c.settings, regime, NULL);
        bl_workbench_start(w, &c, 1, NAN, true, NULL);
        bl_workbench_set_speed(w, 0);
        if (watched) {
            bl_workbench_watch(w, true, 30);
            if (watched > 1)
                bl_workbench_look_at(w, &what);
        }
        from = seconds();
        if (bl_workbench_go(w, (struct bl_goal){ .kind = BL_GOAL_EPOCH, .at = epochs }, NULL) && bl_workbench_wait(w, NULL, NULL, NULL))
            took = seconds() - from;
    }
    bl_workbench_free(w);
    return took;
}

static void watching(const char *name, const char *regime, int64_t epochs)
{
    enum { PAIRS = 5 };
    const char *top = getenv("BL_SOURCE_DIR");
    double took[3][PAIRS];
    char path[4096];

    snprintf(path, sizeof path, "%s/sample-data/%s.csv", top ? top : ".", name);
    for (int i = 0; i < PAIRS; i++)
        for (int k = 0; k < 3; k++)
            took[k][i] = race(path, regime, epochs, k);
    for (int k = 0; k < 3; k++)
        qsort(took[k], PAIRS, sizeof **took, by_size);
    printf("  %s, %s, %lld epochs: %.2f s, watched %+.1f %%, with every sight %+.1f %%\n", name, regime, (long long)epochs, took[0][PAIRS / 2],
           100 * (took[1][PAIRS / 2] / took[0][PAIRS / 2] - 1), 100 * (took[2][PAIRS / 2] / took[0][PAIRS / 2] - 1));
}

int main(void)
{
    static const int sizes[][2] = { { 60, 20 }, { 80, 24 }, { 120, 40 }, { 200, 60 }, { 300, 100 } };

    printf("frames (limit 16 ms at 200x60)\n");
    for (int view = 0; view <= 10; view++)
        for (size_t i = 2; i < sizeof sizes / sizeof *sizes; i++)
            frames(view, sizes[i][0], sizes[i][1]);
    for (size_t i = 0; i < 2; i++)
        frames(5, sizes[i][0], sizes[i][1]);
    printf("what watching costs the training\n");
    watching("breast_cancer", "mini:16", 8000);
    watching("california_housing", "batch", 20000);
    return 0;
}
