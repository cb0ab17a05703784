/* Encoders and steps over several columns, against figures worked out apart, and PCA against the
 * reference values. */
#include "tests/prepare/fitting.h"
#include "tests/prepare/reference.h"

struct wanted {
    const char *name;
    double x[8];
};
struct wanted_case {
    const char *steps, *features;
    struct wanted columns[4];
};

/* Colours and a target with a mean of 3; row 7 has a level that the others do not have. */
static struct bl_table *colours(void)
{
    return TABLE(8, NUMBERS("a", 1, 2, 3, 4, 5, 6, 7, 8), NUMBERS("b", 1, -1, 2, -2, 0, 3, 1, 4),
                 WORDS("c", "red", "green", "red", "blue", "green", "red", "red", "new"),
                 TEXTS("t", "Call me, call ME now", "the cat", "now", "a cat, a CAT", NULL,
                       "now or never", "42", "dog"),
                 NUMBERS("y", 1, 2, 3, 4, 5, 6, 0, 9));
}

static void check_case(const struct wanted_case *c)
{
    struct fitting f = fit_on(colours(), 7, c->steps);
    struct bl_matrix *m = f.ok ? apply_all(&f, &f.err) : NULL;

    if (!m)
        fail_msg("%s: %s", c->steps, f.err.message);
    if (c->features)
        assert_features(f.r, c->features);
    for (size_t k = 0; k < 4 && c->columns[k].name; k++)
        assert_column(&f, m, c->columns[k].name, c->columns[k].x);
    bl_matrix_free(m);
    done(&f);
}

