/* Metrics by hand, and the cases where they do not exist. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/evaluate.h"

static void assert_figure(const struct bl_evaluation *e, const char *name, double expected)
{
    const struct bl_figure *f = bl_evaluation_figure(e, name);

    assert_non_null(f);
    if (isnan(expected) ? !isnan(f->value) : !(fabs(f->value - expected) <= 1e-14 * fabs(expected)))
        fail_msg("%s: %.17g instead of %.17g", name, f->value, expected);
    assert_true((f->reason == NULL) == isfinite(f->value));
}

/* n × 2 probabilities from those of class 1. */
static double *two(const double *p, size_t n)
{
    double *both = bl_calloc(2 * n + 1, sizeof *both);

    for (size_t i = 0; i < n; i++) {
        both[2 * i] = 1 - p[i];
        both[2 * i + 1] = p[i];
    }
    return both;
}

static void test_two_classes_by_hand(void **state)
{
    /* 3 true positives, 1 false, 2 true negatives, 1 false. */
    static const double p[] = {0.9, 0.8, 0.6, 0.7, 0.4, 0.2, 0.3}, y[] = {1, 1, 1, 0, 1, 0, 0};
    double *both = two(p, 7);
    struct bl_evaluation e;

    (void)state;
    assert_true(bl_evaluate_classes(&e, both, y, 7, 2, 1, NAN, NULL, NULL));
    assert_int_equal(e.rows, 7);
    assert_int_equal(e.n_figures, 11);
    assert_figure(&e, "balanced_accuracy", (3.0 / 4 + 2.0 / 3) / 2);
    assert_figure(&e, "log_loss",
                  -(log(.9) + log(.8) + log(.6) + log(1 - .7) + log(.4) + log(1 - .2) + log(1 - .3)) / 7);
    assert_figure(&e, "brier", (.01 + .04 + .16 + .49 + .36 + .04 + .09) / 7);
    /* .9 .8 | .7(0) | .6 .4: precision 1/1 2/2 at one step each, 3/4, 4/5 */
    assert_figure(&e, "pr_auc", (1 + 1 + 3.0 / 4 + 4.0 / 5) / 4);
    /* every row in a bin of its own */
    assert_figure(&e, "ece", (.1 + .2 + .4 + .7 + .6 + .2 + .3) / 7);
    assert_figure(&e, "accuracy", 5.0 / 7);
    assert_figure(&e, "precision", 3.0 / 4);
    assert_figure(&e, "recall", 3.0 / 4);
    assert_figure(&e, "f1", 3.0 / 4);
    assert_figure(&e, "auc", 10.0 / 12);
    assert_figure(
        &e, "loss",
        -(log(.9) + log(.8) + log(.6) + log(1 - .7) + log(.4) + log(1 - .2) + log(1 - .3)) / 7);
    assert_memory_equal(e.confusion, ((size_t[]){2, 1, 1, 3}), 4 * sizeof(size_t));
    bl_evaluation_free(&e);

    assert_true(bl_evaluate_classes(&e, both, y, 7, 2, 0, 0.25, NULL, NULL));
    assert_figure(&e, "precision", 2.0 / 3);
    assert_figure(&e, "recall", 2.0 / 3);
    assert_figure(&e, "auc", 10.0 / 12);
    assert_figure(&e, "loss", 0.25);
    bl_evaluation_free(&e);
    bl_free(both);
}

static void test_ties_in_the_order_count_one_half(void **state)
{
    static const struct {
        size_t n;
        double p[6], y[6], auc;
    } cases[] = {
        {2, {0.5, 0.5}, {1, 0}, 0.5},
        {4, {0.1, 0.2, 0.8, 0.9}, {0, 0, 1, 1}, 1},
        {4, {0.1, 0.2, 0.8, 0.9}, {1, 1, 0, 0}, 0},
        {4, {0.1, 0.4, 0.4, 0.9}, {0, 1, 0, 1}, 3.5 / 4},
        {5, {0.4, 0.4, 0.4, 0.4, 0.4}, {0, 1, 0, 1, 1}, 0.5},
        {6, {0.3, 0.3, 0.6, 0.6, 0.9, 0.9}, {0, 1, 0, 1, 0, 1}, 6.0 / 9 - 0.5 / 3},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double *both = two(cases[i].p, cases[i].n);
        struct bl_evaluation e;
        assert_true(bl_evaluate_classes(&e, both, cases[i].y, cases[i].n, 2, 1, NAN, NULL, NULL));
        assert_figure(&e, "auc", cases[i].auc);
        bl_evaluation_free(&e);
        bl_free(both);
    }
}

