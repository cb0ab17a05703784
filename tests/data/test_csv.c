/* What the CSV reader makes of bytes: tables of cases, input left, outcome right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/data/csv.h"

/* "name:t" for each column, then the rows; cells are separated by |, missing is -. */
static void dump(const struct bl_table *t, struct bl_text *out)
{
    char buffer[40];

    for (size_t j = 0; j < t->n_columns; j++)
        bl_text_addf(out, "%s%s:%c", j ? " " : "", t->columns[j].name, bl_type_name(t->columns[j].type)[0]);
    for (size_t i = 0; i < t->n_rows; i++)
        for (size_t j = 0; j < t->n_columns; j++) {
            const char *cell = bl_table_cell(t, i, j, buffer, sizeof buffer);

            bl_text_addf(out, "%s%s", j ? "|" : " / ", *cell ? cell : "-");
        }
}

static void check(const char *csv, size_t n, const struct bl_load_options *o, const char *wanted)
{
    struct bl_error err = { 0 };
    struct bl_table *t = bl_load_bytes(csv, n, "f.csv", o, &err);
    struct bl_text got = { 0 };

    if (t)
        dump(t, &got);
    else
        bl_text_addf(&got, "%s:%zu:%zu: %s", err.file, err.line, err.column, err.message);
    if (strcmp(bl_text_get(&got), wanted) != 0)
        fail_msg("'%s' gives\n  %s\nand not\n  %s", csv, bl_text_get(&got), wanted);
    if (!t)
        assert_true(err.hint[0] != 0); /* every error names the way out */
    bl_text_free(&got);
    bl_table_free(t);
}

#define EACH(cases) for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++)

static void test_tables_are_read_as_written(void **state)
{
    static const struct { const char *csv, *table; } cases[] = {
        { "a,b\n1,2\n", "a:n b:n / 1|2" },
        { "a,b\n1,2", "a:n b:n / 1|2" },
        { "a,b\r\n1,2\r\n3,4\r\n", "a:n b:n / 1|2 / 3|4" },
        { "a,b\r1,2\r3,4\r", "a:n b:n / 1|2 / 3|4" },
        { "\xef\xbb\xbf" "a,b\n1,2\n", "a:n b:n / 1|2" },
        { "\n\na,b\n\n1,2\n\r\n   \n3,4\n\n\n", "a:n b:n / 1|2 / 3|4" },
        { "a;b\n1;2\n", "a:n b:n / 1|2" },
        { "a\tb\n1\t2\n", "a:n b:n / 1|2" },
        { "a|b\n1|2\n", "a:n b:n / 1|2" },
        { "a;b\n1,5;x\n2,5;y\n", "a:c b:c / 1,5|x / 2,5|y" },
        { "a\n1\n2\n", "a:n / 1 / 2" },
        { "a,b\n\"x,y\",1\n", "a:c b:n / x,y|1" },
        { "a,b\n\"x\ny\",1\n\"z\r\n\",2\n", "a:c b:n / x\ny|1 / z\r\n|2" },
        { "a,b\n\"say \"\"hi\"\"\",1\n", "a:c b:n / say \"hi\"|1" },
        { "a,b\n \"x\" ,1\n", "a:c b:n / x|1" },
        { "a,b\n5\" pipe,1\n", "a:c b:n / 5\" pipe|1" },
        { "a,b\n x y ,1\n\" x \",2\n", "a:c b:n / x y|1 /  x |2" },
        { "a,b\n\"1\",\"2.5\"\n", "a:n b:n / 1|2.5" },
        { "a,b\n,1\nNA,2\n\"\",3\n4,5\n", "a:n b:n / -|1 / -|2 / -|3 / 4|5" },
        { "a,b\n,x\nNA,y\n", "a:n b:c / -|x / -|y" },
        { "a,b\n1,x\n2,\n3,NA\n", "a:n b:c / 1|x / 2|- / 3|-" },
        { "a,b\n1,\xff\xfe\n", "a:n b:c / 1|\xff\xfe" },
        { "a,b\ninf,1\nnan,2\n", "a:c b:n / inf|1 / nan|2" },
        { "a,b\n10,x\n9,y\nz,y\n", "a:c b:c / 10|x / 9|y / z|y" },
        { "a,b\n7e12345,x\n9,y\nab12f,y\n", "a:c b:c / 7e12345|x / 9|y / ab12f|y" }, /* such are short hashes */
    };

    (void)state;
    EACH(cases) check(cases[i].csv, strlen(cases[i].csv), NULL, cases[i].table);
}

