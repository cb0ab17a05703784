/* An expression as it was read: a flat program for a stack, with places for errors. Private to the room:
 * expression.c reads it, formula.c gives it a meaning over the columns of a table. */
#ifndef BL_DATA_EXPRESSION_H
#define BL_DATA_EXPRESSION_H

#include "batchlab/data.h"

enum bl_op {
    /* leaves */
    BL_OP_NUMBER, BL_OP_DATE, BL_OP_NAME,
    /* one operand */
    BL_OP_NEGATE, BL_OP_NOT, BL_OP_IS_MISSING,
    BL_OP_ABS, BL_OP_EXP, BL_OP_LOG, BL_OP_LOG10, BL_OP_SQRT, BL_OP_FLOOR, BL_OP_CEIL, BL_OP_ROUND, BL_OP_SIGN,
    /* two */
    BL_OP_ADD, BL_OP_SUBTRACT, BL_OP_MULTIPLY, BL_OP_DIVIDE, BL_OP_REMAINDER, BL_OP_POWER, BL_OP_MIN, BL_OP_MAX,
    BL_OP_LESS, BL_OP_LESS_EQUAL, BL_OP_GREATER, BL_OP_GREATER_EQUAL, BL_OP_EQUAL, BL_OP_DIFFERENT,
    BL_OP_AND, BL_OP_OR, BL_OP_FILL,
    /* three */
    BL_OP_IF,
    /* one and a list of constants */
    BL_OP_IN,
    /* one and a constant text */
    BL_OP_CONTAINS, BL_OP_STARTS, BL_OP_ENDS, BL_OP_MATCHES,
    /* one text or date */
    BL_OP_LENGTH, BL_OP_TO_NUMBER, BL_OP_TO_DATE, BL_OP_LOWER, BL_OP_UPPER, BL_OP_TRIM,
    BL_OP_YEAR, BL_OP_MONTH, BL_OP_DAY, BL_OP_WEEKDAY, BL_OP_HOUR, BL_OP_MINUTE, BL_OP_SECOND
};

enum { BL_STEPS_MAX = 1024, BL_NAMES_MAX = 64, BL_EXPRESSION_DEPTH = 32, BL_EXPRESSION_BYTES = 16384 };

struct bl_step {
    enum bl_op op;
    double number;       /* NUMBER, DATE */
    size_t name;         /* NAME: which; CONTAINS ...: which text; IN: its first constant */
    size_t count;        /* IN: how many */
    char quote;          /* NAME: ' or " or ` where it was written in one */
    size_t at, length;   /* where it stands in the text */
};

struct bl_constant { /* of a list */
    enum bl_op op;       /* NUMBER, DATE, NAME (a text) */
    double number;
    size_t text;
    size_t at, length;
};

struct bl_expression {
    char *text;
    struct bl_step steps[BL_STEPS_MAX];
    size_t n_steps;
    size_t left_steps; /* where the left side of a top-level comparison ends; 0: no comparison */
    char *names[BL_NAMES_MAX];
    size_t n_names;
    char **texts;      /* patterns and words of lists */
    size_t n_texts;
    struct bl_constant *constants;
    size_t n_constants;
    bool truth;        /* the value is that of a comparison or of and, or, not */
};

int bl_op_operands(enum bl_op op);
/* What a value is by its operation alone: one number of a row or a point; missing is nan, truth 1, 0 or nan. */
double bl_op_one(enum bl_op op, double a);
double bl_op_two(enum bl_op op, double a, double b);

#endif
