/* promote, champion, rollback, retire, lineage as they are typed: a registry in a folder of its own. */
#define _GNU_SOURCE 1
#include "harness.h"

#include <jansson.h>

static char folder[] = "/tmp/lifecycle-XXXXXX";

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

/* The last object of a text that ends with this status. */
static json_t *object(struct stage *g, const char *text, int status)
{
    const char *line;
    int exit;
    json_t *one;

    stage_clear(g);
    if ((exit = stage_run(g, text)) != status)
        fail_msg("%s: status %d: %s%s", text, exit, bl_text_get(&g->out), bl_text_get(&g->note));
    line = bl_text_get(&g->out);
    for (const char *at = line; *at; at++)
        if (*at == '\n' && at[1])
            line = at + 1;
    one = json_loads(line, 0, NULL);
    assert_non_null(one);
    return one;
}

static void expect_word(json_t *one, const char *key, const char *wanted)
{
    const char *text = json_string_value(json_object_get(one, key));

    if (!text || strcmp(text, wanted))
        fail_msg("%s is '%s', not '%s'", key, text ? text : "(none)", wanted);
}

static void expect_decision(struct stage *g, const char *text, const char *decision)
{
    json_t *one = object(g, text, strcmp(decision, "promote") ? 3 : 0);

    expect_word(one, "decision", decision);
    json_decref(one);
}

static void expect_version(struct stage *g, const char *text, int64_t version)
{
    json_t *one = object(g, text, 0);

    assert_int_equal(json_integer_value(json_object_get(one, "version")), version);
    json_decref(one);
}

static void expect_error(struct stage *g, const char *text, const char *message)
{
    json_t *one = object(g, text, 1), *error = json_object_get(one, "error");
    const char *said = json_string_value(json_object_get(error, "message"));

    if (!said || !strstr(said, message))
        fail_msg("%s: %s", text, bl_text_get(&g->out));
    assert_non_null(json_object_get(error, "hint"));
    json_decref(one);
}

#define TITANIC "load titanic; model logistic; "

static void test_the_first_must_beat_the_baseline(void **state)
{
    struct stage g;

    (void)state;
    open_json(&g);
    json_decref(object(&g, TITANIC "train full:newton epochs=20; save first; train batch epochs=0; save first", 0));
    expect_decision(&g, "promote first@2", "hold"); /* all probabilities one half: the most frequent class, like the baseline */
    expect_error(&g, "champion first", "has no champion");
    expect_decision(&g, "promote first@1", "promote");
    expect_version(&g, "champion first", 1);
    expect_error(&g, "promote first@1", "is the champion already");
    stage_close(&g);
}

static void test_only_better_replaces_the_champion(void **state)
{
    struct stage g;
    json_t *one;

    (void)state;
    open_json(&g);
    json_decref(object(&g, "load iris; train batch lr=0.001 epochs=1; save crown; promote crown margin=-1", 0));
    one = object(&g, "train full:newton; save crown; promote crown", 0);
    expect_word(one, "decision", "promote");
    expect_word(one, "stage", "champion");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(one, "gate"), "over")), 1);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(one, "gate"), "rows")), 30);
    json_decref(one);
    expect_decision(&g, "promote crown@1", "reject");
    expect_version(&g, "champion crown", 2);
    expect_decision(&g, "train batch lr=0.001 epochs=1; save crown; promote crown", "reject");
    expect_version(&g, "rollback crown", 1);
    expect_error(&g, "rollback crown", "no champion before this one");
    expect_version(&g, "champion crown", 1);
    expect_version(&g, "champion crown on=2999-12-31", 1);
    expect_error(&g, "champion crown on=1999-12-31", "has no champion");
    expect_error(&g, "champion crown on=yesterday", "is no day");
    stage_close(&g);
}

static void test_a_champion_is_not_retired(void **state)
{
    struct stage g;

    (void)state;
    open_json(&g);
    json_decref(object(&g, "load iris; train full:newton; save stay; promote stay; save stay", 0));
    expect_error(&g, "retire stay@1", "is the champion");
    json_decref(object(&g, "retire stay why='a copy'", 0));
    expect_error(&g, "retire stay@2", "is retired already");
    expect_error(&g, "promote stay", "no version of stay is a candidate");
    stage_close(&g);
}

