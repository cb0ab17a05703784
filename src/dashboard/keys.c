/* The one table of keys: help overlay, hints and manual are loops over it. */
#include <stdio.h>
#include <string.h>

#include "ui.h"

#define V(n) (1u << (n))
#define CURVES (V(0) | V(1) | V(2))

const struct key_row key_rows[] = {
    { { '?', UI_F1 }, "?", "help", "this help; any key closes it", NULL, ACT_HELP, 0, 0, 0 },
    { { ' ', UI_F5 }, "space", "pause", "run, or pause", "run, pause", ACT_RUN, 0, 2, 0 },
    { { 's', UI_F7 }, "s", "step", "one update: one mini-batch", "step update", ACT_COMMAND, 0, 4, CURVES | V(6) },
    { { 'e', UI_F8 }, "e", "epoch", "one epoch", "step", ACT_COMMAND, 0, 3, CURVES | V(6) },
    { { 'E' }, "E", NULL, "ten epochs", "step 10", ACT_COMMAND, 0, 99, 0 },
    { { UI_PAGE_UP }, "PgUp", NULL, "a page up in lists; in charts one epoch back", "back", ACT_PAGE, -1, 99, 0 },
    { { UI_PAGE_DOWN }, "PgDn", NULL, "a page down in lists; in charts one epoch on", "step", ACT_PAGE, 1, 99, 0 },
    { { 'r' }, "r", NULL, "start again, same seed; the old curve stays in grey", "reset", ACT_COMMAND, 0, 99, 0 },
    { { 'R' }, "R", NULL, "start again, next seed", "reset seed=new", ACT_COMMAND, 0, 99, 0 },
    { { '+', '=' }, "+", "faster", "faster: from 1 update a second to no limit", "set speed=", ACT_FASTER, 0, 20, CURVES },
    { { '-' }, "-", NULL, "slower", "set speed=", ACT_SLOWER, 0, 99, 0 },
    { { UI_LEFT, 'h' }, "←", NULL, "time cursor one recorded point back", NULL, ACT_CURSOR, -1, 99, 0 },
    { { UI_RIGHT, 'l' }, "← →", "cursor", "time cursor one recorded point on", NULL, ACT_CURSOR, 1, 12, CURVES },
    { { UI_SHIFT_LEFT, 'H' }, "H", NULL, "ten points back", NULL, ACT_CURSOR, -10, 99, 0 },
    { { UI_SHIFT_RIGHT, 'L' }, "L", NULL, "ten points on", NULL, ACT_CURSOR, 10, 99, 0 },
    { { 'g', UI_HOME }, "g", NULL, "first point; first row in lists", NULL, ACT_CURSOR_FIRST, 0, 99, 0 },
    { { 'G', UI_END }, "G", NULL, "newest point, and follow; last row in lists", NULL, ACT_CURSOR_LAST, 0, 99, 0 },
    { { 'c' }, "c", NULL, "training goes to the cursor", "goto", ACT_GO, 0, 99, 0 },
    { { 'B' }, "B", NULL, "break point at the cursor", "break when", ACT_BREAK, 0, 99, 0 },
    { { 'f' }, "f", "fork", "another run goes on from here, or from the cursor", "fork", ACT_FORK, 0, 18, CURVES },
    { { '[' }, "[", NULL, "half the learning rate from here: forks", "fork lr=", ACT_FORK_RATE, -1, 99, 0 },
    { { ']' }, "]", NULL, "twice the learning rate from here: forks", "fork lr=", ACT_FORK_RATE, 1, 99, 0 },
    { { '{' }, "{", NULL, "half the batch from here: forks", "fork batch=", ACT_FORK_BATCH, -1, 99, 0 },
    { { '}' }, "}", NULL, "twice the batch from here: forks", "fork batch=", ACT_FORK_BATCH, 1, 99, 0 },
    { { 'u' }, "u", NULL, "undo the last step, way back, start, fork or setting", "undo", ACT_UNDO, 0, 99, 0 },
    { { UI_UP, 'k' }, "↑ ↓", "column", "row up in lists; curve before to the front in charts", "front", ACT_ROW, -1, 5, V(3) },
    { { UI_DOWN, 'j' }, "↓", NULL, "row down in lists; next curve to the front in charts", "front", ACT_ROW, 1, 99, 0 },
    { { 'x' }, "x", "axis", "x axis: samples, updates, epochs, seconds", "set x=", ACT_X, 0, 6, CURVES },
    { { 'X' }, "X", NULL, "x axis: linear or log", "set x_scale=", ACT_X_SCALE, 0, 99, 0 },
    { { 'y' }, "y", "log", "y axis: linear or log", "set y=", ACT_Y, 0, 7, CURVES },
    { { 'S' }, "S", "smooth", "smoothing: off, light, medium, heavy", "set smooth=", ACT_SMOOTH, 0, 8, CURVES },
    { { 'v' }, "v", "valid", "validation curve", "set valid=", ACT_VALID, 0, 14, V(1) },
    { { 'd' }, "d", "dots", "losses of single updates as dots", "set dots=", ACT_DOTS, 0, 15, CURVES },
    { { 'm' }, "m", NULL, "hide the curve in front, or show it again", "hide", ACT_HIDE, 0, 99, 0 },
    { { 't' }, "t", NULL, "theme: dark, light, mono, contrast", "set theme=", ACT_THEME, 0, 99, 0 },
    { { 'a' }, "a", "fit", "fit the axes to the data", "fit", ACT_FIT, 0, 16, CURVES },
    { { '>' }, ">", NULL, "zoom in around the cursor", "fit FROM TO", ACT_NARROW, 0, 99, 0 },
    { { '<' }, "<", NULL, "zoom out", "fit FROM TO", ACT_WIDEN, 0, 99, 0 },
    { { '(' }, "(", NULL, "move the range that is shown to the left", "fit FROM TO", ACT_PAN, -1, 99, 0 },
    { { ')' }, ")", NULL, "move the range that is shown to the right", "fit FROM TO", ACT_PAN, 1, 99, 0 },
    { { 'Y' }, "Y", NULL, "losses nearer, around the cursor or the newest", "fit y=", ACT_Y_ZOOM, 1, 99, 0 },
    { { 'U' }, "U", NULL, "losses farther", "fit y=", ACT_Y_ZOOM, -1, 99, 0 },
    { { 'K' }, "K", NULL, "move the range of losses up", "fit y=", ACT_Y_PAN, 1, 99, 0 },
    { { 'J' }, "J", NULL, "move the range of losses down", "fit y=", ACT_Y_PAN, -1, 99, 0 },
    { { 'b' }, "b", "bins", "bins of the histogram: auto, 20, 10, 5", "set bins=", ACT_BINS, 0, 6, V(3) },
    { { '%' }, "%", "share", "share instead of count", "set share=", ACT_SHARE, 0, 7, V(3) },
    { { 'o' }, "o", "order", "order of the columns; of the weights", NULL, ACT_ORDER, 0, 8, V(3) | V(6) },
    { { 'F' }, "F", "follow", "follow the newest line or point", NULL, ACT_FOLLOW, 0, 9, V(7) },
    { { UI_ENTER, 'z' }, "z", "zoom", "panel to full size and back; Enter in the tree: that run", "zoom", ACT_ZOOM, 0, 10, 0 },
    { { UI_TAB }, "Tab", "panel", "next panel", NULL, ACT_FOCUS, 1, 13, 0 },
    { { UI_BACK_TAB }, "Shift-Tab", NULL, "previous panel", NULL, ACT_FOCUS, -1, 99, 0 },
    { { 'P' }, "P", NULL, "another kind of panel in this place", "panels", ACT_PLACE, 0, 99, 0 },
    { { 'M' }, "M", NULL, "swap the panel with the next one", "panels", ACT_SWAP, 0, 99, 0 },
    { { 'D' }, "D", NULL, "hide the panel; :panels default brings all back", "panels", ACT_REMOVE, 0, 99, 0 },
    { { '1' }, "1-9", "view", "1 loss", NULL, ACT_VIEW, 1, 9, 0 },
    { { '2' }, "2", NULL, "2 compare", NULL, ACT_VIEW, 2, 99, 0 },
    { { '3' }, "3", NULL, "3 stats", NULL, ACT_VIEW, 3, 99, 0 },
    { { '4' }, "4", NULL, "4 boundary", NULL, ACT_VIEW, 4, 99, 0 },
    { { '5' }, "5", NULL, "5 contour of the loss", NULL, ACT_VIEW, 5, 99, 0 },
    { { '6' }, "6", NULL, "6 weights and gradient", NULL, ACT_VIEW, 6, 99, 0 },
    { { '7' }, "7", NULL, "7 events", NULL, ACT_VIEW, 7, 99, 0 },
    { { '8' }, "8", NULL, "8 theory", NULL, ACT_VIEW, 8, 99, 0 },
    { { '9' }, "9", NULL, "9 inside an update", NULL, ACT_VIEW, 9, 99, 0 },
    { { 'i' }, "i", NULL, "evaluation", NULL, ACT_VIEW, 10, 99, 0 },
    { { '0' }, "0", NULL, "0 overview", NULL, ACT_VIEW, 0, 99, 0 },
    { { 'p' }, "p", NULL, "lecture layout at any size, keys shown; . blanks the screen", "present", ACT_PRESENT, 0, 99, 0 },
    { { '.' }, ".", NULL, "blank screen in lecture layout", NULL, ACT_BLANK, 0, 99, 0 },
    { { 'T' }, "T", NULL, "tell what is on the screen in words", NULL, ACT_SAY, 0, 99, 0 },
    { { 'w' }, "w", NULL, "save this screen: .txt, .ansi; its chart: .svg, .png, .pdf", "screen", ACT_SAVE, 0, 99, 0 },
    { { 'W' }, "W", NULL, "start or stop a recording", "record", ACT_RECORD, 0, 99, 0 },
    { { '/' }, "/", "find", "find in the list in focus, or in this help", NULL, ACT_FIND, 0, 17, V(3) | V(6) | V(7) },
    { { 'n' }, "n", NULL, "find the next", NULL, ACT_FIND_NEXT, 1, 99, 0 },
    { { 'N' }, "N", NULL, "find the one before", NULL, ACT_FIND_NEXT, -1, 99, 0 },
    { { ':' }, ":", "command", "command line: everything the prompt can do", "the command", ACT_LINE, 0, 11, 0 },
    { { UI_ESC }, "Esc", NULL, "one layer out: overlay, zoom, cursor; never leaves", NULL, ACT_ESCAPE, 0, 99, 0 },
    { { UI_CTRL('C') }, "Ctrl-C", NULL, "pause; never leaves, never loses work", "pause", ACT_PAUSE, 0, 99, 0 },
    { { UI_CTRL('Z') }, "Ctrl-Z", NULL, "suspend", NULL, ACT_SUSPEND, 0, 99, 0 },
    { { UI_CTRL('L') }, "Ctrl-L", NULL, "paint the screen anew", NULL, ACT_REPAINT, 0, 99, 0 },
    { { 'q', UI_F10 }, "q", "prompt", "overlay closes, else back to the prompt; training goes on", NULL, ACT_QUIT, 0, 1, 0 },
    { { 0 }, NULL, NULL, NULL, NULL, ACT_HELP, 0, 0, 0 },
};

