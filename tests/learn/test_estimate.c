/* Gradients of an update beyond the mean of its rows: accumulation, clipping, SVRG, SAGA; the mean of
 * the iterates; the rate that waits for a plateau. Each against a loop of its own. */
#include "tests/learn/data.h"

#include "src/learn/trainer.h"

#include <math.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static struct bl_trainer *start(const struct bl_objective *o, const char *regime, const char *keys[][2])
{
    struct bl_settings s;
    struct bl_error err;
    bool known;

    bl_settings_init(&s);
    s.lr = 0.05;
    assert_true(bl_settings_regime(&s, regime, NULL));
    for (size_t i = 0; keys[i][0]; i++)
        if (!bl_settings_set(&s, keys[i][0], keys[i][1], &known, &err))
            fail_msg("%s", err.message);
    struct bl_trainer *t = bl_trainer_create(o, &s, NULL, NULL, &err);
    if (!t)
        fail_msg("%s", err.message);
    return t;
}

#define KEYS(...) (const char *[][2]){__VA_ARGS__, {NULL, NULL}}

static void near(const double *have, const double *want, size_t n, double tolerance)
{
    for (size_t p = 0; p < n; p++)
        if (!(fabs(have[p] - want[p]) <= tolerance * (1 + fabs(want[p]))))
            fail_msg("%zu: %.17g is not %.17g", p, have[p], want[p]);
}

/* data gradient of one row at theta, with the penalty */
static void row_gradient(const struct bl_objective *o, const double *theta, size_t row, double *g)
{
    double z, slope;

    bl_objective_margins(o, theta, o->train->x + row * o->d, &z);
    o->type->slope(&z, o->train->y[row], 1, o->hyper, &slope);
    g[0] = slope;
    for (size_t j = 0; j < o->d; j++)
        g[1 + j] = slope * o->train->x[row * o->d + j] + o->l2 * theta[1 + j];
}

static void test_accumulated_batches_of_an_epoch_are_the_batch_gradient(void **state)
{
    struct bl_matrix *m = make_matrix(1003, 6, 3, 4);
    struct bl_objective o = make_objective("softmax", m, NULL, 3, 0.01);
    struct bl_trainer *batch = start(&o, "batch", KEYS({"lr", "0.5"}));
    struct bl_trainer *parts = start(&o, "mini:10", KEYS({"lr", "0.5"}, {"accumulate", "101"}));
    struct bl_trainer *single = start(&o, "sgd", KEYS({"lr", "0.5"}, {"accumulate", "2000"}));

    (void)state;
    assert_int_equal(bl_trainer_updates_per_epoch(parts), 1);
    bl_trainer_epochs(batch, 1, NULL, NULL);
    bl_trainer_epochs(parts, 1, NULL, NULL);
    bl_trainer_epochs(single, 1, NULL, NULL);
    near(bl_trainer_theta(parts), bl_trainer_theta(batch), o.n_params, 1e-14);
    near(bl_trainer_theta(single), bl_trainer_theta(batch), o.n_params, 1e-14);
    bl_trainer_free(batch);
    bl_trainer_free(parts);
    bl_trainer_free(single);
    bl_matrix_free(m);
}

static void test_accumulation_sees_the_rows_of_a_larger_batch(void **state)
{
    struct bl_matrix *m = make_matrix(500, 6, 2, 4);
    struct bl_objective o = make_objective("logistic", m, NULL, 2, 0.01);
    struct bl_trainer *whole = start(&o, "mini:40", KEYS({"lr", "0.5"}));
    struct bl_trainer *parts = start(&o, "mini:10", KEYS({"lr", "0.5"}, {"accumulate", "4"}));

    (void)state;
    bl_trainer_epochs(whole, 3, NULL, NULL);
    bl_trainer_epochs(parts, 3, NULL, NULL);
    assert_int_equal(bl_trainer_update(whole), bl_trainer_update(parts));
    near(bl_trainer_theta(parts), bl_trainer_theta(whole), o.n_params, 1e-13);
    bl_trainer_free(whole);
    bl_trainer_free(parts);
    bl_matrix_free(m);
}

