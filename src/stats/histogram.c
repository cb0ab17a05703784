/* Histograms: how many bins, where their edges lie, and what falls into them. */
#include <math.h>

#include "order.h"

#define BINS_MAX 200     /* chosen from the data */
#define GIVEN_MAX 100000 /* asked for */
#define UNIT_MAX 30      /* whole numbers of at most this range get a bin each */

static bool make_edges(struct bl_histogram *h, size_t bins, struct bl_error *err)
{
    h->bins = bins;
    h->edges = bl_calloc(bins + 1, sizeof *h->edges);
    return h->edges || bl_fail_memory(err, "a histogram");
}

/* The step among 1, 2, 5 times a power of ten that is next to `width` (by ratio); step = m · 10^e. */
static void round_step(double width, double *m, int *e)
{
    double x;

    *e = (int)floor(log10(width));
    x = width / pow(10, *e);
    *m = x < sqrt(2) ? 1 : x < sqrt(10) ? 2 : x < sqrt(50) ? 5 : 10;
}

static double times_ten(double x, int e)
{
    return e < 0 ? x / pow(10, -e) : x * pow(10, e);
}

/* Edges on multiples of a round step, from below min to above max. */
static bool round_edges(struct bl_histogram *h, double min, double max, double width, struct bl_error *err)
{
    double m, first, last, step;
    int e;

    for (;; width = step * 2.1) {
        round_step(width, &m, &e);
        step = times_ten(m, e);
        first = floor(min / step);
        last = ceil(max / step);
        if (last - first <= BINS_MAX)
            break;
    }
    last = last > first ? last : first + 1;
    if (!make_edges(h, (size_t)(last - first), err))
        return false;
    for (size_t k = 0; k <= h->bins; k++)
        h->edges[k] = times_ten((first + (double)k) * m, e);
    return true;
}

static bool even_edges(struct bl_histogram *h, double min, double max, size_t bins, struct bl_error *err)
{
    if (!make_edges(h, bins, err))
        return false;
    for (size_t k = 0; k <= bins; k++) {
        double f = (double)k / (double)bins;

        h->edges[k] = k == bins ? max : isfinite(max - min) ? min + f * (max - min) : min * (1 - f) + max * f;
    }
    return true;
}

/* A bin for each whole number: the edges lie half way. */
static bool unit_edges(struct bl_histogram *h, double min, double max, struct bl_error *err)
{
    h->rule = "levels";
    if (!make_edges(h, (size_t)(max - min) + 1, err))
        return false;
    for (size_t k = 0; k <= h->bins; k++)
        h->edges[k] = min + (double)k - 0.5;
    return true;
}

/* All values are the same: one bin around it. */
static bool single_edges(struct bl_histogram *h, double value, size_t bins, struct bl_error *err)
{
    double half = fabs(value) * 1e-6 > 0.5 ? fabs(value) * 1e-6 : 0.5;

    return even_edges(h, value - half, value + half, bins ? bins : 1, err);
}

/* Freedman and Diaconis (1981): 2 · IQR / n^(1/3); Sturges (1926) where the quartiles meet. */
struct choice { size_t bins; enum bl_bin_rule rule; }; /* bins 0: by the rule */

static bool chosen_edges(struct bl_histogram *h, const struct bl_column *c, size_t n_rows, enum bl_bin_rule rule,
                         const struct bl_moments *m, struct bl_error *err)
{
    static const double qs[] = { 0.25, 0.75 };
    double q[2], width;

    if (rule == BL_BINS_AUTO && c->whole && m->max - m->min <= UNIT_MAX)
        return unit_edges(h, m->min, m->max, err);
    if (!bl_quantiles(c->number, n_rows, qs, 2, q, NULL, err))
        return false;
    width = 2 * (q[1] - q[0]) / cbrt(m->n);
    h->rule = "freedman-diaconis";
    if (!(width > 0) || rule == BL_BINS_STURGES) {
        h->rule = "sturges";
        width = (m->max - m->min) / (ceil(log2(m->n)) + 1);
    }
    if (!isfinite(width) || !isfinite((m->max - m->min) / width) || width < 1e-290 || width > 1e290)
        return even_edges(h, m->min, m->max, BINS_MAX / 10, err); /* round steps need room in the exponent */
    width = (m->max - m->min) / width > BINS_MAX ? (m->max - m->min) / BINS_MAX : width;
    return round_edges(h, m->min, m->max, width, err);
}

