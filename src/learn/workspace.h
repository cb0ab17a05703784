/* The scratch of a pass, and a pass under way; shared by the dense and the sparse one. */
#ifndef BATCHLAB_LEARN_WORKSPACE_H
#define BATCHLAB_LEARN_WORKSPACE_H

#include "src/learn/objective.h"

#define BL_LANES_ALONE (1u << 16) /* multiply-adds below which threads cost more than they gain */
#define BL_STACK_MAX 7            /* sums of lanes that wait for their neighbours: 1 + log2(BL_LANES_MAX) */

struct bl_workspace {
    struct bl_network_workspace *network; /* NULL: the linear family */
    struct bl_pool *pool;
    const struct bl_kernels *kernels;
    const struct bl_kernel_set *set;
    size_t workers, scratch_size;
    size_t vectors, stride;       /* of one output in w: 8 * vectors */
    size_t lane_size, n_lanes;    /* doubles of a lane: k × stride, k biases; lanes of the longest pass */
    double loss[BL_LANES_MAX * 2]; /* of each lane, and its rounding error */
    double *w, *bias;             /* padded parameters */
    double *lanes, *scratch;      /* sparse, unless by_rows: min(n_lanes, BL_STACK_MAX) lanes */
    double *tail;                 /* padded copies of the last rows of a matrix */
    struct bl_rows train;
    double *train_tail;
    bool by_rows;                 /* sparse: few columns, the gradient goes row by row in each lane as that of dense rows */
    double *slopes, *lane_bias;   /* sparse, unless by_rows: of every row of a pass, k each; of every lane */
    double *known, known_loss;    /* of the last pass over all training rows: its theta, its gradient; NULL: not kept */
    bool is_known;
    uint64_t full_passes;         /* that were made, not taken from what is known: for tests */
};

struct bl_pass {
    const struct bl_objective *o;
    struct bl_workspace *w;
    const struct bl_matrix *m;
    const struct bl_rows *rows;
    struct bl_batch batch;
    size_t lanes;
    bool with_gradient;
    struct bl_progress *progress;
};

/* sparse_pass.c: as the dense pass: losses into w->loss, lane by lane, and if w->by_rows the gradient into each lane;
 * else the second puts its sums into the first lane. It is worth nothing after a stop. */
void bl_sparse_margins(struct bl_pass *p);
void bl_sparse_gradient(struct bl_pass *p);
/* One row an update, as the kernels' sgd. */
void bl_sparse_sgd(const struct bl_objective *o, const struct bl_batch *rows, double lr, double *z, struct bl_workspace *w);
/* out[c × stride + j] = sum over rows of slope[row × k + c] × x_j, joined in the lanes of n_rows. */
void bl_sparse_columns(const struct bl_matrix *m, const double *slope, size_t k, size_t stride, double *out, struct bl_pool *pool);

#endif
