/* What the commands share that judge the current run: eval, confusion, roc, calibration, residuals, check, predict. */
#ifndef BATCHLAB_COMMANDS_JUDGE_H
#define BATCHLAB_COMMANDS_JUDGE_H

#include "batchlab/evaluate.h"
#include "src/language/commands/run.h"

struct judged { const struct bl_prepared *p; const struct bl_objective *o; struct bl_trainer *t; const char *name; /* NULL: a run, no race */ };

extern const char *const bl_all_parts[];        /* train validation test */
extern const char *const bl_open_parts[];   /* train validation: all but the test vault */

/* The contestant that is judged: the only one, or in a race the one with the lowest validation (else training) loss. */
bool judge(struct bl_session *s, struct judged *j, struct bl_error *err);
/* The part that the first word names, else validation, else training rows. Without `vault` the test rows are refused. */
bool judge_part(const struct bl_args *a, const struct judged *j, bool vault, enum bl_part *part, struct bl_error *err);
size_t judge_width(const struct judged *j); /* numbers a row */
/* Predictions for a matrix (free *out), and their figures. */
bool judge_predict(struct bl_session *s, const struct judged *j, const struct bl_matrix *m, double **out, struct bl_error *err);
bool judge_figures(struct bl_session *s, const struct judged *j, const struct bl_matrix *m, struct bl_evaluation *e, struct bl_error *err);
/* Classes are told in ascending order; the number by which models and metrics know a class. */
size_t judge_number(const struct bl_roles *roles, size_t class);
/* split, rows (and contestant); "30 validation rows, at epoch 20". */
void judge_head(struct bl_result *r, const struct judged *j, enum bl_part part, size_t rows);
void confusion_tell(struct bl_result *r, const struct bl_evaluation *e, const struct bl_roles *roles);
/* vault.c: the test rows were looked at, with these figures: counted, and written into the journal. */
void vault_look(struct bl_session *s, const struct judged *j, const struct bl_evaluation *e, struct bl_result *r);
/* A task that the command is not for. */
bool judge_task(const struct judged *j, enum bl_task task, const char *command, const char *instead, struct bl_error *err);

#endif