static bool number_edges(struct bl_histogram *h, const struct bl_table *t, size_t column, struct choice choice, struct bl_error *err)
{
    const struct bl_column *c = &t->columns[column];
    const size_t bins = choice.bins;
    struct bl_moments m = bl_moments_of(c->number, t->n_rows, NULL);

    h->rule = "given";
    if (m.n == 0)
        return bl_fail(err, BL_VALUE, "column '%s' has no value present", c->name);
    if (bins > GIVEN_MAX) {
        bl_fail(err, BL_VALUE, "bins=%zu are too many: at most %d", bins, GIVEN_MAX);
        return bl_hint(err, "hist %s alone chooses from the data", c->name);
    }
    if (m.min == m.max) {
        h->rule = bins ? "given" : "sturges";
        return single_edges(h, m.min, bins, err);
    }
    return bins ? even_edges(h, m.min, m.max, bins, err) : chosen_edges(h, c, t->n_rows, choice.rule, &m, err);
}

/* ---- counting --------------------------------------------------------------------------------*/

/* Bins are [a, b), the last [a, b]. The guess from the even width is moved to where the edges say. */
static size_t bin_of(const struct bl_histogram *h, double x)
{
    double low = h->edges[0], width = h->edges[h->bins] - low, f = isfinite(width) ? (x - low) / width : 0;
    size_t k = f <= 0 ? 0 : (size_t)(f * (double)h->bins);

    k = k < h->bins ? k : h->bins - 1;
    while (k && x < h->edges[k])
        k--;
    while (k + 1 < h->bins && x >= h->edges[k + 1])
        k++;
    return k;
}

static void count_rows(struct bl_histogram *h, const struct bl_column *c, size_t n_rows, const struct bl_groups *g)
{
    for (size_t i = 0; i < n_rows; i++) {
        size_t group = g ? g->of_row[i] : 0, bin;

        if (g && g->of_row[i] == BL_MISSING_CODE)
            continue;
        if (c->number ? isnan(c->number[i]) : c->code[i] == BL_MISSING_CODE)
            continue;
        bin = c->number ? bin_of(h, c->number[i]) : c->code[i];
        h->counts[group * h->bins + bin]++;
    }
}

static bool level_edges(struct bl_histogram *h, const struct bl_column *c, struct bl_error *err)
{
    if (!c->n_levels)
        return bl_fail(err, BL_VALUE, "column '%s' has no value present", c->name);
    return unit_edges(h, 0, (double)(c->n_levels - 1), err);
}

static struct bl_histogram *make_histogram(const struct bl_table *t, size_t column, struct choice choice, size_t by, struct bl_error *err)
{
    struct bl_histogram *h = bl_calloc(1, sizeof *h);
    const struct bl_column *c = &t->columns[column];
    struct bl_groups *g = NULL;

    if (!h) {
        bl_fail_memory(err, "a histogram");
        return NULL;
    }
    h->group_column = by;
    if ((by != SIZE_MAX && !(g = bl_groups_of(t, by, err))) ||
        !(c->number ? number_edges(h, t, column, choice, err) : level_edges(h, c, err))) {
        bl_groups_free(g);
        bl_histogram_free(h);
        return NULL;
    }
    h->groups = g ? g->n_groups : 1;
    h->counts = bl_calloc(h->groups * h->bins, sizeof *h->counts);
    if (h->counts)
        count_rows(h, c, t->n_rows, g);
    else
        bl_fail_memory(err, "a histogram");
    bl_groups_free(g);
    if (h->counts)
        return h;
    bl_histogram_free(h);
    return NULL;
}

struct bl_histogram *bl_histogram_of(const struct bl_table *t, size_t column, size_t bins, size_t by, struct bl_error *err)
{
    return make_histogram(t, column, (struct choice){ bins, BL_BINS_AUTO }, by, err);
}

struct bl_histogram *bl_histogram_by_rule(const struct bl_table *t, size_t column, enum bl_bin_rule rule, size_t by, struct bl_error *err)
{
    return make_histogram(t, column, (struct choice){ 0, rule }, by, err);
}

void bl_histogram_free(struct bl_histogram *h)
{
    if (!h)
        return;
    bl_free(h->edges);
    bl_free(h->counts);
    bl_free(h);
}
