/* What the files of this room share. */
#ifndef BATCHLAB_LANGUAGE_PRIVATE_H
#define BATCHLAB_LANGUAGE_PRIVATE_H

#include "batchlab/keep.h"
#include "batchlab/language.h"

#define BL_COMMAND_BYTES 65536 /* the longest command */
#define BL_SCRIPT_DEPTH 16

/* ---- grammar ----------------------------------------------------------------------------------*/
struct bl_statement { /* one command of a text; everything lies in the arena given */
    bool found;                        /* false: the text is over */
    const struct bl_command *command;
    struct bl_args args;
    bool abbreviated;                  /* a prefix was typed */
    char **pipe;                       /* argv of `| program args`, NULL-terminated; NULL: none */
    const char *to;                    /* to=FILE */
    bool overwrite, raw;               /* overwrite=yes, raw=yes: go with to= */
    size_t line;                       /* line breaks before it in the text */
};
/* Reads the next command of a text from *at on, moving *at and *line behind it. On false,
 * out->args.line and out->line are filled as far as known, for the caret. */
bool bl_statement_read(const char *text, size_t *at, size_t *line, bool interactive, struct bl_arena *arena,
                       struct bl_statement *out, struct bl_error *err);

/* A hint that begins with pairs of the command, or with a contestant of one that takes them, becomes the line that was typed with
 * these in it, where that fits: a command. */
void bl_hint_whole(struct bl_error *err, const struct bl_statement *st);

struct bl_scan { /* where a text stands, byte by byte; shared with completion */
    char quote;          /* open quote or 0 */
    size_t quote_at, depth, depth_at;
    bool backslash;      /* ends in a backslash that waits for its character */
    bool comment;
};
/* The end of the command that starts at `from`: index of its newline, `;` or comment, or the end. */
size_t bl_scan_command(const char *text, size_t from, struct bl_scan *scan);

/* "~/data/$SET" -> "/home/me/data/iris"; appended. */
void bl_path_expand(struct bl_text *out, const char *path, size_t n);

enum bl_piece { BL_PIECE_END, BL_PIECE_WORD, BL_PIECE_PAIR, BL_PIECE_PIPE, BL_PIECE_BAD };
/* Reads one word or pair from line[*at]; BAD fills err. */
enum bl_piece bl_piece_read(const char *line, size_t *at, struct bl_arena *arena, struct bl_word *word,
                            struct bl_pair *pair, struct bl_error *err);
/* The command that a word means; abbreviations only where a person types. Fills err's text. */
const struct bl_command *bl_verb_resolve(const char *word, bool interactive, bool *abbreviated, struct bl_error *err);
bool bl_key_same(const char *a, const char *b); /* '-' and '_' are the same, case is not looked at */
/* Keys of a command, universal ones aside: does it take `key`? Fills err with what it takes if not. */
bool bl_key_check(const struct bl_command *c, const char *key, struct bl_error *err);

enum bl_format { BL_AS_TEXT, BL_AS_CSV, BL_AS_TSV, BL_AS_JSON, BL_AS_JSONL, BL_AS_MARKDOWN, BL_AS_SVG, BL_AS_PNG, BL_AS_PDF, BL_AS_HTML,
                 BL_AS_PAGE /* Markdown as on a page: lines and charts too, not the tables alone */ };

/* ---- tables --------------------------------------------------------------------------------------*/
struct bl_grid *bl_grid_create(void);
void bl_grid_free(struct bl_grid *g);
bool bl_grid_broken(const struct bl_grid *g); /* memory ended while it was filled */
size_t bl_grid_rows(const struct bl_grid *g);
struct bl_shape { int width; /* 0: no limit */ int digits; char decimal; enum bl_charset charset;
                  enum bl_theme theme; enum bl_colours colours; };
void bl_grid_print(const struct bl_grid *g, const struct bl_shape *shape, struct bl_text *out);
/* CSV or, with '\t', TSV; a guard against formulas in text unless raw. */
void bl_grid_csv(const struct bl_grid *g, char separator, bool raw, struct bl_text *out);
void bl_grid_markdown(const struct bl_grid *g, struct bl_text *out);
/* As a table of a page, in the digits of the screen. */
void bl_grid_page(const struct bl_grid *g, int digits, enum bl_format format, struct bl_text *out);
void bl_csv_field(struct bl_text *out, const char *text, char separator, bool raw);

