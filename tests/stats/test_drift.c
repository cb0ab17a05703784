/* Drift tests against their definitions evaluated elsewhere: in exact fractions and 50 digits, the exact p of
 * Kolmogorov-Smirnov by counting lattice paths in whole numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/stats.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct bl_table *load(const char *source)
{
    struct bl_error err = {0};
    struct bl_table *t = bl_load(source, &(struct bl_load_options){0}, &err);

    if (!t)
        fail_msg("%s: %s", source, err.message);
    return t;
}

static void near(const char *what, double got, double wanted, double digits)
{
    if (!(fabs(got - wanted) <= pow(10, -digits) * fabs(wanted)))
        fail_msg("%s: %.17g instead of %.17g", what, got, wanted);
}

static uint32_t *span(size_t from, size_t n)
{
    uint32_t *rows = bl_calloc(n, sizeof *rows);

    for (size_t i = 0; i < n; i++)
        rows[i] = (uint32_t)(from + i);
    return rows;
}

/* Rows [from, to) of one column as a table of their own. */
static struct bl_table *part(const struct bl_table *t, const char *name, size_t from, size_t to)
{
    const struct bl_column *c = &t->columns[bl_table_find(t, name)];
    struct bl_table *out = bl_table_create("part", to - from, 1, NULL);

    if (c->number) {
        double *x = bl_calloc(to - from, sizeof *x);

        memcpy(x, c->number + from, (to - from) * sizeof *x);
        assert_true(bl_table_set_numbers(out, 0, name, x, NULL));
    } else {
        uint32_t *code = bl_calloc(to - from, sizeof *code);
        char **levels = bl_calloc(c->n_levels, sizeof *levels);

        memcpy(code, c->code + from, (to - from) * sizeof *code);
        for (size_t k = 0; k < c->n_levels; k++)
            levels[k] = bl_strdup(c->levels[k]);
        assert_true(bl_table_set_codes(out, 0, name, c->type, code, levels, c->n_levels, NULL));
    }
    return out;
}

static struct bl_table *numbers(const double *x, size_t n)
{
    struct bl_table *t = bl_table_create("made", n, 1, NULL);
    double *copy = bl_calloc(n, sizeof *copy);

    if (n)
        memcpy(copy, x, n * sizeof *copy);
    assert_true(bl_table_set_numbers(t, 0, "x", copy, NULL));
    return t;
}

static struct bl_table *letters(const char *text) /* one row a letter; '-' is missing */
{
    struct bl_table *t = bl_table_create("made", strlen(text), 1, NULL);
    uint32_t *code = bl_calloc(strlen(text), sizeof *code);
    char **levels = bl_calloc(26, sizeof *levels);

    for (size_t k = 0; k < 26; k++) {
        const char name[2] = {(char)('a' + k), '\0'};

        levels[k] = bl_strdup(name);
    }
    for (size_t i = 0; text[i]; i++)
        code[i] = text[i] == '-' ? BL_MISSING_CODE : (uint32_t)(text[i] - 'a');
    assert_true(bl_table_set_codes(t, 0, "x", BL_CATEGORICAL, code, levels, 26, NULL));
    return t;
}

/* A figure of all rows of one table beside another; both end here. */
static struct bl_drift_figure figure(const char *test, struct bl_table *before, struct bl_table *now)
{
    struct bl_drift_pair p;
    struct bl_drift_figure f;

    assert_true(bl_drift_pair_of(before, NULL, before->n_rows, 0, now, 0, &p, NULL));
    assert_true(bl_drift_test_named(test)->measure(&p, NULL, &f, NULL));
    bl_drift_pair_done(&p);
    bl_table_free(before);
    bl_table_free(now);
    return f;
}

static struct bl_drift_figure of_numbers(const char *test, const double *a, size_t n, const double *b, size_t m)
{
    return figure(test, numbers(a, n), numbers(b, m));
}

/* ---- reference values ---------------------------------------------------------------------------*/

