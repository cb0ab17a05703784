/* Numbers: text to the nearest double, and back. The reference is the C library's strtod, which
 * is correctly rounded. BL_LONG=1 in the environment runs a hundred times as many draws. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/base.h"

static uint64_t draws(uint64_t usual)
{
    return getenv("BL_LONG") ? 100 * usual : usual;
}

static uint64_t state64 = 88172645463325252u;

static uint64_t draw(void) /* xorshift (Marsaglia 2003) */
{
    state64 ^= state64 << 13;
    state64 ^= state64 >> 7;
    state64 ^= state64 << 17;
    return state64;
}

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static void check_text(const char *text)
{
    double mine = -1, wanted = strtod(text, NULL);
    bool ok = bl_number_parse(text, strlen(text), &mine);

    if (ok != (isfinite(wanted) != 0))
        fail_msg("%s: %s", text, ok ? "read" : "refused");
    if (ok && bits_of(mine) != bits_of(wanted))
        fail_msg("%s: %a instead of %a", text, mine, wanted);
}

static void test_numbers_read_as_the_nearest_double(void **state)
{
    static const char *const texts[] = {
        "0", "-0", "0.0", "1", "-1", "+1", ".5", "5.", "00012", "1e5", "1E+5", "1e-5", "0e999999999999",
        "3.14159265358979323846264338327950288", "9007199254740993", "9007199254740992.5",
        "18446744073709551615", "18446744073709551616", "123456789012345678901234567890",
        "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308",
        "179769313486231580793728971405301e276", "2.2250738585072014e-308",
        "2.2250738585072011e-308", "2.2250738585072012e-308", "4.9e-324", "2.4703282292062328e-324",
        "2.4703282292062327e-324", "2.4e-324", "1e-400", "1e400", "1e-2000000000000", "1e23",
        "8.5e22", "1e22", "1e-22", "123e-23", "4.35", "0.1e-22", "6.631236846766476e-316",
        "3.237883913302901e-319", "0.000000000000000000000000000000000000000000000000000000001",
        "7.3177701707893310e+15", "100000000000000000000000000000000000000e-38",
        "9355950000000000000.00000000000000000000000000000000001844674407370955161600000184467440",
        "2.47032822920623272088284396434110686182e-324", "1448997445238699",
        "6.9294956446009195e15", "0.3000000000000000166533453693773481063544750213623046875",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check_text(texts[i]);
}

static void test_what_is_no_number_is_refused(void **state)
{
    static const char *const texts[] = {
        "", " ", "-", "+", ".", "e5", "1e", "1e+", "1e-", "--1", "+-1", "1 2", "1,5", "1_000", "inf",
        "-inf", "Infinity", "nan", "NaN", "0x10", "0x1p3", "1f", "1.2.3", "1e5.0", "1e5e5", "NA", "a",
        ".e1", "\xef\xbc\x91", "1e309", "-1e309", "1\n", "$1",
    };
    double x = 42;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (bl_number_parse(texts[i], strlen(texts[i]), &x))
            fail_msg("'%s' was read as %g", texts[i], x);
    assert_true(x == 42);
    assert_false(bl_number_parse("1\0", 2, &x));
}

static void test_numbers_too_large_are_told_from_words(void **state)
{
    (void)state;
    assert_true(bl_number_beyond("1e999", 5));
    assert_true(bl_number_beyond(" -1.5e400 ", 10));
    assert_false(bl_number_beyond("1e308", 5));
    assert_false(bl_number_beyond("1e-999", 6));
    assert_false(bl_number_beyond("inf", 3));
    assert_false(bl_number_beyond("1e999x", 6));
    assert_false(bl_number_beyond("", 0));
}

static void test_blanks_around_a_number_and_bytes_behind_it_do_not_matter(void **state)
{
    double x;

    (void)state;
    assert_true(bl_number_parse(" \t-12.5e1 ", 10, &x) && x == -125);
    assert_true(bl_number_parse("123456789", 3, &x) && x == 123);
    assert_true(bl_number_parse("1.5,2.5", 3, &x) && x == 1.5);
}

static void test_doubles_come_back_from_17_digits(void **state)
{
    char text[64];
    double x;

    (void)state;
    for (uint64_t i = 0, n = draws(100000); i < n; i++) {
        uint64_t bits = draw();

        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        snprintf(text, sizeof text, "%.*g", 12 + (int)(bits % 10), x);
        check_text(text);
    }
}

static void test_random_decimals_read_as_the_nearest_double(void **state)
{
    char text[96];

    (void)state;
    for (uint64_t i = 0, n = draws(200000); i < n; i++) {
        uint64_t a = draw(), b = draw();
        unsigned digits = (unsigned)(draw() % 19);

        switch (b % 4) {
        case 0:
            snprintf(text, sizeof text, "%.*f", (int)(b / 4 % 8), (double)(int64_t)a / 1e13);
            break;
        case 1:
            snprintf(text, sizeof text, "%llu.%llu", (unsigned long long)(a % 100000),
                     (unsigned long long)(a >> (b / 4 % 50)));
            break;
        case 2:
            snprintf(text, sizeof text, "%llue%d", (unsigned long long)(a >> (b / 4 % 60)),
                     (int)(b / 256 % 700) - 360);
            break;
        default: /* 20 to 39 digits */
            snprintf(text, sizeof text, "%.*s%020llu.%llue%d", (int)digits, "9182736450192837465",
                     (unsigned long long)a, (unsigned long long)b, (int)(draw() % 640) - 340);
        }
        check_text(text);
    }
}

/* Every length up to 24, mostly digits, in a buffer that ends where the text ends. */
static void test_any_characters_are_read_or_refused_as_strtod_does(void **state)
{
    static const char alphabet[] = "00112233445566778899..-+e";
    uint64_t read = 0;

    (void)state;
    for (uint64_t i = 0, n = draws(400000); i < n; i++) {
        size_t length = 1 + i % 24;
        char text[32], *end, *tight = malloc(length);
        double wanted, mine;

        for (size_t k = 0; k < length; k++)
            text[k] = alphabet[draw() % (k % 3 ? sizeof alphabet - 6 : sizeof alphabet - 1)];
        text[length] = '\0';
        memcpy(tight, text, length);
        wanted = strtod(text, &end);
        bool valid = end == text + length && isfinite(wanted);

        if (bl_number_parse(tight, length, &mine) != valid ||
            (valid && bits_of(mine) != bits_of(wanted)))
            fail_msg("'%s'", text);
        read += valid;
        free(tight);
    }
    assert_true(read > draws(40000));
}

/* Numbers exactly between two doubles, a hair above and a hair below: the worst there is. */
static void test_halfway_numbers_go_to_the_even_double(void **state)
{
    char text[1200];

    (void)state;
    for (uint64_t i = 0, n = draws(3000); i < n; i++) {
        uint64_t bits = draw() >> 1;
        double x, above;

        if (i % 3 == 0) /* few bits, small exponents: exact products */
            bits = (1023 + draw() % 80) << 52 | (draw() & 0xfff) << 40;
        if (i % 7 == 0) /* subnormal */
            bits >>= 11 + draw() % 50;
        memcpy(&x, &bits, sizeof x);
        above = nextafter(x, INFINITY);
        if (!isfinite(above))
            continue;
        long double middle = ((long double)x + above) / 2;
        int length = snprintf(text, sizeof text - 8, "%.*Le", 800, middle);
        char *e = strchr(text, 'e');

        check_text(text);
        if (draw() % 2) { /* above by the last of many digits */
            e[-1] = '1';
            check_text(text);
        }
        size_t keep = 17 + draw() % 30; /* below: cut off */
        memmove(text + keep, e, (size_t)(text + length - e) + 1);
        check_text(text);
    }
}

static void test_very_long_numbers_are_decided_by_their_last_digit(void **state)
{
    enum { ZEROS = 5000 };
    char *text = malloc(ZEROS + 64);
    double x;

    (void)state;
    strcpy(text, "9007199254740993.");
    memset(text + 17, '0', ZEROS);
    strcpy(text + 17 + ZEROS, "");
    assert_true(bl_number_parse(text, 17 + ZEROS, &x) && x == 9007199254740992.0);
    text[17 + ZEROS - 1] = '1';
    assert_true(bl_number_parse(text, 17 + ZEROS, &x) && x == 9007199254740994.0);
    memset(text, '0', ZEROS);
    text[1] = '.';
    strcpy(text + ZEROS, "25e5000");
    assert_true(bl_number_parse(text, strlen(text), &x) && x == 25);
    strcpy(text + ZEROS, "25e-999999");
    assert_true(bl_number_parse(text, strlen(text), &x) && x == 0);
    text[0] = '9';
    text[1] = '9';
    strcpy(text + ZEROS, "9e999999");
    assert_false(bl_number_parse(text, strlen(text), &x));
    memset(text, '7', ZEROS);
    strcpy(text + ZEROS, "e-5000");
    assert_true(bl_number_parse(text, strlen(text), &x) && x == 0.7777777777777778);
    free(text);
}

static void test_integers_fill_64_bits_and_no_more(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } cases[] = {
        { "0", true, 0 },
        { " -17 ", true, -17 },
        { "+5", true, 5 },
        { "9223372036854775807", true, INT64_MAX },
        { "9223372036854775808", false, 0 },
        { "-9223372036854775808", true, INT64_MIN },
        { "-9223372036854775809", false, 0 },
        { "99999999999999999999", false, 0 },
        { "000000000000000000000012", true, 12 },
        { "", false, 0 },
        { "-", false, 0 },
        { "1.0", false, 0 },
        { "1e3", false, 0 },
        { "12a", false, 0 },
        { "1 2", false, 0 },
    };
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool ok = bl_integer_parse(cases[i].text, strlen(cases[i].text), &value);

        if (ok != cases[i].ok || (ok && value != cases[i].value))
            fail_msg("'%s'", cases[i].text);
    }
}

