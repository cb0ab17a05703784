/* What the eigen-modes predict against what training does: on quadratics to the digits, elsewhere close
 * to the optimum. */
#include "tests/learn/known.h"

static const struct { const char *name; double l2; } linear_sets[] = {
    { "diabetes", 0.01 }, { "mtcars", 0.01 }, { "linnerud", 0.01 }, { "faithful", 0.01 }, { "auto_mpg", 0.01 }, { "airquality", 0.01 },
};
enum { LINEAR_SETS = sizeof linear_sets / sizeof *linear_sets };

struct problem {
    json_t *json;
    struct bl_matrix *m;
    struct bl_objective o;
    struct bl_optimum best;
    struct bl_trainer *t;
    struct bl_theory theory;
    struct bl_modes modes;
};

static struct bl_trainer *start(const struct problem *p, double lr, uint64_t epochs)
{
    struct bl_settings set;
    struct bl_error err = { 0 };

    bl_settings_init(&set);
    assert_true(bl_settings_regime(&set, "batch", &err));
    set.lr = lr;
    set.epochs = epochs;
    struct bl_trainer *t = bl_trainer_create(&p->o, &set, NULL, NULL, &err);
    if (!t || !bl_trainer_epochs(t, epochs, NULL, &err))
        fail_msg("%s", err.message);
    return t;
}

/* lr as a part of the critical one. */
static struct problem open_problem(const char *name, const char *type, size_t classes, double l2, double part, uint64_t epochs)
{
    struct problem p = { .json = known_json(name) };
    struct bl_error err = { 0 };

    p.m = known_matrix(name, p.json, true);
    if (!bl_objective_init(&p.o, bl_objective_find(type), p.m, NULL, classes, true, l2, "y", &err) ||
        !bl_optimum_find(&p.o, NULL, NULL, &p.best, &err))
        fail_msg("%s: %s", name, err.message);
    struct bl_trainer *probe = start(&p, 1e-3, 0);
    if (!bl_theory_of(probe, &p.best, NULL, NULL, &p.theory, &err))
        fail_msg("%s: %s", name, err.message);
    p.t = start(&p, part * p.theory.critical_lr, epochs);
    if (!bl_modes_of(p.t, &p.best, &p.theory, &p.modes, &err))
        fail_msg("%s: %s", name, err.message);
    bl_trainer_free(probe);
    return p;
}

static void close_problem(struct problem *p)
{
    bl_modes_done(&p->modes);
    bl_theory_done(&p->theory);
    bl_trainer_free(p->t);
    bl_optimum_done(&p->best);
    bl_objective_done(&p->o);
    bl_matrix_free(p->m);
    json_decref(p->json);
}

/* ---- quadratics ---------------------------------------------------------------------------------------- */

static void test_every_epoch_of_a_quadratic_is_predicted(void **state)
{
    (void)state;
    for (size_t i = 0; i < LINEAR_SETS; i++) {
        struct problem p = open_problem(linear_sets[i].name, "linear", 0, linear_sets[i].l2, 0.45, 60);
        size_t n;
        const struct bl_point *points = bl_trainer_points(p.t, &n);

        assert_true(p.modes.exact);
        for (size_t k = 0; k < n; k++)
            assert_near(linear_sets[i].name, points[k].objective - p.best.objective,
                        bl_modes_predict(&p.modes, (double)points[k].updates), 1e-9, 1e-12 * points[0].objective);
        close_problem(&p);
    }
}

static void test_the_parts_of_the_gap_make_the_gap(void **state)
{
    (void)state;
    for (size_t i = 0; i < LINEAR_SETS; i++) {
        struct problem p = open_problem(linear_sets[i].name, "linear", 0, linear_sets[i].l2, 0.3, 7);
        double sum = 0;
        struct bl_point now;

        for (size_t k = 0; k < p.modes.n; k++)
            sum += p.modes.mode[k].gap;
        assert_true(bl_trainer_point(p.t, &now, NULL));
        assert_near(linear_sets[i].name, sum, now.objective - p.best.objective, 1e-9, 1e-12 * now.objective);
        close_problem(&p);
    }
}

static void test_the_target_is_reached_at_the_predicted_update(void **state)
{
    static const double parts[] = { 0.2, 0.5, 0.9 };

    (void)state;
    for (size_t i = 0; i < LINEAR_SETS; i++)
        for (size_t j = 0; j < 3; j++) {
            struct problem p = open_problem(linear_sets[i].name, "linear", 0, linear_sets[i].l2, parts[j], 1500);
            size_t n, at = 0;
            const struct bl_point *points = bl_trainer_points(p.t, &n);
            double gap = 0.003 * (points[0].objective - p.best.objective), told = bl_modes_updates_to(&p.modes, gap);

            while (at < n && points[at].objective - p.best.objective > gap)
                at++;
            if (at == n || told != ceil(points[at].epoch))
                fail_msg("%s at %g: predicted %g, reached %g", linear_sets[i].name, parts[j], told, at < n ? points[at].epoch : NAN);
            close_problem(&p);
        }
}

