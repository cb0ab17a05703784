/* Eigenvalues of positive semi-definite matrices: one-sided Jacobi for all of them, Lanczos for the
 * extreme ones. Formulas in linalg.h. */
#include "src/learn/linalg.h"

#include <float.h>
#include <math.h>

#define SWEEPS_MAX 40
#define EXACT_LARGEST 200
#define LANCZOS_STEPS 300

/* ---- pivoted Cholesky: columns of L (each n long) in g, original order of rows ------------------ */

static size_t largest_left(const double *diagonal, const bool *used, size_t n)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < n; i++)
        if (!used[i] && (best == SIZE_MAX || diagonal[i] > diagonal[best]))
            best = i;
    return best;
}

/* What is left of each diagonal element is compared with what it was, so that a column in small units
 * counts as much as one in large ones. */
static size_t pivoted_columns(const double *h, size_t n, double *g, double *left, bool *used)
{
    double noise = 4 * (double)n * DBL_EPSILON;
    size_t rank = 0;
    for (size_t i = 0; i < n; i++)
        left[i] = h[i * n + i];
    for (size_t step = 0; step < n; step++) {
        size_t p = largest_left(left, used, n);
        used[p] = true;
        if (!(left[p] > noise * h[p * n + p]))
            continue;
        double *column = g + rank * n, root = sqrt(left[p]);
        for (size_t i = 0; i < n; i++)
            column[i] = used[i] && i != p ? 0 : h[i * n + p];
        for (size_t c = 0; c < rank; c++) {
            double s = g[c * n + p];
            for (size_t i = 0; i < n; i++)
                column[i] -= used[i] && i != p ? 0 : s * g[c * n + i];
        }
        column[p] = left[p];
        for (size_t i = 0; i < n; i++) {
            column[i] /= root;
            if (!used[i])
                left[i] -= column[i] * column[i];
        }
        rank++;
    }
    return rank;
}

/* ---- one-sided Jacobi -------------------------------------------------------------------------- */

static inline void turn(double *a, double *b, double c, double s)
{
    double x = *a, y = *b;
    *a = c * x - s * y;
    *b = s * x + c * y;
}

static bool rotate(double *restrict a, double *restrict b, double *norm_a, double *norm_b, size_t n, double tolerance)
{
    double inner = bl_dot(a, b, n);
    if (!(fabs(inner) > tolerance * sqrt(*norm_a) * sqrt(*norm_b)))
        return false;
    double zeta = (*norm_b - *norm_a) / (2 * inner);
    double t = (zeta < 0 ? -1 : 1) / (fabs(zeta) + sqrt(1 + zeta * zeta));
    double c = 1 / sqrt(1 + t * t), s = c * t;
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            turn(a + i + j, b + i + j, c, s);
    for (; i < n; i++)
        turn(a + i, b + i, c, s);
    *norm_a -= t * inner;
    *norm_b += t * inner;
    return true;
}

static bool sweep(double *g, double *norm, size_t rank, size_t n)
{
    double tolerance = DBL_EPSILON * fmax(8, sqrt((double)n));
    bool turned = false;
    for (size_t i = 0; i < rank; i++)
        norm[i] = bl_norm2(g + i * n, n);
    for (size_t i = 0; i < rank; i++)
        for (size_t j = i + 1; j < rank; j++)
            turned |= rotate(g + i * n, g + j * n, &norm[i], &norm[j], n, tolerance);
    return turned;
}

static void sort_columns(double *g, double *norm, size_t rank, size_t n)
{
    for (size_t i = 0; i < rank; i++) {
        size_t best = i;
        for (size_t j = i + 1; j < rank; j++)
            best = norm[j] > norm[best] ? j : best;
        for (size_t k = 0; best != i && k < n; k++) {
            double swap = g[i * n + k];
            g[i * n + k] = g[best * n + k];
            g[best * n + k] = swap;
        }
        double swap = norm[i];
        norm[i] = norm[best];
        norm[best] = swap;
    }
}

