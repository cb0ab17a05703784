/* How often a run goes over all training rows: as often as its solver asks, and not once more for the points. */
#include "tests/learn/known.h"

#include "src/learn/run.h"
#include "src/learn/workspace.h"

enum { ROWS = 700, FEATURES = 6, EPOCHS = 5 };

static struct bl_matrix *some_rows(void)
{
    struct bl_matrix *m = bl_matrix_create(ROWS, FEATURES, true, NULL);
    struct bl_random r = bl_random_stream(4, BL_FOR_GENERATE, 0, 0);

    assert_non_null(m);
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t j = 0; j < FEATURES; j++)
            m->x[i * FEATURES + j] = bl_random_normal(&r);
        m->row[i] = (uint32_t)i;
        m->y[i] = m->x[i * FEATURES] > bl_random_normal(&r);
    }
    return m;
}

static struct bl_trainer *run_of(const struct bl_objective *o, const char *regime)
{
    struct bl_settings s;
    struct bl_trainer *t;

    bl_settings_init(&s);
    assert_true(bl_settings_regime(&s, regime, NULL));
    s.epochs = EPOCHS;
    assert_non_null(t = bl_trainer_create(o, &s, NULL, NULL, NULL));
    return t;
}

static void points_equal_passes_of_their_own(struct bl_trainer *t, const struct bl_objective *o)
{
    struct bl_workspace *w = bl_workspace_create(o, NULL, NULL);
    double gradient[FEATURES + 1];
    struct bl_point p;

    for (uint64_t e = EPOCHS + 1; e-- > 0;) {
        assert_true(bl_trainer_goto_epoch(t, e, NULL, NULL) && bl_trainer_point(t, &p, NULL));
        double loss = bl_objective_pass(o, o->train, bl_trainer_theta(t), gradient, w);
        double norm = bl_objective_gradient_norm(o, bl_trainer_theta(t), gradient);
        assert_memory_equal(&p.train_loss, &loss, sizeof loss);
        assert_memory_equal(&p.gradient_norm, &norm, sizeof norm);
    }
    bl_workspace_free(w);
}

static void test_points_of_solvers_cost_no_pass(void **state)
{
    static const struct { const char *regime; uint64_t hessians; } cases[] = {{"full:lbfgs", 0}, {"full:cg", 0}, {"full:newton", EPOCHS}};
    struct bl_matrix *m = some_rows();
    struct bl_objective o;

    (void)state;
    assert_true(bl_objective_init(&o, bl_objective_find("logistic"), m, NULL, 2, true, 0.01, "y", NULL));
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct bl_trainer *t = run_of(&o, cases[c].regime);
        struct bl_point p;
        assert_true(bl_trainer_epochs(t, EPOCHS, NULL, NULL) && bl_trainer_point(t, &p, NULL));
        assert_int_equal(p.epoch, EPOCHS);
        assert_int_equal(t->w->full_passes + cases[c].hessians, p.gradient_evaluations / ROWS);
        points_equal_passes_of_their_own(t, &o);
        bl_trainer_free(t);
    }
    bl_objective_done(&o);
    bl_matrix_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_points_of_solvers_cost_no_pass)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
