/* How fast the worker goes on: as fast as it can, so many epochs or updates a second, or, while somebody watches, slow enough to
 * be followed with the eye; and how often snapshots are made on the way. */
#include <math.h>
#include <time.h>

#include "src/workbench/internal.h"

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
        while (!worker_stopping(w) && pace(w) == wanted && pthread_cond_timedwait(&k->changed, &k->lock, &end) == 0)
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
    while (!worker_stopping(w) && k->update_speed == wanted && pthread_cond_timedwait(&k->changed, &k->lock, &end) == 0)
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

bool pace_updates(struct bl_workbench *w, bool *broke, struct bl_error *err)
{
    uint64_t first = 0, epoch;
    struct bl_trainer *t;
    double speed;

    *broke = false;
    while ((speed = update_speed(w)) > 0 && !worker_stopping(w) && (t = furthest_behind(w, &epoch)) && (first == 0 || epoch == first)) {
        first = epoch;
        if (!bl_trainer_goto_update(t, bl_trainer_update(t) + 1, &w->progress, err))
            return false;
        if ((*broke = bl_trainer_broke(t)))
            break;
        snapshot_publish(w);
        worker_wake(w);
        wait_update(w, 1 / speed);
    }
    return true;
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
    worker_wake(w);
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
