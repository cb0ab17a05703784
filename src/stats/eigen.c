/* Eigenvectors by Jacobi's rotations, which keep the digits of small eigenvalues beside large ones (Demmel and
 * Veselic 1992; Golub and Van Loan, section 8.5). */
#include <math.h>

#include "batchlab/stats.h"

#define SWEEPS_MAX 60

static void rotate(double *a, double *b, size_t n, size_t stride, double cosine, double sine)
{
    for (size_t i = 0; i < n; i++) {
        double x = a[i * stride], y = b[i * stride];

        a[i * stride] = cosine * x - sine * y;
        b[i * stride] = sine * x + cosine * y;
    }
}

/* Makes c[p][q] zero; false when it is, for all that matters. */
static bool annihilate(double *c, double *v, size_t n, size_t p, size_t q)
{
    double off = c[p * n + q], theta, t, cosine;

    if (fabs(off) <= 1e-17 * sqrt(fabs(c[p * n + p])) * sqrt(fabs(c[q * n + q])))
        return false;
    theta = (c[q * n + q] - c[p * n + p]) / (2 * off);
    t = (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
    cosine = 1 / sqrt(t * t + 1);
    rotate(c + p, c + q, n, n, cosine, t * cosine);
    rotate(c + p * n, c + q * n, n, 1, cosine, t * cosine);
    rotate(v + p * n, v + q * n, n, 1, cosine, t * cosine);
    c[p * n + q] = c[q * n + p] = 0;
    return true;
}

bool bl_eigen_symmetric(double *c, double *v, size_t n, struct bl_progress *progress, struct bl_error *err)
{
    bool moved = true;

    for (size_t i = 0; i < n * n; i++)
        v[i] = i % (n + 1) == 0;
    for (int sweep = 0; moved && sweep < SWEEPS_MAX; sweep++) {
        moved = false;
        bl_progress_start(progress, "rotating", n);
        for (size_t p = 0; p + 1 < n; p++) {
            for (size_t q = p + 1; q < n; q++)
                moved |= annihilate(c, v, n, p, q);
            if (bl_stopped(progress))
                return bl_fail(err, BL_STOPPED, "the components were interrupted");
            bl_progress_add(progress, 1);
        }
    }
    return true;
}
