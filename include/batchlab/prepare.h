/* prepare: from table to matrix. A recipe is a list of steps, fitted on the training rows only and
 * replayed on any rows; splits cut the rows; the design matrix is what training reads. */
#ifndef BATCHLAB_PREPARE_H
#define BATCHLAB_PREPARE_H

#include "batchlab/stats.h"

/* ---- choice of target and features ------------------------------------------------------------*/
struct bl_roles { /* what the columns of a table are used for */
    size_t target;              /* column, SIZE_MAX: none */
    enum bl_task task;
    size_t n_classes;           /* classification */
    char **classes;             /* labels, ascending */
    double *class_values;       /* numeric targets: the values; else NULL */
    size_t positive;            /* index of the positive class (two classes), default the set's own,
                                   else the last; SIZE_MAX without two classes */
    bool *feature;              /* n_columns: used as input */
    size_t n_columns;
    bool sparse;                /* the sparse columns of the table, if it has any, are used too */
    size_t weight;              /* column that says what each row counts; SIZE_MAX: all alike */
};
/* The last column; of those at the end that have neither a name (they are called c<number>) nor a value, as a delimiter
 * at the end of each line makes one, the one before them, if there is any. SIZE_MAX: there is no column. */
size_t bl_roles_last(const struct bl_table *t);
/* Hints at the last column that can be the target; false. */
bool bl_roles_hint(const struct bl_table *t, struct bl_error *err);
/* Default roles: target by name (NULL: the set's own, else bl_roles_last; no target where that is
 * text or a date), task by bl_table_task unless forced (task: -1 decide, else enum bl_task); all
 * other columns are features. *r is overwritten, and left empty on failure. */
bool bl_roles_choose(struct bl_roles *r, const struct bl_table *t, const char *target, int task,
                     const char *positive, struct bl_error *err);
/* Exactly these columns, or (n 0) all but the target. On failure nothing changes. */
bool bl_roles_features(struct bl_roles *r, const struct bl_table *t, const char *const *names, size_t n, struct bl_error *err);
bool bl_roles_drop(struct bl_roles *r, const struct bl_table *t, const char *const *names, size_t n, struct bl_error *err);
/* What each row counts is in this column of numbers, which is no feature any more; NULL: all count alike,
 * and the column is a feature again. On failure nothing changes. */
bool bl_roles_weigh(struct bl_roles *r, const struct bl_table *t, const char *column, struct bl_error *err);
bool bl_roles_copy(struct bl_roles *to, const struct bl_roles *from, struct bl_error *err);
void bl_roles_free(struct bl_roles *r);
/* The target of a row as the number that models learn: the value, or the number of its class, where
 * of two classes the positive one is always 1 (so 1 is `positive`, whichever index that has in
 * `classes`); nan where missing or of an unknown class. */
double bl_roles_y(const struct bl_roles *r, const struct bl_table *t, size_t row);
/* From the number of a class (a y, a column of probabilities) to its index in `classes`, and back:
 * they differ only where positive= chose the first of two classes. */
size_t bl_roles_class(const struct bl_roles *r, size_t y);
const char *bl_roles_label(const struct bl_roles *r, size_t y); /* classes[bl_roles_class(r, y)], lent */

/* ---- split ------------------------------------------------------------------------------------*/
enum bl_part { BL_TRAIN, BL_VALIDATION, BL_TEST, BL_PARTS };
struct bl_split { /* row numbers of the table, ascending inside each part (order of the file) */
    uint32_t *rows[BL_PARTS];
    size_t n[BL_PARTS];
    uint64_t seed;
    double percent[BL_PARTS]; /* as asked */
    bool stratified;
};
enum bl_split_kind {
    BL_SPLIT_RANDOM, /* by the seed, stratified or not */
    BL_SPLIT_TIME,   /* the first rows train, the last test: by a column of numbers or dates
                        (SIZE_MAX: the order of the file) */
    BL_SPLIT_GROUPS, /* by the seed; the rows of a group (equal values of a column) stay together */
    BL_SPLIT_COLUMN  /* a column says train, validation or test */
};
enum bl_balance { BL_BALANCE_NONE, BL_BALANCE_OVER, BL_BALANCE_UNDER };
struct bl_split_how { enum bl_split_kind kind; size_t column; enum bl_balance balance; };
/* Random split of `rows` (ascending row numbers) by percentages that sum to 100 (or weights that are
 * scaled), drawn from (seed, BL_FOR_SPLIT). stratify: class shares kept in each part (largest
 * remainders), needs roles->task classification. 100 0 0 is allowed; a part asked for above 0 that
 * would get no row is an error that says so. Stratified, every class has a row in training. *s is
 * overwritten, and left empty on failure. */
bool bl_split_draw(struct bl_split *s, const struct bl_table *t, const struct bl_roles *roles,
                   const uint32_t *rows, size_t n_rows, const double percent[BL_PARTS], bool stratify,
                   uint64_t seed, struct bl_error *err);
/* The same in any of the ways (percent says nothing where a column does), and with balance the training rows drawn anew (BL_FOR_SAMPLE): over:
 * rows of the smaller classes are repeated until all classes are as large as the largest; under: each
 * class keeps as many rows as the smallest has. */
