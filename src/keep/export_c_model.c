/* The model as C: from features to margins, and from margins to what is predicted. */
#include "src/keep/export_c.h"

#include <string.h>

static const char dense[] = "static void @_dense(const double *x, int in, double *y, int out, const double *w, int bias)\n"
                            "{\n"
                            "    for (int u = 0; u < out; u++, w += in + bias) {\n"
                            "        double sum = bias ? w[0] : 0;\n"
                            "        for (int j = 0; j < in; j++)\n"
                            "            sum += w[bias + j] * x[j];\n"
                            "        y[u] = sum;\n"
                            "    }\n"
                            "}\n";
/* Eight sums side by side, as the kernels of the linear family have them: the same bits. */
static const char margins[] = "static void @_margins(const double *x, int in, double *y, int out, const double *w, int bias)\n"
                              "{\n"
                              "    for (int u = 0; u < out; u++, w += in + bias) {\n"
                              "        double a[8] = {0};\n"
                              "        for (int j = 0; j < in; j++)\n"
                              "            a[j % 8] += x[j] * w[bias + j];\n"
                              "        y[u] = (((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]))) + (bias ? w[0] : 0);\n"
                              "    }\n"
                              "}\n";
static const char relu[] = "static void @_relu(double *x, int n)\n"
                           "{\n"
                           "    for (int u = 0; u < n; u++)\n"
                           "        x[u] = x[u] <= 0 ? 0 : x[u];\n"
                           "}\n";
static const char hyperbolic[] = "static void @_tanh(double *x, int n)\n"
                                 "{\n"
                                 "    for (int u = 0; u < n; u++)\n"
                                 "        x[u] = tanh(x[u]);\n"
                                 "}\n";
static const char sigmoid[] = "static void @_sigmoid(double *x, int n)\n"
                              "{\n"
                              "    for (int u = 0; u < n; u++) {\n"
                              "        double e = exp(-fabs(x[u]));\n"
                              "        x[u] = (x[u] < 0 ? e : 1) / (1 + e);\n"
                              "    }\n"
                              "}\n";
static const char gelu[] = "static void @_gelu(double *x, int n)\n"
                           "{\n"
                           "    for (int u = 0; u < n; u++) {\n"
                           "        double s = 2 * 0.79788456080286535588 * (x[u] + 0.044715 * x[u] * x[u] * x[u]), e = exp(-fabs(s));\n"
                           "        x[u] *= (s < 0 ? e : 1) / (1 + e);\n"
                           "    }\n"
                           "}\n";
static const char layernorm[] = "static void @_layernorm(double *x, int n, const double *p)\n"
                                "{\n"
                                "    double mean = 0, square = 0, by;\n"
                                "\n"
                                "    for (int u = 0; u < n; u++)\n"
                                "        mean += x[u];\n"
                                "    mean /= n;\n"
                                "    for (int u = 0; u < n; u++)\n"
                                "        square += (x[u] - mean) * (x[u] - mean);\n"
                                "    by = 1 / sqrt(square / n + 1e-5);\n"
                                "    for (int u = 0; u < n; u++)\n"
                                "        x[u] = p[2 * u] * ((x[u] - mean) * by) + p[2 * u + 1];\n"
                                "}\n";
static const char batchnorm[] = "static void @_batchnorm(double *x, int n, const double *p)\n"
                                "{\n"
                                "    for (int u = 0; u < n; u++, p += 4)\n"
                                "        x[u] = (x[u] - p[2]) * (p[0] * (1 / sqrt(p[3] + 1e-5))) + p[1];\n"
                                "}\n";

static const struct { const char *type, *function, *body; size_t numbers; /* of a unit */ bool moves; /* from one buffer to another */ } layers[] = {
    {"dense", "dense", dense, 0, true},          {"margins", "margins", margins, 0, true},
    {"relu", "relu", relu, 0, false},
    {"tanh", "tanh", hyperbolic, 0, false},       {"sigmoid", "sigmoid", sigmoid, 0, false},
    {"gelu", "gelu", gelu, 0, false},             {"layernorm", "layernorm", layernorm, 2, false},
    {"batchnorm", "batchnorm", batchnorm, 4, false},
};

static size_t layer_of(const struct bl_plan_layer *l)
{
    size_t i = 0;

    while (strcmp(layers[i].type, l->type) != 0)
        i++;
    return i;
}

bool bl_c_layers_known(const struct bl_plan *p, struct bl_error *err)
{
    for (size_t i = 0; i < p->n_layers; i++) {
        size_t k = 0;
        while (k < sizeof layers / sizeof *layers && strcmp(layers[k].type, p->layers[i].type) != 0)
            k++;
        if (k == sizeof layers / sizeof *layers) {
            bl_fail(err, BL_STATE, "a layer of type %s can not be exported as c", p->layers[i].type);
            return bl_hint(err, "save NAME keeps the model");
        }
    }
    return true;
}

static void add_functions(const struct bl_c *c, const struct bl_plan *p)
{
    for (size_t i = 0; i < p->n_layers; i++) {
        size_t kind = layer_of(&p->layers[i]), earlier = 0;
        while (earlier < i && layer_of(&p->layers[earlier]) != kind)
            earlier++;
        if (earlier < i)
            continue;
        bl_text_add(c->out, "\n");
        bl_c_add(c, layers[kind].body);
    }
    bl_text_add(c->out, "\n");
    for (size_t i = 0; i < p->n_layers; i++) {
        const struct bl_plan_layer *l = &p->layers[i];
        size_t each = layers[layer_of(l)].numbers;
        if (layers[layer_of(l)].moves)
            bl_c_numbers(c, "w", i, l->theta, l->out * (l->in + l->bias));
        else if (each)
            bl_c_numbers(c, "w", i, l->theta, l->out * each);
    }
}

