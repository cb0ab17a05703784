/* Statistics on made up data: figures known beforehand, slow and plain ways as the oracle, columns
 * that hurt, the same bits from any number of threads and any vector unit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/stats.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct bl_random dice;

static double *copy_of(const double *x, size_t n)
{
    double *y = bl_calloc(n, sizeof *y);

    memcpy(y, x, n * sizeof *y);
    return y;
}

static struct bl_table *table_of(const double *x, size_t n_rows, size_t n_columns)
{
    struct bl_table *t = bl_table_create("made", n_rows, n_columns, NULL);
    char name[32];

    for (size_t j = 0; j < n_columns; j++) {
        snprintf(name, sizeof name, "x%zu", j);
        assert_true(bl_table_set_numbers(t, j, name, copy_of(x + j * n_rows, n_rows), NULL));
    }
    return t;
}

/* Columns of different nature: normal, few values, trend, missing values, constant, huge. */
static double *mixed(size_t n_rows, size_t n_columns)
{
    double *x = bl_calloc(n_rows * n_columns, sizeof *x);

    for (size_t j = 0; j < n_columns; j++)
        for (size_t i = 0; i < n_rows; i++) {
            double z = bl_random_normal(&dice);
            double values[] = { z, floor(4 * z), (double)i + z, bl_random_below(&dice, 10) ? z : NAN, 0.1, 1e7 + z, ldexp(z, 700) };

            x[j * n_rows + i] = values[j % COUNT(values)];
        }
    return x;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static size_t present_sorted(const double *x, size_t n, double *y)
{
    size_t k = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            y[k++] = x[i];
    qsort(y, k, sizeof *y, ascending);
    return k;
}

/* ---- moments ---------------------------------------------------------------------------------*/

static void test_moments_of_known_numbers(void **state)
{
    static const double x[] = { 1, 2, 3, NAN, 4, 10 };
    struct bl_moments m = bl_moments_of(x, COUNT(x), NULL);

    (void)state;
    assert_true(m.n == 5 && m.mean == 4 && m.min == 1 && m.max == 10 && m.m2 == 50);
    assert_true(bl_moments_variance(&m) == 12.5);
    assert_true(bl_moments_variance_population(&m) == 10);
    assert_true(fabs(bl_moments_skewness(&m) - 36 / pow(10, 1.5)) < 1e-15);
    assert_true(fabs(bl_moments_kurtosis(&m) - (278.8 / 100 - 3)) < 1e-15);
}

static void test_moments_merge_to_those_of_all(void **state)
{
    double *x = mixed(5000, 1);
    struct bl_moments all = bl_moments_of(x, 5000, NULL), parts = { 0 };

    (void)state;
    for (size_t i = 0; i < 5000; i += 700) {
        struct bl_moments some = bl_moments_of(x + i, i + 700 < 5000 ? 700 : 5000 - i, NULL);

        bl_moments_merge(&parts, &some);
    }
    assert_true(parts.n == all.n && parts.min == all.min && parts.max == all.max);
    assert_true(fabs(parts.mean - all.mean) < 1e-15);
    assert_true(fabs(parts.m2 / all.m2 - 1) < 1e-13);
    assert_true(fabs(parts.m3 - all.m3) < 1e-10);
    assert_true(fabs(parts.m4 / all.m4 - 1) < 1e-13);
    bl_free(x);
}

/* Spread that is small against the mean: against sums in extended precision. */
static void test_the_mean_is_right_to_the_last_digits(void **state)
{
    enum { n = 100000 };
    double *x = bl_calloc(n, sizeof *x);
    long double sum = 0, m2 = 0;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        x[i] = 1e9 + bl_random_unit(&dice);
        sum += x[i] - 1e9L;
    }
    for (size_t i = 0; i < n; i++)
        m2 += (x[i] - 1e9L - sum / n) * (x[i] - 1e9L - sum / n);
    struct bl_moments m = bl_moments_of(x, n, NULL);

    assert_true(m.mean == (double)(1e9L + sum / n));
    assert_true(fabs(m.m2 / (double)m2 - 1) < 1e-14);
    bl_free(x);
}

