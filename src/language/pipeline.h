/* The text of a pipeline: what is done unattended with one model. Private to the room.
 *
 *   model NAME                the model of the registry; first
 *   data FILE                 new rows
 *   train COMMANDS            how the first version is made; several lines are one after the other
 *   drift [key=value ...]     new rows against those the champion learned from
 *   retrain [when=drift|always] [key=value ...]
 *   promote [key=value ...]
 *
 * '#' starts a comment, blank lines do not count. Each but `train` stands at most once; drift, retrain and promote run in
 * the order of the file. */
#ifndef BATCHLAB_LANGUAGE_PIPELINE_H
#define BATCHLAB_LANGUAGE_PIPELINE_H

#include "batchlab/base.h"

#define BL_PIPELINE_BYTES 65536

enum bl_pipeline_verb { BL_PIPELINE_MODEL, BL_PIPELINE_DATA, BL_PIPELINE_TRAIN, BL_PIPELINE_DRIFT, BL_PIPELINE_RETRAIN, BL_PIPELINE_PROMOTE, BL_PIPELINE_VERBS };
extern const char *const bl_pipeline_verbs[BL_PIPELINE_VERBS + 1]; /* NULL-terminated */

struct bl_pipeline {
    char *text[BL_PIPELINE_VERBS];   /* what stands behind the verb; NULL: not there. train: lines, parted by newlines */
    size_t line[BL_PIPELINE_VERBS];
    enum bl_pipeline_verb steps[3]; size_t n_steps; /* drift, retrain, promote in their order */
    bool on_drift;                   /* retrain when=drift */
};
/* Errors carry label:line:column. */
bool bl_pipeline_parse(struct bl_pipeline *p, const char *bytes, size_t n, const char *label, struct bl_error *err);
void bl_pipeline_free(struct bl_pipeline *p);

#endif
