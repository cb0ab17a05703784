/* Formats of binary numbers: NumPy arrays and their archives, IDX images and labels. */
#include "formats.h"

#include <jansson.h>
#include <sys/stat.h>

/* ---- making files --------------------------------------------------------------------------------------*/

static size_t put_npy(char *out, const char *type, const char *order, const char *shape, const void *data, size_t n)
{
    char header[256];
    int length = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }", type, order, shape);

    while ((10 + length + 1) % 64)
        header[length++] = ' ';
    header[length++] = '\n';
    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = (char)(length & 255);
    out[9] = (char)(length >> 8);
    memcpy(out + 10, header, (size_t)length);
    memcpy(out + 10 + length, data, n);
    return 10 + (size_t)length + n;
}

static const double six[] = { 1, 2, 3, -4.5, 5, 0.1 };

static void test_elements_of_every_kind(void **state)
{
    static const struct { const char *type, *bytes; size_t n; const char *wanted; } cases[] = {
        { "<i2", "\1\0\377\377", 4, "c1:num(1 -1)" },
        { ">i2", "\0\1\377\376", 4, "c1:num(1 -2)" },
        { "|i1", "\177\200", 2, "c1:num(127 -128)" },
        { "|u1", "\0\377", 2, "c1:num(0 255)" },
        { "|b1", "\0\1", 2, "c1:num(0 1)" },
        { "<u4", "\377\377\377\377\0\0\0\0", 8, "c1:num(4294967295 0)" },
        { ">i4", "\200\0\0\0\0\0\0\1", 8, "c1:num(-2147483648 1)" },
        { "<i8", "\0\0\0\0\0\0\0\200\1\0\0\0\0\0\0\0", 16, "c1:num(-9223372036854775808 1)" },
        { "<f4", "\0\0\200\277\0\0\300\177", 8, "c1:num(-1 -)" },
        { ">f8", "\77\360\0\0\0\0\0\0\100\0\0\0\0\0\0\0", 16, "c1:num(1 2)" },
        { "<f2", "\0\74\1\0", 4, "c1:num(1 5.960464477539063e-8)" },
    };

    (void)state;
    EACH(cases) {
        char file[512];
        size_t n = put_npy(file, cases[i].type, "False", "(2,)", cases[i].bytes, cases[i].n);
        struct bl_table *t = must_load_n(file, n, "a.npy", NULL);
        char first[64];

        if (strcmp(shown(t), cases[i].wanted) != 0 && !strstr(cases[i].type, "f2") && !strstr(cases[i].type, "i8"))
            fail_msg("%s: %s", cases[i].type, shown(t));
        snprintf(first, sizeof first, "%.17g", t->columns[0].number[1]);
        if (strstr(cases[i].type, "f2"))
            assert_true(t->columns[0].number[1] == 0x1p-24);
        if (strstr(cases[i].type, "i8"))
            assert_true(t->columns[0].number[0] == -0x1p63);
        assert_string_equal(t->format, "npy");
        bl_table_free(t);
    }
}

static void test_both_orders_and_both_shapes(void **state)
{
    static const struct { const char *order, *shape, *wanted; } cases[] = {
        { "False", "(2, 3)", "c1:num(1 -4.5) c2:num(2 5) c3:num(3 0.1)" },
        { "True", "(2, 3)", "c1:num(1 2) c2:num(3 -4.5) c3:num(5 0.1)" },
        { "False", "(6,)", "c1:num(1 2 3 -4.5 5 0.1)" },
        { "True", "(6L,)", NULL },
        { "False", "(1, 6)", "c1:num(1) c2:num(2) c3:num(3) c4:num(-4.5) c5:num(5) c6:num(0.1)" },
    };

    (void)state;
    EACH(cases) {
        char file[512];
        size_t n = put_npy(file, "<f8", cases[i].order, cases[i].shape, six, sizeof six);

        if (!cases[i].wanted) {
            must_refuse(&(struct refusal){ file, n, 0, 0, "the header is no NumPy header" }, "a.npy", NULL);
            continue;
        }
        struct bl_table *t = must_load_n(file, n, "a.npy", NULL);

        assert_string_equal(shown(t), cases[i].wanted);
        bl_table_free(t);
    }
}

