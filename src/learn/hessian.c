/* The Hessian of an objective over all its training rows, as a matrix and as a product. */
#include "src/learn/gram.h"
#include "src/learn/linalg.h"
#include "src/learn/workspace.h"

#include <string.h>

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
    double *lane, *scratch, *u;
    size_t lanes, scratch_length;
};

/* What row `row` gives the columns: the curvature times its margin along v, k numbers. */
static void row_turns(const struct product *p, size_t row, double *u, double *scratch)
{
    const struct bl_objective *o = p->o;
    size_t k = o->k;
    double *z = scratch, *dz = z + k, *h = dz + k;
    bl_row_margins(o, p->theta, o->train, row, z);
    bl_row_margins(o, p->v, o->train, row, dz);
    bl_row_curvature(o, z, row, h);
    for (size_t a = 0; a < k; a++)
        u[a] = bl_dot(h + a * k, dz, k);
}

static void turns_lane(void *context, size_t l, size_t worker)
{
    const struct product *p = context;
    size_t n = p->o->train->n_rows, k = p->o->k, end = bl_lane_begin(n, p->lanes, l + 1);
    for (size_t i = bl_lane_begin(n, p->lanes, l); i < end; i++) {
        row_turns(p, i, p->u + i * k, p->scratch + worker * p->scratch_length);
        for (size_t a = 0; p->o->intercept && a < k; a++)
            p->lane[l * k + a] += p->u[i * k + a];
    }
}

/* Sums over the rows: of sparse rows column by column, so that no lane is as long as the parameters. */
static void sparse_sums(struct product *p, double *out, struct bl_pool *pool)
{
    const struct bl_objective *o = p->o;
    size_t k = o->k, m = o->d + o->intercept;
    bl_pool_run(pool, p->lanes, turns_lane, p);
    bl_lanes_join(p->lane, p->lanes, k, k);
    bl_sparse_columns(o->train, p->u, k, m, out + o->intercept, pool);
    for (size_t a = 0; o->intercept && a < k; a++)
        out[a * m] = p->lane[a];
}

static void product_lane(void *context, size_t l, size_t worker)
{
    const struct product *p = context;
    size_t n = p->o->train->n_rows, end = bl_lane_begin(n, p->lanes, l + 1);
    size_t k = p->o->k, one = p->o->intercept, m = p->o->d + one;
    double *sum = p->lane + l * p->o->n_params, *scratch = p->scratch + worker * p->scratch_length, *u = scratch + p->scratch_length - k;
    for (size_t i = bl_lane_begin(n, p->lanes, l); i < end; i++) {
        row_turns(p, i, u, scratch);
        for (size_t a = 0; a < k; a++) {
            if (one)
                sum[a * m] += u[a];
            bl_row_add(p->o->train, i, u[a], sum + a * m + one);
        }
    }
}

bool bl_hessian_times(const struct bl_objective *o, const double *theta, const double *v, double *out, struct bl_pool *pool,
                      struct bl_error *err)
{
    size_t n = o->n_params, m = o->d + o->intercept;
    struct product p = { .o = o, .theta = theta, .v = v, .lanes = bl_lanes(o->train->n_rows) };
    const struct bl_matrix *x = o->train;
    p.scratch_length = (3 * o->k + o->k * o->k + 7) / 8 * 8;
    p.lane = bl_aligned(p.lanes * (x->sparse ? o->k : n), sizeof(double));
    p.u = x->sparse ? bl_aligned(x->n_rows, o->k * sizeof(double)) : NULL;
    p.scratch = bl_aligned(bl_pool_threads(pool) * p.scratch_length, sizeof(double));
    bool ok = p.lane && p.scratch && (!x->sparse || p.u);
    if (ok && x->sparse) {
        sparse_sums(&p, out, pool);
    } else if (ok) {
        bl_pool_run(pool, p.lanes, product_lane, &p);
        bl_lanes_join(p.lane, p.lanes, n, n);
        memcpy(out, p.lane, n * sizeof *out);
    }
    if (ok) {
        for (size_t i = 0; i < n; i++)
            out[i] = out[i] / (double)o->train->n_rows + (o->intercept && i % m == 0 ? 0 : o->l2 * v[i]);
    }
    bl_free(p.lane);
    bl_free(p.scratch);
    bl_free(p.u);
    return ok ? true : bl_fail_memory(err, "a product with the Hessian");
}
