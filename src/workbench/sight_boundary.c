/* The boundary: what the model in front says on a plane of two columns, all others at their mean on the training
 * rows, put through the whole recipe, so that polynomials bend it; or on the plane of two principal components. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/workbench/internal.h"

enum { POINTS = 2000, NODES_X = 64, NODES_Y = 48, COLUMNS_MOST = 512 };
#define CELLS_MOST 6000000u /* of the grid: rows × (columns of the table + features) */
#define KEEP_AXES 1.5       /* others take over when they move the margins so much more: axes do not flicker */

struct boundary_cache {
    size_t column[2];           /* of the table; SIZE_MAX, SIZE_MAX: components */
    char axes[160];             /* as asked */
    size_t *candidates, n_candidates;
    double *centre;             /* of every column of the table: mean, or a row that has the most frequent level; nan: neither */
    double *sd;
    uint32_t *rows; size_t n_rows; /* of the training matrix, those that are shown */
    struct bl_matrix *shown;    /* these */
    struct bl_matrix *probe;    /* a row below and one above the centre for every candidate */
    struct bl_matrix *grid;
    size_t nodes[2];
    double from[2], to[2];
    double *at[2];              /* of the rows shown */
    double *said;               /* predictions: scratch of the largest matrix */
};

static void grid_forget(struct boundary_cache *c)
{
    bl_matrix_free(c->grid);
    c->grid = NULL;
    c->axes[0] = '\0';
}

void boundary_forget(struct bl_workbench *w)
{
    struct boundary_cache *c = w->boundary;

    if (!c)
        return;
    grid_forget(c);
    bl_matrix_free(c->probe);
    bl_matrix_free(c->shown);
    bl_free(c->candidates);
    bl_free(c->centre);
    bl_free(c->sd);
    bl_free(c->rows);
    bl_free(c->at[0]);
    bl_free(c->at[1]);
    bl_free(c->said);
    bl_free(c);
    w->boundary = NULL;
}

/* ---- columns ------------------------------------------------------------------------------------------------*/

static void centre_of_numbers(const struct bl_column *c, const uint32_t *rows, size_t n, double *mean, double *sd)
{
    double sum = 0, square = 0;
    size_t m = 0;

    for (size_t i = 0; i < n; i++)
        if (!isnan(c->number[rows[i]])) {
            sum += c->number[rows[i]];
            m++;
        }
    *mean = m ? sum / (double)m : NAN;
    for (size_t i = 0; i < n; i++)
        if (!isnan(c->number[rows[i]]))
            square += (c->number[rows[i]] - *mean) * (c->number[rows[i]] - *mean);
    *sd = m ? sqrt(square / (double)m) : NAN;
}

/* The first of the rows that has the most frequent level of the column. */
static double most_frequent(const struct bl_column *c, const uint32_t *rows, size_t n)
{
    size_t *counts = bl_calloc(c->n_levels + 1, sizeof *counts), best = 0, at = 0;

    for (size_t i = 0; counts && i < n; i++)
        if (c->code[rows[i]] < c->n_levels)
            counts[c->code[rows[i]]]++;
    for (size_t k = 1; counts && k < c->n_levels; k++)
        best = counts[k] > counts[best] ? k : best;
    while (at < n && c->code[rows[at]] != best)
        at++;
    bl_free(counts);
    return at < n ? (double)rows[at] : NAN;
}

static bool columns_measure(struct boundary_cache *c, const struct bl_prepared *p)
{
    const struct bl_table *t = p->dataset->table;
    const uint32_t *rows = p->split.rows[BL_TRAIN];
    size_t n = p->split.n[BL_TRAIN];

    c->centre = bl_calloc(t->n_columns + 1, sizeof *c->centre);
    c->sd = bl_calloc(t->n_columns + 1, sizeof *c->sd);
    c->candidates = bl_calloc(t->n_columns + 1, sizeof *c->candidates);
    if (!c->centre || !c->sd || !c->candidates)
        return false;
    for (size_t j = 0; j < t->n_columns; j++) {
        if (t->columns[j].number)
            centre_of_numbers(&t->columns[j], rows, n, &c->centre[j], &c->sd[j]);
        else
            c->centre[j] = most_frequent(&t->columns[j], rows, n);
        if (t->columns[j].type == BL_NUMERIC && p->dataset->roles.feature[j] && c->sd[j] > 0 && c->n_candidates < COLUMNS_MOST)
            c->candidates[c->n_candidates++] = j;
    }
    return true;
}

