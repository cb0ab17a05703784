/* Passes of rows through a network. Rows of an update are cut into lanes of 128 by their number alone;
 * a lane takes its rows through all layers and back in chunks that stay in cache. Where the rows of an
 * update meet (batch norm in training) it is layer by layer instead, with all rows kept. */
#ifndef REAL
#include "src/learn/network.h"
#include "src/learn/sweep.h"
#include "src/learn/workspace.h"

#include <math.h>
#include <string.h>

#define LANE_ROWS 128
#define LANES_BYTES ((size_t)1 << 28)  /* most that the lanes of a pass may take */
#define WORK_ALONE ((size_t)1 << 17)   /* multiply-adds below which threads cost more than they gain */
enum { STATS = 4 };                    /* rounds of a coupling layer */

struct bl_network_workspace {
    const struct bl_network *net;
    struct bl_pool *pool;
    const struct bl_kernels *kernels;
    const struct bl_products *products;
    size_t real;                 /* bytes of a number */
    size_t lane_stride, most_lanes;
    char *theta;                 /* single precision: the parameters */
    char *lanes;                 /* gradients */
    double loss[2 * BL_LANES_MAX];
    char *scratch;               /* a worker: rows, outputs of all layers, two slopes, scratch of layers, link */
    size_t each_worker, at_outputs, at_slopes, at_layer, at_link;
    /* where rows meet */
    size_t wide_rows;
    char *wide;                  /* wide_rows times: rows, outputs, two slopes */
    char *stats;                 /* STATS × widest a layer */
    char *sums;                  /* a lane */
    double *gathered;            /* 2 × widest a layer: sums over passes since forgotten */
    size_t passes;
};

static size_t lanes_most(const struct bl_network *n)
{
    size_t fit = LANES_BYTES / sizeof(double) / (n->n_params + 1);

    return fit < 1 ? 1 : fit > BL_LANES_MAX ? BL_LANES_MAX : fit;
}

/* Follows from the rows and the network alone. */
static size_t lanes_of(const struct bl_network *n, size_t rows)
{
    size_t lanes = rows / LANE_ROWS + (rows % LANE_ROWS != 0), most = lanes_most(n);

    return lanes < 1 ? 1 : lanes > most ? most : lanes;
}

/* ---- memory -----------------------------------------------------------------------------------------*/
static size_t lines(size_t bytes)
{
    return (bytes + 63) / 64 * 64;
}

static size_t deepest(const struct bl_network *n)
{
    size_t two = 2 * n->widest * sizeof(double);

    return two > BL_PRODUCT_SCRATCH ? two : BL_PRODUCT_SCRATCH;
}

static void plan(struct bl_network_workspace *w)
{
    const struct bl_network *n = w->net;

    w->at_outputs = lines(BL_NETWORK_CHUNK * n->d * w->real);
    w->at_slopes = w->at_outputs + lines(BL_NETWORK_CHUNK * n->sum_out * w->real);
    w->at_layer = w->at_slopes + 2 * lines(BL_NETWORK_CHUNK * n->widest * w->real);
    w->at_link = w->at_layer + lines(deepest(n));
    w->each_worker = w->at_link + lines((2 * n->k + 2) * BL_BLOCK * sizeof(double));
    w->lane_stride = lines(n->n_params * w->real) / w->real;
}

struct bl_network_workspace *bl_network_workspace(const struct bl_objective *o, struct bl_pool *pool, struct bl_error *err)
{
    struct bl_network_workspace *w = bl_calloc(1, sizeof *w);
    const struct bl_network *n = o->network;
    size_t rows = o->train->n_rows;

    if (!w) {
        bl_fail_memory(err, "the passes of a network");
        return NULL;
    }
    if (o->validation && o->validation->n_rows > rows)
        rows = o->validation->n_rows;
    w->net = n;
    w->pool = pool;
    w->kernels = o->type->kernels->level[bl_simd_best()];
    w->products = bl_products(n->spec.single, n->spec.portable);
    w->real = n->spec.single ? sizeof(float) : sizeof(double);
    plan(w);
    w->most_lanes = lanes_of(n, rows);
    w->lanes = bl_aligned(w->most_lanes, w->lane_stride * w->real);
    w->scratch = bl_aligned(bl_pool_threads(pool), w->each_worker);
    w->theta = n->spec.single ? bl_aligned(n->n_params, w->real) : NULL;
    if (w->lanes && w->scratch && (w->theta || !n->spec.single))
        return w;
    bl_network_workspace_free(w);
    bl_fail_memory(err, "the passes of a network");
    return NULL;
}

