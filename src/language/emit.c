/* Where a result goes: the screen, the pager, a file (to=), a program (| less). */
#include "src/language/private.h"

#include <string.h>

bool bl_format_of(const char *path, enum bl_format *format, struct bl_error *err)
{
    static const struct { const char *end; enum bl_format format; } known[] = {
        {"txt", BL_AS_TEXT}, {"text", BL_AS_TEXT}, {"log", BL_AS_TEXT}, {"csv", BL_AS_CSV},
        {"tsv", BL_AS_TSV}, {"json", BL_AS_JSON}, {"jsonl", BL_AS_JSONL}, {"md", BL_AS_MARKDOWN},
        {"html", BL_AS_HTML}, {"htm", BL_AS_HTML}, {"svg", BL_AS_SVG}, {"png", BL_AS_PNG}, {"pdf", BL_AS_PDF},
    };
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');

    for (size_t i = 0; dot && i < sizeof known / sizeof *known; i++) {
        if (bl_key_same(dot + 1, known[i].end)) {
            *format = known[i].format;
            return true;
        }
    }
    bl_fail(err, BL_VALUE, "to=%s: the ending of the name says no format that is known", path);
    return bl_hint(err, "end it with .txt .csv .tsv .json .jsonl .md or .html, of a chart with .svg .png or .pdf");
}

static enum bl_format session_format(const struct bl_session *s)
{
    return s->output == BL_OUT_JSON ? BL_AS_JSON : s->output == BL_OUT_CSV ? BL_AS_CSV : BL_AS_TEXT;
}

static bool write_file(struct bl_session *s, const char *path, const struct bl_text *text, struct bl_save *file, struct bl_error *err)
{
    struct bl_text told = {0};
    char size[32];

    if (!bl_save_write(file, bl_text_get(text), text->length, err)) {
        bl_save_abandon(file);
        return false;
    }
    if (!bl_save_commit(file, err))
        return false;
    bl_text_add(&told, "wrote ");
    bl_text_show(&told, path, strlen(path));
    bl_text_addf(&told, " (%s)\n", bl_bytes_format(size, sizeof size, (double)text->length));
    bl_session_note(s, bl_text_get(&told), told.length);
    bl_text_free(&told);
    return true;
}

static bool is_long(const struct bl_session *s, const struct bl_text *text)
{
    int lines = 0;

    for (size_t i = 0; i < text->length && lines < s->height; i++)
        lines += text->at[i] == '\n';
    return s->interactive && s->pager && s->screen.page && lines >= s->height;
}

/* `last` keeps its width for the pager, which scrolls sideways. */
static void to_screen(struct bl_session *s, const struct bl_text *text)
{
    bool watched = s->watched;

    s->watched = false;
    if (!watched && is_long(s, text) && s->screen.page(s->screen.context, bl_text_get(text), text->length)) {
        bl_cast_output(s, bl_text_get(text), text->length);
        return;
    }
    bl_session_out(s, bl_text_get(text), text->length);
}

static bool to_program(struct bl_session *s, char **argv, const struct bl_text *text, struct bl_error *err)
{
    if (s->screen.pipe)
        return s->screen.pipe(s->screen.context, argv, bl_text_get(text), text->length, err);
    bl_fail(err, BL_STATE, "no program can be started here");
    return bl_hint(err, "to=FILE writes the result to a file");
}

bool bl_result_emit(struct bl_result *r, const struct bl_statement *st, struct bl_save *file, struct bl_error *err)
{
    struct bl_session *s = bl_result_session(r);
    enum bl_format format = session_format(s);
    struct bl_text text = {0};
    bool ok = true;

    if (st->to && !bl_format_of(st->to, &format, NULL))
        format = BL_AS_TEXT;
    if (format >= BL_AS_SVG && format <= BL_AS_PDF && !bl_result_broken(r))
        ok = bl_result_picture(r, format, &text, err);
    else if (!bl_result_empty(r) || st->to)
        bl_result_render(r, format, st->to || st->pipe ? 0 : s->width, &text);
    if (bl_result_broken(r) || text.failed) {
        bl_save_abandon(file);
        bl_text_free(&text);
        return bl_fail_memory(err, "the result");
    }
    if (!ok)
        bl_save_abandon(file);
    else if (st->to)
        ok = write_file(s, st->to, &text, file, err);
    else if (st->pipe)
        ok = to_program(s, st->pipe, &text, err);
    else if (text.length && !(format == BL_AS_JSON && bl_result_in_words(r)))
        to_screen(s, &text);
    bl_text_free(&text);
    return ok;
}
