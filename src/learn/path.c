/* The path of a run: its parameters where points were recorded, so that the way can be drawn. Bounded: when it is full
 * every other state goes, and from then on half as many are added. */
#include "src/learn/run.h"

#include <string.h>

enum { PATH_STATES = 256, PATH_LEAST = 8, PATH_BYTES = 4 << 20 };

static size_t states_of(const struct bl_trainer *t)
{
    size_t fit = PATH_BYTES / (t->o->n_params * sizeof(double));

    return fit < PATH_STATES ? fit : PATH_STATES;
}

bool bl_trainer_keep_path(struct bl_trainer *t, struct bl_error *err)
{
    struct bl_path *path = &t->history.path;

    if (path->theta || states_of(t) < PATH_LEAST)
        return true;
    path->capacity = states_of(t) / 2 * 2;
    path->every = 1;
    path->theta = bl_calloc(path->capacity, t->o->n_params * sizeof *path->theta);
    path->samples = bl_calloc(path->capacity, sizeof *path->samples);
    if (!path->theta || !path->samples) {
        bl_path_free(path);
        return bl_fail_memory(err, "the path of the run");
    }
    bl_path_add(t);
    return true;
}

void bl_path_free(struct bl_path *path)
{
    bl_free(path->theta);
    bl_free(path->samples);
    memset(path, 0, sizeof *path);
}

static void halve(struct bl_path *path, size_t p)
{
    for (size_t i = 1; i < path->n / 2; i++) {
        memcpy(path->theta + i * p, path->theta + 2 * i * p, p * sizeof *path->theta);
        path->samples[i] = path->samples[2 * i];
    }
    path->n /= 2;
    path->every *= 2;
}

void bl_path_add(struct bl_trainer *t)
{
    struct bl_path *path = &t->history.path;
    size_t p = t->o->n_params;
    uint64_t samples;

    if (!path->theta)
        return;
    samples = bl_run_samples(t, t->now.update);
    if ((path->n && samples <= path->samples[path->n - 1]) || path->passed++ % path->every)
        return;
    if (path->n == path->capacity) {
        halve(path, p);
        path->passed = 1; /* this one is kept */
    }
    memcpy(path->theta + path->n * p, bl_run_shown(t), p * sizeof *path->theta);
    path->samples[path->n++] = samples;
}

static size_t until(const struct bl_trainer *t, uint64_t update)
{
    uint64_t samples = bl_run_samples(t, update);
    size_t n = t->history.path.n;

    while (n && t->history.path.samples[n - 1] > samples)
        n--;
    return n;
}

void bl_path_forget(struct bl_trainer *t, uint64_t update)
{
    t->history.path.n = until(t, update);
    t->history.path.passed = 0;
}

bool bl_path_copy(const struct bl_trainer *from, struct bl_trainer *to, struct bl_error *err)
{
    const struct bl_path *have = &from->history.path;
    struct bl_path *path = &to->history.path;

    if (!have->theta)
        return true;
    if (!bl_trainer_keep_path(to, err))
        return false;
    path->n = until(from, from->now.update);
    path->every = have->every;
    memcpy(path->theta, have->theta, path->n * to->o->n_params * sizeof *path->theta);
    memcpy(path->samples, have->samples, path->n * sizeof *path->samples);
    return true;
}

const double *bl_trainer_path(const struct bl_trainer *t, size_t *n)
{
    *n = until(t, t->now.update);
    return t->history.path.theta;
}
