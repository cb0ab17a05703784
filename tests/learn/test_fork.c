/* Forks: whatever is changed and wherever, the bits are those of a run that had it so from the start. Networks
 * with all that draws or remembers (dropout, running statistics, own products, single precision), and rows
 * drawn by importance. */
#include "tests/learn/data.h"

#define ROWS 230
#define COUNT(list) (sizeof(list) / sizeof *(list))

enum { CHANGED = 3 }; /* the epoch at whose end something changes */

static struct bl_trainer *begin(const struct bl_objective *o, const struct bl_settings *s, struct bl_pool *pool)
{
    struct bl_error err;
    struct bl_trainer *t = bl_trainer_create(o, s, NULL, pool, &err);

    expect(t != NULL, &err);
    return t;
}

static struct bl_trainer *fork_of(struct bl_trainer *from, const struct bl_settings *s, struct bl_pool *pool)
{
    struct bl_error err;
    struct bl_trainer *t = bl_trainer_fork(from, s, NULL, pool, &err);

    expect(t != NULL, &err);
    return t;
}

static void to_epoch(struct bl_trainer *t, uint64_t epoch)
{
    struct bl_error err;

    expect(bl_trainer_goto_epoch(t, epoch, NULL, &err), &err);
}

static void to_update(struct bl_trainer *t, uint64_t update)
{
    struct bl_error err;

    expect(bl_trainer_goto_update(t, update, NULL, &err), &err);
}

/* Parameters, state of the optimizer, mean, and the figures of the point. */
static void assert_same(struct bl_trainer *a, struct bl_trainer *b, const char *model, const char *regime, const char *what)
{
    struct bl_point p, q;
    char one[65], other[65];

    bl_trainer_hash(a, one);
    bl_trainer_hash(b, other);
    assert_true(bl_trainer_point(a, &p, NULL) && bl_trainer_point(b, &q, NULL));
    p.seconds = q.seconds = 0;
    if (strcmp(one, other) != 0 || memcmp(&p, &q, sizeof p) != 0)
        fail_msg("%s by %s: %s has other bits at update %llu", model, regime, what, (unsigned long long)bl_trainer_update(a));
}

/* ---- what is compared -----------------------------------------------------------------------------------*/
struct kind { const char *model, *regime, *keys; const struct bl_objective *o; struct bl_pool *pool; };

/* Half the rate from the end of an epoch on is a schedule of one step, until the next one comes. */
static void check_changed_rate(const struct kind *k)
{
    struct bl_settings plain = typed_settings(k->regime, k->keys), half = plain, scheduled = plain;
    bool known;

    half.lr = plain.lr / 2;
    assert_true(bl_settings_set(&scheduled, "schedule", "step", &known, NULL) && bl_settings_set(&scheduled, "every", "3", &known, NULL));
    assert_true(bl_settings_set(&scheduled, "drop", "0.5", &known, NULL));
    struct bl_trainer *from = begin(k->o, &plain, NULL), *straight = begin(k->o, &scheduled, k->pool), *fork;
    to_epoch(from, CHANGED + 2);
    to_epoch(from, CHANGED); /* by the tape */
    fork = fork_of(from, &half, NULL);
    for (uint64_t e = CHANGED + 1; e <= 2 * CHANGED; e++) {
        to_epoch(fork, e);
        to_epoch(straight, e);
        assert_same(fork, straight, k->model, k->regime, "half the rate, against the schedule that halves it there,");
    }
    bl_trainer_free(fork);
    bl_trainer_free(straight);
    bl_trainer_free(from);
}

/* A fork at the start is a run with the changed settings; one of that fork, inside an epoch, goes on with it. */
static void check_from_the_start(const struct kind *k)
{
    struct bl_settings plain = typed_settings(k->regime, k->keys), changed = plain;

    changed.lr = 0.7 * plain.lr;
    changed.seed = 12;
    struct bl_trainer *from = begin(k->o, &plain, NULL), *straight = begin(k->o, &changed, k->pool), *fork, *again;
    uint64_t per = bl_trainer_updates_per_epoch(from);
    to_epoch(from, 2);
    to_epoch(from, 0);
    fork = fork_of(from, &changed, k->pool);
    to_update(fork, 2 * per + per / 2);
    to_update(straight, 2 * per + per / 2);
    assert_same(fork, straight, k->model, k->regime, "a fork at the start");
    again = fork_of(fork, &changed, NULL);
    to_epoch(straight, 5);
    to_epoch(fork, 5);
    to_epoch(again, 5);
    assert_same(fork, straight, k->model, k->regime, "a fork at the start");
    assert_same(again, straight, k->model, k->regime, "a fork of a fork inside an epoch");
    to_epoch(again, 3);
    to_epoch(straight, 3);
    assert_same(again, straight, k->model, k->regime, "a fork of a fork, gone back,");
    bl_trainer_free(again);
    bl_trainer_free(fork);
    bl_trainer_free(straight);
    bl_trainer_free(from);
}

/* A change that no schedule makes (another optimizer, other batches): however one came to where it begins,
 * with however many threads. */
