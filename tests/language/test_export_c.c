/* export c: the file compiles without a warning, predicts what batchlab predicts, and its own test tells the truth. */
#define _GNU_SOURCE 1
#include "export_case.h"

#include <dlfcn.h>
#include <sys/wait.h>

#define COMPILE "cc -std=c99 -O1 -Wall -Wextra -Wpedantic -Werror "
#define CELLS_MOST 4096

struct cell { double number; const char *text; };
struct library { /* an exported model, loaded */
    void *handle;
    const char *const *columns;
    const int *is_text;
    int (*predict)(const struct cell *row, double *out);
    int (*class_of)(const double *out);
};

static char folder[] = "/tmp/export-XXXXXX";
static bool compiler;

static int BL_PRINTF(1, 2) shell(const char *format, ...)
{
    char line[600];
    va_list args;
    int status;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void need_compiler(void)
{
    if (compiler)
        return;
    print_message("no C compiler here\n");
    skip();
}

static void export_to(struct stage *g, const char *file, const char *more)
{
    char line[300];

    snprintf(line, sizeof line, "export c %s/%s overwrite=yes %s", folder, file, more);
    if (stage_run(g, line) != 0)
        fail_msg("%s", bl_text_get(&g->note));
}

static struct library load_library(const char *file, const char *prefix, size_t number)
{
    char name[200];
    struct library l = {0};

    assert_int_equal(shell(COMPILE "-O0 -shared -fPIC %s/%s -o %s/l%zu.so -lm", folder, file, folder, number), 0);
    snprintf(name, sizeof name, "%s/l%zu.so", folder, number);
    l.handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!l.handle)
        fail_msg("%s", dlerror());
    snprintf(name, sizeof name, "%s_columns", prefix);
    l.columns = dlsym(l.handle, name);
    snprintf(name, sizeof name, "%s_is_text", prefix);
    l.is_text = dlsym(l.handle, name);
    snprintf(name, sizeof name, "%s_predict", prefix);
    *(void **)&l.predict = dlsym(l.handle, name);
    snprintf(name, sizeof name, "%s_class", prefix);
    *(void **)&l.class_of = dlsym(l.handle, name);
    assert_non_null(l.columns);
    assert_non_null(l.is_text);
    assert_non_null(l.predict);
    return l;
}

static size_t count_columns(const struct stage *g)
{
    struct bl_error err = {0};
    const struct bl_recipe *r = bl_workbench_prepare(g->workbench, NULL, &err)->recipe;
    const char *name;
    enum bl_type type;
    size_t n = 0;

    while (bl_recipe_reads(r, n, &name, &type))
        n++;
    assert_true(n < CELLS_MOST);
    return n;
}

static void fill_cells(const struct library *l, const struct bl_table *t, size_t row, size_t n, struct cell *cells)
{
    for (size_t j = 0; j < n; j++) {
        const struct bl_column *c = &t->columns[bl_table_find(t, l->columns[j])];
        assert_int_equal(l->is_text[j], c->code != NULL);
        cells[j] = (struct cell){c->code ? 0 : c->number[row],
                                 c->code && c->code[row] != BL_MISSING_CODE ? c->levels[c->code[row]] : NULL};
    }
}

static void expect_row(const char *what, size_t row, const double *got, const double *wanted, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!(fabs(got[k] - wanted[k]) <= 1e-12 * fmax(1, fabs(wanted[k]))))
            fail_msg("%s: row %zu, output %zu is %.17g and not %.17g", what, row, k, got[k], wanted[k]);
}

static void expect_rows(struct stage *g, const char *what, const struct library *l)
{
    struct expected e = export_expected(g);
    static struct cell cells[CELLS_MOST];
    double out[64];
    size_t n = count_columns(g), refused = 0;

    for (size_t i = 0; i < e.table->n_rows; i++) {
        const double *wanted = e.out + i * e.width;
        int nothing;
        fill_cells(l, e.table, i, n, cells);
        nothing = l->predict(cells, out);
        if (nothing != isnan(wanted[0]))
            fail_msg("%s: row %zu %s", what, i, nothing ? "is refused" : "should be refused");
        refused += (size_t)nothing;
        if (!nothing)
            expect_row(what, i, out, wanted, e.width);
    }
    assert_true(refused < e.table->n_rows);
    expected_free(&e);
}

