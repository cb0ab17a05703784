/* What handlers ask of their arguments: numbers in range, choices, columns; errors point at the word. */
#include "src/language/private.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const struct bl_pair *find_pair(const struct bl_args *a, const char *key)
{
    for (size_t i = 0; i < a->n_pairs; i++)
        if (bl_key_same(a->pairs[i].key, key))
            return &a->pairs[i];
    return NULL;
}

const char *bl_arg(const struct bl_args *a, const char *key)
{
    const struct bl_pair *p = find_pair(a, key);

    return p ? p->value : NULL;
}

static bool point_at(struct bl_error *err, size_t at, size_t length)
{
    if (err) {
        err->word_at = at;
        err->word_len = length;
    }
    return false;
}

bool bl_at_word(struct bl_error *err, const struct bl_args *a, size_t word)
{
    return word < a->n_words ? point_at(err, a->words[word].at, a->words[word].length) : false;
}

bool bl_at_pair(struct bl_error *err, const struct bl_args *a, const char *key)
{
    const struct bl_pair *p = find_pair(a, key);

    if (!p)
        return false;
    return point_at(err, p->at, p->length);
}

bool bl_at_rest(struct bl_error *err, const struct bl_args *a)
{
    if (err && err->word_len)
        err->word_at += a->rest_at;
    return false;
}

/* ---- numbers ---------------------------------------------------------------------------------------*/

/* "lr=0,1 is not a number", with the way out when a decimal comma was meant. */
static bool not_a_number(struct bl_error *err, const char *key, const char *value, const char *what)
{
    const char *equals = *key ? "=" : "";
    struct bl_text mended = {0};
    double x;

    bl_fail(err, BL_VALUE, "%s%s%s is not %s", key, equals, *value ? value : "''", what);
    for (const char *c = value; *c; c++)
        bl_text_addn(&mended, *c == ',' ? "." : c, 1);
    if (strchr(value, ',') && bl_number_parse(bl_text_get(&mended), mended.length, &x))
        bl_hint(err, "the decimal mark is a point: %s%s%s", key, equals, bl_text_get(&mended));
    bl_text_free(&mended);
    return false;
}

static bool read_integer(const char *lead, const char *key, const char *value, int64_t min, int64_t max, int64_t *out, struct bl_error *err)
{
    const char *equals = *key ? "=" : "";
    int64_t x;

    if (!bl_integer_parse(value, strlen(value), &x))
        return not_a_number(err, key, value, "a whole number");
    if (x >= min && x <= max) {
        *out = x;
        return true;
    }
    bl_fail(err, BL_VALUE, "%s%s%s must be %" PRId64 "%s", key, equals, value, x < min ? min : max,
            x < min ? " or more" : " or less");
    return bl_hint(err, "%s%s%s%" PRId64, lead, key, equals, x < min ? min : max);
}

bool bl_arg_number(const struct bl_args *a, const char *key, double *value, struct bl_error *err)
{
    const char *text = bl_arg(a, key);

    if (!text || bl_number_parse(text, strlen(text), value))
        return true;
    not_a_number(err, key, text, "a number");
    return bl_at_pair(err, a, key);
}

bool bl_arg_integer(const struct bl_args *a, const char *key, int64_t min, int64_t max, int64_t *value, struct bl_error *err)
{
    const char *text = bl_arg(a, key);

    return !text || read_integer("", key, text, min, max, value, err) || bl_at_pair(err, a, key);
}

bool bl_word_number(const struct bl_args *a, size_t i, double *value, struct bl_error *err)
{
    const char *text = i < a->n_words ? a->words[i].text : NULL;

    if (!text || bl_number_parse(text, strlen(text), value))
        return true;
    not_a_number(err, "", text, "a number");
    return bl_at_word(err, a, i);
}

bool bl_word_integer(const struct bl_args *a, size_t i, int64_t min, int64_t max, int64_t *value, struct bl_error *err)
{
    struct bl_text lead = {0}; /* "step update ": with it the hint can be typed */
    bool ok;

    if (i >= a->n_words)
        return true;
    bl_text_addf(&lead, "%s ", a->verb);
    for (size_t k = 0; k < i; k++)
        bl_text_addf(&lead, "%s ", a->words[k].text);
    ok = read_integer(bl_text_get(&lead), "", a->words[i].text, min, max, value, err);
    bl_text_free(&lead);
    return ok || bl_at_word(err, a, i);
}

/* ---- choices ---------------------------------------------------------------------------------------*/

