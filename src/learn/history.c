/* The history of a run: exact points at every end of an epoch (and some inside the first two of
 * small sets). Recording reads; it changes no bit of the run. */
#include "src/learn/run.h"

#include <math.h>
#include <string.h>

#define SMALL 1000000u /* rows × parameters up to which there are points inside an epoch */

/* ---- where points belong --------------------------------------------------------------------------*/
/* Parts into which the epoch of this update is cut: 16, then 8, then 1. */
static uint64_t parts_of(const struct bl_trainer *t, uint64_t epoch)
{
    uint64_t parts = epoch == 0 ? 16 : 8;

    if (epoch > 1 || t->n > SMALL / t->o->n_params || t->per_epoch < 2)
        return 1;
    return parts < t->per_epoch ? parts : t->per_epoch;
}

uint64_t bl_history_next(const struct bl_trainer *t, uint64_t update)
{
    uint64_t epoch = update / t->per_epoch, within = update - epoch * t->per_epoch, parts = parts_of(t, epoch);

    for (uint64_t p = 1; p < parts; p++)
        if (t->per_epoch * p / parts > within)
            return epoch * t->per_epoch + t->per_epoch * p / parts;
    return (epoch + 1) * t->per_epoch;
}

bool bl_history_due(const struct bl_trainer *t, uint64_t update)
{
    return update == 0 || bl_history_next(t, update - 1) == update;
}

