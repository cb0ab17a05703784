/* Expressions over the rows of a table: which rows hold, what is derived, what is refused and where. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/data.h"

/* row                        0     1     2     3      4 */
static const char csv[] = "n,m,kind,name,code,when,first name\n"
                          "1,10,red,Ann Lee,4,2011-01-31,a\n"
                          "2,,blue,Bob,6,2011-02-01,b\n"
                          "3,30,,Émil,4,2012-02-29,red\n"
                          ",40,red,ann,8,,kind\n"
                          "5,-50,green,\"O'Neil, x\",6,2020-12-31,e\n";

static struct bl_table *table(void)
{
    static const struct bl_load_type types[] = { { "code", BL_CATEGORICAL } };
    struct bl_load_options o = { .types = types, .n_types = 1 };
    struct bl_error err = { 0 };
    struct bl_table *t = bl_load_bytes(csv, sizeof csv - 1, "t.csv", &o, &err);

    if (!t)
        fail_msg("%s", err.message);
    return t;
}

/* "0 3 ?1": rows that hold, and how many cannot be told; else the message with its place. */
static void rows_of(struct bl_table *t, const char *text, char *out, size_t size)
{
    struct bl_error err = { 0 };
    struct bl_expression *e = bl_expression_parse(text, &err);
    struct bl_formula *f = e ? bl_formula_create(e, t, NULL, &err) : NULL;
    uint32_t *rows = NULL;
    size_t n = 0, unknown = 0, at = 0;

    out[0] = '\0';
    if (f && bl_formula_rows(f, &rows, &n, &unknown, NULL, NULL, &err)) {
        for (size_t i = 0; i < n; i++)
            at += (size_t)snprintf(out + at, size - at, "%s%u", i ? " " : "", rows[i]);
        if (unknown)
            snprintf(out + at, size - at, "%s?%zu", n ? " " : "", unknown);
    } else {
        snprintf(out, size, "%zu:%zu %s", err.word_at, err.word_len, err.message);
        assert_true(err.hint[0] != 0);
    }
    bl_free(rows);
    bl_formula_free(f);
    bl_expression_free(e);
}

static void test_conditions_choose_rows(void **state)
{
    static const struct { const char *text, *rows; } cases[] = {
        { "n > 2", "2 4 ?1" },
        { "not n > 2", "0 1 ?1" },
        { "n > 2 or m = 40", "2 3 4 ?1" },
        { "n > 2 and m = 40", "?1" },
        { "n = 1 or m is missing", "0 1 ?1" },
        { "n is missing", "3" },
        { "n is not missing and kind is not missing", "0 1 4" },
        { "N >= 5", "4 ?1" }, /* names as everywhere: the case does not matter */
        { "n in (1, 5, -2)", "0 4 ?1" },
        { "n not in (1, 5)", "1 2 ?1" },
        { "m in (-50)", "4 ?1" },
        { "abs(m) >= 40", "3 4 ?1" },
        { "n % 2 = 1", "0 2 4 ?1" },
        { "m / n > 9 and m ^ 2 < 1000", "0 2 ?1" },
        { "fill(n, 4) > 3", "3 4" },
        { "max(n, 4) = 4", "0 1 2 ?1" },
        { "kind = red", "0 3 ?1" },
        { "red = kind", "0 3 ?1" },
        { "kind is 'red'", "0 3 ?1" },
        { "kind != red", "1 4 ?1" },
        { "kind is not red and n < 9", "1 4 ?1" },
        { "kind < 'green'", "1 ?1" },
        { "kind in (red, 'green')", "0 3 4 ?1" },
        { "kind not in ('red')", "1 4 ?1" },
        { "kind = 'no such'", "?1" },
        { "name contains nn", "0 3" },
        { "name not contains 'nn'", "1 2 4" },
        { "name starts with 'O''N'", "4" },
        { "name ends with \"e\" or name ends with 'x'", "0 4" },
        { "name matches '^[A-Z][a-z]+$'", "1" },
        { "name matches '^.{4}$'", "2" },  /* characters, not bytes */
        { "lower(name) starts with 'ann'", "0 3" },
        { "upper(name) = 'ÉMIL'", "2" },
        { "length(name) = 4", "2" },
        { "code = 4", "0 2" },
        { "code > 5", "1 3 4" },
        { "code in (4, 8)", "0 2 3" },
        { "code + n = 5", "0 ?1" },
        { "when < 2011-02-01", "0 ?1" },
        { "when <= '2011-02-01'", "0 1 ?1" },
        { "when = '29 Feb 2012'", "2 ?1" },
        { "when in (2011-01-31, '2020-12-31')", "0 4 ?1" },
        { "year(when) = 2011 and month(when) = 2 and day(when) = 1", "1 ?1" },
        { "weekday(when) = 1", "0 ?1" }, /* 2011-01-31 was a Monday */
        { "when - 2011-01-31 = 1", "1 ?1" },
        { "when + 29 > 2012-03-28 and 1 + when < 2012-03-02", "2 ?1" },
        { "'first name' = 'a'", "0" },
        { "`first name` = `kind`", "?1" },
        { "'first name' = 'kind'", "3" }, /* beside a text, quotes make a text */
        { "'first name' = red", "2" },
        { "if(n > 2, kind, name) = 'Bob'", "1 ?2" },
        { "if(n > 2, 'big', 'small') = 'big'", "2 4 ?1" },
        { "number('first name') is missing", "0 1 2 3 4" },
    };
    struct bl_table *t = table();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[300];

        rows_of(t, cases[i].text, got, sizeof got);
        if (strcmp(got, cases[i].rows) != 0)
            fail_msg("%s gives %s and not %s", cases[i].text, got, cases[i].rows);
    }
    bl_table_free(t);
}

