/* pipeline: drift, retrain and promote from a text file, unattended. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/language/commands/again.h"
#include "src/language/pipeline.h"

struct pipe_run {
    struct bl_session *s;
    struct bl_result *r;
    const char *path;
    struct bl_pipeline p;
    struct bl_kept_row row;     /* the champion, else what there is, at the start; version 0: none */
    json_t *steps;
    int64_t drifted;            /* columns; -1: not looked at */
    bool nothing_new, judged, promoted;
};

/* ---- one step ----------------------------------------------------------------------------------------------- */

static bool step_failed(const struct pipe_run *x, enum bl_pipeline_verb verb, const char *why, struct bl_error *err)
{
    const char *text = strncmp(why, "commands: ", 10) == 0 ? why + 10 : why;

    if (bl_stopped(bl_workbench_progress(x->s->workbench)))
        return bl_fail(err, BL_STOPPED, "the pipeline was interrupted");
    bl_fail_at(err, BL_STATE, x->path, x->p.line[verb], 0, "%s", text);
    return bl_hint(err, "help %s", verb == BL_PIPELINE_TRAIN ? "train" : bl_pipeline_verbs[verb]);
}

/* The object that the last command said. */
static json_t *said_object(const struct again *g)
{
    const char *text = bl_text_get(&g->said), *line = text;

    for (const char *at = text; *at; at++)
        if (*at == '\n' && at[1])
            line = at + 1;
    return json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
}

static json_t *note_step(struct pipe_run *x, enum bl_pipeline_verb verb, json_t *result)
{
    json_t *one = json_pack("{ss so}", "step", bl_pipeline_verbs[verb], "result", result ? result : json_null());

    json_array_append_new(x->steps, one);
    return result;
}

/* A command in a session of its own; its object stays with the steps. NULL: it failed. */
static json_t *run_alone(struct pipe_run *x, enum bl_pipeline_verb verb, const char *line, struct bl_error *err)
{
    struct again g;
    char why[500];
    json_t *result = NULL;

    if (!again_open(&g, x->s, bl_workbench_seed(x->s->workbench), err))
        return NULL;
    if (again_run(&g, line, why, sizeof why))
        result = said_object(&g);
    else
        step_failed(x, verb, why, err);
    if (!result && err->code == BL_OK)
        bl_fail(err, BL_INTERNAL, "the step %s said nothing", bl_pipeline_verbs[verb]);
    again_close(&g);
    return result ? note_step(x, verb, result) : NULL;
}

/* ---- the first version ----------------------------------------------------------------------------------------- */

static bool run_train(struct pipe_run *x, struct bl_error *err)
{
    struct again g;
    char why[500], line[100], label[100];
    bool good;

    if (!x->p.text[BL_PIPELINE_TRAIN]) {
        bl_fail_at(err, BL_STATE, x->path, x->p.line[BL_PIPELINE_MODEL], 0, "the registry has no model '%s', and the pipeline does not say how to make it",
                   x->p.text[BL_PIPELINE_MODEL]);
        return bl_hint(err, "a line: train load base.csv; train full:newton");
    }
    if (!again_open(&g, x->s, bl_workbench_seed(x->s->workbench), err))
        return false;
    snprintf(line, sizeof line, "save %.64s", x->p.text[BL_PIPELINE_MODEL]);
    good = again_run(&g, x->p.text[BL_PIPELINE_TRAIN], why, sizeof why) && again_run(&g, line, why, sizeof why);
    if (good) {
        json_t *result = note_step(x, BL_PIPELINE_TRAIN, said_object(&g));
        snprintf(label, sizeof label, "%.64s@%lld", x->p.text[BL_PIPELINE_MODEL], (long long)json_integer_value(json_object_get(result, "version")));
        kept_say(x->r, "train: %s saved, the first of its name", label);
    } else {
        step_failed(x, BL_PIPELINE_TRAIN, why, err);
    }
    again_close(&g);
    return good;
}

/* ---- drift -------------------------------------------------------------------------------------------------------- */

