/* Drift of numbers by their order: Kolmogorov-Smirnov and Wasserstein. Both walk the two sorted samples
 * at once and look behind each group of equal values. */
#include <math.h>

#include "batchlab/stats.h"

#define EXACT_MAX 10000000 /* n·m up to which arrangements are counted */

/* ---- the walk ----------------------------------------------------------------------------------*/

struct walk { const struct bl_drift_pair *p; size_t i, j; /* values of either side up to `at` */ double at; };

/* Behind the next group of equal values; false at the end. */
static bool walk_on(struct walk *w)
{
    const double *a = w->p->value[0], *b = w->p->value[1];
    const size_t n = w->p->n[0], m = w->p->n[1];

    if (w->i == n && w->j == m)
        return false;
    w->at = w->j == m || (w->i < n && a[w->i] < b[w->j]) ? a[w->i] : b[w->j];
    while (w->i < n && a[w->i] == w->at)
        w->i++;
    while (w->j < m && b[w->j] == w->at)
        w->j++;
    return true;
}

/* |i/n - j/m| as a whole number of 1/(nm); samples have fewer than 2^32 values. */
static uint64_t apart(size_t i, size_t n, size_t j, size_t m)
{
    const uint64_t a = (uint64_t)i * m, b = (uint64_t)j * n;

    return a > b ? a - b : b - a;
}

/* ---- Kolmogorov-Smirnov ------------------------------------------------------------------------*/

double bl_kolmogorov_q(double lambda)
{
    double sum = 0;

    if (!(lambda > 0))
        return isnan(lambda) ? NAN : 1;
    if (lambda < 1.18) { /* the same series turned by Jacobi's identity: few terms where the other needs many */
        const double x = -M_PI * M_PI / (8 * lambda * lambda);

        for (int k = 1; k <= 9; k += 2)
            sum += exp(x * k * k);
        return 1 - sqrt(2 * M_PI) / lambda * sum;
    }
    for (int k = 1; k <= 6; k++)
        sum += (k % 2 ? 2 : -2) * exp(-2.0 * k * k * lambda * lambda);
    return sum;
}

/* Where, in the order of all values, a group of equal ones ends. */
static uint8_t *group_ends(const struct bl_drift_pair *p)
{
    uint8_t *ends = bl_calloc(p->n[0] + p->n[1] + 1, sizeof *ends);
    struct walk w = {.p = p};

    while (ends && walk_on(&w))
        ends[w.i + w.j] = 1;
    return ends;
}

/* Row i of the share of paths to (i, j) that were ever at least d apart behind a group: the last step came from
 * the left or from below with chances j/(i+j) and i/(i+j). Only sums of positive terms: small p keep their digits. */
static void count_row(double *far, size_t i, const struct bl_drift_pair *p, const uint8_t *ends, uint64_t d)
{
    for (size_t j = 0; j <= p->n[1]; j++) {
        if (ends[i + j] && apart(i, p->n[0], j, p->n[1]) >= d)
            far[j] = 1;
        else if (i && j)
            far[j] = ((double)i * far[j] + (double)j * far[j - 1]) / (double)(i + j);
        else if (!i)
            far[j] = j ? far[j - 1] : 0;
    }
}

static bool exact_p(const struct bl_drift_pair *p, uint64_t d, struct bl_progress *progress, double *out, struct bl_error *err)
{
    double *far = bl_calloc(p->n[1] + 1, sizeof *far);
    uint8_t *ends = group_ends(p);
    bool fine = (far && ends) || bl_fail_memory(err, "the arrangements");

    for (size_t i = 0; fine && i <= p->n[0]; i++) {
        fine = !bl_stopped(progress) || bl_fail(err, BL_STOPPED, "drift was interrupted");
        if (fine)
            count_row(far, i, p, ends, d);
    }
    *out = fine ? far[p->n[1]] : NAN;
    bl_free(far);
    bl_free(ends);
    return fine;
}

bool bl_drift_ks(const struct bl_drift_pair *p, struct bl_progress *progress, struct bl_drift_figure *out, struct bl_error *err)
{
    const double n = (double)p->n[0], m = (double)p->n[1], e = sqrt(n * m / (n + m));
    struct walk w = {.p = p};
    uint64_t d = 0;

    *out = (struct bl_drift_figure){.statistic = NAN, .p = NAN};
    if (!p->numbers || !p->n[0] || !p->n[1])
        return true;
    while (walk_on(&w)) {
        const uint64_t here = apart(w.i, p->n[0], w.j, p->n[1]);

        d = here > d ? here : d;
    }
    out->statistic = (double)d / (n * m);
    out->exact = n * m <= EXACT_MAX;
    if (out->exact)
        return d ? exact_p(p, d, progress, &out->p, err) : (out->p = 1, true);
    out->p = fmin(1, fmax(0, bl_kolmogorov_q((e + 0.12 + 0.11 / e) * out->statistic)));
    return true;
}

/* ---- Wasserstein -------------------------------------------------------------------------------*/

#define FAR 300 /* powers of 2 up to which squares and their sum stay in range */

/* A power of 2 that brings values whose squares leave the range of numbers near 1; the figure has no unit. */
static int scale_of(const struct bl_drift_pair *p)
{
    double top = 0;
    int power;

    for (size_t side = 0; side < 2; side++)
        top = fmax(top, fmax(fabs(p->value[side][0]), fabs(p->value[side][p->n[side] - 1])));
    frexp(top, &power);
    return power > FAR || power < -FAR ? -power : 0;
}

static bool deviation_of(const double *x, size_t n, int scale, double *out, struct bl_error *err)
{
    double *near = scale ? bl_calloc(n, sizeof *near) : NULL;
    struct bl_moments m;

    if (scale && !near)
        return bl_fail_memory(err, "the distance");
    for (size_t i = 0; scale && i < n; i++)
        near[i] = ldexp(x[i], scale);
    m = bl_moments_of(scale ? near : x, n, NULL);
    *out = sqrt(bl_moments_variance(&m));
    bl_free(near);
    return true;
}

bool bl_drift_wasserstein(const struct bl_drift_pair *p, struct bl_progress *progress, struct bl_drift_figure *out, struct bl_error *err)
{
    struct walk w = {.p = p};
    struct bl_sum2 area = {0};
    double before = 0, height = 0, sd = 0;
    int scale;

    (void)progress;
    *out = (struct bl_drift_figure){.statistic = NAN, .p = NAN};
    if (!p->numbers || !p->n[0] || !p->n[1])
        return true;
    scale = scale_of(p);
    while (walk_on(&w)) {
        const double at = scale ? ldexp(w.at, scale) : w.at;

        if (height > 0)
            bl_sum2_add(&area, height * (at - before));
        before = at;
        height = (double)apart(w.i, p->n[0], w.j, p->n[1]) / ((double)p->n[0] * (double)p->n[1]);
    }
    if (!deviation_of(p->value[0], p->n[0], scale, &sd, err))
        return false;
    out->statistic = bl_sum2_value(area) == 0 ? 0 : sd > 0 ? bl_sum2_value(area) / sd : INFINITY;
    return true;
}
