/* From text to statements. A command ends at a newline or `;` outside quotes and parentheses; `#` at
 * the start of a word begins a comment; `\` before a newline continues the line; '...' is literal,
 * "..." knows \" and \\. See docs for the whole grammar; the shell never re-implements any of it. */
#include "src/language/private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_space(char c)
{
    return is_blank(c) || c == '\n';
}

/* Bytes of a backslash and a line break behind it at s, 0 if there is none. */
static size_t continuation(const char *s)
{
    if (s[0] != '\\')
        return 0;
    if (s[1] == '\n')
        return 2;
    return s[1] == '\r' && s[2] == '\n' ? 3 : 0;
}

static bool is_escape(const char *s)
{
    return s[0] == '\\' && s[1] && strchr(" \t'\";#|\\(),=", s[1]);
}

/* ---- the scanner: where does a command end? ----------------------------------------------------*/

/* One step inside a quote; returns the next index. */
static size_t scan_quoted(const char *text, size_t i, struct bl_scan *scan)
{
    if (scan->quote == '"' && text[i] == '\\' && (text[i + 1] == '"' || text[i + 1] == '\\'))
        return i + 2;
    if (text[i] == scan->quote)
        scan->quote = 0;
    return i + 1;
}

/* One step outside quotes. */
static size_t scan_plain(const char *text, size_t i, struct bl_scan *scan)
{
    const char c = text[i];

    if (c == '\\') {
        const size_t n = continuation(text + i);

        scan->backslash = !text[i + (n ? n : 1)]; /* nothing behind it yet */
        return i + (n ? n : is_escape(text + i) ? 2 : 1);
    }
    if (c == '\'' || c == '"') {
        scan->quote = c;
        scan->quote_at = i;
    } else if (c == '(') {
        if (!scan->depth++)
            scan->depth_at = i;
    } else if (c == ')' && scan->depth) {
        scan->depth--;
    }
    return i + 1;
}

size_t bl_scan_command(const char *text, size_t from, struct bl_scan *scan)
{
    size_t i = from;

    *scan = (struct bl_scan){0};
    while (text[i]) {
        if (scan->quote) {
            i = scan_quoted(text, i, scan);
            continue;
        }
        if (!scan->depth && (text[i] == '\n' || text[i] == ';'))
            return i;
        if (!scan->depth && text[i] == '#' && (i == from || is_space(text[i - 1]))) {
            scan->comment = true;
            return i;
        }
        i = scan_plain(text, i, scan);
    }
    return i;
}

/* Skips blanks, ends of commands and comments, counting lines. */
static size_t skip_between(const char *text, size_t i, size_t *line)
{
    for (;;) {
        const size_t joined = continuation(text + i);

        if (text[i] == '#') {
            while (text[i] && text[i] != '\n')
                i++;
        } else if (joined) {
            i += joined;
            ++*line;
        } else if (text[i] == '\n') {
            i++;
            ++*line;
        } else if (is_blank(text[i]) || text[i] == ';') {
            i++;
        } else {
            return i;
        }
    }
}

bool bl_session_wants_more(const char *text)
{
    size_t i = 0, line = 0;

    for (;;) {
        struct bl_scan scan;

        i = skip_between(text, i, &line);
        if (!text[i])
            return i > 1 && text[i - 1] == '\n' && text[i - 2] == '\\';
        i = bl_scan_command(text, i, &scan);
        if (!text[i])
            return scan.quote || scan.depth || scan.backslash;
    }
}

/* ---- words and pairs ----------------------------------------------------------------------------*/

struct piece { /* one word under construction; without text it is only measured */
    char *text;
    size_t length;
    bool quoted;
    char last;          /* last character if it was bare, else 0 */
};

static void put(struct piece *p, char c, bool bare)
{
    if (p->text)
        p->text[p->length] = c;
    p->length++;
    p->last = bare ? c : 0;
}

