/* What other programs rely on: the keys of every result and their types, errors as objects, and that a
 * command which fails leaves everything as it was. */
#include "harness.h"

#include <jansson.h>
#include <math.h>

/* ---- helpers -----------------------------------------------------------------------------------------*/

static void program_open(struct stage *g)
{
    stage_open(g);
    g->session.output = BL_OUT_JSON;
}

/* The objects that a text prints, one a line; nothing else may be there. */
static json_t *run_json(struct stage *g, const char *text, int *status)
{
    json_t *all = json_array();
    const int exit = stage_run(g, text);
    const char *at = bl_text_get(&g->out);

    if (status)
        *status = exit;
    while (*at) {
        const size_t n = strcspn(at, "\n");
        json_t *one = json_loadb(at, n, JSON_REJECT_DUPLICATES, NULL);

        if (!one || at[n] != '\n')
            fail_msg("%s: this line is no object: %.*s", text, (int)n, at);
        json_array_append_new(all, one);
        at += n + 1;
    }
    expect_text(text, bl_text_get(&g->note), "");
    return all;
}

static json_t *last_of(json_t *all)
{
    return json_array_get(all, json_array_size(all) - 1);
}

static bool has_type(const json_t *value, char type)
{
    switch (type) {
    case 'i': return json_is_integer(value);
    case 'n': return json_is_number(value) || json_is_null(value); /* null: not finite */
    case 's': return json_is_string(value);
    case 'b': return json_is_boolean(value);
    case 'a': return json_is_array(value);
    default: return json_is_object(value);
    }
}

/* keys: "rows:i seconds:n warnings?:a"; with a question mark it may be absent. No other key may be there,
 * but the reason beside a null. */
static void expect_keys(const char *what, json_t *object, const char *keys)
{
    json_t *rest = json_copy(object);
    char key[64], type;
    int n;

    for (const char *at = keys; sscanf(at, " %63[^: ]:%c%n", key, &type, &n) == 2; at += n) {
        const size_t length = strlen(key);
        const bool optional = key[length - 1] == '?';

        key[length - optional] = '\0';
        const json_t *value = json_object_get(rest, key);
        if (!value && optional)
            continue;
        if (!value || !has_type(value, type))
            fail_msg("%s: key '%s' should be there with type %c", what, key, type);
        json_object_del(rest, key);
    }
    const char *left;
    json_t *value;
    json_object_foreach(rest, left, value)
        if (!strstr(left, "_reason"))
            fail_msg("%s: key '%s' is not in the interface", what, left);
    json_decref(rest);
}

static double number_at(json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_number(value))
        fail_msg("'%s' should be a number", key);
    return json_number_value(value);
}

static void expect_near(const char *what, double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance * fmax(1e-300, fabs(wanted))))
        fail_msg("%s: %.17g should be %.17g", what, got, wanted);
}

/* ---- keys --------------------------------------------------------------------------------------------*/

#define RUN_KEYS "command:s run:i regime:s batch:i optimizer:s lr?:n epoch:n updates:i samples_seen:i gradient_evaluations:i " \
                 "train_loss:n validation_loss?:n objective:n gradient_norm:n status:s stopped_by?:s seconds:n error?:o warnings?:a"
#define LOAD_KEYS "command:s dataset:s rows:i columns:a target?:s task:s sha256:s bytes:i seconds:n warnings:a"
#define ROLE_KEYS "command:s target:s task:s classes?:a positive?:s features:a"
#define THEORY_KEYS "command:s lipschitz?:n lipschitz_bound:n strong_convexity?:n condition?:n critical_lr?:n best_lr?:n predicted_rate?:n " \
                    "measured_rate?:n optimum_objective?:n suboptimality?:n gradient_noise_scale:n noise_floor?:n note?:s"
#define CV_KEYS "command:s folds:a mean:o sd:o best:s metric:s status:s kind:s k:i repeats:i seed:i rows:i sha256:s assignment:a pooled:o"
#define POINT_KEYS "command:s points:a mean:o sd:o metric:s status:s kind:s k:i repeats:i seed:i rows:i sha256:s assignment:a"
#define CLASS_KEYS "command:s split:s rows:i loss:n accuracy:n balanced_accuracy:n precision:n recall:n f1:n auc:n pr_auc:n log_loss:n brier:n ece:n " \
                   "confusion:a labels:a baseline:o test_looks?:i contestant?:s intervals?:o groups?:a by?:s"