static void test_numbers_agree_with_definitions(void **state)
{
    static const struct { const char *set, *name; size_t from, to, end; double ks, ks_p, psi, psi_p; size_t bins; double chi2, chi2_p, js, w; } cases[] = {
        {"iris", "sepal_length", 50, 100, 150, 0.46000000000000002, 1.8675091263580352e-05, 1.1125268879604757, 0.0010248876572475584, 10, 24.357692307692307, 6.7712945762636072e-05, 0.48023904663418449, 1.2631469304488869},
        {"iris", "sepal_width", 50, 100, 150, 0.26000000000000001, 0.028255980097372867, 0.44786039745054845, 0.19081135765427451, 9, 8.7297219297219293, 0.068221841805265568, 0.30580472802784581, 0.65009907574934722},
        {"iris", "petal_width", 50, 100, 150, 0.88, 1.4354815653645436e-20, 3.5760368064213059, 4.0351147548509462e-17, 7, 71.430323299888514, 2.1083412352856777e-15, 0.80064765380641656, 3.5397750360901057},
        {"titanic", "Age", 0, 400, 891, 0.082298136645962736, 0.12197909739870821, 0.066419315636362261, 0.14572555948968893, 11, 14.655038379253767, 0.14515378400204593, 0.11028294540720593, 0.13072660136534056},
        {"titanic", "Fare", 0, 400, 891, 0.032800407331975562, 0.93506344122714258, 0.015468431087999895, 0.94582090988816425, 10, 3.4664854833987007, 0.94290443807205249, 0.053321437211041683, 0.060120565235230454},
        {"titanic", "SibSp", 0, 400, 891, 0.03529022403258656, 0.31705563593327779, 0.02275633322398973, 0.17062211466410823, 4, 5.0726410211882698, 0.16655463711699559, 0.063955303949304265, 0.11040044782387753},
        {"airquality", "ozone", 0, 76, 153, 0.27998766574159728, 0.015739159076349901, 0.75057219925675411, 0.0013890072689835447, 11, 25.096788404518669, 4.8104916544454928e-05, 0.38086140331739732, 0.45190595635459441},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bl_table *t = load(cases[i].set), *now = part(t, cases[i].name, cases[i].to, cases[i].end);
        const size_t n = cases[i].to - cases[i].from;
        uint32_t *rows = span(cases[i].from, n);
        struct bl_drift_pair p;
        struct bl_drift_figure f;

        assert_true(bl_drift_pair_of(t, rows, n, bl_table_find(t, cases[i].name), now, 0, &p, NULL));
        assert_true(bl_drift_ks(&p, NULL, &f, NULL));
        near(cases[i].name, f.statistic, cases[i].ks, 14);
        near(cases[i].name, f.p, cases[i].ks_p, 12);
        assert_true(f.exact);
        assert_true(bl_drift_psi(&p, NULL, &f, NULL));
        near(cases[i].name, f.statistic, cases[i].psi, 13);
        near(cases[i].name, f.p, cases[i].psi_p, 11);
        assert_int_equal(f.cells, cases[i].bins);
        assert_true(bl_drift_chi2(&p, NULL, &f, NULL));
        near(cases[i].name, f.statistic, cases[i].chi2, 13);
        near(cases[i].name, f.p, cases[i].chi2_p, 11);
        assert_true(bl_drift_js(&p, NULL, &f, NULL));
        near(cases[i].name, f.statistic, cases[i].js, 13);
        assert_true(bl_drift_wasserstein(&p, NULL, &f, NULL));
        near(cases[i].name, f.statistic, cases[i].w, 13);
        bl_drift_pair_done(&p);
        bl_free(rows);
        bl_table_free(now);
        bl_table_free(t);
    }
}

