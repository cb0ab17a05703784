/* A search over 20 penalties by 5 folds against its bare fits: models trained and judged one after the other on
 * rows that are ready. What it costs more is preparing, sharing out and keeping; two threads should halve it. A
 * cross-validation of 10 repeats by 10 folds against the same 100 fits by hand: rows of a fold prepared, fitted and judged, one
 * after the other. What it costs more is sharing out and keeping, and what the command tells of it. */
#include "bench.h"

#include "batchlab/language.h"

enum { POINTS = 20, FOLDS = 5, REPEATS = 10 };

struct job {
    struct bl_table *table;
    struct bl_roles roles;
    struct bl_procedure procedures[POINTS];
    double l2[POINTS];
    struct bl_folds folds;
    struct bl_material material[FOLDS];
    struct bl_pool *pools[3]; /* by threads */
    struct bl_folds repeated; /* REPEATS × REPEATS */
    struct bl_workbench *workbench;
    struct bl_session session;
};
struct threaded { struct job *job; size_t threads; };

static bool make(const void *model, const struct bl_procedure *p, const struct bl_matrix *train, struct bl_objective *out, struct bl_error *err)
{
    return bl_objective_init(out, bl_objective_find("logistic"), train, NULL, p->roles->n_classes, true, *(const double *)model, "target", err);
}

static double bare_once(void *context)
{
    struct job *j = context;
    const double start = bench_now();

    for (size_t p = 0; p < POINTS; p++)
        for (size_t f = 0; f < FOLDS; f++) {
            struct bl_fit fit;
            struct bl_evaluation e;
            bench_need(bl_fit_train(&fit, &j->procedures[p], j->material[f].train, NULL, NULL, NULL) &&
                           bl_fit_judge(&fit, j->material[f].held, NULL, &e, NULL, NULL), "a fit failed");
            bench_sink(e.figures[0].value);
            bl_evaluation_free(&e);
            bl_fit_free(&fit);
        }
    return bench_now() - start;
}

static double trials_once(void *context)
{
    const struct threaded *x = context;
    struct bl_trials t = { .procedures = x->job->procedures, .n_procedures = POINTS, .folds = &x->job->folds };
    const double start = bench_now();
    double end;

    bench_need(bl_trials_run(&t, x->job->pools[x->threads], NULL, NULL), "the trials failed");
    end = bench_now() - start;
    bench_sink(t.items[0].held[0]);
    bl_trials_free(&t);
    return end;
}

/* ---- cross-validation -----------------------------------------------------------------------------------*/

static double by_hand_once(void *context)
{
    struct job *j = context;
    const double start = bench_now();

    for (size_t f = 0; f < j->repeated.n; f++) {
        uint32_t *train, *held;
        size_t n_train, n_held;
        struct bl_material m;
        struct bl_fit fit;
        struct bl_evaluation e;

        bench_need(bl_folds_rows(&j->repeated, f, false, &train, &n_train, NULL) && bl_folds_rows(&j->repeated, f, true, &held, &n_held, NULL) &&
                       bl_material_make(&m, &j->procedures[9], train, n_train, held, n_held, NULL, NULL, NULL), "no material");
        bench_need(bl_fit_train(&fit, &j->procedures[9], m.train, NULL, NULL, NULL) && bl_fit_judge(&fit, m.held, NULL, &e, NULL, NULL), "a fit failed");
        bench_sink(e.figures[0].value);
        bl_evaluation_free(&e);
        bl_fit_free(&fit);
        bl_material_free(&m);
        bl_free(train);
        bl_free(held);
    }
    return bench_now() - start;
}

static double command_once(void *context)
{
    struct job *j = context;
    const double start = bench_now();

    bench_need(bl_session_run(&j->session, "cv 10 full:newton repeats=10") == 0, "cv failed");
    return bench_now() - start;
}

static void count(void *context, const char *text, size_t n)
{
    (void)context;
    (void)text;
    bench_sink((double)n);
}