static void test_nasty_columns_have_one_documented_answer(void **state)
{
    static const struct { double x[6]; size_t n, count, distinct; double mean, sd, skewness; } cases[] = {
        { { NAN, NAN, NAN }, 3, 0, 0, NAN, NAN, NAN },                   /* all missing */
        { { 7 }, 1, 1, 1, 7, NAN, NAN },                                 /* one row */
        { { NAN, 7, NAN }, 3, 1, 1, 7, NAN, NAN },
        { { 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 }, 6, 6, 1, 0.1, 0, NAN },      /* constant */
        { { 1e308, 1e308, 1e308 }, 3, 3, 1, 1e308, 0, NAN },
        { { 1e308, -1e308 }, 2, 2, 2, 0, 1.4142135623730951e308, 0 },
        { { DBL_MAX, -DBL_MAX, 0 }, 3, 3, 3, 0, DBL_MAX, 0 },
        { { 1e200, 2e200, 3e200 }, 3, 3, 3, 2e200, 1e200, 0 },
        { { 1e-200, 2e-200, 3e-200 }, 3, 3, 3, 2e-200, 1e-200, 0 },
        { { 5e-324, 1e-323, 1.5e-323 }, 3, 3, 3, 1e-323, 5e-324, 0 },    /* denormals */
        { { 0.0, -0.0, 1 }, 3, 3, 2, 1.0 / 3, 0.57735026918962573, 0.70710678118654746 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bl_table *t = table_of(cases[i].x, cases[i].n, 1);
        struct bl_summary s;

        assert_true(bl_describe(t, NULL, 0, &s, NULL, NULL, NULL));
        assert_int_equal(s.count, cases[i].count);
        assert_int_equal(s.missing, cases[i].n - cases[i].count);
        assert_int_equal(s.distinct, cases[i].distinct);
        const double got[] = { s.mean, s.sd, s.skewness }, wanted[] = { cases[i].mean, cases[i].sd, cases[i].skewness };

        for (size_t k = 0; k < 3; k++)
            if (isnan(wanted[k]) ? !isnan(got[k]) : !(fabs(got[k] - wanted[k]) <= 1e-15 * fabs(wanted[k]) + 1e-16 * (k == 2)))
                fail_msg("case %zu, figure %zu: %.17g", i, k, got[k]);
        bl_table_free(t);
    }
}

/* ---- quantiles, frequencies ----------------------------------------------------------------------*/

/* The zeros that are not written out count as if they were, whichever side of the others they lie. */
static void test_quantiles_of_mostly_zeros(void **state)
{
    static const double others[] = { 3, -1.5, 0, 7.25, -9, 0.1 }, qs[] = { 0, 0.01, 0.1, 0.5, 0.77, 0.9, 1 };
    double all[60], expected[7], got[7];

    (void)state;
    for (size_t n = 0; n <= 6; n++)
        for (size_t zeros = n ? 0 : 1; zeros <= 54; zeros += 3) {
            memset(all, 0, sizeof all);
            memcpy(all, others, n * sizeof *all);
            assert_true(bl_quantiles(all, n + zeros, qs, 7, expected, NULL, NULL));
            assert_true(bl_quantiles_with_zeros(others, n, zeros, qs, 7, got, NULL));
            assert_memory_equal(got, expected, sizeof got);
        }
    assert_true(bl_quantiles_with_zeros(others, 0, 0, qs, 7, got, NULL));
    assert_true(isnan(got[0]) && isnan(got[6]));
    assert_false(bl_quantiles_with_zeros(others, 3, 9, (double[]){ 0.5, 0.25 }, 2, got, NULL));
}

static void test_quantiles_follow_type_7(void **state)
{
    static const double x[] = { 4, 1, NAN, 3, 2 }, qs[] = { 0, 0.1, 0.25, 0.5, 0.75, 1 };
    static const double wanted[] = { 1, 1.3, 1.75, 2.5, 3.25, 4 }, sorted[] = { 1, 2, 3, 4 };
    double got[6];

    (void)state;
    assert_true(bl_quantiles(x, 5, qs, 6, got, NULL, NULL));
    for (size_t i = 0; i < 6; i++) {
        assert_true(fabs(got[i] - wanted[i]) < 1e-15);
        assert_true(bl_quantile_sorted(sorted, 4, qs[i]) == got[i]);
    }
    assert_true(bl_quantiles(x + 2, 1, qs, 1, got, NULL, NULL));
    assert_true(isnan(got[0]));
    assert_false(bl_quantiles(x, 5, (double[]){ 0.5, 0.25 }, 2, got, NULL, NULL));
    assert_false(bl_quantiles(x, 5, (double[]){ 1.5 }, 1, got, NULL, NULL));
}

static void test_selection_agrees_with_sorting(void **state)
{
    static const size_t sizes[] = { 1, 2, 3, 10, 1000, 5000, 60000 };
    static const double qs[] = { 0, 0.001, 0.25, 0.25, 0.3, 0.5, 0.75, 0.999, 1 };

    (void)state;
    for (size_t k = 0; k < COUNT(sizes); k++) {
        double *x = mixed(sizes[k], 7), *sorted = bl_calloc(sizes[k], sizeof *sorted), got[COUNT(qs)];

        for (size_t j = 0; j < 7; j++) {
            size_t n = present_sorted(x + j * sizes[k], sizes[k], sorted);

            assert_true(bl_quantiles(x + j * sizes[k], sizes[k], qs, COUNT(qs), got, NULL, NULL));
            for (size_t i = 0; i < COUNT(qs); i++) {
                double wanted = bl_quantile_sorted(sorted, n, qs[i]);

                if (got[i] != wanted && !(isnan(got[i]) && isnan(wanted)))
                    fail_msg("%zu rows, column %zu, q %g: %.17g instead of %.17g", sizes[k], j, qs[i], got[i], wanted);
            }
        }
        bl_free(x);
        bl_free(sorted);
    }
}

static void check_frequencies(const double *x, size_t n_rows, const struct bl_summary *s, double *sorted)
{
    size_t n = present_sorted(x, n_rows, sorted), distinct = 0;

    for (size_t i = 0, next; i < n; i = next, distinct++) {
        bool listed = false;

        for (next = i; next < n && sorted[next] == sorted[i];)
            next++;
        for (size_t k = 0; k < s->n_top; k++)
            listed = listed || (s->top[k].value == sorted[i] && s->top[k].count == next - i);
        if (!listed && s->n_top == 5)
            assert_true(s->top[4].count > next - i || (s->top[4].count == next - i && s->top[4].value < sorted[i]));
        else
            assert_true(listed);
    }
    assert_int_equal(distinct, s->distinct);
    for (size_t k = 1; k < s->n_top; k++)
        assert_true(s->top[k - 1].count > s->top[k].count ||
                    (s->top[k - 1].count == s->top[k].count && s->top[k - 1].value < s->top[k].value));
}

static void test_distinct_and_top_agree_with_sorting(void **state)
{
    static const size_t sizes[] = { 1, 7, 500, 5000, 100000 };

    (void)state;
    for (size_t k = 0; k < COUNT(sizes); k++) {
        double *x = mixed(sizes[k], 7), *sorted = bl_calloc(sizes[k], sizeof *sorted);
        struct bl_table *t = table_of(x, sizes[k], 7);
        struct bl_summary s[7];

        assert_true(bl_describe(t, NULL, 0, s, NULL, NULL, NULL));
        for (size_t j = 0; j < 7; j++)
            check_frequencies(x + j * sizes[k], sizes[k], &s[j], sorted);
        bl_table_free(t);
        bl_free(x);
        bl_free(sorted);
    }
}

static void test_categories_are_counted(void **state)
{
    static const char csv[] = "a,b\nu,1\nv,2\nv,3\n,4\nw,5\nw,6\n";
    struct bl_table *t = bl_load_bytes(csv, strlen(csv), "f", NULL, NULL);
    struct bl_summary s;
    size_t column = 0;

    (void)state;
    assert_non_null(t);
    assert_true(bl_describe(t, &column, 1, &s, NULL, NULL, NULL));
    assert_int_equal(s.count, 5);
    assert_int_equal(s.missing, 1);
    assert_int_equal(s.distinct, 3);
    assert_int_equal(s.n_top, 3);
    assert_string_equal(t->columns[0].levels[s.top[0].code], "v");
    assert_string_equal(t->columns[0].levels[s.top[1].code], "w");
    assert_int_equal(s.top[1].count, 2);
    assert_string_equal(t->columns[0].levels[s.top[2].code], "u");
    assert_true(isnan(s.mean));
    bl_table_free(t);
}

/* ---- correlation -------------------------------------------------------------------------------*/

static void plain_pearson(const double *x, size_t n_rows, size_t n, double *r)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            long double mx = 0, my = 0, xy = 0, xx = 0, yy = 0;

            for (size_t k = 0; k < n_rows; k++)
                mx += x[i * n_rows + k], my += x[j * n_rows + k];
            mx /= (long double)n_rows, my /= (long double)n_rows;
            for (size_t k = 0; k < n_rows; k++) {
                long double a = x[i * n_rows + k] - mx, b = x[j * n_rows + k] - my;

                xy += a * b, xx += a * a, yy += b * b;
            }
            r[i * n + j] = (double)(xy / sqrtl(xx) / sqrtl(yy));
        }
}

