/* The tree of runs: every run on the current data and model is kept, with its history and tape, and can
 * be taken up again; forks know their parents. Memory is bounded: the tapes of resting runs share what
 * `tape` allows for one, and beyond RUNS_MAX runs or RESTING bytes the oldest go. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/workbench/internal.h"

#define RESTING ((size_t)1 << 30)

static struct run_node *node_of(struct bl_workbench *w, size_t number)
{
    for (size_t i = 0; number && i < w->n_runs; i++)
        if (w->runs[i].number == number)
            return &w->runs[i];
    return NULL;
}

static void node_free(struct run_node *n)
{
    bl_race_free(n->race);
    bl_free(n->reached);
    repeats_free(n->repeats);
}

static void node_drop(struct bl_workbench *w, size_t i)
{
    node_free(&w->runs[i]);
    w->n_runs--;
    memmove(w->runs + i, w->runs + i + 1, (w->n_runs - i) * sizeof *w->runs);
}

/* ---- memory ----------------------------------------------------------------------------------*/

static size_t race_bytes(const struct bl_race *r, bool tape)
{
    size_t bytes = 0;

    for (size_t i = 0; r && i < bl_race_size(r); i++)
        bytes += tape ? bl_trainer_tape_bytes(bl_race_trainer(r, i), NULL) : bl_trainer_bytes(bl_race_trainer(r, i));
    return bytes;
}

static size_t resting_bytes(const struct bl_workbench *w, bool tape, struct bl_race **largest)
{
    size_t bytes = 0, most = 0;

    for (size_t i = 0; i < w->n_runs; i++) {
        size_t own = race_bytes(w->runs[i].race, tape);
        bytes += own;
        if (largest && own > most) {
            most = own;
            *largest = w->runs[i].race;
        }
    }
    return bytes;
}

static bool has_children(const struct bl_workbench *w, size_t number)
{
    for (size_t i = 0; i < w->n_runs; i++)
        if (w->runs[i].parent == number)
            return true;
    return false;
}

/* The oldest that rests, if it can be without children. */
static bool drop_oldest(struct bl_workbench *w)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < w->n_runs; i++)
            if (w->runs[i].race && (pass || !has_children(w, w->runs[i].number))) {
                bl_workbench_event(w, "", "run %zu is forgotten: too many runs to keep", w->runs[i].number);
                node_drop(w, i);
                return true;
            }
    return false;
}

static void bound_memory(struct bl_workbench *w)
{
    struct bl_race *largest = NULL;

    while (resting_bytes(w, true, &largest) > w->defaults.tape && largest) {
        size_t before = race_bytes(largest, true);
        for (size_t i = 0; i < bl_race_size(largest); i++) {
            struct bl_trainer *t = bl_race_trainer(largest, i);
            bl_trainer_tape_shrink(t, bl_trainer_tape_bytes(t, NULL) / 2);
        }
        if (race_bytes(largest, true) == before)
            break;
        largest = NULL;
    }
    while (resting_bytes(w, false, NULL) > RESTING && drop_oldest(w))
        ;
}

bool runs_room(struct bl_workbench *w, struct bl_error *err)
{
    if (!w->runs && !(w->runs = bl_calloc(RUNS_MAX, sizeof *w->runs)))
        return bl_fail_memory(err, "the tree of runs");
    if (w->n_runs == RUNS_MAX)
        drop_oldest(w);
    return true;
}

/* ---- leaving and entering -----------------------------------------------------------------------*/

void run_leave(struct bl_workbench *w)
{
    struct run_node *n = node_of(w, w->run_number);

    if (!n || !w->race)
        return;
    n->race = w->race;
    n->reached = w->reached;
    n->told_diverged = w->told_diverged;
    n->compare = w->compare;
    n->target = w->target;
    n->planned = w->planned;
    n->budget = w->budget;
    n->seeds = w->seeds;
    n->repeats = w->repeats;
    w->repeats = NULL;
    snprintf(n->stopped_by, sizeof n->stopped_by, "%s", w->stopped_by);
    w->race = NULL;
    w->reached = w->told_diverged = NULL;
    run_end(w); /* the goal */
    bound_memory(w);
}

