/* prep, recipe, split and whatif as scripts see them. */
#include "harness.h"

#include <jansson.h>
#include <math.h>

static double at_path(json_t *object, const char *first, const char *second)
{
    json_t *inner = json_object_get(object, first);

    return json_number_value(second ? json_object_get(inner, second) : inner);
}

static void test_a_leak_makes_a_model_look_better_than_it_is(void **state)
{
    struct stage g;
    json_t *x;

    (void)state;
    stage_open(&g);
    x = stage_object(&g, "load titanic types=Cabin:categorical; prep impute; prep target columns=Sex,Cabin folds=1 smoothing=0; "
                        "model logistic l2=0.01; whatif leak=yes");
    assert_true(at_path(x, "optimism", "loss") > 0.02);
    assert_true(at_path(x, "optimism", "auc") > 0.02);
    assert_true(fabs(at_path(x, "leaking", "auc") - at_path(x, "honest", "auc") - at_path(x, "optimism", "auc")) < 1e-15);
    json_decref(x);

    /* nothing is left of it: the session trains on what was fitted on the training rows */
    x = stage_object(&g, "train full:newton; eval");
    json_decref(x);
    x = stage_object(&g, "load iris; prep none; model softmax l2=0.01; whatif leak=yes");
    assert_true(at_path(x, "optimism", "loss") == 0);
    json_decref(x);
    x = stage_object(&g, "whatif");
    assert_string_equal(json_string_value(json_object_get(json_object_get(x, "error"), "hint")), "whatif leak=yes");
    json_decref(x);
    stage_close(&g);
}

static void test_recipe_undo_takes_the_last_step_back(void **state)
{
    struct stage g;
    json_t *x;

    (void)state;
    stage_open(&g);
    x = stage_object(&g, "load iris; prep log; prep pca n=2; recipe undo");
    assert_int_equal(json_array_size(json_object_get(x, "steps")), 1);
    assert_int_equal(json_array_size(json_object_get(x, "features")), 4);
    json_decref(x);
    x = stage_object(&g, "recipe undo; recipe undo");
    assert_string_equal(json_string_value(json_object_get(json_object_get(x, "error"), "message")),
                        "the recipe has no step to take back");
    json_decref(x);
    stage_close(&g);
}

/* Texts alone: nothing to train on before their step, but rows can be cut. */
static void test_a_split_may_come_before_the_recipe(void **state)
{
    struct stage g;
    json_t *x;

    (void)state;
    stage_open(&g);
    x = stage_object(&g, "load sms_spam; split 70 15 15 seed=4");
    assert_int_equal(json_integer_value(json_object_get(x, "train")), 3902);
    assert_int_equal(json_array_size(json_object_get(x, "warnings")), 2);
    json_decref(x);
    x = stage_object(&g, "prep text max=50; split");
    assert_int_equal(json_integer_value(json_object_get(x, "train")), 3902);
    assert_int_equal(json_integer_value(json_object_get(x, "seed")), 4);
    json_decref(x);
    x = stage_object(&g, "prep none; split 70 15 20");
    assert_non_null(json_object_get(x, "error"));
    json_decref(x);
    stage_close(&g);
}

static void test_splits_tell_how_rows_were_cut(void **state)
{
    static const struct {
        const char *text, *key, *value;
        int train;
    } cases[] = {
        {"load bike_hour; split 70 15 15 instant by=time", "column", "instant", 12165},
        {"load titanic; split 60 20 20 group=Ticket", "group", "Ticket", 535},
        {"load titanic; split 60 20 20 balance=under", "balance", "under", 412},
        {"load iris; split 60 20 20 by=time", "by", "time", 90},
    };
    struct stage g;

    (void)state;
    stage_open(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *x = stage_object(&g, cases[i].text);
        assert_int_equal(json_integer_value(json_object_get(x, "train")), cases[i].train);
        assert_string_equal(json_string_value(json_object_get(x, cases[i].key)), cases[i].value);
        json_decref(x);
    }
    stage_close(&g);
}

static void test_recipe_steps_lists_every_step_with_its_settings(void **state)
{
    struct stage g;
    json_t *x, *list;

    (void)state;
    stage_open(&g);
    x = stage_object(&g, "recipe steps");
    list = json_object_get(x, "available");
    for (size_t i = 0; bl_step_names[i]; i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(list, i), "step")), bl_step_names[i]);
    json_decref(x);
    stage_close(&g);
}

int main(void)
{
    setenv("BATCHLAB_CLOCK", "fixed", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_leak_makes_a_model_look_better_than_it_is),
        cmocka_unit_test(test_recipe_undo_takes_the_last_step_back),
        cmocka_unit_test(test_a_split_may_come_before_the_recipe),
        cmocka_unit_test(test_splits_tell_how_rows_were_cut),
        cmocka_unit_test(test_recipe_steps_lists_every_step_with_its_settings),
    };

    return cmocka_run_group_tests_name("prepare", tests, NULL, NULL);
}
