/* Versions and their stages: saved, found, listed, promoted, retired, taken back. */
#include "src/keep/store.h"

#include <stdio.h>
#include <string.h>

#ifdef HAVE_SQLITE

#define ROW_COLUMNS "name, version, stage, sha256, model, dataset, metric, value, saved, parent, data, gone"

static void row_take(sqlite3_stmt *s, struct bl_kept_row *row)
{
    bl_store_copy(s, 0, row->name, sizeof row->name);
    row->version = sqlite3_column_int64(s, 1);
    bl_store_copy(s, 2, row->stage, sizeof row->stage);
    bl_store_copy(s, 3, row->sha256, sizeof row->sha256);
    bl_store_copy(s, 4, row->model, sizeof row->model);
    bl_store_copy(s, 5, row->dataset, sizeof row->dataset);
    bl_store_copy(s, 6, row->metric, sizeof row->metric);
    row->value = sqlite3_column_double(s, 7);
    bl_store_copy(s, 8, row->saved, sizeof row->saved);
    row->parent = sqlite3_column_int64(s, 9);
    bl_store_copy(s, 10, row->data, sizeof row->data);
    bl_store_copy(s, 11, row->gone, sizeof row->gone);
}

/* ---- saving ---------------------------------------------------------------------------------------------- */

static bool next_version(struct bl_registry *r, struct bl_kept_row *row, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "SELECT coalesce(max(version), 0) + 1 FROM models WHERE name = ?", err);
    bool ok = s != NULL;

    if (ok) {
        sqlite3_bind_text(s, 1, row->name, -1, SQLITE_TRANSIENT);
        ok = sqlite3_step(s) == SQLITE_ROW || bl_store_fail(r, "read", err);
        row->version = ok ? sqlite3_column_int64(s, 0) : 0;
    }
    sqlite3_finalize(s);
    return ok;
}

static bool insert_row(struct bl_registry *r, struct bl_kept_row *row, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "INSERT INTO models(" ROW_COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,'')", err);

    if (!s)
        return false;
    bl_store_now(row->saved);
    bl_store_bind(s, 1, row->name);
    sqlite3_bind_int64(s, 2, row->version);
    bl_store_bind(s, 3, row->stage);
    bl_store_bind(s, 4, row->sha256);
    bl_store_bind(s, 5, row->model);
    bl_store_bind(s, 6, row->dataset);
    bl_store_bind(s, 7, row->metric);
    sqlite3_bind_double(s, 8, row->value);
    bl_store_bind(s, 9, row->saved);
    sqlite3_bind_int64(s, 10, row->parent);
    bl_store_bind(s, 11, row->data);
    return bl_store_done(r, s, err);
}

bool bl_registry_save(struct bl_registry *r, const char *bytes, size_t n, struct bl_kept_row *row, struct bl_error *err)
{
    char why[64] = "";

    if (!bl_kept_name_check(row->name, err) || !bl_object_write(r, bytes, n, row->sha256, err) || !bl_store_begin(r, err))
        return false;
    snprintf(row->stage, sizeof row->stage, "candidate");
    if (row->parent)
        snprintf(why, sizeof why, "{\"from\":%lld}", (long long)row->parent);
    /* Between the file and the lock another session may have swept it away. */
    if (!bl_object_there(r, row->sha256) && !bl_object_write(r, bytes, n, row->sha256, err))
        return bl_store_end(r, false, err);
    return bl_store_end(r, next_version(r, row, err) && insert_row(r, row, err) &&
                               bl_journal_add(r, row->parent ? "retrain" : "save", row, why, err), err);
}

/* ---- finding ---------------------------------------------------------------------------------------------- */

static bool spec_parse(const char *spec, char name[65], int64_t *version, struct bl_error *err)
{
    const char *at = strchr(spec, '@');
    size_t n = at ? (size_t)(at - spec) : strlen(spec);

    *version = 0;
    snprintf(name, 65, "%.*s", n > 64 ? 64 : (int)n, spec);
    if (n > 64 || !bl_kept_name_check(name, NULL))
        return bl_kept_name_check(n > 64 ? spec : name, err);
    if (!at || (bl_integer_parse(at + 1, strlen(at + 1), version) && *version > 0))
        return true;
    bl_fail(err, BL_VALUE, "'%.40s' is no version", at + 1);
    return bl_hint(err, "a whole number from 1: %s@1 (models lists them)", name);
}

static bool fail_unknown(struct bl_registry *r, const char *spec, struct bl_error *err)
{
    struct bl_kept_row *rows;
    const char *near, **names;
    size_t n;

    if (!bl_registry_list(r, &rows, &n, err))
        return false;
    names = bl_calloc(n + 1, sizeof *names);
    for (size_t i = 0; names && i < n; i++)
        names[i] = rows[i].name;
    near = names ? bl_nearest(spec, names, n) : NULL;
    bl_fail(err, BL_UNKNOWN, "the registry has no model '%.80s'", spec);
    if (near)
        bl_hint(err, "did you mean %s? (models lists all)", near);
    else
        bl_hint(err, n ? "models lists what there is" : "save NAME keeps the model that was trained");
    bl_free(names);
    bl_free(rows);
    return false;
}

