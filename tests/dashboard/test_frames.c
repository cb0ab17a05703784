/* What the dashboard sends: nothing while nothing changes, little while curves grow. The budgets are
 * those of the design; BATCHLAB_LONG=1 watches every size for 20 seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pty.h"

#define RACE "load breast_cancer; prep standardize; set speed=25; compare batch mini:32 sgd lr=0.1 epochs=600"
/* In 20 seconds it comes to the change in its middle, where the axes grow. */
#define STREAM "generate drift n=20000; set speed=50; stream truth=10000 points=1000 watch=yes"

struct budget { int width, height; size_t median, most, repaint; };
static const struct budget budgets[] = {
    { 60, 20, 150, 800, 4 << 10 }, { 80, 24, 200, 1000, 6 << 10 }, { 120, 40, 300, 1500, 16 << 10 }, { 200, 60, 500, 3000, 40 << 10 },
};
enum { BUDGETS = sizeof budgets / sizeof *budgets };

static void open_work(struct pty *p, const struct budget *b, const char *work)
{
    if (!getenv("BATCHLAB"))
        skip();
    assert_true(pty_start(p, b->width, b->height, work));
    assert_true(pty_wait_for(p, "help", 10));
    pty_watch(p, 1); /* the names find their places */
}

static void open_race(struct pty *p, const struct budget *b) { open_work(p, b, RACE); }

static void watch_growing(const char *work)
{
    bool longer = getenv("BATCHLAB_LONG") != NULL, good = true;

    for (size_t i = 0; i < BUDGETS; i++) {
        struct pty p;
        if (!longer && i % 2 == 0)
            continue;
        open_work(&p, &budgets[i], work);
        pty_watch(&p, longer ? 20 : 3);
        print_message("# %dx%d: %zu frames, median %zu, 99 %% %zu, most %zu\n", budgets[i].width, budgets[i].height, p.frames,
                      pty_quantile(&p, 0.5), pty_quantile(&p, 0.99), pty_quantile(&p, 1));
        good = good && p.frames > 5 && pty_quantile(&p, 0.5) <= budgets[i].median && pty_quantile(&p, longer ? 0.99 : 0.95) <= budgets[i].most;
        pty_end(&p);
    }
    assert_true(good);
}

static void test_growing_curves_keep_the_budget(void **state)
{
    (void)state;
    watch_growing(RACE);
}

static void test_growing_streams_keep_the_budget(void **state)
{
    (void)state;
    watch_growing(STREAM);
}

static void test_a_paused_dashboard_sends_nothing(void **state)
{
    struct pty p;

    (void)state;
    open_race(&p, &budgets[1]);
    pty_send(&p, " ");
    assert_true(pty_wait_for(&p, "paused", 3));
    pty_watch(&p, 0.3); /* the rest of that frame */
    pty_watch(&p, 1.2);
    assert_int_equal(pty_bytes(&p), 0);
    pty_end(&p);
}

/* Until nothing comes any more: on a slow machine a picture that was made in the background is drawn late. */
static void settle(struct pty *p)
{
    int more = 20;

    do
        pty_watch(p, 0.4);
    while (pty_bytes(p) > 0 && --more > 0);
}

/* Bytes of what a key brought; on a slow machine it comes late. */
static size_t answer(struct pty *p)
{
    size_t bytes = 0;

    for (int tries = 0; tries < 12 && bytes == 0; tries++) {
        pty_watch(p, 0.25);
        bytes = pty_bytes(p);
    }
    return bytes;
}

static void test_keys_and_repaints_keep_the_budget(void **state)
{
    (void)state;
    for (size_t i = 1; i < BUDGETS; i += 2) {
        struct pty p;
        size_t most = 0;
        bool sent = true;

        open_race(&p, &budgets[i]);
        pty_send(&p, " ");
        assert_true(pty_wait_for(&p, "paused", 3));
        pty_send(&p, "h");
        settle(&p); /* cursor and its values appear */
        for (int k = 0; k < 14; k++) { /* some of them move the line to the next column */
            pty_send(&p, "h");
            const size_t bytes = answer(&p);
            most = bytes > most ? bytes : most;
            sent = sent && bytes > 0;
        }
        print_message("# %dx%d: cursor key at most %zu bytes", budgets[i].width, budgets[i].height, most);
        assert_true(sent && most <= 400);
        pty_send(&p, "\f");
        pty_watch(&p, 0.4);
        print_message(", repaint %zu\n", pty_bytes(&p));
        assert_in_range(pty_bytes(&p), 500, budgets[i].repaint);
        pty_end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growing_curves_keep_the_budget),
        cmocka_unit_test(test_growing_streams_keep_the_budget),
        cmocka_unit_test(test_a_paused_dashboard_sends_nothing),
        cmocka_unit_test(test_keys_and_repaints_keep_the_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
