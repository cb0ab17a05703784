/* Growable text, characters and columns, what may reach a screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/base.h"

static void test_text_grows_by_every_kind_of_addition(void **state)
{
    struct bl_text t = { 0 };
    char *taken;

    (void)state;
    assert_string_equal(bl_text_get(&t), "");
    bl_text_add(&t, "epoch ");
    bl_text_addf(&t, "%d of %d", 3, 20);
    bl_text_addn(&t, ", loss", 4);
    bl_text_repeat(&t, "-=", 3);
    bl_text_repeat(&t, "x", 0);
    assert_string_equal(bl_text_get(&t), "epoch 3 of 20, lo-=-=-=");
    assert_int_equal(t.length, strlen(t.at));
    bl_text_clear(&t);
    assert_string_equal(bl_text_get(&t), "");
    for (int i = 0; i < 300; i++)
        bl_text_addf(&t, "%300d", i);
    assert_int_equal(t.length, 90000);
    taken = bl_text_take(&t);
    assert_non_null(taken);
    assert_null(t.at);
    bl_free(taken);
    taken = bl_text_take(&t);
    assert_string_equal(taken, "");
    bl_free(taken);
}

static void test_text_remembers_a_failed_allocation(void **state)
{
    struct bl_text t = { 0 };

    (void)state;
    bl_text_add(&t, "kept");
    bl_alloc_fail_at(1, true);
    bl_text_repeat(&t, "0123456789", 100);
    bl_alloc_fail_at(0, false);
    bl_text_add(&t, "no more");
    assert_true(t.failed);
    assert_string_equal(bl_text_get(&t), "kept");
    assert_null(bl_text_take(&t));
    assert_false(t.failed);
    bl_text_repeat(&t, "ab", SIZE_MAX);
    assert_true(t.failed);
    bl_text_free(&t);
}

static void test_only_safe_characters_reach_a_screen(void **state)
{
    static const struct {
        const char *bytes, *shown;
    } cases[] = {
        { "plain text", "plain text" },
        { "na\xc3\xafve \xe6\xbc\xa2 \xf0\x9f\x99\x82", "na\xc3\xafve \xe6\xbc\xa2 \xf0\x9f\x99\x82" },
        { "\x1b[31mred\x07\r\n\t\x7f", "\\x1b[31mred\\x07\\x0d\\x0a\\x09\\x7f" },
        { "\xc2\x9b" "31m", "\\u{9b}31m" },                       /* C1 control */
        { "\xff\xc3(\xe2\x82", "\\xff\\xc3(\\xe2\\x82" },           /* invalid bytes */
        { "\xc0\xaf\xed\xa0\x80", "\\xc0\\xaf\\xed\\xa0\\x80" },     /* overlong, surrogate */
        { "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },             /* above U+10FFFF */
        { "a\xe2\x80\xae" "b", "a\\u{202e}b" },                    /* right-to-left override */
        { "\xd8\x9c\xe2\x80\x8b\xe2\x80\x8f", "\\u{61c}\\u{200b}\\u{200f}" },
        { "\xe2\x80\xa8\xe2\x81\xa0\xe2\x81\xaf", "\\u{2028}\\u{2060}\\u{206f}" },
        { "\xef\xbb\xbfx\xf3\xa0\x80\x81\xf3\xa0\x81\xbf", "\\u{feff}x\\u{e0001}\\u{e007f}" },
        { "e\xcc\x81", "e\xcc\x81" },
        { "\\x41", "\\x41" },
        { "", "" },
    };
    char buffer[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_text t = { 0 };
        size_t n = strlen(cases[i].bytes);

        bl_text_show(&t, cases[i].bytes, n);
        assert_string_equal(bl_text_get(&t), cases[i].shown);
        assert_string_equal(bl_show(buffer, sizeof buffer, cases[i].bytes, n), cases[i].shown);
        bl_text_free(&t);
    }
}

static void test_a_zero_byte_is_shown(void **state)
{
    char buffer[16];

    (void)state;
    assert_string_equal(bl_show(buffer, sizeof buffer, "a\0b", 3), "a\\x00b");
}

static void test_at_most_eight_marks_pile_up(void **state)
{
    struct bl_text t = { 0 }, marks = { 0 };

    (void)state;
    bl_text_add(&marks, "e");
    bl_text_repeat(&marks, "\xcc\x81", 10);
    bl_text_add(&marks, "f");
    bl_text_show(&t, marks.at, marks.length);
    assert_int_equal(strncmp(t.at, marks.at, 1 + 8 * 2), 0);
    assert_string_equal(t.at + 17, "\\u{301}\\u{301}f");
    bl_text_free(&t);
    bl_text_free(&marks);
}

