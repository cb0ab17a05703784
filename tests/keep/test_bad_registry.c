/* Registries that are foreign, newer, damaged, locked, read-only or on a full disk: told, and nothing changes. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/keep/registry.h"

#ifdef HAVE_SQLITE
static void test_a_newer_registry_is_refused(void **state)
{
    struct bl_registry *r = registry();
    struct bl_error err = {0};

    (void)state;
    bl_registry_close(r);
    assert_int_equal(sql(folder, "PRAGMA user_version = 99"), SQLITE_OK);
    assert_false(bl_registry_open(&r, folder, false, &err));
    assert_non_null(strstr(err.message, "newer"));
    assert_int_equal(sql(folder, "PRAGMA application_id = 5; PRAGMA user_version = 4"), SQLITE_OK);
    assert_false(bl_registry_open(&r, folder, false, &err));
    assert_non_null(strstr(err.message, "another program"));
    assert_int_equal(sql(folder, "PRAGMA application_id = 1651269986"), SQLITE_OK);
}

static void expect_no_registry(const char *path, const char *message)
{
    struct bl_registry *r = NULL;
    struct bl_error err = {0};

    if (bl_registry_open(&r, path, false, &err))
        fail_msg("a registry was opened: %s", path);
    if (!strstr(err.message, message) || !err.hint[0])
        fail_msg("%s; hint: %s", err.message, err.hint);
}

static void test_what_is_no_registry_is_refused(void **state)
{
    char path[100], trash[512];

    (void)state;
    snprintf(path, sizeof path, "%s/noise", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    memset(trash, 'x', sizeof trash);
    write_at(path, "registry.db", -1, trash, sizeof trash);
    expect_no_registry(path, "not a database");
    snprintf(path, sizeof path, "%s/noise/registry.db", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    snprintf(path, sizeof path, "%s/noise", folder);
    expect_no_registry(path, "cannot open");
}

/* Pages that were overwritten behind our back are seen when it is opened, not when they are needed. */
static void test_a_damaged_registry_is_seen_at_once(void **state)
{
    struct bl_kept_row row;
    struct bl_registry *r;
    struct bl_error err = {0};
    char path[100], trash[3000], name[20];

    (void)state;
    snprintf(path, sizeof path, "%s/hurt", folder);
    assert_true(bl_registry_open(&r, path, false, &err));
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "m%d", i);
        save(r, name, name, &row);
    }
    bl_registry_close(r);
    assert_true(bl_registry_open(&r, path, false, &err));
    bl_registry_close(r);
    memset(trash, 0xa5, sizeof trash);
    usleep(20000); /* times of files have that grain */
    for (long page = 2; page < 12; page++) /* an empty page has nothing that could be hurt */
        write_at(path, "registry.db", page * 4096 + 8, trash, sizeof trash);
    expect_no_registry(path, "damaged");
}

/* In a process of its own, where limits and users may change; what it says is wrong, "" : nothing. */
static void in_a_child(const char *(*body)(const char *path), const char *path)
{
    char said[400] = "";
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    if ((child = fork()) == 0) {
        const char *wrong = body(path);
        if (write(ends[1], wrong, strlen(wrong)) < 0)
            _exit(2);
        _exit(0);
    }
    close(ends[1]);
    if (read(ends[0], said, sizeof said - 1) < 0)
        said[0] = '?';
    close(ends[0]);
    waitpid(child, &status, 0);
    if (*said || status)
        fail_msg("%s (status %d)", said, status);
}

static bool store_one(struct bl_registry *r, const char *name, struct bl_error *err)
{
    struct bl_kept_row row = {.model = "linear", .dataset = "d", .metric = "rmse", .value = 1};
    struct bl_sha256 sum;

    snprintf(row.name, sizeof row.name, "%s", name);
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, name, strlen(name));
    bl_sha256_end(&sum, row.sha256);
    return bl_registry_save(r, name, strlen(name), &row, err);
}

static struct bl_error told; /* of a child */

static const char *read_only(const char *path)
{
    struct bl_kept_row row;
    struct bl_registry *r;
    char file[200], *bytes;
    size_t n;

    if (geteuid() == 0 && (setgid(65534) || setuid(65534))) /* root may write anywhere */
        return "";
    if (!bl_registry_open(&r, path, false, &told) || !store_one(r, "ice", &told))
        return told.message;
    bl_registry_close(r);
    snprintf(file, sizeof file, "%s/registry.db", path);
    if (chmod(file, 0400) || chmod(path, 0500))
        return "chmod";
    if (!bl_registry_open(&r, path, true, &told))
        return told.message;
    if (!*bl_registry_told(r) || !bl_registry_find(r, "ice", &row, &told) || !bl_registry_read(r, &row, &bytes, &n, &told))
        return "it can not be read";
    bl_free(bytes);
    bl_registry_close(r);
    if (bl_registry_open(&r, path, false, &told) && store_one(r, "snow", &told))
        return "it was written";
    return strstr(told.message, "cannot") && told.hint[0] ? "" : told.message;
}

static void test_a_registry_that_may_only_be_read(void **state)
{
    char path[] = "/tmp/keep-frozen-XXXXXX", line[60];

    (void)state;
    assert_non_null(mkdtemp(path));
    if (geteuid() == 0)
        assert_int_equal(chown(path, 65534, 65534), 0);
    in_a_child(read_only, path);
    chmod(path, 0700);
    snprintf(line, sizeof line, "rm -rf '%s'", path);
    assert_int_equal(system(line), 0);
}

