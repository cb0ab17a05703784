/* How runs are advanced and told: one table, one set of JSON keys, for every command that trains. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/language/commands/run.h"
#include "src/language/commands/stream.h"

enum { CHART_LEAST = 8, LINES_BESIDE = 9 /* notes, head of the table, last line, prompt */ };

/* ---- figures ----------------------------------------------------------------------------------*/

bool run_figures(struct bl_session *s, size_t i, struct run_figures *f, struct bl_error *err)
{
    struct bl_race *race = bl_workbench_race(s->workbench, err);
    const struct bl_repeats *repeats = bl_workbench_repeats(s->workbench);
    const struct bl_optimum *best = bl_workbench_compares(s->workbench) ? bl_workbench_optimum(s->workbench, NULL) : NULL;
    const struct bl_point *p;
    size_t n, at;

    if (!race)
        return false;
    memset(f, 0, sizeof *f);
    f->name = bl_race_name(race, i);
    contestant_word(race, i, f->word, sizeof f->word);
    f->trainer = bl_race_trainer(race, i);
    f->settings = bl_trainer_settings(f->trainer);
    f->status = bl_trainer_status(f->trainer);
    f->early = f->status == BL_ENDED && bl_race_early(race, i, &f->patience);
    if (!bl_trainer_point(f->trainer, &f->now, err))
        return false;
    f->suboptimality = best && best->exists ? f->now.objective - best->objective : NAN;
    p = bl_trainer_points(f->trainer, &n);
    f->best = f->now.objective;
    for (size_t j = 0; j < n; j++)
        f->best = p[j].objective < f->best ? p[j].objective : f->best;
    at = bl_workbench_reached(s->workbench, p, n);
    f->cost_to_target = at == SIZE_MAX ? INFINITY : bl_point_cost(&p[at], bl_workbench_budget(s->workbench).cost);
    if (repeats && i < repeats->contestants)
        f->cost_to_target = repeats->target_quantiles[i * BL_BAND_LEVELS + 2];
    f->updates_to_target = at == SIZE_MAX ? NAN : (double)p[at].updates;
    f->epochs_to_target = at == SIZE_MAX ? NAN : p[at].epoch;
    f->samples_to_target = at == SIZE_MAX ? NAN : (double)p[at].samples;
    return true;
}

/* ---- advancing --------------------------------------------------------------------------------*/

bool run_needed(struct bl_session *s, struct bl_result *r, struct bl_error *err)
{
    struct bl_contestant c = { .settings = *bl_workbench_defaults(s->workbench) };
    char word[32];

    if (bl_workbench_race(s->workbench, err))
        return true;
    if (!contestants_fit(s, &c, 1, r, err) || !bl_workbench_start(s->workbench, &c, 1, NAN, false, err))
        return false;
    bl_result_line(r, "started a run: %s, every setting at its default", bl_settings_regime_word(&c.settings, word, sizeof word));
    return true;
}

void run_sentence(struct bl_session *s, const char *name, const struct bl_point *p, const struct bl_point *before, struct bl_text *out)
{
    uint64_t planned = bl_workbench_planned(s->workbench);
    char number[32];
    double change = before && before->train_loss > 0 ? 100 * (p->train_loss / before->train_loss - 1) : NAN;

    if (name)
        bl_text_addf(out, "%s, ", name);
    bl_text_addf(out, "epoch %.6g", p->epoch);
    if (planned && p->epoch <= (double)planned)
        bl_text_addf(out, " of %llu", (unsigned long long)planned);
    bl_text_addf(out, ", loss %s", bl_number_format(number, sizeof number, p->train_loss, s->digits));
    if (fabs(change) >= 0.05)
        bl_text_addf(out, ", %s %.1f percent", change < 0 ? "down" : "up", fabs(change));
    else if (!isnan(change))
        bl_text_add(out, ", unchanged");
    if (!isnan(p->validation_loss))
        bl_text_addf(out, ", valid %s", bl_number_format(number, sizeof number, p->validation_loss, s->digits));
}

/* In plain mode a person hears how far a long run is: a sentence now and then, never a line that is rewritten. */
struct speaker { struct bl_session *s; double spoken; struct bl_point last; bool any; };
static const double speak_every = 2; /* seconds: a reader is not flooded */

