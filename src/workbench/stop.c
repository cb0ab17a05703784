/* Where runs stop by themselves: the condition of `until`, asked at ends of epochs, and break points. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/workbench/internal.h"

/* ---- figures ---------------------------------------------------------------------------------*/

/* What stands in every update, so that a condition on it alone need not wait for the end of an epoch. */
static const char *const update_names[] = { "epoch", "updates", "samples", "samples_seen", "lr", "norm(gradient)", "batch_loss" };

static bool update_value(const char *name, struct bl_trainer *t, const struct bl_seen *seen, double *value)
{
    double epoch = bl_trainer_epoch(t), samples = round(epoch * (double)bl_trainer_objective(t)->train->n_rows);
    const double values[] = { epoch, (double)bl_trainer_update(t), samples, samples, bl_trainer_lr_now(t), seen->gradient_norm, seen->loss };

    for (size_t i = 0; i < sizeof update_names / sizeof *update_names; i++)
        if (!strcmp(update_names[i], name)) {
            *value = values[i];
            return true;
        }
    return false;
}

static bool each_update(const struct bl_expression *e)
{
    for (size_t i = 0; i < bl_expression_names(e); i++) {
        size_t at = 0, n = sizeof update_names / sizeof *update_names;
        while (at < n && strcmp(update_names[at], bl_expression_name(e, i)) != 0)
            at++;
        if (at == n)
            return false;
    }
    return bl_expression_names(e) > 0;
}

/* The length of X in "X rises"; 0: another name. */
static size_t rising(const char *name)
{
    size_t n = strlen(name);

    return n > 6 && !strcmp(name + n - 6, " rises") ? n - 6 : 0;
}

static double figure(const char *name, size_t length, const struct bl_point *p, double optimum)
{
    char plain[64];
    double value = NAN;

    if (length < sizeof plain) {
        memcpy(plain, name, length);
        plain[length] = '\0';
        bl_logged_value(plain, p, optimum, &value);
    }
    return value;
}

/* Ends of epochs since the lowest value so far. Points that were looked at are not looked at again, as
 * long as the last of them still stands where it stood. */
static double rises(struct rise *r, const char *name, const struct bl_point *p, size_t n, double optimum)
{
    double last = 0;

    if (r->seen > n || (r->seen && p[r->seen - 1].samples != r->samples))
        *r = (struct rise){ 0 };
    for (; r->seen < n; r->seen++) {
        double value = figure(name, rising(name), &p[r->seen], optimum);
        if (p[r->seen].epoch == floor(p[r->seen].epoch) && (!r->any || value < r->best)) {
            r->any = !isnan(value);
            r->best = value;
            r->at = p[r->seen].epoch;
        }
        r->samples = p[r->seen].samples;
    }
    last = n ? floor(p[n - 1].epoch) : 0;
    return r->any ? last - r->at : 0;
}

double bl_epochs_without_best(const char *name, const struct bl_point *p, size_t n, double optimum)
{
    struct rise r = { 0 };

    return rises(&r, name, p, n, optimum);
}

/* ---- conditions --------------------------------------------------------------------------------*/

void condition_make(struct condition *c, struct bl_expression *e)
{
    *c = (struct condition){ .e = e, .each_update = each_update(e) };
}

static bool names_optimum(const struct bl_expression *e)
{
    for (size_t i = 0; e && i < bl_expression_names(e); i++)
        if (!strncmp(bl_expression_name(e, i), "optimum", 7) || !strncmp(bl_expression_name(e, i), "suboptimality", 13))
            return true;
    return false;
}

bool conditions_know(struct bl_workbench *w, const struct bl_expression *until, struct bl_error *err)
{
    const struct bl_optimum *best;
    bool needed = names_optimum(until);

    for (size_t i = 0; i < w->n_breaks; i++)
        needed = needed || names_optimum(w->breaks[i].condition.e);
    if (!needed)
        return true;
    best = bl_workbench_optimum(w, err);
    if (!best || best->exists || !names_optimum(until))
        return best != NULL;
    bl_fail(err, BL_STATE, "there is no optimum to measure from: %s", best->reason);
    return bl_hint(err, "until gradient_norm < 1e-6, or model %s l2=0.01", w->objective.type->name);
}

