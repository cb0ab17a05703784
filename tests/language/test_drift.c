/* drift as scripts and people see it: files with other columns, types, levels and gaps. */
#include "harness.h"

#include <jansson.h>

static char folder[] = "/tmp/batchlab-drift-XXXXXX";

/* 40 rows: x as a saw, g in two levels, y follows x. shift moves x. */
static void write_rows(const char *name, double shift, int rows, const char *level, const char *x_at_9)
{
    struct bl_text t = {0};

    bl_text_add(&t, "x,z,g,y\n");
    for (int i = 0; i < rows; i++) {
        if (i == 9 && x_at_9)
            bl_text_add(&t, x_at_9);
        else
            bl_text_addf(&t, "%g", i * 7 % 40 + 0.5 + shift);
        bl_text_addf(&t, ",%d,%s,%d\n", i % 5, i % 2 ? level : "even", i * 7 % 40 > 20);
    }
    folder_write(folder, name, bl_text_get(&t));
    bl_text_free(&t);
}

/* As many rows as a verdict needs, of 16 levels twice each. */
static void write_codes(const char *name, int from)
{
    struct bl_text t = {0};

    bl_text_add(&t, "code,number,y\n");
    for (int i = 0; i < 32; i++)
        bl_text_addf(&t, "k%d,%d.5,%d\n", from + i % 16, i, i % 2);
    folder_write(folder, name, bl_text_get(&t));
    bl_text_free(&t);
}

static void write_files(void)
{
    write_rows("same.csv", 0, 40, "odd", NULL);
    write_rows("moved.csv", 25, 40, "odd", NULL);
    write_rows("few.csv", 25, 29, "odd", NULL);
    write_rows("level.csv", 0, 40, "strange", NULL);
    write_rows("gaps.csv", 0, 40, "odd", "");
    write_rows("retyped.csv", 0, 40, "odd", "n.a.");
    folder_write(folder, "columns.csv", "x,w\n1,2\n3,4\n");
    write_codes("codes.csv", 0);
    write_codes("codes2.csv", 4);
    folder_write(folder, "empty.csv", "");
    folder_write(folder, "header.csv", "x,z,g,y\n");
}

static void test_results_hold_what_they_say(void **state)
{
    static const struct { const char *text, *path, *value; } cases[] = {
        {"drift same.csv rows=all", "drifted", "0"},
        {"drift same.csv rows=all", "judged", "4"},
        {"drift same.csv rows=all", "reference_rows", "40"},
        {"drift same.csv rows=all", "columns.0.p", "1"},
        {"drift same.csv rows=all", "columns.2.test", "chi2"},
        {"drift same.csv rows=all", "columns.3.role", "target"},
        {"split 80 10 10; drift same.csv", "reference_rows", "32"},
        {"split 80 10 10; drift same.csv", "reference", "training"},
        {"split 60 20 20; drift moved.csv", "judged", "0"}, /* 24 training rows */
        {"drift moved.csv rows=all", "drifted", "1"},
        {"drift moved.csv rows=all", "columns.0.statistic", "0.625"},
        {"drift moved.csv rows=all", "columns.0.drifted", "true"},
        {"drift moved.csv rows=all alpha=0.0000001", "columns.0.drifted", "false"},
        {"drift moved.csv rows=all test=wasserstein", "columns.0.drifted", "true"},
        {"drift moved.csv rows=all test=wasserstein", "columns.2.test", "js"},
        {"drift moved.csv rows=all test=wasserstein", "columns.0.p", "null"},
        {"drift moved.csv rows=all test=psi columns=x,g correction=none", "judged", "2"},
        {"drift moved.csv rows=all correction=bh", "correction", "bh"},
        {"drift few.csv rows=all", "columns.0.drifted", "null"},
        {"drift few.csv rows=all", "columns.0.p", "null"},
        {"drift few.csv rows=all", "columns.0.drifted_reason", "fewer than 30 values on a side"},
        {"load codes.csv; drift codes2.csv rows=all", "columns.0.p", "null"}, /* and not 1 */
        {"load codes.csv; drift codes2.csv rows=all", "columns.0.drifted_reason", "too few rows in every level"},
        {"load codes.csv; drift codes2.csv rows=all test=psi columns=code", "judged", "1"},
        {"drift level.csv rows=all", "columns.2.new_level", "strange"},
        {"drift level.csv rows=all", "columns.2.new_level_rows", "20"},
        {"drift level.csv rows=all", "columns.2.drifted", "true"},
        {"drift gaps.csv rows=all", "columns.0.missing_now", "1"},
        {"drift gaps.csv rows=all", "columns.0.missing_changed", "false"},
        {"drift retyped.csv rows=all", "not_compared.0.name", "x"},
        {"drift retyped.csv rows=all", "not_compared.0.reason", "of another type"},
        {"drift retyped.csv rows=all", "warnings.0", "column 'x' holds 'n.a.', which is not a number"},
        {"drift columns.csv rows=all", "not_compared.0.name", "z"},
        {"drift columns.csv rows=all", "not_compared.0.reason", "not there"},
        {"drift columns.csv rows=all", "new_columns.0", "w"},
        {"load moved.csv; load same.csv; drift moved rows=all", "drifted", "1"},
        {"drift nowhere.csv", "error.message", "cannot read 'nowhere.csv': No such file or directory"},
        {"drift", "error.code", "usage"},
        {"drift same.csv alpha=1", "error.code", "value"},
        {"drift same.csv alpha=x", "error.code", "value"},
        {"drift same.csv test=t", "error.code", "unknown"},
        {"drift same.csv columns=nothing", "error.message", "no column 'nothing' in same"},
        {"drift empty.csv rows=all", "error.code", "data"},
    };
    struct stage g;

    (void)state;
    stage_open(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[200], text[200];
        json_t *x;

        snprintf(text, sizeof text, "load same.csv; %s", cases[i].text);
        x = stage_object(&g, text);
        if (strcmp(object_text(x, cases[i].path, got, sizeof got), cases[i].value) != 0)
            fail_msg("%s: %s is %s and not %s", cases[i].text, cases[i].path, got, cases[i].value);
        json_decref(x);
    }
    stage_close(&g);
}