static void test_levels_agree_with_definitions(void **state)
{
    static const struct { const char *set, *name; size_t to; double psi, psi_p; size_t bins; double chi2, chi2_p; size_t cells, pooled; double js; } cases[] = {
        {"titanic", "Embarked", 400, 0.0094470348972593623, 0.55548629343073708, 4, 2.0777538422960085, 0.35385186242797245, 3, 2, 0.041123389853694528},
        {"titanic", "Sex", 400, 0.013002107300236794, 0.090468969152440057, 2, 2.8791438987862619, 0.089733717567807444, 2, 0, 0.048465083033005084},
        {"penguins", "island", 250, 1.5283585463155522, 2.1283559252185444e-23, 3, 78.696388796287223, 8.1526031058728535e-18, 3, 0, 0.49085661423843113},
        {"penguins", "sex", 170, 0.0015927417374353749, 0.93381341120300265, 3, 0.14571586628381761, 0.92973290487650084, 3, 0, 0.017485520306099327},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bl_table *t = load(cases[i].set), *now = part(t, cases[i].name, cases[i].to, t->n_rows);
        uint32_t *rows = span(0, cases[i].to);
        struct bl_drift_pair p;
        struct bl_drift_figure f;

        assert_true(bl_drift_pair_of(t, rows, cases[i].to, bl_table_find(t, cases[i].name), now, 0, &p, NULL));
        assert_true(bl_drift_psi(&p, NULL, &f, NULL));
        near(cases[i].name, f.statistic, cases[i].psi, 13);
        near(cases[i].name, f.p, cases[i].psi_p, 11);
        assert_int_equal(f.cells, cases[i].bins);
        assert_true(bl_drift_chi2(&p, NULL, &f, NULL));
        near(cases[i].name, f.statistic, cases[i].chi2, 13);
        near(cases[i].name, f.p, cases[i].chi2_p, 11);
        assert_int_equal(f.cells, cases[i].cells);
        assert_int_equal(f.pooled, cases[i].pooled);
        assert_true(bl_drift_js(&p, NULL, &f, NULL));
        near(cases[i].name, f.statistic, cases[i].js, 13);
        bl_drift_pair_done(&p);
        bl_free(rows);
        bl_table_free(now);
        bl_table_free(t);
    }
}

/* 2 Σ (-1)^(k-1) exp(-2k²λ²) with 200 terms in 50 digits. */
static void test_kolmogorov_tail(void **state)
{
    static const struct { double x, q; } cases[] = { {0.3, 0.99999069419866549}, {0.5, 0.96394524366487511}, {1, 0.2699996716773545}, {1.17, 0.12939004218561878}, {1.19, 0.11774229287977164}, {1.36, 0.049485876755377911}, {2, 0.00067092525577969533}, {3, 3.0459959489425258e-08} };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        near("tail", bl_kolmogorov_q(cases[i].x), cases[i].q, 13);
    assert_true(bl_kolmogorov_q(0) == 1 && bl_kolmogorov_q(0.01) == 1 && isnan(bl_kolmogorov_q(NAN)));
}

/* Above 10^7 pairs the series of Stephens takes over. */
static void test_many_rows_take_the_series(void **state)
{
    const size_t n = 4000;
    double *a = bl_calloc(n, sizeof *a), *b = bl_calloc(n, sizeof *b), e = sqrt((double)n / 2);
    struct bl_drift_figure f;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        a[i] = (double)i;
        b[i] = (double)i + 120.5;
    }
    f = of_numbers("ks", a, n, b, n);
    assert_false(f.exact);
    near("statistic", f.statistic, 121.0 / 4000, 15);
    near("p", f.p, bl_kolmogorov_q((e + 0.12 + 0.11 / e) * 121 / 4000), 13);
    bl_free(a);
    bl_free(b);
}

/* ---- by hand -------------------------------------------------------------------------------------*/

/* Two values below two: D 1, and 2 of the 6 arrangements are so far apart. With a tie across the samples (0 1 | 1 2)
 * D is 1/2, which every arrangement of 0 1 1 2 has. */
static void test_small_samples_by_hand(void **state)
{
    static const double low[] = {0, 1}, high[] = {2, 3}, tied[] = {1, 2}, four[] = {0, 1, 2, 3};
    struct bl_drift_figure f = of_numbers("ks", low, 2, high, 2);

    (void)state;
    assert_true(f.statistic == 1);
    near("p", f.p, 1.0 / 3, 15);
    f = of_numbers("ks", low, 2, tied, 2);
    assert_true(f.statistic == 0.5);
    near("p", f.p, 1, 15);
    f = of_numbers("wasserstein", low, 2, high, 2); /* 2 to the right, deviation 1/sqrt 2 */
    near("wasserstein", f.statistic, 2 * sqrt(2), 15);
    for (int power = -1072; power <= 1020; power += 523) { /* in any unit, to the ends of the range of numbers */
        const double there[] = {0, ldexp(1, power)}, far[] = {ldexp(2, power), ldexp(3, power)};

        near("wasserstein", of_numbers("wasserstein", there, 2, far, 2).statistic, 2 * sqrt(2), 15);
    }
    f = of_numbers("ks", four, 4, four, 4);
    assert_true(f.statistic == 0 && f.p == 1);
    f = of_numbers("wasserstein", four, 4, four, 4);
    assert_true(f.statistic == 0);
}

