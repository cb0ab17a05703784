/* Statistics against values that were computed elsewhere, exactly: all tables of tests/reference and
 * the certified sets of NIST. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "batchlab/stats.h"

static struct bl_pool *pool;

static json_t *read_json(const char *name)
{
    char path[600];
    json_error_t error;

    snprintf(path, sizeof path, "%s/tests/reference/%s", BL_SOURCE_DIR, name);
    json_t *json = json_load_file(path, 0, &error);

    if (!json)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return json;
}

static struct bl_table *load(const char *source)
{
    struct bl_error err = { 0 };
    struct bl_table *t = bl_load(source, &(struct bl_load_options){ .pool = pool }, &err);

    if (!t)
        fail_msg("%s: %s", source, err.message);
    return t;
}

/* Relative, or absolute against `scale` where the value is near zero. */
static void near(const char *set, const char *column, const char *key, double got, double wanted, double digits, double scale)
{
    double error = fabs(got - wanted), limit = pow(10, -digits) * fmax(fabs(wanted), scale);

    if (!(error <= limit))
        fail_msg("%s, %s, %s: %.17g instead of %.17g (%.1f digits)", set, column, key, got, wanted, -log10(error / fabs(wanted)));
}

static void check_column(const char *set, const struct bl_table *t, const char *name, json_t *wanted, const struct bl_summary *s)
{
    json_t *q = json_object_get(wanted, "quantiles_type7");
    const struct { const char *key; double got, scale; json_t *from; } figures[] = {
        { "mean", s->mean, 0, wanted },
        { "min", s->min, 0, wanted },
        { "max", s->max, 0, wanted },
        { "0.25", s->q1, 0, q },
        { "0.5", s->median, 0, q },
        { "0.75", s->q3, 0, q },
        { "variance_sample", s->variance, 0, wanted },
        { "sd_sample", s->sd, 0, wanted },
        { "skewness_g1", s->skewness, 0, wanted },
        { "kurtosis_excess_g2", s->kurtosis, 1, wanted }, /* a difference from 3 */
        { "lag1_autocorrelation", s->lag1, 1, wanted },
    };

    (void)t;
    assert_int_equal(s->count, json_integer_value(json_object_get(wanted, "n")));
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        json_t *value = json_object_get(figures[i].from, figures[i].key);

        if (json_is_number(value))
            near(set, name, figures[i].key, figures[i].got, json_number_value(value), 12, figures[i].scale);
        else
            assert_true(isnan(figures[i].got)); /* constant columns have none */
    }
}

static void check_more_quantiles(const char *set, const char *name, const struct bl_column *c, size_t n_rows, json_t *wanted)
{
    static const char *const keys[] = { "0.01", "0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95", "0.99" };
    json_t *q = json_object_get(wanted, "quantiles_type7");
    double qs[9], got[9];

    for (size_t i = 0; i < 9; i++)
        qs[i] = atof(keys[i]);
    assert_true(bl_quantiles(c->number, n_rows, qs, 9, got, NULL, NULL));
    for (size_t i = 0; i < 9; i++)
        near(set, name, keys[i], got[i], json_number_value(json_object_get(q, keys[i])), 13, 0);
}

/* The reference counts what is written differently: `hr` of bike_hour has a 0 with a blank behind. */
static size_t different(const char *set, const char *column, json_t *wanted)
{
    size_t n = (size_t)json_integer_value(json_object_get(wanted, "distinct"));

    return strcmp(set, "bike_hour.json") == 0 && strcmp(column, "hr") == 0 ? n - 1 : n;
}

static void check_univariate(const char *set, const struct bl_table *t, json_t *json)
{
    struct bl_summary *s = bl_calloc(t->n_columns, sizeof *s);
    const char *name;
    json_t *wanted, *list = json_object_get(json_object_get(json, "table"), "column_list");
    size_t i;

    assert_true(bl_describe(t, NULL, 0, s, pool, NULL, NULL));
    json_object_foreach(json_object_get(json, "univariate"), name, wanted) {
        size_t column = bl_table_find(t, name);

        check_column(set, t, name, wanted, &s[column]);
        check_more_quantiles(set, name, &t->columns[column], t->n_rows, wanted);
    }
    json_array_foreach(list, i, wanted) {
        size_t column = bl_table_find(t, json_string_value(json_object_get(wanted, "name")));

        if (s[column].distinct != different(set, t->columns[column].name, wanted))
            fail_msg("%s, %s: %zu distinct values", set, t->columns[column].name, s[column].distinct);
        assert_int_equal(s[column].missing, json_integer_value(json_object_get(wanted, "missing")));
    }
    bl_free(s);
}

