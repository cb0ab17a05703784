/* Hints as commands: "bins=1" becomes the line that was typed with this in it, "mini:32" of train a train mini:32, so that what
 * stands there runs as it stands. */
#include <ctype.h>
#include <string.h>

#include "src/language/private.h"

enum { LINE_MOST = 72 /* columns of a line behind "hint: " */, TWO_LINES = 144 };

/* The length of a word up to a blank, without a comma or semicolon that ends it; *comma: whether one did. */
static size_t word_of(const char *s, bool *comma)
{
    size_t n = 0;
    char quote = 0;

    for (; s[n] && (quote || s[n] != ' '); n++)
        if (quote ? s[n] == quote : s[n] == '\'' || s[n] == '"')
            quote = quote ? 0 : s[n];
    *comma = n > 0 && s[n] == ' ' && (s[n - 1] == ',' || s[n - 1] == ';');
    return n - *comma;
}

/* Whether it stands for what the reader knows: FILE, COLUMN:TYPE, ... */
static bool is_placeholder(const char *s, size_t n)
{
    size_t capitals = 0;

    for (size_t i = 0; i < n; i++) {
        capitals = isupper((unsigned char)s[i]) ? capitals + 1 : 0;
        if (capitals > 2)
            return true;
    }
    return n >= 3 && strncmp(s + n - 3, "...", 3) == 0;
}

static const struct bl_pair *given(const struct bl_args *a, const char *key)
{
    for (size_t i = 0; i < a->n_pairs; i++)
        if (bl_key_same(a->pairs[i].key, key))
            return &a->pairs[i];
    return NULL;
}

/* One "key=value" that the command knows: its key, and true. */
static bool pair_of(const struct bl_statement *st, const char *s, size_t n, char key[32])
{
    const char *equals = memchr(s, '=', n);
    const size_t length = equals ? (size_t)(equals - s) : 0;
    const bool of_file = st->to != NULL;

    if (length == 0 || length >= 32 || length + 1 == n || is_placeholder(equals + 1, n - length - 1))
        return false;
    memcpy(key, s, length);
    key[length] = '\0';
    for (size_t i = 0; i < length; i++)
        if (!islower((unsigned char)key[i]) && !isdigit((unsigned char)key[i]) && key[i] != '_' && key[i] != '-')
            return false;
    return given(&st->args, key) || (of_file && strcmp(key, "overwrite") == 0) || bl_key_check(st->command, key, NULL);
}

/* line with the pair at its place, or behind it. */
static void put_pair(struct bl_text *line, const struct bl_pair *old, const char *pair, size_t n)
{
    struct bl_text now = {0};
    const char *was = bl_text_get(line);

    if (old)
        bl_text_addf(&now, "%.*s%.*s%s", (int)old->at, was, (int)n, pair, was + old->at + old->length);
    else
        bl_text_addf(&now, "%s %.*s", was, (int)n, pair);
    bl_text_free(line);
    *line = now;
}

/* The line with the pairs that the hint begins with; *used: how much of the hint they are, 0: it begins with none. */
static void line_with_pairs(const struct bl_statement *st, const char *hint, struct bl_text *line, size_t *used)
{
    bool comma = false;
    size_t n, at = 0, replaced = 0;
    char key[32];

    *used = 0;
    bl_text_add(line, st->args.line);
    while (line->length && strchr(" \t", line->at[line->length - 1]))
        line->at[--line->length] = '\0';
    while (!comma && (n = word_of(hint + at, &comma)) > 0 && pair_of(st, hint + at, n, key)) {
        const struct bl_pair *old = given(&st->args, key);

        if ((old && replaced++) || (!old && st->pipe)) { /* its place has moved, or the end is of another program */
            *used = 0;
            return;
        }
        put_pair(line, old, hint + at, n);
        *used = at + n;
        at += n + (hint[at + n] == ' ');
    }
}

/* "leave sparse= out": the line without that pair. */
static void line_without(const struct bl_statement *st, const char *hint, struct bl_text *line, size_t *used)
{
    const size_t n = strlen("leave "), length = strcspn(hint + n, "=");
    const struct bl_pair *p;
    char key[32];

    if (strncmp(hint, "leave ", 6) != 0 || length >= sizeof key || strncmp(hint + n + length, "= out", 5) != 0)
        return;
    memcpy(key, hint + n, length);
    key[length] = '\0';
    p = given(&st->args, key);
    if (!p || p->at == 0)
        return;
    bl_text_addf(line, "%.*s%s", (int)p->at - 1, st->args.line, st->args.line + p->at + p->length);
    *used = n + length + 5;
}

/* "mini:32", "batch lr=0.01, or ...", and not "batch takes all rows", which is a sentence. */
static bool is_contestant(const char *s)
{
    static const char *const words[] = {"batch", "sgd", "mini:", "full:"};
    const size_t first = strcspn(s, " ,("), second = s[first] == ' ' ? strcspn(s + first + 1, " ") : 0;
    const bool said = s[first] != ' ' || s[first + 1] == '(' || memchr(s + first + 1, '=', second);

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(s, words[i], strlen(words[i])) == 0 && (i > 1 || first == strlen(words[i])))
            return said;
    return false;
}

static bool takes_contestants(const struct bl_command *c)
{
    return c->first == BL_ARG_CONTESTANT && !c->any_keys;
}

static bool fits(const struct bl_text *command, const char *rest)
{
    const size_t width = bl_text_width(bl_text_get(command), command->length);

    return !strpbrk(bl_text_get(command), "\r\n") && width <= LINE_MOST && width + strlen(rest) <= TWO_LINES;
}

void bl_hint_whole(struct bl_error *err, const struct bl_statement *st)
{
    struct bl_text whole = {0};
    char hint[sizeof err->hint];
    size_t used = 0;
    bool found;

    memcpy(hint, err->hint, sizeof hint);
    if (!st->command || st->command->raw || !st->args.line || !hint[0])
        return;
    found = takes_contestants(st->command) && is_contestant(hint);
    if (found)
        bl_text_addf(&whole, "%s ", st->command->name);
    else if (strncmp(hint, "leave ", 6) == 0)
        line_without(st, hint, &whole, &used);
    else
        line_with_pairs(st, hint, &whole, &used);
    if ((found || used) && fits(&whole, hint + used))
        bl_hint(err, "%s%s", bl_text_get(&whole), hint + used);
    bl_text_free(&whole);
}
