/* Models from the ground up on a stream: when they are made, on which rows, and what they answer. */
#include <math.h>
#include <string.h>

#include "src/evaluate/stream.h"

void bl_stream_model_free(struct bl_stream_model *m)
{
    bl_matrix_free(m->probe);
    bl_fit_free(&m->fit);
    bl_material_free(&m->material);
    *m = (struct bl_stream_model){0};
}

uint32_t *bl_stream_rows_of(const struct bl_stream_lot *lot, const uint32_t *places, size_t from, size_t n, struct bl_error *err)
{
    uint32_t *rows = bl_calloc(n + 1, sizeof *rows);

    if (!rows)
        bl_fail_memory(err, "the rows of a stream");
    for (size_t i = 0; rows && i < n; i++)
        rows[i] = lot->s->rows[places ? places[i] : from + i];
    return rows;
}

/* ---- one fit --------------------------------------------------------------------------------------------*/

static bool fit_rows(const struct bl_stream_lot *lot, const uint32_t *rows, size_t n, struct bl_warnings *warnings, struct bl_stream_model *m,
                     struct bl_error *err)
{
    uint32_t *probe;
    bool good;

    if (!bl_material_make(&m->material, lot->p, rows, n, NULL, 0, lot->pool, warnings, err) ||
        !bl_fit_train(&m->fit, lot->p, m->material.train, lot->pool, lot->progress, err))
        return false;
    bl_progress_add(lot->progress, 0 - m->fit.point.samples); /* the trainer told them, but rows of the stream are counted */
    if (!lot->s->probe)
        return true;
    probe = bl_stream_rows_of(lot, lot->probe, 0, lot->s->probe, err);
    good = probe && (m->probe = bl_recipe_apply(m->material.recipe, lot->p->table, lot->p->roles, probe, lot->s->probe, lot->pool, err));
    bl_free(probe);
    return good;
}

bool bl_stream_first_fit(struct bl_stream_lot *lot, struct bl_error *err)
{
    uint32_t *rows = bl_stream_rows_of(lot, lot->base, 0, lot->n_base, err);
    const double start = bl_now();
    bool good = rows && fit_rows(lot, rows, lot->n_base, lot->s->warnings, &lot->first, err);

    bl_free(rows);
    lot->first_passes = good ? (double)lot->first.fit.point.gradient_evaluations : 0;
    lot->first_seconds = bl_now() - start;
    if (!good)
        bl_stream_model_free(&lot->first);
    return good;
}

/* The newest `n` rows before the next one, without the probe; fewer where there are no more. */
static uint32_t *newest(const struct bl_stream_runner *r, size_t n, size_t *got, struct bl_error *err)
{
    const struct bl_stream_lot *lot = r->lot;
    const size_t later = r->at - lot->s->first, from_later = n < later ? n : later;
    const size_t from_base = n - from_later < lot->n_base ? n - from_later : lot->n_base;
    uint32_t *rows = bl_stream_rows_of(lot, NULL, r->at - from_later, from_later, err), *all;

    *got = from_base + from_later;
    if (!rows || !from_base)
        return rows;
    all = bl_realloc(rows, *got, sizeof *all);
    if (!all) {
        bl_free(rows);
        bl_fail_memory(err, "the rows of a stream");
        return NULL;
    }
    memmove(all + from_base, all, from_later * sizeof *all);
    for (size_t i = 0; i < from_base; i++)
        all[i] = lot->s->rows[lot->base[lot->n_base - from_base + i]];
    return all;
}

/* A fit that cannot be made (a window that misses a column whole, say) leaves the model as it was. */
static bool note_failure(struct bl_stream_runner *r, struct bl_stream_model *m, const struct bl_error *why, struct bl_error *err)
{
    bl_stream_model_free(m);
    if (why->code == BL_STOPPED || why->code == BL_MEMORY || why->code == BL_INTERNAL) {
        if (err)
            *err = *why;
        return false;
    }
    if (!r->out->failed++)
        r->out->why = *why;
    return true;
}

static bool note_refit(struct bl_stream_runner *r, struct bl_error *err)
{
    struct bl_stream_outcome *out = r->out;

    if (out->n_refits == r->refit_room) {
        const size_t room = 2 * r->refit_room + 16;
        size_t *refits = bl_realloc(out->refits, room, sizeof *refits);

        if (!refits)
            return bl_fail_memory(err, "the fits of a stream");
        out->refits = refits;
        r->refit_room = room;
    }
    out->refits[out->n_refits++] = r->at;
    return true;
}

