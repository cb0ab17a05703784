/* Dense factorisation and solution: what Newton's method and the theory stand on. */
#include "src/learn/linalg.h"

#include <math.h>

#define SKIP_BELOW 1e-13

typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));

double bl_dot(const double *a, const double *b, size_t n)
{
    pair s[4] = { 0 };
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const pair *x = (const pair *)(a + i), *y = (const pair *)(b + i);
        s[0] += x[0] * y[0];
        s[1] += x[1] * y[1];
        s[2] += x[2] * y[2];
        s[3] += x[3] * y[3];
    }
    for (size_t j = 0; i < n; i++, j++)
        s[j / 2][j % 2] += a[i] * b[i];
    return ((s[0][0] + s[0][1]) + (s[1][0] + s[1][1])) + ((s[2][0] + s[2][1]) + (s[3][0] + s[3][1]));
}

double bl_norm2(const double *a, size_t n)
{
    return bl_dot(a, a, n);
}

void bl_axpy(double s, const double *x, double *y, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) /* a count that compilers see turns into vectors */
        for (size_t j = 0; j < 8; j++)
            y[i + j] += s * x[i + j];
    for (; i < n; i++)
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
    *f = (struct bl_factor){ .n = n, .least = 1 };
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
    if (!f->skip[i] && pivot < f->least)
        f->least = pivot;
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
