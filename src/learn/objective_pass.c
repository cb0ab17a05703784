/* Passes over rows: lanes of rows to kernels, lanes to one sum. */
#include "src/learn/objective.h"

#include <math.h>
#include <string.h>

#define LANES_ALONE (1u << 16) /* multiply-adds below which threads cost more than they gain */

struct bl_workspace {
    struct bl_pool *pool;
    const struct bl_kernels *kernels;
    const struct bl_kernel_set *set;
    size_t workers, scratch_size;
    size_t vectors, stride;       /* of one output in w: 8 * vectors */
    size_t lane_size, n_lanes;    /* doubles of a lane: k × stride, k biases */
    double loss[BL_LANES_MAX * 2]; /* of each lane, and its rounding error */
    double *w, *bias;             /* padded parameters */
    double *lanes, *scratch;
    double *tail;                 /* padded copies of the last rows of a matrix */
    struct bl_rows train;
    double *train_tail;
};

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
static struct bl_rows rows_of(const struct bl_matrix *m, double *tail)
{
    size_t d = m->n_features, vectors = (d + 7) / 8, over = 8 * vectors - d;
    size_t outside = d ? (over + d - 1) / d : 0;
    struct bl_rows rows = {.x = m->x, .y = m->y, .n = m->n_rows, .d = d, .vectors = vectors, .tail = tail};

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

struct bl_workspace *bl_workspace_create(const struct bl_objective *o, struct bl_pool *pool, struct bl_error *err)
{
    struct bl_workspace *w = bl_calloc(1, sizeof *w);
    size_t rows = o->train->n_rows, tail;

    if (!w)
        goto failed;
    if (o->validation && o->validation->n_rows > rows)
        rows = o->validation->n_rows;
    w->pool = pool;
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
    w->lanes = bl_aligned(w->n_lanes, w->lane_size * sizeof *w->lanes);
    w->scratch = bl_aligned(w->workers, w->scratch_size * sizeof *w->scratch);
    w->tail = bl_aligned(tail, sizeof *w->tail);
    w->train_tail = bl_aligned(tail, sizeof *w->tail);
    if (!w->w || !w->lanes || !w->scratch || !w->tail || !w->train_tail)
        goto failed;
    w->bias = w->w + o->k * w->stride;
    w->train = rows_of(o->train, w->train_tail);
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
    bl_free(w->w);
    bl_free(w->lanes);
    bl_free(w->scratch);
    bl_free(w->tail);
    bl_free(w->train_tail);
    bl_free(w);
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
struct pass {
    const struct bl_objective *o;
    struct bl_workspace *w;
    const struct bl_rows *rows;
    struct bl_batch batch;
    size_t lanes;
    bool with_gradient;
    struct bl_progress *progress;
};

static void run_lane(void *context, size_t lane, size_t worker)
{
    const struct pass *p = context;
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

/* Runs the lanes, joins them into the first one; the sum of losses, or 0 when stopped. */
static double run_pass(struct pass *p, bool *stopped)
{
    struct bl_workspace *w = p->w;
    bool alone = p->batch.n * p->o->k * (w->stride + 8) < LANES_ALONE;

    if (p->lanes == 1)
        run_lane(p, 0, 0);
    else
        bl_pool_run(alone ? NULL : w->pool, p->lanes, run_lane, p);
    if (stopped && (*stopped = bl_stopped(p->progress)))
        return 0;
    if (p->lanes > 1)
        bl_lanes_join(w->loss, p->lanes, 2, 2);
    if (p->lanes > 1 && p->with_gradient)
        bl_lanes_join(w->lanes, p->lanes, p->o->k * (w->stride + 1), w->lane_size);
    return isfinite(w->loss[0]) ? w->loss[0] + w->loss[1] : w->loss[0];
}

double bl_batch_pass(const struct bl_objective *o, const double *theta, const struct bl_batch *batch, double *gradient,
                     struct bl_workspace *w, struct bl_progress *progress, bool *stopped)
{
    struct pass p = {.o = o, .w = w, .rows = &w->train, .batch = *batch, .lanes = bl_lanes(batch->n),
                     .with_gradient = gradient, .progress = progress};

    load_parameters(o, theta, w);
    double sum = run_pass(&p, stopped);
    if (gradient)
        store_gradient(o, w->lanes, batch->n, gradient, w);
    return sum / (double)batch->n;
}

double bl_matrix_pass(const struct bl_objective *o, const struct bl_matrix *m, const double *theta, double *gradient,
                      struct bl_workspace *w, struct bl_progress *progress, bool *stopped)
{
    struct bl_batch all = {.n = m->n_rows};
    struct bl_rows rows;

    if (m == o->train)
        return bl_batch_pass(o, theta, &all, gradient, w, progress, stopped);
    if (m->n_rows == 0 || (gradient && bl_lanes(m->n_rows) > w->n_lanes))
        return NAN; /* lanes were made for the matrices of the objective */
    rows = rows_of(m, w->tail);
    struct pass p = {.o = o, .w = w, .rows = &rows, .batch = all, .lanes = bl_lanes(m->n_rows),
                     .with_gradient = gradient, .progress = progress};
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

    w->kernels->sgd(&(struct bl_sgd_job){
        .rows = &w->train,
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

void bl_sgd_end(const struct bl_objective *o, double *theta, struct bl_workspace *w)
{
    store_parameters(o, theta, w);
}
