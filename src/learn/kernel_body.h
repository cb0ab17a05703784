/* The kernels, written once. Included by kernels_base.c, kernels_avx2.c and kernels_avx512.c, which
 * choose LANES, TARGET and NAME (the suffix of what they define). No sum depends on that choice. */
#include "src/learn/kernel.h"
#include "src/learn/simd.h"
#include "src/learn/simd_math.h"

#define PREFETCH_STEPS 24 /* rows ahead, for rows that are not neighbours */
#define WIDE 8            /* vectors; of longer rows a whole block and the next one crowd each other out of the cache */
#define LONG 80           /* vectors; so many rows that are read side by side are fetched ahead by the processor itself */

/* Rows of a block that are worked on at a time: of wide ones so few that they and the next fit into the first-level cache. */
FN size_t rows_at_once(size_t vectors)
{
    if (vectors <= WIDE)
        return BL_BLOCK;
    return vectors <= 16 || vectors > LONG ? 8 : vectors <= 40 ? 4 : 2;
}

/* ---- rows -------------------------------------------------------------------------------------*/
FN const double *row_at(const struct bl_rows *rows, size_t row)
{
    if (__builtin_expect(row < rows->inside, 1))
        return rows->x + row * rows->d;
    return rows->tail + (row - rows->inside) * rows->vectors * 8;
}

FN void prefetch_row(const struct bl_rows *rows, size_t row, size_t vectors)
{
    const char *at = (const char *)(rows->x + row * rows->d);

    _Pragma("GCC unroll 4")
    for (size_t v = 0; v < vectors && v < 16; v++)
        __builtin_prefetch(at + 64 * v);
    __builtin_prefetch(at + 64 * vectors - 1); /* what is read, not what the row holds */
    __builtin_prefetch(rows->y + row);
}

/* Where the rows of a block lie and what they answer; the last group of 8 is filled up with the
 * last row, whose loss and slope are cleared later. */
FN void locate_block(const struct bl_lane_job *job, size_t from, size_t n, const double **at, double *y)
{
    const struct bl_rows *rows = job->rows;

    for (size_t i = 0; i < n; i++) {
        size_t row = job->index ? job->index[from + i] : from + i;
        at[i] = row_at(rows, row);
        y[i] = rows->y[row];
    }
    for (size_t i = n; i % 8; i++) {
        at[i] = at[n - 1];
        y[i] = y[n - 1];
    }
}

/* What comes next is asked for in small shares while a block is worked on, so that memory is never
 * idle: a share for each group of 8 rows in each of the phases (the margins of each output, the
 * slopes, each tile of each gradient). Rows in order are a stretch of bytes. Rows in any order are
 * named by the index: one for each row whose margin is taken, since many requests at once wait for
 * each other; of long rows a few a share. */
struct ahead {
    const char *at, *stop;     /* NULL: nothing, or by index */
    size_t share;              /* bytes */
    const struct bl_rows *rows;
    const uint32_t *index, *end;
    bool few;                  /* long rows */
};

FN void ask_row(struct ahead *next, size_t vectors)
{
    if (next->index < next->end)
        prefetch_row(next->rows, *next->index++, vectors);
}

FN void ask(struct ahead *next)
{
    if (next->at) {
        const char *end = next->at + next->share < next->stop ? next->at + next->share : next->stop;
        for (; next->at < end; next->at += 64)
            __builtin_prefetch(next->at);
    } else if (next->few) {
        for (size_t i = 0; i < 3; i++)
            ask_row(next, next->rows->vectors);
    }
}

FN struct ahead look_ahead(const struct bl_lane_job *job, size_t from, size_t n)
{
    const struct bl_rows *rows = job->rows;
    const size_t some = rows_at_once(rows->vectors), soon = rows->vectors <= WIDE ? BL_BLOCK : job->index ? 16 : some < 8 ? 2 * some : 8;
    const size_t first = from + soon, left = first < job->known ? job->known - first : 0;

    if (job->index)
        return (struct ahead){.rows = rows, .index = job->index + first, .end = job->index + first + (n < left ? n : left),
                              .few = rows->vectors > 4};
    if (first >= rows->n || rows->vectors > LONG)
        return (struct ahead){.at = NULL};
    const size_t phases = job->k + 1 + (job->g ? job->k * ((rows->vectors + 3) / 4) : 0), end = first + n < rows->n ? first + n : rows->n;
    return (struct ahead){.at = (const char *)(rows->x + first * rows->d), .stop = (const char *)(rows->x + end * rows->d),
                          .share = (rows->d * 8 * (some < 8 ? some : 8) / phases + 63) / 64 * 64};
}

