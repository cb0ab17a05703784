/* The trainer: advances a run update by update. A run is cut into stretches that end where something
 * is to be done (a point, a snapshot, the goal); inside a stretch there are only updates. */
#include "src/learn/network.h"
#include "src/learn/optimizer.h"
#include "src/learn/run.h"

#include <math.h>
#include <string.h>

#define GROWTH 1e12        /* see learn.h: diverged without overflow */
#define TELL_ROWS 16384    /* progress is told after so many rows: the counter is shared */
#define SAFE_MARGIN 1e100  /* its square, and that times a feature, are finite */

/* ---- figures ---------------------------------------------------------------------------------------*/
uint64_t bl_run_planned(const struct bl_trainer *t, uint64_t update)
{
    uint64_t epochs = t->set.epochs;

    for (size_t i = 0; i < t->n_plans && t->plans[i].from <= update; i++)
        epochs = t->plans[i].epochs;
    return epochs;
}

double bl_run_rate(const struct bl_trainer *t, uint64_t update)
{
    uint64_t within = update % t->per_epoch + 1;

    double factor = 1;

    if (t->searched)
        return t->searched[0];
    if (t->plateau && t->plateau[BL_DROPS] > 0)
        factor = fmax(bl_power(t->set.drop, (uint64_t)t->plateau[BL_DROPS]), t->set.floor);
    return t->lr * factor * bl_schedule_factor(&t->set, (double)(update / t->per_epoch), (double)within / (double)t->per_epoch,
                                      (double)bl_run_planned(t, update));
}

uint64_t bl_run_samples(const struct bl_trainer *t, uint64_t updates)
{
    return updates / t->per_epoch * t->n + updates % t->per_epoch * t->batch;
}

/* ---- one update ----------------------------------------------------------------------------------------*/
enum step { MOVED, STOPPED, LEFT, BROKE, FAILED }; /* LEFT: the run diverged; BROKE: whoever watches it said so */

static enum step leave(struct bl_trainer *t, uint64_t update, double loss, struct bl_error *err)
{
    return bl_run_diverged(t, update, loss, err) ? LEFT : FAILED;
}

/* Loss and gradient of the rows of the next update; false when stopped. */
static bool look(struct bl_trainer *t, double *loss, const double **gradient, struct bl_progress *progress)
{
    struct bl_batch b;

    if (t->whole && t->set.optimizer->estimate == BL_ROWS && !bl_objective_noisy(t->o)) {
        if (!bl_history_gradient(t, progress))
            return false;
        *loss = t->gradient_loss;
        *gradient = t->gradient;
        return true;
    }
    b = bl_run_batch(t);
    *gradient = t->batch_gradient;
    return bl_run_estimate(t, bl_run_state(t), &b, t->batch_gradient, loss, progress);
}

/* Does whoever watches stop the run before the next update, or here at an end of an epoch? */
static bool asks_to_stop(struct bl_trainer *t, double loss, const double *gradient)
{
    struct bl_seen seen = {.loss = loss};

    if (!t->watch || !t->watch_updates)
        return false;
    seen.gradient_norm = sqrt(bl_sum_of_squares(gradient, t->o->n_params));
    return t->watch(t->watch_context, t, &seen);
}

static bool asks_at_epoch(struct bl_trainer *t)
{
    struct bl_seen seen = {.loss = NAN, .gradient_norm = NAN};

    if (!t->watch || t->now.update % t->per_epoch)
        return false;
    seen.point = bl_history_here(t);
    return seen.point && t->watch(t->watch_context, t, &seen);
}

static void take_mean(struct bl_trainer *t)
{
    double iterates = (double)((int64_t)t->now.update + t->origin.mean);

    for (size_t p = 0; t->average && p < t->o->n_params; p++)
        t->average[p] += (t->live[p] - t->average[p]) / iterates;
}

/* lr=search: the gradient where it leads to is the one that the next update needs. */
static enum step step_by_search(struct bl_trainer *t, double loss, struct bl_progress *progress)
{
    struct bl_searched found;
    size_t bytes = t->o->n_params * sizeof *t->live;

