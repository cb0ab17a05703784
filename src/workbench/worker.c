/* The worker: one thread that takes the race to a goal, so that a prompt or a dashboard stays free.
 * Lock order: worker.lock is never held while training, building a snapshot or drawing. */
#define _GNU_SOURCE /* pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/workbench/internal.h"

static void wake(struct bl_workbench *w)
{
    /* Non-blocking: a full pipe means a wake-up is already on its way. */
    if (write(w->worker.wake[1], "w", 1) < 0)
        return;
}

static bool stopping(struct bl_workbench *w) { return bl_stopped(&w->progress); }

/* ---- one goal -------------------------------------------------------------------------------*/

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

/* Seconds that an epoch lasts at least: as set; or, on auto and while somebody watches, so long that
 * the planned epochs take a few seconds and can be followed with the eye. Called with the lock held. */
static double pace(const struct bl_workbench *w)
{
    const struct worker *k = &w->worker;

    const bool stream = k->goal.kind == BL_GOAL_STREAM;
    const uint64_t planned = !stream ? w->planned : w->streaming ? w->streaming->stream.n_points : 0;

    if (k->update_speed > 0)
        return stream ? 1 / k->update_speed : 0;
    if (k->speed >= 0)
        return k->speed > 0 ? 1 / k->speed : 0;
    return k->watched && planned > 0 ? BL_WATCHED_SECONDS / (double)planned : 0;
}

double worker_pace(struct bl_workbench *w)
{
    double seconds;

    pthread_mutex_lock(&w->worker.lock);
    seconds = pace(w);
    pthread_mutex_unlock(&w->worker.lock);
    return seconds;
}

/* Waits out the rest of the time that the epoch should last; a stop or another pace ends the wait. */
static void keep_pace(struct bl_workbench *w, double began)
{
    struct worker *k = &w->worker;
    struct timespec end;

    pthread_mutex_lock(&k->lock);
    double wanted = pace(w), rest = wanted - (bl_now() - began);
    if (wanted > 0 && rest > 0 && (k->speed > 0 || began != 0)) { /* a clock that stands still paces nobody */
        clock_gettime(CLOCK_MONOTONIC, &end);
        end.tv_sec += (time_t)rest;
        end.tv_nsec += (long)((rest - floor(rest)) * 1e9);
        if (end.tv_nsec >= 1000000000L)
            end.tv_sec++, end.tv_nsec -= 1000000000L;
        while (!stopping(w) && pace(w) == wanted && pthread_cond_timedwait(&k->changed, &k->lock, &end) == 0)
            ;
    }
    pthread_mutex_unlock(&k->lock);
}

static double update_speed(struct bl_workbench *w)
{
    double speed;

    pthread_mutex_lock(&w->worker.lock);
    speed = w->worker.update_speed;
    pthread_mutex_unlock(&w->worker.lock);
    return speed;
}

/* Waits a number of seconds, or until there is a stop or another pace. */
static void wait_update(struct bl_workbench *w, double seconds)
{
    struct worker *k = &w->worker;
    struct timespec end;

    pthread_mutex_lock(&k->lock);
    double wanted = k->update_speed;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += (time_t)seconds;
    end.tv_nsec += (long)((seconds - floor(seconds)) * 1e9);
    if (end.tv_nsec >= 1000000000L)
        end.tv_sec++, end.tv_nsec -= 1000000000L;
    while (!stopping(w) && k->update_speed == wanted && pthread_cond_timedwait(&k->changed, &k->lock, &end) == 0)
        ;
    pthread_mutex_unlock(&k->lock);
}

/* The contestant that has done least of the epoch, unless all that is left for it is the last update. */
static struct bl_trainer *furthest_behind(struct bl_workbench *w, uint64_t *goal_epoch)
{
    struct bl_trainer *last = NULL;
    double least = INFINITY;

    for (size_t i = 0; i < bl_race_size(w->race); i++) {
        struct bl_trainer *t = bl_race_trainer(w->race, i);
        enum bl_status status = bl_trainer_status(t);
        if (status == BL_DIVERGED_RUN || status == BL_CONVERGED || bl_race_early(w->race, i, NULL))
            continue;
        if (bl_trainer_epoch(t) < least)
            last = t, least = bl_trainer_epoch(t);
    }
    *goal_epoch = last ? (uint64_t)floor(least) + 1 : 0;
    return last && least + 1.5 / (double)bl_trainer_updates_per_epoch(last) < (double)*goal_epoch ? last : NULL;
}

