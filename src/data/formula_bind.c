/* Which words of an expression are columns, texts or dates, told by what stands beside them. */
#include "formula_bind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- errors ------------------------------------------------------------------------------------*/

bool bl_bind_point(struct binder *b, size_t at, size_t length)
{
    if (b->err) {
        b->err->word_at = at;
        b->err->word_len = length ? length : 1;
    }
    return false;
}

static bool point_operand(struct binder *b, const struct operand *o)
{
    return bl_bind_point(b, o->from, o->length);
}

const char *bl_bind_kind_text(enum bl_value_kind kind)
{
    static const char *const names[] = { "a condition", "a number", "a date", "a text" };

    return names[kind];
}

/* The operand as it was written, for a message. */
static const char *written(struct binder *b, const struct operand *o, char buffer[80])
{
    return bl_show(buffer, 80, b->e->text + o->from, o->length);
}

bool bl_bind_wrong_kind(struct binder *b, const struct operand *o, const char *wanted)
{
    char buffer[80];

    bl_fail(b->err, BL_VALUE, "%s is %s, not %s", written(b, o, buffer), bl_bind_kind_text(o->kind), wanted);
    if (o->kind == BL_IS_TEXT)
        bl_hint(b->err, "number(%s) takes the numbers out of a column of texts, length(%s) counts characters", buffer, buffer);
    else if (o->kind == BL_IS_DATE)
        bl_hint(b->err, "year(%s), month(%s), weekday(%s) are numbers; compare with a day: %s < 2012-01-31", buffer, buffer, buffer, buffer);
    else
        bl_hint(b->err, "columns lists the types of the columns");
    return point_operand(b, o);
}

bool bl_bind_no_memory(struct binder *b) { return bl_fail_memory(b->err, "the expression"); }

/* ---- the program --------------------------------------------------------------------------------*/

bool bl_bind_add(struct binder *b, struct bl_instruction i)
{
    struct bl_formula *f = b->f;

    if (f->n_program == sizeof f->program / sizeof *f->program)
        return bl_fail(b->err, BL_LIMIT, "the expression is too long");
    f->program[f->n_program++] = i;
    return true;
}

double *bl_bind_table(struct binder *b, size_t n)
{
    struct bl_formula *f = b->f;
    double *table = bl_calloc(n + 1, sizeof *table), **more = table ? bl_realloc(f->tables, f->n_tables + 1, sizeof *more) : NULL;

    if (!more) {
        bl_free(table);
        bl_bind_no_memory(b);
        return NULL;
    }
    f->tables = more;
    return f->tables[f->n_tables++] = table;
}

/* An empty dictionary with room for n words of its own, or none. */
struct bl_dictionary *bl_bind_dictionary(struct binder *b, size_t room)
{
    struct bl_formula *f = b->f;
    struct bl_dictionary *d = bl_calloc(1, sizeof *d), **more = d ? bl_realloc(f->dictionaries, f->n_dictionaries + 1, sizeof *more) : NULL;

    if (more)
        f->dictionaries = more;
    if (!more || (room && !(d->own = bl_calloc(room, sizeof *d->own)))) {
        bl_free(d);
        bl_bind_no_memory(b);
        return NULL;
    }
    d->words = (const char *const *)d->own;
    return f->dictionaries[f->n_dictionaries++] = d;
}

void bl_bind_see_numbers(struct bl_dictionary *d)
{
    double x;

    d->by_value = d->n > 0;
    for (size_t i = 0; i < d->n && d->by_value; i++)
        d->by_value = bl_number_parse(d->words[i], strlen(d->words[i]), &x);
}

bool bl_bind_look_up(struct binder *b, const double *table, size_t n, size_t depth)
{
    return bl_bind_add(b, (struct bl_instruction){ .does = BL_DOES_LOOKUP, .numbers = table, .n = n, .depth = depth });
}

/* ---- words --------------------------------------------------------------------------------------*/

bool bl_bind_column(struct binder *b, struct operand *o)
{
    struct bl_instruction *i;
    const struct bl_column *c;
    struct bl_dictionary *d;

    if (!o->word)
        return true;
    if (o->column == NO_COLUMN) {
        bl_table_column(b->t, o->text, &o->column, b->err);
        return point_operand(b, o);
    }
    c = &b->t->columns[o->column];
    i = &b->f->program[o->at];
    o->word = false;
    if (c->number) {
        *i = (struct bl_instruction){ .does = BL_DOES_COLUMN, .numbers = c->number };
        o->kind = c->type == BL_DATETIME ? BL_IS_DATE : BL_IS_NUMBER;
        return true;
    }
    if (!(d = bl_bind_dictionary(b, 0)))
        return false;
    d->words = (const char *const *)c->levels;
    d->n = c->n_levels;
    d->column = c->name;
    bl_bind_see_numbers(d);
    *i = (struct bl_instruction){ .does = BL_DOES_CODES, .codes = c->code };
    o->kind = BL_IS_TEXT;
    o->d = d;
    return true;
}

