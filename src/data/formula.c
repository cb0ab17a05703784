/* Gives an expression its meaning over the columns of a table: which words are columns and which are texts, of what
 * kind every value is, and the program that computes it. */
#include "formula_bind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dates.h"

/* ---- comparing texts ---------------------------------------------------------------------------------*/

static int compare_words(const char *a, const char *c, bool by_value)
{
    double x = 0, y = 0;

    if (!by_value)
        return strcmp(a, c);
    bl_number_parse(a, strlen(a), &x);
    bl_number_parse(c, strlen(c), &y);
    return (x > y) - (x < y);
}

/* A text in quotes that nothing equals is allowed, and told. */
static void tell_unknown(struct binder *b, const struct bl_dictionary *d, const char *word)
{
    const char *near = d->n <= 10000 && strlen(word) > 2 ? bl_nearest(word, d->words, d->n) : NULL;
    struct bl_text hint = { 0 };

    if (near)
        bl_text_addf(&hint, "did you mean '%s'? ", near);
    bl_text_addf(&hint, "distinct %s lists the values", d->column);
    bl_warnf(b->warnings, bl_text_get(&hint), "no row of '%s' holds '%s'", d->column, word);
    bl_text_free(&hint);
}

/* Each word against one text: a table of the outcome. */
static bool compare_literal(struct binder *b, enum bl_op op, const struct bl_dictionary *d, const char *word)
{
    double *table = bl_bind_table(b, d->n), x;
    const bool by_value = d->by_value && bl_number_parse(word, strlen(word), &x);
    bool found = false;

    if (!table)
        return false;
    for (size_t i = 0; i < d->n; i++) {
        int order = compare_words(d->words[i], word, by_value);

        found = found || order == 0;
        table[i] = bl_op_two(op, order, 0);
    }
    if (!found && d->column && (op == BL_OP_EQUAL || op == BL_OP_DIFFERENT))
        tell_unknown(b, d, word);
    return bl_bind_look_up(b, table, d->n, 0);
}

struct ranked { const char *word; double x; double *rank; };

static int by_bytes(const void *a, const void *c)
{
    return strcmp(((const struct ranked *)a)->word, ((const struct ranked *)c)->word);
}

static int by_number(const void *a, const void *c)
{
    double x = ((const struct ranked *)a)->x, y = ((const struct ranked *)c)->x;

    return (x > y) - (x < y);
}

/* Texts of two dictionaries get ranks in one order, which then compare as numbers. */
static bool compare_ranks(struct binder *b, const struct bl_dictionary *l, const struct bl_dictionary *r)
{
    const bool by_value = l->by_value && r->by_value;
    double *of_l = bl_bind_table(b, l->n), *of_r = of_l ? bl_bind_table(b, r->n) : NULL, rank = 0;
    struct ranked *all = bl_calloc(l->n + r->n + 1, sizeof *all);

    if (!of_r || !all) {
        bl_free(all);
        return bl_bind_no_memory(b);
    }
    for (size_t i = 0; i < l->n + r->n; i++) {
        all[i].word = i < l->n ? l->words[i] : r->words[i - l->n];
        all[i].rank = i < l->n ? &of_l[i] : &of_r[i - l->n];
        if (by_value)
            bl_number_parse(all[i].word, strlen(all[i].word), &all[i].x);
    }
    qsort(all, l->n + r->n, sizeof *all, by_value ? by_number : by_bytes);
    for (size_t i = 0; i < l->n + r->n; i++) {
        rank += i && (by_value ? by_number : by_bytes)(&all[i - 1], &all[i]) != 0;
        *all[i].rank = rank;
    }
    bl_free(all);
    return bl_bind_look_up(b, of_l, l->n, 1) && bl_bind_look_up(b, of_r, r->n, 0);
}

/* ---- operations ------------------------------------------------------------------------------------*/

