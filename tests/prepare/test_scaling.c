/* Steps that map a column to a column: figures worked out apart (60 digits for the likelihood). */
#include "tests/prepare/fitting.h"

#define X 0.5, -1.25, 3, 0, 7.5, 2, 2, -0.5, 12, 1
#define N 10

static void test_each_scaling_gives_the_figures_of_its_formula(void **state)
{
    static const struct {
        const char *step;
        double expected[N];
    } cases[] = {
        {"robust",
         {-0.38095238095238093, -1.0476190476190477, 0.5714285714285714, -0.5714285714285714,
          2.2857142857142856, 0.19047619047619047, 0.19047619047619047, -0.7619047619047619, 4,
          -0.19047619047619047}},
        {"maxabs",
         {0.5 / 12, -1.25 / 12, 0.25, 0, 0.625, 2 / 12., 2 / 12., -0.5 / 12, 1, 1 / 12.}},
        {"clip low=-1 high=2.5", {0.5, -1, 2.5, 0, 2.5, 2, 2, -0.5, 2.5, 1}},
        {"clip high=2", {0.5, -1.25, 2, 0, 2, 2, 2, -0.5, 2, 1}},
        {"clip quantiles=0.1|0.8", {0.5, -0.575, 3, 0, 3.9, 2, 2, -0.5, 3.9, 1}},
        {"quantile n=5",
         {0.3181818181818182, 0, 0.7567567567567568, 0.22727272727272727, 0.8783783783783784, 0.6,
          0.6, 0.13636363636363635, 1, 0.40909090909090906}},
        {"quantile n=5 method=normal",
         {-0.4727891209922673, -5.199337582192817, 0.6959079368789585, -0.7478585947633021,
          1.1669186011353176, 0.2533471031357998, 0.2533471031357998, -1.0968035620935135,
          5.199337582290662, -0.22988411757923216}},
        {"power",
         {0.42638025140080554, -1.7941091266340499, 1.6520637090221486, 0, 2.816917132358924,
          1.2614306565641324, 1.2614306565641324, -0.5908741045184935, 3.5752336828118114,
          0.7557630936876227}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fitting f = fit_on(TABLE(N, NUMBERS("x", X), NUMBERS("y", X)), N, cases[i].step);
        struct bl_matrix *m = f.ok ? apply_all(&f, &f.err) : NULL;
        if (!m)
            fail_msg("%s: %s", cases[i].step, f.err.message);
        assert_column(&f, m, "x", cases[i].expected);
        bl_matrix_free(m);
        done(&f);
    }
}

static double fitted_number(const struct fitting *f, size_t step, const char *key)
{
    struct bl_step_view v;

    bl_recipe_view(f->r, step, &v);
    for (size_t i = 0; i < v.n_fitted; i++)
        if (strcmp(v.fitted[i].key, key) == 0)
            return v.fitted[i].number;
    fail_msg("nothing fitted is called %s", key);
    return NAN;
}

static void test_power_finds_the_most_likely_lambda_for_every_shape(void **state)
{
    const struct {
        struct given x;
        size_t n;
        double lambda;
    } cases[] = {
        {NUMBERS("x", X), N, 0.24604861816117218},
        {NUMBERS("x", 1, 1, 2, 3, 5, 8, 13, 21, 34, 400), 10, -0.3442359229733154},
        {NUMBERS("x", -400, -3, -2, -2, -1, -1, -1, 0), 8, 2.632401508757419},
        {NUMBERS("x", 3, 3, 3, 3, 3, 3, 3, 3), 8, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fitting f = fit_on(
            make_table(cases[i].n, (struct given[]){cases[i].x, NUMBERS("y", X)}, 2), cases[i].n,
            "power");
        assert_true(f.ok);
        assert_near(fitted_number(&f, 0, "lambda"), cases[i].lambda, 1e-12);
        done(&f);
    }
}

static void test_log_refuses_with_column_value_and_row(void **state)
{
    struct fitting f =
        fit_on(TABLE(3, NUMBERS("x", 0, -1.5, 2), NUMBERS("y", 1, 2, 3)), 3, "log");

    (void)state;
    assert_false(f.ok);
    assert_string_equal(f.err.message, "prep log takes ln(1 + x) of values above -1, and 'x' is "
                                       "-1.5 in row 1 (the first row is 0)");
    assert_string_equal(f.err.hint, "prep power columns=x takes every number");
    done(&f);
    f = fit_on(TABLE(3, NUMBERS("x", 0, 1, -3), NUMBERS("y", 1, 2, 3)), 2, "log");
    assert_true(f.ok);
    assert_null(apply_all(&f, &f.err));
    assert_string_equal(f.err.message,
                        "'x' leaves the range of numbers in row 2 of toys (the first row is 0)");
    assert_string_equal(f.err.reason, "'x' is -3 there");
    done(&f);
}

static void test_wrong_settings_are_refused(void **state)
{
    static const struct {
        const char *step, *message;
    } cases[] = {
        {"clip low=3 high=1", "low=3 is not below high=1"},
        {"clip low=a", "low='a' must be a number"},
        {"clip quantiles=0.9|0.1",
         "quantiles='0.9,0.1' must be a share below 0.5, or two that ascend"},
        {"clip low=1 quantiles=0.1", "clip takes low= and high=, or quantiles=, not both"},
        {"quantile n=1", "n='1' must be a whole number from 2 to 100000"},
        {"impute k=3", "k= goes with method=knn"},
        {"impute method=knn k=0", "k='0' must be a whole number from 1 to 100"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_recipe *r = bl_recipe_create();
        struct bl_error err = {0};
        assert_false(add_steps(r, cases[i].step, &err));
        assert_string_equal(err.message, cases[i].message);
        bl_recipe_free(r);
    }
}

static void test_neighbours_are_near_in_what_both_rows_have(void **state)
{
    struct fitting f = fit_on(TABLE(6, NUMBERS("a", 1, 3, NAN, 8, 2, 5),
                                    NUMBERS("b", 2, 4, 6, 8, NAN, 5),
                                    NUMBERS("c", NAN, 3, 5, 7, 4, 5), NUMBERS("y", 1, 2, 3, 4, 5, 6)),
                              6, "impute method=knn k=2 indicator=yes");
    struct bl_matrix *m = apply_all(&f, &f.err);

    (void)state;
    assert_non_null(m);
    assert_features(f.r, "a b c a=missing b=missing c=missing");
    assert_column(&f, m, "a", (const double[]){1, 3, 3.5, 8, 2, 5});
    assert_column(&f, m, "b", (const double[]){2, 4, 6, 8, 3, 5});
    assert_column(&f, m, "c", (const double[]){3.5, 3, 5, 7, 4, 5});
    assert_column(&f, m, "b=missing", (const double[]){0, 0, 0, 0, 1, 0});
    bl_matrix_free(m);
    done(&f);
}

static void test_rare_levels_share_a_column_with_those_never_seen(void **state)
{
    struct fitting f = fit_on(TABLE(7, WORDS("c", "a", "b", "a", "d", "b", "e", "new"),
                                    NUMBERS("y", 1, 2, 3, 4, 5, 6, 7)),
                              6, "onehot min=2");
    struct bl_matrix *m = apply_all(&f, &f.err);
    uint32_t *rows = first_rows(7);

    (void)state;
    assert_non_null(m);
    assert_features(f.r, "c=a c=b c=(rare)");
    assert_column(&f, m, "c=(rare)", (const double[]){0, 0, 0, 1, 0, 1, 1});
    assert_true(fitted_number(&f, 0, "rare") == 2);
    bl_recipe_unseen(f.r, f.t, rows, 7, "test rows", &f.warnings);
    assert_int_equal(f.warnings.count, 1);
    assert_string_equal(f.warnings.items[0].message,
                        "1 of 7 test rows have a level of 'c' that no training row has, first 'new': "
                        "it counts as none of the known ones");
    bl_free(rows);
    bl_matrix_free(m);
    done(&f);
}

static void test_robust_and_maxabs_stay_affine_and_others_do_not(void **state)
{
    static const struct {
        const char *steps;
        bool affine;
    } cases[] = {{"robust", true}, {"maxabs; standardize", true}, {"power", false}, {"clip", false}};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct fitting f = fit_on(TABLE(N, NUMBERS("x", X), NUMBERS("y", X)), N, cases[i].steps);
        struct bl_matrix *m = apply_all(&f, NULL);
        double shift = 0, scale = 0;
        assert_int_equal(bl_recipe_affine(f.r, 0, &shift, &scale), cases[i].affine);
        for (size_t k = 0; cases[i].affine && k < N; k++)
            assert_near(m->x[k], (f.t->columns[0].number[k] - shift) / scale, 1e-14);
        bl_matrix_free(m);
        done(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_scaling_gives_the_figures_of_its_formula),
        cmocka_unit_test(test_power_finds_the_most_likely_lambda_for_every_shape),
        cmocka_unit_test(test_log_refuses_with_column_value_and_row),
        cmocka_unit_test(test_wrong_settings_are_refused),
        cmocka_unit_test(test_neighbours_are_near_in_what_both_rows_have),
        cmocka_unit_test(test_rare_levels_share_a_column_with_those_never_seen),
        cmocka_unit_test(test_robust_and_maxabs_stay_affine_and_others_do_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
