/* One goal of the worker: the race is taken to an epoch, an update or the end of its budget, with breaks, patience and repeats on
 * the way, and says afterwards how it stands. Runs on the thread of the worker, which holds no lock meanwhile. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/workbench/internal.h"

/* A race stops when the condition holds for everybody who still runs. */
static bool until_holds(struct bl_workbench *w)
{
    struct condition *c = &w->worker.until;
    size_t running = 0;

    if (!c->e)
        return false;
    for (size_t i = 0; i < bl_race_size(w->race); i++) {
        struct bl_trainer *t = bl_race_trainer(w->race, i);
        if (bl_trainer_status(t) == BL_DIVERGED_RUN || bl_race_early(w->race, i, NULL))
            continue;
        running++;
        if (!condition_holds(w, c, i, t, NULL))
            return false;
    }
    return running > 0;
}

static bool after_epoch(void *context, struct bl_race *r)
{
    struct bl_workbench *w = context;
    struct worker *k = &w->worker;
    double now = bl_now();
    struct bl_sights look;
    bool broke;

    (void)r;
    run_tell(w);
    if (until_holds(w)) {
        snprintf(w->stopped_by, sizeof w->stopped_by, "%s", bl_expression_text(k->until.e));
        return false;
    }
    if (worker_due(w, now, &look)) {
        sights_refresh(w, &look, true);
        worker_publish(w, now);
    }
    worker_hold(w);
    return !worker_stopping(w) && pace_updates(w, &broke, &k->paced) && !broke;
}

static bool move_trainer(struct bl_workbench *w, struct bl_trainer *t, size_t i, struct bl_error *err)
{
    const struct bl_goal *g = &w->worker.goal;

    if (g->kind == BL_GOAL_GOTO_EPOCH)
        return bl_trainer_goto_epoch(t, (uint64_t)g->at, &w->progress, err);
    if (g->kind == BL_GOAL_GOTO_UPDATE)
        return bl_trainer_goto_update(t, (uint64_t)g->at, &w->progress, err);
    return bl_trainer_goto_update(t, w->worker.targets[i], &w->progress, err);
}

static bool goal_run(struct bl_workbench *w, struct bl_error *err)
{
    struct worker *k = &w->worker;

    k->paced = (struct bl_error){ 0 };
    if (k->goal.kind == BL_GOAL_EPOCH) {
        bool broke;
        if (!pace_updates(w, &broke, err) || (!broke && !bl_race_advance(w->race, (uint64_t)k->goal.at, after_epoch, w, &w->progress, err)))
            return false;
        if (k->paced.code != BL_OK && err)
            *err = k->paced;
        return k->paced.code == BL_OK;
    }
    if (k->goal.kind == BL_GOAL_SPEND)
        return bl_race_spend(w->race, w->budget, after_epoch, w, &w->progress, err);
    for (size_t i = 0; i < bl_race_size(w->race) && !worker_stopping(w); i++)
        if (!move_trainer(w, bl_race_trainer(w->race, i), i, err))
            return false;
    run_tell(w);
    return true;
}

static bool advances(const struct bl_workbench *w)
{
    return w->worker.goal.kind == BL_GOAL_EPOCH || w->worker.goal.kind == BL_GOAL_SPEND;
}

/* A run that was neither stopped nor at its start has ended when it has done the planned epochs. */
static void statuses_set(struct bl_workbench *w, bool interrupted)
{
    bool planned = false, spent = w->worker.goal.kind == BL_GOAL_SPEND && !bl_race_broke(w->race);

    for (size_t i = 0; i < bl_race_size(w->race); i++) {
        struct bl_trainer *t = bl_race_trainer(w->race, i);
        enum bl_status now = bl_trainer_status(t);

        if (now == BL_DIVERGED_RUN || now == BL_CONVERGED || (advances(w) && bl_race_early(w->race, i, NULL)))
            continue;
        if (!interrupted && (w->stopped_by[0] || spent || (w->planned > 0 && bl_trainer_epoch(t) == (double)w->planned))) {
            bl_trainer_set_status(t, BL_ENDED);
            planned = true;
        } else {
            bl_trainer_set_status(t, bl_trainer_update(t) == 0 ? BL_READY : BL_PAUSED);
        }
    }
    if (planned && !w->stopped_by[0])
        snprintf(w->stopped_by, sizeof w->stopped_by, "%s", spent ? bl_cost_name(w->budget.cost) : "epochs");
}