/* Files may not grow: as on a full disk. What was there stays, and when there is room it goes on. */
static const char *no_room(const char *path)
{
    const struct rlimit little = {.rlim_cur = 2048, .rlim_max = RLIM_INFINITY}, all = {RLIM_INFINITY, RLIM_INFINITY};
    struct bl_kept_row row;
    struct bl_registry *r;

    signal(SIGXFSZ, SIG_IGN);
    if (!bl_registry_open(&r, path, false, &told) || !store_one(r, "before", &told))
        return told.message;
    setrlimit(RLIMIT_FSIZE, &little);
    if (store_one(r, "now", &told))
        return "it was saved where there is no room";
    if (!told.message[0] || !told.hint[0] || !bl_registry_find(r, "before", &row, &told))
        return "the message, or what was there";
    setrlimit(RLIMIT_FSIZE, &all);
    if (!store_one(r, "now", &told) || !bl_registry_find(r, "now@1", &row, &told) || !bl_registry_check(r, &told))
        return told.message;
    bl_registry_close(r);
    return "";
}

static void test_a_full_disk_changes_nothing(void **state)
{
    char path[100];

    (void)state;
    snprintf(path, sizeof path, "%s/full", folder);
    in_a_child(no_room, path);
}

/* A file system without shared memory, as many network ones: files whose methods are those of before there was any. */
static int (*open_there)(sqlite3_vfs *, sqlite3_filename, sqlite3_file *, int, int *);
static sqlite3_io_methods old_methods;

static int open_without_memory(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out)
{
    const int code = open_there(vfs, name, file, flags, out);

    if (code == SQLITE_OK && file->pMethods) {
        old_methods = *file->pMethods;
        old_methods.iVersion = 1;
        file->pMethods = &old_methods;
    }
    return code;
}

static const char *no_memory_shared(const char *path)
{
    static sqlite3_vfs vfs;
    struct bl_kept_row row;
    struct bl_registry *r;

    vfs = *sqlite3_vfs_find(NULL);
    open_there = vfs.xOpen;
    vfs.xOpen = open_without_memory;
    vfs.zName = "old";
    sqlite3_vfs_register(&vfs, 1);
    if (!bl_registry_open(&r, path, false, &told))
        return told.message;
    if (!strstr(bl_registry_told(r), "write-ahead log"))
        return "it does not say so";
    if (!store_one(r, "far", &told) || !store_one(r, "far", &told) || !bl_registry_find(r, "far@2", &row, &told) || !bl_registry_check(r, &told))
        return told.message;
    bl_registry_close(r);
    return "";
}

static void test_a_file_system_without_shared_memory_is_told_and_works(void **state)
{
    char path[100];

    (void)state;
    snprintf(path, sizeof path, "%s/far", folder);
    in_a_child(no_memory_shared, path);
}

/* A writer that does not let go: after five seconds a sentence, and nothing is changed. */
static void test_a_locked_registry_is_told(void **state)
{
    struct bl_registry *r;
    struct bl_kept_row row = {.name = "late", .sha256 = ""};
    struct bl_error err = {0};
    char path[100];
    sqlite3 *db;

    (void)state;
    if (!getenv("BATCHLAB_LONG"))
        return; /* it takes the five seconds */
    r = registry();
    snprintf(path, sizeof path, "%s/registry.db", folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    memset(row.sha256, 'c', 64);
    assert_false(bl_registry_save(r, "x", 1, &row, &err));
    assert_non_null(strstr(err.hint, "another batchlab"));
    sqlite3_close(db);
    bl_registry_close(r);
}

static void test_damaged_points_are_told(void **state)
{
    struct bl_registry *r = registry();
    struct bl_point *p = made_points(50), *back;
    const struct bl_point *const lent = p;
    struct bl_run_row row, read;
    struct bl_error err = {0};
    char line[200];

    (void)state;
    fill_run(&row, p, 50);
    assert_true(bl_registry_runs_save(r, &row, &lent, 1, &err));
    snprintf(line, sizeof line, "UPDATE points SET bytes = substr(bytes, 1, 70) WHERE run = %lld", (long long)row.number);
    assert_int_equal(sql(folder, line), SQLITE_OK);
    assert_false(bl_registry_run(r, row.number, &read, &back, &err));
    assert_non_null(strstr(err.message, "damaged"));
    bl_free(p);
    bl_registry_close(r);
}

static void test_a_damaged_object_is_told(void **state)
{
    struct bl_registry *r = registry();
    struct bl_kept_row row;
    struct bl_error err = {0};
    char path[600], *bytes;
    size_t n;
    FILE *f;

    (void)state;
    save(r, "broken", "contents", &row);
    snprintf(path, sizeof path, "%s/objects/%.2s/%s", folder, row.sha256, row.sha256 + 2);
    f = fopen(path, "wb");
    fputs("contentz", f);
    fclose(f);
    assert_false(bl_registry_read(r, &row, &bytes, &n, &err));
    assert_non_null(strstr(err.message, "broken@1"));
    bl_registry_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_newer_registry_is_refused),
        cmocka_unit_test(test_what_is_no_registry_is_refused),
        cmocka_unit_test(test_a_damaged_registry_is_seen_at_once),
        cmocka_unit_test(test_a_registry_that_may_only_be_read),
        cmocka_unit_test(test_a_full_disk_changes_nothing),
        cmocka_unit_test(test_a_file_system_without_shared_memory_is_told_and_works),
        cmocka_unit_test(test_a_locked_registry_is_told),
        cmocka_unit_test(test_damaged_points_are_told),
        cmocka_unit_test(test_a_damaged_object_is_told),
    };

    return run_in_folder("bad_registry", tests, sizeof tests / sizeof *tests);
}
#else
int main(void)
{
    printf("1..1\nok 1 # skip this build has no SQLite, so no registry\n");
    return 0;
}
#endif