/* `order` puts the one that is meant first; `wanted` is a condition on the stage. */
static bool find_row(struct bl_registry *r, const char *spec, const char *sql, struct bl_kept_row *row, bool *found, struct bl_error *err)
{
    sqlite3_stmt *s;
    char name[65];
    int64_t version;
    int code;

    if (!spec_parse(spec, name, &version, err) || !(s = bl_store_prepare(r, sql, err)))
        return false;
    bl_store_bind(s, 1, name);
    sqlite3_bind_int64(s, 2, version);
    code = sqlite3_step(s);
    *found = code == SQLITE_ROW;
    if (*found)
        row_take(s, row);
    sqlite3_finalize(s);
    return *found || code == SQLITE_DONE || bl_store_fail(r, "read", err);
}

bool bl_registry_find(struct bl_registry *r, const char *spec, struct bl_kept_row *row, struct bl_error *err)
{
    bool found;

    return find_row(r, spec, "SELECT " ROW_COLUMNS " FROM models WHERE name = ?1 AND (?2 = 0 OR version = ?2)"
                             " ORDER BY CASE stage WHEN 'champion' THEN 0 WHEN 'candidate' THEN 1 ELSE 2 END, version DESC LIMIT 1",
                    row, &found, err) && (found || fail_unknown(r, spec, err));
}

bool bl_registry_candidate(struct bl_registry *r, const char *spec, struct bl_kept_row *row, struct bl_error *err)
{
    struct bl_kept_row any;
    bool found;

    if (!find_row(r, spec, "SELECT " ROW_COLUMNS " FROM models WHERE name = ?1 AND version = CASE ?2 WHEN 0 THEN"
                           " (SELECT max(version) FROM models WHERE name = ?1 AND stage = 'candidate') ELSE ?2 END", row, &found, err))
        return false;
    if (found)
        return true;
    if (!bl_registry_find(r, spec, &any, err))
        return false;
    bl_fail(err, BL_STATE, "no version of %s is a candidate", any.name);
    return bl_hint(err, "save %s or retrain %s makes one; promote %s@N judges version N", any.name, any.name, any.name);
}

bool bl_registry_champion(struct bl_registry *r, const char *name, const char *until, struct bl_kept_row *row, bool *found, struct bl_error *err)
{
    char spec[100];
    sqlite3_stmt *s;
    int64_t version = 0;

    if (!until)
        return find_row(r, name, "SELECT " ROW_COLUMNS " FROM models WHERE name = ?1 AND ?2 = 0 AND stage = 'champion'", row, found, err);
    if (!(s = bl_store_prepare(r, "SELECT version FROM journal WHERE name = ? AND event IN ('promote', 'rollback') AND at <= ?"
                                  " ORDER BY number DESC LIMIT 1", err)))
        return false;
    bl_store_bind(s, 1, name);
    bl_store_bind(s, 2, until);
    if (sqlite3_step(s) == SQLITE_ROW)
        version = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    *found = version > 0;
    snprintf(spec, sizeof spec, "%s@%lld", name, (long long)version);
    return !*found || bl_registry_find(r, spec, row, err);
}

bool bl_registry_list(struct bl_registry *r, struct bl_kept_row **rows, size_t *n, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "SELECT " ROW_COLUMNS " FROM models ORDER BY name, version", err);
    size_t capacity = 0;
    int code = SQLITE_DONE;
    bool ok = s != NULL;

    *rows = NULL;
    *n = 0;
    while (ok && (code = sqlite3_step(s)) == SQLITE_ROW) {
        if (*n == capacity) {
            struct bl_kept_row *more = bl_realloc(*rows, capacity = capacity ? 2 * capacity : 16, sizeof *more);
            ok = more || bl_fail_memory(err, "the list of models");
            *rows = more ? more : *rows;
        }
        if (ok)
            row_take(s, &(*rows)[(*n)++]);
    }
    if (ok && code != SQLITE_DONE)
        ok = bl_store_fail(r, "read", err);
    sqlite3_finalize(s);
    if (ok)
        return true;
    bl_free(*rows);
    *rows = NULL;
    return false;
}

/* ---- stages ------------------------------------------------------------------------------------------- */

static bool set_stage(struct bl_registry *r, const char *name, int64_t version, const char *stage, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "UPDATE models SET stage = ?3 WHERE name = ?1 AND version = ?2", err);

    if (!s)
        return false;
    bl_store_bind(s, 1, name);
    sqlite3_bind_int64(s, 2, version);
    bl_store_bind(s, 3, stage);
    return bl_store_done(r, s, err);
}

/* The old one is retired first: there is at most one champion at any time. */
static bool crown(struct bl_registry *r, const struct bl_kept_row *row, int64_t old, struct bl_error *err)
{
    return (!old || set_stage(r, row->name, old, "retired", err)) && set_stage(r, row->name, row->version, "champion", err);
}

