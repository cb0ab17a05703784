/* Newton's method with a line search, one step at a time: for the optimum and for full:newton. */
#ifndef BATCHLAB_LEARN_NEWTON_H
#define BATCHLAB_LEARN_NEWTON_H

#include "src/learn/linalg.h"
#include "batchlab/learn.h"

struct bl_newton {
    const struct bl_objective *o;
    struct bl_workspace *w;          /* lent */
    struct bl_pool *pool;
    struct bl_progress *progress;
    struct bl_factor factor;         /* of the Hessian; factor.n 0: none yet */
    double *h, *g, *step, *trial, *trial_g;
    double f, norm;                  /* objective and |gradient| at theta, after bl_newton_at */
    double decrement;                /* -g'step of the last step: twice the decrease that it promised */
    double gain;                     /* |gradient| before over after the last step */
    bool fine;                       /* that decrease is below the rounding of the objective */
    uint64_t passes;                 /* over the rows, a Hessian counts as one */
};
bool bl_newton_make(struct bl_newton *s, const struct bl_objective *o, struct bl_workspace *w, struct bl_pool *pool,
                    struct bl_progress *progress, struct bl_error *err);
void bl_newton_done(struct bl_newton *s);
/* Objective and gradient at theta. */
void bl_newton_at(struct bl_newton *s, const double *theta);
/* One step; `fresh`: with the Hessian at theta, else with the last one. *moved is false when neither
 * objective nor gradient can be reduced any more; theta then stays. */
bool bl_newton_step(struct bl_newton *s, double *theta, bool fresh, bool *moved, struct bl_error *err);

#endif
