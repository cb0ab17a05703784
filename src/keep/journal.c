/* The journal: a row for every change, only ever added to, each chained to the one before by a hash. Who was champion when
 * is read from it. */
#include "src/keep/store.h"

#include <stdio.h>
#include <string.h>

#ifdef HAVE_SQLITE

/* hash = SHA-256(hash of the row before | at | event | name | version | sha256 | why), parted by newlines. */
static void chain(const char *before, const char *at, const char *event, const char *name, int64_t version, const char *sha256,
                  const char *why, char hash[65])
{
    struct bl_text t = {0};
    struct bl_sha256 sum;

    bl_text_addf(&t, "%s\n%s\n%s\n%s\n%lld\n%s\n%s", before, at, event, name, (long long)version, sha256, why);
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bl_text_get(&t), t.length);
    bl_sha256_end(&sum, hash);
    bl_text_free(&t);
}

static bool last_hash(struct bl_registry *r, char hash[65], struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "SELECT hash FROM journal ORDER BY number DESC LIMIT 1", err);

    hash[0] = '\0';
    if (!s)
        return false;
    if (sqlite3_step(s) == SQLITE_ROW)
        bl_store_copy(s, 0, hash, 65);
    sqlite3_finalize(s);
    return true;
}

bool bl_journal_add(struct bl_registry *r, const char *event, const struct bl_kept_row *row, const char *why, struct bl_error *err)
{
    char before[65], at[32], hash[65];
    sqlite3_stmt *s;

    if (!last_hash(r, before, err) ||
        !(s = bl_store_prepare(r, "INSERT INTO journal(at, event, name, version, sha256, why, hash) VALUES(?,?,?,?,?,?,?)", err)))
        return false;
    bl_store_now(at);
    chain(before, at, event, row->name, row->version, row->sha256, why, hash);
    bl_store_bind(s, 1, at);
    bl_store_bind(s, 2, event);
    bl_store_bind(s, 3, row->name);
    sqlite3_bind_int64(s, 4, row->version);
    bl_store_bind(s, 5, row->sha256);
    bl_store_bind(s, 6, why);
    bl_store_bind(s, 7, hash);
    return bl_store_done(r, s, err);
}

static bool chained(sqlite3_stmt *s, char before[65])
{
    char at[32], event[32], name[65], sha256[65], hash[65], told[65];
    const char *why = (const char *)sqlite3_column_text(s, 6);

    bl_store_copy(s, 1, at, sizeof at);
    bl_store_copy(s, 2, event, sizeof event);
    bl_store_copy(s, 3, name, sizeof name);
    bl_store_copy(s, 5, sha256, sizeof sha256);
    bl_store_copy(s, 7, told, sizeof told);
    chain(before, at, event, name, sqlite3_column_int64(s, 4), sha256, why ? why : "", hash);
    memcpy(before, hash, 65);
    return strcmp(hash, told) == 0;
}

bool bl_registry_check(struct bl_registry *r, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "SELECT number, at, event, name, version, sha256, why, hash FROM journal ORDER BY number", err);
    char before[65] = "";
    int64_t next = 1;
    bool ok = s != NULL;
    int code = SQLITE_DONE;

    for (; ok && (code = sqlite3_step(s)) == SQLITE_ROW; next++)
        if (!chained(s, before) || sqlite3_column_int64(s, 0) != next) {
            bl_fail(err, BL_DATA, "row %lld of the journal of %s was changed: the chain of hashes breaks there",
                    (long long)sqlite3_column_int64(s, 0), r->folder);
            ok = bl_hint(err, "take registry.db back from a copy");
        }
    if (ok && code != SQLITE_DONE)
        ok = bl_store_fail(r, "read", err);
    sqlite3_finalize(s);
    return ok;
}

bool bl_registry_note(struct bl_registry *r, const char *event, const struct bl_kept_row *row, const char *why, struct bl_error *err)
{
    return bl_store_begin(r, err) && bl_store_end(r, bl_journal_add(r, event, row, why, err), err);
}

bool bl_registry_looks(struct bl_registry *r, const char *sha256, size_t *n, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "SELECT count(*) FROM journal WHERE event = 'look' AND sha256 = ?1", err);
    bool ok = s != NULL;

    *n = 0;
    bl_store_bind(s, 1, sha256);
    if (ok && sqlite3_step(s) == SQLITE_ROW)
        *n = (size_t)sqlite3_column_int64(s, 0);
    else if (ok)
        ok = bl_store_fail(r, "read", err);
    sqlite3_finalize(s);
    return ok;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static bool event_take(sqlite3_stmt *s, struct bl_journal_row *row)
{
    const char *why = (const char *)sqlite3_column_text(s, 6);

    row->number = sqlite3_column_int64(s, 0);
    bl_store_copy(s, 1, row->at, sizeof row->at);
    bl_store_copy(s, 2, row->event, sizeof row->event);
    bl_store_copy(s, 3, row->name, sizeof row->name);
    row->version = sqlite3_column_int64(s, 4);
    bl_store_copy(s, 5, row->sha256, sizeof row->sha256);
    return (row->why = bl_strdup(why ? why : "")) != NULL;
}

bool bl_registry_journal(struct bl_registry *r, const char *name, struct bl_journal_row **rows, size_t *n, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "SELECT number, at, event, name, version, sha256, why FROM journal"
                                          " WHERE ?1 IS NULL OR name = ?1 ORDER BY number", err);
    size_t capacity = 0;
    int code = SQLITE_DONE;
    bool ok = s != NULL;

    *rows = NULL;
    *n = 0;
    bl_store_bind(s, 1, name);
    while (ok && (code = sqlite3_step(s)) == SQLITE_ROW) {
        if (*n == capacity) {
            struct bl_journal_row *more = bl_realloc(*rows, capacity = capacity ? 2 * capacity : 16, sizeof *more);
            ok = more || bl_fail_memory(err, "the journal");
            *rows = more ? more : *rows;
        }
        if (ok && !(ok = event_take(s, &(*rows)[*n]) || bl_fail_memory(err, "the journal")))
            break;
        *n += ok;
    }
    if (ok && code != SQLITE_DONE)
        ok = bl_store_fail(r, "read", err);
    sqlite3_finalize(s);
    if (ok)
        return true;
    bl_journal_free(*rows, *n);
    *rows = NULL;
    return false;
}
#endif

void bl_journal_free(struct bl_journal_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bl_free(rows[i].why);
    bl_free(rows);
}
