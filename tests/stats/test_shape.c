/* Tests, densities, components and information against values computed elsewhere: from their definitions
 * in 40 digits, by R 4.2 (Shapiro and Wilk), and the components of tests/reference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

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

static size_t column(const struct bl_table *t, const char *name)
{
    size_t at = bl_table_find(t, name);

    assert_true(at != SIZE_MAX);
    return at;
}

static void near(const char *what, double got, double wanted, double digits)
{
    if (!(fabs(got - wanted) <= pow(10, -digits) * fabs(wanted)))
        fail_msg("%s: %.17g instead of %.17g", what, got, wanted);
}

/* ---- correlations -------------------------------------------------------------------------------*/

static void test_p_of_correlations_agrees_with_forty_digits(void **state)
{
    static const struct { const char *set, *a, *b; enum bl_correlation method; double p; } cases[] = {
        {"iris", "petal_length", "sepal_width", BL_PEARSON, 4.5133142672730869e-8},
        {"iris", "petal_length", "sepal_width", BL_SPEARMAN, 0.00011539383750561819},
        {"iris", "petal_length", "sepal_width", BL_KENDALL, 0.0012832678019005269},
        {"mtcars", "mpg", "cyl", BL_PEARSON, 6.1126871425810136e-10},
        {"mtcars", "mpg", "cyl", BL_SPEARMAN, 4.6902870373562095e-13},
        {"mtcars", "mpg", "cyl", BL_KENDALL, 2.2536204320202825e-8},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bl_table *t = load(cases[i].set);
        const size_t columns[] = {column(t, cases[i].a), column(t, cases[i].b)};
        struct bl_corr *c = bl_correlate(t, columns, 2, cases[i].method, NULL, NULL, NULL);

        assert_non_null(c);
        near(cases[i].a, c->p[1], cases[i].p, 11);
        assert_true(c->p[1] == c->p[2] && c->p[0] == 0);
        bl_corr_free(c);
        bl_table_free(t);
    }
}

static struct bl_table *two_columns(const double *a, const double *b, size_t n)
{
    struct bl_table *t = bl_table_create("made", n, 2, NULL);
    double *x = bl_calloc(n, sizeof *x), *y = bl_calloc(n, sizeof *y);

    memcpy(x, a, n * sizeof *x);
    memcpy(y, b, n * sizeof *y);
    assert_true(bl_table_set_numbers(t, 0, "a", x, NULL) && bl_table_set_numbers(t, 1, "b", y, NULL));
    return t;
}

static void test_p_does_not_exist_for_constants_and_two_rows(void **state)
{
    static const double a[] = {1, 2, 3, 4}, same[] = {5, 5, 5, 5}, b[] = {2, 1, 4, 3};
    enum bl_correlation methods[] = {BL_PEARSON, BL_SPEARMAN, BL_KENDALL};

    (void)state;
    for (size_t k = 0; k < 3; k++)
        for (int few = 0; few < 2; few++) {
            struct bl_table *t = few ? two_columns(a, b, 2) : two_columns(a, same, 4);
            struct bl_corr *c = bl_correlate(t, NULL, 0, methods[k], NULL, NULL, NULL);

            assert_non_null(c);
            assert_true(isnan(c->p[1]));
            bl_corr_free(c);
            bl_table_free(t);
        }
}

/* A hair of a correlation over very many rows: the normal tail to all digits that matter. */
static void test_p_over_a_million_rows_keeps_its_digits(void **state)
{
    const size_t n = 1000000;
    double *a = bl_calloc(n, sizeof *a), *b = bl_calloc(n, sizeof *b), r, t;
    struct bl_table *table;
    struct bl_corr *c;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        a[i] = i % 2 ? 1 : -1;
        b[i] = (i / 2 % 2 ? 1 : -1) + 0.003 * a[i];
    }
    table = two_columns(a, b, n);
    c = bl_correlate(table, NULL, 0, BL_PEARSON, NULL, NULL, NULL);
    assert_non_null(c);
    r = c->matrix[1];
    t = r * sqrt((double)(n - 2) / ((1 - r) * (1 + r)));
    /* Student's t is the normal but for (t + t^3)/4n: Abramowitz and Stegun 26.7.8 */
    near("p", c->p[1], erfc(t / sqrt(2)) + 2 * exp(-t * t / 2) / sqrt(2 * 3.14159265358979323846) * (t + t * t * t) / (4 * (double)(n - 2)), 8);
    bl_corr_free(c);
    bl_table_free(table);
    bl_free(a);
    bl_free(b);
}

