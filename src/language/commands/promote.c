/* promote: the gate between a candidate and the champion. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/language/commands/versus.h"

struct promotion {
    struct versus v;
    struct bl_gate_how how;
    struct bl_gate gate;
    struct bl_groups *groups; uint32_t *group_of; /* by=; of the rows judged */
    int64_t champion;                             /* version; 0: none */
    bool only_told;                               /* over=VERSION that is not the champion */
};

/* ---- who ------------------------------------------------------------------------------------------------ */

static bool find_rival(struct bl_registry *registry, const struct bl_args *a, struct promotion *p, struct bl_error *err)
{
    struct versus *v = &p->v;
    char spec[120];
    int64_t over = 0;
    bool found;

    if (!bl_registry_champion(registry, v->row.name, NULL, &v->over, &found, err) || !bl_arg_integer(a, "over", 1, INT64_MAX, &over, err))
        return false;
    p->champion = found ? v->over.version : 0;
    p->only_told = over && over != p->champion;
    if (p->only_told) {
        snprintf(spec, sizeof spec, "%s@%lld", v->row.name, (long long)over);
        if (!bl_registry_find(registry, spec, &v->over, err))
            return bl_at_pair(err, a, "over");
    } else if (!found) {
        v->over = (struct bl_kept_row){ 0 };
    }
    if (v->over.version != v->row.version)
        return true;
    bl_fail(err, BL_STATE, "%s@%lld is the %s already", v->row.name, (long long)v->row.version, p->only_told ? "version it is compared with" : "champion");
    return bl_hint(err, "models lists the versions; retrain %s makes a candidate", v->row.name);
}

static bool find_both(const struct bl_args *a, struct promotion *p, struct bl_error *err)
{
    struct bl_registry *registry = kept_registry(true, err);
    struct versus *v = &p->v;
    bool good = registry != NULL;

    if (good && !bl_registry_candidate(registry, a->words[0].text, &v->row, err))
        good = bl_at_word(err, a, 0);
    good = good && find_rival(registry, a, p, err) && (v->candidate = kept_read(registry, &v->row, err)) &&
           (!v->over.version || (v->rival = kept_read(registry, &v->over, err)));
    bl_registry_close(registry);
    return good;
}

/* ---- how ------------------------------------------------------------------------------------------------ */

static bool bad_key(const struct bl_args *a, const char *key, const char *hint, struct bl_error *err)
{
    bl_fail(err, BL_VALUE, "%s=%s is out of range", key, bl_arg(a, key));
    bl_hint(err, "%s", hint);
    return bl_at_pair(err, a, key);
}

static bool choose_metric(const struct bl_args *a, struct promotion *p, struct bl_error *err)
{
    const enum bl_task task = p->v.candidate->roles.task;
    const char *name = bl_arg(a, "metric");
    struct bl_text known = { 0 };

    if (!name)
        name = task == BL_CLASSIFICATION ? "accuracy" : "rmse";
    p->how.metric = strcmp(name, "loss") ? bl_metric_find(task, name) : NULL;
    if (p->how.metric)
        return true;
    for (const struct bl_metric *m = bl_metrics; m->name; m++)
        if (m->task == task && strcmp(m->name, "loss"))
            bl_text_addf(&known, "%s%s", known.length ? ", " : "", m->name);
    bl_fail(err, BL_UNKNOWN, "'%s' is no metric that models of a %s are compared by", name, bl_task_name(task));
    bl_hint(err, "metric= one of %s", bl_text_get(&known));
    bl_text_free(&known);
    return bl_at_pair(err, a, "metric");
}

