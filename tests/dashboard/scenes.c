/* Snapshots made by hand, so that screens can be drawn without training anything. */
#include "scenes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const scene_names[] = { "empty", "loaded", "single", "race", "diverged", "ten", "forked", "network", "stream", "streamed", NULL };

enum { TRAIN_ROWS = 128, VALID_ROWS = 32, MORE_POINTS = 2048 };
static const double optimum = 0.2214;

/* An exponential decline to a floor, with the noise of small batches. */
static void curve(struct scene *s, struct bl_run_view *r, size_t n, double epochs, double rate, double floor_loss, double noise)
{
    struct bl_point *p = bl_arena_take(s->arena, n, sizeof *p);
    struct bl_random random = bl_random_stream(1, BL_FOR_NOISE, 0, (uint32_t)r->batch);

    for (size_t i = 0; i < n; i++) {
        double epoch = epochs * (double)i / (double)(n - 1), wave = noise * (2 * bl_random_unit(&random) - 1);
        p[i].epoch = epoch;
        p[i].updates = (uint64_t)(epoch * (double)r->updates_per_epoch + 0.5);
        p[i].samples = (uint64_t)(epoch * TRAIN_ROWS + 0.5);
        p[i].train_loss = p[i].objective = floor_loss + (2.31 - floor_loss) * bl_exp(-rate * epoch) + fabs(wave);
        p[i].validation_loss = p[i].train_loss * 1.03 + 0.03;
        p[i].gradient_norm = 1.5 * bl_exp(-0.7 * rate * epoch) + 0.05 + fabs(wave);
        p[i].lr = r->lr;
        p[i].seconds = epoch * (0.0003 + 0.00001 * (double)r->updates_per_epoch);
    }
    r->points = p;
    r->n_points = n;
    r->now = p[n - 1];
    r->best = r->now.objective;
    r->suboptimality = r->now.objective - optimum;
    for (size_t i = 0; i < n; i++)
        if (isnan(r->samples_to_target) && p[i].objective <= 0.3) {
            r->samples_to_target = (double)p[i].samples;
            r->epochs_to_target = p[i].epoch;
        }
}

static void dots(struct scene *s, struct bl_run_view *r)
{
    size_t n = (size_t)r->now.updates < 1000 ? (size_t)r->now.updates : 1000;
    struct bl_dot *d = bl_arena_take(s->arena, n + 1, sizeof *d);
    struct bl_random random = bl_random_stream(2, BL_FOR_NOISE, 0, (uint32_t)r->batch);

    for (size_t i = 0; i < n; i++) {
        double at = (double)i / (double)n, spread = 1.6 / sqrt((double)r->batch);
        d[i].update = (uint64_t)(at * (double)r->now.updates);
        d[i].loss = r->points[(size_t)(at * (double)r->n_points)].train_loss * bl_exp(spread * bl_random_normal(&random));
    }
    r->dots = d;
    r->n_dots = n;
}

static void contestant(struct scene *s, struct bl_run_view *r, const char *name, size_t batch, double lr)
{
    static const double theta[] = { 1.672, 1.208, -0.199, 0.731, -0.052 };

    snprintf(r->name, sizeof r->name, "%s", name);
    snprintf(r->regime, sizeof r->regime, "%s", name);
    snprintf(r->optimizer, sizeof r->optimizer, "gd");
    r->batch = batch;
    r->lr = r->lr_now = lr;
    r->updates_per_epoch = (TRAIN_ROWS + batch - 1) / batch;
    r->status = BL_RUNNING;
    r->epochs_to_target = r->samples_to_target = NAN;
    r->n_params = 5;
    r->theta = bl_arena_take(s->arena, 5, sizeof *r->theta);
    for (size_t i = 0; r->theta && i < 5; i++)
        ((double *)r->theta)[i] = theta[i] * (1 + 0.1 * (double)batch / TRAIN_ROWS);
}

static const char *const parameter_names[] = { "(intercept)", "petal_length", "petal_width", "sepal_length", "sepal_width" };

