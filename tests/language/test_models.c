/* save, open, models, verify, predict as they are typed: a registry in a folder of its own. */
#define _GNU_SOURCE 1
#include "harness.h"

#include <jansson.h>

static char folder[] = "/tmp/models-XXXXXX";

static void remove_folder(void)
{
    char line[100];

    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    if (system(line) != 0)
        fprintf(stderr, "%s is left over\n", folder);
}

static void open_json(struct stage *g)
{
    stage_open(g);
    g->session.output = BL_OUT_JSON;
}

static json_t *last_object(struct stage *g, const char *text)
{
    const char *line;
    json_t *one;

    stage_clear(g);
    if (stage_run(g, text) != 0)
        fail_msg("%s: %s%s", text, bl_text_get(&g->out), bl_text_get(&g->note));
    line = bl_text_get(&g->out);
    for (const char *at = line; *at; at++)
        if (*at == '\n' && at[1])
            line = at + 1;
    one = json_loads(line, 0, NULL);
    assert_non_null(one);
    return one;
}

/* The error that the text ends with. */
static void expect_error(struct stage *g, const char *text, const char *code, const char *message)
{
    stage_clear(g);
    assert_int_not_equal(stage_run(g, text), 0);
    if (!strstr(bl_text_get(&g->both), code) || !strstr(bl_text_get(&g->both), message))
        fail_msg("%s: wanted %s '%s', got %s", text, code, message, bl_text_get(&g->both));
}

static void expect_identical(struct stage *g, const char *text, bool identical, const char *changed)
{
    json_t *one = last_object(g, text);
    const char *why = json_string_value(json_object_get(one, "changed"));

    if (json_is_true(json_object_get(one, "identical")) != identical || (changed && (!why || !strstr(why, changed))))
        fail_msg("%s: %s", text, bl_text_get(&g->out));
    json_decref(one);
}

static void test_an_opened_model_predicts_what_the_trained_one_did(void **state)
{
    struct stage g;
    json_t *before, *after;

    (void)state;
    open_json(&g);
    before = last_object(&g, "load titanic; train mini:16 epochs=3; save same; predict");
    after = last_object(&g, "open same; predict");
    assert_true(json_equal(json_object_get(before, "probabilities"), json_object_get(after, "probabilities")));
    assert_int_equal(json_array_size(json_object_get(after, "predictions")), 891);
    json_decref(before);
    json_decref(after);
    stage_close(&g);
}

static void test_it_predicts_without_any_data_loaded(void **state)
{
    struct stage g;
    json_t *one;

    (void)state;
    open_json(&g);
    json_decref(last_object(&g, "load iris; train full:newton; save alone"));
    stage_close(&g);
    open_json(&g);
    one = last_object(&g, "open alone; predict iris");
    assert_int_equal(json_array_size(json_object_get(one, "predictions")), 150);
    assert_string_equal(json_string_value(json_array_get(json_object_get(one, "predictions"), 0)), "setosa");
    json_decref(one);
    one = last_object(&g, "params");
    assert_int_equal(json_array_size(json_object_get(one, "names")), 5);
    json_decref(one);
    expect_error(&g, "predict", "state", "no dataset is loaded");
    stage_close(&g);
}

static void test_a_frozen_model_is_not_trained(void **state)
{
    static const char *const refused[] = {"train batch", "step", "back", "goto 1", "run", "compare batch sgd", "eval", "fork x", NULL};
    struct stage g;

    (void)state;
    open_json(&g);
    json_decref(last_object(&g, "load iris; train full:newton; save frozen; open frozen"));
    for (size_t i = 0; refused[i]; i++)
        expect_error(&g, refused[i], "state", "frozen");
    json_decref(last_object(&g, "close; eval"));
    expect_error(&g, "close", "state", "no model is open");
    stage_close(&g);
}

