/* Runs: a race with one contestant or more, from the start parameters to a goal. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/workbench/internal.h"

static bool needs_smoothness(const struct bl_contestant *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(c[i].settings.lr) && c[i].settings.regime != BL_FULL && !c[i].settings.optimizer->adaptive)
            return true;
    return false;
}

static struct bl_race *race_build(struct bl_workbench *w, const struct bl_objective *o, const struct bl_contestant *c,
                                  size_t n, struct bl_error *err)
{
    const struct bl_smoothness *smooth = NULL;
    struct bl_race *race;

    if (needs_smoothness(c, n) && !(smooth = bl_workbench_smoothness(w, err)))
        return NULL;
    race = bl_race_create(w->pool, err);
    for (size_t i = 0; race && i < n; i++)
        if (!bl_race_add(race, c[i].name, o, &c[i].settings, smooth ? smooth : w->has_smoothness ? &w->smoothness : NULL, err)) {
            bl_race_free(race);
            race = NULL;
        }
    return race;
}

/* Optimum + 0.01 (start - optimum): "nearly there" on any scale. */
static double default_target(struct bl_workbench *w, struct bl_race *race)
{
    size_t n;
    const struct bl_point *p = bl_trainer_points(bl_race_trainer(race, 0), &n);

    if (!w->has_optimum || !w->optimum.exists || n == 0)
        return NAN;
    return w->optimum.objective + 0.01 * (p[0].objective - w->optimum.objective);
}

static bool refuse_frozen(const struct bl_workbench *w, struct bl_error *err)
{
    bl_fail(err, BL_STATE, "the model %s is open, and frozen: it predicts, and is not trained further", w->frozen);
    return bl_hint(err, "close, which brings back what is trained here (verify trains a kept model again)");
}

bool bl_workbench_start(struct bl_workbench *w, const struct bl_contestant *c, size_t n, double target, bool compare, struct bl_error *err)
{
    const struct bl_objective *o;
    struct run_node node;
    struct bl_race *race;
    bool *flags;

    bl_workbench_rest(w);
    if (w->frozen[0])
        return refuse_frozen(w, err);
    o = bl_workbench_objective(w, err);
    if (!o || (compare && !bl_workbench_optimum(w, err)))
        return false;
    race = race_build(w, o, c, n, err);
    if (!race)
        return false;
    flags = bl_calloc(n * 2, sizeof *flags);
    if (!flags) {
        bl_race_free(race);
        return bl_fail_memory(err, "the run");
    }
    node = (struct run_node){ .race = race, .reached = flags, .told_diverged = flags + n, .compare = compare };
    node.target = isnan(target) && compare ? default_target(w, race) : target;
    for (size_t i = 0; i < n; i++)
        node.planned = c[i].settings.epochs > node.planned ? c[i].settings.epochs : node.planned;
    if (!run_enter(w, &node, err)) {
        bl_race_free(race);
        bl_free(flags);
        return false;
    }
    bl_workbench_event(w, "", "run %zu: %s on %s, seed %llu, %zu training rows", w->run_number, o->type->name,
                       w->datasets[w->current]->table->name, (unsigned long long)w->seed, o->train->n_rows);
    /* Once the worker has the race it alone makes snapshots, at the end of an epoch. Who looks before
     * that finds this one: the start, not nothing and not the race before. */
    bl_snapshot_drop(bl_workbench_snapshot(w));
    return true;
}

void run_end(struct bl_workbench *w)
{
    struct worker *k = &w->worker;

    bl_workbench_rest(w);
    pthread_mutex_lock(&k->lock);
    condition_done(&k->until);
    k->interrupted = k->interrupted && k->goal.kind == BL_GOAL_STREAM;
    k->has_goal = false;
    k->stale = true;
    pthread_mutex_unlock(&k->lock);
    bl_free(k->targets);
    k->targets = NULL;
    bl_race_free(w->race);
    w->race = NULL;
    bl_free(w->reached);
    w->reached = w->told_diverged = NULL;
    w->compare = false;
    w->target = NAN;
    repeats_free(w->repeats);
    w->repeats = NULL;
    w->budget = (struct bl_budget){ 0 };
    w->seeds = 0;
    w->stopped_by[0] = '\0';
    w->broke = (struct bl_broke){ 0 };
}

void bl_workbench_freeze(struct bl_workbench *w, const char *label)
{
    bl_workbench_rest(w);
    snprintf(w->frozen, sizeof w->frozen, "%s", label ? label : "");
}

struct bl_race *bl_workbench_race(struct bl_workbench *w, struct bl_error *err)
{
    bl_workbench_rest(w);
    if (w->frozen[0]) {
        refuse_frozen(w, err);
        return NULL;
    }
    if (w->race)
        return w->race;
    bl_fail(err, BL_STATE, "there is no run yet");
    bl_hint(err, w->current == SIZE_MAX ? "load iris; train batch" : "train batch, or compare");
    return NULL;
}

bool bl_workbench_compares(const struct bl_workbench *w) { return w->compare; }
size_t bl_workbench_run_number(const struct bl_workbench *w) { return w->run_number; }
double bl_workbench_target(struct bl_workbench *w) { return w->target; }
uint64_t bl_workbench_planned(const struct bl_workbench *w) { return w->planned; }
const char *bl_workbench_stopped_by(const struct bl_workbench *w) { return w->stopped_by; }

void bl_workbench_plan(struct bl_workbench *w, uint64_t epochs)
{
    bl_workbench_rest(w);
    w->planned = epochs;
    for (size_t i = 0; w->race && i < bl_race_size(w->race); i++)
        bl_trainer_plan(bl_race_trainer(w->race, i), epochs);
    w->worker.stale = true;
}

