/* Sights: what views show beyond curves and figures. Each is made once for a state of the race, lives in an arena of
 * its own and is shared by the snapshots that follow. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/workbench/internal.h"

static const struct { const void *(*make)(struct sight_maker *m); size_t at; /* its pointer in a snapshot */ } kinds[BL_SIGHTS] = {
    [BL_SIGHT_BOUNDARY] = { boundary_make, offsetof(struct bl_snapshot, boundary) },
    [BL_SIGHT_SURFACE] = { surface_make, offsetof(struct bl_snapshot, surface) },
    [BL_SIGHT_THEORY] = { theory_make, offsetof(struct bl_snapshot, theory) },
    [BL_SIGHT_UPDATE] = { update_make, offsetof(struct bl_snapshot, update) },
    [BL_SIGHT_EVALUATION] = { evaluation_make, offsetof(struct bl_snapshot, evaluation) },
    [BL_SIGHT_LAYERS] = { layers_make, offsetof(struct bl_snapshot, layers) },
};

void sight_drop(struct sight *s)
{
    if (s && atomic_fetch_sub(&s->references, 1) == 1)
        bl_arena_free(s->arena); /* it lies in it itself */
}

void sights_forget(struct bl_workbench *w)
{
    for (size_t i = 0; i < BL_SIGHTS; i++) {
        sight_drop(w->sights[i]);
        w->sights[i] = NULL;
    }
    boundary_forget(w);
    surface_forget(w);
    w->objectives++;
}

/* ---- making ------------------------------------------------------------------------------------------*/

static struct sight_key key_of(const struct bl_workbench *w, const struct bl_sights *look)
{
    struct sight_key key;

    memset(&key, 0, sizeof key); /* it is compared by its bytes */
    key.run = w->run_number;
    key.objective = w->objectives;
    key.look.front = look->front;
    memcpy(key.look.axes, look->axes, strnlen(look->axes, sizeof key.look.axes - 1));
    memcpy(key.look.plane, look->plane, strnlen(look->plane, sizeof key.look.plane - 1));
    for (size_t i = 0; i < bl_race_size(w->race); i++) {
        uint64_t update = bl_trainer_update(bl_race_trainer(w->race, i));
        key.state = bl_hash(&update, sizeof update, key.state + i + 1);
    }
    return key;
}

#define SOON 4e9 /* rows × parameters² of which an optimum is found at once */

const struct bl_optimum *sight_optimum(const struct sight_maker *m)
{
    struct bl_workbench *w = m->w;
    double p = (double)w->objective.n_params, work = (double)w->objective.train->n_rows * p * p;

    if (!w->has_optimum && !m->in_run && !w->objective.network && work <= SOON && p <= 2000)
        w->has_optimum = bl_optimum_find(&w->objective, w->pool, m->progress, &w->optimum, NULL);
    return w->has_optimum && w->optimum.exists ? &w->optimum : NULL;
}

const char *const *sight_classes(const struct sight_maker *m)
{
    const struct bl_roles *roles = &m->w->prepared->dataset->roles;
    size_t n = bl_trainer_objective(m->front)->n_classes;
    const char **names = bl_arena_take(m->arena, n + 1, sizeof *names);

    for (size_t k = 0; names && k < n; k++) {
        char name[64];
        bl_show(name, sizeof name, bl_roles_label(roles, k), strlen(bl_roles_label(roles, k)));
        names[k] = bl_arena_text(m->arena, name, strlen(name));
        if (!names[k])
            return NULL;
    }
    return names;
}

static bool make(struct bl_workbench *w, enum bl_sight kind, const struct sight_key *key, bool in_run)
{
    struct sight_maker m = { .w = w, .look = &key->look, .front = bl_race_trainer(w->race, key->look.front),
                             .arena = bl_arena_create(64 * 1024), .progress = &w->worker.look_progress,
                             .in_run = in_run };
    struct sight *s = m.arena ? bl_arena_take(m.arena, 1, sizeof *s) : NULL;
    const void *view = s ? kinds[kind].make(&m) : NULL;

    if (!view) { /* the one before stays */
        bl_arena_free(m.arena);
        return false;
    }
    *s = (struct sight){ .arena = m.arena, .references = 1, .view = view, .key = *key };
    sight_drop(w->sights[kind]);
    w->sights[kind] = s;
    return true;
}

