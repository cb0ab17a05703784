/* The columns that a fit reads, found in a table. */
#include "src/prepare/step.h"

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
    if ((c->code != NULL) != (s->type == BL_CATEGORICAL || s->type == BL_TEXT_COLUMN)) {
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
        size_t at = s->levels ? bl_names_find(s->levels, c->levels[i], strlen(c->levels[i]))
                              : SIZE_MAX;
        codes[i] = at == SIZE_MAX ? BL_UNSEEN(i) : (double)at;
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
        bl_unbind(b, f);
        return bl_fail_memory(err, "the columns of a recipe");
    }
    for (size_t i = 0; i < f->n_sources; i++) {
        const struct bl_source *s = &f->sources[i];
        if (!s->used)
            continue;
        if (!(b->columns[i] = find_column(s, t, err)) ||
            (b->columns[i]->code && !(b->codes[i] = translate(s, b->columns[i], err)))) {
            bl_unbind(b, f);
            return false;
        }
    }
    b->rank = f->table == t ? f->rank : NULL;
    if (bl_bind_codecs(b, f, err))
        return true;
    bl_unbind(b, f);
    return false;
}

bool bl_bind_codecs(struct bl_binding *b, const struct bl_fit *f, struct bl_error *err)
{
    void **bound = bl_realloc(b->bound, f->n_codecs + 1, sizeof *bound);

    if (!bound)
        return bl_fail_memory(err, "the columns of a recipe");
    b->bound = bound;
    for (; b->n_bound < f->n_codecs; b->n_bound++) {
        const struct bl_codec *c = f->codecs[b->n_bound];
        void **at = &b->bound[b->n_bound];

        *at = NULL;
        if (f->sources[c->source].used && c->type->bind &&
            !(*at = c->type->bind(c, &f->sources[c->source], b->columns[c->source], err)))
            return false;
    }
    return true;
}

void bl_unbind(struct bl_binding *b, const struct bl_fit *f)
{
    for (size_t i = 0; i < b->n_bound; i++)
        if (b->bound[i])
            f->codecs[i]->type->unbind(b->bound[i]);
    bl_free(b->bound);
    for (size_t i = 0; b->codes && i < b->n; i++)
        bl_free(b->codes[i]);
    bl_free(b->codes);
    bl_free(b->columns);
    *b = (struct bl_binding){0};
}
