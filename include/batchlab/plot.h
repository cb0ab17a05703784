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
/* All drawing is clipped to the canvas. Text is cleaned (bl_text_show), and where it does not fit
 * its last column is '~'. A canvas of BL_CHARSET_ASCII turns every sign into ASCII of the same
 * width (· |, ─ -, ▶ >, ● o, é e, else ?), so callers write one text. Returns columns used. */
int bl_canvas_put(struct bl_canvas *c, int x, int y, uint32_t code, enum bl_role role, int attributes);
int bl_canvas_text(struct bl_canvas *c, int x, int y, int max_width, const char *text, enum bl_role role, int attributes);
int bl_canvas_textf(struct bl_canvas *c, int x, int y, int max_width, enum bl_role role, int attributes, const char *format, ...) BL_PRINTF(7, 8);
int bl_canvas_right(struct bl_canvas *c, int x_end, int y, int max_width, const char *text, enum bl_role role, int attributes); /* ends at x_end - 1 */
/* Frame with title in its top line (left) and a note (right); heavy when focused. Returned is the
 * inner rectangle without its last column: text never touches the frame (on the left, contents
 * bring their own leading blank, as everywhere). */
struct bl_rect bl_canvas_frame(struct bl_canvas *c, struct bl_rect r, const char *title, const char *note, bool focused);
/* Horizontal bar of `fraction` of width cells in eighths (ASCII: '#'), growing to the right. */
void bl_canvas_bar(struct bl_canvas *c, int x, int y, int width, double fraction, enum bl_role role);
/* Small history in `height` lines of eighth blocks (ASCII: ' .:|#' by height) from 0 to the largest
 * value; fills from the left, newest last; a column that stands for several values shows their
 * largest; not finite is a cross. */
void bl_canvas_spark(struct bl_canvas *c, int x, int y, int width, int height, const double *values, size_t n, enum bl_role role);
/* Lines of text, trailing blanks removed; colours BL_COLOURS_NONE gives none, else SGR sequences. */
void bl_canvas_print(const struct bl_canvas *c, enum bl_theme theme, enum bl_colours colours, struct bl_text *out);
/* The same as an SVG picture, 10 x 20 points a cell, on paper of the theme (mono: white). Its bytes depend on the cells alone. */
void bl_canvas_svg(const struct bl_canvas *c, enum bl_theme theme, struct bl_text *out);
/* Sequences that turn a cleared terminal of this size into the canvas or, with `before`, the cells that it shows now (of
 * the same size), only what changed. */
struct bl_shades { enum bl_theme theme; enum bl_colours colours; };
void bl_canvas_print_changes(const struct bl_canvas *c, const struct bl_cell *before, const struct bl_shades *shades, struct bl_text *out);

/* ---- charts -------------------------------------------------------------------------------------*/
struct bl_series {
    const char *name;         /* "mini 32" */
    const char *value;        /* written after the name at the right end: "0.253"; NULL: the last y */
    const double *x, *y;      /* n values; not finite leaves a gap and a cross at the border */
    size_t n;
    size_t newer;             /* so many of the last values came after `value`: its name stands at the height of the one before them */
    size_t style;             /* 0 ...: marker, dash and colour of curve 1 ... 7 */
    bool dots;                /* points that are not joined (losses of single updates) */
    bool dim;                 /* a ghost or the raw curve behind a smoothed one */
    bool no_label;            /* no name at its end and none in the legend */
    bool steps;               /* drawn as a staircase */
    bool no_marker;           /* the line alone */
    const char *mark;         /* stands before its name instead of the marker of its style; NULL: that one */
    bool wrong;               /* regions: its points are crosses, for they lie where they should not */
};
struct bl_arrow { double x, y; const char *name; }; /* scatter: from the origin to here, its name at the tip */
struct bl_post { double x; const char *label; enum bl_role role; }; /* vertical line: a break point */
/* Where a chart of lines was drawn, for the mouse. plot.width 0: not at all. */
struct bl_chart_place {
    struct bl_rect plot;
    bool x_log;
    double x_min, x_max;
    struct { struct bl_rect at; size_t style; } names[16]; /* of its curves, as far as they are written */
    size_t n_names;
};
/* lines: what lies between two curves over the same x, ascending, in the colour of a curve; drawn below all else. */
struct bl_band { const char *name; const double *x, *low, *high; size_t n; size_t style; };
struct bl_level { double y; const char *label; enum bl_role role; }; /* horizontal line: optimum, target */
struct bl_axis {
    const char *label;        /* "samples", "epoch", "loss" */
    bool log;
    double min, max;          /* nan (or both equal): from the data, in 1-2-5 steps (log also 3) */
    /* Memory for limits that move only in steps (grow when data leaves, shrink when it fills less
     * than 40 %); NULL: none. Zero-initialise; owned by the caller. */
    struct bl_axis_memory { double min, max; bool log, set; } *memory;
    bool count;               /* labels with k M G */
};
/* A matrix as shades: below 0 and above 0 in roles and signs of their own where min < 0, else one scale
 * from min to max. Values that are not finite show '?'. */
