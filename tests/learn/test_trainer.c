/* The trainer: bits that depend on data and settings alone, the tape, divergence, interruption. */
#include "tests/learn/data.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static struct bl_settings settings(const char *regime, const char *keys[][2])
{
    struct bl_settings s;
    struct bl_error err;
    bool known;

    bl_settings_init(&s);
    s.lr = 0.05;
    assert_true(bl_settings_regime(&s, regime, NULL));
    for (size_t i = 0; keys && keys[i][0]; i++)
        if (!bl_settings_set(&s, keys[i][0], keys[i][1], &known, &err) || !known)
            fail_msg("%s=%s: %s", keys[i][0], keys[i][1], err.message);
    return s;
}

static struct bl_trainer *start(const struct bl_objective *o, const struct bl_settings *s, struct bl_pool *pool)
{
    struct bl_error err;
    struct bl_trainer *t = bl_trainer_create(o, s, NULL, pool, &err);

    if (!t)
        fail_msg("%s", err.message);
    return t;
}

static void hash_after(const struct bl_objective *o, const struct bl_settings *s, struct bl_pool *pool, uint64_t epochs, char hex[65])
{
    struct bl_trainer *t = start(o, s, pool);

    assert_true(bl_trainer_epochs(t, epochs, NULL, NULL));
    bl_trainer_hash(t, hex);
    bl_trainer_free(t);
}

/* ---- the same bits -------------------------------------------------------------------------------------*/
static const char *adam[][2] = {{"optimizer", "adam"}, {"lr", "0.01"}, {NULL, NULL}};
static const char *momentum[][2] = {{"optimizer", "momentum"}, {"schedule", "cosine"}, {"warmup", "1.5"}, {NULL, NULL}};
static const char *replacement[][2] = {{"order", "replacement"}, {NULL, NULL}};
static const char *given[][2] = {{"order", "given"}, {NULL, NULL}};
static const char *tiny_tape[][2] = {{"tape", "0"}, {"optimizer", "adamw"}, {NULL, NULL}};
static const char *lion[][2] = {{"optimizer", "lion"}, {"lr", "0.001"}, {"schedule", "step"}, {"every", "2"}, {NULL, NULL}};
static const char *svrg[][2] = {{"optimizer", "svrg"}, {NULL, NULL}};
static const char *saga[][2] = {{"optimizer", "saga"}, {NULL, NULL}};
static const char *averaged[][2] = {{"average", "yes"}, {"clip", "0.3"}, {NULL, NULL}};
static const char *plateau[][2] = {{"schedule", "plateau"}, {"every", "1"}, {"lr", "0.3"}, {NULL, NULL}};
static const char *accumulated[][2] = {{"accumulate", "3"}, {"average", "yes"}, {"schedule", "plateau"}, {NULL, NULL}};
static const struct { const char *regime, *(*keys)[2]; } runs[] = {
    {"sgd", svrg}, {"mini:30", saga}, {"sgd", averaged}, {"batch", averaged}, {"mini:20", plateau}, {"mini:16", accumulated},
    {"batch", NULL}, {"batch", momentum}, {"mini:32", NULL}, {"mini:700", adam}, {"sgd", NULL}, {"sgd", adam}, {"sgd", replacement},
    {"mini:64", replacement}, {"sgd", given}, {"mini:100", given}, {"sgd", momentum}, {"mini:7", tiny_tape}, {"mini:50", lion},
    {"full:newton", NULL}, {"full:lbfgs", NULL}};

