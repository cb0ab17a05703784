/* l1: the proximal step, its fixed points, exact zeros, the optimum's certificate, and what is refused. */
#include "tests/learn/data.h"

#include <math.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static struct bl_objective with_l1(const char *model, const struct bl_matrix *m, size_t classes, double l2, double l1)
{
    struct bl_objective o = make_objective(model, m, NULL, classes, l2);

    assert_true(bl_objective_set(&o, l1, NULL, NULL));
    return o;
}

static struct bl_trainer *start(const struct bl_objective *o, const char *regime, const char *optimizer, const char *lr)
{
    struct bl_settings s;
    struct bl_error err;
    bool known;

    bl_settings_init(&s);
    assert_true(bl_settings_regime(&s, regime, NULL));
    assert_true(bl_settings_set(&s, "optimizer", optimizer, &known, NULL));
    assert_true(bl_settings_set(&s, "lr", lr, &known, NULL));
    struct bl_trainer *t = bl_trainer_create(o, &s, NULL, NULL, &err);
    if (!t)
        fail_msg("%s", err.message);
    return t;
}

/* One feature of mean square 1 without intercept: the lasso is the soft threshold of x'y/n. */
static void test_one_feature_gives_the_soft_threshold(void **state)
{
    static const double l1s[] = {0, 0.25, 1, 1.75, 3};
    struct bl_matrix *m = bl_matrix_create(4, 1, true, NULL);
    static const double x[] = {1, -1, 1, -1}, y[] = {2, -1, 3, -1};

    (void)state;
    memcpy(m->x, x, sizeof x);
    memcpy(m->y, y, sizeof y);
    for (size_t i = 0; i < COUNT(l1s); i++) {
        struct bl_optimum best;
        struct bl_objective o;
        assert_true(bl_objective_init(&o, bl_objective_find("linear"), m, NULL, 0, false, 0, "y", NULL));
        assert_true(bl_objective_set(&o, l1s[i], NULL, NULL));
        assert_true(bl_optimum_find(&o, NULL, NULL, &best, NULL));
        assert_true(best.exists);
        assert_true(fabs(best.theta[0] - fmax(0, 1.75 - l1s[i])) < 1e-12);
        bl_optimum_done(&best);
    }
    bl_matrix_free(m);
}

/* Whether theta meets the conditions of a minimum, by loops of its own. */
static double worst_condition(const struct bl_objective *o, const double *theta)
{
    double worst = 0;

    for (size_t p = 0; p < o->n_params; p++) {
        size_t per = o->d + 1, c = p / per, j = p % per;
        double g = j ? o->l2 * theta[p] : 0;
        for (size_t i = 0; i < o->train->n_rows; i++) {
            double z[8], s[8];
            const double *x = o->train->x + i * o->d;
            bl_objective_margins(o, theta, x, z);
            o->type->slope(z, o->train->y[i], o->k, o->hyper, s);
            g += s[c] * (j ? x[j - 1] : 1) / (double)o->train->n_rows;
        }
        worst = fmax(worst, !j ? fabs(g) : theta[p] != 0 ? fabs(g + copysign(o->l1, theta[p])) : fmax(0, fabs(g) - o->l1));
    }
    return worst;
}

static const struct { const char *model; size_t classes; double l1; } families[] = {
    {"linear", 0, 0.3}, {"logistic", 2, 0.05}, {"softmax", 3, 0.03}, {"svm2", 2, 0.05}, {"huber", 0, 0.1}, {"poisson", 0, 0.3}};

static void counts(struct bl_matrix *m, const char *model)
{
    for (size_t i = 0; strcmp(model, "poisson") == 0 && i < m->n_rows; i++)
        m->y[i] = floor(fabs(m->y[i]));
}

