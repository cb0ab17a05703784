/* The sweeps, written once. Included by sweep_base.c, sweep_avx2.c and sweep_avx512.c, which choose LANES,
 * TARGET and SWEEPS, the name of what they define. */
#include "src/learn/simd.h"
#include "src/learn/sweep.h"

typedef float vf __attribute__((vector_size(LANES * 4)));

FN vf vf_load(const float *from)
{
    vf a;
    __builtin_memcpy(&a, from, sizeof a);
    return a;
}

FN void vf_store(float *to, vf a)
{
    __builtin_memcpy(to, &a, sizeof a);
}

TARGET static void narrow(const double *x, size_t n, float *out)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        vf_store(out + i, __builtin_convertvector(vd_load(x + i), vf));
    for (; i < n; i++)
        out[i] = (float)x[i];
}

/* By a power of two a product is the quotient, to the bit, and takes a quarter of the time. */
FN bool is_power(double rows)
{
    const size_t n = (size_t)rows;

    return (double)n == rows && n && (n & (n - 1)) == 0;
}

TARGET static void mean_double(const double *sum, double rows, size_t n, double *out)
{
    const bool product = is_power(rows);
    const vd by = vd_splat(product ? 1 / rows : rows);
    size_t i = 0;

    for (; product && i + LANES <= n; i += LANES)
        vd_store(out + i, vd_load(sum + i) * by);
    for (; i + LANES <= n; i += LANES)
        vd_store(out + i, vd_load(sum + i) / by);
    for (; i < n; i++)
        out[i] = sum[i] / rows;
}

TARGET static void mean_float(const float *sum, double rows, size_t n, double *out)
{
    const bool product = is_power(rows);
    const vd by = vd_splat(product ? 1 / rows : rows);
    size_t i = 0;

    for (; product && i + LANES <= n; i += LANES)
        vd_store(out + i, __builtin_convertvector(vf_load(sum + i), vd) * by);
    for (; i + LANES <= n; i += LANES)
        vd_store(out + i, __builtin_convertvector(vf_load(sum + i), vd) / by);
    for (; i < n; i++)
        out[i] = (double)sum[i] / rows;
}

TARGET static void add_double(const double *x, size_t n, double *sum)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        vd_store(sum + i, vd_load(sum + i) + vd_load(x + i));
    for (; i < n; i++)
        sum[i] += x[i];
}

TARGET static void add_float(const float *x, size_t n, float *sum)
{
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        vf_store(sum + i, vf_load(sum + i) + vf_load(x + i));
    for (; i < n; i++)
        sum[i] += x[i];
}

TARGET static void descend(double lr, const double *g, double *theta, size_t n)
{
    const vd rate = vd_splat(lr);
    size_t i = 0;

    for (; i + LANES <= n; i += LANES)
        vd_store(theta + i, vd_load(theta + i) - rate * vd_load(g + i));
    for (; i < n; i++)
        theta[i] -= lr * g[i];
}

/* x - x is 0 for finite numbers alone. */
TARGET static bool all_finite(const double *x, size_t n)
{
    struct v8 sum = splat8(0);
    double rest = 0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        sum = add8(sum, sub8(load8(x + i), load8(x + i)));
    for (; i < n; i++)
        rest += x[i] - x[i];
    return sum8(sum) + rest == 0;
}

TARGET static double squares(const double *x, size_t n)
{
    struct v8 sum = splat8(0);
    double rest = 0;
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        sum = add8(sum, mul8(load8(x + i), load8(x + i)));
    for (; i < n; i++)
        rest += x[i] * x[i];
    return sum8(sum) + rest;
}

const struct bl_sweeps SWEEPS = {.narrow = narrow, .mean_double = mean_double, .mean_float = mean_float, .add_double = add_double,
                                 .add_float = add_float, .descend = descend, .finite = all_finite, .squares = squares};