/* ---- rows ----------------------------------------------------------------------------------------------------*/

static bool rows_choose(struct boundary_cache *c, const struct bl_matrix *train)
{
    c->n_rows = train->n_rows < POINTS ? train->n_rows : POINTS;
    c->rows = bl_calloc(c->n_rows + 1, sizeof *c->rows);
    c->at[0] = bl_calloc(c->n_rows + 1, sizeof(double));
    c->at[1] = bl_calloc(c->n_rows + 1, sizeof(double));
    for (size_t i = 0; c->rows && i < c->n_rows; i++)
        c->rows[i] = (uint32_t)((uint64_t)i * train->n_rows / c->n_rows);
    c->shown = c->rows ? bl_matrix_rows(train, c->rows, c->n_rows, NULL) : NULL;
    return c->shown && c->at[0] && c->at[1];
}

/* The centre of categories: the level of the row that was put behind the first n for this column. */
static void centre_codes(struct bl_column *column, size_t n, size_t from)
{
    for (size_t i = 0; i < n; i++)
        column->code[i] = column->code[from];
}

static void centre_numbers(struct bl_column *column, size_t n, double centre)
{
    for (size_t i = 0; i < n; i++)
        column->number[i] = centre;
}

/* A table whose first n rows all lie at the centre; a row for each column stands behind them. */
static struct bl_table *centre_table(const struct boundary_cache *c, const struct bl_prepared *p, size_t n)
{
    const size_t columns = p->dataset->table->n_columns;
    uint32_t *rows = bl_calloc(n + columns + 1, sizeof *rows);
    struct bl_table *t = NULL;

    for (size_t i = 0; rows && i < n + columns; i++)
        rows[i] = i >= n && p->dataset->table->columns[i - n].code && !isnan(c->centre[i - n]) ? (uint32_t)c->centre[i - n] : p->split.rows[BL_TRAIN][0];
    if (rows)
        t = bl_sample_table(p->dataset->table, rows, n + columns, "plane", NULL);
    bl_free(rows);
    for (size_t j = 0; t && j < t->n_columns; j++) {
        if (isnan(c->centre[j]))
            continue;
        if (t->columns[j].number)
            centre_numbers(&t->columns[j], n, c->centre[j]);
        else
            centre_codes(&t->columns[j], n, n + j);
        t->columns[j].missing = 0;
    }
    return t;
}

/* The first n rows through the recipe; the table is done with. */
static struct bl_matrix *through_recipe(struct bl_workbench *w, struct bl_table *t, size_t n)
{
    uint32_t *rows = t ? bl_calloc(n + 1, sizeof *rows) : NULL;
    struct bl_matrix *m = NULL;

    for (size_t i = 0; rows && i < n; i++)
        rows[i] = (uint32_t)i;
    if (rows)
        m = bl_recipe_apply(w->prepared->recipe, t, NULL, rows, n, w->pool, NULL);
    bl_free(rows);
    bl_table_free(t);
    return m;
}

static struct bl_matrix *probe_make(struct bl_workbench *w, const struct boundary_cache *c)
{
    struct bl_table *t = centre_table(c, w->prepared, 2 * c->n_candidates);

    for (size_t k = 0; t && k < c->n_candidates; k++)
        for (int side = 0; side < 2; side++)
            t->columns[c->candidates[k]].number[2 * k + (size_t)side] += side ? c->sd[c->candidates[k]] : -c->sd[c->candidates[k]];
    return through_recipe(w, t, 2 * c->n_candidates);
}

/* ---- which columns -----------------------------------------------------------------------------------------------*/

static size_t width_of(const struct bl_objective *o) { return o->n_classes ? o->n_classes : 1; }

/* Numbers whose differences are those of margins: log probabilities, or what has no probabilities as it is. */
static double margin(double value, bool scores)
{
    return scores ? value : bl_log(value > 1e-300 ? value : 1e-300);
}

/* How far the margins move from a standard deviation below the centre of a column to one above: of a linear model on
 * standardised columns twice its weight. */
