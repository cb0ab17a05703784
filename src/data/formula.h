/* An expression over the columns of a table, as a program over blocks of rows: every value is a double. Texts are
 * codes into a dictionary that is known before the first row, so that whatever is asked of a text is asked once for
 * each different one. Private to the room. */
#ifndef BL_DATA_FORMULA_H
#define BL_DATA_FORMULA_H

#include "expression.h"

enum { BL_FORMULA_BLOCK = 1024 };

struct bl_dictionary { /* the different texts that a value may be */
    const char *const *words;
    size_t n;
    char **own;            /* the same, where they are not those of a column */
    const char *column;    /* whose levels they are; NULL: none's */
    bool by_value;         /* all are numbers, and compare as such */
};

enum bl_does { /* beside the operations on numbers */
    BL_DOES_COLUMN = 1000, /* push a column of numbers */
    BL_DOES_CODES,         /* push a column of codes */
    BL_DOES_LOOKUP,        /* the value `depth` below the top becomes its entry in the table */
    BL_DOES_IN,            /* whether it is in a list of numbers */
    BL_DOES_DAYS,          /* between two dates */
    BL_DOES_LATER, BL_DOES_EARLIER, /* a date and a number of days */
    BL_DOES_AFTER          /* a number of days and a date */
};

struct bl_instruction {
    int does;              /* enum bl_op or enum bl_does */
    double number;
    const double *numbers; /* COLUMN, LOOKUP, IN: n of them */
    const uint32_t *codes;
    size_t n, depth;
};

struct bl_formula {
    const struct bl_expression *e;
    const struct bl_table *t;
    enum bl_value_kind kind;
    struct bl_instruction program[4 * BL_STEPS_MAX];
    size_t n_program, deepest;
    struct bl_dictionary **dictionaries;
    size_t n_dictionaries;
    double **tables;       /* of LOOKUP and IN, ours */
    size_t n_tables;
    const struct bl_dictionary *dictionary; /* of a text */
};

/* All rows into out, in parallel blocks. */
bool bl_formula_evaluate(const struct bl_formula *f, double *out, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err);

/* formula_text.c: what holds for each of n words (CONTAINS, STARTS, ENDS, MATCHES); fails for a pattern that cannot be used. */
bool bl_words_test(enum bl_op op, const char *pattern, const char *const *words, size_t n, double *out, struct bl_error *err);
/* One number for each word (LENGTH, TO_NUMBER, TO_DATE); nan where there is none. */
void bl_words_numbers(enum bl_op op, const char *const *words, size_t n, double *out);
/* LOWER, UPPER, TRIM of a word, to be freed; NULL: no memory. */
char *bl_word_change(enum bl_op op, const char *word);

#endif
