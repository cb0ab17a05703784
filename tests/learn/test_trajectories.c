/* Every reference trajectory: six rules, full, mini-batch and single rows, in file order; objective
 * after each epoch that the reference names, and the parameters at the end. */
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

static void check(bool ok, const struct bl_error *err)
{
    if (!ok)
        fail_msg("%s (%s)", err->message, err->hint);
}

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
    check(p.table != NULL, &err);
    check(bl_roles_choose(&p.roles, p.table, json_string_value(json_object_get(input, "target")),
                          regression ? BL_REGRESSION : BL_CLASSIFICATION, NULL, &err), &err);
    check(bl_roles_features(&p.roles, p.table, list, n, &err), &err);
    p.recipe = bl_recipe_create();
    for (size_t i = 0; i < 2; i++)
        check(bl_recipe_add(p.recipe, steps[i], NULL, 0, NULL, 0, &err), &err);
    check(bl_recipe_rows(p.recipe, p.table, &p.roles, &rows, &n_rows, &err), &err);
    check(bl_recipe_fit(p.recipe, p.table, &p.roles, rows, n_rows, NULL, NULL, &err), &err);
    p.matrix = bl_recipe_apply(p.recipe, p.table, &p.roles, rows, n_rows, NULL, &err);
    check(p.matrix != NULL, &err);
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
    check(bl_objective_init(&o, bl_objective_find(model), p->matrix, NULL, p->roles.n_classes, true,
                            json_number_value(json_object_get(run, "lam")), "y", &err), &err);
    struct bl_trainer *t = bl_trainer_create(&o, &s, NULL, NULL, &err);
    check(t != NULL, &err);
    check(bl_trainer_epochs(t, s.epochs, NULL, &err), &err);
    json_object_foreach(json_object_get(run, "objective_after_epoch"), epoch, value) {
        struct bl_point point;
        check(bl_trainer_goto_epoch(t, strtoull(epoch, NULL, 10), NULL, &err), &err);
        check(bl_trainer_point(t, &point, &err), &err);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_reference_trajectories_are_reproduced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
