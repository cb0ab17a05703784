/* The bytes that a reader reads. */
#define _GNU_SOURCE
#include "source.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIPE_FIRST ((size_t)1 << 20)
#define PLACE_CHUNK ((size_t)1 << 16)

static bool stamp(int fd, uint64_t *size, int64_t *s, int64_t *ns)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return false;
    *size = (uint64_t)st.st_size;
    *s = (int64_t)st.st_mtim.tv_sec;
    *ns = (int64_t)st.st_mtim.tv_nsec;
    return true;
}

/* Until a pipe has something to say; a person may lose patience before. */
static bool wait_for_bytes(int fd, const struct bl_progress *progress, struct bl_error *err)
{
    struct pollfd ready = { .fd = fd, .events = POLLIN };

    while (poll(&ready, 1, 100) <= 0)
        if (bl_stopped(progress))
            return bl_fail(err, BL_STOPPED, "reading was interrupted");
    return true;
}

/* One more piece of a pipe; *done at its end. */
static bool drain_some(struct bl_source *s, const struct bl_input *in, size_t *capacity, bool *done, struct bl_error *err)
{
    if (s->size == *capacity) {
        size_t wanted = *capacity ? 2 * *capacity : PIPE_FIRST;

        if (wanted - *capacity > bl_memory_limit())
            return bl_fail(err, BL_LIMIT, "%s is too large for the memory that may be used", s->label);
        char *more = bl_realloc(s->owned, wanted, 1);

        if (!more)
            return bl_fail_memory(err, s->label);
        s->owned = more;
        *capacity = wanted;
    }
    ssize_t got = read(in->fd, s->owned + s->size, *capacity - s->size);

    if (got < 0 && errno != EINTR)
        return bl_fail_io(err, "read", s->label, errno);
    *done = got == 0;
    s->size += got > 0 ? (uint64_t)got : 0;
    return true;
}

bool bl_source_open(struct bl_source *s, const struct bl_input *in, const char *label, const struct bl_progress *progress,
                    struct bl_error *err)
{
    *s = (struct bl_source){ .label = label, .fd = in->fd };
    if (in->regular) {
        if (!stamp(in->fd, &s->size, &s->changed_s, &s->changed_ns))
            return bl_fail_io(err, "read", label, errno);
        return true;
    }
    size_t capacity = 0;
    bool done = false;

    while (!done)
        if (!wait_for_bytes(in->fd, progress, err) || !drain_some(s, in, &capacity, &done, err)) {
            bl_source_close(s);
            return false;
        }
    s->memory = s->owned ? s->owned : "";
    s->fd = -1;
    return true;
}

struct bl_typed bl_source_typed(const char *label)
{
    return bl_typed(strcmp(label, BL_STANDARD_INPUT) == 0 ? "-" : label);
}

void bl_source_memory(struct bl_source *s, const char *bytes, size_t n, const char *label)
{
    *s = (struct bl_source){ .label = label, .memory = bytes ? bytes : "", .fd = -1, .size = n };
}

void bl_source_close(struct bl_source *s)
{
    bl_free(s->owned);
    s->owned = NULL;
    s->memory = NULL;
}

bool bl_source_fail_changed(const struct bl_source *s, struct bl_error *err)
{
    bl_fail(err, BL_IO, "%s was changed while it was read", s->label);
    return bl_hint(err, "load it again when it is complete");
}

bool bl_source_read(const struct bl_source *s, uint64_t at, char *into, size_t n, struct bl_error *err)
{
    if (s->memory) {
        memcpy(into, s->memory + at, n);
        return true;
    }
    while (n) {
        ssize_t got = pread(s->fd, into, n, (off_t)at);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return bl_fail_io(err, "read", s->label, errno);
        if (got == 0)
            return bl_source_fail_changed(s, err);
        into += got;
        at += (uint64_t)got;
        n -= (size_t)got;
    }
    return true;
}

bool bl_source_unchanged(const struct bl_source *s)
{
    uint64_t size;
    int64_t seconds, nanoseconds;

    if (s->memory)
        return true;
    return stamp(s->fd, &size, &seconds, &nanoseconds) && size == s->size && seconds == s->changed_s &&
           nanoseconds == s->changed_ns;
}

/* Moves line and line_at over the bytes of one piece that starts at `at`. */
static void count_lines(const char *bytes, size_t n, uint64_t at, char newline, size_t *line, uint64_t *line_at)
{
    const char *p = bytes, *end = bytes + n;

    while ((p = memchr(p, newline, (size_t)(end - p)))) {
        p++;
        (*line)++;
        *line_at = at + (uint64_t)(p - bytes);
    }
}

void bl_source_place(const struct bl_source *s, uint64_t start, uint64_t at, char newline, size_t *line, size_t *column)
{
    uint64_t line_at = start;
    size_t lines = 1;
    char *piece = bl_calloc(PLACE_CHUNK, 1);

    *line = *column = 0;
    for (uint64_t p = start; piece && p < at;) {
        size_t n = at - p < PLACE_CHUNK ? (size_t)(at - p) : PLACE_CHUNK;

        if (!bl_source_read(s, p, piece, n, NULL)) {
            bl_free(piece);
            return;
        }
        count_lines(piece, n, p, newline, &lines, &line_at);
        p += n;
    }
    if (piece || at <= start) {
        *line = lines;
        *column = at < line_at ? 1 : (size_t)(at - line_at) + 1;
    }
    bl_free(piece);
}
