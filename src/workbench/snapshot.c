/* Snapshots: what screens see of a race. Immutable copies in one arena each, counted. */
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "src/workbench/internal.h"

enum { CURVE_POINTS = 2048 };

struct shown_names { /* of the parameters, made safe for a screen once for all snapshots of an objective */
    const char **names;
    size_t n;
    struct bl_arena *arena;
    atomic_size_t references;
};

struct held { /* the snapshot and what it owns */
    struct bl_snapshot s;
    struct bl_arena *arena;
    struct shown_names *names;
    struct sight *sights[BL_SIGHTS], *stream;
    atomic_size_t references;
};

static void names_drop(struct shown_names *s)
{
    if (s && atomic_fetch_sub(&s->references, 1) == 1)
        bl_arena_free(s->arena); /* they lie in it themselves */
}

void snapshot_names_forget(struct bl_workbench *w)
{
    names_drop(w->shown_names);
    w->shown_names = NULL;
}

void bl_snapshot_drop(const struct bl_snapshot *s)
{
    struct held *h = (struct held *)s;

    if (h && atomic_fetch_sub(&h->references, 1) == 1) {
        names_drop(h->names);
        for (size_t i = 0; i < BL_SIGHTS; i++)
            sight_drop(h->sights[i]);
        sight_drop(h->stream);
        bl_arena_free(h->arena); /* the snapshot itself lies in it */
    }
}

static void text_copy(char *to, size_t size, const char *from)
{
    bl_show(to, size, from, strlen(from));
}

static void *arena_copy(struct bl_arena *a, const void *from, size_t n, size_t each)
{
    void *to = n ? bl_arena_take(a, n, each) : NULL;

    if (to)
        memcpy(to, from, n * each);
    return to;
}

/* ---- curves ---------------------------------------------------------------------------------*/

/* Long histories keep, of each stretch, the points with the lowest and the highest loss, so that no
 * spike is lost, and always the first and the last. */
static size_t thin(const struct bl_point *p, size_t n, struct bl_point *out)
{
    const size_t stretches = CURVE_POINTS / 2 - 1;
    size_t kept = 0;

    out[kept++] = p[0];
    for (size_t s = 0; s < stretches; s++) {
        size_t from = 1 + (n - 2) * s / stretches, to = 1 + (n - 2) * (s + 1) / stretches, low = from, high = from;
        for (size_t i = from; i < to; i++) {
            low = p[i].objective < p[low].objective ? i : low;
            high = p[i].objective > p[high].objective ? i : high;
        }
        out[kept++] = p[low < high ? low : high];
        if (low != high)
            out[kept++] = p[low < high ? high : low];
    }
    out[kept++] = p[n - 1];
    return kept;
}

static void curve_copy(struct bl_arena *a, struct bl_run_view *v, const struct bl_point *p, size_t n)
{
    struct bl_point *out;

    if (n <= CURVE_POINTS) {
        v->points = arena_copy(a, p, n, sizeof *p);
        v->n_points = v->points ? n : 0;
        return;
    }
    out = bl_arena_take(a, CURVE_POINTS, sizeof *out);
    v->points = out;
    v->n_points = out ? thin(p, n, out) : 0;
}

static void target_reached(const struct bl_workbench *w, struct bl_run_view *v, const struct bl_point *p, size_t n)
{
    size_t at = bl_workbench_reached(w, p, n);

    v->epochs_to_target = v->samples_to_target = NAN;
    if (at == SIZE_MAX)
        return;
    v->epochs_to_target = p[at].epoch;
    v->samples_to_target = (double)p[at].samples;
}

