/* Commands that nobody types: -c, scripts, standard input. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/shell/shell.h"

static void begin(struct shell *sh)
{
    struct bl_progress *p = bl_workbench_progress(sh->session->workbench);

    p->stop = false;
    sh->interrupted = false;
    bl_signals_stop(&p->stop);
    progress_begin(sh->progress);
}

/* What came while a command worked was for that command; only TERM and HUP are still to be answered. */
static int leftover(void)
{
    int sig, end = bl_signals_stopped_by();

    while ((sig = bl_signals_take()) != 0)
        if (sig == SIGTERM || sig == SIGHUP)
            end = sig;
    return end;
}

/* 128 + N where a signal ended it; a reader that left early is no failure. */
static int end(struct shell *sh, int status)
{
    int by;

    bl_signals_stop(NULL);
    progress_end(sh->progress);
    bl_workbench_progress(sh->session->workbench)->stop = false;
    by = leftover();
    if (by)
        return 128 + by;
    return status == 130 ? 0 : status;
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

/* ---- standard input -----------------------------------------------------------------------------*/

enum { LINE_MAX_BYTES = 16 << 20 };

struct input {
    struct bl_session *session;
    struct bl_text line;
    char bytes[4096];
    size_t at, n, lines;
    bool over, failed;
};

/* A signal ends the wait: who feeds us may be silent for ever. */
static bool fill(struct input *in)
{
    struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .fd = bl_signals_fd(), .events = POLLIN } };
    ssize_t got = -1;

    while (got < 0) {
        while (!bl_signals_stopped_by() && poll(fds, 2, -1) < 0 && errno == EINTR)
            ;
        while (fds[1].revents && bl_signals_take() != 0)
            ;
        if (bl_signals_stopped_by())
            return false;
        if (!fds[0].revents)
            continue;
        got = read(STDIN_FILENO, in->bytes, sizeof in->bytes);
        if (got < 0 && errno != EINTR && errno != EAGAIN) {
            struct bl_error err = { 0 };
            bl_fail_io(&err, "read", "standard input", errno);
            bl_session_report(in->session, &err);
            in->failed = true;
            return false;
        }
    }
    in->at = 0;
    in->n = (size_t)got;
    in->over = got == 0;
    return got > 0;
}

static char *refuse(struct input *in, const char *why)
{
    struct bl_error err = { 0 };

    bl_fail_at(&err, BL_DATA, "standard input", in->lines, 0, "%s", why);
    bl_hint(&err, "a script is text with one command on a line");
    bl_session_report(in->session, &err);
    in->failed = true;
    return NULL;
}

static char *next_line(void *context)
{
    struct input *in = context;
    static char empty[1];
    const char *end = NULL;

    bl_text_clear(&in->line);
    while (!end && !in->failed && in->line.length <= LINE_MAX_BYTES && (in->at < in->n || fill(in))) {
        end = memchr(in->bytes + in->at, '\n', in->n - in->at);
        size_t n = end ? (size_t)(end - in->bytes) - in->at : in->n - in->at;
        bl_text_addn(&in->line, in->bytes + in->at, n);
        in->at += n + (end != NULL);
    }
    in->lines++;
    if (in->failed || bl_signals_stopped_by() || (!end && in->line.length == 0))
        return NULL;
    if (in->line.length && memchr(in->line.at, '\0', in->line.length))
        return refuse(in, "a byte of value 0 is no text");
    if (in->line.length > LINE_MAX_BYTES)
        return refuse(in, "a line is longer than 16 MiB");
    while (in->line.length && in->line.at[in->line.length - 1] == '\r')
        in->line.at[--in->line.length] = '\0';
    if (in->line.length == 0)
        return empty;
    return in->line.at + (in->lines == 1 && !strncmp(in->line.at, "\xef\xbb\xbf", 3) ? 3 : 0); /* a byte order mark */
}

int shell_stdin(struct shell *sh)
{
    struct input *in = bl_calloc(1, sizeof *in);
    int status = 1;

    begin(sh);
    if (in) {
        in->session = sh->session;
        status = bl_session_stream(sh->session, "standard input", next_line, in);
        status = in->failed ? 1 : status;
        bl_text_free(&in->line);
    }
    bl_free(in);
    return end(sh, status);
}