static void column(struct scene *s, struct bl_column_view *c, const char *name, double mean, double sd, size_t missing)
{
    enum { BINS = 16 };
    double *edges = bl_arena_take(s->arena, BINS + 1, sizeof *edges);
    size_t *counts = bl_arena_take(s->arena, BINS, sizeof *counts);

    snprintf(c->name, sizeof c->name, "%s", name);
    c->type = BL_NUMERIC;
    c->count = 506 - missing, c->missing = missing;
    c->mean = mean, c->sd = sd, c->skewness = 0.15;
    c->min = mean - 2 * sd, c->q1 = mean - 0.67 * sd, c->median = mean - 0.1 * sd, c->q3 = mean + 0.67 * sd, c->max = mean + 2 * sd;
    for (size_t i = 0; i <= BINS; i++)
        edges[i] = c->min + (c->max - c->min) * (double)i / BINS;
    for (size_t i = 0; i < BINS; i++)
        counts[i] = (size_t)(70 * bl_exp(-0.08 * ((double)i - 6) * ((double)i - 6)) + 20 * bl_exp(-0.3 * ((double)i - 12) * ((double)i - 12)));
    c->edges = edges, c->counts = counts, c->bins = BINS;
}

static void columns(struct scene *s)
{
    struct bl_column_view *c = bl_arena_take(s->arena, 6, sizeof *c);

    column(s, &c[0], "area", 142.3, 61.07, 0);
    column(s, &c[1], "rooms", 5.45, 1.928, 0);
    column(s, &c[2], "age", 68.57, 28.15, 8);
    snprintf(c[3].name, sizeof c[3].name, "river");
    c[3].type = BL_CATEGORICAL, c[3].count = 506, c[3].levels = 2;
    column(s, &c[4], "price", 22.53, 9.197, 0);
    column(s, &c[5], "a_column_with_a_rather_long_name", 0.0001, 0.00003, 0);
    s->snap.column = c;
    s->snap.n_columns = 6;
    s->snap.rows = 506;
    s->snap.columns = 6;
    s->view.column = 1;
}

static void event(struct scene *s, const char *who, const char *text)
{
    struct bl_event *e = (struct bl_event *)s->snap.events + s->snap.n_events++;

    snprintf(e->clock, sizeof e->clock, "12:04:%02zu", 28 + s->snap.n_events);
    snprintf(e->who, sizeof e->who, "%s", who);
    snprintf(e->text, sizeof e->text, "%s", text);
}

static void race(struct scene *s, size_t n)
{
    static const struct { const char *name; size_t batch; double lr, rate, low, noise; } three[] = {
        { "batch", 128, 0.5, 0.28, 0.24, 0 }, { "mini 16", 16, 0.12, 0.75, 0.245, 0.004 }, { "sgd", 1, 0.06, 2.2, 0.222, 0.012 },
    };
    struct bl_run_view *r = bl_arena_take(s->arena, n, sizeof *r);
    char name[32];

    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, i < 3 ? "%s" : "%s lr%zu", three[i % 3].name, i);
        contestant(s, &r[i], name, three[i % 3].batch, three[i % 3].lr);
        curve(s, &r[i], n > 3 ? MORE_POINTS : 49, 12, three[i % 3].rate * (1 + 0.1 * (double)(i / 3)), three[i % 3].low, three[i % 3].noise);
        dots(s, &r[i]);
    }
    s->snap.runs = r;
    s->snap.n_runs = n;
    s->snap.n_params = 5;
    s->snap.parameter_names = parameter_names;
    s->snap.compare = n > 1;
    s->snap.epoch = 12;
    s->snap.planned = 20;
    s->snap.optimum = n > 1 ? optimum : NAN;
    s->snap.target_objective = n > 1 ? 0.3 : NAN;
    s->snap.start_objective = 2.31;
    s->snap.busy = true;
    s->snap.speed = 8;
    s->snap.elapsed = 1.5;
    snprintf(s->snap.state, sizeof s->snap.state, "run");
    snprintf(s->snap.model, sizeof s->snap.model, "logistic");
    s->snap.train_rows = TRAIN_ROWS;
    s->snap.validation_rows = VALID_ROWS;
    event(s, "", "run 1: logistic on houses, seed 1, 128 training rows");
    event(s, "sgd", "reached 0.3000 after 192 samples, 192 updates");
    event(s, "mini 16", "reached 0.3000 after 784 samples, 49 updates");
    event(s, "batch", "reached 0.3000 after 1.41k samples, 11 updates");
}

