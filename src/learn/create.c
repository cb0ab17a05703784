/* Beginning a run: are the settings possible, how large is its state, where does it start. */
#include "src/learn/network.h"
#include "src/learn/optimizer.h"
#include "src/learn/run.h"

#include <math.h>
#include <string.h>

/* ---- settings ---------------------------------------------------------------------------------------*/
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

/* The search asks whether the objective falls: it needs all rows, the direction of descent, and a slope. */
static bool search_fits(const struct bl_objective *o, const struct bl_settings *s, struct bl_error *err)
{
    char regime[32];

    if (s->regime == BL_FULL)
        return true; /* it searches anyway */
    if (s->regime != BL_BATCH) {
        bl_fail(err, BL_VALUE, "lr=search needs all rows in an update, and %s takes some", bl_settings_regime_word(s, regime, sizeof regime));
        return bl_hint(err, "batch lr=search, or lr=auto");
    }
    if (s->optimizer != bl_optimizer_find("gd")) {
        bl_fail(err, BL_VALUE, "lr=search goes along the gradient, and optimizer=%s does not", s->optimizer->name);
        return bl_hint(err, "optimizer=gd lr=search, full:lbfgs, or lr=auto");
    }
    if (o->type->kinks) {
        bl_fail(err, BL_VALUE, "lr=search needs a loss without kinks, and that of %s has them", o->type->name);
        return bl_hint(err, "batch lr=0.01 schedule=1/t");
    }
    if (bl_objective_noisy(o)) {
        bl_fail(err, BL_VALUE, "lr=search compares one objective at two places, and with this network each pass sees another");
        return bl_hint(err, "batch lr=auto, or model mlp dropout=0 norm=layer");
    }
    if (s->clip > 0 || s->warmup > 0 || strcmp(s->schedule->name, "constant") != 0) {
        bl_fail(err, BL_VALUE, "lr=search chooses each step itself, so %s has nothing to do", s->clip > 0 ? "clip=" : s->warmup > 0 ? "warmup=" : "schedule=");
        return bl_hint(err, "%s, or a number as lr=", s->clip > 0 ? "clip=0" : s->warmup > 0 ? "warmup=0" : "schedule=constant");
    }
    return true;
}

/* Where the parameters of the layer after the first `freeze` begin; SIZE_MAX: that would be the output layer, or there is none. */
static size_t frozen_until(const struct bl_objective *o, uint64_t freeze)
{
    const size_t n = o->network ? bl_objective_n_layers(o) : 0;

    for (size_t i = 0; i < n; i++)
        if (o->network->layers[i].number > freeze)
            return o->network->layers[i].at;
    return SIZE_MAX;
}

