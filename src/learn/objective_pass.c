/* Passes over rows: lanes of rows to kernels, lanes to one sum. */
#include "src/learn/workspace.h"
#include "src/learn/network.h"

#include <math.h>
#include <string.h>

enum bl_simd bl_simd_best(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512bw"))
        return BL_SIMD_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return BL_SIMD_AVX2;
#endif
    return BL_SIMD_BASE;
}

void bl_workspace_level(struct bl_workspace *w, enum bl_simd level)
{
    w->kernels = w->set->level[level];
}

/* ---- rows as kernels see them ------------------------------------------------------------------------*/
/* A matrix of d >= 8 columns has one row that can not be read in whole vectors, one of few has at
 * most seven. */
static struct bl_rows rows_of(const struct bl_matrix *m, const double *weight, double *tail)
{
    size_t d = m->n_features, vectors = (d + 7) / 8, over = 8 * vectors - d;
    size_t outside = d ? (over + d - 1) / d : 0;
    struct bl_rows rows = {.x = m->x, .y = m->y, .weight = weight, .n = m->n_rows, .d = d, .vectors = vectors, .tail = tail};

    if (m->sparse)
        return rows;
    if (outside > m->n_rows)
        outside = m->n_rows;
    rows.inside = m->n_rows - outside;
    memset(tail, 0, 7 * 8 * (vectors ? vectors : 1) * sizeof *tail);
    for (size_t i = 0; i < outside; i++)
        memcpy(tail + i * 8 * vectors, m->x + (rows.inside + i) * d, d * sizeof *tail);
    return rows;
}

/* ---- create and free ------------------------------------------------------------------------------------*/
static size_t whole_lines(size_t doubles)
{
    return (doubles + 7) / 8 * 8;
}

/* Lanes of their own are worth it while one fits into the cache of a core and most of it is met. */
static bool few_columns(const struct bl_sparse *s, const struct bl_workspace *w)
{
    const size_t fit = 1 << 14;

    return w->lane_size <= fit && s->start[s->n_rows] >= 2 * w->n_lanes * w->lane_size;
}

static bool take_sparse(struct bl_workspace *w, size_t rows, size_t k)
{
    w->slopes = bl_aligned(rows, k * sizeof *w->slopes);
    w->lane_bias = bl_aligned(BL_LANES_MAX, k * sizeof *w->lane_bias);
    return w->slopes && w->lane_bias;
}

struct bl_workspace *bl_workspace_create(const struct bl_objective *o, struct bl_pool *pool, struct bl_error *err)
{
    struct bl_workspace *w = bl_calloc(1, sizeof *w);
    size_t rows = o->train->n_rows, tail;

    if (!w)
        goto failed;
    w->pool = pool;
    if (o->network) {
        w->network = bl_network_workspace(o, pool, err);
        if (w->network)
            return w;
        bl_free(w);
        return NULL;
    }
    if (o->validation && o->validation->n_rows > rows)
        rows = o->validation->n_rows;
    w->set = o->type->kernels;
    bl_workspace_level(w, bl_simd_best());
    w->workers = bl_pool_threads(pool);
    w->vectors = (o->d + 7) / 8;
    w->stride = 8 * w->vectors;
    w->n_lanes = bl_lanes(rows);
    w->lane_size = whole_lines(o->k * (w->stride + 1));
    w->scratch_size = whole_lines(bl_scratch_size(o->k));
    tail = 7 * 8 * (w->vectors ? w->vectors : 1);
    w->w = bl_aligned(o->k * (w->stride + 1), sizeof *w->w);
    w->by_rows = o->train->sparse && few_columns(o->train->sparse, w);
    const bool columns = o->train->sparse && !w->by_rows;
    w->lanes = bl_aligned(columns && w->n_lanes > BL_STACK_MAX ? BL_STACK_MAX : w->n_lanes, w->lane_size * sizeof *w->lanes);
    w->scratch = bl_aligned(w->workers, w->scratch_size * sizeof *w->scratch);
    w->tail = bl_aligned(tail, sizeof *w->tail);
    w->train_tail = bl_aligned(tail, sizeof *w->tail);
    if (columns && !take_sparse(w, rows, o->k))
        goto failed;
    if (!w->w || !w->lanes || !w->scratch || !w->tail || !w->train_tail)
        goto failed;
    w->bias = w->w + o->k * w->stride;
    w->train = rows_of(o->train, o->weight, w->train_tail);
    return w;
failed:
    bl_workspace_free(w);
    bl_fail_memory(err, "the lanes of a pass");
    return NULL;
}