/* The file that both were trained on: only rows that neither saw are left, and no test row. */
static void test_rows_that_were_trained_on_do_not_judge(void **state)
{
    struct stage g;
    json_t *one, *gate;

    (void)state;
    open_json(&g);
    json_decref(object(&g, TITANIC "train sgd epochs=1; save fresh; promote fresh; train full:newton epochs=20; save fresh", 0));
    one = object(&g, "promote fresh data=titanic margin=1", 3);
    gate = json_object_get(one, "gate");
    assert_int_equal(json_integer_value(json_object_get(gate, "rows")), 178);
    assert_int_equal(json_integer_value(json_object_get(gate, "left_out")), 535 + 178);
    json_decref(one);
    /* Another split: most of its validation rows were training rows of the champion. */
    one = object(&g, "split 60 20 20 seed=99; train full:newton epochs=20; save fresh; promote fresh margin=1", 3);
    gate = json_object_get(one, "gate");
    assert_true(json_integer_value(json_object_get(gate, "left_out")) > 60);
    assert_int_equal(json_integer_value(json_object_get(gate, "left_out")) + json_integer_value(json_object_get(gate, "rows")), 178);
    json_decref(one);
    stage_close(&g);
}

static void test_groups_and_metrics(void **state)
{
    struct stage g;
    json_t *one;

    (void)state;
    open_json(&g);
    json_decref(object(&g, TITANIC "train sgd epochs=1; save part; promote part; train full:newton epochs=20; save part", 0));
    one = object(&g, "promote part metric=auc margin=-0.2 by=Sex", 0);
    assert_int_equal(json_array_size(json_object_get(json_object_get(one, "gate"), "groups")), 2);
    json_decref(one);
    expect_error(&g, "promote part@1 by=Sax", "no column 'Sax'");
    expect_error(&g, "promote part@1 metric=rmse", "is no metric");
    expect_error(&g, "promote part@1 group_margin=1", "needs by=");
    expect_error(&g, "promote part@1 level=2", "out of range");
    expect_error(&g, "promote part@9", "no model 'part@9'");
    expect_error(&g, "promote", "needs the name");
    stage_close(&g);
}

static void test_other_targets_are_not_compared(void **state)
{
    struct stage g;

    (void)state;
    open_json(&g);
    json_decref(object(&g, "load iris; train full:newton; save mixed; promote mixed; target petal_width; train full:closed; save mixed", 0));
    expect_error(&g, "promote mixed", "can not be compared");
    stage_close(&g);
}

static void test_lineage_tells_it_all(void **state)
{
    static const char *const events[] = { "save", "promote", "save", "promote", "rollback" };
    struct stage g;
    json_t *one, *journal;

    (void)state;
    open_json(&g);
    json_decref(object(&g, "load iris; train sgd epochs=1; save told; promote told; train full:newton; save told; promote told margin=-0.5; rollback told", 0));
    one = object(&g, "lineage told", 0);
    journal = json_object_get(one, "journal");
    assert_int_equal(json_array_size(journal), 5);
    for (size_t i = 0; i < 5; i++)
        expect_word(json_array_get(journal, i), "event", events[i]);
    assert_true(json_is_object(json_object_get(json_array_get(journal, 1), "why")));
    assert_int_equal(json_array_size(json_object_get(one, "versions")), 2);
    journal = json_array_get(json_object_get(one, "data"), 0); /* iris, whose lengths have this mean */
    assert_int_equal(json_integer_value(json_object_get(journal, "rows")), 150);
    assert_float_equal(json_real_value(json_object_get(json_array_get(json_object_get(journal, "columns"), 0), "mean")), 876.5 / 150, 1e-12);
    assert_int_equal(json_array_size(json_object_get(one, "data")), 1);
    json_decref(one);
    expect_error(&g, "lineage tolt", "no model 'tolt'");
    stage_close(&g);
}

static void write_rows(const char *name, size_t n, double shift, char *path, size_t size)
{
    struct bl_random random = bl_random_stream(5, BL_FOR_GENERATE, (uint32_t)n, 0);
    FILE *f;

    snprintf(path, size, "%s/%s", folder, name);
    f = fopen(path, "wb");
    fputs("day,x,z,buy\n", f);
    for (size_t i = 0; i < n; i++) {
        double x = bl_random_normal(&random);
        fprintf(f, "2026-%02zu-%02zu,%.6f,%c,%s\n", 1 + i * 6 / n, 1 + i % 28, x + shift, "abc"[i % (shift > 0 ? 3 : 2)],
                x + 0.3 * bl_random_normal(&random) > 0 ? "yes" : "no");
    }
    fclose(f);
}

