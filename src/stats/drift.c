/* Drift of the columns of a table: the table of tests, verdicts, and the correction over columns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "distributions.h"

static const struct bl_drift_test tests[] = {
    {"ks", "Kolmogorov-Smirnov: largest difference of the distribution functions", true, false, "chi2", NAN, bl_drift_ks},
    {"chi2", "chi-square of the counts of levels", true, true, NULL, NAN, bl_drift_chi2},
    {"psi", "population stability index, judged by chi-square", true, true, NULL, NAN, bl_drift_psi},
    {"js", "Jensen-Shannon distance", true, true, NULL, 0.1, bl_drift_js},
    {"wasserstein", "mean way that values moved, in standard deviations", true, false, "js", 0.1, bl_drift_wasserstein},
};
const struct bl_drift_test *const bl_drift_tests[] = {&tests[0], &tests[1], &tests[2], &tests[3], &tests[4], NULL};

const struct bl_drift_test *bl_drift_test_named(const char *name)
{
    for (size_t i = 0; name && bl_drift_tests[i]; i++)
        if (!strcmp(bl_drift_tests[i]->name, name))
            return bl_drift_tests[i];
    return NULL;
}

/* ---- the correction over columns -----------------------------------------------------------------*/

struct placed { double p; size_t at; };

static int by_p(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;

    return x->p < y->p ? -1 : x->p > y->p ? 1 : x->at < y->at ? -1 : 1;
}

static void adjust_sorted(const struct placed *s, size_t m, enum bl_correction how, double *out)
{
    double bound = how == BL_HOLM ? 0 : 1;

    for (size_t k = 0; k < m; k++) {
        const size_t i = how == BL_HOLM ? k : m - 1 - k;

        if (how == BL_HOLM)
            bound = fmin(1, fmax(bound, (double)(m - i) * s[i].p));
        else
            bound = fmin(bound, (double)m / (double)(i + 1) * s[i].p);
        out[s[i].at] = how == BL_UNCORRECTED ? s[i].p : bound;
    }
}

bool bl_adjust_p(const double *p, size_t n, enum bl_correction how, double *out)
{
    struct placed *s = bl_calloc(n, sizeof *s);
    size_t m = 0;

    if (!s)
        return false;
    for (size_t i = 0; i < n; i++) {
        out[i] = NAN;
        if (!isnan(p[i]))
            s[m++] = (struct placed){p[i], i};
    }
    qsort(s, m, sizeof *s, by_p);
    adjust_sorted(s, m, how, out);
    bl_free(s);
    return true;
}

/* ---- one column --------------------------------------------------------------------------------*/

static const struct bl_drift_test *choose_test(const struct bl_drift_options *o, bool numbers, size_t n)
{
    const struct bl_drift_test *t = o->test;

    if (!t)
        return bl_drift_test_named(n <= BL_DRIFT_MANY ? numbers ? "ks" : "chi2" : numbers ? "wasserstein" : "js");
    return (numbers ? t->numbers : t->levels) ? t : bl_drift_test_named(t->else_test);
}

/* Missing against present, before and now. */
static double missing_changed(const struct bl_drift_column *c)
{
    const double n = (double)c->n[0] + (double)c->missing[0], m = (double)c->n[1] + (double)c->missing[1];
    const double gaps = (double)c->missing[0] + (double)c->missing[1], present = n + m - gaps;
    const double off = (double)c->missing[0] * (double)c->n[1] - (double)c->missing[1] * (double)c->n[0];

    if (!(gaps > 0) || n < BL_DRIFT_FEW || m < BL_DRIFT_FEW)
        return NAN;
    return present > 0 ? bl_chi_square_p((n + m) * off / (n * m) * off / (gaps * present), 1) : 1;
}

static double mean_of(const double *x, size_t n)
{
    const struct bl_moments m = bl_moments_of(x, n, NULL);

    return m.n > 0 ? m.mean : NAN;
}

/* A test of order sees present values alone, one of counts the missing too. */
static bool too_few(const struct bl_drift_column *c)
{
    const bool order = !c->test->levels;

    for (size_t side = 0; side < 2; side++)
        if (c->n[side] + (order ? 0 : c->missing[side]) < BL_DRIFT_FEW)
            return true;
    return false;
}