/* Two clouds and a straight boundary between them, which some points have crossed. */
static void boundary(struct scene *s)
{
    enum { POINTS = 128 };
    static const char *const classes[] = { "no", "yes" };
    struct bl_boundary_view *v = bl_arena_take(s->arena, 1, sizeof *v);
    double *x = bl_arena_take(s->arena, POINTS, 2 * sizeof *x), *y = x + POINTS, *field = bl_arena_take(s->arena, 4, sizeof *field);
    uint32_t *truth = bl_arena_take(s->arena, POINTS, 2 * sizeof *truth), *said = truth + POINTS;
    struct bl_random random = bl_random_stream(3, BL_FOR_NOISE, 0, 0);

    for (size_t i = 0; i < POINTS; i++) {
        double side = i % 2 ? 1 : -1;
        truth[i] = i % 2;
        x[i] = 1.1 * side + 0.9 * bl_random_normal(&random);
        y[i] = 0.7 * side + bl_random_normal(&random);
        said[i] = 1.6 * x[i] + 1.2 * y[i] - 0.2 > 0;
        v->wrong += said[i] != truth[i];
    }
    v->field = (struct bl_field){ 2, 2, 1, -3.6, 3.6, -3.2, 3.2, field };
    for (size_t i = 0; i < 4; i++)
        field[i] = 1.6 * (i % 2 ? 3.6 : -3.6) + 1.2 * (i / 2 ? 3.2 : -3.2) - 0.2;
    snprintf(v->axis[0], sizeof v->axis[0], "rooms");
    snprintf(v->axis[1], sizeof v->axis[1], "age");
    v->others = 2;
    v->n_classes = 2;
    v->classes = classes;
    v->rows = v->n = POINTS;
    v->x = x, v->y = y, v->truth = truth, v->said = said;
    v->epoch = 12;
    s->snap.boundary = v;
}

/* A valley of two weights; the more updates an epoch has, the farther the contestant comes, and the less straight. */
static void surface(struct scene *s)
{
    enum { NODES = 32, STATES = 30 };
    struct bl_surface_view *v = bl_arena_take(s->arena, 1, sizeof *v);
    double *field = bl_arena_take(s->arena, NODES * NODES, sizeof *field);
    struct bl_way *ways = bl_arena_take(s->arena, s->snap.n_runs, sizeof *ways);

    for (size_t i = 0; i < NODES * NODES; i++) {
        double a = -3 + 6 * (double)(i % NODES) / (NODES - 1) - 1.6, b = -2 + 6 * (double)(i / NODES) / (NODES - 1) - 1.9;
        field[i] = optimum + 0.3 * a * a - 0.35 * a * b + 0.25 * b * b;
    }
    for (size_t k = 0; k < s->snap.n_runs; k++) {
        double *x = bl_arena_take(s->arena, STATES, 2 * sizeof *x), *y = x + STATES, rate = 0.05 + 0.09 * (double)(k % 3);
        struct bl_random random = bl_random_stream(4, BL_FOR_NOISE, 0, (uint32_t)k);
        for (size_t i = 0; i < STATES; i++) {
            x[i] = 1.6 - 4.1 * bl_exp(-rate * (double)i) + (k % 3 == 2 && i ? 0.12 * bl_random_normal(&random) : 0);
            y[i] = 1.9 - 2.6 * bl_exp(-0.8 * rate * (double)i) + (k % 3 == 2 && i ? 0.12 * bl_random_normal(&random) : 0);
        }
        ways[k] = (struct bl_way){ x, y, STATES };
    }
    v->field = (struct bl_field){ NODES, NODES, 1, -3, 3, -2, 4, field };
    snprintf(v->axis[0], sizeof v->axis[0], "petal_length");
    snprintf(v->axis[1], sizeof v->axis[1], "petal_width");
    v->others = 3;
    v->others_best = v->has_optimum = s->snap.n_runs > 1;
    v->rows = v->rows_used = TRAIN_ROWS;
    v->share = NAN;
    v->lowest = optimum;
    for (size_t k = 0; k < BL_CONTOURS; k++)
        v->contours[v->n_contours++] = optimum + 0.02 * bl_exp((double)k);
    v->optimum[0] = 1.6, v->optimum[1] = 1.9;
    v->ways = ways;
    v->n_ways = s->snap.n_runs;
    s->snap.surface = v;
}

