/* What the commands that train share: contestants, and how runs are told. */
#ifndef BATCHLAB_COMMANDS_RUN_H
#define BATCHLAB_COMMANDS_RUN_H

#include "command.h"

enum { CONTESTANTS_MAX = 32 };

/* Contestants from words ("batch", "mini:32(lr=0.1)") and from the pairs that are settings of a run;
 * lists and ranges multiply. Without a word: `otherwise` (NULL-terminated). *n is at most
 * CONTESTANTS_MAX. Keys that are not run settings are left to the caller. */
bool contestants_parse(struct bl_session *s, const struct bl_args *a, const char *const *otherwise,
                       struct bl_contestant *out, size_t *n, struct bl_error *err);

/* The name of a contestant as it is typed: "mini:32 adam" for what tables call "mini 32 adam". */
const char *contestant_word(struct bl_race *race, size_t i, char *buffer, size_t size);
/* The contestant that the first word names, either way; without a word the first. */
bool contestant_find(struct bl_race *race, const struct bl_args *a, size_t *which, struct bl_error *err);

/* One contestant now, with all that tables and JSON show of it. */
struct run_figures {
    const char *name;
    char word[80]; /* the name as it is typed */
    struct bl_point now;
    const struct bl_settings *settings;
    struct bl_trainer *trainer;
    double suboptimality, best, epochs_to_target, samples_to_target, updates_to_target;
    double cost_to_target;      /* in what the race spends; with repeats the median; infinite: not reached */
    size_t rank;                /* in a race, from 1 */
    enum bl_status status;
    bool early;                 /* patience ran out: stands at the best */
    struct bl_patience patience;
};
bool run_figures(struct bl_session *s, size_t i, struct run_figures *out, struct bl_error *err);

/* Prepares the data, and says at the first run on a dataset what was chosen for it. Mini-batches larger than the training rows become all of them, with a warning: small sets are raced
 * with the same words as large ones. */
bool contestants_fit(struct bl_session *s, struct bl_contestant *c, size_t n, struct bl_result *r, struct bl_error *err);

/* Once for data as it is prepared now: warns of features that tell the target exactly (bl_telltale_of). */
void telltale_warn(struct bl_session *s, struct bl_result *r);

/* Starts a run without settings of its own when there is none yet, and says so. */
bool run_needed(struct bl_session *s, struct bl_result *r, struct bl_error *err);
/* "epoch 12 of 20, loss 0.253, down 1.5 percent, valid 0.283": a point as it is spoken; before NULL: the first. */
void run_sentence(struct bl_session *s, const char *name, const struct bl_point *p, const struct bl_point *before, struct bl_text *out);
/* Gives the worker a goal and, unless a dashboard shows it, waits with progress until it ends. */
bool run_advance(struct bl_session *s, struct bl_goal goal, struct bl_error *err);
/* The keys of `train` (one contestant) or of `compare`, the table, and what is to be said. */
bool run_tell_result(struct bl_session *s, struct bl_result *r, struct bl_error *err);
/* The same with a chart of the losses above the table. */
bool run_tell_chart(struct bl_session *s, struct bl_result *r, int height, struct bl_error *err);
/* Behind a dashboard: what goes on is shown where it is, with a chart of this height or without (0), and not stopped for
 * good. In the dashboard nothing. */
bool run_tell_after(struct bl_session *s, struct bl_result *r, int height, struct bl_error *err);

/* Parameters in the shape of `params`: a list, or one list an output. */
json_t *parameters_json(const double *theta, size_t outputs, size_t per_output);

#endif