/* What the journal keeps of a look at drift: counts and the names of the columns that did. */
static char *drift_why(const struct pipe_run *x, const json_t *result, struct bl_text *names)
{
    json_t *all = json_pack("{sI sO? sO? sO? ss}", "drifted", (json_int_t)x->drifted, "judged", json_object_get(result, "judged"), "rows",
                            json_object_get(result, "rows"), "alpha", json_object_get(result, "alpha"), "data", x->p.text[BL_PIPELINE_DATA]);
    const json_t *columns = json_object_get(result, "columns");
    json_t *list = json_array();
    char *text;

    for (size_t i = 0; i < json_array_size(columns); i++) {
        const json_t *one = json_array_get(columns, i);
        if (!json_is_true(json_object_get(one, "drifted")))
            continue;
        json_array_append(list, json_object_get(one, "name"));
        bl_text_addf(names, "%s%s", names->length ? ", " : "", again_text(one, "name"));
    }
    json_object_set_new(all, "columns", list);
    text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(all);
    return text;
}

static bool drift_told(struct pipe_run *x, const json_t *result, struct bl_error *err)
{
    struct bl_registry *registry = kept_registry(false, err);
    struct bl_text names = { 0 };
    char *why;
    bool good;

    x->drifted = json_integer_value(json_object_get(result, "drifted"));
    why = drift_why(x, result, &names);
    good = registry && (why || bl_fail_memory(err, "the drift")) && bl_registry_note(registry, "drift", &x->row, why, err);
    bl_registry_close(registry);
    if (good)
        kept_say(x->r, "drift: %lld of %lld columns drifted%s%s", (long long)x->drifted,
                       (long long)json_integer_value(json_object_get(result, "judged")), names.length ? ": " : "", bl_text_get(&names));
    free(why);
    bl_text_free(&names);
    return good;
}

/* Against the rows that the champion learned from, which its provenance brings again. */
static bool run_drift(struct pipe_run *x, struct bl_error *err)
{
    struct bl_kept_row row;
    char spec[100], why[900];
    struct bl_kept *k = kept_find(kept_label(&x->row, spec, sizeof spec), &row, err);
    json_t *provenance = k ? json_loads(k->provenance, JSON_REJECT_DUPLICATES, NULL) : NULL;
    struct bl_text line = { 0 };
    struct again g;
    bool good = k != NULL;

    bl_kept_free(k);
    if (good)
        good = again_open(&g, x->s, (uint64_t)json_integer_value(json_object_get(provenance, "seed")), err);
    if (!good) {
        json_decref(provenance);
        return false;
    }
    bl_text_addf(&line, strchr(x->p.text[BL_PIPELINE_DATA], '\'') ? "drift \"%s\" %s" : "drift '%s' %s", x->p.text[BL_PIPELINE_DATA],
                 x->p.text[BL_PIPELINE_DRIFT]);
    good = again_run_all(&g, provenance, true, why, sizeof why) && again_run(&g, bl_text_get(&line), why, sizeof why);
    good = good ? drift_told(x, note_step(x, BL_PIPELINE_DRIFT, said_object(&g)), err) : step_failed(x, BL_PIPELINE_DRIFT, why, err);
    again_close(&g);
    bl_text_free(&line);
    json_decref(provenance);
    return good;
}

/* ---- retrain, promote ------------------------------------------------------------------------------------------------ */

static bool run_retrain_step(struct pipe_run *x, struct bl_error *err)
{
    struct bl_text line = { 0 };
    const char *data = x->p.text[BL_PIPELINE_DATA];
    json_t *result;

    if (x->p.on_drift && x->drifted == 0) {
        x->nothing_new = true;
        kept_say(x->r, "retrain: not needed, nothing drifted");
        return true;
    }
    bl_text_addf(&line, "retrain %s", x->p.text[BL_PIPELINE_MODEL]);
    if (data)
        bl_text_addf(&line, strchr(data, '\'') ? " data=\"%s\"" : " data='%s'", data);
    bl_text_addf(&line, " %s", x->p.text[BL_PIPELINE_RETRAIN]);
    result = run_alone(x, BL_PIPELINE_RETRAIN, bl_text_get(&line), err);
    bl_text_free(&line);
    if (!result)
        return false;
    x->nothing_new = json_is_true(json_object_get(result, "identical"));
    if (x->nothing_new)
        kept_say(x->r, "retrain: nothing new, the champion came out to the bit");
    else
        kept_say(x->r, "retrain: %s@%lld on %lld rows", x->p.text[BL_PIPELINE_MODEL],
                       (long long)json_integer_value(json_object_get(result, "version")), (long long)json_integer_value(json_object_get(result, "rows")));
    return true;
}

