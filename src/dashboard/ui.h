/* The dashboard's inner contract: what a panel is, what the person has selected, how a screen is
 * composed. Nothing here but curses.c and loop.c knows a terminal; a screen is a function of
 * (snapshot, view settings, ui state, size). */
#ifndef BATCHLAB_DASHBOARD_UI_H
#define BATCHLAB_DASHBOARD_UI_H

#include "batchlab/language.h"

enum { PLACED_MAX = 12, HINTS_MAX = 40, LINE_BYTES = 1024 };

/* ---- keys: characters are themselves, the rest starts behind the last character ---------------------*/
enum ui_key {
    UI_NONE = 0, UI_TAB = 9, UI_ENTER = 10, UI_ESC = 27, UI_SPACE = ' ', UI_BACKSPACE = 127,
    UI_FIRST = 0x110000,
    UI_UP = UI_FIRST, UI_DOWN, UI_LEFT, UI_RIGHT, UI_SHIFT_LEFT, UI_SHIFT_RIGHT, UI_HOME, UI_END,
    UI_PAGE_UP, UI_PAGE_DOWN, UI_DELETE, UI_BACK_TAB, UI_F1, UI_F5, UI_F7, UI_F8, UI_F10, UI_LAST
};
#define UI_CTRL(c) ((c) & 31)

/* ---- state -----------------------------------------------------------------------------------------*/
struct panel_type;
struct placed {
    const struct panel_type *panel;
    size_t run;
    struct bl_rect rect;
    bool framed;
    struct bl_chart_place chart; /* filled by drawing: where its curves are */
    size_t first;                /* the same: the first row in sight of a table */
};
struct drag { bool on; size_t panel; int x; }; /* the mouse button went down there */
struct hint_place { int x, width, key; };
struct layout { /* where everything stands in the frame drawn last; the mouse reads it */
    struct placed placed[PLACED_MAX];
    size_t n;
    int width, height;
    struct bl_rect events;       /* event lines, the last one also the `:` line */
    struct bl_rect big;          /* large digits of the lecture layout; height 0: none */
    int hints_row;               /* -1: none */
    struct hint_place hints[HINTS_MAX];
    size_t n_hints;
};

struct line { /* the `:` line; text is UTF-8, cursor a byte */
    bool open;
    char sign;                   /* ':' a command, '/' a word to find; others as the screen says */
    const char *label;           /* written instead of the sign; NULL: the sign */
    const char *as;              /* what is typed is completed as if this stood before it; NULL: as it stands */
    char text[LINE_BYTES];
    size_t length, cursor;
    size_t recalled;             /* entries back in the history; 0: the line itself */
    char kept[LINE_BYTES];       /* the line itself while an older one is shown */
    char *killed;
    struct bl_text candidates;   /* one per line, shown above; empty: none */
    char hint[160];
};

enum overlay { OVERLAY_NONE, OVERLAY_HELP, OVERLAY_TEXT };
enum stats_order { ORDER_FILE, ORDER_NAME, ORDER_MISSING, ORDER_SPREAD, ORDERS };

struct memories { struct bl_axis_memory loss, compare, gradient, above, regimes, run, stream, spent, old; };

struct ui {
    const struct bl_snapshot *told; /* what figures are told from: curves grow, figures keep still for a moment;
                                       NULL: from the snapshot that is drawn */
    struct bl_session *session;  /* completion and history of the `:` line; NULL in tests of drawing */
    int view;                    /* in force: settings say -1 for "by size and run" */
    size_t focus;                /* which of the placed panels */
    bool cursor;                 /* time cursor: at this update of the run in front */
    uint64_t cursor_update;
    bool cursor_rows;            /* it is one of a stream: at this row */
    double cursor_row;
    size_t scroll_events;        /* lines up from the newest; 0 follows */
    size_t scroll_weights;
    size_t layer;                /* chosen in the table of layers */
    size_t strategy;             /* of a stream, in front */
    size_t tree_run;             /* number of the run chosen in the tree; 0: the current one */
    bool found, event_found;     /* a parameter, an event was found: it carries the mark */
    size_t found_weight, found_event, found_line; /* found_line: of the overlay; SIZE_MAX none */
    char find[256];              /* what '/' looked for last */
    int item_x, item_y;          /* item in focus as drawn last, for the hardware cursor; -1: none */
    enum stats_order order;
    bool weights_by_size;
    enum overlay overlay;
    struct bl_text overlay_text;
    struct bl_text overlay_folded; /* the same in lines that fit in so many columns; empty: not drawn yet */
    int overlay_width;
    const char *overlay_title;
    int overlay_scroll;
    char message[256];           /* in the event line until the next key */
    enum bl_role message_role;
    struct line line;
    enum bl_charset charset;     /* of the canvas drawn last */
    bool blank;                  /* lecture: screen blanked by '.' */
    char pressed[24];            /* lecture: the key pressed last */
    bool leave;
    struct drag drag;
    const struct bl_snapshot *ghost; /* the curves before the last start, fork or way back; NULL: none. Lent */
    struct memories memories;
    struct layout layout;
    struct bl_arena *arena;      /* of the frame that is drawn; kept, or each frame would ask for its pages anew */
};
void ui_init(struct ui *ui, struct bl_session *session);
void ui_done(struct ui *ui);
void ui_message(struct ui *ui, enum bl_role role, const char *format, ...) BL_PRINTF(3, 4);

