/* Sparse columns through roles and recipe: scaled by the training rows, never filled up. */
#include "tests/prepare/fitting.h"

#include <string.h>

static struct bl_table *sparse_table(const char *text, enum bl_sparsity sparse)
{
    struct bl_error err;
    struct bl_table *t = bl_load_bytes(text, strlen(text), "s.libsvm", &(struct bl_load_options){.sparse = sparse}, &err);

    if (!t)
        fail_msg("%s", err.message);
    return t;
}

static const char rows[] = "1 qid:1 1:2 3:-8\n0 qid:0 2:5\n1 qid:0 1:-4 3:2\n0 qid:2 1:100 4:7\n";

struct fitted { struct bl_table *t; struct bl_roles roles; struct bl_recipe *r; struct bl_error err; bool ok; };

/* On the first three rows. */
static struct fitted fit_first(enum bl_sparsity sparse, const char *steps)
{
    struct fitted f = {.t = sparse_table(rows, sparse)};
    static const uint32_t three[] = {0, 1, 2};

    assert_true(bl_roles_choose(&f.roles, f.t, "label", BL_REGRESSION, NULL, NULL));
    f.r = steps ? make_recipe(steps) : bl_recipe_default_for(f.t, NULL);
    f.ok = bl_recipe_fit(f.r, f.t, &f.roles, three, 3, NULL, NULL, &f.err);
    return f;
}

static void fitted_free(struct fitted *f)
{
    bl_recipe_free(f->r);
    bl_roles_free(&f->roles);
    bl_table_free(f->t);
}

static struct bl_matrix *all_rows(struct fitted *f, const struct bl_table *t)
{
    static const uint32_t four[] = {0, 1, 2, 3};
    struct bl_error err;
    struct bl_matrix *m = bl_recipe_apply(f->r, t, t == f->t ? &f->roles : NULL, four, t->n_rows, NULL, &err);

    if (!m)
        fail_msg("%s", err.message);
    return m;
}

static void test_the_default_scales_by_the_training_rows_and_keeps_zeros(void **state)
{
    struct fitted f = fit_first(BL_SPARSE_YES, NULL);
    struct bl_matrix *m;
    static const double expected[4][5] = {{1, 0.5, 0, -1, 0}, {0, 0, 1, 0, 0}, {0, -1, 0, 0.25, 0}, {2, 25, 0, 0, 7}};
    double shift, scale;

    (void)state;
    assert_true(f.ok);
    assert_int_equal(bl_recipe_features(f.r), 5);
    assert_string_equal(bl_recipe_feature(f.r, 0), "qid");
    assert_string_equal(bl_recipe_feature(f.r, 3), "f3");
    assert_true(bl_recipe_affine(f.r, 3, &shift, &scale));
    assert_true(shift == 0 && scale == 8);
    m = all_rows(&f, f.t);
    assert_non_null(m->sparse);
    assert_null(m->x);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 5; j++)
            assert_true(bl_matrix_at(m, i, j) == expected[i][j]);
    assert_true(m->y[0] == 1 && m->y[3] == 0 && m->row[3] == 3);
    bl_matrix_free(m);
    fitted_free(&f);
}

static void test_a_dense_table_with_these_names_gives_the_same_rows(void **state)
{
    struct fitted f = fit_first(BL_SPARSE_YES, NULL);
    struct bl_table *dense = sparse_table(rows, BL_SPARSE_NO);
    struct bl_matrix *a = all_rows(&f, f.t), *b = all_rows(&f, dense);

    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 5; j++)
            assert_true(bl_matrix_at(a, i, j) == bl_matrix_at(b, i, j));
    bl_matrix_free(a);
    bl_matrix_free(b);
    bl_table_free(dense);
    fitted_free(&f);
}

static void test_what_would_fill_them_up_is_refused_with_price_and_way_out(void **state)
{
    static const char *const steps[] = {"standardize", "minmax", "robust", "quantile", "poly", "pca", "bins"};

    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct fitted f = fit_first(BL_SPARSE_YES, steps[i]);
        assert_false(f.ok);
        if (!strstr(f.err.message, "would fill up the 4 sparse columns of s"))
            fail_msg("%s: %s", steps[i], f.err.message);
        assert_non_null(strstr(f.err.hint, "prep maxabs"));
        fitted_free(&f);
    }
}

static void test_steps_that_keep_zeros_pass(void **state)
{
    static const char *const steps[] = {"none", "impute", "complete", "maxabs"};

    (void)state;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct fitted f = fit_first(BL_SPARSE_YES, steps[i]);
        if (!f.ok)
            fail_msg("%s: %s", steps[i], f.err.message);
        assert_int_equal(bl_recipe_features(f.r), 5);
        fitted_free(&f);
    }
}