static void test_pearson_agrees_with_the_plain_formula(void **state)
{
    static const size_t columns[] = { 1, 2, 3, 31, 32, 33, 70 };

    (void)state;
    for (size_t c = 0; c < COUNT(columns); c++) {
        size_t n = columns[c], rows = 700;
        double *x = bl_calloc(rows * n, sizeof *x), *wanted = bl_calloc(n * n, sizeof *wanted);

        for (size_t k = 0; k < rows * n; k++)
            x[k] = 100 + bl_random_normal(&dice) + (k >= rows ? 0.5 * x[k - rows] : 0);
        struct bl_table *t = table_of(x, rows, n);
        struct bl_corr *r = bl_correlate(t, NULL, 0, BL_PEARSON, NULL, NULL, NULL);

        assert_non_null(r);
        plain_pearson(x, rows, n, wanted);
        for (size_t k = 0; k < n * n; k++)
            assert_true(fabs(r->matrix[k] - wanted[k]) < 1e-14);
        bl_corr_free(r);
        bl_table_free(t);
        bl_free(x);
        bl_free(wanted);
    }
}

/* Ranks and pairs by definition. */
static double plain_rank(const double *x, size_t n, size_t i)
{
    double below = 0, equal = 0;

    for (size_t k = 0; k < n; k++) {
        below += x[k] < x[i];
        equal += x[k] == x[i];
    }
    return below + (equal + 1) / 2;
}

