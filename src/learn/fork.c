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
    to->history.dots.until = to->now.update;
    to->history.dots.last = bl_dots_last(from);
    copy_rule(from, to, shift);
    copy_watch(from, to, &here);
    to->origin.evaluations = (int64_t)here.gradient_evaluations - (int64_t)bl_run_evaluations(to);
    to->status = to->now.converged ? BL_CONVERGED : to->now.update ? BL_PAUSED : BL_READY;
    return copy_points(from, to, err) && bl_path_copy(from, to, err) && bl_tape_begin(to, err);
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

size_t bl_trainer_bytes(const struct bl_trainer *t)
{
    return bl_trainer_tape_bytes(t, NULL) + (2 * t->n_live + 6 * t->o->n_params) * sizeof(double) + (t->order ? t->n * sizeof *t->order : 0) +
           t->history.capacity * sizeof *t->history.points + bl_dots_bytes(t) +
           t->history.path.capacity * t->o->n_params * sizeof(double);
}

/* ---- where two part -----------------------------------------------------------------------------------*/
static bool same_figures(const struct bl_point *a, const struct bl_point *b)
{
    return memcmp(&a->train_loss, &b->train_loss, sizeof a->train_loss) == 0 && memcmp(&a->objective, &b->objective, sizeof a->objective) == 0 &&
           memcmp(&a->gradient_norm, &b->gradient_norm, sizeof a->gradient_norm) == 0;
}

/* The last recorded samples at which they are alike, and the first at which they are not; UINT64_MAX: none. */
static void compare_points(const struct bl_trainer *a, const struct bl_trainer *b, uint64_t *alike, uint64_t *other)
{
    size_t n, m;
    const struct bl_point *p = bl_trainer_points(a, &n), *q = bl_trainer_points(b, &m);

    *alike = 0;
    *other = UINT64_MAX;
    for (size_t i = 0, j = 0; i < n && j < m;) {
        if (p[i].samples != q[j].samples) {
            p[i].samples < q[j].samples ? i++ : j++;
            continue;
        }
        if (!same_figures(&p[i], &q[j])) {
            *other = p[i].samples;
            return;
        }
        *alike = p[i].samples;
        i++, j++;
    }
}

static uint64_t update_after(const struct bl_trainer *t, uint64_t samples)
{
    uint64_t update = samples / t->n * t->per_epoch + (samples % t->n + t->batch - 1) / t->batch;

    return update < t->origin.update ? t->origin.update : update;
}

/* Update by update from where they are alike. */
static bool find_update(struct bl_trainer *a, struct bl_trainer *b, uint64_t alike, uint64_t other, struct bl_progress *progress,
                        struct bl_parting *out, struct bl_error *err)
{
    uint64_t from = update_after(a, alike), end = update_after(a, other);
    size_t bytes = a->o->n_params * sizeof *a->live;

    from = from < b->origin.update ? b->origin.update : from;
    for (uint64_t u = from; u <= end; u++) {
        if (!bl_run_go_to(a, u, progress, err) || !bl_run_go_to(b, u, progress, err))
            return false;
        if (bl_stopped(progress))
            return bl_fail(err, BL_STOPPED, "interrupted");
        if (memcmp(bl_run_shown(a), bl_run_shown(b), bytes) == 0)
            continue;
        out->has_update = u > from;
        out->update = bl_trainer_update(a);
        out->epoch = bl_trainer_epoch(a);
        return true;
    }
    return true;
}

static void compare_now(const struct bl_trainer *a, const struct bl_trainer *b, struct bl_parting *out)
{
    const double *x = bl_run_shown(a), *y = bl_run_shown(b);
    double square = 0, most = -1;

    for (size_t p = 0; p < a->o->n_params; p++) {
        double apart = fabs(x[p] - y[p]);
        square += apart * apart;
        if (apart > most) {
            most = apart;
            out->parameter = p;
        }
    }
    out->a = x[out->parameter];
    out->b = y[out->parameter];
    out->distance = sqrt(square);
}

bool bl_trainers_part(struct bl_trainer *a, struct bl_trainer *b, struct bl_progress *progress, struct bl_parting *out, struct bl_error *err)
{
    uint64_t alike, other, at_a = a->now.update, at_b = b->now.update;
    enum bl_status status_a = a->status, status_b = b->status;
    bool good = true;

    *out = (struct bl_parting){0};
    compare_now(a, b, out);
    compare_points(a, b, &alike, &other);
    out->part = other != UINT64_MAX;
    out->epoch = (double)(out->part ? other : alike) / (double)a->n;
    if (!out->part || a->batch != b->batch || a->per_epoch != b->per_epoch)
        return true;
    good = find_update(a, b, alike, other, progress, out, err);
    good = bl_run_go_to(a, at_a, NULL, err) && bl_run_go_to(b, at_b, NULL, err) && good;
    a->status = status_a;
    b->status = status_b;
    return good;
}
