/* Dense factorisation and solution: what Newton's method and the theory stand on. */
#include "src/learn/linalg.h"

#include <math.h>

#define SKIP_BELOW 1e-13

double bl_dot(const double *a, const double *b, size_t n)
{
    double s[8] = { 0 };
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            s[j] += a[i + j] * b[i + j];
    for (size_t j = 0; i < n; i++, j++)
        s[j] += a[i] * b[i];
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

double bl_norm2(const double *a, size_t n)
{
    return bl_dot(a, a, n);
}

void bl_axpy(double s, const double *x, double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += s * x[i];
}

bool bl_go_on(const struct bl_progress *p, struct bl_error *err)
{
    if (!bl_stopped(p))
        return true;
    return bl_fail(err, BL_STOPPED, "interrupted");
}

/* ---- Cholesky with columns left out ----------------------------------------------------------- */

static bool factor_take(struct bl_factor *f, size_t n, struct bl_error *err)
{
    *f = (struct bl_factor){ .n = n };
    if (n && n > SIZE_MAX / n)
        return bl_fail_memory(err, "a factor of the Hessian");
    f->l = bl_calloc(n * n, sizeof *f->l);
    f->scale = bl_calloc(n, sizeof *f->scale);
    f->skip = bl_calloc(n, sizeof *f->skip);
    if (f->l && f->scale && f->skip)
        return true;
    bl_factor_done(f);
    return bl_fail_memory(err, "a factor of the Hessian");
}

static void factor_row(struct bl_factor *f, const double *h, size_t i)
{
    size_t n = f->n;
    double *row = f->l + i * n;
    for (size_t j = 0; j < i; j++) {
        const double *other = f->l + j * n;
        double v = h[i * n + j] * f->scale[i] * f->scale[j] - bl_dot(row, other, j);
        row[j] = f->skip[j] ? 0 : v / other[j];
    }
    double pivot = 1 - bl_norm2(row, i);
    f->skip[i] = !(f->scale[i] > 0) || !(pivot > SKIP_BELOW);
    row[i] = f->skip[i] ? 1 : sqrt(pivot);
    f->rank += !f->skip[i];
}

bool bl_factor_make(struct bl_factor *f, const double *h, size_t n, struct bl_error *err)
{
    if (!factor_take(f, n, err))
        return false;
    for (size_t i = 0; i < n; i++)
        f->scale[i] = h[i * n + i] > 0 ? 1 / sqrt(h[i * n + i]) : 0;
    for (size_t i = 0; i < n; i++)
        factor_row(f, h, i);
    return true;
}

void bl_factor_solve(const struct bl_factor *f, const double *b, double *x)
{
    size_t n = f->n;
    for (size_t i = 0; i < n; i++) {
        double v = b[i] * f->scale[i] - bl_dot(f->l + i * n, x, i);
        x[i] = f->skip[i] ? 0 : v / f->l[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        x[i] = f->skip[i] ? 0 : x[i] / f->l[i * n + i];
        bl_axpy(-x[i], f->l + i * n, x, i);
    }
    for (size_t i = 0; i < n; i++)
        x[i] *= f->scale[i];
}

void bl_factor_done(struct bl_factor *f)
{
    bl_free(f->l);
    bl_free(f->scale);
    bl_free(f->skip);
    *f = (struct bl_factor){ 0 };
}