static void test_clipping_and_averaging_are_their_formulas(void **state)
{
    struct bl_matrix *m = make_matrix(60, 3, 0, 4);
    struct bl_objective o = make_objective("linear", m, NULL, 0, 0.1);
    struct bl_trainer *t = start(&o, "sgd", KEYS({"clip", "0.7"}, {"average", "yes"}));
    double theta[4] = {0}, mean[4] = {0}, g[4];
    size_t n, total, cut = 0;
    uint32_t row;

    (void)state;
    for (size_t u = 1; u <= 150; u++) {
        double norm = 0;
        bl_trainer_next_rows(t, &row, 1, &n, &total, NULL);
        row_gradient(&o, theta, row, g);
        for (size_t p = 0; p < 4; p++)
            norm += g[p] * g[p];
        norm = sqrt(norm);
        cut += norm > 0.7;
        for (size_t p = 0; p < 4; p++) {
            theta[p] -= 0.05 * g[p] * fmin(1, 0.7 / norm);
            mean[p] += theta[p];
        }
        bl_trainer_updates(t, 1, NULL, NULL);
        for (size_t p = 0; p < 4; p++)
            g[p] = mean[p] / (double)u;
        near(bl_trainer_theta(t), g, 4, 1e-12);
    }
    assert_in_range(cut, 20, 149);
    struct bl_point p; /* figures are those of the mean */
    struct bl_workspace *w = bl_workspace_create(&o, NULL, NULL);
    assert_true(bl_trainer_point(t, &p, NULL));
    assert_true(p.train_loss == bl_objective_pass(&o, m, bl_trainer_theta(t), NULL, w));
    bl_workspace_free(w);
    bl_trainer_free(t);
    bl_matrix_free(m);
}

static void test_saga_is_its_formula(void **state)
{
    struct bl_matrix *m = make_matrix(50, 3, 2, 4);
    struct bl_objective o = make_objective("logistic", m, NULL, 2, 0.1);
    struct bl_trainer *t = start(&o, "sgd", KEYS({"optimizer", "saga"}));
    double theta[4] = {0}, (*kept)[4] = bl_calloc(50, sizeof *kept), g[4];
    size_t n, total;
    uint32_t row;

    (void)state;
    for (size_t u = 0; u < 160; u++) {
        double step[4] = {0};
        bl_trainer_next_rows(t, &row, 1, &n, &total, NULL);
        row_gradient(&o, theta, row, g);
        for (size_t p = 0; p < 4; p++) {
            g[p] -= p ? o.l2 * theta[p] : 0;
            for (size_t i = 0; i < 50; i++)
                step[p] += kept[i][p] / 50;
            step[p] += g[p] - kept[row][p] + (p ? o.l2 * theta[p] : 0);
        }
        for (size_t p = 0; p < 4; p++) {
            theta[p] -= 0.05 * step[p];
            kept[row][p] = g[p];
        }
        bl_trainer_updates(t, 1, NULL, NULL);
        near(bl_trainer_theta(t), theta, 4, 1e-12);
    }
    bl_free(kept);
    bl_trainer_free(t);
    bl_matrix_free(m);
}

static void test_svrg_is_its_formula(void **state)
{
    struct bl_matrix *m = make_matrix(50, 3, 2, 4);
    struct bl_objective o = make_objective("logistic", m, NULL, 2, 0.1);
    struct bl_trainer *t = start(&o, "mini:7", KEYS({"optimizer", "svrg"}));
    double theta[4] = {0}, from[4] = {0}, full[4], now[4], then[4], g[4];
    uint64_t per_epoch = bl_trainer_updates_per_epoch(t);
    struct bl_point p;
    size_t n, total;
    uint32_t rows[7];

    (void)state;
    for (size_t u = 0; u < 40; u++) {
        if (u % per_epoch == 0) {
            memcpy(from, theta, sizeof from);
            memset(full, 0, sizeof full);
            for (size_t i = 0; i < 50; i++) {
                row_gradient(&o, from, i, g);
                for (size_t j = 0; j < 4; j++)
                    full[j] += g[j] / 50;
            }
        }
        bl_trainer_next_rows(t, rows, 7, &n, &total, NULL);
        memset(now, 0, sizeof now);
        memset(then, 0, sizeof then);
        for (size_t i = 0; i < n; i++) {
            row_gradient(&o, theta, rows[i], g);
            for (size_t j = 0; j < 4; j++)
                now[j] += g[j] / (double)n;
            row_gradient(&o, from, rows[i], g);
            for (size_t j = 0; j < 4; j++)
                then[j] += g[j] / (double)n;
        }
        for (size_t j = 0; j < 4; j++)
            theta[j] -= 0.05 * (now[j] - then[j] + full[j]);
        bl_trainer_updates(t, 1, NULL, NULL);
        near(bl_trainer_theta(t), theta, 4, 1e-12);
    }
    assert_true(bl_trainer_point(t, &p, NULL));
    assert_int_equal(p.gradient_evaluations, 5 * 50 + 2 * p.samples);
    bl_trainer_free(t);
    bl_matrix_free(m);
}