static void moves(const struct bl_objective *o, const double *theta, struct boundary_cache *c, struct bl_pool *pool, double *move)
{
    size_t k = width_of(o);

    bl_objective_predict(o, theta, c->probe, c->said, pool);
    for (size_t i = 0; i < c->n_candidates; i++) {
        const double *low = c->said + 2 * i * k, *high = low + k;
        move[i] = 0;
        for (size_t j = 0; j < k; j++)
            move[i] += fabs(margin(high[j], o->type->scores || k == 1) - margin(low[j], o->type->scores || k == 1));
    }
}

/* Before the first update nothing moves: the step that comes first decides. */
static bool moves_now(const struct sight_maker *m, struct boundary_cache *c, double *move)
{
    const struct bl_objective *o = bl_trainer_objective(m->front);
    double *gradient, sum = 0;

    moves(o, bl_trainer_theta(m->front), c, m->w->pool, move);
    for (size_t i = 0; i < c->n_candidates; i++)
        sum += move[i];
    if (sum > 0)
        return true;
    gradient = bl_arena_take(m->arena, o->n_params, sizeof *gradient);
    if (!gradient || !bl_trainer_gradient(m->front, gradient, NULL))
        return false;
    for (size_t i = 0; i < o->n_params; i++)
        gradient[i] = -gradient[i];
    moves(o, gradient, c, m->w->pool, move);
    return true;
}

static bool axes_by_weight(const struct sight_maker *m, struct boundary_cache *c, size_t chosen[2])
{
    double *move = bl_arena_take(m->arena, c->n_candidates, sizeof *move), now[2] = { -1, -1 };
    size_t a = 0, b = 1;

    if (!move || !c->probe || !moves_now(m, c, move))
        return false;
    if (move[b] > move[a])
        a = 1, b = 0;
    for (size_t i = 2; i < c->n_candidates; i++)
        if (move[i] > move[a])
            b = a, a = i;
        else if (move[i] > move[b])
            b = i;
    for (size_t i = 0; i < c->n_candidates; i++)
        for (int k = 0; k < 2; k++)
            if (c->grid && c->candidates[i] == c->column[k])
                now[k] = move[i];
    if (now[0] >= 0 && now[1] >= 0 && now[0] + now[1] > 0 && move[a] + move[b] < KEEP_AXES * (now[0] + now[1]))
        return true; /* as they are */
    chosen[0] = c->candidates[a < b ? a : b];
    chosen[1] = c->candidates[a < b ? b : a];
    return true;
}

static bool axes_named(const struct sight_maker *m, struct boundary_cache *c, struct bl_boundary_view *v, size_t chosen[2])
{
    const struct bl_table *t = m->w->prepared->dataset->table;
    const char *text = m->look->axes, *comma = strchr(text, ',');

    for (int k = 0; k < 2; k++) {
        char name[160];
        size_t n = k == 0 && comma ? (size_t)(comma - text) : strlen(comma ? comma + 1 : text);
        snprintf(name, sizeof name, "%.*s", (int)n, k == 0 || !comma ? text : comma + 1);
        chosen[k] = bl_table_find(t, name);
        bool usable = false;
        for (size_t i = 0; i < c->n_candidates; i++)
            usable |= c->candidates[i] == chosen[k];
        if (!usable || (k && chosen[0] == chosen[1])) {
            char shown[80];
            bl_show(shown, sizeof shown, name, strlen(name));
            snprintf(v->why, sizeof v->why, "'%.79s' is not one of two different columns of numbers that the model uses", shown);
            return false;
        }
    }
    return true;
}

/* ---- the plane -----------------------------------------------------------------------------------------------------*/

static void ends_of(const double *x, size_t n, double *from, double *to)
{
    double low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < n; i++)
        if (isfinite(x[i])) {
            low = x[i] < low ? x[i] : low;
            high = x[i] > high ? x[i] : high;
        }
    if (!(low <= high))
        low = 0, high = 1;
    double room = high > low ? 0.05 * (high - low) : 0.5 * (fabs(low) + 1);
    *from = low - room;
    *to = high + room;
}

static void nodes_set(struct boundary_cache *c, size_t wide)
{
    c->nodes[0] = NODES_X, c->nodes[1] = NODES_Y;
    while (c->nodes[0] * c->nodes[1] * wide > CELLS_MOST && c->nodes[1] > 6)
        c->nodes[0] /= 2, c->nodes[1] /= 2;
}

