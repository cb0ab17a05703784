/* Loading: paths, bare names, foreign formats, hashes, pipes; and the table itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "batchlab/data.h"

#define EACH(cases) for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++)

static char folder[] = "/tmp/bl-load-XXXXXX";

static char *write_file(const char *name, const char *bytes, size_t n)
{
    static char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
    return path;
}

static void test_samples_are_found_by_bare_name(void **state)
{
    static const struct { const char *name; size_t rows, columns; const char *target, *positive; } cases[] = {
        { "iris", 150, 5, "species", NULL },       { "iris.csv", 150, 5, "species", NULL },
        { "titanic", 891, 12, "Survived", "1" },   { "breast_cancer", 569, 31, "diagnosis", "malignant" },
        { "diabetes", 442, 11, "progression", NULL }, { "bike_hour", 17379, 17, "cnt", NULL },
        { "california_housing", 20640, 10, "median_house_value", NULL },
    };

    (void)state;
    EACH(cases) {
        struct bl_error err = { 0 };
        struct bl_table *t = bl_load(cases[i].name, NULL, &err);

        if (!t)
            fail_msg("%s: %s", cases[i].name, err.message);
        assert_int_equal(t->n_rows, cases[i].rows);
        assert_int_equal(t->n_columns, cases[i].columns);
        assert_string_equal(t->own_target, cases[i].target);
        assert_int_equal(t->own_positive != NULL, cases[i].positive != NULL);
        if (cases[i].positive)
            assert_string_equal(t->own_positive, cases[i].positive);
        assert_string_equal(t->format, "csv");
        bl_table_free(t);
    }
}

static void test_the_list_of_samples_has_different_names(void **state)
{
    struct bl_samples all;

    (void)state;
    assert_true(bl_samples_list(&all, NULL));
    assert_true(all.count >= 17);
    for (size_t i = 0; i < all.count; i++) {
        assert_int_equal(access(all.items[i].file, R_OK), 0);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(all.items[i].name, all.items[k].name);
    }
    bl_samples_free(&all);
}

static void test_a_sample_by_its_path_keeps_its_target(void **state)
{
    struct bl_table *t = bl_load(BL_SOURCE_DIR "/sample-data/titanic.csv", NULL, NULL);

    (void)state;
    assert_non_null(t);
    assert_string_equal(t->own_target, "Survived");
    assert_string_equal(t->name, "titanic");
    bl_table_free(t);
}

/* Tickets are numbers with words among them: the set says that they are text, and whoever asks for a type gets it. */
static void test_a_sample_brings_its_types(void **state)
{
    static const struct bl_load_type of_ticket = { "Ticket", BL_CATEGORICAL };
    const struct { struct bl_load_options how; enum bl_type type; } cases[] = {
        { { 0 }, BL_TEXT_COLUMN }, { { .types = &of_ticket, .n_types = 1 }, BL_CATEGORICAL }, { { .sample = 400 }, BL_TEXT_COLUMN },
    };

    (void)state;
    EACH(cases) {
        struct bl_warnings w = { 0 };
        struct bl_load_options o = cases[i].how;
        struct bl_table *t;

        o.warnings = &w;
        t = bl_load("titanic", &o, NULL);
        assert_non_null(t);
        assert_int_equal(w.count, 0);
        assert_int_equal(t->columns[bl_table_find(t, "Ticket")].type, cases[i].type);
        bl_table_free(t);
    }
    struct bl_table *t = bl_load("titanic", &(struct bl_load_options){ .header = BL_HEADER_NO }, NULL);
    assert_non_null(t); /* no column has that name now */
    bl_table_free(t);
}

