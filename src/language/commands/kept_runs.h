/* runs kept, runs open: the runs of the registry. */
#ifndef BATCHLAB_COMMANDS_KEPT_RUNS_H
#define BATCHLAB_COMMANDS_KEPT_RUNS_H

#include "src/language/commands/command.h"

/* "kept": listed by where=, sort=, limit=; "kept N ...": these with their settings and curves. */
bool kept_runs(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err);
/* "open N": its commands are done again in this session. */
bool kept_run_open(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err);

#endif
