/* Charts and reports that leave the program: pages hold what the commands say, as text whatever the data holds. */
#include "harness.h"

#include <fcntl.h>

static char *page_of(struct stage *g, const char *command, const char *path)
{
    struct bl_error err = {0};
    char *text = NULL;
    size_t n = 0;

    unlink(path);
    if (stage_run(g, command) != 0)
        fail_msg("%s\n%s", command, bl_text_get(&g->note));
    if (!bl_file_read(path, 1 << 24, &text, &n, &err))
        fail_msg("%s", err.message);
    assert_int_equal(strlen(text), n);
    return text;
}

static size_t times(const char *text, const char *part)
{
    size_t n = 0;

    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

/* Every element that is opened is closed; and nothing is fetched or run. */
static void check_page(const char *page)
{
    static const char *const pairs[][2] = {{"<table", "</table>"}, {"<tr>", "</tr>"}, {"<svg", "</svg>"}, {"<p", "</p>"}, {"<h2>", "</h2>"},
                                           {"<details>", "</details>"}, {"<div", "</div>"}, {"<figure>", "</figure>"}, {"<text ", "</text>"}};

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        size_t extra = strcmp(pairs[i][0], "<p") == 0 ? times(page, "<path") + times(page, "<pre") : 0;

        if (times(page, pairs[i][0]) - extra != times(page, pairs[i][1]))
            fail_msg("%zu of %s, %zu of %s", times(page, pairs[i][0]) - extra, pairs[i][0], times(page, pairs[i][1]), pairs[i][1]);
    }
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<img"));
    assert_null(strstr(page, "src="));
    assert_null(strstr(page, "url("));
    assert_int_equal(times(page, "http"), times(page, "http://www.w3.org/2000/svg") + times(page, "http-equiv"));
}

static void test_a_report_tells_the_race(void **state)
{
    static const char *const parts[] = {"<h1>iris: softmax, 3 contestants</h1>", "In short", "the objective fell from 1.099", "<svg",
                                        "stochastic", "SHA-256", "9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355",
                                        "critical_lr", "accuracy", "petal_length", "standardize", "prefers-color-scheme:dark",
                                        "compare batch mini:16 sgd epochs=4 watch=no", "load iris", "batchlab --seed 1 repeat.bl"};
    struct stage g;
    char *page;

    (void)state;
    stage_open(&g);
    assert_int_equal(stage_run(&g, "load iris; model softmax l2=0.01; compare batch mini:16 sgd epochs=4 watch=no"), 0);
    page = page_of(&g, "export report race.html", "race.html");
    check_page(page);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        expect_part("race.html", page, parts[i]);
    assert_int_equal(times(page, "<svg"), 2);
    expect_part("told", bl_text_get(&g.out), "report written to race.html");
    bl_free(page);
    page = page_of(&g, "export report race.md", "race.md");
    expect_part("race.md", page, "# iris: softmax, 3 contestants");
    expect_part("race.md", page, "| petal_length | number |");
    expect_part("race.md", page, "```\n# batchlab");
    bl_free(page);
    stage_close(&g);
}

static void test_the_same_race_is_the_same_report(void **state)
{
    char *pages[2];

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct stage g;

        stage_open(&g);
        assert_int_equal(stage_run(&g, "load wine; train mini:16 epochs=3"), 0);
        pages[i] = page_of(&g, "export report same.html", "same.html");
        stage_close(&g);
    }
    expect_text("same.html", pages[1], pages[0]);
    bl_free(pages[0]);
    bl_free(pages[1]);
}

static void test_without_a_run_the_data_are_told(void **state)
{
    struct stage g;
    char *page;

    (void)state;
    stage_open(&g);
    assert_int_equal(stage_run(&g, "export report none.html"), 1);
    expect_part("nothing loaded", bl_text_get(&g.note), "load iris");
    assert_int_equal(access("none.html", F_OK), -1);
    stage_run(&g, "load iris");
    page = page_of(&g, "export report data.html", "data.html");
    check_page(page);
    expect_part("data.html", page, "<h1>iris</h1>");
    assert_null(strstr(page, "The curves"));
    bl_free(page);
    stage_close(&g);
}