static void check_correlation(const char *set, const struct bl_table *t, json_t *json)
{
    json_t *wanted = json_object_get(json, "correlation"), *names = json_object_get(wanted, "columns");
    size_t n = json_array_size(names), columns[256];
    char where[64];

    if (!n)
        return;
    for (size_t i = 0; i < n; i++)
        columns[i] = bl_table_find(t, json_string_value(json_array_get(names, i)));
    struct bl_corr *c = bl_correlate(t, columns, n, BL_PEARSON, pool, NULL, NULL);

    assert_non_null(c);
    assert_int_equal(c->rows, json_integer_value(json_object_get(wanted, "rows_used")));
    for (size_t i = 0; i < n * n; i++) {
        json_t *r = json_array_get(json_array_get(json_object_get(wanted, "correlation"), i / n), i % n);
        json_t *v = json_array_get(json_array_get(json_object_get(wanted, "covariance_sample"), i / n), i % n);
        double size = sqrt(c->covariance[i / n * n + i / n] * c->covariance[i % n * n + i % n]);

        snprintf(where, sizeof where, "%zu:%zu", i / n, i % n);
        if (json_is_number(r))
            near(set, where, "correlation", c->matrix[i], json_number_value(r), 12, 1);
        near(set, where, "covariance", c->covariance[i], json_number_value(v), 12, size);
    }
    bl_corr_free(c);
}

static bool is_missing(const struct bl_column *c, size_t row)
{
    return c->code ? c->code[row] == BL_MISSING_CODE : isnan(c->number[row]);
}

/* Rows, gaps, and rows that are the same as an earlier one. The reference compares cells as they are written, so where
 * numbers are written in two ways (hr of bike_hour) it may find fewer that are the same. */
static void check_rows(const char *set, const struct bl_table *t, json_t *json)
{
    json_t *wanted = json_object_get(json, "table");
    size_t all[256], missing = 0, complete = 0, n = 0;
    struct bl_combination *rows = NULL;

    for (size_t j = 0; j < t->n_columns; j++)
        all[j] = j;
    for (size_t i = 0; i < t->n_rows; i++) {
        size_t gaps = 0;
        for (size_t j = 0; j < t->n_columns; j++)
            gaps += is_missing(&t->columns[j], i);
        missing += gaps;
        complete += gaps == 0;
    }
    assert_true(bl_distinct_rows(t, all, t->n_columns, &rows, &n, NULL));
    bl_free(rows);
    near(set, "table", "rows", (double)t->n_rows, json_number_value(json_object_get(wanted, "rows")), 15, 0);
    near(set, "table", "cells_missing", (double)missing, json_number_value(json_object_get(wanted, "cells_missing")), 15, 0);
    near(set, "table", "complete_rows", (double)complete, json_number_value(json_object_get(wanted, "complete_rows")), 15, 0);
    near(set, "table", "duplicate_rows", (double)(t->n_rows - n), json_number_value(json_object_get(wanted, "duplicate_rows")), 15, 0);
}

/* Every level with its rows. Names, which differ in each row, make no groups. */
static void check_levels(const char *set, const struct bl_table *t, json_t *json)
{
    const char *name, *level;
    json_t *wanted, *count;

    json_object_foreach(json_object_get(json, "categorical"), name, wanted) {
        const size_t column = bl_table_find(t, name);
        struct bl_groups *g = t->columns[column].type == BL_TEXT_COLUMN ? NULL : bl_groups_of(t, column, NULL);
        size_t k = 0;

        if (t->columns[column].type == BL_TEXT_COLUMN)
            continue;
        assert_non_null(g);
        assert_int_equal(g->n_groups, json_object_size(wanted));
        json_object_foreach(wanted, level, count) {
            for (k = 0; k < g->n_groups && strcmp(g->labels[k], level) != 0;)
                k++;
            if (k == g->n_groups || g->counts[k] != (size_t)json_integer_value(count))
                fail_msg("%s, %s: %s comes %zu times", set, name, level, k < g->n_groups ? g->counts[k] : 0);
        }
        bl_groups_free(g);
    }
}

