/* Numbers to text: for people, and exactly for files. */
#define _GNU_SOURCE
#include "batchlab/base.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 17

/* snprintf, with a point for a decimal mark whatever the locale. */
static int BL_PRINTF(3, 4) print(char *buffer, size_t size, const char *format, ...)
{
    va_list args;
    char *to = buffer;

    va_start(args, format);
    int n = vsnprintf(buffer, size, format, args);
    va_end(args);
    if (size == 0 || n < 0)
        return 0;
    for (const char *from = buffer; *from; from++) {
        if ((unsigned char)(*from - '0') < 10 || strchr("+-.aefinxkMGTB: msuh", *from))
            *to++ = *from;
        else if (to == buffer || to[-1] != '.') /* a mark may have several bytes */
            *to++ = '.';
    }
    *to = '\0';
    return (int)(to - buffer);
}

/* Writes what is no finite number; NULL for a finite one. */
static const char *not_finite(char *buffer, size_t size, double x)
{
    if (isfinite(x))
        return NULL;
    snprintf(buffer, size, "%s", isnan(x) ? "nan" : x < 0 ? "-inf" : "inf");
    return buffer;
}

const char *bl_number_format(char *buffer, size_t size, double x, int digits)
{
    char rounded[40];

    if (not_finite(buffer, size, x))
        return buffer;
    digits = digits < 1 ? 1 : digits > DIGITS_MAX ? DIGITS_MAX : digits;
    x = x == 0 ? 0 : x; /* no negative zero */
    /* The exponent after rounding decides: 9.9996 is 10.00 in four digits. */
    print(rounded, sizeof rounded, "%.*e", digits - 1, x);
    int exponent = atoi(strchr(rounded, 'e') + 1);
    bool long_whole = exponent >= digits - 1 && fabs(x) < 999999.5;

    if ((exponent >= 6 && !long_whole) || (x != 0 && exponent < -4))
        print(buffer, size, "%s", rounded);
    else
        print(buffer, size, "%.*f", exponent < digits ? digits - 1 - exponent : 0, x);
    return buffer;
}

const char *bl_number_full(char *buffer, size_t size, double x)
{
    if (!not_finite(buffer, size, x))
        print(buffer, size, "%.17g", x);
    return buffer;
}

const char *bl_number_exact(char *buffer, size_t size, double x)
{
    char text[40];
    double back;

    if (not_finite(buffer, size, x))
        return buffer;
    /* 15 digits give the shortest form of every number that has one of up to 15, except among
     * the subnormal ones, which carry fewer bits. */
    int digits = fabs(x) < 2.2250738585072014e-308 ? 1 : 15;

    for (; digits <= DIGITS_MAX; digits++) {
        int n = print(text, sizeof text, "%.*g", digits, x);

        if (bl_number_parse(text, (size_t)n, &back) && back == x)
            break;
    }
    snprintf(buffer, size, "%s", text);
    return buffer;
}

/* Three significant digits at most, in steps of 1000 with these units. */
static const char *with_unit(char *buffer, size_t size, double x, const char *const units[5],
                             const char *gap)
{
    int unit = 0;

    while (fabs(x) >= 999.5 && unit < 4) {
        x /= 1000;
        unit++;
    }
    if (fabs(x) >= 999.5)
        print(buffer, size, "%.0f%s%s", x, gap, units[unit]);
    else
        print(buffer, size, "%.3g%s%s", x, gap, units[unit]);
    return buffer;
}

const char *bl_count_format(char *buffer, size_t size, double count)
{
    static const char *const units[] = { "", "k", "M", "G", "T" };

    if (not_finite(buffer, size, count))
        return buffer;
    return with_unit(buffer, size, count, units, "");
}

const char *bl_bytes_format(char *buffer, size_t size, double bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };

    if (not_finite(buffer, size, bytes))
        return buffer;
    return with_unit(buffer, size, bytes, units, " ");
}

const char *bl_seconds_format(char *buffer, size_t size, double seconds)
{
    if (not_finite(buffer, size, seconds))
        return buffer;
    if (seconds <= 0)
        print(buffer, size, "0 s");
    else if (seconds < 9.95e-6)
        print(buffer, size, "%.1f us", seconds * 1e6);
    else if (seconds < 999.5e-6)
        print(buffer, size, "%.0f us", seconds * 1e6);
    else if (seconds < 9.95e-3)
        print(buffer, size, "%.1f ms", seconds * 1e3);
    else if (seconds < 999.5e-3)
        print(buffer, size, "%.0f ms", seconds * 1e3);
    else if (seconds < 9.995)
        print(buffer, size, "%.2f s", seconds);
    else if (seconds < 59.95)
        print(buffer, size, "%.1f s", seconds);
    else if (seconds < 3599.5)
        print(buffer, size, "%d:%02d", (int)(seconds + 0.5) / 60, (int)(seconds + 0.5) % 60);
    else
        print(buffer, size, "%.0f:%02d:%02d", floor((seconds + 0.5) / 3600),
              (int)(fmod(seconds + 0.5, 3600) / 60), (int)fmod(seconds + 0.5, 60));
    return buffer;
}
