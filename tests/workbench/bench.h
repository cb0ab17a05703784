/* A workbench with a dataset of sample-data, for the tests of this room. */
#ifndef BL_TESTS_WORKBENCH_BENCH_H
#define BL_TESTS_WORKBENCH_BENCH_H

#include "batchlab/workbench.h"

static inline struct bl_workbench *bench_with(const char *dataset, size_t threads)
{
    struct bl_error err = { 0 };
    struct bl_workbench *w = bl_workbench_create(threads, 1, &err);
    struct bl_load_options options = { 0 };
    char path[4096];
    struct bl_table *t;

    assert_non_null(w);
    snprintf(path, sizeof path, BL_SOURCE_DIR "/sample-data/%s.csv", dataset);
    t = bl_load(path, &options, &err);
    if (!t || !bl_workbench_add(w, t, NULL, &err))
        fail_msg("%s: %s", path, err.message);
    return w;
}

static inline void start(struct bl_workbench *w, const char *const *regimes, size_t n)
{
    struct bl_contestant c[8];
    struct bl_error err = { 0 };

    memset(c, 0, sizeof c);
    for (size_t i = 0; i < n; i++) {
        c[i].settings = *bl_workbench_defaults(w);
        assert_true(bl_settings_regime(&c[i].settings, regimes[i], &err));
    }
    if (!bl_workbench_start(w, c, n, NAN, n > 1, &err))
        fail_msg("%s", err.message);
}

static inline void start_with(struct bl_workbench *w, const char *regime, const char *key, const char *value)
{
    struct bl_contestant c = { .settings = *bl_workbench_defaults(w) };
    struct bl_error err = { 0 };
    bool known;

    if (!bl_settings_regime(&c.settings, regime, &err) || !bl_settings_set(&c.settings, key, value, &known, &err) ||
        !bl_workbench_start(w, &c, 1, NAN, false, &err))
        fail_msg("%s", err.message);
}

#endif