static void test_a_candidate_is_made_as_the_champion_was(void **state)
{
    struct stage g;
    json_t *one;
    char old[100], new[100], line[600];

    (void)state;
    write_rows("old.csv", 400, 0, old, sizeof old);
    write_rows("new.csv", 300, 1.5, new, sizeof new);
    open_json(&g);
    snprintf(line, sizeof line, "load %s; drop day; prep impute; prep onehot; model logistic l2=0.001; train full:newton epochs=20; save grow; promote grow", old);
    json_decref(object(&g, line, 0));
    one = object(&g, "retrain grow", 0);
    assert_true(json_is_true(json_object_get(one, "identical")));
    json_decref(one);
    snprintf(line, sizeof line, "retrain grow data=%s", new);
    one = object(&g, line, 0);
    assert_int_equal(json_integer_value(json_object_get(one, "version")), 2);
    assert_int_equal(json_integer_value(json_object_get(one, "parent")), 1);
    assert_int_equal(json_integer_value(json_object_get(one, "rows")), 700);
    assert_true(json_is_false(json_object_get(one, "identical")));
    json_decref(one);
    one = object(&g, "verify grow@2", 0);
    assert_true(json_is_true(json_object_get(one, "identical")));
    json_decref(one);
    expect_decision(&g, "promote grow margin=-0.2", "promote");
    json_decref(object(&g, line, 0)); /* the same file again: not twice */
    expect_error(&g, "promote grow", "no version of grow is a candidate");
    one = object(&g, "retrain grow window=last:250", 0);
    assert_int_equal(json_integer_value(json_object_get(one, "rows")), 250);
    json_decref(one);
    one = object(&g, "retrain grow@3 window=since:2026-04-01 by=day", 0); /* of all rows, not of the 250 */
    assert_int_equal(json_integer_value(json_object_get(one, "rows")), 350);
    json_decref(one);
    one = object(&g, "verify grow@4", 0);
    assert_true(json_is_true(json_object_get(one, "identical")));
    json_decref(one);
    write_rows("new.csv", 301, 1.5, new, sizeof new);
    one = object(&g, "verify grow@2", 0); /* the registry keeps what the file held */
    assert_true(json_is_true(json_object_get(one, "identical")));
    json_decref(one);
    write_rows("old.csv", 401, 0, old, sizeof old);
    one = object(&g, "verify grow@2", 0);
    assert_true(json_is_false(json_object_get(one, "identical")));
    assert_non_null(strstr(json_string_value(json_object_get(one, "changed")), "old.csv has changed"));
    json_decref(one);
    stage_close(&g);
}

static void test_bad_retraining_is_refused(void **state)
{
    struct stage g;
    char old[100], narrow[100], line[300];
    FILE *f;

    (void)state;
    write_rows("bad.csv", 200, 0, old, sizeof old);
    snprintf(narrow, sizeof narrow, "%s/narrow.csv", folder);
    f = fopen(narrow, "wb");
    fputs("x,buy\n1,yes\n2,no\n", f);
    fclose(f);
    open_json(&g);
    snprintf(line, sizeof line, "load %s; drop day; train full:newton; save bad", old);
    json_decref(object(&g, line, 0));
    snprintf(line, sizeof line, "retrain bad data=%s", narrow);
    expect_error(&g, line, "it lacks 'day', 'z'");
    expect_error(&g, "retrain bad data=/nowhere.csv", "No such file");
    expect_error(&g, "retrain bad data=-", "standard input");
    expect_error(&g, "retrain bad window=last:0", "window needs last:ROWS");
    expect_error(&g, "retrain bad window=since:2031-01-01", "no row");
    expect_error(&g, "retrain bad by=day", "belongs to window=");
    expect_error(&g, "retrain", "needs the name");
    snprintf(line, sizeof line, "append %s", narrow);
    expect_error(&g, line, "it lacks 'day', 'z'");
    expect_error(&g, "window last:many", "window needs");
    snprintf(line, sizeof line, "append %s sha256=00", old);
    expect_error(&g, line, "has changed");
    stage_close(&g);
}

static void write_text(const char *name, const char *text, char *path, size_t size)
{
    FILE *f;

    snprintf(path, size, "%s/%s", folder, name);
    f = fopen(path, "wb");
    fputs(text, f);
    fclose(f);
}

static size_t steps_of(json_t *one) { return json_array_size(json_object_get(one, "steps")); }

