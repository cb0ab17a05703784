/* Searches, learning curves, intervals, thresholds and calibration. */
#include "tests/prepare/reference.h"

#include "batchlab/evaluate.h"

struct made { double l2; };

static bool make(const void *model, const struct bl_procedure *p, const struct bl_matrix *train, struct bl_objective *out, struct bl_error *err)
{
    const char *name = p->roles->task == BL_REGRESSION ? "linear" : p->roles->n_classes == 2 ? "logistic" : "softmax";

    return bl_objective_init(out, bl_objective_find(name), train, NULL, p->roles->n_classes, true, ((const struct made *)model)->l2, "target", err);
}

static void procedures(const struct reference *r, const struct made *m, size_t n, struct bl_procedure *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct bl_procedure){ .table = r->table, .roles = &r->roles, .recipe = r->recipe, .share = 1, .objective = make, .model = &m[i] };
        bl_settings_init(&out[i].settings);
        assert_true(bl_settings_regime(&out[i].settings, r->roles.task == BL_REGRESSION ? "full:closed" : "full:newton", NULL));
        out[i].settings.epochs = 60;
        snprintf(out[i].key, sizeof out[i].key, "l2 %.17g", m[i].l2);
    }
}

static struct bl_folds fold(const struct reference *r, size_t k)
{
    struct bl_folds_how how = { BL_FOLDS_SHUFFLED, k, 1, SIZE_MAX, 1 };
    struct bl_folds f;

    assert_true(bl_folds_make(&f, r->table, &r->roles, r->matrix->row, r->matrix->n_rows, &how, NULL));
    return f;
}

static void assert_near(const char *what, double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected)))
        fail_msg("%s: %.17g instead of %.17g", what, got, expected);
}

/* ---- successive halving ---------------------------------------------------------------------------------*/

static void test_halving_keeps_a_third_on_three_times_the_rows(void **state)
{
    struct reference r = reference_open("diabetes");
    struct made m[9];
    struct bl_procedure p[9];
    struct bl_folds f = fold(&r, 3);
    struct bl_halving h = { .procedures = p, .n = 9, .folds = &f, .metric = 0, .least_rows = 20 }, again;
    struct bl_pool *pool = bl_pool_create(3, NULL);
    size_t finals = 0, best = 0;

    (void)state;
    for (size_t i = 0; i < 9; i++)
        m[i].l2 = exp2((double)i * 2 - 6); /* 1/64 ... 1024 */
    procedures(&r, m, 9, p);
    again = h;
    assert_true(bl_halving_run(&h, NULL, NULL, NULL));
    assert_int_equal(h.n_rungs, 3);
    assert_int_equal(h.rungs[0].n, 9);
    assert_int_equal(h.rungs[1].n, 3);
    assert_int_equal(h.rungs[2].n, 1);
    assert_near("share", h.rungs[0].share, 1.0 / 9, 1e-12);
    for (size_t i = 0; i < 9; i++)
        if (h.points[i].rung == 2) {
            finals++;
            best = i;
        }
    assert_int_equal(finals, 1);
    assert_in_range(best, 0, 4); /* heavy penalties are far worse here */
    assert_true(bl_halving_run(&again, pool, NULL, NULL));
    for (size_t i = 0; i < 9; i++)
        assert_memory_equal(h.points[i].mean, again.points[i].mean, sizeof h.points[i].mean);
    bl_halving_free(&h);
    bl_halving_free(&again);
    bl_pool_free(pool);
    bl_folds_free(&f);
    reference_close(&r);
}

/* ---- nested ------------------------------------------------------------------------------------------------*/

