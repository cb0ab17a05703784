/* The trainer: advances a run update by update. A run is cut into stretches that end where something
 * is to be done (a point, a snapshot, the goal); inside a stretch there are only updates. */
#include "src/learn/network.h"
#include "src/learn/optimizer.h"
#include "src/learn/run.h"

#include <math.h>
#include <string.h>

enum { DROPS, BEST, WAITED, SEEN, PLATEAU_NUMBERS }; /* of schedule=plateau, in live */

#define GROWTH 1e12        /* see learn.h: diverged without overflow */
#define TELL_ROWS 16384    /* progress is told after so many rows: the counter is shared */
#define SAFE_MARGIN 1e100  /* its square, and that times a feature, are finite */

/* ---- figures ---------------------------------------------------------------------------------------*/
static uint64_t planned(const struct bl_trainer *t, uint64_t update)
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

    if (t->plateau && t->plateau[DROPS] > 0)
        factor = fmax(bl_power(t->set.drop, (uint64_t)t->plateau[DROPS]), t->set.floor);
    return t->lr * factor * bl_schedule_factor(&t->set, (double)(update / t->per_epoch), (double)within / (double)t->per_epoch,
                                      (double)planned(t, update));
}

uint64_t bl_run_samples(const struct bl_trainer *t, uint64_t updates)
{
    return updates / t->per_epoch * t->n + updates % t->per_epoch * t->batch;
}

/* ---- one update ----------------------------------------------------------------------------------------*/
enum step { MOVED, STOPPED, LEFT, FAILED }; /* LEFT: the run diverged */

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
    t->last_loss = loss;
    bl_history_dot(t, update + 1, loss);
    gradient = bl_run_clip(t, gradient, t->batch_gradient);
    bl_optimizer_step(&t->set, t->o, bl_run_state(t), update + 1, t->steady ? t->rate : bl_run_rate(t, update), gradient,
                      t->live);
    t->now.update++;
    bl_workspace_settle(t->w, t->now.update, t->live);
    if (!bl_all_finite(t->live, t->o->n_params))
        return leave(t, update + 1, INFINITY, err);
    for (size_t p = 0; t->average && p < t->o->n_params; p++)
        t->average[p] += (t->live[p] - t->average[p]) / (double)t->now.update;
    return MOVED;
}

/* One iteration of a full-batch method; an interrupted one never happened. */
static enum step step_by_solver(struct bl_trainer *t, struct bl_progress *progress, struct bl_error *err)
{
    struct bl_error own = {.code = BL_OK};
    uint64_t passes = 0;
    bool converged = false;

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

static double block_loss(const struct bl_objective *o, const struct bl_batch *b, const double *z, size_t row)
{
    return b->weight ? o->type->loss(z, o->train->y[row], o->k, o->hyper) * b->weight[row] : bl_row_loss(o, z, row);
}

static void fused_dots(struct bl_trainer *t, const struct bl_batch *b)
{
    const struct bl_objective *o = t->o;
    size_t i = 0;

    if (t->now.update + b->n <= t->history.dots_until)
        return;
    for (uint64_t spacing = t->history.spacing; i < b->n; i++) {
        uint64_t update = t->now.update + i + 1;
        size_t row = b->index ? b->index[i] : b->first + i;
        if (update % spacing)
            continue;
        bl_history_dot(t, update, block_loss(o, b, t->margins + i * o->k, row));
        spacing = t->history.spacing;
    }
    t->last_loss = block_loss(o, b, t->margins + (b->n - 1) * o->k, b->index ? b->index[b->n - 1] : b->first + b->n - 1);
}

/* Row by row, to find the very update; the block was put back to its start. */
static enum step search_block(struct bl_trainer *t, const struct bl_batch *block, double lr, struct bl_error *err)
{
    for (size_t i = 0; i < block->n; i++) {
        struct bl_batch one = {.index = block->index ? block->index + i : NULL, .first = block->first + i, .n = 1, .known = 1, .weight = block->weight};
        double loss = bl_batch_pass(t->o, t->live, &one, t->batch_gradient, t->w, NULL, NULL);
        if (!isfinite(loss) || !isfinite(bl_sum_of_squares(t->batch_gradient, t->o->n_params)))
            return leave(t, t->now.update, loss, err);
        t->last_loss = loss;
        bl_history_dot(t, t->now.update + 1, loss);
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
    double lr = bl_run_rate(t, t->now.update);
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
    fused_dots(t, &b);
    t->now.update += n;
    return MOVED;
}

/* ---- advancing -------------------------------------------------------------------------------------------------*/
static enum step step(struct bl_trainer *t, uint64_t end, struct bl_progress *progress, struct bl_error *err)
{
    if (bl_stopped(progress))
        return STOPPED;
    if (t->set.regime == BL_FULL)
        return step_by_solver(t, progress, err);
    return t->fused ? step_fused(t, end, err) : step_by_gradient(t, progress, err);
}

/* Updates up to `end`, which lies in this epoch; their time is the time of the run. */
static enum step stretch(struct bl_trainer *t, uint64_t end, struct bl_progress *progress, struct bl_error *err)
{
    enum step outcome = MOVED;
    uint64_t told = t->now.update;
    double from = bl_now(), known = t->whole && !bl_objective_noisy(t->o) && t->gradient_at == t->now.update ? t->gradient_seconds : 0;