static void band_copy(const struct bl_workbench *w, struct bl_arena *a, size_t i, struct bl_run_view *v)
{
    const struct bl_repeats *r = w->repeats;

    if (!r || i >= r->contestants)
        return;
    v->band_cost = arena_copy(a, r->cost + i * r->points, r->points, sizeof *r->cost);
    for (size_t k = 0; k < BL_BAND_LEVELS; k++) {
        double *out = bl_arena_take(a, r->points, sizeof *out);
        for (size_t j = 0; out && j < r->points; j++)
            out[j] = r->bands[(i * r->points + j) * BL_BAND_LEVELS + k];
        v->band[k] = out;
        if (!out)
            return;
    }
    v->n_band = v->band_cost ? r->points : 0;
}

static double lowest(const struct bl_point *p, size_t n)
{
    double best = NAN;

    for (size_t i = 0; i < n; i++)
        best = isnan(best) || p[i].objective < best ? p[i].objective : best;
    return best;
}

static void run_view(struct bl_workbench *w, struct bl_arena *a, size_t i, struct bl_run_view *v)
{
    struct bl_trainer *t = bl_race_trainer(w->race, i);
    const struct bl_settings *s = bl_trainer_settings(t);
    size_t n;
    const struct bl_point *p = bl_trainer_points(t, &n);
    const struct bl_dot *dots;

    text_copy(v->name, sizeof v->name, bl_race_name(w->race, i));
    bl_settings_regime_word(s, v->regime, sizeof v->regime);
    text_copy(v->optimizer, sizeof v->optimizer, s->regime == BL_FULL ? s->solver->name : s->optimizer->name);
    v->batch = s->regime == BL_MINI ? s->batch : s->regime == BL_STOCHASTIC ? 1 : bl_trainer_objective(t)->train->n_rows;
    v->lr = s->regime == BL_FULL ? NAN : bl_trainer_lr(t); /* it chooses its own steps */
    v->lr_now = s->regime == BL_FULL ? NAN : bl_trainer_lr_now(t);
    v->status = bl_trainer_status(t);
    v->updates_per_epoch = bl_trainer_updates_per_epoch(t);
    if (v->status == BL_DIVERGED_RUN)
        text_copy(v->why, sizeof v->why, bl_trainer_why(t)->message);
    if (n)
        v->now = p[n - 1];
    if (!bl_workbench_busy(w) || bl_workbench_update_speed(w) > 0) /* at rest even the middle of an epoch is exact */
        bl_trainer_point(t, &v->now, NULL);
    v->suboptimality = w->has_optimum && w->optimum.exists ? v->now.objective - w->optimum.objective : NAN;
    v->best = lowest(p, n);
    target_reached(w, v, p, n);
    curve_copy(a, v, p, n);
    band_copy(w, a, i, v);
    dots = bl_trainer_dots(t, &n);
    v->dots = arena_copy(a, dots, n, sizeof *dots);
    v->n_dots = v->dots ? n : 0;
    v->n_params = bl_trainer_objective(t)->n_params;
    v->theta = arena_copy(a, bl_trainer_theta(t), v->n_params, sizeof *v->theta);
    v->n_params = v->theta ? v->n_params : 0;
}

/* ---- the rest ---------------------------------------------------------------------------------*/

static void events_copy(struct bl_workbench *w, struct bl_arena *a, struct bl_snapshot *s)
{
    struct bl_event *out = bl_arena_take(a, EVENTS_MAX, sizeof *out);

    pthread_mutex_lock(&w->worker.lock);
    for (size_t i = 0; out && i < w->n_events; i++)
        out[i] = w->events[(w->first_event + i) % EVENTS_MAX];
    s->n_events = out ? w->n_events : 0;
    pthread_mutex_unlock(&w->worker.lock);
    s->events = out;
}

static const char *state_word(struct bl_workbench *w, bool busy)
{
    size_t n = w->race ? bl_race_size(w->race) : 0, diverged = 0, ended = 0, ready = 0;

    if (w->streams && w->stream_view)
        return busy ? "run" : stream_state(w);
    if (n == 0)
        return w->current == SIZE_MAX ? "empty" : "ready";
    if (busy)
        return "run";
    for (size_t i = 0; i < n; i++) {
        enum bl_status status = bl_trainer_status(bl_race_trainer(w->race, i));
        diverged += status == BL_DIVERGED_RUN;
        ended += status == BL_ENDED || status == BL_CONVERGED;
        ready += status == BL_READY;
    }
    return diverged == n ? "diverged" : ready == n ? "ready" : diverged + ended == n ? "done" : "paused";
}

