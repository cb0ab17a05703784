/* Where the session's text goes: standard output and error. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <readline/readline.h>

#include "src/shell/shell.h"

/* All of it, or the error that ended it. */
static int write_all(int fd, const char *text, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0 && errno == EAGAIN) {
            poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
            continue;
        }
        if (done < 0)
            return errno;
        text += done;
        n -= (size_t)done;
    }
    return 0;
}

/* A reader that left is no error, but there is nothing more to do for it; a full disk is one. */
static void out(void *context, const char *text, size_t n)
{
    struct shell *sh = context;
    int failed;

    if (sh->out_errno)
        return;
    progress_hide(sh->progress);
    failed = write_all(STDOUT_FILENO, text, n);
    if (failed) {
        sh->out_errno = failed;
        sh->session->quit = !sh->session->interactive;
    }
    progress_show(sh->progress);
}

static void note(void *context, const char *text, size_t n)
{
    struct shell *sh = context;

    if (sh->out_errno == EPIPE)
        return; /* the reader had enough: nothing of it is worth a word */
    if (!progress_hide(sh->progress) && bl_signals_stopped_by() == SIGINT && sh->terminal.err && !sh->interrupted) {
        sh->interrupted = true;
        write_all(STDERR_FILENO, "\n", 1); /* behind the terminal's own ^C */
    }
    write_all(STDERR_FILENO, text, n); /* nowhere is left to tell that this failed */
    progress_show(sh->progress);
}

static bool tick(void *context)
{
    struct shell *sh = context;

    return bl_signals_stopped_by() == 0 && !sh->out_errno;
}

/* A command is over: what comes next has a time of its own. */
static void rest(void *context)
{
    struct shell *sh = context;

    progress_begin(sh->progress);
}

static void line(void *context, const char *text)
{
    struct shell *sh = context;

    progress_tell(sh->progress, text);
}

static bool page(void *context, const char *text, size_t n)
{
    struct shell *sh = context;
    bool paged;

    progress_hide(sh->progress);
    paged = page_text(text, n);
    progress_show(sh->progress);
    return paged;
}

static bool to_program(void *context, char *const argv[], const char *text, size_t n, struct bl_error *err)
{
    struct shell *sh = context;
    bool good;

    progress_hide(sh->progress);
    good = pipe_text(argv, text, n, err);
    progress_show(sh->progress);
    return good;
}

/* A full screen has the terminal for itself; one that is put on another leaves it to that. */
static bool watch(void *context, struct bl_error *err)
{
    struct shell *sh = context;
    bool inside = sh->session->in_dashboard, opened;

    progress_hide(sh->progress);
    opened = sh->watch(context, err);
    if (!inside)
        progress_show(sh->progress);
    return opened;
}

static bool browse(void *context, const struct bl_browse_request *q, struct bl_text *told, struct bl_error *err)
{
    struct shell *sh = context;
    bool inside = sh->session->in_dashboard, opened;

    progress_hide(sh->progress);
    opened = sh->browse(context, q, told, err);
    if (!inside)
        progress_show(sh->progress);
    return opened;
}

void shell_yield_to(struct shell *sh)
{
    sh->watch = sh->session->screen.watch;
    if (sh->watch)
        sh->session->screen.watch = watch;
    sh->browse = sh->session->screen.browse;
    if (sh->browse)
        sh->session->screen.browse = browse;
}

/* Once: it stays the same terminal. What was typed meanwhile comes next. */
static void graphics(void *context, bool ask, enum bl_graphics_kind *kind, int *cell_width, int *cell_height)
{
    struct shell *sh = context;
    static bool asked, sixel, kitty;
    char typed[256];
    size_t n = 0;

    bl_terminal_cell(cell_width, cell_height);
    if (!ask)
        return;
    if (!asked) {
        progress_hide(sh->progress);
        bl_terminal_ask_graphics(&sixel, &kitty, typed, sizeof typed, &n);
        progress_show(sh->progress);
    }
    asked = true;
    for (size_t i = 0; i < n; i++)
        rl_stuff_char((unsigned char)typed[i]);
    *kind = kitty ? BL_GRAPHICS_KITTY : sixel ? BL_GRAPHICS_SIXEL : BL_GRAPHICS_NONE;
}

static void remember(void *context, const char *line) { history_keep(context, line); }

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
    s->screen.rest = rest;
    if (t->err && !t->dumb && !s->plain)
        s->screen.line = line;
    s->screen.pipe = to_program;
    s->screen.remember = remember;
    if (t->in && t->out && !t->dumb) {
        s->screen.page = page;
        s->screen.graphics = graphics;
    }
    return sh;
}

bool shell_finish(struct shell *sh)
{
    if (sh->out_errno == 0 || sh->out_errno == EPIPE)
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
