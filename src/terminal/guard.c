/* The terminal comes back as it was, whatever ends the program; and signals become events.
 * Handlers only write, set flags and call tcsetattr: all of it is safe there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "batchlab/terminal.h"

static struct termios saved;
static volatile sig_atomic_t have_saved;
static const char *_Atomic undo;           /* bytes that give the screen back */
static int pipe_ends[2] = { -1, -1 };
static _Atomic(_Atomic bool *) stop_flag;
static atomic_int stopped_by;

static void write_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return;
        bytes += done;
        n -= (size_t)done;
    }
}

void bl_terminal_restore(void)
{
    const char *bytes = atomic_load(&undo);

    if (bytes && isatty(STDOUT_FILENO))
        write_all(STDOUT_FILENO, bytes, strlen(bytes));
    if (have_saved)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

static void on_fatal(int sig)
{
    bl_terminal_restore();
    signal(sig, SIG_DFL); /* SA_RESETHAND did it already; a second fault must not come back here */
    raise(sig);
}

static void on_event(int sig)
{
    int error = errno;
    _Atomic bool *flag = atomic_load(&stop_flag);
    unsigned char byte = (unsigned char)sig;

    if (flag && (sig == SIGINT || sig == SIGTERM || sig == SIGHUP)) {
        atomic_store(flag, true);
        if ((sig == SIGTERM || sig == SIGHUP) && atomic_load(&stopped_by) == sig)
            on_fatal(sig); /* asked twice: at once */
        atomic_store(&stopped_by, sig);
    }
    if (write(pipe_ends[1], &byte, 1) < 0) {
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
    static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGQUIT, SIGXCPU, SIGXFSZ,
                                 SIGALRM, SIGVTALRM, SIGPROF, SIGUSR1, SIGUSR2, SIGIO };
    static const int events[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT };

    have_saved = tcgetattr(STDIN_FILENO, &saved) == 0;
    if (pipe_ends[0] < 0 && pipe2(pipe_ends, O_NONBLOCK | O_CLOEXEC) != 0)
        pipe_ends[0] = pipe_ends[1] = -1;
    bl_terminal_thread_guard();
    for (size_t i = 0; i < sizeof fatal / sizeof *fatal; i++)
        handle(fatal[i], on_fatal, SA_ONSTACK | SA_RESETHAND | SA_NODEFER);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        handle(events[i], on_event, SA_RESTART);
    handle(SIGPIPE, SIG_IGN, 0);
}

void bl_terminal_undo(const char *reset_bytes) { atomic_store(&undo, reset_bytes); }

int bl_signals_fd(void) { return pipe_ends[0]; }

int bl_signals_take(void)
{
    unsigned char byte;

    return read(pipe_ends[0], &byte, 1) == 1 ? byte : 0;
}

void bl_signals_stop(_Atomic bool *stop)
{
    if (stop)
        atomic_store(&stopped_by, 0);
    atomic_store(&stop_flag, stop);
}

int bl_signals_stopped_by(void) { return atomic_load(&stopped_by); }

void bl_signals_suspend(void)
{
    struct termios now;
    bool had = tcgetattr(STDIN_FILENO, &now) == 0;

    if (have_saved)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
    raise(SIGSTOP);
    if (had)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
}