void bl_workspace_free(struct bl_workspace *w)
{
    if (!w)
        return;
    bl_network_workspace_free(w->network);
    bl_free(w->known);
    bl_free(w->w);
    bl_free(w->lanes);
    bl_free(w->scratch);
    bl_free(w->tail);
    bl_free(w->train_tail);
    bl_free(w->slopes);
    bl_free(w->lane_bias);
    bl_free(w);
}

bool bl_workspace_reserve(struct bl_workspace *w, size_t rows, struct bl_error *err)
{
    return !w->network || bl_network_reserve(w->network, rows, err);
}

bool bl_workspace_keep(const struct bl_objective *o, struct bl_workspace *w, struct bl_error *err)
{
    if (bl_objective_noisy(o) || w->known) /* noise: no two passes are alike */
        return true;
    w->known = bl_aligned(2 * o->n_params, sizeof *w->known);
    return w->known || bl_fail_memory(err, "the gradient of a solver");
}

void bl_workspace_forget(struct bl_workspace *w)
{
    if (w->network)
        bl_network_forget(w->network);
}

void bl_workspace_settle(struct bl_workspace *w, uint64_t t, double *theta)
{
    if (w->network)
        bl_network_settle(w->network, t < 10 ? 1 / (double)t : 0.1, theta);
}

/* ---- parameters in and out --------------------------------------------------------------------------------*/
static void load_parameters(const struct bl_objective *o, const double *theta, struct bl_workspace *w)
{
    for (size_t c = 0; c < o->k; c++) {
        w->bias[c] = o->intercept ? *theta++ : 0;
        memcpy(w->w + c * w->stride, theta, o->d * sizeof *theta);
        theta += o->d; /* the padding stays 0 */
    }
}

static void store_parameters(const struct bl_objective *o, double *theta, const struct bl_workspace *w)
{
    for (size_t c = 0; c < o->k; c++) {
        if (o->intercept)
            *theta++ = w->bias[c];
        memcpy(theta, w->w + c * w->stride, o->d * sizeof *theta);
        theta += o->d;
    }
}

/* Sums of a lane to the gradient: mean over n rows, plus the penalty. */
static void store_gradient(const struct bl_objective *o, const double *lane, size_t n, double *gradient,
                           const struct bl_workspace *w)
{
    const double *bias = lane + o->k * w->stride, rows = (double)n, l2 = o->l2;

    for (size_t c = 0; c < o->k; c++) {
        const double *g = lane + c * w->stride, *weights = w->w + c * w->stride;
        if (o->intercept)
            *gradient++ = bias[c] / rows;
        for (size_t j = 0; j < o->d; j++)
            gradient[j] = g[j] / rows + l2 * weights[j];
        gradient += o->d;
    }
}

/* ---- a pass ---------------------------------------------------------------------------------------------------*/
static void run_lane(void *context, size_t lane, size_t worker)
{
    const struct bl_pass *p = context;
    const struct bl_objective *o = p->o;
    struct bl_workspace *w = p->w;
    double *sums = p->with_gradient ? w->lanes + lane * w->lane_size : NULL;
    size_t shift = p->batch.index ? 0 : p->batch.first;

    if (bl_stopped(p->progress))
        return;
    w->kernels->lane(&(struct bl_lane_job){
        .rows = p->rows,
        .index = p->batch.index,
        .begin = shift + bl_lane_begin(p->batch.n, p->lanes, lane),
        .end = shift + bl_lane_begin(p->batch.n, p->lanes, lane + 1),
        .known = p->batch.known,
        .k = o->k,
        .w = w->w,
        .bias = w->bias,
        .hyper = o->hyper,
        .g = sums,
        .g_bias = sums ? sums + o->k * w->stride : NULL,
        .loss = w->loss + 2 * lane,
        .scratch = w->scratch + worker * w->scratch_size,
    });
}