static void speak(struct speaker *k)
{
    const struct bl_snapshot *snap = bl_workbench_snapshot(k->s->workbench);
    struct bl_text text = { 0 };

    if (snap->n_runs && (!k->any || snap->runs[0].now.updates != k->last.updates)) {
        run_sentence(k->s, snap->n_runs > 1 ? snap->runs[0].name : NULL, &snap->runs[0].now, k->any ? &k->last : NULL, &text);
        bl_text_add(&text, "\n");
        bl_session_note(k->s, bl_text_get(&text), text.length);
        k->last = snap->runs[0].now;
        k->any = true;
    }
    bl_text_free(&text);
    bl_snapshot_drop(snap);
}

static bool tick_and_speak(void *context)
{
    struct speaker *k = context;
    struct timespec t;
    double now;

    clock_gettime(CLOCK_MONOTONIC, &t);
    now = (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
    k->spoken = k->spoken == 0 ? now : k->spoken;
    if (now - k->spoken >= speak_every) {
        k->spoken = now;
        speak(k);
    }
    return !k->s->screen.tick || k->s->screen.tick(k->s->screen.context);
}

static bool wait_speaking(struct bl_session *s, struct bl_error *err)
{
    struct speaker k = { .s = s };
    bool good, paced = bl_workbench_speed(s->workbench) < 0 && bl_workbench_update_speed(s->workbench) == 0;

    if (paced) /* auto is for eyes that follow */
        bl_workbench_set_speed(s->workbench, 0);
    bl_workbench_watch(s->workbench, true, 1 / speak_every);
    good = bl_workbench_wait(s->workbench, tick_and_speak, &k, err);
    bl_workbench_watch(s->workbench, false, 1 / speak_every);
    if (paced)
        bl_workbench_set_speed(s->workbench, -1);
    return good;
}

bool run_advance(struct bl_session *s, struct bl_goal goal, struct bl_error *err)
{
    bool good;

    if (!bl_workbench_go(s->workbench, goal, err))
        return false;
    if (s->in_dashboard)
        return true;
    good = s->plain && s->interactive ? wait_speaking(s, err) : bl_workbench_wait(s->workbench, s->screen.tick, s->screen.context, err);
    if (s->screen.rest)
        s->screen.rest(s->screen.context);
    return good;
}

/* ---- JSON -------------------------------------------------------------------------------------*/

static void set_number(json_t *o, const char *key, double x)
{
    char reason[64];

    if (isfinite(x)) {
        json_object_set_new(o, key, json_real(x));
        return;
    }
    json_object_set_new(o, key, json_null());
    snprintf(reason, sizeof reason, "%s_reason", key);
    json_object_set_new(o, reason, json_string(isnan(x) ? "not a number" : "not finite"));
}

static void set_if_known(json_t *o, const char *key, double x)
{
    if (!isnan(x))
        set_number(o, key, x);
}

/* A whole number; nan: there is none. */
static void set_count(json_t *o, const char *key, double n)
{
    if (!isnan(n))
        json_object_set_new(o, key, json_integer((json_int_t)n));
}

static const char *optimizer_name(const struct bl_settings *s)
{
    return s->regime == BL_FULL ? s->solver->name : s->optimizer->name;
}

static size_t rows_per_update(const struct run_figures *f)
{
    return f->settings->regime == BL_MINI ? f->settings->batch
           : f->settings->regime == BL_STOCHASTIC ? 1 : bl_trainer_objective(f->trainer)->train->n_rows;
}

static void json_common(const struct run_figures *f, json_t *o)
{
    char word[32];

    json_object_set_new(o, "regime", json_string(bl_settings_regime_word(f->settings, word, sizeof word)));
    json_object_set_new(o, "batch", json_integer((json_int_t)rows_per_update(f)));
    json_object_set_new(o, "optimizer", json_string(optimizer_name(f->settings)));
    if (f->settings->regime != BL_FULL)
        set_number(o, "lr", bl_trainer_lr(f->trainer));
    if (f->now.epoch == floor(f->now.epoch))
        json_object_set_new(o, "epoch", json_integer((json_int_t)f->now.epoch));
    else
        set_number(o, "epoch", f->now.epoch);
    json_object_set_new(o, "updates", json_integer((json_int_t)f->now.updates));
    json_object_set_new(o, "samples_seen", json_integer((json_int_t)f->now.samples));
    json_object_set_new(o, "gradient_evaluations", json_integer((json_int_t)f->now.gradient_evaluations));
    set_number(o, "train_loss", f->now.train_loss);
    set_if_known(o, "validation_loss", f->now.validation_loss);
    set_number(o, "objective", f->now.objective);
    set_number(o, "gradient_norm", f->now.gradient_norm);
    json_object_set_new(o, "seconds", json_real(f->now.seconds));
    json_object_set_new(o, "status", json_string(bl_status_name(f->status)));
}

static void json_error(json_t *o, const struct bl_error *why)
{
    json_t *e = json_object();

    json_object_set_new(e, "code", json_string(bl_code_name(BL_DIVERGED)));
    json_object_set_new(e, "message", bl_json_text(why->message));
    if (why->reason[0])
        json_object_set_new(e, "reason", bl_json_text(why->reason));
    if (why->hint[0])
        json_object_set_new(e, "hint", bl_json_text(why->hint));
    json_object_set_new(o, "error", e);
}

static void json_early(const struct run_figures *f, json_t *o)
{
    if (!f->early)
        return;
    json_object_set_new(o, "stopped_by", json_sprintf("patience=%llu", (unsigned long long)f->settings->patience));
    json_object_set_new(o, "best_epoch", json_integer((json_int_t)f->patience.best_epoch));
    json_object_set_new(o, "waited_until", json_integer((json_int_t)f->patience.epoch));
}

static json_t *broke_json(const struct bl_broke *broke, const struct run_figures *f)
{
    json_t *o = json_object();

    json_object_set_new(o, "break", json_integer((json_int_t)broke->number));
    json_object_set_new(o, "condition", bl_json_text(broke->text));
    json_object_set_new(o, "contestant", bl_json_text(f[broke->run].word));
    json_object_set_new(o, "update", json_integer((json_int_t)broke->update));
    set_number(o, "epoch", broke->epoch);
    return o;
}

static void json_single(struct bl_session *s, const struct run_figures *f, json_t *o)
{
    json_object_set_new(o, "run", json_integer((json_int_t)bl_workbench_run_number(s->workbench)));
    json_common(f, o);
    if (f->status == BL_ENDED)
        json_object_set_new(o, "stopped_by", bl_json_text(bl_workbench_stopped_by(s->workbench)));
    json_early(f, o);
    if (f->status == BL_DIVERGED_RUN)
        json_error(o, bl_trainer_why(f->trainer));
}

static json_t *json_contestant(const struct run_figures *f)
{
    json_t *o = json_object();

    json_object_set_new(o, "name", bl_json_text(f->word));
    json_common(f, o);
    set_if_known(o, "suboptimality", f->suboptimality);
    set_count(o, "epochs_to_target", f->epochs_to_target);
    set_count(o, "samples_to_target", f->samples_to_target);
    set_count(o, "updates_to_target", f->updates_to_target);
    json_object_set_new(o, "rank", json_integer((json_int_t)f->rank));
    json_early(f, o);
    if (f->status == BL_DIVERGED_RUN)
        json_error(o, bl_trainer_why(f->trainer));
    return o;
}

json_t *parameters_json(const double *theta, size_t outputs, size_t per_output)
{
    json_t *list = json_array();

    for (size_t k = 0; k < outputs; k++) {
        json_t *row = outputs == 1 ? list : json_array();
        for (size_t j = 0; j < per_output; j++)
            json_array_append_new(row, bl_json_number(theta[k * per_output + j]));
        if (row != list)
            json_array_append_new(list, row);
    }
    return list;
}

/* ---- the table ----------------------------------------------------------------------------------*/

static bool any_validation(const struct run_figures *f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(f[i].now.validation_loss))
            return true;
    return false;
}

