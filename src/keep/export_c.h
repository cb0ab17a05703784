/* What the files of the C exporter share. Private to the room. In pieces of C, @ is the prefix of names, ^ the same in
 * capitals. */
#ifndef BATCHLAB_KEEP_EXPORT_C_H
#define BATCHLAB_KEEP_EXPORT_C_H

#include "src/keep/export.h"

struct bl_c { struct bl_text *out; const char *prefix; char capitals[40]; };
void bl_c_add(const struct bl_c *c, const char *piece);
void bl_c_number(struct bl_text *out, double x);              /* reads back as the same double */
void bl_c_string(struct bl_text *out, const char *text);      /* a literal, whatever the text holds; NULL: NULL */
void bl_c_numbers(const struct bl_c *c, const char *name, size_t number, const double *x, size_t n); /* static const double @_NAMEi[] */

bool bl_c_is_text(const struct bl_plan_source *s);            /* its cells are texts, not numbers */

enum bl_c_call { BL_C_X, BL_C_ONE, BL_C_PAIR, BL_C_LIST, BL_C_INPUTS, BL_C_INPUTS_LIST, BL_C_BUCKET, BL_C_TERM, BL_C_NEAREST };
struct bl_c_op { /* an operation of a recipe as a function of C */
    const char *name, *function;
    enum bl_c_call call;                          /* its arguments: the input(s), then numbers of the node */
    const char *body;
    size_t (*count)(const double *numbers, size_t n); /* how many of the numbers it reads; NULL: all */
};
const struct bl_c_op *bl_c_op(const char *name); /* NULL: unknown */

/* What operations share: functions and lists, and what has to be done with a row before them. */
bool bl_c_codecs(const struct bl_c *c, const struct bl_plan *p, struct bl_error *err);
void bl_c_codecs_row(const struct bl_c *c, const struct bl_plan *p);
void bl_c_codec_call(const struct bl_c *c, const struct bl_plan *p, const struct bl_plan_node *node, enum bl_c_call call);
bool bl_c_levels(const struct bl_c *c, const char *name, size_t number, const char *const *texts, size_t n, struct bl_error *err);

bool bl_c_recipe(const struct bl_c *c, const struct bl_plan *p, struct bl_error *err); /* @_features(row, x) */
bool bl_c_layers_known(const struct bl_plan *p, struct bl_error *err);                  /* else the layer is named */
void bl_c_model(const struct bl_c *c, const struct bl_plan *p);                        /* @_predict, @_class */

#endif
