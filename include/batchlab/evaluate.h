/* evaluate: how good predictions are. Metrics from plain arrays: probabilities or values against
 * the truth. Knows no model, no file and no terminal. */
#ifndef BATCHLAB_EVALUATE_H
#define BATCHLAB_EVALUATE_H

#include "batchlab/data.h"

/* ---- the table of metrics: adding one is one line here and one function
 * ---------------------------*/
struct bl_metric {
    const char *name, *summary; /* "auc", "area under the ROC curve" */
    enum bl_task task;
    bool higher; /* is better */
    size_t at;   /* private: where the figures of its task hold it */
};
extern const struct bl_metric
    bl_metrics[]; /* terminated by name NULL; in the order of the JSON keys */
const struct bl_metric *bl_metric_find(enum bl_task task, const char *name); /* NULL if unknown */

/* ---- one evaluation
 * -------------------------------------------------------------------------------*/
#define BL_METRICS_MAX 16

struct bl_figure {
    const struct bl_metric *metric;
    double value;       /* nan or inf where it does not exist */
    const char *reason; /* why not (static text); NULL where it does */
};
/* A class on its own, against all others. nan where a figure does not exist. */
struct bl_class_figures {
    size_t rows, predicted; /* rows of this class; rows predicted to be of it */
    double precision, recall, f1, auc;
};
struct bl_evaluation {
    enum bl_task task;
    size_t rows; /* those with a known truth */
    size_t n_figures;
    struct bl_figure figures[BL_METRICS_MAX];
    size_t n_classes;  /* 0 for regression */
    size_t *confusion; /* n_classes × n_classes: row = true, column = predicted */
    struct bl_class_figures *classes;
};

/* Classification. `probability` is n × k, `y` the number of the true class (nan: the row does not
 * count), k >= 2. `positive` is the positive class of two (ignored above); where
 * y and probabilities follow bl_roles_y it is 1, and bl_roles_label names the rows of `confusion`. A row is predicted to be
 * of its most probable class, the first on a tie; of two classes the positive one when p > 1/2.
 * `loss` is the mean loss that the model's own objective reports; nan: the cross-entropy (natural
 * logarithm) of the probabilities is taken.
 * accuracy; precision tp/(tp+fp), recall tp/(tp+fn), f1 2tp/(2tp+fp+fn): of the positive class,
 * above two classes the unweighted means over the classes that have rows; auc: the share of
 * (positive, negative) pairs in the right order, ties one half (Mann and Whitney 1947), above two
 * classes the mean of one against the rest. */
bool bl_evaluate_classes(struct bl_evaluation *e, const double *probability, const double *y,
                         size_t n, size_t k, size_t positive, double loss, struct bl_pool *pool,
                         struct bl_error *err);
/* Regression. `loss` as above; nan: half the mean square. mse, rmse, mae;
 * r2 = 1 - sum (y - predicted)^2 / sum (y - mean)^2. */
bool bl_evaluate_values(struct bl_evaluation *e, const double *predicted, const double *y, size_t n,
                        double loss, struct bl_error *err);
/* NULL if the task has no such metric. */
const struct bl_figure *bl_evaluation_figure(const struct bl_evaluation *e, const char *name);
void bl_evaluation_free(struct bl_evaluation *e); /* NULL is fine */

/* The decision for one row, as above: the number of the predicted class. */
size_t bl_decide(const double *probability, size_t k, size_t positive);

#endif