static void test_the_optimum_meets_its_conditions_and_has_exact_zeros(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT(families); f++) {
        struct bl_matrix *m = make_matrix(400, 9, families[f].classes, 3);
        counts(m, families[f].model);
        for (size_t j = 6; j < 9; j++) /* hardly related to the target */
            for (size_t i = 0; i < m->n_rows; i++)
                m->x[i * 9 + j] *= 0.05;
        struct bl_objective o = with_l1(families[f].model, m, families[f].classes, f % 2 ? 0.01 : 0, families[f].l1);
        struct bl_optimum best;
        size_t zeros = 0;
        assert_true(bl_optimum_find(&o, NULL, NULL, &best, NULL));
        if (!best.exists)
            fail_msg("%s: %s", families[f].model, best.reason);
        assert_true(worst_condition(&o, best.theta) < 1e-10);
        assert_true(best.gradient_norm < 1e-10);
        for (size_t p = 0; p < o.n_params; p++)
            zeros += best.theta[p] == 0;
        assert_true(zeros >= 3);
        best.theta[1] += 1e-3; /* the planted error */
        assert_false(worst_condition(&o, best.theta) < 1e-10);
        bl_optimum_done(&best);
        bl_matrix_free(m);
    }
}

static void test_every_rule_goes_to_the_same_optimum_with_the_same_zeros(void **state)
{
    static const struct { const char *optimizer, *lr; double within; } rules[] = {
        {"gd", "auto", 1e-12}, {"momentum", "0.05", 1e-12}, {"adam", "0.003", 1e-4}, {"rmsprop", "0.0005", 1e-3}, {"adagrad", "0.1", 1e-4}};
    struct bl_matrix *m = make_matrix(300, 8, 2, 3);
    struct bl_objective o = with_l1("logistic", m, 2, 0.01, 0.08);
    struct bl_optimum best;

    (void)state;
    assert_true(bl_optimum_find(&o, NULL, NULL, &best, NULL));
    for (size_t i = 0; i < COUNT(rules); i++) {
        struct bl_trainer *t = start(&o, "batch", rules[i].optimizer, rules[i].lr);
        struct bl_point p;
        assert_true(bl_trainer_epochs(t, 4000, NULL, NULL));
        assert_true(bl_trainer_point(t, &p, NULL));
        if (!(p.objective - best.objective < rules[i].within))
            fail_msg("%s stays %g above", rules[i].optimizer, p.objective - best.objective);
        for (size_t j = 0; i < 3 && j < o.n_params; j++)
            if ((bl_trainer_theta(t)[j] == 0) != (best.theta[j] == 0))
                fail_msg("%s: parameter %zu is %g, not %g", rules[i].optimizer, j, bl_trainer_theta(t)[j], best.theta[j]);
        bl_trainer_free(t);
    }
    bl_optimum_done(&best);
    bl_matrix_free(m);
}

static void test_one_row_an_update_is_gradient_and_threshold(void **state)
{
    struct bl_matrix *m = make_matrix(40, 5, 0, 3);
    struct bl_objective o = with_l1("linear", m, 0, 0.01, 0.2);
    struct bl_trainer *t = start(&o, "sgd", "gd", "0.03");
    struct bl_workspace *w = bl_workspace_create(&o, NULL, NULL);
    double theta[6] = {0}, g[6];
    uint32_t row;
    size_t n, total;

    (void)state;
    for (size_t u = 0; u < 80; u++) {
        bl_trainer_next_rows(t, &row, 1, &n, &total, NULL);
        bl_objective_batch(&o, theta, &row, 1, g, w);
        for (size_t p = 0; p < 6; p++) {
            theta[p] -= 0.03 * g[p];
            if (p)
                theta[p] = theta[p] > 0 ? fmax(0, theta[p] - 0.03 * 0.2) : fmin(0, theta[p] + 0.03 * 0.2);
        }
        bl_trainer_updates(t, 1, NULL, NULL);
        for (size_t p = 0; p < 6; p++)
            assert_true(theta[p] == bl_trainer_theta(t)[p]);
    }
    bl_workspace_free(w);
    bl_trainer_free(t);
    bl_matrix_free(m);
}

static void refused(const char *model, size_t classes, double l1, const char *regime, const char *optimizer, const char *part)
{
    struct bl_matrix *m = make_matrix(40, 3, classes, 3);
    struct bl_objective o = with_l1(model, m, classes, 0, l1);
    struct bl_settings s;
    struct bl_error err;
    bool known;

    bl_settings_init(&s);
    assert_true(bl_settings_regime(&s, regime, NULL));
    assert_true(bl_settings_set(&s, "optimizer", optimizer, &known, NULL));
    assert_null(bl_trainer_create(&o, &s, NULL, NULL, &err));
    assert_int_equal(err.code, BL_VALUE);
    assert_non_null(strstr(err.message, part));
    assert_true(err.hint[0] != 0);
    bl_matrix_free(m);
}

