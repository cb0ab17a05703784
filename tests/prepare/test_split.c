/* Splits: what holds for every size, share, seed and set of classes. */
#include "tests/prepare/tables.h"

/* n rows, of class (i·i + i/3) mod k: classes of different sizes. */
static struct bl_table *classes_table(size_t n, size_t k)
{
    struct bl_table *t = bl_table_create("toys", n, 2, NULL);
    double *x = bl_calloc(n + 1, sizeof *x), *y = bl_calloc(n + 1, sizeof *y);

    for (size_t i = 0; i < n; i++) {
        x[i] = (double)i;
        y[i] = (double)((i * i + i / 3) % k);
    }
    assert_true(bl_table_set_numbers(t, 0, "x", x, NULL) &&
                bl_table_set_numbers(t, 1, "y", y, NULL));
    return t;
}

static struct bl_roles classes_roles(const struct bl_table *t)
{
    struct bl_roles r;

    assert_true(bl_roles_choose(&r, t, "y", BL_CLASSIFICATION, NULL, NULL));
    return r;
}

/* Every row in exactly one part, ascending in each. */
static void assert_partition(const struct bl_split *s, const uint32_t *rows, size_t n)
{
    size_t at[BL_PARTS] = {0};

    assert_int_equal(s->n[0] + s->n[1] + s->n[2], n);
    for (size_t i = 0; i < n; i++) {
        int p = 0;
        while (p < BL_PARTS && !(at[p] < s->n[p] && s->rows[p][at[p]] == rows[i]))
            p++;
        assert_true(p < BL_PARTS);
        at[p]++;
    }
}

static size_t count_class(const struct bl_split *s, int part, const struct bl_table *t, double y)
{
    size_t count = 0;

    for (size_t i = 0; i < s->n[part]; i++)
        count += t->columns[1].number[s->rows[part][i]] == y;
    return count;
}

static void test_parts_are_exact_and_classes_keep_their_shares(void **state)
{
    static const double shares[][BL_PARTS] = {{60, 20, 20}, {70, 30, 0}, {50, 25, 25},
                                              {1, 1, 1},    {80, 0, 20}, {33, 33, 34}};
    static const size_t sizes[] = {20, 30, 50, 99, 100, 101, 150, 569, 1797};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 1; k <= 4; k++) {
            struct bl_table *t = classes_table(sizes[i], k);
            struct bl_roles roles = classes_roles(t);
            uint32_t *rows = first_rows(sizes[i]);
            for (size_t j = 0; j < sizeof shares / sizeof *shares; j++)
                for (uint64_t seed = 1; seed <= 3; seed++) {
                    double sum = shares[j][0] + shares[j][1] + shares[j][2];
                    struct bl_split s;
                    assert_true(
                        bl_split_draw(&s, t, &roles, rows, sizes[i], shares[j], true, seed, NULL));
                    assert_partition(&s, rows, sizes[i]);
                    for (int p = 0; p < BL_PARTS; p++) {
                        assert_true(fabs((double)s.n[p] - (double)sizes[i] * shares[j][p] / sum) <
                                    1);
                        for (size_t c = 0; c < roles.n_classes; c++) {
                            double all = (double)(count_class(&s, 0, t, (double)c) +
                                                  count_class(&s, 1, t, (double)c) +
                                                  count_class(&s, 2, t, (double)c));
                            assert_true(fabs((double)count_class(&s, p, t, (double)c) -
                                             all * shares[j][p] / sum) < 2);
                        }
                    }
                    bl_split_free(&s);
                }
            bl_free(rows);
            bl_roles_free(&roles);
            bl_table_free(t);
        }
}