static void expect_case(const char *lines, size_t number)
{
    struct library l;
    struct stage g;

    stage_open(&g);
    if (stage_run(&g, lines) != 0)
        fail_msg("%s: %s", lines, bl_text_get(&g.note));
    export_to(&g, "m.c", "prefix=a1_b");
    l = load_library("m.c", "a1_b", number);
    expect_rows(&g, lines, &l);
    dlclose(l.handle);
    if (shell(COMPILE "-DA1_B_TEST %s/m.c -o %s/self -lm && %s/self >%s/said", folder, folder, folder, folder) != 0)
        fail_msg("%s: its own test fails", lines);
    stage_close(&g);
}

static void test_every_model_predicts_the_same_in_c(void **state)
{
    (void)state;
    need_compiler();
    for (size_t i = 0; i < EXPORT_CASES; i++)
        expect_case(export_cases[i], i);
}

static void test_words_buckets_and_neighbours_are_the_same_in_c(void **state)
{
    (void)state;
    need_compiler();
    for (size_t i = 0; i < EXPORT_SHARED; i++)
        expect_case(export_shared[i], EXPORT_CASES + i);
}

static void test_a_changed_number_fails_the_files_own_test(void **state)
{
    struct stage g;

    (void)state;
    need_compiler();
    stage_open(&g);
    assert_int_equal(stage_run(&g, "load titanic; train batch epochs=2"), 0);
    export_to(&g, "m.c", "");
    assert_int_equal(shell("sed 's/\\(model_w0\\[\\] = {\\)/\\11e-9 + /' %s/m.c >%s/bad.c", folder, folder), 0);
    assert_int_equal(shell(COMPILE "-DMODEL_TEST %s/m.c -o %s/self -lm && %s/self >/dev/null", folder, folder, folder), 0);
    assert_int_equal(shell(COMPILE "-DMODEL_TEST %s/bad.c -o %s/self -lm", folder, folder), 0);
    assert_int_equal(shell("%s/self >/dev/null", folder), 1);
    stage_close(&g);
}

static void test_the_class_is_that_of_predict(void **state)
{
    static const double first[] = {0.5, 0.5}, second[] = {0.4, 0.6}, three[] = {0.2, 0.4, 0.4};
    struct library l;
    struct stage g;

    (void)state;
    need_compiler();
    stage_open(&g);
    assert_int_equal(stage_run(&g, "load titanic; target Survived positive=0; train batch epochs=2"), 0);
    export_to(&g, "m.c", "");
    l = load_library("m.c", "model", 90);
    assert_int_equal(l.class_of(first), 1); /* a tie is not the positive class */
    assert_int_equal(l.class_of(second), 1);
    dlclose(l.handle);
    assert_int_equal(stage_run(&g, "load iris; train batch epochs=2"), 0);
    export_to(&g, "m.c", "");
    l = load_library("m.c", "model", 91);
    assert_int_equal(l.class_of(three), 1);
    dlclose(l.handle);
    stage_close(&g);
}

/* Names that would end a literal, a comment, a line or a macro, if they were not escaped. */
static const char hostile[] = "\"a\"\"); abort(); //\",\"b*/ \\n?\?/\",\"line\nbreak\",\"caf\xc3\xa9 %s\",\"#define x\"\n"
                              "1,\"\"\"q\",\"x\\\",2,yes\n2,\"*/\",\"x\\\",3,\"n\"\"o\"\n3,\"?\?/\",y,1,yes\n4,\"*/\",y,2,\"n\"\"o\"\n"
                              "2,\"\"\"q\",\"x\\\",5,yes\n7,\"?\?/\",\"x\\\",1,\"n\"\"o\"\n1,\"*/\",y,0,yes\n0,\"\"\"q\",y,4,\"n\"\"o\"\n";

