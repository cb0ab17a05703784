/* The prompt: readline's callback interface beside signals and the worker in one poll loop. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "src/shell/shell.h"

static struct prompt {
    struct shell *shell;
    struct bl_text pending;  /* lines of a command that is not complete yet */
    bool over, installed;
    bool resumed;            /* the prompt was written anew after Ctrl-Z */
    int width;
    int status;
    char shown[128];
} prompt;

static void on_line(char *line);

/* What readline has switched on, for an end that it does not live to see. */
static const char *undo_bytes(void)
{
    const char *paste = rl_variable_value("enable-bracketed-paste");

    return !prompt.shell->terminal.dumb && paste && !strcmp(paste, "on") ? "\033[?2004l\r\n" : "\r\n";
}

static void install(void)
{
    int width, height;

    bl_terminal_size(STDOUT_FILENO, &width, &height);
    if (width != prompt.width)
        rl_reset_screen_size(); /* it changed while a command worked */
    prompt.width = width;
    bl_session_prompt(prompt.shell->session, prompt.pending.length > 0, prompt.shown, sizeof prompt.shown);
    rl_callback_handler_install(prompt.shown, on_line);
    prompt.installed = true;
    bl_terminal_undo(undo_bytes());
}

static void remove_handler(void)
{
    if (prompt.installed)
        rl_callback_handler_remove();
    bl_terminal_undo("");
    prompt.installed = false;
}

/* ---- lines --------------------------------------------------------------------------------------*/

static void session_resize(void)
{
    struct bl_session *s = prompt.shell->session;

    bl_terminal_size(prompt.shell->terminal.out ? STDOUT_FILENO : STDERR_FILENO, &s->width, &s->height);
}

static void run_pending(void)
{
    struct bl_workbench *w = prompt.shell->session->workbench;
    char *text = bl_text_take(&prompt.pending);
    int status;

    remove_handler(); /* the terminal is its usual self while a command works */
    history_keep(prompt.shell, text ? text : "");
    session_resize();
    bl_workbench_listen(w, 0);
    status = shell_run(prompt.shell, text ? text : "");
    bl_workbench_listen(w, bl_workbench_busy(w) ? 2 : 0); /* the prompt says how far it is */
    bl_free(text);
    if (status == 128 + SIGTERM || status == 128 + SIGHUP) {
        prompt.status = status;
        prompt.over = true;
    }
    prompt.over = prompt.over || prompt.shell->session->quit;
    if (!prompt.over)
        install();
}

/* Nothing is left half-typed on the screen. */
static void leave(int status)
{
    prompt.over = true;
    prompt.status = status;
    if (bl_terminal_in_front())
        rl_crlf();
    fflush(rl_outstream);
}

static void on_line(char *line)
{
    if (!line) { /* Ctrl-D on an empty line */
        leave(0);
        return;
    }
    bl_text_addf(&prompt.pending, "%s%s", prompt.pending.length ? "\n" : "", line);
    free(line);
    if (bl_session_wants_more(bl_text_get(&prompt.pending))) {
        remove_handler();
        install();
        return;
    }
    run_pending();
}

/* ---- signals --------------------------------------------------------------------------------------*/

/* Drops what was typed, shows ^C, a fresh prompt. */
static void on_interrupt(void)
{
    bl_text_clear(&prompt.pending);
    rl_callback_sigcleanup();
    rl_point = rl_end;
    rl_redisplay();
    fprintf(rl_outstream, "^C");
    rl_crlf();
    rl_replace_line("", 1);
    remove_handler();
    install();
}

static int interrupt_key(int count, int key)
{
    (void)count;
    (void)key;
    raise(SIGINT); /* comes out of the loop like one from outside */
    return 0;
}

/* At the prompt Ctrl-C is a key. As a signal the terminal would send it first and then throw away all
 * that has not reached the screen, which may be the fresh prompt already. */
static void prepare_terminal(int meta)
{
    const Keymap maps[] = { emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap };
    struct termios now;

    rl_prep_terminal(meta);
    if (tcgetattr(STDIN_FILENO, &now) != 0 || now.c_cc[VINTR] == _POSIX_VDISABLE)
        return;
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        rl_bind_key_in_map(now.c_cc[VINTR], interrupt_key, maps[i]);
    now.c_cc[VINTR] = _POSIX_VDISABLE;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &now);
}

