/* The model as a graph: layers, and what they say of a row. */
#include "src/keep/onnx.h"

#include <math.h>
#include <string.h>

#define SMALL 1e-5 /* of layernorm and batchnorm, as in learn */

static size_t dense(struct bl_onnx *g, const struct bl_plan_layer *l, size_t x)
{
    const size_t each = l->in + l->bias;
    double *weights = bl_calloc(l->out * l->in + 1, sizeof *weights), *biases = bl_calloc(l->out, sizeof *biases);
    struct bl_text attributes = {0};
    size_t in[3] = {x}, y = 0;

    g->nodes.failed |= !weights || !biases;
    for (size_t u = 0; weights && biases && u < l->out; u++) {
        memcpy(weights + u * l->in, l->theta + u * each + l->bias, l->in * sizeof *weights);
        biases[u] = l->bias ? l->theta[u * each] : 0;
    }
    if (weights && biases) {
        in[1] = bl_onnx_reals(g, weights, l->out, l->in);
        in[2] = bl_onnx_reals(g, biases, 1, l->out);
        bl_onnx_int(&attributes, "transB", 1);
        y = bl_onnx_node(g, "", "Gemm", in, 3, &attributes);
    }
    bl_free(weights);
    bl_free(biases);
    return y;
}

static size_t relu(struct bl_onnx *g, const struct bl_plan_layer *l, size_t x)
{
    (void)l;
    return bl_onnx_op1(g, "Relu", x);
}

static size_t hyperbolic(struct bl_onnx *g, const struct bl_plan_layer *l, size_t x)
{
    (void)l;
    return bl_onnx_op1(g, "Tanh", x);
}

static size_t sigmoid(struct bl_onnx *g, const struct bl_plan_layer *l, size_t x)
{
    (void)l;
    return bl_onnx_op1(g, "Sigmoid", x);
}

/* x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)): the tanh form */
static size_t gelu(struct bl_onnx *g, const struct bl_plan_layer *l, size_t x)
{
    size_t cube = bl_onnx_with(g, "Mul", bl_onnx_op2(g, "Mul", bl_onnx_op2(g, "Mul", x, x), x), 0.044715);
    size_t inner = bl_onnx_with(g, "Mul", bl_onnx_op2(g, "Add", x, cube), 2 * 0.79788456080286535588);

    (void)l;
    return bl_onnx_op2(g, "Mul", x, bl_onnx_op1(g, "Sigmoid", inner));
}

/* Number i of `each` of every unit. */
static size_t units(struct bl_onnx *g, const struct bl_plan_layer *l, size_t each, size_t i)
{
    double *x = bl_calloc(l->out, sizeof *x);
    size_t tensor = 0;

    g->nodes.failed |= !x;
    for (size_t u = 0; x && u < l->out; u++)
        x[u] = l->theta[u * each + i];
    if (x)
        tensor = bl_onnx_reals(g, x, 1, l->out);
    bl_free(x);
    return tensor;
}

static size_t layernorm(struct bl_onnx *g, const struct bl_plan_layer *l, size_t x)
{
    size_t centred = bl_onnx_op2(g, "Sub", x, bl_onnx_mean(g, x));
    size_t variance = bl_onnx_mean(g, bl_onnx_op2(g, "Mul", centred, centred));
    size_t h = bl_onnx_op2(g, "Div", centred, bl_onnx_op1(g, "Sqrt", bl_onnx_with(g, "Add", variance, SMALL)));

    return bl_onnx_op2(g, "Add", bl_onnx_op2(g, "Mul", h, units(g, l, 2, 0)), units(g, l, 2, 1));
}

/* In the form that predicts: running mean and variance are numbers of the model. */
static size_t batchnorm(struct bl_onnx *g, const struct bl_plan_layer *l, size_t x)
{
    size_t deviation = bl_onnx_op1(g, "Sqrt", bl_onnx_with(g, "Add", units(g, l, 4, 3), SMALL));
    size_t h = bl_onnx_op2(g, "Div", bl_onnx_op2(g, "Sub", x, units(g, l, 4, 2)), deviation);

    return bl_onnx_op2(g, "Add", bl_onnx_op2(g, "Mul", h, units(g, l, 4, 0)), units(g, l, 4, 1));
}

static const struct { const char *type; size_t (*emit)(struct bl_onnx *g, const struct bl_plan_layer *l, size_t x); } layers[] = {
    {"margins", dense}, {"dense", dense}, {"relu", relu}, {"tanh", hyperbolic}, {"sigmoid", sigmoid}, {"gelu", gelu},
    {"layernorm", layernorm}, {"batchnorm", batchnorm},
};

