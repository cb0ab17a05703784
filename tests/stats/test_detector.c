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

/* ---- EDDM: the definition of Baena-Garcia and others (2006), all distances kept and looked at anew for each error ---- */

struct eddm { size_t n, errors, last, distance[4000]; double most; };

static enum bl_signal eddm_expected(struct eddm *e, double x)
{
    double mean = 0, square = 0, now;
    size_t n;

    e->n++;
    if (x == 0)
        return BL_SIGNAL_NONE;
    if (e->errors++)
        e->distance[e->errors - 2] = e->n - e->last;
    e->last = e->n;
    n = e->errors - 1;
    for (size_t i = 0; i < n; i++)
        mean += (double)e->distance[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        square += pow((double)e->distance[i] - mean, 2) / (double)n;
    now = mean + 2 * sqrt(square);
    e->most = n && now > e->most ? now : e->most;
    if (e->errors < 30 || now >= 0.95 * e->most)
        return BL_SIGNAL_NONE;
    if (now >= 0.9 * e->most)
        return BL_SIGNAL_WARNING;
    *e = (struct eddm){0};
    return BL_SIGNAL_DRIFT;
}

/* Between two errors nothing is judged: what was said at the last one still holds. */
static void test_eddm_does_what_its_definition_says(void **state)
{
    struct eddm *e = calloc(1, sizeof *e);
    size_t drifts = 0, warnings = 0;

    (void)state;
    for (uint32_t k = 0; k < 20; k++) {
        struct bl_random r = bl_random_stream(11, BL_FOR_NOISE, 0, k);
        struct bl_detector *d = standard("eddm");

        *e = (struct eddm){0};
        for (size_t i = 0; i < 4000; i++) {
            const double x = bl_random_unit(&r) < (i < 2000 ? 0.1 : 0.1 + 0.0002 * (double)(i - 2000));
            const enum bl_signal got = bl_detector_update(d, x), wanted = eddm_expected(e, x);

            if (x == 1)
                assert_int_equal(got, wanted);
            drifts += wanted == BL_SIGNAL_DRIFT;
            warnings += wanted == BL_SIGNAL_WARNING;
        }
        bl_detector_free(d);
    }
    assert_true(drifts >= 20 && warnings >= 20);
    free(e);
}

/* Errors every 10 values, then every 2: mean and deviation by hand. 40 distances of 10, then k of 2: p = (400 + 2k)/(40 + k),
 * s = 8 sqrt(40 k)/(40 + k). p + 2s rises to 14.94 at k = 15; k = 52 is the first below 0.9 of that. */
static void test_eddm_alarms_where_counting_says(void **state)
{
    struct bl_detector *d = standard("eddm");
    double most = 0, p, s;
    size_t k, at = 0;

    (void)state;
    for (k = 0; k < 1000; k++) {
        p = (400 + 2.0 * (double)k) / (40 + (double)k);
        s = 8 * sqrt(40 * (double)k) / (40 + (double)k);
        if (p + 2 * s < 0.9 * most)
            break;
        most = fmax(most, p + 2 * s);
    }
    assert_int_equal(k, 52);
    for (size_t i = 0; i < 41; i++, at++)
        for (size_t j = 0; j < 10; j++)
            assert_int_not_equal(bl_detector_update(d, j == 9), BL_SIGNAL_DRIFT);
    for (size_t i = 0; i < k; i++) {
        assert_int_not_equal(bl_detector_update(d, 0), BL_SIGNAL_DRIFT);
        assert_int_equal(bl_detector_update(d, 1) == BL_SIGNAL_DRIFT, i + 1 == k);
    }
    bl_detector_free(d);
}

/* ---- KSWIN: with a window of twice the recent values all older ones are drawn, so the answer is a matter of counting --- */

static double ks_distance(const double *a, const double *b, size_t n)
{
    double most = 0;

    for (size_t k = 0; k < 2 * n; k++) {
        const double x = k < n ? a[k] : b[k - n];
        double f = 0, g = 0;

        for (size_t i = 0; i < n; i++) {
            f += a[i] <= x;
            g += b[i] <= x;
        }
        most = fmax(most, fabs(f - g) / (double)n);
    }
    return most;
}

static void test_kswin_compares_the_halves_of_its_window(void **state)
{
    static const double keys[BL_DETECTOR_KEYS] = {0.01, 40, 20, 1};
    const double limit = sqrt(-log(0.01) / 20);
    size_t alarms = 0;

    (void)state;
    for (uint32_t k = 0; k < 20; k++) {
        struct bl_random r = bl_random_stream(12, BL_FOR_NOISE, 0, k);
        struct bl_detector *d = bl_detector_create(bl_detector_named("kswin"), keys, NULL);
        double window[40];
        size_t n = 0;

        assert_non_null(d);
        for (size_t i = 0; i < 600; i++) {
            double x = bl_random_normal(&r) + (i >= 300);
            bool drift;

            x = k % 2 ? x : rint(x); /* with ties and without */
            if (n == 40)
                memmove(window, window + 1, --n * sizeof *window);
            window[n++] = x;
            drift = n == 40 && ks_distance(window, window + 20, 20) > limit;
            assert_int_equal(bl_detector_update(d, x), drift ? BL_SIGNAL_DRIFT : BL_SIGNAL_NONE);
            if (drift) {
                memmove(window, window + 20, 20 * sizeof *window);
                n = 20;
                alarms++;
                assert_true(bl_detector_behind(d) == 20);
            }
        }
        bl_detector_free(d);
    }
    assert_true(alarms >= 10);
}

/* Of a window whose older part is all 0 the draw cannot matter: the newest 30 differ by the share of those that are not. */
static void test_kswin_alarms_where_counting_says(void **state)
{
    struct bl_detector *d = standard("kswin");
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < 500; i++)
        assert_int_equal(bl_detector_update(d, 0), BL_SIGNAL_NONE);
    while (bl_detector_update(d, 1) != BL_SIGNAL_DRIFT)
        at++;
    assert_int_equal(at + 1, (size_t)floor(30 * sqrt(-log(0.005) / 30)) + 1); /* 13 of 30: 0.433 > 0.420 */
    bl_detector_free(d);
}

