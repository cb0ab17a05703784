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
/* The same of n values (none missing) and `zeros` more that are 0, to the bit, in time that does not grow with `zeros`. */
bool bl_quantiles_with_zeros(const double *x, size_t n, size_t zeros, const double *qs, size_t n_qs, double *out, struct bl_error *err);

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
    double *covariance; /* n × n, over rows - 1; nan for Kendall */
    double *p;          /* n × n: P of one at least as large under independence, both sides. Pearson, Spearman: t with
                           rows - 2 degrees; Kendall: normal, with ties. nan below 3 rows */
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
/* ---- shape of one column -------------------------------------------------------------------- */

/* A test of normality with its probability; both nan where there are too few values, or too many. */
struct bl_test { double statistic, p; };
struct bl_normality {
    size_t n;
    double skewness, kurtosis;   /* g1 and g2 as everywhere */
    struct bl_test jarque_bera;  /* Jarque and Bera 1987: n/6 (g1² + g2²/4), chi-square with 2 degrees */
    struct bl_test dagostino;    /* K² of D'Agostino 1970 and Anscombe and Glynn 1983; from 8 values */
    struct bl_test anderson;     /* A²* with estimated mean and sd, p of D'Agostino and Stephens 1986; from 8 values */
    struct bl_test shapiro;      /* W by Royston 1995; 3 to 5,000 values */
};
/* NaN values are skipped. A constant: all nan. */
bool bl_normality_of(const double *x, size_t n, struct bl_pool *pool, struct bl_progress *progress, struct bl_normality *out,
                     struct bl_error *err);

/* Quantiles of values (y) against those of the standard normal distribution (x) at (i - 1/2)/of, at most
 * `most` points: the 10 at either end, the others evenly by rank. The line goes through the quartiles. */
struct bl_normal_plot { size_t n, of; double *x, *y; double intercept, slope; };
bool bl_normal_plot_of(const double *x, size_t n, size_t most, struct bl_normal_plot *out, struct bl_error *err);
void bl_normal_plot_done(struct bl_normal_plot *p);

/* Gaussian kernel density at evenly spaced points. bandwidth 0: Silverman's (1986, 3.31) 0.9 min(sd,
 * IQR/1.34) n^(-1/5), the sd where the quartiles meet. Exact up to terms below 1e-16. */
struct bl_density { size_t n, of; double bandwidth, *x, *y; };
bool bl_density_of(const double *x, size_t n, double from, double to, size_t points, double bandwidth, struct bl_pool *pool,
                   struct bl_progress *progress, struct bl_density *out, struct bl_error *err);
void bl_density_done(struct bl_density *d);

/* Tukey's box: whiskers end at the farthest values within 1.5 interquartile ranges of the quartiles (type
 * 7). of_row NULL: all rows, else those of one group. NaN values are skipped. */
struct bl_box_figures { size_t n, n_beyond; double min, low, q1, median, q3, high, max, *beyond; };
bool bl_box_of(const double *x, size_t n, const uint32_t *of_row, uint32_t group, struct bl_pool *pool,
               struct bl_box_figures *out, struct bl_error *err);

/* ---- several columns ------------------------------------------------------------------------- */

/* Eigenvalues of a symmetric n × n matrix, which end on its diagonal in no order, and its eigenvectors, the rows of v (n × n,
 * written), by Jacobi's rotations until nothing moves. Error: BL_STOPPED. */
bool bl_eigen_symmetric(double *c, double *v, size_t n, struct bl_progress *progress, struct bl_error *err);

/* Principal components over the rows complete in all given numeric columns (NULL: every one): of the
 * correlations (scaled) or the covariances over rows - 1. Columns without variance are left out. */
