/* Folds, and cross-validation on real data against figures computed elsewhere. */
#include "tests/prepare/reference.h"

#include "batchlab/evaluate.h"

/* ---- a way of learning ---------------------------------------------------------------------------------*/

struct made { const char *name; double l2; };

static bool make(const void *model, const struct bl_procedure *p, const struct bl_matrix *train, struct bl_objective *out, struct bl_error *err)
{
    const struct made *m = model;

    return bl_objective_init(out, bl_objective_find(m->name), train, NULL, p->roles->n_classes, true, m->l2, "target", err);
}

static struct bl_procedure procedure(const struct reference *r, const struct made *m, const char *regime, uint64_t epochs)
{
    struct bl_procedure p = { .table = r->table, .roles = &r->roles, .recipe = r->recipe, .share = 1, .objective = make, .model = m };

    bl_settings_init(&p.settings);
    assert_true(bl_settings_regime(&p.settings, regime, NULL));
    p.settings.epochs = epochs;
    return p;
}

static struct bl_folds folds_of(const struct reference *r, struct bl_folds_how how)
{
    struct bl_folds f;
    struct bl_error err = { 0 };

    if (!bl_folds_make(&f, r->table, &r->roles, r->matrix->row, r->matrix->n_rows, &how, &err))
        fail_msg("%s", err.message);
    return f;
}

static void assert_near(const char *what, double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected)))
        fail_msg("%s: %.17g instead of %.17g", what, got, expected);
}

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* ---- the reference --------------------------------------------------------------------------------------*/

static void check_fold(const char *what, const struct bl_trials *t, size_t fold, const json_t *expected)
{
    const struct bl_trial *x = bl_trials_at(t, 0, fold);
    static const char *const keys[][2] = { { "mse", "mse" }, { "mae", "mae" }, { "r_squared", "r2" }, { "log_loss", "loss" } };

    assert_int_equal(x->rows, number(expected, "test"));
    for (size_t i = 0; i < 4; i++)
        if (json_object_get(expected, keys[i][0]))
            assert_near(what, x->held[bl_trials_metric(t, keys[i][1])], number(expected, keys[i][0]), 1e-10);
    if (json_object_get(expected, "correct"))
        assert_near(what, x->held[bl_trials_metric(t, "accuracy")] * (double)x->rows, number(expected, "correct"), 1e-14);
}

static void test_cross_validation_agrees_with_the_reference(void **state)
{
    static const struct { const char *data, *key, *model, *regime; } cases[] = {
        { "diabetes", "cv_ridge", "linear", "full:closed" }, { "mtcars", "cv_ridge", "linear", "full:closed" },
        { "auto_mpg", "cv_ridge", "linear", "full:closed" }, { "airquality", "cv_ridge", "linear", "full:closed" },
        { "breast_cancer", "cv_logistic", "logistic", "full:newton" }, { "titanic", "cv_logistic", "logistic", "full:newton" },
        { "iris", "cv_softmax", "softmax", "full:newton" }, { "penguins", "cv_softmax", "softmax", "full:newton" },
        { "wine", "cv_softmax", "softmax", "full:newton" },
    };
    struct bl_pool *pool = bl_pool_create(2, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reference r = reference_open(cases[i].data);
        json_t *expected = json_object_get(r.json, cases[i].key), *per_fold = json_object_get(expected, "per_fold");
        struct bl_folds f = folds_of(&r, (struct bl_folds_how){ .kind = BL_FOLDS_CYCLIC, .k = 5, .repeats = 1, .column = SIZE_MAX });
        struct made m = { cases[i].model, number(expected, "lam") };
        struct bl_procedure p = procedure(&r, &m, cases[i].regime, 100);
        struct bl_trials t = { .procedures = &p, .n_procedures = 1, .folds = &f };
        struct bl_error err = { 0 };
        double mean, sd;
        if (!bl_trials_run(&t, pool, NULL, &err))
            fail_msg("%s: %s", cases[i].data, err.message);
        for (size_t k = 0; k < 5; k++)
            check_fold(cases[i].data, &t, k, json_array_get(per_fold, k));
        assert_true(bl_trials_mean(&t, 0, 0, false, &mean, &sd, NULL));
        if (json_object_get(expected, "mean_mse"))
            assert_near(cases[i].data, 2 * mean, number(expected, "mean_mse"), 1e-10);
        bl_trials_free(&t);
        bl_folds_free(&f);
        reference_close(&r);
    }
    bl_pool_free(pool);
}