static void test_slips_are_errors_with_their_place(void **state)
{
    static const struct { const char *text, *error; } cases[] = {
        { "m > 3 and nam = 'x'", "10:3 no column 'nam' in t" },
        { "n = 'abc'", "4:5 'abc' is a text, but n is a number" },
        { "kind = redd", "7:4 'redd' is no column of t and no value of 'kind'" },
        { "kind > 4", "0:4 kind is a text, not a number" },
        { "when > 4", "0:4 when is a date, not a number" },
        { "when > 'soon'", "7:6 'soon' is no date and no column" },
        { "when > 2011-02-30", "7:10 the expression 'when > 2011-02-30' cannot be read at '2011-02-30': that is not a day of the calendar" },
        { "n + 1", "0:5 'n + 1' is a number, not a condition" },
        { "kind", "0:4 'kind' is a text, not a condition" },
        { "kind and n > 1", "0:4 kind is a text, not a condition" },
        { "sqrt(kind) > 1", "5:4 kind is a text, not a number" },
        { "n contains 'a'", "0:1 n is a number, not a text" },
        { "year(n) = 1", "5:1 n is a number, not a date" },
        { "n in (1, x)", "9:1 'x' is not a number" },
        { "when + when > 1", "0:4 when is a date, not a number" },
        { "`kin` = red", "0:5 no column 'kin' in t" },
        { "if(n > 1, kind, n) = 1", "16:1 n is a number, not a text" },
        { "name matches '(a'", "0:17 the pattern '(a' cannot be used: Unmatched ( or \\(" },
        { "name matches '(a{1,200}){1,200}'", "0:32 the pattern '(a{1,200}){1,200}' repeats its parts more than 1000 times" },
        { "name matches '(a)\\1'", "0:20 the pattern '(a)\\1' refers back to a group, which is not supported" },
        { "n in 1", "5:1 the expression 'n in 1' cannot be read at '1': '(' is expected: in (1, 2, 3)" },
        { "name starts 'a'", "12:3 the expression 'name starts 'a'' cannot be read at ''a'': 'with' is expected" },
    };
    struct bl_table *t = table();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[700];

        rows_of(t, cases[i].text, got, sizeof got);
        if (strcmp(got, cases[i].error) != 0)
            fail_msg("%s gives\n  %s\nand not\n  %s", cases[i].text, got, cases[i].error);
    }
    bl_table_free(t);
}

static struct bl_table *derived(struct bl_table *t, const char *text, const char *name, struct bl_warnings *w)
{
    struct bl_error err = { 0 };
    struct bl_expression *e = bl_expression_parse(text, &err);
    struct bl_formula *f = e ? bl_formula_create(e, t, w, &err) : NULL;
    struct bl_table *to = f ? bl_formula_derive(f, t, name, "made", NULL, NULL, w, &err) : NULL;

    if (!to)
        fail_msg("%s: %s", text, err.message);
    bl_formula_free(f);
    bl_expression_free(e);
    return to;
}

