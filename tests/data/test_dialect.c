/* CSV of other dialects and encodings. */
#include "formats.h"

static void test_quotes_and_escapes(void **state)
{
    static const struct { const char *text; char quote, escape; const char *wanted; } cases[] = {
        { "a,b\n'x, \"y\"',1\n'it''s',2\n", '\'', 0, "a:cat(x, \"y\" it's) b:num(1 2)" },
        { "a,b\n\"x,1\ny\",2\n", BL_QUOTE_NONE, 0, "a:cat(\"x y\") b:num(1 2)" },
        { "a,b\n\"say \\\"hi\\\"\",1\nx\\,y,2\n\\N,3\nend\\\\,4\n", 0, '\\', "a:cat(say \"hi\" x,y - end\\) b:num(1 2 3 4)" },
        { "a,b\n\"x\ny\",1\n", 0, '\\', "a:cat(x\ny) b:num(1)" },
        { "a,b\n\\ x\\ ,1\n", 0, '\\', "a:cat( x ) b:num(1)" },
        { "a,b\r\n'x' ,1\r\ny,2\r\n", '\'', 0, "a:cat(x y) b:num(1 2)" },
    };

    (void)state;
    EACH(cases) must_show(cases[i].text, "f.csv", &(struct bl_load_options){ .quote = cases[i].quote, .escape = cases[i].escape, .header = BL_HEADER_YES, .delimiter = ',' },
                          cases[i].wanted);
}

static void test_comments_skipped_lines_and_decimal_commas(void **state)
{
    (void)state;
    must_show("# made by x\na,b\n1,x\n # more\n2,y\n3,#z\n", "f.csv", &(struct bl_load_options){ .comment = '#' }, "a:num(1 2 3) b:cat(x y #z)");
    must_show("Report; of 2011\n\na;b\n1;2\n", "f.csv", &(struct bl_load_options){ .skip = 2 }, "a:num(1) b:num(2)");
    must_show("a;b;c\n1,5;x,y;1.234,5\n-2,5e3;1,;-1.234.567\n,5;3,4,5;7\n", "f.csv", &(struct bl_load_options){ .decimal = ',' },
              "a:num(1.5 -2500 0.5) b:cat(x,y 1, 3,4,5) c:num(1234.5 -1234567 7)");
    must_refuse(&(struct refusal){ "a;b\n1,5;2\n1.5;2\n", 0, 3, 1, "a number with a point" }, "f.csv", &(struct bl_load_options){ .decimal = ',' });
}

static void test_rows_of_other_lengths(void **state)
{
    static const char text[] = "a,b,c\n1,2,3\n4,5\n6\n7,8,9\n", longer[] = "a,b\n1,2\n\"x\ny\",2,3\n3,4\n5,6\n";
    struct bl_warnings w = { 0 };

    (void)state;
    must_refuse(&(struct refusal){ text, 0, 3, 1, "expected 3 cells, found 2" }, "f.csv", &(struct bl_load_options){ .comment = '#' });
    must_show(text, "f.csv", &(struct bl_load_options){ .ragged = BL_RAGGED_FILL, .warnings = &w }, "a:num(1 4 6 7) b:num(2 5 - 8) c:num(3 - - 9)");
    assert_int_equal(w.count, 1);
    assert_string_equal(w.items[0].message, "2 rows have another number of cells than 3 and were filled");
    assert_int_equal(w.items[0].line, 3);
    bl_warnings_free(&w);
    must_show(text, "f.csv", &(struct bl_load_options){ .ragged = BL_RAGGED_SKIP }, "a:num(1 7) b:num(2 8) c:num(3 9)");
    must_show("a,b\n1,2\n3", "f.csv", &(struct bl_load_options){ .ragged = BL_RAGGED_FILL }, "a:num(1 3) b:num(2 -)");
    must_refuse(&(struct refusal){ longer, 0, 3, 1, "expected 2 cells, found 3" }, "f.csv", &(struct bl_load_options){ .ragged = BL_RAGGED_FILL });
    must_show(longer, "f.csv", &(struct bl_load_options){ .ragged = BL_RAGGED_SKIP }, "a:num(1 3 5) b:num(2 4 6)");
}

static void test_places_keep_their_lines(void **state)
{
    struct bl_load_type types[] = { { "a", BL_NUMERIC } };
    struct bl_load_options o = { .comment = '#', .skip = 1, .types = types, .n_types = 1, .header = BL_HEADER_YES };

    (void)state;
    must_refuse(&(struct refusal){ "title\n# c\na,b\n1,\"x\ny\"\n# c\n\nz,1\n", 0, 8, 1, "column 'a' holds 'z', which is not a number" }, "f.csv", &o);
    must_refuse(&(struct refusal){ "t\na,b\n1,'x\n", 0, 3, 3, "the quote that opens here is never closed" }, "f.csv",
                &(struct bl_load_options){ .quote = '\'', .skip = 1 });
    must_refuse(&(struct refusal){ "a,b\n1,'x'y\n", 0, 2, 3, "text follows the closing quote" }, "f.csv", &(struct bl_load_options){ .quote = '\'' });
}

