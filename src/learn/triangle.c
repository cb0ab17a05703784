/* Householder triangularisation in double-double; see triangle.h and Golub and Van Loan, section 5.2. */
#include "src/learn/triangle.h"

typedef double pair __attribute__((vector_size(16), may_alias));

static inline pair spread(double x)
{
    return (pair){ x, x };
}

static inline struct dd both(pair hi, pair lo)
{
    return dd_add((struct dd){ hi[0], lo[0] }, (struct dd){ hi[1], lo[1] });
}

/* sum += a b, two rows at once. */
static inline void multiply_add(pair *sum_hi, pair *sum_lo, pair ahi, pair alo, pair bhi, pair blo)
{
    pair p = ahi * bhi, ca = spread(DD_SPLITTER) * ahi, cb = spread(DD_SPLITTER) * bhi;
    pair ah = ca - (ca - ahi), al = ahi - ah, bh = cb - (cb - bhi), bl = bhi - bh;
    pair e = ((ah * bh - p) + ah * bl + al * bh) + al * bl;
    e += ahi * blo + alo * bhi;
    pair s = *sum_hi + p, t = s - *sum_hi;
    pair low = (*sum_hi - (s - t)) + (p - t);
    low += *sum_lo + e;
    *sum_hi = s + low;
    *sum_lo = low - (*sum_hi - s);
}

static struct dd dot(const double *ahi, const double *alo, const double *bhi, const double *blo, size_t n)
{
    pair h0 = spread(0), l0 = spread(0), h1 = spread(0), l1 = spread(0);
    const pair *ah = (const pair *)ahi, *al = (const pair *)alo, *bh = (const pair *)bhi, *bl = (const pair *)blo;
    size_t i = 0;
    for (; i + 2 <= n / 2; i += 2) {
        multiply_add(&h0, &l0, ah[i], al[i], bh[i], bl[i]);
        multiply_add(&h1, &l1, ah[i + 1], al[i + 1], bh[i + 1], bl[i + 1]);
    }
    for (; i < n / 2; i++)
        multiply_add(&h0, &l0, ah[i], al[i], bh[i], bl[i]);
    return dd_add(both(h0, l0), both(h1, l1));
}

static void subtract(struct dd s, const double *ahi, const double *alo, double *bhi, double *blo, size_t n)
{
    const pair *ah = (const pair *)ahi, *al = (const pair *)alo;
    pair *bh = (pair *)bhi, *bl = (pair *)blo, shi = spread(-s.hi), slo = spread(-s.lo);
    for (size_t i = 0; i < n / 2; i++)
        multiply_add(&bh[i], &bl[i], shi, slo, ah[i], al[i]);
}

/* One reflection, so that column j of the block vanishes into R(j, j). */
static void reflect(struct dd *r, size_t n, size_t j, struct bl_rows_block *block)
{
    size_t rows = block->rows;
    double *vh = block->hi + j * rows, *vl = block->lo + j * rows;
    struct dd below = dot(vh, vl, vh, vl, rows), top = r[j * n + j];
    if (!(below.hi > 0))
        return;
    struct dd norm = dd_sqrt(dd_add(dd_mul(top, top), below));
    struct dd diagonal = top.hi > 0 ? dd_neg(norm) : norm;
    struct dd head = dd_sub(top, diagonal);
    /* 2/(head² + below) = 1/(norm |head|) */
    struct dd size = dd_mul(norm, head.hi < 0 ? dd_neg(head) : head);
    for (size_t c = j + 1; c < n; c++) {
        double *ch = block->hi + c * rows, *cl = block->lo + c * rows;
        struct dd s = dd_add(dd_mul(head, r[j * n + c]), dot(vh, vl, ch, cl, rows));
        s = dd_div(s, size);
        r[j * n + c] = dd_sub(r[j * n + c], dd_mul(s, head));
        subtract(s, vh, vl, ch, cl, rows);
    }
    r[j * n + j] = diagonal;
}

void bl_triangle_absorb(struct dd *r, size_t n, struct bl_rows_block *block)
{
    for (size_t j = 0; j < n; j++)
        reflect(r, n, j, block);
}

void bl_triangle_solve(const struct dd *r, size_t n, size_t used, struct dd *x)
{
    for (size_t i = used; i-- > 0;) {
        struct dd s = x[i];
        for (size_t j = i + 1; j < used; j++)
            s = dd_sub(s, dd_mul(r[i * n + j], x[j]));
        x[i] = dd_div(s, r[i * n + i]);
    }
}

void bl_triangle_solve_transposed(const struct dd *r, size_t n, size_t used, struct dd *x)
{
    for (size_t i = 0; i < used; i++) {
        struct dd s = x[i];
        for (size_t j = 0; j < i; j++)
            s = dd_sub(s, dd_mul(r[j * n + i], x[j]));
        x[i] = dd_div(s, r[i * n + i]);
    }
}