static void test_derived_columns_hold_the_value_of_each_row(void **state)
{
    static const struct { const char *text; enum bl_type type; const char *cells; } cases[] = {
        { "n * 2 + 1", BL_NUMERIC, "3|5|7||11" },
        { "n > 1", BL_NUMERIC, "0|1|1||1" },
        { "m / (n - 1)", BL_NUMERIC, "||15||-12.5" },
        { "when - 2011-01-31", BL_NUMERIC, "0|1|394||3622" },
        { "when + 1", BL_DATETIME, "2011-02-01|2011-02-02|2012-03-01||2021-01-01" },
        { "date('2000-01-01')", BL_DATETIME, "2000-01-01|2000-01-01|2000-01-01|2000-01-01|2000-01-01" },
        { "upper(kind)", BL_CATEGORICAL, "RED|BLUE||RED|GREEN" },
        { "if(m > 20, 'many', kind)", BL_CATEGORICAL, "red||many|many|green" },
        { "fill(kind, 'none')", BL_CATEGORICAL, "red|blue|none|red|green" },
        { "'same'", BL_CATEGORICAL, "same|same|same|same|same" },
        { "number(code) - 4", BL_NUMERIC, "0|2|0|4|2" },
        { "round(m / 20)", BL_NUMERIC, "1||2|2|-3" },
    };
    struct bl_table *t = table();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_warnings w = { 0 };
        struct bl_table *to = derived(t, cases[i].text, "new", &w);
        char got[300] = "", buffer[64];
        size_t at = 0;

        assert_int_equal(to->n_columns, t->n_columns + 1);
        assert_int_equal(to->columns[7].type, cases[i].type);
        for (size_t k = 0; k < 5; k++)
            at += (size_t)snprintf(got + at, sizeof got - at, "%s%s", k ? "|" : "", bl_table_cell(to, k, 7, buffer, sizeof buffer));
        if (strcmp(got, cases[i].cells) != 0)
            fail_msg("%s gives %s and not %s", cases[i].text, got, cases[i].cells);
        assert_int_equal(w.count, i == 2); /* 10 / 0 */
        bl_warnings_free(&w);
        bl_table_free(to);
    }
    bl_table_free(t);
}

/* The lender may go first, and a column may be replaced in its place. */
static void test_lent_columns_outlive_their_table(void **state)
{
    struct bl_table *t = table(), *one = derived(t, "n + 1", "n", NULL), *two;

    (void)state;
    assert_int_equal(one->n_columns, 7);
    assert_true(one->columns[0].number[0] == 2);
    assert_true(t->columns[0].number[0] == 1);
    two = derived(one, "n + m", "sum", NULL);
    assert_ptr_equal(two->columns[1].lender, t);
    bl_table_free(t);
    bl_table_free(one);
    assert_true(two->columns[7].number[0] == 12);
    assert_string_equal(two->columns[2].levels[0], "blue");
    bl_table_free(two);
}

/* Blocks are cut by the rows: any number of threads gives the same. */
static void test_many_rows_give_the_same_from_any_number_of_threads(void **state)
{
    const size_t n = 40000;
    double *x = bl_calloc(n, sizeof *x);
    struct bl_table *t = bl_table_create("x", n, 1, NULL);
    struct bl_expression *e = bl_expression_parse("x % 7 < 3 and sqrt(x) > 20 or x in (5, 6)", NULL);
    struct bl_pool *pool = bl_pool_create(3, NULL);
    size_t counts[2], wanted = 0, unknown;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        x[i] = i % 11 ? (double)i : NAN;
        wanted += i % 11 && ((i % 7 < 3 && i > 400) || i == 5 || i == 6);
    }
    assert_true(bl_table_set_numbers(t, 0, "x", x, NULL));
    struct bl_formula *f = bl_formula_create(e, t, NULL, NULL);
    for (int i = 0; i < 2; i++) {
        uint32_t *rows;

        assert_true(bl_formula_rows(f, &rows, &counts[i], &unknown, i ? pool : NULL, NULL, NULL));
        assert_int_equal(rows[0], 5);
        bl_free(rows);
    }
    assert_int_equal(counts[0], wanted);
    assert_int_equal(counts[1], wanted);
    assert_int_equal(unknown, (n + 10) / 11);
    bl_formula_free(f);
    bl_expression_free(e);
    bl_table_free(t);
    bl_pool_free(pool);
}

static void test_failing_allocations_are_errors(void **state)
{
    static const char text[] = "if(kind in (red, x) or lower(name) contains 'b' and 'first name' < kind, n, 2) in (1, 2)";
    struct bl_table *t = table();
    bool done = false;

    (void)state;
    for (uint64_t k = 1; !done; k++) {
        struct bl_error err = { 0 };
        struct bl_expression *e;
        struct bl_formula *f = NULL;
        uint32_t *rows = NULL;
        size_t n, unknown;

        bl_alloc_fail_at(k, k % 2);
        e = bl_expression_parse(text, &err);
        f = e ? bl_formula_create(e, t, NULL, &err) : NULL;
        done = f && bl_formula_rows(f, &rows, &n, &unknown, NULL, NULL, &err);
        bl_alloc_fail_at(0, false);
        if (!done)
            assert_int_equal(err.code, BL_MEMORY);
        assert_true(k < 1000);
        bl_free(rows);
        bl_formula_free(f);
        bl_expression_free(e);
    }
    bl_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conditions_choose_rows),
        cmocka_unit_test(test_slips_are_errors_with_their_place),
        cmocka_unit_test(test_derived_columns_hold_the_value_of_each_row),
        cmocka_unit_test(test_lent_columns_outlive_their_table),
        cmocka_unit_test(test_many_rows_give_the_same_from_any_number_of_threads),
        cmocka_unit_test(test_failing_allocations_are_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
