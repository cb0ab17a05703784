/* What is outside of a session: files that results go to, programs, the pager, scripts, lines from a pipe. */
#include "harness.h"

#include <fcntl.h>
#include <sys/stat.h>

/* ---- files and programs ---------------------------------------------------------------------------------------*/

static void read_back(const char *path, struct bl_text *out)
{
    struct bl_error err = {0};
    char *bytes = NULL;
    size_t n;

    if (!bl_file_read(path, 1 << 20, &bytes, &n, &err))
        fail_msg("%s", err.message);
    bl_text_add(out, bytes);
    bl_free(bytes);
}

static const struct { const char *path, *starts; } targets[] = {
    {"head.csv", "sepal_length,sepal_width,petal_length,petal_width,species\n5.0999999999999996,3.5,"},
    {"head.tsv", "sepal_length\tsepal_width\t"},
    {"head.json", "{\"command\": \"head\", \"names\": ["},
    {"head.jsonl", "{\"command\": \"head\", \"names\": ["},
    {"head.md", "| sepal_length | sepal_width |"},
    {"head.txt", "sepal_length  sepal_width  petal_length"},
};

static void test_to_sends_a_result_to_a_file_by_its_ending(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    stage_run(&g, "load iris");
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct bl_text got = {0};
        char line[80];

        unlink(targets[i].path);
        snprintf(line, sizeof line, "head 1 to=%s", targets[i].path);
        assert_int_equal(stage_run(&g, line), 0);
        expect_text("the screen", bl_text_get(&g.out), "");
        read_back(targets[i].path, &got);
        if (strncmp(bl_text_get(&got), targets[i].starts, strlen(targets[i].starts)) != 0)
            fail_msg("%s holds %s", targets[i].path, bl_text_get(&got));
        bl_text_free(&got);
        assert_int_equal(stage_run(&g, line), 1); /* kept, unless */
        snprintf(line, sizeof line, "head 1 to=%s overwrite=yes", targets[i].path);
        assert_int_equal(stage_run(&g, line), 0);
        unlink(targets[i].path);
    }
    stage_close(&g);
}

static void test_a_failed_command_leaves_no_file(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    unlink("none.csv");
    stage_run(&g, "load iris");
    assert_int_equal(stage_run(&g, "describe nothing to=none.csv"), 1);
    assert_int_equal(access("none.csv", F_OK), -1);
    stage_close(&g);
}

static char *piped_argv[4];
static struct bl_text piped;

static bool take_pipe(void *context, char *const argv[], const char *text, size_t n, struct bl_error *err)
{
    (void)context;
    (void)err;
    for (size_t i = 0; i < 3 && argv[i]; i++)
        piped_argv[i] = bl_strdup(argv[i]);
    bl_text_addn(&piped, text, n);
    return true;
}

static void test_a_bar_hands_the_whole_table_to_a_program(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    g.session.screen.pipe = take_pipe;
    g.session.width = 30;
    stage_run(&g, "load iris; head 1 | less -S 'a b'");
    expect_text("program", piped_argv[0], "less");
    expect_text("first", piped_argv[1], "-S");
    expect_text("second", piped_argv[2], "a b");
    expect_part("all columns", bl_text_get(&piped), "species");
    for (size_t i = 0; i < 3; i++)
        bl_free(piped_argv[i]);
    bl_text_free(&piped);
    stage_close(&g);
}

static size_t paged;

static bool take_page(void *context, const char *text, size_t n)
{
    (void)context;
    (void)text;
    paged = n;
    return true;
}

static void test_long_output_goes_through_the_pager_where_a_person_reads(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    g.session.screen.page = take_page;
    stage_run(&g, "load iris; head 100");
    assert_int_equal(paged, 0);
    g.session.interactive = true;
    stage_run(&g, "head 5");
    assert_int_equal(paged, 0);
    stage_run(&g, "head 100");
    assert_true(paged > 100);
    paged = 0;
    stage_run(&g, "set pager=off; head 100");
    assert_int_equal(paged, 0);
    stage_close(&g);
}

/* ---- scripts ---------------------------------------------------------------------------------------------------*/

static void write_file(const char *path, const char *text, size_t n)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), n);
    close(fd);
}