static void test_numbers_show_their_significant_digits(void **state)
{
    static const struct {
        double x;
        int digits;
        const char *text;
    } cases[] = {
        { 0.253, 4, "0.2530" },     { 1.408, 4, "1.408" },       { 2.53e-5, 4, "2.530e-05" },
        { 0, 4, "0.000" },          { -0.0, 4, "0.000" },        { 9.9996, 4, "10.00" },
        { 0.00009999996, 4, "0.0001000" }, { 0.0001, 4, "0.0001000" }, { 999999, 4, "999999" },
        { 999999.7, 4, "1.000e+06" }, { 1e6, 4, "1.000e+06" },   { 12345, 4, "12345" },
        { 12345.6, 4, "12346" },    { 1234.56, 4, "1235" },      { 142.3, 4, "142.3" },
        { -5.45, 4, "-5.450" },     { 999999.7, 7, "999999.7" }, { 999970, 4, "999970" },
        { 123.4, 1, "123" },        { 1e-300, 3, "1.00e-300" },  { NAN, 4, "nan" },
        { INFINITY, 4, "inf" },     { -INFINITY, 4, "-inf" },    { 3, 99, "3.0000000000000000" },
        { 2, 0, "2" },              { 1e15, 17, "1.0000000000000000e+15" },
    };
    char buffer[40];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(bl_number_format(buffer, sizeof buffer, cases[i].x, cases[i].digits),
                            cases[i].text);
}