static bool compare(struct binder *b, enum bl_op op, struct operand *l, struct operand *r)
{
    if (!bl_bind_pair(b, l, r, false))
        return false;
    if (l->kind == BL_IS_TEXT && r->kind == BL_IS_TEXT) {
        if (r->literal && r->at + 1 == b->f->n_program) {
            b->f->n_program--;
            return compare_literal(b, op, l->d, r->text);
        }
        return compare_ranks(b, l->d, r->d) && bl_bind_add(b, (struct bl_instruction){ .does = (int)op });
    }
    if (l->kind == BL_IS_DATE || r->kind == BL_IS_DATE) {
        if (l->kind != r->kind)
            return bl_bind_wrong_kind(b, l->kind == BL_IS_DATE ? l : r, bl_bind_kind_text(l->kind == BL_IS_DATE ? r->kind : l->kind));
    } else if (!bl_bind_as_number(b, l, 1) || !bl_bind_as_number(b, r, 0)) {
        return false;
    }
    return bl_bind_add(b, (struct bl_instruction){ .does = (int)op });
}

/* Dates differ by days, and days shift dates. */
static bool with_dates(struct binder *b, enum bl_op op, struct operand *l, struct operand *r)
{
    const bool two = l->kind == r->kind;
    int does;

    if (two && (op == BL_OP_MIN || op == BL_OP_MAX))
        return bl_bind_add(b, (struct bl_instruction){ .does = (int)op });
    if (two ? op != BL_OP_SUBTRACT : op != BL_OP_ADD && !(op == BL_OP_SUBTRACT && l->kind == BL_IS_DATE))
        return bl_bind_wrong_kind(b, l->kind == BL_IS_DATE ? l : r, "a number");
    if (!two && (l->kind == BL_IS_DATE ? r : l)->kind != BL_IS_NUMBER)
        return bl_bind_wrong_kind(b, l->kind == BL_IS_DATE ? r : l, "a number of days");
    does = two ? BL_DOES_DAYS : op == BL_OP_ADD ? BL_DOES_LATER : BL_DOES_EARLIER;
    if (does == BL_DOES_LATER && r->kind == BL_IS_DATE)
        does = BL_DOES_AFTER;
    l->kind = two ? BL_IS_NUMBER : BL_IS_DATE;
    return bl_bind_add(b, (struct bl_instruction){ .does = does });
}

static bool arithmetic(struct binder *b, enum bl_op op, struct operand *l, struct operand *r)
{
    if (!bl_bind_pair(b, l, r, false))
        return false;
    if (l->kind == BL_IS_DATE || r->kind == BL_IS_DATE)
        return with_dates(b, op, l, r);
    if (!bl_bind_as_number(b, l, 1) || !bl_bind_as_number(b, r, 0))
        return false;
    l->kind = BL_IS_NUMBER;
    return bl_bind_add(b, (struct bl_instruction){ .does = (int)op });
}

/* Adds the words of one dictionary to a joint one; their new codes come into the table. */
static bool join_words(struct binder *b, struct bl_names *names, const struct bl_dictionary *d, double *table)
{
    for (size_t i = 0; i < d->n; i++) {
        size_t at = bl_names_add(names, d->words[i], strlen(d->words[i]));

        if (at == SIZE_MAX)
            return bl_bind_no_memory(b);
        table[i] = (double)at;
    }
    return true;
}

static struct bl_dictionary *dictionary_of(struct binder *b, const struct bl_names *names)
{
    struct bl_dictionary *d = bl_bind_dictionary(b, bl_names_count(names) + 1);

    for (size_t i = 0, length; d && i < bl_names_count(names); i++) {
        const char *word = bl_names_at(names, i, &length);

        if (!(d->own[i] = bl_strndup(word, length))) {
            bl_bind_no_memory(b);
            return NULL;
        }
        d->n++;
    }
    if (d)
        bl_bind_see_numbers(d);
    return d;
}

/* Two texts, one below the other, come into one dictionary. */
static bool join_texts(struct binder *b, struct operand *l, struct operand *r)
{
    double *of_l = bl_bind_table(b, l->d->n), *of_r = of_l ? bl_bind_table(b, r->d->n) : NULL;
    struct bl_names *names = bl_names_create();
    struct bl_dictionary *d = NULL;

    if (!names)
        bl_bind_no_memory(b);
    else if (of_r && join_words(b, names, l->d, of_l) && join_words(b, names, r->d, of_r))
        d = dictionary_of(b, names);
    bl_names_free(names);
    if (!d || !bl_bind_look_up(b, of_l, l->d->n, 1) || !bl_bind_look_up(b, of_r, r->d->n, 0))
        return false;
    l->d = r->d = d;
    return true;
}

