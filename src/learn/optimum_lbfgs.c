/* The optimum by L-BFGS, where the Hessian would be too large: to a gradient norm of 1e-10. */
#include "src/learn/descent.h"
#include "src/learn/linalg.h"
#include "src/learn/optimum.h"

#include <stdio.h>

#define PAIRS 20
#define ITERATIONS_MAX 20000
#define NORM_AIM 1e-11 /* a tenth of what is promised */
#define NORM_LIMIT 1e-10

static bool run(const struct bl_objective *o, struct bl_workspace *w, struct bl_progress *progress, double *state,
                struct bl_optimum *out, struct bl_error *err)
{
    struct bl_descent s = bl_descent_view(o, state);
    uint64_t evaluations = 0;
    bool converged = false;
    for (out->iterations = 0; out->iterations < ITERATIONS_MAX && !converged; out->iterations++) {
        if (!bl_go_on(progress, err) || !bl_lbfgs_iterate(o, out->theta, state, PAIRS, w, &evaluations, &converged))
            return false;
        if (bl_optimum_separated(o, *s.f, out))
            return true;
        converged |= *s.norm <= NORM_AIM || bl_descent_stalled(o, &s);
    }
    if (*s.norm > NORM_LIMIT && *s.norm > 1e-13 * *s.started) {
        out->exists = false;
        snprintf(out->reason, sizeof out->reason, "L-BFGS reached a gradient norm of %.1e after %zu iterations, not 1e-10 (prep standardize, or set l2=0.01)",
                 *s.norm, out->iterations);
    }
    return true;
}

bool bl_optimum_lbfgs(const struct bl_objective *o, struct bl_workspace *w, struct bl_progress *progress, struct bl_optimum *out,
                      struct bl_error *err)
{
    double *state = bl_calloc(bl_lbfgs_size(o, PAIRS), sizeof *state);
    if (!state)
        return bl_fail_memory(err, "L-BFGS");
    out->method = "lbfgs";
    bool ok = run(o, w, progress, state, out, err);
    if (ok)
        bl_optimum_centre(o, out->theta);
    bl_free(state);
    return ok;
}
