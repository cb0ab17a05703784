/* The state a person works on, and the worker: same bits however it is driven, nothing lost on errors. */
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/workbench/bench.h"

static void go(struct bl_workbench *w, enum bl_goal_kind kind, int64_t at)
{
    struct bl_error err = { 0 };

    if (!bl_workbench_go(w, (struct bl_goal){ .kind = kind, .at = at }, &err) || !bl_workbench_wait(w, NULL, NULL, &err))
        fail_msg("%s", err.message);
}

static void hashes(struct bl_workbench *w, char out[8][65])
{
    struct bl_race *r = bl_workbench_race(w, NULL);

    for (size_t i = 0; i < bl_race_size(r); i++)
        bl_trainer_hash(bl_race_trainer(r, i), out[i]);
}

static double clock_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const char *const three[] = { "batch", "mini:32", "sgd" };

/* ---- the same bits ------------------------------------------------------------------------------- */

static void test_watching_interrupting_and_threads_change_no_bits(void **state)
{
    char want[8][65], got[8][65];
    struct bl_workbench *w = bench_with("iris", 1);

    (void)state;
    start(w, three, 3);
    go(w, BL_GOAL_EPOCH, 30);
    hashes(w, want);
    bl_workbench_free(w);
    for (size_t threads = 1; threads <= 3; threads += 2) {
        w = bench_with("iris", threads);
        start(w, three, 3);
        bl_workbench_watch(w, true, 1000);
        assert_true(bl_workbench_go(w, (struct bl_goal){ .kind = BL_GOAL_EPOCH, .at = 30 }, NULL));
        for (int i = 0; i < 20; i++) { /* looked at and interrupted over and over */
            bl_snapshot_drop(bl_workbench_snapshot(w));
            bl_workbench_rest(w);
            bl_workbench_resume(w);
        }
        assert_true(bl_workbench_wait(w, NULL, NULL, NULL));
        hashes(w, got);
        for (size_t i = 0; i < 3; i++)
            assert_string_equal(got[i], want[i]);
        bl_workbench_free(w);
    }
}

/* Update by update, with looks in the middle of epochs: the same bits, and the updates take their time. */
static void test_a_pace_of_updates_changes_no_bits(void **state)
{
    char want[8][65], got[8][65];
    struct bl_workbench *w = bench_with("iris", 1);
    double began;

    (void)state;
    start(w, three, 3);
    go(w, BL_GOAL_EPOCH, 3);
    hashes(w, want);
    start(w, three, 3);
    bl_workbench_set_update_speed(w, 5000);
    assert_true(bl_workbench_update_speed(w) == 5000);
    assert_true(bl_workbench_go(w, (struct bl_goal){ .kind = BL_GOAL_EPOCH, .at = 3 }, NULL));
    for (int i = 0; i < 5; i++) {
        bl_snapshot_drop(bl_workbench_snapshot(w));
        bl_workbench_rest(w);
        bl_workbench_resume(w);
    }
    assert_true(bl_workbench_wait(w, NULL, NULL, NULL));
    hashes(w, got);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(got[i], want[i]);
    start(w, three + 1, 1); /* 90 rows by 32: 2 of 3 updates of an epoch wait */
    bl_workbench_set_update_speed(w, 50);
    began = clock_now();
    go(w, BL_GOAL_EPOCH, 3);
    assert_true(clock_now() - began >= 6 / 50.0 * 0.9);
    bl_workbench_set_speed(w, 0);
    assert_true(bl_workbench_update_speed(w) == 0);
    bl_workbench_free(w);
}

static void test_back_and_forward_again_gives_the_same_bits(void **state)
{
    char straight[8][65], there[8][65];
    struct bl_workbench *w = bench_with("iris", 2);

    (void)state;
    start(w, three, 3);
    go(w, BL_GOAL_EPOCH, 10);
    hashes(w, straight);
    go(w, BL_GOAL_GOTO_EPOCH, 7);
    hashes(w, there);
    assert_string_not_equal(there[0], straight[0]);
    go(w, BL_GOAL_EPOCH, 10);
    hashes(w, there);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(there[i], straight[i]);
    go(w, BL_GOAL_UPDATES, -2);
    go(w, BL_GOAL_UPDATES, 2);
    hashes(w, there);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(there[i], straight[i]);
    bl_workbench_free(w);
}

/* ---- goals ---------------------------------------------------------------------------------------- */

