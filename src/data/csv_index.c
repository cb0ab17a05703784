/* The structural index: where cells and records end. 64 bytes a step become three masks (separators,
 * newlines, quotes); steps without lines that could be empty and with no quotes but those around whole
 * cells write all their positions without a branch a cell, the others go bit by bit. */
#include <string.h>

#include "csv.h"

struct walk {
    const char *bytes;
    size_t n;
    struct bl_csv_dialect dialect;
    struct bl_csv_index *index;
    size_t behind; /* behind the last empty line */
    size_t second; /* the second of two quotes, already seen */
};

struct masks { uint64_t separators, newlines, quotes; };

static size_t cell_begin(const struct walk *w)
{
    size_t begin = w->index->count ? (size_t)w->index->at[w->index->count - 1] + 1 : 0;

    return begin > w->behind ? begin : w->behind;
}

static bool empty_line(const struct walk *w, size_t p)
{
    const struct bl_csv_index *x = w->index;
    size_t begin = cell_begin(w);

    if (x->count && w->bytes[x->at[x->count - 1]] != w->dialect.newline)
        return false; /* the last cell of a record */
    return p == begin || (p == begin + 1 && w->bytes[begin] == '\r' && w->dialect.newline == '\n');
}

static void on_quote(struct walk *w, size_t p)
{
    struct bl_csv_index *x = w->index;

    if (p == w->second)
        return;
    if (x->open) {
        bool doubled = p + 1 < w->n && w->bytes[p + 1] == '"';

        w->second = doubled ? p + 1 : w->second;
        x->open = doubled;
        return;
    }
    for (size_t q = cell_begin(w); q < p; q++)
        if (!bl_csv_blank(w->bytes[q], w->dialect))
            return; /* an ordinary byte of a cell that is not quoted */
    x->open = true;
    x->opened = p;
}

static void careful_step(struct walk *w, size_t base, struct masks m)
{
    struct bl_csv_index *x = w->index;

    for (uint64_t bits = m.separators | m.quotes; bits; bits &= bits - 1) {
        size_t p = base + (size_t)__builtin_ctzll(bits);
        bool newline = w->bytes[p] == w->dialect.newline;

        if (w->bytes[p] == '"') {
            on_quote(w, p);
        } else if (!x->open && newline && empty_line(w, p)) {
            w->behind = p + 1;
        } else if (!x->open) {
            x->at[x->count++] = (uint32_t)p;
            x->lines += newline;
        }
    }
}

/* Writes the positions of all bits; up to 8 places behind the last are overwritten. */
BL_INLINE void write_positions(struct bl_csv_index *x, size_t base, uint64_t bits)
{
    uint32_t *out = x->at + x->count;
    int n = __builtin_popcountll(bits);

    x->count += (size_t)n;
    for (int done = 0; done < n; done += 8, out += 8)
        for (int k = 0; k < 8; k++) {
            out[k] = (uint32_t)(base + (unsigned)__builtin_ctzll(bits | (uint64_t)1 << 63));
            bits &= bits - 1;
        }
}

/* *before: the newlines of the step before. A line may be empty when a newline follows another
 * one directly or with one byte (a CR) between. */
BL_INLINE bool plain_step(const struct walk *w, struct masks m, uint64_t *before)
{
    uint64_t n = m.newlines, near = (n << 1 | *before >> 63) | (n << 2 | *before >> 62);

    *before = n;
    return __builtin_expect(!(m.quotes | (n & near)) && !w->index->open, 1);
}

/* Each bit: the parity of the bits up to it. */
BL_INLINE uint64_t parities(uint64_t bits)
{
    for (int k = 1; k < 64; k *= 2)
        bits ^= bits << k;
    return bits;
}

/* A step in which every quote that opens stands at the start of a cell, or is the second of two: then what lies inside
 * quotes is where an odd number of them came before. What is inside leaves the masks. false: nothing has changed. */