/* ---- pages: page.c --------------------------------------------------------------------------------*/
/* Text for HTML or Markdown: what would be markup there is written so that it is none. It is cleaned first. */
void bl_page_text(struct bl_text *out, const char *text, enum bl_format format);
void bl_page_lines(struct bl_text *out, const char *text, enum bl_format format); /* lines stay lines */
void bl_page_heading(struct bl_text *out, const char *text, int level, enum bl_format format);
/* Beginning of an HTML page with its style sheet, and its end; in Markdown only a heading. */
void bl_page_begin(struct bl_text *out, const char *title, enum bl_format format);
void bl_page_end(struct bl_text *out, enum bl_format format);
/* Adds the result of one command, without running side trips: what is shown elsewhere stays. False: why it cannot be had. */
bool bl_page_command(struct bl_session *s, const char *line, enum bl_format format, struct bl_text *out, struct bl_error *err);

/* ---- recording: cast.c ----------------------------------------------------------------------------*/
struct bl_cast_plan { const char *path; bool overwrite; int version; /* 2 or 3 */ double pause; /* seconds a pause has at most */ };
struct bl_cast_sum { char *path; uint64_t bytes; size_t events, marks; double seconds; }; /* path: to be freed */
bool bl_cast_start(struct bl_session *s, const struct bl_cast_plan *plan, struct bl_error *err);
bool bl_cast_stop(struct bl_session *s, struct bl_cast_sum *sum, struct bl_error *err); /* sum NULL: not asked for */
const char *bl_cast_path(const struct bl_session *s); /* NULL: nothing is recorded */
void bl_cast_output(struct bl_session *s, const char *text, size_t n); /* lines as they are told */
void bl_cast_typed(struct bl_session *s, const char *line);            /* the prompt, and a command typed behind it */
void bl_cast_mark_epoch(struct bl_session *s);                         /* a marker, if training reached another epoch */

/* ---- results ---------------------------------------------------------------------------------------*/
struct bl_result *bl_result_create(struct bl_session *s, const struct bl_statement *st, enum bl_format format);
void bl_result_free(struct bl_result *r);
bool bl_result_broken(const struct bl_result *r);
bool bl_result_in_words(const struct bl_result *r); /* it drew a chart for `say COMMAND`, which tells it alone */
bool bl_result_empty(const struct bl_result *r);   /* nothing to show in its format */
bool bl_result_has_table(const struct bl_result *r);
int bl_result_exit(const struct bl_result *r);
/* The whole result in its format; width 0: every column. */
void bl_result_render(struct bl_result *r, enum bl_format format, int width, struct bl_text *out);
/* Its lines, tables and charts for a page in BL_AS_HTML or BL_AS_PAGE, without the page around them. */
void bl_result_blocks(const struct bl_result *r, enum bl_format format, struct bl_text *out);
/* Its chart as a picture, for BL_AS_SVG and the like; an error if it drew none. */
bool bl_result_picture(const struct bl_result *r, enum bl_format format, struct bl_text *out, struct bl_error *err);
/* Format by the file's extension. */
bool bl_format_of(const char *path, enum bl_format *format, struct bl_error *err);
void bl_json_line(const json_t *value, struct bl_text *out); /* one line, 17 digits, with newline */
/* Shows a result where the statement wants it: screen, pager, file, program. */
bool bl_result_emit(struct bl_result *r, const struct bl_statement *st, struct bl_save *file, struct bl_error *err);
/* Hands the previous table over to `into`, to be shown with all columns. */
bool bl_last_show(struct bl_session *s, struct bl_result *into, struct bl_error *err);

