/* The members of a zip archive, stored or deflated, as .npz files have them. */
#ifndef BL_DATA_ZIP_H
#define BL_DATA_ZIP_H

#include "source.h"

struct bl_zip_member { char *name; uint64_t at, packed, size; unsigned method; uint32_t crc; };
struct bl_zip { struct bl_zip_member *members; size_t count; };

bool bl_zip_list(const struct bl_source *s, struct bl_zip *out, struct bl_error *err);
void bl_zip_free(struct bl_zip *z);
/* One member, unpacked into memory; `out` has the label of s. Close it. */
bool bl_zip_open(const struct bl_source *s, const struct bl_zip_member *m, struct bl_source *out, struct bl_error *err);

#endif