struct bl_heat {
    size_t rows, columns;
    const char *const *row_names, *const *column_names;
    const double *values; /* rows × columns */
    double min, max;
};
/* Values over a rectangle, in one layer or more: value k at node (i, j) is values[(k * rows + j) * columns + i], i runs
 * from x_from to x_to, j from y_from to y_to, both borders are nodes (at least 2 × 2); between them it is bilinear. */
struct bl_field { size_t columns, rows, layers; double x_from, x_to, y_from, y_to; const double *values; };
enum bl_mark_kind { BL_MARK_START, BL_MARK_OPTIMUM };
struct bl_mark { double x, y; enum bl_mark_kind kind; }; /* contour: a diamond, a cross */
/* Quartiles with whiskers from `low` to `high`; values beyond are given one by one. */
struct bl_box { const char *name; size_t n; double low, q1, median, q3, high; const double *beyond; size_t n_beyond; };
/* Every column against every other: rows share one index, of_row[i] is the group (BL_PAIRS_NONE: not
 * drawn); of_row NULL: one group. */
#define BL_PAIRS_NONE UINT32_MAX
struct bl_pairs {
    size_t n, n_rows, n_groups;
    const char *const *names, *const *group_names;
    const double *const *x;
    const uint32_t *of_row;
    const double *correlation; /* n × n; NULL: none is told */
};
enum bl_chart_kind { BL_CHART_LINES, BL_CHART_HISTOGRAM, BL_CHART_SCATTER, BL_CHART_BARS, BL_CHART_HEAT, BL_CHART_BOX,
                     BL_CHART_QQ /* series[0] in dots, series[1] a line over it */,
                     BL_CHART_SCREE /* values: shares of a whole, descending */, BL_CHART_PAIRS,
                     BL_CHART_REGIONS /* field: class 1 where its only layer is above 0, of several the class of the largest;
                                         series: points, style = class */,
                     BL_CHART_CONTOUR /* field: lines where it has the values of `contours`; series: paths over it */ };
struct bl_chart {
    enum bl_chart_kind kind;
    const char *title;        /* left, above the plot: "loss, log scale" */
    const char *note;         /* right: "smoothing off" */
    struct bl_axis x, y;
    const struct bl_series *series; size_t n_series; /* lines, scatter (one series a class, style = class) */
    const struct bl_band *bands; size_t n_bands;
    const struct bl_level *levels; size_t n_levels;
    const struct bl_arrow *arrows; size_t n_arrows;
    const struct bl_post *posts; size_t n_posts;
    struct bl_chart_place *place; /* filled by drawing; NULL: not wanted */
    bool thick;               /* lines two dots wide: to be seen from the back row */
    double cursor;            /* x of a vertical line with read-outs; nan: none */
    size_t front;             /* series drawn last (on top) */
    int name_step;            /* > 1: names at ends move on in steps of so many columns only */
    bool legend_off;          /* names at the ends of the curves or nowhere */
    bool title_inside;        /* title in the first row of the plot, where the curves leave room */
    /* histogram: edges has bins + 1 values, counts[bin * groups + group], groups (0 counts as 1)
     * are stacked. Bars: labels with values (negative ones grow to the left); with values NULL,
     * labels with counts, n_values × groups, stacked. */
    const double *edges; const size_t *counts; size_t bins, groups;
    const struct bl_series *density; /* histogram: a curve in the units of the counts, drawn over the bars; NULL: none */
    size_t whole;             /* histogram: counts are told in per cent of this; 0: as they are */
    const char *const *group_names;
    const char *const *labels; const double *values; size_t n_values;
    const struct bl_heat *heat;
    const struct bl_box *boxes; size_t n_boxes;
    const struct bl_pairs *pairs;
    const struct bl_field *field;
    const double *contours; size_t n_contours; /* ascending */
    const struct bl_mark *marks; size_t n_marks;
};
/* An empty chart of a kind: no limits given, no cursor. Start from this. */
struct bl_chart bl_chart_make(enum bl_chart_kind kind);
/* Draws into a rectangle of any size (from 1 × 1 something sensible). Thinning keeps the lowest and
 * highest value of each column, so no spike is lost. No input makes it fail. */
