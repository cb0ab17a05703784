/* shell: the readline prompt, the progress line, the pager. What main opens when a person types. */
#ifndef BATCHLAB_SHELL_H
#define BATCHLAB_SHELL_H

#include "batchlab/language.h"
#include "batchlab/terminal.h"

struct shell; /* standard output and error of a session, with progress line and pager */
struct shell *shell_create(struct bl_session *s, const struct bl_terminal *t, struct bl_error *err);
/* Removes the progress line, flushes; false when standard output could not be written to its end. */
bool shell_finish(struct shell *sh);
void shell_free(struct shell *sh);
/* Whoever was attached as the session's `watch` and `browse` gets the terminal without a progress line. */
void shell_yield_to(struct shell *sh);

/* Runs text, a script or standard input as commands, with Ctrl-C, TERM and HUP stopping them.
 * Exit status, 128 + N when a signal ended it. */
int shell_run(struct shell *sh, const char *text);
int shell_script(struct shell *sh, const char *path);
int shell_stdin(struct shell *sh);
/* The prompt, until the person leaves: exit status. */
int shell_prompt(struct shell *sh);

/* What the dashboard showed last (view, panels, axes, smoothing) is taken up, and kept for the next session. A file that holds
 * anything else is left alone with a warning, and written anew at the end. */
void remember_read(struct bl_session *s);
void remember_write(struct bl_session *s);

/* ---- inside the room ----------------------------------------------------------------------------*/
struct shell {
    struct bl_session *session;
    struct bl_terminal terminal;
    struct progress *progress;
    bool (*watch)(void *context, struct bl_error *err); /* the dashboard's; NULL: none */
    bool (*browse)(void *context, const struct bl_browse_request *q, struct bl_text *told, struct bl_error *err);
    bool interrupted; /* Ctrl-C was answered */
    int out_errno;  /* why standard output takes nothing any more; EPIPE: its reader left */
};
struct progress;
/* A line on standard error that is rewritten while work takes longer than half a second. */
struct progress *progress_create(struct bl_progress *watched, bool visible, struct bl_error *err);
void progress_free(struct progress *p);
void progress_begin(struct progress *p);  /* a command starts: its time counts from here */
void progress_end(struct progress *p);    /* it is over: the line goes */
/* Takes the line away for as long as something else is written; true if there was one. */
bool progress_hide(struct progress *p);
void progress_show(struct progress *p);
void progress_tell(struct progress *p, const char *text); /* pieces with two blanks between: as many as fit stand in the line; copied */

/* Text for the pager, or for the program argv; they return when it has ended. */
bool page_text(const char *text, size_t n);
bool pipe_text(char *const argv[], const char *text, size_t n, struct bl_error *err);

char **complete_word(const char *text, int start, int end);
void complete_setup(struct bl_session *s);
void history_open(struct bl_session *s);
/* A command as it was entered, one or more lines. */
void history_keep(struct shell *sh, const char *text);

#endif
