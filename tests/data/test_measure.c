/* Numbers with a unit: what is one, and what is told of a column of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "src/data/measure.h"

#define EACH(cases) for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++)

static void test_a_number_with_a_unit_is_read(void **state)
{
    static const struct { const char *text; double value; const char *unit; } cases[] = {
        { "5 kg", 5, "kg" }, { " 12.5% ", 12.5, "%" }, { "-3\xc2\xb0""C", -3, "\xc2\xb0""C" }, { "$3.50", 3.5, "" }, { "\xe2\x82\xac 4", 4, "" },
        { "100 km/h", 100, "km/h" }, { "+7m", 7, "m" }, { "5 sq ft", 5, "sq ft" },
    };

    (void)state;
    EACH(cases) {
        struct bl_measure m;

        if (!bl_measure_read(cases[i].text, &m) || m.value != cases[i].value || m.n_unit != strlen(cases[i].unit) ||
            memcmp(m.unit, cases[i].unit, m.n_unit) != 0)
            fail_msg("'%s' is not %g '%s'", cases[i].text, cases[i].value, cases[i].unit);
    }
}

static void test_other_words_are_no_measures(void **state)
{
    static const char *const words[] = { "", " ", "5", "kg", "k12", "#5", "2011-01-31", "1.2.2011", "12:30", "1,234 kg", "5 m2", "A/5 21171",
                                         "1e5", "$", "\xe2\x82\xac", "5 kilogrammes of it", "\xc3\xa9""5", "1/2" };

    (void)state;
    EACH(words) {
        struct bl_measure m;

        if (bl_measure_read(words[i], &m))
            fail_msg("'%s' is read as %g", words[i], m.value);
    }
}

/* Only a column of one unit is told, with the command that makes numbers of it. */
static void test_a_column_with_a_unit_is_told(void **state)
{
    static const struct { const char *csv, *hint; } cases[] = {
        { "w,y\n5 kg,1\n6 kg,2\n7 kg,3\n", "derive w_kg = number(w)" }, { "w,y\n5%,1\n6%,2\n7.5%,3\n", "derive w_number = number(w)" },
        { "w,y\n$5,1\n$6,2\n$7,3\n", "derive w_number = number(w)" },   { "a b,y\n5 kg,1\n6 kg,2\n7 kg,3\n", "" },
        { "w,y\n5 kg,1\n6 lb,2\n7 kg,3\n", NULL }, { "w,y\n5 kg,1\n6 kg,2\n5 kg,3\n", NULL }, { "w,y\n1st,1\n2nd,2\n3rd,3\n", NULL },
    };

    (void)state;
    EACH(cases) {
        struct bl_warnings w = { 0 };
        struct bl_table *t = bl_load_bytes(cases[i].csv, strlen(cases[i].csv), "f.csv", &(struct bl_load_options){ .warnings = &w }, NULL);

        assert_non_null(t);
        assert_int_equal(w.count, cases[i].hint != NULL);
        if (cases[i].hint)
            assert_string_equal(w.items[0].hint, cases[i].hint);
        bl_warnings_free(&w);
        bl_table_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_number_with_a_unit_is_read),
        cmocka_unit_test(test_other_words_are_no_measures),
        cmocka_unit_test(test_a_column_with_a_unit_is_told),
    };

    return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
