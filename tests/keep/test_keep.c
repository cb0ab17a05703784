/* Kept models: what comes back is what was saved, to the bit. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/keep/made.h"

#define STEPS 13

/* Of the validation rows, from the table, by both. */
static void expect_same_predictions(const struct made *m, const struct bl_kept *k)
{
    const struct bl_split *split = &m->p->split;
    const struct bl_table *t = m->p->dataset->table;
    const size_t n = split->n[BL_VALIDATION], width = m->o->n_classes ? m->o->n_classes : 1;
    struct bl_error err = {0};
    struct bl_matrix *a = bl_recipe_apply(m->p->recipe, t, &m->p->dataset->roles, split->rows[BL_VALIDATION], n, NULL, &err);
    struct bl_matrix *b = bl_recipe_apply(k->recipe, t, &k->roles, split->rows[BL_VALIDATION], n, NULL, &err);
    double *x = bl_calloc(n * width, sizeof *x), *y = bl_calloc(n * width, sizeof *y);

    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(a->x == NULL, b->x == NULL);
    if (a->x)
        assert_memory_equal(a->x, b->x, n * a->n_features * sizeof *a->x);
    bl_objective_predict(m->o, bl_trainer_theta(m->t), a, x, NULL);
    bl_objective_predict(&k->objective, k->theta, b, y, NULL);
    assert_memory_equal(x, y, n * width * sizeof *x);
    bl_free(x);
    bl_free(y);
    bl_matrix_free(a);
    bl_matrix_free(b);
}

/* Kept again, what was read is the same file: nothing was lost on the way. */
static void expect_same_bytes(const struct made *m, const struct bl_kept *k)
{
    struct bl_kept_parts parts = bl_kept_lend(k);
    struct bl_error err = {0};
    char *bytes, sha256[65];
    size_t n;

    assert_true(bl_kept_encode(&parts, &bytes, &n, sha256, &err));
    assert_string_equal(sha256, m->sha256);
    bl_free(bytes);
}

static void expect_back(struct made *m, const char *what)
{
    struct bl_error err = {0};
    struct bl_kept *k;

    encode(m);
    k = bl_kept_decode(m->bytes, m->n, "model", &err);
    if (!k)
        fail_msg("%s: %s", what, err.message);
    assert_true(bl_kept_fits(k, m->p->dataset->table, &err));
    expect_same_predictions(m, k);
    expect_same_bytes(m, k);
    bl_kept_free(k);
}

static void expect_round_trip(const char *data, const char *model, const char *step, const char *key, const char *value, const char *column)
{
    struct made m;

    make(&m, data, model, step, key, value, column);
    expect_back(&m, step ? step : data);
    done(&m);
}