void condition_done(struct condition *c)
{
    bl_expression_free(c->e);
    bl_free(c->rises);
    bl_free(c->held);
    *c = (struct condition){ 0 };
}

bool condition_begin(struct condition *c, size_t runs, struct bl_error *err)
{
    bl_free(c->rises);
    bl_free(c->held);
    c->rises = bl_calloc(runs * bl_expression_names(c->e) + 1, sizeof *c->rises);
    c->held = bl_calloc(runs + 1, sizeof *c->held);
    return (c->rises && c->held) || bl_fail_memory(err, "a condition");
}

bool condition_holds(const struct bl_workbench *w, struct condition *c, size_t i, struct bl_trainer *t, const struct bl_seen *seen)
{
    double values[64] = { 0 }, optimum = w->has_optimum && w->optimum.exists ? w->optimum.objective : NAN;
    size_t n, names = bl_expression_names(c->e);
    const struct bl_point *p = bl_trainer_points(t, &n);

    if (n == 0)
        return false;
    for (size_t k = 0; k < names; k++) {
        const char *name = bl_expression_name(c->e, k);
        if (seen && c->each_update)
            update_value(name, t, seen, &values[k]);
        else if (rising(name))
            values[k] = rises(&c->rises[i * names + k], name, p, n, optimum);
        else
            values[k] = figure(name, strlen(name), &p[n - 1], optimum);
    }
    return bl_expression_value(c->e, values) != 0;
}

static bool known_name(const char *name, bool breaks)
{
    struct bl_point p = { 0 };
    char plain[64];
    double value;
    size_t n = rising(name) ? rising(name) : strlen(name);

    if (n >= sizeof plain)
        return false;
    memcpy(plain, name, n);
    plain[n] = '\0';
    return bl_logged_value(plain, &p, 0, &value) || (breaks && !strcmp(name, "batch_loss"));
}

static bool names_known(const struct bl_expression *e, bool breaks, struct bl_error *err)
{
    size_t n = 0;

    while (bl_logged_names[n])
        n++;
    if (e && !bl_expression_plain(e, err))
        return false;
    for (size_t i = 0; e && i < bl_expression_names(e); i++) {
        const char *name = bl_expression_name(e, i), *near;
        if (known_name(name, breaks))
            continue;
        near = bl_nearest(name, bl_logged_names, n);
        bl_fail(err, BL_UNKNOWN, "nothing called '%s' is logged", name);
        return bl_hint(err, "%s%s%slogged: epoch updates samples train_loss validation_loss objective gradient_norm lr seconds suboptimality",
                       near ? "did you mean '" : "", near ? near : "", near ? "'? " : "");
    }
    return true;
}

bool bl_condition_known(const struct bl_expression *e, struct bl_error *err)
{
    return names_known(e, false, err);
}

/* ---- break points ---------------------------------------------------------------------------------*/

size_t bl_workbench_break_add(struct bl_workbench *w, struct bl_expression *e, struct bl_error *err)
{
    struct break_point *b;

    bl_workbench_rest(w);
    if (w->n_breaks == BREAKS_MAX) {
        bl_fail(err, BL_LIMIT, "there are %d break points already", (int)BREAKS_MAX);
        bl_hint(err, "break off");
    } else if (names_known(e, true, err)) {
        b = &w->breaks[w->n_breaks++];
        condition_make(&b->condition, e);
        b->number = ++w->last_break;
        w->worker.stale = true;
        return b->number;
    }
    bl_expression_free(e);
    return 0;
}