static void test_hostile_names_stay_inside_their_literals(void **state)
{
    struct bl_load_options options = {0};
    struct bl_error err = {0};
    struct library l;
    struct stage g;

    (void)state;
    need_compiler();
    stage_open(&g);
    assert_true(bl_workbench_add(g.workbench, bl_load_bytes(hostile, sizeof hostile - 1, "hostile", &options, &err), NULL, &err));
    if (stage_run(&g, "split 100 0 0; train batch epochs=3") != 0)
        fail_msg("%s", bl_text_get(&g.note));
    export_to(&g, "m.c", "");
    l = load_library("m.c", "model", 92);
    assert_string_equal(l.columns[0], "a\"); abort(); //");
    assert_string_equal(l.columns[2], "line\nbreak");
    expect_rows(&g, "hostile", &l);
    dlclose(l.handle);
    assert_int_equal(shell(COMPILE "-DMODEL_TEST %s/m.c -o %s/self -lm && %s/self >/dev/null", folder, folder, folder), 0);
    stage_close(&g);
}

static void expect_refused(struct stage *g, const char *line, const char *part)
{
    assert_int_not_equal(stage_run(g, line), 0);
    expect_part(line, bl_text_get(&g->note), part);
}

static void test_what_cannot_be_exported_is_told(void **state)
{
    char line[300];
    struct stage g;

    (void)state;
    stage_open(&g);
    snprintf(line, sizeof line, "export c %s/x.c", folder);
    expect_refused(&g, line, "there is no run yet");
    assert_int_equal(stage_run(&g, "load titanic"), 0);
    expect_refused(&g, line, "there is no run yet");
    assert_int_equal(stage_run(&g, "load heart_scale sparse=yes; train batch epochs=1"), 0);
    expect_refused(&g, line, "13 sparse columns");
    expect_refused(&g, line, "predict FILE.svm out=FILE");
    assert_int_equal(stage_run(&g, "load titanic"), 0);
    assert_int_equal(stage_run(&g, "prep none; prep impute; train batch epochs=1"), 0);
    snprintf(line, sizeof line, "export c %s/x.c prefix=3d", folder);
    expect_refused(&g, line, "prefix=3d");
    snprintf(line, sizeof line, "export c %s/x.c", folder);
    assert_int_equal(stage_run(&g, line), 0);
    expect_refused(&g, line, "overwrite=yes");
    expect_refused(&g, "export cc x.c", "did you mean");
    expect_refused(&g, "export c /nowhere/at/all.c", "/nowhere/at/all.c");
    stage_close(&g);
}

static void test_rows_of_the_data_stay_out_where_that_is_asked_for(void **state)
{
    struct stage g;

    (void)state;
    need_compiler();
    stage_open(&g);
    assert_int_equal(stage_run(&g, "load titanic; train batch epochs=2"), 0);
    export_to(&g, "all.c", "");
    export_to(&g, "made.c", "rows=made");
    assert_int_equal(shell("grep -q 71.2833 %s/all.c || grep -q '{7.25, NULL}' %s/all.c", folder, folder), 0);
    assert_int_equal(shell("grep -q '{7.25, NULL}' %s/made.c", folder), 1);
    assert_int_equal(shell(COMPILE "-DMODEL_TEST %s/made.c -o %s/self -lm && %s/self >/dev/null", folder, folder, folder), 0);
    stage_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_model_predicts_the_same_in_c),
        cmocka_unit_test(test_words_buckets_and_neighbours_are_the_same_in_c),
        cmocka_unit_test(test_a_changed_number_fails_the_files_own_test),
        cmocka_unit_test(test_the_class_is_that_of_predict),
        cmocka_unit_test(test_hostile_names_stay_inside_their_literals),
        cmocka_unit_test(test_what_cannot_be_exported_is_told),
        cmocka_unit_test(test_rows_of_the_data_stay_out_where_that_is_asked_for),
    };
    int failed;

    if (!mkdtemp(folder))
        return 1;
    compiler = shell("cc --version >/dev/null 2>&1") == 0;
    failed = cmocka_run_group_tests_name("export c", tests, NULL, NULL);
    shell("rm -rf %s", folder);
    return failed;
}