static const struct { const char *text, *keys; } results[] = {
    {"load iris", LOAD_KEYS},
    {"load titanic", LOAD_KEYS},
    {"load breast_cancer; target diagnosis positive=benign", ROLE_KEYS},
    {"load iris; features petal_length petal_width", ROLE_KEYS},
    {"load diabetes; drop age", ROLE_KEYS},
    {"load titanic; describe", "command:s columns:a"},
    {"load iris; corr", "command:s names:a matrix:a method:s rows:i p:a"},
    {"load iris; corr method=kendall sepal_length petal_width", "command:s names:a matrix:a method:s rows:i p:a"},
    {"load iris; corr method=covariance", "command:s names:a matrix:a method:s rows:i"},
    {"load iris; hist petal_width bins=4", "command:s column:s edges:a counts:a rule:s"},
    {"load iris; hist petal_width by=species", "command:s column:s edges:a counts:a by:s groups:a rule:s"},
    {"load iris; hist petal_width kde=yes", "command:s column:s edges:a counts:a rule:s density:o"},
    {"load iris; box petal_width by=species", "command:s column:s by:s boxes:a"},
    {"load iris; box petal_width sepal_width", "command:s boxes:a"},
    {"load iris; qq petal_width", "command:s column:s count:i x:a y:a intercept:n slope:n"},
    {"load iris; normality", "command:s columns:a"},
    {"load iris; balance", "command:s column:s task:s classes:a rows:i entropy:n evenness:n ratio:n baseline_accuracy:n baseline_loss:n missing:i"},
    {"load mtcars; balance", "command:s column:s task:s rows:i mean:n sd:n min:n q1:n median:n q3:n max:n skewness:n kurtosis:n baseline_mse:n missing:i"},
    {"load iris; means", "command:s by:s groups:a columns:a"},
    {"load iris; information", "command:s target:s bins:i columns:a"},
    {"load iris; pairs", "command:s names:a matrix:a rows:i by:s"},
    {"load iris; pca", "command:s names:a rows:i scaled:b total:n components:a"},
    {"load iris; pca plot=biplot", "command:s names:a rows:i scaled:b total:n components:a scores:a"},
    {"load iris; prep standardize", "command:s steps:a features:a"},
    {"load titanic; recipe", "command:s steps:a features:a warnings?:a"},
    {"load titanic; prep onehot", "command:s steps:a features:n warnings:a"},
    {"load iris; split 70 20 10", "command:s train:i validation:i test:i seed:i stratified:b"},
    {"load iris; split 70 20 10 by=time", "command:s train:i validation:i test:i seed:i stratified:b by:s"},
    {"load iris; model softmax l2=0.1", "command:s model:s parameters:i settings:o"},
    {"load iris; train batch epochs=2", RUN_KEYS},
    {"load iris; train batch epochs=0", RUN_KEYS},
    {"load diabetes; train full:closed", RUN_KEYS},
    {"load iris; train mini:32 epochs=2; step update", RUN_KEYS},
    {"load iris; train sgd epochs=2; back update 3", RUN_KEYS},
    {"load iris; train sgd epochs=2; goto update 7", RUN_KEYS},
    {"load iris; train sgd epochs=2; back; run", RUN_KEYS},
    {"load iris; train batch epochs=0; until train_loss < 0.6", RUN_KEYS},
    {"load iris; train mini:7 epochs=3; log", "command:s epochs:a"},
    {"load iris; train batch epochs=3; plot boundary", "command:s x:s y:s points:a rows:i wrong:i others:i warnings?:a"},
    {"load diabetes; train batch epochs=3; plot boundary", "command:s x:s y:s points:a rows:i warnings?:a"},
    {"load iris; train batch epochs=3; plot contour", "command:s x:s y:s field:o contours:a lowest:n paths:a share:n rows_used:i optimum?:a"},
    {"load diabetes; train batch epochs=3; plot contour plane=bmi,bp", "command:s x:s y:s field:o contours:a lowest:n paths:a optimum:a rows_used:i"},
    {"load iris; train mini:7 epochs=3; params", "command:s names:a values:a"},
    {"load iris; train mini:7 epochs=3; params scale=original", "command:s names:a values:a"},
    {"load iris; train mini:7 epochs=3; explain",
     "command:s rows:a rows_total:i margins:a residuals:a gradient:a lr:n loss:n before:a after:a"},
    {"load iris; model softmax l2=0.1; train mini:7 epochs=3; theory", THEORY_KEYS},
    {"load iris; train sgd; theory", THEORY_KEYS},
    {"load iris; compare epochs=2", "command:s runs:a optimum?:n target?:n fairness:o"},
    {"load diabetes; compare epochs=2", "command:s runs:a optimum:n target:n fairness:o"},
    {"load iris; train batch epochs=9; eval", CLASS_KEYS},
    {"load iris; train batch epochs=9; eval test", CLASS_KEYS},
    {"load diabetes; train batch; eval train", "command:s split:s rows:i loss:n mse:n rmse:n mae:n r2:n baseline:o"},
    {"load iris; train batch; predict", "command:s rows:i predictions:a probabilities:a"},
    {"load diabetes; train batch; predict", "command:s rows:i predictions:a"},
    {"load iris; train batch; check accuracy > 0.1", "command:s expression:s value:n holds:b"},
    {"load iris; model softmax l2=0.1; cv 3", CV_KEYS},
    {"load diabetes; cv 3 folds=cyclic", CV_KEYS},
    {"load diabetes; cv 3 against=linear(l2=1)", CV_KEYS " contestants:a comparison:a"},
    {"load iris; model softmax; tune l2=0.01,0.1 k=3", POINT_KEYS " best:o known:i"},
    {"load diabetes; tune l2=0.1,1 k=3 outer=2", POINT_KEYS " best:o known:i outer:o"},
    {"load diabetes; tune l2=0.01..1:9 search=halving k=3", POINT_KEYS " best:o known:i rungs:a"},
    {"load diabetes; validate l2=0.1,1 k=3", POINT_KEYS " best:o known:i"},
    {"load diabetes; curve k=3 points=3", POINT_KEYS " best:o verdict:o"},
    {"load iris; train batch; confusion", "command:s split:s rows:i confusion:a labels:a classes:a"},
    {"load iris; train batch; roc", "command:s split:s rows:i curve:s classes:a"},
    {"load iris; train batch; calibration", "command:s split:s rows:i bins:a ece:n worst:n"},
    {"load diabetes; train batch; residuals",
     "command:s split:s rows:i mean:n sd:n min:n q1:n median:n q3:n max:n skewness:n kurtosis:n lag1:n spread_by_prediction:n largest:a "
     "residuals:a predictions:a"},
    {"about", "command:s version:s build:s libraries:o processor:s threads:i"},
    {"load iris; compare epochs=2; story", "command:s story:s"},
    {"load iris; compare epochs=2; say", "command:s text:s"},
};

