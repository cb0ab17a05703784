/* The optimum against values computed elsewhere: exact fractions for least squares, high precision
 * Newton steps for the others. */
#include "tests/learn/known.h"

static struct bl_optimum find(const struct bl_objective *o, struct bl_pool *pool)
{
    struct bl_optimum out;
    struct bl_error err = { 0 };
    if (!bl_optimum_find(o, pool, NULL, &out, &err))
        fail_msg("%s", err.message);
    return out;
}

static struct bl_objective objective(const char *type, const struct bl_matrix *m, size_t classes, bool intercept, double l2)
{
    struct bl_objective o;
    struct bl_error err = { 0 };
    if (!bl_objective_init(&o, bl_objective_find(type), m, NULL, classes, intercept, l2, "y", &err))
        fail_msg("%s", err.message);
    return o;
}

/* ---- NIST ----------------------------------------------------------------------------------------- */

static struct bl_matrix *nist_matrix(const char *name, size_t degree)
{
    char path[600];
    known_path(path, sizeof path, "tests/reference/nist", name, ".csv");
    struct csv c = csv_open(path);
    size_t d = degree > 1 ? degree : c.columns - 1;
    struct bl_matrix *m = bl_matrix_create(c.rows - 1, d, true, NULL);
    for (size_t i = 1; i < c.rows; i++) {
        double power = 1;
        m->y[i - 1] = strtod(c.cell[i][0], NULL);
        for (size_t j = 0; j < d; j++) {
            power *= degree > 1 ? strtod(c.cell[i][1], NULL) : 1;
            m->x[(i - 1) * d + j] = degree > 1 ? power : strtod(c.cell[i][j + 1], NULL);
        }
    }
    csv_close(&c);
    return m;
}

static void test_certified_coefficients_hold_13_digits(void **state)
{
    static const char *const names[] = { "Longley", "Norris", "NoInt1", "Wampler1", "Wampler2", "Wampler3" };
    (void)state;
    for (size_t s = 0; s < sizeof names / sizeof *names; s++) {
        char file[60];
        snprintf(file, sizeof file, "nist/%s", names[s]);
        json_t *all = known_json(file);
        size_t degree = (size_t)known_number(all, "degree");
        bool intercept = json_is_true(json_object_get(all, "intercept"));
        struct bl_matrix *m = nist_matrix(names[s], degree);
        struct bl_objective o = objective("linear", m, 0, intercept, 0);
        struct bl_optimum best = find(&o, NULL);
        const json_t *exact = json_object_get(json_object_get(json_object_get(all, "recomputed"), "binary64"), "coefficients");
        assert_true(best.exists);
        assert_string_equal(best.method, "closed form");
        for (size_t j = 0; j < o.n_params; j++) {
            char key[8];
            snprintf(key, sizeof key, "B%zu", j + !intercept);
            assert_near(names[s], best.theta[j], known_number(exact, key), 1e-13, 0);
        }
        bl_optimum_done(&best);
        bl_objective_done(&o);
        bl_matrix_free(m);
        json_decref(all);
    }
}

/* ---- reference sets --------------------------------------------------------------------------------- */

static const struct { const char *reference, *file, *type; } sets[] = {
    { "airquality", "airquality", "linear" }, { "anscombe_1", "anscombe", "linear" }, { "anscombe_2", "anscombe", "linear" },
    { "anscombe_3", "anscombe", "linear" }, { "anscombe_4", "anscombe", "linear" }, { "auto_mpg", "auto_mpg", "linear" },
    { "bike_hour", "bike_hour", "linear" }, { "california_housing", "california_housing", "linear" },
    { "california_housing_onehot", "california_housing", "linear" }, { "diabetes", "diabetes", "linear" },
    { "faithful", "faithful", "linear" }, { "linnerud", "linnerud", "linear" }, { "mtcars", "mtcars", "linear" },
    { "breast_cancer", "breast_cancer", "logistic" }, { "titanic", "titanic", "logistic" },
    { "iris", "iris", "softmax" }, { "wine", "wine", "softmax" }, { "penguins", "penguins", "softmax" }, { "digits", "digits", "softmax" },
};
enum { SETS = sizeof sets / sizeof *sets };

