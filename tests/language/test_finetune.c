/* finetune: what goes on from where, what is forgotten, and what cannot be. */
#include "harness.h"

#include <jansson.h>
#include <math.h>

static char folder[] = "/tmp/batchlab-finetune-XXXXXX";

/* Rows of x and z by a fixed scheme; y by the sign of x - 10, turned: of z - 10. */
static void write_rows(const char *name, const char *head, int rows, int from, bool turned)
{
    char path[100];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "%s\n", head);
    for (int i = from; i < from + rows; i++) {
        const int x = i * 7 % 20, z = i * 13 % 23;

        if (strstr(head, "z"))
            fprintf(f, "%d,%d,%s\n", x, z, (turned ? z : x) > 10 ? "yes" : "no");
        else
            fprintf(f, "%d,%s\n", x, x > 10 ? "yes" : "no");
    }
    assert_int_equal(fclose(f), 0);
}

static void write_files(void)
{
    write_rows("first.csv", "x,z,y", 400, 0, false);
    write_rows("next.csv", "x,z,y", 300, 1000, true);
    write_rows("eight.csv", "x,z,y", 8, 1000, true);
    write_rows("four.csv", "x,z,y", 4, 1000, true);
    write_rows("narrow.csv", "x,y", 50, 0, false);
}

static double number(json_t *x, const char *one, const char *two)
{
    x = json_object_get(x, one);
    return json_number_value(two ? json_object_get(x, two) : x);
}

static const char start[] = "load first.csv; model logistic l2=0.01; train full:newton; ";

static json_t *tuned(struct stage *g, const char *text)
{
    char line[400];

    snprintf(line, sizeof line, "%s%s", start, text);
    return stage_object(g, line);
}

/* Nothing learned, nothing changed: it begins at the very parameters, with the very recipe. */
static void test_it_begins_where_the_model_stood(void **state)
{
    struct stage g;
    json_t *before, *after, *x;

    (void)state;
    stage_open(&g);
    before = stage_object(&g, "load first.csv; train full:newton; params");
    x = stage_object(&g, "finetune data=next.csv epochs=0");
    assert_true(number(x, "old_before", "log_loss") == number(x, "old_after", "log_loss"));
    assert_true(number(x, "new_before", "log_loss") == number(x, "new_after", "log_loss"));
    assert_true(number(x, "forgotten", NULL) == 0);
    assert_int_equal(number(x, "new_rows", NULL), 240);
    assert_int_equal(number(x, "old_rows", NULL), 240);
    assert_int_equal(number(x, "judging_rows", NULL), 60);
    json_decref(x);
    after = stage_object(&g, "params");
    assert_true(json_equal(json_object_get(before, "values"), json_object_get(after, "values")));
    json_decref(before);
    json_decref(after);
    before = stage_object(&g, "load first.csv; train batch; recipe");
    after = stage_object(&g, "finetune data=next.csv; recipe");
    assert_true(json_equal(json_object_get(before, "steps"), json_object_get(after, "steps")));
    json_decref(before);
    json_decref(after);
    stage_close(&g);
}

static void test_it_learns_the_new_and_old_rows_keep_the_old(void **state)
{
    struct stage g;
    json_t *without, *with;

    (void)state;
    stage_open(&g);
    without = tuned(&g, "finetune data=next.csv rehearsal=0 lr=0.5 epochs=20");
    with = tuned(&g, "finetune data=next.csv rehearsal=0.5 lr=0.5 epochs=20");
    assert_true(number(without, "new_after", "accuracy") > number(without, "new_before", "accuracy") + 0.2);
    assert_true(number(without, "forgotten", NULL) > 0.2);
    assert_true(number(with, "forgotten", NULL) < number(without, "forgotten", NULL) - 0.1);
    assert_int_equal(number(without, "old_rows", NULL), 0);
    json_decref(with);
    with = tuned(&g, "finetune data=next.csv rehearsal=0.5 lr=0.5 epochs=20");
    without = (json_decref(without), tuned(&g, "finetune data=next.csv rehearsal=0.5 lr=0.5 epochs=20"));
    assert_true(json_equal(json_object_get(with, "new_after"), json_object_get(without, "new_after")) && /* once more, the same bits */
                json_equal(json_object_get(with, "old_after"), json_object_get(without, "old_after")));
    json_decref(with);
    json_decref(without);
    stage_close(&g);
}