/* With a pace of updates: the next epoch but for its last updates, which the race makes itself. */
static bool epoch_by_updates(struct bl_workbench *w, bool *broke, struct bl_error *err)
{
    uint64_t first = 0, epoch;
    struct bl_trainer *t;
    double speed;

    *broke = false;
    while ((speed = update_speed(w)) > 0 && !stopping(w) && (t = furthest_behind(w, &epoch)) && (first == 0 || epoch == first)) {
        first = epoch;
        if (!bl_trainer_goto_update(t, bl_trainer_update(t) + 1, &w->progress, err))
            return false;
        if ((*broke = bl_trainer_broke(t)))
            break;
        snapshot_publish(w);
        wake(w);
        wait_update(w, 1 / speed);
    }
    return true;
}

bool worker_due(struct bl_workbench *w, double now, struct bl_sights *look)
{
    struct worker *k = &w->worker;
    double apart; /* seconds between snapshots: where nothing holds the epochs back, they cost less than 1 in 60 */
    bool due;

    pthread_mutex_lock(&k->lock);
    *look = k->look;
    apart = fmax(1 / k->fps, pace(w) > 0 ? 0 : 60 * k->publish_cost);
    due = (k->watched || k->listened) && (now - k->last_published >= apart || now < k->last_published || now == 0);
    k->stale = true;
    pthread_mutex_unlock(&k->lock);
    return due;
}

void worker_publish(struct bl_workbench *w, double now)
{
    struct worker *k = &w->worker;

    k->last_published = now;
    k->publish_cost = bl_now();
    snapshot_publish(w);
    k->publish_cost = bl_now() - k->publish_cost;
    wake(w);
}

void worker_hold(struct bl_workbench *w)
{
    struct worker *k = &w->worker;
    double began = k->last_epoch_at, took;

    keep_pace(w, began);
    k->last_epoch_at = bl_now();
    took = k->last_epoch_at - began;
    if (took > 0)
        k->rate = isnan(k->rate) ? 1 / took : 1 / (0.9 / k->rate + 0.1 * took);
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
    return !stopping(w) && epoch_by_updates(w, &broke, &k->paced) && !broke;
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
        if (!epoch_by_updates(w, &broke, err) || (!broke && !bl_race_advance(w->race, (uint64_t)k->goal.at, after_epoch, w, &w->progress, err)))
            return false;
        if (k->paced.code != BL_OK && err)
            *err = k->paced;
        return k->paced.code == BL_OK;
    }
    if (k->goal.kind == BL_GOAL_SPEND)
        return bl_race_spend(w->race, w->budget, after_epoch, w, &w->progress, err);
    for (size_t i = 0; i < bl_race_size(w->race) && !stopping(w); i++)
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

    if (w->seeds < 2 || w->repeats || !advances(w) || stopping(w) || bl_race_broke(w->race) || !(budget.amount > 0))
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
    return good || stopping(w); /* interrupted: resuming comes back here */
}

static void goal_do(struct bl_workbench *w)
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
    interrupted = stopping(w) && !w->stopped_by[0];
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

/* What is looked at, while there is no goal. Called and left with the lock held. */
static void look_do(struct bl_workbench *w)
{
    struct worker *k = &w->worker;
    struct bl_sights look = k->look;
    bool made;

    k->look_due = false;
    k->looking = true;
    pthread_mutex_unlock(&k->lock);
    made = sights_refresh(w, &look, false);
    if (made)
        snapshot_publish(w);
    pthread_mutex_lock(&k->lock);
    k->looking = false;
    if (!bl_stopped(&k->look_progress) && k->latest)
        k->looked = k->latest->serial;
    made = made || k->stale; /* whoever asked for a snapshot meanwhile was given the one before */
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
    if (made)
        wake(w);
    pthread_mutex_lock(&k->lock);
}