/* Breaks are for ways forward. */
static bool stops_begin(struct bl_workbench *w, struct bl_error *err)
{
    const struct worker *k = &w->worker;
    bool forward = advances(w) || (k->goal.kind == BL_GOAL_UPDATES && k->goal.at > 0);

    w->broke.number = forward ? w->broke.number : 0;
    return (!forward || breaks_begin(w, err)) && (!k->until.e || condition_begin(&w->worker.until, bl_race_size(w->race), err));
}

/* patience= has run out: who, and where it stands now. A single run was stopped by it. */
static void early_tell(struct bl_workbench *w)
{
    struct bl_patience p;
    char best[32];

    for (size_t i = 0; i < bl_race_size(w->race); i++) {
        if (!advances(w) || !bl_race_early(w->race, i, &p))
            continue;
        bl_workbench_event(w, bl_race_name(w->race, i), "patience ran out at epoch %llu: back to the best, epoch %llu, %s %s",
                           (unsigned long long)p.epoch, (unsigned long long)p.best_epoch, p.validation ? "validation loss" : "objective",
                           bl_number_format(best, sizeof best, p.best, 4));
        if (bl_race_size(w->race) == 1 && !w->stopped_by[0])
            snprintf(w->stopped_by, sizeof w->stopped_by, "patience=%llu",
                     (unsigned long long)bl_trainer_settings(bl_race_trainer(w->race, i))->patience);
    }
}

/* Once the race has come to its goal, it is run again with other seeds. */
static bool repeat(struct bl_workbench *w, struct bl_error *err)
{
    size_t n = bl_race_size(w->race);
    struct bl_settings *s;
    struct bl_budget budget = w->budget.amount > 0 ? w->budget : (struct bl_budget){ BL_COST_EPOCHS, (double)w->planned };
    bool good;

    if (w->seeds < 2 || w->repeats || !advances(w) || worker_stopping(w) || bl_race_broke(w->race) || !(budget.amount > 0))
        return true;
    s = bl_calloc(n, sizeof *s);
    w->repeats = bl_calloc(1, sizeof *w->repeats);
    good = s && w->repeats ? true : bl_fail_memory(err, "the repeats of a race");
    for (size_t i = 0; good && i < n; i++) {
        s[i] = *bl_trainer_settings(bl_race_trainer(w->race, i));
        s[i].epochs = bl_trainer_planned(bl_race_trainer(w->race, i));
    }
    good = good && bl_repeats_of(&w->objective, s, n, w->seeds, budget, w->target, w->has_smoothness ? &w->smoothness : NULL, w->pool,
                                 &w->progress, w->repeats, err);
    if (!good) {
        bl_free(w->repeats);
        w->repeats = NULL;
    }
    bl_free(s);
    return good || worker_stopping(w); /* interrupted: resuming comes back here */
}

void goal_do(struct bl_workbench *w)
{
    struct worker *k = &w->worker;
    struct bl_error err = { 0 };
    bool good, interrupted;

    w->stopped_by[0] = '\0';
    for (size_t i = 0; i < bl_race_size(w->race); i++)
        if (bl_trainer_status(bl_race_trainer(w->race, i)) < BL_CONVERGED || !advances(w))
            bl_trainer_set_status(bl_race_trainer(w->race, i), BL_RUNNING);
    k->busy_since = k->last_epoch_at = bl_now();
    memset(w->sight_spent, 0, sizeof w->sight_spent);
    good = stops_begin(w, &err) && goal_run(w, &err) && repeat(w, &err);
    breaks_end(w);
    early_tell(w);
    interrupted = worker_stopping(w) && !w->stopped_by[0];
    statuses_set(w, interrupted);
    pthread_mutex_lock(&k->lock);
    k->elapsed += bl_now() - k->busy_since;
    k->interrupted = good && interrupted;
    k->failed = !good;
    k->error = err;
    if (!k->interrupted)
        condition_done(&k->until);
    k->stale = true;
    pthread_mutex_unlock(&k->lock);
}
