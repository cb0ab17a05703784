/* exp, log, log1p, expm1 and tanh as one algorithm in any width. This file has no guard: include
 * it once for each shape, after defining
 *
 *   BL_E_REAL     double, or a vector of doubles (vector_size)
 *   BL_E_WORD     uint64_t, or a vector of as many uint64_t
 *   BL_E_NAME(f)  the name of function f in this shape
 *   BL_E_SCALAR   only if BL_E_REAL is double
 *   BL_E_TARGET   attributes of the functions (target("avx2"), ...); may be left out. They must
 *                 be those of the functions that call them: GCC cuts vectors to the width of the
 *                 function that they are written in, before it inlines. Take the width of the
 *                 target: four for AVX2 (eight works, but is 1.4 to 1.8 times slower with GCC).
 *
 * It defines static functions BL_E_NAME(exp)(const BL_E_REAL *x, BL_E_REAL *out) and so on (by
 * address, since the way in which wide vectors are passed depends on the target) and undefines
 * the macros again. Every lane of every shape has the bits of bl_exp and its siblings: only
 * additions, multiplications, divisions and selections, in one order, without contraction, and no
 * branches. That needs -ffp-contract=off, round to nearest, and no flush to zero.
 *
 * At most 1 unit in the last place (measured: see tests/base/test_elementary.c). The reductions
 * are the usual ones (Cody and Waite; Muller, "Elementary Functions", chapters 5 and 11); where a
 * rounding would cost half a unit the sum is kept in two parts (Dekker 1971, Knuth). The
 * polynomials are made by make-elementary.py. */
#include <stdint.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#ifndef BL_E_TARGET
#define BL_E_TARGET
#endif
#define BL_E_FUNCTION(f) BL_E_TARGET __attribute__((always_inline, unused)) static inline void BL_E_NAME(f)

#ifdef BL_E_SCALAR
static inline uint64_t bl_e_bits(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}
static inline double bl_e_real(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}
#define E_BITS(x) bl_e_bits(x)
#define E_REAL(bits) bl_e_real(bits)
#define E_ALL(constant) (constant)
#define E_SELECT(condition, a, b) ((condition) ? (a) : (b))
#else
#define E_BITS(x) ((BL_E_WORD)(x))
#define E_REAL(bits) ((BL_E_REAL)(bits))
#define E_ALL(constant) ((BL_E_REAL){ 0 } + (constant))
#define E_SELECT(condition, a, b)                                                                  \
    ((BL_E_REAL)(((BL_E_WORD)(condition) & (BL_E_WORD)(a)) |                                       \
                 (~(BL_E_WORD)(condition) & (BL_E_WORD)(b))))
#endif

#define E_LN2_HIGH 0x1.62e42fefa2000p-1 /* 40 bits: k × this is exact */
#define E_LN2_LOW 0x1.9ef35793c7673p-41
#define E_SHIFT 0x1.8p52                /* adding it rounds to a whole number */

/* exp(x) = 2^k (a + b), |b| small against a, for |x| < 1100. x = k·ln2 + r, |r| ≤ ln2/2;
 * exp(r) = 1 + r + r²/2 + r³·p(r). */
BL_E_FUNCTION(exp_parts)(const BL_E_REAL *x, BL_E_REAL *a, BL_E_REAL *b, BL_E_WORD *k)
{
    const BL_E_REAL shifted = *x * 0x1.71547652b82fep+0 + E_SHIFT;
    const BL_E_REAL whole = shifted - E_SHIFT;
    const BL_E_REAL high = *x - whole * E_LN2_HIGH, low = whole * E_LN2_LOW;
    const BL_E_REAL r = high - low, r2 = r * r, r4 = r2 * r2;
    const BL_E_REAL p01 = 0x1.5555555555556p-3 + r * 0x1.5555555555555p-5;
    const BL_E_REAL p23 = 0x1.11111111109b2p-7 + r * 0x1.6c16c16c1676ap-10;
    const BL_E_REAL p45 = 0x1.a01a01a7c523dp-13 + r * 0x1.a01a01a4bc4dbp-16;
    const BL_E_REAL p67 = 0x1.71de0daa68102p-19 + r * 0x1.27e4e12520be4p-22;
    const BL_E_REAL p89 = 0x1.af38b3299180fp-26 + r * 0x1.1f688facd0d41p-29;
    const BL_E_REAL p = (p01 + r2 * p23) + r4 * ((p45 + r2 * p67) + r4 * p89);

    *k = E_BITS(shifted) - E_BITS(E_ALL(E_SHIFT));
    *a = 1.0 + high;
    /* r²/2 last: then only its own rounding and that of this sum reach the last place. What r
     * lost, r_low, counts there as well. */
    const BL_E_REAL r_low = (high - r) - low;

    *b = 0.5 * r2 + (r * r2 * p + (((high - (*a - 1.0)) - low) + r * r_low));
}

