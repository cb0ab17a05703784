/* Target, task, classes, features: the defaults, the choices and the refusals. */
#include "tests/prepare/tables.h"

static struct bl_table *flowers(void)
{
    return TABLE(6, NUMBERS("length", 1, 2, 3, 4, 5, 6), NUMBERS("Width", 1, NAN, 3, 4, 5, 6),
                 WORDS("species", "virginica", "setosa", "setosa", "virginica", NULL, "setosa"));
}

static void test_the_last_column_is_the_target_and_all_others_are_features(void **state)
{
    struct bl_table *t = flowers();
    struct bl_roles r;

    (void)state;
    assert_true(bl_roles_choose(&r, t, NULL, -1, NULL, NULL));
    assert_int_equal(r.target, 2);
    assert_int_equal(r.task, BL_CLASSIFICATION);
    assert_int_equal(r.n_classes, 2);
    assert_string_equal(r.classes[0], "setosa");
    assert_string_equal(r.classes[1], "virginica");
    assert_int_equal(r.positive, 1);
    assert_true(r.feature[0] && r.feature[1] && !r.feature[2]);
    bl_roles_free(&r);
    bl_roles_free(&r);
    bl_table_free(t);
}

static void test_a_last_column_without_name_and_value_is_no_target(void **state)
{
    static const struct {
        const char *last;
        double value;
        size_t target;
    } cases[] = {{"c3", NAN, 1}, {"c3", 1, 2}, {"c4", NAN, 2}, {"sold", NAN, 2}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_table *t = TABLE(2, NUMBERS("a", 1, 2), NUMBERS("b", 3, 4), NUMBERS(cases[i].last, NAN, cases[i].value));
        struct bl_roles r;

        assert_int_equal(bl_roles_last(t), cases[i].target);
        assert_true(bl_roles_choose(&r, t, NULL, -1, NULL, NULL));
        assert_int_equal(r.target, cases[i].target);
        bl_roles_free(&r);
        assert_true(bl_roles_choose(&r, t, cases[i].last, -1, NULL, NULL)); /* who asks for it gets it */
        assert_int_equal(r.target, 2);
        bl_roles_free(&r);
        bl_table_free(t);
    }
}

static void test_of_columns_without_name_and_value_alone_the_last_is_the_target(void **state)
{
    struct bl_table *t = TABLE(2, NUMBERS("c1", NAN, NAN), NUMBERS("c2", NAN, NAN));

    (void)state;
    assert_int_equal(bl_roles_last(t), 1);
    bl_table_free(t);
}

static void test_the_sets_own_target_and_positive_class_win(void **state)
{
    struct bl_table *t = flowers();
    struct bl_roles r;

    (void)state;
    t->own_target = bl_strdup("species");
    t->own_positive = bl_strdup("setosa");
    assert_true(bl_roles_choose(&r, t, NULL, -1, NULL, NULL));
    assert_int_equal(r.positive, 0);
    bl_roles_free(&r);
    assert_true(bl_roles_choose(&r, t, "species", -1, "virginica", NULL));
    assert_int_equal(r.positive, 1);
    bl_roles_free(&r);
    bl_free(t->own_target);
    t->own_target = bl_strdup("length");
    assert_true(bl_roles_choose(&r, t, NULL, -1, NULL, NULL));
    assert_int_equal(r.target, 0);
    assert_int_equal(r.task, BL_REGRESSION);
    bl_roles_free(&r);
    bl_table_free(t);
}

static void test_the_positive_class_is_number_one_for_models(void **state)
{
    static const struct {
        const char *positive;
        double y[6];
    } cases[] = {
        {"virginica", {1, 0, 0, 1, NAN, 0}},
        {"setosa", {0, 1, 1, 0, NAN, 1}},
    };
    struct bl_table *t = flowers();

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct bl_roles r;
        assert_true(bl_roles_choose(&r, t, "species", -1, cases[i].positive, NULL));
        for (size_t row = 0; row < 6; row++) {
            double y = bl_roles_y(&r, t, row);
            assert_true(isnan(cases[i].y[row]) ? isnan(y) : y == cases[i].y[row]);
        }
        assert_string_equal(bl_roles_label(&r, 1), cases[i].positive);
        assert_string_not_equal(bl_roles_label(&r, 0), cases[i].positive);
        bl_roles_free(&r);
    }
    bl_table_free(t);
}

