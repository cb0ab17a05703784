/* A session of its own, with the commands of a provenance. */
#include "src/language/commands/again.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

const char *again_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}
