/* What a preparation step is, and what fitting leaves behind. Private to the room.
 *
 * Fitting turns a list of steps into a list of features, each the end of a net of nodes: a node
 * reads a column of the table, maps the numbers of one earlier node elementwise, or combines those
 * of several. All of it is plain data: names, numbers, and the operation that a node belongs to.
 * Nodes stand in the order in which they were made, so inputs always come first. */
#ifndef BATCHLAB_PREPARE_STEP_H
#define BATCHLAB_PREPARE_STEP_H

#include "batchlab/prepare.h"

#include <stdatomic.h>

#define BL_STEPS_MAX         64   /* steps of a recipe */
#define BL_MADE_MAX          100000 /* columns that one step may make */
#define BL_BLOCK             256  /* rows that are mapped at a time */
#define BL_ONEHOT_LEVELS     1024 /* default limit of 0/1 columns for one category */
#define BL_ONEHOT_LEVELS_MAX 65536
/* A category is read as the index of its level; a level that the training rows did not have, and
 * every text, as -1 - its code in the table. */
#define BL_UNSEEN(code) (-1.0 - (double)(code))
#define BL_NO_SLOT      SIZE_MAX

struct bl_step;
struct bl_fitter;
struct bl_fit;
struct bl_binding;
struct bl_scratches;
struct bl_codec;
struct bl_codec_type;
struct bl_thin;

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
    const struct bl_op *op;   /* NULL: reads source number `input` */
    size_t input;             /* the earlier node that it maps; the first of several */
    const size_t *inputs;     /* n_inputs of them, where it combines */
    size_t n_inputs;
    const double *params;     /* their meaning is the operation's; lent by the fit */
    size_t n_params;
    const struct bl_codec *codec; /* what it shares with others, or NULL */
    size_t slot;              /* where its numbers of a block are kept for others; BL_NO_SLOT */
    size_t readers;           /* nodes that read it */
};

struct bl_inputs { /* of one block of rows */
    const double *const *x; /* those of each input */
    size_t n;
    const uint32_t *rows;
    const uint32_t *rank; /* place of each row of the table among the training rows, UINT32_MAX: none;
                             NULL: not the table that was fitted on */
    const void *bound;    /* what the codec made of this table */
};

struct bl_cell {
    uint32_t key;
    double value;
};

/* The training values of a column: n of them, and `zeros` more that are 0. Values are missing (nan) only where zeros is 0. */
struct bl_values {
    const double *x;
    size_t n, zeros;
    const struct bl_cell *cells; /* their `key`, ascending, is the training row of each; NULL: x holds all rows */
};

/* What a node does with numbers. One of the two functions. */
struct bl_op {
    const char *name; /* "impute", "impute.indicator" */
    void (*map)(const double *params, double *x, size_t n); /* in place */
    void (*combine)(const struct bl_node *node, const struct bl_inputs *in, double *out);
    bool affine;  /* map is (x - params[0]) / params[1] */
    bool selects; /* map is the 0/1 column of a level */
    bool one_of;  /* and that level is params[0]: of nodes that differ in it one at most is 1 */
    /* A node that is 0 in nearly all rows, one of many over the same input and codec that differ in params[0]: the keys
     * of those that are not 0 where the input is x, ascending, with their values. Lent by the codec. */
    const struct bl_cell *(*cells)(const void *bound, double x, size_t *n);
    bool fills;   /* map leaves no missing value behind */
    bool unseen;  /* knows what to do with levels that the training rows did not have */
    /* Can a node with these n parameters and so many inputs be computed? Asked before one is kept in a file
     * and when it comes back from one. NULL: nodes of this kind can not be kept. */
    bool (*good)(const double *params, size_t n, size_t inputs);
    const struct bl_codec_type *codec; /* of what its nodes share; NULL: they share nothing */
    /* Does what is shared hold what such a node asks of it? Asked with `good`, of nodes that share. */
    bool (*finds)(const struct bl_codec *c, const double *params, size_t inputs);
};

