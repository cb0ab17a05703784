/* ARFF: the head, dense and sparse rows, and each fault with its place. */
#include "formats.h"

#define HEAD "@relation r\n@attribute a numeric\n@attribute 'b c' {x,'y z'}\n@data\n"

static void test_rows_become_columns_of_the_declared_types(void **state)
{
    static const struct { const char *arff, *wanted; } cases[] = {
        { HEAD "1,x\n2.5,'y z'\n?,?\n", "a:num(1 2.5 -) b c:cat(x y z -)" },
        { "% c\n\n@RELATION 'a b'\n@Attribute\ta\tREAL % c\n@ATTRIBUTE b Integer\r\n@DATA\r\n1 2\r\n% c\r\n\r\n3,\t4 % c", "a:num(1 3) b:num(2 4)" },
        { "@relation r\n@attribute s string\n@attribute n{b,a}\n@data\n'it\\'s, \"so\"', b\n\"two\\nlines\",'a'\nplain,b\n",
          "s:tex(it's, \"so\" two\nlines plain) n:cat(b a b)" },
        { "@relation r\n@attribute 'a\\u00e9' {10,9}\n@data\n10\n9\n", "a\xc3\xa9:cat(10 9)" },
        { "@relation r\n@attribute d date\n@attribute e date \"dd.MM.yy\"\n@data\n2001-04-03T12:12:12,03.04.01\n?,?\n",
          "d:dat(2001-04-03T12:12:12 -) e:dat(2001-04-03 -)" },
        { "@relation r\n@attribute a numeric\n@attribute b {x,y}\n@attribute c string\n@attribute d numeric\n@data\n"
          "{0 1, 1 y, 2 'w'}\n{}\n{3 -2}\n{1 ?,3 ?}\n",
          "a:num(1 0 0 0) b:cat(y x x -) c:tex(w - - -) d:num(0 0 -2 -)" },
    };

    (void)state;
    EACH(cases) must_show(cases[i].arff, "f.arff", NULL, cases[i].wanted);
}

static void test_levels_ascend_and_are_those_that_occur(void **state)
{
    struct bl_table *t = must_load("@relation r\n@attribute a {z,unused,b}\n@attribute n {10,9,8}\n@data\nz,10\nb,9\n", "f.arff", NULL);

    (void)state;
    assert_int_equal(t->columns[0].n_levels, 2);
    assert_string_equal(t->columns[0].levels[0], "b");
    assert_string_equal(t->columns[1].levels[0], "9");
    bl_table_free(t);
}

static void test_faults_are_told_with_their_place(void **state)
{
    static const struct refusal cases[] = {
        { HEAD "1,y\n", 0, 5, 3, "column 'b c' holds 'y', which line 3 does not declare" },
        { HEAD "1,x\n1.5x,x\n", 0, 6, 1, "column 'a' holds '1.5x', which is not a number" },
        { HEAD "'?',x\n", 0, 5, 1, "holds '?', which is not a number" },
        { HEAD "1\n", 0, 5, 2, "expected 2 values, found 1" },
        { HEAD "1,x,2\n", 0, 5, 5, "expected 2 values, found more" },
        { HEAD "1,,x\n", 0, 5, 3, "a value is empty" },
        { HEAD "1,'y z\n", 0, 5, 3, "never closed" },
        { HEAD "1,'x'y\n", 0, 5, 6, "text follows the closing quote" },
        { HEAD "1,x,{5}\n", 0, 5, 5, "weights" },
        { HEAD "{1 x, 0 1}\n", 0, 5, 7, "the index 0 does not come after 1" },
        { HEAD "{0 1, 0 1}\n", 0, 5, 7, "the index 0 does not come after 0" },
        { HEAD "{2 x}\n", 0, 5, 2, "there is no attribute 2: 2 are declared" },
        { HEAD "{-1 x}\n", 0, 5, 2, "'-1' is not an index" },
        { HEAD "{0, 1 x}\n", 0, 5, 3, "the index 0 has no value" },
        { HEAD "{0 1\n", 0, 5, 1, "never closed" },
        { HEAD, 0, 0, 0, "has no rows" },
        { "@relation r\n@attribute a numeric\n", 0, 3, 1, "ends without @data" },
        { "@relation r\n@data\n", 0, 2, 1, "no attributes before @data" },
        { "@relation r\n@attribute a number\n", 0, 2, 14, "'number' is not a type" },
        { "@relation r\n@attribute a {x,y\n", 0, 2, 14, "never closed" },
        { "@relation r\n@attribute a {x,x}\n", 0, 2, 17, "declared twice" },
        { "@relation r\n@attribute a {}\n", 0, 2, 14, "has no levels" },
        { "@relation r\n@attribute a {x,,y}\n", 0, 2, 17, "a level is empty" },
        { "@relation r\n@attribute a relational\n", 0, 2, 14, "relational" },
        { "@relation r\n@attribute a date QQQ\n", 0, 2, 19, "pattern 'QQQ'" },
        { "@relation r\n@attribute a b numeric\n", 0, 2, 14, "'b' is not a type" },
        { "@relation r\n@attribute\n", 0, 2, 11, "needs a name and a type" },
        { "@relation r\n@atribute a numeric\n", 0, 2, 1, "'@atribute' is not known" },
        { "@relation r\n@attribute d date\n@data\n2001-02-30T00:00:00\n", 0, 4, 1, "not a date" },
        { "@relation r\n@attribute a numeric\n@data\n1\0\n", 42, 4, 2, "NUL" },
    };

    (void)state;
    EACH(cases) must_refuse(&cases[i], "f.arff", NULL);
}

