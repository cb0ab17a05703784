/* Ranks of columns, for Spearman and Kendall. */
#ifndef BL_STATS_RANKS_H
#define BL_STATS_RANKS_H

#include "order.h"

struct bl_ranking {
    const double *const *x;
    const uint32_t *rows; /* which rows; NULL: all */
    size_t n_rows;
    double *ranks;        /* mid-ranks, columns × n_rows; or NULL */
    uint32_t *dense;      /* number of the value among the different ones; or NULL */
    _Atomic bool no_memory;
};
/* Fills the ranks of one column, as a task of the pool. */
void bl_rank_column(void *ranking, size_t column, size_t worker);
/* tau-b of all pairs of columns into c->matrix. */
bool bl_kendall(struct bl_ranking *r, struct bl_pool *pool, struct bl_progress *progress, struct bl_corr *c,
                struct bl_error *err);

#endif
