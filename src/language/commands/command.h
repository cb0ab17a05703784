/* For the files of commands: a command is a static handler and one constant, bl_command_NAME, with one
 * line in command_list.h. A handler fills the object (bl_result_set) and what people see (lines,
 * grids, charts); everything else (words and keys checked, output chosen, errors shown) is done for it. */
#ifndef BATCHLAB_LANGUAGE_COMMAND_H
#define BATCHLAB_LANGUAGE_COMMAND_H

#include "src/language/private.h"

#define BL_COMMAND(name) extern const struct bl_command bl_command_##name;
#include "src/language/command_list.h"
#undef BL_COMMAND

#define BL_EXAMPLES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define BL_KEYS(...) ((const struct bl_key[]){__VA_ARGS__, {NULL, NULL, NULL}})
#define BL_WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The current table; NULL with "nothing is loaded". */
const struct bl_table *bl_current_table(struct bl_session *s, struct bl_error *err);
/* The column that a word names; points the caret at it on failure. */
bool bl_word_column(const struct bl_args *a, size_t i, const struct bl_table *t, size_t *at, struct bl_error *err);
/* The column that key= names; *at stays when the key is absent. */
bool bl_arg_column(const struct bl_args *a, const char *key, const struct bl_table *t, size_t *at, struct bl_error *err);
/* A file read with the types that the columns have in t; strict: numbers too, where a cell that is none is an error. */
struct bl_table *bl_load_like(struct bl_session *s, const struct bl_table *t, const char *path, bool strict, struct bl_warnings *warnings,
                              struct bl_error *err);
/* The groups of by= or, where the target has at most 7 classes, of the target; *groups NULL: none, also by
 * by=none. */
bool bl_class_groups(const struct bl_args *a, const struct bl_dataset *d, struct bl_groups **groups, struct bl_error *err);
/* The columns that words name (all numeric), else every numeric feature, with the target too where that is
 * asked for and numeric. At least one; caller frees. */
bool bl_numeric_features(const struct bl_args *a, const struct bl_dataset *d, bool target, size_t **columns, size_t *n,
                         struct bl_error *err);
/* Lines of a chart of so many bars with its title: no more than they need; 0 (as the terminal allows) for
 * many. */
int bl_bars_height(size_t n);
/* Appends to an object or array; a failure of memory is noted in the result. */
void bl_json_set(struct bl_result *r, json_t *object, const char *key, json_t *value);
void bl_json_append(struct bl_result *r, json_t *array, json_t *value);
/* A figure: null with KEY_reason when it is not finite. */
void bl_json_figure(struct bl_result *r, json_t *object, const char *key, double x, const char *reason);
json_t *bl_json_numbers(const double *x, size_t n);
/* "number", "class 3", "text", "date" */
const char *bl_column_kind(const struct bl_column *c, char *buffer, size_t size);
/* A number of a column: whole columns without decimals. */
void bl_grid_figure(struct bl_grid *g, const struct bl_column *c, double x);
/* dataset, rows, columns, target, task; two lines about its size and its target. */
void bl_result_dataset(struct bl_result *r, const struct bl_dataset *d);
/* names, rows (each a list of cells), rows_total and a grid of these rows; numbered: row_numbers too. */
void bl_result_rows(struct bl_result *r, const struct bl_table *t, const uint32_t *which, size_t n, bool numbered);
/* Takes over a table that was made out of the one of `from`, which may end by that, and makes it current, with target,
 * features, recipe and split as they were decided for `from`. command: what is noted as the way it was made. */
bool bl_dataset_follow(struct bl_session *s, struct bl_table *table, const struct bl_dataset *from, const char *command, struct bl_error *err);
/* New rows to go with those of t: a dataset that is loaded, else a file, read with the types that columns of the same name have
 * in t. What is no number where t has numbers is a warning, and that column is of another type then. Free it. */
struct bl_table *bl_other_table(struct bl_session *s, const struct bl_table *t, const char *source, struct bl_result *r, struct bl_error *err);
/* Whether name= is one that datasets may have. */
bool bl_arg_dataset_name(const struct bl_args *a, struct bl_error *err);
/* target, task, classes, positive, features of the current roles; "target species (3 classes)". */
void bl_result_roles(struct bl_result *r, const struct bl_dataset *d);
/* Sparse columns of a table, if it has any: the key "sparse". */
void bl_result_sparse(struct bl_result *r, const struct bl_table *t);
/* The cells of a row as "f3:1 f17:0.5 ...", at most `most` of them, the name of feature j by `name`. */
void bl_cells_text(struct bl_text *out, const struct bl_table *t, size_t row, size_t most);
void bl_roles_line(struct bl_result *r, const struct bl_dataset *d);

#endif
