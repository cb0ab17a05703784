/* A graph of ONNX: nodes, constants, inputs and outputs as messages. */
#include "src/keep/onnx.h"

#include <stdio.h>
#include <string.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

enum { MODEL_IR = 1, MODEL_PRODUCER = 2, MODEL_PRODUCER_VERSION = 3, MODEL_DOC = 6, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_META = 14 };
enum { OPSET_DOMAIN = 1, OPSET_VERSION = 2 };
enum { META_KEY = 1, META_VALUE = 2 };
enum { GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_TENSOR = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12 };
enum { NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_OP = 4, NODE_ATTRIBUTE = 5, NODE_DOMAIN = 7 };
enum { ATTRIBUTE_NAME = 1, ATTRIBUTE_I = 3, ATTRIBUTE_S = 4, ATTRIBUTE_INTS = 8, ATTRIBUTE_STRINGS = 9, ATTRIBUTE_TYPE = 20 };
enum { TYPE_INT = 2, TYPE_STRING = 3, TYPE_INTS = 7, TYPE_STRINGS = 8 };
enum { TENSOR_DIMS = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9 };
enum { VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_ELEMENT = 1, TENSOR_SHAPE = 2, SHAPE_DIM = 1, DIM_VALUE = 1, DIM_PARAM = 2 };

static const char *column_name(const struct bl_onnx *g, size_t j)
{
    return g->plan->sources[g->plan->columns[j]].name;
}

static bool leads_a_column(const struct bl_onnx *g)
{
    for (size_t j = 0; j < g->plan->n_columns; j++)
        if (strncmp(column_name(g, j), g->lead, strlen(g->lead)) == 0)
            return true;
    return false;
}

void bl_onnx_begin(struct bl_onnx *g, const struct bl_plan *plan, bool single)
{
    *g = (struct bl_onnx){.plan = plan, .real = single ? BL_ONNX_FLOAT : BL_ONNX_DOUBLE, .lead = "t"};
    for (size_t n = 1; leads_a_column(g) && n + 1 < sizeof g->lead; n++)
        g->lead[n] = '_';
}

void bl_onnx_free(struct bl_onnx *g)
{
    bl_text_free(&g->nodes);
    bl_text_free(&g->tensors);
    bl_text_free(&g->inputs);
    bl_text_free(&g->outputs);
}

static void add_name(const struct bl_onnx *g, struct bl_text *m, uint32_t field, size_t tensor)
{
    char name[128];

    if (tensor >= BL_ONNX_COLUMN) {
        bl_wire_text(m, field, column_name(g, tensor - BL_ONNX_COLUMN));
        return;
    }
    snprintf(name, sizeof name, "%s%zu", g->lead, tensor);
    bl_wire_text(m, field, name);
}

/* ---- nodes ------------------------------------------------------------------------------------------------ */

static void add_node(struct bl_onnx *g, const char *domain, const char *op, const size_t *in, size_t n, struct bl_text *attributes,
                     struct bl_text *output)
{
    struct bl_text node = {0};

    for (size_t i = 0; i < n; i++)
        add_name(g, &node, NODE_INPUT, in[i]);
    node.failed |= output->failed;
    bl_text_addn(&node, bl_text_get(output), output->length);
    bl_text_free(output);
    bl_wire_text(&node, NODE_OP, op);
    if (attributes) {
        node.failed |= attributes->failed;
        bl_text_addn(&node, bl_text_get(attributes), attributes->length);
        bl_text_free(attributes);
    }
    if (*domain)
        bl_wire_text(&node, NODE_DOMAIN, domain);
    bl_wire_message(&g->nodes, GRAPH_NODE, &node);
}

size_t bl_onnx_node(struct bl_onnx *g, const char *domain, const char *op, const size_t *in, size_t n, struct bl_text *attributes)
{
    struct bl_text output = {0};

    add_name(g, &output, NODE_OUTPUT, g->n);
    add_node(g, domain, op, in, n, attributes, &output);
    return g->n++;
}

size_t bl_onnx_op1(struct bl_onnx *g, const char *op, size_t a)
{
    return bl_onnx_node(g, "", op, &a, 1, NULL);
}

size_t bl_onnx_op2(struct bl_onnx *g, const char *op, size_t a, size_t b)
{
    return bl_onnx_node(g, "", op, (const size_t[]){a, b}, 2, NULL);
}

size_t bl_onnx_op3(struct bl_onnx *g, const char *op, size_t a, size_t b, size_t c)
{
    return bl_onnx_node(g, "", op, (const size_t[]){a, b, c}, 3, NULL);
}