/* On the first three rows; f4 is 0 there. Correlations with the label: f2 1, qid 0.5, f3 0.33, f1 0.19. */
static const char *const selections[][2] = {
    {"select k=1 method=correlation", "f2"}, {"select k=2 method=correlation", "qid f2"}, {"select", "qid f1 f2 f3"},
    {"select k=1", "f3"}, {"maxabs;select k=3 method=information", "f1 f2 f3"}, {"select k=2 method=correlation;select k=1", "f2"},
    {"select k=3;select method=correlation k=1;maxabs", "f2"},
};

static void expect_selected(const struct fitted *f, const char *step, const char *names)
{
    char list[100] = "";

    for (size_t j = 0; j < bl_recipe_features(f->r); j++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", j ? " " : "", bl_recipe_feature(f->r, j));
    if (strcmp(list, names) != 0)
        fail_msg("%s: %s, wanted %s", step, list, names);
}

static size_t feature_called(const struct bl_recipe *r, const char *name)
{
    size_t j = 0;

    while (j < bl_recipe_features(r) && strcmp(bl_recipe_feature(r, j), name) != 0)
        j++;
    assert_true(j < bl_recipe_features(r));
    return j;
}

static void test_select_takes_the_columns_that_it_takes_of_a_dense_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof selections / sizeof *selections; i++) {
        struct fitted sparse = fit_first(BL_SPARSE_YES, selections[i][0]), dense = fit_first(BL_SPARSE_NO, selections[i][0]);
        struct bl_matrix *a, *b, *c;

        if (!sparse.ok || !dense.ok)
            fail_msg("%s: %s%s", selections[i][0], sparse.err.message, dense.err.message);
        assert_int_equal(bl_recipe_features(dense.r), bl_recipe_features(sparse.r));
        expect_selected(&sparse, selections[i][0], selections[i][1]);
        a = all_rows(&sparse, sparse.t);
        b = all_rows(&dense, dense.t);
        c = all_rows(&sparse, dense.t);
        for (size_t row = 0; row < 4; row++)
            for (size_t j = 0; j < bl_recipe_features(sparse.r); j++)
                assert_true(bl_matrix_at(a, row, j) == bl_matrix_at(b, row, feature_called(dense.r, bl_recipe_feature(sparse.r, j))) &&
                            bl_matrix_at(a, row, j) == bl_matrix_at(c, row, j));
        bl_matrix_free(a);
        bl_matrix_free(b);
        bl_matrix_free(c);
        fitted_free(&sparse);
        fitted_free(&dense);
    }
}

static void test_named_features_leave_the_sparse_ones_out(void **state)
{
    struct bl_table *t = sparse_table(rows, BL_SPARSE_YES);
    struct bl_roles roles;
    const char *qid = "qid";

    (void)state;
    assert_true(bl_roles_choose(&roles, t, "label", BL_REGRESSION, NULL, NULL));
    assert_true(roles.sparse);
    assert_true(bl_roles_features(&roles, t, &qid, 1, NULL));
    assert_false(roles.sparse);
    assert_true(bl_roles_features(&roles, t, NULL, 0, NULL));
    assert_true(roles.sparse);
    assert_true(bl_roles_drop(&roles, t, &qid, 1, NULL)); /* the sparse ones are left */
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_a_column_of_weights_is_no_feature(void **state)
{
    struct bl_table *t = sparse_table(rows, BL_SPARSE_NO);
    struct bl_roles roles;
    struct bl_error err;
    struct bl_matrix *m;
    struct bl_recipe *r = make_recipe("none");
    static const uint32_t four[] = {0, 1, 2, 3};

    (void)state;
    assert_true(bl_roles_choose(&roles, t, "label", BL_REGRESSION, NULL, NULL));
    assert_int_equal(roles.weight, SIZE_MAX);
    assert_false(bl_roles_weigh(&roles, t, "label", &err));
    assert_true(bl_roles_weigh(&roles, t, "qid", &err));
    assert_false(roles.feature[bl_table_find(t, "qid")]);
    assert_true(bl_recipe_fit(r, t, &roles, four, 4, NULL, NULL, NULL));
    assert_int_equal(bl_recipe_features(r), 4);
    m = bl_recipe_apply(r, t, &roles, four, 4, NULL, NULL);
    assert_true(m->weight[0] == 1 && m->weight[1] == 0 && m->weight[3] == 2);
    bl_matrix_free(m);
    assert_true(bl_roles_weigh(&roles, t, NULL, &err));
    assert_true(roles.feature[bl_table_find(t, "qid")]);
    bl_recipe_free(r);
    bl_roles_free(&roles);
    bl_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_default_scales_by_the_training_rows_and_keeps_zeros),
        cmocka_unit_test(test_a_dense_table_with_these_names_gives_the_same_rows),
        cmocka_unit_test(test_what_would_fill_them_up_is_refused_with_price_and_way_out),
        cmocka_unit_test(test_steps_that_keep_zeros_pass),
        cmocka_unit_test(test_select_takes_the_columns_that_it_takes_of_a_dense_table),
        cmocka_unit_test(test_named_features_leave_the_sparse_ones_out),
        cmocka_unit_test(test_a_column_of_weights_is_no_feature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