static size_t quoted_part(const char *line, size_t i, struct piece *p)
{
    const char quote = line[i++];

    p->quoted = true;
    p->last = 0;
    while (line[i] && line[i] != quote) {
        if (quote == '"' && line[i] == '\\' && (line[i + 1] == '"' || line[i + 1] == '\\'))
            i++;
        put(p, line[i++], false);
    }
    return line[i] ? i + 1 : i;
}

/* Inside parentheses blanks and quotes stay as they are: the inner words are read later. */
static size_t parenthesis_part(const char *line, size_t i, struct piece *p)
{
    struct bl_scan scan = {0};

    do {
        const size_t next = scan.quote ? scan_quoted(line, i, &scan) : scan_plain(line, i, &scan);

        for (; i < next; i++)
            put(p, line[i], true);
    } while (line[i] && (scan.depth || scan.quote));
    return i;
}

/* One word from line[i]; with stop_at_equals a bare '=' ends it. Returns where it ends. */
static size_t word_part(const char *line, size_t i, bool stop_at_equals, struct piece *p)
{
    while (line[i] && !is_space(line[i]) && line[i] != '|' && !continuation(line + i)) {
        if (line[i] == '\'' || line[i] == '"') {
            i = quoted_part(line, i, p);
        } else if (line[i] == '(') {
            i = parenthesis_part(line, i, p);
        } else if (line[i] == '=' && stop_at_equals) {
            return i;
        } else if (is_escape(line + i)) {
            put(p, line[i + 1], false);
            i += 2;
        } else {
            put(p, line[i++], true);
        }
    }
    return i;
}

static size_t skip_space(const char *line, size_t i)
{
    for (;;) {
        const size_t joined = continuation(line + i);

        if (joined)
            i += joined;
        else if (is_space(line[i]))
            i++;
        else
            return i;
    }
}

/* A value: one word, which a comma at its end prolongs over blanks ("1, 32, all"). A comma alone is a value (decimal=,). */
static size_t value_part(const char *line, size_t i, struct piece *p)
{
    i = word_part(line, i, false, p);
    if (p->length == 1)
        return i;
    while (p->last == ',' && line[skip_space(line, i)] && line[skip_space(line, i)] != '|')
        i = word_part(line, skip_space(line, i), false, p);
    return i;
}

static size_t plain_word(const char *line, size_t i, struct piece *p)
{
    return word_part(line, i, false, p);
}

