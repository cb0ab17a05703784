/* stats: figures about a dataset. One numerically stable pass for the moments, in tiles of 1,024 rows
 * that are cut by the data and joined in order (the same bits for every number of threads), exact quantiles, histograms, correlation, group summaries.
 * Missing values are skipped and counted. Nothing here prints. */
#ifndef BATCHLAB_STATS_H
#define BATCHLAB_STATS_H

#include "batchlab/data.h"

/* Central moments, merged by Chan, Golub and LeVeque (1983) and Pebay (2008). */
struct bl_moments { double n, mean, m2, m3, m4, min, max; };
void bl_moments_merge(struct bl_moments *into, const struct bl_moments *more);
/* NaN values are skipped. pool may be NULL. No value present: mean, min, max are nan. Figures of huge
 * values that do not fit a double are inf. Mean to the last digit or two also for data whose
 * spread is small against the mean (a corrected second pass or compensated sums). */
struct bl_moments bl_moments_of(const double *x, size_t n, struct bl_pool *pool);
double bl_moments_variance(const struct bl_moments *m);            /* n - 1; nan below 2 */
double bl_moments_variance_population(const struct bl_moments *m); /* n */
double bl_moments_skewness(const struct bl_moments *m);            /* g1; nan for constants */
double bl_moments_kurtosis(const struct bl_moments *m);            /* g2, excess; nan for constants */

/* Type 7 quantile of sorted values: h = (n-1)q. */
double bl_quantile_sorted(const double *sorted, size_t n, double q);
/* Exact quantiles without sorting all: qs ascending in [0,1]. NaN skipped; nan if nothing is left. */
bool bl_quantiles(const double *x, size_t n, const double *qs, size_t n_qs, double *out,
                  struct bl_pool *pool, struct bl_error *err);

struct bl_count { double value; uint32_t code; size_t count; };
struct bl_summary { /* the figures of `describe` for one column */
    size_t column;
    enum bl_type type;
    size_t count, missing, distinct;
    /* numeric and date-time only, else nan; figures that do not exist are nan */
    double mean, sd, variance, min, q1, median, q3, max, skewness, kurtosis, lag1;
    /* the most frequent values: all types, at most 5; ties by ascending value. `value` for
     * numbers, `code` for the others */
    struct bl_count top[5];
    size_t n_top;
};
/* Summaries of the given columns (NULL: all, then n = n_columns); out holds n of them. */
bool bl_describe(const struct bl_table *t, const size_t *columns, size_t n, struct bl_summary *out,
                 struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err);

enum bl_correlation { BL_PEARSON, BL_SPEARMAN, BL_KENDALL };
struct bl_corr {
    size_t n, rows;     /* columns; rows complete in all of them */
    size_t *columns;
    double *matrix;     /* n × n; nan where a column is constant */
    double *covariance; /* n × n, over rows - 1 */
    enum bl_correlation method;
};
/* Over the rows complete in all given numeric columns (NULL: every numeric column). Spearman:
 * mid-ranks; Kendall: tau-b in n log n. */
struct bl_corr *bl_correlate(const struct bl_table *t, const size_t *columns, size_t n, enum bl_correlation method,
                             struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err);
void bl_corr_free(struct bl_corr *c);

struct bl_histogram {
    size_t bins, groups;
    double *edges;    /* bins + 1 */
    size_t *counts;   /* groups × bins */
    size_t group_column; /* SIZE_MAX: one group */
    const char *rule; /* "freedman-diaconis", "sturges", "given", "levels" */
};
/* Histogram of a numeric column. bins 0: Freedman-Diaconis (Sturges where the quartiles meet),
 * at most 200, with edges on round numbers (1, 2, 5 steps). With bins given: exactly that many of
 * equal width from minimum to maximum. Bins are [a, b), the last [a, b]. `by`: a
 * categorical or class-like column (SIZE_MAX: none), one group a level. */
struct bl_histogram *bl_histogram_of(const struct bl_table *t, size_t column, size_t bins, size_t by, struct bl_error *err);
void bl_histogram_free(struct bl_histogram *h);

/* The groups that a column makes: its levels, or the distinct values of a numeric column with at
 * most 100 of them (ascending). Rows with a missing group are left out. */
struct bl_groups {
    size_t column, n_groups;
    char **labels;          /* n_groups */
    size_t *counts;         /* n_groups */
    uint32_t *of_row;       /* n_rows: group or BL_MISSING_CODE */
};
struct bl_groups *bl_groups_of(const struct bl_table *t, size_t column, struct bl_error *err);
void bl_groups_free(struct bl_groups *g);
/* Moments of one numeric column in each group; out holds n_groups. */
void bl_group_moments(const struct bl_groups *g, const double *x, size_t n_rows, struct bl_moments *out);

#endif
