/* Reading the nodes of a fit from the rows of a table. */
#include "src/prepare/step.h"
#include "src/prepare/words.h"

#include <math.h>
#include <string.h>

static const struct bl_column *find_column(const struct bl_source *s, const struct bl_table *t,
                                           struct bl_error *err)
{
    const struct bl_column *c;
    size_t at;

    if (!bl_table_column(t, s->name, &at, err))
        return NULL;
    c = &t->columns[at];
    if ((c->code != NULL) != (s->levels != NULL)) {
        bl_fail(err, BL_DATA, "column '%s' of %s is %s, but the recipe was fitted on a %s one",
                c->name, t->name, bl_type_name(c->type), bl_type_name(s->type));
        bl_hint(err, "load %s types=%s:%s", t->path ? bl_typed(t->path).text : "FILE",
                bl_typed(c->name).text, bl_type_name(s->type));
        return NULL;
    }
    return c;
}

static double *translate(const struct bl_source *s, const struct bl_column *c, struct bl_error *err)
{
    double *codes = bl_calloc(c->n_levels + 1, sizeof *codes);

    if (!codes) {
        bl_fail_memory(err, "the levels of a category");
        return NULL;
    }
    for (size_t i = 0; i < c->n_levels; i++) {
        size_t at = bl_names_find(s->levels, c->levels[i], strlen(c->levels[i]));
        codes[i] = at == SIZE_MAX ? BL_UNSEEN : (double)at;
    }
    return codes;
}

bool bl_bind(struct bl_binding *b, const struct bl_fit *f, const struct bl_table *t,
             struct bl_error *err)
{
    *b = (struct bl_binding){.n = f->n_sources};
    b->columns = bl_calloc(f->n_sources + 1, sizeof *b->columns);
    b->codes = bl_calloc(f->n_sources + 1, sizeof *b->codes);
    if (!b->columns || !b->codes) {
        bl_unbind(b);
        return bl_fail_memory(err, "the columns of a recipe");
    }
    for (size_t i = 0; i < f->n_sources; i++) {
        const struct bl_source *s = &f->sources[i];
        if (!s->used)
            continue;
        if (!(b->columns[i] = find_column(s, t, err)) ||
            (s->levels && !(b->codes[i] = translate(s, b->columns[i], err)))) {
            bl_unbind(b);
            return false;
        }
    }
    return true;
}

void bl_unbind(struct bl_binding *b)
{
    for (size_t i = 0; b->codes && i < b->n; i++)
        bl_free(b->codes[i]);
    bl_free(b->codes);
    bl_free(b->columns);
    *b = (struct bl_binding){0};
}

static void read_numbers(const double *number, const uint32_t *rows, size_t n, double *out)
{
    /* Rows are ascending, so a span without gaps shows at its ends. */
    if (rows[n - 1] - rows[0] == n - 1)
        memcpy(out, number + rows[0], n * sizeof *out);
    else
        for (size_t i = 0; i < n; i++)
            out[i] = number[rows[i]];
}

static void read_codes(const uint32_t *code, const double *codes, const uint32_t *rows, size_t n,
                       double *out)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t c = code[rows[i]];
        out[i] = c == BL_MISSING_CODE ? NAN : codes[c];
    }
}

void bl_node_read(const struct bl_fit *f, const struct bl_binding *b, size_t node,
                  const uint32_t *rows, size_t n, double *out)
{
    const struct bl_node *chain[BL_STEPS_MAX + 1];
    const struct bl_node *at = &f->nodes[node];
    size_t maps = 0;

    for (; at->type; at = &f->nodes[at->input])
        chain[maps++] = at;
    if (b->columns[at->input]->code)
        read_codes(b->columns[at->input]->code, b->codes[at->input], rows, n, out);
    else
        read_numbers(b->columns[at->input]->number, rows, n, out);
    while (maps > 0) {
        maps--;
        chain[maps]->type->map(chain[maps]->params, out, n);
    }
}