void bl_onnx_int(struct bl_text *attributes, const char *name, int64_t value)
{
    struct bl_text one = {0};

    bl_wire_text(&one, ATTRIBUTE_NAME, name);
    bl_wire_whole(&one, ATTRIBUTE_I, (uint64_t)value);
    bl_wire_whole(&one, ATTRIBUTE_TYPE, TYPE_INT);
    bl_wire_message(attributes, NODE_ATTRIBUTE, &one);
}

void bl_onnx_ints(struct bl_text *attributes, const char *name, const int64_t *values, size_t n)
{
    struct bl_text one = {0};

    bl_wire_text(&one, ATTRIBUTE_NAME, name);
    for (size_t i = 0; i < n; i++)
        bl_wire_whole(&one, ATTRIBUTE_INTS, (uint64_t)values[i]);
    bl_wire_whole(&one, ATTRIBUTE_TYPE, TYPE_INTS);
    bl_wire_message(attributes, NODE_ATTRIBUTE, &one);
}

void bl_onnx_string(struct bl_text *attributes, const char *name, const char *value)
{
    struct bl_text one = {0};

    bl_wire_text(&one, ATTRIBUTE_NAME, name);
    bl_wire_text(&one, ATTRIBUTE_S, value);
    bl_wire_whole(&one, ATTRIBUTE_TYPE, TYPE_STRING);
    bl_wire_message(attributes, NODE_ATTRIBUTE, &one);
}

void bl_onnx_strings(struct bl_text *attributes, const char *name, const char *const *values, size_t n)
{
    struct bl_text one = {0};

    bl_wire_text(&one, ATTRIBUTE_NAME, name);
    for (size_t i = 0; i < n; i++)
        bl_wire_text(&one, ATTRIBUTE_STRINGS, values[i]);
    bl_wire_whole(&one, ATTRIBUTE_TYPE, TYPE_STRINGS);
    bl_wire_message(attributes, NODE_ATTRIBUTE, &one);
}

/* ---- constants -------------------------------------------------------------------------------------------- */

static size_t add_tensor(struct bl_onnx *g, enum bl_onnx_type type, size_t rows, size_t columns, struct bl_text *raw)
{
    struct bl_text tensor = {0};

    if (rows)
        bl_wire_whole(&tensor, TENSOR_DIMS, rows);
    bl_wire_whole(&tensor, TENSOR_DIMS, columns);
    bl_wire_whole(&tensor, TENSOR_TYPE, type);
    add_name(g, &tensor, TENSOR_NAME, g->n);
    bl_wire_message(&tensor, TENSOR_RAW, raw);
    bl_wire_message(&g->tensors, GRAPH_TENSOR, &tensor);
    return g->n++;
}

size_t bl_onnx_reals(struct bl_onnx *g, const double *x, size_t rows, size_t columns)
{
    struct bl_text raw = {0};

    for (size_t i = 0; i < (rows ? rows : 1) * columns; i++)
        if (g->real == BL_ONNX_FLOAT)
            bl_wire_put_float(&raw, (float)x[i]);
        else
            bl_wire_put_double(&raw, x[i]);
    return add_tensor(g, g->real, rows, columns, &raw);
}

size_t bl_onnx_real(struct bl_onnx *g, double x)
{
    return bl_onnx_reals(g, &x, 1, 1);
}

size_t bl_onnx_wholes(struct bl_onnx *g, const int64_t *x, size_t n)
{
    struct bl_text raw = {0};

    for (size_t i = 0; i < n; i++)
        bl_wire_put64(&raw, (uint64_t)x[i]);
    return add_tensor(g, BL_ONNX_INT64, 0, n, &raw);
}

/* ---- usual operators -------------------------------------------------------------------------------------- */

size_t bl_onnx_cast(struct bl_onnx *g, size_t a, enum bl_onnx_type type)
{
    struct bl_text attributes = {0};

    bl_onnx_int(&attributes, "to", type);
    return bl_onnx_node(g, "", "Cast", &a, 1, &attributes);
}

size_t bl_onnx_concat(struct bl_onnx *g, const size_t *in, size_t n)
{
    struct bl_text attributes = {0};

    if (n == 1)
        return in[0];
    bl_onnx_int(&attributes, "axis", 1);
    return bl_onnx_node(g, "", "Concat", in, n, &attributes);
}

size_t bl_onnx_sum(struct bl_onnx *g, size_t a)
{
    const int64_t axis = 1;
    struct bl_text attributes = {0};
    const size_t in[] = {a, bl_onnx_wholes(g, &axis, 1)};

    bl_onnx_int(&attributes, "keepdims", 1);
    return bl_onnx_node(g, "", "ReduceSum", in, 2, &attributes);
}