static void test_nested_folds_choose_without_the_rows_that_judge(void **state)
{
    struct reference r = reference_open("mtcars");
    struct made m[3] = { { 0.01 }, { 1 }, { 1000 } };
    struct bl_procedure p[3];
    struct bl_folds outer = fold(&r, 4);
    struct bl_memo *memo = bl_memo_create();
    struct bl_nested x = { .procedures = p, .n = 3, .outer = &outer, .inner = { BL_FOLDS_SHUFFLED, 3, 1, SIZE_MAX, 2 }, .memo = memo };
    double first;
    size_t best, target = r.roles.target;

    (void)state;
    procedures(&r, m, 3, p);
    assert_true(bl_nested_run(&x, NULL, NULL, NULL));
    first = x.items[0].held[0];
    best = x.items[0].best;
    assert_true(x.items[0].done && x.items[3].done && isfinite(first));
    bl_nested_free(&x);
    /* other targets in the rows that judge: the same choice, another figure */
    for (size_t i = 0; i < outer.n_rows; i++)
        if (outer.fold[i] == 0)
            r.table->columns[target].number[outer.rows[i]] += 1000;
    bl_memo_clear(memo);
    assert_true(bl_nested_run(&x, NULL, NULL, NULL));
    assert_int_equal(x.items[0].best, best);
    assert_true(x.items[0].held[0] > first + 1e4);
    bl_nested_free(&x);
    bl_memo_free(memo);
    bl_folds_free(&outer);
    reference_close(&r);
}

/* ---- learning curves -----------------------------------------------------------------------------------------*/

static struct bl_curve_verdict verdict_of(struct reference *r, double l2, const double *shares, size_t n)
{
    struct made m[8];
    struct bl_procedure p[8];
    struct bl_folds f = fold(r, 5);
    struct bl_trials t = { .procedures = p, .n_procedures = n, .folds = &f, .train_figures = true };
    struct bl_curve_verdict v;

    for (size_t i = 0; i < n; i++)
        m[i].l2 = l2;
    procedures(r, m, n, p);
    for (size_t i = 0; i < n; i++)
        p[i].share = shares[i];
    assert_true(bl_trials_run(&t, NULL, NULL, NULL));
    bl_curve_judge(&t, 0, &v);
    bl_trials_free(&t);
    bl_folds_free(&f);
    return v;
}

/* 120 rows, the target a sum of 30 columns with a little noise: few rows for what is to be learned. */
static struct reference few_rows(void)
{
    struct reference r = { 0 };
    struct bl_text csv = { 0 };
    struct bl_random random = bl_random_stream(1, BL_FOR_NOISE, 0, 0);
    uint32_t *rows;
    size_t n;

    for (int j = 0; j < 30; j++)
        bl_text_addf(&csv, "x%d,", j);
    bl_text_add(&csv, "y\n");
    for (int i = 0; i < 120; i++) {
        double y = bl_random_normal(&random);
        for (int j = 0; j < 30; j++) {
            double x = bl_random_normal(&random);
            y += x;
            bl_text_addf(&csv, "%.17g,", x);
        }
        bl_text_addf(&csv, "%.17g\n", y);
    }
    r.table = bl_load_bytes(csv.at, csv.length, "few", &(struct bl_load_options){ 0 }, NULL);
    assert_true(r.table && bl_roles_choose(&r.roles, r.table, "y", BL_REGRESSION, NULL, NULL));
    r.recipe = bl_recipe_default(NULL);
    assert_true(bl_recipe_rows(r.recipe, r.table, &r.roles, &rows, &n, NULL) &&
                bl_recipe_fit(r.recipe, r.table, &r.roles, rows, n, NULL, NULL, NULL));
    r.matrix = bl_recipe_apply(r.recipe, r.table, &r.roles, rows, n, NULL, NULL);
    r.json = json_object();
    bl_free(rows);
    bl_text_free(&csv);
    return r;
}

