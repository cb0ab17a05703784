/* load sample=: which rows are kept, and what is told of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "batchlab/data.h"

static char folder[] = "/tmp/bl_reservoir_XXXXXX", path[200];

/* The bytes as a file of that name, compressed where it ends in .gz. */
static const char *file(const char *name, const char *bytes, size_t n)
{
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (strstr(name, ".gz")) {
        gzFile f = gzopen(path, "wb");

        assert_int_equal(gzwrite(f, bytes, (unsigned)n), (int)n);
        gzclose(f);
    } else {
        FILE *f = fopen(path, "wb");

        assert_int_equal(fwrite(bytes, 1, n, f), n);
        fclose(f);
    }
    return path;
}

static struct bl_table *sampled(const char *name, const char *bytes, size_t n, uint64_t seed, struct bl_error *err)
{
    return bl_load(file(name, bytes, strlen(bytes)), &(struct bl_load_options){ .sample = n, .sample_seed = seed }, err);
}

static void test_every_row_is_as_likely(void **state)
{
    static const char csv[] = "id,x\n0,a\n1,b\n2,\"c\nc\"\n3,d\n\n4,e\n5,f\n6,\"g\"\"\ng\"\n7,h\n8,i\n9,j";
    size_t counts[10] = { 0 };

    (void)state;
    for (uint64_t seed = 0; seed < 1000; seed++) {
        struct bl_error err = { 0 };
        struct bl_table *t = sampled("a.csv", csv, 3, seed, &err);
        const double *id;

        if (!t)
            fail_msg("%s", err.message);
        assert_int_equal(t->n_rows, 3);
        id = t->columns[0].number;
        assert_true(id[0] < id[1] && id[1] < id[2]); /* the order stays */
        for (size_t i = 0; i < 3; i++)
            counts[(size_t)id[i]]++;
        bl_table_free(t);
    }
    for (size_t k = 0; k < 10; k++) /* 300 expected, deviation 14.5 */
        if (counts[k] < 240 || counts[k] > 360)
            fail_msg("row %zu was drawn %zu times of 1000", k, counts[k]);
}

/* Asked for more rows than there are, all of them come: the same table as without. */
static void test_a_sample_of_all_is_the_whole(void **state)
{
    static const struct { const char *name, *bytes; size_t rows; } cases[] = {
        { "a.csv", "id,x\n0,a\n1,\"b\n\"\n2,c\n", 3 },
        { "mark.csv", "\xef\xbb\xbfid,x\n0,a\n1,b\n", 2 },
        { "cr.csv", "id,x\r0,a\r1,b\r", 2 },
        { "crlf.csv", "id;x\r\n0;\"a;\r\nb\"\r\n1;b\r\n", 2 },
        { "bare.csv", "0.5,1\n1.5,2\n", 2 },
        { "a.jsonl", "{\"id\": 1, \"x\": \"a\"}\n{\"id\": 2}\n", 2 },
        { "a.svm", "1 1:0.5 3:2\n-1 2:4\n", 2 },
        { "a.csv.gz", "id,x\n0,a\n1,b\n", 2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_error err = { 0 };
        struct bl_table *t = sampled(cases[i].name, cases[i].bytes, 100, 1, &err);
        struct bl_table *whole = t ? bl_load(path, NULL, &err) : NULL;
        char a[64], b[64];

        if (!whole)
            fail_msg("%s: %s", cases[i].name, err.message);
        assert_int_equal(t->n_rows, cases[i].rows);
        assert_int_equal(t->n_rows, whole->n_rows);
        assert_int_equal(t->n_columns, whole->n_columns);
        for (size_t j = 0; j < t->n_columns; j++) {
            assert_string_equal(t->columns[j].name, whole->columns[j].name);
            for (size_t k = 0; k < t->n_rows; k++)
                assert_string_equal(bl_table_cell(t, k, j, a, sizeof a), bl_table_cell(whole, k, j, b, sizeof b));
        }
        assert_string_equal(t->name, whole->name);
        assert_string_equal(bl_table_sha256(t), bl_table_sha256(whole));
        assert_non_null(strstr(t->made, "load sample=100 seed=1"));
        bl_table_free(t);
        bl_table_free(whole);
    }
}

static void test_errors_name_the_line_of_the_whole_file(void **state)
{
    static const struct { const char *name, *bytes, *message; size_t n, line; } cases[] = {
        { "a.csv", "a,b\n1,\"x\ny\"\n\n3,4\n5,6,7\n8,9\n", "expected 2 cells, found 3", 100, 6 },
        { "a.csv", "a,b\n1,2\n3,\"never\n", "the quote that opens here is never closed", 100, 3 },
        { "empty.csv", "", "is empty", 10, 0 },
        { "header.csv", "a,b\n", "has a header but no rows", 10, 0 },
        { "a.arff", "@relation r\n@attribute a numeric\n@data\n1\n", "of which no rows can be drawn while it is read", 10, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_error err = { 0 };

        assert_null(sampled(cases[i].name, cases[i].bytes, cases[i].n, 1, &err));
        if (!strstr(err.message, cases[i].message) || err.line != cases[i].line || !err.hint[0])
            fail_msg("%s: line %zu: %s", cases[i].name, err.line, err.message);
    }
}

static void test_a_cut_compressed_file_is_an_error(void **state)
{
    struct bl_text csv = { 0 };
    struct bl_error err = { 0 };

    (void)state;
    bl_text_add(&csv, "a,b\n");
    for (int i = 0; i < 20000; i++)
        bl_text_addf(&csv, "%d,%d\n", i, i * 7919 % 10007);
    file("cut.csv.gz", csv.at, csv.length);
    assert_int_equal(truncate(path, 20000), 0);
    assert_null(bl_load(path, &(struct bl_load_options){ .sample = 10 }, &err));
    assert_int_equal(err.code, BL_DATA);
    assert_non_null(strstr(err.message, "cut"));
    bl_text_free(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_as_likely),
        cmocka_unit_test(test_a_sample_of_all_is_the_whole),
        cmocka_unit_test(test_errors_name_the_line_of_the_whole_file),
        cmocka_unit_test(test_a_cut_compressed_file_is_an_error),
    };
    int failed;
    char command[300];

    if (!mkdtemp(folder))
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command) || failed;
}
