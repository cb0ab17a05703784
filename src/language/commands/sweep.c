/* sweep: updates and time to a target over batch sizes. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/run.h"

struct swept { size_t batch; double lr, updates, samples, epochs, seconds; enum bl_status status; };

static size_t rows_of(const struct bl_settings *s, size_t n)
{
    return s->regime == BL_STOCHASTIC ? 1 : s->regime == BL_MINI && s->batch < n ? s->batch : n;
}

/* Without batch= the sizes 1, 4, 16 ... and all. */
static bool sizes_by_default(struct bl_contestant *c, size_t *n, size_t rows, struct bl_error *err)
{
    struct bl_settings base = c[0].settings;
    bool known;

    *n = 0;
    for (size_t size = 1;; size *= 4) {
        char text[32];
        snprintf(text, sizeof text, "%zu", size);
        c[*n] = (struct bl_contestant){ .settings = base };
        if (!bl_settings_set(&c[*n].settings, "batch", size < rows ? text : "all", &known, err))
            return false;
        ++*n;
        if (size >= rows)
            return true;
    }
}

/* The first recorded point at or below the target. */
static bool reached(struct bl_trainer *t, double target, struct swept *out)
{
    size_t n;
    const struct bl_point *p = bl_trainer_points(t, &n);

    for (size_t i = 0; i < n; i++)
        if (p[i].objective <= target) {
            out->updates = (double)p[i].updates;
            out->samples = (double)p[i].samples;
            out->epochs = p[i].epoch;
            out->seconds = p[i].seconds;
            return true;
        }
    return false;
}

static bool run_one(struct bl_session *s, const struct bl_objective *o, const struct bl_settings *set, double target, struct swept *out,
                    struct bl_error *err)
{
    struct bl_progress *progress = bl_workbench_progress(s->workbench);
    struct bl_trainer *t = bl_trainer_create(o, set, bl_workbench_smoothness(s->workbench, NULL), bl_workbench_pool(s->workbench), err);
    bool good = t != NULL, done = false;

    *out = (struct swept){ .batch = rows_of(set, o->train->n_rows), .updates = NAN, .samples = NAN, .epochs = NAN, .seconds = NAN };
    if (!t)
        return false;
    out->lr = bl_trainer_lr(t);
    for (uint64_t e = 0; good && !done && e < set->epochs; e++) {
        good = bl_trainer_epochs(t, 1, progress, err);
        if (good && bl_stopped(progress))
            good = bl_fail(err, BL_STOPPED, "interrupted");
        done = reached(t, target, out) || bl_trainer_status(t) == BL_DIVERGED_RUN;
    }
    out->status = bl_trainer_status(t);
    bl_trainer_free(t);
    return good;
}

static bool target_of(struct bl_session *s, const struct bl_args *a, const struct bl_objective *o, double *target, struct bl_error *err)
{
    const struct bl_optimum *best;
    struct bl_workspace *w;
    double *zero, start;

    *target = NAN;
    if (!bl_arg_number(a, "target", target, err) || !isnan(*target))
        return !isnan(*target);
    best = bl_workbench_optimum(s->workbench, err);
    if (!best)
        return false;
    if (!best->exists) {
        bl_fail(err, BL_STATE, "there is no optimum to measure from: %s", best->reason);
        return o->network ? bl_hint(err, "sweep target=0.1 (an objective to reach)") : bl_hint(err, "sweep target=OBJECTIVE, or model %s l2=0.01", o->type->name);
    }
    w = bl_workspace_create(o, bl_workbench_pool(s->workbench), err);
    zero = bl_calloc(o->n_params, sizeof *zero);
    if (zero)
        bl_objective_start(o, zero);
    start = w && zero ? bl_objective_pass(o, o->train, zero, NULL, w) : NAN;
    *target = best->objective + 0.01 * (start - best->objective);
    bl_workspace_free(w);
    bl_free(zero);
    return isfinite(start) || bl_fail_memory(err, "the sweep");
}

/* tr S/|g|^2 at the start. */
static bool noise_scale(struct bl_session *s, const struct bl_objective *o, double *value, struct bl_error *err)
{
    double *zero = bl_calloc(o->n_params, sizeof *zero);
    struct bl_fan f;
    if (zero)
        bl_objective_start(o, zero);
    bool good = zero ? bl_fan_of(o, zero, 1, 1, 1, bl_workbench_pool(s->workbench), NULL, &f, err) : bl_fail_memory(err, "the sweep");

    bl_free(zero);
    if (!good)
        return false;
    *value = f.expected / (f.full_norm * f.full_norm);
    bl_fan_done(&f);
    return true;
}

