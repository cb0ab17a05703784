/* The dashboard while it is open. */
#ifndef BATCHLAB_DASHBOARD_LOOP_H
#define BATCHLAB_DASHBOARD_LOOP_H

#include "batchlab/terminal.h"
#include "ui.h"

/* Opens, serves and closes; false when this terminal has no dashboard. */
bool loop_run(struct bl_session *s, const struct bl_terminal *t, struct bl_error *err);

#endif
