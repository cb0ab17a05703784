/* Descent along directions with a line search: conjugate gradients and L-BFGS, one iteration at a
 * time. All that an iteration keeps lies in one array of doubles, zero at the start. */
#ifndef BATCHLAB_LEARN_DESCENT_H
#define BATCHLAB_LEARN_DESCENT_H

#include "batchlab/learn.h"

struct bl_descent { /* places inside the state */
    double *started, *f, *norm, *best, *stale, *count, *last; /* one number each */
    double *g, *direction, *trial, *trial_g;                  /* n_params each */
    double *more;                                             /* of the method */
};
#define BL_DESCENT_NUMBERS 8
size_t bl_descent_size(const struct bl_objective *o); /* without `more` */
struct bl_descent bl_descent_view(const struct bl_objective *o, double *state);
/* Objective and gradient at theta into the state, if this is the first iteration. */
void bl_descent_start(const struct bl_objective *o, const double *theta, struct bl_descent *s, struct bl_workspace *w, uint64_t *evaluations);
/* Searches from theta along s->direction, first at t = *s->last, until the slope has shrunk to
 * `flat` of what it was. On success theta, f, g and norm are those of the new point, s->trial and
 * s->trial_g those of the old one. False: nothing better was found. */
bool bl_descent_search(const struct bl_objective *o, double *theta, struct bl_descent *s, double flat, struct bl_workspace *w,
                       uint64_t *evaluations);
/* Counts an iteration. Whether the gradient is at most 1e-13 of its first length, or at most 1e-6 of it
 * and stalled: a search that merely fails has not converged. */
bool bl_descent_converged(const struct bl_objective *o, struct bl_descent *s, double f_before);
/* No better gradient for some dozen iterations in which the objective moved by no more than rounding. */
bool bl_descent_stalled(const struct bl_objective *o, const struct bl_descent *s);

size_t bl_lbfgs_size(const struct bl_objective *o, size_t pairs);
bool bl_lbfgs_iterate(const struct bl_objective *o, double *theta, double *state, size_t pairs, struct bl_workspace *w,
                      uint64_t *evaluations, bool *converged);

#endif
