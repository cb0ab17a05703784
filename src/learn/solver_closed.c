/* full:closed: least squares in one step, by QR. */
#include "src/learn/qr.h"
#include "src/learn/solvers.h"

static size_t state_size(const struct bl_objective *o)
{
    (void)o;
    return 0;
}

static bool iterate(const struct bl_objective *o, double *theta, double *state, struct bl_workspace *w, struct bl_pool *pool,
                    struct bl_progress *progress, uint64_t *evaluations, bool *converged, struct bl_error *err)
{
    size_t rank;
    (void)state;
    (void)w;
    if (!bl_least_squares(o, theta, &rank, pool, progress, err))
        return false;
    ++*evaluations;
    *converged = true;
    return true;
}

const struct bl_solver_type bl_solver_closed = { "closed", "least squares by QR: the optimum in one step (linear)", true, false, state_size, iterate };
