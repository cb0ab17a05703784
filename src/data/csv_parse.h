/* What the parser (csv_parse.c, csv_rows.c) and its last step (csv_columns.c) share. */
#ifndef BL_DATA_CSV_PARSE_H
#define BL_DATA_CSV_PARSE_H

#include <pthread.h>
#include <stdatomic.h>

#include "csv.h"

#define BL_CSV_TILE_ROWS 512 /* that are parsed column by column */

enum bl_csv_kind { BL_CSV_NUMBERS, BL_CSV_CODES, BL_CSV_SKIP };

/* What becomes of a column, and where its cells go. */
struct bl_csv_column {
    enum bl_csv_kind kind;
    bool given;           /* options->types names it */
    enum bl_type type;    /* as given */
    double *number;
    uint32_t *code;
    char **levels;        /* of code, ascending */
    size_t n_levels;
    size_t numbers;       /* how many cells of `code` hold numbers; only where levels are mixed */
};

/* What one worker knows of one column. */
struct bl_csv_seen {
    size_t missing;
    bool fraction;           /* a number that is not whole */
    uint64_t odd;
    struct bl_names *names;  /* its own dictionary for BL_CSV_CODES */
};

struct bl_csv_worker {
    struct bl_csv_parser *parser;
    char *room, *bytes;         /* bytes: 64 into room */
    size_t buffer;              /* bytes that fit */
    uint32_t *index_room;
    struct bl_csv_index index;
    struct bl_text scratch;
    struct bl_csv_seen *seen;
    uint64_t base;              /* where bytes[0] is in the file */
    struct bl_csv_problem problem; /* the first of the present block, by its place */
    bool no_memory;
};

enum bl_csv_end { BL_CSV_DONE, BL_CSV_BROKEN /* the next block does not start where this ends */, BL_CSV_WRONG, BL_CSV_REFUSED };

struct bl_csv_block {
    uint64_t begin, record, end;  /* begin: where it was cut; record: where its first record starts */
    struct bl_csv_counts counts;  /* of [begin, next begin) */
    size_t first_row, capacity, rows, worker;
};

/* Rows that a worker has parsed, and the state of csv_turns.c. */
struct bl_csv_piece { size_t first_row, rows, worker; };
struct bl_csv_turns {
    pthread_mutex_t lock;
    uint64_t at; /* where the next record begins */
    size_t rows; /* before it */
    struct bl_csv_piece *pieces;
    size_t n, capacity;
};

struct bl_csv_parser {
    const struct bl_source *source;
    const struct bl_load_options *options;
    struct bl_csv_tuning tuning;
    struct bl_csv_head head;
    double *markers;              /* missing markers that are numbers */
    size_t n_markers;
    struct bl_csv_column *columns;
    struct bl_csv_worker *workers;
    size_t n_workers;
    struct bl_csv_block *blocks;
    size_t n_blocks;
    bool straight;                /* nothing was counted: NUL bytes are looked for now */
    struct bl_csv_turns turns;    /* straight, by several workers */
    size_t n_rows;
    /* the first block that did not end well */
    pthread_mutex_t lock;
    _Atomic size_t failed;        /* SIZE_MAX: none */
    enum bl_csv_end how;
    struct bl_csv_problem problem;
    struct bl_error error;
};

/* csv_rows.c: the buffer of a worker; one block, as a task of the pool. */
bool bl_csv_worker_room(struct bl_csv_worker *w, size_t buffer);
void bl_csv_parse_block(void *parser, size_t block, size_t worker);
void bl_csv_block_failed(struct bl_csv_parser *p, size_t block, enum bl_csv_end how, const struct bl_csv_problem *problem,
                         const struct bl_error *error);
/* How many records of the index can be parsed; of a ragged one behind them the separators are ragged_at[0 .. ragged_n). */
size_t bl_csv_worker_rows(struct bl_csv_worker *w, size_t *ragged_at, size_t *ragged_n);
/* The first `rows` records of the index go to b->first_row + b->rows; false when one of their cells is faulty. */
bool bl_csv_worker_parse(struct bl_csv_worker *w, struct bl_csv_block *b, size_t rows);
/* csv_turns.c: takes turns with the other workers until the file ends, as a task of the pool. */
void bl_csv_parse_turns(void *parser, size_t task, size_t worker);
/* The value of a raw cell; a fault is noted, of quotes where the quote opens. */
bool bl_csv_worker_decode(struct bl_csv_worker *w, const char *begin, const char *end, struct bl_csv_cell *cell);
/* A word in a column, whose raw cell begins here. */
void bl_csv_note_odd(struct bl_csv_worker *w, size_t column, const char *begin);
/* csv_codes.c: column of words of a tile; 8 readable bytes must precede its bytes. */
void bl_csv_codes(struct bl_csv_worker *w, const struct bl_csv_tile *t, size_t column, uint32_t *out);
/* csv_columns.c: the codes of the workers become codes of the column, for each that was just parsed;
 * then, from all that was parsed, a table. */
bool bl_csv_columns_code(struct bl_csv_parser *p, struct bl_error *err);
bool bl_csv_columns_finish(struct bl_csv_parser *p, struct bl_table *t, struct bl_error *err);

#endif