static void test_headers_are_told_from_data(void **state)
{
    static const struct { const char *csv; enum bl_header header; const char *table; } cases[] = {
        { "a,b\n1,x\n", BL_HEADER_AUTO, "a:n b:c / 1|x" },
        { "1,2\n3,4\n", BL_HEADER_AUTO, "c1:n c2:n / 1|2 / 3|4" },
        { "5.1,setosa\n4.9,setosa\n", BL_HEADER_AUTO, "c1:n c2:c / 5.1|setosa / 4.9|setosa" },
        { "name,town\nann,bonn\nbob,rome\n", BL_HEADER_AUTO, "name:c town:c / ann|bonn / bob|rome" },
        { "yes,no\nno,no\nyes,yes\n", BL_HEADER_AUTO, "c1:c c2:c / yes|no / no|no / yes|yes" },
        { "x,x\na,b\n", BL_HEADER_AUTO, "c1:c c2:c / x|x / a|b" },
        { ",a\n0,1\n", BL_HEADER_AUTO, "c1:n a:n / 0|1" },
        { "y\n3\n1\n", BL_HEADER_AUTO, "y:n / 3 / 1" },
        { "1,2\n3,4\n", BL_HEADER_YES, "1:n 2:n / 3|4" },
        { "a,b\nc,d\n", BL_HEADER_NO, "c1:c c2:c / a|b / c|d" },
        { "a,a,,a\n1,2,3,4\n", BL_HEADER_AUTO, "a:n a_2:n c3:n a_3:n / 1|2|3|4" },
        { "1\n", BL_HEADER_AUTO, "c1:n / 1" },
    };

    (void)state;
    EACH(cases)
        check(cases[i].csv, strlen(cases[i].csv), &(struct bl_load_options){ .header = cases[i].header }, cases[i].table);
}

/* Classes may be called like a column: what is asked for by its name settles it. */
static void test_a_name_that_is_asked_for_makes_a_header(void **state)
{
    static const struct bl_load_type of_c = {"c", BL_CATEGORICAL};
    static const char *const only_c[] = {"c"};
    const struct { const char *csv; struct bl_load_options how; const char *table; } cases[] = {
        { "c,y\nc,k\na,y\n", { .target = "x" }, "c1:c c2:c / c|y / c|k / a|y" },
        { "c,y\nc,k\na,y\n", { .target = "y" }, "c:c y:c / c|k / a|y" },
        { "c,y\nc,k\na,y\n", { .types = &of_c, .n_types = 1 }, "c:c y:c / c|k / a|y" },
        { "c\nc\na\n", { .types = &of_c, .n_types = 1, .types_if_present = true }, "c:c / c / a" },
        { "c,y\nc,k\na,y\n", { .columns = only_c, .n_columns = 1 }, "c:c / c / a" },
        { "c,1\nc,2\n", { .target = "1" }, "c:c 1:n / c|2" },
        { "c,y\nc,k\n", { .target = "y", .header = BL_HEADER_NO }, "c1:c c2:c / c|y / c|k" },
    };

    (void)state;
    EACH(cases)
        check(cases[i].csv, strlen(cases[i].csv), &cases[i].how, cases[i].table);
}

static void test_markers_of_missing_values(void **state)
{
    static const char *const marks[] = { "?", "n/a", "-999" };
    static const struct { const char *csv, *table; } cases[] = {
        { "a,b\n?,1\n2,n/a\n", "a:n b:n / -|1 / 2|-" },
        { "a,b\n-999,1\n2,-999.0\n", "a:n b:n / -|1 / 2|-999" },
        { "a,b\n-999,x\n2,?\n", "a:n b:c / -|x / 2|-" },
    };

    (void)state;
    EACH(cases)
        check(cases[i].csv, strlen(cases[i].csv), &(struct bl_load_options){ .missing = marks, .n_missing = 3 }, cases[i].table);
}