const struct key_row *key_find(const struct key_row *rows, int key)
{
    for (const struct key_row *k = rows; k->label; k++)
        for (size_t i = 0; i < 3; i++)
            if (k->keys[i] && k->keys[i] == key)
                return k;
    return NULL;
}

/* Rows that share a label with their neighbour have one of their own in the help. */
static const char *label_alone(const struct key_row *k)
{
    static const char *const pairs[][2] = { { "1-9", "1" }, { "← →", "→" }, { "↑ ↓", "↑" }, { "[ ]", "[" } };

    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (!strcmp(k->label, pairs[i][0]))
            return pairs[i][1];
    return k->label;
}

const char *ui_key_name(int key, char buffer[16])
{
    static const struct { int key; const char *name; } named[] = {
        { UI_SPACE, "space" }, { UI_TAB, "tab" }, { UI_ENTER, "enter" }, { UI_ESC, "esc" }, { UI_BACKSPACE, "backspace" }, { UI_UP, "up" },
        { UI_DOWN, "down" }, { UI_LEFT, "left" }, { UI_RIGHT, "right" }, { UI_SHIFT_LEFT, "shift-left" }, { UI_SHIFT_RIGHT, "shift-right" },
        { UI_HOME, "home" }, { UI_END, "end" }, { UI_PAGE_UP, "pgup" }, { UI_PAGE_DOWN, "pgdn" }, { UI_DELETE, "delete" },
        { UI_BACK_TAB, "shift-tab" }, { UI_F1, "f1" }, { UI_F5, "f5" }, { UI_F7, "f7" }, { UI_F8, "f8" }, { UI_F10, "f10" },
    };

    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (named[i].key == key)
            return named[i].name;
    if (key > 0 && key < ' ')
        snprintf(buffer, 16, "ctrl-%c", key + 'a' - 1);
    else
        snprintf(buffer, 16, "%c", key > ' ' && key < 127 ? key : '\0');
    return buffer;
}

