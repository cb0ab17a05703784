/* Where the session's text goes: standard output and error, the pager, another program. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/shell/shell.h"

extern char **environ;

/* ---- standard output and error ------------------------------------------------------------------*/

static void out(void *context, const char *text, size_t n)
{
    struct shell *sh = context;

    if (sh->out_failed || sh->out_closed)
        return;
    progress_hide(sh->progress);
    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EAGAIN) {
            poll(&(struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT }, 1, -1);
            continue;
        }
        if (done < 0) { /* a reader that left is no error; a full disk is */
            sh->out_closed = errno == EPIPE;
            sh->out_failed = errno != EPIPE;
            sh->out_errno = errno;
            break;
        }
        text += done;
        n -= (size_t)done;
    }
    progress_show(sh->progress);
}

static void note(void *context, const char *text, size_t n)
{
    struct shell *sh = context;

    progress_hide(sh->progress);
    while (n > 0) {
        ssize_t done = write(STDERR_FILENO, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            break;
        text += done;
        n -= (size_t)done;
    }
    progress_show(sh->progress);
}

static bool tick(void *context)
{
    (void)context;
    return bl_signals_stopped_by() == 0;
}

static bool page(void *context, const char *text, size_t n) { return page_text(context, text, n); }

static bool to_program(void *context, char *const argv[], const char *text, size_t n, struct bl_error *err)
{
    struct shell *sh = context;
    bool good;

    progress_hide(sh->progress);
    good = pipe_text(argv, text, n, err);
    progress_show(sh->progress);
    return good;
}

/* The dashboard has the terminal for itself. */
static bool watch(void *context, struct bl_error *err)
{
    struct shell *sh = context;
    bool opened;

    progress_hide(sh->progress);
    opened = sh->watch(context, err);
    progress_show(sh->progress);
    return opened;
}

void shell_yield_to(struct shell *sh)
{
    sh->watch = sh->session->screen.watch;
    if (sh->watch)
        sh->session->screen.watch = watch;
}

struct shell *shell_create(struct bl_session *s, const struct bl_terminal *t, struct bl_error *err)
{
    struct shell *sh = bl_calloc(1, sizeof *sh);

    if (!sh) {
        bl_fail_memory(err, "the shell");
        return NULL;
    }
    sh->session = s;
    sh->terminal = *t;
    sh->progress = progress_create(bl_workbench_progress(s->workbench), t->err && !t->dumb && !s->plain, err);
    if (!sh->progress) {
        bl_free(sh);
        return NULL;
    }
    s->screen.context = sh;
    s->screen.out = out;
    s->screen.note = note;
    s->screen.tick = tick;
    s->screen.pipe = to_program;
    if (t->in && t->out && !t->dumb)
        s->screen.page = page;
    return sh;
}

bool shell_finish(struct shell *sh)
{
    if (!sh->out_failed)
        return true;
    fprintf(stderr, "batchlab: error: cannot write standard output: %s\n", strerror(sh->out_errno));
    return false;
}

void shell_free(struct shell *sh)
{
    if (!sh)
        return;
    progress_free(sh->progress);
    bl_free(sh);
}

/* ---- other programs -----------------------------------------------------------------------------*/

/* SIGINT belongs to the program in front while it runs. */
static bool feed(pid_t child, int fd, const char *text, size_t n)
{
    int status;

    while (n > 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            break; /* closed early: not an error */
        text += done;
        n -= (size_t)done;
    }
    close(fd);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) != 127;
}

static void actions_fill(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, const int ends[2])
{
    sigset_t defaults;

    posix_spawn_file_actions_init(actions);
    posix_spawn_file_actions_adddup2(actions, ends[0], STDIN_FILENO);
    posix_spawnattr_init(attributes);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    posix_spawnattr_setsigdefault(attributes, &defaults);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
}

bool pipe_text(char *const argv[], const char *text, size_t n, struct bl_error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int ends[2], failed;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return bl_fail_io(err, "start", argv[0], errno);
    actions_fill(&actions, &attributes, ends);
    failed = posix_spawnp(&child, argv[0], &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(ends[0]);
    if (failed) {
        close(ends[1]);
        return bl_fail_io(err, "start", argv[0], failed);
    }
    bl_signals_stop(NULL);
    feed(child, ends[1], text, n);
    return true;
}

/* The pager's words are split at blanks and started directly, never through a shell. */
bool page_text(struct shell *sh, const char *text, size_t n)
{
    const char *names[] = { getenv("BATCHLAB_PAGER"), getenv("PAGER"), "less -FRSX" };
    char words[256], *argv[16], *save = NULL;
    size_t i = 0, count = 0;

    (void)sh;
    while (!names[i] || !names[i][0])
        i++;
    if (snprintf(words, sizeof words, "%s", names[i]) >= (int)sizeof words)
        return false;
    for (char *w = strtok_r(words, " \t", &save); w && count < 15; w = strtok_r(NULL, " \t", &save))
        argv[count++] = w;
    argv[count] = NULL;
    return count > 0 && pipe_text(argv, text, n, NULL);
}
