/* Memory: sizes, zeroes, alignment, planned failures, limits, arenas, dictionaries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "batchlab/base.h"
#include "src/base/system.h"

static bool all_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static void test_sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    assert_null(bl_calloc(SIZE_MAX / 2, 3));
    assert_null(bl_realloc(NULL, SIZE_MAX / 8, 16));
    assert_null(bl_aligned(SIZE_MAX, 1));
    assert_null(bl_calloc(1, (size_t)PTRDIFF_MAX + 1));
}

static void test_a_size_of_zero_is_no_failure(void **state)
{
    void *p = bl_calloc(0, 8), *q = bl_aligned(0, 8);

    (void)state;
    assert_non_null(p);
    assert_non_null(q);
    p = bl_realloc(p, 0, 8);
    assert_non_null(p);
    bl_free(p);
    bl_free(q);
    bl_free(NULL);
}

static void test_blocks_are_zero_and_aligned_and_counted(void **state)
{
    static const size_t sizes[] = { 1, 64, 1000, 100000, 4 << 20, (4 << 20) + 1, 9 << 20 };
    size_t before = bl_memory_in_use();

    (void)state;
    for (int turn = 0; turn < 2; turn++) { /* the second turn meets used memory */
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unsigned char *p = bl_calloc(sizes[i], 1), *q = bl_aligned(sizes[i], 1);

            assert_non_null(p);
            assert_non_null(q);
            assert_true((uintptr_t)q % 64 == 0);
            assert_true(all_zero(p, sizes[i]) && all_zero(q, sizes[i]));
            assert_true(bl_memory_in_use() >= before + 2 * sizes[i]);
            memset(p, 0xff, sizes[i]);
            memset(q, 0xff, sizes[i]);
            bl_free(p);
            bl_free(q);
        }
    }
    assert_int_equal(bl_memory_in_use(), before);
}

static void test_large_blocks_live_side_by_side_and_can_be_resized(void **state)
{
    enum { N = 40 };
    unsigned char *blocks[N];
    size_t before = bl_memory_in_use();

    (void)state;
    for (size_t i = 0; i < N; i++) {
        blocks[i] = bl_aligned((4 << 20) + i, 1);
        assert_non_null(blocks[i]);
        blocks[i][0] = (unsigned char)i;
        blocks[i][(4 << 20) - 1] = (unsigned char)(i + 1);
    }
    for (size_t i = 0; i < N; i += 2) {
        blocks[i] = bl_realloc(blocks[i], i % 4 ? 100 : 5 << 20, 1);
        assert_non_null(blocks[i]);
    }
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(blocks[i][0], i);
        if (i % 4 != 2)
            assert_int_equal(blocks[i][(4 << 20) - 1], i + 1);
        bl_free(blocks[i]);
    }
    assert_int_equal(bl_memory_in_use(), before);
}

static void test_texts_are_copied(void **state)
{
    char *a = bl_strdup("iris"), *b = bl_strndup("iris.csv", 4), *c = bl_strndup("ab", 9);

    (void)state;
    assert_string_equal(a, "iris");
    assert_string_equal(b, "iris");
    assert_string_equal(c, "ab");
    bl_free(a);
    bl_free(b);
    bl_free(c);
}

static void test_the_chosen_allocation_fails(void **state)
{
    void *p[4];

    (void)state;
    uint64_t before = bl_alloc_count();
    bl_alloc_fail_at(2, false);
    for (int i = 0; i < 4; i++)
        p[i] = bl_calloc(1, 1);
    assert_true(p[0] && !p[1] && p[2] && p[3]);
    assert_int_equal(bl_alloc_count(), before + 4);
    for (int i = 0; i < 4; i++)
        bl_free(p[i]);
    bl_alloc_fail_at(2, true);
    p[0] = bl_aligned(1, 1);
    p[1] = bl_realloc(NULL, 1, 1);
    p[2] = bl_aligned(5 << 20, 1);
    assert_true(p[0] && !p[1] && !p[2]);
    bl_alloc_fail_at(0, false);
    bl_free(p[0]);
}