struct bl_pca {
    size_t n, rows, left_out; /* columns that take part */
    size_t *columns;
    bool scaled;
    double *mean, *sd;        /* of the columns */
    double *variance;         /* n, descending */
    double *loadings;         /* n × n: row k is component k, of length 1, its largest weight by size positive */
    double total;             /* sum of the variances */
};
struct bl_pca *bl_pca_of(const struct bl_table *t, const size_t *columns, size_t n, bool scaled, struct bl_pool *pool,
                         struct bl_progress *progress, struct bl_error *err);
void bl_pca_free(struct bl_pca *p);
/* Where each row lies along a component; nan where a value is missing. out holds n_rows. */
void bl_pca_scores(const struct bl_pca *p, const struct bl_table *t, size_t component, struct bl_pool *pool, double *out);

/* Mutual information of a column with another in nats, from counts (plug-in): levels as they are, numbers
 * as their different values where those are at most `bins`, else in that many bins with equally many
 * rows. p: the G test, 2·rows·information on chi-square with (levels-1)(levels-1) degrees. */
struct bl_information { size_t column, rows, levels, target_levels; double information, share /* of the target's entropy */, p; };
bool bl_information_of(const struct bl_table *t, const size_t *columns, size_t n, size_t target, size_t bins,
                       struct bl_pool *pool, struct bl_progress *progress, struct bl_information *out, struct bl_error *err);

/* Histogram of a numeric column. bins 0: Freedman-Diaconis (Sturges where the quartiles meet),
 * at most 200, with edges on round numbers (1, 2, 5 steps). With bins given: exactly that many of
 * equal width from minimum to maximum. Bins are [a, b), the last [a, b]. `by`: a
 * categorical or class-like column (SIZE_MAX: none), one group a level. */
struct bl_histogram *bl_histogram_of(const struct bl_table *t, size_t column, size_t bins, size_t by, struct bl_error *err);
/* The same with a rule for the width of the bins, edges on round numbers: Freedman and Diaconis 1981,
 * 2 IQR n^(-1/3); Sturges 1926, range / (ceil(log2 n) + 1). */
enum bl_bin_rule { BL_BINS_AUTO, BL_BINS_FREEDMAN_DIACONIS, BL_BINS_STURGES };
struct bl_histogram *bl_histogram_by_rule(const struct bl_table *t, size_t column, enum bl_bin_rule rule, size_t by, struct bl_error *err);
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
/* How far the groups of a column lie apart, from their moments. Differences are in units of `within`, the
 * sd inside the groups (over rows - groups); low and high are the groups with the least and largest mean. */
struct bl_separation { double within, difference, share /* eta², between over total */, f, p; size_t low, high; };
struct bl_separation bl_separation_of(const struct bl_moments *m, size_t n_groups);
/* Moments of one numeric column in each group; out holds n_groups. */
void bl_group_moments(const struct bl_groups *g, const double *x, size_t n_rows, struct bl_moments *out);
/* Exact quantiles (type 7) of one numeric column in each group: qs ascending in [0,1], out n_groups × n_qs; nan for
 * a group without values. */
bool bl_group_quantiles(const struct bl_groups *g, const double *x, size_t n_rows, const double *qs, size_t n_qs, double *out, struct bl_error *err);

/* ---- rows that are alike -------------------------------------------------------------------------*/
/* The different combinations of values in columns, each with its number of rows and its first row; the most
 * frequent first, equal ones ascending. Missing is a value. */
struct bl_combination { uint32_t row; size_t count; };
bool bl_distinct_rows(const struct bl_table *t, const size_t *columns, size_t n, struct bl_combination **out, size_t *n_out, struct bl_error *err);