static void test_threads_do_not_change_a_run(void **state)
{
    static const size_t threads[] = {1, 2, 3, 8};
    static const struct { const char *name; size_t classes; } models[] = {
        {"linear", 0}, {"logistic", 2}, {"softmax", 3}, {"svm", 2}, {"svm2", 2}, {"huber", 0}, {"quantile", 0}};

    (void)state;
    for (size_t m = 0; m < COUNT(models); m++) {
        struct bl_matrix *x = make_matrix(1500, 6, models[m].classes, 4), *v = make_matrix(300, 6, models[m].classes, 5);
        struct bl_objective o = make_objective(models[m].name, x, v, models[m].classes, 0.01);
        for (size_t r = 0; r < COUNT(runs); r++) {
            struct bl_settings s = settings(runs[r].regime, runs[r].keys);
            char first[65], hex[65];
            if (s.regime == BL_FULL && (o.type->kinks || o.type->flat))
                continue;
            for (size_t i = 0; i < COUNT(threads); i++) {
                struct bl_pool *pool = bl_pool_create(threads[i], NULL);
                hash_after(&o, &s, pool, 3, i ? hex : first);
                if (i)
                    assert_string_equal(hex, first);
                bl_pool_free(pool);
            }
        }
        bl_matrix_free(x);
        bl_matrix_free(v);
    }
}

static void same_numbers(const struct bl_objective *o, const struct bl_settings *a, const struct bl_settings *b)
{
    struct bl_trainer *s = start(o, a, NULL), *t = start(o, b, NULL);
    size_t n, m;

    assert_true(bl_trainer_epochs(s, 5, NULL, NULL));
    assert_true(bl_trainer_epochs(t, 5, NULL, NULL));
    assert_memory_equal(bl_trainer_theta(s), bl_trainer_theta(t), o->n_params * sizeof(double));
    const struct bl_point *p = bl_trainer_points(s, &n), *q = bl_trainer_points(t, &m);
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++)
        assert_memory_equal(&p[i].objective, &q[i].objective, sizeof p->objective);
    bl_trainer_free(s);
    bl_trainer_free(t);
}

static void test_one_mini_batch_of_all_rows_is_batch_and_of_one_row_is_stochastic(void **state)
{
    struct bl_matrix *x = make_matrix(1111, 6, 3, 4);
    struct bl_objective o = make_objective("softmax", x, NULL, 3, 0.01);
    struct bl_settings batch = settings("batch", adam), whole = settings("mini:1111", adam);
    struct bl_settings sgd = settings("sgd", NULL), one = settings("mini:1", NULL);

    (void)state;
    same_numbers(&o, &batch, &whole);
    same_numbers(&o, &sgd, &one);
    bl_matrix_free(x);
}

static void test_an_epoch_visits_every_row_once_in_an_order_of_its_own(void **state)
{
    struct bl_matrix *x = make_matrix(103, 2, 0, 4);
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0);
    struct bl_settings s = settings("mini:10", NULL);
    struct bl_trainer *t = start(&o, &s, NULL);
    uint32_t rows[10], first[103];
    size_t n, total, same = 0;

    (void)state;
    assert_int_equal(bl_trainer_updates_per_epoch(t), 11);
    for (size_t epoch = 0; epoch < 2; epoch++) {
        bool seen[103] = {false};
        for (size_t u = 0; u < 11; u++) {
            assert_true(bl_trainer_next_rows(t, rows, 10, &n, &total, NULL));
            assert_int_equal(total, u < 10 ? 10 : 3);
            for (size_t i = 0; i < n; i++) {
                assert_false(seen[rows[i]]);
                seen[rows[i]] = true;
                same += epoch && first[u * 10 + i] == rows[i];
                first[u * 10 + i] = rows[i];
            }
            assert_true(bl_trainer_updates(t, 1, NULL, NULL));
        }
    }
    assert_true(same < 20);
    bl_trainer_free(t);
    bl_matrix_free(x);
}

static void test_a_mini_batch_update_is_its_gradient_times_lr(void **state)
{
    struct bl_matrix *x = make_matrix(103, 4, 2, 4);
    struct bl_objective o = make_objective("logistic", x, NULL, 2, 0.1);
    struct bl_settings s = settings("mini:10", NULL);
    struct bl_trainer *t = start(&o, &s, NULL);
    struct bl_workspace *w = bl_workspace_create(&o, NULL, NULL);
    double theta[5], g[5];
    uint32_t rows[10];
    size_t n, total;

    (void)state;
    for (size_t u = 0; u < 25; u++) {
        memcpy(theta, bl_trainer_theta(t), sizeof theta);
        bl_trainer_next_rows(t, rows, 10, &n, &total, NULL);
        bl_objective_batch(&o, theta, rows, n, g, w);
        bl_trainer_updates(t, 1, NULL, NULL);
        for (size_t p = 0; p < 5; p++)
            theta[p] -= 0.05 * g[p];
        assert_memory_equal(theta, bl_trainer_theta(t), sizeof theta);
    }
    bl_workspace_free(w);
    bl_trainer_free(t);
    bl_matrix_free(x);
}

