/* The surface: the objective on a plane through the parameters, with the ways that contestants took. It is computed on a
 * grid, over a bounded number of rows, and again only when the plane or its window changes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/workbench/internal.h"

enum { NODES = 48, ROWS_LEAST = 50, STATES_MOST = 600, PARAMETERS_MOST = 200000 };

struct surface_cache {
    size_t run, front;
    char asked[160];
    double *origin, *directions; /* n_params, 2 × n_params: orthonormal */
    size_t parameter[2];         /* SIZE_MAX: the plane of the ways */
    double share;
    size_t states;               /* of the ways when it was made */
    bool best;                   /* through the optimum */
    double from[2], to[2];
    size_t nodes[2];
    double *values;
    struct bl_matrix *rows;      /* NULL: all of the training matrix */
};

struct ways { double *states; size_t *n, all; size_t contestants, p; }; /* one after the other */

void surface_forget(struct bl_workbench *w)
{
    struct surface_cache *c = w->surface;

    if (!c)
        return;
    bl_free(c->origin);
    bl_free(c->directions);
    bl_free(c->values);
    bl_matrix_free(c->rows);
    bl_free(c);
    w->surface = NULL;
}

/* ---- ways -------------------------------------------------------------------------------------------------*/

/* Where each contestant was, and where it stands. A share for each bounds them all. */
static bool ways_take(const struct sight_maker *m, struct ways *ways)
{
    struct bl_race *race = m->w->race;
    size_t p = m->w->objective.n_params, size = bl_race_size(race), most = STATES_MOST / size;

    most = most < 16 ? 16 : most;
    *ways = (struct ways){ .n = bl_arena_take(m->arena, size, sizeof *ways->n), .contestants = size, .p = p };
    ways->states = bl_arena_take(m->arena, size * (most + 1), p * sizeof *ways->states);
    if (!ways->n || !ways->states)
        return false;
    for (size_t i = 0; i < size; i++) {
        size_t n;
        struct bl_trainer *t = bl_race_trainer(race, i);
        const double *path = bl_trainer_path(t, &n);
        size_t kept = n < most ? n : most;
        for (size_t k = 0; path && k < kept; k++)
            memcpy(ways->states + (ways->all + k) * p, path + k * n / kept * p, p * sizeof *path);
        kept = path ? kept : 0;
        memcpy(ways->states + (ways->all + kept) * p, bl_trainer_theta(t), p * sizeof *path);
        ways->n[i] = kept + 1;
        ways->all += kept + 1;
    }
    return true;
}

static double along(const struct surface_cache *c, const double *state, int k, size_t p)
{
    double sum = 0;

    if (c->parameter[0] != SIZE_MAX)
        return state[c->parameter[k]];
    for (size_t j = 0; j < p; j++)
        sum += (state[j] - c->origin[j]) * c->directions[(size_t)k * p + j];
    return sum;
}

/* ---- the plane ----------------------------------------------------------------------------------------------*/

static bool parameters_named(const struct sight_maker *m, const char *text, size_t found[2], struct bl_surface_view *v)
{
    const char *comma = strchr(text, ',');
    size_t n;
    const char *const *names = bl_workbench_parameter_names(m->w, &n, NULL);

    for (int k = 0; k < 2; k++) {
        char name[160];
        snprintf(name, sizeof name, "%.*s", (int)(k || !comma ? strlen(text) : (size_t)(comma - text)), k && comma ? comma + 1 : text);
        found[k] = SIZE_MAX;
        for (size_t i = 0; names && i < n; i++)
            if (!strcmp(names[i], name))
                found[k] = i;
        if (found[k] == SIZE_MAX || (k && found[0] == found[1])) {
            char shown[80];
            bl_show(shown, sizeof shown, name, strlen(name));
            snprintf(v->why, sizeof v->why, "'%.79s' is not one of two different parameters", shown);
            return false;
        }
    }
    return true;
}

/* Two parameters where the model has no more than that beside an intercept, else the plane of the ways. */
static bool choose(const struct sight_maker *m, size_t parameter[2], struct bl_surface_view *v)
{
    const struct bl_objective *o = &m->w->objective;
    const char *asked = m->look->plane;

    parameter[0] = parameter[1] = SIZE_MAX;
    if (asked[0] && strcmp(asked, "path") != 0)
        return parameters_named(m, asked, parameter, v);
    if (!asked[0] && !o->network && o->k == 1 && (o->d == 2 || o->n_params == 2)) {
        parameter[0] = o->n_params - 2;
        parameter[1] = o->n_params - 1;
    }
    return true;
}