/* m × 2^k in two steps, so that the result may be subnormal, zero or infinite. */
BL_E_FUNCTION(scale)(const BL_E_REAL *m, const BL_E_WORD *k, BL_E_REAL *out)
{
#ifdef BL_E_SCALAR
    if (*k + 1020 < 2040) { /* the same, sooner: chains of updates wait for this */
        *out = E_REAL(E_BITS(*m) + (*k << 52));
        return;
    }
#endif
    const BL_E_WORD sum = *k + 2048, half = sum >> 1;
    const BL_E_REAL first = E_REAL((half - 1) << 52), second = E_REAL((sum - half - 1) << 52);

    *out = *m * first * second;
}

/* The ends are chosen last, so that nobody in between waits for them. */
BL_E_FUNCTION(exp)(const BL_E_REAL *x, BL_E_REAL *out)
{
    BL_E_REAL a, b, y;
    BL_E_WORD k;

    BL_E_NAME(exp_parts)(x, &a, &b, &k);
    a += b;
    BL_E_NAME(scale)(&a, &k, &y);
    y = E_SELECT(*x < -746.0, E_ALL(0.0), y);
    y = E_SELECT(*x > 710.0, E_ALL(__builtin_inf()), y);
    *out = E_SELECT(*x == *x, y, *x);
}

/* exp(x) − 1 = head + tail for -745 < x < 50; the tail is small against the head, or the head 0. */
BL_E_FUNCTION(expm1_parts)(const BL_E_REAL *x, BL_E_REAL *head, BL_E_REAL *tail)
{
    BL_E_REAL a, b;
    BL_E_WORD k;

    BL_E_NAME(exp_parts)(x, &a, &b, &k);
    const BL_E_REAL power = E_REAL((k + 1023) << 52);

    a *= power;
    *head = a - 1.0;
    const BL_E_REAL back = *head - a;

    *tail = ((a - (*head - back)) + (-1.0 - back)) + b * power;
}

BL_E_FUNCTION(expm1)(const BL_E_REAL *x, BL_E_REAL *out)
{
    const BL_E_REAL above = E_SELECT(*x < -40.0, E_ALL(-40.0), *x);
    const BL_E_REAL within = E_SELECT(above > 40.0, E_ALL(40.0), above);
    BL_E_REAL head, tail, large;

    BL_E_NAME(expm1_parts)(&within, &head, &tail);
    BL_E_NAME(exp)(x, &large); /* there the 1 is beyond the last place */
    const BL_E_REAL y = E_SELECT(*x > 40.0, large, head + tail);

    *out = E_SELECT((*x == *x) & (*x != 0.0), y, *x);
}

/* tanh(|x|) = E/(E + 2), E = exp(2|x|) − 1; the quotient gets one correction with the exact
 * remainder (the product split after Dekker 1971). */
BL_E_FUNCTION(tanh)(const BL_E_REAL *x, BL_E_REAL *out)
{
    const BL_E_WORD sign = E_BITS(*x) & (uint64_t)1 << 63;
    const BL_E_REAL size = E_REAL(E_BITS(*x) ^ sign);
    const BL_E_REAL twice = E_SELECT(size > 22.0, E_ALL(44.0), size + size);
    BL_E_REAL head, tail;

    BL_E_NAME(expm1_parts)(&twice, &head, &tail);
    const BL_E_REAL e = head + tail, e_back = e - head;
    const BL_E_REAL e_low = (head - (e - e_back)) + (tail - e_back);
    const BL_E_REAL d = e + 2.0, d_back = d - e;
    const BL_E_REAL d_low = ((e - (d - d_back)) + (2.0 - d_back)) + e_low;
    const BL_E_REAL inverse = 1.0 / d, q = e * inverse;
    const BL_E_REAL q_cut = q * 134217729.0, d_cut = d * 134217729.0;
    const BL_E_REAL qh = q_cut - (q_cut - q), ql = q - qh;
    const BL_E_REAL dh = d_cut - (d_cut - d), dl = d - dh;
    const BL_E_REAL product = q * d;
    const BL_E_REAL missed = ((qh * dh - product) + qh * dl + ql * dh) + ql * dl;
    const BL_E_REAL remainder = ((e - product) - missed) + (e_low - q * d_low);
    const BL_E_REAL y = q + remainder * inverse;
    const BL_E_REAL signed_y = E_REAL(E_BITS(y) | sign);

    *out = E_SELECT(size >= 0x1p-28, signed_y, *x); /* false for NaN as well */
}

/* Splits a positive normal u = 2^k m, √½ ≤ m < √2, into k, m − 1 and the biased k. */
BL_E_FUNCTION(log_split)(const BL_E_REAL *u, BL_E_REAL *k, BL_E_REAL *f, BL_E_WORD *biased)
{
    const BL_E_WORD bits = E_BITS(*u);

    /* 0x3fe6a09e667f3bcd is √½; the sum cannot wrap */
    *biased = (bits + (((uint64_t)1023 << 52) - 0x3fe6a09e667f3bcd)) >> 52;
    *k = E_REAL(*biased | E_BITS(E_ALL(0x1p52))) - (0x1p52 + 1023.0);
    *f = E_REAL(bits - ((*biased - 1023) << 52)) - 1.0;
}

