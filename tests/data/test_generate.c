/* Synthetic sets: the shapes they promise, the condition number, the same bits everywhere. */
#include "formats.h"

#include <gsl/gsl_eigen.h>

static struct bl_generate_options defaults(const char *kind)
{
    for (size_t i = 0; bl_generator_at(i); i++)
        if (strcmp(bl_generator_at(i)->name, kind) == 0) {
            struct bl_generate_options o = bl_generator_at(i)->defaults;

            o.seed = 1;
            return o;
        }
    fail_msg("no %s", kind);
    return (struct bl_generate_options){ 0 };
}

static struct bl_table *must_make(const char *kind, const struct bl_generate_options *o)
{
    struct bl_error err = { 0 };
    struct bl_table *t = bl_generate(kind, NULL, o, &err);

    if (!t)
        fail_msg("%s: %s", kind, err.message);
    return t;
}

static void hash_of(const struct bl_table *t, char hex[65])
{
    struct bl_sha256 sha;

    bl_sha256_start(&sha);
    for (size_t j = 0; j < t->n_columns; j++)
        if (t->columns[j].number)
            bl_sha256_add(&sha, t->columns[j].number, t->n_rows * sizeof(double));
        else
            bl_sha256_add(&sha, t->columns[j].code, t->n_rows * sizeof(uint32_t));
    bl_sha256_end(&sha, hex);
}

/* Recorded on x86-64 with GCC 12; Clang and other processors must give the same. */
static void test_the_same_seed_gives_the_same_bits(void **state)
{
    static const struct { const char *kind, *hash; } cases[] = {
        { "blobs", "ac80acc9c59f4477" }, { "moons", "5b891011f0af05c2" }, { "circles", "61140bd76ee20f22" }, { "spiral", "b3b69491efbdcd53" }, { "xor", "5111769446956a15" },
        { "linear", "17ff54f108c0997c" }, { "logistic", "1251387e5f43db5d" }, { "sine", "98d8950aad078f32" }, { "drift", "5d6243f4fd8088a8" },
    };
    size_t wrong = 0;

    (void)state;
    EACH(cases) {
        struct bl_generate_options o = defaults(cases[i].kind);
        struct bl_table *t = must_make(cases[i].kind, &o);
        char hex[65], other[65];

        hash_of(t, hex);
        if (strncmp(hex, cases[i].hash, strlen(cases[i].hash)) != 0) {
            print_message("%s: %.16s\n", cases[i].kind, hex);
            wrong++;
        }
        bl_table_free(t);
        o.seed = 2;
        t = must_make(cases[i].kind, &o);
        hash_of(t, other);
        assert_string_not_equal(hex, other);
        bl_table_free(t);
    }
    assert_int_equal(wrong, 0);
}

static void test_names_target_and_size(void **state)
{
    (void)state;
    for (size_t i = 0; bl_generator_at(i); i++) {
        const struct bl_generator *g = bl_generator_at(i);
        struct bl_table *t = must_make(g->name, &g->defaults);

        assert_string_equal(t->name, g->name);
        assert_int_equal(t->n_rows, g->defaults.n);
        assert_int_equal(t->n_columns, g->defaults.features + 1);
        assert_string_equal(t->columns[0].name, "x1");
        assert_string_equal(t->own_target, g->defaults.classes ? "class" : "y");
        assert_int_equal(bl_table_find(t, t->own_target), t->n_columns - 1);
        assert_int_equal(t->columns[t->n_columns - 1].n_levels, g->defaults.classes);
        bl_table_free(t);
    }
}

static void test_without_noise_points_lie_on_their_curves(void **state)
{
    static const char *const kinds[] = { "moons", "circles", "spiral", "sine", "xor" };

    (void)state;
    EACH(kinds) {
        struct bl_generate_options o = defaults(kinds[i]);

        o.noise = 0;
        struct bl_table *t = must_make(kinds[i], &o);

        for (size_t row = 0; row < t->n_rows; row++) {
            const double x = t->columns[0].number[row], y = t->columns[1].number ? t->columns[1].number[row] : 0;
            const uint32_t k = t->columns[t->n_columns - 1].code ? t->columns[t->n_columns - 1].code[row] : 0;

            if (i == 0)
                assert_true(fabs(hypot(x - k, y - 0.5 * k) - 1) < 1e-14 && (k ? y <= 0.5 : y >= 0));
            else if (i == 1)
                assert_true(fabs(hypot(x, y) - (k ? 0.5 : 1)) < 1e-14);
            else if (i == 2)
                assert_true(fabs(sin(atan2(y, x) - M_PI * (3 * hypot(x, y) + k))) < 1e-12);
            else if (i == 3)
                assert_true(fabs(y - sin(2 * M_PI * x)) < 1e-14);
            else
                assert_int_equal(k, (x > 0) != (y > 0));
        }
        bl_table_free(t);
    }
}

