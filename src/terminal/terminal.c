/* What this terminal can show. */
#include <langinfo.h>
#include <stdio.h>
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

/* ---- is there a description of it? ---------------------------------------------------------------*/

/* DIR/x/xterm, or DIR/78/xterm where names of folders are numbers. */
static bool described_in(const char *folder, size_t n, const char *below, const char *term)
{
    char path[4096];

    for (int i = 0; i < 2; i++) {
        int length = snprintf(path, sizeof path, i ? "%.*s%s/%02x/%s" : "%.*s%s/%c/%s", (int)n, folder, below,
                              (unsigned char)term[0], term);
        if (length > 0 && (size_t)length < sizeof path && access(path, R_OK) == 0)
            return true;
    }
    return false;
}

static bool described_in_any(const char *folders, const char *term)
{
    bool found = false;

    while (*folders && !found) {
        size_t n = strcspn(folders, ":");
        found = n > 0 && described_in(folders, n, "", term);
        folders += n + (folders[n] == ':');
    }
    return found;
}

/* Where the terminal's library looks; it is asked itself only when a screen is opened. */
static bool described(const char *term)
{
    static const char usual[] = "/etc/terminfo:/lib/terminfo:/usr/share/terminfo:/usr/lib/terminfo:"
                                "/usr/local/share/terminfo:/usr/local/lib/terminfo:/usr/share/lib/terminfo:/opt/local/share/terminfo";

    return !strchr(term, '/') && (env("TERMCAP")[0] || described_in_any(env("TERMINFO"), term) ||
                                  described_in(env("HOME"), strlen(env("HOME")), "/.terminfo", term) ||
                                  described_in_any(env("TERMINFO_DIRS"), term) || described_in_any(usual, term));
}

/* Families whose descriptions libraries carry within themselves. */
static bool well_known(const char *term)
{
    static const char *const families[] = { "xterm", "screen", "tmux", "linux", "vt100", "vt220", "rxvt", "ansi" };

    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (!strcmp(term, families[i]))
            return true;
    return false;
}

void bl_terminal_detect(struct bl_terminal *t, const char *color, bool ascii)
{
    const char *term = env("TERM");

    t->in = isatty(STDIN_FILENO);
    t->out = isatty(STDOUT_FILENO);
    t->err = isatty(STDERR_FILENO);
    t->dumb = !term[0] || !strcmp(term, "dumb") || !strcmp(term, "unknown") || !(well_known(term) || described(term));
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