/* At a constant rate plain descent stays above the optimum; with less variance it goes there. */
static void test_less_variance_goes_to_the_optimum_at_a_constant_rate(void **state)
{
    static const char *const rules[] = {"svrg", "saga", "gd"};
    static const struct { const char *model; size_t classes; } models[] = {{"logistic", 2}, {"linear", 0}, {"softmax", 3}};

    (void)state;
    for (size_t m = 0; m < COUNT(models); m++)
        for (size_t r = 0; r < COUNT(rules); r++) {
            struct bl_matrix *x = make_matrix(400, 5, models[m].classes, 4);
            struct bl_objective o = make_objective(models[m].model, x, NULL, models[m].classes, 0.05);
            struct bl_trainer *t = start(&o, "sgd", KEYS({"optimizer", rules[r]}, {"lr", "auto"}));
            struct bl_optimum best;
            struct bl_point p;
            assert_true(bl_optimum_find(&o, NULL, NULL, &best, NULL));
            bl_trainer_epochs(t, 200, NULL, NULL);
            assert_true(bl_trainer_point(t, &p, NULL));
            if ((p.objective - best.objective < 1e-10) != (r < 2))
                fail_msg("%s %s: %g above", models[m].model, rules[r], p.objective - best.objective);
            bl_optimum_done(&best);
            bl_trainer_free(t);
            bl_matrix_free(x);
        }
}

static void test_the_plateau_drops_the_rate_after_so_many_epochs(void **state)
{
    struct bl_matrix *m = make_matrix(300, 5, 0, 4);
    struct bl_objective o = make_objective("linear", m, NULL, 0, 0.01);
    struct bl_trainer *t = start(&o, "sgd", KEYS({"lr", "0.02"}, {"schedule", "plateau"}, {"every", "2"}, {"drop", "0.5"}, {"floor", "0.1"}));
    double best = 0, factor = 1, waited = 0;
    size_t n, drops = 0;

    (void)state;
    bl_trainer_epochs(t, 80, NULL, NULL);
    const struct bl_point *p = bl_trainer_points(t, &n);
    best = p[0].objective;
    for (size_t i = 1; i < n; i++) {
        assert_true(fabs(p[i].lr - 0.02 * factor) < 1e-15);
        if (p[i].epoch != floor(p[i].epoch))
            continue;
        waited = p[i].objective < best ? 0 : waited + 1;
        best = fmin(best, p[i].objective);
        if (waited >= 2) {
            factor = fmax(0.1, factor / 2);
            waited = 0;
            drops++;
        }
    }
    assert_true(drops >= 4);
    assert_true(fabs(bl_trainer_lr_now(t) - 0.02 * factor) < 1e-15);
    bl_trainer_free(t);
    bl_matrix_free(m);
}

static void test_explain_gives_the_bits_of_the_next_update(void **state)
{
    static const struct { const char *regime, *keys[4][2]; } runs[] = {
        {"mini:20", {{"optimizer", "svrg"}}}, {"sgd", {{"optimizer", "svrg"}}}, {"mini:20", {{"optimizer", "saga"}}},
        {"sgd", {{"optimizer", "saga"}}}, {"mini:20", {{"clip", "0.1"}}}, {"batch", {{"clip", "0.1"}, {"optimizer", "adam"}}},
        {"mini:9", {{"accumulate", "3"}, {"optimizer", "momentum"}}}, {"mini:9", {{"accumulate", "300"}}}, {"batch", {{"optimizer", "svrg"}}}};
    struct bl_matrix *m = make_matrix(200, 4, 3, 4);
    struct bl_objective o = make_objective("softmax", m, NULL, 3, 0.01);

    (void)state;
    for (size_t r = 0; r < COUNT(runs); r++) {
        struct bl_trainer *t = start(&o, runs[r].regime, (const char *(*)[2])runs[r].keys);
        for (size_t u = 0; u < 25; u++) {
            char before[65], after[65];
            bl_trainer_hash(t, before);
            struct bl_explanation *e = bl_explain(t, NULL, 0, NULL);
            assert_non_null(e);
            bl_trainer_hash(t, after);
            assert_string_equal(before, after);
            bl_trainer_updates(t, 1, NULL, NULL);
            assert_memory_equal(e->after, bl_trainer_theta(t), o.n_params * sizeof(double));
            bl_explanation_free(e);
        }
        bl_trainer_free(t);
    }
    bl_matrix_free(m);
}

static void test_what_makes_no_sense_is_refused(void **state)
{
    static const struct { const char *regime, *key, *value, *part; } cases[] = {
        {"batch", "accumulate", "3", "accumulate=3 adds up mini-batches"}, {"full:lbfgs", "average", "yes", "nothing to average"},
        {"full:newton", "clip", "1", "nothing to clip"}};
    struct bl_matrix *m = make_matrix(20, 2, 0, 4);
    struct bl_objective o = make_objective("linear", m, NULL, 0, 0.1);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bl_settings s;
        struct bl_error err;
        bool known;
        bl_settings_init(&s);
        assert_true(bl_settings_regime(&s, cases[i].regime, NULL));
        assert_true(bl_settings_set(&s, cases[i].key, cases[i].value, &known, NULL));
        assert_null(bl_trainer_create(&o, &s, NULL, NULL, &err));
        assert_non_null(strstr(err.message, cases[i].part));
        assert_true(err.hint[0] != 0);
    }
    bl_matrix_free(m);
}