/* The first night a model is made, then nothing is to do, then the rows drift. */
static void test_a_pipeline_runs_by_itself(void **state)
{
    struct stage g;
    json_t *one;
    char base[100], new[100], path[100], text[600], line[200];

    (void)state;
    write_rows("base.csv", 400, 0, base, sizeof base);
    write_rows("night.csv", 200, 0, new, sizeof new);
    snprintf(text, sizeof text, "# nightly\nmodel night\ndata %s\ntrain load %s; drop day\ntrain model logistic; train full:newton epochs=20\ndrift\n"
             "retrain when=drift\npromote margin=-0.5 least=10\n", new, base);
    write_text("night.pipeline", text, path, sizeof path);
    snprintf(line, sizeof line, "pipeline %s", path);
    open_json(&g);
    one = object(&g, line, 0);
    expect_word(one, "decision", "promote");
    assert_int_equal(steps_of(one), 2); /* train, promote */
    json_decref(one);
    one = object(&g, line, 0);
    assert_int_equal(json_integer_value(json_object_get(one, "drifted")), 0);
    assert_int_equal(steps_of(one), 1);
    json_decref(one);
    write_rows("night.csv", 250, 2, new, sizeof new);
    one = object(&g, line, 0);
    assert_true(json_integer_value(json_object_get(one, "drifted")) > 0);
    expect_word(one, "decision", "promote");
    assert_int_equal(steps_of(one), 3);
    json_decref(one);
    expect_version(&g, "champion night", 2);
    one = object(&g, line, 0); /* the same rows again: nothing new */
    assert_null(json_object_get(one, "decision"));
    json_decref(one);
    write_rows("night.csv", 260, 3, new, sizeof new);
    snprintf(text, sizeof text, "model night\ndata %s\nretrain window=last:200\npromote margin=0.9 least=10\n", new);
    write_text("night.pipeline", text, path, sizeof path);
    json_decref(object(&g, line, 3)); /* better, but not by so much */
    expect_version(&g, "champion night", 2);
    stage_close(&g);
}

static void test_a_gate_that_holds_is_status_3(void **state)
{
    struct stage g;
    char path[100], line[200];

    (void)state;
    write_text("hold.pipeline", "model held\ntrain load iris; train batch epochs=0\npromote\n", path, sizeof path);
    snprintf(line, sizeof line, "pipeline %s", path);
    open_json(&g);
    expect_decision(&g, line, "hold");
    stage_close(&g);
}

static void test_bad_pipelines_are_refused(void **state)
{
    static const char *const bad[][2] = {
        {"model a\npromte\n", "no step 'promte'"}, {"promote\n", "names the model"}, {"model ../a\ntrain load iris\n", "is no name"},
        {"model a b\ntrain load iris\n", "is no name"}, {"model nobody\npromote\n", "no model 'nobody'"}, {"model a\npromote by=x; quit\n", "one command"},
        {"model fails\ntrain load nowhere.csv\n", "No such file"}, {"model a\ndrift\n", "needs the new rows"},
    };
    struct stage g;
    char path[100], line[200];

    (void)state;
    open_json(&g);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_text("bad.pipeline", bad[i][0], path, sizeof path);
        snprintf(line, sizeof line, "pipeline %s", path);
        expect_error(&g, line, bad[i][1]);
    }
    expect_error(&g, "pipeline /nowhere.pipeline", "No such file");
    expect_error(&g, "pipeline", "needs a file");
    stage_close(&g);
}

static void test_finished_runs_are_kept(void **state)
{
    struct stage g;
    json_t *one, *runs;
    int64_t first;

    (void)state;
    open_json(&g);
    one = object(&g, "set runs=yes; load iris; train mini:16 epochs=4 lr=0.05; train sgd epochs=2; compare batch mini:32 epochs=3; runs kept limit=4", 0);
    runs = json_object_get(one, "runs");
    assert_int_equal(json_array_size(runs), 4);
    expect_word(json_array_get(runs, 0), "what", "mini 16");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(runs, 0), "points")) > 4, true);
    first = json_integer_value(json_object_get(json_array_get(runs, 0), "run"));
    json_decref(one);
    one = object(&g, "step 2; runs kept", 0); /* the race goes on: its rows are renewed, not doubled */
    runs = json_object_get(one, "runs");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(runs, json_array_size(runs) - 1), "run")), first + 3);
    json_decref(one);
    one = object(&g, "runs kept where='dataset = iris and lr < 0.06' sort=-objective", 0);
    assert_true(json_array_size(json_object_get(one, "runs")) >= 1);
    json_decref(one);
    char line[200];
    snprintf(line, sizeof line, "runs kept %lld %lld", (long long)first, (long long)first + 1);
    one = object(&g, line, 0);
    assert_non_null(json_object_get(json_object_get(one, "settings"), "regime"));
    json_decref(one);
    one = object(&g, "log", 0);
    json_decref(one);
    snprintf(line, sizeof line, "runs open %lld; train mini:16 epochs=4 lr=0.05", (long long)first);
    json_decref(object(&g, line, 0));
    expect_error(&g, "runs kept 99999", "no run 99999");
    expect_error(&g, "runs kept sort=colour", "no column 'colour'");
    expect_error(&g, "runs kept where='epoch >'", "");
    expect_error(&g, "runs tree sort=epoch", "nothing further");
    one = object(&g, "set runs=no; train sgd epochs=1; runs kept", 0);
    runs = json_object_get(one, "runs");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(runs, json_array_size(runs) - 1), "epoch")) != 1, true);
    json_decref(one);
    stage_close(&g);
}

