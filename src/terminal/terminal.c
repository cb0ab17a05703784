/* What this terminal can show. */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "batchlab/terminal.h"

static const char *env(const char *name)
{
    const char *value = getenv(name);

    return value ? value : "";
}

static bool on(const char *name)
{
    return env(name)[0] && strcmp(env(name), "0") != 0;
}

static enum bl_colours depth_of(const char *term)
{
    if (!strcmp(env("COLORTERM"), "truecolor") || !strcmp(env("COLORTERM"), "24bit") || strstr(term, "-direct"))
        return BL_COLOURS_RGB;
    if (strstr(term, "256color"))
        return BL_COLOURS_256;
    if (!strncmp(term, "xterm", 5) || !strncmp(term, "tmux", 4) || !strncmp(term, "rxvt", 4) || strstr(term, "16color"))
        return BL_COLOURS_16;
    if (!strncmp(term, "vt1", 3) || !strncmp(term, "vt2", 3))
        return BL_COLOURS_NONE;
    return BL_COLOURS_8;
}

/* --color first, then NO_COLOR, then the words that force it, then what output and terminal are. */
static enum bl_colours colours_of(const struct bl_terminal *t, const char *color, const char *term)
{
    enum bl_colours depth = depth_of(term);

    if (!strcmp(color, "never"))
        return BL_COLOURS_NONE;
    if (!strcmp(color, "always"))
        return depth == BL_COLOURS_NONE ? BL_COLOURS_8 : depth;
    if (env("NO_COLOR")[0])
        return BL_COLOURS_NONE;
    if (on("CLICOLOR_FORCE") || on("FORCE_COLOR"))
        return depth == BL_COLOURS_NONE ? BL_COLOURS_8 : depth;
    if (!strcmp(env("CLICOLOR"), "0") || t->dumb || !t->out)
        return BL_COLOURS_NONE;
    return depth;
}

/* COLORFGBG is "15;0": the last number is the background. */
static enum bl_theme theme_of(void)
{
    const char *background = strrchr(env("COLORFGBG"), ';');
    int n = background ? atoi(background + 1) : 0;

    return n == 7 || n == 15 ? BL_THEME_LIGHT : BL_THEME_DARK;
}

void bl_terminal_detect(struct bl_terminal *t, const char *color, bool ascii)
{
    const char *term = env("TERM");

    t->in = isatty(STDIN_FILENO);
    t->out = isatty(STDOUT_FILENO);
    t->err = isatty(STDERR_FILENO);
    t->dumb = !term[0] || !strcmp(term, "dumb") || !strcmp(term, "unknown");
    t->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
    t->charset = ascii || !t->utf8 ? BL_CHARSET_ASCII : !strcmp(term, "linux") ? BL_CHARSET_BLOCK : BL_CHARSET_BRAILLE;
    t->colours = colours_of(t, color, term);
    t->theme = theme_of();
}

bool bl_terminal_size(int fd, int *width, int *height)
{
    struct winsize size;

    *width = 80;
    *height = 24;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return false;
    *width = size.ws_col;
    *height = size.ws_row;
    return true;
}
