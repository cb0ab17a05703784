/* Curvature and noise of objectives that have no closed form for them. The largest eigenvalue of the
 * Hessian, by Lanczos (Golub and Van Loan, section 10.1) on products H v = (g(theta + h v) - g(theta -
 * h v)) / 2h; and the squared lengths of the gradients of single rows. */
#include "src/learn/linalg.h"
#include "src/learn/network.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define STEPS 80
#define CHECK 8         /* steps between two looks */
#define SETTLED 1e-4    /* of the eigenvalue: its error goes with the square */

/* ---- products with the Hessian ------------------------------------------------------------------------*/
struct sharp {
    struct bl_objective o;          /* in double precision */
    const double *theta;
    struct bl_workspace *w;
    struct bl_pool *pool;
    struct bl_progress *progress;
    double *beside, *above, *below; /* n_params each */
    double *q, *alpha, *beta, *t, *values, *vectors;
    size_t n, most, steps;
};

/* Running figures are no variables: no gradient moves them. A direction along them would make the product one with
 * a matrix that is not symmetric. */
static bool is_variable(const struct sharp *s, size_t p)
{
    return !s->o.network || s->o.network->kind[p] != BL_FIXED;
}

static bool times(struct sharp *s, const double *v, double *out, struct bl_error *err)
{
    double size = 1, h;
    bool stopped = false;

    for (size_t p = 0; p < s->n; p++)
        size = is_variable(s, p) ? fmax(size, fabs(s->theta[p])) : size;
    h = cbrt(DBL_EPSILON) * size; /* v has length 1 */
    for (int side = 0; side < 2 && !stopped; side++) {
        for (size_t p = 0; p < s->n; p++)
            s->beside[p] = s->theta[p] + (side ? -h : h) * v[p];
        bl_matrix_pass(&s->o, s->o.train, s->beside, side ? s->below : s->above, s->w, s->progress, &stopped);
    }
    for (size_t p = 0; p < s->n; p++)
        out[p] = (s->above[p] - s->below[p]) / (2 * h);
    return !stopped || bl_fail(err, BL_STOPPED, "interrupted");
}

/* ---- Lanczos ----------------------------------------------------------------------------------------*/
static double orthogonalise(struct sharp *s, double *v, size_t have)
{
    double length;

    for (size_t c = 0; c < 2 * have; c++)
        bl_axpy(-bl_dot(s->q + c % have * s->n, v, s->n), s->q + c % have * s->n, v, s->n);
    length = sqrt(bl_norm2(v, s->n));
    for (size_t i = 0; length > 0 && i < s->n; i++)
        v[i] /= length;
    return length;
}

/* The tridiagonal matrix, shifted by what makes it positive (Gershgorin), so that its eigenvalues are those
 * of a positive one. True when the largest has settled. */
static bool largest(struct sharp *s, double *value, bool *good, struct bl_error *err)
{
    size_t m = s->steps;
    double shift = 0, rest = s->beta[m - 1];

    for (size_t i = 0; i < m; i++)
        shift = fmax(shift, (i ? s->beta[i - 1] : 0) + (i + 1 < m ? s->beta[i] : 0) - s->alpha[i]);
    memset(s->t, 0, m * m * sizeof *s->t);
    for (size_t i = 0; i < m; i++) {
        s->t[i * m + i] = s->alpha[i] + shift;
        if (i + 1 < m)
            s->t[i * m + i + 1] = s->t[(i + 1) * m + i] = s->beta[i];
    }
    *good = bl_eigen_psd(s->t, m, s->values, s->vectors, NULL, err);
    if (!*good)
        return false;
    *value = s->values[0] - shift;
    return rest * fabs(s->vectors[(m - 1) * m]) <= SETTLED * fabs(*value);
}

static bool lanczos(struct sharp *s, double *value, struct bl_error *err)
{
    struct bl_random r = bl_random_stream(1, BL_FOR_SKETCH, 0, 0);
    double found = NAN;
    bool good = true, done = false;

    for (size_t i = 0; i < s->n; i++)
        s->q[i] = is_variable(s, i) ? bl_random_unit(&r) - 0.5 : 0;
    orthogonalise(s, s->q, 0);
    for (size_t m = 0; good && !done && m < s->most; m++) {
        double *q = s->q + m * s->n, *next = q + s->n;
        good = times(s, q, next, err);
        s->alpha[m] = bl_dot(q, next, s->n);
        s->beta[m] = orthogonalise(s, next, m + 1);
        s->steps = m + 1;
        if (good && (s->steps % CHECK == 0 || s->steps == s->most || !(s->beta[m] > 0)))
            done = largest(s, &found, &good, err) || !(s->beta[m] > 0);
    }
    *value = done || s->steps == s->n ? found : NAN;
    return good;
}