static void test_people_see_it(void **state)
{
    static const struct { const char *text, *wanted; } cases[] = {
        {"drift moved.csv rows=all", "40 rows of moved against all 40 rows of same\n"},
        {"drift moved.csv rows=all", "x       DRIFTED  ks "},
        {"drift moved.csv rows=all", "1 of 4 columns drifted\n"},
        {"drift moved.csv rows=all", "y is the target\n"},
        {"drift few.csv rows=all", "not enough: fewer than 30 values on a side"},
        {"drift few.csv rows=all", "0 of 0 columns drifted: there is nothing to judge\n"},
        {"load codes.csv; drift codes2.csv rows=all columns=code,y", "chi2 cannot judge 'code': too few rows in every level\n"},
        {"load codes.csv; drift codes2.csv rows=all columns=code,y", "hint: drift codes2.csv test=psi columns='code,y' rows=all\n"},
        {"use same; drift level.csv rows=all", "g: new level 'strange' in 20 rows\n"},
        {"drift columns.csv rows=all", "columns not there in columns, not compared: z, g, y\n"},
        {"drift columns.csv rows=all", "only in columns: w\n"},
        {"drift retyped.csv rows=all", "column of another type in retyped, not compared: x\n"},
        {"drift header.csv rows=all", "header.csv has a header but no rows"},
    };
    struct stage g;

    (void)state;
    stage_open(&g);
    stage_run(&g, "load same.csv");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        stage_clear(&g);
        stage_run(&g, cases[i].text);
        if (!strstr(bl_text_get(&g.both), cases[i].wanted))
            fail_msg("%s says\n%s", cases[i].text, bl_text_get(&g.both));
    }
    stage_close(&g);
}

/* It looks and changes nothing: the run goes on where it was. */
static void test_the_run_stays(void **state)
{
    struct stage g;
    json_t *x;
    char got[40];

    (void)state;
    stage_open(&g);
    stage_run(&g, "load same.csv; train batch epochs=3; drift moved.csv");
    x = stage_object(&g, "step 1");
    assert_string_equal(object_text(x, "epoch", got, sizeof got), "4");
    json_decref(x);
    stage_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_hold_what_they_say),
        cmocka_unit_test(test_people_see_it),
        cmocka_unit_test(test_the_run_stays),
    };

    setenv("BATCHLAB_CLOCK", "fixed", 1);
    if (!folder_enter(folder))
        return 1;
    write_files();
    return cmocka_run_group_tests_name("drift", tests, NULL, NULL);
}