static bool plane_make(const struct sight_maker *m, struct surface_cache *c, const struct ways *ways, const struct bl_optimum *best)
{
    size_t p = ways->p;
    double shares[2] = { NAN, NAN };

    c->states = ways->all;
    c->best = best != NULL;
    if (best)
        memcpy(c->origin, best->theta, p * sizeof *c->origin);
    else if (c->parameter[0] != SIZE_MAX)
        memcpy(c->origin, bl_trainer_theta(m->front), p * sizeof *c->origin);
    else
        plane_mean(ways->states, ways->all, p, c->origin);
    if (c->parameter[0] == SIZE_MAX && !plane_of(ways->states, ways->all, p, c->origin, c->directions, shares))
        return false;
    c->share = shares[0] + shares[1];
    return true;
}

/* ---- the window -----------------------------------------------------------------------------------------------*/

static double step_of(double span)
{
    double power = pow(10, floor(log10(span)));
    double m = span / power;

    return (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10) * power;
}

static void bounds(const struct surface_cache *c, const struct ways *ways, int k, double *low, double *high)
{
    *low = INFINITY, *high = -INFINITY;
    for (size_t i = 0; i < ways->all; i++) {
        double x = along(c, ways->states + i * ways->p, k, ways->p);
        if (!isfinite(x))
            continue;
        *low = x < *low ? x : *low;
        *high = x > *high ? x : *high;
    }
    if (!(*low <= *high))
        *low = 0, *high = 1;
}

/* The ways, and the optimum where that is not far off, with some room, in steps of 1, 2 or 5. */
static void window(const struct surface_cache *c, const struct ways *ways, double from[2], double to[2])
{
    for (int k = 0; k < 2; k++) {
        double low, high, span, step, other, best = c->best ? along(c, c->origin, k, ways->p) : NAN;
        bounds(c, ways, k, &low, &high);
        span = high - low;
        bounds(c, ways, 1 - k, &other, &best);
        other = best - other; /* a way that is straight has room to its sides */
        best = c->best ? along(c, c->origin, k, ways->p) : NAN;
        if (isfinite(best) && best < low && low - best < 2 * span + 0.2 * other)
            low = best;
        if (isfinite(best) && best > high && best - high < 2 * span + 0.2 * other)
            high = best;
        span = fmax(high - low, fmax(0.3 * other, 1e-6 * (fabs(low) + fabs(high))));
        span = span > 0 ? span : 1;
        step = step_of(span / 8);
        from[k] = floor((low - 0.12 * span - (span - (high - low)) / 2) / step) * step;
        to[k] = ceil((high + 0.12 * span + (span - (high - low)) / 2) / step) * step;
    }
}

static bool inside(const struct surface_cache *c, const struct ways *ways)
{
    for (int k = 0; k < 2; k++) {
        double low, high;
        bounds(c, ways, k, &low, &high);
        if (low < c->from[k] || high > c->to[k])
            return false;
    }
    return true;
}

/* ---- the grid ----------------------------------------------------------------------------------------------------*/

static bool rows_choose(struct surface_cache *c, const struct bl_objective *o)
{
    size_t n = o->train->n_rows, most;
    uint32_t *index;

    c->nodes[0] = o->n_params > 500 ? NODES / 2 : NODES;
    c->nodes[1] = c->nodes[0] * 3 / 4;
    most = (size_t)(SURFACE_WORK / ((double)(c->nodes[0] * c->nodes[1]) * (double)o->n_params));
    most = most < ROWS_LEAST ? ROWS_LEAST : most;
    if (n <= most)
        return true;
    index = bl_calloc(most, sizeof *index);
    for (size_t i = 0; index && i < most; i++)
        index[i] = (uint32_t)((uint64_t)i * n / most);
    c->rows = index ? bl_matrix_rows(o->train, index, most, NULL) : NULL;
    bl_free(index);
    return c->rows != NULL;
}

static void state_at(const struct surface_cache *c, size_t p, double x, double y, double *theta)
{
    memcpy(theta, c->origin, p * sizeof *theta);
    if (c->parameter[0] != SIZE_MAX) {
        theta[c->parameter[0]] = x;
        theta[c->parameter[1]] = y;
        return;
    }
    for (size_t j = 0; j < p; j++)
        theta[j] += x * c->directions[j] + y * c->directions[p + j];
}

