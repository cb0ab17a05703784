/* Where runs stop by themselves: conditions, break points, patience. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/workbench/bench.h"

static void forward(struct bl_workbench *w, enum bl_goal_kind kind, int64_t at, const char *until)
{
    struct bl_error err = { 0 };
    struct bl_goal goal = { .kind = kind, .at = at, .until = until ? bl_expression_parse(until, &err) : NULL };

    if ((until && !goal.until) || !bl_workbench_go(w, goal, &err) || !bl_workbench_wait(w, NULL, NULL, &err))
        fail_msg("%s", err.message);
}

static size_t add_break(struct bl_workbench *w, const char *text)
{
    struct bl_error err = { 0 };
    size_t number = bl_workbench_break_add(w, bl_expression_parse(text, &err), &err);

    if (!number)
        fail_msg("%s", err.message);
    return number;
}

static struct bl_trainer *trainer(struct bl_workbench *w) { return bl_race_trainer(bl_workbench_race(w, NULL), 0); }

/* The first end of an epoch at which `length` of them in a row brought no new lowest validation loss,
 * worked out from the whole curve. */
static size_t rises_by_hand(const struct bl_point *p, size_t n, size_t length)
{
    size_t best = 0;

    for (size_t i = 1; i < n; i++) {
        if (p[i].validation_loss < p[best].validation_loss)
            best = i;
        if (i - best == length)
            return i;
    }
    return 0;
}

static void test_rises_counts_ends_of_epochs_without_a_new_lowest(void **state)
{
    struct bl_workbench *w = bench_with("breast_cancer", 1);
    size_t n, at;

    (void)state;
    start_with(w, "batch", "lr", "5");
    forward(w, BL_GOAL_EPOCH, 100, NULL);
    at = rises_by_hand(bl_trainer_points(trainer(w), &n), 101, 5);
    assert_in_range(at, 6, 99);
    start_with(w, "batch", "lr", "5");
    forward(w, BL_GOAL_EPOCH, 100, "validation_loss rises 5");
    assert_int_equal(bl_trainer_update(trainer(w)), at);
    assert_string_equal(bl_workbench_stopped_by(w), "validation_loss rises 5");
    add_break(w, "validation_loss rises 5 and epoch > 1");
    start_with(w, "batch", "lr", "5");
    forward(w, BL_GOAL_EPOCH, 100, NULL);
    assert_int_equal(bl_trainer_update(trainer(w)), at);
    assert_int_equal(bl_trainer_status(trainer(w)), BL_PAUSED);
    forward(w, BL_GOAL_EPOCH, 100, NULL); /* it has been told */
    assert_int_equal(bl_trainer_update(trainer(w)), 100);
    assert_null(bl_workbench_broke(w));
    forward(w, BL_GOAL_GOTO_EPOCH, 3, NULL);
    forward(w, BL_GOAL_EPOCH, 100, NULL); /* and speaks again on the same way */
    assert_int_equal(bl_trainer_update(trainer(w)), at);
    bl_workbench_free(w);
}

static void test_a_break_on_the_norm_stops_before_the_first_such_update(void **state)
{
    struct bl_workbench *w = bench_with("diabetes", 1);
    const struct bl_broke *broke;
    struct bl_explanation *e;
    size_t number = add_break(w, "norm(gradient) > 500");
    uint64_t at;

    (void)state;
    start_with(w, "sgd", "lr", "0.001");
    forward(w, BL_GOAL_EPOCH, 2, NULL);
    broke = bl_workbench_broke(w);
    assert_non_null(broke);
    assert_int_equal(broke->number, number);
    at = broke->update;
    assert_int_equal(bl_trainer_update(trainer(w)), at);
    assert_true(bl_workbench_break_remove(w, number));
    for (uint64_t u = 0; u <= at; u++) { /* every update before was shorter */
        double square = 0;
        forward(w, BL_GOAL_GOTO_UPDATE, (int64_t)u, NULL);
        e = bl_explain(trainer(w), NULL, 0, NULL);
        for (size_t p = 0; p < e->n_params; p++)
            square += e->gradient[p] * e->gradient[p];
        bl_explanation_free(e);
        assert_int_equal(sqrt(square) > 500, u == at);
    }
    bl_workbench_free(w);
}