static void write_file(const char *name, const char *text, char *path, size_t size)
{
    FILE *f;

    snprintf(path, size, "%s/%s", folder, name);
    f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void test_files_that_do_not_fit_are_refused(void **state)
{
    struct stage g;
    char path[200], line[300];

    (void)state;
    open_json(&g);
    json_decref(last_object(&g, "load iris; train full:newton; save strict; open strict"));
    write_file("narrow.csv", "sepal_length,petal_width\n5,1\n4,2\n", path, sizeof path);
    snprintf(line, sizeof line, "predict %s", path);
    expect_error(&g, line, "data", "no column 'sepal_width', 'petal_length'");
    write_file("words.csv", "sepal_length,sepal_width,petal_length,petal_width\n5,3,1,0.2\n4,3,x,2\n", path, sizeof path);
    snprintf(line, sizeof line, "predict %s", path);
    expect_error(&g, line, "data", "petal_length");
    stage_close(&g);
}

static void test_unseen_levels_are_counted(void **state)
{
    struct stage g;
    char path[200], line[300];

    (void)state;
    write_file("train.csv", "a,b,y\n1,x,1\n2,y,2\n3,x,3\n4,y,5\n5,x,5\n6,y,7\n7,x,7\n8,y,9\n9,x,9\n10,y,12\n", path, sizeof path);
    open_json(&g);
    snprintf(line, sizeof line, "load %s target=y; train full:closed; save levels; open levels", path);
    json_decref(last_object(&g, line));
    write_file("new.csv", "b,a\nx,1\nz,2\nz,3\n", path, sizeof path); /* columns in another order too */
    snprintf(line, sizeof line, "predict %s", path);
    json_decref(last_object(&g, line));
    assert_non_null(strstr(bl_text_get(&g.both), "2 of 3 rows have a level of 'b'"));
    stage_close(&g);
}

static void test_verify_says_identical(void **state)
{
    static const char *const made[] = {
        "load iris; train full:newton; save v",
        "load titanic; prep impute; prep onehot; split 70 30 0 seed=4; model logistic l2=0.01; train mini:16(optimizer=adam) epochs=3; step update 3; save v",
        "load diabetes; train batch epochs=5; train sgd epochs=4; back 1; save v",
        "load iris; compare batch(epochs=5) mini:16 epochs=5; save v",
        "load iris; train mini:8 epochs=4; fork lr=0.01; step 2; save v",
        "generate moons; model mlp; train mini:32 epochs=3; save v",
        "load diabetes; filter bmi > 20; derive x = bmi * age; train full:closed; save v",
        "set seed=9; load iris; train sgd epochs=2; save v",
    };
    struct stage g;

    (void)state;
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        open_json(&g);
        json_decref(last_object(&g, made[i]));
        expect_identical(&g, "verify v", true, NULL);
        stage_close(&g);
    }
}

static void test_verify_in_another_folder_names_what_changed(void **state)
{
    struct stage g;
    char path[200], before[400];

    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    write_file("data.csv", "a,y\n1,1\n2,2\n3,3\n4,5\n5,5\n6,7\n7,7\n8,9\n9,9\n10,12\n", path, sizeof path);
    assert_int_equal(chdir(folder), 0);
    open_json(&g);
    json_decref(last_object(&g, "load data.csv; train full:closed; save moved"));
    assert_int_equal(chdir("/"), 0);
    expect_identical(&g, "verify moved", true, NULL);
    write_file("data.csv", "a,y\n1,1\n2,2\n3,3\n4,5\n5,5\n6,7\n7,7\n8,9\n9,9\n10,13\n", path, sizeof path);
    expect_identical(&g, "verify moved", false, "data:");
    assert_int_equal(unlink(path), 0);
    expect_identical(&g, "verify moved", false, "data:");
    assert_int_equal(chdir(before), 0);
    stage_close(&g);
}

static void test_versions_and_models(void **state)
{
    struct stage g;
    json_t *one;

    (void)state;
    open_json(&g);
    json_decref(last_object(&g, "load iris; train full:newton; save count"));
    one = last_object(&g, "save count");
    assert_int_equal(json_integer_value(json_object_get(one, "version")), 2);
    assert_string_equal(json_string_value(json_object_get(one, "stage")), "candidate");
    assert_int_equal(strlen(json_string_value(json_object_get(one, "sha256"))), 64);
    assert_non_null(json_object_get(json_object_get(one, "metrics"), "accuracy"));
    json_decref(one);
    one = last_object(&g, "models");
    assert_true(json_array_size(json_object_get(one, "models")) >= 2);
    const json_t *metrics = json_object_get(json_array_get(json_object_get(one, "models"), 0), "metrics"); /* named as `save` names them */
    assert_string_equal(json_string_value(json_object_get(metrics, "split")), "validation");
    assert_true(json_is_real(json_object_get(metrics, "accuracy")));
    json_decref(one);
    expect_error(&g, "save ../count", "value", "is no name for a model");
    expect_error(&g, "open count@7", "unknown", "no model 'count@7'");
    expect_error(&g, "open cuont", "unknown", "no model 'cuont'");
    expect_error(&g, "verify", "usage", "needs the name");
    stage_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_opened_model_predicts_what_the_trained_one_did),
        cmocka_unit_test(test_it_predicts_without_any_data_loaded),
        cmocka_unit_test(test_a_frozen_model_is_not_trained),
        cmocka_unit_test(test_files_that_do_not_fit_are_refused),
        cmocka_unit_test(test_unseen_levels_are_counted),
        cmocka_unit_test(test_verify_says_identical),
        cmocka_unit_test(test_verify_in_another_folder_names_what_changed),
        cmocka_unit_test(test_versions_and_models),
    };

#ifndef HAVE_SQLITE
    printf("1..1\nok 1 # skip this build has no SQLite, so no registry\n");
    return 0;
#endif
    if (!mkdtemp(folder) || setenv("BATCHLAB_HOME", folder, 1))
        return 1;
    atexit(remove_folder);
    return cmocka_run_group_tests_name("models", tests, NULL, NULL);
}
