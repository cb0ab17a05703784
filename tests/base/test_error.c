/* Errors: fields, cleaning, place, hints, warnings, "did you mean". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/base.h"

static void test_an_error_fills_its_fields_and_returns_false(void **state)
{
    struct bl_error err = { .line = 7, .hint = "old" };

    (void)state;
    assert_false(bl_fail(&err, BL_VALUE, "lr=%s must be greater than %d", "-0.1", 0));
    assert_int_equal(err.code, BL_VALUE);
    assert_string_equal(err.message, "lr=-0.1 must be greater than 0");
    assert_string_equal(err.hint, "");
    assert_int_equal(err.line, 0);
    assert_false(bl_hint(&err, "set lr=%.1f", 0.1));
    assert_false(bl_reason(&err, "it goes %s", "uphill"));
    assert_string_equal(err.hint, "set lr=0.1");
    assert_string_equal(err.reason, "it goes uphill");
    assert_string_equal(err.message, "lr=-0.1 must be greater than 0");
}

static void test_an_error_has_a_place(void **state)
{
    struct bl_error err;

    (void)state;
    assert_false(bl_fail_at(&err, BL_DATA, "houses.csv", 318, 14, "column '%s' is odd", "age"));
    assert_int_equal(err.code, BL_DATA);
    assert_string_equal(err.file, "houses.csv");
    assert_int_equal(err.line, 318);
    assert_int_equal(err.column, 14);
    assert_string_equal(err.message, "column 'age' is odd");
    bl_fail_at(&err, BL_DATA, NULL, 0, 0, "no place");
    assert_string_equal(err.file, "");
}

static void test_an_error_may_be_made_of_its_own_text(void **state)
{
    struct bl_error err;

    (void)state;
    bl_fail_at(&err, BL_IO, "f.csv", 1, 2, "inner");
    bl_fail_at(&err, BL_DATA, err.file, 3, 4, "outer: %s", err.message);
    assert_string_equal(err.message, "outer: inner");
    assert_string_equal(err.file, "f.csv");
}

static void test_nobody_need_care(void **state)
{
    (void)state;
    assert_false(bl_fail(NULL, BL_VALUE, "x"));
    assert_false(bl_fail_at(NULL, BL_VALUE, "f", 1, 1, "x"));
    assert_false(bl_fail_io(NULL, "read", "f", ENOENT));
    assert_false(bl_fail_memory(NULL, "x"));
    assert_false(bl_hint(NULL, "x"));
    assert_false(bl_reason(NULL, "x"));
    bl_warn(NULL, NULL);
}

static void test_text_from_data_is_cleaned_and_cut_at_a_character(void **state)
{
    struct bl_error err;
    char longer[3000];

    (void)state;
    bl_fail(&err, BL_UNKNOWN, "no column '%s'", "a\x1b[2J\xff\n");
    assert_string_equal(err.message, "no column 'a\\x1b[2J\\xff\\x0a'");
    for (size_t i = 0; i + 2 < sizeof longer; i += 2)
        memcpy(longer + i, "\xc3\xa9", 3);
    bl_fail(&err, BL_UNKNOWN, "%s", longer);
    size_t n = strlen(err.message);
    assert_in_range(n, sizeof err.message - 3, sizeof err.message - 1);
    assert_int_equal(err.message[n - 1], '~');
    assert_int_equal((unsigned char)err.message[n - 2], 0xa9);
}

static void test_system_errors_name_verb_and_path(void **state)
{
    struct bl_error err;

    (void)state;
    bl_fail_io(&err, "read", "iris.cvs", ENOENT);
    assert_int_equal(err.code, BL_IO);
    assert_string_equal(err.message, "cannot read 'iris.cvs': No such file or directory");
    bl_fail_memory(&err, "the design matrix");
    assert_int_equal(err.code, BL_MEMORY);
    assert_string_equal(err.message, "not enough memory for the design matrix");
}

static void test_codes_have_the_names_of_the_contract(void **state)
{
    static const char *const names[] = { "ok", "usage", "unknown", "value", "data", "io", "memory",
                                         "limit", "state", "diverged", "interrupted", "check",
                                         "internal" };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(bl_code_name((enum bl_code)i), names[i]);
    assert_string_equal(bl_code_name((enum bl_code)99), "internal");
}

static void test_warnings_pile_up(void **state)
{
    struct bl_warnings w = { 0 };
    struct bl_error one = { .code = BL_DATA, .message = "first" };

    (void)state;
    bl_warn(&w, &one);
    for (int i = 0; i < 9; i++)
        bl_warnf(&w, i % 2 ? "prep impute" : NULL, "%d missing", i);
    assert_int_equal(w.count, 10);
    assert_string_equal(w.items[0].message, "first");
    assert_string_equal(w.items[2].message, "1 missing");
    assert_string_equal(w.items[2].hint, "prep impute");
    assert_string_equal(w.items[3].hint, "");
    bl_warnf(&w, NULL, "0 missing"); /* is there already */
    bl_warn(&w, &one);
    assert_int_equal(w.count, 10);
    one.line = 7; /* another place */
    bl_warn(&w, &one);
    assert_int_equal(w.count, 11);
    bl_alloc_fail_at(1, true);
    for (int i = 0; i < 40; i++)
        bl_warnf(&w, NULL, "no room %d", i);
    bl_alloc_fail_at(0, false);
    assert_in_range(w.count, 11, w.capacity);
    bl_warnings_free(&w);
    assert_int_equal(w.count, 0);
    bl_warnings_free(NULL);
}

static void test_the_nearest_name_is_found(void **state)
{
    static const char *const names[] = { "describe", "price", "petal_width", "load", "loss", "lr" };
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        { "prise", "price" },      { "price", "price" }, { "petal_widht", "petal_width" },
        { "petalwidth", "petal_width" }, { "laod", "load" },   { "loas", "load" },
        { "xr", "lr" },            { "prxyz", NULL },    { "zebra", NULL },
        { "", NULL },              { "descrieb", "describe" }, { "l", "lr" },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *found = bl_nearest(cases[i].word, names, 6);

        if (!found != !cases[i].nearest || (found && strcmp(found, cases[i].nearest) != 0))
            fail_msg("'%s': %s", cases[i].word, found ? found : "nothing");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_error_fills_its_fields_and_returns_false),
        cmocka_unit_test(test_an_error_has_a_place),
        cmocka_unit_test(test_an_error_may_be_made_of_its_own_text),
        cmocka_unit_test(test_nobody_need_care),
        cmocka_unit_test(test_text_from_data_is_cleaned_and_cut_at_a_character),
        cmocka_unit_test(test_system_errors_name_verb_and_path),
        cmocka_unit_test(test_codes_have_the_names_of_the_contract),
        cmocka_unit_test(test_warnings_pile_up),
        cmocka_unit_test(test_the_nearest_name_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
