/* Builds a table row by row, for readers that do not know its size or its types beforehand.
 *
 * A column whose type nobody gave is numeric when all its present cells are numbers; else it is
 * categorical, or text by the rule of CSV (many different values). Cells that are not set in a row
 * are missing, or hold what the column is filled with. */
#ifndef BL_DATA_BUILDER_H
#define BL_DATA_BUILDER_H

#include "csv.h"

struct bl_builder_column {
    char *name;
    bool given;             /* the type is settled, by the format or by options->types */
    enum bl_type type;
    double fill;            /* cells that are not set; NaN: missing */
    char *fill_word;        /* the same for words; NULL: missing */
    double *number;         /* one of the two arrays exists: numbers until the first word */
    uint32_t *code;
    struct bl_names *names; /* of code */
    size_t numbers;         /* cells that were numbers */
    size_t odd_line, odd_column; /* the first word */
};

struct bl_builder {
    const struct bl_source *source;
    const struct bl_load_options *options;
    struct bl_builder_column *columns;
    size_t n_columns, columns_capacity;
    size_t n_rows, rows_capacity;
    struct bl_names *named;  /* names of the columns in order */
    double *markers;         /* missing markers that are numbers */
    size_t n_markers;
    size_t line, column;     /* where the reader is, for errors */
    bool types_checked;
};

bool bl_builder_open(struct bl_builder *b, const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err);
void bl_builder_close(struct bl_builder *b);
/* A new column at the end; earlier rows are missing there. A name that is taken gets a number and a
 * warning, an empty one becomes c1, c2 ... */
bool bl_builder_add(struct bl_builder *b, const char *name, size_t n, struct bl_error *err);
/* The same with its type, which options->types may still change. */
bool bl_builder_add_typed(struct bl_builder *b, const char *name, size_t n, enum bl_type type, struct bl_error *err);
size_t bl_builder_find(const struct bl_builder *b, const char *name, size_t n); /* SIZE_MAX: none */
/* Room for so many rows, where that is known; priced before it is taken. */
bool bl_builder_reserve(struct bl_builder *b, size_t rows, struct bl_error *err);
/* A row: begin, set cells, end. */
bool bl_builder_begin(struct bl_builder *b, struct bl_error *err);
bool bl_builder_number(struct bl_builder *b, size_t column, double x, struct bl_error *err);
bool bl_builder_word(struct bl_builder *b, size_t column, const char *s, size_t n, struct bl_error *err);
void bl_builder_end(struct bl_builder *b);
/* The table; an error when it has no rows or a column is not what options->types says. */
struct bl_table *bl_builder_finish(struct bl_builder *b, struct bl_error *err);

#endif
