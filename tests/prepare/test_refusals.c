/* Recipes: what no step can take or give is refused or left out, by name, with a hint that can be typed. */
#include "tests/prepare/fitting.h"

static void test_gaps_that_no_step_fills_are_refused(void **state)
{
    static const struct {
        const char *steps, *message, *hint;
    } cases[] = {
        {"standardize", "1 of 5 values of 'x' are missing in the training rows",
         "prep impute columns=x, or prep complete to leave those rows out"},
        {"none", "1 of 5 values of 'x' are missing in the training rows",
         "prep impute columns=x, or prep complete to leave those rows out"},
        {"impute columns=x; onehot", "1 of 5 values of 'colour' are missing in the training rows",
         "prep impute columns=colour, or prep complete to leave those rows out"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fitting f = fit_on(toys(), 5, cases[i].steps);
        assert_false(f.ok);
        assert_false(bl_recipe_fitted(f.r));
        assert_string_equal(f.err.message, cases[i].message);
        assert_string_equal(f.err.hint, cases[i].hint);
        done(&f);
    }
}

static void test_hints_can_be_typed_whatever_a_column_is_called(void **state)
{
    static const struct {
        const char *name, *hint;
    } cases[] = {
        {"age", "prep impute columns=age, or prep complete to leave those rows out"},
        {"hair colour",
         "prep impute columns='hair colour', or prep complete to leave those rows out"},
        {"it's", "prep impute columns=\"it's\", or prep complete to leave those rows out"},
        {"a;b", "prep impute columns='a;b', or prep complete to leave those rows out"},
        {"gr\303\266\303\237e",
         "prep impute columns=gr\303\266\303\237e, or prep complete to leave those rows out"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_table *t =
            TABLE(3, {.name = cases[i].name, .number = (const double[]){1, NAN, 2}},
                  NUMBERS("y", 1, 2, 3));
        struct fitting f = fit_on(t, 3, "standardize");
        assert_string_equal(f.err.hint, cases[i].hint);
        done(&f);
    }
}

static void test_gaps_outside_the_training_rows_name_column_and_row(void **state)
{
    struct fitting f =
        fit_on(TABLE(4, NUMBERS("x", 1, 2, NAN, NAN), NUMBERS("y", 1, 2, 3, 4)), 2, "standardize");

    (void)state;
    assert_true(f.ok);
    assert_null(apply_all(&f, &f.err));
    assert_string_equal(
        f.err.message,
        "column 'x' of toys has no value in 2 of 4 rows, first in row 2 (the first row is 0)");
    assert_string_equal(f.err.hint, "prep impute columns=x, or prep complete, before other steps");
    done(&f);
}

static void test_categories_that_are_too_long_stay_out_or_are_refused(void **state)
{
    struct fitting f = fit_on(toys(), 6, "impute; onehot max_levels=2");

    (void)state;
    assert_true(f.ok);
    assert_features(f.r, "x flat");
    assert_string_equal(
        f.warnings.items[0].message,
        "no step encodes these columns, so they are left out: 'colour' (3 levels), 'note' (text)");
    assert_string_equal(f.warnings.items[0].hint, "prep onehot columns=colour max_levels=3");
    done(&f);
    f = fit_on(toys(), 6, "impute; onehot columns=colour max_levels=2");
    assert_false(f.ok);
    assert_int_equal(f.err.code, BL_LIMIT);
    assert_string_equal(f.err.message, "column 'colour' has 3 levels, more than max_levels=2");
    done(&f);
}

static void test_steps_that_cannot_be_are_refused_when_they_are_given(void **state)
{
    static const struct {
        const char *steps, *message, *hint;
    } cases[] = {
        {"standardise", "no preparation step 'standardise'",
         "did you mean 'standardize'?"},
        {"impute methd=mean", "no key for prep impute 'methd'",
         "did you mean 'method'? there are: method value k indicator"},
        {"impute method=men", "no method for prep impute 'men'",
         "did you mean 'mean'? there are: mean median most_frequent constant knn"},
        {"impute method=constant",
         "method=constant needs value=", "prep impute method=constant value=0"},
        {"impute method=mean value=3",
         "method=mean takes no value=", "prep impute method=constant value=3"},
        {"onehot max_levels=0", "max_levels=0 must be a whole number from 1 to 65536",
         "prep onehot max_levels=1024"},
        {"onehot max_levels=many", "max_levels=many must be a whole number from 1 to 65536",
         "prep onehot max_levels=1024"},
        {"minmax columns=x lo=1", "no key for prep minmax 'lo'", ""},
        {"none columns=x", "prep none takes no settings and no columns",
         "prep none empties the recipe"},
        {"impute method=mean method=median", "method= is given twice", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_recipe *r = make_recipe("complete");
        struct bl_error err;
        assert_false(add_steps(r, cases[i].steps, &err));
        assert_string_equal(err.message, cases[i].message);
        assert_string_equal(err.hint, cases[i].hint);
        assert_int_equal(bl_recipe_steps(r), 1);
        bl_recipe_free(r);
    }
}

static void test_a_recipe_has_a_longest_length(void **state)
{
    struct bl_recipe *r = bl_recipe_create();
    struct bl_error err;

    (void)state;
    for (size_t i = 0; i < 64; i++)
        assert_true(add_steps(r, "standardize", &err));
    assert_false(add_steps(r, "standardize", &err));
    assert_int_equal(err.code, BL_LIMIT);
    assert_string_equal(err.message, "a recipe holds at most 64 steps");
    assert_string_equal(err.hint, "prep none starts a new one");
    assert_false(add_steps(r, "xyzzy", &err));
    bl_recipe_free(r);
}

static void test_what_no_step_encodes_is_named_with_its_kind(void **state)
{
    struct bl_table *t =
        TABLE(2, TEXTS("a", "u", "v"), TEXTS("b", "u", "v"), TEXTS("c", "u", "v"),
              TEXTS("d", "u", "v"), TEXTS("e", "u", "v"), NUMBERS("when", 0, 86400),
              TEXTS("f", "u", "v"), NUMBERS("x", 1, 2), NUMBERS("y", 1, 2));
    struct fitting f;

    (void)state;
    t->columns[5].type = BL_DATETIME;
    f = fit_on(t, 2, "impute; onehot; standardize");
    assert_true(f.ok);
    assert_features(f.r, "x");
    assert_string_equal(
        f.warnings.items[0].message,
        "no step encodes these columns, so they are left out: 'a' (text), 'b' (text), "
        "'c' (text), 'd' (text), 'e' (text), 'when' (datetime) and 1 more");
    assert_string_equal(f.warnings.items[0].hint, "prep text columns=a");
    done(&f);
}

static void test_columns_that_cannot_be_taken_are_refused_by_name(void **state)
{
    static const struct {
        const char *steps, *message, *hint;
    } cases[] = {
        {"standardize columns=colour",
         "prep standardize cannot take 'colour', which is categorical",
         "prep onehot columns=colour makes numbers of it"},
        {"minmax columns=note", "prep minmax cannot take 'note', which is text", "prep text columns=note makes numbers of it, or drop note"},
        {"impute method=mean columns=colour",
         "prep impute method=mean cannot take 'colour', which is categorical",
         "prep impute method=most_frequent columns=colour"},
        {"impute value=none columns=x", "prep impute value=none cannot take 'x', which is numeric",
         "prep impute method=most_frequent columns=x"},
        {"standardize columns=y", "column 'y' is not a feature, so prep standardize cannot take it",
         "features chooses the columns that are used"},
        {"standardize columns=color", "no feature 'color'",
         "did you mean 'colour'? there are: x colour flat note"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fitting f = fit_on(toys(), 5, cases[i].steps);
        assert_false(f.ok);
        assert_string_equal(f.err.message, cases[i].message);
        assert_string_equal(f.err.hint, cases[i].hint);
        done(&f);
    }
}

static void test_a_matrix_is_priced_before_it_is_built(void **state)
{
    struct bl_error err;
    uint64_t before;

    (void)state;
    bl_memory_limit_set(1 << 20);
    before = bl_alloc_count();
    assert_null(bl_matrix_create(1000000, 28, true, &err));
    assert_int_equal(bl_alloc_count(), before);
    assert_int_equal(err.code, BL_LIMIT);
    assert_non_null(strstr(err.message, "a matrix of 1000000 rows x 28 features needs 236 MB"));
    assert_null(bl_matrix_create(SIZE_MAX / 2, SIZE_MAX / 3, true, &err));
    bl_memory_limit_set(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gaps_that_no_step_fills_are_refused),
        cmocka_unit_test(test_hints_can_be_typed_whatever_a_column_is_called),
        cmocka_unit_test(test_gaps_outside_the_training_rows_name_column_and_row),
        cmocka_unit_test(test_categories_that_are_too_long_stay_out_or_are_refused),
        cmocka_unit_test(test_steps_that_cannot_be_are_refused_when_they_are_given),
        cmocka_unit_test(test_a_recipe_has_a_longest_length),
        cmocka_unit_test(test_what_no_step_encodes_is_named_with_its_kind),
        cmocka_unit_test(test_columns_that_cannot_be_taken_are_refused_by_name),
        cmocka_unit_test(test_a_matrix_is_priced_before_it_is_built),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
