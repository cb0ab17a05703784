/* Evaluation and selection as they are typed: the same bytes for any number of threads, the test vault,
 * what is kept between searches, the file of folds. */
#include "harness.h"
#include "batchlab/keep.h"

#include <jansson.h>
#include <math.h>

static void open_with(struct stage *g, size_t threads)
{
    struct bl_error err = {0};

    *g = (struct stage){0};
    g->workbench = bl_workbench_create(threads, 1, &err);
    assert_non_null(g->workbench);
    assert_true(bl_session_init(&g->session, g->workbench, &err));
    g->session.screen.context = g;
    g->session.screen.out = stage_out;
    g->session.screen.note = stage_note;
    g->session.output = BL_OUT_JSON;
}

/* The last line of what was printed. */
static const char *last_line(struct stage *g)
{
    const char *line = bl_text_get(&g->out);

    for (const char *at = line; *at; at++)
        if (*at == '\n' && at[1])
            line = at + 1;
    return line;
}

/* The last object that the text prints. */
static json_t *last_object(struct stage *g, const char *text)
{
    json_t *one;

    if (stage_run(g, text) != 0)
        fail_msg("%s: %s%s", text, bl_text_get(&g->out), bl_text_get(&g->note));
    one = json_loads(last_line(g), 0, NULL);
    assert_non_null(one);
    return one;
}

