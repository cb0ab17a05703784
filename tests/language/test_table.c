/* The command table: what help, completion and manual are made from must hold together, and every
 * example must run. */
#include "harness.h"

#include <sys/stat.h>

static const char *const known_groups[] = {"data", "look", "prepare", "model", "train", "compare", "show", "save", "shell", NULL};

static void test_names_are_unique_and_found(void **state)
{
    (void)state;
    for (size_t i = 0; bl_commands[i]; i++) {
        const struct bl_command *c = bl_commands[i];

        assert_ptr_equal(bl_command_find(c->name), c);
        for (size_t k = 0; c->aliases && c->aliases[k]; k++)
            assert_ptr_equal(bl_command_find(c->aliases[k]), c);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(bl_commands[k]->name, c->name);
    }
}

static void test_every_entry_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; bl_commands[i]; i++) {
        const struct bl_command *c = bl_commands[i];
        bool group = false;

        if (!c->name || !c->arguments || !c->summary || !c->group || !c->run || !c->examples || !c->examples[0] || !c->see)
            fail_msg("'%s' lacks something", c->name);
        if (strlen(c->summary) > 76 || strchr(c->summary, '\n') || c->summary[strlen(c->summary) - 1] == '.')
            fail_msg("the summary of '%s' is no line without a full stop", c->name);
        for (size_t k = 0; known_groups[k]; k++)
            group |= strcmp(known_groups[k], c->group) == 0;
        if (!group)
            fail_msg("'%s' stands in no group", c->name);
        for (size_t k = 0; c->keys && c->keys[k].name; k++)
            if (!c->keys[k].values || !c->keys[k].help || !*c->keys[k].help)
                fail_msg("key '%s' of '%s' is not explained", c->keys[k].name, c->name);
        if (c->first == BL_ARG_WORDS && !c->choices)
            fail_msg("'%s' offers words and has none", c->name);
    }
}

static void test_what_is_to_be_seen_also_exists(void **state)
{
    (void)state;
    for (size_t i = 0; bl_commands[i]; i++) {
        for (const char *s = bl_commands[i]->see; *s;) {
            char name[32];
            const size_t n = strcspn(s, ",");

            snprintf(name, sizeof name, "%.*s", (int)n, s);
            if (!bl_command_find(name))
                fail_msg("'%s' sends to '%s', which is no command", bl_commands[i]->name, name);
            s += n;
            s += strspn(s, ", ");
        }
    }
}

static void each_line(const char *text, size_t most_lines, const char *what)
{
    size_t lines = 0;

    for (const char *s = text; *s; lines++) {
        const size_t n = strcspn(s, "\n");

        if (bl_text_width(s, n) > 80)
            fail_msg("%s: too wide: %.*s", what, (int)n, s);
        if (n && s[n - 1] == ' ')
            fail_msg("%s: blanks at the end: '%.*s'", what, (int)n, s);
        s += n + (s[n] != 0);
    }
    if (lines > most_lines)
        fail_msg("%s has %zu lines", what, lines);
}

static void test_help_fits_its_screen(void **state)
{
    struct bl_text text = {0};

    (void)state;
    bl_help_overview(&text);
    each_line(bl_text_get(&text), 24, "help");
    for (size_t i = 0; bl_commands[i]; i++) {
        expect_part("help", bl_text_get(&text), bl_commands[i]->name);
    }
    bl_text_clear(&text);
    for (size_t i = 0; bl_commands[i]; i++) {
        bl_help_command(bl_commands[i], &text);
        each_line(bl_text_get(&text), 60, bl_commands[i]->name);
        expect_part("examples", bl_text_get(&text), bl_commands[i]->examples[0]);
        bl_text_clear(&text);
    }
    bl_text_free(&text);
}

static void test_words_of_the_field_are_sorted_and_explained(void **state)
{
    (void)state;
    for (const struct bl_topic *t = bl_topics; t->name; t++) {
        struct bl_text text = {0};

        assert_true(strlen(t->text) > 10);
        if (t[1].name && strcmp(t->name, t[1].name) >= 0)
            fail_msg("'%s' stands before '%s'", t->name, t[1].name);
        assert_true(bl_help_search(t->name, &text) > 0);
        expect_part(t->name, bl_text_get(&text), t->name);
        bl_text_free(&text);
    }
}