static void free_wide(struct bl_network_workspace *w)
{
    bl_free(w->wide);
    bl_free(w->stats);
    bl_free(w->sums);
    bl_free(w->gathered);
    w->wide = w->stats = w->sums = NULL;
    w->gathered = NULL;
    w->wide_rows = 0;
}

void bl_network_workspace_free(struct bl_network_workspace *w)
{
    if (!w)
        return;
    free_wide(w);
    bl_free(w->theta);
    bl_free(w->lanes);
    bl_free(w->scratch);
    bl_free(w);
}

static bool refuse_rows(const struct bl_network *n, size_t rows, size_t bytes, struct bl_error *err)
{
    char need[32], have[32];

    (void)n;
    bl_fail(err, BL_LIMIT, "norm=batch over %zu rows an update keeps what every layer gives for them: %s, and %s may be used", rows,
            bl_bytes_format(need, sizeof need, (double)bytes), bl_bytes_format(have, sizeof have, (double)bl_memory_limit()));
    return bl_hint(err, "train mini:256, or model mlp norm=layer");
}

bool bl_network_reserve(struct bl_network_workspace *w, size_t rows, struct bl_error *err)
{
    const struct bl_network *n = w->net;
    size_t each = (n->d + n->sum_out + 2 * n->widest) * w->real, bytes, lanes = lanes_of(n, rows);

    if (!n->coupled || rows <= w->wide_rows)
        return true;
    if (__builtin_mul_overflow(each, rows, &bytes) || bytes > bl_memory_limit())
        return refuse_rows(n, rows, bytes, err);
    free_wide(w);
    w->wide = bl_aligned(rows, each);
    w->stats = bl_aligned(n->n_layers, lines(STATS * n->widest * w->real));
    w->sums = bl_aligned(lanes, lines(n->widest * w->real));
    w->gathered = bl_calloc(n->n_layers, 2 * n->widest * sizeof *w->gathered);
    if (!w->wide || !w->stats || !w->sums || !w->gathered) {
        free_wide(w);
        return bl_fail_memory(err, "the rows of an update");
    }
    w->wide_rows = rows;
    return true;
}

/* ---- running statistics -----------------------------------------------------------------------------*/
void bl_network_forget(struct bl_network_workspace *w)
{
    if (w->gathered && w->passes)
        memset(w->gathered, 0, w->net->n_layers * 2 * w->net->widest * sizeof *w->gathered);
    w->passes = 0;
}

void bl_network_settle(struct bl_network_workspace *w, double weight, double *theta)
{
    const struct bl_network *n = w->net;

    if (!w->passes)
        return;
    for (size_t i = 0; i < n->n_layers; i++) {
        double *g = w->gathered + i * 2 * n->widest;
        if (!n->layers[i].type->settle)
            continue;
        for (size_t u = 0; u < 2 * n->layers[i].out; u++)
            g[u] /= (double)w->passes;
        n->layers[i].type->settle(&n->layers[i], g, weight, theta + n->layers[i].at);
    }
    bl_network_forget(w);
}

/* ---- a pass -----------------------------------------------------------------------------------------*/
struct pass {
    const struct bl_objective *o;
    const struct bl_network *net;
    struct bl_network_workspace *w;
    const struct bl_matrix *m;
    struct bl_batch batch;
    size_t lanes, layer, round;  /* layer and round: where rows meet */
    const void *theta;
    bool with_gradient;
    struct bl_progress *progress;
};

struct view { /* some rows of a pass on their way; all numbers of the precision at hand */
    size_t rows, begin;          /* begin: place in the batch */
    const void *x;
    size_t x_stride;
    char *outputs, *slopes[2];   /* outputs: layer after layer, `room` rows each */
    size_t room;
    bool add;
    char *scratch;
};

static size_t row_at(const struct pass *p, size_t i)
{
    return p->batch.index ? p->batch.index[i] : p->batch.first + i;
}

static char *scratch_of(const struct pass *p, size_t worker)
{
    return p->w->scratch + worker * p->w->each_worker;
}

