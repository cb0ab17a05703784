/* Weights of rows and classes: a whole number is so many copies of a row, all alike is none, and the unit
 * does not matter. */
#include "tests/learn/data.h"

#include "src/learn/gram.h"
#include "src/learn/objective.h"

#include <math.h>
#include <string.h>

static const struct { const char *name; size_t classes; } families[] = {
    {"linear", 0}, {"logistic", 2}, {"softmax", 4}, {"svm", 2}, {"svm2", 2}, {"huber", 0}, {"quantile", 0}, {"poisson", 0}};
#define COUNT(list) (sizeof(list) / sizeof *(list))
#define ROWS 400
#define FEATURES 7

struct case_ { const char *name; size_t classes; struct bl_matrix *plain, *weighted, *repeated; double *theta; };

static struct case_ make_case(size_t f)
{
    struct case_ c = {.name = families[f].name, .classes = families[f].classes};
    uint32_t rows[4 * ROWS];
    size_t n = 0;
    struct bl_random r = bl_random_stream(f, BL_FOR_SAMPLE, 0, 0);

    c.plain = make_matrix(ROWS, FEATURES, c.classes, 40 + f);
    for (size_t i = 0; strcmp(c.name, "poisson") == 0 && i < ROWS; i++)
        c.plain->y[i] = floor(fabs(c.plain->y[i]));
    for (size_t i = 0; i < ROWS; i++)
        rows[i] = (uint32_t)i;
    c.weighted = bl_matrix_rows(c.plain, rows, ROWS, NULL);
    c.weighted->weight = bl_aligned(ROWS, sizeof *c.weighted->weight);
    for (size_t i = 0; i < ROWS; i++) {
        c.weighted->weight[i] = (double)bl_random_below(&r, 4);
        for (size_t copies = 0; copies < (size_t)c.weighted->weight[i]; copies++)
            rows[n++] = (uint32_t)i;
    }
    c.repeated = bl_matrix_rows(c.plain, rows, n, NULL);
    c.theta = bl_calloc(4 * (FEATURES + 1), sizeof *c.theta);
    for (size_t j = 0; j < 4 * (FEATURES + 1); j++)
        c.theta[j] = 0.3 * bl_random_normal(&r);
    return c;
}

static void case_free(struct case_ *c)
{
    bl_matrix_free(c->plain);
    bl_matrix_free(c->weighted);
    bl_matrix_free(c->repeated);
    bl_free(c->theta);
}

static void assert_close(const double *a, const double *b, size_t n, double relative)
{
    double largest = 0;

    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(b[i]));
    for (size_t i = 0; i < n; i++)
        if (!(fabs(a[i] - b[i]) <= relative * largest))
            fail_msg("number %zu: %.17g is not %.17g", i, a[i], b[i]);
}

static void test_a_whole_weight_is_so_many_rows(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT(families); f++) {
        struct case_ c = make_case(f);
        struct bl_objective a = make_objective(c.name, c.weighted, NULL, c.classes, 0.1), b = make_objective(c.name, c.repeated, NULL, c.classes, 0.1);
        struct bl_workspace *wa = bl_workspace_create(&a, NULL, NULL), *wb = bl_workspace_create(&b, NULL, NULL);
        double x[32], y[32], hx[32 * 32], hy[32 * 32], one, other;
        struct bl_smoothness sa, sb;
        one = bl_objective_pass(&a, a.train, c.theta, x, wa);
        other = bl_objective_pass(&b, b.train, c.theta, y, wb);
        assert_close(&one, &other, 1, 1e-14);
        assert_close(x, y, a.n_params, 1e-13);
        if (!a.type->kinks) {
            assert_true(bl_objective_hessian(&a, c.theta, hx, NULL, NULL, NULL) && bl_objective_hessian(&b, c.theta, hy, NULL, NULL, NULL));
            assert_close(hx, hy, a.n_params * a.n_params, 1e-13);
            assert_true(bl_hessian_times(&a, c.theta, c.theta, x, NULL, NULL));
            assert_true(bl_hessian_times(&b, c.theta, c.theta, y, NULL, NULL));
            assert_close(x, y, a.n_params, 1e-13);
        }
        assert_true(bl_smoothness_of(&a, NULL, &sa, NULL) && bl_smoothness_of(&b, NULL, &sb, NULL));
        if (isfinite(sb.full))
            assert_close(&sa.full, &sb.full, 1, 1e-12);
        bl_workspace_free(wa);
        bl_workspace_free(wb);
        bl_objective_done(&a);
        bl_objective_done(&b);
        case_free(&c);
    }
}

