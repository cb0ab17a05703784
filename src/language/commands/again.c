/* A session of its own, with the commands of a provenance. */
#include "src/language/commands/again.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

static void note_said(void *context, const char *text, size_t n)
{
    bl_text_addn(&((struct again *)context)->said, text, n);
}

static bool tick_outer(void *context)
{
    struct bl_session *outer = ((struct again *)context)->outer;

    return !bl_stopped(bl_workbench_progress(outer->workbench)) && (!outer->screen.tick || outer->screen.tick(outer->screen.context));
}

bool again_open(struct again *g, struct bl_session *outer, uint64_t seed, struct bl_error *err)
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
    g->session.screen = (struct bl_screen){ .context = g, .out = note_said, .note = note_said, .tick = tick_outer };
    bl_language_of(&g->session)->done_again = true;
    bl_language_of(&g->session)->keep.mode = 2; /* what is done again is no run of its own */
    g->open = true;
    return true;
}

void again_close(struct again *g)
{
    if (!g->open)
        return;
    g->open = false;
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

/* The same of the last of several. */
static void said_last(const struct again *g, char *to, size_t size)
{
    const char *at = bl_text_get(&g->said), *last = at;
    struct again one = { 0 };

    for (; (at = strchr(at, '\n')) && at[1]; at++)
        last = at + 1;
    bl_text_add(&one.said, last);
    said_first(&one, to, size);
    bl_text_free(&one.said);
}

bool again_file_hash(const char *path, char hex[65], struct bl_error *err)
{
    struct bl_sha256 sum;
    struct bl_input in;
    char block[65536];
    ssize_t n;

    if (!bl_input_open(&in, path, false, err))
        return false;
    bl_sha256_start(&sum);
    while ((n = read(in.fd, block, sizeof block)) > 0)
        bl_sha256_add(&sum, block, (size_t)n);
    bl_sha256_end(&sum, hex);
    if (n < 0)
        bl_fail_io(err, "read", path, errno);
    bl_input_close(&in);
    return n == 0;
}

/* Is the source still what it was? `why` "" : yes. Data that was made, not read, has no source. */
void again_check_data(const json_t *provenance, char *why, size_t size)
{
    const char *path = json_string_value(json_object_get(provenance, "path")), *sha = json_string_value(json_object_get(provenance, "sha256"));
    struct bl_error err = { 0 };
    char hex[65], shown[300];

    *why = '\0';
    if (!path || !sha || !*sha)
        return;
    bl_show(shown, sizeof shown, path, strlen(path));
    if (!*path)
        snprintf(why, size, "data: it came from standard input, which can not be read again; what is loaded from a file can");
    else if (!again_file_hash(path, hex, &err))
        snprintf(why, size, "data: %s", err.message);
    else if (strcmp(hex, sha) != 0)
        snprintf(why, size, "data: %s has changed (sha256 %.12s..., was %.12s...)", shown, hex, sha);
}

bool again_run(struct again *g, const char *line, char *why, size_t size)
{
    char message[300], shown[200];
    int exit;

    bl_text_clear(&g->said);
    exit = bl_session_run(&g->session, line);
    if (exit == 0 || exit == 3)
        return true;
    said_first(g, message, sizeof message);
    snprintf(why, size, "commands: '%s' failed: %s", bl_show(shown, sizeof shown, line, strlen(line)), message);
    return false;
}

bool again_run_all(struct again *g, const json_t *provenance, bool data_alone, char *why, size_t size)
{
    const json_t *commands = json_object_get(provenance, "commands");

    for (size_t i = 0; i < json_array_size(commands); i++) {
        const char *line = json_string_value(json_array_get(commands, i));
        if ((!data_alone || !line || bl_record_makes_data(line)) && !again_run(g, line ? line : "", why, size))
            return false;
    }
    return true;
}

/* ---- in this session --------------------------------------------------------------------------------------- */

/* What is still said goes into the text; whoever waits may stop it. */
static bool run_silently(struct bl_session *s, const char *lines, struct bl_text *said, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    const struct bl_screen screen = s->screen;
    const bool dashboard = s->in_dashboard;
    const enum bl_output output = s->output;
    const int keep = l->keep.mode;
    struct again g = { .outer = &(struct bl_session){ .workbench = s->workbench, .screen = screen } };
    int exit = 0;
    bool done;

    s->screen = (struct bl_screen){ .context = &g, .out = note_said, .note = note_said, .tick = tick_outer };
    s->in_dashboard = false; /* training is waited for */
    s->output = BL_OUT_JSON;
    l->keep.mode = 2;        /* what is done again is no run of its own */
    done = bl_session_nested(s, lines, &exit, err);
    l->keep.mode = keep;
    s->output = output;
    s->in_dashboard = dashboard;
    s->screen = screen;
    *said = g.said;
    return done && (exit == 0 || exit == 3);
}

bool again_lines(struct bl_session *s, const char *lines, char *why, size_t size)
{
    struct again g = { 0 };
    struct bl_error err = { 0 };
    char message[300];
    const bool good = run_silently(s, lines, &g.said, &err);

    if (!good && !err.message[0])
        said_last(&g, message, sizeof message);
    if (!good)
        snprintf(why, size, "commands: %s", err.message[0] ? err.message : message);
    bl_text_free(&g.said);
    return good;
}

bool again_here(struct bl_session *s, const json_t *provenance, char *why, size_t size)
{
    const json_t *commands = json_object_get(provenance, "commands");
    struct bl_text lines = { 0 };
    bool good;

    bl_text_addf(&lines, "set seed=%lld\n", (long long)json_integer_value(json_object_get(provenance, "seed")));
    for (size_t i = 0; i < json_array_size(commands); i++)
        bl_text_addf(&lines, "%s\n", json_string_value(json_array_get(commands, i)));
    good = !lines.failed && again_lines(s, bl_text_get(&lines), why, size);
    bl_text_free(&lines);
    return good;
}

/* ---- compared ---------------------------------------------------------------------------------------------- */

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
    if (strcmp(again_text(provenance, "version"), PACKAGE_VERSION) != 0 || strcmp(again_text(provenance, "build"), "C17, compiler " __VERSION__) != 0)
        snprintf(why, size, "program: saved by batchlab %.40s (%.80s), this is another; parameter %zu differs first", again_text(provenance, "version"),
                 again_text(provenance, "build"), at);
    else
        snprintf(why, size, "parameters: number %zu is %.17g now, and was %.17g", at, theta[at], k->theta[at]);
}

bool again_compare(const struct bl_kept *k, const struct judged *j, const json_t *provenance, char *why, size_t size, struct bl_error *err)
{
    bool same = true;

    if (!compare_recipes(k, j, &same, err))
        return false;
    if (same)
        compare_parameters(k, j, provenance, why, size);
    else
        snprintf(why, size, "recipe: it is fitted to other values now");
    return true;
}

const char *again_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}
