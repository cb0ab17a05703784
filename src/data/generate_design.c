/* A random design with a chosen condition number.
 *
 * Q has orthonormal columns that are orthogonal to 1, by modified Gram-Schmidt done twice (Giraud and
 * others 2005). V is orthogonal such that A = V Λ Vᵀ has a diagonal of ones: plane rotations that set
 * one entry after the other (Bendel and Mickey 1978). Λ is spaced evenly in logarithms from its largest
 * to its smallest, with mean 1. X = √n Q √Λ Vᵀ, so that XᵀX/n = A. */
#include <math.h>

#include "generate.h"

#define ROTATIONS_EACH 4

/* Sums in order, so that no compiler joins them another way. */
static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void subtract(double *a, const double *b, double factor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        a[i] -= factor * b[i];
}

static void centre(double *a, size_t n)
{
    double mean = 0;

    for (size_t i = 0; i < n; i++)
        mean += a[i];
    mean /= (double)n;
    for (size_t i = 0; i < n; i++)
        a[i] -= mean;
}

static void scale_to(double *a, size_t n, double square)
{
    const double norm = sqrt(dot(a, a, n) / square);

    for (size_t i = 0; i < n; i++)
        a[i] /= norm;
}

/* Columns become orthogonal to each other and, where they are centred, to 1. */
static void orthogonalise(double **column, size_t columns, size_t n, bool centred, double square)
{
    for (size_t j = 0; j < columns; j++) {
        for (int twice = 0; twice < 2; twice++) {
            if (centred)
                centre(column[j], n);
            for (size_t k = 0; k < j; k++)
                subtract(column[j], column[k], dot(column[j], column[k], n) / square, n);
        }
        scale_to(column[j], n, square);
    }
}

static void fill_normal(double **column, size_t columns, size_t n, struct bl_random r)
{
    for (size_t j = 0; j < columns; j++)
        for (size_t i = 0; i < n; i++)
            column[j][i] = bl_random_normal(&r);
}

/* κ^(1 - k/(p-1)), times what makes their mean 1. */
static void eigenvalues(double *lambda, size_t p, double condition)
{
    double sum = 0;

    for (size_t k = 0; k < p; k++) {
        lambda[k] = p > 1 ? bl_exp(bl_log(condition) * (1 - (double)k / (double)(p - 1))) : 1;
        sum += lambda[k];
    }
    for (size_t k = 0; k < p; k++)
        lambda[k] *= (double)p / sum;
}

/* Row i of V Λ Vᵀ times row j. */
static double entry(double **v, const double *lambda, size_t p, size_t i, size_t j)
{
    double sum = 0;

    for (size_t k = 0; k < p; k++)
        sum += v[i][k] * lambda[k] * v[j][k];
    return sum;
}

/* Turns rows i and j of V so that entry (i, i) becomes 1; diagonal i is below 1 and j above. */
static void rotate(double **v, const double *lambda, size_t p, size_t i, size_t j)
{
    const double aii = entry(v, lambda, p, i, i), ajj = entry(v, lambda, p, j, j), aij = entry(v, lambda, p, i, j);
    const double root = sqrt(aij * aij - (aii - 1) * (ajj - 1));
    const double t = (aij >= 0 ? aij + root : aij - root) / (ajj - 1);
    const double c = 1 / sqrt(1 + t * t), s = c * t;

    for (size_t k = 0; k < p; k++) {
        const double a = v[i][k], b = v[j][k];

        v[i][k] = c * a - s * b;
        v[j][k] = s * a + c * b;
    }
}

/* The index of the smallest (sign -1) or largest (1) diagonal entry. */
static size_t extreme(const double *diagonal, size_t p, int sign)
{
    size_t best = 0;

    for (size_t i = 1; i < p; i++)
        if (sign * diagonal[i] > sign * diagonal[best])
            best = i;
    return best;
}

static void ones_on_the_diagonal(double **v, const double *lambda, double *diagonal, size_t p)
{
    for (size_t i = 0; i < p; i++)
        diagonal[i] = entry(v, lambda, p, i, i);
    for (size_t turn = 0; turn < ROTATIONS_EACH * p; turn++) {
        const size_t low = extreme(diagonal, p, -1), high = extreme(diagonal, p, 1);

        if (!(diagonal[low] < 1 - 1e-15 && diagonal[high] > 1 + 1e-15))
            break;
        rotate(v, lambda, p, low, high);
        diagonal[low] = entry(v, lambda, p, low, low);
        diagonal[high] = entry(v, lambda, p, high, high);
    }
}

/* Each row q becomes q √Λ Vᵀ. */
static void mix(double **x, size_t n, double **v, const double *lambda, double *row, size_t p)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < p; k++)
            row[k] = x[k][i] * sqrt(lambda[k]);
        for (size_t j = 0; j < p; j++)
            x[j][i] = dot(row, v[j], p);
    }
}

static void design_with(struct bl_made *m, double **v, double *lambda, double *room)
{
    const size_t p = m->o->features, n = m->o->n;

    fill_normal(m->x, p, n, bl_made_stream(m, 0));
    orthogonalise(m->x, p, n, true, (double)n);
    if (m->o->condition == 1)
        return;
    fill_normal(v, p, p, bl_made_stream(m, 1));
    orthogonalise(v, p, p, false, 1);
    eigenvalues(lambda, p, m->o->condition);
    ones_on_the_diagonal(v, lambda, room, p);
    mix(m->x, n, v, lambda, room, p);
}

bool bl_made_design(struct bl_made *m, struct bl_error *err)
{
    const size_t p = m->o->features;
    double **v = bl_calloc(p, sizeof *v), *room = bl_calloc(p * (p + 2), sizeof *room);
    const bool fine = v && room;

    for (size_t j = 0; fine && j < p; j++)
        v[j] = room + j * p;
    if (fine)
        design_with(m, v, room + p * p, room + p * (p + 1));
    bl_free(v);
    bl_free(room);
    return fine || bl_fail_memory(err, "the design");
}

double bl_made_margin(const struct bl_made *m, const double *w, size_t row)
{
    double sum = 0;

    for (size_t j = 0; j < m->o->features; j++)
        sum += w[j] * m->x[j][row];
    return sum;
}