/* ---- the same bits ----------------------------------------------------------------------------------------*/

static void run_with(struct reference *r, size_t threads, struct bl_trials *t, struct bl_folds *f, struct bl_procedure *p)
{
    struct bl_pool *pool = bl_pool_create(threads, NULL);
    struct bl_error err = { 0 };

    (void)r;
    *t = (struct bl_trials){ .procedures = p, .n_procedures = 3, .folds = f, .keep_predictions = true, .train_figures = true };
    if (!bl_trials_run(t, pool, NULL, &err))
        fail_msg("%s", err.message);
    bl_pool_free(pool);
}

static void test_any_number_of_threads_gives_the_same_bits(void **state)
{
    static const size_t threads[] = { 2, 3, 8 };
    struct reference r = reference_open("titanic");
    struct bl_folds f = folds_of(&r, (struct bl_folds_how){ .kind = BL_FOLDS_STRATIFIED, .k = 5, .repeats = 2, .column = SIZE_MAX, .seed = 4 });
    struct made m = { "logistic", 0.01 };
    struct bl_procedure p[] = { procedure(&r, &m, "full:newton", 30), procedure(&r, &m, "mini:16", 4), procedure(&r, &m, "sgd", 3) };
    struct bl_trials one, many;

    (void)state;
    p[2].share = 0.3;
    run_with(&r, 1, &one, &f, p);
    for (size_t i = 0; i < 3; i++) {
        run_with(&r, threads[i], &many, &f, p);
        for (size_t k = 0; k < 3 * f.n; k++) {
            assert_memory_equal(one.items[k].held, many.items[k].held, sizeof one.items[k].held);
            assert_memory_equal(one.items[k].train, many.items[k].train, sizeof one.items[k].train);
        }
        assert_memory_equal(one.predictions, many.predictions, 3 * 2 * f.n_rows * one.width * sizeof *one.predictions);
        bl_trials_free(&many);
    }
    assert_int_equal(bl_trials_at(&one, 2, 0)->train_rows, (size_t)ceil(0.3 * (double)bl_trials_at(&one, 0, 0)->train_rows));
    bl_trials_free(&one);
    bl_folds_free(&f);
    reference_close(&r);
}

/* ---- nothing leaks ------------------------------------------------------------------------------------------*/

/* Predictions of one fold for one row that stays, with the other held-out rows changed beyond recognition. */
static double prediction_with(struct reference *r, struct bl_folds *f, double factor)
{
    struct made m = { "linear", 0.01 };
    struct bl_procedure p = procedure(r, &m, "full:closed", 10);
    struct bl_trials t = { .procedures = &p, .n_procedures = 1, .folds = f, .keep_predictions = true };
    double first;

    for (size_t i = 0; i < f->n_rows; i++)
        for (size_t c = 0; i > 0 && c < r->table->n_columns; c++)
            if (f->fold[i] == f->fold[0])
                r->table->columns[c].number[f->rows[i]] *= factor;
    assert_true(bl_trials_run(&t, NULL, NULL, NULL));
    first = t.predictions[0];
    bl_trials_free(&t);
    return first;
}

static void test_held_out_rows_change_nothing_that_is_fitted(void **state)
{
    struct reference r = reference_open("diabetes");
    struct bl_folds f = folds_of(&r, (struct bl_folds_how){ .kind = BL_FOLDS_SHUFFLED, .k = 5, .repeats = 1, .column = SIZE_MAX, .seed = 9 });
    double before = prediction_with(&r, &f, 1), after = prediction_with(&r, &f, 1e6);

    (void)state;
    assert_true(before == after);
    bl_folds_free(&f);
    reference_close(&r);
}