    if (!bl_run_search(t, t->live, loss, t->gradient, t->correction, t->part, &found, progress))
        return STOPPED;
    if (found.step > 0) {
        memcpy(t->live, t->correction, bytes);
        memcpy(t->gradient, t->part, bytes);
        bl_run_hold(t, t->gradient);
        t->gradient_loss = found.loss;
        t->searched[0] = found.step;
    }
    t->now.passes += found.passes + (t->now.passes == 0);
    t->gradient_at = ++t->now.update;
    t->gradient_seconds = 0;
    take_mean(t);
    return MOVED;
}

/* Penalties, decay of weights and running statistics move what no gradient moves: frozen parameters are put back. */
static void hold(const struct bl_trainer *t, double *to, const double *from)
{
    if (t->n_frozen)
        memcpy(to, from, t->n_frozen * sizeof *to);
}

static enum step step_by_gradient(struct bl_trainer *t, struct bl_progress *progress, struct bl_error *err)
{
    uint64_t update = t->now.update;
    const double *gradient;
    double loss;

    bl_workspace_forget(t->w);
    if (!look(t, &loss, &gradient, progress))
        return STOPPED;
    if (!isfinite(loss) || !isfinite(bl_sum_of_squares(gradient, t->o->n_params)))
        return leave(t, update, loss, err);
    if (asks_to_stop(t, loss, gradient))
        return BROKE;
    bl_dots_add(t, update + 1, loss);
    if (t->searched)
        return step_by_search(t, loss, progress);
    gradient = bl_run_clip(t, gradient, t->batch_gradient);
    hold(t, t->frozen, t->live);
    bl_optimizer_step(&t->set, t->o, bl_run_state(t), (uint64_t)((int64_t)update + 1 + t->origin.steps),
                      t->steady ? t->rate : bl_run_rate(t, update), gradient, t->live);
    t->now.update++;
    bl_workspace_settle(t->w, t->now.update, t->live);
    hold(t, t->live, t->frozen);
    if (!bl_all_finite(t->live, t->o->n_params))
        return leave(t, update + 1, INFINITY, err);
    take_mean(t);
    return MOVED;
}

/* One iteration of a full-batch method; an interrupted one never happened. */
static enum step step_by_solver(struct bl_trainer *t, struct bl_progress *progress, struct bl_error *err)
{
    struct bl_error own = {.code = BL_OK};
    uint64_t passes = 0;
    bool converged = false;

    if (t->watch && !bl_history_gradient(t, progress))
        return STOPPED;
    if (asks_to_stop(t, t->gradient_loss, t->gradient))
        return BROKE;
    memcpy(t->before, t->live, t->n_live * sizeof *t->live);
    if (!t->set.solver->iterate(t->o, t->live, bl_run_state(t), t->w, t->pool, progress, &passes, &converged, &own) ||
        bl_stopped(progress)) {
        memcpy(t->live, t->before, t->n_live * sizeof *t->live);
        if (own.code == BL_OK || own.code == BL_STOPPED)
            return STOPPED;
        if (err)
            *err = own;
        return FAILED;
    }
    t->now.update++;
    t->now.passes += passes;
    t->now.converged = converged;
    if (!bl_all_finite(t->live, t->o->n_params))
        return leave(t, t->now.update, INFINITY, err);
    return MOVED;
}

/* ---- a block of updates with one row each ------------------------------------------------------------------*/
static bool margins_are_safe(const double *z, size_t n)
{
    size_t unsafe = 0;

    for (size_t i = 0; i < n; i++)
        unsafe += !(fabs(z[i]) < SAFE_MARGIN);
    return unsafe == 0;
}

