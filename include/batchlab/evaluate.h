/* evaluate: how good predictions are, and how good a way of learning is. Metrics from plain arrays
 * (probabilities or values against the truth); folds, and the machinery that prepares rows, fits and
 * judges on all cores: cross-validation, learning curves and tuning stand on it. Knows no file and no
 * terminal. The same bits for every number of threads. */
#ifndef BATCHLAB_EVALUATE_H
#define BATCHLAB_EVALUATE_H

#include "batchlab/learn.h"

/* ---- the table of metrics: adding one is one line here and one function
 * ---------------------------*/
struct bl_metric {
    const char *name, *summary; /* "auc", "area under the ROC curve" */
    enum bl_task task;
    bool higher; /* is better */
    double least, most; /* its range; infinite where there is no end */
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
    double precision, recall, f1, auc, pr_auc;
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
 * classes the mean of one against the rest; pr_auc: average precision, the sum of (R_i - R_(i-1)) P_i over
 * thresholds from the highest down, likewise; balanced_accuracy: mean recall of the classes that have rows;
 * log_loss: the cross-entropy of the probabilities; brier: mean (p - y)^2 of the positive of two classes, above
 * two the sum over the classes (Brier 1950); ece: sum over 10 bins of equal width of the share of rows times
 * |mean probability - share that happened|, of the positive of two classes, above two of the class decided for
 * (Guo, Pleiss, Sun and Weinberger 2017). Rows that do not add up to 1 (margins) have none of the last three. */
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

/* ---- intervals ------------------------------------------------------------------------------------*/
/* Percentile intervals of every metric of the task (in the order of bl_metrics; room for BL_METRICS_MAX), the rows
 * drawn anew `resamples` times from (seed, BL_FOR_BOOTSTRAP, resample). nan where the figure lacks in more than a
 * tenth of them. own_loss: `loss` is the cross-entropy (half the mean square), else it has no interval. */
struct bl_bootstrap { size_t resamples; double level; uint64_t seed; bool own_loss; };
struct bl_interval { double low, high; };
bool bl_bootstrap_classes(const struct bl_bootstrap *how, const double *probability, const double *y, size_t n, size_t k, size_t positive,
                          struct bl_interval *out, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err);
bool bl_bootstrap_values(const struct bl_bootstrap *how, const double *predicted, const double *y, size_t n, struct bl_interval *out,
                         struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err);

/* The difference of two models on the same rows, first minus second, for every metric: both are judged on the same
 * resamples, so that what a row has in common does not blur the difference (the paired bootstrap). k 1: values. */
struct bl_bootstrap_pair {
    const struct bl_bootstrap *how;
    const double *first, *second; /* n × k, or n values */
    const double *y;
    size_t n, k, positive;
};
bool bl_bootstrap_difference(const struct bl_bootstrap_pair *p, struct bl_interval *out, struct bl_pool *pool, struct bl_progress *progress,
                             struct bl_error *err);

/* ---- thresholds and calibration -------------------------------------------------------------------*/
struct bl_threshold { double threshold; size_t tp, fp; double tpr, fpr, precision; }; /* rows with p >= threshold are called positive */
struct bl_thresholds { struct bl_threshold *items; size_t n, positives, negatives; double auc, average_precision; };
/* Of one class against the rest, from above every probability (no row positive) down to the lowest, one for each different
 * probability. Rates are nan without positives or negatives. */
bool bl_thresholds_of(const double *probability, const double *y, size_t n, size_t k, size_t class, struct bl_thresholds *out,
                      struct bl_pool *pool, struct bl_error *err);
void bl_thresholds_free(struct bl_thresholds *t);

#define BL_CALIBRATION_BINS 10
#define BL_CALIBRATION_MOST 50
struct bl_calibration_bin { double low, high, claimed, happened; size_t rows; }; /* means; nan without rows */
struct bl_calibration { size_t n_bins; struct bl_calibration_bin bins[BL_CALIBRATION_MOST]; double ece, worst; };
/* As in `ece`, with 1 to BL_CALIBRATION_MOST bins. Margins are refused. */
bool bl_calibration_of(const double *probability, const double *y, size_t n, size_t k, size_t positive, size_t n_bins,
                       struct bl_calibration *out, struct bl_error *err);

/* ---- folds: which rows are held out when --------------------------------------------------------*/
enum bl_folds_kind {
    BL_FOLDS_STRATIFIED, /* every class (numbers: every stretch of k rows in order of the target) is spread evenly */
    BL_FOLDS_SHUFFLED,   /* by a permutation of the rows */
    BL_FOLDS_CYCLIC,     /* row i, counted among the rows used, in fold i mod k */
    BL_FOLDS_GROUP,      /* rows with equal values of a column stay together; the largest group first to the smallest fold */
    BL_FOLDS_TIME        /* k + 1 blocks in order of a column (SIZE_MAX: of the file); block i is judged by what lies before it */
};
extern const char *const bl_folds_names[]; /* in the order of the enum, NULL-terminated */
struct bl_folds_how { enum bl_folds_kind kind; size_t k, repeats, column; uint64_t seed; };
struct bl_folds {
    struct bl_folds_how how;
    size_t n;                   /* k × repeats */
    uint32_t *rows; size_t n_rows; /* rows of the table, ascending */
    uint32_t *fold;             /* repeats × n_rows: the fold that holds the row out; by time the block, where block 0 only trains */
    char sha256[65];            /* of the bytes of bl_folds_csv */
};
/* Drawn from (seed, BL_FOR_FOLD, repeat). Errors: k below 2 or above the rows, a class with fewer rows
 * than folds (stratified), fewer groups than folds. */
bool bl_folds_make(struct bl_folds *f, const struct bl_table *t, const struct bl_roles *roles, const uint32_t *rows, size_t n,
                   const struct bl_folds_how *how, struct bl_error *err);
/* Rows of the table that fold `fold` (from 0, below n) holds out, or trains on; ascending. Free *rows. */
bool bl_folds_rows(const struct bl_folds *f, size_t fold, bool held, uint32_t **rows, size_t *n, struct bl_error *err);
/* "row,fold" and a line for each row; with repeats "row,fold_1,fold_2". Appends. */
void bl_folds_csv(const struct bl_folds *f, struct bl_text *out);
void bl_folds_free(struct bl_folds *f);

/* ---- one fit: from rows to a judged model ----------------------------------------------------------*/
/* A way of learning: all that a fit needs beside the rows. Lent while it is used. */
struct bl_procedure {
    const struct bl_table *table;
    const struct bl_roles *roles;
    const struct bl_recipe *recipe; /* copied and fitted anew for every fit; NULL: the default recipe */
    struct bl_settings settings;    /* trained for settings.epochs, or until converged */
    double share;                   /* of the training rows that are given, (0, 1]: a keyed, stratified choice, the smaller inside the larger */
    /* The objective of `model` on these rows (bl_objective_done is the caller's). */
    bool (*objective)(const void *model, const struct bl_procedure *p, const struct bl_matrix *train, struct bl_objective *out,
                      struct bl_error *err);
    const void *model;
    char key[65];                   /* names model and settings for bl_memo; "": never kept */
};
/* Rows made ready: the recipe fitted on the training rows alone, and both matrices. */
struct bl_material { struct bl_recipe *recipe; struct bl_matrix *train, *held; /* NULL: no rows held out */ };
bool bl_material_make(struct bl_material *m, const struct bl_procedure *p, const uint32_t *train, size_t n_train, const uint32_t *held,
                      size_t n_held, struct bl_pool *pool, struct bl_warnings *warnings, struct bl_error *err);
void bl_material_free(struct bl_material *m);
struct bl_fit {
    struct bl_objective objective;  /* of the training matrix, which is lent */
    double *theta;                  /* n_params */
    struct bl_point point;          /* figures at its end */
    enum bl_status status;          /* BL_DIVERGED_RUN: theta is that of the last finite update */
    struct bl_error why;            /* diverged: the sentence */
};
/* False: no such model, no memory, or stopped (BL_STOPPED). Divergence is a status. */
bool bl_fit_train(struct bl_fit *f, const struct bl_procedure *p, const struct bl_matrix *train, struct bl_pool *pool,
                  struct bl_progress *progress, struct bl_error *err);
size_t bl_fit_width(const struct bl_fit *f); /* numbers a row in predictions: n_classes, or 1 */
/* Predictions (NULL: not wanted; n_rows × width) and figures (NULL: not wanted) on rows of a matrix with a target. */
bool bl_fit_judge(const struct bl_fit *f, const struct bl_matrix *m, double *predictions, struct bl_evaluation *e, struct bl_pool *pool,
                  struct bl_error *err);
void bl_fit_free(struct bl_fit *f);
/* `share` of n rows, ascending, at least 2 and, for classes, with their shares. Nested: what a smaller share
 * holds, a larger one holds too. Drawn from (seed, BL_FOR_SAMPLE, stream). Free *out. */
bool bl_share_rows(const struct bl_table *t, const struct bl_roles *roles, const uint32_t *rows, size_t n, double share, uint64_t seed,
                   uint32_t stream, uint32_t **out, size_t *n_out, struct bl_error *err);

/* ---- figures of fits that are known already: an interrupted search goes on where it was --------------*/
struct bl_memo;
struct bl_memo *bl_memo_create(void);
void bl_memo_clear(struct bl_memo *m); /* the data changed */
size_t bl_memo_count(const struct bl_memo *m);
void bl_memo_free(struct bl_memo *m);

/* ---- trials: procedures × folds, on all cores ---------------------------------------------------------*/
struct bl_trial { /* one procedure on one fold */
    bool done, known;          /* known: from the memo */
    enum bl_status status;
    size_t rows, train_rows;
    double epochs, seconds;
    double held[BL_METRICS_MAX], train[BL_METRICS_MAX]; /* in the order of bl_metrics of the task; nan where there is none */
    const char *reason[BL_METRICS_MAX];                 /* of held; NULL where finite */
};
struct bl_trials {
    const struct bl_procedure *procedures; size_t n_procedures; /* of one table and target */
    const struct bl_folds *folds;
    bool train_figures;        /* judge on the training rows too */
    bool keep_predictions;
    struct bl_memo *memo;      /* NULL: none; not used with keep_predictions */
    const char *what;          /* for the progress: "cross-validating" */
    struct bl_trial *items;    /* n_procedures × folds->n */
    double *predictions;       /* n_procedures × repeats × folds->n_rows × width; rows never held out (by time) are nan */
    size_t width, n_done, n_known;
    bool stopped;              /* not all are done */
    const struct bl_metric *metrics; size_t n_metrics; /* of the task */
};
/* Fits every procedure on every fold: the recipe is fitted anew on the training rows of each. Matrices of a
 * fold are shared by procedures with the same recipe and share. Fills the lower half of *t; false on
 * error, which names the fold. Stopping is no error. */
bool bl_trials_run(struct bl_trials *t, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err);
const struct bl_trial *bl_trials_at(const struct bl_trials *t, size_t procedure, size_t fold);
/* Mean and sd (k - 1) of a metric over the folds of a procedure; nan where a fold has none, *reason says
 * why (may be NULL). Diverged fits count as inf where lower is better, as -inf elsewhere. False: not all folds are done. */
bool bl_trials_mean(const struct bl_trials *t, size_t procedure, size_t metric, bool train, double *mean, double *sd, const char **reason);
/* The procedure with the best mean (the first on a tie); SIZE_MAX if none is complete and finite. */
size_t bl_trials_best(const struct bl_trials *t, size_t metric);
size_t bl_trials_metric(const struct bl_trials *t, const char *name); /* index, SIZE_MAX if unknown */
void bl_trials_free(struct bl_trials *t);

/* ---- searches over procedures -------------------------------------------------------------------------------*/
struct bl_search_point { /* a procedure over all folds */
    bool done;                  /* all folds */
    size_t folds, diverged, rung;
    double share, rows;         /* training rows of a fit, on average */
    double mean[BL_METRICS_MAX], sd[BL_METRICS_MAX], train_mean[BL_METRICS_MAX], train_sd[BL_METRICS_MAX];
    const char *reason[BL_METRICS_MAX];
};
void bl_point_of_trials(const struct bl_trials *t, size_t procedure, struct bl_search_point *out);
/* Successive halving (Jamieson and Talwalkar 2016): all procedures on few rows, the best third on three times as
 * many, up to all rows. Fits have `least_rows` or more from the first rung on. */
#define BL_RUNGS_MOST 12
struct bl_rung { double share; size_t n; };
struct bl_halving {
    const struct bl_procedure *procedures; size_t n;
    const struct bl_folds *folds;
    struct bl_memo *memo; const char *what;
    size_t metric, least_rows;
    struct bl_rung rungs[BL_RUNGS_MOST]; size_t n_rungs, n_known;
    struct bl_search_point *points; /* n: as it stood at the last rung that it reached */
    bool stopped;
};
bool bl_halving_run(struct bl_halving *h, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err);
void bl_halving_free(struct bl_halving *h);
/* Nested cross-validation: the whole choice is repeated in every outer fold, on inner folds of its training rows
 * alone, and the choice is judged on the rows held out: what a search promises without the luck of the best. */
struct bl_nested_fold { bool done; size_t best, rows; double held[BL_METRICS_MAX]; const char *reason[BL_METRICS_MAX]; };
struct bl_nested {
    const struct bl_procedure *procedures; size_t n;
    const struct bl_folds *outer;
    struct bl_folds_how inner;
    struct bl_memo *memo; const char *what;
    size_t metric;
    struct bl_nested_fold *items; /* outer->n */
    bool stopped;
};
bool bl_nested_run(struct bl_nested *x, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err);
void bl_nested_free(struct bl_nested *x);

/* ---- streams: every row is predicted first and learned from afterwards -------------------------------------
 * Ways of keeping a model up to date, side by side on rows in the order of time (prequential evaluation: Dawid 1984; Gama,
 * Sebastiao and Rodrigues 2013). What predicts a row has seen rows before it alone, recipe included: that of the first fit is
 * fitted on the first part and replayed, every fit from the ground up fits its own. */
enum bl_stream_kind {
    BL_STREAM_FROZEN,  /* trained once, on the first part */
    BL_STREAM_RETRAIN, /* from the ground up every `every` rows, on the newest `window` rows (0: all before) */
    BL_STREAM_DRIFT,   /* from the ground up when its detector alarms: on the newest `window` rows, or (0) on those behind the change
                          once there are bl_stream_least of them, again at twice, four times ... as many, up to the first part */
    BL_STREAM_ONLINE,  /* from the start of its parameters one update for each `block` rows, those of the first part included */
    BL_STREAM_HYBRID   /* trained on the first part, then one update for each `block` rows */
};
extern const char *const bl_stream_kinds[]; /* frozen retrain drift online hybrid, NULL-terminated */
struct bl_stream_strategy {
    char name[96];
    enum bl_stream_kind kind;
    size_t every, window, block;
    double rehearsal;              /* share of the rows of an update that are drawn anew from all rows before it, [0, 1) */
    struct bl_settings update;     /* of updates: lr (nan: 1/L, L of the worst row so far; adaptive optimizers and networks 0.01),
                                      optimizer, its hyper-parameters */
    const struct bl_detector_type *detector; /* on its errors; NULL: none. With other kinds than drift it only watches */
    double keys[BL_DETECTOR_KEYS];
};
struct bl_stream_alarm { size_t row, behind; bool drift; /* else a warning, where one begins */ };
struct bl_stream_outcome {
    size_t fits, updates;
    double passes, seconds;        /* rows whose gradient was computed, and the time of fits and updates */
    struct bl_stream_alarm *alarms; size_t n_alarms;
    double *predictions;           /* of rows first, first + 1 ...: width numbers each */
    double *error, *cumulative;    /* n_points: mean over the rows of the point; over all up to its end */
    double *probe;                 /* n_points + 1, [0] before the stream: mean error on the probe by the model of that time */
    double *spent;                 /* the same: passes so far */
    size_t *refits, n_refits;      /* rows before which a model from the ground up took the place of the one before */
    struct bl_evaluation evaluation; /* over all rows that were tested; its loss is the cross-entropy or half the mean square */
    size_t diverged_at;            /* updates went no further from this row on; SIZE_MAX: they did not diverge */
    size_t failed; struct bl_error why; /* fits that could not be made, so that the model before stayed; the first reason */
};
struct bl_stream {
    const struct bl_procedure *procedure; /* share is not looked at */
    const uint32_t *rows; size_t n;       /* rows of the table in the order of time, each with a target */
    size_t first;                         /* the first part: 2 to n - 1 rows */
    size_t probe;                         /* so many rows of it, drawn from (seed, BL_FOR_SAMPLE), which nobody learns from: old rows, to
                                             measure what is forgotten */
    size_t stretch;                       /* rows of a point */
    uint64_t seed;
    const struct bl_stream_strategy *strategies; size_t n_strategies;
    struct bl_warnings *warnings;
    /* Called by whoever runs the stream, at the end of each point: all of `items` but `evaluation` is that of the first `done` points
     * and may be read until it returns. It changes no bit. NULL: nobody watches. */
    void (*each)(const struct bl_stream *s, void *context);
    void *context;
    struct bl_stream_outcome *items;      /* n_strategies */
    size_t n_points, done, tested, width; /* done: points that are whole */
    bool stopped;                         /* points and figures are those of the rows tested until then */
    struct bl_stream_lot *lot;            /* while it is under way */
};
/* Fills the lower part. The error of a row is 0 or 1 for classes, else the square of the difference. Detectors see 0 or 1, or |error| /
 * (|error| + s), s the mean absolute deviation of the target over the first part, and begin with
 * the errors on the probe; detectors of wrong answers need classes. The same
 * bits for every number of threads and every stretch. Stopping is no error once a point is whole. */
bool bl_stream_run(struct bl_stream *s, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err);
/* The same in two steps. bl_stream_go begins and goes on to the end or until progress->stop, which is no error here; called again it
 * goes on from there, to the same bits (a fit that was under way is made anew). pool, progress and all of the upper part stay as they
 * are until bl_stream_end, which makes the figures of the points that are whole and frees what is needed to go on; with none it is
 * the error BL_STOPPED. After an error of either the stream is free. */
bool bl_stream_go(struct bl_stream *s, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err);
bool bl_stream_end(struct bl_stream *s, struct bl_error *err);
size_t bl_stream_least(const struct bl_stream *s); /* rows behind a change that a fit needs: 50, at least two a column */
size_t bl_stream_point_end(const struct bl_stream *s, size_t point); /* the row behind its last */
void bl_stream_free(struct bl_stream *s);

/* What is known of the changes, and what was found. A change counts as found by the first drift from its row on and before the
 * next change; every other drift is a false alarm. */
struct bl_stream_found { size_t found, missed, false_alarms; double delay; /* mean rows from change to alarm; nan: none was found */ };
void bl_stream_judge(const struct bl_stream_outcome *o, const size_t *changes, size_t n, struct bl_stream_found *out);
/* The row of the alarm that found change i; SIZE_MAX: none. */
size_t bl_stream_found_at(const struct bl_stream_outcome *o, const size_t *changes, size_t n, size_t i);

/* Drift made on purpose, from row `at` of the stream on; with `width` the chance that a row is changed rises evenly from 0 there to 1
 * `width` rows later, drawn from (seed, BL_FOR_NOISE). labels: each class becomes the next (numbers: they are mirrored at their
 * mean over the rows before); swap: features of numbers take each other's place, scaled to the mean and deviation of the place before
 * `at`; shift: features of numbers are moved up by two of their deviations. */
enum bl_inject_kind { BL_INJECT_LABELS, BL_INJECT_SWAP, BL_INJECT_SHIFT };
extern const char *const bl_inject_kinds[]; /* labels swap shift, NULL-terminated */
struct bl_inject { enum bl_inject_kind kind; size_t at, width; };
/* A table of its own of these rows in their order, with the changes, one after the other. */
struct bl_table *bl_inject_drift(const struct bl_table *t, const struct bl_roles *roles, const uint32_t *rows, size_t n,
                                 const struct bl_inject *injections, size_t n_inject, uint64_t seed, struct bl_error *err);

/* ---- what a learning curve says -------------------------------------------------------------------------------*/
enum bl_data_verdict { BL_DATA_HELPS, BL_DATA_ENOUGH, BL_DATA_OVERFIT, BL_DATA_UNSURE };
struct bl_curve_verdict {
    enum bl_data_verdict verdict;
    double half_rows, gain, error; /* gain of the metric from half the rows (nearest point) to all; its corrected error */
    double gap;                    /* how much better the metric is on the training rows */
    bool fits;                     /* held-out = a + b rows^-c (a, b, c > 0 by least squares over the points) */
    double a, b, c, at_double;     /* what that gives for twice the rows */
};
/* Procedures of *t are one way of learning at growing shares, with train_figures; all done. Helps: the last doubling gained
 * more than two errors and the fit promises 1 % more. Enough: it did not, and training and held-out figures lie
 * within 10 %. Overfit: it did not, and they lie apart. */
void bl_curve_judge(const struct bl_trials *t, size_t metric, struct bl_curve_verdict *out);

/* ---- two models on the same rows ------------------------------------------------------------------------*/
struct bl_paired { double difference, error, low, high, t, df, p; bool cut_low, cut_high; /* by bl_paired_within */ };
/* Differences of a figure between two procedures on the same n folds: the resampled t-test with the corrected
 * variance (1/n + held/train) s^2 (Nadeau and Bengio 2003), since training sets overlap; two-sided p with n - 1
 * degrees of freedom, interval at `level`. False (figures nan) below 2 folds or where one is not finite. */
bool bl_paired_test(const double *difference, size_t n, double held_to_train, double level, struct bl_paired *out);
/* Cuts the interval at the ends of the range that the figure has: it covers as often as before, since the figure can lie
 * nowhere else. */
void bl_paired_within(struct bl_paired *x, double least, double most);
/* McNemar's test on rows that only one of two classifiers decides rightly: exact binomial and mid-p (Fagerland,
 * Lydersen and Laake 2013), both two-sided. */
struct bl_mcnemar { size_t only_first, only_second; double exact, mid; };
void bl_mcnemar(size_t only_first, size_t only_second, struct bl_mcnemar *out);

#endif