static void test_until_stops_at_the_first_epoch_that_holds(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    struct bl_error err = { 0 };
    struct bl_goal goal = { .kind = BL_GOAL_EPOCH, .at = 1000 };
    const struct bl_point *p;
    size_t n;

    (void)state;
    start(w, three, 1);
    goal.until = bl_expression_parse("train_loss < 0.6", &err);
    assert_true(bl_workbench_go(w, goal, &err));
    assert_true(bl_workbench_wait(w, NULL, NULL, &err));
    p = bl_trainer_points(bl_race_trainer(bl_workbench_race(w, NULL), 0), &n);
    assert_true(p[n - 1].train_loss < 0.6);
    assert_true(p[n - 2].train_loss >= 0.6);
    assert_string_equal(bl_workbench_stopped_by(w), "train_loss < 0.6");
    goal.until = bl_expression_parse("tran_loss < 0.6", &err);
    assert_false(bl_workbench_go(w, goal, &err));
    assert_non_null(strstr(err.hint, "train_loss"));
    bl_workbench_free(w);
}

static bool refuse(void *context)
{
    ++*(int *)context;
    return false;
}

static void test_a_tick_that_refuses_stops_at_an_update_and_says_where(void **state)
{
    struct bl_workbench *w = bench_with("breast_cancer", 1);
    struct bl_error err = { 0 };
    int asked = 0;

    (void)state;
    start(w, three + 2, 1);
    assert_true(bl_workbench_go(w, (struct bl_goal){ .kind = BL_GOAL_EPOCH, .at = 1000000 }, &err));
    assert_false(bl_workbench_wait(w, refuse, &asked, &err));
    assert_int_equal(asked, 1);
    assert_int_equal(err.code, BL_STOPPED);
    assert_false(bl_workbench_busy(w));
    assert_int_equal(bl_trainer_status(bl_race_trainer(bl_workbench_race(w, NULL), 0)), BL_PAUSED);
    assert_false(bl_workbench_resume(w)); /* forgotten for good */
    bl_workbench_free(w);
}

/* ---- snapshots ---------------------------------------------------------------------------------------- */

