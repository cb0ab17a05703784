/* How steep an objective can get: largest eigenvalues of its curvature over all rows and of a single
 * row, from which lr=auto follows (Gower and others, ICML 2019). */
#include "src/learn/gram.h"
#include "src/learn/linalg.h"

#include <math.h>

#define EXPLICIT_MAX 2000 /* columns up to which X'X is formed */

/* ---- largest eigenvalue of X'X/n (+ l2 for what is penalised) ------------------------------------ */

struct rows_product {
    const struct bl_objective *o;
    struct bl_pool *pool;
    const double *v;
    double l2, *lane;
    size_t lanes;
};

static void rows_lane(void *context, size_t l, size_t worker)
{
    const struct rows_product *p = context;
    const struct bl_objective *o = p->o;
    size_t one = o->intercept, m = o->d + one, n = o->train->n_rows, end = bl_lane_begin(n, p->lanes, l + 1);
    double *sum = p->lane + l * m;
    (void)worker;
    for (size_t i = bl_lane_begin(n, p->lanes, l); i < end; i++) {
        const double *x = o->train->x + i * o->d;
        double z = bl_dot(x, p->v + one, o->d) + (one ? p->v[0] : 0);
        if (one)
            sum[0] += z;
        bl_axpy(z, x, sum + one, o->d);
    }
}

static bool rows_times(void *context, const double *v, double *out, struct bl_error *err)
{
    struct rows_product *p = context;
    size_t one = p->o->intercept, m = p->o->d + one;
    p->v = v;
    p->lane = bl_aligned(p->lanes * m, sizeof(double));
    if (!p->lane)
        return bl_fail_memory(err, "the smoothness");
    bl_pool_run(p->pool, p->lanes, rows_lane, p);
    bl_lanes_join(p->lane, p->lanes, m, m);
    for (size_t i = 0; i < m; i++)
        out[i] = p->lane[i] / (double)p->o->train->n_rows + (i < one ? 0 : p->l2 * v[i]);
    bl_free(p->lane);
    return true;
}

static bool largest_implicit(const struct bl_objective *o, double l2, struct bl_pool *pool, double *value, struct bl_error *err)
{
    struct rows_product p = { .o = o, .pool = pool, .l2 = l2, .lanes = bl_lanes(o->train->n_rows) };
    double small;
    return bl_lanczos(rows_times, &p, o->d + o->intercept, NULL, value, &small, NULL, err);
}

static bool largest_explicit(const struct bl_objective *o, double l2, struct bl_pool *pool, double *value, struct bl_error *err)
{
    size_t m = o->d + o->intercept;
    double *h = bl_calloc(m * m, sizeof *h);
    bool ok = h ? bl_gram_of(o, BL_GRAM_ROWS, NULL, h, pool, NULL, err) : bl_fail_memory(err, "the smoothness");
    if (ok) {
        for (size_t i = o->intercept; i < m; i++)
            h[i * m + i] += l2;
        ok = bl_eigen_largest(h, m, value, err);
    }
    bl_free(h);
    return ok;
}

/* ---- the longest row ----------------------------------------------------------------------------- */

struct longest { const struct bl_objective *o; double lane[BL_LANES_MAX]; size_t lanes; };

static void longest_lane(void *context, size_t l, size_t worker)
{
    struct longest *p = context;
    size_t n = p->o->train->n_rows, d = p->o->d, end = bl_lane_begin(n, p->lanes, l + 1);
    (void)worker;
    for (size_t i = bl_lane_begin(n, p->lanes, l); i < end; i++)
        p->lane[l] = fmax(p->lane[l], bl_norm2(p->o->train->x + i * d, d));
}

static double longest_row(const struct bl_objective *o, struct bl_pool *pool)
{
    struct longest p = { .o = o, .lanes = bl_lanes(o->train->n_rows) };
    double most = 0;
    bl_pool_run(pool, p.lanes, longest_lane, &p);
    for (size_t l = 0; l < p.lanes; l++)
        most = fmax(most, p.lane[l]);
    return most + o->intercept;
}

bool bl_smoothness_of(const struct bl_objective *o, struct bl_pool *pool, struct bl_smoothness *out, struct bl_error *err)
{
    size_t m = o->d + o->intercept;
    double inside = o->type->quadratic ? o->l2 : 0, value = 0;
    *out = (struct bl_smoothness){ NAN, NAN };
    if (!isfinite(o->type->curvature_bound)) /* kinks, or a curvature that grows for ever */
        return true;
    if (m > 0 && !(m <= EXPLICIT_MAX ? largest_explicit : largest_implicit)(o, inside, pool, &value, err))
        return false;
    out->full = o->type->quadratic ? value : o->type->curvature_bound * value + o->l2;
    out->row_max = o->type->curvature_bound * longest_row(o, pool) + o->l2;
    return true;
}

double bl_smoothness_batch(const struct bl_smoothness *s, size_t n, size_t batch)
{
    if (batch >= n)
        return s->full;
    double rows = (double)n, b = (double)batch;
    return rows * (b - 1) / (b * (rows - 1)) * s->full + (rows - b) / (b * (rows - 1)) * s->row_max;
}
