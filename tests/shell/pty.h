/* The real program on a pseudo-terminal: keys go in, text comes out, settings are read from the other
 * end. Waits for text, never for time. */
#ifndef BATCHLAB_TESTS_PTY_H
#define BATCHLAB_TESTS_PTY_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE = 20 }; /* seconds, for machines with much to do */

struct pty {
    int fd, slave;
    pid_t pid;
    char *text;             /* all that came out so far */
    size_t n, seen;         /* seen: where the next expectation looks from */
    struct termios before;
};

static inline double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline const char *program(void)
{
    return getenv("BATCHLAB") ? getenv("BATCHLAB") : "./batchlab";
}

/* env holds "NAME=value" or "NAME" (removed), NULL-terminated. */
static inline struct pty pty_start(const char *const argv[], const char *const env[])
{
    struct winsize size = { .ws_row = 24, .ws_col = 80 };
    struct pty p = { 0 };
    char name[128];

    assert_int_equal(openpty(&p.fd, &p.slave, name, NULL, &size), 0);
    assert_int_equal(tcgetattr(p.slave, &p.before), 0);
    fcntl(p.fd, F_SETFD, FD_CLOEXEC);
    fcntl(p.slave, F_SETFD, FD_CLOEXEC);
    p.pid = fork();
    if (p.pid == 0) {
        setsid();
        ioctl(p.slave, TIOCSCTTY, 0);
        for (int fd = 0; fd < 3; fd++)
            dup2(p.slave, fd);
        setenv("TERM", "xterm", 1);
        for (size_t i = 0; env && env[i]; i++)
            if (strchr(env[i], '=') ? putenv(strdup(env[i])) : unsetenv(env[i]))
                _exit(126);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    p.text = calloc(1, 1);
    return p;
}

static inline struct pty pty_prompt(const char *const env[])
{
    const char *argv[] = { program(), "-q", "-n", NULL };

    return pty_start(argv, env);
}

/* Reads what is there, waits for it at most `ms`; false at the end. */
static inline bool pty_read(struct pty *p, int ms)
{
    struct pollfd ready = { .fd = p->fd, .events = POLLIN };
    char bytes[4096];
    ssize_t got;

    if (poll(&ready, 1, ms) <= 0)
        return false;
    got = read(p->fd, bytes, sizeof bytes);
    if (got <= 0)
        return false;
    p->text = realloc(p->text, p->n + (size_t)got + 1);
    memcpy(p->text + p->n, bytes, (size_t)got);
    p->n += (size_t)got;
    p->text[p->n] = '\0';
    return true;
}

static inline void pty_keys(struct pty *p, const char *keys)
{
    assert_int_equal(write(p->fd, keys, strlen(keys)), strlen(keys));
}

/* Waits until the text stands behind what was expected before. */
static inline void pty_expect(struct pty *p, const char *text)
{
    const char *found;

    double until = seconds_now() + PATIENCE;

    while (!(found = strstr(p->text + p->seen, text)) && seconds_now() < until)
        if (!pty_read(p, 1000 * PATIENCE))
            break;
    if (!found) {
        kill(p->pid, SIGKILL);
        fail_msg("'%s' never came; behind the last text stands:\n%s", text, p->text + p->seen);
    }
    p->seen = (size_t)(found - p->text) + strlen(text);
}

static inline void pty_send(struct pty *p, const char *keys, const char *text)
{
    pty_keys(p, keys);
    pty_expect(p, text);
}

static inline bool pty_same_settings(const struct pty *p)
{
    struct termios now;

    return tcgetattr(p->slave, &now) == 0 && now.c_lflag == p->before.c_lflag && now.c_iflag == p->before.c_iflag &&
           now.c_oflag == p->before.c_oflag && !memcmp(now.c_cc, p->before.c_cc, sizeof now.c_cc);
}

static inline bool pty_has(const struct pty *p, tcflag_t flag)
{
    struct termios now;

    return tcgetattr(p->slave, &now) == 0 && (now.c_lflag & flag) == flag;
}

/* Waits for the end: exit status, or 1000 + N for signal N. Everything it said is in p->text. */
static inline int pty_end(struct pty *p)
{
    double until = seconds_now() + PATIENCE;
    int status = 0;

    while (waitpid(p->pid, &status, WNOHANG) == 0) {
        if (!pty_read(p, 10) && seconds_now() > until) {
            kill(p->pid, SIGKILL);
            fail_msg("it did not end; it said:\n%s", p->text);
        }
    }
    while (pty_read(p, 0))
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static inline void pty_close(struct pty *p)
{
    close(p->fd);
    close(p->slave);
    free(p->text);
}

/* Ends it by what was said and closes it. */
static inline void pty_quit(struct pty *p)
{
    pty_keys(p, "quit\r");
    assert_int_equal(pty_end(p), 0);
    assert_true(pty_same_settings(p));
    pty_close(p);
}

#endif