static bool choose_how(struct bl_session *s, const struct bl_args *a, struct promotion *p, struct bl_error *err)
{
    int64_t resamples = 2000, least = 30;

    p->how = (struct bl_gate_how){ .level = 0.95, .seed = bl_workbench_seed(s->workbench) };
    if (!choose_metric(a, p, err) || !bl_arg_number(a, "margin", &p->how.margin, err) || !bl_arg_number(a, "group_margin", &p->how.group_margin, err) ||
        !bl_arg_number(a, "level", &p->how.level, err) || !bl_arg_integer(a, "resamples", 100, 1000000, &resamples, err) ||
        !bl_arg_integer(a, "least", 1, INT32_MAX, &least, err))
        return false;
    if (!bl_arg(a, "group_margin"))
        p->how.group_margin = fmax(0, -p->how.margin);
    if (!isfinite(p->how.margin))
        return bad_key(a, "margin", "margin=0.01; below 0 allows so much worse", err);
    if (!(p->how.group_margin >= 0) || isinf(p->how.group_margin))
        return bad_key(a, "group_margin", "group_margin=0.02: no group worse by more than that", err);
    if (!(p->how.level > 0 && p->how.level < 1))
        return bad_key(a, "level", "level=0.95, between 0 and 1", err);
    p->how.resamples = (size_t)resamples;
    p->how.least_rows = (size_t)least;
    return true;
}

static bool choose_groups(const struct bl_args *a, struct promotion *p, struct bl_gate_rows *rows, struct bl_error *err)
{
    const struct versus *v = &p->v;
    size_t column = SIZE_MAX;

    if (!bl_arg(a, "by")) {
        if (!bl_arg(a, "group_margin"))
            return true;
        bl_fail(err, BL_USAGE, "group_margin= needs by=COLUMN, which makes the groups");
        return bl_at_pair(err, a, "group_margin");
    }
    if (!bl_arg_column(a, "by", v->table, &column, err) || !(p->groups = bl_groups_of(v->table, column, err)))
        return bl_at_pair(err, a, "by");
    if (!(p->group_of = bl_calloc(v->n + 1, sizeof *p->group_of)))
        return bl_fail_memory(err, "the groups");
    for (size_t i = 0; i < v->n; i++)
        p->group_of[i] = p->groups->of_row[v->rows[i]];
    rows->group = p->group_of;
    rows->labels = (const char *const *)p->groups->labels;
    rows->n_groups = p->groups->n_groups;
    return true;
}

/* ---- what is told ---------------------------------------------------------------------------------------- */

static void side_json(json_t *one, const struct bl_gate_side *x)
{
    json_object_set_new(one, "rows", json_integer((json_int_t)x->rows));
    json_object_set_new(one, "candidate", bl_json_number(x->candidate));
    json_object_set_new(one, "rival", bl_json_number(x->rival));
    json_object_set_new(one, "better", bl_json_number(x->better));
    json_object_set_new(one, "low", bl_json_number(x->low));
    json_object_set_new(one, "high", bl_json_number(x->high));
}

static void groups_json(json_t *all, const struct bl_gate *g)
{
    json_t *list = json_array();

    for (size_t i = 0; i < g->n_groups; i++) {
        json_t *one = json_object();
        json_object_set_new(one, "group", bl_json_text(g->groups[i].label));
        side_json(one, &g->groups[i].side);
        json_array_append_new(list, one);
    }
    json_object_set_new(all, "groups", list);
}

/* What is written into the journal, and told. */
static json_t *gate_json(const struct bl_args *a, const struct promotion *p)
{
    const struct versus *v = &p->v;
    json_t *all = json_object(), *reasons = json_array();

    for (size_t i = 0; i < p->gate.n_reasons; i++)
        json_array_append_new(reasons, bl_json_text(p->gate.reasons[i]));
    json_object_set_new(all, "over", v->rival ? json_integer(v->over.version) : json_string("baseline"));
    json_object_set_new(all, "metric", json_string(p->how.metric->name));
    side_json(all, &p->gate.whole);
    json_object_set_new(all, "level", json_real(p->how.level));
    json_object_set_new(all, "margin", json_real(p->how.margin));
    json_object_set_new(all, "resamples", json_integer((json_int_t)p->how.resamples));
    json_object_set_new(all, "seed", json_integer((json_int_t)p->how.seed));
    json_object_set_new(all, "part", json_string(v->part));
    json_object_set_new(all, "data", bl_json_text(v->table->name));
    json_object_set_new(all, "data_sha256", json_string(bl_table_sha256(v->table)));
    json_object_set_new(all, "left_out", json_integer((json_int_t)(v->trained_on + v->closed)));
    if (v->k > 1) {
        json_object_set_new(all, "only_candidate_right", json_integer((json_int_t)p->gate.mcnemar.only_first));
        json_object_set_new(all, "only_rival_right", json_integer((json_int_t)p->gate.mcnemar.only_second));
        json_object_set_new(all, "mcnemar_p", bl_json_number(p->gate.mcnemar.exact));
    }
    if (p->groups) {
        json_object_set_new(all, "by", bl_json_text(bl_arg(a, "by")));
        json_object_set_new(all, "group_margin", json_real(p->how.group_margin));
        groups_json(all, &p->gate);
    }
    json_object_set_new(all, "reasons", reasons);
    return all;
}