static void test_types_can_be_given(void **state)
{
    static const struct { const char *csv, *column; enum bl_type type; const char *table; } cases[] = {
        { "a,b\n10,1\n9,2\n10,3\n", "a", BL_CATEGORICAL, "a:c b:n / 10|1 / 9|2 / 10|3" },
        { "a,b\n10,1\n9,2\n", "a", BL_TEXT_COLUMN, "a:t b:n / 10|1 / 9|2" },
        { "a,b\n1,x\nu,y\n", "a", BL_NUMERIC, "f.csv:3:1: column 'a' holds 'u', which is not a number" },
        { "a,b\n1,\"v,\nw\"\nu,y\n", "b", BL_NUMERIC, "f.csv:2:3: column 'b' holds 'v,\\x0aw', which is not a number" },
        { "a,b\n1,x\n", "c", BL_NUMERIC, "::0:0" },
        { "a,b\n1,x\n", "b", BL_DATETIME, "::0:0" },
    };

    (void)state;
    EACH(cases) {
        struct bl_load_type type = { cases[i].column, cases[i].type };
        struct bl_load_options o = { .types = &type, .n_types = 1 };
        struct bl_error err = { 0 };

        if (cases[i].table[0] != ':') {
            check(cases[i].csv, strlen(cases[i].csv), &o, cases[i].table);
        } else {
            assert_null(bl_load_bytes(cases[i].csv, strlen(cases[i].csv), "f.csv", &o, &err));
            assert_non_null(strchr(err.message, cases[i].column[0]));
        }
    }
}

static void test_levels_are_ascending_by_value_or_by_bytes(void **state)
{
    struct bl_load_type type = { "a", BL_CATEGORICAL };
    struct bl_load_options o = { .types = &type, .n_types = 1 };
    static const char csv[] = "a,b\n10,10\n9,9\n1e1,x\n-2,B\n";
    struct bl_table *t = bl_load_bytes(csv, strlen(csv), "f", &o, NULL);

    (void)state;
    assert_non_null(t);
    assert_int_equal(t->columns[0].n_levels, 4);
    assert_string_equal(t->columns[0].levels[0], "-2");
    assert_string_equal(t->columns[0].levels[1], "9");
    assert_string_equal(t->columns[0].levels[2], "10");
    assert_string_equal(t->columns[0].levels[3], "1e1");
    assert_string_equal(t->columns[1].levels[0], "10");
    assert_string_equal(t->columns[1].levels[1], "9");
    assert_string_equal(t->columns[1].levels[2], "B");
    bl_table_free(t);
}

static void test_malformed_tables_say_where_and_what(void **state)
{
    static const struct { const char *csv, *error; } cases[] = {
        { "", "f.csv:0:0: f.csv is empty" },
        { "\n\n  \n", "f.csv:0:0: f.csv is empty" },
        { "a,b\n", "f.csv:0:0: f.csv has a header but no rows" },
        { "a,b\n\n\n", "f.csv:0:0: f.csv has a header but no rows" },
        { "a,b\n1,2\n3\n", "f.csv:3:2: expected 2 cells, found 1" },
        { "a,b\n1,2\n3,4,5\n", "f.csv:3:5: expected 2 cells, found 3" },
        { "a,b\r\n1,2\r\n3,4,5\r\n", "f.csv:3:5: expected 2 cells, found 3" },
        { "\xef\xbb\xbf" "a,b\n1,2,3\n", "f.csv:2:5: expected 2 cells, found 3" },
        { "a,b\n1,\"x\n2,3\n", "f.csv:2:3: the quote that opens here is never closed" },
        { "a,b\n\"x\ny\",1\n2\n", "f.csv:4:2: expected 2 cells, found 1" },
        { "a,b\n1,\"x\" y\n", "f.csv:2:3: text follows the closing quote of a cell" },
        { "a\n\"x\"y\n", "f.csv:2:1: text follows the closing quote of a cell" },
        { "a,b\n1,2\n2,1e999\n3,-1e400\n", "f.csv:3:3: column 'b' holds '1e999', which is beyond the range of numbers (1.8e308)" },
        { "a,b\n-1e400,2\n2,3\n", "f.csv:2:1: column 'a' holds '-1e400', which is beyond the range of numbers (1.8e308)" },
    };

    (void)state;
    EACH(cases) check(cases[i].csv, strlen(cases[i].csv), NULL, cases[i].error);
    check("a,b\n1,\0\n", 8, NULL, "f.csv:2:3: a NUL byte: this is not a text file");
}

static char *filled(size_t n, const char *before, char fill, const char *behind, size_t *total)
{
    size_t a = strlen(before), b = strlen(behind);
    char *bytes = bl_calloc(a + n + b + 1, 1);

    memcpy(bytes, before, a);
    memset(bytes + a, fill, n);
    memcpy(bytes + a + n, behind, b);
    *total = a + n + b;
    return bytes;
}