static size_t search(const struct bl_history *h, uint64_t samples)
{
    size_t low = 0, high = h->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (h->points[middle].samples <= samples)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Points with at most so many samples, which a fork and its parent number alike; a run that goes on is at the front. */
static size_t until(const struct bl_history *h, uint64_t samples)
{
    return h->n == 0 || h->points[h->n - 1].samples <= samples ? h->n : search(h, samples);
}

size_t bl_history_until(const struct bl_trainer *t, uint64_t update)
{
    return until(&t->history, bl_run_samples(t, update));
}

const struct bl_point *bl_history_find(const struct bl_trainer *t, uint64_t update)
{
    size_t n = bl_history_until(t, update);

    return n && t->history.points[n - 1].samples == bl_run_samples(t, update) ? &t->history.points[n - 1] : NULL;
}

/* A run that is played again finds the point after the one before. */
const struct bl_point *bl_history_here(struct bl_trainer *t)
{
    struct bl_history *h = &t->history;
    uint64_t samples = bl_run_samples(t, t->now.update);
    size_t at = h->found;

    if (h->n == 0 || h->points[h->n - 1].samples < samples)
        return NULL;
    if (at < h->n && h->points[at].samples < samples)
        at++;
    if (at >= h->n || h->points[at].samples != samples)
        at = search(h, samples) - 1;
    if (at >= h->n || h->points[at].samples != samples)
        return NULL;
    h->found = at;
    return &h->points[at];
}

/* ---- memory -------------------------------------------------------------------------------------------*/
bool bl_history_room(struct bl_trainer *t, uint64_t epochs, struct bl_error *err)
{
    struct bl_history *h = &t->history;
    size_t wanted = h->n + 32 + (size_t)(epochs < 4096 ? epochs : 4096), capacity;
    struct bl_point *points;

    if (!bl_dots_room(t, err))
        return false;
    if (h->n + 32 <= h->capacity)
        return true;
    capacity = wanted > 2 * h->capacity ? wanted : 2 * h->capacity;
    points = bl_realloc(h->points, capacity, sizeof *points);
    if (!points)
        return bl_fail_memory(err, "the history of the run");
    h->points = points;
    h->capacity = capacity;
    return true;
}

void bl_history_forget(struct bl_trainer *t, uint64_t update)
{
    struct bl_history *h = &t->history;

    h->n = bl_history_until(t, update);
    bl_path_forget(t, update);
    bl_dots_forget(t, update);
}

/* ---- points --------------------------------------------------------------------------------------------------*/
uint64_t bl_run_evaluations(const struct bl_trainer *t)
{
    uint64_t u = t->now.update, samples = bl_run_samples(t, u);

    if (t->set.regime == BL_FULL || t->searched)
        return t->now.passes * t->n;
    if (t->set.optimizer->estimate == BL_SVRG) /* all at each start of an epoch, then each row twice */
        return 2 * samples + (u + t->per_epoch - 1) / t->per_epoch * t->n;
    return samples;
}

static void place(const struct bl_trainer *t, struct bl_point *p)
{
    uint64_t u = t->now.update;

    p->updates = bl_trainer_update(t);
    p->epoch = (double)(u / t->per_epoch);
    p->samples = bl_run_samples(t, u);
    if (u % t->per_epoch)
        p->epoch += (double)(p->samples % t->n) / (double)t->n;
    p->gradient_evaluations = (uint64_t)((int64_t)bl_run_evaluations(t) + t->origin.evaluations);
    p->lr = t->arrived && t->steady && !t->searched ? t->rate : bl_run_rate(t, u ? u - 1 : 0);
    p->seconds = t->now.seconds;
}

/* Kept for the next update of a whole batch: a recorded point costs it nothing. */
bool bl_history_gradient(struct bl_trainer *t, struct bl_progress *progress)
{
    bool stopped = false;

    if (t->gradient_at == t->now.update)
        return true;
    t->gradient_at = UINT64_MAX;
    t->gradient_loss = bl_matrix_pass(t->o, t->o->train, t->live, t->gradient, t->w, progress, &stopped);
    if (stopped)
        return false;
    bl_run_hold(t, t->gradient);
    t->gradient_at = t->now.update;
    t->gradient_seconds = 0;
    return true;
}

/* Between two stretches: its time is that of the next update, if that takes it over. */
static bool gradient_between(struct bl_trainer *t, struct bl_progress *progress)
{
    double from;

    if (!t->whole || t->gradient_at == t->now.update)
        return bl_history_gradient(t, progress);
    from = t->arrived ? t->ended : bl_now();
    if (!bl_history_gradient(t, progress))
        return false;
    t->gradient_seconds = bl_now() - from;
    return true;
}

bool bl_history_measure(struct bl_trainer *t, struct bl_point *out, struct bl_progress *progress)
{
    const double *theta = bl_run_shown(t), *gradient = t->gradient;
    bool stopped = false;

    place(t, out);
    out->validation_loss = NAN;
    if (!gradient_between(t, progress))
        return false;
    out->train_loss = t->gradient_loss;
    if (t->average) {
        gradient = t->part;
        out->train_loss = bl_matrix_pass(t->o, t->o->train, theta, t->part, t->w, progress, &stopped);
        bl_run_hold(t, t->part);
    }
    out->objective = out->train_loss + bl_objective_penalty(t->o, theta);
    out->gradient_norm = bl_objective_gradient_norm(t->o, theta, gradient);
    if (t->o->validation && !stopped)
        out->validation_loss = bl_matrix_pass(t->o, t->o->validation, theta, NULL, t->w, progress, &stopped);
    return !stopped;
}

static const struct bl_point *insert(struct bl_trainer *t, const struct bl_point *p)
{
    struct bl_history *h = &t->history;
    size_t at = until(h, p->samples);

    if (h->n == h->capacity)
        return NULL; /* room is taken before every epoch */
    memmove(h->points + at + 1, h->points + at, (h->n - at) * sizeof *h->points);
    h->points[at] = *p;
    h->n++;
    return &h->points[at];
}

const struct bl_point *bl_history_record(struct bl_trainer *t, struct bl_progress *progress, bool *done)
{
    const struct bl_point *here = bl_history_here(t);
    struct bl_point p;

    *done = true;
    if (here || !bl_history_due(t, t->now.update))
        return here;
    *done = bl_history_measure(t, &p, progress);
    if (!*done || !(here = insert(t, &p)))
        return NULL;
    bl_path_add(t);
    return here;
}

const struct bl_point *bl_trainer_points(const struct bl_trainer *t, size_t *n)
{
    *n = bl_history_until(t, t->now.update);
    return t->history.points;
}

bool bl_trainer_point(struct bl_trainer *t, struct bl_point *out, struct bl_error *err)
{
    const struct bl_point *known = bl_history_find(t, t->now.update);

    if (!known && t->has_extra && t->extra.updates == bl_trainer_update(t))
        known = &t->extra;
    if (!known) {
        bl_history_measure(t, &t->extra, NULL);
        if (!isfinite(t->extra.objective) || !isfinite(t->extra.gradient_norm)) {
            t->has_extra = false;
            return bl_run_diverged(t, t->now.update, t->extra.objective, err) && bl_trainer_point(t, out, err);
        }
        t->has_extra = true;
        known = &t->extra;
    }
    *out = *known;
    return true;
}

bool bl_trainer_gradient(struct bl_trainer *t, double *gradient, struct bl_error *err)
{
    (void)err;
    if (t->average) {
        bl_matrix_pass(t->o, t->o->train, t->average, gradient, t->w, NULL, NULL);
        return true;
    }
    gradient_between(t, NULL);
    memcpy(gradient, t->gradient, t->o->n_params * sizeof *gradient);
    return true;
}

bool bl_history_mark(struct bl_trainer *t, struct bl_error *err)
{
    struct bl_point p;

    if (bl_history_find(t, t->now.update))
        return true;
    if (!bl_history_room(t, 1, err) || !bl_trainer_point(t, &p, err))
        return false;
    if (!bl_history_find(t, t->now.update))
        insert(t, &p);
    return true;
}
