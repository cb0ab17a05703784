/* Small things that several panels write. */
#ifndef BATCHLAB_DASHBOARD_PARTS_H
#define BATCHLAB_DASHBOARD_PARTS_H

#include "ui.h"

/* Four digits, "-" where there is no number. */
const char *part_number(char buffer[32], double x);
/* With as many of these digits as fit: a number is never cut. */
const char *part_fit(char buffer[32], double x, int digits, int width);
const char *part_count(char buffer[32], double n);
/* A whole number, with k M G where it is too long. */
const char *part_tally(char buffer[32], double n, int width);
/* Seconds in training: whole ones while they run, so that no clock ticks in every frame. */
const char *part_elapsed(char buffer[32], double seconds, bool running);
/* As many whole words as fit; what was left out is told by a '~' of its own. Returns columns used. */
int part_words(struct bl_canvas *c, int x, int y, int width, const char *text, enum bl_role role, int attributes);
/* Marker and name of a contestant in its colour; returns columns used. */
int part_name(const struct drawing *d, int x, int y, int width, size_t run);
/* Row y of the rectangle: a label in dim, values at columns. Nothing is written outside of it. */
void part_label(const struct drawing *d, int x, int y, const char *label, const char *value);
void part_rule(const struct drawing *d, int y);
/* A text in at most so many lines from row y on, dim, from the left; returns how many. */
int part_lines(const struct drawing *d, const char *text, int y, int most);
/* One sentence in the middle of a panel that has nothing to show yet. */
void part_empty(const struct drawing *d, const char *what, const char *hint);
/* True when there is no run, and says so. */
bool part_no_run(const struct drawing *d);
/* Figures and gauge of theory, in a rectangle of any size. */
void curvature_draw(const struct drawing *d);
/* Does a title of the chart stand in that of the panel? Where the panel is narrow it keeps a row of its own. */
bool part_titled(const struct drawing *d);
/* "boundary · what the chart shows", as much of it as fits: whole, up to its last comma, or the name alone; the note goes
 * (is emptied) before any of it. */
void part_title(const struct drawing *d, const char *name, const char *shows, char *note, char *title, size_t size);
/* The same for a title in a chart of its own: up to its last comma where it does not fit; NULL where the panel has it. */
const char *part_shows(const struct drawing *d, const char *shows);
/* "layer 1:unit 3:bill_depth" is "1.3:bill_depth" where not all names have room (brief): its end tells it from others. */
const char *part_parameter(const char *name, bool brief, char *buffer, size_t size);
/* A title that has no room beside the note begins later, at this text, or goes: a stump says less. */
void part_beside(const struct drawing *d, struct bl_chart *chart, const char *from);
/* Columns of a table: those of the highest keep go (width 0) until the others have room; those of keep 0 stay. */
struct part_column { const char *title; int width, keep; };
void part_columns_fit(struct part_column *c, int n, int room);
/* A sight that is not there yet: while a run goes flat out it waits. */
const char *part_waiting(const struct drawing *d);
/* Which part of a list is in sight so that `row` is: the first row shown. */
size_t part_first(size_t rows, size_t shown, size_t row);

/* A chart of curves as panels show it: title in the frame, time cursor, zoomed range, limits with memory. */
bool part_chart(const struct drawing *d, const struct bl_snapshot *snap, enum bl_curve what, struct bl_axis_memory *memory, struct bl_chart *chart);
/* The title of a chart without a frame, as a frame has it: number of the view, note. */
void part_heading(const struct drawing *d, const struct panel_type *p, struct bl_chart *chart);
/* The styles of a chart about the contestant in front: in a race colours are those of its contestants, so the first curve
 * has that of the one in front, the second one that none of them has. */
void part_styles(const struct drawing *d, struct bl_chart *chart);
/* Lecture layout: rows that large digits of epoch and loss take on a screen of which so many rows are for panels; 0: they do
 * not fit. Drawn into ui->layout.big. */
int big_rows(int width, int height, const struct bl_snapshot *s, const struct ui *ui);
void big_draw(struct bl_canvas *c, const struct bl_snapshot *s, const struct bl_view_settings *view, const struct ui *ui);
/* The curves of a panel that draws curves (*curves says whether it does), with the title that they have by themselves; false:
 * there is nothing to draw yet. */
bool shown_curves(const struct drawing *d, const struct placed *p, struct bl_chart *chart, bool *curves);
/* The curve of every threshold; false: there is none (yet). */
bool roc_chart(const struct drawing *d, struct bl_chart *chart);
/* The same snapshot with only contestant i. */
struct bl_snapshot part_only(const struct bl_snapshot *snap, size_t i);
/* Lowest and highest finite value of the chart's curves, widened to 1-2-5 steps on both scales. */
void part_limits(const struct bl_chart *chart, double *low, double *high);

#endif
