/* Curves of a snapshot as chart descriptions: one place decides what `plot loss` and the panels of the
 * dashboard show, so that they cannot disagree. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "batchlab/language.h"

/* ---- what is on the axes ------------------------------------------------------------------------*/

static double x_of(const struct bl_point *p, enum bl_x x)
{
    switch (x) {
    case BL_X_SAMPLES: return (double)p->samples;
    case BL_X_UPDATES: return (double)p->updates;
    case BL_X_EPOCHS: return p->epoch;
    default: return p->seconds;
    }
}

static double y_of(const struct bl_snapshot *s, const struct bl_point *p, enum bl_curve what)
{
    switch (what) {
    case BL_CURVE_OBJECTIVE: return p->objective;
    case BL_CURVE_SUBOPTIMALITY: return p->objective - s->optimum;
    case BL_CURVE_GRADIENT: return p->gradient_norm;
    case BL_CURVE_LR: return p->lr;
    case BL_CURVE_VALIDATION: return p->validation_loss;
    default: return p->train_loss;
    }
}

static const char *const x_names[] = { "samples", "updates", "epoch", "seconds" };
static const char *const x_titles[] = { "samples seen", "updates", "epochs", "seconds on this machine" };

enum bl_x bl_view_x(const struct bl_snapshot *s, const struct bl_view_settings *v)
{
    return v->x_given ? v->x : s->n_runs > 1 ? BL_X_SAMPLES : BL_X_EPOCHS;
}

/* When the end is known, x covers the whole plan from the start. */
static double x_end(const struct bl_snapshot *s, enum bl_x x)
{
    uint64_t most = 0;

    if (s->planned == 0 || x == BL_X_SECONDS)
        return NAN;
    for (size_t i = 0; i < s->n_runs; i++)
        most = s->runs[i].updates_per_epoch > most ? s->runs[i].updates_per_epoch : most;
    double epochs = s->epoch > (double)s->planned ? s->epoch : (double)s->planned;
    return x == BL_X_EPOCHS ? epochs : x == BL_X_SAMPLES ? epochs * (double)s->train_rows : epochs * (double)most;
}

/* ---- series ---------------------------------------------------------------------------------------*/

struct building {
    const struct bl_snapshot *snap;
    struct bl_arena *arena;
    enum bl_x x;
    struct bl_series *series;
    size_t n, capacity;
    double base; /* of bands: the optimum where heights are told above it */
};

static struct bl_series *series_next(struct building *b, const char *name, size_t style, size_t points)
{
    struct bl_series *s = b->n < b->capacity ? &b->series[b->n] : NULL;
    double *x = bl_arena_take(b->arena, points + 1, sizeof *x), *y = bl_arena_take(b->arena, points + 1, sizeof *y);

    if (!s || !x || !y)
        return NULL;
    *s = (struct bl_series){ .name = name, .x = x, .y = y, .n = points, .style = style };
    b->n++;
    return s;
}

/* Only points that are complete in this curve: a run without validation rows has no such curve. */
static struct bl_series *add_curve(struct building *b, const struct bl_run_view *run, enum bl_curve what, const char *name, size_t style)
{
    struct bl_series *s = series_next(b, name, style, run->n_points);

    if (!s)
        return NULL;
    for (size_t i = 0; i < run->n_points; i++) {
        ((double *)s->x)[i] = x_of(&run->points[i], b->x);
        ((double *)s->y)[i] = y_of(b->snap, &run->points[i], what);
    }
    return s;
}

/* Exponential mean that looks back only, with start-up correction; its half-life is in samples, so that
 * regimes with different numbers of updates are treated alike. */
static void smooth_over(struct building *b, const struct bl_run_view *run, struct bl_series *raw, double half_life)
{
    struct bl_series *s = series_next(b, raw->name, raw->style, raw->n);
    double sum = 0, weight = 0;

    if (!s)
        return;
    for (size_t i = 0; i < raw->n; i++) {
        double passed = i ? (double)(run->points[i].samples - run->points[i - 1].samples) : 0;
        double keep = bl_exp(-0.6931471805599453 * passed / half_life);
        if (isfinite(raw->y[i])) {
            sum = sum * keep + raw->y[i];
            weight = weight * keep + 1;
        }
        ((double *)s->x)[i] = raw->x[i];
        ((double *)s->y)[i] = weight > 0 ? sum / weight : NAN;
    }
    raw->dim = raw->no_label = true;
}

static void add_dots(struct building *b, const struct bl_run_view *run, size_t style)
{
    struct bl_series *s = series_next(b, run->name, style, run->n_dots);
    double rows = run->updates_per_epoch ? (double)b->snap->train_rows / (double)run->updates_per_epoch : 0;

    if (!s)
        return;
    s->dots = s->no_label = true;
    for (size_t i = 0; i < run->n_dots; i++) {
        double update = (double)run->dots[i].update;
        double samples = update * rows, epochs = run->updates_per_epoch ? update / (double)run->updates_per_epoch : 0;
        ((double *)s->x)[i] = b->x == BL_X_SAMPLES ? samples : b->x == BL_X_UPDATES ? update : b->x == BL_X_EPOCHS ? epochs : NAN;
        ((double *)s->y)[i] = run->dots[i].loss;
    }
}

