/* A canvas on the terminal through curses. */
#define _XOPEN_SOURCE_EXTENDED 1
#define _GNU_SOURCE
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include <curses.h>

#include "show.h"

/* UI_LAST stands for a key or click that nothing is bound to. */
static struct {
    SCREEN *screen;
    struct bl_canvas before;  /* what the terminal shows */
    bool have_before, mouse, coloured;
    enum bl_theme theme;
    enum bl_colours colours;
    attr_t look[BL_ROLES];
    double clicked;           /* when and where the last click was */
    int click_x, click_y;
} show;

/* ---- opening --------------------------------------------------------------------------------------*/

/* curses would put handlers of its own in place of ours. */
static const int guarded[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT, SIGQUIT };
enum { GUARDED = sizeof guarded / sizeof *guarded };

static SCREEN *open_screen(void)
{
    struct sigaction kept[GUARDED];
    SCREEN *s;

    for (int i = 0; i < GUARDED; i++)
        sigaction(guarded[i], NULL, &kept[i]);
    s = newterm(NULL, stdout, stdin);
    for (int i = 0; i < GUARDED; i++)
        sigaction(guarded[i], &kept[i], NULL);
    return s;
}

static void colours_start(enum bl_colours colours)
{
    show.coloured = colours != BL_COLOURS_NONE && has_colors();
    if (show.coloured) {
        start_color();
        use_default_colors();
    }
}

/* Ctrl-S would hold the output, and with it the program, until someone knows of Ctrl-Q. */
static void flow_off(void)
{
    struct termios t;

    if (tcgetattr(STDIN_FILENO, &t) != 0)
        return;
    t.c_iflag &= ~(tcflag_t)(IXON | IXOFF);
    tcsetattr(STDIN_FILENO, TCSANOW, &t);
    def_prog_mode();
}

bool show_open(const struct bl_terminal *t, enum bl_theme *background, struct bl_error *err)
{
    char typed[256];
    size_t n_typed = 0;
    int width, height;

    memset(&show, 0, sizeof show);
    if (background)
        bl_terminal_ask(background, typed, sizeof typed, &n_typed);
    show.screen = open_screen();
    if (!show.screen || !show_can_move()) {
        if (show.screen) {
            endwin();
            delscreen(show.screen);
        }
        show.screen = NULL;
        bl_fail(err, BL_STATE, "this terminal cannot move its cursor, so there is no dashboard");
        return bl_hint(err, "plot loss, or start with TERM=xterm-256color");
    }
    bl_terminal_undo(show_reset_bytes());
    set_escdelay(25);
    typeahead(-1);
    cbreak();
    noecho();
    nonl();
    flow_off();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    mouseinterval(0);
    curs_set(0);
    colours_start(t->colours);
    show.theme = (enum bl_theme)-1;
    while (n_typed > 0)
        ungetch((unsigned char)typed[--n_typed]);
    show_again(&width, &height);
    return true;
}

/* Where there is no other screen to go back to, what is written next stands on the last line: it is made empty. */
static void leave_screen(void)
{
    if (!show_goes_back()) {
        move(LINES - 1, 0);
        clrtoeol();
        refresh();
    }
    endwin();
}

void show_close(void)
{
    if (!show.screen)
        return;
    show_mouse(false);
    curs_set(1);
    leave_screen();
    bl_terminal_undo("");
    delscreen(show.screen);
    show.screen = NULL;
    bl_canvas_done(&show.before);
}

void show_suspend(void)
{
    leave_screen();
    bl_terminal_undo("");
    fflush(stdout);
    bl_signals_suspend();
    bl_terminal_undo(show_reset_bytes());
}

void show_again(int *width, int *height)
{
    bl_terminal_size(STDOUT_FILENO, width, height);
    resizeterm(*height, *width);
    clearok(curscr, TRUE);
    show.have_before = false;
}

