/* Kept models: nothing that was changed, cut or forged is believed, and what is believed does no harm. */
#define _GNU_SOURCE 1
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/keep/made.h"

#ifndef FORGERIES
#define FORGERIES 2000
#endif

static void expect_refused(const char *bytes, size_t n, const char *what, size_t at)
{
    struct bl_error err = {0};
    struct bl_kept *k = bl_kept_decode(bytes, n, "model", &err);

    if (k)
        fail_msg("a model was believed: %s %zu", what, at);
    assert_int_equal(err.code, BL_DATA);
    assert_string_not_equal(err.message, "");
}

static void test_one_flipped_bit_anywhere_is_refused(void **state)
{
    struct made m;

    (void)state;
    make(&m, "iris", NULL, NULL, NULL, NULL, NULL);
    encode(&m);
    for (size_t i = 0; i < m.n; i++) {
        m.bytes[i] = (char)(m.bytes[i] ^ (1 << (i % 8)));
        expect_refused(m.bytes, m.n, "bit flipped in byte", i);
        m.bytes[i] = (char)(m.bytes[i] ^ (1 << (i % 8)));
    }
    done(&m);
}

static void test_a_cut_or_longer_file_is_refused(void **state)
{
    struct made m;
    char *more;

    (void)state;
    make(&m, "iris", NULL, NULL, NULL, NULL, NULL);
    encode(&m);
    for (size_t n = 0; n < m.n; n++)
        expect_refused(m.bytes, n, "cut after byte", n);
    more = bl_calloc(m.n + 8, 1);
    memcpy(more, m.bytes, m.n);
    expect_refused(more, m.n + 8, "longer than", m.n);
    bl_free(more);
    done(&m);
}

/* A forger can sign: the digest is made anew after the change, so that the rules behind it are met. */
static void sign(char *bytes, size_t n)
{
    char *at = memmem(bytes, n, "\"digest\":\"", 10), hex[65];
    struct bl_sha256 sum;

    assert_non_null(at);
    memset(at + 10, '0', 64);
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bytes, n);
    bl_sha256_end(&sum, hex);
    memcpy(at + 10, hex, 64);
}

static void expect_forgery_refused(const struct made *m, const char *from, const char *to)
{
    char *copy = bl_calloc(m->n, 1), *at;

    memcpy(copy, m->bytes, m->n);
    at = memmem(copy, m->n, from, strlen(from));
    if (!at || strlen(from) != strlen(to))
        fail_msg("nothing to forge: %s", from);
    memcpy(at, to, strlen(to));
    sign(copy, m->n);
    expect_refused(copy, m->n, from, 0);
    bl_free(copy);
}

static void test_forged_headers_are_refused(void **state)
{
    static const char *const forged[][2] = {
        {"\"batchlab\":\"1\"", "\"batchlab\":\"9\""}, {"\"dtype\":\"F64\"", "\"dtype\":\"F32\""},
        {"\"shape\":[3,5]", "\"shape\":[5,5]"}, {"\"shape\":[3,5]", "\"shape\":[0,5]"}, {"\"data_offsets\":[0,", "\"data_offsets\":[8,"},
        {"\"model\":\"softmax\"", "\"model\":\"softmin\""}, {"\"model\":\"softmax\"", "\"model\":\"poisson\""},
        {"\\\"node\\\":0", "\\\"node\\\":9"}, {"\\\"inputs\\\":[0]", "\\\"inputs\\\":[9]"}, {"\\\"numbers\\\":2", "\\\"numbers\\\":0"},
        {"\\\"op\\\":\\\"impute\\\"", "\\\"op\\\":\\\"imputf\\\""}, {"\\\"source\\\":0", "\\\"source\\\":7"},
        {"\"task\":\"classification\"", "\"task\":\"klassification\""}, {"[\\\"setosa\\\",", "[\\\"setosa\\\"]"},
        {"\"features\":", "\"featurez\":"}, {"\\\"intercept\\\":true ", "\\\"intercept\\\":null "},
    };
    struct made m;
    char *copy;

    (void)state;
    make(&m, "iris", "softmax", NULL, NULL, NULL, NULL);
    encode(&m);
    for (size_t i = 0; i + 1 < sizeof forged / sizeof *forged; i++)
        if (memmem(m.bytes, m.n, forged[i][0], strlen(forged[i][0])))
            expect_forgery_refused(&m, forged[i][0], forged[i][1]);
        else if (i != 7)
            fail_msg("not in the file: %s", forged[i][0]);
    copy = bl_calloc(m.n, 1); /* a parameter that is not finite */
    memcpy(copy, m.bytes, m.n);
    memset(copy + m.n - 8, 0xff, 8);
    sign(copy, m.n);
    expect_refused(copy, m.n, "nan in the recipe", m.n - 8);
    bl_free(copy);
    done(&m);
}

