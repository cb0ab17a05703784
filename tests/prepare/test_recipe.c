/* Recipes: what each step fits and makes, and in which order. */
#include "tests/prepare/fitting.h"

static void test_an_empty_recipe_takes_the_numbers_as_they_are(void **state)
{
    struct fitting f = fit_on(TABLE(2, NUMBERS("x", 1, 2), WORDS("c", "a", "b"),
                                    TEXTS("n", "u", "v"), NUMBERS("y", 3, 4)),
                              2, "none");
    struct bl_matrix *m;

    (void)state;
    assert_true(f.ok);
    assert_features(f.r, "x");
    assert_int_equal(f.warnings.count, 1);
    assert_string_equal(
        f.warnings.items[0].message,
        "no step encodes these columns, so they are left out: 'c' (2 levels), 'n' (text)");
    assert_string_equal(f.warnings.items[0].hint, "prep onehot columns=c");
    m = apply_all(&f, NULL);
    assert_true(m->n_rows == 2 && m->n_features == 1 && m->x[1] == 2 && m->y[1] == 4 &&
                m->row[1] == 1);
    assert_int_equal((uintptr_t)m->x % 64, 0);
    bl_matrix_free(m);
    done(&f);
}

static void test_the_default_recipe_imputes_encodes_and_standardizes(void **state)
{
    struct fitting f = {.t = toys()};
    uint32_t *rows = first_rows(5);
    struct bl_matrix *m;

    (void)state;
    assert_true(bl_roles_choose(&f.roles, f.t, "y", -1, NULL, NULL));
    f.r = bl_recipe_default(NULL);
    assert_true(bl_recipe_fit(f.r, f.t, &f.roles, rows, 5, NULL, &f.warnings, &f.err));
    assert_features(f.r, "x flat colour=green colour=red");
    assert_fitted(f.r, 0, "x mean 3; colour most_frequent red; flat mean 7");
    assert_fitted(f.r, 1, "colour level green; colour level red");
    assert_int_equal(f.warnings.count, 2);
    assert_string_equal(f.warnings.items[0].message,
                        "constant on the training rows, so prep standardize only shifts: 'flat'");
    assert_string_equal(f.warnings.items[1].message,
                        "no step encodes these columns, so they are left out: 'note' (text)");
    m = apply_all(&f, &f.err);
    for (size_t j = 0; j < 4; j++) { /* mean square 1 on the training rows, or centred */
        double square = 0;
        for (size_t i = 0; i < 5; i++)
            square += m->x[i * 4 + j] * m->x[i * 4 + j] / 5;
        assert_float_equal(square, j == 1 ? 0 : 1, 1e-14);
    }
    assert_true(m->x[5 * 4 + 1] == 1); /* 8, centred on 7 and not scaled */
    bl_matrix_free(m);
    bl_free(rows);
    done(&f);
}

