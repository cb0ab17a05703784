/* Sights: what views show beyond curves is what the model says, and looking changes nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/workbench/bench.h"

static void features(struct bl_workbench *w, const char *const *names, size_t n)
{
    struct bl_dataset *d = bl_workbench_dataset(w, NULL);

    assert_true(bl_roles_features(&d->roles, d->table, names, n, NULL));
    bl_workbench_changed(w);
}

static void epochs(struct bl_workbench *w, int64_t n)
{
    struct bl_error err = { 0 };

    if (!bl_workbench_go(w, (struct bl_goal){ .kind = BL_GOAL_EPOCH, .at = n }, &err) || !bl_workbench_wait(w, NULL, NULL, &err))
        fail_msg("%s", err.message);
}

static const struct bl_snapshot *look(struct bl_workbench *w, enum bl_sight kind, const char *axes)
{
    struct bl_sights what = { .wanted = 1u << kind };
    struct bl_error err = { 0 };
    const struct bl_snapshot *s;

    snprintf(what.axes, sizeof what.axes, "%s", axes);
    s = bl_workbench_sights(w, &what, &err);
    if (!s)
        fail_msg("%s", err.message);
    return s;
}

/* With two features nothing is held at its mean: the region in which a point lies is its prediction. */
static void test_regions_are_the_predictions(void **state)
{
    struct bl_workbench *w = bench_with("iris", 2);
    const struct bl_snapshot *s;
    const struct bl_boundary_view *v;
    size_t near = 0;

    (void)state;
    features(w, (const char *const[]){ "petal_length", "petal_width" }, 2);
    start(w, (const char *const[]){ "batch" }, 1);
    epochs(w, 30);
    s = look(w, BL_SIGHT_BOUNDARY, "");
    v = s->boundary;
    assert_non_null(v);
    assert_string_equal(v->why, "");
    assert_string_equal(v->axis[0], "petal_length");
    assert_string_equal(v->axis[1], "petal_width");
    assert_int_equal(v->others, 0);
    assert_int_equal(v->n, 90);
    assert_int_equal(v->field.layers, 3);
    for (size_t i = 0; i < v->n; i++) {
        double best = -INFINITY, second = -INFINITY;
        size_t class = 0;
        for (size_t k = 0; k < 3; k++) {
            const double x = (v->x[i] - v->field.x_from) / (v->field.x_to - v->field.x_from) * (double)(v->field.columns - 1);
            const double y = (v->y[i] - v->field.y_from) / (v->field.y_to - v->field.y_from) * (double)(v->field.rows - 1);
            const double z = v->field.values[(k * v->field.rows + (size_t)(y + 0.5)) * v->field.columns + (size_t)(x + 0.5)];
            second = z > best ? best : z > second ? z : second;
            class = z > best ? k : class;
            best = z > best ? z : best;
        }
        if (class != v->said[i]) { /* the nearest node may lie across the line */
            near++;
            assert_true(best - second < 0.3);
        }
    }
    assert_true(near < 6);
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

/* A polynomial of the recipe bends the boundary: the plane goes through the recipe, not beside it. */
static void test_the_plane_goes_through_the_recipe(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    struct bl_dataset *d = bl_workbench_dataset(w, NULL);
    const struct bl_snapshot *s;
    double bend;

    (void)state;
    d->recipe = bl_recipe_create();
    assert_true(bl_recipe_add(d->recipe, "standardize", NULL, 0, NULL, 0, NULL));
    assert_true(bl_recipe_add(d->recipe, "poly", &(struct bl_option){ "degree", "2" }, 1, NULL, 0, NULL));
    bl_workbench_changed(w);
    features(w, (const char *const[]){ "petal_length", "sepal_width" }, 2);
    start(w, (const char *const[]){ "full:lbfgs" }, 1);
    epochs(w, 5);
    s = look(w, BL_SIGHT_BOUNDARY, "");
    assert_non_null(s->boundary);
    assert_string_equal(s->boundary->why, "");
    const struct bl_field *f = &s->boundary->field; /* differences of log probabilities are margins: second differences are 0 where they are straight */
    const double *a = f->values, *b = f->values + f->columns * f->rows;
    bend = (a[0] - b[0]) - 2 * (a[f->columns / 2] - b[f->columns / 2]) + (a[2 * (f->columns / 2)] - b[2 * (f->columns / 2)]);
    assert_true(fabs(bend) > 1e-3);
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

static void test_axes_can_be_named(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    const struct bl_snapshot *s;

    (void)state;
    start(w, (const char *const[]){ "batch", "sgd" }, 2);
    epochs(w, 2);
    s = look(w, BL_SIGHT_BOUNDARY, "sepal_width,petal_width");
    assert_string_equal(s->boundary->axis[0], "sepal_width");
    assert_string_equal(s->boundary->axis[1], "petal_width");
    assert_int_equal(s->boundary->others, 2);
    bl_snapshot_drop(s);
    s = look(w, BL_SIGHT_BOUNDARY, "components");
    assert_true(s->boundary->components);
    assert_int_equal(s->boundary->field.layers, 3);
    bl_snapshot_drop(s);
    for (size_t i = 0; i < 3; i++) {
        static const char *const bad[] = { "sepal_width,colour", "sepal_width,sepal_width", "species,petal_width" };
        s = look(w, BL_SIGHT_BOUNDARY, bad[i]);
        assert_true(strstr(s->boundary->why, "is not one of two different columns of numbers") != NULL);
        bl_snapshot_drop(s);
    }
    bl_workbench_free(w);
}

static void test_a_regression_has_predictions_against_the_truth(void **state)
{
    struct bl_workbench *w = bench_with("diabetes", 1);
    const struct bl_snapshot *s;
    double off = 0;

    (void)state;
    start(w, (const char *const[]){ "full:closed" }, 1);
    epochs(w, 1);
    s = look(w, BL_SIGHT_BOUNDARY, "");
    assert_true(s->boundary->regression);
    assert_int_equal(s->boundary->n, s->train_rows);
    for (size_t i = 0; i < s->boundary->n; i++)
        off += (s->boundary->y[i] - s->boundary->x[i]) * (s->boundary->y[i] - s->boundary->x[i]) / 2 / (double)s->boundary->n;
    assert_true(fabs(off / s->runs[0].now.train_loss - 1) < 1e-9); /* half the mean square is the loss */
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

/* A linear model of one feature: the surface is the paraboloid that the Hessian says, the way begins at 0 and ends where
 * the run stands. */
static void test_the_surface_is_the_objective(void **state)
{
    struct bl_workbench *w = bench_with("diabetes", 2);
    const struct bl_snapshot *s;
    const struct bl_surface_view *v;
    double h[4];

    (void)state;
    features(w, (const char *const[]){ "bmi" }, 1);
    start(w, (const char *const[]){ "batch", "sgd" }, 2);
    epochs(w, 10);
    s = look(w, BL_SIGHT_SURFACE, "");
    v = s->surface;
    assert_non_null(v);
    assert_string_equal(v->why, "");
    assert_string_equal(v->axis[0], "(intercept)");
    assert_string_equal(v->axis[1], "bmi");
    assert_true(v->has_optimum);
    const struct bl_optimum *best = bl_workbench_optimum(w, NULL);
    assert_true(bl_objective_hessian(bl_workbench_objective(w, NULL), best->theta, h, NULL, NULL, NULL));
    for (size_t i = 0; i < v->field.columns * v->field.rows; i += 97) {
        double a = v->field.x_from + (v->field.x_to - v->field.x_from) * (double)(i % v->field.columns) / (double)(v->field.columns - 1) - best->theta[0];
        double b = v->field.y_from + (v->field.y_to - v->field.y_from) * (double)(i / v->field.columns) / (double)(v->field.rows - 1) - best->theta[1];
        double expected = best->objective + (h[0] * a * a + 2 * h[1] * a * b + h[3] * b * b) / 2;
        assert_true(fabs(v->field.values[i] / expected - 1) < 1e-9);
    }
    assert_int_equal(v->n_ways, 2);
    assert_true(v->ways[0].x[0] == 0 && v->ways[0].y[0] == 0);
    assert_true(v->ways[0].n == 12); /* 11 ends of epochs, and where it stands */
    assert_true(v->ways[0].x[11] == s->runs[0].theta[0] && v->ways[0].y[11] == s->runs[0].theta[1]);
    assert_true(v->ways[1].n > 30);  /* of many updates also inside the first epochs */
    assert_int_equal(v->n_contours, BL_CONTOURS);
    for (size_t i = 1; i + 1 < v->n_contours; i++) { /* evenly in the log of what they are above */
        double before = (v->contours[i] - v->lowest) / (v->contours[i - 1] - v->lowest), after = (v->contours[i + 1] - v->lowest) / (v->contours[i] - v->lowest);
        assert_true(fabs(before / after - 1) < 1e-6);
    }
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

/* The plane of the ways holds most of a path, whatever was looked at on the way to it. */
static void test_the_plane_at_rest_is_that_of_the_whole_way(void **state)
{
    double values[2][6], share[2];

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct bl_workbench *w = bench_with("breast_cancer", 1);
        const struct bl_snapshot *s;
        start(w, (const char *const[]){ "batch", "mini:16" }, 2);
        for (int e = 1; e <= 8; e++) {
            epochs(w, e);
            if (k)
                bl_snapshot_drop(look(w, BL_SIGHT_SURFACE, ""));
        }
        s = look(w, BL_SIGHT_SURFACE, "");
        assert_true(s->surface->path);
        share[k] = s->surface->share;
        for (size_t i = 0; i < 6; i++)
            values[k][i] = s->surface->field.values[i * 211];
        bl_snapshot_drop(s);
        bl_workbench_free(w);
    }
    assert_true(share[0] > 0.8 && share[0] <= 1);
    assert_true(share[0] == share[1]);
    assert_memory_equal(values[0], values[1], sizeof values[0]);
}

/* The path of a run that goes back ends where it stands; a fork has that of its parent. */
static void test_a_path_goes_back_and_forks(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    struct bl_error err = { 0 };
    struct bl_settings s;
    size_t n;
    bool known;

    (void)state;
    start(w, (const char *const[]){ "batch" }, 1);
    epochs(w, 9);
    assert_non_null(bl_trainer_path(bl_race_trainer(bl_workbench_race(w, NULL), 0), &n));
    assert_int_equal(n, 10);
    assert_true(bl_trainer_goto_epoch(bl_race_trainer(bl_workbench_race(w, NULL), 0), 4, NULL, &err));
    bl_trainer_path(bl_race_trainer(bl_workbench_race(w, NULL), 0), &n);
    assert_int_equal(n, 5);
    s = *bl_trainer_settings(bl_race_trainer(bl_workbench_race(w, NULL), 0));
    assert_true(bl_settings_set(&s, "lr", "0.01", &known, &err));
    assert_true(bl_workbench_fork(w, "slow", 0, &s, "lr=0.01", &err));
    bl_trainer_path(bl_race_trainer(bl_workbench_race(w, NULL), 0), &n);
    assert_int_equal(n, 5);
    epochs(w, 300);
    bl_trainer_path(bl_race_trainer(bl_workbench_race(w, NULL), 0), &n); /* halved when it was full */
    assert_in_range(n, 129, 200);
    bl_workbench_free(w);
}

/* Plain descent on all rows of a linear model goes as its modes say. */
static void test_theory_predicts_what_is_measured(void **state)
{
    struct bl_workbench *w = bench_with("diabetes", 1);
    const struct bl_snapshot *s;
    const struct bl_theory_view *v;
    double gap = 0;

    (void)state;
    start(w, (const char *const[]){ "batch", "sgd" }, 2);
    epochs(w, 40);
    s = look(w, BL_SIGHT_THEORY, "");
    v = s->theory;
    assert_non_null(v);
    assert_string_equal(v->why, "");
    assert_true(v->exact && v->full);
    assert_int_equal(v->n, 41);
    for (size_t i = 0; i < v->n; i++)
        assert_true(fabs(v->predicted[i] / v->measured[i] - 1) < 1e-6);
    assert_int_equal(v->n_modes, 11);
    for (size_t i = 0; i < v->n_shown; i++)
        gap += v->modes[i].mode.gap;
    assert_true(fabs(gap / v->figures.suboptimality - 1) < 1e-6);
    assert_true(fabs(v->figures.critical_lr * v->figures.lipschitz - 2) < 1e-12);
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

/* What is told of the next update is what it then does. */
static void test_the_update_is_the_one_that_comes(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    struct bl_trainer *t;
    const struct bl_snapshot *s;
    const struct bl_update_view *v;
    double lit = 0;

    (void)state;
    start(w, (const char *const[]){ "mini:16" }, 1);
    epochs(w, 3);
    s = look(w, BL_SIGHT_UPDATE, "");
    v = s->update;
    assert_non_null(v);
    assert_string_equal(v->why, "");
    assert_int_equal(v->total, 16);
    assert_int_equal(v->n, 16);
    assert_int_equal(v->n_shares, 90);
    for (size_t i = 0; i < v->n_shares; i++)
        lit += v->share[i];
    assert_true(lit == 16);
    assert_true(v->draws > 1 && v->mean_cosine > 0);
    t = bl_race_trainer(bl_workbench_race(w, NULL), 0);
    assert_true(bl_trainer_updates(t, 1, NULL, NULL));
    for (size_t i = 0; i < v->n_steps; i++)
        assert_true(fabs(v->steps[i].after - bl_trainer_theta(t)[i]) < 1e-12);
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

static double found_of(const struct bl_evaluation_view *v, size_t class)
{
    size_t all = 0;

    for (size_t k = 0; k < v->n_classes; k++)
        all += v->confusion[class * v->n_classes + k];
    return (double)v->confusion[class * v->n_classes + class] / (double)all;
}

/* Ten classes, seven curves: none that is left out is found less than one that is shown. */
static void test_curves_of_thresholds_are_of_the_classes_found_least(void **state)
{
    struct bl_workbench *w = bench_with("digits", 1);
    const struct bl_snapshot *s;
    const struct bl_evaluation_view *v;
    bool shown[10] = { false };

    (void)state;
    start(w, (const char *const[]){ "batch" }, 1);
    epochs(w, 5);
    s = look(w, BL_SIGHT_EVALUATION, "");
    v = s->evaluation;
    assert_non_null(v);
    assert_int_equal(v->n_classes, 10);
    assert_int_equal(v->n_roc, 7);
    for (size_t i = 0; i < v->n_roc; i++)
        shown[v->roc[i].class] = true;
    for (size_t i = 0; i < 10; i++)
        for (size_t k = 0; k < 10; k++)
            assert_true(shown[i] || !shown[k] || found_of(v, i) >= found_of(v, k));
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

/* Validation rows, all of them and no others; the figures are those of its own matrix. */
static void test_the_evaluation_is_of_validation_rows(void **state)
{
    struct bl_workbench *w = bench_with("breast_cancer", 1);
    const struct bl_snapshot *s;
    const struct bl_evaluation_view *v;
    size_t right = 0, all = 0;
    double area = 0;

    (void)state;
    start(w, (const char *const[]){ "batch" }, 1);
    epochs(w, 10);
    s = look(w, BL_SIGHT_EVALUATION, "");
    v = s->evaluation;
    assert_non_null(v);
    assert_true(v->validation);
    assert_int_equal(v->rows, s->validation_rows);
    for (size_t i = 0; i < 4; i++) {
        all += v->confusion[i];
        right += i % 3 == 0 ? v->confusion[i] : 0;
    }
    assert_int_equal(all, s->validation_rows);
    assert_string_equal(v->metrics[0].name, "loss");
    assert_true(fabs(v->metrics[0].value - s->runs[0].now.validation_loss) < 1e-12);
    assert_string_equal(v->metrics[1].name, "accuracy");
    assert_true(fabs(v->metrics[1].value - (double)right / (double)all) < 1e-12);
    assert_true(v->n_bins > 1);
    assert_int_equal(v->n_roc, 1); /* of two classes the second; the area below its steps is the metric */
    assert_true(v->roc[0].class == 1 && v->roc[0].n > 2 && v->roc[0].fpr[0] == 0 && v->roc[0].tpr[0] == 0);
    assert_true(v->roc[0].fpr[v->roc[0].n - 1] == 1 && v->roc[0].tpr[v->roc[0].n - 1] == 1);
    for (size_t i = 1; i < v->roc[0].n; i++)
        area += (v->roc[0].fpr[i] - v->roc[0].fpr[i - 1]) * (v->roc[0].tpr[i] + v->roc[0].tpr[i - 1]) / 2;
    assert_true(fabs(area - v->roc[0].auc) < 1e-12);
    for (size_t i = 0; i < v->n_metrics; i++)
        assert_true(strcmp(v->metrics[i].name, "auc") != 0 || fabs(v->metrics[i].value - area) < 1e-12);
    assert_int_equal(bl_workbench_dataset(w, NULL)->test_looks, 0);
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

/* Where there is nothing to draw the reason is told, and no model of the table makes a sight fail. */
static void test_every_model_has_sights_or_a_reason(void **state)
{
    static const struct { const char *data, *model; } all[] = {
        { "iris", "softmax" }, { "iris", "mlp" }, { "breast_cancer", "svm" }, { "breast_cancer", "mlp" }, { "diabetes", "huber" },
        { "diabetes", "mlp" }, { "titanic", "logistic" }, { "faithful", "linear" }, { "digits", "softmax" } };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct bl_workbench *w = bench_with(all[i].data, 2);
        struct bl_model model = *bl_workbench_model(w);
        struct bl_sights what = { .wanted = (1u << BL_SIGHTS) - 1 };
        const struct bl_snapshot *s;
        struct bl_error err = { 0 };

        model.type = bl_objective_find(all[i].model);
        if (!bl_workbench_set_model(w, &model, &err))
            fail_msg("%s: %s", all[i].data, err.message);
        start(w, (const char *const[]){ "batch", "mini:32" }, 1 + i % 2);
        for (int at = 0; at < 3; at += 2) {
            epochs(w, at);
            s = bl_workbench_sights(w, &what, &err);
            assert_non_null(s);
            if (!s->boundary || !s->surface || !s->theory || !s->update || !s->evaluation)
                fail_msg("%s, %s, epoch %d: a sight is missing", all[i].data, all[i].model, at);
            assert_true(s->boundary->why[0] || s->boundary->n > 0);
            assert_true(s->surface->why[0] || s->surface->n_ways > 0);
            assert_true(s->theory->why[0] || s->theory->n > 0);
            assert_true(s->evaluation->why[0] || s->evaluation->n_metrics > 0);
            bl_snapshot_drop(s);
        }
        bl_workbench_free(w);
    }
}

/* Sights that are made at rest come without being waited for, and end when something else is asked for. */
static void test_the_worker_makes_them_at_rest(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    const struct bl_sights what = { .wanted = (1u << BL_SIGHTS) - 1 };
    const struct bl_snapshot *s = NULL;

    (void)state;
    start(w, (const char *const[]){ "batch", "mini:16" }, 2);
    epochs(w, 3);
    bl_workbench_watch(w, true, 30);
    for (int i = 0; i < 500 && !(s && s->boundary); i++) {
        bl_snapshot_drop(s);
        bl_workbench_look_at(w, &what);
        usleep(10000);
        s = bl_workbench_snapshot(w);
    }
    assert_non_null(s->boundary);
    assert_true(s->boundary->epoch == 3);
    bl_snapshot_drop(s);
    for (int i = 0; i < 50; i++) { /* asked for and broken off */
        bl_workbench_look_at(w, &what);
        epochs(w, 4 + i);
    }
    s = bl_workbench_snapshot(w);
    assert_true(s->runs[0].now.epoch == 53);
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

static void hash_after(const char *dataset, const char *const *regimes, bool looked, char hash[3][65])
{
    struct bl_workbench *w = bench_with(dataset, 2);
    const struct bl_sights what = { .wanted = (1u << BL_SIGHTS) - 1, .front = 1 };

    start(w, regimes, 3);
    if (looked)
        bl_workbench_watch(w, true, 60);
    bl_workbench_set_speed(w, 0);
    if (looked)
        bl_workbench_look_at(w, &what);
    for (int i = 1; i <= 4; i++) {
        epochs(w, 5 * i);
        if (looked) {
            bl_workbench_look_at(w, &what);
            bl_snapshot_drop(bl_workbench_sights(w, &what, NULL));
        }
    }
    for (size_t i = 0; i < 3; i++)
        bl_trainer_hash(bl_race_trainer(bl_workbench_race(w, NULL), i), hash[i]);
    bl_workbench_free(w);
}

static void test_looking_changes_no_bit(void **state)
{
    static const char *const regimes[] = { "batch", "mini:16", "sgd" };
    char plain[3][65], looked[3][65];

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        hash_after(k ? "diabetes" : "iris", regimes, false, plain);
        hash_after(k ? "diabetes" : "iris", regimes, true, looked);
        for (size_t i = 0; i < 3; i++)
            assert_string_equal(plain[i], looked[i]);
    }
}

/* The same for optimizers with a state of their own, some of which keep gradients of rows. */
static void test_looking_changes_no_bit_of_any_optimizer(void **state)
{
    static const char *const optimizers[] = { "momentum", "adam", "svrg", "saga" };
    const struct bl_sights what = { .wanted = (1u << BL_SIGHTS) - 1 };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char hash[2][65];
        for (int looked = 0; looked < 2; looked++) {
            struct bl_workbench *w = bench_with("breast_cancer", 2);
            start_with(w, "mini:8", "optimizer", optimizers[i]);
            for (int e = 1; e <= 4; e++) {
                epochs(w, e);
                if (looked)
                    bl_snapshot_drop(bl_workbench_sights(w, &what, NULL));
            }
            bl_trainer_hash(bl_race_trainer(bl_workbench_race(w, NULL), 0), hash[looked]);
            bl_workbench_free(w);
        }
        assert_string_equal(hash[0], hash[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_regions_are_the_predictions),
        cmocka_unit_test(test_the_plane_goes_through_the_recipe),
        cmocka_unit_test(test_axes_can_be_named),
        cmocka_unit_test(test_a_regression_has_predictions_against_the_truth),
        cmocka_unit_test(test_the_surface_is_the_objective),
        cmocka_unit_test(test_the_plane_at_rest_is_that_of_the_whole_way),
        cmocka_unit_test(test_a_path_goes_back_and_forks),
        cmocka_unit_test(test_theory_predicts_what_is_measured),
        cmocka_unit_test(test_the_update_is_the_one_that_comes),
        cmocka_unit_test(test_curves_of_thresholds_are_of_the_classes_found_least),
        cmocka_unit_test(test_the_evaluation_is_of_validation_rows),
        cmocka_unit_test(test_every_model_has_sights_or_a_reason),
        cmocka_unit_test(test_the_worker_makes_them_at_rest),
        cmocka_unit_test(test_looking_changes_no_bit),
        cmocka_unit_test(test_looking_changes_no_bit_of_any_optimizer),
    };

    return cmocka_run_group_tests_name("sights", tests, NULL, NULL);
}
