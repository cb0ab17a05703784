/* Streams: against figures computed elsewhere, against an update written out by hand, and that no row is learned from before it
 * is predicted. */
#include "tests/prepare/reference.h"

#include "tests/evaluate/streams.h"

/* ---- the reference ------------------------------------------------------------------------------------------------*/

/* Frozen, retrained on all before and retrained on the block before, by blocks of 30 days. */
static void test_bikes_agree_with_the_reference(void **state)
{
    static const char *const keys[] = {"mse_trained_once_on_block_0", "mse_retrained_on_all_before", "mse_retrained_on_block_before"};
    struct reference r = reference_open("bike_hour");
    const json_t *drift = json_object_get(r.json, "drift"), *order = json_object_get(drift, "feature_order");
    const struct way way = {"linear", json_number_value(json_object_get(drift, "lam"))};
    struct bl_procedure p = {.table = r.table, .roles = &r.roles, .recipe = r.recipe, .share = 1, .objective = make, .model = &way};
    struct bl_stream_strategy s[3] = {strategy(BL_STREAM_FROZEN), strategy(BL_STREAM_RETRAIN), strategy(BL_STREAM_RETRAIN)};
    struct bl_stream x = {.procedure = &p, .n = 24 * 720, .first = 720, .stretch = 720, .strategies = s, .n_strategies = 3};
    const char *names[8];
    uint32_t *rows = bl_calloc(24 * 720, sizeof *rows);

    (void)state;
    for (size_t j = 0; j < 8; j++)
        names[j] = json_string_value(json_array_get(order, j));
    assert_true(json_array_size(order) == 8 && bl_roles_features(&r.roles, r.table, names, 8, NULL));
    for (size_t i = 0; i < x.n; i++)
        rows[i] = (uint32_t)i;
    x.rows = rows;
    s[1].every = s[2].every = s[2].window = 720;
    bl_settings_init(&p.settings);
    assert_true(bl_settings_regime(&p.settings, "full:closed", NULL));
    run(&x, NULL);
    assert_int_equal(x.n_points, 23);
    for (size_t k = 0; k < 3; k++)
        for (size_t b = 0; b < 23; b++)
            assert_near(keys[k], b + 1, x.items[k].error[b], json_number_value(json_object_get(json_array_get(json_object_get(drift, "per_block"), b + 1), keys[k])), 1e-11);
    assert_int_equal(x.items[0].fits, 1);
    assert_int_equal(x.items[1].fits, 23);
    assert_true(x.items[2].passes == 23.0 * 720);
    bl_stream_free(&x);
    bl_free(rows);
    reference_close(&r);
}

/* ---- before and after ------------------------------------------------------------------------------------------------*/

/* The label of one row is turned: what is predicted for it and before it stays, to the bit; some later prediction does not, where
 * the strategy learns at all. */
static void test_a_row_is_learned_from_after_it_was_predicted(void **state)
{
    static const size_t turned[] = {300, 301, 407, 500, 699};
    struct bl_stream_strategy s[EACH];
    struct set x;

    (void)state;
    each_kind(s);
    open_set(&x, "drift", 700, 3, (struct way){"logistic", 0.01});
    for (size_t t = 0; t < 5; t++) {
        struct bl_column *c = &x.table->columns[x.roles.target];
        struct bl_stream before = stream_of(&x, 300, 0, s, EACH), after = before;

        run(&before, NULL);
        c->code[turned[t]] = !c->code[turned[t]];
        run(&after, NULL);
        c->code[turned[t]] = !c->code[turned[t]];
        for (size_t k = 0; k < EACH; k++) {
            const size_t at = first_difference(&before, &after, k);

            if (at <= turned[t])
                fail_msg("%s: row %zu was predicted otherwise, but row %zu was turned", s[k].name, at, turned[t]);
            if (s[k].kind != BL_STREAM_FROZEN && s[k].kind != BL_STREAM_DRIFT && s[k].kind != BL_STREAM_RETRAIN && turned[t] < 690)
                assert_true(at < before.n);
            if (s[k].kind == BL_STREAM_FROZEN)
                assert_int_equal(at, before.n);
        }
        bl_stream_free(&before);
        bl_stream_free(&after);
    }
    close_set(&x);
}

