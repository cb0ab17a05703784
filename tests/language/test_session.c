/* The session: outputs, exit statuses, JSON, prompt, settings. */
#include "harness.h"

static json_t *only_object(struct stage *g)
{
    const char *text = bl_text_get(&g->out);
    json_error_t e;
    json_t *object;

    if (strchr(text, '\n') != text + strlen(text) - 1)
        fail_msg("not exactly one line: %s", text);
    object = json_loads(text, JSON_REJECT_DUPLICATES, &e);
    if (!object)
        fail_msg("no JSON: %s: %s", e.text, text);
    return object;
}

static const char *string_at(const json_t *object, const char *key)
{
    const char *s = json_string_value(json_object_get(object, key));

    return s ? s : "(none)";
}

/* ---- hints ---------------------------------------------------------------------------------------------*/

/* A column of texts, and one without a value. */
static void write_columns(const char *folder)
{
    struct bl_text words = {0}, empty = {0};

    bl_text_add(&words, "x,comment\n");
    bl_text_add(&empty, "x,z,y\n");
    for (int i = 0; i < 60; i++) {
        bl_text_addf(&words, "%d,word %d of many\n", i * 7 % 30, i);
        bl_text_addf(&empty, "%d,,%d.5\n", i * 7 % 30, i);
    }
    folder_write(folder, "words.csv", bl_text_get(&words));
    folder_write(folder, "empty.csv", bl_text_get(&empty));
    bl_text_free(&words);
    bl_text_free(&empty);
}

/* Values and contestants that are hinted at stand in the line that was typed; it runs then. */
static void test_hints_are_commands(void **state)
{
    static const struct { const char *text, *hint; bool runs; } cases[] = {
        {"cv 5 level=2", "cv 5 level=0.95", true},
        {"cv level=2 full:newton # all", "cv level=0.95 full:newton", true},
        {"cv 5 folds=cyclic repeats=3", "cv 5 folds=cyclic repeats=1, or folds=shuffled repeats=3", false},
        {"train full:newton lr=2", "train full:newton (batch, mini:32 and sgd take lr=)", false},
        {"train mini:0", "train mini:32", true},
        {"load iris sparse=yes", "load iris", true},
        {"load iris table=x", "load iris", true},
        {"load iris quote=xy", NULL, false},
        {"model softmax l2=-1", "model softmax l2=0.01 (0 is no penalty; 0.0001 to 1 is usual)", false},
        {"describe to=there.txt", "describe to=there.txt overwrite=yes, or another name", false},
        {"split 80 20", "split 80 20 0 (training, validation, test)", false},
        {"cd there", "load FOLDER/FILE: a path is given each time", false},
        {"save my model", "save my-model", false},
        {"load a b.csv", "load 'a b.csv'", true},
        {"load .", "load './a b.csv'", true},
        {"load words.csv; train", "target x", true},
        {"load words.csv target=comment", "load words.csv target=x", true},
        {"load words.csv target=x; train epochs=1", "prep default; prep text columns=comment", true},
        {"load empty.csv; train epochs=1", "drop z", true},
        {"load empty.csv; groups z y", "drop z", true},
        {"load empty.csv; prep pca", "drop z", true},
        {"model softmax l2=0; load iris; cv 3", "model softmax l2=0.01", true},
        {"load empty.csv; target z; train", "target y", true},
        {"load one.csv; cv", "split 100 0 0; train batch", false},
        {"model softmax; train batch lr=1e9", "train batch lr=auto", true},
        {"model softmax; train sgd optimizer=adam lr=1e5 epochs=2", "train sgd optimizer=adam lr=auto", true},
        {"load iris name=", "name=VALUE, or name='' for an empty one", false},
    };
    char folder[] = "/tmp/batchlab-hints-XXXXXX", before[400];
    struct stage g;

    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_true(folder_enter(folder));
    folder_write(folder, "there.txt", "x");
    folder_write(folder, "a b.csv", "x,y\n1,2\n3,5\n");
    folder_write(folder, "one.csv", "x,y\n1,2\n");
    write_columns(folder);
    stage_open(&g);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char wanted[200];

        stage_run(&g, "load iris; model softmax l2=0.01");
        stage_clear(&g);
        stage_run(&g, cases[i].text);
        snprintf(wanted, sizeof wanted, "hint: %s\n", cases[i].hint ? cases[i].hint : "");
        if (cases[i].hint && !strstr(bl_text_get(&g.both), wanted))
            fail_msg("%s: no %s in\n%s", cases[i].text, wanted, bl_text_get(&g.both));
        if (cases[i].runs && stage_run(&g, cases[i].hint) != 0)
            fail_msg("%s does not run:\n%s", cases[i].hint, bl_text_get(&g.both));
    }
    stage_close(&g);
    assert_int_equal(chdir(before), 0);
}

