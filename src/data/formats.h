/* The readers, one file each, and what their sniffing shares. */
#ifndef BL_DATA_FORMATS_H
#define BL_DATA_FORMATS_H

#include "batchlab/data.h"

extern const struct bl_reader_type bl_csv_reader, bl_arff_reader, bl_libsvm_reader, bl_jsonl_reader, bl_npy_reader, bl_npz_reader,
    bl_idx_reader, bl_sqlite_reader;

bool bl_path_ends(const char *path, const char *extension); /* without its dot, any case */

#endif
