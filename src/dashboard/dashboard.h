/* dashboard: the curses application. What main attaches to a session that has a screen. */
#ifndef BATCHLAB_DASHBOARD_H
#define BATCHLAB_DASHBOARD_H

#include "batchlab/language.h"
#include "batchlab/terminal.h"

/* Sets s->screen.watch where a dashboard is possible: both ends are a terminal that can move its
 * cursor, and neither --plain nor --json was asked for. */
void dashboard_attach(struct bl_session *s, const struct bl_terminal *t);

#endif
