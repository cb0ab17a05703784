/* full:newton: one step of Newton's method an epoch, with a fresh Hessian and a line search. */
#include "src/learn/newton.h"
#include "src/learn/solvers.h"

#include <string.h>

/* State: whether f and g are known, f, |g|, g. */
static size_t state_size(const struct bl_objective *o)
{
    return 3 + o->n_params;
}

static bool iterate(const struct bl_objective *o, double *theta, double *state, struct bl_workspace *w, struct bl_pool *pool,
                    struct bl_progress *progress, uint64_t *evaluations, bool *converged, struct bl_error *err)
{
    struct bl_newton s;
    bool moved = false;
    if (!bl_newton_make(&s, o, w, pool, progress, err))
        return false;
    if (state[0] > 0) {
        s.f = state[1];
        s.norm = state[2];
        memcpy(s.g, state + 3, o->n_params * sizeof *s.g);
    } else
        bl_newton_at(&s, theta);
    bool ok = bl_newton_step(&s, theta, true, &moved, err);
    if (ok) {
        state[0] = 1;
        state[1] = s.f;
        state[2] = s.norm;
        memcpy(state + 3, s.g, o->n_params * sizeof *s.g);
        *converged = !moved;
    }
    *evaluations += s.passes;
    bl_newton_done(&s);
    return ok;
}

const struct bl_solver_type bl_solver_newton = { "newton", "Newton's method: the Hessian decides direction and length", false, true, state_size, iterate };
