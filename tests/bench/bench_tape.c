/* What a run costs beside its updates, on the small sets: recording the points of an epoch (their figures, and
 * what is kept for the tape and the charts) against the updates of the epoch, and going to any of 100,000
 * updates. Default recipe and split, default rates; one thread, so processor time stands for the clock. */
#include "again.h"

#include <stdio.h>


enum { UPDATES = 100000, PLACES = 24, EPOCHS = 1000 };

struct set { const char *name, *model; struct bl_matrix *x, *v; struct bl_objective o; };

static struct bl_matrix *part(const struct bl_recipe *r, const struct bl_table *t, const struct bl_roles *roles, const struct bl_split *s, enum bl_part p)
{
    struct bl_matrix *m = bl_recipe_apply(r, t, roles, s->rows[p], s->n[p], NULL, NULL);

    bench_need(m != NULL, "no matrix");
    return m;
}

static void open_set(struct set *s)
{
    static const double percent[BL_PARTS] = { 60, 20, 20 };
    struct bl_roles roles = { 0 };
    struct bl_split split;
    struct bl_recipe *recipe;
    struct bl_table *t;
    struct bl_error err = { 0 };
    uint32_t *rows;
    size_t n;
    char path[600];

    snprintf(path, sizeof path, "%s/sample-data/%s.csv", BL_SOURCE_DIR, s->name);
    t = bl_load(path, NULL, &err);
    bench_need(t && bl_roles_choose(&roles, t, NULL, -1, NULL, &err), err.message);
    recipe = bl_recipe_default_for(t, &err);
    bench_need(recipe && bl_recipe_rows(recipe, t, &roles, &rows, &n, &err), err.message);
    bench_need(bl_split_draw(&split, t, &roles, rows, n, percent, roles.task == BL_CLASSIFICATION, 1, &err), err.message);
    bench_need(bl_recipe_fit(recipe, t, &roles, split.rows[BL_TRAIN], split.n[BL_TRAIN], NULL, NULL, &err), err.message);
    s->x = part(recipe, t, &roles, &split, BL_TRAIN);
    s->v = part(recipe, t, &roles, &split, BL_VALIDATION);
    bench_need(bl_objective_init(&s->o, bl_objective_find(s->model), s->x, s->v, roles.n_classes, true, 0, "y", &err), err.message);
    bl_free(rows);
    bl_split_free(&split);
    bl_recipe_free(recipe);
    bl_roles_free(&roles);
    bl_table_free(t);
}

static struct bl_trainer *begin(const struct set *s, const char *regime, const char *optimizer)
{
    bool known;
    struct bl_settings set;
    struct bl_trainer *t;
    struct bl_error err = { 0 };

    bl_settings_init(&set);
    bench_need(bl_settings_regime(&set, regime, &err), err.message);
    bench_need(bl_settings_set(&set, "optimizer", optimizer, &known, &err), err.message);
    set.epochs = UPDATES;
    t = bl_trainer_create(&s->o, &set, NULL, NULL, &err);
    bench_need(t != NULL, err.message);
    return t;
}

/* ---- recording ------------------------------------------------------------------------------------*/
/* A point needs figures that the updates do not give: the loss over the validation rows, and unless every
 * update sees all rows loss and gradient over the training rows. They are computed here where recording would
 * compute them, at each end of an epoch. Recording is what comes on top. */
struct recording { const struct set *set; const char *regime; struct bl_trainer *again; struct bl_workspace *workspace; double *gradient; };

static bool figures(void *context, struct bl_trainer *t, const struct bl_seen *seen)
{
    const struct recording *r = context;
    const struct bl_objective *o = &r->set->o;
    const double *theta = bl_trainer_theta(t);

    (void)seen;
    if (bl_trainer_updates_per_epoch(t) > 1)
        bench_sink(bl_objective_pass(o, o->train, theta, r->gradient, r->workspace));
    bench_sink(bl_objective_pass(o, o->validation, theta, NULL, r->workspace));
    bench_sink(bl_objective_penalty(o, theta) + bl_objective_gradient_norm(o, theta, r->gradient));
    return false;
}