static void side_row(struct bl_grid *g, const char *label, const struct bl_gate_side *x)
{
    bl_grid_text(g, label);
    bl_grid_count(g, x->rows);
    bl_grid_number(g, x->candidate);
    bl_grid_number(g, x->rival);
    bl_grid_number(g, x->better);
    bl_grid_number(g, x->low);
    bl_grid_number(g, x->high);
}

static void sides_table(struct bl_result *r, const struct promotion *p)
{
    const struct versus *v = &p->v;
    struct bl_grid *g = bl_result_grid(r);
    char label[100];

    bl_grid_column(g, p->how.metric->name, BL_LEFT);
    bl_grid_column(g, "rows", BL_COUNT);
    bl_grid_column(g, kept_label(&v->row, label, sizeof label), BL_MIXED);
    bl_grid_column(g, v->rival ? kept_label(&v->over, label, sizeof label) : "baseline", BL_MIXED);
    bl_grid_column(g, "better", BL_MIXED);
    bl_grid_column(g, "low", BL_MIXED);
    bl_grid_column(g, "high", BL_MIXED);
    side_row(g, p->groups ? "all" : "", &p->gate.whole);
    for (size_t i = 0; i < p->gate.n_groups; i++)
        side_row(g, p->gate.groups[i].label, &p->gate.groups[i].side);
}

static void rows_tell(struct bl_result *r, const struct versus *v)
{
    const char *part = strcmp(v->part, "all") ? "validation " : "";
    char label[100], other[100];

    kept_label(&v->row, label, sizeof label);
    if (v->rival)
        kept_say(r, "%s against %s, on %zu %srows of %s", label, kept_label(&v->over, other, sizeof other), v->n, part, v->table->name);
    else
        kept_say(r, "%s against the baseline, on %zu %srows of %s; %s has no champion", label, v->n, part, v->table->name, v->row.name);
    if (!v->rival)
        kept_say(r, "baseline: %s", v->baseline);
    if (v->trained_on)
        kept_say(r, "left out: %zu rows that one of the two was trained on", v->trained_on);
    if (v->closed)
        kept_say(r, "left out: %zu rows that are test rows of %s, which eval test alone opens", v->closed, label);
    if (v->unknown)
        kept_say(r, "%zu rows do not count: their class is none of %s", v->unknown, label);
    if (v->incomplete)
        kept_say(r, "%zu rows do not count: a value is missing without which one of the two says nothing", v->incomplete);
    if (v->unsure[0])
        kept_say(r, "it is not known which of these rows were trained on: %s", v->unsure);
}

static void tell(struct bl_result *r, const struct promotion *p, json_t *gate)
{
    const struct versus *v = &p->v;
    const char *decision = bl_decisions[p->gate.decision];
    char label[100], other[100];

    kept_keys(r, &v->row, v->candidate->metrics);
    bl_result_set(r, "decision", json_string(decision));
    bl_result_set(r, "gate", gate);
    rows_tell(r, v);
    sides_table(r, p);
    for (size_t i = 0; i < p->gate.n_reasons; i++)
        kept_say(r, "  %s", p->gate.reasons[i]);
    kept_label(&v->row, label, sizeof label);
    if (p->only_told)
        kept_say(r, "decision: %s, if that were the champion: nothing was changed", decision);
    else if (p->gate.decision == BL_PROMOTE && v->rival)
        kept_say(r, "decision: promote: %s is the champion, and %s is retired", label, kept_label(&v->over, other, sizeof other));
    else if (p->gate.decision == BL_PROMOTE)
        kept_say(r, "decision: promote: %s is the champion, the first of its name", label);
    else if (v->rival)
        kept_say(r, "decision: %s: %s stays the champion", decision, kept_label(&v->over, other, sizeof other));
    else
        kept_say(r, "decision: %s: %s has no champion", decision, v->row.name);
}

