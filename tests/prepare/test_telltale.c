/* Features that tell the target exactly are found; targets that are only easy are not suspected. */
#include "tests/prepare/tables.h"


enum { ROWS = 200, WIDTH = 5 };

/* Columns of numbers that know nothing of each other. */
static struct bl_matrix *noise(void)
{
    struct bl_matrix *m = bl_matrix_create(ROWS, WIDTH, true, NULL);
    struct bl_random r = bl_random_stream(7, BL_FOR_NOISE, 0, 0);

    assert_non_null(m);
    for (size_t i = 0; i < ROWS * WIDTH; i++)
        m->x[i] = bl_random_normal(&r);
    for (size_t i = 0; i < ROWS; i++)
        m->y[i] = bl_random_normal(&r);
    return m;
}

static double *at(struct bl_matrix *m, size_t row) { return m->x + row * WIDTH; }

static struct bl_telltale told(struct bl_matrix *m, size_t classes)
{
    struct bl_telltale out;

    bl_telltale_of(m, classes, &out);
    bl_matrix_free(m);
    return out;
}

static void test_a_feature_that_is_the_target_in_other_units_is_found(void **state)
{
    struct bl_matrix *m = noise();
    struct bl_telltale t;
    (void)state;

    for (size_t i = 0; i < ROWS; i++)
        at(m, i)[3] = 32 - 1.8 * m->y[i];
    t = told(m, 0);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.feature[0], 3);
    assert_true(t.alone);
}

static void test_features_that_sum_to_the_target_are_found_and_no_others(void **state)
{
    struct bl_matrix *m = noise();
    struct bl_telltale t;
    (void)state;

    for (size_t i = 0; i < ROWS; i++)
        m->y[i] = 1000 + 30 * at(m, i)[1] + 0.5 * at(m, i)[4];
    t = told(m, 0);
    assert_int_equal(t.n, 2);
    assert_int_equal(t.feature[0], 1);
    assert_int_equal(t.feature[1], 4);
    assert_false(t.alone);
}

static void test_features_that_depend_on_each_other_change_nothing(void **state)
{
    struct bl_matrix *m = noise();
    struct bl_telltale t;
    (void)state;

    for (size_t i = 0; i < ROWS; i++) {
        at(m, i)[2] = 1 - at(m, i)[0];
        m->y[i] = at(m, i)[1] + at(m, i)[4];
    }
    t = told(m, 0);
    assert_int_equal(t.n, 2);
}

static void test_one_row_that_differs_is_enough_to_be_honest(void **state)
{
    struct bl_matrix *m = noise();
    (void)state;

    for (size_t i = 0; i < ROWS; i++)
        m->y[i] = at(m, i)[1] + at(m, i)[4];
    m->y[77] += 0.01;
    assert_int_equal(told(m, 0).n, 0);
}

static void test_a_very_good_fit_is_no_telltale(void **state)
{
    struct bl_matrix *m = noise();
    (void)state;

    for (size_t i = 0; i < ROWS; i++)
        m->y[i] = at(m, i)[1] + 1e-4 * m->y[i];
    assert_int_equal(told(m, 0).n, 0);
}

static void test_too_few_rows_say_nothing(void **state)
{
    struct bl_matrix *m = noise();
    (void)state;

    for (size_t i = 0; i < ROWS; i++)
        m->y[i] = at(m, i)[0];
    m->n_rows = 10;
    assert_int_equal(told(m, 0).n, 0);
}

static void test_a_constant_target_has_no_telltale(void **state)
{
    struct bl_matrix *m = noise();
    (void)state;

    for (size_t i = 0; i < ROWS; i++)
        m->y[i] = 4;
    assert_int_equal(told(m, 0).n, 0);
}

static struct bl_matrix *classes(void)
{
    struct bl_matrix *m = noise();

    for (size_t i = 0; i < ROWS; i++)
        m->y[i] = (double)(i % 3);
    return m;
}

static void test_a_feature_with_one_value_a_class_is_found(void **state)
{
    struct bl_matrix *m = classes();
    struct bl_telltale t;
    (void)state;

    for (size_t i = 0; i < ROWS; i++)
        at(m, i)[2] = m->y[i] == 1 ? 8 : -3;
    t = told(m, 3);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.feature[0], 2);
}

static void test_classes_that_a_feature_separates_are_honest(void **state)
{
    struct bl_matrix *m = classes();
    (void)state;

    for (size_t i = 0; i < ROWS; i++) {
        at(m, i)[2] = 100 * m->y[i] + at(m, i)[0];
        at(m, i)[3] = 5; /* constant: tells nothing */
    }
    assert_int_equal(told(m, 3).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_feature_that_is_the_target_in_other_units_is_found),
        cmocka_unit_test(test_features_that_sum_to_the_target_are_found_and_no_others),
        cmocka_unit_test(test_features_that_depend_on_each_other_change_nothing),
        cmocka_unit_test(test_one_row_that_differs_is_enough_to_be_honest),
        cmocka_unit_test(test_a_very_good_fit_is_no_telltale),
        cmocka_unit_test(test_too_few_rows_say_nothing),
        cmocka_unit_test(test_a_constant_target_has_no_telltale),
        cmocka_unit_test(test_a_feature_with_one_value_a_class_is_found),
        cmocka_unit_test(test_classes_that_a_feature_separates_are_honest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
