/* The design matrix of real data against values computed elsewhere. */
#include "tests/prepare/reference.h"

static const char *const names[] = {"iris",
                                    "wine",
                                    "breast_cancer",
                                    "diabetes",
                                    "digits",
                                    "linnerud",
                                    "mtcars",
                                    "airquality",
                                    "faithful",
                                    "anscombe_1",
                                    "anscombe_2",
                                    "anscombe_3",
                                    "anscombe_4",
                                    "penguins",
                                    "titanic",
                                    "auto_mpg",
                                    "california_housing",
                                    "california_housing_onehot",
                                    "bike_hour"};
#define N_NAMES (sizeof names / sizeof *names)

static double number_at(const json_t *object, const char *key, size_t i)
{
    return json_number_value(json_array_get(json_object_get(object, key), i));
}

static void assert_near(const char *name, const char *what, double got, double expected)
{
    if (!(fabs(got - expected) <= 1e-14 * fabs(expected)))
        fail_msg("%s, %s: %.17g instead of %.17g", name, what, got, expected);
}

static void test_features_means_and_deviations_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_NAMES; i++) {
        struct reference r = reference_open(names[i]);
        json_t *columns = json_object_get(r.input, "columns");
        assert_int_equal(r.matrix->n_rows,
                         json_integer_value(json_object_get(r.input, "rows_used")));
        assert_int_equal(bl_recipe_features(r.recipe), json_array_size(columns));
        for (size_t j = 0; j < json_array_size(columns); j++) {
            const char *column = json_string_value(json_array_get(columns, j));
            double mean, sd;
            assert_string_equal(bl_recipe_feature(r.recipe, j), column);
            assert_true(bl_recipe_affine(r.recipe, j, &mean, &sd));
            assert_near(names[i], column, mean, number_at(r.input, "column_means", j));
            assert_near(names[i], column, sd, number_at(r.input, "column_sd_population", j));
        }
        reference_close(&r);
    }
}

static void test_classes_and_their_counts_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_NAMES; i++) {
        struct reference r = reference_open(names[i]);
        json_t *classes = json_object_get(r.input, "classes"),
               *positives = json_object_get(r.input, "positives");
        size_t counts[64] = {0};
        for (size_t row = 0; r.roles.n_classes && row < r.matrix->n_rows; row++)
            counts[(size_t)r.matrix->y[row]]++;
        for (size_t c = 0; c < json_array_size(classes); c++) {
            assert_string_equal(r.roles.classes[c], json_string_value(json_array_get(classes, c)));
            assert_int_equal(counts[c], number_at(r.input, "class_counts", c));
        }
        if (positives) {
            assert_string_equal(r.roles.classes[r.roles.positive], text_of(r.input, "positive"));
            assert_int_equal(counts[1], json_integer_value(positives));
        }
        reference_close(&r);
    }
}

static void test_every_standardised_column_has_mean_square_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_NAMES; i++) {
        struct reference r = reference_open(names[i]);
        size_t p = r.matrix->n_features;
        for (size_t j = 0; j < p; j++) {
            struct bl_sum2 sum = {0}, square = {0};
            for (size_t row = 0; row < r.matrix->n_rows; row++) {
                double x = r.matrix->x[row * p + j];
                bl_sum2_add(&sum, x);
                bl_sum2_add(&square, x * x);
            }
            double n = (double)r.matrix->n_rows, ms = bl_sum2_value(square) / n;
            assert_true(fabs(bl_sum2_value(sum) / n) < 1e-11);
            assert_true(ms == 0 || fabs(ms - 1) < 1e-12);
        }
        reference_close(&r);
    }
}

static void test_the_default_recipe_and_split_fit_real_data(void **state)
{
    static const char *const sets[] = {
        "iris", "penguins", "titanic", "auto_mpg", "california_housing", "bike_hour", "mtcars"};
    static const double percent[BL_PARTS] = {60, 20, 20};

    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct bl_error err = {0};
        struct bl_recipe *recipe = bl_recipe_default(&err);
        struct bl_table *t;
        struct bl_roles roles;
        struct bl_split split;
        uint32_t *rows;
        size_t n;
        char path[500];
        snprintf(path, sizeof path, "%s/sample-data/%s.csv", BL_SOURCE_DIR, sets[i]);
        t = bl_load(path, &(struct bl_load_options){0}, &err);
        assert_non_null(t);
        if (!bl_roles_choose(&roles, t, NULL, -1, NULL, &err) ||
            !bl_recipe_rows(recipe, t, &roles, &rows, &n, &err) ||
            !bl_split_draw(&split, t, &roles, rows, n, percent, roles.task == BL_CLASSIFICATION, 1,
                           &err) ||
            !bl_recipe_fit(recipe, t, &roles, split.rows[BL_TRAIN], split.n[BL_TRAIN], NULL, NULL,
                           &err))
            fail_msg("%s: %s", sets[i], err.message);
        for (int p = 0; p < BL_PARTS; p++) {
            struct bl_matrix *m =
                bl_recipe_apply(recipe, t, &roles, split.rows[p], split.n[p], NULL, &err);
            if (!m)
                fail_msg("%s: %s", sets[i], err.message);
            bl_matrix_free(m);
        }
        bl_free(rows);
        bl_split_free(&split);
        bl_recipe_free(recipe);
        bl_roles_free(&roles);
        bl_table_free(t);
    }
}