static void test_the_fan_has_the_variance_that_theory_expects(void **state)
{
    static const size_t batches[] = {1, 5, 40, 300};
    struct bl_matrix *m = make_matrix(300, 4, 3, 3);
    struct bl_objective o = make_objective("softmax", m, NULL, 3, 0.1);
    double *theta = bl_calloc(o.n_params, sizeof *theta);

    (void)state;
    for (size_t p = 0; p < o.n_params; p++)
        theta[p] = 0.1 * (double)p;
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        struct bl_fan f, again;
        assert_true(bl_fan_of(&o, theta, batches[i], 4000, 7, NULL, NULL, &f, NULL));
        assert_true(bl_fan_of(&o, theta, batches[i], 4000, 7, NULL, NULL, &again, NULL));
        assert_memory_equal(f.cosine, again.cosine, 4000 * sizeof *f.cosine);
        if (!(fabs(f.mean_square - f.expected) <= 0.06 * f.expected + 1e-28))
            fail_msg("%zu rows: %g, not %g", batches[i], f.mean_square, f.expected);
        assert_true(f.mean_cosine <= 1 + 1e-12);
        bl_fan_done(&f);
        bl_fan_done(&again);
    }
    bl_free(theta);
    bl_matrix_free(m);
}

static void test_pulls_sum_to_the_gradient_and_the_strongest_stands_first(void **state)
{
    struct bl_matrix *m = make_matrix(60, 4, 3, 3);
    struct bl_objective o = make_objective("softmax", m, NULL, 3, 0);
    double *theta = bl_calloc(2 * o.n_params, sizeof *theta), *g = theta + o.n_params, total;
    struct bl_workspace *w = bl_workspace_create(&o, NULL, NULL);
    const uint32_t index[] = {5, 17, 40, 3};
    struct bl_pull_row *rows;

    (void)state;
    theta[3] = 0.7;
    bl_objective_batch(&o, theta, index, 4, g, w);
    for (size_t p = 0; p < o.n_params; p++) {
        double sum = 0;
        assert_true(bl_pull_of(&o, theta, index, 4, p, &rows, &total, NULL));
        for (size_t i = 0; i < 4; i++) {
            sum += rows[i].pull;
            assert_true(i == 0 || fabs(rows[i].pull) <= fabs(rows[i - 1].pull));
        }
        assert_true(fabs(sum - g[p]) < 1e-15 && fabs(total - g[p]) < 1e-15);
        bl_free(rows);
    }
    bl_workspace_free(w);
    bl_free(theta);
    bl_matrix_free(m);
}

static void test_the_knee_is_found_where_there_is_one(void **state)
{
    static const double batch[] = {1, 4, 16, 64, 256};
    double updates[5], knee, least;

    (void)state;
    for (size_t i = 0; i < 5; i++)
        updates[i] = 40 * (1 + 12 / batch[i]);
    assert_true(bl_sweep_knee(batch, updates, 5, &knee, &least));
    assert_true(fabs(knee - 12) < 1e-9 && fabs(least - 40) < 1e-9);
    updates[1] = NAN; /* not reached */
    assert_true(bl_sweep_knee(batch, updates, 5, &knee, &least));
    assert_true(fabs(knee - 12) < 1e-9);
    assert_false(bl_sweep_knee(batch, updates, 3, &knee, &least));
    assert_true(isnan(knee));
    for (size_t i = 0; i < 5; i++)
        updates[i] = 10 * batch[i];
    assert_false(bl_sweep_knee(batch, updates, 5, &knee, &least));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accumulated_batches_of_an_epoch_are_the_batch_gradient),
        cmocka_unit_test(test_accumulation_sees_the_rows_of_a_larger_batch),
        cmocka_unit_test(test_clipping_and_averaging_are_their_formulas),
        cmocka_unit_test(test_saga_is_its_formula),
        cmocka_unit_test(test_svrg_is_its_formula),
        cmocka_unit_test(test_less_variance_goes_to_the_optimum_at_a_constant_rate),
        cmocka_unit_test(test_the_plateau_drops_the_rate_after_so_many_epochs),
        cmocka_unit_test(test_explain_gives_the_bits_of_the_next_update),
        cmocka_unit_test(test_what_makes_no_sense_is_refused),
        cmocka_unit_test(test_the_fan_has_the_variance_that_theory_expects),
        cmocka_unit_test(test_pulls_sum_to_the_gradient_and_the_strongest_stands_first),
        cmocka_unit_test(test_the_knee_is_found_where_there_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
