/* whatif: the same model on data prepared in a wrong way, to see what the mistake is worth. */
#include <math.h>
#include <string.h>

#include "batchlab/evaluate.h"
#include "src/language/commands/command.h"

/* One of the two worlds: prepared, solved, and judged on rows that did not train. */
struct world {
    struct bl_prepared *p;
    struct bl_objective objective;
    struct bl_optimum optimum;
    struct bl_evaluation figures;
    bool solved;
};

static void world_done(struct world *x)
{
    if (x->solved)
        bl_optimum_done(&x->optimum);
    bl_evaluation_free(&x->figures);
    if (x->p)
        bl_objective_done(&x->objective);
    bl_prepared_free(x->p);
}

static bool judge(struct bl_session *s, struct world *x, const struct bl_matrix *m, struct bl_error *err)
{
    const struct bl_objective *o = &x->objective;
    struct bl_pool *pool = bl_workbench_pool(s->workbench);
    size_t width = o->n_classes ? o->n_classes : 1;
    double *out = bl_calloc(m->n_rows, width * sizeof *out);
    bool good;

    if (!out)
        return bl_fail_memory(err, "the predictions");
    bl_objective_predict(o, x->optimum.theta, m, out, pool);
    good = o->n_classes ? bl_evaluate_classes(&x->figures, out, m->y, m->n_rows, width, 1, NAN, pool, err)
                        : bl_evaluate_values(&x->figures, out, m->y, m->n_rows, NAN, err);
    bl_free(out);
    return good;
}

static bool solve(struct bl_session *s, struct world *x, struct bl_error *err)
{
    struct bl_progress *progress = bl_workbench_progress(s->workbench);

    bl_progress_start(progress, "finding the optimum", 0);
    x->solved = bl_optimum_find(&x->objective, bl_workbench_pool(s->workbench), progress, &x->optimum, err);
    if (!x->solved || x->optimum.exists)
        return x->solved;
    bl_fail(err, BL_STATE, "there is no optimum to compare: %s", x->optimum.reason);
    return bl_hint(err, "model %s l2=0.01", x->objective.type->name);
}

static bool live_through(struct bl_session *s, struct world *x, bool leak, struct bl_warnings *warnings, struct bl_error *err)
{
    struct bl_dataset as = *bl_workbench_dataset(s->workbench, NULL);
    const struct bl_matrix *m;

    as.leak = leak;
    if (!(x->p = bl_workbench_imagine(s->workbench, &as, &x->objective, warnings, err)))
        return false;
    m = x->p->part[BL_VALIDATION] ? x->p->part[BL_VALIDATION] : x->p->part[BL_TEST];
    if (m)
        return solve(s, x, err) && judge(s, x, m, err);
    bl_fail(err, BL_STATE, "the split has no rows to judge by");
    return bl_hint(err, "split 60 20 20");
}

/* How much better the leak makes the model look, in the direction of the metric. */
static double optimism(const struct bl_figure *honest, const struct bl_figure *leaking)
{
    return honest->metric->higher ? leaking->value - honest->value : honest->value - leaking->value;
}

static void tell(struct bl_result *r, const struct world *honest, const struct world *leaking)
{
    struct bl_grid *g = bl_result_grid(r);
    json_t *objects[3] = {json_object(), json_object(), json_object()};
    bool same = true;

    bl_grid_column(g, "metric", BL_LEFT);
    bl_grid_column(g, "fitted on training rows", BL_MIXED);
    bl_grid_column(g, "fitted on all rows", BL_MIXED);
    bl_grid_column(g, "optimism", BL_MIXED);
    for (size_t i = 0; i < honest->figures.n_figures; i++) {
        const struct bl_figure *a = &honest->figures.figures[i], *b = &leaking->figures.figures[i];
        const double values[] = {a->value, b->value, optimism(a, b)};
        const char *reason = a->reason ? a->reason : b->reason;

        same = same && (values[2] == 0 || isnan(values[2]));
        bl_grid_text(g, a->metric->name);
        for (size_t k = 0; k < 3; k++) {
            bl_json_figure(r, objects[k], a->metric->name, values[k], reason ? reason : "it does not exist here");
            bl_grid_number(g, values[k]);
        }
    }
    bl_result_set(r, "honest", objects[0]);
    bl_result_set(r, "leaking", objects[1]);
    bl_result_set(r, "optimism", objects[2]);
    bl_result_line(r, same ? "this recipe learns nothing that these rows could tell it: no difference"
                           : "optimism: how much better the leak makes the model look; above 0 it promises what it cannot keep");
}

static bool run_whatif(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct world honest = {0}, leaking = {0};
    bool leak = false, good;

    if (!d || !bl_arg_yes(a, "leak", &leak, err))
        return false;
    if (!leak) {
        bl_fail(err, BL_USAGE, "whatif needs to know what");
        return bl_hint(err, "whatif leak=yes");
    }
    if (d->roles.target == SIZE_MAX) {
        bl_fail(err, BL_STATE, "%s has no target to learn", d->table->name);
        return bl_roles_hint(d->table, err);
    }
    good = live_through(s, &honest, false, bl_result_warnings(r), err) && live_through(s, &leaking, true, NULL, err);
    if (good) {
        bl_result_set(r, "split", json_string(honest.p->part[BL_VALIDATION] ? "validation" : "test"));
        bl_result_set(r, "rows", json_integer((json_int_t)honest.figures.rows));
        tell(r, &honest, &leaking);
    }
    world_done(&honest);
    world_done(&leaking);
    return good;
}

const struct bl_command bl_command_whatif = {
    .name = "whatif",
    .arguments = "leak=yes",
    .group = "prepare",
    .summary = "show what a mistake in the preparation would promise",
    .help = "leak=yes fits the recipe on all rows, those of validation and test too, as happens when a table is "
            "prepared before it is split. Both models go to their optimum and are judged by the same validation "
            "rows (test rows where there are none). Nothing of the session changes.",
    .examples = BL_EXAMPLES("load titanic; model logistic l2=0.01; whatif leak=yes",
                            "load iris; model softmax l2=0.01; whatif leak=yes"),
    .see = "prep, recipe, split",
    .keys = BL_KEYS({"leak", "yes|no", "fit the recipe on all rows"}),
    .run = run_whatif,
};
