/* The pool: every index once, nested and concurrent use, sleeping and waking, signals, failures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "batchlab/base.h"
#include "src/base/system.h"

enum { N = 1000, THREADS = 4 };

struct record {
    struct bl_pool *pool;
    size_t threads;
    _Atomic unsigned seen[N];
    _Atomic unsigned wrong_worker;
    unsigned char at_work[THREADS]; /* not atomic: two at once on one worker would be a race */
};

static void note(void *context, size_t i, size_t worker)
{
    struct record *r = context;

    if (worker >= r->threads) {
        r->wrong_worker++;
        return;
    }
    r->at_work[worker]++;
    r->seen[i]++;
}

static void check_seen(struct record *r, size_t n, unsigned times)
{
    for (size_t i = 0; i < N; i++)
        if (r->seen[i] != (i < n ? times : 0))
            fail_msg("index %zu of %zu was seen %u times", i, n, r->seen[i]);
    assert_int_equal(r->wrong_worker, 0);
}

static struct bl_pool *make_pool(size_t threads)
{
    struct bl_error err = { 0 };
    struct bl_pool *p = bl_pool_create(threads, &err);

    if (!p)
        fail_msg("%s", err.message);
    return p;
}

static void nap(long microseconds)
{
    struct timespec t = { 0, microseconds * 1000 };

    nanosleep(&t, NULL);
}

static void test_every_index_is_done_once(void **state)
{
    static const size_t counts[] = { 0, 1, 2, 3, 17, N };

    (void)state;
    for (size_t threads = 1; threads <= THREADS; threads++) {
        struct bl_pool *p = make_pool(threads);

        assert_int_equal(bl_pool_threads(p), threads);
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            struct record r = { .threads = threads };

            bl_pool_run(p, counts[c], note, &r);
            check_seen(&r, counts[c], 1);
        }
        bl_pool_free(p);
    }
    bl_pool_free(NULL);
}

static void test_without_a_pool_it_runs_in_order_on_the_caller(void **state)
{
    struct record r = { .threads = 1 };

    (void)state;
    assert_int_equal(bl_pool_threads(NULL), 1);
    bl_pool_run(NULL, N, note, &r);
    check_seen(&r, N, 1);
}

/* Jobs in quick succession, and with pauses in which the workers fall asleep. */
static void test_many_jobs_follow_each_other(void **state)
{
    struct bl_pool *p = make_pool(3);
    struct record r = { .threads = 3 };

    (void)state;
    for (unsigned job = 0; job < 3000; job++) {
        bl_pool_run(p, 1 + job % 7, note, &r);
        if (job % 100 == 0)
            nap(100);
    }
    unsigned all = 0;

    for (size_t i = 0; i < 7; i++)
        all += r.seen[i];
    assert_int_equal(all, 3000 / 7 * 28 + 10); /* 3000 = 428 × 7 + 4 */
    bl_pool_free(p);
}

static void note_inside(void *context, size_t i, size_t worker)
{
    struct record *r = context;

    (void)i;
    (void)worker;
    struct record own = { .threads = 1 };

    bl_pool_run(r->pool, 10, note, &own);
    for (size_t k = 0; k < 10; k++)
        r->seen[k] += own.seen[k];
    r->wrong_worker += own.wrong_worker;
}

static void test_a_job_inside_a_job_runs_serially(void **state)
{
    struct record r = { .threads = 3, .pool = make_pool(3) };

    (void)state;
    bl_pool_run(r.pool, 50, note_inside, &r);
    check_seen(&r, 10, 50);
    bl_pool_free(r.pool);
}

static void *call_often(void *argument)
{
    struct record *r = argument;

    for (int job = 0; job < 300; job++)
        bl_pool_run(r->pool, 40, note, r);
    return NULL;
}

static void test_several_threads_may_call_at_once(void **state)
{
    struct bl_pool *p = make_pool(2);
    struct record records[3];
    pthread_t threads[3];

    (void)state;
    memset(records, 0, sizeof records);
    for (size_t t = 0; t < 3; t++) {
        records[t].pool = p;
        records[t].threads = 2;
        assert_int_equal(pthread_create(&threads[t], NULL, call_often, &records[t]), 0);
    }
    for (size_t t = 0; t < 3; t++) {
        pthread_join(threads[t], NULL);
        check_seen(&records[t], 40, 300);
    }
    bl_pool_free(p);
}

/* Each index waits until another worker has taken the other one. */
static void meet(void *context, size_t i, size_t worker)
{
    _Atomic unsigned *arrived = context;

    (void)i;
    (void)worker;
    ++*arrived;
    for (int k = 0; k < 20000 && *arrived < 2; k++)
        nap(100);
}

static void test_workers_work_at_the_same_time_even_after_sleep(void **state)
{
    struct bl_pool *p = make_pool(2);

    (void)state;
    for (int turn = 0; turn < 5; turn++) {
        _Atomic unsigned arrived = 0;

        nap(2000);
        bl_pool_run(p, 2, meet, &arrived);
        assert_int_equal(arrived, 2);
    }
    bl_pool_free(p);
}

/* The worker's index takes long after the caller has found nothing left to do. */
static void linger(void *context, size_t i, size_t worker)
{
    _Atomic unsigned *state = context; /* [0] arrived, [1] done */

    meet(&state[0], i, worker);
    if (worker > 0)
        nap(5000);
    state[1]++;
}