/* A list of somebody's own may do without types, and is one no more without targets. */
static void test_a_list_of_samples_may_leave_types_out(void **state)
{
    static const struct { const char *list, *target; } cases[] = {
        { "file,target,positive,task,summary\nown.csv,a,,regression,x\n", "a" },
        { "file,target,positive,task,types,summary\nown.csv,a,,regression,b:text,x\n", "a" },
        { "file,positive,task,types,summary\nown.csv,,regression,,x\n", NULL },
    };
    char *before = getenv("BATCHLAB_DATA") ? bl_strdup(getenv("BATCHLAB_DATA")) : NULL;

    (void)state;
    write_file("own.csv", "a,b\n1,x\n2,y\n", 12);
    setenv("BATCHLAB_DATA", folder, 1);
    EACH(cases) {
        struct bl_table *t;

        write_file("INDEX.csv", cases[i].list, strlen(cases[i].list));
        t = bl_load("own", NULL, NULL);
        assert_int_equal(t != NULL, cases[i].target != NULL);
        if (t)
            assert_string_equal(t->own_target, cases[i].target);
        if (t)
            assert_int_equal(t->columns[1].type, i ? BL_TEXT_COLUMN : BL_CATEGORICAL);
        bl_table_free(t);
    }
    if (before)
        setenv("BATCHLAB_DATA", before, 1);
    else
        unsetenv("BATCHLAB_DATA");
    bl_free(before);
}

static void test_what_is_no_csv_is_refused_by_name(void **state)
{
    static const struct { const char *file, *bytes; size_t n; const char *says; } cases[] = {
        { "b.xlsx", "PK\x03\x04zz", 6, "spreadsheet" },
        { "h.csv", "a,b\n1,\0\n", 8, "NUL" },
    };

    (void)state;
    EACH(cases) {
        struct bl_error err = { 0 };

        assert_null(bl_load(write_file(cases[i].file, cases[i].bytes, cases[i].n), NULL, &err));
        assert_int_equal(err.code, BL_DATA);
        if (!strstr(err.message, cases[i].says))
            fail_msg("'%s' does not say '%s'", err.message, cases[i].says);
    }
}

static void test_what_cannot_be_opened_says_why(void **state)
{
    struct bl_error err = { 0 };

    (void)state;
    assert_null(bl_load("/tmp", NULL, &err));
    assert_non_null(strstr(err.message, "/tmp"));
    assert_null(bl_load("irsi", NULL, &err));
    assert_int_equal(err.code, BL_IO);
    assert_string_equal(err.hint, "did you mean 'iris'? built-in data: load iris");
    assert_null(bl_load("iris", &(struct bl_load_options){ .format = "cvs" }, &err));
    assert_int_equal(err.code, BL_UNKNOWN);
    assert_null(bl_load("iris", &(struct bl_load_options){ .name = "a b" }, &err));
    assert_int_equal(err.code, BL_VALUE);
}

static void test_names_come_from_the_file(void **state)
{
    static const struct { const char *file, *name; } cases[] = {
        { "houses.csv", "houses" }, { "my data.csv", "my_data" }, { "x.tar.csv", "x.tar" }, { "plain", "plain" },
        { "\xc3\xa9t\xc3\xa9.csv", "d_t__" },
    };

    (void)state;
    EACH(cases) {
        struct bl_table *t = bl_load(write_file(cases[i].file, "a,b\n1,2\n", 8), NULL, NULL);

        assert_non_null(t);
        assert_string_equal(t->name, cases[i].name);
        assert_int_equal(t->bytes, 8);
        bl_table_free(t);
    }
}

static void test_the_hash_is_of_the_bytes(void **state)
{
    static const char csv[] = "a,b\n1,2\n";
    struct bl_table *t = bl_load("iris", NULL, NULL), *bytes = bl_load_bytes(csv, sizeof csv - 1, "f", NULL, NULL);
    struct bl_sha256 sha;
    char hex[65];

    (void)state;
    bl_sha256_start(&sha);
    bl_sha256_add(&sha, csv, sizeof csv - 1);
    bl_sha256_end(&sha, hex);
    assert_string_equal(bl_table_sha256(bytes), hex);
    assert_string_equal(bl_table_sha256(t), "9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355");
    bl_table_free(t);
    bl_table_free(bytes);
}

