/* Detectors on streams whose answers are known (tests/stats/streams.json), and on quiet ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "batchlab/stats.h"

static json_t *streams;

static double value_at(const char *stream, size_t i)
{
    const json_t *lines = json_object_get(json_object_get(streams, stream), "values");
    const char *line = json_string_value(json_array_get(lines, i / 100));

    assert_non_null(line);
    return line[i % 100] - '0';
}

static json_int_t known(const char *stream, const char *answer, size_t i)
{
    json_t *x = json_array_get(json_object_get(json_object_get(streams, stream), answer), i);

    return json_is_integer(x) ? json_integer_value(x) : -1;
}

static struct bl_detector *standard(const char *name)
{
    struct bl_error err = {0};
    struct bl_detector *d = bl_detector_create(bl_detector_named(name), NULL, &err);

    if (!d)
        fail_msg("%s: %s", name, err.message);
    return d;
}

static void expect_alarms(const char *name, const char *answer, bool restart)
{
    struct bl_detector *d = standard(name);
    size_t alarms = 0;

    for (size_t i = 0; i < 2000; i++) {
        if (bl_detector_update(d, value_at("jump", i)) != BL_SIGNAL_DRIFT)
            continue;
        assert_int_equal(i, known("jump", answer, alarms));
        alarms++;
        if (restart)
            bl_detector_restart(d);
    }
    assert_int_equal(known("jump", answer, alarms), -1);
    bl_detector_free(d);
}

static void test_page_hinkley_and_adwin_alarm_where_they_should(void **state)
{
    (void)state;
    expect_alarms("page_hinkley", "page_hinkley", false);
    expect_alarms("adwin", "adwin", true);
}

static void test_ddm_warns_and_alarms_where_it_should(void **state)
{
    struct bl_detector *d = standard("ddm");
    size_t drifts = 0, warnings = 0;
    bool warned = false;

    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        const enum bl_signal s = bl_detector_update(d, value_at("errors", i));

        if (s == BL_SIGNAL_WARNING && !warned)
            assert_int_equal(i, known("errors", "ddm_warning_first", warnings++));
        if (s == BL_SIGNAL_DRIFT)
            assert_int_equal(i, known("errors", "ddm_drift", drifts++));
        warned = s != BL_SIGNAL_DRIFT && (warned || s == BL_SIGNAL_WARNING);
    }
    assert_int_equal(drifts, 1);
    assert_int_equal(warnings, 2);
    bl_detector_free(d);
}

static void test_quiet_streams_stay_quiet(void **state)
{
    (void)state;
    for (size_t k = 0; bl_detectors[k]; k++) {
        struct bl_detector *d = standard(bl_detectors[k]->name);

        for (size_t i = 0; i < 100000; i++)
            assert_int_equal(bl_detector_update(d, 0), BL_SIGNAL_NONE);
        bl_detector_restart(d);
        for (size_t i = 0; i < 10000; i++)
            assert_int_equal(bl_detector_update(d, i % 2 ? NAN : INFINITY), BL_SIGNAL_NONE); /* passed over */
        bl_detector_free(d);
    }
}

/* 100 streams of 2,000 bits of one chance: ADWIN's 0.2 % leaves at most a few with an alarm. After a jump
 * of the chance from 0.2 to 0.5 it finds every one within 200 values. */
static void test_adwin_finds_changes_and_little_else(void **state)
{
    size_t false_alarms = 0;

    (void)state;
    for (uint32_t k = 0; k < 100; k++) {
        struct bl_random r = bl_random_stream(5, BL_FOR_NOISE, 0, k);
        struct bl_detector *d = standard("adwin");
        bool alarm = false;

        for (size_t i = 0; i < 2000; i++)
            alarm |= bl_detector_update(d, bl_random_unit(&r) < 0.2) == BL_SIGNAL_DRIFT;
        false_alarms += alarm;
        alarm = false;
        for (size_t i = 0; i < 200; i++)
            alarm |= bl_detector_update(d, bl_random_unit(&r) < 0.5) == BL_SIGNAL_DRIFT;
        assert_true(alarm);
        bl_detector_free(d);
    }
    assert_true(false_alarms <= 5);
}

static void test_restarting_is_as_new(void **state)
{
    (void)state;
    for (size_t k = 0; bl_detectors[k]; k++) {
        struct bl_detector *a = standard(bl_detectors[k]->name), *b = standard(bl_detectors[k]->name);

        for (size_t i = 0; i < 700; i++)
            bl_detector_update(a, value_at("errors", i));
        bl_detector_restart(a);
        for (size_t i = 0; i < 2000; i++)
            assert_int_equal(bl_detector_update(a, value_at("errors", i)), bl_detector_update(b, value_at("errors", i)));
        bl_detector_free(a);
        bl_detector_free(b);
    }
}

static void test_keys_out_of_range_are_named(void **state)
{
    static const double bad[BL_DETECTOR_KEYS] = {-1, -1, -1, -1};

    (void)state;
    for (size_t k = 0; bl_detectors[k]; k++) {
        struct bl_error err = {0};

        assert_null(bl_detector_create(bl_detectors[k], bad, &err));
        assert_int_equal(err.code, BL_VALUE);
        assert_non_null(strstr(err.message, bl_detectors[k]->keys[0].name));
    }
    assert_null(bl_detector_named("nothing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_hinkley_and_adwin_alarm_where_they_should),
        cmocka_unit_test(test_ddm_warns_and_alarms_where_it_should),
        cmocka_unit_test(test_quiet_streams_stay_quiet),
        cmocka_unit_test(test_adwin_finds_changes_and_little_else),
        cmocka_unit_test(test_restarting_is_as_new),
        cmocka_unit_test(test_keys_out_of_range_are_named),
    };
    int failed;

    streams = json_load_file(BL_SOURCE_DIR "/tests/stats/streams.json", 0, NULL);
    if (!streams)
        return 1;
    failed = cmocka_run_group_tests_name("detector", tests, NULL, NULL);
    json_decref(streams);
    return failed;
}
