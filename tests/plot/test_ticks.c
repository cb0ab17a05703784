/* Ticks, their texts, and limits that move in steps. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/plot.h"
#include "src/plot/draw.h"

static void assert_near(double found, double wanted, double slack)
{
    if (!(fabs(found - wanted) <= slack))
        fail_msg("%.17g is not %.17g", found, wanted);
}

static void tick_line(double min, double max, bool log, size_t wanted, bool count, char *line, size_t size)
{
    double ticks[BL_TICKS];
    int decimals;
    size_t n = bl_ticks(min, max, log, wanted, ticks, BL_TICKS, &decimals), at = 0;
    char text[32];

    line[0] = '\0';
    for (size_t i = 0; i < n && at < size; i++)
        at += (size_t)snprintf(line + at, size - at, "%s%s", i ? " " : "",
                               bl_tick_format(text, sizeof text, ticks[i], log, decimals, count));
}

static void test_ticks_stand_at_1_2_or_5_times_a_power_of_ten(void **state)
{
    static const struct { double min, max; bool log; size_t wanted; bool count; const char *line; } cases[] = {
        {0, 2560, false, 6, true, "0 500 1k 1.5k 2k 2.5k"},
        {0, 20, false, 6, false, "0 5 10 15 20"},
        {0, 2.5, false, 6, false, "0.0 0.5 1.0 1.5 2.0 2.5"},
        {0, 2.5, false, 4, false, "0 1 2"},
        {-2, 2, false, 5, false, "-2 -1 0 1 2"},
        {0.1, 0.35, false, 6, false, "0.10 0.15 0.20 0.25 0.30 0.35"},
        {0.2, 3, true, 7, false, "0.2 0.5 1 2"},
        {0.05, 5, true, 7, false, "0.05 0.1 0.2 0.5 1 2 5"},
        {0.05, 5, true, 5, false, "0.05 0.1 0.5 1 5"},
        {0.05, 5, true, 4, false, "0.1 1"},
        {1e-8, 2, true, 6, false, "1e-8 1e-6 1e-4 1e-2 1e0"},
        {0.21, 0.29, true, 5, false, "0.22 0.24 0.26 0.28"},
        {0, 1e300, false, 3, false, "0 5e299 1e300"},
        {0, 5e6, false, 6, false, "0 1e6 2e6 3e6 4e6 5e6"},
        {0, 0.00005, false, 6, false, "0.00000 0.00001 0.00002 0.00003 0.00004 0.00005"},
        {0, 5e-9, false, 6, false, "0 1e-9 2e-9 3e-9 4e-9 5e-9"},
        {3, 3, false, 5, false, ""},
        {-1, 1, true, 5, false, ""},
        {0, 1, false, 0, false, ""},
    };
    char line[400];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tick_line(cases[i].min, cases[i].max, cases[i].log, cases[i].wanted, cases[i].count, line, sizeof line);
        assert_string_equal(line, cases[i].line);
    }
}

static void test_ticks_lie_inside_and_are_never_too_many(void **state)
{
    struct bl_random random = bl_random_stream(1, BL_FOR_SAMPLE, 0, 0);

    (void)state;
    for (int k = 0; k < 20000; k++) {
        double a = (bl_random_unit(&random) - 0.5) * pow(10, bl_random_unit(&random) * 600 - 300);
        double b = a + fabs(a) * bl_random_unit(&random) * pow(10, bl_random_unit(&random) * 12 - 6);
        size_t wanted = 1 + bl_random_below(&random, 8), n;
        bool log = k % 3 == 0;
        double ticks[BL_TICKS];
        int decimals;
        if (log) {
            a = fabs(a);
            b = a * (1 + pow(10, bl_random_unit(&random) * 20 - 3));
        }
        n = bl_ticks(a, b, log, wanted, ticks, BL_TICKS, &decimals);
        assert_true(n <= wanted);
        for (size_t i = 0; i < n; i++) {
            double slack = (b - a) * 1e-6 + fabs(a) * 1e-11;
            assert_true(ticks[i] >= a - slack && ticks[i] <= b + slack);
            assert_true(i == 0 || ticks[i] > ticks[i - 1]);
        }
    }
}

static struct bl_scale limits(struct bl_axis *axis, double min, double max)
{
    struct bl_range data = {.min = min, .max = max, .any = true};

    return bl_axis_scale(axis, &data);
}

static void test_limits_of_any_data_hold_it(void **state)
{
    static const double values[] = {0, 1, -1, 0.253, 1e300, -1e300, 1.7e308, -1.7e308, 4.9e-324, 1e-310, 1e-12, 12345.678, 3e15};
    size_t n = sizeof values / sizeof *values;

    (void)state;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            struct bl_axis axis = {.min = NAN, .max = NAN};
            double low = fmin(values[i], values[k]), high = fmax(values[i], values[k]);
            struct bl_scale s = limits(&axis, low, high);
            assert_true(isfinite(s.min) && isfinite(s.max) && s.min < s.max);
            assert_true(s.min <= low && s.max >= high);
            if (low <= 0)
                continue;
            axis.log = true;
            s = limits(&axis, low, high);
            assert_true(s.min > 0 && isfinite(s.max) && s.min < s.max);
            assert_true(s.min <= low && s.max >= high);
        }
}

static void assert_limits(struct bl_scale s, double min, double max)
{
    assert_near(s.min, min, 0);
    assert_near(s.max, max, 0);
}

static void test_limits_grow_in_steps_and_shrink_below_40_percent(void **state)
{
    struct bl_axis_memory memory = {0};
    struct bl_axis axis = {.min = NAN, .max = NAN, .memory = &memory};

    (void)state;
    assert_limits(limits(&axis, 0.1, 2.4), 0, 2.5);
    assert_limits(limits(&axis, 0.1, 1.9), 0, 2.5);  /* stays */
    assert_limits(limits(&axis, 0.1, 1.15), 0, 2.5); /* still 42 % */
    assert_limits(limits(&axis, 0.1, 0.9), 0, 1);    /* 32 %: shrinks */
    assert_limits(limits(&axis, 0.1, 1.3), 0, 1.5);  /* leaves: grows */
    assert_limits(limits(&axis, -0.1, 1.3), -0.5, 1.5);
    axis.log = true;
    assert_limits(limits(&axis, 0.225, 2.41), 0.2, 3);
    assert_limits(limits(&axis, 0.225, 2), 0.2, 3);
    axis.log = false;
    axis.min = 0;
    axis.max = 20;
    assert_limits(limits(&axis, 3, 7), 0, 20); /* given limits are kept */
}