/* store.c: usual answers of bl_op.good */
bool bl_good_any(const double *params, size_t n, size_t inputs);    /* parameters are not looked at */
bool bl_good_one(const double *params, size_t n, size_t inputs);    /* at least one, finite */
bool bl_good_pair(const double *params, size_t n, size_t inputs);   /* at least two, no nan */
bool bl_good_affine(const double *params, size_t n, size_t inputs); /* shift and scale, which is not 0 */
bool bl_good_list(const double *params, size_t n, size_t inputs);   /* how many, and so many numbers */

/* Can the node be computed with these numbers and what it shares? */
bool bl_node_good(const struct bl_node *node, const double *params, size_t n_params);

/* What several nodes of a step share: numbers and names, and what is made of them for the levels of
 * the table that is read (a dictionary of tokens, the buckets of a hash). */
struct bl_codec {
    const struct bl_codec_type *type;
    size_t number; /* its place in the fit */
    size_t source; /* whose levels it reads */
    struct bl_names *names;
    double *numbers;
    size_t n_numbers;
};
struct bl_codec_type {
    const char *name; /* in files */
    /* Can its nodes be computed with these names and numbers? Asked before it is kept in a file and when
     * it comes back from one; `s` is the source that it reads. */
    bool (*good)(const struct bl_codec *c, const struct bl_source *s);
    void *(*bind)(const struct bl_codec *c, const struct bl_source *s, const struct bl_column *column,
                  struct bl_error *err);
    void (*unbind)(void *bound);
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
    struct bl_codec **codecs;
    size_t n_codecs, codecs_capacity;
    struct bl_fit_sparse { /* the sparse columns of the table: features after those of the frame */
        size_t n;             /* 0: none */
        int64_t first;        /* the first of the table is called f<first> */
        size_t of;            /* so many there were when it was fitted */
        uint32_t *place;      /* one more than which of the n each of them is, 0: left out; NULL: n are all of them */
        const char **names;   /* of the n */
        double *scale;        /* what each is divided by; NULL: 1 */
    } sparse;
    bool compressed;        /* the matrix holds compressed rows; see compress.c */
    size_t n_slots, widest; /* nodes that are kept for others; most inputs of one */
    struct bl_table *table; /* only with `rank`: the table that was fitted on */
    uint32_t *rank;         /* see bl_inputs; NULL where no step asks for it */
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
    struct bl_progress *progress; /* see bl_recipe_watch; NULL: nobody watches */
};

enum bl_key_kind { BL_KEY_FREE, BL_KEY_NUMBER, BL_KEY_WHOLE };
struct bl_step_key {
    const char *const *values; /* NULL-terminated; NULL: free */
    enum bl_key_kind kind;
    double min, max;                                        /* of numbers */
    bool (*check)(const char *value, struct bl_error *err); /* NULL: anything */
};

struct bl_step_type {
    const char *name, *summary;
    const char *const *key_names;   /* NULL-terminated; NULL: none */
    const struct bl_step_key *keys; /* in the order of the names */
    const struct bl_op *ops[4];     /* the first is what bl_fitter_map adds */
    /* Do the options go together? NULL: always. */
    bool (*check)(const struct bl_step *s, struct bl_error *err);
    /* Can the step work on this column? `asked`: it was named in columns=. */
    bool (*takes)(const struct bl_step *s, enum bl_kind kind, bool asked);
    /* Fits one column of the frame on its training values (nan: missing). NULL: nothing to fit. */
    bool (*fit)(struct bl_fitter *f, size_t column, const double *values, struct bl_error *err);
    /* The same for steps that look at the values alone, in any order: of a column that is 0 in nearly all rows only the
     * other values are written out. */
    bool (*fit_values)(struct bl_fitter *f, size_t column, const struct bl_values *v, struct bl_error *err);
    /* Or all of its columns together (bl_fitter_read gives their values). */
    bool (*fit_all)(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err);
    /* The same for the sparse columns, all of them together; NULL with keeps_zeros: they stay as they are.
     * Other steps that take numbers would fill them up, and are refused. */
    bool (*fit_sparse)(struct bl_fitter *f, struct bl_error *err);
    bool keeps_zeros;
    bool fills;      /* what it works on has no missing value afterwards */
    bool drops_rows; /* keeps only the rows that are complete in its columns */
};