bool bl_split_rows(struct bl_split *s, const struct bl_table *t, const struct bl_roles *roles,
                   const uint32_t *rows, size_t n_rows, const double percent[BL_PARTS], bool stratify,
                   uint64_t seed, struct bl_split_how how, struct bl_error *err);
void bl_split_free(struct bl_split *s);

/* ---- samples ----------------------------------------------------------------------------------*/
enum bl_sample_kind { BL_SAMPLE_SIMPLE, BL_SAMPLE_STRATIFIED, BL_SAMPLE_WEIGHTED, BL_SAMPLE_BOOTSTRAP };
struct bl_sample_how { enum bl_sample_kind kind; size_t column; /* of strata or weights */ uint64_t seed; };
/* n rows of the table, ascending, drawn from (seed, BL_FOR_SAMPLE): all alike; with the shares of the groups
 * that a column makes; by a column of weights; with repeats. Caller frees *rows with bl_free. */
bool bl_sample_rows(const struct bl_table *t, const struct bl_sample_how *how, size_t n, uint32_t **rows, struct bl_error *err);
/* A table of its own of these rows (repeats allowed), with the columns and the own target of t. */
struct bl_table *bl_sample_table(const struct bl_table *t, const uint32_t *rows, size_t n, const char *name, struct bl_error *err);

/* ---- recipe -----------------------------------------------------------------------------------*/
struct bl_recipe;
struct bl_recipe *bl_recipe_create(void); /* empty: numeric columns as they are */
struct bl_recipe *bl_recipe_copy(const struct bl_recipe *r);
void bl_recipe_free(struct bl_recipe *r);
/* The default recipe: impute (mean, most frequent), one-hot for categories of at most 64 levels,
 * standardize. */
struct bl_recipe *bl_recipe_default(struct bl_error *err);
/* That for a table: sparse columns are scaled by their largest absolute value (maxabs) and not centred,
 * so that 0 stays 0. */
struct bl_recipe *bl_recipe_default_for(const struct bl_table *t, struct bl_error *err);
/* Appends a step by name with key=value options ("method" "median") and columns (n 0: every
 * column that the step can take). Unknown step, key or value: an error with the nearest name. */
struct bl_option { const char *key, *value; };
/* The word "none" empties the recipe. */
bool bl_recipe_add(struct bl_recipe *r, const char *step, const struct bl_option *options, size_t n_options,
                   const char *const *columns, size_t n_columns, struct bl_error *err);
size_t bl_recipe_steps(const struct bl_recipe *r);
bool bl_recipe_undo(struct bl_recipe *r); /* takes the last step back; false if empty */

/* One step for display and JSON: its name, the columns it works on, and what was fitted as rows of
 * (column, key, value) triples, in order. Lent until the recipe changes. */
struct bl_fitted { const char *column, *key; double number; const char *text; /* text wins if set */ };
struct bl_step_view {
    const char *step;
    const struct bl_option *options; size_t n_options;
    const char *const *columns; size_t n_columns;
    const struct bl_fitted *fitted; size_t n_fitted;
};
void bl_recipe_view(const struct bl_recipe *r, size_t step, struct bl_step_view *out);

/* Which rows may be used at all: rows whose target is present (when there is a target) and, when
 * the recipe has the step `complete`, that are complete in features (or its columns=; what an
 * earlier step fills counts as present) and target. No row at all is an error. Ascending; caller
 * frees *rows with bl_free. */
bool bl_recipe_rows(const struct bl_recipe *r, const struct bl_table *t, const struct bl_roles *roles,
                    uint32_t **rows, size_t *n, struct bl_error *err);
/* Fits every step on the given (training) rows, one after the other. What no step encodes is left
 * out, with a warning naming it. A feature that still misses values is an error with its column.
 * Warnings may be NULL. On failure an earlier fit stays as it was. */
bool bl_recipe_fit(struct bl_recipe *r, const struct bl_table *t, const struct bl_roles *roles,
                   const uint32_t *rows, size_t n, struct bl_pool *pool, struct bl_warnings *warnings, struct bl_error *err);
/* Fitting and applying this recipe (not its copies) tells `progress` and ends with BL_STOPPED at its
 * stop; NULL: nobody watches. It must last as long as the recipe, or until it is taken away. */
void bl_recipe_watch(struct bl_recipe *r, struct bl_progress *progress);
bool bl_recipe_fitted(const struct bl_recipe *r);
/* Names of the features that come out, valid after fitting. */
size_t bl_recipe_features(const struct bl_recipe *r);
const char *bl_recipe_feature(const struct bl_recipe *r, size_t j);
/* Will the matrix hold compressed rows? The sparse columns of a table always do; else the last step with sparse=yes or no
 * decides, or where no step says so (fitted): more than 1000 features, and of up to 32 blocks of 256 training rows, evenly
 * spaced, more than three cells in four are 0. The cells are those of the matrix written out, to the bit. */