static void test_the_limit_falls_with_use(void **state)
{
    size_t whole;
    void *p;

    (void)state;
    assert_true(bl_memory_limit() > 1 << 20);
    assert_true(bl_memory_limit() <= bl_system_memory() / 4 * 3 + 3);
    bl_memory_limit_set((size_t)64 << 20);
    whole = bl_memory_limit();
    p = bl_aligned(8 << 20, 1);
    assert_int_equal(whole - bl_memory_limit(), 8 << 20);
    bl_memory_limit_set(1 << 20);
    assert_int_equal(bl_memory_limit(), 0);
    bl_free(p);
    bl_memory_limit_set(0);
}

static void put(const char *folder, const char *file, const char *text)
{
    char path[600];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, file);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void make(const char *root, const char *folder)
{
    char path[600];

    snprintf(path, sizeof path, "%s/%s", root, folder);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void test_control_groups_and_their_parents_set_limits(void **state)
{
    static const struct {
        const char *membership;
        size_t memory, processors;
    } cases[] = {
        { "0::/a/b\n", 1000, 3 },
        { "0::/a\n", 1000, 0 },
        { "0::/\n", SIZE_MAX, 0 },
        { "0::/none\n", SIZE_MAX, 0 },
        { "2:cpu:/x\n5:memory:/job\n0::/\n", 500, 0 },
        { "5:cpu,memory:/elsewhere\n", 7000, 0 },
        { "nonsense", SIZE_MAX, 0 },
        { "", SIZE_MAX, 0 },
    };
    char root[] = "/tmp/batchlab-test-XXXXXX", command[64];
    static const char *const files[] = { "a/memory.max", "a/b/memory.max", "a/b/cpu.max",
                                         "memory/memory.limit_in_bytes",
                                         "memory/job/memory.limit_in_bytes" };

    (void)state;
    assert_non_null(mkdtemp(root));
    make(root, "a");
    make(root, "a/b");
    make(root, "memory");
    make(root, "memory/job");
    put(root, files[0], "1000\n");
    put(root, files[1], "max\n");
    put(root, files[2], "250000 100000\n");
    put(root, files[3], "7000\n");
    put(root, files[4], "500\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(bl_cgroup_memory(cases[i].membership, root), cases[i].memory);
        assert_int_equal(bl_cgroup_processors(cases[i].membership, root), cases[i].processors);
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[200];

        snprintf(path, sizeof path, "%s/%s", root, files[i]);
        unlink(path);
    }
    static const char *const folders[] = { "/a/b", "/a", "/memory/job", "/memory", "" };

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(command, sizeof command, "%s%s", root, folders[i]);
        assert_int_equal(rmdir(command), 0);
    }
}

static void test_an_arena_hands_out_zeroed_aligned_pieces(void **state)
{
    struct bl_arena *a = bl_arena_create(1000);
    unsigned char *last = NULL;

    (void)state;
    assert_non_null(a);
    for (size_t turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < 200; i++) {
            unsigned char *p = bl_arena_take(a, i % 40, i % 7 * 3);

            assert_non_null(p);
            assert_true((uintptr_t)p % 16 == 0 && p != last);
            assert_true(all_zero(p, i % 40 * (i % 7 * 3)));
            memset(p, 0xff, i % 40 * (i % 7 * 3));
            last = p;
        }
        assert_true(bl_arena_bytes(a) > 4000);
        bl_arena_reset(a);
        assert_true(bl_arena_bytes(a) < 1100);
    }
    assert_string_equal(bl_arena_text(a, "abcdef", 3), "abc");
    assert_null(bl_arena_take(a, SIZE_MAX, 2));
    assert_null(bl_arena_take(a, SIZE_MAX, 1));
    assert_null(bl_arena_text(a, "", SIZE_MAX));
    bl_arena_free(a);
    bl_arena_free(NULL);
}