BL_INLINE bool quoted_step(struct walk *w, size_t base, struct masks *m, uint64_t before, uint64_t *newlines)
{
    struct bl_csv_index *x = w->index;
    const char last = base ? w->bytes[base - 1] : w->dialect.newline;
    const uint64_t inside = parities(m->quotes) ^ (x->open ? ~(uint64_t)0 : 0), n = m->newlines & ~inside, s = m->separators & ~inside;
    const uint64_t starts = s << 1 | (!x->open && (last == w->dialect.newline || last == w->dialect.delimiter));
    const uint64_t opening = m->quotes & inside, closing = m->quotes & ~inside;

    if (w->second == base || (opening & ~(starts | closing << 1)) || (n & ((n << 1 | before >> 63) | (n << 2 | before >> 62))))
        return false;
    if (opening & starts)
        x->opened = base + 63 - (size_t)__builtin_clzll(opening & starts);
    x->open = inside >> 63;
    if (closing >> 63 && base + 64 < w->n && w->bytes[base + 64] == '"') { /* the first of two */
        w->second = base + 64;
        x->open = true;
    }
    *newlines = n;
    *m = (struct masks){ s, n, m->quotes };
    return true;
}

#define ONE_STEP(m, write) \
    const uint64_t last = before; \
    if (plain_step(w, m, &before) || quoted_step(w, base, &m, last, &before)) { \
        write(w->index, base, m.separators); \
        w->index->lines += (size_t)__builtin_popcountll(m.newlines); \
    } else { \
        careful_step(w, base, m); \
    }

/* The walk over all steps for one way of making masks and of writing positions. Bytes behind the end
 * are masked out. */
#define WALK(name, target, masks_of, write) \
    target static void name(struct walk *w) \
    { \
        uint64_t before = (uint64_t)1 << 63; \
        size_t base = 0; \
        for (; base + 64 <= w->n; base += 64) { \
            struct masks m = masks_of(w->bytes + base, w->dialect); \
            ONE_STEP(m, write) \
        } \
        if (base < w->n) { \
            uint64_t valid = ((uint64_t)1 << (w->n - base)) - 1; \
            struct masks m = masks_of(w->bytes + base, w->dialect); \
            m.separators &= valid, m.newlines &= valid, m.quotes &= valid; \
            ONE_STEP(m, write) \
        } \
    }

static struct masks masks_portable(const char *p, struct bl_csv_dialect d)
{
    struct masks m = { 0, 0, 0 };

    for (unsigned i = 0; i < 64; i++) {
        m.newlines |= (uint64_t)(p[i] == d.newline) << i;
        m.separators |= (uint64_t)(p[i] == d.newline || p[i] == d.delimiter) << i;
        m.quotes |= (uint64_t)(p[i] == '"') << i;
    }
    return m;
}
WALK(walk_portable, , masks_portable, write_positions)

#if BL_X86
#include <immintrin.h>

BL_AVX2 static inline uint64_t equal_avx2(__m256i low, __m256i high, char c)
{
    __m256i wanted = _mm256_set1_epi8(c);
    uint32_t a = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted));
    uint32_t b = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted));

    return a | (uint64_t)b << 32;
}

BL_AVX2 static inline struct masks masks_avx2(const char *p, struct bl_csv_dialect d)
{
    __m256i low = _mm256_loadu_si256((const __m256i *)p), high = _mm256_loadu_si256((const __m256i *)(p + 32));
    uint64_t newlines = equal_avx2(low, high, d.newline);

    return (struct masks){ newlines | equal_avx2(low, high, d.delimiter), newlines, equal_avx2(low, high, '"') };
}
WALK(walk_avx2, BL_AVX2, masks_avx2, write_positions)

BL_AVX512 static inline struct masks masks_avx512(const char *p, struct bl_csv_dialect d)
{
    __m512i text = _mm512_loadu_si512(p);
    uint64_t newlines = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(d.newline));
    uint64_t delimiters = _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8(d.delimiter));

    return (struct masks){ newlines | delimiters, newlines, _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('"')) };
}
/* The numbers of the bits as bytes side by side, 16 of them widened at a time. */
BL_AVX512 static inline void write_compressed(struct bl_csv_index *x, size_t base, uint64_t bits)
{
    static const uint8_t places[64] __attribute__((aligned(64))) = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
        32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
    };
    __m512i found = _mm512_maskz_compress_epi8(bits, _mm512_load_si512(places)), start = _mm512_set1_epi32((int)base);
    uint32_t *out = x->at + x->count;
    int n = __builtin_popcountll(bits);

    x->count += (size_t)n;
    _mm512_storeu_si512(out, _mm512_add_epi32(start, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(found))));
    for (int done = 16; __builtin_expect(done < n, 0); done += 16) {
        found = _mm512_alignr_epi64(found, found, 2);
        _mm512_storeu_si512(out + done, _mm512_add_epi32(start, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(found))));
    }
}
WALK(walk_avx512, BL_AVX512, masks_avx512, write_compressed)

