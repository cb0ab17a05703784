/* The registry: versions have no gaps, the journal shows where it was touched, runs come back to the bit. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/keep/registry.h"

#ifdef HAVE_SQLITE
static void test_versions_are_numbered_without_gaps(void **state)
{
    struct bl_registry *a = registry(), *b = registry(); /* two at once */
    struct bl_kept_row row;
    struct bl_error err = {0};
    char *bytes;
    size_t n;

    (void)state;
    save(a, "one", "first", &row);
    assert_int_equal(row.version, 1);
    save(b, "one", "second", &row);
    assert_int_equal(row.version, 2);
    save(a, "one", "second", &row);
    assert_int_equal(row.version, 3);
    save(b, "two", "first", &row);
    assert_int_equal(row.version, 1);
    assert_string_equal(row.stage, "candidate");
    assert_true(bl_registry_find(a, "one", &row, &err));
    assert_int_equal(row.version, 3);
    assert_true(bl_registry_find(a, "one@1", &row, &err));
    assert_true(bl_registry_read(b, &row, &bytes, &n, &err));
    assert_int_equal(n, 5);
    assert_memory_equal(bytes, "first", 5);
    bl_free(bytes);
    assert_false(bl_registry_find(a, "one@9", &row, &err));
    assert_false(bl_registry_find(a, "../one", &row, &err));
    assert_false(bl_registry_find(a, "one@0", &row, &err));
    bl_registry_close(a);
    bl_registry_close(b);
}

/* Four processes save under one name at once: no version is lost or given twice, and the chain holds. */
static void test_several_processes_at_once(void **state)
{
    enum { PROCESSES = 4, SAVES = 12 };
    struct bl_kept_row *rows;
    struct bl_registry *r;
    struct bl_error err = {0};
    size_t n, found = 0;
    int status;

    (void)state;
    for (int p = 0; p < PROCESSES; p++)
        if (fork() == 0) {
            for (int i = 0; i < SAVES; i++) {
                struct bl_kept_row row = {.name = "busy", .value = 0.5};
                struct bl_sha256 sum;
                char bytes[32];
                snprintf(bytes, sizeof bytes, "%d of %d", i, p);
                bl_sha256_start(&sum);
                bl_sha256_add(&sum, bytes, strlen(bytes));
                bl_sha256_end(&sum, row.sha256);
                if (!bl_registry_open(&r, folder, false, &err) || !bl_registry_save(r, bytes, strlen(bytes), &row, &err))
                    _exit(1);
                bl_registry_close(r);
            }
            _exit(0);
        }
    for (int p = 0; p < PROCESSES; p++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    r = registry();
    assert_true(bl_registry_check(r, &err));
    assert_true(bl_registry_list(r, &rows, &n, &err));
    for (size_t i = 0; i < n; i++)
        if (!strcmp(rows[i].name, "busy"))
            assert_int_equal(rows[i].version, ++found);
    assert_int_equal(found, PROCESSES * SAVES);
    bl_free(rows);
    bl_registry_close(r);
}

static void test_one_champion_which_is_not_retired(void **state)
{
    struct bl_registry *r = registry();
    struct bl_kept_row first, second, found;
    struct bl_error err = {0};

    (void)state;
    save(r, "crown", "a", &first);
    save(r, "crown", "b", &second);
    assert_true(bl_registry_decide(r, &first, "promote", 0, "{}", &err));
    assert_true(bl_registry_find(r, "crown", &found, &err));
    assert_int_equal(found.version, 1);
    assert_false(bl_registry_retire(r, &first, "", &err));
    assert_false(bl_registry_decide(r, &second, "promote", 0, "{}", &err)); /* it was compared with none: another session was faster */
    assert_non_null(strstr(err.message, "crown@1"));
    assert_true(bl_registry_decide(r, &second, "hold", 1, "{}", &err));
    assert_string_equal(second.stage, "candidate");
    assert_true(bl_registry_decide(r, &second, "promote", 1, "{}", &err));
    assert_true(bl_registry_find(r, "crown@1", &found, &err));
    assert_string_equal(found.stage, "retired");
    assert_true(bl_registry_check(r, &err));
    bl_registry_close(r);
}

static void test_versions_and_journal_resist_change(void **state)
{
    struct bl_registry *r = registry();
    struct bl_kept_row row;
    struct bl_error err = {0};

    (void)state;
    save(r, "stay", "a", &row);
    save(r, "stay", "b", &row);
    assert_int_not_equal(sql(folder, "DELETE FROM models"), SQLITE_OK);
    assert_int_not_equal(sql(folder, "UPDATE models SET version = 7"), SQLITE_OK);
    assert_int_not_equal(sql(folder, "DELETE FROM journal"), SQLITE_OK);
    assert_true(bl_registry_check(r, &err));
    assert_int_equal(sql(folder, "DROP TRIGGER journal_fixed; UPDATE journal SET event = 'promote' WHERE number = 2"), SQLITE_OK);
    assert_false(bl_registry_check(r, &err));
    assert_non_null(strstr(err.message, "row 2"));
    bl_registry_close(r);
}

/* As batchlab made it before versions had parents; its two rows of the journal are chained. */
static const char first_schema[] =
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
    "PRAGMA application_id = 1651269986; PRAGMA user_version = 1;";

static void insert_old(const char *there, int64_t version, char before[65])
{
    struct bl_sha256 sum;
    char text[400], sha[65] = "", statement[900];

    memset(sha, version == 1 ? 'a' : 'b', 64);
    snprintf(text, sizeof text, "%s\n2026-01-0%lldT00:00:00Z\nsave\nold\n%lld\n%s\n", before, (long long)version, (long long)version, sha);
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, text, strlen(text));
    bl_sha256_end(&sum, before);
    snprintf(statement, sizeof statement, "INSERT INTO models VALUES('old', %lld, 'candidate', '%s', 'linear', 'd', 'rmse', 1, '2026-01-01T00:00:00Z');"
             "INSERT INTO journal(at, event, name, version, sha256, why, hash) VALUES('2026-01-0%lldT00:00:00Z', 'save', 'old', %lld, '%s', '', '%s')",
             (long long)version, sha, (long long)version, (long long)version, sha, before);
    assert_int_equal(sql(there, statement), SQLITE_OK);
}