static void test_the_area_is_the_share_of_ordered_pairs(void **state)
{
    enum { N = 300 };
    double p[N], y[N], *both, twice = 0, pairs = 0;
    struct bl_evaluation e;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        p[i] = (double)(i * i % 37) / 37;
        y[i] = (double)(i * 7 % 5 < 2);
    }
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++)
            if (y[i] == 1 && y[k] == 0) {
                twice += p[i] > p[k] ? 2 : p[i] == p[k];
                pairs++;
            }
    both = two(p, N);
    for (size_t i = 0; i < N; i++) /* the scores of class 1 exactly; 1 - p rounds */
        both[2 * i + 1] = p[i];
    assert_true(bl_evaluate_classes(&e, both, y, N, 2, 1, NAN, NULL, NULL));
    assert_figure(&e, "auc", twice / (2 * pairs));
    bl_evaluation_free(&e);
    bl_free(both);
}

static void test_a_tie_goes_to_the_first_class_and_one_half_is_not_positive(void **state)
{
    static const double third[] = {1. / 3, 1. / 3, 1. / 3}, late[] = {0.2, 0.4, 0.4},
                        half[] = {0.5, 0.5};

    (void)state;
    assert_int_equal(bl_decide(third, 3, SIZE_MAX), 0);
    assert_int_equal(bl_decide(late, 3, SIZE_MAX), 1);
    assert_int_equal(bl_decide(half, 2, 1), 0);
    assert_int_equal(bl_decide(half, 2, 0), 1);
}

static void test_three_classes_are_unweighted_means(void **state)
{
    static const double p[] = {.7, .2, .1, .5, .3, .2, .2, .6, .2,
                               .6, .3, .1, .1, .2, .7, .1, .5, .4};
    static const double y[] = {0, 0, 1, 1, 2, 2};
    struct bl_evaluation e;

    (void)state;
    assert_true(bl_evaluate_classes(&e, p, y, 6, 3, SIZE_MAX, NAN, NULL, NULL));
    assert_memory_equal(e.confusion, ((size_t[]){2, 0, 0, 1, 1, 0, 0, 1, 1}), 9 * sizeof(size_t));
    assert_figure(&e, "accuracy", 4.0 / 6);
    assert_figure(&e, "precision", (2.0 / 3 + 1.0 / 2 + 1) / 3);
    assert_figure(&e, "recall", (1 + 0.5 + 0.5) / 3);
    assert_figure(&e, "f1", (4.0 / 5 + 2.0 / 4 + 2.0 / 3) / 3);
    assert_figure(&e, "auc", (7.0 / 8 + 6.5 / 8 + 8.0 / 8) / 3);
    assert_int_equal(e.classes[1].rows, 2);
    assert_int_equal(e.classes[0].predicted, 3);
    bl_evaluation_free(&e);
}

static void test_what_does_not_exist_is_nan_with_a_reason(void **state)
{
    static const double all_one[] = {1, 1}, all_zero[] = {0, 0}, mixed[] = {0, 1};
    double *sure = two((const double[]){0.9, 0.8}, 2), *never = two((const double[]){0.1, 0.2}, 2),
           *wrong = two((const double[]){1, 0}, 2);
    struct bl_evaluation e;

    (void)state;
    assert_true(bl_evaluate_classes(&e, sure, all_one, 2, 2, 1, NAN, NULL, NULL));
    assert_figure(&e, "auc", NAN);
    assert_string_equal(bl_evaluation_figure(&e, "auc")->reason, "these rows have only one class");
    assert_figure(&e, "recall", 1);
    bl_evaluation_free(&e);
    assert_true(bl_evaluate_classes(&e, never, all_zero, 2, 2, 1, NAN, NULL, NULL));
    assert_string_equal(bl_evaluation_figure(&e, "precision")->reason,
                        "no row is predicted positive");
    assert_string_equal(bl_evaluation_figure(&e, "recall")->reason, "no row is positive");
    assert_figure(&e, "f1", NAN);
    assert_figure(&e, "accuracy", 1);
    bl_evaluation_free(&e);
    assert_true(bl_evaluate_classes(&e, wrong, mixed, 2, 2, 1, NAN, NULL, NULL));
    assert_true(isinf(bl_evaluation_figure(&e, "loss")->value));
    assert_string_equal(bl_evaluation_figure(&e, "loss")->reason,
                        "a true class has the probability 0");
    assert_figure(&e, "auc", 0);
    bl_evaluation_free(&e);
    bl_free(sure);
    bl_free(never);
    bl_free(wrong);
}