/* The first layer with parameters: what lies before it needs no slope. */
static size_t lowest(const struct bl_network *n)
{
    size_t i = 0;

    while (n->layers[i].n_params == 0)
        i++;
    return i;
}

static size_t outputs_before(const struct bl_network *n, size_t layer)
{
    size_t sum = 0;

    for (size_t i = 0; i < layer; i++)
        sum += n->layers[i].out;
    return sum;
}

/* Losses and slopes of at most BL_BLOCK rows: the kernels of the linear family want them margin by margin. */
struct linked { double *z, *slope, *loss, *y; };

static struct linked linked_of(const struct pass *p, char *scratch)
{
    double *at = (double *)(scratch + p->w->at_link);
    size_t k = p->net->k;

    return (struct linked){.z = at, .slope = at + k * BL_BLOCK, .loss = at + 2 * k * BL_BLOCK, .y = at + (2 * k + 1) * BL_BLOCK};
}

#define REAL double
#define OF(name) name##_double
#define CODE 0
#include "src/learn/network_pass.c"
#undef REAL
#undef OF
#undef CODE

#define REAL float
#define OF(name) name##_float
#define CODE 1
#include "src/learn/network_pass.c"
#undef REAL
#undef OF
#undef CODE

double bl_network_pass(const struct bl_pass *what, const double *theta, double *gradient, struct bl_network_workspace *w, bool *stopped)
{
    const struct bl_network *n = w->net;
    const struct bl_batch *batch = &what->batch;
    struct pass p = {.o = what->o, .net = n, .w = w, .m = what->m, .batch = *batch, .lanes = lanes_of(n, batch->n), .theta = theta,
                     .with_gradient = gradient != NULL, .progress = what->progress};
    struct bl_sum2 sum = {0};

    if (gradient && p.lanes > w->most_lanes)
        return NAN; /* lanes were made for the matrices of the objective */
    if (p.batch.training && n->coupled && batch->n > w->wide_rows)
        return NAN; /* bl_network_reserve comes first */
    if (n->spec.single)
        run_float(&p, theta);
    else
        run_double(&p, theta);
    if (stopped && (*stopped = bl_stopped(p.progress)))
        return 0;
    bl_lanes_join(w->loss, p.lanes, 2, 2);
    sum = (struct bl_sum2){w->loss[0], w->loss[1]};
    if (gradient && n->spec.single)
        finish_float(&p, theta, gradient);
    else if (gradient)
        finish_double(&p, theta, gradient);
    return bl_sum2_value(sum) / (double)batch->n;
}

/* ---- predictions ------------------------------------------------------------------------------------*/
size_t bl_network_margins_scratch(const struct bl_objective *o)
{
    const struct bl_network *n = o->network;

    return BL_NETWORK_CHUNK * 2 * n->widest + deepest(n) / sizeof(double);
}

/* Two buffers in turn, in double: predictions are made once, and may well be exact. */
void bl_network_margins(const struct bl_objective *o, const double *theta, const double *x, size_t n, double *z, double *scratch)
{
    const struct bl_network *net = o->network;
    double *buffers[2] = {scratch, scratch + BL_NETWORK_CHUNK * net->widest}, *own = scratch + 2 * BL_NETWORK_CHUNK * net->widest;
    const double *from = x;

    for (size_t i = 0; i < net->n_layers; i++) {
        const struct bl_layer *l = &net->layers[i];
        double *to = i + 1 == net->n_layers ? z : buffers[i % 2];
        l->type->code[0].forward(&(struct bl_layer_run){.layer = l, .rows = n, .theta = theta + l->at, .x = from, .x_stride = l->in, .y = to,
                                                        .scratch = own, .products = bl_products(false, true)});
        from = to;
    }
}

#else /* ---- for each precision ------------------------------------------------------------------------*/

static REAL *OF(outputs_of)(const struct pass *p, const struct view *v, size_t layer)
{
    return (REAL *)v->outputs + outputs_before(p->net, layer) * v->room;
}

static struct bl_layer_run OF(run_of)(const struct pass *p, const struct view *v, size_t layer)
{
    const struct bl_layer *l = &p->net->layers[layer];

