/* language: everything that prompt, scripts, pipes and the dashboard's `:` line share. Grammar, the
 * command table, settings, completion, help, results and their tables, scripts. Knows neither
 * readline nor curses and never prints: text leaves through functions that main fills in. */
#ifndef BATCHLAB_LANGUAGE_H
#define BATCHLAB_LANGUAGE_H

#include <jansson.h>

#include "batchlab/workbench.h"

/* ---- session -----------------------------------------------------------------------------------*/
enum bl_output { BL_OUT_TABLE, BL_OUT_CSV, BL_OUT_JSON };

struct bl_browse_request { /* what `browse` is to show */
    size_t column, row;                    /* where the cursor begins; SIZE_MAX, 0: at the first */
    const char *where;                     /* NULL: all rows */
    struct bl_sort_key keys[BL_SORT_KEYS]; /* the first decides */
    size_t n_keys;
};

enum bl_shot { BL_SHOT_TEXT, BL_SHOT_ANSI, BL_SHOT_SVG };
struct bl_screen { /* what the engine asks of whoever has the terminal; NULL: cannot be done here */
    void *context;
    void (*out)(void *context, const char *text, size_t n);   /* results: standard output */
    void (*note)(void *context, const char *text, size_t n);  /* errors, warnings, notes: standard error */
    bool (*tick)(void *context);            /* about 20 times a second while something works: progress
                                               line, Ctrl-C (false: stop). */
    void (*rest)(void *context);            /* the work is over: remove the progress line */
    void (*line)(void *context, const char *text); /* how far it is, for that line: pieces with two blanks between, of which those are
                                               shown that fit; copied */
    bool (*watch)(void *context, struct bl_error *err);       /* opens the dashboard, returns when left */
    /* Shows the current table on the whole screen; *told is the command that shows what was seen last. */
    bool (*browse)(void *context, const struct bl_browse_request *q, struct bl_text *told, struct bl_error *err);
    bool (*page)(void *context, const char *text, size_t n);  /* long output; false: not paged, print it */
    bool (*pipe)(void *context, char *const argv[], const char *text, size_t n, struct bl_error *err); /* CMD | less -S */
    const char *(*read_stdin)(void *context);                 /* reserved */
    /* The dashboard as text, with colours as terminals take them, or as a picture; as it is on the screen or (width > 0) as it
     * would be at that size. */
    bool (*shot)(void *context, int width, int height, enum bl_shot kind, struct bl_text *out, struct bl_error *err);
    /* The chart of the panel in focus, a copy; where no dashboard is open, of the first panel of the view. NULL: error. */
    struct bl_chart *(*chart)(void *context, struct bl_error *err);
    /* How this terminal shows pixels: asked once, where the kind is not given. NULL: no terminal at both ends. */
    void (*graphics)(void *context, bool ask, enum bl_graphics_kind *kind, int *cell_width, int *cell_height);
    void (*remember)(void *context, const char *line);        /* a line was typed elsewhere than at the prompt:
                                                                 keep it as if it had been typed there */
};

struct bl_session {
    struct bl_workbench *workbench;
    struct bl_screen screen;
    enum bl_output output;
    bool interactive;          /* a person types: prefixes work, compare opens the dashboard, pager */
    bool in_dashboard;         /* commands come from keys or the `:` line: advancing returns at once */
    bool watched;              /* the dashboard was just left: what is told then is not paged */
    bool plain, ascii, timing, quit;
    int width, height;         /* of the terminal; 80 × 24 where there is none; width 0: no limit */
    enum bl_charset charset;   /* of charts at the prompt */
    enum bl_theme theme, theme_found; /* in force; what auto means */
    bool theme_given;          /* `set theme=` named one */
    enum bl_colours colours;
    enum { BL_PLOT_TEXT, BL_PLOT_AUTO, BL_PLOT_SIXEL, BL_PLOT_KITTY } graphics; /* of `plot` at the prompt */
    int digits;                /* significant digits in tables, 4 */
    bool pager;
    const char *script;        /* file that is running, NULL at the prompt */
    size_t script_line, depth;
    int status;                /* exit status so far: 0, 1, 3 */
    void *private;             /* history, last table, view settings ... of the room */
};
bool bl_session_init(struct bl_session *s, struct bl_workbench *w, struct bl_error *err); /* defaults; screen empty */
void bl_session_done(struct bl_session *s);

