/* terminal: what prompt and dashboard share about the terminal and the process: what it can show, its
 * size, its settings saved and given back whatever ends the program, signals as events.
 * Knows neither readline nor curses. */
#ifndef BATCHLAB_TERMINAL_H
#define BATCHLAB_TERMINAL_H

#include <signal.h>
#include <sys/types.h>

#include "batchlab/plot.h"

struct bl_terminal {
    bool in, out, err;      /* standard input, output, error are terminals */
    bool dumb;              /* no cursor movement at all: TERM unset, dumb or unknown */
    bool utf8;
    enum bl_charset charset;
    enum bl_colours colours;
    enum bl_theme theme;
};
/* color: "auto", "always", "never". Reads LC_ALL..., TERM, COLORTERM, COLORFGBG, NO_COLOR, CLICOLOR,
 * CLICOLOR_FORCE, FORCE_COLOR; setlocale must have been called. */
void bl_terminal_detect(struct bl_terminal *t, const char *color, bool ascii);
/* Columns and rows of the terminal behind fd; false (80 × 24) where there is none. */
bool bl_terminal_size(int fd, int *width, int *height);

/* Asks the terminal how light its background is (OSC 11), where it may be asked: not through ssh, not where COLORFGBG
 * tells it, not of families that would show the question. Takes 100 ms at most where it is silent; *theme stays then.
 * Bytes that a person typed meanwhile are in typed (size at least 256). Both ends must be a terminal. */
void bl_terminal_ask(enum bl_theme *theme, char *typed, size_t size, size_t *n_typed);
/* Takes the answers out of bytes that came in; true when the last of them is there. */
bool bl_terminal_answers(const char *bytes, size_t n, enum bl_theme *theme, char *typed, size_t *n_typed);

/* Asks whether it shows pixels: sixels, or pictures by kitty's protocol. Waits at most 100 ms, a second through ssh; what is
 * typed meanwhile is handed over as above. Neither where an end is no terminal, or of a family that would show the question. */
void bl_terminal_ask_graphics(bool *sixel, bool *kitty, char *typed, size_t size, size_t *n_typed);
bool bl_terminal_graphics_answers(const char *bytes, size_t n, bool *sixel, bool *kitty, char *typed, size_t *n_typed);
/* Pixels of a cell; 10 × 20 where the terminal does not tell. */
void bl_terminal_cell(int *width, int *height);

/* Saves the settings of the terminal and guards them: on every fatal signal the reset bytes are
 * written, the settings are put back, and the signal takes its usual course. Once, at start. */
void bl_terminal_guard(void);
/* What must be sent to undo the screen state that is set now ("" : nothing); static text. */
void bl_terminal_undo(const char *reset_bytes);
/* Puts the saved settings back now and sends the reset bytes; does nothing in the background. */
void bl_terminal_restore(void);
/* True unless this process is in the background of its terminal. */
bool bl_terminal_in_front(void);
/* An alternate signal stack for the calling thread, so that even an overflow is answered. */
void bl_terminal_thread_guard(void);

/* For a thread about to be made: blocks all signals but those that its own faults raise. */
void bl_signals_block(sigset_t *before);

/* Signals as bytes in a pipe: INT TERM HUP WINCH TSTP CONT CHLD. Readable when one is waiting. */
int bl_signals_fd(void);
int bl_signals_take(void);  /* the next signal, 0 if none */
/* While a command works in the foreground, INT, TERM and HUP also set *stop at once, and TSTP stops
 * the process at once (the terminal must be as it was found); NULL ends that. The first TERM or HUP
 * leaves two seconds to end in order, the second one ends the process. */
void bl_signals_stop(_Atomic bool *stop);
/* INT (or the first of TERM, HUP) came since the last call of bl_signals_stop; 0: none. */
int bl_signals_stopped_by(void);
/* While another program has the terminal INT is for that one, TSTP stops this process too, and that
 * program ends with this one. < 0: it is about to start; 0: the terminal is ours again. */
void bl_signals_lend(pid_t to);
/* Gives the terminal back, stops this process as TSTP does by default, returns when it is continued. */
void bl_signals_suspend(void);

#endif
