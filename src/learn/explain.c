/* The arithmetic of one update, computed with the trainer's own rule on a copy of its state, so that
 * `after` has the very bits that the trainer would get. */
#include "src/learn/run.h"

#include <math.h>
#include <string.h>

#define LISTED_MAX 32

struct explaining {
    struct bl_trainer *t;
    const struct bl_objective *o;
    struct bl_explanation *e;
    uint32_t *index;  /* rows of the training matrix in the update; NULL: all of them in order */
    size_t n;         /* rows in the update */
};

/* ---- which rows ----------------------------------------------------------------------------------- */

static bool find_row(const struct bl_matrix *m, uint32_t row, uint32_t *at, struct bl_error *err)
{
    for (size_t i = 0; i < m->n_rows; i++)
        if (m->row[i] == row) {
            *at = (uint32_t)i;
            return true;
        }
    bl_fail(err, BL_VALUE, "row %lu is not one of the %zu training rows", (unsigned long)row, m->n_rows);
    return bl_hint(err, "explain rows=%lu", (unsigned long)m->row[0]);
}

static bool rows_given(struct explaining *x, const uint32_t *rows, size_t n, struct bl_error *err)
{
    if (n == 0)
        return bl_fail(err, BL_VALUE, "explain needs at least one row");
    if (bl_trainer_settings(x->t)->regime == BL_FULL) {
        bl_fail(err, BL_USAGE, "full:%s always takes all rows", bl_trainer_settings(x->t)->solver->name);
        return bl_hint(err, "explain");
    }
    x->index = bl_calloc(n, sizeof *x->index);
    if (!x->index)
        return bl_fail_memory(err, "the rows to explain");
    x->n = n;
    for (size_t i = 0; i < n; i++)
        if (!find_row(x->o->train, rows[i], &x->index[i], err))
            return false;
    return true;
}

/* An update that sees every row once is summed in the order of the file. */
static bool rows_next(struct explaining *x, struct bl_error *err)
{
    const struct bl_settings *set = bl_trainer_settings(x->t);
    size_t n = 0, total = 0, rows = x->o->train->n_rows;
    x->n = rows;
    if (set->regime == BL_FULL)
        return true;
    if (!bl_trainer_next_rows(x->t, NULL, 0, &n, &total, err))
        return false;
    x->n = total;
    if (x->t->whole)
        return true;
    x->index = bl_calloc(total, sizeof *x->index);
    if (!x->index)
        return bl_fail_memory(err, "the rows to explain");
    return bl_trainer_next_rows(x->t, x->index, total, &n, &total, err);
}

/* ---- what is shown -------------------------------------------------------------------------------- */

static bool take(struct explaining *x, struct bl_error *err)
{
    struct bl_explanation *e = x->e;
    size_t p = x->o->n_params;
    *e = (struct bl_explanation){ .total = x->n, .n = x->n < LISTED_MAX ? x->n : LISTED_MAX, .k = x->o->k, .n_params = p, .loss = NAN };
    e->rows = bl_calloc(e->n, sizeof *e->rows);
    e->train_rows = bl_calloc(e->n, sizeof *e->train_rows);
    e->margins = bl_calloc(e->n * e->k, sizeof *e->margins);
    e->residuals = bl_calloc(e->n * e->k, sizeof *e->residuals);
    e->slopes = bl_calloc(e->n * e->k, sizeof *e->slopes);
    e->gradient = bl_calloc(p, sizeof *e->gradient);
    e->before = bl_calloc(p, sizeof *e->before);
    e->after = bl_calloc(p, sizeof *e->after);
    if (e->rows && e->train_rows && e->margins && e->residuals && e->slopes && e->gradient && e->before && e->after)
        return true;
    return bl_fail_memory(err, "the explanation");
}

static bool list_rows(struct explaining *x, struct bl_error *err)
{
    const struct bl_objective *o = x->o;
    struct bl_explanation *e = x->e;
    for (size_t i = 0; i < e->n; i++) {
        e->train_rows[i] = (uint32_t)(x->index ? x->index[i] : i);
        e->rows[i] = o->train->row[e->train_rows[i]];
    }
    if (!bl_objective_margins_of(o, e->before, e->train_rows, e->n, e->margins, err))
        return false;
    for (size_t i = 0; i < e->n; i++) {
        size_t at = x->index ? x->index[i] : i;
        double *z = e->margins + i * e->k;
        bl_row_slope(o, z, at, e->slopes + i * e->k);
        for (size_t c = 0; x->t->importance && c < e->k; c++) { /* instead of what the row counts by itself */
            double own = bl_row_weight(o, at);
            e->slopes[i * e->k + c] *= own > 0 ? x->t->importance[at] / own : 0;
        }
        if (o->type->residual)
            o->type->residual(z, o->train->y[at], e->residuals + i * e->k);
        else
            o->type->slope(z, o->train->y[at], o->k, o->hyper, e->residuals + i * e->k);
    }
    return true;
}

/* The rows as the update meets them: of a network its training form, with the streams of that update. */
static struct bl_batch batch_of(struct explaining *x)
{
    struct bl_batch b = bl_run_batch(x->t);
    b.index = x->index;
    b.first = 0;
    b.n = b.known = x->n;
    b.training = x->t->set.regime != BL_FULL;
    return b;
}

/* ---- the update ----------------------------------------------------------------------------------- */