/* The two values that an `if` or a `fill` may have are of one kind. */
static bool same_kind(struct binder *b, struct operand *l, struct operand *r)
{
    if (!bl_bind_pair(b, l, r, true))
        return false;
    if (l->kind == BL_IS_TEXT && r->kind == BL_IS_TEXT)
        return join_texts(b, l, r);
    if ((l->kind == BL_IS_DATE) != (r->kind == BL_IS_DATE) || (l->kind == BL_IS_TEXT) != (r->kind == BL_IS_TEXT))
        return bl_bind_wrong_kind(b, r, bl_bind_kind_text(l->kind));
    if (l->kind != r->kind)
        l->kind = r->kind = BL_IS_NUMBER;
    return true;
}

static double *list_of(struct binder *b, const struct bl_step *s, const struct operand *o)
{
    double *list = bl_bind_table(b, s->count);

    for (size_t i = 0; list && i < s->count; i++) {
        const struct bl_constant *c = &b->e->constants[s->name + i];
        const char *word = c->op == BL_OP_NAME ? b->e->texts[c->text] : "";

        list[i] = c->number;
        if (o->kind == BL_IS_DATE && c->op == BL_OP_NAME)
            bl_words_numbers(BL_OP_TO_DATE, &word, 1, &list[i]);
        if ((o->kind == BL_IS_DATE) == (c->op != BL_OP_NUMBER) && !isnan(list[i]) && (o->kind == BL_IS_DATE || c->op == BL_OP_NUMBER))
            continue;
        bl_fail(b->err, BL_VALUE, "'%.*s' is not %s", (int)(c->length < 80 ? c->length : 80), b->e->text + c->at, bl_bind_kind_text(o->kind));
        bl_hint(b->err, o->kind == BL_IS_DATE ? "in (2012-01-31, 2012-02-29)" : "in (1, 2, 3)");
        bl_bind_point(b, c->at, c->length);
        return NULL;
    }
    return list;
}

/* Which words are in the list of texts. */
static bool in_texts(struct binder *b, const struct bl_step *s, const struct bl_dictionary *d)
{
    double *table = bl_bind_table(b, d->n);
    struct bl_names *names = bl_names_create();
    bool fine = table && names;

    for (size_t i = 0; fine && i < s->count; i++) {
        const struct bl_constant *c = &b->e->constants[s->name + i];
        const char *word = c->op == BL_OP_NAME ? b->e->texts[c->text] : b->e->text + c->at;

        fine = bl_names_add(names, word, c->op == BL_OP_NAME ? strlen(word) : c->length) != SIZE_MAX;
    }
    for (size_t i = 0; fine && i < d->n; i++)
        table[i] = bl_names_find(names, d->words[i], strlen(d->words[i])) != SIZE_MAX;
    for (size_t i = 0, n; fine && d->column && i < bl_names_count(names); i++) {
        const char *item = bl_names_at(names, i, &n);
        char *word = bl_strndup(item, n);

        if (word && bl_bind_find_word(d, word) == SIZE_MAX)
            tell_unknown(b, d, word);
        bl_free(word);
    }
    bl_names_free(names);
    return fine ? bl_bind_look_up(b, table, d->n, 0) : bl_bind_no_memory(b);
}

static bool has_numbers_only(struct binder *b, const struct bl_step *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (b->e->constants[s->name + i].op != BL_OP_NUMBER)
            return false;
    return true;
}

static bool in_list(struct binder *b, const struct bl_step *s, struct operand *o)
{
    double *list;

    if (!bl_bind_wanting_text(b, o))
        return false;
    if (o->kind == BL_IS_TEXT && !(o->d->by_value && has_numbers_only(b, s)))
        return in_texts(b, s, o->d);
    if ((o->kind == BL_IS_TEXT && !bl_bind_as_number(b, o, 0)) || !(list = list_of(b, s, o)))
        return false;
    return bl_bind_add(b, (struct bl_instruction){ .does = BL_DOES_IN, .numbers = list, .n = s->count });
}

