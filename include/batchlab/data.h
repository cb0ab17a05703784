/* data: the table (typed columns, missing values) and the readers that fill it.
 * Data flows file -> table -> recipe -> matrix. Knows nothing of training or screens. */
#ifndef BATCHLAB_DATA_H
#define BATCHLAB_DATA_H

#include "batchlab/base.h"

enum bl_type { BL_NUMERIC, BL_CATEGORICAL, BL_TEXT_COLUMN, BL_DATETIME };
const char *bl_type_name(enum bl_type type); /* "numeric", "categorical", "text", "datetime" */

#define BL_MISSING_CODE UINT32_MAX

/* One column. Numeric and date-time columns hold `number` (n_rows doubles, NaN where missing;
 * date-time: seconds since 1970-01-01 UTC). Categorical and text columns hold `code` (n_rows
 * indices into `levels`, BL_MISSING_CODE where missing); levels are ascending: by value when all
 * of them are numbers, else by bytes. */
struct bl_column {
    char *name;          /* as in the file; unique in the table */
    enum bl_type type;
    size_t missing;
    bool whole;          /* numeric: every present value is a whole number; date-time: a whole day */
    double *number;
    uint32_t *code;
    char **levels;
    size_t n_levels;
    struct bl_table *lender; /* whose arrays these are (held, see bl_table_lend); NULL: this table's own */
};

/* Compressed rows: of row i the cells start[i] .. start[i + 1] - 1, by ascending column; what is left
 * out is 0. At most UINT32_MAX - 1 rows and columns. */
struct bl_sparse {
    size_t n_rows, n_columns;
    size_t *start;       /* n_rows + 1 */
    uint32_t *column;
    double *value;
};
/* Room for so many cells; every row is empty. */
struct bl_sparse *bl_sparse_create(size_t n_rows, size_t n_columns, size_t cells, struct bl_error *err);
void bl_sparse_free(struct bl_sparse *s);
struct bl_sparse *bl_sparse_copy(const struct bl_sparse *s, struct bl_error *err);
struct bl_sparse *bl_sparse_transpose(const struct bl_sparse *s, struct bl_error *err);
struct bl_sparse *bl_sparse_rows(const struct bl_sparse *s, const uint32_t *rows, size_t n, struct bl_error *err); /* repeats allowed */
double bl_sparse_at(const struct bl_sparse *s, size_t row, size_t column);
size_t bl_sparse_bytes(const struct bl_sparse *s);
/* Where nothing else is said: more than 1000 columns, and more than three cells in four are 0. */
bool bl_sparse_worth(double columns, double rows, double cells);

enum bl_task { BL_REGRESSION, BL_CLASSIFICATION };
const char *bl_task_name(enum bl_task task); /* "regression", "classification" */

struct bl_table {
    char *name;          /* short name for prompt and registry: "iris" */
    char *path;          /* as opened; NULL when generated or from standard input */
    char *format;        /* "csv" */
    size_t n_rows, n_columns;
    struct bl_column *columns;
    /* Beside the columns: numbers of which nearly all are 0, n_rows × sparse->n_columns, called f<first>,
     * f<first + 1> ...; none is missing. NULL: none. They are used together: commands that work on single
     * columns do not see them. */
    struct bl_sparse *sparse;
    int64_t sparse_first;
    uint64_t bytes;      /* of the source */
    char *made;          /* the commands that made this table out of what its source holds ("filter age > 30; derive
                            x = a / b"); NULL: it is as it was loaded. path, format, bytes and hash are those of the source */
    /* from sample-data/INDEX.csv, else NULL */
    char *own_target, *own_positive;
    size_t references;   /* see bl_table_hold */
    void *digest;        /* private: the SHA-256 of the source, perhaps still being computed */
};

/* Finds a column by name; exact first, then ignoring case when that is unambiguous.
 * SIZE_MAX if there is none. */
