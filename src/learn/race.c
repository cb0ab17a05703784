/* The race: contestants on the same rows from the same start, side by side on the pool. A contestant
 * is one task; what it computes does not depend on who runs beside it. */
#include "batchlab/learn.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct contestant {
    struct bl_trainer *trainer;
    char name[64];
    bool given;  /* the name */
    bool failed, early;
    struct bl_patience patience; /* where it ran out, if early */
    struct bl_error err;
};

struct bl_race {
    struct bl_pool *pool;
    struct contestant **all;
    size_t n, capacity;
};

struct bl_race *bl_race_create(struct bl_pool *pool, struct bl_error *err)
{
    struct bl_race *r = bl_calloc(1, sizeof *r);

    if (!r)
        bl_fail_memory(err, "a race");
    else
        r->pool = pool;
    return r;
}

void bl_race_free(struct bl_race *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n; i++) {
        bl_trainer_free(r->all[i]->trainer);
        bl_free(r->all[i]);
    }
    bl_free(r->all);
    bl_free(r);
}

/* ---- names -----------------------------------------------------------------------------------------*/
struct name { char *at; size_t size; };

static void BL_PRINTF(2, 3) add(const struct name *name, const char *format, ...)
{
    size_t n = strlen(name->at);
    va_list args;

    va_start(args, format);
    vsnprintf(name->at + n, name->size - n, format, args);
    va_end(args);
}

static const struct bl_settings *settings_of(const struct bl_race *r, size_t i)
{
    return bl_trainer_settings(r->all[i]->trainer);
}

static void plain_name(const struct bl_settings *s, const struct name *name)
{
    bl_settings_display(s, name->at, name->size);
    if (s->regime != BL_FULL && strcmp(s->optimizer->name, "gd") != 0)
        add(name, " %s", s->optimizer->name);
}

/* What tells two settings apart that have the same plain name. */
struct differences { bool lr, schedule, order, seed, clip, accumulate, average, patience, freeze, hyper[6]; };

static struct differences compare(const struct bl_settings *a, const struct bl_settings *b)
{
    struct differences d = {.lr = memcmp(&a->lr, &b->lr, sizeof a->lr) != 0 || a->search != b->search, .patience = a->patience != b->patience,
                            .freeze = a->freeze != b->freeze,
                            .schedule = a->schedule != b->schedule,
                            .order = a->order != b->order, .seed = a->seed != b->seed, .clip = a->clip != b->clip,
                            .accumulate = a->accumulate != b->accumulate, .average = a->average != b->average};

    for (size_t i = 0; i < 6; i++)
        d.hyper[i] = a->hyper[i] != b->hyper[i];
    return d;
}

static void merge(struct differences *into, struct differences d)
{
    into->lr |= d.lr;
    into->schedule |= d.schedule;
    into->order |= d.order;
    into->seed |= d.seed;
    into->clip |= d.clip;
    into->accumulate |= d.accumulate;
    into->average |= d.average;
    into->patience |= d.patience;
    into->freeze |= d.freeze;
    for (size_t i = 0; i < 6; i++)
        into->hyper[i] |= d.hyper[i];
}

static void detailed_name(const struct bl_settings *s, const struct differences *d, const struct name *name)
{
    static const char *const orders[] = {"shuffled", "given", "replacement", "importance"};
    char number[32];

    if (d->lr)
        add(name, " lr=%s", s->search ? "search" : isnan(s->lr) ? "auto" : bl_number_exact(number, sizeof number, s->lr));
    if (d->schedule)
        add(name, " %s", s->schedule->name);
    for (size_t i = 0; i < 6 && s->optimizer->hyper[i].name; i++)
        if (d->hyper[i])
            add(name, " %s=%s", s->optimizer->hyper[i].name, bl_number_exact(number, sizeof number, s->hyper[i]));
    if (d->clip)
        add(name, " clip=%s", bl_number_exact(number, sizeof number, s->clip));
    if (d->accumulate)
        add(name, " accumulate=%llu", (unsigned long long)s->accumulate);
    if (d->average && s->average)
        add(name, " average");
    if (d->patience)
        add(name, " patience=%llu", (unsigned long long)s->patience);
    if (d->freeze)
        add(name, " freeze=%llu", (unsigned long long)s->freeze);
    if (d->order)
        add(name, " %s", orders[s->order]);
    if (d->seed)
        add(name, " seed=%llu", (unsigned long long)s->seed);
}

