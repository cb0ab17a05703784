/* Tables: what people see and what other programs read. */
#include "harness.h"

#include <math.h>

static struct bl_shape shape_of(int width)
{
    return (struct bl_shape){.width = width, .digits = 4, .decimal = '.', .charset = BL_CHARSET_ASCII,
                             .colours = BL_COLOURS_NONE};
}

static void print(const struct bl_grid *g, int width, struct bl_text *out)
{
    const struct bl_shape shape = shape_of(width);

    bl_grid_print(g, &shape, out);
}

static struct bl_grid *one_column(enum bl_align align, const double *x, size_t n)
{
    struct bl_grid *g = bl_grid_create();

    bl_grid_column(g, "x", align);
    for (size_t i = 0; i < n; i++)
        bl_grid_number(g, x[i]);
    return g;
}

static const struct { const char *name; enum bl_align align; double x[4]; size_t n; const char *wanted; } columns[] = {
    {"points stand in line", BL_NUMBER, {0.253, 1.408, 12.5}, 3, "      x\n-------\n 0.2530\n 1.408\n12.50\n"},
    {"whole numbers are whole", BL_NUMBER, {1, 20, 3000000}, 3, "      x\n-------\n      1\n     20\n3000000\n"},
    {"one small number makes all exponents", BL_NUMBER, {0.5, 1e-7}, 2, "        x\n---------\n5.000e-01\n1.000e-07\n"},
    {"one large number makes all exponents", BL_NUMBER, {0.5, 1234567.5}, 2, "        x\n---------\n5.000e-01\n1.235e+06\n"},
    {"rounding noise does not", BL_NUMBER, {1, 0.5, 1e-17}, 3, "     x\n------\n1.000\n0.5000\n0\n"},
    {"missing is a dash, infinity a word", BL_NUMBER, {1.5, NAN, INFINITY}, 3, "    x\n-----\n1.500\n    -\n  inf\n"},
    {"zero is zero", BL_NUMBER, {0, 0.25}, 2, "     x\n------\n0\n0.2500\n"},
    {"mixed quantities keep their own shape", BL_MIXED, {142.3, 0.25, 2.5e-7}, 3,
     "        x\n---------\n    142.3\n   0.2500\n2.500e-07\n"},
    {"every digit where asked", BL_EXACT, {0.1, 5.1, 100}, 3, "  x\n---\n0.1\n5.1\n100\n"},
    {"times have units", BL_SECONDS, {0.0031, 1.5, 125}, 3, "     x\n------\n3.1 ms\n1.50 s\n  2:05\n"},
};

static void test_each_kind_of_column_has_its_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        struct bl_grid *g = one_column(columns[i].align, columns[i].x, columns[i].n);
        struct bl_text got = {0};

        print(g, 80, &got);
        expect_text(columns[i].name, bl_text_get(&got), columns[i].wanted);
        bl_text_free(&got);
        bl_grid_free(g);
    }
}

static struct bl_grid *wide(void)
{
    struct bl_grid *g = bl_grid_create();

    bl_grid_column(g, "name", BL_LEFT);
    bl_grid_column(g, "alpha", BL_COUNT);
    bl_grid_column(g, "beta", BL_COUNT);
    bl_grid_column(g, "gamma", BL_COUNT);
    for (size_t i = 0; i < 2; i++) {
        bl_grid_text(g, i ? "second" : "first");
        for (size_t j = 0; j < 3; j++)
            bl_grid_count(g, 10 * i + j);
    }
    return g;
}

static const struct { int width; const char *wanted; } widths[] = {
    {80, "name    alpha  beta  gamma\n--------------------------\nfirst       0     1      2\nsecond     10    11     12\n"},
    {26, "name    alpha  beta  gamma\n--------------------------\nfirst       0     1      2\nsecond     10    11     12\n"},
    {25, "name    alpha  beta\n-------------------\nfirst       0     1\nsecond     10    11\n1 more column: ...\n"},
    {3, "name\n------\nfirst\nsecond\n3 more columns: ...\n"},
    {0, "name    alpha  beta  gamma\n--------------------------\nfirst       0     1      2\nsecond     10    11     12\n"},
};

static void test_columns_that_do_not_fit_are_dropped_from_the_right_and_named(void **state)
{
    struct bl_grid *g = wide();

    (void)state;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct bl_text got = {0};

        print(g, widths[i].width, &got);
        expect_text("width", bl_text_get(&got), widths[i].wanted);
        bl_text_free(&got);
    }
    bl_grid_free(g);
}

static void test_names_from_data_reach_the_screen_cleaned(void **state)
{
    struct bl_grid *g = bl_grid_create();
    struct bl_text got = {0};

    (void)state;
    bl_grid_column(g, "a\x1b[31m", BL_LEFT);
    bl_grid_text(g, "x\ny\xff");
    bl_grid_text(g, "caf\xc3\xa9");
    print(g, 80, &got);
    expect_text("cleaned", bl_text_get(&got), "a\\x1b[31m\n----------\nx\\x0ay\\xff\ncaf\xc3\xa9\n");
    bl_text_free(&got);
    bl_grid_free(g);
}

