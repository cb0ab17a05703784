/* The history file: appended at once, so that two windows do not erase each other's lines. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <readline/history.h>

#include "src/shell/shell.h"

enum { KEPT = 5000 };

static char path[4096];
static bool warned;

/* $XDG_STATE_HOME/batchlab/history, else ~/.local/state/batchlab/history. */
static bool path_find(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    size_t n;
    int length = state && state[0] == '/' ? snprintf(path, sizeof path, "%s/batchlab", state)
            : home && home[0] ? snprintf(path, sizeof path, "%s/.local/state/batchlab", home) : -1;

    n = length < 0 ? sizeof path : (size_t)length;
    if (n + sizeof "/history" > sizeof path || !bl_folder_make(path, NULL)) {
        path[0] = '\0';
        return false;
    }
    memcpy(path + n, "/history", sizeof "/history");
    return true;
}

void history_open(struct bl_session *s)
{
    HIST_ENTRY **list;

    using_history();
    stifle_history(KEPT);
    if (!path_find() || read_history(path) != 0)
        return;
    list = history_list();
    for (size_t i = 0; list && list[i]; i++)
        bl_session_remember(s, list[i]->line);
    if (history_length == KEPT)
        history_truncate_file(path, KEPT);
}

static bool append(const char *line)
{
    int fd = path[0] ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    struct bl_text t = { 0 };
    bool good;

    if (fd < 0)
        return false;
    bl_text_addf(&t, "%s\n", line);
    flock(fd, LOCK_EX);
    good = !t.failed && write(fd, t.at, t.length) == (ssize_t)t.length;
    close(fd);
    bl_text_free(&t);
    return good;
}

/* No neighbours twice, no line that begins with a blank. */
void history_keep(struct shell *sh, const char *line)
{
    HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

    if (!line[0] || line[0] == ' ' || strchr(line, '\n') || (last && !strcmp(last->line, line)))
        return;
    add_history(line);
    bl_session_remember(sh->session, line);
    if (!append(line) && !warned) {
        warned = true;
        fprintf(stderr, "warning: the history cannot be kept in '%s': %s\n", path, strerror(errno));
    }
}
