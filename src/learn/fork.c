/* A fork: another trainer that goes on from where one stands. It numbers its updates as if every epoch
 * had been cut its own way, so that orders, schedules and ends of epochs fall where they would have;
 * what is told of it is corrected by its origin. */
#include "src/learn/run.h"

#include <math.h>
#include <string.h>

static bool fails_inside(const char *key, const struct bl_trainer *from, struct bl_error *err)
{
    uint64_t epoch = from->now.update / from->per_epoch;

    bl_fail(err, BL_STATE, "%s can change at an end of an epoch alone, and the run is inside epoch %llu", key, (unsigned long long)epoch + 1);
    return bl_hint(err, "goto %llu, or goto %llu, then fork", (unsigned long long)epoch, (unsigned long long)epoch + 1);
}

/* Inside an epoch the rows that are left must stay the same. */
static bool fits_here(const struct bl_trainer *from, const struct bl_trainer *to, struct bl_error *err)
{
    const struct bl_settings *a = &from->set, *b = &to->set;

    if (from->now.update % from->per_epoch == 0)
        return true;
    if (a->regime != b->regime || from->batch != to->batch || a->accumulate != b->accumulate)
        return fails_inside("the batch", from, err);
    if (a->order != b->order || a->seed != b->seed)
        return fails_inside(a->seed != b->seed ? "seed=" : "order=", from, err);
    if (a->optimizer != b->optimizer && b->optimizer->estimate == BL_SVRG)
        return fails_inside("optimizer=svrg", from, err);
    return true;
}

static bool same_rule(const struct bl_trainer *from, const struct bl_trainer *to)
{
    const struct bl_settings *a = &from->set, *b = &to->set;

    if (a->regime == BL_FULL || b->regime == BL_FULL)
        return a->regime == b->regime && a->solver == b->solver;
    return a->optimizer == b->optimizer;
}

static void copy_rule(const struct bl_trainer *from, struct bl_trainer *to, int64_t shift)
{
    size_t p = to->o->n_params;

    memcpy(to->live, from->live, p * sizeof *to->live);
    to->origin.steps = -(int64_t)to->now.update;
    if (same_rule(from, to)) {
        memcpy(to->live + p, from->live + p, to->n_state * sizeof *to->live);
        to->origin.steps = from->origin.steps - shift;
        to->now.converged = from->now.converged && to->set.regime == BL_FULL;
    }
    if (same_rule(from, to) && (to->set.regime == BL_FULL || (from->searched && to->searched)))
        to->now.passes = from->now.passes;
    if (!to->average)
        return;
    memcpy(to->average, from->average ? from->average : from->live, p * sizeof *to->live);
    to->origin.mean = from->average ? from->origin.mean - shift : -(int64_t)to->now.update;
}

/* What waits for something better: goes on, or begins here. */
static void copy_watch(const struct bl_trainer *from, struct bl_trainer *to, const struct bl_point *here)
{
    double epoch = (double)(to->now.update / to->per_epoch);

    if (to->plateau && from->plateau)
        memcpy(to->plateau, from->plateau, BL_PLATEAU_NUMBERS * sizeof *to->plateau);
    else if (to->plateau) {
        to->plateau[BL_SEEN] = epoch;
        to->plateau[BL_BEST] = here->objective;
    }
    if (to->patience && from->patience)
        memcpy(to->patience, from->patience, BL_PATIENCE_NUMBERS * sizeof *to->patience);
    else if (to->patience) {
        to->patience[BL_LOOKED] = to->patience[BL_LEAST_AT] = epoch;
        to->patience[BL_LEAST] = bl_run_watched(to, here);
    }
    if (to->searched)
        to->searched[0] = from->searched ? from->searched[0] : bl_search_guess(here->gradient_norm);
}

static bool copy_points(const struct bl_trainer *from, struct bl_trainer *to, struct bl_error *err)
{
    size_t n = bl_history_until(from, from->now.update);

    to->history.n = 0;
    if (!bl_history_room(to, 1, err))
        return false;
    if (n + 32 > to->history.capacity) {
        struct bl_point *points = bl_realloc(to->history.points, n + 64, sizeof *points);
        if (!points)
            return bl_fail_memory(err, "the history of the run");
        to->history.points = points;
        to->history.capacity = n + 64;
    }
    memcpy(to->history.points, from->history.points, n * sizeof *to->history.points);
    to->history.n = n;
    return true;
}

static bool begin_here(struct bl_trainer *from, struct bl_trainer *to, struct bl_error *err)
{
    struct bl_point here;
    int64_t shift;

    if (!fits_here(from, to, err) || !bl_trainer_point(from, &here, err))
        return false;
    to->now = from->now;
    to->now.passes = 0;
    to->now.converged = false;
    if (from->now.update % from->per_epoch == 0)
        to->now.update = from->now.update / from->per_epoch * to->per_epoch;
    shift = (int64_t)to->now.update - (int64_t)from->now.update;
    to->origin.update = to->now.update;
    to->origin.told = from->origin.told - shift;
    to->history.dots_until = to->now.update;
    to->last_loss = from->last_loss;
    copy_rule(from, to, shift);
    copy_watch(from, to, &here);
    to->origin.evaluations = (int64_t)here.gradient_evaluations - (int64_t)bl_run_evaluations(to);
    to->status = to->now.converged ? BL_CONVERGED : to->now.update ? BL_PAUSED : BL_READY;
    return copy_points(from, to, err) && bl_tape_begin(to, err);
}

struct bl_trainer *bl_trainer_fork(struct bl_trainer *from, const struct bl_settings *s, const struct bl_smoothness *smooth,
                                   struct bl_pool *pool, struct bl_error *err)
{
    struct bl_trainer *t = bl_run_make(from->o, s, smooth, pool, err);

    if (!t || begin_here(from, t, err))
        return t;
    bl_trainer_free(t);
    return NULL;
}
