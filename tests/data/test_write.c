/* Writers: what is written reads back as the same table. */
#include "formats.h"

#include <sys/stat.h>

static char path[] = "/tmp/bl-write-XXXXXX";

static char *written(const struct bl_table *t, const char *kind, bool raw, size_t *n)
{
    struct bl_write_options o = { .target = SIZE_MAX, .raw = raw, .overwrite = true };
    struct bl_error err = { 0 };
    uint64_t bytes = 0;
    char *text = NULL;

    if (!bl_write(t, bl_writer_named(kind), path, &o, &bytes, &err))
        fail_msg("%s: %s", kind, err.message);
    assert_true(bl_file_read(path, (size_t)1 << 28, &text, n, NULL));
    assert_int_equal(*n, bytes);
    return text;
}

static void same_column(const struct bl_column *a, const struct bl_column *b, size_t rows, const char *kind)
{
    if (strcmp(a->name, b->name) != 0 || a->type != b->type || a->missing != b->missing || a->whole != b->whole || a->n_levels != b->n_levels)
        fail_msg("%s: column '%s' (%s, %zu) comes back as '%s' (%s, %zu)", kind, a->name, bl_type_name(a->type), a->n_levels, b->name,
                 bl_type_name(b->type), b->n_levels);
    for (size_t i = 0; i < rows; i++)
        if (a->number ? !(isnan(a->number[i]) && isnan(b->number[i])) && memcmp(&a->number[i], &b->number[i], sizeof(double)) != 0
                      : a->code[i] != b->code[i])
            fail_msg("%s: column '%s' differs in row %zu", kind, a->name, i + 1);
    for (size_t k = 0; k < a->n_levels; k++)
        assert_string_equal(a->levels[k], b->levels[k]);
}

static void round_trip(const struct bl_table *t, const char *kind)
{
    size_t n;
    char *text = written(t, kind, true, &n);
    struct bl_table *back = must_load_n(text, n, "back", &(struct bl_load_options){ .format = kind, .header = BL_HEADER_YES });

    assert_int_equal(back->n_rows, t->n_rows);
    assert_int_equal(back->n_columns, t->n_columns);
    for (size_t j = 0; j < t->n_columns; j++)
        same_column(&t->columns[j], &back->columns[j], t->n_rows, kind);
    bl_table_free(back);
    bl_free(text);
}

static void test_sample_sets_come_back(void **state)
{
    static const char *const sets[] = { "iris", "titanic", "penguins", "airquality", "auto_mpg", "bike_hour", "sms_spam", "california_housing",
                                        "weather_nominal", "mtcars" };

    (void)state;
    EACH(sets) {
        struct bl_table *t = must_load_file(sets[i], NULL);

        round_trip(t, "csv");
        round_trip(t, "jsonl");
        round_trip(t, "arff");
        bl_table_free(t);
    }
}

static void test_strange_text_comes_back(void **state)
{
    static const char text[] = "{\"a b\": \"x\", \"=n\": 0.1, \"d\": \"2011-01-31T10:00:00\"}\n{\"a b\": \"' \\\\ \\\" \\n\\r\\t%,{}\", \"=n\": -0.0, \"d\": null}\n"
                               "{\"a b\": \" blank \", \"=n\": 1e-300, \"d\": \"1969-12-31T23:59:59.5\"}\n{\"a b\": \"?\", \"=n\": null}\n"
                               "{\"a b\": \"=1+1\"}\n{\"a b\": \"\\u00e9\\u20ac\"}\n{\"a b\": \"\\u0001\"}\n{\"a b\": \"@\", \"=n\": 123456789012345680}\n";
    struct bl_table *t = must_load(text, "f.jsonl", NULL);

    (void)state;
    round_trip(t, "csv");
    round_trip(t, "jsonl");
    round_trip(t, "arff");
    bl_table_free(t);
}

static void test_one_column_with_gaps_comes_back(void **state)
{
    struct bl_table *t = must_load("{\"a\": 1}\n{\"a\": null}\n{\"a\": 3}\n", "f.jsonl", NULL);

    (void)state;
    round_trip(t, "csv");
    round_trip(t, "jsonl");
    round_trip(t, "arff");
    bl_table_free(t);
}

static void test_formulas_are_made_harmless_unless_raw(void **state)
{
    struct bl_table *t = must_load("{\"=a\": \"=1+1\", \"b\": -1}\n{\"=a\": \" @x\", \"b\": 2}\n{\"=a\": \"+5\", \"b\": 2}\n{\"=a\": \"a=b\", \"b\": 3}\n",
                                   "f.jsonl", NULL);
    size_t n;
    char *text = written(t, "csv", false, &n);

    (void)state;
    assert_string_equal(text, "\"'=a\",b\n\"'=1+1\",-1\n\"' @x\",2\n+5,2\na=b,3\n");
    bl_free(text);
    text = written(t, "csv", true, &n);
    assert_string_equal(text, "=a,b\n=1+1,-1\n\" @x\",2\n+5,2\na=b,3\n");
    bl_free(text);
    bl_table_free(t);
}