static bool settle_text(struct binder *b, struct operand *o)
{
    struct bl_dictionary *d = bl_bind_dictionary(b, 1);

    if (!d || !(d->own[0] = bl_strdup(o->text)))
        return d ? bl_bind_no_memory(b) : false;
    d->n = 1;
    bl_bind_see_numbers(d);
    b->f->program[o->at] = (struct bl_instruction){ .does = BL_OP_NUMBER, .number = 0 };
    o->kind = BL_IS_TEXT;
    o->d = d;
    o->word = false;
    o->literal = true;
    return true;
}

static bool settle_date(struct binder *b, struct operand *o)
{
    char buffer[80];
    double seconds;

    bl_words_numbers(BL_OP_TO_DATE, &o->text, 1, &seconds);
    if (isnan(seconds)) {
        bl_fail(b->err, BL_VALUE, "%s is no date and no column", written(b, o, buffer));
        bl_hint(b->err, "a day is written 2012-01-31, with its time '2012-01-31 14:05'");
        return point_operand(b, o);
    }
    b->f->program[o->at] = (struct bl_instruction){ .does = BL_OP_NUMBER, .number = seconds };
    o->kind = BL_IS_DATE;
    o->word = false;
    return true;
}

size_t bl_bind_find_word(const struct bl_dictionary *d, const char *word)
{
    for (size_t i = 0; i < d->n; i++)
        if (strcmp(d->words[i], word) == 0)
            return i;
    return SIZE_MAX;
}

/* A bare word that is neither a column nor a value of the other side is a slip. */
static bool no_value(struct binder *b, const struct operand *o, const struct bl_dictionary *d)
{
    const char *near = d->n <= 10000 ? bl_nearest(o->text, d->words, d->n) : NULL;
    char word[80], like[80], of[80];

    bl_show(word, sizeof word, o->text, strlen(o->text));
    bl_show(of, sizeof of, d->column, strlen(d->column));
    bl_fail(b->err, BL_UNKNOWN, "'%s' is no column of %s and no value of '%s'", word, b->t->name, of);
    if (near)
        bl_hint(b->err, "did you mean '%s'? distinct %s lists the values", bl_show(like, sizeof like, near, strlen(near)), of);
    else
        bl_hint(b->err, "distinct %s lists the values; in quotes any text will do: '%s'", of, word);
    return point_operand(b, o);
}

/* A word beside a value of known kind. */
static bool settle_beside(struct binder *b, struct operand *o, const struct operand *other)
{
    const bool as_text = o->quote != '`' && (o->column == NO_COLUMN || o->quote);
    double seconds = NAN;
    char buffer[80];

    if (!o->word)
        return true;
    if (other->kind == BL_IS_TEXT && as_text) {
        if (!o->quote && other->d->column && bl_bind_find_word(other->d, o->text) == SIZE_MAX)
            return no_value(b, o, other->d);
        return settle_text(b, o);
    }
    if (other->kind == BL_IS_DATE && as_text) {
        bl_words_numbers(BL_OP_TO_DATE, &o->text, 1, &seconds);
        if (o->column == NO_COLUMN || !isnan(seconds))
            return settle_date(b, o);
    }
    if (o->column == NO_COLUMN && o->quote && o->quote != '`') {
        char beside[80];

        bl_fail(b->err, BL_VALUE, "%s is a text, but %s is %s", written(b, o, buffer), written(b, other, beside), bl_bind_kind_text(other->kind));
        bl_hint(b->err, "compare it with a number: %s > 0", beside);
        return point_operand(b, o);
    }
    return bl_bind_column(b, o);
}

/* Two operands that belong together. texts: words in quotes are texts rather than columns (if, fill). */
bool bl_bind_pair(struct binder *b, struct operand *l, struct operand *r, bool texts)
{
    if (l->word && r->word) {
        struct operand *first = l->column != NO_COLUMN && !(texts && l->quote) ? l : r->column != NO_COLUMN && !(texts && r->quote) ? r : NULL;

        if (!first && l->quote && l->quote != '`' && texts)
            return settle_text(b, l) && settle_beside(b, r, l);
        if (!bl_bind_column(b, first ? first : l))
            return false;
    }
    return l->word ? settle_beside(b, l, r) : settle_beside(b, r, l);
}

/* A word where a text is wanted. */
bool bl_bind_wanting_text(struct binder *b, struct operand *o)
{
    return o->word && o->column == NO_COLUMN && o->quote && o->quote != '`' ? settle_text(b, o) : bl_bind_column(b, o);
}

/* ---- kinds --------------------------------------------------------------------------------------*/

/* Texts that are all numbers become them. */
bool bl_bind_as_number(struct binder *b, struct operand *o, size_t depth)
{
    double *table;

    if (o->kind == BL_IS_NUMBER || o->kind == BL_IS_TRUTH)
        return true;
    if (o->kind != BL_IS_TEXT || !o->d->by_value)
        return bl_bind_wrong_kind(b, o, "a number");
    if (!(table = bl_bind_table(b, o->d->n)))
        return false;
    bl_words_numbers(BL_OP_TO_NUMBER, o->d->words, o->d->n, table);
    o->kind = BL_IS_NUMBER;
    return bl_bind_look_up(b, table, o->d->n, depth);
}

bool bl_bind_as_truth(struct binder *b, struct operand *o)
{
    return bl_bind_column(b, o) && (o->kind == BL_IS_TRUTH || o->kind == BL_IS_NUMBER || bl_bind_wrong_kind(b, o, "a condition"));
}