static void test_constants_have_an_answer(void **state)
{
    static const double five[] = {5, 5, 5, 5}, six[] = {6, 6, 6};

    (void)state;
    for (size_t i = 0; bl_drift_tests[i]; i++) {
        const struct bl_drift_figure same = of_numbers(bl_drift_tests[i]->name, five, 4, five, 3);

        if (same.statistic != 0 || (isnan(bl_drift_tests[i]->threshold) && same.p != 1))
            fail_msg("%s: %g, p %g", bl_drift_tests[i]->name, same.statistic, same.p);
    }
    assert_true(of_numbers("ks", five, 4, six, 3).statistic == 1);
    near("p", of_numbers("ks", five, 4, six, 3).p, 1.0 / 35, 14);
    assert_true(isinf(of_numbers("wasserstein", five, 4, six, 3).statistic)); /* no deviation to measure by */
    assert_true(of_numbers("js", five, 4, six, 3).statistic == 1);
}

static void test_nothing_present_has_no_figure(void **state)
{
    static const double some[] = {1, 2, 3}, none[] = {NAN, NAN};

    (void)state;
    assert_true(isnan(of_numbers("ks", some, 3, none, 2).statistic) && isnan(of_numbers("wasserstein", none, 2, some, 3).statistic));
    assert_true(of_numbers("js", some, 3, none, 2).statistic == 1); /* missing is a bin */
    for (size_t i = 0; bl_drift_tests[i]; i++)
        assert_true(isnan(of_numbers(bl_drift_tests[i]->name, some, 3, some, 0).statistic));
}

/* 60 zeros of 100: six tenths are equal and make one bin; equal ones of a column of 0 and 1 leave two. */
static void test_equal_quantiles_are_one_edge(void **state)
{
    double x[100], binary[100];

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        x[i] = i < 60 ? 0 : (double)i;
        binary[i] = i < 60;
    }
    assert_int_equal(of_numbers("psi", x, 100, x, 100).cells, 5);
    assert_int_equal(of_numbers("psi", binary, 100, binary, 100).cells, 2);
}

static void test_small_levels_are_pooled(void **state)
{
    /* 20 against 20 rows: c and d expect 1 and 2, with b (4 each) 7 in all */
    const struct bl_drift_figure f = figure("chi2", letters("aaaaaaaaaaaaabbbbcdd"), letters("aaaaaaaaaaaaabbbbcdd"));
    struct bl_drift_figure none;

    (void)state;
    assert_true(f.cells == 2 && f.pooled == 3 && f.df == 1 && f.statistic == 0 && f.p == 1);
    none = figure("chi2", letters("abcd"), letters("efgh")); /* everything goes into one: no test */
    assert_true(none.cells == 1 && isnan(none.statistic) && isnan(none.p));
}

static void test_unseen_levels_and_gaps_are_told(void **state)
{
    struct bl_table *before = letters("aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbb"), *now = letters("aaaaaaaaaaaaaaaaxyyzzz--------------bb");
    const size_t at = 0;
    const struct bl_drift_options o = {.alpha = 0.05};
    struct bl_drift_column c;

    (void)state;
    assert_true(bl_drift_compare(before, NULL, before->n_rows, &at, 1, now, &o, &c, NULL));
    assert_int_equal(c.n_new, 3);
    assert_int_equal(c.new_rows, 6);
    assert_string_equal(c.first_new, "z");
    assert_int_equal(c.missing[1], 14);
    assert_int_equal(c.verdict, BL_DRIFTED);
    /* 74 rows: (0 14; 36 24), no correction */
    near("missing", c.missing_p, erfc(sqrt(74.0 * 14 * 36 * 14 * 36 / (36.0 * 38 * 14 * 60) / 2)), 12);
    bl_table_free(before);
    bl_table_free(now);
}

/* ---- verdicts ---------------------------------------------------------------------------------------*/