    return (struct bl_layer_run){
        .layer = l,
        .training = p->batch.training,
        .rows = v->rows,
        .place = p->batch.offset + v->begin,
        .at = p->batch.place,
        .theta = (const REAL *)p->theta + l->at,
        .x = layer ? OF(outputs_of)(p, v, layer - 1) : v->x,
        .x_stride = layer ? l->in : v->x_stride,
        .y = OF(outputs_of)(p, v, layer),
        .stats = p->w->stats ? p->w->stats + layer * lines(STATS * p->net->widest * sizeof(REAL)) : NULL,
        .scratch = v->scratch,
        .products = p->w->products,
    };
}

static void OF(write)(const struct bl_sparse *s, size_t row, size_t d, REAL *x)
{
    memset(x, 0, d * sizeof *x);
    for (size_t i = s->start[row]; i < s->start[row + 1]; i++)
        x[s->column[i]] = (REAL)s->value[i];
}

/* The rows as the first layer reads them: where they stand, or copied. */
static void OF(fetch)(const struct pass *p, struct view *v, REAL *copy)
{
    size_t d = p->net->d;

    v->x_stride = d;
    v->x = copy;
    if (sizeof(REAL) == sizeof(double) && !p->batch.index && !p->m->sparse) {
        v->x = p->m->x + (p->batch.first + v->begin) * d;
        return;
    }
    for (size_t i = 0; i < v->rows; i++) {
        size_t row = row_at(p, v->begin + i);
        if (p->m->sparse)
            OF(write)(p->m->sparse, row, d, copy + i * d);
        else if (sizeof(REAL) == sizeof(double))
            memcpy(copy + i * d, p->m->x + row * d, d * sizeof *copy);
        else
            bl_sweeps()->narrow(p->m->x + row * d, d, (float *)copy + i * d);
    }
}

/* Losses of the rows, added up; their slopes into `slopes` (rows × k) if not NULL. */
static void OF(meet_targets)(const struct pass *p, const struct view *v, const REAL *z, REAL *slopes, char *scratch, struct bl_sum2 *sum)
{
    struct linked l = linked_of(p, scratch);
    size_t k = p->net->k;

    for (size_t from = 0; from < v->rows; from += BL_BLOCK) {
        size_t n = v->rows - from < BL_BLOCK ? v->rows - from : BL_BLOCK;
        for (size_t i = 0; i < (n + 7) / 8 * 8; i++) {
            size_t row = from + (i < n ? i : n - 1);
            l.y[i] = p->m->y[row_at(p, v->begin + row)];
            for (size_t c = 0; c < k; c++)
                l.z[c * BL_BLOCK + i] = (double)z[row * k + c];
        }
        p->w->kernels->link(l.z, l.y, n, k, p->o->hyper, l.slope, l.loss);
        for (size_t i = 0; i < n; i++) {
            double weight = p->batch.weight ? p->batch.weight[row_at(p, v->begin + from + i)] : 1;
            bl_sum2_add(sum, weight * l.loss[i]);
            for (size_t c = 0; slopes && c < k; c++)
                slopes[(from + i) * k + c] = (REAL)(weight * l.slope[c * BL_BLOCK + i]);
        }
    }
}

static void OF(forward)(const struct pass *p, const struct view *v, size_t layer)
{
    struct bl_layer_run r = OF(run_of)(p, v, layer);

    r.layer->type->code[CODE].forward(&r);
}

static struct bl_layer_run OF(back_run)(const struct pass *p, const struct view *v, size_t layer, size_t lane)
{
    struct bl_layer_run r = OF(run_of)(p, v, layer);
    size_t turn = (p->net->n_layers - 1 - layer) % 2;

    r.dy = v->slopes[turn];
    r.dx = layer > lowest(p->net) ? v->slopes[1 - turn] : NULL;
    r.gradient = (REAL *)p->w->lanes + lane * p->w->lane_stride + r.layer->at;
    r.add = v->add;
    return r;
}

static void OF(backward)(const struct pass *p, const struct view *v, size_t layer, size_t lane)
{
    struct bl_layer_run r = OF(back_run)(p, v, layer, lane);

    r.layer->type->code[CODE].backward(&r);
}

/* ---- rows that do not meet ----------------------------------------------------------------------------*/
static void OF(chunk)(const struct pass *p, struct view *v, size_t lane, struct bl_sum2 *sum)
{
    size_t last = p->net->n_layers - 1;
    char *scratch = v->scratch - p->w->at_layer;

    OF(fetch)(p, v, (REAL *)scratch);
    for (size_t i = 0; i <= last; i++)
        OF(forward)(p, v, i);
    OF(meet_targets)(p, v, OF(outputs_of)(p, v, last), p->with_gradient ? (REAL *)v->slopes[0] : NULL, scratch, sum);
    for (size_t i = last + 1; p->with_gradient && i-- > lowest(p->net);)
        OF(backward)(p, v, i, lane);
}

