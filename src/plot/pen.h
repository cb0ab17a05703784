/* Drawing on paper. One interface with two makers: SVG is written here as text, so that its words stay
 * words, its colours can follow the reader's theme and it needs no library; PNG and PDF come from Cairo.
 * Coordinates are points, y grows downwards. */
#ifndef BL_PLOT_PEN_H
#define BL_PLOT_PEN_H

#include "batchlab/plot.h"

/* A role of the theme, or, with `exact`, this colour in every theme. opacity 0 counts as 1. */
struct bl_ink { enum bl_role role; double opacity; uint32_t rgb; bool exact, ground; /* ground: the paper itself */ };
struct bl_stroke { struct bl_ink ink; double width; const unsigned *dash; double unit; /* points a dash dot */ };
enum bl_anchor { BL_ANCHOR_START, BL_ANCHOR_MIDDLE, BL_ANCHOR_END };
struct bl_lettering { struct bl_ink ink; double size; bool bold; enum bl_anchor anchor; double turn; /* degrees, clockwise */ };
struct bl_area { double x, y, width, height; };

struct bl_mark_shape { size_t style; double size; struct bl_ink ink; };

struct bl_pen;
struct bl_pen_type {
    void (*path)(struct bl_pen *p, const double *xy, size_t n, const struct bl_stroke *s);
    void (*fill)(struct bl_pen *p, const double *xy, size_t n, struct bl_ink ink); /* a closed polygon */
    void (*marks)(struct bl_pen *p, const double *xy, size_t n, const struct bl_mark_shape *shape);
    void (*text)(struct bl_pen *p, double x, double y, const char *text, const struct bl_lettering *l);
    bool (*finish)(struct bl_pen *p, struct bl_text *out, struct bl_error *err);
    void (*drop)(struct bl_pen *p);
};
struct bl_pen { const struct bl_pen_type *type; const struct bl_picture *picture; };

struct bl_pen *bl_pen_svg(const struct bl_picture *picture, const struct bl_chart *chart, struct bl_error *err);
struct bl_pen *bl_pen_cairo(const struct bl_picture *picture, struct bl_error *err);

/* The colour of ink on the paper of a theme. */
uint32_t bl_ink_rgb(struct bl_ink ink, enum bl_theme theme);
/* Outline of the marker of a style around (0, 0) within ±1, or 0 for the round one; *open: strokes, pairs of
 * points each. At most 8 points. */
size_t bl_mark_outline(size_t style, double xy[16], bool *open);
/* Width of a text in points, from the advance widths of a wide sans serif: letters of other fonts fit too. */
double bl_letters_width(const char *text, double size, bool bold);

#endif
