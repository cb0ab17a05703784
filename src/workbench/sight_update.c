/* The next update of the contestant in front: its rows, what they say, the gradient they make and the step it leads to;
 * and the fan of gradients that other rows would have made. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/workbench/internal.h"

enum { SHARES = 256, STEPS = 64, DRAWS = 24 };
#define FAN_WORK 4e8 /* rows × parameters that gradients of draws and their spread may take */

/* ---- rows ---------------------------------------------------------------------------------------------------*/

static bool shares_tell(const struct sight_maker *m, struct bl_update_view *v)
{
    size_t n = 0, total = 0, rows = v->rows;
    uint32_t *index = bl_calloc(rows, sizeof *index);
    size_t count[SHARES] = { 0 };

    if (!index || !bl_trainer_next_rows(m->front, index, rows, &n, &total, NULL)) {
        bl_free(index);
        return false;
    }
    v->n_shares = rows < SHARES ? rows : SHARES;
    for (size_t i = 0; i < n; i++)
        count[(size_t)((uint64_t)index[i] * v->n_shares / rows)]++;
    for (size_t k = 0; k < v->n_shares; k++) {
        size_t from = (k * rows + v->n_shares - 1) / v->n_shares, to = ((k + 1) * rows + v->n_shares - 1) / v->n_shares;
        v->share[k] = to > from ? (double)count[k] / (double)(to - from) : 0;
    }
    bl_free(index);
    return true;
}

static const char *target_text(const struct sight_maker *m, double y, const char *const *classes)
{
    char number[32];

    if (bl_trainer_objective(m->front)->n_classes)
        return classes[(size_t)y];
    bl_number_format(number, sizeof number, y, 4);
    return bl_arena_text(m->arena, number, strlen(number));
}

static void *copy_of(struct bl_arena *a, const void *from, size_t n, size_t each)
{
    void *to = bl_arena_take(a, n + 1, each);

    return to ? memcpy(to, from, n * each) : NULL;
}

static bool rows_tell(const struct sight_maker *m, const struct bl_explanation *e, struct bl_update_view *v)
{
    const char *const *classes = sight_classes(m);
    const char **truth = bl_arena_take(m->arena, e->n + 1, sizeof *truth);

    v->n = e->n;
    v->total = e->total;
    v->k = e->k;
    v->row = copy_of(m->arena, e->rows, e->n, sizeof *e->rows);
    v->margins = copy_of(m->arena, e->margins, e->n * e->k, sizeof *e->margins);
    v->residuals = copy_of(m->arena, e->residuals, e->n * e->k, sizeof *e->residuals);
    if (!classes || !truth || !v->row || !v->margins || !v->residuals)
        return false;
    for (size_t i = 0; i < e->n; i++)
        if (!(truth[i] = target_text(m, bl_trainer_objective(m->front)->train->y[e->train_rows[i]], classes)))
            return false;
    v->truth = truth;
    v->classes = e->k > 1 ? classes : NULL;
    return true;
}

/* ---- the step -------------------------------------------------------------------------------------------------*/

struct move { size_t parameter; double size; };

static int by_size(const void *a, const void *b)
{
    const struct move *x = a, *y = b;

    return x->size > y->size ? -1 : x->size < y->size ? 1 : (x->parameter > y->parameter) - (x->parameter < y->parameter);
}

static bool steps_tell(const struct sight_maker *m, const struct bl_explanation *e, struct bl_update_view *v)
{
    struct move *moves = bl_arena_take(m->arena, e->n_params, sizeof *moves);
    struct bl_move_view *out = bl_arena_take(m->arena, STEPS, sizeof *out);
    double square = 0;

    if (!moves || !out)
        return false;
    for (size_t i = 0; i < e->n_params; i++) {
        moves[i] = (struct move){ i, fabs(e->after[i] - e->before[i]) };
        square += e->gradient[i] * e->gradient[i];
    }
    v->n_params = e->n_params;
    v->n_steps = e->n_params < STEPS ? e->n_params : STEPS;
    if (e->n_params > STEPS)
        qsort(moves, e->n_params, sizeof *moves, by_size);
    for (size_t i = 0; i < v->n_steps; i++) {
        size_t j = moves[i].parameter;
        struct bl_text name = { 0 };
        bl_workbench_parameter_name(m->w, j, &name);
        out[i] = (struct bl_move_view){ .before = e->before[j], .gradient = e->gradient[j], .after = e->after[j] };
        bl_show(out[i].name, sizeof out[i].name, bl_text_get(&name), name.length);
        bl_text_free(&name);
    }
    v->steps = out;
    v->gradient_norm = sqrt(square);
    v->lr = e->lr;
    v->loss = e->loss;
    return true;
}

/* ---- the fan ---------------------------------------------------------------------------------------------------*/

static bool fan_tell(const struct sight_maker *m, struct bl_update_view *v)
{
    const struct bl_objective *o = bl_trainer_objective(m->front);
    double work = (double)o->n_params * ((double)v->rows * (o->network ? 100 : 2) + DRAWS * (double)v->total);
    struct bl_fan fan;

    if (v->total >= v->rows)
        snprintf(v->fan_why, sizeof v->fan_why, "an update uses all rows: every one has the same gradient");
    else if (work > FAN_WORK)
        snprintf(v->fan_why, sizeof v->fan_why, "too many rows or parameters to draw it along the way: type fan");
    if (v->fan_why[0])
        return true;
    if (!bl_fan_of(o, bl_trainer_theta(m->front), v->total, DRAWS, bl_trainer_settings(m->front)->seed, m->w->pool, m->progress, &fan, NULL))
        return false;
    v->cosine = copy_of(m->arena, fan.cosine, fan.draws, sizeof *fan.cosine);
    v->length = copy_of(m->arena, fan.length, fan.draws, sizeof *fan.length);
    v->draws = v->cosine && v->length ? fan.draws : 0;
    v->mean_cosine = fan.mean_cosine;
    v->full_norm = fan.full_norm;
    bl_fan_done(&fan);
    return true;
}

/* ---- the view ----------------------------------------------------------------------------------------------------*/

const void *update_make(struct sight_maker *m)
{
    struct bl_update_view *v = bl_arena_take(m->arena, 1, sizeof *v);
    struct bl_explanation *e;
    struct bl_error err = { 0 };
    bool good;

    if (!v)
        return NULL;
    v->front = m->look->front;
    v->epoch = bl_trainer_epoch(m->front);
    v->update = bl_trainer_update(m->front);
    v->rows = bl_trainer_objective(m->front)->train->n_rows;
    e = bl_explain(m->front, NULL, 0, &err);
    if (!e) { /* a full-batch method, a run that has diverged */
        snprintf(v->why, sizeof v->why, "%.199s", err.message);
        return err.code == BL_MEMORY ? NULL : v;
    }
    good = rows_tell(m, e, v) && shares_tell(m, v) && steps_tell(m, e, v) && fan_tell(m, v);
    bl_explanation_free(e);
    return good ? v : NULL;
}