static void test_results_have_the_keys_of_the_interface(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        struct stage g;
        int status;

        program_open(&g);
        json_t *all = run_json(&g, results[i].text, &status);
        if (status != 0)
            fail_msg("%s ended with %d", results[i].text, status);
        expect_keys(results[i].text, last_of(all), results[i].keys);
        json_decref(all);
        stage_close(&g);
    }
}

/* The elements of the lists, by the same rule. */
static const struct { const char *text, *list, *keys; } elements[] = {
    {"load titanic", "columns", "name:s type:s missing:i"},
    {"load titanic; describe Age", "columns",
     "name:s type:s count:i missing:i mean:n sd:n variance:n min:n q1:n median:n q3:n max:n skewness:n kurtosis:n lag1:n distinct:i top:a"},
    {"load titanic; describe Sex", "columns", "name:s type:s count:i missing:i distinct:i top:a"},
    {"load iris; prep standardize; prep minmax", "steps", "step:s columns:a fitted:o"},
    {"load iris; train sgd epochs=2; log", "epochs",
     "epoch:i updates:i samples_seen:i train_loss:n validation_loss:n objective:n gradient_norm:n lr:n seconds:n"},
    {"load diabetes; compare epochs=50", "runs",
     "name:s regime:s batch:i optimizer:s lr:n epoch:i updates:i samples_seen:i gradient_evaluations:i train_loss:n validation_loss:n "
     "objective:n gradient_norm:n suboptimality:n epochs_to_target?:i samples_to_target?:i updates_to_target?:i rank:i seconds:n status:s"},
};

