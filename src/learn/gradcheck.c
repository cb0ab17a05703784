/* The gradient against central differences. Smooth losses take four points, (8 (f(h) - f(-h)) - (f(2h) -
 * f(-2h))) / 12h, whose error falls with h^4; where slopes or curvatures jump two points close by. */
#include "src/learn/linalg.h"
#include "src/learn/objective.h"

#include <float.h>
#include <math.h>
#include <string.h>

struct checking {
    const struct bl_objective *o;
    struct bl_workspace *w;
    double *theta;
};

static double value_beside(struct checking *c, size_t p, double by)
{
    double at = c->theta[p], f;

    c->theta[p] = at + by;
    f = bl_objective_pass(c->o, c->o->train, c->theta, NULL, c->w) + bl_objective_penalty(c->o, c->theta);
    c->theta[p] = at;
    return f;
}

static double difference(struct checking *c, size_t p)
{
    const struct bl_objective_type *type = c->o->type;
    double size = fmax(1, fabs(c->theta[p])), h;

    if (type->kinks || type->jumps || c->o->l1 > 0) {
        h = 0x1p-20 * size;
        if (c->o->l1 > 0 && fabs(c->theta[p]) < 2 * h)
            h = fabs(c->theta[p]) / 2; /* on one side of the kink at 0 */
        return (value_beside(c, p, h) - value_beside(c, p, -h)) / (2 * h);
    }
    h = 0x1p-10 * size;
    return (8 * (value_beside(c, p, h) - value_beside(c, p, -h)) - (value_beside(c, p, 2 * h) - value_beside(c, p, -2 * h))) / (12 * h);
}

static bool has_derivative(const struct bl_objective *o, const double *theta, size_t p)
{
    return !(o->l1 > 0 && bl_objective_penalised(o, p) && theta[p] == 0);
}

static void compare(struct checking *c, const double *gradient, size_t p, double f, struct bl_gradient_check *out)
{
    const struct bl_objective *o = c->o;
    bool weight = bl_objective_penalised(o, p);
    double analytic = gradient[p] + (weight && o->l1 > 0 ? copysign(o->l1, c->theta[p]) : 0), numeric = difference(c, p);
    double size = fmax(fmax(fabs(analytic), fabs(numeric)), fmax(1e-3 * fabs(f), DBL_MIN)), error = fabs(analytic - numeric) / size;

    out->checked++;
    if (out->checked > 1 && error <= out->worst)
        return;
    out->worst = error;
    out->parameter = p;
    out->analytic = analytic;
    out->numeric = numeric;
}

static bool run(struct checking *c, const double *gradient, size_t most, struct bl_progress *progress,
                struct bl_gradient_check *out, struct bl_error *err)
{
    size_t n = c->o->n_params, take = most && most < n ? most : n;
    double f = value_beside(c, 0, 0);

    for (size_t i = 0; i < take; i++) {
        size_t p = (size_t)((double)i * (double)n / (double)take);
        if (!bl_go_on(progress, err))
            return false;
        if (has_derivative(c->o, c->theta, p))
            compare(c, gradient, p, f, out);
        else
            out->skipped++;
    }
    return true;
}

bool bl_gradient_check_at(const struct bl_objective *o, const double *theta, const double *gradient, size_t most, struct bl_pool *pool,
                          struct bl_progress *progress, struct bl_gradient_check *out, struct bl_error *err)
{
    struct checking c = {.o = o, .w = bl_workspace_create(o, pool, err)};
    double *own = bl_calloc(2, o->n_params * sizeof *own);
    bool ok = c.w != NULL;

    *out = (struct bl_gradient_check){.worst = 0};
    if (!own)
        ok = bl_fail_memory(err, "the check of the gradient");
    if (ok) {
        c.theta = own + o->n_params;
        memcpy(c.theta, theta, o->n_params * sizeof *theta);
        if (!gradient)
            bl_objective_pass(o, o->train, theta, own, c.w);
        ok = run(&c, gradient ? gradient : own, most, progress, out, err);
    }
    bl_free(own);
    bl_workspace_free(c.w);
    return ok;
}