static double plain_tau(const double *x, const double *y, size_t n)
{
    double both = 0, only_x = 0, only_y = 0;

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++) {
            double a = (x[i] > x[k]) - (x[i] < x[k]), b = (y[i] > y[k]) - (y[i] < y[k]);

            both += a * b;
            only_x += a != 0;
            only_y += b != 0;
        }
    return both / sqrt(only_x) / sqrt(only_y);
}

static void test_spearman_and_kendall_agree_with_their_definitions(void **state)
{
    enum { rows = 300, n = 4 };
    double *x = bl_calloc(rows * n, sizeof *x), *ranks = bl_calloc(rows * n, sizeof *ranks), wanted[n * n];

    (void)state;
    for (size_t i = 0; i < rows; i++) {
        x[i] = floor(3 * bl_random_normal(&dice)); /* ties */
        x[rows + i] = x[i] + bl_random_normal(&dice);
        x[2 * rows + i] = bl_random_normal(&dice);
        x[3 * rows + i] = -exp(x[2 * rows + i]);
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i < rows; i++)
            ranks[j * rows + i] = plain_rank(x + j * rows, rows, i);
    plain_pearson(ranks, rows, n, wanted);
    struct bl_table *t = table_of(x, rows, n);
    struct bl_corr *spearman = bl_correlate(t, NULL, 0, BL_SPEARMAN, NULL, NULL, NULL);
    struct bl_corr *kendall = bl_correlate(t, NULL, 0, BL_KENDALL, NULL, NULL, NULL);

    assert_true(spearman && kendall);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            assert_true(fabs(spearman->matrix[i * n + j] - wanted[i * n + j]) < 1e-14);
            assert_true(fabs(kendall->matrix[i * n + j] - plain_tau(x + i * rows, x + j * rows, rows)) < 1e-14);
        }
    assert_true(kendall->matrix[2 * n + 3] == -1);
    bl_corr_free(spearman);
    bl_corr_free(kendall);
    bl_table_free(t);
    bl_free(x);
    bl_free(ranks);
}