static void test_two_over_l_parts_falling_from_growing(void **state)
{
    (void)state;
    for (size_t i = 0; i < LINEAR_SETS; i++) {
        struct problem below = open_problem(linear_sets[i].name, "linear", 0, linear_sets[i].l2, 0.99, 1500);
        struct problem above = open_problem(linear_sets[i].name, "linear", 0, linear_sets[i].l2, 1.01, 1500);
        struct bl_point p, first;
        size_t n;

        first = bl_trainer_points(below.t, &n)[0];
        assert_true(bl_trainer_point(below.t, &p, NULL));
        assert_true(p.objective - below.best.objective < first.objective - below.best.objective);
        assert_true(fabs(below.modes.mode[0].rate) < 1 && isfinite(bl_modes_updates_to(&below.modes, 0.1 * p.objective)));
        assert_true(bl_trainer_point(above.t, &p, NULL));
        if (bl_trainer_status(above.t) != BL_DIVERGED_RUN && !(p.objective > 1e3 * first.objective))
            fail_msg("%s did not grow", linear_sets[i].name);
        assert_true(isinf(bl_modes_updates_to(&above.modes, 1e-6 * first.objective)));
        close_problem(&below);
        close_problem(&above);
    }
}

/* ---- near the optimum of a curved objective -------------------------------------------------------------- */

/* Length of the error after some full-batch updates that begin 1e-3 from the optimum, along the steepest mode. */
static double error_after(const struct problem *p, double lr, int updates)
{
    size_t n = p->o.n_params;
    double *theta = calloc(2 * n, sizeof *theta), *g = theta + n, sum = 0;
    struct bl_error err = { 0 };
    struct bl_workspace *w = bl_workspace_create(&p->o, NULL, &err);

    assert_non_null(w);
    for (size_t j = 0; j < n; j++)
        theta[j] = p->best.theta[j] + 1e-3 * p->modes.vectors[j * n];
    for (int k = 0; k < updates; k++) {
        bl_objective_pass(&p->o, p->m, theta, g, w);
        for (size_t j = 0; j < n; j++)
            theta[j] -= lr * g[j];
    }
    for (size_t j = 0; j < n; j++)
        sum += (theta[j] - p->best.theta[j]) * p->modes.vectors[j * n];
    bl_workspace_free(w);
    free(theta);
    return fabs(sum);
}

static void test_two_over_l_holds_close_to_the_optimum_of_curved_losses(void **state)
{
    static const struct { const char *name, *type; size_t classes; } sets[] = {
        { "breast_cancer", "logistic", 2 }, { "titanic", "logistic", 2 }, { "iris", "softmax", 3 }, { "wine", "softmax", 3 }, { "penguins", "softmax", 3 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct problem p = open_problem(sets[i].name, sets[i].type, sets[i].classes, 0.01, 0.5, 3);

        assert_false(p.modes.exact);
        if (!(error_after(&p, 0.98 * p.theory.critical_lr, 60) < 0.5e-3))
            fail_msg("%s does not shrink below 2/L", sets[i].name);
        if (!(error_after(&p, 1.02 * p.theory.critical_lr, 60) > 2e-3))
            fail_msg("%s does not grow above 2/L", sets[i].name);
        close_problem(&p);
    }
}

/* ---- what has no modes --------------------------------------------------------------------------------------- */

static void test_other_rules_are_not_called_exact(void **state)
{
    static const char *const changes[][2] = { { "optimizer", "momentum" }, { "schedule", "1/t" }, { "warmup", "3" } };

    (void)state;
    struct problem p = open_problem("mtcars", "linear", 0, 0.01, 0.4, 2);
    for (size_t i = 0; i < 3; i++) {
        struct bl_settings set;
        struct bl_error err = { 0 };
        struct bl_modes m;
        bool known;

        bl_settings_init(&set);
        assert_true(bl_settings_regime(&set, "batch", &err) && bl_settings_set(&set, changes[i][0], changes[i][1], &known, &err));
        struct bl_trainer *t = bl_trainer_create(&p.o, &set, NULL, NULL, &err);
        assert_non_null(t);
        assert_true(bl_modes_of(t, &p.best, &p.theory, &m, &err));
        assert_false(m.exact);
        bl_modes_done(&m);
        bl_trainer_free(t);
    }
    close_problem(&p);
}

static void test_without_an_optimum_there_are_no_modes(void **state)
{
    struct bl_optimum none = { .reason = "the classes are separable" };
    struct bl_error err = { 0 };
    struct bl_modes m;

    (void)state;
    struct problem p = open_problem("mtcars", "linear", 0, 0.01, 0.4, 2);
    assert_false(bl_modes_of(p.t, &none, &p.theory, &m, &err));
    assert_non_null(strstr(err.message, "separable"));
    bl_modes_done(&m);
    close_problem(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_epoch_of_a_quadratic_is_predicted),
        cmocka_unit_test(test_the_parts_of_the_gap_make_the_gap),
        cmocka_unit_test(test_the_target_is_reached_at_the_predicted_update),
        cmocka_unit_test(test_two_over_l_parts_falling_from_growing),
        cmocka_unit_test(test_two_over_l_holds_close_to_the_optimum_of_curved_losses),
        cmocka_unit_test(test_other_rules_are_not_called_exact),
        cmocka_unit_test(test_without_an_optimum_there_are_no_modes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
