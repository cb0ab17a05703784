/* The run taken apart along the eigenvectors of the Hessian at its optimum: which directions are done,
 * which hold it back, and how long a quadratic takes. */
#include <math.h>
#include <string.h>

#include "batchlab/learn.h"

enum { DOUBLINGS = 50 }; /* of the number of updates that is looked for: 1e15 */

static double along(const double *vectors, size_t p, size_t i, const double *theta, const double *optimum)
{
    double sum = 0;

    for (size_t j = 0; j < p; j++)
        sum += vectors[j * p + i] * ((theta ? theta[j] : 0) - optimum[j]);
    return sum;
}

static void fill(struct bl_modes *m, const struct bl_theory *theory, const double *start, const double *theta, const double *optimum)
{
    for (size_t i = 0; i < m->n; i++) {
        struct bl_mode *mode = &m->mode[i];
        double value = theory->eigenvalues[i];

        mode->eigenvalue = value;
        mode->rate = 1 - m->lr * value;
        mode->start = along(m->vectors, m->n_params, i, start, optimum);
        mode->now = along(m->vectors, m->n_params, i, theta, optimum);
        mode->gap_start = value / 2 * mode->start * mode->start;
        mode->gap = value / 2 * mode->now * mode->now;
    }
}

static bool is_exact(const struct bl_trainer *t)
{
    const struct bl_settings *set = bl_trainer_settings(t);
    const struct bl_objective *o = bl_trainer_objective(t);

    return o->type->quadratic && !(o->l1 > 0) && set->regime == BL_BATCH && !strcmp(set->optimizer->name, "gd") &&
           !strcmp(set->schedule->name, "constant") && set->warmup == 0 && !(set->clip > 0) && !set->average;
}

bool bl_modes_of(struct bl_trainer *t, const struct bl_optimum *optimum, const struct bl_theory *theory, struct bl_modes *out,
                 struct bl_error *err)
{
    *out = (struct bl_modes){ .n = theory->n_eigenvalues, .n_params = bl_trainer_objective(t)->n_params, .vectors = theory->eigenvectors };
    if (!optimum->exists)
        return bl_fail(err, BL_STATE, "there is no optimum here, so no modes around it: %s", optimum->reason);
    if (!theory->eigenvectors)
        return bl_fail(err, BL_STATE, "%zu parameters are too many for all eigenvectors", out->n_params);
    out->mode = bl_calloc(out->n, sizeof *out->mode);
    if (!out->mode)
        return bl_fail_memory(err, "the eigen-modes");
    out->lr = bl_trainer_lr(t);
    out->exact = is_exact(t);
    fill(out, theory, bl_trainer_objective(t)->start, bl_trainer_theta(t), optimum->theta);
    return true;
}

void bl_modes_done(struct bl_modes *m)
{
    bl_free(m->mode);
    *m = (struct bl_modes){ 0 };
}

/* x to a whole power, by squaring: the same bits on every machine. */
static double power(double x, double whole)
{
    double product = 1;

    for (; whole >= 1; whole = floor(whole / 2), x *= x)
        if (fmod(whole, 2) == 1)
            product *= x;
    return product;
}

double bl_modes_predict(const struct bl_modes *m, double updates)
{
    double sum = 0;

    for (size_t i = 0; i < m->n; i++) {
        double left = power(m->mode[i].rate, updates);
        sum += m->mode[i].gap_start * left * left;
    }
    return sum;
}

double bl_modes_updates_to(const struct bl_modes *m, double gap)
{
    double low = 0, high = 1;

    if (bl_modes_predict(m, 0) <= gap)
        return 0;
    for (int i = 0; !(bl_modes_predict(m, high) <= gap); i++, high *= 2)
        if (i == DOUBLINGS)
            return INFINITY;
    while (high - low > 1) { /* the gap falls with every update wherever it falls for good */
        double middle = floor((low + high) / 2);
        if (bl_modes_predict(m, middle) <= gap)
            high = middle;
        else
            low = middle;
    }
    return high;
}

double bl_mode_updates_to_tenth(const struct bl_mode *mode)
{
    double left = fabs(mode->rate);

    return left < 1 ? bl_log(10) / -bl_log(left) : INFINITY;
}
