/* The `:` line: editing, history, completion and hint, as the prompt has them. */
#include <string.h>

#include "ui.h"

void line_open(struct line *l, const char *text)
{
    size_t n = strlen(text);

    l->open = true;
    l->sign = ':';
    l->label = l->as = NULL;
    l->length = n < sizeof l->text ? n : sizeof l->text - 1;
    memcpy(l->text, text, l->length);
    l->text[l->length] = '\0';
    l->cursor = l->length;
    l->recalled = 0;
    l->hint[0] = '\0';
    bl_text_clear(&l->candidates);
}

void line_done(struct line *l)
{
    bl_text_free(&l->candidates);
    bl_free(l->killed);
    l->killed = NULL;
}

/* ---- editing ------------------------------------------------------------------------------------*/

static size_t char_before(const struct line *l)
{
    size_t at = l->cursor;

    while (at > 0 && ((unsigned char)l->text[--at] & 0xC0) == 0x80)
        ;
    return at;
}

static size_t char_after(const struct line *l)
{
    size_t at = l->cursor;

    if (at < l->length)
        at++;
    while (at < l->length && ((unsigned char)l->text[at] & 0xC0) == 0x80)
        at++;
    return at;
}

static size_t word_before(const struct line *l)
{
    size_t at = l->cursor;

    while (at > 0 && l->text[at - 1] == ' ')
        at--;
    while (at > 0 && l->text[at - 1] != ' ')
        at--;
    return at;
}

static void cut(struct line *l, size_t from, size_t to)
{
    memmove(l->text + from, l->text + to, l->length - to + 1);
    l->length -= to - from;
    l->cursor = from;
}

static void kill(struct line *l, size_t from, size_t to)
{
    char *copy = bl_strndup(l->text + from, to - from);

    if (copy) {
        bl_free(l->killed);
        l->killed = copy;
    }
    cut(l, from, to);
}

static void insert(struct line *l, const char *text, size_t n)
{
    if (l->length + n >= sizeof l->text)
        return;
    memmove(l->text + l->cursor + n, l->text + l->cursor, l->length - l->cursor + 1);
    memcpy(l->text + l->cursor, text, n);
    l->length += n;
    l->cursor += n;
}

static void insert_char(struct line *l, int key)
{
    char bytes[4];

    if (key >= ' ' && key != 127 && key < UI_FIRST)
        insert(l, bytes, bl_utf8_encode((uint32_t)key, bytes));
}

/* ---- history --------------------------------------------------------------------------------------*/

static void recall(struct line *l, struct bl_session *session, bool older)
{
    const char *text;
    size_t to = older ? l->recalled + 1 : l->recalled - 1;

    if (!session || l->sign != ':' || (!older && l->recalled == 0))
        return;
    text = to == 0 ? l->kept : bl_session_recall(session, to);
    if (!text || strchr(text, '\n'))
        return;
    if (l->recalled == 0)
        memcpy(l->kept, l->text, sizeof l->kept);
    bool open = l->open;
    char copy[LINE_BYTES];
    size_t n = strlen(text) < sizeof copy ? strlen(text) : sizeof copy - 1;
    memcpy(copy, text, n);
    copy[n] = '\0';
    line_open(l, copy);
    l->open = open;
    l->recalled = to;
}

/* ---- completion ---------------------------------------------------------------------------------------*/

static size_t common_start(const struct bl_candidates *c)
{
    size_t n = strlen(c->items[0].text);

    for (size_t i = 1; i < c->count; i++) {
        size_t k = 0;
        while (k < n && c->items[i].text[k] == c->items[0].text[k])
            k++;
        n = k;
    }
    while (n > 0 && ((unsigned char)c->items[0].text[n] & 0xC0) == 0x80)
        n--; /* never half a character */
    return n;
}

static void complete(struct line *l, struct bl_session *session)
{
    struct bl_candidates c = { 0 };
    struct bl_text whole = { 0 };
    size_t n, before = l->as ? strlen(l->as) : 0;

    if (!session)
        return;
    bl_text_add(&whole, l->as ? l->as : "");
    bl_text_add(&whole, l->text);
    if (whole.failed || !bl_complete(session, bl_text_get(&whole), before + l->cursor, &c)) {
        bl_text_free(&whole);
        return;
    }
    bl_text_free(&whole);
    if (c.count > 0 && c.from >= before && c.from - before <= l->cursor) {
        c.from -= before;
        n = common_start(&c);
        if (n > l->cursor - c.from || c.count == 1) {
            cut(l, c.from, l->cursor);
            insert(l, c.items[0].text, n);
            if (c.count == 1 && !c.items[0].no_space)
                insert(l, " ", 1);
        } else {
            for (size_t i = 0; i < c.count; i++) {
                bl_text_show(&l->candidates, c.items[i].text, strlen(c.items[i].text));
                bl_text_add(&l->candidates, "\n");
            }
        }
    }
    bl_candidates_free(&c);
}

/* ---- keys -----------------------------------------------------------------------------------------------*/

