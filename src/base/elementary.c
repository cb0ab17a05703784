/* The elementary functions one by one, and exp over arrays with the widest vectors there are. */
#include "batchlab/base.h"

#include <float.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "double must be double: no x87 registers");

#define BL_E_REAL double
#define BL_E_WORD uint64_t
#define BL_E_NAME(f) scalar_##f
#define BL_E_SCALAR
#include "elementary.h"

double bl_exp(double x)
{
    double y;

    scalar_exp(&x, &y);
    return y;
}

double bl_log(double x)
{
    double y;

    scalar_log(&x, &y);
    return y;
}

double bl_log1p(double x)
{
    double y;

    scalar_log1p(&x, &y);
    return y;
}

double bl_expm1(double x)
{
    double y;

    scalar_expm1(&x, &y);
    return y;
}

double bl_tanh(double x)
{
    double y;

    scalar_tanh(&x, &y);
    return y;
}

typedef double real_2 __attribute__((vector_size(16)));
typedef uint64_t word_2 __attribute__((vector_size(16)));
#define BL_E_REAL real_2
#define BL_E_WORD word_2
#define BL_E_NAME(f) two_##f
#include "elementary.h"

#if defined(__x86_64__)
typedef double real_4 __attribute__((vector_size(32)));
typedef uint64_t word_4 __attribute__((vector_size(32)));
#define BL_E_REAL real_4
#define BL_E_WORD word_4
#define BL_E_NAME(f) four_##f
#define BL_E_TARGET __attribute__((target("avx2")))
#include "elementary.h"

typedef double real_8 __attribute__((vector_size(64)));
typedef uint64_t word_8 __attribute__((vector_size(64)));
#define BL_E_REAL real_8
#define BL_E_WORD word_8
#define BL_E_NAME(f) eight_##f
#define BL_E_TARGET __attribute__((target("avx512f,avx512dq")))
#include "elementary.h"
#endif

/* Each takes whole vectors and returns how many elements that were. */
#define EXP_LOOP(shape, real)                                                                      \
    size_t i = 0;                                                                                  \
    real v, y;                                                                                     \
                                                                                                   \
    for (; i + sizeof v / sizeof *x <= n; i += sizeof v / sizeof *x) {                             \
        memcpy(&v, x + i, sizeof v);                                                               \
        shape##_exp(&v, &y);                                                                       \
        memcpy(out + i, &y, sizeof y);                                                             \
    }                                                                                              \
    return i

static size_t exp_by_two(const double *x, double *out, size_t n)
{
    EXP_LOOP(two, real_2);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static size_t exp_by_four(const double *x, double *out, size_t n)
{
    EXP_LOOP(four, real_4);
}

__attribute__((target("avx512f,avx512dq"))) static size_t exp_by_eight(const double *x,
                                                                       double *out, size_t n)
{
    EXP_LOOP(eight, real_8);
}
#endif

static size_t exp_vectors(const double *x, double *out, size_t n)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        return exp_by_eight(x, out, n);
    if (__builtin_cpu_supports("avx2"))
        return exp_by_four(x, out, n);
#endif
    return exp_by_two(x, out, n);
}

void bl_exp_array(const double *x, double *out, size_t n)
{
    for (size_t i = exp_vectors(x, out, n); i < n; i++)
        scalar_exp(x + i, out + i);
}
