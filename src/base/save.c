/* The one way to write a file: all of it or nothing. A temporary beside it is written, synced
 * and renamed, then the folder is synced; any failure takes the temporary away again. */
#define _GNU_SOURCE
#include "batchlab/base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system.h"

#define BUFFER 65536
#define NAME_PART 200 /* bytes of the name that go into that of the temporary */
#define TRIES 100

struct bl_save {
    int folder, fd;
    bool overwrite, has_temporary;
    char *path;
    const char *name; /* the last part of path */
    char temporary[NAME_PART + 32];
    size_t used;
    char buffer[BUFFER];
};

static bool fail(const struct bl_save *s, struct bl_error *err, int errno_value)
{
    return bl_fail_io(err, "write", s->path, errno_value);
}

static bool fail_exists(const struct bl_save *s, struct bl_error *err)
{
    bl_fail(err, BL_IO, "'%s' exists already", s->path);
    return bl_hint(err, "overwrite=yes, or another name");
}

static bool open_folder(struct bl_save *s, struct bl_error *err)
{
    char *slash = strrchr(s->path, '/');
    char *folder = slash ? bl_strndup(s->path, (size_t)(slash - s->path)) : bl_strdup(".");

    if (!folder)
        return bl_fail_memory(err, "the name of the folder");
    s->name = slash ? slash + 1 : s->path;
    s->folder = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int saved = errno;

    bl_free(folder);
    return s->folder >= 0 || fail(s, err, saved);
}

