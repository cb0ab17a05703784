/* Rows behind rows: by the names of the columns, levels of both in their order, missing cells kept. */
#include <setjmp.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/data.h"

static struct bl_table *read(const char *csv)
{
    struct bl_load_options options = { 0 };
    struct bl_error err = { 0 };
    struct bl_table *t = bl_load_bytes(csv, strlen(csv), "t", &options, &err);

    if (!t)
        fail_msg("%s", err.message);
    return t;
}

static void expect_cells(const struct bl_table *t, size_t column, const char *const *wanted)
{
    char buffer[64];

    for (size_t i = 0; i < t->n_rows; i++)
        assert_string_equal(bl_table_cell(t, i, column, buffer, sizeof buffer), wanted[i]);
}

static void test_columns_are_found_by_name(void **state)
{
    static const char *const x[] = { "1", "2", "", "4" }, *const z[] = { "m", "a", "z", "m" }, *const day[] = { "2026-01-01", "2026-01-02", "2026-02-01", "" };
    struct bl_table *a = read("x,z,day\n1,m,2026-01-01\n2,a,2026-01-02\n"), *b = read("day,more,z,x\n2026-02-01,7,z,\n,8,m,4\n"), *c;
    struct bl_warnings warnings = { 0 };
    struct bl_error err = { 0 };

    (void)state;
    c = bl_table_append(a, b, "c", &warnings, &err);
    assert_non_null(c);
    assert_int_equal(c->n_rows, 4);
    assert_int_equal(c->n_columns, 3);
    expect_cells(c, 0, x);
    expect_cells(c, 1, z);
    expect_cells(c, 2, day);
    assert_int_equal(c->columns[1].n_levels, 3);
    assert_string_equal(c->columns[1].levels[0], "a");
    assert_string_equal(c->columns[1].levels[2], "z");
    assert_int_equal(c->columns[0].missing, 1);
    assert_int_equal(warnings.count, 1); /* `more` is left out */
    bl_warnings_free(&warnings);
    bl_table_free(a);
    bl_table_free(b);
    bl_table_free(c);
}

static void test_what_does_not_fit_is_told(void **state)
{
    struct bl_table *a = read("x,z,w\n1,m,1\n2,a,2\n"), *b = read("x,w\nu,1\nv,2\n");
    struct bl_error err = { 0 };

    (void)state;
    assert_null(bl_table_append(a, b, "c", NULL, &err));
    assert_non_null(strstr(err.message, "no column 'z'"));
    assert_non_null(strstr(err.message, "'x' is categorical and was numeric"));
    assert_string_not_equal(err.hint, "");
    bl_table_free(a);
    bl_table_free(b);
}

static void test_a_column_without_any_value_fits(void **state)
{
    struct bl_table *a = read("x,z\n1,m\n2,a\n"), *b = read("x,z\n3,\n4,\n"), *c;
    struct bl_error err = { 0 };

    (void)state;
    c = bl_table_append(a, b, "c", NULL, &err);
    assert_non_null(c);
    assert_int_equal(c->columns[1].missing, 2);
    assert_int_equal(c->columns[1].n_levels, 2);
    bl_table_free(a);
    bl_table_free(b);
    bl_table_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_found_by_name),
        cmocka_unit_test(test_what_does_not_fit_is_told),
        cmocka_unit_test(test_a_column_without_any_value_fits),
    };

    return cmocka_run_group_tests_name("append", tests, NULL, NULL);
}