#define NAMES_SHOWN 200000 /* a screen of more would be all names */

static struct shown_names *names_make(struct bl_workbench *w)
{
    size_t n = 0;
    const char *const *names = bl_workbench_parameter_names(w, &n, NULL);
    struct bl_arena *a = n ? bl_arena_create(64 * 1024) : NULL;
    struct shown_names *s = a ? bl_arena_take(a, 1, sizeof *s) : NULL;
    const char **out = s ? bl_arena_take(a, n, sizeof *out) : NULL;

    for (size_t i = 0; out && i < n; i++) {
        struct bl_text clean = { 0 };
        bl_text_show(&clean, names[i], strlen(names[i]));
        out[i] = bl_arena_text(a, bl_text_get(&clean), clean.length);
        bl_text_free(&clean);
        if (!out[i])
            out = NULL;
    }
    if (!out) {
        bl_arena_free(a);
        return NULL;
    }
    *s = (struct shown_names){ .names = out, .n = n, .arena = a, .references = 1 };
    return s;
}

static void names_share(struct bl_workbench *w, struct held *h)
{
    if (!w->has_objective || w->objective.n_params > NAMES_SHOWN)
        return;
    if (!w->shown_names)
        w->shown_names = names_make(w);
    if (!w->shown_names)
        return;
    atomic_fetch_add(&w->shown_names->references, 1);
    h->names = w->shown_names;
    h->s.parameter_names = h->names->names;
    h->s.n_params = h->names->n;
}

static void dataset_fill(struct bl_workbench *w, struct bl_snapshot *s)
{
    const struct bl_dataset *d = w->current == SIZE_MAX ? NULL : w->datasets[w->current];

    s->seed = w->seed;
    if (!d)
        return;
    text_copy(s->dataset, sizeof s->dataset, d->table->name);
    s->rows = d->table->n_rows;
    s->columns = d->table->n_columns;
    s->classes = d->roles.n_classes;
    text_copy(s->task, sizeof s->task, bl_task_name(d->roles.task));
    if (d->roles.target != SIZE_MAX)
        text_copy(s->target, sizeof s->target, d->table->columns[d->roles.target].name);
    if (w->has_objective) {
        text_copy(s->model, sizeof s->model, w->objective.type->name);
        text_copy(s->objective, sizeof s->objective, w->objective.type->summary);
        s->features = w->objective.d;
        s->n_layers = bl_objective_n_layers(&w->objective);
        s->train_rows = w->objective.train->n_rows;
        s->validation_rows = w->objective.validation ? w->objective.validation->n_rows : 0;
    }
}

static void levels_share(struct bl_arena *a, struct bl_column_view *c)
{
    const char **names = c->named ? bl_arena_take(a, c->named, sizeof *names) : NULL;

    c->rows = c->named ? arena_copy(a, c->rows, c->named, sizeof *c->rows) : NULL;
    for (size_t k = 0; names && k < c->named; k++)
        names[k] = bl_arena_text(a, c->names[k], strlen(c->names[k]));
    c->named = names && c->rows ? c->named : 0;
    c->names = names;
}

static void columns_share(struct bl_workbench *w, struct bl_arena *a, struct bl_snapshot *s)
{
    struct bl_column_view *out = arena_copy(a, w->columns, w->n_columns, sizeof *out);

    for (size_t i = 0; out && i < w->n_columns; i++) {
        out[i].edges = out[i].bins ? arena_copy(a, out[i].edges, out[i].bins + 1, sizeof(double)) : NULL;
        out[i].counts = out[i].bins ? arena_copy(a, out[i].counts, out[i].bins, sizeof(size_t)) : NULL;
        if (!out[i].edges || !out[i].counts)
            out[i].bins = 0;
        levels_share(a, &out[i]);
    }
    s->column = out;
    s->n_columns = out ? w->n_columns : 0;
}

