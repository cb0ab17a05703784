/* Where the cursor stands in a line: verb, word, key or value; quotes and parentheses included. */
#include "complete.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Start of the command that reaches to the end of `text`; SIZE_MAX inside a comment. */
static size_t command_start(const char *text)
{
    size_t i = 0;

    for (;;) {
        struct bl_scan scan;
        size_t end;

        while (is_space(text[i]) || text[i] == ';')
            i++;
        end = bl_scan_command(text, i, &scan);
        if (!text[end])
            return i;
        if (scan.comment) {
            end += strcspn(text + end, "\n");
            if (!text[end])
                return SIZE_MAX;
        }
        i = end + 1;
    }
}

struct walk { /* the command, word by word */
    size_t start;     /* of the current word */
    size_t bare;      /* where it starts behind an opening quote or a key */
    size_t depth, inner; /* inside parentheses: start of the inner word */
    char quote;
    bool in_word;
};

static void walk_character(const char *s, size_t i, struct walk *w)
{
    if (w->quote) {
        w->quote = s[i] == w->quote ? 0 : w->quote;
        return;
    }
    if (!w->in_word) {
        w->start = w->bare = i;
        w->in_word = true;
    }
    if (s[i] == '\'' || s[i] == '"') {
        w->quote = s[i];
        w->bare = i + 1;
    } else if (s[i] == '(') {
        w->depth++;
        w->inner = i + 1;
    } else if (s[i] == ')' && w->depth) {
        w->depth--;
    } else if (w->depth && s[i] == ',') {
        w->inner = i + 1;
    } else if (s[i] == '=' && !w->depth) {
        w->bare = i + 1;
    }
}

static void keep_word(struct place *p, const char *s, size_t start, size_t end)
{
    const char *equals = memchr(s + start, '=', end - start);

    if (equals)
        return;
    if (!p->n_words)
        snprintf(p->first_word, sizeof p->first_word, "%.*s", (int)(end - start), s + start);
    p->n_words++;
}

/* The key before the '=' of the word [start, n); nothing if there is none. */
static bool take_key(struct place *p, const char *s, size_t start, size_t n)
{
    const char *equals = memchr(s + start, '=', n - start);
    const size_t length = equals ? (size_t)(equals - s) - start : 0;

    if (!length || length >= sizeof p->key || s[start] == '\'' || s[start] == '"')
        return false;
    for (size_t i = 0; i < length; i++) {
        const char c = s[start + i];

        if (!isalnum((unsigned char)c) && c != '_' && c != '-')
            return false;
        p->key[i] = (char)tolower((unsigned char)c);
    }
    p->key[length] = '\0';
    return true;
}

static void find_typed(struct place *p, const char *s, size_t base, struct walk *w, size_t n)
{
    size_t start = w->in_word ? w->start : n, bare = w->in_word ? w->bare : n;

    if (w->depth) {
        p->inside = true;
        start = bare = w->inner;
        while (is_space(s[start]))
            start = ++bare;
    }
    if (take_key(p, s, start, n)) {
        const size_t value = start + strlen(p->key) + 1;

        bare = w->quote ? w->bare : value;
        for (size_t i = value; i < n && !w->quote; i++) /* a list goes on behind its last comma */
            if (s[i] == ',')
                bare = i + 1;
    }
    p->quote = w->quote;
    p->from = base + bare;
    p->typed = bl_strndup(s + bare, n - bare);
}

/* Walks over words; time and say hold a command of their own, so the verb moves on. */
bool bl_place_find(const char *line, size_t at, struct place *p)
{
    char *text = bl_strndup(line, at);
    size_t base, n;
    struct walk w = {0};

    *p = (struct place){0};
    if (!text)
        return false;
    base = command_start(text);
    p->nothing = base == SIZE_MAX;
    const char *s = p->nothing ? "" : text + base;
    n = strlen(s);
    bool verb = true;
    for (size_t i = 0; i < n && !p->nothing; i++) {
        const bool space = !w.quote && !w.depth && is_space(s[i]);

        p->nothing = !w.quote && s[i] == '|';
        if (!space) {
            walk_character(s, i, &w);
            continue;
        }
        if (w.in_word && verb) {
            char name[64];
            bool short_form;

            snprintf(name, sizeof name, "%.*s", (int)(i - w.start), s + w.start);
            p->command = bl_verb_resolve(name, true, &short_form, NULL);
            p->nothing = !p->command;
            verb = p->command && p->command->raw && p->command->first == BL_ARG_COMMAND;
        } else if (w.in_word) {
            keep_word(p, s, w.start, i);
        }
        w.in_word = false;
        while (is_space(s[i + 1]))
            i++;
    }
    if (verb)
        p->command = NULL;
    find_typed(p, s, p->nothing ? 0 : base, &w, n);
    bl_free(text);
    return p->typed != NULL;
}

void bl_place_done(struct place *p)
{
    bl_free(p->typed);
}