/* ---- exit statuses -------------------------------------------------------------------------------------*/

static const struct { const char *text; int exit; } exits[] = {
    {"", 0},
    {"load iris", 0},
    {"load nothing_of_this_name", 1},
    {"nonsense", 1},
    {"load iris; nonsense; head", 1},
    {"load iris; head 'x", 1},
    {"head", 1},
    {"quit; nonsense", 0},
};

static void test_the_exit_status_tells_how_it_went(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++) {
        struct stage g;

        stage_open(&g);
        if (stage_run(&g, exits[i].text) != exits[i].exit || g.session.status != exits[i].exit)
            fail_msg("'%s' gives %d and not %d", exits[i].text, g.session.status, exits[i].exit);
        stage_close(&g);
    }
}

static void test_the_first_error_stops_a_text(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    stage_run(&g, "load iris; head 1; nonsense; columns");
    expect_part("before", bl_text_get(&g.out), "1 of 150 rows");
    expect_part("the error", bl_text_get(&g.note), "error: no command 'nonsense'");
    assert_null(strstr(bl_text_get(&g.out), "used as"));
    stage_close(&g);
}

static void test_short_forms_work_for_people_only_and_are_echoed(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    assert_int_equal(stage_run(&g, "loa iris"), 1);
    g.session.interactive = true;
    assert_int_equal(stage_run(&g, "loa iris"), 0);
    expect_text("echo", bl_text_get(&g.note), "load iris\n");
    assert_int_equal(stage_run(&g, "load iris"), 0);
    expect_text("no echo", bl_text_get(&g.note), "");
    stage_close(&g);
}

/* ---- words and keys --------------------------------------------------------------------------------------*/

static const struct { const char *text, *error, *caret; } mistakes[] = {
    {"load iris x=1", "error: load takes no key 'x'", "\n            ^\n"},
    {"load iris tarjet=a", "did you mean 'target='?", "^^^^^^"},
    {"load iris other", "error: load takes one argument, so 'other' is too much", "\n            ^^^^^\n"},
    {"datasets x", "error: datasets takes no argument, so 'x' is too much", "^"},
    {"load iris name=a name=b", "error: name= is given twice", "^^^^^^"},
    {"load iris header=perhaps", "hint: possible: auto, yes, no", "^^^^^^^^^^^^^^"},
    {"load iris types=species", "error: types=species names no type", "^^^^^^^^^^^^^"},
    {"load iris delimiter=x", "error: delimiter=x is not possible", "^^^^^^^^^^^"},
    {"load iris; head 0", "error: 0 must be 1 or more", "\n       ^\n"},
    {"load iris; head 1.5", "error: 1.5 is not a whole number", "^^^"},
    {"load iris; split 60 20", "error: split takes three shares, not 2", "hint: split 60 20 20"},
    {"load iris; split 60 20 0,5", "hint: the decimal mark is a point: 0.5", "^^^"},
    {"load iris; split 60 20 30", "error: the shares add up to 110, not to 100", "^^"},
    {"load iris; target nothing", "error: no column 'nothing' in iris", "^^^^^^^"},
    {"load iris; describe species,petal", "no column 'petal'", "^^^^^^^^^^^^^"},
    {"load iris; scatter species petal_width", "error: column 'species' is categorical, not numeric", "^^^^^^^"},
    {"set nothing=1", "error: no setting 'nothing'", "^^^^^^^^^"},
    {"set digits=99", "error: digits=99 must be 17 or less", "^^^^^^^^^"},
    {"set theme=pink", "error: theme=pink is not possible", "dark|light|mono|contrast|auto"},
    {"last", "error: no table was shown yet", "hint: "},
    {"repeat", "error: no command was run yet", "hint: "},
    {"say", "error: no chart was drawn yet", "hint: "},
    {"load iris; head to=x.xyz", "error: to=x.xyz: the ending of the name says no format", "hint: "},
    {"load iris; head | less", "error: no program can be started here", "hint: "},
    {"help qwertyuiop", "error: no help on 'qwertyuiop'", "^^^^^^^^^^"},
    {"source nothing.bl", "cannot", "nothing.bl"},
    {"output xml", "error: 'xml' is not possible here", "hint: possible: table, csv, json"},
};