void show_mouse(bool on)
{
    if (on == show.mouse)
        return;
    show.mouse = on;
    mousemask(on ? BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
    fflush(stdout);
}

/* ---- looks ------------------------------------------------------------------------------------------*/

static struct bl_look look_of(enum bl_theme theme, enum bl_colours colours, enum bl_role role)
{
    struct bl_look look;

    if (!show.coloured || colours == BL_COLOURS_NONE)
        return bl_theme_look(BL_THEME_MONO, BL_COLOURS_NONE, role);
    look = bl_theme_look(theme, colours, role);
    if (COLORS > 256 && look.colour >= 0) { /* numbers of colours are colours: the first eight are not */
        look.colour = look.rgb > 7 ? (int)look.rgb : -1;
        return look;
    }
    if (look.colour >= COLORS)
        look = bl_theme_look(theme, COLORS >= 16 ? BL_COLOURS_16 : BL_COLOURS_8, role);
    return look;
}

static void looks_fill(enum bl_theme theme, enum bl_colours colours)
{
    if (theme == show.theme && colours == show.colours)
        return;
    show.theme = theme;
    show.colours = colours;
    show.have_before = false;
    for (int role = 0; role < BL_ROLES; role++) {
        struct bl_look look = look_of(theme, colours, (enum bl_role)role);
        attr_t a = (look.bold ? A_BOLD : 0) | (look.dim ? A_DIM : 0) | (look.reverse ? A_REVERSE : 0);
        if (show.coloured && look.colour >= 0 && role + 1 < COLOR_PAIRS) {
            init_extended_pair(role + 1, look.colour, -1);
            a |= COLOR_PAIR(role + 1);
        }
        show.look[role] = a;
    }
}

/* ---- frames -------------------------------------------------------------------------------------------*/

/* A blank shows no colour: one that replaces something takes the look of what is drawn before it, which
 * saves the bytes of a change of colours. On an empty screen it is plain and is not sent at all. */
static attr_t look_of_blank(attr_t before, bool all)
{
    return all ? A_NORMAL : before & ~(attr_t)(A_REVERSE | A_UNDERLINE);
}

static void cell_put(int x, int y, const struct bl_cell *cell, bool all, attr_t *before)
{
    wchar_t text[4] = { (wchar_t)cell->code, (wchar_t)cell->mark[0], (wchar_t)cell->mark[1], 0 };
    attr_t a = show.look[cell->role < BL_ROLES ? cell->role : 0];
    cchar_t c;

    a |= (cell->attributes & BL_BOLD ? A_BOLD : 0) | (cell->attributes & BL_REVERSE ? A_REVERSE : 0) |
         (cell->attributes & BL_UNDERLINE ? A_UNDERLINE : 0);
    if (cell->code == ' ' && !cell->attributes)
        a = look_of_blank(*before, all);
    *before = a;
    if (setcchar(&c, text, a & ~A_COLOR, (short)PAIR_NUMBER(a), NULL) == OK)
        mvadd_wch(y, x, &c);
}

static bool same(const struct bl_cell *a, const struct bl_cell *b)
{
    return a->code == b->code && a->role == b->role && a->attributes == b->attributes && a->mark[0] == b->mark[0] && a->mark[1] == b->mark[1];
}

static void keep(const struct bl_canvas *c)
{
    if (show.before.width != c->width || show.before.height != c->height || !show.before.cells) {
        bl_canvas_done(&show.before);
        show.have_before = bl_canvas_init(&show.before, c->width, c->height, c->charset, NULL);
    }
    if (show.before.cells) {
        memcpy(show.before.cells, c->cells, (size_t)c->width * (size_t)c->height * sizeof *c->cells);
        show.have_before = true;
    }
}

void show_frame(const struct bl_canvas *c, enum bl_theme theme, enum bl_colours colours, int cursor_x, int cursor_y)
{
    attr_t before = A_NORMAL;
    bool all;

    looks_fill(theme, colours);
    all = !show.have_before || show.before.width != c->width || show.before.height != c->height;
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            size_t at = (size_t)y * (size_t)c->width + (size_t)x;
            if (c->cells[at].code && (all || !same(&c->cells[at], &show.before.cells[at])))
                cell_put(x, y, &c->cells[at], all, &before);
        }
    keep(c);
    curs_set(cursor_x >= 0);
    leaveok(stdscr, cursor_x < 0); /* an unseen cursor may stay where it is */
    move(cursor_y >= 0 ? cursor_y : c->height - 1, cursor_x >= 0 ? cursor_x : 0);
    refresh();
}

