/* modes: the run along the eigenvectors of its Hessian, and how long that takes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/language/commands/run.h"

enum { LOADS = 3, LOADS_SHOWN = 2 }; /* parameters named for a mode, in JSON and in the table */

struct view { /* what is told */
    struct bl_session *session;
    struct bl_result *r;
    const struct bl_modes *modes;
    const char *const *names;
    struct bl_trainer *trainer;
    const struct bl_optimum *optimum;
    struct place { size_t mode; double gap; } *order; /* the one with the largest part of the gap first */
    size_t shown;
};

static int by_gap(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return x->gap > y->gap ? -1 : x->gap < y->gap ? 1 : x->mode < y->mode ? -1 : 1;
}

static double gap_of_all(const struct bl_modes *m)
{
    double sum = 0;

    for (size_t i = 0; i < m->n; i++)
        sum += m->mode[i].gap;
    return sum;
}

/* ---- what loads on a mode ---------------------------------------------------------------------------------*/

static double weight_of(const struct bl_modes *m, size_t parameter, size_t mode)
{
    return m->vectors[parameter * m->n_params + mode];
}

/* The parameters that weigh most, without sorting them all. */
static size_t heaviest(const struct bl_modes *m, size_t mode, size_t found[LOADS])
{
    size_t n = 0;

    for (size_t j = 0; j < m->n_params; j++) {
        size_t at = n < LOADS ? n : LOADS;
        while (at > 0 && fabs(weight_of(m, j, mode)) > fabs(weight_of(m, found[at - 1], mode)))
            at--;
        if (at == LOADS)
            continue;
        n = n < LOADS ? n + 1 : n;
        memmove(found + at + 1, found + at, (n - at - 1) * sizeof *found);
        found[at] = j;
    }
    return n;
}

static void loads_text(const struct view *v, size_t mode, struct bl_text *out)
{
    size_t found[LOADS], n = heaviest(v->modes, mode, found);

    for (size_t i = 0; i < n && i < LOADS_SHOWN && fabs(weight_of(v->modes, found[i], mode)) > 0.1; i++)
        bl_text_addf(out, "%s%+.1f %s", i ? " " : "", weight_of(v->modes, found[i], mode), v->names[found[i]]);
}

static json_t *loads_json(const struct view *v, size_t mode)
{
    size_t found[LOADS], n = heaviest(v->modes, mode, found);
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *one = json_object();
        bl_json_set(v->r, one, "name", bl_json_text(v->names[found[i]]));
        bl_json_set(v->r, one, "weight", bl_json_number(weight_of(v->modes, found[i], mode)));
        bl_json_append(v->r, list, one);
    }
    return list;
}

/* ---- the table --------------------------------------------------------------------------------------------*/

static void tell_table(const struct view *v)
{
    static const char *const heads[] = {"eigenvalue", "rate", "to 1/10", "error", "% of gap"};
    struct bl_grid *g = bl_result_grid(v->r);
    double gap = gap_of_all(v->modes);

    bl_grid_column(g, "mode", BL_COUNT);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        bl_grid_column(g, heads[i], BL_MIXED);
    bl_grid_column(g, "mostly along", BL_PROSE);
    for (size_t i = 0; i < v->shown; i++) {
        size_t at = v->order[i].mode;
        const struct bl_mode *m = &v->modes->mode[at];
        struct bl_text loads = { 0 };

        loads_text(v, at, &loads);
        bl_grid_count(g, at + 1);
        bl_grid_number(g, m->eigenvalue);
        bl_grid_number(g, m->rate);
        bl_grid_number(g, bl_mode_updates_to_tenth(m));
        bl_grid_number(g, m->now);
        bl_grid_number(g, gap > 0 ? round(1000 * m->gap / gap) / 10 : 0);
        bl_grid_text(g, bl_text_get(&loads));
        bl_text_free(&loads);
    }
}

static void tell_json(const struct view *v)
{
    json_t *list = json_array();

    for (size_t i = 0; i < v->modes->n; i++) {
        const struct bl_mode *m = &v->modes->mode[i];
        json_t *one = json_object();

        bl_json_set(v->r, one, "mode", json_integer((json_int_t)i + 1));
        bl_json_set(v->r, one, "eigenvalue", bl_json_number(m->eigenvalue));
        bl_json_set(v->r, one, "rate", bl_json_number(m->rate));
        bl_json_figure(v->r, one, "updates_to_tenth", bl_mode_updates_to_tenth(m), "this direction does not shrink at this lr");
        bl_json_set(v->r, one, "start", bl_json_number(m->start));
        bl_json_set(v->r, one, "now", bl_json_number(m->now));
        bl_json_set(v->r, one, "gap", bl_json_number(m->gap));
        bl_json_set(v->r, one, "loads", loads_json(v, i));
        bl_json_append(v->r, list, one);
    }
    bl_result_set(v->r, "modes", list);
    bl_result_number(v->r, "lr", v->modes->lr, NULL);
}

/* ---- predicted beside measured ------------------------------------------------------------------------------*/

static double measured_updates(const struct view *v, double target)
{
    size_t n, at;
    const struct bl_point *points = bl_trainer_points(v->trainer, &n);

    at = bl_first_reaching(points, n, target);
    return at == SIZE_MAX ? NAN : (double)points[at].updates;
}

/* That of the race, else its default: a hundredth of the gap at the start. */
static double target_of(const struct view *v)
{
    double target = bl_workbench_target(v->session->workbench), best = v->optimum->objective;
    size_t n;
    const struct bl_point *points = bl_trainer_points(v->trainer, &n);

    return isnan(target) && n ? best + 0.01 * (points[0].objective - best) : target;
}