size_t bl_table_find(const struct bl_table *t, const char *name);
/* The same, but failing with "no column 'x' in houses" and the nearest name as hint. */
bool bl_table_column(const struct bl_table *t, const char *name, size_t *at, struct bl_error *err);
/* SHA-256 of the source bytes in hex (waits for it if it is still being computed); "" for tables
 * without a source, and when the file was changed before it could be hashed: the hash is always
 * of the bytes that were parsed. */
const char *bl_table_sha256(const struct bl_table *t);
/* One cell as text: numbers in their shortest exact form, dates in ISO 8601, "" where missing. Into buffer for
 * numbers, else the level itself is returned. */
const char *bl_table_cell(const struct bl_table *t, size_t row, size_t column, char *buffer, size_t size);
/* Bytes held in memory; what is lent counts where it belongs. */
size_t bl_table_bytes(const struct bl_table *t);
/* "f1 ... f100000"; "f7" where there is one. */
const char *bl_table_sparse_name(const struct bl_table *t, char *buffer, size_t size);
struct bl_table *bl_table_hold(struct bl_table *t); /* one more owner (atomic count) */
/* Column `at` of `to` becomes that column of t without a copy: t is held until `to` ends. */
bool bl_table_lend(struct bl_table *to, size_t at, struct bl_table *t, size_t column, struct bl_error *err);
/* Says that `to` was made out of t by this command: its source, own target and positive class, and t->made with
 * the command behind it. */
bool bl_table_made(struct bl_table *to, const struct bl_table *t, const char *command, struct bl_error *err);
void bl_table_free(struct bl_table *t);             /* one owner less; NULL is fine */

/* What the target column asks for: classification when it is not numeric, or is whole numbers
 * with at most 20 distinct values and at least 5 rows for each; else regression. */
enum bl_task bl_table_task(const struct bl_table *t, size_t column);

/* Puts row numbers into the order of a column: numbers and dates by value, the others as their levels stand,
 * missing ones last either way; rows that are equal keep their order. 24 bytes a row meanwhile. BL_STOPPED
 * within 65,536 rows of progress->stop; the rows are in no order then. */
bool bl_rows_sort(const struct bl_table *t, size_t column, bool down, uint32_t *rows, size_t n, struct bl_progress *progress, struct bl_error *err);

/* The rows that fulfil a condition (NULL or "": all), in the order of the keys, the first of which decides (none: as
 * in the file). Caller frees *rows with bl_free. */
enum { BL_SORT_KEYS = 8 };
struct bl_sort_key { size_t column; bool descending; };
bool bl_rows_choose(const struct bl_table *t, const char *where, const struct bl_sort_key *keys, size_t n_keys, uint32_t **rows, size_t *n,
                    struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err);

/* The rows of t and below them those of `more`, whose columns are found by name. A column that `more` lacks, or has in another
 * type, is missing there; where it is needed (needed[j], for n_columns of t; NULL: all are) that is an error which names them. What
 * only `more` has is left out; levels of both are put in one order. Holds no source. */
struct bl_table *bl_table_stack(const struct bl_table *t, const struct bl_table *more, const bool *needed, const char *name, struct bl_error *err);

/* ---- reading --------------------------------------------------------------------------------*/
enum bl_encoding { BL_ENCODING_AUTO /* UTF-8, or UTF-16 by its mark; bytes are kept as they are */, BL_UTF8, BL_LATIN1, BL_UTF16 };
enum bl_ragged { BL_RAGGED_ERROR, BL_RAGGED_FILL /* short rows: the rest is missing */, BL_RAGGED_SKIP };
#define BL_QUOTE_NONE '\1'
enum bl_sparsity { BL_SPARSE_AUTO /* more than 1000 columns, three cells in four 0 */, BL_SPARSE_YES, BL_SPARSE_NO };
enum bl_header { BL_HEADER_AUTO, BL_HEADER_YES, BL_HEADER_NO };