/* Five modes; the run has come down from all of them but the flattest. */
static void theory(struct scene *s)
{
    enum { POINTS = 40, MODES = 5 };
    static const double values[MODES] = { 2.9, 0.91, 0.14, 0.02, 0.0043 };
    struct bl_theory_view *v = bl_arena_take(s->arena, 1, sizeof *v);
    struct bl_mode_view *modes = bl_arena_take(s->arena, MODES, sizeof *modes);
    double *x = bl_arena_take(s->arena, POINTS, 3 * sizeof *x), *y = x + POINTS, *z = y + POINTS;

    for (size_t i = 0; i < POINTS; i++) {
        x[i] = (double)i * 12 / (POINTS - 1);
        y[i] = 1.9 * bl_exp(-0.5 * x[i]) + 0.09;
        z[i] = i < POINTS / 2 ? NAN : 0.093 * bl_exp(-0.01 * (x[i] - 12));
    }
    for (size_t i = 0; i < MODES; i++) {
        double rate = 1 - 0.5 * values[i];
        modes[i] = (struct bl_mode_view){ .number = i + 1, .weight = i % 2 ? -0.7 : 0.8,
                                          .mode = { .eigenvalue = values[i], .rate = rate, .start = 1.5, .now = 1.5 * pow(fabs(rate), 12) } };
        snprintf(modes[i].along, sizeof modes[i].along, "%s", parameter_names[i]);
    }
    v->figures = (struct bl_theory){ .lipschitz = 2.9, .lipschitz_bound = 3.4, .strong_convexity = 0.0043, .condition = 674.4, .critical_lr = 0.6897,
        .best_lr = 0.6886, .predicted_rate = 0.9979, .measured_rate = 0.9911, .optimum_objective = optimum, .suboptimality = 0.0905,
        .gradient_noise_scale = 12.31, .noise_floor = NAN, .sharpness = NAN, .sharpness_limit = NAN };
    v->lr = 0.5;
    v->full = true;
    v->modes = modes;
    v->n_modes = v->n_shown = MODES;
    v->updates = x, v->measured = y, v->predicted = z;
    v->n = POINTS;
    s->snap.theory = v;
}

static void update(struct scene *s)
{
    enum { ROWS = 16, DRAWS = 24 };
    static const char *const truth[] = { "no", "yes" };
    struct bl_update_view *v = bl_arena_take(s->arena, 1, sizeof *v);
    uint32_t *row = bl_arena_take(s->arena, ROWS, sizeof *row);
    const char **y = bl_arena_take(s->arena, ROWS, sizeof *y);
    double *numbers = bl_arena_take(s->arena, 2 * ROWS + 2 * DRAWS, sizeof *numbers);
    struct bl_move_view *moves = bl_arena_take(s->arena, 5, sizeof *moves);
    struct bl_random random = bl_random_stream(5, BL_FOR_NOISE, 0, 0);

    v->update = 12;
    v->rows = TRAIN_ROWS;
    v->total = v->n = ROWS;
    v->k = 1;
    v->n_shares = TRAIN_ROWS;
    v->margins = numbers, v->residuals = numbers + ROWS, v->cosine = numbers + 2 * ROWS, v->length = numbers + 2 * ROWS + DRAWS;
    for (size_t i = 0; i < ROWS; i++) {
        row[i] = (uint32_t)(8 * i + bl_random_below(&random, 8));
        v->share[row[i]] = 1;
        y[i] = truth[i % 2];
        numbers[i] = (i % 2 ? 1.4 : -1.4) + bl_random_normal(&random);
        numbers[ROWS + i] = 1 / (1 + bl_exp(-numbers[i])) - (double)(i % 2);
    }
    for (size_t i = 0; i < DRAWS; i++) {
        numbers[2 * ROWS + i] = 1 - 0.5 * bl_random_unit(&random);
        numbers[2 * ROWS + DRAWS + i] = 0.2 + 0.1 * bl_random_unit(&random);
    }
    for (size_t i = 0; i < 5; i++) {
        moves[i] = (struct bl_move_view){ .before = s->snap.runs[0].theta[i], .gradient = 0.08 * (i % 2 ? -1 : 1) / (double)(i + 1) };
        moves[i].after = moves[i].before - 0.5 * moves[i].gradient;
        snprintf(moves[i].name, sizeof moves[i].name, "%s", parameter_names[i]);
    }
    v->row = row, v->truth = y;
    v->steps = moves;
    v->n_steps = v->n_params = 5;
    v->lr = 0.5, v->loss = 0.3057, v->gradient_norm = 0.1011;
    v->draws = DRAWS;
    v->mean_cosine = 0.764, v->full_norm = 0.19;
    s->snap.update = v;
}

