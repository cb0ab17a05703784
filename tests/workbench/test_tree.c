/* The tree of runs: forks, going back to runs, where two part, and bounded memory. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/workbench/bench.h"

static void go(struct bl_workbench *w, enum bl_goal_kind kind, int64_t at)
{
    struct bl_error err = { 0 };

    if (!bl_workbench_go(w, (struct bl_goal){ .kind = kind, .at = at }, &err) || !bl_workbench_wait(w, NULL, NULL, &err))
        fail_msg("%s", err.message);
}

static struct bl_trainer *now(struct bl_workbench *w) { return bl_race_trainer(bl_workbench_race(w, NULL), 0); }

static void fork_with(struct bl_workbench *w, const char *name, const char *key, const char *value)
{
    struct bl_settings s = *bl_trainer_settings(now(w));
    struct bl_error err = { 0 };
    bool known;

    if ((key && !bl_settings_set(&s, key, value, &known, &err)) || !bl_workbench_fork(w, name, 0, &s, key ? key : "", &err))
        fail_msg("%s", err.message);
}

static void test_runs_are_kept_and_taken_up_where_they_stood(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    char first[65], later[65], hex[65];
    struct bl_run_info n;
    struct bl_error err = { 0 };

    (void)state;
    start_with(w, "sgd", "lr", "0.1");
    go(w, BL_GOAL_EPOCH, 5);
    bl_trainer_hash(now(w), first);
    fork_with(w, "slow", "lr", "0.01");
    go(w, BL_GOAL_EPOCH, 8);
    start_with(w, "batch", "lr", "0.1");
    assert_int_equal(bl_workbench_runs(w), 3);
    bl_workbench_run_info(w, 1, &n);
    assert_int_equal(n.number, 2);
    assert_int_equal(n.parent, 1);
    assert_true(n.forked_epoch == 5 && n.epoch == 8 && !n.current);
    bl_workbench_use_run(w, bl_workbench_run_find(w, "1", NULL));
    bl_trainer_hash(now(w), hex);
    assert_string_equal(hex, first);
    go(w, BL_GOAL_EPOCH, 7);
    go(w, BL_GOAL_GOTO_EPOCH, 5);
    bl_trainer_hash(now(w), hex);
    assert_string_equal(hex, first);
    bl_workbench_use_run(w, bl_workbench_run_find(w, "slow", NULL));
    bl_trainer_hash(now(w), later);
    go(w, BL_GOAL_GOTO_EPOCH, 6);
    go(w, BL_GOAL_EPOCH, 8);
    bl_trainer_hash(now(w), hex);
    assert_string_equal(hex, later);
    assert_int_equal(bl_workbench_run_find(w, "quick", &err), SIZE_MAX);
    assert_non_null(strstr(err.hint, "2=slow"));
    bl_workbench_free(w);
}

static void test_names_of_forks_are_not_taken_twice_nor_numbers(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    struct bl_settings s;
    struct bl_error err = { 0 };

    (void)state;
    assert_false(bl_workbench_fork(w, "a", 0, bl_workbench_defaults(w), "", &err));
    assert_int_equal(err.code, BL_STATE);
    start_with(w, "sgd", "lr", "0.1");
    s = *bl_trainer_settings(now(w));
    fork_with(w, "a", NULL, NULL);
    assert_false(bl_workbench_fork(w, "a", 0, &s, "", &err));
    assert_false(bl_workbench_fork(w, "12", 0, &s, "", &err));
    s.lr = -1;
    assert_false(bl_workbench_fork(w, "b", 0, &s, "", &err));
    assert_int_equal(bl_workbench_run_number(w), 2);
    assert_int_equal(bl_workbench_runs(w), 2);
    bl_workbench_free(w);
}

static void test_two_runs_part_where_their_updates_do(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    struct bl_trainer *parent, *fork;
    struct bl_parting p;

    (void)state;
    start_with(w, "mini:8", "lr", "0.1");
    go(w, BL_GOAL_UPDATES, 17);
    parent = now(w);
    fork_with(w, "b", "lr", "0.2");
    fork = now(w);
    go(w, BL_GOAL_UPDATES, 40);
    assert_true(bl_trainers_part(parent, fork, NULL, &p, NULL));
    assert_false(p.part); /* the parent went no further */
    bl_workbench_use_run(w, 0);
    go(w, BL_GOAL_UPDATES, 30);
    assert_true(bl_trainers_part(parent, fork, NULL, &p, NULL));
    assert_true(p.part && p.has_update);
    assert_int_equal(p.update, 18);
    assert_int_equal(bl_trainer_update(parent), 47);
    assert_int_equal(bl_trainer_update(fork), 57);
    assert_true(p.distance > 0 && p.distance >= fabs(p.a - p.b));
    assert_true(bl_trainers_part(parent, parent, NULL, &p, NULL));
    assert_true(!p.part && p.distance == 0);
    bl_workbench_free(w);
}

static void test_many_runs_stay_within_bounds(void **state)
{
    struct bl_workbench *w = bench_with("iris", 1);
    size_t bytes = 0, n;
    struct bl_run_info info;

    (void)state;
    bl_workbench_defaults(w)->tape = 100000;
    for (int i = 0; i < 80; i++) {
        start_with(w, "batch", "lr", "0.1");
        go(w, BL_GOAL_EPOCH, 100);
    }
    n = bl_workbench_runs(w);
    assert_int_equal(n, 64);
    for (size_t i = 0; i < n; i++) {
        bl_workbench_run_info(w, i, &info);
        bytes += info.current ? 0 : info.tape_bytes;
    }
    assert_in_range(bytes, 1, 100000);
    bl_workbench_use_run(w, 0);
    go(w, BL_GOAL_GOTO_EPOCH, 33); /* with few snapshots still the same place */
    assert_int_equal(bl_trainer_update(now(w)), 33);
    bl_workbench_free(w);
}

static void test_snapshots_show_the_tree_and_other_data_end_it(void **state)
{
    struct bl_workbench *w = bench_with("iris", 2);
    const struct bl_snapshot *s;
    struct bl_model m;

    (void)state;
    start_with(w, "sgd", "lr", "0.1");
    go(w, BL_GOAL_EPOCH, 2);
    fork_with(w, "b", "lr", "0.2");
    go(w, BL_GOAL_EPOCH, 4);
    s = bl_workbench_snapshot(w);
    assert_int_equal(s->n_tree, 2);
    assert_int_equal(s->tree[1].parent, 1);
    assert_string_equal(s->tree[1].name, "b");
    assert_true(s->tree[1].current && s->tree[1].epoch == 4);
    bl_snapshot_drop(s);
    m = *bl_workbench_model(w);
    m.l2 = 0.1;
    assert_true(bl_workbench_set_model(w, &m, NULL));
    assert_int_equal(bl_workbench_runs(w), 0);
    bl_workbench_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_are_kept_and_taken_up_where_they_stood),
        cmocka_unit_test(test_names_of_forks_are_not_taken_twice_nor_numbers),
        cmocka_unit_test(test_two_runs_part_where_their_updates_do),
        cmocka_unit_test(test_many_runs_stay_within_bounds),
        cmocka_unit_test(test_snapshots_show_the_tree_and_other_data_end_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
