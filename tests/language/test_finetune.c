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

/* How many of the first parameters of b are those of a, to the bit. */
static size_t same_first(const json_t *a, const json_t *b)
{
    const json_t *x = json_object_get(a, "values"), *y = json_object_get(b, "values");
    size_t n = 0;

    assert_true(json_array_size(x) > 0);
    assert_int_equal(json_array_size(x), json_array_size(y));
    while (n < json_array_size(x) && json_real_value(json_array_get(x, n)) == json_real_value(json_array_get(y, n)))
        n++;
    return n;
}

/* Two features: layer 1 has 6 x (2 + 1) numbers, with a norm 4 each more; layer 2 has 4 x (6 + 1). */
static void test_frozen_layers_keep_their_bits(void **state)
{
    static const struct { const char *model, *train; size_t frozen; } cases[] = {
        {"mlp 6,4", "batch freeze=1 lr=0.1", 18}, {"mlp 6,4", "batch freeze=2 optimizer=momentum lr=0.1", 18 + 28},
        {"mlp 6,4 l2=0.1", "mini:16 freeze=1 optimizer=adamw weight_decay=0.1", 18}, {"mlp 6,4 l2=0.1", "mini:16 freeze=1 optimizer=lion", 18},
        {"mlp 6,4 norm=batch l2=0.1", "mini:16 freeze=1 optimizer=adam", 18 + 24}, {"mlp 6,4 l1=0.01", "batch freeze=1 lr=0.05", 18},
        {"mlp 6,4 l1=0.01", "batch freeze=1 lr=search", 18}, {"mlp 6,4", "mini:16 freeze=2 optimizer=svrg lr=0.05", 18 + 28},
        {"mlp 6,4", "sgd freeze=1 lr=0.01 average=yes", 18}, {"mlp 6,4", "mini:16 freeze=0 lr=0.1", 0},
    };
    char line[300];
    struct stage g;

    (void)state;
    stage_open(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *first, *end, *back;
        snprintf(line, sizeof line, "load first.csv; model %s; train %s epochs=0; params", cases[i].model, cases[i].train);
        first = stage_object(&g, line);
        end = stage_object(&g, "step 3; params");
        if (same_first(first, end) != cases[i].frozen)
            fail_msg("%s, %s: %zu parameters stayed and not %zu", cases[i].model, cases[i].train, same_first(first, end), cases[i].frozen);
        back = stage_object(&g, "back 2; step 2; params");
        assert_true(json_equal(json_object_get(end, "values"), json_object_get(back, "values")));
        json_decref(first);
        json_decref(end);
        json_decref(back);
    }
    stage_close(&g);
}

/* From the registry, in a session that knows nothing of it; what it becomes is verified without it. */
static void test_a_kept_model_goes_on(void **state)
{
    struct stage g;
    json_t *x, *before, *after;

    (void)state;
    stage_open(&g);
    x = stage_object(&g, "load first.csv; model mlp 6; train mini:16 epochs=6; back 2; save net");
    if (json_object_get(x, "error")) {
        json_decref(x);
        stage_close(&g);
        skip(); /* no registry without SQLite */
    }
    json_decref(x);
    before = stage_object(&g, "params");
    stage_close(&g);
    stage_open(&g);
    x = stage_object(&g, "finetune net mini:8 data=next.csv epochs=0 rows=100 freeze=1");
    assert_string_equal(json_string_value(json_object_get(x, "model")), "net@1");
    assert_int_equal(number(x, "new_rows", NULL), 80);
    assert_int_equal(number(x, "judging_rows", NULL), 20);
    assert_int_equal(number(x, "left_out", NULL), 0);
    json_decref(x);
    after = stage_object(&g, "params");
    assert_true(json_equal(json_object_get(before, "values"), json_object_get(after, "values")));
    json_decref(after);
    after = stage_object(&g, "step 4; params");
    assert_int_equal(same_first(before, after), 18);
    json_decref(after);
    json_decref(before);
    x = stage_object(&g, "save net; open net@2; finetune net@2 data=next.csv epochs=2; save third; verify third"); /* and further */
    assert_true(json_is_true(json_object_get(x, "identical")));
    json_decref(x);
    x = stage_object(&g, "verify net@2");
    assert_true(json_is_true(json_object_get(x, "identical")));
    json_decref(x);
    stage_close(&g);
}

static void test_a_kept_model_whose_data_changed_does_not_go_on(void **state)
{
    struct stage g;
    json_t *x;

    (void)state;
    stage_open(&g);
    write_rows("gone.csv", "x,z,y", 200, 0, false);
    x = stage_object(&g, "load gone.csv; train batch; save gone");
    if (json_object_get(x, "error")) {
        json_decref(x);
        stage_close(&g);
        skip();
    }
    json_decref(x);
    write_rows("gone.csv", "x,z,y", 200, 1, false);
    g.session.output = BL_OUT_TABLE;
    stage_clear(&g);
    assert_int_not_equal(stage_run(&g, "finetune gone data=next.csv"), 0);
    expect_part("changed data", bl_text_get(&g.both), "gone@1 can not go on");
    expect_part("changed data", bl_text_get(&g.both), "has changed");
    expect_part("changed data", bl_text_get(&g.both), "retrain gone data=FILE");
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
        {"load first.csv; train batch; finetune data=next.csv rows=4", "value", NULL},
        {"load first.csv; train batch freeze=1", "value", "freeze=1 keeps layers of a network as they are, and model logistic has none"},
        {"load first.csv; model mlp 4; train batch freeze=2", "value", "freeze=2 is more than the 1 layer in front of the output layer, which always learns"},
        {"load first.csv; model mlp 4; train full:lbfgs freeze=1", "value", "full:lbfgs moves all parameters together, and freeze= keeps some"},
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
    stage_run(&g, "load first.csv; model logistic; train batch; finetune data=eight.csv");
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
        cmocka_unit_test(test_frozen_layers_keep_their_bits),
        cmocka_unit_test(test_a_kept_model_goes_on),
        cmocka_unit_test(test_a_kept_model_whose_data_changed_does_not_go_on),
        cmocka_unit_test(test_what_cannot_be_says_so),
    };

    setenv("BATCHLAB_CLOCK", "fixed", 1);
    if (!folder_enter(folder))
        return 1;
    setenv("BATCHLAB_HOME", folder, 1);
    write_files();
    return cmocka_run_group_tests_name("finetune", tests, NULL, NULL);
}
