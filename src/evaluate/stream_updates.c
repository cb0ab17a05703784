/* Models that are carried on over a stream: one update for each block of rows, after they were predicted. */
#include <math.h>
#include <string.h>

#include "src/evaluate/stream.h"

/* What rows count is scaled to a mean of 1 over the first part, and balanced by its classes: later rows are not known yet. */
static bool weigh_by_first(struct bl_stream_runner *r, const struct bl_objective *first, struct bl_error *err)
{
    const struct bl_stream_lot *lot = r->lot;
    struct bl_objective *o = &r->objective;
    double mean = 0;

    if (!bl_objective_weigh(o, first->class_weight, false, err))
        return false;
    for (size_t i = 0; o->weight && i < lot->n_base; i++)
        mean += o->weight[lot->base[i]] / (double)lot->n_base;
    if (!o->weight || !(mean > 0))
        return true;
    for (size_t i = 0; i < lot->s->n; i++)
        o->weight[i] /= mean;
    o->least_weight /= mean;
    return true;
}

/* The smoothness of one row's loss: of the linear family the bound of its curvature times its length. */
static double steepness(const struct bl_stream_runner *r, size_t place)
{
    const struct bl_objective *o = &r->objective;
    const struct bl_matrix *m = r->lot->all;
    const size_t from = m->sparse ? m->sparse->start[place] : place * m->n_features;
    const size_t n = m->sparse ? m->sparse->start[place + 1] - from : m->n_features;
    const double *x = (m->sparse ? m->sparse->value : m->x) + from;
    double length = o->intercept;

    for (size_t j = 0; j < n; j++)
        length += x[j] * x[j];
    return o->type->curvature_bound * length * (o->weight ? o->weight[place] : 1) + o->l2;
}

/* lr=auto: 1/L, L of the worst row so far, whatever the block: rows that follow each other are alike, and no fair draw whose mean
 * would be smoother; and what comes later may be steeper than all of the first part. */
static bool follows_rows(const struct bl_stream_runner *r)
{
    const struct bl_settings *set = &r->how->update;

    return isnan(set->lr) && !set->optimizer->adaptive && !r->objective.network && isfinite(r->objective.type->curvature_bound);
}

static double rate(struct bl_stream_runner *r, const uint32_t *places, size_t n)
{
    if (!r->follows)
        return isnan(r->how->update.lr) ? 0.01 : r->how->update.lr;
    for (size_t i = 0; i < n; i++)
        r->steepest = fmax(r->steepest, steepness(r, places[i]));
    return r->steepest > 0 && isfinite(1 / r->steepest) ? 1 / r->steepest : 0.01;
}

static size_t batch_most(const struct bl_stream_strategy *how)
{
    return how->block + (size_t)ceil((double)how->block * how->rehearsal / (1 - how->rehearsal)) + 1;
}

static bool take_memory(struct bl_stream_runner *r, struct bl_error *err)
{
    const size_t n = r->objective.n_params;

    r->theta = bl_aligned(n, sizeof *r->theta);
    r->before = bl_aligned(n, sizeof *r->before);
    r->gradient = bl_aligned(n, sizeof *r->gradient);
    r->state = bl_aligned(n * r->how->update.optimizer->vectors + 1, sizeof *r->state);
    r->margins = bl_aligned(r->objective.k, sizeof *r->margins);
    r->batch = bl_calloc(batch_most(r->how), sizeof *r->batch);
    if (!r->theta || !r->before || !r->gradient || !r->state || !r->margins || !r->batch)
        return bl_fail_memory(err, "updates on a stream");
    memset(r->state, 0, (n * r->how->update.optimizer->vectors + 1) * sizeof *r->state);
    r->work = bl_workspace_create(&r->objective, r->lot->pool, err);
    return r->work && bl_workspace_reserve(r->work, batch_most(r->how), err);
}

/* ---- one update ---------------------------------------------------------------------------------------------*/

static bool all_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

/* Old rows: any that was seen before this block, each alike, drawn from (seed, BL_FOR_SAMPLE, 2, block). */
static size_t rehearse(struct bl_stream_runner *r, size_t n, size_t known)
{
    const struct bl_stream_lot *lot = r->lot;
    struct bl_random random = bl_random_stream(lot->s->seed, BL_FOR_SAMPLE, 2, (uint32_t)r->blocks);
    const size_t base = known < lot->n_base ? known : lot->n_base;

    if (!(r->how->rehearsal > 0) || !known)
        return n;
    for (r->owed += (double)n * r->how->rehearsal / (1 - r->how->rehearsal); r->owed >= 1; r->owed--) {
        const size_t k = (size_t)bl_random_below(&random, known);

        r->batch[n++] = k < base ? lot->base[k] : (uint32_t)(lot->s->first + k - base);
    }
    return n;
}