static void check_any_way(const struct kind *k, const char *regime, const char *keys)
{
    struct bl_settings plain = typed_settings(k->regime, k->keys), changed = typed_settings(regime, keys);
    struct bl_trainer *straight = begin(k->o, &plain, NULL), *roundabout = begin(k->o, &plain, k->pool), *a, *b;

    to_epoch(straight, CHANGED);
    a = fork_of(straight, &changed, NULL);
    to_epoch(roundabout, 2 * CHANGED);
    to_update(roundabout, 1);
    to_epoch(roundabout, CHANGED);
    b = fork_of(roundabout, &changed, k->pool);
    to_epoch(b, 2 * CHANGED);
    to_update(b, bl_trainer_update(b) - 1);
    to_epoch(b, 2 * CHANGED - 1);
    to_epoch(a, 2 * CHANGED - 1);
    assert_same(a, b, k->model, k->regime, "a fork with another optimizer");
    to_epoch(a, 2 * CHANGED);
    to_epoch(b, 2 * CHANGED);
    assert_same(a, b, k->model, k->regime, "a fork with another optimizer");
    bl_trainer_free(a);
    bl_trainer_free(b);
    bl_trainer_free(straight);
    bl_trainer_free(roundabout);
}

static void check_kind(const struct kind *k, const char *other_keys)
{
    check_changed_rate(k);
    check_from_the_start(k);
    check_any_way(k, k->regime, other_keys);
    check_any_way(k, "mini:40", other_keys);
}

/* ---- networks ----------------------------------------------------------------------------------------------*/
static void test_a_changed_network_run_has_the_bits_of_one_from_the_start(void **state)
{
    static const char *const models[] = {"7 activation=tanh", "7,5 dropout=0.3", "7,5 norm=batch", "6 activation=gelu norm=batch dropout=0.2 math=portable",
                                         "7,5 norm=layer dropout=0.5 precision=single"};
    static const char *const runs[][2] = {{"batch", "lr=0.1"}, {"mini:32", "lr=0.02 optimizer=adam"}, {"mini:50", "lr=0.05 optimizer=momentum order=replacement"},
                                          {"mini:16", "lr=0.05 accumulate=3 average=yes"}};
    struct bl_matrix *m = make_matrix(ROWS, 5, 3, 31);
    struct bl_pool *pool = bl_pool_create(3, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(models); i++) {
        struct bl_objective o = make_network(models[i], m, 3, 0.01);
        for (size_t r = 0; r < COUNT(runs); r++)
            check_kind(&(struct kind){models[i], runs[r][0], runs[r][1], &o, pool}, "lr=0.01 optimizer=rmsprop");
        bl_objective_done(&o);
    }
    bl_pool_free(pool);
    bl_matrix_free(m);
}

/* ---- rows drawn by importance --------------------------------------------------------------------------------*/
static void test_a_changed_run_by_importance_has_the_bits_of_one_from_the_start(void **state)
{
    static const struct { const char *name; size_t classes; } models[] = {{"linear", 0}, {"logistic", 2}, {"softmax", 3}, {"svm", 2}};
    static const char *const runs[][2] = {{"sgd", "lr=0.002 order=importance"}, {"mini:32", "lr=0.01 optimizer=adam order=importance"},
                                          {"mini:50", "lr=0.01 optimizer=momentum order=importance"}, {"sgd", "lr=0.002 optimizer=svrg order=importance"},
                                          {"mini:16", "lr=0.01 accumulate=3 average=yes order=importance"}};
    struct bl_pool *pool = bl_pool_create(3, NULL);

    (void)state;
    for (size_t i = 0; i < COUNT(models); i++) {
        struct bl_matrix *m = make_matrix(ROWS, 5, models[i].classes, 32);
        for (size_t x = 0; x < ROWS * 5; x++)
            m->x[x] *= x / 5 % 10 ? 0.3 : 3; /* rows of very different lengths */
        struct bl_objective o = make_objective(models[i].name, m, NULL, models[i].classes, 0.01);
        for (size_t r = 0; r < COUNT(runs); r++)
            check_kind(&(struct kind){models[i].name, runs[r][0], runs[r][1], &o, pool}, "lr=0.005 optimizer=adagrad order=importance");
        bl_objective_done(&o);
        bl_matrix_free(m);
    }
    bl_pool_free(pool);
}

/* From shuffled rows to drawn ones, and back: the stream of an epoch is that of its number. */
static void test_importance_begins_and_ends_at_an_end_of_an_epoch(void **state)
{
    struct bl_matrix *m = make_matrix(ROWS, 5, 2, 33);
    struct bl_objective o = make_objective("logistic", m, NULL, 2, 0.01);
    struct bl_settings shuffled = typed_settings("sgd", "lr=0.01"), drawn = typed_settings("sgd", "lr=0.01 order=importance");
    struct bl_trainer *t = begin(&o, &shuffled, NULL), *always = begin(&o, &drawn, NULL), *fork, *refused;
    uint32_t rows[8], same[8];
    size_t n, total;
    struct bl_error err;

    (void)state;
    to_epoch(t, CHANGED);
    to_epoch(always, CHANGED);
    fork = fork_of(t, &drawn, NULL);
    for (int i = 0; i < 2 * ROWS; i++) {
        assert_true(bl_trainer_next_rows(fork, rows, 8, &n, &total, NULL) && bl_trainer_next_rows(always, same, 8, &n, &total, NULL));
        assert_int_equal(rows[0], same[0]);
        to_update(fork, bl_trainer_update(fork) + 1);
        to_update(always, bl_trainer_update(always) + 1);
    }
    to_update(fork, bl_trainer_update(fork) - 7);
    refused = bl_trainer_fork(fork, &shuffled, NULL, NULL, &err);
    assert_null(refused);
    assert_string_equal(err.hint, "goto 4, or goto 5, then fork");
    bl_trainer_free(fork);
    bl_trainer_free(always);
    bl_trainer_free(t);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_changed_network_run_has_the_bits_of_one_from_the_start),
        cmocka_unit_test(test_a_changed_run_by_importance_has_the_bits_of_one_from_the_start),
        cmocka_unit_test(test_importance_begins_and_ends_at_an_end_of_an_epoch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
