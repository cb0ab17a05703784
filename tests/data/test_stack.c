/* Rows of one table below those of another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/data.h"

static struct bl_table *table(const char *text, const char *name)
{
    struct bl_error err = {0};
    struct bl_table *t = bl_load_bytes(text, strlen(text), name, &(struct bl_load_options){.name = name}, &err);

    if (!t)
        fail_msg("%s: %s", name, err.message);
    return t;
}

static void test_columns_are_found_by_name_and_levels_put_in_order(void **state)
{
    struct bl_table *a = table("x,g,d\n1,m,2020-01-01\n2,b,2020-01-02\n,,\n", "a"), *b = table("g,extra,d,x\nk,1,2021-01-01,7\nm,2,,\nz,3,2021-01-03,9\n", "b");
    struct bl_error err = {0};
    struct bl_table *t = bl_table_stack(a, b, NULL, "both", &err);
    static const char *const cells[][3] = {{"1", "m", "2020-01-01"}, {"2", "b", "2020-01-02"}, {"", "", ""},
                                           {"7", "k", "2021-01-01"}, {"", "m", ""}, {"9", "z", "2021-01-03"}};
    char buffer[64];

    (void)state;
    if (!t)
        fail_msg("%s", err.message);
    assert_int_equal(t->n_rows, 6);
    assert_int_equal(t->n_columns, 3);
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 3; j++)
            assert_string_equal(bl_table_cell(t, i, j, buffer, sizeof buffer), cells[i][j]);
    assert_int_equal(t->columns[1].n_levels, 4);
    assert_string_equal(t->columns[1].levels[0], "b");
    assert_string_equal(t->columns[1].levels[3], "z");
    assert_int_equal(t->columns[0].missing, 2);
    bl_table_free(t);
    bl_table_free(a);
    bl_table_free(b);
}

static void test_what_does_not_fit_is_named(void **state)
{
    struct bl_table *a = table("x,g,z\n1,m,1\n2,b,2\n", "a"), *b = table("x,z\nfew,1\nmany,2\n", "b"), *t;
    static const bool needed[] = {false, false, true};
    struct bl_error err = {0};
    char buffer[64];

    (void)state;
    assert_null(bl_table_stack(a, b, NULL, "both", &err));
    assert_int_equal(err.code, BL_DATA);
    assert_string_equal(err.message, "b does not fit a: it lacks 'g', and of another type is 'x'");
    t = bl_table_stack(a, b, needed, "both", &err);
    assert_non_null(t);
    assert_string_equal(bl_table_cell(t, 2, 0, buffer, sizeof buffer), "");
    assert_string_equal(bl_table_cell(t, 3, 2, buffer, sizeof buffer), "2");
    bl_table_free(t);
    bl_table_free(a);
    bl_table_free(b);
}

static void test_a_column_without_values_fits_any(void **state)
{
    struct bl_table *a = table("x,g\n1,m\n2,b\n", "a"), *b = table("x,g\n1,\n2,\n", "b");
    struct bl_error err = {0};
    struct bl_table *t = bl_table_stack(a, b, NULL, "both", &err);

    (void)state;
    if (!t)
        fail_msg("%s", err.message);
    assert_int_equal(t->columns[1].missing, 2);
    bl_table_free(t);
    bl_table_free(a);
    bl_table_free(b);
}

static void test_sparse_rows_are_put_below_each_other(void **state)
{
    const char *first = "1 1:2 3:4\n0 2:1\n", *second = "1 4:9\n";
    const struct bl_load_options o = {.format = "libsvm", .sparse = BL_SPARSE_YES};
    struct bl_table *a = bl_load_bytes(first, strlen(first), "a", &o, NULL), *b = bl_load_bytes(second, strlen(second), "b", &o, NULL), *t;
    struct bl_error err = {0};

    (void)state;
    assert_true(a && b && a->sparse && b->sparse);
    t = bl_table_stack(a, b, NULL, "both", &err);
    if (!t)
        fail_msg("%s", err.message);
    assert_int_equal(t->sparse->n_columns, 4);
    assert_true(bl_sparse_at(t->sparse, 0, 2) == 4 && bl_sparse_at(t->sparse, 1, 1) == 1 && bl_sparse_at(t->sparse, 2, 3) == 9);
    bl_table_free(t);
    bl_table_free(a);
    bl_table_free(b);
}

static void test_memory_that_ends_is_an_error(void **state)
{
    struct bl_table *a = table("x,g,d\n1,m,2020-01-01\n2,b,2020-01-02\n", "a"), *b = table("g,d,x\nk,2021-01-01,7\n", "b");
    size_t refused = 0;

    (void)state;
    for (uint64_t k = 1; k < 60; k++) {
        struct bl_error err = {0};
        struct bl_table *t;

        bl_alloc_fail_at(k, false);
        t = bl_table_stack(a, b, NULL, "both", &err);
        bl_alloc_fail_at(0, false);
        refused += !t;
        assert_true(t || err.code == BL_MEMORY);
        bl_table_free(t);
    }
    assert_true(refused > 5);
    bl_table_free(a);
    bl_table_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_found_by_name_and_levels_put_in_order),
        cmocka_unit_test(test_what_does_not_fit_is_named),
        cmocka_unit_test(test_a_column_without_values_fits_any),
        cmocka_unit_test(test_sparse_rows_are_put_below_each_other),
        cmocka_unit_test(test_memory_that_ends_is_an_error),
    };

    return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