static bool plane_by_columns(const struct sight_maker *m, struct boundary_cache *c, const size_t chosen[2])
{
    const struct bl_prepared *p = m->w->prepared;
    struct bl_table *t;

    grid_forget(c);
    for (int k = 0; k < 2; k++) {
        c->column[k] = chosen[k];
        for (size_t i = 0; i < c->n_rows; i++)
            c->at[k][i] = p->dataset->table->columns[chosen[k]].number[c->shown->row[i]];
        ends_of(c->at[k], c->n_rows, &c->from[k], &c->to[k]);
    }
    nodes_set(c, p->dataset->table->n_columns + c->shown->n_features);
    t = centre_table(c, p, c->nodes[0] * c->nodes[1]);
    for (size_t i = 0; t && i < c->nodes[0] * c->nodes[1]; i++) {
        const size_t at[2] = { i % c->nodes[0], i / c->nodes[0] };
        for (int k = 0; k < 2; k++)
            t->columns[chosen[k]].number[i] = c->from[k] + (c->to[k] - c->from[k]) * (double)at[k] / (double)(c->nodes[k] - 1);
    }
    c->grid = through_recipe(m->w, t, c->nodes[0] * c->nodes[1]);
    return c->grid != NULL;
}

static bool plane_by_components(const struct sight_maker *m, struct boundary_cache *c)
{
    size_t d = c->shown->n_features;
    double *mean = bl_arena_take(m->arena, 3 * d, sizeof *mean), *directions = mean + d, share[2];

    grid_forget(c);
    nodes_set(c, d);
    c->grid = mean ? bl_matrix_create(c->nodes[0] * c->nodes[1], d, false, NULL) : NULL;
    if (mean)
        plane_mean(c->shown->x, c->n_rows, d, mean);
    if (!c->grid || !plane_of(c->shown->x, c->n_rows, d, mean, directions, share))
        return false;
    c->column[0] = c->column[1] = SIZE_MAX;
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < c->n_rows; i++) {
            c->at[k][i] = 0;
            for (size_t j = 0; j < d; j++)
                c->at[k][i] += (c->shown->x[i * d + j] - mean[j]) * directions[(size_t)k * d + j];
        }
        ends_of(c->at[k], c->n_rows, &c->from[k], &c->to[k]);
    }
    for (size_t i = 0; i < c->nodes[0] * c->nodes[1]; i++) {
        double a = c->from[0] + (c->to[0] - c->from[0]) * (double)(i % c->nodes[0]) / (double)(c->nodes[0] - 1);
        double b = c->from[1] + (c->to[1] - c->from[1]) * (double)(i / c->nodes[0]) / (double)(c->nodes[1] - 1);
        for (size_t j = 0; j < d; j++)
            c->grid->x[i * d + j] = mean[j] + a * directions[j] + b * directions[d + j];
    }
    return true;
}

/* Axes as asked, else those of the largest weights; the grid is made anew only for others. */
static bool plane_make(const struct sight_maker *m, struct boundary_cache *c, struct bl_boundary_view *v)
{
    const char *axes = m->look->axes;
    size_t chosen[2] = { c->column[0], c->column[1] };
    bool same = c->grid && !strcmp(axes, c->axes), good;

    if (same && axes[0])
        return true;
    if (c->shown->n_features > 1 && (!strcmp(axes, "components") || (c->n_candidates < 2 && !axes[0])))
        good = (same && c->column[0] == SIZE_MAX) || plane_by_components(m, c);
    else if (c->n_candidates < 2)
        return snprintf(v->why, sizeof v->why, "a plane needs two columns of numbers; this model uses %zu", c->n_candidates) < 0;
    else if (axes[0] ? !axes_named(m, c, v, chosen) : !axes_by_weight(m, c, chosen))
        return false;
    else
        good = (c->grid && chosen[0] == c->column[0] && chosen[1] == c->column[1]) || plane_by_columns(m, c, chosen);
    snprintf(c->axes, sizeof c->axes, "%s", axes);
    return good;
}

static struct boundary_cache *cache_make(struct bl_workbench *w, const struct bl_objective *o)
{
    struct boundary_cache *c = bl_calloc(1, sizeof *c);
    size_t most;

    w->boundary = c;
    if (!c || !columns_measure(c, w->prepared) || !rows_choose(c, o->train))
        return NULL;
    if (c->n_candidates)
        c->probe = probe_make(w, c);
    most = c->n_rows > NODES_X * NODES_Y ? c->n_rows : NODES_X * NODES_Y;
    most = most > 2 * c->n_candidates ? most : 2 * c->n_candidates;
    c->said = bl_calloc(most, width_of(o) * sizeof *c->said);
    return c->said ? c : NULL;
}

