/* explain: the arithmetic of one update, by hand and against what the trainer then does. */
#include "tests/learn/known.h"

struct set { json_t *json; struct bl_matrix *m; struct bl_objective o; };

static struct set open_set(const char *name, const char *type, size_t classes, double l2)
{
    struct set s = { .json = known_json(name) };
    s.m = known_matrix(name, s.json, true);
    assert_true(bl_objective_init(&s.o, bl_objective_find(type), s.m, NULL, classes, true, l2, "y", NULL));
    return s;
}

static void close_set(struct set *s)
{
    bl_objective_done(&s->o);
    bl_matrix_free(s->m);
    json_decref(s->json);
}

static struct bl_trainer *start(const struct set *s, const char *regime, const char *const *keys)
{
    struct bl_settings set;
    struct bl_error err = { 0 };
    bool known;
    bl_settings_init(&set);
    assert_true(bl_settings_regime(&set, regime, &err));
    for (; keys && *keys; keys += 2)
        if (!bl_settings_set(&set, keys[0], keys[1], &known, &err))
            fail_msg("%s", err.message);
    struct bl_trainer *t = bl_trainer_create(&s->o, &set, NULL, NULL, &err);
    if (!t)
        fail_msg("%s", err.message);
    return t;
}

static struct bl_explanation *explain(struct bl_trainer *t, const uint32_t *rows, size_t n)
{
    struct bl_error err = { 0 };
    struct bl_explanation *e = bl_explain(t, rows, n, &err);
    if (!e)
        fail_msg("%s", err.message);
    return e;
}

/* The first three rows of iris, all setosa: margins 0, probabilities 1/3. */
static void test_three_rows_of_iris_by_hand(void **state)
{
    static const char *const keys[] = { "order", "given", "lr", "0.1", NULL };
    (void)state;
    struct set s = open_set("iris", "softmax", 3, 0.01);
    struct bl_trainer *t = start(&s, "mini:3", keys);
    struct bl_explanation *e = explain(t, NULL, 0);
    assert_int_equal(e->n, 3);
    assert_int_equal(e->total, 3);
    assert_near("loss", e->loss, log(3), 1e-15, 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(e->rows[i], i);
        for (size_t a = 0; a < 3; a++) {
            assert_true(e->margins[i * 3 + a] == 0);
            assert_near("residual", e->residuals[i * 3 + a], a == 0 ? -2.0 / 3 : 1.0 / 3, 1e-15, 0);
        }
    }
    for (size_t a = 0; a < 3; a++)
        for (size_t j = 0; j < 5; j++) {
            double mean = 0;
            for (size_t i = 0; i < 3; i++)
                mean += (j ? s.m->x[i * 4 + j - 1] : 1) / 3;
            double g = (a == 0 ? -2.0 / 3 : 1.0 / 3) * mean;
            assert_near("gradient", e->gradient[a * 5 + j], g, 1e-14, 1e-16);
            assert_true(e->before[a * 5 + j] == 0);
            assert_near("after", e->after[a * 5 + j], -0.1 * g, 1e-14, 1e-17);
        }
    bl_explanation_free(e);
    bl_trainer_free(t);
    close_set(&s);
}

static void test_after_is_what_the_trainer_gets(void **state)
{
    static const struct { const char *set, *type; size_t classes; const char *regime, *keys[7]; } cases[] = {
        { "iris", "softmax", 3, "mini:7", { "optimizer", "gd", NULL } },
        { "iris", "softmax", 3, "mini:7", { "optimizer", "adam", "schedule", "cosine", NULL } },
        { "iris", "softmax", 3, "sgd", { "lr", "0.05", NULL } },
        { "iris", "softmax", 3, "batch", { "optimizer", "nesterov", NULL } },
        { "iris", "softmax", 3, "full:newton", { NULL } },
        { "titanic", "logistic", 2, "sgd", { "lr", "0.01", NULL } },
        { "titanic", "logistic", 2, "sgd", { "optimizer", "momentum", "lr", "0.01", NULL } },
        { "titanic", "logistic", 2, "mini:300", { "order", "replacement", NULL } },
        { "titanic", "logistic", 2, "batch", { NULL } },
        { "titanic", "logistic", 2, "full:lbfgs", { NULL } },
        { "diabetes", "linear", 0, "sgd", { "lr", "0.001", NULL } },
        { "diabetes", "linear", 0, "full:cg", { NULL } },
        { "diabetes", "linear", 0, "full:closed", { NULL } },
        { "diabetes", "linear", 0, "mini:442", { NULL } },
    };
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct set s = open_set(cases[c].set, cases[c].type, cases[c].classes, 0.01);
        struct bl_trainer *t = start(&s, cases[c].regime, cases[c].keys);
        for (int step = 0; step < 5 && bl_trainer_status(t) != BL_CONVERGED; step++) {
            struct bl_explanation *e = explain(t, NULL, 0);
            assert_memory_equal(e->before, bl_trainer_theta(t), s.o.n_params * sizeof(double));
            assert_true(bl_trainer_updates(t, 1, NULL, NULL));
            if (memcmp(e->after, bl_trainer_theta(t), s.o.n_params * sizeof(double)) != 0)
                fail_msg("case %zu, update %d of %s on %s", c, step, cases[c].regime, cases[c].set);
            bl_explanation_free(e);
        }
        bl_trainer_free(t);
        close_set(&s);
    }
}

static void test_rows_of_the_table_can_be_asked_for(void **state)
{
    static const char *const keys[] = { "lr", "0.1", NULL };
    static const uint32_t rows[] = { 5, 2 }, gone[] = { 400 };
    (void)state;
    struct set s = open_set("linnerud", "linear", 0, 0);
    for (size_t i = 0; i < s.m->n_rows; i++)
        s.m->row[i] = (uint32_t)i + 1;
    struct bl_trainer *t = start(&s, "batch", keys);
    struct bl_explanation *e = explain(t, rows, 2);
    assert_int_equal(e->n, 2);
    assert_int_equal(e->rows[0], 5);
    assert_int_equal(e->train_rows[0], 4);
    assert_near("residual", e->residuals[1], -s.m->y[1], 0, 0);
    assert_near("bias", e->after[0], 0.1 * (s.m->y[4] + s.m->y[1]) / 2, 1e-15, 0);
    assert_int_equal(bl_trainer_update(t), 0);
    bl_explanation_free(e);
    struct bl_error err = { 0 };
    assert_null(bl_explain(t, gone, 1, &err));
    assert_int_equal(err.code, BL_VALUE);
    assert_non_null(strstr(err.message, "400"));
    bl_trainer_free(t);
    close_set(&s);
}

static void test_at_most_32_rows_are_listed_but_all_count(void **state)
{
    (void)state;
    struct set s = open_set("iris", "softmax", 3, 0);
    struct bl_trainer *t = start(&s, "batch", NULL);
    struct bl_explanation *e = explain(t, NULL, 0);
    assert_int_equal(e->n, 32);
    assert_int_equal(e->total, 150);
    bl_explanation_free(e);
    bl_trainer_free(t);
    close_set(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_rows_of_iris_by_hand),
        cmocka_unit_test(test_after_is_what_the_trainer_gets),
        cmocka_unit_test(test_rows_of_the_table_can_be_asked_for),
        cmocka_unit_test(test_at_most_32_rows_are_listed_but_all_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