static bool pattern(struct binder *b, const struct bl_step *s, struct operand *o)
{
    double *table;

    if (!bl_bind_wanting_text(b, o))
        return false;
    if (o->kind != BL_IS_TEXT)
        return bl_bind_wrong_kind(b, o, "a text");
    if (!(table = bl_bind_table(b, o->d->n)))
        return false;
    if (!bl_words_test(s->op, b->e->texts[s->name], o->d->words, o->d->n, table, b->err))
        return bl_bind_point(b, s->at, s->length);
    return bl_bind_look_up(b, table, o->d->n, 0);
}

/* lower, upper, trim: other words, some of which may become one. */
static bool change_words(struct binder *b, enum bl_op op, struct operand *o)
{
    double *table = bl_bind_table(b, o->d->n);
    struct bl_names *names = bl_names_create();
    struct bl_dictionary *d = NULL;
    bool fine = table && names;

    for (size_t i = 0; fine && i < o->d->n; i++) {
        char *word = bl_word_change(op, o->d->words[i]);
        size_t at = word ? bl_names_add(names, word, strlen(word)) : SIZE_MAX;

        table[i] = word && !word[0] ? NAN : (double)at; /* an empty text is missing */
        fine = at != SIZE_MAX;
        bl_free(word);
    }
    if (fine)
        d = dictionary_of(b, names);
    bl_names_free(names);
    if (!d)
        return fine ? false : bl_bind_no_memory(b);
    if (!bl_bind_look_up(b, table, o->d->n, 0))
        return false;
    o->d = d;
    return true;
}

/* Functions of one text or date. */
static bool of_text(struct binder *b, const struct bl_step *s, struct operand *o)
{
    double *table;

    if (!bl_bind_wanting_text(b, o))
        return false;
    if (s->op >= BL_OP_YEAR) {
        if (o->kind != BL_IS_DATE)
            return bl_bind_wrong_kind(b, o, "a date");
        o->kind = BL_IS_NUMBER;
        return bl_bind_add(b, (struct bl_instruction){ .does = (int)s->op });
    }
    if ((s->op == BL_OP_TO_NUMBER && o->kind != BL_IS_TEXT && o->kind != BL_IS_DATE) || (s->op == BL_OP_TO_DATE && o->kind == BL_IS_DATE))
        return true;
    if (o->kind != BL_IS_TEXT)
        return bl_bind_wrong_kind(b, o, "a text");
    if (s->op >= BL_OP_LOWER)
        return change_words(b, s->op, o);
    if (!(table = bl_bind_table(b, o->d->n)))
        return false;
    bl_words_numbers(s->op, o->d->words, o->d->n, table);
    o->kind = s->op == BL_OP_TO_DATE ? BL_IS_DATE : BL_IS_NUMBER;
    return bl_bind_look_up(b, table, o->d->n, 0);
}

/* ---- walking the steps --------------------------------------------------------------------------------*/

static bool push(struct binder *b, const struct bl_step *s)
{
    struct operand *o = &b->stack[b->n++];

    *o = (struct operand){ .kind = s->op == BL_OP_DATE ? BL_IS_DATE : BL_IS_NUMBER, .column = NO_COLUMN, .at = b->f->n_program,
                           .from = s->at, .length = s->length };
    b->f->deepest = b->n > b->f->deepest ? b->n : b->f->deepest;
    if (s->op == BL_OP_NAME) {
        o->word = true;
        o->text = b->e->names[s->name];
        o->quote = s->quote;
        o->column = bl_table_find(b->t, o->text);
    }
    return bl_bind_add(b, (struct bl_instruction){ .does = BL_OP_NUMBER, .number = s->number });
}

