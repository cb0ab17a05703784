/* Figures of rows with weights. Private to the room. */
#ifndef BATCHLAB_EVALUATE_CLASSES_H
#define BATCHLAB_EVALUATE_CLASSES_H

#include "src/evaluate/figures.h"
#include "src/evaluate/ranking.h"

struct bl_judged { /* predictions and the truth */
    const double *probability, *y;
    const uint32_t *weight; /* n: how often a row counts; NULL: once */
    size_t n, k, positive;
    const struct bl_ranking *ranking;
};
bool bl_classes_check(const double *y, size_t n, size_t k, struct bl_error *err);
bool bl_classes_room(struct bl_evaluation *e, size_t k, struct bl_error *err);
/* Fills an evaluation that has room; may be called again with other weights. */
void bl_classes_judge(struct bl_evaluation *e, const struct bl_judged *j, double loss);

struct bl_measured { const double *predicted, *y; const uint32_t *weight; size_t n; };
/* False: no row has a truth. */
bool bl_values_judge(struct bl_evaluation *e, const struct bl_measured *m, double loss);

#endif
