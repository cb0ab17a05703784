/* What was done, done again in a session of its own: what verify, promote and retrain stand on. */
#ifndef BATCHLAB_COMMANDS_AGAIN_H
#define BATCHLAB_COMMANDS_AGAIN_H

#include "src/language/commands/judge.h"
#include "src/language/commands/keep.h"

struct again {
    struct bl_session *outer, session;
    struct bl_workbench *workbench;
    struct bl_text said; /* its messages */
    bool open;
};
bool again_open(struct again *g, struct bl_session *outer, uint64_t seed, struct bl_error *err);
void again_close(struct again *g); /* one that is not open, too */
/* One command; false: `why` says which failed and what it said. Divergence is no failure. */
bool again_run(struct again *g, const char *line, char *why, size_t size);
/* All commands of a provenance, or those alone that make the data: its source, rows, roles, recipe and split. */
bool again_run_all(struct again *g, const json_t *provenance, bool data_alone, char *why, size_t size);
/* Is the source of the data still what it was? why "" : yes. Data that was made, not read, has no source. */
void again_check_data(const json_t *provenance, char *why, size_t size);
bool again_file_hash(const char *path, char hex[65], struct bl_error *err);
/* All commands of a provenance in this very session, without a word; it has its seed then. */
bool again_here(struct bl_session *s, const json_t *provenance, char *why, size_t size);
bool again_lines(struct bl_session *s, const char *lines, char *why, size_t size); /* the same with such commands */
/* Is what was trained again what was kept? "" : to the bit; else the first thing that differs. */
bool again_compare(const struct bl_kept *k, const struct judged *j, const json_t *provenance, char *why, size_t size, struct bl_error *err);
const char *again_text(const json_t *object, const char *key); /* "" where there is none */

#endif