static void test_a_mistake_is_named_and_pointed_at(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct stage g;

        stage_open(&g);
        assert_int_equal(stage_run(&g, mistakes[i].text), 1);
        expect_part(mistakes[i].text, bl_text_get(&g.note), mistakes[i].error);
        expect_part(mistakes[i].text, bl_text_get(&g.note), mistakes[i].caret);
        stage_close(&g);
    }
}

static void test_every_mistake_ends_with_something_to_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct stage g;

        stage_open(&g);
        stage_run(&g, mistakes[i].text);
        if (!strstr(bl_text_get(&g.note), "hint: ") && !strstr(bl_text_get(&g.note), "No such file"))
            fail_msg("'%s' leaves one alone:\n%s", mistakes[i].text, bl_text_get(&g.note));
        stage_close(&g);
    }
}

static const struct { const char *lead, *command, *hint; } limits[] = {
    {"load iris; ", "hist petal_length bins=-3", "hist petal_length bins=1"},
    {"load iris; ", "hist  petal_length bins=0 kde=yes", "hist  petal_length bins=1 kde=yes"},
    {"load iris; ", "pca n=0", "pca n=1"},
    {"", "set digits=99", "set digits=17"},
    {"", "set lr=0.1 digits=0", "set lr=0.1 digits=1"},
};

static void test_the_hint_of_a_limit_is_a_command_that_works(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct stage g;
        char text[200], hint[200];

        stage_open(&g);
        snprintf(text, sizeof text, "%s%s", limits[i].lead, limits[i].command);
        snprintf(hint, sizeof hint, "\nhint: %s\n", limits[i].hint);
        assert_int_equal(stage_run(&g, text), 1);
        expect_part(text, bl_text_get(&g.note), hint);
        assert_int_equal(stage_run(&g, limits[i].hint), 0);
        stage_close(&g);
    }
}

static void test_a_mistake_leaves_everything_as_it_was(void **state)
{
    struct stage g;
    struct bl_text before = {0};

    (void)state;
    stage_open(&g);
    stage_run(&g, "load iris; split 80 20 0; prep standardize; features petal_length; set digits=6");
    stage_run(&g, "show; recipe; split; show digits");
    bl_text_add(&before, bl_text_get(&g.out));
    stage_run(&g, "split 10 10");
    stage_run(&g, "split 0 50 50");
    stage_run(&g, "prep nonsense");
    stage_run(&g, "prep impute method=nonsense");
    stage_run(&g, "features nothing");
    stage_run(&g, "target nothing");
    stage_run(&g, "target species positive=nothing");
    stage_run(&g, "load nothing_here.csv");
    stage_run(&g, "set digits=0");
    stage_run(&g, "show; recipe; split; show digits");
    expect_text("after", bl_text_get(&g.out), bl_text_get(&before));
    bl_text_free(&before);
    stage_close(&g);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------*/

static void test_json_is_one_object_a_command_with_the_command_first(void **state)
{
    static const char *const commands[] = {
        "load iris", "datasets", "use iris", "target species", "features", "head 2", "columns", "recipe", "split",
        "prep standardize", "set lr=0.1", "set", "show", "output json", "about", "help", "help load", "examples",
        "history", "time on", "features sepal_length petal_length", "drop sepal_length",
    };
    struct stage g;

    (void)state;
    stage_open(&g);
    g.session.output = BL_OUT_JSON;
    stage_run(&g, "load iris");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char verb[32];
        json_t *object;
        char first[64];

        if (stage_run(&g, commands[i]) != 0)
            fail_msg("'%s' failed: %s", commands[i], bl_text_get(&g.out));
        object = only_object(&g);
        snprintf(verb, sizeof verb, "%.*s", (int)strcspn(commands[i], " "), commands[i]);
        expect_text(commands[i], string_at(object, "command"), verb);
        snprintf(first, sizeof first, "{\"command\": \"%s\", ", verb);
        assert_int_equal(strncmp(bl_text_get(&g.out), first, strlen(first)), 0);
        json_decref(object);
    }
    stage_close(&g);
}

