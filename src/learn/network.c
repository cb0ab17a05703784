/* A network as it is built: its layers, their places in the flat vector, names, start and price. */
#include "src/learn/network.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COPIES 12 /* of the parameters that a run holds: itself, gradients, moments, snapshots, lanes */

/* ---- layers -----------------------------------------------------------------------------------------*/
struct build { struct bl_network *n; size_t width; bool fits; };

static struct bl_layer *add(struct build *b, const struct bl_layer_type *type, size_t out)
{
    struct bl_network *n = b->n;
    struct bl_layer *l = &n->layers[n->n_layers];

    *l = (struct bl_layer){.type = type, .in = b->width, .out = out, .at = n->n_params, .index = n->n_layers, .first = n->n_layers == 0};
    n->n_layers++;
    n->sum_out += out;
    n->widest = out > n->widest ? out : n->widest;
    n->coupled |= type->forward_rounds > 0;
    n->noisy |= type->trains_otherwise;
    b->width = out;
    return l;
}

static void count(struct build *b, struct bl_layer *l)
{
    size_t each;

    b->fits = b->fits && !__builtin_mul_overflow(l->out, l->in + 5, &each) && each < SIZE_MAX / 4096 && l->in < INT_MAX - 1;
    l->n_params = b->fits && l->type->params ? l->type->params(l) : 0;
    b->fits = b->fits && !__builtin_add_overflow(b->n->n_params, l->n_params, &b->n->n_params);
}

static double gain_of(const struct bl_network_spec *s, bool output)
{
    enum bl_init init = (enum bl_init)s->init;

    if (init == BL_INIT_AUTO)
        init = s->activation->gain > 1 ? BL_INIT_HE : BL_INIT_GLOROT;
    return init == BL_INIT_ZEROS ? -1 : init == BL_INIT_GLOROT ? 0 : output ? 1 : s->activation->gain;
}

static void add_dense(struct build *b, size_t out, size_t number, bool bias, bool output)
{
    struct bl_layer *l = add(b, &bl_layer_dense, out);

    l->number = number;
    l->bias = bias;
    l->output = output;
    l->gain = gain_of(&b->n->spec, output);
    count(b, l);
}

static void add_other(struct build *b, const struct bl_layer_type *type, size_t number)
{
    struct bl_layer *l = type ? add(b, type, b->width) : NULL;

    if (!l)
        return;
    l->number = number;
    l->share = b->n->spec.dropout;
    count(b, l);
}

static bool lay(struct bl_network *n, const struct bl_objective *o)
{
    const struct bl_network_spec *s = &n->spec;
    struct build b = {.n = n, .width = o->d, .fits = true};

    for (size_t i = 0; i < s->n_hidden; i++) {
        add_dense(&b, s->hidden[i], i + 1, o->intercept, false);
        add_other(&b, s->norm, i + 1);
        add_other(&b, s->activation, i + 1);
        add_other(&b, s->dropout > 0 ? &bl_layer_dropout : NULL, i + 1);
    }
    add_dense(&b, o->k, s->n_hidden + 1, o->intercept, true);
    return b.fits;
}

/* ---- price ------------------------------------------------------------------------------------------*/
static bool refuse_size(const struct bl_network *n, size_t bytes, struct bl_error *err)
{
    char need[32], have[32];

    if (bytes == SIZE_MAX)
        bl_fail(err, BL_LIMIT, "model mlp %s has more parameters than can be counted", n->shape);
    else
        bl_fail(err, BL_LIMIT, "model mlp %s has %zu parameters: a run takes %s with gradients, optimizer and snapshots, and %s may be used",
                n->shape, n->n_params, bl_bytes_format(need, sizeof need, (double)bytes),
                bl_bytes_format(have, sizeof have, (double)bl_memory_limit()));
    return bl_hint(err, "fewer units: model mlp 64");
}

static bool affordable(const struct bl_network *n, struct bl_error *err)
{
    size_t rows, bytes;

    if (__builtin_mul_overflow(n->n_params, COPIES * sizeof(double), &bytes) ||
        __builtin_mul_overflow(n->sum_out + n->d + 2 * n->widest, BL_NETWORK_CHUNK * sizeof(double), &rows) ||
        __builtin_add_overflow(bytes, rows, &bytes))
        return refuse_size(n, SIZE_MAX, err);
    return bytes <= bl_memory_limit() || refuse_size(n, bytes, err);
}

/* ---- create and free --------------------------------------------------------------------------------*/
static void describe(struct bl_network *n)
{
    const struct bl_network_spec *s = &n->spec;
    size_t at = 0;

    for (size_t i = 0; i < s->n_hidden && at < sizeof n->shape; i++)
        at += (size_t)snprintf(n->shape + at, sizeof n->shape - at, "%s%zu", i ? "," : "", s->hidden[i]);
    if (at < sizeof n->shape)
        snprintf(n->shape + at, sizeof n->shape - at, "%s%s", s->n_hidden ? " " : "none", s->n_hidden ? s->activation->name : "");
}

/* The loss of the task under the name of the model, and what is true of no network. */
static struct bl_objective_type type_of(const struct bl_objective *o, const struct bl_network_spec *s)
{
    struct bl_objective_type t = o->n_classes == 0   ? bl_objective_linear
                                 : o->n_classes == 2 ? bl_objective_logistic
                                                     : bl_objective_softmax;

