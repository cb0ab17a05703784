/* keep: models that outlive the session. An artifact is one safetensors file; the registry numbers the
 * versions of each name and knows where their files are. Knows no command and no terminal. */
#ifndef BATCHLAB_KEEP_H
#define BATCHLAB_KEEP_H

#include "batchlab/evaluate.h"

/* ---- artifacts -----------------------------------------------------------------------------------
 * Layout: 8 bytes length of the header (little-endian), the header (JSON, blanks behind it up to a multiple
 * of 8), the tensors: "parameters" (F64, k x (intercept + features); of a network one dimension) and, where the
 * recipe has fitted numbers, "recipe" (F64). `__metadata__` holds texts alone: "batchlab" (version of the
 * format), model, task, target, classes, positive, features, schema, recipe, hyper, metrics, provenance (all of
 * which but the first four are JSON), and digest: the SHA-256 of the whole file with the 64 characters of the
 * digest written as 0. "sparse" is there where the last features are sparse columns, f<first> and so on, which
 * features does not list: {"first": 1, "features": 47236}. A text above 128 KiB is no text of the metadata but a
 * tensor of bytes (U8) called KEY.json, behind those of numbers: a vocabulary of any size fits below the limit of
 * the header. Format 1 has neither, nor words and numbers that steps share (hash, text, knn): what can be written
 * in it is, so that the batchlab of before reads it. */
#define BL_KEPT_FORMAT "2"
#define BL_KEPT_FORMAT_FIRST "1"
#define BL_KEPT_TEXT_MOST ((size_t)128 << 10) /* longer ones are tensors */
#define BL_KEPT_HEADER_MOST ((size_t)1 << 20)
#define BL_KEPT_FILE_MOST ((size_t)1 << 30)

struct bl_kept_parts { /* what is to be kept; all lent */
    const struct bl_recipe *recipe;       /* fitted */
    const struct bl_roles *roles;
    const char *target;                   /* name of the target column */
    const struct bl_objective *objective;
    const double *theta;
    const char *metrics, *provenance;     /* JSON objects */
};
/* The file as bytes (bl_free) and the SHA-256 of all of them, by which the registry knows it. Refused:
 * parameters that are not finite, what bl_recipe_store refuses, a header above a mebibyte (very many classes). */
bool bl_kept_encode(const struct bl_kept_parts *p, char **bytes, size_t *n, char sha256[65], struct bl_error *err);

struct bl_kept { /* a model that was read: frozen, it predicts */
    struct bl_recipe *recipe;
    struct bl_roles roles;                /* task, classes, positive; no columns, target SIZE_MAX */
    char *target;
    struct bl_objective objective;        /* of no rows: for predicting alone */
    struct bl_matrix *blank;              /* private: what the objective was made from */
    double *theta;
    char *metrics, *provenance, *recipe_text; /* JSON */
    double *recipe_numbers; size_t n_recipe_numbers;
};
/* Reads one; `label` names it in errors. Strict: every limit is checked before memory is taken, sizes against the
 * bytes that are there, the digest, then what it means. NULL: BL_DATA with what is wrong. */
struct bl_kept *bl_kept_decode(const char *bytes, size_t n, const char *label, struct bl_error *err);
void bl_kept_free(struct bl_kept *k);
/* Does a table have the columns that the model reads, with their types? Else an error that lists what is missing
 * or of another type. */
bool bl_kept_fits(const struct bl_kept *k, const struct bl_table *t, struct bl_error *err);

/* ---- exporters: adding one is one file and one line in the table (export.c) -------------------------------
 * A model with its whole recipe in the form of another program. Steps that the form has no operation for are refused by
 * their names, and so are sparse columns. Rows inside a file, by which it can be tested, are the first
 * ones of a table (NULL: none) and rows that are made up: values around the training values, every level, one that
 * is not known, missing cells. */
struct bl_export_how {                    /* zero-initialised: all defaults */
    const char *prefix;                   /* c: begins every name in the file; NULL: "model" */
    const struct bl_table *table;         /* rows for tests; NULL: only those that are made up */
    bool single;                          /* onnx: computes in float, else in double */
};
struct bl_exporter {
    const char *name, *summary;           /* "c", "one C file without dependencies" */
    /* The bytes of the file; `out` may be failed. metrics and provenance of the model may be NULL. */
    bool (*write)(const struct bl_kept_parts *model, const struct bl_export_how *how, struct bl_text *out, struct bl_error *err);
};
extern const struct bl_exporter *const bl_exporters[]; /* NULL-terminated */
const struct bl_exporter *bl_exporter_named(const char *name); /* NULL: none */
/* The bytes of a TensorBoard event file: of each point the scalars loss/train, loss/validation, objective, gradient_norm,
 * lr and epoch; what is not there is left out. Epochs as steps take the points at ends of epochs alone. start: wall-clock
 * seconds since 1970 of the beginning. */
