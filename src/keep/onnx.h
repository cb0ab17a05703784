/* A graph of ONNX being made: a tensor is a number here, and a name in the file. Field numbers are those of onnx.proto
 * (ONNX 1.12, IR version 7); operators those of ai.onnx 13 and ai.onnx.ml 2. Tensors are rows x columns. Private to
 * the room. */
#ifndef BATCHLAB_KEEP_ONNX_H
#define BATCHLAB_KEEP_ONNX_H

#include "src/keep/export.h"
#include "src/keep/protobuf.h"

enum bl_onnx_type { BL_ONNX_FLOAT = 1, BL_ONNX_INT64 = 7, BL_ONNX_STRING = 8, BL_ONNX_BOOL = 9, BL_ONNX_DOUBLE = 11 };
#define BL_ONNX_ML "ai.onnx.ml"
#define BL_ONNX_COLUMN (SIZE_MAX / 2) /* + j: the tensor of column j, which is named like the column */

struct bl_onnx {
    const struct bl_plan *plan;
    enum bl_onnx_type real;  /* of numbers */
    struct bl_text nodes, tensors, inputs, outputs;
    char lead[64];           /* begins the names of tensors; no column's name begins so */
    size_t n;                /* tensors so far */
};
void bl_onnx_begin(struct bl_onnx *g, const struct bl_plan *plan, bool single);
void bl_onnx_free(struct bl_onnx *g);
/* The whole model. */
void bl_onnx_end(struct bl_onnx *g, struct bl_text *out);

/* An operator over tensors; `attributes` is taken over, NULL: none. Its tensor. */
size_t bl_onnx_node(struct bl_onnx *g, const char *domain, const char *op, const size_t *in, size_t n, struct bl_text *attributes);
size_t bl_onnx_op1(struct bl_onnx *g, const char *op, size_t a);
size_t bl_onnx_op2(struct bl_onnx *g, const char *op, size_t a, size_t b);
size_t bl_onnx_op3(struct bl_onnx *g, const char *op, size_t a, size_t b, size_t c);
void bl_onnx_int(struct bl_text *attributes, const char *name, int64_t value);
void bl_onnx_ints(struct bl_text *attributes, const char *name, const int64_t *values, size_t n);
void bl_onnx_string(struct bl_text *attributes, const char *name, const char *value);
void bl_onnx_strings(struct bl_text *attributes, const char *name, const char *const *values, size_t n);

/* Constants: reals of rows x columns (rows 0: one dimension), one real as 1 x 1, whole numbers of one dimension. */
size_t bl_onnx_reals(struct bl_onnx *g, const double *x, size_t rows, size_t columns);
size_t bl_onnx_real(struct bl_onnx *g, double x);
size_t bl_onnx_wholes(struct bl_onnx *g, const int64_t *x, size_t n);
size_t bl_onnx_cast(struct bl_onnx *g, size_t a, enum bl_onnx_type type);
size_t bl_onnx_concat(struct bl_onnx *g, const size_t *in, size_t n);  /* side by side */
size_t bl_onnx_sum(struct bl_onnx *g, size_t a);                       /* of a row: rows x 1 */
size_t bl_onnx_mean(struct bl_onnx *g, size_t a);
size_t bl_onnx_pick(struct bl_onnx *g, size_t a, const int64_t *columns, size_t n);
/* Usual formulas: a op b, b a constant. */
size_t bl_onnx_with(struct bl_onnx *g, const char *op, size_t a, double b);

void bl_onnx_input(struct bl_onnx *g, size_t column, enum bl_onnx_type type);
/* The tensor leaves the graph under this name, which grows underscores where a column has it. */
void bl_onnx_output(struct bl_onnx *g, size_t tensor, const char *name, enum bl_onnx_type type, size_t columns /* 0: one dimension */);

/* onnx_recipe.c: the features of a row. SIZE_MAX: an operation that is not known, or no memory. */
size_t bl_onnx_features(struct bl_onnx *g, struct bl_error *err);
/* onnx_model.c: from there to what is predicted. */
bool bl_onnx_model(struct bl_onnx *g, size_t features, struct bl_error *err);

struct bl_onnx_op { /* an operation of a recipe */
    const char *name;
    /* How many columns one call makes: those with one list of numbers each are made one by one, others all together as
     * long as they stand beside one another. */
    bool single;
    /* x: the inputs, as many columns as nodes, or one column that all of them read. */
    size_t (*emit)(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x);
};
const struct bl_onnx_op *bl_onnx_op_find(const char *name); /* NULL: unknown */
size_t bl_onnx_where_present(struct bl_onnx *g, size_t x, size_t then); /* `then`, but nan where x is */
size_t bl_onnx_date(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x);
size_t bl_onnx_quantile(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x);
size_t bl_onnx_spline(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x);

#endif
