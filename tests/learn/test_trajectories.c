/* Every reference trajectory: six rules, full, mini-batch and single rows, in file order; objective
 * after each epoch that the reference names, and the parameters at the end. The trajectory of the network
 * names losses and right answers alone: its parameters are held against a plain computation of the same
 * descent, written out here, which has to meet the reference itself. */
#include "tests/learn/data.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const sets[] = {"airquality", "anscombe_1", "auto_mpg", "bike_hour", "breast_cancer", "california_housing",
                                   "diabetes", "digits", "faithful", "iris", "linnerud", "mtcars", "penguins", "titanic", "wine"};

struct problem {
    struct bl_table *table;
    struct bl_roles roles;
    struct bl_recipe *recipe;
    struct bl_matrix *matrix;
};

/* "Sex=female" and "Sex=male" both name the column Sex. */
static size_t feature_columns(json_t *names, char out[][64], const char **list)
{
    size_t n = 0, i;
    json_t *name;

    json_array_foreach(names, i, name) {
        char column[64];
        snprintf(column, sizeof column, "%.*s", (int)strcspn(json_string_value(name), "="), json_string_value(name));
        if (n && strcmp(out[n - 1], column) == 0)
            continue;
        memcpy(out[n], column, sizeof column);
        list[n] = out[n];
        n++;
    }
    return n;
}

/* Independent of the recipe: mean and deviation over n, in long double. */
static void standardize(struct bl_matrix *m)
{
    for (size_t j = 0; j < m->n_features; j++) {
        long double mean = 0, square = 0;
        for (size_t i = 0; i < m->n_rows; i++)
            mean += m->x[i * m->n_features + j];
        mean /= m->n_rows;
        for (size_t i = 0; i < m->n_rows; i++)
            square += (m->x[i * m->n_features + j] - mean) * (m->x[i * m->n_features + j] - mean);
        long double sd = square > 0 ? sqrtl(square / m->n_rows) : 1;
        for (size_t i = 0; i < m->n_rows; i++)
            m->x[i * m->n_features + j] = (double)((m->x[i * m->n_features + j] - mean) / sd);
    }
}

static struct problem prepare(json_t *reference)
{
    static const char *const steps[] = {"complete", "onehot"};
    json_t *input = json_object_get(reference, "model_input");
    bool regression = strcmp(json_string_value(json_object_get(reference, "task")), "regression") == 0;
    static char columns[80][64];
    const char *list[80];
    size_t n = feature_columns(json_object_get(input, "columns"), columns, list), n_rows;
    uint32_t *rows;
    struct problem p = {0};
    struct bl_error err;
    char path[600];

    snprintf(path, sizeof path, "%s/sample-data/%s", BL_SOURCE_DIR, json_string_value(json_object_get(reference, "dataset")));
    p.table = bl_load(path, NULL, &err);
    expect(p.table != NULL, &err);
    expect(bl_roles_choose(&p.roles, p.table, json_string_value(json_object_get(input, "target")),
                          regression ? BL_REGRESSION : BL_CLASSIFICATION, NULL, &err), &err);
    expect(bl_roles_features(&p.roles, p.table, list, n, &err), &err);
    p.recipe = bl_recipe_create();
    for (size_t i = 0; i < 2; i++)
        expect(bl_recipe_add(p.recipe, steps[i], NULL, 0, NULL, 0, &err), &err);
    expect(bl_recipe_rows(p.recipe, p.table, &p.roles, &rows, &n_rows, &err), &err);
    expect(bl_recipe_fit(p.recipe, p.table, &p.roles, rows, n_rows, NULL, NULL, &err), &err);
    p.matrix = bl_recipe_apply(p.recipe, p.table, &p.roles, rows, n_rows, NULL, &err);
    expect(p.matrix != NULL, &err);
    assert_int_equal(p.matrix->n_rows, json_integer_value(json_object_get(input, "rows_used")));
    standardize(p.matrix);
    bl_free(rows);
    return p;
}

static void problem_free(struct problem *p)
{
    bl_matrix_free(p->matrix);
    bl_recipe_free(p->recipe);
    bl_roles_free(&p->roles);
    bl_table_free(p->table);
}