/* impute, log, clip, interact, onehot, standardize. */
static struct bl_recipe *six_steps(void)
{
    static const struct { const char *step, *columns[2]; struct bl_option option; } steps[] = {
        {"impute", {NULL}, {NULL}},
        {"log", {"Fare"}, {NULL}},
        {"clip", {"Age"}, {"quantiles", "0.05"}},
        {"interact", {"Age", "Fare"}, {NULL}},
        {"onehot", {NULL}, {NULL}},
        {"standardize", {NULL}, {NULL}},
    };
    struct bl_recipe *r = bl_recipe_create();
    struct bl_error err = {0};

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const size_t n = !!steps[i].columns[0] + !!steps[i].columns[1];
        if (!bl_recipe_add(r, steps[i].step, &steps[i].option, steps[i].option.key ? 1 : 0, steps[i].columns, n, &err))
            fail_msg("%s: %s", steps[i].step, err.message);
    }
    return r;
}

static void expect_rows(const json_t *wanted, const struct bl_recipe *r, const struct bl_matrix *m)
{
    const json_t *columns = json_object_get(wanted, "columns"), *rows = json_object_get(wanted, "rows");

    assert_int_equal(m->n_features, json_array_size(columns));
    assert_int_equal(m->n_rows, json_array_size(rows));
    for (size_t j = 0; j < m->n_features; j++)
        assert_string_equal(bl_recipe_feature(r, j), json_string_value(json_array_get(columns, j)));
    for (size_t i = 0; i < m->n_rows; i++)
        for (size_t j = 0; j < m->n_features; j++) {
            const double got = m->x[i * m->n_features + j], expected = json_number_value(json_array_get(json_array_get(rows, i), j));
            if (!(fabs(got - expected) <= 1e-12 * fmax(1, fabs(expected))))
                fail_msg("new row %zu, %s: %.17g instead of %.17g", i, bl_recipe_feature(r, j), got, expected);
        }
}

/* The matrix of rows that the recipe never saw; tests/reference/six-steps.py says how it was computed. */
static void test_six_steps_give_new_rows_the_same_matrix(void **state)
{
    static const char *const features[] = {"Pclass", "Sex", "Age", "SibSp", "Parch", "Fare", "Embarked"};
    json_t *wanted = json_load_file(BL_SOURCE_DIR "/tests/reference/six_steps.json", 0, NULL);
    struct bl_table *t = bl_load(BL_SOURCE_DIR "/sample-data/titanic.csv", &(struct bl_load_options){0}, NULL);
    const size_t fitted = (size_t)json_integer_value(json_object_get(wanted, "fitted"));
    struct bl_recipe *r = six_steps();
    struct bl_error err = {0};
    struct bl_roles roles;
    struct bl_matrix *m;
    uint32_t *rows;

    (void)state;
    assert_non_null(wanted);
    assert_non_null(t);
    rows = bl_calloc(t->n_rows, sizeof *rows);
    for (size_t i = 0; i < t->n_rows; i++)
        rows[i] = (uint32_t)i;
    if (!bl_roles_choose(&roles, t, "Survived", -1, NULL, &err) || !bl_roles_features(&roles, t, features, 7, &err) ||
        !bl_recipe_fit(r, t, &roles, rows, fitted, NULL, NULL, &err) ||
        !(m = bl_recipe_apply(r, t, &roles, rows + fitted, t->n_rows - fitted, NULL, &err)))
        fail_msg("%s", err.message);
    expect_rows(wanted, r, m);
    bl_matrix_free(m);
    bl_free(rows);
    bl_roles_free(&roles);
    bl_recipe_free(r);
    bl_table_free(t);
    json_decref(wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_features_means_and_deviations_agree),
        cmocka_unit_test(test_classes_and_their_counts_agree),
        cmocka_unit_test(test_every_standardised_column_has_mean_square_one),
        cmocka_unit_test(test_six_steps_give_new_rows_the_same_matrix),
        cmocka_unit_test(test_the_default_recipe_and_split_fit_real_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
