/* keep: models that outlive the session. An artifact is one safetensors file; the registry numbers the
 * versions of each name and knows where their files are. Knows no command and no terminal. */
#ifndef BATCHLAB_KEEP_H
#define BATCHLAB_KEEP_H

#include "batchlab/learn.h"

/* ---- artifacts -----------------------------------------------------------------------------------
 * Layout: 8 bytes length of the header (little-endian), the header (JSON, blanks behind it up to a multiple
 * of 8), the tensors: "parameters" (F64, k x (intercept + features); of a network one dimension) and, where the
 * recipe has fitted numbers, "recipe" (F64). `__metadata__` holds texts alone: "batchlab" (version of the
 * format), model, task, target, classes, positive, features, schema, recipe, hyper, metrics, provenance (all of
 * which but the first four are JSON), and digest: the SHA-256 of the whole file with the 64 characters of the
 * digest written as 0. */
#define BL_KEPT_FORMAT "1"
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
 * parameters that are not finite, what bl_recipe_store refuses, a header above a mebibyte. */
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
 * A model with its whole recipe in the form of another program. What an artifact can hold can be exported;
 * other recipes are refused as by bl_recipe_store. Rows inside a file, by which it can be tested, are the first
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
/* The model that was read, as parts to export; lent. */
struct bl_kept_parts bl_kept_lend(const struct bl_kept *k);

/* ---- registry ------------------------------------------------------------------------------------
 * A folder: registry.db (SQLite: tables models and journal) and objects/ab/cdef..., files named by their
 * SHA-256. Versions are immutable and numbered from 1 without gaps; at most one champion a name; every change is
 * a row of the journal, which is only added to and chained by hashes. Built without SQLite, opening fails. */
struct bl_registry;
/* folder NULL: $BATCHLAB_HOME, else $XDG_DATA_HOME/batchlab, else ~/.local/share/batchlab. Made where it is
 * not there, unless `only_read`: then *r may be NULL with true: there is none yet. */
bool bl_registry_open(struct bl_registry **r, const char *folder, bool only_read, struct bl_error *err);
void bl_registry_close(struct bl_registry *r);
const char *bl_registry_folder(const struct bl_registry *r);

struct bl_kept_row { char name[65]; int64_t version; char stage[16], sha256[65], model[32], dataset[128], metric[64]; double value; };
/* [A-Za-z0-9][A-Za-z0-9._-]{0,63} */
bool bl_kept_name_check(const char *name, struct bl_error *err);
/* Stores the file, then the row: row->version and stage are filled in, the rest is given (sha256 is that of the bytes). */
bool bl_registry_save(struct bl_registry *r, const char *bytes, size_t n, struct bl_kept_row *row, struct bl_error *err);
/* "NAME" (the champion, else the newest that is not retired, else the newest) or "NAME@VERSION". */
bool bl_registry_find(struct bl_registry *r, const char *spec, struct bl_kept_row *row, struct bl_error *err);
/* By name, then version; free *rows. */
bool bl_registry_list(struct bl_registry *r, struct bl_kept_row **rows, size_t *n, struct bl_error *err);
/* The bytes of a version, checked against its hash; free *bytes. */
bool bl_registry_read(struct bl_registry *r, const struct bl_kept_row *row, char **bytes, size_t *n, struct bl_error *err);
/* Is each row of the journal chained to the one before? An error names the first that is not. */
bool bl_registry_check(struct bl_registry *r, struct bl_error *err);
/* Makes it champion (the old one is retired in the same transaction), or retires it; the champion can not be retired. */
bool bl_registry_stage(struct bl_registry *r, struct bl_kept_row *row, bool champion, const char *why, struct bl_error *err);

#endif
