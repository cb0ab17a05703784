/* The race: side by side is the same as one after the other. */
#include "tests/learn/data.h"

#include <math.h>
#include <string.h>

static const char *const words[] = {"batch", "mini:32", "sgd", "full:newton", "sgd", "sgd"};
#define N (sizeof words / sizeof *words)

static struct bl_settings contestant(size_t i)
{
    struct bl_settings s;

    bl_settings_init(&s);
    bl_settings_regime(&s, words[i], NULL);
    s.lr = i == 4 ? 1e308 : i == 5 ? 0.3 : 0.05;
    return s;
}

static struct bl_race *line_up(const struct bl_objective *o, struct bl_pool *pool)
{
    struct bl_race *r = bl_race_create(pool, NULL);

    for (size_t i = 0; i < N; i++) {
        struct bl_settings s = contestant(i);
        assert_true(bl_race_add(r, "", o, &s, NULL, NULL));
    }
    return r;
}

static bool count(void *context, struct bl_race *r)
{
    size_t *laps = context;

    ++*laps;
    assert_int_equal(bl_trainer_update(bl_race_trainer(r, 0)), *laps);
    return *laps != 7;
}

static void test_a_race_is_its_runs_whatever_the_threads(void **state)
{
    struct bl_matrix *x = make_matrix(900, 4, 2, 4);
    struct bl_objective o = make_objective("logistic", x, NULL, 2, 0.01);
    static const size_t threads[] = {1, 2, 3, 8};
    char want[N][65], hex[65];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        struct bl_settings s = contestant(i);
        struct bl_trainer *t = bl_trainer_create(&o, &s, NULL, NULL, NULL);
        assert_true(bl_trainer_epochs(t, 9, NULL, NULL));
        bl_trainer_hash(t, want[i]);
        bl_trainer_free(t);
    }
    for (size_t k = 0; k < 4; k++) {
        struct bl_pool *pool = bl_pool_create(threads[k], NULL);
        struct bl_race *r = line_up(&o, pool);
        size_t laps = 0;
        assert_true(bl_race_advance(r, 9, count, &laps, NULL, NULL));
        assert_int_equal(laps, 7); /* the callback ended it */
        assert_true(bl_race_advance(r, 9, NULL, NULL, NULL, NULL));
        for (size_t i = 0; i < N; i++) {
            bl_trainer_hash(bl_race_trainer(r, i), hex);
            assert_string_equal(hex, want[i]);
        }
        assert_int_equal(bl_trainer_status(bl_race_trainer(r, 4)), BL_DIVERGED_RUN);
        assert_int_equal(bl_trainer_status(bl_race_trainer(r, 3)), BL_CONVERGED);
        bl_race_free(r);
        bl_pool_free(pool);
    }
    bl_matrix_free(x);
}

