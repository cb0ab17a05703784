/* Reading the nodes of a fit from the rows of a table, block by block. */
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

/* ---- scratch ------------------------------------------------------------------------------- */

static void scratch_done(struct bl_scratch *s)
{
    bl_free(s->slots);
    bl_free(s->holds);
    bl_free(s->in);
    *s = (struct bl_scratch){0};
}

void bl_scratches_free(struct bl_scratches *s)
{
    for (size_t i = 0; s->items && i < s->n; i++)
        scratch_done(&s->items[i]);
    bl_free(s->items);
    *s = (struct bl_scratches){0};
}

bool bl_scratches_fit(struct bl_scratches *s, const struct bl_fit *f, struct bl_pool *pool,
                      struct bl_error *err)
{
    bool ok;

    if (s->items && s->n_slots >= f->n_slots && s->widest >= f->widest)
        return true;
    bl_scratches_free(s);
    s->n = bl_pool_threads(pool);
    s->n_slots = f->n_slots;
    s->widest = f->widest;
    ok = (s->items = bl_calloc(s->n, sizeof *s->items)) != NULL;
    for (size_t i = 0; ok && f->n_slots > 0 && i < s->n; i++) {
        struct bl_scratch *x = &s->items[i];
        ok = (x->slots = bl_aligned(f->n_slots * BL_BLOCK, sizeof *x->slots)) &&
             (x->holds = bl_calloc(f->n_slots, sizeof *x->holds)) &&
             (x->in = bl_calloc(f->widest + 1, sizeof *x->in));
    }
    if (ok)
        return true;
    bl_scratches_free(s);
    return bl_fail_memory(err, "the work of a recipe");
}

/* ---- blocks -------------------------------------------------------------------------------- */

struct bl_block bl_block_of(const struct bl_fit *f, const struct bl_binding *b,
                            struct bl_scratches *s, size_t worker, const uint32_t *rows,
                            size_t n_rows, size_t number)
{
    size_t begin = number * BL_BLOCK, n = n_rows - begin < BL_BLOCK ? n_rows - begin : BL_BLOCK;
    struct bl_block block = {f, b, &s->items[worker], rows + begin, n, number, true};

    for (size_t i = 1; i < n; i++)
        block.span &= block.rows[i] == block.rows[i - 1] + 1;
    return block;
}

static void read_numbers(const struct bl_block *b, const double *number, double *out)
{
    if (b->span)
        memcpy(out, number + b->rows[0], b->n * sizeof *out);
    else
        for (size_t i = 0; i < b->n; i++)
            out[i] = number[b->rows[i]];
}

static void read_codes(const struct bl_block *b, const uint32_t *code, const double *codes,
                       double *out)
{
    for (size_t i = 0; i < b->n; i++) {
        uint32_t c = code[b->rows[i]];
        out[i] = c == BL_MISSING_CODE ? NAN : codes[c];
    }
}

static void read_source(const struct bl_block *b, size_t source, double *out)
{
    const struct bl_column *c = b->binding->columns[source];

    if (c->code)
        read_codes(b, c->code, b->binding->codes[source], out);
    else
        read_numbers(b, c->number, out);
}

/* The kept numbers of a node, worked out when this block asks for them first. */
static const double *slot_of(const struct bl_block *b, size_t node);

static void combine(const struct bl_block *b, const struct bl_node *node, double *out)
{
    struct bl_inputs in = {.n = b->n, .rows = b->rows, .rank = b->binding->rank};

    /* All of them first: working one out uses the same list of inputs. */
    for (size_t i = 0; i < node->n_inputs; i++)
        slot_of(b, node->inputs[i]);
    for (size_t i = 0; i < node->n_inputs; i++)
        b->scratch->in[i] = slot_of(b, node->inputs[i]);
    in.x = b->scratch->in;
    if (node->codec)
        in.bound = b->binding->bound[node->codec->number];
    node->op->combine(node, &in, out);
}

static void compute(const struct bl_block *b, const struct bl_node *node, double *out)
{
    if (!node->op) {
        read_source(b, node->input, out);
    } else if (node->op->combine) {
        combine(b, node, out);
    } else {
        bl_node_read(b, node->input, out);
        node->op->map(node->params, out, b->n);
    }
}

static const double *slot_of(const struct bl_block *b, size_t at)
{
    const struct bl_node *node = &b->fit->nodes[at];
    double *slot = b->scratch->slots + node->slot * BL_BLOCK;

    if (b->scratch->holds[node->slot] != b->number + 1) {
        compute(b, node, slot);
        b->scratch->holds[node->slot] = b->number + 1;
    }
    return slot;
}

void bl_node_read(const struct bl_block *b, size_t at, double *out)
{
    const struct bl_node *node = &b->fit->nodes[at];

    if (node->slot == BL_NO_SLOT)
        compute(b, node, out);
    else
        memcpy(out, slot_of(b, at), b->n * sizeof *out);
}