/* Runs a text of one or more lines and commands (`;`, newline, `#`, trailing `\`), stops at the
 * first error, which has been reported through the screen. Returns the exit status of the text:
 * 0, 1 (a command failed), 3 (diverged, or a check did not hold); 130 when interrupted. */
int bl_session_run(struct bl_session *s, const char *text);
int bl_session_script(struct bl_session *s, const char *path); /* errors carry path:line: */
/* Commands from wherever lines come: next_line lends a line without its newline until it is called
 * again, NULL at the end. label NULL: errors carry no place. */
int bl_session_stream(struct bl_session *s, const char *label, char *(*next_line)(void *context), void *context);
/* An error that is no command's own (a line that is no text), in the form of the output in force. */
void bl_session_report(struct bl_session *s, const struct bl_error *err);
/* True when the text ends inside a quote, a parenthesis or with a backslash: more must be read. */
bool bl_session_wants_more(const char *text);
/* "batchlab> ", "iris/logistic[12/50 run]> ": at most a third of the width. Plain ASCII. */
const char *bl_session_prompt(struct bl_session *s, bool continuation, char *buffer, size_t size);
/* The lines entered so far, for the `history` command; kept by the shell through this. */
void bl_session_remember(struct bl_session *s, const char *line);
/* The line entered `back` lines ago, 1 the newest; NULL before the first. Lent until the next is entered. */
const char *bl_session_recall(struct bl_session *s, size_t back);

/* ---- completion ----------------------------------------------------------------------------------*/
struct bl_candidate { char *text; char *note; /* summary or NULL */ int group; /* listed apart, ascending */ bool no_space; };
struct bl_candidates { struct bl_candidate *items; size_t count, from; /* byte where the word starts */ char quote; };
/* Texts are ready to be put at `from`, quoted where that is needed; inside an open quote (`quote`) they
 * are bare. What may stand at byte `at` of `line`: verbs, datasets, columns, keys, values, topics, files. At
 * most 200, sorted inside a group, no side effects. */
bool bl_complete(struct bl_session *s, const char *line, size_t at, struct bl_candidates *out);
void bl_candidates_free(struct bl_candidates *c);
/* One line of what the argument at this place expects, "" if nothing is known. */
const char *bl_complete_hint(struct bl_session *s, const char *line, size_t at, char *buffer, size_t size);

/* ---- recording ---------------------------------------------------------------------------------
 * `record FILE.cast` keeps what a terminal shows as an asciicast. What is told to the prompt is taken in where it leaves the
 * session; whoever draws whole screens hands each of them over. Both cost nothing while nothing is recorded. */
bool bl_session_recording(const struct bl_session *s);
void bl_session_record_frame(struct bl_session *s, const struct bl_canvas *c, int cursor_x, int cursor_y); /* cursor -1: hidden */

/* ---- arguments -------------------------------------------------------------------------------------*/
struct bl_word { const char *text; size_t at, length; bool quoted; };       /* place in the command line */
struct bl_pair { const char *key, *value; size_t at, length, value_at, value_length; };
struct bl_args {
    const char *line;                     /* the whole command, for carets */
    const char *verb;                     /* full name, also when a prefix was typed */
    const struct bl_word *words; size_t n_words;   /* without the verb */
    const struct bl_pair *pairs; size_t n_pairs;
    const char *rest;                     /* raw text behind the verb, for commands with an expression */
    size_t rest_at;
};
const char *bl_arg(const struct bl_args *a, const char *key);               /* value or NULL */
bool bl_arg_number(const struct bl_args *a, const char *key, double *value, struct bl_error *err); /* leaves *value if absent */
bool bl_arg_integer(const struct bl_args *a, const char *key, int64_t min, int64_t max, int64_t *value, struct bl_error *err);
bool bl_arg_yes(const struct bl_args *a, const char *key, bool *value, struct bl_error *err); /* yes no on off true false 1 0 */
/* One of NULL-terminated `choices` (NULL key: word i as choice, below); leaves *index if absent. */
bool bl_arg_choice(const struct bl_args *a, const char *key, const char *const *choices, size_t *index, struct bl_error *err);
bool bl_word_choice(const struct bl_args *a, size_t i, const char *const *choices, size_t *index, struct bl_error *err);
bool bl_word_number(const struct bl_args *a, size_t i, double *value, struct bl_error *err);
bool bl_word_integer(const struct bl_args *a, size_t i, int64_t min, int64_t max, int64_t *value, struct bl_error *err);
/* Points the error's caret at a word or pair; returns false. A hint that begins with pairs ("bins=1") is made the whole command
 * when it is told. */
