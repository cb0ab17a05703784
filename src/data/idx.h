/* IDX files come in pairs: images and labels, told apart by their names. */
#ifndef BL_DATA_IDX_H
#define BL_DATA_IDX_H

#include "source.h"

/* The file of images that a shorter name means: "mnist/train" for mnist/train-images-idx3-ubyte.gz;
 * NULL if there is none. Caller frees. */
char *bl_idx_images(const char *path);
/* How many bytes of a file name are left without "-images-idx3-ubyte" and the like; its length if
 * it has no such ending. */
size_t bl_idx_stem(const char *name);

#endif
