/* Kinds of export: a function each, named in export_list.h. */
#ifndef BATCHLAB_LANGUAGE_EXPORT_H
#define BATCHLAB_LANGUAGE_EXPORT_H

#include "src/language/commands/command.h"

/* Writes words[0], the kind, to the file words[1]; sets path and bytes. Both words are there and the kind is known. */
typedef bool bl_export_function(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err);
#define BL_EXPORT(name, summary, function) bl_export_function function;
#include "src/language/commands/export_list.h"
#undef BL_EXPORT

/* path and bytes of the result, and "WHAT written to PATH (12.3 kB)" for people. */
void bl_export_told(struct bl_result *r, const char *what, const char *path, uint64_t bytes);
/* The same after the bytes were written to words[1], whole or not at all; a file that is there is kept unless
 * overwrite=yes. */
bool bl_export_bytes(const struct bl_args *a, struct bl_result *r, const char *what, const struct bl_text *bytes, struct bl_error *err);

#endif