static void test_names_of_data_are_text_on_a_page(void **state)
{
    static const char data[] = "<img src=x onerror=alert(1)>,\"a|b\",`c`,y\n1,2,</table><script>,0\n3,4,&amp;,1\n5,6,c,0\n7,8,c,1\n9,1,c,0\n2,3,c,1\n";
    FILE *f = fopen("hostile.csv", "w");
    struct stage g;
    char *page;

    (void)state;
    assert_non_null(f);
    fputs(data, f);
    fclose(f);
    stage_open(&g);
    assert_int_equal(stage_run(&g, "load hostile.csv target=y; split 100 0 0; train batch epochs=2"), 0);
    page = page_of(&g, "export report hostile.html", "hostile.html");
    assert_null(strstr(page, "<img"));
    assert_null(strstr(page, "<script"));
    expect_part("hostile.html", page, "&lt;img src=x onerror=alert(1)&gt;");
    bl_free(page);
    page = page_of(&g, "describe to=hostile.html overwrite=yes", "hostile.html");
    assert_null(strstr(page, "<img"));
    bl_free(page);
    page = page_of(&g, "export report hostile.md", "hostile.md");
    assert_null(strstr(page, "<img"));
    expect_part("hostile.md", page, "| a\\|b |");
    expect_part("hostile.md", page, "\\`c\\`");
    bl_free(page);
    stage_close(&g);
}

static void test_a_report_leaves_the_session_as_it_was(void **state)
{
    struct stage g;
    char *page;

    (void)state;
    stage_open(&g);
    stage_run(&g, "load iris; train batch epochs=2; hist petal_length; describe");
    page = page_of(&g, "export report quiet.html", "quiet.html");
    bl_free(page);
    stage_run(&g, "say");
    expect_part("the last chart", bl_text_get(&g.out), "petal_length");
    stage_run(&g, "last");
    expect_part("the last table", bl_text_get(&g.out), "sepal_width");
    stage_run(&g, "history");
    assert_null(strstr(bl_text_get(&g.out), "describe\n  describe"));
    stage_close(&g);
}

static void test_to_a_page_holds_lines_tables_and_charts(void **state)
{
    struct stage g;
    char *page;

    (void)state;
    stage_open(&g);
    stage_run(&g, "load iris");
    page = page_of(&g, "hist petal_length to=hist.html", "hist.html");
    check_page(page);
    assert_int_equal(times(page, "<svg"), 1);
    bl_free(page);
    page = page_of(&g, "describe to=describe.htm", "describe.htm");
    check_page(page);
    expect_part("describe.htm", page, "<td class=\"n\">5.843</td>");
    bl_free(page);
    page = page_of(&g, "hist petal_length to=hist.svg", "hist.svg");
    assert_int_equal(strncmp(page, "<?xml", 5), 0);
    bl_free(page);
    assert_int_equal(stage_run(&g, "describe to=describe.svg"), 1);
    expect_part("no chart", bl_text_get(&g.note), "describe drew no chart");
    assert_int_equal(access("describe.svg", F_OK), -1);
    stage_close(&g);
}

static void test_a_full_disk_leaves_no_half_page(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    stage_run(&g, "load iris; train batch epochs=2");
    for (uint64_t k = 1; k < 4000; k = k * 3 / 2 + 1) {
        unlink("part.html");
        bl_alloc_fail_at(k, true);
        const int status = stage_run(&g, "export report part.html");
        bl_alloc_fail_at(0, false);
        assert_true(status == 1 || access("part.html", F_OK) == 0);
        assert_true(status == 0 || access("part.html", F_OK) == -1);
    }
    stage_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_report_tells_the_race),
        cmocka_unit_test(test_the_same_race_is_the_same_report),
        cmocka_unit_test(test_without_a_run_the_data_are_told),
        cmocka_unit_test(test_names_of_data_are_text_on_a_page),
        cmocka_unit_test(test_a_report_leaves_the_session_as_it_was),
        cmocka_unit_test(test_to_a_page_holds_lines_tables_and_charts),
        cmocka_unit_test(test_a_full_disk_leaves_no_half_page),
    };
    char folder[] = "/tmp/batchlab-pages-XXXXXX";

    if (setenv("BATCHLAB_CLOCK", "fixed", 1) || !folder_enter(folder))
        return 1;
    return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
