/* Random streams without shared state: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3", SC 2011). */
#include "batchlab/base.h"

#include <math.h>
#include <string.h>

#if BL_X86
#include <immintrin.h>
#endif

#define ROUNDS 10
#define MULTIPLY_0 0xd2511f53
#define MULTIPLY_2 0xcd9e8d57
#define WEYL_0 0x9e3779b9 /* the golden ratio and √3 − 1: a Weyl sequence of keys */
#define WEYL_1 0xbb67ae85

void bl_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];

    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = (uint64_t)MULTIPLY_0 * c0, p1 = (uint64_t)MULTIPLY_2 * c2;

        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* counter = (number of the block, purpose, epoch, index) */
struct bl_random bl_random_stream(uint64_t seed, enum bl_purpose purpose, uint32_t epoch,
                                  uint32_t index)
{
    return (struct bl_random){
        .key = { (uint32_t)seed, (uint32_t)(seed >> 32) },
        .counter = { 0, (uint32_t)purpose, epoch, index },
        .used = 4,
    };
}

uint32_t bl_random_u32(struct bl_random *r)
{
    if (r->used == 4) {
        bl_philox(r->counter, r->key, r->block);
        r->counter[0]++;
        r->used = 0;
    }
    return r->block[r->used++];
}

uint64_t bl_random_u64(struct bl_random *r)
{
    uint64_t low = bl_random_u32(r);

    return (uint64_t)bl_random_u32(r) << 32 | low;
}

double bl_random_unit(struct bl_random *r)
{
    return (double)(bl_random_u64(r) >> 11) * 0x1p-53;
}

double bl_random_normal(struct bl_random *r)
{
    double u, v, s;

    do {
        u = 2 * bl_random_unit(r) - 1;
        v = 2 * bl_random_unit(r) - 1;
        s = u * u + v * v;
    } while (s >= 1 || s == 0);
    return u * sqrt(-2 * bl_log(s) / s); /* its twin v·√… is not kept: a stream has no past */
}

/* The high half of word × n, drawn anew in the few cases that would favour small results
 * (Lemire, "Fast random integer generation in an interval", 2019). */
static uint32_t below_32(struct bl_random *r, uint32_t n)
{
    uint64_t product = (uint64_t)bl_random_u32(r) * n;

    if ((uint32_t)product < n) {
        uint32_t unfair = (0 - n) % n; /* 2^32 mod n */

        while ((uint32_t)product < unfair)
            product = (uint64_t)bl_random_u32(r) * n;
    }
    return (uint32_t)(product >> 32);
}

uint64_t bl_random_below(struct bl_random *r, uint64_t n)
{
    __extension__ typedef unsigned __int128 wide;

    if (n <= UINT32_MAX)
        return n ? below_32(r, (uint32_t)n) : 0;
    wide product = (wide)bl_random_u64(r) * n;

    if ((uint64_t)product < n) {
        uint64_t unfair = (0 - n) % n;

        while ((uint64_t)product < unfair)
            product = (wide)bl_random_u64(r) * n;
    }
    return (uint64_t)(product >> 64);
}

/* ---- shuffles -------------------------------------------------------------------------------
 * The words of a stream, many blocks at a time: they do not wait for each other, and neither do the
 * items that the draws name, once they are asked for early. */
#define WORDS 256
#define DRAWS 128

struct words {
    struct bl_random *r; /* stands behind the words in `at` */
    uint32_t at[WORDS];
    size_t next;
};

/* The blocks of WORDS / 4 counters in a row. */
static void blocks(const uint32_t counter[4], const uint32_t key[2], uint32_t *out)
{
    uint32_t at[4];

    memcpy(at, counter, sizeof at);
    for (size_t i = 0; i < WORDS; i += 4) {
        bl_philox(at, key, out + i);
        at[0]++;
    }
}

#if BL_X86
/* Four counters side by side, each number in the lower half of 64 bits; what is in the upper half matters to nothing. */
struct four { __m256i c0, c1, c2, c3; };

BL_AVX2 static inline struct four turn(struct four c, uint32_t k0, uint32_t k1)
{
    __m256i p0 = _mm256_mul_epu32(c.c0, _mm256_set1_epi64x(MULTIPLY_0)), p1 = _mm256_mul_epu32(c.c2, _mm256_set1_epi64x(MULTIPLY_2));

    c.c0 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p1, 32), c.c1), _mm256_set1_epi64x(k0));
    c.c2 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p0, 32), c.c3), _mm256_set1_epi64x(k1));
    c.c1 = p1;
    c.c3 = p0;
    return c;
}