bool bl_at_word(struct bl_error *err, const struct bl_args *a, size_t word);
bool bl_at_pair(struct bl_error *err, const struct bl_args *a, const char *key);
/* An error of an expression that was parsed from a->rest: its word_at is moved into the line. */
bool bl_at_rest(struct bl_error *err, const struct bl_args *a);

/* A value that may be a list ("1,32,all") or a range ("0.01..1:5", 7 points without a number;
 * log-spaced where the key is a rate: lr l1 l2; whole where the key counts: batch epochs seed every):
 * one text for each contestant or point. A plain value gives one. */
struct bl_values { char **items; size_t count; };
bool bl_values_expand(const char *key, const char *value, struct bl_values *out, struct bl_error *err);
void bl_values_free(struct bl_values *v);
/* "mini:32(optimizer=adam, lr=0.01)" taken apart: name and options (keys normalised: lower case, '_');
 * a word without parentheses has no options. Options inside may be lists and ranges themselves. */
struct bl_call { char *name; struct bl_option *options; size_t n_options; struct bl_arena *arena; };
bool bl_call_parse(const char *word, struct bl_call *out, struct bl_error *err);
void bl_call_free(struct bl_call *c);
/* Column numbers named by words [from, n_words), each a name or a list "a,b,c"; no word: *columns
 * NULL and *n 0. Caller frees. numeric: an error where one is not numeric. */
bool bl_word_columns(const struct bl_args *a, size_t from, const struct bl_table *t, bool numeric,
                     size_t **columns, size_t *n, struct bl_error *err);

/* ---- results ---------------------------------------------------------------------------------------
 * A handler fills `json` (contract keys) and adds blocks (tables, charts, lines) that people see. */
struct bl_grid;  /* a table of text, numbers, counts, seconds */
enum bl_align {
    BL_LEFT,
    BL_NUMBER,  /* one quantity: decimal points in line, exponent form for all or none */
    BL_COUNT, BL_SECONDS,
    BL_EXACT,   /* every digit there is */
    BL_PROSE,   /* text on the left that is not cut: for a last column that explains */
    BL_MIXED,   /* each row another quantity: right-aligned, each number in its own shape */
    BL_P        /* the same, and the smallest numbers are told too: probabilities */
};
struct bl_result;
json_t *bl_result_json(struct bl_result *r);        /* the object; never NULL */
void bl_result_set(struct bl_result *r, const char *key, json_t *value); /* steals; NULL value: no memory */
/* A number for JSON: null (and KEY_reason beside it, when reason is given) if not finite. */
void bl_result_number(struct bl_result *r, const char *key, double x, const char *reason);
json_t *bl_json_number(double x);
json_t *bl_json_text(const char *s);                /* invalid UTF-8 is escaped, not refused; NULL: null */
bool bl_result_as_text(const struct bl_result *r);  /* false: nobody will see lines, grids and charts */
bool bl_result_as_json(const struct bl_result *r);  /* false: nobody will see the object */
/* A line for people; may hold names from data (they are cleaned). Lines stand where they were added,
 * before or after tables and charts. */