static void test_a_learning_curve_is_judged(void **state)
{
    static const double all[] = { 0.1, 0.2, 0.35, 0.5, 0.7, 1 }, late[] = { 0.4, 0.5, 0.7, 1 };
    struct reference r = reference_open("california_housing");
    struct bl_curve_verdict v = verdict_of(&r, 1e-6, all, 6);

    (void)state;
    assert_int_equal(v.verdict, BL_DATA_ENOUGH); /* 16,000 rows for 8 columns */
    assert_true(v.fits && v.at_double > 0.9 * v.a);
    reference_close(&r);
    r = few_rows();
    v = verdict_of(&r, 1e-6, late, 4);
    assert_int_equal(v.verdict, BL_DATA_HELPS);
    assert_true(v.gain > 2 * v.error && v.gap > 0);
    reference_close(&r);
}

/* ---- the bootstrap ----------------------------------------------------------------------------------------------*/

static void test_intervals_are_those_of_the_resamples(void **state)
{
    enum { N = 400, B = 2000 };
    double p[N], y[N];
    struct bl_interval one[BL_METRICS_MAX], many[BL_METRICS_MAX];
    struct bl_bootstrap how = { B, 0.95, 7, true };
    struct bl_random random = bl_random_stream(3, BL_FOR_NOISE, 0, 0);
    struct bl_pool *pool = bl_pool_create(8, NULL);
    double mse = 0, fourth = 0;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        double e = bl_random_normal(&random);
        p[i] = (double)i;
        y[i] = p[i] + e;
        mse += e * e / N;
        fourth += e * e * e * e / N;
    }
    assert_true(bl_bootstrap_values(&how, p, y, N, one, NULL, NULL, NULL));
    assert_true(bl_bootstrap_values(&how, p, y, N, many, pool, NULL, NULL));
    assert_memory_equal(one, many, sizeof one);
    /* the mean square is a mean: its interval is that of the central limit theorem, to a few per cent */
    double half = 1.96 * sqrt((fourth - mse * mse) / N);
    assert_near("low", one[1].low, mse - half, 0.03);
    assert_near("high", one[1].high, mse + half, 0.03);
    assert_near("loss", one[0].low, one[1].low / 2, 1e-12);
    bl_pool_free(pool);
}

static void test_intervals_of_classes_hold_the_figures(void **state)
{
    enum { N = 200 };
    double p[3 * N], y[N];
    struct bl_interval out[BL_METRICS_MAX];
    struct bl_bootstrap how = { 500, 0.9, 1, false };
    struct bl_random random = bl_random_stream(5, BL_FOR_NOISE, 0, 0);
    struct bl_evaluation e;
    struct bl_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < N; i++) {
        double sum = 0;
        y[i] = (double)(i % 3);
        for (size_t c = 0; c < 3; c++)
            sum += p[3 * i + c] = bl_random_unit(&random) + 0.4 * (c == i % 3);
        for (size_t c = 0; c < 3; c++)
            p[3 * i + c] /= sum;
    }
    assert_true(bl_evaluate_classes(&e, p, y, N, 3, 1, NAN, NULL, NULL));
    assert_true(bl_bootstrap_classes(&how, p, y, N, 3, 1, out, NULL, NULL, NULL));
    assert_true(isnan(out[0].low)); /* the loss of another kind has none */
    for (size_t i = 1; i < e.n_figures - 1; i++) /* the calibration error is biased upwards: left out */
        if (!(out[i].low < e.figures[i].value && e.figures[i].value < out[i].high))
            fail_msg("%s: %g not in %g .. %g", e.figures[i].metric->name, e.figures[i].value, out[i].low, out[i].high);
    bl_evaluation_free(&e);
    how.resamples = 5;
    assert_false(bl_bootstrap_classes(&how, p, y, N, 3, 1, out, NULL, NULL, &err));
    assert_non_null(strstr(err.message, "resamples=5"));
    how = (struct bl_bootstrap){ 100, 1, 1, false };
    assert_false(bl_bootstrap_classes(&how, p, y, N, 3, 1, out, NULL, NULL, &err));
    assert_non_null(strstr(err.message, "level=1"));
}

/* ---- thresholds ----------------------------------------------------------------------------------------------------*/

