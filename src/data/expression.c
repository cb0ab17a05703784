/* The small expression language: a recursive-descent parser to a flat program for a stack machine,
 * so that evaluating a row or a point allocates nothing and never recurses. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "batchlab/data.h"

enum op {
    OP_NUMBER, OP_NAME, OP_NEGATE, OP_NOT,
    OP_ADD, OP_SUBTRACT, OP_MULTIPLY, OP_DIVIDE, OP_POWER,
    OP_LESS, OP_LESS_EQUAL, OP_GREATER, OP_GREATER_EQUAL, OP_EQUAL, OP_DIFFERENT,
    OP_AND, OP_OR, OP_ABS, OP_EXP, OP_LOG, OP_SQRT, OP_MIN, OP_MAX
};

enum { MAX_STEPS = 256, MAX_NAMES = 64, MAX_DEPTH = 32, MAX_TEXT = 4096 };

struct step { enum op op; double number; size_t name; };

struct bl_expression {
    char *text;
    struct step steps[MAX_STEPS];
    size_t n_steps;
    size_t left_steps; /* where the left side of a top-level comparison ends; 0: no comparison */
    char *names[MAX_NAMES];
    size_t n_names;
};

struct parser {
    struct bl_expression *e;
    const char *at;
    size_t depth;   /* of parentheses and signs: bounds the recursion */
    struct bl_error *err;
};

static void skip_blanks(struct parser *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

static bool fail_here(struct parser *p, const char *what)
{
    size_t at = (size_t)(p->at - p->e->text), length = strcspn(p->at, " \t");

    if (*p->at == '\0')
        bl_fail(p->err, BL_USAGE, "the condition '%s' ends too early: %s", p->e->text, what);
    else
        bl_fail(p->err, BL_USAGE, "the condition '%s' cannot be read at '%.*s': %s", p->e->text, (int)length, p->at, what);
    bl_hint(p->err, "compare names and numbers: objective < 0.1 and epoch > 5");
    if (p->err) {
        p->err->word_at = at;
        p->err->word_len = length ? length : 1;
    }
    return false;
}

static bool emit(struct parser *p, enum op op, double number, size_t name)
{
    struct bl_expression *e = p->e;

    if (e->n_steps == MAX_STEPS)
        return bl_fail(p->err, BL_LIMIT, "the condition is longer than %d steps", (int)MAX_STEPS);
    e->steps[e->n_steps++] = (struct step){ op, number, name };
    return true;
}

/* A word operator (and, or, not, is) ends where its letters end. */
static bool take_word(struct parser *p, const char *word)
{
    size_t n = strlen(word);

    skip_blanks(p);
    if (strncmp(p->at, word, n) != 0 || isalnum((unsigned char)p->at[n]) || p->at[n] == '_')
        return false;
    p->at += n;
    return true;
}

static bool take(struct parser *p, const char *sign)
{
    size_t n = strlen(sign);

    skip_blanks(p);
    if (strncmp(p->at, sign, n) != 0)
        return false;
    p->at += n;
    return true;
}

static bool parse_or(struct parser *p);

static bool parse_number(struct parser *p)
{
    const char *end = p->at;
    double value;

    while (isdigit((unsigned char)*end) || *end == '.')
        end++;
    if (*end == 'e' || *end == 'E') {
        const char *digits = end + 1 + (end[1] == '+' || end[1] == '-');
        if (isdigit((unsigned char)*digits))
            for (end = digits; isdigit((unsigned char)*end);)
                end++;
    }
    if (!bl_number_parse(p->at, (size_t)(end - p->at), &value))
        return fail_here(p, "that is not a number");
    p->at = end;
    return emit(p, OP_NUMBER, value, 0);
}

static const struct { const char *name; enum op op; int arguments; } functions[] = {
    { "abs", OP_ABS, 1 }, { "exp", OP_EXP, 1 }, { "log", OP_LOG, 1 }, { "sqrt", OP_SQRT, 1 },
    { "min", OP_MIN, 2 }, { "max", OP_MAX, 2 },
};

static bool parse_call(struct parser *p, const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strlen(functions[i].name) != n || strncmp(functions[i].name, name, n) != 0)
            continue;
        for (int a = 0; a < functions[i].arguments; a++)
            if ((a && !take(p, ",")) ? !fail_here(p, "a comma is expected") : !parse_or(p))
                return false;
        return take(p, ")") ? emit(p, functions[i].op, 0, 0) : fail_here(p, "')' is expected");
    }
    p->at = name;
    fail_here(p, "no such function");
    return bl_hint(p->err, "functions: abs exp log sqrt min max");
}

