/* A registry in a folder of its own, for the tests of this room. */
#ifndef BL_TESTS_KEEP_REGISTRY_H
#define BL_TESTS_KEEP_REGISTRY_H

#include "batchlab/keep.h"

#ifdef HAVE_SQLITE
#include <sqlite3.h>

static char folder[] = "/tmp/keep-XXXXXX";

static inline void remove_folder(void)
{
    char line[100];

    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    if (system(line) != 0)
        fprintf(stderr, "%s is left over\n", folder);
}

static inline struct bl_registry *registry(void)
{
    struct bl_registry *r;
    struct bl_error err = {0};

    if (!bl_registry_open(&r, folder, false, &err))
        fail_msg("%s", err.message);
    return r;
}

static inline void save(struct bl_registry *r, const char *name, const char *bytes, struct bl_kept_row *row)
{
    struct bl_sha256 sum;
    struct bl_error err = {0};

    *row = (struct bl_kept_row){.value = 0.5};
    snprintf(row->name, sizeof row->name, "%s", name);
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bytes, strlen(bytes));
    bl_sha256_end(&sum, row->sha256);
    if (!bl_registry_save(r, bytes, strlen(bytes), row, &err))
        fail_msg("%s", err.message);
}

/* On the registry of a folder, behind the program's back. */
static inline int sql(const char *there, const char *text)
{
    char path[400];
    sqlite3 *db;
    int code;

    snprintf(path, sizeof path, "%s/registry.db", there);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    code = sqlite3_exec(db, text, NULL, NULL, NULL);
    sqlite3_close(db);
    return code;
}

static inline void write_at(const char *path, const char *name, long at, const char *bytes, size_t n)
{
    char file[500];
    FILE *f;

    snprintf(file, sizeof file, "%s/%s", path, name);
    f = fopen(file, at < 0 ? "wb" : "rb+");
    assert_non_null(f);
    if (at >= 0)
        fseek(f, at, SEEK_SET);
    fwrite(bytes, 1, n, f);
    fclose(f);
}

static inline struct bl_point *made_points(size_t n)
{
    struct bl_random random = bl_random_stream(3, BL_FOR_GENERATE, 0, (uint32_t)n);
    struct bl_point *p = bl_calloc(n + 1, sizeof *p);

    for (size_t i = 0; i < n; i++) {
        double loss = bl_random_unit(&random);
        p[i] = (struct bl_point){.epoch = (double)i, .updates = 12 * i, .samples = 300 * i, .gradient_evaluations = 300 * i + (i > 5), .train_loss = loss,
                                 .validation_loss = i % 3 ? loss + 0.1 : __builtin_nan(""), .objective = loss, .gradient_norm = bl_random_unit(&random),
                                 .lr = 0.1, .seconds = 1e-3 * (double)i};
    }
    return p;
}

static inline void fill_run(struct bl_run_row *row, const struct bl_point *p, size_t n)
{
    *row = (struct bl_run_row){.dataset = "d", .model = "softmax", .what = "mini 32", .status = "stopped", .seed = 1, .n_points = n, .last = p[n ? n - 1 : 0]};
    row->settings = "{\"lr\":\"0.1\"}";
    row->commands = "[\"load iris\"]";
}

static inline int run_in_folder(const char *group, const struct CMUnitTest *tests, size_t n)
{
    if (!mkdtemp(folder))
        return 1;
    atexit(remove_folder);
    return _cmocka_run_group_tests(group, tests, n, NULL, NULL);
}
#endif

#endif