static bool taken(const struct bl_race *r, size_t i, const char *name)
{
    for (size_t j = 0; j < i; j++)
        if (strcmp(r->all[j]->name, name) == 0)
            return true;
    return false;
}

static void name_contestant(struct bl_race *r, size_t i)
{
    char other[64];
    struct name name = {r->all[i]->name, sizeof other}, its = {other, sizeof other};
    struct differences d = {0};

    plain_name(settings_of(r, i), &name);
    for (size_t j = 0; j < r->n; j++) {
        plain_name(settings_of(r, j), &its);
        if (j != i && !r->all[j]->given && strcmp(name.at, other) == 0)
            merge(&d, compare(settings_of(r, i), settings_of(r, j)));
    }
    detailed_name(settings_of(r, i), &d, &name);
}

/* Two that are still the same get a number. */
static void number_contestant(struct bl_race *r, size_t i)
{
    char base[56], *own = r->all[i]->name;

    snprintf(base, sizeof base, "%.*s", (int)sizeof base - 1, own);
    for (size_t k = 2; taken(r, i, own); k++)
        snprintf(own, sizeof r->all[i]->name, "%s #%zu", base, k);
}

static void name_all(struct bl_race *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (!r->all[i]->given)
            name_contestant(r, i);
    for (size_t i = 0; i < r->n; i++)
        number_contestant(r, i);
}

/* ---- contestants -----------------------------------------------------------------------------------------*/
static bool room_for_one(struct bl_race *r, struct bl_error *err)
{
    size_t capacity = r->capacity ? 2 * r->capacity : 8;
    struct contestant **all;

    if (r->n < r->capacity)
        return true;
    all = bl_realloc(r->all, capacity, sizeof *all);
    if (!all)
        return bl_fail_memory(err, "the contestants");
    r->all = all;
    r->capacity = capacity;
    return true;
}

bool bl_race_adopt(struct bl_race *r, const char *name, struct bl_trainer *t, struct bl_error *err)
{
    struct contestant *c = room_for_one(r, err) ? bl_calloc(1, sizeof *c) : NULL;

    if (!c) {
        bl_trainer_free(t);
        return bl_fail_memory(err, "a contestant");
    }
    c->trainer = t;
    c->given = name && *name;
    if (c->given)
        snprintf(c->name, sizeof c->name, "%s", name);
    r->all[r->n++] = c;
    name_all(r);
    return true;
}

bool bl_race_add(struct bl_race *r, const char *name, const struct bl_objective *o, const struct bl_settings *s,
                 const struct bl_smoothness *smooth, struct bl_error *err)
{
    struct bl_trainer *t = bl_trainer_create(o, s, smooth, r->pool, err);

    return t && bl_race_adopt(r, name, t, err);
}

size_t bl_race_size(const struct bl_race *r) { return r->n; }
struct bl_trainer *bl_race_trainer(const struct bl_race *r, size_t i) { return r->all[i]->trainer; }
const char *bl_race_name(const struct bl_race *r, size_t i) { return r->all[i]->name; }

/* ---- advancing ------------------------------------------------------------------------------------------------*/
struct lap {
    struct bl_race *race;
    uint64_t epoch;
    struct bl_budget spend;  /* amount 0: to the epoch */
    struct bl_progress *progress;
};

static bool runs(const struct contestant *c)
{
    enum bl_status status = bl_trainer_status(c->trainer);

    return status != BL_DIVERGED_RUN && status != BL_CONVERGED && !c->early;
}