static void race_fill(struct bl_workbench *w, struct bl_arena *a, struct bl_snapshot *s)
{
    struct bl_run_view *runs;
    size_t n = w->race ? bl_race_size(w->race) : 0;

    s->optimum = w->has_optimum && w->optimum.exists ? w->optimum.objective : NAN;
    s->target_objective = w->target;
    s->start_objective = NAN;
    s->planned = w->planned;
    s->cost = w->budget.cost;
    s->budgeted = w->budget.amount > 0;
    s->seeds = w->repeats ? w->repeats->seeds : 0;
    runs = n ? bl_arena_take(a, n, sizeof *runs) : NULL;
    for (size_t i = 0; runs && i < n; i++) {
        run_view(w, a, i, &runs[i]);
        s->epoch = runs[i].now.epoch > s->epoch ? runs[i].now.epoch : s->epoch;
    }
    if (runs && runs[0].n_points)
        s->start_objective = runs[0].points[0].objective;
    s->runs = runs;
    s->n_runs = runs ? n : 0;
}

static void tree_copy(struct bl_workbench *w, struct bl_arena *a, struct bl_snapshot *s)
{
    size_t n = w->n_runs;
    struct bl_run_info *out = n ? bl_arena_take(a, n, sizeof *out) : NULL;

    for (size_t i = 0; out && i < n; i++)
        bl_workbench_run_info(w, i, &out[i]);
    s->tree = out;
    s->n_tree = out ? n : 0;
}

static void breaks_copy(struct bl_workbench *w, struct bl_arena *a, struct bl_snapshot *s)
{
    size_t n = bl_workbench_breaks(w);
    struct bl_break_view *out = n ? bl_arena_take(a, n, sizeof *out) : NULL;

    for (size_t i = 0; out && i < n; i++) {
        text_copy(out[i].text, sizeof out[i].text, bl_workbench_break_at(w, i, &out[i].number, &out[i].each_update));
        out[i].broke = w->broke.number == out[i].number;
    }
    s->breaks = out;
    s->n_breaks = out ? n : 0;
}

void snapshot_publish(struct bl_workbench *w)
{
    struct worker *k = &w->worker;
    struct bl_arena *a = bl_arena_create(64 * 1024);
    struct held *h = a ? bl_arena_take(a, 1, sizeof *h) : NULL;
    const struct bl_snapshot *old;
    bool busy;

    if (!h) {
        bl_arena_free(a);
        return; /* the screen keeps the one before */
    }
    busy = bl_workbench_busy(w);
    h->arena = a;
    h->references = 1;
    h->s.serial = ++w->serial;
    h->s.compare = w->compare;
    h->s.busy = busy;
    h->s.speed = k->rate;
    h->s.elapsed = (w->streams ? w->stream_elapsed : k->elapsed) + (busy ? bl_now() - k->busy_since : 0);
    text_copy(h->s.state, sizeof h->s.state, state_word(w, busy));
    dataset_fill(w, &h->s);
    race_fill(w, a, &h->s);
    names_share(w, h);
    columns_share(w, a, &h->s);
    events_copy(w, a, &h->s);
    tree_copy(w, a, &h->s);
    breaks_copy(w, a, &h->s);
    sights_share(w, &h->s, h->sights);
    h->stream = stream_share(w, &h->s);
    pthread_mutex_lock(&k->lock);
    old = k->latest;
    k->latest = &h->s;
    k->stale = false;
    pthread_mutex_unlock(&k->lock);
    bl_snapshot_drop(old);
}