/* A feature of a later row is moved far out: nothing before that row changes, the recipe not either. */
static void test_recipes_know_nothing_of_later_rows(void **state)
{
    struct bl_stream_strategy s[EACH];
    struct bl_stream before, after;
    struct set x;

    (void)state;
    each_kind(s);
    open_set(&x, "drift", 700, 4, (struct way){"logistic", 0.01});
    before = after = stream_of(&x, 300, 20, s, EACH);
    run(&before, NULL);
    x.table->columns[0].number[455] = 1e6;
    run(&after, NULL);
    for (size_t k = 0; k < EACH; k++)
        assert_int_equal(first_difference(&before, &after, k), 455);
    bl_stream_free(&before);
    bl_stream_free(&after);
    close_set(&x);
}

/* Weights of classes come from the first part, whatever comes later. */
static bool make_balanced(const void *model, const struct bl_procedure *p, const struct bl_matrix *train, struct bl_objective *out, struct bl_error *err)
{
    return make(model, p, train, out, err) && bl_objective_weigh(out, NULL, true, err);
}

static void test_balanced_classes_know_nothing_of_later_rows(void **state)
{
    struct bl_stream_strategy s[EACH];
    struct bl_stream before, after;
    struct set x;

    (void)state;
    each_kind(s);
    open_set(&x, "drift", 700, 4, (struct way){"logistic", 0.01});
    x.p.objective = make_balanced;
    before = after = stream_of(&x, 300, 20, s, EACH);
    run(&before, NULL);
    for (size_t i = 600; i < 700; i++)
        x.table->columns[x.roles.target].code[i] = 1;
    run(&after, NULL);
    for (size_t k = 0; k < EACH; k++)
        assert_true(first_difference(&before, &after, k) > 600);
    bl_stream_free(&before);
    bl_stream_free(&after);
    close_set(&x);
}

/* ---- the same bits -----------------------------------------------------------------------------------------------------*/

static void test_threads_and_points_change_no_bit(void **state)
{
    struct bl_pool *pool = bl_pool_create(4, NULL);
    struct bl_stream_strategy s[EACH];
    struct bl_stream one, again, many, fine;
    struct set x;

    (void)state;
    each_kind(s);
    open_set(&x, "drift", 2000, 5, (struct way){"logistic", 0.001});
    one = again = many = fine = stream_of(&x, 400, 40, s, EACH);
    fine.stretch = 13;
    run(&one, NULL);
    run(&again, NULL);
    run(&many, pool);
    run(&fine, pool);
    assert_same(&one, &again);
    assert_same(&one, &many);
    assert_same(&one, &fine);
    for (size_t k = 0; k < EACH; k++)
        assert_true(one.items[k].cumulative[one.n_points - 1] == fine.items[k].cumulative[fine.n_points - 1] &&
                    one.items[k].probe[0] == fine.items[k].probe[0]);
    bl_stream_free(&one);
    bl_stream_free(&again);
    bl_stream_free(&many);
    bl_stream_free(&fine);
    bl_pool_free(pool);
    close_set(&x);
}

/* ---- updates by hand --------------------------------------------------------------------------------------------------*/

/* Least squares, one row a step, in plain loops: the sum of a row runs otherwise, so the last digits may differ. */
static void test_online_is_descent_row_by_row(void **state)
{
    enum { N = 400, FIRST = 100, D = 5 };
    struct bl_stream_strategy s = strategy(BL_STREAM_ONLINE);
    double theta[D + 1] = {0}, mean[D] = {0}, sd[D] = {0};
    struct bl_stream stream;
    struct set x;

    (void)state;
    s.update.lr = 0.05;
    open_set(&x, "linear", N, 6, (struct way){"linear", 0});
    stream = stream_of(&x, FIRST, 0, &s, 1);
    run(&stream, NULL);
    for (size_t j = 0; j < D; j++) {
        for (size_t i = 0; i < FIRST; i++)
            mean[j] += x.table->columns[j].number[i] / FIRST;
        for (size_t i = 0; i < FIRST; i++)
            sd[j] += pow(x.table->columns[j].number[i] - mean[j], 2) / FIRST;
        sd[j] = sqrt(sd[j]);
    }
    for (size_t i = 0; i < N; i++) {
        double z[D], predicted = theta[0], off;

        for (size_t j = 0; j < D; j++) {
            z[j] = (x.table->columns[j].number[i] - mean[j]) / sd[j];
            predicted += theta[j + 1] * z[j];
        }
        if (i >= FIRST)
            assert_near("row", i, stream.items[0].predictions[i - FIRST], predicted, 1e-9);
        off = predicted - x.table->columns[x.roles.target].number[i];
        theta[0] -= 0.05 * off;
        for (size_t j = 0; j < D; j++)
            theta[j + 1] -= 0.05 * off * z[j];
    }
    assert_int_equal(stream.items[0].updates, N);
    assert_true(stream.items[0].passes == N);
    bl_stream_free(&stream);
    close_set(&x);
}