/* ---- the tape -----------------------------------------------------------------------------------------------*/
#define EPOCHS 12

static void walk(const struct bl_objective *o, const struct bl_settings *s, uint64_t seed)
{
    struct bl_trainer *straight = start(o, s, NULL), *t = start(o, s, NULL);
    uint64_t per_epoch = bl_trainer_updates_per_epoch(t), last = EPOCHS * per_epoch, n_marks = last < 400 ? last : 400;
    struct bl_random r = bl_random_stream(seed, BL_FOR_TUNE, 0, 0);
    char (*want)[65] = bl_calloc(n_marks + 1, sizeof *want), hex[65];
    size_t n;

    for (uint64_t i = 0; i <= n_marks; i++) {
        assert_true(bl_trainer_goto_update(straight, last * i / n_marks, NULL, NULL));
        bl_trainer_hash(straight, want[i]);
    }
    for (size_t step = 0; step < 25; step++) {
        uint64_t i = bl_random_below(&r, n_marks + 1);
        if (step % 5 == 4)
            i = i / per_epoch * per_epoch * n_marks / last;
        assert_true(bl_trainer_goto_update(t, last * i / n_marks, NULL, NULL));
        bl_trainer_hash(t, hex);
        if (strcmp(hex, want[i]))
            fail_msg("%s %s: update %llu (status %s)", bl_settings_display(s, (char[40]){0}, 40), s->optimizer->name, (unsigned long long)bl_trainer_update(t), bl_status_name(bl_trainer_status(t)));
        const struct bl_point *p = bl_trainer_points(t, &n);
        assert_true(n > 0 && p[n - 1].updates <= bl_trainer_update(t));
    }
    assert_true(bl_trainer_goto_epoch(t, EPOCHS, NULL, NULL));
    const struct bl_point *p = bl_trainer_points(t, &n), *q = bl_trainer_points(straight, &n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(p[i].updates, q[i].updates);
        assert_memory_equal(&p[i].objective, &q[i].objective, sizeof p->objective);
        assert_memory_equal(&p[i].lr, &q[i].lr, sizeof p->lr);
    }
    bl_free(want);
    bl_trainer_free(straight);
    bl_trainer_free(t);
}

static void test_walks_on_the_tape_meet_the_bits_of_the_straight_run(void **state)
{
    struct bl_matrix *x = make_matrix(710, 5, 3, 4);
    struct bl_objective o = make_objective("softmax", x, NULL, 3, 0.01);

    (void)state;
    for (size_t r = 0; r < COUNT(runs); r++) {
        struct bl_settings s = settings(runs[r].regime, runs[r].keys);
        s.epochs = EPOCHS;
        walk(&o, &s, r);
    }
    bl_matrix_free(x);
}

static void test_snapshots_stay_within_their_memory_and_near_where_one_goes(void **state)
{
    struct bl_matrix *x = make_matrix(50, 3, 0, 4);
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0.01);
    struct bl_settings s = settings("batch", NULL);
    struct bl_trainer *t = start(&o, &s, NULL);
    size_t snapshots, bytes;

    (void)state;
    assert_true(bl_trainer_epochs(t, 2000, NULL, NULL));
    bytes = bl_trainer_tape_bytes(t, &snapshots);
    assert_in_range(bytes, snapshots * 4 * sizeof(double), snapshots * 16 * sizeof(double));
    assert_in_range(snapshots, 64 + 50 + 20, 64 + 64 + 32); /* 64, every 8th of 448, every 64th of 1,500 */
    bl_trainer_free(t);
    s.tape = 10 * bytes / snapshots;
    t = start(&o, &s, NULL);
    assert_true(bl_trainer_epochs(t, 2000, NULL, NULL));
    assert_true(bl_trainer_tape_bytes(t, &snapshots) <= s.tape);
    assert_true(snapshots > 5);
    assert_true(bl_trainer_goto_epoch(t, 0, NULL, NULL));
    for (size_t p = 0; p < 4; p++)
        assert_true(bl_trainer_theta(t)[p] == 0);
    bl_trainer_free(t);
    bl_matrix_free(x);
}