#if defined(__SSE2__)
static inline uint64_t equal_sse2(const char *p, char c)
{
    uint64_t mask = 0;

    for (unsigned i = 0; i < 4; i++) {
        __m128i text = _mm_loadu_si128((const __m128i *)(p + 16 * i));
        uint64_t found = (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8(c)));

        mask |= found << 16 * i;
    }
    return mask;
}

static inline struct masks masks_sse2(const char *p, struct bl_csv_dialect d)
{
    uint64_t newlines = equal_sse2(p, d.newline);

    return (struct masks){ newlines | equal_sse2(p, d.delimiter), newlines, equal_sse2(p, '"') };
}
WALK(walk_sse2, , masks_sse2, write_positions)
#define walk_baseline walk_sse2
#endif
#endif
#ifndef walk_baseline
#define walk_baseline walk_portable
#endif

void bl_csv_index(const char *bytes, size_t n, struct bl_csv_dialect d, struct bl_csv_index *index)
{
    struct walk w = { .bytes = bytes, .n = n, .dialect = d, .index = index, .second = SIZE_MAX };

    index->count = index->lines = index->tail = 0;
    index->open = false;
#if BL_X86
    if (bl_units() == BL_UNITS_AVX512)
        walk_avx512(&w);
    else if (bl_units() == BL_UNITS_AVX2)
        walk_avx2(&w);
    else if (bl_units() == BL_UNITS_BASE)
        walk_baseline(&w);
    else
#endif
        walk_portable(&w);
    size_t k = index->count;

    while (k && bytes[index->at[k - 1]] != d.newline)
        k--;
    index->tail = k ? (size_t)index->at[k - 1] + 1 : 0;
    if (k == index->count && w.behind > index->tail)
        index->tail = w.behind;
    index->partial = index->count - k;
    index->count = k;
}

/* ---- counting --------------------------------------------------------------------------------*/

/* One loop for vectors of each width: wider ones than the processor has are taken apart badly. Up to
 * 255 steps: no counter of a byte can overflow. */
#define COUNT(name, target, vector, width) \
    target static struct bl_csv_counts name(const char *p, size_t n, char newline) \
    { \
        const vector lf = (vector){ 0 } + (uint8_t)newline, quote = (vector){ 0 } + (uint8_t)'"'; \
        struct bl_csv_counts c = { 0, 0, false }; \
        while (n >= width) { \
            vector newlines = { 0 }, quotes = { 0 }, nuls = { 0 }; \
            size_t steps = n / width < 255 ? n / width : 255; \
            for (size_t i = 0; i < steps; i++) { \
                const vector text = *(const vector *)(p + width * i); \
                newlines -= (vector)(text == lf); \
                quotes -= (vector)(text == quote); \
                nuls |= (vector)(text == 0); \
            } \
            for (int k = 0; k < width; k++) { \
                c.newlines += newlines[k]; \
                c.quotes += quotes[k]; \
                c.nul |= nuls[k] != 0; \
            } \
            p += width * steps; \
            n -= width * steps; \
        } \
        for (; n; n--, p++) { \
            c.newlines += *p == newline; \
            c.quotes += *p == '"'; \
            c.nul |= *p == 0; \
        } \
        return c; \
    }

typedef uint8_t bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
COUNT(count_baseline, , bytes16, 16)

#if BL_X86
typedef uint8_t bytes32 __attribute__((vector_size(32), aligned(1), may_alias));
typedef uint8_t bytes64 __attribute__((vector_size(64), aligned(1), may_alias));
COUNT(count_avx2, BL_AVX2, bytes32, 32)
COUNT(count_avx512, BL_AVX512, bytes64, 64)
#endif

struct bl_csv_counts bl_csv_count(const char *bytes, size_t n, char newline)
{
#if BL_X86
    if (bl_units() == BL_UNITS_AVX512)
        return count_avx512(bytes, n, newline);
    if (bl_units() == BL_UNITS_AVX2)
        return count_avx2(bytes, n, newline);
#endif
    return count_baseline(bytes, n, newline);
}