static void test_correlations_of_nasty_columns(void **state)
{
    /* constant, huge, missing in one row, the same turned round */
    static const double x[] = { 5, 5, 5, 5, 1e300, 2e300, 3e300, 9e300, 1, 2, NAN, 4, -1, -2, -3, -4 };
    struct bl_table *t = table_of(x, 4, 4);

    (void)state;
    for (int method = BL_PEARSON; method <= BL_KENDALL; method++) {
        struct bl_corr *c = bl_correlate(t, NULL, 0, (enum bl_correlation)method, NULL, NULL, NULL);

        assert_non_null(c);
        assert_int_equal(c->rows, 3);
        assert_true(isnan(c->matrix[0]) && isnan(c->matrix[1]) && isnan(c->matrix[4]));
        assert_true(c->matrix[5] == 1 && c->matrix[10] == 1);
        assert_true(fabs(c->matrix[11] + 1) < 1e-15);
        assert_true(c->matrix[6] > 0.9 && c->matrix[6] <= 1);
        bl_corr_free(c);
    }
    bl_table_free(t);
}

static void test_correlation_needs_numbers(void **state)
{
    struct bl_table *t = bl_load_bytes("a,b\nu,1\nv,2\n", 12, "f", NULL, NULL);
    struct bl_error err = { 0 };
    size_t column = 0;

    (void)state;
    assert_null(bl_correlate(t, &column, 1, BL_PEARSON, NULL, NULL, &err));
    assert_int_equal(err.code, BL_VALUE);
    assert_true(err.hint[0] != 0);
    bl_table_free(t);
}

/* ---- the same bits -----------------------------------------------------------------------------*/

struct figures { struct bl_summary s[7]; double corr[3][49], covariance[49]; struct bl_moments m; };

static void all_figures(const struct bl_table *t, struct bl_pool *pool, struct figures *f)
{
    memset(f, 0, sizeof *f);
    assert_true(bl_describe(t, NULL, 0, f->s, pool, NULL, NULL));
    for (int method = BL_PEARSON; method <= BL_KENDALL; method++) {
        struct bl_corr *c = bl_correlate(t, NULL, 0, (enum bl_correlation)method, pool, NULL, NULL);

        assert_non_null(c);
        memcpy(f->corr[method], c->matrix, sizeof f->corr[method]);
        if (method == BL_PEARSON)
            memcpy(f->covariance, c->covariance, sizeof f->covariance);
        bl_corr_free(c);
    }
    f->m = bl_moments_of(t->columns[0].number, t->n_rows, pool);
}

static void test_the_bits_do_not_depend_on_threads_or_units(void **state)
{
    static const size_t sizes[] = { 1, 300, 1024, 20011 }, threads[] = { 1, 2, 3, 8 };

    (void)state;
    for (size_t k = 0; k < COUNT(sizes); k++) {
        double *x = mixed(sizes[k], 7);
        struct bl_table *t = table_of(x, sizes[k], 7);
        struct figures first, f;

        all_figures(t, NULL, &first);
        for (size_t i = 0; i < COUNT(threads); i++) {
            struct bl_pool *pool = bl_pool_create(threads[i], NULL);

            bl_units_limit((enum bl_units)i);
            all_figures(t, pool, &f);
            bl_units_limit(BL_UNITS_AVX512);
            assert_memory_equal(&f, &first, sizeof f);
            bl_pool_free(pool);
        }
        bl_table_free(t);
        bl_free(x);
    }
}

