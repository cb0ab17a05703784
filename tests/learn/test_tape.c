/* The tape, forks, the search for a step, patience and watching: what a run is must not depend on how
 * one came to its place. */
#include "tests/learn/data.h"

#include <math.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

struct world { struct bl_matrix *x, *v; struct bl_objective o; };

static int set_up(void **state)
{
    static struct world w;

    w.x = make_matrix(530, 5, 2, 4);
    w.v = make_matrix(200, 5, 2, 5);
    w.o = make_objective("logistic", w.x, w.v, 2, 0.01);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    bl_objective_done(&w->o);
    bl_matrix_free(w->x);
    bl_matrix_free(w->v);
    return 0;
}

/* "sgd lr=0.1 momentum=0.5" */
static struct bl_settings settings(const char *text)
{
    char copy[200], *word, *rest, *value;
    struct bl_settings s;
    struct bl_error err;
    bool known;

    bl_settings_init(&s);
    s.lr = 0.05;
    strcpy(copy, text);
    word = strtok_r(copy, " ", &rest);
    assert_true(bl_settings_regime(&s, word, NULL));
    while ((word = strtok_r(NULL, " ", &rest))) {
        value = strchr(word, '=');
        *value++ = '\0';
        if (!bl_settings_set(&s, word, value, &known, &err) || !known)
            fail_msg("%s=%s: %s", word, value, err.message);
    }
    return s;
}

static struct bl_trainer *start(const struct world *w, const char *text)
{
    struct bl_settings s = settings(text);
    struct bl_error err;
    struct bl_trainer *t = bl_trainer_create(&w->o, &s, NULL, NULL, &err);

    if (!t)
        fail_msg("%s: %s", text, err.message);
    return t;
}

static void assert_same_state(struct bl_trainer *a, struct bl_trainer *b)
{
    size_t n = bl_trainer_objective(a)->n_params;

    assert_int_equal(bl_trainer_update(a), bl_trainer_update(b));
    assert_memory_equal(bl_trainer_theta(a), bl_trainer_theta(b), n * sizeof(double));
}

static const char *const regimes[] = {
    "batch", "sgd", "mini:32", "mini:32 optimizer=adam", "batch lr=search", "sgd optimizer=svrg", "mini:30 optimizer=saga",
    "sgd average=yes", "mini:20 schedule=plateau every=1 lr=0.9", "mini:16 accumulate=3 average=yes", "full:lbfgs", "full:newton",
    "mini:50 optimizer=lion lr=0.001", "sgd order=replacement optimizer=momentum", "mini:64 patience=3", "mini:32 schedule=cosine warmup=1.5 epochs=30",
};

static void test_any_place_has_the_bits_of_the_straight_way(void **state)
{
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT(regimes); i++) {
        struct bl_trainer *there = start(w, regimes[i]), *straight = start(w, regimes[i]);
        char a[65], b[65];
        uint64_t far = 30 * bl_trainer_updates_per_epoch(there), near = far / 3 + 1;
        assert_true(bl_trainer_goto_update(there, far, NULL, NULL));
        assert_true(bl_trainer_goto_update(there, near / 2, NULL, NULL));
        assert_true(bl_trainer_goto_update(there, near, NULL, NULL));
        assert_true(bl_trainer_goto_update(straight, near, NULL, NULL));
        bl_trainer_hash(there, a);
        bl_trainer_hash(straight, b);
        if (strcmp(a, b) != 0)
            fail_msg("%s: update %llu depends on the way there", regimes[i], (unsigned long long)near);
        bl_trainer_free(there);
        bl_trainer_free(straight);
    }
}

static void test_memory_stays_within_the_tape(void **state)
{
    struct bl_trainer *t = start(*state, "mini:100 optimizer=adam tape=20K"), *all = start(*state, "mini:100 optimizer=adam");
    size_t snapshots;

    assert_true(bl_trainer_epochs(t, 2000, NULL, NULL));
    assert_true(bl_trainer_epochs(all, 2000, NULL, NULL));
    assert_in_range(bl_trainer_tape_bytes(t, &snapshots), 1, 20 * 1024);
    assert_in_range(snapshots, 20, 200);
    assert_in_range(bl_trainer_replay(all), 6, 64 * 6);
    assert_true(bl_trainer_goto_update(t, 777, NULL, NULL));
    assert_true(bl_trainer_goto_update(all, 777, NULL, NULL));
    assert_same_state(t, all);
    bl_trainer_tape_shrink(all, 0);
    bl_trainer_tape_bytes(all, &snapshots);
    assert_int_equal(snapshots, 2);
    assert_true(bl_trainer_goto_update(all, 333, NULL, NULL));
    assert_true(bl_trainer_goto_update(t, 333, NULL, NULL));
    assert_same_state(t, all);
    bl_trainer_free(t);
    bl_trainer_free(all);
}

