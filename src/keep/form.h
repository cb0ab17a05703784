/* The file format of kept models. Private to the room. */
#ifndef BATCHLAB_KEEP_FORM_H
#define BATCHLAB_KEEP_FORM_H

#include <jansson.h>

#include "batchlab/keep.h"

#define BL_TENSORS_MOST 4096
#define BL_TENSOR_NAME_MOST 128
#define BL_HEADER_DEPTH_MOST 16

struct bl_tensor { const char *name; bool bytes /* of U8, else of F64 */; size_t dims, shape[2], begin, end; /* bytes behind the header */ };
struct bl_tensors { /* a safetensors file that was checked */
    json_t *header;
    const json_t *metadata;
    struct bl_tensor *items; /* in the order of their bytes */
    size_t n;
    const char *data;
};
/* Checks the layout and the digest. */
bool bl_tensors_read(struct bl_tensors *t, const char *bytes, size_t n, const char *label, struct bl_error *err);
void bl_tensors_done(struct bl_tensors *t);
/* Doubles of a tensor (bl_free), all finite unless `any`; *n 0 and NULL with true where there is none such. */
bool bl_tensors_numbers(const struct bl_tensors *t, const char *name, bool any, double **numbers, size_t *n, const char *label,
                        struct bl_error *err);
/* A tensor of bytes as text (bl_free), NULL with true where there is none such. */
bool bl_tensors_text(const struct bl_tensors *t, const char *name, char **text, const char *label, struct bl_error *err);
struct bl_tensor_data { const double *numbers; const char *bytes; /* one of them */ size_t n; };
/* A file of these tensors: header object with __metadata__ (digest of 64 zeros) and descriptions; taken over. */
bool bl_tensors_write(json_t *header, const struct bl_tensor_data *tensors, size_t n, char **bytes, size_t *size, struct bl_error *err);
#endif