/* What every drawing function gets: all of it is only read, except for the memory of axes. */
struct drawing {
    struct bl_canvas *canvas;
    struct bl_rect rect;         /* inside the frame, where there is one */
    const struct bl_snapshot *snap;
    const struct bl_snapshot *told; /* for figures in charts and titles */
    const struct bl_view_settings *view;
    struct ui *ui;
    struct bl_arena *arena;      /* until the end of the frame */
    size_t run;                  /* panels of one contestant: which */
    bool framed, focused;
    bool titled;                 /* wide enough: the title of the panel says what a chart shows */
    bool main;                   /* the first panel: it shows the cursor whatever has the focus */
    struct placed *place;        /* told where things are */
};

/* ---- panels ----------------------------------------------------------------------------------------*/
struct panel_type {
    const char *name;
    int number;                  /* the view it belongs to; 10: that of key i; 0: none of its own */
    bool (*chart)(const struct drawing *d, struct bl_chart *chart); /* what it draws, for words; false: not now; NULL: none */
    bool (*picture)(const struct drawing *d, struct bl_chart *chart); /* what a file is made of where words come from its lines; NULL: chart */
    void (*say)(const struct drawing *d, struct bl_text *out); /* lines behind the words of its chart; NULL: these are all */
    const char *explains;        /* what its signs mean, for the help; lines of at most 56 columns; NULL: nothing */
    /* Title and note for the frame, or for the first line where there is none and titled is set. */
    void (*head)(const struct drawing *d, char *title, char *note, size_t size);
    bool figures;                /* all it shows are figures: it is drawn from what is told */
    unsigned sights;             /* of the snapshot that it draws: bits of enum bl_sight */
    bool titled;                 /* needs a title line of its own when unframed */
    void (*draw)(const struct drawing *d);
    /* Rows of lists: true if the key was used. NULL: none of its own. */
    bool (*key)(struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, int key);
    /* Rows it would like to have; NULL: as many as there are. */
    int (*rows)(const struct bl_snapshot *snap);
    /* What '/' looks through: item i as text, NULL past the last; the item that is chosen; choosing. */
    const char *(*item)(const struct ui *ui, const struct bl_snapshot *snap, const struct bl_view_settings *view, size_t i);
    size_t (*chosen)(const struct ui *ui, const struct bl_snapshot *snap, const struct bl_view_settings *view);
    void (*choose)(struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, size_t i);
};
extern const struct panel_type panel_loss, panel_compare, panel_gradient, panel_above, panel_regime, panel_race,
    panel_run, panel_stats, panel_histogram, panel_weights, panel_layers, panel_events, panel_boundary, panel_contour, panel_tree,
    panel_stream, panel_spent, panel_forgotten, panel_strategies,
    panel_theory, panel_curvature, panel_modes, panel_update, panel_step, panel_fan, panel_evaluation, panel_metrics, panel_calibration, panel_roc, panel_rate;
extern const struct panel_type *const panel_types[]; /* all, NULL-terminated: which stand where is a choice */
const struct panel_type *panel_find(const char *name, size_t n); /* n bytes of name; NULL: there is none */

/* What the panels placed last look at. */
struct bl_sights ui_sights(const struct ui *ui, const struct bl_snapshot *snap, const struct bl_view_settings *view);

const struct bl_snapshot *ui_told(const struct ui *ui, const struct bl_snapshot *snap);
/* A stream was worked on last, and is not through: keys of runs would end it. */
bool ui_streaming(const struct bl_snapshot *snap);
size_t tree_chosen(const struct ui *ui, const struct bl_snapshot *snap); /* number of the run; 0: there is none */
size_t ui_front(const struct bl_snapshot *snap, const struct bl_view_settings *view); /* run in front */
/* The point of a run under the cursor, NULL without cursor or points. */
const struct bl_point *ui_cursor_point(const struct ui *ui, const struct bl_run_view *run);
double ui_x(const struct bl_point *p, enum bl_x x);
/* The point of a stream under the cursor; SIZE_MAX without cursor or points. */
size_t ui_cursor_row(const struct ui *ui, const struct bl_stream_view *v);
/* Position in the table of columns -> column, in the order in force. */
size_t stats_column(const struct bl_snapshot *snap, const struct ui *ui, size_t position);

/* ---- layout and screen -------------------------------------------------------------------------------*/
enum step { STEP_LINE, STEP_ONE, STEP_TABLE, STEP_FOUR, STEP_ALL };
enum step layout_step(int width, int height, const struct bl_view_settings *view);
void layout_make(struct layout *l, int width, int height, const struct bl_snapshot *snap,
                 const struct bl_view_settings *view, const struct ui *ui);