/* Every end of the last 64 epochs, every 8th of 448 before, every 64th before that: nothing else, at any time. */
static void test_snapshots_are_those_that_the_ages_of_epochs_ask_for(void **state)
{
    static const uint64_t back[] = {0, 500, 1023};
    struct bl_trainer *t = start(*state, "batch");

    for (uint64_t now = 1; now <= 1300; now++) {
        size_t wanted = 0, snapshots;
        if (now % 300 == 0) /* what was there stays there */
            assert_true(bl_trainer_goto_epoch(t, back[now / 300 % 3] % now, NULL, NULL));
        assert_true(bl_trainer_goto_epoch(t, now, NULL, NULL));
        bl_trainer_tape_bytes(t, &snapshots);
        for (uint64_t e = 0; e <= now; e++)
            wanted += now - e < 64 || (now - e < 512 && e % 8 == 0) || e % 64 == 0;
        if (snapshots != wanted)
            fail_msg("%zu of %zu snapshots after epoch %llu", snapshots, wanted, (unsigned long long)now);
        assert_true(bl_trainer_replay(t) <= 64);
    }
    bl_trainer_free(t);
}

/* ---- forks --------------------------------------------------------------------------------------------*/
static void test_a_fork_without_changes_is_the_run_going_on(void **state)
{
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT(regimes); i++) {
        struct bl_trainer *t = start(w, regimes[i]), *fork;
        struct bl_point a, b;
        struct bl_error err;
        uint64_t at = 3 * bl_trainer_updates_per_epoch(t) + bl_trainer_updates_per_epoch(t) / 2;
        assert_true(bl_trainer_goto_update(t, at, NULL, NULL));
        fork = bl_trainer_fork(t, bl_trainer_settings(t), NULL, NULL, &err);
        if (!fork)
            fail_msg("%s: %s", regimes[i], err.message);
        assert_true(bl_trainer_goto_update(t, at * 2, NULL, NULL));
        assert_true(bl_trainer_goto_update(fork, at * 2, NULL, NULL));
        assert_same_state(t, fork);
        assert_true(bl_trainer_goto_update(t, at + 1, NULL, NULL) && bl_trainer_goto_update(fork, at + 1, NULL, NULL));
        assert_same_state(t, fork);
        assert_true(bl_trainer_goto_update(t, at * 2, NULL, NULL) && bl_trainer_goto_update(fork, at * 2, NULL, NULL));
        assert_true(bl_trainer_point(t, &a, NULL) && bl_trainer_point(fork, &b, NULL));
        a.seconds = b.seconds = 0;
        if (memcmp(&a, &b, sizeof a) != 0)
            fail_msg("%s: %llu and %llu evaluations", regimes[i], (unsigned long long)a.gradient_evaluations, (unsigned long long)b.gradient_evaluations);
        bl_trainer_free(fork);
        bl_trainer_free(t);
    }
}

static void test_a_fork_counts_on_with_another_batch(void **state)
{
    struct bl_trainer *t = start(*state, "mini:100"), *fork;
    struct bl_settings s = settings("mini:10 optimizer=adam lr=0.01");
    const struct bl_point *p;
    size_t n;

    assert_true(bl_trainer_epochs(t, 4, NULL, NULL));
    fork = bl_trainer_fork(t, &s, NULL, NULL, NULL);
    assert_non_null(fork);
    assert_int_equal(bl_trainer_update(fork), 24);
    assert_true(bl_trainer_epochs(fork, 2, NULL, NULL));
    assert_int_equal(bl_trainer_update(fork), 24 + 2 * 53);
    assert_true(bl_trainer_goto_update(fork, 30, NULL, NULL));
    assert_int_equal(bl_trainer_update(fork), 30);
    assert_true(bl_trainer_goto_epoch(fork, 6, NULL, NULL));
    p = bl_trainer_points(fork, &n);
    for (size_t i = 1; i < n; i++)
        assert_true(p[i].updates > p[i - 1].updates && p[i].samples > p[i - 1].samples);
    assert_int_equal(p[n - 1].samples, 6 * 530);
    assert_int_equal(p[n - 1].gradient_evaluations, 6 * 530);
    assert_true(bl_trainer_goto_epoch(fork, 0, NULL, NULL)); /* no further back than its start */
    assert_true(bl_trainer_epoch(fork) == 4 && bl_trainer_origin(fork) == 4);
    assert_memory_equal(bl_trainer_theta(fork), bl_trainer_theta(t), 6 * sizeof(double));
    bl_trainer_free(fork);
    bl_trainer_free(t);
}