    t->steady = (double)(t->now.update / t->per_epoch) >= t->set.warmup;
    t->rate = bl_run_rate(t, t->now.update);
    while (t->now.update < end && outcome == MOVED && !t->now.converged) {
        outcome = step(t, end, progress, err);
        if (outcome == MOVED && (t->now.update - told) * t->batch >= TELL_ROWS) {
            bl_progress_add(progress, (t->now.update - told) * t->batch);
            told = t->now.update;
        }
    }
    if (outcome != LEFT) {
        bl_progress_add(progress, bl_run_samples(t, t->now.update) - bl_run_samples(t, told));
        t->now.seconds += bl_now() - from + known;
    }
    return outcome;
}

/* Has the objective left its start a trillion times behind, and still grows? */
static void watch_growth(struct bl_trainer *t)
{
    const struct bl_point *here = bl_history_find(t, t->now.update), *before;
    double limit = GROWTH * fmax(t->history.points[0].objective, 0x1p-1022);

    if (!here || t->set.regime == BL_FULL || t->set.optimizer->adaptive || t->now.update % t->per_epoch ||
        !(here->objective > limit))
        return;
    before = bl_history_find(t, t->now.update - t->per_epoch);
    if (before && before->objective > limit && here->objective > before->objective)
        bl_run_grew(t, here->objective);
}

/* schedule=plateau: once at each end of an epoch, from its recorded point. */
static void watch_plateau(struct bl_trainer *t, const struct bl_point *p)
{
    double epoch = (double)(t->now.update / t->per_epoch), *state = t->plateau;

    if (!state || !p || t->now.update % t->per_epoch || !(epoch > state[SEEN]))
        return;
    if (state[SEEN] == 0)
        state[BEST] = t->history.points[0].objective;
    state[SEEN] = epoch;
    state[WAITED]++;
    if (p->objective < state[BEST]) {
        state[BEST] = p->objective;
        state[WAITED] = 0;
    } else if (state[WAITED] >= t->set.every) {
        state[DROPS]++;
        state[WAITED] = 0;
    }
}

/* Point and snapshot of the state now, where they belong. */
static enum step settle(struct bl_trainer *t, struct bl_progress *progress, struct bl_error *err)
{
    const struct bl_point *p;
    bool done;

