/* layers: what the next update does to each layer of a network, and what each gives on training rows. */
#include <math.h>
#include <stdio.h>

#include "src/language/commands/run.h"

/* ---- the object -------------------------------------------------------------------------------------*/

static json_t *histogram_json(struct bl_result *r, const struct bl_layer_state *s)
{
    json_t *counts = json_array();

    for (size_t k = 0; k < BL_LAYER_BINS; k++)
        bl_json_append(r, counts, json_integer((json_int_t)s->count[k]));
    return counts;
}

static json_t *layer_json(struct bl_result *r, const struct bl_layers_view *v, const struct bl_layer_state *s)
{
    const char *why = v->no_update[0] && s->trained ? v->no_update : "this layer has no parameters";
    json_t *one = json_object();

    bl_json_set(r, one, "name", bl_json_text(s->is.name));
    bl_json_set(r, one, "type", json_string(s->is.type));
    bl_json_set(r, one, "inputs", json_integer((json_int_t)s->is.in));
    bl_json_set(r, one, "units", json_integer((json_int_t)s->is.out));
    bl_json_set(r, one, "parameters", json_integer((json_int_t)s->is.n_params));
    bl_json_figure(r, one, "weight_norm", s->weight_norm, "this layer has no parameters");
    bl_json_figure(r, one, "gradient_norm", s->gradient_norm, why);
    bl_json_figure(r, one, "update_ratio", s->ratio, s->weight_norm == 0 && !v->no_update[0] ? "all weights are 0" : why);
    bl_json_set(r, one, "dead_units", s->may_die ? json_integer((json_int_t)s->dead) : json_null());
    bl_json_figure(r, one, "zeros", s->zeros, "no output is finite");
    bl_json_figure(r, one, "mean", s->mean, "no output is finite");
    bl_json_figure(r, one, "sd", s->sd, "no output is finite");
    bl_json_figure(r, one, "min", s->low, "no output is finite");
    bl_json_figure(r, one, "max", s->high, "no output is finite");
    bl_json_set(r, one, "not_finite", json_integer((json_int_t)s->not_finite));
    bl_json_figure(r, one, "bins_from", isfinite(s->mean) ? s->from : NAN, "no output is finite");
    bl_json_figure(r, one, "bin_width", isfinite(s->mean) ? s->width : NAN, "no output is finite");
    bl_json_set(r, one, "counts", histogram_json(r, s));
    return one;
}

static void tell_json(struct bl_result *r, const struct bl_layers_view *v)
{
    json_t *list = json_array();

    for (size_t i = 0; i < v->n; i++)
        bl_json_append(r, list, layer_json(r, v, &v->layer[i]));
    bl_result_set(r, "layers", list);
    bl_result_set(r, "rows", json_integer((json_int_t)v->rows_used));
    bl_result_set(r, "update_rows", v->no_update[0] ? json_null() : json_integer((json_int_t)v->update_rows));
    bl_result_set(r, "epoch", bl_json_number(v->epoch));
}

/* ---- the table -----------------------------------------------------------------------------------------*/

static void tell_table(struct bl_result *r, const struct bl_layers_view *v)
{
    static const char *const figures[] = { "|gradient|", "upd/weight", "dead", "zeros %", "mean", "sd", "min", "max" };
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "#", BL_COUNT);
    bl_grid_column(g, "layer", BL_LEFT);
    bl_grid_column(g, "type", BL_LEFT);
    bl_grid_column(g, "shape", BL_LEFT);
    bl_grid_column(g, "params", BL_COUNT);
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        bl_grid_column(g, figures[i], i == 2 ? BL_COUNT : BL_MIXED);
    for (size_t i = 0; i < v->n; i++) {
        const struct bl_layer_state *s = &v->layer[i];
        char shape[BL_LAYER_SHAPE];
        bl_grid_count(g, i + 1);
        bl_grid_text(g, s->is.name);
        bl_grid_text(g, s->is.type);
        bl_grid_text(g, bl_layer_shape(s, shape));
        bl_grid_count(g, s->is.n_params);
        bl_grid_number(g, s->gradient_norm);
        bl_grid_number(g, s->ratio);
        if (s->may_die)
            bl_grid_count(g, s->dead);
        else
            bl_grid_skip(g);
        bl_grid_number(g, round(1000 * s->zeros) / 10);
        bl_grid_number(g, s->mean);
        bl_grid_number(g, s->sd);
        bl_grid_number(g, s->low);
        bl_grid_number(g, s->high);
    }
}