static size_t name_number(struct bl_expression *e, const char *name, size_t n)
{
    for (size_t i = 0; i < e->n_names; i++)
        if (strlen(e->names[i]) == n && memcmp(e->names[i], name, n) == 0)
            return i;
    if (e->n_names == MAX_NAMES || !(e->names[e->n_names] = bl_strndup(name, n)))
        return SIZE_MAX;
    return e->n_names++;
}

static bool parse_name(struct parser *p)
{
    const char *start = p->at;
    size_t n, number;

    if (*start == '\'' || *start == '"') {
        const char *end = strchr(start + 1, *start);
        if (!end)
            return fail_here(p, "the quote is never closed");
        start++;
        n = (size_t)(end - start);
        p->at = end + 1;
    } else {
        while (isalnum((unsigned char)*p->at) || *p->at == '_' || *p->at == '.' || (unsigned char)*p->at >= 0x80)
            p->at++;
        n = (size_t)(p->at - start);
        if (n == 0)
            return fail_here(p, "a name or a number is expected");
        if (take(p, "("))
            return parse_call(p, start, n);
    }
    number = name_number(p->e, start, n);
    if (number == SIZE_MAX)
        return bl_fail(p->err, BL_LIMIT, "the condition uses more than %d names", (int)MAX_NAMES);
    return emit(p, OP_NAME, 0, number);
}

static bool parse_primary(struct parser *p)
{
    skip_blanks(p);
    if (++p->depth > MAX_DEPTH)
        return bl_fail(p->err, BL_LIMIT, "the condition is nested deeper than %d", (int)MAX_DEPTH);
    if (take(p, "(")) {
        if (!parse_or(p) || !(take(p, ")") || fail_here(p, "')' is expected")))
            return false;
    } else if (take(p, "-")) {
        if (!parse_primary(p) || !emit(p, OP_NEGATE, 0, 0))
            return false;
    } else if (isdigit((unsigned char)*p->at) || *p->at == '.') {
        if (!parse_number(p))
            return false;
    } else if (!parse_name(p)) {
        return false;
    }
    p->depth--;
    return true;
}

static bool parse_power(struct parser *p)
{
    if (!parse_primary(p))
        return false;
    while (take(p, "^"))
        if (!parse_primary(p) || !emit(p, OP_POWER, 0, 0))
            return false;
    return true;
}

static bool parse_product(struct parser *p)
{
    if (!parse_power(p))
        return false;
    for (;;) {
        enum op op = take(p, "*") ? OP_MULTIPLY : take(p, "/") ? OP_DIVIDE : OP_NUMBER;
        if (op == OP_NUMBER)
            return true;
        if (!parse_power(p) || !emit(p, op, 0, 0))
            return false;
    }
}

static bool parse_sum(struct parser *p)
{
    if (!parse_product(p))
        return false;
    for (;;) {
        enum op op = take(p, "+") ? OP_ADD : take(p, "-") ? OP_SUBTRACT : OP_NUMBER;
        if (op == OP_NUMBER)
            return true;
        if (!parse_product(p) || !emit(p, op, 0, 0))
            return false;
    }
}

static enum op take_comparison(struct parser *p)
{
    static const struct { const char *sign; enum op op; } signs[] = {
        { "<=", OP_LESS_EQUAL }, { ">=", OP_GREATER_EQUAL }, { "==", OP_EQUAL }, { "!=", OP_DIFFERENT },
        { "<", OP_LESS }, { ">", OP_GREATER }, { "=", OP_EQUAL },
    };

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (take(p, signs[i].sign))
            return signs[i].op;
    if (take_word(p, "is"))
        return take_word(p, "not") ? OP_DIFFERENT : OP_EQUAL;
    return OP_NUMBER;
}

static bool parse_comparison(struct parser *p)
{
    size_t left;
    enum op op;

    if (!parse_sum(p))
        return false;
    left = p->e->n_steps;
    op = take_comparison(p);
    if (op == OP_NUMBER)
        return true;
    if (!parse_sum(p) || !emit(p, op, 0, 0))
        return false;
    p->e->left_steps = left;
    return true;
}

static bool parse_not(struct parser *p)
{
    size_t times = 0;

    while (take_word(p, "not"))
        times++;
    if (!parse_comparison(p))
        return false;
    return times % 2 == 0 || emit(p, OP_NOT, 0, 0);
}