static void table_columns(struct bl_grid *g, bool compare, bool validation, const char *target)
{
    bl_grid_column(g, compare ? "contestant" : "regime", BL_LEFT);
    bl_grid_column(g, "lr", BL_MIXED);
    bl_grid_column(g, "updates", BL_COUNT);
    bl_grid_column(g, "samples", BL_COUNT);
    bl_grid_column(g, "loss", BL_NUMBER);
    if (compare && target[0]) {
        bl_grid_column(g, "above opt", BL_MIXED);
        bl_grid_column(g, target, BL_COUNT);
    }
    if (validation)
        bl_grid_column(g, "valid", BL_NUMBER);
    if (!compare) {
        bl_grid_column(g, "objective", BL_NUMBER);
        bl_grid_column(g, "|gradient|", BL_MIXED);
    }
    bl_grid_column(g, "time", BL_SECONDS);
}

static void table_row(struct bl_grid *g, const struct run_figures *f, size_t i, bool compare, bool validation, bool target)
{
    if (compare)
        bl_grid_mark(g, i);
    bl_grid_text(g, f->name);
    bl_grid_number(g, f->settings->regime == BL_FULL ? NAN : bl_trainer_lr(f->trainer));
    bl_grid_count(g, f->now.updates);
    bl_grid_count(g, f->now.samples);
    bl_grid_number(g, f->now.train_loss);
    if (compare && target) {
        bl_grid_number(g, f->suboptimality);
        if (!isfinite(f->cost_to_target))
            bl_grid_skip(g);
        else if (f->cost_to_target == floor(f->cost_to_target))
            bl_grid_count(g, (uint64_t)f->cost_to_target);
        else
            bl_grid_number(g, f->cost_to_target);
    }
    if (validation)
        bl_grid_number(g, f->now.validation_loss);
    if (!compare) {
        bl_grid_number(g, f->now.objective);
        bl_grid_number(g, f->now.gradient_norm);
    }
    bl_grid_number(g, f->now.seconds);
}