static void test_the_batch_does_not_change_inside_an_epoch(void **state)
{
    struct bl_trainer *t = start(*state, "mini:100");
    struct bl_settings s = settings("mini:10"), lr = settings("mini:100 lr=0.3");
    struct bl_trainer *fork;
    struct bl_error err;

    assert_true(bl_trainer_updates(t, 8, NULL, NULL));
    assert_null(bl_trainer_fork(t, &s, NULL, NULL, &err));
    assert_string_equal(err.hint, "goto 1, or goto 2, then fork");
    fork = bl_trainer_fork(t, &lr, NULL, NULL, &err);
    assert_non_null(fork);
    bl_trainer_free(fork);
    bl_trainer_free(t);
}

/* ---- lr=search ------------------------------------------------------------------------------------------*/
static void test_the_search_descends_and_counts_its_passes(void **state)
{
    const struct world *w = *state;
    struct bl_trainer *t = start(w, "batch lr=search"), *fixed = start(w, "batch lr=auto");
    struct bl_optimum best;
    const struct bl_point *p;
    size_t n, m;

    assert_true(bl_optimum_find(&w->o, NULL, NULL, &best, NULL));
    assert_true(bl_trainer_epochs(t, 60, NULL, NULL) && bl_trainer_epochs(fixed, 60, NULL, NULL));
    p = bl_trainer_points(t, &n);
    for (size_t i = 1; i < n; i++) {
        if (p[i].objective > p[i - 1].objective * (1 + 1e-14))
            fail_msg("the objective rises in epoch %zu", i);
        assert_true(p[i].gradient_evaluations >= p[i - 1].gradient_evaluations + 530);
        assert_true(p[i].gradient_evaluations % 530 == 0);
    }
    assert_true(p[n - 1].objective - best.objective < 1e-12);
    assert_true(p[n - 1].objective < bl_trainer_points(fixed, &m)[m - 1].objective);
    assert_true(p[n - 1].gradient_evaluations < 4 * 60 * 530);
    bl_optimum_done(&best);
    bl_trainer_free(t);
    bl_trainer_free(fixed);
}

static void test_the_search_reaches_the_optimum_with_l1(void **state)
{
    struct bl_matrix *x = make_matrix(300, 6, 0, 9);
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0);
    struct bl_settings s = settings("batch lr=search");
    struct bl_optimum best;
    struct bl_point p;

    (void)state;
    assert_true(bl_objective_set(&o, 0.3, NULL, NULL) && bl_optimum_find(&o, NULL, NULL, &best, NULL));
    struct bl_trainer *t = bl_trainer_create(&o, &s, NULL, NULL, NULL);
    assert_true(bl_trainer_epochs(t, 200, NULL, NULL) && bl_trainer_point(t, &p, NULL));
    assert_true(fabs(p.objective - best.objective) < 1e-13);
    bl_optimum_done(&best);
    bl_trainer_free(t);
    bl_objective_done(&o);
    bl_matrix_free(x);
}

static void test_a_search_that_cannot_be_is_refused(void **state)
{
    static const char *const bad[] = {"sgd lr=search", "mini:32 lr=search", "batch optimizer=adam lr=search", "batch lr=search clip=1",
                                      "batch lr=search schedule=cosine", "batch lr=search warmup=2"};

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct bl_settings s = settings(bad[i]);
        struct bl_error err = {0};
        if (bl_trainer_create(&((struct world *)*state)->o, &s, NULL, NULL, &err) || !err.hint[0])
            fail_msg("%s was taken", bad[i]);
    }
}

