/* A stream in the background: the bits of one that is waited for, whatever is looked at, paused or taken up; and who frees it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "tests/workbench/bench.h"

enum { STRATEGIES = 4, FIRST = 100, STRETCH = 10, PROBE = 20 };

struct own { /* as a command has it */
    struct bl_streaming work;
    struct bl_model model;
    struct bl_procedure procedure;
    struct bl_stream_strategy strategies[STRATEGIES];
    uint32_t *rows;
    size_t changes[1], *released;
};

static void release(struct bl_streaming *work)
{
    struct own *x = (struct own *)work;

    ++*x->released;
    bl_free(x->rows);
    bl_free(x);
}

static void strategies(struct bl_stream_strategy *s)
{
    static const enum bl_stream_kind kinds[STRATEGIES] = { BL_STREAM_FROZEN, BL_STREAM_RETRAIN, BL_STREAM_DRIFT, BL_STREAM_ONLINE };

    for (size_t i = 0; i < STRATEGIES; i++) {
        s[i] = (struct bl_stream_strategy){ .kind = kinds[i], .every = 60, .block = 1 };
        snprintf(s[i].name, sizeof s[i].name, "%s", bl_stream_kinds[kinds[i]]);
        bl_settings_init(&s[i].update);
    }
    s[2].detector = bl_detector_named("ddm");
    for (size_t i = 0; i < BL_DETECTOR_KEYS; i++)
        s[2].keys[i] = s[2].detector->keys[i].standard;
}

static struct own *own_make(struct bl_workbench *w, size_t *released)
{
    const struct bl_dataset *d = bl_workbench_dataset(w, NULL);
    struct own *x = bl_calloc(1, sizeof *x);
    struct bl_settings settings;
    struct bl_error err = { 0 };
    const size_t n = d->table->n_rows;

    assert_non_null(x);
    x->released = released;
    x->model = *bl_workbench_model(w);
    x->model.l2 = 0.01;
    bl_workbench_thorough(w, &x->model, &settings);
    if (!bl_workbench_procedure(w, &x->model, &settings, &x->procedure, &err))
        fail_msg("%s", err.message);
    strategies(x->strategies);
    x->rows = bl_calloc(n, sizeof *x->rows);
    for (size_t i = 0; i < n; i++) /* what comes second in a pair comes late: the rows change on their way */
        x->rows[i] = (uint32_t)(i < n / 2 ? 2 * i : n - 1 - 2 * (i - n / 2) - (n % 2 ? 1 : 0));
    x->changes[0] = n / 2;
    x->work = (struct bl_streaming){ .model = "logistic", .classes = true, .changes = x->changes, .n_changes = 1, .release = release,
        .stream = { .procedure = &x->procedure, .rows = x->rows, .n = n - 1, .first = FIRST, .probe = PROBE, .stretch = STRETCH, .seed = 1,
                    .strategies = x->strategies, .n_strategies = STRATEGIES, .warnings = &x->work.warnings } };
    return x;
}

/* The same, waited for by whoever asked. */
static struct own *alone(struct bl_workbench *w, size_t *released)
{
    struct own *x = own_make(w, released);
    struct bl_error err = { 0 };

    if (!bl_stream_run(&x->work.stream, NULL, NULL, &err))
        fail_msg("%s", err.message);
    return x;
}

static void alone_free(struct own *x)
{
    bl_stream_free(&x->work.stream);
    bl_warnings_free(&x->work.warnings);
    release(&x->work);
}

static void assert_same(const struct bl_stream *a, const struct bl_stream *b)
{
    assert_int_equal(a->n_points, b->n_points);
    for (size_t k = 0; k < STRATEGIES; k++) {
        const struct bl_stream_outcome *x = &a->items[k], *y = &b->items[k];

        assert_memory_equal(x->predictions, y->predictions, a->tested * a->width * sizeof *x->predictions);
        assert_memory_equal(x->error, y->error, a->n_points * sizeof *x->error);
        assert_memory_equal(x->spent, y->spent, (a->n_points + 1) * sizeof *x->spent);
        assert_memory_equal(x->probe, y->probe, (a->n_points + 1) * sizeof *x->probe);
        assert_true(x->n_alarms == y->n_alarms && x->n_refits == y->n_refits && x->fits == y->fits && x->passes == y->passes);
    }
}

/* What is seen is a beginning of what comes out. */
static void assert_begins(const struct bl_stream_view *v, const struct bl_stream *s)
{
    assert_non_null(v);
    assert_true(v->n_strategies == STRATEGIES && v->first == FIRST && v->rows == s->n && v->planned == s->n_points && v->n <= s->n_points);
    for (size_t k = 0; k < STRATEGIES; k++)
        for (size_t p = 0; p < v->n; p++) {
            assert_true(v->strategies[k].error[p] == s->items[k].error[p] && v->strategies[k].cumulative[p] == s->items[k].cumulative[p]);
            assert_true(v->strategies[k].spent[p + 1] == s->items[k].spent[p + 1] && v->strategies[k].old[p] == s->items[k].probe[p]);
            assert_true(v->end[p] == (double)bl_stream_point_end(s, p));
        }
}