/* ---- histograms, groups --------------------------------------------------------------------------*/

static void test_histograms_count_every_present_value_once(void **state)
{
    static const size_t bins[] = { 0, 1, 7, 200 };
    double *x = mixed(3000, 7);
    struct bl_table *t = table_of(x, 3000, 7);

    (void)state;
    for (size_t j = 0; j < 7; j++)
        for (size_t k = 0; k < COUNT(bins); k++) {
            struct bl_error err = { 0 };
            struct bl_histogram *h = bl_histogram_of(t, j, bins[k], SIZE_MAX, &err);
            size_t n = 0;

            if (!h)
                fail_msg("%s", err.message);
            assert_true(bins[k] ? h->bins == bins[k] : h->bins <= 201);
            for (size_t b = 0; b < h->bins; b++) {
                n += h->counts[b];
                assert_true(h->edges[b] < h->edges[b + 1]);
            }
            assert_int_equal(n, 3000 - t->columns[j].missing);
            bl_histogram_free(h);
        }
    bl_table_free(t);
    bl_free(x);
}

static void test_bins_are_closed_on_the_left(void **state)
{
    static const double x[] = { 0, 1, 1, 2, 3, 4 };
    struct bl_table *t = table_of(x, 6, 1);
    struct bl_histogram *h = bl_histogram_of(t, 0, 4, SIZE_MAX, NULL);

    (void)state;
    assert_int_equal(h->counts[0], 1);
    assert_int_equal(h->counts[1], 2);
    assert_int_equal(h->counts[2], 1);
    assert_int_equal(h->counts[3], 2);
    assert_string_equal(h->rule, "given");
    bl_histogram_free(h);
    bl_table_free(t);
}

static void test_chosen_edges_are_round(void **state)
{
    struct bl_table *t = bl_load("iris", NULL, NULL);
    struct bl_histogram *h = bl_histogram_of(t, 0, 0, SIZE_MAX, NULL);

    (void)state;
    assert_string_equal(h->rule, "freedman-diaconis");
    for (size_t k = 0; k <= h->bins; k++) /* steps of 0.5 */
        assert_true(h->edges[k] == round(h->edges[k] * 2) / 2);
    assert_true(h->edges[0] <= 4.3 && h->edges[h->bins] >= 7.9);
    bl_histogram_free(h);
    h = bl_histogram_of(t, 0, 0, 4, NULL);
    assert_int_equal(h->groups, 3);
    bl_histogram_free(h);
    h = bl_histogram_of(t, 4, 0, SIZE_MAX, NULL);
    assert_string_equal(h->rule, "levels");
    assert_int_equal(h->bins, 3);
    assert_int_equal(h->counts[1], 50);
    bl_histogram_free(h);
    bl_table_free(t);
}

static void test_groups_are_levels_or_few_values(void **state)
{
    struct bl_table *t = bl_load("penguins", NULL, NULL);
    struct bl_error err = { 0 };
    struct bl_groups *g = bl_groups_of(t, 0, NULL), *years = bl_groups_of(t, 7, NULL), *sex = bl_groups_of(t, 6, NULL);
    struct bl_moments m[3];
    double q[9];

    (void)state;
    assert_int_equal(g->n_groups, 3);
    assert_string_equal(g->labels[0], "Adelie");
    assert_int_equal(g->counts[0], 152);
    assert_int_equal(years->n_groups, 3);
    assert_string_equal(years->labels[0], "2007");
    assert_int_equal(years->counts[0] + years->counts[1] + years->counts[2], 344);
    assert_int_equal(sex->counts[0] + sex->counts[1], 333);
    assert_null(bl_groups_of(t, 2, &err));
    assert_int_equal(err.code, BL_VALUE);
    bl_group_moments(g, t->columns[2].number, t->n_rows, m);
    assert_true(m[0].n == 151 && fabs(m[0].mean - 38.79139072847682) < 1e-13);
    assert_true(bl_group_quantiles(g, t->columns[2].number, t->n_rows, (double[]){ 0, 0.5, 1 }, 3, q, NULL));
    assert_true(q[0] == m[0].min && q[2] == m[0].max && q[3] == m[1].min && q[5] == m[1].max);
    assert_true(q[1] == 38.8 && fabs(q[4] - 49.55) < 1e-13 && q[7] == 47.3);
    bl_groups_free(g);
    bl_groups_free(years);
    bl_groups_free(sex);
    bl_table_free(t);
}

