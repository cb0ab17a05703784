/* What the files of the objective know of each other. Private to the room. */
#ifndef BATCHLAB_LEARN_OBJECTIVE_H
#define BATCHLAB_LEARN_OBJECTIVE_H

#include "batchlab/learn.h"
#include "src/learn/kernel.h"

extern const struct bl_objective_type bl_objective_linear, bl_objective_logistic, bl_objective_softmax, bl_objective_svm,
    bl_objective_svm2, bl_objective_huber, bl_objective_quantile, bl_objective_poisson, bl_objective_mlp;

/* Names the random streams of one update of a network. */
struct bl_place {
    uint64_t seed;
    uint32_t epoch, update;
};

/* The batch of one update: the rows index[0] .. index[n - 1] of the training matrix, or first ..
 * first + n - 1 where index is NULL. `known` entries of index (>= n) may be read, to prefetch. */
struct bl_batch {
    const uint32_t *index;
    size_t first, n, known;
    const double *weight; /* of the rows of the training matrix, instead of the objective's; NULL: those */
    bool training;        /* an update: dropout, statistics of the batch; else as predictions are made */
    size_t offset;        /* of its first row in the update, where that is accumulated */
    struct bl_place place;
};

/* Mean loss and gradient over a batch; *stopped (may be NULL) is set, and the result worth nothing,
 * when progress->stop was seen on the way. */
double bl_batch_pass(const struct bl_objective *o, const double *theta, const struct bl_batch *batch, double *gradient,
                     struct bl_workspace *w, struct bl_progress *progress, bool *stopped);
/* The same over all rows of a matrix. */
double bl_matrix_pass(const struct bl_objective *o, const struct bl_matrix *m, const double *theta, double *gradient,
                      struct bl_workspace *w, struct bl_progress *progress, bool *stopped);

/* Gradient descent with one row an update over at most BL_SGD_BLOCK rows of a batch: between the
 * two ends the parameters live in the workspace. z takes n × k margins, each before its update. */
void bl_sgd_begin(const struct bl_objective *o, const double *theta, struct bl_workspace *w);
void bl_sgd_rows(const struct bl_objective *o, const struct bl_batch *rows, double lr, double *z, struct bl_workspace *w);
void bl_sgd_end(const struct bl_objective *o, double *theta, struct bl_workspace *w);

/* What the rows of any matrix with a target count, mean 1 (weight.c); *weight NULL: all alike. Caller
 * frees. False without memory, or where weights are no weights. */
bool bl_weights_of(const struct bl_objective *o, const struct bl_matrix *m, double **weight);

/* ---- one row of a matrix, dense or sparse (rows.c) ------------------------------------------------------
 * Sums have the association of the kernels: a sparse row has the bits of the same row with its zeros
 * written out. Loss, slope and curvature are those of a training row, times what it counts. */
void bl_row_margins(const struct bl_objective *o, const double *theta, const struct bl_matrix *m, size_t row, double *z);
void bl_row_add(const struct bl_matrix *m, size_t row, double u, double *sum); /* sum += u x */
double bl_row_norm2(const struct bl_matrix *m, size_t row);
void bl_row_write(const struct bl_matrix *m, size_t row, double *x);          /* all features */
double bl_row_loss(const struct bl_objective *o, const double *z, size_t row);
void bl_row_slope(const struct bl_objective *o, const double *z, size_t row, double *g);
void bl_row_curvature(const struct bl_objective *o, const double *z, size_t row, double *h);
static inline double bl_row_weight(const struct bl_objective *o, size_t row)
{
    return o->weight ? o->weight[row] : 1;
}

/* Running statistics, gathered by passes with gradient over training batches: forgotten before an update,
 * and settled into theta after update number t. Nothing for models without. */
void bl_workspace_forget(struct bl_workspace *w);
void bl_workspace_settle(struct bl_workspace *w, uint64_t t, double *theta);

/* From now on loss and gradient of the last pass over all training rows are kept, and a pass at the very same
 * parameters takes them from there: a solver has just been where its point is recorded. */
bool bl_workspace_keep(const struct bl_objective *o, struct bl_workspace *w, struct bl_error *err);

double bl_sum_of_squares(const double *x, size_t n); /* divergence.c */

/* For tests: computes with the kernels of another level. */
void bl_workspace_level(struct bl_workspace *w, enum bl_simd level);

#endif