static size_t widest(const struct bl_plan *p)
{
    size_t most = 1;

    for (size_t i = 0; i < p->n_layers; i++)
        most = p->layers[i].out > most ? p->layers[i].out : most;
    return most;
}

/* Layers with weights go from one buffer to another, all others stay where they are. Returns the last buffer. */
static const char *add_layers(const struct bl_c *c, const struct bl_plan *p)
{
    const char *from = "x", *to;

    for (size_t i = 0; i < p->n_layers; i++) {
        const struct bl_plan_layer *l = &p->layers[i];
        size_t kind = layer_of(l);
        bl_c_add(c, "    @_");
        if (layers[kind].moves) {
            to = strcmp(from, "a") == 0 ? "b" : "a";
            bl_text_addf(c->out, "%s(%s, %zu, %s, %zu, ", layers[kind].function, from, l->in, to, l->out);
            bl_c_add(c, "@_w");
            bl_text_addf(c->out, "%zu, %d);\n", i, (int)l->bias);
            from = to;
            continue;
        }
        bl_text_addf(c->out, "%s(%s, %zu", layers[kind].function, from, l->out);
        if (layers[kind].numbers) {
            bl_c_add(c, ", @_w");
            bl_text_addf(c->out, "%zu", i);
        }
        bl_text_add(c->out, ");\n");
    }
    return from;
}

static const char softmax[] = "    {\n"
                              "        double most = z[0], sum = 0;\n"
                              "        for (int k = 1; k < ^_OUTPUTS; k++)\n"
                              "            most = z[k] > most ? z[k] : most;\n"
                              "        for (int k = 0; k < ^_OUTPUTS; k++)\n"
                              "            sum += out[k] = exp(z[k] - most);\n"
                              "        for (int k = 0; k < ^_OUTPUTS; k++)\n"
                              "            out[k] /= sum;\n"
                              "    }\n";
static const char logistic[] = "    {\n"
                               "        double e = exp(-fabs(z[0]));\n"
                               "        out[0] = (z[0] < 0 ? 1 : e) / (1 + e);\n"
                               "        out[1] = (z[0] < 0 ? e : 1) / (1 + e);\n"
                               "    }\n";
static const char swap[] = "    {\n"
                           "        double first = out[0];\n"
                           "        out[0] = out[1];\n"
                           "        out[1] = first;\n"
                           "    }\n";

static void add_link(const struct bl_c *c, const struct bl_plan *p)
{
    switch (p->link) {
    case BL_LINK_SOFTMAX:
        bl_c_add(c, softmax);
        break;
    case BL_LINK_LOGISTIC:
        bl_c_add(c, logistic);
        break;
    case BL_LINK_EXP:
        bl_text_add(c->out, "    out[0] = z[0] >= 709 ? (double)INFINITY : exp(z[0]);\n");
        break;
    default:
        bl_text_add(c->out, "    out[0] = z[0];\n");
    }
    if (p->n_outputs == 2 && bl_plan_class(p, 0) != 0)
        bl_c_add(c, swap);
}

/* Ties go to the class that batchlab takes: the negative one of two, the first of several. */
static void add_class(const struct bl_c *c, const struct bl_plan *p)
{
    size_t positive = bl_plan_class(p, 1);

    if (p->model->objective->n_classes == 0)
        return;
    bl_c_add(c, "\nint @_class(const double *out)\n{\n");
    if (p->link == BL_LINK_SCORE)
        bl_text_addf(c->out, "    return out[0] > 0 ? %zu : %zu;\n}\n", positive, 1 - positive);
    else if (p->n_outputs == 2)
        bl_text_addf(c->out, "    return out[%zu] > out[%zu] ? %zu : %zu;\n}\n", positive, 1 - positive, positive, 1 - positive);
    else
        bl_c_add(c, "    int best = 0;\n"
                    "\n"
                    "    for (int k = 1; k < ^_OUTPUTS; k++)\n"
                    "        best = out[k] > out[best] ? k : best;\n"
                    "    return best;\n"
                    "}\n");
}

void bl_c_model(const struct bl_c *c, const struct bl_plan *p)
{
    size_t most = widest(p);

    add_functions(c, p);
    bl_c_add(c, "\nint @_predict(const struct @_cell *row, double *out)\n{\n");
    bl_text_addf(c->out, "    double x[%zu], a[%zu]", p->n_features, most);
    if (p->n_layers > 1)
        bl_text_addf(c->out, ", b[%zu]", most);
    bl_text_add(c->out, ";\n    const double *z;\n\n");
    bl_c_add(c, "    @_features(row, x);\n");
    bl_text_addf(c->out, "    for (int j = 0; j < %zu; j++)\n        if (!isfinite(x[j])) {\n", p->n_features);
    bl_c_add(c, "            for (int k = 0; k < ^_OUTPUTS; k++)\n                out[k] = (double)NAN;\n            return 1;\n        }\n");
    bl_text_addf(c->out, "    z = %s;\n", add_layers(c, p));
    add_link(c, p);
    bl_text_add(c->out, "    return 0;\n}\n");
    add_class(c, p);
}
