/* Mini-batch gradients around the full one, and the rows that pull at one parameter. Batches are drawn
 * without replacement, so the mean square of their distance from the full gradient is
 * tr S / B (n - B)/(n - 1), S the covariance (over n) of the gradients of single rows. */
#include "src/learn/linalg.h"
#include "src/learn/objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the fan ---------------------------------------------------------------------------------------*/
/* The first `batch` of index become a draw of their own: the start of a shuffle. */
static void draw(struct bl_random *r, uint32_t *index, size_t n, size_t batch)
{
    for (size_t i = 0; i < n; i++)
        index[i] = (uint32_t)i;
    for (size_t i = 0; i < batch; i++) {
        size_t with = i + (size_t)bl_random_below(r, n - i);
        uint32_t at = index[i];
        index[i] = index[with];
        index[with] = at;
    }
}

#define ROWS_OF_A_NETWORK 2000 /* each costs a pass of its own */

/* tr S: mean square of the gradients of single rows, minus the square of their mean. */
static bool trace(const struct bl_objective *o, const double *theta, const double *full, double *value, struct bl_error *err)
{
    double square = 0, mean = 0;
    size_t rows;

    if (!bl_objective_row_square(o, theta, ROWS_OF_A_NETWORK, NULL, NULL, &square, &rows, err))
        return false;
    for (size_t p = 0; p < o->n_params; p++) {
        double g = full[p] - (bl_objective_penalised(o, p) ? o->l2 * theta[p] : 0);
        mean += g * g;
    }
    *value = fmax(0, square - mean);
    return true;
}

static void take_draw(const struct bl_objective *o, const double *full, const double *g, size_t i, struct bl_fan *out)
{
    double square = 0, length = sqrt(bl_norm2(g, o->n_params));

    for (size_t p = 0; p < o->n_params; p++)
        square += (g[p] - full[p]) * (g[p] - full[p]);
    out->cosine[i] = bl_dot(g, full, o->n_params) / (length * out->full_norm);
    out->length[i] = length;
    out->mean_cosine += out->cosine[i] / (double)out->draws;
    out->mean_square += square / (double)out->draws;
}

static bool fan_out(const struct bl_objective *o, const double *theta, uint64_t seed, struct bl_workspace *w, uint32_t *index, double *g,
                    struct bl_progress *progress, struct bl_fan *out, struct bl_error *err)
{
    double *full = g + o->n_params, tr = 0, n = (double)o->train->n_rows;

    bl_objective_pass(o, o->train, theta, full, w);
    out->full_norm = sqrt(bl_norm2(full, o->n_params));
    if (!trace(o, theta, full, &tr, err))
        return false;
    out->expected = n > 1 ? tr / (double)out->batch * (n - (double)out->batch) / (n - 1) : 0;
    for (size_t i = 0; i < out->draws; i++) {
        struct bl_random r = bl_random_stream(seed, BL_FOR_NOISE, (uint32_t)i, (uint32_t)out->batch);
        if (!bl_go_on(progress, err))
            return false;
        draw(&r, index, o->train->n_rows, out->batch);
        bl_objective_batch(o, theta, out->batch == o->train->n_rows ? NULL : index, out->batch, g, w);
        take_draw(o, full, g, i, out);
    }
    return true;
}

bool bl_fan_of(const struct bl_objective *o, const double *theta, size_t batch, size_t draws, uint64_t seed, struct bl_pool *pool,
               struct bl_progress *progress, struct bl_fan *out, struct bl_error *err)
{
    size_t n = o->train->n_rows;
    struct bl_workspace *w = bl_workspace_create(o, pool, err);
    uint32_t *index = bl_calloc(n, sizeof *index);
    double *g = bl_calloc(2, o->n_params * sizeof *g);
    bool ok = w != NULL;

    *out = (struct bl_fan){.batch = batch < n ? batch : n, .draws = draws};
    out->cosine = bl_calloc(draws, sizeof *out->cosine);
    out->length = bl_calloc(draws, sizeof *out->length);
    if (ok && (!index || !g || !out->cosine || !out->length))
        ok = bl_fail_memory(err, "the fan");
    ok = ok && fan_out(o, theta, seed, w, index, g, progress, out, err);
    bl_free(index);
    bl_free(g);
    bl_workspace_free(w);
    if (!ok)
        bl_fan_done(out);
    return ok;
}

void bl_fan_done(struct bl_fan *f)
{
    bl_free(f->cosine);
    bl_free(f->length);
    *f = (struct bl_fan){0};
}

/* ---- who pulls, in a network: the gradients of its rows, one by one ----*/
static bool pull_of_layers(const struct bl_objective *o, const double *theta, struct bl_pull_row *all, const uint32_t *index, size_t n,
                           size_t parameter, struct bl_error *err)
{
    struct bl_workspace *w = bl_workspace_create(o, NULL, err);
    double *g = bl_calloc(o->n_params, sizeof *g), penalty = bl_objective_penalised(o, parameter) ? o->l2 * theta[parameter] : 0;
    bool good = w && g;

    for (size_t i = 0; good && i < n; i++) {
        struct bl_batch one = {.first = index ? index[i] : i, .n = 1};
        bl_batch_pass(o, theta, &one, g, w, NULL, NULL);
        all[i] = (struct bl_pull_row){.row = o->train->row ? o->train->row[one.first] : (uint32_t)one.first, .slope = g[parameter] - penalty,
                                      .feature = 1, .pull = (g[parameter] - penalty) / (double)n};
    }
    bl_workspace_free(w);
    bl_free(g);
    return good || bl_fail_memory(err, "the rows that pull");
}

/* ---- who pulls ---------------------------------------------------------------------------------------*/
static int stronger_first(const void *a, const void *b)
{
    const struct bl_pull_row *x = a, *y = b;
    double p = fabs(x->pull), q = fabs(y->pull);

    return p != q ? (p < q) - (p > q) : (x->row > y->row) - (x->row < y->row);
}

bool bl_pull_of(const struct bl_objective *o, const double *theta, const uint32_t *index, size_t n, size_t parameter,
                struct bl_pull_row **rows, double *total, struct bl_error *err)
{
    size_t per_output = o->d + o->intercept, c = parameter / per_output, j = parameter % per_output;
    struct bl_pull_row *all = bl_calloc(n, sizeof *all);
    double *z = bl_calloc(2 * o->k, sizeof *z), *slope = z + o->k;

    *total = 0;
    if (all && z && o->network && !pull_of_layers(o, theta, all, index, n, parameter, err)) {
        bl_free(z);
        bl_free(all);
        return false;
    }
    for (size_t i = 0; all && o->network && i < n; i++)
        *total += all[i].pull;
    for (size_t i = 0; all && z && !o->network && i < n; i++) {
        size_t at = index ? index[i] : i;
        bl_row_margins(o, theta, o->train, at, z);
        bl_row_slope(o, z, at, slope);
        all[i] = (struct bl_pull_row){.row = o->train->row ? o->train->row[at] : (uint32_t)at, .slope = slope[c],
                                      .feature = o->intercept && j == 0 ? 1 : bl_matrix_at(o->train, at, j - o->intercept)};
        all[i].pull = all[i].slope * all[i].feature / (double)n;
        *total += all[i].pull;
    }
    bl_free(z);
    if (!all || !z) {
        bl_free(all);
        return bl_fail_memory(err, "the rows that pull");
    }
    qsort(all, n, sizeof *all, stronger_first);
    *rows = all;
    return true;
}