void bl_chart_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
/* Draws on a canvas of its own and prints it. */
bool bl_chart_print(const struct bl_chart *chart, int width, int height, enum bl_charset charset,
                    enum bl_theme theme, enum bl_colours colours, struct bl_text *out, struct bl_error *err);
/* A copy of a chart with all that it points to, to be drawn later; an axis keeps its limits of now, not their memory.
 * NULL: no memory. */
struct bl_chart *bl_chart_copy(const struct bl_chart *chart, struct bl_error *err);
void bl_chart_free(struct bl_chart *chart); /* made by bl_chart_copy; NULL is fine */

/* ---- pictures ------------------------------------------------------------------------------------
 * The same description on paper: ticks, order, markers, dashes and colours are those of the screen. */
enum bl_picture_kind { BL_PICTURE_SVG, BL_PICTURE_PDF, BL_PICTURE_PNG,
                       BL_PICTURE_RGB /* width and height in pixels as uint32_t of this machine, then three bytes a pixel, row by row */ };
struct bl_picture {
    enum bl_picture_kind kind;
    int width, height;    /* in points, 120 to 8000 each; 0: what suits the chart */
    double scale;         /* PNG: pixels a point; 0 counts as 1 */
    enum bl_theme theme;  /* BL_THEME_DARK and BL_THEME_LIGHT make a difference */
    bool follow;          /* SVG: light or dark as the reader's program is */
    bool part;            /* SVG: to stand inside an HTML page */
};
/* Appends the bytes of the picture. The same chart gives the same bytes: SVG everywhere, PNG and PDF with the same fonts
 * and Cairo. Text is cleaned first. An error where the size makes no sense or Cairo is missing (PNG, PDF). */
bool bl_chart_picture(const struct bl_chart *chart, const struct bl_picture *picture, struct bl_text *out, struct bl_error *err);
/* The same for a terminal that shows pixels between its lines, as a sequence that ends with a line feed. Needs Cairo. */
enum bl_graphics_kind { BL_GRAPHICS_NONE, BL_GRAPHICS_SIXEL, BL_GRAPHICS_KITTY };
struct bl_graphics { enum bl_graphics_kind kind; int width, height; /* pixels */ double scale; /* of letters: pixels a point */ enum bl_theme theme; };
bool bl_chart_graphics(const struct bl_chart *chart, const struct bl_graphics *g, struct bl_text *out, struct bl_error *err);
/* The size that suits a chart, where it was left at 0. */
void bl_picture_size(const struct bl_chart *chart, int *width, int *height);
bool bl_picture_has_cairo(void); /* false: SVG only */
const char *bl_picture_cairo(void); /* its version, NULL: not here */

/* The point under a cell, for the mouse: false if the cell is outside the plot of this chart drawn
 * into r. x and y are data values; either pointer may be NULL. Lines and scatter only. */
bool bl_chart_at(const struct bl_chart *chart, enum bl_charset charset, struct bl_rect r,
                 int column, int row, double *x, double *y);
/* The chart in words: range, start, end, lowest, turns, crossings (`say`, --plain). */
void bl_chart_say(const struct bl_chart *chart, struct bl_text *out);

/* Ticks at 1, 2 or 5 times a power of ten; fills at most `limit`, returns the count; for log axes as
 * ux: 1 2 5 within two decades, else powers. *decimals: shared by all labels; -1: exponent form. */
size_t bl_ticks(double min, double max, bool log, size_t wanted, double *ticks, size_t limit, int *decimals);
/* The text of one tick: `decimals` and `log` as in bl_ticks; `count`: k M G. Returns buffer. */
const char *bl_tick_format(char *buffer, size_t size, double tick, bool log, int decimals, bool count);
/* The marker of a style as text: "●" or "o". */
const char *bl_marker(size_t style, enum bl_charset charset);
/* The sign that stands for a class in a cloud of points ("o", "+", ...), and the one that fills the region where it is
 * predicted ("·"; class 0 leaves it empty, "": none). */
const char *bl_class_sign(size_t class);
const char *bl_class_fill(size_t class, enum bl_charset charset);
/* Its dash pattern in dots: on, off, on, off; {0} is solid. */
const unsigned *bl_dash(size_t style);
/* Exponential mean of y that looks backwards only, with start-up correction; half_life is in units
 * of x (not decreasing). Values that are not finite stay as they are and weigh nothing. */
void bl_smooth(const double *x, const double *y, double *out, size_t n, double half_life);

#endif
