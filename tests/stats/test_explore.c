/* Rows in order, combinations, contingency, missing values and outliers, against values worked out from the definitions. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/stats.h"

static struct bl_table *table(const char *csv)
{
    struct bl_error err = { 0 };
    struct bl_table *t = bl_load_bytes(csv, strlen(csv), "t.csv", &(struct bl_load_options){ .header = BL_HEADER_YES }, &err);

    if (!t)
        fail_msg("%s", err.message);
    return t;
}

/* Rows that make these counts. */
static struct bl_table *counted(const size_t *counts, size_t n_a, size_t n_b)
{
    struct bl_text csv = { 0 };
    struct bl_table *t;

    bl_text_add(&csv, "a,b\n");
    for (size_t i = 0; i < n_a * n_b; i++)
        for (size_t k = 0; k < counts[i]; k++)
            bl_text_addf(&csv, "a%zu,b%zu\n", i / n_b, i % n_b);
    bl_text_add(&csv, "a0,\n,b0\n");
    t = table(bl_text_get(&csv));
    bl_text_free(&csv);
    return t;
}

/* p: for 1 degree erfc, for even degrees the finite series of the chi-square tail. */
static void test_contingency_is_pearsons_test(void **state)
{
    static const struct { size_t counts[12], n_a, n_b, df, few; double chi, p, v; } cases[] = {
        { { 10, 20, 30, 5 }, 2, 2, 1, 0, 18.726190476190474, 1.5089565704354243e-05, 0.5367450401216932 },
        { { 3, 1, 4, 1, 5, 9 }, 2, 3, 2, 5, 3.8124465811965815, 0.14864070058928583, 0.4071345563920447 },
        { { 12, 7, 9, 8, 11, 13, 5, 6, 20, 9, 9, 9 }, 4, 3, 6, 0, 10.367055619901919, 0.11002145513540601, 0.2095905574668034 },
        { { 81, 233, 468, 109 }, 2, 2, 1, 0, 263.05057407065567, 3.7117477701134377e-59, 0.5433513806577551 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_table *t = counted(cases[i].counts, cases[i].n_a, cases[i].n_b);
        struct bl_cross *c = bl_cross_of(t, 0, 1, NULL);

        assert_non_null(c);
        assert_int_equal(c->df, cases[i].df);
        assert_int_equal(c->few, cases[i].few);
        assert_int_equal(c->missing, 2);
        assert_memory_equal(c->counts, cases[i].counts, c->n_a * c->n_b * sizeof *c->counts);
        assert_true(fabs(c->chi_square / cases[i].chi - 1) < 1e-13);
        assert_true(fabs(c->p / cases[i].p - 1) < 1e-11);
        assert_true(fabs(c->cramers_v / cases[i].v - 1) < 1e-13);
        bl_cross_free(c);
        bl_table_free(t);
    }
}

/* A level that only rows without the other value have would be expected 0 times. */
static void test_groups_without_a_joint_row_are_left_out(void **state)
{
    struct bl_table *t = table("a,b\nx,1\ny,2\nz,\nx,2\n");
    struct bl_cross *c = bl_cross_of(t, 0, 1, NULL);

    (void)state;
    assert_int_equal(c->n_a, 2);
    assert_string_equal(c->a[1], "y");
    assert_true(isfinite(c->chi_square));
    bl_cross_free(c);
    bl_table_free(t);
    t = table("a,b\nx,1\nx,2\n");
    c = bl_cross_of(t, 0, 1, NULL);
    assert_int_equal(c->df, 0);
    assert_true(isnan(c->chi_square) && isnan(c->p));
    bl_cross_free(c);
    bl_table_free(t);
}

static void test_patterns_of_missing_values_are_counted(void **state)
{
    struct bl_table *t = table("a,b,c,d\n1,,x,1\n,2,x,1\n1,2,x,1\n,,x,1\n5,,y,1\n,,y,2\n1,1,z,3\n1,,z,3\n");
    struct bl_gaps *g = bl_gaps_of(t, NULL);
    static const size_t counts[] = { 3, 2, 2, 1 };

    (void)state;
    assert_int_equal(g->n_columns, 2);
    assert_int_equal(g->n_patterns, 4);
    assert_int_equal(g->complete, 2);
    assert_memory_equal(g->counts, counts, sizeof counts);
    assert_true(!g->gap[0] && g->gap[1]);                       /* b alone: rows 0, 4, 7 */
    assert_true(!g->gap[2] && !g->gap[3]);                      /* nothing: rows 2, 6 */
    assert_true(g->gap[4] && g->gap[5]);                        /* both: rows 3, 5 */
    assert_true(g->gap[6] && !g->gap[7]);                       /* a alone: row 1 */
    bl_gaps_free(g);
    bl_table_free(t);
}

static void test_fences_are_tukeys(void **state)
{
    struct bl_table *t = table("x,flat,few\n1,1,1\n2,1,\n3,1,\n4,1,\n5,1,\n6,1,\n7,1,3\n100,9,2\n-30,1,\n");
    const size_t columns[] = { 0, 1, 2 };
    struct bl_outliers o[3];

    (void)state;
    assert_true(bl_outliers_of(t, columns, 3, 1.5, 2, o, NULL, NULL));
    assert_true(o[0].q1 == 2 && o[0].q3 == 6); /* sorted -30 1 2 3 4 5 6 7 100 */
    assert_true(o[0].low == -4 && o[0].high == 12);
    assert_int_equal(o[0].below, 1);
    assert_int_equal(o[0].above, 1);
    assert_int_equal(o[0].n_extreme, 2);
    assert_int_equal(o[0].extreme[0], 7);
    assert_int_equal(o[0].extreme[1], 8);
    assert_int_equal(o[0].z_beyond, 1); /* mean 10.9, deviation 35.5 */
    assert_true(isnan(o[1].low));       /* quartiles meet */
    assert_int_equal(o[1].above + o[1].below, 0);
    assert_int_equal(o[1].z_beyond, 1);
    assert_int_equal(o[2].count, 3);
    assert_true(isnan(o[2].low));
    bl_table_free(t);
}

static void test_distinct_counts_combinations(void **state)
{
    struct bl_table *t = table("a,b\n1,x\n2,x\n1,x\n,y\n1,y\n,y\n1,x\n");
    const size_t columns[] = { 0, 1 };
    static const struct { uint32_t row; size_t count; } wanted[] = { { 0, 3 }, { 3, 2 }, { 4, 1 }, { 1, 1 } };
    struct bl_combination *all;
    size_t n;

    (void)state;
    assert_true(bl_distinct_rows(t, columns, 2, &all, &n, NULL));
    assert_int_equal(n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(all[i].row, wanted[i].row);
        assert_int_equal(all[i].count, wanted[i].count);
    }
    bl_free(all);
    bl_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contingency_is_pearsons_test),
        cmocka_unit_test(test_groups_without_a_joint_row_are_left_out),
        cmocka_unit_test(test_patterns_of_missing_values_are_counted),
        cmocka_unit_test(test_fences_are_tukeys),
        cmocka_unit_test(test_distinct_counts_combinations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
