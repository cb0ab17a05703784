/* stream as scripts and people see it: its object, files that follow a dataset, changes made on purpose, what cannot be. */
#include "harness.h"

#include <jansson.h>
#include <math.h>

static char folder[] = "/tmp/batchlab-stream-XXXXXX";

/* Rows of a saw x, a level g and y by the sign of x - 20; turned: the other way round; every `gap`-th without y. */
static void write_rows(const char *name, const char *head, int rows, bool turned, int gap, const char *level)
{
    struct bl_text t = {0};

    bl_text_addf(&t, "%s\n", head);
    for (int i = 0; i < rows; i++) {
        const char *y = gap && i % gap == 0 ? "" : (i * 7 % 40 > 20) != turned ? "yes" : "no";

        bl_text_addf(&t, "%d,%s", i * 7 % 40, i % 2 ? level : "even");
        if (strstr(head, ",y"))
            bl_text_addf(&t, ",%s", y);
        if (strstr(head, ",t")) /* the last ones first */
            bl_text_addf(&t, ",2024-01-%02d", 28 - i * 28 / rows);
        bl_text_add(&t, "\n");
    }
    folder_write(folder, name, bl_text_get(&t));
    bl_text_free(&t);
}

static void write_files(void)
{
    write_rows("first.csv", "x,g,y", 200, false, 0, "odd");
    write_rows("next.csv", "x,g,y", 120, true, 0, "odd");
    write_rows("level.csv", "x,g,y", 60, false, 0, "strange");
    write_rows("gaps.csv", "x,g,y", 120, false, 3, "odd");
    write_rows("unlabelled.csv", "x,g,y", 60, false, 1, "odd");
    write_rows("notarget.csv", "x,g", 60, false, 0, "odd");
    write_rows("dated.csv", "x,g,y,t", 200, false, 0, "odd");
    folder_write(folder, "eight.csv", "x,g,y\n1,even,no\n2,odd,no\n30,even,yes\n31,odd,yes\n3,even,no\n4,odd,no\n32,even,yes\n33,odd,yes\n");
    folder_write(folder, "retyped.csv", "x,g,y\nfew,even,no\nmany,odd,yes\n");
    folder_write(folder, "classes.csv", "x,g,y\n1,even,maybe\n2,odd,never\n");
    folder_write(folder, "one.csv", "x,g,y\n1,even,maybe\n2,odd,no\n");
    folder_write(folder, "header.csv", "x,g,y\n");
}