static void test_json_of_a_failure_has_code_message_and_hint(void **state)
{
    struct stage g;
    json_t *object, *error;

    (void)state;
    stage_open(&g);
    g.session.output = BL_OUT_JSON;
    assert_int_equal(stage_run(&g, "lod iris"), 1);
    object = only_object(&g);
    error = json_object_get(object, "error");
    expect_text("command", string_at(object, "command"), "lod");
    expect_text("code", string_at(error, "code"), "unknown");
    expect_text("message", string_at(error, "message"), "no command 'lod'");
    expect_text("hint", string_at(error, "hint"), "did you mean 'load'?");
    assert_null(json_object_get(error, "file"));
    assert_null(json_object_get(error, "line"));
    assert_null(json_object_get(error, "column"));
    expect_text("nothing else", bl_text_get(&g.note), "");
    json_decref(object);
    stage_close(&g);
}

static void test_json_numbers_carry_17_digits(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    g.session.output = BL_OUT_JSON;
    stage_run(&g, "load iris");
    stage_run(&g, "head 1");
    expect_part("digits", bl_text_get(&g.out), "[[5.0999999999999996, 3.5, 1.3999999999999999, 0.20000000000000001, \"setosa\"]]");
    stage_close(&g);
}

static void test_load_tells_what_the_contract_names(void **state)
{
    static const char *const keys[] = {"dataset", "rows", "columns", "target", "task", "sha256", "bytes", "seconds", "warnings"};
    struct stage g;
    json_t *object;

    (void)state;
    stage_open(&g);
    g.session.output = BL_OUT_JSON;
    stage_run(&g, "load iris");
    object = only_object(&g);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!json_object_get(object, keys[i]))
            fail_msg("load has no '%s'", keys[i]);
    expect_text("task", string_at(object, "task"), "classification");
    assert_int_equal(json_array_size(json_object_get(object, "columns")), 5);
    assert_int_equal(strlen(string_at(object, "sha256")), 64);
    json_decref(object);
    stage_close(&g);
}

/* ---- the rest ------------------------------------------------------------------------------------------------------*/

static void test_load_tells_of_a_last_column_that_holds_nothing(void **state)
{
    const char *folder = getenv("TMPDIR");
    char path[400], text[500];
    struct stage g;
    FILE *f;

    (void)state;
    snprintf(path, sizeof path, "%s/trailing.csv", folder ? folder : "/tmp");
    f = fopen(path, "w");
    assert_non_null(f);
    fputs("a,b,\n1,2,\n3,4,\n", f);
    fclose(f);
    stage_open(&g);
    snprintf(text, sizeof text, "load %s", path);
    assert_int_equal(stage_run(&g, text), 0);
    expect_part(text, bl_text_get(&g.out), "target b (last column with a value; regression), 2 features");
    expect_part(text, bl_text_get(&g.note), "warning: column 'c3' has neither a name nor a value, so it is not taken");
    snprintf(text, sizeof text, "load %s target=c3", path);
    stage_clear(&g);
    assert_int_equal(stage_run(&g, text), 0);
    expect_part(text, bl_text_get(&g.out), "target c3 (");
    assert_null(strstr(bl_text_get(&g.note), "nor a value"));
    stage_close(&g);
    unlink(path);
}

