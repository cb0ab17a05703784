/* What a preparation step is, and what fitting leaves behind. Private to the room.
 *
 * Fitting turns a list of steps into a list of features, each a chain of nodes: a node reads a
 * column of the table or maps the numbers of an earlier node, elementwise, with at most two
 * parameters. All of it is plain data: names and numbers, and the type of the step that a node
 * belongs to. */
#ifndef BATCHLAB_PREPARE_STEP_H
#define BATCHLAB_PREPARE_STEP_H

#include "batchlab/prepare.h"

#include <stdatomic.h>

#define BL_STEPS_MAX         64   /* steps of a recipe: a chain of nodes is never longer */
#define BL_BLOCK             256  /* rows that are mapped at a time */
#define BL_ONEHOT_LEVELS     1024 /* default limit of 0/1 columns for one category */
#define BL_ONEHOT_LEVELS_MAX 65536
#define BL_UNSEEN            (-1.0) /* a level of a category that the training rows did not have */

struct bl_step;
struct bl_fitter;

/* What a frame holds in a column. Texts and dates wait for a step that encodes them. */
enum bl_kind { BL_KIND_NUMBER, BL_KIND_CATEGORY, BL_KIND_TEXT, BL_KIND_DATE };
enum bl_kind bl_kind_of(enum bl_type type);

/* A column of the table that was read while fitting. Levels are those of the training rows, in
 * ascending order; a category is read as the index of its level here. */
struct bl_source {
    char *name;
    enum bl_type type;
    struct bl_names *levels; /* categories only */
    bool used;               /* some feature comes from it: the table must have it */
};

struct bl_node {
    const struct bl_step_type *type; /* NULL: reads source number `input` */
    size_t input;                    /* else: maps this earlier node */
    double params[2];
};

/* A column of the frame that steps turn into the next one. */
struct bl_frame_column {
    const char *name; /* "petal_length", "sex=male" */
    enum bl_kind kind;
    bool encoded; /* a 0/1 column of a category */
    size_t node, source;
    size_t missing; /* training rows without a value here */
    size_t levels;  /* categories that were too long for an encoder: how many levels, else 0 */
};

struct bl_step_fit {
    const char **columns;
    size_t n_columns, columns_capacity;
    struct bl_fitted *fitted;
    size_t n_fitted, fitted_capacity;
};

/* Everything that was fitted: never changes once made, so copies of a recipe share it. */
struct bl_fit {
    _Atomic size_t owners;
    struct bl_arena *texts;
    struct bl_source *sources;
    size_t n_sources;
    struct bl_node *nodes;
    size_t n_nodes, nodes_capacity;
    struct bl_frame_column *columns; /* the frame; in the end the features */
    size_t n_columns, columns_capacity;
    struct bl_step_fit *steps;
    size_t n_steps;
};

struct bl_step {
    const struct bl_step_type *type;
    struct bl_option *options; /* owned texts */
    size_t n_options;
    char **columns; /* as asked; none: every column that the step can take */
    size_t n_columns;
};

struct bl_recipe {
    struct bl_step *steps;
    size_t n_steps;
    struct bl_fit *fit; /* NULL: not fitted */
};

struct bl_step_key {
    const char *const *values;                              /* NULL-terminated; NULL: free */
    bool (*check)(const char *value, struct bl_error *err); /* NULL: anything */
};

struct bl_step_type {
    const char *name, *summary;
    const char *const *key_names;   /* NULL-terminated; NULL: none */
    const struct bl_step_key *keys; /* in the order of the names */
    /* Do the options go together? NULL: always. */
    bool (*check)(const struct bl_step *s, struct bl_error *err);
    /* Can the step work on this column? `asked`: it was named in columns=. */
    bool (*takes)(const struct bl_step *s, enum bl_kind kind, bool asked);
    /* Fits one column of the frame on its training values (nan: missing). NULL: nothing to fit. */
    bool (*fit)(struct bl_fitter *f, size_t column, const double *values, struct bl_error *err);
    /* The fitted map, in place. */
    void (*map)(const double params[2], double *x, size_t n);
    bool affine;     /* map is (x - params[0]) / params[1] */
    bool selects;    /* map is the 0/1 column of a level */
    bool fills;      /* map leaves no missing value behind */
    bool drops_rows; /* keeps only the rows that are complete in its columns */
};

/* ---- the table of steps -----------------------------------------------------------------------*/
extern const struct bl_step_type *const bl_steps[]; /* NULL-terminated */
const struct bl_step_type *bl_step_find(const char *name);
const char *bl_step_option(const struct bl_step *s, const char *key); /* NULL if not given */
/* Is the key one of the step's, and its value one that the key takes? */
bool bl_step_option_check(const struct bl_step_type *type, const struct bl_option *o,
                          struct bl_error *err);
/* "no WHAT 'word'", with the nearest of the names and all of them as hint. */
bool bl_fail_unknown(struct bl_error *err, const char *what, const char *word,
                     const char *const *names, size_t n);

/* ---- fitting
 * ------------------------------------------------------------------------------------*/
struct bl_fitter {
    struct bl_fit *fit; /* being made */
    const struct bl_step *step;
    size_t step_at;
    size_t n_rows; /* training rows */
    bool asked;    /* the column was named in columns= */
    struct bl_pool *pool;
    bool *gone; /* columns of the frame that the step consumed */
    struct bl_text constant,
        empty; /* names of columns, for warnings: only centred; without values */
};
/* The column's numbers go through the step's map from now on. */
bool bl_fitter_map(struct bl_fitter *f, size_t column, double p0, double p1, struct bl_error *err);
/* A new column at the end, named `column=level`, mapped from `column`. */
bool bl_fitter_append(struct bl_fitter *f, size_t column, const char *level, double p0,
                      struct bl_error *err);
/* The column leaves the frame when the step is done. */
void bl_fitter_remove(struct bl_fitter *f, size_t column);
/* One row of what was fitted. text NULL: the number counts. */
bool bl_fitter_note(struct bl_fitter *f, size_t column, const char *key, double number,
                    const char *text, struct bl_error *err);
void bl_fitter_list(struct bl_text *list, const char *name); /* "'a', 'b'" */

struct bl_level {
    double value;     /* as the frame holds it */
    size_t count;     /* training rows that have it */
    const char *text; /* categories: lent by the source; NULL for numbers */
    double number;    /* numbers */
};
/* Distinct present values in ascending order; caller frees *levels with bl_free. */
bool bl_distinct(const struct bl_fitter *f, size_t column, const double *x,
                 struct bl_level **levels, size_t *n, struct bl_error *err);
bool bl_grow(void **items, size_t *capacity, size_t count, size_t each, struct bl_error *err);

void bl_fit_release(struct bl_fit *f); /* one owner less; NULL is fine */

/* ---- replaying
 * ------------------------------------------------------------------------------------*/
struct bl_binding { /* the sources of a fit, found in a table */
    size_t n;
    const struct bl_column **columns;
    double **codes; /* categories: code of the table -> index of the level, BL_UNSEEN */
};
bool bl_bind(struct bl_binding *b, const struct bl_fit *f, const struct bl_table *t,
             struct bl_error *err);
void bl_unbind(struct bl_binding *b);
/* The numbers of a node for n rows (n <= BL_BLOCK). */
void bl_node_read(const struct bl_fit *f, const struct bl_binding *b, size_t node,
                  const uint32_t *rows, size_t n, double *out);

#endif
