/* How steep an objective can get: largest eigenvalues of its curvature over all rows and of a single
 * row, from which lr=auto follows (Gower and others, ICML 2019). */
#include "src/learn/gram.h"
#include "src/learn/linalg.h"
#include "src/learn/workspace.h"

#include <math.h>
#include <string.h>

#define EXPLICIT_MAX 2000 /* columns up to which X'X is formed */

/* ---- largest eigenvalue of X'X/n (+ l2 for what is penalised) ------------------------------------ */

struct rows_product {
    const struct bl_objective *o;
    struct bl_pool *pool;
    const double *v;
    double l2, *lane;
    double *u; /* sparse: X v, row by row */
    size_t lanes;
};

static double row_product(const struct bl_objective *o, size_t row, const double *v)
{
    const struct bl_sparse *s = o->train->sparse;
    double z = 0;
    if (!s)
        return bl_dot(o->train->x + row * o->d, v + o->intercept, o->d) + (o->intercept ? v[0] : 0);
    for (size_t i = s->start[row]; i < s->start[row + 1]; i++)
        z += s->value[i] * v[o->intercept + s->column[i]];
    return z + (o->intercept ? v[0] : 0);
}

static void rows_lane(void *context, size_t l, size_t worker)
{
    const struct rows_product *p = context;
    const struct bl_objective *o = p->o;
    size_t one = o->intercept, n = o->train->n_rows, end = bl_lane_begin(n, p->lanes, l + 1);
    double *sum = p->lane + l * (p->u ? one : o->d + one);
    (void)worker;
    for (size_t i = bl_lane_begin(n, p->lanes, l); i < end; i++) {
        double z = row_product(o, i, p->v) * bl_row_weight(o, i);
        if (one)
            sum[0] += z;
        if (p->u)
            p->u[i] = z;
        else
            bl_row_add(o->train, i, z, sum + one);
    }
}

static bool rows_times(void *context, const double *v, double *out, struct bl_error *err)
{
    struct rows_product *p = context;
    const struct bl_matrix *x = p->o->train;
    size_t one = p->o->intercept, m = p->o->d + one, width = x->sparse ? one : m;
    p->v = v;
    p->lane = bl_aligned(p->lanes * width + 1, sizeof(double));
    p->u = x->sparse ? bl_aligned(x->n_rows, sizeof(double)) : NULL;
    bool ok = p->lane && (!x->sparse || p->u);
    if (ok) {
        bl_pool_run(p->pool, p->lanes, rows_lane, p);
        bl_lanes_join(p->lane, p->lanes, width, width);
        memcpy(out, p->lane, width * sizeof *out);
        if (x->sparse)
            bl_sparse_columns(x, p->u, 1, p->o->d, out + one, p->pool);
        for (size_t i = 0; i < m; i++)
            out[i] = out[i] / (double)x->n_rows + (i < one ? 0 : p->l2 * v[i]);
    }
    bl_free(p->lane);
    bl_free(p->u);
    return ok ? true : bl_fail_memory(err, "the smoothness");
}

static bool largest_implicit(const struct bl_objective *o, double l2, struct bl_pool *pool, double *value, struct bl_error *err)
{
    struct rows_product p = { .o = o, .pool = pool, .l2 = l2, .lanes = bl_lanes(o->train->n_rows) };
    return bl_lanczos(rows_times, &p, o->d + o->intercept, NULL, value, NULL, NULL, err);
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

struct longest { const struct bl_objective *o; double lane[2 * BL_LANES_MAX]; size_t lanes; }; /* the longest, and the sum */

static void longest_lane(void *context, size_t l, size_t worker)
{
    struct longest *p = context;
    size_t n = p->o->train->n_rows, end = bl_lane_begin(n, p->lanes, l + 1);
    (void)worker;
    for (size_t i = bl_lane_begin(n, p->lanes, l); i < end; i++) {
        double length = (bl_row_norm2(p->o->train, i) + p->o->intercept) * bl_row_weight(p->o, i);
        p->lane[2 * l] = fmax(p->lane[2 * l], length);
        p->lane[2 * l + 1] += length;
    }
}

static double longest_row(const struct bl_objective *o, struct bl_pool *pool, double *mean)
{
    struct longest p = { .o = o, .lanes = bl_lanes(o->train->n_rows) };
    double most = 0;
    bl_pool_run(pool, p.lanes, longest_lane, &p);
    for (size_t l = 0; l < p.lanes; l++)
        most = fmax(most, p.lane[2 * l]);
    bl_lanes_join(p.lane, p.lanes, 2, 2);
    *mean = p.lane[1] / (double)o->train->n_rows;
    return most;
}

bool bl_smoothness_of(const struct bl_objective *o, struct bl_pool *pool, struct bl_smoothness *out, struct bl_error *err)
{
    size_t m = o->d + o->intercept;
    double inside = o->type->quadratic ? o->l2 : 0, value = 0, mean;
    *out = (struct bl_smoothness){ NAN, NAN, NAN };
    if (!isfinite(o->type->curvature_bound)) /* kinks, or a curvature that grows for ever */
        return true;
    if (m > 0 && !(m <= EXPLICIT_MAX ? largest_explicit : largest_implicit)(o, inside, pool, &value, err))
        return false;
    out->full = o->type->quadratic ? value : o->type->curvature_bound * value + o->l2;
    out->row_max = o->type->curvature_bound * longest_row(o, pool, &mean) + o->l2;
    out->row_mean = o->type->curvature_bound * mean + o->l2;
    return true;
}

double bl_smoothness_batch(const struct bl_smoothness *s, size_t n, size_t batch)
{
    if (batch >= n)
        return s->full;
    double rows = (double)n, b = (double)batch;
    return rows * (b - 1) / (b * (rows - 1)) * s->full + (rows - b) / (b * (rows - 1)) * s->row_max;
}

double bl_smoothness_importance(const struct bl_smoothness *s, size_t batch)
{
    double b = (double)batch;
    return (b - 1) / b * s->full + s->row_mean / b;
}