static void test_elements_of_lists_have_their_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        struct stage g;
        json_t *one;
        size_t k;

        program_open(&g);
        json_t *all = run_json(&g, elements[i].text, NULL), *list = json_object_get(last_of(all), elements[i].list);
        assert_true(json_array_size(list) > 0);
        json_array_foreach(list, k, one)
            expect_keys(elements[i].text, one, elements[i].keys);
        json_decref(all);
        stage_close(&g);
    }
}

/* ---- errors --------------------------------------------------------------------------------------------*/

static const char *const setup = "load iris; prep standardize; split 70 20 10; model softmax l2=0.1; set lr=0.3; "
                                 "train mini:20 epochs=5; step update 2";
static const char *const everything = "datasets; columns; recipe; split; model; set; params; log; eval; race";

static const struct { const char *text, *code; } failures[] = {
    {"load nope", "io"}, {"load .", "io"}, {"load /dev/zero", "io"}, {"load iris target=zz", "unknown"},
    {"load iris types=zz:numeric", "unknown"}, {"load iris types=species:numeric", "data"}, {"load iris name=a/b", "value"},
    {"load iris bins=3", "unknown"}, {"load", "usage"}, {"load a b", "usage"}, {"use nope", "unknown"},
    {"target nope", "unknown"}, {"target species positive=setosa", "value"}, {"features nope", "unknown"}, {"features species", "value"},
    {"drop sepal_length sepal_width petal_length petal_width", "value"}, {"describe nope", "unknown"}, {"corr species", "value"},
    {"corr sepal_length method=foo", "unknown"}, {"hist petal_width bins=0", "value"},
    {"prep nope", "unknown"}, {"prep standardize columns=species", "value"}, {"prep standardize columns=zz", "unknown"},
    {"prep impute foo", "unknown"}, {"prep onehot max_levels=0", "value"}, {"prep", "usage"},
    {"split 0 50 50", "value"}, {"split 99.9 0.05 0.05", "value"}, {"split 1 2", "usage"}, {"split a b c", "value"},
    {"split 60 20 30", "value"}, {"split 60 20 20 by=foo", "unknown"}, {"split 60 20 20 by=time stratify=yes", "value"},
    {"model nope", "unknown"}, {"model logistic", "value"}, {"model linear", "value"}, {"model softmax l2=-1", "value"},
    {"model softmax l2=nan", "value"}, {"model softmax l2=1e400", "value"},
    {"train batch lr=0", "value"}, {"train batch lr=-1", "value"}, {"train batch lr=nan", "value"}, {"train batch lr=inf", "value"},
    {"train mini:0", "value"}, {"train mini:-3", "value"}, {"train batch epochs=-1", "value"}, {"train batch epochs=1e99", "value"},
    {"train foo", "unknown"}, {"train batch sgd", "usage"}, {"train batch optimizer=foo", "unknown"}, {"train full:closed", "value"},
    {"train batch momentum=0.9", "value"}, {"train batch until=foo", "unknown"}, {"train batch until='train_loss <'", "usage"},
    {"train batch schedule=foo", "unknown"}, {"train batch lr=0.1 lr=0.2", "usage"},
    {"compare batch(epochs=2) sgd(epochs=3)", "value"}, {"compare batch(foo=1)", "usage"}, {"compare batch sgd(lr=0)", "value"}, {"compare sgd lr=1..2:1000", "limit"},
    {"compare batch target=x", "value"}, {"compare batch(lr=0.5", "usage"},
    {"step -1", "value"}, {"step 0", "value"}, {"step x", "value"}, {"back x", "value"}, {"goto -1", "value"}, {"goto", "usage"},
    {"run 1", "state"}, {"until foo > 1", "unknown"}, {"until train_loss <", "usage"}, {"explain rows=999", "value"},
    {"explain rows=a", "value"}, {"set lr=abc", "value"}, {"set lr=0.5 epochs=-3", "value"}, {"set foo=1", "unknown"},
    {"predict nope.csv", "io"}, {"predict diabetes", "unknown"}, {"predict out=/nonexistent/x", "io"}, {"eval foo", "unknown"},
    {"check foo > 1", "unknown"}, {"check accuracy >", "usage"}, {"params foo", "unknown"}, {"theory foo", "unknown"},
    {"plot foo", "unknown"}, {"source nope.bl", "io"}, {"help nope", "unknown"}, {"foo", "unknown"}, {"'open", "unknown"},
};

