/* What the files of keys and mouse share. */
#ifndef BATCHLAB_DASHBOARD_ACT_H
#define BATCHLAB_DASHBOARD_ACT_H

#include "parts.h"

struct doing { /* what an action may look at and change */
    struct ui *ui;
    const struct bl_snapshot *snap;
    struct bl_view_settings *view;
    struct bl_text *command;
};

const struct placed *act_focused(const struct doing *a); /* NULL: no panel */
bool act_panel_takes(const struct doing *a, int key);
/* The run in front; NULL: there is none, and that has been said. */
const struct bl_run_view *act_front(const struct doing *a);
/* The stream whose curves the keys of charts are about; NULL: they are about runs. */
const struct bl_stream_view *act_stream(const struct doing *a);
/* The command that a key stands for, in the event line; what it does has been done. */
void act_echo(const struct doing *a, const char *format, ...) BL_PRINTF(2, 3);

/* timeline.c: the time cursor, and what is done at it. */
void cursor_move(struct doing *a, int by);
void cursor_end(struct doing *a, bool first);
void cursor_at(struct doing *a, double x); /* the recorded point nearest to x */
double cursor_x(const struct doing *a);    /* where it stands on the axis; nan: there is none */
void cursor_go(struct doing *a);           /* training goes to where the cursor stands */
void break_here(struct doing *a);
void fork_here(struct doing *a);           /* opens the line */
void fork_rate(struct doing *a, double factor);
void fork_batch(struct doing *a, bool twice);

/* axes.c: which range of x is shown. */
void x_scale(struct doing *a, double factor, double around); /* around nan: the cursor, else the middle */
void x_pan(struct doing *a, double share);
void x_show(struct doing *a, double from, double to);
void x_fit(struct doing *a);
void y_scale(struct doing *a, double factor); /* around what the curve in front has at the cursor, else now */
void y_pan(struct doing *a, double share);

/* turn.c: settings that keys turn. */
void turn_speed(struct doing *a, bool faster);
void turn_x(struct doing *a);
void turn_x_scale(struct doing *a);
void turn_y(struct doing *a);
void turn_smooth(struct doing *a);
void turn_valid(struct doing *a);
void turn_theme(struct doing *a);
void turn_bins(struct doing *a);
void turn_order(struct doing *a);
void turn_hidden(struct doing *a, size_t run);

/* places.c: which panel stands where. */
void place_next(struct doing *a);  /* another kind of panel in the place that has the focus */
void place_swap(struct doing *a);  /* with the next place */
void place_hide(struct doing *a);

#endif