bool bl_workbench_break_remove(struct bl_workbench *w, size_t number)
{
    size_t kept = 0, before = w->n_breaks;

    bl_workbench_rest(w);
    for (size_t i = 0; i < before; i++) {
        if (number && w->breaks[i].number != number)
            w->breaks[kept++] = w->breaks[i];
        else
            condition_done(&w->breaks[i].condition);
    }
    w->n_breaks = kept;
    w->worker.stale = true;
    return kept < before;
}

size_t bl_workbench_breaks(const struct bl_workbench *w) { return w->n_breaks; }

const char *bl_workbench_break_at(const struct bl_workbench *w, size_t i, size_t *number, bool *updates)
{
    *number = w->breaks[i].number;
    *updates = w->breaks[i].condition.each_update;
    return bl_expression_text(w->breaks[i].condition.e);
}

const struct bl_broke *bl_workbench_broke(const struct bl_workbench *w) { return w->broke.number ? &w->broke : NULL; }

/* Asked by trainers, each in its own thread and with flags of its own. A break speaks where its condition
 * begins to hold, so that one can go on from there. */
static bool asked(void *context, struct bl_trainer *t, const struct bl_seen *seen)
{
    struct watcher *me = context;
    struct bl_workbench *w = me->w;
    bool stops = false;

    for (size_t i = 0; i < w->n_breaks; i++) {
        struct condition *c = &w->breaks[i].condition;
        bool holds, began;
        if (c->each_update == (seen->point != NULL))
            continue;
        holds = condition_holds(w, c, me->run, t, seen);
        began = holds && !c->held[me->run];
        c->held[me->run] = holds;
        if (began && !stops)
            me->found = w->breaks[i].number;
        stops = stops || began;
    }
    return stops;
}

bool breaks_begin(struct bl_workbench *w, struct bl_error *err)
{
    size_t n = bl_race_size(w->race);
    bool updates = false;

    bl_free(w->watchers);
    w->watchers = bl_calloc(n, sizeof *w->watchers);
    if (!w->watchers)
        return bl_fail_memory(err, "the break points");
    for (size_t i = 0; i < w->n_breaks; i++) {
        updates = updates || w->breaks[i].condition.each_update;
        if (!condition_begin(&w->breaks[i].condition, n, err))
            return false;
    }
    for (size_t i = 0; i < n; i++) {
        struct bl_trainer *t = bl_race_trainer(w->race, i);
        w->watchers[i] = (struct watcher){ .w = w, .run = i };
        bl_trainer_watch(t, w->n_breaks ? asked : NULL, &w->watchers[i], updates);
        for (size_t k = 0; k < w->n_breaks; k++) /* where it stopped, it has been told */
            w->breaks[k].condition.held[i] = w->broke.number == w->breaks[k].number && w->broke.run == i &&
                                             w->broke.update == bl_trainer_update(t);
    }
    w->broke = (struct bl_broke){ 0 };
    return true;
}

void breaks_end(struct bl_workbench *w)
{
    for (size_t i = 0; i < bl_race_size(w->race); i++) {
        struct bl_trainer *t = bl_race_trainer(w->race, i);
        bl_trainer_watch(t, NULL, NULL, false);
        if (!bl_trainer_broke(t) || w->broke.number || !w->watchers || !w->watchers[i].found)
            continue;
        w->broke = (struct bl_broke){ .number = w->watchers[i].found, .run = i, .update = bl_trainer_update(t), .epoch = bl_trainer_epoch(t) };
        for (size_t k = 0; k < w->n_breaks; k++)
            if (w->breaks[k].number == w->broke.number)
                snprintf(w->broke.text, sizeof w->broke.text, "%s", bl_expression_text(w->breaks[k].condition.e));
        bl_workbench_event(w, bl_race_name(w->race, i), "break %zu at update %llu: %s", w->broke.number,
                           (unsigned long long)w->broke.update, w->broke.text);
    }
    bl_free(w->watchers);
    w->watchers = NULL;
}
