/* The worker: one thread that takes the race to a goal, so that a prompt or a dashboard stays free.
 * Lock order: worker.lock is never held while training, building a snapshot or drawing. */
#define _GNU_SOURCE /* pipe2 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/workbench/internal.h"

void worker_wake(struct bl_workbench *w)
{
    /* Non-blocking: a full pipe means a wake-up is already on its way. */
    if (write(w->worker.wake[1], "w", 1) < 0)
        return;
}

bool worker_stopping(struct bl_workbench *w) { return bl_stopped(&w->progress); }

/* ---- the thread ---------------------------------------------------------------------------------*/

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
        worker_wake(w);
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
        worker_wake(w);
        pthread_mutex_lock(&k->lock);
    }
    pthread_mutex_unlock(&k->lock);
    return NULL;
}

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