static void expect_error(const char *text, json_t *object, const char *code)
{
    json_t *error = json_object_get(object, "error");

    expect_keys(text, object, "command:s error:o");
    expect_keys(text, error, "code:s message:s reason?:s hint:s file?:s line?:i column?:i");
    if (strcmp(json_string_value(json_object_get(error, "code")), code) != 0)
        fail_msg("%s: code %s should be %s: %s", text, json_string_value(json_object_get(error, "code")), code,
                 json_string_value(json_object_get(error, "message")));
}

static void test_a_command_that_fails_changes_nothing(void **state)
{
    struct stage g;
    struct bl_text before = {0};

    (void)state;
    program_open(&g);
    assert_int_equal(stage_run(&g, setup), 0);
    assert_int_equal(stage_run(&g, everything), 0);
    bl_text_add(&before, bl_text_get(&g.out));
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        int status;
        json_t *all = run_json(&g, failures[i].text, &status);

        if (status != 1 || json_array_size(all) != 1)
            fail_msg("%s ended with %d and %zu objects", failures[i].text, status, json_array_size(all));
        expect_error(failures[i].text, last_of(all), failures[i].code);
        json_decref(all);
        stage_run(&g, everything);
        expect_text(failures[i].text, bl_text_get(&g.out), bl_text_get(&before));
    }
    bl_text_free(&before);
    stage_close(&g);
}

static void test_nothing_loaded_is_an_error_with_a_way_out(void **state)
{
    static const char *const commands[] = {"describe", "corr", "hist x", "target x", "split", "prep standardize", "recipe", "model",
        "train batch", "compare", "step", "back", "run", "goto 3", "log", "params", "explain", "theory", "eval", "predict",
        "check accuracy > 0", "story", "say", "plot", "race", "reset", "head", "columns", "until epoch > 3", "features x", "drop x"};
    struct stage g;

    (void)state;
    program_open(&g);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        json_t *all = run_json(&g, commands[i], NULL);
        expect_error(commands[i], last_of(all), "state");
        json_decref(all);
    }
    stage_close(&g);
}

/* `commands`: those of the objects that are printed after the load, an error with a mark behind it. */
static const struct { const char *text, *commands; } wrapped[] = {
    {"say hist mpg", "say "}, {"say describe mpg", "describe "}, {"hist mpg; say describe mpg", "hist describe "},
    {"say hist nothing", "hist! "}, {"time head x", "head! "}, {"time head 1", "head time "}, {"head 1; repeat", "head head "},
};

static void test_a_command_in_a_command_prints_one_object(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrapped / sizeof *wrapped; i++) {
        struct bl_text seen = {0};
        struct stage g;
        size_t k;
        json_t *all, *one;

        program_open(&g);
        assert_int_equal(stage_run(&g, "load mtcars"), 0);
        all = run_json(&g, wrapped[i].text, NULL);
        json_array_foreach(all, k, one)
            bl_text_addf(&seen, "%s%s ", json_string_value(json_object_get(one, "command")), json_object_get(one, "error") ? "!" : "");
        expect_text(wrapped[i].text, bl_text_get(&seen), wrapped[i].commands);
        bl_text_free(&seen);
        json_decref(all);
        stage_close(&g);
    }
}

static const struct { const char *text, *key, *reason; } holes[] = {
    {"derive one = 1; corr one mpg", "matrix_reason", "a constant column"}, {"derive one = 1; corr one mpg method=kendall", "p_reason", "a constant column"},
    {"filter mpg > 33; corr mpg wt", "matrix_reason", "fewer than 2 rows"}, {"filter mpg > 32; corr mpg wt", "p_reason", "fewer than 3 rows"},
    {"filter mpg > 32; corr mpg wt method=kendall", "p_reason", "fewer than 3 rows"},
    {"load airquality; prep complete; prep standardize; train batch epochs=1; predict airquality", "predictions_reason",
     "the row misses a value that the model needs"},
};

static void test_what_is_null_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof holes / sizeof *holes; i++) {
        struct stage g;

        program_open(&g);
        assert_int_equal(stage_run(&g, "load mtcars"), 0);
        json_t *all = run_json(&g, holes[i].text, NULL);
        const char *reason = json_string_value(json_object_get(last_of(all), holes[i].key));
        expect_text(holes[i].text, reason ? reason : "no reason", holes[i].reason);
        json_decref(all);
        stage_close(&g);
    }
}

/* ---- what runs say ----------------------------------------------------------------------------------------*/