static void test_wide_characters_keep_columns_in_line(void **state)
{
    struct bl_grid *g = bl_grid_create();
    struct bl_text got = {0};

    (void)state;
    bl_grid_column(g, "k", BL_LEFT);
    bl_grid_column(g, "n", BL_COUNT);
    bl_grid_text(g, "\xe6\x97\xa5\xe6\x9c\xac");
    bl_grid_count(g, 1);
    bl_grid_text(g, "abcd");
    bl_grid_count(g, 2);
    print(g, 80, &got);
    expect_text("wide", bl_text_get(&got), "k     n\n-------\n\xe6\x97\xa5\xe6\x9c\xac  1\nabcd  2\n");
    bl_text_free(&got);
    bl_grid_free(g);
}

static void test_a_long_text_is_cut_unless_all_is_asked_for(void **state)
{
    const char *text = "0123456789012345678901234567890123456789xyz";
    struct bl_grid *g = bl_grid_create();
    struct bl_text got = {0};

    (void)state;
    bl_grid_column(g, "t", BL_LEFT);
    bl_grid_text(g, text);
    print(g, 80, &got);
    expect_part("cut", bl_text_get(&got), "\n012345678901234567890123456789012345678~\n");
    bl_text_clear(&got);
    print(g, 0, &got);
    expect_part("whole", bl_text_get(&got), text);
    bl_text_free(&got);
    bl_grid_free(g);
}

static void test_the_decimal_mark_changes_on_the_screen_only(void **state)
{
    const double x[] = {0.5};
    struct bl_grid *g = one_column(BL_NUMBER, x, 1);
    struct bl_shape shape = shape_of(80);
    struct bl_text got = {0};

    (void)state;
    shape.decimal = ',';
    bl_grid_print(g, &shape, &got);
    expect_text("screen", bl_text_get(&got), "     x\n------\n0,5000\n");
    bl_text_clear(&got);
    bl_grid_csv(g, ',', false, &got);
    expect_text("file", bl_text_get(&got), "x\n0.5\n");
    bl_text_free(&got);
    bl_grid_free(g);
}

/* ---- files -----------------------------------------------------------------------------------------------*/

static const struct { const char *text, *safe, *raw; } fields[] = {
    {"plain", "plain", "plain"},
    {"", "", ""},
    {"a,b", "\"a,b\"", "\"a,b\""},
    {"say \"x\"", "\"say \"\"x\"\"\"", "\"say \"\"x\"\"\""},
    {"two\nlines", "\"two\nlines\"", "\"two\nlines\""},
    {"=1+1", "\"'=1+1\"", "=1+1"},
    {"  +x", "\"'  +x\"", "\"  +x\""},
    {"-x", "\"'-x\"", "-x"},
    {"@x", "\"'@x\"", "@x"},
    {"\tx", "\"'\tx\"", "\tx"},
    {"a=b", "a=b", "a=b"},
};

static void test_text_in_a_csv_file_is_quoted_and_no_formula(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct bl_text got = {0};

        bl_csv_field(&got, fields[i].text, ',', false);
        expect_text(fields[i].text, bl_text_get(&got), fields[i].safe);
        bl_text_clear(&got);
        bl_csv_field(&got, fields[i].text, ',', true);
        expect_text(fields[i].text, bl_text_get(&got), fields[i].raw);
        bl_text_free(&got);
    }
}

static void test_numbers_in_a_csv_file_read_back_exactly(void **state)
{
    const double x[] = {0.1, 1.0 / 3, -1e-300, 5};
    struct bl_grid *g = one_column(BL_NUMBER, x, 4);
    struct bl_text got = {0};
    const char *line;

    (void)state;
    bl_grid_csv(g, ',', false, &got);
    line = bl_text_get(&got);
    for (size_t i = 0; i < 4; i++) {
        line = strchr(line, '\n') + 1;
        assert_true(strtod(line, NULL) == x[i]);
    }
    bl_text_free(&got);
    bl_grid_free(g);
}

static void test_missing_cells_are_empty_in_files(void **state)
{
    struct bl_grid *g = bl_grid_create();
    struct bl_text got = {0};

    (void)state;
    bl_grid_column(g, "a", BL_LEFT);
    bl_grid_column(g, "b", BL_NUMBER);
    bl_grid_text(g, "x|y");
    bl_grid_skip(g);
    bl_grid_skip(g);
    bl_grid_nan(g);
    bl_grid_csv(g, '\t', false, &got);
    expect_text("tsv", bl_text_get(&got), "a\tb\nx|y\t\n\tnan\n");
    bl_text_clear(&got);
    bl_grid_markdown(g, &got);
    expect_text("markdown", bl_text_get(&got), "| a | b |\n|---|--:|\n| x\\|y |  |\n|  | nan |\n");
    bl_text_free(&got);
    bl_grid_free(g);
}