static void run_take(struct bl_workbench *w, struct run_node *n)
{
    w->race = n->race;
    w->reached = n->reached;
    w->told_diverged = n->told_diverged;
    w->compare = n->compare;
    w->target = n->target;
    w->planned = n->planned;
    w->budget = n->budget;
    w->seeds = n->seeds;
    w->repeats = n->repeats;
    n->repeats = NULL;
    snprintf(w->stopped_by, sizeof w->stopped_by, "%s", n->stopped_by);
    w->run_number = n->number;
    w->worker.elapsed = 0;
    w->worker.rate = NAN;
    w->worker.stale = true;
    n->race = NULL;
    n->reached = n->told_diverged = NULL;
}

bool run_enter(struct bl_workbench *w, const struct run_node *as, struct bl_error *err)
{
    struct run_node *n;

    if (!runs_room(w, err))
        return false;
    for (size_t i = 0; i < bl_race_size(as->race); i++)
        if (!bl_trainer_keep_path(bl_race_trainer(as->race, i), err))
            return false;
    stream_leave(w);
    run_leave(w);
    n = &w->runs[w->n_runs++];
    *n = *as;
    n->number = ++w->last_run;
    run_take(w, n);
    return true;
}

void runs_end(struct bl_workbench *w)
{
    run_end(w);
    for (size_t i = 0; i < w->n_runs; i++)
        node_free(&w->runs[i]);
    bl_free(w->runs);
    w->runs = NULL;
    w->n_runs = w->run_number = 0;
}

/* ---- forks -------------------------------------------------------------------------------------------*/

static bool name_fits(struct bl_workbench *w, const char *name, struct bl_error *err)
{
    bool digits = name[0] != '\0';

    for (const char *c = name; *c; c++)
        digits = digits && isdigit((unsigned char)*c);
    if (digits || strlen(name) >= sizeof w->runs->name) {
        bl_fail(err, BL_VALUE, digits ? "a run is not named by a number: %s" : "the name of a run has less than 64 bytes: %.20s...", name);
        return bl_hint(err, "fork b%.8s", digits ? name : "");
    }
    for (size_t i = 0; name[0] && i < w->n_runs; i++)
        if (!strcmp(w->runs[i].name, name)) {
            bl_fail(err, BL_VALUE, "run %zu is called '%s' already", w->runs[i].number, name);
            return bl_hint(err, "fork another name; or use run %s", name);
        }
    return true;
}

static struct bl_race *race_forked(struct bl_workbench *w, size_t contestant, const struct bl_settings *s, struct bl_error *err)
{
    struct bl_trainer *from = bl_race_trainer(w->race, contestant), *t;
    bool needs = isnan(s->lr) && !s->search && s->regime != BL_FULL && !s->optimizer->adaptive;
    const struct bl_smoothness *smooth = needs ? bl_workbench_smoothness(w, err) : NULL;
    struct bl_race *race;

    if (needs && !smooth)
        return NULL;
    t = bl_trainer_fork(from, s, smooth, w->pool, err);
    race = t ? bl_race_create(w->pool, err) : NULL;
    if (!race)
        bl_trainer_free(t);
    else if (bl_race_adopt(race, "", t, err))
        return race;
    bl_race_free(race);
    return NULL;
}

bool bl_workbench_fork(struct bl_workbench *w, const char *name, size_t contestant, const struct bl_settings *s, const char *changed,
                       struct bl_error *err)
{
    struct run_node n = { .parent = w->run_number, .target = w->target, .planned = s->epochs };
    bool *flags;