enum bl_event_step { BL_EVENT_UPDATES, BL_EVENT_SAMPLES, BL_EVENT_EPOCHS };
void bl_events_write(const struct bl_point *points, size_t n, enum bl_event_step step, double start, struct bl_text *out);
/* The model that was read, as parts to export; lent. */
struct bl_kept_parts bl_kept_lend(const struct bl_kept *k);

/* ---- the gate ------------------------------------------------------------------------------------
 * Whether a candidate is better than a rival on the same rows. `better` is the difference of a metric, positive where the
 * candidate is better whichever way the metric points; its interval is the paired bootstrap at `level`. Promote: all of
 * the interval lies above the margin. Reject: all of it lies below. Hold: the margin lies between, or there are fewer
 * than least_rows rows, or the metric does not exist on them. With groups, one that is worse by more than group_margin
 * rejects if its interval (at a level that holds for all groups together, Bonferroni) says so too, else holds. */
enum bl_decision { BL_PROMOTE, BL_HOLD, BL_REJECT };
extern const char *const bl_decisions[]; /* in the order of the enum, NULL-terminated */
struct bl_gate_how { const struct bl_metric *metric; double margin, group_margin, level; size_t resamples, least_rows; uint64_t seed; };
struct bl_gate_rows { /* lent */
    const double *candidate, *rival, *y; /* predictions n × k (k 1: values), truth (nan: the row does not count) */
    size_t n, k;
    const uint32_t *group; const char *const *labels; size_t n_groups; /* group NULL: none; a row of no group counts in the whole alone */
};
struct bl_gate_side { size_t rows; double candidate, rival, better, low, high; };
struct bl_gate_group { const char *label; struct bl_gate_side side; };
#define BL_GATE_REASONS 12
struct bl_gate {
    enum bl_decision decision;
    struct bl_gate_side whole;
    struct bl_mcnemar mcnemar;           /* of classes: only the candidate, only the rival decides the row rightly */
    struct bl_gate_group *groups; size_t n_groups; /* those that have rows */
    char reasons[BL_GATE_REASONS][300]; size_t n_reasons; /* the first about the whole */
};
/* False: stopped, no memory, or a setting of the bootstrap that is out of range. */
bool bl_gate_judge(struct bl_gate *g, const struct bl_gate_how *how, const struct bl_gate_rows *rows, struct bl_pool *pool,
                   struct bl_progress *progress, struct bl_error *err);
void bl_gate_free(struct bl_gate *g);

/* ---- registry ------------------------------------------------------------------------------------
 * A folder: registry.db (SQLite: tables models and journal) and objects/ab/cdef..., files named by their
 * SHA-256. Versions are immutable and numbered from 1 without gaps; at most one champion a name; every change is
 * a row of the journal, which is only added to and chained by hashes. An older registry is led to the newest schema
 * in one transaction, after a copy (registry.db.v1). Built without SQLite, opening fails. */
struct bl_registry;
/* folder NULL: $BATCHLAB_HOME, else $XDG_DATA_HOME/batchlab, else ~/.local/share/batchlab. Made where it is
 * not there, unless `only_read`: then *r may be NULL with true: there is none yet. */
bool bl_registry_open(struct bl_registry **r, const char *folder, bool only_read, struct bl_error *err);
void bl_registry_close(struct bl_registry *r);
const char *bl_registry_folder(const struct bl_registry *r);
/* What opening has to say (no write-ahead log here; may only be read); "" : nothing. */
const char *bl_registry_told(const struct bl_registry *r);

struct bl_kept_row {
    char name[65]; int64_t version; char stage[16], sha256[65], model[32], dataset[128], metric[64]; double value;
    char saved[32];          /* when, UTC: filled in by bl_registry_save */
    int64_t parent;          /* the version that it was retrained from; 0: none */
    char data[65];           /* SHA-256 of the file of its data, "" where there is none */
    char gone[32];           /* when its file was removed; "" : it is there */
};
/* [A-Za-z0-9][A-Za-z0-9._-]{0,63} */
bool bl_kept_name_check(const char *name, struct bl_error *err);
/* Stores the file, then the row: row->version, stage and saved are filled in, the rest is given (sha256 is that of the
 * bytes). The event of the journal is "save", with a parent "retrain". */
bool bl_registry_save(struct bl_registry *r, const char *bytes, size_t n, struct bl_kept_row *row, struct bl_error *err);
/* "NAME" (the champion, else the newest that is not retired, else the newest) or "NAME@VERSION". */
bool bl_registry_find(struct bl_registry *r, const char *spec, struct bl_kept_row *row, struct bl_error *err);
/* "NAME" (the newest candidate) or "NAME@VERSION". */
bool bl_registry_candidate(struct bl_registry *r, const char *spec, struct bl_kept_row *row, struct bl_error *err);
/* The champion of a name now, or at the end of a moment ("2026-11-27T12:00:00Z", told by the journal: its stage is that of
 * now). */