/* Seconds that a sight took, or (it never was made) is likely to take. */
static double likely_cost(const struct bl_workbench *w, enum bl_sight kind)
{
    double rows = (double)w->objective.train->n_rows, p = (double)w->objective.n_params;

    if (w->sight_cost[kind] > 0)
        return w->sight_cost[kind];
    if (kind == BL_SIGHT_SURFACE)
        return fmin(SURFACE_WORK, 2000 * rows * p) / 1e9;
    return kind == BL_SIGHT_THEORY ? (rows * p * p + 20 * p * p * p) / 1e9 : 5e-3;
}

/* In a run a sight is made when that fits the time which an epoch is held back anyway; else all of them together may cost
 * 15 in a thousand of the time so far, each its share. */
static bool due(struct bl_workbench *w, enum bl_sight kind, size_t wanted, double now)
{
    double cost = likely_cost(w, kind);

    if (cost < 0.5 * worker_pace(w) || now == 0) /* 0: the clock stands still, as it does in tests */
        return true;
    return w->sight_spent[kind] + cost <= 0.015 * (now - w->worker.busy_since) / (double)wanted;
}

bool sights_refresh(struct bl_workbench *w, const struct bl_sights *look, bool in_run)
{
    struct bl_sights inside = *look;
    size_t wanted = (size_t)__builtin_popcount(look->wanted);
    bool made = false;

    if (!look->wanted || !w->race || bl_race_size(w->race) == 0 || !w->prepared)
        return false;
    inside.front = look->front < bl_race_size(w->race) ? look->front : 0;
    const struct sight_key key = key_of(w, &inside);
    for (enum bl_sight kind = 0; kind < BL_SIGHTS && !bl_stopped(&w->worker.look_progress); kind++) {
        double from = bl_now();
        if (!(look->wanted & 1u << kind) || (w->sights[kind] && !memcmp(&w->sights[kind]->key, &key, sizeof key)) ||
            (in_run && !due(w, kind, wanted, from)) || !make(w, kind, &key, in_run))
            continue;
        w->sight_cost[kind] = bl_now() - from;
        w->sight_spent[kind] += in_run ? w->sight_cost[kind] : 0;
        made = true;
    }
    return made;
}

void sights_share(struct bl_workbench *w, struct bl_snapshot *s, struct sight *held[BL_SIGHTS])
{
    for (size_t i = 0; i < BL_SIGHTS; i++) {
        struct sight *sight = w->race ? w->sights[i] : NULL;
        if (!sight || sight->key.run != w->run_number)
            continue;
        atomic_fetch_add(&sight->references, 1);
        held[i] = sight;
        memcpy((char *)s + kinds[i].at, &sight->view, sizeof sight->view);
    }
}

/* ---- what the owner asks for ---------------------------------------------------------------------------*/

void bl_workbench_look_at(struct bl_workbench *w, const struct bl_sights *what)
{
    struct worker *k = &w->worker;
    bool other, lacking;

    pthread_mutex_lock(&k->lock);
    other = k->look.wanted != what->wanted || k->look.front != what->front || strcmp(k->look.axes, what->axes) != 0 ||
            strcmp(k->look.plane, what->plane) != 0;
    lacking = other || !k->latest || k->latest->serial != k->looked;
    k->look = *what;
    if (what->wanted && lacking && w->race && !k->working && !k->looking && !k->has_goal && k->started) {
        k->look_due = true;
        pthread_cond_broadcast(&k->changed);
    }
    pthread_mutex_unlock(&k->lock);
}

const struct bl_snapshot *bl_workbench_sights(struct bl_workbench *w, const struct bl_sights *what, struct bl_error *err)
{
    if (!bl_workbench_race(w, err))
        return NULL;
    sights_refresh(w, what, false);
    snapshot_publish(w);
    return bl_workbench_snapshot(w);
}