static void tell_lines(struct bl_result *r, const struct bl_layers_view *v)
{
    if (v->no_update[0])
        bl_result_line(r, "no gradients and no update: %s", v->no_update);
    else
        bl_result_line(r, "gradient and upd/weight: of the next update, by %zu row%s; norms over what gradients move", v->update_rows,
                       v->update_rows == 1 ? "" : "s");
    bl_result_line(r, "dead (of relu), zeros, mean to max: what the units give on %zu %straining rows, as the network predicts", v->rows_used,
                   v->rows_used < v->rows ? "of the " : "");
    for (size_t i = 0; i < v->n; i++)
        if (v->layer[i].not_finite)
            bl_result_line(r, "%s %s: %zu outputs are not finite", v->layer[i].is.name, v->layer[i].is.type, v->layer[i].not_finite);
}

static bool tell(const struct bl_args *a, struct bl_result *r, const struct bl_snapshot *snap, struct bl_error *err)
{
    const struct bl_layers_view *v = snap->layers;
    struct bl_arena *arena;
    struct bl_chart chart;
    int64_t at = 0;
    bool good = true;

    if (a->n_words && !bl_word_integer(a, 0, 1, (int64_t)v->n, &at, err))
        return false;
    if (snap->n_runs > 1)
        bl_result_line(r, "for %s", snap->runs[v->front].name);
    tell_json(r, v);
    tell_table(r, v);
    tell_lines(r, v);
    if (at == 0)
        return true;
    arena = bl_arena_create(16 * 1024);
    good = arena && bl_layer_chart(v, (size_t)at - 1, arena, &chart);
    if (good)
        bl_result_chart(r, &chart, 12);
    bl_arena_free(arena);
    return good || bl_fail_memory(err, "the chart");
}

static bool run_layers(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_sights sights = bl_view_sights(bl_session_view(s), 1u << BL_SIGHT_LAYERS);
    const struct bl_objective *o = bl_workbench_objective(s->workbench, err);
    const struct bl_snapshot *snap;
    bool good;

    if (!o)
        return false;
    if (bl_objective_n_layers(o) == 0) {
        bl_fail(err, BL_STATE, "%s has no layers: features and weights alone", o->type->name);
        return bl_hint(err, "model mlp 16; train mini:32; layers");
    }
    snap = run_needed(s, r, err) ? bl_workbench_sights(s->workbench, &sights, err) : NULL;
    if (!snap)
        return false;
    good = snap->layers ? tell(a, r, snap, err) : bl_fail_memory(err, "the layers");
    bl_snapshot_drop(snap);
    return good;
}

const struct bl_command bl_command_layers = {
    .name = "layers", .arguments = "[N]", .group = "compare", .summary = "what an update does to each layer of a network, and what each gives",
    .help = "Of every layer: shape, parameters, the length of its part of the gradient of the next update, the length of its change over "
            "that of its weights (about 0.001 is usual; far less stands still, far more forgets), the units of relu that are 0 on all "
            "rows looked at (dead: no gradient moves their weights), and what the units give on training rows spread evenly, at most 2000. "
            "layers 2 draws the second of them as a histogram too. Of a race: the contestant in front. Nothing moves.",
    .first = BL_ARG_NUMBER, .further = BL_ARG_NONE,
    .examples = BL_EXAMPLES("load iris; model mlp 8; train mini:32 epochs=5; layers", "load iris; model mlp 8,8; train mini:32 epochs=5; layers 2"),
    .see = "params, explain, weights", .run = run_layers,
};