static void test_limits_are_errors_with_a_place(void **state)
{
    static const struct { size_t n; const char *before; char fill; const char *behind, *error; } cases[] = {
        { BL_CSV_CELL_MAX + 1, "a,b\n1,2\n3,", 'x', "\n", "f.csv:3:3: a cell is longer than 1 MiB" },
        { BL_CSV_CELL_MAX + 1, "a,b\n1,2\n3,", '1', "\n", "f.csv:3:3: a cell is longer than 1 MiB" },
        { BL_CSV_CELL_MAX + 1, "a,b\n1,2\n3,\"", 'x', "\"\n", "f.csv:3:3: a cell is longer than 1 MiB" },
        { BL_CSV_LINE_MAX + 9, "a,b\n1,2\n", ',', "\n", "f.csv:3:1: a line is longer than 16 MiB" },
        { BL_CSV_LINE_MAX + 9, "a,b\n1,2\n3,\"", '\n', "\"\n", "f.csv:3:3: the quote that opens here is never closed" },
        { BL_CSV_COLUMNS_MAX, "a", ',', "\n", "f.csv:1:1: 65537 columns are too many: at most 65536" },
    };

    (void)state;
    EACH(cases) {
        size_t n;
        char *bytes = filled(cases[i].n, cases[i].before, cases[i].fill, cases[i].behind, &n);
        struct bl_error err = { 0 };
        char got[1100];

        assert_null(bl_load_bytes(bytes, n, "f.csv", &(struct bl_load_options){ .delimiter = ',' }, &err));
        snprintf(got, sizeof got, "%s:%zu:%zu: %s", err.file, err.line, err.column, err.message);
        assert_string_equal(got, cases[i].error);
        assert_int_equal(err.code, i == 4 ? BL_DATA : BL_LIMIT);
        assert_true(err.hint[0] != 0);
        bl_free(bytes);
    }
}

/* Words among numbers are told with the first odd cell; numbers among words, and types that were
 * asked for, are not. */
static void test_stray_words_and_foreign_bytes_are_told(void **state)
{
    static const struct { const char *csv, *warning; size_t line, column; } cases[] = {
        { "a,b\n1,2\n3,4\nn/a,6\n7,8\n", "column 'a' holds 'n/a', which is not a number: the column is categorical", 4, 1 },
        { "a,b\n1,2\n3,\"x y\"\n", "column 'b' holds 'x y', which is not a number: the column is categorical", 3, 3 },
        { "a;b\n1,5;x\n-2;y\n1.234,75;z\n", "column 'a' holds '1,5', which is not a number: the column is categorical", 2, 1 },
        { "a,b\nx,\"1,5\"\ny,\"2,25\"\n", "column 'b' holds '1,5', which is not a number: the column is categorical", 2, 3 },
        { "a,b\nx,\"1,500\"\ny,\"2,250\"\n", NULL, 0, 0 }, /* thousands, perhaps */
        { "a;b\n1,5;x\n1,5,2;y\n", NULL, 0, 0 },
        { "a;b\n12.10.2024;x\n13.11.2024;y\n", NULL, 0, 0 },
        { "a,b\nx,2\ny,4\n7,6\n", NULL, 0, 0 },
        { "a,b\nNaN,2\n?,4\n7,6\n", "column 'a' holds 'NaN', which is not a number: the column is categorical", 2, 1 },
        { "a,b\nNaN,2\n?,4\nx,6\n7,6\n", NULL, 0, 0 },
        { "a,b\nx,2\ny,4\nz,6\n", NULL, 0, 0 },
        { "a,b\nx,2\ny,4\ncaf\xe9,6\n", "column 1 holds 'caf\\xe9', which is not UTF-8, first in row 2 (the first row is 0)", 0, 0 },
        { "a,\xfc\nx,2\ny,4\n", "the name of column 2, '\\xfc', is not UTF-8", 0, 0 },
        { "a,b\nx,2\ny,4\ncaf\xc3\xa9,6\n", NULL, 0, 0 },
    };

    (void)state;
    EACH(cases) {
        struct bl_warnings w = { 0 };
        struct bl_load_options o = { .warnings = &w };
        struct bl_table *t = bl_load_bytes(cases[i].csv, strlen(cases[i].csv), "f.csv", &o, NULL);

        assert_non_null(t);
        assert_int_equal(w.count, cases[i].warning ? 1 : 0);
        if (cases[i].warning) {
            assert_string_equal(w.items[0].message, cases[i].warning);
            assert_int_equal(w.items[0].line, cases[i].line);
            assert_int_equal(w.items[0].column, cases[i].column);
            if (strstr(cases[i].warning, "NaN"))
                assert_string_equal(w.items[0].hint, "load f.csv types=a:numeric missing='?,NaN'");
            if (strstr(cases[i].warning, ",5'"))
                assert_string_equal(w.items[0].hint, "load f.csv decimal=,");
        }
        bl_warnings_free(&w);
        bl_table_free(t);
    }
}