enum { HELP_INDENT = 11, HELP_WIDE = 45 }; /* fits a screen of 60 columns */

/* Between words, so that no line is cut on the smallest screen. */
static void help_wrap(struct bl_text *out, const char *text)
{
    while (strlen(text) > HELP_WIDE) {
        size_t n = HELP_WIDE;
        while (n > 1 && text[n] != ' ')
            n--;
        bl_text_addf(out, "%.*s\n%*s", (int)n, text, HELP_INDENT, "");
        text += n + strspn(text + n, " ");
    }
    bl_text_addf(out, "%s\n", text);
}

void keys_help(struct bl_text *out, const struct key_row *rows, const char *title)
{
    bl_text_addf(out, "%s\n\n", title);
    for (const struct key_row *k = rows; k->label; k++) {
        const char *label = label_alone(k);
        size_t width = bl_text_width(label, strlen(label));
        char text[160];
        snprintf(text, sizeof text, k->command ? "%s  [%s]" : "%s", k->does, k->command);
        bl_text_addf(out, "%s%*s", label, (int)(width < HELP_INDENT ? HELP_INDENT - width : 1), "");
        help_wrap(out, text);
    }
}

/* ---- hints --------------------------------------------------------------------------------------*/

static const char *hint_of(const struct key_row *k, const struct bl_snapshot *snap)
{
    if (snap && k->action == ACT_RUN)
        return snap->busy ? "pause" : "run";
    return k->hint;
}