static bool refit(struct bl_stream_runner *r, size_t n, struct bl_error *err)
{
    struct bl_stream_model m = {0};
    struct bl_error why = {0};
    size_t got;
    uint32_t *rows = newest(r, n, &got, &why);
    const double start = bl_now();
    bool good = rows && fit_rows(r->lot, rows, got, NULL, &m, &why);

    bl_free(rows);
    r->out->seconds += bl_now() - start;
    if (!good)
        return note_failure(r, &m, &why, err);
    r->out->passes += (double)m.fit.point.gradient_evaluations;
    r->out->fits++;
    bl_stream_model_free(&r->own);
    r->own = m;
    return note_refit(r, err);
}

/* ---- when -------------------------------------------------------------------------------------------------*/

/* Behind a change the rows grow: fits at least, 2 least, 4 least ... until there are as many as in the first part. */
static bool fit_behind(struct bl_stream_runner *r, struct bl_error *err)
{
    const size_t rows = r->at - r->change;

    r->next_fit = rows >= r->lot->n_base ? SIZE_MAX : r->change + 2 * rows;
    return refit(r, rows, err);
}

static bool fit_now(struct bl_stream_runner *r, struct bl_error *err)
{
    const struct bl_stream_strategy *how = r->how;

    if (how->kind == BL_STREAM_DRIFT && !how->window)
        return fit_behind(r, err);
    r->next_fit = how->kind == BL_STREAM_RETRAIN ? r->next_fit + how->every : SIZE_MAX;
    return refit(r, how->window ? how->window : SIZE_MAX, err);
}

/* One that was stopped is still due when the stream goes on. */
static bool fit_due(struct bl_stream_runner *r, struct bl_error *err)
{
    const size_t due = r->next_fit;

    if (fit_now(r, err))
        return true;
    r->next_fit = due;
    return false;
}

static void on_alarm(struct bl_stream_runner *r)
{
    const double behind = bl_detector_behind(r->detector);

    bl_detector_restart(r->detector);
    r->signal = BL_SIGNAL_NONE;
    if (r->how->kind != BL_STREAM_DRIFT)
        return;
    r->next_fit = r->at;
    if (r->how->window)
        return;
    r->change = behind < (double)r->at ? r->at - (size_t)behind : 0;
    if (r->at - r->change < r->lot->least)
        r->next_fit = r->change + r->lot->least;
}

/* ---- answers --------------------------------------------------------------------------------------------------*/

static const struct bl_stream_model *model_of(const struct bl_stream_runner *r)
{
    return r->own.fit.theta ? &r->own : &r->lot->first;
}

static bool predict(const struct bl_stream_runner *r, size_t end, struct bl_error *err)
{
    const struct bl_stream_lot *lot = r->lot;
    const struct bl_stream_model *m = model_of(r);
    struct bl_matrix *x = bl_recipe_apply(m->material.recipe, lot->p->table, lot->p->roles, lot->s->rows + r->at, end - r->at, lot->pool, err);

    if (!x)
        return false;
    bl_objective_predict(&m->fit.objective, m->fit.theta, x, bl_stream_prediction(r, r->at), lot->pool);
    bl_matrix_free(x);
    return true;
}

/* Rows that are predicted ahead are predicted anew when the model changes before they come. */
static bool answer_chunk(struct bl_stream_runner *r, size_t end, struct bl_error *err)
{
    if (!predict(r, end, err))
        return false;
    for (; r->at < end; r->at++)
        if (r->detector && bl_stream_watch(r, r->at, bl_stream_prediction(r, r->at), err)) {
            r->at++;
            on_alarm(r);
            break;
        } else if (r->detector && err->code)
            return false;
    return true;
}

bool bl_stream_fits_advance(struct bl_stream_runner *r, size_t to, struct bl_error *err)
{
    while (r->at < to && !bl_stopped(r->lot->progress)) {
        const size_t from = r->at;
        size_t end = to < r->at + BL_STREAM_CHUNK ? to : r->at + BL_STREAM_CHUNK;

        if (r->at == r->next_fit && !fit_due(r, err))
            return false;
        end = end < r->next_fit ? end : r->next_fit;
        if (!answer_chunk(r, end, err))
            return false;
        bl_progress_add(r->lot->progress, (r->at - from) * BL_STREAM_TELL);
    }
    return true;
}

double bl_stream_fits_probe(struct bl_stream_runner *r, struct bl_error *err)
{
    const struct bl_stream_lot *lot = r->lot;
    const struct bl_stream_model *m = model_of(r);
    double *out = bl_calloc(lot->s->probe, lot->s->width * sizeof *out), sum = 0;

    if (!out) {
        bl_fail_memory(err, "the probe");
        return NAN;
    }
    bl_objective_predict(&m->fit.objective, m->fit.theta, m->probe, out, lot->pool);
    for (size_t i = 0; i < lot->s->probe; i++)
        sum += bl_stream_error(lot, out + i * lot->s->width, bl_stream_y(lot, lot->probe[i]));
    bl_free(out);
    return sum / (double)lot->s->probe;
}