/* What is hinted at is a command that helps: every word as missing where they are few, a step where the column is text. */
static void test_hints_about_words_help(void **state)
{
    static const char *const two[] = { "n/a", "not known" }, *const none[] = { "a" }, *const nine[] = { "b", "c", "d", "e", "f", "g", "h", "i", "j" };
    static const struct { const char *const *words; size_t n, numbers, of; const char *hint; } cases[] = {
        { two, 2, 30, 30, "load f.csv types=a:numeric missing='n/a,not known'" },
        { two, 1, 30, 5, "load f.csv types=a:numeric missing=n/a" },
        { none, 1, 1, 1, "load f.csv types=a:categorical" },
        { nine, 9, 20, 20, "prep default; prep text columns=a" },
        { nine, 9, 200, 5, "load f.csv types=a:numeric missing=b" },
    };

    (void)state;
    EACH(cases) {
        struct bl_text csv = { 0 };
        struct bl_warnings w = { 0 };
        struct bl_table *t;

        bl_text_add(&csv, "a,y\n");
        for (size_t k = 0; k < cases[i].numbers; k++)
            bl_text_addf(&csv, "%zu,1\n", k % cases[i].of);
        for (size_t k = 0; k < cases[i].n; k++)
            bl_text_addf(&csv, "%s,1\n", cases[i].words[k]);
        t = bl_load_bytes(csv.at, csv.length, "f.csv", &(struct bl_load_options){ .warnings = &w }, NULL);
        assert_non_null(t);
        assert_int_equal(w.count, 1);
        assert_string_equal(w.items[0].hint, cases[i].hint);
        assert_int_equal(w.items[0].reason[0] != 0, strncmp(cases[i].hint, "prep", 4) == 0);
        bl_warnings_free(&w);
        bl_table_free(t);
        bl_text_free(&csv);
    }
}

/* Of a column that was left behind nothing is told. */
static void test_words_of_other_columns_are_not_told(void **state)
{
    static const char csv[] = "a,b\n1,2\n3,4\nx,6\n", *const only_b[] = { "B" };
    struct bl_warnings w = { 0 };
    struct bl_table *t = bl_load_bytes(csv, sizeof csv - 1, "f.csv", &(struct bl_load_options){ .warnings = &w, .columns = only_b, .n_columns = 1 }, NULL);

    (void)state;
    assert_non_null(t);
    assert_int_equal(w.count, 0);
    bl_table_free(t);
}

/* A word far behind the rows that the guess was made from. */
static void test_words_behind_the_sample_change_the_type(void **state)
{
    struct bl_text csv = { 0 };
    struct bl_warnings w = { 0 };
    struct bl_load_options o = { .warnings = &w };

    (void)state;
    bl_text_add(&csv, "a,b\n");
    for (int i = 0; i < 5000; i++)
        bl_text_addf(&csv, i == 4000 ? "?,x\n" : "%d,y\n", i % 7);
    struct bl_table *t = bl_load_bytes(csv.at, csv.length, "f.csv", &o, NULL);

    assert_non_null(t);
    assert_int_equal(t->columns[0].type, BL_CATEGORICAL);
    assert_int_equal(t->columns[0].n_levels, 8);
    assert_string_equal(t->columns[0].levels[t->columns[0].code[4000]], "?");
    assert_int_equal(t->columns[1].n_levels, 2);
    assert_int_equal(w.count, 1);
    assert_int_equal(w.items[0].line, 4002);
    assert_string_equal(w.items[0].hint, "load f.csv types=a:numeric missing='?'");
    bl_warnings_free(&w);
    bl_table_free(t);
    bl_text_free(&csv);
}

