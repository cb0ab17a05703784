/* exp, log, log1p, expm1, tanh: within one unit in the last place of the true value, the same
 * bits in every width, and the right answers at the ends. BL_LONG=1: twenty times as many. */
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

typedef double real_2 __attribute__((vector_size(16)));
typedef uint64_t word_2 __attribute__((vector_size(16)));
#define BL_E_REAL real_2
#define BL_E_WORD word_2
#define BL_E_NAME(f) two_##f
#include "src/base/elementary.h"

/* Eight lanes without a target: what a portable kernel of another room may use. */
typedef double real_8 __attribute__((vector_size(64)));
typedef uint64_t word_8 __attribute__((vector_size(64)));
#define BL_E_REAL real_8
#define BL_E_WORD word_8
#define BL_E_NAME(f) eight_##f
#include "src/base/elementary.h"

#if defined(__x86_64__)
typedef double real_4 __attribute__((vector_size(32)));
typedef uint64_t word_4 __attribute__((vector_size(32)));
#define BL_E_REAL real_4
#define BL_E_WORD word_4
#define BL_E_NAME(f) avx2_##f
#define BL_E_TARGET __attribute__((target("avx2,fma"))) /* fma: it must not be used */
#include "src/base/elementary.h"

#define BL_E_REAL real_8
#define BL_E_WORD word_8
#define BL_E_NAME(f) avx512_##f
#define BL_E_TARGET __attribute__((target("avx512f,avx512dq")))
#include "src/base/elementary.h"
#endif

enum { N = 4096 };

#define DEFINE_LOOP(target, shape, real, f)                                                        \
    target static void shape##_loop_##f(const double *x, double *out)                              \
    {                                                                                              \
        real v, y;                                                                                 \
                                                                                                   \
        for (size_t i = 0; i < N; i += sizeof v / sizeof *x) {                                     \
            memcpy(&v, x + i, sizeof v);                                                           \
            shape##_##f(&v, &y);                                                                   \
            memcpy(out + i, &y, sizeof y);                                                         \
        }                                                                                          \
    }
#define DEFINE_LOOPS(target, shape, real)                                                          \
    DEFINE_LOOP(target, shape, real, exp)                                                          \
    DEFINE_LOOP(target, shape, real, log)                                                          \
    DEFINE_LOOP(target, shape, real, log1p)                                                        \
    DEFINE_LOOP(target, shape, real, expm1)                                                        \
    DEFINE_LOOP(target, shape, real, tanh)

DEFINE_LOOPS(, two, real_2)
DEFINE_LOOPS(, eight, real_8)
#if defined(__x86_64__)
DEFINE_LOOPS(__attribute__((target("avx2,fma"))), avx2, real_4)
DEFINE_LOOPS(__attribute__((target("avx512f,avx512dq"))), avx512, real_8)
#define WIDER(f) , avx2_loop_##f, avx512_loop_##f
#else
#define WIDER(f)
#endif

#define FUNCTION(f) { #f, bl_##f, f##l, { two_loop_##f, eight_loop_##f WIDER(f) } }
static const struct function {
    const char *name;
    double (*mine)(double);
    long double (*reference)(long double); /* 64 bits: 2^-11 units of ours */
    void (*wide[4])(const double *, double *);
} functions[] = { FUNCTION(exp), FUNCTION(log), FUNCTION(log1p), FUNCTION(expm1), FUNCTION(tanh) };
enum { FUNCTIONS = sizeof functions / sizeof *functions };

static bool runs_here(size_t width)
{
#if defined(__x86_64__)
    return width < 2 || (width == 2 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) ||
           (width == 3 && __builtin_cpu_supports("avx512dq"));
#else
    return width < 2;
#endif
}

static uint64_t state64 = 88172645463325252u;

static uint64_t draw(void) /* xorshift (Marsaglia 2003) */
{
    state64 ^= state64 << 13;
    state64 ^= state64 >> 7;
    state64 ^= state64 << 17;
    return state64;
}