static bool write_down(struct promotion *p, const json_t *gate, struct bl_error *err)
{
    char *why = json_dumps(gate, JSON_COMPACT | JSON_REAL_PRECISION(17));
    struct bl_registry *registry = NULL;
    bool good = why ? bl_registry_open(&registry, NULL, false, err) : bl_fail_memory(err, "the decision");

    good = good && bl_registry_decide(registry, &p->v.row, bl_decisions[p->gate.decision], p->champion, why, err);
    bl_registry_close(registry);
    free(why);
    return good;
}

/* ---- promote ---------------------------------------------------------------------------------------------- */

static bool promote(struct bl_session *s, const struct bl_args *a, struct promotion *p, struct bl_result *r, struct bl_error *err)
{
    struct versus *v = &p->v;
    struct bl_gate_rows rows;
    json_t *gate;

    if (!find_both(a, p, err) || !choose_how(s, a, p, err) || !versus_make(v, s, bl_arg(a, "data"), bl_result_warnings(r), err))
        return false;
    rows = (struct bl_gate_rows){ .candidate = v->a, .rival = v->b, .y = v->y, .n = v->n, .k = v->k };
    if (!choose_groups(a, p, &rows, err) ||
        !bl_gate_judge(&p->gate, &p->how, &rows, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err))
        return false;
    gate = gate_json(a, p);
    if (!p->only_told && !write_down(p, gate, err)) {
        json_decref(gate);
        return false;
    }
    tell(r, p, gate);
    if (p->gate.decision != BL_PROMOTE)
        bl_result_status(r, 3);
    return true;
}

static bool run_promote(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct promotion *p;
    bool good;

    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "promote needs the name of a model");
        return bl_hint(err, "promote NAME judges its newest candidate, promote NAME@VERSION another (models lists them)");
    }
    if (!(p = bl_calloc(1, sizeof *p)))
        return bl_fail_memory(err, "the comparison");
    good = promote(s, a, p, r, err);
    bl_gate_free(&p->gate);
    bl_groups_free(p->groups);
    bl_free(p->group_of);
    versus_free(&p->v);
    bl_free(p);
    return good;
}

const struct bl_command bl_command_promote = {
    .name = "promote", .arguments = "NAME[@VERSION]", .group = "save", .summary = "make a candidate the champion, if it is better",
    .help = "Candidate and champion are judged on the same rows: the validation rows of the candidate, or all of data=FILE. Rows that one of "
            "the two was trained on and the candidate's test rows are left out. Promote: with confidence the metric is better by more "
            "than the margin, and no group of by= is worse. Reject: with confidence it is not. Hold: these rows can not tell. The "
            "decision and its reasons are written into the journal; hold and reject end with status 3. Where there is no champion "
            "the candidate has to beat the baseline.",
    .first = BL_ARG_KEPT, .further = BL_ARG_NONE,
    .keys = BL_KEYS({ "metric", "", "what counts (default accuracy, or rmse)" }, { "margin", "", "better by more than (default 0; below 0: so much worse is allowed)" },
                    { "level", "", "confidence (default 0.95)" }, { "data", "", "file whose rows judge (default: the validation rows)" },
                    { "by", "", "column of groups, none of which may be worse" }, { "group_margin", "", "by more than (default 0, or what the margin allows)" },
                    { "over", "", "version to compare with; if it is not the champion nothing is changed" },
                    { "least", "", "hold below so many rows (default 30)" }, { "resamples", "", "of the bootstrap (default 2000)" }),
    .examples = BL_EXAMPLES("load iris; train full:newton; save petals; promote petals"),
    .see = "models, retrain, rollback, lineage", .run = run_promote,
};
