/* Drift made on purpose: which rows change, and how. */
#include "tests/evaluate/streams.h"

static struct bl_table *injected(const struct set *x, struct bl_inject how)
{
    struct bl_error err = {0};
    struct bl_table *t = bl_inject_drift(x->table, &x->roles, x->rows, x->table->n_rows, &how, 1, 1, &err);

    if (!t)
        fail_msg("%s", err.message);
    return t;
}

static void test_labels_are_turned_from_their_row_on(void **state)
{
    struct bl_table *t, *slow;
    struct set x;
    size_t turned = 0;

    (void)state;
    open_set(&x, "drift", 1000, 9, (struct way){"logistic", 0});
    t = injected(&x, (struct bl_inject){BL_INJECT_LABELS, 400, 0});
    slow = injected(&x, (struct bl_inject){BL_INJECT_LABELS, 400, 400});
    for (size_t i = 0; i < 1000; i++) {
        const bool other = bl_roles_y(&x.roles, slow, i) != bl_roles_y(&x.roles, x.table, i);

        assert_int_equal(bl_roles_y(&x.roles, t, i) != bl_roles_y(&x.roles, x.table, i), i >= 400);
        assert_true(i >= 400 || !other);
        assert_true(i < 800 || other);
        turned += other && i < 800;
        assert_true(t->columns[0].number[i] == x.table->columns[0].number[i]);
    }
    assert_in_range(turned, 150, 250);
    bl_table_free(t);
    bl_table_free(slow);
    close_set(&x);
}

static void test_features_are_changed_from_their_row_on(void **state)
{
    struct bl_table *t;
    struct bl_moments before, after;
    struct set x;

    (void)state;
    open_set(&x, "linear", 1000, 9, (struct way){"linear", 0});
    t = injected(&x, (struct bl_inject){BL_INJECT_SHIFT, 500, 0});
    before = bl_moments_of(x.table->columns[2].number, 500, NULL);
    for (size_t i = 0; i < 1000; i++)
        assert_near("row", i, t->columns[2].number[i], x.table->columns[2].number[i] + (i < 500 ? 0 : 2 * sqrt(bl_moments_variance(&before))), 1e-12);
    bl_table_free(t);
    t = injected(&x, (struct bl_inject){BL_INJECT_SWAP, 500, 0});
    after = bl_moments_of(t->columns[4].number, 500, NULL);
    for (size_t i = 500; i < 1000; i++) { /* the last one takes what the first one had */
        struct bl_moments first = bl_moments_of(x.table->columns[0].number, 500, NULL);
        const double z = (x.table->columns[0].number[i] - first.mean) / sqrt(bl_moments_variance(&first));

        assert_near("row", i, t->columns[4].number[i], after.mean + z * sqrt(bl_moments_variance(&after)), 1e-12);
    }
    bl_table_free(t);
    t = injected(&x, (struct bl_inject){BL_INJECT_LABELS, 500, 0});
    before = bl_moments_of(x.table->columns[5].number, 500, NULL);
    for (size_t i = 0; i < 1000; i++)
        assert_near("row", i, t->columns[5].number[i], i < 500 ? x.table->columns[5].number[i] : 2 * before.mean - x.table->columns[5].number[i], 1e-12);
    bl_table_free(t);
    close_set(&x);
}

static void test_changes_that_cannot_be_are_refused(void **state)
{
    struct bl_inject late = {BL_INJECT_LABELS, 8, 0}, swap = {BL_INJECT_SWAP, 4, 0};
    struct bl_error err = {0};
    struct set x;

    (void)state;
    open_set(&x, "sine", 8, 1, (struct way){"linear", 0});
    assert_null(bl_inject_drift(x.table, &x.roles, x.rows, 8, &late, 1, 1, &err));
    assert_non_null(strstr(err.message, "rows 0 to 7"));
    assert_null(bl_inject_drift(x.table, &x.roles, x.rows, 8, &swap, 1, 1, &err));
    assert_non_null(strstr(err.message, "two features"));
    close_set(&x);
}

/* Allocation k fails: an error, and nothing is left behind. */
static void test_memory_that_ends_is_an_error(void **state)
{
    struct bl_inject how = {BL_INJECT_LABELS, 90, 20};
    size_t refused = 0;
    struct set x;

    (void)state;
    open_set(&x, "drift", 160, 3, (struct way){"logistic", 0.01});
    for (uint64_t k = 1; k < 40; k++) {
        struct bl_error err = {0};
        struct bl_table *t;

        bl_alloc_fail_at(k, false);
        t = bl_inject_drift(x.table, &x.roles, x.rows, 160, &how, 1, 1, &err);
        bl_alloc_fail_at(0, false);
        refused += !t;
        assert_true(t || err.code == BL_MEMORY);
        bl_table_free(t);
    }
    assert_in_range(refused, 2, 38);
    close_set(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels_are_turned_from_their_row_on),
        cmocka_unit_test(test_features_are_changed_from_their_row_on),
        cmocka_unit_test(test_changes_that_cannot_be_are_refused),
        cmocka_unit_test(test_memory_that_ends_is_an_error),
    };

    return cmocka_run_group_tests_name("inject", tests, NULL, NULL);
}