void bl_result_line(struct bl_result *r, const char *format, ...) BL_PRINTF(2, 3);
/* Ready text of one or more lines, as it is (help, drawings). */
void bl_result_text(struct bl_result *r, const char *text);
struct bl_grid *bl_result_grid(struct bl_result *r);
/* Draws now, at the session's width; height 0: as the terminal allows. */
void bl_result_chart(struct bl_result *r, const struct bl_chart *chart, int height);
struct bl_warnings *bl_result_warnings(struct bl_result *r);
void bl_result_status(struct bl_result *r, int exit_status); /* 3 without an error of its own */
struct bl_session *bl_result_session(struct bl_result *r);

void bl_grid_column(struct bl_grid *g, const char *header, enum bl_align align);
void bl_grid_digits(struct bl_grid *g, int digits);       /* this table has at least so many significant digits */
void bl_grid_text(struct bl_grid *g, const char *text);   /* next cell; rows fill from the left */
void bl_grid_number(struct bl_grid *g, double x);         /* nan: "-" */
void bl_grid_nan(struct bl_grid *g);                      /* shows "nan" */
void bl_grid_count(struct bl_grid *g, uint64_t n);
void bl_grid_skip(struct bl_grid *g);                     /* missing: "-" */
void bl_grid_exact(struct bl_grid *g, double x);          /* shortest text that reads back; nan: "-" */
void bl_grid_mark(struct bl_grid *g, size_t curve);       /* a curve's marker and colour before the next text */

/* ---- the command table -------------------------------------------------------------------------------*/
enum bl_argument { BL_ARG_NONE, BL_ARG_FILE, BL_ARG_DATASET, BL_ARG_COLUMN, BL_ARG_NUMERIC_COLUMN, BL_ARG_STEP,
                   BL_ARG_MODEL, BL_ARG_CONTESTANT, BL_ARG_SETTING, BL_ARG_COMMAND, BL_ARG_WORDS /* from `choices` */,
                   BL_ARG_NUMBER, BL_ARG_EXPRESSION, BL_ARG_SOURCE /* a file or a built-in dataset */,
                   BL_ARG_KEPT /* a model of the registry */ };
struct bl_key { const char *name, *values /* "a|b|c" or "" */, *help; };   /* key=value a command takes */
struct bl_command {
    const char *name, *arguments, *summary, *help, *group; /* groups: data look prepare model train compare show save shell */
    const char *const *aliases;             /* NULL or NULL-terminated: exit, q, :q */
    const char *const *examples;            /* each is run by the tests, in a fresh session, as it stands */
    const char *see;                        /* "compare, theory" */
    enum bl_argument first, further;        /* what TAB offers */
    const char *const *choices;             /* for BL_ARG_WORDS */
    const struct bl_key *keys;              /* terminated by name NULL; NULL: none */
    bool run_settings;                      /* takes the keys of bl_settings_keys too */
    bool any_keys;                          /* the handler judges keys itself (prep, set) */
    bool raw;                               /* the rest of the line is an expression, or with first ==
                                               BL_ARG_COMMAND a command of its own */
    bool keeps_running;                     /* does not touch the run: no need to rest the worker */
    bool (*run)(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err);
};
extern const struct bl_command *const bl_commands[]; /* NULL-terminated: src/language/table.c */
const struct bl_command *bl_command_find(const char *name); /* by name or alias */

/* ---- settings of the session (`set`), one table: name, type, range, default, help ----------------------*/
struct bl_setting {
    const char *name, *values, *help;
    void (*get)(struct bl_session *s, struct bl_text *out);
    bool (*set)(struct bl_session *s, const char *value, struct bl_error *err); /* NULL value: default */
};
extern const struct bl_setting bl_session_settings[]; /* terminated by name NULL */

/* View settings that keys and `set` share, read by the dashboard and by `plot`. */
enum bl_x { BL_X_SAMPLES, BL_X_UPDATES, BL_X_EPOCHS, BL_X_SECONDS };
struct bl_view_settings { enum bl_x x; bool x_given, log_y, log_x, valid, dots, mouse; int smooth; /* 0 off .. 3 heavy */
                          int view; bool zoom, present; double fps; size_t front; size_t column; size_t bins; bool share;
                          char axes[160]; /* of the boundary: "", "components", "A,B" */
                          char plane[160]; /* of the surface: "", "path", "A,B" */
                          double x_from, x_to; bool x_rows; /* x from < to: only this range of the x axis; x_rows: of rows of a stream */
                          double y_from, y_to; /* the same of the y axis of losses */
                          uint64_t hidden;     /* bit i: curve i of a race is not drawn */
                          char panels[11][240]; /* of each view, names with blanks between: chosen; "": as it comes */ };