struct bl_load_options { /* zero-initialised: all defaults */
    const char *name;      /* NULL: from the file name */
    const char *format;    /* NULL: by content, then by name */
    const char *const *missing; /* extra markers beside the empty cell and NA; NULL: none */
    size_t n_missing;
    struct bl_load_type { const char *column; enum bl_type type; } const *types;
    size_t n_types;
    bool types_if_present; /* a type for a column that is not there is no error */
    size_t n_own_types;    /* the first so many of them come with the set: the same holds for these */
    enum bl_header header;
    const char *target;    /* a column that will be asked for, so that a first line which holds it is a header; NULL: none */
    char delimiter;        /* 0: detected among , ; tab | */
    enum bl_sparsity sparse; /* LIBSVM: kept as compressed rows? */
    const char *table;     /* SQLite, .npz: which table or array; NULL: the only one, all arrays */
    const char *query;     /* SQLite: a select instead */
    const char *const *columns; /* only these, in this order; n_columns 0: all */
    size_t n_columns;
    /* CSV of another dialect, which is rewritten in memory first (src/data/dialect.h) */
    char quote;            /* 0: '"'; BL_QUOTE_NONE: quotes are ordinary */
    char escape, comment;  /* 0: none; a comment takes a whole line */
    char decimal;          /* 0 or '.'; ',' */
    size_t skip;           /* lines in front that are no table */
    enum bl_encoding encoding;
    enum bl_ragged ragged; /* rows with another number of cells than the first */
    size_t sample;         /* so many rows only, drawn from (sample_seed, BL_FOR_SAMPLE) in one pass: CSV, JSON lines, LIBSVM;
                              what is not kept is not looked at. 0: all */
    uint64_t sample_seed;
    struct bl_pool *pool;  /* NULL: one thread */
    struct bl_progress *progress;
    struct bl_warnings *warnings; /* NULL: dropped */
};

/* Types: numeric when every present cell is a number (all missing: numeric, all nan); else text when
 * more than 20 levels and more than half of the present cells differ, or above 65,536 levels; else
 * categorical. Header, where nothing is said: the first record holds the target or a name of types or columns; or no cell of
 * it is a number, and some column below is numeric or the cells are different, none empty, none again below itself; without
 * one the columns are called c1, c2, ... Lines without a byte are skipped.
 * Reads a whole dataset. `source` is a path, "-" (standard input), or the bare name of a set in
 * sample-data/. A path that exists wins over a bare name. Errors in the data carry
 * file:line:column. Nothing half-loaded is ever returned. Caller frees. */
struct bl_table *bl_load(const char *source, const struct bl_load_options *options, struct bl_error *err);
/* The same from bytes in memory, for tests, fuzzing and other readers; `label` names them in errors. */
struct bl_table *bl_load_bytes(const char *bytes, size_t n, const char *label,
                               const struct bl_load_options *options, struct bl_error *err);

/* A file or standard input read piece by piece, in bounded memory: of CSV as many whole records as there are, at most about
 * 4 MiB, so that a slow writer is answered soon. Other formats come in one piece. Dialect and header are those that the
 * first piece shows; types of columns that options->types does not name may differ from piece to piece. */
struct bl_pieces;
struct bl_pieces *bl_pieces_open(const char *source, const struct bl_load_options *options, struct bl_error *err);
/* The next piece as a table, whose rows are numbered from 0 again; bl_pieces_rows counts those before it. Lines in errors are
 * those of the whole. NULL: the end, where err->code is BL_OK, else an error. */
struct bl_table *bl_pieces_next(struct bl_pieces *s, struct bl_error *err);
uint64_t bl_pieces_rows(const struct bl_pieces *s);
void bl_pieces_close(struct bl_pieces *s);

/* The sets of sample-data/: folders searched are $BATCHLAB_DATA, the build's source folder when run
 * from the build tree, and the installed one. */