static void test_conflicts_are_refused_before_the_first_update(void **state)
{
    (void)state;
    refused("linear", 0, 0.1, "full:newton", "gd", "l1=0.1 has one at every 0");
    refused("linear", 0, 0.1, "full:closed", "gd", "l1=0.1 has one at every 0");
    refused("linear", 0, 0.1, "full:lbfgs", "gd", "l1=0.1 has one at every 0");
    refused("linear", 0, 0.1, "batch", "lion", "optimizer=lion has no proximal step");
    refused("svm", 2, 0, "full:newton", "gd", "that of svm has them");
    refused("quantile", 0, 0, "full:lbfgs", "gd", "that of quantile has them");
    refused("huber", 0, 0, "full:newton", "gd", "is 0 beyond its delta");
}

/* The optima of losses whose curvature jumps, and of counts: gradients by a loop of their own. */
static void test_optima_without_l1_meet_their_conditions(void **state)
{
    static const struct { const char *model; size_t classes; double l2; } cases[] = {
        {"svm2", 2, 0}, {"svm2", 2, 0.1}, {"huber", 0, 0}, {"huber", 0, 0.1}, {"poisson", 0, 0}, {"poisson", 0, 0.1}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bl_matrix *m = make_matrix(300, 5, cases[i].classes, 3);
        counts(m, cases[i].model);
        struct bl_objective o = make_objective(cases[i].model, m, NULL, cases[i].classes, cases[i].l2);
        struct bl_optimum best;
        assert_true(bl_optimum_find(&o, NULL, NULL, &best, NULL));
        if (!best.exists)
            fail_msg("%s: %s", cases[i].model, best.reason);
        assert_true(worst_condition(&o, best.theta) < 1e-10);
        bl_optimum_done(&best);
        bl_matrix_free(m);
    }
}

static void test_what_has_no_optimum_says_so(void **state)
{
    static const struct { const char *model; size_t classes; const char *part; } cases[] = {
        {"svm", 2, "has kinks"}, {"quantile", 0, "has kinks"}, {"poisson", 0, "every target is 0"}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bl_matrix *m = make_matrix(30, 2, cases[i].classes, 3);
        for (size_t r = 0; i == 2 && r < 30; r++)
            m->y[r] = 0;
        struct bl_objective o = make_objective(cases[i].model, m, NULL, cases[i].classes, 0);
        struct bl_optimum best;
        assert_true(bl_optimum_find(&o, NULL, NULL, &best, NULL));
        assert_false(best.exists);
        assert_non_null(strstr(best.reason, cases[i].part));
        bl_optimum_done(&best);
        bl_matrix_free(m);
    }
}

/* A class of zeros that a feature sets apart: the loss falls for ever along it. */
static void test_counts_of_zero_set_apart_have_no_optimum(void **state)
{
    struct bl_matrix *m = make_matrix(60, 2, 0, 3);
    struct bl_optimum best;

    (void)state;
    for (size_t i = 0; i < 60; i++) {
        m->x[2 * i] = i < 20;
        m->y[i] = i < 20 ? 0 : (double)(1 + i % 3);
    }
    struct bl_objective o = make_objective("poisson", m, NULL, 0, 0);
    assert_true(bl_optimum_find(&o, NULL, NULL, &best, NULL));
    assert_false(best.exists);
    bl_optimum_done(&best);
    bl_matrix_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_feature_gives_the_soft_threshold),
        cmocka_unit_test(test_the_optimum_meets_its_conditions_and_has_exact_zeros),
        cmocka_unit_test(test_every_rule_goes_to_the_same_optimum_with_the_same_zeros),
        cmocka_unit_test(test_one_row_an_update_is_gradient_and_threshold),
        cmocka_unit_test(test_conflicts_are_refused_before_the_first_update),
        cmocka_unit_test(test_optima_without_l1_meet_their_conditions),
        cmocka_unit_test(test_what_has_no_optimum_says_so),
        cmocka_unit_test(test_counts_of_zero_set_apart_have_no_optimum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