/* Draws one frame on a canvas of any size from 1 × 1. cursor_x and cursor_y: where the hardware cursor
 * should sit (-1: hidden). */
void dashboard_compose(struct bl_canvas *c, const struct bl_snapshot *snap, const struct bl_view_settings *view,
                       struct ui *ui, int *cursor_x, int *cursor_y);
void status_draw(struct bl_canvas *c, const struct bl_snapshot *snap, const struct bl_view_settings *view, const struct ui *ui);

/* ---- keys -------------------------------------------------------------------------------------------*/
enum action {
    ACT_GO, ACT_BREAK, ACT_FORK, ACT_FORK_RATE, ACT_FORK_BATCH, ACT_HIDE, ACT_UNDO, ACT_PAN, ACT_Y_ZOOM, ACT_Y_PAN, ACT_X_SCALE, ACT_SAY, ACT_SAVE, ACT_RECORD,
    ACT_PLACE, ACT_SWAP, ACT_REMOVE, ACT_HELP, ACT_QUIT, ACT_ESCAPE, ACT_RUN, ACT_COMMAND, ACT_FASTER, ACT_SLOWER, ACT_CURSOR, ACT_CURSOR_FIRST,
    ACT_CURSOR_LAST, ACT_ROW, ACT_PAGE, ACT_VIEW, ACT_FOCUS, ACT_ZOOM, ACT_X, ACT_Y, ACT_SMOOTH, ACT_VALID, ACT_DOTS,
    ACT_THEME, ACT_FIT, ACT_NARROW, ACT_WIDEN, ACT_LINE, ACT_PRESENT, ACT_BINS, ACT_SHARE, ACT_ORDER, ACT_FOLLOW,
    ACT_BLANK, ACT_FIND, ACT_FIND_NEXT, ACT_PAUSE, ACT_SUSPEND, ACT_REPAINT
};
struct key_row {
    int keys[3];                 /* 0: none */
    const char *label;           /* as people read it: "space", "← →" */
    const char *hint;            /* word in the last line; NULL: only in the help */
    const char *does;            /* sentence in the help */
    const char *command;         /* command that it writes; NULL: none */
    int action;                  /* enum action; the browser has its own */
    int amount;
    int rank;                    /* order in which hints are kept, low first */
    unsigned views;              /* bit n: hint shown in view n; 0: in all */
};
extern const struct key_row key_rows[]; /* ended by label NULL */
const struct key_row *key_find(const struct key_row *rows, int key);
const char *ui_key_name(int key, char buffer[16]); /* as `bind` has it: "x", "space", "ctrl-x", "f5", "left" */
void keys_help(struct bl_text *out, const struct key_row *rows, const char *title);
/* The hints of view ui->view that fit; snap NULL: there is no run. */
void hints_draw(struct bl_canvas *c, int y, const struct key_row *rows, const struct bl_snapshot *snap, struct ui *ui);

/* One key. A command that it stands for is appended to `command` (to be run by the caller and echoed);
 * everything else changes ui and view only. UI_CTRL('Z') and UI_CTRL('L') are the caller's. */
void ui_key(struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, int key, struct bl_text *command);
/* The layers above every screen, the open line and the overlay: true when one of them took the key. entered: the
 * line was entered, ui->line.text is what it says. */
bool ui_layer_key(struct ui *ui, int key, bool *entered);
void overlay_draw(struct bl_canvas *c, struct ui *ui);
struct bl_text *overlay_clear(struct ui *ui); /* to be filled with another text */
struct ui_mouse { int x, y, clicks, wheel; /* wheel: -1 up, 1 down */ bool up; /* the button was let go */ };
void ui_mouse(struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, struct ui_mouse m, struct bl_text *command);

/* What is on the screen, in words. */
void say_screen(struct ui *ui, const struct bl_snapshot *snap, const struct bl_view_settings *view, struct bl_text *out);

/* The chart of the panel in focus (else of the next one that has one), for a file; to be freed. NULL: none is shown, which err
 * says. */
struct bl_chart *shown_copy(struct ui *ui, const struct bl_snapshot *snap, const struct bl_view_settings *view, struct bl_error *err);

/* The next item of the panel in focus (of the overlay, where one is open) that holds the text ui->find;
 * by: 1 on, -1 back, 0 from the chosen one on. Tells when there is none. */
void find_go(struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, int by);
/* The overlay as lines, for find and for drawing. */
const char *overlay_item(const struct ui *ui, size_t i, char *line, size_t size);

/* ---- `:` line ------------------------------------------------------------------------------------------*/
void line_open(struct line *l, const char *text);
/* True when the line was entered: text is then the command. Escape and an empty backspace close it. */
bool line_key(struct line *l, struct bl_session *session, int key);
void line_draw(struct bl_canvas *c, struct bl_rect r, struct line *l, int *cursor_x, int *cursor_y);
void line_done(struct line *l);

#endif