static double again_once(void *context)
{
    const struct recording *r = context;

    return again_play(r->again, EPOCHS, bench_processor);
}

static double figures_once(void *context)
{
    struct recording *r = context;
    double seconds;

    bl_trainer_watch(r->again, figures, r, false);
    seconds = again_play(r->again, EPOCHS, bench_processor);
    bl_trainer_watch(r->again, again_look, NULL, false);
    return seconds;
}

static double recorded_once(void *context)
{
    const struct recording *r = context;
    struct bl_trainer *t = begin(r->set, r->regime, "gd");
    const double start = bench_processor();

    bench_need(bl_trainer_epochs(t, EPOCHS, NULL, NULL), "an epoch failed");
    const double seconds = (bench_processor() - start) / EPOCHS;
    bl_trainer_free(t);
    return seconds;
}

static void record(const struct set *s, const char *regime)
{
    static double gradient[1000];
    struct recording r = { .set = s, .regime = regime, .again = begin(s, regime, "gd"), .workspace = bl_workspace_create(&s->o, NULL, NULL),
                           .gradient = gradient };
    struct bench_work works[3] = { { .name = "epoch, nothing recorded", .once = again_once, .context = &r },
                                   { .name = "epoch and figures of a point", .once = figures_once, .context = &r },
                                   { .name = "epoch, recorded", .once = recorded_once, .context = &r } };

    bench_need(r.workspace != NULL && s->o.n_params <= 1000, "no workspace");
    again_begin(r.again, EPOCHS);
    bench_run(works, 3, 1);
    printf("%-14s %-8s %7.2f us an epoch; with the figures of its point %5.2f times; recorded %5.3f times that (aim: at most 1.02)\n", s->name, regime,
           1e6 * works[0].median.wall, works[1].median.wall / works[0].median.wall, works[2].median.wall / works[1].median.wall);
    fflush(stdout);
    bl_workspace_free(r.workspace);
    bl_trainer_free(r.again);
}

/* ---- going anywhere ----------------------------------------------------------------------------------*/
static void go(const struct set *s, const char *regime, const char *optimizer)
{
    struct bl_trainer *t = begin(s, regime, optimizer);
    double sum = 0, most = 0;

    bench_need(bl_trainer_goto_update(t, UPDATES, NULL, NULL) && bl_trainer_update(t) == UPDATES, "the run ended early");
    for (uint64_t i = 0; i < PLACES; i++) { /* far apart, back and forward */
        const uint64_t to = (i * 7 % PLACES * (UPDATES / PLACES) + 1237 * i) % UPDATES;
        const double start = bench_now();
        bench_need(bl_trainer_goto_update(t, to, NULL, NULL) && bl_trainer_update(t) == to, "no way there");
        const double seconds = bench_now() - start;
        sum += seconds;
        most = seconds > most ? seconds : most;
    }
    printf("goto, %-14s %-8s %-8s %6.2f ms in the mean, %6.2f at most of %d places (aim: at most 100)\n", s->name, regime, optimizer,
           1e3 * sum / PLACES, 1e3 * most, PLACES);
    fflush(stdout);
    bl_trainer_free(t);
}

int main(void)
{
    static const char *const regimes[] = { "sgd", "mini:32", "batch" }, *const optimizers[] = { "gd", "adam", "svrg" };
    struct set sets[] = { { .name = "iris", .model = "softmax" }, { .name = "breast_cancer", .model = "logistic" }, { .name = "diabetes", .model = "linear" } };

    printf("recording, %d epochs a turn, one thread\n", EPOCHS);
    for (size_t s = 0; s < 3; s++) {
        open_set(&sets[s]);
        for (size_t r = 0; r < 3; r++)
            record(&sets[s], regimes[r]);
    }
    for (size_t o = 0; o < 3; o++)
        for (size_t s = 0; s < 3; s++)
            for (size_t r = 0; r < 3; r++)
                go(&sets[s], regimes[r], optimizers[o]);
    for (size_t s = 0; s < 3; s++) {
        bl_objective_done(&sets[s].o);
        bl_matrix_free(sets[s].x);
        bl_matrix_free(sets[s].v);
    }
    return 0;
}