/* ---- shape --------------------------------------------------------------------------------------*/

static void test_normality_agrees_with_definitions_and_r(void **state)
{
    static const struct { const char *set, *name; double jb, jb_p, k2, k2_p, ad, sw, sw_p; } cases[] = {
        {"mtcars", "hp", 3.0958202264157298, 0.21269201189693402, 3.9723132078217602, 0.13722181101523473, 0.72588780310761505, 0.93341934, 0.04880824},
        {"iris", "sepal_length", 4.4858754373509472, 0.10614621817187742, 5.7355842362357581, 0.056824249410672356, 0.89373440339205354, 0.97609027, 0.01018116},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bl_table *t = load(cases[i].set);
        struct bl_normality f;

        assert_true(bl_normality_of(t->columns[column(t, cases[i].name)].number, t->n_rows, NULL, NULL, &f, NULL));
        near("jarque bera", f.jarque_bera.statistic, cases[i].jb, 12);
        near("jarque bera p", f.jarque_bera.p, cases[i].jb_p, 12);
        near("dagostino", f.dagostino.statistic, cases[i].k2, 11);
        near("dagostino p", f.dagostino.p, cases[i].k2_p, 11);
        near("anderson", f.anderson.statistic, cases[i].ad, 11);
        near("shapiro", f.shapiro.statistic, cases[i].sw, 7);
        near("shapiro p", f.shapiro.p, cases[i].sw_p, 5);
        bl_table_free(t);
    }
}

static void test_normality_says_nothing_where_there_is_nothing(void **state)
{
    static const double few[] = {1, 2, NAN, 4}, same[] = {3, 3, 3, 3, 3, 3, 3, 3, 3};
    struct bl_normality f;

    (void)state;
    assert_true(bl_normality_of(few, 4, NULL, NULL, &f, NULL));
    assert_int_equal(f.n, 3);
    assert_true(isnan(f.dagostino.p) && isnan(f.anderson.p) && f.shapiro.p > 0 && f.shapiro.p <= 1);
    assert_true(bl_normality_of(same, 9, NULL, NULL, &f, NULL));
    assert_true(isnan(f.jarque_bera.p) && isnan(f.shapiro.p));
    assert_true(bl_normality_of(NULL, 0, NULL, NULL, &f, NULL));
    assert_true(f.n == 0 && isnan(f.jarque_bera.p));
}

static void test_density_agrees_with_the_sum_of_kernels(void **state)
{
    static const double at[] = {0.34154021834610795, 0.089986316290696848, 0.46985349590102272};
    struct bl_table *t = load("faithful");
    struct bl_density d;

    (void)state;
    assert_true(bl_density_of(t->columns[column(t, "eruptions")].number, t->n_rows, 2, 4.5, 3, 0, NULL, NULL, &d, NULL));
    near("bandwidth", d.bandwidth, 0.33477703446394317, 13);
    for (size_t i = 0; i < 3; i++)
        near("density", d.y[i], at[i], 13);
    bl_density_done(&d);
    bl_table_free(t);
}

static void test_density_of_a_constant_has_no_bandwidth(void **state)
{
    static const double same[] = {2, 2, 2};
    struct bl_density d;
    struct bl_error err = {0};

    (void)state;
    assert_false(bl_density_of(same, 3, 1, 3, 5, 0, NULL, NULL, &d, &err));
    assert_int_equal(err.code, BL_VALUE);
    assert_true(bl_density_of(same, 3, 1, 3, 5, 0.5, NULL, NULL, &d, &err)); /* a given one will do */
    near("density", d.y[2], 1 / (0.5 * sqrt(2 * 3.14159265358979323846)), 14);
    bl_density_done(&d);
}

