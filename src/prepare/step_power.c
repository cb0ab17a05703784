/* power: the transformation of Yeo and Johnson (2000), which makes a skewed column more like a normal
 * one and takes numbers of both signs. With u = ln(1 + |x|) and s(m, u) = (exp(m u) - 1) / m (u where
 * m is 0) it is s(lambda, u) for x >= 0 and -s(2 - lambda, u) below. lambda maximises the likelihood
 *   L = -n/2 ln var y + (lambda - 1) sum sign(x) u,
 * so it is where dL = -n cov(y, y') / var y + sum sign(x) u is 0, y' the derivative by lambda. */
#include "src/prepare/step.h"

#include <math.h>

#define LAMBDA_MAX 64.0

static double grow(double m, double u)
{
    return m == 0 ? u : bl_expm1(m * u) / m;
}

/* ds/dm = (u exp(m u) - s) / m, by its series where that would cancel. */
static double grow_slope(double m, double u)
{
    double sum = 0, term = u * u / 2;

    if (fabs(m * u) > 0.1)
        return (u * (1 + m * grow(m, u)) - grow(m, u)) / m;
    for (int k = 2; k < 14; k++) {
        sum += (k - 1) * term;
        term *= m * u / (k + 1);
    }
    return sum;
}

static double transform(double x, double lambda)
{
    if (isnan(x))
        return x;
    return x >= 0 ? grow(lambda, bl_log1p(x)) : -grow(2 - lambda, bl_log1p(-x));
}

struct search {
    const double *x; /* present values */
    size_t n, zeros;   /* and so many more that are 0, and so stay 0 */
    double *y, *slope; /* work */
    double sign;       /* sum sign(x) u */
    double lambda;
};

static void transform_block(void *context, size_t block, size_t worker)
{
    const struct search *s = context;
    size_t end = (block + 1) * BL_BLOCK < s->n ? (block + 1) * BL_BLOCK : s->n;

    (void)worker;
    for (size_t i = block * BL_BLOCK; i < end; i++) {
        double x = s->x[i];
        s->y[i] = transform(x, s->lambda);
        s->slope[i] = x >= 0 ? grow_slope(s->lambda, bl_log1p(x))
                             : grow_slope(2 - s->lambda, bl_log1p(-x));
    }
}

/* dL at lambda; overflow means that lambda went too far from where it started. */
static double derivative(struct search *s, double lambda, struct bl_pool *pool)
{
    const double all = (double)(s->n + s->zeros), zeros = (double)s->zeros;
    double mean, mean_slope;

    s->lambda = lambda;
    bl_pool_run(pool, (s->n + BL_BLOCK - 1) / BL_BLOCK, transform_block, s);
    mean = bl_sum(s->y, s->n) / all;
    mean_slope = bl_sum(s->slope, s->n) / all;
    for (size_t i = 0; i < s->n; i++) {
        double y = s->y[i] - mean;
        s->slope[i] = y * (s->slope[i] - mean_slope);
        s->y[i] = y * y;
    }
    return s->sign - all * ((bl_sum(s->slope, s->n) + zeros * mean * mean_slope) / (bl_sum(s->y, s->n) + zeros * mean * mean));
}

/* dL along the way from lambda = 1, upwards or downwards: above 0 before the best lambda. */
static double ahead(struct search *s, double direction, double t, struct bl_pool *pool)
{
    double d = direction * derivative(s, 1 + direction * t, pool);

    return isfinite(d) ? d : -INFINITY; /* overflow: much too far */
}

/* False position with halved weights (Illinois), halving where an end is infinite. */
static double root(struct search *s, double direction, double at_low, double high, double at_high,
                   struct bl_pool *pool)
{
    double low = 0, t = high, last;
    int side = 0;

    for (int k = 0; k < 100; k++) {
        double d;

        last = t;
        t = isfinite(at_high) ? high - at_high * ((high - low) / (at_high - at_low))
                              : (low + high) / 2;
        if (!(t > low && t < high))
            t = (low + high) / 2;
        if (fabs(t - last) <= 1e-14 * (1 + t) || (d = ahead(s, direction, t, pool)) == 0)
            break;
        if (d > 0) {
            low = t, at_low = d;
            at_high /= side > 0 ? 2 : 1;
            side = 1;
        } else {
            high = t, at_high = d;
            at_low /= side < 0 ? 2 : 1;
            side = -1;
        }
    }
    return 1 + direction * t;
}

static double find_lambda(struct search *s, struct bl_pool *pool)
{
    double start = derivative(s, 1, pool), direction = start < 0 ? -1 : 1, at, t = 1;

    if (!isfinite(start) || start == 0)
        return 1;
    while ((at = ahead(s, direction, t, pool)) > 0)
        if ((t *= 2) > LAMBDA_MAX)
            return 1 + direction * LAMBDA_MAX;
    return root(s, direction, fabs(start), t, at, pool);
}

static bool is_constant(const struct search *s)
{
    const double first = s->zeros ? 0 : s->n ? s->x[0] : 0;

    for (size_t i = 0; i < s->n; i++)
        if (s->x[i] != first)
            return false;
    return true;
}

static bool fit(struct bl_fitter *f, size_t column, const struct bl_values *v, struct bl_error *err)
{
    double *work = bl_aligned(3 * v->n + 1, sizeof *work);
    struct search s = {.x = work, .zeros = v->zeros, .y = work + v->n, .slope = work + 2 * v->n, .lambda = 1};

    if (!work)
        return bl_fail_memory(err, "a column of the training rows");
    for (size_t i = 0; i < v->n; i++)
        if (!isnan(v->x[i])) {
            double u = bl_log1p(fabs(v->x[i]));
            s.sign += v->x[i] < 0 ? -u : u;
            work[s.n++] = v->x[i];
        }
    if (is_constant(&s))
        bl_fitter_list(&f->constant, f->fit->columns[column].name);
    else
        s.lambda = find_lambda(&s, f->pool);
    bl_free(work);
    return bl_fitter_note(f, column, "lambda", s.lambda, NULL, err) &&
           bl_fitter_map(f, column, s.lambda, 0, err);
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = transform(x[i], params[0]);
}

static const struct bl_op op = {.name = "power", .map = map, .good = bl_good_one};

extern const struct bl_step_type bl_step_power;
const struct bl_step_type bl_step_power = {
    .name = "power",
    .summary = "make skewed columns more normal (Yeo-Johnson)",
    .takes = bl_takes_numbers,
    .fit_values = fit,
    .ops = {&op},
};