/* Largest over smallest eigenvalue of (1 X)ᵀ(1 X)/n. */
static double condition_of(const struct bl_table *t)
{
    const size_t p = t->n_columns; /* the features and the intercept */
    gsl_matrix *a = gsl_matrix_alloc(p, p);
    gsl_vector *values = gsl_vector_alloc(p);
    gsl_eigen_symm_workspace *w = gsl_eigen_symm_alloc(p);
    double low = INFINITY, high = 0;

    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++) {
            double sum = 0;

            for (size_t i = 0; i < t->n_rows; i++)
                sum += (j ? t->columns[j - 1].number[i] : 1) * (k ? t->columns[k - 1].number[i] : 1);
            gsl_matrix_set(a, j, k, sum / (double)t->n_rows);
            if (j == k)
                assert_true(fabs(sum / (double)t->n_rows - 1) < 1e-9);
        }
    gsl_eigen_symm(a, values, w);
    for (size_t j = 0; j < p; j++) {
        low = fmin(low, gsl_vector_get(values, j));
        high = fmax(high, gsl_vector_get(values, j));
    }
    gsl_eigen_symm_free(w);
    gsl_vector_free(values);
    gsl_matrix_free(a);
    return high / low;
}

static void test_the_design_has_the_condition_number_that_was_asked_for(void **state)
{
    static const struct { const char *kind; size_t n, features; double condition; } cases[] = {
        { "linear", 300, 5, 10 },   { "linear", 50, 2, 1 },      { "linear", 40, 30, 1e4 }, { "logistic", 200, 8, 1000 },
        { "linear", 100, 2, 1e6 },  { "linear", 20, 1, 1 },      { "linear", 500, 40, 100 },
    };

    (void)state;
    EACH(cases) {
        struct bl_generate_options o = defaults(cases[i].kind);

        o.n = cases[i].n;
        o.features = cases[i].features;
        o.condition = cases[i].condition;
        struct bl_table *t = must_make(cases[i].kind, &o);
        const double found = condition_of(t);

        if (fabs(found / cases[i].condition - 1) > 1e-7)
            fail_msg("%zu x %zu: %.10g, wanted %g", cases[i].n, cases[i].features, found, cases[i].condition);
        bl_table_free(t);
    }
}

static void test_drift_changes_its_boundary_half_way(void **state)
{
    struct bl_generate_options o = defaults("drift");
    size_t agree = 0;

    (void)state;
    o.noise = 0;
    struct bl_table *t = must_make("drift", &o);

    /* a plane through the class means of the first half separates that half, and not the other */
    double w[2] = { 0 };

    for (size_t i = 0; i < 1000; i++)
        for (size_t j = 0; j < 2; j++)
            w[j] += t->columns[j].number[i] * (t->columns[2].code[i] ? 1 : -1);
    for (size_t i = 0; i < 1000; i++)
        agree += (w[0] * t->columns[0].number[i] + w[1] * t->columns[1].number[i] > 0) == t->columns[2].code[i];
    assert_true(agree > 950);
    agree = 0;
    for (size_t i = 1000; i < 2000; i++)
        agree += (w[0] * t->columns[0].number[i] + w[1] * t->columns[1].number[i] > 0) == t->columns[2].code[i];
    assert_true(agree < 900);
    bl_table_free(t);
}

static void test_impossible_sets_are_refused_with_the_way_out(void **state)
{
    static const struct { const char *kind; size_t n, features, classes; double noise, condition; const char *says; } cases[] = {
        { "moon", 10, 2, 2, 0, 0, "no synthetic set is called 'moon'" },
        { "moons", 0, 2, 2, 0, 0, "n=0 is not possible for moons" },
        { "moons", 10, 3, 2, 0, 0, "features=3 is not possible" },
        { "moons", 10, 2, 3, 0, 0, "classes=3 is not possible" },
        { "moons", 10, 2, 2, -1, 0, "noise=-1 is not possible" },
        { "moons", 10, 2, 2, NAN, 0, "noise=nan is not possible" },
        { "moons", 10, 2, 2, 0, 5, "condition=5 is not possible" },
        { "linear", 10, 2, 0, 0, 0.5, "condition=0.5 is not possible" },
        { "linear", 10, 1, 0, 0, 5, "condition=5 is not possible" },
        { "linear", 5, 5, 0, 0, 5, "n=5 is not possible" },
        { "drift", 10, 2, 2, 1.5, 0, "noise=1.5 is not possible" },
        { "blobs", 2000000000, 1000, 2, 1, 0, "but only" },
    };

    (void)state;
    EACH(cases) {
        struct bl_generate_options o = { cases[i].n, cases[i].features, cases[i].classes, cases[i].noise, cases[i].condition, 1 };
        struct bl_error err = { 0 };

        assert_null(bl_generate(cases[i].kind, NULL, &o, &err));
        if (!strstr(err.message, cases[i].says) || !err.hint[0])
            fail_msg("%s; wanted %s", err.message, cases[i].says);
    }
}

static void test_memory_may_end_at_any_time(void **state)
{
    static const char *const kinds[] = { "blobs", "linear", "sine" };

    (void)state;
    EACH(kinds) for (uint64_t k = 1; k < 30; k++)
    {
        struct bl_generate_options o = defaults(kinds[i]);
        struct bl_error err = { 0 };

        bl_alloc_fail_at(k, true);
        struct bl_table *t = bl_generate(kinds[i], NULL, &o, &err);

        bl_alloc_fail_at(0, false);
        assert_true(t || err.code == BL_MEMORY);
        bl_table_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_seed_gives_the_same_bits),
        cmocka_unit_test(test_names_target_and_size),
        cmocka_unit_test(test_without_noise_points_lie_on_their_curves),
        cmocka_unit_test(test_the_design_has_the_condition_number_that_was_asked_for),
        cmocka_unit_test(test_drift_changes_its_boundary_half_way),
        cmocka_unit_test(test_impossible_sets_are_refused_with_the_way_out),
        cmocka_unit_test(test_memory_may_end_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