/* The n-th number of the tensor "recipe" becomes another. */
static void expect_forged_number_refused(const struct made *m, size_t tensor, size_t n, double x)
{
    char *copy = bl_calloc(m->n, 1);

    memcpy(copy, m->bytes, m->n);
    memcpy(copy + tensor + 8 * n, &x, sizeof x);
    sign(copy, m->n);
    expect_refused(copy, m->n, "forged number", n);
    bl_free(copy);
}

/* Where the numbers of the recipe begin: behind the parameters. */
static size_t recipe_numbers(const struct made *m)
{
    uint64_t header = 0;

    for (size_t i = 0; i < 8; i++)
        header |= (uint64_t)(unsigned char)m->bytes[i] << (8 * i);
    return 8 + (size_t)header + m->o->n_params * sizeof(double);
}

static void test_forged_words_and_buckets_are_refused(void **state)
{
    static const char *const forged[][3] = {
        {"sms_spam", "\\\"codec\\\":0", "\\\"codec\\\":1"}, {"sms_spam", "\\\"type\\\":\\\"text\\\",\\\"source", "\\\"type\\\":\\\"hash\\\",\\\"source"},
        {"sms_spam", "\\\"codec\\\":0", "\\\"codeg\\\":0"}, {"sms_spam", "\\\"numbers\\\":23", "\\\"numbers\\\":24"},
        {"sms_spam", "\\\"names\\\":[", "\\\"namez\\\":["}, {"sms_spam", "\\\"type\\\":\\\"text\\\",\\\"levels", "\\\"type\\\":\\\"numb\\\",\\\"levels"},
    };
    static const double method[] = {3, -1, 0.5, NAN, 1e300}, ngrams[] = {0, 5, INFINITY}, bucket[] = {1, 70000, NAN, 8.5, -8};
    struct made m;
    size_t at;

    (void)state;
    make_of(&m, "sms_spam", NULL, recipe_of("text max=20"));
    encode(&m);
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++)
        expect_forgery_refused(&m, forged[i][1], forged[i][2]);
    at = recipe_numbers(&m);
    for (size_t i = 0; i < sizeof method / sizeof *method; i++)
        expect_forged_number_refused(&m, at, 0, method[i]);
    for (size_t i = 0; i < sizeof ngrams / sizeof *ngrams; i++)
        expect_forged_number_refused(&m, at, 1, ngrams[i]);
    expect_forged_number_refused(&m, at, 2, 16); /* buckets beside words */
    expect_forged_number_refused(&m, at, 3, INFINITY);
    expect_forged_number_refused(&m, at, 23, 20); /* the 21st term */
    expect_forged_number_refused(&m, at, 23, 0.5);
    done(&m);
    make_of(&m, "titanic", NULL, recipe_of("impute;hash n=8 columns=Embarked;onehot max_levels=8"));
    encode(&m);
    at = recipe_numbers(&m);
    for (size_t i = 0; i < sizeof bucket / sizeof *bucket; i++)
        expect_forged_number_refused(&m, at, 0, bucket[i]);
    expect_forged_number_refused(&m, at, 1, 8); /* a level in a bucket that its hash does not name */
    done(&m);
}

