/* Text to number, correctly rounded and without the locale. Three roads, each for what the one
 * before cannot decide: one exact multiplication or division (Clinger 1990), a 128-bit product
 * with a table of powers of five (Eisel; Lemire, "Number parsing at a gigabyte per second",
 * 2021), and the C library's strtod in the C locale on a canonical copy.
 *
 * Most long cells of most tables have at most 16 characters and no exponent. They do not even
 * reach the scanner: they are taken as two words, without a loop whose end the processor would
 * have to guess. */
#define _GNU_SOURCE
#include "batchlab/base.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "powers.h"

#define EXACT_DIGITS 19   /* decimal digits that always fit in 64 bits */
#define DIGITS_MAX 770    /* more than decide any double: 767, and one that stands for the rest */
#define EXPONENT_MAX 1000000000

/* |value| = w × 10^q; `more` if nonzero digits behind the first 19 were left out of w. */
struct decimal {
    uint64_t w;
    int64_t q;
    bool negative, more;
};

struct span {
    const char *at, *end;
};

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static bool are_eight_digits(uint64_t bytes)
{
    return ((bytes & 0xf0f0f0f0f0f0f0f0) |
            (((bytes + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) == 0x3333333333333333;
}

/* Eight digits at once: pairs, then fours, then all, by multiplications that add neighbours. */
static uint32_t eight_digits(uint64_t bytes)
{
    bytes -= 0x3030303030303030;
    bytes = bytes * 10 + (bytes >> 8);
    bytes = ((bytes & 0x000000ff000000ff) * 0x000f424000000064 +
             ((bytes >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >> 32;
    return (uint32_t)bytes;
}

/* Appends digits to *w, modulo 2^64, and returns where they end. */
static inline const char *read_digits(const char *p, const char *end, uint64_t *w)
{
    uint64_t value = *w;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t bytes;

    while (end - p >= 8 && (memcpy(&bytes, p, 8), are_eight_digits(bytes))) {
        value = value * 100000000 + eight_digits(bytes);
        p += 8;
    }
#endif
    for (; p < end && is_digit(*p); p++)
        value = value * 10 + (uint64_t)(*p - '0');
    *w = value;
    return p;
}

static bool read_exponent(struct span *text, int64_t *exponent)
{
    const char *p = text->at + 1; /* behind the e */
    bool negative = p < text->end && *p == '-';
    int64_t e = 0;

    if (p < text->end && (*p == '-' || *p == '+'))
        p++;
    if (p == text->end || !is_digit(*p))
        return false;
    for (; p < text->end && is_digit(*p); p++)
        if (e < EXPONENT_MAX)
            e = e * 10 + (*p - '0');
    *exponent = negative ? -e : e;
    text->at = p;
    return true;
}

/* The same number again, when it has more than 19 digits: w takes the first significant ones. */
static void read_long(struct span digits, int64_t exponent, struct decimal *d)
{
    unsigned taken = 0;
    bool fraction = false;

    d->w = 0;
    d->q = exponent;
    for (const char *p = digits.at; p < digits.end; p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        if (taken < EXACT_DIGITS) {
            d->w = d->w * 10 + (uint64_t)(*p - '0');
            taken += d->w != 0;
            d->q -= fraction;
        } else {
            d->more |= *p != '0';
            d->q += !fraction;
        }
    }
}

static struct span without_blanks(const char *s, size_t n)
{
    const char *end = s + n;

    while (s < end && (*s == ' ' || *s == '\t'))
        s++;
    while (s < end && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    return (struct span){ s, end };
}

/* Fills d, and *digits with the digits and the point. False if the text is not a number. */
static inline bool scan(struct span text, struct decimal *d, struct span *digits)
{
    const char *p = text.at;
    int64_t exponent = 0;

    *d = (struct decimal){ 0 };
    if (p < text.end && (*p == '-' || *p == '+'))
        d->negative = *p++ == '-';
    digits->at = p;
    p = read_digits(p, text.end, &d->w);
    size_t count = (size_t)(p - digits->at);

    if (p < text.end && *p == '.') {
        const char *point = p;

        p = read_digits(p + 1, text.end, &d->w);
        size_t behind = (size_t)(p - point) - 1;

        count += behind;
        d->q = -(int64_t)behind;
    }
    digits->end = p;
    if (count == 0)
        return false;
    if (p < text.end && (*p | 0x20) == 'e') {
        struct span rest = { p, text.end };

        if (!read_exponent(&rest, &exponent))
            return false;
        p = rest.at;
    }
    d->q += exponent;
    if (count > EXACT_DIGITS)
        read_long(*digits, exponent, d);
    return p == text.end;
}

static const double powers_of_ten[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                        1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                        1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
#define EXACT_POWER 22
#define EXACT_INTEGER ((uint64_t)1 << 53)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SHORT_MIN 8 /* below, the scanner is as fast */
#define SHORT_MAX 16
#define ALL_ZEROS 0x3030303030303030 /* eight times '0' */

static uint64_t load_8(const char *p)
{
    uint64_t bytes;

    memcpy(&bytes, p, sizeof bytes);
    return bytes;
}

/* Sets words[0], words[1] to the 8 to 16 characters, moved to the right and filled up with zeros
 * on the left. The loads overlap, but never leave [s, s + n). */
static inline void align_right(const char *s, size_t n, uint64_t words[2])
{
    unsigned half = 4 * (unsigned)(n - 8); /* in two steps: a shift by 64 is undefined */

    words[0] = (ALL_ZEROS & UINT64_MAX >> half >> half) | load_8(s) << (32 - half) << (32 - half);
    words[1] = load_8(s + n - 8);
}

/* The first point among eight characters: the top bit of its byte; 0 if there is none. */
static uint64_t find_point(uint64_t word)
{
    uint64_t x = word ^ 0x2e2e2e2e2e2e2e2e;

    x = (x - 0x0101010101010101) & ~x & 0x8080808080808080;
    return x & (0 - x);
}

/* Takes the point out by moving what is left of it, and `from` comes in on the left. */
static uint64_t close_gap(uint64_t word, uint64_t point, uint64_t from)
{
    uint64_t left = (point >> 7) - 1; /* the bytes before the point */

    return (word & ~(left << 8 | 0xff)) | (word & left) << 8 | from;
}

/* Digits with at most one point, 8 to 16 characters and up to 2^53; false for all else, which
 * need not mean that it is no number. */
static inline bool parse_short(const char *s, size_t n, double *value)
{
    uint64_t words[2], point;
    unsigned behind = 0; /* digits behind the point */
    size_t negative = n > 0 && *s == '-';

    s += negative;
    n -= negative;
    if (n < SHORT_MIN || n > SHORT_MAX)
        return false;
    align_right(s, n, words);
    if ((point = find_point(words[1]))) {
        behind = (unsigned)__builtin_clzll(point) / 8;
        words[1] = close_gap(words[1], point, words[0] >> 56);
        words[0] = words[0] << 8 | '0';
    } else if ((point = find_point(words[0]))) {
        behind = 8 + (unsigned)__builtin_clzll(point) / 8;
        words[0] = close_gap(words[0], point, '0');
    }
    if (!are_eight_digits(words[0]) || !are_eight_digits(words[1]))
        return false;
    uint64_t w = eight_digits(words[0]) * UINT64_C(100000000) + eight_digits(words[1]);

    if (w > EXACT_INTEGER)
        return false;
    double x = (double)w / powers_of_ten[behind];
    *value = negative ? -x : x;
    return true;
}
#else
static bool parse_short(const char *s, size_t n, double *value)
{
    (void)s, (void)n, (void)value;
    return false;
}
#endif

/* The top 128 bits of w × 5^q for a w whose top bit is set; the low half only where the high one
 * leaves the rounding open. */
static inline void multiply(uint64_t w, const uint64_t power[2], uint64_t *high, uint64_t *low)
{
    __extension__ typedef unsigned __int128 wide;
    const uint64_t open = UINT64_MAX >> 55; /* bits below the 53 + 2 that rounding needs */
    wide product = (wide)w * power[0];

    if (((uint64_t)(product >> 64) & open) == open)
        product += (uint64_t)(((wide)w * power[1]) >> 64);
    *high = (uint64_t)(product >> 64);
    *low = (uint64_t)product;
}

/* Bits of the double nearest to w × 10^q, w > 0 (Lemire 2021, algorithm 1, with his treatment of
 * ties and subnormals). False where the product does not decide. Too large gives infinity. */
static bool nearest_bits(uint64_t w, int64_t q, uint64_t *bits)
{
    const uint64_t infinity = 0x7ff0000000000000;
    uint64_t high, low;

    if (q < POWER_LEAST || q > POWER_MOST) {
        *bits = q < 0 ? 0 : infinity;
        return true;
    }
    int shift = __builtin_clzll(w);

    multiply(w << shift, powers_of_five[q - POWER_LEAST], &high, &low);
    if (low == UINT64_MAX && (q < -27 || q > 55))
        return false;
    int top = (int)(high >> 63);
    uint64_t m = high >> (top + 9); /* 53 bits and one for rounding */
    /* floor(q · log2(10)) for every q of the table, with the bias of the exponent */
    int exponent = (int)((217706 * q) >> 16) + 63 + top - shift + 1023;

    if (exponent <= 0) { /* subnormal, or nothing left */
        if (exponent <= -62) {
            *bits = 0;
            return true;
        }
        m >>= 1 - exponent;
        m = (m + (m & 1)) >> 1;
        *bits = m; /* a carry into bit 52 is the smallest normal number, as it should be */
        return true;
    }
    /* Exactly between two doubles, which only small powers allow: to the even one. */
    if (low <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 && m << (top + 9) == high)
        m &= ~(uint64_t)1;
    m = (m + (m & 1)) >> 1;
    if (m >> 53) {
        m >>= 1;
        exponent++;
    }
    *bits = exponent >= 0x7ff ? infinity
                              : (m & 0x000fffffffffffff) | (uint64_t)exponent << 52;
    return true;
}

static locale_t c_locale;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* The significant digits without the point, then the exponent. Digits that cannot decide any
 * more are stood for by a single 1. */
static double slow_value(struct span digits, int64_t q)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char text[DIGITS_MAX + 32];
    bool rest = false;
    size_t n = 0;

    for (const char *p = digits.at; p < digits.end; p++) {
        if (*p == '.' || (n == 0 && *p == '0'))
            continue;
        if (n < DIGITS_MAX)
            text[n++] = *p;
        else
            rest |= *p != '0';
    }
    /* q belongs to the first 19 digits */
    if (n > EXACT_DIGITS)
        q -= (int64_t)(n - EXACT_DIGITS);
    if (rest) {
        text[n++] = '1';
        q--;
    }
    if (q > 100000 || q < -100000) /* all digits together cannot bring this back */
        q = q > 0 ? 100000 : -100000;
    snprintf(text + n, sizeof text - n, "e%d", (int)q);
    pthread_once(&once, make_c_locale);
    return c_locale ? strtod_l(text, NULL, c_locale) : strtod(text, NULL);
}

static double exact_value(const struct decimal *d, struct span digits)
{
    uint64_t bits, next;
    double x;

    if (nearest_bits(d->w, d->q, &bits) &&
        (!d->more || (nearest_bits(d->w + 1, d->q, &next) && next == bits))) {
        memcpy(&x, &bits, sizeof x);
        return x;
    }
    return slow_value(digits, d->q);
}

bool bl_number_beyond(const char *s, size_t n)
{
    struct decimal d;
    struct span digits;
    double x;

    return !bl_number_parse(s, n, &x) && scan(without_blanks(s, n), &d, &digits);
}

bool bl_number_parse(const char *s, size_t n, double *value)
{
    struct decimal d;
    struct span digits;
    double x;

    if (parse_short(s, n, value))
        return true;
    if (!scan(without_blanks(s, n), &d, &digits))
        return false;
    if (d.w <= EXACT_INTEGER && d.q >= -EXACT_POWER && d.q <= EXACT_POWER && !d.more)
        x = d.q < 0 ? (double)d.w / powers_of_ten[-d.q] : (double)d.w * powers_of_ten[d.q];
    else
        x = d.w ? exact_value(&d, digits) : 0;
    if (isinf(x))
        return false;
    *value = d.negative ? -x : x;
    return true;
}

bool bl_integer_parse(const char *s, size_t n, int64_t *value)
{
    struct span text = without_blanks(s, n);
    const char *p = text.at;
    bool negative = p < text.end && *p == '-';
    uint64_t limit = (uint64_t)INT64_MAX + negative, x = 0;

    if (p < text.end && (*p == '-' || *p == '+'))
        p++;
    if (p == text.end)
        return false;
    for (; p < text.end; p++) {
        uint64_t digit = (uint64_t)(*p - '0');

        if (!is_digit(*p) || x > (limit - digit) / 10)
            return false;
        x = x * 10 + digit;
    }
    *value = negative ? (int64_t)(0 - x) : (int64_t)x;
    return true;
}