/* What begins with ~/ or $NAME/ is a path, as completion leaves it; anything else stays as it is. */
static bool at_home(const char *s)
{
    const size_t n = s[0] == '$' ? strspn(s + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") : 0;
    char name[64] = "";

    if (n && n < sizeof name && s[n + 1] == '/')
        memcpy(name, s + 1, n);
    return s[0] == '~' ? s[1] == '/' && getenv("HOME") : name[0] && getenv(name);
}

static const char *path_of(struct bl_arena *arena, const char *s)
{
    struct bl_text path = {0};
    char *whole;

    if (!at_home(s))
        return s;
    bl_path_expand(&path, s, strlen(s));
    whole = path.failed ? NULL : bl_arena_text(arena, bl_text_get(&path), path.length);
    bl_text_free(&path);
    return whole ? whole : s;
}

/* Measures first, so that a command takes memory for what it holds and no more. */
static bool read_piece(size_t (*part)(const char *, size_t, struct piece *), const char *line, size_t *at,
                       struct bl_arena *arena, struct piece *p)
{
    *p = (struct piece){0};
    part(line, *at, p);
    *p = (struct piece){.text = bl_arena_take(arena, p->length + 1, 1)};
    if (!p->text)
        return false;
    *at = part(line, *at, p);
    return true;
}

static bool is_key(const char *s, size_t n)
{
    if (!n || !(isalpha((unsigned char)s[0]) || s[0] == '_'))
        return false;
    for (size_t i = 1; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && s[i] != '_' && s[i] != '-')
            return false;
    return true;
}

static char *key_of(struct bl_arena *arena, const char *s, size_t n)
{
    char *key = bl_arena_text(arena, s, n);

    for (char *c = key; c && *c; c++)
        *c = *c == '-' ? '_' : (char)tolower((unsigned char)*c);
    return key;
}

static bool no_value(struct bl_error *err, const char *key, size_t at, size_t length)
{
    bl_fail(err, BL_USAGE, "%s= has no value", key);
    bl_hint(err, "%s=VALUE, or %s='' for an empty one", key, key);
    if (err) {
        err->word_at = at;
        err->word_len = length;
    }
    return false;
}

static bool read_value(const char *line, size_t *at, struct bl_arena *arena, struct bl_pair *pair, struct bl_error *err)
{
    struct piece p;

    pair->value_at = *at = skip_space(line, *at);
    if (!read_piece(value_part, line, at, arena, &p))
        return bl_fail_memory(err, "a command");
    pair->value = path_of(arena, p.text);
    pair->value_length = *at - pair->value_at;
    pair->length = *at - pair->at;
    if (!p.length && !p.quoted)
        return no_value(err, pair->key, pair->at, strlen(pair->key) + 1);
    /* "name= target=y": what follows the blank is a pair of its own. */
    const char *equals = strchr(p.text, '=');
    const bool is_pair = equals && !p.quoted && is_space(line[pair->value_at - 1]) &&
                         is_key(p.text, (size_t)(equals - p.text));

    return !is_pair || no_value(err, pair->key, pair->at, strlen(pair->key) + 1);
}

/* The bare key at line[at] if a `=` follows it (perhaps after blanks), else 0; *behind: after the `=`. */
static size_t key_length(const char *line, size_t at, size_t *behind)
{
    struct piece p = {0};
    const size_t end = word_part(line, at, true, &p), ahead = skip_space(line, end);

    if (p.quoted || line[ahead] != '=' || line[ahead + 1] == '=' || !is_key(line + at, end - at))
        return 0;
    *behind = ahead + 1;
    return end - at;
}

static enum bl_piece bad_memory(struct bl_error *err)
{
    bl_fail_memory(err, "a command");
    return BL_PIECE_BAD;
}

enum bl_piece bl_piece_read(const char *line, size_t *at, struct bl_arena *arena, struct bl_word *word,
                            struct bl_pair *pair, struct bl_error *err)
{
    const size_t start = *at = skip_space(line, *at);
    struct piece p;
    size_t behind, n;

    if (!line[start] || line[start] == '|')
        return line[start] ? BL_PIECE_PIPE : BL_PIECE_END;
    n = key_length(line, start, &behind);
    if (n) {
        *pair = (struct bl_pair){.key = key_of(arena, line + start, n), .at = start};
        *at = behind;
        if (!pair->key)
            return bad_memory(err);
        return read_value(line, at, arena, pair, err) ? BL_PIECE_PAIR : BL_PIECE_BAD;
    }
    if (!read_piece(plain_word, line, at, arena, &p))
        return bad_memory(err);
    *word = (struct bl_word){.text = path_of(arena, p.text), .at = start, .length = *at - start, .quoted = p.quoted};
    return BL_PIECE_WORD;
}

/* ---- statements -----------------------------------------------------------------------------------*/

static bool fail_at(struct bl_error *err, size_t at, size_t length)
{
    if (err) {
        err->word_at = at;
        err->word_len = length ? length : 1;
    }
    return false;
}

static bool check_closed(const struct bl_scan *scan, size_t start, struct bl_error *err)
{
    if (scan->quote) {
        bl_fail(err, BL_USAGE, "the quote %c is never closed", scan->quote);
        bl_hint(err, "close it with %c; a quote inside a name is written between the other kind", scan->quote);
        return fail_at(err, scan->quote_at - start, 1);
    }
    if (scan->depth) {
        bl_fail(err, BL_USAGE, "the parenthesis is never closed");
        bl_hint(err, "close it with ), or put a name that holds one between quotes");
        return fail_at(err, scan->depth_at - start, 1);
    }
    return true;
}

/* "verb", from the start of the line; stops at blanks, `=`, `|`; "?word" is "? word". */
static size_t verb_length(const char *line)
{
    size_t n = 0;

    if (line[0] == '?')
        return 1;
    while (line[n] && !is_space(line[n]) && line[n] != '|' && line[n] != '=' && !continuation(line + n))
        n++;
    return n;
}

static bool find_verb(struct bl_statement *st, bool interactive, struct bl_arena *arena, size_t *behind, struct bl_error *err)
{
    const char *line = st->args.line;
    const size_t n = verb_length(line);
    char *verb = bl_arena_text(arena, line, n);
    const size_t ahead = skip_space(line, n);

    if (!verb)
        return bl_fail_memory(err, "a command");
    st->args.verb = verb;
    if (line[ahead] == '=' && is_key(verb, n)) {
        bl_fail(err, BL_USAGE, "a command starts with a verb, not with '%s='", verb);
        bl_hint(err, "set %s=%.40s", verb, line + skip_space(line, ahead + 1));
        return fail_at(err, 0, n);
    }
    st->command = bl_verb_resolve(verb, interactive, &st->abbreviated, err);
    if (!st->command)
        return fail_at(err, 0, n);
    st->args.verb = st->command->name;
    *behind = n;
    return true;
}

static bool read_pipe(struct bl_statement *st, size_t at, struct bl_arena *arena, struct bl_error *err)
{
    const char *line = st->args.line;
    const size_t bar = at++;
    size_t n = 0;

    st->pipe = bl_arena_take(arena, strlen(line + at) / 2 + 3, sizeof *st->pipe);
    if (!st->pipe)
        return bl_fail_memory(err, "a command");
    for (at = skip_space(line, at); line[at]; at = skip_space(line, at)) {
        struct piece p;

        if (line[at] == '|') {
            bl_fail(err, BL_USAGE, "one program can follow a command, not two");
            bl_hint(err, "write to=FILE first, and run the programs on that file");
            return fail_at(err, at, 1);
        }
        if (!read_piece(plain_word, line, &at, arena, &p))
            return bl_fail_memory(err, "a command");
        st->pipe[n++] = p.text;
    }
    if (n)
        return true;
    bl_fail(err, BL_USAGE, "no program follows '|'");
    bl_hint(err, "%s | less -S", st->args.verb);
    return fail_at(err, bar, 1);
}

static bool has_key(const struct bl_command *c, const char *name)
{
    for (const struct bl_key *k = c->keys; k && k->name; k++)
        if (strcmp(k->name, name) == 0)
            return true;
    return false;
}

/* to=, overwrite= and raw= belong to every command that prints; one that writes a file of its own
 * (predict out=) has a key overwrite=, which it gets to see too. */
static bool take_universal(struct bl_statement *st, const struct bl_pair *pair, bool *taken, struct bl_error *err)
{
    *taken = true;
    if (bl_key_same(pair->key, "to")) {
        st->to = pair->value;
        return true;
    }
    if (bl_key_same(pair->key, "overwrite") || bl_key_same(pair->key, "raw")) {
        const struct bl_args one = {.pairs = pair, .n_pairs = 1};

        *taken = !has_key(st->command, pair->key);
        return bl_arg_yes(&one, pair->key, pair->key[0] == 'o' ? &st->overwrite : &st->raw, err);
    }
    *taken = false;
    return true;
}

/* Words and pairs of an ordinary command, up to a pipe. */
static bool read_pieces(struct bl_statement *st, size_t at, struct bl_arena *arena, struct bl_error *err)
{
    const char *line = st->args.line;
    const size_t room = (strlen(line + at) + 1) / 2 + 1;
    struct bl_word *words = bl_arena_take(arena, room, sizeof *words);
    struct bl_pair *pairs = bl_arena_take(arena, room, sizeof *pairs);

    if (!words || !pairs)
        return bl_fail_memory(err, "a command");
    st->args.words = words;
    st->args.pairs = pairs;
    for (;;) {
        struct bl_pair *pair = &pairs[st->args.n_pairs];
        bool taken = false;

        switch (bl_piece_read(line, &at, arena, &words[st->args.n_words], pair, err)) {
        case BL_PIECE_END:
            return true;
        case BL_PIECE_PIPE:
            return read_pipe(st, at, arena, err);
        case BL_PIECE_BAD:
            return false;
        case BL_PIECE_WORD:
            st->args.n_words++;
            break;
        case BL_PIECE_PAIR:
            if (!take_universal(st, pair, &taken, err))
                return false;
            st->args.n_pairs += !taken;
            break;
        }
    }
}

/* Where the rest of an expression command ends: at a bare `|`. */
static size_t rest_length(const char *rest)
{
    struct bl_scan scan = {0};
    size_t i = 0;

    while (rest[i] && (scan.quote || rest[i] != '|'))
        i = scan.quote ? scan_quoted(rest, i, &scan) : scan_plain(rest, i, &scan);
    return i;
}

/* Cuts a last word `to=FILE` off an expression; its length in bytes. */
static size_t cut_to(struct bl_statement *st, const char *rest, size_t n, struct bl_arena *arena)
{
    size_t start = n;

    while (start > 0 && !is_space(rest[start - 1]))
        start--;
    if (n - start < 4 || strncmp(rest + start, "to=", 3) != 0)
        return n;
    struct piece p;
    size_t at = start + 3;
    if (!read_piece(plain_word, rest, &at, arena, &p))
        return n;
    st->to = p.text;
    while (start > 0 && is_space(rest[start - 1]))
        start--;
    return start;
}

/* The raw text behind the verb; line breaks that were continued become blanks, so that places hold. */
static bool read_rest(struct bl_statement *st, size_t at, struct bl_arena *arena, struct bl_error *err)
{
    const char *line = st->args.line;
    const bool inner = st->command->first == BL_ARG_COMMAND;
    size_t n;

    at = skip_space(line, at);
    n = inner ? strlen(line + at) : rest_length(line + at);
    if (line[at + n] == '|' && !read_pipe(st, at + n, arena, err))
        return false;
    while (n > 0 && is_space(line[at + n - 1]))
        n--;
    if (!inner)
        n = cut_to(st, line + at, n, arena);
    char *rest = bl_arena_text(arena, line + at, n);
    if (!rest)
        return bl_fail_memory(err, "a command");
    for (size_t i = 0; rest[i] && !inner; i++)
        for (size_t k = continuation(rest + i); k; k--)
            rest[i + k - 1] = ' ';
    st->args.rest = rest;
    st->args.rest_at = at;
    return true;
}

static void count_lines(const char *text, size_t from, size_t to, size_t *line)
{
    for (size_t i = from; i < to; i++)
        *line += text[i] == '\n';
}

bool bl_statement_read(const char *text, size_t *at, size_t *line, bool interactive, struct bl_arena *arena,
                       struct bl_statement *out, struct bl_error *err)
{
    struct bl_scan scan;
    const size_t start = skip_between(text, *at, line);
    const size_t end = bl_scan_command(text, start, &scan);
    size_t n = end - start, behind = 0;

    *out = (struct bl_statement){.line = *line};
    *at = end;
    count_lines(text, start, end, line);
    if (!n)
        return true;
    out->args.rest = "";
    if (n > BL_COMMAND_BYTES) {
        out->args.line = "";
        bl_fail(err, BL_LIMIT, "a command of %zu bytes is longer than the limit of %d", n, BL_COMMAND_BYTES);
        return bl_hint(err, "write it as several commands in a script, then source FILE");
    }
    while (n > 0 && is_space(text[start + n - 1]))
        n--;
    out->args.line = bl_arena_text(arena, text + start, n);
    if (!out->args.line)
        return bl_fail_memory(err, "a command");
    out->found = true;
    if (!find_verb(out, interactive, arena, &behind, err) || !check_closed(&scan, start, err))
        return false;
    return out->command->raw ? read_rest(out, behind, arena, err) : read_pieces(out, behind, arena, err);
}
