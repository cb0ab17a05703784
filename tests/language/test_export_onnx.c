/* export onnx: the graph is a valid one, and predicts what batchlab predicts, run by an evaluator of our own over python3-onnx
 * (onnx-evaluate.py). */
#define _GNU_SOURCE 1
#include "export_case.h"

#include <jansson.h>
#include <sys/wait.h>

#ifndef BL_SOURCE_DIR
#define BL_SOURCE_DIR "."
#endif

static char folder[] = "/tmp/onnx-XXXXXX", python[64], runtime[300]; /* the folder with the modules of ONNX Runtime; "": none */

static int BL_PRINTF(1, 2) shell(const char *format, ...)
{
    char line[900];
    va_list args;
    int status;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void find_python(void)
{
    static const char *const places[] = {"python3", "/usr/bin/python3"};

    for (size_t i = 0; i < 2 && !*python; i++)
        if (shell("%s -c 'import onnx, numpy' >/dev/null 2>&1", places[i]) == 0)
            snprintf(python, sizeof python, "%s", places[i]);
}

/* With the long counts alone: ONNX Runtime comes over the network. */
static void find_runtime(void)
{
    const char *given = getenv("BATCHLAB_ONNXRUNTIME"); /* a folder where `npm install onnxruntime-web` was done */

    if (given) {
        snprintf(runtime, sizeof runtime, "%s", given);
        return;
    }
    if (!getenv("BATCHLAB_LONG"))
        return;
    if (shell("cd %s && mkdir ort && cd ort && npm init -y >/dev/null 2>&1 && npm install --no-audit --no-fund onnxruntime-web >/dev/null 2>&1 "
              "&& test -d node_modules/onnxruntime-web", folder) == 0)
        snprintf(runtime, sizeof runtime, "%s/ort", folder);
}

static void need_python(void)
{
    if (*python)
        return;
    print_message("no python3-onnx here\n");
    skip();
}

static json_t *cell_json(const struct bl_column *c, size_t row)
{
    if (c->code)
        return c->code[row] == BL_MISSING_CODE ? json_null() : json_string(c->levels[c->code[row]]);
    return isnan(c->number[row]) ? json_null() : json_real(c->number[row]);
}

static json_t *columns_json(const struct bl_recipe *r, const struct bl_table *t)
{
    json_t *all = json_object();
    const char *name;
    enum bl_type type;

    for (size_t i = 0; bl_recipe_reads(r, i, &name, &type); i++) {
        json_t *cells = json_array();
        for (size_t row = 0; row < t->n_rows; row++)
            json_array_append_new(cells, cell_json(&t->columns[bl_table_find(t, name)], row));
        json_object_set_new(all, name, cells);
    }
    return all;
}

/* What predict would call each row; the margin of svm decides by its sign. */
static json_t *label_json(const struct bl_roles *roles, const double *out, size_t width)
{
    double two[2] = {-out[0], out[0]}, number_order[64];

    if (isnan(out[0]))
        return json_null();
    for (size_t k = 0; width > 1 && k < width; k++)
        number_order[bl_roles_class(roles, k)] = out[k];
    return json_string(bl_roles_label(roles, bl_decide(width > 1 ? number_order : two, width > 1 ? width : 2, 1)));
}

static void write_rows(struct stage *g)
{
    struct bl_error err = {0};
    const struct bl_prepared *p = bl_workbench_prepare(g->workbench, NULL, &err);
    const struct bl_roles *roles = &p->dataset->roles;
    struct expected e = export_expected(g);
    json_t *outputs = json_array(), *labels = roles->n_classes ? json_array() : json_null(), *all;
    char path[200];

    for (size_t i = 0; i < e.table->n_rows; i++) {
        json_t *row = json_array();
        for (size_t k = 0; k < e.width; k++)
            json_array_append_new(row, isnan(e.out[i * e.width + k]) ? json_null() : json_real(e.out[i * e.width + k]));
        json_array_append_new(outputs, row);
        if (roles->n_classes)
            json_array_append_new(labels, label_json(roles, e.out + i * e.width, e.width));
    }
    all = json_pack("{so so so}", "columns", columns_json(p->recipe, e.table), "labels", labels, "outputs", outputs);
    snprintf(path, sizeof path, "%s/rows.json", folder);
    assert_int_equal(json_dump_file(all, path, JSON_REAL_PRECISION(17)), 0);
    json_decref(all);
    expected_free(&e);
}

static void export_to(struct stage *g, const char *more)
{
    char line[300];

    snprintf(line, sizeof line, "export onnx %s/m.onnx overwrite=yes %s", folder, more);
    if (stage_run(g, line) != 0)
        fail_msg("%s", bl_text_get(&g->note));
}

static int evaluate(const char *tolerance)
{
    return shell("%s '%s/tests/language/onnx-evaluate.py' %s/m.onnx %s/rows.json %s >%s/said 2>&1", python, BL_SOURCE_DIR, folder, folder,
                 tolerance, folder);
}

static void expect_evaluated(const char *what, const char *tolerance)
{
    if (evaluate(tolerance) == 0)
        return;
    shell("sed 's/^/# /' %s/said", folder);
    fail_msg("%s", what);
}

static void test_every_model_predicts_the_same_as_a_graph(void **state)
{
    (void)state;
    need_python();
    for (size_t i = 0; i < EXPORT_CASES; i++) {
        struct stage g;

        stage_open(&g);
        if (stage_run(&g, export_cases[i]) != 0)
            fail_msg("%s: %s", export_cases[i], bl_text_get(&g.note));
        write_rows(&g);
        export_to(&g, "");
        expect_evaluated(export_cases[i], "1e-9");
        stage_close(&g);
    }
}

static void test_onnx_runtime_predicts_the_same(void **state)
{
    (void)state;
    if (!*runtime) {
        print_message("ONNX Runtime is fetched for the long tests alone\n");
        skip();
    }
    for (size_t i = 0; i < EXPORT_CASES; i++) {
        struct stage g;

        stage_open(&g);
        assert_int_equal(stage_run(&g, export_cases[i]), 0);
        write_rows(&g);
        export_to(&g, "");
        if (shell("node '%s/tests/language/onnx-runtime.mjs' %s %s/m.onnx %s/rows.json 1e-6 >%s/said 2>&1", BL_SOURCE_DIR, runtime, folder, folder,
                  folder) != 0) {
            shell("sed 's/^/# /' %s/said", folder);
            fail_msg("%s", export_cases[i]);
        }
        stage_close(&g);
    }
}

/* In float a standardized feature has seven digits. */
static void test_single_precision_keeps_six_digits(void **state)
{
    static const size_t cases[] = {0, 3, 10};

    (void)state;
    need_python();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage g;

        stage_open(&g);
        assert_int_equal(stage_run(&g, export_cases[cases[i]]), 0);
        write_rows(&g);
        export_to(&g, "precision=single");
        expect_evaluated(export_cases[cases[i]], "2e-6");
        stage_close(&g);
    }
}

