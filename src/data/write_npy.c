/* A NumPy array of all columns: little-endian doubles, row after row, nan where a value is missing. */
#include <stdio.h>
#include <string.h>

#include "write.h"

static void add_header(const struct bl_table *t, struct bl_out *out)
{
    char header[192];
    int n = snprintf(header, sizeof header, "{'descr': '<f8', 'fortran_order': False, 'shape': (%zu, %zu), }", t->n_rows, t->n_columns);
    char start[] = "\x93NUMPY\1\0\0"; /* and the length, two bytes */

    while ((10 + n + 1) % 64)
        header[n++] = ' ';
    header[n++] = '\n';
    start[8] = (char)n;
    bl_out_add(out, start, 10);
    bl_out_add(out, header, (size_t)n);
}

static bool write_npy(const struct bl_table *t, const struct bl_write_options *o, struct bl_out *out, struct bl_error *err)
{
    (void)o;
    if (!bl_write_needs_numbers(t, "a NumPy array", err))
        return false;
    add_header(t, out);
    for (size_t i = 0; i < t->n_rows; i++) {
        for (size_t j = 0; j < t->n_columns; j++) {
            uint64_t bits;
            char bytes[8];

            memcpy(&bits, &t->columns[j].number[i], sizeof bits);
            for (int k = 0; k < 8; k++)
                bytes[k] = (char)(bits >> 8 * k);
            bl_out_add(out, bytes, sizeof bytes);
        }
        if (!bl_out_flush(out, false, err))
            return false;
    }
    return true;
}

const struct bl_writer_type bl_npy_writer = { "npy", "a NumPy array, numbers only", write_npy };
