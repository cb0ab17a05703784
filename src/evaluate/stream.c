/* Strategies side by side on a stream: every row is predicted by each, then shown to it. They run from point to point, each on a
 * core of its own; none knows of the others, so that neither threads nor company change a bit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/evaluate/stream.h"

const char *const bl_stream_kinds[] = {"frozen", "retrain", "drift", "online", "hybrid", NULL};

enum { LEAST = 50 };

size_t bl_stream_least(const struct bl_stream *s)
{
    const size_t columns = 2 * (s->procedure->table->n_columns + 1);

    return columns > LEAST ? columns : LEAST;
}

size_t bl_stream_point_end(const struct bl_stream *s, size_t point)
{
    const size_t end = s->first + (point + 1) * s->stretch;

    return end < s->n ? end : s->n;
}

/* ---- rows, truth and errors ----------------------------------------------------------------------------*/

double bl_stream_y(const struct bl_stream_lot *lot, size_t place)
{
    return bl_roles_y(lot->p->roles, lot->p->table, lot->s->rows[place]);
}

double bl_stream_error(const struct bl_stream_lot *lot, const double *prediction, double y)
{
    if (lot->p->roles->task == BL_CLASSIFICATION)
        return bl_decide(prediction, lot->s->width, 1) != (size_t)y;
    return (prediction[0] - y) * (prediction[0] - y);
}

/* An error as detectors see it: 0 or 1; of numbers from 0 to below 1. */
static double seen_by(const struct bl_stream_lot *lot, double error)
{
    return lot->p->roles->task == BL_CLASSIFICATION ? error : sqrt(error) / (sqrt(error) + lot->scale);
}

static bool note_alarm(struct bl_stream_runner *r, struct bl_stream_alarm alarm, struct bl_error *err)
{
    struct bl_stream_outcome *out = r->out;

    if (out->n_alarms == r->alarm_room) {
        const size_t room = 2 * r->alarm_room + 16;
        struct bl_stream_alarm *alarms = bl_realloc(out->alarms, room, sizeof *alarms);

        if (!alarms)
            return bl_fail_memory(err, "the alarms");
        out->alarms = alarms;
        r->alarm_room = room;
    }
    out->alarms[out->n_alarms++] = alarm;
    return true;
}

bool bl_stream_watch(struct bl_stream_runner *r, size_t place, const double *prediction, struct bl_error *err)
{
    const double y = bl_stream_y(r->lot, place), error = bl_stream_error(r->lot, prediction, y);
    const enum bl_signal before = r->signal;

    r->signal = bl_detector_update(r->detector, seen_by(r->lot, error));
    if (r->signal == BL_SIGNAL_WARNING && before == BL_SIGNAL_NONE)
        return note_alarm(r, (struct bl_stream_alarm){.row = place}, err) && false;
    if (r->signal != BL_SIGNAL_DRIFT)
        return false;
    return note_alarm(r, (struct bl_stream_alarm){.row = place, .behind = (size_t)bl_detector_behind(r->detector), .drift = true}, err);
}

/* ---- the first part -------------------------------------------------------------------------------------*/