/* ---- folds -----------------------------------------------------------------------------------------------------*/

static void test_folds_hold_every_row_out_once(void **state)
{
    static const enum bl_folds_kind kinds[] = { BL_FOLDS_STRATIFIED, BL_FOLDS_SHUFFLED, BL_FOLDS_CYCLIC };
    struct reference r = reference_open("penguins");

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct bl_folds f = folds_of(&r, (struct bl_folds_how){ .kind = kinds[i], .k = 7, .repeats = i == 2 ? 1 : 2, .column = SIZE_MAX, .seed = 3 });
        for (size_t repeat = 0; repeat < f.how.repeats; repeat++) {
            size_t sum = 0;
            for (size_t k = 0; k < 7; k++) {
                uint32_t *held, *train;
                size_t n, m;
                assert_true(bl_folds_rows(&f, repeat * 7 + k, true, &held, &n, NULL));
                assert_true(bl_folds_rows(&f, repeat * 7 + k, false, &train, &m, NULL));
                assert_int_equal(n + m, f.n_rows);
                assert_in_range(n, f.n_rows / 7, f.n_rows / 7 + 1);
                for (size_t a = 0, b = 0; a < n && b < m;) {
                    assert_true(held[a] != train[b]);
                    held[a] < train[b] ? a++ : b++;
                }
                sum += n;
                bl_free(held);
                bl_free(train);
            }
            assert_int_equal(sum, f.n_rows);
        }
        bl_folds_free(&f);
    }
    reference_close(&r);
}

static void test_stratified_folds_keep_the_shares_of_classes(void **state)
{
    struct reference r = reference_open("penguins");
    struct bl_folds f = folds_of(&r, (struct bl_folds_how){ .kind = BL_FOLDS_STRATIFIED, .k = 5, .repeats = 1, .column = SIZE_MAX, .seed = 1 });
    size_t counts[5][3] = { { 0 } }, all[3] = { 0 };

    (void)state;
    for (size_t i = 0; i < f.n_rows; i++) {
        size_t y = (size_t)bl_roles_y(&r.roles, r.table, f.rows[i]);
        counts[f.fold[i]][y]++;
        all[y]++;
    }
    for (size_t k = 0; k < 5; k++)
        for (size_t c = 0; c < 3; c++)
            assert_in_range(counts[k][c], all[c] / 5, all[c] / 5 + 1);
    bl_folds_free(&f);
    reference_close(&r);
}

static void test_groups_stay_together_and_time_never_looks_ahead(void **state)
{
    struct reference r = reference_open("auto_mpg");
    size_t years, age;
    struct bl_folds f;

    (void)state;
    assert_true(bl_table_column(r.table, "model_year", &years, NULL));
    f = folds_of(&r, (struct bl_folds_how){ .kind = BL_FOLDS_GROUP, .k = 4, .repeats = 1, .column = years, .seed = 1 });
    for (size_t i = 0; i < f.n_rows; i++)
        for (size_t k = 0; k < i; k++)
            if (r.table->columns[years].number[f.rows[i]] == r.table->columns[years].number[f.rows[k]])
                assert_int_equal(f.fold[i], f.fold[k]);
    bl_folds_free(&f);
    assert_true(bl_table_column(r.table, "weight", &age, NULL));
    f = folds_of(&r, (struct bl_folds_how){ .kind = BL_FOLDS_TIME, .k = 4, .repeats = 1, .column = age });
    for (size_t k = 0; k < 4; k++) {
        uint32_t *held, *train;
        size_t n, m;
        double first = INFINITY, last = -INFINITY;
        assert_true(bl_folds_rows(&f, k, true, &held, &n, NULL) && bl_folds_rows(&f, k, false, &train, &m, NULL));
        for (size_t i = 0; i < n; i++)
            first = fmin(first, r.table->columns[age].number[held[i]]);
        for (size_t i = 0; i < m; i++)
            last = fmax(last, r.table->columns[age].number[train[i]]);
        assert_true(last <= first);
        assert_int_equal(n, f.n_rows / 5);
        bl_free(held);
        bl_free(train);
    }
    bl_folds_free(&f);
    reference_close(&r);
}

