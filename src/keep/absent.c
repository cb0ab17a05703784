/* The registry of a batchlab that was built without SQLite: there is none, and it says so. */
#include "src/keep/store.h"

#ifndef HAVE_SQLITE
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
const char *bl_registry_told(const struct bl_registry *r) { return r ? "" : ""; }
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

bool bl_registry_candidate(struct bl_registry *r, const char *spec, struct bl_kept_row *row, struct bl_error *err)
{
    return bl_registry_find(r, spec, row, err);
}

bool bl_registry_champion(struct bl_registry *r, const char *name, const char *until, struct bl_kept_row *row, bool *found, struct bl_error *err)
{
    (void)until;
    *found = false;
    return bl_registry_find(r, name, row, err);
}

bool bl_registry_decide(struct bl_registry *r, struct bl_kept_row *row, const char *decision, int64_t champion, const char *why,
                        struct bl_error *err)
{
    (void)r, (void)row, (void)decision, (void)champion, (void)why;
    return lacks(err);
}

bool bl_registry_retire(struct bl_registry *r, struct bl_kept_row *row, const char *why, struct bl_error *err)
{
    (void)r, (void)row, (void)why;
    return lacks(err);
}

bool bl_registry_rollback(struct bl_registry *r, const char *name, struct bl_kept_row *from, struct bl_kept_row *row, struct bl_error *err)
{
    (void)from;
    return bl_registry_find(r, name, row, err);
}

bool bl_registry_note(struct bl_registry *r, const char *event, const struct bl_kept_row *row, const char *why, struct bl_error *err)
{
    (void)r, (void)event, (void)row, (void)why;
    return lacks(err);
}

bool bl_registry_looks(struct bl_registry *r, const char *sha256, size_t *n, struct bl_error *err)
{
    (void)r, (void)sha256, (void)n;
    return lacks(err);
}

bool bl_registry_journal(struct bl_registry *r, const char *name, struct bl_journal_row **rows, size_t *n, struct bl_error *err)
{
    (void)r, (void)name, (void)rows, (void)n;
    return lacks(err);
}

bool bl_registry_gc(struct bl_registry *r, bool retired, double older, bool dry, struct bl_gc *out, struct bl_error *err)
{
    (void)r, (void)retired, (void)older, (void)dry, (void)out;
    return lacks(err);
}

bool bl_registry_runs_save(struct bl_registry *r, struct bl_run_row *rows, const struct bl_point *const *points, size_t n, struct bl_error *err)
{
    (void)r, (void)rows, (void)points, (void)n;
    return lacks(err);
}

bool bl_registry_runs(struct bl_registry *r, struct bl_run_row **rows, size_t *n, struct bl_error *err)
{
    (void)r, (void)rows, (void)n;
    return lacks(err);
}

bool bl_registry_run(struct bl_registry *r, int64_t number, struct bl_run_row *row, struct bl_point **points, struct bl_error *err)
{
    (void)r, (void)number, (void)row, (void)points;
    return lacks(err);
}

bool bl_registry_data_keep(struct bl_registry *r, const char *bytes, size_t n, const char *name, char sha256[65], struct bl_error *err)
{
    (void)r, (void)bytes, (void)n, (void)name, (void)sha256;
    return lacks(err);
}

bool bl_registry_data_path(const struct bl_registry *r, const char *sha256, char *path, size_t size, struct bl_error *err)
{
    (void)r, (void)sha256, (void)path, (void)size;
    return lacks(err);
}

bool bl_registry_data_known(struct bl_registry *r, const char *sha256, const char *made, bool *known, struct bl_error *err)
{
    (void)r, (void)sha256, (void)made, (void)known;
    return lacks(err);
}

bool bl_registry_data_note(struct bl_registry *r, const struct bl_data_row *row, struct bl_error *err)
{
    (void)r, (void)row;
    return lacks(err);
}

bool bl_registry_data_list(struct bl_registry *r, const char *sha256, struct bl_data_row **rows, size_t *n, struct bl_error *err)
{
    (void)r, (void)sha256, (void)rows, (void)n;
    return lacks(err);
}
#endif