static void judge_figure(struct bl_drift_column *c, bool numbers)
{
    if (too_few(c)) {
        c->verdict = BL_TOO_FEW;
        c->why = "fewer than 30 values on a side";
    } else if (isnan(c->figure.statistic)) {
        c->verdict = BL_NO_VERDICT;
        c->why = numbers ? "too few rows in every bin" : "too few rows in every level";
    } else if (isnan(c->test->threshold))
        c->verdict = BL_STEADY; /* by p, once all are there */
    else
        c->verdict = c->figure.statistic >= c->test->threshold ? BL_DRIFTED : BL_STEADY;
}

static bool measure_column(const struct bl_drift_pair *p, const struct bl_drift_options *o, struct bl_drift_column *c, struct bl_error *err)
{
    for (size_t side = 0; side < 2; side++) {
        c->n[side] = p->n[side];
        c->missing[side] = p->missing[side];
        c->mean[side] = p->numbers ? mean_of(p->value[side], p->n[side]) : NAN;
    }
    c->n_new = p->n_new;
    c->new_rows = p->new_rows;
    c->first_new = p->first_new;
    c->missing_p = missing_changed(c);
    c->test = choose_test(o, p->numbers, p->n[0] + p->missing[0]);
    if (!c->test->measure(p, o->progress, &c->figure, err) || !bl_drift_psi(p, o->progress, &c->psi, err))
        return false;
    judge_figure(c, p->numbers);
    return true;
}

static bool same_kind(const struct bl_column *a, const struct bl_column *b)
{
    const bool levels = a->type == BL_CATEGORICAL || a->type == BL_TEXT_COLUMN;

    return levels ? b->type == BL_CATEGORICAL || b->type == BL_TEXT_COLUMN : a->type == b->type;
}

static bool compare_column(const struct bl_table *t, const uint32_t *rows, size_t n, const struct bl_table *now, const struct bl_drift_options *o,
                           struct bl_drift_column *c, struct bl_error *err)
{
    struct bl_drift_pair p;
    bool fine;

    c->verdict = BL_NO_VERDICT;
    if (c->other == SIZE_MAX) {
        c->why = "not there";
        return true;
    }
    if (!same_kind(&t->columns[c->at], &now->columns[c->other])) {
        c->why = "of another type";
        return true;
    }
    if (!bl_drift_pair_of(t, rows, n, c->at, now, c->other, &p, err))
        return false;
    fine = measure_column(&p, o, c, err);
    bl_drift_pair_done(&p);
    return fine;
}

/* ---- all columns -------------------------------------------------------------------------------*/

static bool judge_by_p(struct bl_drift_column *c, size_t n, const struct bl_drift_options *o)
{
    double *p = bl_calloc(n, sizeof *p), *adjusted = bl_calloc(n, sizeof *adjusted);
    bool fine = p && adjusted;

    for (size_t i = 0; fine && i < n; i++)
        p[i] = c[i].verdict == BL_STEADY && isnan(c[i].test->threshold) ? c[i].figure.p : NAN;
    fine = fine && bl_adjust_p(p, n, o->correction, adjusted);
    for (size_t i = 0; fine && i < n; i++) {
        c[i].p = adjusted[i];
        if (adjusted[i] <= o->alpha)
            c[i].verdict = BL_DRIFTED;
    }
    bl_free(p);
    bl_free(adjusted);
    return fine;
}

bool bl_drift_compare(const struct bl_table *t, const uint32_t *rows, size_t n, const size_t *columns, size_t n_columns,
                      const struct bl_table *now, const struct bl_drift_options *options, struct bl_drift_column *out, struct bl_error *err)
{
    const struct bl_drift_figure none = {.statistic = NAN, .p = NAN};

    bl_progress_start(options->progress, "comparing columns", n_columns);
    for (size_t i = 0; i < n_columns; i++) {
        out[i] = (struct bl_drift_column){.at = columns[i], .figure = none, .psi = none, .p = NAN, .mean = {NAN, NAN}, .missing_p = NAN};
        out[i].other = bl_table_find(now, t->columns[columns[i]].name);
        if (bl_stopped(options->progress))
            return bl_fail(err, BL_STOPPED, "drift was interrupted");
        if (!compare_column(t, rows, n, now, options, &out[i], err))
            return false;
        bl_progress_add(options->progress, 1);
    }
    return judge_by_p(out, n_columns, options) || bl_fail_memory(err, "the verdicts");
}
