/* What the layers of a network do where a run stands: norms of their parameters and gradients, and what they give on
 * some rows, as it predicts. Rows go through in chunks in one order, so the figures are the same for all threads. */
#include "src/learn/network.h"

#include <float.h>
#include <math.h>
#include <string.h>

struct looking {
    const struct bl_objective *o;
    const double *theta;
    struct bl_layer_state *out;
    size_t rows, used;           /* training rows; those that are looked at */
    double *x, *buffers[2], *scratch;
    bool *alive;                 /* units of all layers, one behind the other: not 0 on some row */
    bool counting;               /* the second time through: ranges are known */
};

/* ---- outputs ------------------------------------------------------------------------------------------*/

static void ranges_take(struct bl_layer_state *s, const double *y, size_t rows, bool *alive)
{
    size_t units = s->is.out;

    for (size_t i = 0; i < rows * units; i++) {
        alive[i % units] |= y[i] != 0;
        if (!isfinite(y[i])) {
            s->not_finite++;
            continue;
        }
        s->low = fmin(s->low, y[i]);
        s->high = fmax(s->high, y[i]);
        s->zeros += y[i] == 0;
        s->mean += y[i];
    }
}

static double round_up(double x)
{
    double unit = pow(10, floor(log10(x))), m = x / unit;

    return unit * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
}

/* Bins of a round width between round numbers that hold them all; of one value alone, or of a range that is too wide or too
 * narrow for that, equal parts. */
static void bins_choose(struct bl_layer_state *s)
{
    double width = s->high / BL_LAYER_BINS - s->low / BL_LAYER_BINS, from;

    s->from = s->low, s->width = width;
    if (width == 0) {
        s->width = fmax(fabs(s->low), 1) / BL_LAYER_BINS;
        s->from = s->low - s->width * BL_LAYER_BINS / 2;
    }
    if (!(width >= DBL_MIN) || width < 1e-12 * fmax(fabs(s->low), fabs(s->high)))
        return;
    width = round_up(width);
    from = floor(s->low / width) * width;
    if (from + width * BL_LAYER_BINS < s->high) {
        width = round_up(width * 1.5);
        from = floor(s->low / width) * width;
    }
    if (isfinite(from) && isfinite(from + width * BL_LAYER_BINS))
        s->from = from, s->width = width;
}

static size_t bin_of(const struct bl_layer_state *s, double y)
{
    double bin = s->high > s->low ? y / s->width - s->from / s->width : BL_LAYER_BINS / 2;

    return bin < 0 ? 0 : bin < BL_LAYER_BINS ? (size_t)bin : BL_LAYER_BINS - 1;
}

static void outputs_count(struct bl_layer_state *s, const double *y, size_t rows)
{
    for (size_t i = 0; i < rows * s->is.out; i++)
        if (isfinite(y[i])) {
            s->count[bin_of(s, y[i])]++;
            s->sd += (y[i] - s->mean) * (y[i] - s->mean);
        }
}

static void chunk(const struct looking *k, size_t from, size_t n)
{
    const struct bl_network *net = k->o->network;
    const double *in = k->x;
    bool *alive = k->alive;

    for (size_t i = 0; i < n; i++)
        bl_row_write(k->o->train, (size_t)((uint64_t)(from + i) * k->rows / k->used), k->x + i * net->d);
    for (size_t i = 0; i < net->n_layers; i++) {
        const struct bl_layer *l = &net->layers[i];
        double *y = k->buffers[i % 2];
        l->type->code[0].forward(&(struct bl_layer_run){.layer = l, .rows = n, .theta = k->theta + l->at, .x = in, .x_stride = l->in, .y = y,
                                                        .scratch = k->scratch, .products = bl_products(false, true)});
        if (k->counting)
            outputs_count(&k->out[i], y, n);
        else
            ranges_take(&k->out[i], y, n, alive);
        alive += l->out;
        in = y;
    }
}

static bool through(struct looking *k, struct bl_progress *progress)
{
    for (size_t at = 0; at < k->used; at += BL_NETWORK_CHUNK) {
        if (bl_stopped(progress))
            return false;
        chunk(k, at, k->used - at < BL_NETWORK_CHUNK ? k->used - at : BL_NETWORK_CHUNK);
    }
    return true;
}