static void evaluation(struct scene *s)
{
    static const struct bl_metric_view metrics[] = {
        { "loss", "mean loss over the rows, without penalty", 0.3513 }, { "accuracy", "share of rows whose class is right", 0.84375 },
        { "precision", "of those predicted positive, how many are", 0.8235 }, { "recall", "of the positive rows, how many were found", 0.875 },
        { "auc", "area under the ROC curve", 0.91 }, { "ece", "expected calibration error, 10 bins", 0.0592 } };
    static const char *const classes[] = { "no", "yes" };
    static const size_t confusion[] = { 13, 3, 2, 14 };
    static const double claimed[] = { 0.04, 0.15, 0.33, 0.48, 0.71, 0.88, 0.97 }, happened[] = { 0, 0.2, 0.25, 0.6, 0.67, 1, 1 };
    static const double fpr[] = { 0, 0, 0, 0.0625, 0.125, 0.1875, 0.25, 0.5, 0.75, 1 }, tpr[] = { 0, 0.25, 0.5, 0.6875, 0.8125, 0.875, 0.9375, 0.9375, 1, 1 };
    static const struct bl_roc_view roc[] = { { 1, fpr, tpr, sizeof fpr / sizeof *fpr, 0.91 } };
    struct bl_evaluation_view *v = bl_arena_take(s->arena, 1, sizeof *v);

    v->validation = true;
    v->rows = v->rows_used = VALID_ROWS;
    memcpy(v->metrics, metrics, sizeof metrics);
    v->n_metrics = sizeof metrics / sizeof *metrics;
    v->n_classes = 2;
    v->classes = classes;
    v->confusion = confusion;
    v->claimed = claimed, v->happened = happened;
    v->n_bins = 7;
    v->ece = 0.0592;
    v->roc = roc, v->n_roc = 1;
    s->snap.evaluation = v;
}

static void layer(struct bl_layer_state *s, const char *name, const char *type, size_t in, size_t out, double middle)
{
    *s = (struct bl_layer_state){ .weight_norm = NAN, .gradient_norm = NAN, .ratio = NAN, .mean = middle, .sd = 0.871, .low = middle - 2.3, .high = middle + 2.3, .from = floor(5 * (middle - 2.3)) / 5, .width = 0.2 };
    snprintf(s->is.name, sizeof s->is.name, "%s", name);
    s->is.type = type;
    s->is.in = in, s->is.out = out;
    if (!strcmp(type, "dense")) {
        s->is.n_params = s->trained = out * (in + 1);
        s->weight_norm = sqrt((double)out), s->gradient_norm = 0.3 / (double)in, s->ratio = 0.004 / (double)in;
    }
    for (size_t k = 0; k < BL_LAYER_BINS; k++)
        s->count[k] = (size_t)(400 * bl_exp(-0.03 * ((double)k - 11.5) * ((double)k - 11.5)));
    if ((s->may_die = !strcmp(type, "relu"))) {
        s->low = s->from = 0, s->zeros = 0.438;
        s->count[0] = 2600;
    }
}