static bool emit_layer(struct bl_onnx *g, const struct bl_plan_layer *l, size_t *x, struct bl_error *err)
{
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        if (strcmp(layers[i].type, l->type) == 0) {
            *x = layers[i].emit(g, l, *x);
            return true;
        }
    bl_fail(err, BL_STATE, "a layer of type %s can not be exported as onnx", l->type);
    return bl_hint(err, "save NAME keeps the model");
}

/* ---- what is predicted ------------------------------------------------------------------------------------ */

/* Probabilities in the order of the classes. */
static size_t probabilities(struct bl_onnx *g, size_t z)
{
    static const int64_t other_way[] = {1, 0};
    struct bl_text attributes = {0};
    size_t p;

    if (g->plan->link == BL_LINK_LOGISTIC) {
        const size_t both[] = {bl_onnx_op1(g, "Sigmoid", bl_onnx_op1(g, "Neg", z)), bl_onnx_op1(g, "Sigmoid", z)};
        p = bl_onnx_concat(g, both, 2);
    } else {
        bl_onnx_int(&attributes, "axis", 1);
        p = bl_onnx_node(g, "", "Softmax", &z, 1, &attributes);
    }
    return g->plan->n_outputs == 2 && bl_plan_class(g->plan, 0) != 0 ? bl_onnx_pick(g, p, other_way, 2) : p;
}

/* The number of a class among those in ascending order, rows x 1; ties as in predict. */
static size_t decide(struct bl_onnx *g, size_t out)
{
    const int64_t positive = (int64_t)bl_plan_class(g->plan, 1), negative = 1 - positive;
    struct bl_text attributes = {0};
    size_t yes;

    if (g->plan->n_outputs > 2) {
        bl_onnx_int(&attributes, "axis", 1);
        bl_onnx_int(&attributes, "keepdims", 1);
        return bl_onnx_node(g, "", "ArgMax", &out, 1, &attributes);
    }
    yes = g->plan->n_outputs == 2 ? bl_onnx_op2(g, "Greater", bl_onnx_pick(g, out, &positive, 1), bl_onnx_pick(g, out, &negative, 1))
                                  : bl_onnx_with(g, "Greater", out, 0);
    return bl_onnx_op3(g, "Where", yes, bl_onnx_wholes(g, &positive, 1), bl_onnx_wholes(g, &negative, 1));
}

/* The word of a class, "" where nothing is predicted: one dimension. */
static size_t label(struct bl_onnx *g, size_t out)
{
    const struct bl_roles *r = g->plan->model->roles;
    static const int64_t first = 0, none = -1, axis = 1;
    struct bl_text attributes = {0};
    int64_t *numbers = bl_calloc(r->n_classes, sizeof *numbers);
    size_t nothing = bl_onnx_op1(g, "IsNaN", g->plan->n_outputs > 1 ? bl_onnx_pick(g, out, &first, 1) : out), in[2];

    g->nodes.failed |= !numbers;
    for (size_t i = 0; numbers && i < r->n_classes; i++)
        numbers[i] = (int64_t)i;
    in[0] = bl_onnx_op3(g, "Where", nothing, bl_onnx_wholes(g, &none, 1), decide(g, out));
    if (numbers)
        bl_onnx_ints(&attributes, "keys_int64s", numbers, r->n_classes);
    bl_onnx_strings(&attributes, "values_strings", (const char *const *)r->classes, r->n_classes);
    bl_onnx_string(&attributes, "default_string", "");
    bl_free(numbers);
    in[0] = bl_onnx_node(g, BL_ONNX_ML, "LabelEncoder", in, 1, &attributes);
    in[1] = bl_onnx_wholes(g, &axis, 1);
    return bl_onnx_node(g, "", "Squeeze", in, 2, NULL);
}

static void outputs(struct bl_onnx *g, size_t z)
{
    size_t out = z;

    if (g->plan->model->objective->n_classes == 0) {
        if (g->plan->link == BL_LINK_EXP)
            out = bl_onnx_op1(g, "Exp", z);
        bl_onnx_output(g, out, "prediction", g->real, 1);
        return;
    }
    if (g->plan->n_outputs > 1)
        out = probabilities(g, z);
    bl_onnx_output(g, label(g, out), "label", BL_ONNX_STRING, 0);
    bl_onnx_output(g, out, g->plan->n_outputs > 1 ? "probabilities" : "score", g->real, g->plan->n_outputs);
}

bool bl_onnx_model(struct bl_onnx *g, size_t features, struct bl_error *err)
{
    /* 0 times a feature that is missing or infinite is nan: then nothing is predicted, as in batchlab. Behind the
     * layers, since an activation may make a number of it. */
    size_t guard = bl_onnx_sum(g, bl_onnx_with(g, "Mul", features, 0)), z = features;

    for (size_t i = 0; i < g->plan->n_layers; i++)
        if (!emit_layer(g, &g->plan->layers[i], &z, err))
            return false;
    outputs(g, bl_onnx_op2(g, "Add", z, guard));
    return true;
}
