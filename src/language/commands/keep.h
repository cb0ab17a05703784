/* What the commands share that keep models: save, open, models, verify. */
#ifndef BATCHLAB_COMMANDS_KEEP_H
#define BATCHLAB_COMMANDS_KEEP_H

#include "src/language/commands/judge.h"

/* The version that a word names, and its bytes read and checked (bl_kept_free). */
struct bl_kept *kept_find(const char *spec, struct bl_kept_row *row, struct bl_error *err);
/* The registry, to read or to write; where it is not there yet an error with a way out. */
struct bl_registry *kept_registry(bool only_read, struct bl_error *err);
/* The bytes of a version, read and checked (bl_kept_free). */
struct bl_kept *kept_read(struct bl_registry *registry, const struct bl_kept_row *row, struct bl_error *err);
/* model, version, stage, sha256, metrics. */
void kept_keys(struct bl_result *r, const struct bl_kept_row *row, const char *metrics);
/* Keeps what is trained in a session as the next version of row->name; row->parent is given, the rest filled in. Tells it. */
bool kept_save(struct bl_session *s, const struct judged *j, struct bl_kept_row *row, struct bl_result *r, struct bl_error *err);
/* A line for people, cleaned like those of bl_result_line, that goes on in further lines, indented, where it is long. */
void kept_say(struct bl_result *r, const char *format, ...) BL_PRINTF(2, 3);
/* "iris@1" */
const char *kept_label(const struct bl_kept_row *row, char *buffer, size_t size);


/* vault.c: a row of the journal of the registry, where there is one; `why` is taken over. True: it was written. */
bool vault_note(struct bl_session *s, const char *event, const struct bl_kept_row *row, json_t *why, struct bl_result *r);
/* Looks at the test rows from before there was a registry are written down. */
void vault_settle(struct bl_session *s, struct bl_result *r);

#endif
