/* What the renderers of this room share. */
#ifndef BL_PLOT_DRAW_H
#define BL_PLOT_DRAW_H

#include "batchlab/plot.h"

/* ---- scales and ticks: scale.c, ticks.c ------------------------------------------------------*/
struct bl_step { int digit, exponent; }; /* 1, 2 or 5 times a power of ten */
double bl_power10(int exponent);
int bl_exponent10(double x); /* floor(log10(x)), x > 0 and finite */
struct bl_step bl_step_for(double raw);                   /* the smallest step that is at least raw */
double bl_step_times(double k, struct bl_step step);      /* k steps, correctly rounded where it can be */
double bl_step_count(double value, struct bl_step step);  /* value in steps */

struct bl_scale { double min, max; bool log; double low, span; };
struct bl_scale bl_scale_make(double min, double max, bool log);
/* 0 at min, 1 at max, beyond for values outside; nan for what has no place on the scale. */
double bl_scale_at(const struct bl_scale *s, double value);
double bl_scale_value(const struct bl_scale *s, double at);

struct bl_range { double min, max; bool any; size_t not_positive; };
/* Takes one value in; on a log axis values not above 0 are only counted. Not finite: nothing. */
void bl_range_add(struct bl_range *r, double value, bool log);
/* Limits of an axis: as given, else from the data in steps, with the axis's memory. */
struct bl_scale bl_axis_scale(const struct bl_axis *axis, const struct bl_range *data);

#define BL_TICKS 12
struct bl_tick_set { double at[BL_TICKS]; char text[BL_TICKS][24]; size_t n; int width; };
void bl_tick_set_make(struct bl_tick_set *set, const struct bl_scale *s, size_t wanted, bool count);

/* ---- view: what is where, view.c -------------------------------------------------------------*/
enum bl_name_place { BL_NAMES_NONE, BL_NAMES_AT_END, BL_NAMES_IN_TITLE, BL_NAMES_IN_ROWS };
struct bl_view {
    const struct bl_chart *chart;
    struct bl_canvas *canvas;
    struct bl_rect whole, plot; /* plot: the cells that data may use */
    int room;                   /* columns from plot.x to the right end; names may use those past plot.width */
    int title_row, legend_row, legend_rows, line_row, text_row, axis_column; /* rows and column; -1: none */
    struct bl_scale x, y;
    struct bl_tick_set x_ticks, y_ticks;
    struct bl_range x_data, y_data;
    bool broken; /* some y is not finite */
    enum bl_name_place names;
};
bool bl_view_rows(struct bl_view *v, const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
void bl_view_columns(struct bl_view *v); /* after y_ticks are known */
void bl_view_title(const struct bl_view *v);
void bl_view_y_axis(const struct bl_view *v);
void bl_view_x_axis(const struct bl_view *v);
void bl_view_message(const struct bl_view *v, const char *text); /* dim, in the middle of the plot */
/* Everything for charts with two scales (lines, scatter). */
bool bl_view_make(struct bl_view *v, const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
int bl_view_row(const struct bl_view *v, double y);    /* cell row of a value, counted in the plot; clamped */
int bl_view_column(const struct bl_view *v, double x); /* the same for columns; not clamped: -1 or width outside */
/* Writes text inside the view's rectangle only. */
int bl_view_text(const struct bl_view *v, int x, int y, const char *text, enum bl_role role, int attributes);

/* ---- raster: dots and glyphs of the plot area, raster.c ---------------------------------------*/
struct bl_raster {
    int width, height, dots_x, dots_y; /* cells, dots a cell */
    int columns, rows;                 /* dots */
    int shift_x, shift_y;              /* dots a cell as powers of two: every dot of every frame is divided by them */
    enum bl_charset charset;
    uint8_t *dots, *owner, *style; /* one a cell: bits of its sign; role and style of who drew last */
    uint32_t *glyph;               /* one a cell: marker, cross; 1: text stands there; 0: none */
    uint8_t *glyph_role;
    uint8_t *layer, now; /* one a cell: in which layer its dots were drawn; the layer of what is drawn now */
    int *low, *high;        /* one a cell column: rows of dots that the current curve spans, -1 none */
};
bool bl_raster_init(struct bl_raster *r, int width, int height, enum bl_charset charset);
void bl_raster_done(struct bl_raster *r);
/* The dots of a column from row `from` down to row `to`, both inside. */
void bl_raster_stroke(struct bl_raster *r, int column, int from, int to, enum bl_role role, size_t style);
void bl_raster_dot(struct bl_raster *r, int column, int row, enum bl_role role, size_t style);
bool bl_raster_glyph(struct bl_raster *r, int x, int y, uint32_t code, enum bl_role role); /* if none is there */
void bl_raster_show(const struct bl_raster *r, const struct bl_view *v);
uint32_t bl_marker_code(size_t style, enum bl_charset charset);
static inline size_t bl_raster_index(const struct bl_raster *r, int x, int y)
{
    return (size_t)y * (size_t)r->width + (size_t)x;
}
static inline bool bl_raster_free_at(const struct bl_raster *r, int x, int y)
{
    size_t i = bl_raster_index(r, x, y);
    return !r->dots[i] && !r->glyph[i];
}

bool bl_raster_stretch_free(const struct bl_raster *r, int x, int y, int width);

/* ---- curves: lines.c --------------------------------------------------------------------------*/
void bl_curve_draw(struct bl_raster *r, const struct bl_view *v, const struct bl_series *s);
void bl_crosses_draw(struct bl_raster *r, const struct bl_view *v, const struct bl_series *s);
void bl_lines_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);

/* ---- names at the ends of curves, legend: labels.c ---------------------------------------------*/
bool bl_series_named(const struct bl_series *s);
bool bl_series_last(const struct bl_series *s, bool log_x, bool log_y, size_t *index);
enum bl_role bl_series_role(const struct bl_series *s);
/* "● batch 0.291"; names longer than `columns` allow lose their middle. Returns its width. */
int bl_series_text(const struct bl_view *v, const struct bl_series *s, int columns, char *buffer, size_t size);
/* Decides between names at the ends and a legend, narrows the plot where names need room. */
void bl_names_place(struct bl_view *v);
void bl_names_draw(struct bl_raster *r, const struct bl_view *v);
void bl_name_placed(const struct bl_view *v, int x, int y, int width, size_t style); /* for bl_chart.place */
void bl_legend_draw(const struct bl_view *v);

/* ---- the rest ---------------------------------------------------------------------------------*/
void bl_levels_draw(struct bl_raster *r, const struct bl_view *v);
void bl_cursor_draw(struct bl_raster *r, const struct bl_view *v);
void bl_bands_draw(struct bl_raster *r, const struct bl_view *v);  /* in dots, below the curves */
void bl_bands_shade(struct bl_raster *r, const struct bl_view *v); /* in signs, where nothing stands: other than braille */
void bl_bands_say(const struct bl_chart *chart, struct bl_text *out);
void bl_posts_draw(struct bl_raster *r, const struct bl_view *v);
void bl_arrows_draw(const struct bl_view *v);
void bl_arrows_say(const struct bl_chart *chart, struct bl_text *out);
void bl_scatter_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
void bl_histogram_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
void bl_bars_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
/* The other kinds, each with its words. */
void bl_heat_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
void bl_heat_say(const struct bl_chart *chart, struct bl_text *out);
void bl_box_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
void bl_box_say(const struct bl_chart *chart, struct bl_text *out);
void bl_qq_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
void bl_qq_say(const struct bl_chart *chart, struct bl_text *out);
void bl_scree_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
void bl_scree_say(const struct bl_chart *chart, struct bl_text *out);
void bl_pairs_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
void bl_pairs_say(const struct bl_chart *chart, struct bl_text *out);
void bl_regions_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
void bl_regions_say(const struct bl_chart *chart, struct bl_text *out);
void bl_contour_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);
void bl_contour_say(const struct bl_chart *chart, struct bl_text *out);

