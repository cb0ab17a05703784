/* What an operation makes of numbers, and the value of a whole expression at one point. A missing operand
 * makes the outcome missing, but for `is missing`, `fill` and what and/or know anyway (Kleene's logic). */
#include <math.h>

#include "expression.h"

int bl_op_operands(enum bl_op op)
{
    if (op <= BL_OP_NAME)
        return 0;
    if (op >= BL_OP_ADD && op <= BL_OP_FILL)
        return 2;
    return op == BL_OP_IF ? 3 : 1;
}

static double truth(bool holds, double a, double b)
{
    return isnan(a) || isnan(b) ? NAN : holds;
}

static double both(double a, double b)
{
    return a == 0 || b == 0 ? 0 : truth(true, a, b);
}

static double either(double a, double b)
{
    return (a != 0 && !isnan(a)) || (b != 0 && !isnan(b)) ? 1 : truth(false, a, b);
}

double bl_op_two(enum bl_op op, double a, double b)
{
    switch (op) {
    case BL_OP_ADD: return a + b;
    case BL_OP_SUBTRACT: return a - b;
    case BL_OP_MULTIPLY: return a * b;
    case BL_OP_DIVIDE: return a / b;
    case BL_OP_REMAINDER: return a - b * floor(a / b);
    case BL_OP_POWER: return isnan(a) || isnan(b) ? NAN : b == 2 ? a * a : pow(a, b);
    case BL_OP_LESS: return truth(a < b, a, b);
    case BL_OP_LESS_EQUAL: return truth(a <= b, a, b);
    case BL_OP_GREATER: return truth(a > b, a, b);
    case BL_OP_GREATER_EQUAL: return truth(a >= b, a, b);
    case BL_OP_EQUAL: return truth(a == b, a, b);
    case BL_OP_DIFFERENT: return truth(a != b, a, b);
    case BL_OP_AND: return both(a, b);
    case BL_OP_OR: return either(a, b);
    case BL_OP_FILL: return isnan(a) ? b : a;
    case BL_OP_MIN: return isnan(a) || a < b ? a : b;
    case BL_OP_MAX: return isnan(a) || a > b ? a : b;
    default: return NAN;
    }
}

double bl_op_one(enum bl_op op, double a)
{
    switch (op) {
    case BL_OP_NEGATE: return -a;
    case BL_OP_NOT: return isnan(a) ? a : a == 0;
    case BL_OP_IS_MISSING: return isnan(a);
    case BL_OP_ABS: return fabs(a);
    case BL_OP_EXP: return bl_exp(a);
    case BL_OP_LOG: return bl_log(a);
    case BL_OP_LOG10: return log10(a);
    case BL_OP_SQRT: return sqrt(a);
    case BL_OP_FLOOR: return floor(a);
    case BL_OP_CEIL: return ceil(a);
    case BL_OP_ROUND: return round(a);
    case BL_OP_SIGN: return isnan(a) ? a : (a > 0) - (a < 0);
    default: return NAN;
    }
}

static double in_list(const struct bl_expression *e, const struct bl_step *s, double a)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct bl_constant *c = &e->constants[s->name + i];

        if (c->op != BL_OP_NAME && c->number == a)
            return 1;
    }
    return isnan(a) ? a : 0;
}

static double evaluate(const struct bl_expression *e, size_t n_steps, const double *values)
{
    double stack[BL_STEPS_MAX];
    size_t n = 0;

    for (size_t i = 0; i < n_steps; i++) {
        const struct bl_step *s = &e->steps[i];
        const int operands = bl_op_operands(s->op);

        if (operands == 0) {
            stack[n++] = s->op == BL_OP_NAME ? values[s->name] : s->number;
        } else if (operands == 1) {
            stack[n - 1] = s->op == BL_OP_IN ? in_list(e, s, stack[n - 1]) : bl_op_one(s->op, stack[n - 1]);
        } else if (operands == 2) {
            n--;
            stack[n - 1] = bl_op_two(s->op, stack[n - 1], stack[n]);
        } else {
            n -= 2;
            stack[n - 1] = isnan(stack[n - 1]) ? NAN : stack[n - 1] != 0 ? stack[n] : stack[n + 1];
        }
    }
    return stack[0];
}

double bl_expression_value(const struct bl_expression *e, const double *values)
{
    const double x = evaluate(e, e->n_steps, values);

    return e->truth && isnan(x) ? 0 : x;
}

double bl_expression_left(const struct bl_expression *e, const double *values)
{
    return e->left_steps ? evaluate(e, e->left_steps, values) : bl_expression_value(e, values);
}