/* Row by row, to find the very update; the block was put back to its start. */
static enum step search_block(struct bl_trainer *t, const struct bl_batch *block, double lr, struct bl_error *err)
{
    for (size_t i = 0; i < block->n; i++) {
        struct bl_batch one = {.index = block->index ? block->index + i : NULL, .first = block->first + i, .n = 1, .known = 1, .weight = block->weight};
        double loss = bl_batch_pass(t->o, t->live, &one, t->batch_gradient, t->w, NULL, NULL);
        if (!isfinite(loss) || !isfinite(bl_sum_of_squares(t->batch_gradient, t->o->n_params)))
            return leave(t, t->now.update, loss, err);
        bl_dots_add(t, t->now.update + 1, loss);
        bl_sgd_begin(t->o, t->live, t->w);
        bl_sgd_rows(t->o, &one, lr, t->margins, t->w);
        bl_sgd_end(t->o, t->live, t->w);
        t->now.update++;
        if (!bl_all_finite(t->live, t->o->n_params))
            return leave(t, t->now.update, INFINITY, err);
    }
    return MOVED;
}

static enum step step_fused(struct bl_trainer *t, uint64_t end, struct bl_error *err)
{
    size_t n = end - t->now.update < BL_SGD_BLOCK ? (size_t)(end - t->now.update) : BL_SGD_BLOCK;
    double lr = t->steady ? t->rate : bl_run_rate(t, t->now.update);
    struct bl_batch b = bl_run_batch(t);

    if (!t->steady)
        n = 1;
    b.n = n;
    memcpy(t->before, t->live, t->o->n_params * sizeof *t->live);
    bl_sgd_begin(t->o, t->live, t->w);
    bl_sgd_rows(t->o, &b, lr, t->margins, t->w);
    bl_sgd_end(t->o, t->live, t->w);
    if (!margins_are_safe(t->margins, n * t->o->k) || !bl_all_finite(t->live, t->o->n_params)) {
        memcpy(t->live, t->before, t->o->n_params * sizeof *t->live);
        return search_block(t, &b, lr, err);
    }
    bl_dots_add_rows(t, &b);
    t->now.update += n;
    return MOVED;
}

/* The same, row by row, with a look at each gradient before. */
static enum step step_watched(struct bl_trainer *t, struct bl_error *err)
{
    struct bl_batch b = bl_run_batch(t);
    double loss;

    b.n = b.known = 1;
    loss = bl_batch_pass(t->o, t->live, &b, t->batch_gradient, t->w, NULL, NULL);
    if (asks_to_stop(t, loss, t->batch_gradient))
        return BROKE;
    return step_fused(t, t->now.update + 1, err);
}

/* ---- advancing -------------------------------------------------------------------------------------------------*/
static enum step step(struct bl_trainer *t, uint64_t end, struct bl_progress *progress, struct bl_error *err)
{
    if (bl_stopped(progress))
        return STOPPED;
    if (t->set.regime == BL_FULL)
        return step_by_solver(t, progress, err);
    if (!t->fused)
        return step_by_gradient(t, progress, err);
    return t->watch && t->watch_updates ? step_watched(t, err) : step_fused(t, end, err);
}

/* Updates up to `end`, which lies in this epoch; their time is the time of the run. */
static enum step stretch(struct bl_trainer *t, uint64_t end, struct bl_progress *progress, struct bl_error *err)
{
    enum step outcome = MOVED;
    uint64_t told = t->now.update;
    double from = bl_now(), known = t->whole && !bl_objective_noisy(t->o) && t->gradient_at == t->now.update ? t->gradient_seconds : 0;

    t->gradient_seconds = 0; /* they count once */
    t->steady = (double)(t->now.update / t->per_epoch) >= t->set.warmup;
    t->rate = bl_run_rate(t, t->now.update);
    while (t->now.update < end && outcome == MOVED && !t->now.converged) {
        outcome = step(t, end, progress, err);
        if (outcome == MOVED && (t->now.update - told) * t->batch >= TELL_ROWS) {
            bl_progress_add(progress, (t->now.update - told) * t->batch);
            told = t->now.update;
        }
    }
    t->arrived = outcome == MOVED;
    if (outcome != LEFT) {
        bl_progress_add(progress, bl_run_samples(t, t->now.update) - bl_run_samples(t, told));
        t->ended = bl_now();
        t->now.seconds += t->ended - from + known;
    }
    return outcome;
}

