/* A session whose screen is a text, for the tests of this room. */
#ifndef BL_TESTS_LANGUAGE_HARNESS_H
#define BL_TESTS_LANGUAGE_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/language/private.h"

struct stage {
    struct bl_session session;
    struct bl_workbench *workbench;
    struct bl_text out, note, both; /* results, messages, and both in order */
};

static inline void stage_out(void *context, const char *text, size_t n)
{
    struct stage *g = context;

    bl_text_addn(&g->out, text, n);
    bl_text_addn(&g->both, text, n);
}

static inline void stage_note(void *context, const char *text, size_t n)
{
    struct stage *g = context;

    bl_text_addn(&g->note, text, n);
    bl_text_addn(&g->both, text, n);
}

static inline void stage_open(struct stage *g)
{
    struct bl_error err = {0};

    *g = (struct stage){0};
    g->workbench = bl_workbench_create(2, 1, &err);
    assert_non_null(g->workbench);
    assert_true(bl_session_init(&g->session, g->workbench, &err));
    g->session.screen.context = g;
    g->session.screen.out = stage_out;
    g->session.screen.note = stage_note;
}

static inline void stage_clear(struct stage *g)
{
    bl_text_clear(&g->out);
    bl_text_clear(&g->note);
    bl_text_clear(&g->both);
}

static inline void stage_close(struct stage *g)
{
    bl_session_done(&g->session);
    bl_workbench_free(g->workbench);
    bl_text_free(&g->out);
    bl_text_free(&g->note);
    bl_text_free(&g->both);
}

/* Runs a text on a clean screen; its exit status. */
static inline int stage_run(struct stage *g, const char *text)
{
    stage_clear(g);
    return bl_session_run(&g->session, text);
}

/* The object of the last command of a text, whatever its status; to be released. */
static inline json_t *stage_object(struct stage *g, const char *text)
{
    const char *line;
    json_t *object;

    g->session.output = BL_OUT_JSON;
    stage_run(g, text);
    line = bl_text_get(&g->out);
    for (const char *next; (next = strchr(line, '\n')) && next[1];)
        line = next + 1;
    object = json_loads(line, 0, NULL);
    assert_non_null(object);
    return object;
}

/* What stands at "key.2.name" inside an object, as text. */
static inline const char *object_text(json_t *x, const char *path, char *buffer, size_t size)
{
    char copy[100], *rest = copy, *part;

    snprintf(copy, sizeof copy, "%s", path);
    while ((part = strtok_r(rest, ".", &rest)))
        x = json_is_array(x) ? json_array_get(x, (size_t)atoi(part)) : json_object_get(x, part);
    if (json_is_string(x))
        snprintf(buffer, size, "%s", json_string_value(x));
    else if (json_is_integer(x))
        snprintf(buffer, size, "%lld", (long long)json_integer_value(x));
    else if (json_is_real(x))
        snprintf(buffer, size, "%.10g", json_real_value(x));
    else if (json_is_array(x))
        snprintf(buffer, size, "%zu items", json_array_size(x));
    else
        snprintf(buffer, size, "%s", json_is_true(x) ? "true" : json_is_false(x) ? "false" : json_is_null(x) ? "null" : x ? "other" : "none");
    return buffer;
}

static struct { char path[64]; pid_t whose; } folder_own; /* goes when its test ends */

static inline void folder_leave(void)
{
    char line[100];

    snprintf(line, sizeof line, "rm -rf '%s'", folder_own.path);
    if (folder_own.whose == getpid() && (chdir("/") != 0 || system(line) != 0))
        fprintf(stderr, "%s is left over\n", folder_own.path);
}

/* A new folder of this name, "/tmp/NAME-XXXXXX", is where the test works. */
static inline bool folder_enter(char *folder)
{
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return false;
    snprintf(folder_own.path, sizeof folder_own.path, "%s", folder);
    folder_own.whose = getpid();
    return atexit(folder_leave) == 0;
}

static inline void folder_write(const char *folder, const char *name, const char *text)
{
    char path[200];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static inline void expect_text(const char *what, const char *got, const char *wanted)
{
    if (strcmp(got, wanted) != 0)
        fail_msg("%s\n--- got\n%s\n--- wanted\n%s", what, got, wanted);
}

static inline void expect_part(const char *what, const char *got, const char *part)
{
    if (!strstr(got, part))
        fail_msg("%s\n--- got\n%s\n--- should hold\n%s", what, got, part);
}

#endif