static double weight_of(const json_t *weights, size_t j, const json_t *columns)
{
    if (json_is_array(weights))
        return json_number_value(json_array_get(weights, j));
    return known_number(weights, json_string_value(json_array_get(columns, j)));
}

static void compare_weights(const char *name, const struct bl_objective *o, const struct bl_optimum *best, const json_t *known, const json_t *columns)
{
    for (size_t a = 0; a < o->k; a++) {
        const double *theta = best->theta + a * (o->d + 1);
        const json_t *weights = json_object_get(known, "weights");
        double bias = 0, most = 0;
        if (o->k > 1) { /* one entry a class, in order, by name or as a list */
            const json_t *biases = json_object_get(known, "intercepts");
            void *at = json_object_iter((json_t *)(uintptr_t)biases);
            for (size_t i = 0; json_is_object(biases) && i < a; i++)
                at = json_object_iter_next((json_t *)(uintptr_t)biases, at);
            const char *class = json_is_object(biases) ? json_object_iter_key(at) : NULL;
            bias = json_number_value(class ? json_object_get(biases, class) : json_array_get(biases, a));
            weights = class ? json_object_get(weights, class) : json_array_get(weights, a);
        } else
            bias = known_number(known, "intercept");
        if (weights)
            for (size_t j = 0; j < o->d; j++)
                most = fmax(most, fabs(weight_of(weights, j, columns)));
        assert_near(name, theta[0], bias, 1e-9, 1e-9 * most);
        for (size_t j = 0; weights && j < o->d; j++)
            assert_near(name, theta[1 + j], weight_of(weights, j, columns), 1e-9, 1e-9 * most);
    }
}

static void check_penalised(size_t s)
{
    json_t *all = known_json(sets[s].reference);
    const json_t *input = json_object_get(all, "model_input");
    bool linear = strcmp(sets[s].type, "linear") == 0;
    const json_t *block = json_object_get(all, linear ? "ridge" : sets[s].type);
    struct bl_matrix *m = known_matrix(sets[s].file, all, true);
    size_t classes = linear ? 0 : json_array_size(json_object_get(input, "classes"));
    assert_true(json_array_size(block) > 0);
    for (size_t i = 0; i < json_array_size(block); i++) {
        const json_t *known = json_array_get(block, i);
        struct bl_objective o = objective(sets[s].type, m, linear || classes ? classes : 2, true, known_number(known, "lam"));
        struct bl_optimum best = find(&o, NULL);
        assert_true(best.exists);
        assert_near(sets[s].reference, best.objective, known_number(known, "objective"), 1e-12, 0);
        compare_weights(sets[s].reference, &o, &best, known, json_object_get(input, "columns"));
        bl_optimum_done(&best);
        bl_objective_done(&o);
    }
    bl_matrix_free(m);
    json_decref(all);
}

static void test_penalised_optima_equal_the_reference(void **state)
{
    (void)state;
    for (size_t s = 0; s < SETS; s++)
        check_penalised(s);
}

static void test_least_squares_equal_the_reference(void **state)
{
    (void)state;
    for (size_t s = 0; s < SETS; s++) {
        json_t *all = known_json(sets[s].reference);
        const json_t *known = json_object_get(all, "ols"), *columns = json_object_get(json_object_get(all, "model_input"), "columns");
        if (known) {
            struct bl_matrix *m = known_matrix(sets[s].file, all, false);
            struct bl_objective o = objective("linear", m, 0, true, 0);
            struct bl_optimum best = find(&o, NULL);
            const json_t *b = json_object_get(known, "coefficients");
            assert_near(sets[s].reference, best.objective, known_number(known, "mse") / 2, 1e-12, 0);
            assert_near(sets[s].reference, best.theta[0], known_number(b, "(intercept)"), 1e-12, 0);
            for (size_t j = 0; j < o.d; j++)
                assert_near(sets[s].reference, best.theta[1 + j], known_number(b, json_string_value(json_array_get(columns, j))), 1e-12, 0);
            bl_optimum_done(&best);
            bl_objective_done(&o);
            bl_matrix_free(m);
        }
        json_decref(all);
    }
}