static void test_thresholds_by_hand(void **state)
{
    /* class 1: .9(1) .8(1) .7(0) .7(1) .2(0) */
    static const double p[] = { .1, .9, .2, .8, .3, .7, .3, .7, .8, .2 }, y[] = { 1, 1, 0, 1, 0 };
    static const struct { double threshold; size_t tp, fp; double precision; } wanted[] = {
        { INFINITY, 0, 0, NAN }, { .9, 1, 0, 1 }, { .8, 2, 0, 1 }, { .7, 3, 1, .75 }, { .2, 3, 2, .6 },
    };
    struct bl_thresholds t;

    (void)state;
    assert_true(bl_thresholds_of(p, y, 5, 2, 1, &t, NULL, NULL));
    assert_int_equal(t.n, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_true(t.items[i].threshold == wanted[i].threshold);
        assert_int_equal(t.items[i].tp, wanted[i].tp);
        assert_int_equal(t.items[i].fp, wanted[i].fp);
        assert_near("tpr", t.items[i].tpr, (double)wanted[i].tp / 3, 1e-15);
        assert_near("fpr", t.items[i].fpr, (double)wanted[i].fp / 2, 1e-15);
        assert_true(i == 0 ? isnan(t.items[i].precision) : fabs(t.items[i].precision - wanted[i].precision) < 1e-15);
    }
    assert_near("auc", t.auc, (2 + 2 + 1.5) / 6, 1e-15);
    assert_near("average precision", t.average_precision, (1 + 1 + .75) / 3, 1e-15);
    bl_thresholds_free(&t);
}

static void test_calibration_by_hand(void **state)
{
    static const double p[] = { .95, .05, .15, .85, .12, .88, 1, 0 }, y[] = { 0, 1, 0, 1 }, margins[] = { -2, 2 };
    struct bl_calibration c;
    struct bl_error err = { 0 };

    (void)state;
    assert_true(bl_calibration_of(p, y, 4, 2, 1, 10, &c, NULL));
    assert_int_equal(c.bins[0].rows, 2); /* .05 (0), 0 (1) */
    assert_near("claimed", c.bins[0].claimed, .025, 1e-14);
    assert_near("happened", c.bins[0].happened, .5, 1e-14);
    assert_int_equal(c.bins[8].rows, 2); /* .85 (1), .88 (0) */
    assert_near("ece", c.ece, (2 * .475 + 2 * fabs(.865 - .5)) / 4, 1e-14);
    assert_near("worst", c.worst, .475, 1e-14);
    assert_false(bl_calibration_of(margins, y, 1, 2, 1, 10, &c, &err));
    assert_non_null(strstr(err.message, "no probabilities"));
}

static void test_margins_have_no_probability_figures(void **state)
{
    static const double margins[] = { -2, 2, 1, -1, -3, 3 }, y[] = { 1, 0, 0 };
    static const char *const none[] = { "log_loss", "brier", "ece" };
    struct bl_evaluation e;

    (void)state;
    assert_true(bl_evaluate_classes(&e, margins, y, 3, 2, 1, 0.25, NULL, NULL));
    for (size_t i = 0; i < 3; i++)
        assert_true(isnan(bl_evaluation_figure(&e, none[i])->value) && bl_evaluation_figure(&e, none[i])->reason);
    assert_true(bl_evaluation_figure(&e, "loss")->value == 0.25);
    assert_near("auc", bl_evaluation_figure(&e, "auc")->value, .5, 1e-15);
    bl_evaluation_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_halving_keeps_a_third_on_three_times_the_rows),
        cmocka_unit_test(test_nested_folds_choose_without_the_rows_that_judge),
        cmocka_unit_test(test_a_learning_curve_is_judged),
        cmocka_unit_test(test_intervals_are_those_of_the_resamples),
        cmocka_unit_test(test_intervals_of_classes_hold_the_figures),
        cmocka_unit_test(test_thresholds_by_hand),
        cmocka_unit_test(test_calibration_by_hand),
        cmocka_unit_test(test_margins_have_no_probability_figures),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