/* ---- fields: field.c ----------------------------------------------------------------------------*/
/* A whole number for every dot of the plot: the class there, or how many contours lie below. Row by row from the
 * top; free with bl_free. BL_NOWHERE: outside of the field, or not finite. */
#define BL_NOWHERE UINT8_MAX
uint8_t *bl_field_classes(const struct bl_field *f, const struct bl_view *v, const struct bl_raster *r);
uint8_t *bl_field_steps(const struct bl_field *f, const struct bl_view *v, const struct bl_raster *r, const double *contours, size_t n);
/* Dots where neighbours differ; in ASCII strokes along the line. */
void bl_field_edges(struct bl_raster *r, const uint8_t *at, enum bl_role role);
/* Bilinear; nan outside. */
double bl_field_at(const struct bl_field *f, size_t layer, double x, double y);

/* ---- what the renderer on paper needs of the others --------------------------------------------*/
/* Liang and Barsky 1984: the part of the segment inside [0, w] x [0, h]; false: none of it. */
bool bl_clip_segment(double *x0, double *y0, double *x1, double *y1, double w, double h);
#define BL_PAIRS_BINS 64
/* How the values of column i lie in `bins` equal parts of their range. */
void bl_pairs_counts(const struct bl_pairs *p, size_t i, const struct bl_range *range, size_t bins, double *counts);
double bl_count_limit(double most); /* of a histogram: the smallest even round number that is not below */
/* Decimals of the edges of bins, `merged` of them to one. */
int bl_edge_decimals(const double *edges, size_t bins, size_t merged);
double bl_bars_value(const struct bl_chart *chart, size_t i);
int bl_bars_decimals(const struct bl_chart *chart, double *most, bool *negative); /* -1: exponent form */
void bl_bars_text(double value, bool with_sign, int decimals, char *buffer, size_t size);

/* A name in a sentence, cleaned; `otherwise` where there is none. */
void bl_say_name(struct bl_text *t, const char *name, const char *otherwise);
/* The fill of group g of n: ░ ▒ ▓ █, in ASCII . : | #. */
uint32_t bl_fill(size_t group, size_t groups, enum bl_charset charset);
int bl_groups_legend(const struct bl_view *v, int x, int y, bool draw); /* columns it takes */
/* Short text of a value for read-outs: whole numbers whole, else `digits` digits. */
const char *bl_value_text(char *buffer, size_t size, double value, int digits);

#endif
