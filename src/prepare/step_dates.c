/* dates: parts of a point in time as numbers, in UTC. Weekdays count from 1 (Monday) to 7. days is
 * the time since the earliest training row, in days. The civil calendar by Hinnant's algorithm. */
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

static const char *const part_names[] = {"year",   "month",  "day",       "weekday",
                                         "hour",   "minute", "second",    "yearday",
                                         "quarter", "days",  "weekend",   NULL};
enum part { YEAR, MONTH, DAY, WEEKDAY, HOUR, MINUTE, SECOND, YEARDAY, QUARTER, DAYS, WEEKEND };
#define USUAL "year,month,day,weekday,hour"

struct civil {
    int64_t year;
    int month, day, yearday; /* from 1 */
};

static struct civil civil_of(int64_t days)
{
    int64_t shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = shifted - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t from_march = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * from_march + 2) / 153;
    struct civil c = {.day = (int)(from_march - (153 * month + 2) / 5 + 1)};
    bool leap;

    c.month = (int)(month < 10 ? month + 3 : month - 9);
    c.year = year + era * 400 + (c.month <= 2);
    leap = (c.year % 4 == 0 && c.year % 100 != 0) || c.year % 400 == 0;
    c.yearday = (int)(c.month > 2 ? from_march + 60 + leap : from_march - 305);
    return c;
}

static double part_of(enum part part, double seconds, double first)
{
    double day = floor(seconds / 86400), rest = seconds - day * 86400;
    struct civil c = civil_of((int64_t)day);
    int weekday = (int)((((int64_t)day % 7) + 10) % 7) + 1; /* 1970-01-01 was a Thursday */

    switch (part) {
    case YEAR:
        return (double)c.year;
    case MONTH:
        return c.month;
    case DAY:
        return c.day;
    case WEEKDAY:
        return weekday;
    case HOUR:
        return floor(rest / 3600);
    case MINUTE:
        return floor(fmod(rest, 3600) / 60);
    case SECOND:
        return fmod(rest, 60);
    case YEARDAY:
        return c.yearday;
    case QUARTER:
        return (c.month + 2) / 3;
    case DAYS:
        return (seconds - first) / 86400;
    default:
        return weekday >= 6;
    }
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i]) && fabs(x[i]) < 1e15)
            x[i] = part_of((enum part)params[0], x[i], params[1]);
}

static size_t find_part(const char *word, size_t n)
{
    for (size_t k = 0; part_names[k]; k++)
        if (strlen(part_names[k]) == n && memcmp(part_names[k], word, n) == 0)
            return k;
    return SIZE_MAX;
}

static bool check_parts(const char *value, struct bl_error *err)
{
    for (const char *at = value; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        size_t n = strcspn(at, ",");
        if (find_part(at, n) == SIZE_MAX) {
            bl_fail(err, BL_VALUE, "a date has no part '%.*s'", (int)(n < 60 ? n : 60), at);
            return bl_hint(err, "parts: year month day weekday hour minute second yearday quarter "
                                "days weekend");
        }
    }
    return true;
}

static bool takes(const struct bl_step *s, enum bl_kind kind, bool asked)
{
    (void)s, (void)asked;
    return kind == BL_KIND_DATE;
}

static bool add_part(struct bl_fitter *f, size_t column, size_t part, double first,
                     struct bl_error *err)
{
    const double params[] = {(double)part, first};
    size_t node = bl_fitter_node(f, f->step->type->ops[0], &column, 1, params, 2, NULL, err);
    struct bl_text name = {0};
    bool ok;

    bl_text_addf(&name, "%s.%s", f->fit->columns[column].name, part_names[part]);
    ok = bl_fitter_column(f, bl_text_get(&name), node, column, f->fit->columns[column].missing, err);
    bl_text_free(&name);
    return ok;
}

static bool fit(struct bl_fitter *f, size_t column, const double *values, struct bl_error *err)
{
    const char *parts = bl_step_option(f->step, "parts");
    double first = INFINITY;

    for (size_t i = 0; i < f->n_rows; i++)
        first = values[i] < first ? values[i] : first;
    first = isfinite(first) ? first : 0;
    bl_fitter_remove(f, column);
    for (const char *at = parts ? parts : USUAL; at;
         at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (!add_part(f, column, find_part(at, strcspn(at, ",")), first, err))
            return false;
    return bl_fitter_note(f, column, "first", first, NULL, err);
}

static bool good(const double *params, size_t n, size_t inputs)
{
    (void)inputs;
    return n >= 2 && params[0] >= 0 && params[0] < 64 && isfinite(params[1]);
}

static const struct bl_op op = {.name = "dates", .map = map, .good = good};
static const char *const key_names[] = {"parts", NULL};
static const struct bl_step_key keys[] = {{.check = check_parts}};

extern const struct bl_step_type bl_step_dates;
const struct bl_step_type bl_step_dates = {
    .name = "dates",
    .summary = "parts of dates and times as numbers",
    .key_names = key_names,
    .keys = keys,
    .takes = takes,
    .fit = fit,
    .ops = {&op},
};