/* Hashed behind the load, from the file that was read. */
static void test_a_large_file_is_hashed_behind_the_load(void **state)
{
    struct bl_text csv = { 0 };
    struct bl_sha256 sha;
    char hex[65], *path;

    (void)state;
    bl_text_add(&csv, "a,b\n");
    for (int i = 0; i < 200000; i++)
        bl_text_addf(&csv, "%d,%d.5\n", i, i % 17);
    bl_sha256_start(&sha);
    bl_sha256_add(&sha, csv.at, csv.length);
    bl_sha256_end(&sha, hex);
    path = write_file("large.csv", csv.at, csv.length);
    struct bl_table *t = bl_load(path, NULL, NULL);

    assert_non_null(t);
    assert_int_equal(t->n_rows, 200000);
    assert_string_equal(bl_table_sha256(t), hex);
    unlink(path); /* the open file stays what it was */
    bl_table_free(t);
    bl_table_free(bl_load(write_file("large.csv", csv.at, csv.length), NULL, NULL)); /* freed while it is hashed */
    bl_text_free(&csv);
}

static void *feed(void *pipe_end)
{
    FILE *f = fdopen(*(int *)pipe_end, "w");

    fputs("a,b\n", f);
    for (int i = 0; i < 300000; i++)
        fprintf(f, "%d,word%d\n", i, i % 3);
    fclose(f);
    return NULL;
}

static void test_a_pipe_is_read_to_its_end(void **state)
{
    int ends[2], saved = dup(0);
    pthread_t feeder;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], 0);
    close(ends[0]);
    pthread_create(&feeder, NULL, feed, &ends[1]);
    struct bl_table *t = bl_load("-", NULL, NULL);

    pthread_join(feeder, NULL);
    dup2(saved, 0);
    close(saved);
    assert_non_null(t);
    assert_int_equal(t->n_rows, 300000);
    assert_true(t->columns[0].number[299999] == 299999);
    assert_int_equal(t->columns[1].n_levels, 3);
    assert_null(t->path);
    assert_int_equal(strlen(bl_table_sha256(t)), 64);
    bl_table_free(t);
}

static void test_columns_are_found_by_name(void **state)
{
    static const char csv[] = "Age,age,Price,id\n1,2,3,4\n";
    static const struct { const char *name; size_t at; } cases[] = {
        { "Age", 0 }, { "age", 1 }, { "AGE", SIZE_MAX }, { "price", 2 }, { "ID", 3 }, { "x", SIZE_MAX },
    };
    struct bl_table *t = bl_load_bytes(csv, sizeof csv - 1, "houses.csv", NULL, NULL);
    struct bl_error err = { 0 };
    size_t at;

    (void)state;
    EACH(cases) assert_int_equal(bl_table_find(t, cases[i].name), cases[i].at);
    assert_false(bl_table_column(t, "Prise", &at, &err));
    assert_string_equal(err.message, "no column 'Prise' in houses");
    assert_string_equal(err.hint, "did you mean 'Price'? columns: Age age Price id");
    bl_table_free(t);
}

static void test_the_task_follows_the_target(void **state)
{
    static const struct { const char *values[12]; enum bl_task task; } cases[] = {
        { { "x", "y", "x" }, BL_CLASSIFICATION },
        { { "0", "0", "0", "0", "0", "1", "1", "1", "1", "1" }, BL_CLASSIFICATION },
        { { "0", "0", "0", "0", "0", "1", "1", "1", "1" }, BL_REGRESSION },
        { { "0", "0", "0", "0", "0", "1.5", "1.5", "1.5", "1.5", "1.5" }, BL_REGRESSION },
        { { "NA", "0", "0", "0", "0", "0" }, BL_CLASSIFICATION },
        { { "NA", "NA" }, BL_REGRESSION },
    };

    (void)state;
    EACH(cases) {
        struct bl_text csv = { 0 };

        bl_text_add(&csv, "y,k\n");
        for (size_t k = 0; k < 12 && cases[i].values[k]; k++)
            bl_text_addf(&csv, "%s,1\n", cases[i].values[k]);
        struct bl_table *t = bl_load_bytes(csv.at, csv.length, "f", NULL, NULL);

        assert_non_null(t);
        if (bl_table_task(t, 0) != cases[i].task)
            fail_msg("case %zu", i);
        bl_table_free(t);
        bl_text_free(&csv);
    }
}