/* ---- patience ---------------------------------------------------------------------------------------------*/
static void test_patience_goes_back_to_the_best(void **state)
{
    struct bl_matrix *x = make_matrix(30, 20, 0, 3), *v = make_matrix(200, 20, 0, 7);
    struct bl_objective o = make_objective("linear", x, v, 0, 0);
    struct bl_settings s = settings("batch lr=0.1 patience=5 epochs=1000"), plain = settings("batch lr=0.1");
    struct bl_race *r = bl_race_create(NULL, NULL);
    struct bl_trainer *t = bl_trainer_create(&o, &plain, NULL, NULL, NULL);
    const struct bl_point *p;
    struct bl_patience found;
    size_t n, best = 0;

    (void)state;
    assert_true(bl_trainer_epochs(t, 300, NULL, NULL));
    p = bl_trainer_points(t, &n);
    for (size_t i = 1; i < n && i <= best + 5; i++)
        best = p[i].validation_loss < p[best].validation_loss ? i : best;
    assert_in_range(best, 1, 290);
    assert_true(bl_race_add(r, "", &o, &s, NULL, NULL));
    assert_true(bl_race_advance(r, 1000, NULL, NULL, NULL, NULL));
    assert_true(bl_race_early(r, 0, &found));
    assert_int_equal(found.best_epoch, best);
    assert_int_equal(found.epoch, best + 5);
    assert_true(found.best == p[best].validation_loss);
    assert_int_equal(bl_trainer_status(bl_race_trainer(r, 0)), BL_ENDED);
    assert_true(bl_trainer_goto_epoch(t, best, NULL, NULL));
    assert_same_state(t, bl_race_trainer(r, 0));
    bl_race_free(r);
    bl_trainer_free(t);
    bl_objective_done(&o);
    bl_matrix_free(x);
    bl_matrix_free(v);
}

/* ---- watching ------------------------------------------------------------------------------------------------*/
struct watching { uint64_t stop_at; size_t asked, ends; double norm; };

static bool watch(void *context, struct bl_trainer *t, const struct bl_seen *seen)
{
    struct watching *w = context;

    if (seen->point) {
        w->ends++;
        return false;
    }
    w->asked++;
    w->norm = seen->gradient_norm;
    return bl_trainer_update(t) == w->stop_at;
}

static void test_watching_changes_no_bit_and_stops_before_the_update(void **state)
{
    const struct world *w = *state;

    for (size_t i = 0; i < COUNT(regimes); i++) {
        struct bl_trainer *t = start(w, regimes[i]), *free_ = start(w, regimes[i]);
        uint64_t per = bl_trainer_updates_per_epoch(t), end = 3 * per, stop = per + per / 2;
        struct watching seen = {.stop_at = stop};
        char a[65], b[65];
        bl_trainer_watch(t, watch, &seen, true);
        assert_true(bl_trainer_goto_update(t, end, NULL, NULL));
        assert_true(bl_trainer_broke(t));
        assert_int_equal(bl_trainer_update(t), stop);
        assert_int_equal(seen.asked, stop + 1);
        assert_int_equal(seen.ends, 1);
        assert_true(bl_trainer_goto_update(free_, stop, NULL, NULL));
        bl_trainer_hash(t, a);
        bl_trainer_hash(free_, b);
        if (strcmp(a, b) != 0)
            fail_msg("%s: stopped with other bits", regimes[i]);
        seen.stop_at = UINT64_MAX;
        assert_true(bl_trainer_goto_update(t, end, NULL, NULL) && bl_trainer_goto_update(free_, end, NULL, NULL));
        bl_trainer_hash(t, a);
        bl_trainer_hash(free_, b);
        if (strcmp(a, b) != 0)
            fail_msg("%s: went on with other bits", regimes[i]);
        bl_trainer_free(t);
        bl_trainer_free(free_);
    }
}

static void test_the_norm_watched_is_that_of_the_next_rows(void **state)
{
    struct bl_trainer *t = start(*state, "mini:32");
    struct watching seen = {.stop_at = 20};
    struct bl_explanation *e;
    double square = 0;

    bl_trainer_watch(t, watch, &seen, true);
    assert_true(bl_trainer_goto_update(t, 100, NULL, NULL));
    e = bl_explain(t, NULL, 0, NULL);
    for (size_t p = 0; p < e->n_params; p++)
        square += e->gradient[p] * e->gradient[p];
    assert_true(fabs(sqrt(square) - seen.norm) <= 1e-14 * seen.norm);
    bl_explanation_free(e);
    bl_trainer_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_place_has_the_bits_of_the_straight_way),
        cmocka_unit_test(test_memory_stays_within_the_tape),
        cmocka_unit_test(test_snapshots_are_those_that_the_ages_of_epochs_ask_for),
        cmocka_unit_test(test_a_fork_without_changes_is_the_run_going_on),
        cmocka_unit_test(test_a_fork_counts_on_with_another_batch),
        cmocka_unit_test(test_the_batch_does_not_change_inside_an_epoch),
        cmocka_unit_test(test_the_search_descends_and_counts_its_passes),
        cmocka_unit_test(test_the_search_reaches_the_optimum_with_l1),
        cmocka_unit_test(test_a_search_that_cannot_be_is_refused),
        cmocka_unit_test(test_patience_goes_back_to_the_best),
        cmocka_unit_test(test_watching_changes_no_bit_and_stops_before_the_update),
        cmocka_unit_test(test_the_norm_watched_is_that_of_the_next_rows),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
