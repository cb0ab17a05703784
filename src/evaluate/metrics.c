/* The table of metrics. */
#include "src/evaluate/figures.h"

#include <math.h>
#include <string.h>

const struct bl_metric bl_metrics[] = {
    {"loss", "mean loss over the rows, without penalty", BL_CLASSIFICATION, false, 0, INFINITY, CLASS_LOSS},
    {"accuracy", "share of rows whose class is predicted", BL_CLASSIFICATION, true, 0, 1, CLASS_ACCURACY},
    {"balanced_accuracy", "mean over classes of the share found", BL_CLASSIFICATION, true, 0, 1, CLASS_BALANCED},
    {"precision", "of those predicted positive, share right", BL_CLASSIFICATION, true, 0, 1, CLASS_PRECISION},
    {"recall", "of the positive rows, the share found", BL_CLASSIFICATION, true, 0, 1, CLASS_RECALL},
    {"f1", "harmonic mean of precision and recall", BL_CLASSIFICATION, true, 0, 1, CLASS_F1},
    {"auc", "area under the ROC curve", BL_CLASSIFICATION, true, 0, 1, CLASS_AUC},
    {"pr_auc", "area under the precision-recall curve", BL_CLASSIFICATION, true, 0, 1, CLASS_PR_AUC},
    {"log_loss", "mean -ln p of the true class", BL_CLASSIFICATION, false, 0, INFINITY, CLASS_LOG_LOSS},
    {"brier", "mean squared distance of p from the truth", BL_CLASSIFICATION, false, 0, 2, CLASS_BRIER},
    {"ece", "expected calibration error, 10 bins", BL_CLASSIFICATION, false, 0, 1, CLASS_ECE},
    {"loss", "mean loss over the rows, without penalty", BL_REGRESSION, false, 0, INFINITY, VALUE_LOSS},
    {"mse", "mean squared error", BL_REGRESSION, false, 0, INFINITY, VALUE_MSE},
    {"rmse", "root of the mean squared error, target units", BL_REGRESSION, false, 0, INFINITY, VALUE_RMSE},
    {"mae", "mean absolute error, target units", BL_REGRESSION, false, 0, INFINITY, VALUE_MAE},
    {"r2", "share of the target's variance that is explained", BL_REGRESSION, true, -INFINITY, 1, VALUE_R2},
    {NULL, NULL, BL_REGRESSION, false, 0, 0, 0},
};

const struct bl_metric *bl_metric_find(enum bl_task task, const char *name)
{
    for (const struct bl_metric *m = bl_metrics; m->name; m++)
        if (m->task == task && strcmp(m->name, name) == 0)
            return m;
    return NULL;
}

void bl_evaluation_start(struct bl_evaluation *e, enum bl_task task)
{
    *e = (struct bl_evaluation){.task = task};
    for (const struct bl_metric *m = bl_metrics; m->name; m++)
        if (m->task == task)
            e->figures[e->n_figures++] = (struct bl_figure){m, NAN, "not measured"};
}

void bl_evaluation_set(struct bl_evaluation *e, size_t at, double value, const char *reason)
{
    for (size_t i = 0; i < e->n_figures; i++) {
        if (e->figures[i].metric->at != at)
            continue;
        e->figures[i].value = value;
        e->figures[i].reason = isfinite(value) ? NULL : reason;
    }
}

const struct bl_figure *bl_evaluation_figure(const struct bl_evaluation *e, const char *name)
{
    for (size_t i = 0; i < e->n_figures; i++)
        if (strcmp(e->figures[i].metric->name, name) == 0)
            return &e->figures[i];
    return NULL;
}

void bl_evaluation_free(struct bl_evaluation *e)
{
    if (!e)
        return;
    bl_free(e->confusion);
    bl_free(e->classes);
    *e = (struct bl_evaluation){0};
}