static void set_up_cv(struct job *j)
{
    struct bl_folds_how how = { BL_FOLDS_STRATIFIED, REPEATS, REPEATS, SIZE_MAX, 1 };

    bench_need(bl_folds_make(&j->repeated, j->table, &j->roles, j->folds.rows, j->folds.n_rows, &how, NULL), "no folds");
    bench_need((j->workbench = bl_workbench_create(1, 1, NULL)) != NULL && bl_session_init(&j->session, j->workbench, NULL), "no session");
    j->session.screen.out = j->session.screen.note = count;
    bench_need(bl_session_run(&j->session, "set runs=no; load breast_cancer; model logistic l2=0.01") == 0, "no model");
}

static void tear_down_cv(struct job *j)
{
    bl_session_done(&j->session);
    bl_workbench_free(j->workbench);
    bl_folds_free(&j->repeated);
}

static void set_up(struct job *j)
{
    struct bl_folds_how how = { BL_FOLDS_STRATIFIED, FOLDS, 1, SIZE_MAX, 1 };
    uint32_t *rows;
    size_t n;
    struct bl_recipe *recipe = bl_recipe_default(NULL);

    bench_need((j->table = bl_load("breast_cancer", &(struct bl_load_options){ 0 }, NULL)) != NULL, "no data");
    bench_need(recipe && bl_roles_choose(&j->roles, j->table, NULL, -1, NULL, NULL), "no target");
    bench_need(bl_recipe_rows(recipe, j->table, &j->roles, &rows, &n, NULL), "no rows");
    bench_need(bl_folds_make(&j->folds, j->table, &j->roles, rows, n, &how, NULL), "no folds");
    for (size_t p = 0; p < POINTS; p++) {
        j->l2[p] = 0.001 * (double)(p + 1);
        j->procedures[p] = (struct bl_procedure){ .table = j->table, .roles = &j->roles, .share = 1, .objective = make, .model = &j->l2[p] };
        bl_settings_init(&j->procedures[p].settings);
        bench_need(bl_settings_regime(&j->procedures[p].settings, "full:newton", NULL), "no regime");
    }
    for (size_t f = 0; f < FOLDS; f++) {
        uint32_t *train, *held;
        size_t n_train, n_held;
        bench_need(bl_folds_rows(&j->folds, f, false, &train, &n_train, NULL) && bl_folds_rows(&j->folds, f, true, &held, &n_held, NULL) &&
                       bl_material_make(&j->material[f], &j->procedures[0], train, n_train, held, n_held, NULL, NULL, NULL), "no material");
        bl_free(train);
        bl_free(held);
    }
    for (size_t t = 1; t < 3; t++)
        bench_need((j->pools[t] = bl_pool_create(t, NULL)) != NULL, "no threads");
    bl_free(rows);
    bl_recipe_free(recipe);
}

int main(void)
{
    struct job j = { 0 };
    struct threaded one = { &j, 1 }, two = { &j, 2 };
    struct bench_work crossed[] = {
        { "100 fits by hand, each prepared", by_hand_once, &j, { 0, 0 } },
        { "the command cv on 1 thread", command_once, &j, { 0, 0 } },
    };
    struct bench_work works[] = {
        { "100 fits, one after the other", bare_once, &j, { 0, 0 } },
        { "tune on 1 thread", trials_once, &one, { 0, 0 } },
        { "tune on 2 threads", trials_once, &two, { 0, 0 } },
    };

    set_up(&j);
    bench_run(works, 3, 6);
    bench_times(&works[1], &works[0], 1.1);
    bench_times(&works[2], &works[0], 0.55);
    set_up_cv(&j);
    bench_run(crossed, 2, 6);
    bench_times(&crossed[1], &crossed[0], 1.1);
    tear_down_cv(&j);
    for (size_t f = 0; f < FOLDS; f++)
        bl_material_free(&j.material[f]);
    bl_folds_free(&j.folds);
    bl_roles_free(&j.roles);
    bl_table_free(j.table);
    bl_pool_free(j.pools[1]);
    bl_pool_free(j.pools[2]);
    return 0;
}
