/* Completion: the language says what may stand here; readline shows it. The whole line up to the cursor
 * is given to readline as one word, so that only the language decides where words begin. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

#include "src/shell/shell.h"

static struct bl_session *session;
static struct bl_candidates candidates; /* of the last Tab, for the list */

/* Length of what all candidates begin with. */
static size_t common_prefix(const struct bl_candidates *c)
{
    size_t n = c->count ? strlen(c->items[0].text) : 0;

    for (size_t i = 1; i < c->count; i++) {
        size_t j = 0;
        while (j < n && c->items[i].text[j] == c->items[0].text[j])
            j++;
        n = j;
    }
    return n;
}

/* What stands before the word, then text as it is written inside the open quote, if one is open. Text
 * that a quote cannot hold as it is ends it where the list is not certain. */
static char *line_with(const char *line, size_t from, const char *text, size_t n, bool whole)
{
    const char quote = candidates.quote;
    struct bl_text t = { 0 };
    char *out;

    bl_text_addn(&t, line, from);
    for (size_t i = 0; i < n; i++) {
        bool special = (quote && text[i] == quote) || (quote == '"' && text[i] == '\\');
        if (special && !whole)
            break;
        if (special)
            bl_text_add(&t, quote == '"' ? "\\" : "'\"'\"");
        bl_text_addn(&t, text + i, 1);
    }
    if (quote && whole && !candidates.items[0].no_space)
        bl_text_addn(&t, &quote, 1);
    out = t.failed ? NULL : strdup(bl_text_get(&t)); /* readline frees it */
    bl_text_free(&t);
    return out;
}

static void show_hint(const char *line)
{
    char hint[256];
    int width, height;

    bl_complete_hint(session, line, strlen(line), hint, sizeof hint);
    if (!hint[0])
        return;
    bl_terminal_size(fileno(rl_outstream), &width, &height);
    rl_crlf();
    fprintf(rl_outstream, "%.*s", (int)bl_text_fit(hint, strlen(hint), (size_t)width - 1), hint);
    rl_crlf();
    rl_on_new_line();
}

/* One match: the word, whole. Several: first what they have in common, never less than was typed
 * (names are found without regard to case), then each. */
static void fill_matches(char **matches, const char *text)
{
    const struct bl_candidates *c = &candidates;
    size_t prefix = common_prefix(c), typed = strlen(text) - c->from;

    if (c->count == 1) {
        matches[0] = line_with(text, c->from, c->items[0].text, strlen(c->items[0].text), true);
        return;
    }
    matches[0] = prefix < typed ? strdup(text) : line_with(text, c->from, c->items[0].text, prefix, false);
    for (size_t i = 0; i < c->count; i++)
        matches[i + 1] = line_with(text, c->from, c->items[i].text, strlen(c->items[i].text), false);
}

char **complete_word(const char *text, int start, int end)
{
    char **matches;

    (void)start;
    (void)end;
    rl_attempted_completion_over = 1;
    bl_candidates_free(&candidates);
    if (!bl_complete(session, text, strlen(text), &candidates) || candidates.count == 0) {
        show_hint(text);
        return NULL;
    }
    matches = calloc(candidates.count + 2, sizeof *matches);
    if (matches)
        fill_matches(matches, text);
    rl_completion_append_character = candidates.count == 1 && candidates.items[0].no_space ? '\0' : ' ';
    return matches;
}

/* ---- the list -----------------------------------------------------------------------------------*/

/* Names come from data and files: nothing of them may reach the terminal as a command. */
static size_t add_shown(struct bl_text *t, const char *text)
{
    size_t before = t->length;

    bl_text_show(t, text, strlen(text));
    return bl_text_width(bl_text_get(t) + before, t->length - before);
}

static size_t shown_width(const char *text)
{
    struct bl_text t = { 0 };
    size_t width = add_shown(&t, text);

    bl_text_free(&t);
    return width;
}

static size_t widest(size_t from, size_t to)
{
    size_t width = 0;

    for (size_t i = from; i < to; i++) {
        size_t w = shown_width(candidates.items[i].text);
        width = w > width ? w : width;
    }
    return width;
}

/* As much of a note as there is room for, in whole words. */
static void add_note(struct bl_text *t, const char *note, size_t room)
{
    size_t n = strlen(note), fit = bl_text_fit(note, n, room);

    while (fit < n && fit > 0 && note[fit] != ' ')
        fit--;
    bl_text_addn(t, note, fit);
}

static void list_with_notes(struct bl_text *t, size_t from, size_t to, size_t screen)
{
    size_t width = widest(from, to);

    for (size_t i = from; i < to; i++) {
        bl_text_add(t, "  ");
        bl_text_repeat(t, " ", width - add_shown(t, candidates.items[i].text) + 2);
        if (screen > width + 5)
            add_note(t, candidates.items[i].note, screen - width - 5);
        bl_text_add(t, "\n");
    }
}

static void list_in_columns(struct bl_text *t, size_t from, size_t to, size_t screen)
{
    size_t width = widest(from, to) + 2, n = to - from;
    size_t columns = screen / width ? screen / width : 1, rows = (n + columns - 1) / columns;

    for (size_t row = 0; row < rows; row++) {
        for (size_t i = from + row; i < to; i += rows) {
            size_t shown = add_shown(t, candidates.items[i].text);
            if (i + rows < to)
                bl_text_repeat(t, " ", width - shown);
        }
        bl_text_add(t, "\n");
    }
}

/* A few candidates get a line each with what they mean; many stand in columns. */
static void list_group(struct bl_text *t, size_t from, size_t to, size_t screen)
{
    bool notes = to - from <= 16;

    for (size_t i = from; notes && i < to; i++)
        notes = candidates.items[i].note != NULL;
    if (notes)
        list_with_notes(t, from, to, screen);
    else
        list_in_columns(t, from, to, screen);
}

static void list(char **matches, int count, int longest)
{
    struct bl_text t = { 0 };
    int width, height;
    size_t from = 0;

    (void)matches;
    (void)count;
    (void)longest;
    bl_terminal_size(fileno(rl_outstream), &width, &height);
    while (from < candidates.count) {
        size_t to = from;
        while (to < candidates.count && candidates.items[to].group == candidates.items[from].group)
            to++;
        if (from)
            bl_text_add(&t, "\n");
        list_group(&t, from, to, (size_t)width);
        from = to;
    }
    rl_crlf();
    fputs(bl_text_get(&t), rl_outstream);
    bl_text_free(&t);
    rl_on_new_line();
}

void complete_setup(struct bl_session *s)
{
    session = s;
    rl_attempted_completion_function = complete_word;
    rl_completion_display_matches_hook = list;
    rl_completer_word_break_characters = "";
    rl_completer_quote_characters = "";
    rl_completion_query_items = 0;
    rl_filename_completion_desired = 0;
    rl_sort_completion_matches = 0;
    rl_ignore_completion_duplicates = 0;
}
