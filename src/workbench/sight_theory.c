/* Theory: curvature, rates and modes of the contestant in front, and the curve that they predict. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/workbench/internal.h"

enum { POINTS = 512, MODES = 64 };

/* ---- modes -------------------------------------------------------------------------------------------------*/

static int by_gap(const void *a, const void *b)
{
    const struct bl_mode_view *x = a, *y = b;

    return x->mode.gap > y->mode.gap ? -1 : x->mode.gap < y->mode.gap ? 1 : (x->number > y->number) - (x->number < y->number);
}

static int by_number(const void *a, const void *b)
{
    const struct bl_mode_view *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

static void along_tell(const struct sight_maker *m, const struct bl_modes *modes, struct bl_mode_view *v)
{
    size_t most = 0, i = v->number - 1;
    struct bl_text name = { 0 };

    for (size_t j = 1; j < modes->n_params; j++)
        if (fabs(modes->vectors[j * modes->n_params + i]) > fabs(modes->vectors[most * modes->n_params + i]))
            most = j;
    v->weight = modes->vectors[most * modes->n_params + i];
    bl_workbench_parameter_name(m->w, most, &name);
    bl_show(v->along, sizeof v->along, bl_text_get(&name), name.length);
    bl_text_free(&name);
}

/* All of them, or those that have the largest part of the gap; told from the steepest on. */
static bool modes_tell(const struct sight_maker *m, const struct bl_modes *modes, struct bl_theory_view *v)
{
    struct bl_mode_view *out = bl_arena_take(m->arena, modes->n + 1, sizeof *out);

    if (!out)
        return false;
    for (size_t i = 0; i < modes->n; i++)
        out[i] = (struct bl_mode_view){ .number = i + 1, .mode = modes->mode[i] };
    qsort(out, modes->n, sizeof *out, by_gap);
    v->n_modes = modes->n;
    v->n_shown = modes->n < MODES ? modes->n : MODES;
    qsort(out, v->n_shown, sizeof *out, by_number);
    for (size_t i = 0; i < v->n_shown; i++)
        along_tell(m, modes, &out[i]);
    v->modes = out;
    return true;
}

/* ---- curves ---------------------------------------------------------------------------------------------------*/

/* Where the modes are not exact, the rate alone predicts, near the optimum: a line on a log axis through the last point. */
static void predict_by_rate(struct bl_theory_view *v, double *out)
{
    size_t last = v->n - 1;
    double rate = v->figures.predicted_rate;

    for (size_t i = 0; i < v->n; i++)
        out[i] = v->full && rate > 0 && rate < 1 && 2 * i >= v->n ? v->measured[last] * pow(rate, 2 * (v->updates[i] - v->updates[last])) : NAN;
}

static bool curves_tell(const struct sight_maker *m, const struct bl_optimum *best, const struct bl_modes *modes, struct bl_theory_view *v)
{
    size_t n;
    const struct bl_point *p = bl_trainer_points(m->front, &n);
    double *x, *y, *z;

    v->n = n < POINTS ? n : POINTS;
    x = bl_arena_take(m->arena, v->n + 1, 3 * sizeof *x);
    if (!x || n == 0)
        return x != NULL;
    y = x + v->n, z = y + v->n;
    for (size_t i = 0; i < v->n; i++) {
        const struct bl_point *at = &p[v->n < 2 ? 0 : i * (n - 1) / (v->n - 1)];
        x[i] = (double)at->updates;
        y[i] = at->objective - best->objective;
        z[i] = modes && modes->exact ? bl_modes_predict(modes, x[i]) : NAN;
    }
    v->updates = x, v->measured = y, v->predicted = z;
    v->exact = modes && modes->exact;
    if (!v->exact)
        predict_by_rate(v, z);
    return true;
}

/* ---- the view --------------------------------------------------------------------------------------------------*/

static bool with_optimum(const struct sight_maker *m, const struct bl_optimum *best, const struct bl_theory *theory, struct bl_theory_view *v)
{
    struct bl_modes modes;
    bool have = bl_modes_of(m->front, best, theory, &modes, NULL);
    bool good = (!have || modes_tell(m, &modes, v)) && curves_tell(m, best, have ? &modes : NULL, v);

    if (have)
        bl_modes_done(&modes);
    return good;
}

/* Plain descent on all rows at a constant rate: what the rates are about. */
static bool is_full(const struct bl_trainer *t)
{
    const struct bl_settings *s = bl_trainer_settings(t);

    return s->regime == BL_BATCH && !strcmp(s->optimizer->name, "gd") && !strcmp(s->schedule->name, "constant") && !s->search;
}

static void missing_tell(const struct sight_maker *m, struct bl_theory_view *v)
{
    if (m->in_run)
        snprintf(v->why, sizeof v->why, "the optimum is looked for when the run rests");
    else
        snprintf(v->why, sizeof v->why, "finding the optimum of %zu parameters takes a while", m->w->objective.n_params);
}

const void *theory_make(struct sight_maker *m)
{
    static const struct bl_optimum none = { .exists = false };
    const struct bl_objective *o = bl_trainer_objective(m->front);
    struct bl_theory_view *v = bl_arena_take(m->arena, 1, sizeof *v);
    const struct bl_optimum *best = sight_optimum(m);
    struct bl_theory theory;
    bool good;

    if (!v)
        return NULL;
    v->front = m->look->front;
    v->epoch = bl_trainer_epoch(m->front);
    v->lr = bl_trainer_settings(m->front)->regime == BL_FULL ? NAN : bl_trainer_lr_now(m->front);
    v->full = is_full(m->front);
    if (!best && !m->w->has_optimum && !o->network) {
        missing_tell(m, v);
        return v;
    }
    if (!bl_theory_of(m->front, best ? best : m->w->has_optimum ? &m->w->optimum : &none, m->w->pool, m->progress, &theory, NULL))
        return NULL;
    v->figures = theory;
    v->figures.eigenvalues = v->figures.eigenvectors = NULL;
    good = !best || with_optimum(m, best, &theory, v);
    if (!best && m->w->has_optimum)
        snprintf(v->why, sizeof v->why, "no optimum: %.180s", m->w->optimum.reason);
    else if (!best)
        snprintf(v->why, sizeof v->why, "the optimum of a network is not known");
    bl_theory_done(&theory);
    return good ? v : NULL;
}
