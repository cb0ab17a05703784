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
