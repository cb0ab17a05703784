/* What the dashboard showed last, from one session to the next: one line in a file beside the history. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/shell/shell.h"

enum { LINE_MOST = 8192 };
static struct bl_text before; /* as it stands in the file */

/* $XDG_STATE_HOME/batchlab/view, else ~/.local/state/batchlab/view; false where there is no home. */
static bool path_find(char *path, size_t size, struct bl_error *err)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n = state && state[0] == '/' ? snprintf(path, size, "%s/batchlab", state)
          : home && home[0] == '/' ? snprintf(path, size, "%s/.local/state/batchlab", home) : 0;

    if (n <= 0 || (size_t)n + sizeof "/view" > size)
        return bl_fail(err, BL_STATE, "HOME is not set");
    if (!bl_folder_make(path, err))
        return false;
    memcpy(path + n, "/view", sizeof "/view");
    return true;
}

/* One line of text; anything else is none. */
static bool line_of(char *text, size_t n, struct bl_error *err)
{
    size_t length = strcspn(text, "\n");

    if (strlen(text) != n || length + 1 < n)
        return bl_fail(err, BL_DATA, "it is more than one line of text");
    text[length] = '\0';
    return true;
}

static bool regular(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

void remember_read(struct bl_session *s)
{
    char path[4096], *text = NULL;
    struct bl_error err = { 0 };
    size_t n = 0;

    if (!path_find(path, sizeof path, &err) || !regular(path))
        return;
    if (bl_file_read(path, LINE_MOST, &text, &n, &err) && line_of(text, n, &err) && bl_session_view_take(s, text, &err))
        bl_text_add(&before, text);
    else {
        bl_text_add(&before, "?"); /* it is written anew */
        fprintf(stderr, "warning: what the dashboard showed last is not taken up: %s: %s\n", path, err.message);
    }
    bl_free(text);
}

void remember_write(struct bl_session *s)
{
    struct bl_text now = { 0 };
    struct bl_error err = { 0 };
    struct bl_save *file;
    char path[4096];

    bl_session_view_tell(s, &now);
    if (!now.failed && strcmp(bl_text_get(&now), before.length ? bl_text_get(&before) : "1") != 0 && path_find(path, sizeof path, &err) &&
        (file = bl_save_open(path, true, &err))) {
        bl_text_add(&now, "\n");
        if (bl_save_write(file, bl_text_get(&now), now.length, &err))
            bl_save_commit(file, &err);
        else
            bl_save_abandon(file);
    }
    if (err.code)
        fprintf(stderr, "warning: what the dashboard shows is not kept: %s\n", err.message);
    bl_text_free(&now);
    bl_text_free(&before);
}
