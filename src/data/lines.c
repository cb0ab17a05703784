/* A source line by line. */
#include "lines.h"

#include <string.h>

#define ROOM ((size_t)256 << 10)

bool bl_lines_open(struct bl_lines *l, const struct bl_source *s, struct bl_progress *progress, struct bl_error *err)
{
    char mark[3];

    *l = (struct bl_lines){ .source = s, .progress = progress, .capacity = ROOM };
    bl_progress_start(progress, "reading", s->size);
    if (s->size >= 3 && !bl_source_read(s, 0, mark, 3, err))
        return false;
    l->at = s->size >= 3 && memcmp(mark, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    l->room = bl_calloc(ROOM + 1, 1);
    return l->room || bl_fail_memory(err, s->label);
}

void bl_lines_close(struct bl_lines *l)
{
    bl_free(l->room);
    l->room = NULL;
}

static bool fail_long(const struct bl_lines *l, struct bl_error *err)
{
    bl_fail_at(err, BL_LIMIT, l->source->label, l->line + 1, 1, "a line is longer than 16 MiB");
    return bl_hint(err, "is this a file of lines?");
}

/* More bytes behind those that were not given yet. */
static bool refill(struct bl_lines *l, struct bl_error *err)
{
    size_t kept = l->end - l->begin;
    uint64_t left = l->source->size - l->at;

    if (kept == l->capacity) {
        if (kept > BL_LINE_MAX)
            return fail_long(l, err);
        char *room = bl_realloc(l->room, 2 * l->capacity + 1, 1);

        if (!room)
            return bl_fail_memory(err, l->source->label);
        l->room = room;
        l->capacity *= 2;
    }
    memmove(l->room, l->room + l->begin, kept);
    size_t n = left < l->capacity - kept ? (size_t)left : l->capacity - kept;

    if (!bl_source_read(l->source, l->at, l->room + kept, n, err))
        return false;
    if (bl_stopped(l->progress))
        return bl_fail(err, BL_STOPPED, "reading was interrupted");
    bl_progress_add(l->progress, n);
    l->begin = 0;
    l->end = kept + n;
    l->at += n;
    return true;
}

static enum bl_lines_step give(struct bl_lines *l, size_t n, struct bl_error *err)
{
    char *text = l->room + l->begin, *nul = memchr(text, 0, n);

    l->line++;
    l->text = text;
    if (nul) {
        bl_fail_at(err, BL_DATA, l->source->label, l->line, (size_t)(nul - text) + 1, "a NUL byte: this is not a text file");
        bl_hint(err, "a table in UTF-16 becomes readable with iconv -f UTF-16 -t UTF-8");
        return BL_LINES_FAILED;
    }
    l->begin += n + (l->begin + n < l->end);
    if (n && text[n - 1] == '\r')
        n--;
    if (n > BL_LINE_MAX) {
        l->line--;
        fail_long(l, err);
        return BL_LINES_FAILED;
    }
    text[n] = '\0';
    l->length = n;
    return BL_LINE;
}

enum bl_lines_step bl_lines_next(struct bl_lines *l, struct bl_error *err)
{
    for (size_t searched = 0;;) {
        size_t n = l->end - l->begin;
        char *text = l->room + l->begin, *newline = memchr(text + searched, '\n', n - searched);

        if (newline)
            return give(l, (size_t)(newline - text), err);
        if (l->at == l->source->size) {
            if (n)
                return give(l, n, err);
            return bl_source_unchanged(l->source) || bl_source_fail_changed(l->source, err) ? BL_LINES_END : BL_LINES_FAILED;
        }
        searched = n;
        if (!refill(l, err))
            return BL_LINES_FAILED;
    }
}
