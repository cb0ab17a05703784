/* Vectors of doubles for the kernels. A file that includes this has chosen the width of a machine
 * register before: LANES doubles (2, 4 or 8) and TARGET, the attribute that lets the compiler use
 * that unit. What is computed does not depend on the width: every sum over features has 8
 * accumulators, joined ((0+1)+(2+3))+((4+5)+(6+7)), whether they live in one register or in four. */
#ifndef BATCHLAB_LEARN_SIMD_H
#define BATCHLAB_LEARN_SIMD_H

#include <stddef.h>
#include <stdint.h>
#if LANES > 2
#include <immintrin.h>
#endif

#define FN static inline __attribute__((always_inline)) TARGET
#define PARTS (8 / LANES)
#define EACH_PART _Pragma("GCC unroll 8") for (int p = 0; p < PARTS; p++)

typedef double vd __attribute__((vector_size(LANES * 8)));
typedef int64_t vi __attribute__((vector_size(LANES * 8)));
struct v8 { /* eight doubles in as many registers as it takes */
    vd p[PARTS];
};

FN vd vd_load(const double *from)
{
    vd a;
    __builtin_memcpy(&a, from, sizeof a);
    return a;
}

FN void vd_store(double *to, vd a)
{
    __builtin_memcpy(to, &a, sizeof a);
}

FN vd vd_splat(double x)
{
    return x - (vd){0};
}

/* Comparisons, and choosing by them. vd_max gives b where one of the two is not a number. */
#if LANES == 8
typedef __mmask8 vmask;
FN vmask vd_at_least(vd a, vd b) { return _mm512_cmp_pd_mask(a, b, _CMP_GE_OQ); }
FN vmask vd_equal(vd a, vd b) { return _mm512_cmp_pd_mask(a, b, _CMP_EQ_OQ); }
FN vd vd_select(vmask m, vd yes, vd no) { return _mm512_mask_blend_pd(m, no, yes); }
FN vd vd_max(vd a, vd b) { return _mm512_max_pd(a, b); }
#else
typedef vi vmask;
FN vmask vd_at_least(vd a, vd b) { return a >= b; }
FN vmask vd_equal(vd a, vd b) { return a == b; }
#if LANES == 4
FN vd vd_select(vmask m, vd yes, vd no) { return _mm256_blendv_pd(no, yes, (vd)m); }
FN vd vd_max(vd a, vd b) { return _mm256_max_pd(a, b); }
#else
FN vd vd_select(vmask m, vd yes, vd no) { return (vd)((m & (vi)yes) | (~m & (vi)no)); }
FN vd vd_max(vd a, vd b) { return vd_select(a > b, a, b); }
#endif
#endif

FN vd vd_abs(vd a)
{
    return (vd)((vi)a & INT64_MAX);
}

FN struct v8 load8(const double *from)
{
    struct v8 a;
    EACH_PART a.p[p] = vd_load(from + p * LANES);
    return a;
}

FN void store8(double *to, struct v8 a)
{
    EACH_PART vd_store(to + p * LANES, a.p[p]);
}

FN struct v8 splat8(double x)
{
    struct v8 a;
    EACH_PART a.p[p] = vd_splat(x);
    return a;
}

FN struct v8 add8(struct v8 a, struct v8 b)
{
    EACH_PART a.p[p] += b.p[p];
    return a;
}

FN struct v8 mul8(struct v8 a, struct v8 b)
{
    EACH_PART a.p[p] *= b.p[p];
    return a;
}

FN struct v8 sub8(struct v8 a, struct v8 b)
{
    EACH_PART a.p[p] -= b.p[p];
    return a;
}

/* Keeps the first n of eight values, the others become 0. */
FN struct v8 first8(struct v8 a, size_t n)
{
    static const int64_t keep[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
    EACH_PART
    {
        vi mask;
        __builtin_memcpy(&mask, keep + 8 - n + (size_t)p * LANES, sizeof mask);
        a.p[p] = (vd)((vi)a.p[p] & mask);
    }
    return a;
}

#define SHUFFLE __builtin_shufflevector

/* The sum of the eight values, and the eight sums of eight such vectors: same association. */
#if LANES == 8
FN double sum8(struct v8 a)
{
    vd s = a.p[0];
    s += SHUFFLE(s, s, 1, 0, 3, 2, 5, 4, 7, 6);
    s += SHUFFLE(s, s, 2, 3, 0, 1, 6, 7, 4, 5);
    s += SHUFFLE(s, s, 4, 5, 6, 7, 0, 1, 2, 3);
    return s[0];
}

FN vd pair_sums(vd a, vd b) /* a0+a1 b0+b1 a2+a3 b2+b3 ... */
{
    return SHUFFLE(a, b, 0, 8, 2, 10, 4, 12, 6, 14) + SHUFFLE(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
}

FN vd quad_sums(vd a, vd b)
{
    return SHUFFLE(a, b, 0, 1, 8, 9, 4, 5, 12, 13) + SHUFFLE(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
}

FN struct v8 sums8(const struct v8 a[8])
{
    vd low = quad_sums(pair_sums(a[0].p[0], a[1].p[0]), pair_sums(a[2].p[0], a[3].p[0]));
    vd high = quad_sums(pair_sums(a[4].p[0], a[5].p[0]), pair_sums(a[6].p[0], a[7].p[0]));
    return (struct v8){{SHUFFLE(low, high, 0, 1, 2, 3, 8, 9, 10, 11) +
                        SHUFFLE(low, high, 4, 5, 6, 7, 12, 13, 14, 15)}};
}
#elif LANES == 4
FN vd pair_sums(vd a, vd b)
{
    return SHUFFLE(a, b, 0, 4, 2, 6) + SHUFFLE(a, b, 1, 5, 3, 7);
}

FN vd quad_sums(vd a, vd b)
{
    return SHUFFLE(a, b, 0, 1, 4, 5) + SHUFFLE(a, b, 2, 3, 6, 7);
}

FN double sum8(struct v8 a)
{
    vd s = pair_sums(a.p[0], a.p[1]);              /* 0+1 4+5 2+3 6+7 */
    s += SHUFFLE(s, s, 2, 3, 0, 1);
    return s[0] + s[1];
}

FN vd sums4(const struct v8 a[4])
{
    vd half[2];
    EACH_PART half[p] = quad_sums(pair_sums(a[0].p[p], a[1].p[p]), pair_sums(a[2].p[p], a[3].p[p]));
    return half[0] + half[1];
}

FN struct v8 sums8(const struct v8 a[8])
{
    return (struct v8){{sums4(a), sums4(a + 4)}};
}
#elif LANES == 2
FN double sum8(struct v8 a)
{
    vd low = SHUFFLE(a.p[0], a.p[1], 0, 2) + SHUFFLE(a.p[0], a.p[1], 1, 3);   /* 0+1 2+3 */
    vd high = SHUFFLE(a.p[2], a.p[3], 0, 2) + SHUFFLE(a.p[2], a.p[3], 1, 3);  /* 4+5 6+7 */
    return (low[0] + low[1]) + (high[0] + high[1]);
}

FN vd sums2(struct v8 a, struct v8 b)
{
    vd s[4];
    EACH_PART s[p] = SHUFFLE(a.p[p], b.p[p], 0, 2) + SHUFFLE(a.p[p], b.p[p], 1, 3);
    return (s[0] + s[1]) + (s[2] + s[3]);
}

FN struct v8 sums8(const struct v8 a[8])
{
    return (struct v8){{sums2(a[0], a[1]), sums2(a[2], a[3]), sums2(a[4], a[5]), sums2(a[6], a[7])}};
}
#endif

#endif
