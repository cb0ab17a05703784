/* The hourly bikes in blocks of 30 days: means that move, and three ways of answering the next block, against
 * tests/reference (drift): trained once, retrained on all rows before, retrained on the block before. */
#include "tests/prepare/reference.h"

#include "batchlab/evaluate.h"

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void assert_near(const char *what, size_t block, double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected)))
        fail_msg("%s of block %zu: %.17g instead of %.17g", what, block, got, expected);
}

static bool make(const void *model, const struct bl_procedure *p, const struct bl_matrix *train, struct bl_objective *out, struct bl_error *err)
{
    return bl_objective_init(out, bl_objective_find("linear"), train, NULL, p->roles->n_classes, true, *(const double *)model, "target", err);
}

static uint32_t *span(size_t from, size_t to)
{
    uint32_t *rows = bl_calloc(to - from, sizeof *rows);

    for (size_t i = from; i < to; i++)
        rows[i - from] = (uint32_t)i;
    return rows;
}

/* Error on rows [to, to + block) of what was trained on [from, to). */
static double error_on(const struct bl_procedure *p, size_t from, size_t to, size_t at, size_t block)
{
    uint32_t *train = span(from, to), *held = span(at, at + block);
    struct bl_material m;
    struct bl_fit f;
    struct bl_evaluation e;
    struct bl_error err = {0};
    double mse;

    if (!bl_material_make(&m, p, train, to - from, held, block, NULL, NULL, &err) || !bl_fit_train(&f, p, m.train, NULL, NULL, &err) ||
        !bl_fit_judge(&f, m.held, NULL, &e, NULL, &err))
        fail_msg("%s", err.message);
    mse = bl_evaluation_figure(&e, "mse")->value;
    bl_evaluation_free(&e);
    bl_fit_free(&f);
    bl_material_free(&m);
    bl_free(train);
    bl_free(held);
    return mse;
}

static double mean_of(const struct reference *r, const char *name, size_t from, size_t n)
{
    return bl_moments_of(r->table->columns[bl_table_find(r->table, name)].number + from, n, NULL).mean;
}

static void check_means(const struct reference *r, const json_t *order, const json_t *expected, size_t k, size_t block)
{
    const json_t *means = json_object_get(expected, "feature_means");

    assert_near("target", k, mean_of(r, "cnt", k * block, block), number(expected, "target_mean"), 1e-14);
    for (size_t j = 0; j < json_array_size(order); j++)
        assert_near(json_string_value(json_array_get(order, j)), k, mean_of(r, json_string_value(json_array_get(order, j)), k * block, block),
                    json_number_value(json_array_get(means, j)), 1e-14);
}

static void choose_ordered(struct reference *r, const json_t *order)
{
    const char *names[32];
    const size_t n = json_array_size(order);

    assert_true(n && n <= 32);
    for (size_t j = 0; j < n; j++)
        names[j] = json_string_value(json_array_get(order, j));
    assert_true(bl_roles_features(&r->roles, r->table, names, n, NULL));
}

static void test_blocks_agree_with_the_reference(void **state)
{
    struct reference r = reference_open("bike_hour");
    const json_t *drift = json_object_get(r.json, "drift"), *per_block = json_object_get(drift, "per_block"),
                 *order = json_object_get(drift, "feature_order");
    const size_t block = (size_t)number(drift, "block"), blocks = (size_t)number(drift, "blocks");
    const double lam = number(drift, "lam");
    struct bl_procedure p = {.table = r.table, .roles = &r.roles, .recipe = r.recipe, .share = 1, .objective = make, .model = &lam};

    (void)state;
    choose_ordered(&r, order);
    bl_settings_init(&p.settings);
    assert_true(bl_settings_regime(&p.settings, "full:closed", NULL));
    assert_true(blocks == 24 && json_array_size(per_block) == blocks);
    for (size_t k = 0; k < blocks; k++) {
        const json_t *expected = json_array_get(per_block, k);
        const size_t at = k * block;

        check_means(&r, order, expected, k, block);
        if (!k)
            continue;
        assert_near("once", k, error_on(&p, 0, block, at, block), number(expected, "mse_trained_once_on_block_0"), 1e-11);
        assert_near("all before", k, error_on(&p, 0, at, at, block), number(expected, "mse_retrained_on_all_before"), 1e-11);
        assert_near("block before", k, error_on(&p, at - block, at, at, block), number(expected, "mse_retrained_on_block_before"), 1e-11);
    }
    reference_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_blocks_agree_with_the_reference)};

    return cmocka_run_group_tests_name("drift in blocks", tests, NULL, NULL);
}