static void test_snapshot_shows_the_race_as_it_stands(void **state)
{
    struct bl_workbench *w = bench_with("iris", 2);
    const struct bl_snapshot *before, *s;
    struct bl_model m = { .l2 = 0.01, .intercept = true };

    (void)state;
    before = bl_workbench_snapshot(w);
    assert_string_equal(before->dataset, "iris");
    assert_string_equal(before->state, "ready");
    assert_int_equal(before->n_runs, 0);
    assert_true(bl_workbench_set_model(w, &m, NULL)); /* without a penalty iris has no optimum */
    start(w, three, 3);
    go(w, BL_GOAL_EPOCH, 20);
    bl_workbench_watch(w, true, 30);
    s = bl_workbench_snapshot(w);
    assert_int_equal(s->n_runs, 3);
    assert_int_equal(before->n_runs, 0); /* what somebody holds never changes */
    assert_string_equal(s->state, "done");
    assert_string_equal(s->model, "softmax");
    assert_int_equal(s->train_rows, 90);
    assert_int_equal(s->n_params, 15);
    assert_string_equal(s->parameter_names[0], "setosa:(intercept)");
    assert_int_equal(s->runs[2].now.updates, 20 * 90);
    assert_true(s->runs[0].points[0].objective == s->start_objective);
    assert_true(s->runs[1].suboptimality > 0 && s->runs[1].suboptimality < s->start_objective);
    assert_int_equal(s->n_columns, 5);
    assert_true(fabs(s->column[0].mean - 5.8433333333333337) < 1e-12);
    assert_true(s->n_events >= 2);
    bl_snapshot_drop(before);
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

static void test_who_looks_while_the_worker_has_the_race_sees_its_start(void **state)
{
    struct bl_workbench *w = bench_with("iris", 2);
    const struct bl_snapshot *s;

    (void)state;
    bl_workbench_set_speed(w, 0.5); /* the worker is busy for two seconds an epoch, and nobody watches */
    for (size_t n = 1; n <= 3; n += 2) {
        start(w, three, n);
        assert_true(bl_workbench_go(w, (struct bl_goal){ .kind = BL_GOAL_EPOCH, .at = 5 }, NULL));
        s = bl_workbench_snapshot(w);
        assert_non_null(s);
        assert_int_equal(s->n_runs, n);
        bl_snapshot_drop(s);
        bl_workbench_pause(w);
    }
    bl_workbench_free(w);
}

/* Whoever drains is told what came, however long ago a poll looked: the end of a goal is not lost. */
static void test_the_end_of_a_goal_is_told_to_whoever_drains(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    struct pollfd fd = { .fd = bl_workbench_wake_fd(w), .events = POLLIN };

    (void)state;
    start(w, three, 1);
    assert_false(bl_workbench_drain(w));
    go(w, BL_GOAL_EPOCH, 3);
    assert_int_equal(poll(&fd, 1, 10000), 1);
    assert_true(bl_workbench_drain(w));
    assert_false(bl_workbench_drain(w));
    bl_workbench_free(w);
}

static void test_long_curves_keep_their_ends_and_their_spikes(void **state)
{
    struct bl_workbench *w = bench_with("faithful", 1);
    const struct bl_snapshot *s;

    (void)state;
    start(w, three, 1);
    bl_workbench_plan(w, 9000);
    go(w, BL_GOAL_EPOCH, 9000);
    s = bl_workbench_snapshot(w);
    assert_true(s->runs[0].n_points <= 2048);
    assert_true(s->runs[0].points[0].epoch == 0);
    assert_true(s->runs[0].points[s->runs[0].n_points - 1].epoch == 9000);
    for (size_t i = 1; i < s->runs[0].n_points; i++)
        assert_true(s->runs[0].points[i].updates > s->runs[0].points[i - 1].updates);
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

/* ---- what stays after an error ------------------------------------------------------------------------ */

static void test_a_refused_start_leaves_the_run_as_it_was(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    struct bl_contestant c = { .name = "" };
    struct bl_error err = { 0 };
    char before[8][65], after[8][65];

    (void)state;
    start(w, three, 1);
    go(w, BL_GOAL_EPOCH, 3);
    hashes(w, before);
    c.settings = *bl_workbench_defaults(w);
    assert_true(bl_settings_regime(&c.settings, "mini:100000", &err));
    assert_false(bl_workbench_start(w, &c, 1, NAN, false, &err));
    assert_non_null(strstr(err.message, "90"));
    hashes(w, after);
    assert_string_equal(before[0], after[0]);
    bl_workbench_free(w);
}

static void test_without_data_or_run_every_door_says_what_to_type(void **state)
{
    struct bl_workbench *w = bl_workbench_create(1, 1, NULL);
    struct bl_error err = { 0 };

    (void)state;
    assert_null(bl_workbench_dataset(w, &err));
    assert_int_equal(err.code, BL_STATE);
    assert_non_null(strstr(err.hint, "load"));
    assert_null(bl_workbench_race(w, &err));
    assert_null(bl_workbench_objective(w, &err));
    assert_false(bl_workbench_use(w, "nothing", &err));
    assert_int_equal(err.code, BL_UNKNOWN);
    assert_false(bl_workbench_go(w, (struct bl_goal){ .kind = BL_GOAL_EPOCH, .at = 1 }, &err));
    bl_workbench_free(w);
}

static void test_changing_the_data_ends_the_run(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    struct bl_dataset *d;
    struct bl_model m = { .type = bl_objective_find("softmax"), .l2 = 0.5, .intercept = true };

    (void)state;
    start(w, three, 1);
    assert_true(bl_workbench_set_model(w, &m, NULL));
    assert_null(bl_workbench_race(w, NULL));
    start(w, three, 1);
    d = bl_workbench_dataset(w, NULL);
    d->percent[0] = 100, d->percent[1] = d->percent[2] = 0;
    bl_workbench_changed(w);
    assert_null(bl_workbench_race(w, NULL));
    start(w, three, 1);
    assert_int_equal(bl_workbench_objective(w, NULL)->train->n_rows, 150);
    bl_workbench_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watching_interrupting_and_threads_change_no_bits),
        cmocka_unit_test(test_a_pace_of_updates_changes_no_bits),
        cmocka_unit_test(test_back_and_forward_again_gives_the_same_bits),
        cmocka_unit_test(test_until_stops_at_the_first_epoch_that_holds),
        cmocka_unit_test(test_a_tick_that_refuses_stops_at_an_update_and_says_where),
        cmocka_unit_test(test_snapshot_shows_the_race_as_it_stands),
        cmocka_unit_test(test_who_looks_while_the_worker_has_the_race_sees_its_start),
        cmocka_unit_test(test_the_end_of_a_goal_is_told_to_whoever_drains),
        cmocka_unit_test(test_long_curves_keep_their_ends_and_their_spikes),
        cmocka_unit_test(test_a_refused_start_leaves_the_run_as_it_was),
        cmocka_unit_test(test_without_data_or_run_every_door_says_what_to_type),
        cmocka_unit_test(test_changing_the_data_ends_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
