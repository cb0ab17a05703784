/* The dots of a run: those of sgd wait as margins until somebody asks, and are then what the updates met. */
#include "tests/learn/data.h"

#include <math.h>
#include <string.h>

static struct bl_trainer *begin(const struct bl_objective *o, const char *regime, const char *keys)
{
    struct bl_settings s = typed_settings(regime, keys);
    struct bl_error err;
    struct bl_trainer *t = bl_trainer_create(o, &s, NULL, NULL, &err);

    if (!t)
        fail_msg("%s", err.message);
    return t;
}

static void same_dots(struct bl_trainer *a, struct bl_trainer *b, double apart)
{
    size_t n, m;
    const struct bl_dot *p = bl_trainer_dots(a, &n), *q = bl_trainer_dots(b, &m);

    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(p[i].update, q[i].update);
        assert_true(apart == 0 ? memcmp(&p[i].loss, &q[i].loss, sizeof p->loss) == 0 : fabs(p[i].loss - q[i].loss) <= apart * (1 + q[i].loss));
    }
}

/* Every update alone, with the loss of its row before it; dots that were thinned out are left out. */
static void check_losses(struct bl_trainer *t, const struct bl_objective *o, uint64_t updates)
{
    struct bl_workspace *w = bl_workspace_create(o, NULL, NULL);
    double *met = bl_calloc(updates + 1, sizeof *met);
    const struct bl_dot *d;
    size_t n, total;

    assert_true(w && met && bl_trainer_goto_update(t, 0, NULL, NULL));
    for (uint64_t u = 0; u < updates; u++) {
        uint32_t row;
        assert_true(bl_trainer_next_rows(t, &row, 1, &n, &total, NULL) && n == 1);
        met[u + 1] = bl_objective_batch(o, bl_trainer_theta(t), &row, 1, NULL, w);
        assert_true(bl_trainer_updates(t, 1, NULL, NULL));
    }
    d = bl_trainer_dots(t, &n);
    assert_in_range(n, 2048, 4096);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(d[i].update, (i + 1) * d[0].update);
        assert_true(fabs(d[i].loss - met[d[i].update]) <= 1e-12 * (1 + met[d[i].update]));
    }
    bl_free(met);
    bl_workspace_free(w);
}

static const struct { const char *name; size_t classes; const char *keys; } runs[] = {
    {"linear", 0, "lr=0.01"}, {"logistic", 2, "lr=0.05 order=replacement"}, {"softmax", 3, "lr=0.05"},
    {"softmax", 40, "lr=0.05 order=given"}, {"huber", 0, "lr=0.01 schedule=1/t"}}; /* of 40 margins there is no room for 4,096 */

static void test_a_dot_is_the_loss_of_its_row_before_its_update(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof runs / sizeof *runs; r++) {
        struct bl_matrix *x = make_matrix(700, 4, runs[r].classes, 4);
        struct bl_objective o = make_objective(runs[r].name, x, NULL, runs[r].classes, 0.01);
        struct bl_trainer *t = begin(&o, "sgd", runs[r].keys);

        assert_true(bl_trainer_updates(t, 9000, NULL, NULL)); /* thinned twice before anybody asks */
        check_losses(t, &o, 9000);
        bl_trainer_free(t);
        bl_matrix_free(x);
    }
}

static void test_when_dots_are_asked_for_changes_no_bit_of_them(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof runs / sizeof *runs; r++) {
        struct bl_matrix *x = make_matrix(300, 4, runs[r].classes, 4);
        struct bl_objective o = make_objective(runs[r].name, x, NULL, runs[r].classes, 0);
        struct bl_trainer *late = begin(&o, "sgd", runs[r].keys), *often = begin(&o, "sgd", runs[r].keys);
        size_t n;

        for (uint64_t steps = 1; bl_trainer_update(often) < 20000; steps = steps * 3 % 1021) {
            assert_true(bl_trainer_updates(often, steps, NULL, NULL));
            bl_trainer_dots(often, &n);
        }
        assert_true(bl_trainer_updates(late, bl_trainer_update(often), NULL, NULL));
        same_dots(late, often, 0);
        assert_true(bl_trainer_goto_update(late, 11111, NULL, NULL) && bl_trainer_goto_update(often, 11111, NULL, NULL));
        same_dots(late, often, 0);
        bl_trainer_free(late);
        bl_trainer_free(often);
        bl_matrix_free(x);
    }
}

