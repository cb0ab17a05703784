/* full:lbfgs: quasi-Newton with the last ten steps as memory (Nocedal 1980). */
#include "src/learn/descent.h"
#include "src/learn/solvers.h"

#define PAIRS 10

static size_t state_size(const struct bl_objective *o)
{
    return bl_lbfgs_size(o, PAIRS);
}

static bool iterate(const struct bl_objective *o, double *theta, double *state, struct bl_workspace *w, struct bl_pool *pool,
                    struct bl_progress *progress, uint64_t *evaluations, bool *converged, struct bl_error *err)
{
    (void)pool;
    (void)progress;
    (void)err;
    return bl_lbfgs_iterate(o, theta, state, PAIRS, w, evaluations, converged);
}

const struct bl_solver_type bl_solver_lbfgs = { "lbfgs", "L-BFGS: curvature from the last ten steps", false, false, state_size, iterate };