bool bl_registry_champion(struct bl_registry *r, const char *name, const char *until, struct bl_kept_row *row, bool *found, struct bl_error *err);
/* By name, then version; free *rows. */
bool bl_registry_list(struct bl_registry *r, struct bl_kept_row **rows, size_t *n, struct bl_error *err);
/* The bytes of a version, checked against its hash; free *bytes. */
bool bl_registry_read(struct bl_registry *r, const struct bl_kept_row *row, char **bytes, size_t *n, struct bl_error *err);
/* Is each row of the journal chained to the one before? An error names the first that is not. */
bool bl_registry_check(struct bl_registry *r, struct bl_error *err);
/* Writes a decision ("promote", "hold", "reject") on a version down, with its reasons (JSON). Promoting makes it the
 * champion and retires the old one, in one transaction; refused if `champion` (the version it was compared with, 0: none)
 * is not the champion any more. */
bool bl_registry_decide(struct bl_registry *r, struct bl_kept_row *row, const char *decision, int64_t champion, const char *why,
                        struct bl_error *err);
/* The champion can not be retired. */
bool bl_registry_retire(struct bl_registry *r, struct bl_kept_row *row, const char *why, struct bl_error *err);
/* The champion before the present one is champion again: `promote` puts a version on a stack, `rollback` takes it off. */
bool bl_registry_rollback(struct bl_registry *r, const char *name, struct bl_kept_row *from, struct bl_kept_row *row, struct bl_error *err);
/* Another row of the journal about a version ("drift", "look"). */
bool bl_registry_note(struct bl_registry *r, const char *event, const struct bl_kept_row *row, const char *why, struct bl_error *err);
/* How many rows the journal has of event "look" with this SHA-256. */
bool bl_registry_looks(struct bl_registry *r, const char *sha256, size_t *n, struct bl_error *err);
struct bl_journal_row { int64_t number, version; char at[32], event[32], name[65], sha256[65]; char *why; };
/* Of a name (NULL: of all), in order. */
bool bl_registry_journal(struct bl_registry *r, const char *name, struct bl_journal_row **rows, size_t *n, struct bl_error *err);
void bl_journal_free(struct bl_journal_row *rows, size_t n);

/* Data that a model was retrained on stays in the registry, by content: what was made out of a file that is replaced every
 * night can be made again. A command names it kept:SHA256. */
bool bl_registry_data_keep(struct bl_registry *r, const char *bytes, size_t n, const char *name, char sha256[65], struct bl_error *err);
bool bl_registry_data_path(const struct bl_registry *r, const char *sha256, char *path, size_t size, struct bl_error *err);

/* What models were trained on, with the figures of its columns. */
struct bl_data_row { char sha256[65]; char *made, *name, *path, *profile /* JSON */; int64_t rows, columns; char at[32]; };
bool bl_registry_data_known(struct bl_registry *r, const char *sha256, const char *made, bool *known, struct bl_error *err);
/* One that is known stays as it is. */
bool bl_registry_data_note(struct bl_registry *r, const struct bl_data_row *row, struct bl_error *err);
/* All of one source, in the order of their commands; bl_data_free. */
bool bl_registry_data_list(struct bl_registry *r, const char *sha256, struct bl_data_row **rows, size_t *n, struct bl_error *err);
void bl_data_free(struct bl_data_row *rows, size_t n);

/* What is not needed any more: with `retired` the files of retired versions (their rows stay, and say so), and in any case
 * files older than so many seconds that no version names, which an interrupted save leaves. Opening to write does the latter
 * once a day, for those older than a day. dry: only counted. */
struct bl_gc { size_t orphans, versions; uint64_t bytes; /* of the files removed */ };
bool bl_registry_gc(struct bl_registry *r, bool retired, double older, bool dry, struct bl_gc *out, struct bl_error *err);

/* ---- runs in the registry: what was trained, with every point -----------------------------------------------*/
struct bl_run_row {
    int64_t number;                      /* 0: a new one; filled in */
    char at[32], dataset[128], data[65] /* SHA-256 of its source */, model[32], what[64] /* "mini 32 adam" */, status[16];
    char *settings, *commands;           /* JSON: object of the settings that count, list of what has to be done to have it again */
    struct bl_point last;                /* where it stands */
    uint64_t seed;
    size_t n_points;
};
/* All in one transaction; one with a number takes the place of that one. `at` and number are filled in. */
bool bl_registry_runs_save(struct bl_registry *r, struct bl_run_row *rows, const struct bl_point *const *points, size_t n, struct bl_error *err);
/* By number; bl_runs_free. */
bool bl_registry_runs(struct bl_registry *r, struct bl_run_row **rows, size_t *n, struct bl_error *err);
/* One with its points (row->n_points; bl_free); bl_run_done. */
bool bl_registry_run(struct bl_registry *r, int64_t number, struct bl_run_row *row, struct bl_point **points, struct bl_error *err);
void bl_run_done(struct bl_run_row *row);
void bl_runs_free(struct bl_run_row *rows, size_t n);

#endif