static void test_forged_neighbours_and_scales_are_refused(void **state)
{
    static const double p[] = {0, 5, -6, NAN, 1e18}, k[] = {0, 101, 2.5}, donors[] = {2001, -1, 1e18, 0.5};
    struct made m;
    size_t at;

    (void)state;
    make_of(&m, "titanic", NULL, recipe_of("impute method=knn;onehot max_levels=8"));
    encode(&m);
    at = recipe_numbers(&m);
    for (size_t i = 0; i < sizeof p / sizeof *p; i++)
        expect_forged_number_refused(&m, at, 0, p[i]);
    for (size_t i = 0; i < sizeof k / sizeof *k; i++)
        expect_forged_number_refused(&m, at, 1, k[i]);
    for (size_t i = 0; i < sizeof donors / sizeof *donors; i++)
        expect_forged_number_refused(&m, at, 2, donors[i]);
    expect_forged_number_refused(&m, at, 3, NAN);       /* a mean */
    expect_forged_number_refused(&m, at, 30, INFINITY); /* a donor; that one misses a value is fine */
    done(&m);
    make_of(&m, "heart_scale.libsvm", NULL, recipe_of("maxabs"));
    encode(&m);
    expect_forgery_refused(&m, "\\\"features\\\":13", "\\\"features\\\":12");
    expect_forgery_refused(&m, "\\\"first\\\":1", "\\\"first\\\":2");
    expect_forgery_refused(&m, "\"sparse\":\"", "\"spurse\":\"");
    at = recipe_numbers(&m);
    expect_forged_number_refused(&m, at, 0, 0);
    expect_forged_number_refused(&m, at, 1, -1);
    expect_forged_number_refused(&m, at, 2, NAN);
    done(&m);
    make_of(&m, "heart_scale.libsvm", NULL, recipe_of("select k=3 method=correlation"));
    encode(&m);
    expect_forgery_refused(&m, "\\\"of\\\":13", "\\\"of\\\":99");
    expect_forgery_refused(&m, "\\\"of\\\":13", "\\\"of\\\":12");
    expect_forgery_refused(&m, "\\\"kept\\\":[8,11,12]", "\\\"kept\\\":[8,12,11]");
    expect_forgery_refused(&m, "\\\"kept\\\":[8,11,12]", "\\\"kept\\\":[8,11,11]");
    expect_forgery_refused(&m, "\\\"kept\\\":[8,11,12]", "\\\"kept\\\":[8,11   ]");
    expect_forgery_refused(&m, "\\\"selected\\\"", "\\\"sparse\\\"  ");
    done(&m);
}

/* Whatever is believed can be used: nothing is read outside of what is there (the sanitizers watch). */
static void use(const struct bl_kept *k, const struct bl_table *t)
{
    struct bl_error err = {0};
    uint32_t rows[8] = {0, 1, 2, 3, 5, 8, 13, 21};
    struct bl_matrix *m = bl_kept_fits(k, t, &err) ? bl_recipe_apply_gaps(k->recipe, t, &k->roles, rows, 8, NULL, &err) : NULL;
    double *out = m ? bl_calloc(8 * (k->objective.n_classes + 1), sizeof *out) : NULL;

    if (out)
        bl_objective_predict(&k->objective, k->theta, m, out, NULL);
    bl_free(out);
    bl_matrix_free(m);
}