static void test_numbers_come_back_bit_for_bit(void **state)
{
    static const char *const sets[] = { "heart_scale", "mushroom", "diabetes" };

    (void)state;
    EACH(sets) {
        struct bl_table *t = must_load_file(sets[i], NULL);
        const char *const kinds[] = { "libsvm", "npy" };

        for (size_t k = 0; k < 2; k++) {
            size_t n;
            char *text = written(t, kinds[k], false, &n);
            struct bl_table *back = must_load_n(text, n, "back", &(struct bl_load_options){ .format = kinds[k] });

            assert_int_equal(back->n_rows, t->n_rows);
            assert_int_equal(back->n_columns, t->n_columns);
            for (size_t j = 0; j < t->n_columns; j++)
                assert_memory_equal(t->columns[j].number, back->columns[j].number, t->n_rows * sizeof(double));
            bl_table_free(back);
            bl_free(text);
        }
        bl_table_free(t);
    }
}

static void test_zeros_and_their_signs_survive_libsvm(void **state)
{
    struct bl_table *t = must_load("{\"a\": -0.0, \"b\": 0, \"y\": 1}\n{\"a\": 0, \"b\": 0, \"y\": -0.0}\n", "f.jsonl", NULL);
    size_t n;
    char *text = written(t, "libsvm", false, &n);

    (void)state;
    assert_string_equal(text, "1 1:-0 2:0\n-0\n");
    bl_free(text);
    bl_table_free(t);
}

static void test_what_a_format_cannot_hold_is_refused(void **state)
{
    static const struct { const char *text, *kind, *says; } cases[] = {
        { "{\"a\": \"x\"}\n", "npy", "column 'a' is categorical: a NumPy array holds numbers only" },
        { "{\"a\": \"x\"}\n", "libsvm", "column 'a' is categorical: a LIBSVM file holds numbers only" },
        { "{\"a\": \"2011-01-31\"}\n", "npy", "column 'a' is datetime" },
        { "{\"a\": 1, \"b\": null}\n", "libsvm", "column 'b' has 1 missing value, which a LIBSVM file cannot hold" },
    };
    struct bl_load_options csv = { .header = BL_HEADER_YES };
    struct bl_table *latin = must_load("a\n\xff\n", "f.csv", &csv);
    struct bl_error err = { 0 };
    uint64_t bytes;

    (void)state;
    unlink(path);
    EACH(cases) {
        struct bl_table *t = must_load(cases[i].text, "f.jsonl", NULL);

        assert_false(bl_write(t, bl_writer_named(cases[i].kind), path, NULL, &bytes, &err));
        if (!strstr(err.message, cases[i].says) || !err.hint[0])
            fail_msg("%s", err.message);
        assert_int_not_equal(access(path, F_OK), 0); /* nothing is left behind */
        bl_table_free(t);
    }
    assert_false(bl_write(latin, bl_writer_named("jsonl"), path, NULL, &bytes, &err));
    assert_non_null(strstr(err.message, "not UTF-8"));
    bl_table_free(latin);
    assert_null(bl_writer_named("xls"));
}

static void test_a_file_that_is_there_is_kept(void **state)
{
    struct bl_table *t = must_load("a,b\n1,2\n", "f.csv", NULL);
    struct bl_write_options o = { .target = SIZE_MAX };
    struct bl_error err = { 0 };
    uint64_t bytes;
    struct stat st;

    (void)state;
    unlink(path);
    assert_true(bl_write(t, bl_writer_named("csv"), path, &o, &bytes, &err));
    assert_int_equal(bytes, 8);
    assert_false(bl_write(t, bl_writer_named("jsonl"), path, &o, &bytes, &err));
    assert_non_null(strstr(err.message, "exists already"));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 8);
    o.overwrite = true;
    assert_true(bl_write(t, bl_writer_named("jsonl"), path, &o, &bytes, &err));
    bl_table_free(t);
}

static void test_memory_may_end_at_any_time(void **state)
{
    struct bl_table *t = must_load("a,b\n1,x y\n2,z\n", "f.csv", NULL);

    (void)state;
    for (size_t i = 0; bl_writers[i]; i++)
        for (uint64_t k = 1; k < 12; k++) {
            struct bl_write_options o = { .target = SIZE_MAX, .overwrite = true };
            struct bl_error err = { 0 };
            uint64_t bytes;

            bl_alloc_fail_at(k, true);
            bool fine = bl_write(t, bl_writers[i], path, &o, &bytes, &err);

            bl_alloc_fail_at(0, false);
            assert_true(fine || err.message[0]);
        }
    bl_table_free(t);
}

static int setup(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_sets_come_back),
        cmocka_unit_test(test_strange_text_comes_back),
        cmocka_unit_test(test_one_column_with_gaps_comes_back),
        cmocka_unit_test(test_formulas_are_made_harmless_unless_raw),
        cmocka_unit_test(test_numbers_come_back_bit_for_bit),
        cmocka_unit_test(test_zeros_and_their_signs_survive_libsvm),
        cmocka_unit_test(test_what_a_format_cannot_hold_is_refused),
        cmocka_unit_test(test_a_file_that_is_there_is_kept),
        cmocka_unit_test(test_memory_may_end_at_any_time),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