static const struct { const char *text, *status, *stopped_by; } ends[] = {
    {"train batch epochs=0", "ready", NULL}, {"train batch epochs=3", "stopped", "epochs"},
    {"train batch epochs=9 until='epoch >= 2'", "stopped", "epoch >= 2"}, {"train batch epochs=3; back", "paused", NULL},
    {"train batch epochs=3; back 99", "ready", NULL}, {"train batch epochs=3; back; run", "stopped", "epochs"},
    {"train batch epochs=3; goto 1; goto 3", "stopped", "epochs"}, {"train sgd epochs=3; step update", "paused", NULL},
    {"train batch epochs=3; run 5", "stopped", "epochs"}, {"train batch epochs=0; until epoch > 4", "stopped", "epoch > 4"},
};

static void test_a_run_says_how_it_ended(void **state)
{
    struct stage g;

    (void)state;
    program_open(&g);
    stage_run(&g, "load iris");
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        json_t *all = run_json(&g, ends[i].text, NULL), *by = json_object_get(last_of(all), "stopped_by");

        expect_text(ends[i].text, json_string_value(json_object_get(last_of(all), "status")), ends[i].status);
        expect_text(ends[i].text, by ? json_string_value(by) : "none", ends[i].stopped_by ? ends[i].stopped_by : "none");
        json_decref(all);
    }
    stage_close(&g);
}

static const struct { const char *text; int status; } statuses[] = {
    {"load iris; train batch", 0}, {"load diabetes; train batch lr=1e308", 3}, {"load iris; train batch; check accuracy > 2", 3},
    {"load diabetes; split 100 0 0; train batch lr=0.5 epochs=3000; describe", 3}, /* what follows is done */
    {"load diabetes; compare batch(lr=9) batch(lr=8) epochs=300", 3}, {"load diabetes; compare batch(lr=9) batch epochs=300", 0},
    {"load nope; load iris", 1},
};

static void test_exit_statuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct stage g;

        program_open(&g);
        const int status = stage_run(&g, statuses[i].text);
        if (status != statuses[i].status)
            fail_msg("%s ended with %d, not %d", statuses[i].text, status, statuses[i].status);
        stage_close(&g);
    }
}

static void test_a_run_that_diverges_names_column_rate_and_way_out(void **state)
{
    struct stage g;

    (void)state;
    program_open(&g);
    json_t *all = run_json(&g, "load diabetes; split 100 0 0; model linear l2=0.01; train batch lr=0.5 epochs=3000", NULL);
    json_t *error = json_object_get(last_of(all), "error");
    expect_text("code", json_string_value(json_object_get(error, "code")), "diverged");
    expect_part("rate", json_string_value(json_object_get(error, "reason")), "above 0.4958, the critical learning rate");
    expect_part("column", json_string_value(json_object_get(error, "reason")), "the largest parameter is s4");
    expect_text("way out", json_string_value(json_object_get(error, "hint")), "train batch lr=0.2");
    json_decref(all);
    stage_close(&g);
}

static void test_contestants_have_the_names_that_are_typed(void **state)
{
    static const struct { const char *text, *names; } races[] = {
        {"compare epochs=1", "batch|mini:32|sgd|"},
        {"compare sgd lr=0.01,0.1 epochs=1", "sgd lr=0.01|sgd lr=0.1|"},
        {"compare batch=1,16,all epochs=1", "sgd|mini:16|batch|"},
        {"compare batch mini:32(optimizer=adam,lr=0.01) full:newton epochs=1", "batch|mini:32 adam|full:newton|"},
        {"compare batch batch(lr=0.1) epochs=1", "batch lr=auto|batch lr=0.1|"},
    };
    struct stage g;

    (void)state;
    program_open(&g);
    stage_run(&g, "load iris");
    for (size_t i = 0; i < sizeof races / sizeof *races; i++) {
        json_t *all = run_json(&g, races[i].text, NULL), *one;
        struct bl_text names = {0};
        size_t k;

        json_array_foreach(json_object_get(last_of(all), "runs"), k, one)
            bl_text_addf(&names, "%s|", json_string_value(json_object_get(one, "name")));
        expect_text(races[i].text, bl_text_get(&names), races[i].names);
        bl_text_free(&names);
        json_decref(all);
    }
    assert_int_equal(stage_run(&g, "compare epochs=1; params mini:32; params 'mini 32'; theory sgd"), 0);
    stage_close(&g);
}