/* ---- contingency ----------------------------------------------------------------------------------*/
struct bl_cross { /* rows that have both values, by the groups of two columns (bl_groups_of); groups without a row are left out */
    size_t n_a, n_b, n;      /* groups of the first and of the second column; rows counted */
    size_t missing;          /* rows that lack one of the two */
    char **a, **b;           /* labels */
    size_t *counts;          /* n_a x n_b */
    size_t *of_a, *of_b;     /* margins */
    double chi_square, p, cramers_v; /* Pearson's test of independence, no continuity correction; nan below 2 x 2 groups */
    size_t df;               /* (n_a - 1)(n_b - 1) */
    size_t few;              /* cells whose expected count is below 5 */
    double least;            /* the least expected count */
};
/* Cramer's V = sqrt(chi2 / (n (min(n_a, n_b) - 1))). At most a million cells. */
struct bl_cross *bl_cross_of(const struct bl_table *t, size_t a, size_t b, struct bl_error *err);
void bl_cross_free(struct bl_cross *c);

/* ---- missing values ---------------------------------------------------------------------------------*/
struct bl_gaps { /* which columns are missing together */
    size_t n_columns;        /* those that miss a value at all */
    size_t *columns;
    size_t n_patterns;       /* different sets of missing columns that occur, the empty one included, most rows first */
    size_t *counts;          /* rows of each pattern */
    bool *gap;               /* n_patterns x n_columns */
    size_t complete;         /* rows that miss nothing */
};
struct bl_gaps *bl_gaps_of(const struct bl_table *t, struct bl_error *err);
void bl_gaps_free(struct bl_gaps *g);

/* ---- outliers ----------------------------------------------------------------------------------------*/
#define BL_EXTREMES 5
struct bl_outliers { /* of one numeric or date-time column */
    size_t column, count;           /* values present */
    double q1, q3, mean, sd;
    double low, high;               /* fences: q1 - k iqr, q3 + k iqr (Tukey) */
    size_t below, above;            /* beyond the fences */
    size_t z_beyond;                /* |x - mean| / sd > z */
    uint32_t extreme[BL_EXTREMES];  /* rows beyond the fences, the farthest first, ties by row */
    size_t n_extreme;
};
/* Columns with fewer than 4 values or without spread between the quartiles have no fences (nan) and none beyond them. */
bool bl_outliers_of(const struct bl_table *t, const size_t *columns, size_t n, double k, double z, struct bl_outliers *out,
                    struct bl_pool *pool, struct bl_error *err);

/* ---- drift ------------------------------------------------------------------------------------------
 * Whether what comes now is distributed as what was there before: two-sample statistics of single columns,
 * their verdicts, and the correction over many columns. */
#define BL_DRIFT_FEW 30     /* rows on either side below which there is no verdict */
#define BL_DRIFT_BINS 10    /* of numbers, by the quantiles of the reference */
#define BL_DRIFT_MANY 1000  /* reference rows up to which `auto` asks for a probability, beyond for a distance */

/* One column twice: 0 is the reference, 1 what is compared with it. */
struct bl_drift_pair {
    bool numbers;            /* else levels */
    size_t n[2], missing[2]; /* values present and missing */
    double *value[2];        /* numbers, ascending */
    size_t n_levels;         /* that occur on either side; those of the reference first */
    size_t *count[2];        /* rows of each level */
    const char **level;      /* their names, lent by the tables */
    size_t n_new, new_rows;  /* levels without a row in the reference: how many, and their rows */
    const char *first_new;   /* the most frequent one; NULL: none */
};
/* Column `at` of these rows of a table (NULL: all of its n rows) beside column `other` of all rows of another.
 * Both numbers or dates, or both levels; free with bl_drift_pair_done. */
bool bl_drift_pair_of(const struct bl_table *t, const uint32_t *rows, size_t n, size_t at, const struct bl_table *now, size_t other,
                      struct bl_drift_pair *out, struct bl_error *err);
void bl_drift_pair_done(struct bl_drift_pair *p);

struct bl_drift_figure {
    double statistic; /* nan: there is none; inf: the reference has no spread */
    double p;         /* nan: there is none */
    size_t cells, df; /* bins or levels that took part, degrees of freedom */
    size_t pooled;    /* levels that were put together */
    bool exact;       /* p counts all arrangements */
};

