/* Ticks at 1, 2 or 5 times a power of ten, and their texts. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw.h"

double bl_power10(int exponent)
{
    static const double exact[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

    if (exponent >= 0 && exponent <= 22)
        return exact[exponent];
    if (exponent < 0 && exponent >= -22)
        return 1 / exact[-exponent];
    return pow(10, exponent);
}

int bl_exponent10(double x)
{
    int e = (int)floor(bl_log(x) / 2.302585092994046);

    if (e < -323)
        return -323;
    if (e < 308 && bl_power10(e + 1) <= x)
        e++;
    if (e > -323 && bl_power10(e) > x)
        e--;
    return e;
}

struct bl_step bl_step_for(double raw)
{
    static const int digits[] = {1, 2, 5};
    struct bl_step step = {1, -300};

    if (!(raw > 1e-300))
        return step;
    step.exponent = bl_exponent10(raw);
    for (size_t i = 0; i < 3; i++) {
        step.digit = digits[i];
        if (bl_step_times(1, step) >= raw * (1 - 1e-12))
            return step;
    }
    return (struct bl_step){1, step.exponent + 1};
}

double bl_step_times(double k, struct bl_step step)
{
    if (step.exponent < 0 && step.exponent >= -22)
        return k * step.digit / bl_power10(-step.exponent);
    return k * step.digit * bl_power10(step.exponent);
}

double bl_step_count(double value, struct bl_step step)
{
    if (step.exponent < 0 && step.exponent >= -22)
        return value / step.digit * bl_power10(-step.exponent);
    return value / step.digit / bl_power10(step.exponent);
}

/* ---- where ----------------------------------------------------------------------------------*/

static size_t linear_ticks(double min, double max, size_t wanted, double *ticks, size_t limit, int *decimals)
{
    struct bl_step step = bl_step_for((max / 2 - min / 2) / (double)wanted * 2);
    double first = 0, last = -1;
    size_t n = 0;

    for (int tries = 0; tries < 6; tries++) {
        first = ceil(bl_step_count(min, step) - 1e-9);
        last = floor(bl_step_count(max, step) + 1e-9);
        if (last - first < (double)wanted)
            break;
        step = bl_step_for(bl_step_times(1.5, step));
    }
    for (double k = first; k <= last && n < limit && n < wanted; k++)
        ticks[n++] = bl_step_times(k, step) + 0.0; /* no negative zero */
    *decimals = step.exponent < 0 ? -step.exponent : 0;
    if (*decimals > 6 || fmax(fabs(min), fabs(max)) >= 1e6)
        *decimals = -1;
    return n;
}

/* Digits × powers of ten inside [min, max]; only counts when ticks is NULL. */
static size_t decade_ticks(double min, double max, const char *digits, double *ticks, size_t limit)
{
    int from = bl_exponent10(min), to = bl_exponent10(max);
    size_t n = 0;

    for (int e = from; e <= to; e++)
        for (const char *d = digits; *d; d++) {
            double tick = bl_step_times(1, (struct bl_step){*d - '0', e});
            if (tick < min * (1 - 1e-12) || tick > max * (1 + 1e-12) || n >= limit)
                continue;
            if (ticks)
                ticks[n] = tick;
            n++;
        }
    return n;
}

static size_t power_ticks(double min, double max, size_t wanted, double *ticks, size_t limit)
{
    static const int strides[] = {1, 2, 3, 5, 10, 20, 50, 100, 200, 500};
    int from = bl_exponent10(min), to = bl_exponent10(max);
    size_t n = 0, s = 0;

    if (bl_power10(from) < min * (1 - 1e-12))
        from++;
    while (s < 9 && (to - from) / strides[s] + 1 > (int)wanted)
        s++;
    for (int e = from; e <= to && n < limit; e++)
        if (e % strides[s] == 0)
            ticks[n++] = bl_power10(e);
    return n;
}