static bool before(const struct run_figures *a, const struct run_figures *b)
{
    if (a->cost_to_target != b->cost_to_target)
        return a->cost_to_target < b->cost_to_target;
    if ((a->status == BL_DIVERGED_RUN) != (b->status == BL_DIVERGED_RUN))
        return b->status == BL_DIVERGED_RUN;
    return !isfinite(a->cost_to_target) && a->now.objective < b->now.objective;
}

/* By the cost to the target; who did not reach it by the objective, who diverged last. */
static void rank_all(struct run_figures *f, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        f[i].rank = 1;
        for (size_t j = 0; j < n; j++)
            f[i].rank += j != i && (before(&f[j], &f[i]) || (!before(&f[i], &f[j]) && j < i));
    }
}

static void table_add(struct bl_session *s, struct bl_result *r, const struct run_figures *f, size_t n)
{
    bool compare = bl_workbench_compares(s->workbench), validation = any_validation(f, n);
    double target = bl_workbench_target(s->workbench);
    char header[48] = "", number[32];
    struct bl_grid *g = bl_result_grid(r);

    if (!isnan(target))
        snprintf(header, sizeof header, "%s%sto %s", bl_workbench_budget(s->workbench).cost ? bl_cost_name(bl_workbench_budget(s->workbench).cost) : "",
                 bl_workbench_budget(s->workbench).cost ? " " : "", bl_number_format(number, sizeof number, target, 4));
    table_columns(g, compare, validation, header);
    for (size_t rank = 1; rank <= n; rank++)
        for (size_t i = 0; i < n; i++)
            if (f[i].rank == rank)
                table_row(g, &f[i], i, compare, validation, !isnan(target));
}

/* ---- what is said below it ------------------------------------------------------------------------*/

static void say_diverged(struct bl_result *r, const struct run_figures *f, bool compare)
{
    const struct bl_error *why = bl_trainer_why(f->trainer);

    if (compare)
        bl_result_line(r, "%s: %s", f->name, why->message);
    else
        bl_result_line(r, "%s", why->message);
    if (why->reason[0])
        bl_result_line(r, "  reason: %s", why->reason);
    if (why->hint[0])
        bl_result_line(r, "  hint: %s", why->hint);
}

/* Finite, and further from the optimum than at the start: the step is too large, which no number of the table says by itself. */
static void say_risen(struct bl_result *r, const struct run_figures *f, bool compare)
{
    const struct bl_settings *s = f->settings;
    char from[32], to[32], lr[32], batch[32] = "";
    size_t n;
    const struct bl_point *start = bl_trainer_points(f->trainer, &n);

    if (s->regime == BL_FULL || isnan(s->lr) || f->now.epoch < 1 || n < 2 || start->updates != 0 || !(f->now.objective > 1.1 * start->objective))
        return;
    if (s->regime == BL_MINI)
        snprintf(batch, sizeof batch, "mini:%zu", s->batch);
    bl_result_line(r, "%s%sthe objective rose from %s at the start to %s: lr=%s is too large for these rows", compare ? f->name : "", compare ? ": " : "",
                   bl_number_format(from, sizeof from, start->objective, 4), bl_number_format(to, sizeof to, f->now.objective, 4),
                   bl_number_exact(lr, sizeof lr, s->lr));
    bl_result_line(r, "  hint: train %s%s%s lr=auto", s->regime == BL_BATCH ? "batch" : s->regime == BL_MINI ? batch : "sgd",
                   strcmp(s->optimizer->name, "gd") ? " optimizer=" : "", strcmp(s->optimizer->name, "gd") ? s->optimizer->name : "");
}

