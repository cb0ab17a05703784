/* Streams that are watched, stopped and taken up again: the same bits as when nobody looks. */
#include <pthread.h>
#include <time.h>

#include "tests/evaluate/streams.h"

struct watcher { /* what was seen at the end of each point */
    size_t calls, stop_at; /* stop_at: the point after which it is stopped; 0: never */
    struct bl_progress *progress;
    double error[EACH][32], cumulative[EACH][32], spent[EACH][32];
    bool wrong;
};

static void look(const struct bl_stream *s, void *context)
{
    struct watcher *w = context;

    w->wrong |= s->done != ++w->calls || s->tested != bl_stream_point_end(s, s->done - 1) - s->first;
    for (size_t k = 0; k < s->n_strategies; k++) {
        const struct bl_stream_outcome *o = &s->items[k];

        w->error[k][s->done - 1] = o->error[s->done - 1];
        w->cumulative[k][s->done - 1] = o->cumulative[s->done - 1];
        w->spent[k][s->done - 1] = o->spent[s->done];
        w->wrong |= o->spent[s->done] != o->passes;
    }
    if (w->progress && s->done == w->stop_at)
        w->progress->stop = true;
}

static void assert_seen(const struct watcher *w, const struct bl_stream *s)
{
    assert_false(w->wrong);
    assert_int_equal(w->calls, s->n_points);
    for (size_t k = 0; k < s->n_strategies; k++)
        for (size_t p = 0; p < s->n_points; p++) {
            assert_true(w->error[k][p] == s->items[k].error[p] && w->cumulative[k][p] == s->items[k].cumulative[p]);
            assert_true(w->spent[k][p] == s->items[k].spent[p + 1]);
        }
}

/* All that a stream leaves behind but the time that it took. */
static void assert_identical(const struct bl_stream *a, const struct bl_stream *b)
{
    assert_same(a, b);
    for (size_t k = 0; k < a->n_strategies; k++) {
        const struct bl_stream_outcome *x = &a->items[k], *y = &b->items[k];

        assert_memory_equal(x->error, y->error, a->n_points * sizeof *x->error);
        assert_memory_equal(x->cumulative, y->cumulative, a->n_points * sizeof *x->cumulative);
        assert_memory_equal(x->probe, y->probe, (a->n_points + 1) * sizeof *x->probe);
        assert_memory_equal(x->spent, y->spent, (a->n_points + 1) * sizeof *x->spent);
        assert_int_equal(x->n_refits, y->n_refits);
        for (size_t i = 0; i < x->n_refits; i++)
            assert_int_equal(x->refits[i], y->refits[i]);
    }
}

static void test_watching_changes_no_bit(void **state)
{
    struct bl_stream_strategy s[EACH];
    struct bl_stream alone, watched;
    struct set x;

    (void)state;
    each_kind(s);
    open_set(&x, "drift", 2000, 5, (struct way){"logistic", 0.01});
    alone = stream_of(&x, 400, 100, s, EACH);
    run(&alone, NULL);
    for (size_t threads = 1; threads <= 4; threads *= 2) {
        struct bl_pool *pool = bl_pool_create(threads, NULL);
        struct watcher w = {0};

        watched = stream_of(&x, 400, 100, s, EACH);
        watched.each = look;
        watched.context = &w;
        run(&watched, pool);
        assert_identical(&alone, &watched);
        assert_seen(&w, &watched);
        bl_stream_free(&watched);
        bl_pool_free(pool);
    }
    bl_stream_free(&alone);
    close_set(&x);
}

