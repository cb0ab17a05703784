/* Newton's method; see newton.h. Directions that leave the objective as it is (the shift of all
 * biases of softmax, columns that depend on each other) get no step. */
#include "src/learn/newton.h"

#include <float.h>
#include <math.h>

#define HALVINGS_MAX 50

bool bl_newton_make(struct bl_newton *s, const struct bl_objective *o, struct bl_workspace *w, struct bl_pool *pool,
                    struct bl_progress *progress, struct bl_error *err)
{
    size_t n = o->n_params;
    *s = (struct bl_newton){ .o = o, .w = w, .pool = pool, .progress = progress };
    s->h = n && n > SIZE_MAX / n ? NULL : bl_calloc(n * n, sizeof(double));
    s->g = bl_calloc(n, sizeof(double));
    s->step = bl_calloc(n, sizeof(double));
    s->trial = bl_calloc(n, sizeof(double));
    s->trial_g = bl_calloc(n, sizeof(double));
    if (s->h && s->g && s->step && s->trial && s->trial_g)
        return true;
    bl_newton_done(s);
    return bl_fail_memory(err, "Newton's method");
}

void bl_newton_done(struct bl_newton *s)
{
    double *all[] = { s->h, s->g, s->step, s->trial, s->trial_g };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        bl_free(all[i]);
    bl_factor_done(&s->factor);
    *s = (struct bl_newton){ 0 };
}

static double evaluate(struct bl_newton *s, const double *theta, double *gradient)
{
    s->passes++;
    return bl_objective_pass(s->o, s->o->train, theta, gradient, s->w) + bl_objective_penalty(s->o, theta);
}

void bl_newton_at(struct bl_newton *s, const double *theta)
{
    s->f = evaluate(s, theta, s->g);
    s->norm = sqrt(bl_norm2(s->g, s->o->n_params));
}

/* Adding the same number to one parameter of all classes changes no probability of softmax. These
 * directions get a curvature of their own; the gradient has no part in them, so neither has the step. */
static void lift_shifts(const struct bl_objective *o, double *h)
{
    size_t k = o->k, m = o->d + o->intercept, p = o->n_params;
    if (!o->type->output_per_class)
        return;
    for (size_t i = 0; i < m; i++) {
        if (o->l2 > 0 && !(o->intercept && i == 0))
            continue;
        double mean = 0;
        for (size_t a = 0; a < k; a++)
            mean += h[(a * m + i) * p + a * m + i] / (double)(k * k);
        for (size_t a = 0; a < k; a++)
            for (size_t b = 0; b < k; b++)
                h[(a * m + i) * p + b * m + i] += mean;
    }
}

static bool refresh(struct bl_newton *s, const double *theta, struct bl_error *err)
{
    if (!bl_objective_hessian(s->o, theta, s->h, s->pool, s->progress, err))
        return false;
    s->passes++;
    lift_shifts(s->o, s->h);
    bl_factor_done(&s->factor);
    return bl_factor_make(&s->factor, s->h, s->o->n_params, err);
}

static void take_trial(struct bl_newton *s, double *theta, double f, double norm)
{
    for (size_t i = 0; i < s->o->n_params; i++) {
        theta[i] = s->trial[i];
        s->g[i] = s->trial_g[i];
    }
    s->gain = s->norm / norm;
    s->f = f;
    s->norm = norm;
}

static void to_trial(struct bl_newton *s, const double *theta, double t, double *f, double *norm)
{
    for (size_t i = 0; i < s->o->n_params; i++)
        s->trial[i] = theta[i] + t * s->step[i];
    *f = evaluate(s, s->trial, s->trial_g);
    *norm = sqrt(bl_norm2(s->trial_g, s->o->n_params));
}

bool bl_newton_step(struct bl_newton *s, double *theta, bool fresh, bool *moved, struct bl_error *err)
{
    size_t n = s->o->n_params;
    double f, norm, t = 1;
    *moved = false;
    if (!bl_go_on(s->progress, err) || ((fresh || !s->factor.n) && !refresh(s, theta, err)))
        return false;
    if (!(s->norm > 0))
        return true;
    bl_factor_solve(&s->factor, s->g, s->step);
    for (size_t i = 0; i < n; i++)
        s->step[i] = -s->step[i];
    s->decrement = -bl_dot(s->g, s->step, n);
    /* The promised decrease is below what the objective can show: the gradient decides alone. */
    bool fine = s->fine = !(s->decrement > 64 * DBL_EPSILON * fabs(s->f));
    for (int i = 0; i < HALVINGS_MAX; i++, t /= 2) {
        to_trial(s, theta, t, &f, &norm);
        *moved = fine ? norm < 0.5 * s->norm : f <= s->f - 1e-4 * t * s->decrement;
        if (*moved || (fine && norm < s->norm))
            take_trial(s, theta, f, norm);
        if (*moved || fine)
            return true;
    }
    return true;
}