/* With a rate of nearly nothing it is what it was trained to be. */
static void test_hybrid_starts_from_the_batch(void **state)
{
    struct bl_stream_strategy s[2] = {strategy(BL_STREAM_FROZEN), strategy(BL_STREAM_HYBRID)};
    struct bl_stream stream;
    struct set x;

    (void)state;
    s[1].update.lr = 1e-300;
    open_set(&x, "drift", 600, 7, (struct way){"logistic", 0.01});
    stream = stream_of(&x, 200, 0, s, 2);
    run(&stream, NULL);
    assert_memory_equal(stream.items[0].predictions, stream.items[1].predictions, stream.tested * stream.width * sizeof(double));
    assert_int_equal(stream.items[1].updates, 400);
    bl_stream_free(&stream);
    close_set(&x);
}

static void test_rehearsal_takes_its_share_of_old_rows(void **state)
{
    struct bl_stream_strategy s[3] = {strategy(BL_STREAM_HYBRID), strategy(BL_STREAM_HYBRID), strategy(BL_STREAM_HYBRID)};
    struct bl_stream stream;
    struct set x;
    double first;

    (void)state;
    s[1].rehearsal = 0.2;
    s[2].rehearsal = 0.75;
    s[2].block = 8;
    open_set(&x, "drift", 600, 7, (struct way){"logistic", 0.01});
    stream = stream_of(&x, 200, 0, s, 3);
    run(&stream, NULL);
    first = stream.items[0].passes - 400;
    assert_true(stream.items[1].passes - first == 500 && stream.items[2].passes - first == 1600);
    bl_stream_free(&stream);
    close_set(&x);
}

/* ---- drift ------------------------------------------------------------------------------------------------------------*/

static double error_of(const struct bl_stream *s, size_t k)
{
    return s->items[k].cumulative[s->n_points - 1];
}

/* The boundary changes at row 2000: who never learns again stays wrong; every detector finds it. DDM and EDDM cry wolf
 * at times: their limits are no chance of a false alarm. */
static void test_known_drift_is_found_and_followed(void **state)
{
    static const char *const detectors[] = {"adwin", "ddm", "eddm", "page_hinkley"};
    static const size_t false_most[] = {1, 4, 12, 1};
    const size_t change = 2000;
    struct bl_stream_strategy s[6];
    struct bl_stream stream;
    struct set x;

    (void)state;
    s[0] = strategy(BL_STREAM_FROZEN);
    for (size_t k = 0; k < 4; k++)
        s[k + 1] = with_detector(strategy(BL_STREAM_DRIFT), detectors[k]);
    s[5] = strategy(BL_STREAM_ONLINE);
    open_set(&x, "drift", 4000, 8, (struct way){"logistic", 0.001});
    stream = stream_of(&x, 500, 50, s, 6);
    run(&stream, NULL);
    for (size_t k = 1; k < 5; k++) {
        struct bl_stream_found found;

        bl_stream_judge(&stream.items[k], &change, 1, &found);
        if (found.found != 1 || found.missed || found.false_alarms > false_most[k - 1] || !(found.delay < 300))
            fail_msg("%s: found %zu, %zu false, delay %g", detectors[k - 1], found.found, found.false_alarms, found.delay);
        if (!(error_of(&stream, k) < 0.6 * error_of(&stream, 0)))
            fail_msg("%s: error %g, frozen %g", detectors[k - 1], error_of(&stream, k), error_of(&stream, 0));
    }
    assert_true(error_of(&stream, 5) < 0.6 * error_of(&stream, 0));
    bl_stream_free(&stream);
    close_set(&x);
}

