/* The Hessian of an objective over all its training rows, as a matrix and as a product. */
#include "src/learn/gram.h"
#include "src/learn/linalg.h"

bool bl_objective_hessian(const struct bl_objective *o, const double *theta, double *h, struct bl_pool *pool,
                          struct bl_progress *progress, struct bl_error *err)
{
    if (!bl_gram_of(o, BL_GRAM_CURVATURE, theta, h, pool, progress, err))
        return false;
    size_t m = o->d + o->intercept;
    for (size_t i = 0; i < o->n_params; i++)
        if (!o->intercept || i % m != 0)
            h[i * o->n_params + i] += o->l2;
    return true;
}

/* ---- product with a vector ---------------------------------------------------------------------- */

struct product {
    const struct bl_objective *o;
    const double *theta, *v;
    double *lane, *scratch;
    size_t lanes, scratch_length;
};

static void add_row(const struct product *p, size_t row, double *sum, double *scratch)
{
    const struct bl_objective *o = p->o;
    size_t k = o->k, m = o->d + o->intercept;
    double *z = scratch, *dz = z + k, *h = dz + k;
    const double *x = o->train->x + row * o->d;
    bl_objective_margins(o, p->theta, x, z);
    bl_objective_margins(o, p->v, x, dz);
    o->type->curvature(z, o->train->y[row], k, o->hyper, h);
    for (size_t a = 0; a < k; a++) {
        double u = bl_dot(h + a * k, dz, k);
        if (o->intercept)
            sum[a * m] += u;
        bl_axpy(u, x, sum + a * m + o->intercept, o->d);
    }
}

static void product_lane(void *context, size_t l, size_t worker)
{
    const struct product *p = context;
    size_t n = p->o->train->n_rows, end = bl_lane_begin(n, p->lanes, l + 1);
    for (size_t i = bl_lane_begin(n, p->lanes, l); i < end; i++)
        add_row(p, i, p->lane + l * p->o->n_params, p->scratch + worker * p->scratch_length);
}

bool bl_hessian_times(const struct bl_objective *o, const double *theta, const double *v, double *out, struct bl_pool *pool,
                      struct bl_error *err)
{
    size_t n = o->n_params, m = o->d + o->intercept;
    struct product p = { .o = o, .theta = theta, .v = v, .lanes = bl_lanes(o->train->n_rows) };
    p.scratch_length = (2 * o->k + o->k * o->k + 7) / 8 * 8;
    p.lane = bl_aligned(p.lanes * n, sizeof(double));
    p.scratch = bl_aligned(bl_pool_threads(pool) * p.scratch_length, sizeof(double));
    bool ok = p.lane && p.scratch;
    if (ok) {
        bl_pool_run(pool, p.lanes, product_lane, &p);
        bl_lanes_join(p.lane, p.lanes, n, n);
        for (size_t i = 0; i < n; i++)
            out[i] = p.lane[i] / (double)o->train->n_rows + (o->intercept && i % m == 0 ? 0 : o->l2 * v[i]);
    }
    bl_free(p.lane);
    bl_free(p.scratch);
    return ok ? true : bl_fail_memory(err, "a product with the Hessian");
}