static void test_encodings_become_utf8(void **state)
{
    static const char wide[] = "\xff\xfe" "a\0,\0b\0\n\0\xe9\0,\0001\0\n\0=\xd8\0\xde,\0002\0\n\0";
    static const char big[] = "\xfe\xff\0a\0,\0b\0\n\0\xe9\0,\0001\0\n";
    struct bl_load_options latin = { .encoding = BL_LATIN1 }, utf8 = { .encoding = BL_UTF8 }, utf16 = { .encoding = BL_UTF16 };
    struct bl_table *t = must_load_n(wide, sizeof wide - 1, "f.csv", NULL);

    (void)state;
    assert_string_equal(shown(t), "a:cat(\xc3\xa9 \xf0\x9f\x98\x80) b:num(1 2)");
    bl_table_free(t);
    t = must_load_n(big, sizeof big - 1, "f.csv", NULL);
    assert_string_equal(shown(t), "a:cat(\xc3\xa9) b:num(1)");
    bl_table_free(t);
    t = must_load_n("a\0,\0b\0\n\0x\0,\0001\0\n\0", 16, "f.csv", &utf16);
    assert_string_equal(shown(t), "a:cat(x) b:num(1)");
    bl_table_free(t);
    must_show("a,b\n\xe9\x80,1\n", "f.csv", &latin, "a:cat(\xc3\xa9\xe2\x82\xac) b:num(1)");
    must_show("a,b\n\xc3\xa9,1\n", "f.csv", &utf8, "a:cat(\xc3\xa9) b:num(1)");
    must_refuse(&(struct refusal){ "a,b\nxy\xe9,1\n", 0, 2, 3, "this is not UTF-8" }, "f.csv", &utf8);
    must_refuse(&(struct refusal){ "\xff\xfe" "a\0,", 5, 1, 2, "an odd number of bytes" }, "f.csv", NULL);
    must_refuse(&(struct refusal){ "\xff\xfe" "a\0\0\xdc", 6, 1, 2, "half a character" }, "f.csv", NULL);
    must_refuse(&(struct refusal){ "\xff\xfe" "a\0\0\xd8", 6, 1, 2, "half a character" }, "f.csv", NULL);
}

static void test_only_the_columns_that_are_asked_for(void **state)
{
    static const char *const some[] = { "c", "a" }, *const wrong[] = { "d" }, *const twice[] = { "a", "A" };

    (void)state;
    must_show("a,b,c\n1,2,x\n", "f.csv", &(struct bl_load_options){ .columns = some, .n_columns = 2 }, "c:cat(x) a:num(1)");
    must_refuse(&(struct refusal){ "a,b\n1,2\n", 0, 0, 0, "no column 'd'" }, "f.csv", &(struct bl_load_options){ .columns = wrong, .n_columns = 1 });
    must_refuse(&(struct refusal){ "a,b\n1,2\n", 0, 0, 0, "names 'A' twice" }, "f.csv", &(struct bl_load_options){ .columns = twice, .n_columns = 2 });
}

static void test_what_does_not_go_together_is_refused(void **state)
{
    (void)state;
    must_refuse(&(struct refusal){ "a,b\n1,2\n", 0, 0, 0, "delimiter=, and decimal=, are the same" }, "f.csv", &(struct bl_load_options){ .decimal = ',', .delimiter = ',' });
    must_refuse(&(struct refusal){ "a,b\n1,2\n", 0, 0, 0, "quote= and comment= are the same" }, "f.csv", &(struct bl_load_options){ .quote = '#', .comment = '#' });
    must_refuse(&(struct refusal){ "{\"a\":1}\n", 0, 0, 0, "which has no comment=" }, "f.jsonl", &(struct bl_load_options){ .comment = '#' });
}

/* Whatever the options, plain CSV reads as plain CSV does. */
static void test_plain_files_stay_what_they_are(void **state)
{
    static const char *const sets[] = { "titanic", "sms_spam", "penguins" };

    (void)state;
    EACH(sets) {
        struct bl_table *plain = must_load_file(sets[i], NULL), *again = must_load_file(sets[i], &(struct bl_load_options){ .quote = '"', .encoding = BL_UTF8 });

        assert_int_equal(plain->n_rows, again->n_rows);
        assert_int_equal(plain->n_columns, again->n_columns);
        for (size_t j = 0; j < plain->n_columns; j++) {
            const struct bl_column *a = &plain->columns[j], *b = &again->columns[j];

            assert_int_equal(a->type, b->type);
            if (a->number)
                assert_memory_equal(a->number, b->number, plain->n_rows * sizeof *a->number);
            else
                assert_memory_equal(a->code, b->code, plain->n_rows * sizeof *a->code);
            for (size_t k = 0; k < a->n_levels; k++)
                assert_string_equal(a->levels[k], b->levels[k]);
        }
        bl_table_free(plain);
        bl_table_free(again);
    }
}

static void test_memory_may_end_at_any_time(void **state)
{
    (void)state;
    every_allocation_may_fail("a;b\n1,5;'x'\n", 12, "f.csv", &(struct bl_load_options){ .quote = '\'', .decimal = ',', .encoding = BL_LATIN1 });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quotes_and_escapes),
        cmocka_unit_test(test_comments_skipped_lines_and_decimal_commas),
        cmocka_unit_test(test_rows_of_other_lengths),
        cmocka_unit_test(test_places_keep_their_lines),
        cmocka_unit_test(test_encodings_become_utf8),
        cmocka_unit_test(test_only_the_columns_that_are_asked_for),
        cmocka_unit_test(test_what_does_not_go_together_is_refused),
        cmocka_unit_test(test_plain_files_stay_what_they_are),
        cmocka_unit_test(test_memory_may_end_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
