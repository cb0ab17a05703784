/* The recipe as a graph. Nodes of the recipe that stand beside one another and do the same are made together, as one
 * tensor of so many columns, so that a graph has about as many operators as the recipe has steps and not columns. */
#include "src/keep/onnx.h"

#include <math.h>
#include <string.h>

struct made { const size_t *nodes; size_t n, tensor; struct made *next; };
struct building {
    struct bl_onnx *g;
    const struct bl_plan *p;
    struct bl_arena *arena;
    struct made *made;       /* what there is already */
    struct bl_error *err;
};

static size_t emit(struct building *b, const size_t *nodes, size_t n);

static size_t no_memory(struct building *b)
{
    bl_fail_memory(b->err, "the exported model");
    return SIZE_MAX;
}

static size_t *take(struct building *b, size_t n)
{
    return bl_arena_take(b->arena, n + 1, sizeof(size_t));
}

/* ---- columns ---------------------------------------------------------------------------------------------- */

/* A level becomes its number, -1 where it is not known; no text at all is a missing cell. */
static size_t emit_category(struct building *b, const struct bl_plan_source *s)
{
    struct bl_onnx *g = b->g;
    const char **keys = bl_arena_take(b->arena, s->n_levels + 1, sizeof *keys);
    int64_t *codes = bl_arena_take(b->arena, s->n_levels + 1, sizeof *codes);
    struct bl_text attributes = {0};
    size_t in = BL_ONNX_COLUMN + s->column, code, nothing;
    bool empty = false;

    if (!keys || !codes)
        return no_memory(b);
    for (size_t i = 0; i < s->n_levels; i++) {
        keys[i] = s->levels[i];
        codes[i] = (int64_t)i;
        empty |= !*keys[i];
    }
    keys[s->n_levels] = "";
    codes[s->n_levels] = -2;
    bl_onnx_strings(&attributes, "keys_strings", keys, s->n_levels + !empty);
    bl_onnx_ints(&attributes, "values_int64s", codes, s->n_levels + !empty);
    bl_onnx_int(&attributes, "default_int64", -1);
    code = bl_onnx_cast(g, bl_onnx_node(g, BL_ONNX_ML, "LabelEncoder", &in, 1, &attributes), g->real);
    nothing = bl_onnx_with(g, "Equal", code, -2);
    return bl_onnx_op3(g, "Where", nothing, bl_onnx_real(g, (double)NAN), code);
}

static size_t emit_source(struct building *b, size_t source)
{
    const struct bl_plan_source *s = &b->p->sources[source];

    if (s->type == BL_TEXT_COLUMN) {
        bl_plan_refuse("text", "onnx", b->err);
        return SIZE_MAX;
    }
    return s->type == BL_CATEGORICAL ? emit_category(b, s) : BL_ONNX_COLUMN + s->column;
}

/* ---- operations ------------------------------------------------------------------------------------------- */

static bool same_inputs(const struct bl_plan_node *a, const struct bl_plan_node *b)
{
    return a->n_inputs == b->n_inputs && memcmp(a->inputs, b->inputs, a->n_inputs * sizeof *a->inputs) == 0;
}

/* Linear nodes go together when they read the same with the same shifts: then they are one product of matrices. */
static bool same_shifts(const struct bl_plan_node *a, const struct bl_plan_node *b)
{
    return same_inputs(a, b) && memcmp(a->numbers, b->numbers, a->n_inputs * sizeof *a->numbers) == 0;
}

static bool goes_on(const struct bl_plan_node *first, const struct bl_plan_node *last, const struct bl_plan_node *next, bool one_input)
{
    if (!next->op || strcmp(next->op, first->op) != 0)
        return false;
    if (strcmp(first->op, "linear") == 0)
        return same_shifts(first, next);
    if (strcmp(first->op, "product") == 0)
        return first->n_inputs == next->n_inputs;
    if (!bl_onnx_op_find(first->op) || bl_onnx_op_find(first->op)->single)
        return false;
    return same_inputs(last, next) == one_input;
}

/* How many of n nodes from the first are made together. */
static size_t run_of(const struct bl_plan *p, const size_t *nodes, size_t n)
{
    const struct bl_plan_node *first = &p->nodes[nodes[0]];
    bool one_input = n > 1 && first->op && p->nodes[nodes[1]].op && same_inputs(first, &p->nodes[nodes[1]]);
    size_t k = 1;

    while (k < n && first->op && goes_on(first, &p->nodes[nodes[k - 1]], &p->nodes[nodes[k]], one_input))
        k++;
    return k;
}

/* Input i of each node, one column each. */
static size_t emit_inputs(struct building *b, const size_t *nodes, size_t n, size_t i)
{
    size_t *inputs = take(b, n);

    if (!inputs)
        return no_memory(b);
    for (size_t k = 0; k < n; k++)
        inputs[k] = b->p->nodes[nodes[k]].inputs[i];
    return emit(b, inputs, n);
}

static size_t emit_product(struct building *b, const size_t *nodes, size_t n)
{
    size_t x = emit_inputs(b, nodes, n, 0);

    for (size_t i = 1; x != SIZE_MAX && i < b->p->nodes[nodes[0]].n_inputs; i++) {
        size_t y = emit_inputs(b, nodes, n, i);
        x = y == SIZE_MAX ? y : bl_onnx_op2(b->g, "Mul", x, y);
    }
    return x;
}