static void OF(lane)(void *context, size_t lane, size_t worker)
{
    const struct pass *p = context;
    char *scratch = scratch_of(p, worker);
    size_t end = bl_lane_begin(p->batch.n, p->lanes, lane + 1);
    struct view v = {.begin = bl_lane_begin(p->batch.n, p->lanes, lane), .room = BL_NETWORK_CHUNK, .outputs = scratch + p->w->at_outputs,
                     .scratch = scratch + p->w->at_layer};
    struct bl_sum2 sum = {0};

    v.slopes[0] = scratch + p->w->at_slopes;
    v.slopes[1] = v.slopes[0] + lines(BL_NETWORK_CHUNK * p->net->widest * sizeof(REAL));
    for (; v.begin < end && !bl_stopped(p->progress); v.begin += v.rows, v.add = true) {
        v.rows = end - v.begin < BL_NETWORK_CHUNK ? end - v.begin : BL_NETWORK_CHUNK;
        OF(chunk)(p, &v, lane, &sum);
    }
    p->w->loss[2 * lane] = sum.s;
    p->w->loss[2 * lane + 1] = sum.e;
}

/* ---- rows that meet: one layer after the other, each over all lanes -------------------------------------*/
static struct view OF(wide_view)(const struct pass *p, size_t lane, size_t worker)
{
    struct bl_network_workspace *w = p->w;
    size_t begin = bl_lane_begin(p->batch.n, p->lanes, lane), rows = bl_lane_begin(p->batch.n, p->lanes, lane + 1) - begin;
    REAL *x = (REAL *)w->wide + begin * p->net->d, *outputs = (REAL *)w->wide + w->wide_rows * p->net->d + begin * p->net->sum_out;
    REAL *slopes = (REAL *)w->wide + w->wide_rows * (p->net->d + p->net->sum_out) + begin * 2 * p->net->widest;

    return (struct view){.begin = begin, .rows = rows, .room = rows, .x = x, .x_stride = p->net->d, .outputs = (char *)outputs,
                         .slopes = {(char *)slopes, (char *)(slopes + rows * p->net->widest)}, .scratch = scratch_of(p, worker) + w->at_layer};
}

static void OF(wide_start)(void *context, size_t lane, size_t worker)
{
    const struct pass *p = context;
    struct view v = OF(wide_view)(p, lane, worker);
    REAL *copy = (REAL *)p->w->wide + v.begin * p->net->d;

    OF(fetch)(p, &v, copy);
    if (v.x != copy)
        memcpy(copy, v.x, v.rows * p->net->d * sizeof *copy);
}

static void OF(wide_forward)(void *context, size_t lane, size_t worker)
{
    const struct pass *p = context;
    struct view v = OF(wide_view)(p, lane, worker);

    OF(forward)(p, &v, p->layer);
}

static void OF(wide_targets)(void *context, size_t lane, size_t worker)
{
    const struct pass *p = context;
    struct view v = OF(wide_view)(p, lane, worker);
    struct bl_sum2 sum = {0};

    OF(meet_targets)(p, &v, OF(outputs_of)(p, &v, p->net->n_layers - 1), p->with_gradient ? (REAL *)v.slopes[0] : NULL, scratch_of(p, worker), &sum);
    p->w->loss[2 * lane] = sum.s;
    p->w->loss[2 * lane + 1] = sum.e;
}

static void OF(wide_backward)(void *context, size_t lane, size_t worker)
{
    const struct pass *p = context;
    struct view v = OF(wide_view)(p, lane, worker);

    OF(backward)(p, &v, p->layer, lane);
}

static void OF(wide_gather)(void *context, size_t lane, size_t worker)
{
    const struct pass *p = context;
    struct view v = OF(wide_view)(p, lane, worker);
    struct bl_layer_run r = OF(back_run)(p, &v, p->layer, lane);

    r.layer->type->code[CODE].gather(&r, p->round, p->w->sums + lane * lines(p->net->widest * sizeof(REAL)));
}