static void expect_no_harm(const char *data, const char *steps)
{
    static const char put[] = "0123456789{}[],:\"\\ aentru-.";
    struct bl_random random = bl_random_stream(7, BL_FOR_TUNE, 0, 0);
    struct made m;
    char *copy;
    size_t believed = 0;

    make_of(&m, data, NULL, recipe_of(steps));
    encode(&m);
    copy = bl_calloc(m.n, 1);
    for (size_t i = 0; i < FORGERIES / 4; i++) {
        struct bl_error err = {0};
        struct bl_kept *k;

        memcpy(copy, m.bytes, m.n);
        for (size_t n = 1 + bl_random_below(&random, 3); n > 0; n--)
            copy[bl_random_below(&random, m.n)] = put[bl_random_below(&random, sizeof put - 1)];
        if (!memmem(copy, m.n, "\"digest\":\"", 10))
            continue;
        sign(copy, m.n);
        if (!(k = bl_kept_decode(copy, m.n, "model", &err)))
            continue;
        believed++;
        use(k, m.p->dataset->table);
        bl_kept_free(k);
    }
    assert_true(believed > 0); /* a forged name or number can be a good one */
    bl_free(copy);
    done(&m);
}

static void test_random_forgeries_do_no_harm(void **state)
{
    (void)state;
    expect_no_harm("titanic", "impute;bins n=4 columns=Age;onehot max_levels=64;standardize");
    expect_no_harm("titanic", "impute method=knn;hash n=4 columns=Embarked");
    expect_no_harm("sms_spam", "text max=9;maxabs");
    expect_no_harm("heart_scale.libsvm", "maxabs");
}

static void test_a_huge_header_is_refused_before_memory_is_taken(void **state)
{
    char bytes[64] = {0};

    (void)state;
    for (int bit = 4; bit < 64; bit++) {
        uint64_t length = UINT64_C(1) << bit;
        for (size_t i = 0; i < 8; i++)
            bytes[i] = (char)(unsigned char)(length >> (8 * i));
        bytes[8] = '{';
        bytes[9] = '}';
        expect_refused(bytes, sizeof bytes, "header of 2^", (size_t)bit);
    }
}

static size_t resident(void)
{
    size_t pages = 0, held = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (f && fscanf(f, "%zu %zu", &pages, &held) != 2)
        held = 0;
    if (f)
        fclose(f);
    return held * (size_t)sysconf(_SC_PAGESIZE);
}

/* Signed as they should be, with tensors of up to 2^63 elements and bytes to match: refused before memory is taken. */
static void test_huge_tensors_are_refused_before_memory_is_taken(void **state)
{
    const size_t before = resident();

    (void)state;
    for (int bit = 3; bit < 64; bit++) {
        static char file[4096];
        const unsigned long long n = 1ULL << bit;
        size_t header = (size_t)snprintf(file + 8, sizeof file - 8,
            "{\"__metadata__\":{\"digest\":\"%064d\",\"batchlab\":\"1\",\"model\":\"linear\",\"task\":\"regression\",\"target\":\"y\",\"classes\":\"[]\","
            "\"positive\":\"null\",\"features\":\"[]\",\"recipe\":\"{}\",\"hyper\":\"{}\",\"metrics\":\"{}\",\"provenance\":\"{}\"},"
            "\"parameters\":{\"dtype\":\"F64\",\"shape\":[%llu%s],\"data_offsets\":[0,%llu]}}", 0, n, bit % 2 ? ",1" : "", n * 8);
        for (size_t i = 0; i < 8; i++)
            file[i] = (char)(unsigned char)(header >> (8 * i));
        sign(file, 8 + header);
        expect_refused(file, 8 + header, "tensor of 2^", (size_t)bit);
    }
    if (before)
        assert_true(resident() < before + ((size_t)16 << 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_flipped_bit_anywhere_is_refused),
        cmocka_unit_test(test_a_cut_or_longer_file_is_refused),
        cmocka_unit_test(test_forged_headers_are_refused),
        cmocka_unit_test(test_forged_words_and_buckets_are_refused),
        cmocka_unit_test(test_forged_neighbours_and_scales_are_refused),
        cmocka_unit_test(test_random_forgeries_do_no_harm),
        cmocka_unit_test(test_a_huge_header_is_refused_before_memory_is_taken),
        cmocka_unit_test(test_huge_tensors_are_refused_before_memory_is_taken),
    };

    return cmocka_run_group_tests_name("forgeries", tests, NULL, NULL);
}