static void run_lanes(struct bl_pass *p)
{
    struct bl_workspace *w = p->w;
    bool alone = p->batch.n * p->o->k * (w->stride + 8) < BL_LANES_ALONE;

    if (p->m->sparse)
        bl_sparse_margins(p);
    else if (p->lanes == 1)
        run_lane(p, 0, 0);
    else
        bl_pool_run(alone ? NULL : w->pool, p->lanes, run_lane, p);
}

/* Runs the lanes, joins them into the first one; the sum of losses, or 0 when stopped. */
static double run_pass(struct bl_pass *p, bool *stopped)
{
    struct bl_workspace *w = p->w;

    run_lanes(p);
    if (stopped && (*stopped = bl_stopped(p->progress)))
        return 0;
    if (p->lanes > 1)
        bl_lanes_join(w->loss, p->lanes, 2, 2);
    if (p->m->sparse && p->with_gradient && !w->by_rows)
        bl_sparse_gradient(p);
    else if (p->lanes > 1 && p->with_gradient)
        bl_lanes_join(w->lanes, p->lanes, p->o->k * (w->stride + 1), w->lane_size);
    return isfinite(w->loss[0]) ? w->loss[0] + w->loss[1] : w->loss[0];
}

static double batch_pass(const struct bl_objective *o, const double *theta, const struct bl_batch *batch, double *gradient,
                         struct bl_workspace *w, struct bl_progress *progress, bool *stopped)
{
    struct bl_rows rows = w->train;
    struct bl_pass p = {.o = o, .w = w, .m = o->train, .rows = &rows, .batch = *batch, .lanes = bl_lanes(batch->n),
                        .with_gradient = gradient, .progress = progress};

    if (o->network) {
        p.batch.weight = batch->weight ? batch->weight : o->weight;
        return bl_network_pass(&p, theta, gradient, w->network, stopped);
    }
    if (batch->weight)
        rows.weight = batch->weight;
    load_parameters(o, theta, w);
    double sum = run_pass(&p, stopped);
    if (gradient)
        store_gradient(o, w->lanes, batch->n, gradient, w);
    return sum / (double)batch->n;
}

static double full_pass(const struct bl_objective *o, const double *theta, const struct bl_batch *batch, double *gradient,
                        struct bl_workspace *w, struct bl_progress *progress, bool *stopped)
{
    const size_t bytes = o->n_params * sizeof *theta;
    double *gradient_known = w->known + o->n_params;

    if (w->is_known && memcmp(w->known, theta, bytes) == 0) {
        memcpy(gradient, gradient_known, bytes);
        return w->known_loss;
    }
    w->known_loss = batch_pass(o, theta, batch, gradient, w, progress, stopped);
    w->full_passes++;
    w->is_known = !(stopped && *stopped) && !bl_stopped(progress);
    memcpy(w->known, theta, bytes);
    memcpy(gradient_known, gradient, bytes);
    return w->known_loss;
}

double bl_batch_pass(const struct bl_objective *o, const double *theta, const struct bl_batch *batch, double *gradient,
                     struct bl_workspace *w, struct bl_progress *progress, bool *stopped)
{
    bool full = w->known && gradient && !batch->index && !batch->weight && batch->n == o->train->n_rows;

    return (full ? full_pass : batch_pass)(o, theta, batch, gradient, w, progress, stopped);
}

/* Over rows that are neither those of training nor of validation, which have weights of their own. */
static double foreign_pass(struct bl_pass *p, const double *theta, double *gradient, bool *stopped)
{
    const struct bl_matrix *m = p->m;
    struct bl_rows rows;
    double *weight = NULL, *slopes = p->w->slopes, *more = NULL, sum = NAN;

    if (!bl_weights_of(p->o, m, &weight))
        return NAN;
    if (m->sparse && !p->w->by_rows && (!slopes || (m->n_rows > p->o->train->n_rows && (!p->o->validation || m->n_rows > p->o->validation->n_rows))))
        p->w->slopes = more = bl_aligned(m->n_rows, p->o->k * sizeof *more);
    if (!m->sparse || p->w->by_rows || p->w->slopes) {
        rows = rows_of(m, weight, p->w->tail);
        p->rows = &rows;
        load_parameters(p->o, theta, p->w);
        sum = run_pass(p, stopped);
        if (gradient)
            store_gradient(p->o, p->w->lanes, m->n_rows, gradient, p->w);
    }
    p->w->slopes = slopes;
    bl_free(more);
    bl_free(weight);
    return sum / (double)m->n_rows;
}