static void test_the_prompt_says_what_is_there(void **state)
{
    struct stage g;
    char prompt[100];

    (void)state;
    stage_open(&g);
    expect_text("nothing", bl_session_prompt(&g.session, false, prompt, sizeof prompt), "batchlab> ");
    expect_text("goes on", bl_session_prompt(&g.session, true, prompt, sizeof prompt), "     ...> ");
    stage_run(&g, "load iris");
    expect_text("data", bl_session_prompt(&g.session, false, prompt, sizeof prompt), "iris> ");
    expect_text("goes on", bl_session_prompt(&g.session, true, prompt, sizeof prompt), " ...> ");
    stage_run(&g, "load iris name=a_dataset_with_a_very_long_name_indeed");
    bl_session_prompt(&g.session, false, prompt, sizeof prompt);
    assert_in_range(strlen(prompt), 5, 80 / 3);
    expect_part("middle", prompt, "~");
    stage_run(&g, "set prompt='%d:%n$ '");
    expect_part("own", bl_session_prompt(&g.session, false, prompt, sizeof prompt), "a_dataset_with_a_very_long_name_indeed:4$ ");
    stage_close(&g);
}

static void test_last_shows_every_column_and_repeat_runs_again(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    g.session.width = 50;
    stage_run(&g, "load iris; head 1");
    expect_part("narrow", bl_text_get(&g.out), "\n2 more columns: petal_width ... (last shows all)\n");
    stage_run(&g, "last");
    expect_part("whole", bl_text_get(&g.out), "petal_width  species");
    stage_run(&g, "last");
    expect_part("again", bl_text_get(&g.out), "petal_width  species");
    stage_run(&g, "columns");
    stage_run(&g, "repeat 2");
    const char *first = strstr(bl_text_get(&g.out), "used as");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "used as"));
    stage_close(&g);
}

static void test_settings_change_and_come_back(void **state)
{
    static const struct { const char *set, *name, *value, *usual; } settings[] = {
        {"set digits=6", "digits", "6", "4"},          {"set pager=off", "pager", "off", "on"},
        {"set theme=light", "theme", "light", "dark"}, {"set canvas=block", "canvas", "block", "braille"},
        {"set x=updates", "x", "updates", "auto"},     {"set y=linear", "y", "linear", "log"},
        {"set smooth=heavy", "smooth", "heavy", "off"}, {"set valid=no", "valid", "off", "on"},
        {"set x_scale=log", "x_scale", "log", "linear"}, {"set share=on", "share", "on", "off"},
        {"set axes=components", "axes", "components", "auto"}, {"set plane=path", "plane", "path", "auto"},
        {"set mouse=off", "mouse", "off", "on"},       {"set fps=10", "fps", "10", "30"},
        {"set prompt='%d '", "prompt", "%d ", ""},     {"set timing=on", "timing", "on", "off"},
        {"set speed=5", "speed", "5", "auto"},    {"set decimal=,", "decimal", ",", "."},
        {"set bins=12", "bins", "12", "auto"},         {"set dots=yes", "dots", "on", "off"},
        {"set runs=no", "runs", "no", "auto"},         {"set graphics=text", "graphics", "text", "text"},
    };
    struct stage g;

    (void)state;
    stage_open(&g);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const struct bl_setting *s = bl_setting_find(settings[i].name);
        struct bl_text got = {0};
        char line[60];

        assert_non_null(s);
        assert_int_equal(stage_run(&g, settings[i].set), 0);
        s->get(&g.session, &got);
        expect_text(settings[i].set, bl_text_get(&got), settings[i].value);
        snprintf(line, sizeof line, "unset %s", settings[i].name);
        assert_int_equal(stage_run(&g, line), 0);
        bl_text_clear(&got);
        s->get(&g.session, &got);
        expect_text(line, bl_text_get(&got), settings[i].usual);
        bl_text_free(&got);
    }
    for (const struct bl_setting *s = bl_session_settings; s->name; s++) {
        size_t found = 0;

        for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
            found += strcmp(settings[i].name, s->name) == 0;
        if (found != 1)
            fail_msg("setting '%s' is not in this table", s->name);
    }
    stage_close(&g);
}