static double *copy_state(const struct bl_trainer *t, size_t doubles, struct bl_error *err)
{
    const double *from = bl_trainer_state(t);
    double *state = bl_calloc(doubles ? doubles : 1, sizeof *state);
    if (!state)
        bl_fail_memory(err, "the state of the optimizer");
    else if (from && doubles)
        memcpy(state, from, doubles * sizeof *state);
    return state;
}

static bool by_optimizer(struct explaining *x, struct bl_workspace *w, struct bl_error *err)
{
    const struct bl_settings *set = bl_trainer_settings(x->t);
    struct bl_explanation *e = x->e;
    struct bl_batch rows = batch_of(x);
    rows.weight = x->t->importance;
    double *state = copy_state(x->t, x->t->n_state, err), *cut = bl_calloc(e->n_params, sizeof *cut);
    bool ok = state && cut ? true : bl_fail_memory(err, "the update");
    bool estimated = set->optimizer->estimate != BL_ROWS || set->accumulate > 1;
    if (ok && estimated) {
        bl_workspace_forget(x->t->w);
        bl_run_estimate(x->t, state, &rows, e->gradient, &e->loss, NULL);
    }
    if (ok) {
        bl_optimizer_step(set, x->o, state, (uint64_t)((int64_t)x->t->now.update + 1 + x->t->origin.steps), e->lr, bl_run_clip(x->t, e->gradient, cut), e->after);
        bl_workspace_settle(estimated ? x->t->w : w, x->t->now.update + 1, e->after);
    }
    bl_free(state);
    bl_free(cut);
    return ok;
}

/* Plain gradient descent with one row an update runs through a kernel of its own, whose last bits
 * differ from those of gradient and rule. */
static bool by_kernel(struct explaining *x, struct bl_workspace *w, struct bl_error *err)
{
    struct bl_batch one = { .index = x->index, .n = 1, .known = 1, .weight = x->t->importance };
    double *margins = bl_aligned(BL_SGD_BLOCK, x->o->k * sizeof *margins);
    if (!margins)
        return bl_fail_memory(err, "the update");
    bl_sgd_begin(x->o, x->e->before, w);
    bl_sgd_rows(x->o, &one, x->e->lr, margins, w);
    bl_sgd_end(x->o, x->e->after, w);
    bl_free(margins);
    return true;
}

static bool by_search(struct explaining *x, struct bl_error *err)
{
    struct bl_searched found;
    double *gradient = bl_calloc(x->e->n_params, sizeof *gradient);

    if (!gradient)
        return bl_fail_memory(err, "the update");
    bl_run_search(x->t, x->e->before, x->e->loss, x->e->gradient, x->e->after, gradient, &found, NULL);
    x->e->lr = found.step;
    if (!(found.step > 0))
        memcpy(x->e->after, x->e->before, x->e->n_params * sizeof *x->e->after);
    bl_free(gradient);
    return true;
}

static bool by_solver(struct explaining *x, struct bl_workspace *w, struct bl_error *err)
{
    const struct bl_settings *set = bl_trainer_settings(x->t);
    uint64_t evaluations = 0;
    bool converged = false;
    double *state = copy_state(x->t, set->solver->state_size(x->o), err);
    if (!state)
        return false;
    bool ok = set->solver->iterate(x->o, x->e->after, state, w, bl_trainer_pool(x->t), NULL, &evaluations, &converged, err);
    bl_free(state);
    return ok;
}

static bool update(struct explaining *x, struct bl_error *err)
{
    struct bl_explanation *e = x->e;
    bool full = bl_trainer_settings(x->t)->regime == BL_FULL;
    struct bl_workspace *w = bl_workspace_create(x->o, bl_trainer_pool(x->t), err);
    struct bl_batch rows = batch_of(x);
    if (!w || !bl_workspace_reserve(w, x->n, err)) {
        bl_workspace_free(w);
        return false;
    }
    size_t bytes = e->n_params * sizeof *e->before;
    memcpy(e->before, x->t->live, bytes);
    memcpy(e->after, e->before, bytes);
    e->lr = full ? NAN : bl_trainer_lr_now(x->t);
    rows.weight = full ? NULL : x->t->importance;
    e->loss = bl_batch_pass(x->o, e->before, &rows, e->gradient, w, NULL, NULL);
    bool ok = list_rows(x, err), searched = x->t->searched && !x->index;
    ok = ok && (full ? by_solver(x, w, err) : searched ? by_search(x, err) : x->t->fused && x->n == 1 ? by_kernel(x, w, err) : by_optimizer(x, w, err));
    bl_workspace_free(w);
    return ok;
}

struct bl_explanation *bl_explain(struct bl_trainer *t, const uint32_t *rows, size_t n, struct bl_error *err)
{
    struct explaining x = { .t = t, .o = bl_trainer_objective(t) };
    x.e = bl_calloc(1, sizeof *x.e);
    bool ok = x.e ? true : bl_fail_memory(err, "the explanation");
    ok = ok && (rows ? rows_given(&x, rows, n, err) : rows_next(&x, err)) && take(&x, err) && update(&x, err);
    bl_free(x.index);
    if (ok)
        return x.e;
    bl_explanation_free(x.e);
    return NULL;
}

void bl_explanation_free(struct bl_explanation *e)
{
    if (!e)
        return;
    bl_free(e->rows);
    bl_free(e->train_rows);
    bl_free(e->margins);
    bl_free(e->residuals);
    bl_free(e->slopes);
    bl_free(e->gradient);
    bl_free(e->before);
    bl_free(e->after);
    bl_free(e);
}
