/* Kernel density: each point sums the kernels of the sorted values near it, so any thread may compute any
 * point. */
#include <math.h>

#include "order.h"

#define REACH 8.5 /* bandwidths; a kernel is below 1e-15 of its top beyond */
#define BLOCK 512

struct job {
    const double *sorted;
    size_t n;
    double bandwidth, *x, *y;
    struct bl_progress *progress;
};

static size_t first_from(const double *sorted, size_t n, double value)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sorted[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void point(void *context, size_t i, size_t worker)
{
    struct job *j = context;
    double h = j->bandwidth, at = j->x[i], u[BLOCK];
    size_t k = first_from(j->sorted, j->n, at - REACH * h), end = first_from(j->sorted, j->n, at + REACH * h);
    struct bl_sum2 sum = {0, 0};

    (void)worker;
    while (k < end && !bl_stopped(j->progress)) {
        size_t block = end - k < BLOCK ? end - k : BLOCK;

        for (size_t b = 0; b < block; b++) {
            double d = (j->sorted[k + b] - at) / h;
            u[b] = -d * d / 2;
        }
        bl_exp_array(u, u, block);
        bl_sum2_add(&sum, bl_sum(u, block));
        k += block;
    }
    j->y[i] = bl_sum2_value(sum) / ((double)j->n * h * 2.5066282746310005);
    bl_progress_add(j->progress, 1);
}

static double silverman(const double *sorted, size_t n, struct bl_pool *pool)
{
    struct bl_moments m = bl_moments_of(sorted, n, pool);
    double sd = sqrt(bl_moments_variance(&m));
    double iqr = bl_quantile_sorted(sorted, n, 0.75) - bl_quantile_sorted(sorted, n, 0.25);

    return 0.9 * (iqr > 0 && iqr / 1.34 < sd ? iqr / 1.34 : sd) * pow((double)n, -0.2);
}

bool bl_density_of(const double *x, size_t n, double from, double to, size_t points, double bandwidth, struct bl_pool *pool,
                   struct bl_progress *progress, struct bl_density *out, struct bl_error *err)
{
    size_t present = 0;
    double *sorted = bl_sorted(x, n, &present);
    bool fine;

    *out = (struct bl_density){.n = points, .of = present, .bandwidth = bandwidth};
    out->x = bl_calloc(2 * points + 1, sizeof *out->x);
    if (!sorted || !out->x) {
        bl_free(sorted);
        bl_density_done(out);
        return bl_fail_memory(err, "the density");
    }
    out->y = out->x + points;
    if (!(bandwidth > 0))
        out->bandwidth = silverman(sorted, present, pool);
    for (size_t i = 0; i < points; i++)
        out->x[i] = points > 1 ? from + (to - from) * ((double)i / (double)(points - 1)) : from;
    fine = out->bandwidth > 0 && isfinite(out->bandwidth) && isfinite(to - from);
    if (fine) {
        bl_progress_start(progress, "density", points);
        bl_pool_run(pool, points, point, &(struct job){sorted, present, out->bandwidth, out->x, out->y, progress});
        fine = !bl_stopped(progress) || bl_fail(err, BL_STOPPED, "hist was interrupted");
    } else {
        bl_fail(err, BL_VALUE, "the values do not spread: there is no bandwidth for a density");
        bl_hint(err, "hist alone draws them");
    }
    bl_free(sorted);
    if (!fine)
        bl_density_done(out);
    return fine;
}

void bl_density_done(struct bl_density *d)
{
    bl_free(d->x);
    *d = (struct bl_density){0};
}
