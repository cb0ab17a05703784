/* A chart in words, in plain ASCII sentences: no fact lives only in a picture. */
#include <math.h>
#include <string.h>

#include "draw.h"

static void say_text(struct bl_text *t, const char *text)
{
    if (text)
        bl_text_show(t, text, strlen(text));
}

static const char *number(char *buffer, size_t size, double value)
{
    return bl_value_text(buffer, size, value, 4);
}

static void say_range(struct bl_text *t, const char *name, const char *fallback, const struct bl_range *r, bool log)
{
    char low[40], high[40];

    say_text(t, name && *name ? name : fallback);
    bl_text_addf(t, " from %s to %s%s", number(low, sizeof low, r->min), number(high, sizeof high, r->max),
                 log ? " (log)" : "");
}

/* ---- curves ---------------------------------------------------------------------------------*/

struct story {
    size_t points, broken, first, last, lowest, highest, turns;
};

/* Changes of direction of at least 2 % of the range; smaller ones are noise to the eye. */
static size_t count_turns(const struct bl_series *s, double enough)
{
    double extreme = 0;
    int direction = 0;
    size_t turns = 0;
    bool any = false;

    for (size_t i = 0; i < s->n; i++) {
        double y = s->y[i];
        if (y - y != 0)
            continue;
        if (!any || (direction > 0 && y > extreme) || (direction < 0 && y < extreme)) {
            extreme = y;
            any = true;
        } else if (fabs(y - extreme) > enough) {
            turns += direction != 0;
            direction = y > extreme ? 1 : -1;
            extreme = y;
        }
    }
    return turns;
}

static struct story read_story(const struct bl_series *s)
{
    struct story k = {0};

    for (size_t i = 0; i < s->n; i++) {
        if (s->y[i] - s->y[i] != 0) {
            k.broken++;
            continue;
        }
        if (k.points++ == 0)
            k.first = k.lowest = k.highest = i;
        k.lowest = s->y[i] < s->y[k.lowest] ? i : k.lowest;
        k.highest = s->y[i] > s->y[k.highest] ? i : k.highest;
        k.last = i;
    }
    if (k.points > 2)
        k.turns = count_turns(s, (s->y[k.highest] - s->y[k.lowest]) * 0.02);
    return k;
}

static void say_point(struct bl_text *t, const char *what, const struct bl_series *s, size_t i, const char *x_name)
{
    char value[40], place[40];

    bl_text_addf(t, "%s %s at ", what, number(value, sizeof value, s->y[i]));
    say_text(t, x_name && *x_name ? x_name : "x");
    bl_text_addf(t, " %s", number(place, sizeof place, s->x[i]));
}

static void say_curve(struct bl_text *t, const struct bl_series *s, const char *x_name)
{
    struct story k = read_story(s);

    say_text(t, s->name && *s->name ? s->name : "curve");
    if (k.points == 0) {
        bl_text_addf(t, ": no finite value%s\n", k.broken ? "" : " yet");
        return;
    }
    say_point(t, ": starts at", s, k.first, x_name);
    say_point(t, ", ends at", s, k.last, x_name);
    say_point(t, ", lowest", s, k.lowest, x_name);
    if (k.highest != k.first)
        say_point(t, ", highest", s, k.highest, x_name);
    if (k.turns > 0)
        bl_text_addf(t, ", turns %zu %s", k.turns, k.turns == 1 ? "time" : "times");
    else if (k.points > 1)
        bl_text_add(t, s->y[k.last] < s->y[k.first]   ? ", falls all the way"
                       : s->y[k.last] > s->y[k.first] ? ", rises all the way"
                                                      : ", level");
    if (k.broken)
        bl_text_addf(t, ", %zu %s not finite", k.broken, k.broken == 1 ? "value" : "values");
    bl_text_add(t, "\n");
}

/* y of a curve at x by straight lines between its points; x must not decrease along the curve.
 * `at` remembers the place, so that a walk over all x costs one pass. */
