/* The inside of a table: shared by what fills it, what prints it and what writes it to files. */
#ifndef BATCHLAB_LANGUAGE_GRID_H
#define BATCHLAB_LANGUAGE_GRID_H

#include "src/language/private.h"

enum grid_kind { CELL_MISSING, CELL_TEXT, CELL_NUMBER, CELL_EXACT, CELL_NAN, CELL_COUNT };

struct grid_cell {
    enum grid_kind kind;
    double number;
    uint64_t count;
    const char *text;
    size_t mark;        /* curve whose marker stands before the text, SIZE_MAX: none */
};

struct grid_column {
    const char *header;
    enum bl_align align;
};

struct bl_grid {
    struct grid_column *columns;
    size_t n_columns;
    struct grid_cell *cells; /* row by row */
    size_t n_cells, capacity;
    struct bl_arena *texts;
    size_t mark;             /* for the next cell */
    int digits;              /* at least so many, whatever is set */
    bool broken;
};

/* How the numbers of a column are written, and one cell so, as people read it. */
enum grid_shape { SHAPE_WHOLE, SHAPE_PLAIN, SHAPE_EXPONENT };
enum grid_shape grid_shape(const struct bl_grid *g, size_t column);
void grid_cell_print(struct bl_text *out, const struct grid_cell *c, enum bl_align align, enum grid_shape shape, int digits);

const struct grid_cell *grid_at(const struct bl_grid *g, size_t row, size_t column);

#endif