static void test_a_longer_plan_changes_the_future_and_not_the_past(void **state)
{
    static const char *cosine[][2] = {{"schedule", "cosine"}, {"epochs", "6"}, {NULL, NULL}};
    struct bl_matrix *x = make_matrix(50, 3, 0, 4);
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0.01);
    struct bl_settings s = settings("mini:10", cosine);
    struct bl_trainer *t = start(&o, &s, NULL);
    char at3[65], at6[65], at9[65], hex[65];

    (void)state;
    bl_trainer_goto_epoch(t, 3, NULL, NULL);
    bl_trainer_hash(t, at3);
    bl_trainer_goto_epoch(t, 6, NULL, NULL);
    bl_trainer_hash(t, at6);
    assert_true(bl_trainer_lr_now(t) == 0);
    bl_trainer_plan(t, 12);
    assert_true(bl_trainer_lr_now(t) > 0);
    bl_trainer_goto_epoch(t, 9, NULL, NULL);
    bl_trainer_hash(t, at9);
    bl_trainer_goto_epoch(t, 3, NULL, NULL);
    bl_trainer_hash(t, hex);
    assert_string_equal(hex, at3);
    bl_trainer_goto_epoch(t, 6, NULL, NULL);
    bl_trainer_hash(t, hex);
    assert_string_equal(hex, at6);
    bl_trainer_goto_epoch(t, 9, NULL, NULL);
    bl_trainer_hash(t, hex);
    assert_string_equal(hex, at9);
    bl_trainer_free(t);
    bl_matrix_free(x);
}

/* ---- divergence ---------------------------------------------------------------------------------------------------*/
/* A rate that is offered can be typed: one digit, "0.6" and not 0.6000000000000001. */
static void assert_typable(const char *hint)
{
    const char *lr = strstr(hint, " lr=");

    if (lr && strspn(lr + 4, "0.") + 1 != strcspn(lr + 4, "; ") && strlen(lr) > strlen(" lr=0.00001"))
        fail_msg("'%s'", hint);
}

static void diverges(const char *model, size_t classes, const char *regime, const char *lr, uint64_t epochs, const char *rule)
{
    struct bl_matrix *x = make_matrix(300, 5, classes, 4);
    struct bl_objective o = make_objective(model, x, NULL, classes, 0.01);
    struct bl_settings s = settings(regime, (const char *[][2]){{"optimizer", rule}, {"lr", lr}, {NULL, NULL}});
    struct bl_trainer *t = start(&o, &s, NULL);
    struct bl_point p;
    size_t n;

    assert_true(bl_trainer_epochs(t, epochs, NULL, NULL));
    if (bl_trainer_status(t) != BL_DIVERGED_RUN)
        fail_msg("%s %s lr=%s %s did not diverge", model, regime, lr, rule);
    const struct bl_error *why = bl_trainer_why(t);
    assert_int_equal(why->code, BL_DIVERGED);
    assert_non_null(strstr(why->message, "training diverged at epoch "));
    assert_non_null(strstr(why->reason, "the largest parameter is "));
    assert_non_null(strstr(why->hint, "train "));
    assert_typable(why->hint);
    const struct bl_point *points = bl_trainer_points(t, &n);
    for (size_t i = 0; i < n; i++)
        assert_true(isfinite(points[i].objective) && isfinite(points[i].gradient_norm));
    for (size_t j = 0; j < o.n_params; j++)
        assert_true(isfinite(bl_trainer_theta(t)[j]));
    assert_true(bl_trainer_point(t, &p, NULL));
    assert_true(isfinite(p.objective));
    uint64_t left = bl_trainer_update(t);
    char hex[65], again[65];
    bl_trainer_hash(t, hex);
    assert_true(bl_trainer_goto_update(t, left / 2, NULL, NULL));
    if (left > 0)
        assert_int_not_equal(bl_trainer_status(t), BL_DIVERGED_RUN);
    assert_true(bl_trainer_goto_update(t, left, NULL, NULL));
    bl_trainer_hash(t, again);
    assert_string_equal(hex, again);
    assert_true(bl_trainer_goto_update(t, left + 600, NULL, NULL));
    assert_int_equal(bl_trainer_status(t), BL_DIVERGED_RUN);
    bl_trainer_free(t);
    bl_matrix_free(x);
}

