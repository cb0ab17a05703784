/* lr=search: the step of batch descent by backtracking. A step is short enough when the objective falls
 * by half of what the slope promises (Armijo 1966, with 1/2: on a quadratic the exact minimum along the
 * gradient still passes), which with l1 is the rule of the proximal step (Beck and Teboulle 2009): the
 * smooth part lies below its own quadratic of curvature 1/step. Twice the last step is tried first, then
 * halves. Where the promise drowns in the rounding of the objective, the slopes decide (Hager and Zhang
 * 2005): the same rule on a quadratic. */
#include "src/learn/optimizer.h"
#include "src/learn/run.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define TRIALS_MAX 60

double bl_search_guess(double gradient_norm)
{
    return gradient_norm > 1 ? 0.5 / gradient_norm : 0.5;
}

static double smooth_part(const struct bl_objective *o, double loss, const double *theta)
{
    struct bl_objective smooth = *o;

    smooth.l1 = 0;
    return loss + bl_objective_penalty(&smooth, theta);
}

static bool short_enough(const struct bl_objective *o, const double *g, const double *trial_g, const double *theta, const double *trial,
                         const double *f /* before, after */, double step)
{
    double square = 0, slope = 0, turn = 0;

    for (size_t p = 0; p < o->n_params; p++) {
        double move = trial[p] - theta[p];
        square += move * move;
        slope += g[p] * move;
        turn += (trial_g[p] - g[p]) * move;
    }
    if (!isfinite(f[1]) || !isfinite(turn))
        return false;
    if (square / step <= 1e4 * DBL_EPSILON * fabs(f[0]))
        return turn <= square / step;
    return f[1] - f[0] - slope <= square / (2 * step);
}

bool bl_run_search(struct bl_trainer *t, const double *theta, double loss, const double *gradient, double *trial,
                   double *trial_gradient, struct bl_searched *out, struct bl_progress *progress)
{
    double step = 2 * t->searched[0], f[2] = {smooth_part(t->o, loss, theta)};
    bool stopped = false;

    *out = (struct bl_searched){.loss = loss};
    for (int i = 0; i < TRIALS_MAX; i++, step /= 2) {
        memcpy(trial, theta, t->o->n_params * sizeof *trial);
        bl_optimizer_step(&t->set, t->o, NULL, 1, step, gradient, trial);
        if (t->n_frozen)
            memcpy(trial, theta, t->n_frozen * sizeof *trial);
        out->passes++;
        out->loss = bl_matrix_pass(t->o, t->o->train, trial, trial_gradient, t->w, progress, &stopped);
        if (stopped)
            return false;
        f[1] = smooth_part(t->o, out->loss, trial);
        if (short_enough(t->o, gradient, trial_gradient, theta, trial, f, step)) {
            out->step = step;
            return true;
        }
    }
    return true; /* nothing is lower: the run stays where it is */
}
