/* A source line by line, in bounded memory, for the formats that are lines. */
#ifndef BL_DATA_LINES_H
#define BL_DATA_LINES_H

#include "source.h"

#define BL_LINE_MAX ((size_t)16 << 20)

struct bl_lines {
    const struct bl_source *source;
    struct bl_progress *progress;
    char *room;
    size_t capacity, begin, end; /* bytes not yet given: room[begin .. end) */
    uint64_t at;                 /* of the source: what follows room[end) */
    size_t line;                 /* number of the present line, from 1 */
    const char *text;            /* the present line, without its newline, and a NUL behind it */
    size_t length;
};
enum bl_lines_step { BL_LINE, BL_LINES_END, BL_LINES_FAILED };

bool bl_lines_open(struct bl_lines *l, const struct bl_source *s, struct bl_progress *progress, struct bl_error *err);
/* The next line (LF or CRLF; a byte order mark at the start is skipped). A NUL byte and a line of
 * more than 16 MiB are errors. */
enum bl_lines_step bl_lines_next(struct bl_lines *l, struct bl_error *err);
void bl_lines_close(struct bl_lines *l);

#endif