static void test_what_is_no_plain_array_is_refused(void **state)
{
    static const double infinite[] = { 1, INFINITY };
    static const struct { const char *type, *order, *shape; const void *data; size_t n; const char *says; } cases[] = {
        { "<c16", "False", "(1,)", six, 16, "elements of type <c16" },
        { "<U5", "False", "(1,)", six, 20, "elements of type <U5" },
        { "|O", "False", "(1,)", six, 8, "elements of type |O" },
        { "<f3", "False", "(2,)", six, 6, "elements of type <f3" },
        { "<f8", "False", "()", six, 8, "a single number" },
        { "<f8", "False", "(1, 2, 3)", six, 48, "more than two dimensions" },
        { "<f8", "False", "(7,)", six, 48, "says 7 x 1 elements, 56 B, but 48 B follow" },
        { "<f8", "False", "(5,)", six, 48, "says 5 x 1 elements" },
        { "<f8", "False", "(0,)", six, 0, "holds 0 rows" },
        { "<f8", "False", "(9223372036854775807, 9223372036854775807)", six, 48, "elements" },
        { "<f8", "False", "(99999999999999999999,)", six, 48, "no size" },
        { "<f8", "Maybe", "(6,)", six, 48, "neither True nor False" },
        { "<f8", "False", "(2,)", infinite, 16, "an infinity in row 2, column 1" },
    };
    char file[512];

    (void)state;
    EACH(cases) {
        size_t n = put_npy(file, cases[i].type, cases[i].order, cases[i].shape, cases[i].data, cases[i].n);

        must_refuse(&(struct refusal){ file, n, 0, 0, cases[i].says }, "a.npy", NULL);
    }
    must_refuse(&(struct refusal){ "\x93NUMPY\4\0\0\0\0\0", 12, 0, 0, "no version 1 to 3" }, "a.npy", NULL);
    must_refuse(&(struct refusal){ "\x93NUMPY\1\0\377\377{}", 12, 0, 0, "goes beyond the file" }, "a.npy", NULL);
    must_refuse(&(struct refusal){ "\x93NUMPY\1\0\2\0{}", 12, 0, 0, "a key is missing" }, "a.npy", NULL);
    must_refuse(&(struct refusal){ "\x93NUMPY\1\0\24\0{'descr': [('a',1)]}", 30, 0, 0, "structured" }, "a.npy", NULL);
}

static void test_every_cut_of_an_array_is_refused(void **state)
{
    char file[512];
    size_t n = put_npy(file, "<f8", "False", "(2, 3)", six, sizeof six);

    (void)state;
    for (size_t k = 6; k < n; k++) {
        struct bl_error err = { 0 };

        assert_null(bl_load_bytes(file, k, "a.npy", NULL, &err));
        assert_true(err.message[0] && err.hint[0]);
    }
}

static void test_large_whole_numbers_are_rounded_with_a_warning(void **state)
{
    static const int64_t numbers[] = { (int64_t)1 << 53, ((int64_t)1 << 53) + 1, INT64_MAX, -((int64_t)1 << 60) };
    struct bl_warnings w = { 0 };
    char file[512];
    size_t n = put_npy(file, "<i8", "False", "(4,)", numbers, sizeof numbers);
    struct bl_table *t = must_load_n(file, n, "a.npy", &(struct bl_load_options){ .warnings = &w });

    (void)state;
    assert_int_equal(w.count, 1);
    assert_string_equal(w.items[0].message, "2 whole numbers of a.npy beyond 2^53 were rounded");
    bl_warnings_free(&w);
    bl_table_free(t);
}

/* ---- archives: python3 -c "numpy.savez(...)" in the corpus of the fuzz target -----------------------------*/

static char *archive(const char *name)
{
    static char path[512];

    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/npz/%s", BL_SOURCE_DIR, name);
    return path;
}

