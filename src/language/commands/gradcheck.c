/* gradcheck: is the gradient the derivative of the objective? */
#include <math.h>
#include <string.h>

#include "src/language/commands/run.h"

#define CHECKED 200

static void gradcheck_tell(struct bl_result *r, const struct bl_objective *o, const struct bl_gradient_check *c, const char *name)
{
    char a[32];
    struct bl_grid *g;

    bl_result_number(r, "worst", c->worst, "the objective is not finite beside these parameters");
    bl_result_set(r, "parameter", bl_json_text(name));
    bl_result_number(r, "analytic", c->analytic, "not finite");
    bl_result_number(r, "numeric", c->numeric, "not finite");
    bl_result_set(r, "checked", json_integer((json_int_t)c->checked));
    bl_result_set(r, "skipped", json_integer((json_int_t)c->skipped));
    g = bl_result_grid(r);
    bl_grid_digits(g, 12);
    bl_grid_column(g, "worst parameter", BL_LEFT);
    bl_grid_column(g, "analytic", BL_NUMBER);
    bl_grid_column(g, "numeric", BL_NUMBER);
    bl_grid_text(g, name);
    bl_grid_number(g, c->analytic);
    bl_grid_number(g, c->numeric);
    bl_result_line(r, "worst relative error %s over %zu of %zu parameters", bl_number_format(a, sizeof a, c->worst, 3), c->checked, o->n_params);
    if (c->skipped)
        bl_result_line(r, "%zu weights are 0: l1 has no derivative there", c->skipped);
    if (o->network && o->type->jumps)
        bl_result_line(r, "relu has kinks: rows whose unit is within a step of 0 make the two differ");
    if (o->type->kinks)
        bl_result_line(r, "the loss has kinks: rows within a step of one make the two differ");
}

static bool run_gradcheck(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_race *race = run_needed(s, r, err) ? bl_workbench_race(s->workbench, err) : NULL;
    int64_t most = CHECKED;
    struct bl_gradient_check c;

    if (!race || !bl_arg_integer(a, "parameters", 1, INT64_C(1) << 40, &most, err))
        return false;
    struct bl_text name = { 0 };
    struct bl_trainer *t = bl_race_trainer(race, 0);
    const struct bl_objective *o = bl_trainer_objective(t);
    bl_progress_start(bl_workbench_progress(s->workbench), "checking the gradient", 0);
    if (!bl_gradient_check_at(o, bl_trainer_theta(t), NULL, (size_t)most, bl_workbench_pool(s->workbench),
                              bl_workbench_progress(s->workbench), &c, err))
        return false;
    if (bl_race_size(race) > 1)
        bl_result_line(r, "for %s", bl_race_name(race, 0));
    bl_workbench_parameter_name(s->workbench, c.parameter, &name);
    gradcheck_tell(r, o, &c, bl_text_get(&name));
    bl_text_free(&name);
    return true;
}

const struct bl_command bl_command_gradcheck = {
    .name = "gradcheck", .arguments = "[parameters=200]", .group = "compare",
    .summary = "the gradient against differences of the objective",
    .help = "Moves one parameter at a time by a little, up and down from where the run stands, and compares the change of the "
            "objective over all training rows with the gradient. Shown is the worst relative error: below 1e-8 the two "
            "agree. Errors are relative to the larger of the two, and at least to a thousandth of the objective.",
    .first = BL_ARG_NONE, .further = BL_ARG_NONE,
    .keys = (const struct bl_key[]){ { "parameters", "", "how many at most, spread evenly (default 200)" }, { 0 } },
    .examples = (const char *const[]){ "load iris; train batch epochs=3; gradcheck", NULL },
    .see = "explain, theory", .run = run_gradcheck,
};