static bool choose(const char *key, const char *value, const char *const *choices, size_t *index, struct bl_error *err)
{
    struct bl_text list = {0};
    const char *near;
    size_t n = 0;

    for (; choices[n]; n++) {
        if (bl_key_same(choices[n], value)) {
            *index = n;
            bl_text_free(&list);
            return true;
        }
        bl_text_addf(&list, "%s%s", n ? ", " : "", choices[n]);
    }
    near = bl_nearest(value, choices, n);
    bl_fail(err, BL_UNKNOWN, "%s%s'%s' is not possible here", key, *key ? "=" : "", value);
    if (near)
        bl_hint(err, "did you mean '%s'? possible: %s", near, bl_text_get(&list));
    else
        bl_hint(err, "possible: %s", bl_text_get(&list));
    bl_text_free(&list);
    return false;
}

bool bl_arg_choice(const struct bl_args *a, const char *key, const char *const *choices, size_t *index, struct bl_error *err)
{
    const char *text = bl_arg(a, key);

    return !text || choose(key, text, choices, index, err) || bl_at_pair(err, a, key);
}

bool bl_word_choice(const struct bl_args *a, size_t i, const char *const *choices, size_t *index, struct bl_error *err)
{
    return i >= a->n_words || choose("", a->words[i].text, choices, index, err) || bl_at_word(err, a, i);
}

bool bl_arg_yes(const struct bl_args *a, const char *key, bool *value, struct bl_error *err)
{
    static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1", NULL};
    const char *text = bl_arg(a, key);

    for (size_t i = 0; text && words[i]; i++) {
        if (bl_key_same(words[i], text)) {
            *value = i % 2;
            return true;
        }
    }
    if (!text)
        return true;
    bl_fail(err, BL_VALUE, "%s=%s is neither yes nor no", key, *text ? text : "''");
    bl_hint(err, "%s=yes or %s=no", key, key);
    return bl_at_pair(err, a, key);
}

/* ---- columns ------------------------------------------------------------------------------------------*/

struct columns {
    const struct bl_table *table;
    bool numeric;
    size_t *at;
    size_t count, capacity;
};

static bool add_column(struct columns *c, const char *name, struct bl_error *err)
{
    size_t at;

    if (!bl_table_column(c->table, name, &at, err))
        return false;
    const struct bl_column *column = &c->table->columns[at];
    if (c->numeric && column->type != BL_NUMERIC) {
        bl_fail(err, BL_VALUE, "column '%s' is %s, not numeric", column->name, bl_type_name(column->type));
        return bl_hint(err, "columns lists the types");
    }
    for (size_t i = 0; i < c->count; i++)
        if (c->at[i] == at)
            return true;
    if (c->count == c->capacity) {
        const size_t capacity = c->capacity ? 2 * c->capacity : 8;
        size_t *more = bl_realloc(c->at, capacity, sizeof *more);

        if (!more)
            return bl_fail_memory(err, "column names");
        c->at = more;
        c->capacity = capacity;
    }
    c->at[c->count++] = at;
    return true;
}

/* Bytes of the longest start of a list, up to one of its commas or its end, that names a column;
 * where none does, up to the first comma. So names may hold commas themselves. */
static size_t longest_name(const struct bl_table *t, const char *list)
{
    for (size_t n = strlen(list); n; n--) {
        if (list[n] != '\0' && list[n] != ',')
            continue;
        for (size_t j = 0; j < t->n_columns; j++)
            if (strlen(t->columns[j].name) == n && strncmp(t->columns[j].name, list, n) == 0)
                return n;
    }
    return strcspn(list, ",");
}

static bool add_word(struct columns *c, const struct bl_word *w, struct bl_error *err)
{
    if (w->quoted)
        return add_column(c, w->text, err);
    for (const char *from = w->text; *from;) {
        const size_t n = longest_name(c->table, from);
        char *name = bl_strndup(from, n);
        const bool ok = name ? !n || add_column(c, name, err) : bl_fail_memory(err, "a column name");

        bl_free(name);
        if (!ok)
            return false;
        from += n + (from[n] == ',');
    }
    return true;
}

bool bl_word_columns(const struct bl_args *a, size_t from, const struct bl_table *t, bool numeric,
                     size_t **columns, size_t *n, struct bl_error *err)
{
    struct columns c = {.table = t, .numeric = numeric};

    for (size_t i = from; i < a->n_words; i++) {
        if (!add_word(&c, &a->words[i], err)) {
            bl_free(c.at);
            return bl_at_word(err, a, i);
        }
    }
    *columns = c.at;
    *n = c.count;
    return true;
}
