/* The lowest objective that a model can reach on its training rows. */
#include "src/learn/optimum.h"
#include "src/learn/linalg.h"
#include "src/learn/qr.h"

#include <math.h>
#include <stdio.h>

#define QR_COST_MAX 5e8      /* double-double multiplications: about a second */
#define NEWTON_PARAMS_MAX 2000

static const char separated[] = "the classes can be separated: without l2 the objective has no minimum, the weights grow for ever (set l2=0.01)";

bool bl_optimum_none(struct bl_optimum *out, const char *reason)
{
    out->exists = false;
    snprintf(out->reason, sizeof out->reason, "%s", reason);
    return true;
}

static bool expected_counts(const struct bl_objective *o, struct bl_optimum *out)
{
    for (size_t i = 0; i < o->train->n_rows; i++)
        if (o->train->y[i] > 0 && (!o->weight || o->weight[i] > 0))
            return true;
    return !bl_optimum_none(out, "every target is 0: the intercept falls for ever");
}

bool bl_optimum_expected(const struct bl_objective *o, struct bl_optimum *out)
{
    out->exists = true;
    if (o->network) /* with or without hidden layers: the names of its parameters promise no more */
        return !bl_optimum_none(out, bl_objective_spec(o)->n_hidden ? "the objective of a network has many minima, and no method certifies the lowest"
                                                                    : "a network without hidden layers is the model of the task, which has its optimum under its own name");
    if (o->type->kinks) {
        snprintf(out->reason, sizeof out->reason, "the loss of %s has kinks: its minimum lies on some of them, and no method here certifies it (model %s has one that is)",
                 o->type->name, o->type->task == BL_REGRESSION ? "huber" : "svm2");
        return out->exists = false;
    }
    if (!o->type->falls_for_ever || (!o->intercept && o->l2 > 0))
        return true;
    if (o->type->counts)
        return expected_counts(o, out);
    for (size_t c = 0; c < o->n_classes; c++) {
        size_t i = 0;
        while (i < o->train->n_rows && (o->train->y[i] != (double)c || (o->weight && !(o->weight[i] > 0))))
            i++;
        if (i < o->train->n_rows)
            continue;
        snprintf(out->reason, sizeof out->reason, "class %zu of %zu has no training row: its intercept falls for ever (split again, or drop the class)",
                 c + 1, o->n_classes);
        return out->exists = false;
    }
    return true;
}

bool bl_optimum_separated(const struct bl_objective *o, double objective, struct bl_optimum *out)
{
    if (o->type->task != BL_CLASSIFICATION || !o->type->falls_for_ever || o->l2 > 0 || !((double)o->train->n_rows * objective < 0.69 * o->least_weight))
        return false;
    return bl_optimum_none(out, separated);
}

void bl_optimum_centre(const struct bl_objective *o, double *theta)
{
    size_t m = o->d + o->intercept, end = o->l2 > 0 ? o->intercept : m;
    if (!o->type->output_per_class)
        return;
    for (size_t i = 0; i < end; i++) {
        double mean = 0;
        for (size_t a = 0; a < o->k; a++)
            mean += theta[a * m + i] / (double)o->k;
        for (size_t a = 0; a < o->k; a++)
            theta[a * m + i] -= mean;
    }
}

static bool closed_form(const struct bl_objective *o, struct bl_pool *pool, struct bl_progress *progress, struct bl_optimum *out, struct bl_error *err)
{
    size_t rank = 0;
    out->method = "closed form";
    out->iterations = 1;
    out->exists = true;
    if (!bl_least_squares(o, out->theta, &rank, pool, progress, err))
        return false;
    if (rank < o->n_params)
        snprintf(out->reason, sizeof out->reason, "columns depend on each other: more than one set of parameters reaches the optimum, this is the shortest");
    return true;
}

static bool choose(const struct bl_objective *o, struct bl_workspace *w, struct bl_pool *pool, struct bl_progress *progress,
                   struct bl_optimum *out, struct bl_error *err)
{
    if (o->l1 > 0)
        return bl_optimum_proximal(o, w, pool, progress, out, err);
    if (o->n_params > NEWTON_PARAMS_MAX)
        return bl_optimum_lbfgs(o, w, progress, out, err);
    if (o->type->quadratic && bl_least_squares_cost(o) <= QR_COST_MAX)
        return closed_form(o, pool, progress, out, err);
    if (!o->type->jumps)
        return bl_optimum_newton(o, w, pool, progress, out, err);
    /* Newton's method is exact near the minimum of such a loss, and lost far from it. */
    if (!bl_optimum_lbfgs(o, w, progress, out, err))
        return false;
    out->exists = true;
    out->reason[0] = '\0';
    return bl_optimum_newton(o, w, pool, progress, out, err);
}

static bool judge(const struct bl_objective *o, struct bl_workspace *w, struct bl_optimum *out, struct bl_error *err)
{
    double *g = bl_calloc(o->n_params, sizeof *g);
    if (!g)
        return bl_fail_memory(err, "the optimum");
    out->train_loss = bl_objective_pass(o, o->train, out->theta, g, w);
    out->objective = out->train_loss + bl_objective_penalty(o, out->theta);
    out->gradient_norm = bl_objective_gradient_norm(o, out->theta, g);
    bl_free(g);
    if (out->exists && !(isfinite(out->objective) && isfinite(out->gradient_norm)))
        bl_optimum_none(out, "the numbers leave the range of double precision (prep standardize)");
    return true;
}

bool bl_optimum_find(const struct bl_objective *o, struct bl_pool *pool, struct bl_progress *progress, struct bl_optimum *out, struct bl_error *err)
{
    *out = (struct bl_optimum){ .method = "newton", .objective = NAN, .train_loss = NAN, .gradient_norm = NAN };
    struct bl_workspace *w = bl_workspace_create(o, pool, err);
    if (!w)
        return false;
    out->theta = bl_calloc(o->n_params, sizeof *out->theta);
    bool ok = out->theta ? true : bl_fail_memory(err, "the optimum");
    if (ok && bl_optimum_expected(o, out))
        ok = choose(o, w, pool, progress, out, err) && judge(o, w, out, err);
    bl_workspace_free(w);
    if (!ok)
        bl_optimum_done(out);
    return ok;
}

void bl_optimum_done(struct bl_optimum *o)
{
    bl_free(o->theta);
    *o = (struct bl_optimum){ 0 };
}