/* The new run is like any other: forward, back, saved, verified in another place; the old dataset is still there. */
static void test_the_run_is_like_any_other(void **state)
{
    struct stage g;
    json_t *x, *again;

    (void)state;
    stage_open(&g);
    x = tuned(&g, "finetune data=next.csv mini:16 epochs=4; params");
    again = stage_object(&g, "goto 1; goto 4; params");
    assert_true(json_equal(json_object_get(x, "values"), json_object_get(again, "values")));
    json_decref(x);
    json_decref(again);
    x = stage_object(&g, "save ft; verify ft");
    assert_true(json_is_true(json_object_get(x, "identical")));
    json_decref(x);
    x = stage_object(&g, "use first; eval");
    assert_non_null(json_object_get(x, "error")); /* its run has ended */
    json_decref(x);
    x = stage_object(&g, "train full:newton; eval");
    assert_true(number(x, "accuracy", NULL) > 0.9);
    json_decref(x);
    stage_close(&g);
}

/* A recipe of its own is fitted anew, and the parameters start at 0 again. */
static void test_another_recipe_ends_it(void **state)
{
    struct stage g;
    json_t *x;
    const json_t *values;

    (void)state;
    stage_open(&g);
    x = tuned(&g, "finetune data=next.csv; prep minmax; train batch epochs=0; params");
    values = json_object_get(x, "values");
    for (size_t i = 0; i < json_array_size(values); i++)
        assert_true(json_number_value(json_array_get(values, i)) == 0);
    json_decref(x);
    x = tuned(&g, "finetune data=next.csv; train batch epochs=0; params");
    values = json_object_get(x, "values");
    assert_true(json_array_size(values) == 3 && json_number_value(json_array_get(values, 1)) != 0);
    json_decref(x);
    stage_close(&g);
}

static void test_networks_go_on_too(void **state)
{
    struct stage g;
    json_t *x;

    (void)state;
    stage_open(&g);
    x = stage_object(&g, "load first.csv; model mlp; train mini:32 lr=0.1 epochs=30; finetune data=next.csv lr=0.1 epochs=30");
    assert_true(number(x, "new_after", "accuracy") > number(x, "new_before", "accuracy") + 0.2);
    json_decref(x);
    stage_close(&g);
}

static void test_what_cannot_be_says_so(void **state)
{
    static const struct { const char *text, *code, *message; } cases[] = {
        {"load first.csv; finetune data=next.csv", "state", "there is no run yet"},
        {"load first.csv; train batch; finetune", "usage", "finetune needs new rows: data=FILE, or data=DATASET"},
        {"load first.csv; train batch; finetune data=nowhere.csv", "io", "cannot read 'nowhere.csv': No such file or directory"},
        {"load first.csv; train batch; finetune data=narrow.csv", "data", "narrow does not fit first: it lacks 'z'"},
        {"load first.csv; train batch; finetune data=four.csv", "data", "4 rows of the new ones have a y that the model knows, and 5 are needed"},
        {"load first.csv; train batch; finetune data=next.csv rehearsal=1", "value", "rehearsal=1 is not from 0 to below 1: it is the share of old rows"},
        {"load first.csv; train batch; finetune data=next.csv lr=0.1,0.2", "usage", "finetune trains one contestant, here are 2"},
        {"load first.csv; train batch; finetune data=next.csv name=first", "value", "name=first is the dataset that the model comes from, which stays"},
        {"load first.csv; train batch; finetune data=next.csv sha256=12", "data", NULL},
    };
    struct stage g;

    (void)state;
    stage_open(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *x = stage_object(&g, cases[i].text), *error = json_object_get(x, "error");

        if (!error)
            fail_msg("%s: no error", cases[i].text);
        if (strcmp(json_string_value(json_object_get(error, "code")), cases[i].code) ||
            (cases[i].message && strcmp(json_string_value(json_object_get(error, "message")), cases[i].message)))
            fail_msg("%s: %s", cases[i].text, json_dumps(error, 0));
        json_decref(x);
    }
    g.session.output = BL_OUT_TABLE;
    stage_run(&g, "load first.csv; train batch; finetune data=eight.csv");
    expect_part("eight rows", bl_text_get(&g.both), "logistic went on with 7 new rows and 7 old ones; 1 more");
    stage_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_begins_where_the_model_stood),
        cmocka_unit_test(test_it_learns_the_new_and_old_rows_keep_the_old),
        cmocka_unit_test(test_the_run_is_like_any_other),
        cmocka_unit_test(test_another_recipe_ends_it),
        cmocka_unit_test(test_networks_go_on_too),
        cmocka_unit_test(test_what_cannot_be_says_so),
    };

    setenv("BATCHLAB_CLOCK", "fixed", 1);
    if (!mkdtemp(folder) || chdir(folder))
        return 1;
    setenv("BATCHLAB_HOME", folder, 1);
    write_files();
    return cmocka_run_group_tests_name("finetune", tests, NULL, NULL);
}