static void test_the_optimum_is_that_of_repeated_rows(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT(families); f++) {
        struct case_ c = make_case(f);
        struct bl_objective a = make_objective(c.name, c.weighted, NULL, c.classes, 0.1), b = make_objective(c.name, c.repeated, NULL, c.classes, 0.1);
        struct bl_optimum x, y;
        assert_true(bl_optimum_find(&a, NULL, NULL, &x, NULL) && bl_optimum_find(&b, NULL, NULL, &y, NULL));
        assert_int_equal(x.exists, y.exists);
        if (x.exists) {
            assert_close(&x.objective, &y.objective, 1, 1e-13);
            assert_close(x.theta, y.theta, a.n_params, 1e-9);
        }
        bl_optimum_done(&x);
        bl_optimum_done(&y);
        bl_objective_done(&a);
        bl_objective_done(&b);
        case_free(&c);
    }
}

static void trained(const char *name, const struct bl_matrix *m, size_t classes, const char *regime, const char *optimizer, char hash[65])
{
    struct bl_objective o = make_objective(name, m, NULL, classes, 0.01);
    struct bl_settings s;
    bool known;

    bl_settings_init(&s);
    assert_true(bl_settings_regime(&s, regime, NULL) && bl_settings_set(&s, "optimizer", optimizer, &known, NULL));
    s.lr = 0.01;
    struct bl_trainer *t = bl_trainer_create(&o, &s, NULL, NULL, NULL);
    assert_non_null(t);
    assert_true(bl_trainer_epochs(t, 2, NULL, NULL));
    bl_trainer_hash(t, hash);
    bl_trainer_free(t);
    bl_objective_done(&o);
}

static const char *const regimes[][2] = {{"batch", "gd"}, {"sgd", "gd"}, {"mini:32", "gd"}, {"mini:7", "adam"}, {"mini:16", "svrg"}, {"sgd", "saga"}};

/* Bits: 1 and 2 for all rows are no weights, and twice the weights are the weights. */
static void test_the_unit_of_weights_does_not_matter(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT(families); f++)
        for (size_t r = 0; r < COUNT(regimes); r++) {
            struct case_ c = make_case(f);
            char plain[65], one[65], two[65], own[65], twice[65];
            trained(c.name, c.plain, c.classes, regimes[r][0], regimes[r][1], plain);
            trained(c.name, c.weighted, c.classes, regimes[r][0], regimes[r][1], own);
            for (size_t i = 0; i < ROWS; i++)
                c.weighted->weight[i] *= 2;
            trained(c.name, c.weighted, c.classes, regimes[r][0], regimes[r][1], twice);
            for (size_t i = 0; i < ROWS; i++)
                c.weighted->weight[i] = 1;
            trained(c.name, c.weighted, c.classes, regimes[r][0], regimes[r][1], one);
            for (size_t i = 0; i < ROWS; i++)
                c.weighted->weight[i] = 2;
            trained(c.name, c.weighted, c.classes, regimes[r][0], regimes[r][1], two);
            assert_string_equal(plain, one);
            assert_string_equal(plain, two);
            assert_string_equal(own, twice);
            assert_string_not_equal(plain, own);
            case_free(&c);
        }
}

static void test_gradients_agree_with_differences(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT(families); f++) {
        struct case_ c = make_case(f);
        struct bl_objective o = make_objective(c.name, c.weighted, NULL, c.classes, 0.1);
        struct bl_gradient_check check;
        assert_true(bl_gradient_check_at(&o, c.theta, NULL, 0, NULL, NULL, &check, NULL));
        assert_true(check.worst < 1e-7);
        bl_objective_done(&o);
        case_free(&c);
    }
}