static void test_the_target_of_a_race_is_a_hundredth_above_the_optimum(void **state)
{
    struct stage g;
    json_t *one;
    size_t k;

    (void)state;
    program_open(&g);
    json_t *all = run_json(&g, "load diabetes; compare epochs=60", NULL), *race = last_of(all);
    json_t *log = run_json(&g, "log", NULL), *runs = json_object_get(last_of(log), "runs");
    const double optimum = number_at(race, "optimum"), target = number_at(race, "target");
    const double start = number_at(json_array_get(json_object_get(json_array_get(runs, 0), "epochs"), 0), "objective");
    expect_near("target", target, optimum + 0.01 * (start - optimum), 1e-14);
    json_array_foreach(json_object_get(race, "runs"), k, one) {
        json_t *epochs = json_object_get(json_array_get(runs, k), "epochs"), *reached = json_object_get(one, "epochs_to_target");
        size_t first = 0;

        expect_near("suboptimality", number_at(one, "suboptimality"), number_at(one, "objective") - optimum, 1e-12);
        while (first < json_array_size(epochs) && number_at(json_array_get(epochs, first), "objective") > target)
            first++;
        if (first == json_array_size(epochs))
            assert_null(reached);
        else
            assert_int_equal(json_integer_value(reached), (json_int_t)first);
    }
    json_decref(all);
    json_decref(log);
    stage_close(&g);
}

/* ---- figures ------------------------------------------------------------------------------------------------*/

/* All rows, standardized; lr=auto after seven epochs. Recomputed outside from the definitions: Hessian at
 * the optimum by its sums, eigenvalues by Jacobi's method, the gradients of all single rows. */
static const struct {
    const char *text;
    double lr, lipschitz, bound, convexity, noise_scale, noise_floor, suboptimality, optimum;
} theories[] = {
    {"load iris; prep standardize; split 100 0 0; model softmax l2=0.1; train mini:20",
     0.558541027830956, 0.773427690548085, 1.559248908266, 0.062104087467888, 256.985443808096, 0.00527455066179777, 0.00183013285047162, 0.505922213543504},
    {"load diabetes; prep standardize; split 100 0 0; model linear l2=0.1; train sgd",
     0.02004765590502, 4.12421075015279, 4.12421075015278, 0.108560729827052, 62.0547028064054, 150.604275522052, 150.333190897197, 1517.54020610874},
    {"load diabetes; prep standardize; split 100 0 0; model linear l2=0.01; train batch",
     0.247879960153824, 4.03421075015279, 4.03421075015278, 0.0185607298270516, 77.6780034653404, 0, 233.071698973228, 1444.20479999553},
    {"load breast_cancer; features radius_mean texture_mean area_mean; prep standardize; split 100 0 0; model logistic l2=0.01; train mini:20",
     0.930662971515204, 0.115240254873818, 0.551431169078812, 0.0101024575061895, 2203.51003995876, 0.00219489134412393, 0.000453614590476936, 0.286876625844021},
};

static void test_theory_agrees_with_its_definitions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof theories / sizeof *theories; i++) {
        struct stage g;
        char text[300];

        program_open(&g);
        snprintf(text, sizeof text, "%s epochs=7; theory", theories[i].text);
        json_t *all = run_json(&g, text, NULL), *t = last_of(all), *run = json_array_get(all, json_array_size(all) - 2);
        const double lr = number_at(run, "lr"), l = number_at(t, "lipschitz"), mu = number_at(t, "strong_convexity");
        expect_near("lr", lr, theories[i].lr, 1e-12);
        expect_near("lipschitz", l, theories[i].lipschitz, 1e-9);
        expect_near("lipschitz_bound", number_at(t, "lipschitz_bound"), theories[i].bound, 1e-11);
        expect_near("strong_convexity", mu, theories[i].convexity, 1e-8);
        expect_near("condition", number_at(t, "condition"), l / mu, 1e-14);
        expect_near("critical_lr", number_at(t, "critical_lr"), 2 / l, 1e-14);
        expect_near("best_lr", number_at(t, "best_lr"), 2 / (l + mu), 1e-14);
        expect_near("predicted_rate", number_at(t, "predicted_rate"), fmax(fabs(1 - lr * l), fabs(1 - lr * mu)), 1e-13);
        expect_near("gradient_noise_scale", number_at(t, "gradient_noise_scale"), theories[i].noise_scale, 1e-8);
        expect_near("noise_floor", number_at(t, "noise_floor"), theories[i].noise_floor, 1e-7);
        expect_near("suboptimality", number_at(t, "suboptimality"), theories[i].suboptimality, 1e-8);
        expect_near("optimum", number_at(t, "optimum_objective"), theories[i].optimum, 1e-11);
        json_decref(all);
        stage_close(&g);
    }
}