/* "epoch 12 of 20, paused": where the run stands, in words. */
static void say_where(struct bl_session *s, struct bl_result *r, const struct run_figures *f, size_t n)
{
    uint64_t planned = bl_workbench_planned(s->workbench);
    const char *state = bl_status_name(f[0].status);
    double epoch = 0;
    char at[32];

    for (size_t i = 0; i < n; i++) {
        epoch = f[i].now.epoch > epoch ? f[i].now.epoch : epoch;
        if (strcmp(state, bl_status_name(f[i].status)) != 0)
            state = "not all in the same state";
    }
    if (f[0].status == BL_ENDED && n == 1 && strcmp(bl_workbench_stopped_by(s->workbench), "epochs") != 0)
        state = bl_workbench_stopped_by(s->workbench)[0] ? "stopped early" : state;
    if (bl_workbench_resumes(s->workbench))
        state = s->in_dashboard ? "running" : "goes on behind the prompt; watch shows it, pause holds it";
    snprintf(at, sizeof at, epoch == floor(epoch) ? "%.0f" : epoch < 1000 ? "%.4g" : "%.1f", epoch);
    if (planned == 0 || epoch > (double)planned)
        bl_result_line(r, "epoch %s, %s", at, state);
    else
        bl_result_line(r, "epoch %s of %llu, %s", at, (unsigned long long)planned, state);
}

static void say_early(struct bl_result *r, const struct run_figures *f, bool compare)
{
    char best[32];

    bl_result_line(r, "%s%spatience=%llu ran out at epoch %llu: back to the best %s, %s at epoch %llu", compare ? f->name : "", compare ? ": " : "",
                   (unsigned long long)f->settings->patience, (unsigned long long)f->patience.epoch, f->patience.validation ? "validation loss" : "objective",
                   bl_number_format(best, sizeof best, f->patience.best, 4), (unsigned long long)f->patience.best_epoch);
}

static void say_broke(struct bl_session *s, struct bl_result *r, const struct run_figures *f)
{
    const struct bl_broke *broke = bl_workbench_broke(s->workbench);
    bool compare = bl_workbench_compares(s->workbench);

    if (broke)
        bl_result_line(r, "break %zu%s%s at update %llu: %s; run goes on", broke->number, compare ? " in " : "", compare ? f[broke->run].name : "",
                       (unsigned long long)broke->update, broke->text);
}

static void say_end(struct bl_session *s, struct bl_result *r, const struct run_figures *f, size_t n)
{
    const char *by = bl_workbench_stopped_by(s->workbench);
    char a[32];
    bool compare = bl_workbench_compares(s->workbench);

    for (size_t i = 0; i < n; i++)
        if (f[i].status == BL_DIVERGED_RUN)
            say_diverged(r, &f[i], compare);
        else
            say_risen(r, &f[i], compare);
    for (size_t i = 0; i < n; i++)
        if (f[i].early)
            say_early(r, &f[i], compare);
    if (by[0] && strcmp(by, "epochs") != 0 && !f[0].early)
        bl_result_line(r, "stopped: %s", by);
    say_broke(s, r, f);
    if (!compare && isnan(f[0].settings->lr) && !f[0].settings->search && f[0].settings->regime != BL_FULL && f[0].now.updates <= bl_trainer_updates_per_epoch(f[0].trainer) * 20)
        bl_result_line(r, "lr=auto took %s%s", bl_number_format(a, sizeof a, bl_trainer_lr(f[0].trainer), 4),
                       f[0].settings->optimizer->adaptive ? "" : isinf(bl_trainer_objective(f[0].trainer)->type->curvature_bound) ? ": its curvature has no bound to take 1/L of" : ", which is 1/L for the rows of one update");
}

