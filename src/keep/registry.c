/* The registry: versions and stages in SQLite, files by content beside it. */
#include "src/keep/form.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

bool bl_kept_name_check(const char *name, struct bl_error *err)
{
    static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static const char further[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t n = strlen(name);

    if (n >= 1 && n <= 64 && strchr(first, name[0]) && strspn(name, further) == n)
        return true;
    bl_fail(err, BL_VALUE, "'%.80s' is no name for a model", name);
    return bl_hint(err, "1 to 64 letters, digits, '.', '_' and '-', of which the first is a letter or digit: save iris-1");
}

#ifdef HAVE_SQLITE
#include <sqlite3.h>

#define APPLICATION 0x626c6162 /* "blab" */
#define SCHEMA_VERSION 1
#define OBJECT_PATH 4200

struct bl_registry { sqlite3 *db; char folder[4096]; };

static const char schema[] =
    "CREATE TABLE models(name TEXT NOT NULL, version INTEGER NOT NULL CHECK(version > 0),"
    " stage TEXT NOT NULL CHECK(stage IN ('candidate','champion','retired')), sha256 TEXT NOT NULL CHECK(length(sha256) = 64),"
    " model TEXT NOT NULL, dataset TEXT NOT NULL, metric TEXT NOT NULL, value REAL, saved TEXT NOT NULL,"
    " PRIMARY KEY(name, version)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX one_champion ON models(name) WHERE stage = 'champion';"
    "CREATE TRIGGER models_stay BEFORE DELETE ON models BEGIN SELECT RAISE(ABORT, 'versions are never deleted'); END;"
    "CREATE TRIGGER models_fixed BEFORE UPDATE OF name, version, sha256, model, dataset, metric, value, saved ON models"
    " BEGIN SELECT RAISE(ABORT, 'versions do not change'); END;"
    "CREATE TABLE journal(number INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, name TEXT NOT NULL,"
    " version INTEGER NOT NULL, sha256 TEXT NOT NULL, why TEXT NOT NULL, hash TEXT NOT NULL) STRICT;"
    "CREATE TRIGGER journal_stays BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;"
    "CREATE TRIGGER journal_fixed BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END;";

static bool fail_db(const struct bl_registry *r, const char *doing, struct bl_error *err)
{
    int code = r->db ? sqlite3_errcode(r->db) & 0xff : SQLITE_NOMEM;
    const char *text = r->db ? sqlite3_errmsg(r->db) : "out of memory";

    if (code == SQLITE_NOMEM)
        return bl_fail_memory(err, "the registry");
    bl_fail(err, code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? BL_DATA : BL_IO, "cannot %s the registry %s/registry.db: %s", doing,
            r->folder, text);
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return bl_hint(err, "another batchlab works on it: try again when it is done");
    if (code == SQLITE_FULL)
        return bl_hint(err, "the disk is full: make room, then try again; nothing was changed");
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        return bl_hint(err, "take back a copy of it, or set BATCHLAB_HOME to another folder");
    return bl_hint(err, "BATCHLAB_HOME names the folder of the registry: one that may be written");
}

static bool run_sql(struct bl_registry *r, const char *sql, const char *doing, struct bl_error *err)
{
    return sqlite3_exec(r->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail_db(r, doing, err);
}

static sqlite3_stmt *prepare(struct bl_registry *r, const char *sql, struct bl_error *err)
{
    sqlite3_stmt *s = NULL;

    if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) == SQLITE_OK)
        return s;
    fail_db(r, "read", err);
    return NULL;
}

static bool number_of(struct bl_registry *r, const char *sql, int64_t *x, struct bl_error *err)
{
    sqlite3_stmt *s = prepare(r, sql, err);
    bool ok;

    if (!s)
        return false;
    ok = sqlite3_step(s) == SQLITE_ROW || fail_db(r, "read", err);
    *x = ok ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return ok;
}

/* ---- opening --------------------------------------------------------------------------------------- */