/* At 1, 2 and 8 threads, in another folder, and from a copy of the registry. */
static void test_verify_is_identical_anywhere(void **state)
{
    static const size_t threads[] = {1, 2, 8};
    char line[300], before[400], copy[100];
    struct stage g;
    json_t *one;

    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    open_json(&g);
    json_decref(object(&g, "load titanic; prep impute; prep onehot; prep standardize; train mini:32(optimizer=adam) epochs=3; save far; "
                       "generate moons n=2000; model mlp; train mini:64 epochs=2; save far", 0));
    stage_close(&g);
    snprintf(copy, sizeof copy, "%s-copy", folder);
    snprintf(line, sizeof line, "cp -r '%s' '%s'", folder, copy);
    assert_int_equal(system(line), 0);
    setenv("BATCHLAB_HOME", copy, 1);
    assert_int_equal(chdir("/"), 0);
    for (size_t i = 0; i < 3; i++)
        for (int version = 1; version <= 2; version++) {
            struct bl_error err = {0};
            stage_open(&g);
            bl_session_done(&g.session);
            bl_workbench_free(g.workbench);
            g.workbench = bl_workbench_create(threads[i], 1, &err);
            assert_true(bl_session_init(&g.session, g.workbench, &err));
            g.session.screen.context = &g;
            g.session.screen.out = stage_out;
            g.session.screen.note = stage_note;
            g.session.output = BL_OUT_JSON;
            snprintf(line, sizeof line, "verify far@%d", version);
            one = object(&g, line, 0);
            if (!json_is_true(json_object_get(one, "identical")))
                fail_msg("%s at %zu threads: %s", line, threads[i], bl_text_get(&g.out));
            json_decref(one);
            stage_close(&g);
        }
    setenv("BATCHLAB_HOME", folder, 1);
    assert_int_equal(chdir(before), 0);
    snprintf(line, sizeof line, "rm -rf '%s'", copy);
    assert_int_equal(system(line), 0);
}

static void test_names_are_completed(void **state)
{
    struct bl_candidates c;
    struct stage g;

    (void)state;
    open_json(&g);
    json_decref(object(&g, "load iris; train full:newton; save zebra; save zebra", 0));
    assert_true(bl_complete(&g.session, "open zeb", 8, &c));
    assert_int_equal(c.count, 1);
    assert_string_equal(c.items[0].text, "zebra");
    bl_candidates_free(&c);
    assert_true(bl_complete(&g.session, "verify zebra@", 13, &c));
    assert_int_equal(c.count, 2);
    assert_string_equal(c.items[1].text, "zebra@2");
    bl_candidates_free(&c);
    stage_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_must_beat_the_baseline),
        cmocka_unit_test(test_only_better_replaces_the_champion),
        cmocka_unit_test(test_a_champion_is_not_retired),
        cmocka_unit_test(test_rows_that_were_trained_on_do_not_judge),
        cmocka_unit_test(test_groups_and_metrics),
        cmocka_unit_test(test_other_targets_are_not_compared),
        cmocka_unit_test(test_lineage_tells_it_all),
        cmocka_unit_test(test_a_candidate_is_made_as_the_champion_was),
        cmocka_unit_test(test_bad_retraining_is_refused),
        cmocka_unit_test(test_a_pipeline_runs_by_itself),
        cmocka_unit_test(test_a_gate_that_holds_is_status_3),
        cmocka_unit_test(test_bad_pipelines_are_refused),
        cmocka_unit_test(test_finished_runs_are_kept),
        cmocka_unit_test(test_verify_is_identical_anywhere),
        cmocka_unit_test(test_names_are_completed),
    };

#ifndef HAVE_SQLITE
    printf("1..1\nok 1 # skip this build has no SQLite, so no registry\n");
    return 0;
#endif
    if (!mkdtemp(folder) || setenv("BATCHLAB_HOME", folder, 1))
        return 1;
    atexit(remove_folder);
    return cmocka_run_group_tests_name("lifecycle", tests, NULL, NULL);
}