static void wait_until_done(struct bl_workbench *w)
{
    struct bl_error err = { 0 };

    if (!bl_workbench_wait(w, NULL, NULL, &err))
        fail_msg("%s", err.message);
}

static void test_in_the_background_to_the_same_bits(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 2; threads++) {
        struct bl_workbench *w = bench_with("breast_cancer", threads);
        size_t released = 0;
        struct own *before = alone(w, &released);

        assert_true(bl_workbench_stream(w, &own_make(w, &released)->work, NULL));
        wait_until_done(w);
        assert_true(bl_workbench_streaming(w)->concluded);
        assert_same(&before->work.stream, &bl_workbench_streaming(w)->stream);
        assert_int_equal(released, 0);
        bl_workbench_stream_close(w);
        assert_int_equal(released, 1);
        assert_null(bl_workbench_streaming(w));
        alone_free(before);
        bl_workbench_free(w);
    }
}

/* Snapshots are taken and kept by one thread while the worker goes on: a race would show here. */
static void test_looking_changes_no_bit_and_snapshots_stay(void **state)
{
    struct bl_workbench *w = bench_with("breast_cancer", 2);
    const struct bl_snapshot *kept[64];
    size_t released = 0, n = 0, seen = 0;
    struct own *before = alone(w, &released);

    (void)state;
    bl_workbench_set_speed(w, 400);
    bl_workbench_watch(w, true, 1000);
    assert_true(bl_workbench_stream(w, &own_make(w, &released)->work, NULL));
    while (bl_workbench_busy(w)) {
        const struct bl_snapshot *s = bl_workbench_snapshot(w);

        assert_true(s->streams && s->stream && s->stream->n >= seen);
        seen = s->stream->n;
        assert_begins(s->stream, &before->work.stream);
        if (n < 64)
            kept[n++] = s;
        else
            bl_snapshot_drop(s);
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    }
    assert_same(&before->work.stream, &bl_workbench_streaming(w)->stream);
    bl_workbench_stream_close(w);
    for (size_t i = 0; i < n; i++) {
        assert_begins(kept[i]->stream, &before->work.stream);
        bl_snapshot_drop(kept[i]);
    }
    assert_true(n > 1);
    alone_free(before);
    bl_workbench_free(w);
}

static void test_paused_and_taken_up_again(void **state)
{
    struct bl_workbench *w = bench_with("breast_cancer", 2);
    size_t released = 0, pauses = 0;
    struct own *before = alone(w, &released);

    (void)state;
    bl_workbench_watch(w, true, 1000);
    bl_workbench_set_speed(w, 2000);
    assert_true(bl_workbench_stream(w, &own_make(w, &released)->work, NULL));
    for (; pauses < 2000 && !bl_workbench_streaming(w)->concluded; pauses++) { /* comes to rest each time */
        const struct bl_snapshot *s;

        bl_workbench_pause(w);
        assert_false(bl_workbench_resume(w)); /* what was paused is no goal that was interrupted */
        s = bl_workbench_snapshot(w);
        assert_false(s->busy);
        assert_string_equal(s->state, "paused");
        assert_begins(s->stream, &before->work.stream);
        bl_snapshot_drop(s);
        assert_true(bl_workbench_stream_resume(w));
        if (pauses % 2)
            assert_true(!bl_workbench_rest(w) || bl_workbench_resume(w)); /* as a command does that looks at something else */
        nanosleep(&(struct timespec){ .tv_nsec = 500000 * (long)(1 + pauses) }, NULL); /* longer and longer: a fit that was stopped begins anew */
    }
    assert_true(pauses > 2 && pauses < 2000);
    assert_same(&before->work.stream, &bl_workbench_streaming(w)->stream);
    alone_free(before);
    bl_workbench_free(w); /* frees what is still held */
    assert_int_equal(released, 2);
}

static void test_a_run_takes_its_place_and_the_view_stays(void **state)
{
    const char *batch[] = { "batch" };
    struct bl_workbench *w = bench_with("breast_cancer", 2);
    const struct bl_snapshot *s;
    size_t released = 0;

    (void)state;
    bl_workbench_set_speed(w, 20);
    bl_workbench_watch(w, true, 1000);
    assert_true(bl_workbench_stream(w, &own_make(w, &released)->work, NULL));
    bl_workbench_pause(w);
    start(w, batch, 1);
    assert_int_equal(released, 1);
    assert_null(bl_workbench_streaming(w));
    assert_false(bl_workbench_stream_resume(w));
    s = bl_workbench_snapshot(w);
    assert_true(s->stream && !s->streams && s->n_runs == 1);
    bl_snapshot_drop(s);
    assert_true(bl_workbench_go(w, (struct bl_goal){ .kind = BL_GOAL_EPOCH, .at = 2 }, NULL));
    wait_until_done(w);
    s = bl_workbench_snapshot(w);
    assert_true(s->epoch == 2);
    bl_snapshot_drop(s);
    bl_workbench_free(w);
}