BL_AVX2 static inline void put(struct four c, uint32_t *out)
{
    __m256i low = _mm256_blend_epi32(c.c0, _mm256_slli_epi64(c.c1, 32), 0xaa), high = _mm256_blend_epi32(c.c2, _mm256_slli_epi64(c.c3, 32), 0xaa);
    __m256i even = _mm256_unpacklo_epi64(low, high), odd = _mm256_unpackhi_epi64(low, high);

    _mm256_storeu_si256((__m256i *)(void *)out, _mm256_permute2x128_si256(even, odd, 0x20));
    _mm256_storeu_si256((__m256i *)(void *)(out + 8), _mm256_permute2x128_si256(even, odd, 0x31));
}

BL_AVX2 static void blocks_avx2(const uint32_t counter[4], const uint32_t key[2], uint32_t *out)
{
    struct four c[4];

    for (size_t i = 0; i < WORDS; i += 64) {
        uint32_t k0 = key[0], k1 = key[1];
        _Pragma("GCC unroll 4")
        for (uint32_t j = 0; j < 4; j++) {
            const uint32_t from = counter[0] + (uint32_t)i / 4 + 4 * j;
            c[j] = (struct four){_mm256_set_epi64x(from + 3, from + 2, from + 1, from), _mm256_set1_epi64x(counter[1]),
                                 _mm256_set1_epi64x(counter[2]), _mm256_set1_epi64x(counter[3])};
        }
        for (int round = 0; round < ROUNDS; round++, k0 += WEYL_0, k1 += WEYL_1) {
            _Pragma("GCC unroll 4")
            for (size_t j = 0; j < 4; j++)
                c[j] = turn(c[j], k0, k1);
        }
        _Pragma("GCC unroll 4")
        for (size_t j = 0; j < 4; j++)
            put(c[j], out + i + 16 * j);
    }
}
#endif

static void refill(struct words *w)
{
#if BL_X86
    if (bl_units() >= BL_UNITS_AVX2)
        blocks_avx2(w->r->counter, w->r->key, w->at);
    else
#endif
        blocks(w->r->counter, w->r->key, w->at);
    w->r->counter[0] += WORDS / 4;
    w->next = 0;
}

static inline uint32_t next_word(struct words *w)
{
    if (w->r->used < 4) /* what is left of a block drawn before */
        return w->r->block[w->r->used++];
    if (w->next == WORDS)
        refill(w);
    return w->at[w->next++];
}

/* As bl_random_below does it. */
static inline uint32_t next_below(struct words *w, uint32_t n)
{
    uint64_t product = (uint64_t)next_word(w) * n;

    if (__builtin_expect((uint32_t)product < n, 0)) {
        uint32_t unfair = (0 - n) % n;

        while ((uint32_t)product < unfair)
            product = (uint64_t)next_word(w) * n;
    }
    return (uint32_t)(product >> 32);
}

/* The stream stands behind the last word that was used, as if drawn one by one. */
static void give_back(struct words *w)
{
    size_t left = WORDS - w->next;
    uint32_t counter[4];

    if (w->r->used < 4)
        return;
    w->r->counter[0] -= (uint32_t)(left / 4);
    w->r->used = 4 - (unsigned)(left % 4);
    memcpy(counter, w->r->counter, sizeof counter);
    counter[0]--;
    if (w->next)
        bl_philox(counter, w->r->key, w->r->block);
}

static void draw_and_swap(struct words *w, uint32_t *items, size_t i, size_t n)
{
    uint32_t other[DRAWS];

    for (size_t k = 0; k < n; k++) {
        other[k] = next_below(w, (uint32_t)(i - k));
        __builtin_prefetch(items + other[k], 1);
    }
    for (size_t k = 0; k < n; k++) {
        uint32_t item = items[i - k - 1];

        items[i - k - 1] = items[other[k]];
        items[other[k]] = item;
    }
}

static void shuffle_slowly(struct bl_random *r, uint32_t *items, size_t n, size_t down_to)
{
    for (size_t i = n; i > down_to; i--) {
        size_t j = (size_t)bl_random_below(r, i);
        uint32_t item = items[i - 1];

        items[i - 1] = items[j];
        items[j] = item;
    }
}

void bl_random_shuffle(struct bl_random *r, uint32_t *items, size_t n)
{
    struct words w = { .r = r, .next = WORDS };

    if (n > UINT32_MAX) {
        shuffle_slowly(r, items, n, UINT32_MAX);
        n = UINT32_MAX;
    }
    while (n > 1) {
        size_t some = n - 1 < DRAWS ? n - 1 : DRAWS;

        draw_and_swap(&w, items, n, some);
        n -= some;
    }
    give_back(&w);
}