/* Who follows the change forgets what held before; who is frozen does not. */
static void test_the_probe_shows_what_is_forgotten(void **state)
{
    struct bl_stream_strategy s[3] = {strategy(BL_STREAM_FROZEN), strategy(BL_STREAM_RETRAIN), strategy(BL_STREAM_ONLINE)};
    struct bl_stream stream;
    struct set x;

    (void)state;
    s[1].window = 400;
    open_set(&x, "drift", 4000, 8, (struct way){"logistic", 0.001});
    stream = stream_of(&x, 800, 200, s, 3);
    run(&stream, NULL);
    for (size_t p = 0; p <= stream.n_points; p++)
        assert_true(stream.items[0].probe[p] == stream.items[0].probe[0]);
    for (size_t k = 1; k < 3; k++)
        assert_true(stream.items[k].probe[stream.n_points] > stream.items[k].probe[0] + 0.1);
    assert_true(stream.items[1].probe[0] == stream.items[0].probe[0]);
    bl_stream_free(&stream);
    close_set(&x);
}

static void test_judging_counts_the_first_alarm_of_a_change(void **state)
{
    struct bl_stream_alarm alarms[] = {{90, 1, true}, {101, 1, false}, {120, 1, true}, {130, 1, true}, {215, 1, true}};
    const struct bl_stream_outcome o = {.alarms = alarms, .n_alarms = 5};
    const size_t changes[] = {100, 200, 300};
    struct bl_stream_found f;

    (void)state;
    bl_stream_judge(&o, changes, 3, &f);
    assert_true(f.found == 2 && f.missed == 1 && f.false_alarms == 2 && f.delay == (20 + 15) / 2.0);
    bl_stream_judge(&o, changes, 0, &f);
    assert_true(f.found == 0 && f.missed == 0 && f.false_alarms == 4 && isnan(f.delay));
}

/* ---- what cannot be ---------------------------------------------------------------------------------------------------------*/

static void expect_refused(struct bl_stream *s, const char *part)
{
    struct bl_error err = {0};

    assert_false(bl_stream_run(s, NULL, NULL, &err));
    assert_null(s->items);
    if (!strstr(err.message, part))
        fail_msg("'%s' does not say '%s'", err.message, part);
    assert_true(err.hint[0]);
}

static void test_streams_that_cannot_be_are_refused(void **state)
{
    struct bl_stream_strategy s = strategy(BL_STREAM_FROZEN), ddm = with_detector(strategy(BL_STREAM_DRIFT), "ddm");
    struct bl_stream stream;
    struct set x;

    (void)state;
    open_set(&x, "sine", 8, 1, (struct way){"linear", 0});
    stream = stream_of(&x, 8, 0, &s, 1);
    expect_refused(&stream, "nothing to test");
    stream = stream_of(&x, 4, 3, &s, 1);
    expect_refused(&stream, "fewer than 2");
    stream = stream_of(&x, 4, 0, &ddm, 1);
    expect_refused(&stream, "ddm");
    close_set(&x);
}

/* A rate far too large: the updates stop where the numbers end, predictions stay finite, and it is told. */
static void test_updates_that_diverge_are_undone(void **state)
{
    struct bl_stream_strategy s[2] = {strategy(BL_STREAM_ONLINE), strategy(BL_STREAM_HYBRID)};
    struct bl_stream stream;
    struct set x;

    (void)state;
    s[0].update.lr = s[1].update.lr = 1e30;
    open_set(&x, "linear", 600, 2, (struct way){"linear", 0});
    stream = stream_of(&x, 100, 0, s, 2);
    run(&stream, NULL);
    for (size_t k = 0; k < 2; k++) {
        assert_true(stream.items[k].diverged_at < 600);
        for (size_t i = 0; i < stream.tested; i++)
            assert_true(isfinite(stream.items[k].predictions[i]));
    }
    bl_stream_free(&stream);
    close_set(&x);
}

/* A window of one class, and rows of it all missing in a column: the stream goes on. */
static void test_poor_windows_do_not_end_it(void **state)
{
    struct bl_stream_strategy s = strategy(BL_STREAM_RETRAIN);
    struct bl_stream stream;
    struct set x;

    (void)state;
    s.every = s.window = 50;
    open_set(&x, "drift", 500, 2, (struct way){"logistic", 0});
    for (size_t i = 200; i < 320; i++)
        x.table->columns[x.roles.target].code[i] = 0;
    for (size_t i = 350; i < 470; i++)
        x.table->columns[0].number[i] = NAN;
    x.table->columns[0].missing = 120;
    stream = stream_of(&x, 100, 0, &s, 1);
    run(&stream, NULL);
    assert_int_equal(stream.items[0].fits + stream.items[0].failed, 8);
    for (size_t i = 0; i < stream.tested * stream.width; i++)
        assert_true(isfinite(stream.items[0].predictions[i]));
    bl_stream_free(&stream);
    close_set(&x);
}