/* ---- the same bits ----------------------------------------------------------------------------------------*/

static void test_threads_change_no_digit(void **state)
{
    static const char *const sets[] = {"iris", "breast_cancer", "diabetes"};
    static const size_t threads[] = {1, 2, 3, 8};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct bl_text first = {0};
        char text[200];

        snprintf(text, sizeof text, "load %s; compare batch mini:32 sgd lr=0.1 epochs=50; log; params sgd; describe; corr", sets[i]);
        for (size_t k = 0; k < 4; k++) {
            struct stage g;
            struct bl_error err = {0};

            program_open(&g);
            bl_session_done(&g.session);
            bl_workbench_free(g.workbench);
            g.workbench = bl_workbench_create(threads[k], 1, &err);
            assert_true(g.workbench && bl_session_init(&g.session, g.workbench, &err));
            g.session.output = BL_OUT_JSON;
            g.session.screen = (struct bl_screen){.context = &g, .out = stage_out, .note = stage_note};
            stage_run(&g, text);
            if (k == 0)
                bl_text_add(&first, bl_text_get(&g.out));
            expect_text(text, bl_text_get(&g.out), bl_text_get(&first));
            stage_close(&g);
        }
        bl_text_free(&first);
    }
}

static const struct { const char *one, *other; } ways[] = {
    {"step 10", "step 10; back 3; step 3"}, {"step 10", "step 4; step 6"}, {"step 10", "step 17; goto 10"},
    {"goto update 17", "step 9; goto update 17"}, {"goto update 17", "step update 17"},
    {"goto update 17", "goto update 40; back update 23"}, {"step 10", "step 10; back 99; run 10"},
};

static void test_every_way_to_a_state_has_its_bits(void **state)
{
    static const char *const regimes[] = {"batch lr=0.2", "mini:32 optimizer=momentum lr=0.05", "sgd lr=0.05 schedule=1/t",
                                          "mini:20 optimizer=adam lr=0.01 order=replacement", "full:lbfgs"};

    (void)state;
    for (size_t i = 0; i < sizeof regimes / sizeof *regimes; i++)
        for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
            struct bl_text wanted = {0};
            char text[300];

            for (int side = 0; side < 2; side++) {
                struct stage g;

                program_open(&g);
                snprintf(text, sizeof text, "load iris; model softmax l2=0.01; train %s epochs=0; %s", regimes[i], side ? ways[k].other : ways[k].one);
                stage_run(&g, text);
                assert_int_equal(stage_run(&g, "params; log; explain"), 0);
                if (side == 0)
                    bl_text_add(&wanted, bl_text_get(&g.out));
                expect_text(text, bl_text_get(&g.out), bl_text_get(&wanted));
                stage_close(&g);
            }
            bl_text_free(&wanted);
        }
}

int main(void)
{
    setenv("BATCHLAB_CLOCK", "fixed", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_have_the_keys_of_the_interface),
        cmocka_unit_test(test_elements_of_lists_have_their_keys),
        cmocka_unit_test(test_a_command_that_fails_changes_nothing),
        cmocka_unit_test(test_nothing_loaded_is_an_error_with_a_way_out),
        cmocka_unit_test(test_a_command_in_a_command_prints_one_object),
        cmocka_unit_test(test_what_is_null_says_why),
        cmocka_unit_test(test_a_run_says_how_it_ended),
        cmocka_unit_test(test_exit_statuses),
        cmocka_unit_test(test_a_run_that_diverges_names_column_rate_and_way_out),
        cmocka_unit_test(test_contestants_have_the_names_that_are_typed),
        cmocka_unit_test(test_the_target_of_a_race_is_a_hundredth_above_the_optimum),
        cmocka_unit_test(test_theory_agrees_with_its_definitions),
        cmocka_unit_test(test_threads_change_no_digit),
        cmocka_unit_test(test_every_way_to_a_state_has_its_bits),
    };
    return cmocka_run_group_tests_name("contract", tests, NULL, NULL);
}