static void test_run_settings_change_all_or_nothing(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    assert_int_equal(stage_run(&g, "set lr=0.25 optimizer=momentum momentum=0.5 epochs=7"), 0);
    stage_run(&g, "show lr optimizer momentum epochs");
    expect_part("lr", bl_text_get(&g.out), "lr=0.25");
    expect_part("optimizer", bl_text_get(&g.out), "optimizer=momentum");
    expect_part("momentum", bl_text_get(&g.out), "momentum=0.5");
    expect_part("epochs", bl_text_get(&g.out), "epochs=7");
    assert_int_equal(stage_run(&g, "set epochs=9 lr=-1"), 1);
    stage_run(&g, "show epochs");
    expect_part("unchanged", bl_text_get(&g.out), "epochs=7");
    assert_int_equal(stage_run(&g, "unset lr epochs"), 0);
    expect_part("lr", bl_text_get(&g.out), "lr=auto");
    expect_part("epochs", bl_text_get(&g.out), "epochs=20");
    stage_close(&g);
}

static void test_history_keeps_what_was_typed(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    bl_session_remember(&g.session, "load iris");
    bl_session_remember(&g.session, "load iris");
    bl_session_remember(&g.session, " secret");
    bl_session_remember(&g.session, "head");
    stage_run(&g, "history");
    expect_text("history", bl_text_get(&g.out), "    1  load iris\n    2  head\n");
    stage_run(&g, "history 1");
    expect_text("history", bl_text_get(&g.out), "    2  head\n");
    for (int i = 0; i < 6000; i++) {
        char line[20];

        snprintf(line, sizeof line, "head %d", i);
        bl_session_remember(&g.session, line);
    }
    assert_int_equal(bl_language_of(&g.session)->n_history, 5000);
    stage_close(&g);
}

static void test_no_allocation_that_fails_ends_the_session(void **state)
{
    static const char *const commands[] = {
        "head 2", "columns", "describe petal_length", "corr", "groups species", "hist petal_length bins=5",
        "features petal_length", "prep standardize", "split 80 20 0", "set", "set lr=0.1", "show", "help load", "last",
        "target species", "time head 1", "recipe",
    };
    struct stage g;

    (void)state;
    stage_open(&g);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        for (uint64_t k = 1; k < 40; k += 1 + k / 12) {
            assert_int_equal(stage_run(&g, "load iris; head 1"), 0);
            for (int for_good = 0; for_good < 2; for_good++) {
                bl_text_add(&g.out, "room for what the screen keeps");
                bl_alloc_fail_at(k, for_good);
                bl_session_run(&g.session, commands[i]);
                bl_alloc_fail_at(0, false);
            }
        }
        assert_int_equal(stage_run(&g, commands[i][0] == 'l' ? "load iris; head 1; last" : commands[i]), 0);
    }
    stage_close(&g);
}

/* ---- what the dashboard showed last ------------------------------------------------------------------*/

static void test_a_view_goes_through_its_line(void **state)
{
    struct bl_text line = {0}, again = {0};
    struct stage a, b;

    (void)state;
    stage_open(&a);
    bl_session_view_tell(&a.session, &line);
    assert_string_equal(bl_text_get(&line), "1");
    assert_int_equal(stage_run(&a, "view weights; panels 0 loss weights tree; panels 9 step; set x=seconds x_scale=log y=linear smooth=heavy"), 0);
    bl_text_clear(&line);
    bl_session_view_tell(&a.session, &line);
    assert_string_equal(bl_text_get(&line), "1 view=6 x=seconds x_scale=log y=linear smooth=heavy panels.0=loss,weights,tree panels.9=step");
    stage_open(&b);
    assert_true(bl_session_view_take(&b.session, bl_text_get(&line), NULL));
    bl_session_view_tell(&b.session, &again);
    assert_string_equal(bl_text_get(&again), bl_text_get(&line));
    bl_text_free(&line);
    bl_text_free(&again);
    stage_close(&a);
    stage_close(&b);
}

