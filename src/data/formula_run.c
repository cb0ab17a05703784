/* Runs a formula over the rows of its table, a block at a time: no row costs memory, and blocks are work for any
 * thread. */
#include <math.h>
#include <string.h>

#include "dates.h"
#include "formula.h"

#define BLOCKS_AT_ONCE 16 /* of a task: what a thread does between two looks at the flag that stops it */
#define DAY 86400.0

struct run {
    const struct bl_formula *f;
    double *out, *stacks;
    struct bl_progress *progress;
};

static void push_codes(const uint32_t *codes, double *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = codes[i] == BL_MISSING_CODE ? NAN : codes[i];
}

static void look_up(const double *table, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = isnan(x[i]) ? NAN : table[(size_t)x[i]];
}

static void find_in(const double *list, size_t length, double *x, size_t n)
{
    double found[BL_FORMULA_BLOCK] = { 0 };

    for (size_t k = 0; k < length; k++)
        for (size_t i = 0; i < n; i++)
            found[i] = x[i] == list[k] ? 1 : found[i];
    for (size_t i = 0; i < n; i++)
        x[i] = isnan(x[i]) ? NAN : found[i];
}

static double part_of(int op, double seconds)
{
    const double days = floor(seconds / DAY), rest = seconds - days * DAY;
    int64_t year;
    int month, day;

    if (!(fabs(seconds) < 1e14))
        return NAN;
    switch (op) {
    case BL_OP_WEEKDAY: return fmod(fmod(days + 3, 7) + 7, 7) + 1; /* 1970-01-01 was a Thursday */
    case BL_OP_HOUR: return floor(rest / 3600);
    case BL_OP_MINUTE: return fmod(floor(rest / 60), 60);
    case BL_OP_SECOND: return rest - 60 * floor(rest / 60);
    default: break;
    }
    bl_date_parts(seconds, &year, &month, &day);
    return op == BL_OP_YEAR ? (double)year : op == BL_OP_MONTH ? month : day;
}

#define EACH(value) do { for (size_t i = 0; i < n; i++) a[i] = (value); } while (0)
#define KNOWN(value) EACH(isnan(a[i]) || isnan(b[i]) ? NAN : (double)(value))

/* a = a op b; the common ones are loops of their own, which the compiler turns into vectors. */
static void run_two(int op, double *a, const double *b, size_t n)
{
    switch (op) {
    case BL_OP_ADD: EACH(a[i] + b[i]); break;
    case BL_OP_SUBTRACT: EACH(a[i] - b[i]); break;
    case BL_OP_MULTIPLY: EACH(a[i] * b[i]); break;
    case BL_OP_DIVIDE: EACH(a[i] / b[i]); break;
    case BL_OP_LESS: KNOWN(a[i] < b[i]); break;
    case BL_OP_LESS_EQUAL: KNOWN(a[i] <= b[i]); break;
    case BL_OP_GREATER: KNOWN(a[i] > b[i]); break;
    case BL_OP_GREATER_EQUAL: KNOWN(a[i] >= b[i]); break;
    case BL_OP_EQUAL: KNOWN(a[i] == b[i]); break;
    case BL_OP_DIFFERENT: KNOWN(a[i] != b[i]); break;
    case BL_DOES_DAYS: EACH((a[i] - b[i]) / DAY); break;
    case BL_DOES_LATER: EACH(a[i] + b[i] * DAY); break;
    case BL_DOES_AFTER: EACH(a[i] * DAY + b[i]); break;
    case BL_DOES_EARLIER: EACH(a[i] - b[i] * DAY); break;
    default: EACH(bl_op_two((enum bl_op)op, a[i], b[i])); break;
    }
}

static void run_one(int op, double *a, size_t n)
{
    if (op >= BL_OP_YEAR && op <= BL_OP_SECOND)
        EACH(part_of(op, a[i]));
    else
        EACH(bl_op_one((enum bl_op)op, a[i]));
}

static void choose(double *c, const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        c[i] = isnan(c[i]) ? NAN : c[i] != 0 ? a[i] : b[i];
}

static void run_block(const struct bl_formula *f, size_t from, size_t n, double *stack, double *out)
{
    double *top = stack; /* behind the last value */

    for (size_t k = 0; k < f->n_program; k++) {
        const struct bl_instruction *p = &f->program[k];
        const int operands = p->does < BL_DOES_COLUMN ? bl_op_operands((enum bl_op)p->does) : p->does >= BL_DOES_DAYS ? 2 : 1;

        if (p->does == BL_DOES_COLUMN || p->does == BL_DOES_CODES || operands == 0) {
            if (p->does == BL_DOES_COLUMN)
                memcpy(top, p->numbers + from, n * sizeof *top);
            else if (p->does == BL_DOES_CODES)
                push_codes(p->codes + from, top, n);
            else
                for (size_t i = 0; i < n; i++)
                    top[i] = p->number;
            top += BL_FORMULA_BLOCK;
        } else if (p->does == BL_DOES_LOOKUP) {
            look_up(p->numbers, top - (p->depth + 1) * BL_FORMULA_BLOCK, n);
        } else if (p->does == BL_DOES_IN) {
            find_in(p->numbers, p->n, top - BL_FORMULA_BLOCK, n);
        } else if (operands == 1) {
            run_one(p->does, top - BL_FORMULA_BLOCK, n);
        } else if (operands == 2) {
            top -= BL_FORMULA_BLOCK;
            run_two(p->does, top - BL_FORMULA_BLOCK, top, n);
        } else {
            top -= 2 * BL_FORMULA_BLOCK;
            choose(top - BL_FORMULA_BLOCK, top, top + BL_FORMULA_BLOCK, n);
        }
    }
    memcpy(out + from, stack, n * sizeof *out);
}

static void run_task(void *context, size_t task, size_t worker)
{
    const struct run *r = context;
    const size_t n_rows = r->f->t->n_rows, step = BL_FORMULA_BLOCK * BLOCKS_AT_ONCE;
    double *stack = r->stacks + worker * r->f->deepest * BL_FORMULA_BLOCK;
    size_t end = (task + 1) * step < n_rows ? (task + 1) * step : n_rows;

    if (bl_stopped(r->progress))
        return;
    for (size_t at = task * step; at < end; at += BL_FORMULA_BLOCK)
        run_block(r->f, at, end - at < BL_FORMULA_BLOCK ? end - at : BL_FORMULA_BLOCK, stack, r->out);
    bl_progress_add(r->progress, end - task * step);
}

bool bl_formula_evaluate(const struct bl_formula *f, double *out, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    const size_t n_rows = f->t->n_rows, step = BL_FORMULA_BLOCK * BLOCKS_AT_ONCE;
    struct run r = { f, out, bl_calloc(bl_pool_threads(pool) * f->deepest, BL_FORMULA_BLOCK * sizeof(double)), progress };

    if (!r.stacks)
        return bl_fail_memory(err, "the expression");
    bl_progress_start(progress, "evaluating", n_rows);
    bl_pool_run(pool, (n_rows + step - 1) / step, run_task, &r);
    bl_free(r.stacks);
    return !bl_stopped(progress) || bl_fail(err, BL_STOPPED, "interrupted while rows were looked at");
}
