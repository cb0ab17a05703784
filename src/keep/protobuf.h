/* Protocol buffers, written: the five ways in which a field stands in a message (protobuf.dev, "Encoding"). A message
 * inside a message is made first, as a text of its own. Private to the room.
 *
 * Written by hand and not by protobuf-c: what is needed are these few lines, and the schema then needs neither a
 * compiler of it at build time nor a library at run time. */
#ifndef BATCHLAB_KEEP_PROTOBUF_H
#define BATCHLAB_KEEP_PROTOBUF_H

#include "batchlab/base.h"

void bl_wire_whole(struct bl_text *m, uint32_t field, uint64_t value);
void bl_wire_float(struct bl_text *m, uint32_t field, float value);
void bl_wire_double(struct bl_text *m, uint32_t field, double value);
void bl_wire_bytes(struct bl_text *m, uint32_t field, const void *bytes, size_t n);
void bl_wire_text(struct bl_text *m, uint32_t field, const char *text);
/* Frees the inner message; what failed in it fails the outer. */
void bl_wire_message(struct bl_text *m, uint32_t field, struct bl_text *inner);
/* Little-endian bytes of a number, whatever the processor. */
void bl_wire_put32(struct bl_text *m, uint32_t x);
void bl_wire_put64(struct bl_text *m, uint64_t x);
void bl_wire_put_double(struct bl_text *m, double x);
void bl_wire_put_float(struct bl_text *m, float x);

#endif