static void test_an_epoch_of_sgd_is_the_plain_arithmetic(void **state)
{
    struct case_ c = make_case(0);
    struct bl_objective o = make_objective("linear", c.weighted, NULL, 0, 0.1);
    struct bl_settings s;
    double w[FEATURES + 1] = {0}, total = 0;

    (void)state;
    bl_settings_init(&s);
    assert_true(bl_settings_regime(&s, "sgd", NULL));
    s.order = BL_GIVEN;
    s.lr = 0.01;
    for (size_t i = 0; i < ROWS; i++)
        total += c.weighted->weight[i];
    for (size_t i = 0; i < ROWS; i++) {
        const double *x = c.plain->x + i * FEATURES;
        double z = w[0], slope;
        for (size_t j = 0; j < FEATURES; j++)
            z += x[j] * w[1 + j];
        slope = (z - c.plain->y[i]) * c.weighted->weight[i] * ROWS / total;
        w[0] -= 0.01 * slope;
        for (size_t j = 0; j < FEATURES; j++)
            w[1 + j] -= 0.01 * (slope * x[j] + 0.1 * w[1 + j]);
    }
    struct bl_trainer *t = bl_trainer_create(&o, &s, NULL, NULL, NULL);
    assert_true(bl_trainer_epochs(t, 1, NULL, NULL));
    assert_close(bl_trainer_theta(t), w, FEATURES + 1, 1e-12);
    bl_trainer_free(t);
    bl_objective_done(&o);
    case_free(&c);
}

static void test_balanced_classes_weigh_alike(void **state)
{
    struct bl_matrix *m = make_matrix(ROWS, FEATURES, 3, 9);
    struct bl_objective o = make_objective("softmax", m, NULL, 3, 0);
    double sum[3] = {0}, count[3] = {0};
    const double given[] = {1, 0, 3};

    (void)state;
    assert_true(bl_objective_weigh(&o, NULL, true, NULL));
    for (size_t i = 0; i < ROWS; i++) {
        sum[(size_t)m->y[i]] += o.weight[i];
        count[(size_t)m->y[i]]++;
    }
    for (size_t k = 0; k < 3; k++)
        assert_true(fabs(sum[k] - ROWS / 3.0) < 1e-9);
    assert_true(bl_objective_weigh(&o, given, false, NULL));
    for (size_t i = 0; i < ROWS; i++)
        assert_true(fabs(o.weight[i] - given[(size_t)m->y[i]] * ROWS / (count[0] + 3 * count[2])) < 1e-12);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void test_what_is_no_weight_is_refused(void **state)
{
    static const double bad[] = {-1, INFINITY, NAN};
    struct case_ c = make_case(1);
    struct bl_objective o;
    struct bl_error err;
    const double wrong[] = {1, -2};

    (void)state;
    for (size_t b = 0; b < COUNT(bad); b++) {
        double was = c.weighted->weight[3];
        c.weighted->weight[3] = bad[b];
        assert_false(bl_objective_init(&o, bl_objective_find("logistic"), c.weighted, NULL, 2, true, 0, "y", &err));
        assert_int_equal(err.code, BL_VALUE);
        assert_non_null(strstr(err.message, "the weight of row 3 is"));
        c.weighted->weight[3] = was;
    }
    memset(c.weighted->weight, 0, ROWS * sizeof *c.weighted->weight);
    assert_false(bl_objective_init(&o, bl_objective_find("logistic"), c.weighted, NULL, 2, true, 0, "y", &err));
    assert_non_null(strstr(err.message, "all rows have weight 0"));
    o = make_objective("logistic", c.plain, NULL, 2, 0);
    assert_false(bl_objective_weigh(&o, wrong, false, &err));
    bl_objective_done(&o);
    o = make_objective("linear", c.plain, NULL, 0, 0);
    assert_false(bl_objective_weigh(&o, NULL, true, &err));
    assert_non_null(strstr(err.message, "class_weight needs classes"));
    bl_objective_done(&o);
    case_free(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_whole_weight_is_so_many_rows),
        cmocka_unit_test(test_the_optimum_is_that_of_repeated_rows),
        cmocka_unit_test(test_the_unit_of_weights_does_not_matter),
        cmocka_unit_test(test_gradients_agree_with_differences),
        cmocka_unit_test(test_an_epoch_of_sgd_is_the_plain_arithmetic),
        cmocka_unit_test(test_balanced_classes_weigh_alike),
        cmocka_unit_test(test_what_is_no_weight_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
