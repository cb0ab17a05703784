/* The operations of a recipe in operators of ONNX. Comparisons with nan are false in ONNX too; what a step leaves
 * missing is put back by name. */
#include "src/keep/onnx.h"

#include <math.h>
#include <string.h>

/* Number i of each node as one row. */
static size_t row_of(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t i)
{
    double *x = bl_calloc(n, sizeof *x);
    size_t tensor;

    if (!x) {
        g->nodes.failed = true;
        return 0;
    }
    for (size_t k = 0; k < n; k++)
        x[k] = nodes[k]->numbers[i];
    tensor = bl_onnx_reals(g, x, 1, n);
    bl_free(x);
    return tensor;
}

size_t bl_onnx_where_present(struct bl_onnx *g, size_t x, size_t then)
{
    return bl_onnx_op3(g, "Where", bl_onnx_op1(g, "IsNaN", x), x, then);
}

static size_t real_of(struct bl_onnx *g, size_t truth)
{
    return bl_onnx_cast(g, truth, g->real);
}

static size_t scale(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    return bl_onnx_op2(g, "Div", bl_onnx_op2(g, "Sub", x, row_of(g, nodes, n, 0)), row_of(g, nodes, n, 1));
}

static size_t fill(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    return bl_onnx_op3(g, "Where", bl_onnx_op1(g, "IsNaN", x), row_of(g, nodes, n, 0), x);
}

static size_t missing(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    (void)nodes, (void)n;
    return real_of(g, bl_onnx_op1(g, "IsNaN", x));
}

static size_t is_level(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    return bl_onnx_where_present(g, x, real_of(g, bl_onnx_op2(g, "Equal", x, row_of(g, nodes, n, 0))));
}

static size_t clip(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    size_t low = row_of(g, nodes, n, 0), high = row_of(g, nodes, n, 1);

    x = bl_onnx_op3(g, "Where", bl_onnx_op2(g, "Less", x, low), low, x);
    return bl_onnx_op3(g, "Where", bl_onnx_op2(g, "Greater", x, high), high, x);
}

static size_t inside(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    size_t from = bl_onnx_op2(g, "GreaterOrEqual", x, row_of(g, nodes, n, 0)), to = bl_onnx_op2(g, "Less", x, row_of(g, nodes, n, 1));

    return bl_onnx_where_present(g, x, real_of(g, bl_onnx_op2(g, "And", from, to)));
}

/* How many of the numbers of a list `op` finds true of x; lists begin with their length. */
static size_t count(struct bl_onnx *g, const struct bl_plan_node *node, const char *op, size_t x)
{
    size_t n = (size_t)node->numbers[0];

    if (n == 0)
        return bl_onnx_real(g, 0);
    return bl_onnx_sum(g, real_of(g, bl_onnx_op2(g, op, x, bl_onnx_reals(g, node->numbers + 1, 1, n))));
}

static size_t bin(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    (void)n;
    return bl_onnx_where_present(g, x, count(g, nodes[0], "GreaterOrEqual", x));
}

static size_t rare(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    (void)n;
    return bl_onnx_where_present(g, x, bl_onnx_op2(g, "Sub", bl_onnx_real(g, 1), count(g, nodes[0], "Equal", x)));
}

/* table[x], or `other` where x is no index. */
static size_t look_up(struct bl_onnx *g, const double *table, size_t n, double other, size_t x)
{
    double *all = bl_calloc(n + 1, sizeof *all);
    size_t valid = bl_onnx_op2(g, "And", bl_onnx_with(g, "GreaterOrEqual", x, 0), bl_onnx_with(g, "Less", x, (double)n));
    size_t index = bl_onnx_cast(g, bl_onnx_op3(g, "Where", valid, x, bl_onnx_real(g, (double)n)), BL_ONNX_INT64), found = 0;

    g->nodes.failed |= !all;
    if (all) {
        memcpy(all, table, n * sizeof *all);
        all[n] = other;
        found = bl_onnx_op2(g, "Gather", bl_onnx_reals(g, all, 0, n + 1), index);
    }
    bl_free(all);
    return bl_onnx_where_present(g, x, found);
}

static size_t place(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    (void)n;
    return look_up(g, nodes[0]->numbers + 1, (size_t)nodes[0]->numbers[0], -1, x);
}

static size_t mean_of(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    (void)n;
    return look_up(g, nodes[0]->numbers + 3, (size_t)nodes[0]->numbers[1], nodes[0]->numbers[2], x);
}

static size_t log1p_of(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    size_t beyond = bl_onnx_with(g, "LessOrEqual", x, -1);

    (void)nodes, (void)n;
    return bl_onnx_op3(g, "Where", beyond, bl_onnx_real(g, (double)-INFINITY), bl_onnx_op1(g, "Log", bl_onnx_with(g, "Add", x, 1)));
}

/* (exp(m u) - 1) / m, by its series where that would cancel. */
static size_t grow(struct bl_onnx *g, double m, size_t u)
{
    size_t s;

    if (m == 0)
        return u;
    if (fabs(m) >= 1e-5)
        return bl_onnx_with(g, "Div", bl_onnx_with(g, "Sub", bl_onnx_op1(g, "Exp", bl_onnx_with(g, "Mul", u, m)), 1), m);
    s = bl_onnx_with(g, "Add", bl_onnx_with(g, "Mul", u, m / 3), 1);
    s = bl_onnx_with(g, "Add", bl_onnx_op2(g, "Mul", bl_onnx_with(g, "Mul", u, m / 2), s), 1);
    return bl_onnx_op2(g, "Mul", u, s);
}

static size_t power(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    double lambda = nodes[0]->numbers[0];
    size_t u = bl_onnx_op1(g, "Log", bl_onnx_with(g, "Add", bl_onnx_op1(g, "Abs", x), 1));
    size_t below = bl_onnx_op1(g, "Neg", grow(g, 2 - lambda, u));

    (void)n;
    return bl_onnx_op3(g, "Where", bl_onnx_with(g, "GreaterOrEqual", x, 0), grow(g, lambda, u), below);
}

static const struct bl_onnx_op ops[] = {
    {"standardize", false, scale},
    {"minmax", false, scale},
    {"robust", false, scale},
    {"maxabs", false, scale},
    {"impute", false, fill},
    {"impute.indicator", true, missing},
    {"onehot", false, is_level},
    {"onehot.rare", true, rare},
    {"ordinal", true, place},
    {"target", true, mean_of},
    {"clip", false, clip},
    {"bins.inside", false, inside},
    {"bins.number", true, bin},
    {"log", true, log1p_of},
    {"power", true, power},
    {"quantile", true, bl_onnx_quantile},
    {"spline", true, bl_onnx_spline},
    {"dates", true, bl_onnx_date},
};

const struct bl_onnx_op *bl_onnx_op_find(const char *name)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].name, name) == 0)
            return &ops[i];
    return NULL;
}