static void test_networks_take_part(void **state)
{
    struct bl_stream_strategy s[2] = {strategy(BL_STREAM_ONLINE), strategy(BL_STREAM_HYBRID)};
    struct bl_stream one, many;
    struct bl_pool *pool = bl_pool_create(2, NULL);
    struct set x;

    (void)state;
    open_set(&x, "xor", 900, 3, (struct way){"mlp", 0});
    assert_true(bl_settings_regime(&x.p.settings, "mini:32", NULL));
    s[0].update.lr = s[1].update.lr = 0.05;
    x.p.settings.epochs = 30;
    x.p.settings.lr = 0.1;
    one = many = stream_of(&x, 300, 0, s, 2);
    run(&one, NULL);
    run(&many, pool);
    assert_same(&one, &many);
    assert_true(error_of(&one, 0) < 0.45 && error_of(&one, 1) < 0.1);
    bl_stream_free(&one);
    bl_stream_free(&many);
    bl_pool_free(pool);
    close_set(&x);
}

/* Allocation k fails: an error, and nothing is left behind; once every one of them is served, the figures are those of before. */
static void test_memory_that_ends_is_an_error(void **state)
{
    struct bl_stream_strategy s[EACH];
    struct bl_stream whole, stream;
    size_t refused = 0;
    struct set x;

    (void)state;
    each_kind(s);
    open_set(&x, "drift", 160, 3, (struct way){"logistic", 0.01});
    whole = stream_of(&x, 60, 10, s, EACH);
    run(&whole, NULL);
    for (uint64_t k = 1; k < 20000; k += 1 + k / 20) {
        struct bl_error err = {0};
        bool good;

        stream = stream_of(&x, 60, 10, s, EACH);
        bl_alloc_fail_at(k, false);
        good = bl_stream_run(&stream, NULL, NULL, &err);
        bl_alloc_fail_at(0, false);
        refused += !good;
        if (good && stream.items[1].failed == 0 && k > 15000)
            assert_same(&whole, &stream);
        if (!good)
            assert_true(err.code == BL_MEMORY && !stream.items);
        bl_stream_free(&stream);
    }
    assert_true(refused > 20);
    bl_stream_free(&whole);
    close_set(&x);
}

static void test_stopping_keeps_whole_points(void **state)
{
    struct bl_stream_strategy s = strategy(BL_STREAM_FROZEN);
    struct bl_progress progress = {.stop = true};
    struct bl_error err = {0};
    struct bl_stream stream;
    struct set x;

    (void)state;
    open_set(&x, "drift", 500, 2, (struct way){"logistic", 0});
    stream = stream_of(&x, 100, 0, &s, 1);
    assert_false(bl_stream_run(&stream, NULL, &progress, &err));
    assert_int_equal(err.code, BL_STOPPED);
    close_set(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bikes_agree_with_the_reference),
        cmocka_unit_test(test_a_row_is_learned_from_after_it_was_predicted),
        cmocka_unit_test(test_recipes_know_nothing_of_later_rows),
        cmocka_unit_test(test_balanced_classes_know_nothing_of_later_rows),
        cmocka_unit_test(test_threads_and_points_change_no_bit),
        cmocka_unit_test(test_online_is_descent_row_by_row),
        cmocka_unit_test(test_hybrid_starts_from_the_batch),
        cmocka_unit_test(test_rehearsal_takes_its_share_of_old_rows),
        cmocka_unit_test(test_known_drift_is_found_and_followed),
        cmocka_unit_test(test_the_probe_shows_what_is_forgotten),
        cmocka_unit_test(test_judging_counts_the_first_alarm_of_a_change),
        cmocka_unit_test(test_streams_that_cannot_be_are_refused),
        cmocka_unit_test(test_updates_that_diverge_are_undone),
        cmocka_unit_test(test_poor_windows_do_not_end_it),
        cmocka_unit_test(test_networks_take_part),
        cmocka_unit_test(test_memory_that_ends_is_an_error),
        cmocka_unit_test(test_stopping_keeps_whole_points),
    };

    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