static void test_exact_forms_are_short_and_read_back(void **state)
{
    static const struct {
        double x;
        const char *text;
    } cases[] = { { 0.1, "0.1" },      { 1, "1" },       { 1.0 / 3, "0.3333333333333333" },
                  { 5e-324, "5e-324" }, { 1e22, "1e+22" }, { 0.1 + 0.2, "0.30000000000000004" },
                  { -2.5, "-2.5" },    { NAN, "nan" },   { 123456789, "123456789" } };
    char buffer[40];
    double back;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(bl_number_exact(buffer, sizeof buffer, cases[i].x), cases[i].text);
    assert_string_equal(bl_number_full(buffer, sizeof buffer, 0.1), "0.10000000000000001");
    for (uint64_t i = 0, n = draws(20000); i < n; i++) {
        uint64_t bits = draw();
        double x;

        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        bl_number_exact(buffer, sizeof buffer, x);
        assert_true(bl_number_parse(buffer, strlen(buffer), &back) && back == x);
    }
}

static void test_counts_sizes_and_times_are_short(void **state)
{
    static const struct {
        double x;
        const char *count, *bytes, *seconds;
    } cases[] = {
        { 0, "0", "0 B", "0 s" },
        { 950, "950", "950 B", "15:50" },
        { 1500, "1.5k", "1.5 kB", "25:00" },
        { 2e6, "2M", "2 MB", "555:33:20" },
        { 3.1e9, "3.1G", "3.1 GB", "861111:06:40" },
        { 999.6, "1k", "1 kB", "16:40" },
        { 266e6, "266M", "266 MB", "73888:53:20" },
        { 7.7e-6, "7.7e-06", "7.7e-06 B", "7.7 us" },
        { 3.1e-3, "0.0031", "0.0031 B", "3.1 ms" },
        { 9.96e-3, "0.00996", "0.00996 B", "10 ms" },
        { 0.9996, "1", "1 B", "1.00 s" },
        { 1.5, "1.5", "1.5 B", "1.50 s" },
        { 12.34, "12.3", "12.3 B", "12.3 s" },
        { 59.96, "60", "60 B", "1:00" },
        { 125, "125", "125 B", "2:05" },
        { 3725, "3.73k", "3.73 kB", "1:02:05" },
        { 5e15, "5000T", "5000 TB", NULL },
        { INFINITY, "inf", "inf", "inf" },
    };
    char buffer[40];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(bl_count_format(buffer, sizeof buffer, cases[i].x), cases[i].count);
        assert_string_equal(bl_bytes_format(buffer, sizeof buffer, cases[i].x), cases[i].bytes);
        bl_seconds_format(buffer, sizeof buffer, cases[i].x);
        if (cases[i].seconds)
            assert_string_equal(buffer, cases[i].seconds);
    }
    assert_string_equal(bl_count_format(buffer, sizeof buffer, -1500), "-1.5k");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_read_as_the_nearest_double),
        cmocka_unit_test(test_what_is_no_number_is_refused),
        cmocka_unit_test(test_numbers_too_large_are_told_from_words),
        cmocka_unit_test(test_blanks_around_a_number_and_bytes_behind_it_do_not_matter),
        cmocka_unit_test(test_doubles_come_back_from_17_digits),
        cmocka_unit_test(test_random_decimals_read_as_the_nearest_double),
        cmocka_unit_test(test_any_characters_are_read_or_refused_as_strtod_does),
        cmocka_unit_test(test_halfway_numbers_go_to_the_even_double),
        cmocka_unit_test(test_very_long_numbers_are_decided_by_their_last_digit),
        cmocka_unit_test(test_integers_fill_64_bits_and_no_more),
        cmocka_unit_test(test_numbers_show_their_significant_digits),
        cmocka_unit_test(test_exact_forms_are_short_and_read_back),
        cmocka_unit_test(test_counts_sizes_and_times_are_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
