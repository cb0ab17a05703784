/* A kept model and what it has to beat, with what both say about the same rows. */
#ifndef BATCHLAB_COMMANDS_VERSUS_H
#define BATCHLAB_COMMANDS_VERSUS_H

#include "src/language/commands/keep.h"

struct versus {
    struct bl_kept_row row, over;       /* the candidate, and the version it is compared with (version 0: the baseline) */
    struct bl_kept *candidate, *rival;  /* rival NULL: the baseline */
    struct bl_table *table;             /* the rows are of this one (held) */
    const char *part;                   /* "validation", or "all" of a file */
    uint32_t *rows; size_t n;
    size_t trained_on, closed;          /* left out: rows that one of the two was trained on; test rows of the candidate */
    size_t unknown, incomplete;         /* do not count: rows of a class or with a value that one of the two can not use */
    double *a, *b, *y;                  /* predictions n x k (k 1: values) of candidate and rival, and the truth */
    size_t k;
    char baseline[120];                 /* what the baseline says */
    char unsure[300];                   /* why it is not known which rows were trained on; "" : it is */
};
/* Rows: those of the table that data= names, else the validation rows of the candidate, of whose data the provenance tells
 * how to get it. `candidate`, `rival`, `row` and `over` are given. On failure versus_free. */
bool versus_make(struct versus *v, struct bl_session *s, const char *data, struct bl_warnings *warnings, struct bl_error *err);
void versus_free(struct versus *v);

#endif