/* ---- the table of steps -----------------------------------------------------------------------*/
extern const struct bl_step_type *const bl_steps[]; /* NULL-terminated */
const struct bl_step_type *bl_step_find(const char *name);
const char *bl_step_option(const struct bl_step *s, const char *key); /* NULL if not given */
extern const char *const bl_yes_no[]; /* values of a key */
bool bl_step_is(const struct bl_step *s, const char *key, const char *value);
double bl_step_number(const struct bl_step *s, const char *key, double otherwise);
bool bl_step_yes(const struct bl_step *s, const char *key, bool otherwise);
/* "no" for everything but numbers, and the other usual answers of bl_step_type.takes. */
bool bl_takes_numbers(const struct bl_step *s, enum bl_kind kind, bool asked);
bool bl_takes_categories(const struct bl_step *s, enum bl_kind kind, bool asked);
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
    struct bl_progress *progress;
    bool *gone; /* columns of the frame that the step consumed */
    size_t filled; /* of its columns, those that were 0 in nearly all rows and are not any more */
    size_t written; /* and those that it wrote out for a while */
    /* Names of columns, for warnings: only centred; with quartiles that meet; without values. */
    struct bl_text constant, flat, empty;
    struct bl_text drop; /* the command that leaves the empty ones out */
    size_t n_empty;
    const struct bl_table *table;
    const struct bl_roles *roles;
    const uint32_t *rows;
    struct bl_binding *binding;
    struct bl_scratches *scratches;
    struct bl_thin *thin; /* thin.c */
    struct bl_warnings *warnings;
};
/* The column's numbers go through the step's map from now on. */
bool bl_fitter_map(struct bl_fitter *f, size_t column, double p0, double p1, struct bl_error *err);
/* The same with any number of parameters (copied). */
bool bl_fitter_map_n(struct bl_fitter *f, size_t column, const struct bl_op *op,
                     const double *params, size_t n_params, struct bl_error *err);
/* A new column at the end, named `column=level`, mapped from `column`. */
bool bl_fitter_append(struct bl_fitter *f, size_t column, const char *level, double p0,
                      struct bl_error *err);
/* A node over nodes of the frame's columns: inputs and parameters are copied. Its number, or
 * SIZE_MAX. */
size_t bl_fitter_node(struct bl_fitter *f, const struct bl_op *op, const size_t *columns, size_t n,
                      const double *params, size_t n_params, const struct bl_codec *codec,
                      struct bl_error *err);
/* A new column of numbers at the end of the frame that comes from a node; `like` is the column whose
 * source is named in messages. It has `missing` training rows without a value. */
bool bl_fitter_column(struct bl_fitter *f, const char *name, size_t node, size_t like,
                      size_t missing, struct bl_error *err);
/* An empty codec of the fit; fill it, then bind it. */
struct bl_codec *bl_fitter_codec(struct bl_fitter *f, const struct bl_codec_type *type,
                                 size_t column, struct bl_error *err);