/* Has the objective left its start a trillion times behind, and still grows? */
static void watch_growth(struct bl_trainer *t, const struct bl_point *here)
{
    const struct bl_point *before;
    double limit = GROWTH * fmax(t->history.points[0].objective, 0x1p-1022);

    if (!here || !(here->objective > limit) || t->now.update == t->origin.update || t->set.regime == BL_FULL ||
        t->set.optimizer->adaptive || t->now.update % t->per_epoch)
        return;
    before = bl_history_find(t, t->now.update - t->per_epoch);
    if (before && before->objective > limit && here->objective > before->objective)
        bl_run_grew(t, here->objective);
}

/* schedule=plateau: once at each end of an epoch, from its recorded point. */
static void watch_plateau(struct bl_trainer *t, const struct bl_point *p)
{
    double epoch = (double)(t->now.update / t->per_epoch), *state = t->plateau;

    if (!state || !p || t->now.update % t->per_epoch || !(epoch > state[BL_SEEN]))
        return;
    if (state[BL_SEEN] == 0)
        state[BL_BEST] = t->history.points[0].objective;
    state[BL_SEEN] = epoch;
    state[BL_WAITED]++;
    if (p->objective < state[BL_BEST]) {
        state[BL_BEST] = p->objective;
        state[BL_WAITED] = 0;
    } else if (state[BL_WAITED] >= t->set.every) {
        state[BL_DROPS]++;
        state[BL_WAITED] = 0;
    }
}

double bl_run_watched(const struct bl_trainer *t, const struct bl_point *p)
{
    return t->o->validation ? p->validation_loss : p->objective;
}

/* patience=: the least value so far, and where it stood. */
static void watch_patience(struct bl_trainer *t, const struct bl_point *p)
{
    double epoch = (double)(t->now.update / t->per_epoch), *state = t->patience, value;

    if (!state || !p || t->now.update % t->per_epoch || !(epoch > state[BL_LOOKED]))
        return;
    state[BL_LOOKED] = epoch;
    value = bl_run_watched(t, p);
    if (!(value < state[BL_LEAST] - t->set.min_delta) && !isnan(state[BL_LEAST]))
        return;
    state[BL_LEAST] = value;
    state[BL_LEAST_AT] = epoch;
}

bool bl_trainer_waited(const struct bl_trainer *t, struct bl_patience *out)
{
    const double *state = t->patience;
    double epoch = bl_trainer_epoch(t);

    if (!state)
        return false;
    *out = (struct bl_patience){.best_epoch = (uint64_t)state[BL_LEAST_AT], .epoch = (uint64_t)epoch, .best = state[BL_LEAST],
                                .validation = t->o->validation != NULL};
    return t->now.update % t->per_epoch == 0 && epoch - state[BL_LEAST_AT] >= (double)t->set.patience;
}

/* Point and snapshot of the state now, where they belong. */
static enum step settle(struct bl_trainer *t, struct bl_progress *progress, struct bl_error *err)
{
    const struct bl_point *p;
    bool done;

    p = bl_history_record(t, progress, &done);
    t->arrived = false;
    if (!done)
        return STOPPED;
    if (p && (!isfinite(p->objective) || !isfinite(p->gradient_norm)))
        return leave(t, t->now.update, p->objective, err);
    watch_plateau(t, p);
    watch_patience(t, p);
    bl_tape_keep(t);
    watch_growth(t, p);
    if (t->now.converged)
        t->status = BL_CONVERGED;
    return t->status == BL_DIVERGED_RUN ? LEFT : MOVED;
}

static bool over(const struct bl_trainer *t)
{
    return t->status == BL_DIVERGED_RUN || t->now.converged;
}

/* An estimate that keeps numbers of its own has moved them for the update that does not come. */
static bool take_back(struct bl_trainer *t, struct bl_error *err)
{
    bl_watch *watch = t->watch;
    double seconds = t->now.seconds;
    uint64_t at = t->now.update;
    bool good;

    t->watch = NULL;
    bl_tape_restore(t, at);
    t->gradient_at = UINT64_MAX;
    good = bl_run_advance(t, at, NULL, err);
    t->now.seconds = seconds;
    t->watch = watch;
    return good;
}