static void test_no_allocation_that_fails_makes_a_table_crash(void **state)
{
    (void)state;
    for (uint64_t k = 1; k < 60; k++) {
        struct bl_text got = {0};
        struct bl_grid *g;

        bl_alloc_fail_at(k, true);
        g = wide();
        if (g && !bl_grid_broken(g))
            print(g, 20, &got);
        if (g)
            bl_grid_csv(g, ',', false, &got);
        bl_alloc_fail_at(0, false);
        bl_text_free(&got);
        bl_grid_free(g);
    }
}

/* ---- messages ---------------------------------------------------------------------------------------------*/

static void error_lines(const struct bl_error *err, const char *line, const char *prefix, struct bl_text *out, size_t *widest, size_t *count)
{
    bl_error_print(err, line, prefix, out);
    *widest = *count = 0;
    for (const char *s = bl_text_get(out); *s;) {
        const size_t n = strcspn(s, "\n");

        *widest = bl_text_width(s, n) > *widest ? bl_text_width(s, n) : *widest;
        ++*count;
        s += n + (s[n] != 0);
    }
}

static void test_an_error_shows_the_place_and_the_way_out(void **state)
{
    struct bl_error err = {0};
    struct bl_text got = {0};

    (void)state;
    bl_fail(&err, BL_UNKNOWN, "no column 'prise' in houses");
    bl_hint(&err, "did you mean 'price'?");
    err.word_at = 9;
    err.word_len = 5;
    bl_error_print(&err, "describe prise", NULL, &got);
    expect_text("prompt", bl_text_get(&got),
                "error: no column 'prise' in houses\n  describe prise\n           ^^^^^\nhint: did you mean 'price'?\n");
    bl_text_clear(&got);
    bl_error_print(&err, NULL, "lesson.bl:12: ", &got);
    expect_text("script", bl_text_get(&got), "lesson.bl:12: error: no column 'prise' in houses\nhint: did you mean 'price'?\n");
    bl_text_clear(&got);
    bl_fail_at(&err, BL_DATA, "houses.csv", 318, 14, "column 'age' holds 'n/a'");
    bl_error_print(&err, "load houses.csv", NULL, &got);
    expect_text("data", bl_text_get(&got), "error: houses.csv:318:14: column 'age' holds 'n/a'\n");
    bl_text_free(&got);
}

static void test_an_error_has_at_most_5_lines_of_78_columns(void **state)
{
    char line[3000], message[500];

    (void)state;
    memset(line, 'w', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    memset(message, 'm', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    for (size_t at = 0; at < 2900; at += 97) {
        for (size_t gap = 5; gap < 30; gap += 8) {
            struct bl_error err = {0};
            struct bl_text got = {0};
            size_t widest, count;

            for (size_t i = gap; i + 1 < sizeof message; i += gap)
                message[i] = ' ';
            bl_fail(&err, BL_VALUE, "%s", message);
            bl_reason(&err, "%.300s", message);
            bl_hint(&err, "%.300s", message);
            err.word_at = at;
            err.word_len = at % 150 + 1;
            error_lines(&err, line, "a-script-with-a-name.bl:12: ", &got, &widest, &count);
            assert_in_range(widest, 1, 78);
            assert_in_range(count, 4, 5);
            bl_text_free(&got);
            memset(message, 'm', sizeof message - 1);
        }
    }
}

static void test_the_caret_stands_under_the_word_of_a_long_line(void **state)
{
    char line[400];
    struct bl_error err = {0};
    struct bl_text got = {0};
    const char *word, *caret;

    (void)state;
    memset(line, '.', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    memcpy(line + 200, "WORD", 4);
    bl_fail(&err, BL_VALUE, "x");
    err.word_at = 200;
    err.word_len = 4;
    bl_error_print(&err, line, NULL, &got);
    word = strstr(bl_text_get(&got), "WORD");
    caret = strstr(bl_text_get(&got), "^^^^");
    assert_non_null(word);
    assert_non_null(caret);
    const char *second = strchr(bl_text_get(&got), '\n') + 1;
    const char *third = strchr(second, '\n') + 1;
    assert_int_equal(word - second, caret - third);
    bl_text_free(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_of_column_has_its_shape),
        cmocka_unit_test(test_columns_that_do_not_fit_are_dropped_from_the_right_and_named),
        cmocka_unit_test(test_names_from_data_reach_the_screen_cleaned),
        cmocka_unit_test(test_wide_characters_keep_columns_in_line),
        cmocka_unit_test(test_a_long_text_is_cut_unless_all_is_asked_for),
        cmocka_unit_test(test_the_decimal_mark_changes_on_the_screen_only),
        cmocka_unit_test(test_text_in_a_csv_file_is_quoted_and_no_formula),
        cmocka_unit_test(test_numbers_in_a_csv_file_read_back_exactly),
        cmocka_unit_test(test_missing_cells_are_empty_in_files),
        cmocka_unit_test(test_no_allocation_that_fails_makes_a_table_crash),
        cmocka_unit_test(test_an_error_shows_the_place_and_the_way_out),
        cmocka_unit_test(test_an_error_has_at_most_5_lines_of_78_columns),
        cmocka_unit_test(test_the_caret_stands_under_the_word_of_a_long_line),
    };

    return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
