/* The registry: versions and stages in SQLite, files by content beside it. */
#include "src/keep/store.h"

#include <errno.h>
#include <fcntl.h>
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
#define APPLICATION 0x626c6162 /* "blab" */

bool bl_store_fail(const struct bl_registry *r, const char *doing, struct bl_error *err)
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
    if (code == SQLITE_READONLY)
        return bl_hint(err, "chmod u+w %s %s/registry.db* lets it be written; BATCHLAB_HOME names another folder", r->folder, r->folder);
    return bl_hint(err, "BATCHLAB_HOME names the folder of the registry: one that may be written");
}

bool bl_store_run(struct bl_registry *r, const char *sql, const char *doing, struct bl_error *err)
{
    return sqlite3_exec(r->db, sql, NULL, NULL, NULL) == SQLITE_OK || bl_store_fail(r, doing, err);
}

sqlite3_stmt *bl_store_prepare(struct bl_registry *r, const char *sql, struct bl_error *err)
{
    sqlite3_stmt *s = NULL;

    if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) == SQLITE_OK)
        return s;
    bl_store_fail(r, "read", err);
    return NULL;
}

bool bl_store_number(struct bl_registry *r, const char *sql, int64_t *x, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, sql, err);
    bool ok;

    if (!s)
        return false;
    ok = sqlite3_step(s) == SQLITE_ROW || bl_store_fail(r, "read", err);
    *x = ok ? sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return ok;
}

void bl_store_bind(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
}

bool bl_store_done(struct bl_registry *r, sqlite3_stmt *s, struct bl_error *err)
{
    bool ok = s && (sqlite3_step(s) == SQLITE_DONE || bl_store_fail(r, "write", err));

    sqlite3_finalize(s);
    return ok;
}

void bl_store_copy(sqlite3_stmt *s, int column, char *to, size_t size)
{
    const char *text = (const char *)sqlite3_column_text(s, column);

    snprintf(to, size, "%s", text ? text : "");
}