    bl_history_record(t, progress, &done);
    if (!done)
        return STOPPED;
    p = bl_history_find(t, t->now.update);
    if (p && (!isfinite(p->objective) || !isfinite(p->gradient_norm)))
        return leave(t, t->now.update, p->objective, err);
    watch_plateau(t, p);
    bl_tape_keep(t);
    watch_growth(t);
    if (t->now.converged)
        t->status = BL_CONVERGED;
    return t->status == BL_DIVERGED_RUN ? LEFT : MOVED;
}

static bool over(const struct bl_trainer *t)
{
    return t->status == BL_DIVERGED_RUN || t->now.converged;
}

bool bl_run_advance(struct bl_trainer *t, uint64_t target, struct bl_progress *progress, struct bl_error *err)
{
    enum step outcome = settle(t, progress, err);

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

bool bl_trainer_goto_update(struct bl_trainer *t, uint64_t update, struct bl_progress *progress, struct bl_error *err)
{
    if (update >= t->now.update)
        return bl_trainer_updates(t, update - t->now.update, progress, err);
    bl_tape_restore(t, update);
    t->status = update ? BL_PAUSED : BL_READY;
    t->gradient_at = UINT64_MAX;
    bool ok = bl_run_advance(t, update, progress, err);
    refresh_status(t);
    return ok;
}

bool bl_trainer_goto_epoch(struct bl_trainer *t, uint64_t epoch, struct bl_progress *progress, struct bl_error *err)
{
    return bl_trainer_goto_update(t, epoch_start(t, epoch), progress, err);
}

/* ---- create and free ------------------------------------------------------------------------------------------------*/
/* Does the objective have the slopes and curvatures that a full-batch method is built on? */
static bool solver_fits(const struct bl_objective *o, const struct bl_solver_type *solver, struct bl_error *err)
{
    const char *model = o->type->name;

    if (o->l1 > 0) {
        bl_fail(err, BL_VALUE, "full:%s needs an objective without kinks, and l1=%g has one at every 0", solver->name, o->l1);
        return bl_hint(err, "batch takes l1 by a proximal step; or model %s l1=0", model);
    }
    if (o->type->kinks) {
        bl_fail(err, BL_VALUE, "full:%s needs a loss without kinks, and that of %s has them", solver->name, model);
        return bl_hint(err, "model %s, or batch lr=0.01 schedule=1/t", o->type->task == BL_REGRESSION ? "huber" : "svm2");
    }
    if ((solver->curvature || solver->quadratic_only) && (double)o->n_params * (double)o->n_params * sizeof(double) > (double)bl_memory_limit()) {
        char price[32];
        bl_fail(err, BL_LIMIT, "full:%s needs a matrix of %zu parameters squared, which takes %s", solver->name, o->n_params,
                bl_bytes_format(price, sizeof price, (double)o->n_params * (double)o->n_params * sizeof(double)));
        return bl_hint(err, "full:lbfgs");
    }
    if (solver->curvature && o->type->flat) {
        bl_fail(err, BL_VALUE, "full:%s needs a curvature that does not vanish, and that of %s is 0 beyond its delta", solver->name, model);
        return bl_hint(err, "full:lbfgs");
    }
    return true;
}

/* What a network can not be trained with. */
static bool network_fits(const struct bl_objective *o, const struct bl_settings *s, struct bl_error *err)
{
    bool full = s->regime == BL_FULL, noisy = bl_objective_noisy(o), rows_alone = s->regime == BL_STOCHASTIC || (s->regime == BL_MINI && s->batch == 1);
    const struct bl_network_spec *spec = bl_objective_spec(o);

    if (full && (s->solver->quadratic_only || s->solver->curvature)) {
        bl_fail(err, BL_VALUE, s->solver->quadratic_only ? "full:%s solves linear models; this one is %s"
                                                         : "full:%s needs a Hessian without negative curvature, and that of %s has it", s->solver->name, o->type->name);
        return bl_hint(err, "full:lbfgs, or batch optimizer=adam");
    }
    if (noisy && (full || s->optimizer->estimate == BL_SVRG)) {
        bl_fail(err, BL_VALUE, "%s%s needs an objective that stays the same, and with %s each update sees another", full ? "full:" : "optimizer=",
                full ? s->solver->name : s->optimizer->name, spec->dropout > 0 ? "dropout" : "norm=batch");
        return bl_hint(err, "model mlp dropout=0 norm=layer; or batch optimizer=adam");
    }
    if (!full && s->optimizer->estimate == BL_SAGA) {
        bl_fail(err, BL_VALUE, "optimizer=saga keeps one slope a row, from which a linear model alone can make a gradient");
        return bl_hint(err, noisy ? "optimizer=adam" : "optimizer=svrg, or adam");
    }
    if (!full && s->order == BL_IMPORTANCE) {
        bl_fail(err, BL_VALUE, "order=importance draws rows by a bound on their curvature, and a network has none");
        return bl_hint(err, "order=shuffled, or replacement");
    }
    if (rows_alone && spec->norm && spec->norm->forward_rounds) {
        bl_fail(err, BL_VALUE, "norm=batch compares the rows of an update, and %s sees one", s->regime == BL_STOCHASTIC ? "sgd" : "mini:1");
        return bl_hint(err, "train mini:32, or model mlp norm=layer");
    }
    return true;
}

static bool check_settings(const struct bl_objective *o, const struct bl_settings *s, struct bl_error *err)
{
    size_t n = o->train->n_rows;

    if (n > UINT32_MAX)
        return bl_fail(err, BL_LIMIT, "%zu rows are more than the %u that a run can order", n, UINT32_MAX);
    if (s->regime == BL_MINI && s->batch > n) {
        bl_fail(err, BL_VALUE, "mini:%zu is larger than the %zu training rows", s->batch, n);
        return n > 32 ? bl_hint(err, "mini:32, or batch for all rows") : bl_hint(err, "batch takes all rows");
    }
    if (o->network && !network_fits(o, s, err))
        return false;
    if (s->regime == BL_FULL && !solver_fits(o, s->solver, err))
        return false;
    if (s->regime != BL_FULL && o->l1 > 0 && !s->optimizer->proximal) {
        bl_fail(err, BL_VALUE, "optimizer=%s has no proximal step, which l1=%g needs", s->optimizer->name, o->l1);
        return bl_hint(err, "optimizer=gd, momentum or adam; or model %s l1=0", o->type->name);
    }
    if (s->regime == BL_FULL && s->solver->quadratic_only && !o->type->quadratic) {
        bl_fail(err, BL_VALUE, "full:%s solves linear models; this one is %s", s->solver->name, o->type->name);
        return bl_hint(err, "full:newton");
    }
    if (s->accumulate > 1 && (s->regime == BL_BATCH || s->regime == BL_FULL)) {
        bl_fail(err, BL_VALUE, "accumulate=%llu adds up mini-batches, and this run takes all rows at once", (unsigned long long)s->accumulate);
        return bl_hint(err, "mini:32 accumulate=%llu, or accumulate=1", (unsigned long long)s->accumulate);
    }
    if (s->order == BL_IMPORTANCE && s->regime != BL_FULL && s->optimizer->estimate == BL_SAGA) {
        bl_fail(err, BL_VALUE, "order=importance reweights rows, and saga keeps their slopes as they are");
        return bl_hint(err, "optimizer=svrg, or order=replacement");
    }
    if (s->order == BL_IMPORTANCE && s->regime != BL_FULL && !o->type->kinks && !isfinite(o->type->curvature_bound)) {
        bl_fail(err, BL_VALUE, "order=importance needs a bound on the curvature, and that of %s has none", o->type->name);
        return bl_hint(err, "order=replacement");
    }
    if (s->regime == BL_FULL && (s->average || s->clip > 0)) {
        bl_fail(err, BL_VALUE, "full:%s chooses its steps itself: there is nothing to %s", s->solver->name, s->average ? "average" : "clip");
        return bl_hint(err, "%s", s->average ? "average=no" : "clip=0");
    }
    if (s->regime != BL_FULL && !isnan(s->lr) && !(s->lr > 0 && isfinite(s->lr)))
        return bl_fail(err, BL_VALUE, "lr=%g must be greater than 0", s->lr);
    return true;
}

static bool averages(const struct bl_settings *s)
{
    return s->average && s->regime != BL_FULL;
}

static bool waits(const struct bl_settings *s)
{
    return s->regime != BL_FULL && strcmp(s->schedule->name, "plateau") == 0;
}

static void shape(struct bl_trainer *t)
{
    const struct bl_settings *s = &t->set;
    bool all = s->regime == BL_BATCH || s->regime == BL_FULL;

    t->n = t->o->train->n_rows;
    t->batch = all ? t->n : s->regime == BL_STOCHASTIC ? 1 : s->batch;
    if (!all && s->accumulate > 1)
        t->batch = s->accumulate < t->n / t->batch + 1 ? (size_t)s->accumulate * t->batch : t->n;
    if (t->batch > t->n)
        t->batch = t->n;
    t->per_epoch = (t->n + t->batch - 1) / t->batch;
    t->whole = s->regime == BL_BATCH || (s->regime != BL_FULL && t->batch == t->n && s->order != BL_REPLACEMENT && s->order != BL_IMPORTANCE && s->accumulate <= 1);
    t->fused = !all && !t->whole && !t->o->network && t->batch == 1 && s->optimizer == bl_optimizer_find("gd") && t->o->l1 == 0 &&
               s->clip == 0 && !s->average;
    t->n_state = s->regime == BL_FULL ? s->solver->state_size(t->o) : s->optimizer->vectors * t->o->n_params;
    if (s->regime != BL_FULL && s->optimizer->estimate == BL_SAGA)
        t->n_state = bl_saga_size(t->o);
    t->n_live = t->o->n_params + t->n_state + (averages(s) ? t->o->n_params : 0) + (waits(s) ? PLATEAU_NUMBERS : 0);
    t->gradient_at = t->order_of = UINT64_MAX;
    t->history.spacing = 1;
}

static bool choose_rate(struct bl_trainer *t, struct bl_error *err)
{
    double smooth;

    t->lr = t->set.lr;
    if (!isnan(t->lr))
        return true;
    t->lr = 0.01;
    if (t->set.regime == BL_FULL || t->set.optimizer->adaptive)
        return true;
    if (!t->has_smooth && !bl_smoothness_of(t->o, t->pool, &t->smooth, err))
        return false;
    t->has_smooth = true;
    smooth = t->set.order == BL_IMPORTANCE && t->set.regime != BL_BATCH ? bl_smoothness_importance(&t->smooth, t->batch)
                                                                       : bl_smoothness_batch(&t->smooth, t->n, t->batch);
    if (smooth > 0 && isfinite(1 / smooth))
        t->lr = 1 / smooth;
    return true;
}

static bool take_memory(struct bl_trainer *t, struct bl_error *err)
{
    size_t p = t->o->n_params;
    bool ordered = !t->whole && t->set.regime != BL_FULL && t->set.order != BL_GIVEN;

    t->live = bl_aligned(t->n_live, sizeof *t->live);
    t->before = bl_aligned(t->n_live, sizeof *t->before);
    t->gradient = bl_aligned(p, sizeof *t->gradient);
    t->batch_gradient = bl_aligned(p, sizeof *t->batch_gradient);
    t->part = bl_aligned(p, sizeof *t->part);
    t->correction = bl_aligned(p + 2 * t->o->k, sizeof *t->correction);
    t->margins = t->fused ? bl_aligned(BL_SGD_BLOCK, t->o->k * sizeof *t->margins) : NULL;
    t->order = ordered ? bl_aligned(t->n, sizeof *t->order) : NULL;
    if (!t->live || !t->before || !t->gradient || !t->batch_gradient || !t->part || !t->correction || (t->fused && !t->margins) || (ordered && !t->order))
        return bl_fail_memory(err, "a run");
    if (averages(&t->set))
        t->average = t->live + p + t->n_state;
    if (waits(&t->set))
        t->plateau = t->live + t->n_live - PLATEAU_NUMBERS;
    if (ordered && t->set.order == BL_IMPORTANCE && !bl_run_weigh_rows(t, err))
        return false;
    bl_objective_start(t->o, t->live);
    if (t->average)
        memcpy(t->average, t->live, p * sizeof *t->average);
    t->w = bl_workspace_create(t->o, t->pool, err);
    return t->w && bl_workspace_reserve(t->w, t->batch, err) && bl_history_room(t, 1, err) && bl_tape_begin(t, err);
}

static bool begin(struct bl_trainer *t, struct bl_error *err)
{
    const struct bl_point *start;
    bool done;

    bl_history_record(t, NULL, &done);
    start = bl_history_find(t, 0);
    if (isfinite(start->objective) && isfinite(start->gradient_norm)) {
        t->last_loss = start->train_loss;
        return true;
    }
    bl_fail(err, BL_VALUE, "the loss at the start is not finite: the numbers of this data are too large");
    return bl_hint(err, "prep standardize, or divide the target");
}

struct bl_trainer *bl_trainer_create(const struct bl_objective *o, const struct bl_settings *s,
                                     const struct bl_smoothness *smooth, struct bl_pool *pool, struct bl_error *err)
{
    struct bl_trainer *t;

    if (!check_settings(o, s, err))
        return NULL;
    t = bl_calloc(1, sizeof *t);
    if (!t) {
        bl_fail_memory(err, "a run");
        return NULL;
    }
    t->o = o;
    t->set = *s;
    t->pool = pool;
    if (smooth) {
        t->smooth = *smooth;
        t->has_smooth = true;
    }
    shape(t);
    if (!choose_rate(t, err) || !take_memory(t, err) || !begin(t, err)) {
        bl_trainer_free(t);
        return NULL;
    }
    return t;
}

void bl_trainer_free(struct bl_trainer *t)
{
    if (!t)
        return;
    bl_tape_free(t);
    bl_workspace_free(t->w);
    bl_free(t->live);
    bl_free(t->before);
    bl_free(t->gradient);
    bl_free(t->batch_gradient);
    bl_free(t->part);
    bl_free(t->correction);
    bl_free(t->margins);
    bl_free(t->order);
    bl_free(t->reach);
    bl_free(t->importance);
    bl_free(t->plans);
    bl_free(t->history.points);
    bl_free(t->history.dots);
    bl_free(t);
}

/* ---- the plan -------------------------------------------------------------------------------------------------------------*/
void bl_trainer_plan(struct bl_trainer *t, uint64_t epochs)
{
    struct bl_plan *plans;

    if (planned(t, t->now.update) == epochs)
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
double bl_trainer_lr(const struct bl_trainer *t) { return t->lr; }
double bl_trainer_lr_now(const struct bl_trainer *t) { return bl_run_rate(t, t->now.update); }
const double *bl_trainer_theta(const struct bl_trainer *t) { return bl_run_shown(t); }
uint64_t bl_trainer_update(const struct bl_trainer *t) { return t->now.update; }
uint64_t bl_trainer_updates_per_epoch(const struct bl_trainer *t) { return t->per_epoch; }
enum bl_status bl_trainer_status(const struct bl_trainer *t) { return t->status; }
void bl_trainer_set_status(struct bl_trainer *t, enum bl_status s) { t->status = s; }
const struct bl_error *bl_trainer_why(const struct bl_trainer *t) { return &t->why; }

double bl_trainer_epoch(const struct bl_trainer *t)
{
    uint64_t seen = t->now.update % t->per_epoch * t->batch;

    return (double)(t->now.update / t->per_epoch) + (double)seen / (double)t->n;
}

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