static double between(double low, double high)
{
    return low + (high - low) * ((double)(draw() >> 11) * 0x1p-53);
}

static double any_double(void)
{
    uint64_t bits = draw();
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Spacing of doubles at y. */
static double unit_at(double y)
{
    int e;

    frexp(y, &e);
    return ldexp(1, e < -1021 ? -1074 : e - 53);
}

static double error_in_units(const struct function *f, double x)
{
    long double wanted = f->reference(x);
    double mine = f->mine(x);

    if (isnan(wanted) || isinf((double)wanted) || isnan(mine) || isinf(mine))
        return (isnan(wanted) && isnan(mine)) || (double)wanted == mine ||
                       (isinf(mine) && fabsl(wanted) > 0x1.fffffffffffff8p1023L - 0x1p970L)
                   ? 0
                   : INFINITY;
    return (double)(fabsl(mine - wanted) / unit_at((double)wanted));
}

static const struct {
    double low, high;
} intervals[] = { { -746, 710 }, { -40, 40 },   { -2, 2 },     { -0.36, 0.36 }, { -1e-3, 1e-3 },
                  { 0, 1 },      { 0.5, 2 },    { 0.7, 0.71 }, { 1.41, 1.42 },  { -0.3, 0.42 },
                  { 0, 1e6 },    { -1, -0.5 },  { 0.99, 1.01 }, { 1, 4 },       { -1e-8, 1e-8 },
                  { 700, 710 },  { -746, -700 } };
enum { INTERVALS = sizeof intervals / sizeof *intervals };

static double draw_argument(size_t i)
{
    size_t k = i % (INTERVALS + 1);

    return k == INTERVALS ? any_double() : between(intervals[k].low, intervals[k].high);
}

static void test_errors_are_below_one_unit_in_the_last_place(void **state)
{
    size_t n = getenv("BL_LONG") ? 20000000 : 1000000;
    double worst[FUNCTIONS] = { 0 }, at[FUNCTIONS] = { 0 };

    (void)state;
    for (size_t i = 0; i < n; i++) {
        double x = draw_argument(i);

        for (size_t f = 0; f < FUNCTIONS; f++) {
            double error = error_in_units(&functions[f], x);

            if (error > worst[f]) {
                worst[f] = error;
                at[f] = x;
            }
        }
    }
    for (size_t f = 0; f < FUNCTIONS; f++) {
        print_message("%s: at most %.4f units, at %a\n", functions[f].name, worst[f], at[f]);
        if (!(worst[f] < 1))
            fail_msg("%s(%a) is off by %g units", functions[f].name, at[f], worst[f]);
    }
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static const double special[] = {
    0.0, -0.0, 1, -1, INFINITY, -INFINITY, NAN, 5e-324, -5e-324, 2.2250738585072014e-308,
    2.2250738585072011e-308, 1.7976931348623157e308, -1.7976931348623157e308, 709.782712893384,
    709.7827128933841, -745.1332191019411, -745.1332191019412, -708.4, 40, -40, 22, -22, 0x1p-28,
    0x1p-54, -0x1p-54, 0x1p53, 0x1p54, 0.70710678118654752, 0.70710678118654757, 1.4142135623730951,
    0.41421356237309503, -0.29289321881345254, 0.34657359027997264, -0.34657359027997264, 746, 1e18,
};
enum { SPECIAL = sizeof special / sizeof *special };

static void test_every_width_gives_the_same_bits(void **state)
{
    static double x[N], y[N];

    (void)state;
    for (size_t turn = 0; turn < (getenv("BL_LONG") ? 1000u : 60u); turn++) {
        for (size_t i = 0; i < N; i++)
            x[i] = i < SPECIAL ? special[i] : draw_argument(i + turn);
        for (size_t f = 0; f < FUNCTIONS; f++)
            for (size_t width = 0; width < 4; width++) {
                if (!runs_here(width) || !functions[f].wide[width])
                    continue;
                functions[f].wide[width](x, y);
                for (size_t i = 0; i < N; i++)
                    if (!same_bits(y[i], functions[f].mine(x[i])))
                        fail_msg("%s(%a): %a in width %zu, %a alone", functions[f].name, x[i],
                                 y[i], width, functions[f].mine(x[i]));
            }
    }
}

static void test_exp_of_an_array_is_exp_of_each(void **state)
{
    static double x[N], y[N];

    (void)state;
    for (size_t i = 0; i < N; i++)
        x[i] = i < SPECIAL ? special[i] : draw_argument(i);
    for (size_t n = 0; n <= N; n = n < 40 ? n + 1 : n + 997) {
        y[n < N ? n : 0] = 42;
        bl_exp_array(x, y, n);
        for (size_t i = 0; i < n; i++)
            assert_true(same_bits(y[i], bl_exp(x[i])));
        assert_true(n == N || y[n] == 42);
    }
    memcpy(y, x, sizeof y);
    bl_exp_array(y, y, N);
    for (size_t i = 0; i < N; i++)
        assert_true(same_bits(y[i], bl_exp(x[i])));
}

static void test_the_ends_are_those_of_the_functions(void **state)
{
    static const struct {
        double x, exp, log, log1p, expm1, tanh;
    } cases[] = {
        { 0.0, 1, -INFINITY, 0.0, 0.0, 0.0 },
        { -0.0, 1, -INFINITY, -0.0, -0.0, -0.0 },
        { INFINITY, INFINITY, INFINITY, INFINITY, INFINITY, 1 },
        { -INFINITY, 0, NAN, NAN, -1, -1 },
        { NAN, NAN, NAN, NAN, NAN, NAN },
        { -1, 0.36787944117144233, NAN, -INFINITY, -0.63212055882855768, -0.76159415595576489 },
        { 1, 2.7182818284590452, 0, 0.69314718055994531, 1.7182818284590452, 0.76159415595576489 },
        { -2, 0.13533528323661269, NAN, NAN, -0.86466471676338731, -0.96402758007581688 },
        { 800, INFINITY, 6.6846117276679271, 6.6858609470683596, INFINITY, 1 },
        { -800, 0, NAN, NAN, -1, -1 },
        { 5e-324, 1, -744.44007192138122, 5e-324, 5e-324, 5e-324 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double wanted[] = { cases[i].exp, cases[i].log, cases[i].log1p, cases[i].expm1,
                                  cases[i].tanh };

        for (size_t f = 0; f < FUNCTIONS; f++) {
            double mine = functions[f].mine(cases[i].x);

            if (!(isnan(mine) && isnan(wanted[f])) && !same_bits(mine, wanted[f]) &&
                !(fabs(mine - wanted[f]) <= unit_at(wanted[f]) && mine != 0))
                fail_msg("%s(%g) is %.17g", functions[f].name, cases[i].x, mine);
        }
    }
    assert_true(bl_exp(709.782712893384) < INFINITY && bl_exp(709.7827128933841) == INFINITY);
    assert_true(bl_exp(-745.1332191019411) > 0 && bl_exp(-745.1332191019412) == 0);
}

static void test_tanh_is_odd_and_never_above_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < 100000; i++) {
        double x = draw_argument(i);

        if (isnan(x))
            continue;
        assert_true(fabs(bl_tanh(x)) <= 1);
        assert_true(same_bits(bl_tanh(-x), -bl_tanh(x)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors_are_below_one_unit_in_the_last_place),
        cmocka_unit_test(test_every_width_gives_the_same_bits),
        cmocka_unit_test(test_exp_of_an_array_is_exp_of_each),
        cmocka_unit_test(test_the_ends_are_those_of_the_functions),
        cmocka_unit_test(test_tanh_is_odd_and_never_above_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