/* ---- the view ------------------------------------------------------------------------------------------------------*/

static void axes_tell(const struct sight_maker *m, const struct boundary_cache *c, struct bl_boundary_view *v)
{
    const struct bl_table *t = m->w->prepared->dataset->table;

    v->components = c->column[0] == SIZE_MAX;
    for (int k = 0; k < 2; k++)
        if (v->components)
            snprintf(v->axis[k], sizeof v->axis[k], "component %d", k + 1);
        else
            bl_show(v->axis[k], sizeof v->axis[k], t->columns[c->column[k]].name, strlen(t->columns[c->column[k]].name));
    for (size_t j = 0; j < t->n_columns && !v->components; j++)
        v->others += m->w->prepared->dataset->roles.feature[j] && !isnan(c->centre[j]) && j != c->column[0] && j != c->column[1];
}

static bool field_make(const struct sight_maker *m, struct boundary_cache *c, struct bl_boundary_view *v)
{
    const struct bl_objective *o = bl_trainer_objective(m->front);
    size_t k = width_of(o), layers = k > 2 ? k : 1, nodes = c->nodes[0] * c->nodes[1];
    double *values = bl_arena_take(m->arena, nodes * layers, sizeof *values);

    if (!values)
        return false;
    bl_objective_predict(o, bl_trainer_theta(m->front), c->grid, c->said, m->w->pool);
    for (size_t i = 0; i < nodes; i++)
        for (size_t layer = 0; layer < layers; layer++) {
            const double *p = c->said + i * k;
            values[layer * nodes + i] = layers > 1 ? margin(p[layer], o->type->scores)
                                                   : margin(p[1], o->type->scores) - margin(p[0], o->type->scores);
        }
    v->field = (struct bl_field){ c->nodes[0], c->nodes[1], layers, c->from[0], c->to[0], c->from[1], c->to[1], values };
    return true;
}

static bool rows_tell(const struct sight_maker *m, struct boundary_cache *c, struct bl_boundary_view *v)
{
    const struct bl_objective *o = bl_trainer_objective(m->front);
    size_t k = width_of(o);
    double *x = bl_arena_take(m->arena, c->n_rows, sizeof *x), *y = bl_arena_take(m->arena, c->n_rows, sizeof *y);
    uint32_t *truth = bl_arena_take(m->arena, c->n_rows, 2 * sizeof *truth), *said = truth + c->n_rows;

    if (!x || !y || !truth)
        return false;
    bl_objective_predict(o, bl_trainer_theta(m->front), c->shown, c->said, m->w->pool);
    for (size_t i = 0; i < c->n_rows; i++) {
        x[i] = v->regression ? c->shown->y[i] : c->at[0][i];
        y[i] = v->regression ? c->said[i] : c->at[1][i];
        truth[i] = v->regression ? 0 : (uint32_t)c->shown->y[i];
        said[i] = v->regression ? 0 : (uint32_t)bl_decide(c->said + i * k, k, 1);
        v->wrong += truth[i] != said[i];
    }
    v->x = x, v->y = y, v->truth = truth, v->said = said;
    v->n = c->n_rows;
    return true;
}

const void *boundary_make(struct sight_maker *m)
{
    const struct bl_objective *o = bl_trainer_objective(m->front);
    struct bl_boundary_view *v = bl_arena_take(m->arena, 1, sizeof *v);
    struct boundary_cache *c = m->w->boundary;

    if (!v || (!c && !(c = cache_make(m->w, o)))) {
        boundary_forget(m->w);
        return NULL;
    }
    v->epoch = bl_trainer_epoch(m->front);
    v->front = m->look->front;
    v->regression = o->n_classes == 0;
    v->n_classes = o->n_classes;
    v->rows = o->train->n_rows;
    if (o->train->sparse && !v->regression) {
        snprintf(v->why, sizeof v->why, "a plane through %zu sparse features shows nothing", o->d);
        return v;
    }
    if (!v->regression && !plane_make(m, c, v))
        return v->why[0] ? v : NULL;
    if (!v->regression)
        axes_tell(m, c, v);
    v->classes = sight_classes(m);
    return v->classes && (v->regression || field_make(m, c, v)) && rows_tell(m, c, v) ? v : NULL;
}