static void test_box_ends_at_values_within_reach(void **state)
{
    static const double x[] = {1, 2, 3, 4, 5, 6, 7, 8, 100, NAN, -50};
    static const uint32_t group[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    struct bl_box_figures b;

    (void)state;
    assert_true(bl_box_of(x, COUNT(x), group, 0, NULL, &b, NULL));
    assert_int_equal(b.n, 9);
    assert_true(b.q1 == 3 && b.median == 5 && b.q3 == 7 && b.low == 1 && b.high == 8 && b.max == 100);
    assert_int_equal(b.n_beyond, 1);
    assert_true(b.beyond[0] == 100);
    bl_free(b.beyond);
    assert_true(bl_box_of(x, COUNT(x), group, 7, NULL, &b, NULL));
    assert_true(b.n == 0 && isnan(b.median) && !b.beyond);
}

static void test_normal_plot_of_normal_quantiles_is_their_line(void **state)
{
    double x[5000];
    struct bl_normal_plot p;

    (void)state;
    for (size_t i = 0; i < COUNT(x); i++)
        x[i] = (double)((i * 2731) % COUNT(x)); /* every rank once */
    assert_true(bl_normal_plot_of(x, COUNT(x), 1000, &p, NULL));
    assert_int_equal(p.n, 1000);
    for (size_t i = 0; i < 10; i++)
        assert_true(p.y[i] == (double)i && p.y[999 - i] == 4999 - (double)i);
    for (size_t i = 1; i < p.n; i++)
        assert_true(p.x[i] > p.x[i - 1] && p.y[i] > p.y[i - 1]);
    near("slope", p.slope, (4999 * 0.5) / (2 * 0.67448975019608171), 13);
    near("intercept", p.intercept, 2499.5, 13);
    bl_normal_plot_done(&p);
}

/* ---- several columns ------------------------------------------------------------------------------*/

static json_t *reference(const char *name)
{
    char path[600];
    json_t *json;

    snprintf(path, sizeof path, "%s/tests/reference/%s.json", BL_SOURCE_DIR, name);
    json = json_load_file(path, 0, NULL);
    assert_non_null(json);
    return json;
}

static void check_components(const char *set, const struct bl_pca *p, json_t *wanted)
{
    json_t *variances = json_object_get(wanted, "explained_variance"), *loadings = json_object_get(wanted, "absolute_loadings_first3");

    near(set, p->total, json_number_value(json_object_get(wanted, "total_variance")), 12);
    for (size_t k = 0; k < json_array_size(variances); k++) {
        double w = json_number_value(json_array_get(variances, k));

        /* The reference has an error of some bits of the largest: beside 443783, 0.15551354727 stands for what is
         * 0.155513547293411873 in 30 digits. */
        if (fabs(p->variance[k] - w) > 1e-10 * w + 1e-15 * p->total)
            fail_msg("%s, component %zu: %.17g instead of %.17g", set, k, p->variance[k], w);
    }
    for (size_t k = 0; k < json_array_size(loadings); k++)
        for (size_t j = 0; j < p->n; j++) {
            double w = json_number_value(json_array_get(json_array_get(loadings, k), j));

            if (fabs(fabs(p->loadings[k * p->n + j]) - w) > 1e-10)
                fail_msg("%s, component %zu, column %zu: %.17g instead of %.17g", set, k, j, p->loadings[k * p->n + j], w);
        }
}

static void check_signs(const struct bl_pca *p)
{
    for (size_t k = 0; k < p->n; k++) {
        double most = 0, sign = 0, length = 0;

        for (size_t j = 0; j < p->n; j++) {
            double w = p->loadings[k * p->n + j];

            length += w * w;
            if (fabs(w) > most * (1 + 1e-12))
                most = fabs(w), sign = w;
        }
        assert_true(sign > 0);
        near("length", length, 1, 13);
    }
}

static void test_components_agree_with_the_reference_to_ten_digits(void **state)
{
    static const char *const sets[] = {"iris", "wine", "breast_cancer", "penguins", "mtcars", "diabetes", "digits"};

    (void)state;
    for (size_t i = 0; i < COUNT(sets); i++) {
        struct bl_table *t = load(sets[i]);
        json_t *json = reference(sets[i]), *pca = json_object_get(json, "pca");
        size_t columns[100], n = 0;

        for (int scaled = 0; scaled < 2 && pca; scaled++) {
            json_t *wanted = json_object_get(pca, scaled ? "correlation" : "covariance"), *names = json_object_get(wanted, "columns");
            struct bl_pca *p;

            for (n = 0; n < json_array_size(names) && n < COUNT(columns); n++)
                columns[n] = column(t, json_string_value(json_array_get(names, n)));
            if (!(p = bl_pca_of(t, columns, n, scaled, NULL, NULL, NULL)))
                fail_msg("%s: no components", sets[i]);
            check_components(sets[i], p, wanted);
            check_signs(p);
            bl_pca_free(p);
        }
        json_decref(json);
        bl_table_free(t);
    }
}

/* The ninth of breast_cancer is 3e-7 of the first; its digits are those of 30-digit arithmetic. */
static void test_small_variances_keep_their_digits_beside_large_ones(void **state)
{
    struct bl_table *t = load("breast_cancer");
    struct bl_pca *p = bl_pca_of(t, NULL, 0, false, NULL, NULL, NULL);

    (void)state;
    assert_non_null(p);
    near("first", p->variance[0], 443782.605146596283, 13);
    near("ninth", p->variance[8], 0.155513547293411873, 11);
    near("tenth", p->variance[9], 0.0840612196352037278, 11);
    bl_pca_free(p);
    bl_table_free(t);
}

/* Scores have the variances of their components and no correlation; rows with a gap have none. */
static void test_scores_have_the_variance_of_their_component(void **state)
{
    struct bl_table *t = load("penguins");
    struct bl_pca *p = bl_pca_of(t, NULL, 0, true, NULL, NULL, NULL);
    double *scores = bl_calloc(2 * t->n_rows, sizeof *scores), both = 0;
    size_t present = 0;

    (void)state;
    assert_non_null(p);
    for (size_t k = 0; k < 2; k++) {
        bl_pca_scores(p, t, k, NULL, scores + k * t->n_rows);
        struct bl_moments m = bl_moments_of(scores + k * t->n_rows, t->n_rows, NULL);

        near("variance", bl_moments_variance(&m), p->variance[k], 12);
        assert_true(fabs(m.mean) < 1e-12 && m.n == (double)p->rows);
    }
    for (size_t i = 0; i < t->n_rows; i++)
        if (!isnan(scores[i]))
            both += scores[i] * scores[t->n_rows + i], present++;
    assert_int_equal(present, p->rows);
    assert_true(p->rows < t->n_rows && fabs(both) < 1e-9);
    bl_free(scores);
    bl_pca_free(p);
    bl_table_free(t);
}

static void test_constant_columns_stay_out_of_components(void **state)
{
    static const double a[] = {1, 2, 4}, same[] = {7, 7, 7};
    struct bl_table *t = two_columns(a, same, 3);
    struct bl_error err = {0};
    struct bl_pca *p = bl_pca_of(t, NULL, 0, true, NULL, NULL, NULL);
    const size_t constant = 1;

    (void)state;
    assert_non_null(p);
    assert_true(p->n == 1 && p->left_out == 1 && p->loadings[0] == 1);
    bl_pca_free(p);
    assert_null(bl_pca_of(t, &constant, 1, false, NULL, NULL, &err));
    assert_int_equal(err.code, BL_VALUE);
    bl_table_free(t);
}

static void test_separation_agrees_with_forty_digits(void **state)
{
    struct bl_table *t = load("iris");
    struct bl_groups *g = bl_groups_of(t, column(t, "species"), NULL);
    struct bl_moments m[3];
    struct bl_separation s;

    (void)state;
    bl_group_moments(g, t->columns[column(t, "petal_length")].number, t->n_rows, m);
    s = bl_separation_of(m, 3);
    near("within", s.within, 0.43033446887513068, 13);
    near("difference", s.difference, 9.5042351840674594, 13);
    near("share", s.share, 0.94137171905736796, 13);
    near("F", s.f, 1180.161182252981, 12);
    near("p", s.p, 2.8567766109615671e-91, 11);
    assert_true(s.low == 0 && s.high == 2);
    s = bl_separation_of(m, 1);
    assert_true(isnan(s.p));
    bl_groups_free(g);
    bl_table_free(t);
}

static void test_information_agrees_with_counting(void **state)
{
    static const struct { const char *set, *a, *target; size_t bins; double nats, share; } cases[] = {
        {"mtcars", "cyl", "gear", 10, 0.36344304729320715, 0.35877088047628018}, /* few values: as they are */
        {"mtcars", "hp", "mpg", 4, 0.66351729438537308, 0.47998257685935069},
        {"iris", "petal_length", "species", 10, 0.93152902291848776, 0.93152902291848776 / 1.0986122886681098},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bl_table *t = load(cases[i].set);
        const size_t a = column(t, cases[i].a);
        struct bl_information f;

        assert_true(bl_information_of(t, &a, 1, column(t, cases[i].target), cases[i].bins, NULL, NULL, &f, NULL));
        near(cases[i].a, f.information, cases[i].nats, 13);
        near(cases[i].a, f.share, cases[i].share, 13);
        if (i == 0)
            near("p", f.p, 0.00011232787339884316, 11);
        bl_table_free(t);
    }
}

/* A rare value has a level of its own however many bins there are. */
static void test_information_sees_a_rare_value(void **state)
{
    double a[100] = {0}, b[100];
    struct bl_table *t;
    struct bl_information f;
    const size_t first = 0;

    (void)state;
    for (size_t i = 0; i < 100; i++)
        b[i] = a[i] = i % 25 == 0 ? -1 : 0;
    t = two_columns(a, b, 100);
    assert_true(bl_information_of(t, &first, 1, 1, 10, NULL, NULL, &f, NULL));
    near("share", f.share, 1, 14);
    bl_table_free(t);
}

static void test_rules_set_the_width_of_bins(void **state)
{
    struct bl_table *t = load("faithful");
    struct bl_histogram *fd = bl_histogram_by_rule(t, 0, BL_BINS_FREEDMAN_DIACONIS, SIZE_MAX, NULL);
    struct bl_histogram *sturges = bl_histogram_by_rule(t, 0, BL_BINS_STURGES, SIZE_MAX, NULL);

    (void)state;
    assert_string_equal(fd->rule, "freedman-diaconis"); /* 0.71 by the rule: 1 is next */
    assert_string_equal(sturges->rule, "sturges");      /* 3.5 / 10 */
    near("width", fd->edges[1] - fd->edges[0], 1, 14);
    near("width", sturges->edges[1] - sturges->edges[0], 0.5, 14);
    bl_histogram_free(fd);
    bl_histogram_free(sturges);
    bl_table_free(t);
}

/* ---- threads --------------------------------------------------------------------------------------*/

static void test_every_number_of_threads_gives_the_same_bits(void **state)
{
    const size_t n = 20000;
    double *x = bl_calloc(n, sizeof *x), *y = bl_calloc(n, sizeof *y), *scores[2];
    struct bl_random dice = bl_random_stream(5, BL_FOR_SAMPLE, 0, 0);
    struct bl_table *t;
    struct bl_normality f[2];
    struct bl_density d[2];
    const size_t first = 0;
    struct bl_information in[2];

    (void)state;
    for (size_t i = 0; i < n; i++) {
        x[i] = bl_random_normal(&dice);
        y[i] = x[i] * x[i] + bl_random_normal(&dice);
    }
    t = two_columns(x, y, n);
    memset(f, 0, sizeof f);
    memset(in, 0, sizeof in);
    for (size_t k = 0; k < 2; k++) {
        struct bl_pool *pool = k ? bl_pool_create(3, NULL) : NULL;
        struct bl_pca *p = bl_pca_of(t, NULL, 0, true, pool, NULL, NULL);

        assert_true(bl_normality_of(y, n, pool, NULL, &f[k], NULL));
        assert_true(bl_density_of(y, n, -3, 9, 65, 0, pool, NULL, &d[k], NULL));
        assert_true(bl_information_of(t, &first, 1, 1, 10, pool, NULL, &in[k], NULL));
        scores[k] = bl_calloc(n, sizeof **scores);
        bl_pca_scores(p, t, 0, pool, scores[k]);
        bl_pca_free(p);
        bl_pool_free(pool);
    }
    assert_memory_equal(&f[0].anderson, &f[1].anderson, sizeof f[0].anderson);
    assert_memory_equal(d[0].y, d[1].y, 65 * sizeof(double));
    assert_memory_equal(scores[0], scores[1], n * sizeof(double));
    assert_true(in[0].information == in[1].information && f[0].n == n);
    for (size_t k = 0; k < 2; k++) {
        bl_density_done(&d[k]);
        bl_free(scores[k]);
    }
    bl_table_free(t);
    bl_free(x);
    bl_free(y);
}

static void each_allocation_may_fail(const struct bl_table *t, uint64_t k)
{
    struct bl_normality f;
    struct bl_density d;
    struct bl_box_figures b = {0};
    struct bl_normal_plot plot = {0};
    struct bl_information in;
    const size_t first = 0;
    const double *x = t->columns[0].number;

    bl_alloc_fail_at(k, false);
    bl_pca_free(bl_pca_of(t, NULL, 0, true, NULL, NULL, NULL));
    bl_alloc_fail_at(k, false);
    bl_normality_of(x, t->n_rows, NULL, NULL, &f, NULL);
    bl_alloc_fail_at(k, false);
    if (bl_density_of(x, t->n_rows, 0, 1, 9, 0, NULL, NULL, &d, NULL))
        bl_density_done(&d);
    bl_alloc_fail_at(k, false);
    if (bl_box_of(x, t->n_rows, NULL, 0, NULL, &b, NULL))
        bl_free(b.beyond);
    bl_alloc_fail_at(k, false);
    if (bl_normal_plot_of(x, t->n_rows, 100, &plot, NULL))
        bl_normal_plot_done(&plot);
    bl_alloc_fail_at(k, false);
    bl_information_of(t, &first, 1, 1, 10, NULL, NULL, &in, NULL);
    bl_alloc_fail_at(0, false);
}

static void test_any_failed_allocation_is_an_error(void **state)
{
    struct bl_table *t = load("faithful");

    (void)state;
    for (uint64_t k = 1; k < 40; k++)
        each_allocation_may_fail(t, k);
    bl_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_p_of_correlations_agrees_with_forty_digits),
        cmocka_unit_test(test_p_does_not_exist_for_constants_and_two_rows),
        cmocka_unit_test(test_p_over_a_million_rows_keeps_its_digits),
        cmocka_unit_test(test_normality_agrees_with_definitions_and_r),
        cmocka_unit_test(test_normality_says_nothing_where_there_is_nothing),
        cmocka_unit_test(test_density_agrees_with_the_sum_of_kernels),
        cmocka_unit_test(test_density_of_a_constant_has_no_bandwidth),
        cmocka_unit_test(test_box_ends_at_values_within_reach),
        cmocka_unit_test(test_normal_plot_of_normal_quantiles_is_their_line),
        cmocka_unit_test(test_components_agree_with_the_reference_to_ten_digits),
        cmocka_unit_test(test_small_variances_keep_their_digits_beside_large_ones),
        cmocka_unit_test(test_scores_have_the_variance_of_their_component),
        cmocka_unit_test(test_constant_columns_stay_out_of_components),
        cmocka_unit_test(test_separation_agrees_with_forty_digits),
        cmocka_unit_test(test_information_agrees_with_counting),
        cmocka_unit_test(test_information_sees_a_rare_value),
        cmocka_unit_test(test_rules_set_the_width_of_bins),
        cmocka_unit_test(test_every_number_of_threads_gives_the_same_bits),
        cmocka_unit_test(test_any_failed_allocation_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
