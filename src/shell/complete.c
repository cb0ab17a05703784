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

static char *line_with(const char *line, size_t from, const char *text, size_t n)
{
    char *out = malloc(from + n + 1); /* readline frees it */

    if (!out)
        return NULL;
    memcpy(out, line, from);
    memcpy(out + from, text, n);
    out[from + n] = '\0';
    return out;
}

static void show_hint(const char *line)
{
    char hint[256];

    bl_complete_hint(session, line, strlen(line), hint, sizeof hint);
    if (!hint[0])
        return;
    rl_crlf();
    fprintf(rl_outstream, "%s", hint);
    rl_crlf();
    rl_on_new_line();
}

char **complete_word(const char *text, int start, int end)
{
    char **matches;

    (void)start;
    (void)end;
    rl_attempted_completion_over = 1;
    bl_candidates_free(&candidates);
    candidates = (struct bl_candidates){ 0 };
    if (!bl_complete(session, text, strlen(text), &candidates) || candidates.count == 0) {
        show_hint(text);
        return NULL;
    }
    matches = calloc(candidates.count + 2, sizeof *matches);
    if (!matches)
        return NULL;
    matches[0] = line_with(text, candidates.from, candidates.items[0].text, common_prefix(&candidates));
    for (size_t i = 0; candidates.count > 1 && i < candidates.count; i++)
        matches[i + 1] = line_with(text, candidates.from, candidates.items[i].text, strlen(candidates.items[i].text));
    rl_completion_append_character = candidates.count == 1 && candidates.items[0].no_space ? '\0' : ' ';
    return matches;
}

static size_t widest(size_t from, size_t to)
{
    size_t width = 0;

    for (size_t i = from; i < to; i++) {
        size_t w = bl_text_width(candidates.items[i].text, strlen(candidates.items[i].text));
        width = w > width ? w : width;
    }
    return width;
}

/* A few candidates get a line each with what they mean; many stand in columns. */
static void list_group(size_t from, size_t to, int screen)
{
    size_t width = widest(from, to) + 2, columns = (size_t)screen / width ? (size_t)screen / width : 1, n = to - from;
    bool notes = n <= 16;

    for (size_t i = from; notes && i < to; i++)
        if (!candidates.items[i].note)
            notes = false;
    if (notes) {
        for (size_t i = from; i < to; i++)
            fprintf(rl_outstream, "  %-*s%.*s\n", (int)width, candidates.items[i].text, screen - (int)width - 3, candidates.items[i].note);
        return;
    }
    size_t rows = (n + columns - 1) / columns;
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = from + row; i < to; i += rows)
            fprintf(rl_outstream, i + rows < to ? "%-*s" : "%.0d%s", i + rows < to ? (int)width : 0, candidates.items[i].text);
        fprintf(rl_outstream, "\n");
    }
}

/* Unlike names are never mixed: groups stand apart, one blank line between. */
static void list(char **matches, int count, int longest)
{
    int width, height;
    size_t from = 0;

    (void)matches;
    (void)count;
    (void)longest;
    bl_terminal_size(fileno(rl_outstream), &width, &height);
    rl_crlf();
    while (from < candidates.count) {
        size_t to = from;
        while (to < candidates.count && candidates.items[to].group == candidates.items[from].group)
            to++;
        if (from)
            fprintf(rl_outstream, "\n");
        list_group(from, to, width);
        from = to;
    }
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
}
