/* What TAB offers at the end of a line: line left, candidates right. */
#include "harness.h"

#include <fcntl.h>
#include <sys/stat.h>

/* "from quote: text text=" with "=" kept and nothing for a blank; at most 9 are listed. */
static void offer(struct stage *g, const char *line, struct bl_text *out)
{
    struct bl_candidates c;

    assert_true(bl_complete(&g->session, line, strlen(line), &c));
    bl_text_addf(out, "%zu%c:", c.from, c.quote ? c.quote : ' ');
    for (size_t i = 0; i < c.count && i < 9; i++)
        bl_text_addf(out, "%s%s%s", i && c.items[i].group != c.items[i - 1].group ? " /" : "", " ", c.items[i].text);
    assert_true(c.count <= 200);
    bl_candidates_free(&c);
}

static const struct { const char *line, *wanted; } cases[] = {
    {"loa", "0 : load"},
    {"load iris; des", "11 : describe"},
    {"time des", "5 : describe"},
    {"say hist petal_l", "9 : petal_length"},
    {"describe petal", "9 : petal_length petal_width"},
    {"describe PETAL_L", "9 : petal_length"},
    {"describe 'petal_l", "10': petal_length"},
    {"corr sp", "5 :"},
    {"describe sp", "9 : species"},
    {"hist petal_length b", "18 : bandwidth= bins= by="},
    {"hist petal_length by=s", "21 : sepal_length sepal_width species"},
    {"load x header=", "14 : auto no yes"},
    {"load x header=y", "14 : yes"},
    {"load x tar", "7 : target="},
    {"load x target=pe", "14 : petal_length petal_width"},
    {"corr method=s", "12 : spearman"},
    {"prep imp", "5 : impute"},
    {"prep impute med", "12 : median"},
    {"prep impute columns=petal_length,sp", "33 : species"},
    {"set theme=l", "10 : light"},
    {"set the", "4 : theme="},
    {"unset the", "6 : theme"},
    {"set optimizer=neste", "14 : nesterov"},
    {"set lr=0.1 optim", "11 : optimizer="},
    {"train batch m", "12 : min_delta= momentum="},
    {"train mi", "6 : mini:"},
    {"train b", "6 : batch"},
    {"train min_", "6 : min_delta="},
    {"train batch ax", "12 :"},
    {"output ", "7 : csv json table"},
    {"use i", "4 : iris"},
    {"help descr", "5 : describe"},
    {"# loa", "0 :"},
    {"head | le", "0 :"},
    {"nonsense x", "0 :"},
    {"load data/", "5 : data/one.csv data/two.csv / data/notes"},
    {"load data/o", "5 : data/one.csv"},
    {"load 'data/o", "6': data/one.csv"},
    {"load da", "5 : data/"},
    {"load my", "5 : 'my file.csv'"},
    {"load .hid", "5 : .hidden.csv"},
    {"head to=da", "8 : data/"},
};

static void test_candidates_depend_on_the_place(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    stage_run(&g, "load iris");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_text got = {0};
        const char *colon = strchr(cases[i].wanted, ':');

        offer(&g, cases[i].line, &got);
        if (colon[1] == '\0') /* nothing: the place does not matter */
            expect_text(cases[i].line, strchr(bl_text_get(&got), ':'), ":");
        else
            expect_text(cases[i].line, bl_text_get(&got), cases[i].wanted);
        bl_text_free(&got);
    }
    stage_close(&g);
}

static const struct { const char *line, *wanted; } hints[] = {
    {"load", "PATH [key=value ...]: read a dataset"},
    {"load x header=", "whether the first line holds names"},
    {"head ", "[N]"},
    {"hist x bins=", "how many bins"},
    {"set digits=", "significant digits"},
    {"nonsense ", ""},
    {"", ""},
};

static void test_a_hint_says_what_is_expected(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++) {
        char hint[300];

        expect_part(hints[i].line, bl_complete_hint(&g.session, hints[i].line, strlen(hints[i].line), hint, sizeof hint), hints[i].wanted);
        if (!*hints[i].wanted)
            expect_text(hints[i].line, hint, "");
    }
    stage_close(&g);
}

static void test_any_line_can_be_completed_anywhere(void **state)
{
    static const char *const pieces[] = {"load ", "'", "\"", "(", ")", "=", "\\", "#", ";", "|", " ", "\n", "mini:3", "set lr=", "describe ", "\xff", ","};
    struct bl_random random = bl_random_stream(7, BL_FOR_SAMPLE, 0, 0);
    struct stage g;

    (void)state;
    stage_open(&g);
    stage_run(&g, "load iris");
    for (size_t round = 0; round < 3000; round++) {
        struct bl_text line = {0};
        struct bl_candidates c;
        char hint[80];

        for (size_t n = bl_random_below(&random, 8); n > 0; n--)
            bl_text_add(&line, pieces[bl_random_below(&random, sizeof pieces / sizeof *pieces)]);
        const size_t at = bl_random_below(&random, line.length + 1);
        assert_true(bl_complete(&g.session, bl_text_get(&line), at, &c));
        assert_true(c.from <= at || !c.count);
        bl_candidates_free(&c);
        bl_complete_hint(&g.session, bl_text_get(&line), at, hint, sizeof hint);
        bl_session_wants_more(bl_text_get(&line));
        bl_text_free(&line);
    }
    stage_close(&g);
}

static void touch(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    close(fd);
}

static int make_files(void **state)
{
    (void)state;
    mkdir("files", 0700);
    assert_int_equal(chdir("files"), 0);
    mkdir("data", 0700);
    touch("data/one.csv");
    touch("data/two.csv");
    touch("data/notes");
    touch("my file.csv");
    touch(".hidden.csv");
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_candidates_depend_on_the_place),
        cmocka_unit_test(test_a_hint_says_what_is_expected),
        cmocka_unit_test(test_any_line_can_be_completed_anywhere),
    };
    const char *folder = getenv("TMPDIR");

    if (folder && chdir(folder) != 0)
        return 1;
    return cmocka_run_group_tests_name("complete", tests, make_files, NULL);
}