static void test_no_byte_sequence_gets_a_control_through(void **state)
{
    char bytes[4], buffer[64];
    uint32_t code;

    (void)state;
    for (uint32_t i = 0; i < 1u << 20; i++) {
        uint32_t mixed = i * 2654435761u;

        memcpy(bytes, &mixed, 4);
        bl_show(buffer, sizeof buffer, bytes, 4);
        for (size_t k = 0, n = strlen(buffer), step; k < n; k += step) {
            step = bl_utf8_decode(buffer + k, n - k, &code);
            assert_true(step > 0 && code >= 0x20 && (code < 0x7f || code > 0x9f));
        }
    }
}

static void test_a_small_buffer_is_cut_at_a_character(void **state)
{
    static const struct {
        size_t size;
        const char *shown;
    } cases[] = { { 1, "" },    { 2, "~" },      { 3, "~" },     { 4, "\xc3\xa9~" },
                  { 5, "\xc3\xa9~" }, { 6, "\xc3\xa9\xc3\xa9~" }, { 7, "\xc3\xa9\xc3\xa9\xc3\xa9" } };
    char buffer[8];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(bl_show(buffer, cases[i].size, "\xc3\xa9\xc3\xa9\xc3\xa9", 6),
                            cases[i].shown);
    assert_string_equal(bl_show(buffer, 5, "ab\x1b", 3), "ab~");
    assert_string_equal(bl_show(buffer, 0, "ab", 2), "");
}

static void test_every_character_survives_the_way_there_and_back(void **state)
{
    char bytes[4];
    uint32_t back;

    (void)state;
    for (uint32_t code = 1; code <= 0x110000; code++) {
        size_t n = bl_utf8_encode(code, bytes);
        bool valid = code <= 0x10ffff && (code < 0xd800 || code >= 0xe000);

        assert_int_equal(n > 0, valid);
        if (!valid)
            continue;
        assert_int_equal(bl_utf8_decode(bytes, n, &back), n);
        assert_int_equal(back, code);
        assert_int_equal(bl_utf8_decode(bytes, n - 1, &back), 0);
    }
}

static void test_columns_are_those_of_terminals(void **state)
{
    static const struct {
        uint32_t code;
        int width;
    } cases[] = { { 'a', 1 },     { 0x7f, 0 },    { 0xe9, 1 },    { 0x301, 0 },  { 0x4e2d, 2 },
                  { 0xac00, 2 },  { 0x1100, 2 },  { 0x1160, 0 },  { 0x1f642, 2 }, { 0x2500, 1 },
                  { 0x28ff, 1 },  { 0x2588, 1 },  { 0xff21, 2 },  { 0x200b, 0 }, { 0x3000, 2 },
                  { 0xfe0f, 0 },  { 0x20000, 2 }, { 0x10ffff, 0 }, { 0x25b8, 1 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (bl_utf8_width(cases[i].code) != cases[i].width)
            fail_msg("U+%04X takes %d columns", (unsigned)cases[i].code,
                     bl_utf8_width(cases[i].code));
}

static void test_text_is_measured_and_fitted_in_columns(void **state)
{
    const char *s = "a\xe6\xbc\xa2" "e\xcc\x81\xff"; /* a, 漢, é in two parts, an invalid byte */
    static const size_t fits[] = { 0, 1, 1, 4, 7, 8, 8 };

    (void)state;
    assert_int_equal(bl_text_width(s, strlen(s)), 5);
    for (size_t columns = 0; columns < 7; columns++)
        assert_int_equal(bl_text_fit(s, strlen(s), columns), fits[columns]);
}

static void test_names_sort_as_people_count(void **state)
{
    static const char *const ascending[] = { "", "1", "01", "2", "10", "a", "a1", "a2b", "a10",
                                             "a10b", "a010c", "b" };
    size_t n = sizeof ascending / sizeof *ascending;

    (void)state;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            int order = bl_natural_compare(ascending[i], ascending[j]);
            bool swapped = i == 1 || i == 2; /* equal values: bytes decide, 01 before 1 */

            if (swapped && (j == 1 || j == 2))
                assert_int_equal(order == 0, i == j);
            else
                assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    assert_true(bl_natural_compare("01", "1") < 0);
    assert_true(bl_natural_compare("99999999999999999999", "100000000000000000000") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_grows_by_every_kind_of_addition),
        cmocka_unit_test(test_text_remembers_a_failed_allocation),
        cmocka_unit_test(test_only_safe_characters_reach_a_screen),
        cmocka_unit_test(test_a_zero_byte_is_shown),
        cmocka_unit_test(test_at_most_eight_marks_pile_up),
        cmocka_unit_test(test_no_byte_sequence_gets_a_control_through),
        cmocka_unit_test(test_a_small_buffer_is_cut_at_a_character),
        cmocka_unit_test(test_every_character_survives_the_way_there_and_back),
        cmocka_unit_test(test_columns_are_those_of_terminals),
        cmocka_unit_test(test_text_is_measured_and_fitted_in_columns),
        cmocka_unit_test(test_names_sort_as_people_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