static bool wanted(const struct key_row *k, const struct bl_snapshot *snap, int view)
{
    if (snap && snap->streams && (k->views & V(1)) && k->action != ACT_FASTER && k->action != ACT_Y && k->action != ACT_CURSOR)
        return false; /* these are about runs */
    if (snap && snap->streams && (k->action == ACT_RUN || k->action == ACT_FASTER) && !ui_streaming(snap))
        return false;
    if (!k->hint || (k->views && !(view >= 0 && view < 32 && (k->views & V(view)))))
        return false;
    return !snap || k->action != ACT_VALID || snap->validation_rows > 0;
}

static int hint_width(const struct key_row *k, const struct bl_snapshot *snap)
{
    return (int)(bl_text_width(k->label, strlen(k->label)) + 1 + strlen(hint_of(k, snap)));
}

/* The highest rank that still fits when all lower ones are shown too. */
static int rank_fitting(int room, const struct key_row *rows, const struct bl_snapshot *snap, int view)
{
    int used = 0, fits = -1;

    for (int rank = 0; rank < 99; rank++) {
        for (const struct key_row *k = rows; k->label; k++)
            if (k->rank == rank && wanted(k, snap, view))
                used += hint_width(k, snap) + (used ? 2 : 0);
        if (used > room)
            return fits;
        fits = rank;
    }
    return fits;
}

void hints_draw(struct bl_canvas *c, int y, const struct key_row *rows, const struct bl_snapshot *snap, struct ui *ui)
{
    int x = 1, most = rank_fitting(c->width - 2, rows, snap, ui->view);

    ui->layout.n_hints = 0;
    for (const struct key_row *k = rows; k->label; k++) {
        if (k->rank > most || !wanted(k, snap, ui->view) || ui->layout.n_hints == HINTS_MAX)
            continue;
        ui->layout.hints[ui->layout.n_hints++] = (struct hint_place){ x, hint_width(k, snap), k->keys[0] };
        x += bl_canvas_text(c, x, y, c->width - x, k->label, BL_ROLE_FOCUS, BL_BOLD) + 1;
        x += bl_canvas_text(c, x, y, c->width - x, hint_of(k, snap), BL_ROLE_DIM, 0) + 2;
    }
}