static void test_steps_work_in_the_order_they_were_given(void **state)
{
    static const struct {
        const char *steps, *features, *fitted[3];
    } cases[] = {
        {"impute; standardize",
         "x flat",
         {"x mean 3; colour most_frequent red; flat mean 7",
          "x mean 3; x sd 1.6733200530682; flat mean 7; flat sd 0"}},
        {"standardize; impute columns=x",
         "x flat",
         {"x mean 3; x sd 1.870828693387; flat mean 7; flat sd 0", "x mean 0"}},
        {"impute method=median columns=x", "x flat", {"x median 2.5"}},
        {"impute method=constant value=-1 columns=x; minmax",
         "x flat",
         {"x constant -1", "x min -1; x max 6; flat min 7; flat max 7"}},
        {"impute value=9", "x flat", {"x constant 9; flat constant 9"}},
        {"impute method=most_frequent; onehot",
         "x flat colour=green colour=red",
         {"x most_frequent 1; colour most_frequent red; flat most_frequent 7",
          "colour level green; colour level red"}},
        {"impute columns=x; impute value=none; onehot",
         "x flat colour=green colour=none colour=red",
         {"x mean 3", "colour constant none",
          "colour level green; colour level none; colour level red"}},
        {"impute; onehot columns=colour,flat",
         "x colour=green colour=red flat=7",
         {"x mean 3; colour most_frequent red; flat mean 7",
          "colour level green; colour level red; flat level 7"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fitting f = fit_on(toys(), 5, cases[i].steps);
        if (!f.ok)
            fail_msg("%s: %s", cases[i].steps, f.err.message);
        assert_features(f.r, cases[i].features);
        for (size_t s = 0; s < 3 && cases[i].fitted[s]; s++)
            assert_fitted(f.r, s, cases[i].fitted[s]);
        done(&f);
    }
}

static void test_one_hot_columns_follow_the_numbers_and_unseen_levels_are_zero(void **state)
{
    struct fitting f = fit_on(toys(), 5, "impute; onehot");
    static const double expected[6][4] = {{1, 7, 0, 1}, {2, 7, 1, 0}, {3, 7, 0, 1},
                                          {3, 7, 0, 1}, {6, 7, 0, 1}, {100, 8, 0, 0}};
    struct bl_matrix *m = apply_all(&f, &f.err);

    (void)state;
    assert_non_null(m);
    for (size_t i = 0; i < 24; i++)
        assert_true(m->x[i] == expected[i / 4][i % 4]);
    bl_matrix_free(m);
    done(&f);
}

static void test_a_later_standardize_takes_the_one_hot_columns_by_their_category_too(void **state)
{
    struct fitting f = fit_on(toys(), 5, "impute; onehot; standardize columns=colour");

    (void)state;
    assert_true(f.ok);
    assert_fitted(
        f.r, 2,
        "colour=green mean 0.2; colour=green sd 0.4; colour=red mean 0.8; colour=red sd 0.4");
    done(&f);
}

static void test_other_rows_change_nothing_that_was_fitted(void **state)
{
    struct bl_table *plain = toys(), *wild = toys();
    struct fitting a, b;

    (void)state;
    wild->columns[0].number[5] = -1e300;
    wild->columns[1].code[5] = BL_MISSING_CODE;
    wild->columns[2].number[5] = NAN;
    a = fit_on(plain, 5, "impute; onehot; standardize");
    b = fit_on(wild, 5, "impute; onehot; standardize");
    assert_int_equal(bl_recipe_features(a.r), bl_recipe_features(b.r));
    for (size_t s = 0; s < 3; s++) {
        struct bl_step_view va, vb;
        bl_recipe_view(a.r, s, &va);
        bl_recipe_view(b.r, s, &vb);
        assert_int_equal(va.n_fitted, vb.n_fitted);
        for (size_t i = 0; i < va.n_fitted; i++) {
            assert_string_equal(va.fitted[i].column, vb.fitted[i].column);
            assert_memory_equal(&va.fitted[i].number, &vb.fitted[i].number, sizeof(double));
        }
    }
    done(&a);
    done(&b);
}

static void test_nasty_columns_have_one_documented_answer(void **state)
{
    static const struct {
        double x[3];
        const char *steps, *fitted, *message;
    } cases[] = {
        {{0.1, 0.1, 0.1}, "standardize", "x mean 0.1; x sd 0", NULL},
        {{1e308, -1e308, 1e308},
         "standardize",
         NULL,
         "the values of 'x' spread beyond the range of numbers"},
        {{1e308, -1e308, 1e308},
         "minmax",
         NULL,
         "the values of 'x' spread beyond the range of numbers"},
        {{NAN, NAN, NAN},
         "impute columns=x",
         NULL,
         "column 'x' cannot be imputed: none of its 3 training values is present"},
        {{NAN, NAN, NAN},
         "standardize",
         NULL,
         "3 of 3 values of 'x' are missing in the training rows"},
        {{NAN, NAN, NAN}, "impute value=0", "x constant 0", NULL},
        {{NAN, NAN, NAN}, "impute", NULL, "the recipe leaves no feature to train on"},
        {{NAN, 5, NAN}, "impute", "x mean 5", NULL},
        {{4, 4, 2}, "impute method=most_frequent", "x most_frequent 4", NULL},
        {{4, 2, NAN}, "impute method=most_frequent", "x most_frequent 2", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double *x = cases[i].x;
        struct fitting f = fit_on(TABLE(3, NUMBERS("x", x[0], x[1], x[2]), NUMBERS("y", 1, 2, 3)),
                                  3, cases[i].steps);
        assert_int_equal(f.ok, cases[i].message == NULL);
        if (f.ok)
            assert_fitted(f.r, 0, cases[i].fitted);
        else
            assert_string_equal(f.err.message, cases[i].message);
        done(&f);
    }
}

static void test_a_column_without_values_is_left_out_with_a_warning(void **state)
{
    struct fitting f = fit_on(TABLE(2, NUMBERS("x", 1, 2), NUMBERS("gone", NAN, NAN),
                                    WORDS("void", NULL, NULL), NUMBERS("y", 1, 2)),
                              2, "impute; onehot; standardize");

    (void)state;
    assert_true(f.ok);
    assert_features(f.r, "x");
    assert_string_equal(f.warnings.items[0].message,
                        "without any value in the training rows, so left out: 'gone', 'void'");
    done(&f);
}

static void test_one_row_is_only_centred(void **state)
{
    struct fitting f = fit_on(TABLE(1, NUMBERS("x", 42), NUMBERS("y", 1)), 1, "standardize");
    struct bl_matrix *m = apply_all(&f, &f.err);

    (void)state;
    assert_true(m && m->x[0] == 0);
    bl_matrix_free(m);
    done(&f);
}

static void test_complete_keeps_the_rows_that_later_steps_can_use(void **state)
{
    static const struct {
        const char *steps;
        size_t n;
        uint32_t rows[6];
    } cases[] = {
        {"none", 6, {0, 1, 2, 3, 4, 5}},
        {"impute", 6, {0, 1, 2, 3, 4, 5}},
        {"complete", 4, {0, 1, 4, 5}},
        {"complete columns=colour", 5, {0, 1, 2, 4, 5}},
        {"impute columns=colour; complete", 5, {0, 1, 3, 4, 5}},
        {"complete; impute", 4, {0, 1, 4, 5}},
        {"impute method=median; complete", 5, {0, 1, 2, 4, 5}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_table *t = toys();
        struct bl_recipe *r = make_recipe(cases[i].steps);
        struct bl_roles roles;
        uint32_t *rows;
        size_t n;
        assert_true(bl_roles_choose(&roles, t, "y", -1, NULL, NULL));
        assert_true(bl_recipe_rows(r, t, &roles, &rows, &n, NULL));
        assert_int_equal(n, cases[i].n);
        assert_memory_equal(rows, cases[i].rows, n * sizeof *rows);
        bl_free(rows);
        bl_recipe_free(r);
        bl_roles_free(&roles);
        bl_table_free(t);
    }
}

static void test_rows_without_a_target_never_train_and_no_rows_is_an_error(void **state)
{
    struct bl_table *t = TABLE(3, NUMBERS("x", NAN, 1, NAN), NUMBERS("y", 1, NAN, 3));
    struct bl_recipe *r = make_recipe("none");
    struct bl_roles roles;
    struct bl_error err;
    uint32_t *rows;
    size_t n;

    (void)state;
    assert_true(bl_roles_choose(&roles, t, "y", -1, NULL, NULL));
    assert_true(bl_recipe_rows(r, t, &roles, &rows, &n, &err));
    assert_true(n == 2 && rows[0] == 0 && rows[1] == 2);
    bl_free(rows);
    assert_true(add_steps(r, "complete", &err));
    assert_false(bl_recipe_rows(r, t, &roles, &rows, &n, &err));
    assert_null(rows);
    assert_string_equal(err.message, "no row of toys is complete in features and target");
    assert_string_equal(err.reason, "2 of 3 values of 'x' are missing");
    assert_false(bl_recipe_fit(r, t, &roles, NULL, 0, NULL, NULL, &err));
    assert_string_equal(err.message, "there are no training rows to prepare on");
    bl_recipe_free(r);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_rows_are_not_chosen_by_columns_that_are_not_there(void **state)
{
    struct bl_table *t = toys(), *empty = TABLE(0, NUMBERS("x", 0), NUMBERS("y", 0));
    struct bl_table *blind = TABLE(2, NUMBERS("x", 1, 2), NUMBERS("y", NAN, NAN));
    struct bl_recipe *r = make_recipe("complete columns=z");
    struct bl_roles roles;
    struct bl_error err;
    uint32_t *rows;
    size_t n;

    (void)state;
    assert_true(bl_roles_choose(&roles, t, "y", BL_REGRESSION, NULL, NULL));
    assert_false(bl_recipe_rows(r, t, &roles, &rows, &n, &err));
    assert_string_equal(err.message, "no column 'z' in toys");
    assert_null(bl_recipe_apply(r, t, &roles, NULL, 0, NULL, &err));
    assert_string_equal(err.message, "the recipe is not fitted yet");
    bl_roles_free(&roles);
    bl_recipe_undo(r);
    assert_true(bl_roles_choose(&roles, empty, "y", BL_REGRESSION, NULL, NULL));
    assert_false(bl_recipe_rows(r, empty, &roles, &rows, &n, &err));
    assert_string_equal(err.message, "toys has no rows");
    assert_false(bl_recipe_rows(r, blind, &roles, &rows, &n, &err));
    assert_string_equal(err.message, "no row of toys has a value in its target 'y'");
    for (uint64_t k = 1; k <= 2; k++) {
        bl_alloc_fail_at(k, true);
        assert_false(bl_recipe_rows(r, empty, &roles, &rows, &n, &err));
        bl_alloc_fail_at(0, false);
        assert_int_equal(err.code, BL_MEMORY);
    }
    bl_roles_free(&roles);
    bl_recipe_free(r);
    bl_recipe_free(NULL);
    bl_table_free(t);
    bl_table_free(empty);
    bl_table_free(blind);
}

static void test_features_undo_to_the_columns_they_came_from(void **state)
{
    static const struct {
        const char *steps;
        double shift, scale;
    } cases[] = {
        {"impute", 0, 1},
        {"impute; standardize", 3, 1.6733200530681511},
        {"impute; minmax; standardize", 3, 1.6733200530681511},
        {"impute; standardize; minmax", 1, 5},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fitting f = fit_on(toys(), 5, cases[i].steps);
        double shift = 0, scale = 0;
        assert_true(f.ok && bl_recipe_affine(f.r, 0, &shift, &scale));
        assert_float_equal(shift, cases[i].shift, 1e-14);
        assert_float_equal(scale, cases[i].scale, 1e-14);
        done(&f);
    }
}

static void test_a_copy_keeps_what_was_fitted_and_goes_its_own_way(void **state)
{
    struct fitting f = fit_on(toys(), 5, "impute; onehot");
    struct bl_recipe *copy = bl_recipe_copy(f.r);
    struct bl_error err;

    (void)state;
    assert_true(bl_recipe_fitted(copy));
    assert_true(add_steps(copy, "standardize", &err));
    assert_false(bl_recipe_fitted(copy));
    assert_true(bl_recipe_fitted(f.r));
    assert_true(bl_recipe_undo(copy));
    assert_int_equal(bl_recipe_steps(copy), 2);
    bl_recipe_free(copy);
    copy = bl_recipe_copy(f.r);
    done(&f);
    assert_features(copy, "x flat colour=green colour=red");
    assert_true(bl_recipe_add(copy, "none", NULL, 0, NULL, 0, &err));
    assert_int_equal(bl_recipe_steps(copy), 0);
    assert_false(bl_recipe_undo(copy));
    bl_recipe_free(copy);
}

static void test_a_failed_fit_leaves_the_earlier_one(void **state)
{
    struct fitting f = fit_on(toys(), 2, "standardize columns=x; complete");
    uint32_t *rows = first_rows(5);

    (void)state;
    assert_true(f.ok);
    assert_false(bl_recipe_fit(f.r, f.t, &f.roles, rows, 5, NULL, NULL, &f.err));
    assert_true(bl_recipe_fitted(f.r));
    assert_fitted(f.r, 0, "x mean 1.5; x sd 0.5");
    bl_free(rows);
    done(&f);
}

static struct bl_table *counted_table(size_t n)
{
    struct bl_table *t = bl_table_create("counted", n, 2, NULL);
    double *x = bl_calloc(n, sizeof *x), *y = bl_calloc(n, sizeof *y);

    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i;
        y[i] = (double)(i % 5);
    }
    assert_true(bl_table_set_numbers(t, 0, "x", x, NULL) && bl_table_set_numbers(t, 1, "y", y, NULL));
    return t;
}

/* At its first chunk: the earlier fit stays, and no half matrix is handed out. */
static void test_a_stopped_recipe_ends_at_once_and_keeps_what_it_had(void **state)
{
    struct bl_table *t = counted_table(1000);
    struct fitting f = fit_on(t, 600, "standardize");
    struct bl_progress progress = {.stop = true};
    uint32_t *rows = first_rows(600);
    struct bl_matrix *m;

    (void)state;
    assert_true(f.ok);
    bl_recipe_watch(f.r, &progress);
    assert_false(bl_recipe_fit(f.r, t, &f.roles, rows, 600, NULL, NULL, &f.err));
    assert_int_equal(f.err.code, BL_STOPPED);
    assert_true(bl_recipe_fitted(f.r));
    assert_null(apply_all(&f, &f.err));
    assert_int_equal(f.err.code, BL_STOPPED);
    progress.stop = false;
    m = apply_all(&f, &f.err);
    assert_non_null(m);
    assert_int_equal(progress.done, 1000);
    bl_matrix_free(m);
    bl_free(rows);
    done(&f);
}

static void test_another_table_is_read_by_the_names_of_its_columns(void **state)
{
    struct fitting f = fit_on(toys(), 5, "impute; onehot");
    struct bl_table *other =
        TABLE(2, WORDS("colour", "violet", "green"), NUMBERS("flat", 1, 2), NUMBERS("x", NAN, 5));
    struct bl_table *short_one = TABLE(1, NUMBERS("x", 1), NUMBERS("flat", 1));
    struct bl_table *odd = TABLE(1, NUMBERS("x", 1), NUMBERS("colour", 1), NUMBERS("flat", 1));
    static const double expected[] = {3, 1, 0, 0, 5, 2, 1, 0};
    uint32_t *rows = first_rows(2);
    struct bl_matrix *m = bl_recipe_apply(f.r, other, NULL, rows, 2, NULL, &f.err);

    (void)state;
    assert_non_null(m);
    assert_null(m->y);
    for (size_t i = 0; i < 8; i++)
        assert_true(m->x[i] == expected[i]);
    bl_matrix_free(m);
    assert_null(bl_recipe_apply(f.r, short_one, NULL, rows, 1, NULL, &f.err));
    assert_string_equal(f.err.message, "no column 'colour' in toys");
    assert_null(bl_recipe_apply(f.r, odd, NULL, rows, 1, NULL, &f.err));
    assert_string_equal(
        f.err.message,
        "column 'colour' of toys is numeric, but the recipe was fitted on a categorical one");
    bl_free(rows);
    bl_table_free(other);
    bl_table_free(short_one);
    bl_table_free(odd);
    done(&f);
}

static void test_the_same_bits_for_every_number_of_threads(void **state)
{
    enum { N = 5003 };
    struct bl_table *t = bl_table_create("many", N, 3, NULL);
    double *x = bl_calloc(N, sizeof *x), *z = bl_calloc(N, sizeof *z), *y = bl_calloc(N, sizeof *y);
    struct bl_random random = bl_random_stream(1, BL_FOR_GENERATE, 0, 0);
    struct bl_recipe *first = NULL;
    struct bl_matrix *expected = NULL;
    struct bl_roles roles;
    uint32_t *rows = first_rows(N);

    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i] = i % 7 ? 1e6 + bl_random_unit(&random) : NAN;
        z[i] = bl_random_unit(&random) - 0.5;
    }
    assert_true(bl_table_set_numbers(t, 0, "x", x, NULL) &&
                bl_table_set_numbers(t, 1, "z", z, NULL) &&
                bl_table_set_numbers(t, 2, "y", y, NULL));
    assert_true(bl_roles_choose(&roles, t, "y", BL_REGRESSION, NULL, NULL));
    for (size_t threads = 1; threads <= 4; threads++) {
        struct bl_pool *pool = bl_pool_create(threads, NULL);
        struct bl_recipe *r = make_recipe("impute; standardize");
        struct bl_matrix *m;
        assert_true(bl_recipe_fit(r, t, &roles, rows, N / 2, pool, NULL, NULL));
        m = bl_recipe_apply(r, t, &roles, rows, N, pool, NULL);
        if (!first) {
            first = r;
            expected = m;
        } else {
            assert_memory_equal(m->x, expected->x, N * 2 * sizeof *m->x);
            bl_recipe_free(r);
            bl_matrix_free(m);
        }
        bl_pool_free(pool);
    }
    bl_recipe_free(first);
    bl_matrix_free(expected);
    bl_free(rows);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_every_failed_allocation_is_an_error_and_nothing_is_lost(void **state)
{
    struct bl_table *t = toys();
    struct bl_roles roles;
    uint32_t *rows = first_rows(6);
    bool all_done = false;

    (void)state;
    assert_true(bl_roles_choose(&roles, t, "y", -1, NULL, NULL));
    for (uint64_t k = 1; !all_done; k++) {
        struct bl_error err = {0};
        struct bl_matrix *m = NULL;
        struct bl_recipe *r, *copy = NULL;
        assert_true(k < 1000);
        bl_alloc_fail_at(k, true);
        r = bl_recipe_default(&err);
        if (r && bl_recipe_fit(r, t, &roles, rows, 5, NULL, NULL, &err) &&
            (m = bl_recipe_apply(r, t, &roles, rows, 6, NULL, &err)))
            copy = bl_recipe_copy(r);
        bl_alloc_fail_at(0, false);
        all_done = copy != NULL;
        if (!m)
            assert_int_equal(err.code, BL_MEMORY);
        bl_recipe_free(r);
        bl_recipe_free(copy);
        bl_matrix_free(m);
    }
    bl_free(rows);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_every_step_tells_its_summary_keys_and_values(void **state)
{
    (void)state;
    for (const char *const *name = bl_step_names; *name; name++) {
        assert_non_null(bl_step_summary(*name));
        assert_true(strlen(bl_step_summary(*name)) < 60);
        assert_non_null(bl_step_keys(*name));
    }
    assert_null(bl_step_summary("fly"));
    assert_string_equal(bl_step_keys("impute")[0], "method");
    assert_string_equal(bl_step_values("impute", "method")[1], "median");
    assert_null(bl_step_values("impute", "value"));
    assert_null(bl_step_values("none", "value"));
    assert_null(bl_step_keys("minmax")[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_empty_recipe_takes_the_numbers_as_they_are),
        cmocka_unit_test(test_the_default_recipe_imputes_encodes_and_standardizes),
        cmocka_unit_test(test_steps_work_in_the_order_they_were_given),
        cmocka_unit_test(test_one_hot_columns_follow_the_numbers_and_unseen_levels_are_zero),
        cmocka_unit_test(test_a_later_standardize_takes_the_one_hot_columns_by_their_category_too),
        cmocka_unit_test(test_other_rows_change_nothing_that_was_fitted),
        cmocka_unit_test(test_nasty_columns_have_one_documented_answer),
        cmocka_unit_test(test_a_column_without_values_is_left_out_with_a_warning),
        cmocka_unit_test(test_one_row_is_only_centred),
        cmocka_unit_test(test_complete_keeps_the_rows_that_later_steps_can_use),
        cmocka_unit_test(test_rows_without_a_target_never_train_and_no_rows_is_an_error),
        cmocka_unit_test(test_rows_are_not_chosen_by_columns_that_are_not_there),
        cmocka_unit_test(test_features_undo_to_the_columns_they_came_from),
        cmocka_unit_test(test_a_copy_keeps_what_was_fitted_and_goes_its_own_way),
        cmocka_unit_test(test_a_failed_fit_leaves_the_earlier_one),
        cmocka_unit_test(test_a_stopped_recipe_ends_at_once_and_keeps_what_it_had),
        cmocka_unit_test(test_another_table_is_read_by_the_names_of_its_columns),
        cmocka_unit_test(test_the_same_bits_for_every_number_of_threads),
        cmocka_unit_test(test_every_failed_allocation_is_an_error_and_nothing_is_lost),
        cmocka_unit_test(test_every_step_tells_its_summary_keys_and_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