static json_int_t integer(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

static void test_any_number_of_threads_prints_the_same(void **state)
{
    static const char *const texts[] = {
        "load titanic; model logistic l2=0.01; cv 4 repeats=2 against=logistic(l2=1),sgd(epochs=3)",
        "load iris; model softmax; tune l2=0.001..1:9 k=3 search=random trials=8 outer=2",
        "load diabetes; tune l2=0.01..10:9 k=2 search=halving",
        "load diabetes; curve mini:16 points=4 k=3 repeats=2",
        "load breast_cancer; model logistic l2=0.01; split 60 20 20; cv 3 folds=time",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *first = NULL;
        for (size_t threads = 1; threads <= 8; threads += threads < 3 ? 1 : 5) {
            struct stage g;
            open_with(&g, threads);
            assert_int_equal(stage_run(&g, texts[i]), 0);
            if (!first)
                first = bl_strdup(last_line(&g));
            expect_text(texts[i], last_line(&g), first);
            stage_close(&g);
        }
        bl_free(first);
    }
}

static void test_every_look_at_the_test_rows_is_counted_and_told(void **state)
{
    struct stage g;
    json_t *o;

    (void)state;
    open_with(&g, 2);
    o = last_object(&g, "load iris; model softmax l2=0.01; train full:newton; eval; cv 3");
    assert_null(json_object_get(o, "test_looks"));
    json_decref(o);
    o = last_object(&g, "eval test");
    assert_int_equal(integer(o, "test_looks"), 1);
    json_decref(o);
    o = last_object(&g, "eval test; cv 3");
    assert_int_equal(integer(o, "test_looks"), 2);
    json_decref(o);
    o = last_object(&g, "confusion train");
    assert_int_equal(integer(o, "test_looks"), 2);
    json_decref(o);
    assert_int_equal(stage_run(&g, "roc test"), 1); /* refused: not a look */
    o = last_object(&g, "load iris; train full:newton; eval"); /* loading again unsees nothing */
    assert_int_equal(integer(o, "test_looks"), 2);
    json_decref(o);
    stage_close(&g);
}

static void test_a_search_goes_on_from_what_is_known(void **state)
{
    struct stage g;
    json_t *o, *again;

    (void)state;
    open_with(&g, 2);
    o = last_object(&g, "load diabetes; tune l2=0.01,0.1 k=3");
    assert_int_equal(integer(o, "known"), 0);
    again = last_object(&g, "tune l2=0.01,0.1,1 k=3");
    assert_int_equal(integer(again, "known"), 6);
    assert_true(json_equal(json_array_get(json_object_get(o, "points"), 1), json_array_get(json_object_get(again, "points"), 1)));
    json_decref(again);
    json_decref(o);
    o = last_object(&g, "tune l2=0.01,0.1 k=3 seed=9"); /* other folds */
    assert_int_equal(integer(o, "known"), 0);
    json_decref(o);
    o = last_object(&g, "prep minmax; tune l2=0.01,0.1 k=3"); /* other data */
    assert_int_equal(integer(o, "known"), 0);
    json_decref(o);
    o = last_object(&g, "model huber delta=50; tune l2=0.01,0.1 k=3"); /* another model */
    assert_int_equal(integer(o, "known"), 0);
    json_decref(o);
    stage_close(&g);
}

static double loss_of(const json_t *object, const char *key) { return json_number_value(json_object_get(json_object_get(object, key), "loss")); }

/* Mean, interval and agreement of nested cross-validation are those of what its folds say, worked out here again. */
static void test_nested_choices_have_an_interval_and_agree_or_not(void **state)
{
    const double t3 = 3.182446305284263; /* 0.975 quantile of t with 3 degrees, from a table */
    struct stage g;
    json_t *o, *outer, *folds;
    double sum = 0, square = 0, half, mean;
    json_int_t tenth = 0;
    (void)state;

    open_with(&g, 2);
    o = last_object(&g, "load iris; model softmax; tune l2=0.001,0.1 k=3 outer=4");
    outer = json_object_get(o, "outer");
    folds = json_object_get(outer, "folds");
    assert_int_equal(json_array_size(folds), 4);
    for (size_t f = 0; f < 4; f++) {
        const json_t *one = json_array_get(folds, f);
        const double loss = json_number_value(json_object_get(one, "loss"));

        sum += loss;
        square += loss * loss;
        tenth += json_number_value(json_object_get(json_object_get(one, "best"), "l2")) == 0.1;
    }
    mean = sum / 4;
    assert_true(fabs(loss_of(outer, "mean") - (mean)) < 1e-12);
    half = t3 * sqrt((1 / 4.0 + 30 / 90.0) * (square - 4 * mean * mean) / 3); /* 120 rows in 4 folds */
    assert_true(fabs(loss_of(outer, "high") - (mean + half)) < 1e-9);
    assert_true(fabs(loss_of(outer, "low") - fmax(0, mean - half)) < 1e-9); /* no loss lies below 0 */
    assert_true(json_number_value(json_object_get(json_object_get(outer, "high"), "accuracy")) <= 1);
    assert_int_equal(integer(outer, "agree"), tenth > 2 ? tenth : 4 - tenth);
    json_decref(o);
    o = last_object(&g, "load bike_hour; sample 400; model poisson l2=0.01; tune l2=0.01,0.1 k=2 outer=2"); /* whose loss goes below */
    assert_true(loss_of(json_object_get(o, "outer"), "low") < 0);
    json_decref(o);
    stage_close(&g);
    open_with(&g, 2);
    o = last_object(&g, "load iris; tune l2=0.01,0.1 k=2 outer=2"); /* no model is named */
    assert_true(loss_of(json_object_get(o, "outer"), "low") >= 0);
    json_decref(o);
    stage_close(&g);
}

static void test_the_file_of_folds_has_the_hash_of_the_result(void **state)
{
    struct stage g;
    char path[200], command[300], hex[65], *bytes;
    struct bl_sha256 sum;
    size_t size;
    json_t *o;

    (void)state;
    snprintf(path, sizeof path, "/tmp/batchlab-folds-%ld.csv", (long)getpid());
    snprintf(command, sizeof command, "load iris; model softmax l2=0.1; cv 3 repeats=2 out=%s overwrite=yes", path);
    open_with(&g, 2);
    o = last_object(&g, command);
    assert_true(bl_file_read(path, 1 << 20, &bytes, &size, NULL));
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bytes, size);
    bl_sha256_end(&sum, hex);
    assert_string_equal(hex, json_string_value(json_object_get(o, "sha256")));
    assert_true(strncmp(bytes, "row,fold_1,fold_2\n0,", 20) == 0);
    bl_free(bytes);
    json_decref(o);
    remove(path);
    stage_close(&g);
}

/* softmax(l2=10) hardly learns, so that rows only one decides rightly are those of the other, in every repeat. */
static void test_who_is_first_in_a_comparison_is_told(void **state)
{
    struct stage g;
    json_t *o, *pair, *m;

    (void)state;
    open_with(&g, 2);
    o = last_object(&g, "load iris; model softmax l2=0.01; cv 3 repeats=2 against=softmax(l2=10)");
    pair = json_array_get(json_object_get(o, "comparison"), 0);
    m = json_object_get(pair, "mcnemar");
    assert_string_equal(json_string_value(json_object_get(m, "first")), json_string_value(json_object_get(pair, "against")));
    assert_string_equal(json_string_value(json_object_get(m, "second")), json_string_value(json_object_get(pair, "name")));
    assert_true(json_integer_value(json_object_get(m, "only_first")) > 3 * json_integer_value(json_object_get(m, "only_second")));
    json_decref(o);
    stage_close(&g);
    stage_open(&g);
    stage_run(&g, "load iris; model softmax l2=0.01; cv 3 repeats=2 against=softmax(l2=10)");
    assert_non_null(strstr(bl_text_get(&g.both), "McNemar, of the first repeat: "));
    stage_close(&g);
}

