/* stream and finetune: what they share, and what was parsed. */
#ifndef BATCHLAB_COMMANDS_STREAM_H
#define BATCHLAB_COMMANDS_STREAM_H

#include "src/language/commands/trial.h"

enum { STREAM_MOST = 16, STREAM_CHANGES = 64 };

struct stream { /* a stream as it was asked for, and what came out */
    struct bl_streaming work;    /* first: what the workbench has of it */
    const struct bl_dataset *d;
    struct bl_table *table;      /* the rows of file and dataset together, or with drift made on purpose; NULL: the dataset's own */
    const struct bl_table *from; /* what is streamed: table or the dataset's */
    char *source;                /* where later rows come from; NULL: the dataset itself */
    struct candidate candidate;  /* model, and how fits are trained */
    struct bl_procedure procedure;
    struct bl_stream_strategy strategies[STREAM_MOST];
    size_t n_strategies;
    uint32_t *rows;              /* of dataset and file together, in the order of time */
    uint32_t *places;            /* 0, 1, 2 ...: rows of a table with drift made on purpose; NULL: there is none */
    size_t left_out;             /* rows without a target */
    size_t unknown; char unknown_class[64]; /* rows of the file whose class the dataset does not have, and the first such */
    size_t by;                   /* column of the order; SIZE_MAX: that of the file */
    struct bl_inject inject[STREAM_CHANGES];
    size_t n_inject;
    size_t changes[STREAM_CHANGES], n_changes; /* known rows of change, ascending */
};

/* strategies= and the keys that hold for all of them. first: rows of the first part. */
bool stream_strategies(struct bl_session *s, const struct bl_args *a, size_t first, struct stream *x, struct bl_error *err);
/* One key=value of updates: lr optimizer and its hyper-parameters; *known false where it is none of them. */
bool stream_update_key(struct bl_settings *set, const char *key, const char *value, bool *known, struct bl_error *err);
void stream_tell(struct bl_session *s, struct bl_result *r, struct stream *x);

/* stream_live.c: takes x over, runs it in the background and tells what came out; in the dashboard it is seen there. */
bool stream_go(struct bl_session *s, struct stream *x, bool watch, struct bl_result *r, struct bl_error *err);
/* Is there one that is paused (it is brought to rest)? It goes on, as `run` does. */
bool stream_waits(struct bl_session *s);
bool stream_go_on(struct bl_session *s, struct bl_result *r, struct bl_error *err);
bool stream_pause(struct bl_session *s, struct bl_result *r);
/* Behind the dashboard: where it stands, or what came out. False: the last work was none. */
bool stream_after(struct bl_session *s, struct bl_result *r);
/* A line for each strategy and point, where there is no terminal. False: the last work was none. */
bool stream_lines(struct bl_session *s, struct bl_result *r);

#endif
