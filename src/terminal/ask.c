/* The one question that is put to a terminal: how light its background is. Asked together with one that every
 * terminal answers, so that silence is known as soon as it can be. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "batchlab/terminal.h"

enum { PATIENCE_MS = 100, REPLY_BYTES = 256 };

static const char question[] = "\033]11;?\033\\\033[c";

/* ---- answers ----------------------------------------------------------------------------------------*/

/* "ffff", "ff": between 0 and 1; bytes read. */
static size_t hex_share(const char *s, size_t n, double *share)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    double value = 0, most = 0;
    size_t i = 0;

    for (; i < n && i < 4; i++) {
        const char *at = s[i] ? strchr(digits, s[i]) : NULL;
        if (!at)
            break;
        value = value * 16 + (double)((at - digits) % 16);
        most = most * 16 + 15;
    }
    *share = most > 0 ? value / most : 0;
    return i;
}

/* Where an answer that starts at s ends: 0: it is none; *whole false: it goes on. */
static size_t answer_length(const char *s, size_t n, bool *whole)
{
    *whole = false;
    if (n < 2 || s[0] != '\033' || (s[1] != ']' && s[1] != '['))
        return n == 1 && s[0] == '\033' ? 1 : 0;
    for (size_t i = 2; i < n; i++) {
        bool end = s[1] == '[' ? s[i] >= '@' && s[i] <= '~' : s[i] == '\a' || (s[i] == '\\' && s[i - 1] == '\033');
        if (!end)
            continue;
        *whole = true;
        return i + 1;
    }
    return n;
}

static bool background_of(const char *s, size_t n, enum bl_theme *theme)
{
    static const char head[] = "\033]11;rgb:";
    double share[3];
    size_t at = sizeof head - 1;

    if (n <= at || strncmp(s, head, at) != 0)
        return false;
    for (int i = 0; i < 3; i++) {
        size_t used = hex_share(s + at, n - at, &share[i]);
        if (used == 0 || (i < 2 && (at + used >= n || s[at + used] != '/')))
            return false;
        at += used + 1;
    }
    *theme = 0.2126 * share[0] + 0.7152 * share[1] + 0.0722 * share[2] > 0.5 ? BL_THEME_LIGHT : BL_THEME_DARK;
    return true;
}

bool bl_terminal_answers(const char *bytes, size_t n, enum bl_theme *theme, char *typed, size_t *n_typed)
{
    bool done = false, whole;

    *n_typed = 0;
    for (size_t i = 0; i < n;) {
        size_t length = answer_length(bytes + i, n - i, &whole);
        if (length == 0) {
            typed[(*n_typed)++] = bytes[i++];
            continue;
        }
        background_of(bytes + i, length, theme);
        done = done || (whole && length > 3 && bytes[i + 1] == '[' && bytes[i + 2] == '?' && bytes[i + length - 1] == 'c');
        i += length;
    }
    return done;
}

/* ---- asking -------------------------------------------------------------------------------------------*/

static bool set(const char *name) { return getenv(name) && getenv(name)[0]; }

/* Families that read what they do not know in silence. */
static bool may_be_asked(void)
{
    static const char *const families[] = { "xterm", "tmux", "rxvt", "foot", "alacritty", "kitty", "wezterm", "ghostty", "contour", "konsole", "gnome", "vte" };
    const char *term = getenv("TERM");

    if (!term || set("COLORFGBG") || set("SSH_CONNECTION") || set("SSH_TTY") || set("SSH_CLIENT"))
        return false;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (!strncmp(term, families[i], strlen(families[i])))
            return true;
    return false;
}

static int milliseconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)((now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000);
}

void bl_terminal_ask(enum bl_theme *theme, char *typed, size_t size, size_t *n_typed)
{
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT }, in = { .fd = STDIN_FILENO, .events = POLLIN };
    char bytes[REPLY_BYTES];
    struct termios before, raw;
    struct timespec start;
    size_t n = 0;
    bool done = false;
    int left;

    *n_typed = 0;
    if (size < REPLY_BYTES || !may_be_asked() || tcgetattr(STDIN_FILENO, &before) != 0 || poll(&out, 1, 0) <= 0)
        return;
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (write(STDOUT_FILENO, question, sizeof question - 1) == (ssize_t)sizeof question - 1)
        while (!done && n < sizeof bytes && (left = PATIENCE_MS - milliseconds_since(&start)) > 0 && poll(&in, 1, left) > 0) {
            ssize_t got = read(STDIN_FILENO, bytes + n, sizeof bytes - n);
            if (got <= 0)
                break;
            n += (size_t)got;
            done = bl_terminal_answers(bytes, n, theme, typed, n_typed);
        }
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
}