/* ---- margins and gradient of a block --------------------------------------------------------------*/
FN struct v8 dot8(const double *x, const double *w, size_t vectors)
{
    struct v8 sum = mul8(load8(x), load8(w));

    _Pragma("GCC unroll 4")
    for (size_t v = 1; v < vectors; v++)
        sum = add8(sum, mul8(load8(x + 8 * v), load8(w + 8 * v)));
    return sum;
}

FN void margins_of(const double *const *at, size_t n, const double *w, double bias, size_t vectors, double *z,
                   struct ahead *next)
{
    struct v8 shift = splat8(bias);

    for (size_t i = 0; i < n; i += 8) {
        struct v8 sums[8];
        ask(next);
        _Pragma("GCC unroll 8")
        for (size_t r = 0; r < 8; r++) {
            ask_row(next, vectors);
            sums[r] = dot8(at[i + r], w, vectors);
        }
        store8(z + i, add8(sums8(sums), shift));
    }
}

/* Of wide rows several at a time: each is one chain of additions, and alone it waits for itself. */
FN void wide_dots(const double *const *at, size_t n, const double *w, size_t vectors, struct v8 *sums)
{
    struct v8 first = load8(w);

    _Pragma("GCC unroll 8")
    for (size_t r = 0; r < n; r++)
        sums[r] = mul8(load8(at[r]), first);
    for (size_t v = 1; v < vectors; v++) {
        struct v8 weights = load8(w + 8 * v);
        _Pragma("GCC unroll 8")
        for (size_t r = 0; r < n; r++)
            sums[r] = add8(sums[r], mul8(load8(at[r] + 8 * v), weights));
    }
}

/* Writes eight margins, of which those beyond n (2, 4 or 8) mean nothing. */
FN void wide_margins(const double *const *at, size_t n, const double *w, double bias, size_t vectors, double *z)
{
    const size_t step = n < LANES ? n : LANES;
    struct v8 sums[8];

    _Pragma("GCC unroll 8")
    for (size_t r = 0; r < 8; r++)
        sums[r] = splat8(0);
    _Pragma("GCC unroll 4")
    for (size_t r = 0; r < n; r += step)
        wide_dots(at + r, step, w, vectors, sums + r);
    store8(z, add8(sums8(sums), splat8(bias)));
}

/* No part of the objectives, and so compiled once. */
TARGET __attribute__((noinline)) static void margins_of_wide(const double *const *at, size_t n, const double *w, double bias,
                                                             size_t vectors, double *z, struct ahead *next)
{
    for (size_t i = 0; i < n; i += 8) {
        ask(next);
        if (n - i <= 2)
            wide_margins(at + i, 2, w, bias, vectors, z + i);
        else if (n - i <= 4)
            wide_margins(at + i, 4, w, bias, vectors, z + i);
        else
            wide_margins(at + i, 8, w, bias, vectors, z + i);
    }
}

FN void block_margins(const double *const *at, size_t n, const double *w, double bias, size_t vectors, double *z,
                      struct ahead *next)
{
    switch (vectors) { /* a known length lets the compiler keep the weights in registers */
    case 0: for (size_t i = 0; i < n; i += 8) store8(z + i, splat8(bias)); break;
    case 1: margins_of(at, n, w, bias, 1, z, next); break;
    case 2: margins_of(at, n, w, bias, 2, z, next); break;
    case 3: margins_of(at, n, w, bias, 3, z, next); break;
    case 4: margins_of(at, n, w, bias, 4, z, next); break;
    default: margins_of_wide(at, n, w, bias, vectors, z, next); break;
    }
}

/* g += sum of slope[i] * row i, in row order, for `width` vectors of the rows. */
FN void gradient_tile(const double *const *at, size_t n, const double *slope, size_t first, size_t width, double *g,
                      struct ahead *next)
{
    struct v8 sum[4];

