/* full:cg: nonlinear conjugate gradients, Polak and Ribiere's beta kept above 0; on a quadratic with
 * its exact line search the linear method of Hestenes and Stiefel (1952). */
#include "src/learn/descent.h"
#include "src/learn/linalg.h"
#include "src/learn/solvers.h"

#include <math.h>

/* more: slope at the start of the last search. */
static size_t state_size(const struct bl_objective *o)
{
    return bl_descent_size(o) + 1;
}

static double beta_of(const struct bl_descent *s, size_t n)
{
    double old = bl_norm2(s->trial_g, n), now = bl_norm2(s->g, n), across = bl_dot(s->g, s->trial_g, n);
    return old > 0 ? fmax(0, (now - across) / old) : 0;
}

/* The new direction; the first trial follows from the last length by equal first-order change. */
static void turn(const struct bl_objective *o, struct bl_descent *s)
{
    size_t n = o->n_params;
    bool afresh = !(*s->count > 0) || (size_t)*s->count % (n < 50 ? 50 : n) == 0;
    double beta = afresh ? 0 : beta_of(s, n), slope = 0;
    for (size_t i = 0; i < n; i++)
        s->direction[i] = beta * s->direction[i] - s->g[i];
    slope = bl_dot(s->g, s->direction, n);
    if (!(slope < 0)) {
        for (size_t i = 0; i < n; i++)
            s->direction[i] = -s->g[i];
        slope = -bl_norm2(s->g, n);
    }
    if (*s->count > 0 && slope < 0)
        *s->last *= s->more[0] / slope;
    s->more[0] = slope;
}

static bool iterate(const struct bl_objective *o, double *theta, double *state, struct bl_workspace *w, struct bl_pool *pool,
                    struct bl_progress *progress, uint64_t *evaluations, bool *converged, struct bl_error *err)
{
    struct bl_descent s = bl_descent_view(o, state);
    (void)pool;
    (void)progress;
    (void)err;
    bl_descent_start(o, theta, &s, w, evaluations);
    turn(o, &s);
    double f = *s.f;
    bool moved = bl_descent_search(o, theta, &s, o->type->quadratic ? 1e-3 : 0.1, w, evaluations);
    if (moved)
        ++*s.count;
    else {
        *s.count = 0;
        *s.last = *s.norm > 1 ? 1 / *s.norm : 1;
    }
    *converged = bl_descent_converged(o, &s, f);
    return true;
}

const struct bl_solver_type bl_solver_cg = { "cg", "conjugate gradients with a line search", false, false, state_size, iterate };