/* The models that were put in place, and the rows that it cost. */
static void test_fits_are_told_with_their_rows(void **state)
{
    struct bl_stream_strategy s[3] = {strategy(BL_STREAM_FROZEN), strategy(BL_STREAM_RETRAIN), strategy(BL_STREAM_DRIFT)};
    struct bl_stream stream;
    struct set x;

    (void)state;
    s[1].every = 300;
    open_set(&x, "drift", 2000, 5, (struct way){"logistic", 0.01});
    stream = stream_of(&x, 400, 100, s, 3);
    run(&stream, NULL);
    assert_int_equal(stream.items[0].n_refits, 0);
    assert_int_equal(stream.items[1].n_refits, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(stream.items[1].refits[i], 700 + 300 * i);
    assert_int_equal(stream.items[2].n_refits + 1, stream.items[2].fits);
    assert_true(stream.items[2].n_refits > 0 && stream.items[2].refits[0] > stream.items[2].alarms[0].row);
    for (size_t k = 0; k < 3; k++) {
        assert_true(stream.items[k].spent[0] > 0 && stream.items[k].spent[stream.n_points] == stream.items[k].passes);
        for (size_t p = 0; p < stream.n_points; p++)
            assert_true(stream.items[k].spent[p + 1] >= stream.items[k].spent[p]);
    }
    assert_true(stream.items[0].spent[stream.n_points] == stream.items[0].spent[0]);
    bl_stream_free(&stream);
    close_set(&x);
}

/* Stopped wherever a flag can be read, again and again, until it is through. */
struct stopper { struct bl_progress progress; _Atomic bool over; size_t pauses; };

static void *stop_again_and_again(void *context)
{
    struct stopper *t = context;
    const struct timespec a_moment = {.tv_nsec = 300000};

    while (!t->over) {
        nanosleep(&a_moment, NULL);
        t->progress.stop = true;
    }
    return NULL;
}

static void test_what_was_stopped_goes_on_to_the_same_bits(void **state)
{
    struct bl_stream_strategy s[EACH];
    struct bl_stream alone, stream;
    struct bl_pool *pool = bl_pool_create(2, NULL);
    struct stopper t = {.over = false};
    struct bl_error err = {0};
    pthread_t thread;
    struct set x;

    (void)state;
    each_kind(s);
    open_set(&x, "drift", 3000, 6, (struct way){"logistic", 0.01});
    alone = stream_of(&x, 100, 20, s, EACH);
    run(&alone, NULL);
    stream = stream_of(&x, 100, 20, s, EACH);
    assert_int_equal(pthread_create(&thread, NULL, stop_again_and_again, &t), 0);
    do {
        t.progress.stop = false;
        t.pauses += stream.lot != NULL;
        if (t.pauses > 20000)
            t.over = true; /* a machine so slow that no fit ends between two stops */
        if (!bl_stream_go(&stream, pool, &t.progress, &err))
            fail_msg("%s", err.message);
    } while (stream.done < stream.n_points || stream.lot == NULL);
    t.over = true;
    pthread_join(thread, NULL);
    assert_true(bl_stream_end(&stream, &err));
    assert_true(t.pauses > 1);
    assert_identical(&alone, &stream);
    bl_stream_free(&stream);
    bl_stream_free(&alone);
    bl_pool_free(pool);
    close_set(&x);
}

static void test_a_stream_that_is_ended_early_has_its_whole_points(void **state)
{
    struct bl_stream_strategy s[EACH];
    struct bl_stream alone, stream;
    struct bl_progress progress = {.stop = false};
    struct watcher w = {.stop_at = 7, .progress = &progress};
    struct set x;

    (void)state;
    each_kind(s);
    open_set(&x, "drift", 2000, 5, (struct way){"logistic", 0.01});
    alone = stream_of(&x, 400, 100, s, EACH);
    run(&alone, NULL);
    stream = stream_of(&x, 400, 100, s, EACH);
    stream.each = look;
    stream.context = &w;
    assert_true(bl_stream_run(&stream, NULL, &progress, NULL));
    assert_true(stream.stopped && stream.n_points == 7 && stream.tested == 700);
    for (size_t k = 0; k < EACH; k++) {
        assert_memory_equal(stream.items[k].error, alone.items[k].error, 7 * sizeof(double));
        for (size_t i = 0; i < stream.items[k].n_refits; i++)
            assert_true(stream.items[k].refits[i] < 1100);
    }
    bl_stream_free(&stream);
    bl_stream_free(&alone);
    close_set(&x);
}

/* Given up while it is under way: all is freed. */
static void test_a_stream_can_be_given_up(void **state)
{
    struct bl_stream_strategy s[EACH];
    struct bl_stream stream;
    struct bl_progress progress = {.stop = false};
    struct watcher w = {.stop_at = 2, .progress = &progress};
    struct set x;

    (void)state;
    each_kind(s);
    open_set(&x, "drift", 1000, 5, (struct way){"logistic", 0.01});
    stream = stream_of(&x, 400, 100, s, EACH);
    stream.each = look;
    stream.context = &w;
    assert_true(bl_stream_go(&stream, NULL, &progress, NULL));
    assert_int_equal(stream.done, 2);
    bl_stream_free(&stream);
    assert_true(!stream.items && !stream.lot);
    close_set(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watching_changes_no_bit),
        cmocka_unit_test(test_fits_are_told_with_their_rows),
        cmocka_unit_test(test_what_was_stopped_goes_on_to_the_same_bits),
        cmocka_unit_test(test_a_stream_that_is_ended_early_has_its_whole_points),
        cmocka_unit_test(test_a_stream_can_be_given_up),
    };

    return cmocka_run_group_tests_name("stream_watched", tests, NULL, NULL);
}
