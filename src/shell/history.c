/* The history file: appended at once under a lock, so that two windows do not erase each other's
 * lines; shortened under the same lock when it has grown to twice what is kept. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>

#include "src/shell/shell.h"

enum { KEPT = 5000, FILE_MAX_BYTES = 16 << 20 };

static char path[4096];
static bool warned;

/* $XDG_STATE_HOME/batchlab/history, else ~/.local/state/batchlab/history; "" where there is no home. */
static bool path_find(struct bl_error *err)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n = state && state[0] == '/' ? snprintf(path, sizeof path, "%s/batchlab", state)
          : home && home[0] == '/' ? snprintf(path, sizeof path, "%s/.local/state/batchlab", home) : 0;

    if (n <= 0 || (size_t)n + sizeof "/history" > sizeof path) {
        path[0] = '\0';
        return bl_fail(err, BL_STATE, "HOME is not set");
    }
    if (!bl_folder_make(path, err)) {
        path[0] = '\0';
        return false;
    }
    memcpy(path + n, "/history", sizeof "/history");
    return true;
}

static void warn_once(const char *why)
{
    if (!warned)
        fprintf(stderr, "warning: history is not kept: %s\n", why);
    warned = true;
}

/* ---- the file -----------------------------------------------------------------------------------*/

static bool still_there(int fd)
{
    struct stat mine, now;

    return fstat(fd, &mine) == 0 && stat(path, &now) == 0 && mine.st_ino == now.st_ino && mine.st_dev == now.st_dev;
}

/* Open and locked; another window may have put a shorter file in its place meanwhile. */
static int open_locked(int flags)
{
    for (int tries = 0; tries < 10; tries++) {
        int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0600);
        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX) != 0 || still_there(fd))
            return fd; /* where there are no locks, an append is still whole */
        close(fd);
    }
    errno = EBUSY;
    return -1;
}

static bool append(const char *line)
{
    int fd = open_locked(O_WRONLY | O_CREAT | O_APPEND);
    struct bl_text t = { 0 };
    bool good;

    if (fd < 0)
        return false;
    bl_text_addn(&t, line, strlen(line));
    bl_text_add(&t, "\n");
    errno = ENOMEM;
    good = !t.failed && write(fd, t.at, t.length) == (ssize_t)t.length;
    bl_text_free(&t);
    close(fd);
    return good;
}

/* Where the last `lines` lines of the text begin. */
static size_t tail(const char *text, size_t n, size_t lines)
{
    size_t i = n;

    for (size_t seen = 0; i > 0; i--)
        if (text[i - 1] == '\n' && ++seen > lines)
            break;
    return i;
}

static void shorten(void)
{
    struct bl_error err = { 0 };
    struct bl_save *save;
    struct stat st;
    char *text = NULL;
    size_t n = 0;
    int fd;

    if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) || (fd = open_locked(O_RDONLY)) < 0)
        return;
    if (bl_file_read(path, FILE_MAX_BYTES, &text, &n, &err) && tail(text, n, 2 * KEPT) > 0) {
        size_t from = tail(text, n, KEPT);
        save = bl_save_open(path, true, &err);
        if (save)
            bl_save_write(save, text + from, n - from, &err) ? (void)bl_save_commit(save, &err) : bl_save_abandon(save);
    }
    bl_free(text);
    close(fd);
}

/* ---- lines --------------------------------------------------------------------------------------*/

void history_open(struct bl_session *s)
{
    struct bl_error err = { 0 };
    HIST_ENTRY **list;

    using_history();
    stifle_history(KEPT);
    if (!path_find(&err)) {
        warn_once(err.message);
        return;
    }
    shorten();
    if (read_history(path) != 0)
        return;
    list = history_list();
    for (size_t i = 0; list && list[i]; i++)
        bl_session_remember(s, list[i]->line);
}

/* No neighbours twice, no line that begins with a blank. */
static void keep_line(struct shell *sh, const char *line)
{
    HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

    if (!line[strspn(line, " \t")] || line[0] == ' ' || (last && !strcmp(last->line, line)))
        return;
    add_history(line);
    bl_session_remember(sh->session, line);
    if (path[0] && !append(line))
        warn_once(strerror(errno));
}

/* A pasted block becomes one entry a command; a command of several lines becomes one of one line. */
void history_keep(struct shell *sh, const char *text)
{
    struct bl_text entry = { 0 };

    while (*text) {
        size_t n = strcspn(text, "\n");
        bl_text_addn(&entry, text, n);
        text += n + (text[n] == '\n');
        if (*text && bl_session_wants_more(bl_text_get(&entry))) {
            if (entry.length && entry.at[entry.length - 1] == '\\')
                entry.at[--entry.length] = '\0';
            bl_text_add(&entry, " ");
            continue;
        }
        if (!entry.failed)
            keep_line(sh, bl_text_get(&entry));
        bl_text_clear(&entry);
    }
    bl_text_free(&entry);
}