/* ---- session ------------------------------------------------------------------------------------------*/
struct bl_record { char **lines; size_t n, capacity; uint64_t seed; bool lost; /* memory ended: not all are there */ };
#define BL_BINDINGS 64
struct bl_undo;
struct bl_keep_runs { /* finished runs go into the registry (keep_runs.c) */
    int mode;                    /* auto, yes, no */
    bool failed;                 /* it was told that they can not be kept */
    char run[120], stands[160];  /* the run that was kept last, and where it stood */
    int64_t first;               /* its number in the registry, of a race that of the first */
};
struct bl_language { /* session->private */
    struct bl_undo *undo;        /* what was done lately, the newest last */
    size_t n_undo;
    bool undoing;
    struct { char key[16], *command; } bindings[BL_BINDINGS];
    size_t n_bindings;
    struct bl_record record;     /* the commands that made what there is now */
    char recorded[96];           /* what belongs behind the line that is being recorded; "" : nothing */
    bool done_again;             /* what is done here was done before (verify, pipelines): no looks, no checks */
    bool recorded_first;         /* its first word is left out: what that did is recorded by itself */
    struct bl_keep_runs keep;
    struct bl_kept *opened;      /* the frozen model that is open; NULL: none */
    struct bl_kept_row opened_row;
    struct bl_view_settings view;
    char **history;
    size_t n_history, history_capacity;
    struct bl_result *last;      /* the previous result that had a table */
    char *previous;              /* the command that `repeat` runs */
    char *said;                  /* the last chart in words */
    struct bl_cast *cast;        /* a recording is under way; NULL: none */
    struct bl_chart *shown;      /* and itself; NULL: none yet */
    char prompt[64];             /* "" : the usual one */
    char decimal;                /* '.' or ',' in tables */
    bool words_only;             /* `say COMMAND` is under way: charts in words, nothing else */
    size_t commands;             /* run so far */
    size_t nested;               /* time, say, source: how deep */
    size_t base_line;            /* line of the script where the running text starts */
};
struct bl_language *bl_language_of(struct bl_session *s);
/* Runs a text from inside a command (time, say, repeat). *exit: its status. False when it is nested
 * too deep; errors of the text itself have been reported. */
bool bl_session_nested(struct bl_session *s, const char *text, int *exit, struct bl_error *err);
/* undo.c: before a command that can be taken back runs (the worker rests), and when it has succeeded. */
struct bl_undo *bl_undo_begin(struct bl_session *s, const struct bl_statement *st); /* NULL: not one of those */
void bl_undo_push(struct bl_session *s, struct bl_undo *u);
void bl_undo_free(struct bl_undo *u);
void bl_undo_end(struct bl_language *l);
void bl_session_out(struct bl_session *s, const char *text, size_t n);
void bl_session_note(struct bl_session *s, const char *text, size_t n);
/* Value of a run setting as text ("auto", "0.1", "adam"); false if the key is not one. */
bool bl_run_setting_text(const struct bl_settings *s, const char *key, struct bl_text *out);
const struct bl_setting *bl_setting_find(const char *name);
extern const char *const bl_panel_names[]; /* of the dashboard, as `panels` knows them, and "default"; NULL-terminated */

/* Notes a command that succeeded, if it changes data, model or run: `verify` does them again (record.c). */
void bl_record_add(struct bl_session *s, const struct bl_statement *st);
/* Those that are needed to come to the current run: a JSON list. */
json_t *bl_record_commands(const struct bl_record *r);
/* Does such a command make the data that is learned from, its roles, recipe and split? Else it trains, or is about runs. */
bool bl_record_makes_data(const char *line);
void bl_record_free(struct bl_record *r);

/* After a command: if the run is finished and not yet kept as it stands, it goes into the registry. */
void bl_keep_runs(struct bl_session *s);
const char *bl_keep_runs_word(const struct bl_session *s);
bool bl_keep_runs_set(struct bl_session *s, const char *word, struct bl_error *err); /* NULL: the default */

/* ---- help -----------------------------------------------------------------------------------------*/
struct bl_topic { const char *name, *text; }; /* what a number or word means */
extern const struct bl_topic bl_topics[];     /* terminated by name NULL */
bool bl_help_overview(struct bl_text *out);
void bl_help_command(const struct bl_command *c, struct bl_text *out);
/* "help about WORD": every line of help that speaks of it; how many were found. */
size_t bl_help_search(const char *word, struct bl_text *out);
const char *bl_group_title(const char *group);
/* Wraps `text` at 78 columns with an indentation. */
void bl_wrap(struct bl_text *out, const char *text, size_t indent, size_t first);

#endif