/* Half-lives in epochs of the strengths light, medium, heavy. */
static const double strengths[] = { 0, 0.25, 1, 4 };

static void add_run(struct building *b, const struct bl_run_view *run, enum bl_curve what, const char *name, size_t style, int smooth)
{
    struct bl_series *raw = add_curve(b, run, what, name, style);

    if (raw && smooth > 0 && smooth < 4)
        smooth_over(b, run, raw, strengths[smooth] * (double)b->snap->train_rows);
}

/* ---- the chart ----------------------------------------------------------------------------------------*/

static bool has_validation(const struct bl_run_view *run)
{
    return run->n_points && !isnan(run->points[0].validation_loss);
}

static bool penalised(const struct bl_snapshot *s)
{
    for (size_t i = 0; i < s->n_runs; i++)
        for (size_t j = 0; j < s->runs[i].n_points; j++)
            if (s->runs[i].points[j].objective != s->runs[i].points[j].train_loss)
                return true;
    return false;
}

static const char *const y_names[] = { "loss", "objective", "above the optimum", "gradient norm", "learning rate", "validation loss" };

static const char *arena_join(struct bl_arena *a, const char *first, const char *second, const char *third)
{
    struct bl_text t = { 0 };
    const char *copy;

    bl_text_addf(&t, "%s", first);
    bl_text_addf(&t, "%s", second);
    bl_text_addf(&t, "%s", third);
    copy = bl_arena_text(a, bl_text_get(&t), t.length);
    bl_text_free(&t);
    return copy;
}

static void add_levels(struct building *b, enum bl_curve what, struct bl_chart *chart)
{
    struct bl_level *levels = bl_arena_take(b->arena, 2, sizeof *levels);
    char number[32];

    if (!levels || (what != BL_CURVE_OBJECTIVE && what != BL_CURVE_LOSS) || b->snap->n_runs < 2)
        return;
    if (what == BL_CURVE_LOSS && penalised(b->snap))
        return; /* the optimum is one of the objective, not of its data term */
    chart->levels = levels;
    if (isfinite(b->snap->optimum)) {
        bl_number_format(number, sizeof number, b->snap->optimum, 4);
        levels[chart->n_levels++] = (struct bl_level){ b->snap->optimum, arena_join(b->arena, "optimum ", number, ""), BL_ROLE_DIM };
    }
    if (isfinite(b->snap->target_objective)) {
        bl_number_format(number, sizeof number, b->snap->target_objective, 4);
        levels[chart->n_levels++] = (struct bl_level){ b->snap->target_objective, arena_join(b->arena, "target ", number, ""), BL_ROLE_GOOD };
    }
}

static bool hidden(const struct bl_snapshot *s, const struct bl_view_settings *v, size_t i)
{
    return s->n_runs > 1 && i < 64 && (v->hidden >> i & 1);
}

/* The curve of the contestant in front; the dots and the raw curve behind it are not what is in front. */
static size_t front_series(const struct building *b, const struct bl_view_settings *v)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->series[i].style == v->front && !b->series[i].dots && !b->series[i].dim)
            return i;
    return 0;
}

/* ---- bands over seeds ---------------------------------------------------------------------------------*/

/* A cost as a place on the axis; nan where one does not follow from the other. */
static double band_x(const struct building *b, const struct bl_run_view *run, double cost)
{
    double rows = (double)b->snap->train_rows, updates = (double)run->updates_per_epoch, epochs;

    if (b->snap->cost == BL_COST_SECONDS || b->x == BL_X_SECONDS)
        return b->snap->cost == BL_COST_SECONDS && b->x == BL_X_SECONDS ? cost : NAN;
    epochs = b->snap->cost == BL_COST_SAMPLES ? cost / rows : b->snap->cost == BL_COST_UPDATES ? cost / updates : cost;
    return b->x == BL_X_SAMPLES ? epochs * rows : b->x == BL_X_UPDATES ? epochs * updates : epochs;
}

/* Quantiles `from` and `to` of the objective, less what its height is measured from. */
static void add_band(struct building *b, const struct bl_run_view *run, int from, int to, struct bl_band *out)
{
    double *x = bl_arena_take(b->arena, run->n_band + 1, sizeof *x), *low = bl_arena_take(b->arena, run->n_band + 1, sizeof *low);
    double *high = bl_arena_take(b->arena, run->n_band + 1, sizeof *high);
    size_t n = 0;

    for (size_t i = 0; x && low && high && i < run->n_band; i++) {
        double at = band_x(b, run, run->band_cost[i]);

        if (!isfinite(at))
            continue;
        x[n] = at;
        low[n] = run->band[from][i] - b->base;
        high[n++] = run->band[to][i] - b->base;
    }
    *out = (struct bl_band){ .name = arena_join(b->arena, run->name, from == 0 ? ", 80 % of the seeds" : ", half of the seeds", ""),
                             .x = x, .low = low, .high = high, .n = n, .style = (size_t)(run - b->snap->runs) };
}

