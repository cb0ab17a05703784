/* verify: trains a kept model again from where it came from, and compares to the bit. */
#include "src/language/commands/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

struct again { /* a session of its own, with the commands of the provenance */
    struct bl_session *outer, session;
    struct bl_workbench *workbench;
    struct bl_text said; /* its messages */
};

static void note_said(void *context, const char *text, size_t n)
{
    bl_text_addn(&((struct again *)context)->said, text, n);
}

static bool tick_outer(void *context)
{
    struct bl_session *outer = ((struct again *)context)->outer;

    return !bl_stopped(bl_workbench_progress(outer->workbench)) && (!outer->screen.tick || outer->screen.tick(outer->screen.context));
}

static bool again_open(struct again *g, struct bl_session *outer, uint64_t seed, struct bl_error *err)
{
    *g = (struct again){ .outer = outer };
    g->workbench = bl_workbench_create(bl_pool_threads(bl_workbench_pool(outer->workbench)), seed, err);
    if (!g->workbench)
        return false;
    if (!bl_session_init(&g->session, g->workbench, err)) {
        bl_workbench_free(g->workbench);
        return false;
    }
    g->session.output = BL_OUT_JSON;
    g->session.screen = (struct bl_screen){ .context = g, .note = note_said, .tick = tick_outer };
    return true;
}

static void again_close(struct again *g)
{
    bl_session_done(&g->session);
    bl_workbench_free(g->workbench);
    bl_text_free(&g->said);
}

/* The first sentence of what a failed command said. */
static void said_first(const struct again *g, char *to, size_t size)
{
    json_t *one = json_loads(bl_text_get(&g->said), JSON_DISABLE_EOF_CHECK, NULL);
    const char *message = json_string_value(json_object_get(json_object_get(one, "error"), "message"));
    const char *text = message ? message : bl_text_get(&g->said);

    bl_show(to, size, text, strcspn(text, "\n"));
    json_decref(one);
}

/* Is the source still what it was? `why` "" : yes. Data that was made, not read, has no source. */
static void check_data(const json_t *provenance, char *why, size_t size)
{
    const char *path = json_string_value(json_object_get(provenance, "path")), *sha = json_string_value(json_object_get(provenance, "sha256"));
    struct bl_sha256 sum;
    struct bl_input in;
    struct bl_error err = { 0 };
    char hex[65], block[65536], shown[300];
    ssize_t n;

    *why = '\0';
    if (!path || !*path || !sha || !*sha || strcmp(path, "-") == 0)
        return;
    bl_show(shown, sizeof shown, path, strlen(path));
    if (!bl_input_open(&in, path, false, &err)) {
        snprintf(why, size, "data: %s", err.message);
        return;
    }
    bl_sha256_start(&sum);
    while ((n = read(in.fd, block, sizeof block)) > 0)
        bl_sha256_add(&sum, block, (size_t)n);
    bl_input_close(&in);
    bl_sha256_end(&sum, hex);
    if (strcmp(hex, sha) != 0)
        snprintf(why, size, "data: %s has changed (sha256 %.12s..., was %.12s...)", shown, hex, sha);
}

static bool run_commands(struct again *g, const json_t *provenance, char *why, size_t size)
{
    const json_t *commands = json_object_get(provenance, "commands");
    char message[300];

    for (size_t i = 0; i < json_array_size(commands); i++) {
        const char *line = json_string_value(json_array_get(commands, i));
        char shown[200];
        int exit;
        bl_text_clear(&g->said);
        exit = line ? bl_session_run(&g->session, line) : 1;
        if (exit == 0 || exit == 3)
            continue;
        said_first(g, message, sizeof message);
        snprintf(why, size, "commands: '%s' failed: %s", bl_show(shown, sizeof shown, line ? line : "", line ? strlen(line) : 0), message);
        return false;
    }
    return true;
}

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

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static bool compare_recipes(const struct bl_kept *k, const struct judged *j, bool *same, struct bl_error *err)
{
    struct bl_stored now;

    if (!bl_recipe_store(j->p->recipe, &now, err))
        return false;
    *same = strcmp(now.text, k->recipe_text) == 0 && now.n_numbers == k->n_recipe_numbers &&
            (!now.n_numbers || memcmp(now.numbers, k->recipe_numbers, now.n_numbers * sizeof *now.numbers) == 0);
    bl_stored_free(&now);
    return true;
}

static void compare_parameters(const struct bl_kept *k, const struct judged *j, const json_t *provenance, char *why, size_t size)
{
    const double *theta = bl_trainer_theta(j->t);
    size_t at = 0;

    if (j->o->n_params != k->objective.n_params) {
        snprintf(why, size, "model: it has %zu parameters now, and had %zu", j->o->n_params, k->objective.n_params);
        return;
    }
    while (at < j->o->n_params && memcmp(&theta[at], &k->theta[at], sizeof *theta) == 0)
        at++;
    if (at == j->o->n_params)
        return;
    if (strcmp(text_of(provenance, "version"), PACKAGE_VERSION) != 0 || strcmp(text_of(provenance, "build"), "C17, compiler " __VERSION__) != 0)
        snprintf(why, size, "program: saved by batchlab %.40s (%.80s), this is another; parameter %zu differs first", text_of(provenance, "version"),
                 text_of(provenance, "build"), at);
    else
        snprintf(why, size, "parameters: number %zu is %.17g now, and was %.17g", at, theta[at], k->theta[at]);
}

static bool compare_all(struct again *g, const struct bl_kept *k, const json_t *provenance, char *why, size_t size, struct bl_error *err)
{
    struct judged j = { 0 };
    bool same = true;

    if (!run_commands(g, provenance, why, size))
        return true;
    if (!go_to_update(g, &j, provenance, why, size, err))
        return false;
    if (*why)
        return true;
    if (!compare_recipes(k, &j, &same, err))
        return false;
    if (same)
        compare_parameters(k, &j, provenance, why, size);
    else
        snprintf(why, size, "recipe: it is fitted to other values now");
    return true;
}

static bool verify(struct bl_session *s, const struct bl_kept *k, char *why, size_t size, struct bl_error *err)
{
    json_t *provenance = json_loads(k->provenance, JSON_REJECT_DUPLICATES, NULL);
    struct again g;
    bool ok;

    *why = '\0';
    check_data(provenance, why, size);
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
    .first = BL_ARG_NUMBER, .further = BL_ARG_NONE,
    .examples = (const char *const[]){ "load iris; train mini:16 epochs=5; save iris-mini; verify iris-mini", NULL },
    .see = "save, open, models", .run = run_verify,
};