static enum step broken(struct bl_trainer *t, struct bl_error *err)
{
    if (t->set.regime != BL_FULL && t->set.optimizer->estimate != BL_ROWS && !take_back(t, err))
        return FAILED;
    t->broke = true;
    return BROKE;
}

bool bl_run_advance(struct bl_trainer *t, uint64_t target, struct bl_progress *progress, struct bl_error *err)
{
    enum step outcome = settle(t, progress, err);

    t->broke = false;
    while (outcome == MOVED && t->now.update < target && !over(t)) {
        uint64_t end = bl_history_next(t, t->now.update), kept = bl_tape_next(t, t->now.update);
        end = end < kept ? end : kept;
        if (t->now.update % t->per_epoch == 0) {
            if (!bl_history_room(t, (target - t->now.update) / t->per_epoch + 1, err))
                return false;
            bl_tape_room(t);
        }
        outcome = stretch(t, end < target ? end : target, progress, err);
        if (outcome == MOVED)
            outcome = settle(t, progress, err);
        if (outcome == MOVED && asks_at_epoch(t))
            outcome = BROKE;
        if (outcome == BROKE)
            outcome = broken(t, err);
    }
    return outcome != FAILED;
}

static void refresh_status(struct bl_trainer *t)
{
    if (t->status == BL_DIVERGED_RUN)
        return;
    if (t->now.converged)
        t->status = BL_CONVERGED;
    else if (t->status == BL_READY || t->status == BL_CONVERGED || t->status == BL_ENDED)
        t->status = t->now.update ? BL_PAUSED : BL_READY;
}

static uint64_t beyond(uint64_t a, uint64_t b) /* a + b, at most 2^63 */
{
    return b > INT64_MAX || a + b > INT64_MAX ? INT64_MAX : a + b;
}

bool bl_trainer_updates(struct bl_trainer *t, uint64_t n, struct bl_progress *progress, struct bl_error *err)
{
    bool ok = over(t) || bl_run_advance(t, beyond(t->now.update, n), progress, err);

    refresh_status(t);
    return ok;
}

static uint64_t epoch_start(const struct bl_trainer *t, uint64_t epoch)
{
    return epoch > INT64_MAX / t->per_epoch ? INT64_MAX : epoch * t->per_epoch;
}

bool bl_trainer_epochs(struct bl_trainer *t, uint64_t n, struct bl_progress *progress, struct bl_error *err)
{
    return bl_trainer_goto_epoch(t, beyond(t->now.update / t->per_epoch, n), progress, err);
}

bool bl_run_go_to(struct bl_trainer *t, uint64_t update, struct bl_progress *progress, struct bl_error *err)
{
    if (update < t->origin.update)
        update = t->origin.update;
    if (update >= t->now.update && !t->watch && !over(t) && bl_tape_ahead(t, update)) {
        bl_tape_restore(t, update); /* been there: a shorter way */
        t->gradient_at = UINT64_MAX;
    }
    if (update >= t->now.update)
        return bl_trainer_updates(t, update - t->now.update, progress, err);
    bl_watch *watch = t->watch;
    t->watch = NULL;
    bl_tape_restore(t, update);
    t->status = update ? BL_PAUSED : BL_READY;
    t->gradient_at = UINT64_MAX;
    bool ok = bl_run_advance(t, update, progress, err);
    t->watch = watch;
    refresh_status(t);
    return ok;
}

bool bl_trainer_goto_update(struct bl_trainer *t, uint64_t update, struct bl_progress *progress, struct bl_error *err)
{
    int64_t own = (int64_t)(update < INT64_MAX ? update : INT64_MAX) - t->origin.told;

    return bl_run_go_to(t, own < 0 ? 0 : (uint64_t)own, progress, err);
}

bool bl_trainer_goto_epoch(struct bl_trainer *t, uint64_t epoch, struct bl_progress *progress, struct bl_error *err)
{
    return bl_run_go_to(t, epoch_start(t, epoch), progress, err);
}