static int compare_places(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The probe is drawn from the first part; what is left is its base. */
static bool draw_probe(struct bl_stream_lot *lot, struct bl_error *err)
{
    const struct bl_stream *s = lot->s;
    struct bl_random r = bl_random_stream(s->seed, BL_FOR_SAMPLE, 1, 0);
    uint32_t *places = bl_calloc(s->first + 1, sizeof *places);

    if (!places)
        return bl_fail_memory(err, "the first part");
    for (size_t i = 0; i < s->first; i++)
        places[i] = (uint32_t)i;
    if (s->probe)
        bl_random_shuffle(&r, places, s->first);
    qsort(places, s->probe, sizeof *places, compare_places);
    qsort(places + s->probe, s->first - s->probe, sizeof *places, compare_places);
    lot->probe = places;
    lot->base = places + s->probe;
    lot->n_base = s->first - s->probe;
    return true;
}

static double deviation(const struct bl_stream_lot *lot)
{
    double mean = 0, deviation = 0;

    for (size_t i = 0; i < lot->s->first; i++)
        mean += (bl_stream_y(lot, i) - mean) / (double)(i + 1);
    for (size_t i = 0; i < lot->s->first; i++)
        deviation += fabs(bl_stream_y(lot, i) - mean) / (double)lot->s->first;
    return deviation > 0 && isfinite(deviation) ? deviation : 1;
}

static bool any_updates(const struct bl_stream *s)
{
    for (size_t i = 0; i < s->n_strategies; i++)
        if (bl_stream_updates(&s->strategies[i]))
            return true;
    return false;
}

static bool affordable(const struct bl_stream *s, struct bl_error *err)
{
    const double bytes = (double)s->n_strategies * (double)(s->n - s->first) * (double)s->width * sizeof(double);
    char price[32], limit[32];

    if (bytes <= (double)bl_memory_limit())
        return true;
    bl_fail(err, BL_LIMIT, "the predictions of %zu strategies for %zu rows need %s, but only %s may be used", s->n_strategies, s->n - s->first,
            bl_bytes_format(price, sizeof price, bytes), bl_bytes_format(limit, sizeof limit, (double)bl_memory_limit()));
    return bl_hint(err, "fewer strategies: strategies=frozen,online");
}

static bool begin_lot(struct bl_stream_lot *lot, struct bl_error *err)
{
    struct bl_stream *s = lot->s;
    uint32_t *later;

    if (!draw_probe(lot, err) || !bl_stream_first_fit(lot, err))
        return false;
    s->width = bl_fit_width(&lot->first.fit);
    lot->scale = deviation(lot);
    if (!affordable(s, err))
        return false;
    later = bl_stream_rows_of(lot, NULL, s->first, s->n - s->first, err);
    if (!later)
        return false;
    bl_recipe_unseen(lot->first.material.recipe, lot->p->table, later, s->n - s->first, "later rows", s->warnings);
    bl_free(later);
    if (!any_updates(s))
        return true;
    lot->all = bl_recipe_apply(lot->first.material.recipe, lot->p->table, lot->p->roles, s->rows, s->n, lot->pool, err);
    return lot->all != NULL;
}

static void end_lot(struct bl_stream_lot *lot)
{
    bl_stream_model_free(&lot->first);
    bl_matrix_free(lot->all);
    bl_free(lot->probe);
    lot->all = NULL;
    lot->probe = lot->base = NULL;
}

/* ---- runners ------------------------------------------------------------------------------------------------*/

static bool take_outcome(struct bl_stream_runner *r, struct bl_error *err)
{
    const struct bl_stream *s = r->lot->s;

    r->out->diverged_at = SIZE_MAX;
    r->out->predictions = bl_calloc(s->n - s->first, s->width * sizeof(double));
    r->out->error = bl_calloc(s->n_points, sizeof(double));
    r->out->cumulative = bl_calloc(s->n_points, sizeof(double));
    r->out->probe = bl_calloc(s->n_points + 1, sizeof(double));
    r->out->spent = bl_calloc(s->n_points + 1, sizeof(double));
    return (r->out->predictions && r->out->error && r->out->cumulative && r->out->probe && r->out->spent) ||
           bl_fail_memory(err, "the predictions of a stream");
}

static bool take_detector(struct bl_stream_runner *r, struct bl_error *err)
{
    const struct bl_detector_type *type = r->how->detector;

    if (!type)
        return true;
    if (!type->errors || r->lot->p->roles->task == BL_CLASSIFICATION)
        return (r->detector = bl_detector_create(type, r->how->keys, err)) != NULL;
    bl_fail(err, BL_VALUE, "%s counts wrong answers, and the answers here are numbers, which are never quite right", type->name);
    return bl_hint(err, "detector=adwin, detector=page_hinkley or detector=kswin");
}

/* A detector begins with the errors on the probe: what is usual, so that a change with the first row of the stream is one. */
static bool prime(struct bl_stream_runner *r, struct bl_error *err)
{
    const struct bl_stream *s = r->lot->s;
    const struct bl_stream_model *m = &r->lot->first;
    double *out = r->detector && s->probe ? bl_calloc(s->probe, s->width * sizeof *out) : NULL;

    if (!r->detector || !s->probe)
        return true;
    if (!out)
        return bl_fail_memory(err, "the probe");
    bl_objective_predict(&m->fit.objective, m->fit.theta, m->probe, out, r->lot->pool);
    for (size_t i = 0; i < s->probe; i++)
        if (bl_detector_update(r->detector, seen_by(r->lot, bl_stream_error(r->lot, out + i * s->width, bl_stream_y(r->lot, r->lot->probe[i])))) ==
            BL_SIGNAL_DRIFT)
            bl_detector_restart(r->detector);
    bl_free(out);
    return true;
}

static double probe_error(struct bl_stream_runner *r, struct bl_error *err)
{
    if (!r->lot->s->probe)
        return NAN;
    return bl_stream_updates(r->how) ? bl_stream_updates_probe(r, err) : bl_stream_fits_probe(r, err);
}

static bool begin_runner(struct bl_stream_runner *r, struct bl_error *err)
{
    const struct bl_stream_lot *lot = r->lot;

    r->at = lot->s->first;
    r->next_fit = r->how->kind == BL_STREAM_RETRAIN ? r->at + r->how->every : SIZE_MAX;
    if (!take_outcome(r, err) || !take_detector(r, err) || !prime(r, err))
        return false;
    if (r->how->kind != BL_STREAM_ONLINE) {
        r->out->fits = 1;
        r->out->passes = lot->first_passes;
        r->out->seconds = lot->first_seconds;
    }
    if (bl_stream_updates(r->how) && !bl_stream_updates_begin(r, err))
        return false;
    r->out->probe[0] = probe_error(r, err);
    r->out->spent[0] = r->out->passes;
    return !err->code;
}

static void end_runner(struct bl_stream_runner *r)
{
    bl_stream_model_free(&r->own);
    bl_detector_free(r->detector);
    bl_workspace_free(r->work);
    if (r->objective.type)
        bl_objective_done(&r->objective);
    bl_free(r->theta);
    bl_free(r->before);
    bl_free(r->state);
    bl_free(r->gradient);
    bl_free(r->margins);
    bl_free(r->batch);
}

/* What the rows of a point have shown, once they are all predicted. */
static void note_point(struct bl_stream_runner *r, size_t point)
{
    const struct bl_stream *s = r->lot->s;
    struct bl_stream_outcome *o = r->out;
    const size_t from = s->first + point * s->stretch, end = bl_stream_point_end(s, point);
    double sum = 0;

    for (size_t i = from; i < end; i++)
        sum += bl_stream_error(r->lot, o->predictions + (i - s->first) * s->width, bl_stream_y(r->lot, i));
    r->sum += sum;
    o->error[point] = sum / (double)(end - from);
    o->cumulative[point] = r->sum / (double)(end - s->first);
    o->spent[point + 1] = o->passes;
    r->points = point + 1;
}

struct stretch { struct bl_stream_runner *runners; bool begin; size_t point, end; };

static bool advance_to(struct bl_stream_runner *r, const struct stretch *x)
{
    if (!(bl_stream_updates(r->how) ? bl_stream_updates_advance(r, x->end, &r->err) : bl_stream_fits_advance(r, x->end, &r->err)))
        return false;
    if (bl_stopped(r->lot->progress) || r->points > x->point)
        return true;
    r->out->probe[x->point + 1] = probe_error(r, &r->err);
    note_point(r, x->point);
    return r->err.code == BL_OK;
}

static void advance(void *context, size_t i, size_t worker)
{
    const struct stretch *x = context;
    struct bl_stream_runner *r = &x->runners[i];

    (void)worker;
    r->err = (struct bl_error){0};
    r->failed = x->begin ? !begin_runner(r, &r->err) : !advance_to(r, x);
}

/* All strategies, one a core. False: one of them failed; the first in their order is told. */
static bool run_stretch(struct bl_stream_lot *lot, struct stretch *x, struct bl_error *err)
{
    bl_pool_run(lot->pool, lot->s->n_strategies, advance, x);
    for (size_t i = 0; i < lot->s->n_strategies; i++)
        if (x->runners[i].failed && x->runners[i].err.code != BL_STOPPED) {
            if (err)
                *err = x->runners[i].err;
            return false;
        }
    return true;
}

/* ---- figures ---------------------------------------------------------------------------------------------------*/

static bool evaluate(const struct bl_stream_lot *lot, struct bl_stream_outcome *o, struct bl_error *err)
{
    const struct bl_stream *s = lot->s;
    double *y = bl_calloc(s->tested + 1, sizeof *y);
    bool good;

    if (!y)
        return bl_fail_memory(err, "the figures");
    for (size_t i = 0; i < s->tested; i++)
        y[i] = bl_stream_y(lot, s->first + i);
    good = lot->p->roles->task == BL_CLASSIFICATION ? bl_evaluate_classes(&o->evaluation, o->predictions, y, s->tested, s->width, 1, NAN, lot->pool, err)
                                                    : bl_evaluate_values(&o->evaluation, o->predictions, y, s->tested, NAN, err);
    bl_free(y);
    return good;
}

/* What lies behind the last whole point is forgotten. */
static void cut_off(const struct bl_stream *s, struct bl_stream_outcome *o)
{
    const size_t end = s->first + s->tested;

    while (o->n_alarms && o->alarms[o->n_alarms - 1].row >= end)
        o->n_alarms--;
    while (o->n_refits && o->refits[o->n_refits - 1] >= end)
        o->n_refits--;
    if (o->diverged_at != SIZE_MAX && o->diverged_at >= end)
        o->diverged_at = SIZE_MAX;
}

static bool conclude(struct bl_stream_lot *lot, struct bl_error *err)
{
    struct bl_stream *s = lot->s;

    s->stopped = s->done < s->n_points;
    s->n_points = s->done;
    s->tested = s->done ? bl_stream_point_end(s, s->done - 1) - s->first : 0;
    if (!s->done)
        return bl_fail(err, BL_STOPPED, "interrupted before the first %zu rows were tested", s->stretch);
    for (size_t i = 0; i < s->n_strategies; i++) {
        cut_off(s, &s->items[i]);
        if (!evaluate(lot, &s->items[i], err))
            return false;
    }
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------------------------------*/

static bool check(const struct bl_stream *s, struct bl_error *err)
{
    if (s->first < 2 || s->first >= s->n || s->probe + 2 > s->first) {
        bl_fail(err, BL_VALUE, "a first part of %zu rows, %zu of them the probe, leaves %s of %zu rows", s->first, s->probe,
                s->first >= s->n ? "nothing to test" : "fewer than 2 to learn from", s->n);
        return bl_hint(err, "first=%zu probe=0", s->n / 2 ? s->n / 2 : 1);
    }
    for (size_t i = 0; i < s->n_strategies; i++) {
        const struct bl_stream_strategy *how = &s->strategies[i];

        if ((how->kind == BL_STREAM_RETRAIN && !how->every) || (bl_stream_updates(how) && !how->block) || (how->kind == BL_STREAM_DRIFT && !how->detector))
            return bl_fail(err, BL_INTERNAL, "strategy %s lacks its figures", how->name);
        if (!(how->rehearsal >= 0 && how->rehearsal < 1))
            return bl_fail(err, BL_VALUE, "rehearsal=%g is not from 0 to below 1", how->rehearsal);
    }
    return s->n_strategies > 0 || bl_fail(err, BL_INTERNAL, "no strategy");
}

static void outcomes_free(struct bl_stream *s)
{
    for (size_t i = 0; s->items && i < s->n_strategies; i++) {
        struct bl_stream_outcome *o = &s->items[i];

        bl_free(o->alarms);
        bl_free(o->predictions);
        bl_free(o->error);
        bl_free(o->cumulative);
        bl_free(o->probe);
        bl_free(o->spent);
        bl_free(o->refits);
        bl_evaluation_free(&o->evaluation);
        *o = (struct bl_stream_outcome){0};
    }
}

static void runners_end(struct bl_stream_lot *lot)
{
    for (size_t i = 0; lot->runners && i < lot->s->n_strategies; i++)
        end_runner(&lot->runners[i]);
}

static void lot_free(struct bl_stream *s)
{
    if (!s->lot)
        return;
    runners_end(s->lot);
    bl_free(s->lot->runners);
    end_lot(s->lot);
    bl_free(s->lot);
    s->lot = NULL;
}

static bool lot_create(struct bl_stream *s, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    struct bl_stream_lot *lot;

    s->items = NULL;
    s->lot = NULL;
    s->done = s->tested = 0;
    if (!s->stretch)
        s->stretch = 1;
    if (!check(s, err))
        return false;
    s->n_points = (s->n - s->first + s->stretch - 1) / s->stretch;
    s->items = bl_calloc(s->n_strategies, sizeof *s->items);
    s->lot = lot = bl_calloc(1, sizeof *lot);
    if (lot)
        *lot = (struct bl_stream_lot){.s = s, .p = s->procedure, .pool = pool, .progress = progress, .least = bl_stream_least(s),
                                      .runners = bl_calloc(s->n_strategies, sizeof *lot->runners)};
    if (!s->items || !lot || !lot->runners)
        return bl_fail_memory(err, "a stream");
    return true;
}

/* All is made that the first row needs. What was stopped half-way begins anew. */
static bool begin(struct bl_stream_lot *lot, struct bl_error *err)
{
    struct stretch x = {.runners = lot->runners, .begin = true};
    struct bl_error why = {0};
    bool good;

    for (size_t i = 0; i < lot->s->n_strategies; i++)
        lot->runners[i] = (struct bl_stream_runner){.lot = lot, .how = &lot->s->strategies[i], .out = &lot->s->items[i]};
    good = begin_lot(lot, &why) && run_stretch(lot, &x, &why);
    lot->begun = good && !bl_stopped(lot->progress);
    if (lot->begun || (!good && why.code != BL_STOPPED)) {
        if (!good && err)
            *err = why;
        return good;
    }
    runners_end(lot);
    memset(lot->runners, 0, lot->s->n_strategies * sizeof *lot->runners);
    outcomes_free(lot->s);
    end_lot(lot);
    return true;
}

static bool go_on(struct bl_stream_lot *lot, struct bl_error *err)
{
    struct bl_stream *s = lot->s;
    struct stretch x = {.runners = lot->runners};

    if (!lot->begun && !begin(lot, err))
        return false;
    while (lot->begun && s->done < s->n_points && !bl_stopped(lot->progress)) {
        x.point = s->done;
        x.end = bl_stream_point_end(s, x.point);
        if (!run_stretch(lot, &x, err))
            return false;
        if (bl_stopped(lot->progress))
            break;
        s->done++;
        s->tested = x.end - s->first;
        if (s->each)
            s->each(s, s->context);
    }
    return true;
}

bool bl_stream_go(struct bl_stream *s, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    const uint64_t rows = s->lot ? s->n - s->first - s->tested : s->n - s->first;

    if (!s->lot && !lot_create(s, pool, progress, err)) {
        bl_stream_free(s);
        return false;
    }
    if (progress)
        bl_progress_start(progress, "streaming", rows * s->n_strategies * BL_STREAM_TELL);
    if (go_on(s->lot, err))
        return true;
    bl_stream_free(s);
    return false;
}

bool bl_stream_end(struct bl_stream *s, struct bl_error *err)
{
    const bool good = conclude(s->lot, err);

    if (good)
        lot_free(s);
    else
        bl_stream_free(s);
    return good;
}

bool bl_stream_run(struct bl_stream *s, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    s->lot = NULL;
    return bl_stream_go(s, pool, progress, err) && bl_stream_end(s, err);
}

void bl_stream_free(struct bl_stream *s)
{
    lot_free(s);
    outcomes_free(s);
    bl_free(s->items);
    s->items = NULL;
    s->done = s->tested = 0;
}

/* ---- what was found -------------------------------------------------------------------------------------------------*/

size_t bl_stream_found_at(const struct bl_stream_outcome *o, const size_t *changes, size_t n, size_t i)
{
    const size_t end = i + 1 < n ? changes[i + 1] : SIZE_MAX;

    for (size_t a = 0; a < o->n_alarms; a++)
        if (o->alarms[a].drift && o->alarms[a].row >= changes[i] && o->alarms[a].row < end)
            return o->alarms[a].row;
    return SIZE_MAX;
}

void bl_stream_judge(const struct bl_stream_outcome *o, const size_t *changes, size_t n, struct bl_stream_found *out)
{
    size_t drifts = 0, rows = 0;

    *out = (struct bl_stream_found){.delay = NAN};
    for (size_t a = 0; a < o->n_alarms; a++)
        drifts += o->alarms[a].drift;
    for (size_t i = 0; i < n; i++) {
        const size_t at = bl_stream_found_at(o, changes, n, i);

        out->found += at != SIZE_MAX;
        rows += at != SIZE_MAX ? at - changes[i] : 0;
    }
    out->missed = n - out->found;
    out->false_alarms = drifts - out->found;
    if (out->found)
        out->delay = (double)rows / (double)out->found;
}
