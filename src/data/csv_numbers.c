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

/* ---- four cells at a time ----------------------------------------------------------------------
 * The four cells lie in the four 16-byte lanes of a register, right-aligned as above; a mask of 64
 * bits has 16 for each of them. */

#define LANE_LOW  0x0001000100010001u
#define LANE_HIGH 0x8000800080008000u

/* For each lane: the lowest bit that is set. */
BL_INLINE uint64_t lowest_of_run(uint64_t run) /* run: ones that end at the top of the lane */
{
    return run & ~(run << 1 & ~LANE_LOW);
}

/* For each lane: all bits up to the one of p, none where p has none. p: bit 15 is never set. */
BL_INLINE uint64_t up_to_bit(uint64_t p)
{
    uint64_t less = ((p | LANE_HIGH) - LANE_LOW) & ~LANE_HIGH, any = (p + ~LANE_HIGH) & LANE_HIGH;

    return (p ^ less) & (any - (any >> 15));
}

struct four { uint64_t digits, negative, before_point, bad; };

/* Which bytes are digits or the point of the cells, which cells are negative, which bytes stand before a
 * point or are it, and bits in the lanes of cells that are no plain decimals. */
BL_INLINE struct four take_apart(uint64_t field, uint64_t digits, uint64_t minus, uint64_t points)
{
    struct four f;

    f.negative = minus & lowest_of_run(field);
    f.digits = field & ~f.negative;
    uint64_t other = f.digits & ~digits, point = other & points & ~LANE_HIGH;
    uint64_t second = point & ((point | LANE_HIGH) - LANE_LOW);

    f.bad = (other ^ point) | second | (point & lowest_of_run(f.digits)) | (~f.digits & LANE_HIGH);
    f.before_point = up_to_bit(point);
    return f;
}

/* From separator to separator of four cells that lie `stride` apart in the index: one more than their
 * lengths. (Taking one off needs a register of ones, which compilers make by an instruction that waits
 * for its old content: that chained each turn of the loop to the one before.) */
BL_AVX512 static inline __m128i widths_of(const uint32_t *at, size_t stride)
{
    __m128i a = _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)(at - 1)), _mm_loadl_epi64((const __m128i *)(at + stride - 1)));
    __m128i b = _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)(at + 2 * stride - 1)),
                                   _mm_loadl_epi64((const __m128i *)(at + 3 * stride - 1)));
    __m128i before = _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), 0x88));
    __m128i ends = _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), 0xdd));

    return _mm_sub_epi32(ends, before);
}

BL_AVX512 static inline __m512i texts_of(const char *bytes, const uint32_t *at, size_t stride)
{
    __m256i low = _mm256_loadu2_m128i((const __m128i *)(bytes + at[stride] - 16), (const __m128i *)(bytes + at[0] - 16));
    __m256i high = _mm256_loadu2_m128i((const __m128i *)(bytes + at[3 * stride] - 16),
                                       (const __m128i *)(bytes + at[2 * stride] - 16));

    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/* Integers of 16 digits each. */
BL_AVX512 static inline __m256i integers_of(__m512i digits)
{
    __m512i pairs = _mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x010a));
    __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00010064));
    __m512i eights = _mm512_madd_epi16(_mm512_packus_epi32(fours, fours), _mm512_set1_epi32(0x00012710));
    __m256i both = _mm512_castsi512_si256(_mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 0, 2, 4, 6), eights));

    return _mm256_add_epi64(_mm256_mul_epu32(both, _mm256_set1_epi64x(100000000)), _mm256_srli_epi64(both, 32));
}

/* A bit for each lane that has any. */
BL_AVX512 static inline __mmask8 lanes_with(uint64_t bits)
{
    __m256i lanes = _mm256_cvtepu16_epi64(_mm_cvtsi64_si128((long long)bits));

    return _mm256_test_epi64_mask(lanes, lanes);
}