static void test_failing_allocations_are_errors(void **state)
{
    double *x = mixed(3000, 7);
    struct bl_table *t = table_of(x, 3000, 7);
    struct bl_summary s[7];

    (void)state;
    for (uint64_t k = 1; k < 60; k++)
        for (int method = BL_PEARSON; method <= BL_KENDALL; method++) {
            struct bl_error err = { 0 };

            bl_alloc_fail_at(k, k % 2);
            if (!bl_describe(t, NULL, 0, s, NULL, NULL, &err))
                assert_int_equal(err.code, BL_MEMORY);
            bl_alloc_fail_at(k, k % 2);
            struct bl_corr *c = bl_correlate(t, NULL, 0, (enum bl_correlation)method, NULL, NULL, &err);

            if (!c)
                assert_int_equal(err.code, BL_MEMORY);
            bl_corr_free(c);
            bl_alloc_fail_at(k, k % 2);
            bl_histogram_free(bl_histogram_of(t, 0, 0, 1, &err));
            bl_alloc_fail_at(0, false);
        }
    bl_table_free(t);
    bl_free(x);
}

static void test_long_work_can_be_stopped(void **state)
{
    double *x = mixed(100, 7);
    struct bl_table *t = table_of(x, 100, 7);
    struct bl_progress stop = { .stop = true };
    struct bl_summary s[7];
    struct bl_error err = { 0 };

    (void)state;
    assert_false(bl_describe(t, NULL, 0, s, NULL, &stop, &err));
    assert_int_equal(err.code, BL_STOPPED);
    for (int method = BL_PEARSON; method <= BL_KENDALL; method++) {
        assert_null(bl_correlate(t, NULL, 0, (enum bl_correlation)method, NULL, &stop, &err));
        assert_int_equal(err.code, BL_STOPPED);
    }
    bl_table_free(t);
    bl_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments_of_known_numbers),
        cmocka_unit_test(test_moments_merge_to_those_of_all),
        cmocka_unit_test(test_the_mean_is_right_to_the_last_digits),
        cmocka_unit_test(test_nasty_columns_have_one_documented_answer),
        cmocka_unit_test(test_quantiles_follow_type_7),
        cmocka_unit_test(test_quantiles_of_mostly_zeros),
        cmocka_unit_test(test_selection_agrees_with_sorting),
        cmocka_unit_test(test_distinct_and_top_agree_with_sorting),
        cmocka_unit_test(test_categories_are_counted),
        cmocka_unit_test(test_pearson_agrees_with_the_plain_formula),
        cmocka_unit_test(test_spearman_and_kendall_agree_with_their_definitions),
        cmocka_unit_test(test_correlations_of_nasty_columns),
        cmocka_unit_test(test_correlation_needs_numbers),
        cmocka_unit_test(test_the_bits_do_not_depend_on_threads_or_units),
        cmocka_unit_test(test_histograms_count_every_present_value_once),
        cmocka_unit_test(test_bins_are_closed_on_the_left),
        cmocka_unit_test(test_chosen_edges_are_round),
        cmocka_unit_test(test_groups_are_levels_or_few_values),
        cmocka_unit_test(test_failing_allocations_are_errors),
        cmocka_unit_test(test_long_work_can_be_stopped),
    };

    dice = bl_random_stream(1, BL_FOR_GENERATE, 0, 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