static void test_equal_classes_split_equally(void **state)
{
    struct bl_table *t = bl_table_create("toys", 150, 2, NULL);
    double *x = bl_calloc(150, sizeof *x), *y = bl_calloc(150, sizeof *y);
    static const double shares[BL_PARTS] = {60, 20, 20};
    static const size_t expected[BL_PARTS] = {30, 10, 10};
    struct bl_roles roles;
    struct bl_split s;
    uint32_t *rows = first_rows(150);

    (void)state;
    for (size_t i = 0; i < 150; i++)
        y[i] = (double)(i / 50);
    assert_true(bl_table_set_numbers(t, 0, "x", x, NULL) &&
                bl_table_set_numbers(t, 1, "y", y, NULL));
    roles = classes_roles(t);
    for (uint64_t seed = 0; seed < 20; seed++) {
        assert_true(bl_split_draw(&s, t, &roles, rows, 150, shares, true, seed, NULL));
        for (int p = 0; p < BL_PARTS; p++)
            for (double c = 0; c < 3; c++)
                assert_int_equal(count_class(&s, p, t, c), expected[p]);
        bl_split_free(&s);
    }
    bl_free(rows);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_the_seed_decides_and_nothing_else(void **state)
{
    static const double shares[BL_PARTS] = {60, 20, 20};
    struct bl_table *t = classes_table(200, 3);
    struct bl_roles roles = classes_roles(t);
    uint32_t *rows = first_rows(200);

    (void)state;
    for (int stratify = 0; stratify < 2; stratify++) {
        struct bl_split one, again, other;
        assert_true(bl_split_draw(&one, t, &roles, rows, 200, shares, stratify, 7, NULL));
        assert_true(bl_split_draw(&again, t, &roles, rows, 200, shares, stratify, 7, NULL));
        assert_true(bl_split_draw(&other, t, &roles, rows, 200, shares, stratify, 8, NULL));
        assert_memory_equal(one.rows[BL_TRAIN], again.rows[BL_TRAIN],
                            one.n[BL_TRAIN] * sizeof *rows);
        assert_memory_not_equal(one.rows[BL_TRAIN], other.rows[BL_TRAIN],
                                one.n[BL_TRAIN] * sizeof *rows);
        assert_int_equal(one.n[BL_TRAIN], 120);
        bl_split_free(&one);
        bl_split_free(&again);
        bl_split_free(&other);
    }
    bl_free(rows);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_rows_with_gaps_between_them_are_split_too(void **state)
{
    static const double shares[BL_PARTS] = {50, 25, 25};
    struct bl_table *t = classes_table(100, 2);
    struct bl_roles roles = classes_roles(t);
    uint32_t rows[20];
    struct bl_split s;

    (void)state;
    for (uint32_t i = 0; i < 20; i++)
        rows[i] = 3 + 4 * i;
    assert_true(bl_split_draw(&s, t, &roles, rows, 20, shares, true, 1, NULL));
    assert_partition(&s, rows, 20);
    bl_split_free(&s);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_all_rows_to_training(void **state)
{
    static const double shares[BL_PARTS] = {100, 0, 0};
    struct bl_table *t = classes_table(1, 1);
    struct bl_roles roles = classes_roles(t);
    struct bl_split s;

    (void)state;
    assert_true(bl_split_draw(&s, t, &roles, (const uint32_t[]){0}, 1, shares, true, 1, NULL));
    assert_int_equal(s.n[BL_TRAIN], 1);
    assert_int_equal(s.n[BL_VALIDATION] + s.n[BL_TEST], 0);
    bl_split_free(&s);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_a_class_with_one_row_goes_to_training(void **state)
{
    static const double shares[BL_PARTS] = {60, 20, 20};
    struct bl_table *t = classes_table(40, 1);
    struct bl_roles roles;
    uint32_t *rows = first_rows(40);

    (void)state;
    for (size_t i = 0; i < 5; i++)
        t->columns[1].number[8 * i] = 10 + (double)i;
    roles = classes_roles(t);
    for (uint64_t seed = 0; seed < 30; seed++) {
        struct bl_split s;
        assert_true(bl_split_draw(&s, t, &roles, rows, 40, shares, true, seed, NULL));
        for (double c = 10; c < 15; c++)
            assert_int_equal(count_class(&s, BL_TRAIN, t, c), 1);
        assert_int_equal(s.n[BL_TRAIN], 24);
        assert_int_equal(s.n[BL_VALIDATION], 8);
        bl_split_free(&s);
    }
    bl_free(rows);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_impossible_splits_say_why(void **state)
{
    static const struct {
        size_t rows, classes;
        double shares[BL_PARTS];
        const char *message;
    } cases[] = {
        {3, 1, {60, 20, 20}, "split 60 20 20 of 3 rows leaves none for test"},
        {1, 1, {60, 20, 20}, "split 60 20 20 of 1 row leaves none for validation"},
        {10, 1, {98, 1, 1}, "split 98 1 1 of 10 rows leaves none for validation"},
        {50, 1, {0, 50, 50}, "split 0 50 50 leaves nothing to train on"},
        {50, 1, {-5, 50, 55}, "split -5 50 55: the share of training must be 0 or more"},
        {50, 1, {50, NAN, 50}, "split 50 nan 50: the share of validation must be 0 or more"},
        {50, 1, {INFINITY, 0, 0}, "split inf 0 0: the share of training must be 0 or more"},
        {6, 100, {60, 20, 20}, "split 60 20 20 of 6 rows leaves none for validation"},
        {0, 1, {60, 20, 20}, "there are no rows to split"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_table *t = classes_table(cases[i].rows + 1, cases[i].classes);
        struct bl_roles roles;
        uint32_t *rows = first_rows(cases[i].rows);
        struct bl_split s;
        struct bl_error err;
        for (size_t k = 0; cases[i].classes == 100 && k < t->n_rows; k++)
            t->columns[1].number[k] = (double)k;
        roles = classes_roles(t);
        assert_false(
            bl_split_draw(&s, t, &roles, rows, cases[i].rows, cases[i].shares, true, 1, &err));
        assert_string_equal(err.message, cases[i].message);
        assert_null(s.rows[BL_TRAIN]);
        bl_free(rows);
        bl_roles_free(&roles);
        bl_table_free(t);
    }
}

static void test_strata_need_classes(void **state)
{
    static const double shares[BL_PARTS] = {60, 20, 20};
    struct bl_table *t = classes_table(30, 2);
    uint32_t *rows = first_rows(30);
    struct bl_roles roles;
    struct bl_split s;
    struct bl_error err;

    (void)state;
    assert_true(bl_roles_choose(&roles, t, "x", BL_REGRESSION, NULL, NULL));
    assert_false(bl_split_draw(&s, t, &roles, rows, 30, shares, true, 1, &err));
    assert_string_equal(err.message, "stratify=yes needs a target with classes");
    assert_true(bl_split_draw(&s, t, &roles, rows, 30, shares, false, 1, &err));
    assert_partition(&s, rows, 30);
    bl_split_free(&s);
    bl_free(rows);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_every_failed_allocation_leaves_an_empty_split(void **state)
{
    static const double shares[BL_PARTS] = {60, 20, 20};
    struct bl_table *t = classes_table(30, 2);
    struct bl_roles roles = classes_roles(t);
    uint32_t *rows = first_rows(30);
    bool ok = false;

    (void)state;
    for (uint64_t k = 1; !ok; k++) {
        struct bl_split s;
        struct bl_error err = {0};
        bl_alloc_fail_at(k, true);
        ok = bl_split_draw(&s, t, &roles, rows, 30, shares, true, 1, &err);
        bl_alloc_fail_at(0, false);
        assert_int_equal(err.code, ok ? BL_OK : BL_MEMORY);
        assert_true(ok || !s.rows[BL_TRAIN]);
        bl_split_free(&s);
    }
    bl_split_free(NULL);
    bl_free(rows);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static struct bl_split split_as(const struct bl_table *t, struct bl_split_how how, struct bl_error *err)
{
    static const double shares[BL_PARTS] = {60, 20, 20};
    struct bl_roles roles;
    uint32_t *rows = first_rows(t->n_rows);
    struct bl_split s;

    assert_true(bl_roles_choose(&roles, t, "y", BL_CLASSIFICATION, NULL, NULL));
    *err = (struct bl_error){0};
    if (bl_split_rows(&s, t, &roles, rows, t->n_rows, shares, false, 3, how, err) &&
        how.balance == BL_BALANCE_NONE)
        assert_partition(&s, rows, t->n_rows);
    bl_free(rows);
    bl_roles_free(&roles);
    return s;
}

static struct bl_table *shops(void)
{
    return TABLE(10, NUMBERS("when", 5, 1, 9, 2, 8, 3, 7, 4, 6, 0),
                 WORDS("shop", "a", "a", "b", "b", "c", "c", "d", "d", "e", "e"),
                 WORDS("part", "train", "test", "train", "val", "train", "train", "train", "test",
                       "validation", "training"),
                 NUMBERS("y", 0, 0, 0, 0, 0, 0, 0, 1, 1, 1));
}

static void test_a_split_by_time_trains_on_the_past(void **state)
{
    struct bl_table *t = shops();
    struct bl_error err;
    struct bl_split s = split_as(t, (struct bl_split_how){BL_SPLIT_TIME, 0, BL_BALANCE_NONE}, &err);

    (void)state;
    assert_int_equal(s.n[BL_TRAIN], 6);
    for (int p = 0; p < BL_PARTS; p++)
        for (size_t i = 0; i < s.n[p]; i++) {
            double when = t->columns[0].number[s.rows[p][i]];
            assert_int_equal(p, when < 6 ? BL_TRAIN : when < 8 ? BL_VALIDATION : BL_TEST);
        }
    bl_split_free(&s);
    s = split_as(t, (struct bl_split_how){BL_SPLIT_TIME, SIZE_MAX, BL_BALANCE_NONE}, &err);
    assert_true(s.rows[BL_TRAIN][5] == 5 && s.rows[BL_TEST][0] == 8);
    bl_split_free(&s);
    split_as(t, (struct bl_split_how){BL_SPLIT_TIME, 1, BL_BALANCE_NONE}, &err);
    assert_string_equal(err.message, "'shop' is categorical, and a split by time needs numbers or dates");
    bl_table_free(t);
}

static void test_the_rows_of_a_group_stay_together(void **state)
{
    struct bl_table *t = shops();
    struct bl_error err;
    struct bl_split s = split_as(t, (struct bl_split_how){BL_SPLIT_GROUPS, 1, BL_BALANCE_NONE}, &err);

    (void)state;
    assert_int_equal(s.n[BL_TRAIN], 6);
    assert_int_equal(s.n[BL_TEST], 2);
    for (int p = 0; p < BL_PARTS; p++)
        for (size_t i = 0; i < s.n[p]; i++)
            assert_int_equal(s.rows[p][i] / 2, s.rows[p][i ^ 1] / 2);
    bl_split_free(&s);
    bl_table_free(t);
}

static void test_a_column_may_say_where_rows_go(void **state)
{
    struct bl_table *t = shops();
    struct bl_error err;
    struct bl_split s = split_as(t, (struct bl_split_how){BL_SPLIT_COLUMN, 2, BL_BALANCE_NONE}, &err);

    (void)state;
    assert_int_equal(s.n[BL_TRAIN], 6);
    assert_int_equal(s.n[BL_VALIDATION], 2);
    assert_true(s.rows[BL_TEST][0] == 1 && s.rows[BL_TEST][1] == 7);
    bl_split_free(&s);
    split_as(t, (struct bl_split_how){BL_SPLIT_COLUMN, 1, BL_BALANCE_NONE}, &err);
    assert_string_equal(err.message, "'shop' says 'a' in row 0, not train, validation or test");
    bl_table_free(t);
}

static void test_balance_makes_classes_of_equal_size_from_training_rows(void **state)
{
    static const struct {
        enum bl_balance balance;
        size_t each;
    } cases[] = {{BL_BALANCE_OVER, 5}, {BL_BALANCE_UNDER, 1}};
    struct bl_table *t = shops();
    struct bl_error err;

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct bl_split s =
            split_as(t, (struct bl_split_how){BL_SPLIT_COLUMN, 2, cases[k].balance}, &err);
        size_t ones = 0;
        assert_int_equal(s.n[BL_TRAIN], 2 * cases[k].each);
        assert_int_equal(s.n[BL_TEST], 2);
        for (size_t i = 0; i < s.n[BL_TRAIN]; i++) {
            uint32_t row = s.rows[BL_TRAIN][i];
            assert_true(i == 0 || s.rows[BL_TRAIN][i - 1] <= row);
            assert_true(row != 1 && row != 3 && row != 7 && row != 8);
            ones += t->columns[3].number[row] == 1;
        }
        assert_int_equal(ones, cases[k].each);
        bl_split_free(&s);
    }
    bl_table_free(t);
}

/* Rows that are repeated are read as often as they stand there. */
static void test_repeated_rows_reach_the_matrix(void **state)
{
    struct bl_table *t = TABLE(3, NUMBERS("x", 10, 20, 30), NUMBERS("y", 1, 2, 3));
    const uint32_t rows[] = {0, 0, 2, 2, 2};
    struct bl_recipe *r = make_recipe("none");
    struct bl_roles roles;
    struct bl_matrix *m;

    (void)state;
    assert_true(bl_roles_choose(&roles, t, "y", -1, NULL, NULL));
    assert_true(bl_recipe_fit(r, t, &roles, rows, 5, NULL, NULL, NULL));
    m = bl_recipe_apply(r, t, &roles, rows, 3, NULL, NULL);
    assert_true(m->x[0] == 10 && m->x[1] == 10 && m->x[2] == 30);
    bl_matrix_free(m);
    bl_recipe_free(r);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static void test_samples_keep_what_their_kind_promises(void **state)
{
    static const struct {
        struct bl_sample_how how;
        size_t n;
    } cases[] = {{{BL_SAMPLE_SIMPLE, SIZE_MAX, 5}, 4},
                 {{BL_SAMPLE_STRATIFIED, 1, 5}, 5},
                 {{BL_SAMPLE_WEIGHTED, 0, 5}, 9},
                 {{BL_SAMPLE_BOOTSTRAP, SIZE_MAX, 5}, 25}};
    struct bl_table *t = shops();
    struct bl_error err;
    uint32_t *rows, *again;

    (void)state;
    for (size_t k = 0; k < 4; k++) {
        struct bl_table *s;
        assert_true(bl_sample_rows(t, &cases[k].how, cases[k].n, &rows, &err));
        assert_true(bl_sample_rows(t, &cases[k].how, cases[k].n, &again, &err));
        assert_memory_equal(rows, again, cases[k].n * sizeof *rows);
        for (size_t i = 1; i < cases[k].n; i++)
            assert_true(rows[i] >= rows[i - 1] + (k < 3));
        for (size_t i = 0; k == 1 && i < 5; i++)
            assert_int_equal(rows[i] / 2, i); /* one of each shop */
        for (size_t i = 0; k == 2 && i < 9; i++)
            assert_int_equal(rows[i], i); /* all but the one of weight 0 */
        s = bl_sample_table(t, rows, cases[k].n, "some", NULL);
        assert_int_equal(s->n_rows, cases[k].n);
        for (size_t i = 0; i < s->n_rows; i++) {
            assert_true(s->columns[0].number[i] == t->columns[0].number[rows[i]]);
            assert_string_equal(bl_table_cell(s, i, 1, NULL, 0), bl_table_cell(t, rows[i], 1, NULL, 0));
        }
        bl_table_free(s);
        bl_free(rows);
        bl_free(again);
    }
    assert_false(bl_sample_rows(t, &cases[0].how, 11, &rows, &err));
    assert_string_equal(err.message, "toys has 10 rows, so 11 cannot be drawn without repeating some");
    assert_false(bl_sample_rows(t, &cases[2].how, 10, &rows, &err));
    assert_string_equal(err.message, "only 9 rows have a weight 'when' above 0");
    bl_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_are_exact_and_classes_keep_their_shares),
        cmocka_unit_test(test_equal_classes_split_equally),
        cmocka_unit_test(test_the_seed_decides_and_nothing_else),
        cmocka_unit_test(test_rows_with_gaps_between_them_are_split_too),
        cmocka_unit_test(test_all_rows_to_training),
        cmocka_unit_test(test_a_class_with_one_row_goes_to_training),
        cmocka_unit_test(test_impossible_splits_say_why),
        cmocka_unit_test(test_strata_need_classes),
        cmocka_unit_test(test_every_failed_allocation_leaves_an_empty_split),
        cmocka_unit_test(test_a_split_by_time_trains_on_the_past),
        cmocka_unit_test(test_the_rows_of_a_group_stay_together),
        cmocka_unit_test(test_a_column_may_say_where_rows_go),
        cmocka_unit_test(test_balance_makes_classes_of_equal_size_from_training_rows),
        cmocka_unit_test(test_repeated_rows_reach_the_matrix),
        cmocka_unit_test(test_samples_keep_what_their_kind_promises),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