static bool follow(const struct bl_series *s, double x, size_t *at, double *y)
{
    double share;

    while (*at + 1 < s->n && s->x[*at + 1] <= x)
        ++*at;
    if (s->n == 0 || !(s->x[*at] <= x))
        return false;
    *y = s->y[*at];
    if (s->x[*at] == x)
        return *y - *y == 0;
    if (*at + 1 >= s->n)
        return false;
    share = (x - s->x[*at]) / (s->x[*at + 1] - s->x[*at]);
    *y += share * (s->y[*at + 1] - s->y[*at]);
    return *y - *y == 0;
}

static void say_crossings(struct bl_text *t, const struct bl_series *a, const struct bl_series *b, const char *x_name)
{
    size_t at = 0, crossings = 0;
    double before = 0, first = 0;
    char place[40];

    for (size_t i = 0; i < a->n; i++) {
        double other, gap;
        if (!follow(b, a->x[i], &at, &other) || a->y[i] - a->y[i] != 0)
            continue;
        gap = a->y[i] - other;
        if (gap == 0)
            continue;
        if (before != 0 && (gap > 0) != (before > 0) && crossings++ == 0)
            first = a->x[i];
        before = gap;
    }
    if (crossings == 0)
        return;
    say_text(t, a->name);
    bl_text_add(t, " and ");
    say_text(t, b->name);
    bl_text_addf(t, " cross %zu %s, first near ", crossings, crossings == 1 ? "time" : "times");
    say_text(t, x_name && *x_name ? x_name : "x");
    bl_text_addf(t, " %s\n", number(place, sizeof place, first));
}

static void say_ranges(const struct bl_chart *chart, struct bl_text *t)
{
    struct bl_range x = {0}, y = {0};

    for (size_t k = 0; k < chart->n_series; k++)
        for (size_t i = 0; i < chart->series[k].n; i++) {
            bl_range_add(&x, chart->series[k].x[i], chart->x.log);
            bl_range_add(&y, chart->series[k].y[i], chart->y.log);
        }
    if (!x.any || !y.any) {
        bl_text_add(t, "no data yet\n");
        return;
    }
    say_range(t, chart->x.label, "x", &x, chart->x.log);
    bl_text_add(t, ", ");
    say_range(t, chart->y.label, "y", &y, chart->y.log);
    bl_text_add(t, "\n");
    if (x.not_positive + y.not_positive > 0)
        bl_text_addf(t, "values not above 0, which a log axis cannot show: %zu\n", x.not_positive + y.not_positive);
}

static void say_lines(const struct bl_chart *chart, struct bl_text *t)
{
    char value[40];

    say_ranges(chart, t);
    for (size_t i = 0; i < chart->n_series; i++)
        if (!chart->series[i].dim)
            say_curve(t, &chart->series[i], chart->x.label);
    for (size_t i = 0; i < chart->n_series; i++)
        for (size_t k = i + 1; k < chart->n_series; k++)
            if (bl_series_named(&chart->series[i]) && bl_series_named(&chart->series[k]) && !chart->series[i].dots &&
                !chart->series[k].dots)
                say_crossings(t, &chart->series[i], &chart->series[k], chart->x.label);
    bl_bands_say(chart, t);
    for (size_t i = 0; i < chart->n_levels; i++) {
        say_text(t, chart->levels[i].label ? chart->levels[i].label : "level");
        bl_text_addf(t, ": line at %s\n", number(value, sizeof value, chart->levels[i].y));
    }
}

static void say_scatter(const struct bl_chart *chart, struct bl_text *t)
{
    say_ranges(chart, t);
    for (size_t k = 0; k < chart->n_series; k++) {
        const struct bl_series *s = &chart->series[k];
        struct bl_range x = {0}, y = {0};
        for (size_t i = 0; i < s->n; i++) {
            bl_range_add(&x, s->x[i], false);
            bl_range_add(&y, s->y[i], false);
        }
        say_text(t, s->name && *s->name ? s->name : "points");
        bl_text_addf(t, ": %zu %s", s->n, s->n == 1 ? "point" : "points");
        if (x.any && y.any) {
            bl_text_add(t, ", ");
            say_range(t, chart->x.label, "x", &x, false);
            bl_text_add(t, ", ");
            say_range(t, chart->y.label, "y", &y, false);
        }
        bl_text_add(t, "\n");
    }
    bl_arrows_say(chart, t);
}