static void test_encoders_give_the_figures_of_their_formulas(void **state)
{
    static const struct wanted_case cases[] = {
        {"ordinal", "a b c", {{"c", {2, 1, 2, 0, 1, 2, 2, -1}}}},
        {"ordinal order=red|green|blue", "a b c", {{"c", {0, 1, 0, 2, 1, 0, 0, -1}}}},
        /* means of all: 3; red 1 3 6 0, green 2 5, blue 4; folds: 0 2 4 6 | 1 3 5 */
        {"target folds=1 smoothing=0", "a b c", {{"c", {2.5, 3.5, 2.5, 4, 3.5, 2.5, 2.5, 3}}}},
        {"target folds=1 smoothing=2",
         "a b c",
         {{"c", {16 / 6., 13 / 4., 16 / 6., 10 / 3., 13 / 4., 16 / 6., 16 / 6., 3}}}},
        {"target folds=2 smoothing=0",
         "a b c",
         {{"c", {6, 5, 6, 9 / 4., 2, 4 / 3., 6, 3}}}},
        {"bins n=3 columns=a", "b a=(<3) a=[3,5) a=(>=5)", {{0}}},
        {"bins n=2 method=quantile encode=ordinal columns=b",
         "a b",
         {{"b", {1, 0, 1, 0, 0, 1, 1, 1}}}},
        {"text min=2 columns=t",
         "a b t:now t:cat",
         {{"t:now", {1, 0, 1, 0, 0, 1, 0, 0}}, {"t:cat", {0, 1, 0, 2, 0, 0, 0, 0}}}},
        {"text min=2 method=binary columns=t", NULL, {{"t:cat", {0, 1, 0, 1, 0, 0, 0, 0}}}},
        {"text ngrams=2 columns=t",
         NULL,
         {{"t:call me", {2, 0, 0, 0, 0, 0, 0, 0}}, {"t:a cat", {0, 0, 0, 2, 0, 0, 0, 0}}}},
        {"text method=tfidf max=3 min=2 columns=t", NULL, {{"t:cat", {0, 1, 0, 1, 0, 0, 0, 0}}}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
}

static void test_combining_steps_give_the_figures_of_their_formulas(void **state)
{
    static const struct wanted_case cases[] = {
        {"poly",
         "a b a^2 a*b b^2",
         {{"a*b", {1, -2, 6, -8, 0, 18, 7, 32}}, {"b^2", {1, 1, 4, 4, 0, 9, 1, 16}}}},
        {"poly degree=3 columns=b", "a b b^2 b^3", {{"b^3", {1, -1, 8, -8, 0, 27, 1, 64}}}},
        {"onehot; interact columns=b,c",
         "a b c=blue c=green c=red b*c=blue b*c=green b*c=red",
         {{"b*c=red", {1, 0, 2, 0, 0, 3, 1, 0}}}},
        {"drop columns=a", "b", {{0}}},
        {"poly columns=b; standardize; poly columns=b^2; select k=2 method=correlation", NULL, {{0}}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_case(&cases[i]);
}

static void test_selection_keeps_what_tells_most(void **state)
{
    static const struct {
        const char *steps, *features;
    } cases[] = {
        {"select k=1", "a"},
        {"select method=correlation k=1", "a"},
        {"select method=information k=1", "a"},
        {"select min=4", "a"},
    };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct fitting f =
            fit_on(TABLE(8, NUMBERS("a", 1, 2, 3, 4, 5, 6, 7, 8),
                         NUMBERS("b", 1, -1, 1, -1, 1, -1, -1, 1), NUMBERS("k", 3, 3, 3, 3, 3, 3, 3, 3),
                         NUMBERS("y", 1, 2, 3, 4, 5, 6, 7, 9)),
                   8, cases[i].steps);
        if (!f.ok)
            fail_msg("%s: %s", cases[i].steps, f.err.message);
        assert_features(f.r, cases[i].features);
        done(&f);
    }
}

/* A hash is for ever: these buckets must never change. */
static void test_hash_buckets_know_every_level(void **state)
{
    struct fitting f = fit_on(colours(), 7, "hash n=4");
    struct bl_matrix *m = apply_all(&f, &f.err);
    uint32_t *rows = first_rows(8);

    (void)state;
    assert_non_null(m);
    assert_features(f.r, "a b c#0 c#1 c#2 c#3");
    for (size_t i = 0; i < 8; i++) {
        double sum = 0;
        for (size_t k = 2; k < 6; k++)
            sum += m->x[i * 6 + k];
        assert_true(sum == 1);
    }
    assert_memory_equal(m->x + 2, m->x + 2 * 6 + 2, 4 * sizeof(double)); /* red and red */
    bl_recipe_unseen(f.r, f.t, rows, 8, "rows", &f.warnings);
    for (size_t i = 0; i < f.warnings.count; i++)
        assert_null(strstr(f.warnings.items[i].message, "level"));
    bl_free(rows);
    bl_matrix_free(m);
    done(&f);
}

static void test_splines_sum_to_one_and_keep_their_value_outside(void **state)
{
    struct fitting f = fit_on(TABLE(9, NUMBERS("x", 0, 1, 2, 3, 4, 2.5, 0.7, -9, 40),
                                    NUMBERS("y", 1, 2, 3, 4, 5, 6, 7, 8, 9)),
                              7, "spline knots=3");
    struct bl_matrix *m = apply_all(&f, &f.err);

    (void)state;
    assert_non_null(m);
    assert_features(f.r, "x~1 x~2 x~3 x~4 x~5");
    for (size_t i = 0; i < 9; i++) {
        double sum = 0;
        for (size_t j = 0; j < 5; j++)
            sum += m->x[i * 5 + j];
        assert_near(sum, 1, 1e-14);
    }
    /* knots 0 2 4, uniform: at the left end 1/6 2/3 1/6, in the middle of the first piece 1/48 .. */
    assert_column(&f, m, "x~1", (const double[]){1 / 6., 1 / 48., 0, 0, 0, 0, pow(0.65, 3) / 6, 1 / 6., 0});
    assert_column(&f, m, "x~2",
                  (const double[]){2 / 3., 23 / 48., 1 / 6., 1 / 48., 0, pow(0.75, 3) / 6,
                                   (3 * pow(0.35, 3) - 6 * 0.35 * 0.35 + 4) / 6, 2 / 3., 0});
    bl_matrix_free(m);
    done(&f);
}

static void test_dates_come_apart(void **state)
{
    /* 2024-02-29 13:45:30 (a Thursday), 1969-12-31 23:00 (a Wednesday), 2000-01-01 (a Saturday) */
    struct bl_table *t = TABLE(3, NUMBERS("when", 1709214330, -3600, 946684800), NUMBERS("y", 1, 2, 3));
    struct fitting f;
    struct bl_matrix *m;

    (void)state;
    t->columns[0].type = BL_DATETIME;
    f = fit_on(t, 3, "dates parts=year|month|day|weekday|hour|minute|second|yearday|quarter|days|weekend");
    m = apply_all(&f, &f.err);
    if (!m)
        fail_msg("%s", f.err.message);
    assert_column(&f, m, "when.year", (const double[]){2024, 1969, 2000});
    assert_column(&f, m, "when.month", (const double[]){2, 12, 1});
    assert_column(&f, m, "when.day", (const double[]){29, 31, 1});
    assert_column(&f, m, "when.weekday", (const double[]){4, 3, 6});
    assert_column(&f, m, "when.hour", (const double[]){13, 23, 0});
    assert_column(&f, m, "when.minute", (const double[]){45, 0, 0});
    assert_column(&f, m, "when.second", (const double[]){30, 0, 0});
    assert_column(&f, m, "when.yearday", (const double[]){60, 365, 1});
    assert_column(&f, m, "when.quarter", (const double[]){1, 4, 1});
    assert_column(&f, m, "when.weekend", (const double[]){0, 0, 1});
    assert_column(&f, m, "when.days", (const double[]){(1709214330 + 3600) / 86400., 0, (946684800 + 3600) / 86400.});
    bl_matrix_free(m);
    done(&f);
}

static void check_pca(const char *name, bool scale, const char *key)
{
    struct reference r = reference_open(name);
    json_t *expected = json_object_get(json_object_get(r.json, "pca"), key);
    json_t *variance = json_object_get(expected, "explained_variance"), *columns;
    struct bl_recipe *recipe = make_recipe(scale ? "complete; pca scale=yes" : "complete; pca");
    struct bl_step_view v;
    struct bl_error err;
    const char *names[80];
    uint32_t *rows;
    size_t n;

    columns = json_object_get(expected, "columns");
    for (size_t i = 0; i < json_array_size(columns); i++)
        names[i] = json_string_value(json_array_get(columns, i));
    bl_roles_free(&r.roles);
    if (!bl_roles_choose(&r.roles, r.table, "species", -1, NULL, &err) ||
        !bl_roles_features(&r.roles, r.table, names, json_array_size(columns), &err) ||
        !bl_recipe_rows(recipe, r.table, &r.roles, &rows, &n, &err) ||
        !bl_recipe_fit(recipe, r.table, &r.roles, rows, n, NULL, NULL, &err))
        fail_msg("%s: %s", name, err.message);
    bl_recipe_view(recipe, 1, &v);
    for (size_t k = 0; k < json_array_size(variance); k++) {
        double want = json_number_value(json_array_get(variance, k));
        assert_near(v.fitted[2 * k].number / want, 1, 1e-10);
    }
    bl_free(rows);
    bl_recipe_free(recipe);
    reference_close(&r);
}

static void test_pca_agrees_with_the_reference_to_ten_digits(void **state)
{
    (void)state;
    check_pca("iris", false, "covariance");
    check_pca("iris", true, "correlation");
    check_pca("penguins", false, "covariance");
}

/* Rows beyond the training rows change nothing that is fitted, whatever they hold. */
static void test_other_rows_change_nothing_fitted(void **state)
{
    static const char *const recipes[] = {
        "impute method=knn; power; clip; quantile; poly; pca n=2",
        "onehot min=2; robust; spline columns=a; select k=3",
        "target; hash; bins; project n=3",
        "target; text columns=t method=tfidf; standardize; interact columns=a,b,c",
        "ordinal; maxabs; minmax; standardize; bins method=quantile; pca",
    };

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct bl_table *other = colours();
        struct fitting a = fit_on(colours(), 7, recipes[i]), b;
        struct bl_matrix *x, *y;
        other->columns[0].number[7] = 1e6;
        other->columns[1].number[7] = -5e5;
        b = fit_on(other, 7, recipes[i]);
        if (!a.ok)
            fail_msg("%s: %s", recipes[i], a.err.message);
        x = apply_all(&a, &a.err);
        y = apply_all(&b, &b.err);
        assert_true(x && y && x->n_features == y->n_features);
        assert_memory_equal(x->x, y->x, 7 * x->n_features * sizeof(double));
        bl_matrix_free(x);
        bl_matrix_free(y);
        done(&a);
        done(&b);
    }
}

static void test_every_number_of_threads_gives_the_same_bits(void **state)
{
    struct bl_table *t = bl_table_create("many", 3000, 4, NULL);
    struct bl_recipe *r = make_recipe("impute method=knn; power; poly; pca n=5; spline columns=pc1");
    struct bl_matrix *first = NULL;
    struct bl_roles roles;
    uint32_t *rows = first_rows(3000);

    (void)state;
    for (size_t c = 0; c < 4; c++) {
        static const char *const names[] = {"p", "q", "r", "y"};
        struct bl_random random = bl_random_stream(7, BL_FOR_GENERATE, 0, (uint32_t)c);
        double *x = bl_calloc(3000, sizeof *x);
        for (size_t i = 0; i < 3000; i++)
            x[i] = c < 3 && i % 97 == c ? NAN : bl_random_normal(&random);
        assert_true(bl_table_set_numbers(t, c, names[c], x, NULL));
    }
    assert_true(bl_roles_choose(&roles, t, "y", -1, NULL, NULL));
    for (size_t threads = 1; threads <= 4; threads++) {
        struct bl_pool *pool = bl_pool_create(threads, NULL);
        struct bl_matrix *m = NULL;
        struct bl_error err;
        if (!bl_recipe_fit(r, t, &roles, rows, 2000, pool, NULL, &err) ||
            !(m = bl_recipe_apply(r, t, &roles, rows, 3000, pool, &err)))
            fail_msg("%s", err.message);
        if (first)
            assert_memory_equal(first->x, m->x, 3000 * m->n_features * sizeof(double));
        bl_matrix_free(first);
        first = m;
        bl_pool_free(pool);
    }
    bl_matrix_free(first);
    bl_free(rows);
    bl_recipe_free(r);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_recipes_survive_every_failed_allocation(void **state)
{
    static const char steps[] = "impute method=knn indicator=yes; target; text columns=t; poly "
                                "columns=a,b; pca n=3; spline; select k=4 method=information";
    struct bl_table *t = colours();
    uint32_t *rows = first_rows(8);
    struct bl_roles roles;
    bool ok = false;

    (void)state;
    assert_true(bl_roles_choose(&roles, t, "y", -1, NULL, NULL));
    for (uint64_t k = 1; !ok; k++) {
        struct bl_recipe *r = make_recipe(steps);
        struct bl_matrix *m = NULL;
        struct bl_error err = {0};
        bl_alloc_fail_at(k, false);
        ok = bl_recipe_fit(r, t, &roles, rows, 7, NULL, NULL, &err) &&
             (m = bl_recipe_apply(r, t, &roles, rows, 8, NULL, &err));
        bl_alloc_fail_at(0, false);
        if (!ok)
            assert_int_equal(err.code, BL_MEMORY);
        bl_matrix_free(m);
        bl_recipe_free(r);
    }
    bl_free(rows);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_refusals_name_the_column_and_the_way_out(void **state)
{
    static const struct {
        const char *steps, *message;
    } cases[] = {
        {"ordinal order=red|green", "order= does not list the level 'blue' of 'c'"},
        {"drop", "prep drop needs columns="},
        {"dates parts=year|moon columns=a", "a date has no part 'moon'"},
        {"text n=8 max=3", "n= hashes the words, so there is no max=, min= or method=tfidf"},
        {"dates columns=a", "prep dates cannot take 'a', which is numeric"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_table *t = colours();
        struct bl_recipe *r = bl_recipe_create();
        struct bl_roles roles;
        struct bl_error err = {0};
        uint32_t *rows = first_rows(7);
        assert_true(bl_roles_choose(&roles, t, "y", -1, NULL, NULL));
        assert_false(add_steps(r, cases[i].steps, &err) &&
                     bl_recipe_fit(r, t, &roles, rows, 7, NULL, NULL, &err));
        assert_string_equal(err.message, cases[i].message);
        bl_free(rows);
        bl_roles_free(&roles);
        bl_recipe_free(r);
        bl_table_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encoders_give_the_figures_of_their_formulas),
        cmocka_unit_test(test_combining_steps_give_the_figures_of_their_formulas),
        cmocka_unit_test(test_selection_keeps_what_tells_most),
        cmocka_unit_test(test_hash_buckets_know_every_level),
        cmocka_unit_test(test_splines_sum_to_one_and_keep_their_value_outside),
        cmocka_unit_test(test_dates_come_apart),
        cmocka_unit_test(test_pca_agrees_with_the_reference_to_ten_digits),
        cmocka_unit_test(test_other_rows_change_nothing_fitted),
        cmocka_unit_test(test_every_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(test_recipes_survive_every_failed_allocation),
        cmocka_unit_test(test_refusals_name_the_column_and_the_way_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
