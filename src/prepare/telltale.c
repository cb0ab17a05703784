/* Features that tell the target exactly: most often it was known only together with them. Judged on a sample of the rows, then made
 * sure of on all of them. */
#include <math.h>
#include <string.h>

#include "batchlab/prepare.h"

#define WORK 1e8        /* multiplications that the sample may cost */
#define SCREEN 1e-9     /* of the target's variance: small enough on the sample to look at all rows */
#define EXACT 1e-12
#define DEPENDS 1e-10   /* of a feature's variance: the part that those before it do not explain */
enum { LEAST_ROWS = 20, MOST_FEATURES = 200 };

struct look { /* centred sums over a sample of the rows */
    const struct bl_matrix *m;
    size_t d, n, order;      /* features; rows of the sample; size of the factor */
    double *mean;            /* d + 1, the target last */
    double *g;               /* order × order: sums of products, then their factor */
    double *row, *theta;
};

static size_t row_at(const struct look *k, size_t i) { return (size_t)((double)i * (double)k->m->n_rows / (double)k->n); }

static void centred(const struct look *k, size_t row, double *out)
{
    const double *x = k->m->x + row * k->d;

    for (size_t j = 0; j < k->d; j++)
        out[j] = x[j] - k->mean[j];
    out[k->d] = k->m->y[row] - k->mean[k->d];
}

static void sums(struct look *k)
{
    for (size_t i = 0; i < k->n; i++)
        for (size_t j = 0; j <= k->d; j++)
            k->mean[j] += (j < k->d ? k->m->x[row_at(k, i) * k->d + j] : k->m->y[row_at(k, i)]) / (double)k->n;
    for (size_t i = 0; i < k->n; i++) {
        centred(k, row_at(k, i), k->row);
        for (size_t a = 0; a <= k->d; a++)
            for (size_t b = 0; b <= a; b++)
                k->g[a * k->order + b] += k->row[a] * k->row[b];
    }
}

/* Share of the target's variance over all rows that target - theta x leaves. */
static double left_over(const struct look *k)
{
    double mean = 0, rest = 0, all = 0;

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < k->m->n_rows; i++) {
            double e;

            centred(k, i, k->row);
            e = k->row[k->d];
            all += pass ? e * e : 0;
            for (size_t j = 0; j < k->d; j++)
                e -= k->theta[j] != 0 ? k->theta[j] * k->row[j] : 0;
            if (pass)
                rest += (e - mean) * (e - mean);
            else
                mean += e / (double)k->m->n_rows;
        }
    return all > 0 ? rest / all : 1;
}

/* The first feature that is the target but for scale and shift. */
static size_t one_alone(struct look *k)
{
    const double *g = k->g, all = g[k->d * k->order + k->d];

    for (size_t j = 0; j < k->d; j++) {
        const double own = g[j * k->order + j], with = g[k->d * k->order + j];

        if (!(own > 0) || !(1 - with / own * with / all < SCREEN))
            continue;
        memset(k->theta, 0, k->d * sizeof *k->theta);
        k->theta[j] = with / own;
        if (left_over(k) < EXACT)
            return j;
    }
    return SIZE_MAX;
}

/* Cholesky's factor of the sums, in their place; a feature that those before it explain has a row of its own left out (diagonal 0). */
static void factor(struct look *k)
{
    for (size_t a = 0; a <= k->d; a++) {
        double *x = k->g + a * k->order, own = x[a];

        for (size_t b = 0; b <= a; b++) {
            const double *y = k->g + b * k->order;
            double rest = x[b];

            for (size_t c = 0; c < b; c++)
                rest -= x[c] * y[c];
            if (b < a)
                x[b] = y[b] > 0 ? rest / y[b] : 0;
            else
                x[a] = rest > (a < k->d ? DEPENDS * own : 0) ? sqrt(rest) : 0;
        }
    }
}

