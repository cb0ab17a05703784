/* A column of numbers of one tile. A plain decimal number of at most 16 bytes is an integer divided
 * by a power of ten; with an integer up to 2^53 and a power up to 10^22 both are exact doubles and the
 * one division rounds correctly (Clinger 1990). Everything else goes to the slow way. */
#include <string.h>

#include "csv.h"

static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };

#define EXACT_MAX ((uint64_t)1 << 53)

/* Empty lines before a record belong to no cell. */
static const char *behind_empty_lines(const char *begin, const char *end, struct bl_csv_dialect d)
{
    for (;;) {
        const char *p = begin;

        while (p < end && bl_csv_blank(*p, d))
            p++;
        if (p < end && *p == '\r' && p[1] == '\n' && d.newline == '\n')
            p++;
        if (p >= end || *p != d.newline)
            return begin;
        begin = p + 1;
    }
}

const char *bl_csv_cell_begin(const struct bl_csv_tile *t, size_t row, size_t column)
{
    const uint32_t *at = t->at + row * t->columns + column;
    const char *begin = t->bytes + (uint32_t)(at[-1] + 1);

    return column ? begin : behind_empty_lines(begin, t->bytes + *at, t->dialect);
}

const char *bl_csv_cell_end(const struct bl_csv_tile *t, size_t row, size_t column)
{
    return t->bytes + t->at[row * t->columns + column];
}

/* One digit after the other. */
static bool decimal_portable(const char *begin, const char *end, double *value)
{
    const char *p = begin + (*begin == '-'), *point = NULL, *first = p;
    uint64_t digits = 0;

    for (; p < end; p++) {
        unsigned digit = (unsigned char)*p - (unsigned)'0';

        if (digit <= 9)
            digits = 10 * digits + digit;
        else if (*p == '.' && !point && p > first)
            point = p;
        else
            return false;
    }
    if (p == first || point == end - 1 || digits > EXACT_MAX)
        return false;
    double x = (double)(int64_t)digits / tens[point ? end - point - 1 : 0];

    *value = *begin == '-' ? -x : x;
    return true;
}

/* The loop over the rows for one way of reading decimals. */
#define NUMBERS(name, target, decimal) \
    target static void name(const struct bl_csv_tile *t, size_t column, double *out) \
    { \
        const uint32_t *at = t->at + column; \
        bool first = column == 0, last = column + 1 == t->columns; \
        for (size_t row = 0; row < t->rows; row++, at += t->columns) { \
            const char *begin = t->bytes + (uint32_t)(at[-1] + 1), *end = t->bytes + *at; \
            if (first && begin < end && (unsigned char)*begin <= ' ') \
                begin = behind_empty_lines(begin, end, t->dialect); \
            if (last && end > begin && end[-1] == '\r') \
                end--; \
            if ((size_t)(end - begin) - 1 >= 16 || !decimal(begin, end, &out[row])) \
                out[row] = t->slow(t->context, column, begin, t->bytes + *at); \
        } \
    }

NUMBERS(numbers_portable, , decimal_portable)

#if BL_X86
#include <immintrin.h>

#define ROW16(p) \
    { 0x80, P(p, 1), P(p, 2), P(p, 3), P(p, 4), P(p, 5), P(p, 6), P(p, 7), P(p, 8), P(p, 9), P(p, 10), P(p, 11), \
      P(p, 12), P(p, 13), P(p, 14), P(p, 15) }
#define P(p, i) ((i) <= (p) ? (i) - 1 : (i))
/* Shuffles that take out byte p and move what stands before it up by one; the last leaves all as it is. */
static const uint8_t without_point[17][16] = {
    ROW16(0), ROW16(1), ROW16(2), ROW16(3), ROW16(4), ROW16(5), ROW16(6), ROW16(7), ROW16(8), ROW16(9), ROW16(10),
    ROW16(11), ROW16(12), ROW16(13), ROW16(14), ROW16(15),
    { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 },
};
#undef P
#undef ROW16

/* The power of ten for a point at each of 16 bytes; 16 is none. */
static const double behind_point[17] = { 1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1e0, 1e0 };

/* Loaded at `length`, these keep the last `length` bytes of 16. */
static const uint8_t keep_last[32] = {
    0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
};

/* The value of 16 digits, most significant first: pairs, then fours, then eights. */
BL_SSE4 static inline uint64_t sixteen_digits(__m128i digits)
{
    __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(0x010a));
    __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00010064));
    __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(0x00012710));
    uint64_t both;

    memcpy(&both, &eights, sizeof both);
    return (both & UINT32_MAX) * 100000000 + (both >> 32);
}

/* 16 bytes that end where the cell ends have its digits right-aligned. */
BL_SSE4 static inline bool decimal_sse4(const char *begin, const char *end, double *value)
{
    unsigned length = (unsigned)(end - begin);
    __m128i digits = _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(end - 16)), _mm_set1_epi8('0'));
    __m128i fine = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
    bool negative = *begin == '-';
    unsigned other, point = 16;

    length -= negative;
    other = ~(unsigned)_mm_movemask_epi8(fine) & 0xffffu & (0xffffu << (16 - length));
    if (other) {
        point = (unsigned)__builtin_ctz(other);
        /* one point, with a digit before and behind it */
        if ((other & (other - 1)) || (end - 16)[point] != '.' || point == 15 || point == 16 - length)
            return false;
    } else if (length == 0) {
        return false;
    }
    digits = _mm_and_si128(digits, _mm_loadu_si128((const __m128i *)(keep_last + length)));
    digits = _mm_shuffle_epi8(digits, _mm_loadu_si128((const __m128i *)without_point[point]));
    uint64_t whole = sixteen_digits(digits);

    if (whole > EXACT_MAX)
        return false;
    double x = (double)(int64_t)whole / behind_point[point];
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits); /* signs come at random: no branch on them */
    bits |= (uint64_t)negative << 63;
    memcpy(value, &bits, sizeof bits);
    return true;
}
NUMBERS(numbers_sse4, BL_SSE4, decimal_sse4)
#endif

void bl_csv_numbers(const struct bl_csv_tile *t, size_t column, double *out)
{
#if BL_X86
    if (bl_units() >= BL_UNITS_AVX2) {
        numbers_sse4(t, column, out);
        return;
    }
#endif
    numbers_portable(t, column, out);
}