/* What all contestants share, as hashes: the first digits for people, all of them for programs. */
static void tell_fairness(struct bl_session *s, struct bl_result *r, const struct run_figures *f, size_t n)
{
    struct bl_fairness fair;
    struct bl_budget b = bl_workbench_budget(s->workbench);
    json_t *o = json_object();
    bool same = true;

    if (!bl_fairness_of(f[0].trainer, &fair, NULL)) {
        json_decref(o);
        return;
    }
    for (size_t i = 1; i < n; i++) /* rows are lent from one matrix; starts could differ */
        same = same && bl_trainer_objective(f[i].trainer) == bl_trainer_objective(f[0].trainer) && bl_trainer_start_is(f[i].trainer, f[0].trainer);
    json_object_set_new(o, "start", json_string(fair.start));
    json_object_set_new(o, "data", json_string(fair.data));
    json_object_set_new(o, "split", json_string(fair.split));
    json_object_set_new(o, "same", json_boolean(same));
    json_object_set_new(o, "cost", json_string(bl_cost_name(b.cost)));
    if (b.amount > 0)
        json_object_set_new(o, "budget", json_real(b.amount));
    bl_result_set(r, "fairness", o);
    bl_result_line(r, "%s start %.8s, data %.8s, split %.8s; compared at equal %s", same ? "same" : "NOT the same", fair.start, fair.data, fair.split,
                   bl_cost_name(b.cost));
}

static json_t *quantiles_json(const double *q)
{
    json_t *list = json_array();

    for (size_t k = 0; k < BL_BAND_LEVELS; k++)
        json_array_append_new(list, bl_json_number(q[k]));
    return list;
}

static json_t *band_json(const struct bl_repeats *b, size_t i, const struct run_figures *f)
{
    static const char *const names[] = { "q10", "q25", "median", "q75", "q90" };
    json_t *o = json_object(), *cost = json_array();
    size_t reached = 0, diverged = 0;

    for (size_t s = 0; s < b->seeds; s++) {
        reached += isfinite(b->to_target[i * b->seeds + s]);
        diverged += b->diverged[i * b->seeds + s];
    }
    json_object_set_new(o, "name", bl_json_text(f->word));
    for (size_t j = 0; j < b->points; j++)
        json_array_append_new(cost, bl_json_number(b->cost[i * b->points + j]));
    json_object_set_new(o, "cost", cost);
    for (size_t k = 0; k < BL_BAND_LEVELS; k++) {
        json_t *list = json_array();
        for (size_t j = 0; j < b->points; j++)
            json_array_append_new(list, bl_json_number(b->bands[(i * b->points + j) * BL_BAND_LEVELS + k]));
        json_object_set_new(o, names[k], list);
    }
    json_object_set_new(o, "cost_to_target", quantiles_json(b->target_quantiles + i * BL_BAND_LEVELS));
    json_object_set_new(o, "reached", json_integer((json_int_t)reached));
    json_object_set_new(o, "diverged", json_integer((json_int_t)diverged));
    return o;
}

static const char *cost_text(char *buffer, size_t size, double x)
{
    if (!isfinite(x))
        snprintf(buffer, size, "-");
    else if (x >= 1)
        bl_count_format(buffer, size, x);
    else
        bl_number_format(buffer, size, x, 3);
    return buffer;
}

/* The spread over seeds: one line a contestant, in the order of their rank. */
static void tell_repeats(struct bl_session *s, struct bl_result *r, const struct run_figures *f, size_t n)
{
    const struct bl_repeats *b = bl_workbench_repeats(s->workbench);
    struct bl_grid *g = b ? bl_result_grid(r) : NULL;
    json_t *all = b ? json_array() : NULL;
    char header[80], text[32];

    if (!b)
        return;
    snprintf(header, sizeof header, "over %zu seeds", b->seeds);
    bl_grid_column(g, header, BL_LEFT);
    for (size_t k = 0; k < BL_BAND_LEVELS; k++)
        bl_grid_column(g, ((const char *const[]){ "10%", "25%", "median", "75%", "90%" })[k], BL_MIXED);
    bl_grid_column(g, "reached", BL_COUNT);
    bl_grid_column(g, "end 10%", BL_NUMBER);
    bl_grid_column(g, "median", BL_NUMBER);
    bl_grid_column(g, "90%", BL_NUMBER);
    for (size_t rank = 1; rank <= n; rank++)
        for (size_t i = 0; i < n && i < b->contestants; i++) {
            const double *q = b->target_quantiles + i * BL_BAND_LEVELS, *end = b->bands + (i * b->points + b->points - 1) * BL_BAND_LEVELS;
            size_t reached = 0;
            if (f[i].rank != rank)
                continue;
            for (size_t k = 0; k < b->seeds; k++)
                reached += isfinite(b->to_target[i * b->seeds + k]);
            bl_grid_mark(g, i);
            bl_grid_text(g, f[i].name);
            for (size_t k = 0; k < BL_BAND_LEVELS; k++)
                bl_grid_text(g, cost_text(text, sizeof text, q[k]));
            bl_grid_count(g, reached);
            bl_grid_number(g, end[0]);
            bl_grid_number(g, end[2]);
            bl_grid_number(g, end[4]);
        }
    for (size_t i = 0; i < n && i < b->contestants; i++)
        json_array_append_new(all, band_json(b, i, &f[i]));
    bl_result_set(r, "bands", all);
    bl_result_set(r, "seeds", json_integer((json_int_t)b->seeds));
    bl_result_line(r, "%s to the target over the seeds, and the objective at the end", bl_cost_name(bl_workbench_budget(s->workbench).cost));
}

