/* What is not needed any more: files that no version names, and, when asked, those of retired versions. */
#include "src/keep/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef HAVE_SQLITE

/* ---- files without a version ---------------------------------------------------------------------------- */

struct sweep { struct bl_registry *r; sqlite3_stmt *named; double older; bool dry; struct bl_gc *out; };

/* Does a version whose file is kept name these bytes? */
static bool is_named(struct sweep *x, const char *sha256)
{
    bool named;

    bl_store_bind(x->named, 1, sha256);
    named = sqlite3_step(x->named) == SQLITE_ROW;
    sqlite3_reset(x->named);
    return named;
}

/* A file of an object, or what an interrupted save left: ".NAME.RANDOM". */
static void sweep_file(struct sweep *x, int folder, const char *prefix, const char *name)
{
    struct stat st;
    char sha256[80];

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) || difftime(time(NULL), st.st_mtime) < x->older)
        return;
    snprintf(sha256, sizeof sha256, "%.2s%.70s", prefix, name);
    if (name[0] != '.' && (!bl_object_name_good(sha256) || is_named(x, sha256)))
        return;
    if (!x->dry && unlinkat(folder, name, 0) != 0)
        return;
    x->out->orphans++;
    x->out->bytes += (uint64_t)st.st_size;
}

static void sweep_folder(struct sweep *x, int objects, const char *prefix)
{
    int fd = openat(objects, prefix, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

    if (!d && fd >= 0)
        close(fd);
    for (struct dirent *e; d && (e = readdir(d));)
        if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
            sweep_file(x, fd, prefix, e->d_name);
    if (d)
        closedir(d);
}

static bool sweep_objects(struct sweep *x, struct bl_error *err)
{
    char path[BL_OBJECT_PATH];
    DIR *d;

    snprintf(path, sizeof path, "%s/objects", x->r->folder);
    if (!(d = opendir(path)))
        return errno == ENOENT || bl_fail_io(err, "open", path, errno);
    for (struct dirent *e; (e = readdir(d));)
        if (strlen(e->d_name) == 2 && strspn(e->d_name, "0123456789abcdef") == 2)
            sweep_folder(x, dirfd(d), e->d_name);
    closedir(d);
    return true;
}

/* Under the write lock: a save that has written its file and not yet its row looks again once it has the lock. */
static bool sweep_orphans(struct bl_registry *r, double older, bool dry, struct bl_gc *out, struct bl_error *err)
{
    struct sweep x = { .r = r, .older = older, .dry = dry, .out = out };
    bool ok;

    if (!bl_store_begin(r, err))
        return false;
    ok = (x.named = bl_store_prepare(r, "SELECT 1 FROM models WHERE sha256 = ?1 AND gone = '' UNION ALL SELECT 1 FROM data WHERE sha256 = ?1 LIMIT 1", err)) && sweep_objects(&x, err);
    sqlite3_finalize(x.named);
    return bl_store_end(r, ok, err);
}

/* ---- retired versions --------------------------------------------------------------------------------------- */

/* The row says that the file is gone before it goes: an end in between leaves an orphan. */
static bool let_go(struct bl_registry *r, const struct bl_kept_row *row, struct bl_error *err)
{
    sqlite3_stmt *s;
    char at[32];

    if (!bl_store_begin(r, err))
        return false;
    bl_store_now(at);
    s = bl_store_prepare(r, "UPDATE models SET gone = ?1 WHERE name = ?2 AND version = ?3 AND stage = 'retired' AND gone = ''", err);
    if (s) {
        bl_store_bind(s, 1, at);
        bl_store_bind(s, 2, row->name);
        sqlite3_bind_int64(s, 3, row->version);
    }
    return bl_store_end(r, bl_store_done(r, s, err) && bl_journal_add(r, "gc", row, "", err), err);
}

static bool sweep_retired(struct bl_registry *r, bool dry, struct bl_gc *out, struct bl_error *err)
{
    struct bl_kept_row *rows;
    size_t n;
    bool ok = bl_registry_list(r, &rows, &n, err);

    for (size_t i = 0; ok && i < n; i++) {
        if (strcmp(rows[i].stage, "retired") || rows[i].gone[0])
            continue;
        ok = dry || let_go(r, &rows[i], err);
        out->versions += ok;
    }
    if (ok)
        bl_free(rows);
    return ok;
}

bool bl_registry_gc(struct bl_registry *r, bool retired, double older, bool dry, struct bl_gc *out, struct bl_error *err)
{
    *out = (struct bl_gc){ 0 };
    return (!retired || sweep_retired(r, dry, out, err)) && sweep_orphans(r, older, dry, out, err);
}

/* ---- at start-up ---------------------------------------------------------------------------------------------- */

#define DAY (24.0 * 60 * 60)

/* Once a day, which the time of a file tells; that it fails is no reason not to work. */
void bl_sweep_daily(struct bl_registry *r)
{
    char path[BL_OBJECT_PATH];
    struct bl_gc ignored;
    struct stat st;
    int fd;

    snprintf(path, sizeof path, "%s/swept", r->folder);
    if (stat(path, &st) == 0 && difftime(time(NULL), st.st_mtime) < DAY)
        return;
    if ((fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
        return;
    futimens(fd, NULL);
    close(fd);
    bl_registry_gc(r, false, DAY, false, &ignored, NULL);
}
#endif