static void test_divergence_is_undone_and_explained(void **state)
{
    static const char *const rules[] = {"gd", "momentum", "nesterov"};

    (void)state;
    for (size_t r = 0; r < COUNT(rules); r++) {
        diverges("linear", 0, "batch", "50", 400, rules[r]);
        diverges("linear", 0, "mini:10", "20", 400, rules[r]);
        diverges("linear", 0, "sgd", "5", 400, rules[r]);
        diverges("linear", 0, "batch", "1e308", 400, rules[r]);
        diverges("linear", 0, "sgd", "1e308", 400, rules[r]);
        diverges("logistic", 2, "batch", "1e308", 400, rules[r]);
        diverges("logistic", 2, "sgd", "1e308", 400, rules[r]);
        diverges("softmax", 3, "mini:20", "1e308", 400, rules[r]);
        diverges("softmax", 3, "batch", "1000", 400, rules[r]); /* the penalty: lr l2 > 2 */
    }
    diverges("linear", 0, "batch", "1e308", 400, "adam");
    diverges("linear", 0, "sgd", "1e308", 400, "rmsprop");
}

static void test_the_message_names_update_and_critical_rate(void **state)
{
    struct bl_matrix *x = make_matrix(400, 3, 0, 4);
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0);
    struct bl_settings s = settings("batch", (const char *[][2]){{"lr", "1e200"}, {NULL, NULL}});
    struct bl_trainer *t = start(&o, &s, NULL);

    (void)state;
    bl_trainer_epochs(t, 20, NULL, NULL);
    assert_int_equal(bl_trainer_update(t), 0);
    assert_non_null(strstr(bl_trainer_why(t)->message, "training diverged at epoch 1, update 1: loss is inf (last finite "));
    assert_non_null(strstr(bl_trainer_why(t)->reason, "lr=1e+200 is above 1."));
    assert_non_null(strstr(bl_trainer_why(t)->reason, "the critical learning rate 2/L of this data for batch descent"));
    assert_non_null(strstr(bl_trainer_why(t)->hint, " lr=0."));
    bl_trainer_free(t);
    bl_matrix_free(x);
}

/* Slightly above 2/L nothing overflows in the planned epochs: the growth itself is the sign. */
static void test_slow_divergence_is_seen_and_a_stable_rate_is_not_accused(void **state)
{
    struct bl_matrix *x = make_matrix(400, 5, 0, 4);
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0.01);
    struct bl_smoothness smooth;

    (void)state;
    assert_true(bl_smoothness_of(&o, NULL, &smooth, NULL));
    for (int above = 0; above < 2; above++) {
        struct bl_settings s = settings("batch", NULL);
        s.lr = (above ? 1.02 : 0.999) * 2 / smooth.full;
        struct bl_trainer *t = start(&o, &s, NULL);
        assert_true(bl_trainer_epochs(t, 2000, NULL, NULL));
        assert_int_equal(bl_trainer_status(t) == BL_DIVERGED_RUN, above);
        bl_trainer_free(t);
    }
    for (int nesterov = 0; nesterov < 2; nesterov++) { /* momentum overshoots, and is innocent */
        struct bl_settings s = settings("batch", (const char *[][2]){{"optimizer", nesterov ? "nesterov" : "momentum"}, {"momentum", "0.999"}, {NULL, NULL}});
        s.lr = (nesterov ? 1.33 : 3.99) / smooth.full;
        struct bl_trainer *t = start(&o, &s, NULL);
        assert_true(bl_trainer_epochs(t, 3000, NULL, NULL));
        assert_int_not_equal(bl_trainer_status(t), BL_DIVERGED_RUN);
        bl_trainer_free(t);
    }
    bl_matrix_free(x);
}