/* Another run that is looked at is what is worked on then. */
static void test_a_run_that_is_taken_up_is_seen(void **state)
{
    const char *batch[] = { "batch" };
    struct bl_workbench *w = bench_with("breast_cancer", 1);
    size_t released = 0;
    const struct bl_snapshot *s;

    (void)state;
    start(w, batch, 1);
    start(w, batch, 1);
    for (int fork = 0; fork < 2; fork++) {
        bl_workbench_set_speed(w, 20);
        bl_workbench_watch(w, true, 1000);
        assert_true(bl_workbench_stream(w, &own_make(w, &released)->work, NULL));
        bl_workbench_pause(w);
        if (fork)
            assert_true(bl_workbench_fork(w, "", 0, bl_trainer_settings(bl_race_trainer(bl_workbench_race(w, NULL), 0)), "", NULL));
        else
            bl_workbench_use_run(w, 0);
        assert_int_equal(released, fork + 1);
        s = bl_workbench_snapshot(w);
        assert_false(s->streams);
        bl_snapshot_drop(s);
    }
    bl_workbench_free(w);
}

/* Its rows are those of a dataset that is there no more. */
static void test_another_dataset_ends_it(void **state)
{
    struct bl_workbench *w = bench_with("breast_cancer", 2);
    size_t released = 0;

    (void)state;
    bl_workbench_set_speed(w, 20);
    bl_workbench_watch(w, true, 1000);
    assert_true(bl_workbench_stream(w, &own_make(w, &released)->work, NULL));
    bl_workbench_rest(w);
    bl_workbench_changed(w);
    assert_int_equal(released, 1);
    assert_false(bl_workbench_resume(w));
    assert_null(bl_workbench_streaming(w));
    assert_true(bl_workbench_stream(w, &own_make(w, &released)->work, NULL));
    assert_true(bl_workbench_stream(w, &own_make(w, &released)->work, NULL)); /* and so does another stream */
    assert_int_equal(released, 2);
    bl_workbench_free(w);
    assert_int_equal(released, 3);
}

static void test_what_is_stopped_keeps_its_whole_points(void **state)
{
    struct bl_workbench *w = bench_with("breast_cancer", 1);
    size_t released = 0;
    struct own *before = alone(w, &released);
    const struct bl_snapshot *s;
    struct bl_streaming *x;

    (void)state;
    bl_workbench_set_speed(w, 100);
    bl_workbench_watch(w, true, 1000);
    assert_true(bl_workbench_stream(w, &own_make(w, &released)->work, NULL));
    do {
        s = bl_workbench_snapshot(w);
        const bool enough = s->stream->n >= 3;
        bl_snapshot_drop(s);
        if (enough)
            break;
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    } while (true);
    x = bl_workbench_streaming(w);
    assert_false(x->concluded);
    assert_true(bl_workbench_stream_conclude(w, NULL));
    assert_true(x->concluded && x->stream.stopped && x->stream.n_points >= 3);
    assert_true(!memcmp(x->stream.items[1].error, before->work.stream.items[1].error, 3 * sizeof(double)));
    assert_false(bl_workbench_stream_resume(w));
    alone_free(before);
    bl_workbench_free(w);
}

static void test_what_cannot_be_says_why(void **state)
{
    struct bl_workbench *w = bench_with("breast_cancer", 1);
    const struct bl_snapshot *s;
    struct bl_error err = { 0 };
    size_t released = 0;
    struct own *x = own_make(w, &released);

    (void)state;
    x->work.stream.probe = FIRST;
    assert_true(bl_workbench_stream(w, &x->work, NULL));
    assert_false(bl_workbench_wait(w, NULL, NULL, &err));
    assert_non_null(strstr(err.message, "a first part of 100 rows"));
    s = bl_workbench_snapshot(w);
    assert_string_equal(s->state, "failed");
    assert_non_null(strstr(s->stream->why, "a first part of 100 rows"));
    assert_int_equal(s->stream->n, 0);
    bl_snapshot_drop(s);
    assert_false(bl_workbench_stream_resume(w));
    assert_false(bl_workbench_stream_conclude(w, &err));
    bl_workbench_free(w);
    assert_int_equal(released, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_the_background_to_the_same_bits),
        cmocka_unit_test(test_looking_changes_no_bit_and_snapshots_stay),
        cmocka_unit_test(test_paused_and_taken_up_again),
        cmocka_unit_test(test_a_run_takes_its_place_and_the_view_stays),
        cmocka_unit_test(test_a_run_that_is_taken_up_is_seen),
        cmocka_unit_test(test_another_dataset_ends_it),
        cmocka_unit_test(test_what_is_stopped_keeps_its_whole_points),
        cmocka_unit_test(test_what_cannot_be_says_why),
    };

    return cmocka_run_group_tests_name("streaming", tests, NULL, NULL);
}