static bool champion_is(struct bl_registry *r, const char *name, int64_t version, struct bl_error *err)
{
    struct bl_kept_row now = {0};
    bool found;

    if (!bl_registry_champion(r, name, NULL, &now, &found, err))
        return false;
    if ((found ? now.version : 0) == version)
        return true;
    bl_fail(err, BL_STATE, "another session made %s@%lld the champion meanwhile: nothing was changed", name, (long long)now.version);
    return bl_hint(err, "promote again, which compares with that one");
}

bool bl_registry_decide(struct bl_registry *r, struct bl_kept_row *row, const char *decision, int64_t champion, const char *why,
                        struct bl_error *err)
{
    const bool promote = strcmp(decision, "promote") == 0;
    bool ok;

    if (!bl_store_begin(r, err))
        return false;
    ok = champion_is(r, row->name, champion, err) && (!promote || crown(r, row, champion, err)) && bl_journal_add(r, decision, row, why, err);
    if (!bl_store_end(r, ok, err))
        return false;
    if (promote)
        snprintf(row->stage, sizeof row->stage, "champion");
    return true;
}

bool bl_registry_retire(struct bl_registry *r, struct bl_kept_row *row, const char *why, struct bl_error *err)
{
    struct bl_kept_row now = {0};
    char spec[100];
    bool ok;

    snprintf(spec, sizeof spec, "%s@%lld", row->name, (long long)row->version);
    if (!bl_store_begin(r, err))
        return false;
    ok = bl_registry_find(r, spec, &now, err);
    if (ok && strcmp(now.stage, "champion") == 0) {
        bl_fail(err, BL_STATE, "%s is the champion, and is not retired", spec);
        ok = bl_hint(err, "promote another version of %s, or rollback %s: that retires this one", row->name, row->name);
    } else if (ok && strcmp(now.stage, "retired") == 0) {
        bl_fail(err, BL_STATE, "%s is retired already", spec);
        ok = bl_hint(err, "models lists the versions and their stages");
    }
    ok = ok && set_stage(r, row->name, row->version, "retired", err) && bl_journal_add(r, "retire", row, why, err);
    if (!bl_store_end(r, ok, err))
        return false;
    snprintf(row->stage, sizeof row->stage, "retired");
    return true;
}

/* Champions as a stack: promote puts one on it, rollback takes one off. The one below the top; 0: none. */
static bool champion_below(struct bl_registry *r, const char *name, int64_t *version, struct bl_error *err)
{
    struct bl_journal_row *rows;
    size_t n, top = 0;
    int64_t *stack;

    *version = 0;
    if (!bl_registry_journal(r, name, &rows, &n, err))
        return false;
    if ((stack = bl_calloc(n + 1, sizeof *stack)))
        for (size_t i = 0; i < n; i++) {
            if (strcmp(rows[i].event, "promote") == 0)
                stack[top++] = rows[i].version;
            else if (strcmp(rows[i].event, "rollback") == 0 && top)
                top--;
        }
    if (stack && top > 1)
        *version = stack[top - 2];
    bl_journal_free(rows, n);
    bl_free(stack);
    return stack || bl_fail_memory(err, "the champions");
}

static bool find_below(struct bl_registry *r, const char *name, struct bl_kept_row *row, struct bl_error *err)
{
    char spec[100];
    int64_t below;

    if (!champion_below(r, name, &below, err))
        return false;
    if (!below) {
        bl_fail(err, BL_STATE, "%s had no champion before this one", name);
        return bl_hint(err, "lineage %s tells what happened; promote %s@N judges another version", name, name);
    }
    snprintf(spec, sizeof spec, "%s@%lld", name, (long long)below);
    if (!bl_registry_find(r, spec, row, err))
        return false;
    if (!row->gone[0])
        return true;
    bl_fail(err, BL_STATE, "the file of %s, the champion before, was removed on %s", spec, row->gone);
    return bl_hint(err, "promote %s@N judges another version", name);
}

bool bl_registry_rollback(struct bl_registry *r, const char *name, struct bl_kept_row *from, struct bl_kept_row *row, struct bl_error *err)
{
    char why[64];
    bool ok, found;

    if (!bl_store_begin(r, err))
        return false;
    ok = bl_registry_champion(r, name, NULL, from, &found, err);
    if (ok && !found) {
        bl_fail(err, BL_STATE, "no version of %s is the champion", name);
        ok = bl_hint(err, "promote %s judges the newest candidate", name);
    }
    ok = ok && find_below(r, from->name, row, err);
    if (ok)
        snprintf(why, sizeof why, "{\"from\":%lld}", (long long)from->version);
    ok = ok && crown(r, row, from->version, err) && bl_journal_add(r, "rollback", row, why, err);
    if (!bl_store_end(r, ok, err))
        return false;
    snprintf(row->stage, sizeof row->stage, "champion");
    snprintf(from->stage, sizeof from->stage, "retired");
    return true;
}
#endif
