/* Principal components: eigenvectors of the covariances or correlations. */
#include <math.h>
#include <string.h>

#include "batchlab/stats.h"

#define COLUMNS_MAX 1000

/* ---- components ------------------------------------------------------------------------------*/

struct eigen {
    double *c, *v; /* n × n; variances on the diagonal of c; an eigenvector is a row of v */
};

/* The next component: the largest variance not taken, with the sign that makes its largest weight by
 * size positive. */
static void take_component(struct bl_pca *p, const struct eigen *e, bool *taken, size_t k)
{
    size_t best = SIZE_MAX, largest = 0;
    double *to = p->loadings + k * p->n;

    for (size_t i = 0; i < p->n; i++)
        if (!taken[i] && (best == SIZE_MAX || e->c[i * (p->n + 1)] > e->c[best * (p->n + 1)]))
            best = i;
    taken[best] = true;
    p->variance[k] = e->c[best * (p->n + 1)] > 0 ? e->c[best * (p->n + 1)] : 0;
    memcpy(to, e->v + best * p->n, p->n * sizeof *to);
    for (size_t i = 1; i < p->n; i++)
        largest = fabs(to[i]) > fabs(to[largest]) * (1 + 1e-12) ? i : largest;
    for (size_t i = 0; to[largest] < 0 && i < p->n; i++)
        if (i != largest)
            to[i] = -to[i];
    to[largest] = fabs(to[largest]);
}

static bool find_components(struct bl_pca *p, const struct bl_corr *c, const size_t *place, struct bl_progress *progress,
                            struct bl_error *err)
{
    const double *matrix = p->scaled ? c->matrix : c->covariance;
    struct eigen e = {.c = bl_calloc(2 * p->n * p->n, sizeof *e.c)};
    bool *taken = bl_calloc(p->n, sizeof *taken), fine = e.c && taken;

    if (!fine)
        bl_fail_memory(err, "the components");
    for (size_t i = 0; fine && i < p->n; i++) {
        for (size_t k = 0; k < p->n; k++)
            e.c[i * p->n + k] = matrix[place[i] * c->n + place[k]];
        p->total += e.c[i * (p->n + 1)];
    }
    if (fine && !isfinite(p->total)) {
        bl_fail(err, BL_VALUE, "the values spread beyond the range of numbers");
        bl_hint(err, "pca scale=yes, or name the columns: columns lists them");
        fine = false;
    }
    e.v = fine ? e.c + p->n * p->n : NULL;
    fine = fine && bl_eigen_symmetric(e.c, e.v, p->n, progress, err);
    for (size_t k = 0; fine && k < p->n; k++)
        take_component(p, &e, taken, k);
    bl_free(e.c);
    bl_free(taken);
    return fine;
}

/* ---- which columns -----------------------------------------------------------------------------*/

static bool make(struct bl_pca *p, const struct bl_corr *c, size_t *place, struct bl_error *err)
{
    for (size_t i = 0; i < c->n; i++) {
        bool varies = c->covariance[i * (c->n + 1)] > 0;

        p->left_out += !varies;
        if (varies)
            place[p->n++] = i;
    }
    if (p->n > COLUMNS_MAX) {
        bl_fail(err, BL_LIMIT, "pca takes at most %d columns, not %zu", COLUMNS_MAX, p->n);
        return bl_hint(err, "name the columns: columns lists them");
    }
    if (!p->n) {
        bl_fail(err, BL_VALUE, c->rows < 2 ? "%zu rows are complete in these columns: pca needs 2" : "no column varies over the %zu complete rows",
                c->rows);
        return bl_hint(err, "describe shows where values are missing");
    }
    p->columns = bl_calloc(p->n, sizeof *p->columns);
    p->mean = bl_calloc(3 * p->n + p->n * p->n, sizeof *p->mean);
    if (!p->columns || !p->mean)
        return bl_fail_memory(err, "the components");
    p->sd = p->mean + p->n;
    p->variance = p->sd + p->n;
    p->loadings = p->variance + p->n;
    return true;
}

static bool row_complete(const struct bl_pca *p, const struct bl_table *t, size_t row)
{
    for (size_t i = 0; i < p->n; i++)
        if (isnan(t->columns[p->columns[i]].number[row]))
            return false;
    return true;
}

/* Means over the complete rows, for the scores. */
static bool centre(struct bl_pca *p, const struct bl_table *t, const struct bl_corr *c, const size_t *place, struct bl_pool *pool,
                   struct bl_error *err)
{
    double *x = bl_calloc(t->n_rows, sizeof *x);

    if (!x)
        return bl_fail_memory(err, "the components");
    for (size_t i = 0; i < p->n; i++)
        p->columns[i] = c->columns[place[i]];
    for (size_t i = 0; i < p->n; i++) {
        size_t at = 0;

        for (size_t row = 0; row < t->n_rows; row++)
            if (c->rows == t->n_rows || row_complete(p, t, row))
                x[at++] = t->columns[p->columns[i]].number[row];
        p->mean[i] = bl_moments_of(x, at, pool).mean;
        p->sd[i] = sqrt(c->covariance[place[i] * (c->n + 1)]);
    }
    bl_free(x);
    return true;
}

struct bl_pca *bl_pca_of(const struct bl_table *t, const size_t *columns, size_t n, bool scaled, struct bl_pool *pool,
                         struct bl_progress *progress, struct bl_error *err)
{
    struct bl_corr *c = bl_correlate(t, columns, n, BL_PEARSON, pool, progress, err);
    struct bl_pca *p = c ? bl_calloc(1, sizeof *p) : NULL;
    size_t *place = p ? bl_calloc(c->n, sizeof *place) : NULL;
    bool fine = place != NULL;

    if (c && !fine)
        bl_fail_memory(err, "the components");
    if (fine) {
        p->rows = c->rows;
        p->scaled = scaled;
        fine = make(p, c, place, err) && centre(p, t, c, place, pool, err) && find_components(p, c, place, progress, err);
    }
    bl_free(place);
    bl_corr_free(c);
    if (fine)
        return p;
    bl_pca_free(p);
    return NULL;
}

void bl_pca_free(struct bl_pca *p)
{
    if (!p)
        return;
    bl_free(p->columns);
    bl_free(p->mean);
    bl_free(p);
}

/* ---- scores ------------------------------------------------------------------------------------*/

struct scores {
    const struct bl_pca *pca;
    const struct bl_table *table;
    const double *weight;
    double *out;
};

static void lane_scores(void *context, size_t lane, size_t worker)
{
    struct scores *s = context;
    const struct bl_pca *p = s->pca;
    size_t n = s->table->n_rows, lanes = bl_lanes(n), begin = bl_lane_begin(n, lanes, lane), end = bl_lane_begin(n, lanes, lane + 1);

    (void)worker;
    for (size_t row = begin; row < end; row++)
        s->out[row] = 0;
    for (size_t j = 0; j < p->n; j++) {
        const double *x = s->table->columns[p->columns[j]].number;
        double w = p->scaled ? s->weight[j] / p->sd[j] : s->weight[j];

        for (size_t row = begin; row < end; row++)
            s->out[row] += (x[row] - p->mean[j]) * w;
    }
}

void bl_pca_scores(const struct bl_pca *p, const struct bl_table *t, size_t component, struct bl_pool *pool, double *out)
{
    bl_pool_run(pool, bl_lanes(t->n_rows), lane_scores, &(struct scores){p, t, p->loadings + component * p->n, out});
}