static void test_few_rows_have_no_verdict(void **state)
{
    double x[60], y[60];
    const size_t at = 0;

    (void)state;
    for (size_t i = 0; i < 60; i++) {
        x[i] = (double)i;
        y[i] = (double)i + 1000;
    }
    for (size_t k = 0; bl_drift_tests[k]; k++)
        for (size_t m = 29; m <= 30; m++)
            for (int swapped = 0; swapped < 2; swapped++) {
                struct bl_table *before = numbers(x, swapped ? m : 60), *now = numbers(y, swapped ? 60 : m);
                const struct bl_drift_options o = {.alpha = 0.05, .test = bl_drift_tests[k]};
                struct bl_drift_column c;

                assert_true(bl_drift_compare(before, NULL, before->n_rows, &at, 1, now, &o, &c, NULL));
                assert_int_equal(c.verdict, m < 30 ? BL_TOO_FEW : BL_DRIFTED);
                assert_true(m >= 30 || (isnan(c.p) && c.why));
                bl_table_free(before);
                bl_table_free(now);
            }
}

static void test_auto_goes_from_probabilities_to_distances(void **state)
{
    static double x[1001];
    const size_t at = 0;

    (void)state;
    for (size_t i = 0; i < 1001; i++)
        x[i] = (double)(i * 7 % 1001);
    for (size_t n = 1000; n <= 1001; n++) {
        struct bl_table *t = numbers(x, n);
        const struct bl_drift_options o = {.alpha = 0.05};
        struct bl_drift_column c;

        assert_true(bl_drift_compare(t, NULL, n, &at, 1, t, &o, &c, NULL));
        assert_string_equal(c.test->name, n == 1000 ? "ks" : "wasserstein");
        assert_int_equal(c.verdict, BL_STEADY);
        bl_table_free(t);
    }
}

static void test_columns_of_another_type_and_missing_ones_are_named(void **state)
{
    static const double x[] = {1, 2, 3};
    struct bl_table *before = numbers(x, 3), *now = letters("abc"), *other = bl_table_create("other", 3, 0, NULL);
    const size_t at = 0;
    const struct bl_drift_options o = {.alpha = 0.05};
    struct bl_drift_column c;

    (void)state;
    assert_true(bl_drift_compare(before, NULL, 3, &at, 1, now, &o, &c, NULL));
    assert_true(!c.test && c.verdict == BL_NO_VERDICT && !strcmp(c.why, "of another type"));
    assert_true(bl_drift_compare(before, NULL, 3, &at, 1, other, &o, &c, NULL));
    assert_true(!c.test && c.other == SIZE_MAX && !strcmp(c.why, "not there"));
    bl_table_free(before);
    bl_table_free(now);
    bl_table_free(other);
}

/* Holm: 0.01·4, 0.02·3, max(0.06, 0.03·2), max(…, 0.5). Benjamini-Hochberg from above: 0.5, 0.04, 0.04, 0.04. */
static void test_corrections_by_hand(void **state)
{
    static const double p[] = {0.03, NAN, 0.01, 0.5, 0.02}, holm[] = {0.06, NAN, 0.04, 0.5, 0.06}, bh[] = {0.04, NAN, 0.04, 0.5, 0.04};
    double got[5];

    (void)state;
    for (enum bl_correction how = BL_HOLM; how <= BL_UNCORRECTED; how++) {
        assert_true(bl_adjust_p(p, 5, how, got));
        for (size_t i = 0; i < 5; i++) {
            const double wanted = how == BL_HOLM ? holm[i] : how == BL_BENJAMINI_HOCHBERG ? bh[i] : p[i];

            assert_true(isnan(wanted) ? isnan(got[i]) : fabs(got[i] - wanted) < 1e-15);
        }
    }
    assert_true(bl_adjust_p(NULL, 0, BL_HOLM, NULL));
}

static void test_memory_that_ends_is_an_error(void **state)
{
    struct bl_table *t = letters("aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbbbbb");
    const size_t at = 0;
    const struct bl_drift_options o = {.alpha = 0.05};
    bool fine = false;

    (void)state;
    for (uint64_t k = 1; !fine && k < 100; k++) {
        struct bl_drift_column c;
        struct bl_error err = {0};

        bl_alloc_fail_at(k, false);
        fine = bl_drift_compare(t, NULL, t->n_rows, &at, 1, t, &o, &c, &err);
        bl_alloc_fail_at(0, false);
        assert_true(fine || err.code == BL_MEMORY);
        assert_true(!fine || k > 5);
    }
    assert_true(fine);
    bl_table_free(t);
}