    if (!bl_workbench_race(w, err) || !name_fits(w, name, err) || !(n.race = race_forked(w, contestant, s, err)))
        return false;
    flags = bl_calloc(2, sizeof *flags);
    n.reached = flags;
    n.told_diverged = flags ? flags + 1 : NULL;
    n.forked_epoch = bl_trainer_epoch(bl_race_trainer(n.race, 0));
    n.forked_update = bl_trainer_update(bl_race_trainer(n.race, 0));
    snprintf(n.name, sizeof n.name, "%s", name);
    snprintf(n.changed, sizeof n.changed, "%s", changed);
    if (!flags || !run_enter(w, &n, err)) {
        node_free(&n);
        return flags ? false : bl_fail_memory(err, "the fork");
    }
    bl_workbench_event(w, name, "run %zu forks off run %zu at epoch %.6g%s%s", w->run_number, n.parent, n.forked_epoch, changed[0] ? ": " : "", changed);
    bl_snapshot_drop(bl_workbench_snapshot(w));
    return true;
}

/* ---- what is kept --------------------------------------------------------------------------------------*/

size_t bl_workbench_runs(const struct bl_workbench *w) { return w->n_runs; }

struct bl_race *bl_workbench_run_race(struct bl_workbench *w, size_t i)
{
    return w->runs[i].number == w->run_number ? w->race : w->runs[i].race;
}

void bl_workbench_run_info(struct bl_workbench *w, size_t i, struct bl_run_info *out)
{
    const struct run_node *n = &w->runs[i];
    struct bl_race *r = bl_workbench_run_race(w, i);

    *out = (struct bl_run_info){ .number = n->number, .parent = n->parent, .contestants = bl_race_size(r), .current = n->number == w->run_number,
                                 .forked_epoch = n->forked_epoch, .forked_update = n->forked_update, .objective = NAN };
    bl_show(out->name, sizeof out->name, n->name, strlen(n->name));
    bl_show(out->changed, sizeof out->changed, n->changed, strlen(n->changed));
    if (out->contestants == 1)
        snprintf(out->what, sizeof out->what, "%s", bl_race_name(r, 0));
    else
        snprintf(out->what, sizeof out->what, "%zu contestants", out->contestants);
    out->status = bl_trainer_status(bl_race_trainer(r, 0));
    out->tape_bytes = race_bytes(r, true);
    for (size_t k = 0; k < out->contestants; k++) {
        size_t points;
        const struct bl_point *p = bl_trainer_points(bl_race_trainer(r, k), &points);
        double epoch = bl_trainer_epoch(bl_race_trainer(r, k));
        out->epoch = epoch > out->epoch ? epoch : out->epoch;
        if (points && !(p[points - 1].objective >= out->objective))
            out->objective = p[points - 1].objective;
    }
}

size_t bl_workbench_run_find(struct bl_workbench *w, const char *name, struct bl_error *err)
{
    int64_t number = 0;
    struct bl_text names = { 0 };

    bl_integer_parse(name, strlen(name), &number);
    for (size_t i = 0; i < w->n_runs; i++)
        if ((w->runs[i].name[0] && !strcmp(w->runs[i].name, name)) || (number > 0 && w->runs[i].number == (size_t)number))
            return i;
    for (size_t i = 0; i < w->n_runs && i < 12; i++)
        bl_text_addf(&names, " %zu%s%s", w->runs[i].number, w->runs[i].name[0] ? "=" : "", w->runs[i].name);
    bl_fail(err, BL_UNKNOWN, "no run '%s'", name);
    bl_hint(err, w->n_runs ? "there are:%s" : "train batch%s", bl_text_get(&names));
    bl_text_free(&names);
    return SIZE_MAX;
}

void bl_workbench_use_run(struct bl_workbench *w, size_t i)
{
    bl_workbench_rest(w);
    stream_leave(w);
    if (w->runs[i].number == w->run_number)
        return;
    size_t number = w->runs[i].number;
    run_leave(w);
    run_take(w, node_of(w, number));
    bl_snapshot_drop(bl_workbench_snapshot(w));
}
