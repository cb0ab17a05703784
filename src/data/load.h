/* Private to loading. */
#ifndef BL_DATA_LOAD_H
#define BL_DATA_LOAD_H

#include "source.h"

/* samples.c: the sample that `name` means (its name, or its file's), or the one that is this file. */
const struct bl_sample *bl_sample_named(const struct bl_samples *all, const char *name);
const struct bl_sample *bl_sample_of_file(const struct bl_samples *all, const char *path);
/* formats.c: the reader for these bytes; fails by name for what batchlab cannot read. */
const struct bl_reader_type *bl_reader_for(const struct bl_source *s, const char *path, const char *format,
                                           struct bl_error *err);

/* reservoir.c: options->sample rows of a file of lines, drawn in one pass. path: for the format, NULL none. The table has
 * the hash of its own rows. */
struct bl_table *bl_reservoir_load(const struct bl_input *in, const char *label, const char *path, const struct bl_load_options *o,
                                   struct bl_error *err);

#endif