/* ---- false alarms ------------------------------------------------------------------------------------*/

/* Pairs of 500 rows from one distribution: at 5 % every test raises its 3.5 to 6.5 %. A tenth of the
 * pairs, with room for chance (2 to 9 %), unless BATCHLAB_LONG is set. Chi-square counts 8 levels. */
static void test_unchanged_pairs_raise_few_alarms(void **state)
{
    static const char *const names[] = {"ks", "psi", "chi2"};
    const size_t pairs = getenv("BATCHLAB_LONG") ? 2000 : 200;
    const double low = pairs == 2000 ? 0.035 : 0.015, high = pairs == 2000 ? 0.065 : 0.09;
    size_t alarms[3] = {0};

    (void)state;
    for (size_t k = 0; k < pairs; k++) {
        double x[2][500];

        for (uint32_t side = 0; side < 2; side++) {
            struct bl_random r = bl_random_stream(11, BL_FOR_NOISE, (uint32_t)k, side);

            for (size_t i = 0; i < 500; i++)
                x[side][i] = bl_random_normal(&r);
        }
        for (size_t j = 0; j < 3; j++) {
            for (size_t i = 0; j == 2 && i < 1000; i++)
                x[i / 500][i % 500] = floor(4 + 2 * fmax(-2, fmin(1.9, x[i / 500][i % 500])));
            alarms[j] += of_numbers(names[j], x[0], 500, x[1], 500).p <= 0.05;
        }
    }
    for (size_t j = 0; j < 3; j++) {
        const double share = (double)alarms[j] / (double)pairs;

        if (!(share >= low && share <= high))
            fail_msg("%s: %.4f of %zu unchanged pairs", names[j], share, pairs);
        if (getenv("DRIFT_TELL"))
            print_message("%s %.4f\n", names[j], share);
    }
}

/* A shift of half a deviation at 500 rows is found by all, always. */
static void test_a_shift_is_found(void **state)
{
    (void)state;
    for (uint32_t k = 0; k < 20; k++) {
        double x[2][500];
        const size_t at = 0;

        for (uint32_t side = 0; side < 2; side++) {
            struct bl_random r = bl_random_stream(12, BL_FOR_NOISE, k, side);

            for (size_t i = 0; i < 500; i++)
                x[side][i] = bl_random_normal(&r) + 0.5 * side;
        }
        for (size_t j = 0; bl_drift_tests[j]; j++) {
            struct bl_table *before = numbers(x[0], 500), *now = numbers(x[1], 500);
            const struct bl_drift_options o = {.alpha = 0.05, .test = bl_drift_tests[j]};
            struct bl_drift_column c;

            assert_true(bl_drift_compare(before, NULL, 500, &at, 1, now, &o, &c, NULL));
            assert_int_equal(c.verdict, BL_DRIFTED);
            bl_table_free(before);
            bl_table_free(now);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_agree_with_definitions),
        cmocka_unit_test(test_levels_agree_with_definitions),
        cmocka_unit_test(test_kolmogorov_tail),
        cmocka_unit_test(test_many_rows_take_the_series),
        cmocka_unit_test(test_small_samples_by_hand),
        cmocka_unit_test(test_constants_have_an_answer),
        cmocka_unit_test(test_nothing_present_has_no_figure),
        cmocka_unit_test(test_equal_quantiles_are_one_edge),
        cmocka_unit_test(test_small_levels_are_pooled),
        cmocka_unit_test(test_unseen_levels_and_gaps_are_told),
        cmocka_unit_test(test_few_rows_have_no_verdict),
        cmocka_unit_test(test_auto_goes_from_probabilities_to_distances),
        cmocka_unit_test(test_columns_of_another_type_and_missing_ones_are_named),
        cmocka_unit_test(test_corrections_by_hand),
        cmocka_unit_test(test_memory_that_ends_is_an_error),
        cmocka_unit_test(test_unchanged_pairs_raise_few_alarms),
        cmocka_unit_test(test_a_shift_is_found),
    };

    return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}