/* ---- counts ---------------------------------------------------------------------------------*/

/* Where a density is highest, and how many tops of at least 5 % of that it has. */
static void say_peaks(struct bl_text *t, const struct bl_series *s)
{
    size_t best = 0, tops = 0;
    char place[40];

    for (size_t i = 1; i < s->n; i++)
        best = s->y[i] > s->y[best] ? i : best;
    for (size_t i = 1; i + 1 < s->n; i++)
        tops += s->y[i] > s->y[i - 1] && s->y[i] >= s->y[i + 1] && s->y[i] > 0.05 * s->y[best];
    say_text(t, s->name && *s->name ? s->name : "density");
    bl_text_addf(t, ": highest at %s, %zu %s\n", number(place, sizeof place, s->x[best]), tops, tops == 1 ? "top" : "tops");
}

static void say_histogram(const struct bl_chart *chart, struct bl_text *t)
{
    size_t groups = chart->groups > 1 ? chart->groups : 1, total = 0, most = 0, where = 0;
    char from[40], to[40];

    if (chart->bins == 0 || !chart->edges || !chart->counts) {
        bl_text_add(t, "no values\n");
        return;
    }
    for (size_t i = 0; i < chart->bins; i++) {
        size_t sum = 0;
        for (size_t g = 0; g < groups; g++)
            sum += chart->counts[i * groups + g];
        total += sum;
        if (sum > most) {
            most = sum;
            where = i;
        }
    }
    bl_text_addf(t, "%zu values in %zu bins from %s to %s\n", total, chart->bins,
                 number(from, sizeof from, chart->edges[0]), number(to, sizeof to, chart->edges[chart->bins]));
    bl_text_addf(t, "fullest bin: %s to %s with %zu\n", number(from, sizeof from, chart->edges[where]),
                 number(to, sizeof to, chart->edges[where + 1]), most);
    if (chart->density && chart->density->n)
        say_peaks(t, chart->density);
    for (size_t g = 0; g < groups && groups > 1 && chart->group_names; g++) {
        size_t sum = 0;
        for (size_t i = 0; i < chart->bins; i++)
            sum += chart->counts[i * groups + g];
        say_text(t, chart->group_names[g]);
        bl_text_addf(t, ": %zu values\n", sum);
    }
}

static void say_bars(const struct bl_chart *chart, struct bl_text *t)
{
    size_t groups = chart->groups > 1 ? chart->groups : 1;
    char value[40];

    for (size_t i = 0; i < chart->n_values; i++) {
        double sum = chart->values ? chart->values[i] : 0;
        for (size_t g = 0; g < groups && !chart->values && chart->counts; g++)
            sum += (double)chart->counts[i * groups + g];
        say_text(t, chart->labels && chart->labels[i] ? chart->labels[i] : "bar");
        bl_text_addf(t, ": %s\n", number(value, sizeof value, sum));
    }
}

void bl_say_name(struct bl_text *t, const char *name, const char *otherwise)
{
    say_text(t, name && *name ? name : otherwise);
}

void bl_chart_say(const struct bl_chart *chart, struct bl_text *out)
{
    static void (*const say[])(const struct bl_chart *, struct bl_text *) = {
        [BL_CHART_LINES] = say_lines,    [BL_CHART_HISTOGRAM] = say_histogram, [BL_CHART_SCATTER] = say_scatter,
        [BL_CHART_BARS] = say_bars,      [BL_CHART_HEAT] = bl_heat_say,        [BL_CHART_BOX] = bl_box_say,
        [BL_CHART_QQ] = bl_qq_say,       [BL_CHART_SCREE] = bl_scree_say,      [BL_CHART_PAIRS] = bl_pairs_say,
        [BL_CHART_REGIONS] = bl_regions_say, [BL_CHART_CONTOUR] = bl_contour_say,
    };

    if (chart->title && *chart->title) {
        say_text(out, chart->title);
        bl_text_add(out, "\n");
    }
    if ((unsigned)chart->kind < sizeof say / sizeof *say)
        say[chart->kind](chart, out);
}
