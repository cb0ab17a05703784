/* Random streams and hashes: known answers, fairness, independence of streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/base.h"
#include "src/base/system.h"

static void test_philox_gives_the_published_answers(void **state)
{
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } cases[] = {
        { { 0 }, { 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { ~0u, ~0u, ~0u, ~0u }, { ~0u, ~0u }, { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
          { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    uint32_t out[4];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bl_philox(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].out, sizeof out);
    }
}

/* Saved runs depend on this layout: it must never change. */
static void test_a_stream_is_philox_over_block_purpose_epoch_and_index(void **state)
{
    struct bl_random r = bl_random_stream(0x0123456789abcdef, BL_FOR_SHUFFLE, 7, 9);
    const uint32_t key[2] = { 0x89abcdef, 0x01234567 };
    uint32_t out[4];

    (void)state;
    for (uint32_t block = 0; block < 3; block++) {
        bl_philox((uint32_t[4]){ block, 2, 7, 9 }, key, out);
        for (int i = 0; i < 4; i++)
            assert_int_equal(bl_random_u32(&r), out[i]);
    }
    assert_int_equal(BL_FOR_SPLIT, 1);
    assert_int_equal(BL_FOR_NOISE, 11);
}

static void test_streams_of_other_names_differ(void **state)
{
    struct bl_random streams[] = {
        bl_random_stream(1, BL_FOR_SPLIT, 0, 0), bl_random_stream(2, BL_FOR_SPLIT, 0, 0),
        bl_random_stream(1, BL_FOR_INIT, 0, 0),  bl_random_stream(1, BL_FOR_SPLIT, 1, 0),
        bl_random_stream(1, BL_FOR_SPLIT, 0, 1), bl_random_stream(UINT64_C(1) << 32 | 1, BL_FOR_SPLIT, 0, 0),
    };
    uint64_t first[6];

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        first[i] = bl_random_u64(&streams[i]);
        for (size_t j = 0; j < i; j++)
            assert_true(first[i] != first[j]);
    }
}

static void test_bounded_integers_are_fair(void **state)
{
    static const uint64_t bounds[] = { 1, 2, 3, 7, 10 };
    struct bl_random r = bl_random_stream(1, BL_FOR_SAMPLE, 0, 0);

    (void)state;
    for (size_t b = 0; b < sizeof bounds / sizeof *bounds; b++) {
        unsigned counts[10] = { 0 };
        double n = 100000, chi2 = 0, expected = n / (double)bounds[b];

        for (int i = 0; i < (int)n; i++) {
            uint64_t x = bl_random_below(&r, bounds[b]);

            assert_true(x < bounds[b]);
            counts[x]++;
        }
        for (size_t k = 0; k < bounds[b]; k++)
            chi2 += (counts[k] - expected) * (counts[k] - expected) / expected;
        assert_true(chi2 < 30); /* 9 degrees of freedom: 1 in 2000, and the seed is fixed */
    }
}

/* 2/3 of the range: without rejection the lower half of the results would come twice as often. */
static void test_large_bounds_reject_what_is_unfair(void **state)
{
    struct bl_random r = bl_random_stream(1, BL_FOR_SAMPLE, 0, 0);
    const uint64_t bounds[] = { 0xaaaaaaaa, 0xaaaaaaaaaaaaaaaa };

    (void)state;
    for (size_t b = 0; b < 2; b++) {
        unsigned thirds[3] = { 0 };

        for (int i = 0; i < 60000; i++)
            thirds[bl_random_below(&r, bounds[b]) / (bounds[b] / 3 + 1)]++;
        for (int k = 0; k < 3; k++)
            assert_in_range(thirds[k], 19400, 20600);
    }
    assert_int_equal(bl_random_below(&r, 0), 0);
    for (int i = 0; i < 1000; i++)
        assert_true(bl_random_below(&r, UINT64_MAX) < UINT64_MAX);
}

static void test_units_and_normals_have_their_moments(void **state)
{
    struct bl_random r = bl_random_stream(1, BL_FOR_NOISE, 0, 0);
    double n = 200000, u1 = 0, u2 = 0, z[5] = { 0 };

    (void)state;
    for (int i = 0; i < (int)n; i++) {
        double u = bl_random_unit(&r), x = bl_random_normal(&r), p = 1;

        assert_true(u >= 0 && u < 1);
        u1 += u;
        u2 += u * u;
        for (int k = 0; k < 5; k++, p *= x)
            z[k] += p / n;
    }
    assert_true(fabs(u1 / n - 1 / 2.0) < 0.003 && fabs(u2 / n - 1 / 3.0) < 0.003);
    assert_true(fabs(z[1]) < 0.01 && fabs(z[2] - 1) < 0.015 && fabs(z[3]) < 0.04 &&
                fabs(z[4] - 3) < 0.1);
}

