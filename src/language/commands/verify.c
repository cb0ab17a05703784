/* verify: trains a kept model again from where it came from, and compares to the bit. */
#include "src/language/commands/again.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Training may have been interrupted: to the update at which the model was saved. */
static bool go_to_update(struct again *g, struct judged *j, const json_t *provenance, char *why, size_t size, struct bl_error *err)
{
    const json_int_t update = json_integer_value(json_object_get(provenance, "update"));
    char line[64];

    if (!judge(&g->session, j, err))
        return false;
    if ((json_int_t)bl_trainer_update(j->t) == update)
        return true;
    snprintf(line, sizeof line, "goto update %lld", (long long)update);
    if (bl_session_run(&g->session, line) == 0 && judge(&g->session, j, err) && (json_int_t)bl_trainer_update(j->t) == update)
        return true;
    snprintf(why, size, "commands: they end at update %llu, and the model was saved at %lld", (unsigned long long)bl_trainer_update(j->t),
             (long long)update);
    return true;
}

static bool compare_all(struct again *g, const struct bl_kept *k, const json_t *provenance, char *why, size_t size, struct bl_error *err)
{
    struct judged j = { 0 };

    if (!again_run_all(g, provenance, false, why, size))
        return true;
    if (!go_to_update(g, &j, provenance, why, size, err))
        return false;
    return *why || again_compare(k, &j, provenance, why, size, err);
}

static bool verify(struct bl_session *s, const struct bl_kept *k, char *why, size_t size, struct bl_error *err)
{
    json_t *provenance = json_loads(k->provenance, JSON_REJECT_DUPLICATES, NULL);
    struct again g;
    bool ok;

    *why = '\0';
    again_check_data(provenance, why, size);
    if (!json_array_size(json_object_get(provenance, "commands")) && !*why)
        snprintf(why, size, "commands: the model does not say how it was made");
    if (*why) {
        json_decref(provenance);
        return true;
    }
    ok = again_open(&g, s, (uint64_t)json_integer_value(json_object_get(provenance, "seed")), err);
    if (ok) {
        ok = compare_all(&g, k, provenance, why, size, err);
        again_close(&g);
    }
    json_decref(provenance);
    if (ok && bl_stopped(bl_workbench_progress(s->workbench)))
        return bl_fail(err, BL_STOPPED, "verifying was interrupted");
    return ok;
}

static bool run_verify(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_kept_row row = { 0 };
    struct bl_kept *k;
    char why[900], label[100];
    bool ok;

    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "verify needs the name of a model");
        return bl_hint(err, "verify NAME or verify NAME@VERSION (models lists them)");
    }
    if (!(k = kept_find(a->words[0].text, &row, err)))
        return bl_at_word(err, a, 0);
    ok = verify(s, k, why, sizeof why, err);
    if (ok) {
        kept_keys(r, &row, NULL);
        bl_result_set(r, "identical", json_boolean(!*why));
        kept_label(&row, label, sizeof label);
        if (*why) {
            bl_result_set(r, "changed", bl_json_text(why));
            bl_result_line(r, "%s is not identical when it is trained again", label);
            bl_result_line(r, "first to change: %s", why);
        } else {
            bl_result_line(r, "%s is identical: trained again, all %zu parameters have the same bits", label, k->objective.n_params);
        }
    }
    bl_kept_free(k);
    return ok;
}

const struct bl_command bl_command_verify = {
    .name = "verify", .arguments = "NAME[@VERSION]", .group = "save", .summary = "train a saved model again, and compare every bit",
    .help = "The data is hashed, the commands that made the model are done again in a session of their own, and recipe and "
            "parameters are compared. Where they differ, the first thing that changed is named: data, commands, recipe, "
            "program or parameters. The current session is not touched.",
    .first = BL_ARG_KEPT, .further = BL_ARG_NONE,
    .examples = (const char *const[]){ "load iris; train mini:16 epochs=5; save iris-mini; verify iris-mini", NULL },
    .see = "save, open, models", .run = run_verify,
};
