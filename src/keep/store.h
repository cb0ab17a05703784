/* What the files of the registry share. Private to the room. */
#ifndef BATCHLAB_KEEP_STORE_H
#define BATCHLAB_KEEP_STORE_H

#include "batchlab/keep.h"

#ifdef HAVE_SQLITE
#include <sqlite3.h>

#define BL_OBJECT_PATH 4300

struct bl_registry {
    sqlite3 *db;
    char folder[4096];
    bool only_read;
    char told[300]; /* what opening had to say; "" : nothing */
};

/* The schema, one text a version: bl_store_schemas[i] leads from version i to i + 1. */
#define BL_STORE_VERSION 4
extern const char *const bl_store_schemas[BL_STORE_VERSION];

/* What SQLite said, with what was being done ("read", "write") and a way out; false. */
bool bl_store_fail(const struct bl_registry *r, const char *doing, struct bl_error *err);
bool bl_store_run(struct bl_registry *r, const char *sql, const char *doing, struct bl_error *err);
/* NULL: error. The caller binds, steps, finalizes. */
sqlite3_stmt *bl_store_prepare(struct bl_registry *r, const char *sql, struct bl_error *err);
/* NULL-safe; text is copied by SQLite. */
void bl_store_bind(sqlite3_stmt *s, int at, const char *text);
/* Steps a statement that gives no row, and ends it. */
bool bl_store_done(struct bl_registry *r, sqlite3_stmt *s, struct bl_error *err);
/* The first column of the only row. */
bool bl_store_number(struct bl_registry *r, const char *sql, int64_t *x, struct bl_error *err);
void bl_store_copy(sqlite3_stmt *s, int column, char *to, size_t size);
/* "2026-11-27T12:00:00Z"; of 1970 with BATCHLAB_CLOCK=fixed. */
void bl_store_now(char to[32]);
/* A transaction that writes; bl_store_end commits it if `ok`, else rolls it back, and gives what became of it. */
bool bl_store_begin(struct bl_registry *r, struct bl_error *err);
bool bl_store_end(struct bl_registry *r, bool ok, struct bl_error *err);

/* objects/ab/cdef...: the folder and the file of a SHA-256. */
void bl_object_path(const struct bl_registry *r, const char *sha256, char folder[BL_OBJECT_PATH], char path[BL_OBJECT_PATH + 70]);
bool bl_object_name_good(const char *sha256);
bool bl_object_there(const struct bl_registry *r, const char *sha256);
bool bl_object_write(struct bl_registry *r, const char *bytes, size_t n, const char *sha256, struct bl_error *err);

/* Removes files that no version names and that are older than a day, once a day. */
void bl_sweep_daily(struct bl_registry *r);

/* Inside a transaction: one more row of the journal. */
bool bl_journal_add(struct bl_registry *r, const char *event, const struct bl_kept_row *row, const char *why, struct bl_error *err);
#endif
#endif
