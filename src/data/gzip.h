/* Compressed input: gzip around any format, and the raw deflate of zip archives. */
#ifndef BL_DATA_GZIP_H
#define BL_DATA_GZIP_H

#include "source.h"

/* A file may expand to 64 times its size, or to this where that is more, and never beyond the memory limit. */
#define BL_GZIP_TIMES 64
#define BL_GZIP_SMALL ((uint64_t)4 << 20)

/* Whether the bytes start as a gzip file does. */
bool bl_gzip_is(const struct bl_source *s);
/* All members of a gzip file, expanded into memory; `out` keeps the label. Cut or damaged files are
 * errors. Close `out`. */
bool bl_gzip_expand(const struct bl_source *s, struct bl_source *out, struct bl_error *err);
/* Raw deflate at [at, at + n) that must expand to exactly `size` bytes. */
bool bl_inflate_exact(const struct bl_source *s, uint64_t at, uint64_t n, char *into, size_t size, struct bl_error *err);

#endif
