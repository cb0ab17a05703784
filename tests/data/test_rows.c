/* The order of rows against an insertion that needs no keys. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/data.h"

enum { ROWS = 700 };

static const double odd[] = { 0.0, -0.0, 1, -1, 5e-324, -5e-324, 1e308, -1e308, 1e-3, 2 };

static double some_number(struct bl_random *r)
{
    switch (bl_random_below(r, 8)) {
    case 0: return NAN;
    case 1: return bl_random_below(r, 2) ? INFINITY : -INFINITY;
    case 2: return bl_random_normal(r) * 1e200;
    case 3: return bl_random_normal(r);
    default: return odd[bl_random_below(r, sizeof odd / sizeof *odd)];
    }
}

static struct bl_table *table_make(uint64_t seed)
{
    struct bl_random r = bl_random_stream(seed, BL_FOR_NOISE, 0, 0);
    struct bl_table *t = bl_table_create("rows", ROWS, 2, NULL);
    double *x = bl_calloc(ROWS, sizeof *x);
    uint32_t *code = bl_calloc(ROWS, sizeof *code);
    char **levels = bl_calloc(3, sizeof *levels);

    for (size_t i = 0; i < ROWS; i++) {
        x[i] = some_number(&r);
        code[i] = bl_random_below(&r, 4) ? (uint32_t)bl_random_below(&r, 3) : BL_MISSING_CODE;
    }
    for (size_t i = 0; i < 3; i++)
        levels[i] = bl_strdup((const char *[]){ "a", "b", "c" }[i]);
    assert_true(bl_table_set_numbers(t, 0, "x", x, NULL));
    assert_true(bl_table_set_codes(t, 1, "c", BL_CATEGORICAL, code, levels, 3, NULL));
    return t;
}

static bool comes_before(const struct bl_column *c, uint32_t a, uint32_t b, bool down)
{
    double x = c->code ? c->code[a] : c->number[a], y = c->code ? c->code[b] : c->number[b];
    bool no_x = c->code ? c->code[a] == BL_MISSING_CODE : isnan(x), no_y = c->code ? c->code[b] == BL_MISSING_CODE : isnan(y);

    if (no_x || no_y)
        return !no_x;
    return down ? x > y : x < y;
}

static void insert_all(const struct bl_column *c, uint32_t *rows, bool down)
{
    for (size_t i = 1; i < ROWS; i++)
        for (size_t k = i; k > 0 && comes_before(c, rows[k], rows[k - 1], down) && !comes_before(c, rows[k - 1], rows[k], down); k--) {
            uint32_t kept = rows[k];
            rows[k] = rows[k - 1], rows[k - 1] = kept;
        }
}

static void test_sorted_rows_are_those_of_an_insertion(void **state)
{
    uint32_t rows[ROWS], wanted[ROWS];

    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        for (int way = 0; way < 4; way++) {
            struct bl_table *t = table_make(seed);
            for (uint32_t i = 0; i < ROWS; i++)
                rows[i] = wanted[i] = (uint32_t)((i * 37 + seed) % ROWS); /* any order before: equal ones keep it */
            insert_all(&t->columns[way & 1], wanted, way & 2);
            assert_true(bl_rows_sort(t, (size_t)way & 1, way & 2, rows, ROWS, NULL, NULL));
            assert_memory_equal(rows, wanted, sizeof rows);
            bl_table_free(t);
        }
}

static void test_sorting_stops_when_told(void **state)
{
    struct bl_table *t = table_make(1);
    struct bl_progress p = { .stop = true };
    struct bl_error err = { 0 };
    uint32_t rows[ROWS] = { 0 };

    (void)state;
    for (uint32_t i = 0; i < ROWS; i++)
        rows[i] = i;
    assert_false(bl_rows_sort(t, 0, false, rows, ROWS, &p, &err));
    assert_int_equal(err.code, BL_STOPPED);
    assert_true(bl_rows_sort(t, 0, false, rows, 1, NULL, &err));
    assert_true(bl_rows_sort(t, 0, false, rows, 0, NULL, &err));
    bl_table_free(t);
}

static void test_no_memory_is_an_error(void **state)
{
    struct bl_table *t = table_make(1);
    struct bl_error err = { 0 };
    uint32_t rows[ROWS] = { 0 };

    (void)state;
    for (uint64_t k = 1; k <= 4; k++) {
        bl_alloc_fail_at(k, false);
        assert_false(bl_rows_sort(t, 0, false, rows, ROWS, NULL, &err));
        bl_alloc_fail_at(0, false);
        assert_int_equal(err.code, BL_MEMORY);
    }
    bl_table_free(t);
}

static void test_the_first_key_decides_and_missing_is_last(void **state)
{
    static const char csv[] = "a,b,k\n2,x,b\n-1,y,a\n,z,b\n2,w,a\n-0.5,v,\n";
    static const struct { const char *where; struct bl_sort_key keys[2]; size_t n_keys, n; uint32_t rows[5]; } cases[] = {
        { NULL, { { 0, false } }, 1, 5, { 1, 4, 0, 3, 2 } },
        { NULL, { { 0, true } }, 1, 5, { 0, 3, 4, 1, 2 } },
        { NULL, { { 2, false }, { 0, false } }, 2, 5, { 1, 3, 0, 2, 4 } },
        { NULL, { { 2, true }, { 0, true } }, 2, 5, { 0, 2, 3, 1, 4 } },
        { "a > 0", { { 1, false } }, 1, 2, { 3, 0 } },
        { "k is missing", { { 0 } }, 0, 1, { 4 } },
    };
    struct bl_error err = { 0 };
    struct bl_table *t = bl_load_bytes(csv, sizeof csv - 1, "t.csv", &(struct bl_load_options){ .header = BL_HEADER_YES }, &err);

    (void)state;
    assert_non_null(t);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t *rows;
        size_t n;

        if (!bl_rows_choose(t, cases[i].where, cases[i].keys, cases[i].n_keys, &rows, &n, NULL, NULL, &err))
            fail_msg("case %zu: %s", i, err.message);
        assert_int_equal(n, cases[i].n);
        assert_memory_equal(rows, cases[i].rows, n * sizeof *rows);
        bl_free(rows);
    }
    bl_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorted_rows_are_those_of_an_insertion),
        cmocka_unit_test(test_sorting_stops_when_told),
        cmocka_unit_test(test_no_memory_is_an_error),
        cmocka_unit_test(test_the_first_key_decides_and_missing_is_last),
    };

    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