static void test_the_parts_of_eval_agree(void **state)
{
    struct stage g;
    json_t *all, *one, *groups;
    double sum = 0, rows = 0;
    size_t k;

    (void)state;
    open_with(&g, 2);
    all = last_object(&g, "load titanic; model logistic l2=0.1; train full:newton; eval train by=Pclass ci=yes resamples=50");
    groups = json_object_get(all, "groups");
    json_array_foreach(groups, k, one) {
        sum += json_number_value(json_object_get(one, "loss")) * json_number_value(json_object_get(one, "rows"));
        rows += json_number_value(json_object_get(one, "rows"));
    }
    assert_int_equal((json_int_t)rows, integer(all, "rows"));
    assert_true(fabs(sum / rows - json_number_value(json_object_get(all, "loss"))) < 1e-12);
    one = json_object_get(json_object_get(all, "intervals"), "accuracy");
    assert_true(json_number_value(json_array_get(one, 0)) <= json_number_value(json_object_get(all, "accuracy")));
    assert_true(json_number_value(json_array_get(one, 1)) >= json_number_value(json_object_get(all, "accuracy")));
    json_decref(all);
    stage_close(&g);
}

#ifdef HAVE_SQLITE
static size_t looks_in_journal(const char *folder, const char *event)
{
    struct bl_journal_row *rows = NULL;
    struct bl_registry *registry;
    size_t n = 0, found = 0;

    assert_true(bl_registry_open(&registry, folder, true, NULL));
    assert_true(bl_registry_check(registry, NULL));
    assert_true(bl_registry_journal(registry, NULL, &rows, &n, NULL));
    for (size_t i = 0; i < n; i++)
        found += !strcmp(rows[i].event, event);
    bl_journal_free(rows, n);
    bl_registry_close(registry);
    return found;
}

static size_t looks_of(const char *text)
{
    struct stage g;
    json_t *o;
    size_t n;

    open_with(&g, 2);
    o = last_object(&g, text);
    assert_null(json_object_get(o, "error"));
    n = (size_t)json_integer_value(json_object_get(o, "test_looks"));
    json_decref(o);
    stage_close(&g);
    return n;
}

/* One from before there was a registry, too; of other data, no. Verifying looks at nothing. */
static void test_looks_are_counted_over_sessions(void **state)
{
    char folder[] = "/tmp/looks-XXXXXX", line[100];
    const char *home = getenv("BATCHLAB_HOME");
    char *before = home ? strdup(home) : NULL;

    (void)state;
    assert_non_null(mkdtemp(folder));
    setenv("BATCHLAB_HOME", folder, 1);
    assert_int_equal(looks_of("load iris; train full:newton; eval test"), 1);
    assert_int_equal(looks_of("load iris; train full:newton; eval"), 0); /* nobody wrote it down */
    looks_of("load iris; train full:newton; eval test; save looked; verify looked");
    assert_int_equal(looks_in_journal(folder, "look"), 1);
    assert_int_equal(looks_of("load iris; train full:newton; eval"), 1);
    assert_int_equal(looks_of("load iris; train full:newton; eval test; eval test; cv 3"), 3);
    assert_int_equal(looks_of("load wine; train full:newton; eval"), 0);
    assert_int_equal(looks_of("load iris; load iris; train full:newton; eval test; eval"), 4);
    assert_int_equal(looks_in_journal(folder, "look"), 4);
    looks_of("load iris; drift iris; open looked; drift iris; drift iris rows=all");
    assert_int_equal(looks_in_journal(folder, "drift"), 3);
    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    assert_int_equal(system(line), 0);
    if (before)
        setenv("BATCHLAB_HOME", before, 1);
    else
        unsetenv("BATCHLAB_HOME");
    free(before);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_number_of_threads_prints_the_same),
        cmocka_unit_test(test_every_look_at_the_test_rows_is_counted_and_told),
#ifdef HAVE_SQLITE
        cmocka_unit_test(test_looks_are_counted_over_sessions),
#endif
        cmocka_unit_test(test_a_search_goes_on_from_what_is_known),
        cmocka_unit_test(test_nested_choices_have_an_interval_and_agree_or_not),
        cmocka_unit_test(test_the_file_of_folds_has_the_hash_of_the_result),
        cmocka_unit_test(test_the_parts_of_eval_agree),
        cmocka_unit_test(test_who_is_first_in_a_comparison_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
