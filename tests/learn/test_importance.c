/* Rows drawn by importance: as often as their smoothness says, and without bias. */
#include "tests/learn/data.h"

#include "src/learn/run.h"

#include <math.h>
#include <string.h>

#define ROWS 500
#define FEATURES 5
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Rows of very different lengths. */
static struct bl_matrix *make_uneven(size_t classes)
{
    struct bl_matrix *m = make_matrix(ROWS, FEATURES, classes, 21);

    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < FEATURES; j++)
            m->x[i * FEATURES + j] *= i % 10 ? 0.3 : 4;
    return m;
}

static struct bl_trainer *start(const struct bl_objective *o, const char *regime, double lr, struct bl_pool *pool, struct bl_error *err)
{
    struct bl_settings s;

    bl_settings_init(&s);
    assert_true(bl_settings_regime(&s, regime, NULL));
    s.order = BL_IMPORTANCE;
    s.lr = lr;
    return bl_trainer_create(o, &s, NULL, pool, err);
}

static void test_the_gradient_stays_unbiased(void **state)
{
    static const struct { const char *name; size_t classes; } families[] = {{"linear", 0}, {"logistic", 2}, {"softmax", 3}, {"svm", 2}, {"quantile", 0}};

    (void)state;
    for (size_t f = 0; f < COUNT(families); f++) {
        struct bl_matrix *m = make_uneven(families[f].classes);
        struct bl_objective o = make_objective(families[f].name, m, NULL, families[f].classes, 0.05);
        struct bl_trainer *t = start(&o, "sgd", 0.1, NULL, NULL);
        double g[32], mean[32] = {0}, full[32], theta[32], before = 0;
        for (size_t p = 0; p < o.n_params; p++)
            theta[p] = 0.1 * (double)(p % 3);
        for (uint32_t i = 0; i < ROWS; i++) { /* the sum over rows of p_i times what an update of row i would see */
            double share = (t->reach[i] - before) / t->reach[ROWS - 1];
            before = t->reach[i];
            bl_batch_pass(&o, theta, &(struct bl_batch){.index = &i, .n = 1, .known = 1, .weight = t->importance}, g, t->w, NULL, NULL);
            for (size_t p = 0; p < o.n_params; p++)
                mean[p] += share * g[p];
        }
        bl_objective_pass(&o, m, theta, full, t->w);
        for (size_t p = 0; p < o.n_params; p++)
            assert_true(fabs(mean[p] - full[p]) <= 1e-12 * (1 + fabs(full[p])));
        bl_trainer_free(t);
        bl_objective_done(&o);
        bl_matrix_free(m);
    }
}

static void test_rows_are_drawn_as_often_as_their_smoothness_says(void **state)
{
    struct bl_matrix *m = make_uneven(0);
    struct bl_objective o = make_objective("linear", m, NULL, 0, 0.05);
    struct bl_trainer *t = start(&o, "mini:500", 1e-4, NULL, NULL);
    double drawn[ROWS] = {0}, square = 0, before = 0, updates = 400;
    uint32_t rows[ROWS];
    size_t n, total;

    (void)state;
    for (size_t u = 0; u < (size_t)updates; u++) {
        assert_true(bl_trainer_next_rows(t, rows, ROWS, &n, &total, NULL));
        for (size_t i = 0; i < n; i++)
            drawn[rows[i]]++;
        assert_true(bl_trainer_updates(t, 1, NULL, NULL));
    }
    for (size_t i = 0; i < ROWS; i++) { /* chi-square with 499 degrees of freedom: 499 +- 5 sqrt(998) */
        double smooth = bl_row_norm2(m, i) + 1 + 0.05, expected = updates * ROWS * (t->reach[i] - before) / t->reach[ROWS - 1];
        assert_true(fabs(t->reach[i] - before - smooth) < 1e-9 * smooth * ROWS);
        before = t->reach[i];
        square += (drawn[i] - expected) * (drawn[i] - expected) / expected;
    }
    assert_true(square > 341 && square < 657);
    bl_trainer_free(t);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void test_bits_do_not_depend_on_threads_or_on_going_back(void **state)
{
    static const char *const regimes[] = {"sgd", "mini:16", "mini:500"};
    struct bl_matrix *m = make_uneven(2);
    struct bl_objective o = make_objective("logistic", m, NULL, 2, 0.05);
    struct bl_pool *pool = bl_pool_create(3, NULL);

    (void)state;
    for (size_t r = 0; r < COUNT(regimes); r++) {
        struct bl_trainer *a = start(&o, regimes[r], NAN, NULL, NULL), *b = start(&o, regimes[r], NAN, pool, NULL);
        char one[65], other[65];
        assert_true(bl_trainer_epochs(a, 3, NULL, NULL) && bl_trainer_epochs(b, 3, NULL, NULL));
        bl_trainer_hash(a, one);
        bl_trainer_hash(b, other);
        assert_string_equal(one, other);
        assert_true(bl_trainer_goto_update(b, 2, NULL, NULL) && bl_trainer_goto_epoch(b, 3, NULL, NULL));
        bl_trainer_hash(b, other);
        assert_string_equal(one, other);
        bl_trainer_free(a);
        bl_trainer_free(b);
    }
    bl_pool_free(pool);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

/* What it is for: one row an update may step by the mean smoothness, not the largest. */
static void test_the_rate_is_that_of_the_mean_row(void **state)
{
    struct bl_matrix *m = make_uneven(0);
    struct bl_objective o = make_objective("linear", m, NULL, 0, 0.05);
    struct bl_trainer *t = start(&o, "sgd", NAN, NULL, NULL);
    struct bl_smoothness smooth;

    (void)state;
    assert_true(bl_smoothness_of(&o, NULL, &smooth, NULL));
    assert_true(bl_trainer_lr(t) == 1 / smooth.row_mean);
    assert_true(smooth.row_max > 5 * smooth.row_mean);
    bl_trainer_free(t);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void test_what_it_cannot_serve_is_refused(void **state)
{
    struct bl_matrix *m = make_uneven(0);
    struct bl_error err;

    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        m->y[i] = floor(fabs(m->y[i]));
    struct bl_objective o = make_objective("poisson", m, NULL, 0, 0.05);
    assert_null(start(&o, "sgd", 0.1, NULL, &err));
    assert_non_null(strstr(err.message, "order=importance needs a bound"));
    bl_objective_done(&o);
    bl_matrix_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_gradient_stays_unbiased),
        cmocka_unit_test(test_rows_are_drawn_as_often_as_their_smoothness_says),
        cmocka_unit_test(test_bits_do_not_depend_on_threads_or_on_going_back),
        cmocka_unit_test(test_the_rate_is_that_of_the_mean_row),
        cmocka_unit_test(test_what_it_cannot_serve_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