static void test_shuffles_are_permutations_and_all_come_up(void **state)
{
    struct bl_random r = bl_random_stream(1, BL_FOR_SHUFFLE, 0, 0);
    unsigned seen[64] = { 0 };

    (void)state;
    for (int i = 0; i < 24000; i++) {
        uint32_t items[4] = { 0, 1, 2, 3 };
        unsigned mask = 0;

        bl_random_shuffle(&r, items, 4);
        for (int k = 0; k < 4; k++)
            mask |= 1u << items[k];
        assert_int_equal(mask, 15);
        seen[items[0] * 16 + items[1] * 4 + items[2]]++;
    }
    unsigned kinds = 0;

    for (int k = 0; k < 64; k++)
        if (seen[k]) {
            assert_in_range(seen[k], 850, 1150);
            kinds++;
        }
    assert_int_equal(kinds, 24);
    bl_random_shuffle(&r, NULL, 0);
}

static void check_sha256(const char *bytes, size_t n, size_t step, const char *wanted)
{
    struct bl_sha256 s;
    char hex[65];

    bl_sha256_start(&s);
    for (size_t i = 0; i < n; i += step)
        bl_sha256_add(&s, bytes + i, n - i < step ? n - i : step);
    bl_sha256_end(&s, hex);
    assert_string_equal(hex, wanted);
}

static void shuffle_beside_plain_draws(void)
{
    static uint32_t items[5000], plain[5000];

    for (size_t turn = 0; turn < 300; turn++) {
        struct bl_random r = bl_random_stream(turn, BL_FOR_SHUFFLE, 1, 2), s = r;
        size_t n = turn < 280 ? turn : 5000 - turn;

        for (size_t i = 0; i < turn % 7; i++)
            assert_int_equal(bl_random_u32(&r), bl_random_u32(&s));
        for (size_t i = 0; i < n; i++)
            items[i] = plain[i] = (uint32_t)i;
        bl_random_shuffle(&r, items, n);
        for (size_t i = n; i > 1; i--) {
            size_t j = (size_t)bl_random_below(&s, i);
            uint32_t item = plain[i - 1];

            plain[i - 1] = plain[j];
            plain[j] = item;
        }
        assert_memory_equal(items, plain, n * sizeof *items);
        for (size_t i = 0; i < 9; i++)
            assert_int_equal(bl_random_u32(&r), bl_random_u32(&s));
    }
}

/* The words of a shuffle are drawn many at a time, side by side: order and stream must not show it. */
static void test_a_shuffle_draws_its_words_one_by_one_whichever_unit_draws(void **state)
{
    (void)state;
    for (enum bl_units most = BL_UNITS_NONE; most <= BL_UNITS_AVX512; most++) {
        bl_units_limit(most);
        shuffle_beside_plain_draws();
    }
    bl_units_limit(BL_UNITS_AVX512);
}

static void test_sha256_gives_the_published_digests_in_any_pieces(void **state)
{
    static const struct {
        const char *text, *digest;
    } cases[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
          "lmnopqrsmnopqrstnopqrstu",
          "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
    };
    char *million = malloc(1000000);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t step = 1; step < 130; step++)
            check_sha256(cases[i].text, strlen(cases[i].text), step, cases[i].digest);
    memset(million, 'a', 1000000);
    static const size_t steps[] = { 1000000, 64, 1, 9973 };

    for (size_t i = 0; i < 4; i++)
        check_sha256(million, 1000000, steps[i],
                     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

static void test_sha256_needs_no_special_instructions(void **state)
{
    uint8_t block[64];
    uint32_t hash[8];

    (void)state;
    for (unsigned turn = 0; turn < 1000; turn++) {
        struct bl_sha256 s;

        for (unsigned i = 0; i < 64; i++)
            block[i] = (uint8_t)(bl_hash(&i, sizeof i, turn) >> 8);
        bl_sha256_start(&s);
        memcpy(hash, s.h, sizeof hash);
        bl_sha256_compress_portable(hash, block);
        bl_sha256_add(&s, block, 64);
        assert_memory_equal(hash, s.h, sizeof hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_philox_gives_the_published_answers),
        cmocka_unit_test(test_a_stream_is_philox_over_block_purpose_epoch_and_index),
        cmocka_unit_test(test_streams_of_other_names_differ),
        cmocka_unit_test(test_bounded_integers_are_fair),
        cmocka_unit_test(test_large_bounds_reject_what_is_unfair),
        cmocka_unit_test(test_units_and_normals_have_their_moments),
        cmocka_unit_test(test_shuffles_are_permutations_and_all_come_up),
        cmocka_unit_test(test_a_shuffle_draws_its_words_one_by_one_whichever_unit_draws),
        cmocka_unit_test(test_sha256_gives_the_published_digests_in_any_pieces),
        cmocka_unit_test(test_sha256_needs_no_special_instructions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