static void test_kswin_refuses_a_window_too_small_for_two_samples(void **state)
{
    static const double keys[BL_DETECTOR_KEYS] = {0.005, 50, 30, 1};
    struct bl_error err = {0};

    (void)state;
    assert_null(bl_detector_create(bl_detector_named("kswin"), keys, &err));
    assert_int_equal(err.code, BL_VALUE);
    assert_non_null(strstr(err.message, "window=50"));
}

/* What a detector says lies behind the change is not far from what does: 300 quiet values, then 0.7 in place of 0.1. */
static void test_detectors_place_the_change(void **state)
{
    (void)state;
    for (size_t k = 0; bl_detectors[k]; k++) {
        struct bl_random r = bl_random_stream(13, BL_FOR_NOISE, 0, 0);
        const double page[BL_DETECTOR_KEYS] = {0.2, 8, 1, 30};
        struct bl_detector *d = bl_detector_create(bl_detectors[k], strcmp(bl_detectors[k]->name, "page_hinkley") ? NULL : page, NULL);
        size_t i = 0;

        while (i < 300)
            bl_detector_update(d, bl_random_unit(&r) < 0.1), i++;
        while (i < 1300 && bl_detector_update(d, bl_random_unit(&r) < 0.7) != BL_SIGNAL_DRIFT)
            i++;
        assert_true(i < 1300);
        if (fabs(bl_detector_behind(d) - (double)(i + 1 - 300)) > 60)
            fail_msg("%s: alarm at %zu, %g behind", bl_detectors[k]->name, i, bl_detector_behind(d));
        bl_detector_free(d);
    }
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
        cmocka_unit_test(test_eddm_does_what_its_definition_says),
        cmocka_unit_test(test_eddm_alarms_where_counting_says),
        cmocka_unit_test(test_kswin_compares_the_halves_of_its_window),
        cmocka_unit_test(test_kswin_alarms_where_counting_says),
        cmocka_unit_test(test_kswin_refuses_a_window_too_small_for_two_samples),
        cmocka_unit_test(test_detectors_place_the_change),
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