/* The outer band holds 80 per cent of the runs, the inner one half of them. */
static void add_bands(struct building *b, enum bl_curve what, const struct bl_view_settings *v, struct bl_chart *chart)
{
    const struct bl_snapshot *s = b->snap;
    bool fits = what == BL_CURVE_OBJECTIVE || what == BL_CURVE_SUBOPTIMALITY || (what == BL_CURVE_LOSS && !penalised(s));
    struct bl_band *bands = s->seeds && fits ? bl_arena_take(b->arena, 2 * s->n_runs, sizeof *bands) : NULL;

    b->base = what == BL_CURVE_SUBOPTIMALITY ? s->optimum : 0;
    for (size_t i = 0; bands && i < s->n_runs; i++) {
        if (s->runs[i].n_band == 0 || hidden(s, v, i))
            continue;
        add_band(b, &s->runs[i], 0, 4, &bands[chart->n_bands++]);
        add_band(b, &s->runs[i], 1, 3, &bands[chart->n_bands++]);
    }
    chart->bands = bands;
}

static void add_all(struct building *b, const struct bl_view_settings *v, enum bl_curve what)
{
    const struct bl_snapshot *s = b->snap;
    bool alone = s->n_runs == 1 && what == BL_CURVE_LOSS;

    for (size_t i = 0; v->dots && (what == BL_CURVE_LOSS || what == BL_CURVE_OBJECTIVE) && i < s->n_runs; i++)
        if (!hidden(s, v, i))
            add_dots(b, &s->runs[i], i);
    for (size_t i = 0; i < s->n_runs; i++)
        if (!hidden(s, v, i) && (what != BL_CURVE_LR || s->runs[i].lr > 0)) /* methods that choose their own steps have none */
            add_run(b, &s->runs[i], what, alone ? "train" : s->runs[i].name, i, v->smooth);
    if (alone && v->valid && has_validation(&s->runs[0]))
        add_run(b, &s->runs[0], BL_CURVE_VALIDATION, "valid", 1, v->smooth);
}

/* The ranges that were asked for; that of y is one of losses. */
static void zoom(const struct bl_view_settings *v, enum bl_curve what, struct bl_arena *arena, struct bl_chart *chart)
{
    bool losses = what == BL_CURVE_LOSS || what == BL_CURVE_OBJECTIVE || what == BL_CURVE_VALIDATION;

    if (v->x_to > v->x_from && !v->x_rows)
        chart->x.min = v->log_x && v->x_from <= 0 ? NAN : v->x_from, chart->x.max = v->x_to;
    if (!losses || !(v->y_to > v->y_from) || (chart->y.log && v->y_from <= 0))
        return;
    chart->y.min = v->y_from, chart->y.max = v->y_to;
    chart->note = arena_join(arena, chart->note, chart->note[0] ? ", " : "", "y zoomed");
}

bool bl_curve_chart(const struct bl_snapshot *snap, const struct bl_view_settings *v, enum bl_curve what,
                    struct bl_arena *arena, struct bl_chart *chart)
{
    struct building b = { .snap = snap, .arena = arena, .x = bl_view_x(snap, v), .capacity = snap->n_runs * 3 + 4 };
    static const char *const smoothing[] = { "smoothing off", "smooth 1/4 epoch", "smooth 1 epoch", "smooth 4 epochs" };
    bool log = what == BL_CURVE_LR ? false : v->log_y;

    if (what == BL_CURVE_LOSS && snap->n_runs > 1 && penalised(snap))
        what = BL_CURVE_OBJECTIVE; /* contestants are compared by what is minimised */
    b.series = bl_arena_take(arena, b.capacity, sizeof *b.series);
    *chart = bl_chart_make(BL_CHART_LINES);
    if (!b.series)
        return false;
    add_all(&b, v, what);
    chart->title = arena_join(arena, y_names[what], log ? " (log) by " : " by ", x_titles[b.x]);
    chart->note = v->smooth > 0 && v->smooth < 4 ? smoothing[v->smooth] : "";
    chart->x = (struct bl_axis){ .label = x_names[b.x], .log = v->log_x, .min = v->log_x ? NAN : 0, .max = x_end(snap, b.x),
                                 .count = b.x == BL_X_SAMPLES || b.x == BL_X_UPDATES };
    chart->y = (struct bl_axis){ .label = y_names[what], .log = log, .min = NAN, .max = NAN };
    chart->front = front_series(&b, v);
    zoom(v, what, arena, chart);
    add_levels(&b, what, chart);
    add_bands(&b, what, v, chart);
    chart->series = b.series;
    chart->n_series = b.n;
    return true;
}

bool bl_loss_chart(const struct bl_snapshot *snap, const struct bl_view_settings *view, struct bl_arena *arena, struct bl_chart *chart)
{
    return bl_curve_chart(snap, view, BL_CURVE_LOSS, arena, chart);
}