static void test_classes_of_numbers_ascend_by_value(void **state)
{
    struct bl_table *t =
        TABLE(5, NUMBERS("x", 1, 2, 3, 4, 5), NUMBERS("grade", 10, 9, NAN, 100, 9));
    struct bl_roles r;

    (void)state;
    assert_true(bl_roles_choose(&r, t, "grade", BL_CLASSIFICATION, NULL, NULL));
    assert_int_equal(r.n_classes, 3);
    assert_string_equal(r.classes[0], "9");
    assert_string_equal(r.classes[1], "10");
    assert_string_equal(r.classes[2], "100");
    assert_true(bl_roles_y(&r, t, 0) == 1 && bl_roles_y(&r, t, 3) == 2 &&
                isnan(bl_roles_y(&r, t, 2)));
    bl_roles_free(&r);
    assert_true(bl_roles_choose(&r, t, "grade", BL_REGRESSION, NULL, NULL));
    assert_int_equal(r.n_classes, 0);
    assert_true(bl_roles_y(&r, t, 3) == 100);
    bl_roles_free(&r);
    bl_table_free(t);
}

static void test_a_table_with_other_levels_keeps_the_classes_of_its_roles(void **state)
{
    struct bl_table *t = TABLE(3, NUMBERS("x", 1, 2, 3), WORDS("c", "a", "b", "c"));
    struct bl_table *other = TABLE(3, NUMBERS("x", 1, 2, 3), WORDS("c", "c", "b", "new"));
    struct bl_roles r;

    (void)state;
    assert_true(bl_roles_choose(&r, t, NULL, -1, NULL, NULL));
    assert_true(bl_roles_y(&r, other, 0) == 2 && bl_roles_y(&r, other, 1) == 1 &&
                isnan(bl_roles_y(&r, other, 2)));
    bl_roles_free(&r);
    bl_table_free(t);
    bl_table_free(other);
}

static void test_text_in_the_last_column_leaves_the_target_open(void **state)
{
    struct bl_table *t = TABLE(2, NUMBERS("x", 1, 2), TEXTS("note", "one", "two"));
    struct bl_roles r;

    (void)state;
    assert_true(bl_roles_choose(&r, t, NULL, -1, NULL, NULL));
    assert_true(r.target == SIZE_MAX && r.feature[0] && r.feature[1]);
    assert_true(isnan(bl_roles_y(&r, t, 0)));
    bl_roles_free(&r);
    bl_table_free(t);
}

static void test_classes_are_found_by_value_and_long_lists_are_cut(void **state)
{
    struct bl_table *t = TABLE(14, NUMBERS("x", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
                               NUMBERS("y", 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2),
                               NUMBERS("many", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14));
    struct bl_roles r;
    struct bl_error err;

    (void)state;
    assert_true(bl_roles_choose(&r, t, "y", BL_CLASSIFICATION, "1.0", &err));
    assert_int_equal(r.positive, 0);
    bl_roles_free(&r);
    assert_false(bl_roles_choose(&r, t, "many", BL_CLASSIFICATION, "99.5", &err));
    assert_string_equal(err.hint, "classes: 1 2 3 4 5 6 7 8 9 10 11 12 ...");
    bl_table_free(t);
}

static void test_text_and_too_many_classes_are_no_target(void **state)
{
    enum { MANY = 65537 };
    struct bl_table *t = bl_table_create("wide", MANY, 2, NULL);
    double *x = bl_calloc(MANY, sizeof *x);
    uint32_t *code = bl_calloc(MANY, sizeof *code);
    char **levels = bl_calloc(MANY, sizeof *levels);
    struct bl_roles r;
    struct bl_error err;

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        char name[20];
        snprintf(name, sizeof name, "n%05u", (unsigned)i);
        x[i] = (double)i / 2;
        code[i] = (uint32_t)i;
        levels[i] = bl_strdup(name);
    }
    assert_true(bl_table_set_numbers(t, 0, "x", x, NULL));
    assert_true(bl_table_set_codes(t, 1, "note", BL_TEXT_COLUMN, code, levels, MANY, NULL));
    assert_false(bl_roles_choose(&r, t, "note", -1, NULL, &err));
    assert_string_equal(err.message, "column 'note' is text, which no model here predicts");
    assert_false(bl_roles_choose(&r, t, "x", BL_CLASSIFICATION, NULL, &err));
    assert_int_equal(err.code, BL_LIMIT);
    assert_string_equal(err.hint, "target x task=regression");
    t->columns[1].type = BL_CATEGORICAL;
    assert_false(bl_roles_choose(&r, t, "note", -1, NULL, &err));
    assert_string_equal(err.message, "target 'note' has 65537 classes, more than 65536");
    bl_table_free(t);
}