/* patience= ran out: back to the best, which the tape has. */
static bool end_early(struct contestant *c, struct bl_progress *progress)
{
    if (bl_trainer_status(c->trainer) == BL_DIVERGED_RUN || !bl_trainer_waited(c->trainer, &c->patience))
        return true;
    c->early = true;
    if (!bl_trainer_goto_epoch(c->trainer, c->patience.best_epoch, progress, &c->err))
        return false;
    bl_trainer_set_status(c->trainer, BL_ENDED);
    return true;
}

static void run_contestant(void *context, size_t i, size_t worker)
{
    const struct lap *lap = context;
    struct contestant *c = lap->race->all[i];
    bool good = true;

    (void)worker;
    c->failed = false;
    if (!runs(c))
        return;
    if (lap->spend.amount > 0)
        good = bl_trainer_spend(c->trainer, lap->spend.cost, lap->spend.amount, lap->progress, &c->err);
    else if (bl_trainer_epoch(c->trainer) < (double)lap->epoch)
        good = bl_trainer_goto_epoch(c->trainer, lap->epoch, lap->progress, &c->err);
    else
        return;
    c->failed = !good || !end_early(c, lap->progress);
}

/* The epoch that the slowest has to finish next; `epoch` when all are there. */
static uint64_t next_lap(const struct bl_race *r, uint64_t epoch)
{
    for (size_t i = 0; i < r->n; i++) {
        uint64_t done = (uint64_t)bl_trainer_epoch(r->all[i]->trainer);
        if (runs(r->all[i]) && done < epoch)
            epoch = done + 1;
    }
    return epoch;
}

static bool finished(const struct bl_race *r, uint64_t epoch)
{
    for (size_t i = 0; i < r->n; i++)
        if (runs(r->all[i]) && bl_trainer_epoch(r->all[i]->trainer) < (double)epoch)
            return false;
    return true;
}

static bool report(struct bl_race *r, struct bl_error *err)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->all[i]->failed) {
            if (err)
                *err = r->all[i]->err;
            return false;
        }
    return true;
}

bool bl_race_early(const struct bl_race *r, size_t i, struct bl_patience *out)
{
    if (r->all[i]->early && out)
        *out = r->all[i]->patience;
    return r->all[i]->early;
}

bool bl_race_broke(const struct bl_race *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (bl_trainer_broke(r->all[i]->trainer))
            return true;
    return false;
}

static void begin_advance(struct bl_race *r)
{
    for (size_t i = 0; i < r->n; i++)
        r->all[i]->early = false;
}

/* One lap of all; false: failed, or (*on false) not to go on. */
static bool run_lap(struct bl_race *r, struct lap *lap, bool (*after)(void *context, struct bl_race *r), void *context, bool *on, struct bl_error *err)
{
    if (r->n == 1) /* its passes take the cores */
        run_contestant(lap, 0, 0);
    else
        bl_pool_run(r->pool, r->n, run_contestant, lap);
    *on = false;
    if (!report(r, err))
        return false;
    *on = !bl_stopped(lap->progress) && (!after || after(context, r)) && !bl_race_broke(r);
    return true;
}

bool bl_race_advance(struct bl_race *r, uint64_t epoch, bool (*after_epoch)(void *context, struct bl_race *r), void *context,
                     struct bl_progress *progress, struct bl_error *err)
{
    bool on = true;

    begin_advance(r);
    while (on && !bl_stopped(progress) && !finished(r, epoch)) {
        struct lap lap = {.race = r, .epoch = next_lap(r, epoch), .progress = progress};
        if (!run_lap(r, &lap, after_epoch, context, &on, err))
            return false;
    }
    return true;
}

bool bl_race_spend(struct bl_race *r, struct bl_budget budget, bool (*after_lap)(void *context, struct bl_race *r), void *context,
                   struct bl_progress *progress, struct bl_error *err)
{
    const int laps = 40;
    bool on = true;

    begin_advance(r);
    for (int i = 1; on && i <= laps && !bl_stopped(progress); i++) {
        struct lap lap = {.race = r, .spend = {budget.cost, budget.amount * i / laps}, .progress = progress};
        if (!run_lap(r, &lap, after_lap, context, &on, err))
            return false;
    }
    return true;
}