static bool grid_make(const struct sight_maker *m, struct surface_cache *c)
{
    const struct bl_objective *o = &m->w->objective;
    struct bl_workspace *space = bl_workspace_create(o, m->w->pool, NULL);
    double *theta = bl_calloc(o->n_params, sizeof *theta);
    bool good = space && theta;

    for (size_t j = 0; good && j < c->nodes[1]; j++) {
        double y = c->from[1] + (c->to[1] - c->from[1]) * (double)j / (double)(c->nodes[1] - 1);
        for (size_t i = 0; i < c->nodes[0]; i++) {
            state_at(c, o->n_params, c->from[0] + (c->to[0] - c->from[0]) * (double)i / (double)(c->nodes[0] - 1), y, theta);
            c->values[j * c->nodes[0] + i] = bl_objective_pass(o, c->rows ? c->rows : o->train, theta, NULL, space) + bl_objective_penalty(o, theta);
        }
        good = !bl_stopped(m->progress);
    }
    bl_free(theta);
    bl_workspace_free(space);
    return good;
}

static struct surface_cache *cache_make(const struct sight_maker *m)
{
    size_t p = m->w->objective.n_params;
    struct surface_cache *c = bl_calloc(1, sizeof *c);

    m->w->surface = c;
    if (!c)
        return NULL;
    c->origin = bl_calloc(p, sizeof *c->origin);
    c->directions = bl_calloc(p, 2 * sizeof *c->directions);
    c->values = bl_calloc(NODES * NODES, sizeof *c->values);
    return c->origin && c->directions && c->values && rows_choose(c, &m->w->objective) ? c : NULL;
}

/* Is the grid that there is still the one? In a run it stays while the ways lie in its window and have not become twice as
 * long, at rest it is that of what there is. */
static bool stands(const struct sight_maker *m, const struct surface_cache *c, const size_t parameter[2], const struct ways *ways, bool best)
{
    bool free_ends = parameter[0] == SIZE_MAX || !best;
    double from[2], to[2];

    if (!c->states || c->run != m->w->run_number || strcmp(c->asked, m->look->plane) != 0 || c->best != best || c->parameter[0] != parameter[0] ||
        c->parameter[1] != parameter[1] || (!best && parameter[0] != SIZE_MAX && c->front != m->look->front))
        return false;
    if (m->in_run)
        return inside(c, ways) && (!free_ends || ways->all < 2 * c->states);
    window(c, ways, from, to);
    return !free_ends && !memcmp(from, c->from, sizeof from) && !memcmp(to, c->to, sizeof to);
}

static bool surface_renew(const struct sight_maker *m, struct surface_cache *c, const size_t parameter[2], const struct ways *ways,
                          const struct bl_optimum *best)
{
    if (stands(m, c, parameter, ways, best != NULL))
        return true;
    c->states = 0;
    c->run = m->w->run_number;
    c->front = m->look->front;
    snprintf(c->asked, sizeof c->asked, "%s", m->look->plane);
    c->parameter[0] = parameter[0], c->parameter[1] = parameter[1];
    if (!plane_make(m, c, ways, best))
        return false;
    window(c, ways, c->from, c->to);
    if (grid_make(m, c))
        return true;
    c->states = 0; /* broken off: not to be taken for a whole one */
    return false;
}

/* ---- the view -------------------------------------------------------------------------------------------------------*/

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Evenly in the log of what the grid lies above its minimum, from its lowest hundredth to nine tenths of it. */
static void contours_set(const struct sight_maker *m, const struct surface_cache *c, struct bl_surface_view *v)
{
    size_t n = c->nodes[0] * c->nodes[1], finite = 0, first;
    double *sorted = bl_arena_take(m->arena, n, sizeof *sorted), low, high;

    for (size_t i = 0; sorted && i < n; i++)
        if (isfinite(c->values[i]))
            sorted[finite++] = c->values[i];
    if (!sorted || finite < 10)
        return;
    qsort(sorted, finite, sizeof *sorted, by_value);
    v->lowest = sorted[0];
    if (c->best && !c->rows && m->w->optimum.objective < v->lowest)
        v->lowest = m->w->optimum.objective;
    first = finite / 100;
    while (first < finite && !(sorted[first] > v->lowest))
        first++;
    if (first >= finite * 9 / 10)
        return;
    low = bl_log(sorted[first] - v->lowest);
    high = bl_log(sorted[finite * 9 / 10] - v->lowest);
    for (size_t k = 0; k < BL_CONTOURS && high > low; k++)
        v->contours[v->n_contours++] = v->lowest + bl_exp(low + (high - low) * ((double)k + 0.5) / BL_CONTOURS);
}

