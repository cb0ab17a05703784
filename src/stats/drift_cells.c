/* Drift by the counts of cells: levels as they are, numbers in bins of the reference. Population stability index,
 * Jensen-Shannon and chi-square. */
#include <math.h>

#include "distributions.h"

struct cells { size_t n; size_t *count[2]; double total[2]; };

static void free_cells(struct cells *c)
{
    bl_free(c->count[0]);
    bl_free(c->count[1]);
}

/* The inner tenths of the reference, equal ones once; how many. */
static size_t cut(const double *sorted, size_t n, double *edge)
{
    size_t used = 0;

    for (int k = 1; n && k < BL_DRIFT_BINS; k++) {
        const double x = bl_quantile_sorted(sorted, n, (double)k / BL_DRIFT_BINS);

        if (!used || x > edge[used - 1])
            edge[used++] = x;
    }
    return used;
}

static void count_bins(const double *sorted, size_t n, const double *edge, size_t n_edges, size_t *count)
{
    size_t bin = 0;

    for (size_t i = 0; i < n; i++) {
        while (bin < n_edges && sorted[i] > edge[bin])
            bin++;
        count[bin]++;
    }
}

/* Cells without a row on either side say nothing. */
static void drop_empty(struct cells *c, size_t all)
{
    for (size_t k = 0; k < all; k++) {
        const size_t before = c->count[0][k], now = c->count[1][k];

        if (!before && !now)
            continue;
        c->count[0][c->n] = before;
        c->count[1][c->n++] = now;
        c->total[0] += (double)before;
        c->total[1] += (double)now;
    }
}

static bool cells_of(const struct bl_drift_pair *p, struct cells *c, struct bl_error *err)
{
    double edge[BL_DRIFT_BINS];
    const size_t n_edges = p->numbers ? cut(p->value[0], p->n[0], edge) : 0;
    const size_t all = (p->numbers ? n_edges + 1 : p->n_levels) + 1; /* the last: missing */

    *c = (struct cells){0};
    for (size_t side = 0; side < 2; side++) {
        if (!(c->count[side] = bl_calloc(all, sizeof *c->count[side]))) {
            free_cells(c);
            return bl_fail_memory(err, "bins");
        }
        if (p->numbers)
            count_bins(p->value[side], p->n[side], edge, n_edges, c->count[side]);
        for (size_t k = 0; !p->numbers && k < p->n_levels; k++)
            c->count[side][k] = p->count[side][k];
        c->count[side][all - 1] = p->missing[side];
    }
    drop_empty(c, all);
    return true;
}

/* A figure over the cells of a pair; nothing where one side has no row. */
static bool over_cells(const struct bl_drift_pair *p, void (*measure)(struct cells *c, struct bl_drift_figure *out), struct bl_drift_figure *out,
                       struct bl_error *err)
{
    struct cells c;

    *out = (struct bl_drift_figure){.statistic = NAN, .p = NAN};
    if (!cells_of(p, &c, err))
        return false;
    if (c.total[0] > 0 && c.total[1] > 0)
        measure(&c, out);
    free_cells(&c);
    return true;
}

static void measure_psi(struct cells *c, struct bl_drift_figure *out)
{
    const double bins = (double)c->n;
    struct bl_sum2 sum = {0};

    for (size_t k = 0; k < c->n; k++) {
        const double p = ((double)c->count[0][k] + 0.5) / (c->total[0] + bins / 2);
        const double q = ((double)c->count[1][k] + 0.5) / (c->total[1] + bins / 2);

        bl_sum2_add(&sum, (q - p) * bl_log(q / p));
    }
    out->cells = c->n;
    out->df = c->n - 1;
    out->statistic = fmax(0, bl_sum2_value(sum));
    out->p = out->df ? bl_chi_square_p(out->statistic / (1 / c->total[0] + 1 / c->total[1]), (double)out->df) : 1;
}

bool bl_drift_psi(const struct bl_drift_pair *p, struct bl_progress *progress, struct bl_drift_figure *out, struct bl_error *err)
{
    (void)progress;
    return over_cells(p, measure_psi, out, err);
}

static double half_divergence(double p, double middle)
{
    return p > 0 ? p * bl_log(p / middle) / 2 : 0;
}

static void measure_js(struct cells *c, struct bl_drift_figure *out)
{
    struct bl_sum2 sum = {0};

    for (size_t k = 0; k < c->n; k++) {
        const double p = (double)c->count[0][k] / c->total[0], q = (double)c->count[1][k] / c->total[1], middle = (p + q) / 2;

        bl_sum2_add(&sum, half_divergence(p, middle) + half_divergence(q, middle));
    }
    out->cells = c->n;
    out->statistic = sqrt(fmin(1, fmax(0, bl_sum2_value(sum) / M_LN2)));
}

bool bl_drift_js(const struct bl_drift_pair *p, struct bl_progress *progress, struct bl_drift_figure *out, struct bl_error *err)
{
    (void)progress;
    return over_cells(p, measure_js, out, err);
}

/* ---- chi-square ----------------------------------------------------------------------------------*/

static double least_expected(const struct cells *c, double rows)
{
    return fmin(c->total[0], c->total[1]) * rows / (c->total[0] + c->total[1]);
}

static void move_cell(struct cells *c, size_t from, size_t pool[2])
{
    pool[0] += c->count[0][from];
    pool[1] += c->count[1][from];
    c->n--;
    c->count[0][from] = c->count[0][c->n];
    c->count[1][from] = c->count[1][c->n];
}

static double cell_rows(const struct cells *c, size_t k)
{
    return (double)c->count[0][k] + (double)c->count[1][k];
}

static size_t smallest_cell(const struct cells *c)
{
    size_t least = 0;

    for (size_t k = 1; k < c->n; k++)
        if (cell_rows(c, k) < cell_rows(c, least))
            least = k;
    return least;
}

/* Small cells into one; how many went into it. */
static size_t pool_small(struct cells *c)
{
    size_t pool[2] = {0, 0}, pooled = 0;

    for (size_t k = c->n; k-- > 0;)
        if (least_expected(c, cell_rows(c, k)) < 5) {
            move_cell(c, k, pool);
            pooled++;
        }
    for (; pooled && c->n && least_expected(c, (double)pool[0] + (double)pool[1]) < 5; pooled++)
        move_cell(c, smallest_cell(c), pool);
    if (pooled) {
        c->count[0][c->n] = pool[0];
        c->count[1][c->n++] = pool[1];
    }
    return pooled > 1 ? pooled : 0;
}

static void measure_chi2(struct cells *c, struct bl_drift_figure *out)
{
    const double all = c->total[0] + c->total[1];
    const bool one = c->n == 1; /* before small ones were put together */
    struct bl_sum2 sum = {0};

    out->pooled = pool_small(c);
    out->cells = c->n;
    out->df = c->n - 1;
    for (size_t k = 0; k < c->n; k++)
        for (size_t side = 0; side < 2; side++) {
            const double expected = c->total[side] * cell_rows(c, k) / all, off = (double)c->count[side][k] - expected;

            bl_sum2_add(&sum, off * off / expected);
        }
    if (out->df)
        out->p = bl_chi_square_p(bl_sum2_value(sum), (double)out->df);
    else if (one)
        out->p = 1;
    out->statistic = out->df || one ? bl_sum2_value(sum) : NAN;
}

bool bl_drift_chi2(const struct bl_drift_pair *p, struct bl_progress *progress, struct bl_drift_figure *out, struct bl_error *err)
{
    (void)progress;
    return over_cells(p, measure_chi2, out, err);
}