static void test_sparse_sets_equal_the_reference(void **state)
{
    static const struct { const char *name; size_t n, d; } files[] = { { "heart_scale", 270, 13 }, { "mushroom", 6513, 126 } };
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        json_t *all = known_json(files[s].name);
        const json_t *block = json_object_get(all, "logistic_mean_form_unstandardised");
        struct bl_matrix *m = known_libsvm(files[s].name, files[s].n, files[s].d);
        for (size_t i = 0; i < json_array_size(block); i++) {
            const json_t *known = json_array_get(block, i);
            struct bl_objective o = objective("logistic", m, 2, true, known_number(known, "lam"));
            struct bl_optimum best = find(&o, NULL);
            assert_near(files[s].name, best.objective, known_number(known, "objective"), 1e-12, 0);
            assert_near(files[s].name, best.theta[0], known_number(known, "intercept"), 1e-9, 0);
            bl_optimum_done(&best);
            bl_objective_done(&o);
        }
        bl_matrix_free(m);
        json_decref(all);
    }
}

/* ---- where there is none, or more than one ----------------------------------------------------------- */

static struct bl_matrix *small(size_t n, size_t d, const double *x, const double *y)
{
    struct bl_matrix *m = bl_matrix_create(n, d, true, NULL);
    memcpy(m->x, x, n * d * sizeof *x);
    memcpy(m->y, y, n * sizeof *y);
    return m;
}

static void expect_none(const char *type, const struct bl_matrix *m, size_t classes, double l2, const char *word)
{
    struct bl_objective o = objective(type, m, classes, true, l2);
    struct bl_optimum best = find(&o, NULL);
    assert_false(best.exists);
    if (!strstr(best.reason, word))
        fail_msg("'%s' does not speak of '%s'", best.reason, word);
    bl_optimum_done(&best);
    bl_objective_done(&o);
}

static void test_separated_classes_have_no_optimum_without_penalty(void **state)
{
    static const double x[] = { -2, -1, 1, 2, 3 }, apart[] = { 0, 0, 1, 1, 1 }, touching[] = { 0, 0, 1, 1, 0 };
    static const double half[] = { 0, 0, 0, 1, 1, 1 }, half_x[] = { -2, -1, 0, 0, 1, 2 };
    (void)state;
    struct bl_matrix *m = small(5, 1, x, apart);
    expect_none("logistic", m, 2, 0, "separated");
    expect_none("softmax", m, 2, 0, "separated");
    struct bl_objective o = objective("logistic", m, 2, true, 1e-6);
    struct bl_optimum best = find(&o, NULL);
    assert_true(best.exists);
    bl_optimum_done(&best);
    bl_objective_done(&o);
    memcpy(m->y, touching, sizeof touching);
    o = objective("logistic", m, 2, true, 0);
    best = find(&o, NULL);
    assert_true(best.exists);
    assert_true(best.gradient_norm < 1e-14);
    bl_optimum_done(&best);
    bl_objective_done(&o);
    bl_matrix_free(m);
    m = small(6, 1, half_x, half);
    expect_none("logistic", m, 2, 0, "separated");
    expect_none("softmax", m, 2, 0, "separated");
    bl_matrix_free(m);
}

static void test_partly_separated_sets_have_no_optimum_without_penalty(void **state)
{
    static const char *const names[] = { "iris", "breast_cancer", "wine" };
    static const char *const types[] = { "softmax", "logistic", "softmax" };
    (void)state;
    for (size_t s = 0; s < 3; s++) {
        json_t *all = known_json(names[s]);
        struct bl_matrix *m = known_matrix(names[s], all, true);
        expect_none(types[s], m, s == 1 ? 2 : 3, 0, "separated");
        bl_matrix_free(m);
        json_decref(all);
    }
}