static void test_a_line_that_is_no_view_changes_nothing(void **state)
{
    static const char *const lines[] = {
        "", "2", "2 x=updates", "1 x=updates y=sideways", "1 x=updates view=11", "1 y=linear view=-1", "1 x=updates view=", "1 smooth=light =",
        "1 smooth=light panels.0=sofa", "1 y=linear panels.0=loss,,run", "1 y=linear panels.11=loss", "1 y=linear panels.=loss", "1 y=linear panels.0=default",
        "1 y=linear fps=60", "1 y=linear load=iris", "1 y=linear \xff\x1b[2J", "y=linear", "\177ELF",
    };
    struct bl_text told = {0};
    char *long_one = bl_calloc(10000, 1);
    struct stage g;

    (void)state;
    stage_open(&g);
    memset(long_one, 'x', 9999);
    memcpy(long_one, "1 y=linear ", 11);
    for (size_t i = 0; i <= sizeof lines / sizeof *lines; i++) {
        struct bl_error err = {0};
        const char *line = i < sizeof lines / sizeof *lines ? lines[i] : long_one;
        if (bl_session_view_take(&g.session, line, &err))
            fail_msg("'%.40s' is taken", line);
        assert_int_equal(err.code, BL_DATA);
        assert_null(strchr(err.message, '\x1b'));
        bl_text_clear(&told);
        bl_session_view_tell(&g.session, &told);
        assert_string_equal(bl_text_get(&told), "1");
    }
    assert_true(bl_session_view_take(&g.session, "1", NULL));
    bl_free(long_one);
    bl_text_free(&told);
    stage_close(&g);
}

static void test_losses_are_zoomed_by_a_range(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    assert_int_equal(stage_run(&g, "load iris; train sgd epochs=5; fit 1 4 y=0.1..0.3; plot height=8"), 0);
    assert_non_null(strstr(bl_text_get(&g.out), "y of losses from 0.1 to 0.3"));
    assert_non_null(strstr(bl_text_get(&g.out), "y zoomed"));
    assert_int_equal(stage_run(&g, "fit y=all; plot height=8"), 0);
    assert_non_null(strstr(bl_text_get(&g.out), "x from 1 to 4"));
    assert_null(strstr(bl_text_get(&g.out), "y zoomed"));
    assert_int_equal(stage_run(&g, "fit y=0.3..0.1"), 1);
    assert_int_equal(stage_run(&g, "fit y=0.3"), 1);
    assert_int_equal(stage_run(&g, "fit y=nan..1"), 1);
    assert_int_equal(stage_run(&g, "fit"), 0);
    assert_non_null(strstr(bl_text_get(&g.out), "axes fit the data"));
    stage_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_exit_status_tells_how_it_went),
        cmocka_unit_test(test_the_first_error_stops_a_text),
        cmocka_unit_test(test_short_forms_work_for_people_only_and_are_echoed),
        cmocka_unit_test(test_a_mistake_is_named_and_pointed_at),
        cmocka_unit_test(test_every_mistake_ends_with_something_to_type),
        cmocka_unit_test(test_the_hint_of_a_limit_is_a_command_that_works),
        cmocka_unit_test(test_a_mistake_leaves_everything_as_it_was),
        cmocka_unit_test(test_json_is_one_object_a_command_with_the_command_first),
        cmocka_unit_test(test_json_of_a_failure_has_code_message_and_hint),
        cmocka_unit_test(test_json_numbers_carry_17_digits),
        cmocka_unit_test(test_load_tells_what_the_contract_names),
        cmocka_unit_test(test_load_tells_of_a_last_column_that_holds_nothing),
        cmocka_unit_test(test_the_prompt_says_what_is_there),
        cmocka_unit_test(test_last_shows_every_column_and_repeat_runs_again),
        cmocka_unit_test(test_settings_change_and_come_back),
        cmocka_unit_test(test_run_settings_change_all_or_nothing),
        cmocka_unit_test(test_history_keeps_what_was_typed),
        cmocka_unit_test(test_no_allocation_that_fails_ends_the_session),
        cmocka_unit_test(test_hints_are_commands),
        cmocka_unit_test(test_a_view_goes_through_its_line),
        cmocka_unit_test(test_a_line_that_is_no_view_changes_nothing),
        cmocka_unit_test(test_losses_are_zoomed_by_a_range),
    };
    const char *folder = getenv("TMPDIR");

    if (folder && chdir(folder) != 0)
        return 1;
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