static bool freeze_fits(const struct bl_objective *o, const struct bl_settings *s, struct bl_error *err)
{
    if (!o->network) {
        bl_fail(err, BL_VALUE, "freeze=%llu keeps layers of a network as they are, and model %s has none", (unsigned long long)s->freeze, o->type->name);
        return bl_hint(err, "model mlp 16,8; or freeze=0");
    }
    if (frozen_until(o, s->freeze) == SIZE_MAX) {
        const size_t hidden = bl_objective_spec(o)->n_hidden;
        bl_fail(err, BL_VALUE, "freeze=%llu is more than the %zu layer%s in front of the output layer, which always learns", (unsigned long long)s->freeze,
                hidden, hidden == 1 ? "" : "s");
        return bl_hint(err, "freeze=%zu", hidden);
    }
    if (s->regime == BL_FULL) {
        bl_fail(err, BL_VALUE, "full:%s moves all parameters together, and freeze= keeps some", s->solver->name);
        return bl_hint(err, "batch optimizer=adam freeze=%llu", (unsigned long long)s->freeze);
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
    if ((o->network && !network_fits(o, s, err)) || (s->freeze && !freeze_fits(o, s, err)))
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
    return !s->search || search_fits(o, s, err);
}

/* ---- size and place ----------------------------------------------------------------------------------*/
static bool averages(const struct bl_settings *s)
{
    return s->average && s->regime != BL_FULL;
}

static bool waits(const struct bl_settings *s)
{
    return s->regime != BL_FULL && strcmp(s->schedule->name, "plateau") == 0;
}

static bool searches(const struct bl_settings *s)
{
    return s->search && s->regime != BL_FULL;
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
    t->n_live = t->o->n_params + t->n_state + (averages(s) ? t->o->n_params : 0) + (waits(s) ? BL_PLATEAU_NUMBERS : 0) +
                (s->patience ? BL_PATIENCE_NUMBERS : 0) + (searches(s) ? 1 : 0);
    t->gradient_at = t->order_of = UINT64_MAX;
    t->history.dots.spacing = 1;
}

static bool choose_rate(struct bl_trainer *t, struct bl_error *err)
{
    double smooth;

    t->lr = t->set.lr;
    if (!isnan(t->lr))
        return true;
    t->lr = 0.01;
    if (t->set.regime == BL_FULL || t->set.optimizer->adaptive || t->set.search)
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

/* What stands behind the state in `live`. */
static void lay_out(struct bl_trainer *t)
{
    double *at = t->live + t->o->n_params + t->n_state;

    if (averages(&t->set)) {
        t->average = at;
        at += t->o->n_params;
    }
    if (waits(&t->set)) {
        t->plateau = at;
        at += BL_PLATEAU_NUMBERS;
    }
    if (t->set.patience) {
        t->patience = at;
        at += BL_PATIENCE_NUMBERS;
    }
    if (searches(&t->set))
        t->searched = at;
}

static bool take_memory(struct bl_trainer *t, struct bl_error *err)
{
    size_t p = t->o->n_params;
    bool ordered = !t->whole && t->set.regime != BL_FULL && t->set.order != BL_GIVEN;

    t->live = bl_aligned(t->n_live, sizeof *t->live);
    t->before = bl_aligned(t->n_live, sizeof *t->before);
    t->gradient = bl_aligned(p, sizeof *t->gradient);
    t->batch_gradient = bl_aligned(p, sizeof *t->batch_gradient);
    t->n_frozen = t->set.freeze ? frozen_until(t->o, t->set.freeze) : 0;
    t->frozen = t->n_frozen ? bl_aligned(t->n_frozen, sizeof *t->frozen) : NULL;
    t->part = bl_aligned(p, sizeof *t->part);
    t->correction = bl_aligned(p + 2 * t->o->k, sizeof *t->correction);
    t->margins = t->fused ? bl_aligned(BL_SGD_BLOCK, t->o->k * sizeof *t->margins) : NULL;
    t->order = ordered ? bl_aligned(t->n, sizeof *t->order) : NULL;
    if ((t->n_frozen && !t->frozen) || !t->live || !t->before || !t->gradient || !t->batch_gradient || !t->part || !t->correction || (t->fused && !t->margins) || (ordered && !t->order))
        return bl_fail_memory(err, "a run");
    lay_out(t);
    if (ordered && t->set.order == BL_IMPORTANCE && !bl_run_weigh_rows(t, err))
        return false;
    bl_objective_start(t->o, t->live);
    if (t->average)
        memcpy(t->average, t->live, p * sizeof *t->average);
    t->w = bl_workspace_create(t->o, t->pool, err);
    if (!t->w || (t->set.regime == BL_FULL && !bl_workspace_keep(t->o, t->w, err)))
        return false;
    return bl_workspace_reserve(t->w, t->batch, err) && bl_history_room(t, 1, err);
}

/* ---- create and free ---------------------------------------------------------------------------------*/
static bool begin(struct bl_trainer *t, struct bl_error *err)
{
    const struct bl_point *start;
    bool done;

    bl_history_record(t, NULL, &done);
    start = bl_history_find(t, 0);
    if (isfinite(start->objective) && isfinite(start->gradient_norm)) {
        t->history.dots.last = start->train_loss;
        if (t->searched)
            t->searched[0] = bl_search_guess(start->gradient_norm);
        if (t->patience)
            t->patience[BL_LEAST] = bl_run_watched(t, start);
        return bl_tape_begin(t, err);
    }
    bl_fail(err, BL_VALUE, "the loss at the start is not finite: the numbers of this data are too large");
    return bl_hint(err, "prep standardize, or divide the target");
}

struct bl_trainer *bl_run_make(const struct bl_objective *o, const struct bl_settings *s, const struct bl_smoothness *smooth,
                               struct bl_pool *pool, struct bl_error *err)
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
    if (choose_rate(t, err) && take_memory(t, err))
        return t;
    bl_trainer_free(t);
    return NULL;
}

struct bl_trainer *bl_trainer_create(const struct bl_objective *o, const struct bl_settings *s,
                                     const struct bl_smoothness *smooth, struct bl_pool *pool, struct bl_error *err)
{
    struct bl_trainer *t = bl_run_make(o, s, smooth, pool, err);

    if (!t || begin(t, err))
        return t;
    bl_trainer_free(t);
    return NULL;
}

void bl_trainer_free(struct bl_trainer *t)
{
    if (!t)
        return;
    bl_tape_free(t);
    bl_workspace_free(t->w);
    bl_free(t->live);
    bl_free(t->before);
    bl_free(t->frozen);
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
    bl_dots_free(t);
    bl_path_free(&t->history.path);
    bl_free(t);
}
