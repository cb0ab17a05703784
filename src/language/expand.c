/* Values that stand for several: lists "1,32,all", ranges "0.01..1:5"; and words with settings of
 * their own: "mini:32(optimizer=adam, lr=0.01)". */
#include "src/language/private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RANGE_POINTS 7
#define RANGE_MOST 1000

static bool is_one_of(const char *key, const char *const *names)
{
    for (size_t i = 0; names[i]; i++)
        if (bl_key_same(names[i], key))
            return true;
    return false;
}

static bool is_rate(const char *key)
{
    return is_one_of(key, (const char *const[]){"lr", "l1", "l2", "eps", NULL});
}

static bool counts(const char *key)
{
    return is_one_of(key, (const char *const[]){"batch", "epochs", "seed", "every", "bins", NULL});
}

static bool add_value(struct bl_values *v, const char *text, size_t n, struct bl_error *err)
{
    char *copy = bl_strndup(text, n);
    char **more = copy ? bl_realloc(v->items, v->count + 1, sizeof *more) : NULL;

    if (!more) {
        bl_free(copy);
        return bl_fail_memory(err, "a list of values");
    }
    v->items = more;
    v->items[v->count++] = copy;
    return true;
}

struct range { double from, to; int64_t points; };

/* Reads "A..B" or "A..B:N"; false when the text is not a range at all. */
static bool read_range(const char *s, size_t n, struct range *r, bool *bad)
{
    const char *dots = NULL, *colon = memchr(s, ':', n);
    const size_t end = colon ? (size_t)(colon - s) : n;

    *bad = false;
    for (size_t i = 0; i + 1 < end && !dots; i++)
        if (s[i] == '.' && s[i + 1] == '.')
            dots = s + i;
    if (!dots || !bl_number_parse(s, (size_t)(dots - s), &r->from) ||
        !bl_number_parse(dots + 2, (size_t)(s + end - dots) - 2, &r->to))
        return false;
    r->points = RANGE_POINTS;
    *bad = colon && (!bl_integer_parse(colon + 1, n - end - 1, &r->points) || r->points < 2 || r->points > RANGE_MOST);
    return true;
}

/* Point i of the range. 12 digits, so that 0.01..1:5 gives 0.1 and not 0.10000000000000002. */
static void range_point(const struct range *r, int64_t i, bool log_spaced, bool whole, char *text, size_t size)
{
    const double t = (double)i / (double)(r->points - 1);
    const double x = i == 0 ? r->from
                     : i == r->points - 1 ? r->to
                     : log_spaced ? r->from * pow(r->to / r->from, t)
                                  : r->from + t * (r->to - r->from);

    snprintf(text, size, "%.12g", whole ? nearbyint(x) : x);
}

static bool add_range(struct bl_values *v, const char *key, const struct range *r, struct bl_error *err)
{
    const bool log_spaced = is_rate(key);

    if (log_spaced && (r->from <= 0 || r->to <= 0)) {
        bl_fail(err, BL_VALUE, "both ends of a range of %s must be greater than 0", key);
        return bl_hint(err, "%s=0.001..1:7 (spaced by factors), or a list: %s=0,0.01,0.1", key, key);
    }
    for (int64_t i = 0; i < r->points; i++) {
        char text[40];

        range_point(r, i, log_spaced, counts(key), text, sizeof text);
        if (v->count && strcmp(v->items[v->count - 1], text) == 0)
            continue;
        if (!add_value(v, text, strlen(text), err))
            return false;
    }
    return true;
}

static bool add_item(struct bl_values *v, const char *key, const char *s, size_t n, struct bl_error *err)
{
    struct range r;
    bool bad;

    while (n && *s == ' ')
        s++, n--;
    while (n && s[n - 1] == ' ')
        n--;
    if (!n) {
        bl_fail(err, BL_VALUE, "%s= has an empty place in its list", key);
        return bl_hint(err, "write values with single commas: 0.01,0.1,1");
    }
    if (!read_range(s, n, &r, &bad))
        return add_value(v, s, n, err);
    if (!bad)
        return add_range(v, key, &r, err);
    bl_fail(err, BL_VALUE, "%s=%.*s: a range has 2 to %d points", key, (int)n, s, RANGE_MOST);
    return bl_hint(err, "%s=0.01..1:5", key);
}

