/* What fills the terminal while the prompt waits: the dashboard, or a table. One loop serves whichever screen is
 * on top; a command can put another one on it, and leaving that comes back to the one below. */
#ifndef BATCHLAB_DASHBOARD_LOOP_H
#define BATCHLAB_DASHBOARD_LOOP_H

#include "batchlab/terminal.h"
#include "ui.h"

struct ui_mouse;
struct screen_type {
    bool live;                   /* drawn from snapshots of the run; the others are given none */
    void (*compose)(void *context, struct bl_canvas *c, const struct bl_snapshot *snap, const struct bl_view_settings *view,
                    struct ui *ui, int *cursor_x, int *cursor_y);
    void (*key)(void *context, struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, int key, struct bl_text *command);
    void (*mouse)(void *context, struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, struct ui_mouse m,
                  struct bl_text *command);
    /* The rest may be NULL. */
    void (*ran)(void *context, struct ui *ui);    /* a command has run: what it changed is to be taken */
    int (*wake_fd)(void *context);                /* readable when settle has something to do */
    bool (*settle)(void *context, struct ui *ui); /* takes what background work has made; true: draw */
    bool (*busy)(void *context);                  /* background work that shows how far it is */
    void (*close)(void *context);                 /* the screen is left: frees the context */
};

/* Shows a screen and serves it until it is left; false when this terminal has no screens. While another is being
 * served it is put on top and this returns at once. The context is closed in any case. */
bool loop_show(struct bl_session *s, const struct bl_terminal *t, const struct screen_type *type, void *context, struct bl_error *err);

/* What the dashboard shows now, on a canvas of this size (0: the screen's) that is the caller's then; false: none is
 * open, or there is no memory. */
bool loop_shot(int width, int height, struct bl_canvas *c);
/* The chart of the panel in focus, to be freed (NULL: it has none, which err says); false: no dashboard is open. */
bool loop_chart(struct bl_chart **chart, struct bl_error *err);

#endif