void bl_store_now(char to[32])
{
    const char *fixed = getenv("BATCHLAB_CLOCK");
    time_t now = fixed && strcmp(fixed, "fixed") == 0 ? 0 : time(NULL);
    struct tm parts;

    gmtime_r(&now, &parts);
    strftime(to, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

bool bl_store_begin(struct bl_registry *r, struct bl_error *err)
{
    return bl_store_run(r, "BEGIN IMMEDIATE", "write", err);
}

bool bl_store_end(struct bl_registry *r, bool ok, struct bl_error *err)
{
    ok = ok && bl_store_run(r, "COMMIT", "write", err);
    if (!ok)
        sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
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

/* A statement of one row whose first column is a text: what it says, "" on failure. */
static void word_of(struct bl_registry *r, const char *sql, char *to, size_t size)
{
    sqlite3_stmt *s = bl_store_prepare(r, sql, NULL);

    *to = '\0';
    if (s && sqlite3_step(s) == SQLITE_ROW)
        bl_store_copy(s, 0, to, size);
    sqlite3_finalize(s);
}

/* Readers and a writer side by side; where the file system has no shared memory for that, one after the other. */
static bool choose_journal(struct bl_registry *r, struct bl_error *err)
{
    char mode[16];

    if (sqlite3_db_readonly(r->db, "main") == 1)
        return true;
    word_of(r, "PRAGMA journal_mode=WAL", mode, sizeof mode);
    if (*mode && strcmp(mode, "wal") != 0)
        snprintf(r->told, sizeof r->told, "the registry can not keep a write-ahead log where it is (a network file system?): it uses "
                 "the rollback journal '%s', and sessions wait for each other", mode);
    return bl_store_run(r, "PRAGMA synchronous=FULL", "open", err);
}

/* What SQLite is told before anything is read. */
static bool set_up(struct bl_registry *r, struct bl_error *err)
{
    sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(r->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_busy_timeout(r->db, 5000);
    return bl_store_run(r, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA foreign_keys=ON;", "open", err) &&
           choose_journal(r, err);
}

struct stand { int64_t application, version, tables; };

static bool stand_of(struct bl_registry *r, struct stand *x, struct bl_error *err)
{
    return bl_store_number(r, "PRAGMA application_id", &x->application, err) && bl_store_number(r, "PRAGMA user_version", &x->version, err) &&
           bl_store_number(r, "SELECT count(*) FROM sqlite_schema", &x->tables, err);
}

/* Is it ours, and of a time that this program knows? An empty one is. */
static bool stand_check(const struct bl_registry *r, const struct stand *x, struct bl_error *err)
{
    if (x->tables == 0 && x->application == 0 && x->version == 0)
        return true;
    if (x->application != APPLICATION) {
        bl_fail(err, BL_DATA, "%s/registry.db is a database of another program", r->folder);
        return bl_hint(err, "set BATCHLAB_HOME to another folder");
    }
    if (x->version >= 1 && x->version <= BL_STORE_VERSION)
        return true;
    bl_fail(err, BL_DATA, "the registry %s was written by %s batchlab (schema %lld; this one knows %d)", r->folder,
            x->version > BL_STORE_VERSION ? "a newer" : "another", (long long)x->version, BL_STORE_VERSION);
    return bl_hint(err, "use that batchlab, or set BATCHLAB_HOME to another folder");
}

/* registry.db.v1: as it was before it is led to a newer schema. One that is there is of an earlier attempt: it stays. */
static bool copy_before(struct bl_registry *r, int64_t version, struct bl_error *err)
{
    char path[BL_OBJECT_PATH];
    sqlite3_stmt *s;

    snprintf(path, sizeof path, "%s/registry.db.v%lld", r->folder, (long long)version);
    if (access(path, F_OK) == 0)
        return true;
    if (!(s = bl_store_prepare(r, "VACUUM INTO ?", err)))
        return false;
    bl_store_bind(s, 1, path);
    if (bl_store_done(r, s, err))
        return true;
    unlink(path);
    return false;
}

/* In one transaction, from where it stands then: another session may have been faster. */
static bool lead_on(struct bl_registry *r, struct bl_error *err)
{
    char numbers[100];
    struct stand x;
    bool ok;

    if (!bl_store_begin(r, err))
        return false;
    ok = stand_of(r, &x, err) && stand_check(r, &x, err);
    for (int64_t i = x.version; ok && i < BL_STORE_VERSION; i++)
        ok = bl_store_run(r, bl_store_schemas[i], "make", err);
    snprintf(numbers, sizeof numbers, "PRAGMA application_id=%d; PRAGMA user_version=%d;", APPLICATION, BL_STORE_VERSION);
    return bl_store_end(r, ok && bl_store_run(r, numbers, "make", err), err);
}

static bool check_schema(struct bl_registry *r, struct bl_error *err)
{
    struct stand x;

    if (!stand_of(r, &x, err) || !stand_check(r, &x, err))
        return false;
    if (x.version == BL_STORE_VERSION)
        return true;
    return (x.version == 0 || copy_before(r, x.version, err)) && lead_on(r, err);
}

/* ---- is it as we left it? --------------------------------------------------------------------------------- */

/* Size, time and place of registry.db, as text; "" where it can not be told. */
static void looks(const struct bl_registry *r, char to[120])
{
    char path[BL_OBJECT_PATH];
    struct stat st;

    snprintf(path, sizeof path, "%s/registry.db", r->folder);
    *to = '\0';
    if (stat(path, &st) == 0)
        snprintf(to, 120, "%lld %lld.%09ld %llu\n", (long long)st.st_size, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (unsigned long long)st.st_ino);
}

static bool as_left(const struct bl_registry *r)
{
    char path[BL_OBJECT_PATH], now[120], then[120] = "";
    int fd;

    looks(r, now);
    snprintf(path, sizeof path, "%s/seen", r->folder);
    if ((fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) < 0)
        return false;
    ssize_t n = read(fd, then, sizeof then - 1);
    close(fd);
    return n > 0 && strcmp(now, then) == 0;
}

/* How registry.db looks when the last session has left it. That it fails costs a check. */
static void leave(const struct bl_registry *r)
{
    char path[BL_OBJECT_PATH], now[120];
    int fd;

    looks(r, now);
    snprintf(path, sizeof path, "%s/seen", r->folder);
    if (*now && (fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)) >= 0) {
        if (write(fd, now, strlen(now)) < 0)
            unlink(path);
        close(fd);
    }
}

/* One that was copied, restored, or written by another program is looked through before it is believed. */
static bool check_pages(struct bl_registry *r, struct bl_error *err)
{
    char said[200];
    const char *what;

    if (as_left(r))
        return true;
    word_of(r, "PRAGMA quick_check(1)", said, sizeof said);
    if (strcmp(said, "ok") == 0)
        return true;
    if (!*said)
        return bl_store_fail(r, "read", err);
    what = strchr(said, '\n') ? strchr(said, '\n') + 1 : said; /* behind "*** in database main ***" */
    bl_fail(err, BL_DATA, "the registry %s/registry.db is damaged: %s", r->folder, what);
    return bl_hint(err, "take back a copy of it, or set BATCHLAB_HOME to another folder");
}

static bool open_file(struct bl_registry *r, const char *path, int flags, struct bl_error *err)
{
    if (sqlite3_open_v2(path, &r->db, flags | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return bl_store_fail(r, "open", err);
    return set_up(r, err) && check_pages(r, err) && check_schema(r, err);
}

/* From a folder that may not be written: the log of a writer can not be shared there, so only where there is none. */
static bool open_frozen(struct bl_registry *r, const char *path, struct bl_error *err)
{
    char uri[3 * BL_OBJECT_PATH + 40], log[BL_OBJECT_PATH + 8];
    struct stat st;
    size_t n = (size_t)snprintf(uri, sizeof uri, "file:");

    snprintf(log, sizeof log, "%s-wal", path);
    if (stat(log, &st) == 0 && st.st_size > 0)
        return false;
    for (const char *c = path; *c; c++)
        n += (size_t)snprintf(uri + n, sizeof uri - n, strchr("?#%", *c) ? "%%%02X" : "%c", (unsigned char)*c);
    snprintf(uri + n, sizeof uri - n, "?immutable=1");
    sqlite3_close(r->db);
    r->db = NULL;
    snprintf(r->told, sizeof r->told, "the registry may only be read here: nothing is kept in it");
    return open_file(r, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
}

static bool open_db(struct bl_registry *r, bool only_read, struct bl_error *err)
{
    char folder[4096], path[BL_OBJECT_PATH];
    int fd;

    /* NOFOLLOW looks at the whole path: links on the way to the folder are the user's own. */
    if (!realpath(r->folder, folder))
        return bl_fail_io(err, "open", r->folder, errno);
    snprintf(r->folder, sizeof r->folder, "%s", folder);
    snprintf(path, sizeof path, "%s/registry.db", folder);
    if (!only_read && (fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)) >= 0) /* under every umask */
        close(fd);
    return open_file(r, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err) ||
           (only_read && access(folder, W_OK) != 0 && open_frozen(r, path, err));
}

bool bl_registry_open(struct bl_registry **out, const char *folder, bool only_read, struct bl_error *err)
{
    struct bl_registry *r = bl_calloc(1, sizeof *r);
    char path[BL_OBJECT_PATH];

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
    if ((only_read || bl_folder_make(r->folder, err)) && open_db(r, only_read, err)) {
        *out = r;
        r->only_read = only_read;
        if (!only_read)
            bl_sweep_daily(r);
        return true;
    }
    sqlite3_close(r->db);
    bl_free(r);
    return false;
}

void bl_registry_close(struct bl_registry *r)
{
    if (!r)
        return;
    if (sqlite3_close(r->db) == SQLITE_OK && !r->only_read)
        leave(r);
    bl_free(r);
}

const char *bl_registry_folder(const struct bl_registry *r) { return r->folder; }

const char *bl_registry_told(const struct bl_registry *r) { return r->told; }
#endif