static void test_contestants_are_named_by_what_tells_them_apart(void **state)
{
    static const char *const want[] = {"batch", "mini 32", "stochastic lr=0.05", "newton", "stochastic lr=1e+308", "stochastic lr=0.3", "mine", "newton #2"};
    struct bl_matrix *x = make_matrix(90, 4, 2, 4);
    struct bl_objective o = make_objective("logistic", x, NULL, 2, 0.01);
    struct bl_race *r = line_up(&o, NULL);
    struct bl_settings s = contestant(0), same = contestant(3);

    (void)state;
    assert_true(bl_race_add(r, "mine", &o, &s, NULL, NULL));
    assert_true(bl_race_add(r, NULL, &o, &same, NULL, NULL));
    assert_int_equal(bl_race_size(r), 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(bl_race_name(r, i), want[i]);
    bl_race_free(r);
    bl_matrix_free(x);
}

static void test_a_race_copes_with_failed_allocations(void **state)
{
    struct bl_matrix *x = make_matrix(90, 4, 2, 4);
    struct bl_objective o = make_objective("logistic", x, NULL, 2, 0.01);
    bool through = false;

    (void)state;
    for (uint64_t k = 1; k < 300 && !through; k++) {
        struct bl_error err = {.code = BL_OK};
        struct bl_settings s = contestant(1);
        bl_alloc_fail_at(k, true);
        struct bl_race *r = bl_race_create(NULL, &err);
        through = r && bl_race_add(r, "", &o, &s, NULL, &err) && bl_race_add(r, "", &o, &s, NULL, &err) &&
                  bl_race_advance(r, 3, NULL, NULL, NULL, &err) && k > 20;
        bl_alloc_fail_at(0, false);
        if (!through && err.code != BL_OK)
            assert_int_equal(err.code, BL_MEMORY);
        bl_race_free(r);
    }
    assert_true(through);
    bl_matrix_free(x);
}

static void test_stopping_a_race_loses_nothing(void **state)
{
    struct bl_matrix *x = make_matrix(90, 4, 2, 4);
    struct bl_objective o = make_objective("logistic", x, NULL, 2, 0.01);
    struct bl_race *r = line_up(&o, NULL);
    struct bl_progress progress = {.stop = true};

    (void)state;
    assert_true(bl_race_advance(r, 5, NULL, NULL, &progress, NULL));
    assert_int_equal(bl_trainer_update(bl_race_trainer(r, 0)), 0);
    progress.stop = false;
    assert_true(bl_race_advance(r, 5, NULL, NULL, &progress, NULL));
    assert_int_equal(bl_trainer_update(bl_race_trainer(r, 0)), 5);
    assert_true(progress.done >= 15 * 90);
    bl_race_free(r);
    bl_matrix_free(x);
}

/* ---- equal cost and many seeds ---------------------------------------------------------------------*/
static void test_contestants_spend_alike_and_keep_their_bits(void **state)
{
    static const char *const regimes[] = {"batch", "mini:32", "sgd"};
    static const struct { enum bl_cost cost; double amount; uint64_t updates[3]; } cases[] = {
        {BL_COST_UPDATES, 70, {70, 70, 70}}, {BL_COST_SAMPLES, 500, {2, 17, 500}}, {BL_COST_EPOCHS, 3, {3, 21, 600}}};
    struct bl_matrix *x = make_matrix(200, 4, 2, 3);
    struct bl_objective o = make_objective("logistic", x, NULL, 2, 0.01);
    struct bl_pool *pool = bl_pool_create(3, NULL);

    (void)state;
    for (size_t c = 0; c < 3; c++) {
        struct bl_race *r = bl_race_create(pool, NULL);
        for (size_t i = 0; i < 3; i++) {
            struct bl_settings s;
            bl_settings_init(&s);
            assert_true(bl_settings_regime(&s, regimes[i], NULL));
            assert_true(bl_race_add(r, "", &o, &s, NULL, NULL));
        }
        assert_true(bl_race_spend(r, (struct bl_budget){cases[c].cost, cases[c].amount}, NULL, NULL, NULL, NULL));
        for (size_t i = 0; i < 3; i++) {
            struct bl_trainer *t = bl_race_trainer(r, i), *alone = bl_trainer_create(&o, bl_trainer_settings(t), NULL, NULL, NULL);
            char a[65], b[65];
            assert_int_equal(bl_trainer_update(t), cases[c].updates[i]);
            assert_true(bl_trainer_start_is(t, bl_race_trainer(r, 0)));
            assert_true(bl_trainer_updates(alone, cases[c].updates[i], NULL, NULL));
            bl_trainer_hash(t, a);
            bl_trainer_hash(alone, b);
            assert_string_equal(a, b);
            bl_trainer_free(alone);
        }
        bl_race_free(r);
    }
    bl_pool_free(pool);
    bl_matrix_free(x);
}

static void test_repeats_are_runs_of_their_own_seeds(void **state)
{
    struct bl_matrix *x = make_matrix(150, 4, 0, 3);
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0.01);
    struct bl_settings s[2];
    struct bl_repeats a, b;
    double ends[7], wanted[BL_BAND_LEVELS];

    (void)state;
    for (int i = 0; i < 2; i++) {
        bl_settings_init(&s[i]);
        s[i].lr = 0.05;
        assert_true(bl_settings_regime(&s[i], i ? "sgd" : "batch", NULL));
    }
    for (size_t threads = 1; threads <= 3; threads += 2) {
        struct bl_pool *pool = bl_pool_create(threads, NULL);
        assert_true(bl_repeats_of(&o, s, 2, 7, (struct bl_budget){BL_COST_EPOCHS, 4}, 0.6, NULL, pool, NULL, threads == 1 ? &a : &b, NULL));
        bl_pool_free(pool);
    }
    assert_int_equal(a.points, 5);
    assert_memory_equal(a.bands, b.bands, 2 * 5 * BL_BAND_LEVELS * sizeof(double));
    for (size_t i = 0; i < 7; i++) {
        struct bl_settings one = s[1];
        struct bl_point p;
        one.seed += i;
        struct bl_trainer *t = bl_trainer_create(&o, &one, NULL, NULL, NULL);
        assert_true(bl_trainer_epochs(t, 4, NULL, NULL) && bl_trainer_point(t, &p, NULL));
        ends[i] = p.objective;
        bl_trainer_free(t);
    }
    bl_band_quantiles(ends, 7, wanted);
    assert_true(wanted[0] < wanted[4] && wanted[2] == ends[3]);
    assert_memory_equal(a.bands + (5 + 4) * BL_BAND_LEVELS, wanted, sizeof wanted);
    for (size_t k = 1; k < BL_BAND_LEVELS; k++) /* batch has no order to draw */
        assert_true(a.bands[4 * BL_BAND_LEVELS + k] == a.bands[4 * BL_BAND_LEVELS]);
    bl_repeats_done(&a);
    bl_repeats_done(&b);
    bl_matrix_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_race_is_its_runs_whatever_the_threads),
        cmocka_unit_test(test_contestants_are_named_by_what_tells_them_apart),
        cmocka_unit_test(test_a_race_copes_with_failed_allocations),
        cmocka_unit_test(test_stopping_a_race_loses_nothing),
        cmocka_unit_test(test_contestants_spend_alike_and_keep_their_bits),
        cmocka_unit_test(test_repeats_are_runs_of_their_own_seeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
