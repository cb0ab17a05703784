/* LIBSVM and SVMlight files. */
#include "formats.h"

#include <jansson.h>

static void test_pairs_become_columns(void **state)
{
    static const struct { const char *text, *wanted; } cases[] = {
        { "+1 1:0.5 3:-2\n-1\n\n# c\n1 2:1e3 # c 4:1\n", "f1:num(0.5 0 0) f2:num(0 0 1000) f3:num(-2 0 0) label:num(1 -1 1)" },
        { "0.5 0:1 1:2\r\n2 1:3", "f0:num(1 0) f1:num(2 3) label:num(0.5 2)" },
        { "1 qid:7 2:3\n0 qid:8 1:2\n", "f1:num(0 2) f2:num(3 0) qid:num(7 8) label:num(1 0)" },
        { "3\t2:1  \n", "f1:num(0) f2:num(1) label:num(3)" },
        { "1\n2\n", "label:num(1 2)" },
    };
    struct bl_load_options o = { .format = "libsvm" };

    (void)state;
    EACH(cases) must_show(cases[i].text, "f.libsvm", &o, cases[i].wanted);
}

static void test_faults_are_told_with_their_place(void **state)
{
    static const struct refusal cases[] = {
        { "1 1:1\n1 3:1 2:1\n", 0, 2, 7, "the index 2 does not come after 3" },
        { "1 1:1 1:1\n", 0, 1, 7, "the index 1 does not come after 1" },
        { "1 1:1\nx 1:1\n", 0, 2, 1, "'x' is not a label" },
        { "1,2 1:1\n", 0, 1, 1, "'1,2' is not a label" },
        { "1 1:1 2\n", 0, 1, 7, "'2' is not index:value" },
        { "1 1:1 :2\n", 0, 1, 7, "':2' is not index:value" },
        { "1 -1:1\n", 0, 1, 3, "'-1' is not an index" },
        { "1 2147483648:1\n", 0, 1, 3, "'2147483648' is not an index" },
        { "1 1:abc\n", 0, 1, 5, "'abc' is not a number" },
        { "1 1:nan\n", 0, 1, 5, "'nan' is not a number" },
        { "1 1:1e999\n", 0, 1, 5, "'1e999' is not a number" },
        { "1 1:\n", 0, 1, 5, "'' is not a number" },
        { "1 1:1 qid:3\n", 0, 1, 7, "a query stands among the pairs" },
        { "1 qid:x\n", 0, 1, 3, "is not a query" },
        { "1 100000:1\n", 0, 0, 0, "too large as a dense table: 1 rows x 100001 columns need 800 kB" },
        { "\n", 0, 0, 0, "has no rows" },
    };
    struct bl_load_options o = { .format = "libsvm", .sparse = BL_SPARSE_NO };

    (void)state;
    EACH(cases) must_refuse(&cases[i], "f.libsvm", &o);
}

static void test_a_large_one_is_refused_with_its_price(void **state)
{
    struct bl_text text = { 0 };

    (void)state;
    for (int i = 0; i < 5000; i++)
        bl_text_addf(&text, "1 %d:1\n", i % 60000 + 1);
    bl_text_add(&text, "1 60000:1\n");
    bl_memory_limit_set((size_t)1 << 30);
    must_refuse(&(struct refusal){ text.at, text.length, 0, 0, "5001 rows x 60001 columns need 2.4 GB" }, "f.libsvm", &(struct bl_load_options){ .sparse = BL_SPARSE_NO });
    bl_memory_limit_set(0);
    bl_text_free(&text);
}

static void test_the_label_is_the_target_and_may_be_a_class(void **state)
{
    struct bl_load_type types[] = { { "label", BL_CATEGORICAL } };
    struct bl_table *t = must_load("+1 1:1\n-1 1:2\n", "f.txt", &(struct bl_load_options){ .types = types, .n_types = 1 });

    (void)state;
    assert_string_equal(t->format, "libsvm"); /* by its content */
    assert_string_equal(t->own_target, "label");
    assert_string_equal(shown(t), "f1:num(1 2) label:cat(1 -1)");
    bl_table_free(t);
}