/* Writes four numbers; the result has a bit for each cell that has to be read in another way. */
BL_AVX512 static inline unsigned four_decimals(const char *bytes, const uint32_t *at, size_t stride, double *out)
{
    const __m512i places = _mm512_broadcast_i32x4(_mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    const __m512d low = _mm512_setr_pd(1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7);
    const __m512d high = _mm512_setr_pd(1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15);
    __m128i width = widths_of(at, stride);
    __m256i fields = _mm256_srlv_epi64(_mm256_set1_epi64x(0x1fffe0000), _mm256_cvtepu32_epi64(width));
    uint64_t field = (uint64_t)_mm_cvtsi128_si64(_mm256_cvtepi64_epi16(fields));
    __m512i text = texts_of(bytes, at, stride), digits = _mm512_sub_epi8(text, _mm512_set1_epi8('0'));
    struct four f = take_apart(field, _mm512_cmple_epu8_mask(digits, _mm512_set1_epi8(9)),
                               _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('-')),
                               _mm512_cmpeq_epi8_mask(text, _mm512_set1_epi8('.')));
    __m512i without_points = _mm512_mask_sub_epi8(places, f.before_point, places, _mm512_set1_epi8(1));
    __m256i whole = integers_of(_mm512_shuffle_epi8(_mm512_maskz_mov_epi8(f.digits, digits), without_points));
    /* 48 + digits behind the point, or 64: its last four bits choose the power of ten */
    __m256i behind = _mm256_lzcnt_epi64(_mm256_cvtepu16_epi64(_mm_cvtsi64_si128((long long)f.before_point)));
    __m512d power = _mm512_permutex2var_pd(low, _mm512_castsi256_si512(behind), high);
    __m256d value = _mm256_div_pd(_mm256_cvtepi64_pd(whole), _mm512_castpd512_pd256(power));
    __mmask8 negative = lanes_with(f.negative);
    __mmask8 bad = _mm_cmpgt_epu32_mask(width, _mm_set1_epi32(17)) |
                   _mm256_cmpgt_epu64_mask(whole, _mm256_set1_epi64x((long long)EXACT_MAX));

    _mm256_storeu_pd(out, _mm256_mask_xor_pd(value, negative, value, _mm256_set1_pd(-0.0)));
    if (f.bad)
        bad |= lanes_with(f.bad);
    return bad;
}

/* One cell of any column that four_decimals left. */
BL_AVX512 static double one_number(const struct bl_csv_tile *t, size_t row, size_t column)
{
    const char *begin = bl_csv_cell_begin(t, row, column), *end = bl_csv_cell_end(t, row, column), *digits_end = end;
    double value;

    if (column + 1 == t->columns && end > begin && end[-1] == '\r')
        digits_end--;
    if ((size_t)(digits_end - begin) - 1 < 16 && decimal_sse4(begin, digits_end, &value))
        return value;
    return t->slow(t->context, column, begin, end);
}

/* The cells at the outer edges of a record need a look at empty lines and CR: such cells are no plain
 * decimals, so that one_number sees them. */
BL_AVX512 static void numbers_avx512(const struct bl_csv_tile *t, size_t column, double *out)
{
    const uint32_t *at = t->at + column;
    struct bl_csv_tile rest = *t;
    size_t row = 0;

    for (; row + 4 <= t->rows; row += 4, at += 4 * t->columns) {
        unsigned bad = four_decimals(t->bytes, at, t->columns, out + row);

        for (; __builtin_expect(bad, 0); bad &= bad - 1) {
            size_t k = row + (size_t)__builtin_ctz(bad);

            out[k] = one_number(t, k, column);
        }
    }
    rest.at = t->at + row * t->columns;
    rest.rows = t->rows - row;
    numbers_sse4(&rest, column, out + row);
}
#endif

#if BL_X86
/* Lines end in CRLF, as far as the first tells. */
static bool ends_in_cr(const struct bl_csv_tile *t)
{
    return t->rows && t->at[t->columns - 1] && t->bytes[t->at[t->columns - 1] - 1] == '\r';
}
#endif

void bl_csv_numbers(const struct bl_csv_tile *t, size_t column, double *out)
{
#if BL_X86
    if (bl_units() == BL_UNITS_AVX512 && !(column + 1 == t->columns && ends_in_cr(t))) {
        numbers_avx512(t, column, out);
        return;
    }
    if (bl_units() >= BL_UNITS_AVX2) {
        numbers_sse4(t, column, out);
        return;
    }
#endif
    numbers_portable(t, column, out);
}