static void test_refusals_name_the_thing_and_the_way_out(void **state)
{
    static const struct {
        const char *target;
        int task;
        const char *positive, *message, *hint;
    } cases[] = {
        {"specis", -1, NULL, "no column 'specis' in toys", "did you mean 'species'"},
        {"species", BL_REGRESSION, NULL,
         "task=regression needs a numeric target, but 'species' is categorical",
         "target species task=classification"},
        {"species", -1, "setosaa", "no class 'setosaa' in 'species'",
         "did you mean 'setosa'? classes: setosa virginica"},
        {"length", -1, "1",
         "positive=1 needs classes, but the target 'length' is a number to predict",
         "target length task=classification positive=1"},
        {"length", BL_CLASSIFICATION, "3", "positive=3 needs 2 classes, but 'length' has 6",
         "target length"},
    };
    struct bl_table *t = flowers();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_error err;
        struct bl_roles r;
        assert_false(
            bl_roles_choose(&r, t, cases[i].target, cases[i].task, cases[i].positive, &err));
        assert_string_equal(err.message, cases[i].message);
        assert_memory_equal(err.hint, cases[i].hint, strlen(cases[i].hint));
        assert_null(r.feature);
    }
    bl_table_free(t);
}

static void test_features_are_chosen_and_dropped_or_left_as_they_were(void **state)
{
    struct bl_table *t = flowers();
    struct bl_roles r, copy;
    struct bl_error err;

    (void)state;
    assert_true(bl_roles_choose(&r, t, NULL, -1, NULL, NULL));
    assert_true(bl_roles_features(&r, t, (const char *const[]){"width"}, 1, &err));
    assert_true(!r.feature[0] && r.feature[1]);
    assert_true(bl_roles_copy(&copy, &r, NULL));
    assert_true(bl_roles_features(&r, t, NULL, 0, &err));
    assert_true(r.feature[0] && r.feature[1] && !r.feature[2]);
    assert_true(!copy.feature[0] && copy.feature[1]);
    assert_string_equal(copy.classes[1], "virginica");

    assert_false(bl_roles_features(&r, t, (const char *const[]){"length", "species"}, 2, &err));
    assert_string_equal(err.message, "column 'species' is the target");
    assert_false(bl_roles_drop(&r, t, (const char *const[]){"length", "Width"}, 2, &err));
    assert_string_equal(err.message, "no feature would be left");
    assert_false(bl_roles_drop(&r, t, (const char *const[]){"lenght"}, 1, &err));
    assert_true(r.feature[0] && r.feature[1]);
    assert_true(bl_roles_drop(&r, t, (const char *const[]){"length"}, 1, &err));
    assert_true(!r.feature[0] && r.feature[1]);
    bl_roles_free(&r);
    bl_roles_free(&copy);
    bl_table_free(t);
}

static void test_roles_survive_every_failed_allocation(void **state)
{
    static const char *const targets[] = {"species", "length"}, *const names[] = {"width"};
    struct bl_table *t = flowers();

    (void)state;
    for (uint64_t k = 1; k < 80; k++) {
        struct bl_roles r, copy;
        struct bl_error err = {0};
        bool ok;
        bl_alloc_fail_at(k / 2, false);
        ok = bl_roles_choose(&r, t, targets[k % 2], BL_CLASSIFICATION, NULL, &err) &&
             bl_roles_features(&r, t, names, 1, &err) && bl_roles_features(&r, t, NULL, 0, &err) &&
             bl_roles_drop(&r, t, names, 1, &err);
        if (ok && bl_roles_copy(&copy, &r, &err))
            bl_roles_free(&copy);
        else
            assert_int_equal(err.code, BL_MEMORY);
        bl_alloc_fail_at(0, false);
        bl_roles_free(&r);
    }
    bl_roles_free(NULL);
    bl_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_column_is_the_target_and_all_others_are_features),
        cmocka_unit_test(test_a_last_column_without_name_and_value_is_no_target),
        cmocka_unit_test(test_of_columns_without_name_and_value_alone_the_last_is_the_target),
        cmocka_unit_test(test_the_sets_own_target_and_positive_class_win),
        cmocka_unit_test(test_the_positive_class_is_number_one_for_models),
        cmocka_unit_test(test_classes_of_numbers_ascend_by_value),
        cmocka_unit_test(test_a_table_with_other_levels_keeps_the_classes_of_its_roles),
        cmocka_unit_test(test_text_in_the_last_column_leaves_the_target_open),
        cmocka_unit_test(test_classes_are_found_by_value_and_long_lists_are_cut),
        cmocka_unit_test(test_text_and_too_many_classes_are_no_target),
        cmocka_unit_test(test_refusals_name_the_thing_and_the_way_out),
        cmocka_unit_test(test_features_are_chosen_and_dropped_or_left_as_they_were),
        cmocka_unit_test(test_roles_survive_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
