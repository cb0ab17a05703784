/* The bytes that a reader reads: a regular file (by pread, never mapped: a file that shrinks while
 * it is read must be an error and not a signal) or memory. */
#ifndef BL_DATA_SOURCE_H
#define BL_DATA_SOURCE_H

#include "batchlab/data.h"

#define BL_STANDARD_INPUT "standard input" /* its label */

struct bl_source {
    const char *label;  /* names it in errors */
    const char *path;   /* of the file; NULL: there is none */
    const char *memory; /* all bytes; NULL: they are read from fd */
    char *owned;        /* the same when they are ours to free */
    int fd;
    uint64_t size;
    int64_t changed_s, changed_ns; /* time of the last change when it was opened */
};

/* Takes a file or drains a pipe into memory. The input stays the caller's. */
bool bl_source_open(struct bl_source *s, const struct bl_input *in, const char *label, const struct bl_progress *progress,
                    struct bl_error *err);
void bl_source_memory(struct bl_source *s, const char *bytes, size_t n, const char *label);
void bl_source_close(struct bl_source *s);
/* What names it in a command: its path, or - for standard input. */
struct bl_typed bl_source_typed(const char *label);
/* Exactly n bytes from `at`; fewer mean that the file was changed, which is an error. */
bool bl_source_read(const struct bl_source *s, uint64_t at, char *into, size_t n, struct bl_error *err);
/* Whether the file is still the one that was opened (by size and time of change). */
bool bl_source_unchanged(const struct bl_source *s);
bool bl_source_fail_changed(const struct bl_source *s, struct bl_error *err);
/* Line and column, from 1, of the byte at `at`; `start` is where the first line starts (behind a
 * byte order mark). 0 and 0 if the file cannot be read any more. */
void bl_source_place(const struct bl_source *s, uint64_t start, uint64_t at, char newline, size_t *line, size_t *column);

/* The SHA-256 of a source. Memory is hashed at once by bl_digest_of. A file is hashed by a thread
 * of its own from the descriptor that was read, and the result counts only if the file is
 * unchanged by then: so it is the hash of the bytes that were parsed. */
struct bl_digest;
struct bl_digest *bl_digest_of(const struct bl_source *s); /* NULL: no memory */
const char *bl_digest_hex(struct bl_digest *d);            /* waits; "" if the file was changed */
struct bl_digest *bl_digest_hold(struct bl_digest *d);     /* one more owner; NULL is fine */
void bl_digest_free(struct bl_digest *d);                  /* one owner less */

#endif