/* ---- keys -----------------------------------------------------------------------------------------------*/

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int mouse_read(struct ui_mouse *m)
{
    MEVENT e;
    double now = seconds_now();

    if (getmouse(&e) != OK)
        return UI_LAST;
    *m = (struct ui_mouse){ .x = e.x, .y = e.y, .clicks = 1, .up = e.bstate & BUTTON1_RELEASED };
    if (e.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED)) {
        m->wheel = e.bstate & BUTTON4_PRESSED ? -1 : 1;
        return UI_MOUSE;
    }
    if (m->up)
        return UI_MOUSE;
    if (!(e.bstate & BUTTON1_PRESSED))
        return UI_LAST;
    if (now - show.clicked < 0.4 && e.x == show.click_x && e.y == show.click_y)
        m->clicks = 2;
    show.clicked = m->clicks == 2 ? 0 : now;
    show.click_x = e.x, show.click_y = e.y;
    return UI_MOUSE;
}

static int function_key(wint_t code, struct ui_mouse *mouse)
{
    static const struct { wint_t code; int key; } known[] = {
        { KEY_UP, UI_UP }, { KEY_DOWN, UI_DOWN }, { KEY_LEFT, UI_LEFT }, { KEY_RIGHT, UI_RIGHT }, { KEY_SLEFT, UI_SHIFT_LEFT },
        { KEY_SRIGHT, UI_SHIFT_RIGHT }, { KEY_HOME, UI_HOME }, { KEY_END, UI_END }, { KEY_PPAGE, UI_PAGE_UP }, { KEY_NPAGE, UI_PAGE_DOWN },
        { KEY_DC, UI_DELETE }, { KEY_BTAB, UI_BACK_TAB }, { KEY_BACKSPACE, UI_BACKSPACE }, { KEY_ENTER, UI_ENTER }, { KEY_F(1), UI_F1 },
        { KEY_F(5), UI_F5 }, { KEY_F(7), UI_F7 }, { KEY_F(8), UI_F8 }, { KEY_F(10), UI_F10 },
    };

    if (code == KEY_MOUSE)
        return mouse_read(mouse);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code)
            return known[i].key;
    return UI_LAST; /* some key that nothing is bound to */
}

/* The rest of a control sequence that curses does not know, or of an answer that comes late: no keys. */
static void skip_sequence(bool text)
{
    wint_t code, before = 0;

    for (int i = 0; i < 512 && get_wch(&code) == OK; i++, before = code)
        if (text ? code == 7 || (code == '\\' && before == UI_ESC) : code >= '@' && code <= '~')
            return;
}

/* Escape by itself, or the start of something. */
static int escape_key(void)
{
    wint_t code;
    int kind = get_wch(&code);

    if (kind == ERR)
        return UI_ESC;
    if (kind == OK && (code == '[' || code == ']')) {
        skip_sequence(code == ']');
        return UI_LAST;
    }
    if (kind == KEY_CODE_YES)
        ungetch((int)code);
    else
        unget_wch((wchar_t)code);
    return UI_ESC;
}

int show_key(struct ui_mouse *mouse)
{
    wint_t code;
    int kind = get_wch(&code);

    if (kind == ERR)
        return UI_NONE;
    if (kind == OK && code == UI_ESC)
        return escape_key();
    if (kind == KEY_CODE_YES)
        return function_key(code, mouse);
    return code == '\r' ? UI_ENTER : code == 8 ? UI_BACKSPACE : (int)code;
}
