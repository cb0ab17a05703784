/* Sums and lanes: accuracy, and one order whatever the threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/base.h"

static void test_lanes_follow_the_rows_alone(void **state)
{
    static const struct {
        size_t rows, lanes;
    } cases[] = { { 0, 1 },   { 1, 1 },     { 256, 1 },    { 257, 2 },      { 512, 2 },
                  { 513, 3 }, { 16383, 64 }, { 16384, 64 }, { 1000000, 64 }, { SIZE_MAX, 64 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(bl_lanes(cases[i].rows), cases[i].lanes);
}

static void test_lanes_cut_rows_without_gap_or_overlap(void **state)
{
    (void)state;
    for (size_t n = 0; n < 3000; n++) {
        size_t lanes = bl_lanes(n);

        assert_int_equal(bl_lane_begin(n, lanes, 0), 0);
        assert_int_equal(bl_lane_begin(n, lanes, lanes), n);
        for (size_t l = 0; l <= lanes; l++)
            assert_int_equal(bl_lane_begin(n, lanes, l), n * l / lanes);
    }
    assert_int_equal(bl_lane_begin(SIZE_MAX, 64, 64), SIZE_MAX); /* the product would wrap */
    assert_int_equal(bl_lane_begin(SIZE_MAX, 64, 32), SIZE_MAX / 2);
}

/* ((0+1)+(2+3))+4 and so on, written out for five lanes. */
static void test_lanes_join_in_one_tree(void **state)
{
    const double x[] = { 1, 0x1p-53, 0x1p-53, 0x1p-53, 1e-3 };
    double lanes[5][3];

    (void)state;
    for (size_t l = 0; l < 5; l++)
        for (size_t i = 0; i < 3; i++)
            lanes[l][i] = x[l] * (double)(i + 1);
    bl_lanes_join(&lanes[0][0], 5, 2, 3);
    for (size_t i = 0; i < 2; i++) {
        double f = (double)(i + 1);

        assert_true(lanes[0][i] == ((x[0] * f + x[1] * f) + (x[2] * f + x[3] * f)) + x[4] * f);
    }
    assert_true(lanes[0][2] == 3); /* beyond `length`: left alone */
    bl_lanes_join(&lanes[0][0], 1, 2, 3);
    bl_lanes_join(&lanes[0][0], 0, 2, 3);
}

/* The definition: blocks of 128 in 8 accumulators, the largest complete subtree first. */
static double defined_sum(const double *x, size_t n)
{
    size_t left = 128;

    if (n <= 128) {
        double a[8] = { 0 };

        for (size_t i = 0; i < n; i++)
            a[i % 8] += x[i];
        return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
    }
    while (2 * left < n)
        left *= 2;
    return defined_sum(x, left) + defined_sum(x + left, n - left);
}

static void test_sums_are_pairwise(void **state)
{
    enum { N = 40000 };
    double *x = malloc(N * sizeof *x);
    long double exact = 0, size = 0;
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < N; i++)
        x[i] = sin((double)i * i) * exp2((double)(i % 40));
    for (; n < N; n = n < 2000 ? n + 1 : n * 7 / 5) {
        double sum = bl_sum(x, n), defined = defined_sum(x, n);

        /* a last empty block adds +0, which changes nothing */
        assert_memory_equal(&sum, &defined, sizeof sum);
    }
    for (size_t i = 0; i < N; i++) {
        exact += x[i];
        size += fabs(x[i]);
    }
    assert_true(fabsl(bl_sum(x, N) - exact) <= 0x1p-53L * (19 + 9) * size);
    assert_true(bl_sum(NULL, 0) == 0);
    free(x);
}

static void test_compensated_sums_survive_cancellation(void **state)
{
    const double x[] = { 1, 1e100, 1, -1e100 };
    struct bl_sum2 sum = { 0 };

    (void)state;
    for (size_t i = 0; i < 4; i++)
        bl_sum2_add(&sum, x[i]);
    assert_true(bl_sum2_value(sum) == 2);
    sum = (struct bl_sum2){ 0 };
    for (size_t i = 0; i < 10000000; i++)
        bl_sum2_add(&sum, 0.1);
    assert_true(fabs(bl_sum2_value(sum) - 1000000.0000000000555) < 2e-10);
    bl_sum2_add(&sum, INFINITY);
    assert_true(isinf(bl_sum2_value(sum)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes_follow_the_rows_alone),
        cmocka_unit_test(test_lanes_cut_rows_without_gap_or_overlap),
        cmocka_unit_test(test_lanes_join_in_one_tree),
        cmocka_unit_test(test_sums_are_pairwise),
        cmocka_unit_test(test_compensated_sums_survive_cancellation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
