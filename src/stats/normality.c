/* Is a column normal? Four tests, and the plot that shows where it is not. */
#include <math.h>

#include "distributions.h"
#include "order.h"

#define SHAPIRO_MAX 5000
#define ENDS 10 /* points of the plot that are always kept at either end */

/* ---- from moments ----------------------------------------------------------------------------*/

static struct bl_test jarque_bera(double n, double g1, double g2)
{
    double statistic = n / 6 * (g1 * g1 + g2 * g2 / 4);

    return (struct bl_test){statistic, bl_chi_square_p(statistic, 2)};
}

/* D'Agostino 1970: skewness to a normal deviate. */
static double skewness_z(double n, double g1)
{
    double y = g1 * sqrt((n + 1) * (n + 3) / (6 * (n - 2)));
    double beta2 = 3 * (n * n + 27 * n - 70) * (n + 1) * (n + 3) / ((n - 2) * (n + 5) * (n + 7) * (n + 9));
    double w2 = sqrt(2 * (beta2 - 1)) - 1;

    return asinh(y / sqrt(2 / (w2 - 1))) / sqrt(log(w2) / 2);
}

/* Anscombe and Glynn 1983: kurtosis to a normal deviate. */
static double kurtosis_z(double n, double g2)
{
    double mean = 3 * (n - 1) / (n + 1), variance = 24 * n * (n - 2) * (n - 3) / ((n + 1) * (n + 1) * (n + 3) * (n + 5));
    double x = (g2 + 3 - mean) / sqrt(variance);
    double root = 6 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9)) * sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)));
    double a = 6 + 8 / root * (2 / root + sqrt(1 + 4 / (root * root)));

    return (1 - 2 / (9 * a) - cbrt((1 - 2 / a) / (1 + x * sqrt(2 / (a - 4))))) / sqrt(2 / (9 * a));
}

static struct bl_test dagostino(double n, double g1, double g2)
{
    double z1, z2, statistic;

    if (n < 8)
        return (struct bl_test){NAN, NAN};
    z1 = skewness_z(n, g1);
    z2 = kurtosis_z(n, g2);
    statistic = z1 * z1 + z2 * z2;
    return (struct bl_test){statistic, bl_chi_square_p(statistic, 2)};
}

/* ---- Anderson and Darling ----------------------------------------------------------------------*/

struct anderson {
    const double *sorted;
    size_t n;
    double mean, sd;
    double sums[BL_LANES_MAX];
    struct bl_progress *progress;
};

static void anderson_lane(void *context, size_t lane, size_t worker)
{
    struct anderson *a = context;
    size_t lanes = bl_lanes(a->n), end = bl_lane_begin(a->n, lanes, lane + 1);
    struct bl_sum2 sum = {0, 0};

    (void)worker;
    for (size_t i = bl_lane_begin(a->n, lanes, lane); i < end && !bl_stopped(a->progress); i++) {
        double low = (a->sorted[i] - a->mean) / a->sd, high = (a->sorted[a->n - 1 - i] - a->mean) / a->sd;

        bl_sum2_add(&sum, (2 * (double)i + 1) * (bl_normal_log_cdf(low) + bl_normal_log_cdf(-high)));
    }
    a->sums[lane] = bl_sum2_value(sum);
    bl_progress_add(a->progress, 1);
}

/* D'Agostino and Stephens 1986, table 4.9. */
static double anderson_p(double a)
{
    if (a < 0.2)
        return 1 - exp(-13.436 + 101.14 * a - 223.73 * a * a);
    if (a < 0.34)
        return 1 - exp(-8.318 + 42.796 * a - 59.938 * a * a);
    if (a < 0.6)
        return exp(0.9177 - 4.279 * a - 1.38 * a * a);
    return exp(1.2937 - 5.709 * fmin(a, 153) + 0.0186 * fmin(a, 153) * fmin(a, 153));
}

static struct bl_test anderson(struct anderson *a, struct bl_pool *pool)
{
    size_t lanes = bl_lanes(a->n);
    double n = (double)a->n, statistic;

    if (a->n < 8)
        return (struct bl_test){NAN, NAN};
    bl_pool_run(pool, lanes, anderson_lane, a);
    bl_lanes_join(a->sums, lanes, 1, 1);
    statistic = (-n - a->sums[0] / n) * (1 + 0.75 / n + 2.25 / (n * n));
    return (struct bl_test){statistic, anderson_p(statistic)};
}

/* ---- Shapiro and Wilk --------------------------------------------------------------------------*/

static double polynomial(const double *c, size_t n, double x)
{
    double sum = 0;

    while (n--)
        sum = sum * x + c[n];
    return sum;
}

/* Royston 1995 (AS R94): weights of the upper half, the largest first. a holds n/2. */
static void shapiro_weights(size_t n, double *a)
{
    static const double first[] = {0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056};
    static const double second[] = {0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633};
    double squares = 0, root, scale, a1, a2 = 0, rest = 1 / sqrt((double)n);
    size_t half = n / 2, done = n > 5 ? 2 : 1;

    if (n == 3) {
        a[0] = sqrt(0.5);
        return;
    }
    for (size_t i = 0; i < half; i++) {
        a[i] = -bl_normal_inverse(((double)i + 0.625) / ((double)n + 0.25));
        squares += 2 * a[i] * a[i];
    }
    root = sqrt(squares);
    a1 = a[0] / root + polynomial(first, 6, rest);
    scale = squares - 2 * a[0] * a[0];
    if (done == 2) {
        a2 = a[1] / root + polynomial(second, 6, rest);
        scale -= 2 * a[1] * a[1];
    }
    scale = sqrt(scale / (1 - 2 * a1 * a1 - 2 * a2 * a2));
    for (size_t i = done; i < half; i++)
        a[i] /= scale;
    a[0] = a1;
    if (done == 2)
        a[1] = a2;
}