static void test_another_models_graph_is_told_apart(void **state)
{
    struct stage g;

    (void)state;
    need_python();
    stage_open(&g);
    assert_int_equal(stage_run(&g, "load iris; train full:newton epochs=6"), 0);
    write_rows(&g);
    assert_int_equal(stage_run(&g, "train full:newton epochs=5"), 0);
    export_to(&g, "");
    assert_int_not_equal(evaluate("1e-9"), 0);
    stage_close(&g);
}

/* Columns called like tensors and outputs of the graph, and words that are no ASCII. */
static const char names[] = "t0,t_1,label,caf\xc3\xa9,\"probabilities\",y\n1,2,a,\"\xc3\xa4\"\"\",3,yes\n2,1,b,x,4,no\n3,5,a,x,2,yes\n"
                            "2,2,b,\"\xc3\xa4\"\"\",1,no\n4,1,a,x,1,no\n5,9,b,x,0,yes\n1,1,a,\"\xc3\xa4\"\"\",5,no\n2,4,b,x,2,yes\n";

static void test_names_of_columns_do_not_meet_those_of_the_graph(void **state)
{
    struct bl_load_options options = {0};
    struct bl_error err = {0};
    struct stage g;

    (void)state;
    need_python();
    stage_open(&g);
    assert_true(bl_workbench_add(g.workbench, bl_load_bytes(names, sizeof names - 1, "names", &options, &err), NULL, &err));
    assert_int_equal(stage_run(&g, "split 100 0 0; train batch epochs=3"), 0);
    write_rows(&g);
    export_to(&g, "");
    expect_evaluated("names", "1e-9");
    stage_close(&g);
}

/* The step by its name, and what can be done instead. */
static void test_steps_without_an_operation_are_refused_by_name(void **state)
{
    static const char *const cases[][2] = {
        {"load titanic; prep hash columns=Embarked; prep impute; train batch epochs=1", "the step hash of the recipe"},
        {"load titanic; prep impute method=knn; train batch epochs=1", "the step impute method=knn"},
        {"load sms_spam; prep text max=5; train batch epochs=1", "the step text of the recipe"},
        {"load heart_scale sparse=yes; train batch epochs=1", "13 sparse columns"},
    };
    char line[200];

    (void)state;
    snprintf(line, sizeof line, "export onnx %s/refused.onnx", folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage g;
        stage_open(&g);
        assert_int_equal(stage_run(&g, cases[i][0]), 0);
        assert_int_not_equal(stage_run(&g, line), 0);
        expect_part(cases[i][0], bl_text_get(&g.note), cases[i][1]);
        expect_part(cases[i][0], bl_text_get(&g.note), "save NAME");
        stage_close(&g);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_model_predicts_the_same_as_a_graph),
        cmocka_unit_test(test_onnx_runtime_predicts_the_same),
        cmocka_unit_test(test_single_precision_keeps_six_digits),
        cmocka_unit_test(test_another_models_graph_is_told_apart),
        cmocka_unit_test(test_steps_without_an_operation_are_refused_by_name),
        cmocka_unit_test(test_names_of_columns_do_not_meet_those_of_the_graph),
    };
    int failed;

    if (!mkdtemp(folder))
        return 1;
    find_python();
    find_runtime();
    failed = cmocka_run_group_tests_name("export onnx", tests, NULL, NULL);
    shell("rm -rf %s", folder);
    return failed;
}