    _Pragma("GCC unroll 4")
    for (size_t v = 0; v < width; v++)
        sum[v] = load8(g + 8 * (first + v));
    for (size_t i = 0; i < n; i++) {
        struct v8 s = splat8(slope[i]);
        if (i % 8 == 0)
            ask(next);
        _Pragma("GCC unroll 4")
        for (size_t v = 0; v < width; v++)
            sum[v] = add8(sum[v], mul8(s, load8(at[i] + 8 * (first + v))));
    }
    _Pragma("GCC unroll 4")
    for (size_t v = 0; v < width; v++)
        store8(g + 8 * (first + v), sum[v]);
}

/* The same of 2, 4 or 8 wide rows, vector by vector: all are read side by side. */
FN void wide_gradient(const double *const *at, size_t n, const double *slope, size_t vectors, double *g, struct ahead *next)
{
    struct v8 s[8];

    _Pragma("GCC unroll 8")
    for (size_t r = 0; r < n; r++)
        s[r] = splat8(slope[r]);
    for (size_t v = 0; v < vectors; v++) {
        struct v8 sum = load8(g + 8 * v);
        if (v % 4 == 0)
            ask(next);
        _Pragma("GCC unroll 8")
        for (size_t r = 0; r < n; r++)
            sum = add8(sum, mul8(s[r], load8(at[r] + 8 * v)));
        store8(g + 8 * v, sum);
    }
}

TARGET __attribute__((noinline)) static void gradient_of_wide(const double *const *at, size_t n, const double *slope, size_t vectors,
                                                              double *g, struct ahead *next)
{
    if (n == 8)
        wide_gradient(at, 8, slope, vectors, g, next);
    else if (n == 4)
        wide_gradient(at, 4, slope, vectors, g, next);
    else if (n == 2)
        wide_gradient(at, 2, slope, vectors, g, next);
    else
        for (size_t r = 0; r < n; r++)
            wide_gradient(at + r, 1, slope + r, vectors, g, next);
}

FN void block_gradient(const double *const *at, size_t n, const double *slope, size_t vectors, double *g,
                       struct ahead *next)
{
    size_t v = 0;

    if (vectors > WIDE) {
        gradient_of_wide(at, n, slope, vectors, g, next);
        return;
    }
    for (; v + 4 <= vectors; v += 4)
        gradient_tile(at, n, slope, v, 4, g, next);
    switch (vectors - v) {
    case 1: gradient_tile(at, n, slope, v, 1, g, next); break;
    case 2: gradient_tile(at, n, slope, v, 2, g, next); break;
    case 3: gradient_tile(at, n, slope, v, 3, g, next); break;
    default: break;
    }
}