struct bl_sample { char *name, *file /* its path */, *target, *positive /* "" if none */, *task, *types /* "age:text", as types= has them */, *summary; };
struct bl_samples { struct bl_sample *items; size_t count; };
bool bl_samples_list(struct bl_samples *out, struct bl_error *err);
void bl_samples_free(struct bl_samples *s);

/* ---- readers: adding a format is one file and one line in the table of readers ---------------*/
struct bl_source; /* private: the bytes of a file or of memory (src/data/source.h) */
struct bl_reader_type {
    const char *name, *summary;      /* "csv", "comma, semicolon, tab or pipe separated values" */
    const char *const *extensions;   /* {"csv", "tsv", ..., NULL} */
    /* How sure (0 none to 100 certain) the first bytes are of this format. */
    int (*sniff)(const char *head, size_t n, const char *path);
    /* The columns and rows; name, path, format, bytes and digest are filled in by bl_load. */
    struct bl_table *(*read)(const struct bl_source *source, const struct bl_load_options *options, struct bl_error *err);
    /* Line and column, from 1, of a cell of the table that was read; 0 and 0: not found. NULL: the format has no lines. */
    void (*place)(const struct bl_source *source, const struct bl_load_options *options, size_t row, size_t column, size_t *line, size_t *at);
    bool tables, queries, dialects, sparse; /* takes options->table, options->query, those of CSV dialects, options->sparse */
};
extern const struct bl_reader_type *const bl_readers[]; /* NULL-terminated */

/* ---- writing --------------------------------------------------------------------------------*/
struct bl_write_options { /* zero-initialised but for target: all defaults */
    size_t target;     /* column that is the label where the format has one; SIZE_MAX: the last */
    bool raw;          /* CSV: text that starts a formula in a spreadsheet is left as it is */
    bool overwrite;    /* a file that is there is replaced */
    struct bl_warnings *warnings;
};
struct bl_out; /* private: src/data/write.h */
struct bl_writer_type {
    const char *name, *summary;
    bool (*write)(const struct bl_table *t, const struct bl_write_options *options, struct bl_out *out, struct bl_error *err);
};
extern const struct bl_writer_type *const bl_writers[]; /* NULL-terminated: csv jsonl arff libsvm npy */
const struct bl_writer_type *bl_writer_named(const char *name); /* NULL: none */
/* The whole table to a file: all of it or nothing. *bytes is its size. */
bool bl_write(const struct bl_table *t, const struct bl_writer_type *type, const char *path, const struct bl_write_options *options,
              uint64_t *bytes, struct bl_error *err);

/* ---- synthetic sets ---------------------------------------------------------------------------*/
struct bl_generate_options {
    size_t n, features, classes; /* classes 0: the target is a number */
    double noise, condition;     /* condition 0: the set has none */
    uint64_t seed;
};
struct bl_generator { const char *name, *summary; struct bl_generate_options defaults; };
const struct bl_generator *bl_generator_at(size_t i); /* NULL behind the last */
/* A table with columns x1 ... xp and the target, class or y: the same bits on every machine. Start from
 * the defaults of the set. name NULL: that of the set. */
struct bl_table *bl_generate(const char *kind, const char *name, const struct bl_generate_options *options, struct bl_error *err);

/* ---- building a table by hand (generators, tests, other readers) -------------------------------*/
struct bl_table *bl_table_create(const char *name, size_t n_rows, size_t n_columns, struct bl_error *err);
/* Sets column `at` (name copied, arrays handed over on success, freed by the table). Fills
 * missing and whole. Levels of `code` must be ascending as said above. */
bool bl_table_set_numbers(struct bl_table *t, size_t at, const char *name, double *number, struct bl_error *err);
/* Seconds since 1970-01-01 UTC. */
bool bl_table_set_dates(struct bl_table *t, size_t at, const char *name, double *number, struct bl_error *err);
/* Each level and `levels` itself come from bl_calloc and its like. */
bool bl_table_set_codes(struct bl_table *t, size_t at, const char *name, enum bl_type type, uint32_t *code,
                        char **levels, size_t n_levels, struct bl_error *err);