static void tell_updates(const struct view *v)
{
    double target = target_of(v), gap = target - v->optimum->objective, predicted, measured;
    char goal[32], number[32];

    if (!v->modes->exact) {
        bl_result_line(v->r, "rates are those of plain full-batch descent at lr=%s, near the optimum",
                       bl_number_format(number, sizeof number, v->modes->lr, 4));
        return;
    }
    if (!(gap > 0))
        return;
    predicted = bl_modes_updates_to(v->modes, gap);
    measured = measured_updates(v, target);
    bl_result_number(v->r, "predicted_updates", predicted, "at this lr a direction does not shrink");
    if (!isnan(measured))
        bl_result_number(v->r, "measured_updates", measured, NULL);
    bl_number_format(goal, sizeof goal, target, 4);
    if (isinf(predicted))
        bl_result_line(v->r, "objective %s is never reached at this lr: the first mode does not shrink", goal);
    else
        bl_result_line(v->r, "objective %s: predicted after %.0f updates, %s%s", goal, predicted, isnan(measured) ? "not reached yet" : "measured ",
                       isnan(measured) ? "" : bl_number_exact(number, sizeof number, measured));
}

/* The measured suboptimality and, where it is exact, the one that the modes give at the same updates. */
static void tell_chart(const struct view *v)
{
    size_t n, kept = 0;
    const struct bl_point *points = bl_trainer_points(v->trainer, &n);
    double *x = bl_calloc(3 * n + 1, sizeof *x), *real = x + n, *told = real + n;

    if (x) {
        for (size_t i = 0; i < n; i++, kept++) {
            x[kept] = (double)points[i].updates;
            real[kept] = points[i].objective - v->optimum->objective;
            told[kept] = bl_modes_predict(v->modes, x[kept]);
        }
        const struct bl_series series[] = { { .name = "measured", .x = x, .y = real, .n = kept },
                                            { .name = "predicted", .x = x, .y = told, .n = kept, .style = 1 } };
        struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
        chart.title = "above the optimum (log) by updates";
        chart.x.label = "updates";
        chart.x.count = true;
        chart.y.log = true;
        chart.series = series;
        chart.n_series = v->modes->exact ? 2 : 1;
        if (kept > 1)
            bl_result_chart(v->r, &chart, 0);
    }
    bl_free(x);
}

/* ---- the command ----------------------------------------------------------------------------------------------*/

static bool tell(struct view *v, struct bl_error *err)
{
    v->order = bl_calloc(v->modes->n, sizeof *v->order);
    if (!v->order)
        return bl_fail_memory(err, "the eigen-modes");
    for (size_t i = 0; i < v->modes->n; i++)
        v->order[i] = (struct place){ i, v->modes->mode[i].gap };
    qsort(v->order, v->modes->n, sizeof *v->order, by_gap);
    v->shown = v->shown < v->modes->n ? v->shown : v->modes->n;
    tell_chart(v);
    tell_table(v);
    tell_json(v);
    if (v->shown < v->modes->n)
        bl_result_line(v->r, "%zu of %zu modes, those that hold the run back first (modes top=%zu shows all)", v->shown, v->modes->n,
                       v->modes->n);
    tell_updates(v);
    bl_free(v->order);
    return true;
}

static bool run_modes(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_race *race = run_needed(s, r, err) ? bl_workbench_race(s->workbench, err) : NULL;
    struct view v = { .session = s, .r = r, .optimum = race ? bl_workbench_optimum(s->workbench, err) : NULL };
    struct bl_theory theory;
    struct bl_modes modes;
    int64_t top = 8;
    size_t which, n;
    bool ok;

    if (!v.optimum || !contestant_find(race, a, &which, err) || !bl_arg_integer(a, "top", 1, 1000000, &top, err) ||
        !(v.names = bl_workbench_parameter_names(s->workbench, &n, err)))
        return false;
    v.trainer = bl_race_trainer(race, which);
    v.shown = (size_t)top;
    if (!bl_theory_of(v.trainer, v.optimum, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), &theory, err))
        return false;
    ok = bl_modes_of(v.trainer, v.optimum, &theory, &modes, err);
    v.modes = &modes;
    ok = ok && tell(&v, err);
    bl_modes_done(&modes);
    bl_theory_done(&theory);
    return ok;
}

const struct bl_command bl_command_modes = {
    .name = "modes", .arguments = "[CONTESTANT] [top=8]", .group = "compare",
    .summary = "which directions hold descent back, and how long they take",
    .help = "Along each eigenvector of the Hessian at the optimum, a full-batch update leaves 1 - lr x eigenvalue of the error: "
            "steep directions are done in a few updates, flat ones take 1 / (lr x eigenvalue). The table tells how many "
            "updates leave a tenth of the error, the error that is left, its share of the gap to the optimum, and the "
            "parameters that make up most of the direction. For model linear under "
            "plain full-batch descent this is exact: the predicted curve and the updates to the target stand beside the "
            "measured ones.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_NONE,
    .keys = (const struct bl_key[]){ { "top", "", "how many modes are shown (default 8)" }, { 0 } },
    .examples = (const char *const[]){ "load diabetes; train batch epochs=50; modes", "load diabetes; compare epochs=10 watch=no; modes batch", NULL },
    .see = "theory, story", .run = run_modes,
};