/* k·ln2 + log(1 + f) + c. With s = f/(2 + f): log(1 + f) = f − f²/2 + s(f²/2 + R(s²)). */
BL_E_FUNCTION(log_sum)(const BL_E_REAL *k, const BL_E_REAL *f, const BL_E_REAL *c, BL_E_REAL *out)
{
    const BL_E_REAL s = *f / (2.0 + *f), z = s * s, z2 = z * z, z4 = z2 * z2;
    const BL_E_REAL r01 = 0x1.5555555555555p-1 + z * 0x1.9999999999a38p-2;
    const BL_E_REAL r23 = 0x1.2492492476c87p-2 + z * 0x1.c71c720160b47p-3;
    const BL_E_REAL r45 = 0x1.745cf901605f7p-3 + z * 0x1.3b1c360763b8ap-3;
    const BL_E_REAL r67 = 0x1.0fbe83c2cbcf3p-3 + z * 0x1.0c04595972ab8p-3;
    const BL_E_REAL r = z * ((r01 + z2 * r23) + z4 * (r45 + z2 * r67));
    const BL_E_REAL half = 0.5 * *f * *f;
    const BL_E_REAL large = *k * E_LN2_HIGH, head = large + *f; /* |large| > |f|, or 0 */
    const BL_E_REAL tail = *f - (head - large);

    *out = head + (tail + ((*k * E_LN2_LOW + *c) + (s * (half + r) - half)));
}

BL_E_FUNCTION(log)(const BL_E_REAL *x, BL_E_REAL *out)
{
    const BL_E_REAL normal = E_SELECT(*x < 0x1p-1022, *x * 0x1p54, *x);
    const BL_E_REAL added = E_SELECT(*x < 0x1p-1022, E_ALL(-54.0), E_ALL(0.0));
    const BL_E_REAL none = E_ALL(0.0);
    const BL_E_REAL infinity = E_ALL(__builtin_inf()), nan = E_ALL(__builtin_nan(""));
    BL_E_REAL k, f, y;
    BL_E_WORD biased;

    BL_E_NAME(log_split)(&normal, &k, &f, &biased);
    k += added;
    BL_E_NAME(log_sum)(&k, &f, &none, &y);
    const BL_E_REAL low = E_SELECT(*x == 0.0, -infinity, nan);
    const BL_E_REAL positive = E_SELECT(*x > 0.0, y, low);

    *out = E_SELECT(*x == infinity, infinity, positive);
}

/* u = 1 + x loses c = (1 + x) − u, which comes back as c/u; near 0 nothing is lost: f = x. */
BL_E_FUNCTION(log1p)(const BL_E_REAL *x, BL_E_REAL *out)
{
    const BL_E_REAL u = 1.0 + *x, back = u - 1.0;
    const BL_E_REAL lost = (1.0 - (u - back)) + (*x - back);
    const BL_E_REAL infinity = E_ALL(__builtin_inf()), nan = E_ALL(__builtin_nan(""));
    BL_E_REAL k, f, y;
    BL_E_WORD biased;

    BL_E_NAME(log_split)(&u, &k, &f, &biased);
    /* 1/(1 + f) to one part in a hundred is enough for a correction of one unit. */
    const BL_E_REAL inverse =
        0x1.01475c12c6c9ep+0 + f * (-0x1.14a309d18437ep+0 + f * 0x1.d41724ba1eb0ep-1);
    const BL_E_REAL c = lost * E_REAL((2046 - biased) << 52) * inverse;
    /* Beyond 2^60 it is nothing, and the power of two may not exist. */
    const BL_E_REAL correction = E_SELECT((k == 0.0) | (*x > 0x1p60), E_ALL(0.0), c);

    f = E_SELECT(k == 0.0, *x, f);
    BL_E_NAME(log_sum)(&k, &f, &correction, &y);
    const BL_E_REAL low = E_SELECT(*x == -1.0, -infinity, nan);
    const BL_E_REAL inside = E_SELECT(*x > -1.0, y, low);
    const BL_E_REAL finite = E_SELECT(*x == infinity, infinity, inside);

    *out = E_SELECT(*x == 0.0, *x, finite);
}

#undef E_BITS
#undef E_REAL
#undef E_ALL
#undef E_SELECT
#undef E_LN2_HIGH
#undef E_LN2_LOW
#undef E_SHIFT
#undef BL_E_FUNCTION
#undef BL_E_REAL
#undef BL_E_WORD
#undef BL_E_NAME
#undef BL_E_TARGET
#undef BL_E_SCALAR