size_t bl_onnx_mean(struct bl_onnx *g, size_t a)
{
    const int64_t axis = 1;
    struct bl_text attributes = {0};

    bl_onnx_ints(&attributes, "axes", &axis, 1);
    bl_onnx_int(&attributes, "keepdims", 1);
    return bl_onnx_node(g, "", "ReduceMean", &a, 1, &attributes);
}

size_t bl_onnx_pick(struct bl_onnx *g, size_t a, const int64_t *columns, size_t n)
{
    struct bl_text attributes = {0};
    const size_t in[] = {a, bl_onnx_wholes(g, columns, n)};

    bl_onnx_int(&attributes, "axis", 1);
    return bl_onnx_node(g, "", "Gather", in, 2, &attributes);
}

size_t bl_onnx_with(struct bl_onnx *g, const char *op, size_t a, double b)
{
    return bl_onnx_op2(g, op, a, bl_onnx_real(g, b));
}

/* ---- inputs and outputs ------------------------------------------------------------------------------------- */

static void add_dim(struct bl_text *shape, size_t value)
{
    struct bl_text dim = {0};

    if (value)
        bl_wire_whole(&dim, DIM_VALUE, value);
    else
        bl_wire_text(&dim, DIM_PARAM, "rows");
    bl_wire_message(shape, SHAPE_DIM, &dim);
}

static void add_value(struct bl_text *to, uint32_t field, const char *name, enum bl_onnx_type element, size_t columns)
{
    struct bl_text value = {0}, type = {0}, tensor = {0}, shape = {0};

    add_dim(&shape, 0);
    if (columns)
        add_dim(&shape, columns);
    bl_wire_whole(&tensor, TENSOR_ELEMENT, element);
    bl_wire_message(&tensor, TENSOR_SHAPE, &shape);
    bl_wire_message(&type, TYPE_TENSOR, &tensor);
    bl_wire_text(&value, VALUE_NAME, name);
    bl_wire_message(&value, VALUE_TYPE, &type);
    bl_wire_message(to, field, &value);
}

void bl_onnx_input(struct bl_onnx *g, size_t column, enum bl_onnx_type type)
{
    add_value(&g->inputs, GRAPH_INPUT, column_name(g, column), type, 1);
}

void bl_onnx_output(struct bl_onnx *g, size_t tensor, const char *name, enum bl_onnx_type type, size_t columns)
{
    struct bl_text own = {0}, output = {0};

    bl_text_add(&own, name);
    for (size_t j = 0; j < g->plan->n_columns;)
        if (strcmp(column_name(g, j), bl_text_get(&own)) == 0) {
            bl_text_add(&own, "_");
            j = own.failed ? g->plan->n_columns : 0;
        } else {
            j++;
        }
    bl_wire_text(&output, NODE_OUTPUT, bl_text_get(&own));
    add_node(g, "", "Identity", &tensor, 1, NULL, &output);
    add_value(&g->outputs, GRAPH_OUTPUT, bl_text_get(&own), type, columns);
    g->outputs.failed |= own.failed;
    bl_text_free(&own);
}

/* ---- the model ---------------------------------------------------------------------------------------------- */

static void add_opset(struct bl_text *model, const char *domain, uint64_t version)
{
    struct bl_text opset = {0};

    bl_wire_text(&opset, OPSET_DOMAIN, domain);
    bl_wire_whole(&opset, OPSET_VERSION, version);
    bl_wire_message(model, MODEL_OPSET, &opset);
}

static void add_meta(struct bl_text *model, const char *key, const char *value)
{
    struct bl_text meta = {0};

    bl_wire_text(&meta, META_KEY, key);
    bl_wire_text(&meta, META_VALUE, value);
    bl_wire_message(model, MODEL_META, &meta);
}

void bl_onnx_end(struct bl_onnx *g, struct bl_text *out)
{
    const struct bl_kept_parts *m = g->plan->model;
    struct bl_text graph = {0};
    const struct bl_text *const parts[] = {&g->nodes, &g->tensors, &g->inputs, &g->outputs};

    for (size_t i = 0; i < 4; i++) {
        graph.failed |= parts[i]->failed;
        bl_text_addn(&graph, bl_text_get(parts[i]), parts[i]->length);
        if (i == 0)
            bl_wire_text(&graph, GRAPH_NAME, "batchlab");
    }
    bl_wire_whole(out, MODEL_IR, 7);
    bl_wire_text(out, MODEL_PRODUCER, "batchlab");
    bl_wire_text(out, MODEL_PRODUCER_VERSION, PACKAGE_VERSION);
    bl_wire_message(out, MODEL_GRAPH, &graph);
    add_opset(out, "", 13);
    add_opset(out, BL_ONNX_ML, 2);
    add_meta(out, "model", m->objective->type->name);
    add_meta(out, "target", m->target);
}