static struct bl_settings settings_of(json_t *run)
{
    const char *rule = json_string_value(json_object_get(run, "rule"));
    json_t *batch = json_object_get(run, "batch");
    struct bl_settings s;

    bl_settings_init(&s);
    s.order = BL_GIVEN;
    s.lr = json_number_value(json_object_get(run, "learning_rate"));
    s.epochs = (uint64_t)json_integer_value(json_object_get(run, "epochs"));
    bool known;
    assert_true(bl_settings_set(&s, "optimizer", strcmp(rule, "sgd") ? rule : "gd", &known, NULL));
    if (json_is_integer(batch)) {
        s.regime = json_integer_value(batch) == 1 ? BL_STOCHASTIC : BL_MINI;
        s.batch = (size_t)json_integer_value(batch);
    }
    return s;
}

static void near(double have, double want, double tolerance, const char *what)
{
    if (!(fabs(have - want) <= tolerance * fmax(1, fabs(want))))
        fail_msg("%s: %.17g, reference %.17g", what, have, want);
}

static void compare_parameters(const struct bl_objective *o, const double *theta, json_t *outputs, double tolerance, const char *what)
{
    size_t c, j;
    json_t *output, *value;

    json_array_foreach(outputs, c, output)
        json_array_foreach(output, j, value)
            near(theta[c * (o->d + 1) + j], json_number_value(value), tolerance, what);
}

/* What a batch larger than the data means in the references: all rows. */
static void clamp_batch(struct bl_settings *s, size_t rows)
{
    if (s->regime == BL_MINI && s->batch > rows)
        s->regime = BL_BATCH;
}

static void play(const struct problem *p, const char *model, json_t *run, const char *set)
{
    double tolerance = json_number_value(json_object_get(run, "suggested_relative_tolerance"));
    struct bl_settings s = settings_of(run);
    struct bl_objective o;
    struct bl_error err;
    char what[120];
    const char *epoch;
    json_t *value;

    snprintf(what, sizeof what, "%s %s %s", set, s.optimizer->name, bl_settings_display(&s, (char[32]){0}, 32));
    clamp_batch(&s, p->matrix->n_rows);
    expect(bl_objective_init(&o, bl_objective_find(model), p->matrix, NULL, p->roles.n_classes, true,
                            json_number_value(json_object_get(run, "lam")), "y", &err), &err);
    struct bl_trainer *t = bl_trainer_create(&o, &s, NULL, NULL, &err);
    expect(t != NULL, &err);
    expect(bl_trainer_epochs(t, s.epochs, NULL, &err), &err);
    json_object_foreach(json_object_get(run, "objective_after_epoch"), epoch, value) {
        struct bl_point point;
        expect(bl_trainer_goto_epoch(t, strtoull(epoch, NULL, 10), NULL, &err), &err);
        expect(bl_trainer_point(t, &point, &err), &err);
        near(point.objective, json_number_value(value), tolerance, what);
    }
    assert_int_equal(bl_trainer_update(t), s.epochs * bl_trainer_updates_per_epoch(t));
    compare_parameters(&o, bl_trainer_theta(t), json_object_get(run, "final_parameters_bias_first"), tolerance, what);
    bl_trainer_free(t);
}

static void test_all_reference_trajectories_are_reproduced(void **state)
{
    size_t played = 0;

    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char path[600];
        json_error_t bad;
        snprintf(path, sizeof path, "%s/tests/reference/%s.json", BL_SOURCE_DIR, sets[i]);
        json_t *reference = json_load_file(path, 0, &bad), *trajectories = json_object_get(reference, "trajectories"), *run;
        if (!trajectories)
            fail_msg("%s: %s", path, bad.text);
        struct problem p = prepare(reference);
        const char *kind = json_string_value(json_object_get(trajectories, "kind"));
        size_t k;
        json_array_foreach(json_object_get(trajectories, "runs"), k, run) {
            play(&p, strcmp(kind, "squared") == 0 ? "linear" : kind, run, sets[i]);
            played++;
        }
        problem_free(&p);
        json_decref(reference);
    }
    assert_true(played > 140);
}

