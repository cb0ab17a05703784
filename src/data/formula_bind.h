/* What binds the words of an expression to the columns of a table: operands on a stack, errors that point at the
 * place, and the program that grows. Private to formula.c and formula_bind.c. */
#ifndef BL_DATA_FORMULA_BIND_H
#define BL_DATA_FORMULA_BIND_H

#include "formula.h"

#define NO_COLUMN SIZE_MAX

struct operand {
    enum bl_value_kind kind;
    bool word;              /* not settled yet: a column, a text or a date */
    bool literal;           /* a text that was settled by its last instruction */
    size_t column;          /* that the word names; NO_COLUMN */
    const char *text;       /* of the word */
    char quote;
    size_t at;              /* its instruction */
    const struct bl_dictionary *d; /* TEXT */
    size_t from, length;    /* in the expression */
};

struct binder {
    struct bl_formula *f;
    const struct bl_expression *e;
    const struct bl_table *t;
    struct operand stack[BL_STEPS_MAX];
    size_t n;
    struct bl_warnings *warnings;
    struct bl_error *err;
};

/* The error points at these characters of the expression; false. */
bool bl_bind_point(struct binder *b, size_t at, size_t length);
const char *bl_bind_kind_text(enum bl_value_kind kind);
/* "x is a text, not a number", with a way out; false. */
bool bl_bind_wrong_kind(struct binder *b, const struct operand *o, const char *wanted);
bool bl_bind_no_memory(struct binder *b);
/* One more instruction of the program. */
bool bl_bind_add(struct binder *b, struct bl_instruction i);
/* Room for n numbers that the formula owns; NULL after an error. */
double *bl_bind_table(struct binder *b, size_t n);
/* An empty dictionary with room for n words of its own, or none. */
struct bl_dictionary *bl_bind_dictionary(struct binder *b, size_t room);
/* Whether all words are numbers. */
void bl_bind_see_numbers(struct bl_dictionary *d);
/* An instruction: the value `depth` below the top becomes its entry in the table. */
bool bl_bind_look_up(struct binder *b, const double *table, size_t n, size_t depth);
/* A word becomes a column. */
bool bl_bind_column(struct binder *b, struct operand *o);
/* Its place in the dictionary; SIZE_MAX: not there. */
size_t bl_bind_find_word(const struct bl_dictionary *d, const char *word);
/* Two operands that belong together. texts: words in quotes are texts rather than columns (if, fill). */
bool bl_bind_pair(struct binder *b, struct operand *l, struct operand *r, bool texts);
/* A word where a text is wanted. */
bool bl_bind_wanting_text(struct binder *b, struct operand *o);
/* Texts that are all numbers become them; else an error. */
bool bl_bind_as_number(struct binder *b, struct operand *o, size_t depth);
/* A condition or a number; else an error. */
bool bl_bind_as_truth(struct binder *b, struct operand *o);

#endif