static bool parse_and(struct parser *p)
{
    if (!parse_not(p))
        return false;
    while (take_word(p, "and"))
        if (!parse_not(p) || !emit(p, OP_AND, 0, 0))
            return false;
    return true;
}

static bool parse_or(struct parser *p)
{
    if (++p->depth > MAX_DEPTH)
        return bl_fail(p->err, BL_LIMIT, "the condition is nested deeper than %d", (int)MAX_DEPTH);
    if (!parse_and(p))
        return false;
    while (take_word(p, "or"))
        if (!parse_and(p) || !emit(p, OP_OR, 0, 0))
            return false;
    p->depth--;
    return true;
}

struct bl_expression *bl_expression_parse(const char *text, struct bl_error *err)
{
    struct bl_expression *e = bl_calloc(1, sizeof *e);
    struct parser p = { .e = e, .err = err };
    enum op last;

    if (!e || !(e->text = bl_strndup(text, MAX_TEXT + 1))) {
        bl_expression_free(e);
        bl_fail_memory(err, "the condition");
        return NULL;
    }
    p.at = e->text;
    if (strlen(text) > MAX_TEXT)
        bl_fail(err, BL_LIMIT, "the condition is longer than %d characters", (int)MAX_TEXT);
    else if (parse_or(&p) && (skip_blanks(&p), *p.at == '\0' || fail_here(&p, "an operator is expected"))) {
        last = e->steps[e->n_steps - 1].op;
        if (last < OP_LESS || last > OP_DIFFERENT)
            e->left_steps = 0;
        return e;
    }
    bl_expression_free(e);
    return NULL;
}

void bl_expression_free(struct bl_expression *e)
{
    if (!e)
        return;
    for (size_t i = 0; i < e->n_names; i++)
        bl_free(e->names[i]);
    bl_free(e->text);
    bl_free(e);
}

const char *bl_expression_text(const struct bl_expression *e) { return e->text; }
size_t bl_expression_names(const struct bl_expression *e) { return e->n_names; }
const char *bl_expression_name(const struct bl_expression *e, size_t i) { return e->names[i]; }

static double apply_two(enum op op, double a, double b)
{
    switch (op) {
    case OP_ADD: return a + b;
    case OP_SUBTRACT: return a - b;
    case OP_MULTIPLY: return a * b;
    case OP_DIVIDE: return a / b;
    case OP_POWER: return pow(a, b);
    case OP_LESS: return a < b;
    case OP_LESS_EQUAL: return a <= b;
    case OP_GREATER: return a > b;
    case OP_GREATER_EQUAL: return a >= b;
    case OP_EQUAL: return a == b;
    case OP_DIFFERENT: return !isnan(a) && !isnan(b) && a != b;
    case OP_AND: return a != 0 && b != 0;
    case OP_OR: return a != 0 || b != 0;
    case OP_MIN: return a < b ? a : b;
    default: return a > b ? a : b;
    }
}

static double apply_one(enum op op, double a)
{
    switch (op) {
    case OP_NEGATE: return -a;
    case OP_NOT: return a == 0;
    case OP_ABS: return fabs(a);
    case OP_EXP: return bl_exp(a);
    case OP_LOG: return bl_log(a);
    default: return sqrt(a);
    }
}

static bool takes_one(enum op op)
{
    return op == OP_NEGATE || op == OP_NOT || op == OP_ABS || op == OP_EXP || op == OP_LOG || op == OP_SQRT;
}

static double evaluate(const struct bl_expression *e, size_t n_steps, const double *values)
{
    double stack[MAX_STEPS];
    size_t n = 0;

    for (size_t i = 0; i < n_steps; i++) {
        const struct step *s = &e->steps[i];
        if (s->op == OP_NUMBER) {
            stack[n++] = s->number;
        } else if (s->op == OP_NAME) {
            stack[n++] = values[s->name];
        } else if (takes_one(s->op)) {
            stack[n - 1] = apply_one(s->op, stack[n - 1]);
        } else {
            n--;
            stack[n - 1] = apply_two(s->op, stack[n - 1], stack[n]);
        }
    }
    return stack[0];
}

double bl_expression_value(const struct bl_expression *e, const double *values)
{
    return evaluate(e, e->n_steps, values);
}

double bl_expression_left(const struct bl_expression *e, const double *values)
{
    return evaluate(e, e->left_steps ? e->left_steps : e->n_steps, values);
}
