/* undo: the last command that moved a run, started or forked one, changed a setting or set a break point. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/run.h"
#include "src/language/undo.h"

static bool run_back(struct bl_session *s, const struct bl_undo *u, struct bl_error *err)
{
    struct bl_run_info info;

    if (u->run == 0) {
        bl_fail(err, BL_STATE, "there was no run before `%s`", u->line);
        return bl_hint(err, "reset starts it again");
    }
    if (bl_workbench_run_number(s->workbench) == u->run)
        return true;
    for (size_t i = 0; i < bl_workbench_runs(s->workbench); i++) {
        bl_workbench_run_info(s->workbench, i, &info);
        if (info.number != u->run)
            continue;
        bl_workbench_use_run(s->workbench, i);
        return true;
    }
    bl_fail(err, BL_STATE, "run %zu is no longer kept", u->run);
    return bl_hint(err, "runs lists those that are");
}

static bool place_same(const struct bl_undo *u, struct bl_race *race)
{
    for (size_t i = 0; i < u->n; i++)
        if (bl_trainer_update(bl_race_trainer(race, i)) != u->update[i])
            return false;
    return true;
}

/* A goal that takes all contestants to where they stood. */
static bool place_goal(const struct bl_undo *u, struct bl_race *race, struct bl_goal *goal, struct bl_error *err)
{
    bool together = u->epoch[0] == floor(u->epoch[0]), alike = true;
    int64_t by = (int64_t)u->update[0] - (int64_t)bl_trainer_update(bl_race_trainer(race, 0));

    for (size_t i = 1; i < u->n; i++) {
        together = together && u->epoch[i] == u->epoch[0];
        alike = alike && (int64_t)u->update[i] - (int64_t)bl_trainer_update(bl_race_trainer(race, i)) == by;
    }
    if (together)
        *goal = (struct bl_goal){ .kind = BL_GOAL_GOTO_EPOCH, .at = (int64_t)u->epoch[0] };
    else if (u->n == 1)
        *goal = (struct bl_goal){ .kind = BL_GOAL_GOTO_UPDATE, .at = (int64_t)u->update[0] };
    else if (alike)
        *goal = (struct bl_goal){ .kind = BL_GOAL_UPDATES, .at = by };
    else
        return bl_fail(err, BL_STATE, "the contestants stood at different places before `%s`", u->line) || bl_hint(err, "goto %.0f", floor(u->epoch[0]));
    return true;
}

static bool move_back(struct bl_session *s, const struct bl_undo *u, struct bl_error *err)
{
    struct bl_race *race;
    struct bl_goal goal;

    if (!run_back(s, u, err) || !(race = bl_workbench_race(s->workbench, err)))
        return false;
    if (u->planned)
        bl_workbench_plan(s->workbench, u->planned);
    if (bl_race_size(race) < u->n || u->n == 0 || place_same(u, race))
        return true;
    return place_goal(u, race, &goal, err) && run_advance(s, goal, err);
}

static bool restore(struct bl_session *s, const struct bl_undo *u, struct bl_error *err)
{
    int exit = 0;

    if (u->kind == BL_UNDO_WALL) {
        bl_fail(err, BL_STATE, "undo does not go back behind `%s`", u->line);
        return bl_hint(err, strncmp(u->line, "prep", 4) ? "history lists what was typed" : "recipe undo");
    }
    if (u->kind == BL_UNDO_BREAK)
        return bl_workbench_break_remove(s->workbench, u->n) || bl_fail(err, BL_STATE, "break %zu is off already", u->n) || bl_hint(err, "break lists them");
    if (u->kind == BL_UNDO_MOVE)
        return move_back(s, u, err);
    return bl_session_nested(s, u->restore, &exit, err) && (exit == 0 || bl_fail(err, BL_STATE, "`%s` does not work any more", u->restore));
}

static bool run_undo(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    struct bl_undo *u = l->n_undo ? &l->undo[l->n_undo - 1] : NULL;
    bool good;

    (void)a;
    if (!u) {
        bl_fail(err, BL_STATE, "nothing has been done that could be undone");
        return bl_hint(err, "back goes an epoch back");
    }
    l->undoing = true;
    good = restore(s, u, err);
    l->undoing = false;
    if (!good)
        return false;
    bl_result_line(r, "undone: %s", u->line);
    bl_result_set(r, "undone", bl_json_text(u->line));
    bl_free(u->line);
    bl_free(u->restore);
    l->n_undo--;
    return true;
}

const struct bl_command bl_command_undo = {
    .name = "undo", .arguments = "", .group = "train", .summary = "take the last step, start, fork or setting back",
    .help = "Takes back the last train, compare, step, back, goto, run, until, fork, reset, use run, set, unset or break when: "
            "the run that was current is current again and stands where it stood. A run that a start or fork had made stays in the tree "
            "(runs). It does not go behind a change of data, recipe or model. Up to 100 commands are remembered.",
    .first = BL_ARG_NONE, .further = BL_ARG_NONE,
    .examples = BL_EXAMPLES("load iris; train batch epochs=5; step 10; undo", "set lr=0.5; undo"),
    .see = "back, runs, use, history", .run = run_undo,
};
