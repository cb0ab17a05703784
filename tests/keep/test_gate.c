/* The gate: promotes what is better with confidence, rejects what is not, holds what these rows can not tell, and sees a
 * group that got worse behind a whole that got better. */
#include <setjmp.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/keep.h"

#define N 200

struct rows { double a[2 * N], b[2 * N], y[N]; uint32_t group[N]; struct bl_gate_rows rows; };

/* Rows [0, n): the candidate is right on the first `a`, the rival on the last `b`. */
static void make(struct rows *x, size_t n, size_t a, size_t b)
{
    for (size_t i = 0; i < n; i++) {
        bool right_a = i < a, right_b = i >= n - b;
        x->y[i] = (double)(i % 2);
        x->a[2 * i + 1] = (i % 2 == 1) == right_a ? 0.8 : 0.2;
        x->b[2 * i + 1] = (i % 2 == 1) == right_b ? 0.8 : 0.2;
        x->a[2 * i] = 1 - x->a[2 * i + 1];
        x->b[2 * i] = 1 - x->b[2 * i + 1];
        x->group[i] = i < n / 4;
    }
    x->rows = (struct bl_gate_rows){ .candidate = x->a, .rival = x->b, .y = x->y, .n = n, .k = 2 };
}

static struct bl_gate_how usual(void)
{
    return (struct bl_gate_how){ .metric = bl_metric_find(BL_CLASSIFICATION, "accuracy"), .level = 0.95, .resamples = 500, .least_rows = 30, .seed = 1 };
}

static struct bl_gate judged(const struct bl_gate_how *how, const struct bl_gate_rows *rows)
{
    struct bl_error err = { 0 };
    struct bl_gate g;

    if (!bl_gate_judge(&g, how, rows, NULL, NULL, &err))
        fail_msg("%s", err.message);
    assert_true(g.n_reasons > 0);
    return g;
}

static void expect(struct rows *x, const struct bl_gate_how *how, enum bl_decision decision)
{
    struct bl_gate g = judged(how, &x->rows);

    if (g.decision != decision)
        fail_msg("decided to %s (%s), expected %s", bl_decisions[g.decision], g.reasons[0], bl_decisions[decision]);
    bl_gate_free(&g);
}

static void test_decisions(void **state)
{
    struct bl_gate_how how = usual();
    struct rows x;

    (void)state;
    make(&x, N, 180, 100);
    expect(&x, &how, BL_PROMOTE);
    make(&x, N, 100, 180);
    expect(&x, &how, BL_REJECT);
    make(&x, N, 150, 148);
    expect(&x, &how, BL_HOLD);
    make(&x, N, 200, 200); /* the same: neither better nor worse */
    expect(&x, &how, BL_HOLD);
    how.margin = -0.05; /* not worse than that is enough */
    expect(&x, &how, BL_PROMOTE);
    how.margin = 0.05;
    expect(&x, &how, BL_REJECT);
    make(&x, 20, 20, 0);
    how.margin = 0;
    expect(&x, &how, BL_HOLD); /* too few, however clear */
    how.least_rows = 20;
    expect(&x, &how, BL_PROMOTE);
}