/* Tests of drift: adding one is a function and a line in the table (src/stats/drift.c). */
struct bl_drift_test {
    const char *name, *summary;
    bool numbers, levels;  /* what it compares */
    const char *else_test; /* for the other kind of column; NULL: takes both */
    double threshold;      /* of a distance, from which on there is drift; nan: the verdict is by p */
    bool (*measure)(const struct bl_drift_pair *p, struct bl_progress *progress, struct bl_drift_figure *out, struct bl_error *err);
};
extern const struct bl_drift_test *const bl_drift_tests[]; /* NULL-terminated: ks chi2 psi js wasserstein */
const struct bl_drift_test *bl_drift_test_named(const char *name); /* NULL: none */

/* Kolmogorov and Smirnov: the largest difference of the two distribution functions, behind whole groups of equal
 * values. p is the share of all arrangements of the same values (so ties count as they are) with at least
 * this difference, while n·m <= 10^7; else Stephens' (1970) Q((√e + 0.12 + 0.11/√e)·D), e = nm/(n + m). */
bool bl_drift_ks(const struct bl_drift_pair *p, struct bl_progress *progress, struct bl_drift_figure *out, struct bl_error *err);
double bl_kolmogorov_q(double lambda); /* 2 Σ (-1)^(k-1) exp(-2k²λ²) */
/* Chi-square of the 2 × k table of levels (numbers: of the bins of psi), k - 1 degrees, no continuity correction.
 * Missing is a level. Levels that expect fewer than 5 rows on a side are put together, with the
 * least of the others too while together they still expect fewer. */
bool bl_drift_chi2(const struct bl_drift_pair *p, struct bl_progress *progress, struct bl_drift_figure *out, struct bl_error *err);
/* Population stability index Σ (q - p) ln(q/p), p = (c + 1/2)/(n + B/2). Bins are cut at the inner tenths of the reference
 * (type 7; equal ones once; a bin ends with its edge, the outer ones are open); missing is a bin; cells without a row on either
 * side are left out. p: index / (1/n + 1/m) on chi-square with B - 1 degrees (Yurdakul 2018). */
bool bl_drift_psi(const struct bl_drift_pair *p, struct bl_progress *progress, struct bl_drift_figure *out, struct bl_error *err);
/* Jensen-Shannon distance over the same cells, √(½KL(p‖m) + ½KL(q‖m)) with logarithms to base 2: 0 to 1. */
bool bl_drift_js(const struct bl_drift_pair *p, struct bl_progress *progress, struct bl_drift_figure *out, struct bl_error *err);
/* ∫|F - G| in standard deviations (n - 1) of the reference. */
bool bl_drift_wasserstein(const struct bl_drift_pair *p, struct bl_progress *progress, struct bl_drift_figure *out, struct bl_error *err);

enum bl_correction { BL_HOLM, BL_BENJAMINI_HOCHBERG, BL_UNCORRECTED };
/* Adjusted probabilities: below alpha where the procedure rejects at alpha (Holm 1979; Benjamini and Hochberg 1995). nan
 * ones take no part. False without memory. */
bool bl_adjust_p(const double *p, size_t n, enum bl_correction how, double *out);

enum bl_verdict { BL_STEADY, BL_DRIFTED, BL_TOO_FEW /* rows */, BL_NO_VERDICT /* no figure, or another type */ };
struct bl_drift_column {
    size_t at, other;                 /* in the reference; in what is compared, SIZE_MAX: it is not there */
    const struct bl_drift_test *test; /* NULL: not compared */
    struct bl_drift_figure figure, psi;
    double p;                         /* corrected; nan: none */
    enum bl_verdict verdict;
    size_t n[2], missing[2], n_new, new_rows;
    double mean[2];                   /* numbers, else nan */
    double missing_p;                 /* that as many are missing as before: chi-square of the 2 × 2 table; nan: none is, or few rows */
    const char *first_new;            /* lent by the table compared */
    const char *why;                  /* no verdict: why; static */
};
struct bl_drift_options {
    const struct bl_drift_test *test; /* NULL: up to BL_DRIFT_MANY reference rows ks and chi2, beyond wasserstein and js */
    double alpha;
    enum bl_correction correction;
    struct bl_progress *progress;
};
/* Compares columns of these rows of t (rows NULL: all) with the columns of the same name in now. out holds
 * n_columns. The correction is over all columns that have a p and a verdict. */