static void *worker_main(void *context)
{
    struct bl_workbench *w = context;
    struct worker *k = &w->worker;

    pthread_mutex_lock(&k->lock);
    while (!k->quit) {
        if (!k->has_goal && k->look_due) {
            look_do(w);
            continue;
        }
        if (!k->has_goal) {
            pthread_cond_wait(&k->changed, &k->lock);
            continue;
        }
        k->has_goal = false;
        pthread_mutex_unlock(&k->lock);
        if (k->goal.kind == BL_GOAL_STREAM)
            stream_do(w);
        else
            goal_do(w);
        pthread_mutex_lock(&k->lock);
        k->working = false;
        pthread_cond_broadcast(&k->changed);
        pthread_mutex_unlock(&k->lock);
        wake(w);
        pthread_mutex_lock(&k->lock);
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

/* ---- begin and end ----------------------------------------------------------------------------*/

bool worker_start(struct bl_workbench *w, struct bl_error *err)
{
    static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };
    struct worker *k = &w->worker;
    pthread_condattr_t clock;
    sigset_t all, before;
    int failed;

    k->fps = 30;
    k->speed = -1;
    k->rate = NAN;
    k->stale = true;
    k->wake[0] = k->wake[1] = -1;
    pthread_mutex_init(&k->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&k->changed, &clock);
    pthread_condattr_destroy(&clock);
    if (pipe2(k->wake, O_NONBLOCK | O_CLOEXEC) != 0)
        return bl_fail(err, BL_IO, "cannot make a pipe: %s", strerror(errno));
    sigfillset(&all); /* signals belong to the thread that has the terminal, but for its own faults */
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(&all, own[i]);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&k->thread, NULL, worker_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return bl_fail(err, BL_IO, "cannot start a thread: %s", strerror(failed));
    k->started = true;
    return true;
}

void worker_end(struct bl_workbench *w)
{
    struct worker *k = &w->worker;

    if (k->started) {
        bl_workbench_rest(w);
        pthread_mutex_lock(&k->lock);
        k->quit = true;
        pthread_cond_broadcast(&k->changed);
        pthread_mutex_unlock(&k->lock);
        pthread_join(k->thread, NULL);
    }
    for (int i = 0; i < 2; i++)
        if (k->wake[i] >= 0)
            close(k->wake[i]);
    bl_snapshot_drop(k->latest);
    k->latest = NULL;
}

/* ---- what the owner of the workbench asks for ---------------------------------------------------*/

bool bl_workbench_rest(struct bl_workbench *w)
{
    struct worker *k = &w->worker;
    bool interrupted;

    if (!k->started)
        return false;
    pthread_mutex_lock(&k->lock);
    k->look_due = false;
    k->look_progress.stop = true; /* and the sights that a goal makes on its way */
    if (k->working) {
        w->progress.stop = true;
        pthread_cond_broadcast(&k->changed);
        while (k->working)
            pthread_cond_wait(&k->changed, &k->lock);
        w->progress.stop = false;
    }
    while (k->looking)
        pthread_cond_wait(&k->changed, &k->lock);
    k->look_progress.stop = false;
    interrupted = k->interrupted;
    pthread_mutex_unlock(&k->lock);
    return interrupted;
}

static bool targets_set(struct bl_workbench *w, int64_t by, struct bl_error *err)
{
    size_t n = bl_race_size(w->race);

    bl_free(w->worker.targets);
    w->worker.targets = bl_calloc(n, sizeof *w->worker.targets);
    if (!w->worker.targets)
        return bl_fail_memory(err, "the goal");
    for (size_t i = 0; i < n; i++) {
        uint64_t now = bl_trainer_update(bl_race_trainer(w->race, i));
        w->worker.targets[i] = by < 0 ? (now > (uint64_t)-by ? now - (uint64_t)-by : 0) : now + (uint64_t)by;
    }
    return true;
}

/* What updates will have seen when an epoch is reached; 0 where that is not known. */
static uint64_t rows_ahead(const struct bl_workbench *w, const struct bl_goal *goal)
{
    double epochs = 0;

    if (goal->kind != BL_GOAL_EPOCH || goal->at < 0)
        return 0;
    for (size_t i = 0; i < bl_race_size(w->race); i++)
        epochs += fmax(0, (double)goal->at - bl_trainer_epoch(bl_race_trainer(w->race, i)));
    return (uint64_t)(epochs * (double)w->objective.train->n_rows);
}

void worker_give(struct bl_workbench *w, struct bl_goal goal, uint64_t total, const char *what)
{
    struct worker *k = &w->worker;

    bl_progress_start(&w->progress, what, total);
    w->progress.stop = false;
    pthread_mutex_lock(&k->lock);
    condition_done(&k->until);
    if (goal.until)
        condition_make(&k->until, goal.until);
    goal.until = NULL; /* the condition has it */
    k->goal = goal;
    k->interrupted = false;
    k->has_goal = k->working = true;
    pthread_cond_broadcast(&k->changed);
    pthread_mutex_unlock(&k->lock);
}

bool bl_workbench_go(struct bl_workbench *w, struct bl_goal goal, struct bl_error *err)
{
    if (!bl_workbench_race(w, err) || !bl_condition_known(goal.until, err) || !conditions_know(w, goal.until, err) ||
        (goal.kind == BL_GOAL_UPDATES && !targets_set(w, goal.at, err))) {
        bl_expression_free(goal.until);
        return false;
    }
    stream_leave(w);
    worker_give(w, goal, rows_ahead(w, &goal), "training");
    return true;
}

bool bl_workbench_resume(struct bl_workbench *w)
{
    struct worker *k = &w->worker;
    bool resumed;

    pthread_mutex_lock(&k->lock);
    resumed = (k->goal.kind == BL_GOAL_STREAM ? w->streaming != NULL : w->race != NULL) && k->interrupted && !k->working;
    if (resumed) {
        k->interrupted = false;
        k->has_goal = k->working = true;
        pthread_cond_broadcast(&k->changed);
    }
    pthread_mutex_unlock(&k->lock);
    return resumed;
}

void bl_workbench_pause(struct bl_workbench *w)
{
    struct worker *k = &w->worker;

    bl_workbench_rest(w);
    pthread_mutex_lock(&k->lock);
    condition_done(&k->until);
    k->interrupted = false;
    k->stale = true;
    pthread_mutex_unlock(&k->lock);
}

bool bl_workbench_busy(const struct bl_workbench *w)
{
    struct worker *k = (struct worker *)&w->worker;
    bool busy;

    pthread_mutex_lock(&k->lock);
    busy = k->working;
    pthread_mutex_unlock(&k->lock);
    return busy;
}

/* Waits a twentieth of a second or until the goal ends; true while it is under way. */
static bool wait_a_tick(struct worker *k)
{
    struct timespec end;
    bool busy;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += 50000000L;
    if (end.tv_nsec >= 1000000000L)
        end.tv_sec++, end.tv_nsec -= 1000000000L;
    pthread_mutex_lock(&k->lock);
    while (k->working && pthread_cond_timedwait(&k->changed, &k->lock, &end) == 0)
        ;
    busy = k->working;
    pthread_mutex_unlock(&k->lock);
    return busy;
}

bool bl_workbench_wait(struct bl_workbench *w, bool (*tick)(void *context), void *context, struct bl_error *err)
{
    struct worker *k = &w->worker;
    bool failed, stopped = false;

    while (!stopped && wait_a_tick(k))
        stopped = tick && !tick(context);
    pthread_mutex_lock(&k->lock);
    stopped = stopped || k->interrupted; /* a signal may have set the flag itself */
    failed = k->failed;
    if (failed && err)
        *err = k->error;
    k->failed = false;
    pthread_mutex_unlock(&k->lock);
    if (!stopped)
        return !failed;
    bl_workbench_pause(w);
    if (k->goal.kind == BL_GOAL_STREAM)
        return bl_fail(err, BL_STOPPED, "stopped at row %zu", w->streaming->stream.first + w->streaming->stream.tested);
    bl_fail(err, BL_STOPPED, "stopped at epoch %.10g, update %llu", round(1000 * bl_trainer_epoch(bl_race_trainer(w->race, 0))) / 1000,
            (unsigned long long)bl_trainer_update(bl_race_trainer(w->race, 0)));
    return bl_hint(err, "run goes on to epoch %llu", (unsigned long long)w->planned);
}

void bl_workbench_set_speed(struct bl_workbench *w, double epochs_per_second)
{
    pthread_mutex_lock(&w->worker.lock);
    w->worker.speed = epochs_per_second;
    w->worker.update_speed = 0;
    pthread_cond_broadcast(&w->worker.changed);
    pthread_mutex_unlock(&w->worker.lock);
}

void bl_workbench_set_update_speed(struct bl_workbench *w, double updates_per_second)
{
    pthread_mutex_lock(&w->worker.lock);
    w->worker.update_speed = updates_per_second;
    pthread_cond_broadcast(&w->worker.changed);
    pthread_mutex_unlock(&w->worker.lock);
}

double bl_workbench_update_speed(const struct bl_workbench *w) { return update_speed((struct bl_workbench *)w); }

double bl_workbench_speed(const struct bl_workbench *w)
{
    struct worker *k = (struct worker *)&w->worker;
    double speed;

    pthread_mutex_lock(&k->lock);
    speed = k->speed;
    pthread_mutex_unlock(&k->lock);
    return speed;
}

int bl_workbench_wake_fd(const struct bl_workbench *w) { return w->worker.wake[0]; }

bool bl_workbench_drain(struct bl_workbench *w)
{
    char bytes[64];
    bool any = false;

    while (read(w->worker.wake[0], bytes, sizeof bytes) > 0)
        any = true;
    return any;
}

void bl_workbench_watch(struct bl_workbench *w, bool on, double fps)
{
    if (on)
        snapshot_columns(w);
    pthread_mutex_lock(&w->worker.lock);
    w->worker.watched = on;
    if (!on) {
        w->worker.look.wanted = 0;
        w->worker.look_due = false;
    }
    w->worker.fps = fps > 0 ? fps : 30;
    w->worker.stale = true;
    pthread_cond_broadcast(&w->worker.changed); /* the pace may be another one now */
    pthread_mutex_unlock(&w->worker.lock);
}