static void test_errors_of_a_script_carry_its_name_and_line(void **state)
{
    static const char text[] = "# a lesson\nload iris\n\nhead \\\n  nonsense\ncolumns\n";
    struct stage g;

    (void)state;
    write_file("lesson.bl", text, sizeof text - 1);
    stage_open(&g);
    assert_int_equal(bl_session_script(&g.session, "lesson.bl"), 1);
    expect_part("line", bl_text_get(&g.note), "lesson.bl:4: error: nonsense is not a whole number\n");
    assert_null(strstr(bl_text_get(&g.out), "used as"));
    stage_clear(&g);
    g.session.output = BL_OUT_JSON;
    write_file("lesson.bl", "load iris\n\nnonsense\n", 20);
    bl_session_script(&g.session, "lesson.bl");
    expect_part("json", bl_text_get(&g.out), "\"file\": \"lesson.bl\", \"line\": 3}}\n");
    stage_close(&g);
    unlink("lesson.bl");
}

static void test_a_script_runs_another_and_goes_on(void **state)
{
    struct stage g;

    (void)state;
    write_file("inner.bl", "load iris\nhead 1\n", 17);
    write_file("outer.bl", "source inner.bl\ncolumns\nnonsense", 32);
    stage_open(&g);
    g.session.interactive = true;
    assert_int_equal(stage_run(&g, "source outer.bl"), 1);
    expect_part("inner", bl_text_get(&g.out), "1 of 150 rows");
    expect_part("outer", bl_text_get(&g.out), "used as");
    expect_part("place", bl_text_get(&g.note), "outer.bl:3: error: no command 'nonsense'");
    assert_true(g.session.interactive);
    assert_null(g.session.script);
    stage_close(&g);
    unlink("inner.bl");
    unlink("outer.bl");
}

static void test_a_script_that_runs_itself_ends_with_an_error(void **state)
{
    struct stage g;

    (void)state;
    write_file("self.bl", "source self.bl\n", 15);
    stage_open(&g);
    assert_int_equal(stage_run(&g, "source self.bl"), 1);
    expect_part("depth", bl_text_get(&g.note), "at most 16 deep");
    assert_int_equal(g.session.depth, 0);
    assert_int_equal(stage_run(&g, "time time time time time time time time time time time time time time time time time head"), 1);
    expect_part("depth", bl_text_get(&g.note), "at most 16 deep");
    stage_close(&g);
    unlink("self.bl");
}

static void test_a_script_must_be_text(void **state)
{
    struct stage g;

    (void)state;
    write_file("zero.bl", "head\nx\0y\n", 9);
    stage_open(&g);
    assert_int_equal(bl_session_script(&g.session, "zero.bl"), 1);
    expect_part("place", bl_text_get(&g.note), "zero.bl:2: ");
    stage_clear(&g);
    assert_int_equal(bl_session_script(&g.session, "."), 1);
    assert_int_equal(bl_session_script(&g.session, "no-such.bl"), 1);
    assert_int_equal(g.session.status, 1);
    stage_close(&g);
    unlink("zero.bl");
}

static char *next_line(void *context)
{
    char ***lines = context;

    return **lines ? *(*lines)++ : NULL;
}

static void test_lines_from_a_pipe_are_joined_until_they_are_whole(void **state)
{
    char *lines[] = {"load \\", "iris", "head 1; head 'a", "b'", "columns", NULL}, **at = lines;
    struct stage g;

    (void)state;
    stage_open(&g);
    assert_int_equal(bl_session_stream(&g.session, "stdin", next_line, &at), 1);
    expect_part("joined", bl_text_get(&g.out), "1 of 150 rows");
    expect_part("place", bl_text_get(&g.note), "stdin:3: error: a\\x0ab is not a whole number");
    assert_null(strstr(bl_text_get(&g.out), "used as"));
    stage_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_to_sends_a_result_to_a_file_by_its_ending),
        cmocka_unit_test(test_a_failed_command_leaves_no_file),
        cmocka_unit_test(test_a_bar_hands_the_whole_table_to_a_program),
        cmocka_unit_test(test_long_output_goes_through_the_pager_where_a_person_reads),
        cmocka_unit_test(test_errors_of_a_script_carry_its_name_and_line),
        cmocka_unit_test(test_a_script_runs_another_and_goes_on),
        cmocka_unit_test(test_a_script_that_runs_itself_ends_with_an_error),
        cmocka_unit_test(test_a_script_must_be_text),
        cmocka_unit_test(test_lines_from_a_pipe_are_joined_until_they_are_whole),
    };
    const char *folder = getenv("TMPDIR");

    if (folder && chdir(folder) != 0)
        return 1;
    return cmocka_run_group_tests_name("scripts", tests, NULL, NULL);
}
