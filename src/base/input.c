/* Reading files: what is opened is a file and not a folder, a device or a socket by accident. */
#define _GNU_SOURCE
#include "batchlab/base.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITER_MS = 1000 }; /* how long a pipe may have no writer */

static const char *kind_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return "a folder";
    if (S_ISFIFO(mode))
        return "a pipe";
    return S_ISSOCK(mode) ? "a socket" : "a device";
}

/* Whether somebody has the other end of an empty pipe open, told without taking a byte out of it. */
static bool has_writer(int fd)
{
#ifdef SPLICE_F_NONBLOCK
    int copy[2];
    ssize_t got;

    if (pipe2(copy, O_CLOEXEC) < 0)
        return true;
    got = tee(fd, copy[1], 1, SPLICE_F_NONBLOCK);
    close(copy[0]);
    close(copy[1]);
    return got != 0;
#else
    (void)fd;
    return true;
#endif
}

/* A pipe was opened without waiting; now wait for its writer, then read in the usual way. A pipe that
 * nobody has opened for writing by then would be waited for without end. */
static bool await_writer(int fd, const char *path, struct bl_error *err)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    int ready;

    while ((ready = poll(&wait, 1, WRITER_MS)) == 0)
        if (!has_writer(fd)) {
            bl_fail(err, BL_IO, "cannot read '%s': nothing writes into this pipe", path);
            return bl_hint(err, "start the program that writes into it first");
        }
    if (ready < 0 || fcntl(fd, F_SETFL, 0) < 0)
        return bl_fail_io(err, "read", path, errno);
    return true;
}

static bool check_kind(struct bl_input *in, bool pipes, bool standard, struct bl_error *err)
{
    struct stat info;

    if (fstat(in->fd, &info) < 0)
        return bl_fail_io(err, "read", in->path, errno);
    in->regular = S_ISREG(info.st_mode);
    in->size = in->regular ? (uint64_t)info.st_size : 0;
    if (in->regular || (standard && !S_ISDIR(info.st_mode)))
        return true;
    if (pipes && S_ISFIFO(info.st_mode))
        return await_writer(in->fd, in->path, err);
    return bl_fail(err, BL_IO, "cannot read '%s': it is %s, not a file", in->path,
                   kind_of(info.st_mode));
}

bool bl_input_open(struct bl_input *in, const char *path, bool pipes, struct bl_error *err)
{
    bool standard = pipes && strcmp(path, "-") == 0;

    *in = (struct bl_input){ .fd = -1, .path = bl_strdup(path) };
    if (!in->path)
        return bl_fail_memory(err, "the name of the file");
    /* Not waiting: an open of a pipe or device must not hang before we know what it is. */
    in->fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                      : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (in->fd < 0)
        bl_fail_io(err, "read", path, errno);
    else if (check_kind(in, pipes, standard, err))
        return true;
    bl_input_close(in);
    return false;
}

void bl_input_close(struct bl_input *in)
{
    if (in->fd >= 0)
        close(in->fd);
    bl_free(in->path);
    *in = (struct bl_input){ .fd = -1 };
}

static bool too_large(const char *path, size_t limit, struct bl_error *err)
{
    char text[32];

    return bl_fail(err, BL_LIMIT, "'%s' is larger than %s", path,
                   bl_bytes_format(text, sizeof text, (double)limit));
}

/* Reads to the end, whatever fstat said: files in /proc have no size, others grow. */
static bool read_all(const struct bl_input *in, size_t limit, struct bl_text *t,
                     struct bl_error *err)
{
    char chunk[16384];
    ssize_t n;

    while ((n = read(in->fd, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return bl_fail_io(err, "read", in->path, errno);
        if ((size_t)n > limit - t->length)
            return too_large(in->path, limit, err);
        bl_text_addn(t, chunk, (size_t)n);
        if (t->failed)
            return bl_fail_memory(err, in->path);
    }
    return true;
}

bool bl_file_read(const char *path, size_t limit, char **bytes, size_t *size, struct bl_error *err)
{
    struct bl_text t = { 0 };
    struct bl_input in;

    if (!bl_input_open(&in, path, false, err))
        return false;
    bool done = in.size <= limit ? read_all(&in, limit, &t, err) : too_large(path, limit, err);

    bl_input_close(&in);
    if (done) {
        *size = t.length;
        *bytes = bl_text_take(&t);
        done = *bytes || bl_fail_memory(err, path);
    }
    bl_text_free(&t);
    return done;
}