static void test_results_hold_what_they_say(void **state)
{
    static const struct { const char *text, *path, *value; } cases[] = {
        {"stream", "strategies", "5 items"},
        {"stream", "first", "40"},
        {"stream", "probe", "8"},
        {"stream", "tested", "160"},
        {"stream", "order", "file"},
        {"stream", "model", "logistic"},
        {"stream", "train", "full:newton"},
        {"stream", "status", "done"},
        {"stream", "points", "10 items"},
        {"stream", "points.0.from", "40"},
        {"stream", "points.9.row", "199"},
        {"stream", "points.9.error", "5 items"},
        {"stream", "detections", "0 items"},
        {"stream", "changes", "0 items"},
        {"stream", "strategies.0.name", "frozen"},
        {"stream", "strategies.0.fits", "1"},
        {"stream", "strategies.1.kind", "retrain"},
        {"stream", "strategies.1.fits", "16"},
        {"stream", "strategies.2.detector", "adwin"},
        {"stream", "strategies.2.found", "none"},
        {"stream", "strategies.3.updates", "192"},
        {"stream", "strategies.3.row_passes", "192"},
        {"stream probe=0 points=4 first=100", "strategies.4.updates", "100"},
        {"stream probe=0", "strategies.0.probe_before", "none"},
        {"stream strategies=retrain:50,online:16", "strategies.0.fits", "4"},
        {"stream strategies=retrain:50,online:16", "strategies.1.name", "online:16"},
        {"stream strategies=online:16 probe=0", "strategies.0.updates", "13"},
        {"stream strategies='drift(detector=page-hinkley), retrain(every=50,window=30)'", "strategies.0.detector", "page_hinkley"},
        {"stream strategies=frozen detector=ddm", "strategies.0.detector", "ddm"},
        {"stream strategies=drift:ddm(drift=2.5,window=9)", "strategies.0.detector", "ddm"},
        {"stream strategies=drift:ddm(delta=2)", "error.message", "ddm has no key 'delta'"},
        {"stream strategies=drift:adwin(every=1,delta=0.5) drift=labels:100", "detections.0.row", "106"},
        {"stream strategies=drift(detector=adwin(every=1,delta=0.5)) drift=labels:100", "detections.0.row", "106"},
        {"stream strategies=drift(delta=0.5,every=1,detector=adwin) drift=labels:100", "detections.0.row", "106"},
        {"stream strategies=drift:kswin(window=60)", "error.message", "drift:kswin(window=60): both drift and kswin have a key window"},
        {"stream strategies=drift(detector=kswin(window=60,recent=20)) drift=labels:100", "detections.0.behind", "20"},
        {"stream strategies=drift(detector=kswin,window=60)", "strategies.0.detector", "kswin"},
        {"stream strategies=frozen,drift drift=labels:100", "changes.0", "100"},
        {"stream strategies=frozen,drift:ddm drift=labels:100", "strategies.1.found", "1"},
        {"stream strategies=frozen,drift:ddm drift=labels:100", "strategies.1.missed", "0"},
        {"stream strategies=frozen,drift:ddm drift=labels:100", "detections.0.strategy", "drift:ddm"},
        {"stream strategies=frozen,drift:ddm truth=150", "strategies.1.missed", "1"},
        {"stream strategies=frozen,drift:ddm truth=150", "strategies.1.delay", "null"},
        {"stream strategies=frozen drift=labels:100 probe=0 first=60", "strategies.0.accuracy", "0.2857142857"}, /* 40 of 140 rows */
        {"stream strategies=frozen truth=150,100", "changes.1", "150"},
        {"stream train=mini:8(epochs=3)", "train", "mini:8"},
        {"stream next.csv", "first", "200"},
        {"stream next.csv", "tested", "120"},
        {"stream next.csv", "source", "next.csv"},
        {"stream next.csv", "strategies.0.accuracy", "0"},
        {"stream next.csv strategies=drift:ddm truth=200", "strategies.0.found", "1"},
        {"stream gaps.csv", "left_out", "40"},
        {"stream gaps.csv", "tested", "80"},
        {"stream eight.csv points=2", "tested", "8"},
        {"stream one.csv", "unknown_class", "1"},
        {"stream one.csv", "tested", "1"},
        {"stream level.csv strategies=frozen", "warnings.0", "30 of 60 later rows have a level of 'g' that no training row has, first 'strange': it counts as none of the known ones"},
        {"load next.csv; use first; stream next strategies=frozen", "strategies.0.accuracy", "0"},
        {"load eight.csv; stream", "error.message", "eight has 8 rows with a target, and a stream needs 10 or more"},
        {"stream unlabelled.csv", "error.code", "data"},
        {"stream notarget.csv", "error.message", "notarget does not fit first: it lacks 'y'"},
        {"stream retyped.csv", "error.message", "retyped does not fit first: of another type is 'x'"},
        {"stream classes.csv", "error.message", "no row of classes.csv has a class of y that first knows, the first has 'maybe'"},
        {"stream header.csv", "error.code", "data"},
        {"stream nowhere.csv", "error.code", "io"},
        {"stream next.csv first=4", "error.code", "usage"},
        {"stream first=200", "error.code", "value"},
        {"stream first=1 probe=0", "error.code", "value"},
        {"stream first=-2", "error.code", "value"},
        {"stream probe=39", "error.code", "value"},
        {"stream strategies=frozn", "error.message", "no strategy 'frozn'"},
        {"stream strategies=frozen:4", "error.code", "usage"},
        {"stream strategies=online(every=4)", "error.message", "online has no key 'every'"},
        {"stream strategies=retrain(every=0)", "error.code", "value"},
        {"stream strategies=hybrid(rehearsal=1)", "error.code", "value"},
        {"stream strategies=online(lr=search)", "error.code", "value"},
        {"stream strategies=online(optimizer=saga)", "error.code", "value"},
        {"stream detector=adwn", "error.hint", "did you mean 'adwin'? detectors: page_hinkley ddm eddm adwin kswin"},
        {"stream detector=kswin(window=20)", "error.code", "value"},
        {"stream detector=ddm(x=1)", "error.message", "ddm has no key 'x'"},
        {"stream drift=labels:1", "error.code", "value"},
        {"stream drift=labels:100:0", "error.code", "value"},
        {"stream drift=noise:100", "error.code", "value"},
        {"stream drift=swap:100", "error.code", "value"},
        {"stream truth=200", "error.code", "value"},
        {"stream by=time", "error.code", "value"},
        {"stream by=nothing", "error.code", "unknown"},
        {"load diabetes; stream detector=eddm", "error.code", "value"},
        {"load diabetes; stream strategies=frozen probe=0", "strategies.0.r2", "0.4259185854"} /* as in exact fractions */,
    };
    struct stage g;

    (void)state;
    stage_open(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[300], text[300];
        json_t *x;

        snprintf(text, sizeof text, "load first.csv; %s", cases[i].text);
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
        {"stream", "200 rows of first in the order of the file, the first 40 to begin with"},
        {"stream strategies=frozen,drift:ddm drift=labels:100", "made on purpose: labels turned from row 100 on"},
        {"stream strategies=frozen,drift:ddm drift=shift:100:20", "made on purpose: features shifted more and more from row 100 to 120"},
        {"stream strategies=frozen,drift:ddm drift=labels:100", "the change at row 100 was found"},
        {"stream strategies=frozen,drift:ddm truth=150", "the change at row 150 was not found; 0 alarms at no known change"},
        {"load diabetes; stream strategies=online lr=1e30", "online: the updates left the finite numbers"},
        {"stream gaps.csv", "40 rows left out: no target, or incomplete"},
        {"stream one.csv", "1 row left out: of a class that first does not have, first 'maybe'"},
        {"stream next.csv", "120 rows of next.csv behind the 200 of first, in the order of the files"},
        {"load dated.csv; target y; stream by=time", "200 rows of dated in the order of t, the first 40 to begin with"},
    };
    struct stage g;

    (void)state;
    stage_open(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];

        snprintf(text, sizeof text, "load first.csv; %s", cases[i].text);
        stage_run(&g, text);
        expect_part(cases[i].text, bl_text_get(&g.both), cases[i].wanted);
    }
    stage_close(&g);
}

