/* Points of a search: every combination of the values that keys are given, or draws from their ranges. */
#ifndef BATCHLAB_COMMANDS_GRID_H
#define BATCHLAB_COMMANDS_GRID_H

#include "src/language/commands/trial.h"

enum { AXES_MOST = 16, GRID_MOST = 10000 };

struct axis { const char *key, *text; struct bl_values values; };
struct grid {
    const char *contestant;      /* "mini"; NULL: to the optimum */
    struct bl_call call;         /* of the word: mini:32(lr=0.1) */
    struct axis axes[AXES_MOST]; size_t n_axes;
    struct candidate *candidates; /* n */
    char ***values;              /* n × n_axes: the text of each key */
    size_t n;
};
/* Keys of the line that are not in `own` (terminated by name NULL) are axes. draws 0: all combinations; else so many
 * points drawn from (seed, BL_FOR_TUNE, point): log-uniform in ranges of rates, uniform in others, one of a list. */
bool grid_make(struct bl_session *s, const struct bl_args *a, const struct bl_key *own, size_t draws, uint64_t seed, struct grid *out,
               struct bl_error *err);
void grid_free(struct grid *g);
bool grid_varies(const struct grid *g, size_t axis);
/* "l2=0.01 lr=0.1": the keys that vary, of point i. */
void grid_point_text(const struct grid *g, size_t i, struct bl_text *out);
/* The keys that vary as members of an object; numbers as numbers. */
void grid_point_json(struct bl_result *r, const struct grid *g, size_t i, json_t *to);

#define GRID_MODEL_KEYS \
    { "model", "", "list of models" }, { "l2", "", "weight of the penalty l2/2 |w|^2: list or range" }, \
    { "l1", "", "weight of the penalty l1 |w|_1" }, { "delta", "", "of huber" }, { "tau", "", "of quantile" }, \
    { "intercept", "", "yes, no" }

#endif