static void test_rows_without_a_truth_do_not_count(void **state)
{
    struct bl_gate_how how = usual();
    struct bl_gate g;
    struct rows x;

    (void)state;
    make(&x, N, 180, 100);
    for (size_t i = 0; i < N; i += 2)
        x.y[i] = NAN;
    g = judged(&how, &x.rows);
    assert_int_equal(g.whole.rows, N / 2);
    bl_gate_free(&g);
    for (size_t i = 0; i < N; i++)
        x.y[i] = NAN;
    expect(&x, &how, BL_HOLD);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The interval is that of the differences on the same resamples, computed here row by row. */
static void test_the_interval_is_that_of_paired_resamples(void **state)
{
    struct bl_gate_how how = usual();
    double differences[500];
    struct bl_gate g;
    struct rows x;

    (void)state;
    make(&x, N, 150, 120);
    g = judged(&how, &x.rows);
    for (uint32_t b = 0; b < 500; b++) {
        struct bl_random random = bl_random_stream(1, BL_FOR_BOOTSTRAP, 0, b);
        int sum = 0;
        for (size_t i = 0; i < N; i++) {
            size_t at = bl_random_below(&random, N);
            sum += (int)(at < 150) - (int)(at >= N - 120);
        }
        differences[b] = (double)sum / N;
    }
    qsort(differences, 500, sizeof *differences, ascending);
    assert_float_equal(g.whole.low, bl_quantile_sorted(differences, 500, 0.025), 1e-12);
    assert_float_equal(g.whole.high, bl_quantile_sorted(differences, 500, 0.975), 1e-12);
    assert_float_equal(g.whole.better, 0.15, 1e-12);
    assert_int_equal(g.mcnemar.only_first, 80);
    assert_int_equal(g.mcnemar.only_second, 50);
    bl_gate_free(&g);
}

/* Better as a whole: all of the loss falls on the small group. */
static void test_a_group_that_got_worse_rejects(void **state)
{
    static const char *const labels[] = { "many", "few" };
    struct bl_gate_how how = usual();
    struct bl_gate g;
    struct rows x;

    (void)state;
    make(&x, N, 0, 0);
    for (size_t i = 0; i < N; i++) {
        bool right_a = x.group[i] == 0, right_b = x.group[i] == 1 || i % 3 == 0;
        x.a[2 * i + 1] = (x.y[i] == 1) == right_a ? 0.9 : 0.1;
        x.b[2 * i + 1] = (x.y[i] == 1) == right_b ? 0.9 : 0.1;
        x.a[2 * i] = 1 - x.a[2 * i + 1];
        x.b[2 * i] = 1 - x.b[2 * i + 1];
    }
    expect(&x, &how, BL_PROMOTE);
    x.rows.group = x.group;
    x.rows.labels = labels;
    x.rows.n_groups = 2;
    g = judged(&how, &x.rows);
    assert_int_equal(g.decision, BL_REJECT);
    assert_int_equal(g.n_groups, 2);
    assert_float_equal(g.groups[1].side.better, -1, 1e-12);
    assert_non_null(strstr(g.reasons[1], "few"));
    bl_gate_free(&g);
    how.group_margin = 1;
    expect(&x, &how, BL_PROMOTE);
}

static void test_lower_is_better_for_errors(void **state)
{
    struct bl_gate_how how = usual();
    double a[N], b[N], y[N];
    struct bl_gate_rows rows = { .candidate = a, .rival = b, .y = y, .n = N, .k = 1 };
    struct bl_gate g;

    (void)state;
    how.metric = bl_metric_find(BL_REGRESSION, "rmse");
    for (size_t i = 0; i < N; i++) {
        y[i] = (double)i;
        a[i] = y[i] + (i % 2 ? 1 : -1);
        b[i] = y[i] + (i % 2 ? 2 : -2) * (1 + (double)(i % 3));
    }
    g = judged(&how, &rows);
    assert_int_equal(g.decision, BL_PROMOTE);
    assert_float_equal(g.whole.candidate, 1, 1e-12);
    assert_true(g.whole.low > 0 && g.whole.low < g.whole.better && g.whole.better < g.whole.high);
    bl_gate_free(&g);
    rows.candidate = b;
    rows.rival = a;
    g = judged(&how, &rows);
    assert_int_equal(g.decision, BL_REJECT);
    bl_gate_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions),
        cmocka_unit_test(test_rows_without_a_truth_do_not_count),
        cmocka_unit_test(test_the_interval_is_that_of_paired_resamples),
        cmocka_unit_test(test_a_group_that_got_worse_rejects),
        cmocka_unit_test(test_lower_is_better_for_errors),
    };

    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
