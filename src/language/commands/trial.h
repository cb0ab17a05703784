/* What the commands share that fit beside the run (cv, curve, validate, tune): candidates, folds, and how
 * trials are told. */
#ifndef BATCHLAB_COMMANDS_TRIAL_H
#define BATCHLAB_COMMANDS_TRIAL_H

#include "batchlab/evaluate.h"
#include "src/language/commands/run.h"

/* A model and how it is trained. */
struct candidate { char name[160]; struct bl_model model; struct bl_settings settings; };

/* From a contestant ("mini:32", NULL: none) and key=value pairs: model l2 l1 intercept delta tau are of the
 * model, all others of the training. Without a contestant and without a setting of training the model is
 * trained to its optimum. An error of pair i sets *culprit. */
bool candidate_make(struct bl_session *s, const char *contestant, const struct bl_option *pairs, size_t n, struct candidate *out,
                    size_t *culprit, struct bl_error *err);
bool candidate_is_model_key(const char *key);
/* "full:newton", "mini:32": how it is trained, as it is typed. */
const char *candidate_word(const struct candidate *c, char *buffer, size_t size);
/* procedures[i] of candidates[i]; both are lent to what runs them. */
bool candidates_bind(struct bl_session *s, const struct candidate *c, size_t n, struct bl_procedure *procedures, struct bl_error *err);

/* folds= seed= repeats= by= of a command line, and K folds of the given rows. `otherwise`: where folds= is absent,
 * SIZE_MAX: stratified for classes, else shuffled. */
bool trial_folds(struct bl_session *s, const struct bl_args *a, size_t k, const uint32_t *rows, size_t n, struct bl_folds *out,
                 struct bl_error *err);
void trial_folds_json(struct bl_result *r, const struct bl_folds *f);
const char *trial_folds_words(const struct bl_folds *f, char *buffer, size_t size); /* "5 stratified folds, 3 repeats" */
#define TRIAL_FOLD_KEYS \
    { "folds", "stratified|shuffled|cyclic|group|time", "default: stratified for classes, else shuffled" }, \
    { "seed", "", "of the folds (default: the session's)" }, { "repeats", "", "deal the rows out so often (default 1)" }, \
    { "by", "", "column of the groups, or of time (default: file order)" }

/* metric=NAME, else `otherwise`; its index among the metrics of the task. */
bool trial_metric(struct bl_session *s, const struct bl_args *a, const char *otherwise, size_t *metric, struct bl_error *err);
const struct bl_metric *trial_metrics(enum bl_task task, size_t *n);
/* Objects with the mean and the sd of every metric. */
void trial_means_json(struct bl_result *r, const struct bl_trials *t, size_t procedure, bool train, json_t *mean, json_t *sd);
/* Training and held-out figures over x, with one sd around the latter; values: n × (x, training, held out, low, high). */
struct trial_band { const char *x_label, *y_label; bool log_x; };
void trial_band_draw(struct bl_result *r, const struct trial_band *band, const double *values, size_t n);
/* vault.c. Says how often the test rows were looked at, if they were, in earlier sessions too. */
void vault_tell(struct bl_session *s, struct bl_result *r);

#endif