FN double sum_in_order(const double *x, size_t n, double sum)
{
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

/* ---- a lane ---------------------------------------------------------------------------------------*/
/* Neumaier (1974): the sum and, beside it, what rounding took away. */
FN void add_compensated(double sum[2], double x)
{
    double s = sum[0] + x, t = s - sum[0];

    sum[1] += (sum[0] - (s - t)) + (x - t);
    sum[0] = s;
}

/* What an objective makes of the margins of a block: slopes (k × BL_BLOCK) and losses. */
typedef void block_link(const double *z, const double *y, size_t n, size_t k, const double *hyper, double *slope,
                        double *loss, struct ahead *next);

FN double sum_block(const double *x, size_t n)
{
    struct v8 sum = splat8(0);

    for (size_t i = 0; i < n; i += 8)
        sum = add8(sum, first8(load8(x + i), n - i < 8 ? n - i : 8));
    return sum8(sum);
}

/* What a row counts goes into its loss and its slopes. */
FN void weigh_block(const struct bl_lane_job *job, size_t from, size_t n, double *slope, double *loss)
{
    for (size_t i = 0; i < n; i++) {
        double weight = job->rows->weight[job->index ? job->index[from + i] : from + i];
        loss[i] *= weight;
        for (size_t c = 0; c < job->k; c++)
            slope[c * BL_BLOCK + i] *= weight;
    }
}

FN void run_lane(const struct bl_lane_job *job, block_link *link)
{
    const double *at[BL_BLOCK];
    const size_t vectors = job->rows->vectors, stride = 8 * vectors, k = job->k;
    const size_t some = rows_at_once(vectors);
    /* A link writes eight values also of the last few rows; of those before nothing is needed any more but the loss. */
    double *z = job->scratch, *slope = z + k * BL_BLOCK, *loss = slope + k * BL_BLOCK + 8, *y = loss + BL_BLOCK + 8;

    double total[2] = {0, 0}; /* kept here: other lanes write beside job->loss */

    for (size_t j = 0; job->g && j < k * stride; j++)
        job->g[j] = 0;
    for (size_t c = 0; job->g && c < k; c++)
        job->g_bias[c] = 0;
    for (size_t from = job->begin; from < job->end; from += BL_BLOCK) {
        size_t n = job->end - from < BL_BLOCK ? job->end - from : BL_BLOCK;
        struct ahead next = look_ahead(job, from, n);
        locate_block(job, from, n, at, y);
        for (size_t i = 0; i < n; i += some) { /* mostly once */
            size_t m = n - i < some ? n - i : some;
            for (size_t c = 0; c < k; c++)
                block_margins(at + i, m, job->w + c * stride, job->bias[c], vectors, z + c * BL_BLOCK + i, &next);
            link(z + i, y + i, m, k, job->hyper, slope + i, loss + i, &next);
            if (job->rows->weight)
                weigh_block(job, from + i, m, slope + i, loss + i);
            for (size_t c = 0; job->g && c < k; c++) {
                block_gradient(at + i, m, slope + c * BL_BLOCK + i, vectors, job->g + c * stride, &next);
                job->g_bias[c] = sum_in_order(slope + c * BL_BLOCK + i, m, job->g_bias[c]);
            }
        }
        add_compensated(total, sum_block(loss, n));
    }
    job->loss[0] = total[0];
    job->loss[1] = total[1];
}

/* ---- one row an update, one margin a row -------------------------------------------------------------*/
typedef double row_link(double z, double y, const double *hyper);

/* Weights live in registers where there are few (w), else in memory (w NULL). */
FN struct v8 weight_of(const struct v8 *w, const double *memory, size_t v)
{
    return w ? w[v] : load8(memory + 8 * v);
}

FN double sgd_margin(const double *at, const struct v8 *w, const double *memory, size_t vectors)
{
    struct v8 sum;

    if (vectors == 0)
        return 0;
    sum = mul8(load8(at), weight_of(w, memory, 0));
    _Pragma("GCC unroll 4")
    for (size_t v = 1; v < vectors; v++)
        sum = add8(sum, mul8(load8(at + 8 * v), weight_of(w, memory, v)));
    return sum8(sum);
}

/* w -= lr * (slope * x + l2 * w); the gradient beyond the last feature is 0. */
FN struct v8 sgd_step(struct v8 w, struct v8 x, struct v8 slope, struct v8 lr, const struct v8 *l2)
{
    struct v8 g = mul8(slope, x);

    if (l2)
        g = add8(g, mul8(*l2, w));
    return sub8(w, mul8(lr, g));
}

FN void sgd_rows(const struct bl_sgd_job *job, row_link *link, size_t vectors, struct v8 *w, bool penalty)
{
    const struct bl_rows *rows = job->rows;
    const struct v8 lr = splat8(job->lr), l2 = splat8(job->l2);
    const size_t last = rows->d - 8 * (vectors - 1);
    double bias = job->bias[0];

    for (size_t i = job->begin; i < job->end; i++) {
        size_t row = job->index ? job->index[i] : i;
        const double *at = row_at(rows, row);
        if (job->index && i + PREFETCH_STEPS < job->known)
            prefetch_row(rows, job->index[i + PREFETCH_STEPS], vectors);
        double z = sgd_margin(at, w, job->w, vectors) + bias, slope = link(z, rows->y[row], job->hyper);
        if (rows->weight)
            slope *= rows->weight[row];
        struct v8 s = splat8(slope);
        job->z[i - job->begin] = z;
        _Pragma("GCC unroll 4")
        for (size_t v = 0; v < vectors; v++) {
            struct v8 x = load8(at + 8 * v);
            struct v8 moved = sgd_step(weight_of(w, job->w, v), v + 1 < vectors ? x : first8(x, last), s, lr, penalty ? &l2 : NULL);
            if (w)
                w[v] = moved;
            else
                store8(job->w + 8 * v, moved);
        }
        if (job->intercept)
            bias -= job->lr * slope;
    }
    job->bias[0] = bias;
}

FN void sgd_registers(const struct bl_sgd_job *job, row_link *link, size_t vectors, bool penalty)
{
    struct v8 w[4];

    _Pragma("GCC unroll 4")
    for (size_t v = 0; v < vectors; v++)
        w[v] = load8(job->w + 8 * v);
    sgd_rows(job, link, vectors, w, penalty);
    _Pragma("GCC unroll 4")
    for (size_t v = 0; v < vectors; v++)
        store8(job->w + 8 * v, w[v]);
}

FN void sgd_sized(const struct bl_sgd_job *job, row_link *link, bool penalty)
{
    switch (job->rows->vectors) {
    case 1: sgd_registers(job, link, 1, penalty); break;
    case 2: sgd_registers(job, link, 2, penalty); break;
    case 3: sgd_registers(job, link, 3, penalty); break;
    case 4: sgd_registers(job, link, 4, penalty); break;
    default: sgd_rows(job, link, job->rows->vectors, NULL, penalty); break;
    }
}

FN void run_sgd(const struct bl_sgd_job *job, row_link *link)
{
    if (job->l2 != 0)
        sgd_sized(job, link, true);
    else
        sgd_sized(job, link, false);
}

/* ---- one row an update, k margins a row ----------------------------------------------------------------*/
FN void run_sgd_outputs(const struct bl_sgd_job *job, block_link *link)
{
    const struct bl_rows *rows = job->rows;
    const size_t vectors = rows->vectors, stride = 8 * vectors, k = job->k, last = rows->d - 8 * (vectors - 1);
    const struct v8 lr = splat8(job->lr), l2 = splat8(job->l2);
    double *z = job->scratch, *slope = z + k * BL_BLOCK, loss[8], y[8];
    struct ahead none = {.at = NULL};

    for (size_t i = job->begin; i < job->end; i++) {
        size_t row = job->index ? job->index[i] : i;
        const double *at = row_at(rows, row);
        if (job->index && i + PREFETCH_STEPS < job->known)
            prefetch_row(rows, job->index[i + PREFETCH_STEPS], vectors);
        for (size_t c = 0; c < k; c++) {
            double margin = sgd_margin(at, NULL, job->w + c * stride, vectors) + job->bias[c];
            store8(z + c * BL_BLOCK, splat8(margin));
            job->z[(i - job->begin) * k + c] = margin;
        }
        store8(y, splat8(rows->y[row]));
        link(z, y, 1, k, job->hyper, slope, loss, &none);
        for (size_t c = 0; c < k; c++) {
            double *w = job->w + c * stride, s = slope[c * BL_BLOCK];
            if (rows->weight)
                s *= rows->weight[row];
            for (size_t v = 0; v < vectors; v++) {
                struct v8 x = load8(at + 8 * v);
                store8(w + 8 * v, sgd_step(load8(w + 8 * v), v + 1 < vectors ? x : first8(x, last), splat8(s), lr,
                                           job->l2 != 0 ? &l2 : NULL));
            }
            if (job->intercept)
                job->bias[c] -= job->lr * s;
        }
    }
}

/* ---- the objectives -------------------------------------------------------------------------------------*/
/* linear: loss 1/2 (z - y)^2, slope z - y */
FN void linear_block(const double *z, const double *y, size_t n, size_t k, const double *hyper, double *slope, double *loss,
                    struct ahead *next)
{
    (void)k, (void)hyper;
    for (size_t i = 0; i < n; i += LANES) {
        if (i % 8 == 0)
            ask(next);
        vd r = vd_load(z + i) - vd_load(y + i);
        vd_store(slope + i, r);
        vd_store(loss + i, 0.5 * r * r);
    }
}

FN double linear_row(double z, double y, const double *hyper)
{
    (void)hyper;
    return z - y;
}

/* logistic: with s = +1 for class 1 and -1 for class 0, t = s z and e = e^-|t|, loss ln(1 + e^-t) =
 * max(-t, 0) + log1p(e), slope -s / (1 + e^t) = -s (t >= 0 ? e : 1) / (1 + e): nothing cancels. The
 * two share one division, 1/((1 + e)(2 + e)). */
struct logistic { vd t, e, shared, slope; };

FN struct logistic logistic_of(vd z, vd y)
{
    struct logistic l;
    vd s = 2 * y - 1;

    l.t = s * z;
    l.e = vd_exp_negative(-vd_abs(l.t));
    l.shared = 1 / ((1 + l.e) * (2 + l.e));
    l.slope = vd_select(vd_at_least(l.t, vd_splat(0)), -s * l.e, -s) * ((2 + l.e) * l.shared);
    return l;
}

FN void logistic_block(const double *z, const double *y, size_t n, size_t k, const double *hyper, double *slope, double *loss,
                    struct ahead *next)
{
    (void)k, (void)hyper;
    for (size_t i = 0; i < n; i += LANES) {
        if (i % 8 == 0)
            ask(next);
        struct logistic l = logistic_of(vd_load(z + i), vd_load(y + i));
        vd_store(slope + i, l.slope);
        vd_store(loss + i, vd_max(vd_splat(0), -l.t) + log1p_of_ratio(l.e * ((1 + l.e) * l.shared)));
    }
}

FN double logistic_row(double z, double y, const double *hyper)
{
    (void)hyper;
    return logistic_of(vd_splat(z), vd_splat(y)).slope[0];
}

/* softmax: with the largest margin m, e_c = e^(z_c - m) and rest = the sum of e_c without the
 * largest, loss = (m - z_y) + log1p(rest); slope e_c / (1 + rest), for the class of the row minus
 * the share of the others, so that nothing cancels. */
FN void softmax_rows(const double *z, vd y, size_t k, double *slope, double *loss)
{
    vd most = vd_load(z), own = vd_splat(0), rest = own, others = own;
    vd unseen = vd_splat(1);

    for (size_t c = 1; c < k; c++)
        most = vd_max(most, vd_load(z + c * BL_BLOCK));
    for (size_t c = 0; c < k; c++) {
        vd zc = vd_load(z + c * BL_BLOCK), e = vd_exp_negative(zc - most);
        vmask mine = vd_equal(y, vd_splat((double)c)), top = vd_equal(zc, most);
        rest += vd_select(top, e - unseen, e); /* e is 1 there */
        unseen = vd_select(top, vd_splat(0), unseen);
        others += vd_select(mine, vd_splat(0), e);
        own = vd_select(mine, zc, own);
        vd_store(slope + c * BL_BLOCK, e);
    }
    vd share = 1 / (1 + rest);
    for (size_t c = 0; c < k; c++) {
        vd e = vd_load(slope + c * BL_BLOCK);
        vd_store(slope + c * BL_BLOCK, vd_select(vd_equal(y, vd_splat((double)c)), -others, e) * share);
    }
    vd_store(loss, (most - own) + vd_log1p_positive(rest));
}

FN void softmax_block(const double *z, const double *y, size_t n, size_t k, const double *hyper, double *slope, double *loss,
                    struct ahead *next)
{
    (void)hyper;
    for (size_t i = 0; i < n; i += LANES) {
        if (i % 8 == 0)
            ask(next);
        softmax_rows(z + i, vd_load(y + i), k, slope + i, loss + i);
    }
}

/* ---- objectives of one margin, written once as a link of a register of rows --------------------------------*/
struct linked { vd loss, slope; };

/* svm: with m = 1 - s z, loss max(0, m), slope -s where m > 0. */
FN struct linked svm_of(vd z, vd y, const double *hyper)
{
    vd s = 2 * y - 1, m = 1 - s * z, zero = vd_splat(0);
    vmask right = vd_at_least(zero, m);

    (void)hyper;
    return (struct linked){.loss = vd_select(right, zero, m), .slope = vd_select(right, zero, -s)};
}

/* svm2: half the square of it. */
FN struct linked svm2_of(vd z, vd y, const double *hyper)
{
    vd s = 2 * y - 1, m = 1 - s * z, short_of = vd_select(vd_at_least(vd_splat(0), m), vd_splat(0), m);

    (void)hyper;
    return (struct linked){.loss = 0.5 * short_of * short_of, .slope = -s * short_of};
}

/* huber: r within +-delta; c = r cut off there: loss c (r - c/2), slope c. */
FN struct linked huber_of(vd z, vd y, const double *hyper)
{
    vd r = z - y, delta = vd_splat(hyper[0]), c = vd_select(vd_at_least(r, delta), delta, r);

    c = vd_select(vd_at_least(-delta, c), -delta, c);
    return (struct linked){.loss = c * (r - 0.5 * c), .slope = c};
}

/* quantile: with r = y - z, loss tau r above and (tau - 1) r below, slope 0 in the kink. */
FN struct linked quantile_of(vd z, vd y, const double *hyper)
{
    vd r = y - z, zero = vd_splat(0), above = vd_splat(hyper[0]), below = vd_splat(hyper[0] - 1);
    vd share = vd_select(vd_at_least(r, zero), above, below);

    return (struct linked){.loss = share * r, .slope = vd_select(vd_equal(r, zero), zero, -share)};
}

/* poisson: loss e^z - y z, slope e^z - y. */
FN struct linked poisson_of(vd z, vd y, const double *hyper)
{
    vd e = vd_exp_negative(-vd_abs(z)), mean = vd_select(vd_at_least(z, vd_splat(0)), 1 / e, e);

    (void)hyper;
    mean = vd_select(vd_at_least(z, vd_splat(709)), vd_splat(__builtin_inf()), mean);
    return (struct linked){.loss = mean - y * z, .slope = mean - y};
}

#define LINKED(objective)                                                                        \
    FN void objective##_block(const double *z, const double *y, size_t n, size_t k, const double *hyper, double *slope, \
                              double *loss, struct ahead *next)                                  \
    {                                                                                            \
        (void)k;                                                                                 \
        for (size_t i = 0; i < n; i += LANES) {                                                  \
            if (i % 8 == 0)                                                                      \
                ask(next);                                                                       \
            struct linked l = objective##_of(vd_load(z + i), vd_load(y + i), hyper);             \
            vd_store(slope + i, l.slope);                                                        \
            vd_store(loss + i, l.loss);                                                          \
        }                                                                                        \
    }                                                                                            \
    FN double objective##_row(double z, double y, const double *hyper)                           \
    {                                                                                            \
        return objective##_of(vd_splat(z), vd_splat(y), hyper).slope[0];                         \
    }