static size_t emit_linear(struct building *b, const size_t *nodes, size_t n)
{
    const struct bl_plan_node *first = &b->p->nodes[nodes[0]];
    size_t d = first->n_inputs, x = emit(b, first->inputs, d);
    double *weights = bl_arena_take(b->arena, d * n + 1, sizeof *weights);

    if (!weights)
        return no_memory(b);
    if (x == SIZE_MAX)
        return x;
    for (size_t j = 0; j < d; j++)
        for (size_t k = 0; k < n; k++)
            weights[j * n + k] = b->p->nodes[nodes[k]].numbers[d + j];
    x = bl_onnx_op2(b->g, "Sub", x, bl_onnx_reals(b->g, first->numbers, 1, d));
    return bl_onnx_op2(b->g, "MatMul", x, bl_onnx_reals(b->g, weights, d, n));
}

static size_t emit_map(struct building *b, const size_t *nodes, size_t n)
{
    const struct bl_plan_node *first = &b->p->nodes[nodes[0]], **list = bl_arena_take(b->arena, n, sizeof(struct bl_plan_node *));
    const struct bl_onnx_op *op = bl_onnx_op_find(first->op);
    size_t x;

    if (!list)
        return no_memory(b);
    if (!op) {
        bl_plan_refuse(first->op, "onnx", b->err);
        return SIZE_MAX;
    }
    for (size_t k = 0; k < n; k++)
        list[k] = &b->p->nodes[nodes[k]];
    x = n > 1 && same_inputs(list[0], list[1]) ? emit(b, first->inputs, 1) : emit_inputs(b, nodes, n, 0);
    return x == SIZE_MAX ? x : op->emit(b->g, list, n, x);
}

static size_t emit_run(struct building *b, const size_t *nodes, size_t n)
{
    const struct bl_plan_node *first = &b->p->nodes[nodes[0]];

    return !first->op                        ? emit_source(b, first->inputs[0])
           : strcmp(first->op, "linear") == 0  ? emit_linear(b, nodes, n)
           : strcmp(first->op, "product") == 0 ? emit_product(b, nodes, n)
                                               : emit_map(b, nodes, n);
}

/* ---- lists of nodes --------------------------------------------------------------------------------------- */

static size_t find_made(const struct building *b, const size_t *nodes, size_t n)
{
    for (const struct made *m = b->made; m; m = m->next)
        if (m->n == n && memcmp(m->nodes, nodes, n * sizeof *nodes) == 0)
            return m->tensor;
    return SIZE_MAX;
}

static size_t remember(struct building *b, const size_t *nodes, size_t n, size_t tensor)
{
    struct made *m = bl_arena_take(b->arena, 1, sizeof *m);

    if (!m)
        return no_memory(b);
    *m = (struct made){nodes, n, tensor, b->made};
    b->made = m;
    return tensor;
}

/* Nodes that stand in a list more than once are made once, and their columns picked. */
static size_t emit_repeated(struct building *b, const size_t *nodes, size_t n, bool *repeated)
{
    size_t *once = take(b, n), *place = take(b, b->p->n_nodes), count = 0, x;
    int64_t *columns = bl_arena_take(b->arena, n + 1, sizeof *columns);

    *repeated = false;
    if (!once || !place || !columns)
        return no_memory(b);
    for (size_t i = 0; i < n; i++) {
        if (!place[nodes[i]]) {
            once[count++] = nodes[i];
            place[nodes[i]] = count;
        }
        columns[i] = (int64_t)place[nodes[i]] - 1;
    }
    *repeated = count < n;
    if (!*repeated)
        return 0;
    x = emit(b, once, count);
    return x == SIZE_MAX ? x : bl_onnx_pick(b->g, x, columns, n);
}

/* The columns of these nodes side by side. */
static size_t emit(struct building *b, const size_t *nodes, size_t n)
{
    size_t tensor = find_made(b, nodes, n), *parts, count = 0;
    bool repeated;

    if (tensor != SIZE_MAX)
        return tensor;
    tensor = emit_repeated(b, nodes, n, &repeated);
    if (tensor == SIZE_MAX || repeated)
        return tensor == SIZE_MAX ? tensor : remember(b, nodes, n, tensor);
    if (!(parts = take(b, n)))
        return no_memory(b);
    for (size_t i = 0, k; i < n; i += k) {
        k = run_of(b->p, nodes + i, n - i);
        parts[count] = emit_run(b, nodes + i, k);
        if (parts[count++] == SIZE_MAX)
            return SIZE_MAX;
    }
    return remember(b, nodes, n, bl_onnx_concat(b->g, parts, count));
}

size_t bl_onnx_features(struct bl_onnx *g, struct bl_error *err)
{
    struct building b = {g, g->plan, bl_arena_create(1 << 16), NULL, err};
    size_t x;

    if (!b.arena)
        return no_memory(&b);
    for (size_t j = 0; j < g->plan->n_columns; j++) {
        const struct bl_plan_source *s = &g->plan->sources[g->plan->columns[j]];
        bl_onnx_input(g, j, s->type == BL_CATEGORICAL ? BL_ONNX_STRING : s->type == BL_DATETIME ? BL_ONNX_DOUBLE : g->real);
    }
    x = emit(&b, g->plan->features, g->plan->n_features);
    bl_arena_free(b.arena);
    return x;
}