static void test_many_different_texts_are_text(void **state)
{
    static const struct { int different, rows; enum bl_type type; } cases[] = {
        { 20, 20, BL_CATEGORICAL }, { 21, 21, BL_TEXT_COLUMN }, { 21, 42, BL_CATEGORICAL }, { 22, 43, BL_TEXT_COLUMN },
        { 65536, 140000, BL_CATEGORICAL }, { 65537, 140000, BL_TEXT_COLUMN },
    };

    (void)state;
    EACH(cases) {
        struct bl_text csv = { 0 };

        bl_text_add(&csv, "a\n");
        for (int k = 0; k < cases[i].rows; k++)
            bl_text_addf(&csv, "w%d\n", k % cases[i].different);
        struct bl_table *t = bl_load_bytes(csv.at, csv.length, "f.csv", NULL, NULL);

        assert_non_null(t);
        assert_int_equal(t->columns[0].type, cases[i].type);
        assert_int_equal(t->columns[0].n_levels, cases[i].different);
        bl_table_free(t);
        bl_text_free(&csv);
    }
}

static void test_whole_and_missing_are_counted(void **state)
{
    static const char csv[] = "a,b,c\n1,1.5,\n-0,2,\n1e3,NA,\n";
    struct bl_table *t = bl_load_bytes(csv, strlen(csv), "f", NULL, NULL);

    (void)state;
    assert_non_null(t);
    assert_true(t->columns[0].whole);
    assert_false(t->columns[1].whole);
    assert_false(t->columns[2].whole);
    assert_int_equal(t->columns[1].missing, 1);
    assert_int_equal(t->columns[2].missing, 3);
    assert_int_equal(t->columns[2].type, BL_NUMERIC);
    assert_true(signbit(t->columns[0].number[1]));
    bl_table_free(t);
}

static void test_reading_can_be_stopped(void **state)
{
    struct bl_progress progress = { .stop = true };
    struct bl_load_options o = { .progress = &progress };
    struct bl_error err = { 0 };

    (void)state;
    assert_null(bl_load_bytes("a,b\n1,2\n", 8, "f", &o, &err));
    assert_int_equal(err.code, BL_STOPPED);
}

static void check_shape(const struct bl_table *t)
{
    struct bl_text got = { 0 };

    dump(t, &got);
    assert_string_equal(bl_text_get(&got), "a:c b:c c:c / 1|x|q \"r\" / u|y|s / z|y|t");
    bl_text_free(&got);
}

/* Whatever allocation fails, the answer is the whole table or an error, and nothing leaks. */
static void test_failing_allocations_are_errors(void **state)
{
    static const char csv[] = "a;b;c\n1;x;\"q \"\"r\"\"\"\nu;y;s\nz;y;t\n";
    bool done = false;

    (void)state;
    for (uint64_t k = 1; !done && k < 1000; k++) {
        struct bl_error err = { 0 };
        struct bl_table *t;

        bl_alloc_fail_at(k, k % 2);
        t = bl_load_bytes(csv, sizeof csv - 1, "f", NULL, &err);
        bl_alloc_fail_at(0, false);
        if (t)
            check_shape(t);
        else
            assert_int_equal(err.code, BL_MEMORY);
        done = t && k > 300;
        bl_table_free(t);
    }
    assert_true(done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_are_read_as_written),
        cmocka_unit_test(test_headers_are_told_from_data),
        cmocka_unit_test(test_a_name_that_is_asked_for_makes_a_header),
        cmocka_unit_test(test_markers_of_missing_values),
        cmocka_unit_test(test_types_can_be_given),
        cmocka_unit_test(test_levels_are_ascending_by_value_or_by_bytes),
        cmocka_unit_test(test_malformed_tables_say_where_and_what),
        cmocka_unit_test(test_limits_are_errors_with_a_place),
        cmocka_unit_test(test_stray_words_and_foreign_bytes_are_told),
        cmocka_unit_test(test_hints_about_words_help),
        cmocka_unit_test(test_words_of_other_columns_are_not_told),
        cmocka_unit_test(test_words_behind_the_sample_change_the_type),
        cmocka_unit_test(test_many_different_texts_are_text),
        cmocka_unit_test(test_whole_and_missing_are_counted),
        cmocka_unit_test(test_reading_can_be_stopped),
        cmocka_unit_test(test_failing_allocations_are_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
