/* Files by content: objects/ab/cdef..., named by their SHA-256. Written before the row that names them, so that an end in
 * between leaves a file without a row, never a row without a file. */
#include "src/keep/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_SQLITE

bool bl_object_name_good(const char *sha256)
{
    return strlen(sha256) == 64 && strspn(sha256, "0123456789abcdef") == 64;
}

void bl_object_path(const struct bl_registry *r, const char *sha256, char folder[BL_OBJECT_PATH], char path[BL_OBJECT_PATH + 70])
{
    snprintf(folder, BL_OBJECT_PATH, "%s/objects/%.2s", r->folder, sha256);
    snprintf(path, BL_OBJECT_PATH + 70, "%s/%s", folder, sha256 + 2);
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

bool bl_object_there(const struct bl_registry *r, const char *sha256)
{
    char folder[BL_OBJECT_PATH], path[BL_OBJECT_PATH + 70];

    bl_object_path(r, sha256, folder, path);
    return access(path, F_OK) == 0;
}

/* The same bytes twice are one file; overwriting mends one that was damaged. */
bool bl_object_write(struct bl_registry *r, const char *bytes, size_t n, const char *sha256, struct bl_error *err)
{
    char folder[BL_OBJECT_PATH], path[BL_OBJECT_PATH + 70];
    struct bl_save *s;

    bl_object_path(r, sha256, folder, path);
    if (!bl_folder_make(folder, err) || !(s = bl_save_open(path, true, err)))
        return false;
    if (bl_save_write(s, bytes, n, err))
        return bl_save_commit(s, err);
    bl_save_abandon(s);
    return false;
}

bool bl_registry_read(struct bl_registry *r, const struct bl_kept_row *row, char **bytes, size_t *n, struct bl_error *err)
{
    char folder[BL_OBJECT_PATH], path[BL_OBJECT_PATH + 70];

    if (row->gone[0]) {
        bl_fail(err, BL_STATE, "the file of %s@%lld was removed by gc on %s", row->name, (long long)row->version, row->gone);
        return bl_hint(err, "models lists the versions; retrain %s makes a new one", row->name);
    }
    if (!bl_object_name_good(row->sha256))
        return bl_fail(err, BL_DATA, "the registry gives no file for %s@%lld", row->name, (long long)row->version);
    bl_object_path(r, row->sha256, folder, path);
    if (!bl_file_read(path, BL_KEPT_FILE_MOST, bytes, n, err))
        return false;
    if (object_check(*bytes, *n, row->sha256))
        return true;
    bl_free(*bytes);
    *bytes = NULL;
    bl_fail(err, BL_DATA, "the file of %s@%lld is not what was saved: its SHA-256 is another", row->name, (long long)row->version);
    return bl_hint(err, "take %s back from a copy", path);
}

/* ---- data ------------------------------------------------------------------------------------------------ */

static bool data_row(struct bl_registry *r, const char *name, size_t n, const char *sha256, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "INSERT OR IGNORE INTO data VALUES(?,?,?,?)", err);
    char at[32];

    if (!s)
        return false;
    bl_store_now(at);
    bl_store_bind(s, 1, sha256);
    bl_store_bind(s, 2, name);
    sqlite3_bind_int64(s, 3, (int64_t)n);
    bl_store_bind(s, 4, at);
    return bl_store_done(r, s, err);
}

bool bl_registry_data_keep(struct bl_registry *r, const char *bytes, size_t n, const char *name, char sha256[65], struct bl_error *err)
{
    struct bl_sha256 sum;

    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bytes, n);
    bl_sha256_end(&sum, sha256);
    if (!bl_object_write(r, bytes, n, sha256, err) || !bl_store_begin(r, err))
        return false;
    if (!bl_object_there(r, sha256) && !bl_object_write(r, bytes, n, sha256, err))
        return bl_store_end(r, false, err);
    return bl_store_end(r, data_row(r, name, n, sha256, err), err);
}

bool bl_registry_data_path(const struct bl_registry *r, const char *sha256, char *path, size_t size, struct bl_error *err)
{
    char folder[BL_OBJECT_PATH], whole[BL_OBJECT_PATH + 70];

    if (bl_object_name_good(sha256) && bl_object_there(r, sha256)) {
        bl_object_path(r, sha256, folder, whole);
        if ((size_t)snprintf(path, size, "%s", whole) < size)
            return true;
    }
    bl_fail(err, BL_UNKNOWN, "the registry keeps no data kept:%.70s", sha256);
    return bl_hint(err, "lineage NAME tells what a model was made of; take the registry back from a copy");
}
#endif