static void test_rows_drawn_by_importance_weigh_in_their_dots(void **state)
{
    struct bl_matrix *x = make_matrix(500, 3, 2, 4);
    struct bl_objective o = make_objective("logistic", x, NULL, 2, 0.01);
    struct bl_trainer *t = begin(&o, "sgd", "lr=0.02 order=importance");
    struct bl_trainer *u = begin(&o, "mini:1", "lr=0.02 order=importance optimizer=momentum momentum=0"); /* without the fused pass */

    (void)state;
    assert_true(bl_trainer_updates(t, 5000, NULL, NULL) && bl_trainer_updates(u, 5000, NULL, NULL));
    same_dots(t, u, 1e-9);
    bl_trainer_free(t);
    bl_trainer_free(u);
    bl_matrix_free(x);
}

/* A schedule that another plan changes makes another run from there on. */
static void test_what_another_plan_takes_back_waits_no_longer(void **state)
{
    struct bl_matrix *x = make_matrix(300, 3, 3, 4);
    struct bl_objective o = make_objective("softmax", x, NULL, 3, 0);
    struct bl_trainer *t = begin(&o, "sgd", "lr=0.05 schedule=cosine epochs=10"), *u = begin(&o, "sgd", "lr=0.05 schedule=cosine epochs=10");
    size_t n;

    (void)state;
    assert_true(bl_trainer_updates(t, 1500, NULL, NULL));
    bl_trainer_dots(t, &n); /* these are told, the next ones wait */
    assert_true(bl_trainer_updates(t, 1000, NULL, NULL));
    for (uint64_t to = 2000; to >= 1000; to -= 1000) { /* among those that wait, then among the others */
        assert_true(bl_trainer_goto_update(t, to, NULL, NULL));
        bl_trainer_plan(t, 10 + to);
    }
    assert_true(bl_trainer_updates(u, 1000, NULL, NULL));
    bl_trainer_plan(u, 1010);
    assert_true(bl_trainer_updates(t, 800, NULL, NULL) && bl_trainer_updates(u, 800, NULL, NULL));
    same_dots(t, u, 0);
    bl_trainer_free(t);
    bl_trainer_free(u);
    bl_matrix_free(x);
}

/* A rate whose second update leads out, which the third finds: in one block with it, or in the next one. */
static void test_a_run_that_diverges_tells_the_last_finite_loss(void **state)
{
    struct bl_matrix *x = make_matrix(1500, 3, 0, 4);
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0);

    (void)state;
    for (uint64_t step = 1; step <= 1500; step += 1499) {
        struct bl_trainer *t = begin(&o, "sgd", "lr=1e90 order=given");
        struct bl_workspace *w = bl_workspace_create(&o, NULL, NULL);
        const uint32_t second = 1;
        char loss[32], told[64];

        while (bl_trainer_status(t) != BL_DIVERGED_RUN)
            assert_true(bl_trainer_updates(t, step, NULL, NULL));
        assert_int_equal(bl_trainer_update(t), 1);
        snprintf(told, sizeof told, "(last finite %s)",
                 bl_number_format(loss, sizeof loss, bl_objective_batch(&o, bl_trainer_theta(t), &second, 1, NULL, w), 2));
        bl_workspace_free(w);
        if (!strstr(bl_trainer_why(t)->message, told))
            fail_msg("%s, not %s", bl_trainer_why(t)->message, told);
        bl_trainer_free(t);
    }
    bl_matrix_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_dot_is_the_loss_of_its_row_before_its_update),
        cmocka_unit_test(test_when_dots_are_asked_for_changes_no_bit_of_them),
        cmocka_unit_test(test_rows_drawn_by_importance_weigh_in_their_dots),
        cmocka_unit_test(test_what_another_plan_takes_back_waits_no_longer),
        cmocka_unit_test(test_a_run_that_diverges_tells_the_last_finite_loss),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
