/* Private parts of the CSV reader.
 *
 * The format. A record is cells between delimiters, up to a newline (LF, CRLF, or lone CR in files
 * without any LF). Lines without a byte are skipped, and so are lines of blanks only where records
 * have more than one cell. A cell whose first byte after blanks is '"' is quoted: it ends at the
 * next '"' that is not doubled, may hold delimiters and newlines, is kept byte by byte, and only
 * blanks may follow it. Quotes elsewhere are ordinary bytes. Blanks (space; tab where that is not
 * the delimiter) around other cells do not count.
 *
 * Two readers know this format: csv_plain.c, simple and for good, reads the head of each file and is
 * the oracle of the tests; csv_index.c and csv_parse.c read the rest fast. */
#ifndef BL_DATA_CSV_H
#define BL_DATA_CSV_H

#include "levels.h"
#include "source.h"

#define BL_CSV_LINE_MAX ((size_t)16 << 20)
#define BL_CSV_CELL_MAX ((size_t)1 << 20)
#define BL_CSV_COLUMNS_MAX 65536
#define BL_CSV_ROWS_MAX ((uint64_t)INT32_MAX)
#define BL_LEVELS_MAX 65536 /* more make a column text */

struct bl_csv_dialect { char delimiter, newline; };

static inline bool bl_csv_blank(char c, struct bl_csv_dialect d)
{
    return c == ' ' || (c == '\t' && d.delimiter != '\t');
}

/* ---- one cell ------------------------------------------------------------------------------*/
struct bl_csv_cell { const char *at; size_t length; };
/* What is wrong with a record or cell. */
enum bl_csv_fault { BL_CSV_FINE, BL_CSV_RAGGED, BL_CSV_AFTER_QUOTE, BL_CSV_LONG_CELL, BL_CSV_UNCLOSED, BL_CSV_LONG_LINE };
/* Fills err for a fault at byte `at`; cells found and expected for BL_CSV_RAGGED. */
struct bl_csv_problem { enum bl_csv_fault fault; uint64_t at; size_t found, expected; };
bool bl_csv_fail(const struct bl_source *s, uint64_t start, struct bl_csv_dialect d, const struct bl_csv_problem *p,
                 struct bl_error *err);
/* The value of the raw cell [begin, end), `end` at its delimiter or newline. Quoted cells with
 * doubled quotes are written to scratch. */
enum bl_csv_fault bl_csv_decode(const char *begin, const char *end, struct bl_csv_dialect d, struct bl_text *scratch,
                                struct bl_csv_cell *cell);

/* ---- the plain reader ------------------------------------------------------------------------*/
struct bl_csv_plain {
    const char *bytes;
    size_t n, at;
    bool whole;              /* the bytes end where the file ends */
    struct bl_csv_dialect dialect;
    size_t expected;         /* cells a record; 0: not known yet */
    struct plain_cell { size_t begin, value, length; } *cells; /* begin: offset in bytes; value: in text */
    size_t n_cells, capacity;
    struct bl_text text;     /* values of the present record, each followed by a NUL */
    size_t record;           /* where the present record begins */
    struct bl_csv_problem problem;
};
enum bl_csv_step { BL_CSV_RECORD, BL_CSV_END, BL_CSV_CUT /* the bytes end inside a record */, BL_CSV_FAULT, BL_CSV_NO_MEMORY };
enum bl_csv_step bl_csv_next(struct bl_csv_plain *r);
static inline const char *bl_csv_value(const struct bl_csv_plain *r, size_t i)
{
    return bl_text_get(&r->text) + r->cells[i].value;
}
void bl_csv_plain_free(struct bl_csv_plain *r);

/* ---- the head: dialect, names, first guess of the types -------------------------------------------*/
struct bl_csv_head {
    struct bl_csv_dialect dialect;
    bool header;
    size_t n_columns;
    char **names;
    bool *words;     /* a present cell among the first records is not a number */
    uint64_t start;  /* first byte of the first line */
    uint64_t data;   /* first byte of the first record of data */
};
bool bl_csv_head_read(struct bl_csv_head *h, const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err);
void bl_csv_head_free(struct bl_csv_head *h);
/* The error for a NUL byte somewhere in [from, from + n). */
bool bl_csv_fail_nul(const struct bl_source *s, uint64_t start, uint64_t from, size_t n, struct bl_error *err);
char bl_csv_newline_of(const char *bytes, size_t n);
char bl_csv_delimiter_of(const char *bytes, size_t n, bool whole, char newline); /* 0: no memory */
/* An empty cell, NA, or one of options->missing. */
bool bl_csv_missing(const struct bl_load_options *o, const char *at, size_t n);

/* ---- the structural index -------------------------------------------------------------------*/
struct bl_csv_index {
    uint32_t *at;        /* delimiters and newlines that separate, in order; at[-1] is -1 */
    size_t count;        /* of complete records */
    size_t partial;      /* how many more follow in the last, incomplete record */
    size_t lines;        /* how many of them end a record */
    size_t tail;         /* where the first record begins that is not complete */
    bool open;           /* the bytes end inside quotes */
    size_t opened;       /* and there they opened */
};
/* Indexes bytes that start where a record starts. 64 readable bytes must follow; `at` has room for
 * n + 64. */
void bl_csv_index(const char *bytes, size_t n, struct bl_csv_dialect d, struct bl_csv_index *index);
/* Newlines, quotes, and whether there is a NUL. */
struct bl_csv_counts { uint64_t newlines, quotes; bool nul; };
struct bl_csv_counts bl_csv_count(const char *bytes, size_t n, char newline);

/* ---- numbers ------------------------------------------------------------------------------------
 * Parses column j of the rows whose separators are at[0 .. rows·columns). Cells that are no plain
 * decimal numbers of at most 16 bytes go through `slow`. 32 readable bytes must precede `bytes`. */
struct bl_csv_tile {
    const char *bytes;
    const uint32_t *at;
    size_t rows, columns;
    struct bl_csv_dialect dialect;
    void *context;
    double (*slow)(void *context, size_t column, const char *begin, const char *end);
};
void bl_csv_numbers(const struct bl_csv_tile *t, size_t column, double *out);
/* The raw bytes of a cell. */
const char *bl_csv_cell_begin(const struct bl_csv_tile *t, size_t row, size_t column);
const char *bl_csv_cell_end(const struct bl_csv_tile *t, size_t row, size_t column);

/* ---- the parser ---------------------------------------------------------------------------------*/
struct bl_csv_tuning { size_t block, buffer, straight; /* bytes from which one thread does not count first */ }; /* 0: as it is best; tests set odd ones */
struct bl_table *bl_csv_parse(const struct bl_source *s, const struct bl_load_options *o, struct bl_csv_tuning tuning,
                              struct bl_error *err);
/* Line and column, from 1, of a cell of the table that was read from s; 0 and 0: it cannot be found (any more). */
void bl_csv_place(const struct bl_source *s, const struct bl_load_options *o, size_t row, size_t column, size_t *line, size_t *at);
extern const struct bl_reader_type bl_csv_reader;

#endif
