/* Rows in the order of the probability of a class, and the areas that follow from it. Private to the room. */
#ifndef BATCHLAB_EVALUATE_RANKING_H
#define BATCHLAB_EVALUATE_RANKING_H

#include "batchlab/evaluate.h"

struct bl_ranking {
    const double *probability, *y; /* n × k; n */
    size_t n, k, rows;             /* rows: those with a truth */
    uint32_t **order;              /* k lists of `rows` rows, ascending; NULL where a probability is nan */
};
bool bl_ranking_make(struct bl_ranking *r, const double *probability, const double *y, size_t n, size_t k, struct bl_pool *pool, struct bl_error *err);
void bl_ranking_done(struct bl_ranking *r);
/* Of class c against the rest, each row counted weight[row] times (NULL: once). auc: share of ordered pairs,
 * ties one half. average precision: sum of (R_i - R_(i-1)) P_i over the thresholds, from the highest down; rows
 * with one probability are one threshold. nan without both kinds (average: without positives). */
void bl_ranking_areas(const struct bl_ranking *r, size_t c, const uint32_t *weight, double *auc, double *average);

#endif
