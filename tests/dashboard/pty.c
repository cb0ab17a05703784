#define _GNU_SOURCE
#include "pty.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Frames are at least 33 ms apart; what comes with less than this between belongs together. */
enum { FRAME_GAP_MS = 8, READ_BYTES = 65536 };

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void environment_set(const char *const *environment)
{
    setenv("TERM", "xterm-256color", 1);
    unsetenv("SSH_CONNECTION");
    unsetenv("NO_COLOR");
    for (; environment && *environment; environment++) {
        char name[64] = "";
        size_t n = strcspn(*environment, "=");
        memcpy(name, *environment, n < sizeof name ? n : sizeof name - 1);
        if ((*environment)[n])
            setenv(name, *environment + n + 1, 1);
        else
            unsetenv(name);
    }
}

bool pty_start(struct pty *p, int width, int height, const char *commands) { return pty_start_with(p, width, height, commands, NULL); }

bool pty_start_with(struct pty *p, int width, int height, const char *commands, const char *const *environment)
{
    struct winsize size = { .ws_col = (unsigned short)width, .ws_row = (unsigned short)height };
    const char *program = getenv("BATCHLAB");

    memset(p, 0, sizeof *p);
    if (!program || access(program, X_OK) != 0 || (p->pid = forkpty(&p->fd, NULL, NULL, &size)) < 0)
        return false;
    if (p->pid == 0) {
        environment_set(environment);
        execl(program, "batchlab", (char *)NULL);
        _exit(127);
    }
    fcntl(p->fd, F_SETFD, FD_CLOEXEC);
    if (!pty_wait_for(p, "> ", 5))
        return false;
    pty_send(p, commands);
    pty_send(p, "\r");
    return true;
}

void pty_resize(struct pty *p, int width, int height)
{
    struct winsize size = { .ws_col = (unsigned short)width, .ws_row = (unsigned short)height };

    ioctl(p->fd, TIOCSWINSZ, &size);
}

bool pty_drink(struct pty *p)
{
    struct pollfd wait = { .fd = p->fd, .events = POLLIN };
    char block[READ_BYTES];

    while (poll(&wait, 1, 0) > 0) {
        if (read(p->fd, block, sizeof block) <= 0)
            return false;
    }
    return true;
}

bool pty_ended(struct pty *p, double seconds, int *status)
{
    double end = seconds_now() + seconds;

    while (seconds_now() < end) {
        if (waitpid(p->pid, status, WNOHANG) == p->pid) {
            close(p->fd);
            free(p->all);
            p->all = NULL;
            return true;
        }
        usleep(10000);
    }
    return false;
}

void pty_send(struct pty *p, const char *keys)
{
    if (write(p->fd, keys, strlen(keys)) < 0)
        p->frames = 0;
}

static void keep(struct pty *p, const char *bytes, size_t n)
{
    if (p->length + n + 1 > p->room) {
        size_t room = 2 * (p->length + n + 1);
        char *all = realloc(p->all, room);
        if (!all)
            return;
        p->all = all;
        p->room = room;
    }
    memcpy(p->all + p->length, bytes, n);
    p->length += n;
    p->all[p->length] = '\0';
}

static void begin(struct pty *p)
{
    p->frames = p->length = 0;
    if (p->all)
        p->all[0] = '\0';
}

/* One reading; false when nothing came. */
static bool take(struct pty *p, int milliseconds, double *last)
{
    struct pollfd wait = { .fd = p->fd, .events = POLLIN };
    char block[READ_BYTES];
    ssize_t n;
    double now;

    if (poll(&wait, 1, milliseconds) <= 0 || (n = read(p->fd, block, sizeof block)) <= 0)
        return false;
    now = seconds_now();
    if (p->frames == 0 || now - *last > 1e-3 * FRAME_GAP_MS) {
        if (p->frames == sizeof p->frame / sizeof *p->frame)
            return false;
        p->frame[p->frames++] = 0;
    }
    p->frame[p->frames - 1] += (size_t)n;
    *last = now;
    keep(p, block, (size_t)n);
    return true;
}

void pty_watch(struct pty *p, double seconds)
{
    double end = seconds_now() + seconds, last = 0, now;

    begin(p);
    while ((now = seconds_now()) < end)
        take(p, (int)((end - now) * 1000) + 1, &last);
}

bool pty_wait_for(struct pty *p, const char *text, double seconds)
{
    double end = seconds_now() + seconds, last = 0, now;

    begin(p);
    while ((now = seconds_now()) < end) {
        take(p, 20, &last);
        if (p->all && strstr(p->all, text))
            return true;
    }
    return false;
}

size_t pty_bytes(const struct pty *p)
{
    size_t sum = 0;

    for (size_t i = 0; i < p->frames; i++)
        sum += p->frame[i];
    return sum;
}

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return (x > y) - (x < y);
}

size_t pty_quantile(const struct pty *p, double share)
{
    size_t sorted[sizeof p->frame / sizeof *p->frame];

    if (p->frames == 0)
        return 0;
    memcpy(sorted, p->frame, p->frames * sizeof *sorted);
    qsort(sorted, p->frames, sizeof *sorted, by_size);
    return sorted[(size_t)(share * (double)(p->frames - 1))];
}

int pty_end(struct pty *p)
{
    int status = 0;
    double last = 0;

    kill(p->pid, SIGTERM);
    for (int i = 0; i < 100 && waitpid(p->pid, &status, WNOHANG) == 0; i++) {
        take(p, 20, &last);
        if (i == 99) {
            kill(p->pid, SIGKILL);
            waitpid(p->pid, &status, 0);
        }
    }
    close(p->fd);
    free(p->all);
    p->all = NULL;
    return status;
}
