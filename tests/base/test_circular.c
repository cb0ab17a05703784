/* sin(πx) and cos(πx): within one unit in the last place, exact at halves and wholes, one set of bits. */
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

static const long double pi = 3.14159265358979323846264338327950288L;

static double unit_at(double y)
{
    int e;

    frexp(y, &e);
    return ldexp(1, e < -1021 ? -1074 : e - 53);
}

/* By the long double functions, after the same exact reduction. */
static long double true_sine(double x)
{
    long double turn = fmodl(fabsl(x), 2), r;
    int n = (int)(2 * turn + 0.5L);
    long double y;

    r = (turn - 0.5L * n) * pi;
    y = (n & 1) ? cosl(r) : sinl(r);
    y = (n & 2) ? -y : y;
    return x < 0 ? -y : y;
}

static long double true_cosine(double x)
{
    long double turn = fmodl(fabsl(x), 2), r;
    int n = (int)(2 * turn + 0.5L);

    r = (turn - 0.5L * n) * pi;
    switch (n & 3) {
    case 0:
        return cosl(r);
    case 1:
        return -sinl(r);
    case 2:
        return -cosl(r);
    default:
        return sinl(r);
    }
}

static void test_at_most_one_unit_in_the_last_place(void **state)
{
    static const double scales[] = { 1e-300, 1e-8, 0.25, 0.5, 1, 2, 100, 1e6, 1e15 };
    struct bl_random r = bl_random_stream(1, BL_FOR_SAMPLE, 0, 0);
    const int many = getenv("BATCHLAB_LONG") ? 2000000 : 40000;
    double worst = 0;

    (void)state;
    for (size_t k = 0; k < sizeof scales / sizeof *scales; k++)
        for (int i = 0; i < many; i++) {
            const double x = (2 * bl_random_unit(&r) - 1) * scales[k];
            const double s = bl_sinpi(x), c = bl_cospi(x);
            const double es = (double)(fabsl(s - true_sine(x)) / unit_at(s)), ec = (double)(fabsl(c - true_cosine(x)) / unit_at(c));

            worst = fmax(worst, fmax(es, ec));
            if (es > 1 || ec > 1)
                fail_msg("%a: sin off by %g, cos by %g units", x, es, ec);
        }
    print_message("worst: %.3f units\n", worst);
}

static void test_halves_and_wholes_are_exact(void **state)
{
    static const struct { double x, sine, cosine; } cases[] = {
        { 0, 0, 1 }, { 0.5, 1, 0 }, { 1, 0, -1 }, { 1.5, -1, 0 }, { 2, 0, 1 }, { -0.5, -1, 0 }, { -1.5, 1, 0 },
        { 1e300, 0, 1 }, { 4503599627370497.0, 0, -1 }, { 4503599627370495.5, -1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (bl_sinpi(cases[i].x) != cases[i].sine || bl_cospi(cases[i].x) != cases[i].cosine)
            fail_msg("%g: %a %a", cases[i].x, bl_sinpi(cases[i].x), bl_cospi(cases[i].x));
    }
    assert_true(isnan(bl_sinpi(INFINITY)) && isnan(bl_cospi(-INFINITY)) && isnan(bl_sinpi(NAN)));
    assert_true(bl_sinpi(0x1p-1074) > 0);
}

static void test_the_bits_are_those_of_every_other_machine(void **state)
{
    struct bl_random r = bl_random_stream(2, BL_FOR_SAMPLE, 0, 0);
    struct bl_sha256 sha;
    char hex[65];

    (void)state;
    bl_sha256_start(&sha);
    for (int i = 0; i < 10000; i++) {
        const double x = 4 * bl_random_unit(&r) - 2, both[2] = { bl_sinpi(x), bl_cospi(x) };

        bl_sha256_add(&sha, both, sizeof both);
    }
    bl_sha256_end(&sha, hex);
    assert_string_equal(hex, "ed12243d690d49c35c4b035ff4ef769df5e420442d516e76b6a58eb8c4f3e1b2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_most_one_unit_in_the_last_place),
        cmocka_unit_test(test_halves_and_wholes_are_exact),
        cmocka_unit_test(test_the_bits_are_those_of_every_other_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