static bool ways_tell(const struct sight_maker *m, const struct surface_cache *c, const struct ways *ways, struct bl_surface_view *v)
{
    struct bl_way *out = bl_arena_take(m->arena, ways->contestants, sizeof *out);
    const double *state = ways->states;

    for (size_t i = 0; out && i < ways->contestants; i++) {
        double *x = bl_arena_take(m->arena, ways->n[i], 2 * sizeof *x), *y = x + ways->n[i];
        if (!x)
            return false;
        for (size_t k = 0; k < ways->n[i]; k++, state += ways->p) {
            x[k] = along(c, state, 0, ways->p);
            y[k] = along(c, state, 1, ways->p);
        }
        out[i] = (struct bl_way){ x, y, ways->n[i] };
    }
    v->ways = out;
    v->n_ways = out ? ways->contestants : 0;
    return out != NULL;
}

static void axes_tell(const struct sight_maker *m, const struct surface_cache *c, struct bl_surface_view *v)
{
    for (int k = 0; k < 2; k++) {
        struct bl_text name = { 0 };
        if (c->parameter[k] == SIZE_MAX) {
            snprintf(v->axis[k], sizeof v->axis[k], "direction %d", k + 1);
            continue;
        }
        bl_workbench_parameter_name(m->w, c->parameter[k], &name);
        bl_show(v->axis[k], sizeof v->axis[k], bl_text_get(&name), name.length);
        bl_text_free(&name);
    }
    v->path = c->parameter[0] == SIZE_MAX;
    v->share = c->share;
    v->others = m->w->objective.n_params - 2;
    v->others_best = c->best;
    v->has_optimum = c->best;
    for (int k = 0; k < 2 && c->best; k++)
        v->optimum[k] = along(c, c->origin, k, m->w->objective.n_params);
}

static bool surface_tell(const struct sight_maker *m, const struct surface_cache *c, const struct ways *ways, struct bl_surface_view *v)
{
    size_t n = c->nodes[0] * c->nodes[1];
    double *values = bl_arena_take(m->arena, n, sizeof *values);

    if (!values)
        return false;
    memcpy(values, c->values, n * sizeof *values);
    v->field = (struct bl_field){ c->nodes[0], c->nodes[1], 1, c->from[0], c->to[0], c->from[1], c->to[1], values };
    v->rows = m->w->objective.train->n_rows;
    v->rows_used = c->rows ? c->rows->n_rows : v->rows;
    v->penalty = m->w->objective.l2 > 0 || m->w->objective.l1 > 0;
    axes_tell(m, c, v);
    contours_set(m, c, v);
    return ways_tell(m, c, ways, v);
}

const void *surface_make(struct sight_maker *m)
{
    const struct bl_objective *o = &m->w->objective;
    struct bl_surface_view *v = bl_arena_take(m->arena, 1, sizeof *v);
    struct surface_cache *c = m->w->surface;
    const struct bl_optimum *best = sight_optimum(m);
    size_t parameter[2];
    struct ways ways;

    if (!v || bl_trainer_objective(m->front) != o)
        return NULL;
    v->epoch = bl_trainer_epoch(m->front);
    v->front = m->look->front;
    v->share = v->lowest = NAN;
    if (o->n_params < 2)
        snprintf(v->why, sizeof v->why, "a plane needs two parameters; this model has %zu", o->n_params);
    else if (o->n_params > PARAMETERS_MOST)
        snprintf(v->why, sizeof v->why, "the loss of %zu parameters takes too long to be drawn", o->n_params);
    if (v->why[0] || !choose(m, parameter, v))
        return v;
    if (!ways_take(m, &ways) || (!c && !(c = cache_make(m)))) {
        surface_forget(m->w);
        return NULL;
    }
    if (ways.all <= ways.contestants * 2 && parameter[0] == SIZE_MAX && bl_trainer_update(m->front) == 0) {
        snprintf(v->why, sizeof v->why, "the plane is that of the way, which begins with the first update");
        return v;
    }
    return surface_renew(m, c, parameter, &ways, best) && surface_tell(m, c, &ways, v) ? v : NULL;
}
