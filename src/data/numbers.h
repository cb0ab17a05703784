/* Arrays of binary numbers in files: what an element is, and moving them into columns. */
#ifndef BL_DATA_NUMBERS_H
#define BL_DATA_NUMBERS_H

#include "source.h"

struct bl_element { char kind /* i, u, f, b */; unsigned bytes; bool big; };

double bl_element_value(const unsigned char *p, struct bl_element e, bool *rounded);

/* `rows` × `columns` elements at `at`, row after row or (by_column) column after column, into
 * number[column][row]. *rounded counts whole numbers that a double cannot hold. An infinity is an
 * error with its row and column, counted from 1. */
struct bl_array { uint64_t at; size_t rows, columns; bool by_column; struct bl_element element; };
bool bl_array_read(const struct bl_source *s, const struct bl_array *a, double **number, struct bl_progress *progress, size_t *rounded,
                   struct bl_error *err);
/* rows × columns doubles, priced first; fails by name. Free each and the list. */
double **bl_array_room(const struct bl_source *s, size_t rows, size_t columns, struct bl_error *err);
void bl_array_free(double **number, size_t columns);

#endif