static void retake_terminal(void)
{
    prepare_terminal(1);
    rl_resize_terminal();
    rl_forced_update_display();
}

static void on_suspend(void)
{
    rl_deprep_terminal();
    bl_signals_suspend();
    retake_terminal();
    prompt.resumed = true;
}

/* Stopped by somebody else; the shell has changed the settings since. */
static void on_continue(void)
{
    bool written = prompt.resumed && prompt.shell->terminal.dumb;

    prompt.resumed = false;
    if (written)
        return; /* by on_suspend: such a terminal cannot write over it */
    rl_deprep_terminal();
    retake_terminal();
}

static void on_signal(int sig)
{
    switch (sig) {
    case SIGINT:
        on_interrupt();
        break;
    case SIGWINCH:
        rl_resize_terminal();
        session_resize();
        break;
    case SIGTSTP:
        on_suspend();
        break;
    case SIGCONT:
        on_continue();
        break;
    case SIGTERM:
    case SIGHUP:
        leave(128 + sig);
        break;
    default:
        break;
    }
}

/* ---- the worker -----------------------------------------------------------------------------------*/

/* Training behind the prompt moved or ended: the prompt shows where it is, the line stays. */
static void on_worker(void)
{
    struct bl_session *s = prompt.shell->session;
    char now[sizeof prompt.shown];

    bl_workbench_drain(s->workbench);
    if (RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG | RL_STATE_MOREINPUT))
        return; /* another prompt stands there now */
    bl_session_prompt(s, prompt.pending.length > 0, now, sizeof now);
    if (!strcmp(now, prompt.shown))
        return;
    memcpy(prompt.shown, now, sizeof now);
    rl_clear_visible_line();
    rl_set_prompt(prompt.shown);
    rl_on_new_line();
    rl_redisplay();
}

/* ---- set up and loop --------------------------------------------------------------------------------*/

static void keys_setup(void)
{
    rl_initialize();
    /* Up and Down look for lines that begin like this one, unless the user's inputrc says otherwise. */
    if (rl_function_of_keyseq("\033[A", NULL, NULL) == rl_get_previous_history)
        rl_bind_keyseq("\033[A", rl_history_search_backward);
    if (rl_function_of_keyseq("\033[B", NULL, NULL) == rl_get_next_history)
        rl_bind_keyseq("\033[B", rl_history_search_forward);
}

static void readline_setup(struct shell *sh)
{
    rl_readline_name = "batchlab";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_prep_term_function = prepare_terminal;
    rl_change_environment = 0; /* else LINES and COLUMNS are exported and a resize is never seen again */
    if (!sh->terminal.out)
        rl_outstream = stderr;
    history_open(sh->session);
    complete_setup(sh->session);
    keys_setup();
}

static void wait_for_events(void)
{
    struct pollfd fds[] = {
        { .fd = STDIN_FILENO, .events = POLLIN },
        { .fd = bl_signals_fd(), .events = POLLIN },
        { .fd = bl_workbench_wake_fd(prompt.shell->session->workbench), .events = POLLIN },
    };
    int sig;

    /* A long pass behind the prompt still moves the counter there. */
    if (poll(fds, 3, bl_workbench_busy(prompt.shell->session->workbench) ? 500 : -1) < 0 && errno != EINTR) {
        prompt.over = true;
        return;
    }
    while (!prompt.over && (sig = bl_signals_take()) != 0)
        on_signal(sig);
    if (!prompt.over)
        on_worker();
    if (!prompt.over && (fds[0].revents & POLLIN))
        rl_callback_read_char();
    else if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        prompt.over = true;
}

int shell_prompt(struct shell *sh)
{
    prompt = (struct prompt){ .shell = sh };
    readline_setup(sh);
    install();
    while (!prompt.over)
        wait_for_events();
    bl_terminal_undo("");
    if (bl_terminal_in_front())
        remove_handler();
    bl_text_free(&prompt.pending);
    bl_terminal_restore();
    return prompt.status;
}