static void network(struct scene *s)
{
    struct bl_layers_view *v = bl_arena_take(s->arena, 1, sizeof *v);
    struct bl_layer_state *l = bl_arena_take(s->arena, 7, sizeof *l);

    snprintf(s->snap.model, sizeof s->snap.model, "mlp");
    s->snap.n_layers = v->n = 7;
    layer(&l[0], "layer 1", "dense", 4, 256, 0.1);
    layer(&l[1], "layer 1", "relu", 256, 256, 0.9);
    layer(&l[2], "layer 2", "dense", 256, 64, -0.2);
    layer(&l[3], "layer 2", "relu", 64, 64, 0.7);
    layer(&l[4], "layer 3", "dense", 64, 16, -1.3);
    layer(&l[5], "layer 3", "relu", 16, 16, 0.2);
    layer(&l[6], "output", "dense", 16, 1, 0);
    l[5].dead = 5, l[5].zeros = 0.797;
    v->rows = v->rows_used = TRAIN_ROWS;
    v->update_rows = 16;
    v->epoch = 12;
    v->layer = l;
    s->snap.layers = v;
}

static void diverge(struct scene *s)
{
    struct bl_run_view *r = (struct bl_run_view *)s->snap.runs;
    struct bl_point *p = (struct bl_point *)r[2].points;

    for (size_t i = 20; i < r[2].n_points; i++)
        p[i].train_loss = p[i].objective = i < 30 ? 1e3 * bl_exp((double)(i - 20)) : INFINITY;
    r[2].now = p[r[2].n_points - 1];
    r[2].status = BL_DIVERGED_RUN;
    r[2].suboptimality = INFINITY;
    snprintf(r[2].why, sizeof r[2].why, "training diverged at epoch 7, update 961: loss is inf");
    event(s, "sgd", r[2].why);
}

static void tree_row(struct scene *s, size_t number, size_t parent, const char *name, const char *what, const char *changed, double forked, double epoch, double objective)
{
    struct bl_run_info *n = (struct bl_run_info *)s->snap.tree + s->snap.n_tree++;

    *n = (struct bl_run_info){ .number = number, .parent = parent, .contestants = 1, .forked_epoch = forked, .epoch = epoch, .objective = objective, .status = BL_PAUSED };
    snprintf(n->name, sizeof n->name, "%s", name);
    snprintf(n->what, sizeof n->what, "%s", what);
    snprintf(n->changed, sizeof n->changed, "%s", changed);
}

/* The run is a fork of a fork; what was trained before lies behind it. */
static void forks(struct scene *s)
{
    static struct bl_break_view waiting[2];
    struct bl_run_view *old = bl_arena_take(s->arena, 1, sizeof *old);

    s->snap.tree = bl_arena_take(s->arena, 8, sizeof *s->snap.tree);
    tree_row(s, 1, 0, "", "batch", "", 0, 20, 0.3119);
    tree_row(s, 2, 1, "", "batch", "lr=0.1", 4, 12, 0.3507);
    tree_row(s, 3, 1, "careful", "batch", "lr=0.01", 8, 20, 0.4188);
    tree_row(s, 4, 2, "", "mini 16", "mini:16 schedule=cosine", 6, 12, 0.2871);
    tree_row(s, 5, 0, "", "3 contestants", "", 0, 20, 0.2248);
    tree_row(s, 6, 4, "", "mini 16 adam", "optimizer=adam lr=0.02", 9.5, 10, INFINITY);
    ((struct bl_run_info *)s->snap.tree)[3].current = true;
    ((struct bl_run_info *)s->snap.tree)[5].status = BL_DIVERGED_RUN;
    waiting[0] = (struct bl_break_view){ .number = 1, .text = "epoch >= 15" };
    waiting[1] = (struct bl_break_view){ .number = 2, .text = "norm(gradient) > 3", .each_update = true };
    s->snap.breaks = waiting;
    s->snap.n_breaks = 2;
    s->ghost = s->snap;
    contestant(s, old, "batch", 128, 0.5);
    curve(s, old, 49, 18, 0.12, 0.3, 0);
    s->ghost.runs = old;
    s->ghost.n_runs = 1;
}

/* ---- streams ---------------------------------------------------------------------------------------------*/

static size_t *rows_at(struct scene *s, const size_t *rows, size_t n)
{
    size_t *out = bl_arena_take(s->arena, n + 1, sizeof *out);

    memcpy(out, rows, n * sizeof *rows);
    return out;
}