static void test_names_are_numbered_as_they_come(void **state)
{
    struct bl_names *m = bl_names_create();
    char name[32];
    size_t length;

    (void)state;
    for (size_t turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < 5000; i++) {
            int n = snprintf(name, sizeof name, "level %zu", i);

            assert_int_equal(bl_names_add(m, name, (size_t)n), i);
        }
    assert_int_equal(bl_names_count(m), 5000);
    assert_string_equal(bl_names_at(m, 4321, &length), "level 4321");
    assert_int_equal(length, 10);
    assert_int_equal(bl_names_find(m, "level 17", 8), 17);
    assert_int_equal(bl_names_find(m, "level 17", 7), 1);
    assert_int_equal(bl_names_find(m, "elsewhere", 9), SIZE_MAX);
    assert_int_equal(bl_names_add(m, NULL, 0), 5000); /* empty and zero bytes are texts too */
    assert_int_equal(bl_names_find(m, "", 0), 5000);
    assert_int_equal(bl_names_add(m, "\0", 1), 5001);
    assert_int_equal(bl_names_add(m, "\0\0", 2), 5002);
    bl_names_free(m);
    bl_names_free(NULL);
}

static void test_hashes_depend_on_every_byte_length_and_key(void **state)
{
    unsigned char bytes[70] = { 0 };

    (void)state;
    for (size_t n = 1; n <= sizeof bytes; n++) {
        uint64_t whole = bl_hash(bytes, n, 1);

        assert_true(whole != bl_hash(bytes, n - 1, 1) && whole != bl_hash(bytes, n, 2));
        for (size_t i = 0; i < n; i++) {
            bytes[i] ^= 0x10;
            assert_true(bl_hash(bytes, n, 1) != whole);
            bytes[i] ^= 0x10;
        }
    }
}

/* One use of everything that allocates; whether it went through. */
static bool use_everything(void)
{
    struct bl_arena *a = bl_arena_create(256);
    struct bl_names *m = bl_names_create();
    bool done = a && m;
    char name[16];

    for (int i = 0; done && i < 40; i++) {
        int n = snprintf(name, sizeof name, "%d", i);

        done = bl_arena_take(a, 3, 40) && bl_names_add(m, name, (size_t)n) == (size_t)i;
    }
    bl_arena_free(a);
    bl_names_free(m);
    return done;
}

static void test_every_allocation_may_fail(void **state)
{
    size_t before = bl_memory_in_use();
    bool done = false;

    (void)state;
    for (uint64_t k = 1; !done; k++) {
        bl_alloc_fail_at(k, false);
        done = use_everything();
        bl_alloc_fail_at(0, false);
        assert_int_equal(bl_memory_in_use(), before);
        assert_true(done ? k > 8 : k < 1000);
    }
}

static void test_names_in_a_batch_are_numbered_as_one_by_one(void **state)
{
    struct bl_names *one = bl_names_create(), *all = bl_names_create();
    static char texts[1000][24];
    struct bl_string parts[1000];
    uint32_t numbers[1000];

    (void)state;
    for (size_t i = 0; i < 1000; i++)
        parts[i] = (struct bl_string){ texts[i], (size_t)snprintf(texts[i], sizeof texts[i], "%s%zu", i % 3 ? "" : "a longer name ", i * i % 301) };
    for (size_t turn = 0; turn < 2; turn++) {
        assert_true(bl_names_add_all(all, parts, 1000, numbers));
        for (size_t i = 0; i < 1000; i++)
            assert_int_equal(bl_names_add(one, parts[i].at, parts[i].length), numbers[i]);
        assert_int_equal(bl_names_count(one), bl_names_count(all));
    }
    assert_true(bl_names_add_all(all, NULL, 0, NULL));
    bl_names_free(one);
    bl_names_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_that_overflow_are_refused),
        cmocka_unit_test(test_a_size_of_zero_is_no_failure),
        cmocka_unit_test(test_blocks_are_zero_and_aligned_and_counted),
        cmocka_unit_test(test_large_blocks_live_side_by_side_and_can_be_resized),
        cmocka_unit_test(test_texts_are_copied),
        cmocka_unit_test(test_the_chosen_allocation_fails),
        cmocka_unit_test(test_the_limit_falls_with_use),
        cmocka_unit_test(test_control_groups_and_their_parents_set_limits),
        cmocka_unit_test(test_an_arena_hands_out_zeroed_aligned_pieces),
        cmocka_unit_test(test_names_are_numbered_as_they_come),
        cmocka_unit_test(test_names_in_a_batch_are_numbered_as_one_by_one),
        cmocka_unit_test(test_hashes_depend_on_every_byte_length_and_key),
        cmocka_unit_test(test_every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
