/* Small dense symmetric algebra of our own: no BLAS, so that figures have the same bits on every
 * processor. Matrices are row-major and n × n. */
#ifndef BATCHLAB_LEARN_LINALG_H
#define BATCHLAB_LEARN_LINALG_H

#include "batchlab/base.h"

double bl_dot(const double *a, const double *b, size_t n);        /* 8 accumulators, joined in a tree */
double bl_norm2(const double *a, size_t n);                       /* sum of squares */
void bl_axpy(double s, const double *x, double *y, size_t n);     /* y += s x */

/* Cholesky factor of a positive semi-definite matrix, scaled to a unit diagonal. A column whose
 * pivot falls below 1e-13 depends on those before it and is left out (Healy, Applied Statistics
 * 1968, AS 6): solving gives 0 there, and an exact solution wherever there is one. */
struct bl_factor {
    size_t n, rank;
    double *l;     /* n × n, lower triangle */
    double *scale; /* n: 1/sqrt of the diagonal */
    bool *skip;    /* n */
    double least;  /* smallest pivot that was kept: below the inverse of the condition */
};
bool bl_factor_make(struct bl_factor *f, const double *h, size_t n, struct bl_error *err);
void bl_factor_solve(const struct bl_factor *f, const double *b, double *x); /* b and x may be one */
void bl_factor_done(struct bl_factor *f);

/* All eigenvalues (descending) and, if not NULL, eigenvectors (column i belongs to value i) of a
 * positive semi-definite matrix: one-sided Jacobi on its pivoted Cholesky factor (Hari and Veselic
 * 1987), which also holds the digits of the small ones. Directions below rounding are exactly 0. */
bool bl_eigen_psd(const double *h, size_t n, double *values, double *vectors, struct bl_progress *progress, struct bl_error *err);

/* Extreme eigenvalues of a positive semi-definite operator by Lanczos with full
 * reorthogonalisation (Golub and Van Loan, section 10.1). `avoid` (n, unit length, may be NULL) is a
 * direction to leave out. *small is nan where it did not settle; small NULL: not asked for, which takes
 * far fewer steps. */
typedef bool bl_apply_fn(void *context, const double *v, double *out, struct bl_error *err);
bool bl_lanczos(bl_apply_fn *apply, void *context, size_t n, const double *avoid, double *large, double *small,
                struct bl_progress *progress, struct bl_error *err);
/* Largest eigenvalue of an explicit matrix: exact up to 200, Lanczos above. */
bool bl_eigen_largest(const double *h, size_t n, double *value, struct bl_error *err);

/* "interrupted" if progress asks to stop: false and err filled. */
bool bl_go_on(const struct bl_progress *p, struct bl_error *err);

#endif
