/* tune outer=: what the whole search is worth on rows that it never saw. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/tune.h"

#define OUTER_LEVEL 0.95

static double outer_mean(const struct search *x, size_t metric, double *sd)
{
    double sum = 0, square = 0;
    size_t n = x->outer.n;

    for (size_t f = 0; f < n; f++)
        sum += x->nested.items[f].held[metric];
    for (size_t f = 0; f < n; f++)
        square += (x->nested.items[f].held[metric] - sum / (double)n) * (x->nested.items[f].held[metric] - sum / (double)n);
    *sd = sqrt(square / (double)(n - 1));
    return sum / (double)n;
}

/* Rows held out for each row that trains, over the outer folds. */
static bool outer_ratio(const struct search *x, double *ratio)
{
    size_t held = 0, train = 0;

    for (size_t f = 0; f < x->outer.n; f++) {
        uint32_t *rows;
        size_t n;

        if (!bl_folds_rows(&x->outer, f, false, &rows, &n, NULL))
            return false;
        bl_free(rows);
        held += x->nested.items[f].rows;
        train += n;
    }
    *ratio = train ? (double)held / (double)train : NAN;
    return train > 0;
}

/* The least that a metric can be; a loss can lie below 0 where one of the models says so. */
static double least_of(const struct search *x, size_t metric)
{
    double least = x->metrics[metric].least;

    for (size_t i = 0; i < x->grid.n && strcmp(x->metrics[metric].name, "loss") == 0; i++) {
        const struct bl_objective_type *type = x->grid.candidates[i].model.type; /* NULL: that of the task, whose loss ends at 0 */

        if (type && type->below_zero)
            least = -INFINITY;
    }
    return least;
}

/* Training sets of outer folds overlap: the interval is wider than that of so many free draws. It ends where the metric does. */
static bool outer_interval(const struct search *x, double ratio, size_t metric, struct bl_paired *out)
{
    double *held = bl_calloc(x->outer.n + 1, sizeof *held);
    bool good;

    *out = (struct bl_paired){ .low = NAN, .high = NAN };
    for (size_t f = 0; held && f < x->outer.n; f++)
        held[f] = x->nested.items[f].held[metric];
    good = held && bl_paired_test(held, x->outer.n, ratio, OUTER_LEVEL, out);
    if (good)
        bl_paired_within(out, least_of(x, metric), x->metrics[metric].most);
    bl_free(held);
    return good;
}

/* How many outer folds chose what most of them chose; *usual is that. */
static size_t outer_agree(const struct search *x, size_t *usual)
{
    size_t most = 0;

    *usual = 0;
    for (size_t f = 0; f < x->outer.n; f++) {
        size_t same = 0;
        for (size_t g = 0; g < x->outer.n; g++)
            same += x->nested.items[g].best == x->nested.items[f].best;
        if (same > most) {
            most = same;
            *usual = x->nested.items[f].best;
        }
    }
    return most;
}

static void outer_table(struct bl_result *r, const struct search *x)
{
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "outer fold", BL_COUNT);
    bl_grid_column(g, "rows", BL_COUNT);
    bl_grid_column(g, "chosen", BL_LEFT);
    for (size_t i = 0; i < x->n_metrics; i++)
        bl_grid_column(g, x->metrics[i].name, BL_NUMBER);
    for (size_t f = 0; f < x->outer.n; f++) {
        const struct bl_nested_fold *one = &x->nested.items[f];
        if (!one->done)
            continue;
        bl_grid_count(g, f);
        bl_grid_count(g, one->rows);
        bl_grid_text(g, x->grid.candidates[one->best].name);
        for (size_t i = 0; i < x->n_metrics; i++)
            bl_grid_number(g, one->held[i]);
    }
}

static void outer_intervals_json(struct bl_result *r, const struct search *x, json_t *to)
{
    json_t *low = json_object(), *high = json_object();
    struct bl_paired p;
    double ratio = NAN;

    outer_ratio(x, &ratio);
    for (size_t i = 0; i < x->n_metrics; i++) {
        outer_interval(x, ratio, i, &p);
        bl_json_figure(r, low, x->metrics[i].name, p.low, "it does not exist in every fold");
        bl_json_figure(r, high, x->metrics[i].name, p.high, "it does not exist in every fold");
    }
    bl_json_set(r, to, "level", json_real(OUTER_LEVEL));
    bl_json_set(r, to, "low", low);
    bl_json_set(r, to, "high", high);
}

