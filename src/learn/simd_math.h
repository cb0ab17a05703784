/* exp and log1p over a register, for the arguments that losses have. One algorithm whatever the
 * width, so that the bits do not depend on the processor; both within 2 units in the last place.
 * The polynomials are Chebyshev interpolants, evaluated in Estrin's order, which is short to wait
 * for where one row follows the other. */
#ifndef BATCHLAB_LEARN_SIMD_MATH_H
#define BATCHLAB_LEARN_SIMD_MATH_H

#include "src/learn/simd.h"

/* c[0] + c[1] x + ... + c[9] x^9 */
FN vd polynomial10(const double *c, vd x)
{
    vd x2 = x * x, x4 = x2 * x2;
    vd low = (c[0] + c[1] * x) + (c[2] + c[3] * x) * x2;
    vd high = (c[4] + c[5] * x) + (c[6] + c[7] * x) * x2;

    return low + x4 * (high + x4 * (c[8] + c[9] * x));
}

/* e^x for x <= 0: x = n ln 2 + r with |r| <= ln 2 / 2, e^r = 1 + r + r^2 p(r). Below -708, where
 * doubles lose digits, e^-708 = 3e-308 is given. Not a number stays so. */
FN vd vd_exp_negative(vd x)
{
    static const double p[10] = { /* error of e^r: 1.3e-17 */
        0x1.0000000000001p-1,  0x1.5555555555556p-3,  0x1.5555555553d63p-5,  0x1.11111111109b3p-7,
        0x1.6c16c1788bd90p-10, 0x1.a01a01a7c41d5p-13, 0x1.a019b90d2ae7ap-16, 0x1.71de0dae63bb3p-19,
        0x1.289185613a3d6p-22, 0x1.af38a9b0ec855p-26};
    const double round = 0x1.8p52; /* adding it leaves the integer part in the low bits */

    x = vd_max(vd_splat(-708.0), x);
    vd shifted = x * 0x1.71547652b82fep0 + round, n = shifted - round;
    vd r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
    vd power = (vd)(((vi)shifted << 52) + 0x3ff0000000000000);
    return (1 + (r + r * r * polynomial10(p, r))) * power;
}

/* log1p of f with s = f / (2 + f) given, |s| <= 1/3: 2 atanh(s) = 2 s + s^3 q(s^2). */
FN vd log1p_of_ratio(vd s)
{
    static const double q[10] = { /* relative error of the logarithm: 5e-18 */
        0x1.5555555555555p-1, 0x1.999999999a3ddp-2, 0x1.24924923d44c6p-2, 0x1.c71c727143318p-3,
        0x1.745cf0b0e03bdp-3, 0x1.3b18b294bebf9p-3, 0x1.10ac75dc602b1p-3, 0x1.eb905e8575054p-4,
        0x1.687a6e7c95176p-4, 0x1.4b0a26c5f2aefp-3};
    vd s2 = s * s;

    return 2 * s + s * s2 * polynomial10(q, s2);
}

/* log1p for any x >= 0: 1 + x = 2^k m with m in [0.7, 1.41), and what 1 + x rounded away. */
FN vd vd_log1p_positive(vd x)
{
    vd u = 1 + x;
    vi k = ((vi)u - 0x3fe6a09e667f3bcd) >> 52;
    vd m = (vd)((vi)u - (k << 52)), n = (vd)(k + 0x4338000000000000) - 0x1.8p52;
    vd f = vd_select(vd_equal(n, vd_splat(0)), x, m - 1);
    vd lost = vd_select(vd_at_least(x, vd_splat(1)), 1 - (u - x), x - (u - 1)) / u;

    lost = vd_select(vd_equal(n, vd_splat(0)), vd_splat(0), lost);
    return n * 0x1.62e42fefa39efp-1 + (log1p_of_ratio(f / (2 + f)) + lost);
}

#endif