static bool take(struct sharp *s, struct bl_error *err)
{
    size_t m = s->most;

    s->beside = bl_calloc(3, s->n * sizeof(double));
    s->q = bl_calloc(m + 1, s->n * sizeof(double));
    s->alpha = bl_calloc(3 * m + 2 * m * m, sizeof(double));
    if (!s->beside || !s->q || !s->alpha)
        return bl_fail_memory(err, "the largest eigenvalue");
    s->above = s->beside + s->n;
    s->below = s->above + s->n;
    s->beta = s->alpha + m;
    s->values = s->beta + m;
    s->t = s->values + m;
    s->vectors = s->t + m * m;
    s->w = bl_workspace_create(&s->o, s->pool, err);
    return s->w != NULL;
}

bool bl_sharpness_of(const struct bl_objective *o, const double *theta, struct bl_pool *pool, struct bl_progress *progress, double *value,
                     struct bl_error *err)
{
    struct sharp s = {.o = *o, .theta = theta, .pool = pool, .progress = progress, .n = o->n_params, .most = o->n_params < STEPS ? o->n_params : STEPS};
    struct bl_network exact;
    bool good;

    if (o->network) {
        exact = *o->network;
        exact.spec.single = 0;
        s.o.network = &exact;
    }
    *value = NAN;
    good = take(&s, err) && lanczos(&s, value, err);
    bl_workspace_free(s.w);
    bl_free(s.beside);
    bl_free(s.q);
    bl_free(s.alpha);
    return good;
}

/* ---- gradients of single rows -------------------------------------------------------------------------*/
static void square_of_layers(const struct bl_objective *o, const double *theta, size_t row, double *g, struct bl_workspace *w, struct bl_sum2 *sum)
{
    struct bl_batch one = {.first = row, .n = 1};

    bl_batch_pass(o, theta, &one, g, w, NULL, NULL);
    for (size_t p = 0; o->l2 > 0 && p < o->n_params; p++)
        if (bl_objective_penalised(o, p))
            g[p] -= o->l2 * theta[p];
    bl_sum2_add(sum, bl_norm2(g, o->n_params));
}

static bool squares_of_layers(const struct bl_objective *o, const double *theta, size_t take, struct bl_pool *pool, struct bl_progress *progress,
                              double *value, struct bl_error *err)
{
    struct bl_workspace *w = bl_workspace_create(o, pool, err);
    double *g = bl_calloc(o->n_params, sizeof *g);
    struct bl_sum2 sum = {0};
    bool good = w && (g || bl_fail_memory(err, "the gradients of rows"));

    for (size_t i = 0; good && i < take; i++) {
        square_of_layers(o, theta, (size_t)((double)i * (double)o->train->n_rows / (double)take), g, w, &sum);
        good = i % 64 || bl_go_on(progress, err);
    }
    bl_workspace_free(w);
    bl_free(g);
    *value = bl_sum2_value(sum);
    return good;
}

struct spread { /* of the linear family: slopes times rows */
    const struct bl_objective *o;
    const double *theta;
    double lane[BL_LANES_MAX];
    size_t lanes, k8;
    double *scratch; /* a worker: z and slope */
};

static void spread_lane(void *context, size_t l, size_t worker)
{
    struct spread *p = context;
    const struct bl_objective *o = p->o;
    double *z = p->scratch + worker * p->k8, *slope = z + o->k;
    size_t n = o->train->n_rows, end = bl_lane_begin(n, p->lanes, l + 1);

    for (size_t i = bl_lane_begin(n, p->lanes, l); i < end; i++) {
        bl_row_margins(o, p->theta, o->train, i, z);
        bl_row_slope(o, z, i, slope);
        p->lane[l] += bl_norm2(slope, o->k) * (bl_row_norm2(o->train, i) + o->intercept);
    }
}

static bool squares_of_margins(const struct bl_objective *o, const double *theta, struct bl_pool *pool, double *value, struct bl_error *err)
{
    struct spread p = {.o = o, .theta = theta, .lanes = bl_lanes(o->train->n_rows), .k8 = (2 * o->k + 7) / 8 * 8};

    p.scratch = bl_calloc(bl_pool_threads(pool) * p.k8, sizeof *p.scratch);
    if (!p.scratch)
        return bl_fail_memory(err, "the noise scale");
    bl_pool_run(pool, p.lanes, spread_lane, &p);
    bl_lanes_join(p.lane, p.lanes, 1, 1);
    *value = p.lane[0];
    bl_free(p.scratch);
    return true;
}

bool bl_objective_row_square(const struct bl_objective *o, const double *theta, size_t most, struct bl_pool *pool, struct bl_progress *progress,
                             double *value, size_t *rows, struct bl_error *err)
{
    size_t n = o->train->n_rows;
    bool good;

    *rows = o->network && most && most < n ? most : n;
    good = o->network ? squares_of_layers(o, theta, *rows, pool, progress, value, err) : squares_of_margins(o, theta, pool, value, err);
    *value /= (double)*rows;
    return good;
}