static void outer_json(struct bl_result *r, const struct search *x)
{
    json_t *all = json_object(), *folds = json_array(), *mean = json_object(), *sd = json_object(), *most = json_object();
    size_t usual;

    for (size_t f = 0; f < x->outer.n; f++) {
        const struct bl_nested_fold *one = &x->nested.items[f];
        json_t *o = json_object(), *best = json_object();
        grid_point_json(r, &x->grid, one->best, best);
        bl_json_set(r, o, "fold", json_integer((json_int_t)f));
        bl_json_set(r, o, "rows", json_integer((json_int_t)one->rows));
        bl_json_set(r, o, "best", best);
        for (size_t i = 0; i < x->n_metrics; i++)
            bl_json_figure(r, o, x->metrics[i].name, one->held[i], one->reason[i]);
        bl_json_append(r, folds, o);
    }
    for (size_t i = 0; i < x->n_metrics; i++) {
        double d, m = outer_mean(x, i, &d);
        bl_json_figure(r, mean, x->metrics[i].name, m, "it does not exist in every fold");
        bl_json_figure(r, sd, x->metrics[i].name, d, "it does not exist in every fold");
    }
    bl_json_set(r, all, "folds", folds);
    bl_json_set(r, all, "mean", mean);
    bl_json_set(r, all, "sd", sd);
    outer_intervals_json(r, x, all);
    bl_json_set(r, all, "agree", json_integer((json_int_t)outer_agree(x, &usual)));
    grid_point_json(r, &x->grid, usual, most);
    bl_json_set(r, all, "most_chosen", most);
    bl_json_set(r, all, "sha256", json_string(x->outer.sha256));
    bl_result_set(r, "outer", all);
}

/* "the outer folds agree on l2=0.01", "2 of 3 outer folds chose l2=0.01, as all rows did". */
static void agreement_line(struct bl_result *r, const struct search *x)
{
    size_t usual, agree = outer_agree(x, &usual);
    const char *name = x->grid.candidates[usual].name;

    if (x->grid.n < 2)
        return;
    if (agree == 1 && x->outer.n > 1)
        bl_result_line(r, "every outer fold chose other settings: the choice is not settled by these rows");
    else if (agree == x->outer.n)
        bl_result_line(r, "all %zu outer folds chose %s%s", agree, name, usual == x->best ? "" : "; all rows together choose otherwise");
    else
        bl_result_line(r, "%zu of %zu outer folds chose %s%s", agree, x->outer.n, name,
                       usual == x->best ? ", as all rows together do" : "; all rows together choose otherwise");
}

static void interval_line(struct bl_session *s, struct bl_result *r, const struct search *x)
{
    char low[32], high[32];
    struct bl_paired p;
    double ratio;

    if (!outer_ratio(x, &ratio) || !outer_interval(x, ratio, x->metric, &p))
        return;
    bl_number_format(low, sizeof low, p.low, s->digits);
    bl_number_format(high, sizeof high, p.high, s->digits);
    bl_result_line(r, "%g %% interval, corrected for training rows in common: %s to %s%s", 100 * OUTER_LEVEL, low, high,
                   p.cut_low && p.cut_high ? ", cut at both ends of its range" : p.cut_low ? ", cut at the least it can be"
                   : p.cut_high ? ", cut at the most it can be" : "");
}

void tune_outer_tell(struct bl_session *s, struct bl_result *r, const struct search *x)
{
    char mean[32], sd[32];
    double d, m;

    if (!x->nested.items)
        return;
    outer_table(r, x);
    if (x->nested.stopped)
        return;
    outer_json(r, x);
    m = outer_mean(x, x->metric, &d);
    bl_result_line(r, "nested: choosing in each outer fold gives %s %s, sd %s, on rows that chose nothing", x->metrics[x->metric].name,
                   bl_number_format(mean, sizeof mean, m, s->digits), bl_number_format(sd, sizeof sd, d, s->digits));
    interval_line(s, r, x);
    agreement_line(r, x);
}