/* Sums of the first time through become means and counts. */
static void settle(struct looking *k)
{
    const struct bl_network *net = k->o->network;
    const bool *alive = k->alive;

    for (size_t i = 0; i < net->n_layers; i++) {
        struct bl_layer_state *s = &k->out[i];
        double n = (double)(k->used * s->is.out - s->not_finite);
        s->mean = n > 0 ? s->mean / n : NAN;
        s->zeros = n > 0 ? s->zeros / n : NAN;
        s->low = n > 0 ? s->low : NAN;
        s->high = n > 0 ? s->high : NAN;
        bins_choose(s);
        s->may_die = net->layers[i].type->activation && net->layers[i].type->kinks;
        for (size_t u = 0; u < s->is.out; u++)
            s->dead += s->may_die && !alive[u];
        alive += s->is.out;
    }
}

static void spread(struct looking *k)
{
    for (size_t i = 0; i < k->o->network->n_layers; i++) {
        struct bl_layer_state *s = &k->out[i];
        double n = (double)(k->used * s->is.out - s->not_finite);
        s->sd = n > 0 ? sqrt(s->sd / n) : NAN;
    }
}

/* ---- parameters -------------------------------------------------------------------------------------------*/

/* Length of a layer's part of a vector, less that of another (NULL: 0), over what is trained. */
static double norm_of(const struct bl_network *net, const struct bl_layer *l, const double *a, const double *b)
{
    double square = 0;

    for (size_t p = l->at; p < l->at + l->n_params; p++)
        if (net->kind[p] != BL_FIXED)
            square += (a[p] - (b ? b[p] : 0)) * (a[p] - (b ? b[p] : 0));
    return sqrt(square);
}

static void parameters_take(const struct looking *k, const double *gradient, const double *after)
{
    const struct bl_network *net = k->o->network;

    for (size_t i = 0; i < net->n_layers; i++) {
        const struct bl_layer *l = &net->layers[i];
        struct bl_layer_state *s = &k->out[i];
        *s = (struct bl_layer_state){.is = bl_objective_layer(k->o, i), .weight_norm = NAN, .gradient_norm = NAN, .ratio = NAN,
                                     .low = INFINITY, .high = -INFINITY};
        for (size_t p = 0; p < l->n_params; p++)
            s->trained += net->kind[l->at + p] != BL_FIXED;
        if (s->trained == 0)
            continue;
        s->weight_norm = norm_of(net, l, k->theta, NULL);
        s->gradient_norm = gradient ? norm_of(net, l, gradient, NULL) : NAN;
        s->ratio = after && s->weight_norm > 0 ? norm_of(net, l, after, k->theta) / s->weight_norm : NAN;
    }
}

/* ---- all ----------------------------------------------------------------------------------------------------*/

bool bl_layers_of(const struct bl_objective *o, const double *theta, const double *gradient, const double *after, size_t most,
                  struct bl_progress *progress, struct bl_layer_state *out, size_t *rows, struct bl_error *err)
{
    const struct bl_network *net = o->network;
    size_t n = o->train->n_rows, scratch = bl_network_margins_scratch(o), wide = BL_NETWORK_CHUNK * net->widest;
    struct looking k = {.o = o, .theta = theta, .out = out, .rows = n, .used = most < n ? most : n};
    double *room = bl_aligned(scratch + BL_NETWORK_CHUNK * net->d, sizeof *room);
    bool good;

    k.alive = bl_calloc(net->sum_out, sizeof *k.alive);
    if (!room || !k.alive) {
        bl_free(room);
        bl_free(k.alive);
        return bl_fail_memory(err, "the layers");
    }
    k.buffers[0] = room, k.buffers[1] = room + wide, k.scratch = room + 2 * wide, k.x = room + scratch;
    parameters_take(&k, gradient, after);
    good = through(&k, progress);
    settle(&k);
    k.counting = true;
    good = good && through(&k, progress);
    spread(&k);
    *rows = k.used;
    bl_free(room);
    bl_free(k.alive);
    return good || bl_fail(err, BL_STOPPED, "stopped before all rows had been looked at");
}