/* ---- the network of iris ---------------------------------------------------------------------------------*/
enum { ROWS = 150, IN = 4, UNITS = 8, OUT = 3, NUMBERS = UNITS * (IN + 1) + OUT * (UNITS + 1) };

/* Unit by unit, the bias first: of all programs that lay their parameters out so. */
static long double *hidden_weight(long double *theta, size_t unit, size_t input) { return theta + unit * (IN + 1) + 1 + input; }
static long double *output_weight(long double *theta, size_t c, size_t unit) { return theta + UNITS * (IN + 1) + c * (UNITS + 1) + 1 + unit; }

/* 0.5 sin 1, 0.5 sin 2 ... through the first matrix, input by input, then the second, unit by unit; biases 0. */
static void start_of_reference(long double *theta)
{
    int i = 1;

    memset(theta, 0, NUMBERS * sizeof *theta);
    for (size_t j = 0; j < IN; j++)
        for (size_t u = 0; u < UNITS; u++)
            *hidden_weight(theta, u, j) = 0.5L * (long double)sin(i++);
    for (size_t u = 0; u < UNITS; u++)
        for (size_t c = 0; c < OUT; c++)
            *output_weight(theta, c, u) = 0.5L * (long double)sin(i++);
}

struct answer { long double hidden[UNITS], share[OUT], loss; bool right; };

static struct answer forward(long double *theta, const double *x, size_t class_)
{
    struct answer a = {.right = true};
    long double z[OUT], sum = 0;

    for (size_t u = 0; u < UNITS; u++) {
        long double s = hidden_weight(theta, u, 0)[-1];
        for (size_t j = 0; j < IN; j++)
            s += *hidden_weight(theta, u, j) * x[j];
        a.hidden[u] = tanhl(s);
    }
    for (size_t c = 0; c < OUT; c++) {
        z[c] = output_weight(theta, c, 0)[-1];
        for (size_t u = 0; u < UNITS; u++)
            z[c] += *output_weight(theta, c, u) * a.hidden[u];
        sum += expl(z[c]);
    }
    for (size_t c = 0; c < OUT; c++) {
        a.share[c] = expl(z[c]) / sum;
        a.right = a.right && (c < class_ ? z[c] < z[class_] : z[c] <= z[class_]); /* ties: the first class */
    }
    a.loss = logl(sum) - z[class_];
    return a;
}

static void add_gradient(long double *theta, const double *x, size_t class_, long double share, long double *g)
{
    struct answer a = forward(theta, x, class_);

    for (size_t c = 0; c < OUT; c++) {
        long double slope = share * (a.share[c] - (c == class_));
        output_weight(g, c, 0)[-1] += slope;
        for (size_t u = 0; u < UNITS; u++) {
            long double back = slope * *output_weight(theta, c, u) * (1 - a.hidden[u] * a.hidden[u]);
            *output_weight(g, c, u) += slope * a.hidden[u];
            hidden_weight(g, u, 0)[-1] += back;
            for (size_t j = 0; j < IN; j++)
                *hidden_weight(g, u, j) += back * x[j];
        }
    }
}

static void plain_epoch(const struct bl_matrix *m, size_t batch, long double *theta)
{
    for (size_t from = 0; from < ROWS; from += batch) {
        size_t n = ROWS - from < batch ? ROWS - from : batch;
        long double g[NUMBERS] = {0};
        for (size_t i = from; i < from + n; i++)
            add_gradient(theta, m->x + i * IN, (size_t)m->y[i], 1.0L / n, g);
        for (size_t p = 0; p < NUMBERS; p++)
            theta[p] -= 0.1L * g[p];
    }
}

static void figures(const struct bl_matrix *m, long double *theta, double *loss, int *right)
{
    long double sum = 0;

    *right = 0;
    for (size_t i = 0; i < ROWS; i++) {
        struct answer a = forward(theta, m->x + i * IN, (size_t)m->y[i]);
        sum += a.loss;
        *right += a.right;
    }
    *loss = (double)(sum / ROWS);
}