static bool edit(struct line *l, int key)
{
    switch (key) {
    case UI_LEFT: case UI_CTRL('B'): l->cursor = char_before(l); return true;
    case UI_RIGHT: case UI_CTRL('F'): l->cursor = char_after(l); return true;
    case UI_HOME: case UI_CTRL('A'): l->cursor = 0; return true;
    case UI_END: case UI_CTRL('E'): l->cursor = l->length; return true;
    case UI_DELETE: case UI_CTRL('D'): cut(l, l->cursor, char_after(l)), l->cursor = l->cursor > l->length ? l->length : l->cursor; return true;
    case UI_CTRL('U'): kill(l, 0, l->cursor); return true;
    case UI_CTRL('K'): kill(l, l->cursor, l->length); return true;
    case UI_CTRL('W'): kill(l, word_before(l), l->cursor); return true;
    case UI_CTRL('Y'):
        if (l->killed)
            insert(l, l->killed, strlen(l->killed));
        return true;
    default: return false;
    }
}

bool line_key(struct line *l, struct bl_session *session, int key)
{
    bool entered = false;

    bl_text_clear(&l->candidates);
    if (key == UI_ESC || (key == UI_BACKSPACE && l->length == 0)) {
        l->open = false;
    } else if (key == UI_ENTER) {
        l->open = false;
        entered = l->length > 0;
    } else if (key == UI_BACKSPACE || key == UI_CTRL('H')) {
        cut(l, char_before(l), l->cursor);
    } else if (key == UI_UP || key == UI_DOWN) {
        recall(l, session, key == UI_UP);
    } else if (key == UI_TAB) {
        complete(l, l->sign == ':' || l->as ? session : NULL);
    } else if (!edit(l, key)) {
        insert_char(l, key);
    }
    l->hint[0] = '\0';
    if (l->open && session && l->sign == ':')
        bl_complete_hint(session, l->text, l->cursor, l->hint, sizeof l->hint);
    return entered;
}

/* ---- drawing --------------------------------------------------------------------------------------------*/

static size_t lines_of(const char *text)
{
    size_t n = 0;

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* Candidates in columns, in the rows above the line. */
static void candidates_draw(struct bl_canvas *c, int bottom, struct line *l)
{
    const char *text = bl_text_get(&l->candidates);
    size_t n = lines_of(text), widest = 0, columns, rows, shown = 0;

    for (const char *p = text; *p; p += strcspn(p, "\n") + 1) {
        size_t width = bl_text_width(p, strcspn(p, "\n"));
        widest = width > widest ? width : widest;
    }
    columns = (size_t)c->width / (widest + 2);
    columns = columns < 1 ? 1 : columns;
    rows = (n + columns - 1) / columns;
    rows = rows > (size_t)bottom / 2 ? (size_t)bottom / 2 : rows;
    if (n == 0 || rows == 0)
        return;
    bl_canvas_clear(c, (struct bl_rect){ 0, bottom - (int)rows, c->width, (int)rows });
    for (const char *p = text; *p && shown < rows * columns; p += strcspn(p, "\n") + 1, shown++) {
        char item[256];
        size_t bytes = strcspn(p, "\n");
        bytes = bytes < sizeof item ? bytes : sizeof item - 1;
        memcpy(item, p, bytes);
        item[bytes] = '\0';
        bl_canvas_text(c, 1 + (int)(shown % columns * (widest + 2)), bottom - (int)rows + (int)(shown / columns), (int)widest, item, BL_ROLE_FOCUS, 0);
    }
    if (shown < n) { /* in the place of the first of the last row, all of it */
        bl_canvas_clear(c, (struct bl_rect){ 1, bottom - 1, (int)widest, 1 });
        bl_canvas_textf(c, 1, bottom - 1, (int)widest, BL_ROLE_DIM, 0, "%zu more", n - shown + 1);
    }
}

void line_draw(struct bl_canvas *c, struct bl_rect r, struct line *l, int *cursor_x, int *cursor_y)
{
    int label = l->label ? (int)bl_text_width(l->label, strlen(l->label)) : 1;
    int y = r.y + r.height - 1, room = r.width - 3 - label, at = (int)bl_text_width(l->text, l->cursor), used;
    size_t from = 0;

    if (r.height < 1 || room < 1)
        return;
    while (at >= room && from < l->cursor) { /* the end of a long line stays in sight */
        uint32_t code;
        size_t n = bl_utf8_decode(l->text + from, l->length - from, &code);
        from += n ? n : 1;
        at = (int)bl_text_width(l->text + from, l->cursor - from);
    }
    bl_canvas_clear(c, (struct bl_rect){ r.x, y, r.width, 1 });
    bl_canvas_text(c, r.x + 1, y, label, l->label ? l->label : (char[]){ l->sign, '\0' }, BL_ROLE_FOCUS, BL_BOLD);
    r.x += label - 1;
    used = bl_canvas_text(c, r.x + 2, y, room + 1, l->text + from, BL_ROLE_TEXT, BL_BOLD);
    if (l->hint[0] && used + 4 + (int)bl_text_width(l->hint, strlen(l->hint)) < room)
        bl_canvas_text(c, r.x + 2 + used + 3, y, room - used - 3, l->hint, BL_ROLE_DIM, 0);
    *cursor_x = r.x + 2 + at;
    *cursor_y = y;
    candidates_draw(c, y, l);
}
