/* Figures of an evaluation by their place in the table of metrics. Private to the room. */
#ifndef BATCHLAB_EVALUATE_FIGURES_H
#define BATCHLAB_EVALUATE_FIGURES_H

#include "batchlab/evaluate.h"

enum { CLASS_LOSS, CLASS_ACCURACY, CLASS_BALANCED, CLASS_PRECISION, CLASS_RECALL, CLASS_F1, CLASS_AUC, CLASS_PR_AUC, CLASS_LOG_LOSS,
       CLASS_BRIER, CLASS_ECE };
enum { VALUE_LOSS, VALUE_MSE, VALUE_RMSE, VALUE_MAE, VALUE_R2 };

/* Every metric of the task, not yet measured. */
void bl_evaluation_start(struct bl_evaluation *e, enum bl_task task);
/* A value that is not finite keeps the reason. */
void bl_evaluation_set(struct bl_evaluation *e, size_t at, double value, const char *reason);

#endif
