/* Commands that nobody types: -c, scripts, standard input. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/shell/shell.h"

static void begin(struct shell *sh)
{
    struct bl_progress *p = bl_workbench_progress(sh->session->workbench);

    p->stop = false;
    bl_signals_stop(&p->stop);
    progress_begin(sh->progress);
}

/* 128 + N where a signal ended it; Ctrl-C at a prompt only ends the command. */
static int end(struct shell *sh, int status)
{
    int by = bl_signals_stopped_by();

    bl_signals_stop(NULL);
    progress_end(sh->progress);
    bl_workbench_progress(sh->session->workbench)->stop = false;
    return by ? 128 + by : status;
}

int shell_run(struct shell *sh, const char *text)
{
    begin(sh);
    return end(sh, bl_session_run(sh->session, text));
}

int shell_script(struct shell *sh, const char *path)
{
    begin(sh);
    return end(sh, bl_session_script(sh->session, path));
}

struct lines { char *line; size_t capacity; };

static char *next_line(void *context)
{
    struct lines *l = context;
    ssize_t n = getline(&l->line, &l->capacity, stdin);

    if (n < 0)
        return NULL;
    while (n > 0 && (l->line[n - 1] == '\n' || l->line[n - 1] == '\r'))
        l->line[--n] = '\0';
    return l->line;
}

int shell_stdin(struct shell *sh)
{
    struct lines l = { 0 };
    int status;

    begin(sh);
    status = bl_session_stream(sh->session, "standard input", next_line, &l);
    free(l.line);
    return end(sh, status);
}