    t.name = bl_objective_mlp.name;
    t.summary = o->n_classes == 0   ? "network, half the squared error"
                : o->n_classes == 2 ? "network, log loss of two classes"
                                    : "network, cross-entropy";
    t.network = true;
    t.rule = o->n_classes == 0 ? "prediction = z, residual = z - y" : NULL;
    t.quadratic = false;
    t.curvature_bound = INFINITY;
    t.jumps = s->n_hidden && s->activation->kinks;
    t.hyper = NULL;
    return t;
}

static bool mark(struct bl_network *n, struct bl_error *err)
{
    n->kind = bl_calloc(n->n_params, sizeof *n->kind);
    if (!n->kind)
        return bl_fail_memory(err, "the network");
    for (size_t i = 0; i < n->n_layers; i++)
        for (size_t p = 0; p < n->layers[i].n_params; p++) {
            enum bl_kind kind = n->layers[i].type->kind(&n->layers[i], p);
            n->kind[n->layers[i].at + p] = (uint8_t)kind;
            n->trained += kind != BL_FIXED;
        }
    return true;
}

struct bl_network *bl_network_create(const struct bl_objective *o, const struct bl_network_spec *s, struct bl_error *err)
{
    struct bl_network *n = bl_calloc(1, sizeof *n);

    if (n)
        n->layers = bl_calloc(4 * s->n_hidden + 1, sizeof *n->layers);
    if (!n || !n->layers) {
        bl_network_free(n);
        bl_fail_memory(err, "the network");
        return NULL;
    }
    n->spec = *s;
    n->d = n->widest = o->d;
    n->k = o->k;
    n->type = type_of(o, s);
    describe(n);
    if ((lay(n, o) ? affordable(n, err) : refuse_size(n, SIZE_MAX, err)) && mark(n, err))
        return n;
    bl_network_free(n);
    return NULL;
}

void bl_network_free(struct bl_network *n)
{
    if (!n)
        return;
    bl_free(n->layers);
    bl_free(n->kind);
    bl_free(n);
}

bool bl_objective_layers(struct bl_objective *o, const struct bl_network_spec *s, struct bl_error *err)
{
    struct bl_network *n;

    o->k = o->n_classes > 2 ? o->n_classes : 1;
    n = bl_network_create(o, s, err);
    if (!n)
        return false;
    bl_network_free(o->network);
    o->network = n;
    o->type = &n->type;
    o->n_params = n->n_params;
    return true;
}

/* ---- what it is made of -----------------------------------------------------------------------------*/
const struct bl_network_spec *bl_objective_spec(const struct bl_objective *o) { return o->network ? &o->network->spec : NULL; }
const char *bl_objective_shape(const struct bl_objective *o) { return o->network ? o->network->shape : ""; }
size_t bl_objective_n_layers(const struct bl_objective *o) { return o->network ? o->network->n_layers : 0; }
bool bl_objective_noisy(const struct bl_objective *o) { return o->network && o->network->noisy; }

struct bl_layer_view bl_objective_layer(const struct bl_objective *o, size_t i)
{
    const struct bl_layer *l = &o->network->layers[i];
    struct bl_layer_view v = {.type = l->type->name, .in = l->in, .out = l->out, .at = l->at, .n_params = l->n_params};

    if (l->output)
        snprintf(v.name, sizeof v.name, "output");
    else
        snprintf(v.name, sizeof v.name, "layer %zu", l->number);
    return v;
}

bool bl_objective_penalised(const struct bl_objective *o, size_t p)
{
    return o->network ? o->network->kind[p] == BL_WEIGHT : !o->intercept || p % (o->d + 1) != 0;
}

void bl_objective_start(const struct bl_objective *o, double *theta)
{
    const struct bl_network *n = o->network;

    memset(theta, 0, o->n_params * sizeof *theta);
    if (o->start)
        memcpy(theta, o->start, o->n_params * sizeof *theta);
    for (size_t i = 0; !o->start && n && i < n->n_layers; i++) {
        const struct bl_layer *l = &n->layers[i];
        struct bl_random r = bl_random_stream(n->spec.seed, BL_FOR_INIT, 0, (uint32_t)l->number);
        if (l->type->start)
            l->type->start(l, &r, theta + l->at);
    }
}

static void linear_name(const struct bl_objective *o, size_t p, const struct bl_naming *n, struct bl_text *out)
{
    size_t each = o->d + o->intercept, j = p % each;

    if (o->k > 1 && n && n->class_)
        bl_text_addf(out, "%s:", n->class_(n->context, p / each));
    else if (o->k > 1)
        bl_text_addf(out, "class %zu:", p / each + 1);
    if (o->intercept && j == 0)
        bl_text_add(out, "(intercept)");
    else if (n && n->feature)
        bl_text_add(out, n->feature(n->context, j - o->intercept));
    else
        bl_text_addf(out, "feature %zu", j + !o->intercept);
}

void bl_objective_name(const struct bl_objective *o, size_t p, const struct bl_naming *n, struct bl_text *out)
{
    const struct bl_network *net = o->network;
    size_t i = 0;

    if (!net) {
        linear_name(o, p, n, out);
        return;
    }
    while (p >= net->layers[i].at + net->layers[i].n_params)
        i++;
    net->layers[i].type->name_of(&net->layers[i], p - net->layers[i].at, n, out);
}

const struct bl_objective_type bl_objective_mlp = {
    .name = "mlp",
    .summary = "network of dense layers, loss by the task",
    .classes_min = 2,
    .classes_max = SIZE_MAX,
    .curvature_bound = INFINITY,
    .network = true,
};
