/* The terminal comes back as it was, whatever ends the program; and signals become events.
 * Handlers only write, set flags and call tcsetattr: all of it is safe there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "batchlab/terminal.h"

enum { SECONDS_TO_END = 2, MOMENT_MS = 200 }; /* after TERM or HUP, whatever works then; for a terminal that is slow */

static struct termios saved;
static volatile sig_atomic_t have_saved;
static const char *_Atomic undo;           /* bytes that give the screen back */
static int pipe_ends[2] = { -1, -1 };
static _Atomic(_Atomic bool *) stop_flag;
static atomic_int stopped_by, asked_to_end;
static atomic_int lent;                    /* the program that has the terminal; < 0: it is just starting */

/* Room for a byte? A terminal that nobody reads is given a moment; then what it has not taken is dropped, so that
 * the bytes that give it back find room. */
static bool make_room(int fd, int *tries)
{
    struct pollfd out = { .fd = fd, .events = POLLOUT };

    if (poll(&out, 1, MOMENT_MS) > 0)
        return true;
    if (*tries == 0)
        tcflush(fd, TCOFLUSH);
    return (*tries)++ < 2;
}

/* Never waits for long: the program is ending. */
static void write_all(int fd, const char *bytes, size_t n)
{
    int flags = fcntl(fd, F_GETFL), tries = 0;

    if (flags >= 0)
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && (errno == EINTR || (errno == EAGAIN && make_room(fd, &tries))))
            continue;
        if (done <= 0)
            break;
        bytes += done;
        n -= (size_t)done;
    }
    if (flags >= 0)
        fcntl(fd, F_SETFL, flags); /* others share it */
}

/* A process in the background must leave the terminal alone: it belongs to somebody else now. */
bool bl_terminal_in_front(void)
{
    pid_t front = tcgetpgrp(STDIN_FILENO);

    return front < 0 || front == getpgrp();
}

void bl_terminal_restore(void)
{
    const char *bytes = atomic_load(&undo);

    if (!bl_terminal_in_front())
        return;
    if (bytes && isatty(STDOUT_FILENO))
        write_all(STDOUT_FILENO, bytes, strlen(bytes));
    else if (bytes && isatty(STDERR_FILENO))
        write_all(STDERR_FILENO, bytes, strlen(bytes));
    if (have_saved)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

static void die(int sig)
{
    sigset_t only;

    if (atomic_load(&lent) > 0)
        kill(atomic_load(&lent), SIGTERM); /* a pager alone would fight the shell for the terminal */
    bl_terminal_restore();
    signal(sig, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, sig);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    raise(sig);
}

static void on_fatal(int sig) { die(sig); }

/* Work did not stop in time after TERM or HUP. */
static void on_alarm(int sig)
{
    int asked = atomic_load(&asked_to_end);

    die(asked ? asked : sig);
}

static void handle(int sig, void (*handler)(int), int flags);
static void on_event(int sig);

/* Stops as if nobody had caught TSTP: the shell sees it, an orphan is not stopped for ever. */
static void stop_here(void)
{
    sigset_t only;

    signal(SIGTSTP, SIG_DFL);
    sigemptyset(&only);
    sigaddset(&only, SIGTSTP);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &only, NULL); /* here it stops, here it goes on */
    handle(SIGTSTP, on_event, SA_RESTART);
}

/* Nobody reads single keys now: a command works, without a dashboard. */
static bool as_usual(void)
{
    struct termios now;

    return tcgetattr(STDIN_FILENO, &now) != 0 || (now.c_lflag & ICANON);
}

static void on_end(int sig, _Atomic bool *flag)
{
    if (atomic_exchange(&asked_to_end, sig) != 0)
        die(sig); /* asked twice: at once */
    alarm(SECONDS_TO_END);
    if (flag)
        atomic_store(flag, true);
    atomic_store(&stopped_by, sig);
}

static void on_event(int sig)
{
    int error = errno;
    _Atomic bool *flag = atomic_load(&stop_flag);
    bool other = atomic_load(&lent) != 0;
    unsigned char byte = (unsigned char)sig;

    if (sig == SIGTERM || sig == SIGHUP)
        on_end(sig, flag);
    else if (sig == SIGTSTP && (other || (flag && as_usual())))
        stop_here();
    else if (sig == SIGINT && flag && !other) {
        atomic_store(flag, true);
        atomic_store(&stopped_by, sig);
    }
    if (!(sig == SIGINT && other) && write(pipe_ends[1], &byte, 1) < 0) {
        /* Full: so many signals are waiting that one more says nothing new. */
    }
    errno = error;
}

static void handle(int sig, void (*handler)(int), int flags)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(sig, &action, NULL);
}

void bl_terminal_thread_guard(void)
{
    size_t size = 64 * 1024;
    stack_t stack = { .ss_size = size };

    stack.ss_sp = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack.ss_sp != MAP_FAILED)
        sigaltstack(&stack, NULL);
}

void bl_terminal_guard(void)
{
    static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGQUIT, SIGXCPU,
                                 SIGVTALRM, SIGPROF, SIGUSR1, SIGUSR2, SIGIO };
    static const int events[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT, SIGCHLD };

    have_saved = tcgetattr(STDIN_FILENO, &saved) == 0;
    if (pipe_ends[0] < 0 && pipe2(pipe_ends, O_NONBLOCK | O_CLOEXEC) != 0)
        pipe_ends[0] = pipe_ends[1] = -1;
    bl_terminal_thread_guard();
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        handle(fatal[i], on_fatal, SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        handle(events[i], on_event, SA_RESTART);
    handle(SIGALRM, on_alarm, SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
    handle(SIGPIPE, SIG_IGN, 0);
    handle(SIGXFSZ, SIG_IGN, 0); /* a file that may not grow further is an error that is told */
}

void bl_terminal_undo(const char *reset_bytes) { atomic_store(&undo, reset_bytes); }

void bl_signals_block(sigset_t *before)
{
    static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };
    sigset_t blocked;

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(&blocked, own[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, before);
}

int bl_signals_fd(void) { return pipe_ends[0]; }

int bl_signals_take(void)
{
    unsigned char byte;

    return read(pipe_ends[0], &byte, 1) == 1 ? byte : 0;
}

void bl_signals_stop(_Atomic bool *stop)
{
    if (stop)
        atomic_store(&stopped_by, atomic_load(&asked_to_end));
    atomic_store(&stop_flag, stop);
    if (stop && atomic_load(&asked_to_end)) /* it came between two commands */
        atomic_store(stop, true);
}

int bl_signals_stopped_by(void) { return atomic_load(&stopped_by); }

void bl_signals_lend(pid_t to) { atomic_store(&lent, to); }

void bl_signals_suspend(void)
{
    struct termios now;
    bool had = tcgetattr(STDIN_FILENO, &now) == 0;

    if (have_saved)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
    stop_here();
    have_saved = have_saved && tcgetattr(STDIN_FILENO, &saved) == 0; /* whoever was in front may have changed them */
    if (had)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
}