static void test_a_class_without_rows_has_no_optimum(void **state)
{
    static const double x[] = { -2, -1, 1, 2 }, one[] = { 1, 1, 1, 1 }, two[] = { 0, 2, 0, 2 };
    (void)state;
    struct bl_matrix *m = small(4, 1, x, one);
    expect_none("logistic", m, 2, 0.1, "no training row");
    memcpy(m->y, two, sizeof two);
    expect_none("softmax", m, 3, 0.1, "no training row");
    struct bl_objective o = objective("softmax", m, 3, false, 0.1);
    struct bl_optimum best = find(&o, NULL);
    assert_true(best.exists);
    bl_optimum_done(&best);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void test_dependent_columns_give_the_shortest_solution(void **state)
{
    /* x2 = 2 x1: of all solutions of slope 3 in x1 alone the shortest is (3/5, 6/5) */
    static const double x[] = { 1, 2, 2, 4, 3, 6, 4, 8 }, y[] = { 4, 7, 10, 13 };
    (void)state;
    struct bl_matrix *m = small(4, 2, x, y);
    struct bl_objective o = objective("linear", m, 0, false, 0);
    m->y[0] = 3, m->y[1] = 6, m->y[2] = 9, m->y[3] = 12;
    struct bl_optimum best = find(&o, NULL);
    assert_true(best.exists);
    assert_non_null(strstr(best.reason, "depend"));
    assert_near("w1", best.theta[0], 0.6, 1e-14, 0);
    assert_near("w2", best.theta[1], 1.2, 1e-14, 0);
    assert_true(best.objective < 1e-28);
    bl_optimum_done(&best);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void test_more_columns_than_rows_fit_exactly(void **state)
{
    (void)state;
    struct bl_matrix *m = bl_matrix_create(5, 12, true, NULL);
    struct bl_random r = bl_random_stream(3, BL_FOR_NOISE, 0, 0);
    for (size_t i = 0; i < 60; i++)
        m->x[i] = bl_random_normal(&r);
    for (size_t i = 0; i < 5; i++)
        m->y[i] = bl_random_normal(&r);
    struct bl_objective o = objective("linear", m, 0, true, 0);
    struct bl_optimum best = find(&o, NULL);
    assert_true(best.exists && best.objective < 1e-28);
    bl_optimum_done(&best);
    bl_objective_done(&o);
    o = objective("linear", m, 0, true, 0.1);
    best = find(&o, NULL);
    assert_true(best.exists && best.gradient_norm < 1e-15);
    bl_optimum_done(&best);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

/* ---- large ones ---------------------------------------------------------------------------------------- */

static struct bl_matrix *noisy(size_t n, size_t d, size_t classes)
{
    struct bl_matrix *m = bl_matrix_create(n, d, true, NULL);
    struct bl_random r = bl_random_stream(7, BL_FOR_NOISE, 0, 0);
    for (size_t i = 0; i < n; i++) {
        double score = 0;
        for (size_t j = 0; j < d; j++) {
            m->x[i * d + j] = bl_random_normal(&r);
            score += m->x[i * d + j] * (j % 3 ? 0.3 : -0.2);
        }
        score += 1.5 * bl_random_normal(&r);
        m->y[i] = classes ? fmin((double)classes - 1, fmax(0, floor(score + (double)classes / 2))) : score;
    }
    return m;
}

static void test_large_models_use_lbfgs_and_reach_1e_10(void **state)
{
    (void)state;
    struct bl_matrix *m = noisy(300, 700, 3);
    struct bl_objective o = objective("softmax", m, 3, true, 0.05);
    struct bl_optimum best = find(&o, NULL);
    assert_string_equal(best.method, "lbfgs");
    assert_true(best.exists);
    assert_true(best.gradient_norm <= 1e-10);
    bl_optimum_done(&best);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void test_many_rows_reach_the_same_optimum_as_all_threads(void **state)
{
    static const struct { const char *type; size_t classes; } cases[] = { { "linear", 0 }, { "logistic", 2 }, { "softmax", 3 } };
    (void)state;
    for (size_t c = 0; c < 3; c++) {
        struct bl_matrix *m = noisy(45000, 6, cases[c].classes);
        struct bl_objective o = objective(cases[c].type, m, cases[c].classes, true, 0.01);
        struct bl_optimum first = find(&o, NULL);
        assert_true(first.exists && first.gradient_norm < 1e-14);
        for (size_t threads = 1; threads <= 8; threads = threads < 3 ? threads + 1 : threads + 5) {
            struct bl_pool *pool = bl_pool_create(threads, NULL);
            struct bl_optimum again = find(&o, pool);
            assert_memory_equal(again.theta, first.theta, o.n_params * sizeof *first.theta);
            assert_memory_equal(&again.objective, &first.objective, sizeof first.objective);
            bl_optimum_done(&again);
            bl_pool_free(pool);
        }
        bl_optimum_done(&first);
        bl_objective_done(&o);
        bl_matrix_free(m);
    }
}

/* ---- solvers -------------------------------------------------------------------------------------------- */

static size_t solve(const char *name, const struct bl_objective *o, double *theta, size_t most)
{
    const struct bl_solver_type *type = bl_solver_find(name);
    struct bl_workspace *w = bl_workspace_create(o, NULL, NULL);
    double *state = bl_calloc(type->state_size(o) + 1, sizeof *state);
    uint64_t evaluations = 0;
    bool converged = false;
    size_t i = 0;
    for (; i < most && !converged; i++)
        assert_true(type->iterate(o, theta, state, w, NULL, NULL, &evaluations, &converged, NULL));
    assert_true(converged);
    assert_true(evaluations >= (i > 1 ? i : 1));
    bl_free(state);
    bl_workspace_free(w);
    return i;
}

static void test_solvers_reach_the_optimum(void **state)
{
    static const struct { const char *solver, *set, *type; size_t classes, most; } cases[] = {
        { "newton", "breast_cancer", "logistic", 2, 20 }, { "lbfgs", "breast_cancer", "logistic", 2, 300 },
        { "cg", "breast_cancer", "logistic", 2, 1000 }, { "newton", "iris", "softmax", 3, 20 }, { "lbfgs", "iris", "softmax", 3, 300 },
        { "cg", "iris", "softmax", 3, 1000 }, { "newton", "diabetes", "linear", 0, 4 }, { "lbfgs", "diabetes", "linear", 0, 300 },
        { "cg", "diabetes", "linear", 0, 100 }, { "closed", "diabetes", "linear", 0, 1 },
    };
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        json_t *all = known_json(cases[c].set);
        struct bl_matrix *m = known_matrix(cases[c].set, all, true);
        struct bl_objective o = objective(cases[c].type, m, cases[c].classes, true, 0.01);
        struct bl_optimum best = find(&o, NULL);
        struct bl_workspace *w = bl_workspace_create(&o, NULL, NULL);
        double *theta = bl_calloc(o.n_params, sizeof *theta);
        size_t used = solve(cases[c].solver, &o, theta, cases[c].most);
        double f = bl_objective_pass(&o, m, theta, NULL, w) + bl_objective_penalty(&o, theta);
        if (!(used <= cases[c].most))
            fail_msg("%s on %s took %zu", cases[c].solver, cases[c].set, used);
        assert_near(cases[c].solver, f, best.objective, 1e-14, 0);
        bl_free(theta);
        bl_workspace_free(w);
        bl_optimum_done(&best);
        bl_objective_done(&o);
        bl_matrix_free(m);
        json_decref(all);
    }
}

static void test_an_interrupt_stops_the_search(void **state)
{
    (void)state;
    struct bl_matrix *m = noisy(2000, 6, 2);
    struct bl_objective o = objective("logistic", m, 2, true, 0.01);
    struct bl_progress progress = { .stop = true };
    struct bl_optimum out;
    struct bl_error err = { 0 };
    assert_false(bl_optimum_find(&o, NULL, &progress, &out, &err));
    assert_int_equal(err.code, BL_STOPPED);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certified_coefficients_hold_13_digits),
        cmocka_unit_test(test_least_squares_equal_the_reference),
        cmocka_unit_test(test_penalised_optima_equal_the_reference),
        cmocka_unit_test(test_sparse_sets_equal_the_reference),
        cmocka_unit_test(test_separated_classes_have_no_optimum_without_penalty),
        cmocka_unit_test(test_partly_separated_sets_have_no_optimum_without_penalty),
        cmocka_unit_test(test_a_class_without_rows_has_no_optimum),
        cmocka_unit_test(test_dependent_columns_give_the_shortest_solution),
        cmocka_unit_test(test_more_columns_than_rows_fit_exactly),
        cmocka_unit_test(test_large_models_use_lbfgs_and_reach_1e_10),
        cmocka_unit_test(test_many_rows_reach_the_same_optimum_as_all_threads),
        cmocka_unit_test(test_solvers_reach_the_optimum),
        cmocka_unit_test(test_an_interrupt_stops_the_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
