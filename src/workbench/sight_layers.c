/* The layers of the network in front: the next update layer by layer, and what each gives on rows spread over the training
 * rows. */
#include <stdio.h>
#include <string.h>

#include "src/workbench/internal.h"

enum { ROWS_MOST = 2000, ROWS_LEAST = 50 };
#define LAYERS_WORK 5e7 /* rows × parameters that go through the layers; they go twice */

static size_t rows_most(const struct bl_objective *o)
{
    double fit = LAYERS_WORK / (double)o->n_params;

    return fit > ROWS_MOST ? ROWS_MOST : fit < ROWS_LEAST ? ROWS_LEAST : (size_t)fit;
}

/* A method that sees all rows at once has no next update of the usual kind: its layers are told without. */
static struct bl_explanation *next_update(const struct sight_maker *m, struct bl_layers_view *v, bool *memory)
{
    struct bl_error err = { 0 };
    struct bl_explanation *e = bl_explain(m->front, NULL, 0, &err);

    *memory = !e && err.code == BL_MEMORY;
    if (!e)
        snprintf(v->no_update, sizeof v->no_update, "%.199s", err.message);
    else
        v->update_rows = e->total;
    return e;
}

static bool layers_tell(const struct sight_maker *m, struct bl_layers_view *v)
{
    const struct bl_objective *o = bl_trainer_objective(m->front);
    struct bl_layer_state *layer = bl_arena_take(m->arena, v->n, sizeof *layer);
    struct bl_explanation *e;
    bool memory, good;

    if (!layer)
        return false;
    v->layer = layer;
    e = next_update(m, v, &memory);
    good = !memory && bl_layers_of(o, bl_trainer_theta(m->front), e ? e->gradient : NULL, e ? e->after : NULL, rows_most(o), m->progress, layer,
                                   &v->rows_used, NULL);
    bl_explanation_free(e);
    return good;
}

const void *layers_make(struct sight_maker *m)
{
    const struct bl_objective *o = bl_trainer_objective(m->front);
    struct bl_layers_view *v = bl_arena_take(m->arena, 1, sizeof *v);

    if (!v)
        return NULL;
    v->front = m->look->front;
    v->epoch = bl_trainer_epoch(m->front);
    v->update = bl_trainer_update(m->front);
    v->rows = o->train->n_rows;
    v->n = bl_objective_n_layers(o);
    if (v->n == 0) {
        snprintf(v->why, sizeof v->why, "%s has no layers: weights and features alone", o->type->name);
        return v;
    }
    return layers_tell(m, v) ? v : NULL;
}