/* The same of a network, over any rows but those of training. */
static double network_matrix_pass(struct bl_pass *p, const double *theta, double *gradient, bool *stopped)
{
    double *weight = NULL, loss;

    p->batch.weight = p->o->validation_weight;
    if (p->m->n_rows == 0 || (p->m != p->o->validation && !bl_weights_of(p->o, p->m, &weight)))
        return NAN;
    if (p->m != p->o->validation)
        p->batch.weight = weight;
    loss = bl_network_pass(p, theta, gradient, p->w->network, stopped);
    bl_free(weight);
    return loss;
}

double bl_matrix_pass(const struct bl_objective *o, const struct bl_matrix *m, const double *theta, double *gradient,
                      struct bl_workspace *w, struct bl_progress *progress, bool *stopped)
{
    struct bl_batch all = {.n = m->n_rows};
    struct bl_pass p = {.o = o, .w = w, .m = m, .batch = all, .lanes = bl_lanes(m->n_rows), .with_gradient = gradient, .progress = progress};
    struct bl_rows rows;

    if (m == o->train)
        return bl_batch_pass(o, theta, &all, gradient, w, progress, stopped);
    if (o->network)
        return network_matrix_pass(&p, theta, gradient, stopped);
    if (m->n_rows == 0 || (gradient && bl_lanes(m->n_rows) > w->n_lanes))
        return NAN; /* lanes were made for the matrices of the objective */
    if (m != o->validation)
        return foreign_pass(&p, theta, gradient, stopped);
    rows = rows_of(m, o->validation_weight, w->tail);
    p.rows = &rows;
    load_parameters(o, theta, w);
    double sum = run_pass(&p, stopped);
    if (gradient)
        store_gradient(o, w->lanes, m->n_rows, gradient, w);
    return sum / (double)m->n_rows;
}

double bl_objective_pass(const struct bl_objective *o, const struct bl_matrix *m, const double *theta, double *gradient,
                         struct bl_workspace *w)
{
    return bl_matrix_pass(o, m, theta, gradient, w, NULL, NULL);
}

double bl_objective_batch(const struct bl_objective *o, const double *theta, const uint32_t *index, size_t n,
                          double *gradient, struct bl_workspace *w)
{
    return bl_batch_pass(o, theta, &(struct bl_batch){.index = index, .n = n, .known = n}, gradient, w, NULL, NULL);
}

/* ---- one row an update -------------------------------------------------------------------------------------------*/
void bl_sgd_begin(const struct bl_objective *o, const double *theta, struct bl_workspace *w)
{
    load_parameters(o, theta, w);
}

void bl_sgd_rows(const struct bl_objective *o, const struct bl_batch *rows, double lr, double *z, struct bl_workspace *w)
{
    size_t shift = rows->index ? 0 : rows->first;
    struct bl_rows all = w->train;

    if (rows->weight)
        all.weight = rows->weight;
    if (o->train->sparse) {
        bl_sparse_sgd(o, rows, lr, z, w);
        return;
    }
    w->kernels->sgd(&(struct bl_sgd_job){
        .rows = &all,
        .index = rows->index,
        .begin = shift,
        .end = shift + rows->n,
        .known = rows->known,
        .k = o->k,
        .w = w->w,
        .bias = w->bias,
        .intercept = o->intercept,
        .lr = lr,
        .l2 = o->l2,
        .hyper = o->hyper,
        .z = z,
        .scratch = w->scratch,
    });
}

/* Where the updates led out of the finite numbers, 0 times a slope did not leave the padding 0. */
void bl_sgd_end(const struct bl_objective *o, double *theta, struct bl_workspace *w)
{
    store_parameters(o, theta, w);
    for (size_t c = 0; c < o->k; c++)
        for (size_t j = o->d; j < w->stride; j++)
            w->w[c * w->stride + j] = 0;
}
