/* What models were trained on, with the figures of its columns. */
#include "src/keep/store.h"

#include <string.h>

#ifdef HAVE_SQLITE

bool bl_registry_data_known(struct bl_registry *r, const char *sha256, const char *made, bool *known, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "SELECT 1 FROM datasets WHERE sha256 = ? AND made = ?", err);

    if (!s)
        return false;
    bl_store_bind(s, 1, sha256);
    bl_store_bind(s, 2, made);
    *known = sqlite3_step(s) == SQLITE_ROW;
    sqlite3_finalize(s);
    return true;
}

bool bl_registry_data_note(struct bl_registry *r, const struct bl_data_row *row, struct bl_error *err)
{
    sqlite3_stmt *s;
    char at[32];

    if (!bl_store_begin(r, err))
        return false;
    bl_store_now(at);
    s = bl_store_prepare(r, "INSERT OR IGNORE INTO datasets VALUES(?,?,?,?,?,?,?,?)", err);
    if (s) {
        bl_store_bind(s, 1, row->sha256);
        bl_store_bind(s, 2, row->made);
        bl_store_bind(s, 3, row->name);
        bl_store_bind(s, 4, row->path);
        sqlite3_bind_int64(s, 5, row->rows);
        sqlite3_bind_int64(s, 6, row->columns);
        bl_store_bind(s, 7, row->profile);
        bl_store_bind(s, 8, at);
    }
    return bl_store_end(r, bl_store_done(r, s, err), err);
}

static char *text_of(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);

    return bl_strdup(text ? text : "");
}

static bool row_take(sqlite3_stmt *s, struct bl_data_row *row)
{
    *row = (struct bl_data_row){ .made = text_of(s, 1), .name = text_of(s, 2), .path = text_of(s, 3), .profile = text_of(s, 6),
                                 .rows = sqlite3_column_int64(s, 4), .columns = sqlite3_column_int64(s, 5) };
    bl_store_copy(s, 0, row->sha256, sizeof row->sha256);
    bl_store_copy(s, 7, row->at, sizeof row->at);
    return row->made && row->name && row->path && row->profile;
}

bool bl_registry_data_list(struct bl_registry *r, const char *sha256, struct bl_data_row **rows, size_t *n, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "SELECT sha256, made, name, path, rows, columns, profile, at FROM datasets WHERE sha256 = ? ORDER BY made", err);
    size_t capacity = 0;
    int code = SQLITE_DONE;
    bool ok = s != NULL;

    *rows = NULL;
    *n = 0;
    bl_store_bind(s, 1, sha256);
    while (ok && (code = sqlite3_step(s)) == SQLITE_ROW) {
        if (*n == capacity) {
            struct bl_data_row *more = bl_realloc(*rows, capacity = capacity ? 2 * capacity : 4, sizeof *more);
            ok = more || bl_fail_memory(err, "the datasets");
            *rows = more ? more : *rows;
        }
        if (ok)
            ok = row_take(s, &(*rows)[(*n)++]) || bl_fail_memory(err, "the datasets");
    }
    if (ok && code != SQLITE_DONE)
        ok = bl_store_fail(r, "read", err);
    sqlite3_finalize(s);
    if (ok)
        return true;
    bl_data_free(*rows, *n);
    *rows = NULL;
    *n = 0;
    return false;
}
#endif

void bl_data_free(struct bl_data_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bl_free(rows[i].made);
        bl_free(rows[i].name);
        bl_free(rows[i].path);
        bl_free(rows[i].profile);
    }
    bl_free(rows);
}
