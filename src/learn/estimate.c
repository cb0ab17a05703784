/* The gradient of one update, from its rows: their mean, in parts where mini-batches are accumulated;
 * or an estimate of less variance. SVRG (Johnson and Zhang, NeurIPS 2013): the mean of the rows now
 * minus their mean at the parameters of the start of the epoch, plus the full gradient there. SAGA
 * (Defazio, Bach and Lacoste-Julien, NeurIPS 2014): each row's last slope is kept, 0 at the start; the
 * mean of the rows now minus what is kept of them, plus the mean of all that is kept. */
#include "src/learn/run.h"

#include <math.h>
#include <string.h>

/* ---- the mean of rows -------------------------------------------------------------------------------*/
static bool rows_mean(struct bl_trainer *t, const double *theta, const struct bl_batch *b, double *out, double *loss,
                      struct bl_progress *progress)
{
    size_t part = t->set.regime == BL_STOCHASTIC ? 1 : t->set.batch, n = t->o->n_params;
    bool stopped = false;

    if (t->set.accumulate <= 1 || part >= b->n) {
        *loss = bl_batch_pass(t->o, theta, b, out, t->w, progress, &stopped);
        return !stopped;
    }
    memset(out, 0, n * sizeof *out);
    *loss = 0;
    for (size_t from = 0; from < b->n && !stopped; from += part) {
        struct bl_batch one = *b;
        one.index = b->index ? b->index + from : NULL;
        one.first = b->first + from;
        one.offset = b->offset + from;
        one.n = one.known = b->n - from < part ? b->n - from : part;
        double share = (double)one.n / (double)b->n;
        *loss += share * bl_batch_pass(t->o, theta, &one, t->part, t->w, progress, &stopped);
        for (size_t p = 0; p < n; p++)
            out[p] += share * t->part[p];
    }
    return !stopped;
}

/* ---- SVRG: state is the parameters at the start of the epoch, and the full gradient there ---------------*/
static bool svrg(struct bl_trainer *t, double *state, const struct bl_batch *b, double *out, double *loss, struct bl_progress *progress)
{
    size_t n = t->o->n_params;
    double *start = state, *full = state + n, before;

    if (t->now.update % t->per_epoch == 0) {
        if (!bl_history_gradient(t, progress))
            return false;
        memcpy(start, t->live, n * sizeof *start);
        memcpy(full, t->gradient, n * sizeof *full);
    }
    if (!rows_mean(t, start, b, t->correction, &before, progress) || !rows_mean(t, t->live, b, out, loss, progress))
        return false;
    for (size_t p = 0; p < n; p++)
        out[p] = (out[p] - t->correction[p]) + full[p];
    return true;
}

/* ---- SAGA: state is the mean of what is kept, without the penalty, and the slopes of all rows --------------*/
size_t bl_saga_size(const struct bl_objective *o)
{
    return o->n_params + o->train->n_rows * o->k;
}

static void saga_move(const struct bl_objective *o, size_t row, double change, double *to)
{
    if (o->intercept)
        to[0] += change;
    bl_row_add(o->train, row, change, to + o->intercept);
}

/* The mean of what is kept goes into `out`; what is new of a row into both. */
static bool saga(struct bl_trainer *t, double *state, const struct bl_batch *b, double *out, double *loss, struct bl_progress *progress)
{
    const struct bl_objective *o = t->o;
    size_t n = o->n_params, per_output = o->d + o->intercept, k = o->k;
    double *mean = state, *kept = state + n, *z = t->correction, *slope = z + k;
    double sum = 0, all = (double)o->train->n_rows, rows = (double)b->n;

    if (bl_stopped(progress))
        return false;
    memcpy(out, mean, n * sizeof *out);
    for (size_t i = 0; i < b->n; i++) {
        size_t row = b->index ? b->index[i] : b->first + i;
        bl_row_margins(o, t->live, o->train, row, z);
        bl_row_slope(o, z, row, slope);
        sum += bl_row_loss(o, z, row);
        for (size_t c = 0; c < k; c++) {
            double change = slope[c] - kept[row * k + c];
            kept[row * k + c] = slope[c];
            saga_move(o, row, change / rows, out + c * per_output);
            saga_move(o, row, change / all, mean + c * per_output);
        }
    }
    for (size_t p = 0; p < n; p++)
        if (!o->intercept || p % per_output)
            out[p] += o->l2 * t->live[p];
    *loss = sum / rows;
    return true;
}

void bl_run_hold(const struct bl_trainer *t, double *gradient)
{
    memset(gradient, 0, t->n_frozen * sizeof *gradient);
}

static bool estimate(struct bl_trainer *t, double *state, const struct bl_batch *b, double *out, double *loss, struct bl_progress *progress)
{
    switch (t->set.optimizer->estimate) {
    case BL_SVRG: return svrg(t, state, b, out, loss, progress);
    case BL_SAGA: return saga(t, state, b, out, loss, progress);
    case BL_ROWS: break;
    }
    return rows_mean(t, t->live, b, out, loss, progress);
}

bool bl_run_estimate(struct bl_trainer *t, double *state, const struct bl_batch *b, double *out, double *loss, struct bl_progress *progress)
{
    const bool good = estimate(t, state, b, out, loss, progress);

    bl_run_hold(t, out);
    return good;
}

/* Scales what is longer than clip=; `out` may be `gradient`. */
const double *bl_run_clip(const struct bl_trainer *t, const double *gradient, double *out)
{
    double norm = t->set.clip > 0 ? sqrt(bl_sum_of_squares(gradient, t->o->n_params)) : 0;

    if (!(norm > t->set.clip))
        return gradient;
    for (size_t p = 0; p < t->o->n_params; p++)
        out[p] = gradient[p] * (t->set.clip / norm);
    return out;
}