static size_t log_ticks(double min, double max, size_t wanted, double *ticks, size_t limit, int *decimals)
{
    static const char *const digits[] = {"125", "15", "1"};
    double decades = (bl_log(max) - bl_log(min)) / 2.302585092994046;

    *decimals = -1;
    if (decades > 2 + 1e-9)
        return power_ticks(min, max, wanted, ticks, limit);
    for (size_t i = 0; i < 3; i++) {
        size_t n = decade_ticks(min, max, digits[i], NULL, SIZE_MAX);
        if (n < 2)
            break;
        if (n > wanted)
            continue;
        *decimals = max >= 1e6 ? -1 : min < 1 ? -bl_exponent10(min) : 0; /* 2e10, not its eleven digits */
        return decade_ticks(min, max, digits[i], ticks, limit);
    }
    return linear_ticks(min, max, wanted, ticks, limit, decimals);
}

size_t bl_ticks(double min, double max, bool log, size_t wanted, double *ticks, size_t limit, int *decimals)
{
    *decimals = 0;
    if (!(min < max) || isinf(min) || isinf(max) || wanted == 0 || limit == 0 || (log && min <= 0))
        return 0;
    return log ? log_ticks(min, max, wanted, ticks, limit, decimals)
               : linear_ticks(min, max, wanted, ticks, limit, decimals);
}

/* ---- texts ----------------------------------------------------------------------------------*/

/* |value| < 1e15 with fixed decimals; needs no locale. */
static void fixed(char *buffer, size_t size, double value, int decimals)
{
    char digits[40];
    long long scaled;
    int n;

    decimals = decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
    while (decimals > 0 && fabs(value) * bl_power10(decimals) > 9e17)
        decimals--;
    scaled = llround(fabs(value) * bl_power10(decimals));
    n = snprintf(digits, sizeof digits, "%s%010lld", value < 0 && scaled != 0 ? "-" : "", scaled);
    if (decimals > 0) {
        memmove(digits + n - decimals + 1, digits + n - decimals, (size_t)decimals + 1);
        digits[n - decimals] = '.';
    }
    n = digits[0] == '-'; /* leading zeros go, the one before the point stays */
    for (int at = n; digits[at] == '0' && digits[at + 1] >= '0' && digits[at + 1] <= '9';)
        memmove(digits + at, digits + at + 1, strlen(digits + at));
    snprintf(buffer, size, "%s", digits);
}

static void strip_zeros(char *text)
{
    size_t n = strlen(text);

    if (!strchr(text, '.'))
        return;
    while (text[n - 1] == '0')
        n--;
    text[text[n - 1] == '.' ? n - 1 : n] = '\0';
}

/* 1.5e6, 2e-5, 1e300: as short as it can be. */
static void scientific(char *buffer, size_t size, double value)
{
    int e = bl_exponent10(fabs(value));
    double mantissa = e < -290 ? value * 1e20 / bl_power10(e + 20) : value / bl_power10(e);
    char digits[32];

    if (fabs(mantissa) >= 10 - 5e-10) {
        mantissa /= 10;
        e++;
    }
    fixed(digits, sizeof digits, mantissa, 9);
    strip_zeros(digits);
    snprintf(buffer, size, "%se%d", digits, e);
}

const char *bl_tick_format(char *buffer, size_t size, double tick, bool log, int decimals, bool count)
{
    double magnitude = fabs(tick);

    if (!(magnitude < INFINITY))
        snprintf(buffer, size, "%s", isnan(tick) ? "nan" : tick < 0 ? "-inf" : "inf");
    else if (tick == 0)
        fixed(buffer, size, 0, decimals > 0 && !count && !log ? decimals : 0);
    else if (count)
        bl_count_format(buffer, size, tick);
    else if (decimals < 0 || magnitude >= 1e15)
        scientific(buffer, size, tick);
    else
        fixed(buffer, size, tick, decimals > 9 ? 9 : decimals);
    if (log && decimals >= 0 && !count)
        strip_zeros(buffer);
    return buffer;
}

void bl_tick_set_make(struct bl_tick_set *set, const struct bl_scale *s, size_t wanted, bool count)
{
    int decimals;

    memset(set, 0, sizeof *set);
    set->n = bl_ticks(s->min, s->max, s->log, wanted, set->at, BL_TICKS, &decimals);
    for (size_t i = 0; i < set->n; i++) {
        bl_tick_format(set->text[i], sizeof set->text[i], set->at[i], s->log, decimals, count);
        if ((int)strlen(set->text[i]) > set->width)
            set->width = (int)strlen(set->text[i]);
    }
}