/* The error falls back from `jump` at the change as fast as `heals` says. */
static void strategy(struct scene *s, struct bl_strategy_view *v, const struct bl_stream_view *all, size_t k, double base, double jump, double heals, double cost)
{
    double *error = bl_arena_take(s->arena, all->n, sizeof *error), *sum = bl_arena_take(s->arena, all->n, sizeof *sum);
    double *old = bl_arena_take(s->arena, all->n + 1, sizeof *old), *spent = bl_arena_take(s->arena, all->n + 1, sizeof *spent);
    struct bl_random random = bl_random_stream(6, BL_FOR_NOISE, 0, (uint32_t)k);
    double total = 0;

    old[0] = base;
    spent[0] = k < 3 ? 5440 : k == 3 ? 320 : 5440;
    for (size_t p = 0; p < all->n; p++) {
        double since = all->n_changes && all->at[p] > (double)all->changes[0] ? (all->at[p] - (double)all->changes[0]) / 100 : -1;
        error[p] = (base + (since < 0 ? 0 : jump * bl_exp(-heals * since))) * (0.8 + 0.4 * bl_random_unit(&random));
        total += error[p];
        sum[p] = total / (double)(p + 1);
        old[p + 1] = base + (since < 0 ? 0 : 0.9 * jump * (1 - bl_exp(-heals * since)));
        spent[p + 1] = spent[p] + cost;
    }
    v->kind = (enum bl_stream_kind)k;
    snprintf(v->name, sizeof v->name, "%s", bl_stream_kinds[k]);
    v->error = error, v->cumulative = sum, v->old = old, v->spent = spent;
    v->passes = spent[all->n];
    v->seconds = 0.0004 * (double)(k + 1) * (1 + cost / 1000);
    v->diverged_at = SIZE_MAX;
    v->fits = k == 3 ? 0 : 1;
    v->updates = k >= 3 ? all->tested : 0;
}

static struct bl_stream_view *stream(struct scene *s, const char *dataset, size_t first, size_t rows, size_t stretch, size_t points)
{
    struct bl_stream_view *v = bl_arena_take(s->arena, 1, sizeof *v);
    double *at = bl_arena_take(s->arena, points, sizeof *at), *end = bl_arena_take(s->arena, points, sizeof *end);

    for (size_t p = 0; p < points; p++) {
        end[p] = fmin((double)rows, (double)(first + (p + 1) * stretch));
        at[p] = ((double)(first + p * stretch) + end[p] - 1) / 2;
    }
    snprintf(v->dataset, sizeof v->dataset, "%s", dataset);
    v->first = first, v->rows = rows, v->stretch = stretch, v->probe = 80;
    v->at = at, v->end = end, v->n = points;
    v->planned = (rows - first + stretch - 1) / stretch;
    v->tested = (size_t)end[points - 1] - first;
    s->snap.stream = v;
    s->snap.streams = true;
    return v;
}

/* Under way: labels have turned at row 1000, and two strategies have made new models. */
static void streaming(struct scene *s)
{
    static const size_t change[] = { 1000 }, alarms[] = { 1023, 1311 }, refits[] = { 1073, 1123, 1223, 1423 }, every[] = { 500, 600, 700, 800, 900, 1000, 1100, 1200, 1300, 1400, 1500 };
    struct bl_stream_view *v = stream(s, "drift", 400, 2000, 100, 12);
    struct bl_strategy_view *k = bl_arena_take(s->arena, 5, sizeof *k);

    snprintf(s->snap.dataset, sizeof s->snap.dataset, "drift");
    snprintf(v->model, sizeof v->model, "logistic");
    v->classes = true;
    v->changes = change, v->n_changes = 1;
    strategy(s, &k[0], v, 0, 0.04, 0.5, 0, 0);
    strategy(s, &k[1], v, 1, 0.04, 0.5, 0.08, 18000);
    strategy(s, &k[2], v, 2, 0.04, 0.45, 1.5, 900);
    strategy(s, &k[3], v, 3, 0.05, 0.42, 0.8, 100);
    strategy(s, &k[4], v, 4, 0.05, 0.4, 0.85, 100);
    k[2].alarms = rows_at(s, alarms, 2), k[2].n_alarms = 2;
    k[2].refits = rows_at(s, refits, 4), k[2].n_refits = 4;
    k[1].refits = rows_at(s, every, 11), k[1].n_refits = 11;
    k[1].fits = 12, k[2].fits = 5;
    v->strategies = k, v->n_strategies = 5;
    s->snap.busy = true;
    s->snap.speed = 4;
    s->snap.elapsed = 3.1;
    s->snap.rows = 2000, s->snap.columns = 3;
    snprintf(s->snap.state, sizeof s->snap.state, "run");
    event(s, "", "loaded drift: 2000 rows, 3 columns");
    event(s, "stream", "5 strategies, 1600 rows behind the first 400, seed 1");
    event(s, "drift", "adwin alarms at row 1023");
    event(s, "drift", "adwin alarms at row 1311");
}