static void test_arrays_of_an_archive_stand_side_by_side(void **state)
{
    struct bl_load_options npz = { .format = "npz" }, y = { .format = "npz", .table = "y" }, z = { .format = "npz", .table = "z" };
    struct bl_error err = { 0 };
    struct bl_table *t = must_load_file(archive("stored"), &npz);

    (void)state;
    assert_string_equal(shown(t), "X1:num(1 3) X2:num(2 4) y:num(0 1)");
    bl_table_free(t);
#ifdef HAVE_ZLIB
    t = must_load_file(archive("deflated"), &npz);
    assert_string_equal(shown(t), "X1:num(1 3) X2:num(2 4) y:num(0 1)");
    bl_table_free(t);
#endif
    t = must_load_file(archive("stored"), &y);
    assert_string_equal(shown(t), "y:num(0 1)");
    bl_table_free(t);
    assert_null(bl_load(archive("stored"), &z, &err));
    assert_non_null(strstr(err.message, "no array 'z'"));
    assert_string_equal(err.reason, "it holds X, y");
    assert_null(bl_load(archive("lengths"), &npz, &err));
    assert_non_null(strstr(err.message, "different numbers of rows"));
}

static void test_every_damaged_archive_is_refused(void **state)
{
    char *bytes = NULL;
    size_t n;

    (void)state;
    assert_true(bl_file_read(archive("stored"), 1 << 20, &bytes, &n, NULL));
    for (size_t k = 4; k < n; k++) {
        struct bl_error err = { 0 };

        assert_null(bl_load_bytes(bytes, k, "a.npz", &(struct bl_load_options){ .format = "npz" }, &err));
        assert_true(err.message[0] && err.hint[0]);
    }
    for (size_t k = 0; k < n; k++) { /* a flipped bit is refused or changes nothing that is read */
        struct bl_error err = { 0 };

        bytes[k] ^= 4;
        struct bl_table *t = bl_load_bytes(bytes, n, "a.npz", &(struct bl_load_options){ .format = "npz" }, &err);

        if (t)
            assert_true(t->n_rows == 2 && t->columns[0].number[0] == 1);
        else
            assert_true(err.message[0]);
        bl_table_free(t);
        bytes[k] ^= 4;
    }
    every_allocation_may_fail(bytes, n, "a.npz", NULL);
    bl_free(bytes);
}

/* ---- IDX -------------------------------------------------------------------------------------------------*/

static const char images[] = "\0\0\10\3\0\0\0\2\0\0\0\1\0\0\0\3\1\2\3\4\5\6";
static const char labels[] = "\0\0\10\1\0\0\0\2\7\11";

static void test_images_become_columns(void **state)
{
    struct bl_table *t = must_load_n(images, sizeof images - 1, "some", NULL);

    (void)state;
    assert_string_equal(shown(t), "p0:num(1 4) p1:num(2 5) p2:num(3 6)");
    assert_string_equal(t->format, "idx");
    bl_table_free(t);
    t = must_load_n(labels, sizeof labels - 1, "some", NULL);
    assert_string_equal(shown(t), "label:num(7 9)");
    bl_table_free(t);
    t = must_load_n("\0\0\13\1\0\0\0\2\377\376\0\1", 12, "some", NULL);
    assert_string_equal(shown(t), "label:num(-2 1)");
    bl_table_free(t);
}

static void test_faults_of_idx_files_are_told(void **state)
{
    struct bl_load_options idx = { .format = "idx" };

    (void)state;
    for (size_t k = 1; k + 1 < sizeof images; k++)
        must_refuse(&(struct refusal){ images, k, 0, 0, "is not a whole IDX file" }, "x.idx", &idx);
    must_refuse(&(struct refusal){ images, sizeof images, 0, 0, "more follows its last element" }, "x.idx", &idx);
    must_refuse(&(struct refusal){ "\0\0\7\1\0\0\0\1\1", 9, 0, 0, "name no kind of number" }, "x.idx", &idx);
    must_refuse(&(struct refusal){ "\0\0\10\0\0\0\0\1\1", 9, 0, 0, "no dimensions" }, "x.idx", &idx);
    must_refuse(&(struct refusal){ "\0\0\10\3\377\377\377\377\377\377\377\377\377\377\377\377", 16, 0, 0, "beyond any file" }, "x.idx", &idx);
    must_refuse(&(struct refusal){ "\0\0\10\2\0\0\0\0\0\0\0\1", 12, 0, 0, "holds 0 rows" }, "x.idx", &idx);
}

static char folder[] = "/tmp/bl-idx-XXXXXX";