static void test_breaks_change_no_bit_with_any_threads(void **state)
{
    char want[3][65], got[3][65];

    (void)state;
    for (size_t threads = 1; threads <= 3; threads++) {
        struct bl_workbench *w = bench_with("iris", threads);
        const char *const three[] = { "batch", "mini:32", "sgd" };
        add_break(w, "norm(gradient) > 3");
        add_break(w, "train_loss rises 1");
        start(w, three, 3);
        for (int i = 0; i < 10000 && (i == 0 || bl_workbench_broke(w)); i++)
            forward(w, BL_GOAL_EPOCH, 20, NULL);
        for (size_t i = 0; i < 3; i++)
            bl_trainer_hash(bl_race_trainer(bl_workbench_race(w, NULL), i), got[i]);
        bl_workbench_free(w);
        if (threads > 1)
            assert_memory_equal(want, got, sizeof got);
        memcpy(want, got, sizeof got);
    }
    struct bl_workbench *w = bench_with("iris", 2);
    const char *const three[] = { "batch", "mini:32", "sgd" };
    start(w, three, 3);
    forward(w, BL_GOAL_EPOCH, 20, NULL);
    for (size_t i = 0; i < 3; i++)
        bl_trainer_hash(bl_race_trainer(bl_workbench_race(w, NULL), i), got[i]);
    assert_memory_equal(want, got, sizeof got);
    bl_workbench_free(w);
}

static void test_a_break_that_nothing_logs_is_refused(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    struct bl_error err = { 0 };

    (void)state;
    assert_int_equal(bl_workbench_break_add(w, bl_expression_parse("train_los < 1", NULL), &err), 0);
    assert_non_null(strstr(err.hint, "train_loss"));
    for (int i = 0; i < 16; i++)
        add_break(w, "epoch > 1");
    assert_int_equal(bl_workbench_break_add(w, bl_expression_parse("epoch > 2", NULL), &err), 0);
    assert_int_equal(err.code, BL_LIMIT);
    assert_true(bl_workbench_break_remove(w, 0));
    assert_int_equal(bl_workbench_breaks(w), 0);
    bl_workbench_free(w);
}

static void test_until_measures_from_the_optimum(void **state)
{
    struct bl_workbench *w = bench_with("diabetes", 1);
    struct bl_point p;

    (void)state;
    start_with(w, "batch", "lr", "0.3");
    forward(w, BL_GOAL_EPOCH, 10000, "objective - optimum < 1e-3");
    assert_true(bl_trainer_point(trainer(w), &p, NULL));
    assert_true(p.objective - bl_workbench_optimum(w, NULL)->objective < 1e-3);
    assert_in_range(p.updates, 10, 9999);
    bl_workbench_free(w);
}

static void test_snapshots_show_breaks_and_patience_in_a_race(void **state)
{
    struct bl_workbench *w = bench_with("breast_cancer", 2);
    struct bl_contestant c[2];
    struct bl_patience p;
    const struct bl_snapshot *s;
    bool known;

    (void)state;
    memset(c, 0, sizeof c);
    for (int i = 0; i < 2; i++)
        c[i].settings = *bl_workbench_defaults(w);
    assert_true(bl_settings_set(&c[0].settings, "lr", "5", &known, NULL) && bl_settings_set(&c[0].settings, "patience", "5", &known, NULL));
    assert_true(bl_workbench_start(w, c, 2, NAN, true, NULL));
    add_break(w, "objective rises 50");
    forward(w, BL_GOAL_EPOCH, 60, NULL);
    s = bl_workbench_snapshot(w);
    assert_int_equal(s->n_breaks, 1);
    assert_string_equal(s->breaks[0].text, "objective rises 50");
    assert_false(s->breaks[0].broke);
    bl_snapshot_drop(s);
    assert_true(bl_race_early(bl_workbench_race(w, NULL), 0, &p));
    assert_false(bl_race_early(bl_workbench_race(w, NULL), 1, NULL));
    assert_int_equal(bl_trainer_update(bl_race_trainer(bl_workbench_race(w, NULL), 0)), p.best_epoch);
    assert_int_equal(bl_trainer_update(bl_race_trainer(bl_workbench_race(w, NULL), 1)), 60);
    bl_workbench_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rises_counts_ends_of_epochs_without_a_new_lowest),
        cmocka_unit_test(test_a_break_on_the_norm_stops_before_the_first_such_update),
        cmocka_unit_test(test_breaks_change_no_bit_with_any_threads),
        cmocka_unit_test(test_a_break_that_nothing_logs_is_refused),
        cmocka_unit_test(test_until_measures_from_the_optimum),
        cmocka_unit_test(test_snapshots_show_breaks_and_patience_in_a_race),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