static double of(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void check_reference(const char *name)
{
    struct bl_text path = { 0 };
    struct bl_table *t = must_load_file(name, NULL);
    json_t *all, *r;
    size_t nonzeros = 0;
    double sum = 0, labels = 0;

    bl_text_addf(&path, BL_SOURCE_DIR "/tests/reference/%s.json", name);
    all = json_load_file(bl_text_get(&path), 0, NULL);
    assert_non_null(all);
    r = json_object_get(all, "libsvm");
    for (size_t j = 0; j + 1 < t->n_columns; j++)
        for (size_t i = 0; i < t->n_rows; i++) {
            nonzeros += t->columns[j].number[i] != 0;
            sum += t->columns[j].number[i];
        }
    for (size_t i = 0; i < t->n_rows; i++)
        labels += t->columns[t->n_columns - 1].number[i];
    assert_int_equal(t->n_rows, of(r, "rows"));
    assert_int_equal(t->n_columns - 1, of(r, "largest_index"));
    assert_int_equal(nonzeros, of(r, "nonzeros"));
    assert_true(fabs(sum - of(r, "sum_of_values")) < 1e-9);
    assert_true(fabs(labels / (double)t->n_rows - of(r, "label_mean")) < 1e-15);
    assert_string_equal(t->own_target, "label");
    assert_string_equal(t->own_positive, "1");
    json_decref(all);
    bl_text_free(&path);
    bl_table_free(t);
}

static void test_sample_sets_agree_with_the_reference(void **state)
{
    (void)state;
    check_reference("heart_scale");
    check_reference("mushroom");
}

static void test_memory_may_end_at_any_time(void **state)
{
    (void)state;
    every_allocation_may_fail("1 qid:3 1:2 3:4\n-1 2:1\n", 23, "f.libsvm", NULL);
}

/* ---- sparse ---------------------------------------------------------------------------------------- */

static void check_same_cells(const struct bl_table *sparse, const struct bl_table *dense)
{
    char name[32];

    assert_int_equal(sparse->n_rows, dense->n_rows);
    for (size_t j = 0; j < sparse->sparse->n_columns; j++) {
        snprintf(name, sizeof name, "f%lld", (long long)sparse->sparse_first + (long long)j);
        const struct bl_column *c = &dense->columns[bl_table_find(dense, name)];
        for (size_t i = 0; i < dense->n_rows; i++)
            assert_true(bl_sparse_at(sparse->sparse, i, j) == c->number[i]);
    }
    for (size_t c = 0; c < sparse->n_columns; c++)
        for (size_t i = 0; i < dense->n_rows; i++)
            assert_true(sparse->columns[c].number[i] == dense->columns[bl_table_find(dense, sparse->columns[c].name)].number[i]);
}

static void test_sparse_rows_hold_the_cells_of_the_dense_table(void **state)
{
    static const char *const texts[] = { "1 1:2 7:-3.5\n-1\n# no row\n1 3:1 4:0 # two\n", "1 qid:4 0:1 5:2\n2 qid:5 5:1\n" };
    const struct bl_load_options yes = { .sparse = BL_SPARSE_YES }, no = { .sparse = BL_SPARSE_NO };

    (void)state;
    EACH(texts) {
        struct bl_table *a = must_load(texts[i], "f.libsvm", &yes), *b = must_load(texts[i], "f.libsvm", &no);
        assert_non_null(a->sparse);
        assert_null(b->sparse);
        check_same_cells(a, b);
        bl_table_free(a);
        bl_table_free(b);
    }
    for (size_t i = 0; i < 2; i++) {
        struct bl_text path = { 0 };
        bl_text_addf(&path, "%s/sample-data/%s.libsvm", getenv("BL_SOURCE_DIR"), i ? "mushroom" : "heart_scale");
        struct bl_table *a = must_load_file(path.at, &yes), *b = must_load_file(path.at, NULL);
        assert_null(b->sparse); /* few columns: dense */
        check_same_cells(a, b);
        bl_table_free(a);
        bl_table_free(b);
        bl_text_free(&path);
    }
}

static void test_many_columns_stay_sparse_by_themselves(void **state)
{
    struct bl_table *t = must_load("1 1:1 100000:2\n0 5:1\n", "f.libsvm", NULL);
    char name[64];

    (void)state;
    assert_non_null(t->sparse);
    assert_int_equal(t->n_columns, 1);
    assert_int_equal(t->sparse->n_columns, 100000);
    assert_int_equal(t->sparse->start[2], 3);
    assert_string_equal(bl_table_sparse_name(t, name, sizeof name), "f1 ... f100000");
    bl_table_free(t);
}

static void test_a_sparse_column_is_told_from_one_that_is_not_there(void **state)
{
    struct bl_table *t = must_load("1 1:1 2000:2\n", "f.libsvm", NULL);
    struct bl_error err = { 0 };
    size_t at;

    (void)state;
    assert_false(bl_table_column(t, "f17", &at, &err));
    assert_non_null(strstr(err.message, "one of the 2000 sparse columns"));
    assert_false(bl_table_column(t, "f2001", &at, &err));
    assert_non_null(strstr(err.message, "no column 'f2001'"));
    bl_table_free(t);
}

static void test_sparse_faults_have_their_place(void **state)
{
    static const struct refusal cases[] = {
        { "1 1:1\n1 3:1 2:1\n", 0, 2, 7, "the index 2 does not come after 3" },
        { "1 1:1 1:1\n", 0, 1, 7, "the index 1 does not come after 1" },
        { "1 1:1 qid:3\n", 0, 1, 7, "a query stands among the pairs" },
        { "1 1:nan\n", 0, 1, 5, "'nan' is not a number" },
    };
    const struct bl_load_options o = { .format = "libsvm", .sparse = BL_SPARSE_YES };

    (void)state;
    EACH(cases) must_refuse(&cases[i], "f.libsvm", &o);
    must_refuse(&(struct refusal){ "a,b\n1,2\n", 0, 0, 0, "has no sparse rows" }, "f.csv", &(struct bl_load_options){ .sparse = BL_SPARSE_YES });
}

static void test_memory_of_sparse_rows_may_end_at_any_time(void **state)
{
    (void)state;
    every_allocation_may_fail("1 qid:3 1:2 3:4\n-1 2:1\n", 23, "f.libsvm", &(struct bl_load_options){ .sparse = BL_SPARSE_YES });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_become_columns),
        cmocka_unit_test(test_faults_are_told_with_their_place),
        cmocka_unit_test(test_a_large_one_is_refused_with_its_price),
        cmocka_unit_test(test_the_label_is_the_target_and_may_be_a_class),
        cmocka_unit_test(test_sample_sets_agree_with_the_reference),
        cmocka_unit_test(test_memory_may_end_at_any_time),
        cmocka_unit_test(test_sparse_rows_hold_the_cells_of_the_dense_table),
        cmocka_unit_test(test_many_columns_stay_sparse_by_themselves),
        cmocka_unit_test(test_a_sparse_column_is_told_from_one_that_is_not_there),
        cmocka_unit_test(test_sparse_faults_have_their_place),
        cmocka_unit_test(test_memory_of_sparse_rows_may_end_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