static void test_a_start_that_is_not_finite_is_refused(void **state)
{
    struct bl_matrix *x = make_matrix(40, 2, 0, 4);
    struct bl_settings s = settings("batch", NULL);
    struct bl_error err;

    (void)state;
    x->y[3] = 1e300;
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0);
    assert_null(bl_trainer_create(&o, &s, NULL, NULL, &err));
    assert_int_equal(err.code, BL_VALUE);
    bl_matrix_free(x);
}

/* ---- interruption and memory ----------------------------------------------------------------------------------------*/
struct pusher { struct bl_progress *progress; _Atomic bool over; };

static void *push_stop(void *context)
{
    struct pusher *p = context;

    while (!p->over)
        p->progress->stop = true;
    return NULL;
}

static void test_a_run_stopped_again_and_again_ends_with_the_same_bits(void **state)
{
    struct bl_matrix *x = make_matrix(3000, 9, 2, 4), *v = make_matrix(500, 9, 2, 8);
    struct bl_objective o = make_objective("logistic", x, v, 2, 0.01);
    struct bl_pool *pool = bl_pool_create(2, NULL);

    (void)state;
    for (size_t r = 0; r < COUNT(runs); r++) {
        struct bl_settings s = settings(runs[r].regime, runs[r].keys);
        struct bl_progress progress = {0};
        struct pusher pusher = {.progress = &progress};
        struct bl_trainer *t = start(&o, &s, pool);
        pthread_t thread;
        char want[65], hex[65];
        size_t n;
        hash_after(&o, &s, NULL, 4, want);
        uint64_t goal = 4 * bl_trainer_updates_per_epoch(t);
        assert_int_equal(pthread_create(&thread, NULL, push_stop, &pusher), 0);
        for (size_t i = 0; i < 200 && bl_trainer_update(t) < goal && bl_trainer_status(t) != BL_CONVERGED; i++) {
            progress.stop = false;
            assert_true(bl_trainer_goto_update(t, goal, &progress, NULL));
        }
        pusher.over = true;
        pthread_join(thread, NULL);
        assert_true(bl_trainer_goto_update(t, goal, NULL, NULL));
        bl_trainer_hash(t, hex);
        assert_string_equal(hex, want);
        const struct bl_point *p = bl_trainer_points(t, &n);
        uint64_t epochs = 0;
        for (size_t i = 0; i < n; i++)
            epochs += p[i].updates % bl_trainer_updates_per_epoch(t) == 0;
        assert_int_equal(epochs, bl_trainer_update(t) / bl_trainer_updates_per_epoch(t) + 1);
        bl_trainer_free(t);
    }
    bl_pool_free(pool);
    bl_matrix_free(x);
    bl_matrix_free(v);
}

static void test_nothing_is_allocated_inside_an_epoch(void **state)
{
    struct bl_matrix *x = make_matrix(2000, 9, 2, 4);
    struct bl_objective o = make_objective("logistic", x, NULL, 2, 0.01);

    (void)state;
    for (size_t r = 0; r < COUNT(runs); r++) {
        struct bl_settings s = settings(runs[r].regime, runs[r].keys);
        if (s.regime == BL_FULL)
            continue; /* a method may take what an iteration needs */
        struct bl_trainer *t = start(&o, &s, NULL);
        uint64_t per_epoch = bl_trainer_updates_per_epoch(t);
        for (uint64_t epoch = 0; epoch < 3; epoch++) {
            assert_true(bl_trainer_updates(t, 1, NULL, NULL));
            uint64_t before = bl_alloc_count();
            assert_true(bl_trainer_updates(t, per_epoch - 1, NULL, NULL));
            assert_int_equal(bl_alloc_count(), before);
        }
        bl_trainer_free(t);
    }
    bl_matrix_free(x);
}

