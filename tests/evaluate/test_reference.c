/* Metrics of the reference optima on real data: weights computed elsewhere, figures too. */
#include "tests/prepare/reference.h"

#include "batchlab/evaluate.h"

static double member(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void assert_near(const char *what, double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected)))
        fail_msg("%s: %.17g instead of %.17g", what, got, expected);
}

static double figure(const struct bl_evaluation *e, const char *name)
{
    return bl_evaluation_figure(e, name)->value;
}

/* intercept + weights · x; weights by name or in order. */
static double score(const struct reference *r, size_t row, double intercept, const json_t *weights)
{
    size_t p = r->matrix->n_features;
    double z = intercept;

    for (size_t j = 0; j < p; j++)
        z += r->matrix->x[row * p + j] *
             json_number_value(json_is_array(weights)
                                   ? json_array_get(weights, j)
                                   : json_object_get(weights, bl_recipe_feature(r->recipe, j)));
    return z;
}

static void test_logistic_optima_have_the_published_figures(void **state)
{
    static const char *const names[] = {"breast_cancer", "titanic"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct reference r = reference_open(names[i]);
        json_t *fits = json_object_get(r.json, "logistic");
        double *p = bl_calloc(2 * r.matrix->n_rows, sizeof *p);
        for (size_t k = 0; k < json_array_size(fits); k++) {
            const json_t *fit = json_array_get(fits, k),
                         *counts = json_object_get(fit, "confusion");
            struct bl_evaluation e;
            for (size_t row = 0; row < r.matrix->n_rows; row++) {
                double z =
                    score(&r, row, member(fit, "intercept"), json_object_get(fit, "weights"));
                p[2 * row] = 1 / (1 + exp(z));
                p[2 * row + 1] = 1 / (1 + exp(-z));
            }
            assert_true(
                bl_evaluate_classes(&e, p, r.matrix->y, r.matrix->n_rows, 2, 1, NAN, NULL, NULL));
            assert_near("accuracy", figure(&e, "accuracy"), member(fit, "accuracy"), 1e-15);
            assert_near("auc", figure(&e, "auc"), member(fit, "auc"), 1e-14);
            assert_near("loss", figure(&e, "loss"), member(fit, "log_loss"), 1e-12);
            assert_int_equal(e.confusion[0], member(counts, "tn"));
            assert_int_equal(e.confusion[1], member(counts, "fp"));
            assert_int_equal(e.confusion[2], member(counts, "fn"));
            assert_int_equal(e.confusion[3], member(counts, "tp"));
            bl_evaluation_free(&e);
        }
        bl_free(p);
        reference_close(&r);
    }
}

static void softmax(const struct reference *r, const json_t *fit, double *p)
{
    const json_t *intercepts = json_object_get(fit, "intercepts"),
                 *weights = json_object_get(fit, "weights");
    size_t k = r->roles.n_classes;

    for (size_t row = 0; row < r->matrix->n_rows; row++, p += k) {
        double sum = 0;
        for (size_t c = 0; c < k; c++) {
            const char *label = r->roles.classes[c];
            p[c] = exp(score(r, row, member(intercepts, label), json_object_get(weights, label)));
            sum += p[c];
        }
        for (size_t c = 0; c < k; c++)
            p[c] /= sum;
    }
}

static void test_softmax_optima_have_the_published_figures(void **state)
{
    static const char *const names[] = {"iris", "penguins", "wine", "digits"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct reference r = reference_open(names[i]);
        json_t *fits = json_object_get(r.json, "softmax");
        size_t k = r.roles.n_classes;
        double *p = bl_calloc(k * r.matrix->n_rows, sizeof *p);
        for (size_t f = 0; f < json_array_size(fits); f++) {
            const json_t *fit = json_array_get(fits, f),
                         *rows = json_object_get(fit, "confusion_rows_true");
            struct bl_evaluation e;
            softmax(&r, fit, p);
            assert_true(bl_evaluate_classes(&e, p, r.matrix->y, r.matrix->n_rows, k, SIZE_MAX, NAN,
                                            NULL, NULL));
            assert_near("accuracy", figure(&e, "accuracy"), member(fit, "accuracy"), 1e-15);
            assert_near("loss", figure(&e, "loss"), member(fit, "log_loss"), 1e-11);
            for (size_t c = 0; c < k * k; c++)
                assert_int_equal(e.confusion[c], json_integer_value(json_array_get(
                                                     json_array_get(rows, c / k), c % k)));
            bl_evaluation_free(&e);
        }
        bl_free(p);
        reference_close(&r);
    }
}

static void test_ridge_optima_have_the_published_errors(void **state)
{
    static const char *const names[] = {"diabetes", "mtcars", "auto_mpg", "california_housing"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct reference r = reference_open(names[i]);
        json_t *fits = json_object_get(r.json, "ridge");
        double *z = bl_calloc(r.matrix->n_rows, sizeof *z);
        for (size_t k = 0; k < json_array_size(fits); k++) {
            const json_t *fit = json_array_get(fits, k);
            struct bl_evaluation e;
            for (size_t row = 0; row < r.matrix->n_rows; row++)
                z[row] = score(&r, row, member(fit, "intercept"), json_object_get(fit, "weights"));
            assert_true(bl_evaluate_values(&e, z, r.matrix->y, r.matrix->n_rows, NAN, NULL));
            assert_near("mse", figure(&e, "mse"), member(fit, "mse"), 1e-12);
            bl_evaluation_free(&e);
        }
        bl_free(z);
        reference_close(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logistic_optima_have_the_published_figures),
        cmocka_unit_test(test_softmax_optima_have_the_published_figures),
        cmocka_unit_test(test_ridge_optima_have_the_published_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
