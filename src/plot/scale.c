/* From values to places: linear and log scales, and limits that move only in steps. */
#include <math.h>

#include "draw.h"

#define TEN 2.302585092994046 /* ln 10 */

struct bl_scale bl_scale_make(double min, double max, bool log)
{
    struct bl_scale s = {min, max, log, 0, 1};

    if (log) {
        s.low = bl_log(min);
        s.span = bl_log(max) - s.low;
    } else {
        s.low = min / 2; /* halves: the span of ±1e308 is finite */
        s.span = max / 2 - s.low;
    }
    if (!(s.span > 0))
        s.span = 1;
    return s;
}

double bl_scale_at(const struct bl_scale *s, double value)
{
    if (s->log)
        return value > 0 ? (bl_log(value) - s->low) / s->span : NAN;
    return (value / 2 - s->low) / s->span;
}

double bl_scale_value(const struct bl_scale *s, double at)
{
    if (s->log)
        return bl_exp(s->low + at * s->span);
    return (s->low + at * s->span) * 2;
}

void bl_range_add(struct bl_range *r, double value, bool log)
{
    if (!(value - value == 0))
        return;
    if (log && value <= 0) {
        r->not_positive++;
        return;
    }
    if (!r->any || value < r->min)
        r->min = value;
    if (!r->any || value > r->max)
        r->max = value;
    r->any = true;
}

/* ---- limits ---------------------------------------------------------------------------------*/

/* The place of a value among 1, 2, 3, 5 times powers of ten: 1-2-5 alone would leave up to 0.4 of
 * a decade empty, and the 3 halves that. */
static double log_limit(double value, bool up)
{
    static const int digits[] = {1, 2, 3, 5, 10};
    int e = bl_exponent10(value);
    double best = value;

    for (size_t i = 0; i < 5; i++) {
        double limit = digits[i] * (e < 0 && e >= -22 ? 1 : bl_power10(e));
        if (e < 0 && e >= -22)
            limit /= bl_power10(-e);
        if (up && limit >= value)
            return limit < HUGE_VAL ? limit : value;
        if (!up && limit <= value && limit > 0)
            best = limit;
    }
    return best;
}

static void log_limits(double *min, double *max)
{
    double from = log_limit(*min, false), to = log_limit(*max, true);

    if (!(from < to)) {
        from = *min / 2 > 0 ? log_limit(*min / 2, false) : *min;
        to = *max * 2 < HUGE_VAL ? log_limit(*max * 2, true) : *max;
    }
    *min = from;
    *max = from < to ? to : from * 2;
}

static void linear_limits(double *min, double *max)
{
    double half = *max / 2 - *min / 2, size = fmax(fabs(*min), fabs(*max));
    struct bl_step step;
    double from, to;

    if (half < size * 1e-9) /* all equal, or equal for every eye */
        half = size > 0 ? size / 4 : 0.5;
    step = bl_step_for(half / 5 * 2);
    from = bl_step_times(floor(bl_step_count(*min, step) + 1e-9), step);
    to = bl_step_times(ceil(bl_step_count(*max, step) - 1e-9), step);
    if (!(from < to)) {
        from -= *min == 0 && *max == 0 ? 0 : bl_step_times(1, step);
        to += bl_step_times(*min == 0 && *max == 0 ? 5 : 1, step);
    }
    if (from <= *min && from > -HUGE_VAL)
        *min = from;
    if (to >= *max && to < HUGE_VAL)
        *max = to;
    if (!(*min < *max))
        *max = *min + (size > 0 ? size / 2 : 1);
    if (!(*max < HUGE_VAL)) {
        *max = size;
        *min = size / 2;
    }
}

static double fill(const struct bl_range *data, double min, double max, bool log)
{
    struct bl_scale s = bl_scale_make(min, max, log);

    return bl_scale_at(&s, data->max) - bl_scale_at(&s, data->min);
}

/* Grows when data leaves, shrinks when it fills less than 40 %; else stays. */
static void remember(struct bl_axis_memory *m, const struct bl_range *data, bool log, double *min, double *max)
{
    bool usable = m->set && m->log == log && m->min < m->max && (!log || m->min > 0);

    if (usable && fill(data, m->min, m->max, log) >= 0.4) {
        if (data->min >= m->min)
            *min = m->min;
        if (data->max <= m->max)
            *max = m->max;
        if (fill(data, *min, *max, log) < 0.4) {
            *min = data->min;
            *max = data->max;
            (log ? log_limits : linear_limits)(min, max);
        }
    }
    *m = (struct bl_axis_memory){*min, *max, log, true};
}

struct bl_scale bl_axis_scale(const struct bl_axis *axis, const struct bl_range *data)
{
    double min = axis->log ? 0.1 : 0, max = 1;
    bool same = axis->min == axis->max; /* a zero-initialised axis gives no limits */
    bool min_given = isfinite(axis->min) && (!axis->log || axis->min > 0) && !same;
    bool max_given = isfinite(axis->max) && (!axis->log || axis->max > 0) && !same;

    if (data->any) {
        min = data->min;
        max = data->max;
        (axis->log ? log_limits : linear_limits)(&min, &max);
        if (axis->memory && !(min_given && max_given))
            remember(axis->memory, data, axis->log, &min, &max);
    }
    if (min_given)
        min = axis->min;
    if (max_given)
        max = axis->max;
    if (!(min < max)) { /* one given limit beyond all data */
        if (max_given && !min_given)
            min = axis->log ? max / 10 : max - (max > 0 ? max : 1);
        else
            max = axis->log ? min * 10 : min + (min > 0 ? min : 1);
    }
    if (!(min < max) || !isfinite(min) || !isfinite(max) || (axis->log && min <= 0)) {
        min = axis->log ? 0.1 : 0;
        max = 1;
    }
    return bl_scale_make(min, max, axis->log);
}
