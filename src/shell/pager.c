/* Other programs that are given text: the pager, and what stands behind `|`. Started directly, never
 * through a shell. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/shell/shell.h"

extern char **environ;

/* ---- starting -----------------------------------------------------------------------------------*/

static bool start(pid_t *child, char *const argv[], int reads, struct bl_error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t defaults;
    int failed;

    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE); /* what is ignored here must not be ignored there */
    sigaddset(&defaults, SIGXFSZ);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, reads, STDIN_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    failed = posix_spawnp(child, argv[0], &actions, &attributes, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (!failed)
        return true;
    bl_fail_io(err, "start", argv[0], failed);
    return bl_hint(err, "is '%s' installed? to=FILE writes the result to a file", argv[0]);
}

/* ---- while it runs ------------------------------------------------------------------------------*/

/* Writes what fits; closes the pipe at the end of the text, or when nobody reads any more. */
static void feed(int *fd, const char **text, size_t *n)
{
    ssize_t done = *n ? write(*fd, *text, *n) : 0;

    if (done > 0) {
        *text += done;
        *n -= (size_t)done;
    }
    if (*n == 0 || (done < 0 && errno != EAGAIN && errno != EINTR)) {
        close(*fd);
        *fd = -1;
    }
}

/* TERM and HUP end the program in front first; they are answered when the command is over. */
static void take_signals(pid_t child)
{
    int sig;

    while ((sig = bl_signals_take()) != 0)
        if (sig == SIGTERM || sig == SIGHUP) {
            kill(child, SIGTERM);
            kill(child, SIGCONT);
        }
}

/* Until the program ends. */
static void attend(pid_t child, int fd, const char *text, size_t n)
{
    int status;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    while (waitpid(child, &status, WNOHANG) == 0) {
        struct pollfd fds[] = { { .fd = bl_signals_fd(), .events = POLLIN }, { .fd = fd, .events = POLLOUT } };

        if (poll(fds, fd < 0 ? 1 : 2, 1000) < 0 && errno != EINTR)
            break;
        take_signals(child);
        if (fd >= 0 && fds[1].revents)
            feed(&fd, &text, &n);
    }
    if (fd >= 0)
        close(fd);
}

bool pipe_text(char *const argv[], const char *text, size_t n, struct bl_error *err)
{
    int ends[2];
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return bl_fail_io(err, "start", argv[0], errno);
    bl_signals_lend(-1); /* Ctrl-C is for the program in front */
    if (!start(&child, argv, ends[0], err)) {
        bl_signals_lend(0);
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    bl_signals_lend(child);
    close(ends[0]);
    attend(child, ends[1], text, n);
    bl_signals_lend(0);
    return true;
}

/* ---- the pager ----------------------------------------------------------------------------------*/

bool page_text(const char *text, size_t n)
{
    const char *names[] = { getenv("BATCHLAB_PAGER"), getenv("PAGER"), "less -FRSX" };
    char *words, *argv[16], *save = NULL;
    size_t i = 0, count = 0;
    bool good;

    while (!names[i] || !names[i][strspn(names[i], " \t")])
        i++;
    words = bl_strdup(names[i]);
    for (char *w = words ? strtok_r(words, " \t", &save) : NULL; w && count < 15; w = strtok_r(NULL, " \t", &save))
        argv[count++] = w;
    argv[count] = NULL;
    good = count > 0 && pipe_text(argv, text, n, NULL);
    bl_free(words);
    return good;
}