void bl_trainer_watch(struct bl_trainer *t, bl_watch *watch, void *context, bool updates)
{
    t->watch = watch;
    t->watch_context = context;
    t->watch_updates = updates;
}

bool bl_trainer_broke(const struct bl_trainer *t) { return t->broke; }

/* ---- the plan -------------------------------------------------------------------------------------------------------------*/
void bl_trainer_plan(struct bl_trainer *t, uint64_t epochs)
{
    struct bl_plan *plans;

    if (bl_run_planned(t, t->now.update) == epochs)
        return;
    while (t->n_plans && t->plans[t->n_plans - 1].from >= t->now.update)
        t->n_plans--;
    if (t->n_plans == t->plan_capacity) {
        plans = bl_realloc(t->plans, t->plan_capacity + 16, sizeof *plans);
        if (!plans)
            return;
        t->plans = plans;
        t->plan_capacity += 16;
    }
    t->plans[t->n_plans++] = (struct bl_plan){.from = t->now.update, .epochs = epochs};
    if (strcmp(t->set.schedule->name, "constant") != 0) { /* what came after was another run */
        bl_history_forget(t, t->now.update);
        bl_tape_forget(t, t->now.update);
        t->has_extra = false;
        t->gradient_at = UINT64_MAX;
    }
}

/* ---- what a run shows --------------------------------------------------------------------------------------------------------*/
const char *bl_status_name(enum bl_status s)
{
    static const char *const names[] = {"ready", "running", "paused", "converged", "stopped", "diverged"};

    return names[s];
}

const struct bl_settings *bl_trainer_settings(const struct bl_trainer *t) { return &t->set; }
const struct bl_objective *bl_trainer_objective(const struct bl_trainer *t) { return t->o; }
struct bl_pool *bl_trainer_pool(const struct bl_trainer *t) { return t->pool; }
const double *bl_trainer_state(const struct bl_trainer *t) { return t->n_state ? bl_run_state(t) : NULL; }
double bl_trainer_lr(const struct bl_trainer *t) { return t->searched ? t->searched[0] : t->lr; }
double bl_trainer_lr_now(const struct bl_trainer *t) { return bl_run_rate(t, t->now.update); }
const double *bl_trainer_theta(const struct bl_trainer *t) { return bl_run_shown(t); }
uint64_t bl_trainer_update(const struct bl_trainer *t) { return (uint64_t)((int64_t)t->now.update + t->origin.told); }
uint64_t bl_trainer_planned(const struct bl_trainer *t) { return bl_run_planned(t, t->now.update); }
uint64_t bl_trainer_updates_per_epoch(const struct bl_trainer *t) { return t->per_epoch; }
enum bl_status bl_trainer_status(const struct bl_trainer *t) { return t->status; }
void bl_trainer_set_status(struct bl_trainer *t, enum bl_status s) { t->status = s; }
const struct bl_error *bl_trainer_why(const struct bl_trainer *t) { return &t->why; }

static double epoch_of(const struct bl_trainer *t, uint64_t update)
{
    uint64_t seen = update % t->per_epoch * t->batch;

    return (double)(update / t->per_epoch) + (double)seen / (double)t->n;
}

double bl_trainer_epoch(const struct bl_trainer *t) { return epoch_of(t, t->now.update); }
double bl_trainer_origin(const struct bl_trainer *t) { return epoch_of(t, t->origin.update); }

static void hash_word(struct bl_sha256 *h, uint64_t word)
{
    uint8_t bytes[8];

    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(word >> 8 * i);
    bl_sha256_add(h, bytes, sizeof bytes);
}

void bl_trainer_hash(const struct bl_trainer *t, char hex[65])
{
    struct bl_sha256 h;
    uint64_t word;

    bl_sha256_start(&h);
    hash_word(&h, t->now.update / t->per_epoch);
    hash_word(&h, t->now.update);
    for (size_t i = 0; i < t->n_live; i++) {
        memcpy(&word, &t->live[i], sizeof word);
        hash_word(&h, word);
    }
    bl_sha256_end(&h, hex);
}