/* Means and deviations of the inputs in each class of the target. */
static void check_classes(const char *set, const struct bl_table *t, json_t *json)
{
    json_t *input = json_object_get(json, "model_input"), *columns = json_object_get(input, "columns"), *wanted, *column;
    const char *class;
    struct bl_groups *g;
    struct bl_moments m[16];
    size_t j, k;

    if (!json_object_get(json, "by_class"))
        return;
    assert_non_null(g = bl_groups_of(t, bl_table_find(t, json_string_value(json_object_get(input, "target"))), NULL));
    assert_true(g->n_groups == json_object_size(json_object_get(json, "by_class")) && g->n_groups <= 16);
    json_array_foreach(columns, j, column) {
        bl_group_moments(g, t->columns[bl_table_find(t, json_string_value(column))].number, t->n_rows, m);
        json_object_foreach(json_object_get(json, "by_class"), class, wanted) {
            for (k = 0; k < g->n_groups && strcmp(g->labels[k], class) != 0;)
                k++;
            assert_true(k < g->n_groups);
            near(set, class, "mean", m[k].mean, json_number_value(json_array_get(json_object_get(wanted, "means"), j)), 12, 0);
            near(set, class, "sd", sqrt(bl_moments_variance(&m[k])), json_number_value(json_array_get(json_object_get(wanted, "sd_sample"), j)), 12, 0);
        }
    }
    bl_groups_free(g);
}

static void test_tables_agree_with_reference_to_12_digits(void **state)
{
    DIR *dir = opendir(BL_SOURCE_DIR "/tests/reference");
    size_t sets = 0;

    (void)state;
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        const char *dot = strrchr(e->d_name, '.');

        if (!dot || strcmp(dot, ".json") != 0)
            continue;
        json_t *json = read_json(e->d_name);

        if (json_object_get(json, "univariate")) {
            struct bl_table *t = load(json_string_value(json_object_get(json, "dataset")));

            check_univariate(e->d_name, t, json);
            check_correlation(e->d_name, t, json);
            check_rows(e->d_name, t, json);
            check_levels(e->d_name, t, json);
            check_classes(e->d_name, t, json);
            bl_table_free(t);
            sets++;
        }
        json_decref(json);
    }
    closedir(dir);
    assert_true(sets >= 18);
}

static void test_certified_sets_hold_their_digits(void **state)
{
    static const char *const sets[] = { "PiDigits", "Lottery", "Michelso", "NumAcc1", "NumAcc2" };

    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char name[64], path[600];
        struct bl_summary s;

        snprintf(name, sizeof name, "nist/%s.json", sets[i]);
        snprintf(path, sizeof path, "%s/tests/reference/nist/%s.csv", BL_SOURCE_DIR, sets[i]);
        json_t *json = read_json(name), *wanted = json_object_get(json_object_get(json, "recomputed"), "binary64");
        struct bl_table *t = load(path);

        assert_true(bl_describe(t, NULL, 0, &s, pool, NULL, NULL));
        near(sets[i], "y", "mean", s.mean, atof(json_string_value(json_object_get(wanted, "mean"))), 14, 0);
        near(sets[i], "y", "sd", s.sd, atof(json_string_value(json_object_get(wanted, "sd"))), 13, 0);
        near(sets[i], "y", "lag1", s.lag1, atof(json_string_value(json_object_get(wanted, "lag1"))), 12, 0);
        bl_table_free(t);
        json_decref(json);
    }
}

static int setup(void **state)
{
    (void)state;
    return (pool = bl_pool_create(2, NULL)) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    bl_pool_free(pool);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_agree_with_reference_to_12_digits),
        cmocka_unit_test(test_certified_sets_hold_their_digits),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