/* An update that leads out of the finite numbers is undone, and the last. */
static void update(struct bl_stream_runner *r, size_t n)
{
    struct bl_stream_outcome *out = r->out;
    const struct bl_objective *o = &r->objective;
    const double lr = rate(r, r->batch, n);
    double loss;

    memcpy(r->before, r->theta, o->n_params * sizeof *r->theta);
    loss = bl_objective_batch(o, r->theta, r->batch, n, r->gradient, r->work);
    bl_optimizer_step(&r->how->update, o, r->state, out->updates + 1, lr, r->gradient, r->theta);
    out->passes += (double)n;
    if (isfinite(loss) && all_finite(r->theta, o->n_params)) {
        out->updates++;
        return;
    }
    memcpy(r->theta, r->before, o->n_params * sizeof *r->theta);
    out->diverged_at = r->at;
}

/* places NULL: the rows from block_from on. known: rows that were there before the block. */
static void learn_block(struct bl_stream_runner *r, const uint32_t *places, size_t from, size_t n, size_t known)
{
    const double start = bl_now();

    for (size_t i = 0; i < n; i++)
        r->batch[i] = places ? places[i] : (uint32_t)(from + i);
    if (r->out->diverged_at == SIZE_MAX)
        update(r, rehearse(r, n, known));
    r->blocks++;
    r->out->seconds += bl_now() - start;
}

/* ---- from the first row on -----------------------------------------------------------------------------------*/

static bool first_pass(struct bl_stream_runner *r)
{
    const struct bl_stream_lot *lot = r->lot;

    for (size_t i = 0; i < lot->n_base && !bl_stopped(lot->progress); i += r->how->block) {
        const size_t n = lot->n_base - i < r->how->block ? lot->n_base - i : r->how->block;

        learn_block(r, lot->base + i, 0, n, i);
    }
    return true;
}

bool bl_stream_updates_begin(struct bl_stream_runner *r, struct bl_error *err)
{
    const struct bl_stream_lot *lot = r->lot;

    r->block_from = r->at;
    if (!lot->p->objective(lot->p->model, lot->p, lot->all, &r->objective, err)) {
        r->objective = (struct bl_objective){0};
        return false;
    }
    if (!weigh_by_first(r, &lot->first.fit.objective, err) || !take_memory(r, err))
        return false;
    r->follows = follows_rows(r);
    rate(r, lot->base, lot->n_base);
    if (r->how->kind == BL_STREAM_HYBRID) {
        memcpy(r->theta, lot->first.fit.theta, r->objective.n_params * sizeof *r->theta);
        return true;
    }
    bl_objective_start(&r->objective, r->theta);
    return first_pass(r);
}

static bool predict(struct bl_stream_runner *r, size_t place, double *out, struct bl_error *err)
{
    const struct bl_objective *o = &r->objective;
    const uint32_t at = (uint32_t)place;

    if (!bl_objective_margins_of(o, r->theta, &at, 1, r->margins, err))
        return false;
    o->type->predict(r->margins, o->n_classes, out);
    return true;
}

bool bl_stream_updates_advance(struct bl_stream_runner *r, size_t to, struct bl_error *err)
{
    const struct bl_stream_lot *lot = r->lot;

    for (; r->at < to && !bl_stopped(lot->progress); bl_progress_add(lot->progress, BL_STREAM_TELL)) {
        const size_t place = r->at;

        if (!predict(r, place, bl_stream_prediction(r, place), err))
            return false;
        r->at++;
        if (r->detector && bl_stream_watch(r, place, bl_stream_prediction(r, place), err)) {
            bl_detector_restart(r->detector);
            r->signal = BL_SIGNAL_NONE;
        } else if (r->detector && err->code)
            return false;
        if (r->at - r->block_from < r->how->block)
            continue;
        learn_block(r, NULL, r->block_from, r->how->block, lot->n_base + r->block_from - lot->s->first);
        r->block_from = r->at;
    }
    return true;
}

double bl_stream_updates_probe(struct bl_stream_runner *r, struct bl_error *err)
{
    const struct bl_stream_lot *lot = r->lot;
    double *out = bl_calloc(lot->s->width, sizeof *out), sum = 0;

    if (!out) {
        bl_fail_memory(err, "the probe");
        return NAN;
    }
    for (size_t i = 0; i < lot->s->probe; i++) {
        if (!predict(r, lot->probe[i], out, err))
            sum = NAN;
        sum += bl_stream_error(lot, out, bl_stream_y(lot, lot->probe[i]));
    }
    bl_free(out);
    return sum / (double)lot->s->probe;
}
