/* export script: the commands that make the model again, from the data on. */
#include "src/language/commands/export.h"
#include "src/language/commands/judge.h"

#include <stdio.h>
#include <string.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

struct origin { /* where a model comes from */
    const json_t *commands;
    int64_t seed, update; /* update -1: the commands lead there by themselves */
    const char *model, *data, *sha256;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static bool begins(const char *line, const char *word)
{
    size_t n = strlen(word);

    return strncmp(line, word, n) == 0 && (line[n] == ' ' || !line[n]);
}

/* Of a race, updates mean something else to each contestant: then the commands alone decide. */
static bool is_race(const json_t *commands)
{
    for (size_t i = 0; i < json_array_size(commands); i++)
        if (begins(json_string_value(json_array_get(commands, i)), "compare"))
            return true;
    return false;
}

static void add_comment(struct bl_text *out, const char *what, const char *text)
{
    bl_text_addf(out, "# %s", what);
    bl_text_show(out, text, strlen(text)); /* on one line, whatever it holds */
    bl_text_add(out, "\n");
}

static void write_script(const struct origin *o, struct bl_result *r, struct bl_text *out)
{
    bl_text_addf(out, "# %s, made again by batchlab %s: batchlab THIS-FILE\n", o->model, PACKAGE_VERSION);
    add_comment(out, "data: ", o->data);
    if (*o->sha256)
        bl_text_addf(out, "# its sha256: %s\n", o->sha256);
    bl_text_addf(out, "set seed=%lld\n", (long long)o->seed);
    for (size_t i = 0; i < json_array_size(o->commands); i++) {
        const char *line = json_string_value(json_array_get(o->commands, i));
        bl_text_addf(out, "%s\n", line);
        if (begins(line, "load -") || begins(line, "append -"))
            bl_warnf(bl_result_warnings(r), "", "the data came from standard input, and must come from there again");
    }
    if (o->update >= 0 && !is_race(o->commands))
        bl_text_addf(out, "goto update %lld\n", (long long)o->update);
}

static bool save_script(const struct origin *o, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_text bytes = {0}, what = {0};
    bool ok;

    if (json_array_size(o->commands) == 0) {
        bl_fail(err, BL_STATE, "the model does not say how it was made");
        return bl_hint(err, "save NAME keeps it");
    }
    write_script(o, r, &bytes);
    bl_text_addf(&what, "%zu commands", json_array_size(o->commands));
    ok = bl_export_bytes(a, r, bl_text_get(&what), &bytes, err);
    bl_text_free(&bytes);
    bl_text_free(&what);
    return ok;
}

static bool script_of_kept(const struct bl_kept *k, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    json_t *p = json_loads(k->provenance, JSON_REJECT_DUPLICATES, NULL);
    const json_t *update = json_object_get(p, "update");
    const struct origin o = {json_object_get(p, "commands"), json_integer_value(json_object_get(p, "seed")),
                             json_is_integer(update) ? json_integer_value(update) : -1, k->objective.type->name, text_of(p, "dataset"),
                             text_of(p, "sha256")};
    const bool ok = save_script(&o, a, r, err);

    json_decref(p);
    return ok;
}

static bool script_of_run(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_record *record = &bl_language_of(s)->record;
    struct judged j = {0};
    json_t *commands;
    bool ok;

    if (!judge(s, &j, err))
        return false;
    if (record->lost)
        return bl_fail_memory(err, "the commands that made the model");
    commands = bl_record_commands(record);
    ok = save_script(&(struct origin){commands, (int64_t)record->seed, (int64_t)bl_trainer_update(j.t), j.o->type->name,
                                      j.p->dataset->table->name, bl_table_sha256(j.p->dataset->table)},
                     a, r, err);
    json_decref(commands);
    return ok;
}

bool bl_export_script(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const bool interrupted = bl_workbench_rest(s->workbench);
    const struct bl_kept *kept = bl_language_of(s)->opened;
    const bool ok = kept ? script_of_kept(kept, a, r, err) : script_of_run(s, a, r, err);

    if (interrupted)
        bl_workbench_resume(s->workbench);
    return ok;
}