/* Through: numbers, no probe, updates that left the finite numbers, a name that is long. */
static void streamed(struct scene *s)
{
    static const size_t alarms[] = { 3659, 6283, 8683, 8907, 9131, 10763, 12971, 14795 };
    struct bl_stream_view *v = stream(s, "bike_hour", 3476, 17379, 279, 50);
    struct bl_strategy_view *k = bl_arena_take(s->arena, 3, sizeof *k);

    snprintf(s->snap.dataset, sizeof s->snap.dataset, "bike_hour");
    snprintf(v->model, sizeof v->model, "linear");
    v->probe = 0;
    strategy(s, &k[0], v, 0, 160, 0, 0, 0);
    strategy(s, &k[1], v, 2, 150, 0, 0, 5200);
    strategy(s, &k[2], v, 4, 140, 0, 0, 279);
    snprintf(k[2].name, sizeof k[2].name, "hybrid(rehearsal=0.3,optimizer=adam)");
    for (size_t i = 0; i < 3; i++)
        k[i].old = NULL;
    k[1].alarms = rows_at(s, alarms, 8), k[1].n_alarms = 8;
    k[1].refits = rows_at(s, alarms, 8), k[1].n_refits = 8;
    k[1].fits = 9;
    k[2].diverged_at = 12010;
    v->strategies = k, v->n_strategies = 3;
    s->snap.rows = 17379, s->snap.columns = 13;
    s->snap.elapsed = 1.9;
    snprintf(s->snap.state, sizeof s->snap.state, "done");
    event(s, "stream", "all 13903 rows are tested: hybrid(rehearsal=0.3,optimizer=adam) errs least, rmse 140.1");
}

bool scene_make(struct scene *s, const char *name)
{
    memset(s, 0, sizeof *s);
    s->arena = bl_arena_create(64 * 1024);
    if (!s->arena)
        return false;
    s->view = (struct bl_view_settings){ .log_y = true, .valid = true, .mouse = true, .fps = 30, .view = -1 };
    s->snap.seed = 1;
    s->snap.optimum = s->snap.target_objective = s->snap.start_objective = s->snap.speed = NAN;
    s->snap.events = bl_arena_take(s->arena, 16, sizeof(struct bl_event));
    snprintf(s->snap.state, sizeof s->snap.state, "ready");
    if (!strcmp(name, "empty"))
        return true;
    snprintf(s->snap.dataset, sizeof s->snap.dataset, "houses");
    snprintf(s->snap.target, sizeof s->snap.target, "river");
    snprintf(s->snap.task, sizeof s->snap.task, "classification");
    s->snap.classes = 2;
    columns(s);
    if (!strcmp(name, "stream"))
        streaming(s);
    if (!strcmp(name, "streamed"))
        streamed(s);
    if (!strcmp(name, "loaded") || s->snap.streams)
        return true;
    race(s, !strcmp(name, "single") || !strcmp(name, "forked") ? 1 : !strcmp(name, "ten") ? 10 : 3);
    boundary(s);
    surface(s);
    theory(s);
    update(s);
    if (!strcmp(name, "network"))
        network(s);
    evaluation(s);
    if (!strcmp(name, "diverged"))
        diverge(s);
    if (!strcmp(name, "forked"))
        forks(s);
    return true;
}

void scene_done(struct scene *s) { bl_arena_free(s->arena); }