struct bl_view_settings *bl_session_view(struct bl_session *s);
/* View, panels, axes and smoothing as one line, to be kept; and such a line taken up: BL_DATA, and all stays as it was, where it
 * holds anything else. */
void bl_session_view_tell(struct bl_session *s, struct bl_text *out);
bool bl_session_view_take(struct bl_session *s, const char *line, struct bl_error *err);
/* What `bind` gave keys of the dashboard: the i-th key ("x", "f5") and its command (may be NULL); NULL past the last. */
const char *bl_session_binding(struct bl_session *s, size_t i, const char **command);
/* Curves of a snapshot as ux describes them (names, values, levels, smoothing), for `plot` and the loss
 * and compare panels alike. Arrays live in the arena. BL_CURVE_LOSS of a race with a penalty shows the
 * objective, which is what its contestants minimise. */
enum bl_curve { BL_CURVE_LOSS, BL_CURVE_OBJECTIVE, BL_CURVE_SUBOPTIMALITY, BL_CURVE_GRADIENT, BL_CURVE_LR, BL_CURVE_VALIDATION };
bool bl_curve_chart(const struct bl_snapshot *snap, const struct bl_view_settings *view, enum bl_curve what, struct bl_arena *arena, struct bl_chart *chart);
/* The x axis in force: as set, else samples in a race and epochs of a single run. */
enum bl_x bl_view_x(const struct bl_snapshot *snap, const struct bl_view_settings *view);
bool bl_loss_chart(const struct bl_snapshot *snap, const struct bl_view_settings *view, struct bl_arena *arena, struct bl_chart *chart);
/* Sights as charts, for `plot` and their panels alike; false where there is none, or nothing to draw: the view says why. */
bool bl_boundary_chart(const struct bl_snapshot *snap, struct bl_arena *arena, struct bl_chart *chart);
bool bl_surface_chart(const struct bl_snapshot *snap, const struct bl_view_settings *view, struct bl_arena *arena, struct bl_chart *chart);
bool bl_theory_chart(const struct bl_snapshot *snap, const struct bl_view_settings *view, struct bl_arena *arena, struct bl_chart *chart);
bool bl_evaluation_chart(const struct bl_snapshot *snap, struct bl_arena *arena, struct bl_chart *chart); /* of a regression */
bool bl_layer_chart(const struct bl_layers_view *v, size_t layer, struct bl_arena *arena, struct bl_chart *chart); /* what its units give */
/* Curves of a stream: the error of each point, row passes so far, the error on old rows. False: there is nothing to draw yet. */
enum bl_stream_curve { BL_STREAM_ERROR, BL_STREAM_SPENT, BL_STREAM_OLD };
bool bl_stream_chart(const struct bl_snapshot *snap, const struct bl_view_settings *view, enum bl_stream_curve what, struct bl_arena *arena,
                     struct bl_chart *chart);
enum { BL_LAYER_SHAPE = 48 };
const char *bl_layer_shape(const struct bl_layer_state *s, char text[BL_LAYER_SHAPE]); /* "4x8", inputs and units; "8" where these are as many */
/* What the dashboard or a command looks at: settings of the view, and these sights (bits). */
struct bl_sights bl_view_sights(const struct bl_view_settings *view, unsigned wanted);
/* An error as people read it: at most 5 lines of 78 columns (message, the command with a caret, reason,
 * hint). command_line NULL: no caret. prefix NULL or "lesson.bl:12: ". kind is "error" or "warning". */
void bl_message_print(const struct bl_error *err, const char *kind, const char *command_line, const char *prefix, struct bl_text *out);
void bl_error_print(const struct bl_error *err, const char *command_line, const char *prefix, struct bl_text *out);

#endif