LINKED(svm)
LINKED(svm2)
LINKED(huber)
LINKED(quantile)
LINKED(poisson)

#define OBJECTIVE(objective, sgd_of_it, slope_of_it)                                                          \
    TARGET static void objective##_lane(const struct bl_lane_job *job)                          \
    {                                                                                            \
        run_lane(job, objective##_block);                                                        \
    }                                                                                            \
    TARGET static void objective##_sgd(const struct bl_sgd_job *job)                            \
    {                                                                                            \
        sgd_of_it;                                                                               \
    }                                                                                            \
    TARGET static void objective##_link(const double *z, const double *y, size_t n, size_t k, const double *hyper, \
                                        double *slope, double *loss)                             \
    {                                                                                            \
        struct ahead none = {.at = NULL};                                                        \
        objective##_block(z, y, n, k, hyper, slope, loss, &none);                                \
    }                                                                                            \
    const struct bl_kernels NAME(objective) = {.lane = objective##_lane, .sgd = objective##_sgd, .link = objective##_link, \
                                               .slope = slope_of_it}

#define ONE_MARGIN(objective)                                                                    \
    TARGET static double objective##_slope(double z, double y, const double *hyper)              \
    {                                                                                            \
        return objective##_row(z, y, hyper);                                                     \
    }                                                                                            \
    OBJECTIVE(objective, run_sgd(job, objective##_row), objective##_slope)

ONE_MARGIN(linear);
ONE_MARGIN(logistic);
OBJECTIVE(softmax, run_sgd_outputs(job, softmax_block), NULL);
ONE_MARGIN(svm);
ONE_MARGIN(svm2);
ONE_MARGIN(huber);
ONE_MARGIN(quantile);
ONE_MARGIN(poisson);
