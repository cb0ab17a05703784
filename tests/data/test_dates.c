/* Date-time values: reading in every form, writing, and finding columns of them. */
#include "formats.h"

#include "src/data/dates.h"

static void test_dates_are_read_in_each_form(void **state)
{
    static const struct { const char *text; enum bl_date_form form; double seconds; } cases[] = {
        { "1970-01-01", BL_DATE_ISO, 0 },
        { "2000-02-29", BL_DATE_ISO, 951782400 },
        { "1969-12-31T23:59:59", BL_DATE_ISO, -1 },
        { "2011-01-31 14:05", BL_DATE_ISO, 1296482700 },
        { "2011-01-31T14:05:09.25Z", BL_DATE_ISO, 1296482709.25 },
        { "2011-01-31T14:05:09+02:00", BL_DATE_ISO, 1296475509 },
        { "2011-01-31T14:05:09 -0530", BL_DATE_ISO, 1296502509 },
        { "2011-01-31T24:00", BL_DATE_ISO, 1296518400 },
        { "2011/01/31", BL_DATE_ISO, 1296432000 },
        { "2011-02", BL_DATE_ISO, 1296518400 },
        { "0001-01-01", BL_DATE_ISO, -62135596800 },
        { "9999-12-31", BL_DATE_ISO, 253402214400 },
        { "31.1.2011", BL_DATE_DOTS, 1296432000 },
        { "31 Jan 2011 14:05", BL_DATE_WORDS, 1296482700 },
        { "31-jan-2011", BL_DATE_WORDS, 1296432000 },
        { "January 31, 2011", BL_DATE_WORDS, 1296432000 },
        { "Sept. 1 2011", BL_DATE_WORDS, 1314835200 },
        { "31/01/2011", BL_DATE_DAY, 1296432000 },
        { "1/31/2011 14:05", BL_DATE_MONTH, 1296482700 },
    };

    (void)state;
    EACH(cases) {
        double seconds = NAN;

        if (!bl_date_parse(cases[i].text, strlen(cases[i].text), cases[i].form, &seconds) || seconds != cases[i].seconds)
            fail_msg("%s: %.3f", cases[i].text, seconds);
    }
}

static void test_what_is_no_date_is_refused(void **state)
{
    static const char *const cases[] = { "", "2011", "2011-13-01", "2011-02-29", "1900-02-29", "2011-00-10", "2011-01-00", "2011-1-1", "2011-01-01x",
                                         "2011-01-01T", "2011-01-01T25:00", "2011-01-01T24:01", "2011-01-01T10", "2011-01-01T10:60", "2011-01-01 10:00+2",
                                         "2011-01/01", "2011/01", "x", "--", "2011-01-01T10:00:00.", "2011-01-01T10:00+99:00" };

    (void)state;
    EACH(cases) for (enum bl_date_form form = 0; form < BL_DATE_FORMS; form++)
    {
        double seconds;

        if (bl_date_parse(cases[i], strlen(cases[i]), form, &seconds))
            fail_msg("'%s' was read", cases[i]);
    }
}

static void test_every_day_reads_back(void **state)
{
    char text[64];

    (void)state;
    for (int64_t day = -719162; day < 2932896; day += 7) {
        double seconds = NAN;

        bl_date_format(text, sizeof text, (double)day * 86400, false);
        if (!bl_date_parse(text, strlen(text), BL_DATE_ISO, &seconds) || seconds != (double)day * 86400)
            fail_msg("%s: %.0f", text, seconds);
    }
}

static void test_patterns_of_arff(void **state)
{
    static const struct { const char *pattern, *text; double seconds; } cases[] = {
        { "yyyy-MM-dd'T'HH:mm:ss", "2001-04-03T12:12:12", 986299932 },
        { "dd.MM.yy", "03.04.01", 986256000 },
        { "EEE, d MMM yyyy hh:mm:ss.SSS a z", "Tue, 3 Apr 2001 12:12:12.500 pm GMT", 986299932.5 },
        { "yyyy''MM", "2001'04", 986083200 },
        { "HH:mm yyyy Z", "01:30 1970 +0100", 1800 },
    };
    double seconds;

    (void)state;
    EACH(cases) {
        assert_true(bl_date_pattern_known(cases[i].pattern));
        if (!bl_date_pattern(cases[i].text, strlen(cases[i].text), cases[i].pattern, &seconds) || seconds != cases[i].seconds)
            fail_msg("%s: %.3f", cases[i].text, seconds);
    }
    assert_false(bl_date_pattern_known("QQQ"));
    assert_false(bl_date_pattern_known("HH:mm"));
    assert_false(bl_date_pattern_known("yyyy'"));
    assert_false(bl_date_pattern("2001-4", 6, "yyyy-MM-dd", &seconds));
    assert_false(bl_date_pattern("2001-04-031", 11, "yyyy-MM-dd", &seconds));
}

