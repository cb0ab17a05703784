/* Errors and warnings as people read them: what failed, where (with a caret), why, and what to type.
 * At most 5 lines of 78 columns. */
#include "src/language/private.h"

#include <string.h>

#define WIDTH 78
#define LINES 5

/* Cuts at WIDTH columns with '~'. */
static void add_cut(struct bl_text *out, const char *s, size_t n, size_t width)
{
    size_t fit;

    if (bl_text_width(s, n) <= width) {
        bl_text_addn(out, s, n);
        return;
    }
    fit = bl_text_fit(s, n, width - 1);
    bl_text_addn(out, s, fit);
    bl_text_add(out, "~");
}

/* Bytes of s that go on this line of `width` columns; breaks at a blank where there is one. */
static size_t line_break(const char *s, size_t n, size_t width)
{
    const size_t fit = bl_text_fit(s, n, width);
    size_t cut = fit;

    if (fit >= n)
        return n;
    while (cut > fit / 2 && s[cut] != ' ')
        cut--;
    return s[cut] == ' ' ? cut : fit;
}

/* "LEAD text", wrapped over at most `lines` lines, the later ones indented. Returns lines used. */
static size_t add_wrapped(struct bl_text *out, const char *lead, const char *text, size_t lines)
{
    size_t n = strlen(text), used = 0;
    size_t width = WIDTH > strlen(lead) + 20 ? WIDTH - strlen(lead) : 20;

    bl_text_add(out, lead);
    while (lines > 1 && bl_text_width(text, n) > width) {
        const size_t cut = line_break(text, n, width);
        const size_t skip = text[cut] == ' ';

        bl_text_addn(out, text, cut);
        bl_text_add(out, "\n  ");
        text += cut + skip;
        n -= cut + skip;
        width = WIDTH - 2;
        lines--;
        used++;
    }
    add_cut(out, text, n, width);
    bl_text_add(out, "\n");
    return used + 1;
}

/* The line of the command that holds the word, moved so that the word can be seen, and its caret. */
static void add_caret(struct bl_text *out, const char *line, size_t at, size_t length)
{
    size_t from = at, to = at;
    struct bl_text before = {0}, word = {0}, after = {0};

    while (from > 0 && line[from - 1] != '\n')
        from--;
    while (line[to] && line[to] != '\n')
        to++;
    length = at + length > to ? to - at : length;
    bl_text_show(&before, line + from, at - from);
    bl_text_show(&word, line + at, length);
    bl_text_show(&after, line + at + length, to - at - length);
    const size_t width = bl_text_width(bl_text_get(&word), word.length);
    const size_t ahead = bl_text_width(bl_text_get(&before), before.length);
    const size_t shown = width < WIDTH - 12 ? width : WIDTH - 12;
    const char *tail = bl_text_get(&before);
    size_t left = ahead;

    if (2 + ahead + shown > WIDTH) { /* keep the end of what stands before it */
        const size_t room = WIDTH - 4 - shown;
        size_t skip = bl_text_fit(tail, before.length, ahead - room);

        tail += skip;
        left = bl_text_width(tail, before.length - skip) + 1;
    }
    bl_text_add(out, left == ahead ? "  " : "  ~");
    bl_text_add(out, tail);
    add_cut(out, bl_text_get(&word), word.length, shown);
    if (2 + left + shown < WIDTH)
        add_cut(out, bl_text_get(&after), after.length, WIDTH - 2 - left - shown);
    while (out->length && out->at[out->length - 1] == ' ')
        out->at[--out->length] = '\0';
    bl_text_add(out, "\n  ");
    bl_text_repeat(out, " ", left);
    bl_text_repeat(out, "^", shown ? shown : 1);
    bl_text_add(out, "\n");
    bl_text_free(&before);
    bl_text_free(&word);
    bl_text_free(&after);
}

/* "houses.csv:318:14: " */
static void add_place(struct bl_text *out, const struct bl_error *err)
{
    if (!err->file[0] || !err->line) /* a whole file is named in the message */
        return;
    bl_text_show(out, err->file, strlen(err->file));
    bl_text_addf(out, ":%zu", err->line);
    if (err->column)
        bl_text_addf(out, ":%zu", err->column);
    bl_text_add(out, ": ");
}

void bl_message_print(const struct bl_error *err, const char *kind, const char *command_line, const char *prefix, struct bl_text *out)
{
    const bool caret = command_line && err->word_len && err->word_at < strlen(command_line);
    struct bl_text lead = {0};
    size_t left = LINES - (caret ? 2u : 0u) - (err->reason[0] != 0) - (err->hint[0] != 0);

    bl_text_add(&lead, prefix ? prefix : "");
    bl_text_addf(&lead, "%s%s", kind, *kind ? ": " : "");
    add_place(&lead, err);
    left -= add_wrapped(out, bl_text_get(&lead), err->message[0] ? err->message : bl_code_name(err->code), left);
    if (caret)
        add_caret(out, command_line, err->word_at, err->word_len);
    if (err->reason[0])
        left -= add_wrapped(out, "reason: ", err->reason, left + 1) - 1;
    if (err->hint[0])
        add_wrapped(out, "hint: ", err->hint, left + 1);
    bl_text_free(&lead);
}

void bl_error_print(const struct bl_error *err, const char *command_line, const char *prefix, struct bl_text *out)
{
    bl_message_print(err, "error", command_line, prefix, out);
}