static bool one(struct binder *b, const struct bl_step *s, struct operand *o)
{
    bool fine;

    if (s->op == BL_OP_IN)
        fine = in_list(b, s, o);
    else if (s->op >= BL_OP_CONTAINS && s->op <= BL_OP_MATCHES)
        fine = pattern(b, s, o);
    else if (s->op >= BL_OP_LENGTH)
        return of_text(b, s, o);
    else if (s->op == BL_OP_NOT)
        fine = bl_bind_as_truth(b, o) && bl_bind_add(b, (struct bl_instruction){ .does = (int)s->op });
    else if (s->op == BL_OP_IS_MISSING)
        fine = bl_bind_column(b, o) && bl_bind_add(b, (struct bl_instruction){ .does = (int)s->op });
    else {
        fine = bl_bind_column(b, o) && bl_bind_as_number(b, o, 0) && bl_bind_add(b, (struct bl_instruction){ .does = (int)s->op });
        o->kind = BL_IS_NUMBER;
        return fine;
    }
    o->kind = BL_IS_TRUTH;
    return fine;
}

static bool two(struct binder *b, const struct bl_step *s, struct operand *l, struct operand *r)
{
    bool fine;

    if (s->op == BL_OP_FILL)
        return same_kind(b, l, r) && bl_bind_add(b, (struct bl_instruction){ .does = (int)s->op });
    if (s->op < BL_OP_LESS)
        return arithmetic(b, s->op, l, r);
    fine = s->op <= BL_OP_DIFFERENT ? compare(b, s->op, l, r)
                                    : bl_bind_as_truth(b, l) && bl_bind_as_truth(b, r) && bl_bind_add(b, (struct bl_instruction){ .does = (int)s->op });
    l->kind = BL_IS_TRUTH;
    return fine;
}

static bool step(struct binder *b, const struct bl_step *s)
{
    const int operands = bl_op_operands(s->op);
    struct operand *o;
    bool fine;

    if (operands == 0)
        return push(b, s);
    b->n -= (size_t)operands - 1;
    o = &b->stack[b->n - 1];
    fine = operands == 1 ? one(b, s, o) : operands == 2 ? two(b, s, o, o + 1)
         : bl_bind_as_truth(b, o) && same_kind(b, o + 1, o + 2) && bl_bind_add(b, (struct bl_instruction){ .does = (int)s->op });
    if (operands == 3) {
        o->kind = o[1].kind;
        o->d = o[1].d;
    }
    o->from = s->at;
    o->length = s->length;
    o->literal = false;
    o->at = SIZE_MAX - 1;
    return fine;
}

struct bl_formula *bl_formula_create(const struct bl_expression *e, const struct bl_table *t, struct bl_warnings *warnings, struct bl_error *err)
{
    struct binder *b = bl_calloc(1, sizeof *b);
    struct bl_formula *f = bl_calloc(1, sizeof *f);
    bool fine = (b && f) || bl_fail_memory(err, "the expression");

    if (fine) {
        *b = (struct binder){ .f = f, .e = e, .t = t, .warnings = warnings, .err = err };
        f->e = e;
        f->t = t;
    }
    for (size_t i = 0; fine && i < e->n_steps; i++)
        fine = step(b, &e->steps[i]);
    if (fine && (fine = bl_bind_wanting_text(b, &b->stack[0]))) {
        f->kind = b->stack[0].kind;
        f->dictionary = b->stack[0].d;
    }
    bl_free(b);
    if (fine)
        return f;
    bl_formula_free(f);
    return NULL;
}

void bl_formula_free(struct bl_formula *f)
{
    if (!f)
        return;
    for (size_t k = 0; k < f->n_dictionaries; k++) {
        for (size_t i = 0; f->dictionaries[k]->own && i < f->dictionaries[k]->n; i++)
            bl_free(f->dictionaries[k]->own[i]);
        bl_free(f->dictionaries[k]->own);
        bl_free(f->dictionaries[k]);
    }
    bl_free(f->dictionaries);
    for (size_t k = 0; k < f->n_tables; k++)
        bl_free(f->tables[k]);
    bl_free(f->tables);
    bl_free(f);
}

enum bl_value_kind bl_formula_kind(const struct bl_formula *f) { return f->kind; }