/* What is there now may only be a file, and only with leave to overwrite it. */
static bool check_target(const struct bl_save *s, struct bl_error *err)
{
    struct stat info;

    if (!*s->name || strcmp(s->name, ".") == 0 || strcmp(s->name, "..") == 0)
        return fail(s, err, EISDIR);
    if (fstatat(s->folder, s->name, &info, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT || fail(s, err, errno);
    if (S_ISDIR(info.st_mode))
        return fail(s, err, EISDIR);
    if (!S_ISREG(info.st_mode) && !S_ISLNK(info.st_mode))
        return bl_fail(err, BL_IO, "cannot write '%s': it is not a file", s->path);
    return s->overwrite || fail_exists(s, err);
}

static bool make_temporary(struct bl_save *s, struct bl_error *err)
{
    uint64_t random;

    for (int i = 0; i < TRIES && s->fd < 0; i++) {
        bl_entropy(&random, sizeof random);
        snprintf(s->temporary, sizeof s->temporary, ".%.*s.%016llx", NAME_PART, s->name,
                 (unsigned long long)random);
        s->fd = openat(s->folder, s->temporary,
                       O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (s->fd < 0 && errno != EEXIST && errno != EINTR)
            break;
    }
    s->has_temporary = s->fd >= 0;
    return s->has_temporary || fail(s, err, errno);
}

struct bl_save *bl_save_open(const char *path, bool overwrite, struct bl_error *err)
{
    struct bl_save *s = bl_calloc(1, sizeof *s);

    if (!s) {
        bl_fail_memory(err, "writing a file");
        return NULL;
    }
    s->folder = s->fd = -1;
    s->overwrite = overwrite;
    s->path = bl_strdup(path);
    if (!s->path)
        bl_fail_memory(err, "writing a file");
    else if (open_folder(s, err) && check_target(s, err) && make_temporary(s, err))
        return s;
    bl_save_abandon(s);
    return NULL;
}

/* 0666 without the bits of the umask, which can be read without changing it on Linux alone. */
static mode_t public_mode(void)
{
    char *status = NULL, *line;
    size_t n;
    mode_t mask = 022;

    if (bl_file_read("/proc/self/status", 65536, &status, &n, NULL) &&
        (line = strstr(status, "\nUmask:")))
        mask = (mode_t)strtoul(line + 7, NULL, 8);
    bl_free(status);
    return 0666 & ~mask;
}

bool bl_save_public(struct bl_save *s, struct bl_error *err)
{
    return fchmod(s->fd, public_mode()) == 0 || fail(s, err, errno);
}

static bool write_all(struct bl_save *s, const char *bytes, size_t n, struct bl_error *err)
{
    while (n > 0) {
        ssize_t written = write(s->fd, bytes, n);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return fail(s, err, written ? errno : EIO);
        bytes += written;
        n -= (size_t)written;
    }
    return true;
}

static bool flush(struct bl_save *s, struct bl_error *err)
{
    size_t n = s->used;

    s->used = 0;
    return write_all(s, s->buffer, n, err);
}

bool bl_save_write(struct bl_save *s, const void *bytes, size_t n, struct bl_error *err)
{
    if (n > BUFFER - s->used && !flush(s, err))
        return false;
    if (n >= BUFFER)
        return write_all(s, bytes, n, err);
    if (n)
        memcpy(s->buffer + s->used, bytes, n);
    s->used += n;
    return true;
}

/* A failed fsync is not repeated: the kernel may have dropped the pages, and a second call
 * would then answer that all is well. */
static bool sync_and_close(struct bl_save *s, struct bl_error *err)
{
    int fd = s->fd;

    s->fd = -1;
    if (fsync(fd) < 0) {
        fail(s, err, errno);
        close(fd);
        return false;
    }
    return close(fd) == 0 || fail(s, err, errno);
}

/* Without leave to overwrite, a file that came in the meantime must stay. */
static bool move_aside(struct bl_save *s, struct bl_error *err)
{
    if (renameat2(s->folder, s->temporary, s->folder, s->name, RENAME_NOREPLACE) == 0) {
        s->has_temporary = false;
        return true;
    }
    if (errno == EEXIST)
        return fail_exists(s, err);
    if (errno != ENOSYS && errno != EINVAL)
        return fail(s, err, errno);
    /* File systems without it know links: then the temporary is the second name. */
    if (linkat(s->folder, s->temporary, s->folder, s->name, 0) < 0)
        return errno == EEXIST ? fail_exists(s, err) : fail(s, err, errno);
    return true;
}

static bool move(struct bl_save *s, struct bl_error *err)
{
    if (!s->overwrite)
        return move_aside(s, err);
    if (renameat(s->folder, s->temporary, s->folder, s->name) < 0)
        return fail(s, err, errno);
    s->has_temporary = false;
    return true;
}

static bool sync_folder(struct bl_save *s, struct bl_error *err)
{
    /* Some file systems cannot sync a folder and say EINVAL. */
    return fsync(s->folder) == 0 || errno == EINVAL || fail(s, err, errno);
}

bool bl_save_commit(struct bl_save *s, struct bl_error *err)
{
    bool done = flush(s, err) && sync_and_close(s, err) && move(s, err) && sync_folder(s, err);

    bl_save_abandon(s);
    return done;
}

void bl_save_abandon(struct bl_save *s)
{
    if (!s)
        return;
    if (s->fd >= 0)
        close(s->fd);
    if (s->has_temporary)
        unlinkat(s->folder, s->temporary, 0);
    if (s->folder >= 0)
        close(s->folder);
    bl_free(s->path);
    bl_free(s);
}

static bool make_one(const char *path, struct bl_error *err)
{
    struct stat info;

    if (mkdir(path, 0700) == 0)
        return true;
    int saved = errno;

    if (saved == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return true;
    return bl_fail_io(err, "make the folder", path, saved);
}

bool bl_folder_make(const char *path, struct bl_error *err)
{
    char *part = bl_strdup(path);
    bool done = true;

    if (!part)
        return bl_fail_memory(err, "the name of the folder");
    for (char *p = part + (*part == '/'); *p && done; p++) {
        if (*p != '/' || p[-1] == '/')
            continue;
        *p = '\0';
        done = make_one(part, err);
        *p = '/';
    }
    done = done && make_one(part, err);
    bl_free(part);
    return done;
}