static void test_columns_of_dates_are_found(void **state)
{
    struct bl_load_type date[] = { { "d", BL_DATETIME } }, text[] = { { "d", BL_TEXT_COLUMN } };
    struct bl_load_options asked = { .types = date, .n_types = 1 }, kept = { .types = text, .n_types = 1 };

    (void)state;
    must_show("d,x\n2011-01-31,1\nNA,2\n2011-02-01,3\n", "f.csv", NULL, "d:dat(2011-01-31 - 2011-02-01) x:num(1 2 3)");
    must_show("d,x\n2011-01-31T10:00,1\n2011-02-01,3\n", "f.csv", NULL, "d:dat(2011-01-31T10:00:00 2011-02-01T00:00:00) x:num(1 3)");
    must_show("d,x\n2011-01-31,1\nx,2\n", "f.csv", NULL, "d:cat(2011-01-31 x) x:num(1 2)");
    must_show("d,x\n31/01/2011,1\n02/01/2011,2\n", "f.csv", NULL, "d:dat(2011-01-31 2011-01-02) x:num(1 2)");
    must_show("d,x\n01/31/2011,1\n02/01/2011,2\n", "f.csv", NULL, "d:dat(2011-01-31 2011-02-01) x:num(1 2)");
    must_show("d,x\n01/03/2011,1\n02/01/2011,2\n", "f.csv", NULL, "d:cat(01/03/2011 02/01/2011) x:num(1 2)");
    must_show("d,x\n01/03/2011,1\n02/01/2011,2\n", "f.csv", &asked, "d:dat(2011-01-03 2011-02-01) x:num(1 2)");
    must_show("d,x\n2011-01-31,1\n", "f.csv", &kept, "d:tex(2011-01-31) x:num(1)");
    must_show("d,x\n86400,1\n0,2\n", "f.csv", &asked, "d:dat(1970-01-02 1970-01-01) x:num(1 2)");
    must_show("{\"d\":\"2011-01-31\"}\n{\"d\":null}\n", "f.jsonl", NULL, "d:dat(2011-01-31 -)");
    every_allocation_may_fail("d,x\n2011-01-31,1\n", 17, "f.csv", NULL);
}

static void test_what_is_no_date_is_told_with_its_place(void **state)
{
    struct bl_load_type date[] = { { "d", BL_DATETIME } };
    struct bl_load_options o = { .types = date, .n_types = 1 }, skip = o, latin = o;
    char *long_text = calloc(1, 800000);
    size_t n = (size_t)sprintf(long_text, "x,d\n");

    (void)state;
    skip.ragged = BL_RAGGED_SKIP;
    latin.encoding = BL_LATIN1;
    must_refuse(&(struct refusal){ "d,x\n2011-01-31,1\nsoon,2\n", 0, 3, 1, "column 'd' holds 'soon', which is not a date" }, "f.csv", &o);
    must_refuse(&(struct refusal){ "x,d\n\n1,2011-01-31\n \n2, soon\n", 0, 5, 3, "column 'd' holds 'soon', which" }, "f.csv", &o);
    must_refuse(&(struct refusal){ "x,d\r\n\"a\nb\",2011-01-31\r\n2,\"soon\"\r\n", 0, 4, 3, "column 'd' holds 'soon', which" }, "f.csv", &o);
    must_refuse(&(struct refusal){ "x,d\n1,2011-01-31\n2\n3,soon\n", 0, 4, 3, "column 'd' holds 'soon', which" }, "f.csv", &skip);
    must_refuse(&(struct refusal){ "x,d\n\xe9,2011-01-31\n3,soon\n", 0, 3, 3, "column 'd' holds 'soon', which" }, "f.csv", &latin);
    must_refuse(&(struct refusal){ "{\"d\":\"2011-01-31\"}\n{\"d\":\"soon\"}\n", 0, 0, 0, "holds 'soon' in row 2, which" }, "f.jsonl", &o);
    for (size_t i = 0; i < 50000; i++)
        n += (size_t)sprintf(long_text + n, "1,2011-01-31\n");
    sprintf(long_text + n, "1,soon\n");
    must_refuse(&(struct refusal){ long_text, 0, 50002, 3, "column 'd' holds 'soon', which is not a date" }, "f.csv", &o);
    free(long_text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates_are_read_in_each_form), cmocka_unit_test(test_what_is_no_date_is_refused),
        cmocka_unit_test(test_every_day_reads_back),        cmocka_unit_test(test_patterns_of_arff),
        cmocka_unit_test(test_columns_of_dates_are_found),
        cmocka_unit_test(test_what_is_no_date_is_told_with_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