static void test_an_older_registry_is_led_on(void **state)
{
    struct bl_kept_row row, *rows;
    struct bl_registry *r;
    struct bl_error err = {0};
    char path[100], before[65] = "";
    size_t n;

    (void)state;
    snprintf(path, sizeof path, "%s/old", folder);
    assert_int_equal(mkdir(path, 0700), 0);
        assert_int_equal(sql(path, first_schema), SQLITE_OK);
    insert_old(path, 1, before);
    insert_old(path, 2, before);
    if (!bl_registry_open(&r, path, false, &err))
        fail_msg("%s", err.message);
    assert_true(bl_registry_check(r, &err));
    assert_true(bl_registry_list(r, &rows, &n, &err));
    assert_int_equal(n, 2);
    assert_int_equal(rows[1].version, 2);
    assert_int_equal(rows[1].parent, 0);
    bl_free(rows);
    save(r, "old", "third", &row);
    assert_int_equal(row.version, 3);
    assert_true(bl_registry_check(r, &err));
    bl_registry_close(r);
    snprintf(path, sizeof path, "%s/old/registry.db.v1", folder);
    assert_int_equal(access(path, R_OK), 0); /* as it was */
    snprintf(path, sizeof path, "%s/old", folder);
    assert_true(bl_registry_open(&r, path, true, &err)); /* once is enough */
    bl_registry_close(r);
}