static void test_a_failed_allocation_is_an_error_or_changes_nothing(void **state)
{
    struct bl_matrix *x = make_matrix(600, 5, 2, 4);
    struct bl_objective o = make_objective("logistic", x, NULL, 2, 0.01);
    struct bl_settings s = settings("mini:50", adam);
    char want[65], hex[65];
    bool through = false;

    (void)state;
    hash_after(&o, &s, NULL, 8, want);
    for (int for_good = 0; for_good < 2; for_good++) {
        through = false;
        for (uint64_t k = 1; k < 200 && !through; k++) {
            struct bl_error err = {.code = BL_OK};
            bl_alloc_fail_at(k, for_good);
            struct bl_trainer *t = bl_trainer_create(&o, &s, NULL, NULL, &err);
            bool ok = t && bl_trainer_epochs(t, 8, NULL, &err);
            uint64_t left = bl_alloc_count();
            bl_alloc_fail_at(0, false);
            (void)left;
            if (!ok)
                assert_int_equal(err.code, BL_MEMORY);
            if (t) {
                assert_true(bl_trainer_goto_epoch(t, 8, NULL, NULL));
                bl_trainer_hash(t, hex);
                assert_string_equal(hex, want);
            }
            through = ok && k > 60;
            bl_trainer_free(t);
        }
        assert_true(through);
    }
    bl_matrix_free(x);
}

/* ---- what is recorded --------------------------------------------------------------------------------------------------*/
static void test_points_count_updates_samples_and_epochs(void **state)
{
    struct bl_matrix *x = make_matrix(103, 2, 0, 4), *v = make_matrix(20, 2, 0, 6);
    struct bl_objective o = make_objective("linear", x, v, 0, 0.1);
    struct bl_settings s = settings("mini:10", NULL);
    struct bl_trainer *t = start(&o, &s, NULL);
    size_t n, whole = 0;

    (void)state;
    assert_true(bl_trainer_epochs(t, 5, NULL, NULL));
    const struct bl_point *p = bl_trainer_points(t, &n);
    for (size_t i = 0; i < n; i++) {
        uint64_t epoch = p[i].updates / 11;
        assert_true(i == 0 || p[i].updates > p[i - 1].updates);
        assert_true(p[i].objective >= p[i].train_loss);
        assert_true(isfinite(p[i].validation_loss) && p[i].lr == 0.05);
        assert_int_equal(p[i].gradient_evaluations, p[i].samples);
        if (p[i].updates % 11 == 0) {
            assert_int_equal(p[i].samples, epoch * 103);
            assert_true(p[i].epoch == (double)epoch);
            whole++;
        }
    }
    assert_int_equal(whole, 6);
    assert_int_equal(n, 6 + 10 + 7); /* every update of the first epoch, 8 parts of the second */
    bl_trainer_free(t);
    bl_matrix_free(x);
    bl_matrix_free(v);
}