static double shapiro_p(double w, double rest, double n)
{
    static const double gamma[] = {-2.273, 0.459}, mean_few[] = {0.544, -0.39978, 0.025054, -6.714e-4};
    static const double sd_few[] = {1.3822, -0.77857, 0.062767, -0.0020322};
    static const double mean_many[] = {-1.5861, -0.31082, -0.083751, 0.0038915}, sd_many[] = {-0.4803, -0.082676, 0.0030302};
    double y = log(rest), limit = polynomial(gamma, 2, n), z;

    if (n == 3)
        return fmax(0, 6 / 3.14159265358979323846 * (asin(sqrt(w)) - asin(sqrt(0.75))));
    if (n <= 11 && y >= limit)
        return 0;
    if (n <= 11)
        z = (-log(limit - y) - polynomial(mean_few, 4, n)) / exp(polynomial(sd_few, 4, n));
    else
        z = (y - polynomial(mean_many, 4, log(n))) / exp(polynomial(sd_many, 3, log(n)));
    return erfc(z / sqrt(2)) / 2;
}

/* W is the squared correlation of the sorted values with the weights; what is missing to 1 decides, so
 * it is computed without that difference. */
static bool shapiro(const double *sorted, size_t n, const struct bl_moments *m, struct bl_test *out, struct bl_error *err)
{
    double *a, both = 0, weights = 0, root, rest;

    *out = (struct bl_test){NAN, NAN};
    if (n < 3 || n > SHAPIRO_MAX)
        return true;
    if (!(a = bl_calloc(n / 2, sizeof *a)))
        return bl_fail_memory(err, "a test");
    shapiro_weights(n, a);
    for (size_t i = 0; i < n / 2; i++) {
        both += a[i] * (sorted[n - 1 - i] - sorted[i]);
        weights += 2 * a[i] * a[i];
    }
    bl_free(a);
    root = sqrt(weights * m->m2);
    rest = fmax((root - both) * (root + both) / (weights * m->m2), 1e-300);
    *out = (struct bl_test){1 - rest, shapiro_p(1 - rest, rest, (double)n)};
    return true;
}

/* ---- all of them --------------------------------------------------------------------------------*/

bool bl_normality_of(const double *x, size_t n, struct bl_pool *pool, struct bl_progress *progress, struct bl_normality *out,
                     struct bl_error *err)
{
    struct bl_moments m = bl_moments_of(x, n, pool);
    struct anderson a = {.n = (size_t)m.n, .mean = m.mean, .sd = sqrt(bl_moments_variance(&m)), .progress = progress};
    const struct bl_test none = {NAN, NAN};
    double *sorted;
    bool fine;

    *out = (struct bl_normality){(size_t)m.n, bl_moments_skewness(&m), bl_moments_kurtosis(&m), none, none, none, none};
    if (!(m.m2 > 0) || isinf(m.m2) || isnan(out->kurtosis))
        return true;
    if (!(sorted = bl_sorted(x, n, NULL)))
        return bl_fail_memory(err, "a test");
    a.sorted = sorted;
    out->jarque_bera = jarque_bera(m.n, out->skewness, out->kurtosis);
    out->dagostino = dagostino(m.n, out->skewness, out->kurtosis);
    out->anderson = anderson(&a, pool);
    fine = shapiro(sorted, a.n, &m, &out->shapiro, err);
    bl_free(sorted);
    return bl_stopped(progress) ? bl_fail(err, BL_STOPPED, "normality was interrupted") : fine;
}

/* ---- the plot -----------------------------------------------------------------------------------*/

/* Which of n ranks is point k of `points`. */
static size_t rank_of(size_t k, size_t points, size_t n)
{
    if (points == n || k < ENDS)
        return k;
    if (k >= points - ENDS)
        return n - (points - k);
    return ENDS + (size_t)((double)(k - ENDS) * (double)(n - 2 * ENDS - 1) / (double)(points - 2 * ENDS - 1) + 0.5);
}

bool bl_normal_plot_of(const double *x, size_t n, size_t most, struct bl_normal_plot *out, struct bl_error *err)
{
    size_t present = 0;
    double *sorted = bl_sorted(x, n, &present), q1, q3;
    const double quartile = 0.67448975019608171; /* of the standard normal distribution */

    *out = (struct bl_normal_plot){.of = present, .n = present < most || most < 3 * ENDS ? present : most};
    out->x = bl_calloc(2 * out->n + 1, sizeof *out->x);
    if (!sorted || !out->x) {
        bl_free(sorted);
        bl_normal_plot_done(out);
        return bl_fail_memory(err, "the quantiles");
    }
    out->y = out->x + out->n;
    for (size_t k = 0; k < out->n; k++) {
        size_t rank = rank_of(k, out->n, present);

        out->x[k] = bl_normal_inverse(((double)rank + 0.5) / (double)present);
        out->y[k] = sorted[rank];
    }
    q1 = present ? bl_quantile_sorted(sorted, present, 0.25) : NAN;
    q3 = present ? bl_quantile_sorted(sorted, present, 0.75) : NAN;
    out->slope = (q3 - q1) / (2 * quartile);
    out->intercept = (q1 + q3) / 2;
    bl_free(sorted);
    return true;
}

void bl_normal_plot_done(struct bl_normal_plot *p)
{
    bl_free(p->x);
    *p = (struct bl_normal_plot){0};
}