static size_t objects_in(const char *path)
{
    char line[200];
    size_t n = 0;
    FILE *f;

    snprintf(line, sizeof line, "find '%s/objects' -type f | wc -l", path);
    f = popen(line, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%zu", &n), 1);
    pclose(f);
    return n;
}

static void test_what_nothing_needs_is_removed(void **state)
{
    struct bl_kept_row first, second, third, twin;
    struct bl_registry *r;
    struct bl_error err = {0};
    struct bl_gc x;
    char path[100], file[300], *bytes;
    size_t n;

    (void)state;
    snprintf(path, sizeof path, "%s/sweep", folder);
    assert_true(bl_registry_open(&r, path, false, &err));
    save(r, "s", "one", &first);
    save(r, "s", "two", &second);
    save(r, "s", "three", &third);
    save(r, "t", "two", &twin); /* the same bytes */
    snprintf(file, sizeof file, "objects/%.2s/%s", first.sha256, "0123456789012345678901234567890123456789012345678901234567890a");
    write_at(path, file, -1, "left", 4);
    snprintf(file, sizeof file, "objects/%.2s/.%s", first.sha256, "left.by.a.save");
    write_at(path, file, -1, "left", 4);
    assert_true(bl_registry_gc(r, false, 3600, false, &x, &err));
    assert_int_equal(x.orphans, 0); /* a save may be under way */
    assert_true(bl_registry_gc(r, false, 0, true, &x, &err));
    assert_int_equal(x.orphans, 2);
    assert_int_equal(objects_in(path), 5);
    assert_true(bl_registry_gc(r, false, 0, false, &x, &err));
    assert_int_equal(objects_in(path), 3);
    assert_true(bl_registry_retire(r, &first, "", &err));
    assert_true(bl_registry_retire(r, &second, "", &err));
    assert_true(bl_registry_gc(r, true, 0, false, &x, &err));
    assert_int_equal(x.versions, 2);
    assert_int_equal(objects_in(path), 2); /* "two" is needed by t */
    assert_true(bl_registry_read(r, &twin, &bytes, &n, &err));
    bl_free(bytes);
    assert_true(bl_registry_find(r, "s@1", &first, &err));
    assert_false(bl_registry_read(r, &first, &bytes, &n, &err));
    assert_non_null(strstr(err.message, "removed by gc"));
    save(r, "s", "one", &first); /* a file that was removed comes back */
    assert_true(bl_registry_read(r, &first, &bytes, &n, &err));
    bl_free(bytes);
    assert_true(bl_registry_check(r, &err));
    bl_registry_close(r);
}

static void test_runs_come_back_to_the_bit(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 1000};
    struct bl_registry *r = registry();
    struct bl_error err = {0};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct bl_point *p = made_points(sizes[i]), *back;
        const struct bl_point *const lent = p;
        struct bl_run_row row, read;

        fill_run(&row, p, sizes[i]);
        assert_true(bl_registry_runs_save(r, &row, &lent, 1, &err));
        assert_true(row.number > 0);
        if (!bl_registry_run(r, row.number, &read, &back, &err))
            fail_msg("%s", err.message);
        assert_int_equal(read.n_points, sizes[i]);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_memory_equal(&p[k], &back[k], sizeof *p);
        assert_string_equal(read.what, "mini 32");
        bl_run_done(&read);
        bl_free(back);
        bl_free(p);
    }
    assert_false(bl_registry_run(r, 999999, &(struct bl_run_row){0}, &(struct bl_point *){NULL}, &err));
    assert_non_null(strstr(err.message, "no run 999999"));
    bl_registry_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions_are_numbered_without_gaps),
        cmocka_unit_test(test_several_processes_at_once),
        cmocka_unit_test(test_one_champion_which_is_not_retired),
        cmocka_unit_test(test_versions_and_journal_resist_change),
        cmocka_unit_test(test_an_older_registry_is_led_on),
        cmocka_unit_test(test_what_nothing_needs_is_removed),
        cmocka_unit_test(test_runs_come_back_to_the_bit),
    };

    return run_in_folder("registry", tests, sizeof tests / sizeof *tests);
}
#else
int main(void)
{
    printf("1..1\nok 1 # skip this build has no SQLite, so no registry\n");
    return 0;
}
#endif
