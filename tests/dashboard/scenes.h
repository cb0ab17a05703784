/* Snapshots made by hand, so that screens can be drawn without training anything. */
#ifndef TESTS_DASHBOARD_SCENES_H
#define TESTS_DASHBOARD_SCENES_H

#include "src/dashboard/ui.h"

struct scene {
    struct bl_snapshot snap;
    struct bl_view_settings view;
    struct bl_snapshot ghost;    /* n_runs 0: none */
    struct bl_arena *arena;
};
/* Names: "empty", "loaded", "single", "race", "diverged", "ten" (contestants with 2048 points each), "forked" (a tree of runs, a break,
 * the parent's curve as ghost), "network" (three hidden layers, the last with dead units), "stream" (under way: a change,
 * alarms, new models), "streamed" (through: numbers, no old rows, updates that diverged). */
bool scene_make(struct scene *s, const char *name);
void scene_done(struct scene *s);
extern const char *const scene_names[]; /* NULL-terminated */

#endif