static void test_the_hash_is_that_of_the_file(void **state)
{
    struct reference r = reference_open("iris");
    struct bl_folds f = folds_of(&r, (struct bl_folds_how){ .kind = BL_FOLDS_CYCLIC, .k = 5, .repeats = 1, .column = SIZE_MAX });
    struct bl_text csv = { 0 }, wanted = { 0 };
    struct bl_sha256 sum;
    char hex[65];

    (void)state;
    bl_text_add(&wanted, "row,fold\n");
    for (int i = 0; i < 150; i++)
        bl_text_addf(&wanted, "%d,%d\n", i, i % 5);
    bl_folds_csv(&f, &csv);
    assert_string_equal(bl_text_get(&csv), bl_text_get(&wanted));
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, wanted.at, wanted.length);
    bl_sha256_end(&sum, hex);
    assert_string_equal(hex, f.sha256);
    bl_text_free(&csv);
    bl_text_free(&wanted);
    bl_folds_free(&f);
    reference_close(&r);
}

static void test_what_cannot_be_dealt_out_is_refused(void **state)
{
    struct reference r = reference_open("iris");
    static const struct { struct bl_folds_how how; const char *part; } cases[] = {
        { { BL_FOLDS_SHUFFLED, 1, 1, SIZE_MAX, 1 }, "at least 2" },
        { { BL_FOLDS_SHUFFLED, 0, 1, SIZE_MAX, 1 }, "at least 2" },
        { { BL_FOLDS_SHUFFLED, 151, 1, SIZE_MAX, 1 }, "151 folds need 151 rows" },
        { { BL_FOLDS_TIME, 150, 1, SIZE_MAX, 1 }, "the first block only trains" },
        { { BL_FOLDS_STRATIFIED, 51, 1, SIZE_MAX, 1 }, "class 'setosa' has 50 rows" },
        { { BL_FOLDS_GROUP, 5, 1, SIZE_MAX, 1 }, "needs the column" },
        { { BL_FOLDS_GROUP, 4, 1, 4, 1 }, "makes 3 groups" },
        { { BL_FOLDS_TIME, 4, 1, 4, 1 }, "need numbers or dates" },
        { { BL_FOLDS_CYCLIC, 4, 2, SIZE_MAX, 1 }, "the same in every repeat" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_folds f;
        struct bl_error err = { 0 };
        assert_false(bl_folds_make(&f, r.table, &r.roles, r.matrix->row, r.matrix->n_rows, &cases[i].how, &err));
        if (!strstr(err.message, cases[i].part) || !err.hint[0])
            fail_msg("case %zu: %s (%s)", i, err.message, err.hint);
    }
    reference_close(&r);
}

/* ---- shares of rows -------------------------------------------------------------------------------------------------*/

static void test_a_larger_share_holds_the_smaller(void **state)
{
    struct reference r = reference_open("iris");
    uint32_t *small = NULL, *large;
    size_t n_small = 0, n_large;

    (void)state;
    for (double share = 0.1; share <= 1.001; share += 0.1) {
        size_t classes[3] = { 0 }, at = 0;
        assert_true(bl_share_rows(r.table, &r.roles, r.matrix->row, 150, fmin(share, 1), 5, 0, &large, &n_large, NULL));
        assert_int_equal(n_large, (size_t)ceil(share * 150 - 1e-9));
        for (size_t i = 0; i < n_large; i++) {
            classes[(size_t)bl_roles_y(&r.roles, r.table, large[i])]++;
            at += at < n_small && small[at] == large[i];
        }
        assert_int_equal(at, n_small);
        assert_in_range(classes[0], n_large / 3, n_large / 3 + 1);
        bl_free(small);
        small = large;
        n_small = n_large;
    }
    bl_free(small);
    reference_close(&r);
}

/* ---- the memo ---------------------------------------------------------------------------------------------------------*/

static void test_what_is_known_is_not_fitted_again(void **state)
{
    struct reference r = reference_open("iris");
    struct bl_folds f = folds_of(&r, (struct bl_folds_how){ .kind = BL_FOLDS_CYCLIC, .k = 3, .repeats = 1, .column = SIZE_MAX });
    struct made m = { "softmax", 0.1 };
    struct bl_procedure p = procedure(&r, &m, "full:newton", 30);
    struct bl_memo *memo = bl_memo_create();
    struct bl_trials a = { .procedures = &p, .n_procedures = 1, .folds = &f, .memo = memo }, b = a;

    (void)state;
    strcpy(p.key, "a name");
    assert_true(bl_trials_run(&a, NULL, NULL, NULL));
    assert_int_equal(bl_memo_count(memo), 3);
    assert_true(bl_trials_run(&b, NULL, NULL, NULL));
    assert_int_equal(b.n_known, 3);
    assert_memory_equal(a.items[2].held, b.items[2].held, sizeof b.items[2].held);
    bl_trials_free(&b);
    strcpy(p.key, "another");
    assert_true(bl_trials_run(&b, NULL, NULL, NULL));
    assert_int_equal(b.n_known, 0);
    bl_memo_clear(memo);
    assert_int_equal(bl_memo_count(memo), 0);
    bl_trials_free(&a);
    bl_trials_free(&b);
    bl_memo_free(memo);
    bl_folds_free(&f);
    reference_close(&r);
}

static void test_stopping_keeps_what_is_done(void **state)
{
    struct reference r = reference_open("iris");
    struct bl_folds f = folds_of(&r, (struct bl_folds_how){ .kind = BL_FOLDS_CYCLIC, .k = 3, .repeats = 1, .column = SIZE_MAX });
    struct made m = { "softmax", 0.1 };
    struct bl_procedure p = procedure(&r, &m, "full:newton", 30);
    struct bl_progress progress = { .stop = true };
    struct bl_trials t = { .procedures = &p, .n_procedures = 1, .folds = &f };
    double mean, sd;

    (void)state;
    assert_true(bl_trials_run(&t, NULL, &progress, NULL));
    assert_true(t.stopped);
    assert_int_equal(t.n_done, 0);
    assert_false(bl_trials_mean(&t, 0, 0, false, &mean, &sd, NULL));
    assert_true(bl_trials_best(&t, 0) == SIZE_MAX);
    bl_trials_free(&t);
    bl_folds_free(&f);
    reference_close(&r);
}

static void test_a_failing_fit_names_its_fold(void **state)
{
    struct reference r = reference_open("iris");
    struct bl_folds f = folds_of(&r, (struct bl_folds_how){ .kind = BL_FOLDS_CYCLIC, .k = 3, .repeats = 1, .column = SIZE_MAX });
    struct made m = { "logistic", 0.1 };
    struct bl_procedure p = procedure(&r, &m, "full:newton", 30);
    struct bl_trials t = { .procedures = &p, .n_procedures = 1, .folds = &f };
    struct bl_pool *pool = bl_pool_create(3, NULL);
    struct bl_error err = { 0 };

    (void)state;
    assert_false(bl_trials_run(&t, pool, NULL, &err));
    assert_non_null(strstr(err.message, "needs 2 classes"));
    assert_non_null(strstr(err.reason, "fold 1 of 3"));
    bl_pool_free(pool);
    bl_folds_free(&f);
    reference_close(&r);
}

static void test_failed_allocations_are_errors(void **state)
{
    struct reference r = reference_open("iris");
    struct made m = { "softmax", 0.1 };
    struct bl_procedure p = procedure(&r, &m, "full:newton", 3);
    bool good = false;

    (void)state;
    for (uint64_t k = 1; !good && k < 5000; k += k < 40 ? 1 : 7) {
        struct bl_folds f;
        struct bl_trials t = { .procedures = &p, .n_procedures = 1, .folds = &f, .keep_predictions = true, .train_figures = true };
        struct bl_error err = { 0 };
        bl_alloc_fail_at(k, false);
        good = bl_folds_make(&f, r.table, &r.roles, r.matrix->row, 150, &(struct bl_folds_how){ BL_FOLDS_STRATIFIED, 2, 1, SIZE_MAX, 1 }, &err);
        if (good) {
            good = bl_trials_run(&t, NULL, NULL, &err);
            bl_trials_free(&t);
            bl_folds_free(&f);
        }
        if (!good)
            assert_int_equal(err.code, BL_MEMORY);
    }
    bl_alloc_fail_at(0, false);
    assert_true(good);
    reference_close(&r);
}

/* ---- two models ---------------------------------------------------------------------------------------------------*/

static void test_the_paired_tests_by_hand(void **state)
{
    /* mean 0.02, variance 0.0005/2 = 2.5e-4 over 5: s^2 = 2.5e-4; error = sqrt((1/5 + 1/4) s^2) */
    static const double d[] = { 0.00, 0.01, 0.02, 0.03, 0.04 };
    struct bl_paired t;
    struct bl_mcnemar m;

    (void)state;
    assert_true(bl_paired_test(d, 5, 0.25, 0.95, &t));
    assert_near("difference", t.difference, 0.02, 1e-14);
    assert_near("error", t.error, sqrt(0.45 * 2.5e-4), 1e-13);
    assert_near("t", t.t, 0.02 / sqrt(0.45 * 2.5e-4), 1e-13);
    /* two-sided p of t with 4 degrees of freedom: 1 - t (1.5 + ...) in closed form */
    double s = t.t * t.t / (4 + t.t * t.t), cdf = 0.5 * sqrt(s) * (3 - s);
    assert_near("p", t.p, 1 - cdf, 1e-12);
    assert_near("interval", t.high - t.low, 2 * 2.7764451051977987 * t.error, 1e-10);
    const double low = t.low;
    bl_paired_within(&t, -1, 0.03);
    assert_true(t.low == low && !t.cut_low && t.high == 0.03 && t.cut_high);
    bl_paired_within(&t, 0, INFINITY);
    assert_true(t.low == 0 && t.cut_low && t.high == 0.03 && !t.cut_high);
    assert_false(bl_paired_test(d, 1, 0.25, 0.95, &t));
    bl_mcnemar(1, 5, &m); /* exact 2 (1 + 6)/64; mid-p that minus 6/64 */
    assert_near("exact", m.exact, 14.0 / 64, 1e-14);
    assert_near("mid", m.mid, 8.0 / 64, 1e-14);
    bl_mcnemar(3, 3, &m);
    assert_near("exact", m.exact, 1, 1e-14);
    assert_near("mid", m.mid, 1 - 0.5 * 20 / 64, 1e-14);
    bl_mcnemar(0, 0, &m);
    assert_true(m.exact == 1 && m.mid == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cross_validation_agrees_with_the_reference),
        cmocka_unit_test(test_any_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(test_held_out_rows_change_nothing_that_is_fitted),
        cmocka_unit_test(test_folds_hold_every_row_out_once),
        cmocka_unit_test(test_stratified_folds_keep_the_shares_of_classes),
        cmocka_unit_test(test_groups_stay_together_and_time_never_looks_ahead),
        cmocka_unit_test(test_the_hash_is_that_of_the_file),
        cmocka_unit_test(test_what_cannot_be_dealt_out_is_refused),
        cmocka_unit_test(test_a_larger_share_holds_the_smaller),
        cmocka_unit_test(test_what_is_known_is_not_fitted_again),
        cmocka_unit_test(test_stopping_keeps_what_is_done),
        cmocka_unit_test(test_a_failing_fit_names_its_fold),
        cmocka_unit_test(test_failed_allocations_are_errors),
        cmocka_unit_test(test_the_paired_tests_by_hand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