static int right_answers(const struct bl_objective *o, const double *theta, const struct bl_matrix *m)
{
    static double share[ROWS * OUT];
    int right = 0;

    bl_objective_predict(o, theta, m, share, NULL);
    for (size_t i = 0; i < ROWS; i++) {
        size_t best = 0;
        for (size_t c = 1; c < OUT; c++)
            best = share[i * OUT + c] > share[i * OUT + best] ? c : best;
        right += best == (size_t)m->y[i];
    }
    return right;
}

/* Ours against the plain one, to 12 digits at every end of an epoch; `expected` (may be NULL) names what the
 * reference has at some of them. Without a tolerance of its own it is taken at the 1e-9 of the others. */
static void play_network(const struct bl_objective *o, const char *regime, uint64_t epochs, json_t *expected)
{
    long double theta[NUMBERS];
    struct bl_settings s;
    struct bl_point point;
    struct bl_error err;

    bl_settings_init(&s);
    expect(bl_settings_regime(&s, regime, &err), &err);
    s.order = BL_GIVEN;
    s.lr = 0.1;
    struct bl_trainer *t = bl_trainer_create(o, &s, NULL, NULL, &err);
    expect(t != NULL, &err);
    start_of_reference(theta);
    for (uint64_t e = 0; e <= epochs; e++) {
        char number[24];
        double loss;
        int right;
        expect(bl_trainer_goto_epoch(t, e, NULL, &err) && bl_trainer_point(t, &point, &err), &err);
        figures(o->train, theta, &loss, &right);
        near(point.train_loss, loss, 1e-12, regime);
        for (size_t p = 0; p < NUMBERS; p++)
            near(bl_trainer_theta(t)[p], (double)theta[p], 1e-12, regime);
        snprintf(number, sizeof number, "%llu", (unsigned long long)e);
        json_t *here = json_object_get(expected, number);
        if (here) {
            near(loss, json_number_value(json_object_get(here, "loss")), 1e-9, "the plain computation");
            near(point.objective, json_number_value(json_object_get(here, "loss")), 1e-9, "objective");
            assert_int_equal(right_answers(o, bl_trainer_theta(t), o->train), json_integer_value(json_object_get(here, "correct")));
            assert_int_equal(right, json_integer_value(json_object_get(here, "correct")));
            json_object_del(expected, number);
        }
        plain_epoch(o->train, s.regime == BL_BATCH ? ROWS : s.regime == BL_STOCHASTIC ? 1 : s.batch, theta);
    }
    assert_int_equal(json_object_size(expected), 0); /* every state that it names was met */
    bl_trainer_free(t);
}

static void test_the_trajectory_of_the_reference_network_is_reproduced(void **state)
{
    char path[600];
    json_error_t bad;
    struct bl_network_spec spec;
    struct bl_objective o;
    struct bl_error err;
    long double start[NUMBERS];
    double theta[NUMBERS];
    bool known;

    (void)state;
    snprintf(path, sizeof path, "%s/tests/reference/iris.json", BL_SOURCE_DIR);
    json_t *reference = json_load_file(path, 0, &bad), *mlp = json_object_get(reference, "mlp");
    assert_non_null(mlp);
    struct problem p = prepare(reference);
    assert_int_equal(p.matrix->n_rows, ROWS);
    assert_true(json_number_value(json_object_get(mlp, "learning_rate")) == 0.1);
    bl_network_spec_init(&spec);
    expect(bl_network_hidden(&spec, "8", &err) && bl_network_key(&spec, "activation", "tanh", &known, &err), &err);
    expect(bl_objective_init(&o, bl_objective_find("mlp"), p.matrix, NULL, OUT, true, 0, "y", &err), &err);
    expect(bl_objective_layers(&o, &spec, &err), &err);
    assert_int_equal(o.n_params, NUMBERS);
    start_of_reference(start);
    for (size_t i = 0; i < NUMBERS; i++)
        theta[i] = (double)start[i];
    o.start = theta;
    play_network(&o, "batch", 500, json_object_get(mlp, "after_epoch"));
    play_network(&o, "mini:16", 40, NULL); /* the last batch of an epoch has 6 rows */
    play_network(&o, "sgd", 10, NULL);
    bl_objective_done(&o);
    problem_free(&p);
    json_decref(reference);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_reference_trajectories_are_reproduced),
        cmocka_unit_test(test_the_trajectory_of_the_reference_network_is_reproduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
