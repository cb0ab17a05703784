/* CSV that is not written as the fast parser wants it: other encodings, quotes, escapes, comments, a
 * comma as decimal mark, rows of different lengths. It is rewritten in memory, line for line, so that
 * places keep their lines; columns count the bytes of the rewritten line. */
#ifndef BL_DATA_DIALECT_H
#define BL_DATA_DIALECT_H

#include "csv.h"

/* Whether options or a byte order mark of UTF-16 ask for it. */
bool bl_dialect_needed(const struct bl_source *s, const struct bl_load_options *o);
/* The rewritten file and the options to parse it with. Close `out`. */
bool bl_dialect_open(const struct bl_source *s, const struct bl_load_options *o, struct bl_source *out, struct bl_load_options *plain,
                     struct bl_error *err);
/* The bytes of s as UTF-8. */
bool bl_encoding_open(const struct bl_source *s, enum bl_encoding encoding, struct bl_source *out, struct bl_error *err);
bool bl_encoding_marked(const struct bl_source *s); /* by a byte order mark of UTF-16 */

#endif