static int day_of(int row)
{
    return 28 - row * 28 / 200;
}

/* In the order of dates, which fall through the file; rows of one day stay in theirs. */
static void test_rows_go_by_their_time(void **state)
{
    struct stage g;
    json_t *x, *one;
    size_t i;

    (void)state;
    stage_open(&g);
    x = stage_object(&g, "load dated.csv; target y; drop t; stream by=t strategies=frozen,drift:ddm,drift:kswin drift=labels:150 points=5");
    assert_string_equal(json_string_value(json_object_get(x, "order")), "t");
    assert_true(json_array_size(json_object_get(x, "detections")) > 0);
    json_array_foreach (json_object_get(x, "detections"), i, one) {
        const int at = (int)json_integer_value(json_object_get(one, "table_row"));
        int before = 0;

        for (int row = 0; row < 200; row++)
            before += day_of(row) < day_of(at) || (day_of(row) == day_of(at) && row < at);
        assert_int_equal(json_integer_value(json_object_get(one, "row")), before);
    }
    json_decref(x);
    stage_close(&g);
}

/* It looks and changes nothing, and comes out the same again. */
static void test_the_run_stays_and_bits_repeat(void **state)
{
    struct stage g;
    json_t *x, *again;
    char got[40];

    (void)state;
    stage_open(&g);
    x = stage_object(&g, "load first.csv; train batch epochs=3; stream drift=labels:90 strategies=retrain,drift,online,hybrid(rehearsal=0.3)");
    again = stage_object(&g, "stream drift=labels:90 strategies=retrain,drift,online,hybrid(rehearsal=0.3)");
    assert_true(json_equal(x, again));
    json_decref(x);
    json_decref(again);
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
        cmocka_unit_test(test_rows_go_by_their_time),
        cmocka_unit_test(test_the_run_stays_and_bits_repeat),
    };

    setenv("BATCHLAB_CLOCK", "fixed", 1);
    if (!folder_enter(folder))
        return 1;
    write_files();
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