/* The least squares of the target on all features. */
static void solve(struct look *k)
{
    for (size_t j = k->d; j-- > 0;) {
        const double own = k->g[j * k->order + j];
        double rest = k->g[k->d * k->order + j];

        for (size_t b = j + 1; b < k->d; b++)
            rest -= k->g[b * k->order + j] * k->theta[b];
        k->theta[j] = own > 0 ? rest / own : 0;
    }
}

static void combination(struct look *k, struct bl_telltale *out)
{
    const size_t o = k->order;
    const double all = k->g[k->d * o + k->d];
    double own[MOST_FEATURES];

    for (size_t j = 0; j < k->d; j++)
        own[j] = k->g[j * o + j];
    factor(k);
    if (!(k->g[k->d * o + k->d] * k->g[k->d * o + k->d] < SCREEN * all))
        return;
    solve(k);
    for (size_t j = 0; j < k->d; j++)
        if (k->theta[j] * k->theta[j] * own[j] < 1e-12 * all)
            k->theta[j] = 0;
    if (!(left_over(k) < EXACT))
        return;
    for (size_t j = 0; j < k->d; j++)
        if (k->theta[j] != 0 && out->n++ < BL_TELLTALES)
            out->feature[out->n - 1] = j;
    out->n = out->n > BL_TELLTALES ? 0 : out->n; /* so many tell it together by being many */
}

/* ---- numbers ----------------------------------------------------------------------------------------------------------*/

static bool look_at(struct look *k, struct bl_telltale *out)
{
    const size_t d = k->d;

    k->order = d + 1;
    k->mean = bl_calloc(d + 1, sizeof(double));
    k->row = bl_calloc(d + 1, sizeof(double));
    k->theta = bl_calloc(d + 1, sizeof(double));
    k->g = bl_calloc(k->order * k->order, sizeof(double));
    if (!k->mean || !k->row || !k->theta || !k->g)
        return false;
    sums(k);
    if (!(k->g[d * k->order + d] > 0))
        return true;
    if ((out->feature[0] = one_alone(k)) != SIZE_MAX)
        out->n = 1;
    else
        combination(k, out);
    return true;
}

static void of_numbers(const struct bl_matrix *m, struct bl_telltale *out)
{
    struct look k = {.m = m, .d = m->n_features, .n = m->n_rows};
    const double most = WORK / (double)((k.d + 1) * (k.d + 1));

    if ((double)k.n > most)
        k.n = (size_t)most;
    if (k.d > MOST_FEATURES || k.n < 2 * k.d + LEAST_ROWS)
        return;
    look_at(&k, out);
    bl_free(k.mean);
    bl_free(k.row);
    bl_free(k.theta);
    bl_free(k.g);
}

/* ---- classes ------------------------------------------------------------------------------------------------------------*/

/* Has the feature one value in each class, and not the same in all? */
static bool tells_class(const struct bl_matrix *m, size_t j, size_t n_classes, double *value)
{
    bool differ = false;

    for (size_t c = 0; c < n_classes; c++)
        value[c] = NAN;
    for (size_t i = 0; i < m->n_rows; i++) {
        double *v = value + (size_t)m->y[i], x = m->x[i * m->n_features + j];

        if (isnan(*v))
            *v = x;
        else if (*v != x)
            return false;
        differ = differ || x != m->x[j];
    }
    return differ;
}

static void of_classes(const struct bl_matrix *m, size_t n_classes, struct bl_telltale *out)
{
    double *value = bl_calloc(n_classes + 1, sizeof *value);

    for (size_t j = 0; value && j < m->n_features && out->n < BL_TELLTALES; j++)
        if (tells_class(m, j, n_classes, value))
            out->feature[out->n++] = j;
    bl_free(value);
}

void bl_telltale_of(const struct bl_matrix *m, size_t n_classes, struct bl_telltale *out)
{
    *out = (struct bl_telltale){.alone = true};
    if (!m || !m->x || !m->y || m->n_rows < LEAST_ROWS + 2 * n_classes)
        return;
    if (n_classes)
        of_classes(m, n_classes, out);
    else
        of_numbers(m, out);
    out->alone = n_classes > 0 || out->n == 1;
}