static void OF(join)(REAL *lanes, size_t n, size_t length, size_t stride)
{
    for (size_t w = 1; w < n; w *= 2)
        for (size_t l = 0; l + w < n; l += 2 * w)
            for (size_t i = 0; i < length; i++)
                lanes[l * stride + i] += lanes[(l + w) * stride + i];
}

/* The mean of a round over all rows of the update. */
static void OF(rounds)(struct pass *p, size_t from, size_t to, struct bl_pool *pool)
{
    size_t out = p->net->layers[p->layer].out, stride = lines(p->net->widest * sizeof(REAL)) / sizeof(REAL);
    struct view none = {.scratch = NULL};

    for (p->round = from; p->round < to; p->round++) {
        REAL *stats = (REAL *)OF(run_of)(p, &none, p->layer).stats + p->round * out, *sums = (REAL *)p->w->sums;
        bl_pool_run(pool, p->lanes, OF(wide_gather), p);
        OF(join)(sums, p->lanes, out, stride);
        for (size_t u = 0; u < out; u++)
            stats[u] = sums[u] / (REAL)p->batch.n;
    }
}

/* One row has no spread: running figures are not moved by it. */
static bool OF(remembered)(const struct pass *p)
{
    return p->with_gradient && p->batch.n > 1;
}

/* Means, and variances over n - 1, of the rows of this pass. */
static void OF(remember)(struct pass *p)
{
    const struct bl_layer *l = &p->net->layers[p->layer];
    struct view none = {.scratch = NULL};
    const REAL *stats = OF(run_of)(p, &none, p->layer).stats;
    double *to = p->w->gathered + p->layer * 2 * p->net->widest, n = (double)p->batch.n;

    for (size_t u = 0; l->type->settle && u < 2 * l->out; u++)
        to[u] += u < l->out ? (double)stats[u] : (double)stats[u] * (n / (n - 1));
}

static void OF(wide)(struct pass *p, struct bl_pool *pool)
{
    bl_pool_run(pool, p->lanes, OF(wide_start), p);
    for (p->layer = 0; p->layer < p->net->n_layers && !bl_stopped(p->progress); p->layer++) {
        const struct bl_layer_type *type = p->net->layers[p->layer].type;
        if (type->forward_rounds)
            OF(rounds)(p, 0, type->forward_rounds, pool);
        bl_pool_run(pool, p->lanes, OF(wide_forward), p);
        if (type->settle && OF(remembered)(p))
            OF(remember)(p);
    }
    p->w->passes += OF(remembered)(p);
    bl_pool_run(pool, p->lanes, OF(wide_targets), p);
    for (size_t i = p->net->n_layers; p->with_gradient && i-- > lowest(p->net) && !bl_stopped(p->progress);) {
        const struct bl_layer_type *type = p->net->layers[i].type;
        p->layer = i;
        if (type->backward_rounds)
            OF(rounds)(p, type->forward_rounds, type->forward_rounds + type->backward_rounds, pool);
        bl_pool_run(pool, p->lanes, OF(wide_backward), p);
    }
}

/* ---- all lanes ----------------------------------------------------------------------------------------*/
static void OF(run)(struct pass *p, const double *theta)
{
    struct bl_pool *pool = p->batch.n * p->net->n_params < WORK_ALONE || p->lanes == 1 ? NULL : p->w->pool;

    if (sizeof(REAL) == sizeof(float)) {
        bl_sweeps()->narrow(theta, p->net->n_params, (float *)p->w->theta);
        p->theta = p->w->theta;
    }
    if (p->batch.training && p->net->coupled)
        OF(wide)(p, pool);
    else if (p->lanes == 1)
        OF(lane)(p, 0, 0);
    else
        bl_pool_run(pool, p->lanes, OF(lane), p);
}

/* Lanes to the gradient: mean over the rows, plus the penalty. */
static void OF(finish)(struct pass *p, const double *theta, double *gradient)
{
    REAL *lanes = (REAL *)p->w->lanes;
    size_t n = p->net->n_params;
    double rows = (double)p->batch.n, l2 = p->o->l2;

    OF(join)(lanes, p->lanes, n, p->w->lane_stride);
    bl_sweeps()->OF(mean)(lanes, rows, n, gradient);
    for (size_t i = 0; l2 > 0 && i < n; i++)
        gradient[i] += p->net->kind[i] == BL_WEIGHT ? l2 * theta[i] : 0;
}
#endif