static void test_tables_can_be_built_and_shared(void **state)
{
    struct bl_table *t = bl_table_create("made", 3, 2, NULL);
    double *number = bl_calloc(3, sizeof *number);
    uint32_t *code = bl_calloc(3, sizeof *code);
    char **levels = bl_calloc(2, sizeof *levels), buffer[40];

    (void)state;
    number[1] = 0.1;
    number[2] = NAN;
    code[0] = 1;
    code[2] = BL_MISSING_CODE;
    levels[0] = bl_strdup("a");
    levels[1] = bl_strdup("b");
    assert_true(bl_table_set_numbers(t, 0, "x", number, NULL));
    assert_true(bl_table_set_codes(t, 1, "c", BL_CATEGORICAL, code, levels, 2, NULL));
    assert_int_equal(t->columns[0].missing, 1);
    assert_false(t->columns[0].whole);
    assert_int_equal(t->columns[1].missing, 1);
    assert_string_equal(bl_table_cell(t, 1, 0, buffer, sizeof buffer), "0.1");
    assert_string_equal(bl_table_cell(t, 2, 0, buffer, sizeof buffer), "");
    assert_string_equal(bl_table_cell(t, 0, 1, buffer, sizeof buffer), "b");
    assert_string_equal(bl_table_cell(t, 2, 1, buffer, sizeof buffer), "");
    assert_string_equal(bl_table_sha256(t), "");
    assert_true(bl_table_bytes(t) > 3 * 12);
    assert_ptr_equal(bl_table_hold(t), t);
    bl_table_free(t);
    assert_string_equal(t->name, "made");
    bl_table_free(t);
    bl_table_free(NULL);
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    static const char *const files[] = { "b.xlsx", "h.csv", "own.csv", "INDEX.csv", "houses.csv",
                                         "my data.csv", "x.tar.csv", "plain", "\xc3\xa9t\xc3\xa9.csv", "large.csv" };
    char path[256];

    (void)state;
    EACH(files) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    return rmdir(folder);
}

/* Nothing waits, and nothing is half loaded. */
static void test_loops_of_links_and_silent_pipes_are_told(void **state)
{
    static const char *const messages[] = { "Too many levels of symbolic links", "nothing writes into this pipe" };
    char loop[256], pipe[256];
    const char *paths[] = { loop, pipe };

    (void)state;
    snprintf(loop, sizeof loop, "%s/loop.csv", folder);
    snprintf(pipe, sizeof pipe, "%s/silent.csv", folder);
    assert_int_equal(symlink(loop, loop) | mkfifo(pipe, 0600), 0);
    for (size_t i = 0; i < 2; i++) {
        struct bl_error err = { 0 };

        assert_null(bl_load(paths[i], NULL, &err));
        assert_non_null(strstr(err.message, messages[i]));
        assert_true(err.hint[0] != 0);
        assert_int_equal(unlink(paths[i]), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_are_found_by_bare_name),
        cmocka_unit_test(test_the_list_of_samples_has_different_names),
        cmocka_unit_test(test_a_sample_by_its_path_keeps_its_target),
        cmocka_unit_test(test_a_sample_brings_its_types),
        cmocka_unit_test(test_a_list_of_samples_may_leave_types_out),
        cmocka_unit_test(test_what_is_no_csv_is_refused_by_name),
        cmocka_unit_test(test_what_cannot_be_opened_says_why),
        cmocka_unit_test(test_names_come_from_the_file),
        cmocka_unit_test(test_the_hash_is_of_the_bytes),
        cmocka_unit_test(test_a_large_file_is_hashed_behind_the_load),
        cmocka_unit_test(test_a_pipe_is_read_to_its_end),
        cmocka_unit_test(test_columns_are_found_by_name),
        cmocka_unit_test(test_the_task_follows_the_target),
        cmocka_unit_test(test_tables_can_be_built_and_shared),
        cmocka_unit_test(test_loops_of_links_and_silent_pipes_are_told),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