bool bl_drift_compare(const struct bl_table *t, const uint32_t *rows, size_t n, const size_t *columns, size_t n_columns,
                      const struct bl_table *now, const struct bl_drift_options *options, struct bl_drift_column *out, struct bl_error *err);

/* ---- detectors of drift in a stream -------------------------------------------------------------------
 * One value at a time, mostly the errors of a model. Memory is fixed, an update allocates nothing. Adding one is
 * a file and a line in the table (src/stats/detector.c). */
enum bl_signal { BL_SIGNAL_NONE, BL_SIGNAL_WARNING, BL_SIGNAL_DRIFT };
#define BL_DETECTOR_KEYS 4
struct bl_detector_key { const char *name; double standard, min, max; const char *help; }; /* min to max, ends included */
struct bl_detector_type {
    const char *name, *summary;
    struct bl_detector_key keys[BL_DETECTOR_KEYS]; /* name NULL behind the last */
    size_t size;                                   /* bytes of its state */
    bool (*check)(const double *keys, struct bl_error *err); /* that keys go together; NULL: always */
    void (*start)(void *state, const double *keys);
    enum bl_signal (*update)(void *state, const double *keys, double x);
    double (*behind)(const void *state, const double *keys); /* of the newest values, at a drift: how many lie behind the change */
    bool errors;                                   /* x is 1 for an error, else 0; false: any number, a larger one is worse */
};
/* NULL-terminated. page_hinkley (Page 1954): S = max(0, alpha S + x - mean - delta), drift from S >= lambda, starts anew then.
 * ddm (Gama and others 2004): x is 1 for an error, else 0; p, s = sqrt(p (1 - p)/n) after `after` values; warning above p_min + 2
 * s_min, drift above p_min + 3 s_min, where p + s was least; starts anew then. adwin (Bifet and Gavalda 2007): a window
 * as buckets of 1, 2, 4, ... values, five a size; every 32 values its old end is dropped while some cut has |mean0 - mean1| >
 * sqrt(2 v l/m) + 2/3 l/m, l = ln(2 ln W/delta), 1/m = 1/(n0 - 4) + 1/(n1 - 4), both parts at least 5. eddm (Baena-Garcia and others
 * 2006): p, s of the distances between errors; once there are `after` errors, warning where (p + 2 s)/(its largest so far) < warn, drift
 * where it is < drift; starts anew then. kswin (Raab, Heusinger and Schleif 2020): the newest `recent` of a `window` against as many
 * drawn from the older ones, drift where their Kolmogorov-Smirnov distance exceeds sqrt(-ln(alpha)/recent); the newest stay then. */
extern const struct bl_detector_type *const bl_detectors[];
const struct bl_detector_type *bl_detector_named(const char *name); /* NULL: none */

struct bl_detector; /* of one stream */
/* keys NULL: the standard values; else BL_DETECTOR_KEYS of them in the order of the type. */
struct bl_detector *bl_detector_create(const struct bl_detector_type *type, const double *keys, struct bl_error *err);
/* A value that is not finite is passed over. */
enum bl_signal bl_detector_update(struct bl_detector *d, double x);
/* After a drift: how many of the newest values lie behind the change, as the detector places it (since its warning, the last zero
 * of its sum, what its window keeps); at least 1. */
double bl_detector_behind(const struct bl_detector *d);
void bl_detector_restart(struct bl_detector *d); /* as created */
void bl_detector_free(struct bl_detector *d);

#endif