static void write_file(const char *name, const char *bytes, size_t n)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void test_images_find_their_labels_by_name(void **state)
{
    char path[256];
    struct bl_error err = { 0 };

    (void)state;
    write_file("t-images-idx3-ubyte", images, sizeof images - 1);
    write_file("t-labels-idx1-ubyte", labels, sizeof labels - 1);
    snprintf(path, sizeof path, "%s/t", folder);
    struct bl_table *t = must_load_file(path, NULL);

    assert_string_equal(shown(t), "p0:num(1 4) p1:num(2 5) p2:num(3 6) label:num(7 9)");
    assert_string_equal(t->name, "t");
    assert_string_equal(t->own_target, "label");
    bl_table_free(t);
    write_file("t-labels-idx1-ubyte", "\0\0\10\1\0\0\0\1\7", 9);
    assert_null(bl_load(path, NULL, &err));
    assert_non_null(strstr(err.message, "holds 1 labels for 2 images"));
    snprintf(path, sizeof path, "%s/t-labels-idx1-ubyte", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/t-images-idx3-ubyte", folder);
    t = must_load_file(path, NULL);
    assert_int_equal(t->n_columns, 3);
    bl_table_free(t);
    unlink(path);
}

#ifdef HAVE_ZLIB
static void check_digits(const char *name, const json_t *r)
{
    struct bl_table *t = must_load_file(name, NULL);
    const json_t *counts = json_object_get(r, "label_counts"), *sums = json_object_get(r, "first_image_row_sums");
    double sum = 0, seen[10] = { 0 };
    size_t nonzero = 0;

    assert_int_equal(t->n_columns, 785);
    assert_int_equal(t->n_rows, json_integer_value(json_array_get(json_object_get(r, "shape"), 0)));
    for (size_t j = 0; j < 784; j++)
        for (size_t i = 0; i < t->n_rows; i++) {
            sum += t->columns[j].number[i];
            nonzero += t->columns[j].number[i] != 0;
        }
    for (size_t i = 0; i < t->n_rows; i++)
        seen[(int)t->columns[784].number[i]]++;
    assert_true(sum == json_number_value(json_object_get(r, "pixel_sum")));
    assert_int_equal(nonzero, json_integer_value(json_object_get(r, "nonzero_pixels")));
    for (size_t k = 0; k < 10; k++)
        assert_true(seen[k] == json_number_value(json_array_get(counts, k)));
    for (size_t y = 0; y < 28; y++) {
        double row = 0;

        for (size_t x = 0; x < 28; x++)
            row += t->columns[28 * y + x].number[0];
        assert_true(row == json_number_value(json_array_get(sums, y)));
    }
    assert_string_equal(t->own_target, "label");
    assert_int_equal(bl_table_task(t, 784), BL_CLASSIFICATION);
    bl_table_free(t);
}

static void test_digits_agree_with_the_reference(void **state)
{
    json_t *r = json_load_file(BL_SOURCE_DIR "/tests/reference/mnist_subset.json", 0, NULL);

    (void)state;
    assert_non_null(r);
    check_digits("mnist/train-5k", json_object_get(r, "train"));
    check_digits("test-1k", json_object_get(r, "test"));
    json_decref(r);
}
#endif

static void test_memory_may_end_at_any_time(void **state)
{
    char file[512];
    size_t n = put_npy(file, "<f8", "False", "(2, 3)", six, sizeof six);

    (void)state;
    every_allocation_may_fail(file, n, "a.npy", NULL);
    every_allocation_may_fail(images, sizeof images - 1, "x.idx", NULL);
}

static int setup(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements_of_every_kind),
        cmocka_unit_test(test_both_orders_and_both_shapes),
        cmocka_unit_test(test_what_is_no_plain_array_is_refused),
        cmocka_unit_test(test_every_cut_of_an_array_is_refused),
        cmocka_unit_test(test_large_whole_numbers_are_rounded_with_a_warning),
        cmocka_unit_test(test_arrays_of_an_archive_stand_side_by_side),
        cmocka_unit_test(test_every_damaged_archive_is_refused),
        cmocka_unit_test(test_images_become_columns),
        cmocka_unit_test(test_faults_of_idx_files_are_told),
        cmocka_unit_test(test_images_find_their_labels_by_name),
#ifdef HAVE_ZLIB
        cmocka_unit_test(test_digits_agree_with_the_reference),
#endif
        cmocka_unit_test(test_memory_may_end_at_any_time),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