bool bl_fitter_bind(struct bl_fitter *f, struct bl_error *err);
/* From now on nodes are told which rows are training rows. */
bool bl_fitter_rank(struct bl_fitter *f, struct bl_error *err);
/* The training values of a column. */
bool bl_fitter_read(struct bl_fitter *f, size_t column, double *out, struct bl_error *err);
bool bl_fitter_read_node(struct bl_fitter *f, size_t node, double *out, struct bl_error *err);
/* thin.c: the same where it is one of thousands that share an input, read from lists of rows; else *done is false. */
bool bl_fitter_read_thin(struct bl_fitter *f, size_t column, double *out, bool *done, struct bl_error *err);
/* Or those of any column, short where they can be; `work` has room for n_rows and holds them. */
bool bl_fitter_values(struct bl_fitter *f, size_t column, double *work, struct bl_values *out, struct bl_error *err);
size_t bl_values_row(const struct bl_values *v, size_t i); /* the training row of x[i] */
struct bl_moments bl_values_moments(const struct bl_values *v, struct bl_pool *pool);
bool bl_values_quantiles(const struct bl_values *v, const double *qs, size_t n_qs, double *out, struct bl_pool *pool, struct bl_error *err);
void bl_thin_free(struct bl_thin *t);
bool bl_fitter_whole(const struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err); /* no gaps? Else refused */
/* Those of several, one after the other (n_rows each), with no gap allowed: a refusal names the
 * column and the way out. Caller frees. */
/* Is there memory for n columns, and so many numbers more? */
bool bl_fitter_afford(const struct bl_fitter *f, size_t n, double more, struct bl_error *err);
size_t bl_fitter_thin(const struct bl_fitter *f, const size_t *columns, size_t n); /* how many are 0 in nearly all rows */
double *bl_fitter_block(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err);
bool bl_fitter_note_all(struct bl_fitter *f, const char *key, double number, const char *text,
                        struct bl_error *err); /* of no column */
bool bl_fitter_too_many(struct bl_fitter *f, double columns, const char *hint, struct bl_error *err);
/* The column leaves the frame when the step is done. */
void bl_fitter_remove(struct bl_fitter *f, size_t column);
/* One row of what was fitted. text NULL: the number counts. */
bool bl_fitter_note(struct bl_fitter *f, size_t column, const char *key, double number,
                    const char *text, struct bl_error *err);
void bl_fitter_list(struct bl_text *list, const char *name); /* "'a', 'b'" */
void bl_fitter_empty(struct bl_fitter *f, const char *name); /* of no value: for the warning at the end of the step */

struct bl_level {
    double value;     /* as the frame holds it */
    size_t count;     /* training rows that have it */
    const char *text; /* categories: lent by the source; NULL for numbers */
    double number;    /* numbers */
};
/* Distinct present values in ascending order; caller frees *levels with bl_free. */
bool bl_distinct(const struct bl_fitter *f, size_t column, const double *x, size_t rows,
                 struct bl_level **levels, size_t *n, struct bl_error *err);
bool bl_grow(void **items, size_t *capacity, size_t count, size_t each, struct bl_error *err);

void bl_fit_release(struct bl_fit *f); /* one owner less; NULL is fine */
/* Adds a node (parameters and inputs are copied), or a column to the frame. */
bool bl_fit_node(struct bl_fit *f, struct bl_node node, const double *params, size_t n_params,
                 struct bl_error *err);
bool bl_fit_column(struct bl_fit *f, const struct bl_frame_column *column, struct bl_error *err);

/* Another codec, empty, that reads the levels of a source. */
struct bl_codec *bl_fit_codec(struct bl_fit *f, const struct bl_codec_type *type, size_t source, struct bl_error *err);

bool bl_fit_mark_used(struct bl_fit *f, struct bl_error *err); /* which sources the features need */

/* sparse.c */
bool bl_fit_take_sparse(struct bl_fit *f, const struct bl_table *t, struct bl_error *err);
bool bl_fit_name_sparse(struct bl_fit *f, size_t n, int64_t first, struct bl_error *err); /* n of them, from f<first> */
const char *bl_fit_sparse_name(struct bl_fit *f, int64_t index); /* "f<index>", kept by the fit; NULL on no memory */
size_t bl_fit_sparse_at(const struct bl_fit_sparse *s, int64_t column); /* which of the n it is, from 0; SIZE_MAX: none */
/* Only those with keep[j] stay. */
bool bl_fit_sparse_keep(struct bl_fit *f, const bool *keep, struct bl_error *err);
bool bl_fitter_sparse(struct bl_fitter *f, struct bl_error *err); /* one step */
/* The cells of the training rows by column, as they are scaled up to now: those of column j are cells[start[j]] up to
 * cells[start[j + 1]], by ascending `key`, the training row. */