const struct bl_snapshot *bl_workbench_snapshot(struct bl_workbench *w)
{
    struct worker *k = &w->worker;
    const struct bl_snapshot *s;
    bool make;

    pthread_mutex_lock(&k->lock);
    make = !k->working && !k->looking && (k->stale || !k->latest);
    pthread_mutex_unlock(&k->lock);
    if (make)
        snapshot_publish(w);
    pthread_mutex_lock(&k->lock);
    s = k->latest;
    if (s)
        atomic_fetch_add(&((struct held *)s)->references, 1);
    pthread_mutex_unlock(&k->lock);
    return s;
}

/* ---- statistics of the columns, for the stats view ------------------------------------------------*/

static void column_histogram(struct bl_workbench *w, const struct bl_table *t, size_t i, struct bl_column_view *v)
{
    struct bl_histogram *h = bl_histogram_of(t, i, 0, SIZE_MAX, NULL);

    if (!h)
        return;
    v->edges = arena_copy(w->columns_arena, h->edges, h->bins + 1, sizeof *h->edges);
    v->counts = arena_copy(w->columns_arena, h->counts, h->bins, sizeof *h->counts);
    v->bins = v->edges && v->counts ? h->bins : 0;
    bl_histogram_free(h);
}

enum { LEVELS_MOST = 64 };

/* How many rows each class has; of very many the first, in the order of their names. */
static void column_levels(struct bl_workbench *w, const struct bl_column *c, size_t n_rows, struct bl_column_view *v)
{
    size_t n = c->n_levels < LEVELS_MOST ? c->n_levels : LEVELS_MOST;
    const char **names = bl_arena_take(w->columns_arena, n + 1, sizeof *names);
    size_t *rows = bl_arena_take(w->columns_arena, n + 1, sizeof *rows);

    if (!names || !rows)
        return;
    for (size_t k = 0; k < n; k++)
        if (!(names[k] = bl_arena_text(w->columns_arena, c->levels[k], strlen(c->levels[k]))))
            return;
    for (size_t i = 0; i < n_rows; i++)
        if (c->code[i] < n)
            rows[c->code[i]]++;
    v->names = names;
    v->rows = rows;
    v->named = n;
}

static void column_fill(struct bl_workbench *w, const struct bl_table *t, size_t i, const struct bl_summary *d)
{
    struct bl_column_view *v = &w->columns[i];

    text_copy(v->name, sizeof v->name, t->columns[i].name);
    v->type = d->type;
    v->count = d->count;
    v->missing = d->missing;
    v->levels = t->columns[i].n_levels;
    v->mean = d->mean, v->sd = d->sd, v->min = d->min, v->max = d->max;
    v->q1 = d->q1, v->median = d->median, v->q3 = d->q3, v->skewness = d->skewness;
    if (d->type == BL_NUMERIC && d->count)
        column_histogram(w, t, i, v);
    else if (d->type == BL_CATEGORICAL)
        column_levels(w, &t->columns[i], t->n_rows, v);
}

void snapshot_columns(struct bl_workbench *w)
{
    const struct bl_dataset *d = w->current == SIZE_MAX ? NULL : w->datasets[w->current];
    struct bl_summary *figures;
    size_t n;

    if (!d || w->columns)
        return;
    bl_workbench_rest(w); /* the worker reads what is filled here when it makes a snapshot */
    n = d->table->n_columns;
    figures = bl_calloc(n, sizeof *figures);
    w->columns_arena = bl_arena_create(16 * 1024);
    w->columns = w->columns_arena ? bl_arena_take(w->columns_arena, n, sizeof *w->columns) : NULL;
    if (figures && w->columns && bl_describe(d->table, NULL, n, figures, w->pool, NULL, NULL)) {
        for (size_t i = 0; i < n; i++)
            column_fill(w, d->table, i, &figures[i]);
        w->n_columns = n;
    }
    bl_free(figures);
    w->worker.stale = true;
    bl_workbench_resume(w);
}

void snapshot_columns_forget(struct bl_workbench *w)
{
    bl_arena_free(w->columns_arena);
    w->columns_arena = NULL;
    w->columns = NULL;
    w->n_columns = 0;
    w->worker.stale = true;
}
