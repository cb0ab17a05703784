/* The writers, one file each, and the file that they write to. */
#ifndef BL_DATA_WRITE_H
#define BL_DATA_WRITE_H

#include "batchlab/data.h"

/* A file in the making: text is gathered and written in pieces. */
struct bl_out { struct bl_save *save; struct bl_text text; uint64_t bytes; };
void bl_out_add(struct bl_out *out, const char *bytes, size_t n);
/* Writes what was gathered when it is much. */
bool bl_out_flush(struct bl_out *out, bool all, struct bl_error *err);

/* Fails with "column 'city' is categorical: KIND holds numbers only" when a column is not numeric. */
bool bl_write_needs_numbers(const struct bl_table *t, const char *kind, struct bl_error *err);

extern const struct bl_writer_type bl_csv_writer, bl_jsonl_writer, bl_arff_writer, bl_libsvm_writer, bl_npy_writer;

#endif
