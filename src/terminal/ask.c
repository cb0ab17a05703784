/* The questions that are put to a terminal: how light its background is, whether it shows pixels. Each is asked together with one
 * that every terminal answers, so that silence is known as soon as it can be. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "batchlab/terminal.h"

enum { PATIENCE_MS = 100, FAR_MS = 1000, REPLY_BYTES = 256 };

static const char background_question[] = "\033]11;?\033\\\033[c";
/* Would it show this picture of one pixel? kitty's protocol; sixels are among what the last answer lists. */
static const char graphics_question[] = "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\\033[c";

struct answers { enum bl_theme *theme; bool *sixel, *kitty; }; /* NULL: not of interest */

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
    if (n < 2 || s[0] != '\033' || (s[1] != ']' && s[1] != '[' && s[1] != '_'))
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

/* "?62;4;22c": 4 among the numbers. */
static bool lists_sixel(const char *s, size_t n)
{
    for (size_t i = 3; i + 1 < n; i++)
        if (s[i] == '4' && (s[i - 1] == ';' || s[i - 1] == '?') && (s[i + 1] == ';' || s[i + 1] == 'c'))
            return true;
    return false;
}

static bool attributes(const char *s, size_t n) { return n > 3 && s[1] == '[' && s[2] == '?' && s[n - 1] == 'c'; }

static void answer_take(const char *s, size_t n, const struct answers *found)
{
    static const char good[] = "\033_Gi=31;OK\033\\";

    if (found->theme)
        background_of(s, n, found->theme);
    if (found->kitty && n == sizeof good - 1 && !memcmp(s, good, n))
        *found->kitty = true;
    if (found->sixel && attributes(s, n) && lists_sixel(s, n))
        *found->sixel = true;
}

static bool answers_take(const char *bytes, size_t n, const struct answers *found, char *typed, size_t *n_typed)
{
    bool done = false, whole;

    *n_typed = 0;
    for (size_t i = 0; i < n;) {
        size_t length = answer_length(bytes + i, n - i, &whole);
        if (length == 0) {
            typed[(*n_typed)++] = bytes[i++];
            continue;
        }
        answer_take(bytes + i, length, found);
        done = done || (whole && attributes(bytes + i, length));
        i += length;
    }
    return done;
}

bool bl_terminal_answers(const char *bytes, size_t n, enum bl_theme *theme, char *typed, size_t *n_typed)
{
    return answers_take(bytes, n, &(struct answers){ .theme = theme }, typed, n_typed);
}

bool bl_terminal_graphics_answers(const char *bytes, size_t n, bool *sixel, bool *kitty, char *typed, size_t *n_typed)
{
    return answers_take(bytes, n, &(struct answers){ .sixel = sixel, .kitty = kitty }, typed, n_typed);
}

/* ---- asking -------------------------------------------------------------------------------------------*/

static bool set(const char *name) { return getenv(name) && getenv(name)[0]; }

static bool far_away(void) { return set("SSH_CONNECTION") || set("SSH_TTY") || set("SSH_CLIENT"); }

/* Families that read what they do not know in silence. */
static bool may_be_asked(void)
{
    static const char *const families[] = { "xterm", "tmux", "rxvt", "foot", "alacritty", "kitty", "wezterm", "ghostty", "contour", "konsole", "gnome", "vte",
                                            "mlterm", "yaft" };
    const char *term = getenv("TERM");

    for (size_t i = 0; term && i < sizeof families / sizeof *families; i++)
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

/* Both ends are the terminal: what one says, the other reads. */
static void ask(const char *question, int patience, const struct answers *found, char *typed, size_t *n_typed)
{
    struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT }, in = { .fd = STDIN_FILENO, .events = POLLIN };
    char bytes[REPLY_BYTES];
    struct termios before, raw;
    struct timespec start;
    size_t n = 0;
    bool done = false;
    int left;

    if (tcgetattr(STDIN_FILENO, &before) != 0 || poll(&out, 1, 0) <= 0)
        return;
    raw = before;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (write(STDOUT_FILENO, question, strlen(question)) == (ssize_t)strlen(question))
        while (!done && n < sizeof bytes && (left = patience - milliseconds_since(&start)) > 0 && poll(&in, 1, left) > 0) {
            ssize_t got = read(STDIN_FILENO, bytes + n, sizeof bytes - n);
            if (got <= 0)
                break;
            n += (size_t)got;
            done = answers_take(bytes, n, found, typed, n_typed);
        }
    tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

void bl_terminal_ask(enum bl_theme *theme, char *typed, size_t size, size_t *n_typed)
{
    *n_typed = 0;
    if (size >= REPLY_BYTES && may_be_asked() && !far_away() && !set("COLORFGBG"))
        ask(background_question, PATIENCE_MS, &(struct answers){ .theme = theme }, typed, n_typed);
}

void bl_terminal_ask_graphics(bool *sixel, bool *kitty, char *typed, size_t size, size_t *n_typed)
{
    *n_typed = 0;
    *sixel = *kitty = false;
    if (size >= REPLY_BYTES && may_be_asked() && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        ask(graphics_question, far_away() ? FAR_MS : PATIENCE_MS, &(struct answers){ .sixel = sixel, .kitty = kitty }, typed, n_typed);
}

void bl_terminal_cell(int *width, int *height)
{
    struct winsize size;

    *width = 10;
    *height = 20;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0 || size.ws_xpixel / size.ws_col < 4 ||
        size.ws_ypixel / size.ws_row < 6)
        return;
    *width = size.ws_xpixel / size.ws_col;
    *height = size.ws_ypixel / size.ws_row;
}