static bool choose_folder(char *to, size_t size, const char *folder, struct bl_error *err)
{
    const char *home = getenv("BATCHLAB_HOME"), *data = getenv("XDG_DATA_HOME"), *user = getenv("HOME");
    int n;

    if (folder || (home && *home))
        n = snprintf(to, size, "%s", folder ? folder : home);
    else if (data && data[0] == '/')
        n = snprintf(to, size, "%s/batchlab", data);
    else if (user && user[0] == '/')
        n = snprintf(to, size, "%s/.local/share/batchlab", user);
    else
        n = -1;
    if (n > 0 && (size_t)n < size)
        return true;
    bl_fail(err, BL_STATE, "there is no folder for the registry");
    return bl_hint(err, "set BATCHLAB_HOME to a folder");
}

/* What SQLite is told before anything is read. */
static bool set_up(struct bl_registry *r, struct bl_error *err)
{
    sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(r->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_busy_timeout(r->db, 5000);
    return run_sql(r, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA foreign_keys=ON;", "open", err) &&
           run_sql(r, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", "open", err);
}

static bool create_schema(struct bl_registry *r, struct bl_error *err)
{
    char numbers[100];

    snprintf(numbers, sizeof numbers, "PRAGMA application_id=%d; PRAGMA user_version=%d;", APPLICATION, SCHEMA_VERSION);
    return run_sql(r, schema, "make", err) && run_sql(r, numbers, "make", err);
}

/* Made by the first who comes; a second one waits and finds it made. */
static bool check_schema(struct bl_registry *r, struct bl_error *err)
{
    int64_t application, version, tables;
    bool ok = run_sql(r, "BEGIN IMMEDIATE", "open", err);

    if (!ok)
        return false;
    ok = number_of(r, "PRAGMA application_id", &application, err) && number_of(r, "PRAGMA user_version", &version, err) &&
         number_of(r, "SELECT count(*) FROM sqlite_schema", &tables, err);
    if (ok && tables == 0 && application == 0)
        ok = create_schema(r, err);
    else if (ok && application != APPLICATION) {
        bl_fail(err, BL_DATA, "%s/registry.db is a database of another program", r->folder);
        ok = bl_hint(err, "set BATCHLAB_HOME to another folder");
    } else if (ok && version != SCHEMA_VERSION) {
        bl_fail(err, BL_DATA, "the registry %s was written by %s batchlab (schema %lld; this one knows %d)", r->folder,
                version > SCHEMA_VERSION ? "a newer" : "another", (long long)version, SCHEMA_VERSION);
        ok = bl_hint(err, "use that batchlab, or set BATCHLAB_HOME to another folder");
    }
    if (ok)
        return run_sql(r, "COMMIT", "open", err);
    sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

static bool open_db(struct bl_registry *r, struct bl_error *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
    char folder[4096], path[OBJECT_PATH];

    /* NOFOLLOW looks at the whole path: links on the way to the folder are the user's own. */
    if (!realpath(r->folder, folder))
        return bl_fail_io(err, "open", r->folder, errno);
    snprintf(r->folder, sizeof r->folder, "%s", folder);
    snprintf(path, sizeof path, "%s/registry.db", folder);
    if (sqlite3_open_v2(path, &r->db, flags, NULL) != SQLITE_OK)
        return fail_db(r, "open", err);
    return set_up(r, err) && check_schema(r, err);
}

bool bl_registry_open(struct bl_registry **out, const char *folder, bool only_read, struct bl_error *err)
{
    struct bl_registry *r = bl_calloc(1, sizeof *r);
    char path[OBJECT_PATH];

    *out = NULL;
    if (!r)
        return bl_fail_memory(err, "the registry");
    if (!choose_folder(r->folder, sizeof r->folder, folder, err)) {
        bl_free(r);
        return false;
    }
    snprintf(path, sizeof path, "%s/registry.db", r->folder);
    if (only_read && access(path, F_OK) != 0 && errno == ENOENT) {
        bl_free(r);
        return true;
    }
    if (bl_folder_make(r->folder, err) && open_db(r, err)) {
        *out = r;
        return true;
    }
    bl_registry_close(r);
    return false;
}

void bl_registry_close(struct bl_registry *r)
{
    if (!r)
        return;
    sqlite3_close(r->db);
    bl_free(r);
}

const char *bl_registry_folder(const struct bl_registry *r) { return r->folder; }

/* ---- files by content ------------------------------------------------------------------------------- */

static bool hex_only(const char *sha256)
{
    return strlen(sha256) == 64 && strspn(sha256, "0123456789abcdef") == 64;
}

static void object_path(const struct bl_registry *r, const char *sha256, char *folder, char *path)
{
    snprintf(folder, OBJECT_PATH, "%s/objects/%.2s", r->folder, sha256);
    snprintf(path, OBJECT_PATH + 70, "%s/%s", folder, sha256 + 2);
}

static bool object_check(const char *bytes, size_t n, const char *sha256)
{
    struct bl_sha256 sum;
    char hex[65];

    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bytes, n);
    bl_sha256_end(&sum, hex);
    return strcmp(hex, sha256) == 0;
}

/* The same bytes twice are one file; overwriting mends one that was damaged. */
static bool object_write(struct bl_registry *r, const char *bytes, size_t n, const char *sha256, struct bl_error *err)
{
    char folder[OBJECT_PATH], path[OBJECT_PATH + 70];
    struct bl_save *s;

    object_path(r, sha256, folder, path);
    if (!bl_folder_make(folder, err) || !(s = bl_save_open(path, true, err)))
        return false;
    if (bl_save_write(s, bytes, n, err))
        return bl_save_commit(s, err);
    bl_save_abandon(s);
    return false;
}

bool bl_registry_read(struct bl_registry *r, const struct bl_kept_row *row, char **bytes, size_t *n, struct bl_error *err)
{
    char folder[OBJECT_PATH], path[OBJECT_PATH + 70];

    if (!hex_only(row->sha256))
        return bl_fail(err, BL_DATA, "the registry gives no file for %s@%lld", row->name, (long long)row->version);
    object_path(r, row->sha256, folder, path);
    if (!bl_file_read(path, BL_KEPT_FILE_MOST, bytes, n, err))
        return false;
    if (object_check(*bytes, *n, row->sha256))
        return true;
    bl_free(*bytes);
    bl_fail(err, BL_DATA, "the file of %s@%lld is not what was saved: its SHA-256 is another", row->name, (long long)row->version);
    return bl_hint(err, "take %s back from a copy", path);
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

static void now_text(char *to, size_t size)
{
    const char *fixed = getenv("BATCHLAB_CLOCK");
    time_t now = fixed && strcmp(fixed, "fixed") == 0 ? 0 : time(NULL);
    struct tm parts;

    gmtime_r(&now, &parts);
    strftime(to, size, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

static void copy_column(sqlite3_stmt *s, int column, char *to, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(s, column);

    snprintf(to, size, "%s", text ? text : "");
}

#define ROW_COLUMNS "name, version, stage, sha256, model, dataset, metric, value"

static void row_take(sqlite3_stmt *s, struct bl_kept_row *row)
{
    copy_column(s, 0, row->name, sizeof row->name);
    row->version = sqlite3_column_int64(s, 1);
    copy_column(s, 2, row->stage, sizeof row->stage);
    copy_column(s, 3, row->sha256, sizeof row->sha256);
    copy_column(s, 4, row->model, sizeof row->model);
    copy_column(s, 5, row->dataset, sizeof row->dataset);
    copy_column(s, 6, row->metric, sizeof row->metric);
    row->value = sqlite3_column_double(s, 7);
}

static bool step_done(struct bl_registry *r, sqlite3_stmt *s, struct bl_error *err)
{
    bool ok = s && (sqlite3_step(s) == SQLITE_DONE || fail_db(r, "write", err));

    sqlite3_finalize(s);
    return ok;
}

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
    sqlite3_stmt *s = prepare(r, "SELECT hash FROM journal ORDER BY number DESC LIMIT 1", err);

    hash[0] = '\0';
    if (!s)
        return false;
    if (sqlite3_step(s) == SQLITE_ROW)
        copy_column(s, 0, hash, 65);
    sqlite3_finalize(s);
    return true;
}

static bool journal_add(struct bl_registry *r, const char *event, const struct bl_kept_row *row, const char *why, struct bl_error *err)
{
    char before[65], at[32], hash[65];
    sqlite3_stmt *s;

    if (!last_hash(r, before, err) ||
        !(s = prepare(r, "INSERT INTO journal(at, event, name, version, sha256, why, hash) VALUES(?,?,?,?,?,?,?)", err)))
        return false;
    now_text(at, sizeof at);
    chain(before, at, event, row->name, row->version, row->sha256, why, hash);
    sqlite3_bind_text(s, 1, at, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 2, event, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 3, row->name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 4, row->version);
    sqlite3_bind_text(s, 5, row->sha256, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 6, why, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 7, hash, -1, SQLITE_TRANSIENT);
    return step_done(r, s, err);
}

static bool chained(sqlite3_stmt *s, char before[65])
{
    char at[32], event[32], name[65], sha256[65], hash[65], told[65];

    copy_column(s, 1, at, sizeof at);
    copy_column(s, 2, event, sizeof event);
    copy_column(s, 3, name, sizeof name);
    copy_column(s, 5, sha256, sizeof sha256);
    copy_column(s, 7, told, sizeof told);
    chain(before, at, event, name, sqlite3_column_int64(s, 4), sha256, (const char *)sqlite3_column_text(s, 6), hash);
    memcpy(before, hash, 65);
    return strcmp(hash, told) == 0;
}

bool bl_registry_check(struct bl_registry *r, struct bl_error *err)
{
    sqlite3_stmt *s = prepare(r, "SELECT number, at, event, name, version, sha256, why, hash FROM journal ORDER BY number", err);
    char before[65] = "";
    bool ok = s != NULL;
    int code = SQLITE_DONE;

    while (ok && (code = sqlite3_step(s)) == SQLITE_ROW)
        if (!chained(s, before)) {
            bl_fail(err, BL_DATA, "row %lld of the journal of %s was changed: the chain of hashes breaks there",
                    (long long)sqlite3_column_int64(s, 0), r->folder);
            ok = bl_hint(err, "take registry.db back from a copy");
        }
    if (ok && code != SQLITE_DONE)
        ok = fail_db(r, "read", err);
    sqlite3_finalize(s);
    return ok;
}

/* ---- saving ---------------------------------------------------------------------------------------------- */

static bool next_version(struct bl_registry *r, struct bl_kept_row *row, struct bl_error *err)
{
    sqlite3_stmt *s = prepare(r, "SELECT coalesce(max(version), 0) + 1 FROM models WHERE name = ?", err);
    bool ok = s != NULL;

    if (ok) {
        sqlite3_bind_text(s, 1, row->name, -1, SQLITE_TRANSIENT);
        ok = sqlite3_step(s) == SQLITE_ROW || fail_db(r, "read", err);
        row->version = ok ? sqlite3_column_int64(s, 0) : 0;
    }
    sqlite3_finalize(s);
    return ok;
}

static bool insert_row(struct bl_registry *r, const struct bl_kept_row *row, struct bl_error *err)
{
    sqlite3_stmt *s = prepare(r, "INSERT INTO models(" ROW_COLUMNS ", saved) VALUES(?,?,?,?,?,?,?,?,?)", err);
    char at[32];

    if (!s)
        return false;
    now_text(at, sizeof at);
    sqlite3_bind_text(s, 1, row->name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 2, row->version);
    sqlite3_bind_text(s, 3, row->stage, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 4, row->sha256, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 5, row->model, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 6, row->dataset, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(s, 7, row->metric, -1, SQLITE_TRANSIENT);
    sqlite3_bind_double(s, 8, row->value);
    sqlite3_bind_text(s, 9, at, -1, SQLITE_TRANSIENT);
    return step_done(r, s, err);
}

static bool commit(struct bl_registry *r, bool ok, struct bl_error *err)
{
    ok = ok && run_sql(r, "COMMIT", "write", err);
    if (!ok)
        sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
    return ok;
}

bool bl_registry_save(struct bl_registry *r, const char *bytes, size_t n, struct bl_kept_row *row, struct bl_error *err)
{
    if (!bl_kept_name_check(row->name, err) || !object_write(r, bytes, n, row->sha256, err) || !run_sql(r, "BEGIN IMMEDIATE", "write", err))
        return false;
    snprintf(row->stage, sizeof row->stage, "candidate");
    return commit(r, next_version(r, row, err) && insert_row(r, row, err) && journal_add(r, "save", row, "", err), err);
}

static bool set_stage(struct bl_registry *r, const struct bl_kept_row *row, const char *sql, struct bl_error *err)
{
    sqlite3_stmt *s = prepare(r, sql, err);

    if (!s)
        return false;
    sqlite3_bind_text(s, 1, row->name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 2, row->version);
    return step_done(r, s, err);
}

bool bl_registry_stage(struct bl_registry *r, struct bl_kept_row *row, bool champion, const char *why, struct bl_error *err)
{
    bool ok;

    if (!champion && strcmp(row->stage, "champion") == 0) {
        bl_fail(err, BL_STATE, "%s@%lld is the champion, and is not retired", row->name, (long long)row->version);
        return bl_hint(err, "promote another version of %s: that retires this one", row->name);
    }
    if (!run_sql(r, "BEGIN IMMEDIATE", "write", err))
        return false;
    ok = !champion || set_stage(r, row, "UPDATE models SET stage = 'retired' WHERE name = ? AND stage = 'champion' AND version <> ?", err);
    ok = ok && set_stage(r, row, champion ? "UPDATE models SET stage = 'champion' WHERE name = ? AND version = ?"
                                          : "UPDATE models SET stage = 'retired' WHERE name = ? AND version = ? AND stage <> 'champion'", err);
    if (!commit(r, ok && journal_add(r, champion ? "promote" : "retire", row, why, err), err))
        return false;
    snprintf(row->stage, sizeof row->stage, "%s", champion ? "champion" : "retired");
    return true;
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

bool bl_registry_find(struct bl_registry *r, const char *spec, struct bl_kept_row *row, struct bl_error *err)
{
    sqlite3_stmt *s;
    char name[65];
    int64_t version;
    int code;

    if (!spec_parse(spec, name, &version, err) ||
        !(s = prepare(r, "SELECT " ROW_COLUMNS " FROM models WHERE name = ?1 AND (?2 = 0 OR version = ?2)"
                         " ORDER BY CASE stage WHEN 'champion' THEN 0 WHEN 'candidate' THEN 1 ELSE 2 END, version DESC LIMIT 1", err)))
        return false;
    sqlite3_bind_text(s, 1, name, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(s, 2, version);
    code = sqlite3_step(s);
    if (code == SQLITE_ROW)
        row_take(s, row);
    sqlite3_finalize(s);
    return code == SQLITE_ROW || (code == SQLITE_DONE ? fail_unknown(r, spec, err) : fail_db(r, "read", err));
}

bool bl_registry_list(struct bl_registry *r, struct bl_kept_row **rows, size_t *n, struct bl_error *err)
{
    sqlite3_stmt *s = prepare(r, "SELECT " ROW_COLUMNS " FROM models ORDER BY name, version", err);
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
        ok = fail_db(r, "read", err);
    sqlite3_finalize(s);
    if (ok)
        return true;
    bl_free(*rows);
    *rows = NULL;
    return false;
}

#else /* without SQLite */

static bool lacks(struct bl_error *err)
{
    bl_fail(err, BL_STATE, "this batchlab was built without SQLite: it has no registry of models");
    return bl_hint(err, "build it where libsqlite3-dev is installed; params to=FILE.csv keeps the parameters");
}

bool bl_registry_open(struct bl_registry **r, const char *folder, bool only_read, struct bl_error *err)
{
    (void)folder, (void)only_read;
    *r = NULL;
    return lacks(err);
}

void bl_registry_close(struct bl_registry *r) { (void)r; }
const char *bl_registry_folder(const struct bl_registry *r) { return r ? "" : ""; }

bool bl_registry_save(struct bl_registry *r, const char *bytes, size_t n, struct bl_kept_row *row, struct bl_error *err)
{
    (void)r, (void)bytes, (void)n, (void)row;
    return lacks(err);
}

bool bl_registry_find(struct bl_registry *r, const char *spec, struct bl_kept_row *row, struct bl_error *err)
{
    (void)r, (void)spec, (void)row;
    return lacks(err);
}

bool bl_registry_list(struct bl_registry *r, struct bl_kept_row **rows, size_t *n, struct bl_error *err)
{
    (void)r, (void)rows, (void)n;
    return lacks(err);
}

bool bl_registry_read(struct bl_registry *r, const struct bl_kept_row *row, char **bytes, size_t *n, struct bl_error *err)
{
    (void)r, (void)row, (void)bytes, (void)n;
    return lacks(err);
}

bool bl_registry_check(struct bl_registry *r, struct bl_error *err)
{
    (void)r;
    return lacks(err);
}

bool bl_registry_stage(struct bl_registry *r, struct bl_kept_row *row, bool champion, const char *why, struct bl_error *err)
{
    (void)r, (void)row, (void)champion, (void)why;
    return lacks(err);
}
#endif