static void tell(struct bl_session *s, struct bl_result *r, const struct run_figures *f, size_t n)
{
    json_t *o = bl_result_json(r), *runs;
    const struct bl_optimum *best;
    size_t diverged = 0;

    if (bl_workbench_compares(s->workbench)) {
        runs = json_array();
        for (size_t i = 0; i < n; i++)
            json_array_append_new(runs, json_contestant(&f[i]));
        json_object_set_new(o, "runs", runs);
        best = bl_workbench_optimum(s->workbench, NULL);
        if (best && best->exists)
            set_if_known(o, "optimum", best->objective);
        set_if_known(o, "target", bl_workbench_target(s->workbench));
    } else {
        json_single(s, &f[0], o);
    }
    if (bl_workbench_broke(s->workbench))
        json_object_set_new(o, "broke", broke_json(bl_workbench_broke(s->workbench), f));
    table_add(s, r, f, n);
    if (bl_workbench_compares(s->workbench))
        tell_repeats(s, r, f, n);
    say_where(s, r, f, n);
    say_end(s, r, f, n);
    if (bl_workbench_compares(s->workbench))
        tell_fairness(s, r, f, n);
    for (size_t i = 0; i < n; i++)
        diverged += f[i].status == BL_DIVERGED_RUN;
    if (diverged == n)
        bl_result_status(r, 3);
}

bool run_tell_result(struct bl_session *s, struct bl_result *r, struct bl_error *err)
{
    struct bl_race *race = bl_workbench_race(s->workbench, err);
    struct run_figures f[CONTESTANTS_MAX];
    size_t n = race ? bl_race_size(race) : 0;

    for (size_t i = 0; i < n; i++)
        if (!run_figures(s, i, &f[i], err))
            return false;
    if (!race)
        return false;
    rank_all(f, n);
    tell(s, r, f, n);
    return true;
}

/* Rows for the chart, so that a person has chart and table on one screen, out of the pager. */
static int beside_table(const struct bl_session *s, const struct bl_race *race, int height)
{
    int rest = s->height - LINES_BESIDE - (race ? (int)bl_race_size(race) : 0);

    if (!s->interactive || rest >= height)
        return height;
    return rest < CHART_LEAST ? CHART_LEAST : rest;
}

bool run_tell_chart(struct bl_session *s, struct bl_result *r, int height, struct bl_error *err)
{
    const struct bl_snapshot *snap;
    struct bl_arena *arena;
    struct bl_chart chart = { 0 };

    height = beside_table(s, bl_workbench_race(s->workbench, NULL), height);
    arena = bl_arena_create(64 * 1024);
    snap = arena ? bl_workbench_snapshot(s->workbench) : NULL;
    if (snap && bl_loss_chart(snap, bl_session_view(s), arena, &chart))
        bl_result_chart(r, &chart, height); /* for programs no picture, but say tells it */
    bl_snapshot_drop(snap);
    bl_arena_free(arena);
    return run_tell_result(s, r, err);
}

bool run_tell_after(struct bl_session *s, struct bl_result *r, int height, struct bl_error *err)
{
    bool good;

    if (s->in_dashboard || stream_after(s, r)) /* a stream may have been started there */
        return true;
    const bool interrupted = bl_workbench_rest(s->workbench);
    good = height ? run_tell_chart(s, r, height, err) : run_tell_result(s, r, err);
    if (interrupted)
        bl_workbench_resume(s->workbench);
    return good;
}