static void test_every_model_comes_back_to_the_bit(void **state)
{
    static const struct { const char *data, *model; } cases[] = {
        {"iris", "softmax"}, {"titanic", "logistic"}, {"diabetes", "linear"}, {"diabetes", "huber"}, {"breast_cancer", "svm2"}, {"iris", "mlp"},
        {"diabetes", "mlp"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_round_trip(cases[i].data, cases[i].model, NULL, NULL, NULL, NULL);
}

static void test_every_step_comes_back_to_the_bit(void **state)
{
    static const char *const steps[STEPS][4] = {
        {"minmax"}, {"robust"}, {"maxabs"}, {"power"}, {"quantile", "n", "20", "Fare"}, {"clip"}, {"bins", "n", "4", "Age"},
        {"bins", "encode", "ordinal", "Fare"}, {"spline", NULL, NULL, "Fare"}, {"poly", NULL, NULL, "Age"}, {"pca"}, {"ordinal", NULL, NULL, "Sex"},
        {"target", NULL, NULL, "Embarked"},
    };

    (void)state;
    for (size_t i = 0; i < STEPS; i++)
        expect_round_trip("titanic", NULL, steps[i][0], steps[i][1], steps[i][2], steps[i][3]);
}

static bool holds(const struct made *m, const char *text)
{
    return memmem(m->bytes, m->n, text, strlen(text)) != NULL;
}

/* Vocabularies, buckets, donors and scales of sparse columns lie in the file, too. */
static void test_what_steps_share_comes_back_to_the_bit(void **state)
{
    static const char *const cases[][2] = {
        {"titanic", "impute;hash n=8 columns=Embarked;onehot max_levels=64;standardize"},
        {"titanic", "hash columns=Embarked n=64;impute method=knn k=3;onehot max_levels=8;standardize"},
        {"titanic", "impute method=knn indicator=yes;onehot max_levels=8"},
        {"sms_spam", "text method=counts max=40"},
        {"sms_spam", "text method=binary max=30 ngrams=3 min=4;maxabs"},
        {"sms_spam", "text method=tfidf ngrams=2 max=50;standardize"},
        {"sms_spam", "text n=32 ngrams=2"},
        {"mushroom.libsvm", "maxabs"},
        {"mushroom.libsvm", "select k=9 method=information;maxabs"},
        {"mushroom.libsvm", "maxabs;select method=correlation k=30;select k=20"},
        {"heart_scale.libsvm", "impute"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct made m;
        make_of(&m, cases[i][0], NULL, recipe_of(cases[i][1]));
        expect_back(&m, cases[i][1]);
        assert_true(holds(&m, "\"batchlab\":\"2\""));
        done(&m);
    }
}

/* Longer than the header may be, in texts of their own. */
static void test_a_long_vocabulary_is_kept_behind_the_header(void **state)
{
    struct made m;

    (void)state;
    make_of(&m, "sms_spam", NULL, recipe_of("text max=2500 method=binary;maxabs"));
    expect_back(&m, "a long vocabulary");
    assert_true(holds(&m, "\"recipe.json\":{\"dtype\":\"U8\""));
    assert_false(holds(&m, "\"recipe\":\""));
    done(&m);
}

static void test_a_table_that_does_not_fit_is_told(void **state)
{
    static const char csv[] = "sepal_length,sepal_width,petal_length\n1,2,x\n2,3,y\n";
    struct bl_load_options options = {0};
    struct bl_error err = {0};
    struct bl_table *t = bl_load_bytes(csv, sizeof csv - 1, "new", &options, &err);
    struct made m;
    struct bl_kept *k;

    (void)state;
    make(&m, "iris", NULL, NULL, NULL, NULL, NULL);
    encode(&m);
    k = bl_kept_decode(m.bytes, m.n, "model", &err);
    assert_non_null(k);
    assert_false(bl_kept_fits(k, t, &err));
    assert_non_null(strstr(err.message, "no column 'petal_width'"));
    assert_non_null(strstr(err.message, "'petal_length' is categorical and was numeric"));
    bl_kept_free(k);
    bl_table_free(t);
    done(&m);
}

static void test_names(void **state)
{
    static const char *const bad[] = {"", "../x", ".x", "a/b", "a b", "-x", "a\nb", "\xc3\xa9", NULL};
    char name[66];

    (void)state;
    for (size_t i = 0; bad[i]; i++)
        assert_false(bl_kept_name_check(bad[i], NULL));
    memset(name, 'a', 65);
    name[65] = '\0';
    assert_false(bl_kept_name_check(name, NULL));
    name[64] = '\0';
    assert_true(bl_kept_name_check(name, NULL));
    assert_true(bl_kept_name_check("A-1_b.c", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_model_comes_back_to_the_bit),
        cmocka_unit_test(test_every_step_comes_back_to_the_bit),
        cmocka_unit_test(test_what_steps_share_comes_back_to_the_bit),
        cmocka_unit_test(test_a_long_vocabulary_is_kept_behind_the_header),
        cmocka_unit_test(test_a_table_that_does_not_fit_is_told),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("keep", tests, NULL, NULL);
}
