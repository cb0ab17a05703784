/* What `until`, `check` and `where` understand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/data.h"

/* a = 2, b = 3, missing = nan, other names = 1 */
static double value_of(const char *text, bool left)
{
    struct bl_error err = { 0 };
    struct bl_expression *e = bl_expression_parse(text, &err);
    double values[64], result;

    if (!e)
        fail_msg("'%s': %s", text, err.message);
    for (size_t i = 0; i < bl_expression_names(e); i++) {
        const char *name = bl_expression_name(e, i);
        values[i] = !strcmp(name, "a") ? 2 : !strcmp(name, "b") ? 3 : !strcmp(name, "missing") ? NAN : 1;
    }
    result = left ? bl_expression_left(e, values) : bl_expression_value(e, values);
    bl_expression_free(e);
    return result;
}

static void test_expressions_have_the_usual_precedence(void **state)
{
    static const struct { const char *text; double value; } cases[] = {
        { "1 + 2 * 3", 7 },           { "(1 + 2) * 3", 9 },      { "2 ^ 3 * 2", 16 },
        { "-a + b", 1 },              { "10 - 4 - 3", 3 },       { "8 / 4 / 2", 1 },
        { "a < b", 1 },               { "a > b", 0 },            { "a = 2", 1 },
        { "a == 2 and b >= 3", 1 },   { "a is 3 or b is 3", 1 }, { "not a = 2", 0 },
        { "not not a = 2", 1 },       { "a is not 2", 0 },       { "1e-3 < 0.0011", 1 },
        { "min(a, b) * max(a,b)", 6 },{ "abs(-4)", 4 },          { "sqrt(9)", 3 },
        { "log(exp(2)) > 1.99", 1 },  { "missing < 1", 0 },      { "missing != 1", 0 },
        { "a - b < 1e-6", 1 },        { "'a' + 1", 3 },          { "a+b*2>7 and b-a<2", 1 },
        { "1.5E+2", 150 },            { "norway + android", 2 },
        { "norm(a) + norm( b )", 2 }, { "a rises 1", 1 },        { "a rises 2", 0 },
        { "a > 1 and b rises a - 1 or a > 5", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (value_of(cases[i].text, false) != cases[i].value)
            fail_msg("%s gave %.17g", cases[i].text, value_of(cases[i].text, false));
}

static void test_left_side_of_a_comparison_is_the_value_of_a_check(void **state)
{
    (void)state;
    assert_true(value_of("a * 10 > 3", true) == 20);
    assert_true(value_of("a > 1 and b > 1", true) == 1);
    assert_true(value_of("a + b", true) == 5);
}

static void test_malformed_conditions_are_refused_with_their_place(void **state)
{
    static const struct { const char *text; size_t at; } cases[] = {
        { "2 rises 3", 7 }, { "a rises", 7 }, { "norm(2) < 1", 5 }, { "norm()", 5 },
        { "", 0 }, { "a <", 3 }, { "a < < b", 4 }, { "(a", 2 }, { "a b", 2 }, { "1..2", 0 },
        { "sin(a)", 0 }, { "'a", 0 }, { "a and", 5 }, { "min(a)", 5 }, { "$", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_error err = { 0 };
        struct bl_expression *e = bl_expression_parse(cases[i].text, &err);
        if (e || err.word_at != cases[i].at || !err.hint[0])
            fail_msg("'%s': at %zu, %s", cases[i].text, err.word_at, err.message);
    }
}

static void test_deep_and_long_conditions_end_in_a_message(void **state)
{
    struct bl_error err = { 0 };
    char deep[3000], wide[3000];

    (void)state;
    memset(deep, '(', 2000);
    deep[2000] = '\0';
    assert_null(bl_expression_parse(deep, &err));
    assert_int_equal(err.code, BL_LIMIT);
    strcpy(wide, "1");
    for (size_t i = 1; i < 2000; i += 2)
        memcpy(wide + i, "+1", 3);
    assert_null(bl_expression_parse(wide, &err));
    assert_int_equal(err.code, BL_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expressions_have_the_usual_precedence),
        cmocka_unit_test(test_left_side_of_a_comparison_is_the_value_of_a_check),
        cmocka_unit_test(test_malformed_conditions_are_refused_with_their_place),
        cmocka_unit_test(test_deep_and_long_conditions_end_in_a_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
