/* SHA-256 (FIPS 180-4), with the instructions that x86 has for it where they are there: hashing a
 * large dataset must not take longer than reading it. */
#include "batchlab/base.h"

#include <stdatomic.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

#include "system.h"

/* First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void expand(const uint8_t *block, uint32_t w[64])
{
    for (int t = 0; t < 16; t++)
        w[t] = big_endian(block + 4 * t);
    for (int t = 16; t < 64; t++) {
        uint32_t a = w[t - 15], b = w[t - 2];

        w[t] = w[t - 16] + w[t - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
               (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
}

static void compress_portable(uint32_t hash[8], const uint8_t *block)
{
    uint32_t w[64];
    uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3];
    uint32_t e = hash[4], f = hash[5], g = hash[6], h = hash[7];

    expand(block, w);
    for (int t = 0; t < 64; t++) {
        uint32_t choice = (e & f) ^ (~e & g), majority = (a & b) ^ (a & c) ^ (b & c);
        uint32_t t1 = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice +
                      round_constants[t] + w[t];
        uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority;

        h = g, g = f, f = e, e = d + t1;
        d = c, c = b, b = a, a = t1 + t2;
    }
    hash[0] += a, hash[1] += b, hash[2] += c, hash[3] += d;
    hash[4] += e, hash[5] += f, hash[6] += g, hash[7] += h;
}

#if defined(__x86_64__)
/* Asked once: on a virtual machine the question itself is slow. */
static bool has_instructions(void)
{
    static _Atomic int known; /* 0 not asked yet, 1 no, 2 yes */
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    unsigned a, b, c, d;

    if (answer == 0) {
        answer = 1 + (__get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 29 & 1) &&
                      __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3"));
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == 2;
}

/* The instructions keep the eight words as (a, b, e, f) and (c, d, g, h) and do two rounds each;
 * the schedule needs the last four vectors of four words. */
__attribute__((target("sha,sse4.1,ssse3"))) static void
compress_x86(uint32_t hash[8], const uint8_t *block, size_t blocks)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i low = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)hash), 0xb1);       /* b a d c */
    __m128i high = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(hash + 4)), 0x1b); /* h g f e */
    __m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xf0);

    for (; blocks > 0; blocks--, block += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4];

        for (int i = 0; i < 4; i++)
            w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)block + i), swap);
        for (int i = 0; i < 16; i++) {
            __m128i now = w[i % 4];
            __m128i sum = _mm_add_epi32(
                now, _mm_loadu_si128((const __m128i *)(round_constants + 4 * i)));

            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
            /* w[t] for the vector four steps on: from t-16, t-15, t-7 and t-2 */
            __m128i next = _mm_sha256msg1_epu32(now, w[(i + 1) % 4]);

            next = _mm_add_epi32(next, _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4));
            w[i % 4] = _mm_sha256msg2_epu32(next, w[(i + 3) % 4]);
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    low = _mm_shuffle_epi32(abef, 0x1b);  /* a b e f, turned round */
    high = _mm_shuffle_epi32(cdgh, 0xb1); /* d c h g */
    _mm_storeu_si128((__m128i *)hash, _mm_blend_epi16(low, high, 0xf0));
    _mm_storeu_si128((__m128i *)(hash + 4), _mm_alignr_epi8(high, low, 8));
}
#endif

static void compress(uint32_t hash[8], const uint8_t *bytes, size_t blocks)
{
#if defined(__x86_64__)
    if (has_instructions()) {
        compress_x86(hash, bytes, blocks);
        return;
    }
#endif
    for (; blocks > 0; blocks--, bytes += 64)
        compress_portable(hash, bytes);
}

void bl_sha256_start(struct bl_sha256 *s)
{
    /* First 32 bits of the fractional parts of the square roots of the first 8 primes. */
    static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

    *s = (struct bl_sha256){ 0 };
    memcpy(s->h, start, sizeof start);
}

void bl_sha256_add(struct bl_sha256 *s, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    size_t used = s->bytes % 64;

    if (n == 0)
        return;
    s->bytes += n;
    if (used) {
        size_t take = n < 64 - used ? n : 64 - used;

        memcpy(s->block + used, p, take);
        p += take;
        n -= take;
        if (used + take < 64)
            return;
        compress(s->h, s->block, 1);
    }
    if (n >= 64)
        compress(s->h, p, n / 64);
    memcpy(s->block, p + n / 64 * 64, n % 64);
}

void bl_sha256_end(struct bl_sha256 *s, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    static const uint8_t padding[64] = { 0x80 };
    uint64_t bits = s->bytes * 8;
    uint8_t length[8];

    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(bits >> (56 - 8 * i));
    bl_sha256_add(s, padding, 1 + (119 - s->bytes % 64) % 64);
    bl_sha256_add(s, length, 8);
    for (int i = 0; i < 64; i++)
        hex[i] = digits[s->h[i / 8] >> (28 - i % 8 * 4) & 15];
    hex[64] = '\0';
}

/* The road of processors without the instructions, for the tests (system.h). */
void bl_sha256_compress_portable(uint32_t hash[8], const uint8_t *block)
{
    compress_portable(hash, block);
}