/* Without SQLite there is no registry, and examples of what is kept there say so. */
static bool can_run(const char *example)
{
#ifdef HAVE_SQLITE
    (void)example;
    return true;
#else
    return !strstr(example, "save ") && !strstr(example, "runs=yes") && !strstr(example, "pipeline");
#endif
}

static void write_example(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* A folder of its own, with the files that the examples of `source` and `pipeline` name. */
static void enter_folder(void)
{
    mkdir("examples", 0700);
    assert_int_equal(chdir("examples"), 0);
    write_example("lesson.bl", "load iris\nhead 3\n");
    write_example("iris.pipeline", "model orchard\ntrain load iris; train full:newton\ndata iris.csv\ndrift\nretrain when=drift\npromote\n");
}

static void test_every_example_runs_in_a_fresh_session(void **state)
{
    (void)state;
    enter_folder();
    for (size_t i = 0; bl_commands[i]; i++) {
        for (size_t k = 0; bl_commands[i]->examples[k]; k++) {
            struct stage g;

            if (!can_run(bl_commands[i]->examples[k]))
                continue;
            stage_open(&g);
            const int exit = stage_run(&g, bl_commands[i]->examples[k]);
            if (exit != 0)
                fail_msg("%s\ngives %d\n%s%s", bl_commands[i]->examples[k], exit, bl_text_get(&g.out), bl_text_get(&g.note));
            stage_close(&g);
        }
    }
}

static void test_every_example_gives_one_object_a_line_in_json(void **state)
{
    (void)state;
    for (size_t i = 0; bl_commands[i]; i++) {
        for (size_t k = 0; bl_commands[i]->examples[k]; k++) {
            struct stage g;

            stage_open(&g);
            g.session.output = BL_OUT_JSON;
            if (strcmp(bl_commands[i]->name, "output") != 0)
                stage_run(&g, bl_commands[i]->examples[k]);
            for (const char *s = bl_text_get(&g.out); *s;) {
                const size_t n = strcspn(s, "\n");
                json_t *object = json_loadb(s, n, JSON_REJECT_DUPLICATES, NULL);

                if (!object || !json_object_get(object, "command"))
                    fail_msg("%s\ngives %.*s", bl_commands[i]->examples[k], (int)n, s);
                json_decref(object);
                s += n + 1;
            }
            stage_close(&g);
        }
    }
}

/* A table whose names and levels are hostile: none of their bytes may reach a screen as they are. */
static void test_hostile_names_never_reach_the_screen(void **state)
{
    static const char csv[] = "\"a\x1b[2J\",\"b\xe2\x80\xae\",c\n1,\"x\x07\",p\n2,\"y\x1b]0;t\x07\",q\n3,\"x\x07\",p\n4,\"=1+1\",q\n5,=2,p\n6,z,q\n";
    static const char *const commands[] = {"head", "columns", "describe", "target 2", "groups c", "features", "show", "recipe", "datasets", "hist c"};
    struct bl_error err = {0};
    struct stage g;

    (void)state;
    stage_open(&g);
    struct bl_table *t = bl_load_bytes(csv, sizeof csv - 1, "hostile", NULL, &err);
    if (!t)
        fail_msg("%s", err.message);
    assert_true(bl_workbench_add(g.workbench, t, NULL, &err));
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        stage_run(&g, commands[i]);
        for (const char *s = bl_text_get(&g.both); *s; s++)
            if ((unsigned char)*s < 32 && *s != '\n')
                fail_msg("'%s' shows byte %d", commands[i], *s);
        assert_null(strstr(bl_text_get(&g.both), "\xe2\x80\xae"));
    }
    stage_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_unique_and_found),
        cmocka_unit_test(test_every_entry_is_complete),
        cmocka_unit_test(test_what_is_to_be_seen_also_exists),
        cmocka_unit_test(test_help_fits_its_screen),
        cmocka_unit_test(test_words_of_the_field_are_sorted_and_explained),
        cmocka_unit_test(test_every_example_runs_in_a_fresh_session),
        cmocka_unit_test(test_every_example_gives_one_object_a_line_in_json),
        cmocka_unit_test(test_hostile_names_never_reach_the_screen),
    };
    const char *folder = getenv("TMPDIR");

    if (folder && chdir(folder) != 0)
        return 1;
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
