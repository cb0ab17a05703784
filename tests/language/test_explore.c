/* where, filter, derive, sort, distinct, cross, missing, outliers and tail as scripts see them. */
#include "harness.h"

#include <jansson.h>
#include <math.h>

static void test_results_hold_what_they_say(void **state)
{
    static const struct { const char *text, *path, *value; } cases[] = {
        { "load titanic; where Age is missing and Pclass in (1, 2)", "count", "41" },
        { "load titanic; where Age > 60", "unknown", "177" },
        { "load titanic; where Age > 60", "row_numbers.0", "33" },
        { "load iris; where species = virginica and petal_length > 6", "count", "9" },
        { "load titanic; filter Age >= 18 and Embarked is not missing", "rows", "599" },
        { "load titanic; filter Age >= 18", "dataset", "titanic_filtered" },
        { "load titanic; filter Age >= 18 as adults", "dataset", "adults" },
        { "load titanic; filter Age >= 18 as adults", "target", "Survived" },
        { "load titanic; derive family = SibSp + Parch + 1", "columns.12.name", "family" },
        { "load titanic; derive family = SibSp + Parch + 1; filter family > 3", "made", "derive family = SibSp + Parch + 1; filter family > 3" },
        { "load titanic; derive family = SibSp + Parch + 1; use titanic", "columns.12.name", "none" },
        { "load titanic; derive copy = Survived; columns", "columns.12.role", "unused" },
        { "load titanic; drop Name; filter Age > 60; columns", "columns.3.role", "unused" },
        { "load titanic; prep impute; filter Age > 60; recipe", "steps.0.step", "impute" },
        { "load titanic; split 80 10 10 seed=3; filter Age > 20; split", "seed", "3" },
        { "load titanic; target Sex positive=female; filter Age > 20; target Sex positive=female", "positive", "female" },
        { "load diabetes; sort bmi desc n=2", "row_numbers.0", "367" },
        { "load iris; sort petal_length name=sorted; head 1", "rows.0.2", "1" },
        { "load iris; tail 2", "row_numbers.1", "149" },
        { "load titanic; distinct Embarked", "values.3.count", "2" },
        { "load titanic; distinct Embarked", "values.3.value.0", "null" },
        { "load titanic; distinct Sex Pclass", "distinct", "6" },
        { "load titanic; cross Sex Survived", "chi_square", "263.0505741" },
        { "load titanic; cross Sex Survived", "counts.0.1", "233" },
        { "load titanic; cross Sex Survived share=column", "shares.0.1", "0.6812865497" },
        { "load titanic; missing", "patterns.0.count", "529" },
        { "load titanic; missing", "patterns.2.missing.1", "Cabin" },
        { "load titanic; missing", "complete", "183" },
        { "load iris; missing", "complete", "150" },
        { "load titanic; outliers Fare", "columns.0.above", "116" },
        { "load titanic; outliers Fare", "columns.0.extreme.0.row", "258" },
        { "load iris; derive far = if(sepal_length > 5.8, 1.7e308, 0 - 1.7e308); outliers far", "columns.0.low_reason", "beyond the range of numbers" },
        { "load iris; derive far = if(sepal_length > 5.8, 1.7e308, 0 - 1.7e308); describe far", "columns.0.variance_reason", "beyond the range of numbers" },
        { "load iris; derive same = sepal_length * 0; describe same", "columns.0.skewness_reason", "all values are equal" },
        { "load iris; derive same = sepal_length * 0; outliers same", "columns.0.low_reason", "no spread between the quartiles" },
        { "load iris; where petal_lenght > 1", "error.column", "none" },
        { "load iris; where petal_lenght > 1", "error.message", "no column 'petal_lenght' in iris" },
        { "load iris; filter petal_length > 100", "error.message", "no row of iris would be left" },
        { "load iris; derive x", "error.hint", "derive ratio = a / b" },
    };
    struct stage g;

    (void)state;
    stage_open(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *x = stage_object(&g, cases[i].text);
        char got[200];

        if (strcmp(object_text(x, cases[i].path, got, sizeof got), cases[i].value) != 0)
            fail_msg("%s: %s is %s and not %s", cases[i].text, cases[i].path, got, cases[i].value);
        json_decref(x);
    }
    stage_close(&g);
}

/* What was made has the hash of what was loaded, and says how it was made. */
static void test_made_tables_keep_their_source(void **state)
{
    struct stage g;
    json_t *x;
    char loaded[80], made[80];

    (void)state;
    stage_open(&g);
    x = stage_object(&g, "load iris");
    object_text(x, "sha256", loaded, sizeof loaded);
    assert_int_equal(strlen(loaded), 64);
    json_decref(x);
    x = stage_object(&g, "derive ratio = petal_length / petal_width; filter ratio < 3");
    assert_string_equal(object_text(x, "sha256", made, sizeof made), loaded);
    json_decref(x);
    stage_run(&g, "sample 10");
    assert_string_equal(bl_table_sha256(bl_workbench_dataset(g.workbench, NULL)->table), loaded);
    assert_string_equal(bl_workbench_dataset(g.workbench, NULL)->table->made,
                        "derive ratio = petal_length / petal_width; filter ratio < 3; sample 10");
    stage_run(&g, "load iris");
    assert_null(bl_workbench_dataset(g.workbench, NULL)->table->made);
    stage_close(&g);
}

/* A caret under the slip, also behind the name of derive. */
static void test_slips_are_pointed_at(void **state)
{
    static const struct { const char *text, *wanted; } cases[] = {
        { "where petal_lenght > 1", "  where petal_lenght > 1\n        ^^^^^^^^^^^^\nhint: did you mean 'petal_length'?" },
        { "derive x = petal_lenght", "  derive x = petal_lenght\n             ^^^^^^^^^^^^\nhint: did you mean 'petal_length'?" },
        { "filter species = setossa", "  filter species = setossa\n                   ^^^^^^^\nhint: did you mean 'setosa'?" },
        { "where species = 'setossa'", "no row of 'species' holds 'setossa'\nhint: did you mean 'setosa'?" },
        { "filter petal_length > 1 as ../x", "'../x' is not a name" },
        { "check 'a' contains 'b'", "is about texts or dates; here are figures only" },
    };
    struct stage g;

    (void)state;
    stage_open(&g);
    stage_run(&g, "load iris; train batch epochs=1");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        stage_clear(&g);
        stage_run(&g, cases[i].text);
        if (!strstr(bl_text_get(&g.both), cases[i].wanted))
            fail_msg("%s says\n%s", cases[i].text, bl_text_get(&g.both));
    }
    stage_close(&g);
}

int main(void)
{
    setenv("BATCHLAB_CLOCK", "fixed", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_hold_what_they_say),
        cmocka_unit_test(test_made_tables_keep_their_source),
        cmocka_unit_test(test_slips_are_pointed_at),
    };

    return cmocka_run_group_tests_name("explore", tests, NULL, NULL);
}
