/* A canvas on the terminal: all that curses does for us. */
#ifndef BATCHLAB_DASHBOARD_SHOW_H
#define BATCHLAB_DASHBOARD_SHOW_H

#include "batchlab/terminal.h"
#include "reset.h"
#include "ui.h"

enum { UI_MOUSE = UI_LAST + 1 }; /* key: *mouse is filled */

/* Takes the screen; false where this terminal cannot move its cursor. background NULL: the terminal is not asked for it. */
bool show_open(const struct bl_terminal *t, enum bl_theme *background, struct bl_error *err);
void show_close(void);
/* Only cells that changed are sent. */
void show_frame(const struct bl_canvas *c, enum bl_theme theme, enum bl_colours colours, int cursor_x, int cursor_y);
/* Everything is sent anew with the next frame, at the terminal's size, which is told. */
void show_again(int *width, int *height);
void show_mouse(bool on);
/* Gives the screen back and takes it again, for a stop in between. */
void show_suspend(void);
/* The next key that waits; UI_NONE if none. */
int show_key(struct ui_mouse *mouse);

#endif