static void test_rows_without_a_truth_do_not_count(void **state)
{
    double *both = two((const double[]){0.9, 0.1, 0.2}, 3);
    static const double y[] = {1, NAN, 0}, none[] = {NAN, NAN, NAN}, odd[] = {1, 2, 0};
    struct bl_evaluation e;
    struct bl_error err;

    (void)state;
    assert_true(bl_evaluate_classes(&e, both, y, 3, 2, 1, NAN, NULL, NULL));
    assert_int_equal(e.rows, 2);
    assert_figure(&e, "accuracy", 1);
    bl_evaluation_free(&e);
    assert_false(bl_evaluate_classes(&e, both, none, 3, 2, 1, NAN, NULL, &err));
    assert_int_equal(err.code, BL_STATE);
    assert_false(bl_evaluate_classes(&e, both, odd, 3, 2, 1, NAN, NULL, &err));
    assert_false(bl_evaluate_values(&e, both, none, 3, NAN, &err));
    assert_string_equal(err.message, "there are no rows with a target to evaluate");
    bl_free(both);
}

static void test_values_by_hand(void **state)
{
    static const double predicted[] = {1, 2, 4, 9}, y[] = {2, 2, 3, NAN};
    struct bl_evaluation e;

    (void)state;
    assert_true(bl_evaluate_values(&e, predicted, y, 4, NAN, NULL));
    assert_int_equal(e.rows, 3);
    assert_figure(&e, "mse", 2.0 / 3);
    assert_figure(&e, "loss", 1.0 / 3);
    assert_figure(&e, "rmse", sqrt(2.0 / 3));
    assert_figure(&e, "mae", 2.0 / 3);
    assert_figure(&e, "r2", 1 - 2 / (2.0 / 3));
    assert_null(bl_evaluation_figure(&e, "accuracy"));
    bl_evaluation_free(&e);
    bl_evaluation_free(NULL);
}

static void test_values_at_the_edge(void **state)
{
    static const struct {
        double predicted[2], y[2];
        size_t n;
        double mse, r2;
        const char *reason;
    } cases[] = {
        {{3, 3}, {5, 5}, 2, 4, NAN, "the target is constant in these rows"},
        {{3, 0}, {5, 0}, 1, 4, NAN, "there is only one row"},
        {{1e200, 0}, {0, 1}, 2, INFINITY, -INFINITY, "the predictions leave the range of numbers"},
        {{1e9 + 1, 1e9 + 2}, {1e9 + 1, 1e9 + 2}, 2, 0, 1, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_evaluation e;
        const struct bl_figure *r2;
        assert_true(bl_evaluate_values(&e, cases[i].predicted, cases[i].y, cases[i].n, NAN, NULL));
        assert_true(bl_evaluation_figure(&e, "mse")->value == cases[i].mse);
        r2 = bl_evaluation_figure(&e, "r2");
        assert_true(isnan(cases[i].r2) ? isnan(r2->value) : r2->value == cases[i].r2);
        if (cases[i].reason)
            assert_string_equal(r2->reason, cases[i].reason);
        else
            assert_null(r2->reason);
        bl_evaluation_free(&e);
    }
}

static void test_every_metric_is_found_under_its_task(void **state)
{
    (void)state;
    for (const struct bl_metric *m = bl_metrics; m->name; m++) {
        assert_ptr_equal(bl_metric_find(m->task, m->name), m);
        assert_true(m->summary && strlen(m->summary) < 60);
    }
    assert_null(bl_metric_find(BL_REGRESSION, "auc"));
    assert_false(bl_metric_find(BL_CLASSIFICATION, "loss")->higher);
    assert_true(bl_metric_find(BL_REGRESSION, "r2")->higher);
}

static void test_failed_allocations_are_errors(void **state)
{
    double *both = two((const double[]){0.9, 0.1, 0.2}, 3);
    static const double y[] = {1, 0, 0};

    (void)state;
    for (uint64_t k = 1; k <= 4; k++) {
        struct bl_evaluation e;
        struct bl_error err = {0};
        bl_alloc_fail_at(k, true);
        assert_false(bl_evaluate_classes(&e, both, y, 3, 2, 1, NAN, NULL, &err));
        bl_alloc_fail_at(0, false);
        assert_int_equal(err.code, BL_MEMORY);
        assert_null(e.confusion);
    }
    bl_free(both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_classes_by_hand),
        cmocka_unit_test(test_ties_in_the_order_count_one_half),
        cmocka_unit_test(test_the_area_is_the_share_of_ordered_pairs),
        cmocka_unit_test(test_a_tie_goes_to_the_first_class_and_one_half_is_not_positive),
        cmocka_unit_test(test_three_classes_are_unweighted_means),
        cmocka_unit_test(test_what_does_not_exist_is_nan_with_a_reason),
        cmocka_unit_test(test_rows_without_a_truth_do_not_count),
        cmocka_unit_test(test_values_by_hand),
        cmocka_unit_test(test_values_at_the_edge),
        cmocka_unit_test(test_every_metric_is_found_under_its_task),
        cmocka_unit_test(test_failed_allocations_are_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