static void test_the_caller_sleeps_until_the_last_worker_is_done(void **state)
{
    static const size_t threads[] = { 2, 8 }; /* 8: more than processors, so nobody spins */

    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct bl_pool *p = make_pool(threads[t]);

        for (int turn = 0; turn < 5; turn++) {
            _Atomic unsigned counts[2] = { 0 };

            bl_pool_run(p, 2, linger, counts);
            assert_int_equal(counts[1], 2);
        }
        bl_pool_free(p);
    }
}

struct masks {
    _Atomic unsigned open, closed, arrived;
    pthread_t caller;
};

static void look_at_signals(void *context, size_t i, size_t worker)
{
    struct masks *m = context;
    sigset_t mask;

    meet(&m->arrived, i, worker);
    if (pthread_equal(pthread_self(), m->caller))
        return;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    static const int asynchronous[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGALRM, SIGCHLD };

    for (size_t k = 0; k < sizeof asynchronous / sizeof *asynchronous; k++)
        m->closed += sigismember(&mask, asynchronous[k]) == 1;
    m->open += sigismember(&mask, SIGSEGV) == 0 && sigismember(&mask, SIGABRT) == 0;
}

static void test_workers_leave_signals_to_others(void **state)
{
    struct masks m = { .caller = pthread_self() };
    struct bl_pool *p = make_pool(2);
    sigset_t mine;

    (void)state;
    bl_pool_run(p, 2, look_at_signals, &m);
    assert_int_equal(m.closed, 6);
    assert_int_equal(m.open, 1);
    pthread_sigmask(SIG_BLOCK, NULL, &mine);
    assert_int_equal(sigismember(&mine, SIGINT), 0);
    bl_pool_free(p);
}

static void test_a_pool_that_cannot_be_made_says_so(void **state)
{
    static const size_t refused[] = { 0, 5000, SIZE_MAX };
    struct bl_error err;
    size_t before = bl_memory_in_use();
    struct bl_pool *p = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        assert_null(bl_pool_create(refused[i], &err));
        assert_int_equal(err.code, BL_VALUE);
    }
    for (uint64_t k = 1; !p; k++) {
        bl_alloc_fail_at(k, false);
        p = bl_pool_create(3, &err);
        bl_alloc_fail_at(0, false);
        if (!p) {
            assert_int_equal(err.code, BL_MEMORY);
            assert_int_equal(bl_memory_in_use(), before);
        }
        assert_true(p ? k == 4 : k < 4);
    }
    bl_pool_free(p);
    assert_int_equal(bl_memory_in_use(), before);
}

/* A sum in lanes, the way kernels use it. */
enum { ROWS = 20000 };
static double values[ROWS];

static void sum_lane(void *context, size_t lane, size_t worker)
{
    double *sums = context;
    size_t lanes = bl_lanes(ROWS);
    size_t from = bl_lane_begin(ROWS, lanes, lane), to = bl_lane_begin(ROWS, lanes, lane + 1);

    (void)worker;
    sums[lane] = 0;
    for (size_t i = from; i < to; i++)
        sums[lane] += values[i];
}

static void test_lanes_give_the_same_bits_for_every_number_of_threads(void **state)
{
    double first = 0;

    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        values[i] = sin((double)i) * 1e3;
    for (size_t threads = 1; threads <= 8; threads++) {
        struct bl_pool *p = make_pool(threads);
        double sums[BL_LANES_MAX];

        bl_pool_run(p, bl_lanes(ROWS), sum_lane, sums);
        bl_lanes_join(sums, bl_lanes(ROWS), 1, 1);
        if (threads == 1)
            first = sums[0];
        assert_memory_equal(&sums[0], &first, sizeof first);
        bl_pool_free(p);
    }
}

static void test_processors_are_counted(void **state)
{
    (void)state;
    assert_in_range(bl_processors(), 1, 100000);
}

static void test_long_work_can_be_stopped_and_followed(void **state)
{
    struct bl_progress p = { .done = 7 };

    (void)state;
    bl_progress_start(&p, "reading", 100);
    bl_progress_add(&p, 30);
    bl_progress_add(&p, 12);
    assert_int_equal(p.done, 42);
    assert_int_equal(p.total, 100);
    assert_string_equal(p.what, "reading");
    assert_false(bl_stopped(&p));
    p.stop = true;
    assert_true(bl_stopped(&p));
    assert_false(bl_stopped(NULL));
    bl_progress_start(NULL, "x", 1);
    bl_progress_add(NULL, 1);
}

static void test_the_clock_can_be_fixed(void **state)
{
    char buffer[16];

    (void)state;
    setenv("BATCHLAB_CLOCK", "fixed", 1); /* before the first question of this process */
    assert_true(bl_now() == 0);
    assert_string_equal(bl_wall_clock(buffer), "12:00:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_index_is_done_once),
        cmocka_unit_test(test_without_a_pool_it_runs_in_order_on_the_caller),
        cmocka_unit_test(test_many_jobs_follow_each_other),
        cmocka_unit_test(test_a_job_inside_a_job_runs_serially),
        cmocka_unit_test(test_several_threads_may_call_at_once),
        cmocka_unit_test(test_workers_work_at_the_same_time_even_after_sleep),
        cmocka_unit_test(test_the_caller_sleeps_until_the_last_worker_is_done),
        cmocka_unit_test(test_workers_leave_signals_to_others),
        cmocka_unit_test(test_a_pool_that_cannot_be_made_says_so),
        cmocka_unit_test(test_lanes_give_the_same_bits_for_every_number_of_threads),
        cmocka_unit_test(test_processors_are_counted),
        cmocka_unit_test(test_long_work_can_be_stopped_and_followed),
        cmocka_unit_test(test_the_clock_can_be_fixed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