/* ---- expressions ------------------------------------------------------------------------------
 * One small language for `until`, `check`, `where`, `filter`, `derive`:
 *   numbers, names, days (2011-01-31), 'text', "text", `name`      + - * / % ^ and parentheses
 *   < <= > >= = == != <>, is, is not                               x in (1, 2, 3), x not in ('a', 'b')
 *   x is missing, x is not missing                                 and or not
 *   s contains 'x', s starts with 'x', s ends with 'x', s matches 'regular expression'
 *   abs exp log log10 sqrt floor ceil round sign min max, if(condition, then, else), fill(x, otherwise)
 *   length lower upper trim number of texts; date of a text; year month day weekday hour minute second of a date
 *   norm(x) is the name "norm(x)", `x rises 5` asks that the name "x rises" (after x itself) be at least 5: who gives the
 *   values knows what they mean
 * Logic gives 1 and 0, and nan (unknown) where a missing value decides; missing is nan. At the top unknown counts as 0. */
struct bl_expression;
struct bl_expression *bl_expression_parse(const char *text, struct bl_error *err); /* err->word_at: place in text */
/* The same, but ` as WORD` may follow; *as is what stands behind it, NULL: nothing. */
struct bl_expression *bl_expression_parse_as(const char *text, const char **as, struct bl_error *err);
void bl_expression_free(struct bl_expression *e);
const char *bl_expression_text(const struct bl_expression *e);
size_t bl_expression_names(const struct bl_expression *e); /* different names used, at most 64 */
const char *bl_expression_name(const struct bl_expression *e, size_t i);
/* Whether it needs numbers only; else an error at the part that is about texts or dates. */
bool bl_expression_plain(const struct bl_expression *e, struct bl_error *err);
/* values[i] belongs to name i. */
double bl_expression_value(const struct bl_expression *e, const double *values);
/* For a top-level comparison, the value of its left side ("accuracy > 0.95": accuracy); else the value. */
double bl_expression_left(const struct bl_expression *e, const double *values);

/* An expression over the rows of a table. A word is a column where there is one of that name, else (and beside a
 * text also where there is one, if it stands in quotes) a text or a date; in back quotes always a column. Categories
 * whose levels are all numbers count as numbers. Dates differ by days. Unknown columns and values, and kinds that do
 * not go together, are errors with their place in the text. Expression and table must outlive the formula. */
enum bl_value_kind { BL_IS_TRUTH, BL_IS_NUMBER, BL_IS_DATE, BL_IS_TEXT };
struct bl_formula;
struct bl_formula *bl_formula_create(const struct bl_expression *e, const struct bl_table *t, struct bl_warnings *warnings, struct bl_error *err);
void bl_formula_free(struct bl_formula *f);
enum bl_value_kind bl_formula_kind(const struct bl_formula *f);
/* The rows (ascending) for which a condition holds; *unknown: for how many a missing value leaves it open. Caller
 * frees *rows with bl_free. An error when it is no condition. */
bool bl_formula_rows(const struct bl_formula *f, uint32_t **rows, size_t *n, size_t *unknown, struct bl_pool *pool,
                     struct bl_progress *progress, struct bl_error *err);
/* A table with the columns of t, lent, and behind them one called `name` (which is free or replaces the column of
 * that name in its place) with the value of each row: numbers (conditions: 1 and 0), dates, or texts. What is not finite becomes
 * missing, with a warning. `table` names it. */
struct bl_table *bl_formula_derive(const struct bl_formula *f, struct bl_table *t, const char *name, const char *table, struct bl_pool *pool,
                                   struct bl_progress *progress, struct bl_warnings *warnings, struct bl_error *err);

#endif
