/* Reading and writing date-time values. */
#include "dates.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DAY 86400.0

struct when { int64_t year; int month, day, hour, minute, second, offset /* minutes east */; double fraction; bool afternoon, twelve; };

/* Days since 1970-01-01 of a Gregorian date: whole eras of 400 years, years that start in March
 * (E. M. Reingold and N. Dershowitz, "Calendrical Calculations"). */
static int64_t days_of(int64_t year, int month, int day)
{
    int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void date_of(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
    int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (*month <= 2);
}

static int month_length(int64_t year, int month)
{
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return month == 2 ? 28 + leap : 30 + ((month + (month > 7)) & 1);
}

static bool seconds_of(const struct when *w, double *seconds)
{
    if (w->month < 1 || w->month > 12 || w->day < 1 || w->day > month_length(w->year, w->month) || w->hour > 24 || w->minute > 59 ||
        w->second > 60 || (w->hour == 24 && (w->minute || w->second || w->fraction > 0)) || w->offset < -1440 || w->offset > 1440)
        return false;
    *seconds = (double)days_of(w->year, w->month, w->day) * DAY + (double)(w->hour * 3600 + (w->minute - w->offset) * 60 + w->second) +
               w->fraction;
    return true;
}

/* ---- pieces ----------------------------------------------------------------------------------------*/

struct scan { const char *at, *end; };

static bool take(struct scan *p, char c)
{
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

/* A number of `least` to `most` digits. */
static bool take_digits(struct scan *p, int least, int most, int *out)
{
    int n = 0, value = 0;

    while (n < most && p->at < p->end && isdigit((unsigned char)*p->at)) {
        value = 10 * value + (*p->at++ - '0');
        n++;
    }
    *out = value;
    return n >= least;
}

static bool take_year(struct scan *p, struct when *w)
{
    int year;

    if (!take_digits(p, 4, 4, &year))
        return false;
    w->year = year;
    return true;
}

static bool take_fraction(struct scan *p, double *fraction)
{
    double unit = 1, value = 0;
    int n = 0;

    for (; p->at < p->end && isdigit((unsigned char)*p->at); p->at++, n++)
        if (n < 15) {
            value = 10 * value + (*p->at - '0');
            unit *= 10;
        }
    *fraction = value / unit;
    return n > 0;
}

/* Z, +02:00, -0530, +01 */
static bool take_offset(struct scan *p, struct when *w)
{
    int sign = p->at < p->end && *p->at == '-' ? -1 : 1, hours, minutes = 0;

    if (take(p, 'Z') || take(p, 'z'))
        return true;
    if (!take(p, '+') && !take(p, '-'))
        return false;
    if (!take_digits(p, 2, 2, &hours))
        return false;
    if ((take(p, ':') || p->at < p->end) && !take_digits(p, 2, 2, &minutes))
        return false;
    w->offset = sign * (60 * hours + minutes);
    return minutes < 60;
}

static const char *const month_names[] = { "january", "february", "march", "april", "may", "june", "july",
                                           "august", "september", "october", "november", "december" };

/* Jan, Jan., January; true for any case. */
static bool take_month_name(struct scan *p, int *month)
{
    size_t n = 0;

    while (p->at + n < p->end && isalpha((unsigned char)p->at[n]))
        n++;
    for (int m = 0; m < 12; m++)
        if ((n == 3 || n == strlen(month_names[m]) || (m == 8 && n == 4)) && strncasecmp(p->at, month_names[m], n) == 0) {
            p->at += n;
            take(p, '.');
            *month = m + 1;
            return true;
        }
    return false;
}

static void skip_blanks(struct scan *p)
{
    while (take(p, ' '))
        ;
}

/* ---- forms -----------------------------------------------------------------------------------------*/

static bool take_iso(struct scan *p, struct when *w)
{
    char mark;

    if (!take_year(p, w) || p->at == p->end)
        return false;
    mark = *p->at++;
    if ((mark != '-' && mark != '/') || !take_digits(p, 2, 2, &w->month))
        return false;
    w->day = 1;
    if (p->at == p->end)
        return mark == '-';
    return take(p, mark) && take_digits(p, 2, 2, &w->day);
}

static bool take_marked(struct scan *p, char mark, int *first, int *second, struct when *w)
{
    return take_digits(p, 1, 2, first) && take(p, mark) && take_digits(p, 1, 2, second) && take(p, mark) && take_year(p, w);
}

static bool take_words(struct scan *p, struct when *w)
{
    char mark;

    if (p->at < p->end && isalpha((unsigned char)*p->at)) { /* Jan 31, 2011 */
        if (!take_month_name(p, &w->month))
            return false;
        skip_blanks(p);
        if (!take_digits(p, 1, 2, &w->day))
            return false;
        take(p, ',');
        skip_blanks(p);
        return take_year(p, w);
    }
    if (!take_digits(p, 1, 2, &w->day) || p->at == p->end)
        return false;
    mark = *p->at++;
    return (mark == ' ' || mark == '-' || mark == '/') && take_month_name(p, &w->month) && take(p, mark) && take_year(p, w);
}

static bool take_date(struct scan *p, enum bl_date_form form, struct when *w)
{
    switch (form) {
    case BL_DATE_ISO:
        return take_iso(p, w);
    case BL_DATE_DOTS:
        return take_marked(p, '.', &w->day, &w->month, w);
    case BL_DATE_WORDS:
        return take_words(p, w);
    case BL_DATE_DAY:
        return take_marked(p, '/', &w->day, &w->month, w);
    default:
        return take_marked(p, '/', &w->month, &w->day, w);
    }
}

/* What may follow the date; nothing is midnight. */
static bool take_time(struct scan *p, struct when *w)
{
    if (p->at == p->end)
        return true;
    if (!take(p, 'T') && !take(p, ' '))
        return false;
    if (!take_digits(p, 1, 2, &w->hour) || !take(p, ':') || !take_digits(p, 2, 2, &w->minute))
        return false;
    if (take(p, ':')) {
        if (!take_digits(p, 2, 2, &w->second))
            return false;
        if ((take(p, '.') || take(p, ',')) && !take_fraction(p, &w->fraction))
            return false;
    }
    skip_blanks(p);
    return p->at == p->end || take_offset(p, w);
}

bool bl_date_parse(const char *s, size_t n, enum bl_date_form form, double *seconds)
{
    struct scan p = { s, s + n };
    struct when w = { 0 };

    skip_blanks(&p);
    while (p.end > p.at && p.end[-1] == ' ')
        p.end--;
    return take_date(&p, form, &w) && take_time(&p, &w) && p.at == p.end && seconds_of(&w, seconds);
}

/* ---- patterns --------------------------------------------------------------------------------------*/

static bool take_weekday(struct scan *p)
{
    const char *start = p->at;

    while (p->at < p->end && isalpha((unsigned char)*p->at))
        p->at++;
    return p->at > start;
}

static bool take_half(struct scan *p, struct when *w)
{
    if (p->end - p->at < 2 || tolower((unsigned char)p->at[1]) != 'm')
        return false;
    w->afternoon = tolower((unsigned char)p->at[0]) == 'p';
    w->twelve = true;
    p->at += 2;
    return true;
}

static bool take_milliseconds(struct scan *p, struct when *w)
{
    int value;

    if (!take_digits(p, 1, 3, &value))
        return false;
    w->fraction = value / 1000.0;
    return true;
}

static bool take_short_year(struct scan *p, struct when *w)
{
    int year;

    if (!take_digits(p, 2, 2, &year))
        return false;
    w->year = year + (year < 70 ? 2000 : 1900);
    return true;
}

/* One run of the same letter. */
static bool take_letter(struct scan *p, char letter, int count, struct when *w)
{
    switch (letter) {
    case 'y':
        return count == 2 ? take_short_year(p, w) : take_year(p, w);
    case 'M':
        return count > 2 ? take_month_name(p, &w->month) : take_digits(p, 1, 2, &w->month);
    case 'd':
        return take_digits(p, 1, 2, &w->day);
    case 'H':
        return take_digits(p, 1, 2, &w->hour);
    case 'h':
        w->twelve = true;
        return take_digits(p, 1, 2, &w->hour) && w->hour >= 1 && w->hour <= 12;
    case 'm':
        return take_digits(p, 1, 2, &w->minute);
    case 's':
        return take_digits(p, 1, 2, &w->second);
    case 'S':
        return take_milliseconds(p, w);
    case 'a':
        return take_half(p, w);
    case 'E':
        return take_weekday(p);
    default:
        return strncasecmp(p->at, "UTC", (size_t)(p->end - p->at)) == 0 || strncasecmp(p->at, "GMT", (size_t)(p->end - p->at)) == 0
                   ? (p->at = p->end, true)
                   : take_offset(p, w);
    }
}

/* Text in quotes; two quotes are one, also outside. */
static bool take_quoted(struct scan *p, const char **pattern)
{
    const char *q = *pattern + 1;

    if (*q == '\'') {
        *pattern = q + 1;
        return take(p, '\'');
    }
    for (; *q && *q != '\''; q++)
        if (!take(p, *q))
            return false;
    *pattern = *q ? q + 1 : q;
    return true;
}

static const char pattern_letters[] = "yMdHhmsSaEZzX";

bool bl_date_pattern_known(const char *pattern)
{
    bool quoted = false, year = false;

    for (; *pattern; pattern++) {
        quoted ^= *pattern == '\'';
        if (!quoted && isalpha((unsigned char)*pattern) && !strchr(pattern_letters, *pattern))
            return false;
        year = year || (!quoted && *pattern == 'y');
    }
    return year && !quoted;
}

bool bl_date_pattern(const char *s, size_t n, const char *pattern, double *seconds)
{
    struct scan p = { s, s + n };
    struct when w = { .month = 1, .day = 1 };
    bool fine = true;

    while (fine && *pattern) {
        int count = 1;

        if (*pattern == '\'') {
            fine = take_quoted(&p, &pattern);
            continue;
        }
        if (!isalpha((unsigned char)*pattern)) {
            fine = take(&p, *pattern++);
            continue;
        }
        while (pattern[count] == *pattern)
            count++;
        fine = take_letter(&p, *pattern, count, &w);
        pattern += count;
    }
    if (w.twelve)
        w.hour = w.hour % 12 + (w.afternoon ? 12 : 0);
    return fine && p.at == p.end && seconds_of(&w, seconds);
}

void bl_date_parts(double seconds, int64_t *year, int *month, int *day)
{
    date_of((int64_t)floor(seconds / DAY), year, month, day);
}

/* ---- writing ---------------------------------------------------------------------------------------*/

const char *bl_date_format(char *buffer, size_t size, double seconds, bool time)
{
    double days = floor(seconds / DAY), rest = seconds - days * DAY;
    int64_t year;
    int month, day, whole, n;

    if (!(fabs(seconds) < 1e14)) { /* beyond what a calendar is for */
        bl_number_exact(buffer, size, seconds);
        return buffer;
    }
    if (rest >= DAY) { /* what rounding may do */
        days++;
        rest = 0;
    }
    date_of((int64_t)days, &year, &month, &day);
    n = snprintf(buffer, size, "%04lld-%02d-%02d", (long long)year, month, day);
    if (!time || n < 0 || (size_t)n >= size)
        return buffer;
    whole = (int)rest;
    n += snprintf(buffer + n, size - (size_t)n, "T%02d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    if (rest > whole && (size_t)n < size) { /* microseconds, without the zeros at the end */
        int micro = (int)((rest - whole) * 1e6 + 0.5);

        n += snprintf(buffer + n, size - (size_t)n, ".%06d", micro > 999999 ? 999999 : micro);
        while ((size_t)n < size && n > 0 && buffer[n - 1] == '0')
            buffer[--n] = '\0';
        if ((size_t)n < size && buffer[n - 1] == '.')
            buffer[n - 1] = '\0';
    }
    return buffer;
}
