/* What the kinds of charts share when they are drawn on paper. */
#ifndef BL_PLOT_PICTURE_H
#define BL_PLOT_PICTURE_H

#include "draw.h"
#include "pen.h"

#define BL_LETTER 13.0 /* size of letters, in points */
#define BL_SMALL 12.0
#define BL_LINE 18.0   /* from line to line */
#define BL_MARGIN 16.0

struct bl_sheet {
    const struct bl_chart *chart;
    struct bl_pen *pen;
    double width, height;
    struct bl_area plot;
    struct bl_view v; /* scales and ticks, as a screen of this size has them */
    double top;       /* below title and legend */
    bool names_at_end; /* of curves: their markers stand there */
};

/* ---- strokes and words ------------------------------------------------------------------------*/
struct bl_ink bl_ink_of(enum bl_role role, double opacity);
void bl_sheet_line(const struct bl_sheet *k, const double ends[4], enum bl_role role, double opacity, double width);
void bl_sheet_box(const struct bl_sheet *k, struct bl_area a, struct bl_ink ink);
void bl_sheet_outline(const struct bl_sheet *k, struct bl_area a, struct bl_ink ink, double width);
void bl_sheet_mark(const struct bl_sheet *k, double x, double y, size_t style, struct bl_ink ink);
/* Ordinary letters; the text is cleaned. */
void bl_sheet_text(const struct bl_sheet *k, double x, double y, const char *text, const struct bl_lettering *l);
struct bl_lettering bl_letters(enum bl_role role, double size, enum bl_anchor anchor);
/* Cleans and shortens in the middle to a width in points; returns the width. */
double bl_sheet_fit(char *buffer, size_t size, const char *text, double width, double letter);
double bl_sheet_names(const char *const *names, size_t n, double most); /* width of the widest */

/* ---- the frame of a chart -----------------------------------------------------------------------*/
/* Title and note; sets top. */
void bl_sheet_title(struct bl_sheet *k);
struct bl_key_entry { const char *name; size_t style; enum bl_role role; bool square, line; };
/* A row or rows of marks with names under the title; moves top down. */
void bl_sheet_legend(struct bl_sheet *k, const struct bl_key_entry *entries, size_t n);
void bl_sheet_groups(struct bl_sheet *k); /* the legend of chart->group_names, in squares */
/* Plot area between the y labels of v.y_ticks and `right` points kept free. */
void bl_sheet_area(struct bl_sheet *k, double right);
void bl_sheet_y_axis(const struct bl_sheet *k);
void bl_sheet_x_axis(const struct bl_sheet *k); /* of v.x_ticks */
void bl_sheet_message(const struct bl_sheet *k, const char *text);
double bl_sheet_x(const struct bl_sheet *k, double value); /* nan for what has no place */
double bl_sheet_y(const struct bl_sheet *k, double value);
/* Values near each other moved apart: at least `each` between neighbours, inside [low, high], with the least squared
 * distance from where they were. at[] ascending. */
void bl_spread(double *at, size_t n, double each, double low, double high);

/* ---- curves and points ------------------------------------------------------------------------*/
void bl_sheet_curve(const struct bl_sheet *k, const struct bl_series *s);
void bl_sheet_points(const struct bl_sheet *k, const struct bl_series *s, double size, double opacity);

/* Scales and ticks of charts with two axes, those of a screen with letters of this size. */
bool bl_sheet_view(struct bl_sheet *k);
void bl_sheet_series_legend(struct bl_sheet *k);

void bl_lines_picture(struct bl_sheet *k);
void bl_scatter_picture(struct bl_sheet *k);
void bl_histogram_picture(struct bl_sheet *k);
void bl_bars_picture(struct bl_sheet *k);
void bl_scree_picture(struct bl_sheet *k);
void bl_box_picture(struct bl_sheet *k);
void bl_heat_picture(struct bl_sheet *k);
void bl_pairs_picture(struct bl_sheet *k);
void bl_regions_picture(struct bl_sheet *k);
void bl_contour_picture(struct bl_sheet *k);

#endif
