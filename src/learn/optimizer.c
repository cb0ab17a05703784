/* The table of optimizers, and what surrounds every update. */
#include "src/learn/optimizer.h"

#include <math.h>
#include <string.h>

const struct bl_optimizer_type *const bl_optimizers[] = {
    &bl_optimizer_gd,
    &bl_optimizer_momentum,
    &bl_optimizer_nesterov,
    &bl_optimizer_adagrad,
    &bl_optimizer_rmsprop,
    &bl_optimizer_adam,
    &bl_optimizer_adamw,
    &bl_optimizer_lion,
    &bl_optimizer_svrg,
    &bl_optimizer_saga,
    NULL,
};

const struct bl_hyper bl_no_hyper[] = {{.name = NULL}};

const struct bl_optimizer_type *bl_optimizer_find(const char *name)
{
    for (size_t i = 0; bl_optimizers[i]; i++)
        if (strcmp(bl_optimizers[i]->name, name) == 0)
            return bl_optimizers[i];
    return NULL;
}

double bl_power(double b, uint64_t t)
{
    double power = 1;

    for (; t; t >>= 1, b *= b)
        if (t & 1)
            power *= b;
    return power;
}

/* Towards 0 by `by`, and no further. */
static double shrunk(double w, double by)
{
    return w > by ? w - by : w < -by ? w + by : isnan(w) ? w : 0;
}

static void proximal_step(const struct bl_settings *s, const struct bl_objective *o, double *state, uint64_t t, double lr, double *theta)
{
    const struct bl_optimizer_type *type = s->optimizer;

    for (size_t p = 0; p < o->n_params; p++) {
        double by = lr * o->l1, w = theta[p];
        if (!bl_objective_penalised(o, p))
            continue;
        theta[p] = shrunk(w, type->metric ? by * type->metric(state, t, s->hyper, o->n_params, p) : by);
        if (type->velocity && lr > 0)
            state[p] += (w - theta[p]) / lr;
    }
}

void bl_optimizer_step(const struct bl_settings *s, const struct bl_objective *o, double *state, uint64_t t, double lr,
                       const double *g, double *theta)
{
    const struct bl_optimizer_type *type = s->optimizer;

    if (type->weight_decay && s->hyper[type->weight_decay - 1] != 0)
        for (size_t p = 0; p < o->n_params; p++)
            if (bl_objective_penalised(o, p))
                theta[p] *= 1 - lr * s->hyper[type->weight_decay - 1];
    type->update(state, t, lr, s->hyper, g, theta, o->n_params);
    if (o->l1 > 0)
        proximal_step(s, o, state, t, lr, theta);
}
