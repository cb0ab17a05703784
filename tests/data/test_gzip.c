/* Compressed input: any format inside gzip, whole or refused. */
#include "formats.h"

#ifdef HAVE_ZLIB
#include <zlib.h>

static const char csv[] = "a,b\n1,x\n2,y\n";

static char *packed(const void *bytes, size_t n, size_t *out)
{
    z_stream z = { 0 };
    char *room = malloc(n + 1000);

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)n;
    z.next_out = (Bytef *)room;
    z.avail_out = (uInt)n + 1000;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    *out = z.total_out;
    deflateEnd(&z);
    return room;
}

static void test_a_gzip_file_is_read_as_what_is_inside(void **state)
{
    size_t n;
    char *gz = packed(csv, sizeof csv - 1, &n);
    struct bl_table *t = must_load_n(gz, n, "some/houses.csv.gz", NULL);

    (void)state;
    assert_string_equal(shown(t), "a:num(1 2) b:cat(x y)");
    assert_string_equal(t->name, "houses");
    assert_string_equal(t->format, "csv");
    assert_int_equal(t->bytes, n); /* and the hash is of the file */
    struct bl_sha256 sha;
    char hex[65];

    bl_sha256_start(&sha);
    bl_sha256_add(&sha, gz, n);
    bl_sha256_end(&sha, hex);
    assert_string_equal(bl_table_sha256(t), hex);
    bl_table_free(t);
    free(gz);
}

static void test_members_follow_each_other(void **state)
{
    size_t n, m;
    char *first = packed(csv, sizeof csv - 1, &n), *second = packed("3,z\n", 4, &m);
    char *both = malloc(n + m + 8);

    (void)state;
    memcpy(both, first, n);
    memcpy(both + n, second, m);
    memset(both + n + m, 0, 8); /* the padding of a tape */
    struct bl_table *t = must_load_n(both, n + m + 8, "x.csv.gz", NULL);

    assert_string_equal(shown(t), "a:num(1 2 3) b:cat(x y z)");
    bl_table_free(t);
    free(both);
    free(first);
    free(second);
}

static void test_every_cut_is_refused(void **state)
{
    size_t n;
    char *gz = packed(csv, sizeof csv - 1, &n);

    (void)state;
    for (size_t k = 2; k < n; k++)
        must_refuse(&(struct refusal){ gz, k, 0, 0, "ends in the middle of its compressed data" }, "x.csv.gz", NULL);
    gz[n - 6] ^= 1; /* the checksum */
    must_refuse(&(struct refusal){ gz, n, 0, 0, "is damaged" }, "x.csv.gz", NULL);
    gz[2] = 7; /* no such method */
    must_refuse(&(struct refusal){ gz, n, 0, 0, "is damaged near byte" }, "x.csv.gz", NULL);
    free(gz);
}

static void test_what_expands_without_end_is_refused(void **state)
{
    const size_t bytes = (size_t)48 << 20;
    char *blanks = malloc(bytes);
    size_t n, m;

    (void)state;
    memset(blanks, '\n', bytes);
    char *gz = packed(blanks, bytes, &n), *twice = packed(gz, n, &m);

    must_refuse(&(struct refusal){ gz, n, 0, 0, "expands to more than" }, "x.csv.gz", NULL);
    must_refuse(&(struct refusal){ twice, m, 0, 0, "a gzip file inside a gzip file" }, "x.csv.gz", NULL);
    free(blanks);
    free(gz);
    free(twice);
}

static void test_the_memory_limit_holds(void **state)
{
    const size_t bytes = (size_t)2 << 20;
    char *text = malloc(bytes);
    size_t n;

    (void)state;
    memset(text, '\n', bytes);
    char *gz = packed(text, bytes, &n);

    bl_memory_limit_set((size_t)1 << 20);
    must_refuse(&(struct refusal){ gz, n, 0, 0, "expands to more than" }, "x.csv.gz", NULL);
    bl_memory_limit_set(0);
    free(text);
    free(gz);
}

static void test_memory_may_end_at_any_time(void **state)
{
    size_t n;
    char *gz = packed(csv, sizeof csv - 1, &n);

    (void)state;
    every_allocation_may_fail(gz, n, "x.csv.gz", NULL);
    free(gz);
}

#else

static void test_without_zlib_a_gzip_file_is_refused_by_name(void **state)
{
    (void)state;
    must_refuse(&(struct refusal){ "\x1f\x8b\x08", 0, 0, 0, "built without zlib" }, "x.csv.gz", NULL);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef HAVE_ZLIB
        cmocka_unit_test(test_a_gzip_file_is_read_as_what_is_inside),
        cmocka_unit_test(test_members_follow_each_other),
        cmocka_unit_test(test_every_cut_is_refused),
        cmocka_unit_test(test_what_expands_without_end_is_refused),
        cmocka_unit_test(test_the_memory_limit_holds),
        cmocka_unit_test(test_memory_may_end_at_any_time),
#else
        cmocka_unit_test(test_without_zlib_a_gzip_file_is_refused_by_name),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