static void test_dots_are_the_losses_that_updates_met_in_a_bounded_buffer(void **state)
{
    struct bl_matrix *x = make_matrix(3000, 2, 0, 4);
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0);
    struct bl_settings s = settings("sgd", NULL), m = settings("mini:1", (const char *[][2]){{"optimizer", "momentum"}, {"momentum", "0"}, {NULL, NULL}});
    struct bl_trainer *t = start(&o, &s, NULL), *u = start(&o, &m, NULL);
    size_t n, k;

    (void)state;
    assert_true(bl_trainer_epochs(t, 20, NULL, NULL));
    assert_true(bl_trainer_epochs(u, 20, NULL, NULL)); /* the same without the fused pass */
    const struct bl_dot *d = bl_trainer_dots(t, &n), *e = bl_trainer_dots(u, &k);
    assert_in_range(n, 2048, 4096);
    assert_int_equal(n, k);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(d[i].update, 16 * (i + 1));
        assert_int_equal(e[i].update, d[i].update);
        assert_true(fabs(d[i].loss - e[i].loss) <= 1e-9 * (1 + e[i].loss));
    }
    assert_true(bl_trainer_goto_epoch(t, 3, NULL, NULL));
    d = bl_trainer_dots(t, &n);
    assert_true(d[n - 1].update <= 9000 && d[n].update > 9000);
    bl_trainer_free(t);
    bl_trainer_free(u);
    bl_matrix_free(x);
}

static void test_settings_that_do_not_fit_the_data_are_refused(void **state)
{
    struct bl_matrix *x = make_matrix(90, 2, 2, 4);
    struct bl_objective o = make_objective("logistic", x, NULL, 2, 0);
    struct bl_settings s = settings("mini:500", NULL), c = settings("full:closed", NULL);
    struct bl_error err;

    (void)state;
    assert_null(bl_trainer_create(&o, &s, NULL, NULL, &err));
    assert_string_equal(err.message, "mini:500 is larger than the 90 training rows");
    assert_string_equal(err.hint, "mini:32, or batch for all rows");
    assert_null(bl_trainer_create(&o, &c, NULL, NULL, &err));
    assert_non_null(strstr(err.message, "full:closed solves linear models"));
    bl_matrix_free(x);
}

static void test_a_method_that_converges_says_so_and_rests(void **state)
{
    struct bl_matrix *x = make_matrix(90, 2, 0, 4);
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0.1);
    struct bl_settings s = settings("full:closed", NULL);
    struct bl_trainer *t = start(&o, &s, NULL);
    struct bl_point p;

    (void)state;
    assert_true(bl_trainer_epochs(t, 20, NULL, NULL));
    assert_int_equal(bl_trainer_status(t), BL_CONVERGED);
    assert_int_equal(bl_trainer_update(t), 1);
    assert_true(bl_trainer_point(t, &p, NULL));
    assert_true(p.gradient_norm < 1e-12);
    assert_true(bl_trainer_goto_epoch(t, 0, NULL, NULL));
    assert_int_equal(bl_trainer_status(t), BL_READY);
    bl_trainer_free(t);
    bl_matrix_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_do_not_change_a_run),
        cmocka_unit_test(test_one_mini_batch_of_all_rows_is_batch_and_of_one_row_is_stochastic),
        cmocka_unit_test(test_an_epoch_visits_every_row_once_in_an_order_of_its_own),
        cmocka_unit_test(test_a_mini_batch_update_is_its_gradient_times_lr),
        cmocka_unit_test(test_walks_on_the_tape_meet_the_bits_of_the_straight_run),
        cmocka_unit_test(test_snapshots_stay_within_their_memory_and_near_where_one_goes),
        cmocka_unit_test(test_a_longer_plan_changes_the_future_and_not_the_past),
        cmocka_unit_test(test_divergence_is_undone_and_explained),
        cmocka_unit_test(test_the_message_names_update_and_critical_rate),
        cmocka_unit_test(test_slow_divergence_is_seen_and_a_stable_rate_is_not_accused),
        cmocka_unit_test(test_a_start_that_is_not_finite_is_refused),
        cmocka_unit_test(test_a_run_stopped_again_and_again_ends_with_the_same_bits),
        cmocka_unit_test(test_nothing_is_allocated_inside_an_epoch),
        cmocka_unit_test(test_a_failed_allocation_is_an_error_or_changes_nothing),
        cmocka_unit_test(test_points_count_updates_samples_and_epochs),
        cmocka_unit_test(test_dots_are_the_losses_that_updates_met_in_a_bounded_buffer),
        cmocka_unit_test(test_settings_that_do_not_fit_the_data_are_refused),
        cmocka_unit_test(test_a_method_that_converges_says_so_and_rests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