void repeats_free(struct bl_repeats *r)
{
    if (r)
        bl_repeats_done(r);
    bl_free(r);
}

static double epochs_of(struct bl_budget b, struct bl_trainer *t)
{
    double n = (double)bl_trainer_objective(t)->train->n_rows;

    return b.cost == BL_COST_SAMPLES ? b.amount / n : b.cost == BL_COST_UPDATES ? b.amount / (double)bl_trainer_updates_per_epoch(t) : b.amount;
}

void bl_workbench_set_budget(struct bl_workbench *w, struct bl_budget budget, size_t seeds)
{
    w->budget = budget;
    w->seeds = seeds;
    for (size_t i = 0; budget.amount > 0 && budget.cost != BL_COST_SECONDS && i < bl_race_size(w->race); i++) {
        struct bl_trainer *t = bl_race_trainer(w->race, i);
        bl_trainer_plan(t, (uint64_t)ceil(epochs_of(budget, t)));
    }
    if (budget.amount > 0)
        w->planned = 0;
    w->worker.stale = true;
}

struct bl_budget bl_workbench_budget(const struct bl_workbench *w) { return w->budget; }
size_t bl_workbench_seeds(const struct bl_workbench *w) { return w->seeds; }

const struct bl_repeats *bl_workbench_repeats(struct bl_workbench *w)
{
    bl_workbench_rest(w);
    return w->repeats;
}

size_t bl_workbench_reached(const struct bl_workbench *w, const struct bl_point *points, size_t n)
{
    if (isnan(w->target))
        return SIZE_MAX;
    if (!(w->budget.amount > 0))
        return bl_first_reaching(points, n, w->target);
    for (size_t i = 0; i < n; i++)
        if (points[i].objective <= w->target)
            return i;
    return SIZE_MAX;
}

size_t bl_first_reaching(const struct bl_point *points, size_t n, double target)
{
    for (size_t i = 0; i < n; i++)
        if (points[i].objective <= target && points[i].epoch == floor(points[i].epoch))
            return i;
    return SIZE_MAX;
}

/* ---- what is logged -------------------------------------------------------------------------*/

const char *const bl_logged_names[] = {
    "epoch", "updates", "samples", "samples_seen", "loss", "train_loss", "validation_loss", "objective",
    "gradient_norm", "lr", "seconds", "suboptimality", "optimum", NULL
};

bool bl_logged_value(const char *name, const struct bl_point *p, double optimum, double *value)
{
    const struct { const char *name; double value; } known[] = {
        { "epoch", p->epoch }, { "updates", (double)p->updates }, { "samples", (double)p->samples },
        { "samples_seen", (double)p->samples },
        { "loss", p->train_loss }, { "train_loss", p->train_loss }, { "validation_loss", p->validation_loss },
        { "objective", p->objective }, { "gradient_norm", p->gradient_norm },
        { "norm(gradient)", p->gradient_norm }, { "lr", p->lr },
        { "seconds", p->seconds }, { "suboptimality", p->objective - optimum }, { "optimum", optimum },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i].name, name)) {
            *value = known[i].value;
            return true;
        }
    return false;
}

/* ---- events ---------------------------------------------------------------------------------*/

void bl_workbench_event(struct bl_workbench *w, const char *who, const char *format, ...)
{
    struct bl_event *e;
    struct bl_text text = { 0 };
    va_list args;

    va_start(args, format);
    bl_text_addv(&text, format, args);
    va_end(args);
    pthread_mutex_lock(&w->worker.lock);
    if (w->n_events < EVENTS_MAX)
        e = &w->events[w->n_events++];
    else
        e = &w->events[w->first_event++ % EVENTS_MAX];
    bl_wall_clock(e->clock);
    bl_show(e->who, sizeof e->who, who, strlen(who));
    bl_show(e->text, sizeof e->text, bl_text_get(&text), text.length);
    w->worker.stale = true;
    pthread_mutex_unlock(&w->worker.lock);
    bl_text_free(&text);
}

static void tell_reached(struct bl_workbench *w, size_t i)
{
    size_t n, at;
    const struct bl_point *p = bl_trainer_points(bl_race_trainer(w->race, i), &n);
    char target[32], samples[32];

    if (w->reached[i] || (at = bl_workbench_reached(w, p, n)) == SIZE_MAX)
        return;
    w->reached[i] = true;
    bl_workbench_event(w, bl_race_name(w->race, i), "reached target %s after %s samples, %llu updates",
                       bl_number_format(target, sizeof target, w->target, 4),
                       bl_count_format(samples, sizeof samples, (double)p[at].samples), (unsigned long long)p[at].updates);
}

void run_tell(struct bl_workbench *w)
{
    for (size_t i = 0; i < bl_race_size(w->race); i++) {
        struct bl_trainer *t = bl_race_trainer(w->race, i);
        bool diverged = bl_trainer_status(t) == BL_DIVERGED_RUN;

        tell_reached(w, i);
        if (diverged && !w->told_diverged[i])
            bl_workbench_event(w, bl_race_name(w->race, i), "%s", bl_trainer_why(t)->message);
        w->told_diverged[i] = diverged;
    }
}

bool bl_workbench_resumes(const struct bl_workbench *w)
{
    struct worker *k = (struct worker *)&w->worker;
    bool resumes;

    pthread_mutex_lock(&k->lock);
    resumes = k->interrupted;
    pthread_mutex_unlock(&k->lock);
    return resumes;
}