static void tell_points(struct bl_result *r, const struct swept *p, size_t n, double knee)
{
    json_t *points = json_array();
    struct bl_grid *g = bl_result_grid(r);
    static const char *const columns[] = { "rows", "lr", "updates", "samples", "epochs", "ms" };

    for (size_t i = 0; i < 6; i++)
        bl_grid_column(g, columns[i], i == 0 ? BL_COUNT : BL_MIXED);
    bl_grid_column(g, "", BL_LEFT);
    for (size_t i = 0; i < n; i++) {
        const struct { const char *key; double value; } figures[] = { { "updates_to_target", p[i].updates }, { "samples_to_target", p[i].samples },
            { "epochs_to_target", p[i].epochs }, { "seconds", p[i].seconds } };
        json_t *one = json_object();
        bl_json_set(r, one, "batch", json_integer((json_int_t)p[i].batch));
        bl_json_set(r, one, "lr", bl_json_number(p[i].lr));
        for (size_t k = 0; k < 4; k++)
            if (!isnan(figures[k].value))
                bl_json_set(r, one, figures[k].key, json_real(figures[k].value));
        bl_json_set(r, one, "status", json_string(isnan(p[i].updates) ? bl_status_name(p[i].status) : "reached"));
        bl_json_append(r, points, one);
        bl_grid_count(g, p[i].batch);
        bl_grid_number(g, p[i].lr);
        bl_grid_number(g, p[i].updates);
        bl_grid_number(g, p[i].samples);
        bl_grid_number(g, p[i].epochs);
        bl_grid_number(g, 1e3 * p[i].seconds);
        bl_grid_text(g, isnan(p[i].updates) ? p[i].status == BL_DIVERGED_RUN ? "diverged" : "not reached"
                        : knee >= (double)p[i].batch && (i + 1 == n || knee < (double)p[i + 1].batch) ? "<- knee" : "");
    }
    bl_result_set(r, "points", points);
}

static void tell(struct bl_result *r, const struct swept *p, size_t n, double target, double noise)
{
    double batch[CONTESTANTS_MAX], updates[CONTESTANTS_MAX], knee, least;
    char a[32], b[32], c[32];

    for (size_t i = 0; i < n; i++) {
        batch[i] = (double)p[i].batch;
        updates[i] = p[i].updates;
    }
    bool fits = bl_sweep_knee(batch, updates, n, &knee, &least);
    bl_result_number(r, "target", target, "not finite");
    bl_result_number(r, "gradient_noise_scale", noise, "the gradient is 0 at the start");
    if (fits)
        bl_result_number(r, "knee", knee, "not finite");
    tell_points(r, p, n, knee);
    bl_result_line(r, "to an objective of %s; gradient noise scale at the start: %s rows", bl_number_format(a, sizeof a, target, 4),
                   bl_number_format(b, sizeof b, noise, 3));
    if (fits)
        bl_result_line(r, "updates follow %s (1 + %s/B): below B = %s rows larger batches pay, above it they do not",
                       bl_number_format(a, sizeof a, least, 3), bl_number_format(b, sizeof b, knee, 3), bl_number_format(c, sizeof c, knee, 3));
    else
        bl_result_line(r, "no knee: updates do not follow a (1 + K/B) over the sizes that reached the target");
}

static bool run_sweep(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    static const char *const batch[] = { "batch", NULL };
    struct bl_contestant c[CONTESTANTS_MAX];
    struct swept points[CONTESTANTS_MAX];
    const struct bl_objective *o;
    double target, noise;
    size_t n = 0;

    if (!contestants_parse(s, a, batch, c, &n, err))
        return false;
    o = bl_workbench_objective(s->workbench, err);
    if (!o || (!bl_arg(a, "batch") && !sizes_by_default(c, &n, o->train->n_rows, err)) || !contestants_fit(s, c, n, r, err) ||
        !target_of(s, a, o, &target, err) || !noise_scale(s, o, &noise, err))
        return false;
    bl_progress_start(bl_workbench_progress(s->workbench), "sweeping over batch sizes", 0);
    for (size_t i = 0; i < n; i++) {
        if (!bl_arg(a, "epochs"))
            c[i].settings.epochs = 1000;
        if (!run_one(s, o, &c[i].settings, target, &points[i], err))
            return false;
    }
    tell(r, points, n, target, noise);
    return true;
}

const struct bl_command bl_command_sweep = {
    .name = "sweep", .arguments = "[batch=1,4,16,all] [key=value ...]", .group = "compare",
    .summary = "updates and time to a target over batch sizes",
    .help = "Trains with each batch size from the same start until the objective is at the target (optimum + 0.01 of the way "
            "down to it), at most 1000 epochs, or epochs=. lr=auto gives each size the rate that theory allows it. The knee is K "
            "of updates = a (1 + K/B): up to there twice the rows halve the updates, beyond it they do not. Beside it the "
            "gradient noise scale tr(S)/|g|^2 at the start. The current run stays as it is.",
    .first = BL_ARG_NONE, .further = BL_ARG_NONE, .run_settings = true,
    .keys = (const struct bl_key[]){ { "target", "", "objective to reach" }, { 0 } },
    .examples = (const char *const[]){ "load diabetes; sweep", "load breast_cancer; model logistic l2=0.01; sweep batch=1,8,64,all", NULL },
    .see = "compare, theory, fan", .run = run_sweep,
};