bool bl_values_expand(const char *key, const char *value, struct bl_values *out, struct bl_error *err)
{
    const char *from = value;
    size_t depth = 0;
    bool ok = true;

    *out = (struct bl_values){0};
    for (const char *c = value; ok; c++) {
        depth += *c == '(';
        depth -= *c == ')' && depth;
        if ((*c == ',' && !depth) || !*c) {
            ok = add_item(out, key, from, (size_t)(c - from), err);
            from = c + 1;
        }
        if (!*c)
            break;
    }
    if (!ok)
        bl_values_free(out);
    return ok;
}

void bl_values_free(struct bl_values *v)
{
    for (size_t i = 0; i < v->count; i++)
        bl_free(v->items[i]);
    bl_free(v->items);
    *v = (struct bl_values){0};
}

/* ---- calls ---------------------------------------------------------------------------------------*/

/* A comma between options becomes a blank; one inside a list ("lr=0.1,0.2") stays, being followed by
 * no key. */
static bool splits(const char *s, size_t i)
{
    size_t k = i + 1;

    while (s[k] == ' ')
        k++;
    const size_t name = strcspn(s + k, ",=() ");
    return s[i] == ',' && name && s[k + name + strspn(s + k + name, " ")] == '=';
}

static bool read_options(struct bl_call *c, char *inside, const char *word, struct bl_error *err)
{
    struct bl_scan scan = {0};
    size_t at = 0, room = strlen(inside) / 3 + 1;
    struct bl_word stray = {0};
    struct bl_pair pair;

    for (size_t i = 0; inside[i]; i++) {
        if (!scan.quote && splits(inside, i))
            inside[i] = ' ';
        if (inside[i] == '\'' || inside[i] == '"')
            scan.quote = !scan.quote ? inside[i] : scan.quote == inside[i] ? 0 : scan.quote;
    }
    c->options = bl_arena_take(c->arena, room, sizeof *c->options);
    if (!c->options)
        return bl_fail_memory(err, "settings of a contestant");
    for (;;) {
        switch (bl_piece_read(inside, &at, c->arena, &stray, &pair, err)) {
        case BL_PIECE_END:
            return true;
        case BL_PIECE_BAD:
            return false;
        case BL_PIECE_PAIR:
            c->options[c->n_options++] = (struct bl_option){.key = pair.key, .value = pair.value};
            break;
        default:
            bl_fail(err, BL_USAGE, "in '%s' a key=value is expected, not '%s'", word, stray.text ? stray.text : "|");
            return bl_hint(err, "%s(lr=0.1, optimizer=adam)", c->name);
        }
    }
}

bool bl_call_parse(const char *word, struct bl_call *out, struct bl_error *err)
{
    const size_t n = strlen(word), name = strcspn(word, "(");

    *out = (struct bl_call){.arena = bl_arena_create(0)};
    if (out->arena)
        out->name = bl_arena_text(out->arena, word, name);
    if (!out->name) {
        bl_call_free(out);
        return bl_fail_memory(err, "a contestant");
    }
    if (name == n)
        return true;
    if (word[n - 1] != ')') {
        bl_fail(err, BL_USAGE, "'%s' goes on behind its parenthesis", word);
        bl_hint(err, "put a blank between contestants");
    } else {
        char *inside = bl_arena_text(out->arena, word + name + 1, n - name - 2);

        if (inside && read_options(out, inside, word, err))
            return true;
        if (!inside)
            bl_fail_memory(err, "a contestant");
    }
    bl_call_free(out);
    return false;
}

void bl_call_free(struct bl_call *c)
{
    bl_arena_free(c->arena);
    *c = (struct bl_call){0};
}
