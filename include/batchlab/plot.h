/* plot: a chart is a description; renderers turn it into cells (braille, blocks, ASCII), which the
 * prompt prints as text and the dashboard puts on a screen. Knows no training and no curses. */
#ifndef BATCHLAB_PLOT_H
#define BATCHLAB_PLOT_H

#include "batchlab/base.h"

/* ---- roles and themes ------------------------------------------------------------------------
 * Code names roles, never colours. */
enum bl_role {
    BL_ROLE_TEXT, BL_ROLE_TITLE, BL_ROLE_DIM, BL_ROLE_FOCUS, BL_ROLE_GOOD, BL_ROLE_WARN, BL_ROLE_BAD,
    BL_ROLE_CURVE1, BL_ROLE_CURVE2, BL_ROLE_CURVE3, BL_ROLE_CURVE4, BL_ROLE_CURVE5, BL_ROLE_CURVE6, BL_ROLE_CURVE7,
    BL_ROLE_LOW, BL_ROLE_LOW_MID, BL_ROLE_MID, BL_ROLE_MID_HIGH, BL_ROLE_HIGH, /* five steps of a scale */
    BL_ROLE_MINUS, BL_ROLE_ZERO, BL_ROLE_PLUS,
    BL_ROLES
};
enum bl_colours { BL_COLOURS_NONE, BL_COLOURS_8, BL_COLOURS_16, BL_COLOURS_256, BL_COLOURS_RGB };
enum bl_theme { BL_THEME_DARK, BL_THEME_LIGHT, BL_THEME_MONO, BL_THEME_CONTRAST };
/* How a role looks: colour number in the palette of that depth (-1: the terminal's own), bold, dim,
 * reverse. rgb is 0xRRGGBB. */
struct bl_look { int colour; uint32_t rgb; bool bold, dim, reverse; };
struct bl_look bl_theme_look(enum bl_theme theme, enum bl_colours colours, enum bl_role role);
/* Role of curve number i (from 0; repeats after 7). */
enum bl_role bl_curve_role(size_t i);

/* ---- canvas: a rectangle of cells ---------------------------------------------------------------*/
enum bl_charset { BL_CHARSET_BRAILLE, BL_CHARSET_BLOCK, BL_CHARSET_ASCII };
enum { BL_BOLD = 1, BL_REVERSE = 2, BL_UNDERLINE = 4 };
struct bl_cell {
    uint32_t code;     /* character; ' ' when empty; 0: right half of a wide one before it */
    uint32_t mark[2];  /* combining marks of that character, 0 none */
    uint8_t role, attributes;
};
struct bl_canvas { int width, height; struct bl_cell *cells; enum bl_charset charset; };
struct bl_rect { int x, y, width, height; };
bool bl_canvas_init(struct bl_canvas *c, int width, int height, enum bl_charset charset, struct bl_error *err);
void bl_canvas_done(struct bl_canvas *c);
void bl_canvas_clear(struct bl_canvas *c, struct bl_rect r);
/* All drawing is clipped to the canvas; text is cleaned (bl_text_show). Returns columns used. */
int bl_canvas_put(struct bl_canvas *c, int x, int y, uint32_t code, enum bl_role role, int attributes);
int bl_canvas_text(struct bl_canvas *c, int x, int y, int max_width, const char *text, enum bl_role role, int attributes);
int bl_canvas_textf(struct bl_canvas *c, int x, int y, int max_width, enum bl_role role, int attributes, const char *format, ...) BL_PRINTF(7, 8);
int bl_canvas_right(struct bl_canvas *c, int x_end, int y, int max_width, const char *text, enum bl_role role, int attributes); /* ends at x_end - 1 */
/* Frame with title in its top line (left) and a note (right); heavy when focused. Inner rect returned. */
struct bl_rect bl_canvas_frame(struct bl_canvas *c, struct bl_rect r, const char *title, const char *note, bool focused);
/* Horizontal bar of `fraction` of width cells in eighths (ASCII: '#'), growing to the right. */
void bl_canvas_bar(struct bl_canvas *c, int x, int y, int width, double fraction, enum bl_role role);
/* Small history in one line of eighth blocks (ASCII: ' .:|#' by height), newest at the right. */
void bl_canvas_spark(struct bl_canvas *c, int x, int y, int width, int height, const double *values, size_t n, enum bl_role role);
/* Lines of text, trailing blanks removed; colours BL_COLOURS_NONE gives none, else SGR sequences. */
void bl_canvas_print(const struct bl_canvas *c, enum bl_theme theme, enum bl_colours colours, struct bl_text *out);

/* ---- charts -------------------------------------------------------------------------------------*/
struct bl_series {
    const char *name;         /* "mini 32" */
    const char *value;        /* written after the name at the right end: "0.253"; NULL: the last y */
    const double *x, *y;      /* n values; not finite leaves a gap and a cross at the border */
    size_t n;
    size_t style;             /* 0 ...: marker, dash and colour of curve 1 ... 7 */
    bool dots;                /* points that are not joined (losses of single updates) */
    bool dim;                 /* a ghost or the raw curve behind a smoothed one */
    bool no_label;
    bool steps;               /* drawn as a staircase */
};
struct bl_level { double y; const char *label; enum bl_role role; }; /* horizontal line: optimum, target */
struct bl_axis {
    const char *label;        /* "samples", "epoch", "loss" */
    bool log;
    double min, max;          /* nan: from the data, in 1-2-5 steps */
    /* Memory for limits that move only in steps (grow when data leaves, shrink when it fills less
     * than 40 %); NULL: none. Zero-initialise; owned by the caller. */
    struct bl_axis_memory { double min, max; bool log, set; } *memory;
    bool count;               /* labels with k M G */
};
enum bl_chart_kind { BL_CHART_LINES, BL_CHART_HISTOGRAM, BL_CHART_SCATTER, BL_CHART_BARS };
struct bl_chart {
    enum bl_chart_kind kind;
    const char *title;        /* left, above the plot: "loss, log scale" */
    const char *note;         /* right: "smoothing off" */
    struct bl_axis x, y;
    const struct bl_series *series; size_t n_series; /* lines, scatter (one series a class, style = class) */
    const struct bl_level *levels; size_t n_levels;
    double cursor;            /* x of a vertical line with read-outs; nan: none */
    size_t front;             /* series drawn last (on top) */
    bool legend_off;
    /* histogram: bins × groups, stacked; bars: labels and values */
    const double *edges; const size_t *counts; size_t bins, groups;
    const char *const *group_names;
    const char *const *labels; const double *values; size_t n_values;
};
/* Draws into a rectangle of any size (from 1 × 1 something sensible). Thinning keeps the lowest and
 * highest value of each column, so no spike is lost. No input makes it fail. */
void bl_chart_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
/* Draws on a canvas of its own and prints it. */
bool bl_chart_print(const struct bl_chart *chart, int width, int height, enum bl_charset charset,
                    enum bl_theme theme, enum bl_colours colours, struct bl_text *out, struct bl_error *err);
/* The chart in words: range, start, end, lowest, turns, crossings (`say`, --plain). */
void bl_chart_say(const struct bl_chart *chart, struct bl_text *out);

/* Ticks at 1, 2 or 5 times a power of ten; fills at most `limit`, returns the count; for log axes as
 * ux: 1 2 5 within two decades, else powers. *decimals: shared by all labels. */
size_t bl_ticks(double min, double max, bool log, size_t wanted, double *ticks, size_t limit, int *decimals);
/* The marker of a style as text: "●" or "o"; and its dash pattern. */
const char *bl_marker(size_t style, enum bl_charset charset);

#endif