bool bl_recipe_compressed(const struct bl_recipe *r);
/* For each feature that is an affine map of a column of the table, or of the 0/1 column of a level,
 * value = (x - shift) / scale, so that `params scale=original` can undo it; false where it is not. */
bool bl_recipe_affine(const struct bl_recipe *r, size_t j, double *shift, double *scale);

/* A fitted recipe as text (JSON) and the numbers that the text counts off, so that it can be kept in a file
 * and made again, to the bit, without the data. Refused: recipes that are not fitted, names that are not UTF-8. */
struct bl_stored { char *text; double *numbers; size_t n_numbers; bool shares; /* nodes share words or numbers, or columns are sparse */ };
bool bl_recipe_store(const struct bl_recipe *r, struct bl_stored *out, struct bl_error *err);
void bl_stored_free(struct bl_stored *s);
/* The recipe again; everything is checked, nothing that the text says is believed. NULL: BL_DATA. */
struct bl_recipe *bl_recipe_restore(const char *text, const double *numbers, size_t n_numbers, struct bl_error *err);
/* The columns that a fitted recipe reads from a table: i from 0; false behind the last. */
bool bl_recipe_reads(const struct bl_recipe *r, size_t i, const char **name, enum bl_type *type);
/* How many of its features are sparse columns (the last ones), which are called from f<first> on. */
size_t bl_recipe_sparse(const struct bl_recipe *r, int64_t *first);
/* Of how many: more where a step selected some of them. */
size_t bl_recipe_sparse_of(const struct bl_recipe *r);

/* ---- the design matrix ------------------------------------------------------------------------*/
struct bl_matrix { /* row-major, 64-byte aligned, no padding between rows, no intercept column */
    size_t n_rows, n_features;
    double *x;          /* n_rows × n_features; NULL where the matrix is sparse: then */
    struct bl_sparse *sparse, *by_column; /* its rows, and the same cells by column (`column` is a row there) */
    double *y;          /* n_rows: value or number of the class (bl_roles_y), nan where missing; NULL without target */
    uint32_t *row;      /* n_rows: row number in the table (0-based) */
    double *weight;     /* n_rows: what each row counts, 0 or more, in any unit; NULL: all alike */
};
/* Applies a fitted recipe to rows of a table (the one it was fitted on or another with the same
 * columns, found by name; `roles` are those of that table, NULL: no y). Missing or unfitting values:
 * an error with column and row. The price is checked against bl_memory_limit before anything is
 * taken. A level that the training rows did not have is zero in all columns of its category. */
struct bl_matrix *bl_recipe_apply(const struct bl_recipe *r, const struct bl_table *t, const struct bl_roles *roles,
                                  const uint32_t *rows, size_t n, struct bl_pool *pool, struct bl_error *err);
/* Warns where rows have levels of a category that the training rows did not have, with their number
 * and the first of them. what: "validation rows". */
void bl_recipe_unseen(const struct bl_recipe *r, const struct bl_table *t, const uint32_t *rows, size_t n,
                      const char *what, struct bl_warnings *warnings);
/* The same, but a value that is missing and that no step fills is nan: such rows can not be trained
 * on, and what is said of them is nothing. */
struct bl_matrix *bl_recipe_apply_gaps(const struct bl_recipe *r, const struct bl_table *t, const struct bl_roles *roles,
                                       const uint32_t *rows, size_t n, struct bl_pool *pool, struct bl_error *err);
struct bl_matrix *bl_matrix_create(size_t n_rows, size_t n_features, bool with_y, struct bl_error *err);
/* Takes the rows over, also on failure. */
struct bl_matrix *bl_matrix_create_sparse(struct bl_sparse *rows, bool with_y, struct bl_error *err);
/* A matrix of these rows of another, with their y, numbers and weights. */
struct bl_matrix *bl_matrix_rows(const struct bl_matrix *m, const uint32_t *rows, size_t n, struct bl_error *err);
double bl_matrix_at(const struct bl_matrix *m, size_t row, size_t feature);
void bl_matrix_free(struct bl_matrix *m);
/* Features that tell the target of these (training) rows exactly, so that a model that uses them learns nothing else. Numbers
 * (n_classes 0): one that is the target but for scale and shift, else the few of which it is a sum with weights (all but 1e-12 of its
 * variance, on every row; least squares on a sample of them says which). Classes: those that have one value in each class, not the same in all. That
 * classes can be separated is no reason. n 0: there are none; the matrix is compressed, or has too few rows or too many features to say. */
#define BL_TELLTALES 8
struct bl_telltale { size_t n, feature[BL_TELLTALES + 1]; bool alone; /* each of them by itself */ };
void bl_telltale_of(const struct bl_matrix *m, size_t n_classes, struct bl_telltale *out);

/* ---- steps: adding one is one file and one line in the table ------------------------------------*/
extern const char *const bl_step_names[]; /* NULL-terminated, for completion and help */
const char *bl_step_summary(const char *step);
/* Keys of a step, for completion: "method", ...; NULL-terminated; values of a key likewise. */
const char *const *bl_step_keys(const char *step);
const char *const *bl_step_values(const char *step, const char *key);

#endif
