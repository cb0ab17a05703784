/* A search for settings, shared by the files that make `tune`. */
#ifndef BATCHLAB_COMMANDS_TUNE_H
#define BATCHLAB_COMMANDS_TUNE_H

#include "src/language/commands/grid.h"

enum search_kind { GRID, RANDOM, HALVING };

struct search {
    struct grid grid;
    struct bl_procedure *procedures;
    uint32_t *rows;
    size_t n_rows;
    struct bl_folds folds, outer;
    struct bl_trials trials;         /* of grid and random */
    struct bl_halving halving;
    struct bl_nested nested;
    struct bl_search_point *points;  /* grid.n */
    const struct bl_metric *metrics; size_t n_metrics;
    size_t metric, best, n_known, n_done;
    enum search_kind kind;
    bool stopped, has_outer;
    size_t *order;                   /* points, the best first */
};

/* What a nested search found: lines, a table and the keys of its object. */
void tune_outer_tell(struct bl_session *s, struct bl_result *r, const struct search *x);

#endif