/* The unit vectors that the first `rank` rows of g leave out, by Gram and Schmidt, twice. */
static void complete_basis(double *g, size_t rank, size_t n)
{
    for (size_t have = rank, e = 0; have < n && e < n; e++) {
        double *v = g + have * n;
        for (size_t i = 0; i < n; i++)
            v[i] = i == e;
        for (size_t c = 0; c < 2 * have; c++)
            bl_axpy(-bl_dot(g + c % have * n, v, n), g + c % have * n, v, n);
        double length = sqrt(bl_norm2(v, n));
        if (length < 0.5 / sqrt((double)n))
            continue;
        for (size_t i = 0; i < n; i++)
            v[i] /= length;
        have++;
    }
}

static void hand_out(double *g, const double *norm, size_t rank, size_t n, double *values, double *vectors)
{
    for (size_t i = 0; i < n; i++)
        values[i] = i < rank ? norm[i] : 0;
    if (!vectors)
        return;
    for (size_t i = 0; i < rank; i++)
        for (size_t k = 0; k < n; k++)
            g[i * n + k] /= sqrt(norm[i]);
    complete_basis(g, rank, n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            vectors[k * n + i] = g[i * n + k];
}

static bool jacobi(double *g, double *norm, size_t rank, size_t n, struct bl_progress *progress, struct bl_error *err)
{
    for (int i = 0; i < SWEEPS_MAX; i++) {
        if (!bl_go_on(progress, err))
            return false;
        bool turned = sweep(g, norm, rank, n);
        for (size_t c = 0; c < rank; c++)
            norm[c] = bl_norm2(g + c * n, n);
        sort_columns(g, norm, rank, n);
        if (!turned)
            break;
    }
    return true;
}

bool bl_eigen_psd(const double *h, size_t n, double *values, double *vectors, struct bl_progress *progress, struct bl_error *err)
{
    double *g = n <= SIZE_MAX / (n ? n : 1) ? bl_calloc(n * n, sizeof *g) : NULL;
    double *norm = bl_calloc(n, sizeof *norm);
    bool *used = bl_calloc(n, sizeof *used);
    bool ok = g && norm && used;
    if (!ok)
        bl_fail_memory(err, "the eigenvalues");
    if (ok) {
        size_t rank = pivoted_columns(h, n, g, norm, used);
        ok = jacobi(g, norm, rank, n, progress, err);
        if (ok)
            hand_out(g, norm, rank, n, values, vectors);
    }
    bl_free(g);
    bl_free(norm);
    bl_free(used);
    return ok;
}

/* ---- Lanczos ----------------------------------------------------------------------------------- */

struct lanczos {
    size_t n, steps, most;
    double *q;              /* (most + 1) × n */
    double *alpha, *beta;   /* most */
    double *t, *vectors, *values; /* scratch for the tridiagonal problem */
    const double *avoid;
};

static void lanczos_done(struct lanczos *z)
{
    double *all[] = { z->q, z->alpha, z->beta, z->t, z->vectors, z->values };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        bl_free(all[i]);
}

static bool lanczos_take(struct lanczos *z, size_t n, const double *avoid, struct bl_error *err)
{
    size_t m = n < LANCZOS_STEPS ? n : LANCZOS_STEPS;
    *z = (struct lanczos){ .n = n, .most = m, .avoid = avoid };
    if (n <= SIZE_MAX / (m + 1))
        z->q = bl_calloc((m + 1) * n, sizeof(double));
    z->alpha = bl_calloc(m, sizeof(double));
    z->beta = bl_calloc(m, sizeof(double));
    z->t = bl_calloc(m * m, sizeof(double));
    z->vectors = bl_calloc(m * m, sizeof(double));
    z->values = bl_calloc(m, sizeof(double));
    if (z->q && z->alpha && z->beta && z->t && z->vectors && z->values)
        return true;
    lanczos_done(z);
    return bl_fail_memory(err, "the extreme eigenvalues");
}

/* Makes v orthogonal to what is there, twice, and to unit length; returns the length that it had. */
static double orthogonalise(struct lanczos *z, double *v, size_t have)
{
    for (size_t c = 0; c < 2 * have; c++)
        bl_axpy(-bl_dot(z->q + c % have * z->n, v, z->n), z->q + c % have * z->n, v, z->n);
    if (z->avoid)
        bl_axpy(-bl_dot(z->avoid, v, z->n), z->avoid, v, z->n);
    double length = sqrt(bl_norm2(v, z->n));
    for (size_t i = 0; length > 0 && i < z->n; i++)
        v[i] /= length;
    return length;
}

/* Eigenvalues of the tridiagonal matrix so far. True when both ends have settled. */
static bool settled(struct lanczos *z, double *large, double *small, struct bl_error *err)
{
    size_t m = z->steps;
    for (size_t i = 0; i < m * m; i++)
        z->t[i] = 0;
    for (size_t i = 0; i < m; i++) {
        z->t[i * m + i] = z->alpha[i];
        if (i + 1 < m)
            z->t[i * m + i + 1] = z->t[(i + 1) * m + i] = z->beta[i];
    }
    *large = NAN;
    if (small)
        *small = NAN;
    if (!bl_eigen_psd(z->t, m, z->values, z->vectors, NULL, err))
        return false;
    double rest = z->beta[m - 1];
    double at_large = rest * fabs(z->vectors[(m - 1) * m]), at_small = rest * fabs(z->vectors[m * m - 1]);
    if (at_large <= 1e-7 * z->values[0]) /* the value's error goes with the square of this */
        *large = z->values[0];
    if (small && (at_small <= 1e-6 * z->values[m - 1] || (rest <= 1e-12 * z->values[0])))
        *small = z->values[m - 1];
    return isfinite(*large) && (!small || isfinite(*small));
}

static void start_vector(struct lanczos *z)
{
    struct bl_random r = bl_random_stream(1, BL_FOR_SKETCH, 0, 0);
    for (size_t i = 0; i < z->n; i++)
        z->q[i] = bl_random_unit(&r) - 0.5;
    orthogonalise(z, z->q, 0);
}

static bool lanczos_step(struct lanczos *z, bl_apply_fn *apply, void *context, struct bl_error *err)
{
    size_t m = z->steps;
    const double *q = z->q + m * z->n;
    double *next = z->q + (m + 1) * z->n;
    if (!apply(context, q, next, err))
        return false;
    z->alpha[m] = bl_dot(q, next, z->n);
    z->beta[m] = orthogonalise(z, next, m + 1);
    z->steps++;
    return true;
}

bool bl_lanczos(bl_apply_fn *apply, void *context, size_t n, const double *avoid, double *large, double *small,
                struct bl_progress *progress, struct bl_error *err)
{
    struct lanczos z;
    if (!lanczos_take(&z, n, avoid, err))
        return false;
    start_vector(&z);
    bool ok = true, done = false;
    size_t next_check = 20;
    while (ok && !done && z.steps < z.most) {
        ok = bl_go_on(progress, err) && lanczos_step(&z, apply, context, err);
        if (!ok)
            break;
        bool closed = z.beta[z.steps - 1] <= 1e-14 * fabs(z.alpha[0]);
        if (closed || z.steps == next_check || z.steps == z.most) {
            done = settled(&z, large, small, err) || closed;
            next_check *= 2;
        }
    }
    lanczos_done(&z);
    return ok;
}

struct explicit_matrix { const double *h; size_t n; };

static bool apply_explicit(void *context, const double *v, double *out, struct bl_error *err)
{
    const struct explicit_matrix *m = context;
    (void)err;
    for (size_t i = 0; i < m->n; i++)
        out[i] = bl_dot(m->h + i * m->n, v, m->n);
    return true;
}

bool bl_eigen_largest(const double *h, size_t n, double *value, struct bl_error *err)
{
    if (n > EXACT_LARGEST) {
        struct explicit_matrix m = { h, n };
        return bl_lanczos(apply_explicit, &m, n, NULL, value, NULL, NULL, err);
    }
    double *values = bl_calloc(n, sizeof *values);
    bool ok = values ? bl_eigen_psd(h, n, values, NULL, NULL, err) : bl_fail_memory(err, "the eigenvalues");
    if (ok)
        *value = n ? values[0] : 0;
    bl_free(values);
    return ok;
}