static void test_a_zero_initialised_axis_gives_no_limits(void **state)
{
    struct bl_axis axis = {0};

    (void)state;
    assert_limits(limits(&axis, 1, 9), 0, 10);
}

static void test_smoothing_looks_backwards_with_start_up_correction(void **state)
{
    const double x[] = {0, 1, 2, 3, 4}, y[] = {4, 2, NAN, 8, 8};
    double out[5];

    (void)state;
    bl_smooth(x, y, out, 5, 1);
    assert_near(out[0], 4, 0);
    assert_near(out[1], (4 * 0.5 + 2) / 1.5, 1e-14);
    assert_true(isnan(out[2]));
    assert_near(out[3], (4 * 0.125 + 2 * 0.25 + 8) / 1.375, 1e-14);
    bl_smooth(x, y, out, 5, 0);
    assert_near(out[1], 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks_stand_at_1_2_or_5_times_a_power_of_ten),
        cmocka_unit_test(test_ticks_lie_inside_and_are_never_too_many),
        cmocka_unit_test(test_limits_of_any_data_hold_it),
        cmocka_unit_test(test_limits_grow_in_steps_and_shrink_below_40_percent),
        cmocka_unit_test(test_a_zero_initialised_axis_gives_no_limits),
        cmocka_unit_test(test_smoothing_looks_backwards_with_start_up_correction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