static void test_names_and_types_follow_the_options(void **state)
{
    static const char twice[] = "@relation r\n@attribute a {1,2}\n@attribute a numeric\n@data\n1,-9\n2,3\n";
    struct bl_load_type types[] = { { "a", BL_NUMERIC } }, wrong[] = { { "b", BL_TEXT_COLUMN } };
    static const char *const missing[] = { "-9" };
    struct bl_load_options o = { .types = types, .n_types = 1, .missing = missing, .n_missing = 1 };

    (void)state;
    must_show(twice, "f.arff", &o, "a:num(1 2) a_2:num(- 3)");
    o.types = wrong;
    must_refuse(&(struct refusal){ twice, 0, 0, 0, "no column 'b'" }, "f.arff", &o);
}

static void test_it_is_known_by_its_content(void **state)
{
    struct bl_table *t = must_load("% hello\n@relation x\n@attribute a numeric\n@data\n1\n", "data.txt", NULL);

    (void)state;
    assert_string_equal(t->format, "arff");
    bl_table_free(t);
}

static void test_sample_sets_have_their_documented_columns(void **state)
{
    static const struct { const char *name; size_t rows; const char *columns, *target; } cases[] = {
        { "iris.arff", 150, "sepallength:numeric sepalwidth:numeric petallength:numeric petalwidth:numeric class:categorical ", "class" },
        { "weather_nominal", 14, "outlook:categorical temperature:categorical humidity:categorical windy:categorical play:categorical ", "play" },
        { "weather_numeric", 14, "outlook:categorical temperature:numeric humidity:numeric windy:categorical play:categorical ", "play" },
    };

    (void)state;
    EACH(cases) {
        struct bl_table *t = must_load_file(cases[i].name, NULL);
        struct bl_text columns = { 0 };

        for (size_t j = 0; j < t->n_columns; j++)
            bl_text_addf(&columns, "%s:%s ", t->columns[j].name, bl_type_name(t->columns[j].type));
        assert_int_equal(t->n_rows, cases[i].rows);
        assert_string_equal(bl_text_get(&columns), cases[i].columns);
        assert_string_equal(t->own_target, cases[i].target);
        bl_text_free(&columns);
        bl_table_free(t);
    }
}

static void test_memory_may_end_at_any_time(void **state)
{
    static const char arff[] = "@relation r\n@attribute a numeric\n@attribute b {x,y}\n@attribute c string\n@attribute d date\n@data\n"
                               "1,x,word,2001-04-03T12:12:12\n{1 y}\n";

    (void)state;
    every_allocation_may_fail(arff, sizeof arff - 1, "f.arff", NULL);
}

static void test_the_price_of_a_sparse_table_is_told(void **state)
{
    struct bl_text arff = { 0 };
    struct bl_error err = { 0 };

    (void)state;
    bl_text_add(&arff, "@relation r\n");
    for (int j = 0; j < 2000; j++)
        bl_text_addf(&arff, "@attribute a%d numeric\n", j);
    bl_text_add(&arff, "@data\n");
    for (int i = 0; i < 20000; i++)
        bl_text_add(&arff, "{}\n");
    bl_memory_limit_set((size_t)64 << 20);
    assert_null(bl_load_bytes(arff.at, arff.length, "f.arff", NULL, &err));
    bl_memory_limit_set(0);
    assert_int_equal(err.code, BL_LIMIT);
    assert_non_null(strstr(err.message, "rows x 2000 columns, but only"));
    bl_text_free(&arff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_become_columns_of_the_declared_types),
        cmocka_unit_test(test_levels_ascend_and_are_those_that_occur),
        cmocka_unit_test(test_faults_are_told_with_their_place),
        cmocka_unit_test(test_names_and_types_follow_the_options),
        cmocka_unit_test(test_it_is_known_by_its_content),
        cmocka_unit_test(test_sample_sets_have_their_documented_columns),
        cmocka_unit_test(test_memory_may_end_at_any_time),
        cmocka_unit_test(test_the_price_of_a_sparse_table_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
