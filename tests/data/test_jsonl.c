/* JSON Lines. */
#include "formats.h"

static void test_keys_become_columns_in_order_of_appearance(void **state)
{
    static const struct { const char *text, *wanted; } cases[] = {
        { "{\"b\": 1, \"a\": \"x\"}\n{\"a\": \"y\", \"c\": true}\n\n{\"c\": false, \"b\": -2.5e1, \"a\": null}\r\n",
          "b:num(1 - -25) a:cat(x y -) c:cat(- true false)" },
        { "\xef\xbb\xbf{\"a\":\"\\u00e9\\n\\\"\"}", "a:cat(\xc3\xa9\n\")" },
        { "{\"a\": 1}\n{\"a\": \"x\"}\n{\"a\": 2.5}\n", "a:cat(1 x 2.5)" },
        { "{\"a\": null}\n{\"a\": null}\n", "a:num(- -)" },
        { "{\"a\": 9007199254740993, \"b\": 0.1}\n", "a:num(9007199254740992) b:num(0.1)" },
        { "{}\n{\"a\": \"\"}\n{\"a\": \"NA\"}\n", "a:cat(- - NA)" },
        { "{\"a\": \"10\"}\n{\"a\": \"9\"}\n", "a:cat(10 9)" },
    };

    (void)state;
    EACH(cases) must_show(cases[i].text, "f.jsonl", NULL, cases[i].wanted);
}

static void test_faults_are_told_with_their_place(void **state)
{
    static const struct refusal cases[] = {
        { "{\"a\": 1}\n{\"a\": [1, 2]}\n", 0, 2, 7, "column 'a' holds an array" },
        { "{\"x\": \"}\\\",\", \"a\":{\"b\":2}}\n", 0, 1, 19, "column 'a' holds an object" },
        { "{\"a\": 1}\n[1]\n", 0, 2, 1, "a line must hold an object" },
        { "{\"a\": 1}\n  3\n", 0, 2, 3, "a line must hold an object" },
        { "{\"a\": 1, \"a\": 2}\n", 0, 1, 12, "an object has the same key twice" },
        { "{\"a\": nan}\n", 0, 1, 9, "this is not JSON: invalid token near 'nan'" },
        { "{\"a\": 1e999}\n", 0, 1, 11, "this is not JSON: real number overflow" },
        { "{\"a\": \"\\u0000\"}\n", 0, 1, 14, "a text holds the character \\u0000" },
        { "{\"a\": 1} {\"b\": 1}\n", 0, 1, 10, "this is not JSON" },
        { "{\n\"a\": 1}\n", 0, 1, 1, "this is not JSON" },
        { "{\"a\": \"\xff\"}\n", 0, 1, 7, "this is not JSON" },
        { "{\"\": 1}\n", 0, 1, 6, "a key is empty" },
        { "{}\n", 0, 0, 0, "has no columns" },
    };

    (void)state;
    EACH(cases) must_refuse(&cases[i], "f.jsonl", NULL);
}

static void test_types_follow_the_options(void **state)
{
    static const char text[] = "{\"a\": \"1\", \"b\": -9, \"c\": 3}\n{\"a\": \"n/a\", \"b\": 2, \"c\": 4}\n";
    struct bl_load_type types[] = { { "a", BL_NUMERIC }, { "c", BL_CATEGORICAL } };
    static const char *const missing[] = { "-9", "n/a" };
    struct bl_load_options o = { .types = types, .n_types = 2, .missing = missing, .n_missing = 2 };

    (void)state;
    must_show(text, "f.jsonl", &o, "a:num(1 -) b:num(- 2) c:cat(3 4)");
    o.n_missing = 1;
    must_refuse(&(struct refusal){ text, 0, 2, 7, "column 'a' holds 'n/a', which is not a number" }, "f.jsonl", &o);
}

static void test_many_different_texts_are_text(void **state)
{
    struct bl_text text = { 0 };

    (void)state;
    for (int i = 0; i < 30; i++)
        bl_text_addf(&text, "{\"a\": \"t%d\", \"b\": \"t%d\"}\n", i, i % 20);
    struct bl_table *t = must_load_n(text.at, text.length, "f.txt", NULL);

    assert_string_equal(t->format, "jsonl"); /* by its content */
    assert_int_equal(t->columns[0].type, BL_TEXT_COLUMN);
    assert_int_equal(t->columns[1].type, BL_CATEGORICAL);
    bl_table_free(t);
    bl_text_free(&text);
}

static void test_a_word_among_numbers_is_told(void **state)
{
    struct bl_warnings w = { 0 };
    struct bl_table *t = must_load("{\"a\": 1}\n{\"a\": 2}\n{\"a\": \"x\"}\n", "f.jsonl", &(struct bl_load_options){ .warnings = &w });

    (void)state;
    assert_int_equal(w.count, 1);
    assert_int_equal(w.items[0].line, 3);
    assert_int_equal(w.items[0].column, 7);
    bl_warnings_free(&w);
    bl_table_free(t);
}

static void test_memory_may_end_at_any_time(void **state)
{
    static const char text[] = "{\"a\": 1, \"b\": \"x\"}\n{\"a\": \"z\", \"c\": true}\n";

    (void)state;
    every_allocation_may_fail(text, sizeof text - 1, "f.jsonl", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_become_columns_in_order_of_appearance),
        cmocka_unit_test(test_faults_are_told_with_their_place),
        cmocka_unit_test(test_types_follow_the_options),
        cmocka_unit_test(test_many_different_texts_are_text),
        cmocka_unit_test(test_a_word_among_numbers_is_told),
        cmocka_unit_test(test_memory_may_end_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
