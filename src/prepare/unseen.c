/* Levels that the training rows did not have, told before they count as none of them. */
#include "src/prepare/step.h"

#include <string.h>

/* Does some feature read the category as a level of the training rows? */
static void mark_sources(const struct bl_fit *f, const bool *needed, bool *asks)
{
    for (size_t i = 0; i < f->n_nodes; i++) {
        const struct bl_node *node = &f->nodes[i];
        size_t at = i;

        if (!needed[i] || !node->op || node->op->unseen || !(node->op->map || node->n_inputs == 1))
            continue;
        while (f->nodes[at].op && (f->nodes[at].op->map || f->nodes[at].n_inputs == 1))
            at = f->nodes[at].input;
        if (!f->nodes[at].op && f->sources[f->nodes[at].input].levels && !f->nodes[i].op->fills)
            asks[f->nodes[at].input] = true;
    }
}

static void tell(const struct bl_source *s, const double *codes, const struct bl_column *c,
                 const uint32_t *rows, size_t n, const char *what, struct bl_warnings *warnings)
{
    size_t unseen = 0, first = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t code = c->code[rows[i]];
        if (code == BL_MISSING_CODE || codes[code] >= 0)
            continue;
        first = unseen++ ? first : code;
    }
    if (unseen)
        bl_warnf(warnings, "",
                 "%zu of %zu %s have a level of '%s' that no training row has, first '%s': it counts as "
                 "none of the known ones",
                 unseen, n, what, s->name, c->levels[first]);
}

void bl_recipe_unseen(const struct bl_recipe *r, const struct bl_table *t, const uint32_t *rows,
                      size_t n, const char *what, struct bl_warnings *warnings)
{
    struct bl_binding b;
    bool *needed, *asks;

    if (!r->fit || !warnings || !bl_bind(&b, r->fit, t, NULL))
        return;
    needed = bl_nodes_needed(r->fit);
    asks = bl_calloc(r->fit->n_sources + 1, sizeof *asks);
    if (needed && asks)
        mark_sources(r->fit, needed, asks);
    for (size_t i = 0; asks && i < r->fit->n_sources; i++)
        if (asks[i])
            tell(&r->fit->sources[i], b.codes[i], b.columns[i], rows, n, what, warnings);
    bl_free(needed);
    bl_free(asks);
    bl_unbind(&b, r->fit);
}