struct bl_turned { size_t *start; struct bl_cell *cells; };
bool bl_fitter_turn(const struct bl_fitter *f, struct bl_turned *out, struct bl_error *err);
void bl_turned_free(struct bl_turned *t);
struct bl_matrix *bl_fit_apply_sparse(const struct bl_fit *f, const struct bl_table *t, struct bl_matrix *frame, struct bl_error *err);

/* compress.c: features that are 0 in nearly all rows */
struct bl_compress {
    const struct bl_fit *fit;
    const struct bl_binding *binding;
    struct bl_scratches *scratches;
    const uint32_t *rows;
    size_t n_rows;
    struct bl_pool *pool;
    struct bl_progress *progress;
};
/* Shall the matrix hold compressed rows? As the steps ask for (sparse=yes, no), else by its width and by how much of it is
 * 0 in the training rows. Sets fit->compressed. */
bool bl_fitter_compress(struct bl_fitter *f, const struct bl_recipe *r, struct bl_error *err);
/* The features of the frame in these rows; of what is 0 nothing is ever written out. */
struct bl_sparse *bl_compress(const struct bl_compress *c, struct bl_error *err);
/* Does the node, perhaps mapped on, come from one of many that share an input (bl_op.one_of, cells)? *base is that one. */
bool bl_node_base(const struct bl_fit *f, size_t node, size_t *base);
/* The same, and 0 in nearly all rows still: what it is mapped by leaves 0 alone. */
bool bl_node_thin(const struct bl_fit *f, size_t node, size_t *base);
extern const char *const bl_sparse_words[]; /* values of the key sparse= */

/* ---- replaying
 * ------------------------------------------------------------------------------------*/
struct bl_binding { /* the sources of a fit, found in a table */
    size_t n;
    const struct bl_column **columns;
    double **codes; /* categories and texts: code of the table -> number that nodes read */
    size_t n_bound;
    void **bound;   /* what each codec made of the table */
    const uint32_t *rank; /* see bl_inputs */
};
bool bl_bind(struct bl_binding *b, const struct bl_fit *f, const struct bl_table *t,
             struct bl_error *err);
bool bl_bind_codecs(struct bl_binding *b, const struct bl_fit *f, struct bl_error *err);
void bl_unbind(struct bl_binding *b, const struct bl_fit *f);

/* The numbers of kept nodes, one set for each thread. */
struct bl_scratch {
    double *slots;
    uint64_t *holds; /* which block each slot holds, from 1 */
    const double **in;
};
struct bl_scratches {
    size_t n, n_slots, widest;
    struct bl_scratch *items;
};
/* As many as the pool has threads, large enough for the fit as it is now. */
bool bl_scratches_fit(struct bl_scratches *s, const struct bl_fit *f, struct bl_pool *pool,
                      struct bl_error *err);
void bl_scratches_free(struct bl_scratches *s);

struct bl_block { /* up to BL_BLOCK rows */
    const struct bl_fit *fit;
    const struct bl_binding *binding;
    struct bl_scratch *scratch;
    const uint32_t *rows;
    size_t n, number; /* number of the block, from 0 */
    bool span;        /* the rows follow one another without gap */
};
struct bl_block bl_block_of(const struct bl_fit *f, const struct bl_binding *b,
                            struct bl_scratches *s, size_t worker, const uint32_t *rows,
                            size_t n_rows, size_t number);
/* The numbers of a node. */
void bl_node_read(const struct bl_block *b, size_t node, double *out);
/* Which nodes the features need: flags for all nodes, bl_free; NULL on no memory. */
bool *bl_nodes_needed(const struct bl_fit *f);

#endif