static bool run_promote_step(struct pipe_run *x, struct bl_error *err)
{
    struct bl_text line = { 0 };
    json_t *result;
    const char *decision, *reason;

    if (x->nothing_new) {
        kept_say(x->r, "promote: there is no new candidate");
        return true;
    }
    bl_text_addf(&line, "promote %s %s", x->p.text[BL_PIPELINE_MODEL], x->p.text[BL_PIPELINE_PROMOTE]);
    result = run_alone(x, BL_PIPELINE_PROMOTE, bl_text_get(&line), err);
    bl_text_free(&line);
    if (!result)
        return false;
    decision = again_text(result, "decision");
    reason = json_string_value(json_array_get(json_object_get(json_object_get(result, "gate"), "reasons"), 0));
    x->judged = true;
    x->promoted = strcmp(decision, "promote") == 0;
    bl_result_set(x->r, "decision", json_string(decision));
    kept_say(x->r, "promote: %s@%lld: %s", x->p.text[BL_PIPELINE_MODEL], (long long)json_integer_value(json_object_get(result, "version")), decision);
    if (reason)
        kept_say(x->r, "  %s", reason);
    return true;
}

/* ---- the whole ----------------------------------------------------------------------------------------------------------- */

static bool find_champion(struct pipe_run *x, struct bl_error *err)
{
    struct bl_registry *registry;
    struct bl_error unknown = { 0 };

    if (!bl_kept_name_check(x->p.text[BL_PIPELINE_MODEL], err)) {
        struct bl_error name = *err;
        bl_fail_at(err, BL_VALUE, x->path, x->p.line[BL_PIPELINE_MODEL], 0, "%s", name.message);
        return bl_hint(err, "%s", name.hint);
    }
    if (!bl_registry_open(&registry, NULL, true, err))
        return false;
    if (registry && !bl_registry_find(registry, x->p.text[BL_PIPELINE_MODEL], &x->row, &unknown)) {
        x->row = (struct bl_kept_row){ 0 };
        if (unknown.code != BL_UNKNOWN) {
            bl_registry_close(registry);
            *err = unknown;
            return false;
        }
    }
    bl_registry_close(registry);
    return true;
}

static bool run_steps(struct pipe_run *x, struct bl_error *err)
{
    bool good = find_champion(x, err);

    if (good && !x->row.version)
        return run_train(x, err) && (!x->p.text[BL_PIPELINE_PROMOTE] || run_promote_step(x, err));
    for (size_t i = 0; good && i < x->p.n_steps; i++)
        good = x->p.steps[i] == BL_PIPELINE_DRIFT     ? run_drift(x, err)
               : x->p.steps[i] == BL_PIPELINE_RETRAIN ? run_retrain_step(x, err)
                                                      : run_promote_step(x, err);
    return good;
}

static bool run_pipeline(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct pipe_run x = { .s = s, .r = r, .drifted = -1 };
    char *bytes;
    size_t n;
    bool good;

    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "pipeline needs a file");
        return bl_hint(err, "pipeline churn.pipeline (help pipeline tells what is in it)");
    }
    x.path = a->words[0].text;
    if (!bl_file_read(x.path, BL_PIPELINE_BYTES, &bytes, &n, err))
        return bl_at_word(err, a, 0);
    good = bl_pipeline_parse(&x.p, bytes, n, x.path, err);
    bl_free(bytes);
    if (!good)
        return false;
    x.steps = json_array();
    good = run_steps(&x, err);
    if (good) {
        bl_result_set(r, "model", bl_json_text(x.p.text[BL_PIPELINE_MODEL]));
        bl_result_set(r, "steps", json_incref(x.steps));
        if (x.drifted >= 0)
            bl_result_set(r, "drifted", json_integer(x.drifted));
        if (x.judged && !x.promoted)
            bl_result_status(r, 3);
    }
    json_decref(x.steps);
    bl_pipeline_free(&x.p);
    return good;
}

const struct bl_command bl_command_pipeline = {
    .name = "pipeline", .arguments = "FILE", .group = "save", .summary = "drift, retrain and promote from a text file, unattended",
    .help = "One step a line: model NAME (first); data FILE, the new rows; train COMMANDS, how the first version is made where there is none; "
            "drift, retrain and promote with the settings of these commands; retrain when=drift only goes on if a column drifted. '#' starts "
            "a comment. Drift checks and decisions are written into the journal. Status 0: promoted, or nothing was to do; 3: the gate held or "
            "rejected; 1: a step failed, told with its line.",
    .first = BL_ARG_FILE, .further = BL_ARG_NONE,
    .examples = BL_EXAMPLES("pipeline iris.pipeline"),
    .see = "drift, retrain, promote, lineage", .run = run_pipeline,
};
